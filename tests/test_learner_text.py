"""Learners written out on the command line: every one of them, and nothing else."""

import json
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

import w2s_asymptotics as w2s
from w2s_asymptotics import cli
from w2s_asymptotics.commands import commands
from w2s_asymptotics.learner_text import LEARNERS, read_learner

WRITTEN = (
    w2s.Committee(members=(w2s.Ridge(gamma=0.5, lam=0.1), w2s.Ridge(gamma=0.8, lam=0.2)), shared=0.5),
    w2s.Given(multiplier=0.8, noise=0.1),
    w2s.Pooled(sources=(w2s.Source(gamma=0.5), w2s.Source(gamma=5.0, labels="true")), lam=0.1),
    w2s.Convex(gamma=0.5, lam=0.1, loss="logistic"),
    w2s.GradientFlow(gamma=0.8, time=8.0),
    w2s.PrincipalComponents(gamma=0.5, components=0.3),
    w2s.RandomFeatures(gamma=0.5, width=1.5, lam=0.01, activation="relu"),
    w2s.Ridge(gamma=0.5, lam=0.01, penalty=(1.0, 2.0)),
    w2s.SelfDistilled(gamma=0.5, lams=(0.1, 0.2)),
    w2s.TwoLayer(gamma_step=0.1, gamma=0.3, width=2.0, lam=0.1),
)


@pytest.mark.parametrize("learner", WRITTEN, ids=lambda each: type(each).__name__)
def test_a_learner_is_read_as_python_writes_it(learner):
    given = {"penalty": "(1.0, 2.0)"} if isinstance(learner, w2s.Ridge) else {}
    fields = json.loads(learner.to_json())
    texts = {
        name: given.get(name) or repr(getattr(learner, name))
        for name in fields
        if name not in ("format", "version", "type")
    }
    assert (
        read_learner(f"{type(learner).__name__}({', '.join(f'{k}={v}' for k, v in texts.items())})")
        == learner
    )


def test_all_learners_are_there():
    assert {type(each).__name__ for each in WRITTEN} | {"Source"} == set(LEARNERS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os').system('true')", "is not a learner"),
        ("Ridge(gamma=open('a'), lam=0)", r"\"open\('a'\)\" in .* is not a value"),
        ("Ridge(gamma=0.5 + 0.1, lam=0)", "is not a value"),
        ("Ridge(gamma=True, lam=0)", "is not a value"),
        ("Ridge(**{'gamma': 1})", "has no argument None"),
        ("Ridge(0.5, 0.1)", "arguments by name"),
        ("Rigde(gamma=0.5, lam=0)", "did you mean Ridge"),
        ("Ridge(gama=0.5, lam=0)", "did you mean gamma"),
        ("Ridge(gamma=-0.5, lam=0)", "gamma must be > 0"),
        ("Ridge(" * 5000, "is not a learner"),
        ("", "is not a learner"),
    ],
)
def test_anything_else_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        read_learner(text)


def test_any_learner_teaches_any_on_the_command_line(capsys):
    teacher, student = "Ridge(gamma=0.5, lam=0.01)", "GradientFlow(gamma=0.8, time=8)"
    assert cli.run(["compare", "--teacher", teacher, "--student", student, "--noise", "0.5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    world = w2s.Population.isotropic(noise=0.5)
    learners = w2s.Ridge(gamma=0.5, lam=0.01), w2s.GradientFlow(gamma=0.8, time=8)
    assert found["student"] == w2s.compare(world, *learners).student
    assert found["study"]["learners"]["tuple"][1]["type"] == "GradientFlow"
    assert cli.run(["tune", "--teacher", teacher, "--student", student, "--noise", "0.5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["risk"] < found["student"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--lam-t", "0.1"], "--lam-t cannot be given beside --teacher"),
        (["--gamma-s", "0.8"], "Missing option '--lam-s'"),
    ],
)
def test_one_learner_is_described_once(capsys, arguments, message):
    rest = ["--gamma-s", "0.8", "--lam-s", "0.1"] if arguments[0] != "--gamma-s" else []
    assert cli.run(["compare", "--teacher", "Ridge(gamma=0.5, lam=0.01)", *arguments, *rest]) == 2
    assert message in capsys.readouterr().err


def test_help_is_in_groups(capsys):
    assert cli.run(["compare", "--help"]) == 0
    shown = capsys.readouterr().out
    heads = [line for line in shown.splitlines() if line.endswith(":") and line[:1].isupper()]
    networks = ["Teacher, where it is a network:", "Student, where it is a network:"]
    assert heads == ["World:", "Teacher:", "Student:", *networks, "Options:"]


def test_names_are_completed():
    shell = ShellComplete(commands, {}, "w2s", "_W2S_COMPLETE")
    assert [each.value for each in shell.get_completions(["derive"], "comp")] == ["compensation"]
    assert [each.value for each in shell.get_completions(["compare", "--teacher"], "Rid")] == ["Ridge("]


def test_the_package_runs_as_the_command():
    command = [sys.executable, "-m", "w2s_asymptotics", "derive", "--help"]
    assert "w2s derive" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
