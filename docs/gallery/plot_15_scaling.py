r"""
Scaling laws: a student that learns from more data what its teacher does not
============================================================================

Eigenvalues fall like :math:`i^{-1.5}`, energies of the target like :math:`i^{-1.2}`. The teacher interpolates
noisy labels, and more rows do not help it: on such a spectrum it keeps fitting a share of the noise. Its
student sees as many fresh rows, labelled by the teacher. How fast does its risk fall, and what must its
penalty do?
"""

from typing import Any

import matplotlib.pyplot as plt

import w2s_asymptotics as w2s
from w2s_asymptotics.report.plots import risk_curves

WORLD = w2s.Population.power_law(2000, alpha=1.5, source=1.2, noise=0.1)
SIZES, MEASURED = [20, 28, 40, 57, 80, 113, 160, 226, 320, 453, 640], (20, 80, 320)


def teacher(n: float) -> w2s.Ridge:
    """It interpolates its n rows."""
    return w2s.Ridge(samples=n, lam=0.0)


def tuned(n: float) -> Any:
    """The student of n rows at its best penalty."""
    return w2s.tune(WORLD, teacher(n), w2s.Ridge(samples=n, lam=0.0)).learner


best = w2s.scaling(WORLD, teacher, tuned, SIZES)
best

# %%
# The exponents are fitted; their errors say how far the risks are from a power law. A penalty that stays
# as it is stops the student from learning more; one that falls too fast lets it repeat its teacher. In
# between, a fixed power of the size does about as well as the best penalty at each:


def falling(b: float) -> Any:
    """Students whose penalty falls like a power of their rows."""
    return lambda n: w2s.Ridge(samples=n, lam=0.3 * n**-b)


laws = {b: w2s.scaling(WORLD, teacher, falling(b), SIZES) for b in (0.0, 0.4, 1.2)}
print(f"teacher                     {best.teacher_exponent}")
print(f"student, best penalty       {best.student_exponent}")
for b, law in laws.items():
    print(f"student, lam = 0.3 n^-{b:<6} {law.student_exponent}")

# %%
# Lines are theory, points are fits on drawn data.

runs = [w2s.simulate(WORLD, teacher(n), tuned(n), repetitions=30, seed=6) for n in MEASURED]
points = [(MEASURED, [run.mean[k] for run in runs], [run.standard_error[k] for run in runs]) for k in (0, 1)]
curves = [("teacher", best.teacher), ("student, best penalty", best.student)]

figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
risk_curves(SIZES, curves, points, "rows $n$ of teacher and student", ax=axes)
for b, style in ((0.0, ":"), (1.2, "--")):
    label = rf"student, $\lambda_s = 0.3\, n^{{-{b:g}}}$" if b else r"student, $\lambda_s = 0.3$"
    axes.plot(SIZES, laws[b].student, color="C1", linestyle=style, linewidth=1, label=label)
axes.set(xscale="log", yscale="log", ylim=(0.004, 0.2))
axes.set_xticks(SIZES[::2], [f"{n:g}" for n in SIZES[::2]])
axes.set_xticks([], minor=True)
legend = axes.legend(fontsize="small", ncols=2, loc="upper left")
