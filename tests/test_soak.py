"""A sample of the soak (benchmarks/soak.py) in every run; and that the soak can fail."""

from typing import Any

import pytest

from benchmarks import soak
from w2s_asymptotics import Population, Ridge, risk


def test_sixty_chains() -> None:
    assert not soak.soak(0, 60).failures


@pytest.mark.parametrize("value", [float("nan"), -1.0, 2.0])
def test_a_soak_sees_what_is_not_a_risk(value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(world: Any, *learners: Any) -> tuple[Any, ...]:
        return (value,) * len(learners)

    monkeypatch.setattr(soak, "risks", wrong)
    monkeypatch.setattr(soak, "EVERY", 1)
    found = soak.soak(0, 3)
    assert bool(found.failures) == (value != 2.0)


def test_a_soak_sees_slow_calls_warnings_and_errors_in_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "SLOWEST", 0.0)
    assert len(soak.soak(0, 2).failures) == 2
    monkeypatch.undo()
    world, learners = Population.isotropic(noise=0.5), [Ridge(gamma=0.5, lam=0.1)]
    for value, failures in ((1.0, 1), (risk(world, *learners), 0)):
        found = soak.Soaked()
        soak._compare(found, 0, "isotropic", world, learners, [value])
        assert len(found.failures) == failures
