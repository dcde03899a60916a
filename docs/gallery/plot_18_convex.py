r"""
Logistic teachers: soft labels or hard ones?
============================================

In practice teacher and student are classifiers. A logistic teacher learns from labels that are drawn, and its
student from what it says: its probabilities (*soft* labels), its decisions (*hard* ones) or draws. What counts
is how often a sign is wrong. A convex loss learns what a ridge regression does with three numbers of its own
(:doc:`/theory/results/convex_map`), so every question of the other pages can be asked of it.

In the first world nothing tells directions apart; in the second the signal lies where the variance is.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression

import w2s_asymptotics as w2s

ISOTROPIC = w2s.Population.isotropic(signal=4.0, labels="logistic")
SPECTRUM = w2s.Population([1.0, 0.1], signal=[4.0, 0.0], weights=[0.2, 0.8], labels="logistic")
WORLDS = {"isotropic": ISOTROPIC, "signal where the variance is": SPECTRUM}
LAMS = np.geomspace(1e-3, 3.0, 21)
TEACHER = w2s.Convex(gamma=0.5, lam=0.02)


def student(lam: Any, labels: str, **arguments: Any) -> w2s.Convex:
    """A student with more rows than its teacher."""
    return w2s.Convex(gamma=0.4, lam=lam, labels=labels, **arguments)


def measured(roots: np.ndarray, beta: np.ndarray, lam: float, labels: str) -> float:
    """The student's zero-one error, fitted by scikit-learn to drawn rows: the mean of eight."""
    rng, errors = np.random.default_rng(3), []
    for _ in range(8):
        learned = beta
        for gamma, penalty, kind in ((0.5, 0.02, "sampled"), (0.4, lam, labels)):
            rows = rng.normal(size=(round(len(beta) / gamma), len(beta))) * roots
            share = 1 / (1 + np.exp(-rows @ learned))
            if kind == "sampled":
                share = (rng.random(len(share)) < share).astype(float)
            elif kind == "hard":
                share = (share > 0.5).astype(float)
            model = LogisticRegression(C=1 / (len(rows) * penalty), fit_intercept=False, tol=1e-8)
            both = np.r_[np.ones(len(rows)), np.zeros(len(rows))]
            model.fit(np.r_[rows, rows], both, sample_weight=np.r_[share, 1 - share] + 1e-12)
            learned = model.coef_[0]
        inner = (learned * roots) @ (beta * roots)
        errors.append(np.arccos(inner / np.linalg.norm(learned * roots) / np.linalg.norm(beta * roots)))
    return float(np.mean(errors) / np.pi)


# %%
# Soft or hard labels?
# --------------------
#
# Where directions are alike no student errs less often than its teacher, whatever the loss, the labels and the
# penalty (:doc:`/convex`). Soft labels lose least, and less the smaller the penalty: probabilities can be
# fitted exactly, with enough rows. Hard labels need their penalty. In the other world the student beats its
# teacher, with hard labels as with soft ones. Points are fits by scikit-learn at :math:`d = 100`.

dim = 100
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
        axes.semilogx(LAMS, w2s.error(world, TEACHER, student(LAMS, labels)), colour, label=f"{labels} labels")
        points = (0.01, 0.1, 1.0)
        axes.plot(points, [measured(*drawn[name], lam, labels) for lam in points], "o", color=colour)
    axes.axhline(w2s.error(world, TEACHER), color="black", linestyle="--", label="teacher")
    axes.set(title=name, xlabel=r"student's penalty $\lambda_s$", ylabel="zero-one error")
axes.legend(fontsize="small")

# %%
# Does a tuned teacher leave its student anything?
# ------------------------------------------------
#
# Over the teacher's penalty: its error, that of its best student of soft labels, and that of its best student
# whose penalty spares the strong directions. Mechanism 1 (a plain penalty makes up for the teacher's) and
# mechanism 2 (a penalty that knows where the signal is) look the same for logistic learners as for ridge ones
# on the same labels: the first has nothing left once the teacher is tuned, or little; the second has.

TEACHERS = np.geomspace(1e-3, 1.0, 9)
STUDENTS = np.geomspace(1e-3, 3.0, 11)
KNOWING = np.array([1.0, 10.0])
figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
for axes, kind in zip(panels, (w2s.Ridge, w2s.Convex), strict=True):
    teachers = kind(gamma=0.5, lam=TEACHERS[:, None])
    axes.semilogx(TEACHERS, w2s.error(SPECTRUM, teachers)[:, 0], "k--", label="teacher")
    for penalty, label in ((None, "best student"), (KNOWING, "best student, aligned penalty")):
        chain = w2s.error(SPECTRUM, teachers, kind(gamma=0.4, lam=STUDENTS, penalty=penalty))
        axes.semilogx(TEACHERS, chain.min(axis=1), label=label)
    axes.set(title=kind.__name__, xlabel=r"teacher's penalty $\lambda_t$", ylabel="zero-one error")
axes.legend(fontsize="small")

# %%
# Early stopping of the student, against its penalty
# --------------------------------------------------
#
# A student may stop early instead: gradient flow on the squared loss of the teacher's output, over one over its
# time, against ridge of the same output and the logistic loss of the teacher's probabilities, over their
# penalties.

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
# Noise before the teacher's decision turns labels near its boundary. Every student at its best penalty: the
# loss hardly matters, as what is left of a hard label's direction is the same for all of them; the hinge and
# the absolute loss are no more robust here than the squared one.

figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
NOISES = np.geomspace(0.03, 30.0, 7)
for loss in ("logistic", "squared", "hinge", "huber", "absolute"):
    grid = student(np.geomspace(1e-2, 10.0, 9)[:, None], "hard", loss=loss, noise=NOISES)
    axes.semilogx(NOISES, w2s.error(SPECTRUM, TEACHER, grid).min(axis=0), label=loss)
axes.axhline(w2s.error(SPECTRUM, TEACHER), color="black", linestyle="--", label="teacher")
axes.set(xlabel="variance of the noise before the sign", ylabel="zero-one error of the best student")
axes.legend(fontsize="small")
