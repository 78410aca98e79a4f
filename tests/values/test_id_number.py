"""GB 11643 and domain §2.2; the check characters below were computed by hand from the weights."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.values.id_number import (
    check_digit,
    check_id_number,
    convert_15,
    make_id_number,
    mask_id_number,
    sex_problem,
)

TODAY = date(2026, 11, 23)
births = st.dates(date(1912, 1, 1), TODAY)
sequences = st.integers(0, 999)


def codes(check):
    return [problem.code for problem in check.problems]


def test_check_digit_of_the_standard():
    # GB 11643-1999 gives these two numbers as its examples.
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"


@given(births, sequences)
def test_a_made_number_is_accepted_and_read_back(birth, sequence):
    check = check_id_number(make_id_number("500229", birth, sequence), today=TODAY)
    assert check.problems == ()
    assert check.birth_date == birth
    assert check.sex == ("1" if sequence % 2 else "2")


@given(births, sequences, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(birth, sequence, place, shift):
    number = make_id_number("500229", birth, sequence)
    changed = str((int(number[place]) + shift) % 10)
    check = check_id_number(number[:place] + changed + number[place + 1 :], today=TODAY)
    assert not check.usable


@given(births, sequences)
def test_a_number_that_went_through_a_float_is_never_guessed(birth, sequence):
    number = make_id_number("500229", birth, sequence)
    if number.endswith("X"):
        return
    check = check_id_number(float(number), today=TODAY)
    assert check.damaged
    assert not check.usable
    assert check.suggestion == ""


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans(), st.binary()))
def test_never_raises(raw):
    check_id_number(raw, today=TODAY)


@pytest.mark.parametrize(
    "raw",
    [
        " 11010519491231002x ",
        "'11010519491231002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "\u200b11010519491231002X\ufeff",
        "\u202d11010519491231002ｘ",
    ],
)
def test_spellings_of_one_number(raw):
    check = check_id_number(raw, today=TODAY)
    assert (check.number, check.problems) == ("11010519491231002X", ())


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "id.missing"),
        (None, "id.missing"),
        ("500229196513122217", "id.date"),
        ("5002291965031222", "id.form"),
        ("50022919650312221", "id.form"),
        ("500229O96503122217", "id.form"),
        ("٥٠٠٢٢٩١٩٦٥٠٣١٢٢٢١٧", "id.form"),
        ("110105194912310020", "id.check"),
        ("5.00229E+17", "id.damaged"),
        ("500229196503122000", "id.damaged"),
        ("500229196503122217.0", "id.damaged"),
        (make_id_number("500229", date(2026, 11, 24), 1), "id.future"),
        (make_id_number("500229", date(1910, 11, 22), 1), "id.age"),
        (make_id_number("990229", date(1965, 3, 12), 221), "id.area"),
    ],
)
def test_what_is_wrong_is_named(raw, code):
    assert codes(check_id_number(raw, today=TODAY)) == [code]


def test_the_age_limit_is_over_115_years():
    # Born 1911-11-23: 115 today, allowed. Domain §2.2: over 115 is an error.
    assert check_id_number(make_id_number("500229", date(1910, 11, 24), 1), today=TODAY).usable
    assert not check_id_number(make_id_number("500229", date(1910, 11, 23), 1), today=TODAY).usable


def test_fifteen_digits_are_only_a_suggestion():
    check = check_id_number("500229650312221", today=TODAY)
    assert codes(check) == ["id.fifteen"]
    assert not check.usable
    assert check.suggestion == convert_15("500229650312221")
    assert check.suggestion[:17] == "50022919650312221"
    assert check_id_number(500229650312221.0, today=TODAY).suggestion == check.suggestion


def test_three_zeros_with_a_right_check_digit_are_not_damage():
    made = (
        make_id_number("500229", date(1965, month, day), 0) for month in (1, 2, 3) for day in range(1, 29)
    )
    number = next(number for number in made if number.endswith("000"))
    assert check_id_number(number, today=TODAY).usable


def test_masking():
    assert mask_id_number("500229196503122217") == "500229********2217"
    assert mask_id_number("500229650312221") == "500229*****2221"
    assert mask_id_number("") == ""


def test_stated_sex_is_compared():
    check = check_id_number(make_id_number("500229", date(1965, 3, 12), 221), today=TODAY)
    assert sex_problem(check.sex, "1") is None
    problem = sex_problem(check.sex, "2")
    assert problem is not None
    assert problem.level == "warning"
