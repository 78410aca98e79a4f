"""A database's tables one by one: all rows as they stand, in chunks, and what is compared of them after a move."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import passwords, schema
from minzheng_desktop.store.moved import MOVED

CHUNK = 10_000
"""Rows that memory holds at once."""
STAYS = (schema.cache, schema.sealed_blobs)
"""Tables that are not carried as rows: what can be worked out again, and the attachments, which go as files."""
TABLES = tuple(table for table in schema.metadata.sorted_tables if table not in STAYS)
_OWN_SETTINGS = ("schema", MOVED)
STREAM: dict[str, Any] = {"stream_results": True, "max_row_buffer": CHUNK}


class Tally(msgspec.Struct, frozen=True):
    """What is compared of a table: rows, the sum of each number column, a digest over all values in key order."""

    rows: int
    sums: dict[str, int]
    digest: str


def chunks_of(connection: sa.Connection, table: sa.Table) -> Iterator[list[tuple[Any, ...]]]:
    """All rows of a table as SQL values in the order of its key, without what belongs to one place alone."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    key = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    where = ""
    if table is schema.settings:
        own = ", ".join(f"'{name}'" for name in _OWN_SETTINGS)
        where = f" WHERE key NOT IN ({own}) AND key NOT LIKE '{passwords.COUNTED}%%'"
        if connection.dialect.name == "sqlite":
            where = where.replace("%%", "%")
    found = connection.exec_driver_sql(
        f"SELECT {names} FROM {table.name}{where} ORDER BY {key}", execution_options=STREAM
    )
    for some in found.partitions(CHUNK):
        yield [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in some]


class Tallying:
    """Counts, sums and digests the chunks of one table as they go by; the ways in of users are left out."""

    def __init__(self, table: sa.Table) -> None:
        self.names = [column.name for column in table.columns]
        self._numbers = [n for n, column in enumerate(table.columns) if isinstance(column.type, sa.Integer)]
        self._hidden = self.names.index("slot") if table is schema.users else None
        self._sums = dict.fromkeys(self._numbers, 0)
        self._rows = 0
        self._digest = hashlib.blake2b(digest_size=16)

    def take(self, chunk: list[tuple[Any, ...]]) -> None:
        """The next rows of the table, in the order of its key."""
        if self._hidden is not None:
            chunk = [(*row[: self._hidden], "", *row[self._hidden + 1 :]) for row in chunk]
        self._rows += len(chunk)
        for n in self._numbers:
            self._sums[n] += sum(row[n] or 0 for row in chunk)
        for row in chunk:
            self._digest.update(msgspec.json.encode(row))

    def tally(self) -> Tally:
        """What was taken so far."""
        return Tally(
            self._rows, {self.names[n]: total for n, total in self._sums.items()}, self._digest.hexdigest()
        )


def tally(connection: sa.Connection, table: sa.Table) -> Tally:
    """What a move compares of a table, as it stands in one database."""
    tallying = Tallying(table)
    for chunk in chunks_of(connection, table):
        tallying.take(chunk)
    return tallying.tally()
