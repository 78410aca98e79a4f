"""What a window shows before anything is chosen: people by page, what falls due, a month's batches, the audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema, search
from minzheng_desktop.store.people import PersonHit, hit

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

_p, _r = schema.people.c, schema.records.c


class PeopleFilter(msgspec.Struct, frozen=True):
    """Which living rows of the register: empty parts do not narrow. ``alive`` is an alive_status code."""

    text: str = ""
    village: str = ""
    alive: str = ""


class DueRecord(msgspec.Struct, frozen=True):
    """A record with a date that nears or has passed, or in a state that waits for somebody."""

    id: str
    form: str
    state: str
    until_date: str | None
    state_at: str | None
    person: str | None
    name: str | None
    sex: str | None
    birth_date: str | None
    village: str | None


PEOPLE_ORDERS: dict[str, tuple[sa.ColumnElement[Any], ...]] = {
    "": (_p.reside_village, _p.name, _p.id),
    "name": (_p.name, _p.id),
    "birth": (_p.birth_date, _p.id),
    "village": (_p.reside_village, _p.name, _p.id),
}


def list_people(
    r: Reading, chosen: PeopleFilter, *, order: str = "", descending: bool = False, offset: int, limit: int
) -> list[dict[str, Any]]:
    """One page of the register as rows of ``people``."""
    ordered = [c.desc() if descending else c for c in PEOPLE_ORDERS[order]]
    query = _narrowed(r, sa.select(schema.people), chosen).order_by(*ordered)
    return r.rows(query.offset(offset).limit(limit))


def count_people(r: Reading, chosen: PeopleFilter) -> int:
    """How many rows of the register match."""
    return int(r.scalar(_narrowed(r, sa.select(sa.func.count()).select_from(schema.people), chosen)))


def records_due(r: Reading, *, forms: Sequence[str], upto: str, states: Sequence[str]) -> list[DueRecord]:
    """Records of these forms in these states whose ``until_date`` is not after ``upto`` (ISO), earliest first."""
    query = _due(forms, states).where(_r.until_date.is_not(None), _r.until_date <= upto)
    return _as_due(r, query.order_by(_r.until_date, _r.id))


def records_in(r: Reading, *, forms: Sequence[str], states: Sequence[str]) -> list[DueRecord]:
    """Records of these forms in these states, those that wait longest first."""
    return _as_due(r, _due(forms, states).order_by(_r.state_at, _r.id))


def people_born(r: Reading, *, first: str, last: str, without: str) -> list[PersonHit]:
    """Living people born between two days (ISO, inclusive) who have no record of the form ``without``."""
    link = schema.record_people.c
    having = sa.select(link.person).join(schema.records, _r.id == link.record)
    having = having.where(_r.form == without, _r.void == 0)
    query = sa.select(schema.people).where(
        _p.void + 0
        == 0,  # the sum keeps the planner off the list's index, which would visit every row by hand
        _p.alive_status == "1",
        _p.birth_date >= first,
        _p.birth_date <= last,
        _p.id.not_in(having),
    )
    return [hit(row) for row in r.rows(query.order_by(_p.birth_date, _p.id))]


PART = 10_000
"""Rows of the register looked at between two chances to stop."""


def people_with(r: Reading, attribute: str) -> Iterator[list[dict[str, Any]]]:
    """Living people of whom an attribute in ``more`` (such as disability_cert_expire) is known, in parts by id, some
    of them empty, so that a long look can be left between two."""
    after = ""
    while True:
        part = sa.select(_p.id).where(_p.id > after).order_by(_p.id).limit(1).offset(PART - 1)
        last = r.scalar(part)
        query = sa.select(schema.people).where(
            _p.id > after, _p.void + 0 == 0, _p.alive_status == "1",
            sa.cast(_p.more, sa.Text).contains(f'"{attribute}"'),
        )  # fmt: skip
        rows = r.rows(query if last is None else query.where(_p.id <= last))
        yield [row for row in rows if row["more"].get(attribute)]
        if last is None:
            return
        after = last


def forms_in_use(r: Reading) -> frozenset[str]:
    """The forms of which there is any living record."""
    return frozenset(r.connection.execute(sa.select(_r.form).where(_r.void == 0).distinct()).scalars())


def batches_of(r: Reading, *, month: str) -> list[dict[str, Any]]:
    """The locked batches of a month, every kind, in the order in which they were locked."""
    b = schema.payment_batches
    return r.rows(sa.select(b).where(b.c.month == month, b.c.void == 0).order_by(b.c.locked_at, b.c.id))


def sums_by_month(r: Reading, *, first: str) -> list[tuple[str, str, int]]:
    """(month, form, cents) of locked batches from a month on."""
    b = schema.payment_batches.c
    query = (
        sa.select(b.month, b.form, sa.func.sum(b.total))
        .where(b.month >= first, b.void == 0)
        .group_by(b.month, b.form)
        .order_by(b.month)
    )
    return [(row[0], row[1], int(row[2])) for row in r.connection.execute(query)]


def audit_tail(r: Reading, *, limit: int = 200) -> list[dict[str, Any]]:
    """The last audit entries, newest first."""
    a = schema.audit
    return r.rows(sa.select(a).order_by(a.c.seq.desc()).limit(limit))


def last_done(r: Reading, action: str) -> str | None:
    """When an action was last noted in the audit, None if never."""
    a = schema.audit.c
    found: str | None = r.scalar(sa.select(sa.func.max(a.at)).where(a.action == action))
    return found


def packages_in(r: Reading) -> list[dict[str, Any]]:
    """Packages that came in, newest first."""
    p = schema.packages
    return r.rows(sa.select(p).where(p.c.direction == "in").order_by(p.c.at.desc(), p.c.number.desc()))


def receipts_read(r: Reading) -> list[dict[str, Any]]:
    """Receipts that were read here, newest first."""
    p = schema.packages
    return r.rows(sa.select(p).where(p.c.direction == "receipt").order_by(p.c.at.desc(), p.c.number.desc()))


def changes_by_entity(r: Reading, *, after: int) -> dict[str, int]:
    """How many changes of this laptop stand after a sequence number, by table."""
    v = schema.versions.c
    query = (
        sa.select(v.entity, sa.func.count())
        .where(
            v.seq > after,
            v.origin == r.store.site.laptop,
            v.entity.in_([t.name for t in schema.TOWNSHIP_TABLES]),
        )
        .group_by(v.entity)
    )
    return {name: int(n) for name, n in r.connection.execute(query)}


def decisions_shown(r: Reading, *, limit: int = 200) -> list[dict[str, Any]]:
    """The county's decisions, newest first, with form and name of the record they are about."""
    d = schema.decisions.c
    query = (
        sa.select(
            d.id, d.record, d.kind, d.text, d.number, d.at, d.state, _r.form, _r.state.label("now"), _p.name
        )
        .join(schema.records, _r.id == d.record)
        .outerjoin(schema.people, _p.id == _r.person)
        .where(d.void == 0)
    )
    return r.rows(query.order_by(d.at.desc(), d.id.desc()).limit(limit))


