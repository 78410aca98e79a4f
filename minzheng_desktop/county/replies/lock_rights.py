"""Which laptop of a township may lock months: exactly one, and the county moves the right by a ruling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.county.receiving.senders import REGISTERED, require_county
from minzheng_desktop.exchange.down.decided import ISSUED
from minzheng_desktop.exchange.down.lock_right import MAY_LOCK
from minzheng_desktop.exchange.judging.intake import LockRight
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing

SPANS = "may_lock_spans"
"""In `laptops.more`: when a laptop might lock, as [start, end] of ISO times; missing where it never moved."""

_laptops = schema.laptops.c


def right_of(row: Mapping[str, Any]) -> LockRight:
    """When the laptop of this row might lock."""
    spans = row["more"].get(SPANS)
    if spans is None:
        return LockRight((("", ""),)) if row["may_lock"] else LockRight()
    return LockRight(tuple((start, end) for start, end in spans))


def move_lock_right(store: Store, *, division: str, laptop: str, text: str = "") -> str:
    """Let `laptop` (id, serial or letter) lock months of the township, and no other; returns its letter.

    Both laptops learn of it by the next receipt or bulletin. A batch that the earlier one locks after now is held.
    Raises UserError when the laptop is not a registered one of the division or has the right already.
    """
    require_county(store)
    with store.writing("lock_right", {"division": division, "laptop": laptop}) as w:
        rows = w.rows(
            sa.select(schema.laptops).where(_laptops.division == division, _laptops.state == REGISTERED)
        )
        new = next((row for row in rows if laptop in (row["id"], row["serial"], row["letter"])), None)
        if new is None:
            raise UserError(
                "no_such_laptop", f"这个乡镇没有在用的电脑 {laptop}，锁定权没有移动。请看电脑登记表。"
            )
        if new["may_lock"]:
            raise UserError("has_right_already", f"{new['letter']} 机本来就有锁定权，没有改动。")
        old = [row for row in rows if row["may_lock"]]
        for row in old:
            spans = [list(span) for span in right_of(row).spans]
            spans[-1][1] = w.at
            _set(w, row, 0, spans)
        _set(w, new, 1, [*(list(span) for span in right_of(new).spans), [w.at, ""]])
        w.put(
            "rulings",
            {
                "owner": division, "kind": MAY_LOCK, "subject": new["id"],
                "other": old[0]["id"] if old else None, "text": text.strip() or None, "by": w.user, "at": w.at,
                "state": ISSUED,
                "more": {"letter": new["letter"], "before": old[0]["letter"] if old else ""},
            },
        )  # fmt: skip
        return str(new["letter"])


def _set(w: Writing, row: Mapping[str, Any], may_lock: int, spans: list[list[str]]) -> None:
    more = {**row["more"], SPANS: spans}
    w.update("laptops", {"may_lock": may_lock, "more": more}, _laptops.id == row["id"])
