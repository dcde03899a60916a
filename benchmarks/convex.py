"""Learners of convex losses: accuracy of the fixed point against many digits, speed against damped iteration.

    python benchmarks/convex.py

The rival is what papers describe: V, m and q by Gauss-Hermite rules over both normals, the proximal step by
Newton's method in a bracket, and the three numbers iterated with damping until they change by less
than 1e-10. Its rule is the smallest of a few that comes within 1e-8 of ours, or the largest: with signs as
labels none does, since the integrand jumps.
"""

from __future__ import annotations

import time

import mpmath
import numpy as np

from w2s_asymptotics.losses.labels import Labels
from w2s_asymptotics.losses.logistic import sigmoid
from w2s_asymptotics.losses.loss import Loss
from w2s_asymptotics.spectrum.convex import Atoms, ConvexFit, convex_fit

ALLOWED_ERROR = 1e-10
LEAST_RATIO = 50.0
RULES = (40, 80, 160)
ENOUGH = 1e-8
DAMPING = 0.5
RHO = 2.0
ONE = np.ones(1)


def atoms(high: bool = False) -> Atoms:
    """The isotropic world."""
    one = np.array([mpmath.mpf(1)]) if high else ONE
    return Atoms(one, one, one, RHO * RHO * one)


def gap(first: ConvexFit, second: ConvexFit) -> float:
    """The largest relative difference of a, s and chi."""
    pairs = [(getattr(first, name), getattr(second, name)) for name in ("along", "across", "chi")]
    return float(max(abs(mpmath.mpf(x) / mpmath.mpf(y) - 1) for x, y in pairs))


def accuracy() -> float:
    """Print errors of floats against 22 digits, and of 28 digits against 33."""
    worst = 0.0
    print("loss             labels    lam      gamma     error of floats")
    for name, labels in (
        ("logistic", Labels("hard")), ("logistic", None), ("hinge", Labels("hard", flip=0.1)),
        ("squared hinge", None), ("absolute", Labels()), ("logistic", Labels("soft", temperature=0.3)),
    ):  # fmt: skip
        kind = labels.kind if labels else "clusters"
        places = ((1e-8, 1e3), (1e-8, 1e-3), (1e-2, 0.5), (1e8, 1e3))
        for lam, gamma in places[:2] if kind == "soft" else places:  # two dimensions: minutes each
            noise = 0.3 if kind == "linear" else 0.0
            found = convex_fit(atoms(), lam, gamma, Loss(name), labels, noise)
            with mpmath.workdps(22):
                high = [mpmath.mpf(value) for value in (lam, gamma, noise)]
                exact = convex_fit(atoms(True), high[0], high[1], Loss(name), labels, high[2])
                error = gap(found, exact)
            worst = max(worst, error)
            print(f"{name:16s} {kind:9s} {lam:<8.0e} {gamma:<8.0e}  {error:.1e}", flush=True)
    many = []
    for digits in (28, 33):
        with mpmath.workdps(digits):
            lam, gamma = mpmath.mpf("0.02"), mpmath.mpf("0.5")
            many.append(convex_fit(atoms(True), lam, gamma, Loss("hinge"), Labels("hard"), mpmath.mpf(0)))
    with mpmath.workdps(40):
        print(f"28 against 33 digits, hinge loss of signs: {gap(*many):.1e}")
    return worst


def prox(h: np.ndarray, share: np.ndarray, chi: float) -> np.ndarray:
    """The root p of `p + chi (sigmoid(p) - share) = h`, by Newton's method with bisection in its bracket."""
    low, high = h - chi * (1 - share), h + chi * share
    p = np.clip((h + chi * (share - 0.5)) / (1 + chi / 4), low, high)
    for _ in range(500):
        up, down = sigmoid(p), sigmoid(-p)
        excess = p - h + chi * (up - share)
        active = np.abs(excess) > 1e-13 + 1e-15 * (np.abs(h) + np.abs(p) + chi)
        if not np.any(active & (low < high)):
            break
        high, low = np.where(excess > 0, p, high), np.where(excess < 0, p, low)
        step = p - excess / (1 + chi * up * down)
        p = np.where(active, np.where((step > low) & (step < high), step, (low + high) / 2), p)
    return p


def damped(rule: int, kind: str, lam: float, gamma: float) -> tuple[tuple[float, float, float], int]:
    """(a, s, chi) by damped iteration with Gauss-Hermite rules."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(rule)
    weights = weights / weights.sum()
    one, two = nodes[:, None], nodes[None, :]
    mass = weights[:, None] * weights[None, :]
    share = sigmoid(RHO * one) if kind != "hard" else (one > 0) + 0.5 * (one == 0)
    soft = kind == "soft"
    labels = [(1.0, 2 * share - 1 + 0 * two)] if soft else [(share, 1.0), (1 - share, -1.0)]
    a, s, chi = 0.5, 0.5, 1.0
    rounds = 0
    while rounds < 1000:
        rounds += 1
        h = a * one + s * two
        V = m = q = 0.0
        for weight, y in labels:
            p = prox(h, (1 + y) / 2 + 0 * h, chi)
            g, curvature = (p - h) / chi, sigmoid(p) * sigmoid(-p)
            V += float((weight * mass * curvature / (1 + chi * curvature)).sum())
            m += float((weight * mass * g * one).sum())
            q += float((weight * mass * g * g).sum())
        m += V * a
        new = (m / (lam + V), gamma / (lam + V) * np.sqrt(q / gamma), gamma / (lam + V))
        change = max(abs(x / y - 1) for x, y in zip(new, (a, s, chi), strict=True))
        a, s, chi = (DAMPING * x + (1 - DAMPING) * y for x, y in zip(new, (a, s, chi), strict=True))
        if change < 1e-10:
            break
    return (a, s, chi), rounds


def speed() -> float:
    """Print seconds of both on a few points, and return the ratio of their sums."""
    totals = np.zeros(2)
    print("labels    lam      gamma   ours, s   damped, s   rounds   rule   they differ by")
    for kind in ("hard", "sampled", "soft"):
        for lam, gamma in ((0.02, 0.5), (0.02, 2.0)):
            convex_fit(atoms(), lam, gamma, Loss("logistic"), Labels(kind))
            times = []
            for _ in range(20):
                start = time.process_time()
                fit = convex_fit(atoms(), lam, gamma, Loss("logistic"), Labels(kind))
                times.append(time.process_time() - start)
            for rule in RULES:
                start = time.process_time()
                found, rounds = damped(rule, kind, lam, gamma)
                spent = np.array([min(times), time.process_time() - start])
                ours = (fit.along, fit.across, fit.chi)
                away = max(abs(x / float(y) - 1) for x, y in zip(found, ours, strict=True))
                if away < ENOUGH:
                    break
            totals += spent
            print(
                f"{kind:9s} {lam:<8.0e} {gamma:<6g} {spent[0]:9.4f} {spent[1]:9.2f} {rounds:9d} {rule:6d}"
                f"     {away:.1e}",
                flush=True,
            )
    ratio = float(totals[1] / totals[0])
    print(
        f"in all {totals[0]:.3f} s against {totals[1]:.2f} s: ratio {ratio:.0f} (at least {LEAST_RATIO:.0f})"
    )
    return ratio


def main() -> None:
    """Print both tables; fail where a figure is missed."""
    ratio, worst = speed(), accuracy()
    met = worst <= ALLOWED_ERROR and ratio >= LEAST_RATIO
    print(f"allowed error {ALLOWED_ERROR:.0e}, worst {worst:.1e}: {'met' if met else 'NOT met'}")
    raise SystemExit(not met)


if __name__ == "__main__":
    main()
