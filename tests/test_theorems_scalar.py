"""The scalar theorems of the isotropic world: steps hold, tampering fails, brute force finds the same.

The brute force uses nothing but the stage map in floating point: kappa from its quadratic, the Gaussian
equivalent of the teacher and of the student, and their risks on grids of penalties.
"""

import random
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from sympy.core.relational import Relational

from w2s_asymptotics.chains import derive
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, LimitOf, SameSign, Solves, as_difference
from w2s_asymptotics.proof.derivation import Outcome, VerificationError
from w2s_asymptotics.proof.domain import Domain, insert, positive, within
from w2s_asymptotics.theorems import marchenko_pastur as resolvents
from w2s_asymptotics.theorems.chain_recursion import incoming_risk, student_risk
from w2s_asymptotics.theorems.compensation import closed_forms
from w2s_asymptotics.theorems.optimal_student import stationary_polynomial

NAMES = ("chain_recursion", "overlap_gap", "optimal_teacher", "threshold", "compensation", "optimal_student")


# Derivations.


@pytest.mark.parametrize("name", NAMES)
def test_verification_names_the_step_that_is_a_little_off(name):
    original = derive(name)
    trusted = replace(original, steps=tuple(replace(each, check=Trusted(each.check)) for each in original))
    for step in original:
        changed = trusted.with_step(step.name, after=shifted(step.after), check=step.check)
        with pytest.raises(VerificationError, match=f"{name}/{step.name} "):
            changed.verify()


class Trusted:
    """Stands in for the checks of the other steps, which another test runs."""

    def __init__(self, check):
        self.check = check

    def __getattr__(self, name):
        return getattr(self.check, name)

    def run(self, before, after, seed):
        return Outcome(True, "taken on trust")

    def describe(self):
        return "taken on trust"

    def covers(self, symbol):
        return sp.Interval.open(0, sp.oo)


def shifted(claim):
    """A relation with one side shifted, or a shifted expression."""
    if isinstance(claim, sp.And):
        return sp.And(shifted(claim.args[0]), *claim.args[1:], evaluate=False)
    if isinstance(claim, sp.core.relational.Relational):
        left, right = claim.lhs, claim.rhs
        if claim.lhs.is_Symbol or isinstance(claim.lhs, sp.core.function.AppliedUndef) or right != 0:
            return type(claim)(left, shifted(right), evaluate=False)
        return type(claim)(left, sp.Rational(1, 100), evaluate=False)
    return claim + sp.Rational(1, 100)


# Mutations: one small change anywhere in a step, and its check fails.

SCALAR = (DerivativeOf, Identity, LimitOf, SameSign, Solves)
RELATIONS = (sp.Lt, sp.Le, sp.Gt, sp.Ge, sp.Eq)


def parts(expression, path=()):
    """Every part of an expression, with the way to it."""
    yield path, expression
    for place, part in enumerate(expression.args):
        if isinstance(part, sp.Basic):
            yield from parts(part, (*path, place))


def put(expression, path, part):
    """The expression with one part replaced."""
    if not path:
        return part
    args = list(expression.args)
    args[path[0]] = put(args[path[0]], path[1:], part)
    keeps = {"evaluate": False} if isinstance(expression, (Relational, sp.And)) else {}
    return expression.func(*args, **keeps)


def mutations(claim):
    """A term scaled, turned round or dropped, a power raised, another relation, one part of a conjunction."""
    if isinstance(claim, sp.Expr):
        yield claim * sp.Rational(21, 20)
        yield -claim
        yield claim + sp.Rational(1, 100)
    if isinstance(claim, sp.And):
        yield from claim.args
    for path, part in parts(claim):
        if isinstance(part, Relational):
            sides = part.args
            yield from (
                put(claim, path, kind(*sides, evaluate=False))
                for kind in RELATIONS
                if kind is not type(part) and not (kind is sp.Eq and not path)
            )
            yield put(claim, path, sp.Eq(*sides, evaluate=False))
        if isinstance(part, sp.Add):
            for term in part.args:
                for change in (-2 * term, -term, term / 20):
                    yield put(claim, path, part + change)
        if isinstance(part, sp.Pow) and part.exp.is_number:
            yield put(claim, path, part.base ** (part.exp + 1))
        if isinstance(part, sp.Mul) and not path:
            yield from (put(claim, path, part * factor) for factor in part.args)


