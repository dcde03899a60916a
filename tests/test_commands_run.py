import json
import math
from pathlib import Path

import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.cli import run
from w2s_asymptotics.study import Study

STUDY = Path(__file__).parents[1] / "docs" / "schema" / "weak_teacher.json"
OPTIONS = ["--gamma-t", "0.5", "--lam-t", "0.01", "--gamma-s", "0.8", "--lam-s", "0.3", "--noise", "0.5"]

Captured = pytest.CaptureFixture[str]


def printed(capsys: Captured, *words: str, code: int = 0) -> tuple[str, str]:
    assert run(list(words)) == code
    found = capsys.readouterr()
    return found.out, found.err


def test_a_study_is_run_and_reproduced(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "answer.json"
    out, _ = printed(capsys, "run", str(STUDY), "-o", str(path))
    assert (
        "simulation at dim = 60, 8 repetitions, seed 0" in out
        and f"numpy {w2s.from_json(path.read_text()).versions['numpy']}" in out
    )
    answer = w2s.from_json(path.read_text())
    assert answer.seed == 0 and answer.versions["w2s_asymptotics"] == w2s.__version__
    assert answer.study == w2s.from_json(STUDY.read_text())
    out, err = printed(capsys, "run", str(path), "--check", "--json")
    assert w2s.from_json(out) == answer and err.startswith("reproduced to the last bit")


def test_a_result_that_differs_is_found(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "answer.json"
    printed(capsys, "run", str(STUDY), "-o", str(path))
    given = json.loads(path.read_text())
    given["result"]["mean"]["array"][0] = math.nextafter(given["result"]["mean"]["array"][0], 1.0)
    path.write_text(json.dumps(given))
    _, err = printed(capsys, "run", str(path), "--check", code=1)
    assert "the result differs from the one in" in err


def test_another_version_is_named(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "answer.json"
    study = Study(w2s.Population.isotropic(noise=0.5), (w2s.Ridge(gamma=0.5, lam=0.1),), "risk")
    given = json.loads(study.run().to_json())
    given["versions"]["numpy"] = "1.0"
    path.write_text(json.dumps(given))
    out, _ = printed(capsys, "run", str(path), "--check")
    assert "reproduced to the last bit, with another version of numpy" in out


def test_printed_json_is_fed_back(tmp_path: Path, capsys: Captured) -> None:
    verdict, _ = printed(capsys, "compare", *OPTIONS, "--json")
    path = tmp_path / "verdict.json"
    path.write_text(verdict)
    assert printed(capsys, "compare", "--from", str(path), "--json")[0] == verdict
    best, _ = printed(capsys, "tune", "--from", str(path), "--json")
    chain = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)
    assert json.loads(best)["lam"] == w2s.tune(w2s.Population.isotropic(noise=0.5), *chain).lam
    small = ["--dim", "20", "--repetitions", "3"]
    path.write_text(printed(capsys, "simulate", "--from", str(path), *small, "--seed", "5", "--json")[0])
    again = json.loads(printed(capsys, "simulate", "--from", str(path), "--json")[0])
    assert again == json.loads(path.read_text()) and again["seed"] == 5 and again["dim"] == 20
    other = json.loads(printed(capsys, "simulate", "--from", str(path), "--seed", "6", "--json")[0])
    assert other["seed"] == 6 and other["dim"] == 20 and other["mean"] != again["mean"]
    assert printed(capsys, "run", str(path))[0].startswith("simulate\nsimulation at dim = 20")


def test_every_learner_by_file(tmp_path: Path, capsys: Captured) -> None:
    """Chains that the options cannot say."""
    learners = w2s.RandomFeatures(gamma=0.5, width=2.0, lam=0.1), w2s.Ridge(gamma=0.8, lam=0.3)
    study = Study(w2s.Population([2.0, 1.0], [0.5, 0.5], noise=0.1), learners, "risk")
    (tmp_path / "study.json").write_text(study.to_json())
    out, _ = printed(capsys, "compare", "--from", str(tmp_path / "study.json"), "--json")
    assert json.loads(out)["gain"] == w2s.compare(study.world, *learners).gain


def test_a_sweep_into_a_store(tmp_path: Path, capsys: Captured) -> None:
    pytest.importorskip("xarray")
    chain = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)
    arguments = {"over": {"student.lam": [0.1, 0.2]}, "ask": ["gain"]}
    study = Study(w2s.Population.isotropic(noise=0.5), chain, "sweep", arguments)
    (tmp_path / "study.json").write_text(study.to_json())
    printed(capsys, "run", str(tmp_path / "study.json"), "--store", str(tmp_path / "gains"))
    assert (tmp_path / "gains" / "gain.npy").exists()


@pytest.mark.parametrize(
    ("words", "text", "message"),
    [
        (["run"], "{", "not JSON"),
        (["run"], '{"type": "Ridge", "gamma": 0.5, "lam": 0.1}', "a study or an answer is needed, got Ridge"),
        (["run"], "[1]", "a study or an answer is needed, got list"),
        (["run", "--check"], STUDY.read_text(), "--check needs an answer"),
        (["run", "--store", "x"], STUDY.read_text(), "--store is for sweeps"),
        (
            ["compare", "--gamma-t", "3", "--from"],
            STUDY.read_text(),
            "--gamma-t cannot be given beside --from",
        ),
        (["compare", "--from"], STUDY.read_text().replace("Ridge", "Rigde"), "did you mean Ridge?"),
        (["compare", "--from"], '{"study": {"type": "Study"}}', "Study needs world, learners, question"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], text: str, message: str, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "file.json"
    path.write_text(text)
    out, err = printed(capsys, *words, str(path), code=2)
    assert message in err and not out and "Traceback" not in err


def test_a_chain_of_one_is_not_compared(tmp_path: Path, capsys: Captured) -> None:
    study = Study(w2s.Population.isotropic(noise=0.5), (w2s.Ridge(gamma=0.5, lam=0.1),), "risk")
    (tmp_path / "study.json").write_text(study.to_json())
    _, err = printed(capsys, "compare", "--from", str(tmp_path / "study.json"), code=2)
    assert "compare: missing a required argument" in err
