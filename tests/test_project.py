"""What is said about the project in several places is the same in each."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import w2s_asymptotics as w2s

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_citation_has_what_its_format_asks_for(project: Any) -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    entries = dict(re.findall(r"^([a-z-]+): *(.*)$", text, re.MULTILINE))
    assert {"cff-version", "message", "title", "authors"} <= set(entries)
    assert entries["version"] == w2s.__version__ == project["version"]
    assert entries["license"] == project["license"]


def test_every_extra_is_explained(project: Any) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| extra |") :].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) - {"w2s"} == set(project["optional-dependencies"])
