"""What `advise` answers: the ways to use the labels, what each gains, and what more data would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..records import Record, shown

__all__ = ["WORDS", "Advice", "Outlook", "Way"]

WORDS = {
    "keep": "keep the teacher as it is",
    "refit": "refit the teacher",
    "strong": "fit the strong features to the labels",
    "student": "train a student on the teacher's labels",
    "mixed": "train a student on the teacher's labels and the true ones",
}
"""The ways to use the labels, in words; "refit" is the teacher at the best penalty for its labels."""


@dataclass(frozen=True, eq=False)
class Way(Record):
    """One way to use the labels, at its penalties.

    Attributes
    ----------
    name
        "keep", "refit", "strong", "student" or "mixed".
    alpha
        scikit-learn's penalty of the fit to true labels: the teacher's or, of "strong", its own.
    alpha_student
        That of the student, or None.
    weight
        How often a true label counts among the student's pseudo-labels, or None.
    error
        Estimated test error (mean square), from rows that the fits did not see.
    gain, low, high
        How much less that is than the error of `Advice.baseline`, and an interval for it at `Advice.level`.
    theory
        The test error that the theory of Gaussian rows predicts, or None.
    held_out
        Whether `error` comes from held-out rows; else it is theory's, moved by what that is
        off by at the teacher.
    """

    name: str
    alpha: float
    alpha_student: float | None
    weight: float | None
    error: float
    gain: float
    low: float
    high: float
    theory: float | None = None
    held_out: bool = True

    @property
    def words(self) -> str:
        """What to do, with its penalties."""
        text = WORDS[self.name]
        if self.name in ("keep", "refit", "strong"):
            return f"{text}, alpha = {self.alpha:.3g}"
        more = "" if self.weight is None else f", true labels weighted {self.weight:g}"
        return f"{text}, alpha = {self.alpha_student:.3g} (teacher's {self.alpha:.3g}{more})"


@dataclass(frozen=True, eq=False)
class Outlook(Record):
    """What theory expects of other numbers of rows, each way at its best penalty there.

    `errors` are expected test errors by name; `best` is the name of the least.
    """

    labelled: int
    unlabelled: int
    errors: Mapping[str, float]

    @property
    def best(self) -> str:
        """The way of least error."""
        return min(self.errors, key=self.errors.__getitem__)


@dataclass(frozen=True, eq=False)
class Advice(Record):
    """What to do with two embeddings and a few labels; printed, it says so in words.

    Attributes
    ----------
    labelled, unlabelled
        Numbers of rows; of the latter also where only their number was given.
    columns
        Those of the weak and of the strong representation.
    variance
        Of the labels: the error of predicting their mean.
    recommended
        The name of the way that is advised.
    ways
        All of them: the baseline first, which gains are measured from.
    outlooks
        What theory expects of more rows.
    tails
        How much more the rows' squared lengths vary than those of Gaussian rows would: standard deviations,
        of the weak and of the strong rows.
    level, seed
        Of the intervals; of the partitions that held rows out.
    """

    labelled: int
    unlabelled: int
    columns: tuple[int, int]
    variance: float
    recommended: str
    ways: Sequence[Way]
    outlooks: Sequence[Outlook]
    tails: tuple[float, float]
    level: float
    seed: int

    @property
    def best(self) -> Way:
        """The way that is advised."""
        return self[self.recommended]

    @property
    def baseline(self) -> Way:
        """The teacher as it is, or refitted, from whose error gains are measured."""
        return self.ways[0]

    def __getitem__(self, name: str) -> Way:
        for each in self.ways:
            if each.name == name:
                return each
        raise KeyError(f"no way {name!r}; there are {', '.join(each.name for each in self.ways)}")

    @property
    def sure(self) -> bool:
        """Whether the whole interval of the advised gain is above zero."""
        return self.best.low > 0

    @property
    def verdict(self) -> str:
        """The advice in one sentence."""
        text = self.best.words
        return text[:1].upper() + text[1:] + "."

    @property
    def recipe(self) -> str:
        """The advised fits in scikit-learn's words."""
        way = self.best
        if way.name == "strong":
            return f"model = Ridge(alpha={way.alpha:.6g}).fit(strong, y)"
        lines = [f"teacher = Ridge(alpha={way.alpha:.6g}).fit(weak, y)"]
        if way.alpha_student is not None:
            lines.append("labels = teacher.predict(unlabelled_weak)")
            fit = f"student = Ridge(alpha={way.alpha_student:.6g}).fit("
            if way.weight is None:
                lines.append(f"{fit}unlabelled_strong, labels)")
            else:
                lines.append(f"weights = np.append(np.ones(len(labels)), np.full(len(y), {way.weight:g}))")
                lines.append("rows, both = np.vstack([unlabelled_strong, strong]), np.append(labels, y)")
                lines.append(f"{fit}rows, both, sample_weight=weights)")
        return "\n".join(lines)

    @property
    def gains(self) -> list[str]:
        """The gain of each way in words, the plain alternatives first, then students."""
        return [self._gain(way) for way in self.ways[1:]]

    @property
    def cautions(self) -> list[str]:
        """What is unsure about it, in words, and what more rows would change."""
        found = []
        if self.recommended == self.baseline.name:
            found.append("Nothing tried is clearly better than what is there.")
        elif not self.sure:
            found.append(f"The gain is not certain: at {self.level:.0%} it may be none.")
        return [*found, *self._warnings(), *self.changes]

    def _gain(self, way: Way) -> str:
        verb = "gains" if way.gain >= 0 else "loses"
        source = "" if way.held_out else ", by theory alone"
        text = WORDS[way.name]
        return (
            f"To {text} {verb} {abs(way.gain):.3g} on an error of {self.baseline.error:.3g} "
            f"({self.level:.0%} interval of the gain {way.low:.3g} to {way.high:.3g}{source})."
        )

    def _warnings(self) -> list[str]:
        found = []
        if max(self.tails) > 2:
            found.append(
                f"The rows' squared lengths vary {max(self.tails):.1f} times as much as Gaussian ones would: "
                "theory is optimistic where rows are few and penalties small."
            )
        off = self.optimism
        if off is not None and abs(off) > 0.05:
            found.append(
                f"Theory {'under' if off > 0 else 'over'}states the error of this teacher by {abs(off):.0%}, "
                "though it knows the noise from held-out rows; believe the held-out figures."
            )
        return found

    @property
    def optimism(self) -> float | None:
        """By which share the held-out error of the refitted teacher exceeds what theory says, or None."""
        way = self["refit"]
        return None if way.theory is None else way.error / way.theory - 1.0

    @property
    def changes(self) -> list[str]:
        """From which numbers of rows on theory expects another answer, in words."""
        if not self.outlooks:
            return []
        now = self.outlooks[0]
        found = []
        for name, other in (("labelled", "unlabelled"), ("unlabelled", "labelled")):
            along = [
                each
                for each in self.outlooks
                if getattr(each, other) == getattr(now, other) and getattr(each, name) > getattr(now, name)
            ]
            along.sort(key=lambda each: int(getattr(each, name)))
            turned = next((each for each in along if each.best != now.best), None)
            if turned is not None:
                count = getattr(turned, name)
                found.append(f"With {count} {name} rows theory expects it best to {WORDS[turned.best]}.")
            elif along:
                found.append(f"Up to {getattr(along[-1], name)} {name} rows theory expects no other answer.")
        return found

    def __str__(self) -> str:
        lines = [self.verdict, *(f"  {each}" for each in (*self.gains, *self.cautions)), ""]
        lines.append(
            f"{'way':10}{'alpha':>10}{'student':>10}{'weight':>8}{'error':>10}{'gain':>10}  interval"
        )
        for way in self.ways:
            mark = "*" if way.name == self.recommended else " "
            cells = (way.alpha, way.alpha_student, way.weight)
            widths = (10, 10, 8)
            settings = "".join(
                f"{'' if cell is None else format(cell, '.3g'):>{width}}"
                for cell, width in zip(cells, widths, strict=True)
            )
            lines.append(
                f"{mark}{way.name:9}{settings}{way.error:10.4g}{way.gain:10.3g}"
                f"  {way.low:.3g} to {way.high:.3g}"
            )
        lines.append(
            f"{self.labelled} labelled and {self.unlabelled} unlabelled rows, {self.columns[0]} weak and "
            f"{self.columns[1]} strong columns; predicting the mean has {self.variance:.4g}"
        )
        return "\n".join(lines)

    def _rows(self) -> Iterable[Sequence[Any]]:
        yield "advice", self.verdict
        for way in self.ways:
            yield way.name, f"{shown(way.error)}, gain {way.gain:.3g} ({way.low:.3g} to {way.high:.3g})"
