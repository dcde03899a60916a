"""Draw docs/alignment.png: the gain over an optimally tuned teacher against the alignment of the penalty.

Two blocks of equal size hold a tenth and nine tenths of the signal; the teacher has Gamma_t = I at its best
penalty, the student weighs the blocks 1 + a and 1 - a, whose alignment is a. Points are the estimators
themselves, fitted on drawn data (the same for teacher and student, so that the error of the gain is that of
the difference).

Run as ``python docs/make_alignment_figure.py``; it takes about a minute.
"""

from pathlib import Path
from typing import Any

import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.evaluate.gain import gain
from w2s_asymptotics.report.plots import alignment_curves, new_axes, save
from w2s_asymptotics.simulation.fit import Penalty, fit_ridge

SHARE, NOISE, GAMMA_T, GAMMA_S = 0.1, 1.0, 0.5, 0.3
LAMS = (0.05, 0.2, 0.6)
DIM, REPETITIONS, NEARLY_ZERO = 200, 60, 1e-6
WORLD = w2s.Population([1, 1], signal=[SHARE, 1 - SHARE], noise=NOISE)
TEACHER = w2s.Ridge(GAMMA_T, GAMMA_T * NOISE)


def weights(alignment: float) -> Any:
    """The student's weights on the two blocks: 1 + a and 1 - a."""
    return np.clip([1 + alignment, 1 - alignment], NEARLY_ZERO, None)


def student(alignment: float, lam: float) -> w2s.Ridge:
    """The student of this alignment."""
    return w2s.Ridge(GAMMA_S, lam, penalty=weights(alignment))


def measured(alignments: Any) -> Any:
    """Gains on drawn data, by (repetition, penalty, alignment)."""
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


def main() -> None:
    """Draw and save."""
    fine, coarse = np.linspace(-1, 1, 201), np.linspace(-1, 1, 9)
    found = w2s.alignment(WORLD, TEACHER)
    assert np.allclose([found.share(student(a, 0.0)) for a in fine], fine, atol=1e-5)
    curves = [
        (rf"$\lambda_s = {lam}$", [gain(WORLD, TEACHER, student(a, lam)) for a in fine]) for lam in LAMS
    ]
    drawn = measured(coarse)
    mean, error = drawn.mean(axis=0), drawn.std(axis=0, ddof=1) / np.sqrt(REPETITIONS)
    theory = np.array([[gain(WORLD, TEACHER, student(a, lam)) for a in coarse] for lam in LAMS])
    print(f"largest |z| of {mean.size} points: {np.abs((mean - theory) / error).max():.1f}")
    state = w2s.learned(WORLD, TEACHER).equivalent
    norm, overlap = state.multiplier**2 * WORLD.signal + state.covariance, state.multiplier * WORLD.signal
    bound = float((np.maximum(norm - overlap, 0) ** 2 / norm).sum())
    axes = alignment_curves(
        fine,
        curves,
        [(coarse, *row) for row in zip(mean, error, strict=True)],
        bound,
        new_axes(6.4, 4.4),
    )
    axes.set_title(
        rf"An optimal teacher ($\Gamma_t = I$) and its student, $\gamma_s = {GAMMA_S}$", fontsize=10
    )
    print("wrote", save(axes, Path(__file__).with_name("alignment.png")))


if __name__ == "__main__":
    main()
