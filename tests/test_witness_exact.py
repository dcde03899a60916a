"""The second engine's own identities: exact over the rationals, and solvers that share little agree."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics.witness.cases import CASES, Case, chain, draw
from w2s_asymptotics.witness.dyson import Dyson, System, inverted
from w2s_asymptotics.witness.expression import INPUT, Gaussian, Reader
from w2s_asymptotics.witness.limit import Limit, limit
from w2s_asymptotics.witness.linearise import OUTPUT, Pencil, linearise
from w2s_asymptotics.witness.scales import decouple, normalise
from w2s_asymptotics.witness.words import NAME, Letter, Polynomial

ALL = {**CASES, "four stages, bias": chain(4).bias, "four stages, noise": chain(4).noises[0]}


def solve(matrix: Any, right: Any) -> Any:
    """Gauss and Jordan, in fractions."""
    size = len(matrix)
    rows = np.concatenate([matrix, right], axis=1)
    for place in range(size):
        pivot = next(row for row in range(place, size) if rows[row, place] != 0)
        rows[[place, pivot]] = rows[[pivot, place]]
        rows[place, place:] = rows[place, place:] / rows[place, place]
        for other in range(size):
            if other != place and rows[other, place] != 0:
                rows[other, place:] = rows[other, place:] - rows[other, place] * rows[place, place:]
    return rows[:, size:]


def inverse(matrix: Any) -> Any:
    size = len(matrix)
    return solve(matrix, np.array([[Fraction(int(i == j)) for j in range(size)] for i in range(size)]))


class Rationals:
    """Random rational values for every letter and scalar, in dimensions 2 and 3."""

    def __init__(self, seed: int, aliases: Mapping[str, Any]) -> None:
        self.rng, self.aliases = np.random.default_rng(seed), aliases
        self.sizes: dict[str, int] = {}
        self.scalars: dict[str, Fraction] = {}
        self.matrices: dict[str, Any] = {}

    def size(self, space: str) -> int:
        return self.sizes.setdefault(space, 2 + len(self.sizes) % 2)  # d and n differ

    def _fraction(self) -> Fraction:
        return Fraction(int(self.rng.integers(1, 30)), int(self.rng.integers(1, 3)))

    def scalar(self, name: str) -> Fraction:
        if name in self.sizes:
            return Fraction(self.sizes[name])
        if name not in self.scalars:
            self.scalars[name] = self.value(self.aliases[name]) if name in self.aliases else self._fraction()
        return self.scalars[name]

    def value(self, expression: Any) -> Fraction:
        numbers = {s: sp.Rational(*self.scalar(s.name).as_integer_ratio()) for s in expression.free_symbols}
        found = sp.Rational(expression.xreplace(numbers))
        return Fraction(int(found.p), int(found.q))

    def letter(self, letter: Letter) -> Any:
        if letter.name not in self.matrices:
            shape = (letter.cols, letter.rows) if letter.transposed else (letter.rows, letter.cols)
            rows, cols = map(self.size, shape)
            found = np.array(
                [[self._fraction() - 15 for _ in range(cols)] for _ in range(rows)], dtype=object
            )
            self.matrices[letter.name] = found + found.T if letter.symmetric else found
        value = self.matrices[letter.name]
        return value.T if letter.transposed else value

    def eye(self, space: str) -> Any:
        size = self.size(space)
        return np.array([[Fraction(int(i == j)) for j in range(size)] for i in range(size)], dtype=object)

    def polynomial(self, polynomial: Polynomial, rows: str, cols: str) -> Any:
        result = np.full((self.size(rows), self.size(cols)), Fraction(0), dtype=object)
        for (monomial, word), coefficient in polynomial.items():
            number = Fraction(coefficient)
            for (kind, what), exponent in monomial:
                assert kind == NAME
                number *= self.scalar(what) ** exponent
            value = self.eye(rows)
            for letter in word:
                value = value @ self.letter(letter)
            result = result + number * value
        return result

    def tree(self, e: Any, reader: Reader) -> Any:
        if isinstance(e, sp.MatrixSymbol):
            return self.letter(reader.letter(e))
        if e.is_Identity:
            return self.eye(str(e.shape[0]))
        if isinstance(e, sp.Transpose):
            return self.tree(e.arg, reader).T
        if isinstance(e, sp.MatAdd):
            return sum(self.tree(part, reader) for part in e.args)
        if isinstance(e, (sp.Inverse, sp.MatPow)):
            base = self.tree(e.base, reader)
            base = base if e.exp > 0 else inverse(base)
            result = base
            for _ in range(abs(int(e.exp)) - 1):
                result = result @ base
            return result
        scale, factors = e.as_coeff_matrices()
        result = self.value(scale) * self.tree(factors[0], reader)
        for factor in factors[1:]:
            result = result @ self.tree(factor, reader)
        return result


def assembled(world: Rationals, entries: Mapping[Any, Polynomial], rows: Any, cols: Any) -> Any:
    return np.concatenate(
        [
            np.concatenate(
                [world.polynomial(entries.get((i, j)) or Polynomial(), a, b) for j, b in cols], axis=1
            )
            for i, a in rows
        ]
    )


def world_of(case: Case, pencil: Pencil, seed: int) -> Rationals:
    world = Rationals(seed, pencil.aliases)
    for space in [*pencil.shape, *pencil.row_spaces.values(), *pencil.col_spaces.values()]:
        world.size(space)
    for each in case.gaussians:
        for side in each.symbol.shape:
            world.size(str(side))
    return world


def pencil_is_exact(case: Case, pencil: Pencil, seed: int) -> bool:
    """The expression is `D - c L^{-1} b`, exactly, at random rational matrices."""
    world, reader = world_of(case, pencil, seed), Reader(case.gaussians)
    expected = world.tree(case.expression, reader)
    rows, cols = list(pencil.row_spaces.items()), list(pencil.col_spaces.items())
    if not rows:  # nothing random
        return bool((expected == world.polynomial(pencil.entry(OUTPUT, INPUT), *pencil.shape)).all())
    above, beside = [(OUTPUT, pencil.shape[0])], [(INPUT, pencil.shape[1])]
    L, b = assembled(world, pencil.entries, rows, cols), assembled(world, pencil.entries, rows, beside)
    c, D = assembled(world, pencil.entries, above, cols), assembled(world, pencil.entries, above, beside)
    return bool((D - c @ solve(L, b) == expected).all())


@pytest.mark.parametrize("name", list(ALL))
def test_the_pencil_is_the_expression(name: str) -> None:
    case = ALL[name]
    pencil = normalise(linearise(case.expression, case.gaussians))
    assert pencil_is_exact(case, pencil, 1)
    assert pencil_is_exact(case, decouple(pencil), 2)


def test_a_spoiled_pencil_is_noticed() -> None:
    case = CASES["student, bias"]
    pencil = normalise(linearise(case.expression, case.gaussians))
    key = next(key for key, value in pencil.entries.items() if value.random_part())
    pencil.entries[key] = pencil.entries[key] * 2
    assert not pencil_is_exact(case, pencil, 1)


class _Inverses:
    """What `inverted` introduces, in numbers."""

    def __init__(self, world: Rationals, system: System, space: str) -> None:
        pending = {**system.scalars, **system.letters}
        while pending:
            for name, value in list(pending.items()):
                argument = value[1] if isinstance(value, tuple) else value
                if any(other in pending for other in argument.names()):
                    continue
                if isinstance(value, tuple):
                    side = value[0].rows
                    world.matrices[name] = inverse(world.polynomial(argument, side, side))
                else:
                    world.scalars[name] = 1 / world.polynomial(argument, space, space)[0, 0]
                del pending[name]


@pytest.mark.parametrize("name", list(ALL))
def test_the_block_inverse_is_exact(name: str) -> None:
    """M G = 1, at random rational matrices and unknowns."""
    case = ALL[name]
    pencil = normalise(linearise(case.expression, case.gaussians))
    dyson, world = Dyson(pencil), world_of(case, pencil, 3)
    rows, cols = list(pencil.row_spaces.items()), list(pencil.col_spaces.items())
    _Inverses(world, dyson.system, rows[0][1])
    M, G = assembled(world, dyson.matrix(), rows, cols), assembled(world, inverted(dyson), cols, rows)
    size = len(M)
    assert (np.array([[int(i == j) for j in range(size)] for i in range(size)]) == M @ G).all()


BLOCKS = {
    "resolvent": (2, 2),
    "two resolvents": (4, 6),
    "ridge, bias": (4, 6),
    "student, bias": (8, 12),
    "student, true labels mixed in": (8, 12),
    "three generations, bias": (12, 18),
    "random features, bias": (8, 15),
    "feature teacher, feature student, bias": (16, 24),
    "pooled data": (3, 4),
    "four stages, bias": (16, 24),
}


@pytest.mark.parametrize("name", list(BLOCKS))
def test_pencils_are_small(name: str) -> None:
    """Two blocks for each occurrence of a resolvent, and no more unknowns than they need."""
    case = ALL[name]
    pencil = normalise(linearise(case.expression, case.gaussians))
    assert (len(pencil.cols), len(Dyson(pencil).unknowns)) == BLOCKS[name]


def _limit(case: Case) -> Limit:
    return limit(sp.Trace(case.expression) / case.expression.rows, case.gaussians)


@pytest.mark.parametrize("name", list(CASES))
def test_three_ways_to_the_number_agree(name: str) -> None:
    """All unknowns by blocks, merged ones by words, and the short form; at eigenvalues and at matrices."""
    found, rng = _limit(CASES[name]), np.random.default_rng(5)
    for atoms in (True, False):
        values = draw(CASES[name], rng, dim=3, atoms=atoms)
        number = found.evaluate(values)
        given = found._values(values)
        (part,) = found.parts
        assert part.raw(given) == pytest.approx(number, rel=1e-12)
        assert part.short_values(given).value == pytest.approx(number, rel=1e-10)


n, m, d, lam, mu = sp.symbols("n m d lam mu", positive=True)
X, Y = sp.MatrixSymbol("X", n, d), sp.MatrixSymbol("Y", m, d)
Sigma, Tau, Gamma, B, C = (sp.MatrixSymbol(name, d, d) for name in ("Sigma", "Tau", "Gamma", "B", "C"))
one = sp.Identity(d)
S, T = X.T * X / n, Y.T * Y / m
POOL = [
    (S + lam * Gamma).inv(),
    (S + mu * Gamma).inv(),
    (T + mu * one).inv(),
    (S + T + lam * one).inv(),
    ((S + lam * one).inv() + C).inv(),
    (S * T * S + lam * one).inv(),
    X.T * (X * X.T / n + lam * sp.Identity(n)).inv() * X / n,
    one - (S + lam * one).inv(),
    S + 2 * T,
    S,
    T,
    C,
    B,
    Gamma,
]
DRAWN = (Gaussian(X, Sigma), Gaussian(Y, Tau))


def random_expression(rng: np.random.Generator, longest: int) -> Any:
    """A product of resolvents, covariances and given matrices, sometimes a sum of two."""

    def product() -> Any:
        result = B
        for _ in range(int(rng.integers(1, longest + 1))):
            result = result * POOL[int(rng.integers(len(POOL)))]
        return result

    return product() if rng.random() < 0.7 else product() + product()


def fuzz(seed: int, count: int, longest: int) -> float:
    rng, worst = np.random.default_rng(seed), 0.0
    for number in range(count):
        case = Case(random_expression(rng, longest), DRAWN)
        found = limit(sp.Trace(case.expression) / d, DRAWN)
        (part,) = found.parts
        assert pencil_is_exact(case, part.pencil, number)
        named = {symbol.name for symbol in [*found._scalars, *found._matrices]}
        values = {name: value for name, value in draw(case, rng, atoms=True).items() if name in named}
        number_ = found.evaluate(values, certify=False)
        worst = max(worst, abs(part.raw(found._values(values)) / number_ - 1))
    return worst


def test_random_expressions() -> None:
    assert fuzz(5, 24, 4) < 1e-9


@pytest.mark.sweep
def test_many_random_expressions() -> None:
    assert fuzz(6, 200, 4) < 1e-9
