"""What several items really cost, each up to its limit and by a share of it, within a cap of all; and a fixed bonus.

惠民殡葬 (domain §6.1④): 基本殡葬服务 is free or reduced item by item — 接运 by the journey, 冷藏 by the day up to
so many days — and burial without a grave (生态安葬) earns a bonus. Limits, shares and bonus are rates of the day of
death; the list of items is the county's (免除项目按清单+上限).

Rates read, `code` standing for the form: `code.item.ITEM` (limit of one unit), `code.units.ITEM` (most units that
count), `code.percent.GROUP` or `code.percent` (share that is waived, 100 without one), `code.cap` (limit of all items
of one person), and the code that the form gives as `bonus`.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import ClassVar

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, RateUse, make_amount, show
from minzheng_desktop.benefits.months import text_of
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules.base import Cents, MonthlyRule
from minzheng_desktop.benefits.rules.standard import standard_step
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import round_cents

_UNITS = {"yuan_per_day": "天", "yuan_per_month": "个月"}
_WHOLE = Fraction(100)


class ItemisedInputs(msgspec.Struct, frozen=True):
    """`items`, `units` (times, days) and `charges` (cents) stand row by row; `date` is the day whose rates count;
    `group` the kind of people whose share is another; `bonus` the code of the rate that is paid beside."""

    code: str
    date: date
    items: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    charges: tuple[int, ...] = ()
    group: str | None = None
    bonus: str | None = None


class ItemisedRule(MonthlyRule):
    """`itemised`: see the module. Base is what is waived of the items, extra the bonus."""

    name: ClassVar[str] = "itemised"
    title: ClassVar[str] = "按项目据实减免（各有限额），另加奖补"
    inputs: ClassVar[type[msgspec.Struct]] = ItemisedInputs

    def cents(self, inputs: ItemisedInputs, rates: RateView, month: int) -> Cents:
        amount = self.compute(inputs, rates, text_of(month))
        return amount.base, amount.extra

    def compute(self, inputs: ItemisedInputs, rates: RateView, month: str) -> Amount:
        """The amount by the rates of the day of death; `month` is only the month it is due in."""
        if not len(inputs.items) == len(inputs.units) == len(inputs.charges):
            raise UserError(
                "input_missing", "缺：有的费用项目没有写数量或金额。金额没有算出，请补齐后重新计划。"
            )
        on = inputs.date.isoformat()
        steps: list[CalculationStep] = []
        used: list[RateUse] = []
        base = self._items(inputs, rates, on, steps, used)
        extra = 0
        if inputs.bonus:
            bonus = rates.need(inputs.bonus, on)
            used.append(bonus)
            steps.append(standard_step(bonus))
            extra = bonus.value
            if base:
                steps.append(CalculationStep("合计", show(base + extra), f"{show(base)} + {show(extra)}"))
        why = "" if base + extra else "没有可以减免的费用，也没有奖补"
        return make_amount(base, extra, steps=steps, rates=used, why_zero=why)

    def _items(
        self, inputs: ItemisedInputs, rates: RateView, on: str, steps: list[CalculationStep], used: list[RateUse]
    ) -> int:  # fmt: skip
        if not inputs.items:
            return 0
        codes = [f"{inputs.code}.percent.{inputs.group}"] if inputs.group else []
        percent = rates.find_first([*codes, f"{inputs.code}.percent"], on)
        share = Fraction(percent.text) if percent else _WHOLE
        if percent:
            used.append(percent)
        found = []
        for item, units, charge in zip(inputs.items, inputs.units, inputs.charges, strict=True):
            found.append(self._item(inputs.code, item, units, charge, share, rates, on, steps, used))
        total = sum(found)
        if len(found) > 1:
            steps.append(CalculationStep("减免合计", show(total), " + ".join(map(show, found))))
        cap = rates.find(f"{inputs.code}.cap", on)
        if cap is not None:
            used.append(cap)
            if total > cap.value:
                total = cap.value
                steps.append(CalculationStep("减免上限", show(total), "每位逝者不超过", cap.source))
        return total

    def _item(
        self, code: str, item: str, units: int, charge: int, share: Fraction, rates: RateView, on: str,
        steps: list[CalculationStep], used: list[RateUse],
    ) -> int:  # fmt: skip
        limit = rates.need(f"{code}.item.{item}", on)
        most = rates.find(f"{code}.units.{item}", on)
        counted = min(units, most.value) if most else units
        used += [limit, most] if most else [limit]
        allowed = limit.value * counted
        cents = round_cents(min(charge, allowed) * share / _WHOLE)
        unit = _UNITS.get(limit.unit, "次")
        formula = f"限额 {show(limit.value)} × {counted} {unit}"
        if most and units > most.value:
            formula += f"（至多 {most.value} {unit}）"
        formula = f"收费 {show(charge)}，{formula}，取低的"
        if share != _WHOLE:
            formula += f" × {share}%"
        steps.append(CalculationStep(limit.title or item, show(cents), formula, limit.source))
        return cents