def drawn(claim, size, seed):
    """A few of the mutations, the other relations among them."""
    found = [each for each in dict.fromkeys(mutations(claim)) if each not in (claim, sp.true, sp.false)]
    others = [each for each in found if isinstance(each, Relational) and each.args == claim.args]
    rest = [each for each in found if each not in others]
    return others + random.Random(seed).sample(rest, min(size, len(rest)))


def agree(claim, other, given):
    """Whether two claims are one and the same function at random places."""
    if isinstance(claim, (Relational, sp.And)) and type(claim) is not type(other):
        return False
    difference = as_difference(claim) - as_difference(other)
    for old, new in given.items():
        difference = difference.subs(old, new)
    draw = random.Random(7)
    for _ in range(3):
        place = {
            each: sp.Rational(draw.randint(10, 99), draw.randint(10, 99))
            for each in sorted(difference.free_symbols, key=str)
        }
        if abs(sp.N(difference.subs(place), 30)) > 1e-20:
            return False
    return True


def says_the_same(step, before, given):
    """Whether a mutated ``before`` is the same premise; what is added or divided may not matter."""
    if isinstance(step.check, DerivativeOf) and not isinstance(before, Relational):
        return sp.simplify(sp.diff(insert(before - step.before, given), step.check.along)) == 0
    if isinstance(step.check, Solves):
        changed, original = (sp.numer(sp.cancel(as_difference(each))) for each in (before, step.before))
        return sp.cancel(changed / original).is_number
    return agree(step.before, before, given)


@pytest.mark.parametrize(
    ("name", "afters", "befores"),
    [
        *((name, 4, 2) for name in ("marchenko_pastur", *NAMES)),
        *(pytest.param(name, 10, 4, marks=pytest.mark.sweep) for name in ("marchenko_pastur", *NAMES)),
    ],
)
def test_a_mutated_step_fails(name, afters, befores):
    for step in derive(name):
        if not isinstance(step.check, SCALAR):
            continue
        given = getattr(step.check, "given", {})
        claims = [(step.before, after) for after in drawn(step.after, afters, step.name)]
        if not isinstance(step.check, LimitOf):
            claims += [(before, step.after) for before in drawn(step.before, befores, step.name)]
        for before, after in claims:
            if step.check.run(before, after, 0).passed:
                same = says_the_same(step, before, given) and agree(step.after, after, given)
                assert same, (step.name, before, after)


def stated(name, step):
    return next(each for each in derive(name) if each.name == step)


@pytest.mark.parametrize(
    ("name", "step", "root"),
    [
        ("marchenko_pastur", "solve for kappa", -1),
        ("marchenko_pastur", "state the effective regularisation", -1),
        ("threshold", "lowest", -1),
        ("compensation", "upper_root", -1),
        ("compensation", "lower_root", 1),
    ],
)
def test_the_other_root_is_refused(name, step, root):
    step = stated(name, step)
    unknown = step.after.lhs
    others = [each for each in sp.solve(step.before, unknown) if sp.simplify(each - step.after.rhs) != 0]
    (other,) = others
    outcome = step.check.run(step.before, sp.Eq(unknown, other), 0)
    assert not outcome.passed and "root" in outcome.detail


@pytest.mark.parametrize("step", ["eliminate kappa", "differentiate"])
def test_what_is_eliminated_or_differentiated_depends_on_the_equation(step):
    step = stated("marchenko_pastur", step)
    changed = step.before.subs(resolvents.GAMMA, 2 * resolvents.GAMMA)
    if changed == step.before:
        changed = step.before.subs(resolvents.K, 2 * resolvents.K)
    assert step.run().passed and not step.check.run(changed, step.after, 0).passed


