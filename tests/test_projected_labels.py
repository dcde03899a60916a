"""Labels that are a function of one projection: derived errors, the library's, and drawn signs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.learners.answers import turned
from w2s_asymptotics.questions.chain import check_chain
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.theorems.projected_labels import error

WORLD, TEACHER = w2s.Population.isotropic(labels="sign"), w2s.Ridge(gamma=0.5, lam=0.02)
STUDENT = w2s.Ridge(gamma=0.4, lam=0.1)
SPECTRUM = w2s.Population([3.0, 1.0, 0.3], [0.2, 0.9, 0.4], weights=[0.2, 0.3, 0.5], labels="sign")


def derived(name: str, values: dict[str, float]) -> float:
    """A derived error at values of its letters, by name."""
    form = from_("projected_labels", name)
    return float(form.subs({each: values[each.name] for each in form.free_symbols}))


def test_derived_errors_are_the_known_ones_and_the_library_has_them() -> None:
    first = float(from_("projected_labels", "first coefficient of signs"))
    k, m = (root_of(each) for each in (TEACHER, STUDENT))
    overlap = first / (1 + k)
    delta = 1 - 0.5 / (1 + k) ** 2
    energy = overlap**2 + 0.5 / (1 + k) ** 2 * ((first * k / (1 + k)) ** 2 + 1 - first**2) / delta
    values = {
        "c_1": first,
        "gamma": 0.5,
        "kappa": k,
        "gamma_s": 0.4,
        "kappa_s": m,
        "rho": overlap,
        "q": energy,
    }
    for name, chain, known in (
        ("error of a teacher", (TEACHER,), 0.20078),
        ("error of a student of soft labels", (TEACHER, STUDENT), 0.20295),
        ("error of a student of hard labels", (TEACHER, replace(STUDENT, labels="hard")), 0.25384),
    ):
        assert derived(name, values) == pytest.approx(known, abs=5e-6)
        assert derived(name, values) == pytest.approx(w2s.error(WORLD, *chain), rel=1e-12)


def root_of(learner: Any) -> float:
    gamma, lam = learner.gamma, learner.lam
    return float((gamma + lam - 1 + ((1 - gamma - lam) ** 2 + 4 * lam) ** 0.5) / 2)


def test_measured_errors() -> None:
    rng, d, cosines = np.random.default_rng(4), 200, []
    for _ in range(8):
        truth, learned = np.eye(d)[0], []
        for learner, kind in ((TEACHER, "sign"), (STUDENT, "soft"), (STUDENT, "hard")):
            rows = rng.standard_normal((round(d / learner.gamma), d))
            outputs = rows @ (truth if kind == "sign" else learned[0])
            labels = outputs if kind == "soft" else np.sign(outputs)
            normal = rows.T @ rows / len(rows) + learner.lam * np.eye(d)
            learned.append(np.linalg.solve(normal, rows.T @ labels / len(rows)))
        cosines.append([each[0] / np.linalg.norm(each) for each in learned])
    errors = np.arccos(np.array(cosines)) / np.pi
    assert (
        np.abs(errors.mean(axis=0) - [0.20078, 0.20295, 0.25384]).max()
        < 4 * errors.std(axis=0).max() / 8**0.5
    )


@pytest.mark.parametrize(
    ("noise", "labels"), [(0.0, "sign"), (0.7, "sign"), (0.0, "probit"), (0.7, "probit")]
)
def test_first_coefficients(noise: float, labels: str) -> None:
    """What least squares sees of true labels, as derived; a probit draw is noise of variance 1."""
    world = w2s.Population.isotropic(signal=1.7, noise=noise, labels=labels)
    spectrum = check_chain(world, (TEACHER,)).spectrum
    heard = turned(spectrum.labels, spectrum.target(), spectrum.noise, spectrum, spectrum)
    form = from_("projected_labels", "first coefficient of signs of noisy values")
    inside = noise + (labels == "probit")
    first = float(
        sp.limit(form, sp.Symbol("N", positive=True), inside).subs(sp.Symbol("V", positive=True), 1.7)
    )
    assert float(np.squeeze(heard.multiplier)) == pytest.approx(first / 1.7**0.5, rel=1e-13)
    assert float(np.squeeze(heard.nonlinear)) == pytest.approx(1 - first**2, rel=1e-12)


def test_signs_differ_as_often_as_the_angle_says() -> None:
    rng = np.random.default_rng(1)
    for cosine in (-0.4, 0.3, 0.9):
        z, other = rng.standard_normal((2, 200_000))
        differ = (np.sign(z) != np.sign(cosine * z + (1 - cosine**2) ** 0.5 * other)).mean()
        assert differ == pytest.approx(float(error(cosine)), abs=4 * 0.5 / 200_000**0.5)


def test_at_one_penalty_hard_labels_are_never_better() -> None:
    """Whatever the spectrum, the penalty and the features: derived for least squares."""
    rng = np.random.default_rng(3)
    for _ in range(12):
        world = w2s.Population(
            rng.uniform(0.1, 3, 4), rng.uniform(0, 1, 4), labels="sign", noise=rng.uniform(0, 1)
        )
        student = w2s.Ridge(
            gamma=rng.uniform(0.2, 2), lam=np.geomspace(1e-4, 10, 8), penalty=list(rng.uniform(0.2, 3, 4))
        )
        seen = replace(student, penalty=None, features=list(rng.permutation(4)[:2]))
        for each in (student, seen):
            soft, hard = (w2s.error(world, TEACHER, replace(each, labels=kind)) for kind in ("soft", "hard"))
            assert (soft <= hard).all()


def test_compare_says_which_labels_are_better_and_why() -> None:
    told = w2s.compare(WORLD, TEACHER, replace(STUDENT, labels="hard")).reason
    assert "errs at 0.2008, student at 0.2029 on its outputs and at 0.2538 on its signs" in told
    assert "outputs are better, signs being outputs with noise of 0.5708 times their energy" in told
    assert "on its signs" in w2s.compare(WORLD, TEACHER, STUDENT).reason
    assert (
        "draws being outputs with noise of"
        in w2s.compare(SPECTRUM, TEACHER, replace(STUDENT, labels="sampled")).reason
    )
    assert "outputs" not in w2s.compare(w2s.Population.isotropic(noise=0.5), TEACHER, STUDENT).reason
    logistic = w2s.compare(WORLD, TEACHER, w2s.Convex(gamma=0.4, lam=0.03, labels="hard")).reason
    assert "are better" in logistic and "noise" not in logistic
    assert "errs" not in w2s.compare(WORLD, TEACHER, w2s.GradientFlow(gamma=0.4, time=2.0)).reason
    exact = w2s.Ridge(gamma=mpmath.mpf("0.4"), lam=mpmath.mpf("0.1"), labels="hard")
    assert "0.5708" in w2s.compare(WORLD, TEACHER, exact).reason


def test_draws_take_arrays_and_many_digits() -> None:
    """Logistic labels have no closed form: their coefficient is found number by number."""
    world, signals = w2s.Population.isotropic, [0.5, 4.0, 60.0]
    together = w2s.error(world(signal=np.array(signals), labels="logistic"), TEACHER)
    alone = [w2s.error(world(signal=each, labels="logistic"), TEACHER) for each in signals]
    assert together == pytest.approx(alone, rel=1e-12)
    exact = w2s.error(world(signal=mpmath.mpf(4), labels="logistic"), TEACHER)
    assert float(exact) == pytest.approx(alone[1], rel=1e-12)
    student = replace(STUDENT, labels="sampled")
    many = w2s.error(SPECTRUM, replace(TEACHER, lam=np.array([0.1, 0.2])), student)
    assert many == pytest.approx(
        [w2s.error(SPECTRUM, replace(TEACHER, lam=lam), student) for lam in (0.1, 0.2)]
    )
