r"""
Early stopping: a student without a penalty
===========================================

The teacher is the under-regularised ridge of mechanism 1. Its student need not be ridge: gradient flow that
is stopped at time :math:`t` shrinks, too, and principal components cut instead of shrinking. Do these
compensate the teacher as a penalty does? :doc:`/theory/results/spectral_filters` derives their risks, for any
filter of the sample covariance.

Here the covariance has a few strong directions, which hold most of the signal. Ridge and gradient flow are
drawn over one axis, :math:`1/t` acting much like :math:`\lambda`.
"""

from collections.abc import Iterable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.report.plots import risk_curves

WORLD = w2s.Population([4.0, 1.0, 0.25], signal=[0.7, 0.2, 0.1], weights=[0.2, 0.3, 0.5], noise=0.5)
TEACHER, GAMMA = w2s.Ridge(gamma=0.5, lam=0.01), 0.8

lams, measured_lams = np.geomspace(0.01, 3.0, 80), (0.02, 0.1, 0.5, 2.0)
shares, measured_shares = np.linspace(0.02, 1.0, 80), (0.1, 0.2, 0.35, 0.5, 0.9)


def measured(students: Iterable[Any]) -> tuple[list[float], list[float]]:
    """The students' risks on drawn data: means and standard errors."""
    runs = [w2s.simulate(WORLD, TEACHER, one, dim=100, repetitions=60, seed=5) for one in students]
    return [run.mean[1] for run in runs], [run.standard_error[1] for run in runs]


ridge = w2s.risk(WORLD, TEACHER, w2s.Ridge(gamma=GAMMA, lam=lams))
flow = w2s.risk(WORLD, TEACHER, w2s.GradientFlow(gamma=GAMMA, time=1 / lams))
components = w2s.risk(WORLD, TEACHER, w2s.PrincipalComponents(gamma=GAMMA, components=shares))

fitted = [
    (measured_lams, *measured(w2s.Ridge(gamma=GAMMA, lam=lam) for lam in measured_lams)),
    (measured_lams, *measured(w2s.GradientFlow(gamma=GAMMA, time=1 / lam) for lam in measured_lams)),
]
cut = measured(w2s.PrincipalComponents(gamma=GAMMA, components=share) for share in measured_shares)

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
curves = [(r"ridge, penalty $\lambda$", ridge), (r"gradient flow, time $1/\lambda$", flow)]
risk_curves(lams, curves, fitted, r"student's penalty $\lambda$, or one over its time", ax=left)
risk_curves(
    shares,
    [("principal components", components)],
    [(measured_shares, *cut)],
    r"share $k/d$ of directions that the student keeps",
    ax=right,
)
right.set(xscale="linear", ylabel="")
for axes in (left, right):
    axes.axhline(w2s.risk(WORLD, TEACHER), color="black", linestyle="--", label="teacher")
    axes.legend(fontsize="small")

# %%
# All three beat this teacher. At its best, early stopping comes close to ridge; cutting does not, because a
# direction that is kept is kept with all of the teacher's noise:

for name, values in (("ridge", ridge), ("gradient flow", flow), ("principal components", components)):
    print(f"{name:<21} {values.min():.4f}")
print(f"{'teacher':<21} {w2s.risk(WORLD, TEACHER):.4f}")

# %%
# In an isotropic world there is nothing to tell strong directions by, and no cut helps this student: the best
# share is the whole, with which it repeats its teacher.

isotropic = w2s.Population.isotropic(noise=0.5)
students: dict[str, Any] = {
    "ridge": w2s.Ridge(gamma=GAMMA, lam=lams),
    "gradient flow": w2s.GradientFlow(gamma=GAMMA, time=1 / lams),
    "principal components": w2s.PrincipalComponents(gamma=GAMMA, components=shares),
}
for name, student in students.items():
    print(f"{name:<21} {w2s.risk(isotropic, TEACHER, student).min():.4f}")
print(f"{'teacher':<21} {w2s.risk(isotropic, TEACHER):.4f}")
