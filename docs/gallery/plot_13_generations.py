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
