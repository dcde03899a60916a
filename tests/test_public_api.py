import pytest

import w2s_asymptotics as w2s

NAMES = [
    "Committee",
    "Convex",
    "Gaussian",
    "Given",
    "GradientFlow",
    "MultiIndex",
    "Pooled",
    "Population",
    "PrincipalComponents",
    "RandomFeatures",
    "Ridge",
    "SelfDistilled",
    "Source",
    "TwoLayer",
    "__version__",
    "aligned_penalty",
    "alignment",
    "best_labels",
    "compare",
    "cross_risks",
    "derivations",
    "derive",
    "error",
    "from_json",
    "learned",
    "limit",
    "misfit",
    "phase_diagram",
    "risk",
    "risks",
    "scaling",
    "simulate",
    "sweep",
    "trend",
    "tune",
    "tune_all",
    "winning_interval",
]


def test_the_public_names_are_pinned() -> None:
    assert sorted(w2s.__all__) == NAMES
    assert sorted(dir(w2s)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_had_and_is_documented(name: str) -> None:
    assert name == "__version__" or getattr(w2s, name).__doc__


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = w2s.nonsense
