"""Networks whose spikes have finite strength: the theorem, the numbers, the limit, drawn weights."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.arithmetic import REAL
from w2s_asymptotics.chains import derive
from w2s_asymptotics.learners.finite_spikes import Layer, beside_spikes, network_layer
from w2s_asymptotics.questions.finite_spikes import finite_spike_risks
from w2s_asymptotics.spectrum.nested import nested_fixed_point
from w2s_asymptotics.theorems import random_features_map
from w2s_asymptotics.words.spectrum import EIGENVALUE, ENERGY, WEIGHT, on_atoms
from w2s_asymptotics.words.spikes import GRAM, SETTLED
from w2s_asymptotics.words.words import Quadratic

GRAM_MATRIX = np.array([[3.0, 0.4, 0.0], [0.4, 0.7, -0.2], [0.0, -0.2, 40.0]])
TARGETS = np.array([0.8, -0.5, 0.3])
SLOPE, TAIL = 0.5, 0.36
LAYER = Layer(((1, 0), (2, 0), (0, 2)), GRAM_MATRIX, SLOPE, TAIL)
CASES = [(0.1, 0.5, 2.0), (0.02, 1.4, 0.6), (1.0, 0.9, 5.0), (1e-4, 0.3, 1.0)]

WORLD = w2s.MultiIndex(easy=[1.0, 0.4], hard=[0.0, 0.6], noise=0.1)
TEACHER = w2s.TwoLayer(gamma_step=0.4, gamma=0.6, width=1.0, lam=0.02, degree=2)
STUDENT = w2s.TwoLayer(gamma_step=0.3, gamma=0.4, width=3.0, lam=0.1, degree=2, hard_degree=2)
HEADS = {
    "labels": STUDENT,
    "retained": replace(STUDENT, head="retained", quality=0.9),
    "probe": replace(STUDENT, head="probe", gamma_probe=0.8),
}


def risk_of(fit, energy, noise):
    """The test risk of a fit beside spikes."""
    return fit.left @ fit.left + (1 - 2 * fit.kept) * energy + fit.linear + fit.nonlinear + noise


@pytest.mark.parametrize(("lam", "gamma", "width"), CASES)
def test_numbers_are_those_of_the_theorem(lam, gamma, width):
    energy, noise = 0.7, 0.2
    one = np.ones(1)
    arrays = (one * each for each in (lam / SLOPE**2, gamma, width, TAIL))
    nu = nested_fixed_point(*arrays, one, one, REAL).nu[0]
    left = np.linalg.solve(np.eye(3) + GRAM_MATRIX / nu, TARGETS)
    named = derive("finite_spikes").result.subs(
        {
            Quadratic(1, SETTLED): sp.Float(left @ left, 30),
            Quadratic(GRAM, SETTLED): sp.Float(left @ GRAM_MATRIX @ left, 30),
        }
    )
    for each, value in {**random_features_map.MEANING, **random_features_map.SHARES}.items():
        named = named.xreplace({each: value})
    bulk = random_features_map
    given = {
        bulk.NU: nu,
        bulk.GAMMA: gamma,
        bulk.WIDTH: width,
        bulk.TAIL: TAIL,
        bulk.NOISE: noise,
        bulk.CURVED: 0,
    }
    (value,) = on_atoms(named.xreplace(given), {EIGENVALUE: [1], WEIGHT: [1], ENERGY: [energy]})
    fit = beside_spikes(LAYER, TARGETS, lam, gamma, width, energy, noise)
    assert risk_of(fit, energy, noise) == pytest.approx(float(value), rel=1e-12)


@pytest.mark.parametrize(("lam", "gamma", "width"), CASES)
def test_numbers_are_those_of_one_scalar_equation(lam, gamma, width):
    """The bulk's scalars written out, for features of order one: h_1 and h_2 are traces over neurons."""
    energy, noise, curved = 0.7, 0.2, TAIL * SLOPE**2

    def scalars(kappa):
        ridge = curved + kappa
        t = ridge / SLOPE**2
        root = math.sqrt((t + width - 1) ** 2 + 4 * t)
        m = (root - (t + width - 1)) / (2 * t)
        return ridge, m / SLOPE**2, (m * m + m) / (2 * t * m + t + width - 1) / SLOPE**4

    def excess(kappa):
        ridge, g1, _ = scalars(kappa)
        return kappa * (1 - gamma * (1 - kappa * g1 + (width - 1) * curved / ridge)) - lam * width

    low, high = 1e-12, 1e4
    for _ in range(300):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    kappa = low
    ridge, g1, g2 = scalars(kappa)
    h1, h2 = (g1 + (width - 1) / ridge) / width, (g2 + (width - 1) / ridge**2) / width
    gram = GRAM_MATRIX * width * SLOPE**2
    left = np.linalg.solve(np.eye(3) + h1 * gram, TARGETS)
    missed = curved * (g1 - ridge * g2) + ridge**2 * g2
    freedom = gamma * (1 - 2 * kappa * g1 + kappa**2 * g2 + (width - 1) * curved**2 / ridge**2)
    spiked = left @ left + left @ gram @ left * (h1 - kappa * h2)
    expected = (spiked + missed * energy + noise) / (1 - freedom)
    fit = beside_spikes(LAYER, TARGETS, lam, gamma, width, energy, noise)
    assert risk_of(fit, energy, noise) == pytest.approx(expected, rel=1e-9)
    assert fit.left == pytest.approx(left, rel=1e-9)
    cross = 2 * (1 - kappa * h1)
    assert fit.held_linear[1] + fit.held_nonlinear[1] == pytest.approx(cross, rel=1e-9)


