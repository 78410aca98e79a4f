"""Domain §2.7; Luhn by ISO/IEC 7812 (79927398713 is its usual example)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.values.accounts import (
    account_tail,
    check_account,
    clean_account,
    mask_account,
    passes_luhn,
)


def with_luhn(first):
    return next(first + d for d in "0123456789" if passes_luhn(first + d))


def test_luhn():
    assert passes_luhn("79927398713")
    assert not passes_luhn("79927398710")


def test_spellings():
    card = with_luhn("621700376000123339")
    spaced = f" '{card[:4]} {card[4:8]}-{card[8:]} "
    assert check_account(spaced) == (card, ())
    assert clean_account("６２１７") == "6217"


@pytest.mark.parametrize(
    ("raw", "code", "level"),
    [
        ("", "account.missing", "error"),
        (None, "account.missing", "error"),
        ("62170037600A", "account.form", "error"),
        ("6217", "account.length", "error"),
        ("6" * 31, "account.length", "error"),
        (6.217003760001233e18, "account.damaged", "error"),
        ("6.217E+18", "account.damaged", "error"),
        ("6217003760001230000", "account.damaged", "error"),
        ("6217003760001233391", "account.luhn", "warning"),
        ("6217003760000180000", "account.zeros", "warning"),
        (621700376000.0, "account.numeric", "warning"),
    ],
)
def test_what_is_wrong_is_named(raw, code, level):
    _, problems = check_account(raw)
    assert [(p.code, p.level) for p in problems] == [(code, level)]


def test_a_passbook_has_no_luhn():
    assert check_account("123456789012345") == ("123456789012345", ())


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none()))
def test_never_raises(raw):
    check_account(raw)


def test_masking():
    assert mask_account("6217003760001233391") == "6217***********3391"
    assert account_tail("6217003760001233391") == "3391"
