"""待遇资格认证: who is not certified in time is suspended, certified later is resumed and paid back (domain §3.10).

Amounts by hand: 高龄津贴 90—99 600.00 a year, 50.00 a month (domain §13); 两项补贴 one-month rates of the same table.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from minzheng_desktop.benefits.ready_steps import take_ready
from minzheng_desktop.checks.desk import on_batch, run_checks
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import ReliefTown, flat

ROAD = ("submit", "accept", "review", "report", "confirm", "activate")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path, today=date(2024, 2, 10))
    yield made
    made.store.close()


def on(town: ReliefTown, day: str) -> None:
    town.today = date.fromisoformat(day)


def elder(town: ReliefTown, name: str = "吴道芸", birth: str = "1933-05-20") -> tuple[str, str]:
    """Somebody of 90 who draws 高龄津贴 from February 2024."""
    person = town.person(name, birth, sex="2")
    doc = {
        "apply_channel": "1", "apply_date": "2024-02-05", "relative_of_staff": False, "town_result": "1",
        "town_opinion": "同意", "account": town.account(person, name),
    }  # fmt: skip
    record = town.save("elder_age", doc, person=person)
    assert town.walk(record, ROAD) == "active"
    return person, record


def check(town: ReliefTown, person: str, *awards: str, due: str = "2024-09-30", **more: Any) -> str:
    doc = {
        "cycle": "2024H2", "due_date": due,
        "benefits": [{"key": str(at), "award": award} for at, award in enumerate(awards)], **more,
    }  # fmt: skip
    record = town.save("entitlement_check", doc, person=person)
    town.step(record, "list")
    return record


CERTIFIED = {"result": "1", "method": "2", "operator": "周晓岚"}


def quarter(town: ReliefTown, month: str) -> dict[str, tuple[int, int]]:
    """What a quarter pays: record → (of the quarter itself, paid back), cents; the quarter is locked."""
    plan = town.lock("elder_age", month)
    return {item.record: (item.total - item.backpay, item.backpay) for item in plan.items}


def test_suspended_from_the_next_month_and_paid_back_when_certified(town: ReliefTown) -> None:
    person, record = elder(town)
    assert (
        town.row(record)["start_month"] == "2024-02"
    )  # the month of confirmation (elder_age.start_month_rule)
    on(town, "2024-03-05")
    assert quarter(town, "2024-03") == {record: (10_000, 0)}  # February and March
    waiting = check(town, person, record)
    on(town, "2024-06-05")
    assert quarter(town, "2024-06") == {record: (15_000, 0)}
    on(town, "2024-09-05")
    assert quarter(town, "2024-09") == {record: (15_000, 0)}
    with pytest.raises(UserError, match="还没有过认证期限"):
        town.step(waiting, "suspend")
    on(town, "2024-10-08")
    assert [f.finding.rule for f in run_checks(town.store, month="2024-10", today=town.today)
            if f.finding.rule == "C08"] == ["C08"]  # fmt: skip
    assert town.step(waiting, "suspend") == "suspended"
    assert town.state(record) == "suspended"
    assert not [f for f in run_checks(town.store, month="2024-10", today=town.today)
                if f.finding.rule == "C08" and f.state == "open"]  # fmt: skip
    on(town, "2024-12-05")
    assert quarter(town, "2024-12") == {record: (5_000, 0)}  # October; November and December are held
    on(town, "2025-02-10")
    with pytest.raises(UserError, match="先登记补认证的日期"):
        town.step(waiting, "certify_late")
    town.change(waiting, check_date="2025-02-10", **CERTIFIED)
    assert town.step(waiting, "certify_late") == "resumed"
    assert town.state(record) == "active"
    # the certification is told to the benefit: next one by its own cycle
    assert (town.doc(record)["last_check_date"], town.doc(record)["check_method"]) == ("2025-02-10", "2")
    on(town, "2025-03-05")
    # 50 × 3 for the quarter and 50 × 2 for November and December: January lies in the quarter itself
    plan = town.lock("elder_age", "2025-03")
    assert [item.total for item in plan.items] == [25_000]
    # over the whole time: February 2024 to March 2025 is 14 months of 50.00
    assert 10_000 + 15_000 + 15_000 + 5_000 + 25_000 == 14 * 5_000


def test_two_benefits_named_in_one_certification(town: ReliefTown) -> None:
    """护理补贴 is 100.00 a month beside 高龄津贴: both are held for November and December, both are paid back."""
    person, age = elder(town)
    with town.store.writing("disabled") as w:
        row = w.get("people", person) or {}
        facts = {"disability_type": "4", "disability_level": "1", "disability_cert_expire": "2031-05-01"}
        number = f"{row['id_number']}41"
        w.put("people", {"id": person, "more": {**row["more"], **facts, "disability_cert_no": number}})
    doc = {
        "apply_channel": "1", "apply_date": "2024-02-05", "relative_of_staff": False, "town_result": "1",
        "town_opinion": "同意", "cross_province": False, "federation_result": "1", "federation_date": "2024-02-06",
        "federation_opinion": "有效", "long_care_confirm": True, "other_care_kind": "0",
        "account": town.account(person, "吴道芸"),
    }  # fmt: skip
    care = town.save("djr_care", doc, person=person)
    assert (
        town.walk(care, ["submit", "accept", "review", "federate", "report", "confirm", "activate"])
        == "active"
    )
    waiting = check(town, person, age, care)
    on(town, "2024-10-08")
    town.step(waiting, "suspend")
    assert (town.state(age), town.state(care)) == ("suspended", "suspended")
    # February to October: nine months of 100.00
    assert [item.total for item in town.lock("djr_care", "2024-10").items] == [90_000]
    assert [item.total for item in town.plan("djr_care", "2024-11").items] == []
    on(town, "2025-01-10")
    town.change(waiting, check_date="2025-01-10", **CERTIFIED)
    town.step(waiting, "certify_late")
    assert (town.state(age), town.state(care)) == ("active", "active")
    (item,) = town.lock("djr_care", "2025-01").items
    assert (item.total - item.backpay, item.backpay) == (10_000, 20_000)  # January; November and December


def test_each_named_benefit_and_no_other(town: ReliefTown) -> None:
    """A carer's allowance that was not named goes on; a pause for another reason is not lifted."""
    person, record = elder(town)
    other, paused = elder(town, "冉光福", "1932-01-02")
    town.step(paused, "suspend", reason="账户冻结", month="2024-04")
    mine = check(town, person, record)
    theirs = check(town, other, paused)
    on(town, "2024-10-08")
    town.walk(mine, ["suspend"])
    town.walk(theirs, ["suspend"])
    on(town, "2024-10-20")
    for one in (mine, theirs):
        town.change(one, check_date="2024-10-20", **CERTIFIED)
        town.step(one, "certify_late")
    assert (town.state(record), town.state(paused)) == ("active", "suspended")


