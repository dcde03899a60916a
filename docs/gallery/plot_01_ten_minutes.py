r"""
Ten minutes: from installing to a figure
========================================

A teacher is trained on noisy data, a student on the teacher's labels only. This page asks whether the student
beats the teacher, why, with which penalty, and draws the answer.

Install the library with what draws figures and runs simulations; Python 3.11 or later is all it needs:

.. code-block:: sh

   git clone ADDRESS w2s_asymptotics     # the address of its repository
   python3 -m venv w2s && . w2s/bin/activate
   pip install './w2s_asymptotics[demo]'

From here to the figure takes a minute or two of waiting, most of it while this installs.
Then paste the blocks of this page into a notebook or into a Python session, one after the other.
"""

# %%
# A world and two learners
# ------------------------
# The *world* says what there is to learn: here isotropic Gaussian covariates, a linear target of energy
# :math:`r^2 = 1`, labels with noise of variance :math:`\sigma^2 = 0.5`.

import w2s_asymptotics as w2s

world = w2s.Population.isotropic(signal=1.0, noise=0.5)
world

# %%
# *Learners* are ridge regressions. Only the ratio :math:`\gamma = d/n` of dimension to samples matters: the
# teacher has two rows per dimension, the student 1.25. The teacher's penalty is rather small.

teacher = w2s.Ridge(gamma=0.5, lam=0.01)
student = w2s.Ridge(gamma=0.8, lam=0.3)
student

# %%
# Does the student win?
# ---------------------
# The student never sees a true label. It wins all the same, because the teacher is *under-regularised*:
# :math:`\lambda_t < \lambda_* = \gamma_t \sigma^2 / r^2`. The verdict names the penalties for which it would.

verdict = w2s.compare(world, teacher, student)
verdict

# %%
# ``ceiling`` is the risk of the same student trained on as many true labels, ``pgr`` the share of the gap
# between teacher and ceiling that the student recovers. The best penalty:

best = w2s.tune(world, teacher, student)
best

# %%
# Is it true of actual data?
# --------------------------
# ``simulate`` draws data sets, fits teacher and student as they are defined and measures their risks. ``z``
# is the distance from the theory in standard errors.

simulation = w2s.simulate(world, teacher, student, dim=100, repetitions=50, seed=0)
simulation

# %%
# The figure
# ----------
# The student's risk against its penalty: theory as a line, measurement as points. Arguments may be arrays.

import numpy as np

from w2s_asymptotics.report.plots import risk_curve
from w2s_asymptotics.simulation import penalty_path

lams = np.geomspace(0.005, 3.0, 200)
theory = w2s.risk(world, teacher, w2s.Ridge(gamma=0.8, lam=lams))
measured_at = np.geomspace(0.005, 3.0, 12)
path = penalty_path(world, teacher, student, lams=measured_at, dim=100, repetitions=50, seed=1)
levels = [("teacher", verdict.teacher), ("ceiling at its own $\\lambda_s = 0.3$", verdict.ceiling)]

# %%
# The functions of ``report.plots`` draw on matplotlib axes, which they return.

import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
risk_curve(lams, theory, measured_at, path.mean[1], path.standard_error[1], levels, ax=axes)
axes.set_title("A student of an under-regularised teacher")

# %%
# Below the dashed line the student beats its teacher. To keep the figure: ``figure.savefig("student.png")``.
#
# Where does the formula come from?
# ---------------------------------
# It is derived, step by step, from the estimators' definitions, and every step has a check that can fail:

print(w2s.derive("student_risk").verify())

# %%
# The same question in one command, without Python:
# ``w2s compare --gamma-t 0.5 --lam-t 0.01 --gamma-s 0.8 --lam-s 0.3 --noise 0.5``. And ``w2s report -o page``
# writes all of the above, with a phase diagram, as one page.
#
# From here: :doc:`which world and learner answers your question </how-to-choose>`, the other figures of
# this gallery, :doc:`the theory </theory/index>`.
