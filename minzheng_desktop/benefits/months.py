"""Months as whole numbers, so that spans, gaps and sums of months are plain arithmetic.

Outside this package a month is text 'YYYY-MM'; inside its pure parts it is year * 12 + month - 1.
"""

from __future__ import annotations

from functools import lru_cache

from minzheng_desktop.values.errors import UserError

CYCLE_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12, "once": 1}
"""How many months one payment period of a cycle lasts."""


@lru_cache(maxsize=4096)
def number_of(month: str) -> int:
    """'2024-05' (or a date text that begins so) → its whole number. ValueError for other text."""
    number = int(month[5:7])
    if not 1 <= number <= 12 or month[4] != "-":
        raise ValueError(f"not a month: {month}")
    return int(month[:4]) * 12 + number - 1


def require_month(text: str) -> int:
    """The whole number of a month that somebody typed. Raises UserError month_form."""
    try:
        if len(text) == len("2024-09"):
            return number_of(text)
    except (ValueError, IndexError):
        pass
    raise UserError("month_form", f"“{text}”不是月份，写成 2024-09 这样。")


@lru_cache(maxsize=4096)
def text_of(number: int) -> str:
    """The month of a whole number: → '2024-05'."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def period_end(number: int, length: int) -> int:
    """The last month of the payment period (of `length` months, counted from January) that holds a month."""
    return number - number % length + length - 1


def name_months(numbers: list[int], *, year_of: int | None = None) -> str:
    """Months in words, neighbours joined: [9, 10, 12 of 2024] → '2024年9—10月、12月'.

    The year is left out where it is that of the month `year_of`, and where it repeats.
    """
    parts: list[str] = []
    shown = None if year_of is None else year_of // 12
    ordered = sorted(set(numbers))
    i = 0
    while i < len(ordered):
        first = last = ordered[i]
        while i + 1 < len(ordered) and ordered[i + 1] == last + 1 and (last + 1) // 12 == first // 12:
            i += 1
            last = ordered[i]
        year = "" if first // 12 == shown else f"{first // 12}年"
        shown = first // 12
        span = f"{first % 12 + 1}月" if first == last else f"{first % 12 + 1}—{last % 12 + 1}月"
        parts.append(year + span)
        i += 1
    return "、".join(parts)
