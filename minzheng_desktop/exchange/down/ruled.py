"""What a ruling of the county does in a township: kept as a row, then taken by the effect of its kind.

A ruling is a row of `rulings` that only the county writes, one for each division that it concerns. It comes down in
receipts and bulletins, is taken once whichever comes first, and does the same on every laptop of the division: rows
that an effect makes get ids that follow from the ruling alone. A kind that this program does not know is kept and
shown, and taken once a newer program knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import rows, schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Line, Reading, Writing

TAKEN, WAITING, UNKNOWN = "taken", "waiting", "unknown"
"""States of a ruling in a township: its effect was taken, it waits (for a row that is to come, or for a person), its
kind is not known to this program."""


class Ruling(msgspec.Struct, frozen=True):
    """One row of `rulings`: `owner` is the division that it is for, `subject` and `other` ids of rows, `more` the
    details of its kind; `at` ISO time of the county."""

    id: str
    owner: str
    kind: str
    subject: str
    at: str
    other: str | None = None
    text: str | None = None
    number: str | None = None
    by: str | None = None
    more: dict[str, Any] = {}


class NotYet(UserError):
    """What the effect needs is not here yet, or stands against it: the ruling waits, and is tried again with each
    file of the county and each package of another laptop. The message says what it waits for."""


Effect = Callable[["Writing", Ruling, date], None]
"""Does what a ruling of one kind means in a township. Raises NotYet or UserError before it writes anything to let the
ruling wait; rows that it makes get their ids from the ruling, so that it does the same on every laptop."""

EFFECTS: dict[str, Effect] = {}
"""What a ruling of each kind does; a kind that is missing here is kept and shown."""


class Ruled(msgspec.Struct, frozen=True):
    """What became of the rulings of a file: ids taken now, waiting, of unknown kind, and taken before."""

    taken: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


def apply_rulings(w: Writing, changes: Sequence[Line], *, origin: str, today: date) -> Ruled:
    """Keep the county's rulings and take those that can be taken, the oldest first, with those that wait from before.

    The same ruling a second time changes nothing.
    """
    here = w.get_many("rulings", [change.id for change in changes])
    fresh = {change.id: change for change in changes if change.id not in here}
    w.apply_lines("rulings", list(fresh.values()), origin)
    r = schema.rulings.c
    open_ones = w.rows(
        sa.select(schema.rulings)
        .where(r.void == 0, sa.or_(r.id.in_(fresh), r.state.in_((WAITING, UNKNOWN))))
        .order_by(r.at, r.id)
    )
    found: dict[str, list[str]] = {TAKEN: [], WAITING: [], UNKNOWN: []}
    for row in open_ones:
        state, why = _take(w, row, today)
        found[state].append(row["id"])
        more = {k: v for k, v in row["more"].items() if k != "waits"} | ({"waits": why} if why else {})
        w.put("rulings", {"id": row["id"], "state": state, "more": more})
    known = tuple(one for one in here if one not in {row["id"] for row in open_ones})
    return Ruled(tuple(found[TAKEN]), tuple(found[WAITING]), tuple(found[UNKNOWN]), known)


def open_rulings(r: Reading) -> list[Ruling]:
    """The rulings that this township has not taken, oldest first; `more["waits"]` says why."""
    c = schema.rulings.c
    found = r.rows(
        sa.select(schema.rulings).where(c.void == 0, c.state.in_((WAITING, UNKNOWN))).order_by(c.at, c.id)
    )
    return [ruling_of(row) for row in found]


def ruling_of(row: dict[str, Any]) -> Ruling:
    """A row of `rulings` as a Ruling."""
    return Ruling(**{name: row[name] for name in Ruling.__struct_fields__})


def decode_ruling(change: Line) -> Ruling:
    """A ruling as it travels."""
    body = rows.shape(schema.rulings).decode(bytes(change.body))
    return ruling_of({**body, "id": change.id})


def _take(w: Writing, row: dict[str, Any], today: date) -> tuple[str, str]:
    effect = EFFECTS.get(row["kind"])
    if effect is None:
        return UNKNOWN, "本机的程序还不认识这种裁定，升级程序以后读下一份回执或下发包时落实"
    before = w.change_number()
    try:
        with w.repeatable(row["id"], at=row["at"]):
            effect(w, ruling_of(row), today)
    except UserError as error:
        if w.change_number() != before:
            raise  # half an effect is never kept: the whole file is undone
        return WAITING, error.message
    return TAKEN, ""
