"""主动发现 over a hand-made township: people on each side of each rule. Expected: domain §3.2, §4.1–4.3, §5.1, §7."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.checks.suggestions import (
    Proposed,
    accept_suggestions,
    dismiss_suggestions,
    list_suggestions,
    postpone_suggestions,
)
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import TOWN, Office

TODAY = date(2024, 7, 5)
MORE = {"disability_cert_no": "x", "disability_type": "4", "disability_level": "2"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path / "修齐镇.mz")
    yield found
    found.store.close()


def found_by(office: Office, rule: str, *, today: date = TODAY) -> list[Proposed]:
    with office.store.reading() as r:
        return [one for one in list_suggestions(r, today=today) if one.suggestion.rule == rule]


def names(office: Office, rule: str, **more: Any) -> list[str]:
    return sorted(one.suggestion.name for one in found_by(office, rule, **more))


def record(office: Office, form: str, person: str, **doc: Any) -> str:
    return office.add_record(form, {"apply_channel": "6", **doc}, {}, person=person)


def row(office: Office, record_id: str) -> dict[str, Any]:
    with office.store.reading() as r:
        found = r.get("records", record_id)
    assert found is not None
    return found


def add_home(office: Office, form: str, *people: str, doc: dict[str, Any] | None = None) -> str:
    """A household of people, the first its head, with a benefit that covers them all."""
    with office.store.writing("home") as w:
        home = w.put("households", {"owner": TOWN, "head": people[0], "village": "500229106200"})
        w.put_many(
            "household_members",
            [
                {"owner": TOWN, "household": home, "person": p, "relation": "02" if i == 0 else "39"}
                for i, p in enumerate(people)
            ],
        )
    rows = [
        {"key": p, "person": p, "in_covered": True, "relation": "02" if i == 0 else "39"}
        for i, p in enumerate(people)
    ]
    body = {"apply_channel": "6", "members": rows, **(doc or {})}
    return office.add_record(form, body, {}, person=people[0], household=home)


def test_turning_80_this_month_next_month_and_later(office: Office) -> None:
    """满 80 前 1–2 个月列入即将到龄名单 (§5.1): by 2024-09-05, born until 1944-09-05."""
    office.add_person("本月满", birth="1944-07-20")
    office.add_person("下月满", birth="1944-08-30")
    office.add_person("两月后", birth="1944-09-05")
    office.add_person("还早呢", birth="1944-09-06")
    office.add_person("早满了", birth="1940-01-01")
    office.add_person("已去世", birth="1940-01-01", alive_status="2", death_date="2024-01-01")
    office.add_person("已外迁", birth="1940-01-01", hukou_village="500101001001")
    office.add_elder("已享受", "1940-01-01")
    begun = office.add_person("在办理", birth="1940-01-01")
    with office.store.writing("draft") as w:
        w.put(
            "records",
            {
                "owner": TOWN,
                "form": "elder_age",
                "form_version": 1,
                "person": begun,
                "doc": {},
                "state": "draft",
            },
        )
    assert names(office, "elder_80") == sorted(["本月满", "下月满", "两月后", "早满了"])
    (one,) = [s for s in found_by(office, "elder_80") if s.suggestion.name == "下月满"]
    assert one.suggestion.since == "2024-08-30"
    assert one.suggestion.reason == "下月满出生于 1944-08-30，2024-08-30 满80周岁，台账里没有高龄津贴"


def test_each_tier_has_its_own_rule(office: Office) -> None:
    office.add_person("八十九", birth="1934-07-06")
    office.add_person("满九十", birth="1934-07-05")
    office.add_person("九十九", birth="1924-07-06")
    office.add_person("满一百", birth="1924-07-05")
    assert names(office, "elder_80") == ["八十九"]
    assert names(office, "elder_90") == sorted(["满九十", "九十九"])
    assert names(office, "elder_100") == ["满一百"]


def test_care_for_severe_disability(office: Office) -> None:
    """一、二级持证残疾人 with a live certificate; 特困 excludes it (R03)."""
    office.add_person("二级的", more=MORE)
    office.add_person("三级的", more={**MORE, "disability_level": "3"})
    office.add_person("过期的", more={**MORE, "disability_cert_expire": "2024-07-04"})
    office.add_person("今天到期", more={**MORE, "disability_cert_expire": "2024-07-05"})
    office.add_person("没证的", more={"disability_level": "1", "disability_type": "4"})
    record(office, "djr_care", office.add_person("在享的", more=MORE))
    record(office, "tekun", office.add_person("特困的", more=MORE))
    record(office, "orphan", office.add_person("孤儿的", birth="2015-01-01", more=MORE))
    assert names(office, "djr_care") == sorted(["二级的", "今天到期", "孤儿的"])


def test_living_subsidy_for_the_certified_in_dibao(office: Office) -> None:
    """Any grade, but only in 低保; an orphan draws it not (R06)."""
    head, second, child = (
        office.add_person("户主好", more={**MORE, "disability_level": "4"}), office.add_person("没残疾"),
        office.add_person("孤儿的", birth="2015-01-01", more=MORE),
    )  # fmt: skip
    home = add_home(office, "dibao", head, second, child)
    record(office, "orphan", child)
    office.add_person("不在低保", more=MORE)
    (one,) = found_by(office, "djr_life")
    assert one.suggestion.name == "户主好"
    assert row(office, home)["number"] in one.suggestion.reason


def test_single_household_out_of_the_low_margin(office: Office) -> None:
    """低边家庭中的一、二级重度残疾人，三级智力、精神残疾人 (§3.2): the draft covers that one alone."""
    head = office.add_person("户主好")
    severe = office.add_person("重残的", more={**MORE, "disability_level": "1"})
    mind = office.add_person("智三级", more={**MORE, "disability_type": "5", "disability_level": "3"})
    limb = office.add_person("肢三级", more={**MORE, "disability_level": "3"})
    edge = add_home(office, "dibian", head, severe, mind, limb, doc={"dibian_type": "2"})
    assert names(office, "single") == sorted(["重残的", "智三级"])
    one = next(s for s in found_by(office, "single") if s.suggestion.name == "重残的")
    (done,) = accept_suggestions(office.store, [one.id], today=TODAY)
    made = row(office, done.record)
    doc = made["doc"]
    assert (made["state"], doc["apply_channel"], doc["single_by_hardship"], doc["single_basis"]) == (
        "draft",
        "4",
        True,
        "1",
    )
    assert doc["origin_edge"] == edge
    assert [m["person"] for m in doc["members"] if m["in_covered"]] == [severe]
    assert names(office, "single") == []  # the household's application is in work


def family(
    office: Office, child: str, father: dict[str, Any], mother: dict[str, Any], *, prison: bool = False
) -> None:
    people = [
        office.add_person(f"{child}父", **father), office.add_person(f"{child}母", **mother),
        office.add_person(child, birth="2015-03-01"),
    ]  # fmt: skip
    with office.store.writing("home") as w:
        home = w.put("households", {"owner": TOWN, "head": people[0], "village": "500229106200"})
        for person, relation in zip(people, ("02", "12", "20"), strict=True):
            gone = (
                {"leave_date": "2023-01-01", "leave_reason": "prison"} if prison and relation == "12" else {}
            )
            w.put(
                "household_members",
                {"owner": TOWN, "household": home, "person": person, "relation": relation, **gone},
            )


def test_children_whom_neither_parent_can_raise(office: Office) -> None:
    """§4.3: both dead is an orphan; one dead and the other 重残、失联、服刑, or both of these, is 事实无人抚养."""
    dead: dict[str, Any] = {"alive_status": "2", "death_date": "2022-01-01"}
    lost = {"alive_status": "5"}
    severe = {"more": {**MORE, "disability_level": "1"}}
    family(office, "甲", dead, dead)
    family(office, "乙", dead, lost)
    family(office, "丙", dead, {})
    family(office, "丁", severe, lost)
    family(office, "戊", dead, {}, prison=True)
    family(office, "己", {}, {})
    assert names(office, "orphan") == ["甲"]
    assert names(office, "defacto") == sorted(["乙", "丁", "戊"])
    (one,) = [s for s in found_by(office, "defacto") if s.suggestion.name == "乙"]
    assert one.suggestion.reason == (
        "乙出生于 2015-03-01，户内登记的父母乙父死亡2022-01-01、乙母失联，没有事实无人抚养儿童补贴"
    )


def test_old_people_in_dibao_without_their_add_on(office: Office) -> None:
    old, young = (
        office.add_person("满七十", birth="1954-07-05"),
        office.add_person("差一天", birth="1954-07-06"),
    )
    home = add_home(office, "dibao", old, young)
    (one,) = found_by(office, "elder_70_classified")
    assert (one.suggestion.name, one.suggestion.record) == ("满七十", home)
    with office.store.writing("row") as w:
        doc = row(office, home)["doc"]
        rows = [{**m, "classified": "elderly70"} if m["person"] == old else m for m in doc["members"]]
        w.put("records", {"id": home, "doc": {**doc, "members": rows}})
    assert found_by(office, "elder_70_classified") == []


def test_disabled_old_people_in_hardship(office: Office) -> None:
    """From grade 2 on (the rate's example), in 低保, 60 or older."""
    able = office.add_person("完好的", birth="1950-01-01", more={"elder_ability_level": "0"})
    frail = office.add_person("中度的", birth="1950-01-01", more={"elder_ability_level": "2"})
    young = office.add_person("五十九", birth="1964-07-06", more={"elder_ability_level": "3"})
    add_home(office, "dibao", able, frail, young)
    office.add_person("不困难", birth="1950-01-01", more={"elder_ability_level": "4"})
    assert names(office, "elder_poor") == ["中度的"]


def test_a_sudden_bill(office: Office) -> None:
    """discover.big_bill is 20,000.00 in the shipped example: one cent less finds nobody."""
    for name, cents in (("大额的", 2000000), ("差一分", 1999999)):
        person = office.add_person(name)
        made = record(office, "linshi", person, difficulty_type="1", self_paid=cents)
        with office.store.writing("dated") as w:
            w.put("records", {"id": made, "record_date": "2024-03-01"})
        office.take(made, "approve", "confirmed", "paid", at="2024-03-05T09:00:00+08:00", month="2024-03")
    assert names(office, "gangxing") == ["大额的"]
    assert names(office, "gangxing", today=date(2025, 3, 2)) == []


def test_answers_survive_and_open_again_when_something_changed(office: Office) -> None:
    person = office.add_person("下月满", birth="1944-08-30")
    office.add_person("本月满", birth="1944-07-20")
    other, one = found_by(office, "elder_80")
    assert one.suggestion.name == "本月满"
    assert dismiss_suggestions(office.store, [one.id], reason="户籍不在本地", today=TODAY) == 1
    assert postpone_suggestions(office.store, [other.id], until=date(2024, 8, 1), today=TODAY) == 1
    assert [s.state for s in found_by(office, "elder_80")] == ["postponed", "dismissed"]
    later = found_by(office, "elder_80", today=date(2024, 8, 1))
    assert [s.state for s in later] == ["open", "dismissed"]
    assert later[1].said is not None
    assert later[1].said.text == "户籍不在本地"
    office.change_person(person, birth_date="1944-08-29")  # what was said of him is no longer so
    assert [s.state for s in found_by(office, "elder_80")] == ["open", "dismissed"]
    with pytest.raises(UserError, match="理由"):
        dismiss_suggestions(office.store, [other.id], reason=" ", today=TODAY)
    with pytest.raises(UserError, match="以后"):
        postpone_suggestions(office.store, [other.id], until=TODAY, today=TODAY)


def test_an_accepted_suggestion_is_a_draft_and_found_no_more(office: Office) -> None:
    office.add_person("本月满", birth="1944-07-20")
    (one,) = found_by(office, "elder_80")
    (done,) = accept_suggestions(office.store, [one.id], today=TODAY)
    made = row(office, done.record)
    assert (made["form"], made["state"], made["doc"]["apply_channel"]) == ("elder_age", "draft", "4")
    assert made["doc"]["apply_reason"] == one.suggestion.reason
    assert found_by(office, "elder_80") == []
    with pytest.raises(UserError, match="已经不在"):
        accept_suggestions(office.store, [one.id], today=TODAY)
