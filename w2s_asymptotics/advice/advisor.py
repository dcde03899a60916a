"""`advise`: what to fit to what, with two embeddings, few labels, and many rows without one."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..worlds.tables import real_table
from .held_out import Parts, Rows, folds, of_ridge, of_student, penalties
from .outlook import Theory
from .record import Advice, Outlook, Way

__all__ = ["advise"]

Array = NDArray[np.float64]
WEIGHTS = (1.0, 4.0, 16.0)
CHOOSING = (3, 8)
"""Parts and repetitions by which penalties are chosen: a third is left out, so that fits which hang on few
rows are seen to."""
JUDGING = (10, 4)
"""Those by which the chosen fits are judged."""
MARGIN = 1.0
"""How many standard errors a student must be ahead of the better fit to true labels alone, to be advised."""
WIDENED = 1.8
DRAWS = 2
LEAST = 8


def advise(
    weak: Any,
    strong: Any,
    y: Any,
    *,
    unlabelled: Any = None,
    alpha: float | None = None,
    level: float = 0.9,
    multiples: tuple[int, ...] = (2, 4, 8),
    seed: int = 0,
) -> Advice:
    """Advise what to do with two embeddings of the same inputs, few labels, and rows without a label.

    Train a student of the strong features on the teacher's labels (or on those and the true ones), or refit
    the teacher, or fit the strong features to the few labels? Every way is judged by rows that its fits have
    not seen. All are ridge with an intercept, and penalties are scikit-learn's `Ridge(alpha)`.

    Parameters
    ----------
    weak, strong
        The embeddings of the labelled inputs, n_t x p and n_t x q: arrays or data frames.
    y
        Their labels, n_t numbers.
    unlabelled
        The embeddings of inputs without labels, a pair of tables of p and q columns; or only their number,
        and theory then speaks for the student. None: no student.
    alpha
        The penalty of the teacher as it is. None: gains are measured from the refitted teacher.
    level
        Of the intervals.
    multiples
        How many times as many rows to look ahead to; none for no outlook.
    seed
        Of the partitions of the rows.

    Returns
    -------
    Advice
        The recommendation, all ways with their errors and gains, and what more rows would change.

    Raises
    ------
    ValueError
        For tables that do not fit together, or fewer than 8 labels.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> strong = rng.normal(size=(530, 12))
    >>> weak = strong[:, :4] + rng.normal(size=(530, 4))
    >>> y = strong[:30] @ np.ones(12) + rng.normal(size=30)
    >>> found = advise(weak[:30], strong[:30], y, unlabelled=(weak[30:], strong[30:]), multiples=())
    >>> found.recommended, found.sure
    ('strong', True)
    """
    rows, count = _rows(weak, strong, y, unlabelled)
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, got {level!r} (advise: of the intervals)")
    if alpha is not None and not (np.isfinite(alpha) and alpha > 0):
        raise ValueError(f"alpha must be a finite number > 0, got {alpha!r} (advise: the teacher's penalty)")
    if not all(isinstance(each, int) and each > 1 for each in multiples):
        raise ValueError(f"multiples must be whole numbers > 1, got {multiples!r} (advise)")
    rng = np.random.default_rng(seed)
    choosing, judging = (folds(len(rows.y), *each, rng) for each in (CHOOSING, JUDGING))
    found = _ways(rows, alpha, choosing, judging)
    ways = _judged(found, level)
    alone = rows.unlabelled_weak is None
    theory = _theory(rows, found, rng) if multiples or (count and alone) else None
    if theory is not None:
        ways = [replace(way, theory=theory.error(way, len(rows.y), count)) for way in ways]
        if count and alone:
            ways.append(_unseen(ways, theory, rows, count, level))
    near = _near(ways, rows, count)
    looked: list[Outlook] = []
    if theory is not None and multiples:
        looked = _outlooks(ways, theory, near, len(rows.y), count, multiples)
    return Advice(
        labelled=len(rows.y),
        unlabelled=count,
        columns=(rows.weak.shape[1], rows.strong.shape[1]),
        variance=float(rows.y.var()),
        recommended=_recommended(ways, found),
        ways=tuple(ways),
        outlooks=tuple(looked),
        tails=(
            _unevenness(rows.weak, rows.unlabelled_weak),
            _unevenness(rows.strong, rows.unlabelled_strong),
        ),
        level=level,
        seed=seed,
    )


Settings = tuple[float, float | None, float | None]
Found = dict[str, tuple[Settings, Array]]


def _ways(rows: Rows, alpha: float | None, choosing: list[Parts], judging: list[Parts]) -> Found:
    """Every way at its best penalties: these, and its squared error at each labelled row."""
    found: Found = {}

    def ridge(name: str, X: Array, given: float | None = None) -> None:
        alphas = penalties(X)
        best = given or float(alphas[of_ridge(X, rows.y, alphas, choosing).mean(axis=1).argmin()])
        found[name] = (best, None, None), of_ridge(X, rows.y, np.array([best]), judging)[0]

    if alpha is not None:
        ridge("keep", rows.weak, float(alpha))
    ridge("refit", rows.weak)
    ridge("strong", rows.strong)
    if rows.unlabelled_strong is not None:
        teacher, alphas = found["refit"][0][0], penalties(rows.unlabelled_strong)
        for name, weights in (("student", (0.0,)), ("mixed", WEIGHTS)):
            errors = np.array(
                [of_student(rows, teacher, alphas, each, choosing).mean(axis=1) for each in weights]
            )
            place, best = np.unravel_index(errors.argmin(), errors.shape)
            weight, chosen = weights[place], float(alphas[best])
            judged = of_student(rows, teacher, np.array([chosen]), weight, judging)[0]
            found[name] = (teacher, chosen, weight or None), judged
    return found


def _judged(found: Found, level: float) -> list[Way]:
    base = next(iter(found.values()))[1]
    ways = []
    for name, (settings, errors) in found.items():
        gain, half = _interval(base - errors, level)
        ways.append(Way(name, *settings, float(errors.mean()), gain, gain - half, gain + half))
    return ways


def _interval(gains: Array, level: float) -> tuple[float, float]:
    """Mean of the rows' gains, and half the width of its interval.

    Rows share their fits, so that their spread understates the error of the mean: it is widened.
    """
    count = len(gains)
    normal = NormalDist().inv_cdf((1.0 + level) / 2.0)
    student = normal * (1.0 + (normal**2 + 1.0) / (4.0 * (count - 1)))  # Student's quantile, to order 1/n
    return float(gains.mean()), WIDENED * student * float(gains.std(ddof=1)) / sqrt(count)


def _recommended(ways: list[Way], found: Found) -> str:
    """The better fit to true labels, unless a student is clearly ahead of it."""
    plain = [way for way in ways if way.name in ("keep", "refit", "strong")]
    best = min(plain, key=lambda way: way.error)
    for way in ways:
        if way.name in ("student", "mixed"):
            lead = best.error - way.error
            doubt = 0.0
            if way.held_out:
                doubt = float((found[best.name][1] - found[way.name][1]).std()) / sqrt(len(found["refit"][1]))
            if lead > MARGIN * doubt:
                best = way
    return best.name


def _theory(rows: Rows, found: Found, rng: np.random.Generator) -> Theory:
    """Theory, told the noise by the better fit to true labels."""
    name = min(("refit", "strong"), key=lambda each: float(found[each][1].mean()))
    (alpha, *_), errors = found[name]
    weak, strong = (
        own if others is None else np.vstack([own, others])
        for own, others in ((rows.weak, rows.unlabelled_weak), (rows.strong, rows.unlabelled_strong))
    )
    return Theory(weak, strong, rows.y, (name, alpha, float(errors.mean())), DRAWS, rng)


def _unseen(ways: list[Way], theory: Theory, rows: Rows, count: int, level: float) -> Way:
    """A student of rows that are not at hand: its gain on the refitted teacher is theory's."""
    base, refit = ways[0], next(way for way in ways if way.name == "refit")
    alphas = penalties(rows.strong) * max(1.0, count / len(rows.y))
    errors = [theory.student(refit.alpha, float(each), len(rows.y), count) for each in alphas]
    best = int(np.argmin(errors))
    off = [abs(way.error - way.theory) for way in ways if way.theory is not None]
    error = refit.error + errors[best] - float(refit.theory or 0.0)
    gain = base.error - error
    half = NormalDist().inv_cdf((1.0 + level) / 2.0) * max(*off, (base.high - base.low) / 4.0)
    alpha = float(alphas[best])
    return Way(
        "student", refit.alpha, alpha, None, error, gain, gain - half, gain + half, errors[best], False
    )


