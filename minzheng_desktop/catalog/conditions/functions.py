"""The functions of conditions: what they take, what they give, what they do.

None of them raises: an exception in a function called by cel loses its cause and is swallowed by a
short-circuit. Given an empty value every one but ``filled`` and ``sum`` returns empty (None).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import wraps
from typing import Any

from minzheng_desktop.catalog.calendar import NO_HOLIDAYS, WorkCalendar
from minzheng_desktop.catalog.rates import RateBook
from minzheng_desktop.values import dates
from minzheng_desktop.values.money import round_cents

DATES = frozenset({"date"})
DAYS = frozenset({"date", "month"})
INTS = frozenset({"int"})
LISTS = frozenset({"list"})
_MONEY = frozenset({"money"})
ANY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Function:
    """parameters: kinds allowed at each place (empty: any); result: kind of the result, ``same`` as the first
    argument, ``item`` of the list given, or ``special`` where the checker knows more; usage for messages.
    empty_on_empty: whether an empty argument makes the result empty.
    """

    name: str
    parameters: tuple[frozenset[str], ...]
    result: str
    usage: str
    run: Callable[..., Any] | None = None
    empty_on_empty: bool = True
    cel_name: str = ""


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Empty when an argument is empty or the calculation is impossible."""

    @wraps(function)
    def run(*args: Any) -> Any:
        if None in args:
            return None
        try:
            return function(*args)
        except (ValueError, TypeError, OverflowError, ArithmeticError, AttributeError):
            return None

    return run


def _day(text: str) -> date:
    return date.fromisoformat(text if len(text) == 10 else f"{text}-01")


def _age(birth: str, on: str) -> int | None:
    """Full years; for a birth date known to the month or year only, None where that leaves it open."""
    day = date.fromisoformat(on)
    if len(birth) == 10:
        return dates.age_on(date.fromisoformat(birth), day)
    year = int(birth[:4])
    months = (int(birth[5:7]), int(birth[5:7])) if len(birth) == 7 else (1, 12)
    oldest = dates.age_on(date(year, months[0], 1), day)
    youngest = dates.age_on(dates.last_day(f"{year:04}-{months[1]:02}"), day)
    return oldest if oldest == youngest else None


def _birthday(birth: str, n: int) -> str:
    return dates.birthday(date.fromisoformat(birth), n).isoformat()


def _add_days(day: str, n: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=n)).isoformat()


def _add_months(day: str, n: int) -> str:
    """A month stays a month; a date keeps its day, or takes the last day of a shorter month."""
    month = dates.add_months(day[:7], n)
    if len(day) == 7:
        return month
    last = dates.last_day(month)
    return last.replace(day=min(last.day, int(day[8:]))).isoformat()


def _days_between(a: str, b: str) -> int:
    return (date.fromisoformat(b) - date.fromisoformat(a)).days


def _divide(cents: int, n: int) -> int | None:
    return round_cents(Fraction(cents, n)) if n else None


def _ratio(cents: int, whole: int) -> float | None:
    """One amount as a multiple of another; none of nothing."""
    return cents / whole if whole else None


def _times(cents: int, many: float) -> int:
    """An amount times a decimal number, half up to the cent: the number is what was typed, not its binary shadow."""
    return round_cents(cents * Fraction(str(many)))


def _sum(items: Sequence[Any] | None) -> Any:
    """Empties are skipped; the sum of nothing is 0."""
    return sum(item for item in items or () if item is not None)


def _sum_where(items: Sequence[Any] | None, keys: Sequence[Any] | None, wanted: Any) -> Any:
    """The sum over the rows of a table in which another column has a value; columns stand row by row."""
    if items is None or keys is None or len(items) != len(keys):
        return None
    return sum(item for item, key in zip(items, keys, strict=True) if key == wanted and item is not None)


