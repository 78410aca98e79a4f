"""Each check of domain §10.2 against a violation planted in a real office, and silent on what is in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.benefits.lock import EVERY, lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.benefits.pool import fill_pool
from minzheng_desktop.checks.desk import answer_findings, count_open, on_batch, on_record, run_checks
from minzheng_desktop.checks.finding import Finding
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import make_id_number
from tests.benefits.offices import Office
from tests.benefits.samples import BATH, DIBAO, ELDER, choice

TODAY = date(2024, 7, 5)
ELSEWHERE = "500229201"
TOWN = "500229106"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path / "修齐镇.mz")
    found.use_rates([*DIBAO, *ELDER, *BATH, choice("elder.tier_change_rule", "birthday")])
    yield found
    found.store.close()


def found_in(office: Office, rule: str, month: str = "2024-06") -> list[Finding]:
    return [k.finding for k in run_checks(office.store, month=month, today=TODAY) if k.finding.rule == rule]


def lock(office: Office, form: str, month: str) -> str:
    return lock_batch(
        office.store, plan_batch(office.store, form=form, month=month, today=TODAY), reasons={EVERY: "核对过"}
    )


def put(office: Office, table: str, **body: Any) -> str:
    with office.store.writing("test") as w:
        return w.put(table, body)


def person_of(office: Office, record: str) -> dict[str, Any]:
    with office.store.reading() as r:
        row = r.get("people", (r.get("records", record) or {})["person"])
    assert row is not None
    return row


def elsewhere(office: Office, person: dict[str, Any], form: str, **more: Any) -> str:
    """The same person with a record in force in another township, as the county's database holds it."""
    twin = put(
        office, "people", owner=ELSEWHERE,
        **{k: person[k] for k in ("name", "sex", "birth_date", "id_number")} | more,
    )  # fmt: skip
    record = put(
        office, "records", owner=ELSEWHERE, form=form, form_version=1, person=twin, number="X-1",
        doc={"apply_channel": "1"}, state="reported",
    )  # fmt: skip
    step = office.step(
        record, "confirm", "reported", "confirmed", at="2024-01-05T09:00:00+08:00", month="2024-01"
    )
    put(office, "steps", **{**step, "owner": ELSEWHERE})
    return record


def test_a_month_in_order_has_no_findings(office: Office) -> None:
    office.add_dibao("向世珍")
    office.add_elder("吴道芸", "1940-02-03")
    lock(office, "dibao", "2024-06")
    fill_pool(office.store, today=date(2024, 6, 3))
    assert run_checks(office.store, month="2024-06", today=TODAY) == []


def test_c04_the_same_quilt_in_two_townships(office: Office) -> None:
    """Domain §3.8 ⑥: the same person, the same thing, campaigns of one kind in one year."""
    number = make_id_number("500229", date(1950, 2, 3), 9)
    people = {
        owner: put(
            office, "people", owner=owner, name="张三丰", sex="1", birth_date="1950-02-03", id_number=number
        )
        for owner in (TOWN, ELSEWHERE)
    }
    records = []
    for owner, item, kind, day in (
        (TOWN, "棉被", "1", "2024-01-10"),
        (ELSEWHERE, "棉被", "1", "2024-02-01"),
        (ELSEWHERE, "大米", "1", "2024-02-01"),
        (ELSEWHERE, "棉被", "2", "2024-06-01"),
    ):
        record = put(
            office, "records", owner=owner, form="goods", form_version=1, person=people[owner], number="WZ-1",
            record_date=day, kind="give", doc={"item_name": item, "campaign_kind": kind, "way": "give"},
        )  # fmt: skip
        put(
            office, "steps", owner=owner, record=record, step="register", from_state="draft", to_state="registered",
            at="2024-06-02T09:00:00+08:00", actor="town", by="周晓岚",
        )  # fmt: skip
        records.append(record)
    (finding,) = found_in(office, "C04")
    assert set(finding.records) == set(records[:2])
    assert finding.severity == "warning"
    assert "2次“棉被”" in finding.message
    assert "龙田乡" in finding.message


def test_c13_people_of_dibao_who_are_not_in_the_register(office: Office) -> None:
    """A household of three and an elder: the three of 低保 are missing, 高龄津贴 counts for nothing (domain §3.3)."""
    office.add_dibao("向世珍")
    office.add_elder("吴道芸", "1940-02-03")
    (finding,) = found_in(office, "C13")
    assert "有 3 人不在低收入人口数据库" in finding.message
    done = fill_pool(office.store, today=date(2024, 6, 3))
    assert sorted(member.category for member in done.new) == ["2", "2", "2"]
    assert found_in(office, "C13") == []
    assert fill_pool(office.store, today=TODAY).empty


