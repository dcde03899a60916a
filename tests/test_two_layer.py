"""The two-layer map against the two-stage formulas as printed, typed here at 50 digits in one scalar."""

import itertools
import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.learners.hermite import ACTIVATIONS, hermite, reaches
from w2s_asymptotics.worlds.links import as_link


def bulk(psi: Any, gamma: Any, lam: Any, activation: str) -> dict[str, Any]:
    """The bulk's scalars for features of order one, whose penalty is lam psi."""
    constants = hermite(activation, 1)
    mu, tail = constants.slope**2, constants.tail

    def scalars(kappa: Any) -> tuple[Any, ...]:
        C = tail + kappa
        t = C / mu
        b = t + psi - 1
        m = 2 / (b + mp.sqrt(b * b + 4 * t))
        return C, m / mu, (m * m + m) / (2 * t * m + b) / mu**2

    def excess(log: Any) -> Any:
        kappa = mp.exp(log)
        C, g1, _ = scalars(kappa)
        return kappa * (1 - gamma * (1 - kappa * g1 + (psi - 1) * tail / C)) - lam * psi

    low, high = mp.log(lam * psi) - 1, mp.mpf(200)
    for _ in range(260):
        middle = (low + high) / 2
        low, high = (low, middle) if excess(middle) > 0 else (middle, high)
    kappa = mp.exp((low + high) / 2)
    C, g1, g2 = scalars(kappa)
    T1, A2 = g1 - C * g2, 1 - 2 * C * g1 + C**2 * g2
    B = tail * T1 + C**2 * g2
    D2 = gamma * (1 - 2 * kappa * g1 + kappa**2 * g2 + (psi - 1) * tail**2 / C**2)
    V1 = gamma * (1 - C * g1 - kappa * T1)
    W1 = gamma * tail * (g1 - kappa * g2 + (psi - 1) * tail / C**2)
    gap = 1 - D2
    return {
        "B": B, "gap": gap, "a1": 1 - C * g1, "a2": A2 + V1 * B / gap, "v": V1 / gap,
        "wb": tail * T1 + W1 * B / gap, "ws": W1 / gap,
    }  # fmt: skip


def printed(easy: Any, hard: Any, noise: Any, t: dict[str, Any], s: dict[str, Any]) -> dict[str, Any]:
    """Teacher's and student's excess risks with each head."""
    c = easy[0]
    Ee, Eh = (sum(mp.factorial(k) * v**2 for k, v in enumerate(row, 1)) for row in (easy, hard))

    def energy(k: int) -> Any:
        return mp.factorial(k) * easy[k - 1] ** 2 if k <= len(easy) else mp.mpf(0)

    lt, ls, lm = t["spikes"], s["spikes"], [k for k in t["spikes"] if k in s["spikes"]]
    cap = sum(mp.factorial(k) * hard[k - 1] ** 2 for k in s["hard"] if k <= len(hard))
    T = bulk(t["width"], t["gamma"], t["lam"], t["activation"])
    rho = c / mp.sqrt(c**2 + t["step"] * (Ee + Eh + noise))
    s2 = noise + Eh + Ee - c**2 - sum(energy(k) * rho ** (2 * k) for k in lt)
    beta = c**2 * (1 - rho**2)
    found = {"teacher": (T["B"] * beta + s2) / T["gap"] - noise}
    lb = c * (rho**2 + T["a1"] * (1 - rho**2))
    ll = c**2 * rho**2 + T["a2"] * beta + T["v"] * s2
    w = T["wb"] * beta + T["ws"] * s2
    Ey = ll + sum(energy(k) * rho ** (2 * k) for k in lt) + w
    N = mp.sqrt(ll + s["step"] * Ey)
    rhos, q, lv = lb / N, c * rho / N, ll / N
    S = bulk(s["width"], s["gamma"], s["lam"], s["activation"])
    bs = ll - lv**2
    slab = w + sum(energy(k) * rho ** (2 * k) * (1 - (q ** (2 * k) if k in ls else 0)) for k in lt)
    mb = lv * rhos + S["a1"] * (lb - lv * rhos)
    mm = lv**2 + S["a2"] * bs + S["v"] * slab
    ws = S["wb"] * bs + S["ws"] * slab
    X = c**2 - 2 * c * mb + mm + ws + Ee - c**2
    X += sum(energy(k) * ((rho * q) ** (2 * k) - 2 * (rho * q * rhos) ** k) for k in lm)
    found["labels"] = Eh + X
    found["retained"] = Eh + X - s["quality"] * (2 - s["quality"]) * cap
    P = bulk(s["width"], s["probe"], s["lam"], s["activation"])
    sp = noise + Eh - cap + Ee - c**2 - sum(energy(k) * rhos ** (2 * k) for k in ls)
    found["probe"] = (P["B"] * c**2 * (1 - rhos**2) + sp) / P["gap"] - noise
    found["direction"] = rhos
    return found


