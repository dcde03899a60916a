"""The fixed point of convex losses: ridge as a special case, the equations, limits, and many digits."""

import mpmath
import numpy as np
import pytest

from w2s_asymptotics.arithmetic import REAL
from w2s_asymptotics.losses.averages import Joint, averages
from w2s_asymptotics.losses.labels import Labels
from w2s_asymptotics.losses.loss import LOSSES, Loss
from w2s_asymptotics.spectrum import convex
from w2s_asymptotics.spectrum.convex import Atoms, convex_fit, hard_margin_fit
from w2s_asymptotics.spectrum.fixed_point import spectral_fixed_point
from w2s_asymptotics.spectrum.separable import separability_threshold

ONE = np.ones(1)


def isotropic(energy: float) -> Atoms:
    return Atoms(ONE, ONE, ONE, np.array([energy]))


SPECTRUM = Atoms(
    np.array([2.0, 0.1, 0.0]), np.array([1.0, 3.0, 0.5]), np.array([0.3, 0.6, 0.1]), np.array([3.0, 1.0, 0.0])
)


def test_squared_loss_is_ridge() -> None:
    fit = convex_fit(isotropic(1.7**2), 0.13, 0.6, Loss("squared"), Labels(), 0.4)
    assert fit.along == pytest.approx(1.36, rel=1e-14)
    assert fit.across == pytest.approx(0.5669329651845861, rel=1e-14)
    assert fit.kappa == pytest.approx(0.25, rel=1e-14)


@pytest.mark.parametrize("lam", [1e-8, 1e-2, 1e8])
@pytest.mark.parametrize("gamma", [1e-3, 0.9, 1.4, 1e3])
@pytest.mark.parametrize("labels", [Labels(), Labels("hard", flip=0.1)], ids=["linear", "hard"])
def test_squared_loss_is_ridge_on_a_spectrum(lam: float, gamma: float, labels: Labels) -> None:
    fit = convex_fit(SPECTRUM, lam, gamma, Loss("squared"), labels, 0.3)
    s, g, w, energy = vars(SPECTRUM).values()
    found = spectral_fixed_point(np.array([lam]), np.array([gamma]), s, g, w, REAL)
    kappa = float(found[0][0])
    assert fit.kappa == pytest.approx(kappa, rel=1e-12)
    kept = s / (s + kappa * g)
    slope, residual = 1.0, 0.3  # labels y = slope z + rest of this variance
    if labels.kind == "hard":
        slope = 0.8 * np.sqrt(2 / np.pi / 4.3)
        residual = 1 - slope**2 * 4.0
    tau2 = (residual + slope**2 * (energy * (1 - kept) ** 2).sum()) / (1 - gamma * (w * kept**2).sum())
    assert fit.kept == pytest.approx(slope * kept, rel=1e-11)
    assert fit.added == pytest.approx(gamma * tau2 * w * kept**2, rel=1e-11)


def test_a_chain_of_logistic_learners() -> None:
    loss = Loss("logistic")
    teacher = convex_fit(isotropic(4.0), 0.02, 0.5, loss, Labels("sampled"))
    norm = float(np.sqrt(teacher.energy))
    assert (teacher.along, norm) == pytest.approx((1.85963, 2.81596), abs=5e-6)
    assert teacher.along / norm == pytest.approx(0.66039, abs=5e-6)
    for kind, along, cosine in (("soft", 1.60312, 0.64500), ("hard", 2.21701, 0.58438)):
        student = convex_fit(isotropic(float(teacher.energy)), 0.03, 0.4, loss, Labels(kind))
        assert student.along == pytest.approx(along, abs=1e-5)
        to_truth = student.along / np.sqrt(student.energy) * teacher.along / norm
        assert to_truth == pytest.approx(cosine, abs=5e-6)


CASES = [
    (name, labels)
    for name in LOSSES
    for labels in (Labels("hard", flip=0.1), Labels("sampled"), None, Labels("soft"), Labels())
    if labels is None or labels.kind != "linear" or Loss(name).of_residual
]


