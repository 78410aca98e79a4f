"""低保: the difference between standard and income per head, times the covered members (domain §3.1④).

Sources: 《社会救助暂行办法》第十二条 and, from 2026-07-01, 社会救助法第十八条 (差额, or 分档定额);
重庆市城乡居民最低生活保障条例. The household's income per head is one exact number; it is not each member's own
income that is set against the standard. Rounding happens once, at the end.

Rates read, with `code` standing for the form: `code.urban`, `code.rural` (cents a person and month);
`code.classified.KIND` or `code.classified` (分类施保, cents a person and month); `code.grade.AREA.GRADE` or
`code.grade.GRADE` (分档); `code.single` (参照单人户定额); choices `code.rounding_rule` (fen, floor_fen, jiao,
yuan, ceil_yuan) and `code.precision_rule` (exact, displayed).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, RateUse, make_amount, show, show_ratio
from minzheng_desktop.benefits.months import number_of, text_of
from minzheng_desktop.benefits.rates import MissingRate, RateView
from minzheng_desktop.benefits.rules.base import Cents, MonthlyRule
from minzheng_desktop.values.errors import UserError

URBAN, RURAL = "1", "2"
BY_DIFFERENCE, BY_GRADE = "1", "2"
SINGLE_FIXED, SINGLE_WHOLE = "2", "3"
"""How somebody in need who is taken in alone is paid where not by the difference (参照单人户, domain §3.2④)."""
_AREAS = {URBAN: ("urban", "城市"), RURAL: ("rural", "农村")}
_UNITS = {"fen": 1, "jiao": 10, "yuan": 100}


class DifferenceInputs(msgspec.Struct, frozen=True):
    """What was decided about a household.

    `area` 1 city, 2 country; `income_year` cents a year of the whole household; `size` heads the income is
    divided by, `covered` heads paid for; `mode` 1 difference, 2 grade; `classified` one kind for each member
    with an add-on (分类施保, 每人只取一档); the grace months (渐退) keep `grace_amount` cents a month. `single` is how
    a household of one taken in by hardship is paid: 1 difference as every other, 2 a fixed rate, 3 the whole standard.
    """

    area: str
    income_year: int
    size: int
    covered: int
    mode: str = BY_DIFFERENCE
    grade: str | None = None
    classified: tuple[str | None, ...] = ()
    grace_from: str | None = None
    grace_to: str | None = None
    grace_amount: int | None = None
    single: str | None = None

    @property
    def fixed(self) -> bool:
        """Whether the amount of a month does not follow from the income."""
        return self.mode == BY_GRADE or self.single in (SINGLE_FIXED, SINGLE_WHOLE)


class Standing(msgspec.Struct, frozen=True):
    """The rates of one area in one month: all that decides a plain amount beside the inputs."""

    standard: RateUse | None
    rounding: str
    displayed: bool


class DifferenceRule(MonthlyRule):
    """`difference`: see the module."""

    name: ClassVar[str] = "difference"
    title: ClassVar[str] = "补差（标准减人均收入，乘保障人口）"
    inputs: ClassVar[type[msgspec.Struct]] = DifferenceInputs

    def __init__(self, code: str = "dibao") -> None:
        self.code = code

    def segments(
        self, inputs: DifferenceInputs, rates: RateView, first: int, last: int
    ) -> Iterable[tuple[int, int]]:
        """Months under equal rates go together; grace, grades and add-ons are few and go month by month."""
        if inputs.grace_from or inputs.fixed or any(inputs.classified):
            return super().segments(inputs, rates, first, last)
        key = (self.code, "segments", inputs.area, first, last)
        found = rates.memo.get(key)
        if found is None:
            runs: list[tuple[int, int]] = []
            for month in range(first, last + 1):
                here = self._in_month(inputs.area, rates, month)
                if runs and here is self._in_month(inputs.area, rates, runs[-1][0]):
                    runs[-1] = (runs[-1][0], runs[-1][1] + 1)
                else:
                    runs.append((month, 1))
            found = rates.memo[key] = tuple(runs)
        return found  # type: ignore[return-value]

    def cents(self, inputs: DifferenceInputs, rates: RateView, month: int) -> Cents:
        base, grace = self._base(inputs, rates, month)
        if not (base or grace) or not any(inputs.classified):
            return base, 0
        return base, self._add_ons(inputs, rates, month)[0]

    def share(
        self, inputs: DifferenceInputs, rates: RateView, month: int, row: Mapping[str, Any]
    ) -> tuple[int, str]:
        """户月保障金 ÷ 保障人口 (half up to the cent), and the person's own add-on (domain §4.3④)."""
        base, _ = self.cents(inputs, rates, month)
        if not base or inputs.covered < 1:
            return 0, ""
        head = round_by("fen", base, inputs.covered)
        own = self._add_ons(
            msgspec.structs.replace(inputs, classified=(row.get("classified"),)), rates, month
        )[0]
        formula = f"户月保障金 {show(base)} ÷ {inputs.covered} 人"
        return head + own, f"{formula} + 分类施保 {show(own)}" if own else formula

    def compute(self, inputs: DifferenceInputs, rates: RateView, month: str) -> Amount:
        number = number_of(month)
        now = self._in_month(inputs.area, rates, number)
        base, grace = self._base(inputs, rates, number)
        steps: list[CalculationStep] = []
        used: list[RateUse] = []
        if grace:
            steps.append(
                CalculationStep(
                    "渐退期保障金", show(base), f"{inputs.grace_from} 至 {inputs.grace_to} 按原保障金续发",
                    "渐退规定",
                )
            )  # fmt: skip
        elif inputs.fixed:
            name, each = self._fixed(inputs, rates, month)
            used.append(each)
            steps.append(CalculationStep(name, show(each.value), "每人每月", each.source))
            steps.append(
                CalculationStep("户月保障金", show(base), f"{show(each.value)} × {inputs.covered} 人")
            )
        else:
            assert now.standard is not None
            used.append(now.standard)
            steps = _difference_steps(inputs, now, now.standard, number, base)
        rate = now.standard.value if now.standard else 0
        if not base and not grace:
            why = "人均月收入不低于保障标准"
            steps.append(CalculationStep("应发", show(0), why))
            return make_amount(0, 0, steps=steps, rates=used, rate=rate, why_zero=why)
        extra, add_ons = self._add_ons(inputs, rates, number)
        for kind, count, add_on in add_ons:
            used.append(add_on)
            name = f"分类施保：{(add_on.title or kind).removeprefix('分类施保：')}{count}人"
            cents = show(add_on.value * count)
            steps.append(CalculationStep(name, cents, f"{show(add_on.value)} × {count} 人", add_on.source))
        if extra:
            steps.append(CalculationStep("月合计", show(base + extra), f"{show(base)} + {show(extra)}"))
        label = "渐退期" if grace else _area_name(inputs)
        return make_amount(base, extra, steps=steps, rates=used, rate=rate, label=label)

    def _base(self, inputs: DifferenceInputs, rates: RateView, month: int) -> tuple[int, bool]:
        """(cents of the household's base amount, whether the month is one of grace)."""
        if inputs.grace_from and _in_grace(inputs, month):
            return inputs.grace_amount or 0, True
        if inputs.fixed:
            return self._fixed(inputs, rates, text_of(month))[1].value * inputs.covered, False
        now = self._in_month(inputs.area, rates, month)
        if now.standard is None:
            raise MissingRate(self._standard_code(inputs.area), text_of(month))
        income, heads = _per_head(inputs, now)
        gap = max(0, now.standard.value * heads - income)
        return round_by(now.rounding, gap * inputs.covered, heads), False

    def _in_month(self, area: str, rates: RateView, month: int) -> Standing:
        """The rates of a month; months with equal rates share one object."""
        key = (self.code, area, month)
        found = rates.memo.get(key)
        if found is None:
            on = text_of(month)
            rounding = rates.choice((f"{self.code}.rounding_rule", "rounding_rule"), on, default="fen")
            if rounding not in _ROUNDING_WORDS:
                raise UserError(
                    "rate_unknown_choice", f"舍入规则“{rounding}”不认识，金额没有算出。请改正这项标准。"
                )
            precision = rates.choice((f"{self.code}.precision_rule",), on, default="exact")
            now = Standing(rates.find(self._standard_code(area), on), rounding, precision == "displayed")
            found = rates.memo[key] = rates.memo.setdefault(("standing", now), now)
        return found  # type: ignore[return-value]

    def _add_ons(
        self, inputs: DifferenceInputs, rates: RateView, month: int
    ) -> tuple[int, list[tuple[str, int, RateUse]]]:
        """Sum of the add-ons in cents, and each kind with its head count and rate."""
        kinds = [kind for kind in inputs.classified if kind]
        if not kinds:
            return 0, []
        on = text_of(month)
        found = [
            (kind, count, rates.need_first((f"{self.code}.classified.{kind}", f"{self.code}.classified"), on))
            for kind, count in sorted(Counter(kinds).items())
        ]
        return sum(count * rate.value for _, count, rate in found), found

    def _standard_code(self, area: str) -> str:
        if area not in _AREAS:
            raise UserError("input_missing", "缺：城乡类别。金额没有算出，请补齐后重新计划。")
        return f"{self.code}.{_AREAS[area][0]}"

    def _fixed(self, inputs: DifferenceInputs, rates: RateView, on: str) -> tuple[str, RateUse]:
        """What each covered person is paid where no income counts: (its name, the rate)."""
        if inputs.single == SINGLE_WHOLE:
            return f"{_area_name(inputs)}低保标准（全额）", rates.need(self._standard_code(inputs.area), on)
        if inputs.single == SINGLE_FIXED:
            return "参照单人户定额", rates.need(f"{self.code}.single", on)
        return f"分档标准 {inputs.grade}", self._grade(inputs, rates, on)

    def _grade(self, inputs: DifferenceInputs, rates: RateView, on: str) -> RateUse:
        if not inputs.grade:
            raise UserError("input_missing", "缺：分档。金额没有算出，请补齐后重新计划。")
        area = _AREAS.get(inputs.area, ("", ""))[0]
        return rates.need_first(
            (f"{self.code}.grade.{area}.{inputs.grade}", f"{self.code}.grade.{inputs.grade}"), on
        )