SETTINGS = [
    # easy, hard, noise, teacher (step, gamma, width, lam, degree), student, quality, probe, hard_degree
    ([1, 0.3], [0, 1], 0.1, (0.5, 0.6, 2.0, 0.1, 2), (0.3, 0.4, 4.0, 0.05, 2), 0.7, 0.8, 2, "relu"),
    (
        [0.7, 0.5, 0.1, 0.2],
        [0, 0.4, 0, 0.3],
        0.5,
        (2, 1.5, 0.5, 1e-3, 1),
        (0.01, 3, 9.0, 2.0, 4),
        0.2,
        2,
        4,
        "relu",
    ),
    (
        [2, 0, 0.4],
        [0, 0, 0.5],
        0.0,
        (1e-4, 0.9, 1.1, 1e-6, 3),
        (1e-3, 0.9, 1.2, 1e-6, 3),
        1.0,
        0.1,
        3,
        "tanh",
    ),
    ([0.3, 1, 1], [0, 2], 3.0, (30, 0.2, 6.0, 30.0, 3), (9, 7, 0.2, 1e-2, 1), 0.0, 5, 1, "erf"),
    (
        [1, 0.2, 0.1],
        [0, 0.1, 1],
        0.2,
        (0.1, 1.0, 1.0, 1e-4, 5),
        (0.2, 1.0, 3.0, 1e-5, 3),
        0.5,
        1.0,
        5,
        "softplus",
    ),
]


def chain(setting: Any, head: str) -> tuple[Any, Any, Any]:
    easy, hard, noise, t, s, quality, probe, hard_degree, activation = setting
    extra = {"retained": {"quality": quality}, "probe": {"gamma_probe": probe}}.get(head, {})
    teacher = w2s.TwoLayer(*t[:4], activation=activation, degree=t[4])
    student = w2s.TwoLayer(
        *s[:4], activation=activation, degree=s[4], hard_degree=hard_degree, head=head, **extra
    )
    return w2s.MultiIndex(easy, hard, noise), teacher, student


def reference(setting: Any) -> dict[str, Any]:
    easy, hard, noise, t, s, quality, probe, hard_degree, activation = setting
    f = mp.mpf

    def numbers(row: Any) -> dict[str, Any]:
        names = dict(zip(("step", "gamma", "width", "lam"), map(f, row[:4]), strict=True))
        spikes = [k for k in range(2, row[4] + 1) if reaches(activation, k)]
        return names | {"spikes": spikes, "activation": activation}

    student = numbers(s) | {"quality": f(quality), "probe": f(probe)}
    student["hard"] = [k for k in range(2, hard_degree + 1) if reaches(activation, k)]
    return printed([f(v) for v in easy], [f(v) for v in hard], f(noise), numbers(t), student)


@pytest.mark.parametrize("setting", SETTINGS)
def test_two_stages_are_the_printed_formulas(setting: Any) -> None:
    with mp.workdps(50):
        expected = reference(setting)
        for head in ("labels", "retained", "probe"):
            world, teacher, student = chain(setting, head)
            of_teacher, of_student = w2s.risks(world, teacher, student)
            assert of_teacher == pytest.approx(float(expected["teacher"]), rel=2e-14)
            assert of_student == pytest.approx(float(expected[head]), rel=2e-14)
            found = w2s.learned(world, teacher, student)
            assert found.direction == pytest.approx(float(expected["direction"]), rel=2e-14)
            assert found.easy + found.hard == pytest.approx(found.risk, rel=1e-14)
            exact = w2s.risk(w2s.MultiIndex(world.easy, world.hard, mp.mpf(world.noise)), teacher, student)
            assert abs(exact / expected[head] - 1) < mp.mpf(10) ** -35


def test_heads_that_agree_and_limits() -> None:
    world, teacher, student = chain(SETTINGS[0], "labels")
    without = w2s.TwoLayer(0.3, 0.4, 4.0, 0.05, degree=2, hard_degree=2, head="retained", quality=0.0)
    assert w2s.risk(world, teacher, student) == w2s.risk(world, teacher, without)
    assert w2s.learned(world, w2s.TwoLayer(0.0, 0.4, 4.0, 0.05)).direction == 1.0
    assert w2s.learned(world, w2s.TwoLayer(math.inf, 0.4, 4.0, 0.05)).direction == 0.0
    lazy = w2s.TwoLayer(0.3, 0.4, 4.0, 0.05, degree=0)
    features = w2s.RandomFeatures(0.4, 4.0, 0.05, activation="relu", noise=0.18 + 2)
    expected = w2s.risk(w2s.Population.isotropic(noise=0.1), features) + 0.18 + 2
    assert w2s.risk(world, lazy) == pytest.approx(expected, rel=1e-14)
    reversed_world = w2s.MultiIndex([-1, 0.3], [0, 1], 0.1)
    assert w2s.risk(reversed_world, teacher, student) == pytest.approx(
        w2s.risk(world, teacher, student), rel=1e-14
    )
    assert w2s.learned(reversed_world, teacher).direction == -w2s.learned(world, teacher).direction


