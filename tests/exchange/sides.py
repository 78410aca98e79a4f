"""What the two sides of an exchange hold of one township: counts, cents and digests, table by table, to compare.

A side is worked out from the rows themselves, caches of records included, so that a row which was written otherwise
than its version says shows as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.tables import EXPORTED_TABLES, MONEY
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Reading

STATES = ("state", "state_at", "start_month", "end_month")


@dataclass(frozen=True)
class Held:
    """What one side holds of a table: rows, those of them that are void, cents, and a digest of all rows."""

    rows: int
    void: int
    cents: int
    digest: str


def side_of(store: Store, division: str, *, without: Iterable[str] = ()) -> dict[str, Held]:
    """What a database holds of a division, by table; rows with these ids are left out."""
    left_out = frozenset(without)
    with store.reading() as r:
        found = {table: _held(r, table, division, left_out) for table in EXPORTED_TABLES}
    return {table: held for table, held in found.items() if held.rows}


def _held(r: Reading, table: str, division: str, left_out: frozenset[str]) -> Held:
    rows = [row for row in rows_of(r, table, division) if row["id"] not in left_out]
    digest = hashlib.sha256()
    for row in rows:
        digest.update(msgspec.json.encode(row, order="deterministic"))
    money = MONEY.get(table)
    cents = sum(row[money] or 0 for row in rows if not row["void"]) if money else 0
    return Held(len(rows), sum(row["void"] for row in rows), cents, digest.hexdigest()[:16])


def rows_of(r: Reading, table: str, division: str) -> list[dict[str, Any]]:
    """The rows of a division by id: body, revision and, of records, the state that their steps give."""
    t = schema.EXPORTED[table]
    names = ["id", "revision", *map(str, schema.body_columns(t)), *(STATES if table == "records" else ())]
    return r.rows(sa.select(*(t.c[name] for name in names)).where(t.c.owner == division).order_by(t.c.id))


def rows_that_differ(one: Store, other: Store, division: str) -> set[str]:
    """Ids of the rows of a division that the two databases do not hold alike."""
    ids: set[str] = set()
    for table in EXPORTED_TABLES:
        with one.reading() as r, other.reading() as q:
            mine = {row["id"]: row for row in rows_of(r, table, division)}
            theirs = {row["id"]: row for row in rows_of(q, table, division)}
        ids |= {key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key)}
    return ids


NOTES = frozenset({"refused", "alarms"})
"""What the county notes at a laptop of files that it did not take."""


def whole_digest(store: Store, *, but: frozenset[str] = frozenset({"audit"})) -> str:
    """A digest of every row of every table of a database, but of what a refusal may write: the audit, and notes at
    the laptop that it was said to come from."""
    digest = hashlib.sha256()
    with store.reading() as r:
        for table in schema.metadata.sorted_tables:
            if table.name in but:
                continue
            for row in r.rows(sa.select(table).order_by(*table.primary_key.columns)):
                if table.name == "laptops":
                    row["more"] = {key: told for key, told in row["more"].items() if key not in NOTES}
                digest.update(repr(row).encode())
    return digest.hexdigest()
