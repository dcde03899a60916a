"""The report as a LaTeX article: the verdict, the tables and figures of the page, and the derivations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from w2s_asymptotics.report.answers import Answers, Figure
from w2s_asymptotics.report.article import article as wrapped
from w2s_asymptotics.report.article import escape, prose
from w2s_asymptotics.report.dataset import Study
from w2s_asymptotics.report.paper import account
from w2s_asymptotics.report.words import figure as shown
from w2s_asymptotics.report.words import interval, number, percent, signed

__all__ = ["article"]

_SIGNS = {
    "λ": r"$\lambda$",
    "γ": r"$\gamma$",
    "σ": r"$\sigma$",
    "κ": r"$\kappa$",
    "∞": r"$\infty$",
    "−": "$-$",
    "·": r"$\cdot$",
    "±": r"$\pm$",
    "–": "--",
}
_POWER = re.compile(r"([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_GREEK = {"lam": "lambda", "gamma": "gamma", "kappa": "kappa"}
_NAMED = re.compile(r"\b(lam|gamma|kappa)\\_([a-z])\b")
_POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def article(answers: Answers, accounts: Sequence[Any], figures: Mapping[str, Figure]) -> str:
    """Write the article; its figures are read from the folder `figures` beside it."""
    parts = [
        rf"\textbf{{{plain(answers.verdict)}.}} {plain(answers.reason)}",
        r"\section*{Risks}",
        _risks(answers),
        r"\section*{Where the student wins}",
        _figure(figures["phase"]),
        rf"\section*{{{'Penalty and parts' if answers.networks else 'Theory against simulation'}}}",
        _figure(figures["path"]),
    ]
    if answers.networks:
        parts.append(_figure(figures["parts"]))
    if answers.trained is not None:
        parts += [r"\section*{Actual networks}", _networks(answers, answers.trained.dim)]
    if answers.study is not None:
        parts += [r"\section*{On a real data set}", _data(answers.study)]
        parts += [_figure(figure) for name, figure in figures.items() if name.startswith("data_")]
    for derivation in accounts:
        parts += [rf"\clearpage\section*{{{prose(derivation.title)}}}", account(derivation, "subsection")]
    return wrapped("Weak-to-strong report", "\n\n".join(parts))


def plain(text: str) -> str:
    r"""Make words and numbers of the page safe for LaTeX.

    >>> plain("lam_t < 1")
    '$\\lambda_{t}$ \\textless{} 1'
    >>> plain("λ = 1.5·10⁻⁷ & ∞")
    '$\\lambda$ = 1.5$\\cdot$10$^{-7}$ \\& $\\infty$'
    """
    pieces = _POWER.split(text)
    joined = "".join(
        f"$^{{{piece.translate(_POWERS)}}}$"
        if index % 2
        else "".join(_SIGNS.get(sign, escape(sign)) for sign in piece)
        for index, piece in enumerate(pieces)
    )
    return _NAMED.sub(lambda found: rf"$\{_GREEK[found[1]]}_{{{found[2]}}}$", joined)


def _table(columns: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [" & ".join(plain(cell) for cell in row) + r" \\" for row in rows]
    header = " & ".join(plain(cell) for cell in head) + r" \\ \midrule"
    body = "\n".join(lines)
    inside = f"\\toprule\n{header}\n{body}\n\\bottomrule\n"
    return f"\\begin{{center}}\n\\begin{{tabular}}{{{columns}}}\n{inside}\\end{{tabular}}\n\\end{{center}}"


def _risks(answers: Answers) -> str:
    measured = [
        [
            row["name"],
            shown(row["limit"]),
            shown(row["mean"]),
            number(row["standard_error"], 2),
            signed(row["z"]),
        ]
        for row in answers.rows()
    ]
    derived = [
        ["Gain (teacher − student)", shown(answers.comparison.gain)],
        ["Performance gap recovered", shown(answers.comparison.pgr)],
        ["Best student: penalty", number(answers.best_student.learner.lam)],
        ["Best student: risk", shown(answers.best_student.risk)],
        ["Student wins for penalties in", interval(answers.winning)],
        ["Best teacher: penalty", number(answers.best_teacher.learner.lam)],
        ["Best teacher: risk", shown(answers.best_teacher.risk)],
    ]
    simulation = answers.simulation
    note = (
        f"Excess risks. Measured: {simulation.repetitions} independent draws at $d = {simulation.dim}$, "
        f"seed {simulation.seed}; $z$ is the distance from theory in standard errors."
    )
    risks = _table("lrrrr", ["Learner", "Limit", "Measured", "± s.e.", "z"], measured)
    return "\n\n".join([risks, note, _table("lr", ["Question", "Answer"], derived)])


def _networks(answers: Answers, dim: int) -> str:
    rows = [
        [
            row["name"],
            shown(row["limit"]),
            shown(row["predicted"]),
            shown(row["mean"]),
            number(row["standard_error"], 2),
            signed(row["z"]),
        ]
        for row in answers.network_rows()
    ]
    head = ["Learner", "Limit", f"Predicted at d = {dim}", "Measured", "± s.e.", "z"]
    return _table("lrrrrr", head, rows)


def _data(study: Study) -> str:
    words = (
        f"{study.name}: {study.rows} rows, {study.dim} columns, taken as the population. The largest "
        f"relative deviation of measurement from theory is {percent(study.largest_deviation)} "
        f"(median {percent(study.median_deviation)}); on Gaussian rows of the same covariance, target and "
        f"noise it is {percent(study.largest_control_deviation)}."
    )
    rows = [
        [
            str(curve.samples),
            number(curve.predicted_best, 3),
            number(curve.measured_best, 3),
            shown(curve.predicted_risk),
            shown(curve.measured_risk),
        ]
        for curve in study.curves
    ]
    head = ["Student's rows", "Best λ, predicted", "measured", "Risk, predicted", "measured"]
    return f"{plain(words)}\n\n{_table('rrrrr', head, rows)}"


def _figure(figure: Figure) -> str:
    return (
        "\\begin{center}\n"
        f"\\includegraphics[width=0.8\\linewidth]{{figures/{figure.name}.pdf}}\n\n"
        f"{{\\small {plain(figure.caption)}}}\n\\end{{center}}"
    )
