r"""
Fewer pixels teach more: predicted, measured, and what to fit instead
=====================================================================

Real images, in a small and a large representation. A ridge teacher sees handwritten digits in few pixels and
learns from a few dozen labels which digits are even; its student sees all pixels, and the teacher's labels
only.
:doc:`/representations` does the same for words, MNIST and random networks, by one command.
"""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.report.embeddings import load
from w2s_asymptotics.report.representations import CASES, study

# %%
# Predicted against measured. Theory is told the covariance of all pixels, the best linear predictor and its
# residual variance, and nothing else; dots are means over random splits of the 1797 images, with bars of two
# standard errors. It is a little optimistic, most where the teacher has few rows: pixels are not Gaussian.

found = study(partial(load, "digits"), CASES["digits"], repetitions=20)
figure, axes = plt.subplots(figsize=(5.6, 4.6), layout="constrained")
for place, (whose, marker) in enumerate((("teacher", "o"), ("student", "s"))):
    predicted = [case.theory[place] for case in found.cases]
    means = [case.mean[place] for case in found.cases]
    errors = [2 * case.standard_error[place] for case in found.cases]
    axes.errorbar(predicted, means, errors, fmt=marker, markersize=5, label=whose)
    for case, x, y in zip(found.cases, predicted, means, strict=True):
        if place == 0:
            words = f" {case.case.weak} pixels, {case.case.teacher_samples} labels"
            axes.annotate(words, (x, y), textcoords="offset points", xytext=(8, -10), fontsize="small")
axes.axline((0.6, 0.6), slope=1, color="black", linewidth=0.8)
axes.set(xlabel="test error, theory", ylabel="test error, measured", xlim=(0.5, 0.82), ylim=(0.5, 0.85))
legend = axes.legend()

# %%
# But is a student what one should train? :func:`~w2s_asymptotics.advise` judges every way to use the labels
# by rows that its fits have not seen, the plain ones first: the teacher refitted, and the strong features
# fitted to the few labels themselves. (:doc:`/advisor` says how often it is right.)

pair = load("digits", 16)
order = np.random.default_rng(0).permutation(len(pair.y))
own, others = order[:60], order[60:660]
advice = w2s.advise(
    pair.weak[own],
    pair.strong[own],
    pair.y[own],
    unlabelled=(pair.weak[others], pair.strong[others]),
    alpha=0.1,
    multiples=(),
)
print(advice)

# %%
# Gains on the teacher as it is, with their intervals.

figure, axes = plt.subplots(figsize=(6.4, 2.8), layout="constrained")
names = [way.name for way in advice.ways]
middle = np.array([way.gain for way in advice.ways])
ends = np.array([[way.gain - way.low, way.high - way.gain] for way in advice.ways]).T
lines = axes.errorbar(middle, names, xerr=ends, fmt="o")
axes.axvline(0.0, color="black", linewidth=0.8)
axes.invert_yaxis()
label = axes.set_xlabel(f"gain in test error, {advice.level:.0%} interval")
