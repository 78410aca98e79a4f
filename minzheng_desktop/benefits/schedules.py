"""Records that fall due for awards in force: the certifications of a period, one for each person (``[schedule]``).

Source: domain §3.10: who draws a benefit proves at fixed times that he lives and is entitled. The period's length is
a rate of the county (months); the record names every award of the person whose period it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.elsewhere import CERTIFIED
from minzheng_desktop.store import schema
from minzheng_desktop.store.records import Subject
from minzheng_desktop.values.dates import add_months, last_day
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form, Schedule
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

LAST = next(iter(CERTIFIED))
"""The field of an award that says when its person was certified last."""
_r, _p, _l = schema.records, schema.people, schema.record_links


class Period(msgspec.Struct, frozen=True, order=True):
    """'2024H2' with its first day and its last, which is the term."""

    name: str
    first: str
    last: str


class Due(msgspec.Struct, frozen=True):
    """One record to be made: the person, the period, and the awards (record ids) that it names."""

    person: str
    name: str
    period: Period
    awards: tuple[str, ...]


def period_of(today: date, months: int) -> Period | None:
    """The period of the calendar year in which a day lies; None where the months do not divide a year."""
    words = {12: "{year}", 6: "{year}H{n}", 3: "{year}Q{n}"}.get(months)
    if words is None:
        return None
    n = (today.month - 1) // months
    first = f"{today.year:04d}-{n * months + 1:02d}"
    last = last_day(add_months(first, months - 1))
    return Period(words.format(year=today.year, n=n + 1), f"{first}-01", last.isoformat())


def plan_scheduled(r: Reading, form: Form, *, today: date) -> tuple[Due, ...]:
    """What is still to be made of a form for this office in the present periods. Writes nothing.

    Left out: the dead, awards that a record of the form names in the period or one still open, awards whose person
    was certified in the period in another way.
    """
    found: dict[tuple[str, Period], list[str]] = {}
    names: dict[str, str] = {}
    for schedule in form.schedules.values():
        awarded = r.store.catalog.forms.get(schedule.form)
        rate = r.store.catalog.rates.at(schedule.every, today.isoformat(), area=r.store.site.division)
        period = period_of(today, int(rate.value)) if rate is not None else None
        if awarded is None or period is None:
            continue
        for row in _awards(r, form, schedule, awarded, period):
            if str(row["doc"].get(LAST) or "") >= period.first:
                continue
            names[row["person"]] = row["name"]
            found.setdefault((row["person"], period), []).append(row["id"])
    taken = _named(r, form, {period.name for _, period in found})
    return tuple(
        Due(person, names[person], period, tuple(awards))
        for (person, period), awards in sorted(
            found.items(), key=lambda item: (item[0][1], names[item[0][0]])
        )
        if (person, period.name) not in taken
    )


def make_scheduled(store: Store, form_key: str, *, today: date) -> tuple[Due, ...]:
    """Make what is due, in one transaction; returns it. Raises UserError where the form makes nothing by itself."""
    form = store.catalog.forms[form_key]
    if not form.schedules:
        raise UserError("no_schedule", f"“{form.title}”没有定期要列出的记录，没有改动。")
    opening = next((s for s in form.workflow.steps_from(form.workflow.start) if "program" in s.by), None)
    with store.writing("make_scheduled", {"form": form_key, "today": today.isoformat()}) as w:
        made = plan_scheduled(w, form, today=today)
        schedule = next(iter(form.schedules.values()))
        for one in made:
            subject = Subject(person=one.person)
            doc = _document(schedule, one)
            saved = casework.save_record(w, form_key, doc, today=today, subject=subject)
            if opening is not None:
                casework.take_step(w, saved.id, opening.key, today=today, actor="program")
    return made


def _document(schedule: Schedule, one: Due) -> dict[str, Any]:
    table, _, column = schedule.target.rpartition(".")
    rows = [{"key": str(at), column: award} for at, award in enumerate(one.awards, start=1)]
    return {table: rows, schedule.due: one.period.last, schedule.cycle: one.period.name}


def _awards(
    r: Reading, form: Form, schedule: Schedule, awarded: Form, period: Period
) -> list[Mapping[str, Any]]:
    """Awards in force of living people that no record of the form has named in the period or has still open."""
    mine, states = _r.alias("mine"), form.workflow.states
    closed = sorted(key for key, state in states.items() if state.group == "closed")
    spoken_for = (
        sa.select(_l.c.target)
        .join(mine, mine.c.id == _l.c.record)
        .where(
            mine.c.form == form.key, mine.c.void == 0,
            sa.or_(mine.c.state.not_in(closed), mine.c.until_date >= period.first),
        )
    )  # fmt: skip
    wanted = awarded.workflow.states_in(schedule.states or "active")
    query = (
        sa.select(_r.c.id, _r.c.doc, _r.c.person, _p.c.name)
        .join(_p, _p.c.id == _r.c.person)
        .where(
            _r.c.form == awarded.key, _r.c.void == 0, _r.c.owner == r.store.site.division,
            _r.c.state.in_(sorted(wanted)), _p.c.death_date.is_(None), _r.c.id.not_in(spoken_for),
        )
        .order_by(_r.c.id)
    )  # fmt: skip
    return [dict(row) for row in r.connection.execute(query).mappings()]


def _named(r: Reading, form: Form, periods: set[str]) -> set[tuple[str, str]]:
    """(person, period) for which the form already has a record, whatever awards it names."""
    schedule = next(iter(form.schedules.values()), None)
    if schedule is None or not periods:
        return set()
    query = sa.select(_r.c.person, _r.c.doc).where(
        _r.c.form == form.key, _r.c.void == 0, _r.c.state.not_in(["cancelled", "void"])
    )
    return {
        (row.person, str(row.doc.get(schedule.cycle)))
        for row in r.connection.execute(query)
        if row.doc.get(schedule.cycle) in periods
    }
