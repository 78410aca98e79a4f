"""Other records that a form's conditions may see (``[lookup]``), read as of the record's own date.

The record itself never counts; rows that are void never do. Records are picked by the person, household or facility
that they concern, by a record that they point to, or are all those of the office. ``take`` decides what a condition
sees: one record or the latest (its document with ``id`` and ``state``, or None), how many, a sum of one field, the
lowest running sum from the record's date on, or a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.catalog.engine import Env
from minzheng_desktop.catalog.form import SAME_PERIODS, SELF
from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form, Lookup
    from minzheng_desktop.store.unit import Reading

_records, _link, _pointer = schema.records, schema.record_people, schema.record_links


def look_up(
    r: Reading,
    form: Form,
    *,
    record_id: str | None,
    subject: Mapping[str, str | None],
    doc: Mapping[str, Any],
    today: str,
) -> dict[str, Any]:
    """The value of every lookup of a form for one record; ``subject`` is {person, household, facility: id}."""
    return {
        name: _look_up(r, form, lookup, record_id, subject, doc, today)
        for name, lookup in form.lookups.items()
    }


def _look_up(
    r: Reading,
    form: Form,
    lookup: Lookup,
    record_id: str | None,
    subject: Mapping[str, str | None],
    doc: Mapping[str, Any],
    today: str,
) -> Any:
    kind, target = _whose(lookup, record_id, subject, doc, r.store.site.division)
    on = str(doc.get(form.record.get("date", "")) or today)
    if not target:
        return _empty(lookup)
    c = _records.c
    query = sa.select(_records).where(c.form == lookup.form, c.void == 0, c.state.in_(sorted(lookup.states)))
    if kind == "person":
        role = [_link.c.role == lookup.role] if lookup.role else []
        query = query.join(_link, _link.c.record == c.id).where(_link.c.person == target, *role).distinct()
    elif kind == "office":
        query = query.where(c.owner == target)
    elif kind == "record":
        query = query.where(c.id.in_(sa.select(_pointer.c.record).where(_pointer.c.target == target)))
    else:
        query = query.where(c[kind] == target)
    if record_id:
        query = query.where(c.id != record_id)
    fields = [part for part in lookup.same if part not in SAME_PERIODS]
    for part in lookup.same:
        if part not in fields:
            query = query.where(_same_period(part, on))
    if lookup.upto:
        query = query.where(c.record_date <= str(doc.get(lookup.upto) or on))
    rows = r.rows(query.order_by(c.record_date, c.id))
    rows = [row for row in rows if all(row["doc"].get(part) == doc.get(part) for part in fields)]
    if lookup.where:
        evaluator = r.store.evaluator(form.key)
        evaluation = evaluator.reread(doc, Env(date.fromisoformat(today), "", area=r.store.site.division))
        rows = [row for row in rows if evaluator.lookup_holds(evaluation, lookup.key, _seen(row))]
    return _taken(lookup, rows, on)


def _whose(
    lookup: Lookup,
    record_id: str | None,
    subject: Mapping[str, str | None],
    doc: Mapping[str, Any],
    office: str,
) -> tuple[str, str | None]:
    """(kind, id) of whose records are meant."""
    if lookup.office:
        return "office", office
    kind = next(k for k in ("person", "household", "facility", "record") if getattr(lookup, k))
    named = getattr(lookup, kind)
    own = record_id if named == SELF else subject.get(kind)
    return kind, own if named in (SELF, kind) else doc.get(named)


def _same_period(part: str, on: str) -> sa.ColumnElement[bool]:
    c = _records.c
    if part == "date":
        return c.record_date == on
    width = 7 if part == "month" else 4
    return sa.func.substr(c.record_date, 1, width) == on[:width]


def _taken(lookup: Lookup, rows: list[dict[str, Any]], on: str) -> Any:
    if lookup.take == "count":
        return len(rows)
    if lookup.take == "sum":
        return sum(row["doc"].get(lookup.field) or 0 for row in rows)
    if lookup.take == "lowest":
        return _lowest(rows, lookup.field, on)
    if lookup.take == "list":
        return [_seen(row) for row in rows]
    return _seen(rows[-1]) if rows else None


def _lowest(rows: list[dict[str, Any]], field: str, on: str) -> int:
    """The lowest balance at the end of a day, of the day `on` and every later one with an entry; rows by date."""
    balance, lowest = 0, None
    for at, row in enumerate(rows):
        day = row["record_date"] or ""
        if lowest is None and day > on:
            lowest = balance
        balance += row["doc"].get(field) or 0
        ends = at + 1 == len(rows) or (rows[at + 1]["record_date"] or "") != day
        if ends and day >= on:
            lowest = balance if lowest is None else min(lowest, balance)
    return balance if lowest is None else lowest


def _empty(lookup: Lookup) -> Any:
    return {"count": 0, "sum": 0, "lowest": 0, "list": []}.get(lookup.take)


def _seen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row["doc"], "id": row["id"], "state": row["state"]}
