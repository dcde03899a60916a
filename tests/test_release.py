"""What a release needs: a paper whose numbers are printed, folders of versions, extras that exist."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import w2s_asymptotics as w2s

ROOT = Path(__file__).parents[1]


def test_every_number_of_the_paper_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "paper"))
    printed = " ".join(number for _, number in importlib.import_module("printed").numbers())
    text = (ROOT / "paper" / "paper.md").read_text(encoding="utf-8").split("---")[2]
    told = re.sub(r"```.*?```|10\^\{-?300\}", "", text, flags=re.DOTALL)
    known = set(re.findall(r"\d+\.?\d*", printed)) | {"100", "200", "50"}  # draws, dimension, digits
    found = set(re.findall(r"(?<![\w^.])\d+(?:\.\d+)?(?![\w/])", re.sub(r"@\w+", "", told)))
    assert found - {"1", "2"} <= known, found - known
    assert len(text.split()) < 1100  # two pages


def test_what_the_paper_cites_is_listed() -> None:
    text = (ROOT / "paper" / "paper.md").read_text(encoding="utf-8")
    entries = re.findall(r"@\w+\{(\w+),", (ROOT / "paper" / "paper.bib").read_text(encoding="utf-8"))
    assert set(re.findall(r"@(\w+\d{4})", text)) == set(entries)


@pytest.mark.parametrize("path", ["Containerfile", "binder/environment.yml"])
def test_extras_that_are_installed_exist(path: str) -> None:
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = re.findall(r"\.\[([\w,]+)\]", (ROOT / path).read_text())
    assert named and all(each in extras for group in named for each in group.split(","))


def test_versions_stand_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    publish: Any = importlib.import_module("publish").publish
    site, folder = tmp_path / "site", tmp_path / "versions"
    site.mkdir()
    with pytest.raises(ValueError, match="build the site first"):
        publish(site, folder)
    (site / "index.html").write_text("old")
    publish(site, folder, "0.9.0")
    (site / "index.html").write_text("new")
    assert publish(site, folder, "0.10.0") == ["0.10.0", "0.9.0"]
    assert publish(site, folder) == ["0.10.0", "0.9.0", w2s.__version__]
    assert (folder / "0.9.0" / "index.html").read_text() == "old"
    assert "0.10.0/index.html" in (folder / "stable" / "index.html").read_text()
    with pytest.raises(ValueError, match="numbers between dots"):
        publish(site, folder, "../other")