def _near(ways: list[Way], rows: Rows, count: int) -> list[float]:
    """Penalties around which theory looks for better ones: of teacher, strong fit and student."""
    named = {way.name: way for way in ways}
    student = named["student"].alpha_student if "student" in named else None
    return [named["refit"].alpha, named["strong"].alpha, student or named["strong"].alpha]


def _outlooks(
    ways: list[Way],
    theory: Theory,
    near: list[float],
    labelled: int,
    unlabelled: int,
    multiples: tuple[int, ...],
) -> list[Outlook]:
    """What theory expects here and with more rows, moved to what was held out here."""
    sizes = [(labelled, unlabelled), *((each * labelled, unlabelled) for each in multiples)]
    if unlabelled:
        sizes += [(labelled, each * unlabelled) for each in multiples]
    expected = [theory.tuned(*size, near) for size in sizes]
    moved = {way.name: way.error - expected[0][way.name] for way in ways if way.name in expected[0]}
    return [
        Outlook(*size, {name: error + moved[name] for name, error in each.items()})
        for size, each in zip(sizes, expected, strict=True)
    ]


def _unevenness(own: Array, others: Array | None) -> float:
    """Spread of the squared lengths, in units of that of Gaussian rows of the same covariance."""
    rows = own if others is None else np.vstack([own, others])
    rows = rows - rows.mean(axis=0)
    lengths = (rows**2).sum(axis=1)
    gaussian = sqrt(2.0 * float(((rows.T @ rows / len(rows)) ** 2).sum()))
    return float(lengths.std()) / gaussian


