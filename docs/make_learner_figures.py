"""Draw docs/double_descent.png and docs/generations.png: theory as lines, the actual estimators as points.

Run as ``python docs/make_learner_figures.py``; it takes about a minute.
"""

from pathlib import Path
from typing import Any

import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.report.plots import risk_curves, save

HERE = Path(__file__).parent
WORLD = w2s.Population.isotropic(noise=0.3)
WIDTHS, MEASURED_WIDTHS = np.geomspace(0.1, 20.0, 400), (0.2, 0.5, 1.0, 4.0, 10.0)
GENERATIONS = 10


def features(width: Any, lam: float) -> w2s.RandomFeatures:
    """ReLU features of this width on 2 rows per dimension."""
    return w2s.RandomFeatures(gamma=0.5, width=width, lam=lam, activation="relu")


def double_descent() -> Path:
    """Risk against width, nearly without penalty and with one."""
    curves, measured = [], []
    for lam in (1e-3, 0.03):
        curves.append((f"ReLU features, $\\lambda = {lam:g}$", w2s.risk(WORLD, features(WIDTHS, lam))))
        runs = [
            w2s.simulate(WORLD, features(width, lam), dim=120, repetitions=30, seed=3)
            for width in MEASURED_WIDTHS
        ]
        measured.append(
            (MEASURED_WIDTHS, [run.mean[0] for run in runs], [run.standard_error[0] for run in runs])
        )
    label = r"features per dimension $\psi = p/d$"
    axes = risk_curves(WIDTHS, curves, measured, label, predicting_zero=1.0, top=3.0)
    return save(axes, HERE / "double_descent.png")


def generations() -> Path:
    """Risk by generation, without penalty (collapse), with a small one and with the first teacher's best."""
    count = np.arange(1, GENERATIONS + 1)
    curves, measured = [], []
    for lam in (0.0, 0.02, 0.15):
        chain = [w2s.Ridge(gamma=0.5, lam=lam, noise=0.0 if place == 1 else 0.3) for place in count]
        curves.append((f"$\\lambda = {lam:g}$", np.array(w2s.risks(WORLD, *chain))))
        run = w2s.simulate(WORLD, *chain, dim=120, repetitions=30, seed=4)
        measured.append((count, run.mean, run.standard_error))
    axes = risk_curves(count, curves, measured, "generation", predicting_zero=1.0)
    return save(axes, HERE / "generations.png")


if __name__ == "__main__":
    for path in (double_descent(), generations()):
        print("wrote", path)
