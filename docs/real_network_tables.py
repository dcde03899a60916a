"""Write what actual networks are measured to do into mechanism-3.md, beside the limit and finite spikes.

Run as ``python docs/real_network_tables.py`` for every row, twenty minutes, or with the name of a setting,
a head or a dimension, as in ``python docs/real_network_tables.py squares probe 400``, for a few.

What is compared was fixed before these draws: `finite_spike_risks` by default, that is Hermite degrees up
to 12, neurons of different length averaged. A run of seed 11 had been compared with degrees up to 4.
"""

import re
import sys
from dataclasses import replace

from mechanism_3_tables import PAGE, SETTINGS

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.finite_spikes import finite_spike_risks

REPETITIONS = {200: 200, 400: 80, 800: 12}
SEED = 12


def rounded(learner: w2s.TwoLayer, dim: int) -> w2s.TwoLayer:
    """The learner on whole numbers of rows."""
    names = ("gamma_step", "gamma", "gamma_probe")
    ratios = {name: getattr(learner, name) for name in names if getattr(learner, name) is not None}
    return replace(learner, **{name: dim / round(dim / ratio) for name, ratio in ratios.items()})


def start(name: str, learner: str, dim: int) -> str:
    """What a row of the table begins with."""
    return f"| {name} | {learner} | {dim} | "


def beside(mean: float, error: float, value: float) -> str:
    """A value that a measured risk is compared with: how far off that is, in percent and in standard errors.

    >>> beside(1.03, 0.01, 1.0)
    '1.000 (+3.0%, +3.0)'
    """
    return f"{value:.3f} ({mean / value - 1:+.1%}, {(mean - value) / error:+.1f})"


def rows(name: str, head: str, dim: int) -> dict[str, str]:
    """Simulate a teacher and one student; the rows of both, by what they begin with."""
    setting = SETTINGS[name]
    chain = [rounded(each, dim) for each in (setting.teacher, setting.students[head])]
    found = w2s.simulate(
        setting.world, *chain, seed=SEED, dim=dim, repetitions=REPETITIONS[dim], network="real"
    )
    limits, predicted = w2s.risks(setting.world, *chain), finite_spike_risks(setting.world, *chain, dim=dim)
    table = {}
    for place, learner in enumerate(("teacher", head)):
        mean, error = float(found.mean[place]), float(found.standard_error[place])
        cells = [beside(mean, error, float(value[place])) for value in (limits, predicted)]
        table[start(name, learner, dim)] = f"{mean:.3f} ± {error:.3f} | {' | '.join(cells)} |"
    return table


def main(asked: list[str]) -> None:
    """Simulate what is asked for, everything by default, and write it into the page."""
    for name, setting in SETTINGS.items():
        for head in setting.students:
            for dim in REPETITIONS:
                if not set(asked) <= {name, head, str(dim)}:
                    continue
                measured = rows(name, head, dim)
                text = PAGE.read_text(encoding="utf-8")
                for begin, cells in measured.items():
                    if "| teacher |" in begin and head != "labels":
                        continue  # the same teacher, from the same seed
                    print(begin + cells, flush=True)
                    text, count = re.subn(rf"^{re.escape(begin)}.*$", begin + cells, text, flags=re.MULTILINE)
                    if count != 1:
                        raise ValueError(
                            f"the page must have one row that begins with {begin!r}, got {count}"
                        )
                PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
