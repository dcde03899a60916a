"""The examples printed in README.md, CONTRIBUTING.md and docs/ run, and print what is printed there."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "docs" / "theory" / "index.md",
]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXECUTED = re.compile(
    r"^(?:```|:::)\{(?!image|derivations|quantities|toctree|include|literalinclude|eval-rst|grid)"
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


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if not (document.parent / link).exists()]
    assert not missing
