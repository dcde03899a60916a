"""The command line: answers, answers for machines, and one line with an exit code when something is wrong."""

import builtins
import json
import signal
import subprocess
import sys

import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics import cli

WORLD = ["--noise", "0.5"]
PAIR = ["--gamma-t", "0.5", "--lam-t", "0.01", "--gamma-s", "0.8", "--lam-s", "0.3"]


def answered(capsys, *arguments):
    assert cli.run(list(arguments)) == 0
    return capsys.readouterr().out


def refused(capsys, *arguments, code=2):
    assert cli.run(list(arguments)) == code
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.err.strip()


def test_compare_in_words_and_for_machines(capsys):
    comparison = w2s.compare(
        w2s.Population.isotropic(noise=0.5), w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)
    )
    assert comparison.reason in answered(capsys, "compare", *PAIR, *WORLD)
    figures = json.loads(answered(capsys, "compare", *PAIR, *WORLD, "--json"))
    assert figures["student"] == comparison.student and figures["student_wins"] is True


def test_infinite_risk_is_valid_json(capsys):
    pair = ["--gamma-t", "1", "--lam-t", "0", "--gamma-s", "0.8", "--lam-s", "0.3"]
    assert json.loads(answered(capsys, "compare", *pair, *WORLD, "--json"))["teacher"] == "inf"


def test_tune_teacher_and_student(capsys):
    teacher = ["--gamma-t", "0.5", "--lam-t", "0.01"]
    assert json.loads(answered(capsys, "tune", *teacher, *WORLD, "--json"))["lam"] == pytest.approx(0.25)
    student = json.loads(answered(capsys, "tune", *teacher, "--gamma-s", "0.8", *WORLD, "--json"))
    assert 0 < student["lam"] < 1


def test_simulate(capsys):
    run = ["--dim", "20", "--repetitions", "5", "--seed", "3"]
    figures = json.loads(answered(capsys, "simulate", *PAIR, *WORLD, *run, "--json"))
    assert len(figures["mean"]) == len(figures["z"]) == 2
    assert "5 repetitions, seed 3" in answered(capsys, "simulate", *PAIR, *WORLD, *run)


def test_phase_writes_a_picture_and_prints_figures(capsys, tmp_path):
    picture = tmp_path / "phase.png"
    out = answered(capsys, "phase", *PAIR, *WORLD, "--points", "8", "-o", str(picture), "--json")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert len(json.loads(out)["gain"]) == 8
    assert "-o FILE" in refused(capsys, "phase", *PAIR, *WORLD)
    assert "increasing" in refused(capsys, "phase", *PAIR, "--x-range", "2", "1", "-o", str(picture))


def test_derive_lists_and_writes(capsys, tmp_path):
    listing = answered(capsys, "derive", "--list")
    assert [line.split()[0] for line in listing.splitlines()] == list(w2s.derivations())
    assert answered(capsys, "derive", "teacher_risk") == w2s.derive("teacher_risk").text() + "\n"
    assert answered(capsys, "derive", "teacher_risk", "--format", "latex").startswith(r"\documentclass")
    answered(capsys, "derive", "teacher_risk", "--format", "html", "-o", str(tmp_path / "a.html"))
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert "needs -o" in refused(capsys, "derive", "teacher_risk", "--format", "pdf")
    assert "no result named 'nonsense'" in refused(capsys, "derive", "nonsense")


def test_verify_one(capsys):
    assert "steps hold" in answered(capsys, "verify", "teacher_risk")
    (report,) = json.loads(answered(capsys, "verify", "teacher_risk", "--json"))["derivations"]
    assert all(outcome["passed"] for outcome in report["steps"].values())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (["--lam-t", "-0.1"], "w2s: lam must be >= 0, got -0.1 (Ridge.lam: ridge penalty"),
        (["--noise", "nan"], "w2s: noise must be >= 0, got nan"),
        (["--gamma-s", "0"], "w2s: gamma must be > 0"),
        (["--gamma-s", "__import__('os').getcwd()"], "is not a valid float"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(capsys, changed, message):
    error = refused(capsys, "compare", *PAIR, *WORLD, *changed)
    assert message in error
    assert error.count("\n") == 0 or "Usage:" in error


def test_bad_files_are_one_line(capsys, tmp_path):
    error = refused(capsys, "report", "--data", str(tmp_path / "none.csv"), "-o", str(tmp_path / "out"))
    assert "none.csv: No such file or directory" in error
    assert not (tmp_path / "out").exists()


def test_missing_click_is_one_line(capsys, monkeypatch):
    real = builtins.__import__

    def without_click(name, *rest):
        if name == "click":
            raise ModuleNotFoundError("No module named 'click'", name="click")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_click)
    assert (
        refused(capsys, "compare", code=1)
        == "w2s: the commands need click: pip install 'w2s_asymptotics[cli]'"
    )


