"""Matrices for letters: drawing them (rational and exact, or floating) and evaluating words on them.

A draw gives every letter and number of a step a value. The stage that the step is about is built from a data
matrix X and its definitions alone: ``beta_k`` solves the normal equations for labels ``X f + e``, ``kappa``
solves its fixed point for the drawn Sigma and Gamma, which do not commute. Letters of other stages are
arbitrary, as nothing may depend on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.words.inner import Inner
from w2s_asymptotics.words.words import Quadratic, Stage, Trace, is_vector

__all__ = ["Draw", "draw_exact", "draw_floating", "evaluate", "inverse", "move", "redraw_rows", "with_row"]

Matrix = Any  # object array of Fractions, or array of floats


@dataclass(frozen=True)
class Draw:
    """Values of letters and numbers, in dimension ``dim``, with the data of the stage in question."""

    values: dict[sp.Symbol, Any]
    dim: int
    rows: Matrix
    stage: Stage

    def with_noise(self, noise: Matrix, labelled: Matrix, target: Matrix) -> Draw:
        """Add the stage's learner, fitted to the labels ``X f + noise`` by the normal equations."""
        count = len(self.rows)
        lam, penalty = self.values[self.stage.lam], self.values[self.stage.penalty]
        normal = self.rows.T @ self.rows / _number(count, self.rows) + lam * penalty
        weights = inverse(normal) @ (self.rows.T @ (self.rows @ labelled + noise)) / _number(count, self.rows)
        added = {
            self.stage.weights: weights,
            self.stage.error: weights - target,
            self.stage.noise_vector: self.rows.T @ noise / _number(count, self.rows),
        }
        return Draw({**self.values, **added}, self.dim, self.rows, self.stage)


def evaluate(expression: Any, draw: Draw) -> Any:
    """Evaluate a word polynomial to a matrix, a scalar expression to a number.

    Where a matrix is meant, a number stands for that multiple of the identity.
    """
    return _evaluate(sp.sympify(expression), draw.values, draw.dim)


def _evaluate(node: sp.Expr, values: dict[sp.Symbol, Any], dim: int) -> Any:
    exact = any(isinstance(value, Fraction) for value in values.values())
    if node.is_Number:
        return Fraction(int(node.p), int(node.q)) if exact else float(node)
    if isinstance(node, sp.Symbol):
        return values[node]
    if isinstance(node, Trace):
        inner = _evaluate(node.args[0], values, dim)
        return np.trace(inner) if isinstance(inner, np.ndarray) else inner * dim
    if isinstance(node, Quadratic):
        metric, vector = (_evaluate(argument, values, dim) for argument in node.args)
        image = metric @ vector if isinstance(metric, np.ndarray) else metric * vector
        return (vector * image).sum()
    if isinstance(node, Inner):
        metric, left, right = (_evaluate(argument, values, dim) for argument in node.args)
        return (left * (metric @ right if isinstance(metric, np.ndarray) else metric * right)).sum()
    if isinstance(node, sp.Pow):
        base, exponent = _evaluate(node.base, values, dim), int(node.exp)
        if isinstance(base, np.ndarray):
            return (
                np.linalg.multi_dot([base] * exponent)
                if exponent > 1 and base.dtype == float
                else _power(base, exponent)
            )
        return base**exponent
    parts = [_evaluate(argument, values, dim) for argument in node.args]
    total = parts[0]
    for part in parts[1:]:
        if isinstance(node, sp.Mul):
            both = isinstance(total, np.ndarray) and isinstance(part, np.ndarray)
            total = total @ part if both else total * part
        else:
            total = _add(total, part, dim)
    return total


def _add(left: Any, right: Any, dim: int) -> Any:
    if isinstance(left, np.ndarray) == isinstance(right, np.ndarray):
        return left + right
    matrix, scalar = (left, right) if isinstance(left, np.ndarray) else (right, left)
    return matrix + scalar * np.eye(dim, dtype=int)


def _power(base: Matrix, exponent: int) -> Matrix:
    result = base
    for _ in range(exponent - 1):
        result = result @ base
    return result


