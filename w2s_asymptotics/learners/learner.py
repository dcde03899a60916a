"""What can stand in a chain: a map from the Gaussian equivalent of labels to that of what is learned."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from ..notation import as_array, check
from ..records import Record
from ..spectrum.equivalent import Fit
from ..worlds.population import IsotropicPopulation
from .answers import OWN_LABELS, turned
from .units import with_dimension

__all__ = [
    "Learner",
    "Unweighted",
    "aspect",
    "check_order",
    "check_row",
    "is_learner",
    "ready",
    "validate",
    "with_lam",
]


class _Named:
    """The signature of a record: that of its arguments, whatever `__new__` takes."""

    def __get__(self, instance: Any, owner: Any) -> inspect.Signature:
        first, *others = inspect.signature(owner.__init__).parameters.values()
        return inspect.Signature(others)


class Learner(Record):
    """A frozen record of parameters with one method of its own, `fit`.

    Parameters that a learner does not have keep the values they have here.

    Attributes
    ----------
    gamma, samples
        Aspect ratio d/n, or the number n of rows in worlds of finite dimension.
    dim
        The dimension d, where it is said: it makes gamma of the number of rows in any world.
    noise
        Variance of label noise added at this stage.
    penalty, covariance
        Weights of its penalty and covariance of its rows; None for the identity and the world's.
    features
        What it sees of the covariates; None for all of them.
    truth
        Weight of true labels mixed into those of its teacher.
    labels
        What it learns from: the output of its teacher ("soft"), or signs of it (`learners.answers`).
    nonlinear
        Whether what it learns has a part that is not linear in the covariates.
    parameter
        The one argument that regularises it, which `tune` varies.
    missing
        The name of that argument, where it was left out for a question to choose.
    directed
        Whether it learns in multi-index worlds, where functions have directions.
    sought
        Between which penalties searches look, in units of the mean eigenvalue over the mean penalty weight,
        and at how many.
    least_squares
        Whether it knows labels by their best linear description, as every squared loss does.
    """

    gamma: Any
    noise: Any
    samples: Any
    dim: Any = None
    penalty: Any = None
    covariance: Any = None
    features: Any = None
    truth: Any = 0.0
    labels: Any = "soft"
    temperature: Any = 1.0
    nonlinear: Any = False
    parameter: ClassVar[str] = "lam"
    missing: ClassVar[str] = ""
    directed: ClassVar[bool] = False
    least_squares: ClassVar[bool] = True
    sought: ClassVar[tuple[float, float, int]] = (1e-12, 1e12, 193)

    __signature__: ClassVar[Any] = _Named()

    def __new__(cls, *values: Any, **named: Any) -> Any:
        """Warn of numbers by position: which of two bare ones is a penalty cannot be seen."""
        if values and not (len(values) == 1 and isinstance(values[0], tuple)):
            names = getattr(cls, "__match_args__", ())[: len(values)]
            meant = ", ".join(f"{name}={value!r}" for name, value in zip(names, values, strict=False))
            warnings.warn(
                f"arguments of {cls.__name__} by position are deprecated, as two numbers are easily swapped: "
                f"this was read as {cls.__name__}({meant}); give each by its name",
                FutureWarning,
                stacklevel=2,
            )
        return super().__new__(cls)

    @property
    def closed(self) -> bool:
        """Whether its fit on one atom is a closed formula, that of ridge, of which the theorems speak."""
        return False

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """What this learner does to its labels, direction by direction.

        `energy` is that of the labels' coefficients on each atom, `noise` the variance of whatever else is in
        them; both, and what is returned, are shaped like the numbers of the `spectrum`.
        """
        raise NotImplementedError

    def suits(self, world: Any) -> None:
        """Raise `ValueError` where an argument of its own does not fit a world."""

    def labelled(self, teacher: Any, spectrum: Any) -> tuple[Any, Any]:
        """The equivalent of what labels the rows, and the variance of the noise in it.

        True labels where there is no teacher; a teacher's otherwise, mixed with true ones by `truth`. What is
        nonlinear in them counts as noise. Of labels that are signs it is their best linear description.
        """
        kind = self.kind(teacher is None, spectrum)
        if kind is not None:
            return self._turned(kind, teacher, spectrum)
        return self._linear(teacher, spectrum)

    def kind(self, first: bool, spectrum: Any) -> Any:
        """What its labels make of the linear function they follow; None for that function itself."""
        given = spectrum.labels if first else None
        return OWN_LABELS[self.labels] if given is None else given

    def _turned(self, kind: Any, teacher: Any, spectrum: Any) -> tuple[Any, Any]:
        """Signs in place of values; of a share of truth, only in the rest. Noise comes before the sign."""
        inside = spectrum.number(self.noise)
        inside = inside + (spectrum.noise if teacher is None else teacher.nonlinear)
        followed = spectrum.target() if teacher is None else teacher
        answers = turned(kind, followed, inside, spectrum, spectrum.own(self))
        if teacher is None or (isinstance(self.truth, float) and self.truth == 0.0):
            return replace(answers, nonlinear=0.0), spectrum.number(0.0) + answers.nonlinear
        mixed, true = spectrum.mixed(self.truth, answers), spectrum.number(self.truth)
        return replace(mixed, nonlinear=0.0), true * true * spectrum.noise + mixed.nonlinear

    def _linear(self, teacher: Any, spectrum: Any) -> tuple[Any, Any]:
        """The labels themselves."""
        own = spectrum.number(self.noise)
        if teacher is None:
            return spectrum.target(), spectrum.noise + own if spectrum.xp.any(own) else spectrum.noise
        if isinstance(self.truth, float) and self.truth == 0.0:
            return teacher, own + teacher.nonlinear if spectrum.xp.any(teacher.nonlinear) else own
        mixed = spectrum.mixed(self.truth, teacher)
        true = spectrum.number(self.truth)
        return mixed, own + true * true * spectrum.noise + mixed.nonlinear

    def learn(self, teacher: Any, spectrum: Any) -> Any:
        """The equivalent after learning from a teacher, or from true labels where there is none."""
        labels, noise = self.labelled(teacher, spectrum)
        own, fit = self._fitted(spectrum, labels, noise, self.kind(teacher is None, spectrum))
        return own.through(fit, labels)

    def _fitted(self, spectrum: Any, labels: Any, noise: Any, kind: Any) -> tuple[Any, Fit]:
        """Its own spectrum, and its fit there.

        Least squares knows labels of a kind by their best linear description; other losses, and fits to rows
        of several sources, look at more of them.
        """
        own = spectrum.own(self)
        return own, self.fit(own, own.energy(labels), own.noise_of(labels, noise))

    def risk_on_grid(self, teacher: Any, spectrum: Any) -> Any:
        """The excess risk of a grid of teachers by students, where it is had at once; else None."""
        return None

    def misfit(self, teacher: Any, spectrum: Any) -> Any:
        """How far it is from its teacher, whose labels it learns."""
        labels, noise = self.labelled(teacher, spectrum)
        own, fit = self._fitted(spectrum, labels, noise, self.kind(False, spectrum))
        return own.misfit(fit, teacher, labels, self.truth)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "fit" in vars(cls) and "closed" not in vars(cls):  # another fit than that of its parent
            cls.closed = False  # type: ignore[method-assign, assignment]

    def gain(self, teacher: Any, spectrum: Any) -> tuple[Any, Any]:
        """What it takes from the excess risk of its teacher, and what it adds."""
        labels, noise = self.labelled(teacher, spectrum)
        kind = self.kind(teacher is None, spectrum)
        own, fit = self._fitted(spectrum, labels, noise, kind)
        if self.least_squares and kind is not None:  # the labels are not the teacher's function
            return spectrum.risk(teacher), spectrum.risk(own.through(fit, labels))
        gained: tuple[Any, Any] = own.gain(fit, teacher, labels, self.truth)
        return gained


Unweighted = Learner
"""The former name of the base class."""


def validate(learner: Any, *names: str) -> None:
    """Check these arguments of a frozen record, and that exactly one of gamma and samples is given.

    >>> from w2s_asymptotics import SelfDistilled
    >>> SelfDistilled(lams=(0.1, 0.2))
    Traceback (most recent call last):
        ...
    ValueError: SelfDistilled needs exactly one of gamma (= d/n) and samples (= n)
    """
    owner = type(learner).__name__
    if learner.dim is not None:
        with_dimension(learner, owner)
    if (learner.gamma is None) == (learner.samples is None):
        raise ValueError(f"{owner} needs exactly one of gamma (= d/n) and samples (= n)")
    for name in (*names, "samples" if learner.gamma is None else "gamma"):
        value = getattr(learner, name)
        if value is None and name == learner.parameter:  # a question may choose it; `check_order` sees to it
            object.__setattr__(learner, "missing", name)
        else:
            object.__setattr__(learner, name, check(name, value, owner))
    if learner.features is not None:
        object.__setattr__(learner, "features", _features(learner.features, owner))


def _features(value: Any, owner: str) -> Any:
    """A matrix (features by covariates), or a row: scales, a mask, or indices of what is seen."""
    array = as_array("features", value, owner)
    if array.ndim == 2 and array.dtype != object:
        array = np.array(check("features", array, owner))
    elif array.ndim == 1 and array.size and array.dtype.kind in "iu" and array.min() >= 0:
        if len(set(array.tolist())) < array.size:
            raise ValueError(f"features must not name a coordinate twice, got {value!r} ({owner}.features)")
        array = array.copy()
    elif array.ndim == 1 and array.dtype.kind == "b":
        array = array.copy()
    elif array.ndim == 1 and array.size and array.dtype.kind in "fO":
        array = np.array(check("features", array, owner))
    else:
        raise ValueError(
            "features must be a matrix, a row of scales, a mask, or whole numbers >= 0 that name what is "
            f"seen, got {value!r} ({owner}.features)"
        )
    array.setflags(write=False)
    return array


def aspect(learner: Any, dim: int | None) -> Any:
    """The aspect ratio d/n of a learner, from its samples where the world has a dimension."""
    return learner.gamma if dim is None or learner.samples is None else dim / np.asarray(learner.samples)


def is_learner(value: object) -> bool:
    """Whether a value can stand in a chain: an instance of `Learner`, whoever wrote its class.

    >>> from w2s_asymptotics import Ridge
    >>> is_learner(Ridge(gamma=0.5, lam=0.1)), is_learner(Ridge), is_learner(0.1)
    (True, False, False)
    """
    return isinstance(value, Learner)


def check_row(name: str, value: Any, world: Any, owner: str) -> None:
    """Raise `ValueError` unless it is one number, or a row of one per atom in a world that has several.

    >>> from w2s_asymptotics import Population
    >>> check_row("spread", np.ones(3), Population([2.0, 1.0], signal=[1.0, 1.0]), "Given")
    Traceback (most recent call last):
        ...
    ValueError: spread must be a number or a row of 2, got shape (3,) (Given.spread)
    """
    count = np.size(world.eigenvalues)
    single = isinstance(world, IsotropicPopulation)
    if np.shape(value) not in ((), (count,)) or (np.ndim(value) and single):
        some = "one number in an isotropic world" if single else f"a number or a row of {count}"
        raise ValueError(f"{name} must be {some}, got shape {np.shape(value)} ({owner}.{name})")


def check_order(world: Any, learners: Sequence[Any]) -> None:
    """Raise `ValueError` where learners do not fit the world, or the first is given truth to mix in."""
    for learner in learners:
        owner = type(learner).__name__
        if learner.missing:
            check(learner.missing, None, owner)
        learner.suits(world)
        if learner.samples is not None and world.dim is None:
            raise ValueError(
                "samples needs a world of finite dimension; give gamma = d/n instead, or dim = d beside it "
                f"({owner}.samples)"
            )
        if learner.dim is not None and getattr(world, "dim", None) not in (None, learner.dim):
            raise ValueError(
                f"dim must be that of the world, {world.dim}, or left out there, got {learner.dim:g} "
                f"({owner}.dim)"
            )
    named = getattr(world, "labels", "linear") != "linear"
    for learner in learners:
        if named and np.any(learner.truth):
            raise ValueError(
                f"truth must be 0 in a world whose labels are signs ({type(learner).__name__}.truth)"
            )
    first = learners[0].truth
    if not (isinstance(first, float) and first == 0.0):
        raise ValueError("truth must be 0 for the first learner, whose labels are true already (Ridge.truth)")


def ready(learner: Any) -> Any:
    """The learner at some value of its one parameter, where that was left out for a question to choose.

    >>> from w2s_asymptotics import Ridge
    >>> ready(Ridge(gamma=0.5)).lam, ready(Ridge(gamma=0.5, lam=0.1)).lam
    (1.0, 0.1)
    """
    missing = getattr(learner, "missing", "")
    return replace(learner, **{missing: 1.0}) if missing else learner


def with_lam(learner: Any, lam: Any) -> Any:
    """Return the learner at another penalty; `ValueError` for one that has not just one.

    >>> from w2s_asymptotics import Ridge
    >>> with_lam(Ridge(gamma=0.5, lam=0.1), 0.2).lam
    0.2
    """
    if not hasattr(learner, "lam"):
        raise ValueError(
            f"this question varies lam, which {type(learner).__name__} has not: give it a learner with one"
        )
    return replace(learner, lam=lam)
