"""The rows that indicators are counted from, each kind read once a report however many indicators look at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import sqlalchemy as sa

from minzheng_desktop.reports import standing
from minzheng_desktop.reports.periods import Period
from minzheng_desktop.reports.returned import MoneyMoved, money_moved
from minzheng_desktop.store import schema
from minzheng_desktop.store.transfers import owners_before
from minzheng_desktop.values.id_number import convert_15

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Reading


UNTIL, QUANTITY = "_until", "_quantity"
"""Typed columns beside the fields of a document of that time; no field begins with a line."""
ID_CARD, OLD_LENGTH = "01", 15
"""id_type of an id number, and the length of one of before 1999."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """One record as an indicator sees it: as it stood at the end of the period, or dated within it.

    since: the month or day from which it counts, which decides the township of a person met in two; money: cents
    that batches paid for it, items: how many payments.
    """

    record: str
    form: str
    owner: str
    state: str
    since: str
    person: str | None = None
    household: str | None = None
    village: str | None = None
    quantity: int | None = None
    kind: str | None = None
    until: str | None = None
    covered: tuple[str, ...] | None = None
    money: int = 0
    items: int = 0


class Person(NamedTuple):
    """Who somebody is: `identity` is the same for one person known to two townships; `born` ISO or None."""

    identity: str
    born: str | None


class People:
    """Everybody in the register by id, read when first asked for; shared by the periods of one report."""

    def __init__(self, r: Reading) -> None:
        self._r = r

    @cached_property
    def _rows(self) -> dict[str, tuple[str, str | None, str | None]]:
        """Void rows too: what was recorded of somebody before a merging or a move stays somebody's."""
        p = schema.people.c
        query = sa.select(p.id, p.id_type, p.id_number, p.birth_date)
        return {row[0]: (row[1], row[2], row[3]) for row in self._r.connection.execute(query).all()}

    @cached_property
    def _groups(self) -> dict[str, str]:
        """Own name of an entry → name of its group, for the entries that the county joined. A number that one of
        them bears stands for all of them, so that a third entry with it is counted with them."""
        c = schema.identities.c
        group: dict[str, str] = {}

        def head(name: str) -> str:
            while group.get(name, name) != name:
                name = group[name]
            return name

        for person, identity in self._r.connection.execute(sa.select(c.person, c.identity)):
            for name in (head(person), head(self._own(person))):
                group[name] = head(identity)
            group.setdefault(identity, head(identity))
        return {name: head(name) for name in group}

    @cached_property
    def _apart(self) -> frozenset[str]:
        """Entries of which the county said that they are not who bears the same number."""
        c = schema.person_pairs.c
        query = sa.select(c.high, c.facts).where(c.state == "distinct")
        return frozenset(
            row[0] for row in self._r.connection.execute(query) if "id_number" in row[1]["agree"]
        )

    def find(self, person: str) -> Person:
        """Who a person id is: what the county joined or kept apart, else the id number, else the row itself."""
        row = self._rows.get(person)
        if row is None:
            return Person(person, None)
        own = self._own(person)
        return Person(self._groups.get(own) or self._groups.get(person) or own, row[2])

    def _own(self, person: str) -> str:
        id_type, number, _ = self._rows.get(person, ("", None, None))
        if not number or person in self._apart:
            return person
        if id_type == ID_CARD:
            return convert_15(number) if len(number) == OLD_LENGTH else number.upper()
        return f"{id_type}:{number}"


