"""The figures of a year: every indicator of the catalogue, with its townships, and what it counted (domain §15)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.catalog.indicators import STANDARDS, Indicator
from minzheng_desktop.reports import facts
from minzheng_desktop.reports.counting import YUAN, Counted, Unit, count_units
from minzheng_desktop.reports.periods import Period, year_period
from minzheng_desktop.reports.reading import People, Rows

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

Number = int | float
TEN_THOUSAND = "万元"
MISSING, NOTHING = "暂缺", "—"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator's value.

    value: a number in `unit` (a range as text), None where there is nothing that could be counted (printed —).
    by_township: division code to number, adds up to value; empty for what is derived, a standard or a fact.
    parts: code of the split field to number, part_names its words. waits: forms that do not exist yet (暂缺 when
    nothing else counts).
    exact: unrounded, money in yuan; note: where a fact comes from.
    """

    key: str
    name: str
    unit: str
    group: str = ""
    computation: str = ""
    value: Number | str | None = None
    by_township: dict[str, Number] = {}
    parts: dict[str, Number] = {}
    part_names: dict[str, str] = {}
    digits: int = 0
    waits: tuple[str, ...] = ()
    by_hand: bool = False
    helper: bool = False
    note: str = ""
    exact: Fraction | None = None

    @property
    def lacking(self) -> bool:
        """Whether the form that it counts does not exist."""
        return bool(self.waits) and self.value is None

    def shown(self, value: Number | str | None = None) -> str:
        """The value as people read it: '4,829', '2.21', '—', '暂缺'."""
        wanted = self.value if value is None else value
        if wanted is None:
            return MISSING if self.lacking else NOTHING
        return wanted if isinstance(wanted, str) else f"{wanted:,.{self.digits}f}"


class YearFigures(msgspec.Struct, frozen=True):
    """All figures of a year by key, in the order of the catalogue."""

    year: int
    figures: dict[str, Figure]


def figures_of_year(
    r: Reading, year: int, *, only: Iterable[str] | None = None, people: People | None = None
) -> YearFigures:
    """Every indicator of the catalogue (or those named, with what they are derived from) for a calendar year.

    `people` is given where several years are read one after the other.
    """
    return YearFigures(year, _Evaluating(r, year_period(year), only, people).all())


def counted_by(r: Reading, key: str, year: int) -> list[Unit]:
    """The units that one indicator counted, earliest first: what stands behind its number."""
    indicator = r.store.catalog.indicators[key]
    if not indicator.forms:
        return []
    counted = count_units(Rows(r, year_period(year)), indicator)
    return sorted(counted.units, key=lambda unit: (unit.owner, unit.since, unit.record))


