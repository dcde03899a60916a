"""The advisor: rows left out against refits, advice where the answer is known, its page and its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge

import w2s_asymptotics as w2s
from w2s_asymptotics.advice.held_out import Rows, folds, of_ridge, of_student
from w2s_asymptotics.advice.outlook import Theory
from w2s_asymptotics.advice.record import Way
from w2s_asymptotics.cli import run
from w2s_asymptotics.report import advice as report

RNG = np.random.default_rng(3)


def made_up(count: int, others: int, hint: float) -> tuple[Rows, Any]:
    """Strong rows of 30 coordinates; the weak ones are three of them and, by `hint`, the target."""
    rng = np.random.default_rng(1)
    beta = rng.standard_normal(30) / 5

    def draw(rows: int) -> tuple[Any, Any, Any]:
        strong = rng.standard_normal((rows, 30)) + 1.0
        weak = np.column_stack([strong[:, :3], hint * (strong @ beta) + rng.standard_normal(rows) * 0.1])
        return weak, strong, strong @ beta + 2.0 + 0.5 * rng.standard_normal(rows)

    weak, strong, y = draw(count)
    more, large, _ = draw(others)
    return Rows(weak, strong, y, more, large), draw(2000)


def refitted(rows: Rows, name: str, alpha: float, student: float, weight: float, parts: Any) -> Any:
    """Squared errors by fitting again without each part."""
    errors = np.zeros(len(rows.y))
    for out in parts:
        own = np.setdiff1d(np.arange(len(rows.y)), out)
        X = rows.strong if name == "strong" else rows.weak
        fit, seen = Ridge(alpha).fit(X[own], rows.y[own]), X
        if name == "student":
            labels, weights = fit.predict(rows.unlabelled_weak), np.ones(len(rows.unlabelled_weak))
            large = rows.unlabelled_strong
            if weight:
                large, labels = np.vstack([large, rows.strong[own]]), np.append(labels, rows.y[own])
                weights = np.append(weights, np.full(len(own), weight))
            fit, seen = Ridge(student).fit(large, labels, sample_weight=weights), rows.strong
        errors[out] = (rows.y[out] - fit.predict(seen[out])) ** 2
    return errors


def test_leaving_rows_out_is_fitting_again() -> None:
    rows, _ = made_up(12, 40, 0.0)
    twice = folds(12, 4, 2, RNG)
    alphas = np.array([0.1, 3.0])
    for name in ("weak", "strong"):
        found = of_ridge(getattr(rows, name), rows.y, alphas, twice)
        for errors, alpha in zip(found, alphas, strict=True):
            expected = [refitted(rows, name, alpha, 0, 0, each) for each in twice]
            assert errors == pytest.approx(np.mean(expected, axis=0), rel=1e-8)
    for weight in (0.0, 4.0):
        found = of_student(rows, 0.7, alphas, weight, twice)
        for errors, alpha in zip(found, alphas, strict=True):
            expected = [refitted(rows, "student", 0.7, alpha, weight, each) for each in twice]
            assert errors == pytest.approx(np.mean(expected, axis=0), rel=1e-8)


def test_the_strong_features_are_advised_only_where_they_know_more() -> None:
    rows, (weak, strong, y) = made_up(16, 100, 1.0)
    others = rows.unlabelled_weak, rows.unlabelled_strong
    found = w2s.advise(rows.weak, rows.strong, rows.y, unlabelled=others, alpha=0.01, multiples=())
    assert found.recommended != "strong"  # the weak features have the target itself
    assert [way.name for way in found.ways] == ["keep", "refit", "strong", "student", "mixed"]
    assert found["strong"].gain < 0 and found["keep"].gain == 0
    model = Ridge(found["refit"].alpha).fit(rows.weak, rows.y)
    assert found["refit"].error == pytest.approx(np.mean((y - model.predict(weak)) ** 2), rel=0.5)

    rows, (_, strong, y) = made_up(60, 300, 0.0)
    others = rows.unlabelled_weak, rows.unlabelled_strong
    found = w2s.advise(rows.weak, rows.strong, rows.y, unlabelled=others, multiples=())
    assert found.recommended == "strong" and found.sure and found.baseline.name == "refit"
    model = Ridge(found.best.alpha).fit(rows.strong, rows.y)
    gain = found.baseline.error - np.mean((y - model.predict(strong)) ** 2)
    assert found.best.low < gain < found.best.high
    assert found.recipe == f"model = Ridge(alpha={found.best.alpha:.6g}).fit(strong, y)"


def test_the_outlook_turns_to_the_strong_features_as_labels_grow() -> None:
    rng = np.random.default_rng(0)
    strong = rng.standard_normal((400, 40))
    weak = strong[:, :4]
    y = weak.sum(axis=1) + strong[:, 4:] @ np.full(36, 0.2) + rng.standard_normal(400)
    found = w2s.advise(weak[:24], strong[:24], y[:24], unlabelled=(weak[24:], strong[24:]), multiples=(32,))
    assert found.outlooks[0].best != "strong"
    assert any(
        "labelled rows theory expects it best to fit the strong features" in each for each in found.changes
    )
    errors = [each.errors["strong"] for each in found.outlooks if each.unlabelled == 376]
    assert errors == sorted(errors, reverse=True)
    for way in found.ways[:1]:  # the first line is moved to what was held out
        assert found.outlooks[0].errors[way.name] == pytest.approx(way.error)


def test_theory_has_the_error_that_it_is_told() -> None:
    rows, _ = made_up(60, 300, 0.0)
    weak, strong = (
        np.vstack(pair) for pair in ((rows.weak, rows.unlabelled_weak), (rows.strong, rows.unlabelled_strong))
    )
    told = Theory(weak, strong, rows.y, ("strong", 5.0, 0.9), 2, RNG)
    way = Way("strong", 5.0, None, None, 0.9, 0.0, 0.0, 0.0)
    assert told.error(way, 60, 300) == pytest.approx(0.9)


def test_a_number_of_rows_leaves_the_student_to_theory() -> None:
    rows, _ = made_up(40, 300, 0.0)
    found = w2s.advise(rows.weak, rows.strong, rows.y, unlabelled=300, multiples=())
    assert [way.name for way in found.ways] == ["refit", "strong", "student"]
    assert not found["student"].held_out and "by theory alone" in str(found)
    without = w2s.advise(rows.weak, rows.strong, rows.y, multiples=())
    assert [way.name for way in without.ways] == ["refit", "strong"] and not without.changes


def test_uneven_rows_are_reported() -> None:
    rows, _ = made_up(40, 300, 0.0)
    scale = np.sqrt(RNG.gamma(0.3, 3.0, 40))[:, None]
    found = w2s.advise(scale * rows.weak, scale * rows.strong, rows.y, multiples=())
    assert max(found.tails) > 2 and any("squared lengths vary" in each for each in found.cautions)


def test_advice_is_a_record_and_a_page() -> None:
    rows, _ = made_up(30, 100, 0.0)
    found = w2s.advise(
        rows.weak,
        rows.strong,
        rows.y,
        unlabelled=(rows.unlabelled_weak, rows.unlabelled_strong),
        multiples=(2,),
    )
    assert w2s.from_json(found.to_json()) == found
    assert found.verdict in str(found) and found.recommended in found._repr_html_()
    page = report.page(found)
    assert found.verdict in page and page.count('class="advised"') == 2 and "<script" not in page
    for way in found.ways:
        assert way.words
    with pytest.raises(KeyError, match="no way 'other'"):
        found["other"]


def test_files_hold_embeddings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, _ = made_up(12, 5, 0.0)
    archive, table = tmp_path / "two.npz", tmp_path / "two.csv"
    arrays = {"unlabelled_weak": rows.unlabelled_weak, "unlabelled_strong": rows.unlabelled_strong}
    np.savez(archive, weak=rows.weak, strong=rows.strong, y=rows.y, **arrays)
    head = [*(f"weak{k}" for k in range(4)), "y", *(f"strong_{k}" for k in range(30)), "note"]
    lines = [head]
    labels = [*map(repr, rows.y.tolist()), *[""] * 5]
    for weak, strong, label in zip(
        np.vstack([rows.weak, rows.unlabelled_weak]),
        np.vstack([rows.strong, rows.unlabelled_strong]),
        labels,
        strict=True,
    ):
        lines.append([*map(repr, weak.tolist()), label, *map(repr, strong.tolist()), "text"])
    table.write_text("\n".join(",".join(line) for line in lines))
    for found in (report.load(archive), report.load(table)):
        assert (found.weak == rows.weak).all() and (found.strong == rows.strong).all()
        assert (found.y == rows.y).all() and found.unlabelled is not None
        assert (found.unlabelled[1] == rows.unlabelled_strong).all()
    page = tmp_path / "advice.html"
    assert run(["advise", str(archive), "--json", "-o", str(page)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["type"] == "Advice" and page.read_text().startswith("<!doctype html>")
    assert run(["advise", str(archive), "--unlabelled", "9"]) == 2
    table.write_text("a,b\n1,2\n")
    assert run(["advise", str(table)]) == 2
    assert "the header needs columns weak..., strong... and one y" in capsys.readouterr().err
    np.savez(archive, weak=rows.weak, strong=rows.strong, y=rows.y, unlabelled_weak=rows.unlabelled_weak)
    with pytest.raises(ValueError, match="needs both unlabelled_weak and unlabelled_strong"):
        report.load(archive)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"y": np.ones(20)}, "y must vary"),
        ({"y": np.arange(19.0)}, "as long as one another"),
        ({"weak": np.full((20, 2), np.nan)}, "every number must be finite"),
        ({"alpha": 0.0}, "alpha must be a finite number > 0"),
        ({"level": 1.0}, "level must be between 0 and 1"),
        ({"multiples": (1,)}, "multiples must be whole numbers > 1"),
        ({"unlabelled": -1}, "unlabelled must be >= 0"),
        ({"unlabelled": "many"}, "unlabelled must be a pair of tables"),
        ({"unlabelled": (np.ones((5, 2)), np.ones((5, 2)))}, "must have the columns of weak and strong"),
    ],
)
def test_bad_arguments_are_refused(change: dict[str, Any], message: str) -> None:
    given = {
        "weak": RNG.standard_normal((20, 2)),
        "strong": RNG.standard_normal((20, 3)),
        "y": np.arange(20.0),
    }
    with pytest.raises(ValueError, match=message):
        w2s.advise(**(given | change))


def test_few_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 labels, got 7"):
        w2s.advise(np.eye(7), np.eye(7), np.arange(7.0))
