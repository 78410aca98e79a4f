"""Rates: amounts, ratios, day counts and choices that have a date, an area and a document number.

A version begins on its ``from`` and ends where the next one of the same code and area begins, so an overlap
or a gap cannot be written. The nearest area wins: a township's rate before its county's before the city's.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from minzheng_desktop.catalog.decode import decode
from minzheng_desktop.catalog.problems import CatalogProblem, nearest, suggest
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.catalog.spec import RateSpec, RateValueSpec
from minzheng_desktop.catalog.toml_errors import TomlFile, parse_toml
from minzheng_desktop.values.errors import Problem, UserError

#: Unit to the type a condition sees. Money is cents; decimal is scaled by ``Rate.digits``.
UNITS: dict[str, str] = {
    "yuan": "money",
    "yuan_per_person_month": "money",
    "yuan_per_household_month": "money",
    "yuan_per_person_year": "money",
    "yuan_per_year": "money",
    "yuan_per_month": "money",
    "yuan_per_school_year": "money",
    "yuan_per_meal": "money",
    "yuan_per_time": "money",
    "yuan_per_day": "money",
    "yuan_per_household": "money",
    "yuan_per_person": "money",
    "work_days": "int",
    "days": "int",
    "months": "int",
    "years": "int",
    "count": "int",
    "times": "int",
    "persons": "int",
    "ratio": "double",
    "percent": "double",
    "choice": "text",
}


UNIT_WORDS = {
    "yuan": "元", "yuan_per_person_month": "元/人月", "yuan_per_household_month": "元/户月", "yuan_per_year": "元/年",
    "yuan_per_person_year": "元/人年", "yuan_per_month": "元/月", "yuan_per_school_year": "元/学年",
    "yuan_per_meal": "元/餐", "yuan_per_time": "元/次", "yuan_per_day": "元/天", "yuan_per_household": "元/户",
    "yuan_per_person": "元/人", "work_days": "个工作日", "days": "天", "months": "个月", "years": "年", "count": "",
    "times": "次", "persons": "人", "percent": "%", "ratio": "",
}  # fmt: skip


class Rate(msgspec.Struct, frozen=True):
    """One version of one rate.

    value: cents for money, a plain int for days, months and counts, an int scaled by 10**digits for ratios,
    0 for a choice; text: the value as written; valid_from, ends: ISO dates (ends exclusive, empty: open);
    example: a placeholder without a document, never good for a real payment.
    """

    code: str
    area: str
    value: int
    unit: str
    valid_from: str
    doc: str = ""
    title: str = ""
    example: bool = False
    text: str = ""
    digits: int = 0
    ends: str = ""
    origin: str = "shipped"

    @property
    def type(self) -> str:
        """money, int, double or text."""
        return UNITS.get(self.unit, "int")

    def condition_value(self) -> int | float | str:
        """The value as conditions see it."""
        if self.type == "text":
            return self.text
        return self.value / 10**self.digits if self.type == "double" else self.value


def words_of(rate: Rate) -> str:
    """A rate's value as people read it: 480.00 元/年."""
    return (
        rate.text if rate.unit == "choice" else f"{rate.text} {UNIT_WORDS.get(rate.unit, rate.unit)}".rstrip()
    )


class RateBook:
    """All rates in force, by code, area and date."""

    def __init__(self, rates: Iterable[Rate] = ()) -> None:
        self._by_code: dict[str, dict[str, list[Rate]]] = {}
        for rate in rates:
            versions = self._by_code.setdefault(rate.code, {}).setdefault(rate.area, [])
            versions[:] = [v for v in versions if v.valid_from != rate.valid_from]
            bisect.insort(versions, rate, key=lambda v: v.valid_from)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted(self._by_code))

    def all(self) -> tuple[Rate, ...]:
        """Every version of every rate, by code, area and date."""
        return tuple(
            rate
            for code in sorted(self._by_code)
            for area in sorted(self._by_code[code])
            for rate in self._by_code[code][area]
        )

    def versions(self, code: str) -> tuple[Rate, ...]:
        """All versions of a rate, by area and date; empty for an unknown code."""
        areas = self._by_code.get(code, {})
        return tuple(rate for area in sorted(areas) for rate in areas[area])

    def type_of(self, code: str) -> str:
        """money, int, double or text; an empty text for an unknown code."""
        versions = self.versions(code)
        return versions[0].type if versions else ""

    def under(self, prefix: str) -> tuple[str, ...]:
        """Codes that are the prefix or begin with it and a dot: ``dibao.classified`` finds its kinds."""
        return tuple(c for c in self.codes if c == prefix or c.startswith(prefix + "."))

    def at(self, code: str, on: date | str, *, area: str) -> Rate | None:
        """The version in force on a date (date, 'YYYY-MM-DD') or at the first day of a month ('YYYY-MM').

        area: division code (6, 9 or 12 digits). None when no area above it has a version then.
        """
        areas = self._by_code.get(code)
        if not areas:
            return None
        day = on.isoformat() if isinstance(on, date) else on
        if len(day) == 7:
            day += "-01"
        for known in sorted(areas, key=len, reverse=True):
            if area.startswith(known):
                rate = _in_force(areas[known], day)
                if rate is not None:
                    return rate
        return None

    def with_rates(self, rates: Iterable[Rate]) -> RateBook:
        """This book with versions added; the same code, area and first day is replaced."""
        return RateBook([*self.all(), *rates])

    def with_file(self, text: str, *, name: str = "rates.toml", origin: str = "county") -> RateBook:
        """This book with the rates of a file. Raises UserError naming every mistake when the file has one."""
        parsed = parse_toml(Source("rates", name, name, text, origin))
        if isinstance(parsed, CatalogProblem):
            rates: list[Rate] = []
            problems = [parsed]
        else:
            rates, problems = read_rates(parsed)
            problems += self._clashes(parsed, rates)
        if problems:
            listed = tuple(Problem(p.key, p.sentence(), code="rates") for p in problems)
            raise UserError(
                "rates.refused",
                f"标准文件 {name} 有 {len(problems)} 处不对，整份没有采用：{problems[0].sentence()}",
                listed,
            )
        return self.with_rates(rates)

    def _clashes(self, file: TomlFile, rates: Iterable[Rate]) -> list[CatalogProblem]:
        return [
            file.at(
                f"rate.{rate.code}.unit",
                f"标准“{rate.code}”原来的单位是 {known[0].unit}，不能改成 {rate.unit}",
            )
            for rate in {r.code: r for r in rates}.values()
            if (known := self.versions(rate.code)) and known[0].type != rate.type
        ]


