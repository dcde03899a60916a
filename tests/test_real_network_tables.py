"""The section on actual networks states the theory as it is now."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.finite_spikes import finite_spike_risks

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("real_network_tables")


def test_the_page_holds_the_limit_and_the_prediction(tables: Any) -> None:
    page = tables.PAGE.read_text(encoding="utf-8")
    for name, setting in tables.SETTINGS.items():
        for head in setting.students:
            for dim in tables.REPETITIONS:
                chain = [tables.rounded(each, dim) for each in (setting.teacher, setting.students[head])]
                values = w2s.risks(setting.world, *chain), finite_spike_risks(setting.world, *chain, dim=dim)
                for place, learner in enumerate(("teacher", head)):
                    start = re.escape(tables.start(name, learner, dim))
                    row = re.search(
                        rf"^{start}([0-9.]+) ± ([0-9.]+) \| ([0-9.]+) \(.*\) \| ([0-9.]+) \(.*\) \|$",
                        page,
                        re.MULTILINE,
                    )
                    assert row is not None, (name, learner, dim)
                    assert (row[3], row[4]) == tuple(f"{float(value[place]):.3f}" for value in values)


def test_what_a_cell_says(tables: Any) -> None:
    assert tables.beside(1.03, 0.01, 1.0) == "1.000 (+3.0%, +3.0)"


def test_rows_are_measured(tables: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tables.REPETITIONS, 30, 3)
    found = tables.rows("cubes", "labels", 30)
    assert list(found) == ["| cubes | teacher | 30 | ", "| cubes | labels | 30 | "]
    assert all(cells.count("%") == 2 for cells in found.values())
