"""助餐 and other services counted day by day: units of each day × the price in force that day, up to a cap a day.

Source: domain §5.3④ (补贴 = Σ 资格内餐次 × 档，日上限 meal.daily_max). One record is one person's days at one place in
one month. The price is the code that the form gives as `rate`; a code of the form that ends in `.daily_max` caps the
units of one person on one day. What the same person's other records took of a day comes in as `used`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, RateUse, make_amount, show
from minzheng_desktop.benefits.months import text_of
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules.base import Cents, MonthlyRule

UNIT_WORDS = {"yuan_per_meal": "餐"}
"""What one unit is called, by the unit of its price."""


class PerDayInputs(msgspec.Struct, frozen=True):
    """The price's code; the days and how many units each has; `used`: units of the same days paid in other records,
    in the order of the days (missing ones are 0)."""

    rate: str
    days: list[date]
    counts: list[int]
    used: list[int] = []


class PerDayRule(MonthlyRule):
    """`per_day`: see the module."""

    name: ClassVar[str] = "per_day"
    title: ClassVar[str] = "按日计次（次数乘当日单价，每日上限）"
    inputs: ClassVar[type[msgspec.Struct]] = PerDayInputs

    def cents(self, inputs: PerDayInputs, rates: RateView, month: int) -> Cents:
        return self.compute(inputs, rates, text_of(month)).base, 0

    def claims(self, inputs: PerDayInputs) -> list[tuple[str, int]]:
        """What each day takes of the day's cap."""
        return [(day.isoformat(), units) for day, units in zip(inputs.days, inputs.counts, strict=False)]

    def after(self, inputs: PerDayInputs, used: Sequence[int]) -> PerDayInputs:
        """The inputs behind what was taken before."""
        return msgspec.structs.replace(inputs, used=list(used))

    def compute(self, inputs: PerDayInputs, rates: RateView, month: str) -> Amount:
        """The amount of the record's days by the rates of each day; `month` is only the month it is due in."""
        cap_code = next((code for code in rates.codes if code.endswith(".daily_max")), None)
        paid: dict[RateUse, int] = {}
        over: dict[RateUse, int] = {}
        taken = dict(zip(inputs.days, inputs.used, strict=False))
        for day, units in sorted(zip(inputs.days, inputs.counts, strict=False)):
            price = rates.need(inputs.rate, day.isoformat())
            cap = rates.find(cap_code, day.isoformat()) if cap_code else None
            before = taken.get(day, 0)
            counted = units if cap is None else min(units, max(0, cap.value - before))
            taken[day] = before + units
            paid[price] = paid.get(price, 0) + counted
            if cap is not None:
                over[cap] = over.get(cap, 0) + units - counted
        units, word = sum(paid.values()), _word(paid)
        steps = [
            CalculationStep(price.title or "单价", show(price.value), f"每{word}", price.source)
            for price in paid
        ]
        for cap, many in over.items():
            if many:
                formula = f"登记 {sum(inputs.counts)} {word}，每人每日至多 {cap.value} {word}，超出 {many} {word}不计"
                steps.append(CalculationStep("计入次数", str(units), formula, cap.source))
        cents = sum(price.value * many for price, many in paid.items())
        terms = " + ".join(f"{show(price.value)} × {many} {word}" for price, many in paid.items())
        steps.append(CalculationStep("补助金额", show(cents), terms or "没有登记次数"))
        why = "" if units else "超过每日补助次数上限" if sum(inputs.counts) else "没有登记次数"
        rate = max((price.value for price in paid), default=0)
        return make_amount(
            cents, 0, steps=steps, rates=[*paid, *over], rate=rate, label=f"{units}{word}", why_zero=why,
            units=units,
        )  # fmt: skip


def _word(paid: Mapping[RateUse, int]) -> str:
    """What one unit is called."""
    return next((UNIT_WORDS[price.unit] for price in paid if price.unit in UNIT_WORDS), "次")
