"""Amounts of one month or one period. Expected values: domain §8 and §5, or hand arithmetic as noted."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.benefits.entitlement import Span, Term
from minzheng_desktop.benefits.months import CYCLE_MONTHS, number_of, period_end, text_of
from minzheng_desktop.benefits.rates import MissingRate
from minzheng_desktop.benefits.rules import RULES, DifferenceInputs, PerDayInputs, PerUnitInputs, TieredInputs
from minzheng_desktop.benefits.rules.difference import round_by
from minzheng_desktop.catalog.rates import Rate
from minzheng_desktop.values.errors import UserError
from tests.benefits.samples import (
    BATH,
    BATH_CODES,
    BORN_90_IN_MAY,
    COUNTY,
    DIBAO,
    DIBAO_CODES,
    DOC,
    ELDER,
    ELDER_CODES,
    RAISE,
    choice,
    household,
    money,
    span,
    view,
)  # fmt: skip

DIFFERENCE, TIERED, PER_UNIT = RULES["difference"], RULES["tiered"], RULES["per_unit"]


def test_dibao_before_and_after_the_raise() -> None:
    """Domain §8.4: (600−310)×3 = 870 until August, (635−310)×3 = 975 from September."""
    rates = view(*DIBAO, RAISE)
    assert DIFFERENCE.compute(household(), rates, "2024-08").total == 87000
    assert DIFFERENCE.compute(household(), rates, "2024-09").total == 97500


def test_dibao_rounds_once_at_the_end() -> None:
    """9,200 ÷ 12 ÷ 3 = 255.5556; (635 − 255.5556) × 3 = 1,138.3333 → 1,138.33 (prints, page 5)."""
    inputs = DifferenceInputs(area="2", income_year=920000, size=3, covered=3)
    amount = DIFFERENCE.compute(inputs, view(*DIBAO, RAISE), "2024-09")
    assert amount.base == 113833
    assert [(s.name, s.result, s.formula) for s in amount.steps] == [
        ("人均月收入", "255.5556", "9,200.00 ÷ 12 ÷ 3"),
        ("农村低保标准（9月起）", "635.00", "每人每月"),
        ("每人差多少", "379.4444", "635.00 − 255.5556"),
        ("全户保障 3 人", "1,138.33", "379.4444 × 3 人 ≈ 1,138.33"),
    ]
    assert amount.steps[1].source == "城民发〔2023〕1号"
    assert [rate.id for rate in amount.rates] == ["dibao.rural@500229@2024-09-01"]


def test_dibao_is_not_reckoned_member_by_member() -> None:
    """Income is shared by all heads, paid only for the covered: (600 − 310) × 2 = 580."""
    assert DIFFERENCE.compute(household(3, covered=2), view(*DIBAO), "2024-08").base == 58000


@pytest.mark.parametrize("per_head", [600, 601, 5000])
def test_income_at_or_over_the_standard_pays_nothing(per_head: int) -> None:
    """Domain §3.1④: 人均收入 ≥ 标准 → 0 元, no minimum, and no add-on by itself."""
    amount = DIFFERENCE.compute(household(per_head=per_head, classified=("minor",)), view(*DIBAO), "2024-08")
    assert (amount.total, amount.why_zero) == (0, "人均月收入不低于保障标准")


def test_classified_members_get_one_add_on_each() -> None:
    """870 + 50 × 2 (domain §3.1④), a kind's own rate before the general one: 870 + 80 + 50."""
    inputs = household(classified=("severe_disability", "minor", ""))
    assert DIFFERENCE.compute(inputs, view(*DIBAO), "2024-08").total == 87000 + 2 * 5000
    special = money("dibao.classified.severe_disability", 80, "2024-01-01")
    amount = DIFFERENCE.compute(inputs, view(*DIBAO, special), "2024-08")
    assert (amount.base, amount.extra, amount.total) == (87000, 13000, 100000)
    assert amount.steps[-1].formula == "870.00 + 130.00"


def test_grade_mode_pays_the_grade_for_each_covered_member() -> None:
    """Domain §3.1④ 分档: 档额 × 保障人口 = 350 × 3."""
    grade = money("dibao.grade.A", 350, "2024-01-01")
    inputs = household(mode="2", grade="A")
    assert DIFFERENCE.compute(inputs, view(*DIBAO, grade), "2024-08").total == 105000
    with pytest.raises(MissingRate, match=r"缺：2024-08 有效的标准“dibao.grade.rural.A”"):
        DIFFERENCE.compute(inputs, view(*DIBAO), "2024-08")
    with pytest.raises(UserError, match="缺：分档"):
        DIFFERENCE.compute(household(mode="2"), view(*DIBAO), "2024-08")


