"""How a row of an exported table becomes SQL values and the JSON text that its revision digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import postgres, schema
from minzheng_desktop.values.ids import digest16

VERSION_COLUMNS = ("entity", "id", "revision", "base", "origin", "at", "by", "audit", "body")

COPY_FROM = 20
"""Rows from which COPY is quicker than the same rows one after another."""

_ENCODER = msgspec.json.Encoder(order="deterministic")


def revision_of(base: str | None, body: bytes) -> str:
    """The revision of a body: 16 hex digits over the base revision and the body's JSON bytes."""
    return digest16(base.encode() + body if base else body)


def insert(
    connection: sa.Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Add many rows, each a tuple of SQL values in the order of `columns`.

    Columns that every row leaves empty are not named at all: the driver binds a NULL at ten times the price of a
    text, and most rows of a bulk leave the same columns empty. A server takes more than a few rows by COPY.
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
    if connection.dialect.name == "postgresql" and len(rows) >= COPY_FROM:
        postgres.copy_in(connection, f"COPY {table} ({names}) FROM STDIN", rows)
        return
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
    their time on. Its JSON leaves out every column that has its default, so that a column added later changes no
    body and no revision; therefore **a column's default never changes**. Bodies that name them all (written before)
    read the same.
    """

    def __init__(self, table: sa.Table) -> None:
        self.table = table
        self.columns = tuple(map(str, schema.body_columns(table)))
        self.caches = tuple(str(c.name) for c in table.columns if c.info.get("cache"))
        self.names = ("id", "revision", *self.columns, *self.caches)
        self._caches = tuple((name, default_of(table.c[name])) for name in self.caches)
        self._known = frozenset(self.names)
        self._outside = ("id", "revision", *self.caches)
        self._json = tuple(
            n for n, name in enumerate(self.columns) if isinstance(table.c[name].type, schema.Json)
        )
        defaults = [(name, default_of(table.c[name])) for name in self.columns]
        fields = [(name, Any, msgspec.field(default_factory=d) if callable(d) else d) for name, d in defaults]
        self._body = msgspec.defstruct(
            f"{table.name}_body", fields, kw_only=True, gc=False, omit_defaults=True
        )
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

    def encode(self, body: msgspec.Struct) -> bytes:
        """The body's JSON: columns in the table's order without those at their defaults, keys inside JSON columns
        sorted."""
        return _ENCODER.encode(body)

    def decode(self, body: str | bytes) -> dict[str, Any]:
        """All columns of a body from its JSON, those that it leaves out with their defaults."""
        return msgspec.structs.asdict(self.build(msgspec.json.decode(body)))

    def complete(self, body: msgspec.Struct, caches: Mapping[str, Any]) -> dict[str, Any]:
        """Body and cache columns as a plain dict."""
        whole = msgspec.structs.asdict(body)
        whole.update(zip(self.caches, self.cache_values(caches), strict=True))
        return whole

    def values(self, body: msgspec.Struct) -> list[Any]:
        """The body as SQL values, JSON columns as text."""
        found = list(msgspec.structs.astuple(body))
        for n in self._json:
            found[n] = _ENCODER.encode(found[n]).decode()
        return found

    def cache_values(self, given: Mapping[str, Any]) -> list[Any]:
        """The cache columns as a caller gave them, else their defaults."""
        return [given.get(name, default) for name, default in self._caches]


def default_of(column: sa.Column[Any]) -> Any:
    """A column's default: a value, None, or for a JSON column the type whose empty value it is."""
    if column.default is None:
        return None
    value = column.default.arg  # type: ignore[attr-defined]
    if callable(value):
        return dict if isinstance(value(None), dict) else list
    return value


@cache
def shape(table: sa.Table) -> Shape:
    return Shape(table)