def test_somebody_elses_benefit_is_refused(town: ReliefTown) -> None:
    _, record = elder(town)
    other = town.person("冉光福", "1940-01-02")
    with pytest.raises(UserError, match="不是冉光福的待遇"):
        check(town, other, record)


def test_certified_in_time(town: ReliefTown) -> None:
    person, record = elder(town)
    waiting = check(town, person, record)
    on(town, "2024-08-01")
    assert "吴道芸" in flat(town.list("entitlement_check", "waiting").data)
    facts = {"check_date": "2024-08-01", "result": "1", "method": "3", "operator": "周晓岚"}
    with pytest.raises(UserError, match="照片没有填"):
        town.change(waiting, **facts)  # a home visit needs the picture of the person (domain §6.9)
    town.change(waiting, **facts, photos=["d" * 64])
    assert town.step(waiting, "certify") == "passed"
    assert town.state(record) == "active"
    assert town.row(waiting)["record_date"] == "2024-08-01"  # counted on the day of certification
    done = flat(town.list("entitlement_check", "done").data)
    number = town.row(record)["number"]
    assert "上门" in done
    assert number in done
    with pytest.raises(UserError, match="这个周期已有一条认证"):
        check(town, person, record)


def test_a_month_is_not_locked_while_somebody_uncertified_is_in_it(town: ReliefTown) -> None:
    """C08 is an error before the lock (domain §10.2): suspended first, or certified."""
    person, record = elder(town)
    waiting = check(town, person, record)
    on(town, "2024-12-05")
    plan = town.plan("elder_age", "2024-12")
    with town.store.reading() as r:
        found = [f for f in on_batch(r, plan, today=town.today) if f.rule == "C08"]
    assert [(f.severity, f.records) for f in found] == [("error", (record,))]
    assert "2024-09-30" in found[0].message
    town.step(waiting, "suspend")
    with town.store.reading() as r:
        assert [
            f for f in on_batch(r, town.plan("elder_age", "2024-12"), today=town.today) if f.rule == "C08"
        ] == []


