"""Draw docs/figure.png: where the student beats the teacher, for an under- and an over-parameterised student.

Filled contours are simulated (the estimators themselves, on drawn data), dashed contours and the black
curve of equal risk are theory; the dotted line is the teacher's best penalty, at and beyond which no
student can win. The layout follows the phase diagrams of Moniri and Hassani, arXiv:2505.18346.

Run as ``python docs/make_figure.py``; it takes about a minute.
"""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import TwoSlopeNorm

import w2s_asymptotics as w2s
from w2s_asymptotics.simulation import penalty_path

NOISE, GAMMA_T = 2.0, 0.5
STUDENTS = {"under-parameterised student": 0.5, "over-parameterised student": 2.0}
FINE, COARSE = np.geomspace(0.01, 10.0, 161), np.geomspace(0.01, 10.0, 17)
LEVELS = np.linspace(-1.0, 1.0, 21)


def simulated(world: w2s.Population, gamma_s: float) -> Any:
    """Mean of student minus teacher over the coarse grid, teachers down and students across."""
    rows = []
    for place, lam in enumerate(COARSE):
        teacher, student = w2s.Ridge(gamma=GAMMA_T, lam=lam), w2s.Ridge(gamma=gamma_s, lam=1.0)
        path = penalty_path(world, teacher, student, lams=COARSE, dim=200, repetitions=20, seed=place)
        rows.append(path.mean[1] - path.mean[0])
    return np.array(rows)


def panel(axes: Any, title: str, gamma_s: float) -> Any:
    """One phase diagram; return the filled contours for the colour bar."""
    world = w2s.Population.isotropic(noise=NOISE)
    teacher, student = w2s.Ridge(gamma=GAMMA_T, lam=1.0), w2s.Ridge(gamma=gamma_s, lam=1.0)
    diagram = w2s.phase_diagram(world, teacher, student, x=("student.lam", FINE), y=("teacher.lam", FINE))
    norm = TwoSlopeNorm(0.0, LEVELS[0], LEVELS[-1])
    filled = axes.contourf(
        COARSE, COARSE, simulated(world, gamma_s), LEVELS, cmap="RdBu_r", norm=norm, extend="both"
    )
    axes.contour(FINE, FINE, -diagram.gain, LEVELS[::2], colors="0.35", linewidths=0.7, linestyles="--")
    for piece in diagram.boundary:
        axes.plot(*np.asarray(piece).T, color="black", linewidth=2)
    axes.axhline(GAMMA_T * NOISE, color="black", linestyle=":")
    axes.set(
        xscale="log",
        yscale="log",
        xlabel=r"student's penalty $\lambda_s$",
        title=f"{title}, $\\gamma_s = {gamma_s}$",
    )
    return filled


def main() -> None:
    """Draw and save."""
    figure, both = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
    for axes, (title, gamma_s) in zip(both, STUDENTS.items(), strict=True):
        filled = panel(axes, title, gamma_s)
    both[0].set_ylabel(r"teacher's penalty $\lambda_t$")
    both[0].annotate(r"$\lambda_t = \lambda_*$", (0.011, GAMMA_T * NOISE), va="bottom")
    figure.colorbar(filled, ax=both, label=r"$E_s - E_t$ (blue: the student wins)")
    figure.savefig(Path(__file__).with_name("figure.png"), dpi=110)


if __name__ == "__main__":
    main()
