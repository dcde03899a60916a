"""The examples printed in README.md, CONTRIBUTING.md and docs/ run, and print what is printed there."""

import doctest
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from w2s_asymptotics.cli import run
from w2s_asymptotics.commands import commands
from w2s_asymptotics.report.explorer import PARAMETERS

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "papers").glob("*.md")),
    ROOT / "docs" / "theory" / "index.md",
]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FENCES = re.compile(r"^```(.*)\n(?:.*\n)*?```$", re.MULTILINE)
#: Commands that take minutes, or that other tests run: their arguments are read, no more.
READ_ONLY = ("advise", "data", "report", "representations")
EXECUTED = re.compile(
    r"^(?:```|:::)\{(?!image|derivations|quantities|toctree|include|literalinclude|eval-rst|grid|dropdown)"
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_examples(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    source = "\n".join(FENCE.findall(document.read_text(encoding="utf-8")))
    example = doctest.DocTestParser().get_doctest(source, {}, document.name, str(document), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    runner.run(example)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_block_of_python_is_an_example(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert all(block.startswith(">>>") for block in FENCE.findall(text))
    assert not [line for line in text.splitlines() if EXECUTED.match(line)]
    pictures = {"architecture.md": [""]}  # the layers, drawn in text
    kinds = [kind for kind in FENCES.findall(text) if not kind.startswith("{")]
    assert [kind for kind in kinds if kind not in ("python", "sh")] == pictures.get(document.name, [])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|page:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if not (document.parent / link).exists()]
    assert not missing


def test_every_paper_is_in_the_index_with_a_figure_that_is_printed() -> None:
    index = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[[^]]*\]\((papers/[\w-]+\.md)#([\w-]+)\) .*\| ([^|]*) \|$", index, re.MULTILINE)
    entries = {}
    for page in sorted((ROOT / "docs" / "papers").glob("*.md")):
        for entry in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            heading = entry.partition("\n")[0]
            place = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            printed = [
                line for line in "".join(FENCE.findall(entry)).splitlines() if line[:3] not in (">>>", "...")
            ]
            entries[f"papers/{page.name}", place] = "\n".join(printed)
    assert len(entries) == len(rows) >= 15
    for page_name, place, ours in rows:
        assert all(figure in entries[page_name, place] for figure in re.findall(r"-?\d+\.\d+", ours)), place


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_the_explorer_name_its_parameters(document: Path) -> None:
    known = {parameter.key for parameter in PARAMETERS} | {"mechanism"}
    for page, view in re.findall(r"\]\(page:([^)#]+)#?([^)]*)", document.read_text(encoding="utf-8")):
        assert page == "explorer.html"
        assert {part.partition("=")[0] for part in view.split("&") if part} <= known


def _lines() -> list[str]:
    """Every line of shell in the documents and on the first page of the gallery, without its comment."""
    blocks = [block for each in DOCUMENTS for block in SHELL.findall(each.read_text(encoding="utf-8"))]
    lines = [line for block in blocks for line in block.splitlines()]
    tutorial = (ROOT / "docs" / "gallery" / "plot_01_ten_minutes.py").read_text(encoding="utf-8")
    lines += re.findall(r"``(w2s [^`]*)``", tutorial)
    lines += re.findall(r"^   ((?:git|pip|python3) .*)$", tutorial, re.MULTILINE)
    return sorted({line.partition("#")[0].strip() for line in lines} - {""})


@pytest.mark.parametrize("line", _lines())
def test_commands(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of shell: `w2s` runs here, of `make` and `pip` the targets and extras exist."""
    program, *words = shlex.split(line)
    if program == "w2s" and words[0] in READ_ONLY:
        commands.commands[words[0]].make_context(words[0], words[1:])
    elif program == "w2s":
        if "pdf" in words and shutil.which("pdflatex") is None:
            pytest.skip("no LaTeX")
        monkeypatch.chdir(tmp_path)
        assert run(words) == 0
    elif program == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    elif program == "pip":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert words[0] == "install"
        assert set(re.findall(r"\w+", words[1].partition("[")[2])) <= set(project["optional-dependencies"])
    else:
        assert line in (
            "git clone ADDRESS w2s_asymptotics",
            "python3 -m venv w2s && . w2s/bin/activate",
        )
