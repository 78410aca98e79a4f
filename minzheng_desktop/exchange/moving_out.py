"""迁往别的乡镇: a township reports that a household moves; from then on its rows are read-only here.

The report is a row of `transfers` that goes up in the next package. The county rules; `moves` does what it rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.closings import TOWN
from minzheng_desktop.exchange.files.enrolment import membership
from minzheng_desktop.store import records, schema
from minzheng_desktop.store.leaving import STARTED
from minzheng_desktop.store.transfers import CONFIRM, RULING, STATES, MoveSet, move_set
from minzheng_desktop.values.dates import add_months
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.catalog.workflow import Step
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

_MOVED = "迁出"
"""Title of the code of 停发原因 that a move is."""
_ASKS = frozenset({"reason", "month", "date"})


class Drawn(msgspec.Struct, frozen=True):
    """A benefit in force of a household that moves: the last month paid ('YYYY-MM', '' where none was), and whether
    the town's own workflow lets it end because of the move."""

    record: str
    title: str
    number: str
    last_paid: str
    can_stop: bool


class Leaving(msgspec.Struct, frozen=True):
    """A household before it is reported: head, members, its benefits in force, how many records, and what stands in
    the way."""

    household: str
    head: str
    members: tuple[str, ...]
    drawn: tuple[Drawn, ...]
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
    drawn = tuple(sorted(_drawn(r, found), key=lambda one: (one.title, one.number)))
    return Leaving(
        household, head["name"] if head else "", tuple(row["name"] for row in people.values()), drawn,
        len(found.rows["records"]), tuple(_problems(r, found)),
    )  # fmt: skip


def _drawn(r: Reading, found: MoveSet) -> Iterator[Drawn]:
    forms = r.store.catalog.forms
    for key, row in r.get_many("records", found.rows["records"]).items():
        form = forms.get(row["form"])
        if (
            form is not None
            and form.benefit is not None
            and row["state"] in form.workflow.states_in("active")
        ):
            last = found.paid.get(key, "")
            yield Drawn(
                key, form.title, row["number"] or "", last, _stop_step(form, row["state"]) is not None
            )


def _stop_step(form: Form, state: str) -> tuple[Step, dict[str, str]] | None:
    """The step by which the town ends a record because its people moved away, and what the fields that its guard reads
    have to say for that."""
    states = form.workflow.states
    for step in form.workflow.steps_from(state):
        if (
            states[step.to].group != "closed"
            or not TOWN.intersection(step.by)
            or not _ASKS.issuperset(step.ask)
        ):
            continue
        guard = form.conditions.get((f"step.{step.key}", "guard"))
        told: dict[str, str] = {}
        for path in guard.reads if guard is not None else ():
            field = form.fields.get(path)
            items = field.choices.items if field is not None and field.choices else {}
            code = next((key for key, title in items.items() if title == _MOVED), None)
            if code is not None:
                told[path] = code
        if told or "reason" in step.ask:
            return step, told
    return None


def _stop(w: Writing, record_id: str, last_paid: str, *, moved_on: str, reason: str, today: date) -> None:
    """End a record from the month after the last one paid, by the form's own step."""
    record = records.load_record(w, record_id)
    form = records.form_of(w, record["form"])
    found = _stop_step(form, record["state"])
    if found is None:
        raise UserError(
            "cannot_stop",
            f"“{form.title}”{record['number'] or ''}不能在迁移时一起停发，没有报迁移。请先到那一件里办停发。",
        )
    step, told = found
    if any(record["doc"].get(path) != value for path, value in told.items()):
        casework.save_record(w, form.key, {**record["doc"], **told}, today=today, record_id=record_id)
    asks = {
        "reason": f"{_MOVED}：{reason}", "month": add_months(last_paid or moved_on[:7], 1), "date": today.isoformat(),
    }  # fmt: skip
    casework.take_step(w, record_id, step.key, today=today, asks={key: asks[key] for key in step.ask})


def start_transfer(
    store: Store, household: str, *, to: str, moved_on: str, reason: str, today: date, document_no: str = "",
    stops: Sequence[str] = (),
) -> str:  # fmt: skip
    """Report that a household moves to the division `to` (9 digits) on a day (ISO); returns the transfer's id.

    The records `stops` end here with the month after the last one paid; all others go on in the new township.

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
        drawn = {one.record for one in _drawn(w, found)}
        if any(record not in drawn for record in stops):
            problems.append("要停发的有一件不是这一户在享的")
        if problems:
            raise UserError(
                "cannot_move",
                f"这一户还不能报迁移：{'；'.join(problems)}。没有改动，办好后再报。",
                tuple(Problem("", one, code="cannot_move") for one in problems),
            )
        for record in stops:
            _stop(
                w, record, found.paid.get(record, ""), moved_on=moved_on, reason=reason.strip(), today=today
            )
        if stops:
            found = move_set(w, household)
        head = w.get("people", found.household["head"]) if found.household["head"] else None
        more = {
            "head": found.household["head"], "head_name": head["name"] if head else "",
            "rows": {table: list(ids) for table, ids in found.rows.items()}, "paid": found.paid,
            "stops": list(stops),
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
