"""Figures: phase diagrams, risk curves with error bars, theory against measurement.

Each function draws on an `Axes` and returns it. This is the only module that imports matplotlib. It needs no
display and leaves pyplot's state alone: figures are made from `matplotlib.figure.Figure`, nothing is kept.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from w2s_asymptotics.files import write_beside

try:
    from matplotlib.axes import Axes
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.figure import Figure
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"figures need {error.name}: pip install 'w2s_asymptotics[report]'", name=error.name
    ) from error

__all__ = [
    "alignment_curves",
    "new_axes",
    "part_bars",
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


def new_axes(width: float = 6.0, height: float = 4.2) -> Axes:
    """Make axes on a figure of their own, in inches."""
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


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


def phase(diagram: Any, optimum: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw a phase diagram: contours of the gain, the zero-gain boundary, the optimal teacher's penalty.

    Parameters
    ----------
    diagram
        A record of `phase_diagram`: `x_name, y_name, x, y, gain` (rows follow `y`) and `boundary`, curves
        as `(k, 2)` arrays.
    optimum
        The teacher's optimal penalty, drawn as a dashed line on the axis that carries the teacher's penalty.
    ax
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The axes drawn on; its figure is `ax.figure`.
    """
    ax = ax if ax is not None else new_axes()
    gain = np.ma.masked_invalid(np.asarray(diagram.gain, dtype=float))
    # A few huge gains (a teacher near its interpolation peak) would leave the rest pale; so would one scale
    # for both signs, since losses are often far larger than gains.
    values = gain.compressed()
    low, high = (float(each) for each in np.quantile(values, (0.02, 0.98)))
    high = high if high > 0 else max(float(values.max()), 1e-12)
    low = low if low < 0 else min(float(values.min()), -1e-12)
    losses, gains = np.linspace(low, 0.0, 13), np.linspace(0.0, high, 13)
    both = bool(np.any(gain < 0) and np.any(gain > 0))
    levels = np.concatenate([losses, gains[1:]]) if both else losses if np.any(gain < 0) else gains
    filled = ax.contourf(
        diagram.x,
        diagram.y,
        gain,
        levels=levels,
        cmap="PuOr",
        norm=TwoSlopeNorm(0.0, low, high),
        extend="both",
    )
    bar = ax.figure.colorbar(filled, ax=ax, ticks=levels[::3], format="%.2g")
    bar.set_label("gain (a scale of its own on each side of 0)" if both else "gain")
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
        Where to draw; a new figure by default.
    """
    ax = ax if ax is not None else new_axes()
    ax.plot(lams, theory, color=THEORY, label="student, theory", linewidth=1.8)
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
            label="student, measured (± 2 s.e.)",
        )
    if control is not None:
        points = lams if measured_lams is None else measured_lams
        ax.plot(points, control, "x", color=TEACHER, markersize=5, label="student, Gaussian rows")
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
        Where to draw; a new figure by default.
    """
    ax = ax if ax is not None else new_axes()
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
        Where to draw; a new figure by default.
    """
    ax = ax if ax is not None else new_axes()
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
        Where to draw; a new figure by default.
    """
    ax = ax if ax is not None else new_axes()
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
    fresh = ax is None
    ax = ax if ax is not None else new_axes()
    x, y = np.asarray(theory, dtype=float).ravel(), np.asarray(mean, dtype=float).ravel()
    error = np.asarray(standard_error, dtype=float).ravel()
    ax.errorbar(x, y, yerr=2 * error, fmt="o", markersize=4, capsize=2.5, label=label or None)
    if fresh or not ax.get_xlabel():
        ends = np.array([min(x.min(), y.min()), max(x.max(), y.max())])
        ax.axline((ends[0], ends[0]), (ends[1], ends[1]), color=TEACHER, linewidth=1, zorder=0)
        ax.set(xlabel="predicted excess risk", ylabel="measured excess risk (± 2 s.e.)")
        ax.grid(alpha=0.25)
        if _scale(np.concatenate([x, y])) == "log":
            ax.set(xscale="log", yscale="log")
    if label:
        ax.legend(framealpha=0.9, fontsize="small")
    return ax


def _bytes(ax: Axes, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.savefig(buffer, format=kind, **options)
    return buffer.getvalue()


def svg(ax: Axes) -> str:
    """Return the figure of `ax` as the text of an SVG file, the same from run to run."""
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "w2s"}):
        return _bytes(ax, "svg", metadata={"Date": None}).decode()


def save(ax: Axes, path: str | Path) -> Path:
    """Write the figure of `ax` to a file whose suffix says how: .png, .svg or .pdf."""
    target = Path(path)
    kind = target.suffix.lower().lstrip(".")
    if kind not in ("png", "svg", "pdf"):
        raise ValueError(f"a figure is written as .png, .svg or .pdf, got {target.name!r}")
    target.parent.mkdir(parents=True, exist_ok=True)
    return write_beside(target, svg(ax) if kind == "svg" else _bytes(ax, kind, dpi=150))


def png(ax: Axes, dpi: int = 150) -> bytes:
    """Return the figure of `ax` as a PNG file."""
    return _bytes(ax, "png", dpi=dpi, metadata={"Software": None})