def test_papers_say_what_is_held_and_until_when(town: ReliefTown) -> None:
    person, record = elder(town)
    waiting = check(town, person, record)
    assert set(town.papers(waiting)) == {"visit"}
    on(town, "2024-10-08")
    town.step(waiting, "suspend")
    texts = town.texts(waiting)
    assert "高龄津贴" in texts["suspend_notice"]
    assert "2024年9月30日以前" in texts["suspend_notice"]
    assert (
        "2025年3月30日" in texts["suspend_notice"]
    )  # six months after the term (entitlement.max_overdue_months)
    assert "吴道芸" in flat(town.list("entitlement_check", "held").data)


def test_held_too_long_goes_to_the_hearing_of_the_benefit(town: ReliefTown) -> None:
    person, record = elder(town)
    waiting = check(town, person, record)
    on(town, "2024-10-08")
    town.step(waiting, "suspend")
    with pytest.raises(UserError, match="还没有到停发的规定"):
        town.step(waiting, "stop")
    on(town, "2025-03-31")
    assert town.step(waiting, "stop") == "stopped"
    assert town.state(record) == "hearing"
    assert town.doc(record)["stop_reason"] == "cert_overdue"


def test_not_passed_is_heard_before_it_stops(town: ReliefTown) -> None:
    person, record = elder(town)
    waiting = check(town, person, record)
    on(town, "2024-08-01")
    town.change(
        waiting,
        check_date="2024-08-01",
        result="2",
        method="3",
        operator="周晓岚",
        fail_reason="户口已迁出本县",
    )
    with pytest.raises(UserError, match="写明原因和停发原因"):
        town.step(waiting, "fail")
    town.change(waiting, stop_reason="move_out")
    assert town.step(waiting, "fail") == "failed"
    assert (town.state(record), town.doc(record)["stop_reason"]) == ("hearing", "move_out")


def test_results_of_the_platform_come_in_and_are_taken_together(town: ReliefTown, tmp_path: Path) -> None:
    """A list of results meets those who wait: their results are filled, then 认证通过 is taken for all."""
    person, record = elder(town)
    waiting = check(town, person, record)
    on(town, "2024-08-02")
    with town.store.reading() as r:
        number = (r.get("people", person) or {})["id_number"]
    book = openpyxl.Workbook()
    for row in (
        ["姓名", "身份证号", "认证周期", "截止日期", "认证时间", "认证方式", "认证结果"],
        ["吴道芸", number, "2024H2", "2024-09-30", "2024-08-01", "刷脸", "通过"],
    ):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "认证.xlsx")
    plan = plan_roster(town.store, tmp_path / "认证.xlsx", form="entitlement_check", today=town.today)
    assert [row.action for row in plan.rows] == ["updated"]
    commit_roster(town.store, plan)
    assert (town.state(waiting), town.doc(waiting)["result"]) == ("pending", "1")
    (done,) = take_ready(town.store, "entitlement_check", today=town.today)
    assert (done.title, town.state(waiting)) == ("认证通过", "passed")
    assert town.doc(record)["last_check_date"] == "2024-08-01"
