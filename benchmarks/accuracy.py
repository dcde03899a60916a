"""Maximum relative error of the double-precision results, against 50 correct digits, over extreme parameters.

The reference is the oracle, which shares nothing with the kernels: the textbook formulas, which cancel, at
1300 working digits. Penalties run over 0 and 1e-300 ... 1e300, aspect ratios over 1e-6 ... 1e6 with 1, 1 +-
1e-12 and the doubles next to 1 among them. Where a true value lies outside the normal range of doubles, the
library must return its limit (inf, or a number below the range): those points are counted as `limits`, and
a wrong limit is an error.

Run as ``python benchmarks/accuracy.py``.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from mpmath import mp, mpf

import w2s_asymptotics as w2s
from w2s_asymptotics.spectrum.marchenko_pastur import marchenko_pastur
from w2s_asymptotics.witness import oracle

Floats = npt.NDArray[np.float64]
Reference = Callable[[tuple["Stage", ...]], tuple[mpf, mpf, mpf]]

ALLOWED = 1e-14
SMALLEST, LARGEST = 1e-290, 1.7e308
LAMS = [0.0, *(10.0**power for power in range(-300, 301, 20)), *(10.0**power for power in range(-10, 11))]
GAMMAS = [
    *(10.0**power for power in range(-6, 7)),
    *(1.0 + step for step in (1e-12, -1e-12, 1e-6, -1e-6, 2.0**-52, -(2.0**-53))),
    *(0.3, 0.5, 0.9, 1.1, 2.0, 3.0),
]
NOISES = [0.0, 1e-3, 0.5, 1e3]


class Stage(NamedTuple):
    """One fit on `gamma`, `lam`, with label noise `noise`."""

    gamma: float
    lam: float
    noise: float


def functionals(stages: tuple[Stage, ...]) -> tuple[mpf, mpf, mpf]:
    """kappa, m and m' of the first stage; their limits at ``lam = 0``."""
    gamma, lam = mpf(stages[0].gamma), stages[0].lam
    if lam:
        return oracle.resolvent(gamma, lam)
    if gamma < 1:
        return mpf(0), 1 / (1 - gamma), 1 / (1 - gamma) ** 3
    return gamma - 1, mp.inf, mp.inf


def chain(stages: tuple[Stage, ...]) -> tuple[mpf, mpf, mpf]:
    """Excess risk, q and rho of the last stage; unit signal."""
    fits = [oracle.OracleStage(gamma, lam, noise) for gamma, lam, noise in stages]
    state = oracle.textbook(1, 0, fits)
    return state.risk, state.q, state.rho


def teachers() -> Iterator[Stage]:
    """The grid of penalties and aspect ratios, a noise level each in turn, and random points in between."""
    for index, (gamma, lam) in enumerate((gamma, lam) for gamma in GAMMAS for lam in LAMS):
        yield Stage(gamma, lam, NOISES[index % len(NOISES)])
        yield Stage(gamma, lam, NOISES[(index + 1 + index // len(NOISES)) % len(NOISES)])
    rng = np.random.default_rng(20250523)
    for _ in range(4000):
        gamma, lam = float(10 ** rng.uniform(-6, 6)), float(10 ** rng.uniform(-300, 300))
        yield Stage(gamma, lam, float(10 ** rng.uniform(-3, 3)))
    for _ in range(4000):
        gamma, lam = float(10 ** rng.uniform(-1, 1)), float(10 ** rng.uniform(-4, 4))
        yield Stage(gamma, lam, float(10 ** rng.uniform(-3, 3)))


def pairs(singles: list[Stage], count: int) -> list[tuple[Stage, Stage]]:
    """Random teacher and student from the list; half of the students have noisy labels."""
    rng = np.random.default_rng(7)
    chosen = rng.integers(len(singles), size=(count, 2))
    return [
        (singles[first], singles[second]._replace(noise=singles[second].noise if index % 2 else 0.0))
        for index, (first, second) in enumerate(chosen)
    ]


def columns(stages: list[Stage]) -> tuple[Floats, Floats, Floats]:
    """gamma, lam and noise as arrays."""
    gamma, lam, noise = np.array(stages).T
    return gamma, lam, noise


def error(computed: float, true: mpf) -> tuple[float, bool]:
    """Relative error, and whether the true value is outside the normal doubles (then 0 or inf)."""
    if true > LARGEST:
        return (0.0 if math.isinf(computed) else math.inf), True
    if true < SMALLEST:
        return (0.0 if 0 <= computed <= 2 * SMALLEST else math.inf), True
    return (float(abs(mpf(computed) - true) / true) if math.isfinite(computed) else math.inf), False


def describe(stages: tuple[Stage, ...]) -> str:
    """The parameters of a worst case, stage by stage."""
    return " | ".join(f"gamma={s.gamma!r} lam={s.lam!r} noise={s.noise!r}" for s in stages)


def measure(names: str, computed: tuple[Any, ...], true: Reference, cases: list[tuple[Stage, ...]]) -> float:
    """Print a line of the table for each quantity; return the largest error."""
    with mp.workdps(50):
        references = [true(case) for case in cases]
        largest = 0.0
        for place, name in enumerate(names.split(", ")):
            errors = [
                error(float(value), reference[place])
                for value, reference in zip(computed[place], references, strict=True)
            ]
            worst = max(range(len(errors)), key=lambda index: errors[index][0])
            limits = sum(limit for _, limit in errors)
            print(f"{name:13} {errors[worst][0]:9.2e} {len(errors):7} {limits:7}  {describe(cases[worst])}")
            largest = max(largest, errors[worst][0])
    return largest


def main() -> None:
    """Print the table."""
    singles = list(teachers())
    one: list[tuple[Stage, ...]] = [(stage,) for stage in singles]
    two: list[tuple[Stage, ...]] = list(pairs(singles, 20_000))
    gamma, lam, noise = columns(singles)
    resolvent = marchenko_pastur(lam, gamma)
    teacher = w2s.learned(w2s.Population.isotropic(noise=noise), w2s.Ridge(gamma=gamma, lam=lam))
    gamma_t, lam_t, noise_t = columns([case[0] for case in two])
    gamma_s, lam_s, noise_s = columns([case[1] for case in two])
    student = w2s.learned(
        w2s.Population.isotropic(noise=noise_t),
        w2s.Ridge(gamma=gamma_t, lam=lam_t),
        w2s.Ridge(gamma=gamma_s, lam=lam_s, noise=noise_s),
    )

    print(f"{'quantity':13} {'max error':>9} {'points':>7} {'limits':>7}  worst case (teacher | student)")
    worst = max(
        measure("kappa, m, m'", (resolvent.kappa, resolvent.m, resolvent.m_prime), functionals, one),
        measure(
            "teacher risk, teacher q, teacher rho", (teacher.risk, teacher.norm, teacher.overlap), chain, one
        ),
        measure(
            "student risk, student q, student rho", (student.risk, student.norm, student.overlap), chain, two
        ),
    )
    verdict = "met" if worst <= ALLOWED else "NOT met"
    print(f"largest relative error {worst:.2e}, allowed {ALLOWED:.0e}: {verdict}")
    raise SystemExit(worst > ALLOWED)


if __name__ == "__main__":
    main()
