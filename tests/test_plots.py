"""Figures as users of matplotlib expect them: on the current axes, with the usual keywords, on one scale."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import matplotlib
from matplotlib.colors import Normalize, TwoSlopeNorm, to_hex

import w2s_asymptotics as w2s
from w2s_asymptotics.report import plots

WORLD = w2s.Population.isotropic(noise=0.5)


def diagram(gamma_s: float) -> Any:
    axes: dict[str, Any] = {
        "x": ("student.lam", np.geomspace(0.01, 10.0, 9)),
        "y": ("teacher.lam", np.geomspace(0.01, 10.0, 9)),
    }
    return w2s.phase_diagram(WORLD, w2s.Ridge(gamma=0.5), w2s.Ridge(gamma=gamma_s), **axes)


ONE, OTHER = diagram(0.8), diagram(2.0)


@pytest.fixture
def pyplot() -> Iterator[Any]:
    matplotlib.use("Agg")
    from matplotlib import pyplot as found

    found.close("all")
    yield found
    found.close("all")


def test_without_pyplot_axes_are_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    one, other = plots.current_axes(), plots.current_axes()
    assert one is not other and "matplotlib.pyplot" not in sys.modules


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.phase(ONE),
        lambda: plots.risk_curve([0.1, 1.0], [1.0, 2.0]),
        lambda: plots.risk_curves([1, 2], [("one", [1.0, 2.0])]),
        lambda: plots.alignment_curves([-1, 0, 1], [("one", [-0.2, 0, 0.1])]),
        lambda: plots.part_bars([("one", 1.0, 2.0)]),
        lambda: plots.theory_against_measured([1.0, 2.0], [1.1, 1.9], [0.1, 0.1]),
    ],
)
def test_figures_are_drawn_where_pyplot_is(draw: Any, pyplot: Any, tmp_path: Path) -> None:
    figure = pyplot.figure(figsize=(2, 2), dpi=40)
    assert draw() in figure.axes
    pyplot.savefig(tmp_path / "a.png")
    assert np.ptp(pyplot.imread(tmp_path / "a.png")[..., :3]) > 0.5


def test_in_a_notebook_a_figure_shows(pyplot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot")
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=object))  # type: ignore[arg-type]
    assert plots.phase(ONE).figure.number in matplotlib.pyplot.get_fignums()


def test_the_usual_keywords() -> None:
    ax = plots.phase(ONE, ax=plots.new_axes(), cmap="viridis", levels=[-1.0, 0.0, 1.0], label="E_t - E_s")
    filled, bar = ax.collections[0], ax.figure.axes[1]
    assert filled.cmap.name == "viridis" and bar.get_ylabel() == "E_t - E_s"
    assert isinstance(filled.norm, TwoSlopeNorm) and (filled.norm.vmin, filled.norm.vmax) == (-1.0, 1.0)
    alone = plots.phase(ONE, ax=plots.new_axes(), colorbar=False, norm=Normalize(-2.0, 2.0), levels=4)
    assert len(alone.figure.axes) == 1 and alone.collections[0].norm.vmax == 2.0
    assert len(alone.collections[0].levels) == 9
    curve = plots.risk_curve([0.1, 1.0], [1.0, 2.0], label="mine", color="red", ax=plots.new_axes())
    assert (curve.lines[0].get_label(), to_hex(curve.lines[0].get_color())) == ("mine, theory", "#ff0000")


def test_two_panels_share_a_scale() -> None:
    scale = plots.one_scale(ONE, OTHER)
    panels = [plots.phase(each, ax=plots.new_axes(), **scale).collections[0] for each in (ONE, OTHER)]
    assert panels[0].norm is panels[1].norm
    assert np.array_equal(panels[0].levels, panels[1].levels)
    alone = plots.phase(ONE, ax=plots.new_axes()).collections[0]
    assert (alone.norm.vmin, alone.norm.vmax) != (panels[0].norm.vmin, panels[0].norm.vmax)


def test_purple_wins_everywhere() -> None:
    filled = plots.phase(ONE, ax=plots.new_axes()).collections[0]
    assert filled.cmap.name == "PuOr"
    red, _, blue, _ = filled.cmap(1.0)
    assert blue > red and filled.norm(1.0) > 0.5