def test_c01_names_both_townships(office: Office) -> None:
    mine = office.add_elder("吴道芸", "1940-02-03")
    theirs = elsewhere(office, person_of(office, mine), "elder_age")
    (finding,) = found_in(office, "C01")
    assert set(finding.records) == {mine, theirs}
    assert finding.severity == "error"
    assert "修齐镇" in finding.message
    assert "龙田乡" in finding.message


def test_c01_sees_a_15_digit_number_as_the_same(office: Office) -> None:
    """GB 11643: 500229 1940-02-03 007 is written 500229400203007 in the old form."""
    number = make_id_number("500229", date(1940, 2, 3), 7)
    person = office.add_person("吴道芸", birth="1940-02-03", id_number=number)
    mine = office.add_record("elder_age", {"apply_channel": "1"}, {"birth_date": "1940-02-03"}, person=person)
    old = number[:6] + number[8:17]
    theirs = elsewhere(office, {**person_of(office, mine), "id_number": old}, "elder_age")
    assert [set(f.records) for f in found_in(office, "C01")] == [{mine, theirs}]


def test_c02_a_death_known_in_another_township_speaks_for_the_payment_here(office: Office) -> None:
    """The only member died in April: the household is still in force in June, whose payment began after it."""
    record = office.add_dibao("向世珍", members=1, income=0)
    lock(office, "dibao", "2024-06")
    person = person_of(office, record)
    put(
        office, "people", owner=ELSEWHERE, name=person["name"], sex=person["sex"], birth_date=person["birth_date"],
        id_number=person["id_number"], death_date="2024-04-10", alive_status="2",
    )  # fmt: skip
    found = found_in(office, "C02")
    assert [f.key.split(":")[0] for f in found] == ["force"]
    assert "2024-04-10 死亡" in found[0].message


def test_c02_counts_the_money_paid_to_a_dead_person(office: Office) -> None:
    """elder.80_89: 100 yuan a year; a quarter 25.00, wholly after the death in March."""
    record = office.add_elder("吴道芸", "1940-02-03", start="2024-04")
    lock(office, "elder_age", "2024-06")
    office.change_person(person_of(office, record)["id"], death_date="2024-03-31", alive_status="2")
    found = {f.key.split(":")[0]: f for f in found_in(office, "C02")}
    assert found["paid"].cents == 2500
    assert set(found) == {"paid", "force"}


def test_c03_over_townships(office: Office) -> None:
    record = office.add_dibao("向世珍")
    with office.store.reading() as r:
        member = (r.get("records", record) or {})["doc"]["members"][2]["person"]
        person = r.get("people", member)
    assert person is not None
    elsewhere(office, person, "tekun")
    (finding,) = found_in(office, "C03")
    assert finding.records[0] == record
    assert "R01" in finding.message


def test_c05_a_payment_above_standard_times_people(office: Office) -> None:
    """600.00 × 3 is the most a household of three can get; 1,900.00 was written into the batch."""
    record = office.add_dibao("向世珍")
    batch = lock(office, "dibao", "2024-06")
    with office.store.reading() as r:
        from sqlalchemy import select

        from minzheng_desktop.store.schema import payment_items

        item = r.one(select(payment_items).where(payment_items.c.batch == batch))
    assert item is not None
    with office.store.writing("forge") as w:
        w.put("records", {"id": record, "quantity": 3})
    assert found_in(office, "C05") == []
    put(office, "payment_items", id=item["id"], base=190000, total=item["total"])
    (finding,) = found_in(office, "C05")
    assert finding.cents == 10000
    sums = found_in(office, "C15")
    assert len(sums) == 1
    assert "不等于实发" in sums[0].message


def test_c05_a_batch_locked_with_another_standard(office: Office) -> None:
    office.add_dibao("向世珍")
    lock(office, "dibao", "2024-06")
    from tests.benefits.samples import money

    office.use_rates([*DIBAO[1:], money("dibao.rural", 590, "2023-09-01"), *ELDER])
    (finding,) = found_in(office, "C05")
    assert "农村低保标准应为 590.00，用了 600.00" in finding.message