def test_an_infinite_teacher_and_what_its_student_takes_from_it() -> None:
    world = w2s.MultiIndex([1, 0.3], [0, 1], 0.1)
    probe = w2s.TwoLayer(0.3, 0.4, 4.0, 0.05, head="probe", gamma_probe=0.4)
    at_threshold, near = (w2s.TwoLayer(0.3, 0.5, 2.0, lam) for lam in (0.0, 1e-40))
    assert w2s.risk(world, at_threshold) == math.inf
    assert w2s.risk(world, at_threshold, w2s.TwoLayer(0.3, 0.4, 4.0, 0.05)) == math.inf
    assert w2s.risk(world, at_threshold, probe) == pytest.approx(w2s.risk(world, near, probe), rel=1e-12)


def test_every_argument_broadcasts() -> None:
    world = w2s.MultiIndex([1, 0.3], [0, 1], np.array([0.1, 0.5]))
    steps, qualities = np.array([0.0, 0.3, math.inf])[:, None], np.array([0.2, 1.0])[:, None, None]
    student = w2s.TwoLayer(
        0.3, 0.4, math.inf, 0.05, degree=2, hard_degree=2, head="retained", quality=qualities
    )
    found = w2s.risk(world, w2s.TwoLayer(steps, 0.6, 2.0, 0.0, degree=2), student)
    assert found.shape == (2, 3, 2)
    for i, j, k in itertools.product(range(2), range(3), range(2)):
        one = w2s.TwoLayer(float(steps[j, 0]), 0.6, 2.0, 0.0, degree=2)
        quality = float(qualities[i, 0, 0])
        two = w2s.TwoLayer(
            0.3, 0.4, math.inf, 0.05, degree=2, hard_degree=2, head="retained", quality=quality
        )
        point = w2s.MultiIndex([1, 0.3], [0, 1], [0.1, 0.5][k])
        assert found[i, j, k] == pytest.approx(w2s.risk(point, one, two), rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gamma_step": -1}, "gamma_step must be >= 0"),
        ({"width": 0}, "width must be > 0"),
        ({"head": "other"}, "head must be one of"),
        ({"quality": 0.5}, "quality belongs to"),
        ({"head": "retained", "quality": 1.5}, r"quality must be in \[0, 1\]"),
        ({"head": "probe"}, "needs gamma_probe"),
        ({"gamma_probe": 0.5}, "takes no gamma_probe"),
        ({"degree": 1.5}, "whole number"),
        ({"degree": 3, "step_exponent": 0.2}, "makes degree 1"),
        ({"step_exponent": 0.25}, "1/4, 1/3"),
        ({"step_exponent": 0.6}, "1/4, 1/3"),
        ({"activation": "__import__('os')"}, "TwoLayer.activation"),
    ],
)
def test_bad_learners(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        w2s.TwoLayer(**({"gamma_step": 0.3, "gamma": 0.4, "width": 4.0, "lam": 0.05} | arguments))


@pytest.mark.parametrize(
    ("easy", "hard", "message"),
    [
        ("he2", "he2", "easy must have information exponent 1"),
        ("tanh", "relu", "subtract it"),
        ("tanh", "x**2", "never|not evaluated"),
        ([], "he2", "easy must be a row"),
        ([math.nan], "he2", "coefficients must be a finite real number"),
        (lambda z: z[:3], "he2", "as many finite numbers"),
    ],
)
def test_bad_worlds(easy: Any, hard: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        w2s.MultiIndex(easy, hard)


def test_worlds_and_learners_that_do_not_go_together() -> None:
    with pytest.raises(ValueError, match="go with MultiIndex"):
        w2s.risk(w2s.Population.isotropic(), w2s.TwoLayer(0.3, 0.4, 4.0, 0.05))
    with pytest.raises(ValueError, match="go with MultiIndex"):
        w2s.risk(w2s.MultiIndex([1], [0]), w2s.Ridge(0.4, 0.05))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_links_by_name_are_the_activations(name: str) -> None:
    link, constants = as_link(name, "MultiIndex.easy"), hermite(name, 1)
    assert link.coefficient(1) == pytest.approx(float(constants.slope), rel=1e-14)
    assert link.energy - link.energy_of(1) == pytest.approx(float(constants.tail), abs=1e-14)
    assert [bool(link.coefficient(k)) for k in range(1, 8)] == [reaches(name, k) for k in range(1, 8)]
