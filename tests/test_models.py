"""Tactics and models: each holds for what is true and fails for what is nearly so."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics.chains import derive
from w2s_asymptotics.proof.models import turns
from w2s_asymptotics.proof.models.diagonal import Blocks, CoordinateWise
from w2s_asymptotics.proof.models.features import Features, Rotations
from w2s_asymptotics.proof.models.integrals import Integrals
from w2s_asymptotics.proof.models.isotropic import Identities
from w2s_asymptotics.proof.models.names import Counts, Names
from w2s_asymptotics.proof.models.representations import Representations
from w2s_asymptotics.proof.models.rows import EachRow, Labels, Meeting, Path, Rows, Signs, TwoPoints
from w2s_asymptotics.proof.models.spectra import OneAtom, Spectra, WordsOnSpectra
from w2s_asymptotics.proof.models.turns import Turns
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal, Slope, Tends
from w2s_asymptotics.words import representation as seen
from w2s_asymptotics.words.diagonal import Block, Coordinates
from w2s_asymptotics.words.features import SHAPE, WEIGHTS
from w2s_asymptotics.words.inner import Inner
from w2s_asymptotics.words.isotropic import shrinkage
from w2s_asymptotics.words.pairs import COVARIANCE, FITS, PAIR, PENALTY, SAMPLE, delta
from w2s_asymptotics.words.spectrum import DIMENSION, EIGENVALUE, ENERGY, WEIGHT, Total
from w2s_asymptotics.words.spikes import ACROSS, GRAM, SPIKES
from w2s_asymptotics.words.words import BETA, Quadratic, Stage, Trace, letter, terms, trace

STAGE = Stage("t")
FIRST, SECOND = FITS
R, S, G, H = FIRST.resolvent, SECOND.resolvent, FIRST.equivalent, SECOND.equivalent
C, F, MU, SPREAD = letter("C"), letter("f"), letter("mu"), letter("C")
X, K = sp.Symbol("x", positive=True), sp.Symbol("k", integer=True, positive=True)
_z, _n = STAGE.noise_vector, STAGE.samples
_index, _count = sp.Symbol("i", integer=True), sp.Symbol("d", integer=True, positive=True)
_s = sp.IndexedBase("s", positive=True)

TRUE = {
    "rows": (
        Equal(Rows(STAGE)),
        STAGE.resolvent * STAGE.sample_covariance,
        1 - STAGE.lam * STAGE.resolvent * STAGE.penalty,
    ),
    "no penalty": (Equal(Rows(STAGE, kappa=0)), STAGE.delta, 1 - STAGE.gamma),
    "signs": (
        Averages(Signs(STAGE)),
        Quadratic(1, _z),
        STAGE.noise * Trace(STAGE.sample_covariance) / _n,
    ),
    "each row": (Averages(EachRow(PAIR)), Trace(SAMPLE * C), Trace(PAIR.row * C)),
    "two points": (
        Averages(TwoPoints(STAGE, F, MU, SPREAD)),
        Quadratic(1, F),
        Quadratic(1, MU) + Trace(SPREAD),
    ),
    "rotations": (Averages(Rotations()), ACROSS * SHAPE * SPIKES, Trace(SHAPE) / WEIGHTS.samples * GRAM),
    "meeting": (
        Tends(Meeting(PAIR)),
        (SECOND.lam * S - FIRST.lam * R) / (SECOND.lam - FIRST.lam),
        R * SAMPLE * R,
    ),
    "path": (
        Slope(Path(STAGE, moved={STAGE.kappa: sp.S.One})),
        STAGE.equivalent,
        -STAGE.equivalent * STAGE.penalty * STAGE.equivalent,
    ),
    "path in lam": (
        Slope(Path(STAGE, Labels(), 0, moved={STAGE.kappa: sp.S.One}, variable=STAGE.lam)),
        STAGE.kappa,
        1 / (1 - STAGE.gamma),
    ),
    "features": (Equal(Features()), SHAPE * SHAPE**2, SHAPE**3),
    "representations": (
        Equal(Representations()),
        seen.SEEN_COVARIANCE * seen.BEST,
        seen.FEATURES * seen.COVARIANCE,
    ),
    "hiding": (Tends(Representations()), seen.HIDING, seen.SHAPE),
    "integrals": (Equal(Integrals()), sp.Integral(X * sp.exp(-(X**2) / 2), (X, 0, sp.oo)), sp.S.One),
    "turns": (
        Averages(Turns()),
        Inner(1, turns.TURN * turns.ACROSS, turns.ASIDE) ** 2,
        Quadratic(1, turns.ACROSS) * Quadratic(1, turns.ASIDE) / (DIMENSION - 1),
    ),
    "identities": (
        Equal(Identities((PAIR,), COVARIANCE)),
        Trace(G * H) / PAIR.samples,
        PAIR.gamma * shrinkage(FIRST) * shrinkage(SECOND),
    ),
    "names": (Equal(Names({X: K + 1})), X**2, (K + 1) ** 2),
    "counts": (Equal(Counts(K)), sp.Sum(X, (X, 1, K)), K * (K + 1) / 2),
    "spectra": (Equal(Spectra({X: EIGENVALUE})), Total(WEIGHT * X), Total(WEIGHT * EIGENVALUE)),
    "spectra, infinite": (
        Tends(Spectra(variable=X)),
        Total(X * EIGENVALUE / (X + EIGENVALUE)),
        Total(EIGENVALUE),
    ),
    "one atom": (Equal(OneAtom()), Total(WEIGHT * X) ** 2, X**2),
    "words on spectra": (
        Equal(WordsOnSpectra({C: EIGENVALUE}, {})),
        Quadratic(C, F),
        Total(EIGENVALUE * ENERGY),
    ),
    "blocks": (
        Equal(Blocks((Block({C: X}, sp.Symbol("w_1"), sp.Symbol("e_1")),), STAGE)),
        Quadratic(C, BETA),
        X * sp.Symbol("e_1"),
    ),
    "coordinates": (
        Equal(CoordinateWise(Coordinates({C: _s[_index], BETA: X}, _index, _count))),
        Trace(C**2),
        sp.Sum(_s[_index] ** 2, (_index, 1, _count)),
    ),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_holds_and_a_thousandth_more_does_not(name: str) -> None:
    check, before, after = TRUE[name]
    assert check.describe() and check.run(before, after, 0).passed
    assert not check.run(before, after * sp.Rational(1001, 1000), 0).passed


def test_a_mean_must_be_over_one_side() -> None:
    assert not Averages(Signs(STAGE)).run(_z, _z, 0).passed


def test_an_integrated_pair_sees_each_coefficient() -> None:
    share, noise = sp.symbols("c v")
    before = R * SAMPLE * S + share * FIRST.lam * R / 100
    after = G * COVARIANCE * H / delta(*FITS) + share * FIRST.kappa * G / 100
    wrong = after + share * FIRST.kappa * G / 1000
    assert Closes(Rows(PAIR, by=(share, noise))).run(before, after, 0).passed
    assert Closes(Rows(PAIR)).run(before, wrong, 0).passed  # too small beside the other term
    assert not Closes(Rows(PAIR, by=(share, noise))).run(before, wrong, 0).passed


def reordered(word: sp.Expr):
    """Every word of a polynomial with two neighbouring letters exchanged."""
    for letters, scale in terms(word).items():
        for place in range(len(letters) - 1):
            if letters[place] != letters[place + 1]:
                left, right = letters[place : place + 2]
                turned = sp.Mul(*letters[:place], right, left, *letters[place + 2 :])
                yield sp.expand(word) + scale * (turned - sp.Mul(*letters))


@pytest.mark.parametrize(
    "step", ["apply the one-point equivalent", "apply the equivalents to it", "state the equivalent"]
)
def test_two_penalties_see_the_order_of_letters(step: str) -> None:
    (claim,) = [each for each in derive("two_penalties") if each.name == step]
    wrong = list(reordered(claim.after))
    assert len(wrong) >= 2
    for after in wrong:
        assert not claim.check.run(claim.before, after, 0).passed, after


def test_exact_draws_have_different_numbers_of_rows() -> None:
    """What holds at four rows alone is not exact."""
    (claim,) = [each for each in derive("one_point") if each.name == "state the fixed point"]
    n = Stage("t").samples
    assert claim.run().passed
    assert not claim.check.run(claim.before, claim.after * (1 + (n - 4) / (1000 * n)), 0).passed


@dataclass(frozen=True)
class _Drifting:
    """Draws a gap that stays at ``limit``, or falls like 1/d."""

    limit: float
    drawn_as = "numbers"

    def runs(self, before, after, dims, seed):
        yield "one regime", [_Run(self.limit, dim, np.random.default_rng((seed, dim))) for dim in dims]


class _Run:
    def __init__(self, limit: float, dim: int, rng: np.random.Generator) -> None:
        self.limit, self.dim, self.rng = limit, dim, rng

    def draw(self, count):
        gaps = self.limit + 2 / self.dim + 0.1 * self.rng.standard_normal((count, 1))
        return gaps, np.ones((count, 1))


def test_a_gap_that_falls_like_one_over_d_closes_and_one_that_stays_does_not() -> None:
    assert Closes(_Drifting(0.0)).run(X, X, 0).passed
    assert not Closes(_Drifting(0.04)).run(X, X, 0).passed


def test_every_tactic_says_its_sign() -> None:
    step = derive("two_point").steps[0]
    assert step.check.sign(step) == r"\xrightarrow{\,d/d t\,}"
    signs = {each.check.sign(each) for each in derive("alignment")}
    assert {
        r"\simeq",
        "=",
        r"\Longleftrightarrow",
        r"\xrightarrow{\,d/d \kappa_{s},\ \kappa_{s} = 0\,}",
    } <= signs
    assert all(
        each.check.sign(each) == r"\simeq"
        for each in derive("two_penalties")
        if isinstance(each.check, Closes)
    )


def test_distances_are_exact() -> None:
    near = Spectra(variable=X).near(Fraction(1, 10**12))
    assert near.meaning[X] == 10**12 and trace(PENALTY) == Trace(PENALTY)
