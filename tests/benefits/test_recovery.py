"""Money paid too much, on its way back (domain §2.11, §8.3): every figure is reckoned by hand in the docstrings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from minzheng_desktop.benefits import recovery
from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.benefits.plans import BatchPlan, PlannedItem
from minzheng_desktop.documents.batch_prints import make_batch_print
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import CHEAP, PASSWORD, USER, Office

TODAY = date(2024, 4, 8)


def plan(office: Office, month: str) -> BatchPlan:
    return plan_batch(office.store, form="dibao", month=month, today=TODAY)


def lock(office: Office, *months: str) -> None:
    for month in months:
        lock_batch(office.store, plan(office, month))


def only(office: Office, month: str) -> PlannedItem:
    (item,) = plan(office, month).items
    return item


def row_of(office: Office, one: str) -> dict[str, object]:
    with office.store.reading() as r:
        found = r.get("recoveries", one)
    assert found is not None
    return found


@pytest.fixture
def reviewed(office: Office) -> tuple[Office, str]:
    """One person, 600 − 275 = 325 a month, paid January to March; a review finds 475 of income from February on:
    600 − 475 = 125 were due, 200 too much in February and in March, 400 in all."""
    record = office.add_dibao("冉启珍", members=1, income=275 * 12 * 100)
    lock(office, "2024-01", "2024-02", "2024-03")
    inputs = {
        "area": "2", "income_year": 475 * 12 * 100, "size": 1, "covered": 1, "mode": "1", "grade": None,
        "classified": [None], "grace_from": None, "grace_to": None, "grace_amount": None,
    }  # fmt: skip
    office.approve(record, "2024-02", inputs)
    return office, record


@pytest.fixture
def died(office: Office) -> tuple[Office, str]:
    """One person, 325 a month, paid January to March, who died on 12 January: 650 too much."""
    record = office.add_dibao("冉启珍", members=1, income=275 * 12 * 100)
    lock(office, "2024-01", "2024-02", "2024-03")
    with office.store.reading() as r:
        person = r.get("records", record)["person"]  # type: ignore[index]
    office.change_person(person, death_date="2024-01-12", alive_status="2")
    return office, person


def opened(office: Office, record: str, how: recovery.HowBack = recovery.BY_DEDUCTION) -> str:
    wanted = recovery.RecoveryPlan(
        record, None, "冉启珍", "复核", 40000, (("2024-02", 20000), ("2024-03", 20000))
    )
    (found,) = recovery.open_recoveries(office.store, (wanted,), how=how)
    return found


def test_a_limit_leaves_the_household_something_to_live_on(reviewed: tuple[Office, str]) -> None:
    """125 due in April; without a limit all of it would go; with 50 at most 75 are paid and 350 are left."""
    office, record = reviewed
    assert (only(office, "2024-04").deduct, only(office, "2024-04").total) == (12500, 0)
    one = opened(office, record, recovery.HowBack(limit=5000))
    april = only(office, "2024-04")
    assert (april.base, april.deduct, april.total) == (12500, 5000, 7500)
    assert plan(office, "2024-04").carried[0].cents == 35000
    lock(office, "2024-04")
    assert (row_of(office, one)["repaid"], row_of(office, one)["state"]) == (5000, "partial")
    assert (only(office, "2024-05").deduct, only(office, "2024-05").total) == (5000, 7500)


def test_what_was_deducted_stays_deducted_when_the_rest_comes_by_hand(reviewed: tuple[Office, str]) -> None:
    """125 are deducted in April; the other 275 are to come in cash: May pays its 125, no more and no less."""
    office, record = reviewed
    one = opened(office, record)
    lock(office, "2024-04")
    assert row_of(office, one)["repaid"] == 12500
    recovery.choose_how(office.store, one, how=recovery.HowBack("cash"))
    may = only(office, "2024-05")
    assert (may.base, may.backpay, may.deduct, may.total) == (12500, 0, 0, 12500)
    recovery.register_repayment(office.store, one, 27500, voucher="收据 3", on="2024-05-06")
    assert row_of(office, one)["state"] == "closed"
    may = only(office, "2024-05")
    assert (may.base, may.backpay, may.deduct, may.total) == (12500, 0, 0, 12500)


def test_what_is_written_off_is_neither_deducted_nor_paid_out(reviewed: tuple[Office, str]) -> None:
    """125 deducted in April, 275 written off: May pays 125."""
    office, record = reviewed
    one = opened(office, record)
    lock(office, "2024-04")
    recovery.write_off(office.store, one, reason="家庭困难，集体研究核销")
    may = only(office, "2024-05")
    assert (may.base, may.backpay, may.deduct, may.total) == (12500, 0, 0, 12500)


def test_money_that_never_came_in_is_not_paid_back(died: tuple[Office, str]) -> None:
    """650 awaited in cash, nothing came; the death was a mistake: April pays its 325 and no back-pay. After 200 came
    in, those 200 are owed back."""
    office, person = died
    found = recovery.find_recoveries(office.store, month="2024-04", today=TODAY)
    (one,) = recovery.open_recoveries(office.store, found, how=recovery.HowBack("cash"))
    office.change_person(person, death_date=None, alive_status="1")
    april = only(office, "2024-04")
    assert (april.base, april.backpay, april.total) == (32500, 0, 32500)
    recovery.register_repayment(office.store, one, 20000, voucher="收据 4", on="2024-04-09")
    april = only(office, "2024-04")
    assert (april.base, april.backpay, april.total) == (32500, 20000, 52500)


def test_a_death_told_after_the_lock_is_found(died: tuple[Office, str]) -> None:
    """March is locked when the death of January is told: February and March, 650, are found in March already."""
    office, _ = died
    (found,) = recovery.find_recoveries(office.store, month="2024-03", today=TODAY)
    assert (found.amount, found.periods) == (65000, (("2024-02", 32500), ("2024-03", 32500)))
    assert found.reason.startswith("2024-01-12 死亡")


def test_instalments_that_did_not_come_are_said(died: tuple[Office, str]) -> None:
    """650 in instalments of 100 from April: 200 are due by the end of May, 50 are missing when 150 came; in November
    everything is due: 650 − 150 = 500."""
    office, _ = died
    found = recovery.find_recoveries(office.store, month="2024-04", today=TODAY)
    with pytest.raises(UserError, match="每个月退多少"):
        recovery.open_recoveries(office.store, found, how=recovery.HowBack("instalments", start="2024-04"))
    how = recovery.HowBack("instalments", instalment=10000, start="2024-04")
    (one,) = recovery.open_recoveries(office.store, found, how=how)
    recovery.register_repayment(office.store, one, 15000, voucher="收据 5", on="2024-05-02")
    with office.store.reading() as r:
        (line,) = recovery.list_recoveries(r)
    assert line.how == "分期：2024-04 起每月 100.00 元"
    assert (line.late("2024-03"), line.late("2024-05"), line.late("2024-11")) == (0, 5000, 50000)


def test_one_opened_in_error_is_withdrawn_and_found_again(died: tuple[Office, str]) -> None:
    office, _ = died
    found = recovery.find_recoveries(office.store, month="2024-04", today=TODAY)
    (one,) = recovery.open_recoveries(office.store, found)
    with pytest.raises(UserError, match="已经开了"):
        recovery.open_recoveries(office.store, found)
    with pytest.raises(UserError, match="没有写撤销的理由"):
        recovery.withdraw(office.store, one, reason=" ")
    recovery.withdraw(office.store, one, reason="重复登记")
    assert recovery.find_recoveries(office.store, month="2024-04", today=TODAY) == found
    (again,) = recovery.open_recoveries(office.store, found)
    recovery.register_repayment(office.store, again, 100, voucher="收据 6", on="2024-04-09")
    with pytest.raises(UserError, match="不能撤销"):
        recovery.withdraw(office.store, again, reason="不该追")


def test_the_county_only_looks(tmp_path: Path) -> None:
    county, _ = Store.create(
        tmp_path / "县.mz", role="county", division="500229", user=USER, password=PASSWORD, cost=CHEAP
    )
    with county, pytest.raises(UserError, match="乡镇登记"):
        recovery.open_recoveries(county, ())


def test_what_is_deducted_altogether_is_not_sent_to_the_bank(reviewed: tuple[Office, str]) -> None:
    """April: 125 due, 125 deducted, nothing to send; the other household's 600 × 3 − 930 = 870.00 go to the bank."""
    office, _ = reviewed
    office.add_dibao("向世珍", start="2024-04")
    lock(office, "2024-04")
    made = make_batch_print(
        office.store, form="dibao", month="2024-04", as_="bank-csv", printed_at="2024-04-20 10:00"
    )
    assert (made.rows, made.total) == (1, 87000)
    assert "冉启珍" not in made.data.decode("gb18030")
