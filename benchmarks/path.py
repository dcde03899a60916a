"""A path of 50 ridge penalties on the same rows: one factorisation against 50 fits of scikit-learn.

`simulation.ridge_path` and scikit-learn's `Ridge(alpha=n lam, fit_intercept=False)`, its default solver, fit
the same rows at the same penalties, in alternation; coefficients must agree to 1e-9. Printed are the least
times of the rounds and their ratio, which the exit status holds to 20 at every shape; and, for what is
installed, the times of other libraries of arrays.

Run as ``python benchmarks/path.py``.
"""

import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import Ridge

from w2s_asymptotics.simulation import ridge_path
from w2s_asymptotics.simulation.executors import one_blas_thread

LEAST_RATIO = 20.0
ROUNDS = 5
LAMS = np.geomspace(1e-3, 10.0, 50)
SHAPES = ((400, 200), (2000, 200), (2000, 400), (200, 2000))


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def one_by_one(rows: Any, labels: Any) -> Any:
    """Fifty fits of scikit-learn."""
    fits = [Ridge(alpha=len(rows) * lam, fit_intercept=False).fit(rows, labels).coef_ for lam in LAMS]
    return np.stack(fits, axis=1)


def elsewhere(rows: Any, labels: Any) -> list[tuple[str, str]]:
    """Times of the other libraries, or why there are none."""
    found = []
    for name in ("torch", "jax", "cupy"):
        if importlib.util.find_spec(name) is None:
            found.append((name, "not installed"))
            continue
        library: Any = importlib.import_module("jax.numpy" if name == "jax" else name)
        there = library.asarray(rows), library.asarray(labels)

        def work(there: Any = there) -> Any:
            return np.asarray(ridge_path(there[0], there[1], LAMS))

        work()
        best = min(seconds(work) for _ in range(ROUNDS))
        found.append((name, f"{1e3 * best:8.1f} ms  ({there[0].dtype})"))
    return found


def main() -> int:
    """Print the ratios; 1 when one is below what is promised."""
    rng = np.random.default_rng(0)
    least = np.inf
    with one_blas_thread:
        print(f"{len(LAMS)} penalties, one thread\n{'n x d':>12} {'50 fits':>11} {'path':>10} {'ratio':>7}")
        for samples, dim in SHAPES:
            rows, labels = rng.standard_normal((samples, dim)), rng.standard_normal(samples)
            theirs, ours = one_by_one(rows, labels), ridge_path(rows, labels, LAMS)
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9 * np.abs(theirs).max())
            slow, fast = (
                min(times)
                for times in zip(
                    *(
                        (
                            seconds(lambda: one_by_one(rows, labels)),  # noqa: B023
                            seconds(lambda: ridge_path(rows, labels, LAMS)),  # noqa: B023
                        )
                        for _ in range(ROUNDS)
                    ),
                    strict=True,
                )
            )
            least = min(least, slow / fast)
            shape = f"{samples} x {dim}"
            print(f"{shape:>12} {1e3 * slow:8.1f} ms {1e3 * fast:7.1f} ms {slow / fast:7.1f}")
        for name, words in elsewhere(rows, labels):
            print(f"{name:>12} {words}")
    print(f"least ratio {least:.1f}, promised {LEAST_RATIO:g}")
    return int(least < LEAST_RATIO)


if __name__ == "__main__":
    sys.exit(main())
