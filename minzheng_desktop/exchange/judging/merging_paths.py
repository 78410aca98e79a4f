"""A row's body as path → value and back, so that its fields can be merged one by one: columns, keys of JSON columns,
cells of rows that have a key (``doc.members[key].name``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from minzheng_desktop.exchange.judging.merging_rules import Rules

ABSENT = "\0absent"
"""What a field holds on a side that does not have it (a row of a sub-table that was taken out)."""
_OPEN = frozenset({"stated"})
"""Keys of a document whose own keys are fields: what the office stated instead of calculating it."""


def follow(value: Any, redirected: Mapping[str, str]) -> Any:
    """A value in which the ids of entries that are gone are those of the entries that stay; of two rows of a table
    that come to stand for one person the first stays."""
    if isinstance(value, str):
        return redirected.get(value, value)
    if isinstance(value, list):
        found: dict[Any, Any] = {}
        for number, one in enumerate(value):
            changed = follow(one, redirected)
            key = changed.get("key") if isinstance(changed, dict) else None
            found.setdefault(("key", key) if isinstance(key, str) else number, changed)
        return list(found.values())
    if isinstance(value, Mapping):
        return {key: follow(one, redirected) for key, one in value.items()}
    return value


def flatten(body: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """A row's body as path → value: columns, keys of JSON columns, cells of keyed rows (``doc.members[key].name``)."""
    found: dict[str, Any] = {}
    if rules.aliases:
        body = follow(body, rules.aliases)
    for column, value in body.items():
        if column in rules.mirrors:
            continue
        if not isinstance(value, dict):
            found[column] = value
            continue
        for key, inner in value.items():
            _flatten(found, f"{column}.{key}", key, inner)
    for column, key in rules.mirrors.items():
        path = f"doc.{key}"
        found[path] = (found.get(path, ABSENT), body[column])
    return found


def _flatten(found: dict[str, Any], path: str, key: str, value: Any) -> None:
    if key in _OPEN and isinstance(value, dict):
        found[f"{path}{{}}"] = True
        found.update({f"{path}{{}}.{inner}": one for inner, one in value.items()})
    elif _keyed(value):
        found[f"{path}[]"] = True
        for row in value:
            found[f"{path}[{row['key']}]"] = True
            for column, cell in row.items():
                if column != "key":
                    found[f"{path}[{row['key']}].{column}"] = cell
    else:
        found[path] = value


def _keyed(value: Any) -> bool:
    """Whether a value is the rows of a sub-table, each with a key of its own."""
    if not isinstance(value, list) or not value:
        return False
    keys = [row.get("key") if isinstance(row, dict) else None for row in value]
    return all(isinstance(key, str) and "]" not in key for key in keys) and len(set(keys)) == len(keys)


def build_body(values: Mapping[str, Any], order: Sequence[str], rules: Rules) -> dict[str, Any]:
    """The body that path → value stands for; rows stand in the order in which `order` names them first."""
    body: dict[str, Any] = {}
    mirrored = {f"doc.{key}": column for column, key in rules.mirrors.items()}
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for path, value in values.items():
        if path in mirrored:
            inner, body[mirrored[path]] = value if value != ABSENT else (ABSENT, None)
            _store(body, path, inner)
        elif "[" not in path:
            _store(body, path, value)
    for path in dict.fromkeys([*order, *values]):
        where, row, cell = path.partition("[")
        key, _, column = cell.partition("]")
        if row and key and values.get(f"{where}[{key}]", ABSENT) is True and not column:
            cells.setdefault(where, {})[key] = {"key": key}
    for path, value in values.items():
        where, row, cell = path.partition("[")
        key, _, column = cell.partition("]")
        if row and column and value != ABSENT and key in cells.get(where, {}):
            cells[where][key][column[1:]] = value
    for path, value in values.items():
        if path.endswith("[]") and value is True:
            _store(body, path[:-2], list(cells.get(path[:-2], {}).values()))
    return body


def _store(body: dict[str, Any], path: str, value: Any) -> None:
    if value == ABSENT:
        return
    column, _, key = path.partition(".")
    if not key:
        body[column] = value
        return
    inside = body.setdefault(column, {})
    outer, marked, inner = key.partition("{}")
    if not marked:
        inside[key] = value
    elif inner:
        inside.setdefault(outer, {})[inner[1:]] = value
    else:
        inside.setdefault(outer, {})
