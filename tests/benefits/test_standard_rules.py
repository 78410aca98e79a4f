"""Standards, capped costs and top-ups of one month. Expected values: domain §4, §13 or hand arithmetic as noted."""

from __future__ import annotations

import pytest

from minzheng_desktop.benefits.entitlement import Span, Term
from minzheng_desktop.benefits.months import number_of
from minzheng_desktop.benefits.rates import MissingRate
from minzheng_desktop.benefits.rules import (
    RULES,
    CappedInputs,
    DifferenceInputs,
    OwnBenefit,
    StandardInputs,
    TopUpInputs,
)
from tests.benefits.samples import DIBAO, RAISE, household, money, span, view

STANDARD, CAPPED, TOP_UP, DIFFERENCE = (RULES[n] for n in ("standard", "capped", "top_up", "difference"))
DJR = (
    money("djr.life", 90, "2021-01-01"),
    money("djr.life", 100, "2026-01-01"),
    money("djr.care.l1", 110, "2026-01-01"),
)
CHILD = (
    money("defacto.std", 1500, "2024-01-01"),
    money("student.orphan", 10000, "2024-09-01", unit="yuan_per_school_year"),
)


@pytest.mark.parametrize(("month", "cents"), [("2025-12", 9000), ("2026-01", 10000)])  # domain §13
def test_a_standard_is_that_of_the_month(month: str, cents: int) -> None:
    amount = STANDARD.compute(StandardInputs("djr.life"), view(*DJR), month)
    assert (amount.total, amount.rate) == (cents, cents)
    assert [(s.result, s.formula) for s in amount.steps] == [(f"{cents // 100}.00", "每人每月")]


def test_an_add_on_is_the_second_part() -> None:
    amount = STANDARD.compute(StandardInputs("djr.life", "djr.care.l1"), view(*DJR), "2026-01")
    assert (amount.base, amount.extra, amount.total) == (10000, 11000, 21000)
    assert amount.steps[-1].formula == "100.00 + 110.00"


def test_a_missing_standard_is_named() -> None:
    with pytest.raises(MissingRate, match=r"djr\.care\.l1"):
        STANDARD.compute(StandardInputs("djr.care.l1"), view(*DJR), "2025-12")


def test_a_year_over_the_raise_is_the_sum_of_its_months() -> None:
    """2025-07 … 2026-06: 6 × 90 + 6 × 100 = 1,140.00."""
    months = span("2025-07", "2026-06", StandardInputs("djr.life"))
    upto = number_of("2026-06")
    assert STANDARD.total([months], view(*DJR), cycle="month", floor=None, upto=upto) == 114000
    assert sum(d.base for d in STANDARD.due([months], view(*DJR), cycle="month", floor=None)) == 114000


@pytest.mark.parametrize(
    ("cost", "approved", "cents"),
    [
        (823_500, None, 823_500),  # below 10,000.00: what it cost
        (1_250_000, None, 1_000_000),  # above: the standard
        (1_000_000, None, 1_000_000),
        (823_500, 900_000, 900_000),  # the county approved another amount
        (None, 1_200_000, 1_200_000),  # also above the standard
        (0, None, 0),
    ],
)
def test_study_aid_is_the_cost_up_to_the_standard(cost: int | None, approved: int | None, cents: int) -> None:
    inputs = CappedInputs("student.orphan", cost, approved, "城民函〔2024〕8号" if approved else None)
    amount = CAPPED.compute(inputs, view(*CHILD), "2024-10")
    assert amount.total == cents
    assert amount.steps[-1].source == ("城民函〔2024〕8号" if approved else "")
    assert bool(amount.why_zero) is (cents == 0)


def test_a_child_without_other_benefits_gets_the_whole_standard() -> None:
    amount = TOP_UP.compute(TopUpInputs("defacto.std"), view(*CHILD), "2024-05")
    assert (amount.total, amount.offset) == (150000, 0)


