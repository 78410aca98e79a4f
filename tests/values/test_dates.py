"""Domain §8 and §11.2; 民法典 第202条 for the 29th of February."""

import contextlib
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.values import dates
from minzheng_desktop.values.errors import UserError

TODAY = date(2026, 11, 23)
months = st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(dates.month_of)


def test_months():
    assert dates.month_of(date(2024, 5, 9)) == "2024-05"
    assert dates.add_months("2024-11", 3) == "2025-02"
    assert dates.add_months("2024-01", -1) == "2023-12"
    assert dates.months_between("2023-12", "2024-02") == 2
    assert dates.month_range("2023-12", "2024-02") == ["2023-12", "2024-01", "2024-02"]
    assert dates.month_range("2024-02", "2024-01") == []
    assert dates.first_day("2024-02") == date(2024, 2, 1)
    assert dates.last_day("2024-02") == date(2024, 2, 29)


@given(months, st.integers(-600, 600))
def test_adding_and_counting_agree(month, n):
    assert dates.months_between(month, dates.add_months(month, n)) == n


def test_periods():
    assert dates.period_of("2024-05", "month") == ("2024-05", "2024-05")
    assert dates.period_of("2024-05", "quarter") == ("2024-04", "2024-06")
    assert dates.period_of("2024-12", "half") == ("2024-07", "2024-12")
    assert dates.period_of("2024-12", "year") == ("2024-01", "2024-12")


def test_ages():
    # Domain §8 example 5: born 1934-05-20, 90 in May 2024.
    birth = date(1934, 5, 20)
    assert dates.age_on(birth, date(2024, 5, 19)) == 89
    assert dates.age_on(birth, date(2024, 5, 20)) == 90
    assert dates.birthday(date(2004, 2, 29), 80) == date(2084, 2, 29)
    assert dates.birthday(date(2004, 2, 29), 1) == date(2005, 2, 28)
    assert dates.age_on(date(2004, 2, 29), date(2005, 2, 28)) == 1
    assert dates.age_on(date(2004, 3, 1), date(2004, 2, 1)) == -1


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 115))
def test_the_birthday_is_the_first_day_of_an_age(birth, n):
    day = dates.birthday(birth, n)
    assert dates.age_on(birth, day) == n
    if n:
        assert dates.age_on(birth, date.fromordinal(day.toordinal() - 1)) == n - 1


def test_chinese_dates():
    assert dates.format_date_cn(date(2024, 5, 9)) == "2024年5月9日"
    assert dates.format_month_cn("2024-05") == "2024年5月"


def test_now_carries_an_offset():
    assert datetime.fromisoformat(dates.now_text()).tzinfo is not None


@pytest.mark.parametrize(
    ("raw", "text", "precision"),
    [
        ("2024.05", "2024-05", "month"),
        ("2024-5", "2024-05", "month"),
        ("2024年5月", "2024-05", "month"),
        ("20240501", "2024-05-01", "day"),
        ("1953.3.7", "1953-03-07", "day"),
        ("１９５３．３．７", "1953-03-07", "day"),
        ("1953年3月7日生", "1953-03-07", "day"),
        ("一九五三年三月七日", "1953-03-07", "day"),
        ("二○二四年十二月", "2024-12", "month"),
        ("二〇〇五年十月廿一日", "2005-10-21", "day"),
        ("2024", "2024", "year"),
        ("2024年", "2024", "year"),
        ("202405", "2024-05", "month"),
        ("2024-05-01 00:00:00", "2024-05-01", "day"),
        ("2024.1", "2024-01", "month"),
        (20240501, "2024-05-01", "day"),
        (202405.0, "2024-05", "month"),
        (2024.05, "2024-05", "month"),
        (2024.12, "2024-12", "month"),
        (date(2024, 5, 1), "2024-05-01", "day"),
        (datetime(2024, 5, 1, 9), "2024-05-01", "day"),  # noqa: DTZ001  (cells carry no zone)
    ],
)
def test_every_form(raw, text, precision):
    assert dates.parse_date(raw, today=TODAY) == dates.ParsedDate(text, precision, "")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (45413, "2024-05-01"),
        ("45413", "2024-05-01"),
        ("五三年三月", "1953-03"),
        ("53.3.7", "1953-03-07"),
        ("05年3月", "2005-03"),
        (2024.1, "2024-01"),
        ("农历1953年三月初七", "1953"),
        ("3/7/1953", "1953-03-07"),
    ],
)
def test_doubtful_forms_are_warned(raw, text):
    parsed = dates.parse_date(raw, today=TODAY)
    assert parsed.text == text
    assert parsed.warning


def test_the_1904_epoch():
    # 45413 - 1462 days between the epochs: 1904 origin gives the same day for 43951.
    assert dates.parse_date(43951, today=TODAY, epoch1904=True).text == "2024-05-01"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "date.empty"),
        ("", "date.empty"),
        ("长期", "date.form"),
        ("2023-02-30", "date.none"),
        ("2024.13", "date.none"),
        ("2024.5-2025.6", "date.form"),
        (53.3, "date.form"),
        ("0123.4.5", "date.range"),
        ("农历三月初七", "date.form"),
    ],
)
def test_refusals_are_named(raw, code):
    with pytest.raises(UserError) as caught:
        dates.parse_date(raw, today=TODAY)
    assert caught.value.code == code


@given(st.one_of(st.text(), st.floats(), st.integers(), st.text("0123456789.-/年月日", max_size=12)))
def test_anything_is_read_or_refused(raw):
    with contextlib.suppress(UserError):
        dates.parse_date(raw, today=TODAY)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_dates_read_back(day):
    for text in (
        day.isoformat(),
        f"{day:%Y%m%d}",
        dates.format_date_cn(day),
        f"{day.year}.{day.month}.{day.day}",
    ):
        assert dates.parse_date(text, today=TODAY).text == day.isoformat()
