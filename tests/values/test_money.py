"""Figures of domain §9.2; the further amounts in words by hand from the same rules (支付结算办法附件)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import (
    capital_amount,
    format_money,
    format_money_grouped,
    parse_money,
    parse_money_rounded,
    round_cents,
)


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (160040000, "壹佰陆拾万零肆佰元整"),
        (23574500, "贰拾叁万伍仟柒佰肆拾伍元整"),
        (100005, "壹仟元零伍分"),
        (50, "伍角"),
        (87000, "捌佰柒拾元整"),
        (100000000_00, "壹亿元整"),
        (10100000_00, "壹仟零壹拾万元整"),
        (10100_00, "壹万零壹佰元整"),
        (105_00, "壹佰零伍元整"),
        (1000005_00, "壹佰万零伍元整"),
        (0, "零元整"),
        (5, "伍分"),
        (1000, "壹拾元整"),
        (123450, "壹仟贰佰叁拾肆元伍角"),
        (-87000, "（负）捌佰柒拾元整"),
        (1_0000_0001_00, "壹亿零壹元整"),
        (1_0000_0000_0000_00, "壹万亿元整"),
    ],
)
def test_amount_in_words(cents, words):
    assert capital_amount(cents) == words


_VALUES = {c: v for v, c in enumerate("零壹贰叁肆伍陆柒捌玖")}


def _read(words):
    """An independent reader of the words: cents."""
    total = section = digit = cents = 0
    for c in words:
        if c in _VALUES:
            digit = _VALUES[c]
        elif c in "拾佰仟":
            section += digit * {"拾": 10, "佰": 100, "仟": 1000}[c]
            digit = 0
        elif c in "万亿":
            size = 10**4 if c == "万" else 10**8
            total = (total + section + digit) * size if c == "亿" else total + (section + digit) * size
            section = digit = 0
        elif c == "元":
            total += section + digit
            section = digit = 0
        elif c in "角分":
            cents += digit * (10 if c == "角" else 1)
            digit = 0
    return total * 100 + cents


@given(st.integers(1, 10**14))
def test_the_words_read_back_as_the_amount(cents):
    words = capital_amount(cents)
    assert _read(words) == cents
    assert "零零" not in words
    assert not words.startswith("零")


@pytest.mark.parametrize(
    ("raw", "cents"),
    [
        ("1,200元", 120000),
        ("￥350.50", 35050),
        ("¥ 1，200.00", 120000),
        ("合计：1200", 120000),
        ("１２００", 120000),
        ("1.2万元", 1200000),
        ("（5.00）", -500),
        ("600元/月", 60000),
        (350.5, 35050),
        (350.09999999999997, 35010),
        (1200, 120000),
        ("870元整", 87000),
    ],
)
def test_reading(raw, cents):
    assert parse_money(raw) == cents


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "money.empty"),
        (None, "money.empty"),
        ("abc", "money.form"),
        ("1,20", "money.form"),
        (True, "money.form"),
        (float("nan"), "money.form"),
        ("350.123", "money.fraction"),
        (333.3333333, "money.fraction"),
        ("99999999999999999999", "money.range"),
    ],
)
def test_refusals_are_named(raw, code):
    with pytest.raises(UserError) as caught:
        parse_money(raw)
    assert caught.value.code == code


def test_computed_cells_can_be_rounded():
    assert parse_money_rounded(333.335) == (33334, False)
    assert parse_money_rounded(333.3333333) == (33333, False)


@given(st.integers(-(10**12), 10**12))
def test_figures_read_back(cents):
    assert parse_money(format_money(cents)) == cents
    assert parse_money(format_money_grouped(cents)) == cents


def test_formats():
    assert format_money(123450) == "1234.50"
    assert format_money_grouped(123450) == "1,234.50"
    assert format_money(-5) == "-0.05"


def test_half_up():
    assert round_cents(Fraction(1, 2)) == 1
    assert round_cents(Fraction(5, 2)) == 3
    assert round_cents(Fraction(-1, 2)) == -1
    assert round_cents(Fraction(10000, 3)) == 3333
