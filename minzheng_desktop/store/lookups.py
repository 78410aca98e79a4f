"""Other records that a form's conditions may see (``[lookup]``), read as of the record's own date.

The record itself never counts; rows that are void never do. ``take`` decides what a condition sees: one record or
the latest (its document with ``id`` and ``state``, or None), how many, a sum of one field, or a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.catalog.engine import Env
from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form, Lookup
    from minzheng_desktop.store.unit import Reading

_records, _link = schema.records, schema.record_people


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
    kind = next(k for k in ("person", "household", "facility") if getattr(lookup, k))
    named = getattr(lookup, kind)
    target = subject.get(kind) if named == kind else doc.get(named)
    on = str(doc.get(form.record.get("date", "")) or today)
    if not target:
        return _empty(lookup)
    c = _records.c
    query = sa.select(_records).where(c.form == lookup.form, c.void == 0, c.state.in_(sorted(lookup.states)))
    if kind == "person":
        role = [_link.c.role == lookup.role] if lookup.role else []
        query = query.join(_link, _link.c.record == c.id).where(_link.c.person == target, *role).distinct()
    else:
        query = query.where(c[kind] == target)
    if record_id:
        query = query.where(c.id != record_id)
    for part in lookup.same:
        query = query.where(_same(part, on, doc))
    if lookup.upto:
        query = query.where(c.record_date <= str(doc.get(lookup.upto) or on))
    rows = r.rows(query.order_by(c.record_date, c.id))
    if lookup.where:
        evaluator = r.store.evaluator(form.key)
        evaluation = evaluator.reread(doc, Env(date.fromisoformat(today), "", area=r.store.site.division))
        rows = [row for row in rows if evaluator.lookup_holds(evaluation, lookup.key, _seen(row))]
    return _taken(lookup, rows)


def _same(part: str, on: str, doc: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    c = _records.c
    if part == "date":
        return c.record_date == on
    if part in ("month", "year"):
        width = 7 if part == "month" else 4
        return sa.func.substr(c.record_date, 1, width) == on[:width]
    return c[part] == doc.get(part) if part in c else sa.false()


def _taken(lookup: Lookup, rows: list[dict[str, Any]]) -> Any:
    if lookup.take == "count":
        return len(rows)
    if lookup.take == "sum":
        return sum(row["doc"].get(lookup.field) or 0 for row in rows)
    if lookup.take == "list":
        return [_seen(row) for row in rows]
    return _seen(rows[-1]) if rows else None


def _empty(lookup: Lookup) -> Any:
    return {"count": 0, "sum": 0, "list": []}.get(lookup.take)


def _seen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row["doc"], "id": row["id"], "state": row["state"]}