def _rows(weak: Any, strong: Any, y: Any, unlabelled: Any) -> tuple[Rows, int]:
    """The tables, checked, and the number of unlabelled rows."""
    tables = [real_table(name, value, "advise") for name, value in (("weak", weak), ("strong", strong))]
    labels = real_table("y", y, "advise")
    if any(each.ndim != 2 or not each.size or labels.shape != each.shape[:1] for each in tables):
        shapes = ", ".join(str(each.shape) for each in (*tables, labels))
        raise ValueError(
            f"weak, strong and y must be two tables and a row, as long as one another, got {shapes} (advise)"
        )
    if len(labels) < LEAST:
        raise ValueError(f"y must have at least {LEAST} labels, got {len(labels)} (advise)")
    others: list[Array | None] = [None, None]
    if unlabelled is None or isinstance(unlabelled, (int, np.integer)) and not isinstance(unlabelled, bool):
        count = int(unlabelled or 0)
        if count < 0:
            raise ValueError(f"unlabelled must be >= 0 rows, got {count} (advise)")
    else:
        others = _pair(unlabelled, tables)
        count = len(np.asarray(others[0]))
    if not all(
        np.isfinite(each).all() for each in (*tables, labels, *(each for each in others if each is not None))
    ):
        raise ValueError("every number must be finite (advise)")
    for name, each in zip(("weak", "strong", "y"), (*tables, labels), strict=True):
        if not np.ptp(each, axis=0).any():
            raise ValueError(f"{name} must vary from row to row (advise)")
    return Rows(tables[0], tables[1], labels, others[0], others[1]), count


def _pair(unlabelled: Any, tables: list[Array]) -> list[Array | None]:
    """Both embeddings of the unlabelled rows."""
    if not isinstance(unlabelled, (tuple, list)) or len(unlabelled) != 2:
        raise ValueError(
            "unlabelled must be a pair of tables, weak and strong, or a number of rows, "
            f"got {type(unlabelled).__name__} (advise)"
        )
    found = [real_table("unlabelled", each, "advise") for each in unlabelled]
    if any(
        each.ndim != 2 or not len(each) or each.shape[1] != own.shape[1] or len(each) != len(found[0])
        for each, own in zip(found, tables, strict=True)
    ):
        raise ValueError(
            "unlabelled must have the columns of weak and strong, and as many rows of both, got shapes "
            f"{found[0].shape} and {found[1].shape} (advise)"
        )
    return list(found)