def test_interruption_exits_130(capsys, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(w2s, "compare", interrupted)
    assert refused(capsys, "compare", *PAIR, code=130).endswith("interrupted")


def test_report_end_to_end(capsys, tmp_path):
    rows = "\n".join(f"{k % 5},{(k * k) % 7},{k % 3 - k % 2}" for k in range(40))
    (tmp_path / "d.csv").write_text(rows)
    options = [
        "--data",
        str(tmp_path / "d.csv"),
        "-o",
        str(tmp_path / "out"),
        "--dim",
        "16",
        "--repetitions",
        "4",
    ]
    figures = json.loads(answered(capsys, "report", *options, "--json"))
    assert figures["data"]["name"] == "d.csv"
    assert (tmp_path / "out" / "index.html").exists() and (tmp_path / "out" / "report.tex").exists()


def test_module_runs_as_a_program():
    command = [sys.executable, "-m", "w2s_asymptotics.cli", "compare", *PAIR, "--lam-s", "-1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2 and run.stderr.startswith("w2s: lam must be >= 0, got -1.0")
    assert run.stdout == "" and run.stderr.count("\n") == 1


def test_ctrl_c_while_the_commands_load(capsys, monkeypatch):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_run", interrupted)
    assert cli.run(["compare"]) == 130
    assert capsys.readouterr().err == "w2s: interrupted\n"


@pytest.mark.parametrize("after", [0.4, 1.5])
def test_ctrl_c_ends_a_long_report_with_one_line(tmp_path, after):
    options = ["-o", str(tmp_path / "out"), "--dim", "400", "--repetitions", "1000"]
    run = subprocess.Popen(
        [sys.executable, "-m", "w2s_asymptotics.cli", "report", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell without job control starts what runs in its background with Ctrl-C ignored, to be inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with pytest.raises(subprocess.TimeoutExpired):
        run.wait(timeout=2 + after)
    run.send_signal(signal.SIGINT)
    out, error = run.communicate(timeout=60)
    assert (run.returncode, out) == (130, ""), error
    assert error.strip().splitlines()[-1] == "w2s: interrupted" and "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_data_states_how_far_theory_is_off(capsys):
    pytest.importorskip("sklearn")
    arguments = ["data", "--set", "diabetes", "--features", "raw", "--repetitions", "4"]
    printed = answered(capsys, *arguments)
    assert "Gaussian control" in printed and "best lam_s: predicted" in printed
    assert "largest relative deviation" in printed and "diabetes raw" in printed
    (studies,) = json.loads(answered(capsys, *arguments, "--json")).values()
    assert len(studies) == 3 and {each["dim"] for each in studies} == {10}
    assert all(each["largest_control_deviation"] > 0 for each in studies)
    assert "mnist" in refused(capsys, "data", "--set", "mnist")


ATOMS = ["--eigenvalues", "1,1", "--signal", "0.9,0.1", "--weights", "0.2,0.8", "--noise", "0.3"]


def test_a_world_of_atoms(capsys):
    pair = ["--gamma-t", "0.6", "--lam-t", "0.2", "--gamma-s", "0.6", "--lam-s", "0.05"]
    found = json.loads(answered(capsys, "compare", *ATOMS, *pair, "--penalty-s", "0.2,3", "--json"))
    assert found["student"] == pytest.approx(0.21445293692749385447, rel=1e-12)
    phase = json.loads(
        answered(
            capsys, "phase", *ATOMS, *pair, "--x", "student.penalty.0", "--y", "signal.1", "--points", "5",
            "--json",
        )
    )  # fmt: skip
    assert phase["x_name"] == "student.penalty.0" and len(phase["gain"]) == 5
    assert "not a list of numbers" in refused(capsys, "compare", "--eigenvalues", "1;2", *pair)
    assert "__import__" in refused(capsys, "compare", "--eigenvalues", "__import__('os')", *pair)
    assert "--eigenvalues" in refused(capsys, "compare", "--signal", "0.9,0.1", *pair)


def test_rows_dimension_and_alpha_in_place_of_ratios(capsys):
    ratios = ["--gamma-t", "0.25", "--lam-t", "0.01", "--gamma-s", "0.5", "--lam-s", "0.1"]
    counts = ["--samples-t", "2000", "--alpha-t", "20", "--samples-s", "1000", "--alpha-s", "100"]
    plain = json.loads(answered(capsys, "compare", *ratios, *WORLD, "--json"))
    counted = json.loads(answered(capsys, "compare", *counts, "--dim", "500", *WORLD, "--json"))
    assert counted["gain"] == pytest.approx(plain["gain"], rel=1e-12)
    assert "retuned (lam = 0.125, alpha = 250)" in counted["advice"]
    assert counted["retuned"]["lam"] == 0.125


def test_the_penalty_that_is_tuned_or_varied_is_left_out(capsys, tmp_path):
    assert answered(capsys, "tune", "--gamma-t", "0.5", *WORLD).startswith("lam = 0.25,")
    pair = ["--gamma-t", "0.5", "--gamma-s", "0.8", *WORLD]
    assert answered(capsys, "tune", *pair, "--lam-t", "0.01").startswith("lam = 0.1031406")
    assert json.loads(answered(capsys, "phase", *pair, "--points", "3", "--json"))["x_name"] == "student.lam"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing option '--gamma-t'"),
        (["--gamma-t", "0.5"], "Missing option '--lam-t', or '--alpha-t'"),
        (["--gamma-t", "0.5", "--lam-t", "1"], "Missing option '--gamma-s'"),
        (["--samples-t", "20", "--lam-t", "1"], "'--samples-t' needs '--dim'"),
        (["--gamma-t", "1", "--alpha-t", "1"], "'--alpha-t' needs '--dim'"),
        (["--gamma-t", "1", "--samples-t", "20", "--dim", "5"], "'--gamma-t' or '--samples-t', not both"),
    ],
)
def test_missing_options_are_named(capsys, arguments, message):
    assert message in refused(capsys, "compare", *arguments)
