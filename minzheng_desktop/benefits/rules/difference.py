"""低保: the difference between standard and income per head, times the covered members (domain §3.1④).

Sources: 《社会救助暂行办法》第十二条 and, from 2026-07-01, 社会救助法第十八条 (差额, or 分档定额);
重庆市城乡居民最低生活保障条例. The household's income per head is one exact number; it is not each member's own
income that is set against the standard. Rounding happens once, at the end.

Rates read, with `code` standing for the form: `code.urban`, `code.rural` (cents a person and month);
`code.classified.KIND` or `code.classified` (分类施保, cents a person and month); `code.grade.AREA.GRADE` or
`code.grade.GRADE` (分档); choices `code.rounding_rule` (fen, floor_fen, jiao, yuan, ceil_yuan) and
`code.precision_rule` (exact, displayed).
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import ClassVar

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, RateUse, make_amount, show, show_exact
from minzheng_desktop.benefits.months import number_of, text_of
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules.base import Cents, MonthlyRule
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import round_cents

URBAN, RURAL = "1", "2"
BY_DIFFERENCE, BY_GRADE = "1", "2"
_AREAS = {URBAN: ("urban", "城市"), RURAL: ("rural", "农村")}
_UNITS = {"fen": 1, "jiao": 10, "yuan": 100}


class DifferenceInputs(msgspec.Struct, frozen=True):
    """What was decided about a household.

    `area` 1 city, 2 country; `income_year` cents a year of the whole household; `size` heads the income is
    divided by, `covered` heads paid for; `mode` 1 difference, 2 grade; `classified` one kind for each member
    with an add-on (分类施保, 每人只取一档); the grace months (渐退) keep `grace_amount` cents a month.
    """

    area: str
    income_year: int
    size: int
    covered: int
    mode: str = BY_DIFFERENCE
    grade: str | None = None
    classified: tuple[str, ...] = ()
    grace_from: str | None = None
    grace_to: str | None = None
    grace_amount: int | None = None


class DifferenceRule(MonthlyRule):
    """`difference`: see the module."""

    name: ClassVar[str] = "difference"
    title: ClassVar[str] = "补差（标准减人均收入，乘保障人口）"
    inputs: ClassVar[type[msgspec.Struct]] = DifferenceInputs

    def __init__(self, code: str = "dibao") -> None:
        self.code = code

    def cents(self, inputs: DifferenceInputs, rates: RateView, month: int) -> Cents:
        key = (self.name, inputs, month)
        found = rates.memo.get(key)
        if found is None:
            base, grace = self._base(inputs, rates, month)
            extra = self._add_ons(inputs, rates, month)[0] if base or grace else 0
            found = rates.memo[key] = (base, extra)
        return found  # type: ignore[return-value]

    def _base(self, inputs: DifferenceInputs, rates: RateView, month: int) -> tuple[int, bool]:
        """(cents of the household's base amount, whether the month is one of grace)."""
        if _in_grace(inputs, month):
            return inputs.grace_amount or 0, True
        on = text_of(month)
        if inputs.mode == BY_GRADE:
            return self._grade(inputs, rates, on).value * inputs.covered, False
        standard = rates.need_in(self._standard_code(inputs), month)
        per_head = self._income_per_head(inputs, rates, on)
        exact = max(Fraction(0), (standard.value - per_head) * inputs.covered)
        return round_by(self._rounding(rates, on), exact), False

    def compute(self, inputs: DifferenceInputs, rates: RateView, month: str) -> Amount:
        number = number_of(month)
        base, grace = self._base(inputs, rates, number)
        steps: list[CalculationStep] = []
        used: list[RateUse] = []
        standard = rates.find(self._standard_code(inputs), month)
        if grace:
            steps.append(
                CalculationStep(
                    "渐退期保障金", show(base), f"{inputs.grace_from} 至 {inputs.grace_to} 按原保障金续发",
                    "渐退规定",
                )
            )  # fmt: skip
        elif inputs.mode == BY_GRADE:
            grade = self._grade(inputs, rates, month)
            used.append(grade)
            steps.append(CalculationStep(f"分档标准 {inputs.grade}", show(grade.value), "每人每月", grade.source))
            steps.append(
                CalculationStep("户月保障金", show(base), f"{show(grade.value)} × {inputs.covered} 人")
            )
        else:
            standard = rates.need(self._standard_code(inputs), month)
            used.append(standard)
            steps += self._difference_steps(inputs, rates, month, standard, base)
        if not base and not grace:
            why = "人均月收入不低于保障标准"
            steps.append(CalculationStep("应发", show(0), why))
            return make_amount(0, 0, steps=steps, rates=used, rate=_value(standard), why_zero=why)
        extra, add_ons = self._add_ons(inputs, rates, number)
        for kind, count, rate in add_ons:
            used.append(rate)
            name = f"分类施保：{rate.title or kind}{count}人"
            steps.append(
                CalculationStep(name, show(rate.value * count), f"{show(rate.value)} × {count} 人", rate.source)
            )
        if extra:
            steps.append(CalculationStep("月合计", show(base + extra), f"{show(base)} + {show(extra)}"))
        return make_amount(base, extra, steps=steps, rates=used, rate=_value(standard), label=_area_name(inputs))

    def _difference_steps(
        self, inputs: DifferenceInputs, rates: RateView, month: str, standard: RateUse, base: int
    ) -> list[CalculationStep]:
        per_head = self._income_per_head(inputs, rates, month)
        gap = standard.value - per_head
        since = number_of(standard.valid_from)
        starts = f"（{since % 12 + 1}月起）" if since // 12 == number_of(month) // 12 else ""
        steps = [
            CalculationStep("人均月收入", show_exact(per_head), f"{show(inputs.income_year)} ÷ 12 ÷ {inputs.size}"),
            CalculationStep(
                f"{_area_name(inputs)}低保标准{starts}", show(standard.value), "每人每月", standard.source
            ),
            CalculationStep(
                "每人差多少", show_exact(gap), f"{show(standard.value)} − {show_exact(per_head)}"
            ),
        ]
        if gap > 0:
            rule = self._rounding(rates, month)
            exact = gap * inputs.covered
            formula = f"{show_exact(gap)} × {inputs.covered} 人"
            if exact != base:
                formula += f" ≈ {show(round_cents(exact))}"
            source = "" if rule == "fen" else f"舍入规则：{_ROUNDING_WORDS[rule]}"
            steps.append(CalculationStep(f"全户保障 {inputs.covered} 人", show(base), formula, source))
        return steps

    def _add_ons(
        self, inputs: DifferenceInputs, rates: RateView, month: int
    ) -> tuple[int, list[tuple[str, int, RateUse]]]:
        """Sum of the add-ons in cents, and each kind with its head count and rate."""
        on = text_of(month)
        found = [
            (kind, count, rates.need_first((f"{self.code}.classified.{kind}", f"{self.code}.classified"), on))
            for kind, count in sorted(Counter(k for k in inputs.classified if k).items())
        ]
        return sum(count * rate.value for _, count, rate in found), found

    def _income_per_head(self, inputs: DifferenceInputs, rates: RateView, on: str) -> Fraction:
        if inputs.size < 1:
            raise UserError("input_missing", "缺：家庭人口。金额没有算出，请补齐后重新计划。")
        exact = Fraction(inputs.income_year, 12 * inputs.size)
        if rates.choice((f"{self.code}.precision_rule",), on, default="exact") == "displayed":
            return Fraction(round_cents(exact))
        return exact

    def _standard_code(self, inputs: DifferenceInputs) -> str:
        if inputs.area not in _AREAS:
            raise UserError("input_missing", "缺：城乡类别。金额没有算出，请补齐后重新计划。")
        return f"{self.code}.{_AREAS[inputs.area][0]}"

    def _grade(self, inputs: DifferenceInputs, rates: RateView, on: str) -> RateUse:
        if not inputs.grade:
            raise UserError("input_missing", "缺：分档。金额没有算出，请补齐后重新计划。")
        area = _AREAS.get(inputs.area, ("", ""))[0]
        return rates.need_first(
            (f"{self.code}.grade.{area}.{inputs.grade}", f"{self.code}.grade.{inputs.grade}"), on
        )

    def _rounding(self, rates: RateView, on: str) -> str:
        rule = rates.choice((f"{self.code}.rounding_rule", "rounding_rule"), on, default="fen")
        if rule not in _ROUNDING_WORDS:
            raise UserError("rate_unknown_choice", f"舍入规则“{rule}”不认识，金额没有算出。请改正这项标准。")
        return rule


def round_by(rule: str, cents: Fraction) -> int:
    """Exact cents rounded by a county's rule (domain §2.8): half up to fen, jiao or yuan; floor_fen cuts parts of
    a cent off; ceil_yuan lifts any part of a yuan to a whole one (见角进元)."""
    if rule == "floor_fen":
        return cents.__floor__()
    if rule == "ceil_yuan":
        return (cents / 100).__ceil__() * 100
    unit = _UNITS[rule]
    return round_cents(cents / unit) * unit


_ROUNDING_WORDS = {"fen": "到分", "floor_fen": "舍去分以下", "jiao": "到角", "yuan": "到元", "ceil_yuan": "见角进元"}


def _in_grace(inputs: DifferenceInputs, month: int) -> bool:
    if not inputs.grace_from or inputs.grace_amount is None:
        return False
    last = inputs.grace_to or inputs.grace_from
    return number_of(inputs.grace_from) <= month <= number_of(last)


def _area_name(inputs: DifferenceInputs) -> str:
    return _AREAS.get(inputs.area, ("", ""))[1]


def _value(rate: RateUse | None) -> int:
    return 0 if rate is None else rate.value