def printed_times(r: Reading, *, batch: str) -> int:
    """How often something of a batch was printed before."""
    p = schema.prints.c
    return int(r.scalar(sa.select(sa.func.count()).select_from(schema.prints).where(p.batch == batch)))


def changes_of(r: Reading, row_id: str) -> tuple[int, str]:
    """How many versions a row has, and when it was last written ('' when it never was)."""
    v = schema.versions.c
    count, at = r.connection.execute(
        sa.select(sa.func.count(), sa.func.max(v.at)).where(v.id == row_id)
    ).one()
    return int(count), str(at or "")


def find_by_name(r: Reading, text: str, *, forms: Sequence[str], limit: int = 20) -> list[dict[str, Any]]:
    """Records of these forms by number, or by the name in their document: facilities, and cases to point to."""
    query = (
        sa.select(schema.records, _p.name.label("person_name"))
        .outerjoin(schema.people, _p.id == _r.person)
        .where(_r.form.in_(forms), _r.void == 0)
    )
    if text.strip():
        like = f"%{text.strip()}%"
        query = query.where(
            sa.or_(_p.name.like(like), _r.number.like(like), sa.cast(_r.doc, sa.Text).like(like))
        )
    return r.rows(query.order_by(_r.id.desc()).limit(limit))


def _narrowed(r: Reading, query: sa.Select[Any], chosen: PeopleFilter) -> sa.Select[Any]:
    query = query.where(_p.void == 0)
    if chosen.village:
        query = query.where(sa.func.coalesce(_p.reside_village, _p.hukou_village) == chosen.village)
    if chosen.alive:
        query = query.where(_p.alive_status == chosen.alive)
    if chosen.text.strip():
        query = query.where(_p.search_row.in_(search.find(r.connection, chosen.text, limit=2000)))
    return query


def _due(forms: Sequence[str], states: Sequence[str]) -> sa.Select[Any]:
    return (
        sa.select(
            _r.id, _r.form, _r.state, _r.until_date, _r.state_at, _r.person, _p.name, _p.sex, _p.birth_date,
            sa.func.coalesce(_r.village, _p.reside_village, _p.hukou_village).label("village"),
        )
        .select_from(schema.records)
        .outerjoin(schema.people, _p.id == _r.person)
        .where(_r.form.in_(forms), _r.state.in_(states), _r.void == 0)
    )  # fmt: skip


def _as_due(r: Reading, query: sa.Select[Any]) -> list[DueRecord]:
    return [DueRecord(**row) for row in r.connection.execute(query).mappings()]
