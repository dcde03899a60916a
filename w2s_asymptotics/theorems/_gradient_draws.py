r"""The check of what concentrates in a gradient step: ``g = X'y/n`` on drawn labels of growing dimension."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.derivation import Check, Outcome, Step
from w2s_asymptotics.theorems._two_layer import c, energy, gamma_step, power
from w2s_asymptotics.words.inner import Inner
from w2s_asymptotics.words.words import letter

__all__ = ["EASY", "OVERLAP", "STEP", "GradientCloses"]

STEP, EASY = letter("g"), letter("b_e")
OVERLAP = sp.Symbol("m_b", positive=True)
"""``<l, b_e>`` of the labels' linear part l."""


@dataclass(frozen=True)
class GradientCloses(Check):
    """The mean of ``before`` over drawn steps ``g = X'y/n`` tends to ``after``, and its spread vanishes.

    Labels have the coefficients ``easy`` along b_e, ``hard`` along b_h, a linear part of energy ``aside``
    orthogonal to both, and noise. The relative gap extrapolates to zero in 1/d, and the variance falls at
    least like 1/d.
    """

    easy: tuple[float, ...] = (0.9, 0.3)
    hard: tuple[float, ...] = (0.0, 0.4)
    aside: float = 0.0
    noise: float = 0.5
    gamma: float = 0.6
    dims: tuple[int, ...] = (40, 80, 160)
    tolerance: float = 0.03

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Draw steps at each dimension and fit the gap as intercept + slope/d."""
        beyond = sum(
            float(sp.factorial(degree)) * value**2
            for link in (self.easy, self.hard)
            for degree, value in enumerate(link, 1)
        )
        meaning = {
            c: self.easy[0],
            OVERLAP: self.easy[0],
            energy: self.easy[0] ** 2 + self.aside,
            gamma_step: self.gamma,
            power: beyond + self.aside + self.noise,
        }
        limit = float(after.subs(meaning))
        along, norm = Inner(1, STEP, EASY), Inner(1, STEP, STEP)
        side = sp.lambdify((along, norm), before.xreplace({along: along, norm: norm}), "numpy")
        gaps, errors, spreads = [], [], []
        for dim in self.dims:
            values = side(*self._steps(dim, 32_000_000 // dim**2, np.random.default_rng((seed, dim))))
            gaps.append(values.mean() / limit - 1)
            errors.append(values.std() / np.sqrt(len(values)) / limit)
            spreads.append(values.var())
        design = np.array([[1.0, 1 / dim] for dim in self.dims]) / np.array(errors)[:, None]
        covariance = np.linalg.inv(design.T @ design)
        intercept = (covariance @ design.T @ (np.array(gaps) / np.array(errors)))[0]
        uncertainty = float(np.sqrt(covariance[0, 0]))
        falls = spreads[-1] / spreads[0] * self.dims[-1] / self.dims[0]
        passed = abs(intercept) <= max(5 * uncertainty, self.tolerance / 3)
        passed = passed and 4 * uncertainty <= self.tolerance and falls < 2
        return Outcome(
            bool(passed),
            f"relative gap at d = inf: {abs(intercept):.1e} +- {uncertainty:.1e}; variance times d at the "
            f"largest d, in that of the smallest: {falls:.2f}",
        )

    def _steps(self, dim: int, count: int, rng: np.random.Generator) -> tuple[Any, Any]:
        """Overlap with b_e and squared length of X'y/n, ``count`` times.

        Only the first three coordinates have to do with the labels: given these, the rest of X'y is Gaussian
        of variance |y|^2, exactly.
        """
        rows = round(dim / self.gamma)
        x = rng.standard_normal((count, rows, 3))
        easy, hard = x[..., 0], x[..., 1]
        labels = self.easy[0] * easy + self.easy[1] * (easy**2 - 1) + self.hard[1] * (hard**2 - 1)
        labels = labels + np.sqrt(self.aside) * x[..., 2]
        labels = labels + np.sqrt(self.noise) * rng.standard_normal((count, rows))
        known = np.einsum("cr,crk->ck", labels, x) / rows
        rest = rng.chisquare(dim - 3, count) * (labels**2).sum(axis=1) / rows**2
        return known[:, 0], (known**2).sum(axis=1) + rest

    def describe(self) -> str:
        """Say what closes the step."""
        return "the gap on drawn data closes like 1/d, and so does the variance"

    def sign(self, step: Step) -> str:
        """The two sides are asymptotically equivalent."""
        return r"\simeq"
