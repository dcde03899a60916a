r"""
Mechanism 3: easy features from the teacher, hard ones from pre-training
========================================================================

The target has an easy part, :math:`z + 0.4\,He_2(z)` of one direction, and a hard part, :math:`0.6\,He_2(z)`
of another. A two-layer teacher, whose first layer takes one gradient step, finds the easy direction and never
the hard one. A student whose first layer was pre-trained carries the hard features already; the teacher's
labels tell it where the easy direction is. Whether it surpasses its teacher depends on its second layer:

* *labels*: all of it is fitted to the teacher's labels, which say nothing of the hard part: it is forgotten;
* *retained*: the hard features keep the coefficients that they were pre-trained to;
* *probe*: the features learned from the teacher stay, the second layer is fitted to a few true labels.

Lines are the limit of a large dimension (:doc:`/theory/results/two_layer_map`), points idealised networks at
:math:`d = 160`, off by :math:`O(1/d)`; :doc:`/mechanism-3` says how far they and actual networks are from it.
"""

from dataclasses import replace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.report.plots import CEILING, HARD, part_bars, phase, risk_curves

WORLD = w2s.MultiIndex(easy=[1.0, 0.4], hard=[0.0, 0.6], noise=0.5)
LABELS = w2s.TwoLayer(
    gamma_step=0.2, gamma=0.3, width=4.0, lam=0.1, activation="relu", degree=2, hard_degree=2
)
STUDENTS = {
    "labels": LABELS,
    "retained": replace(LABELS, head="retained", quality=0.8),
    "probe": replace(LABELS, head="probe", gamma_probe=0.5),
}


def teacher(rows_per_dimension: Any) -> w2s.TwoLayer:
    """A teacher of so many rows per dimension, for its step and for its second layer."""
    gamma = 1 / rows_per_dimension
    return w2s.TwoLayer(gamma_step=gamma, gamma=gamma, width=1.0, lam=0.05, activation="relu", degree=1)


ROWS, MEASURED = np.geomspace(1.0, 40.0, 200), np.array([1.25, 2.5, 5.0, 10.0, 20.0])
curves = [("teacher", w2s.risk(WORLD, teacher(ROWS)))]
measured = []
for head, student in STUDENTS.items():
    curves.append((f"student, {head}", w2s.risk(WORLD, teacher(ROWS), student)))
    runs = [
        w2s.simulate(WORLD, teacher(rows), student, dim=160, repetitions=12, seed=place)
        for place, rows in enumerate(MEASURED)
    ]
    for place in (0, 1) if head == "labels" else (1,):  # the same teachers each time
        mean, error = ([getattr(run, name)[place] for run in runs] for name in ("mean", "standard_error"))
        measured.append((MEASURED, mean, error))

figure, axes = plt.subplots(figsize=(6.8, 4.6), layout="constrained")
axes.axhline(WORLD.hard.energy, color=HARD, linestyle=":", label="the hard part's energy", linewidth=1.4)
axes.axhline(
    w2s.risk(WORLD, LABELS),
    color=CEILING,
    linestyle="--",
    label="ceiling: student on true labels",
    linewidth=1.4,
)
risk_curves(ROWS, curves, measured, r"teacher's rows per dimension $n_t/d$", top=3.0, ax=axes)
axes.set_xticks([1, 2, 5, 10, 20, 40], ["1", "2", "5", "10", "20", "40"])

# %%
# With a good teacher the probe falls below even the student on true labels: a teacher has removed noise and
# the hard part from its labels, so that they point to the easy direction better than as many true ones do.

for rows in (5.0, 40.0):
    print(f"{rows:g} rows: direction {w2s.learned(WORLD, teacher(rows), STUDENTS['probe']).direction:.3f}")
print(f"true labels: direction {w2s.learned(WORLD, LABELS).direction:.3f}")

# %%
# What is left of each part of the target, for a teacher with four rows per dimension:

FOUR = teacher(4.0)
chains = {"teacher": (FOUR,)} | {head: (FOUR, student) for head, student in STUDENTS.items()}
chains["ceiling"] = (LABELS,)
parts = [(name, w2s.learned(WORLD, *chain)) for name, chain in chains.items()]

figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
part_bars([(name, found.easy, found.hard) for name, found in parts], ax=axes)

# %%
# A student that retains its hard features loses where its own step finds the easy direction badly and what it
# retains is poor. On the black line it equals its teacher, here one with twenty rows per dimension:

QUALITY = "student.quality", np.linspace(0.0, 1.0, 101)
STEP = "student.gamma_step", np.geomspace(0.03, 30.0, 101)
few_rows = replace(STUDENTS["retained"], gamma=1.2, lam=0.03)
diagram = w2s.phase_diagram(WORLD, teacher(20.0), few_rows, x=QUALITY, y=STEP)
figure, axes = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
phase(diagram, ax=axes)
print(diagram)
