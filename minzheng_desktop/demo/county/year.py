"""A township's year: January's ledgers, each month's services, payments on the twentieth, the year's end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from minzheng_desktop.benefits.months import CYCLE_MONTHS
from minzheng_desktop.benefits.rules import RULES
from minzheng_desktop.demo.county import affairs, children, customs, elderly, plants, relief
from minzheng_desktop.demo.county.town import Town

ENTRY_DAY, WORK_DAY, PAY_DAY = 5, 8, 20


class Area(Protocol):
    """What a module of services has: January, and every month."""

    def begin(self, town: Town) -> None:
        """What stands in the ledgers when the year begins."""

    def month(self, town: Town, month: int) -> None:
        """What happens in a month, before its payments."""


AREAS: Sequence[Area] = (relief, children, elderly, customs, affairs)


def live(town: Town) -> None:
    """Live through the year of the dials."""
    office = town.office
    with office.on(town.on(1, ENTRY_DAY)):
        for area in AREAS:
            area.begin(town)
        plants.january(town)
    for month in range(1, 13):
        with office.on(town.on(month, WORK_DAY)):
            for form, row in town.later.get(month, ()):
                office.bring(form, [row], month=town.month(month))
            for area in AREAS:
                area.month(town, month)
            if month == 12:
                plants.december(town)
        with office.on(town.on(month, PAY_DAY)):
            pay(town, month)
    with office.on(town.year_end):
        plants.year_end(town)


def pay(town: Town, month: int) -> None:
    """Every benefit whose period ends with the month."""
    for key, form in town.office.store.catalog.forms.items():
        if form.benefit is None or form.benefit.rule not in RULES:
            continue
        if month % CYCLE_MONTHS[form.benefit.cycle] == 0:
            town.office.pay(key, town.month(month))
