"""临时救助 and other one-time help: by the standard, by grade, or as it was decided in the single case (domain §3.5④).

Source: 国发〔2014〕47号 and the county's table (救助标准). By the standard it is 低保标准 × months × persons; by grade
a fixed amount. Both are capped by what one person may get at a time and by what is left of the year's cap; what was
decided in the single case (一事一议) is paid as decided, for its own minutes say why.

Rates read, by the day of the decision: `dibao.urban`, `dibao.rural`; with `code` standing for the form: `code.grade.N`,
`code.person_cap` (a person and time), `code.household_year_cap`.
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
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import round_cents

BY_STANDARD, BY_GRADE, AS_DECIDED = "1", "2", "3"
_AREAS = {"1": ("urban", "城市"), "2": ("rural", "农村")}


class GrantInputs(msgspec.Struct, frozen=True):
    """What was decided: `mode` 1 standard, 2 grade, 3 single case; `date` the day whose rates count; `months` of the
    standard (half months allowed), `persons` helped; `decided` cents of the single case; `before` cents that the same
    person got earlier in the year."""

    mode: str
    date: date
    area: str | None = None
    months: float | None = None
    persons: int = 1
    grade: str | None = None
    decided: int | None = None
    before: int = 0


class GrantRule(MonthlyRule):
    """`grant`: see the module."""

    name: ClassVar[str] = "grant"
    title: ClassVar[str] = "一次性救助（标准、分档或一事一议）"
    inputs: ClassVar[type[msgspec.Struct]] = GrantInputs

    def __init__(self, code: str = "linshi") -> None:
        self.code = code

    def cents(self, inputs: GrantInputs, rates: RateView, month: int) -> Cents:
        return self.compute(inputs, rates, text_of(month)).base, 0

    def compute(self, inputs: GrantInputs, rates: RateView, month: str) -> Amount:
        """The amount by the rates of the decision's day; `month` is only the month it is due in."""
        if inputs.mode == AS_DECIDED:
            if inputs.decided is None:
                raise UserError("input_missing", "缺：核定金额。金额没有算出，请补齐后重新计划。")
            steps = [CalculationStep("核定金额", show(inputs.decided), "一事一议")]
            why = "" if inputs.decided else "核定金额是 0 元"
            return make_amount(inputs.decided, 0, steps=steps, rates=[], label="一事一议", why_zero=why)
        on = inputs.date.isoformat()
        if inputs.mode == BY_STANDARD:
            cents, steps, used = self._by_standard(inputs, rates, on)
        else:
            cents, steps, used = self._by_grade(inputs, rates, on)
        cents = self._capped(inputs, rates, on, cents, steps, used)
        why = "" if cents else "本年度累计已到上限"
        return make_amount(cents, 0, steps=steps, rates=used, rate=used[0].value, why_zero=why)

    def _by_standard(
        self, inputs: GrantInputs, rates: RateView, on: str
    ) -> tuple[int, list[CalculationStep], list[RateUse]]:
        if inputs.area not in _AREAS or inputs.months is None:
            what = "月数" if inputs.area in _AREAS else "城乡类别"
            raise UserError("input_missing", f"缺：{what}。金额没有算出，请补齐后重新计划。")
        part, name = _AREAS[inputs.area]
        standard = rates.need(f"dibao.{part}", on)
        months = Fraction(str(inputs.months))
        cents = round_cents(standard.value * months * inputs.persons)
        formula = f"{show(standard.value)} × {float(months):g} 个月 × {inputs.persons} 人"
        steps = [
            CalculationStep(f"{name}低保标准", show(standard.value), "每人每月", standard.source),
            CalculationStep("按标准计算", show(cents), formula),
        ]
        return cents, steps, [standard]

    def _by_grade(
        self, inputs: GrantInputs, rates: RateView, on: str
    ) -> tuple[int, list[CalculationStep], list[RateUse]]:
        if not inputs.grade:
            raise UserError("input_missing", "缺：救助档次。金额没有算出，请补齐后重新计划。")
        grade = rates.need(f"{self.code}.grade.{inputs.grade}", on)
        step = CalculationStep(grade.title or f"{inputs.grade}档", show(grade.value), "每次", grade.source)
        return grade.value, [step], [grade]

    def _capped(
        self, inputs: GrantInputs, rates: RateView, on: str, cents: int, steps: list[CalculationStep],
        used: list[RateUse],
    ) -> int:  # fmt: skip
        """The amount within the caps; each one that cuts it is a step of its own."""
        person = rates.find(f"{self.code}.person_cap", on)
        if person is not None:
            used.append(person)
            most = person.value * inputs.persons
            if cents > most:
                cents = most
                formula = f"每人每次不超过 {show(person.value)} × {inputs.persons} 人"
                steps.append(CalculationStep("每次上限", show(most), formula, person.source))
        year = rates.find(f"{self.code}.household_year_cap", on)
        if year is not None:
            used.append(year)
            left = max(0, year.value - inputs.before)
            if cents > left:
                cents = left
                formula = f"全年不超过 {show(year.value)} − 本年已救助 {show(inputs.before)}"
                steps.append(CalculationStep("本年还可救助", show(left), formula, year.source))
        return cents
