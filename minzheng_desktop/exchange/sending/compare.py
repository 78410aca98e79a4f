"""Comparing what two sides hold of a township without sending it: a digest for every range of rows of every table.

The county writes the digests of a division into the receipt with which a laptop goes on after a trouble; the
township reckons its own and packs again only the changes of rows in ranges that differ.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from minzheng_desktop.exchange.tables import EXPORTED_TABLES
from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

RANGES = 64
MANY_RANGES, MANY_ROWS = 1024, 6400
"""A table of many rows is told in finer ranges, so that a few changes do not bring a tenth of it again."""

Digests = Mapping[str, Sequence[str]]
"""By table the digests of its ranges, 16 hex digits each, "" for an empty one; empty tables are left out. How many
there are is as many ranges as the rows were put into."""


def range_of(row_id: str, ranges: int = RANGES) -> int:
    """The range of a row: its id decides, the same on every side."""
    return zlib.crc32(row_id.encode()) % ranges


def digest_rows(r: Reading, division: str, *, like: Digests | None = None) -> dict[str, list[str]]:
    """The digests of all rows of a division as they stand here, by id and revision, in whatever order they lie; in as
    many ranges as `like` has, where it tells the table."""
    found: dict[str, list[str]] = {}
    for table in EXPORTED_TABLES:
        t = schema.EXPORTED[table]
        sums: dict[int, int] = {}
        ranges = len((like or {}).get(table, ())) or _ranges_for(r, t, division)
        for row_id, revision in r.connection.execute(
            sa.select(t.c.id, t.c.revision).where(t.c.owner == division)
        ):
            digest = hashlib.blake2b(f"{row_id} {revision}".encode(), digest_size=8).digest()
            at = range_of(row_id, ranges)
            sums[at] = (sums.get(at, 0) + int.from_bytes(digest)) % 2**64
        if sums:
            found[table] = [f"{sums[at]:016x}" if at in sums else "" for at in range(ranges)]
    return found


def _ranges_for(r: Reading, table: sa.Table, division: str) -> int:
    rows = r.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.owner == division))
    return MANY_RANGES if int(rows or 0) > MANY_ROWS else RANGES


def differing(mine: Digests, theirs: Digests) -> dict[str, list[int]]:
    """By table the ranges that are not the same on both sides; a table that is the same is left out."""
    found: dict[str, list[int]] = {}
    for table in EXPORTED_TABLES:
        here, there = mine.get(table, ()), theirs.get(table, ())
        empty = [""] * max(len(here), len(there))
        ranges = [
            at
            for at, (one, other) in enumerate(zip(here or empty, there or empty, strict=False))
            if one != other
        ]
        if ranges:
            found[table] = ranges
    return found
