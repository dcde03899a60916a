r"""
Generations: model collapse, and what holds it off
==================================================

Each learner of a chain is fitted to fresh rows labelled by the one before, with label noise at every
generation. Without a penalty the noise adds up and the risk passes that of predicting zero; with one the
chain forgets the target instead, more slowly. :doc:`/theory/results/generations` derives the
risk by generation and its limit.
"""

import matplotlib.pyplot as plt
import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.report.plots import risk_curves

WORLD = w2s.Population.isotropic(noise=0.3)
COUNT = np.arange(1, 11)

curves, measured = [], []
for lam in (0.0, 0.02, 0.15):
    chain = [w2s.Ridge(gamma=0.5, lam=lam, noise=0.0 if place == 1 else 0.3) for place in COUNT]
    curves.append((f"$\\lambda = {lam:g}$", np.array(w2s.risks(WORLD, *chain))))
    run = w2s.simulate(WORLD, *chain, dim=120, repetitions=30, seed=4)
    measured.append((COUNT, run.mean, run.standard_error))

figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
risk_curves(COUNT, curves, measured, "generation", predicting_zero=1.0, ax=axes)

# %%
# Truth mixed into each student's labels stops the decay (here half of every label):

chain = [w2s.Ridge(gamma=0.5, lam=0.15, truth=0.0 if place == 1 else 0.5) for place in COUNT]
print(np.round(w2s.risks(WORLD, *chain), 4))

# %%
# The best penalties
# ------------------
#
# A penalty may be tuned at each generation for that generation's own risk, or all of them together for the
# risk of the last (:func:`~w2s_asymptotics.tune_all`). A generation that is best for itself shrinks what the
# next one is to learn, and does so before the next label noise comes in. The best schedule leaves early
# generations without a penalty, though they suffer for it, and removes the noise of all at the end
# (:doc:`/theory/results/penalty_schedule`). Even one penalty for all does better than each for itself.

GENERATIONS = [w2s.Ridge(gamma=0.3, lam=0.0, noise=0.0 if place == 1 else 0.3) for place in COUNT[:6]]
STEPS = COUNT[:6]

constant = np.geomspace(1e-3, 1.0, 200)
equal = [w2s.Ridge(gamma=0.3, lam=constant, noise=one.noise) for one in GENERATIONS]
at_best = constant[np.argmin(w2s.risk(WORLD, *equal))]
schedules = {"one penalty for all": [w2s.Ridge(one.gamma, at_best, noise=one.noise) for one in GENERATIONS]}
schedules["each for itself"] = []
for one in GENERATIONS:
    before = schedules["each for itself"]
    before.append(w2s.tune(WORLD, *before, one).learner)
schedules["all for the last"] = list(w2s.tune_all(WORLD, *GENERATIONS).learners)

curves, measured = [], []
for name, chain in schedules.items():
    curves.append((name, np.array(w2s.risks(WORLD, *chain))))
    run = w2s.simulate(WORLD, *chain, dim=150, repetitions=30, seed=6)
    measured.append((STEPS, run.mean, run.standard_error))

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
risk_curves(STEPS, curves, measured, "generation", ax=left)
for name, chain in schedules.items():
    right.plot(STEPS, [one.lam for one in chain], marker="o", label=name)
right.set(xlabel="generation", ylabel=r"penalty $\lambda$")
right.set_yscale("symlog", linthresh=0.01)
right.legend(fontsize="small")

for name, chain in schedules.items():
    print(f"{name:<20} risk of the last {w2s.risk(WORLD, *chain):.4f}")
