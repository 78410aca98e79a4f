"""Dates, months and ages.

Months travel as text 'YYYY-MM', which sorts and compares as it should. "Today" is always an argument; only
`now_text` looks at the clock.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

from minzheng_desktop.values.date_text import ParsedDate, parse_date

_CYCLE_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def month_of(day: date) -> str:
    """The month of a day: 2024-05-09 → '2024-05'."""
    return f"{day.year:04d}-{day.month:02d}"


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def _text(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def add_months(month: str, n: int) -> str:
    """The month n months later (earlier when negative)."""
    return _text(_number(month) + n)


def months_between(a: str, b: str) -> int:
    """How many months b lies after a: ('2024-05', '2024-07') → 2."""
    return _number(b) - _number(a)


def month_range(a: str, b: str) -> list[str]:
    """Every month from a to b inclusive; empty when b is before a."""
    return [_text(n) for n in range(_number(a), _number(b) + 1)]


def first_day(month: str) -> date:
    """The first day of a month."""
    return date(int(month[:4]), int(month[5:7]), 1)


def last_day(month: str) -> date:
    """The last day of a month."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year, number, monthrange(year, number)[1])


def birthday(birth: date, n: int) -> date:
    """The nth birthday; of 29 February in a common year, the last day of February (民法典 第202条)."""
    try:
        return birth.replace(year=birth.year + n)
    except ValueError:
        return date(birth.year + n, 2, 28)


def age_on(birth: date, on: date) -> int:
    """Full years (周岁) reached on a day; negative before birth."""
    years = on.year - birth.year
    return years if on >= birthday(birth, years) else years - 1


def period_of(month: str, cycle: str) -> tuple[str, str]:
    """First and last month of the payment period that holds a month; cycle month, quarter, half or year."""
    length = _CYCLE_MONTHS[cycle]
    first = _number(month) // length * length
    return _text(first), _text(first + length - 1)


def format_date_cn(day: date) -> str:
    """2024-05-09 → '2024年5月9日', without leading zeros (GB/T 9704-2012)."""
    return f"{day.year}年{day.month}月{day.day}日"


def format_month_cn(month: str) -> str:
    """'2024-05' → '2024年5月'."""
    return f"{int(month[:4])}年{int(month[5:7])}月"


_told: ContextVar[str | None] = ContextVar("clock", default=None)


def now_text() -> str:
    """The present moment with the local offset: '2026-11-23T18:30:00+08:00'."""
    return _told.get() or datetime.now(UTC).astimezone().isoformat(timespec="seconds")


def is_moment(text: str) -> bool:
    """True for a time as `now_text` writes it, between the years 1990 and 9000."""
    try:
        return 1990 <= datetime.fromisoformat(text).astimezone(UTC).year <= 9000
    except (ValueError, OverflowError):
        return False


def stamp_text() -> str:
    """The present minute as paper carries it: '2026-11-23 18:30'."""
    return now_text()[:16].replace("T", " ")


@contextmanager
def clock_at(moment: str) -> Iterator[None]:
    """Within it `now_text` tells this moment: a demonstration lives through a past year, day by day."""
    token = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(token)


__all__ = [
    "ParsedDate", "add_months", "age_on", "birthday", "clock_at", "first_day", "format_date_cn", "format_month_cn",
    "last_day", "month_of", "month_range", "months_between", "now_text", "parse_date", "period_of", "stamp_text",
]  # fmt: skip