def test_risks_are_read_off_the_recursion():
    rho, q = sp.symbols("rho q", positive=True)
    assert incoming_risk() == symbol("signal") - 2 * rho + q
    assert student_risk(0, 0) == symbol("signal") and student_risk(1, 1) == incoming_risk()


# Checks: each can fail.

w, x, y, z = sp.symbols("w x y z", positive=True)
u = sp.Symbol("u", real=True)
n = sp.Symbol("n", integer=True, nonnegative=True)
sequence = sp.Function("q")


@pytest.mark.parametrize(
    ("check", "before", "good", "bad"),
    [
        (Identity(), (x + 1) ** 2, x**2 + 2 * x + 1, x**2 + 2 * x),
        (Identity({y: x**2}), y - 1, (x - 1) * (x + 1), (x - 1) * (x + 2)),
        (Solves(which="largest"), sp.Eq(x**2, y), sp.Eq(x, sp.sqrt(y)), sp.Eq(x, y)),
        (Solves(which="largest"), sp.Eq(x**2, y), sp.Eq(x, sp.sqrt(y)), x),
        (Solves(which="largest"), sp.Eq(u**2, y), sp.Eq(u, sp.sqrt(y)), sp.Eq(u, -sp.sqrt(y))),
        (Solves(which="smallest"), sp.Eq(u**2, y), sp.Eq(u, -sp.sqrt(y)), sp.Eq(u, sp.sqrt(y))),
        (Solves(which="only positive"), sp.Eq(u**2, y), sp.Eq(u, sp.sqrt(y)), sp.Eq(u, -sp.sqrt(y))),
        (Solves(), sp.Eq(2 * x, y), sp.Eq(x, y / 2), sp.Eq(x, y - x)),
        (Identity(), sp.Lt(x, y), sp.Lt(x - y, 0), sp.Le(x - y, 0)),
        (
            DerivativeOf(y, x, {z: x, y: x**2}, function=z, slope=w),
            sp.Eq(z**2, y),
            sp.Eq(w, 1 / (2 * z)),
            sp.Eq(w, 1 / z),
        ),
        (SameSign(x + sp.sqrt(y)), sp.Lt(x**2, y), sp.Lt(x, sp.sqrt(y)), sp.Le(x, sp.sqrt(y))),
        (SameSign(x + sp.sqrt(y)), sp.Le(x**2, y), sp.Le(x, sp.sqrt(y)), sp.Lt(x, sp.sqrt(y))),
        (SameSign(x + sp.sqrt(y)), sp.Lt(x**2, y), sp.Lt(x, sp.sqrt(y)), sp.Eq(x, sp.sqrt(y))),
        (
            SameSign(sp.S.One, positive=within(z, 1, 2)),
            sp.Lt((x - 1) * (x - z), 0),
            sp.And(sp.Lt(1, x), sp.Lt(x, z)),
            sp.And(sp.Lt(1, x), sp.Lt(x, z + 1)),
        ),
        (SameSign(sp.S.One), sp.Lt((x - y) * (x - z), 0), sp.Lt((x - z) * (x - y), 0), sp.And(y < x, x < z)),
        (SameSign(y), sp.Gt(x * y, y), sp.Gt(x, 1), sp.Gt(x, 2)),
        (SameSign(y), sp.Gt(x * y, y), sp.Gt(x, 1), sp.Lt(x, 1)),
        (SameSign(y - 1), sp.Gt(x * (y - 1), 0), sp.Gt(x, sp.Integer(1) - 1, evaluate=False), sp.Lt(x, 1)),
        (Identity(positive=Domain()), x * (x + y), x**2 + x * y, x**2),
        (Identity(positive=within(x, 1, sp.oo)), x - 1, x - 1, x),
        (Identity(positive=within(x, 1, sp.oo)), x - 1, x - 1, x - 2),
        (LimitOf(x, sp.oo, ({y: 2},)), (x * y + 1) / x, y, y + sp.Rational(1, 1000)),
        (LimitOf(x, 0, ({y: 2},)), (x + y) / (1 + x), y, 2 * y),
        (DerivativeOf(x, y, {x: y**2}), x**3, 3 * x**2, 2 * x**2),
        (
            Solves(start=x),
            sp.Eq(sequence(n), 2 * sequence(n - 1)),
            sp.Eq(sequence(n), 2**n * x),
            sp.Eq(sequence(n), n * x),
        ),
        (
            Solves(start=x),
            sp.Eq(sequence(n), 2 * sequence(n - 1)),
            sp.Eq(sequence(n), 2**n * x),
            sp.Le(sequence(n), 2**n * x),
        ),
        (
            Solves(start=x),
            sp.Eq(sequence(n), 2 * sequence(n - 1)),
            sp.Eq(sequence(n), 2**n * x),
            sp.Eq(sequence(n), 2**n * x + sp.prod([n - k for k in range(7)])),
        ),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "run") else "",
)
def test_a_check_can_fail(check, before, good, bad):
    assert check.describe()
    if not (isinstance(check, SameSign) and check.factor == y - 1):
        assert check.run(before, good, 0).passed
    assert not check.run(before, bad, 0).passed


