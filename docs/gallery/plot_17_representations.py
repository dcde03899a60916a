r"""
Weak and strong representations: overlap, and the number of pseudo-labels
=========================================================================

A small model teaches a large one: teacher and student see different features of the same inputs, so what
the teacher gets wrong where the student is blind is not inherited. Here the coordinates are alike, the
teacher sees a share :math:`a` of them, the student a share :math:`b`, and both a share :math:`c`.
:doc:`/representations` has the closed form of this world, and real embeddings.
"""

import matplotlib.pyplot as plt
import numpy as np

import w2s_asymptotics as w2s

TEACHER, STUDENT = 0.4, 0.5  # shares a and b
SEEN_T, SEEN_S = [True, True, False, False], [True, False, True, False]


def world(overlap: float, student: float = STUDENT) -> w2s.Population:
    """Coordinates that both see, only the teacher, only the student, and neither; the signal is even."""
    shares = np.array([overlap, TEACHER - overlap, student - overlap, 1 - TEACHER - student + overlap])
    return w2s.Population(np.ones(4), shares, weights=shares, noise=0.6)


weak = w2s.Ridge(gamma=0.9, lam=0.01, features=SEEN_T)


def gain(overlap: float, strong: w2s.Ridge) -> float:
    before, after = w2s.risks(world(overlap), weak, strong)
    return float(before - after)


# %%
# Gain against overlap. At c = a the student sees all that its teacher sees: with hardly any penalty it then
# repeats its teacher, a tie, and with a penalty it gains. Where it is blind to a part of the teacher's
# coordinates it escapes the teacher's variance there, and learns nothing of the signal; with many
# pseudo-labels (small :math:`\gamma_s`) this pays, as the variance is larger, and with few it does not.
# Dots are measured, with bars of two standard errors.

OVERLAPS, MEASURED = np.linspace(0.0, TEACHER, 41), (0.0, 0.1, 0.2, 0.3, 0.4)
figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
for gamma_s, lam_s in ((0.8, 0.001), (0.1, 0.001), (0.1, 0.3)):
    strong = w2s.Ridge(gamma=gamma_s, lam=lam_s, features=SEEN_S)
    words = rf"$\gamma_s = {gamma_s:g}$, $\lambda_s = {lam_s:g}$"
    (line,) = axes.plot(OVERLAPS, [gain(each, strong) for each in OVERLAPS], label=words)
    runs = [w2s.simulate(world(each), weak, strong, dim=150, repetitions=40, seed=4) for each in MEASURED]
    gains = [run.mean[0] - run.mean[1] for run in runs]
    errors = [2 * float(np.hypot(*run.standard_error)) for run in runs]
    axes.errorbar(MEASURED, gains, errors, fmt="o", markersize=4, color=line.get_color())
axes.axhline(0.0, color="black", linewidth=0.8)
axes.set(xlabel="overlap $c$", ylabel="gain: teacher's risk minus student's")
legend = axes.legend(fontsize="small")

# %%
# Gain against the number of pseudo-labels, each student at its best penalty. Beyond a few of them per
# dimension more hardly help. Features that the teacher does not see only cost: of these coordinates the
# labels say nothing, and the student must learn from the rows that it can leave them alone. Dotted is the
# limit of many pseudo-labels, as derived: :math:`c m^2/(v + t^2 r^2) + u (m - t r^2)`.

COUNTS = np.geomspace(0.3, 30.0, 13)
theorem = w2s.derive("overlapping_features")


def kept(gamma: float, share: float, lam: float) -> float:
    """What is kept of a coordinate that is seen: lam = kappa (1 - share gamma t) with t = 1/(1 + kappa)."""
    return float(min(np.roots([gamma * share, -(1 + lam + gamma * share), 1.0]).real))


def most(overlap: float) -> float:
    """The derived gain of many pseudo-labels, each symbol by its name."""
    rest = TEACHER - overlap
    values = {
        "c": overlap,
        "u": rest,
        "t": kept(0.9, TEACHER, 0.01),
        "signal": 1.0,
        "gamma_t": 0.9,
        "noise_t": 0.6,
    }
    values |= {"e_c": overlap, "e_u": rest, "e_s": 0.0, "e_o": 1 - TEACHER}

    def value(name: str) -> float:
        form = theorem.forms[name]
        return float(form.subs({each: values[each.name] for each in form.free_symbols}))

    values["v"] = value("variance of the teacher")
    values["m"] = values["v"] - values["t"] * (1 - values["t"])
    return value("gain with many pseudo-labels")


kinds = (
    ("half of the teacher's", 0.2, 0.2),
    ("half of the teacher's, and as many others", 0.2, 0.4),
    ("the teacher's", 0.4, 0.4),
    ("all", 0.4, 1.0),
)
figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
for words, overlap, share in kinds:
    students = [w2s.Ridge(gamma=1 / count, lam=0.1, features=SEEN_S) for count in COUNTS]
    best = [w2s.tune(world(overlap, share), weak, each).risk for each in students]
    before = w2s.risk(world(overlap, share), weak)
    (line,) = axes.semilogx(COUNTS, [before - each for each in best], label=words)
    axes.axhline(most(overlap), color=line.get_color(), linestyle=":", linewidth=0.9)
axes.set_xlabel("pseudo-labels per dimension $n_s/d$")
axes.set_ylabel("gain at the best $\\lambda_s$")
axes.axhline(0.0, color="black", linewidth=0.8)
legend = axes.legend(title="the student sees", fontsize="small")

# %%
# What becomes of the teacher's variance, of which it has :math:`v` on every coordinate it sees: the part
# where the student is blind is not inherited, :math:`(a - c) v`; of the rest the student's shrinkage
# :math:`\theta` removes :math:`c (1 - \theta^2) v`.
# What it cannot explain makes variance of its own besides.
# (:math:`\theta = 1/(1 + \kappa_s)`; here :math:`\gamma_s = 0.1`, :math:`\lambda_s = 0.3`.)

theta = kept(0.1, STUDENT, 0.3)
blind, inherited = (TEACHER - OVERLAPS) / TEACHER, OVERLAPS * theta**2 / TEACHER
figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
parts = {"student is blind there": blind, "shrunk away": 1 - blind - inherited, "inherited": inherited}
axes.stackplot(OVERLAPS, *parts.values(), labels=list(parts), colors=("#4c78a8", "#9ecae9", "#f58518"))
axes.set(xlabel="overlap $c$", ylabel="share of the teacher's variance", xlim=(0, TEACHER), ylim=(0, 1))
legend = axes.legend(loc="center left", fontsize="small")
