"""Apply a planned roster in one transaction, keep what is needed to take it back."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.rosters.balances import hold_balances
from minzheng_desktop.exchange.rosters.collector import collector_held
from minzheng_desktop.exchange.rosters.entries import plan_entered
from minzheng_desktop.exchange.rosters.headers import ANY_LAYOUT, BY_HAND, CHOSEN, Header
from minzheng_desktop.exchange.rosters.links import Linker
from minzheng_desktop.exchange.rosters.plan import NEW, REJECTED, UNCHANGED, UPDATED, RosterPlan
from minzheng_desktop.exchange.rosters.planning import COLUMNS_SETTING, plan_cleaned, remembered_columns
from minzheng_desktop.store import keys, schema
from minzheng_desktop.store.feeds import feed_registers, feeds_anything
from minzheng_desktop.store.records import form_of, next_number
from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Reading, Writing
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

DONE, UNDONE = "done", "undone"
_REMEMBERED = 50  # layouts kept for a form


class Imported(msgspec.Struct, frozen=True):
    """What an import did; `import_id` is None when nothing had to be written. `plan` is the one applied."""

    import_id: str | None
    plan: RosterPlan


def commit_roster(store: Store, plan: RosterPlan) -> Imported:
    """Write everything that a plan holds, or nothing.

    When the database changed since, the rows are planned anew: an equal plan is applied in place of the old, a
    different one raises UserError roster.stale (plan again and show it). A plan that changes nothing writes
    nothing but how its columns were corrected.
    """
    if plan.writes.empty:
        if _corrected(plan):
            with store.writing("map_columns", {"form": plan.form, "file": plan.path.name}) as w:
                _remember(w, plan)
        return Imported(None, plan)
    import_id = new_id()
    detail = {"import": import_id, "file": plan.path.name, "digest": plan.digest}
    action = "enter_grid" if plan.entered else "import_roster"
    with collector_held(), store.writing(action, detail) as w:
        plan = _fresh(w, plan)
        counts = {action: plan.count(action) for action in (NEW, UPDATED, UNCHANGED, REJECTED)}
        w.detail["counts"] = counts
        _write(w, plan, import_id)
        w.insert(
            "imports",
            [
                {
                    "id": import_id,
                    "form": plan.form,
                    "file": plan.path.name,
                    "digest": plan.digest,
                    "at": w.at,
                    "by": w.user,
                    "state": DONE,
                    "counts": counts,
                    "mapping": _mapping(plan),
                    "audit": w.entry.seq,
                }
            ],
        )
        if not plan.entered:
            _remember(w, plan)
    return Imported(import_id, plan)


def _fresh(w: Writing, plan: RosterPlan) -> RosterPlan:
    if w.change_number() == plan.change_number:
        return plan
    again = _planned_again(w, plan)
    if again.fingerprint() != plan.fingerprint():
        raise UserError(
            "roster.stale",
            "预览之后台账有了变化，这次没有写入。重新预览，看过再提交。",
        )
    return again


def _planned_again(r: Reading, plan: RosterPlan) -> RosterPlan:
    """The same rows against the database as it is now."""
    if plan.entered:
        return plan_entered(r, plan.cleaned, form_of(r, plan.form), plan.today)
    return plan_cleaned(
        r,
        plan.cleaned,
        form=plan.form,
        path=plan.path,
        digest=plan.digest,
        today=plan.today,
        month=plan.month,
        paid_through=plan.paid_through,
    )


def _write(w: Writing, plan: RosterPlan, import_id: str) -> None:
    writes = plan.writes
    for record, number in zip(writes.records, _numbers(w, plan, len(writes.records)), strict=True):
        record["import_id"] = import_id
        record["number"] = number
        record["state_at"] = w.at
    newborn = {record["id"] for record in writes.records}
    for step in writes.steps:
        step["at"] = w.at
        step["ground"]["import"] = import_id
    w.put_many("people", writes.people, fresh=True)
    w.put_many("households", writes.households, fresh=True)
    w.put_many("household_members", writes.household_members, fresh=True)
    w.put_many("records", writes.records, fresh=True, derive=False)
    _link(w, plan)
    w.put_many("bank_accounts", writes.bank_accounts, fresh=True)
    w.put_many("terms", writes.terms, fresh=True)
    # The state of a new record stands in its row; steps of older records must set theirs.
    w.put_many("steps", [s for s in writes.steps if s["record"] in newborn], fresh=True, derive=False)
    w.put_many("steps", [s for s in writes.steps if s["record"] not in newborn], fresh=True)
    for table, bodies in writes.changes.items():
        w.put_many(table, _merged(bodies))
    _feed(w, plan)
    hold_balances(w, plan)


def _feed(w: Writing, plan: RosterPlan) -> None:
    """What the new records write into the register, as they would on leaving the draft."""
    form = form_of(w, plan.form)
    if not feeds_anything(form):
        return
    for record in plan.writes.records:
        if form.workflow.states[record["state"]].group != "draft":
            feed_registers(w, form, record, record["doc"])


def _link(w: Writing, plan: RosterPlan) -> None:
    """Write who and what the new records name; a key that is taken undoes the whole import."""
    form = form_of(w, plan.form)
    linker = Linker(form, w.store.evaluator(form.key), today=plan.today)
    records = plan.writes.records
    links = [link for record in records for link in linker.people(record)]
    w.insert_derived("record_people", ("record", "person", "role"), links)
    pointed = [link for record in records for link in linker.pointed(record)]
    w.insert_derived("record_links", ("record", "target", "path"), pointed)
    keys.claim(w, [claim for record in records for claim in linker.claims(record)])


def _merged(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One body for each row, later values over earlier ones."""
    merged: dict[str, dict[str, Any]] = {}
    for body in bodies:
        merged.setdefault(body["id"], {}).update(body)
    return list(merged.values())