def _difference_steps(
    inputs: DifferenceInputs, now: Standing, standard: RateUse, month: int, base: int
) -> list[CalculationStep]:
    income, heads = _per_head(inputs, now)
    gap = standard.value * heads - income
    since = number_of(standard.valid_from)
    starts = f"（{since % 12 + 1}月起）" if since // 12 == month // 12 else ""
    per_head, rate = show_ratio(income, heads), show(standard.value)
    steps = [
        CalculationStep("人均月收入", per_head, f"{show(inputs.income_year)} ÷ 12 ÷ {inputs.size}"),
        CalculationStep(f"{_area_name(inputs)}低保标准{starts}", rate, "每人每月", standard.source),
        CalculationStep("每人差多少", show_ratio(gap, heads), f"{rate} − {per_head}"),
    ]
    if gap > 0:
        formula = f"{show_ratio(gap, heads)} × {inputs.covered} 人"
        # Each printed line holds on a pocket calculator: 368.3333 × 3 is not 1,105.00 but nearly.
        if gap * inputs.covered != base * heads or gap % heads:
            formula += f" ≈ {show(round_by('fen', gap * inputs.covered, heads))}"
        source = "" if now.rounding == "fen" else f"舍入规则：{_ROUNDING_WORDS[now.rounding]}"
        steps.append(CalculationStep(f"全户保障 {inputs.covered} 人", show(base), formula, source))
    return steps