def test_no_spikes_is_the_bulk_alone():
    from w2s_asymptotics.spectrum.layouts import OneAtom

    bare = Layer((), np.zeros((0, 0)), 1.0, TAIL)
    fit = beside_spikes(bare, np.zeros(0), 0.1, 0.5, 2.0, 0.7, 0.2)
    learner = w2s.RandomFeatures(gamma=0.5, width=2.0, lam=0.1, tail=TAIL)
    kept, _, added, nonlinear = learner.fit(OneAtom(1.0, 0.0, REAL), 0.7, 0.2)
    assert fit.kept == pytest.approx(float(kept), rel=1e-14)
    assert fit.linear == pytest.approx(float(kept**2 * 0.7 + added), rel=1e-14)
    assert fit.nonlinear == pytest.approx(float(nonlinear), rel=1e-14)


def test_no_strength_is_label_noise():
    weak = replace(LAYER, gram=np.zeros((3, 3)))
    fit = beside_spikes(weak, TARGETS, 0.1, 0.5, 2.0, 0.7, 0.2)
    bare = beside_spikes(
        Layer((), np.zeros((0, 0)), SLOPE, TAIL), np.zeros(0), 0.1, 0.5, 2.0, 0.7, 0.2 + TARGETS @ TARGETS
    )
    assert fit.left == pytest.approx(TARGETS)
    assert (fit.linear, fit.nonlinear) == pytest.approx((bare.linear, bare.nonlinear), rel=1e-13)


@pytest.mark.parametrize("head", HEADS)
def test_limit_is_the_unpenalised_one(head):
    limit = w2s.risks(WORLD, TEACHER, HEADS[head])
    assert finite_spike_risks(WORLD, TEACHER, HEADS[head], dim=10**45) == pytest.approx(limit, rel=1e-10)
    near, nearer = (finite_spike_risks(WORLD, TEACHER, HEADS[head], dim=dim)[-1] for dim in (10**4, 10**6))
    assert abs(nearer - limit[-1]) < 0.6 * abs(near - limit[-1])


def test_limit_of_long_chains_and_odd_activations():
    world = w2s.MultiIndex(easy="tanh", hard=[0.0, 0.0, 0.3], noise=0.2)
    first = w2s.TwoLayer(0.3, 0.5, 2.0, 0.05, activation="erf", degree=3)
    second = w2s.TwoLayer(0.2, 0.4, 1.5, 0.1, activation="tanh", degree=1, hard_degree=3, noise=0.1)
    chain = (first, replace(second, head="retained", quality=0.7), replace(second, degree=0), second)
    for dim, gap in ((10**40, 1e-8), (10**48, 3e-10), (10**60, 3e-12)):
        assert finite_spike_risks(world, *chain, dim=dim) == pytest.approx(w2s.risks(world, *chain), rel=gap)


def test_limit_of_a_link_with_every_degree():
    world = w2s.MultiIndex(easy="relu", hard="abs", noise=0.05)
    limit = w2s.risks(world, TEACHER, HEADS["probe"])
    assert finite_spike_risks(world, TEACHER, HEADS["probe"], dim=10**45) == pytest.approx(limit, rel=1e-10)


def test_degrees_converge():
    few, more, many = (
        finite_spike_risks(WORLD, TEACHER, HEADS["retained"], dim=200, degrees=degrees)[-1]
        for degrees in (4, 8, 12)
    )
    assert abs(many - more) < 0.1 * abs(more - few) < 1e-3


