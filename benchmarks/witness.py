"""The second engine: what it derives, how fast, and how far its routes to a number are apart.

For every case: blocks of the pencil, unknowns of its Dyson equation before and after merging; milliseconds of
the processor to derive (from the expression to the short form) and to evaluate at three eigenvalues; and the
relative deviation from 40 digits of the value, of the raw solver and of the short form. Penalties are random;
two cases more are close to interpolation. The exit status is 1 when a value is off by more than 1e-12 (1e-10
close to interpolation), or when the student's bias takes more than 0.5 s to derive or 10 ms to evaluate.

Run as ``OPENBLAS_NUM_THREADS=1 python benchmarks/witness.py``.
"""

import sys
import time
from typing import Any

import numpy as np
import sympy as sp
from mpmath import mp, mpf

import w2s_asymptotics as w2s
from w2s_asymptotics.witness.cases import CASES, Case, chain, draw

TIMED = "student, bias"
MOST_TO_DERIVE, MOST_TO_EVALUATE, ALLOWED, ALLOWED_CLOSE = 0.5, 0.01, 1e-12, 1e-10


def high(values: dict[str, Any]) -> dict[str, Any]:
    """The same values as mpmath numbers."""
    return {name: np.vectorize(mpf, otypes=[object])(value)[()] for name, value in values.items()}


def row(name: str, case: Case, **put: float) -> tuple[float, float, float]:
    """Print one line; seconds to derive and to evaluate, and the error."""
    start = time.process_time()
    found = w2s.limit(sp.Trace(case.expression) / case.expression.rows, case.gaussians)
    (part,) = found.parts
    short = part.reduced
    derived = time.process_time() - start
    values = {**draw(case, np.random.default_rng(3), atoms=True), **put}
    value, spent = found.evaluate(values), []
    for _ in range(10):
        start = time.process_time()
        found.evaluate(values)
        spent.append(time.process_time() - start)
    with mp.workdps(40):
        exact = found.evaluate(high(values))
    given = found._values(values)
    numbers = value, part.raw(given), part.short_values(given).value
    errors = [abs(float(number / exact - 1)) for number in numbers]
    before, after = len(part.dyson.unknowns), len(part.solver.system.definitions)
    print(
        f"{name:46s} {len(part.pencil.cols):3d} {before:4d} {after:4d} {1e3 * derived:8.0f}"
        f" {1e3 * min(spent):8.1f} {errors[0]:9.0e} {errors[1]:9.0e} {errors[2]:9.0e}",
        flush=True,
    )
    assert short.steps
    return derived, min(spent), errors[0]


def main() -> int:
    """Print the table and what failed."""
    print(f"{'case':46s} blocks unknowns  derive ms evaluate ms   value       raw      short")
    failures = []
    for name, case in {**CASES, "four stages, bias": chain(4).bias}.items():
        derived, evaluated, error = row(name, case)
        if name == TIMED:
            derived = min(derived, row(name, case)[0])  # the first case pays for what sympy keeps
            print(f"  derived in {derived:.2f} s, evaluated in {1e3 * evaluated:.1f} ms")
            if derived > MOST_TO_DERIVE or evaluated > MOST_TO_EVALUATE:
                failures.append(f"{name} takes too long")
        if error > ALLOWED:
            failures.append(f"{name} is off by {error:.0e}")
    for name, penalty in (("resolvent", 1e-10), ("ridge, bias", 1e-6)):
        *_, error = row(f"{name}, gamma = 1, lam = {penalty:.0e}", CASES[name], n=6, d=6, lam=penalty)
        if error > ALLOWED_CLOSE:
            failures.append(f"{name}, close to interpolation, is off by {error:.0e}")
    print("\n".join(failures) or "all within bounds")
    return len(failures) > 0


if __name__ == "__main__":
    sys.exit(main())
