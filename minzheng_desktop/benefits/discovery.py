"""Who looks entitled and does not receive (主动发现): the standing rules asked over the registers, in bulk.

Whatever the number of people, a rule costs one query for those it is asked of and one for each fact; those who have
the benefit already, or may not have it beside another (``block`` of the overlap rules), are left out in the query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.discovery_facts import PLACE, FactBook
from minzheng_desktop.benefits.overlaps import counted_role
from minzheng_desktop.catalog.asking import Asker, plain, seen
from minzheng_desktop.catalog.conditions.functions import functions_for
from minzheng_desktop.catalog.discover import PARENTS, SINCE
from minzheng_desktop.store import schema
from minzheng_desktop.store.people import IN_MORE, attributes
from minzheng_desktop.values.dates import add_months, month_of

if TYPE_CHECKING:
    from minzheng_desktop.catalog.conditions.condition import Variable
    from minzheng_desktop.catalog.discover import Discovery
    from minzheng_desktop.store.unit import Reading

AHEAD = 2
"""Months before an age is reached in which a rule is asked already (domain §5.1: 满 80 前 1–2 个月列名单)."""
_SHOWN = {"id", "name", "sex", "birth_date", "reside_village", "hukou_village"}
_p, _r, _k = schema.people, schema.records, schema.record_people


class Suggestion(msgspec.Struct, frozen=True):
    """One person who may be entitled, by one rule. `since` is the day from which ('' where none is told); `draft` the
    fields to begin with; `record` the one to change, where the rule changes one that is in force."""

    rule: str
    title: str
    form: str
    person: str
    name: str
    sex: str
    birth_date: str
    village: str | None
    reason: str
    basis: str
    since: str = ""
    record: str = ""
    alone: bool = False
    draft: dict[str, Any] = {}


def find_suggestions(r: Reading, *, today: date, rules: tuple[str, ...] = ()) -> list[Suggestion]:
    """Everybody whom the rules in force find, by rule in the order of the files and by name; `rules` keeps to some."""
    facts = FactBook(r, today)
    found: list[Suggestion] = []
    for rule in r.store.catalog.discoveries.values():
        if rule.holds_in(month_of(today)) and (not rules or rule.key in rules):
            found += sorted(
                _Search(r, rule, facts, today).run(), key=lambda s: (s.village or "", s.name, s.person)
            )
    return found


class _Search:
    """One rule over everybody whom it may concern."""

    def __init__(self, r: Reading, rule: Discovery, facts: FactBook, today: date) -> None:
        self.r = r
        self.rule = rule
        self.facts = facts
        self.today = today
        self.area = r.store.site.division
        catalog = r.store.catalog
        self.asker = Asker(rule.conditions, functions_for(catalog.rates, self.area, catalog.calendar))
        self.known = {key: facts.load(fact, self._columns(key)) for key, fact in rule.facts.items()}
        self.fields = {key: facts.fields(fact) for key, fact in rule.facts.items()}
        self.tells_parents = f"{{{PARENTS}}}" in rule.reason or any(
            v.root == PARENTS for v in self.asker.variables
        )
        self.asks_household = any(v.root == "household" for v in self.asker.variables)

    def run(self) -> Iterator[Suggestion]:
        flat, special = self.asker.flat, self._special()
        rows = [attributes(row) for row in self.r.rows(self._candidates())]
        parents = self.facts.parents(below=self.rule.among.age_below) if self.tells_parents else {}
        homes = self.facts.homes() if self.asks_household else {}
        for person in rows:
            known = {key: facts.get(person["id"]) for key, facts in self.known.items()}
            home, mother_father = homes.get(person["id"]), parents.get(person["id"], [])
            flat.clear()
            for v in self.asker.variables:
                flat[v.name] = special.get(v.name) or self._value(v, person, home, known, mother_father)
            if self.asker.ask("when") is True:
                yield self._suggestion(person, home, known, mother_father)

    def _special(self) -> dict[str, str]:
        text = self.today.isoformat()
        return {"today": text, "this_month": text[:7]}

    def _columns(self, key: str) -> bool:
        """Whether more is asked of a fact than that it is there."""
        asked = any(v.root == key and v.attribute for v in self.asker.variables)
        return asked or f"{{{key}." in self.rule.reason

    def _value(
        self, v: Variable, person: Mapping[str, Any], home: Mapping[str, Any] | None, known: Mapping[str, Any],
        parents: list[dict[str, Any]],
    ) -> Any:  # fmt: skip
        if v.root == PARENTS:
            if v.kind == "column":
                return [plain(one.get(v.attribute)) for one in parents]
            return [{name: plain(one.get(name)) for name in v.columns} for one in parents]
        if v.root in ("person", "household"):
            about = person if v.root == "person" else home
            if v.kind == "presence":
                return about["id"] if about else None
            return plain(about.get(v.attribute)) if about else None
        fact = known.get(v.root)
        if v.kind == "lookup":
            return fact or 0
        if fact is None:
            # a list is never empty, whatever is unknown
            return [] if v.types and v.types[0].kind == "list" else None
        if v.kind == "presence":
            return fact["id"]
        return seen(self.fields[v.root].get(v.attribute), fact.get(v.attribute))

    def _suggestion(
        self, person: Mapping[str, Any], home: Mapping[str, Any] | None, known: Mapping[str, Any],
        parents: list[dict[str, Any]],
    ) -> Suggestion:  # fmt: skip
        rule = self.rule
        since = str(self.asker.ask(SINCE) or "") if SINCE in rule.conditions else ""
        draft = {
            use.partition(":")[2]: self.asker.ask(use) for use in rule.conditions if use.startswith("draft:")
        }
        changed = known.get(rule.change) if rule.change else None
        words = self.facts.words(rule.reason, person, home, known, self.fields, parents, since)
        return Suggestion(
            rule.key, rule.title, rule.form, person["id"], person["name"], person["sex"], person["birth_date"] or "",
            person["village"], words, rule.basis, since, changed["id"] if changed else "", rule.alone,
            {k: v for k, v in draft.items() if v is not None},
        )  # fmt: skip

    # whom to ask

    def _candidates(self) -> sa.Select[Any]:
        """The living people of this office whom the rule may concern and who do not have what it would give."""
        c, among = _p.c, self.rule.among
        query = sa.select(*(c[name] for name in self._needed())).where(
            c.void == 0, c.owner == self.area, c.alive_status == "1", c.death_date.is_(None)
        )
        if self.rule.local:
            local = sa.func.substr(c.hukou_village, 1, 6) == self.area[:6]
            query = query.where(sa.or_(c.hukou_village.is_(None), local))
        if among.age_from:
            query = query.where(c.birth_date <= self._born(among.age_from, ahead=AHEAD))
        if among.age_below:
            query = query.where(c.birth_date > self._born(among.age_below))
        if among.has in IN_MORE:
            query = query.where(sa.cast(c.more, sa.Text).contains(f'"{among.has}"'))
        elif among.has:
            query = query.where(c[among.has].is_not(None))
        if among.drawing:
            query = query.where(c.id.in_(self._drawing(among.drawing)))
        if among.known:
            query = query.where(c.id.in_(self.facts.links(self.rule.facts[among.known])))
        for key in self.rule.without:
            query = query.where(c.id.not_in(self._has(key)))
        blockers = self._blockers()
        if blockers:
            query = query.where(c.id.not_in(self._drawing(tuple(blockers))))
        return query

    def _needed(self) -> list[str]:
        """The columns of people that the rule's conditions, its sentence and the suggestion read."""
        asked = {v.attribute for v in self.asker.variables if v.root == "person"}
        asked |= {
            name.partition(".")[2] for name in PLACE.findall(self.rule.reason) if name.startswith("person.")
        }
        names = _SHOWN | (asked - IN_MORE) | ({"more"} if asked & IN_MORE else set())
        return sorted(names & {column.name for column in _p.c})

    def _born(self, age: int, *, ahead: int = 0) -> str:
        """The latest birth date of those who are so old by today, or some months ahead."""
        month = add_months(month_of(self.today), ahead)
        return f"{int(month[:4]) - age:04d}-{month[5:]}-{self.today.day:02d}"

    def _drawing(self, forms: tuple[str, ...]) -> sa.Select[Any]:
        """Ids of people who draw one of these benefits now."""
        return self._linked(forms, ("active",), every_role=False)

    def _has(self, form: str) -> sa.Select[Any]:
        """Ids of people with a record of the form that is begun, in work, in force or suspended."""
        return self._linked((form,), ("draft", "open", "active", "suspended"), every_role=True)

    def _linked(self, forms: tuple[str, ...], groups: tuple[str, ...], *, every_role: bool) -> sa.Select[Any]:
        known = self.r.store.catalog.forms
        fits = []
        for key in forms:
            form = known[key]
            roles = {counted_role(form)} | (
                {"member"} if every_role and form.subject == "household" else set()
            )
            states = sorted(k for k, s in form.workflow.states.items() if s.group in groups)
            fits.append(sa.and_(_r.c.form == key, _r.c.state.in_(states), _k.c.role.in_(sorted(roles))))
        return (
            sa.select(_k.c.person)
            .join(_r, _r.c.id == _k.c.record)
            .where(_r.c.void == 0, _k.c.person.is_not(None), sa.or_(*fits))
        )

    def _blockers(self) -> list[str]:
        """Benefits beside which this one is not paid."""
        found: set[str] = set()
        for overlap in self.r.store.catalog.overlaps.values():
            in_force = overlap.handling == "block" and overlap.holds_in(month_of(self.today))
            if in_force and overlap.b.covers(self.rule.form, None) and not overlap.a.kinds:
                found |= set(overlap.a.forms)
        return sorted(found & self.r.store.catalog.forms.keys())