def with_row(draw: Draw, place: int) -> Draw:
    """Take the row at ``place`` for the one row of a leave-one-out argument."""
    stage, values = draw.stage, draw.values
    size, row = _number(len(draw.rows), draw.rows), draw.rows[place]
    outer = np.outer(row, row)
    remaining = values[stage.sample_covariance] - outer / size + values[stage.lam] * values[stage.penalty]
    return Draw(
        {**values, stage.row: outer, stage.without_row: inverse(remaining)}, draw.dim, draw.rows, stage
    )


def move(draw: Draw, moved: dict[Any, Any], distance: Fraction) -> Draw:
    """Move letters and numbers by ``distance`` along the directions in ``moved``; G and R follow."""
    stage, values = draw.stage, dict(draw.values)
    values |= {item: values[item] + distance * evaluate(direction, draw) for item, direction in moved.items()}
    values[stage.equivalent] = inverse(values[stage.covariance] + values[stage.kappa] * values[stage.penalty])
    values[stage.resolvent] = inverse(
        values[stage.sample_covariance] + values[stage.lam] * values[stage.penalty]
    )
    return Draw(values, draw.dim, draw.rows, stage)


def inverse(matrix: Matrix) -> Matrix:
    """Invert, exactly when the entries are exact."""
    if matrix.dtype == float:
        return np.linalg.inv(matrix)
    inverted = sp.Matrix(
        matrix.shape[0], matrix.shape[1], [sp.Rational(x.numerator, x.denominator) for x in matrix.flat]
    ).inv()
    entries = [Fraction(int(entry.p), int(entry.q)) for entry in inverted]
    return np.array(entries, dtype=object).reshape(matrix.shape)


def _number(value: int, like: Matrix) -> Any:
    return Fraction(value) if like.dtype == object else float(value)


def _rational(rng: np.random.Generator, *shape: int) -> Matrix:
    draws = [Fraction(int(rng.integers(-4, 5)), int(rng.integers(1, 4))) for _ in range(int(np.prod(shape)))]
    return np.array(draws, dtype=object).reshape(shape)


def _positive(rng: np.random.Generator) -> Fraction:
    return Fraction(int(rng.integers(1, 9)), int(rng.integers(9, 17)))


def _complete(draw: Draw, symbols: set[sp.Symbol], vector: Any, other: Any, number: Any) -> Draw:
    """Give arbitrary values to every letter and number that the stage's definitions do not fix."""
    values = dict(draw.values)
    for item in sorted(symbols - set(values), key=str):
        values[item] = number() if item.is_commutative else (vector() if is_vector(item) else other())
    return Draw(values, draw.dim, draw.rows, draw.stage)


def draw_exact(
    stage: Stage, symbols: set[sp.Symbol], rng: np.random.Generator, dim: int = 3, count: int = 4
) -> Draw:
    """Draw rational matrices; lam is the value that makes a drawn rational kappa solve its fixed point."""
    rows = _rational(rng, count, dim)
    identity = np.eye(dim, dtype=int) * Fraction(1)
    square_roots = [_rational(rng, dim, dim) for _ in range(2)]
    covariance, penalty = (root @ root.T + identity for root in square_roots)
    kappa, size = _positive(rng), Fraction(count)
    shape = inverse(covariance + kappa * penalty)
    lam = kappa * (1 - np.trace(covariance @ shape) / size)
    return _stage_draw(stage, symbols, rng, rows, covariance, penalty, kappa, lam, shape)


BLOCK = 3
"""Floating matrix letters are I (x) B with B of this size: the blocks do not commute, and means over them
settle fast."""


def draw_floating(
    stage: Stage, symbols: set[sp.Symbol], rng: np.random.Generator, dim: int, count: int, lam: float
) -> Draw:
    """Draw Gaussian rows and letters I (x) B, 3 x 3 blocks that do not commute; kappa solves its fixed point.

    A vector letter is I (x) b over the root of the number of blocks: a quadratic form of it is a mean over
    blocks, of order one like the noise.
    """
    seed = int(rng.integers(2**32))
    blocks = np.random.default_rng(seed)
    copies = dim // BLOCK
    covariance, penalty = _block(blocks, 0.5, 2.0), _block(blocks, 0.5, 1.8)
    kappa = _solve_kappa(covariance, penalty, lam, copies / count)
    rows = rng.standard_normal((count, dim))
    wide = [
        np.kron(np.eye(copies), each)
        for each in (covariance, penalty, np.linalg.inv(covariance + kappa * penalty))
    ]
    return _stage_draw(
        stage, symbols, blocks, rows @ np.linalg.cholesky(wide[0]).T, wide[0], wide[1], kappa, lam, wide[2]
    )


