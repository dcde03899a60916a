"""What rests on what, drawn as an SVG whose boxes are links.

The usual method for layered drawings (Sugiyama, Tagawa, Toda 1981): a row per longest path from the sources,
edges over several rows threaded through each, rows ordered by barycentres, places relaxed towards neighbours.
Only what the other edges do not already imply is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Node", "ancestors", "reduced", "slug", "svg"]

_CHARACTER, _LINE, _PADDING = 7.4, 17.0, 12.0  # the size of the type and the space around it, in pixels
_GAP_X, _GAP_Y, _WRAP = 14.0, 40.0, 12


@dataclass(frozen=True)
class Node:
    """A box: its label, its target, the words a pointer resting on it shows, and whether it stands out."""

    label: str
    href: str
    title: str = ""
    marked: bool = False


def slug(name: str) -> str:
    """The anchor of a step.

    >>> slug("Insert the estimator (t)")
    'step-insert-the-estimator-t'
    """
    return "step-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def ancestors(uses: Mapping[str, Sequence[str]], name: str) -> set[str]:
    """Everything that `name` rests on, itself left out.

    >>> sorted(ancestors({"a": (), "b": ("a",), "c": ("b",)}, "c"))
    ['a', 'b']
    """
    found: set[str] = set()
    todo = list(uses[name])
    while todo:
        each = todo.pop()
        if each not in found:
            found.add(each)
            todo.extend(uses[each])
    return found


def reduced(uses: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The same order with the edges left out that the others imply.

    >>> reduced({"a": (), "b": ("a",), "c": ("a", "b")})
    {'a': (), 'b': ('a',), 'c': ('b',)}
    """
    above = {name: ancestors(uses, name) for name in uses}
    return {
        name: tuple(dict.fromkeys(one for one in own if not any(one in above[other] for other in own)))
        for name, own in uses.items()
    }


def svg(nodes: Mapping[str, Node], uses: Mapping[str, Sequence[str]], described: str) -> str:
    """Draw the nodes, each below those it uses; `described` is the text alternative."""
    if set().union(*uses.values(), uses) - set(nodes):
        raise ValueError(f"edges to unknown nodes: {sorted(set().union(*uses.values(), uses) - set(nodes))}")
    lines = {name: _wrapped(node.label) for name, node in nodes.items()}
    widths = {name: _PADDING * 2 + _CHARACTER * max(map(len, text)) for name, text in lines.items()}
    rows, edges = _rows(reduced({name: uses[name] for name in nodes}))
    places = _places(rows, edges, widths)
    heights = [_PADDING + _LINE * max(len(lines.get(name, [""])) for name in row) for row in rows]
    tops = [sum(heights[:level]) + _GAP_Y * level + 2 for level in range(len(rows))]
    level_of = {name: level for level, row in enumerate(rows) for name in row}
    drawn = []
    for start, end in edges:
        (x, y), (u, v) = (
            (places[start], tops[level_of[start]] + heights[level_of[start]]),
            (places[end], tops[level_of[end]]),
        )
        if start not in nodes:
            drawn.append(f'<path d="M{x:.1f} {y - heights[level_of[start]]:.1f}V{y:.1f}"/>')
        bend = (v - y) / 2
        arrow = ' marker-end="url(#tip)"' if end in nodes else ""
        drawn.append(
            f'<path d="M{x:.1f} {y:.1f}C{x:.1f} {y + bend:.1f} {u:.1f} {v - bend:.1f} {u:.1f} {v:.1f}"'
            f"{arrow}/>"
        )
    boxes = [
        _box(
            nodes[name],
            lines[name],
            places[name],
            widths[name],
            tops[level_of[name]],
            heights[level_of[name]],
        )
        for name in nodes
    ]
    width = max(places[name] + widths.get(name, 0) / 2 for name in level_of) + 2
    height = tops[-1] + heights[-1] + 2
    size = (
        f'style="width: {width:.0f}px; min-width: {0.7 * width:.0f}px" viewBox="0 0 {width:.0f} {height:.0f}"'
    )
    tip = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    return (
        f'<div class="graph" tabindex="0"><svg xmlns="http://www.w3.org/2000/svg" {size} role="group" '
        f'aria-label="{escape(described)}">{tip}<g class="edges">{"".join(drawn)}</g>'
        f"{''.join(boxes)}</svg></div>"
    )


def _box(node: Node, lines: Sequence[str], x: float, width: float, top: float, height: float) -> str:
    first = top + height / 2 - _LINE * (len(lines) - 1) / 2
    text = "".join(
        f'<text x="{x:.1f}" y="{first + _LINE * place:.1f}">{escape(line)}</text>'
        for place, line in enumerate(lines)
    )
    kind = "node marked" if node.marked else "node"
    title = f"<title>{escape(node.title)}</title>" if node.title else ""
    return (
        f'<a href="{escape(node.href)}" class="{kind}">{title}<rect x="{x - width / 2:.1f}" y="{top:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}" rx="6"/>{text}</a>'
    )


def _wrapped(label: str) -> list[str]:
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _WRAP:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _rows(uses: Mapping[str, Sequence[str]]) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """Rows of nodes and of the points that long edges pass through, and edges from row to row."""
    level: dict[str, int] = {}

    def depth(name: str) -> int:
        if name not in level:
            level[name] = 1 + max((depth(one) for one in uses[name]), default=-1)
        return level[name]

    rows: list[list[str]] = [[] for _ in range(1 + max(depth(name) for name in uses))]
    for name in uses:
        rows[level[name]].append(name)
    edges = []
    for name, own in uses.items():
        for one in own:
            before = one
            for between in range(level[one] + 1, level[name]):
                point = f"{one}>{between}"
                if point not in rows[between]:
                    rows[between].append(point)
                    edges.append((before, point))
                before = point
            edges.append((before, name))
    return rows, edges


def _places(
    rows: list[list[str]], edges: Sequence[tuple[str, str]], widths: Mapping[str, float]
) -> dict[str, float]:
    """Horizontal centres; orders the rows in place."""
    above: dict[str, list[str]] = {name: [] for row in rows for name in row}
    below: dict[str, list[str]] = {name: [] for row in rows for name in row}
    for start, end in edges:
        below[start].append(end)
        above[end].append(start)
    place: dict[str, float] = {}
    for row in rows:
        place |= _packed(row, dict.fromkeys(row, 0.0), widths)
    for sweep in range(24):
        near = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            wanted = {
                name: sum(place[one] for one in near[name]) / len(near[name]) if near[name] else place[name]
                for name in row
            }
            if sweep < 16:
                row.sort(key=lambda name: wanted[name])
            place |= _packed(row, wanted, widths)
    left = min(place[name] - widths.get(name, 0) / 2 for name in place)
    return {name: at - left + 2 for name, at in place.items()}


def _packed(row: Sequence[str], wanted: Mapping[str, float], widths: Mapping[str, float]) -> dict[str, float]:
    """Centres nearest to the wanted ones, in least squares, of boxes that must not overlap (by pooling)."""
    offsets, at = [], 0.0
    for name in row:
        half = widths.get(name, 0.0) / 2
        offsets.append(at + half)
        at += 2 * half + _GAP_X
    pools: list[list[float]] = []  # sum of (wanted - offset), count
    for name, offset in zip(row, offsets, strict=True):
        pools.append([wanted[name] - offset, 1.0])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    shifts = [total / count for total, count in pools for _ in range(int(count))]
    return {name: offset + shift for name, offset, shift in zip(row, offsets, shifts, strict=True)}
