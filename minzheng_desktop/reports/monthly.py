"""民政统计月报: who was in each benefit at the end of the month before and of this one, and what was paid.

Source: domain §9.3 (民政统计月报, 上月 + 新增 − 退出 = 本月). Who joined and who left follow from comparing the two
lists, each read as of its month's end; so a household that moves from rural to urban 低保 leaves one line and joins
the other. Payments are those of the batches of the month, and of the year up to it.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.catalog.indicators import Indicator, MonthlyLine
from minzheng_desktop.reports.counting import Unit, count_units
from minzheng_desktop.reports.periods import Period, month_period
from minzheng_desktop.reports.reading import People, Rows
from minzheng_desktop.reports.returned import money_moved
from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import add_months, age_on

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading


CUTOFF = "stat.cutoff_day"


class Count(msgspec.Struct, frozen=True):
    """Households (None where a line has none) and persons, or times."""

    households: int | None
    persons: int


class LineFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the month. previous + added − ended = current, in households and in persons; of a flow only `added`.

    paid and paid_year are cents. The records that joined, left and are there, for a second look.
    """

    key: str
    title: str
    group: str
    previous: Count | None
    added: Count
    ended: Count | None
    current: Count | None
    paid: int
    paid_year: int
    added_records: tuple[str, ...] = ()
    ended_records: tuple[str, ...] = ()
    current_records: tuple[str, ...] = ()

    def balances(self) -> bool:
        """Whether the balance holds."""
        if self.previous is None or self.ended is None or self.current is None:
            return True
        before, joined, left, now = self.previous, self.added, self.ended, self.current
        return (before.households or 0) + (joined.households or 0) - (left.households or 0) == (
            now.households or 0
        ) and before.persons + joined.persons - left.persons == now.persons


class MonthlyReport(msgspec.Struct, frozen=True):
    """The statistics of one month ('YYYY-MM')."""

    month: str
    lines: tuple[LineFigures, ...]

    @property
    def paid(self) -> int:
        """Cents of all lines in the month."""
        return sum(line.paid for line in self.lines)

    @property
    def paid_year(self) -> int:
        """Cents of all lines from January on."""
        return sum(line.paid_year for line in self.lines)


class _Members(msgspec.Struct):
    """Who is in a line at a month's end: record → identities of its persons."""

    records: dict[str, set[str]] = {}

    def persons(self) -> set[str]:
        return set().union(*self.records.values())


def monthly_report(r: Reading, month: str) -> MonthlyReport:
    """The statistics of a month. Raises UserError ``month``, ValueError when a balance does not hold."""
    cutoff = cutoff_day(r, month)
    period = month_period(month, cutoff=cutoff)
    before = month_period(add_months(period.last, -1), cutoff=cutoff)
    lines = r.store.catalog.monthly
    people = People(r)
    then, now = (_members_at(Rows(r, at, people), lines) for at in (before, period))
    paid = _paid(r, period, lines)
    made = []
    for key, line in lines.items():
        if line.flow:
            added = Count(None, paid[key].times)
            made.append(
                LineFigures(
                    key=key, title=line.title, group=line.group, previous=None, added=added, ended=None, current=None,
                    paid=paid[key].month, paid_year=paid[key].year, added_records=paid[key].records,
                )
            )  # fmt: skip
            continue
        figures = _compared(line, then[key], now[key], paid[key].month, paid[key].year)
        if not figures.balances():
            raise ValueError(f"the balance of {key} does not hold in {month}")
        made.append(figures)
    return MonthlyReport(month, tuple(made))


def cutoff_day(r: Reading, month: str) -> int:
    """The day of a month on which its statistics close, 0 for its end: data, as counties differ."""
    rate = r.store.catalog.rates.at(CUTOFF, month_period(month).first_day, area=r.store.site.division)
    return rate.value if rate else 0


def _compared(line: MonthlyLine, then: _Members, now: _Members, paid: int, paid_year: int) -> LineFigures:
    joined = tuple(record for record in now.records if record not in then.records)
    left = tuple(record for record in then.records if record not in now.records)
    before, after = then.persons(), now.persons()

    def count(records: int, persons: int) -> Count:
        return Count(records if line.households else None, persons)

    return LineFigures(
        key=line.key, title=line.title, group=line.group,
        previous=count(len(then.records), len(before)),
        added=count(len(joined), len(after - before)),
        ended=count(len(left), len(before - after)),
        current=count(len(now.records), len(after)),
        added_records=joined, ended_records=left, current_records=tuple(now.records), paid=paid,
        paid_year=paid_year,
    )  # fmt: skip