@pytest.mark.parametrize(("name", "labels"), CASES, ids=lambda part: getattr(part, "kind", part))
def test_the_equations_hold(name: str, labels: Labels | None) -> None:
    """Written out anew, in V, m and q of what the solver returns."""
    lam, gamma, noise = 0.05, 1.3, 0.0
    fit = convex_fit(SPECTRUM, lam, gamma, Loss(name), labels, noise)
    assert fit.error < 1e-11
    s, g, w, energy = vars(SPECTRUM).values()
    response = s / (fit.stiffness * s + lam * g)
    assert fit.chi == pytest.approx(gamma * (w * response).sum(), rel=1e-12)
    assert fit.kept == pytest.approx(fit.sway * response, rel=1e-12)
    assert fit.added == pytest.approx(gamma * fit.pull * w * response**2, rel=1e-12)
    rho = 2.0
    assert fit.along == pytest.approx((energy * fit.kept).sum() / rho, rel=1e-12)
    square = (energy * fit.kept**2).sum() + fit.added.sum()
    assert fit.along**2 + fit.across**2 == pytest.approx(square, rel=1e-12)
    if labels is not None and labels.kind != "linear":
        found = averages(Loss(name), labels, Joint(fit.along, fit.across, rho, noise), fit.chi)
        assert found[:3] == pytest.approx((fit.stiffness, fit.sway, fit.pull), rel=1e-11)


def test_a_path_leads_where_newton_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    direct = convex_fit(SPECTRUM, 1e-4, 0.7, Loss("logistic"), Labels("sampled"))
    monkeypatch.setattr(convex, "_direct", lambda problem: (problem.start(), np.inf))
    followed = convex_fit(SPECTRUM, 1e-4, 0.7, Loss("logistic"), Labels("sampled"))
    assert followed.kept == pytest.approx(direct.kept, rel=1e-12)
    assert followed.chi == pytest.approx(direct.chi, rel=1e-12)


@pytest.mark.parametrize("name", ["hinge", "squared hinge", "logistic"])
@pytest.mark.parametrize(
    "labels", [Labels("hard"), Labels("sampled"), None], ids=["hard", "sampled", "clusters"]
)
@pytest.mark.parametrize(("lam", "gamma"), [(1e-8, 1e-3), (1e-8, 1e3), (1e8, 1e-3), (1e8, 1e3)])
def test_corners(name: str, labels: Labels | None, lam: float, gamma: float) -> None:
    fit = convex_fit(isotropic(4.0), lam, gamma, Loss(name), labels)
    assert fit.error < 1e-10
    assert 0 < fit.along / np.sqrt(fit.energy) < 1


def test_a_heavy_penalty_is_the_averaging_classifier() -> None:
    # b = (1/n) sum y x /(2 lam) for the logistic loss: its overlap and energy are known.
    lam, gamma = 1e8, 0.7
    fit = convex_fit(isotropic(4.0), lam, gamma, Loss("logistic"), Labels("hard"))
    assert fit.along == pytest.approx(np.sqrt(2 / np.pi) / (2 * lam), rel=1e-7)
    assert fit.energy == pytest.approx((2 / np.pi + gamma) / (2 * lam) ** 2, rel=1e-7)


def test_nearly_all_is_learned_of_probabilities() -> None:
    # Quadratic around the labels: to leading order a ridge of weights sigmoid', so s goes like lam.
    found = [convex_fit(isotropic(4.0), lam, 0.3, Loss("logistic"), Labels("soft")) for lam in (1e-6, 1e-8)]
    assert found[0].across / found[1].across == pytest.approx(100.0, rel=1e-4)
    assert found[1].kept == pytest.approx(1.0, rel=1e-6)
    assert found[0].lost / found[1].lost == pytest.approx(100.0, rel=1e-4)  # no cancellation in what is lost
    tiny = [
        convex_fit(isotropic(4.0), lam, 0.3, Loss("logistic"), Labels("soft")).lost for lam in (1e-14, 1e-16)
    ]
    assert tiny[0] / tiny[1] == pytest.approx(100.0, rel=1e-9)


