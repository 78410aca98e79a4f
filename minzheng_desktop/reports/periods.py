"""The time that a report covers."""

from __future__ import annotations

import calendar
from datetime import date

import msgspec

from minzheng_desktop.values.dates import add_months
from minzheng_desktop.values.errors import UserError


class Period(msgspec.Struct, frozen=True):
    """From a month to a month, both 'YYYY-MM' and both counted.

    closing: the last day (ISO) of what is counted by the day on which it was done, where the books of a month close
    before its end (统计期, domain §9.3); empty for the month's last day.
    """

    first: str
    last: str
    closing: str = ""

    @property
    def first_day(self) -> str:
        """'YYYY-MM-01'."""
        return f"{self.first}-01"

    @property
    def last_day(self) -> str:
        """The last day of the last month, ISO."""
        year, month = int(self.last[:4]), int(self.last[5:])
        return f"{self.last}-{calendar.monthrange(year, month)[1]:02d}"

    @property
    def closing_day(self) -> str:
        """The day on which the books of the period close, ISO."""
        return self.closing or self.last_day

    @property
    def year(self) -> int:
        """The year of its last month."""
        return int(self.last[:4])

    def months(self) -> tuple[str, ...]:
        """Every month of it, in order."""
        found = [self.first]
        while found[-1] < self.last:
            found.append(add_months(found[-1], 1))
        return tuple(found)

    def holds(self, written: object) -> bool:
        """Whether a day, month or year (ISO text, or a year as a number) lies in it."""
        text = str(written or "")
        if len(text) == 4:
            return self.first[:4] <= text <= self.last[:4]
        return bool(text) and self.first <= text[:7] <= self.last


def year_period(year: int) -> Period:
    """A calendar year. Raises UserError ``year`` for a number that is no year of ours."""
    if not 1990 <= year <= 2100:
        raise UserError("year", f"年度“{year}”不对，要写四位数，例如 2024。什么也没有做。")
    return Period(f"{year}-01", f"{year}-12")


def month_period(month: str, *, cutoff: int = 0) -> Period:
    """One month, its books closed on the day `cutoff` of it (0: at its end). Raises UserError ``month`` for a text
    that is none."""
    try:
        date.fromisoformat(f"{month}-01")
    except ValueError:
        raise UserError("month", f"月份“{month}”不对，要写成 2024-06 这样。什么也没有做。") from None
    whole = Period(month, month)
    return Period(month, month, min(f"{month}-{cutoff:02d}", whole.last_day)) if cutoff else whole
