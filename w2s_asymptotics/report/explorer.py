"""The explorer: one page that computes what it shows, with no server and no network.

Its numbers come from the derived expressions, written as JavaScript by `report/generate_javascript.py`; its
formulas are typeset from the same derivations, its domains are those of the table of quantities, and its
sentences those of `compare`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.files import write_beside
from w2s_asymptotics.notation import QUANTITIES, symbol
from w2s_asymptotics.questions.phrases import PHRASES
from w2s_asymptotics.report.article import result_formulas
from w2s_asymptotics.report.generate_javascript import source
from w2s_asymptotics.report.html import environment, formula, mathml

__all__ = ["PARAMETERS", "Parameter", "explorer", "page"]


@dataclass(frozen=True)
class Parameter:
    """One slider: which quantity it is (its domain), its symbol, and the range of the slider.

    A logarithmic slider whose domain holds 0 has 0 at its left end. `mechanism` 0 means both.
    """

    key: str
    quantity: str
    latex: str
    label: str
    low: float
    high: float
    default: float
    logarithmic: bool = True
    mechanism: int = 0
    group: str = "world"
    meaning: str = ""

    @property
    def domain(self) -> str:
        """The domain in words."""
        return QUANTITIES[self.quantity].domain

    def as_dict(self) -> dict[str, Any]:
        """What the page's script needs to know."""
        quantity = QUANTITIES[self.quantity]
        return {
            "key": self.key,
            "label": self.label,
            "low": self.low,
            "high": self.high,
            "default": self.default,
            "logarithmic": self.logarithmic,
            "least": quantity.low,
            "most": quantity.high,
            "open": quantity.open_low,
            "wrong": f"must be {quantity.domain} ({self.meaning or quantity.meaning})",
        }


def _block(key: str, quantity: str, latex: str, label: str, default: float, group: str) -> Parameter:
    return Parameter(key, quantity, latex, label, 0.05, 20.0, default, mechanism=2, group=group)


PARAMETERS = (
    Parameter("signal", "signal", "r^2", "signal energy", 0.05, 10.0, 1.0),
    Parameter("noise", "noise", r"\sigma^2", "variance of the label noise", 0.01, 10.0, 0.5),
    _block("s_1", "eigenvalues", "s_1", "eigenvalue, block 1", 1.0, "blocks"),
    _block("s_2", "eigenvalues", "s_2", "eigenvalue, block 2", 1.0, "blocks"),
    Parameter(
        "w_1", "weights", "w_1", "share of the dimensions, block 1", 0.01, 0.99, 0.5, False, 2, "blocks",
        "share of the d dimensions in block 1; block 2 has the rest",
    ),
    Parameter(
        "e_1", "weights", "e_1/r^2", "share of the signal, block 1", 0.0, 1.0, 0.2, False, 2, "blocks",
        "share of the signal energy in block 1; block 2 has the rest",
    ),
    Parameter("gamma_t", "gamma", r"\gamma_t", "aspect ratio d/n", 0.05, 20.0, 0.5, group="teacher"),
    Parameter("lam_t", "lam", r"\lambda_t", "ridge penalty", 1e-3, 100.0, 0.01, group="teacher"),
    _block("g_t1", "penalty", "g_{t,1}", "penalty weight, block 1", 1.0, "teacher"),
    _block("g_t2", "penalty", "g_{t,2}", "penalty weight, block 2", 1.0, "teacher"),
    Parameter("gamma_s", "gamma", r"\gamma_s", "aspect ratio d/n", 0.05, 20.0, 0.8, group="student"),
    Parameter("lam_s", "lam", r"\lambda_s", "ridge penalty", 1e-3, 100.0, 0.3, group="student"),
    _block("g_s1", "penalty", "g_{s,1}", "penalty weight, block 1", 2.5, "student"),
    _block("g_s2", "penalty", "g_{s,2}", "penalty weight, block 2", 0.625, "student"),
    Parameter("noise_s", "noise", r"\sigma_s^2", "variance of added noise", 0.01, 10.0, 0.0, group="student"),
    Parameter("truth_s", "truth", r"\xi", "weight of true labels", 0.0, 1.0, 0.0, False, group="student"),
)  # fmt: skip
GROUPS = (("world", "World"), ("blocks", "Two blocks"), ("teacher", "Teacher"), ("student", "Student"))


