"""The builder of steps, and what verification asks of a derivation beside its checks."""

import ast
from pathlib import Path

import pytest
import sympy as sp

import w2s_asymptotics
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, Solves
from w2s_asymptotics.proof.derivation import Derivation, VerificationError, plain
from w2s_asymptotics.proof.domain import said, within
from w2s_asymptotics.theorems import from_, registered

PACKAGE = Path(w2s_asymptotics.__file__).parent
x, y = sp.symbols("x y", positive=True)


def derivation(account, **changes):
    standard = {
        "name": "squares", "title": "Squares", "statement": "", "assumptions": (), "sources": (),
        "steps": tuple(account.steps), "result": account.last,
    }  # fmt: skip
    return Derivation(**{**standard, **changes})


def squares():
    account = Account()
    account.line((x + y) ** 2).rewrite("expand", "expand", sp.expand, Identity())
    account.claim("gather", "complete the square", (x - y) ** 2 + 4 * x * y, Identity())
    return account


def test_a_step_takes_up_what_the_line_has_come_to():
    account = squares()
    assert [step.starts for step in account.steps] == [True, False]
    assert account.steps[1].before == account["expand"] == sp.expand((x + y) ** 2)
    derivation(account).verify()


def test_a_form_is_a_whole_side():
    account = squares()
    derivation(account, forms={"whole": account["expand"]}).verify()
    with pytest.raises(VerificationError, match="arrives at its form 'part'"):
        derivation(account, forms={"part": account["expand"].args[0]}).verify()
    account.line(sp.Eq(2 * x, y)).rewrite("solve", "divide", lambda e: sp.Eq(x, sp.solve(e, x)[0]), Solves())
    derivation(account, forms={"solved": y / 2}).verify()


@pytest.mark.parametrize(("given", "holds"), [({y: x**2}, True), ({y: 2 * x**2}, False)])
def test_what_a_step_takes_is_in_it_as_it_was_left(given, holds):
    account = Account()
    account.line(x * x).claim("square", "name it", x**2, Identity())
    inserted = (y + 1).subs(given)
    account.line(y + 1).claim("insert", "insert", inserted, Identity(given), takes=("square",))
    if holds:
        derivation(account).verify()
    else:
        with pytest.raises(VerificationError, match="what square arrived at is not in it"):
            derivation(account).verify()


def test_cases_leave_nothing_out():
    account = Account()
    account.line(x**2 + 1).claim("small", "as it is", x**2 + 1, Identity(positive=within(x, 0, 1)))
    account.line(x**2 + 1).claim("large", "as it is", x**2 + 1, Identity(positive=within(x, 1, sp.oo)))
    account.line(x**2 + 1).claim("one", "insert", sp.S(2), Identity({x: 1}))
    derivation(account, cases={x: ("small", "one", "large")}).verify()
    with pytest.raises(VerificationError, match=r"no case decides x in \{1\}"):
        derivation(account, cases={x: ("small", "large")}).verify()


def test_a_premise_is_taken_from_the_result_that_proves_it():
    assert from_("overlap_gap", "kappa") == registered("overlap_gap").forms["kappa"]
    assert from_("overlap_gap", "slope") == next(
        s.after for s in registered("overlap_gap") if s.name == "slope"
    )
    with pytest.raises(ValueError, match="overlap_gap proves nothing by the name of 'gap'"):
        from_("overlap_gap", "gap")


def test_formulas_in_prose_are_spelled_for_a_terminal():
    assert plain(said(sp.sqrt(1 - 1 / x) / (x + 1))) == "(sqrt(1 - (1)/(x)))/(x + 1)"


def test_every_move_looks_at_what_it_moves():
    for path in (PACKAGE / "theorems").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if call.func.attr != "rewrite" or len(call.args) < 3 or not isinstance(call.args[2], ast.Lambda):
                continue
            move = call.args[2]
            names = {node.id for node in ast.walk(move.body) if isinstance(node, ast.Name)}
            assert move.args.args[0].arg in names, f"{path.name}:{call.lineno} states its result: claim it"