def _most(choose: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
    def run(*args: Any) -> Any:
        items = args[0] if len(args) == 1 and isinstance(args[0], list) else list(args)
        return None if not items or None in items else choose(items)

    return run


def _distinct(items: list[Any] | None) -> list[Any]:
    """Different values in order; empties are none of them."""
    return [item for item in dict.fromkeys(items or ()) if item is not None]


def _filled(value: Any) -> bool:
    return value is not None and value != "" and value != []


FUNCTIONS: Mapping[str, Function] = {
    f.name: f
    for f in (
        Function("age", (DATES, DATES), "int", "age(出生日期, 日期)", _quiet(_age)),
        Function("birthday", (DATES, INTS), "date", "birthday(出生日期, 周岁)", _quiet(_birthday)),
        Function("add_days", (DATES, INTS), "date", "add_days(日期, 天数)", _quiet(_add_days)),
        Function("add_months", (DAYS, INTS), "same", "add_months(日期或月份, 月数)", _quiet(_add_months)),
        Function("days_between", (DATES, DATES), "int", "days_between(起, 止)", _quiet(_days_between)),
        Function("add_work_days", (DATES, INTS), "date", "add_work_days(日期, 工作日数)"),
        Function("work_days", (DATES, DATES), "int", "work_days(起, 止)"),
        Function(
            "months_between",
            (DAYS, DAYS),
            "int",
            "months_between(起, 止)",
            _quiet(lambda a, b: dates.months_between(a[:7], b[:7])),
        ),
        Function("month_of", (DATES,), "month", "month_of(日期)", _quiet(lambda day: day[:7])),
        Function("year_of", (DAYS,), "int", "year_of(日期或月份)", _quiet(lambda day: int(day[:4]))),
        Function("divide", (_MONEY, INTS), "money", "divide(金额, 份数)", _quiet(_divide)),
        Function("ratio", (_MONEY, _MONEY), "double", "ratio(金额, 金额)", _quiet(_ratio)),
        Function("times", (_MONEY, frozenset({"double"})), "money", "times(金额, 小数)", _quiet(_times)),
        Function("yuan", (ANY,), "special", "yuan(3000)"),
        Function("rate", (ANY, DAYS), "special", "rate('标准代码', 日期)"),
        Function("sum", (LISTS,), "item", "sum(列表)", _sum, empty_on_empty=False),
        Function("sum_where", (LISTS, LISTS, ANY), "item", "sum_where(数列, 条件列, 值)", _quiet(_sum_where)),
        Function("size", (LISTS,), "int", "size(列表)"),
        Function("max", (), "special", "max(列表) 或 max(甲, 乙)", _most(max)),
        Function("min", (), "special", "min(列表) 或 min(甲, 乙)", _most(min)),
        Function("distinct", (LISTS,), "same", "distinct(列表)", _distinct),
        Function("len", (frozenset({"text", "code"}),), "int", "len(文字)", _quiet(len)),
        Function("filled", (ANY,), "bool", "filled(字段)", _filled, empty_on_empty=False),
        Function("double", (INTS,), "double", "double(整数)", _quiet(float), cel_name="to_double"),
    )
}

MACROS = ("filter", "map", "exists", "all")
TEXT_METHODS = ("startsWith", "endsWith", "contains", "matches")


def functions_for(
    rates: RateBook, area: str, calendar: WorkCalendar = NO_HOLIDAYS
) -> dict[str, Callable[..., Any]]:
    """The functions as cel gets them; ``rate`` is bound to a book and a division code, work days to a calendar."""

    def rate(code: str, on: str | None) -> Any:
        if on is None:
            return None
        found = rates.at(code, on, area=area)
        return None if found is None else found.condition_value()

    functions = {f.cel_name or f.name: f.run for f in FUNCTIONS.values() if f.run is not None}
    counted = {
        "work_days": _quiet(calendar.work_days),
        "add_work_days": _quiet(calendar.add_work_days),
    }
    return {**functions, **counted, "rate": rate}
