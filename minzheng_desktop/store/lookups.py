"""Other records that a form's conditions may see (``[lookup]``), read as of the record's own date.

The record itself never counts; rows that are void never do. Records are picked by the person, household or facility
that they concern, by a record that they point to, or are all those of the office. ``take`` decides what a condition
sees: one record or the latest (its document with ``id`` and ``state``, or None), how many, a sum of one field, the
lowest running sum from the record's date on, or a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.catalog.engine import Env
from minzheng_desktop.catalog.form import SAME_PERIODS, SELF
from minzheng_desktop.store import schema
from minzheng_desktop.store.periods import begins

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form, Lookup
    from minzheng_desktop.store.unit import Reading

_WIDTHS = {"date": 10, "month": 7, "year": 4}
AT_ONCE = 500
"""Records whose lookups are read together."""
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


class Asked(msgspec.Struct, frozen=True):
    """One record whose lookups are asked for, as `look_up` takes it."""

    record_id: str
    subject: Mapping[str, str | None]
    doc: Mapping[str, Any]


def look_up_many(r: Reading, form: Form, asked: Sequence[Asked], *, today: str) -> list[dict[str, Any]]:
    """What `look_up` gives for each of many records of a form, read in one query a lookup and not one a record."""
    found: list[dict[str, Any]] = [{} for _ in asked]
    for at in range(0, len(asked), AT_ONCE):
        some = asked[at : at + AT_ONCE]
        for name, lookup in form.lookups.items():
            for place, value in enumerate(_look_up_some(r, form, lookup, some, today), start=at):
                found[place][name] = value
    return found


def _look_up_some(
    r: Reading, form: Form, lookup: Lookup, asked: Sequence[Asked], today: str
) -> Iterator[Any]:
    office, dated = r.store.site.division, form.record.get("date", "")
    whose = [_whose(lookup, one.record_id, one.subject, one.doc, office) for one in asked]
    targets = sorted({target for _, target in whose if target})
    c = _records.c
    period, fields = _periods(lookup), [part for part in lookup.same if part not in SAME_PERIODS]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    if targets:
        query = _of_targets(lookup, whose[0][0], targets).order_by(c.record_date.nulls_first(), c.id)
        for row in r.rows(query):
            groups.setdefault((row.pop("_target"), (row["record_date"] or "")[:period]), []).append(row)
    for (_, target), one in zip(whose, asked, strict=True):
        on = str(one.doc.get(dated) or today)
        if not target:
            yield _empty(lookup)
            continue
        upto = str(one.doc.get(lookup.upto) or on) if lookup.upto else None
        rows = [
            row
            for row in groups.get((target, on[:period]), ())
            if row["id"] != one.record_id
            and all(row["doc"].get(part) == one.doc.get(part) for part in fields)
            and (upto is None or (row["record_date"] is not None and row["record_date"] <= upto))
        ]
        yield _taken(lookup, _where(r, form, lookup, one.doc, rows, today), on)


def _of_targets(lookup: Lookup, kind: str, targets: Sequence[str]) -> sa.Select[Any]:
    """The records that a lookup may see of all these people, households, … with whose each is."""
    c = _records.c
    whose: sa.ColumnElement[Any]
    chosen = sa.and_(_of_form(lookup, kind), c.void == 0, c.state.in_(sorted(lookup.states)))
    if kind == "person":
        whose, role = _link.c.person, [_link.c.role == lookup.role] if lookup.role else []
        query = sa.select(_records, whose.label("_target")).join(_link, _link.c.record == c.id)
        return query.where(chosen, whose.in_(targets), *role).distinct()
    if kind == "record":
        whose = _pointer.c.target
        query = sa.select(_records, whose.label("_target")).join(_pointer, _pointer.c.record == c.id)
        return query.where(chosen, whose.in_(targets)).distinct()
    whose = c.owner if kind == "office" else c[kind]
    return sa.select(_records, whose.label("_target")).where(chosen, whose.in_(targets))


def _of_form(lookup: Lookup, kind: str) -> sa.ColumnElement[bool]:
    """That a record is of the lookup's form. A person, or a record that is pointed to, has a few records and a form has
    thousands: the sum of texts keeps the planner off the form's index, by which it would walk through all of them."""
    c = _records.c
    return (c.form + "") == lookup.form if kind in ("person", "record") else c.form == lookup.form


def _periods(lookup: Lookup) -> int:
    """How much of a date must be the same: 10 characters of a day, 7 of a month, 4 of a year, none."""
    return max((width for part, width in _WIDTHS.items() if part in lookup.same), default=0)


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
    chosen = (_of_form(lookup, kind), c.void == 0, c.state.in_(sorted(lookup.states)))
    query = sa.select(_records).where(*chosen)
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
    rows = r.rows(query.order_by(c.record_date.nulls_first(), c.id))
    rows = [row for row in rows if all(row["doc"].get(part) == doc.get(part) for part in fields)]
    return _taken(lookup, _where(r, form, lookup, doc, rows, today), on)


def _where(
    r: Reading, form: Form, lookup: Lookup, doc: Mapping[str, Any], rows: list[dict[str, Any]], today: str
) -> list[dict[str, Any]]:
    """Those of the rows for which the lookup's own condition holds."""
    if not lookup.where or not rows:
        return rows
    evaluator = r.store.evaluator(form.key)
    evaluation = evaluator.reread(doc, Env(date.fromisoformat(today), "", area=r.store.site.division))
    return [row for row in rows if evaluator.lookup_holds(evaluation, lookup.key, _seen(row))]


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
    return begins(c.record_date, on[: _WIDTHS[part]])


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
