"""Rows pooled from several sources."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics import Given, Pooled, Ridge, Source
from w2s_asymptotics.proof.models.pooled import _shaped
from w2s_asymptotics.questions.gain import gain
from w2s_asymptotics.words import pooled as letters
from w2s_asymptotics.words.matrices import Draw, evaluate

WORLD = w2s.Population([2.0, 1.0, 0.3], signal=[1.0, 0.5, 0.5], weights=[0.2, 0.5, 0.3], noise=0.2)
PLAIN = w2s.Population.isotropic(signal=1.3, noise=0.4)
TEACHER = Ridge(gamma=0.5, lam=0.05)
MANY = Pooled(
    (
        Source(1.2, noise=0.1, covariance=[1.0, 2.0, 3.0]),
        Source(3.0, labels="true", weight=2.0),
        Source(2.0, labels=Given(multiplier=[0.5, 1.2, 0.0], spread=0.1)),
        Source(3.0, labels=Ridge(gamma=0.7, lam=0.2)),
    ),
    lam=0.03,
    penalty=[1.0, 2.0, 3.0],
)


@pytest.mark.parametrize("world", [WORLD, PLAIN], ids=["atoms", "isotropic"])
@pytest.mark.parametrize("lam", [0.0, 1e-9, 0.2, 1e6])
@pytest.mark.parametrize("gamma", [0.4, 0.9, 3.0])
def test_equal_sources_are_one(world, lam, gamma):
    ridge = Ridge(gamma=gamma, lam=lam)
    expected = w2s.risk(world, TEACHER, ridge)
    assert w2s.risk(world, TEACHER, Pooled((Source(gamma),), lam=lam)) == expected
    two = Pooled((Source(gamma / 0.3), Source(gamma / 0.7)), lam=lam)
    assert w2s.risk(world, TEACHER, two) == pytest.approx(expected, rel=4e-14)
    assert gain(world, TEACHER, two) == pytest.approx(gain(world, TEACHER, ridge), rel=1e-12)
    true = Pooled(tuple(replace(each, labels="true") for each in two.sources), lam=lam)
    for chain in ((TEACHER, true), (two,), (true,)):
        assert w2s.risk(world, *chain) == pytest.approx(w2s.risk(world, ridge), rel=4e-14)
    weighed = Pooled((Source(gamma / 0.3, weight=3.0), Source(gamma / 0.7, weight=3.0)), lam=3.0 * lam)
    assert w2s.risk(world, TEACHER, weighed) == pytest.approx(expected, rel=4e-14)


def test_as_many_rows_as_dimensions():
    halves = (Source(2.0, labels="true"), Source(2.0, labels="true"))
    assert w2s.risk(PLAIN, Pooled(halves, lam=0.0)) == np.inf


def test_every_digit_and_the_gain():
    for world, learner in (
        (WORLD, MANY),
        (PLAIN, Pooled((Source(0.6), Source(9.0, labels="true")), lam=1e-18)),
    ):
        teacher, student = w2s.risks(world, TEACHER, learner)
        with mpmath.workdps(40):
            high = replace(learner, lam=mpmath.mpf(learner.lam))
            exact = w2s.risks(world, replace(TEACHER, lam=mpmath.mpf(TEACHER.lam)), high)
            assert student == pytest.approx(float(exact[1]), rel=4e-15)
            found = gain(world, TEACHER, learner)
            assert found == pytest.approx(float(exact[0] - exact[1]), rel=1e-13)
        assert found == pytest.approx(teacher - student, rel=1e-9)


def on_letters(world, learner, metric):
    """The risk of a first learner by the derived form, on matrices, its pulls by iteration."""
    dim, basis = 4, np.linalg.qr(np.random.default_rng(5).standard_normal((4, 4)))[0]
    del basis
    counts = [round(dim / each.gamma) for each in learner.sources]
    values = {letters.LAM: learner.lam, letters.SIZE: float(sum(counts)), letters.METRIC: metric}
    values[letters.PENALTY] = np.eye(dim)
    for source, given, count in zip(letters.SOURCES, learner.sources, counts, strict=True):
        sigma = np.diag(
            np.broadcast_to(world.eigenvalues if given.covariance is None else given.covariance, dim)
        )
        keeps = given.labels.multiplier if isinstance(given.labels, Given) else 1.0
        values |= {
            source.covariance: 1.0 * sigma,
            source.share: count / sum(counts),
            source.weight: given.weight,
            source.noise: given.noise + (world.noise if isinstance(given.labels, str) else 0.0),
            source.labelled: (np.sqrt(world.signal) * keeps)[:, None],
            source.pull: 1.0,
        }
    for _ in range(3000):
        shape = np.linalg.inv(
            sum(values[each.pull] * values[each.covariance] for each in letters.SOURCES)
            + learner.lam * np.eye(dim)
        )
        for each in letters.SOURCES:
            spread = np.trace(values[each.covariance] @ shape) / sum(counts)
            values[each.pull] = values[each.share] * values[each.weight] / (1 + values[each.weight] * spread)
    return _shaped(values, dim)


def test_it_is_what_is_derived():
    world = w2s.Population([2.0, 1.0, 0.5, 0.1], signal=[1.0, 0.5, 0.5, 0.2], noise=0.3)
    other = Given(multiplier=[0.5, 1.2, 0.0, 2.0])
    sources = (
        Source(4 / 3, weight=2.0),
        Source(4 / 5, labels=other, noise=0.1, covariance=[1.0, 2.0, 0.2, 0.5]),
    )
    learner = Pooled(sources, lam=0.1)
    sigma = np.diag(world.eigenvalues)
    values = on_letters(world, learner, sigma)
    derivation = w2s.derive("pooled_map")
    mean = evaluate(derivation.forms["mean"], Draw(values, 4))
    second = evaluate(derivation.result, Draw(values, 4))
    target = np.sqrt(world.signal)[:, None]
    expected = second - 2 * (mean * (sigma @ target)).sum() + (target * (sigma @ target)).sum()
    assert w2s.risk(world, learner) == pytest.approx(expected, rel=1e-12)


def test_the_second_engine_finds_the_same():
    """Two independent Gaussian matrices: bias and noise of a fit to true labels, from the estimator alone."""
    d, n, m, lam = sp.symbols("d n m lam", positive=True)
    X, Y = sp.MatrixSymbol("X", n, d), sp.MatrixSymbol("Y", m, d)
    first, second, one = X.T * X / (n + m), 2 * Y.T * Y / (n + m), sp.Identity(d)
    R = (first + second + lam * one).inv()
    gaussians = [w2s.Gaussian(X), w2s.Gaussian(Y)]
    values = {"d": 6, "n": 9, "m": 4, "lam": 0.2}

    def found(word):
        return float(w2s.limit(sp.Trace(word), gaussians).evaluate(values)) / 6

    world = w2s.Population.isotropic(signal=1.0, noise=0.0)
    bias, noisy = found(lam**2 * R * R), found(R * second * R)
    sources = Source(6 / 9), Source(6 / 4, weight=2.0)
    plain = w2s.risk(world, Pooled(sources, lam=0.2))
    assert plain == pytest.approx(bias, rel=1e-10)
    loud = w2s.risk(world, Pooled((sources[0], replace(sources[1], noise=0.3)), lam=0.2))
    assert loud - plain == pytest.approx(0.3 * 6 * 2.0 / 13 * noisy, rel=1e-9)


def test_arrays_files_and_questions():
    gammas, weights = np.array([0.5, 1.0, 5.0]), np.array([[1.0], [2.0]])
    sources = Source(1.2, noise=0.1), Source(gammas, labels="true", weight=weights)
    learner = Pooled((*sources, Source(2.0, labels=Ridge(gamma=gammas, lam=0.1))), lam=0.03)
    single = Pooled(
        (sources[0], Source(5.0, labels="true", weight=2.0), Source(2.0, labels=Ridge(gamma=5.0, lam=0.1))),
        lam=0.03,
    )
    for world in (WORLD, PLAIN):
        found = w2s.risk(world, TEACHER, learner)
        assert found.shape == (2, 3)
        assert found[1, 2] == pytest.approx(w2s.risk(world, TEACHER, single), rel=1e-14)
    assert w2s.from_json(MANY.to_json()) == MANY
    best = w2s.tune(WORLD, TEACHER, MANY)
    assert best.risk <= w2s.risk(WORLD, TEACHER, MANY)
    assert w2s.compare(WORLD, TEACHER, MANY).student_wins is False
    assert w2s.risk(WORLD, TEACHER, MANY, Ridge(gamma=0.5, lam=0.1)) > 0
    assert MANY.fit(
        WORLD and w2s.questions.chain.check_chain(WORLD, (MANY,)).spectrum, 1.0, 0.1
    ).kept.shape == (3,)


def test_matrices():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((8, 8))
    world = w2s.Population.from_matrices(rows @ rows.T / 8, rng.standard_normal(8), noise=0.1)
    teacher = Ridge(samples=10, lam=0.1)
    plain = Pooled((Source(samples=6, noise=0.1), Source(samples=4, labels="true", weight=2.0)), lam=0.03)
    layout = replace(plain, penalty=np.eye(8))
    assert w2s.risk(world, teacher, layout) == pytest.approx(w2s.risk(world, teacher, plain), rel=1e-12)
    assert gain(world, teacher, layout) == pytest.approx(gain(world, teacher, plain), rel=1e-10)
    weighted = replace(plain, penalty=np.eye(8) + 0.3)
    weak, strong = w2s.risks(world, teacher, weighted)
    assert gain(world, teacher, weighted) == pytest.approx(weak - strong, rel=1e-10)
    with pytest.raises(ValueError, match="matrices that commute"):
        w2s.risk(
            world, teacher, replace(weighted, sources=(Source(samples=5, labels=teacher), *plain.sources))
        )


def test_simulation():
    found = w2s.simulate(WORLD, TEACHER, MANY, Ridge(gamma=0.6, lam=0.1), dim=60, repetitions=60, seed=4)
    assert abs(found.z).max() < 4
    pair = Pooled((Source(1.2, noise=0.1, covariance=[1.0, 2.0, 3.0]), Source(3.0, labels="true")), lam=0.05)
    assert w2s.trend(WORLD, TEACHER, pair, dims=(20, 40, 60), repetitions=60, seed=3).consistent()


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (lambda: Source(1.0, labels="false"), 'labels must be "taught", "true" or a learner'),
        (lambda: Source(1.0, weight=0.0), "weight must be > 0"),
        (lambda: Source(), "exactly one of gamma"),
        (lambda: Source(sp.Symbol("g")), "takes numbers"),
        (lambda: Source(1.0, covariance=np.eye(2)), "a number or a row"),
        (lambda: Pooled((), lam=0.1), "sources must be a row of Source"),
        (lambda: Pooled((Ridge(gamma=0.5, lam=0.1),), lam=0.1), "sources must be a row of Source"),
        (lambda: Pooled((Source(1.0),), lam=sp.Symbol("l")), "takes numbers"),
        (lambda: Pooled((Source(1.0),)), "lam is missing"),
        (lambda: w2s.risk(PLAIN, MANY), "one number in an isotropic world"),
        (lambda: w2s.risk(WORLD, Pooled((Source(samples=3),), lam=0.1)), "finite dimension"),
        (lambda: w2s.derive(PLAIN, Pooled((Source(1.0),), lam=0.1)), "no registered map"),
        (
            lambda: w2s.risk(w2s.Population.isotropic(labels="sign"), Pooled((Source(1.0),), lam=0.1)),
            "labels are linear",
        ),
    ],
)
def test_what_is_refused(ask, match):
    with pytest.raises(ValueError, match=match):
        ask()


def test_penalties_without_end_are_refused():
    with pytest.raises(ValueError, match="penalty must be finite"):
        w2s.Pooled(sources=(w2s.Source(gamma=1.0), w2s.Source(gamma=2.0)), lam=0.1, penalty=[1.0, np.inf])
