r"""
Logistic teachers: soft labels or hard ones?
============================================

In practice teacher and student are classifiers. A logistic teacher learns from labels that are drawn, and
its student from what it says: its probabilities (*soft* labels), its decisions (*hard* ones) or draws. What
counts is how often a sign is wrong. A convex loss learns what a ridge regression does, with three numbers of
its own (:doc:`/theory/results/convex_map`), so every question of the other pages can be asked of it.

In the first world nothing tells directions apart; in the second the signal lies where the variance is.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.simulation.convex import fit_convex

ISOTROPIC = w2s.Population.isotropic(signal=4.0, labels="logistic")
SPECTRUM = w2s.Population([1.0, 0.1], signal=[4.0, 0.0], weights=[0.2, 0.8], labels="logistic")
WORLDS = {"isotropic": ISOTROPIC, "signal where the variance is": SPECTRUM}
LAMS = np.geomspace(1e-3, 3.0, 21)
TEACHER = w2s.Convex(gamma=0.5, lam=0.02)


def student(lam: Any, labels: str, **arguments: Any) -> w2s.Convex:
    """A student with more rows than its teacher."""
    return w2s.Convex(gamma=0.4, lam=lam, labels=labels, **arguments)


def measured(roots: np.ndarray, beta: np.ndarray, lam: float, labels: str) -> tuple[float, float]:
    """The student's zero-one error on drawn rows: mean and standard error of 24 fits."""
    rng, errors = np.random.default_rng(0), []
    for _ in range(24):
        learned = beta
        for gamma, penalty, kind in ((0.5, TEACHER.lam, "sampled"), (0.4, lam, labels)):
            rows = rng.normal(size=(round(len(beta) / gamma), len(beta))) * roots
            targets = np.tanh(rows @ learned / 2)  # 2 P - 1
            if kind != "soft":
                threshold = 2 * rng.random(len(rows)) - 1 if kind == "sampled" else 0.0
                targets = np.where(targets > threshold, 1.0, -1.0)
            learned = fit_convex(rows, targets, penalty, "logistic")
        one, other = learned * roots, beta * roots
        errors.append(np.arccos(one @ other / np.linalg.norm(one) / np.linalg.norm(other)) / np.pi)
    return float(np.mean(errors)), float(np.std(errors) / np.sqrt(len(errors)))


# %%
# Soft or hard labels?
# --------------------
#
# Where directions are alike no student errs less often than its teacher, whatever the loss, the labels and
# the penalty (:doc:`/convex`). Soft labels lose least, and less the smaller the penalty: probabilities can
# be fitted exactly, with enough rows. In the other world the student beats its teacher, with hard labels as
# with soft ones; labels drawn anew lose too much. Points are fits to drawn rows at :math:`d = 200`, with
# standard errors.