def _examples() -> list[tuple[str, dict[str, float]]]:
    """Places worth a visit; what is tuned in them is tuned here."""
    world = w2s.Population([1.0, 1.0], signal=[0.2, 0.8], noise=0.5)
    best = w2s.tune(world, w2s.Ridge(gamma=0.5, lam=0.0)).lam
    aligned = w2s.aligned_penalty(world)
    blocks = {"mechanism": 2, "gamma_s": 0.5, "g_s1": float(aligned[0]), "g_s2": float(aligned[1])}
    return [
        ("An under-regularised teacher is beaten", {"mechanism": 1}),
        ("A tuned teacher is not", {"mechanism": 1, "lam_t": 0.25}),
        ("An over-parameterised student", {"mechanism": 1, "gamma_s": 2.0, "gamma_t": 0.7, "lam_s": 1.0}),
        ("A tuned teacher, beaten by an aligned penalty", {**blocks, "lam_t": best, "lam_s": 0.03}),
        ("An unpenalised teacher at its interpolation peak", {"mechanism": 1, "gamma_t": 1.0, "lam_t": 0.0}),
    ]


def _two_blocks() -> Any:
    """Derive the risk of a teacher and its student on two blocks, everything a symbol."""
    s, e, t, g = (
        sp.symbols(names, positive=True) for names in ("s_1 s_2", "e_1 e_2", "g_t1 g_t2", "g_s1 g_s2")
    )
    weight = sp.Symbol("w_1", positive=True)
    world = w2s.Population(s, e, weights=[weight, 1 - weight], noise=symbol("noise"))
    teacher = w2s.Ridge(gamma=symbol("gamma", "t"), lam=symbol("lam", "t"), penalty=t)
    student = w2s.Ridge(gamma=symbol("gamma", "s"), lam=symbol("lam", "s"), penalty=g)
    return w2s.derive(world, teacher, student)


def _formulas() -> dict[int, list[tuple[str, Any]]]:
    """Typeset the formulas behind the numbers, each mechanism's."""

    def shown(name: str, *wanted: str) -> list[Any]:
        derivation = w2s.derive(name)
        forms = dict(zip(derivation.forms or {name: None}, result_formulas(derivation), strict=True))
        return [formula(forms[each][1]) for each in wanted]

    blocks = _two_blocks()
    spectrum = dict(zip(blocks.forms, result_formulas(blocks), strict=True))["spectrum"][1]
    return {
        1: [
            ("Effective regularisation", shown("marchenko_pastur", "kappa")[0]),
            ("Risk of the teacher", shown("teacher_risk", "kappa")[0]),
            ("Risk of the student", shown("student_risk", "kappa")[0]),
            ("The teacher's best penalty", shown("optimal_teacher", "optimal penalty")[0]),
            (
                "Lower end of the winning penalties, 1 < Q < 2, γ > 1; Q = q/ρ at the teacher",
                shown("compensation", "lam_lo")[0],
            ),
            ("Upper end of the winning penalties, 1 < Q < 2", shown("compensation", "lam_hi")[0]),
        ],
        2: [
            ("Risk of the student, with G = 1/(s + κg) on each block", formula(spectrum)),
            (
                "Effective regularisation of each learner, a root of a cubic",
                shown("one_point", "fixed point")[0],
            ),
            ("One over its derivative, δ = dλ/dκ", shown("kappa_derivative", "kappa")[0]),
            ("What a small penalty of the student weighs", shown("alignment", "inner product")[0]),
        ],
    }


def page() -> str:
    """Return the page as HTML, complete in one file.

    >>> "<script" in page()
    True
    """
    template = environment().get_template("explorer.html")
    groups = [
        (key, title, [parameter for parameter in PARAMETERS if parameter.group == key])
        for key, title in GROUPS
    ]
    return template.render(
        groups=groups,
        examples=[
            (title, "&".join(f"{name}={value!r}" for name, value in values.items()))
            for title, values in _examples()
        ],
        formulas=_formulas(),
        symbol=mathml,
        data=json.dumps([parameter.as_dict() for parameter in PARAMETERS]).replace("<", r"\u003c"),
        phrases=json.dumps(PHRASES).replace("<", r"\u003c"),
        generated=source(),
    )


def explorer(out: str | Path) -> Path:
    """Write the explorer to `out`, one HTML file that opens from disk."""
    path = Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_beside(path, page())
