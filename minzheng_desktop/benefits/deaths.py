"""What deaths mean for payment (domain §8.2, §3.1④): a person's stops, a household's must be reckoned anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.entitlement import last_month_alive
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import Reading

DEAD = ("2", "3")
"""alive_status: 死亡, 宣告死亡."""


class Deaths(msgspec.Struct, frozen=True, gc=False):
    """What deaths mean for one record.

    `last_alive` is the last month paid; `ended` says in words why; `blocked` what keeps the record out until it is
    mended; `notes` are (sentence, month from which the household should have been reckoned anew).
    """

    last_alive: int | None = None
    ended: str = ""
    blocked: tuple[str, ...] = ()
    notes: tuple[tuple[str, int], ...] = ()


NO_DEATHS = Deaths()


def load_deaths(
    r: Reading, form: Form, mine: Sequence[sa.ColumnElement[bool]], *, rates: RateView, unit: int
) -> dict[str, Deaths]:
    """By record, of the records that `mine` selects, those in which somebody who counts has died.

    The death of the subject ends payment with the month that the county's death_rule says; the death of everybody
    covered ends a household's; the death of one leaves it in force and asks for a new decision. What is paid because
    of a death (惠民殡葬) is ended by none.
    """
    if form.benefit is not None and form.benefit.after_death:
        return {}
    p, k, c = schema.people.c, schema.record_people.c, schema.records.c
    query = (
        sa.select(k.record, k.person, k.role, p.name, p.death_date, p.alive_status)
        .join(schema.people, p.id == k.person)
        .join(schema.records, c.id == k.record)
        .where(
            *mine,
            k.role.in_(("subject", "covered")),
            sa.or_(p.death_date.is_not(None), p.alive_status.in_(DEAD)),
        )
    )
    dead: dict[str, list[Any]] = defaultdict(list)
    for row in r.connection.execute(query).all():
        dead[row.record].append(row)
    reader = _Reader(form, rates, unit)
    if form.subject != "household":
        return {
            record: reader.of_subject([x for x in rows if x.role == "subject"])
            for record, rows in dead.items()
        }
    return {
        record: reader.of_household(
            [x for x in rows if x.role == "covered"], covered=_count_covered(r, record)
        )
        for record, rows in dead.items()
    }


def _count_covered(r: Reading, record: str) -> int:
    k = schema.record_people
    query = sa.select(sa.func.count()).select_from(k).where(k.c.record == record, k.c.role == "covered")
    return int(r.scalar(query) or 0)


class _Reader:
    def __init__(self, form: Form, rates: RateView, unit: int) -> None:
        self.form = form
        self.rates = rates
        self.unit = unit

    def of_household(self, rows: list[Any], *, covered: int) -> Deaths:
        if rows and len(rows) == covered:
            return self.of_subject(rows)
        notes = []
        for row in rows:
            if row.death_date:
                notes.append(
                    (f"户内成员{row.name} {row.death_date} 死亡", self.last_alive(row.death_date) + 1)
                )
            else:
                notes.append((f"户内成员{row.name}已标死亡，没有死亡日期", self.unit))
        return Deaths(notes=tuple(notes))

    def of_subject(self, rows: list[Any]) -> Deaths:
        if not rows:
            return NO_DEATHS
        undated = next((row.name for row in rows if not row.death_date), None)
        if undated is not None:
            return Deaths(blocked=(f"{undated}已标死亡，没有死亡日期",))
        last = max(rows, key=lambda row: row.death_date)
        return Deaths(self.last_alive(last.death_date), ended=f"{last.death_date} 死亡")

    def last_alive(self, died: str) -> int:
        """The last month paid, by the county's death_rule; a date may lack its day."""
        day = date.fromisoformat(died) if len(died) == 10 else date.fromisoformat(f"{died[:7]}-01")
        codes = (f"{self.form.key}.death_rule", "death_rule")
        return last_month_alive(self.rates.choice(codes, died[:7], default="next"), died_on=day)
