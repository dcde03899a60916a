"""The report on networks: their parts, actual networks beside the prediction, no data set."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import w2s_asymptotics as w2s
from w2s_asymptotics.commands import commands, plain
from w2s_asymptotics.questions.finite_spikes import finite_spike_risks
from w2s_asymptotics.report import dataset, page, plots

WORLD = w2s.MultiIndex(easy=[1.0, 0.4], hard=[0.0, 0.6], noise=0.5)
TEACHER = w2s.TwoLayer(gamma_step=0.2, gamma=0.2, width=1.0, lam=0.05)
STUDENT = w2s.TwoLayer(
    gamma_step=0.2, gamma=0.3, width=2.0, lam=0.1, degree=2, hard_degree=2, head="retained", quality=0.8
)


@pytest.fixture(scope="module")
def answers() -> Any:
    return page.ask(WORLD, TEACHER, STUDENT, dim=16, repetitions=4, seed=1)


def test_the_parts_are_those_of_the_risks(answers: Any) -> None:
    parts = {name: (easy, hard) for name, easy, hard in answers.parts()}
    assert sum(parts["student"]) == pytest.approx(answers.comparison.student, rel=1e-14)
    assert sum(parts["ceiling"]) == pytest.approx(answers.comparison.ceiling, rel=1e-14)
    assert parts["teacher"][1] == pytest.approx(0.72) and parts["student"][1] == pytest.approx(0.0288)


def test_actual_networks_stand_beside_their_prediction(answers: Any) -> None:
    predicted = finite_spike_risks(WORLD, TEACHER, STUDENT, dim=16)
    trained = w2s.simulate(WORLD, TEACHER, STUDENT, dim=16, repetitions=4, seed=1, network="real")
    for place, row in enumerate(answers.network_rows()):
        assert (row["predicted"], row["mean"]) == (predicted[place], trained.mean[place])
    assert answers.path is None and answers.diagram.x_name == "student.quality"
    odd = replace(TEACHER, activation="sign")  # takes no gradient step that could be trained
    untrained = page.ask(WORLD, odd, replace(STUDENT, head="labels", quality=1.0), dim=16, repetitions=2)
    assert untrained.network_rows() == [] and untrained.diagram.x_name == "student.lam"


def test_the_command_writes_the_page(tmp_path: Any) -> None:
    options = "--easy 1,0.4 --hard 0,0.6 --gamma-step-t 0.2 --width-t 1 --gamma-step-s 0.2 --width-s 2"
    student = (
        "--degree-s 2 --hard-degree-s 2 --head-s probe --gamma-probe-s 0.5 --dim 16 --repetitions 3 --json"
    )
    said = CliRunner().invoke(commands, ["report", "-o", str(tmp_path), *options.split(), *student.split()])
    assert said.exit_code == 0, said.output
    figures = json.loads(said.output)
    assert [each["name"] for each in figures["parts"]] == ["teacher", "student", "ceiling"]
    assert figures["parts"][1]["hard"] == 0.0 and len(figures["networks"]) == 2
    text = (tmp_path / "index.html").read_text()
    for heading in ("Penalty and parts", "Actual networks", "As the dimension grows", "Derivation"):
        assert f">{heading}</h" in text
    assert "probe with d/n = 0.5" in text and text.count("<img ") == 3 and "Ridge teacher" not in text
    source = (tmp_path / "report.tex").read_text()
    assert "figures/parts.pdf" in source and "Actual networks" in source
    assert (tmp_path / "figures" / "parts.pdf").exists()


def test_no_data_set(tmp_path: Any) -> None:
    rows = np.eye(3)
    with pytest.raises(ValueError, match="leave data out"):
        page.report(WORLD, TEACHER, STUDENT, tmp_path, dataset.DataSet("rows", rows, np.ones(3)), dim=16)


def test_the_answers_are_plain(answers: Any) -> None:
    figures = plain(answers.as_dict())
    assert figures["networks"][1]["z"] == answers.network_rows()[1]["z"]


def test_one_sign_of_gain_has_one_scale() -> None:
    ratios = np.geomspace(0.1, 1.0, 4)
    diagram = w2s.phase_diagram(
        WORLD, TEACHER, STUDENT, x=("student.gamma", ratios), y=("student.gamma_step", ratios)
    )
    assert (diagram.gain > 0).all()
    bars = [
        each for each in plots.phase(diagram, ax=plots.new_axes()).figure.axes if each.get_ylabel() == "gain"
    ]
    assert len(bars) == 1 and min(bars[0].get_yticks()) == 0.0


def test_a_small_region_of_losses_has_a_scale_that_shows_it() -> None:
    gain = np.full((20, 20), 0.5)
    gain[0, 0] = -0.25
    grid = np.arange(20.0)
    diagram = SimpleNamespace(x_name="noise", y_name="signal", x=grid, y=grid, gain=gain, boundary=[])
    bar = plots.phase(diagram, ax=plots.new_axes()).figure.axes[1]
    assert min(bar.get_yticks()) == -0.25 and max(bar.get_yticks()) == 0.5
