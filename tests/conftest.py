"""Settings shared by every test: reproducible property tests and figures without a display."""

import os
from typing import Any

from hypothesis import settings
from hypothesis.internal.conjecture import providers

os.environ.setdefault("MPLBACKEND", "Agg")

# The same examples on every run and every machine; slow machines do not fail a correct property. `fresh`
# draws others each time, for a job of its own: HYPOTHESIS_PROFILE=fresh.
settings.register_profile("reproducible", derandomize=True, database=None, deadline=None)
settings.register_profile("fresh", database=None, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "reproducible"))


def _no_constants() -> Any:
    """Instead of those of the local modules that are loaded, on which examples would depend."""
    return providers.Constants()


if hasattr(providers, "_get_local_constants"):
    providers._get_local_constants = _no_constants
