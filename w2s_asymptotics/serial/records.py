"""Frozen records as JSON objects `{"type": "Ridge", "gamma": 0.5, ...}`, one key per field, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from .numbers import TAGS, fault, number, read_number

__all__ = ["FORMAT", "TYPES", "find", "from_json", "plain", "restored", "to_json"]

FORMAT = 1
"""The version of the format. A file that names another one is refused."""

TYPES = {
    **dict.fromkeys(
        (
            *("Population", "IsotropicPopulation", "PowerLawPopulation", "MatrixPopulation"),
            *("DataPopulation", "RepresentationPopulation"),
        ),
        "worlds.population",
    ),
    "MultiIndex": "worlds.multi_index",
    "HermiteLink": "worlds.links",
    "NamedLink": "worlds.named_links",
    "ExpressionLink": "worlds.expression_links",
    **dict.fromkeys(
        (
            "Committee",
            "Convex",
            "Given",
            "GradientFlow",
            "Pooled",
            "PrincipalComponents",
            "RandomFeatures",
            "Ridge",
            "SelfDistilled",
            "Source",
            "TwoLayer",
        ),
        "learners",
    ),
    "GaussianEquivalent": "spectrum.equivalent",
    "TwoLayerEquivalent": "spectrum.multi_index",
    "Learned": "questions.risk",
    "Directed": "questions.risk",
    "Misfit": "questions.misfit",
    "Comparison": "questions.comparison",
    "PartedComparison": "questions.comparison",
    "Certificate": "questions.certified",
    "Tuned": "questions.tune",
    "TunedChain": "questions.schedule",
    "PhaseDiagram": "questions.phase",
    "Alignment": "questions.alignment",
    "BestLabels": "questions.best_labels",
    "Exponent": "questions.scaling",
    "Scaling": "questions.scaling",
    "Simulation": "simulation.record",
    "Trend": "simulation.trend",
    **dict.fromkeys(("Advice", "Outlook", "Way"), "advice.record"),
    "Study": "study",
    "Answer": "study",
}
"""The records that a file may name, and the modules that they live in."""

_RESERVED = ("type", "tuple", "mapping", *TAGS)


def find(name: str) -> Any:
    """The class of this name in `TYPES`."""
    return getattr(import_module(f"{__package__.partition('.')[0]}.{TYPES[name]}"), name)


def to_json(record: Any, indent: int | None = None) -> str:
    """A record as JSON text, with the versions of the format and of the library.

    Raises `ValueError` for what no file can hold: functions, and expressions beyond elementary ones.

    >>> from w2s_asymptotics import Ridge
    >>> to_json(Ridge(gamma=0.5, lam=0.1))
    '{"format": 1, "version": "0.2.0", "type": "Ridge", "gamma": 0.5, "lam": 0.1}'
    """
    version = import_module(__package__.partition(".")[0]).__version__
    found = plain(record)
    head = {"format": FORMAT, "version": version}
    whole = head | found if isinstance(found, dict) and "type" in found else head | {"value": found}
    return json.dumps(whole, indent=indent, allow_nan=False)


def from_json(text: str, types: Iterable[type] = ()) -> Any:
    """The world, learner, study or answer that `to_json` wrote, or that was written by hand in this form.

    Parameters
    ----------
    text
        The JSON text: an object whose `type` names a record and whose other keys are its arguments.
    types
        Classes of your own, learners say, that the text may name besides the library's.

    Returns
    -------
    Any
        The record, equal to the one that was written.

    Raises
    ------
    ValueError
        For text that is not JSON, an unknown type, field or version, or an argument outside its domain;
        the message says where. Nothing in the text is evaluated.

    Examples
    --------
    >>> from w2s_asymptotics import Population
    >>> world = Population([3.0, 1.0], signal=[0.5, 0.5], noise=0.2)
    >>> from_json(world.to_json()) == world
    True
    >>> from_json('{"type": "Ridge", "gamma": 0.5, "lam": 0.1}').lam
    0.1
    """
    if not isinstance(text, str):
        raise ValueError(f"from_json takes the text itself, got {type(text).__name__}")
    try:
        given = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        return restored(given, types)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
    except RecursionError:
        raise ValueError("the file is nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is given twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f'{name} is not JSON; write {{"real": "{name.lower().replace("infinity", "inf")}"}}')


def plain(value: Any, place: str = "") -> Any:
    """What JSON can hold of a value.

    >>> plain({"lams": (0.1, float("inf"))})
    {'lams': {'tuple': [0.1, {'real': 'inf'}]}}
    """
    if value is None or isinstance(value, str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value, place)
    if isinstance(value, tuple):
        return {"tuple": [plain(item, f"{place}[{k}]") for k, item in enumerate(value)]}
    if isinstance(value, list):
        return [plain(item, f"{place}[{k}]") for k, item in enumerate(value)]
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise fault(place, "only mappings by names can be written")
        found = {name: plain(item, f"{place}.{name}".lstrip(".")) for name, item in value.items()}
        clash = any(name in _RESERVED for name in found)
        return {"mapping": [[name, item] for name, item in found.items()]} if clash else found
    found = number(value, place, plain)
    if found is None:
        kind = "function" if callable(value) else type(value).__name__
        raise fault(place, f"a {kind} cannot be written to a file, got {value!r}")
    return found


def _record(record: Any, place: str) -> dict[str, Any]:
    """The arguments of a record that are not their defaults."""
    record_fields = {item.name: getattr(record, item.name) for item in _given(type(record))}
    if type(record).__name__ == "ExpressionLink":  # its variable is a symbol that no other equals
        record_fields = {"expression": _in_public(**record_fields)}
    defaults = {item.name: item.default for item in _given(type(record))}
    found: dict[str, Any] = {"type": type(record).__name__}
    for name, value in record_fields.items():
        default = defaults.get(name, MISSING)
        if type(value) is type(default) and (value is default or value == default):
            continue
        found[name] = plain(value, f"{place}.{name}" if place else f"{type(record).__name__}.{name}")
    return found


def _in_public(expression: Any, variable: Any) -> Any:
    """The expression in a symbol that has the variable's name."""
    from sympy import Symbol

    return expression.subs(variable, Symbol(variable.name, real=True))