def test_grace_keeps_the_old_amount_and_reckons_the_add_ons_anew() -> None:
    """Domain §3.1④ 渐退: 870 stays although the income is over the standard; one add-on of 50; then nothing."""
    inputs = household(
        per_head=900, classified=("minor",), grace_from="2024-08", grace_to="2024-09", grace_amount=87000
    )
    rates = view(*DIBAO)
    assert [DIFFERENCE.compute(inputs, rates, m).total for m in ("2024-07", "2024-08", "2024-09", "2024-10")] == [
        0, 92000, 92000, 0,
    ]  # fmt: skip


def test_two_place_income_where_the_county_reckons_so() -> None:
    """calc_precision_rule=displayed: 255.56; (635 − 255.56) × 3 = 1,138.32, one cent less."""
    inputs = DifferenceInputs(area="2", income_year=920000, size=3, covered=3)
    rates = view(*DIBAO, RAISE, choice("dibao.precision_rule", "displayed"))
    assert DIFFERENCE.compute(inputs, rates, "2024-09").base == 113832


@pytest.mark.parametrize(
    ("rule", "cents", "expected"),
    [
        ("fen", Fraction(113833, 1) + Fraction(1, 2), 113834),
        ("floor_fen", Fraction(113833, 1) + Fraction(9, 10), 113833),
        ("jiao", Fraction(113835), 113840),
        ("yuan", Fraction(113833), 113800),
        ("yuan", Fraction(113850), 113900),
        ("ceil_yuan", Fraction(113801), 113900),
        ("ceil_yuan", Fraction(113800), 113800),
    ],
)
def test_rounding_rules(rule: str, cents: Fraction, expected: int) -> None:
    assert round_by(rule, cents.numerator, cents.denominator) == expected


def test_missing_rate_names_what_is_missing() -> None:
    with pytest.raises(MissingRate, match=r"缺：2020-01 有效的标准“dibao.rural”"):
        DIFFERENCE.compute(household(), view(*DIBAO), "2020-01")


@given(
    income=st.integers(0, 3_000_000), size=st.integers(1, 9), data=st.data(), month=st.sampled_from([8, 9]),
    kinds=st.lists(st.sampled_from(["minor", "elderly70", ""]), max_size=5),
)  # fmt: skip
def test_fast_cents_equal_the_explained_amount(
    income: int, size: int, data: st.DataObject, month: int, kinds: list[str]
) -> None:
    covered = data.draw(st.integers(1, size))
    inputs = DifferenceInputs("2", income, size, covered, classified=tuple(kinds))
    rates = view(*DIBAO, RAISE, codes=DIBAO_CODES)
    amount = DIFFERENCE.compute(inputs, rates, f"2024-{month:02d}")
    due = DIFFERENCE.due(
        [span(f"2024-{month:02d}", f"2024-{month:02d}", inputs)], rates, cycle="month", floor=None
    )
    assert [(d.base, d.extra) for d in due] == [(amount.base, amount.extra)]
    assert amount.total == amount.base + amount.extra >= 0


@st.composite
def histories(draw: st.DrawFn, inputs: st.SearchStrategy[object]) -> list[Span]:
    """Spans between January 2024 and December 2026, with gaps, each under its own term."""
    months = sorted(draw(st.lists(st.integers(0, 35), min_size=2, max_size=6, unique=True)))
    start = number_of("2024-01")
    return [
        Span(start + a, start + b - 1, Term(f"t{a}", start + a, draw(inputs)))
        for a, b in itertools.pairwise(months)
        if draw(st.booleans())
    ]


HOUSEHOLDS = st.builds(
    household,
    st.integers(1, 4),
    per_head=st.integers(0, 800),
    classified=st.sampled_from([(), (), ("minor",), (None,)]),
    grace_from=st.sampled_from([None, None, "2024-06"]),
    grace_to=st.just("2024-11"),
    grace_amount=st.just(50000),
)
ELDERS = st.builds(TieredInputs, st.dates(date(1920, 1, 1), date(1946, 12, 31)))