def _per_head(inputs: DifferenceInputs, now: Standing) -> tuple[int, int]:
    """Income per head and month as cents over parts, so that nothing is rounded before the end."""
    if inputs.size < 1:
        raise UserError("input_missing", "缺：家庭人口。金额没有算出，请补齐后重新计划。")
    heads = 12 * inputs.size
    if now.displayed:
        return (2 * inputs.income_year + heads) // (2 * heads), 1
    return inputs.income_year, heads


def round_by(rule: str, cents: int, parts: int = 1) -> int:
    """cents ÷ parts (not negative) rounded by a county's rule (domain §2.8): half up to fen, jiao or yuan;
    floor_fen cuts parts of a cent off; ceil_yuan lifts any part of a yuan to a whole one (见角进元)."""
    if rule == "floor_fen":
        return cents // parts
    if rule == "ceil_yuan":
        return -(-cents // (100 * parts)) * 100
    parts *= (unit := _UNITS[rule])
    return (2 * cents + parts) // (2 * parts) * unit


_ROUNDING_WORDS = {
    "fen": "到分",
    "floor_fen": "舍去分以下",
    "jiao": "到角",
    "yuan": "到元",
    "ceil_yuan": "见角进元",
}


def _in_grace(inputs: DifferenceInputs, month: int) -> bool:
    if not inputs.grace_from or inputs.grace_amount is None:
        return False
    last = inputs.grace_to or inputs.grace_from
    return number_of(inputs.grace_from) <= month <= number_of(last)


def _area_name(inputs: DifferenceInputs) -> str:
    return _AREAS.get(inputs.area, ("", ""))[1]
