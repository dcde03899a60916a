"""Layout of long formulas, escaping, and what happens when LaTeX is missing or refuses."""

import shutil

import pytest
import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.report import latex
from w2s_asymptotics.report.article import article, escape, formula_tex, prose
from w2s_asymptotics.report.typeset import PAGE, Layout, width_in_ems

needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
x, y, z = sp.symbols("x y z", positive=True)
LONG = sp.expand((1 + x + y + z) ** 7)


@pytest.mark.parametrize(
    "expression",
    [
        LONG,
        LONG / (1 + x),
        1 / (1 + LONG),
        sp.sqrt(LONG) + x,
        sp.Gt(LONG, 2 * x),
        x / (LONG + 1 / (2 + LONG)),
    ],
)
def test_every_line_fits_and_the_parts_put_together_are_the_expression(expression):
    layout = Layout(sp.latex)
    lines = layout.lines(expression)
    stated = layout.where()
    for line in [*lines, *(line for _, part in stated for line in part)]:
        assert width_in_ems(line.tex) <= PAGE
    shortened = expression if isinstance(expression, sp.Add) else layout._shorten(expression, PAGE)
    for _ in layout.named:
        shortened = shortened.xreplace({name: part for part, name in layout.named.items()})
    assert shortened == expression


def test_equal_parts_share_a_name():
    layout = Layout(sp.latex)
    layout.lines(LONG / (1 + x))
    layout.lines(LONG / (1 + y))
    assert len(layout.named) == 1


def test_words_keep_their_order_when_a_part_is_named():
    first, last = sp.symbols("A Z", commutative=False)
    middle = sp.Add(*(sp.Symbol(f"B_{i}", commutative=False) for i in range(40)))
    layout = Layout(sp.latex)
    (line,) = layout.lines(last * middle * first)
    assert line.tex == "Z N_{1} A"


def test_symbols_are_printed_as_the_table_says():
    assert formula_tex(symbol("noise", "t") ** 2) in (r"{\sigma^2_{t}}^{2}", r"\left(\sigma^2_{t}\right)^{2}")
    assert formula_tex(sp.Symbol("beta_*", commutative=False)) == r"\beta_{*}"
    assert formula_tex(sp.Symbol("M_next")) == r"M_{\mathrm{next}}"
    assert formula_tex(sp.Symbol("x_alpha")) == r"x_{\alpha}"


def test_text_is_escaped_and_mathematics_is_not():
    assert prose(r"50% of a_1 & $\frac{a}{b}$ \input{x}") == (
        r"50\% of a\_1 \& $\frac{a}{b}$ \textbackslash{}input\{x\}"
    )
    assert escape("#~^") == r"\#\textasciitilde{}\textasciicircum{}"


@needs_latex
def test_hostile_text_compiles_to_itself(tmp_path):
    source = article(r"\input{/etc/passwd} & 100% #1", prose(r"~^_{}\write18{ls} < >"))
    assert latex.compile_pdf(source, tmp_path / "a.pdf").exists()


@needs_latex
def test_a_source_that_fails_says_where(tmp_path):
    with pytest.raises(latex.LatexError, match=r"Undefined control sequence(.|\n)*\\nonsense"):
        latex.compile_pdf(article("t", r"\nonsense"), tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_missing_latex_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(latex.shutil, "which", lambda name: None)
    with pytest.raises(latex.LatexNotFoundError, match="texlive-latex-recommended"):
        latex.compile_pdf("", tmp_path / "a.pdf")
