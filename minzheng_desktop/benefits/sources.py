"""Load what a plan needs from the store, in bulk: one query for each kind of thing, whatever the number of records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.columns import Columns
from minzheng_desktop.benefits.deaths import DEAD as DEAD
from minzheng_desktop.benefits.deaths import NO_DEATHS, Deaths, load_deaths
from minzheng_desktop.benefits.entitlement import Entitled, Term
from minzheng_desktop.benefits.facts import Account, Batch, Case, Facility, Facts, PaidBefore, Person
from minzheng_desktop.benefits.handled import OFFSET, OPEN_STATES, WRITTEN_OFF, Handled
from minzheng_desktop.benefits.history import OPENS_FROM, Reader, StepRow
from minzheng_desktop.benefits.months import number_of, text_of
from minzheng_desktop.benefits.payees import account_of
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules.base import Cents
from minzheng_desktop.benefits.settlement import Line, paid_by_unit
from minzheng_desktop.benefits.terms import TermReader
from minzheng_desktop.catalog.form import Benefit, Form
from minzheng_desktop.store import schema
from minzheng_desktop.store.leaving import frozen_rows, moved_records
from minzheng_desktop.store.unit import Reading
from minzheng_desktop.values.dates import last_day

_raw = sa.Text()


class Loader:
    """Loads the facts of one form's records for one plan; `unit` is the last month of the period planned."""

    def __init__(
        self, r: Reading, form: Form, benefit: Benefit, *, rates: RateView, columns: Columns, unit: int, length: int,
        today: date, only: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        self.r = r
        self.form = form
        self.benefit = benefit
        self.rates = rates
        self.columns = columns
        self.unit = unit
        self.length = length
        self.owner = r.store.site.division
        self.only = only
        self.pay_day = max(today, last_day(text_of(unit))).isoformat()
        on = text_of(unit)
        rule = rates.choice(
            (f"{form.key}.change_effective_rule", "change_effective_rule"), on, default="next"
        )
        self.reader = Reader(form.workflow, states=benefit.states, change_rule=rule)
        self.is_event = form.kind == "event"
        self.terms = TermReader(form, benefit)

    def load(self) -> Facts:
        """All records of the form that were ever in force (or just those in `only`), with what belongs to them."""
        batches = batches_of(self.r, self.form.key)
        rows = self._records()
        deaths = load_deaths(self.r, self.form, self._mine(), rates=self.rates, unit=self.unit)
        steps = self._steps()
        terms = self._terms()
        paid = self._paid()
        handled = self._handled()
        first = self._first_month_here(batches)
        cases = []
        for row in rows:
            case = self._case(row, steps, terms, deaths, paid, handled, first)
            if case is not None:
                cases.append(case)
        previous = self._previous(batches)
        people = self._people(cases)
        return Facts(
            cases=cases,
            people=people,
            accounts=self._accounts(),
            facilities=self._facilities(),
            before=self._before(previous),
            previous=previous,
            batches=batches,
            paid_lines=self.paid_lines,
            paid_terms=lambda records: self.paid_terms(previous, records),
            moved=moved_records(self.r),
        )

    def _mine(self) -> list[sa.ColumnElement[bool]]:
        """The records of this form, of this office, that are asked for."""
        c = schema.records.c
        mine = [c.form == self.form.key, c.owner == self.owner]
        moving = sorted(set(frozen_rows(self.r)))
        if moving:
            mine.append(
                c.id.not_in(moving)
            )  # whoever is owner when the county has ruled pays the months since
        return mine if self.only is None else [*mine, c.id.in_(self.only)]

    def _records(self) -> list[Any]:
        c = schema.records.c
        query = sa.select(
            c.id, c.person, c.household, c.facility, c.village, c.state, c.kind, c.record_date, c.start_month,
            c.paid_through, c.import_id, c.revision, c.void, sa.type_coerce(c.doc, _raw), c.number,
        ).where(*self._mine())  # fmt: skip
        rows = self.r.connection.execute(query).all()
        # sorted here: the database would carry every document through its sorter
        return sorted(rows, key=lambda row: (row.village or "", row.number or "", row.id))

    def _owned(self) -> sa.Select[tuple[str]]:
        """Ids of the records asked for; rows of other tables are picked by it without a join."""
        return sa.select(schema.records.c.id).where(*self._mine())

    def _steps(self) -> dict[str, list[StepRow]]:
        s = schema.steps.c
        query = sa.select(
            s.at, s.id, s.record, s.step, s.from_state, s.to_state, s.effective_month, s.actor,
            sa.type_coerce(s.ground, _raw),
        ).where(s.record.in_(self._owned()), s.void == 0)  # fmt: skip
        if not self.is_event:
            query = query.where(s.to_state.in_(sorted(self.reader.relevant_states())), self._may_matter(s))
        found: dict[str, list[StepRow]] = {}
        empty: Mapping[str, Any] = {}
        decode = msgspec.json.decode
        # sorted here: cheaper than the database's sorter, which would carry whole rows
        for at, _, record, step, before, after, month, actor, ground in sorted(
            self.r.connection.execute(query).all(), key=_when_taken
        ):
            known = empty if not ground or ground == "{}" else decode(ground)
            found.setdefault(record, []).append(StepRow(step, before, after, at, month, actor, known))
        return found

    def _may_matter(self, s: Any) -> sa.ColumnElement[bool]:
        """Leaves out steps between states in force, of records that were never suspended: they change nothing."""
        other = schema.steps.alias()
        paying, held = sorted(self.benefit.states), sorted(self.reader.suspended)
        suspended = sa.select(other.c.record).where(other.c.to_state.in_(held), other.c.void == 0)
        return sa.or_(
            s.from_state.is_(None), s.from_state.not_in(paying), s.to_state.not_in(paying),
            s.record.in_(suspended), sa.type_coerce(s.ground, _raw).contains(OPENS_FROM),
        )  # fmt: skip

    def _terms(self) -> dict[str, list[Term]]:
        t = schema.terms.c
        query = sa.select(t.id, t.record, t.from_month, sa.type_coerce(t.inputs, _raw), t.ground).where(
            t.record.in_(self._owned()), t.void == 0, t.state == "approved"
        )
        found: dict[str, list[Term]] = {}
        for term, record, month, inputs, ground in sorted(self.r.connection.execute(query).all(), key=_FIRST):
            found.setdefault(record, []).append(self.terms.read(term, month, inputs, ground or ""))
        return found

    def _paid(self) -> dict[str, int]:
        """Cents that locked batches paid each record, in all."""
        i, b = schema.payment_items.c, schema.payment_batches.c
        batches = sa.select(b.id).where(b.form == self.form.key, b.owner == self.owner, b.void == 0)
        query = (
            # `|| ''` keeps the planner on the index by record, which holds all four columns
            sa.select(i.record, sa.func.sum(i.total))
            .where(i.batch.concat("").in_(batches), i.void == 0)
            .group_by(i.record)
        )
        if self.only is not None:
            query = query.where(i.record.in_(self.only))
        return {record: int(total) for record, total in self.r.connection.execute(query).all()}

    def paid_lines(self, records: Iterable[str]) -> dict[str, dict[int, Cents]]:
        """Paid cents by record and period, read from the frozen lines of locked items."""
        i, b = schema.payment_items.c, schema.payment_batches.c
        lines: dict[str, list[Line]] = defaultdict(list)
        wanted = list(records)
        for at in range(0, len(wanted), 500):
            query = (
                sa.select(i.record, i.lines)
                .join(schema.payment_batches, b.id == i.batch)
                .where(b.form == self.form.key, b.void == 0, i.void == 0, i.record.in_(wanted[at : at + 500]))
            )
            for record, stored in self.r.connection.execute(query).all():
                lines[record] += [Line(number_of(month), part, cents) for month, part, cents in stored]
        return {record: paid_by_unit(found) for record, found in lines.items()}

    def _handled(self) -> dict[str, list[Handled]]:
        """The recoveries of each record, as far as they change what batches deduct."""
        v, c = schema.recoveries, schema.records
        query = (
            sa.select(v.c.record, v.c.amount, v.c.repaid, v.c.state, v.c.more)
            .join(c, c.c.id == v.c.record)
            .where(*self._mine(), v.c.void == 0)
        )
        found: dict[str, list[Handled]] = defaultdict(list)
        for record, amount, repaid, state, more in self.r.connection.execute(query).all():
            units = tuple(number_of(month) for month, _ in more.get("periods") or ())
            by_hand = more.get("mode", OFFSET) != OFFSET or state == WRITTEN_OFF
            limit = int(more.get("limit") or 0) if state in OPEN_STATES else 0
            one = Handled(units, int(more.get("cash") or 0), amount - repaid if by_hand else 0, limit)
            if one.returned or one.awaited or one.limit:
                found[record].append(one)
        return found

    def _case(
        self, row: Any, steps: Mapping[str, list[StepRow]], terms: Mapping[str, list[Term]],
        deaths: Mapping[str, Deaths], paid: Mapping[str, int], handled: Mapping[str, Sequence[Handled]],
        first_here: int,
    ) -> Case | None:  # fmt: skip
        (record, person, household, facility, village, state, kind, on, start, through, imported, revision, void,
         doc, _) = row  # fmt: skip
        known = steps.get(record, ())
        was_paid = paid.get(record, 0)
        if void:
            if not was_paid:
                return None
            known, terms, deaths = (), {}, {record: Deaths(ended="记录已作废")}
        if not known and not was_paid:
            return None
        values = msgspec.json.decode(doc, type=self.columns.values_type)
        changes = (
            self.reader.read_event(known, month=number_of(on)) if self.is_event and on
            else self.reader.read_case(known, start=start)
        )  # fmt: skip
        if not changes and not was_paid and state not in self.reader.relevant_states():
            return None
        death = deaths.get(record, NO_DEATHS)
        found = terms.get(record, ())
        if self.is_event and not found and on:
            found = [self.terms.of_document(record, number_of(on), doc)]
        blocked = death.blocked
        if not changes and not was_paid:
            group = self.form.workflow.states[state].group if state in self.form.workflow.states else ""
            if group != "active":
                return None
            blocked += (f"现在是“{self.form.workflow.states[state].title}”，还没有开始享受",)
        outside = number_of(through) if through else first_here - 1 if imported else None
        if self.is_event:
            outside = None
        month = number_of(on) if self.is_event and on else None
        if self.benefit.cycle == "once" and changes:
            month = changes[0].month
        notes = tuple(
            f"{text}，{since % 12 + 1} 月起的待遇还没有重新核定"
            for text, since in death.notes
            if not any(t.from_month >= since for t in found)
        )
        return Case(
            record, person, household, facility, village, state,
            Entitled(tuple(found), changes, month, month, death.last_alive, outside),
            values, revision, kind, on, was_paid, handled.get(record, _NOTHING), death.ended, blocked, notes,
        )  # fmt: skip

    def _first_month_here(self, batches: list[Batch]) -> int:
        """The first month that this program pays for this form: of the first batch, or of this plan before any.

        A month before the first batch stays settled outside, however late somebody plans it.
        """
        planned = self.unit - self.length + 1
        return min((number_of(b.month) - self.length + 1 for b in batches), default=planned)

    def _previous(self, batches: list[Batch]) -> Batch | None:
        month = text_of(self.unit)
        earlier = [b for b in batches if b.kind == "regular" and b.month < month]
        return earlier[-1] if earlier else None

    def _before(self, previous: Batch | None) -> dict[str, PaidBefore]:
        if previous is None:
            return {}
        i = schema.payment_items.c
        query = sa.select(i.record, i.total, i.account_number, i.base, i.extra, i.backpay, i.deduct).where(
            i.batch == previous.id, i.void == 0
        )
        if self.only is not None:
            query = query.where(i.record.in_(self.only))
        found: dict[str, PaidBefore] = {}
        for record, total, account, base, extra, backpay, deduct in self.r.connection.execute(query).all():
            one = PaidBefore(total, account, base + extra, backpay, deduct)
            known = found.get(record)
            found[record] = one if known is None else _together(known, one)
        return found

    def paid_terms(self, previous: Batch | None, records: Iterable[str]) -> dict[str, str]:
        """The id of the term by which the previous batch paid some records, from its frozen rows."""
        i = schema.payment_items.c
        found: dict[str, str] = {}
        wanted = list(records)
        for at in range(0, len(wanted) if previous else 0, 500):
            query = sa.select(i.record, i.row).where(
                i.batch == (previous.id if previous else ""), i.record.in_(wanted[at : at + 500])
            )
            found |= {
                record: row.get("_term") or "" for record, row in self.r.connection.execute(query).all()
            }
        return found

    def _people(self, cases: list[Case]) -> dict[str, Person]:
        p, c = schema.people.c, schema.records.c
        subjects = sa.select(c.person).where(*self._mine())
        query = sa.select(*(p[name] for name in _PERSON_COLUMNS)).where(p.id.in_(subjects))
        found = {row[0]: _person(row) for row in self.r.connection.execute(query).all()}
        keys = [key for key in self.columns.fields if self.form.fields[key].type.name == "person"]
        named = {getattr(case.values, key, None) for case in cases for key in keys} - {None} - found.keys()
        for at in range(0, len(named), 500):
            some = sorted(named)[at : at + 500]  # type: ignore[type-var]
            query = sa.select(*(p[name] for name in _PERSON_COLUMNS)).where(p.id.in_(some))
            found |= {row[0]: _person(row) for row in self.r.connection.execute(query).all()}
        return found

    def _accounts(self) -> dict[str, list[Account]]:
        """Accounts in force when the money goes out (the later of today and the period's last day), by person or
        facility, the latest last."""
        a = schema.bank_accounts.c
        query = (
            sa.select(
                a.person, a.facility, a.number, a.name, a.bank, a.state, a.changed_by, a.checked_by, a.valid_from,
                a.reason, a.id,
            )
            .where(
                a.owner == self.owner,
                a.void == 0,
                a.state.in_(("active", "pending")),
                sa.or_(a.valid_from.is_(None), a.valid_from <= self.pay_day),
                sa.or_(a.valid_to.is_(None), a.valid_to >= self.pay_day),
            )
            .order_by(a.valid_from, a.id)
        )  # fmt: skip
        found: dict[str, list[Account]] = defaultdict(list)
        for person, facility, *rest in self.r.connection.execute(query).all():
            found[person or facility].append(Account(*rest))
        return found

    def _facilities(self) -> dict[str, Facility]:
        c = schema.records.c
        used = sa.select(c.facility).where(c.form == self.form.key, c.facility.is_not(None)).distinct()
        query = sa.select(c.id, c.doc).where(c.id.in_(used))
        return {
            record: Facility(record, str(doc.get("name") or ""), account_of(doc.get("account")))
            for record, doc in self.r.connection.execute(query)
        }


_PERSON_COLUMNS = (
    "id", "name", "id_number", "sex", "birth_date", "reside_village", "hukou_village", "phone", "alive_status",
    "death_date", "id_type",
)  # fmt: skip
_when_taken, _FIRST = itemgetter(0, 1), itemgetter(0)
_NOTHING: Sequence[Handled] = ()


def _together(a: PaidBefore, b: PaidBefore) -> PaidBefore:
    """One record paid into two accounts, as one payment."""
    return PaidBefore(
        a.total + b.total, a.account, a.regular + b.regular, a.backpay + b.backpay, a.deduct + b.deduct
    )


def _person(row: Any) -> Person:
    (person, name, number, sex, birth, reside, hukou, phone, alive, died, kind) = row
    return Person(person, name, number, sex, birth, reside or hukou, phone, alive, died, kind)


def batches_of(r: Reading, form: str) -> list[Batch]:
    """The locked batches of a form of this office, oldest first."""
    b = schema.payment_batches.c
    query = sa.select(
        b.id, b.month, b.kind, b.number, b.total, b.item_count, b.more, b.locked_at, b.locked_by
    ).where(b.form == form, b.owner == r.store.site.division, b.void == 0)
    return [
        Batch(i, month, kind, number, total, count, more.get("rates") or {}, at, by)
        for i, month, kind, number, total, count, more, at, by in r.connection.execute(
            query.order_by(b.month, b.locked_at, b.id)
        )
    ]
