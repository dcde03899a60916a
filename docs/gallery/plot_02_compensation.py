r"""
Mechanism 1: a student compensates an under-regularised teacher
===============================================================

Where does a ridge student beat its ridge teacher? The gain :math:`E_t - E_s` of their excess risks
over both penalties, after the phase diagrams of Moniri and Hassani
(`arXiv:2505.18346 <https://arxiv.org/abs/2505.18346>`_), for a teacher of :math:`\gamma_t = 0.5` and label
noise of variance :math:`\sigma^2 = 2` beside a signal of energy 1. In purple the student wins.
Filled contours are simulated (:math:`d = 200`, 20 repetitions); dashed contours, the black curve
:math:`E_s = E_t` and the dotted line :math:`\lambda_t = \lambda_*` (the teacher's best penalty) are theory.

A teacher at or above its best penalty is beaten by no student. Below it, an under-parameterised student
wins with every small enough penalty; an over-parameterised one shrinks already at :math:`\lambda_s = 0`,
and wins only over teachers well below their best. :doc:`/theory/results/compensation` proves it.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import TwoSlopeNorm

import w2s_asymptotics as w2s
from w2s_asymptotics.simulation import penalty_path

NOISE, GAMMA_T = 2.0, 0.5
STUDENTS = {"under-parameterised": 0.5, "over-parameterised": 2.0}
WORLD = w2s.Population.isotropic(noise=NOISE)
FINE, COARSE = np.geomspace(0.01, 10.0, 161), np.geomspace(0.01, 10.0, 17)
LEVELS = np.linspace(-1.0, 1.0, 21)

# %%
# The estimators themselves: one row of the grid at a time, each from one factorisation per data set.


def simulated(gamma_s: float) -> Any:
    """Mean gain, teacher minus student, over the coarse grid, teachers down and students across."""
    rows = []
    for place, lam in enumerate(COARSE):
        teacher, student = w2s.Ridge(gamma=GAMMA_T, lam=lam), w2s.Ridge(gamma=gamma_s)
        path = penalty_path(WORLD, teacher, student, lams=COARSE, dim=200, repetitions=20, seed=place)
        rows.append(path.mean[0] - path.mean[1])
    return np.array(rows)


# %%
# Theory, drawn over it.


def panel(axes: Any, title: str, gamma_s: float) -> Any:
    """One phase diagram; return the filled contours for the colour bar."""
    teacher, student = w2s.Ridge(gamma=GAMMA_T), w2s.Ridge(gamma=gamma_s)
    diagram = w2s.phase_diagram(WORLD, teacher, student, x=("student.lam", FINE), y=("teacher.lam", FINE))
    norm = TwoSlopeNorm(0.0, LEVELS[0], LEVELS[-1])
    filled = axes.contourf(COARSE, COARSE, simulated(gamma_s), LEVELS, cmap="PuOr", norm=norm, extend="both")
    axes.contour(FINE, FINE, diagram.gain, LEVELS[::2], colors="0.35", linewidths=0.7, linestyles="--")
    for piece in diagram.boundary:
        axes.plot(*np.asarray(piece).T, color="black", linewidth=2)
    axes.axhline(GAMMA_T * NOISE, color="black", linestyle=":")
    axes.set(
        xscale="log",
        yscale="log",
        xlabel=r"student's $\lambda_s$",
        title=f"{title},\n$\\gamma_s = {gamma_s:g}$",
    )
    return filled


plt.rcParams["font.size"] = 12  # legible where the page is narrow
figure, both = plt.subplots(1, 2, figsize=(6.8, 4.6), sharey=True, layout="constrained")
for axes, (title, gamma_s) in zip(both, STUDENTS.items(), strict=True):
    filled = panel(axes, title, gamma_s)
both[0].set_ylabel(r"teacher's penalty $\lambda_t$")
both[0].annotate(r"$\lambda_t = \lambda_*$", (0.011, GAMMA_T * NOISE), va="bottom")
label = r"gain $E_t - E_s$ (purple: the student wins)"
bar = figure.colorbar(filled, ax=both, label=label, location="bottom", aspect=36, ticks=LEVELS[::5])

# %%
# The winning penalties in closed form, for a teacher below its best and one above:

for lam in (0.1, 2.0):
    for name, gamma_s in STUDENTS.items():
        interval = w2s.winning_interval(WORLD, w2s.Ridge(gamma=GAMMA_T, lam=lam), w2s.Ridge(gamma=gamma_s))
        print(f"lam_t = {lam}, {name}: {interval}")
