"""Every registered result has a story, and its written accounts hold together: PDF, HTML, text."""

import importlib.util
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.report import html
from w2s_asymptotics.report.latex import compile_pdf, overfull_points
from w2s_asymptotics.report.sentences import is_trivial, positivity

STORIES = Path(__file__).parent.parent / "derivations"
needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")


class Text(HTMLParser):
    """The text of a page, styles left out; `sources` collects everything a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.words, self.sources, self.hidden = [], [], False

    def handle_starttag(self, tag, attrs):
        self.hidden = self.hidden or tag == "style"
        self.sources += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        self.hidden = self.hidden and tag != "style"

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)


def text_of(page):
    parser = Text()
    parser.feed(page)
    return "".join(parser.words), parser.sources


def test_every_registered_result_has_a_story_and_every_story_a_result():
    stories = {path.stem for path in STORIES.glob("[a-z]*.py")}
    assert stories == set(w2s.derivations())


@pytest.mark.parametrize("name", w2s.derivations())
def test_story_tells_what_it_renders(name):
    spec = importlib.util.spec_from_file_location(f"story_{name}", STORIES / f"{name}.py")
    source = (STORIES / f"{name}.py").read_text()
    assert spec is not None and f'story("{name}", __doc__' in source
    assert len(source.split('"""')[1].split()) > 25


@needs_latex
@pytest.mark.parametrize("name", w2s.derivations())
def test_pdf_compiles_and_nothing_leaves_the_page(name, tmp_path):
    pdf = compile_pdf(w2s.derive(name).latex(), tmp_path / f"{name}.pdf", keep_log=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert overfull_points(pdf.with_suffix(".log").read_text(errors="replace")) < 5


@pytest.mark.parametrize("name", w2s.derivations())
def test_html_is_typeset_whole_and_needs_no_network(name):
    derivation = w2s.derive(name)
    page = html.document(derivation)
    words, sources = text_of(page)
    assert "\\" not in words and "$" not in words
    assert sources == []
    assert page.count('<details class="step"') == len(derivation.steps)
    assert page.count("<math") >= len(derivation.steps)


@pytest.mark.parametrize("name", w2s.derivations())
def test_latex_tells_every_step_with_its_check_and_every_form(name):
    derivation = w2s.derive(name)
    source = derivation.latex()
    theorem, rest = source.split(r"\end{theorem}")
    told, checks = rest.split(r"\end{proof}")
    left_out = sum(is_trivial(step) and not positivity(step) for step in derivation.steps)
    assert told.count(r"\tag{") == len(derivation.steps) - left_out
    table = checks.partition(r"\endhead")[2].partition(r"\bottomrule")[0]
    assert table.count(" & ") == len(derivation.steps)
    definitions = 1 if derivation.definitions else 0
    parts = theorem.partition(r"\begin{theorem}")[2]
    assert parts.count(r"\begin{align*}") - parts.count("\nwhere\n") == len(derivation.forms) + definitions


@needs_latex
def test_a_story_runs(tmp_path):
    command = [sys.executable, str(STORIES / "teacher_risk.py"), "-o", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "steps hold" in run.stdout
    assert {path.suffix for path in tmp_path.iterdir()} == {".tex", ".html", ".pdf"}