def _numbers(w: Writing, plan: RosterPlan, count: int) -> list[str | None]:
    """The next numbers of the form's pattern, in order; None for a form without one."""
    form = form_of(w, plan.form)
    if not count or not form.number:
        return [None] * count
    first = next_number(w, form, w.store.site.division, plan.today)
    tail = form.number.partition("{serial")[2].partition("}")[2]
    digits = first[: len(first) - len(tail)] if tail else first
    width = len(digits) - len(digits.rstrip("0123456789"))
    head, serial = digits[: len(digits) - width], int(digits[len(digits) - width :])
    return [f"{head}{serial + n:0{width}d}{tail}" for n in range(count)]


def _headers(plan: RosterPlan) -> list[tuple[str, Header]]:
    return [(s.name, s.header) for s in plan.cleaned.sheets if s.header is not None and s.rows]


def _mapping(plan: RosterPlan) -> dict[str, Any]:
    """How each sheet was read, for the record of the import."""
    return {
        name: {called: c.path for called, c in zip(header.names(), header.columns, strict=True) if c.title}
        for name, header in _headers(plan)
    }


def _remember(w: Writing, plan: RosterPlan) -> None:
    """Keep how these layouts were read for the next file of the same layout, and each correction for any layout."""
    known = remembered_columns(w, plan.form)
    layouts = {key: dict(columns) for key, columns in known.items() if key != ANY_LAYOUT}
    by_hand = dict(known.get(ANY_LAYOUT, {}))
    for _, header in _headers(plan):
        named = list(zip(header.names(), header.columns, strict=True))
        layouts.pop(header.fingerprint, None)
        layouts[header.fingerprint] = {
            called: c.path for called, c in named if c.path or (c.title and c.how in BY_HAND)
        }
        by_hand.update((called, c.path) for called, c in named if c.title and c.how == CHOSEN and c.path)
    kept = dict(list(layouts.items())[-_REMEMBERED:])
    if by_hand:
        kept[ANY_LAYOUT] = by_hand
    if kept != known:
        w.set_setting(f"{COLUMNS_SETTING}.{plan.form}", kept)


def _corrected(plan: RosterPlan) -> bool:
    return any(c.how == CHOSEN for _, header in _headers(plan) for c in header.columns)


def list_imports(r: Reading, *, form: str | None = None) -> list[dict[str, Any]]:
    """Imports, the latest first, with their counts and state (done, undone)."""
    i = schema.imports
    query = sa.select(i).order_by(i.c.at.desc(), i.c.id.desc())
    return r.rows(query if form is None else query.where(i.c.form == form))
