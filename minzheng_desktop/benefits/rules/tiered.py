"""高龄津贴: a yearly amount by age tier, paid by period (domain §5.1, §8 example 5).

Source: 老年人权益保障法第三十三条; amounts and tiers are a county's. The standard is yuan a year; a month is due a
twelfth of it, exactly. A period pays the sum of its months rounded half up to the cent; the last period of the
calendar year pays what the exact sum of the year leaves (尾差放最后一期).

Tiers are read from the codes of the rates that the form names: `elder.80_89` is due from 80 to 89 full years,
`elder.100` from 100 on. A tier begins in the month of the birthday, or in the month after it where the county
chose `birthday_next` in `elder.tier_change_rule`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import ClassVar

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, RateUse, make_amount, show, show_exact
from minzheng_desktop.benefits.entitlement import Span
from minzheng_desktop.benefits.months import CYCLE_MONTHS, name_months, number_of, period_end, text_of
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules.base import Due, iterate_months
from minzheng_desktop.values.dates import birthday, month_of
from minzheng_desktop.values.money import round_cents

_TIER_CODE = re.compile(r"(?P<prefix>.+)\.(?P<first>\d+)(?:_(?P<last>\d+))?")

Months = tuple[tuple[int, "Tier | None"], ...]


class TieredInputs(msgspec.Struct, frozen=True):
    """What was decided about an old person: the day of birth, from which the tier of each month follows."""

    birth_date: date


class Tier(msgspec.Struct, frozen=True):
    """One age tier: full years from `first` to `last` (None: no end), and the code of its yearly rate."""

    code: str
    first: int
    last: int | None

    @property
    def name(self) -> str:
        """'90_99': the last part of the code, as a form's list of tiers calls it."""
        return self.code.rpartition(".")[2]

    @property
    def title(self) -> str:
        """'90—99周岁' or '100周岁以上'."""
        return f"{self.first}周岁以上" if self.last is None else f"{self.first}—{self.last}周岁"


