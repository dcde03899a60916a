"""Files: a full disk leaves what was there, folders are not made unasked, data sets that are none say so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics import cli
from w2s_asymptotics.commands import plain
from w2s_asymptotics.files import write_beside
from w2s_asymptotics.report import dataset, explorer, page, plots, render
from w2s_asymptotics.simulation import repetitions
from w2s_asymptotics.worlds.tables import real_table

PAIR = ["--gamma-t", "0.5", "--lam-t", "0.01", "--gamma-s", "0.8", "--lam-s", "0.3"]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.run(list(arguments)) == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    return error.strip()


def test_a_full_disk_leaves_the_old_page(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    target = tmp_path / "page.html"
    target.write_text("the old page")
    program = (
        "import resource, sys; from w2s_asymptotics.files import write_beside\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_beside(sys.argv[1], 'x' * 100_000)\n"
        "except OSError as error: print(error.filename)"
    )

    run = subprocess.run(
        [sys.executable, "-c", program, str(target)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == str(target), run.stderr
    assert target.read_text() == "the old page" and list(tmp_path.iterdir()) == [target]


def test_every_page_is_written_beside_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    axes = plots.risk_curve([0.1, 1.0], [1.0, 2.0], ax=plots.new_axes())
    account = w2s.derive("teacher_risk")
    written = {
        "figure.png": lambda path: plots.save(axes, path),
        "account.tex": lambda path: render.render(account, "latex", path),
        "explorer.html": explorer.explorer,
    }
    monkeypatch.setattr(explorer, "page", lambda: "<!doctype html>")

    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    for name, write in written.items():
        path = tmp_path / name
        assert write(path) == path
        before = path.read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            with pytest.raises(OSError, match="No space left on device"):
                write(path)
        assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(written)


def test_a_link_and_permissions_are_kept(tmp_path: Path) -> None:
    page_of, link = tmp_path / "page.html", tmp_path / "latest.html"
    page_of.write_text("old")
    page_of.chmod(0o640)
    link.symlink_to(page_of)
    assert write_beside(link, "new") == link
    assert link.is_symlink() and page_of.read_text() == "new" and page_of.stat().st_mode & 0o777 == 0o640
    fresh, plain = write_beside(tmp_path / "fresh", b"x"), tmp_path / "plain"
    plain.write_bytes(b"x")
    assert fresh.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize(
    "command",
    [
        ["report", "--dim", "16"],
        ["explorer"],
        ["phase", *PAIR, "--points", "4"],
        ["derive", "teacher_risk", "--format", "html"],
    ],
)
def test_a_folder_that_is_not_there_is_not_made(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: list[str]
) -> None:
    target = tmp_path / "not" / "there" / "page.png"
    error = refused(capsys, *command, "-o", str(target))
    assert f"cannot write {target}: there is no folder {target.parent}" in error
    assert not list(tmp_path.iterdir())


def test_an_interrupted_report_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = w2s.Population.isotropic(noise=0.5)
    chain = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)
    true, calls = repetitions.repetition, [0]

    def counted(*given: Any) -> Any:
        calls[0] += 1
        if calls[0] == last:
            raise KeyboardInterrupt
        return true(*given)

    monkeypatch.setattr(repetitions, "repetition", counted)
    monkeypatch.setattr(page, "drawn", lambda answers: {})
    monkeypatch.setattr(page, "rendered", lambda answers, *rest: json.dumps(plain(answers.as_dict())))
    monkeypatch.setattr(page.source, "article", lambda *given: "")
    monkeypatch.setattr(w2s, "derive", lambda name: None)

    def report(out: str) -> Any:
        calls[0] = 0
        return page.report(world, *chain, tmp_path / out, dim=16, repetitions=5, seed=7)

    last = 0
    whole = report("whole").page.read_bytes()
    done = calls[0]
    last = 19
    with pytest.raises(KeyboardInterrupt, match="the same command goes on from there"):
        report("cut")
    kept = tmp_path / "cut.unfinished.json"
    assert not (tmp_path / "cut").exists() and len(json.loads(kept.read_text())) == 4
    last = 0
    assert report("cut").page.read_bytes() == whole
    assert calls[0] < done - 18 + 8 and not kept.exists()


def test_the_command_line_says_what_is_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: Any, **options: Any) -> None:
        raise KeyboardInterrupt("what was done is kept in x.json")

    monkeypatch.setattr(page, "report", interrupted)
    (tmp_path / "d.csv").write_text("1,2,3\n4,5,7\n3,1,0\n")
    assert cli.run(["report", "--data", str(tmp_path / "d.csv"), "-o", str(tmp_path / "out")]) == 130
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-2:] == ["w2s: what was done is kept in x.json", "w2s: interrupted"]


def junk(path: Path) -> Path:
    path.write_bytes(b"\x00junk\xff" * 40)
    return path


def test_a_junk_archive_is_refused_without_a_hint_to_load_it_unsafely(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = junk(tmp_path / "junk.npz")
    error = refused(capsys, "report", "--data", str(bad), "-o", str(tmp_path / "out"))
    assert error == "w2s: junk.npz: not a .npz file (save one by numpy.savez)"
    np.savez(tmp_path / "cut.npz", X=np.ones((50, 3)), y=np.ones(50))
    whole = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[:200] + b"\xff" * 300 + whole[500:])
    with pytest.raises(ValueError, match=r"cut\.npz: the file is damaged"):
        dataset.load(tmp_path / "cut.npz")


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (
            np.ones((4, 2)) * 1j,
            np.arange(4.0),
            "X must be an array of real numbers, got complex numbers",
        ),
        (np.full((4, 2), "0.1"), np.arange(4.0), "X must be an array of real numbers, got text"),
        (np.ones((4, 2)), np.array([{}, {}, {}, {}]), "Python objects, which could run code"),
    ],
)
def test_archives_of_other_things_are_refused(tmp_path: Path, X: Any, y: Any, message: str) -> None:
    np.savez(tmp_path / "d.npz", X=X, y=y)
    with pytest.raises(ValueError, match=message):
        dataset.load(tmp_path / "d.npz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1,2\n3,né\n".encode("latin-1"), r"d\.csv: not a text in UTF-8 \(byte 0xe9 at 7\)"),
        (b"1,2\n3,1_000\n4,5\n", r"row 2, column 2: '1_000' is not a number"),
        (b'1,2\n3,"' + b"9" * 200_000 + b'"\n4,5\n', r"not a table of comma-separated values"),
    ],
)
def test_tables_that_are_none_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "d.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        dataset.load(tmp_path / "d.csv")


TABLES: dict[str, tuple[Any, str]] = {
    "text": ([".1", "1e1"], "got text"),
    "text among objects": (np.array([".1", 1.0], dtype=object), "got text"),
    "complex numbers": ([1.0, 1j], "got complex numbers"),
    "a mask": (np.ma.array([0.1, 99.0], mask=[0, 1]), "not be masked"),
    "ragged rows": ([[1.0], [1.0, 2.0]], "array of real numbers"),
    "too large": ([10**400, 1], "got a larger number"),
    "other things": ([{}, {}], "array of object"),
    "nothing": (None, "array of object"),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_hold_real_numbers(name: str) -> None:
    value, message = TABLES[name]
    with pytest.raises(ValueError, match=rf"^X must .*{message}"):
        real_table("X", value, "Population.from_data")
    whole = np.ma.array([0.1, 99.0], mask=[0, 0])
    np.testing.assert_array_equal(real_table("X", whole, ""), [0.1, 99.0])
