"""The JSON schema of studies, made from the records and the table of quantities.

`python -m w2s_asymptotics.schema docs/schema/study.schema.json` writes it anew.
"""

from __future__ import annotations

import json
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from .learners import Learner
from .notation import QUANTITIES
from .serial.numbers import TAGS
from .serial.records import FORMAT, TYPES, find
from .study import QUESTIONS
from .worlds import MultiIndex, Population

__all__ = ["schema"]

_NUMBERS = {"real", "array", "mpf"}
_EXPRESSIONS = [tag for tag in TAGS if tag not in _NUMBERS]


def schema() -> dict[str, Any]:
    """The schema, as what JSON can hold.

    >>> schema()["$defs"]["Ridge"]["properties"]["gamma"]["anyOf"][0]
    {'type': 'number', 'exclusiveMinimum': 0.0}
    """
    kinds = {name: find(name) for name in TYPES}
    worlds = [name for name, kind in kinds.items() if issubclass(kind, (Population, MultiIndex))]
    learners = [name for name, kind in kinds.items() if issubclass(kind, Learner)]
    definitions = {name: _record(name, kind) for name, kind in kinds.items()}
    row = {"type": "array", "items": _one_of(learners)}
    definitions["Study"]["properties"] |= {
        "world": _one_of(worlds),
        "learners": {"anyOf": [row, _tagged("tuple", row)]},
        "question": {"enum": list(QUESTIONS)},
        "arguments": {"type": "object"},
        "title": {"type": "string"},
    }
    definitions["Answer"]["properties"]["study"] = _one_of(["Study"])
    definitions |= _values(list(kinds))
    top = {"format": {"const": FORMAT}, "version": {"type": "string"}}
    for name in TYPES:  # the head stands at the top of a file, whichever record it is
        definitions[name]["properties"] = top | definitions[name]["properties"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Studies, answers and records of w2s_asymptotics",
        "description": f"Format {FORMAT}: type names a record, the other keys are its arguments.",
        **_one_of(list(TYPES)),
        "$defs": definitions,
    }


def _one_of(names: list[str]) -> dict[str, Any]:
    if len(names) == 1:
        return {"$ref": f"#/$defs/{names[0]}"}
    return {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in names]}


def _tagged(tag: str, content: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {tag: content, **more},
        "required": [tag],
        "additionalProperties": False,
    }


def _record(name: str, kind: Any) -> dict[str, Any]:
    given = [item for item in fields(kind) if item.init]
    if name == "ExpressionLink":
        given = [item for item in given if item.name == "expression"]
    needed = [item.name for item in given if item.default is MISSING and item.default_factory is MISSING]
    checked = issubclass(kind, (Population, MultiIndex, Learner))
    return {
        "type": "object",
        "description": (kind.__doc__ or "").partition("\n")[0],
        "properties": {
            "type": {"const": name},
            **{item.name: _field(item.name if checked else "") for item in given},
        },
        "required": ["type", *needed],
        "additionalProperties": False,
    }


def _field(name: str) -> dict[str, Any]:
    """Any value; of a quantity, a number of its domain or something other than a number."""
    quantity = QUANTITIES.get(name)
    if quantity is None:
        return {"$ref": "#/$defs/value"}
    number: dict[str, Any] = {"type": "number"}
    if quantity.low is not None:
        number["exclusiveMinimum" if quantity.open_low else "minimum"] = quantity.low
    if quantity.high is not None:
        number["maximum"] = quantity.high
    return {"description": quantity.meaning, "anyOf": [number, {"$ref": "#/$defs/notNumber"}]}


def _values(names: list[str]) -> dict[str, Any]:
    value, values = {"$ref": "#/$defs/value"}, {"type": "array", "items": {"$ref": "#/$defs/value"}}
    names_of = {
        "dtype": {"enum": ["float64", "int64", "bool", "object"]},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
    }
    expression, expressions = (
        {"$ref": "#/$defs/expression"},
        {
            "type": "array",
            "items": {"$ref": "#/$defs/expression"},
        },
    )
    pair = {"type": "array", "minItems": 2, "maxItems": 2}
    digits = {"type": "string", "pattern": "^-?[0-9]+$"}
    signs = {"enum": ["inf", "-inf", "nan"]}
    binary = {"anyOf": [signs, pair | {"prefixItems": [digits, {"type": "integer"}]}]}
    text = {"type": "string"}
    forms = {
        "symbol": _tagged("symbol", text, assumptions={"additionalProperties": {"type": "boolean"}}),
        "rational": _tagged("rational", pair | {"items": digits}),
        "decimal": _tagged("decimal", binary, bits={"type": "integer"}),
        "constant": _tagged("constant", {"enum": ["pi", "E"]}),
        "sum": _tagged("sum", expressions),
        "product": _tagged("product", expressions),
        "power": _tagged("power", pair | {"items": expression}),
        "apply": _tagged("apply", text, arguments=expressions),
    }
    plain_object = {
        "type": "object",
        "propertyNames": {"not": {"enum": ["type", "tuple", "mapping", *TAGS]}},
        "additionalProperties": value,
    }
    return {
        "expression": {"anyOf": [forms[tag] for tag in _EXPRESSIONS]},
        "notNumber": {
            "anyOf": [
                {"type": ["string", "boolean", "null"]},
                values,
                _tagged("tuple", values),
                _tagged("mapping", {"type": "array", "items": pair}),
                _tagged("real", signs),
                _tagged("array", {"type": "array"}, **names_of),
                _tagged("mpf", binary),
                expression,
                plain_object,
                *({"$ref": f"#/$defs/{name}"} for name in names),
            ]
        },
        "value": {"anyOf": [{"type": "number"}, {"$ref": "#/$defs/notNumber"}]},
    }


def written() -> str:
    """The text of the file."""
    return json.dumps(schema(), indent=1) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(written(), encoding="utf-8")
