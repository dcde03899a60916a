r"""
Mechanism 2: a penalty aligned with the target
==============================================

In an isotropic world no student improves on a teacher at its best penalty. Where the target prefers some
directions, a student whose penalty follows it does. Here two blocks of equal size hold a tenth and nine
tenths of the signal; the teacher has :math:`\Gamma_t = I` at its best penalty, the student weighs the blocks
:math:`1 + a` and :math:`1 - a`, whose alignment is :math:`a`.

Points are the estimators themselves, fitted on drawn data (the same for teacher and student, so that the
error of the gain is that of the difference). :doc:`/theory/results/alignment` derives the criterion,
:doc:`/theory/results/aligned_student` what the best weights gain.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.gain import gain
from w2s_asymptotics.report.plots import alignment_curves
from w2s_asymptotics.simulation.estimators import Penalty, fit_ridge

SHARE, NOISE, GAMMA_T, GAMMA_S = 0.1, 1.0, 0.5, 0.3
LAMS = (0.05, 0.2, 0.6)
DIM, REPETITIONS, NEARLY_ZERO = 200, 60, 1e-6
WORLD = w2s.Population([1, 1], signal=[SHARE, 1 - SHARE], noise=NOISE)
TEACHER = w2s.Ridge(gamma=GAMMA_T, lam=GAMMA_T * NOISE)


def weights(alignment: float) -> Any:
    """The student's weights on the two blocks: 1 + a and 1 - a."""
    return np.clip([1 + alignment, 1 - alignment], NEARLY_ZERO, None)


def student(alignment: float, lam: float) -> w2s.Ridge:
    """The student of this alignment."""
    return w2s.Ridge(gamma=GAMMA_S, lam=lam, penalty=weights(alignment))


# %%
# What the library says of this teacher, atom by atom, and of a student with the aligned penalty:

aligned = w2s.Ridge(gamma=GAMMA_S, lam=0.05, penalty=w2s.aligned_penalty(WORLD))
w2s.compare(WORLD, TEACHER, aligned)

# %%
# Gains on drawn data, by (repetition, penalty, alignment).


def measured(alignments: Any) -> Any:
    """Gains of the fitted estimators."""
    rng = np.random.default_rng(2026)
    block = np.repeat([0, 1], DIM // 2)
    target = np.sqrt(2 * np.array(WORLD.signal)[block] / DIM)
    gains = np.empty((REPETITIONS, len(LAMS), len(alignments)))
    for repetition in range(REPETITIONS):
        rows = rng.standard_normal((round(DIM / GAMMA_T), DIM))
        labels = rows @ target + np.sqrt(NOISE) * rng.standard_normal(len(rows))
        teacher = fit_ridge(rows, labels, TEACHER.lam, Penalty.of(None))
        fresh = rng.standard_normal((round(DIM / GAMMA_S), DIM))
        for place, alignment in enumerate(alignments):
            penalty = Penalty.of(weights(alignment)[block])
            for row, lam in enumerate(LAMS):
                learned = fit_ridge(fresh, fresh @ teacher, lam, penalty)
                gains[repetition, row, place] = ((teacher - target) ** 2 - (learned - target) ** 2).sum()
    return gains


fine, coarse = np.linspace(-1, 1, 201), np.linspace(-1, 1, 9)
found = w2s.alignment(WORLD, TEACHER)
assert np.allclose([found.share(student(a, 0.0)) for a in fine], fine, atol=1e-5)  # a is the alignment
curves = [(rf"$\lambda_s = {lam}$", [gain(WORLD, TEACHER, student(a, lam)) for a in fine]) for lam in LAMS]
drawn = measured(coarse)
mean, error = drawn.mean(axis=0), drawn.std(axis=0, ddof=1) / np.sqrt(REPETITIONS)
theory = np.array([[gain(WORLD, TEACHER, student(a, lam)) for a in coarse] for lam in LAMS])
print(f"largest |z| of {mean.size} points: {np.abs((mean - theory) / error).max():.1f}")

# %%
# The most that any weights can gain: each atom of the teacher's coefficients shrunk by its own best factor.

state = w2s.learned(WORLD, TEACHER).equivalent
norm, overlap = state.multiplier**2 * WORLD.signal + state.covariance, state.multiplier * WORLD.signal
bound = float((np.maximum(norm - overlap, 0) ** 2 / norm).sum())

figure, axes = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
points = [(coarse, *row) for row in zip(mean, error, strict=True)]
alignment_curves(fine, curves, points, bound, axes)
axes.set_title(rf"An optimal teacher ($\Gamma_t = I$) and its student, $\gamma_s = {GAMMA_S}$", fontsize=10)
