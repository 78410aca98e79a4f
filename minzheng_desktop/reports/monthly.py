"""民政统计月报: who was in each benefit at the end of the month before and of this one, and what was paid.

Source: domain §9.3 (民政统计月报, 上月 + 新增 − 退出 = 本月). Who joined and who left follow from comparing the two
lists, each read as of its month's end; so a household that moves from rural to urban 低保 leaves one line and joins
the other. Payments are those of the batches of the month, and of the year up to it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.catalog.indicators import Indicator, MonthlyLine
from minzheng_desktop.reports.counting import count_units
from minzheng_desktop.reports.periods import Period, month_period
from minzheng_desktop.reports.reading import Rows
from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import add_months, age_on

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading


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
    period = month_period(month)
    before = month_period(add_months(month, -1))
    lines = r.store.catalog.monthly
    then, now = _members_at(r, before, lines), _members_at(r, period, lines)
    paid, paid_year, times = _paid(r, period, lines)
    made = []
    for key, line in lines.items():
        if line.flow:
            added = Count(None, times[key][0])
            made.append(
                LineFigures(
                    key=key, title=line.title, group=line.group, previous=None, added=added, ended=None, current=None,
                    paid=paid[key], paid_year=paid_year[key], added_records=times[key][1],
                )
            )  # fmt: skip
            continue
        figures = _compared(line, then[key], now[key], paid[key], paid_year[key])
        if not figures.balances():
            raise ValueError(f"the balance of {key} does not hold in {month}")
        made.append(figures)
    return MonthlyReport(month, tuple(made))


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


def _members_at(r: Reading, period: Period, lines: dict[str, MonthlyLine]) -> dict[str, _Members]:
    rows = Rows(r, period)
    rows.prepare(line.form for line in lines.values() if not line.flow)
    on = date.fromisoformat(period.last_day)
    found: dict[str, _Members] = {}
    for key, line in lines.items():
        found[key] = _Members()
        if line.flow:
            continue
        household = rows.form(line.form).subject == "household"
        counted = count_units(
            rows,
            Indicator(
                key, line.title, "人", "persons", (line.form,), states=("active",), where=line.where,
                role="covered" if household else "subject",
            ),
            once=False,
        )  # fmt: skip
        for unit in counted.units:
            if not line.age_tier or _in_tier(line.age_tier, unit.born, on):
                found[key].records.setdefault(unit.record, set()).add(unit.key)
    return found


def _in_tier(tier: tuple[int, ...], born: str | None, on: date) -> bool:
    if not born or len(born) < len("2000-01-01"):
        return False
    return tier[0] <= age_on(date.fromisoformat(born), on) < tier[1]


def _paid(
    r: Reading, period: Period, lines: dict[str, MonthlyLine]
) -> tuple[dict[str, int], dict[str, int], dict[str, tuple[int, tuple[str, ...]]]]:
    """(cents of the month, cents of the year up to it, payments and records of the month) by line."""
    rows = Rows(r, period)
    i, b, rec = schema.payment_items.c, schema.payment_batches.c, schema.records.c
    query = (
        sa.select(
            b.form, b.month, i.record, sa.func.coalesce(i.person, rec.person), sa.func.max(rec.kind),
            sa.func.sum(i.total), sa.func.sum(sa.case((i.total != 0, 1), else_=0)),
        )
        .join(schema.payment_batches, b.id == i.batch)
        .join(schema.records, rec.id == i.record)
        .where(b.month >= f"{period.year}-01", b.month <= period.last, i.void == 0, b.void == 0)
        .where(b.form.in_({line.form for line in lines.values()}))
        .group_by(b.form, b.month, i.record, sa.func.coalesce(i.person, rec.person))
    )  # fmt: skip
    of_form: dict[str, list[MonthlyLine]] = defaultdict(list)
    for line in lines.values():
        of_form[line.form].append(line)
    month: dict[str, int] = defaultdict(int)
    year: dict[str, int] = defaultdict(int)
    times: dict[str, int] = defaultdict(int)
    records: dict[str, list[str]] = defaultdict(list)
    for form, at, record, person, kind, cents, items in r.connection.execute(query):
        for line in of_form[form]:
            if _belongs(rows, line, record, person, kind, at):
                year[line.key] += int(cents)
                if at == period.last:
                    month[line.key] += int(cents)
                    times[line.key] += int(items)
                    records[line.key].append(record)
                break
    return month, year, {key: (times[key], tuple(records[key])) for key in lines}


def _belongs(rows: Rows, line: MonthlyLine, record: str, person: str | None, kind: Any, month: str) -> bool:
    """Whether a payment is one of the line's: by the kind of its record, and the age in the payment's month."""
    form = rows.form(line.form)
    for path, codes in line.where.items():
        typed = path == form.record.get("kind") and kind is not None
        value = kind if typed else rows.documents(line.form, as_of_end=True).get(record, {}).get(path)
        if str(value) not in codes:
            return False
    if not line.age_tier:
        return True
    known = rows.people.get(person or "")
    return known is not None and _in_tier(
        line.age_tier, known.born, date.fromisoformat(month_period(month).last_day)
    )
