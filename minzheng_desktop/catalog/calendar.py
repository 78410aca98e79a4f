"""The work calendar: legal holidays and the weekend days worked in exchange, year by year, as data.

A year that no file tells is counted Monday to Friday. The county's file of a year replaces the shipped one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import msgspec

from minzheng_desktop.catalog.decode import decode_table
from minzheng_desktop.catalog.problems import CatalogProblem
from minzheng_desktop.catalog.toml_errors import TomlFile

_MOST = 366


class YearSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    doc: str = ""
    off: list[str] = []
    work: list[str] = []
    example: bool = False


class CalendarYear(msgspec.Struct, frozen=True):
    """One year: days off and days worked as ISO dates; `doc` says by which document, `example` that there is none
    yet; origin: shipped, county or local."""

    year: str
    off: frozenset[str]
    work: frozenset[str]
    doc: str = ""
    example: bool = False
    origin: str = "shipped"


class WorkCalendar(msgspec.Struct, frozen=True):
    """The years that are told, by year ('2026')."""

    years: dict[str, CalendarYear] = {}

    def is_work_day(self, day: date) -> bool:
        """Whether people work on a day."""
        text = day.isoformat()
        year = self.years.get(text[:4])
        if year is None:
            return day.weekday() < 5
        return text in year.work or (day.weekday() < 5 and text not in year.off)

    def with_years(self, years: Iterable[CalendarYear]) -> WorkCalendar:
        """This calendar with years added or replaced."""
        return WorkCalendar({**self.years, **{one.year: one for one in years}})

    def work_days(self, a: str, b: str) -> int:
        """Work days after ``a`` up to and with ``b``; negative when ``b`` is before ``a``."""
        first, last = date.fromisoformat(a), date.fromisoformat(b)
        if last < first:
            return -self.work_days(b, a)
        weeks, rest = divmod((last - first).days, 7)
        found = weeks * 5 + sum((first + timedelta(days=n)).weekday() < 5 for n in range(1, rest + 1))
        for year in range(first.year, last.year + 1):
            told = self.years.get(f"{year:04}")
            if told is not None:
                found += sum(a < day <= b for day in told.work)
                found -= sum(a < day <= b and date.fromisoformat(day).weekday() < 5 for day in told.off)
        return found

    def add_work_days(self, day: str, n: int) -> str:
        """The n-th work day after a day (or after the first of a month); before it for a negative n."""
        moved = date.fromisoformat(day if len(day) == 10 else f"{day}-01")
        step, left = timedelta(days=1 if n >= 0 else -1), abs(n)
        while left:
            moved += step
            left -= self.is_work_day(moved)
        return moved.isoformat()


NO_HOLIDAYS = WorkCalendar()


def read_calendar(file: TomlFile) -> tuple[list[CalendarYear], list[CatalogProblem]]:
    """The years of a file, or its problems: a day outside its year, twice, or worked on a weekday."""
    data = dict(file.data)
    table = data.pop("year", {})
    problems = [file.at(key, f"不认识的键“{key}”；节假日写成 [year.2026]") for key in data]
    specs, wrong = decode_table(file, "year", table, YearSpec)
    problems += wrong
    years: list[CalendarYear] = []
    for key, spec in specs.items():
        off, wrong = _days(file, f"year.{key}.off", key, spec.off)
        work, more = _days(file, f"year.{key}.work", key, spec.work)
        problems += wrong + more
        problems += [
            file.at(f"year.{key}.work", f"{day} 不是星期六、星期日，调休上班日只写周末")
            for day in work
            if date.fromisoformat(day).weekday() < 5
        ]
        problems += [file.at(f"year.{key}.work", f"{day} 既放假又上班") for day in off if day in work]
        years.append(
            CalendarYear(key, frozenset(off), frozenset(work), spec.doc, spec.example, file.source.origin)
        )
    if not table and not problems:
        problems.append(file.at("", "没有写任何一年的节假日"))
    return ([] if problems else years), problems


def _days(
    file: TomlFile, path: str, year: str, written: Iterable[str]
) -> tuple[list[str], list[CatalogProblem]]:
    days: list[str] = []
    problems: list[CatalogProblem] = []
    for text in written:
        first, _, last = text.partition("..")
        try:
            start, end = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
        except ValueError:
            problems.append(file.at(path, f"“{text}”不是日期，写成 2026-10-01 或 2026-10-01..2026-10-07"))
            continue
        if end < start or (end - start).days > _MOST or {f"{start.year:04}", f"{end.year:04}"} != {year}:
            problems.append(file.at(path, f"“{text}”不在 {year} 年里，或起止颠倒"))
            continue
        days += [(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]
    problems += [file.at(path, f"{day} 写了两次") for day in sorted({d for d in days if days.count(d) > 1})]
    return days, problems


def changed_years(before: Mapping[str, CalendarYear], after: Mapping[str, CalendarYear]) -> list[str]:
    """The years whose days differ."""
    return [
        year
        for year, one in sorted(after.items())
        if (known := before.get(year)) is None or (known.off, known.work) != (one.off, one.work)
    ]