def test_c07_another_persons_certificate_and_an_expired_one(office: Office) -> None:
    record = office.add_elder("吴道芸", "1940-02-03")
    person = person_of(office, record)
    other = make_id_number("500229", date(1951, 1, 1), 12)
    office.change_person(
        person["id"], more={"disability_cert_no": f"{other}42", "disability_cert_expire": "2024-05-31"}
    )
    (finding,) = found_in(office, "C07")
    assert "与本人身份证号不同" in finding.message
    assert "2024-05-31 已到期" in finding.message


def test_c09_a_recheck_that_is_past_its_day(office: Office) -> None:
    record = office.add_dibao("向世珍")
    put(office, "records", id=record, until_date="2024-06-29")
    (finding,) = found_in(office, "C09")
    assert (finding.severity, "2024-06-29" in finding.message) == ("warning", True)
    put(office, "records", id=record, until_date="2024-06-30")
    assert found_in(office, "C09") == []


def test_c09_six_days_of_publicity_one_investigator_and_a_long_grace(office: Office) -> None:
    """Domain §2.10: publicity seven days, two investigators; §3.1: grace at most six months 〔例〕."""
    record = office.add_dibao("向世珍")
    with office.store.writing("doc") as w:
        doc = (w.get("records", record) or {})["doc"]
        doc |= {
            "publicity": [{"key": "a", "stage": "1", "start_date": "2024-01-01", "end_date": "2024-01-06"}],
            "investigations": [{"key": "b", "date": "2024-01-02", "investigators": ["王经办"]}],
        }
        w.put("records", {"id": record, "doc": doc})
    (finding,) = found_in(office, "C09")
    assert "公示只有 6 天" in finding.message
    assert "入户调查只有 1 人" in finding.message


def test_c11_one_person_entered_and_reviewed(office: Office) -> None:
    record = office.add_dibao("向世珍")
    put(office, "records", id=record, entered_by="周晓岚")
    office.take(
        record,
        "review",
        "investigating",
        "reviewed",
        at="2024-01-02T09:00:00+08:00",
        month=None,
        single_post=True,
    )
    (finding,) = found_in(office, "C11")
    assert "已登记单人岗" in finding.message


def test_c12_one_account_for_two_households_and_a_stranger_as_holder(office: Office) -> None:
    first, second = office.add_dibao("向世珍"), office.add_dibao("吴道芸")
    with office.store.reading() as r:
        from sqlalchemy import select

        from minzheng_desktop.store.schema import bank_accounts

        rows = {row["person"]: row for row in r.rows(select(bank_accounts))}
    one, two = person_of(office, first)["id"], person_of(office, second)["id"]
    put(office, "bank_accounts", id=rows[two]["id"], number=rows[one]["number"], name="罗成桂")
    lock(office, "dibao", "2024-06")
    found = found_in(office, "C12")
    assert {f.key.split(":")[0] for f in found} == {"shared", "name"}
    shared = next(f for f in found if f.key.startswith("shared"))
    assert set(shared.persons) == {one, two}
    assert shared.cents == 2 * 6 * 87000
    put(office, "bank_accounts", id=rows[two]["id"], payee_relation="监护人")
    assert found_in(office, "C12") == []


def test_c13_a_household_that_covers_more_than_its_table(office: Office) -> None:
    record = office.add_dibao("向世珍")
    put(office, "records", id=record, quantity=4)
    fill_pool(office.store, today=date(2024, 6, 3))
    (finding,) = found_in(office, "C13")
    assert "保障 4 人" in finding.message
    assert "计入 3 人" in finding.message


def test_c14_wrong_check_digit_wrong_birth_date_and_two_names(office: Office) -> None:
    right = make_id_number("500229", date(1960, 1, 2), 21)
    wrong = right[:17] + ("0" if right[17] != "0" else "1")
    office.add_person("甲乙", birth="1960-01-02", id_number=wrong)
    office.add_person("丙丁", birth="1960-01-03", sex="1", id_number=right)
    put(office, "people", owner=ELSEWHERE, name="丙下", sex="1", birth_date="1960-01-02", id_number=right)
    texts = [f.message for f in found_in(office, "C14")]
    assert any("校验位" in t for t in texts)
    assert any("1960-01-02" in t and "1960-01-03" in t for t in texts)
    assert any("不同的姓名" in t and "丙丁" in t and "丙下" in t for t in texts)