def _in_force(versions: list[Rate], day: str) -> Rate | None:
    at = bisect.bisect_right(versions, day, key=lambda v: v.valid_from)
    if not at:
        return None
    rate = versions[at - 1]
    return None if rate.ends and day >= rate.ends else rate


def read_rates(file: TomlFile) -> tuple[list[Rate], list[CatalogProblem]]:
    """All rates of one file: ``area`` at the top, then ``[rate."code"]`` with unit and dated values."""
    data = dict(file.data)
    area = data.pop("area", "")
    table = data.pop("rate", {})
    for word in ("title", "key", "version", "basis"):
        data.pop(word, None)
    problems = [file.at(key, f"不认识的键“{key}”{suggest(key, ['area', 'rate'])}") for key in data]
    if not isinstance(area, str) or (area and (not area.isdigit() or len(area) not in (2, 4, 6, 9, 12))):
        problems.append(file.at("area", "area 是 2、4、6、9 或 12 位区划代码，要加引号"))
        area = ""
    if not isinstance(table, dict):
        return [], [*problems, file.at("rate", '写成 [rate."dibao.rural"] 这样的段')]
    rates: list[Rate] = []
    for code, raw in _flatten(table):
        spec, wrong = decode(file, f"rate.{code}", raw, RateSpec)
        problems += wrong
        if spec is not None:
            found, wrong = _read_values(file, code, area, spec)
            problems += wrong
            rates += found
    return rates, problems


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, object]]:
    """``[rate.dibao.rural]`` written without quotes means the same as with them."""
    for key, value in table.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and "unit" not in value and "values" not in value and value:
            yield from _flatten(value, f"{path}.")
        else:
            yield path, value


def _read_values(
    file: TomlFile, code: str, area: str, spec: RateSpec
) -> tuple[list[Rate], list[CatalogProblem]]:
    place = f"rate.{code}"
    problems: list[CatalogProblem] = []
    if spec.unit not in UNITS:
        return [], [file.at(f"{place}.unit", f"不认识的单位“{spec.unit}”{nearest(spec.unit, UNITS)}")]
    if not spec.values:
        return [], [file.at(f"{place}.values", "至少要有一个 {from, value}")]
    ends = _day(spec.ends) if spec.ends else ""
    if ends is None:
        problems.append(file.at(f"{place}.ends", f"日期“{spec.ends}”写法不对，写成 2024-09-01"))
    rates: list[Rate] = []
    for at, raw in enumerate(spec.values):
        value_place = f"{place}.values.{at}"
        if (
            isinstance(raw, dict)
            and isinstance(raw.get("value"), (int, float))
            and not isinstance(raw["value"], bool)
        ):
            problems.append(
                file.at(value_place, f'金额和数值要加引号：value = "{raw["value"]}"（小数不精确，不接受）')
            )
            continue
        value, wrong = decode(file, value_place, raw, RateValueSpec)
        problems += wrong
        if value is None:
            continue
        day = _day(value.from_)
        number = _number(value.value, spec.unit)
        if day is None:
            problems.append(file.at(value_place, f"起始日“{value.from_}”写法不对，写成 2024-09-01"))
        elif number is None:
            problems.append(file.at(value_place, f"“{value.value}”不是单位 {spec.unit} 能用的值"))
        elif any(rate.valid_from == day for rate in rates):
            problems.append(file.at(value_place, f"起始日 {day} 写了两次"))
        else:
            rates.append(
                Rate(
                    code, area, number[0], spec.unit, day, value.doc, value.title or spec.title, value.example,
                    value.value, number[1], ends or "", file.source.origin,
                )
            )  # fmt: skip
    return rates, problems


def _day(value: object) -> str | None:
    text = value.isoformat() if isinstance(value, date) else value
    if not isinstance(text, str):
        return None
    text = f"{text}-01" if len(text) == 7 else text
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else None
    except ValueError:
        return None


def _number(text: str, unit: str) -> tuple[int, int] | None:
    """(value, digits) of a rate's text: cents for money; None when the text does not fit the unit."""
    kind = UNITS[unit]
    if kind == "text":
        return (0, 0) if text else None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0:
        return None
    if kind == "money":
        cents = number * 100
        return (int(cents), 0) if cents == cents.to_integral_value() else None
    if kind == "int":
        return (int(number), 0) if number == number.to_integral_value() else None
    exponent = number.as_tuple().exponent
    digits = max(0, -exponent) if isinstance(exponent, int) else 0
    return int(number.scaleb(digits)), digits
