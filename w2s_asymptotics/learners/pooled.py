"""Ridge on rows pooled from several sources, as a map of Gaussian equivalents.

Sources differ in who labels their rows, in noise, weight and covariance: a few true labels beside many
pseudo-labels, real rows kept among synthetic ones, covariate shift, an older truth. The fixed point is in
`spectrum.pooled`; the derivation "pooled_map" proves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..arithmetic import is_symbolic
from ..notation import check
from ..records import Record
from ..spectrum.equivalent import Fit, GaussianEquivalent, PooledFit
from ..spectrum.pooled import pooled_fixed_point, residuals
from ..worlds.population import MatrixPopulation
from .learner import Learner, check_row, is_learner, validate
from .ridge import Ridge, weighting

__all__ = ["Pooled", "Source"]

_NO_PENALTY = 9
"""The power of the rounding error that stands for no penalty, in the units of the world."""
_VANISHES = 8
"""In rounding errors, below what without penalty delta is 0: then risks are infinite."""


@dataclass(frozen=True, eq=False)
class Source(Record):
    """Rows from one source, to be pooled with others.

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0` of these rows. Exactly one of `gamma` and `samples` is given.
    labels
        Who labels them: "taught" (the learner before; the truth for a first learner), "true", or a learner
        that has learned from rows of its own, labelled by the truth: last year's model, or a `Given`
        that differs from the truth. Sources with equal learners have the same one.
    weight
        Of these rows in the loss, `> 0`.
    noise
        Variance of label noise added to these rows; true labels carry the world's besides.
    covariance
        Sigma of these rows: a number, or one per atom. Default: the world's.
    samples
        Number `n` of rows, in worlds of finite dimension.

    Examples
    --------
    >>> Source(gamma=5.0, labels="true", weight=2.0).weight
    2.0
    """

    gamma: Any = None
    labels: Any = "taught"
    weight: Any = 1.0
    noise: Any = 0.0
    covariance: Any = None
    samples: Any = None

    features = None
    dim = None

    def __post_init__(self) -> None:
        validate(self, "weight", "noise")
        if self.labels not in ("taught", "true") and not is_learner(self.labels):
            raise ValueError(
                f'labels must be "taught", "true" or a learner, got {self.labels!r} (Source.labels: who '
                "labels these rows)"
            )
        if self.covariance is not None:
            object.__setattr__(self, "covariance", weighting("covariance", self.covariance, False, "Source"))
            if np.ndim(self.covariance) > 1:
                raise ValueError("covariance of a source must be a number or a row (Source.covariance)")
        numbers = [self.gamma, self.samples, self.weight, self.noise]
        if is_symbolic([*numbers, *np.ravel(np.asarray(self.covariance, dtype=object))]):
            raise ValueError(
                "Source takes numbers: rows of several sources have no closed form; derive('pooled_map') "
                "states it"
            )


@dataclass(frozen=True, eq=False)
class Pooled(Learner):
    """Ridge on rows of several sources, `argmin (1/N) sum_i w_i (y_i - x_i'b)^2 + lam b' Gamma b`.

    N is the number of all rows, w_i the weight of the source of a row. One source of weight 1 is `Ridge`.

    Parameters
    ----------
    sources
        A row of `Source`: who labels the rows of each, how many there are, with which weight.
    lam
        Ridge penalty `>= 0`, always given; 0 is the minimum-norm limit.
    penalty
        Gamma: one positive weight or one per atom. Default: the identity.
    noise
        Variance of label noise added to all rows.

    Examples
    --------
    Model collapse, and real rows that stop it: ten generations on synthetic rows alone, and with a fifth of
    the rows true:

    >>> from w2s_asymptotics import Population, Ridge, risk
    >>> world, first = Population.isotropic(noise=0.5), Ridge(gamma=0.5, lam=0.0)
    >>> alone = Ridge(gamma=0.5, lam=0.0, noise=0.5)
    >>> mixed = Pooled((Source(0.5 / 0.8, noise=0.5), Source(0.5 / 0.2, labels="true")), lam=0.0)
    >>> round(risk(world, first, *[alone] * 10), 6), round(risk(world, first, *[mixed] * 10), 6)
    (5.5, 2.285252)
    """

    sources: tuple[Any, ...] = ()
    lam: Any = None
    penalty: Any = None
    noise: Any = 0.0

    def __post_init__(self) -> None:
        given = self.sources if isinstance(self.sources, (tuple, list)) else ()
        if not given or not all(isinstance(each, Source) for each in given):
            raise ValueError(f"sources must be a row of Source, got {self.sources!r} (Pooled.sources)")
        object.__setattr__(self, "sources", tuple(given))
        for name in ("lam", "noise"):
            object.__setattr__(self, name, check(name, getattr(self, name), "Pooled"))
        if self.penalty is not None:
            object.__setattr__(self, "penalty", weighting("penalty", self.penalty, True, "Pooled"))
        if is_symbolic([self.lam, self.noise, *np.ravel(np.asarray(self.penalty, dtype=object))]):
            raise ValueError("Pooled takes numbers; derive('pooled_map') states it")
        if self.penalty is not None and np.any(np.isinf(np.asarray(self.penalty, dtype=float))):
            raise ValueError(f"penalty must be finite, got {self.penalty!r} (Pooled.penalty)")

    @property
    def gamma(self) -> Any:
        """Aspect ratio d/N of all rows; None where a source is given by its samples."""
        if any(each.samples is not None for each in self.sources):
            return None
        return 1 / sum(1 / each.gamma for each in self.sources)

    @property
    def samples(self) -> Any:
        """The number of all rows; None where every source is given by its gamma."""
        found = [each.samples for each in self.sources]
        return None if None in found else sum(found)

    def suits(self, world: Any) -> None:
        """Raise `ValueError` for sources that do not fit a world."""
        for each in self.sources:
            if each.samples is not None and world.dim is None:
                raise ValueError("samples needs a world of finite dimension; give gamma (Source.samples)")
            if each.covariance is not None:
                check_row("covariance", each.covariance, world, "Source")
                if np.ndim(each.covariance) and isinstance(world, MatrixPopulation):
                    raise ValueError(
                        "covariance of a source must be a number in a world of matrices (Source.covariance)"
                    )
            if is_learner(each.labels):
                each.labels.suits(world)
        if getattr(world, "labels", "linear") != "linear":
            raise ValueError("Pooled needs a world whose labels are linear (Pooled.sources)")

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """The fit where what is taught has nothing in common with the target."""
        return self._pooled(spectrum, spectrum, GaussianEquivalent(0 * energy, 1 + 0 * energy, energy), noise)

    def _fitted(self, spectrum: Any, labels: Any, noise: Any, kind: Any) -> tuple[Any, Fit]:
        own = spectrum.own(self)
        if len(self.sources) == 1 and self.sources[0].labels == "taught":
            return self._alone()._fitted(spectrum, labels, noise + own.number(self.sources[0].noise), kind)
        return own, self._pooled(own, spectrum, labels, noise)

    def _alone(self) -> Ridge:
        """Ridge, which one source is."""
        (one,) = self.sources
        return Ridge(
            gamma=one.gamma, samples=one.samples, lam=self.lam / one.weight, penalty=self.penalty,
            covariance=one.covariance,
        )  # fmt: skip

    def _pooled(self, own: Any, spectrum: Any, labels: Any, noise: Any) -> Fit:
        """Kept is the share `P_v = sum p q s G` of the sources that the learner before labels.

        Given is that of the others, by what their labels keep of the target; lost is `K = lam g G` and what
        these lose of it. Added is `gamma w G^2 sum_b q_b^2 s_b y_b` and the Gaussian energy of the others;
        `y = p tau^2` solves `(1 - J)' y = p r`, r what labels of a source have that the fit has not.
        """
        xp, rows = own.xp, _Rows.of(self, own)
        s, w = own.atoms
        g = 1 + 0 * s if own.penalty is None else own.lifted(own.penalty)[0]
        some = rows.lam > 0
        tiny = xp.epsilon**_NO_PENALTY * (xp.total(w * sum(rows.variances)) / xp.total(w * g))
        lam = xp.where(some, rows.lam + 0 * tiny, tiny + 0 * rows.lam)
        seen = rows.gamma, rows.shares, rows.variances, w, xp
        found = pooled_fixed_point(lam, *seen[:2], rows.weights, rows.variances, g, w, xp)
        voices = self._voices(own, spectrum, labels, noise)
        names = self._names(labels is spectrum.target())
        heard = dict.fromkeys(voices, 0 * found.lost)
        for name, share, pull, variance in zip(names, rows.shares, found.pulls, rows.variances, strict=True):
            heard[name] = heard[name] + share * pull * (variance * found.inverse)
        (signal,) = own.lifted(own.signal)
        short = [
            share
            * (
                voices[name].noise
                + extra
                + xp.total(variance * _missed(name, voices, heard, found.lost, signal, xp))
            )
            for name, share, extra, variance in zip(
                names, rows.shares, rows.noises, rows.variances, strict=True
            )
        ]
        added = 0 * found.lost
        for pull, energy, variance in zip(
            found.pulls, residuals(found, short, *seen), rows.variances, strict=True
        ):
            added = added + rows.gamma * (w * (variance * (pull * found.inverse) ** 2)) * energy
        stiff = [
            left + pull * rows.gamma * xp.total(w * (variance * found.inverse * found.lost))
            for left, pull, variance in zip(found.left, found.pulls, rows.variances, strict=True)
        ]
        added = xp.product(added, xp.where(some | (sum(stiff) > _VANISHES * xp.epsilon), 1.0, np.inf))
        given, lost = 0 * found.lost, found.lost
        for name, voice in voices.items():
            if name != "taught":
                given = given + heard[name] * (1 if name == "true" else voice.multiplier)
                lost = lost if name == "true" else lost + heard[name] * voice.bias
                added = added + heard[name] * xp.product(heard[name], voice.spread)
        fit = own.lowered(heard["taught"], lost, added)
        return PooledFit.beside(own.lowered(given, lost, added).kept, fit)

    def _names(self, first: bool) -> list[Any]:
        """Who labels each source; a first learner is taught the truth."""
        taught = ("taught", "true") if first else ("taught",)
        return [
            "taught" if isinstance(each.labels, str) and each.labels in taught else each.labels
            for each in self.sources
        ]

    def _voices(self, own: Any, spectrum: Any, labels: Any, noise: Any) -> dict[Any, _Voice]:
        """What each of those who label rows says, and the noise in it."""
        target = spectrum.target()
        voices = {"taught": _Voice.of(own, labels, noise)}
        for name in self._names(labels is target):
            if name == "true":
                voices[name] = _Voice.of(own, target, spectrum.noise + own.number(self.noise))
            elif name not in voices:
                state = name.learn(None, spectrum)
                voices[name] = _Voice.of(own, state, state.nonlinear + own.number(self.noise))
        apart = any(name not in ("taught", "true") for name in voices)
        if not own.commutes and (apart or any(each.covariance is not None for each in self.sources)):
            raise ValueError(
                "a source with a learner or a covariance of its own needs matrices that commute "
                "(Pooled.sources)"
            )
        return voices


class _Voice(NamedTuple):
    """What labels some rows, direction by direction, and the noise in it."""

    multiplier: Any
    bias: Any
    spread: Any
    noise: Any

    @classmethod
    def of(cls, own: Any, labels: GaussianEquivalent, noise: Any) -> _Voice:
        """The voice of an equivalent."""
        return cls(*own.lifted(*own.parts(labels), noise))


class _Rows(NamedTuple):
    """The numbers of the sources, with an axis for the atoms; gamma is that of all rows."""

    lam: Any
    gamma: Any
    shares: list[Any]
    weights: list[Any]
    noises: list[Any]
    variances: list[Any]

    @classmethod
    def of(cls, learner: Pooled, own: Any) -> _Rows:
        """Those of a learner."""
        sources = learner.sources
        gammas = own.lifted(*(own.aspect(each) for each in sources))
        gamma = 1 / sum(1 / each for each in gammas)
        (lam,) = own.lifted(own.number(learner.lam))
        weights = own.lifted(*(own.number(each.weight) for each in sources))
        noises = own.lifted(*(own.number(each.noise) for each in sources))
        plain, _ = own.atoms
        variances = [
            plain if each.covariance is None else own.lifted(own.row(each.covariance))[0] for each in sources
        ]
        return cls(lam, gamma, [gamma / each for each in gammas], weights, noises, variances)


def _missed(
    name: Any, voices: Mapping[Any, _Voice], heard: Mapping[Any, Any], lost: Any, signal: Any, xp: Any
) -> Any:
    """The energy on each atom of what a voice says and the mean of the fit does not: `mean - theta_a`.

    With `sum P + K = 1` its multiplier is `sum P_v (b_a - b_v) - K M_a` over the other voices v.
    """
    own = voices[name]
    apart, away, others = -lost * own.multiplier, lost, 0 * lost
    for other, voice in voices.items():
        if other != name:
            apart = apart + heard[other] * (own.bias - voice.bias)
            away = away + heard[other]
            others = others + heard[other] * xp.product(heard[other], voice.spread)
    return apart * apart * signal + away * xp.product(away, own.spread) + others