def _members_at(rows: Rows, lines: dict[str, MonthlyLine]) -> dict[str, _Members]:
    rows.prepare(line.form for line in lines.values() if not line.flow)
    on = rows.period.last_day
    counted: dict[tuple[str, str], list[Unit]] = {}
    found: dict[str, _Members] = {}
    for key, line in lines.items():
        found[key] = _Members()
        if line.flow:
            continue
        which = (line.form, str(line.where))
        if which not in counted:  # lines that differ by age alone share what was counted
            counted[which] = _in_force(rows, line)
        for unit in counted[which]:
            if not line.age_tier or line.age_tier[0] <= age_at(unit.born, on) < line.age_tier[1]:
                found[key].records.setdefault(unit.record, set()).add(unit.key)
    return found


def _in_force(rows: Rows, line: MonthlyLine) -> list[Unit]:
    role = "covered" if rows.form(line.form).subject == "household" else "subject"
    indicator = Indicator(
        line.key, line.title, "人", "persons", (line.form,), states=("active",), where=line.where, role=role
    )
    return count_units(rows, indicator, once=False).units


@lru_cache(maxsize=65536)
def age_at(born: str | None, on: str) -> int:
    """Full years on a day (both ISO); −1 where the birth is not known to the day."""
    if not born or len(born) < len(on):
        return -1
    return age_on(date.fromisoformat(born), date.fromisoformat(on))


class _Paid(msgspec.Struct):
    """Of one line: cents of the month and of the year up to it, payments and records of the month."""

    month: int = 0
    year: int = 0
    times: int = 0
    records: tuple[str, ...] = ()


def _paid(r: Reading, period: Period, lines: dict[str, MonthlyLine]) -> dict[str, _Paid]:
    """What batches paid, summed by the database: by kind of the record, and by birth where a line has an age."""
    i, b, rec, p = schema.payment_items.c, schema.payment_batches.c, schema.records.c, schema.people.c
    tiered = sorted({line.form for line in lines.values() if line.age_tier})
    born = sa.case((b.form.in_(tiered), p.birth_date), else_=None)
    query = (
        sa.select(
            b.form,
            b.month,
            rec.kind,
            born,
            sa.func.sum(i.total),
            sa.func.sum(sa.case((i.total != 0, 1), else_=0)),
        )
        .join(schema.payment_batches, b.id == i.batch)
        .join(schema.records, rec.id == i.record)
        .outerjoin(schema.people, sa.and_(p.id == sa.func.coalesce(i.person, rec.person), b.form.in_(tiered)))
        .where(b.month >= f"{period.year}-01", b.month <= period.last, i.void == 0, b.void == 0)
        .where(b.form.in_(sorted({line.form for line in lines.values()})))
        .group_by(b.form, b.month, rec.kind, born)
    )
    found = {key: _Paid() for key in lines}
    for form, month, kind, birth, cents, items in r.connection.execute(query).all():
        for key, line in lines.items():
            if line.form == form and _belongs(line, kind, birth, month):
                one = found[key]
                one.year += int(cents)
                if month == period.last:
                    one.month += int(cents)
                    one.times += int(items)
                break
    for moved in money_moved(r, first=f"{period.year}-01", last=period.last):
        for key, line in lines.items():
            if line.form == moved.form and _belongs(line, moved.kind, moved.born, moved.month):
                found[key].year += moved.cents
                found[key].month += moved.cents if moved.day[:7] == period.last else 0
                break
    flows = {line.form: key for key, line in lines.items() if line.flow}
    records = (
        sa.select(b.form, i.record)
        .join(schema.payment_batches, b.id == i.batch)
        .where(b.month == period.last, b.form.in_(sorted(flows)), i.void == 0, b.void == 0, i.total != 0)
    )
    for form, record in r.connection.execute(records):
        found[flows[form]].records += (record,)
    return found


def _belongs(line: MonthlyLine, kind: str | None, born: str | None, month: str) -> bool:
    """Whether payments are the line's: by the kind of their records, and the age in the month paid for."""
    if any(str(kind) not in codes for codes in line.where.values()):
        return False
    if not line.age_tier:
        return True
    return line.age_tier[0] <= age_at(born, month_period(month).last_day) < line.age_tier[1]