class _Evaluating:
    def __init__(self, r: Reading, period: Period, only: Iterable[str] | None, people: People | None) -> None:
        self.r, self.period = r, period
        self.known = r.store.catalog.indicators
        self.rows = Rows(r, period, people)
        self.figures: dict[str, Figure] = {}
        self.wanted = self.known.keys() if only is None else self._with_parts(only)
        at_end = [
            form
            for key in self.wanted
            if (i := self.known[key]).when == "at_end" and i.source == "records" and i.measure != "paid"
            for form in i.forms
        ]
        self.rows.prepare(at_end)

    def all(self) -> dict[str, Figure]:
        return {key: self.figure(key) for key in self.known if key in self.wanted}

    def _with_parts(self, only: Iterable[str]) -> set[str]:
        found: set[str] = set()
        waiting = [key for key in only if key in self.known]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                i = self.known[key]
                waiting += [part for part in (i.top, i.bottom, *i.minus) if part in self.known]
        return found

    def figure(self, key: str) -> Figure:
        if key not in self.figures:
            self.figures[key] = self._evaluate(self.known[key])
        return self.figures[key]

    def _evaluate(self, i: Indicator) -> Figure:
        blank = Figure(
            key=i.key, name=i.title, unit=i.unit, group=i.group, computation=i.computation, digits=i.digits,
            waits=i.waits, helper=i.helper,
        )  # fmt: skip
        if i.measure in STANDARDS:
            return self._standard(i, blank)
        if i.measure == "fact":
            return self._fact(i, blank)
        if i.measure == "ratio":
            return self._ratio(i, blank)
        if i.measure == "difference":
            return self._difference(i, blank)
        if not i.forms or i.villages_with in i.waits:
            return blank
        return _sum_up(
            i, _with(blank, part_names=self._part_names(i)), count_units(self.rows, i, summed=True)
        )

    def _part_names(self, i: Indicator) -> dict[str, str]:
        if i.split_ages:
            ends = (*(f"—{bound - 1}周岁" for bound in i.split_ages[1:]), "周岁以上")
            return {str(bound): f"{bound}{end}" for bound, end in zip(i.split_ages, ends, strict=True)}
        field = self.rows.form(i.forms[0]).fields.get(i.split)
        return dict(field.choices.items) if field and field.choices else {}

    def _standard(self, i: Indicator, blank: Figure) -> Figure:
        book = self.r.store.catalog.rates
        area = self.r.store.site.division
        codes = [code for named in i.rates for code in book.under(named)]
        found = [book.at(code, self.period.last_day, area=area) for code in codes]
        values = sorted(rate.value * YUAN for rate in found if rate is not None)
        if not values:
            return blank
        low, high = _plain(values[0], 2), _plain(values[-1], 2)
        digits = 0 if all(isinstance(v, int) for v in (low, high)) else 2
        value: Number | str = high if i.measure == "rate_max" else low
        if i.measure == "rate_range" and low != high:
            value = f"{low}–{high}"
        return _with(blank, value=value, exact=values[-1 if i.measure == "rate_max" else 0], digits=digits)

    def _fact(self, i: Indicator, blank: Figure) -> Figure:
        found = facts.fact_of(self.r, i.key, self.period)
        if found is None:
            return _with(blank, by_hand=True)
        exact = found.value
        digits = 0 if exact.denominator == 1 else max(i.digits, 2)
        return _with(
            blank, value=_plain(exact, digits), exact=exact, digits=digits, by_hand=True,
            note=f"{found.on} 登记：{found.note}" if found.note else f"{found.on} 登记",
        )  # fmt: skip

    def _ratio(self, i: Indicator, blank: Figure) -> Figure:
        top, bottom = self.figure(i.top), self.figure(i.bottom)
        blank = _with(blank, waits=tuple(dict.fromkeys((*top.waits, *bottom.waits))))
        if top.exact is None or not bottom.exact:
            return blank
        exact = top.exact * i.scale / bottom.exact
        return _with(blank, value=_plain(exact, i.digits), exact=exact)

    def _difference(self, i: Indicator, blank: Figure) -> Figure:
        top, less = self.figure(i.top), [self.figure(key) for key in i.minus]
        waits = tuple(dict.fromkeys(w for one in (top, *less) for w in one.waits))
        if top.exact is None:
            return _with(blank, waits=waits)
        exact = top.exact - sum((one.exact or Fraction(0) for one in less), Fraction(0))
        return _with(blank, value=_plain(exact, i.digits), exact=exact, waits=waits)


def _with(figure: Figure, **more: object) -> Figure:
    return msgspec.structs.replace(figure, **more)


def _sum_up(i: Indicator, blank: Figure, counted: Counted) -> Figure:
    """The figure of units: nothing at all to count is no zero (domain §10.2 C17)."""
    if not counted.underlying:
        return blank
    towns: dict[str, Fraction | int] = defaultdict(int)
    parts: dict[str, Fraction | int] = defaultdict(int)
    for unit in counted.units:
        towns[unit.owner] += unit.weight
        if i.split or i.split_ages:
            parts[unit.part] += unit.weight
    exact = Fraction(sum(towns.values(), Fraction(0)))
    scale = 10000 if i.unit == TEN_THOUSAND else 1
    return _with(
        blank,
        value=_plain(exact / scale, i.digits),
        by_township=share_out({k: Fraction(v) / scale for k, v in sorted(towns.items())}, i.digits),
        parts=share_out(
            {k: Fraction(parts[k]) / scale for k in _in_order(parts, blank.part_names)}, i.digits
        ),
        exact=exact,
    )


def _in_order(parts: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """The parts in the order of their names, those without one at the end."""
    order = list(names)
    return sorted(parts, key=lambda part: (order.index(part) if part in names else len(order), part))


def share_out(parts: Mapping[str, Fraction], digits: int) -> dict[str, Number]:
    """The parts rounded so that they add up to the rounded whole: the largest remainders are rounded up."""
    step = 10**digits
    whole = math.floor(sum(parts.values(), Fraction(0)) * step + Fraction(1, 2))
    floors = {key: math.floor(value * step) for key, value in parts.items()}
    left = whole - sum(floors.values())
    by_rest = sorted(parts, key=lambda key: (floors[key] - parts[key] * step, key))
    for key in by_rest[:left]:
        floors[key] += 1
    return {key: _plain(Fraction(value, step), digits) for key, value in floors.items()}


def _plain(value: Fraction, digits: int) -> Number:
    """Rounded half up: a whole number as int, else a float that prints with these digits."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
