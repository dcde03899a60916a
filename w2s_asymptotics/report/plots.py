"""Figures: phase diagrams, risk curves with error bars, theory against measurement.

Each function draws on an `Axes` and returns it: those given as `ax`, else the current ones of pyplot where
that is in use (as in a notebook), else new ones. With `pictures`, this is the only module
that imports matplotlib. It needs no display.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

try:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize, TwoSlopeNorm
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"figures need {error.name}: pip install 'w2s_asymptotics[report]'", name=error.name
    ) from error

from .pictures import current_axes, new_axes, png, save, svg

__all__ = [
    "alignment_curves",
    "current_axes",
    "new_axes",
    "part_bars",
    "one_scale",
    "phase",
    "png",
    "risk_curve",
    "risk_curves",
    "save",
    "svg",
    "theory_against_measured",
]

THEORY, MEASURED, TEACHER, CEILING = "#0b5c7a", "#c2410c", "#4b5563", "#17693a"
EASY, HARD = "#4a90b8", "#d98e3f"
_WORDS = {
    "lam": r"penalty $\lambda_{0}$",
    "gamma": r"aspect ratio $\gamma_{0} = d/n_{0}$",
    "noise": r"added label noise $\sigma_{0}^2$",
    "truth": r"weight of true labels $\xi_{0}$",
    "gamma_step": r"ratio $d/n$ of the gradient step",
    "gamma_probe": r"ratio $d/n$ of the true labels of a probe",
    "quality": r"quality $\zeta$ of the retained head",
}
_WORLD = {"noise": r"label noise $\sigma^2$", "signal": r"signal energy $r^2$"}


def axis_label(parameter: str) -> str:
    r"""Turn the name of a parameter into an axis label.

    >>> axis_label("student.lam")
    "student's penalty $\\lambda_s$"
    >>> axis_label("noise")
    'label noise $\\sigma^2$'
    """
    learner, dot, name = parameter.rpartition(".")
    if not dot or learner == "world":
        return _WORLD.get(name, name)
    words = _WORDS.get(name, name.replace("_", " "))
    return f"{learner}'s {words.replace('{0}', learner[:1])}"


def _scale(values: ArrayLike) -> str:
    """Choose a logarithmic axis where positive values span more than a decade and a half."""
    grid = np.asarray(values, dtype=float)
    return "log" if grid.min() > 0 and grid.max() > 30 * grid.min() else "linear"


def one_scale(*diagrams: Any, steps: int = 12) -> dict[str, Any]:
    """Make one scale of colours for several phase diagrams: `phase(one, **one_scale(one, other))`.

    A few huge gains (a teacher near its interpolation peak) would leave the rest pale, so the scale leaves
    out the outermost; and so would one scale for both signs, since losses are often far larger than gains.

    Returns
    -------
    dict
        The arguments `levels` and `norm` of `phase`, with `steps` colours on each side of 0.
    """
    gain = np.concatenate([np.ravel(np.asarray(diagram.gain, dtype=float)) for diagram in diagrams])
    values = gain[np.isfinite(gain)]
    low, high = (float(each) for each in np.quantile(values, (0.02, 0.98)))
    high = high if high > 0 else max(float(values.max()), 1e-12)
    low = low if low < 0 else min(float(values.min()), -1e-12)
    losses, gains = np.linspace(low, 0.0, steps + 1), np.linspace(0.0, high, steps + 1)
    both = bool(np.any(values < 0) and np.any(values > 0))
    levels = np.concatenate([losses, gains[1:]]) if both else losses if np.any(values < 0) else gains
    return {"levels": levels, "norm": TwoSlopeNorm(0.0, low, high)}


def phase(
    diagram: Any,
    optimum: float | None = None,
    ax: Axes | None = None,
    *,
    cmap: str | Colormap = "PuOr",
    levels: int | ArrayLike | None = None,
    norm: Normalize | None = None,
    colorbar: bool = True,
    label: str | None = None,
) -> Axes:
    """Draw a phase diagram: contours of the gain, the zero-gain boundary, the optimal teacher's penalty.

    Parameters
    ----------
    diagram
        A record of `phase_diagram`: `x_name, y_name, x, y, gain` (rows follow `y`) and `boundary`, curves
        as `(k, 2)` arrays.
    optimum
        The teacher's optimal penalty, drawn as a dashed line on the axis that carries the teacher's penalty.
    ax
        Where to draw; by default the current axes of pyplot, or a new figure where that is not in use.
    cmap
        The colours; by default the student wins where it is purple.
    levels, norm
        The contours (their places, or how many on each side of 0) and how gains become colours; by default
        those of `one_scale(diagram)`, which makes one scale for several diagrams, too.
    colorbar, label
        Whether there is a bar of the colours, and what stands beside it.

    Returns
    -------
    Axes
        The axes drawn on; its figure is `ax.figure`.
    """
    ax = ax if ax is not None else current_axes()
    gain = np.ma.masked_invalid(np.asarray(diagram.gain, dtype=float))
    own = one_scale(diagram, **({"steps": levels} if isinstance(levels, int) else {}))
    given = own["levels"] if levels is None or isinstance(levels, int) else np.asarray(levels, dtype=float)
    scale = own["norm"] if norm is None else norm
    if norm is None and not isinstance(levels, int) and levels is not None and given[0] < 0 < given[-1]:
        scale = TwoSlopeNorm(0.0, given[0], given[-1])
    filled = ax.contourf(diagram.x, diagram.y, gain, levels=given, cmap=cmap, norm=scale, extend="both")
    if colorbar:
        bar = ax.figure.colorbar(filled, ax=ax, ticks=given[:: max(len(given) // 8, 1)], format="%.2g")
        two = isinstance(scale, TwoSlopeNorm) and given[0] < 0 < given[-1]
        bar.set_label(label or ("gain (a scale of its own on each side of 0)" if two else "gain"))
    for curve in diagram.boundary:
        points = np.asarray(curve, dtype=float)
        ax.plot(points[:, 0], points[:, 1], color="black", linewidth=1.8)
    if any(len(curve) for curve in diagram.boundary):
        ax.plot([], [], color="black", label="student and teacher equal", linewidth=1.8)
    if optimum is not None:
        axes = ((diagram.x_name, diagram.x, ax.axvline), (diagram.y_name, diagram.y, ax.axhline))
        for name, grid, line in axes:
            if name == "teacher.lam" and np.min(grid) <= optimum <= np.max(grid):
                line(
                    optimum,
                    color=CEILING,
                    linestyle="--",
                    label=r"optimal teacher, $\lambda_\ast$",
                    linewidth=1.8,
                )
    ax.set(xscale=_scale(diagram.x), yscale=_scale(diagram.y))
    ax.set(xlim=(np.min(diagram.x), np.max(diagram.x)), ylim=(np.min(diagram.y), np.max(diagram.y)))
    ax.set(xlabel=axis_label(diagram.x_name), ylabel=axis_label(diagram.y_name))
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="best", framealpha=0.9)
    return ax


def risk_curve(
    lams: ArrayLike,
    theory: ArrayLike,
    measured_lams: ArrayLike | None = None,
    mean: ArrayLike | None = None,
    standard_error: ArrayLike | None = None,
    levels: Sequence[tuple[str, float]] = (),
    control: ArrayLike | None = None,
    parameter: str = "student.lam",
    ax: Axes | None = None,
    *,
    label: str = "student",
    color: str = THEORY,
) -> Axes:
    """Draw the risk against a penalty: theory as a line, simulation as points with bars of two std. errors.

    Parameters
    ----------
    lams, theory
        The curve.
    measured_lams, mean, standard_error
        The simulation, at penalties of its own; none drawn if `mean` is None.
    levels
        Horizontal lines, as (label, risk): the teacher, the ceiling.
    control
        Means of a control simulation with Gaussian rows, at the same penalties.
    parameter
        What the horizontal axis carries, as in `phase_diagram`.
    ax
        Where to draw; by default as in `phase`.
    label, color
        Who it is, in the legend, and the colour of the curve.
    """
    ax = ax if ax is not None else current_axes()
    ax.plot(lams, theory, color=color, label=f"{label}, theory", linewidth=1.8)
    if mean is not None:
        bars = None if standard_error is None else 2 * np.asarray(standard_error)
        ax.errorbar(
            lams if measured_lams is None else measured_lams,
            mean,
            yerr=bars,
            fmt="o",
            color=MEASURED,
            markersize=4,
            capsize=2.5,
            label=f"{label}, measured (± 2 s.e.)",
        )
    if control is not None:
        points = lams if measured_lams is None else measured_lams
        ax.plot(points, control, "x", color=TEACHER, markersize=5, label=f"{label}, Gaussian rows")
    for (label, risk), colour, dash in zip(
        levels, (TEACHER, CEILING, "#7c3aed"), ("--", ":", "-."), strict=False
    ):
        if np.isfinite(risk):
            ax.axhline(risk, color=colour, linestyle=dash, label=label, linewidth=1.4)
    ax.set(xscale=_scale(lams), xlabel=axis_label(parameter), ylabel="excess risk")
    ax.grid(alpha=0.25)
    ax.legend(framealpha=0.9, fontsize="small")
    return ax


def _curves_and_points(
    ax: Axes,
    places: ArrayLike,
    curves: Sequence[tuple[str, ArrayLike]],
    measured: Sequence[tuple[ArrayLike, ArrayLike, ArrayLike]],
) -> None:
    """Draw theory as lines, with gaps where it is infinite, and simulation as points in the same colours."""
    for place, (label, curve) in enumerate(curves):
        finite = np.where(np.isfinite(curve), curve, np.nan)
        ax.plot(places, finite, color=f"C{place}", label=label, linewidth=1.8)
    for place, (at, mean, error) in enumerate(measured):
        bars = 2 * np.asarray(error)
        ax.errorbar(at, mean, yerr=bars, fmt="o", color=f"C{place}", markersize=4, capsize=2.5)
    if measured:
        ax.errorbar([], [], yerr=[], fmt="o", color=TEACHER, markersize=4, label="measured (± 2 s.e.)")


def alignment_curves(
    shares: ArrayLike,
    gains: Sequence[tuple[str, ArrayLike]],
    measured: Sequence[tuple[ArrayLike, ArrayLike, ArrayLike]] = (),
    bound: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the gain against the alignment of the student's penalty: theory as lines, simulation as points.

    Parameters
    ----------
    shares
        Alignments in [-1, 1], as `Alignment.share` gives them.
    gains
        Curves over `shares`, as (label, gains).
    measured
        For each curve, as far as there are any: (alignments, mean gains, standard errors), drawn with bars of
        two standard errors in the colour of the curve.
    bound
        The most that a student can gain with any weights, as a horizontal line.
    ax
        Where to draw; by default as in `phase`.
    """
    ax = ax if ax is not None else current_axes()
    ax.axhline(0.0, color="black", linewidth=1)
    ax.axvline(0.0, color=TEACHER, linewidth=1, linestyle=":")
    _curves_and_points(ax, shares, gains, measured)
    if bound is not None:
        ax.axhline(bound, color=CEILING, linestyle="--", label="most with any weights", linewidth=1.4)
    ax.set(xlabel="alignment of the student's penalty", ylabel="gain over the teacher", xlim=(-1.03, 1.03))
    ax.grid(alpha=0.25)
    ax.legend(framealpha=0.9, fontsize="small")
    return ax