def test_c14_one_person_registered_twice_in_one_village(office: Office) -> None:
    office.add_person("张三丰", birth="1960-01-02")
    office.add_person("张三丰", birth="1960-01-02")
    (finding,) = found_in(office, "C14")
    assert (finding.severity, "2 个登记" in finding.message) == ("warning", True)


def test_c15_a_total_that_is_not_its_items(office: Office) -> None:
    """January to June, six times 870.00."""
    office.add_dibao("向世珍")
    batch = lock(office, "dibao", "2024-06")
    put(office, "payment_batches", id=batch, total=522001)
    (finding,) = found_in(office, "C15")
    assert finding.cents == 1
    assert "5,220.01" in finding.message


def test_c16_registered_in_another_county(office: Office) -> None:
    record = office.add_elder("吴道芸", "1940-02-03")
    office.change_person(person_of(office, record)["id"], hukou_village="500235100200")
    assert [f.records for f in found_in(office, "C16")] == [(record,)]


def test_a_finding_is_answered_remembered_and_closes_when_mended(office: Office) -> None:
    record = office.add_elder("吴道芸", "1940-02-03")
    person = person_of(office, record)["id"]
    office.change_person(person, hukou_village="500235100200")
    (kept,) = run_checks(office.store, month="2024-06", today=TODAY)
    assert kept.state == "open"
    with pytest.raises(UserError, match="没有写说明"):
        answer_findings(office.store, [kept.id], as_="explained", text=" ")
    with pytest.raises(UserError, match="县级"):
        answer_findings(office.store, [kept.id], as_="accepted", text="已核实")
    assert answer_findings(office.store, [kept.id], as_="explained", text="户口正在迁回") == 1
    (again,) = run_checks(office.store, month="2024-06", today=TODAY)
    assert (again.state, again.answer, again.answered_by) == ("explained", "户口正在迁回", "周晓岚")
    office.change_person(person, hukou_village="500229106200")
    assert run_checks(office.store, month="2024-06", today=TODAY) == []
    with office.store.reading() as r:
        assert count_open(r) == []
    office.change_person(person, hukou_village="500235100200")
    (back,) = run_checks(office.store, month="2024-06", today=TODAY)
    assert back.state == "open"


def test_an_error_cannot_be_explained_away(office: Office) -> None:
    mine = office.add_elder("吴道芸", "1940-02-03")
    elsewhere(office, person_of(office, mine), "elder_age")
    kept = next(k for k in run_checks(office.store, month="2024-06", today=TODAY) if k.finding.rule == "C01")
    with pytest.raises(UserError, match="要改正"):
        answer_findings(office.store, [kept.id], as_="explained", text="不是同一人")


def test_at_entry_and_before_the_lock_only_the_records_at_hand_are_looked_at(office: Office) -> None:
    quiet, loud = office.add_elder("吴道芸", "1940-02-03"), office.add_elder("向世珍", "1941-02-03")
    elsewhere(office, person_of(office, loud), "elder_age")
    with office.store.reading() as r:
        assert on_record(r, quiet, today=TODAY) == ()
        assert {p.code for p in on_record(r, loud, today=TODAY)} == {"C01"}
        plan = plan_batch(office.store, form="elder_age", month="2024-06", today=TODAY)
        assert [(f.rule, loud in f.records) for f in on_batch(r, plan, today=TODAY)] == [("C01", True)]


def test_nobody_draws_his_own_benefit_while_he_is_detained(office: Office) -> None:
    """R17, domain §7: a member who is not counted because he serves a sentence draws 高龄津贴."""
    elder = office.add_elder("吴道芸", "1940-02-03")
    person = person_of(office, elder)["id"]
    dibao = office.add_dibao("向世珍")

    def member(**more: Any) -> None:
        with office.store.reading() as r:
            doc = (r.get("records", dibao) or {})["doc"]
        row = {"key": person, "person": person, "in_covered": False, "relation": "52", **more}
        put(office, "records", id=dibao, doc={**doc, "members": [*doc["members"][:3], row]})

    member(not_counted_reason="2")
    (finding,) = found_in(office, "C03")
    assert (finding.severity, finding.form, finding.records, finding.persons) == (
        "warning", "elder_age", (elder, dibao), (person,),
    )  # fmt: skip
    assert "登记为服刑" in finding.message
    member(leave_reason="prison", leave_date="2024-08-02")
    assert found_in(office, "C03") == []
    assert len(found_in(office, "C03", "2024-08")) == 1
    member(not_counted_reason="9")
    assert found_in(office, "C03") == []