def test_an_equation_with_several_roots_must_say_which():
    outcome = Solves().run(sp.Eq(x**2, y), sp.Eq(x, sp.sqrt(y)), 0)
    assert not outcome.passed and "several roots" in outcome.detail
    cubic = sp.Eq((x - 1) * (x - 2) * (x + y), 0)
    assert not Solves(which="only positive").run(cubic, sp.Eq(x, 2), 0).passed


def test_a_factor_that_changes_sign_licenses_nothing():
    outcome = SameSign(y - 1).run(sp.Gt((x - 2) * (y - 1), 0), sp.Gt(x, 2), 0)
    assert not outcome.passed and "positive" in outcome.detail


def test_two_roots_are_told_apart_wherever_the_domain_reaches():
    equation = sp.Eq((x - 1) * (x - y), 0)
    assert not Solves(which="only positive").run(equation, sp.Eq(x, 1), 0).passed
    signs = sp.Eq((x - 1) * (x + y - 100), 0)
    assert not Solves(which="only positive", domain=positive(y)).run(signs, sp.Eq(x, 1), 0).passed
    assert Solves(which="only positive", domain=within(y, 100, sp.oo)).run(signs, sp.Eq(x, 1), 0).passed


def test_a_domain_must_be_swept_whole():
    half = within(x, 0, 2)
    half = Domain(half.conditions, {x: 1 / (1 + y)}, half.back)
    assert "does not reach every place" in Identity(positive=half).run(x, x, 0).detail
    assert not SameSign(x, positive=half).run(sp.Gt(x**2, 0), sp.Gt(x, 0), 0).passed
    whole = within(x, 0, 2)
    unproved = Domain((), whole.sweep, {next(iter(whole.back)): (2 - x) / x})
    assert "need not be positive" in Identity(positive=unproved).run(x, x, 0).detail


def test_what_may_vanish_is_not_positive():
    closed = within(x, 1, sp.oo, "low")
    assert not Identity(positive=closed).run(x - 1, x - 1, 0).passed
    assert Identity(positive=closed, strict=False).run(x - 1, x - 1, 0).passed
    assert not Identity(positive=closed, strict=False).run(x - 2, x - 2, 0).passed


# Brute force.


def stage(gamma, lam, noise, multiplier, bias, covariance):
    """The ridge map of Gaussian equivalents in floating point, signal 1."""
    a = 1 - gamma - lam
    root = np.hypot(a, 2 * np.sqrt(lam))
    larger = (np.abs(a) + root) / 2
    with np.errstate(invalid="ignore"):
        kappa, omega = np.where(a < 0, (larger, lam / larger), (lam / larger, larger))
    S, K = 1 / (1 + kappa), kappa / (1 + kappa)
    tau2 = (noise + K**2 * (multiplier**2 + covariance)) / (omega + gamma * K * S)
    return S * multiplier, K + S * bias, S**2 * covariance + gamma * S**2 * tau2