def _given(kind: Any) -> list[Field[Any]]:
    return [item for item in fields(kind) if item.init]


def restored(value: Any, types: Iterable[type] = (), place: str = "") -> Any:
    """What `plain` wrote."""
    own = {kind.__name__: kind for kind in types}

    def read(value: Any, place: str) -> Any:
        if isinstance(value, list):
            return [read(item, f"{place}[{k}]") for k, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if "format" in value:
            value = _unwrapped(value, place)
            if isinstance(value, dict) and "format" in value:
                raise fault(place, "format belongs to the top of the file")
            return read(value, place)
        if "type" in value:
            return _restored_record(value, own, read, place)
        if set(value) == {"tuple"} and isinstance(value["tuple"], list):
            return tuple(read(value["tuple"], place))
        if set(value) == {"mapping"} and isinstance(value["mapping"], list):
            return {str(name): read(item, f"{place}.{name}") for name, item in value["mapping"]}
        tags = [tag for tag in TAGS if tag in value]
        if tags:
            return read_number(tags[0], value, place, read)
        return {name: read(item, f"{place}.{name}".lstrip(".")) for name, item in value.items()}

    return read(value, place)


def _unwrapped(value: dict[str, Any], place: str) -> Any:
    if value["format"] != FORMAT or isinstance(value["format"], bool):
        raise fault(
            place,
            f"format must be {FORMAT}, got {value['format']!r}: written for another version of the library",
        )
    rest = {name: item for name, item in value.items() if name not in ("format", "version")}
    return rest["value"] if set(rest) == {"value"} else rest


def _restored_record(value: dict[str, Any], own: Mapping[str, Any], read: Any, place: str) -> Any:
    name = value["type"]
    if not isinstance(name, str) or not (name in TYPES or name in own):
        near = get_close_matches(str(name), [*TYPES, *own], 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted([*TYPES, *own]))}"
        raise fault(place, f"unknown type {name!r}; {hint}")
    kind = own[name] if name in own else find(name)
    known = {item.name: item for item in _given(kind)}
    place = place or name
    arguments = {}
    for key, item in value.items():
        if key == "type":
            continue
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
            raise fault(place, f"{name} has no {key!r}; {hint}")
        arguments[key] = read(item, f"{place}.{key}")
    missing = [
        key
        for key, item in known.items()
        if item.default is MISSING and item.default_factory is MISSING and key not in arguments
    ]
    if name == "ExpressionLink" and "expression" in arguments:
        return kind.of(arguments["expression"], "MultiIndex.easy")
    if missing:
        raise fault(place, f"{name} needs {', '.join(missing)}")
    return kind(**arguments)
