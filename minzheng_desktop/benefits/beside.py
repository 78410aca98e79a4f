"""What people have from other benefits, month by month: for rules that take it off (``[benefit] beside``).

Read from the other benefits' own records: their months in force, their terms as decided, their rates. So a change of
one is a change of the other from the same month, and what was paid by then is made up or taken back as a difference.
Counted is what is due there, not what the bank paid. A benefit that an overlap rule of handling ``block`` withholds
beside this one is not counted in the months of that rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.columns import Columns
from minzheng_desktop.benefits.entitlement import Span, find_spans
from minzheng_desktop.benefits.facts import Case
from minzheng_desktop.benefits.months import CYCLE_MONTHS, number_of, period_end, text_of
from minzheng_desktop.benefits.overlaps import COVERED, counted_role
from minzheng_desktop.benefits.rates import RateView, view_rates
from minzheng_desktop.benefits.rules import RULES, OwnBenefit
from minzheng_desktop.benefits.rules.base import MonthlyRule
from minzheng_desktop.benefits.sources import Loader
from minzheng_desktop.store import schema
from minzheng_desktop.store.keys import HEAD

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Benefit, Form
    from minzheng_desktop.store.unit import Reading

Rows = Sequence[Mapping[str, Any]]
_ALONE: Mapping[str, Any] = {}


def own_benefits(
    r: Reading, form: Form, person: str | None, *, month: str, today: date
) -> tuple[OwnBenefit, ...]:
    """What one person has in a month ('YYYY-MM') from the benefits that a form stands beside."""
    if form.benefit is None or not form.benefit.beside or not person:
        return ()
    unit = number_of(month)
    return Beside(r, form, form.benefit, [person], unit=unit, today=today).own(person, unit)


class _Drawn(msgspec.Struct, gc=False):
    """One record of another benefit: its months, and the household rows of each decision."""

    form: str
    title: str
    spans: tuple[Span, ...]
    rows: Mapping[str, Rows]
    """By term."""


class Beside:
    """What some people have from the benefits that a form stands beside, up to a month."""

    def __init__(
        self, r: Reading, form: Form, benefit: Benefit, people: Iterable[str], *, unit: int, today: date
    ) -> None:
        self._r = r
        self._form = form
        self._drawn: dict[str, list[tuple[_Drawn, bool]]] = defaultdict(list)
        self._views: dict[str, RateView] = {}
        self._withheld: dict[tuple[str, int], bool] = {}
        wanted = sorted(set(people))
        for key in benefit.beside:
            other = r.store.catalog.forms.get(key)
            if other is not None and other.benefit is not None and wanted:
                self._load(other, other.benefit, wanted, unit, today)

    def own(self, person: str, month: int) -> tuple[OwnBenefit, ...]:
        """What a person has from each of them in a month, without those that come to nothing."""
        found: list[OwnBenefit] = []
        for drawn, named in self._drawn.get(person, ()):
            span = next((s for s in drawn.spans if s.first <= month <= s.last), None)
            row = None if span is None else _row_of(person, drawn.rows.get(span.term.id), named=named)
            if span is None or row is None or self._is_withheld(drawn.form, month):
                continue
            rule = RULES[self._benefit(drawn.form).rule]
            assert isinstance(rule, MonthlyRule)
            cents, formula = rule.share(span.term.inputs, self._views[drawn.form], month, row)
            if cents:
                found.append(OwnBenefit(drawn.title, cents, formula))
        return tuple(found)

    def applied(self, spans: Sequence[Span], person: str | None) -> tuple[Span, ...]:
        """The spans of a person's record, cut where what the person has elsewhere changes, with it in the inputs."""
        if person not in self._drawn:
            return tuple(spans)
        found: list[Span] = []
        for span in spans:
            if span.term.inputs is None:
                found.append(span)
                continue
            for first, last, others in self._runs(str(person), span):
                inputs = msgspec.structs.replace(span.term.inputs, others=others)
                found.append(Span(first, last, msgspec.structs.replace(span.term, inputs=inputs)))
        return tuple(found)

    def _runs(self, person: str, span: Span) -> Iterator[tuple[int, int, tuple[OwnBenefit, ...]]]:
        first, others = span.first, self.own(person, span.first)
        for month in range(span.first + 1, span.last + 1):
            now = self.own(person, month)
            if now != others:
                yield first, month - 1, others
                first, others = month, now
        yield first, span.last, others

    def _benefit(self, form: str) -> Benefit:
        benefit = self._r.store.catalog.forms[form].benefit
        assert benefit is not None
        return benefit

    def _is_withheld(self, other: str, month: int) -> bool:
        key = (other, month)
        if key not in self._withheld:
            self._withheld[key] = any(
                rule.handling == "block"
                and rule.holds_in(text_of(month))
                and rule.a.covers(self._form.key, None)
                and rule.b.covers(other, None)
                for rule in self._r.store.catalog.overlaps.values()
            )
        return self._withheld[key]

    def _load(self, other: Form, benefit: Benefit, people: list[str], unit: int, today: date) -> None:
        if not isinstance(RULES.get(benefit.rule), MonthlyRule):
            return
        linked = _records_of(self._r, other, people)
        if not linked:
            return
        view = self._views[other.key] = view_rates(self._r, other, benefit)
        columns = Columns(other, codes=self._r.store.catalog.codes, divisions=self._r.store.catalog.divisions)
        length = CYCLE_MONTHS[benefit.cycle]
        facts = Loader(
            self._r, other, benefit, rates=view, columns=columns, unit=period_end(unit, length), length=length,
            today=today, only=sorted(linked),
        ).load()  # fmt: skip
        rows = _decided_rows(self._r, other, linked) if other.subject == "household" else {}
        for case in facts.cases:
            drawn = _Drawn(other.key, other.title, _spans(case, unit), rows.get(case.id, {}))
            for person, named in linked[case.id].items():
                self._drawn[person].append((drawn, named))


