"""Write what idealised networks tend to into mechanism-3.md, beside this file, row by row.

Run as ``python docs/mechanism_3_tables.py`` for every row, some fifteen minutes, or with the name of a
setting or a head or both, as in ``python docs/mechanism_3_tables.py squares probe``, for a few.
"""

import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import w2s_asymptotics as w2s
from w2s_asymptotics.simulation import Trend

PAGE = Path(__file__).with_name("mechanism-3.md")
DIMS = (60, 120, 240, 480)
SEED = 7


@dataclass(frozen=True)
class Setting:
    """A world, a teacher, the students that differ in their heads, and how many repetitions resolve them."""

    world: w2s.MultiIndex
    teacher: w2s.TwoLayer
    students: dict[str, w2s.TwoLayer]
    repetitions: int

    def trend(self, head: str, dims: tuple[int, ...] = DIMS, repetitions: int | None = None) -> Trend:
        """Simulate teacher and student at growing dimension."""
        repetitions = repetitions or self.repetitions
        return w2s.trend(
            self.world, self.teacher, self.students[head], dims=dims, repetitions=repetitions, seed=SEED
        )

    def theory(self, head: str) -> float:
        """The asymptotic risk of a student, or of the teacher."""
        chain = [self.teacher] if head == "teacher" else [self.teacher, self.students[head]]
        return float(w2s.risk(self.world, *chain))


def heads(student: w2s.TwoLayer, quality: float, gamma_probe: float) -> dict[str, w2s.TwoLayer]:
    """One student with each of the three heads."""
    return {
        "labels": student,
        "retained": replace(student, head="retained", quality=quality),
        "probe": replace(student, head="probe", gamma_probe=gamma_probe),
    }


SETTINGS = {
    "squares": Setting(
        w2s.MultiIndex(easy=[1.0, 0.4], hard=[0.0, 0.7], noise=0.3),
        w2s.TwoLayer(gamma_step=0.2, gamma=0.5, width=2.0, lam=0.1, activation="relu", degree=1),
        heads(
            w2s.TwoLayer(
                gamma_step=0.2, gamma=0.4, width=3.0, lam=0.2, activation="relu", degree=2, hard_degree=2
            ),
            quality=0.9,
            gamma_probe=0.5,
        ),
        repetitions=100,
    ),
    "cubes": Setting(
        w2s.MultiIndex(easy=[1.0, 0.3, 0.15], hard=[0.0, 0.0, 0.4], noise=0.2),
        w2s.TwoLayer(gamma_step=0.1, gamma=0.6, width=1.5, lam=0.05, activation="relu", degree=2),
        heads(
            w2s.TwoLayer(
                gamma_step=0.3, gamma=0.3, width=2.0, lam=0.3, activation="tanh", degree=3, hard_degree=3
            ),
            quality=0.7,
            gamma_probe=0.4,
        ),
        repetitions=150,
    ),
}


def figure(mean: float, error: float, z: float) -> str:
    """One cell: a measured risk, its standard error and the distance to the theory in errors.

    >>> figure(1.86823, 0.0164, 0.92)
    '1.868 ± 0.016 (+0.9)'
    """
    return f"{mean:.3f} ± {error:.3f} ({z:+.1f})"


def row(name: str, learner: str, found: Trend) -> str:
    """One row of the table: the risk at each dimension, its limit, and what the theory says."""
    place = 0 if learner == "teacher" else 1
    columns = [(each.mean, each.standard_error, each.z) for each in found.simulations]
    cells = [figure(*(column[place] for column in each)) for each in columns]
    limit = figure(found.limit[place], found.limit_error[place], found.z[place])
    return f"{start(name, learner)}{' | '.join(cells)} | {limit} | {SETTINGS[name].theory(learner):.3f} |"


def start(name: str, learner: str) -> str:
    """What a row of the table begins with."""
    return f"| {name} | {learner} | "


def write(text: str, name: str, learner: str, found: Trend) -> str:
    """The page with one row put in its place, the first that begins as this one does."""
    place = re.compile(rf"^{re.escape(start(name, learner))}.*$", re.MULTILINE)
    written, count = place.subn(lambda _: row(name, learner, found), text, count=1)
    if count != 1:
        raise ValueError(f"the page has no row that begins with {start(name, learner)!r}")
    return written


def main(asked: list[str]) -> None:
    """Simulate what is asked for, everything by default, and write it into the page."""
    for name, setting in SETTINGS.items():
        for head in setting.students:
            if set(asked) <= {name, head}:
                found = setting.trend(head)
                print(name, head, found, sep="\n", flush=True)
                text = PAGE.read_text(encoding="utf-8")
                for learner in ("teacher", head) if head == "labels" else (head,):
                    text = write(text, name, learner, found)
                PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
