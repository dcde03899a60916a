"""Networks on the command line: the same answers as in Python, and one line for what does not fit."""

import json
from typing import Any

import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics import cli

WORLD = ["--easy", "1,0.3", "--hard", "he2", "--noise", "0.1"]
TEACHER = ["--gamma-step-t", "0.5", "--gamma-t", "0.6", "--width-t", "2", "--lam-t", "0.1", "--degree-t", "2"]
STUDENT = ["--gamma-step-s", "3", "--gamma-s", "0.4", "--width-s", "4", "--lam-s", "5e-4", "--degree-s", "2"]
RETAINED = ["--hard-degree-s", "2", "--head-s", "retained", "--quality-s", "0.7"]
PROBE = ["--hard-degree-s", "2", "--head-s", "probe", "--gamma-probe-s", "0.3"]


def chain(**student: Any) -> tuple[Any, Any, Any]:
    own = {"gamma_step": 3, "gamma": 0.4, "width": 4, "lam": 5e-4, "degree": 2} | student
    teacher = w2s.TwoLayer(gamma_step=0.5, gamma=0.6, width=2, lam=0.1, degree=2)
    return w2s.MultiIndex([1, 0.3], "he2", 0.1), teacher, w2s.TwoLayer(**own)


def answered(capsys: Any, *arguments: str) -> str:
    assert cli.run(list(arguments)) == 0
    return str(capsys.readouterr().out)


def refused(capsys: Any, *arguments: str) -> str:
    assert cli.run(list(arguments)) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err and captured.out == ""
    return str(captured.err).strip()


@pytest.mark.parametrize(
    ("options", "student"),
    [
        ([], {}),
        (RETAINED, {"hard_degree": 2, "head": "retained", "quality": 0.7}),
        (PROBE, {"hard_degree": 2, "head": "probe", "gamma_probe": 0.3}),
        (["--activation-s", "tanh", "--noise-s", "0.2"], {"activation": "tanh", "noise": 0.2}),
    ],
)
def test_compare(capsys: Any, options: list[str], student: dict[str, Any]) -> None:
    verdict = w2s.compare(*chain(**student))
    assert verdict.reason in answered(capsys, "compare", *WORLD, *TEACHER, *STUDENT, *options)
    figures = json.loads(answered(capsys, "compare", *WORLD, *TEACHER, *STUDENT, *options, "--json"))
    assert figures["student"] == verdict.student and figures["easy_gain"] == verdict.easy_gain
    assert figures["winning_quality"] == verdict.winning_quality


def test_links_by_name_and_without_a_hard_part(capsys: Any) -> None:
    _, *learners = chain()
    found = json.loads(answered(capsys, "compare", "--easy", "tanh", *TEACHER, *STUDENT, "--json"))
    assert found["student"] == w2s.risk(w2s.MultiIndex("tanh", [0]), *learners)


def test_tune(capsys: Any) -> None:
    world, teacher, student = chain(hard_degree=2, head="retained", quality=0.7)
    of_teacher = json.loads(answered(capsys, "tune", *WORLD, *TEACHER, "--json"))
    assert of_teacher["lam"] == w2s.tune(world, teacher).lam
    own = [*STUDENT[:6], *STUDENT[8:], *RETAINED]
    assert "--lam-s" not in own
    of_student = json.loads(answered(capsys, "tune", *WORLD, *TEACHER, *own, "--json"))
    assert of_student["risk"] == w2s.tune(world, teacher, student).risk


@pytest.mark.parametrize("network", ["ideal", "real"])
def test_simulate(capsys: Any, network: str) -> None:
    run = ["--dim", "20", "--repetitions", "4", "--seed", "3", "--network", network]
    small = ["--gamma-step-t", "0.2", "--gamma-t", "0.2", "--width-t", "1", "--lam-t", "0.1"]
    own = ["--gamma-step-s", "0.2", "--gamma-s", "0.2", "--width-s", "1", "--lam-s", "0.1"]
    figures = json.loads(answered(capsys, "simulate", *WORLD, *small, *own, *run, "--json"))
    learner = w2s.TwoLayer(0.2, 0.2, 1.0, 0.1)
    world = w2s.MultiIndex([1, 0.3], "he2", 0.1)
    again = w2s.simulate(world, learner, learner, dim=20, repetitions=4, seed=3, network=network)
    assert figures["mean"] == again.mean.tolist()


def test_phase(capsys: Any, tmp_path: Any) -> None:
    picture = tmp_path / "phase.png"
    axes = ["--x", "student.quality", "--x-range", "0", "1", "--y", "student.gamma_step", "--points", "6"]
    arguments = ["phase", *WORLD, *TEACHER, *STUDENT, *RETAINED, *axes, "-o", str(picture), "--json"]
    figures = json.loads(answered(capsys, *arguments))
    assert picture.read_bytes().startswith(b"\x89PNG") and len(figures["gain"]) == 6
    arguments = ["phase", *WORLD, *TEACHER, *STUDENT, "--points", "5", "-o", str(picture)]
    assert str(picture) in answered(capsys, *arguments)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (["--easy", "__import__('os').getcwd()"], "is not a list of numbers"),
        (["--easy", "exec"], "exec"),
        (["--easy", "x**2"], "is not a list of numbers"),
        (["--hard", "relu"], "hard must have information exponent at least 2"),
        (["--easy", "nan"], "MultiIndex.easy"),
        (["--easy", "0,1"], "easy must have information exponent 1"),
        (["--width-s", "-1"], "width must be > 0, got -1.0 (TwoLayer.width"),
        (["--quality-s", "0.5"], "quality belongs to"),
        (["--head-s", "probe"], "needs gamma_probe"),
        (["--head-s", "other"], "'other' is not one of"),
        (["--activation-t", "cube"], "'cube' is not one of"),
        (["--truth-s", "0.5"], "--truth-s belongs to other worlds than that of --easy"),
        (["--signal", "2"], "--signal belongs to other worlds"),
        (["--eigenvalues", "1,2"], "--eigenvalues belongs to other worlds"),
        (["--degree-s", "1.5"], "is not a valid integer"),
    ],
)
def test_bad_input(capsys: Any, changed: list[str], message: str) -> None:
    error = refused(capsys, "compare", *WORLD, *TEACHER, *STUDENT, *changed)
    assert message in error
    assert error.count("\n") == 0 or "Usage:" in error


def test_networks_and_other_learners_do_not_mix(capsys: Any) -> None:
    pair = ["--gamma-t", "0.5", "--lam-t", "0.01", "--gamma-s", "0.8", "--lam-s", "0.3"]
    for options in (["--hard", "he2"], ["--width-s", "2"], ["--degree-t", "0"]):
        error = refused(capsys, "compare", *pair, *options)
        assert error == f"w2s: {options[0]} needs a world for networks, which --easy gives"
    assert "a network needs --gamma-step-t and --width-t" in refused(capsys, "compare", *pair, *WORLD)
