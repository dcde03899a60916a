"""The figure of risks over sizes or generations shows what it is given."""

import numpy as np

from w2s_asymptotics.report.plots import risk_curves


def test_curves_points_and_levels_are_drawn() -> None:
    places = np.array([1.0, 2.0, 3.0])
    points = [(places, places, 0.1 * places)]
    axes = risk_curves(
        places, [("a", places), ("b", [1.0, np.inf, 2.0])], points, "size", predicting_zero=1.0, top=4
    )
    lines = {line.get_label(): line for line in axes.get_lines()}
    np.testing.assert_array_equal(lines["a"].get_ydata(), places)
    assert np.isnan(lines["b"].get_ydata()[1])
    assert lines["predicting zero"].get_ydata()[0] == 1.0
    assert axes.get_ylim() == (0.0, 4.0)
    assert axes.get_xlabel() == "size"
