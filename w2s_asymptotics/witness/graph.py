"""The block triangular form of a sparse square pattern: matching, strong components, reachability.

Everything is in the order in which rows and columns are given, so results do not depend on hashes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

__all__ = ["blocks", "components", "inverse_pattern"]

Pattern = Collection[tuple[Any, Any]]


def components(nodes: Sequence[Any], needs: Mapping[Any, Iterable[Any]]) -> list[list[Any]]:
    """Strong components, each after those it needs (Tarjan, without recursion).

    >>> components(["a", "b", "c"], {"a": ["b"], "b": ["c"], "c": ["b"]})
    [['b', 'c'], ['a']]
    """
    place = {node: number for number, node in enumerate(nodes)}
    index: dict[Any, int] = {}
    low: dict[Any, int] = {}
    stack: list[Any] = []
    waiting: set[Any] = set()
    found = []
    for root in nodes:
        if root in index:
            continue
        visits = [(root, iter(needs[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        waiting.add(root)
        while visits:
            node, rest = visits[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    waiting.add(other)
                    visits.append((other, iter(needs[other])))
                    break
                if other in waiting:
                    low[node] = min(low[node], index[other])
            else:
                visits.pop()
                if visits:
                    low[visits[-1][0]] = min(low[visits[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = stack.index(node)
                    component = stack[cut:]
                    del stack[cut:]
                    waiting.difference_update(component)
                    found.append(sorted(component, key=place.__getitem__))
    return found


def blocks(pattern: Pattern, rows: Sequence[Any], cols: Sequence[Any]) -> list[list[tuple[Any, Any]]]:
    """Diagonal blocks of the block triangular form, as lists of (row, column), solvable in this order.

    >>> blocks({(0, "x"), (0, "y"), (1, "y")}, [0, 1], ["x", "y"])
    [[(1, 'y')], [(0, 'x')]]
    """
    match = _matching(pattern, rows, cols)
    if match is None:
        return [[(row, None) for row in rows]]
    needs = _needs(pattern, rows, cols, match)
    return [[(row, match[row]) for row in component] for component in components(rows, needs)]


def inverse_pattern(
    pattern: Pattern, rows: Sequence[Any], cols: Sequence[Any]
) -> set[tuple[Any, Any]] | None:
    """The (column, row) pairs where the inverse can be nonzero; None where the pattern is singular."""
    match = _matching(pattern, rows, cols)
    if match is None:
        return None
    needs = _needs(pattern, rows, cols, match)
    found = set()
    for row in rows:
        seen, todo = {row}, [row]
        while todo:
            for other in needs[todo.pop()]:
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        found |= {(match[row], other) for other in seen}
    return found


def _needs(
    pattern: Pattern, rows: Sequence[Any], cols: Sequence[Any], match: Mapping[Any, Any]
) -> dict[Any, list[Any]]:
    """For each row the rows whose unknowns it holds."""
    owner = {col: row for row, col in match.items()}
    return {row: [owner[col] for col in cols if (row, col) in pattern and owner[col] != row] for row in rows}


def _matching(pattern: Pattern, rows: Sequence[Any], cols: Sequence[Any]) -> dict[Any, Any] | None:
    """A perfect matching row -> column, the diagonal preferred, or None."""
    near = {
        row: sorted(
            (col for col in cols if (row, col) in pattern), key=lambda col: (col != row, cols.index(col))
        )
        for row in rows
    }
    owner: dict[Any, Any] = {}

    def augment(row: Any, seen: set[Any]) -> bool:
        for col in near[row]:
            if col not in seen:
                seen.add(col)
                if col not in owner or augment(owner[col], seen):
                    owner[col] = row
                    return True
        return False

    if not all(augment(row, set()) for row in rows):
        return None
    return {row: col for col, row in owner.items()}