def risk_of(equivalent):
    return equivalent[1] ** 2 + equivalent[2]


def ratio_of(equivalent):
    """q/rho, from q - rho = c - b M without cancellation."""
    multiplier, bias, covariance = equivalent
    return 1 + (covariance - bias * multiplier) / multiplier


def draw_teachers(rng, size):
    gamma_t, lam_t = (np.exp(rng.uniform(-2.5, 2.5, size)) for _ in range(2))
    noise = np.exp(rng.uniform(-4, 3, size))
    lam_t *= np.exp(rng.uniform(-6, 0, size))
    return gamma_t, lam_t, noise, stage(gamma_t, lam_t, noise, 1.0, 0.0, 0.0)


def one_by_one(teachers):
    gamma_t, lam_t, noise, equivalent = teachers
    return zip(gamma_t, lam_t, noise, zip(*equivalent, strict=True), strict=True)


LAMS = np.geomspace(1e-9, 1e9, 241)


def wins_on_grid(gamma_s, teacher, lams):
    """Gain relative to the teacher's risk, NaN where rounding could decide."""
    student = stage(gamma_s, lams, 0.0, *teacher)
    gain = risk_of(teacher) - risk_of(student)
    return np.where(np.abs(gain) > 1e-11 * (1 + risk_of(teacher)), gain, np.nan)


def numeric(name):
    return sp.lambdify((sp.Symbol("Q", positive=True), symbol("gamma", "s")), closed_forms()[name], "numpy")


def test_compensation_against_brute_force():
    rng = np.random.default_rng(20)
    forms = {name: numeric(name) for name in closed_forms()}
    seen = set()
    for gamma_t, lam_t, noise, teacher in one_by_one(draw_teachers(rng, 1500)):
        gamma_s = 1.0 if rng.random() < 0.1 else np.exp(rng.uniform(-2.5, 2.5))
        Q = ratio_of(teacher)
        gain = wins_on_grid(gamma_s, teacher, LAMS)
        if lam_t >= gamma_t * noise:
            case, low, high = "a", np.inf, np.inf
        elif Q >= 2:
            case, low, high = "all", 0.0, np.inf
            assert risk_of(teacher) >= 1
        elif gamma_s < 1:
            case, low = "b", 0.0
            high = forms["lam_bar" if Q >= 4 / 3 else "lam_bar_below"](Q, gamma_s)
        elif forms["min_t"](Q, gamma_s) < Q:
            case, low, high = "c", forms["lam_lo"](Q, gamma_s), forms["lam_hi"](Q, gamma_s)
            assert low * high == pytest.approx((gamma_s - 1) ** 2, rel=1e-9)
            ends = np.array([low, high])[np.array([low, high]) > 0]
            over, under = (wins_on_grid(gamma_s, teacher, ends * hair) for hair in (1 + 1e-4, 1 - 1e-4))
            if high > low * 1.01 and np.isfinite([over, under]).all():
                assert over[-1] < 0 < under[-1] and (low == 0 or under[0] < 0 < over[0])
        else:
            case, low, high = "c, none", np.inf, np.inf
        seen.add((case, gamma_s == 1.0))
        expected = (low < LAMS) & (high > LAMS)
        near = [np.abs(LAMS / end - 1) < 1e-6 for end in (low, high) if end > 0]
        clear = np.isfinite(gain) & ~np.any([*near, np.zeros(LAMS.shape, bool)], axis=0)
        assert ((gain > 0) == expected)[clear].all(), (case, gamma_t, lam_t, noise, gamma_s, Q)
    assert {
        ("a", False),
        ("all", False),
        ("b", False),
        ("c", False),
        ("c, none", False),
        ("c", True),
        ("c, none", True),
    } <= seen


