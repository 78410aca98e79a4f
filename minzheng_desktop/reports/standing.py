"""How records stood at the end of a month: the state that their steps had brought them to, and what was decided.

A step of a form that pays counts from its ``effective_month`` (a stop decided in December for January leaves
December as it was); one that names no month counts from the day on which it was taken, but never before an earlier
step of the same record that named a later month (an activation does not come before the confirmation that it follows).
Where no money hangs on it, a recognition or an entry in a register counts as soon as it is decided, and an entry from
the day that the register itself says. Among the steps that count by then the one that was taken last is the state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Reading


class Standing(msgspec.Struct, frozen=True, gc=False):
    """One record as it stood; `since` is the first month of its state of that time, `quantity` its typed column."""

    record: str
    owner: str
    form: str
    state: str
    since: str
    person: str | None
    household: str | None
    village: str | None
    quantity: int | None
    until: str | None


class Decided(msgspec.Struct, gc=False):
    """What a term keeps of a household: ids of the persons covered, their number where it was stated."""

    from_month: str
    covered: tuple[str, ...] | None
    quantity: int | None


class _Version(msgspec.Struct, gc=False):
    doc: dict[str, Any] = {}  # a body leaves out what has its default
    until_date: str | None = None
    quantity: int | None = None


_VERSION = msgspec.json.Decoder(_Version)


def living(moved: Collection[str]) -> sa.ColumnElement[bool]:
    """Records that are not void, and those of households that moved to another township since: there they go on, here
    they stand aside, and the figures of before are theirs too."""
    rec = schema.records.c
    return sa.or_(rec.void == 0, rec.id.in_(sorted(moved))) if moved else rec.void == 0


def standing_at(
    r: Reading, forms: Iterable[str], month: str, *, upto: str, moved: Collection[str] = ()
) -> Iterator[Standing]:
    """Every record of these forms that had a step by the end of a month ('YYYY-MM'), with its state then.

    `upto` is the last day (ISO) of what is counted in the month by the day on which it was done; `moved` are records
    that went to another township since.
    """
    s, rec = schema.steps.c, schema.records.c
    known = [form for key in forms if (form := r.store.catalog.forms.get(key))]
    taken = sa.func.substr(s.at, 1, 10)
    stated = sa.func.max(s.effective_month).over(partition_by=s.record, order_by=(s.at, s.id), rows=(None, 0))
    paying = rec.form.in_([form.key for form in known if form.benefit])
    steps = (
        sa.select(
            s.record, s.to_state, s.at, s.id, s.effective_month.label("month"), stated.label("stated"),
            taken.label("taken"), sa.case((_entered(known), rec.record_date)).label("said"), paying.label("paying"),
        )
        .join(schema.records, rec.id == s.record)
        .where(rec.form.in_([form.key for form in known]), living(moved), s.void == 0)
        .subquery()
    )  # fmt: skip
    e = steps.c
    done = e.taken <= upto
    counts = sa.case(
        (sa.and_(e.paying, e.month.is_not(None)), e.month <= month),
        (e.paying, sa.and_(done, sa.or_(e.stated.is_(None), e.stated <= month))),
        else_=sa.or_(done, e.month <= month, e.said <= upto),
    )
    since = sa.func.coalesce(e.said, e.month, sa.func.substr(e.taken, 1, 7))
    last = sa.func.row_number().over(partition_by=e.record, order_by=(e.at.desc(), e.id.desc()))
    ranked = sa.select(e.record, e.to_state, since.label("counts"), last.label("n")).where(counts).subquery()
    query = (
        sa.select(
            rec.id, rec.owner, rec.form, ranked.c.to_state, ranked.c.counts, rec.person, rec.household, rec.village,
            rec.quantity, rec.until_date,
        )
        .join(ranked, ranked.c.record == rec.id)
        .where(ranked.c.n == 1)
    )  # fmt: skip
    for row in r.connection.execute(query).all():
        yield Standing(*tuple(row))


def _entered(forms: Iterable[Form]) -> sa.ColumnElement[bool]:
    """Steps by which a record of a register first came into force: the register says itself from which day."""
    s, rec = schema.steps.c, schema.records.c
    found: list[sa.ColumnElement[bool]] = [sa.false()]
    for form in forms:
        if form.kind in ("register", "facility") and form.record.get("date"):
            states = form.workflow.states.values()
            before = [state.key for state in states if state.group in ("draft", "open")]
            active = [state.key for state in states if state.group == "active"]
            came = sa.or_(s.from_state.is_(None), s.from_state.in_(before))
            found.append(sa.and_(rec.form == form.key, s.to_state.in_(active), came))
    return sa.or_(*found)


def decided_by(
    r: Reading, forms: Iterable[str], month: str, *, moved: Collection[str] = ()
) -> dict[str, Decided]:
    """Record → the term in force at the end of a month, of the forms that keep terms; the first one where all
    begin later."""
    t, rec = schema.terms.c, schema.records.c
    tables = {
        key: tuple(table.key for table in form.tables.values() if table.from_household)
        for key in forms
        if (form := r.store.catalog.forms.get(key))
    }
    late = sa.case((t.from_month > month, 1), else_=0)
    newest = sa.func.row_number().over(
        partition_by=t.record,
        order_by=(
            late,
            sa.case((t.from_month > month, None), else_=t.from_month).desc(),
            t.from_month,
            t.id.desc(),
        ),
    )
    ranked = (
        sa.select(t.record, rec.form, t.from_month, t.snapshot, newest.label("n"))
        .join(schema.records, rec.id == t.record)
        .where(rec.form.in_(list(tables)), living(moved), t.void == 0, t.state == "approved")
        .subquery()
    )
    query = sa.select(ranked.c.record, ranked.c.form, ranked.c.from_month, ranked.c.snapshot)
    return {
        record: _decided(from_month, snapshot, tables[form])
        for record, form, from_month, snapshot in r.connection.execute(query.where(ranked.c.n == 1))
    }


def first_terms(r: Reading, forms: Iterable[str]) -> dict[str, str]:
    """Record → the first month of its earliest approved term."""
    t, rec = schema.terms.c, schema.records.c
    query = (
        sa.select(t.record, sa.func.min(t.from_month))
        .join(schema.records, rec.id == t.record)
        .where(rec.form.in_(list(forms)), t.void == 0, t.state == "approved")
        .group_by(t.record)
    )
    return {row[0]: row[1] for row in r.connection.execute(query)}


def documents_at(r: Reading, form: str, day: str, *, moved: Collection[str] = ()) -> dict[str, _Version]:
    """Record → its document as it was written by the end of a day (ISO), of one form; of records that were only
    written down later, their first."""
    v, rec = schema.versions.c, schema.records.c
    mine = sa.select(rec.id).where(rec.form == form, living(moved))
    in_time = sa.case((sa.func.substr(v.at, 1, 10) <= day, v.seq), else_=None)
    chosen = (
        sa.select(sa.func.coalesce(sa.func.max(in_time), sa.func.min(v.seq)).label("seq"))
        .where(v.entity == "records", v.id.in_(mine))
        .group_by(v.id)
        .subquery()
    )
    query = sa.select(v.id, v.body).join(chosen, chosen.c.seq == v.seq)
    return {record: _VERSION.decode(body) for record, body in r.connection.execute(query)}


def _decided(from_month: str, snapshot: dict[str, Any], tables: tuple[str, ...]) -> Decided:
    covered: tuple[str, ...] | None = None
    for table in tables:
        if table in snapshot:
            covered = (covered or ()) + covered_in(snapshot[table])
    quantity = (snapshot.get("record") or {}).get("quantity")
    return Decided(from_month, covered, quantity if isinstance(quantity, int) else None)


def covered_in(rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """The persons of household rows who are covered and have not left."""
    return tuple(
        str(row.get("person") or row.get("key"))
        for row in rows or ()
        if row.get("in_covered", True) and not row.get("leave_date") and (row.get("person") or row.get("key"))
    )