@given(data=st.data(), cycle=st.sampled_from(["month", "quarter", "half", "year"]), months=st.integers(0, 35))
def test_the_fast_sum_equals_the_periods(data: st.DataObject, cycle: str, months: int) -> None:
    """`total` of years of months is `due` added up, and the last period alone is the last of `due`."""
    floor = number_of("2024-01") + data.draw(st.integers(0, 35)) if data.draw(st.booleans()) else None
    for rule, inputs, codes in ((DIFFERENCE, HOUSEHOLDS, DIBAO_CODES), (TIERED, ELDERS, ELDER_CODES)):
        rates = view(*DIBAO, RAISE, *ELDER, codes=codes)
        spans = data.draw(histories(inputs))
        upto = period_end(number_of("2024-01") + months, CYCLE_MONTHS[cycle])
        due = rule.due(spans, rates, cycle=cycle, floor=floor)
        expected = sum(d.base + d.extra for d in due if d.unit <= upto)
        assert rule.total(spans, rates, cycle=cycle, floor=floor, upto=upto) == expected
        if due:
            opening = due[-1].unit - CYCLE_MONTHS[cycle] + 1
            alone = rule.due(spans, rates, cycle=cycle, floor=max(opening, floor or 0))
            assert alone == due[-1:]
            amount = rule.amount(spans, rates, cycle=cycle, floor=floor, unit=due[-1].unit)
            assert (amount.base, amount.extra) == (due[-1].base, due[-1].extra)


# elder_age


def elder_dues(
    first: str, last: str, *, cycle: str = "quarter", rule: str | None = None, born: date = BORN_90_IN_MAY,
    floor: str | None = None,
) -> list[int]:  # fmt: skip
    rates = view(*ELDER, *([choice("elder.tier_change_rule", rule)] if rule else []), codes=ELDER_CODES)
    spans = [span(first, last, TieredInputs(born))]
    limit = number_of(floor) if floor else None
    due = TIERED.due(spans, rates, cycle=cycle, floor=limit)
    for d in due:
        assert TIERED.amount(spans, rates, cycle=cycle, floor=limit, unit=d.unit).total == d.base
    return [d.base for d in due]


def test_elder_of_ninety_in_may_by_quarter() -> None:
    """Domain §8.5: 25.00, 108.33, 150.00, 150.00 = 433.33."""
    assert elder_dues("2024-01", "2024-12") == [2500, 10833, 15000, 15000]


def test_elder_changes_tier_a_month_later_under_birthday_next() -> None:
    """May still at 100: 8.33 × 5 = 41.67 and 50 × 7 = 350; quarters 25.00, 8.33+8.33+50 = 66.67, 150, 150."""
    assert elder_dues("2024-01", "2024-12", rule="birthday_next") == [2500, 6667, 15000, 15000]


def test_remainder_goes_into_the_last_period_of_the_year() -> None:
    """100 a year by month: eleven of 8.33 and one of 8.37 (domain §5.1④)."""
    assert elder_dues("2024-01", "2024-12", cycle="month", born=date(1942, 1, 1)) == [833] * 11 + [837]
    assert elder_dues("2024-01", "2024-12", cycle="half", born=date(1942, 1, 1)) == [5000, 5000]
    assert elder_dues("2024-01", "2024-12", cycle="year", born=BORN_90_IN_MAY) == [43333]


def test_elder_who_starts_or_ends_inside_a_period() -> None:
    """From 2024-02: two months 16.67; dead in August: 7 and 8 月 of the 600 tier, 100.00."""
    assert elder_dues("2024-02", "2024-08") == [1667, 10833, 10000]


def test_months_settled_outside_are_not_paid_again() -> None:
    """Settled to 2024-04: of the second quarter only 5 and 6 月 at 50.00."""
    assert elder_dues("2024-01", "2024-12", floor="2024-05") == [10000, 15000, 15000]


def test_elder_below_the_lowest_tier_is_due_nothing() -> None:
    """Born 1944-08-10: 80 in August; 8 and 9 月 of 8.3333 = 16.67; the year's 5 months 41.67 leave 25.00."""
    assert elder_dues("2024-01", "2024-12", born=date(1944, 8, 10)) == [1667, 2500]
    amount = TIERED.amount(
        [span("2024-01", "2024-06", TieredInputs(date(1944, 8, 10)))], view(*ELDER, codes=ELDER_CODES),
        cycle="quarter", floor=None, unit=number_of("2024-06"),
    )  # fmt: skip
    assert (amount.total, amount.why_zero) == (0, "未满80周岁")


def test_tiered_steps_explain_the_change_inside_the_quarter() -> None:
    rates = view(*ELDER, codes=ELDER_CODES)
    amount = TIERED.amount(
        [span("2024-01", "2024-12", TieredInputs(BORN_90_IN_MAY))], rates, cycle="quarter", floor=None,
        unit=number_of("2024-06"),
    )  # fmt: skip
    assert [(s.name, s.result, s.formula) for s in amount.steps] == [
        ("2024年4月：80—89周岁", "8.3333", "年标准 100.00 ÷ 12 × 1 个月"),
        ("2024年5—6月：90—99周岁", "100.00", "年标准 600.00 ÷ 12 × 2 个月"),
        ("本期合计", "108.33", "8.3333 + 100.00"),
    ]
    assert (amount.rate, amount.label) == (60000, "90—99周岁")
    assert [rate.code for rate in amount.rates] == ["elder.80_89", "elder.90_99"]


