"""Maximum relative error of the double-precision results, against 50 correct digits, over extreme parameters.

The reference shares nothing with the library: the textbook formulas, which cancel, at 1400 working digits.
Penalties run over 0 and 1e-300 ... 1e300, aspect ratios over 1e-6 ... 1e6 with 1, 1 +- 1e-12 and the
doubles next to 1 among them. Where a true value lies outside the normal range of doubles, the library must
return its limit (inf, or a number below the range): those points are counted as `limits`, and a wrong limit
is an error.

Run as ``python benchmarks/accuracy.py``.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from mpmath import mp, mpf

import w2s_asymptotics as w2s
from w2s_asymptotics.equivalents import marchenko_pastur

Floats = npt.NDArray[np.float64]

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


def kappa(gamma: float, lam: float) -> mpf:
    """Positive root of ``k^2 + (1 - gamma - lam) k - lam = 0`` by the schoolbook formula."""
    b = 1 - mpf(gamma) - mpf(lam)
    return (-b + mp.sqrt(b * b + 4 * mpf(lam))) / 2


def resolvent(gamma: float, lam: float) -> mpf:
    """``m(-lam)`` from ``gamma lam m^2 + (1 - gamma + lam) m - 1 = 0``; its limit at ``lam = 0``."""
    g, x = mpf(gamma), mpf(lam)
    if not lam:
        return 1 / (1 - g) if gamma < 1 else mp.inf
    b = 1 - g + x
    return (-b + mp.sqrt(b * b + 4 * g * x)) / (2 * g * x)


def resolvent_prime(gamma: float, lam: float) -> mpf:
    """``m'(-lam)`` by differentiating that quadratic."""
    m = resolvent(gamma, lam)
    if mp.isinf(m):
        return mp.inf
    g, x = mpf(gamma), mpf(lam)
    return (g * m * m + m) / (2 * g * x * m + 1 - g + x)


def moments(stages: tuple[Stage, ...]) -> tuple[mpf, mpf]:
    """Overlap rho and squared norm q after the given fits; unit signal."""
    rho, q = mpf(1), mpf(1)
    for gamma, lam, noise in stages:
        k = kappa(gamma, lam)
        excess = (1 + k) ** 2 - gamma
        if not excess:  # gamma = 1 and lam = 0: k^2/excess -> 0 in the limit lam -> 0+, noise/excess -> inf
            q = mp.inf if noise else q
            continue
        rho = rho / (1 + k)
        q = (1 - 2 * k / (1 + k) + k * k / excess) * q + gamma * mpf(noise) / excess
    return rho, q


def excess_risk(stages: tuple[Stage, ...]) -> mpf:
    """``r^2 - 2 rho + q``."""
    rho, q = moments(stages)
    return 1 - 2 * rho + q


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


def measure(
    name: str, computed: Floats, true: Callable[[tuple[Stage, ...]], mpf], cases: list[tuple[Stage, ...]]
) -> float:
    """Print one line of the table; return the maximum error."""
    with mp.workdps(1400):
        errors = [error(float(value), true(case)) for value, case in zip(computed, cases, strict=True)]
    limits = sum(limit for _, limit in errors)
    worst = max(range(len(errors)), key=lambda index: errors[index][0])
    print(f"{name:13} {errors[worst][0]:9.2e} {len(errors):7} {limits:7}  {describe(cases[worst])}")
    return errors[worst][0]


def main() -> None:
    """Print the table."""
    singles = list(teachers())
    gamma, lam, noise = columns(singles)
    one: list[tuple[Stage, ...]] = [(stage,) for stage in singles]
    two: list[tuple[Stage, ...]] = list(pairs(singles, 20_000))
    world, teacher = w2s.Population.isotropic(noise=noise), w2s.Ridge(gamma=gamma, lam=lam)
    gamma_t, lam_t, noise_t = columns([case[0] for case in two])
    gamma_s, lam_s, noise_s = columns([case[1] for case in two])
    chain = w2s.Ridge(gamma=gamma_t, lam=lam_t), w2s.Ridge(gamma=gamma_s, lam=lam_s, noise=noise_s)
    world_of_pairs = w2s.Population.isotropic(noise=noise_t)
    after_one, after_two = w2s.equivalent(world, teacher), w2s.equivalent(world_of_pairs, *chain)

    print(f"{'quantity':13} {'max error':>9} {'points':>7} {'limits':>7}  worst case (teacher | student)")
    worst = max(
        measure("kappa", marchenko_pastur.kappa(gamma, lam), lambda c: kappa(c[0].gamma, c[0].lam), one),
        measure("m", marchenko_pastur.m(gamma, lam), lambda c: resolvent(c[0].gamma, c[0].lam), one),
        measure(
            "m'", marchenko_pastur.m_prime(gamma, lam), lambda c: resolvent_prime(c[0].gamma, c[0].lam), one
        ),
        measure("teacher risk", w2s.risk(world, teacher), excess_risk, one),
        measure("teacher q", after_one.q, lambda c: moments(c)[1], one),
        measure("teacher rho", after_one.rho, lambda c: moments(c)[0], one),
        measure("student risk", w2s.risk(world_of_pairs, *chain), excess_risk, two),
        measure("student q", after_two.q, lambda c: moments(c)[1], two),
        measure("student rho", after_two.rho, lambda c: moments(c)[0], two),
    )
    verdict = "met" if worst <= ALLOWED else "NOT met"
    print(f"largest relative error {worst:.2e}, allowed {ALLOWED:.0e}: {verdict}")
    raise SystemExit(worst > ALLOWED)


if __name__ == "__main__":
    main()