def test_what_the_child_has_is_taken_off() -> None:
    """1,500.00 − 290.00 (低保) − 90.00 (生活补贴) = 1,120.00."""
    others = (
        OwnBenefit("最低生活保障", 29000, "户月保障金 870.00 ÷ 3 人"),
        OwnBenefit("困难残疾人生活补贴", 9000),
    )
    amount = TOP_UP.compute(TopUpInputs("defacto.std", others), view(*CHILD), "2024-05")
    assert (amount.total, amount.offset, amount.rate) == (112000, 38000, 150000)
    assert [(s.name, s.result, s.formula) for s in amount.steps[1:]] == [
        ("已享最低生活保障", "290.00", "户月保障金 870.00 ÷ 3 人"),
        ("已享困难残疾人生活补贴", "90.00", "本人月额"),
        ("应补差", "1,120.00", "1,500.00 − 290.00 − 90.00"),
    ]


@pytest.mark.parametrize("had", [150000, 150001, 200000])
def test_nothing_is_taken_away_from_who_has_the_standard_already(had: int) -> None:
    amount = TOP_UP.compute(TopUpInputs("defacto.std", (OwnBenefit("特困", had),)), view(*CHILD), "2024-05")
    assert (amount.total, amount.why_zero) == (0, "本人已享待遇不低于标准")


@pytest.mark.parametrize(
    ("month", "classified", "cents"),
    [
        ("2024-08", None, 29000),  # domain §8.4: 870.00 ÷ 3
        ("2024-09", None, 32500),  # 975.00 ÷ 3
        ("2024-09", "minor", 37500),  # and the child's own 50.00
    ],
)
def test_a_childs_part_of_the_households_dibao(month: str, classified: str | None, cents: int) -> None:
    rule = RULES["difference"]
    found, _ = rule.share(household(), view(*DIBAO, RAISE), number_of(month), {"classified": classified})  # type: ignore[attr-defined]
    assert found == cents


def test_a_part_is_rounded_half_up_to_the_cent() -> None:
    """(600 − 9,200/36) × 3 = 1,033.33; a third of that is 344.4433… → 344.44."""
    rates = view(*DIBAO)
    three = DifferenceInputs(area="2", income_year=920000, size=3, covered=3)
    assert DIFFERENCE.share(three, rates, number_of("2024-05"), {})[0] == 34444  # type: ignore[attr-defined]
    # (600 − 255.5556) × 2 = 688.8889 → 688.89; a half of that is 344.445 → 344.45
    two = DifferenceInputs(area="2", income_year=920000, size=3, covered=2)
    assert DIFFERENCE.share(two, rates, number_of("2024-05"), {})[0] == 34445  # type: ignore[attr-defined]


def test_months_of_a_history_are_reckoned_by_what_each_had() -> None:
    """Jan–Aug beside 290.00: 8 × 1,210; from September beside 325.00: 4 × 1,175; together 14,380.00."""
    first = number_of("2024-01")

    def part(begin: int, last: int, had: int) -> Span:
        inputs = TopUpInputs("defacto.std", (OwnBenefit("最低生活保障", had),))
        return Span(first + begin, first + last, Term("t", first, inputs))

    spans = (part(0, 7, 29000), part(8, 11, 32500))
    upto = first + 11
    assert TOP_UP.total(spans, view(*CHILD), cycle="month", floor=None, upto=upto) == 1438000


def test_a_general_standard_stands_in_for_a_special_one() -> None:
    """One standard for city and country until a county sets them apart."""
    general = money("tekun.basic", 1001, "2024-09-01")
    rural = money("tekun.basic.rural", 980, "2025-01-01")
    rates = view(general, rural, money("tekun.care.half", 200, "2023-01-01"))
    inputs = StandardInputs("tekun.basic.rural", "tekun.care.half")
    assert STANDARD.compute(inputs, rates, "2024-12").total == 120100
    assert STANDARD.compute(inputs, rates, "2025-01").total == 118000
    assert STANDARD.compute(StandardInputs("tekun.basic.urban"), rates, "2025-01").total == 100100
    with pytest.raises(MissingRate, match=r"tekun\.basic\.rural"):
        STANDARD.compute(inputs, view(), "2024-12")
