"""How a row of an exported table becomes SQL values and the JSON text that its revision digests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.values.ids import digest16

VERSIONS_SQL = (
    'INSERT INTO versions (entity, id, revision, base, origin, at, "by", audit, body)'
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

_encode = msgspec.json.encode


def revision_of(base: str | None, text: str) -> str:
    """The revision of a body: 16 hex digits over the base revision and the body's JSON text."""
    return digest16(((base or "") + text).encode())


class Shape:
    """The columns of one exported table, with its prepared statements."""

    def __init__(self, table: sa.Table) -> None:
        self.table = table
        self.columns = schema.body_columns(table)
        self.caches = tuple(c.name for c in table.columns if c.info.get("cache"))
        self._json = frozenset(c.name for c in table.columns if isinstance(c.type, schema.Json))
        self._defaults = {name: _default(table.c[name]) for name in (*self.columns, *self.caches)}
        names = ["id", "revision", *self.columns, *self.caches]
        quoted = ", ".join(f'"{n}"' for n in names)
        self.insert_sql = f"INSERT INTO {table.name} ({quoted}) VALUES ({', '.join('?' * len(names))})"
        sets = ", ".join(f'"{n}" = ?' for n in self.columns)
        self.update_sql = f"UPDATE {table.name} SET revision = ?, {sets} WHERE id = ?"

    def complete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """``given`` with defaults for what it lacks; unknown names are an error of the program."""
        body = {n: (d() if callable(d) else d) for n, d in self._defaults.items()}
        self.check(given)
        body.update((n, v) for n, v in given.items() if n in body)
        if body["owner"] is None:
            raise ValueError(f"a row of {self.table.name} needs an owner")
        return body

    def check(self, given: Mapping[str, Any]) -> None:
        """Raises KeyError for a name that is no column: a misspelt field must not vanish."""
        unknown = given.keys() - self._defaults.keys() - {"id", "revision"}
        if unknown:
            raise KeyError(f"{self.table.name} has no column {sorted(unknown)}")

    def encode(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Body columns as SQL values: JSON columns as text."""
        return {
            n: _encode(body[n], order="deterministic").decode() if n in self._json else body[n]
            for n in self.columns
        }

    def text(self, encoded: Mapping[str, Any]) -> str:
        """The body's JSON text; JSON columns are embedded as they are."""
        return _encode(
            {n: msgspec.Raw(v.encode()) if n in self._json else v for n, v in encoded.items()}
        ).decode()

    def values(self, body: Mapping[str, Any], encoded: Mapping[str, Any]) -> tuple[Any, ...]:
        """SQL values of an insert after id and revision."""
        return (*(encoded[n] for n in self.columns), *(body[n] for n in self.caches))


def _default(column: sa.Column[Any]) -> Any:
    if column.default is None:
        return None
    value = column.default.arg  # type: ignore[attr-defined]
    if callable(value):
        return dict if isinstance(value(None), dict) else list
    return value


@cache
def shape(table: sa.Table) -> Shape:
    return Shape(table)