class TieredRule:
    """`tiered`: see the module."""

    name: ClassVar[str] = "tiered"
    title: ClassVar[str] = "按年龄分档（年标准按期发放）"
    inputs: ClassVar[type[msgspec.Struct]] = TieredInputs

    def compute(self, inputs: TieredInputs, rates: RateView, month: str) -> Amount:
        """One month by itself: a twelfth of the tier's yearly amount, rounded."""
        number = number_of(month)
        tier = tier_in(inputs.birth_date, rates, number)
        return self._amount(((number, tier),), (), rates, closes_year=False)

    def due(self, spans: Sequence[Span], rates: RateView, *, cycle: str, floor: int | None) -> list[Due]:
        length = CYCLE_MONTHS[cycle]
        found: list[Due] = []
        for year, months in self._years(spans, rates, floor):
            key = (self.name, cycle, year, floor if _cuts(floor, year) else None, months)
            known = rates.memo.get(key)
            if known is None:
                known = rates.memo[key] = self._due_in_year(months, rates, length, floor)
            found += known  # type: ignore[arg-type]
        return found

    def total(
        self, spans: Sequence[Span], rates: RateView, *, cycle: str, floor: int | None, upto: int
    ) -> int:
        """People whose tiers change in the same months share one reckoning."""
        key = (self.name, "total", cycle, floor, upto, tuple(self._outline(span, rates) for span in spans))
        known = rates.memo.get(key)
        if known is None:
            due = self.due(spans, rates, cycle=cycle, floor=floor)
            known = rates.memo[key] = sum(d.base + d.extra for d in due if d.unit <= upto)
        return known  # type: ignore[return-value]

    def _outline(self, span: Span, rates: RateView) -> tuple[object, ...]:
        """All of a span that decides its amounts: its months, and the tiers with theirs."""
        key = (self.name, "starts", span.term.inputs)
        starts = rates.memo.get(key)
        if starts is None:
            tiers = list_tiers(rates)
            born = span.term.inputs.birth_date
            starts = rates.memo[key] = tuple((t, *_first_month(born, t, rates)) for t in tiers)
        first, last = span.first, span.last
        tiers_met = tuple(
            (tier, max(a, first), last if b is None or b > last else b)
            for tier, a, b in starts  # type: ignore[attr-defined]
            if a <= last and (b is None or b >= first)
        )
        return first, last, tiers_met

    def amount(
        self, spans: Sequence[Span], rates: RateView, *, cycle: str, floor: int | None, unit: int
    ) -> Amount:
        length = CYCLE_MONTHS[cycle]
        for year, months in self._years(spans, rates, floor):
            if year == unit // 12:
                inside = tuple(
                    (m, t) for m, t in months
                    if period_end(m, length) == unit and (floor is None or m >= floor)
                )  # fmt: skip
                earlier = tuple((m, t) for m, t in months if m <= unit - length)
                key = (self.name, "amount", cycle, unit, inside, earlier)
                known = rates.memo.get(key)
                if known is None:
                    known = rates.memo[key] = self._amount(
                        inside, earlier, rates, closes_year=unit % 12 == 11, length=length
                    )
                return known  # type: ignore[return-value]
        return Amount(0, 0, 0, why_zero="这一期没有应发的月份")

    def _years(self, spans: Sequence[Span], rates: RateView, floor: int | None) -> list[tuple[int, Months]]:
        """The months due of each calendar year with their tiers.

        In the floor's own year the months settled outside are among them: they belong to the sum of the year. What
        was settled outside without a known standard is left out.
        """
        years: dict[int, list[tuple[int, Tier | None]]] = {}
        opening = None if floor is None else floor // 12 * 12
        tiers = list_tiers(rates)
        for span in spans:
            starts = [(t, _first_month(span.term.inputs.birth_date, t, rates)) for t in tiers]
            for month, _ in iterate_months((span,), opening):
                tier = _pick(starts, month)
                if (
                    floor is not None
                    and month < floor
                    and tier
                    and rates.find(tier.code, text_of(month)) is None
                ):
                    continue
                years.setdefault(month // 12, []).append((month, tier))
        return [(year, tuple(months)) for year, months in years.items()]

    def _due_in_year(self, months: Months, rates: RateView, length: int, floor: int | None) -> list[Due]:
        found: list[Due] = []
        units: dict[int, list[tuple[int, Tier | None]]] = {}
        for month, tier in months:
            units.setdefault(period_end(month, length), []).append((month, tier))
        before = 0
        for unit, inside in units.items():
            whole = self._period_cents(tuple(inside), months, before, rates, closes_year=unit % 12 == 11)
            before += whole
            counted = [(m, t) for m, t in inside if floor is None or m >= floor]
            if len(counted) < len(inside):
                whole = round_cents(_exact(counted, rates))
            paying = sum(t is not None for _, t in counted)
            if paying:
                found.append(Due(unit, paying, whole, 0))
        return found

    def _period_cents(
        self, inside: Months, year: Months, before: int, rates: RateView, *, closes_year: bool
    ) -> int:
        if closes_year:
            return round_cents(_exact(year, rates)) - before
        return round_cents(_exact(inside, rates))

    def _amount(
        self, inside: Months, earlier: Months, rates: RateView, *, closes_year: bool, length: int = 1
    ) -> Amount:
        if not any(tier for _, tier in inside):
            lowest = min((t.first for t in list_tiers(rates)), default=0)
            why = f"未满{lowest}周岁" if lowest else "没有年龄档标准"
            return Amount(0, 0, 0, (CalculationStep("应发", show(0), why),), why_zero=why)
        steps: list[CalculationStep] = []
        used: list[RateUse] = []
        exact = Fraction(0)
        for months, tier, rate in _segments(inside, rates):
            part = Fraction(rate.value * len(months), 12)
            exact += part
            used.append(rate)
            formula = f"年标准 {show(rate.value)} ÷ 12 × {len(months)} 个月"
            steps.append(
                CalculationStep(
                    f"{name_months(months)}：{tier.title}", show_exact(part), formula, rate.source
                )
            )
        cents = round_cents(exact)
        if closes_year and earlier:
            cents = self._close_year(inside, earlier, rates, length, steps, used)
        elif len(steps) > 1 or cents != exact:
            formula = " + ".join(s.result for s in steps)
            steps.append(CalculationStep("本期合计", show(cents), formula, "到分四舍五入"))
        tier = next(t for _, t in reversed(inside) if t is not None)
        rate = rates.need_in(tier.code, next(m for m, t in reversed(inside) if t is not None))
        return make_amount(
            cents,
            0,
            steps=steps,
            rates=used,
            rate=rate.value,
            label=tier.title,
            tier=tier.name,
            months=sum(t is not None for _, t in inside),
        )

    def _close_year(
        self, inside: Months, earlier: Months, rates: RateView, length: int,
        steps: list[CalculationStep], used: list[RateUse],
    ) -> int:  # fmt: skip
        """Cents of the year's last period: the year's exact sum rounded once, less the periods before it."""
        units: dict[int, list[tuple[int, Tier | None]]] = {}
        for month, tier in earlier:
            units.setdefault(period_end(month, length), []).append((month, tier))
        before = sum(round_cents(_exact(months, rates)) for months in units.values())
        year = _exact((*earlier, *inside), rates)
        cents = round_cents(year) - before
        plain = _exact(inside, rates)
        if cents != plain:
            used += [rate for _, _, rate in _segments(earlier, rates)]
            steps.append(
                CalculationStep("全年合计", show(round_cents(year)), f"≈ {show_exact(year)}", "到分四舍五入")
            )
            formula = f"{show(round_cents(year))} − 前几期 {show(before)}"
            steps.append(CalculationStep("本期合计", show(cents), formula, "尾差放最后一期"))
        elif len(steps) > 1:
            steps.append(CalculationStep("本期合计", show(cents), " + ".join(s.result for s in steps)))
        return cents


def list_tiers(rates: RateView) -> tuple[Tier, ...]:
    """The age tiers among the codes that the form names, youngest first."""
    known = rates.memo.get("tiers")
    if known is None:
        matches = [(code, _TIER_CODE.fullmatch(code)) for code in rates.codes]
        tiers = [Tier(c, int(m["first"]), int(m["last"]) if m["last"] else None) for c, m in matches if m]
        known = rates.memo["tiers"] = tuple(sorted(tiers, key=lambda tier: tier.first))
    return known  # type: ignore[return-value]


def tier_in(birth: date, rates: RateView, month: int) -> Tier | None:
    """The tier of a person in a month; None below the lowest and between tiers."""
    return _pick([(t, _first_month(birth, t, rates)) for t in list_tiers(rates)], month)


def _pick(starts: list[tuple[Tier, tuple[int, int | None]]], month: int) -> Tier | None:
    found = None
    for tier, (first, last) in starts:
        if first <= month and (last is None or month <= last):
            found = tier
    return found


def _first_month(birth: date, tier: Tier, rates: RateView) -> tuple[int, int | None]:
    """First and last month of a tier for someone born on a day."""
    first = _reached(birth, tier.first, rates, tier.code)
    last = None if tier.last is None else _reached(birth, tier.last + 1, rates, tier.code) - 1
    return first, last


def _reached(birth: date, years: int, rates: RateView, code: str) -> int:
    month = month_of(birthday(birth, years))
    rule = f"{code.rpartition('.')[0]}.tier_change_rule"
    return number_of(month) + (rates.choice((rule,), month, default="birthday") == "birthday_next")


def _exact(months: Sequence[tuple[int, Tier | None]], rates: RateView) -> Fraction:
    """The exact cents of some months, each a twelfth of its tier's yearly amount."""
    return Fraction(sum(rates.need_in(tier.code, m).value for m, tier in months if tier is not None), 12)


def _segments(months: Months, rates: RateView) -> list[tuple[list[int], Tier, RateUse]]:
    """Neighbouring months of one tier under one rate version."""
    found: list[tuple[list[int], Tier, RateUse]] = []
    for month, tier in months:
        if tier is None:
            continue
        rate = rates.need_in(tier.code, month)
        if found and found[-1][2] == rate and found[-1][0][-1] == month - 1:
            found[-1][0].append(month)
        else:
            found.append(([month], tier, rate))
    return found


def _cuts(floor: int | None, year: int) -> bool:
    return floor is not None and floor // 12 >= year and floor % 12 + floor // 12 * 12 > year * 12
