"""How good is the advice? Its regret, and the coverage of its intervals, on real rows.

`python benchmarks/advisor.py` draws labelled, unlabelled and test rows of each case again and again, asks
`advise`, fits every way with scikit-learn at the advised penalties, and measures all test errors. Regret is
the test error of what was advised less the least of all ways, in units of the teacher's. `--made-up` scores
the cases on which the method was chosen instead, and `--parts` chooses penalties by leaving out other shares.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from w2s_asymptotics import advise
from w2s_asymptotics.advice import advisor
from w2s_asymptotics.report.dataset import bundled
from w2s_asymptotics.report.embeddings import Pair, load

Array = NDArray[np.float64]
WAYS = ("refit", "strong", "student", "mixed")


@dataclass(frozen=True)
class Case:
    """A pair of representations, and how many rows have labels and how many have none."""

    title: str
    load: Callable[[], Pair]
    labelled: int
    unlabelled: int


def swapped(make: Callable[[], Pair]) -> Pair:
    """The large representation teaches the small one."""
    pair = make()
    return Pair(pair.name, pair.strong, pair.weak, pair.y)


SCORED = (
    Case("words, 32 to 256", partial(load, "words", 32), 120, 1500),
    Case("words, 64 to 256", partial(load, "words", 64), 300, 1500),
    Case("words, 128 to 256", partial(load, "words", 128), 60, 1500),
    Case("words, 256 to 64", partial(swapped, partial(load, "words", 64)), 200, 1500),
    Case("digits, 16 to 64 pixels", partial(load, "digits", 16), 40, 600),
    Case("digits, 64 to 16 pixels", partial(swapped, partial(load, "digits", 16)), 60, 600),
    Case("digits, 32 to 256 neurons", partial(load, "digits-net", 32), 60, 600),
    Case("MNIST, 49 to 196 pixels", partial(load, "mnist", 49), 100, 1500),
    Case("MNIST, 32 to 256 neurons", partial(load, "mnist-net", 32), 200, 1500),
)


def lifted(name: str, columns: int, swap: bool = False) -> Pair:
    """Columns of one of scikit-learn's data sets, beside random ReLU features of all."""
    plain, relu = bundled(name), bundled(name, "relu")
    X = (plain.X - plain.X.mean(axis=0)) / plain.X.std(axis=0)
    pair = Pair(name, X[:, :columns], relu.X, plain.y)
    return Pair(name, pair.strong, pair.weak, pair.y) if swap else pair


def drawn(seed: int, tails: float) -> Pair:
    """Nested columns of made-up rows, whose squared lengths are spread by a gamma law."""
    rng = np.random.default_rng(seed)
    lengths = rng.gamma(1 / tails, tails, 6000) if tails else np.ones(6000)
    X = np.sqrt(lengths)[:, None] * rng.normal(size=(6000, 60)) * np.arange(1, 61) ** -0.5
    target = X @ rng.normal(size=60)
    return Pair("made up", X[:, :10], X, target / target.std() + 0.7 * rng.normal(size=6000))


MADE_UP = (
    Case("even rows, 10 to 60", partial(drawn, 1, 0.0), 40, 600),
    Case("uneven rows, 10 to 60", partial(drawn, 1, 1.4), 40, 600),
    Case("uneven rows, few labels", partial(drawn, 2, 1.4), 20, 600),
    Case("even rows, many labels", partial(drawn, 3, 0.0), 150, 600),
    Case("breast cancer, 10 to 128", partial(lifted, "breast_cancer", 10), 40, 300),
    Case("breast cancer, 128 to 10", partial(lifted, "breast_cancer", 10, True), 40, 300),
    Case("diabetes, 10 to 128", partial(lifted, "diabetes", 10), 60, 250),
    Case("diabetes, 128 to 10", partial(lifted, "diabetes", 10, True), 60, 250),
)


def measured(pair: Pair, way: Any, own: Any, others: Any, rest: Any) -> float:
    """Test error of one way, fitted by scikit-learn."""
    if way.name == "strong":
        fit, seen = Ridge(way.alpha).fit(pair.strong[own], pair.y[own]), pair.strong
    else:
        fit, seen = Ridge(way.alpha).fit(pair.weak[own], pair.y[own]), pair.weak
    if way.alpha_student is not None:
        rows, labels, weights = pair.strong[others], fit.predict(pair.weak[others]), np.ones(len(others))
        if way.weight is not None:
            rows, labels = np.vstack([rows, pair.strong[own]]), np.concatenate([labels, pair.y[own]])
            weights = np.concatenate([weights, np.full(len(own), way.weight)])
        fit, seen = Ridge(way.alpha_student).fit(rows, labels, sample_weight=weights), pair.strong
    return float(np.mean((pair.y[rest] - fit.predict(seen[rest])) ** 2))


