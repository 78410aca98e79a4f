"""The monthly statistics of a small office, counted by hand (domain §9.3)."""

from __future__ import annotations

from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.reports.monthly import Count, LineFigures, monthly_report
from minzheng_desktop.store import shelf
from tests.reports.offices import NORTH, County, members


def line(county: County, key: str, month: str) -> LineFigures:
    with county.store.reading() as r:
        return next(one for one in monthly_report(r, month).lines if one.key == key)


def test_the_balance_of_a_month(county: County) -> None:
    """May: two households of 3 and 2. June: one of 4 joins, that of 2 leaves, one person joins the first."""
    first = [county.person(f"甲{n}") for n in range(4)]
    stays = county.dibao(first[:3], month="2024-02")
    leaves = county.dibao([county.person("乙一"), county.person("乙二")], month="2024-03")
    joins = county.dibao([county.person(f"丙{n}") for n in range(4)], month="2024-06")
    county.step(leaves, "stopped", "2024-05-20", "2024-06")
    county.term(stays, "2024-06", {"members": members(first), "record": {"quantity": 4}})
    county.pay("dibao", "2024-01", {stays: 90000})
    county.pay("dibao", "2024-05", {stays: 87000, leaves: 60000})
    county.pay("dibao", "2024-06", {stays: 97500, joins: 110050})
    found = line(county, "dibao_rural", "2024-06")
    assert found.previous == Count(2, 5)
    assert found.added == Count(1, 5), "four of the new household and the one who joined"
    assert found.ended == Count(1, 2)
    assert found.current == Count(2, 8)
    assert (found.paid, found.paid_year) == (207550, 444550), "97500 + 110050; and 90000 + 147000 before"
    assert (found.added_records, found.ended_records) == ((joins,), (leaves,))
    assert line(county, "dibao_urban", "2024-06").current == Count(0, 0)
    assert line(county, "dibao_rural", "2023-12").current == Count(0, 0)


def test_who_reaches_ninety_changes_the_line(county: County) -> None:
    old = county.person("甲老", birth="1934-06-15")
    record = county.record("elder_age", {}, state="draft", person=old)
    county.step(record, "confirmed", "2024-01-03", "2024-01")
    county.pay("elder_age", "2024-03", {record: 2500}, person=old)
    county.pay("elder_age", "2024-06", {record: 15000}, person=old)
    eighty, ninety = line(county, "elder_80", "2024-06"), line(county, "elder_90", "2024-06")
    assert (eighty.previous, eighty.ended, eighty.current) == (Count(None, 1), Count(None, 1), Count(None, 0))
    assert (ninety.added, ninety.current) == (Count(None, 1), Count(None, 1))
    assert (eighty.paid_year, ninety.paid) == (2500, 15000)


def test_urgent_help_is_a_flow_of_payments(county: County) -> None:
    who = county.person("甲一")
    help_ = [county.record("linshi", {}, state="paid", person=who) for _ in range(2)]
    county.pay("linshi", "2024-05", {help_[0]: 50000}, NORTH)
    county.pay("linshi", "2024-06", {help_[1]: 70000}, NORTH)
    found = line(county, "linshi", "2024-06")
    assert (found.added.persons, found.current, found.paid, found.paid_year) == (1, None, 70000, 120000)


def test_books_may_close_before_the_month_ends(county: County) -> None:
    """有的县每月 20 日结算 (domain §9.3): what is registered on the 25th is next month's."""
    rate = '[rate."stat.cutoff_day"]\nunit = "count"\nvalues = [ { from = "2024-01-01", value = "20" } ]\n'
    source = Source("rates", "county", "county.toml", f'area = "500229"\n{rate}', "county")
    with county.store.writing("rates") as w:
        w.insert("catalog", [shelf.entry(source)])
    county.store.catalog_changed()
    for number, day in enumerate(("2024-06-20", "2024-06-25")):
        child = county.person(f"童{number}", birth="2015-01-01")
        county.step(county.record("leftbehind", {}, state="draft", on=day, person=child), "active", day)
    assert line(county, "leftbehind", "2024-06").current == Count(None, 1)
    assert line(county, "leftbehind", "2024-07").added == Count(None, 1)
