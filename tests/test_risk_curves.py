"""The figures of risks over sizes or generations, and of their parts, show what they are given."""

import numpy as np

from w2s_asymptotics.report.plots import axis_label, new_axes, part_bars, risk_curves


def test_curves_points_and_levels_are_drawn() -> None:
    places = np.array([1.0, 2.0, 3.0])
    points = [(places, places, 0.1 * places)]
    axes = risk_curves(
        places,
        [("a", places), ("b", [1.0, np.inf, 2.0])],
        points,
        "size",
        predicting_zero=1.0,
        top=4,
        ax=new_axes(),
    )
    lines = {line.get_label(): line for line in axes.get_lines()}
    np.testing.assert_array_equal(lines["a"].get_ydata(), places)
    assert np.isnan(lines["b"].get_ydata()[1])
    assert lines["predicting zero"].get_ydata()[0] == 1.0
    assert axes.get_ylim() == (0.0, 4.0)
    assert axes.get_xlabel() == "size"


def test_parts_are_stacked_and_labelled_by_their_sum() -> None:
    axes = part_bars([("teacher", 0.5, 0.25), ("student", 0.4, 0.0)], ax=new_axes())
    easy, hard = axes.containers
    assert [bar.get_height() for bar in easy] == [0.5, 0.4]
    assert [(bar.get_y(), bar.get_height()) for bar in hard] == [(0.5, 0.25), (0.4, 0.0)]
    assert [text.get_text() for text in axes.texts] == ["0.75", "0.4"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["teacher", "student"]


def test_parameters_of_networks_have_words() -> None:
    assert axis_label("student.quality") == r"student's quality $\zeta$ of the retained head"
    assert axis_label("teacher.gamma_step") == r"teacher's ratio $d/n$ of the gradient step"
