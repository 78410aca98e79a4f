"""汇总: one line per township, from what its packages brought. Amounts are cents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county.chains import Gap, gaps
from minzheng_desktop.exchange.decided import ISSUED
from minzheng_desktop.exchange.held import QUARANTINE
from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading


class FormSum(msgspec.Struct, frozen=True):
    """One form in one township: records in force, and what a month's batches paid (items, households, cents)."""

    in_force: int = 0
    items: int = 0
    households: int = 0
    total: int = 0


class TownSummary(msgspec.Struct, frozen=True):
    """One township: laptops, the last package, what waits, its forms by key, and laptops of which packages are
    missing."""

    division: str
    name: str
    laptops: int
    last_number: int
    last_at: str
    program: str
    held: int
    quarantined: int
    undelivered_decisions: int
    people: int
    forms: dict[str, FormSum]
    gaps: tuple[Gap, ...] = ()

    @property
    def total(self) -> int:
        """What the month's batches paid in all forms, in cents."""
        return sum(one.total for one in self.forms.values())


def summarise_towns(r: Reading, *, month: str) -> list[TownSummary]:
    """All townships of the county in code order, those that never sent anything too; `month` is 'YYYY-MM'."""
    laptops = _by_owner(r, schema.laptops, schema.laptops.c.division, schema.laptops.c.state == "registered")
    people = _by_owner(r, schema.people, schema.people.c.owner, schema.people.c.void == 0)
    h, d = schema.held, schema.decisions
    held = _by_owner(r, h, h.c.division, h.c.why.not_in(QUARANTINE))
    quarantined = _by_owner(r, h, h.c.division, h.c.why.in_(QUARANTINE))
    decided = _by_owner(r, d, d.c.owner, d.c.state == ISSUED, d.c.void == 0)
    last, forms, open_gaps = _last_packages(r), _forms(r, month), gaps(r)
    return [
        TownSummary(
            division=town.code,
            name=town.name,
            laptops=laptops.get(town.code, 0),
            last_number=last.get(town.code, (0, "", ""))[0],
            last_at=last.get(town.code, (0, "", ""))[1],
            program=last.get(town.code, (0, "", ""))[2],
            held=held.get(town.code, 0),
            quarantined=quarantined.get(town.code, 0),
            undelivered_decisions=decided.get(town.code, 0),
            people=people.get(town.code, 0),
            forms=forms.get(town.code, {}),
            gaps=tuple(gap for gap in open_gaps if gap.division == town.code),
        )
        for town in r.store.catalog.divisions.towns
    ]


def _by_owner(
    r: Reading, table: sa.Table, owner: sa.Column[str], *where: sa.ColumnElement[bool]
) -> dict[str, int]:
    query = sa.select(owner, sa.func.count()).select_from(table).where(*where).group_by(owner)
    return {row[0]: row[1] for row in r.connection.execute(query)}


def _last_packages(r: Reading) -> dict[str, tuple[int, str, str]]:
    p = schema.packages
    latest = (
        sa.select(p.c.division, sa.func.max(p.c.at).label("at"))
        .where(p.c.direction == "in")
        .group_by(p.c.division)
        .subquery()
    )
    query = (
        sa.select(p.c.division, p.c.number, p.c.at, p.c.counts)
        .join(latest, sa.and_(latest.c.division == p.c.division, latest.c.at == p.c.at))
        .where(p.c.direction == "in")
        .order_by(p.c.number)
    )
    return {
        row.division: (row.number, row.at, row.counts.get("program", ""))
        for row in r.connection.execute(query)
    }


def _forms(r: Reading, month: str) -> dict[str, dict[str, FormSum]]:
    rec, item, batch = schema.records, schema.payment_items, schema.payment_batches
    active = [
        (form.key, state)
        for form in r.store.catalog.forms.values()
        for state, spec in form.workflow.states.items()
        if spec.group == "active"
    ]
    found: dict[str, dict[str, FormSum]] = {}
    query = (
        sa.select(rec.c.owner, rec.c.form, sa.func.count())
        .where(rec.c.void == 0, sa.tuple_(rec.c.form, rec.c.state).in_(active))
        .group_by(rec.c.owner, rec.c.form)
    )
    for owner, form, count in r.connection.execute(query):
        found.setdefault(owner, {})[form] = FormSum(in_force=count)
    paid = (
        sa.select(
            *(item.c.owner, batch.c.form, sa.func.count(), sa.func.count(sa.distinct(item.c.household))),
            sa.func.coalesce(sa.func.sum(item.c.total), 0),
        )
        .join(batch, batch.c.id == item.c.batch)
        .where(batch.c.month == month, item.c.void == 0, batch.c.void == 0)
        .group_by(item.c.owner, batch.c.form)
    )
    for owner, form, items, households, total in r.connection.execute(paid):
        of_owner = found.setdefault(owner, {})
        known = of_owner.get(form, FormSum())
        of_owner[form] = msgspec.structs.replace(known, items=items, households=households, total=int(total))
    return found