def test_layer_has_all_the_energy_of_its_features():
    """Spikes, linear part and the rest add up to the variance of phi."""
    rng = np.random.default_rng(0)
    layer = network_layer(np.tanh, lambda k: k % 2 == 1, 50.0, 0.4, 0.3, 4)
    neurons = rng.standard_normal((4000, 50)) / math.sqrt(50)
    neurons[:, 0] = rng.standard_normal(4000) * math.sqrt(0.4**2 + 1 / 50)
    neurons[:, 1] = rng.standard_normal(4000) * math.sqrt(0.3**2 + 1 / 50)
    features = np.tanh(rng.standard_normal((2000, 50)) @ neurons.T)
    spikes = layer.slope**2 / 50 * np.trace(layer.gram)
    assert layer.slope**2 * (1 + layer.tail) + spikes == pytest.approx(float(np.mean(features**2)), rel=0.03)


@pytest.fixture(scope="module")
def drawn():
    """One fit in feature space with the covariance itself, on drawn weights; kappa from its fixed point."""
    rng, dim, width, gamma, lam = np.random.default_rng(3), 400, 2.0, 0.5, 0.1
    count, energy, noise = round(width * dim), 0.7, 0.2
    layer = rng.standard_normal((count, dim)) / math.sqrt(count)
    columns = np.linalg.qr(rng.standard_normal((count, 3)))[0] @ np.linalg.cholesky(GRAM_MATRIX).T
    bulk = layer @ layer.T + TAIL / width * np.eye(count)
    whole = bulk + columns @ columns.T
    sizes = np.linalg.eigvalsh(bulk)
    low, high = 1e-6, 10.0
    for _ in range(100):
        middle = (low + high) / 2
        left = middle * (1 - gamma / dim * (sizes / (sizes + middle)).sum()) - lam
        low, high = (middle, high) if left < 0 else (low, middle)
    linear = np.full(dim, math.sqrt(energy / dim))
    head = np.linalg.solve(whole + low * np.eye(count), columns @ TARGETS + layer @ linear)
    missed = np.sum((TARGETS - columns.T @ head) ** 2) + np.sum((linear - layer.T @ head) ** 2)
    missed += TAIL / width * head @ head + noise
    joint = whole @ np.linalg.inv(whole + low * np.eye(count))
    risk = missed / (1 - gamma / dim * np.sum(joint * joint.T))
    held = columns @ np.array([0.3, 0.2, -0.1])
    fit = beside_spikes(replace(LAYER, slope=1.0), TARGETS, lam, gamma, width, energy, noise)
    return fit, columns, head, held, layer, risk, energy, noise


def test_risk_on_drawn_weights(drawn):
    fit, columns, head, _, _, risk, energy, noise = drawn
    assert risk_of(fit, energy, noise) == pytest.approx(risk, rel=0.02)
    assert TARGETS - columns.T @ head == pytest.approx(fit.left, abs=0.03)


def test_held_head_on_drawn_weights(drawn):
    fit, columns, head, held, layer, *_ = drawn
    gram = np.array([0.3, 0.2, -0.1]) @ columns.T @ columns
    linear = np.sum((layer.T @ held) ** 2) + 2 * (layer.T @ held) @ (layer.T @ head)
    nonlinear = TAIL / 2.0 * (held @ held + 2 * held @ head)
    for seen, (own, crossed) in ((linear, fit.held_linear), (nonlinear, fit.held_nonlinear)):
        assert seen == pytest.approx(own * gram @ [0.3, 0.2, -0.1] + crossed * gram @ fit.left, rel=0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lam": np.array([0.1, 0.2])}, "single numbers"),
        ({"gamma_step": 0.0}, "gamma_step above 0"),
        ({"degree": 14}, "at least 14"),
    ],
)
def test_bad_requests(change, message):
    with pytest.raises(ValueError, match=message):
        finite_spike_risks(WORLD, replace(TEACHER, **change), dim=200)


def test_needs_networks():
    with pytest.raises(ValueError, match="does not learn in this world"):
        finite_spike_risks(WORLD, w2s.Ridge(0.5, 0.1), dim=200)


def test_closer_to_actual_networks_than_the_limit():
    world = w2s.MultiIndex(easy=[1.0, 0.3, 0.15], hard=[0.0, 0.0, 0.4], noise=0.2)
    teacher = w2s.TwoLayer(gamma_step=0.1, gamma=0.6, width=1.5, lam=0.05, degree=2)
    student = w2s.TwoLayer(
        0.3, 0.3, 2.0, 0.3, activation="tanh", degree=3, hard_degree=3, head="probe", gamma_probe=0.4
    )
    seen = w2s.simulate(world, teacher, student, seed=5, dim=100, repetitions=30, network="real").mean[1]
    assert seen == pytest.approx(finite_spike_risks(world, teacher, student, dim=100)[1], rel=0.08)
    assert seen > 1.8 * w2s.risks(world, teacher, student)[1]
