"""Outputs or signs of the teacher: which are the better labels, in words."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from .chain import Chain
from .error import error
from .phrases import phrase

__all__ = ["about_labels"]

_NAMES = {"soft": "outputs", "hard": "signs", "sampled": "draws"}


def about_labels(chain: Chain) -> str:
    """Say how often students of the teacher's outputs and of its signs err; nothing where no signs occur.

    At one penalty; by the theorem ``projected_labels`` a fit by least squares that is better than chance is
    never better off with signs, which are outputs with noise.

    >>> from w2s_asymptotics import Population, Ridge, compare
    >>> world, teacher = Population.isotropic(labels="sign"), Ridge(gamma=0.5, lam=0.02)
    >>> compare(world, teacher, Ridge(gamma=0.4, lam=0.1, labels="hard")).reason
    'student wins for no lam_s; teacher errs at 0.2008, student at 0.2029 on its outputs and at 0.2538 on its
    signs: outputs are better, signs being outputs with noise of 0.5708 times their energy'
    """
    world, (teacher, student) = chain.world, chain.learners
    given = {each.name for each in fields(student)}
    if "labels" not in given or student.labels not in _NAMES:
        return ""
    if student.labels == "soft" and world.labels == "linear":
        return ""
    other = "hard" if student.labels == "soft" else student.labels
    errors = [error(world, teacher, replace(student, labels=kind)) for kind in ("soft", other)]
    better = _NAMES["soft"] if errors[0] <= errors[1] else _NAMES[other]
    told = phrase(
        "labels",
        teacher=error(world, teacher),
        soft=errors[0],
        other=errors[1],
        signs=_NAMES[other],
        better=better,
    )
    if not student.least_squares or errors[0] > errors[1]:
        return told
    plain = {each: 0.0 for each in ("truth", "noise") if each in given}
    learned, noise = _heard(chain, replace(student, labels=other, **plain))
    if not learned > 0:
        return told
    return phrase("labels, why", told=told, signs=_NAMES[other], noise=noise / learned)


def _heard(chain: Chain, student: Any) -> tuple[Any, Any]:
    """The energy of what is linear in a student's labels, and the noise in them."""
    followed, noise = student.labelled(chain.learners[0].learn(None, chain.spectrum), chain.spectrum)
    energy = chain.spectrum.own(student).variance_of(followed)
    return np.ravel(energy)[0], np.ravel(noise)[0]
