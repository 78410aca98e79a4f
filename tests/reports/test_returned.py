"""实发（退票冲减后）: domain §15, relief_fund_total = Σ 年内实发 pay_amount（退票冲减后）. Sums are by hand."""

from __future__ import annotations

from minzheng_desktop.reports.annual import annual_figures
from minzheng_desktop.reports.indicators import Figure, figures_of_year
from minzheng_desktop.reports.monthly import LineFigures, monthly_report
from tests.reports.offices import NORTH, SOUTH, County


def fund(county: County, year: int, *, by_town: bool = True) -> Figure:
    with county.store.reading() as r:
        figure = figures_of_year(r, year, only=["relief_fund_total"]).figures["relief_fund_total"]
    assert figure.by_township or not by_town
    return figure


def line(county: County, month: str) -> LineFigures:
    with county.store.reading() as r:
        return next(one for one in monthly_report(r, month).lines if one.key == "dibao_rural")


def test_what_was_returned_and_never_sent_again_is_not_paid(county: County) -> None:
    """North 870.00 + 600.00, south 500.00: 1,970.00. North's 600.00 came back in June and was never sent again:
    1,370.00, of which 870.00 in the north. South's 500.00 came back and was sent again within the year: unchanged."""
    north = [county.dibao([county.person(name)], month="2024-01") for name in ("甲一", "乙一")]
    south = county.dibao([county.person("丙一", SOUTH)], SOUTH, month="2024-01")
    county.pay("dibao", "2024-05", {north[0]: 87000, north[1]: 60000})
    county.pay("dibao", "2024-05", {south: 50000}, SOUTH)
    assert fund(county, 2024).value == 1970
    county.came_back(north[1], "2024-05", "2024-06-03")
    county.came_back(south, "2024-05", "2024-06-03", again="2024-11-20", owner=SOUTH)
    found = fund(county, 2024)
    assert found.value == 1370
    assert found.by_township == {NORTH: 870, SOUTH: 500}
    with county.store.reading() as r:
        paid = annual_figures(r, 2024).paid["dibao"]
    assert paid == {"2024-05": 197000, "2024-06": -110000, "2024-11": 50000}, "1,370.00 over the year"


def test_over_the_end_of_a_year_money_is_paid_in_the_year_in_which_it_left(county: County) -> None:
    """870.00 of November 2024 came back on 20 December and were sent again on 8 January: as of the end of 2024 they
    were not paid (870.00 of October were); 2025 paid its own 900.00 and these 870.00."""
    record = county.dibao([county.person("甲一")], month="2024-01")
    county.pay("dibao", "2024-10", {record: 87000})
    county.pay("dibao", "2024-11", {record: 87000})
    county.pay("dibao", "2025-03", {record: 90000})
    county.came_back(record, "2024-11", "2024-12-20", again="2025-01-08")
    assert fund(county, 2024).value == 870
    assert fund(county, 2025).value == 1770


def test_a_return_after_the_end_leaves_the_year_as_it_was_and_lowers_the_next(county: County) -> None:
    """900.00 of December 2024 came back in January 2025, when nothing else was paid: 900.00 and −900.00."""
    record = county.dibao([county.person("甲一")], month="2024-01")
    county.pay("dibao", "2024-12", {record: 90000})
    county.came_back(record, "2024-12", "2025-01-06")
    assert fund(county, 2024).value == 900
    assert fund(county, 2025).value == -900


def test_the_monthly_statistics_count_money_by_its_day(county: County) -> None:
    """May 870.00 + 600.00. The 600.00 came back in June: June paid 900.00 − 600.00 = 300.00, the year 1,770.00. Sent
    again in July: July paid 600.00, the year 2,370.00. Nobody joins or leaves by it."""
    first, second = (county.dibao([county.person(name)], month="2024-01") for name in ("甲一", "乙一"))
    county.pay("dibao", "2024-05", {first: 87000, second: 60000})
    county.pay("dibao", "2024-06", {first: 90000})
    county.came_back(second, "2024-05", "2024-06-11", again="2024-07-02")
    assert (line(county, "2024-05").paid, line(county, "2024-05").paid_year) == (147000, 147000)
    june, july = line(county, "2024-06"), line(county, "2024-07")
    assert (june.paid, june.paid_year) == (30000, 177000)
    assert (july.paid, july.paid_year) == (60000, 237000)
    assert june.previous == june.current == july.current
