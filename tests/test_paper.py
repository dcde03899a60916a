"""A theorem and its proof to paste into a paper: what is printed, other letters, and that LaTeX takes it."""

import re
import shutil

import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import within
from w2s_asymptotics.report.article import notation_rows
from w2s_asymptotics.report.latex import compile_pdf, overfull_points
from w2s_asymptotics.report.paper import fragment, proof
from w2s_asymptotics.report.sides import left_side

needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
REST = ("compensation", "aligned_student", "two_layer_heads")
READ = ["ridge_map", *(pytest.param(name, marks=pytest.mark.slow) for name in REST)]
PAPER = (
    r"\documentclass[11pt,a4paper]{article}\usepackage[margin=2.4cm]{geometry}"
    r"\usepackage{amsmath,amssymb,amsthm}\newtheorem{lemma}{Lemma}\begin{document}"
)
x, y = sp.symbols("x gamma_s", positive=True)


def squares():
    account = Account()
    account.line((x + y) ** 2).rewrite("expand", "expand", sp.expand, Identity())
    account.claim("again", "as it is", account.last, Identity())
    account.claim("gather", "... complete the square, ...", (x - y) ** 2 + 4 * x * y, Identity())
    account.line(1 - x).claim("below", "as it is", 1 - x, Identity(positive=within(x, 0, 1)))
    account.line(sp.sqrt(x)).claim("end", "insert", sp.S(2), Identity({x: 4}), uses=("again",))
    return Derivation(
        name="squares", title="Squares", statement="Of $x$.", assumptions=(), sources=(), result=account.last,
        steps=tuple(account.steps), forms={"sum": account["gather"]}, notation=(("x", "as $x$ is"),),
    )  # fmt: skip


def test_steps_that_print_the_same_on_both_sides_are_left_out_and_signs_are_printed():
    told = proof(squares())
    assert "Again" not in told and told.count(r"\tag{") == 4
    assert "The right-hand side of (1) equals" in told
    assert re.search(r"1 - x > 0 \\tag\{3\}", told)
    assert "Insert. This uses (1).\n" in told and "Here $x = 4$ is inserted." in told
    assert "Complete the square." in told and "..." not in told


def test_labels_are_the_papers_own():
    told = fragment(squares(), environment="lemma*", labels=True)
    assert r"\label{thm:squares}" in told and r"\begin{lemma*}" in told and r"\tag" not in told
    labels = set(re.findall(r"\\label\{(eq:[^}]*)\}", told))
    assert set(re.findall(r"\\eqref\{([^}]*)\}", told)) <= labels == {
        "eq:squares:expand", "eq:squares:gather", "eq:squares:below", "eq:squares:end"
    }  # fmt: skip


def test_letters_are_changed_in_mathematics_and_nowhere_else():
    told = fragment(squares(), symbols={"x": r"\xi", "gamma_s": "c"})
    assert "$\\xi$: as $\\xi$ is" in told
    assert r"\left(c + \xi\right)^{2}" in told and r"\begin{proof}" in told and "Expand" in told
    everywhere = fragment(squares(), symbols={"gamma": r"\phi"})
    assert r"\phi_{s}" in everywhere and r"\gamma" not in everywhere


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        ({"gama_s": "c"}, "no symbol 'gama_s'; did you mean gamma_s"),
        ({"gamma_s": "x"}, "the letter 'x', which is that of 'x'"),
        ({"gamma_s": "c", "x": "c"}, "two symbols one letter"),
        ({"x": "{"}, "must give LaTeX"),
    ],
)
def test_letters_that_cannot_be_are_refused(symbols, message):
    with pytest.raises(ValueError, match=message):
        fragment(squares(), symbols=symbols)


def test_an_environment_is_a_name():
    with pytest.raises(ValueError, match="environment must be the name"):
        w2s.derive("overlap_gap").latex(fragment=True, environment="}")
    with pytest.raises(ValueError, match="belong to a fragment"):
        w2s.derive("overlap_gap").latex(labels=True)


@pytest.mark.parametrize("name", READ)
def test_every_form_has_its_left_hand_side_and_no_step_repeats_itself(name):
    derivation = w2s.derive(name)
    for form, shown in derivation.forms.items():
        assert isinstance(shown, sp.core.relational.Relational) or left_side(derivation, form, shown), form
    for before, after in re.findall(r"\n(?:& )?(.+?) = (.+?) (?:\\tag|\\label)", proof(derivation)):
        assert before.strip() != after.strip()


def test_quantities_are_defined_before_use():
    meanings = dict(notation_rows(w2s.derive("self_distillation")))
    assert meanings[r"\gamma"] == "aspect ratio $d/n$ of dimension to samples" and r"\eta" in meanings


@needs_latex
@pytest.mark.parametrize("name", READ)
def test_a_fragment_compiles_in_a_paper(name, tmp_path):
    letters = {"compensation": {"kappa": r"\tau", "Q": "w"}}.get(name)
    told = w2s.derive(name).latex(fragment=True, environment="lemma", symbols=letters, labels=True)
    assert not letters or not re.search(r"\\kappa|(?<![A-Za-z])Q(?![A-Za-z])", told.partition("\n")[2])
    pdf = compile_pdf(PAPER + told + r"\end{document}", tmp_path / "a.pdf", keep_log=True)
    log = pdf.with_suffix(".log").read_text(errors="replace")
    assert overfull_points(log) < 5 and "undefined" not in log
