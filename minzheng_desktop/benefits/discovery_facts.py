"""What the rules of 主动发现 know of people beside the register: records, households, parents. Loaded once each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.benefits.overlaps import counted_role
from minzheng_desktop.catalog.discover import PARENTS, ROW, SINCE
from minzheng_desktop.catalog.registers import HOUSEHOLD, MEMBERSHIP, PERSON, Attribute
from minzheng_desktop.store import schema
from minzheng_desktop.store.people import attributes
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.dates import add_months, month_of

if TYPE_CHECKING:
    from minzheng_desktop.catalog.discover import Fact
    from minzheng_desktop.catalog.fields import Field
    from minzheng_desktop.store.unit import Reading

_p, _r, _k, _m, _h = (
    schema.people, schema.records, schema.record_people, schema.household_members, schema.households,
)  # fmt: skip
PLACE = re.compile(r"\{([^{}]*)\}")
_CHILD = tuple(f"{n}" for n in (*range(20, 28), 29, *range(30, 38), 39))
"""GB/T 4761: sons and daughters of the head, in-laws excepted."""
_COUPLE = ("01", "02", "10", "11", "12")
"""The head and his spouse."""
_LOST = {"2": "死亡", "3": "宣告死亡", "4": "宣告失踪", "5": "失联"}


class FactBook:
    """Facts of one run over this office's records, as of a day."""

    def __init__(self, r: Reading, today: date) -> None:
        self.r = r
        self.today = today
        self.owner = r.store.site.division
        self._loaded: dict[tuple[str, bool], dict[str, Any]] = {}
        self._homes: dict[str, dict[str, Any]] | None = None
        self._parents: dict[int, dict[str, list[dict[str, Any]]]] = {}

    def load(self, fact: Fact, whole: bool) -> dict[str, Any]:
        """By person: the latest record ({id, state, number, person} and, when `whole`, its document and the
        person's own row as ``row_…``), or how many."""
        key = (repr(fact), whole)
        if key not in self._loaded:
            self._loaded[key] = self._counted(fact) if fact.take == "count" else self._latest(fact, whole)
        return self._loaded[key]

    def links(self, fact: Fact) -> sa.Select[Any]:
        """Ids of the people of whom a fact tells something."""
        return self._linked(fact, _k.c.person)

    def fields(self, fact: Fact) -> dict[str, Field]:
        """The fields by the names under which a fact shows them."""
        form = self.r.store.catalog.forms[fact.form]
        shared = {key for key, table in form.tables.items() if table.from_household}
        found = {path: f for path, f in form.fields.items() if not f.table}
        return found | {f"{ROW}{f.key}": f for f in form.fields.values() if f.table in shared}

    def homes(self) -> dict[str, dict[str, Any]]:
        """The household in which each person lives."""
        if self._homes is None:
            query = (
                sa.select(_m.c.person.label("of"), _h)
                .join(_h, _h.c.id == _m.c.household)
                .where(_m.c.void == 0, _m.c.leave_date.is_(None), _h.c.void == 0, _h.c.owner == self.owner)
            )
            self._homes = {row.pop("of"): row for row in self.r.rows(query)}
        return self._homes

    def parents(self, *, below: int) -> dict[str, list[dict[str, Any]]]:
        """The head and spouse of the household of each of the head's children younger than `below`, those who died
        or left too: attributes of the person and of the membership."""
        if below not in self._parents:
            self._parents[below] = self._load_parents(below)
        return self._parents[below]

    def words(
        self, reason: str, person: Mapping[str, Any], home: Mapping[str, Any] | None, known: Mapping[str, Any],
        fields: Mapping[str, Mapping[str, Field]], parents: list[dict[str, Any]], since: str,
    ) -> str:  # fmt: skip
        """The sentence of a rule with its facts filled in, as people read them."""

        def value_of(found: re.Match[str]) -> str:
            name = found.group(1)
            root, _, rest = name.partition(".")
            if name == SINCE:
                return since
            if name == PARENTS:
                return "、".join(self._parent(one) for one in parents)
            if root == "person":
                return self._read(PERSON[rest], person.get(rest))
            if root == "household":
                return self._read(HOUSEHOLD[rest], (home or {}).get(rest))
            fact = known.get(root)
            if not rest:
                return str(fact or 0)
            field = fields[root].get(rest)
            value = (fact or {}).get(rest)
            return field.format(value) if field is not None and value is not None else str(value or "")

        return PLACE.sub(value_of, reason)

    def _read(self, attribute: Attribute, value: Any) -> str:
        if value in (None, ""):
            return "没有登记"
        codes = self.r.store.catalog.codes.get(attribute.choices)
        if codes is not None:
            return str(codes.items.get(str(value), value))
        return (
            self.r.store.catalog.divisions.short_name(value)
            if attribute.field_type == "village"
            else str(value)
        )

    def _parent(self, one: Mapping[str, Any]) -> str:
        if one.get("alive_status") in _LOST or one.get("death_date"):
            return (
                f"{one['name']}{_LOST.get(str(one.get('alive_status')), '死亡')}{one.get('death_date') or ''}"
            )
        if one.get("leave_reason") == "prison":
            return f"{one['name']}服刑或强制隔离戒毒"
        if one.get("disability_level"):
            told = (self._read(PERSON[key], one.get(key)) for key in ("disability_type", "disability_level"))
            return f"{one['name']}{''.join(told)}"
        return str(one["name"])

    def _linked(self, fact: Fact, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        form = self.r.store.catalog.forms[fact.form]
        role = fact.role or counted_role(form)
        query = (
            sa.select(*columns)
            .select_from(_k)
            .join(_r, _r.c.id == _k.c.record)
            .where(
                _r.c.form == fact.form, _r.c.void == 0, _r.c.owner == self.owner, _k.c.role == role,
                _r.c.state.in_(sorted(fact.states)),
            )
        )  # fmt: skip
        if fact.months:
            first = f"{add_months(month_of(self.today), -fact.months)}-{self.today.day:02d}"
            query = query.where(_r.c.record_date >= first)
        return query

    def _counted(self, fact: Fact) -> dict[str, Any]:
        query = self._linked(fact, _k.c.person, sa.func.count()).group_by(_k.c.person)
        return {person: int(n) for person, n in self.r.connection.execute(query)}

    def _latest(self, fact: Fact, whole: bool) -> dict[str, Any]:
        query = self._linked(fact, _k.c.person, _r.c.id, _r.c.state, _r.c.number, _r.c.person)
        query = query.order_by(_r.c.record_date, _r.c.id)
        rows = self.r.connection.execute(query).all()
        documents: dict[str, dict[str, Any]] = {}
        if whole:
            for some in chunks(sorted({row[1] for row in rows})):
                found = self.r.connection.execute(sa.select(_r.c.id, _r.c.doc).where(_r.c.id.in_(some)))
                documents |= {row.id: row.doc for row in found}
        tables = [t.key for t in self.r.store.catalog.forms[fact.form].tables.values() if t.from_household]
        latest: dict[str, Any] = {}
        for person, record, state, number, subject in rows:
            doc = documents.get(record, {})
            own: Mapping[str, Any] = next(
                (row for key in tables for row in doc.get(key) or () if row.get("person") == person), {}
            )
            latest[person] = {
                **doc, **{f"{ROW}{k}": v for k, v in own.items()}, "id": record, "state": state,
                "number": number or "", "person": subject,
            }  # fmt: skip
        return latest

    def _load_parents(self, below: int) -> dict[str, list[dict[str, Any]]]:
        born = f"{self.today.year - below:04d}-{self.today.month:02d}-{self.today.day:02d}"
        children = (
            sa.select(_m.c.person, _m.c.household)
            .join(_p, _p.c.id == _m.c.person)
            .where(
                _m.c.void == 0, _m.c.leave_date.is_(None), _m.c.relation.in_(_CHILD), _m.c.owner == self.owner,
                _p.c.birth_date > born,
            )
        )  # fmt: skip
        homes = {row.person: row.household for row in self.r.connection.execute(children)}
        child = children.with_only_columns(_m.c.household)
        couples: dict[str, list[dict[str, Any]]] = {}
        query = (
            sa.select(_p, _m.c.household.label("of"), *(_m.c[name] for name in (*MEMBERSHIP, "leave_reason")))
            .join(_m, _m.c.person == _p.c.id)
            .where(_m.c.void == 0, _p.c.void == 0, _m.c.relation.in_(_COUPLE), _m.c.household.in_(child))
            .order_by(_m.c.relation, _m.c.id)
        )
        for row in self.r.rows(query):
            couples.setdefault(row.pop("of"), []).append(attributes(row))
        return {person: couples.get(home, []) for person, home in homes.items()}
