"""低收入人口数据库 kept in step with relief: who draws 特困, 低保, 低边 or 刚性支出 is in it, once.

Source: domain §3.3: one category a person, 特困 > 低保 > 低边 > 刚性支出 > 防返贫监测 > 其他. Who draws nothing
any more is not taken out: somebody looks at that first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.overlaps import counted_role, in_force
from minzheng_desktop.store import schema
from minzheng_desktop.store.records import Subject
from minzheng_desktop.values.dates import month_of

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

POOL = "low_income_pool"
IN_POOL = "in_pool"
CATEGORIES: Mapping[str, str] = {"tekun": "1", "dibao": "2", "dibian": "3", "gangxing": "4"}
"""Form → code of pool_category, the strongest first."""
WATCHED, OTHER = "5", "9"
COMPARED = "3"
"""pool_source 数据比对."""
_r, _k, _p = schema.records, schema.record_people, schema.people


class Member(msgspec.Struct, frozen=True):
    """Somebody with the category that relief gives; ``before`` is what the register says, empty for a newcomer."""

    person: str
    name: str
    category: str
    record: str = ""
    before: str = ""


class PoolPlan(msgspec.Struct, frozen=True):
    """Newcomers, those whose category has changed, and those to look at: registered by relief alone that has ended,
    or dead."""

    new: tuple[Member, ...]
    moved: tuple[Member, ...]
    to_look_at: tuple[Member, ...]

    @property
    def empty(self) -> bool:
        return not (self.new or self.moved)


def aided_people(r: Reading, *, month: str, owner: str | None = None) -> dict[str, str]:
    """Person → category by what is in force in a month, of one office or of all."""
    forms = [r.store.catalog.forms[key] for key in CATEGORIES if key in r.store.catalog.forms]
    found: dict[str, str] = {}
    for form in forms:
        query = (
            sa.select(_k.c.person)
            .join(_r, _r.c.id == _k.c.record)
            .where(
                _r.c.form == form.key, _r.c.void == 0, _k.c.role == counted_role(form), in_force(_r, form, month),
                *([_r.c.owner == owner] if owner else []),
            )
            .distinct()
        )  # fmt: skip
        for person in r.connection.execute(query).scalars():
            found.setdefault(person, CATEGORIES[form.key])
    return found


def plan_pool(r: Reading, *, today: date) -> PoolPlan:
    """What brings this office's register in step with its relief today. Writes nothing."""
    owner = r.store.site.division
    aided = aided_people(r, month=month_of(today), owner=owner)
    query = (
        sa.select(_r.c.id, _r.c.person, _r.c.kind, _r.c.doc, _r.c.state, _p.c.name, _p.c.death_date)
        .join(_p, _p.c.id == _r.c.person)
        .where(_r.c.form == POOL, _r.c.void == 0, _r.c.owner == owner, _r.c.state.in_([IN_POOL, "draft"]))
        .order_by(_r.c.number)
    )
    moved, looked, known = [], [], set()
    for row in r.connection.execute(query):
        known.add(row.person)
        ground = str(row.doc.get("ground") or "")
        category = aided.get(row.person) or (WATCHED if ground == WATCHED else OTHER)
        member = Member(row.person, row.name, category, row.id, row.kind or "")
        if row.death_date or (ground == "0" and row.person not in aided):
            looked.append(member)
        if row.state == IN_POOL and category != row.kind:
            moved.append(member)
    missing = [person for person in aided if person not in known]
    names = _living(r, missing)
    new = tuple(Member(person, names[person], aided[person]) for person in missing if person in names)
    return PoolPlan(new, tuple(moved), tuple(looked))


def fill_pool(store: Store, *, today: date) -> PoolPlan:
    """Register the newcomers and correct the categories, in one transaction; returns what was done."""
    with store.writing("fill_pool", {"today": today.isoformat()}) as w:
        plan = plan_pool(w, today=today)
        for member in plan.new:
            doc: dict[str, Any] = {"ground": "0", "source_way": COMPARED, "in_date": today.isoformat()}
            saved = casework.save_record(w, POOL, doc, today=today, subject=Subject(person=member.person))
            casework.take_step(w, saved.id, "enter", today=today, actor="program")
        for member in plan.moved:
            casework.take_step(w, member.record, "update", today=today, actor="program")
    return plan


def _living(r: Reading, people: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for at in range(0, len(people), 500):
        query = sa.select(_p.c.id, _p.c.name).where(
            _p.c.id.in_(people[at : at + 500]), _p.c.death_date.is_(None), _p.c.void == 0
        )
        found.update((row.id, row.name) for row in r.connection.execute(query))
    return found
