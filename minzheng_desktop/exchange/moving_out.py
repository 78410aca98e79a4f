"""迁往别的乡镇: a township reports that a household moves; from then on its rows are read-only here.

The report is a row of `transfers` that goes up in the next package. The county rules; `moves` does what it rules.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.enrolment import membership
from minzheng_desktop.store import schema
from minzheng_desktop.store.leaving import STARTED
from minzheng_desktop.store.transfers import CONFIRM, RULING, STATES, MoveSet, move_set
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading


class Leaving(msgspec.Struct, frozen=True):
    """A household before it is reported: head, members, its paid records with the last month paid ('YYYY-MM'), and
    what stands in the way."""

    household: str
    head: str
    members: tuple[str, ...]
    paid: tuple[tuple[str, str, str], ...]
    """(form title, number, last month paid)"""
    records: int
    problems: tuple[str, ...]


class Moved(msgspec.Struct, frozen=True):
    """A household that moves from or to this township: `direction` out or in."""

    transfer: str
    household: str
    head: str
    direction: str
    other: str
    other_town: str
    moved_on: str
    at: str
    state: str
    title: str
    answer: str = ""
    village_open: bool = False
    """Moved in, and its village is still one of the old township."""
    person: str = ""
    """The head's entry here."""


def look_at(r: Reading, household: str) -> Leaving:
    """What would move with a household, and what stands in the way. Raises UserError `no_such_household`."""
    found = move_set(r, household)
    people = r.get_many("people", found.rows["people"])
    head = people.get(found.household["head"] or "")
    records = r.get_many("records", found.paid)
    forms = r.store.catalog.forms
    paid = sorted(
        (
            forms[row["form"]].title if row["form"] in forms else row["form"],
            row["number"] or "",
            found.paid[key],
        )
        for key, row in records.items()
    )
    return Leaving(
        household, head["name"] if head else "", tuple(row["name"] for row in people.values()), tuple(paid),
        len(found.rows["records"]), tuple(_problems(r, found)),
    )  # fmt: skip


def start_transfer(
    store: Store, household: str, *, to: str, moved_on: str, reason: str, document_no: str = ""
) -> str:
    """Report that a household moves to the division `to` (9 digits) on a day (ISO); returns the transfer's id.

    Raises UserError not_a_township, not_enrolled, unknown_division, bad_date, reason_missing, no_such_household, or
    `cannot_move` with what stands in the way.
    """
    if store.site.role != "township":
        raise UserError("not_a_township", "这是县局的台账，迁移由迁出的乡镇报。没有改动。")
    towns = {town.code for town in store.catalog.divisions.towns}
    if to not in towns or to == store.site.division:
        raise UserError(
            "unknown_division", f"{to} 不是本县别的乡镇街道，没有报迁移。请填迁入地的 9 位区划代码。"
        )
    try:
        date.fromisoformat(moved_on)
    except ValueError as error:
        raise UserError(
            "bad_date", f"迁移日期“{moved_on}”写法不对，没有报迁移。请写成 2026-11-20。"
        ) from error
    if not reason.strip():
        raise UserError("reason_missing", "没有写迁移的原因，没有报迁移。请写明，例如“搬迁”“投靠子女”。")
    with store.writing("start_transfer", {"household": household, "to": to}) as w:
        if membership(w) is None:
            raise UserError("not_enrolled", "本台账还没有接入县局，迁移要由县局确认，没有报迁移。请先接入。")
        found = move_set(w, household)
        problems = _problems(w, found)
        if problems:
            raise UserError(
                "cannot_move",
                f"这一户还不能报迁移：{'；'.join(problems)}。没有改动，办好后再报。",
                tuple(Problem("", one, code="cannot_move") for one in problems),
            )
        head = w.get("people", found.household["head"]) if found.household["head"] else None
        more = {
            "head": found.household["head"], "head_name": head["name"] if head else "",
            "rows": {table: list(ids) for table, ids in found.rows.items()}, "paid": found.paid,
        }  # fmt: skip
        return w.put(
            "transfers",
            {
                "owner": store.site.division, "household": household, "to_division": to, "state": STARTED,
                "moved_on": moved_on, "reason": reason.strip(), "document_no": document_no.strip() or None,
                "at": w.at, "by": store.user, "more": more,
            },
        )  # fmt: skip


def list_moved(r: Reading) -> list[Moved]:
    """The households that left or came, newest first."""
    t, u = schema.transfers, schema.rulings
    own, divisions = r.store.site.division, r.store.catalog.divisions
    answers = {
        row["subject"]: row["text"] or ""
        for row in r.rows(sa.select(u.c.subject, u.c.text).where(u.c.kind == RULING, u.c.owner == own))
    }
    found = [
        Moved(
            row["id"], row["household"], row["more"].get("head_name", ""), "out", row["to_division"],
            divisions.name(row["to_division"]), row["moved_on"] or "", row["at"], row["state"], STATES[row["state"]],
            answers.get(row["id"], ""), person=row["more"].get("head") or "",
        )
        for row in r.rows(sa.select(t).where(t.c.void == 0, t.c.owner == own))
    ]  # fmt: skip
    came = sa.select(u).where(u.c.kind == RULING, u.c.owner == own, u.c.void == 0).order_by(u.c.at, u.c.id)
    for row in r.rows(came):
        more: dict[str, Any] = row["more"]
        if (more.get("verdict"), more.get("to")) != (CONFIRM, own):
            continue
        home = r.get("households", row["other"])
        here = home is not None and home["owner"] == own
        village = str((home or {}).get("village") or "")
        found.append(
            Moved(
                row["subject"], row["other"], more.get("head", ""), "in", more["from"], divisions.name(more["from"]),
                row["at"][:10], row["at"], "arrived" if here else "coming",
                "已迁入" if here else more.get("waits", "等县局发来内容"), row["text"] or "",
                here and bool(village) and not village.startswith(own), str((home or {}).get("head") or ""),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: one.at, reverse=True)


def _problems(r: Reading, found: MoveSet) -> list[str]:
    own = r.store.site.division
    problems = list(found.problems)
    if found.household["owner"] != own:
        problems.append("这一户不属于本乡镇")
    t = schema.transfers.c
    if r.one(sa.select(t.id).where(t.household == found.household["id"], t.state == STARTED, t.void == 0)):
        problems.append("已经报过迁移，等县局确认")
    return problems
