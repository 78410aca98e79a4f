"""How a row of an exported table becomes SQL values and the JSON text that its revision digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.values.ids import digest16

VERSION_COLUMNS = ("entity", "id", "revision", "base", "origin", "at", "by", "audit", "body")

_ENCODER = msgspec.json.Encoder(order="deterministic")


def revision_of(base: str | None, text: str) -> str:
    """The revision of a body: 16 hex digits over the base revision and the body's JSON text."""
    return digest16(((base or "") + text).encode())


def insert(
    connection: sa.Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Add many rows, each a tuple of SQL values in the order of `columns`.

    Columns that every row leaves empty are not named at all: the driver binds a NULL at ten times the price of a
    text, and most rows of a bulk leave the same columns empty.
    """
    if not rows:
        return
    filled = [
        (name, values)
        for name, values in zip(columns, zip(*rows, strict=True), strict=True)
        if values.count(None) < len(values)
    ]
    if len(filled) < len(columns):
        rows = list(zip(*(values for _, values in filled), strict=True))
    names = ", ".join(f'"{name}"' for name, _ in filled)
    marks = ", ".join("?" * len(filled))
    execute_many(connection, f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def execute_many(connection: sa.Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement, its parameters marked by `?`, once for each row."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        sql = sql.replace("?", "%s")
    connection.exec_driver_sql(sql, list(rows))


class Shape:
    """The columns of one exported table, with its prepared statements.

    A body is held as a Struct of the body columns: built, encoded and unpacked in C, which is what bulk writes spend
    their time on.
    """

    def __init__(self, table: sa.Table) -> None:
        self.table = table
        self.columns = schema.body_columns(table)
        self.caches = tuple(str(c.name) for c in table.columns if c.info.get("cache"))
        defaults = {name: _default(table.c[name]) for name in (*self.columns, *self.caches)}
        self._cache_defaults = {name: defaults[name] for name in self.caches}
        self._defaults = defaults
        self._known = frozenset((*self.columns, "id", "revision", *self.caches))
        self._outside = ("id", "revision", *self.caches)
        self._json = tuple(
            (n, c) for n, c in enumerate(self.columns) if isinstance(table.c[c].type, schema.Json)
        )
        fields = [
            (str(n), Any, msgspec.field(default_factory=d) if callable(d) else d)
            for n, d in ((n, defaults[n]) for n in self.columns)
        ]
        self._body = msgspec.defstruct(f"{table.name}_body", fields, kw_only=True, gc=False)
        self.names = ("id", "revision", *self.columns, *self.caches)
        sets = ", ".join(f'"{n}" = ?' for n in self.columns)
        self.update_sql = f"UPDATE {table.name} SET revision = ?, {sets} WHERE id = ?"

    def build(self, given: Mapping[str, Any]) -> msgspec.Struct:
        """The body with defaults for what ``given`` lacks. Raises KeyError for a name that is no column (a misspelt
        field must not vanish) and ValueError without an owner."""
        plain = dict(given)
        for name in self._outside:
            plain.pop(name, None)
        try:
            body = self._body(**plain)
        except TypeError:
            unknown = sorted(given.keys() - self._known)
            raise KeyError(f"{self.table.name} has no column {unknown}") from None
        if body.owner is None:  # type: ignore[attr-defined]
            raise ValueError(f"a row of {self.table.name} needs an owner")
        return body

    def complete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """``given`` with defaults for what it lacks, caches among them, as a plain dict."""
        whole = {n: (d() if callable(d) else d) for n, d in self._defaults.items()}
        whole.update((n, v) for n, v in given.items() if n in whole)
        return whole

    def text(self, body: msgspec.Struct) -> str:
        """The body's JSON text: columns in the table's order, keys inside JSON columns sorted."""
        return _ENCODER.encode(body).decode()

    def values(self, body: msgspec.Struct) -> list[Any]:
        """The body as SQL values, JSON columns as text."""
        found = list(msgspec.structs.astuple(body))
        for n, _ in self._json:
            found[n] = _ENCODER.encode(found[n]).decode()
        return found

    def cache_values(self, given: Mapping[str, Any]) -> list[Any]:
        """The cache columns as a caller gave them, else their defaults."""
        return [given.get(n, d) for n, d in self._cache_defaults.items()]


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
