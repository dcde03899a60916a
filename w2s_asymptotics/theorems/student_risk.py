r"""Risk of a ridge student taught by a ridge teacher, Sigma = Gamma = I.

Statement: the excess risk of a student fitted to fresh rows that the teacher labels, as a sum of nonnegative
terms in (kappa_t, kappa_s), and in (m, m').

Proved by the chain engine for a chain of two. Source of the setting: Moniri, Hassani, arXiv:2505.18346
(Theorem 4 there gives the isotropic student).
"""

from __future__ import annotations

from dataclasses import replace

from w2s_asymptotics.chains.ridge import derive_chain
from w2s_asymptotics.learners.ridge import Ridge
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.words.words import Stage
from w2s_asymptotics.worlds.population import Population

__all__ = ["derivation"]


def derivation() -> Derivation:
    """Derive the student's risk by integrating out the student's rows, then the teacher's."""
    teacher, student = Stage("t"), Stage("s")
    world = Population.isotropic(signal=symbol("signal"), noise=teacher.noise)
    chain = derive_chain(
        world, (Ridge(gamma=teacher.gamma, lam=teacher.lam), Ridge(gamma=student.gamma, lam=student.lam))
    )
    return replace(chain, name="student_risk")
