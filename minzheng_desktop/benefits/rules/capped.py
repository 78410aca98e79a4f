"""What a thing really costs, up to a standard; or what the county approved instead (助学, 适老化改造; domain §4.4④,
§5.5④).

Rates read: the code that the form gives as `rate`. An amount that the county approved by a document of its own stands
in place of both.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, make_amount, show
from minzheng_desktop.benefits.months import text_of
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules.base import Cents, MonthlyRule
from minzheng_desktop.benefits.rules.standard import standard_step
from minzheng_desktop.values.errors import UserError


class CappedInputs(msgspec.Struct, frozen=True):
    """`cost` and `approved` in cents; `document` is the number of the county's letter that approved the amount."""

    rate: str
    cost: int | None = None
    approved: int | None = None
    document: str | None = None


class CappedRule(MonthlyRule):
    """`capped`: see the module."""

    name: ClassVar[str] = "capped"
    title: ClassVar[str] = "按实际费用，不超过标准"
    inputs: ClassVar[type[msgspec.Struct]] = CappedInputs

    def cents(self, inputs: CappedInputs, rates: RateView, month: int) -> Cents:
        return self.compute(inputs, rates, text_of(month)).base, 0

    def compute(self, inputs: CappedInputs, rates: RateView, month: str) -> Amount:
        standard = rates.need(inputs.rate, month)
        steps = [standard_step(standard)]
        if inputs.approved is not None:
            source = inputs.document or ""
            steps.append(CalculationStep("县级核定金额", show(inputs.approved), "按县级批复", source))
            return make_amount(inputs.approved, 0, steps=steps, rates=[standard], rate=standard.value)
        if inputs.cost is None:
            raise UserError("input_missing", "缺：实际费用，或县级核定金额。金额没有算出，请补齐后重新计划。")
        cents = min(standard.value, inputs.cost)
        steps.append(CalculationStep("实际费用", show(inputs.cost), "按登记的明细合计"))
        word = (
            "实际费用没有超过标准，按实际费用"
            if inputs.cost <= standard.value
            else "实际费用超过标准，按标准"
        )
        steps.append(CalculationStep("应发", show(cents), word))
        why = "" if cents else "实际费用是 0 元"
        return make_amount(cents, 0, steps=steps, rates=[standard], rate=standard.value, why_zero=why)
