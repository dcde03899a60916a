"""The page on mechanism 3 states the theory as it is now, and the script behind it runs."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("mechanism_3_tables")


def test_the_page_holds_the_theory_and_limits_that_agree_with_it(tables: Any) -> None:
    page = tables.PAGE.read_text(encoding="utf-8")
    for name, setting in tables.SETTINGS.items():
        for learner in ("teacher", *setting.students):
            start = re.escape(tables.start(name, learner))
            row = re.search(rf"^{start}.*?([^|]*) \| ([^|]*) \|$", page, re.MULTILINE)
            assert row is not None, (name, learner)
            assert row[2] == f"{setting.theory(learner):.3f}"
            z = re.search(r"\((.*)\)", row[1])
            assert z is not None and abs(float(z[1])) < 3


def test_a_row_is_measured_and_written(tables: Any) -> None:
    setting = tables.SETTINGS["cubes"]
    found = setting.trend("probe", dims=(30, 50, 80), repetitions=40)
    assert found.consistent(3.5), str(found)
    assert found.simulations[0].z[1] > 3  # what the page says of the way there
    page = "text\n| cubes | probe | old |\n| cubes | probe | 200 | of another table |\n"
    row = tables.row("cubes", "probe", found)
    written = page.replace("| cubes | probe | old |", row)
    assert tables.write(page, "cubes", "probe", found) == written
    assert row.count(" ± ") == 4 and row.endswith(f"| {found.theory[1]:.3f} |")
    with pytest.raises(ValueError, match="no row that begins with"):
        tables.write(page, "squares", "probe", found)
