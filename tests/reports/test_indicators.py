"""Figures of a year over an office counted by hand. The rules are those of domain §15; the sums stand beside them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from minzheng_desktop.reports.facts import enter_fact
from minzheng_desktop.reports.indicators import Figure, counted_by, figures_of_year, share_out
from minzheng_desktop.values.errors import UserError
from tests.reports.offices import NORTH, SOUTH, TODAY, County, members


def year(county: County, key: str, of: int = 2024) -> Figure:
    with county.store.reading() as r:
        return figures_of_year(r, of, only=[key]).figures[key]


def test_last_years_figures_stay_after_later_changes(county: County) -> None:
    people = [county.person(name) for name in ("甲一", "甲二", "甲三")]
    record = county.dibao(people, month="2024-03")
    county.step(record, "change_pending", "2025-02-10")
    county.step(record, "active", "2025-02-20", "2025-03")
    county.term(record, "2025-03", {"members": members(people[:2]), "record": {"quantity": 2}})
    county.step(record, "stopped", "2026-01-05", "2026-02")
    assert year(county, "dibao_persons").value == 3, "three were covered at the end of 2024"
    assert year(county, "dibao_persons", 2025).value == 2, "two after the decision of March 2025"
    assert year(county, "dibao_households", 2025).value == 1
    assert year(county, "dibao_households", 2026).value == 0, (
        "a zero over a record that was in force is a zero"
    )
    assert year(county, "dibao_households", 2023).value is None, "nothing was recorded then: no zero (C17)"


def test_a_stop_decided_in_december_for_january_leaves_the_year_as_it_was(county: County) -> None:
    record = county.dibao([county.person("甲一")])
    county.step(record, "stopped", "2024-12-20", "2025-01")
    assert year(county, "dibao_households").value == 1
    confirmed = county.dibao([county.person("乙一")], month="2025-01", at="2024-12-20")
    county.step(confirmed, "active", "2024-12-28")
    assert year(county, "dibao_households").value == 1, "confirmed for January: not in force in December"


def test_a_person_in_two_townships_counts_once_in_that_of_the_earlier_term(county: County) -> None:
    north = county.person("甲一", NORTH)
    county.dibao([north, county.person("甲二", NORTH)], NORTH, month="2024-05")
    same = county.person("甲一", SOUTH, like=north)
    county.dibao([same, county.person("乙二", SOUTH), county.person("乙三", SOUTH)], SOUTH, month="2024-02")
    found = year(county, "dibao_persons")
    assert found.value == 4, "2 + 3 persons, one of them the same human being"
    assert found.by_township == {NORTH: 1, SOUTH: 3}, "he counts in the south, where the term is of February"
    assert year(county, "dibao_households").by_township == {NORTH: 1, SOUTH: 1}
    average = year(county, "dibao_avg_size")
    assert (average.value, average.by_township) == (2, {}), "4 / 2; what is derived has no townships"


def test_those_of_whom_only_the_number_is_known_count_too(county: County) -> None:
    """A roster that gives 保障人口 3 and names the head only (form language: stated)."""
    head = county.person("甲一")
    record = county.dibao([head])
    county.term(record, "2024-02", {"members": members([head]), "record": {"quantity": 3}})
    assert year(county, "dibao_persons").value == 3


def test_a_yes_in_the_document_is_read_as_it_was_at_the_year_s_end(county: County) -> None:
    single = county.dibao([county.person("甲一")], doc={"single_by_hardship": True})
    county.dibao([county.person("乙一"), county.person("乙二")], doc={"single_by_hardship": False})
    assert year(county, "single_household_persons").value == 1
    with county.store.writing("record") as w:
        doc = w.get("records", single)["doc"]
        w.put("records", {"id": single, "doc": {**doc, "single_by_hardship": False}})
    assert year(county, "single_household_persons").value == 1, "written in 2026: the first version is 2024's"


def test_payments_of_the_year_are_summed_and_their_children_counted_once(county: County) -> None:
    one, two = county.person("孤一", birth="2012-01-01"), county.person("事二", birth="2013-01-01")
    orphan = county.record("orphan", {}, state="active", person=one)
    defacto = county.record("defacto", {}, state="active", person=two)
    for month, cents in (("2023-12", 150000), ("2024-01", 160000), ("2024-02", 160000)):
        county.pay("orphan", month, {orphan: cents})
    county.pay("defacto", "2024-02", {defacto: 90050})
    amount = year(county, "orphan_defacto_amount")
    # 1600.00 + 1600.00 + 900.50 = 4100.50 yuan = 0.41005 万元 → 0.41
    assert (amount.value, amount.exact) == (0.41, Fraction("4100.50"))
    assert year(county, "orphan_defacto_children").value == 2
    assert year(county, "orphan_defacto_avg").value == 2050.25, "4100.50 / 2"


def test_help_is_counted_by_payments(county: County) -> None:
    who = county.person("甲一")
    first, second = (county.record("linshi", {}, state="paid", person=who) for _ in range(2))
    county.pay("linshi", "2024-04", {first: 200000})
    county.pay("linshi", "2024-09", {second: 100000})
    assert year(county, "linshi_times").value == 2, "人次: the same person twice"
    assert year(county, "relief_fund_total").value == 3000


def test_children_on_the_roster_are_under_sixteen_on_the_last_day(county: County) -> None:
    for name, birth in (("幼一", "2009-01-01"), ("幼二", "2008-12-31")):
        record = county.record("leftbehind", {}, state="draft", person=county.person(name, birth=birth))
        county.step(record, "active", "2024-03-01")
    assert year(county, "leftbehind_children").value == 1, "who turned 16 on 31 December no longer counts"


def test_named_children_once_and_the_unnamed_by_their_number(county: County) -> None:
    child = county.person("幼一", birth="2012-01-01")
    lists = ([{"key": "1", "child": child}, {"key": "2", "code": "B-02"}], [{"key": "1", "child": child}], [])
    for on, rows in zip(("2024-03-01", "2024-04-01", "2024-05-01"), lists, strict=True):
        doc = {"kind": "1", "attendees": rows, "minors_count": 40}
        county.record("minor_station", doc, state="archived", on=on, kind="1")
    county.record("minor_station", {"kind": "4"}, state="archived", on="2024-06-01", kind="4")
    county.record("minor_station", {"kind": "1"}, state="cancelled", on="2024-06-01", kind="1")
    assert year(county, "psych_sessions").value == 3
    assert year(county, "minor_service_times").value == 4
    assert year(county, "psych_children").value == 42, "two named, and 40 of the session without a list"


def test_a_fund_adds_up_to_the_year_s_end(county: County) -> None:
    entries = (("2023-05-01", "in", "donation", 5000000), ("2024-05-01", "in", "matching", 5123400),
               ("2024-06-01", "out", "service", 100000), ("2024-06-30", "in", "interest", 700),
               ("2025-01-02", "in", "donation", 9900000))  # fmt: skip
    for on, direction, kind, cents in entries:
        doc = {"direction": direction, "kind": kind, "amount": cents}
        county.record("fund_ledger", doc, state="registered", on=on, kind=kind, amount=cents)
    assert year(county, "fund_inflow").value == 10.12, (
        "50,000 + 51,234 yuan = 10.1234 万元; no interest, not 2025"
    )


def test_a_table_is_dated_row_by_row(county: County) -> None:
    rows = [{"key": "1", "year": 2024, "amount": 8000000}, {"key": "2", "year": 2023, "amount": 100},
            {"key": "3", "year": 2024, "amount": 7012300}]  # fmt: skip
    county.record(
        "institution", {"name": "甲中心", "invests": rows, "star_level": "3", "star_date": "2024-09-01"}
    )
    assert year(county, "upgrade_invest").value == 15.01, "80,000 + 70,123 yuan = 15.0123 万元"
    assert year(county, "star3_centers").value == 1
    assert year(county, "star3_centers", 2023).value == 0


def test_standards_are_those_in_force_at_the_year_s_end(county: County) -> None:
    assert year(county, "elder_age_std_min").value == 100
    assert year(county, "elder_age_std_max").value == 6000
    assert year(county, "meal_std").value == "5–6"
    assert year(county, "bath_std").value == 110
    assert year(county, "meal_std", 2010).value is None, "no standard was in force"


def test_a_fact_is_entered_by_the_county_and_marked_so(county: County) -> None:
    assert year(county, "vagrant_no_death_years").value is None
    end = date(2024, 12, 31)
    enter_fact(
        county.store, "vagrant_no_death_years", value=Fraction(21), on=end, note="救助站台账", today=TODAY
    )
    found = year(county, "vagrant_no_death_years")
    assert (found.value, found.by_hand, found.by_township) == (21, True, {})
    assert "救助站台账" in found.note
    assert year(county, "vagrant_no_death_years", 2025).value is None, "a fact is of its year"
    with pytest.raises(UserError, match="不是人工登记的指标"):
        enter_fact(county.store, "dibao_persons", value=Fraction(1), on=end, note="无", today=TODAY)


def test_what_is_counted_can_be_looked_at(county: County) -> None:
    record = county.dibao([county.person("甲一"), county.person("甲二")])
    with county.store.reading() as r:
        units = counted_by(r, "dibao_persons", 2024)
    assert [(unit.record, unit.owner, unit.since) for unit in units] == [(record, NORTH, "2024-01")] * 2


def test_shares_add_up_to_the_rounded_whole() -> None:
    third = Fraction(1, 3)
    assert share_out({"a": third, "b": third, "c": third}, 2) == {"a": 0.34, "b": 0.33, "c": 0.33}


def test_every_figure_adds_up_by_township(county: County) -> None:
    county.dibao([county.person("甲一")])
    county.dibao([county.person("乙一", SOUTH)], SOUTH)
    with county.store.reading() as r:
        found = figures_of_year(r, 2024).figures
    assert len([f for f in found.values() if not f.helper]) == 61, "the rows of domain §15"
    for figure in found.values():
        if figure.by_township:
            assert sum(figure.by_township.values()) == figure.value, figure.key


def test_no_petition_is_a_zero_only_where_it_was_reported(county: County) -> None:
    """殡葬上访 0 必须来自“有登记且为零” (domain §6.3⑦): a 零报告, or a rate over funerals that were registered."""
    assert year(county, "funeral_petition").value is None
    assert year(county, "civil_funeral_rate").value is None
    county.record(
        "funeral_petition", {"kind": "9", "cases": 0}, state="registered", on="2024-06-30", kind="9"
    )
    for on, civil in (("2024-02-01", True), ("2024-03-01", True), ("2024-04-01", False)):
        county.record("civil_funeral", {"is_civil": civil}, state="evaluated", on=on)
    county.record("civil_funeral", {"is_civil": True}, state="void", on="2024-05-01")
    assert year(county, "funeral_petition").value == 0
    assert year(county, "civil_funeral_rate").value == 66.7, "2 of 3; what was registered by mistake is none"


def test_an_adult_who_was_helped_without_a_name_counts_as_one_more(county: County) -> None:
    """安置 3 人: deduplicated by id number; somebody whose identity is not known is a person of his own."""
    known = county.person("甲一")
    for person in (known, known, None, None):
        county.record("vagrant", {"placement": "1"}, state="placed", on="2024-05-01", person=person)
    county.record("vagrant", {}, state="returned", on="2024-05-02", person=county.person("乙一"))
    assert year(county, "vagrant_times").value == 5
    assert year(county, "vagrant_placed").value == 3, "one known, two unknown"


def test_old_people_are_told_by_their_age_on_the_last_day(county: County) -> None:
    """满 90 on 31 December counts with the nineties (高龄津贴 分档小计)."""
    for birth in ("1944-12-31", "1934-12-31", "1935-01-01", "1924-01-01"):
        record = county.record("elder_age", {}, state="draft", person=county.person("老", birth=birth))
        county.step(record, "confirmed", "2024-01-03", "2024-01")
    found = year(county, "elder_age_persons")
    assert (found.value, list(found.parts.items())) == (4, [("80", 2), ("90", 1), ("100", 1)])
    assert found.part_names["100"] == "100周岁以上"


def test_an_edge_household_counts_by_what_was_written_then_and_while_it_is_valid(county: County) -> None:
    """低边 is recognised, not paid: no terms, its members and its 有效期 stand in its document (domain §3.2)."""
    people = [county.person(f"边{n}") for n in range(3)]
    record = county.record("dibian", {}, state="draft", person=people[0])
    county.write(record, "2024-03-01", {"members": members(people)}, until_date="2025-02-28", quantity=3)
    county.step(record, "active", "2024-03-02", "2024-03")
    county.write(record, "2025-06-01", {"members": members(people[:2])}, until_date="2026-02-28", quantity=5)
    ends = county.record("dibian", {}, state="draft", person=county.person("乙一"))
    county.write(ends, "2024-01-05", {"members": []}, until_date="2024-11-30", quantity=1)
    county.step(ends, "active", "2024-01-06", "2024-01")
    assert (year(county, "edge_households").value, year(county, "edge_persons").value) == (1, 3)
    later = (year(county, "edge_households", 2025).value, year(county, "edge_persons", 2025).value)
    assert later == (1, 5), "two named, five stated"
    assert year(county, "edge_households", 2026).value == 0, (
        "expired in February 2026, though nobody closed it"
    )


def test_a_register_counts_by_its_own_days(county: County) -> None:
    """在册: from the day that the register says, whenever it was typed in; out of it as soon as it is closed."""
    one, two = (county.person(name, birth="2015-01-01") for name in ("童一", "童二"))
    came = county.record("leftbehind", {}, state="draft", on="2024-12-20", person=one)
    county.step(came, "active", "2025-01-10", "2025-02")
    left = county.record("leftbehind", {}, state="draft", on="2023-03-01", person=two)
    county.step(left, "active", "2023-03-02", "2023-04")
    county.step(left, "closed", "2024-12-20", "2025-01")
    assert year(county, "leftbehind_children").value == 1, "typed in January, registered on 20 December"
    assert year(county, "leftbehind_children", 2023).value == 1, "the other one"
