"""A learner written out, as in `RandomFeatures(gamma=0.5, width=2, lam=0.1)`: read, never run.

The text is parsed, and only this form of it is taken: the name of a learner, and arguments by name that are
numbers, names in quotation marks, learners (of a committee, or sources of rows), or rows of these.
"""

from __future__ import annotations

import ast
import math
from difflib import get_close_matches
from inspect import signature
from typing import Any

from w2s_asymptotics import learners
from w2s_asymptotics.serial.records import TYPES

__all__ = ["LEARNERS", "read_learner"]

LEARNERS = tuple(name for name in TYPES if TYPES[name] == "learners")
_FORM = "write it as Ridge(gamma=0.5, lam=0.1): arguments by name, each a number, a 'name' or a row of them"


def read_learner(text: str) -> Any:
    """Return the learner that a text describes; `ValueError` for anything else.

    >>> read_learner("Ridge(gamma=0.5, lam=1e-2)").lam
    0.01
    >>> read_learner("SelfDistilled(gamma=0.5, lams=(0.1, 0.2))").lams
    (0.1, 0.2)
    >>> read_learner("Committee(members=(Ridge(gamma=1, lam=1), Ridge(gamma=2, lam=1)))").members[1].gamma
    2.0
    """
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"{text!r} is not a learner: {_FORM}") from None
    return _called(call, text)


def _called(call: ast.expr, text: str) -> Any:
    """The learner, or the source of rows, that a call by name makes."""
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)) or call.args:
        raise ValueError(f"{text!r} is not a learner: {_FORM}")
    name = call.func.id
    if name not in LEARNERS:
        near = get_close_matches(name, LEARNERS, 1)
        raise ValueError(
            f"there is no learner {name!r}; " + (f"did you mean {near[0]}?" if near else ", ".join(LEARNERS))
        )
    kind = getattr(learners, name)
    known = list(signature(kind).parameters)
    arguments: dict[str, Any] = {}
    for each in call.keywords:
        if each.arg not in known:
            near = get_close_matches(str(each.arg), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
            raise ValueError(f"{name} has no argument {each.arg!r}; {hint}")
        arguments[each.arg] = _value(each.value, text)
    try:
        return kind(**arguments)
    except TypeError as error:
        raise ValueError(f"{name}: {str(error).replace('__init__() ', '')}") from None


def _value(node: ast.expr, text: str) -> Any:
    """A number, a name in quotation marks, a learner, or a row of them."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float, str, type(None)):
        return node.value
    if isinstance(node, ast.Name) and node.id in ("inf", "nan"):
        return float(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand, text)
        if isinstance(value, (int, float)) and not math.isnan(value):
            return -value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LEARNERS:
        return _called(node, text)
    if isinstance(node, (ast.List, ast.Tuple)):
        row = [_value(each, text) for each in node.elts]
        return row if isinstance(node, ast.List) else tuple(row)
    raise ValueError(f"{ast.unparse(node)!r} in {text!r} is not a value: {_FORM}")
