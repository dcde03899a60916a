"""Learners of convex losses, as maps of Gaussian equivalents.

The map of any convex loss is that of ridge with a `kappa`, a multiplier and a `tau^2` of its own, which
`spectrum.convex` solves for; nothing else of the library need know that the loss is not square.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from ..arithmetic import is_high, is_symbolic
from ..kinds import Optional, Quantity, given
from ..losses.labels import TRUE_LABELS, Labels
from ..losses.loss import LOSSES, Loss
from ..notation import check
from ..spectrum.convex import Atoms, ConvexFit, convex_fit
from ..spectrum.equivalent import Fit
from .learner import Learner, validate
from .ridge import weighting

__all__ = ["Convex"]

_LABELS = ("soft", "hard", "sampled")


@dataclass(frozen=True, eq=False)
class Convex(Learner):
    """A convex loss with a ridge penalty, `argmin (1/n) sum_i loss(y_i, x_i'b) + (lam/2) b' Gamma b`.

    The squared loss is `(y - p)^2/2`, so that it is `Ridge` at the same `lam`.

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0`. Exactly one of `gamma` and `samples` is given.
    lam
        Ridge penalty `>= 0`, always given; at 0 the logistic loss has a fit only below the separability
        threshold.
    loss
        "logistic", "squared", "squared_hinge", "hinge", "huber" or "absolute", or a `losses.loss.Loss` where
        Huber's loss should have another threshold than 1.
    penalty
        Gamma: one positive weight, one per atom (infinity for one that is not to be used), or a positive
        definite matrix. Default: the identity.
    labels
        What a student learns from its teacher's output f: "soft" (the default: the logistic probability of
        `f/temperature`; of losses of the residual, f itself), "hard" (the sign of f), or "sampled" (drawn
        from that probability). The first learner learns true labels as the world says; where these are
        linear, `labels` makes them of the truth, and losses in margins need it.
    temperature
        What f is divided by, `> 0`, for soft and sampled labels.
    noise
        Variance of noise added to f, before the sign or the probability is taken; for the first learner it
        adds to the population's.
    samples
        Number `n` of rows, in worlds of finite dimension.
    features
        What it sees of the covariates (a matrix of features by covariates; a row of scales over atoms or
        coordinates, 0 for what is not seen; a mask; or the indices of what is seen). Default: all of them.
    dim
        The dimension d, if n and d are to be given in place of gamma, or results told in them, too.

    Notes
    -----
    Accurate to about 1e-10 in floats and to the working precision in mpmath; symbols are refused, as the
    fixed point has no closed form.

    Source: Thrampoulidis, Abbasi, Hassibi 2018, doi:10.1109/TIT.2018.2840720; Loureiro and others 2021,
    arXiv:2102.08127.

    Examples
    --------
    >>> from w2s_asymptotics import Population, error
    >>> world = Population.isotropic(signal=4.0, labels="logistic")
    >>> teacher, student = Convex(gamma=0.5, lam=0.02), Convex(gamma=0.4, lam=0.03, labels="hard")
    >>> round(error(world, teacher), 6), round(error(world, teacher, student), 6)
    (0.270391, 0.301338)
    """

    gamma: Optional = given(None)
    lam: Quantity = given(None)
    loss: Any = "logistic"
    penalty: Any = None
    labels: Any = None
    temperature: Quantity = given(1.0)
    noise: Quantity = given(0.0)
    samples: Optional = given(None)
    features: Any = None
    dim: Optional = given(None)

    least_squares: ClassVar[bool] = False
    sought: ClassVar[tuple[float, float, int]] = (1e-6, 1e6, 49)

    def __post_init__(self) -> None:
        validate(self, "lam", "noise")
        _ = self.objective
        if self.labels is not None and self.labels not in _LABELS:
            raise ValueError(
                f"labels must be one of {', '.join(_LABELS)}, got {self.labels!r} "
                "(Convex.labels: what it learns from)"
            )
        object.__setattr__(self, "temperature", check("temperature", self.temperature, "Convex"))
        if self.penalty is not None:
            object.__setattr__(self, "penalty", weighting("penalty", self.penalty, True, "Convex"))
        if is_symbolic([self.gamma, self.samples, self.lam, self.noise, self.temperature]) or is_symbolic(
            np.ravel(np.asarray(self.penalty, dtype=object))
        ):
            raise ValueError(
                "Convex takes numbers, not symbols: its fixed point has no closed form (Ridge has one, "
                "for the squared loss)"
            )

    @property
    def objective(self) -> Loss:
        """The loss."""
        if isinstance(self.loss, Loss):
            return self.loss
        names = [name.replace(" ", "_") for name in LOSSES]
        if not isinstance(self.loss, str) or self.loss not in names:
            raise ValueError(
                f"loss must be one of {', '.join(names)}, got {self.loss!r} (Convex.loss: what it minimises)"
            )
        return Loss(self.loss.replace("_", " "))

    def kind(self, first: bool, spectrum: Any) -> Labels:
        """What its labels make of the linear function they follow."""
        given: Labels | None = spectrum.labels if first else None
        if given is not None:
            return given
        of_residual = self.objective.of_residual
        if first and self.labels is None and not of_residual:
            raise ValueError(
                f"the {self.loss} loss needs labels between -1 and 1, and true labels of this world are "
                'linear: give the world labels="sign", "logistic" or "probit", or the first learner its '
                "own (Convex.labels)"
            )
        if (self.labels or "soft") == "soft" and of_residual:
            return Labels()
        return Labels(self.labels or "soft")

    def labelled(self, teacher: Any, spectrum: Any) -> tuple[Any, Any]:
        """The linear function that its labels follow, and the variance of the noise in it."""
        return self._linear(teacher, spectrum)

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """The fit to a teacher's labels: kept `(m/V) S`, lost 1 less that, added `gamma w (q/V^2) S G`.

        S and G are those of ridge at `kappa = lam/V`; V, m and q, the averages of the loss over its labels,
        solve the fixed point of `spectrum.convex`.
        """
        return self._by_point(spectrum, energy, noise, self.kind(False, spectrum))

    def _fitted(self, spectrum: Any, labels: Any, noise: Any, kind: Any) -> tuple[Any, Fit]:
        """The fit to labels of a kind: kept `(m/V) S`, lost 1 less that, added `gamma w (q/V^2) S G`.

        S and G are those of ridge at `kappa = lam/V`; V, m and q are averages of the loss over the labels.
        """
        own = spectrum.own(self)
        return own, self._by_point(own, own.energy(labels), own.noise_of(labels, noise), kind)

    def _by_point(self, own: Any, energy: Any, noise: Any, kind: Any) -> Fit:
        """The fit, point by point of what broadcasts."""
        xp = own.xp
        s, w = own.atoms
        g = 1.0 if own.penalty is None else own.penalty
        numbers = own.lifted(*map(own.number, (self.lam, self.temperature)), own.aspect(self), noise)
        g, energy = own.lifted(g, energy)
        given = [*map(np.asarray, numbers), np.asarray(g), s * energy]
        shape = np.broadcast_shapes(*(value.shape[:-1] for value in given))
        columns = [np.broadcast_to(value, (*shape, value.shape[-1])) for value in given]
        kept, lost, added = (np.empty((*shape, len(s)), dtype=np.result_type(*columns)) for _ in range(3))
        for at in np.ndindex(*shape):
            lam, temperature, gamma, extra = (column[at][0] for column in columns[:4])
            penalty = columns[4][at] + 0 * s
            atoms = Atoms(s, penalty, w, columns[5][at])
            stage = _at(kind, temperature)
            kept[at], lost[at], added[at] = _shares(atoms, lam, gamma, self.objective, stage, extra)
        fit: Fit = own.lowered(kept, lost, xp.where(s > 0, added / xp.where(s > 0, s, 1 + 0 * s), 0 * added))
        return fit


def _at(kind: Labels, temperature: Any) -> Labels:
    """Soft or sampled labels at a learner's temperature, which true labels of a world know nothing of."""
    if kind.kind in ("hard", "linear") or any(kind is true for true in TRUE_LABELS.values()):
        return kind
    return Labels(kind.kind, link=kind.link, temperature=kind.temperature * temperature)


@dataclass(frozen=True)
class _Numbers:
    """A spectrum that compares by its numbers, so that a teacher of many students is fitted once."""

    columns: tuple[tuple[Any, ...], ...]
    precision: int

    @classmethod
    def of(cls, atoms: Atoms) -> _Numbers:
        """The numbers of a spectrum, and the precision they are computed with."""
        columns = tuple(tuple(column.tolist()) for column in vars(atoms).values())
        return cls(columns, _precision() if any(map(is_high, columns[-1])) else 0)


def _precision() -> int:
    import mpmath

    return int(mpmath.mp.prec)


@lru_cache(maxsize=256)
def _solution(numbers: _Numbers, lam: Any, gamma: Any, loss: Loss, labels: Labels, noise: Any) -> ConvexFit:
    atoms = Atoms(*(np.array(column) for column in numbers.columns))
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        return convex_fit(atoms, lam, gamma, loss, labels, noise)


def _shares(
    atoms: Atoms, lam: Any, gamma: Any, loss: Loss, labels: Labels, noise: Any
) -> tuple[Any, Any, Any]:
    """The shares kept and lost and the energy of predictions added, atom by atom."""
    total = float(atoms.energy.sum())
    if not 0 < total < np.inf or not float(noise) < np.inf:
        what = "infinite energy" if total else "no energy"
        raise ValueError(f"Convex needs a function to learn from, and what labels its rows has {what}")
    found = _solution(_Numbers.of(atoms), lam, gamma, loss, labels, noise)
    return found.kept, found.lost, found.added
