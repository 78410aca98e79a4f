"""What a township may no longer write: rows of a household that is moving, and rows that moved to another township.

Asked by the one write path for every change of a row (`unit.Writing.put`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

STARTED, CONFIRMED = "started", "confirmed"
"""States of a transfer: the county has not ruled; it has confirmed."""
MOVING: tuple[str, ...] = (
    "people", "households", "household_members", "records", "bank_accounts", "terms", "steps", "attachments",
)  # fmt: skip
"""The tables whose rows go along, in the order in which they are written."""
_REFERS: Mapping[str, tuple[str, ...]] = {
    "household_members": ("household", "person"), "records": ("person", "household"), "bank_accounts": ("person",),
    "terms": ("record",), "steps": ("record",), "attachments": ("record",), "payment_items": ("record",),
}  # fmt: skip
"""Columns by which a row would change what is moving."""
GUARDED = frozenset({*MOVING, "payment_items"})


def frozen_rows(r: Reading) -> dict[str, str]:
    """Row id → the transfer that keeps it read-only while the county has not ruled."""
    t = schema.transfers.c
    query = sa.select(t.id, t.more).where(t.state == STARTED, t.void == 0, t.owner == r.store.site.division)
    return {
        row_id: transfer
        for transfer, more in r.connection.execute(query)
        for ids in more["rows"].values()
        for row_id in ids
    }


def require_writable(
    w: Writing, table: str, bodies: Iterable[Mapping[str, Any]], existing: Mapping[str, Mapping[str, Any]]
) -> None:
    """Refuse to change what is moving or belongs to another township: UserError `moving`, `moved_away`."""
    own = w.store.site.division
    frozen = w.frozen
    for body in bodies:
        row_id = body.get("id", "")
        old = existing.get(row_id)
        if old is not None and old["owner"] != own:
            where = w.store.catalog.divisions.name(old["owner"])
            raise UserError("moved_away", f"这一户已迁往{where}，这里只能看。没有改动，要改请由{where}办理。")
        if not frozen:
            continue
        whole = body if old is None else {**old, **body}
        touched = [row_id, *(whole.get(column) for column in _REFERS.get(table, ()))]
        transfer = next((frozen[one] for one in touched if one in frozen), None)
        if transfer is not None:
            raise _moving(w, transfer)


def _moving(r: Reading, transfer: str) -> UserError:
    row = r.get("transfers", transfer)
    assert row is not None
    head = r.get("people", row["more"]["head"]) if row["more"].get("head") else None
    who = f"{head['name']}一户" if head else "这一户"
    where = r.store.catalog.divisions.name(row["to_division"])
    return UserError(
        "moving",
        f"{who}已报迁往{where}，等县局确认，这里暂不能改。没有改动；县局不同意的，读入回执后可以再改。",
    )


def moved_records(r: Reading) -> dict[str, str]:
    """Record → why it is no longer paid here, of the households that are moving or moved away."""
    t = schema.transfers.c
    names = r.store.catalog.divisions.name
    query = sa.select(t.state, t.to_division, t.more).where(
        t.void == 0, t.owner == r.store.site.division, t.state.in_((STARTED, CONFIRMED))
    )
    return {
        record: f"已报迁往{names(to)}，等县局确认" if state == STARTED else f"已迁往{names(to)}"
        for state, to, more in r.connection.execute(query.order_by(t.at))
        for record in more["rows"].get("records", ())
    }
