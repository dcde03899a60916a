"""Worlds, learners, records and derivations show themselves in notebooks."""

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.simulation import penalty_path

WORLD = w2s.Population.isotropic(noise=0.5)
ATOMS = w2s.Population([1, 2], signal=[0.2, 0.8], noise=0.5)
TEACHER, STUDENT = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)
SHORT = {"dim": 20, "repetitions": 3, "seed": 1}
RECORDS = {
    "isotropic": (lambda: WORLD, "noise"),
    "atoms": (lambda: ATOMS, "eigenvalues"),
    "power law": (lambda: w2s.Population.power_law(9, 1.0, 1.0), "alpha"),
    "data": (lambda: w2s.Population.from_data(np.eye(3), np.arange(3.0)), "noise"),
    "density": (lambda: w2s.Population.density(lambda s: 0.5 + 0 * s, (1.0, 3.0)), "support"),
    "ridge": (lambda: STUDENT, "gamma"),
    "features": (lambda: w2s.RandomFeatures(gamma=0.5, width=2.0, lam=0.1, activation="relu"), "relu"),
    "distilled": (lambda: w2s.SelfDistilled(gamma=0.5, lams=(0.1, 0.2)), "0.1, 0.2"),
    "comparison": (lambda: w2s.compare(WORLD, TEACHER, STUDENT), "under-regularised"),
    "tuned": (lambda: w2s.tune(WORLD, TEACHER, STUDENT), "risk"),
    "learned": (lambda: w2s.learned(WORLD, TEACHER), "overlap"),
    "alignment": (lambda: w2s.alignment(ATOMS, TEACHER), "fitted"),
    "simulation": (lambda: w2s.simulate(WORLD, TEACHER, STUDENT, **SHORT), "measured"),
    "path": (lambda: penalty_path(WORLD, TEACHER, STUDENT, lams=[0.1, 1.0], **SHORT), "lam"),
    "trend": (
        lambda: w2s.trend(WORLD, TEACHER, dims=(10, 15, 20), repetitions=3, seed=1),
        "limit",
    ),
    "phase": (
        lambda: w2s.phase_diagram(
            WORLD, TEACHER, STUDENT, x=("student.lam", [0.1, 1.0]), y=("teacher.lam", [0.1, 1.0])
        ),
        "student.lam",
    ),
    "scaling": (
        lambda: w2s.scaling(
            w2s.Population.power_law(300, 1.5, 1.2, noise=0.1),
            lambda n: w2s.Ridge(samples=n, lam=0.0),
            lambda n: w2s.Ridge(samples=n, lam=0.1),
            sizes=[20, 40, 80],
        ),
        "teacher_exponent",
    ),
}


class _Balanced(HTMLParser):
    """Fails on a tag that closes out of turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_one_small_table(name: str) -> None:
    make, told = RECORDS[name]
    html = make()._repr_html_()
    parser = _Balanced()
    parser.feed(html)
    assert not parser.open
    assert html.startswith("<table>") and told in html
    assert len(html) < 4000 and "array(" not in html


def test_what_is_shown_is_escaped() -> None:
    record = w2s.compare(WORLD, TEACHER, STUDENT)
    object.__setattr__(record, "reason", "<script>alert(1)</script>")
    assert "<script>" not in record._repr_html_() and "&lt;script&gt;" in record._repr_html_()


def test_records_still_print_as_before() -> None:
    path = penalty_path(WORLD, TEACHER, STUDENT, lams=[0.1, 1.0], **SHORT)
    lines = str(path).splitlines()
    assert len(lines) == 2 + 1 + 2 and len({len(line) for line in lines[1:]}) == 1


@pytest.mark.parametrize("name", ["teacher_risk", "compensation", "ridge_map"])
def test_a_derivation_shows_its_result(name: str) -> None:
    derivation = w2s.derive(name)
    tex = derivation._repr_latex_()
    assert tex.count(r"\begin{align*}") == tex.count(r"\end{align*}") >= len(derivation.forms)
    assert derivation.title in tex
    assert not re.search(r"\$\$", tex) and tex.count("$") % 2 == 0
    assert repr(derivation) == f"<derivation {name}: {derivation.title}, {len(derivation.steps)} steps>"
