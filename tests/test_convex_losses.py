"""Proximal steps against their definition, Gaussian averages against closed forms and a second quadrature."""

import math

import mpmath
import numpy as np
import pytest

from w2s_asymptotics.arithmetic import HIGH
from w2s_asymptotics.losses.averages import Joint, averages, cluster_averages, linear_averages
from w2s_asymptotics.losses.labels import Labels
from w2s_asymptotics.losses.logistic import logistic_prox, sigmoid
from w2s_asymptotics.losses.loss import LOSSES, Loss
from w2s_asymptotics.losses.normal import legendre, normal_cdf, normal_density


def value(name: str, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The loss, written out."""
    away = p - y
    up, down = (1 + y) / 2, (1 - y) / 2
    return {
        "squared": lambda: away**2 / 2,
        "absolute": lambda: np.abs(away),
        "huber": lambda: np.where(np.abs(away) < 1, away**2 / 2, np.abs(away) - 0.5),
        "logistic": lambda: up * np.logaddexp(0, -p) + down * np.logaddexp(0, p),
        "hinge": lambda: up * np.maximum(1 - p, 0) + down * np.maximum(1 + p, 0),
        "squared hinge": lambda: (up * np.maximum(1 - p, 0) ** 2 + down * np.maximum(1 + p, 0) ** 2) / 2,
    }[name]()


def test_the_normal_distribution_to_the_last_digits() -> None:
    x = np.r_[np.linspace(-30, 9, 400), np.linspace(-0.8, 0.8, 50)]
    exact = np.array([float(mpmath.ncdf(mpmath.mpf(float(v)))) for v in x])
    assert np.abs(normal_cdf(x) / exact - 1).max() < 3e-13
    near = np.abs(x) < 5
    assert np.abs(normal_cdf(x[near]) / exact[near] - 1).max() < 1e-14


def test_rules_in_many_digits_are_exact_for_polynomials() -> None:
    with mpmath.workdps(40):
        nodes, weights = legendre(12, HIGH)
        assert abs((weights * nodes**22).sum() - mpmath.mpf(2) / 23) < mpmath.mpf(10) ** -38


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("chi", [1e-3, 1.0, 50.0])
def test_the_step_minimises(name: str, chi: float) -> None:
    rng = np.random.default_rng(3)
    h, y = 3 * rng.normal(size=200), rng.uniform(-1, 1, 200)
    p = Loss(name).prox(h, y, chi)

    def objective(p: np.ndarray) -> np.ndarray:
        return (p - h) ** 2 / (2 * chi) + value(name, y, p)

    for move in (1e-3, -1e-3, 0.1, -0.1):
        assert (objective(p + move) > objective(p)).all()


@pytest.mark.parametrize("name", LOSSES)
def test_slopes_and_curvatures_are_derivatives(name: str) -> None:
    rng = np.random.default_rng(4)
    p, y = 2 * rng.normal(size=100), rng.uniform(-1, 1, 100)
    loss, h = Loss(name), 1e-5
    slope = (value(name, y, p + h) - value(name, y, p - h)) / (2 * h)
    assert loss.slope(y, p) == pytest.approx(slope, abs=1e-9)
    bent = (loss.slope(y, p + h) - loss.slope(y, p - h)) / (2 * h)
    assert loss.curvature(y, p) == pytest.approx(bent, abs=1e-8)


def test_a_huge_step_of_the_logistic_loss() -> None:
    # Newton's method alone is lost here: the slope vanishes on both sides.
    for chi in (1e3, 1e8, 1e14):
        h = np.array([-1e3, -5.0, 0.0, 5.0, 1e3])
        p = logistic_prox(h, 1.0, chi)
        assert p - chi * sigmoid(-p) == pytest.approx(h, rel=1e-12, abs=1e-11)
        low = mpmath.findroot(lambda t, chi=chi: t - chi / (1 + mpmath.exp(t)), (0, 40), solver="anderson")
        assert p[2] == pytest.approx(float(low), rel=1e-12)


@pytest.mark.parametrize("bad", [{"name": "cubic"}, {"name": "huber", "threshold": 0.0}])
def test_bad_losses_are_refused(bad: dict) -> None:
    with pytest.raises(ValueError, match=r"loss must be|threshold must be > 0"):
        Loss(**bad)


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "odd"},
        {"kind": "soft", "link": "cauchy"},
        {"kind": "soft", "temperature": 0.0},
        {"kind": "hard", "flip": 0.5},
        {"kind": "soft", "flip": 0.1},
        {"kind": "hard", "outliers": (0.1, 2.0)},
    ],
)
def test_bad_labels_are_refused(bad: dict) -> None:
    with pytest.raises(ValueError, match=r"labels must|link must|temperature must|flip|outliers"):
        Labels(**bad)


# Closed forms in the normal distribution function.


def moments(low: float, high: float, mean: float, spread: float) -> tuple[float, float, float]:
    """Zeroth to second moments of a normal number over an interval."""
    a, b = (low - mean) / spread, (high - mean) / spread
    p, q = float(normal_density(a)), float(normal_density(b))
    mass = float(normal_cdf(b) - normal_cdf(a))
    first = p - q
    second = mass + (a * p if np.isfinite(a) else 0.0) - (b * q if np.isfinite(b) else 0.0)
    return mass, mean * mass + spread * first, mean**2 * mass + 2 * mean * spread * first + spread**2 * second


def closed(name: str, mean: float, spread: float, chi: float) -> tuple[float, float, float]:
    """V, E g and q for label 1 and h normal."""
    inf = np.inf
    parts = {
        "squared": [(-inf, inf, 1 / (1 + chi), 1 / (1 + chi))],
        "squared hinge": [(-inf, 1.0, 1 / (1 + chi), 1 / (1 + chi))],
        "hinge": [(-inf, 1 - chi, 1.0, 0.0), (1 - chi, 1.0, 1 / chi, 1 / chi)],
        "huber": [
            (-inf, -chi, 1.0, 0.0),
            (-chi, 2 + chi, 1 / (1 + chi), 1 / (1 + chi)),
            (2 + chi, inf, -1.0, 0.0),
        ],
        "absolute": [
            (-inf, 1 - chi, 1.0, 0.0),
            (1 - chi, 1 + chi, 1 / chi, 1 / chi),
            (1 + chi, inf, -1.0, 0.0),
        ],
    }[name]
    total = [0.0, 0.0, 0.0]
    for low, high, one, slope in parts:  # g = one - slope h
        zeroth, first, second = moments(low, high, mean, spread)
        total[0] += slope * zeroth
        total[1] += one * zeroth - slope * first
        total[2] += one**2 * zeroth - 2 * one * slope * first + slope**2 * second
    return total[0], total[1], total[2]


@pytest.mark.parametrize("name", ["squared", "squared hinge", "hinge", "huber", "absolute"])
@pytest.mark.parametrize("mean", [-1.0, 0.3, 2.0])
@pytest.mark.parametrize(("spread", "chi"), [(0.2, 0.1), (1.5, 1.0), (30.0, 20.0), (1.0, 1e4)])
def test_clusters_against_closed_forms(name: str, mean: float, spread: float, chi: float) -> None:
    found = cluster_averages(Loss(name), 0.0, mean, spread, chi)
    assert found[:3] == pytest.approx(closed(name, mean, spread, chi), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("name", ["squared", "huber", "absolute"])
def test_linear_labels_against_closed_forms(name: str) -> None:
    # y - h normal: the residual of label 1 with h around 1.
    for share, variance in ((1.0, 0.3), (1.0, 50.0)):
        V, _, q = closed(name, 1.0, math.sqrt(variance), 0.7)
        found = linear_averages(Loss(name), [(share, variance)], 0.7)
        assert found[:3] == pytest.approx((V, V, q), rel=1e-12)


# Everything else against the trapezoidal rule over both normals, where kinks and jumps only slow it down.


def brute(loss: Loss, labels: Labels, joint: Joint, chi: float) -> tuple[float, float, float]:
    """V, m and q by definition, on a fine grid: V and m from E[g Z2] and E[g Z1]."""
    step = 0.02
    z = np.arange(-6.4, 6.4, step) + step / 2
    one, two = z[:, None], z[None, :]
    mass = np.exp(-(one**2 + two**2) / 2) * step * step / (2 * np.pi)
    h, share = joint.along * one + joint.across * two, labels.probability(joint.rho * one)
    if labels.kind == "soft":
        parts = [(1.0, 2 * share - 1 + 0 * two)]
    else:
        share = labels.flip + (1 - 2 * labels.flip) * share
        parts = [(share, 1.0 + 0 * h), (1 - share, -1.0 + 0 * h)]
    pulls = [(weight * mass, (loss.prox(h, y, chi) - h) / chi) for weight, y in parts]
    V = -sum(float((w * g * two).sum()) for w, g in pulls) / joint.across
    m = (sum(float((w * g * one).sum()) for w, g in pulls) + V * joint.along) / joint.rho
    return V, m, sum(float((w * g * g).sum()) for w, g in pulls)


KINDS = [
    Labels("hard"),
    Labels("hard", flip=0.1),
    Labels("sampled"),
    Labels("sampled", link="probit", temperature=0.5),
    Labels("soft", temperature=0.7),
]


@pytest.mark.parametrize("labels", KINDS, ids=lambda labels: f"{labels.kind} {labels.link} {labels.flip}")
@pytest.mark.parametrize("name", ["logistic", "hinge", "huber"])
def test_averages_against_their_definition(name: str, labels: Labels) -> None:
    joint = Joint(1.1, 0.8, 1.7)
    found = averages(Loss(name), labels, joint, 1.3)
    assert found[:3] == pytest.approx(brute(Loss(name), labels, joint, 1.3), rel=1e-3)


def test_noise_before_the_sign_is_a_probit_link() -> None:
    joint = Joint(1.1, 0.8, 1.7)
    noisy = averages(Loss("logistic"), Labels("hard"), Joint(1.1, 0.8, 1.7, 0.25), 1.3)
    probit = averages(Loss("logistic"), Labels("sampled", link="probit", temperature=0.5), joint, 1.3)
    assert noisy[:3] == pytest.approx(probit[:3], rel=1e-13)


def test_a_sharp_temperature_is_the_sign() -> None:
    joint = Joint(1.1, 0.8, 1.7)
    hard = averages(Loss("hinge"), Labels("hard"), joint, 0.4)[:3]
    for labels in (Labels("sampled", temperature=1e-8), Labels("soft", temperature=1e-8)):
        assert averages(Loss("hinge"), labels, joint, 0.4)[:3] == pytest.approx(hard, rel=2e-8)


def test_a_calibrated_learner_near_and_far_from_its_labels() -> None:
    # The two routes meet at a shortfall of one half.
    labels, loss = Labels("soft"), Loss("logistic")
    for shortfall in (0.49999999, 0.2):
        plain = averages(loss, labels, Joint(1.7 * (1 - shortfall), 0.3, 1.7), 2.0)
        exact = averages(loss, labels, Joint(1.7 * (1 - shortfall), 0.3, 1.7, 0.0, shortfall), 2.0)
        assert exact[:3] == pytest.approx(plain[:3], rel=1e-12)
        assert exact.gap == pytest.approx(plain.stiffness - plain.sway, rel=1e-10)
    tiny = averages(loss, labels, Joint(1.7, 1e-9, 1.7, 0.0, 1e-9), 2.0)
    small = averages(loss, labels, Joint(1.7, 1e-7, 1.7, 0.0, 1e-7), 2.0)
    assert tiny.energy == pytest.approx(1e-4 * small.energy, rel=1e-5)