def test_a_sharp_teacher_and_a_small_penalty() -> None:
    # Probabilities are flat far out and the step is huge: what differs there must not cancel.
    found = [
        convex_fit(isotropic(4.0), lam, 1e3, Loss("logistic"), Labels("soft", temperature=0.3))
        for lam in (1e-6, 1e-8)
    ]
    assert found[1].chi / found[0].chi == pytest.approx(100.0, rel=1e-3)
    assert found[1].across == pytest.approx(found[0].across, rel=0.01)
    assert max(fit.error for fit in found) < 1e-12


def test_where_labels_can_be_separated() -> None:
    # Without signal at 1/2 (Cover); signs of z always; and the fit's energy diverges on the way.
    assert separability_threshold(None, 1e-9) == pytest.approx(0.5)
    assert separability_threshold(Labels("hard"), 2.0) == 0.0
    assert separability_threshold(Labels("hard", flip=0.1), 1.0) == pytest.approx(
        separability_threshold(Labels("hard", flip=0.1), 30.0)
    )
    threshold = separability_threshold(Labels("sampled"), 2.0)
    energies = [
        float(convex_fit(isotropic(4.0), 0.0, share * threshold, Loss("logistic"), Labels("sampled")).energy)
        for share in (0.9, 0.99)
    ]
    assert energies[1] > 5 * energies[0]
    with pytest.raises(ValueError, match="above the separability threshold 0.3449"):
        convex_fit(isotropic(4.0), 0.0, 1.01 * threshold, Loss("logistic"), Labels("sampled"))
    with pytest.raises(ValueError, match="for a hard margin"):
        hard_margin_fit(isotropic(4.0), 0.99 * threshold, Labels("sampled"))
    with pytest.raises(ValueError, match="only labels 1 and -1"):
        separability_threshold(Labels("soft"), 1.0)


def test_the_hard_margin_is_the_limit_of_the_hinges() -> None:
    limit = hard_margin_fit(SPECTRUM, 0.8, Labels("sampled"))
    hinge = convex_fit(SPECTRUM, 1e-7, 0.8, Loss("hinge"), Labels("sampled"))
    assert hinge.kept == pytest.approx(limit.kept, rel=1e-11)
    errors = [
        convex_fit(SPECTRUM, lam, 0.8, Loss("squared hinge"), Labels("sampled")).kept[0] / limit.kept[0] - 1
        for lam in (1e-4, 1e-6)
    ]
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.05)
    same = convex_fit(SPECTRUM, 0.0, 0.8, Loss("squared hinge"), Labels("sampled"))
    assert same.kept == pytest.approx(limit.kept, rel=1e-14)


def test_interpolation_without_penalty_is_that_of_ridge() -> None:
    s, g, w, energy = vars(SPECTRUM).values()
    kappa = float(spectral_fixed_point(np.array([0.0]), np.array([1.7]), s, g, w, REAL)[0][0])
    for name in ("squared", "huber", "absolute"):
        fit = convex_fit(SPECTRUM, 0.0, 1.7, Loss(name), Labels(), 0.3)
        assert fit.kept == pytest.approx(s / (s + kappa * g), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param("hinge", "hard", marks=pytest.mark.slow), ("absolute", "linear")]
)
def test_many_digits(name: str, kind: str) -> None:
    noise = 0.0 if kind == "hard" else 0.3
    double = convex_fit(isotropic(4.0), 0.02, 0.5, Loss(name), Labels(kind), noise)
    found = []
    for digits in (20, 26):
        with mpmath.workdps(digits):
            one = np.array([mpmath.mpf(1)])
            atoms = Atoms(one, one, one, 4 * one)
            lam, gamma = mpmath.mpf(double_of("0.02")), mpmath.mpf("0.5")
            found.append(convex_fit(atoms, lam, gamma, Loss(name), Labels(kind), mpmath.mpf(noise)))
    assert abs(found[0].chi / found[1].chi - 1) < 1e-19
    assert double.chi == pytest.approx(float(found[1].chi), rel=1e-14)
    assert double.across == pytest.approx(float(found[1].across), rel=1e-14)


def double_of(text: str) -> float:
    return float(text)
