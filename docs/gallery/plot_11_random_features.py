r"""
Random features: a narrow teacher, a wide student
=================================================

Ridge on :math:`p = \psi d` ReLU features of fresh rows. As the features reach the number of rows,
here at :math:`\psi = 1/\gamma = 2`, a fit with hardly any penalty has its double-descent peak; a moderate
penalty removes it. :doc:`/theory/results/random_features` derives the line.
"""

import matplotlib.pyplot as plt
import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.report.plots import risk_curves

WORLD = w2s.Population.isotropic(noise=0.3)
WIDTHS, MEASURED_WIDTHS = np.geomspace(0.1, 20.0, 400), (0.2, 0.5, 1.0, 4.0, 10.0)

curves, measured = [], []
for lam in (1e-3, 0.03):
    theory = w2s.risk(WORLD, w2s.RandomFeatures(gamma=0.5, width=WIDTHS, lam=lam, activation="relu"))
    curves.append((f"ReLU features, $\\lambda = {lam:g}$", theory))
    runs = [
        w2s.simulate(
            WORLD,
            w2s.RandomFeatures(gamma=0.5, width=width, lam=lam, activation="relu"),
            dim=120,
            repetitions=30,
            seed=3,
        )
        for width in MEASURED_WIDTHS
    ]
    measured.append((MEASURED_WIDTHS, [run.mean[0] for run in runs], [run.standard_error[0] for run in runs]))

figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
label = r"features per dimension $\psi = p/d$"
risk_curves(WIDTHS, curves, measured, label, predicting_zero=1.0, top=3.0, ax=axes)

# %%
# Weak and strong now differ in width: a teacher with 1.5 features per dimension and a student with 6.

narrow = w2s.RandomFeatures(gamma=0.5, width=1.5, lam=0.01, activation="relu")
wide = w2s.RandomFeatures(gamma=0.5, width=6.0, lam=0.1, activation="relu")
w2s.compare(WORLD, narrow, wide)

# %%
# And the student's risk against its own width:

widths = np.geomspace(0.2, 50.0, 200)
figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
students = [
    (
        f"student, $\\lambda_s = {lam:g}$",
        w2s.risk(WORLD, narrow, w2s.RandomFeatures(gamma=0.5, width=widths, lam=lam, activation="relu")),
    )
    for lam in (0.01, 0.1, 0.5)
]
risk_curves(widths, students, xlabel=r"student's width $\psi_s$", predicting_zero=1.0, top=2.0, ax=axes)
axes.axhline(w2s.risk(WORLD, narrow), color="black", linestyle="--", label=r"teacher, $\psi_t = 1.5$")
legend = axes.legend(fontsize="small")
