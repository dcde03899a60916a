"""A soak: random chains of up to five learners of every kind, with extreme parameters.

`python -m benchmarks.soak --chains 100000` fails (exit status 1) on a warning, an error, a risk that is not a
number or negative, a call above two seconds of processor time, or a difference from 60 digits (one chain in
ten, where mpmath evaluates the chain). Every chain comes from its own seed, which a failure prints:
`--first SEED --chains 1` repeats it.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import mpmath
import numpy as np

from w2s_asymptotics import (
    GradientFlow,
    MultiIndex,
    Population,
    PrincipalComponents,
    RandomFeatures,
    Ridge,
    SelfDistilled,
    TwoLayer,
    risks,
)

SLOWEST = 2.0
ALLOWED, ALLOWED_FILTERED = 1e-11, 1e-9
SMALLEST, LARGEST = 1e-270, 1e300
EVERY = 10
FILTERS = (GradientFlow, PrincipalComponents)


@dataclass
class Soaked:
    """What a soak met: calls and the slowest of each kind of world, the worst errors, and failures."""

    calls: Counter[str] = field(default_factory=Counter)
    learners: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    worst: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def chain(seed: int) -> tuple[str, Any, list[Any]]:
    """The kind of world, a world, and its learners."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(["isotropic", "atoms", "networks"], p=[0.4, 0.5, 0.1]))
    noise = float(rng.choice([0.0, 1e-3, 0.5, 1e3]))
    count = int(rng.integers(1, 6))
    if kind == "networks":
        world: Any = MultiIndex(easy="he1", hard="he2", noise=noise)
        return kind, world, [_network(rng) for _ in range(count)]
    if kind == "isotropic":
        world = Population.isotropic(signal=_extreme(rng, 6), noise=noise)
    else:
        atoms = int(rng.integers(1, 7))
        shares = 2.0 ** -np.arange(1, atoms + 1)
        shares[-1] *= 2
        sizes = 10 ** rng.uniform(-rng.choice([1, 6, 12]), 1, atoms)
        world = Population(rng.permutation(sizes), rng.uniform(0, 1, atoms), weights=shares, noise=noise)
    return kind, world, [_learner(rng) for _ in range(count)]


def _extreme(rng: np.random.Generator, digits: float) -> float:
    return float(10 ** rng.uniform(-digits, digits))


def _penalty(rng: np.random.Generator) -> float:
    """None, moderate or extreme."""
    return float(rng.choice([0.0, _extreme(rng, 2), _extreme(rng, 2), _extreme(rng, 12), _extreme(rng, 290)]))


def _aspect(rng: np.random.Generator) -> float:
    near = 1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-12, -1)
    return float(rng.choice([_extreme(rng, 1), _extreme(rng, 1), _extreme(rng, 6), near, 1.0, 0.5]))


def _network(rng: np.random.Generator) -> Any:
    return TwoLayer(
        gamma_step=float(10 ** rng.uniform(-2, 1)),
        gamma=float(10 ** rng.uniform(-1, 1)),
        width=float(10 ** rng.uniform(-1, 1)),
        lam=float(10 ** rng.uniform(-3, 2)),
        noise=float(rng.choice([0.0, 0.2])),
    )


def _learner(rng: np.random.Generator) -> Any:
    gamma, noise = _aspect(rng), float(rng.choice([0.0, 0.0, 0.2]))
    kind = rng.integers(5)
    if kind == 0:
        return Ridge(gamma=gamma, lam=_penalty(rng), noise=noise)
    if kind == 1:
        equal = rng.random() < 0.3
        lams = [_penalty(rng)] * 3 if equal else [_penalty(rng) for _ in range(int(rng.integers(1, 5)))]
        return SelfDistilled(gamma=gamma, lams=tuple(lams), noise=noise)
    if kind == 2:
        width = float(rng.choice([_extreme(rng, 1), _extreme(rng, 6), np.inf, 1.0]))
        tail = float(rng.choice([0.0, 0.3, 1e-12, 1e3, 5e-324]))
        return RandomFeatures(gamma=gamma, width=width, lam=_penalty(rng), tail=tail, noise=noise)
    if kind == 3:
        return GradientFlow(gamma=gamma, time=float(rng.choice([0.0, _extreme(rng, 6), np.inf])), noise=noise)
    return PrincipalComponents(gamma=gamma, components=float(rng.uniform(0, min(1, 1 / gamma))), noise=noise)


def to_digits(record: Any) -> Any:
    """The same world or learner, of mpmath numbers."""

    def lifted(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(lifted, value))
        if isinstance(value, np.ndarray):
            return np.array([mpmath.mpf(float(each)) for each in value], dtype=object)
        return mpmath.mpf(value) if isinstance(value, float) else value

    names = [item.name for item in fields(record) if item.init and item.name != "truth"]
    return replace(record, **{name: lifted(getattr(record, name)) for name in names})


def soak(first: int, chains: int) -> Soaked:
    """The chains of so many seeds from the first on."""
    found = Soaked()
    for seed in range(first, first + chains):
        kind, world, learners = chain(seed)
        found.calls[kind] += 1
        found.learners.update(type(learner).__name__ for learner in learners)
        began = time.process_time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                values = risks(world, *learners)
        except Exception as error:  # whatever it is, it is what a soak looks for
            found.failures.append(f"{seed}: {type(error).__name__}: {str(error)[:120]}")
            continue
        spent = time.process_time() - began
        found.slowest[kind] = max(spent, found.slowest.get(kind, 0.0))
        if spent > SLOWEST:
            found.failures.append(f"{seed}: {spent:.1f} s")
        if not all(value >= 0 for value in values):
            found.failures.append(f"{seed}: risks {values}")
        if seed % EVERY == 0:
            _compare(found, seed, kind, world, learners, values)
    return found


def _compare(
    found: Soaked, seed: int, kind: str, world: Any, learners: Sequence[Any], values: Sequence[float]
) -> None:
    """Hold a chain to 60 digits where mpmath evaluates it: no networks; filters on one atom only, by 30."""
    filtered = any(isinstance(learner, FILTERS) for learner in learners)
    if kind == "networks" or (filtered and kind == "atoms"):
        return
    with mpmath.workdps(30 if filtered else 60):  # filters are integrals
        true = risks(to_digits(world), *map(to_digits, learners))
        errors = [
            float(abs(value / exact - 1))
            for value, exact in zip(values, true, strict=True)
            if SMALLEST < exact < LARGEST and value < np.inf
        ]
    found.compared[kind] += 1
    worst = max(errors, default=0.0)
    found.worst[kind] = max(worst, found.worst.get(kind, 0.0))
    if worst > (ALLOWED_FILTERED if filtered else ALLOWED):
        found.failures.append(f"{seed}: differs from 60 digits by {worst:.1e}")


def main() -> int:
    """Print a table; 1 where something failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chains", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    found = soak(arguments.first, arguments.chains)
    print(f"{'world':<12}{'chains':>8}{'slowest':>10}{'compared':>10}{'worst error':>14}")
    for kind, calls in sorted(found.calls.items()):
        slowest, worst = found.slowest.get(kind, 0.0), found.worst.get(kind)
        shown = "" if worst is None else f"{worst:.1e}"
        print(f"{kind:<12}{calls:>8}{slowest:>8.2f} s{found.compared[kind]:>10}{shown:>14}")
    print(", ".join(f"{count} {name}" for name, count in found.learners.most_common()))
    print(f"{len(found.failures)} failures", *found.failures[:40], sep="\n")
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