def _solve_kappa(covariance: Matrix, penalty: Matrix, lam: float, share: float) -> float:
    """Bisect kappa (1 - share tr Sigma G) = lam, an increasing function of kappa."""
    low, high = lam, lam + 1.0
    sizes = np.linalg.eigvals(np.linalg.solve(penalty, covariance)).real

    def penalty_of(kappa: float) -> float:
        return kappa * (1 - share * float((sizes / (sizes + kappa)).sum()))

    while penalty_of(high) < lam:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if penalty_of(middle) < lam else (low, middle)
    return (low + high) / 2


def _block(rng: np.random.Generator, low: float, high: float) -> Matrix:
    basis = np.linalg.qr(rng.standard_normal((BLOCK, BLOCK)))[0]
    return (basis * np.linspace(low, high, BLOCK)) @ basis.T


def block_means(value: Any, dim: int) -> Matrix:
    """The mean over diagonal blocks.

    Of a matrix 3 x 3 numbers, of a vector letter 3, of a scalar that multiple of I.
    """
    copies = dim // BLOCK
    if not isinstance(value, np.ndarray):
        return float(value) * np.eye(BLOCK)
    each = np.arange(copies)
    if value.shape[1] == copies:
        return np.sqrt(copies) * value.reshape(copies, BLOCK, copies)[each, :, each].mean(axis=0)
    return value.reshape(copies, BLOCK, copies, BLOCK)[each, :, each, :].mean(axis=0)


def redraw_rows(draw: Draw, rng: np.random.Generator) -> Draw:
    """Draw fresh rows of the same stage, everything else held."""
    covariance = draw.values[draw.stage.covariance]
    rows = rng.standard_normal(draw.rows.shape) @ np.linalg.cholesky(covariance).T
    return Draw({**draw.values, **_from_rows(draw.stage, rows, draw.values)}, draw.dim, rows, draw.stage)


def _from_rows(stage: Stage, rows: Matrix, values: dict[sp.Symbol, Any]) -> dict[sp.Symbol, Any]:
    sample = rows.T @ rows / _number(len(rows), rows)
    return {
        stage.sample_covariance: sample,
        stage.resolvent: inverse(sample + values[stage.lam] * values[stage.penalty]),
    }


def _stage_draw(
    stage: Stage,
    symbols: set[sp.Symbol],
    rng: np.random.Generator,
    rows: Matrix,
    covariance: Matrix,
    penalty: Matrix,
    kappa: Any,
    lam: Any,
    shape: Matrix,
) -> Draw:
    size, dim = _number(len(rows), rows), rows.shape[1]
    product = covariance @ shape
    values = {
        stage.covariance: covariance,
        stage.penalty: penalty,
        stage.kappa: kappa,
        stage.lam: lam,
        stage.equivalent: shape,
        stage.samples: size,
        stage.delta: 1 - np.trace(product @ product) / size,
    }
    values |= _from_rows(stage, rows, values)
    exact = rows.dtype == object

    def vector() -> Matrix:
        if exact:
            return _rational(rng, dim, dim)
        copies = dim // BLOCK
        return np.kron(np.eye(copies), rng.standard_normal((BLOCK, 1))) / np.sqrt(copies)

    def other() -> Matrix:
        if exact:
            root = _rational(rng, dim, dim)
            return root + root.T
        return np.kron(np.eye(dim // BLOCK), _block(rng, 0.3, 1.6))

    def number() -> Any:
        return _positive(rng) if exact else float(rng.uniform(0.3, 0.9))

    return _complete(Draw(values, dim, rows, stage), symbols, vector, other, number)
