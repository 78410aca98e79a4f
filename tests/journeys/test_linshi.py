"""临时救助: urgent help first and explained later, expenses with publicity, town limits, cash (domain §3.5).

Amounts by hand: 农村低保标准 635.00 from 2024-09 (domain §13), town limit 3,000.00.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.documents.batch_prints import make_batch_print
from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import INVESTIGATION, SHOWN, VERIFICATION, ReliefTown, flat

OWN = {"number": "6217001234567890122", "name": "秦大勇", "bank": "农商行", "type": "1"}
CASH = {"pay_mode": "2", "cash_handlers": ["周晓岚", "冉启明"], "cash_photo": ["b" * 64]}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


def application(**more: Any) -> dict[str, Any]:
    """A house burnt down; the family of three is helped for one month by the standard."""
    return {
        "apply_channel": "4", "apply_date": "2026-09-07", "relative_of_staff": False, "relief_kind": "1",
        "difficulty_type": "3", "hukou_local": True, "family_size": 3, "persons": 3, "event_date": "2026-09-06",
        "event_place": "茶丰村2组", "event_desc": "房屋失火，衣被粮食烧毁", "grant_mode": "1", "area": "2",
        "months": 10, "approve_level": "town", "pay_mode": "1", "account": OWN, **more,
    }  # fmt: skip


def test_urgent_help_is_paid_first_and_explained_within_ten_working_days(town: ReliefTown) -> None:
    man = town.person("秦大勇", "1979-04-05")
    record = town.save(
        "linshi", application(advance_paid=True, advance_paid_on="2026-09-08", **CASH), person=man
    )
    assert town.said == []
    assert town.walk(record, ["submit", "accept", "advance"]) == "approved"
    doc = town.doc(record)
    # 635.00 × 1 month × 3 persons; ten work days after Tuesday 8 September: 9–11, 14–18, Sunday 20 (调休上班), 21
    assert (doc["approved_amount"], doc["explain_due"], doc["start_month"]) == (
        190_500,
        "2026-09-21",
        "2026-09",
    )
    assert "秦大勇" in flat(town.list("linshi", "explain").data)
    plan = town.lock("linshi", "2026-09")
    assert [(i.account_number, i.account_name, i.total) for i in plan.items] == [(None, "现金", 190_500)]
    assert town.state(record) == "paid"
    ledger = flat(town.batch("linshi", "2026-09").data)
    for words in ("临时救助2026年9月发放表", "现金", "2026-09-08", "火灾", "1,905.00"):
        assert words in ledger
    with pytest.raises(UserError, match="全部发的是现金"):
        make_batch_print(
            town.store, form="linshi", month="2026-09", as_="bank-csv", printed_at="2026-09-30 10:00"
        )
    with pytest.raises(UserError, match="要先补充说明"):
        town.step(record, "archive")
    town.change(record, post_explain_date="2026-09-14", post_explain="已入户核实，情况属实")
    with pytest.raises(UserError, match="没有要列在这张表上的"):
        town.list("linshi", "explain")  # explained, so nobody waits any more; the paper still names the term
    assert "2026年9月21日" in town.texts(record)["explanation"]
    assert set(town.texts(record)) >= {"approval", "survey", "explanation", "receipt", "published"}
    assert town.walk(record, ["archive"]) == "archived"


def test_expenses_go_through_publicity_and_above_the_limit_to_the_county(town: ReliefTown) -> None:
    man = town.person("秦大勇", "1979-04-05")
    bills = [
        {"key": "1", "kind": "1", "total": 4_820_000, "reimbursed": 3_100_050},
        {"key": "2", "kind": "3", "total": 260_000},
    ]
    facts = {"relief_kind": "2", "difficulty_type": "1", "disease": "尿毒症", "persons": 2, "expenses": bills}
    record = town.save("linshi", application(**facts), person=man)
    town.walk(record, ["submit", "accept", "investigate"])
    facts = {"town_result": "1", "town_opinion": "拟同意", "months": 30, "investigations": [INVESTIGATION]}
    town.change(record, verifications=[VERIFICATION], **facts)
    doc = town.doc(record)
    assert (doc["expense_total"], doc["insurance_paid"], doc["self_paid"]) == (
        5_080_000,
        3_100_050,
        1_979_950,
    )
    assert doc["approved_amount"] == 381_000  # 635.00 × 3 × 2
    with pytest.raises(UserError, match="超过乡镇审批限额"):
        town.step(record, "review")
    town.change(record, approve_level="county")
    town.walk(record, ["review"])
    town.change(record, publicity=[SHOWN])
    notice = town.texts(record)["notice"]
    assert "3,810.00" in notice
    assert "尿毒症" not in notice
    assert "疾病" not in notice
    town.walk(record, ["publicize"])
    town.later(9)
    town.walk(record, ["end_publicity"])
    with pytest.raises(UserError, match="乡镇审批的、拟同意的才能由乡镇批准"):
        town.step(record, "approve_town")
    town.walk(record, ["report", "manual_confirm"])
    (item,) = town.lock("linshi", "2026-09").items
    assert (item.account_number, item.total) == (OWN["number"], 381_000)
    assert town.walk(record, ["archive"]) == "archived"
    assert "3,810.00" in flat(town.list("linshi", "roll").data)
    summary = flat(town.list("linshi", "summary").data)
    for words in ("支出型", "疾病", "3,810.00"):
        assert words in summary


def test_one_event_is_helped_once_and_a_second_cause_is_pointed_out(town: ReliefTown) -> None:
    man = town.person("秦大勇", "1979-04-05")
    first = town.save(
        "linshi", application(advance_paid=True, advance_paid_on="2026-09-08", **CASH), person=man
    )
    town.walk(first, ["submit", "advance"])
    again = town.save("linshi", application(), person=man)
    with pytest.raises(UserError, match="同一事由不重复救助"):
        town.step(again, "submit")
    other = town.save("linshi", application(event_date="2026-09-01"), person=man)
    town.step(other, "submit")
    town.change(other, months=10)
    assert town.doc(other)["year_before"] == 190_500


def test_who_is_referred_gets_no_money(town: ReliefTown) -> None:
    man = town.person("秦大勇", "1979-04-05")
    record = town.save("linshi", application(pay_mode="4", referral_to="2", advance_paid=True), person=man)
    town.walk(record, ["submit", "advance"])
    plan = town.plan("linshi", "2026-09")
    assert (plan.items, [b.reason for b in plan.blocked]) == ((), ["转介服务没有现金给付"])
    assert town.walk(record, ["refer"]) == "archived"


def test_a_household_already_aided_is_named(town: ReliefTown) -> None:
    """The category is looked up, not typed: a 特困 person is 特困 whatever else."""
    man = town.person("秦大勇", "1979-04-05")
    record = town.save("linshi", application(monitored=True), person=man)
    assert town.doc(record)["household_category"] == "5"
    town.change(record, monitored=False)
    assert town.doc(record)["household_category"] == "6"


def test_help_in_kind_names_the_things_and_two_hands(town: ReliefTown) -> None:
    """现金、实物: two handlers and a picture (domain §3.5 ②); a fixed grade instead of the standard."""
    man = town.person("秦大勇", "1979-04-05")
    facts = {
        "grant_mode": "2",
        "grade": "1",
        "pay_mode": "3",
        "advance_paid": True,
        "advance_paid_on": "2026-09-08",
    }
    record = town.save("linshi", application(**facts), person=man)
    town.walk(record, ["submit", "advance"])
    (item,) = town.lock("linshi", "2026-09").items
    assert item.total == town.doc(record)["approved_amount"]
    town.change(record, post_explain_date="2026-09-14", post_explain="属实")
    with pytest.raises(UserError, match=r"经手人|领取照片|实物清单"):
        town.step(record, "archive")
    town.change(
        record, cash_handlers=["周晓岚", "冉启明"], cash_photo=["b" * 64], goods_detail="大米 2 袋、棉被 2 床"
    )
    assert town.step(record, "archive") == "archived"
    assert "棉被 2 床" in town.texts(record)["receipt"]


def test_who_explains_late_is_told_so(town: ReliefTown) -> None:
    """Ten working days after 8 September end on the 22nd; the 29th is late."""
    man = town.person("秦大勇", "1979-04-05")
    record = town.save(
        "linshi", application(advance_paid=True, advance_paid_on="2026-09-08", **CASH), person=man
    )
    town.walk(record, ["submit", "advance"])
    town.lock("linshi", "2026-09")
    town.later(15)
    town.change(record, post_explain_date="2026-09-29", post_explain="路断，未能按期核实")
    from minzheng_desktop.benefits import casework

    with town.store.writing("archive") as w:
        taken = casework.take_step(w, record, "archive", today=town.today, asks={})
    assert any("晚于规定的期限" in p.message for p in taken.problems)


def test_refused_by_the_township_with_its_reason(town: ReliefTown) -> None:
    woman = town.person("向世珍", "1985-02-05", sex="2")
    record = town.save("linshi", application(), person=woman)
    town.walk(record, ["submit", "accept", "investigate"])
    town.change(
        record, investigations=[INVESTIGATION], town_result="2", town_opinion="损失已由保险全部赔付，不符合条件",
        verifications=[VERIFICATION],
    )  # fmt: skip
    town.walk(record, ["review", "refuse_town"])
    assert town.state(record) == "denied"
    notice = town.texts(record)["deny_notice"]
    assert "损失已由保险全部赔付" in notice
    assert "申请行政复议" in notice


def test_who_comes_from_elsewhere_is_helped_where_the_need_is(town: ReliefTown) -> None:
    """社会救助法第37条: the township of the emergency, whatever the 户籍; a child may be the one who is helped."""
    man, child = town.person("秦大勇", "1979-04-05"), town.person("秦小雨", "2015-04-05")
    record = town.save(
        "linshi",
        application(hukou_local=False, beneficiary=child, beneficiary_kin="30", persons=1),
        person=man,
    )
    assert town.said == []
    town.change(record, event_date="2025-09-01")
    assert any("发生在一年以前" in said for said in town.said)
    assert "秦小雨" in flat(town.list("linshi", "roll").data)


def test_a_mistaken_approval_is_withdrawn_before_it_is_paid(town: ReliefTown) -> None:
    man = town.person("秦大勇", "1979-04-05")
    record = town.save(
        "linshi", application(advance_paid=True, advance_paid_on="2026-09-08", **CASH), person=man
    )
    town.walk(record, ["submit", "advance"])
    assert len(town.plan("linshi", "2026-09").items) == 1
    assert town.step(record, "cancel", reason="核实不符") == "cancelled"
    assert town.plan("linshi", "2026-09").items == ()