class Rows:
    """Reads one office's rows for one period."""

    def __init__(self, r: Reading, period: Period, people: People | None = None) -> None:
        self.r = r
        self._people = people or People(r)
        self.period = period
        self.catalog = r.store.catalog
        self._standing: dict[str, list[Row]] = {}
        self._dated: dict[str, list[Row]] = {}
        self._paid: dict[str, list[Row]] = {}
        self._moves: list[MoneyMoved] | None = None
        self._left = owners_before(r, period.closing_day)
        site = r.store.site
        self._own = site.division if site.role == "township" and self._left else ""
        self._documents: dict[tuple[str, bool], Mapping[str, Mapping[str, Any]]] = {}

    def prepare(self, forms: Iterable[str]) -> None:
        """Read how the records of these forms stood at the end of the period, all in one query."""
        wanted = [form for form in dict.fromkeys(forms) if form not in self._standing]
        if not wanted:
            return
        last = self.period.last
        decided = standing.decided_by(self.r, wanted, last, moved=self._left)
        first = standing.first_terms(self.r, wanted)
        for form in wanted:
            self._standing[form] = []
        for one in standing.standing_at(self.r, wanted, last, upto=self.period.closing_day, moved=self._left):
            owner = self._left.get(one.record, one.owner)
            if self._own and owner != self._own:
                continue  # it came later, or went before
            term = decided.get(one.record)
            quantity = one.quantity if term is None or term.quantity is None else term.quantity
            self._standing[one.form].append(
                Row(
                    one.record, one.form, owner, one.state,
                    first.get(one.record, one.since), one.person, one.household, one.village, quantity, None, one.until,
                    term.covered if term else None,
                )
            )  # fmt: skip

    def at_end(self, form: str) -> list[Row]:
        """Every record of a form with the state in which the period's end found it."""
        self.prepare((form,))
        return self._standing[form]

    def dated(self, form: str) -> list[Row]:
        """Every record of a form by its own date, past the period's end ones too; drafts are left out."""
        if form not in self._dated:
            states = self.catalog.forms[form].workflow.states.values()
            drafts = [state.key for state in states if state.group == "draft"]
            c = schema.records.c
            query = sa.select(
                c.id,
                c.form,
                c.owner,
                c.state,
                c.record_date,
                c.person,
                c.household,
                c.village,
                c.quantity,
                c.kind,
            ).where(c.form == form, c.void == 0, c.state.not_in(drafts))
            self._dated[form] = [
                Row(row[0], row[1], row[2], row[3], row[4] or "", *row[5:])
                for row in self.r.connection.execute(query).all()
            ]
        return self._dated[form]

    def paid(self, form: str) -> list[Row]:
        """What batches of the period's months paid for a form, one row a record and person, and one with no item for
        each time that money came back or was sent again (实发，退票冲减后)."""
        if form not in self._paid:
            i, b, rec = schema.payment_items.c, schema.payment_batches.c, schema.records.c
            person = sa.func.coalesce(i.person, rec.person)
            query = (
                sa.select(
                    i.record, i.owner, sa.func.min(b.month), person, sa.func.max(i.household), sa.func.max(i.village),
                    sa.func.max(rec.kind), sa.func.sum(i.total), _paid_items(),
                )
                .join(schema.payment_batches, b.id == i.batch)
                .join(schema.records, rec.id == i.record)
                .where(*self._in_batches(form))
                .group_by(i.record, i.owner, person)
            )  # fmt: skip
            self._paid[form] = [
                Row(
                    row[0], form, row[1], "", row[2], row[3], row[4], row[5], kind=row[6], money=int(row[7]),
                    items=int(row[8]),
                )
                for row in self.r.connection.execute(query).all()
            ]  # fmt: skip
            self._paid[form] += [
                Row(
                    one.record, form, one.owner, "", one.month, one.person, one.household, one.village, kind=one.kind,
                    money=one.cents,
                )
                for one in self._moved(form)
            ]  # fmt: skip
        return self._paid[form]

    def paid_by_owner(self, form: str) -> list[Row]:
        """The same, one row a township, of no record: sums need no more."""
        i, b = schema.payment_items.c, schema.payment_batches.c
        query = (
            sa.select(i.owner, sa.func.min(b.month), sa.func.sum(i.total), _paid_items())
            .join(schema.payment_batches, b.id == i.batch)
            .where(*self._in_batches(form))
            .group_by(i.owner)
        )
        paid = [
            Row("", form, row[0], "", row[1], money=int(row[2]), items=int(row[3]))
            for row in self.r.connection.execute(query)
        ]
        return paid + [Row("", form, one.owner, "", one.month, money=one.cents) for one in self._moved(form)]

    def _moved(self, form: str) -> list[MoneyMoved]:
        if self._moves is None:
            self._moves = list(money_moved(self.r, first=self.period.first, last=self.period.last))
        return [one for one in self._moves if one.form == form]

    def _in_batches(self, form: str) -> tuple[sa.ColumnElement[bool], ...]:
        i, b = schema.payment_items.c, schema.payment_batches.c
        first, last = self.period.first, self.period.last
        return (b.form == form, b.month >= first, b.month <= last, i.void == 0, b.void == 0)

    def documents(self, form: str, *, as_of_end: bool) -> Mapping[str, Mapping[str, Any]]:
        """Record → document, as it was at the end of the period or as it is now."""
        key = (form, as_of_end)
        if key not in self._documents:
            if as_of_end:
                found = standing.documents_at(self.r, form, self.period.last_day, moved=self._left)
                self._documents[key] = {
                    record: {**one.doc, UNTIL: one.until_date, QUANTITY: one.quantity}
                    for record, one in found.items()
                }
            else:
                c = schema.records.c
                query = sa.select(c.id, c.doc).where(c.form == form, c.void == 0)
                self._documents[key] = {row[0]: row[1] for row in self.r.connection.execute(query)}
        return self._documents[key]

    def person(self, person: str) -> Person:
        """Who a person id is."""
        return self._people.find(person)

    def villages_with(self, form: str) -> frozenset[str]:
        """The villages that have a living record of a form."""
        c = schema.records.c
        query = sa.select(c.village).where(c.form == form, c.void == 0, c.village.is_not(None)).distinct()
        return frozenset(self.r.connection.execute(query).scalars())

    def form(self, key: str) -> Form:
        """A form that indicators count."""
        return self.catalog.forms[key]


def _paid_items() -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((schema.payment_items.c.total != 0, 1), else_=0))
