"""「这笔钱怎么算的」 and recoveries in a real office."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits.explain import explain
from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.benefits.preview import preview_amount
from minzheng_desktop.benefits.recovery import open_recoveries, plan_recoveries, register_repayment
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import Office
from tests.benefits.samples import TOWN


def person_of(office: Office, record: str, member: int = 0) -> dict[str, str]:
    with office.store.reading() as r:
        row = r.get("records", record)
        assert row is not None
        person = r.get(
            "people", row["doc"]["members"][member]["person"] if row["household"] else row["person"]
        )
    assert person is not None
    return person


def lock(office: Office, month: str, form: str = "dibao") -> None:
    lock_batch(office.store, plan_batch(office.store, form=form, month=month))


def test_a_planned_amount_is_explained_to_any_covered_member(office: Office) -> None:
    """Domain §8.4: (635 − 310) × 3 = 975.00."""
    record = office.add_dibao("向世珍", start="2024-09")
    office.add_dibao("冉启珍", start="2024-09")
    for member in (0, 2):
        number = person_of(office, record, member)["id_number"]
        found = explain(office.store, form="dibao", month="2024-09", id_number=number)
        assert (found.state, found.amount, found.record, found.name) == ("planned", 97500, record, "向世珍")
        assert [(s.name, s.result, s.formula) for s in found.steps] == [
            ("人均月收入", "310.00", "11,160.00 ÷ 12 ÷ 3"),
            ("农村低保标准（9月起）", "635.00", "每人每月"),
            ("每人差多少", "325.00", "635.00 − 310.00"),
            ("全户保障 3 人", "975.00", "325.00 × 3 人"),
        ]


def test_a_locked_amount_keeps_its_steps_and_compares(office: Office) -> None:
    record = office.add_dibao("向世珍", start="2024-08")
    lock(office, "2024-08")
    lock(office, "2024-09")
    before = explain(office.store, form="dibao", month="2024-09", record=record)
    office.approve(record, "2024-08", {"area": "2", "income_year": 0, "size": 3, "covered": 3})
    found = explain(office.store, form="dibao", month="2024-09", record=record)
    assert found == before
    assert (found.state, found.batch, found.before_month) == ("locked", "500229106-DB-202409-01", "2024-08")
    assert [(c.name, c.before, c.now) for c in found.compared] == [
        ("标准", 60000, 63500), ("户月保障金", 87000, 97500), ("实发", 87000, 97500),
    ]  # fmt: skip
    assert found.compared[0].reason == "标准调整：农村低保标准"


def test_what_is_blocked_explains_why(office: Office) -> None:
    record = office.add_dibao("张三", income=635 * 12 * 3 * 100)
    found = explain(office.store, form="dibao", month="2024-09", record=record)
    assert (found.state, found.amount, found.blocked) == ("blocked", 0, "人均月收入不低于保障标准")


def test_nobody_and_nothing(office: Office) -> None:
    record = office.add_dibao("向世珍", start="2024-09")
    stranger = office.add_person("路人")
    with office.store.reading() as r:
        number = r.get("people", stranger)["id_number"]  # type: ignore[index]
    with pytest.raises(UserError, match="没有证号为"):
        explain(office.store, form="dibao", month="2024-09", id_number="500229190001010000")
    with pytest.raises(UserError, match="没有“最低生活保障”的记录"):
        explain(office.store, form="dibao", month="2024-09", id_number=number)
    with pytest.raises(UserError, match="没有应发的月份"):
        explain(office.store, form="dibao", month="2024-08", record=record)


def test_a_capped_bath_is_explained_among_its_siblings(office: Office) -> None:
    person = office.add_person("孙和磊", birth="1938-08-13")
    provider = office.add_provider("修齐镇养老服务中心")
    for day in ("2024-06-03", "2024-06-12"):
        office.add_bath(person, day, provider)
    third = office.add_bath(person, "2024-06-25", provider)
    found = explain(office.store, form="bath", month="2024-06", record=third)
    assert (found.amount, found.blocked) == (0, "超过本月补助次数上限")


def test_preview_while_a_record_is_filled_in(office: Office) -> None:
    catalog = office.store.catalog
    inputs = {"area": "2", "income_year": 1116000, "size": 3, "covered": 3, "classified": ["minor", None]}
    found = preview_amount(catalog, form="dibao", inputs=inputs, month="2024-09", area=TOWN)
    assert found.fills == {"monthly_base": 97500, "monthly_classified": 5000, "monthly_total": 102500}
    lacking = preview_amount(catalog, form="dibao", inputs={"area": "2"}, month="2024-09", area=TOWN)
    assert lacking.amount is None
    assert lacking.missing == ("缺：家庭年收入", "缺：家庭人口", "缺：保障人口")
    elder = preview_amount(
        catalog, form="elder_age", inputs={"birth_date": "1934-05-20"}, month="2024-05", area=TOWN
    )
    assert elder.fills == {"period_amount": 10833}


# recoveries


def overpaid_office(office: Office) -> str:
    """A single person who died on 2024-01-12; February and March were paid: 650 too much."""
    record = office.add_dibao("冉启珍", members=1, income=275 * 12 * 100)
    for month in ("2024-01", "2024-02", "2024-03"):
        lock(office, month)
    office.change_person(person_of(office, record)["id"], death_date="2024-01-12", alive_status="2")
    return record


def test_cash_that_came_back_is_not_deducted_again(office: Office) -> None:
    """325 a month; 650 to recover; 400 come back in cash; the death proves a mistake: 400 are paid back."""
    record = overpaid_office(office)
    (wanted,) = plan_recoveries(office.store, plan_batch(office.store, form="dibao", month="2024-04"))
    assert (wanted.amount, wanted.periods) == (65000, (("2024-02", 32500), ("2024-03", 32500)))
    (recovery,) = open_recoveries(office.store, (wanted,))
    register_repayment(office.store, recovery, 40000, voucher="收据 12", on="2024-04-10")
    with office.store.reading() as r:
        row = r.get("recoveries", recovery)
    assert row is not None
    assert (row["repaid"], row["state"]) == (40000, "partial")
    assert plan_batch(office.store, form="dibao", month="2024-04").carried[0].cents == 25000
    with pytest.raises(UserError, match=r"还差 250\.00 元"):
        register_repayment(office.store, recovery, 25001, voucher="", on="2024-04-11")
    office.change_person(person_of(office, record)["id"], death_date=None, alive_status="1")
    item = plan_batch(office.store, form="dibao", month="2024-04").items[0]
    assert (item.base, item.backpay) == (32500, 40000)


def test_a_deduction_closes_the_recovery(office: Office) -> None:
    record = overpaid_office(office)
    (wanted,) = plan_recoveries(office.store, plan_batch(office.store, form="dibao", month="2024-04"))
    open_recoveries(office.store, (wanted,))
    office.change_person(person_of(office, record)["id"], death_date="2024-02-12")
    april = plan_batch(office.store, form="dibao", month="2024-04")
    assert april.items == ()
    assert april.carried[0].cents == 32500
    office.change_person(person_of(office, record)["id"], death_date=None, alive_status="1")
    office.approve(record, "2024-02", {"area": "2", "income_year": 7020_00, "size": 1, "covered": 1})
    lock(office, "2024-04")
    with office.store.reading() as r:
        (row,) = r.rows(sa.select(schema.recoveries))
    assert (row["repaid"], row["state"]) == (1500, "partial"), "15.00 due, 310 × 2 too much"