@dataclass(frozen=True)
class Score:
    """Of one case: measured errors of the ways (splits x ways), what was advised, and what was covered."""

    title: str
    errors: Array
    advised: NDArray[np.int64]
    estimates: Array
    covered: NDArray[np.bool_]
    unwidened: NDArray[np.bool_]

    @property
    def unit(self) -> float:
        """The teacher's mean error."""
        return float(self.errors[:, 0].mean())

    def regret(self, choice: Any) -> float:
        """Mean regret of a choice, one for all splits or one for each, in units of the teacher's error."""
        chosen = np.take_along_axis(self.errors, np.broadcast_to(choice, len(self.errors))[:, None], 1)[:, 0]
        return float(np.mean(chosen - self.errors.min(axis=1))) / self.unit

    def __str__(self) -> str:
        shares = np.bincount(self.advised, minlength=4) / len(self.advised)
        chosen = np.take_along_axis(self.errors, self.advised[:, None], 1)[:, 0]
        gain = float(np.mean(self.errors[:, 0] - chosen)) / self.unit
        told = float(
            np.mean(self.estimates[:, 0] - np.take_along_axis(self.estimates, self.advised[:, None], 1)[:, 0])
        )
        cells = [self.title, f"{self.unit:.3f}", " ".join(f"{each:.0%}" for each in shares)]
        cells += [f"{told / self.unit:.1%}", f"{gain:.1%}", f"{self.regret(self.advised):.1%}"]
        cells += [f"{self.regret(way):.1%}" for way in range(4)]
        cells += [f"{self.covered.mean():.0%}", f"{self.unwidened.mean():.0%}"]
        return "| " + " | ".join(cells) + " |"


def scored(case: Case, repetitions: int, seed: int) -> Score:
    """Ask and measure, over random splits of the rows."""
    pair, errors, advised, estimates, off = case.load(), [], [], [], []
    for each in range(repetitions):
        order = np.random.default_rng([seed, each]).permutation(len(pair.y))
        own, others, rest = np.split(order, [case.labelled, case.labelled + case.unlabelled])
        rows = pair.weak[others], pair.strong[others]
        found = advise(
            pair.weak[own], pair.strong[own], pair.y[own], unlabelled=rows, multiples=(), seed=each
        )
        row = [measured(pair, way, own, others, rest) for way in found.ways]
        errors.append(row)
        advised.append(WAYS.index(found.recommended))
        estimates.append([way.error for way in found.ways])
        gains = row[0] - np.array(row)
        rest_of_ways = list(zip(found.ways, gains, strict=True))[1:]
        off.append([2 * abs(gain - way.gain) / (way.high - way.low) for way, gain in rest_of_ways])
    within = np.array(off)  # 1 at the ends of an interval
    told = np.array(advised), np.array(estimates)
    return Score(case.title, np.array(errors), *told, within <= 1.0, within <= 1.0 / advisor.WIDENED)


def main() -> None:
    """Print the table, a line as each case is done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--made-up", action="store_true")
    parser.add_argument("--parts", type=int, help="parts of which one is left out to choose penalties")
    given = parser.parse_args()
    if given.parts is not None:
        advisor.CHOOSING = (given.parts, advisor.CHOOSING[1])
    head: tuple[str, ...] = (
        "case",
        "teacher",
        "advised " + " ".join(WAYS),
        "gain told",
        "gain measured",
        "regret",
    )
    head += (*(f"always {way}" for way in WAYS), "coverage", "unwidened")
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    scores = []
    for case in MADE_UP if given.made_up else SCORED:
        scores.append(scored(case, given.repetitions, given.seed))
        print(scores[-1], flush=True)
    means = [np.mean([each.regret(each.advised) for each in scores])]
    means += [np.mean([each.regret(way) for each in scores]) for way in range(4)]
    means += [
        np.mean([each.covered.mean() for each in scores]),
        np.mean([e.unwidened.mean() for e in scores]),
    ]
    cells = ["mean", "", "", "", "", *(f"{each:.1%}" for each in means[:-2])]
    cells += [f"{each:.0%}" for each in means[-2:]]
    print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