def test_ridgeless_student_of_an_overparameterised_stage_wins_only_against_a_teacher_worse_than_zero():
    rng = np.random.default_rng(3)
    for *_, teacher in one_by_one(draw_teachers(rng, 500)):
        gain = wins_on_grid(1 + np.exp(rng.uniform(-3, 3)), teacher, np.array([1e-14]))[0]
        assert np.isnan(gain) or (gain > 0) == (risk_of(teacher) > 1) or abs(risk_of(teacher) - 1) < 1e-6


@pytest.mark.parametrize("gamma_s", [0.2, 0.9, 1.1, 5.0])
def test_upper_end_grows_without_bound_and_the_lower_closes(gamma_s):
    lam_hi = numeric("lam_hi")(2 - 1e-8, gamma_s)
    lam_lo = numeric("lam_lo")(2 - 1e-8, gamma_s)
    assert lam_hi > 1e7 and lam_lo < 1e-5


def test_two_forms_of_lam_bar_agree():
    Q = np.linspace(1.01, 1.99, 50)
    for gamma in (0.01, 0.5, 0.99):
        np.testing.assert_allclose(
            numeric("lam_bar")(Q, gamma), numeric("lam_bar_below")(Q, gamma), rtol=1e-9
        )


@pytest.mark.parametrize("gamma", [0.3, 1.0, 2.5])
def test_least_threshold_is_the_least(gamma):
    t = sp.lambdify(
        symbol("kappa", "s"), derive("threshold").result.subs(symbol("gamma", "s"), gamma), "numpy"
    )
    kappa = max(gamma - 1, 0) + np.geomspace(1e-9, 1e9, 200001)
    lowest = {0.3: 1.0, 1.0: 4 / 3, 2.5: 4 / (3 - np.sqrt(0.6))}[gamma]
    assert t(kappa).min() == pytest.approx(lowest, rel=1e-7)
    assert (t(kappa) > 1).all() and (t(kappa) < 2 + 1e-12).all()
    assert (
        kappa[np.argmin(t(kappa))] == pytest.approx(gamma - 1 + np.sqrt(gamma * max(gamma - 1, 0)), rel=1e-3)
        or gamma <= 1
    )


def test_overlap_gap_and_best_teacher_against_brute_force():
    rng = np.random.default_rng(8)
    gamma, lam, noise, teacher = draw_teachers(rng, 3000)
    kappa = teacher[1] / teacher[0]
    form = derive("overlap_gap").forms["kappa"].subs(symbol("signal"), 1)
    gap = sp.lambdify([symbol(name) for name in ("gamma", "kappa", "lam", "noise")], form, "numpy")(
        gamma, kappa, lam, noise
    )
    direct = teacher[0] * (ratio_of(teacher) - 1)
    np.testing.assert_allclose(gap, direct, rtol=1e-7, atol=1e-12)
    for each_gamma, each_noise in zip(gamma[:200], noise[:200], strict=True):
        best = each_gamma * each_noise
        around = risk_of(stage(each_gamma, best * np.geomspace(1e-3, 1e3, 301), each_noise, 1.0, 0.0, 0.0))
        assert (np.diff(around)[:150] < 0).all() and (np.diff(around)[150:] > 0).all()
        at_best = stage(each_gamma, best, each_noise, 1.0, 0.0, 0.0)
        assert risk_of(at_best) == pytest.approx(at_best[1], rel=1e-12)


