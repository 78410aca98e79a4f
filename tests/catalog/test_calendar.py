"""The work calendar against days counted by hand in the State Council's arrangement for 2026."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng_desktop.catalog.calendar import NO_HOLIDAYS, WorkCalendar, read_calendar
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.catalog.toml_errors import TomlFile, parse_toml


def read(text: str) -> tuple[WorkCalendar, list[str]]:
    file = parse_toml(Source("calendar", "x", "x.toml", text))
    assert isinstance(file, TomlFile)
    years, problems = read_calendar(file)
    return NO_HOLIDAYS.with_years(years), [problem.message for problem in problems]


@pytest.fixture(scope="module")
def shipped() -> WorkCalendar:
    (source,) = (one for one in shipped_sources() if one.kind == "calendar")
    calendar, problems = read(source.text)
    assert problems == []
    return calendar


def test_the_national_days_of_2026_are_no_work_days(shipped: WorkCalendar) -> None:
    # 2026-09-30 is a Wednesday; off 10-01 to 10-07, worked on Saturday 10-10: 10-08, 10-09, 10-10, 10-12, 10-13.
    assert shipped.add_work_days("2026-09-30", 5) == "2026-10-13"
    assert shipped.work_days("2026-09-30", "2026-10-13") == 5
    assert shipped.work_days("2026-10-13", "2026-09-30") == -5
    assert shipped.add_work_days("2026-10-13", -5) == "2026-09-30"
    assert NO_HOLIDAYS.add_work_days("2026-09-30", 5) == "2026-10-07"


def test_counting_agrees_with_looking_at_every_day(shipped: WorkCalendar) -> None:
    start = date(2025, 12, 20)
    for length in range(0, 400, 37):
        end = date.fromordinal(start.toordinal() + length)
        days = [date.fromordinal(n) for n in range(start.toordinal() + 1, end.toordinal() + 1)]
        looked = sum(shipped.is_work_day(day) for day in days)
        assert shipped.work_days(start.isoformat(), end.isoformat()) == looked


def test_a_year_that_is_not_told_counts_monday_to_friday(shipped: WorkCalendar) -> None:
    assert shipped.add_work_days("2031-09-30", 1) == "2031-10-01"


def test_mistakes_are_told() -> None:
    told = read('[year.2027]\noff = ["2026-01-01", "2027-02-30"]\nwork = ["2027-01-04"]\n')[1]
    assert len(told) == 3
    assert any("不在 2027 年" in one for one in told)
    assert any("不是日期" in one for one in told)
    assert any("2027-01-04 不是星期六" in one for one in told)
    both = '[year.2027]\noff = ["2027-01-01..2027-01-03"]\nwork = ["2027-01-02", "2027-01-02"]\n'
    assert read(both)[1] == ["2027-01-02 写了两次", "2027-01-02 既放假又上班"]
    assert read("")[1] == ["没有写任何一年的节假日"]
