"""Months that were paid by a standard that has since been entered otherwise (domain §8.4).

A locked batch notes, for each of its months, the version of every standard that its form names. When the book now
says something else for such a month, the differences of the people paid then are an adjust batch of that month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from minzheng_desktop.benefits.facts import Batch
from minzheng_desktop.benefits.months import number_of, period_end, text_of
from minzheng_desktop.benefits.rates import RateView

_NOT_AMOUNTS = ".start_month_rule"


def note_standards(rates: RateView, *, first: int, last: int) -> dict[str, dict[str, Any]]:
    """{month: {code: [value, text]}} of every standard that the form names."""
    found: dict[str, dict[str, Any]] = {}
    for month in range(first, last + 1):
        on = text_of(month)
        found[on] = {
            code: [use.value, use.text]
            for code in rates.codes
            if not code.endswith(_NOT_AMOUNTS) and (use := rates.find(code, on)) is not None
        }
    return found


def affected_units(batches: Iterable[Batch], rates: RateView, *, length: int) -> frozenset[int]:
    """The periods of locked regular batches, by last month, whose standards now read otherwise."""
    found: set[int] = set()
    for batch in batches:
        if batch.kind != "regular":
            continue
        if any(_differs(standards, rates, month) for month, standards in batch.rates.items()):
            found.add(period_end(number_of(batch.month), length))
    return frozenset(found)


def _differs(standards: Mapping[str, Any], rates: RateView, month: str) -> bool:
    number = number_of(month)
    now = note_standards(rates, first=number, last=number)[month]
    return any(now.get(code) != list(noted) for code, noted in standards.items()) or any(
        code not in standards for code in now
    )
