"""助浴 and other services paid by the unit: units × rate, up to a cap a month (domain §5.4).

One record is one service; its month is that of its day. The form names the price first among its rates; a code
that ends in `.month_max` caps the units of one person in one month. What earlier services of the month used up
comes in as `used`: the plan counts services already paid first, then by day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, make_amount, show
from minzheng_desktop.benefits.months import text_of
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules.base import Cents, MonthlyRule
from minzheng_desktop.values.errors import UserError


class PerUnitInputs(msgspec.Struct, frozen=True):
    """One service: how many units, on which day, and units of the same person paid earlier in the month."""

    units: int
    date: date
    used: int = 0


class PerUnitRule(MonthlyRule):
    """`per_unit`: see the module."""

    name: ClassVar[str] = "per_unit"
    title: ClassVar[str] = "按次计算（次数乘单价，月上限）"
    inputs: ClassVar[type[msgspec.Struct]] = PerUnitInputs

    def cents(self, inputs: PerUnitInputs, rates: RateView, month: int) -> Cents:
        return self.compute(inputs, rates, text_of(month)).base, 0

    def claims(self, inputs: PerUnitInputs) -> list[tuple[str, int]]:
        """What the service takes of its month's cap."""
        return [(inputs.date.isoformat()[:7], inputs.units)]

    def after(self, inputs: PerUnitInputs, used: Sequence[int]) -> PerUnitInputs:
        """The inputs behind what earlier services of the month took."""
        return msgspec.structs.replace(inputs, used=sum(used))

    def compute(self, inputs: PerUnitInputs, rates: RateView, month: str) -> Amount:
        """The amount of one service by the rates of its day; `month` is only the month it is due in."""
        on = inputs.date.isoformat()
        if not rates.codes:
            raise UserError("rate_missing", "缺：单价。表单没有指明标准，金额没有算出。")
        price = rates.need(rates.codes[0], on)
        used = [price]
        paid = inputs.units
        steps = [CalculationStep(price.title or "单价", show(price.value), "每次", price.source)]
        cap_code = next((code for code in rates.codes if code.endswith(".month_max")), None)
        cap = rates.find(cap_code, on) if cap_code else None
        if cap is not None:
            used.append(cap)
            left = max(0, cap.value - inputs.used)
            if left < inputs.units:
                paid = left
                formula = f"每月至多 {cap.value} 次，本月已计 {inputs.used} 次"
                steps.append(CalculationStep("计入次数", str(paid), formula, cap.source))
        cents = price.value * paid
        steps.append(CalculationStep("补助金额", show(cents), f"{show(price.value)} × {paid} 次"))
        why = "超过本月补助次数上限" if inputs.units and not paid else ""
        return make_amount(
            cents, 0, steps=steps, rates=used, rate=price.value, label=f"{paid}次", why_zero=why, units=paid
        )