def _spans(case: Case, unit: int) -> tuple[Span, ...]:
    return tuple(s for s in find_spans(case.entitled, upto=unit) if s.term.inputs is not None)


def _row_of(person: str, rows: Rows | None, *, named: bool) -> Mapping[str, Any] | None:
    """The person's row in a decision; None where the decision does not count that person. One without rows (from a
    roster, or about one person) counts whom the record names."""
    if not rows:
        return _ALONE if named else None
    row = next((row for row in rows if (row.get("person") or row.get("key")) == person), None)
    if row is None or row.get("in_covered") is False or row.get("leave_date"):
        return None
    return row


def _records_of(r: Reading, other: Form, people: list[str]) -> dict[str, dict[str, bool]]:
    """Record to those of the people whom it may concern, and whether the record itself counts them now.

    Someone who has left the household, or its table, is looked for too: earlier decisions may still count them.
    """
    c, k, m = schema.records.c, schema.record_people.c, schema.household_members.c
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    household = other.subject == "household"
    for at in range(0, len(people), 500):
        some = people[at : at + 500]
        mine = [c.form == other.key, c.owner == r.store.site.division, c.void == 0]
        if household:
            lived = sa.select(c.id, m.person).join(schema.household_members, m.household == c.household)
            for record, person in r.connection.execute(lived.where(*mine, m.person.in_(some))).all():
                found[record][person] = False
        roles = (COVERED, HEAD, "member") if household else (counted_role(other),)
        query = sa.select(c.id, k.person, k.role).join(schema.record_people, k.record == c.id)
        query = query.where(*mine, k.person.in_(some), k.role.in_(roles))
        for record, person, role in r.connection.execute(query).all():
            found[record][person] = found[record].get(person, False) or role != "member"
    return found


def _decided_rows(r: Reading, other: Form, records: Iterable[str]) -> dict[str, dict[str, Rows]]:
    """Record to term to the household rows that the decision froze."""
    tables = [table.key for table in other.tables.values() if table.from_household]
    t = schema.terms.c
    found: dict[str, dict[str, Rows]] = defaultdict(dict)
    wanted = sorted(records)
    for at in range(0, len(wanted), 500):
        query = sa.select(t.record, t.id, t.snapshot).where(t.record.in_(wanted[at : at + 500]), t.void == 0)
        for record, term, snapshot in r.connection.execute(query).all():
            found[record][term] = [row for key in tables for row in snapshot.get(key) or ()]
    return found
