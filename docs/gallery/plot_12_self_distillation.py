r"""
Self-distillation: fitting one's own labels again
=================================================

Ridge is fitted to a data set, relabels the same rows, and is fitted again. No fresh data enter, so all fits
share one sample covariance; their second moments are those of two penalties on the same data
(:doc:`/theory/results/two_penalties`, :doc:`/theory/results/self_distillation`).
"""

import matplotlib.pyplot as plt
import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.report.plots import risk_curves

WORLD = w2s.Population.isotropic(noise=0.5)
LAMS, MEASURED = np.geomspace(0.003, 3.0, 160), (0.01, 0.05, 0.2, 0.8)

curves, measured = [], []
for fits, words in ((1, "one fit"), (2, "two fits"), (4, "four fits")):
    curves.append(
        (words, np.array([w2s.risk(WORLD, w2s.SelfDistilled(gamma=0.8, lams=(lam,) * fits)) for lam in LAMS]))
    )
    runs = [
        w2s.simulate(WORLD, w2s.SelfDistilled(gamma=0.8, lams=(lam,) * fits), dim=100, repetitions=30, seed=2)
        for lam in MEASURED
    ]
    measured.append((MEASURED, [run.mean[0] for run in runs], [run.standard_error[0] for run in runs]))

figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
risk_curves(LAMS, curves, measured, r"penalty $\lambda$ of every fit", predicting_zero=1.0, ax=axes)

# %%
# Several small penalties act like one larger one. In an isotropic world that is all: ridge at its best
# penalty is the Bayes estimate there, and no number of fits on the same rows improves on it.

best = w2s.tune(WORLD, w2s.Ridge(gamma=0.8, lam=0.0))
pairs = [(lam, w2s.risk(WORLD, w2s.SelfDistilled(gamma=0.8, lams=(lam, lam)))) for lam in LAMS]
lam, risk = min(pairs, key=lambda pair: pair[1])
print(f"one fit:  lam = {best.lam:.4f}, excess risk {best.risk:.6f}")
print(f"two fits: lam = {lam:.4f} each, excess risk {risk:.6f}")
