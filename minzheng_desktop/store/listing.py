"""Lists of records: filtered, sorted and paged in the database, 姓名 性别 出生年 村 always together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema, search

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

_r, _p = schema.records.c, schema.people.c


class Filter(msgspec.Struct, frozen=True):
    """Which records of a form: empty parts do not narrow. ``text`` is what the clerk typed into the search field."""

    form: str
    states: tuple[str, ...] = ()
    villages: tuple[str, ...] = ()
    kind: str = ""
    text: str = ""
    owner: str = ""


class Line(msgspec.Struct, frozen=True):
    """One line of a list. Amounts in cents; ``id_number`` in full: what shows it masks it."""

    id: str
    number: str | None
    state: str
    revision: str
    owner: str
    village: str | None
    record_date: str | None
    until_date: str | None
    kind: str | None
    amount: int | None
    quantity: int | None
    start_month: str | None
    end_month: str | None
    person: str | None
    name: str | None
    sex: str | None
    birth_date: str | None
    id_number: str | None
    facility: str | None


class Summary(msgspec.Struct, frozen=True):
    """Count, sum of quantities, sum of amounts (cents) of what is filtered, and counts by state."""

    count: int
    quantity: int
    amount: int
    states: dict[str, int]


ORDERS: dict[str, tuple[sa.ColumnElement[Any], ...]] = {
    "village": (_r.village, _p.name, _r.id),
    "name": (_p.name, _r.id),
    "birth_date": (_p.birth_date, _r.id),
    "id_number": (_p.id_number, _r.id),
    "state": (_r.state, _r.id),
    "amount": (_r.amount, _r.id),
    "quantity": (_r.quantity, _r.id),
    "record_date": (_r.record_date, _r.id),
    "until_date": (_r.until_date, _r.id),
    "kind": (_r.kind, _r.id),
    "number": (_r.number, _r.id),
}
"""What a list can be sorted by."""


def list_records(
    r: Reading,
    chosen: Filter,
    *,
    order: str = "village",
    descending: bool = False,
    offset: int = 0,
    limit: int | None = None,
) -> list[Line]:
    """The lines of a list, one page of them where ``limit`` is given."""
    columns = [
        *(_r[n] for n in ("id", "number", "state", "revision", "owner", "village", "record_date")),
        *(_r[n] for n in ("until_date", "kind", "amount", "quantity", "start_month", "end_month")),
        *(_p[n] for n in ("name", "sex", "birth_date", "id_number")),
        _r.person,
        _r.facility,
    ]
    query = _narrowed(r, sa.select(*columns), chosen)
    ordered = [c.desc() if descending else c for c in ORDERS[order]]
    query = query.order_by(*ordered).offset(offset)
    if limit is not None:
        query = query.limit(limit)
    return [Line(**row) for row in r.connection.execute(query).mappings()]


def summarise(r: Reading, chosen: Filter) -> Summary:
    """Totals of the same choice; the counts by state leave the state filter aside, so that pills can show them."""
    zero = sa.literal(0)
    query = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(_r.quantity), zero),
        sa.func.coalesce(sa.func.sum(_r.amount), zero),
    )
    count, quantity, amount = r.connection.execute(_narrowed(r, query, chosen)).one()
    all_states = msgspec.structs.replace(chosen, states=())
    by_state = _narrowed(r, sa.select(_r.state, sa.func.count()), all_states).group_by(_r.state)
    states = {state: int(n) for state, n in r.connection.execute(by_state)}
    return Summary(int(count), int(quantity), int(amount), states)


def count_by_form(r: Reading) -> dict[str, int]:
    """How many living records each form has."""
    query = sa.select(_r.form, sa.func.count()).where(_r.void == 0).group_by(_r.form)
    return {form: int(n) for form, n in r.connection.execute(query)}


def _narrowed(r: Reading, query: sa.Select[Any], chosen: Filter) -> sa.Select[Any]:
    query = (
        query.select_from(schema.records)
        .outerjoin(schema.people, _p.id == _r.person)
        .where(_r.form == chosen.form, _r.void == 0)
    )
    for column, values in ((_r.state, chosen.states), (_r.village, chosen.villages)):
        if values:
            query = query.where(column.in_(values))
    if chosen.kind:
        query = query.where(_r.kind == chosen.kind)
    if chosen.owner:
        query = query.where(_r.owner == chosen.owner)
    if chosen.text.strip():
        query = query.where(_found(r, chosen.text))
    return query


def _found(r: Reading, text: str) -> sa.ColumnElement[bool]:
    """Records whose people fit what was typed, or whose number ends with it."""
    rows: Sequence[int] = search.find(r.connection, text, limit=2000)
    link = schema.record_people.c
    people = sa.select(link.record).join(schema.people, _p.id == link.person).where(_p.search_row.in_(rows))
    return sa.or_(_r.id.in_(people), _r.number.like(f"%{text.strip()}"))
