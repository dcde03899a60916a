"""The model of a student whose rows are turned about its teacher: a group of rotations, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from w2s_asymptotics.proof.models.draws import rational
from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.matrices import Draw, inverse
from w2s_asymptotics.words.spectrum import DIMENSION
from w2s_asymptotics.words.words import BETA, Stage, letter

__all__ = ["ACROSS", "ASIDE", "ROWS", "STUDENT", "TEACHER", "TURN", "TURNED", "TURNED_BACK", "Turns"]

TEACHER, STUDENT = Stage("t"), Stage("s")
ROWS, TURN, TURNED_BACK = letter("X"), letter("U"), letter("U'")
"""Rows, and a rotation U that leaves the teacher where it is; the rows Ux are X U'."""
TURNED = letter("beta_u")
"""What the student learns from the turned rows, with the same labels."""
ACROSS, ASIDE = letter("w"), letter("v")
"""Parts of the student and of the target orthogonal to the teacher."""


@dataclass(frozen=True)
class Turns(Model):
    """Every rotation of a group that has no direction in common but the teacher's.

    The teacher lies along the first coordinate; the others are permuted around a circle, with every choice of
    signs. Labels are the cube of the teacher's prediction, and chance; the student is a ridge fit.
    """

    where = "over a group of rotations about the teacher, on rational data"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Turn the rows of one draw."""
        rng, dim, count = np.random.default_rng(seed), 4, 5
        rows, target, teacher = rational(rng, count, dim), rational(rng, dim, 1), 0 * rational(rng, dim, 1)
        teacher[0] = Fraction(7, 4)
        across, aside = ((np.arange(dim)[:, None] > 0) * rational(rng, dim, 1) for _ in range(2))
        labels = (rows @ teacher) ** 3 + rational(rng, count, 1)

        def learned(covariates: Any) -> Any:
            normal = covariates.T @ covariates + Fraction(2, 3) * np.eye(dim, dtype=int)
            return inverse(normal) @ (covariates.T @ labels)

        student = learned(rows)
        for shift, signs in product(range(dim - 1), product((1, -1), repeat=dim - 1)):
            turn = np.eye(dim, dtype=int) * Fraction(1)
            turn[1:, 1:] = np.roll(turn[1:, 1:], shift, axis=0) * np.array(signs)[:, None]
            values = {
                ROWS: rows, TURN: turn, TURNED_BACK: turn.T, TURNED: learned(rows @ turn.T), BETA: target,
                TEACHER.weights: teacher, STUDENT.weights: student, ACROSS: across, ASIDE: aside,
                DIMENSION: Fraction(dim),
            }  # fmt: skip
            yield Draw(values, dim).at
