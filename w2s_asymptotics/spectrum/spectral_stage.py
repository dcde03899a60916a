"""What a spectral filter keeps, loses and adds on every atom of a spectrum.

The two-penalty rule with `1 - tr(...)/n = (lam_1 - lam_2)/(kappa_1 - kappa_2)` gives the second moments of
any two functions of the sample covariance. Drawn together on the real axis, with `F = G_j G_k kappa/lam` and
`H = kappa F` just above it, a filter carries from one direction of atom k to another of atom j the energy

    s_j s_k/(2 pi^2 n) int int (h(x) - h(y))^2 [Im F(y) Im H(x) - Im F(x) Im H(y)]/(x - y) dx dy.

The integrand is smooth, on the diagonal as well: a threshold in the bulk costs no accuracy. Where Sigma is
the identity it is the variance of h. Derived in "spectral_filters".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import REAL
from .sample_spectrum import Nodes, sample_spectrum
from .spectral_filters import Filter

__all__ = ["AppliedFilter", "spectral_stage"]

_NEGLIGIBLE = 1e-150
_ENTRIES = 4_000_000
"""Of a kernel at a time: more are computed again, in rows, whenever they are asked for."""


def spectral_stage(
    filter: Filter, gamma: Any, eigenvalues: Any, weights: Any, energy: Any, noise: Any
) -> tuple[Any, Any, Any]:
    """What a filter keeps and loses of each atom (the last axis), and the Gaussian energy that it adds there.

    `gamma`, the parameter of the filter and `noise` have length 1 on the last axis. Points that share a
    filter and a gamma share the work on the spectrum.
    """
    columns = gamma[..., 0], filter.parameter[..., 0], noise[..., 0], energy[..., 0]
    shape = np.broadcast_shapes(*(column.shape for column in columns))
    gammas, parameters, noises = (np.broadcast_to(column, shape).ravel() for column in columns[:3])
    energies = np.broadcast_to(energy, (*shape, len(eigenvalues))).reshape(-1, len(eigenvalues))
    stage = np.empty((3, len(gammas), len(eigenvalues)))
    kinds, place = np.unique(np.stack([gammas, parameters], axis=1), axis=0, return_inverse=True)
    with REAL.context():
        for kind, (aspect, parameter) in enumerate(kinds):
            applied = AppliedFilter(filter.of(parameter), float(aspect), eigenvalues, weights)
            for index in np.flatnonzero(place.ravel() == kind):
                added = applied.added(energies[index], noises[index])
                stage[:, index] = applied.kept, applied.lost, added
    kept, lost, added = stage.reshape(3, *shape, len(eigenvalues))
    return kept, lost, added


class AppliedFilter:
    """A filter at one aspect ratio on the atoms of a spectrum, ready for any labels.

    Attributes
    ----------
    kept, lost
        The shares of the target that the mean keeps and loses on each atom.
    per_noise
        The Gaussian energy added on each atom per unit of label noise.

    Examples
    --------
    >>> from w2s_asymptotics.learners.gradient_flow import Decay
    >>> applied = AppliedFilter(Decay(2.0), 0.5, np.array([2.0, 1.0]), np.array([0.5, 0.5]))
    >>> applied.kept.round(6), applied.carried(np.array([1.0, 0.0])).round(6)
    (array([0.881782, 0.714613]), array([0.012703, 0.021691]))
    """

    def __init__(self, filter: Filter, gamma: float, eigenvalues: Any, weights: Any) -> None:
        self._eigenvalues, self._scale = eigenvalues, gamma * weights
        spectrum = sample_spectrum(gamma, eigenvalues, weights)
        share = None if filter.leading is None else float(filter.leading)

        def resolve(nodes: Nodes) -> Any:
            energy = nodes.energy(spectrum.eigenvalues)
            kept, lost = (f(nodes.x, nodes.leads, REAL)[:, None] for f in (filter.kept, filter.lost))
            lost = np.where(lost > _NEGLIGIBLE, lost, 0.0)  # beside it, nothing is ever lost
            return np.hstack(
                [
                    energy,
                    energy * kept,
                    energy * lost,
                    energy * lost * lost,
                    energy * kept * (kept / nodes.x[:, None]),
                ]
            )

        nodes = spectrum.nodes(resolve, share)
        energy = nodes.energy(eigenvalues)
        kept, lost = (f(nodes.x, nodes.leads, REAL) for f in (filter.kept, filter.lost))
        null = np.where(eigenvalues > 0, spectrum.null, 1.0) / np.where(
            eigenvalues > 0, eigenvalues + spectrum.null, 1.0
        )
        self.kept, self.lost = kept @ energy, lost @ energy + null
        self.per_noise = self._scale * ((kept * (kept / nodes.x)) @ energy)
        self._prepare(filter, nodes, spectrum.null)

    def _prepare(self, filter: Filter, nodes: Nodes, null: float) -> None:
        """The parts of the double integral that the labels do not enter."""
        x, kappa, leads = nodes.x, nodes.kappa, nodes.leads
        weight = -nodes.weight * kappa / x
        if null > 0:
            # Null directions are one more place, where Im Phi is a point mass.
            x, kappa, leads = np.append(x, 0.0), np.append(kappa, null), np.append(leads, False)
            weight = np.append(weight, 1j * np.pi * null)
        self._filter, self._nodes = filter, (x, kappa, leads)
        self._resolvents = 1 / (self._eigenvalues + kappa[:, None])
        self._weighted = weight[:, None] * self._resolvents
        step = max(1, _ENTRIES // len(x))
        self._rows = [slice(start, start + step) for start in range(0, len(x), step)]
        self._whole = self._kernel(self._rows[0]) if len(self._rows) == 1 else None

    def _kernel(self, rows: slice) -> tuple[Any, Any]:
        """Rows of both kernels; all of them are kept where there is room."""
        x, kappa, leads = self._nodes
        own, here = x[rows, None], kappa[rows, None]
        gap = own - x
        step = self._filter.step(own, x, gap, leads[rows, None], leads, REAL)
        density = step * (step / np.where(gap == 0, 1.0, gap)) / (4 * np.pi**2)
        return density * (here - kappa.conj()), density * (here - kappa)

    def added(self, energy: Any, noise: float) -> Any:
        """The Gaussian energy added on each atom; infinite labels add infinitely much, if anything."""
        finite = np.isfinite(energy).all() and np.isfinite(noise)
        if finite:
            return self.carried(energy) + noise * self.per_noise
        return np.where(self.kept > 0, np.inf, 0.0)

    def carried(self, energy: Any) -> Any:
        """The Gaussian energy added on each atom by labels with this energy on each."""
        G, A = self._resolvents, self._weighted
        left = G * (self._eigenvalues * energy)
        total = np.zeros(len(self._eigenvalues))
        for rows in self._rows:
            crossed, straight = self._whole or self._kernel(rows)
            across = (crossed * (left[rows] @ G.conj().T)) @ A.conj()
            along = (straight * (left[rows] @ G.T)) @ A
            total += (A[rows] * (across - along)).real.sum(axis=0)
        return self._scale * self._eigenvalues * total