dim = 200
drawn = {
    "isotropic": (np.ones(dim), np.full(dim, 2 / np.sqrt(dim))),
    "signal where the variance is": (
        np.r_[np.ones(dim // 5), np.full(dim - dim // 5, np.sqrt(0.1))],
        np.r_[np.full(dim // 5, 2 / np.sqrt(dim // 5)), np.zeros(dim - dim // 5)],
    ),
}
figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for axes, (name, world) in zip(panels, WORLDS.items(), strict=True):
    for labels, colour in (("soft", "C0"), ("hard", "C1"), ("sampled", "C2")):
        axes.semilogx(
            LAMS, w2s.error(world, TEACHER, student(LAMS, labels)), colour, label=f"{labels} labels"
        )
        points = (0.01, 0.1, 1.0)
        means, errors = zip(*(measured(*drawn[name], lam, labels) for lam in points), strict=True)
        axes.errorbar(points, means, errors, fmt="o", color=colour)
    axes.axhline(w2s.error(world, TEACHER), color="black", linestyle="--", label="teacher")
    axes.set(title=name, xlabel=r"student's penalty $\lambda_s$", ylabel="zero-one error")
axes.legend(fontsize="small")

# %%
# Does a tuned teacher leave its student anything?
# ------------------------------------------------
#
# Over the teacher's penalty: its error, that of its best student of soft labels, and that of its best
# student whose penalty spares the strong directions. Logistic learners (right) look like ridge ones on the
# same labels (left). A student makes up for a teacher with too small a penalty, mechanism 1. A tuned
# teacher leaves little: some to a plain student, which shrinks the weak directions once more, and more to
# one whose penalty knows where the signal is, mechanism 2.

TEACHERS = np.geomspace(1e-3, 1.0, 9)
STUDENTS = np.geomspace(1e-3, 3.0, 11)
KNOWING = np.array([1.0, 10.0])
figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
FAMILIES: tuple[Any, Any] = (w2s.Ridge, w2s.Convex)
for axes, kind in zip(panels, FAMILIES, strict=True):
    teachers = kind(gamma=0.5, lam=TEACHERS[:, None])
    axes.semilogx(TEACHERS, w2s.error(SPECTRUM, teachers)[:, 0], "k--", label="teacher")
    for penalty, label in ((None, "best student"), (KNOWING, "best student, aligned penalty")):
        chain = w2s.error(SPECTRUM, teachers, kind(gamma=0.4, lam=STUDENTS, penalty=penalty))
        axes.semilogx(TEACHERS, chain.min(axis=1), label=label)
        print(f"{kind.__name__:<7} {label:<30} of any teacher {chain.min():.4f}")
    axes.set(title=kind.__name__, xlabel=r"teacher's penalty $\lambda_t$", ylabel="zero-one error")
    print(f"{kind.__name__:<7} {'teacher':<30} at its best   {w2s.error(SPECTRUM, teachers).min():.4f}")
axes.legend(fontsize="small")

# %%
# Where the mechanisms are not the same: in an isotropic world mechanism 1 lowers the *risk* of an under-
# regularised ridge teacher, by shrinking, but not its error, which no shrinking changes.

world, weak, strong = w2s.Population.isotropic(noise=0.5), w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(0.8, 0.3)
for name, question in (("risk", w2s.risk), ("error", w2s.error)):
    print(f"{name:<6} teacher {question(world, weak):.4f} student {question(world, weak, strong):.4f}")

# %%
# Early stopping of the student, against its penalty
# --------------------------------------------------
#
# A student may stop early instead: gradient flow on the squared loss of the teacher's output, over one over
# its time, against ridge of the same output and the logistic loss of the teacher's probabilities, over
# their penalties. Stopping early does a little better than either penalty: it tells strong directions from
# weak ones more sharply. All three improve on the teacher, by about as much.

figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
RATES = np.geomspace(3e-3, 3.0, 25)
for label, learner in (
    ("logistic, penalty", student(RATES, "soft")),
    ("squared, penalty", w2s.Ridge(gamma=0.4, lam=RATES)),
    ("squared, one over time", w2s.GradientFlow(gamma=0.4, time=1 / RATES)),
):
    errors = w2s.error(SPECTRUM, TEACHER, learner)
    axes.semilogx(RATES, errors, label=label)
    print(f"{label:<24} {errors.min():.4f}")
axes.axhline(w2s.error(SPECTRUM, TEACHER), color="black", linestyle="--", label="teacher")
axes.set(xlabel="penalty, or one over time", ylabel="zero-one error")
axes.legend(fontsize="small")

# %%
# What the loss does to label noise
# ---------------------------------
#
# Noise before the teacher's decision turns over labels near its boundary. Every student at its best
# penalty. Of clean decisions the logistic loss learns most, the hinge and the absolute loss least. Under
# much noise all are the same: their penalties are heavy, and a heavy penalty makes an averaging classifier
# of any loss. Huber's threshold hardly matters for labels of size 1: robust losses guard against labels
# that are far off, and there are none.

figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
NOISES = np.geomspace(0.03, 30.0, 7)
for loss in ("logistic", "squared", "hinge", "huber", "absolute"):
    grid = student(np.geomspace(1e-2, 10.0, 9)[:, None], "hard", loss=loss, noise=NOISES)
    axes.semilogx(NOISES, w2s.error(SPECTRUM, TEACHER, grid).min(axis=0), label=loss)
axes.axhline(w2s.error(SPECTRUM, TEACHER), color="black", linestyle="--", label="teacher")
axes.set(xlabel="variance of the noise before the sign", ylabel="zero-one error of the best student")
axes.legend(fontsize="small")
