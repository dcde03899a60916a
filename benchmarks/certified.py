"""Certified verdicts near the boundary of winning, against 200 digits: none that is proved may be wrong.

    python benchmarks/certified.py [POINTS]

Students whose penalty is within a relative 1e-5 to 1e-40 of where they stop to win.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import mpmath
import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.certified import certify
from w2s_asymptotics.questions.chain import check_chain
from w2s_asymptotics.questions.gain import gain

WORLD = w2s.Population.isotropic(noise=0.5)


def near_the_boundary(count: int, seed: int) -> Iterator[tuple[w2s.Ridge, w2s.Ridge, Any]]:
    """Teachers and students, and their gain to 200 digits."""
    rng = np.random.default_rng(seed)
    while count:
        teacher = w2s.Ridge(gamma=float(rng.uniform(0.1, 0.9)), lam=float(10 ** rng.uniform(-4, -1.5)))
        gamma = float(rng.uniform(0.1, 0.9))
        with mpmath.workdps(80):
            ridge = w2s.Ridge(gamma=mpmath.mpf(gamma), lam=0.1)
            interval = w2s.winning_interval(WORLD, teacher, ridge)
            off = mpmath.mpf(10) ** float(rng.uniform(-40, -5)) * int(rng.choice([-1, 1]))
            if interval is None or not mpmath.isfinite(interval[1]):
                continue
            student = w2s.Ridge(gamma=gamma, lam=interval[1] * (1 + off))
        with mpmath.workdps(200):
            yield teacher, student, gain(WORLD, teacher, student)
        count -= 1


def checked(count: int, seed: int) -> Counter[str]:
    """How many verdicts are right, wrong and open, and how many digits they took."""
    found: Counter[str] = Counter()
    for teacher, student, exact in near_the_boundary(count, seed):
        verdict = certify(check_chain(WORLD, (teacher, student)))
        if not verdict.proved:
            found["undecided"] += 1
        else:
            found["right" if verdict.student_wins == (exact > 0) else "wrong"] += 1
            found[f"with {verdict.digits} digits"] += 1
    return found


if __name__ == "__main__":
    result = checked(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, seed=1)
    print(", ".join(f"{count} {name}" for name, count in sorted(result.items())))
    sys.exit(1 if result["wrong"] else 0)
