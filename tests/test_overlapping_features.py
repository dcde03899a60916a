"""Two sets of features in an isotropic world: when a student beats its teacher, in closed form, proved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s

# Shares of the coordinates that the teacher sees (a), the student (b), and both (c); what each keeps of a
# coordinate it sees (t, theta); the teacher's variance there (v); h = b gamma_s theta^2; signal r^2.
a, b, c, t, theta, v, h, energy = sp.symbols("a b c t theta v h r2", positive=True)
surplus = v - t * (1 - t) * energy  # of the teacher's variance over what it would have at its best penalty
ADVANTAGE = (a - c) * (surplus * (1 - 2 * h) - t * energy) + c * (1 - theta) * (
    2 * surplus * (theta - h) - (1 - theta) * (t * energy - surplus)
)


def mapped_risks() -> tuple[Any, Any]:
    """Both excess risks by the map: multiplier and variance on each of four sets of coordinates."""
    shares = {"both": c, "teacher": a - c, "student": b - c, "neither": 1 - a - b + c}
    seen_t, seen_s = {"both", "teacher"}, {"both", "student"}
    mean = {name: t if name in seen_t else 0 for name in shares}
    spread = {name: v if name in seen_t else 0 for name in shares}
    kept = {name: theta if name in seen_s else 0 for name in shares}

    def total(values: Any) -> Any:
        return sum(shares[name] * values(name) for name in shares)

    teacher = total(lambda name: (1 - mean[name]) ** 2 * energy + spread[name])
    missed = total(lambda name: (1 - kept[name]) ** 2 * (mean[name] ** 2 * energy + spread[name]))
    own = h / b * missed / (1 - h)  # gamma_s theta^2 tau_s^2, tau_s^2 = missed/(1 - b gamma_s theta^2)
    student = total(
        lambda name: (
            (1 - kept[name] * mean[name]) ** 2 * energy
            + kept[name] ** 2 * spread[name]
            + (own if name in seen_s else 0)
        )
    )
    return teacher, student


def test_the_advantage_in_closed_form() -> None:
    teacher, student = mapped_risks()
    assert sp.expand(sp.cancel((1 - h) * (teacher - student)) - ADVANTAGE) == 0


def test_a_teacher_without_surplus_variance_is_never_beaten() -> None:
    """With x = -surplus >= 0 the disadvantage is a sum of terms that are not negative."""
    x, p, q, rest = sp.symbols("x p q rest", nonnegative=True)
    substituted = ADVANTAGE.subs(v, t * (1 - t) * energy - x)
    # theta = h + q (as b gamma_s theta <= 1, lam_s >= 0), 1 = theta + p, a = c + rest
    together = sp.expand(-substituted.subs({a: c + rest}))
    inherited = c * (1 - theta) * ((1 - theta) * (t * energy + x) + 2 * x * (theta - h))
    assert sp.expand(together - rest * (t * energy + x * (1 - 2 * h)) - inherited) == 0
    inherited = inherited.subs(theta, 1 - p).subs(h, 1 - p - q)
    assert all(sign > 0 for sign in sp.Poly(sp.expand(inherited), c, p, q, t, energy, x).coeffs())
    # x <= t (1 - t) r^2, as v >= 0: write x = t (1 - t) r^2 - v, where 1 - 2 h >= -1
    least = sp.expand((t * energy - x).subs(x, t * (1 - t) * energy - v))
    assert least == t**2 * energy + v


def test_nested_sets() -> None:
    """A student that sees all the teacher sees: without a penalty a tie; wins at small ones; b only costs."""
    nested = ADVANTAGE.subs(c, a)
    assert nested.subs(theta, 1) == 0
    slope = sp.factor(sp.diff(nested.subs(t, 1), theta).subs(theta, 1))
    assert sp.expand(slope + 2 * a * v * (1 - h)) == 0  # d/dtheta < 0: less than 1 gains
    assert sp.expand(sp.diff(nested, h) + 2 * a * (1 - theta) * surplus) == 0


def test_overlapping_sets_without_penalties() -> None:
    ridgeless = ADVANTAGE.subs({t: 1, theta: 1})
    assert sp.expand(ridgeless - (a - c) * (v * (1 - 2 * h) - energy)) == 0


def world_of(overlap: float, first: float, second: float) -> w2s.Population:
    """Signal 1.3 spread evenly over coordinates that both see, one sees, or neither."""
    weights = np.array([overlap, first - overlap, second - overlap, 1 - first - second + overlap])
    return w2s.Population(np.ones(4), 1.3 * weights, weights=weights, noise=0.4)


@pytest.mark.parametrize("keeps", [(1.0, 1.0), (1.0, 0.8), (0.7, 0.6), (0.9, 0.95)], ids=str)
@pytest.mark.parametrize("shares", [(0.2, 0.5, 0.6), (0.5, 0.5, 0.8), (0.0, 0.4, 0.5)], ids=str)
def test_the_library_says_the_same(shares: tuple[float, ...], keeps: tuple[float, ...]) -> None:
    overlap, first, second = shares
    gamma_t, gamma_s = 1.6, 0.7
    kept_t, kept_s = keeps
    teacher = w2s.Ridge(
        gamma=gamma_t,
        lam=(1 / kept_t - 1) * (1 - gamma_t * first * kept_t),
        features=[True, True, False, False],
    )
    student = w2s.Ridge(
        gamma=gamma_s,
        lam=(1 / kept_s - 1) * (1 - gamma_s * second * kept_s),
        features=[True, False, True, False],
    )
    before, after = w2s.risks(world_of(overlap, first, second), teacher, student)
    missed = 0.4 + 1.3 * (1 - first) + 1.3 * first * (1 - kept_t) ** 2
    variance = gamma_t * kept_t**2 * missed / (1 - gamma_t * first * kept_t**2)
    square = second * gamma_s * kept_s**2
    values = {
        a: first, b: second, c: overlap, t: kept_t, theta: kept_s, v: variance, h: square, energy: 1.3
    }  # fmt: skip
    found = float(ADVANTAGE.subs(values)) / (1 - square)
    assert before - after == pytest.approx(found, rel=1e-11, abs=1e-13)
