"""Numbers as JSON: infinities, arrays, mpmath numbers of any length, symbols and what is made of them.

Finite floats are JSON numbers, which are read back to the last bit. Whatever JSON has no number for is an
object with a name of its own: `{"real": "inf"}`, `{"array": [...], "dtype": "float64"}`, `{"mpf": ["3", -1]}`
(3 times 2^-1), `{"symbol": "gamma", "assumptions": {...}}`, `{"rational": ["1", "3"]}`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["TAGS", "fault", "number", "read_number"]

TAGS = (
    "real",
    "array",
    "mpf",
    "symbol",
    "rational",
    "decimal",
    "constant",
    "sum",
    "product",
    "power",
    "apply",
)
"""The names of such objects, each under its own key."""

_REALS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
_DTYPES = ("float64", "int64", "bool", "object")
_CONSTANTS = ("pi", "E")
_FUNCTIONS = (
    *("Abs", "Heaviside", "Max", "Min", "cos", "cosh", "erf", "erfc", "exp", "log", "sign", "sin", "sinh"),
    *("tan", "tanh"),
)
_MOST_BITS = 1_000_000

Read = Callable[[Any, str], Any]


def fault(place: str, what: str) -> ValueError:
    """What is wrong with a file, and where in it."""
    return ValueError(f"{place or 'the file'}: {what}")


def number(value: Any, place: str, write: Read) -> Any:
    """The JSON of a number, an array or a sympy expression; None for anything else.

    >>> number(float("inf"), "", number), number(np.array([1.0, 2.0]), "", number)
    ({'real': 'inf'}, {'array': [1.0, 2.0], 'dtype': 'float64'})
    """
    if isinstance(value, np.ndarray):
        return _array(value, place, write)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"real": str(value)}
    if "mpmath" in sys.modules and isinstance(value, sys.modules["mpmath"].mpf):
        return {"mpf": _binary(value._mpf_)}
    if "sympy" in sys.modules and isinstance(value, sys.modules["sympy"].Basic):
        return _expression(value, place)
    return None


def _array(value: Any, place: str, write: Read) -> dict[str, Any]:
    if value.dtype.kind in "iuf":
        value = value.astype("float64" if value.dtype.kind == "f" else "int64")
    if str(value.dtype) not in _DTYPES:
        raise fault(place, f"arrays of {value.dtype} cannot be written, only of numbers")
    whole = value.dtype.kind == "f" and np.isfinite(value).all() or value.dtype.kind in "ib"
    entries = value.tolist() if whole else _nested(value, place, write)
    found = {"array": entries, "dtype": str(value.dtype)}
    return found if value.size else found | {"shape": list(value.shape)}


def _nested(value: Any, place: str, write: Read) -> Any:
    if value.ndim:
        return [_nested(part, place, write) for part in value]
    return write(value.item(), place)


def _binary(parts: Any) -> Any:
    """Sign, mantissa and exponent of an mpmath number as `[mantissa, exponent]`."""
    sign, mantissa, exponent, _ = parts
    if not mantissa and exponent:
        import mpmath

        return str(float(mpmath.mp.make_mpf(parts)))
    return [str(-int(mantissa) if sign else int(mantissa)), int(exponent)]


def _expression(value: Any, place: str) -> dict[str, Any]:
    import sympy

    if isinstance(value, sympy.Symbol) and not isinstance(value, sympy.Dummy):
        given = getattr(value, "_assumptions_orig", None) or value.assumptions0
        return {"symbol": value.name, "assumptions": {k: bool(v) for k, v in sorted(given.items())}}
    if isinstance(value, sympy.Rational):
        return {"rational": [str(value.p), str(value.q)]}
    if isinstance(value, sympy.Float):
        return {"decimal": _binary(value._mpf_), "bits": int(value._prec)}
    if value in (sympy.pi, sympy.E):
        return {"constant": "pi" if value == sympy.pi else "E"}
    for kind, name in ((sympy.Add, "sum"), (sympy.Mul, "product"), (sympy.Pow, "power")):
        if isinstance(value, kind):
            return {name: [_expression(part, place) for part in value.args]}
    name = type(value).__name__
    if name in _FUNCTIONS and isinstance(value, getattr(sympy, name)):
        return {"apply": name, "arguments": [_expression(part, place) for part in value.args]}
    raise fault(
        place,
        f"the expression {value} has {name} in it: only symbols, numbers, sums, products, powers "
        f"and {', '.join(_FUNCTIONS)} can be written",
    )


def read_number(tag: str, given: dict[str, Any], place: str, read: Read) -> Any:
    """The number that an object with one of the `TAGS` describes."""
    known = {tag, *{"array": ("dtype", "shape"), "symbol": ("assumptions",)}.get(tag, ())}
    known |= set({"decimal": ("bits",), "apply": ("arguments",)}.get(tag, ()))
    if set(given) - known:
        raise fault(place, f"{tag!r} takes no {', '.join(sorted(set(given) - known))}")
    if tag == "real":
        if given["real"] not in _REALS:
            raise fault(place, f"real must be one of {', '.join(_REALS)}, got {given['real']!r}")
        return _REALS[given["real"]]
    if tag == "array":
        return _read_array(given, place, read)
    if tag == "mpf":
        import mpmath

        return mpmath.mp.make_mpf(_read_binary(given["mpf"], place))
    return _read_expression(tag, given, place)


def _read_array(given: dict[str, Any], place: str, read: Read) -> Any:
    dtype = given.get("dtype", "float64")
    if dtype not in _DTYPES:
        raise fault(place, f"dtype must be one of {', '.join(_DTYPES)}, got {dtype!r}")
    if not isinstance(given["array"], list):
        raise fault(place, f"array must be a list of numbers, got {given['array']!r}")
    shape: list[int] = []
    level: Any = given["array"]
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0] if level else None
    entries = [read(item, place) for item in _flat(given["array"], shape, place)]
    kinds = {"float64": (float, int), "int64": (int,), "bool": (bool,)}.get(dtype)
    if kinds and not all(isinstance(item, kinds) and (dtype == "bool") == (item is True or item is False)
                         for item in entries):  # fmt: skip
        raise fault(place, f"an array of {dtype} must have nothing else in it")
    found = np.empty(len(entries), dtype=dtype)
    found[:] = entries
    size = tuple(given.get("shape", shape))
    if not all(isinstance(n, int) and n >= 0 for n in size) or math.prod(size) != len(entries):
        raise fault(place, f"shape {size!r} does not hold {len(entries)} numbers")
    return found.reshape(size)


def _flat(level: Any, shape: list[int], place: str) -> list[Any]:
    if not shape:
        return [level]
    if not isinstance(level, list) or len(level) != shape[0]:
        raise fault(place, "the rows of an array must be equally long")
    return [item for part in level for item in _flat(part, shape[1:], place)]


def _whole(value: Any, place: str) -> int:
    digits = value.removeprefix("-") if isinstance(value, str) else ""
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 4000:
        raise fault(place, f"a whole number is written as a string of digits, got {value!r}")
    return int(value)


def _read_binary(value: Any, place: str) -> Any:
    from mpmath.libmp import finf, fnan, fninf, from_man_exp

    if isinstance(value, str) and value in _REALS:
        return {"inf": finf, "-inf": fninf, "nan": fnan}[value]
    if not (isinstance(value, list) and len(value) == 2 and isinstance(value[1], int)):
        raise fault(place, f"an mpmath number is [mantissa, exponent], got {value!r}")
    return from_man_exp(_whole(value[0], place), value[1])


def _read_expression(tag: str, given: dict[str, Any], place: str) -> Any:
    import sympy

    content = given[tag]
    if tag == "symbol":
        assumptions = given.get("assumptions", {})
        if not isinstance(content, str) or not content.isidentifier():
            raise fault(place, f"symbol must be a name, got {content!r}")
        if not isinstance(assumptions, dict) or not all(isinstance(v, bool) for v in assumptions.values()):
            raise fault(place, f"assumptions must be true or false by name, got {assumptions!r}")
        return sympy.Symbol(content, **assumptions)
    if tag == "rational":
        if not isinstance(content, list) or len(content) != 2 or content[1] in ("0", "-0"):
            raise fault(place, f"rational must be [numerator, denominator], got {content!r}")
        return sympy.Rational(*(_whole(part, place) for part in content))
    if tag == "decimal":
        bits = given.get("bits", 53)
        if not isinstance(bits, int) or not 2 <= bits <= _MOST_BITS:
            raise fault(place, f"bits must be a whole number up to {_MOST_BITS}, got {bits!r}")
        return sympy.Float._new(_read_binary(content, place), bits)
    if tag == "constant":
        if content not in _CONSTANTS:
            raise fault(place, f"constant must be one of {', '.join(_CONSTANTS)}, got {content!r}")
        return getattr(sympy, content)
    parts = given.get("arguments") if tag == "apply" else content
    if not isinstance(parts, list) or (tag == "power" and len(parts) != 2):
        raise fault(place, f"{tag} must have a list of expressions")
    arguments = [_part(part, place) for part in parts]
    if tag == "apply":
        if content not in _FUNCTIONS:
            raise fault(place, f"apply must be one of {', '.join(_FUNCTIONS)}, got {content!r}")
        return getattr(sympy, content)(*arguments)
    return {"sum": sympy.Add, "product": sympy.Mul, "power": sympy.Pow}[tag](*arguments)


def _part(value: Any, place: str) -> Any:
    tags = [tag for tag in TAGS[3:] if isinstance(value, dict) and tag in value]
    if not tags:
        raise fault(place, f"an expression is made of symbols, rationals and what joins them, got {value!r}")
    return read_number(tags[0], value, place, _part)