def risk_curves(
    places: ArrayLike,
    curves: Sequence[tuple[str, ArrayLike]],
    measured: Sequence[tuple[ArrayLike, ArrayLike, ArrayLike]] = (),
    xlabel: str = "",
    predicting_zero: float | None = None,
    top: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw excess risks over a size or over generations: theory as lines, simulation as points.

    Parameters
    ----------
    places
        Where the curves are evaluated: widths, samples per dimension, generations; infinite risks leave gaps.
    curves
        Risks over `places`, as (label, risks).
    measured
        For each curve, as far as there are any: (places, mean risks, standard errors), drawn with bars of two
        standard errors in the colour of the curve.
    xlabel
        What the places are.
    predicting_zero
        The risk of predicting zero, as a horizontal line.
    top
        The largest risk shown, where a peak would hide the rest.
    ax
        Where to draw; by default as in `phase`.
    """
    ax = ax if ax is not None else current_axes()
    _curves_and_points(ax, places, curves, measured)
    if predicting_zero is not None:
        ax.axhline(predicting_zero, color=TEACHER, linestyle=":", label="predicting zero", linewidth=1.2)
    ax.set(xlabel=xlabel, ylabel="excess risk", xscale=_scale(places), ylim=(0.0, top))
    ax.grid(alpha=0.25)
    ax.legend(framealpha=0.9, fontsize="small")
    return ax


def part_bars(learners: Sequence[tuple[str, float, float]], ax: Axes | None = None) -> Axes:
    """Draw the risks of several learners as bars, each stacked from its easy part and its hard part.

    Parameters
    ----------
    learners
        (label, easy, hard) of each, as `learned(world, *learners)` has them in a `MultiIndex` world.
    ax
        Where to draw; by default as in `phase`.
    """
    ax = ax if ax is not None else current_axes()
    labels = [label for label, _, _ in learners]
    easy, hard = (np.array([each[part] for each in learners], dtype=float) for part in (1, 2))
    ax.bar(labels, easy, 0.62, color=EASY, label="easy part, and what noise did to the fit")
    bars = ax.bar(labels, hard, 0.62, bottom=easy, color=HARD, label="hard part")
    ax.bar_label(bars, labels=[f"{total:.3g}" for total in easy + hard], padding=2, fontsize="small")
    ax.set(ylabel="excess risk")
    ax.margins(y=0.12)
    ax.grid(alpha=0.25, axis="y")
    ax.set_axisbelow(True)
    ax.legend(framealpha=0.9, fontsize="small")
    return ax


def theory_against_measured(
    theory: ArrayLike, mean: ArrayLike, standard_error: ArrayLike, label: str = "", ax: Axes | None = None
) -> Axes:
    """Scatter measured risks against predicted ones, with bars of two standard errors, about the diagonal.

    May be called again on the same axes, with a `label` each time.
    """
    ax = ax if ax is not None else current_axes()
    x, y = np.asarray(theory, dtype=float).ravel(), np.asarray(mean, dtype=float).ravel()
    error = np.asarray(standard_error, dtype=float).ravel()
    ax.errorbar(x, y, yerr=2 * error, fmt="o", markersize=4, capsize=2.5, label=label or None)
    if not ax.get_xlabel():
        ends = np.array([min(x.min(), y.min()), max(x.max(), y.max())])
        ax.axline((ends[0], ends[0]), (ends[1], ends[1]), color=TEACHER, linewidth=1, zorder=0)
        ax.set(xlabel="predicted excess risk", ylabel="measured excess risk (± 2 s.e.)")
        ax.grid(alpha=0.25)
        if _scale(np.concatenate([x, y])) == "log":
            ax.set(xscale="log", yscale="log")
    if label:
        ax.legend(framealpha=0.9, fontsize="small")
    return ax
