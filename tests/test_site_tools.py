"""The documentation site states a domain for every argument of the public interface, and none in vain."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from w2s_asymptotics.notation import QUANTITIES

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def domains(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(DOCS))
    from site_tools import domains

    return domains


def _arguments(domains: Any) -> Iterator[tuple[str, str]]:
    for owner, thing in domains.callables():
        yield from ((owner, name) for name in inspect.signature(thing).parameters)


def test_every_argument_has_a_domain(domains: Any) -> None:
    assert all(domains.domain(owner, name) for owner, name in _arguments(domains))


def test_no_domain_is_of_an_argument_that_is_gone(domains: Any) -> None:
    known = [(owner.rpartition(".")[2], name) for owner, name in _arguments(domains)]
    assert set(domains.OTHERS) <= {name for _, name in known} - set(QUANTITIES)
    assert set(domains.SPECIAL) <= set(known)


def test_every_public_name_is_in_the_reference(domains: Any) -> None:
    text = (DOCS / "reference.md").read_text(encoding="utf-8")
    missing = [name for name, _ in domains.callables() if f"w2s_asymptotics.{name}\n" not in text + "\n"]
    assert [name for name in missing if "." not in name] == []


def test_docstrings_of_the_reference_tell_every_argument(domains: Any) -> None:
    for owner, thing in domains.callables():
        lines = domains.documented(owner, thing, (inspect.getdoc(thing) or "").splitlines())
        heads = " ".join(line.replace(",", " ") for line in lines if not line.startswith(" ")).split()
        assert set(inspect.signature(thing).parameters) <= set(heads), owner