def test_best_student_is_the_one_root_of_the_polynomial():
    rng = np.random.default_rng(5)
    polynomial = stationary_polynomial()
    order = [
        sp.Symbol("rho", positive=True),
        sp.Symbol("q", positive=True),
        symbol("gamma", "s"),
        symbol("noise", "s"),
    ]
    coefficients = sp.lambdify(order, polynomial.all_coeffs(), "numpy")
    inner = outer = 0
    for multiplier, bias, covariance in np.stack(draw_teachers(rng, 400)[3], -1):
        gamma, noise = np.exp(rng.uniform(-2, 2)), rng.choice([0.0, np.exp(rng.uniform(-4, 2))])
        rho, q = multiplier, multiplier * ratio_of((multiplier, bias, covariance))
        roots = np.roots(coefficients(rho, q, gamma, noise))
        real = roots[np.abs(roots.imag) < 1e-9 * np.abs(roots)].real
        real = real[real > max(gamma - 1, 0.0) * (1 + 1e-9)]
        lams = np.geomspace(1e-8, 1e8, 3201)
        risks = risk_of(stage(gamma, lams, noise, multiplier, bias, covariance))
        pull = gamma * noise / (1 - gamma) ** 2 if gamma < 1 else gamma**2 * noise / (1 - gamma) ** 2
        if abs(rho - q - pull) < 1e-4 * q:
            continue
        if rho - q > pull:
            outer += 1
            assert real.size == 0 and np.argmin(risks) < 1600 and risks[0] <= risks.min() * (1 + 1e-7)
            continue
        inner += 1
        assert real.size == 1
        best = real[0] * (1 - gamma / (1 + real[0]))
        at_best = risk_of(stage(gamma, best, noise, multiplier, bias, covariance))
        assert at_best <= risks.min() * (1 + 1e-9)
        if noise == 0.0:
            gain_form = derive("optimal_student").forms["gain"].subs(symbol("noise", "s"), 0)
            predicted = float(gain_form.subs({order[1]: q, order[2]: gamma, symbol("kappa", "s"): real[0]}))
            assert predicted == pytest.approx(
                risk_of((multiplier, bias, covariance)) - at_best, abs=1e-8 * (1 + q)
            )
    assert inner > 100 and outer > 20


@pytest.mark.parametrize("noise", [0.0, 0.4])
def test_best_student_at_both_ends_of_gamma(noise):
    teacher = stage(0.8, 0.01, 0.5, 1.0, 0.0, 0.0)
    rho, q = teacher[0], teacher[0] * ratio_of(teacher)
    lams = np.geomspace(1e-4, 1e4, 4001)
    plenty = risk_of(stage(1e-7, lams, noise, *teacher))
    assert risk_of(teacher) - plenty.min() == pytest.approx((q - rho) ** 2 / q, rel=1e-4)
    assert lams[plenty.argmin()] == pytest.approx(q / rho - 1, rel=1e-2)
    gamma = 1e6
    scarce = risk_of(stage(gamma, gamma * lams, noise, *teacher))
    assert gamma * (1 - scarce.min()) == pytest.approx(rho**2 / (q + noise), rel=1e-3)
    assert lams[scarce.argmin()] == pytest.approx((q + noise) / rho - 1, rel=2e-2)


def test_many_generations_reach_the_fixed_point():
    gamma, lam, noise = 0.7, 0.2, 0.3
    equivalent = stage(gamma, lam, 1.0, 1.0, 0.0, 0.0)
    for _ in range(400):
        equivalent = stage(gamma, lam, noise, *equivalent)
    kappa = stage(gamma, lam, noise, 1.0, 0.0, 0.0)
    limit = derive("chain_recursion").forms["energy after many generations"]
    values = {symbol("gamma"): gamma, symbol("kappa"): kappa[1] / kappa[0], symbol("noise"): noise}
    assert equivalent[0] == pytest.approx(0.0, abs=1e-12)
    assert equivalent[2] == pytest.approx(float(limit.subs(values)), rel=1e-10)


@pytest.mark.parametrize(("Q", "ridgeless_is_best"), [(1.2, True), (1.32, True), (1.35, False), (1.7, False)])
def test_best_student_at_gamma_one_is_ridgeless_until_four_thirds(Q, ridgeless_is_best):
    multiplier = 0.5
    teacher = (multiplier, 1 - multiplier, multiplier * Q - multiplier**2)
    assert ratio_of(teacher) == pytest.approx(Q)
    risks = risk_of(stage(1.0, np.geomspace(1e-12, 1e3, 2001), 0.0, *teacher))
    assert (risks.argmin() == 0) == ridgeless_is_best