def test_born_on_the_leap_day_turns_in_february() -> None:
    """Born 1944-02-29: 80 on 2024-02-29; 81 needs no tier; a common year counts 28 February (民法典)."""
    assert elder_dues("2024-01", "2024-03", born=date(1944, 2, 29)) == [1667]


@given(
    born=st.dates(date(1915, 1, 1), date(1945, 12, 31)),
    cycle=st.sampled_from(["month", "quarter", "half", "year"]),
    first=st.integers(0, 11),
    rule=st.sampled_from(["birthday", "birthday_next"]),
)
def test_periods_of_a_year_sum_to_its_exact_amount_rounded(
    born: date, cycle: str, first: int, rule: str
) -> None:
    """Whatever the cycle, a whole year pays the exact sum of its twelfths rounded once (domain §5.1④)."""
    start = number_of("2025-01") + first
    dues = elder_dues(text_of(start), "2025-12", cycle=cycle, rule=rule, born=born)
    assert sum(dues) == elder_total(born, start, rule)
    assert all(d >= 0 for d in dues)


def elder_total(born: date, start: int, rule: str) -> int:
    twelfths = Fraction(0)
    for month in range(start, number_of("2025-12") + 1):
        age = month // 12 - born.year
        turned = month % 12 + 1 > born.month or (rule == "birthday" and month % 12 + 1 == born.month)
        age = age if turned else age - 1
        twelfths += Fraction(600000 if age >= 100 else 60000 if age >= 90 else 10000 if age >= 80 else 0, 12)
    return int(twelfths + Fraction(1, 2))


# bath


@pytest.mark.parametrize(
    ("units", "used", "cents"), [(1, 0, 11000), (2, 0, 22000), (2, 1, 11000), (1, 2, 0), (3, 0, 22000)]
)
def test_bath_pays_by_the_time_up_to_two_a_month(units: int, used: int, cents: int) -> None:
    """Domain §5.4: 110 a time, at most two a month."""
    rates = view(*BATH, codes=BATH_CODES)
    amount = PER_UNIT.compute(PerUnitInputs(units, date(2024, 6, 3), used), rates, "2024-06")
    assert amount.total == cents
    assert amount.why_zero == ("" if cents else "超过本月补助次数上限")


# meals

MEALS = (
    money("meal.tier_low", 5, "2024-01-01", unit="yuan_per_meal"),
    Rate("meal.daily_max", COUNTY, 2, "count", "2024-01-01", doc=DOC, text="2"),
)
MEAL_CODES = ("meal.tier_low", "meal.daily_max")


def meals(*counts: int, used: tuple[int, ...] = (), first: date = date(2024, 9, 1)) -> PerDayInputs:
    days = [first + timedelta(days=n) for n in range(len(counts))]
    return PerDayInputs("meal.tier_low", days, list(counts), list(used))


@pytest.mark.parametrize(
    ("counts", "used", "units", "cents"),
    [
        ((1, 1, 2), (), 4, 2000),
        ((3, 1), (), 3, 1500),  # three on one day count as two
        ((1, 2), (2, 1), 1, 500),  # none left on the first day, one on the second
        ((0,), (), 0, 0),
    ],
)
def test_meals_are_paid_by_the_day_up_to_two(
    counts: tuple[int, ...], used: tuple[int, ...], units: int, cents: int
) -> None:
    """Domain §5.3④, §13: 5.00 a meal, at most two a day."""
    amount = RULES["per_day"].compute(meals(*counts, used=used), view(*MEALS, codes=MEAL_CODES), "2024-09")
    assert (amount.units, amount.total) == (units, cents)


def test_a_dearer_meal_from_the_middle_of_the_month() -> None:
    """30 September at 5.00, 1 October at 6.00, one each: 11.00, and both are shown."""
    dearer = money("meal.tier_low", 6, "2024-10-01", unit="yuan_per_meal")
    inputs = meals(1, 1, first=date(2024, 9, 30))
    amount = RULES["per_day"].compute(inputs, view(*MEALS, dearer, codes=MEAL_CODES), "2024-10")
    assert amount.total == 1100
    assert amount.steps[-1].formula == "5.00 × 1 餐 + 6.00 × 1 餐"
    assert [rate.value for rate in amount.rates] == [500, 600, 2]


def test_meals_without_a_cap_are_all_paid() -> None:
    amount = RULES["per_day"].compute(meals(3, 3), view(*MEALS[:1], codes=MEAL_CODES[:1]), "2024-09")
    assert (amount.units, amount.total) == (6, 3000)
