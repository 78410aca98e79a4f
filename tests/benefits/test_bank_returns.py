"""退票 and 重发 (domain §2.11, §8.6: 改账户后重发，不是补发). Every figure is reckoned by hand in the docstrings:
a household of three with 310 a head draws (600 − 310) × 3 = 870.00 a month (domain §8.4)."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits import bank_returns, recovery, reissues
from minzheng_desktop.benefits.bank_returns import Returned, drop_returns, list_returns, register_returns
from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.documents.reissue_file import Reissued, save_again, save_reissue, save_sheet
from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import clock_at
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import USER, Office
from tests.documents.readers import pdfium_text

JULY = date(2024, 7, 18)


def lock(office: Office, *months: str, form: str = "dibao") -> None:
    for month in months:
        with clock_at(f"{month}-10T09:00:00+08:00"):
            plan = plan_batch(office.store, form=form, month=month)
            lock_batch(office.store, plan, reasons={"*": "已电话核实"})


def items(office: Office, month: str = "2024-06") -> list[dict[str, Any]]:
    i = schema.payment_items
    with office.store.reading() as r:
        return r.rows(sa.select(i).where(i.c.month == month).order_by(i.c.id))


def comes_back(office: Office, month: str = "2024-06", *, on: str = "2024-06-15", reason: str = "3") -> str:
    (item,) = items(office, month)
    (one,) = register_returns(office.store, [Returned(item["id"], reason)], on=on, today=JULY)
    return one


def mend(office: Office, record: str, number: str, *, since: str = "2024-06-20", **more: Any) -> None:
    with office.store.reading() as r:
        row = r.get("records", record)
    assert row is not None
    office.add_account(row["person"], number, valid_from=since, **more)


def send(office: Office, out: Path, **more: Any) -> Reissued:
    given = {"as_": "bank-csv", "today": JULY, "printed_at": "2024-07-18 10:00", "checked_by": "唐敏"} | more
    return save_reissue(office.store, out, given.pop("ids", None), **given)


def read_csv(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("gb18030"))))


def only(office: Office) -> bank_returns.ReturnLine:
    with office.store.reading() as r:
        (one,) = list_returns(r)
    return one


@pytest.fixture
def paid(office: Office) -> tuple[Office, str]:
    """One household, paid 870.00 in June 2024."""
    record = office.add_dibao("向世珍", start="2024-06")
    lock(office, "2024-06")
    return office, record


def test_returned_mended_and_sent_again_is_neither_due_nor_paid_again(
    paid: tuple[Office, str], tmp_path: Path
) -> None:
    """870.00 of June come back on 15 June and are sent again in July; July is planned as 870.00 before, between and
    after, with nothing to add or deduct, and so is August."""
    office, record = paid
    before = [plan_batch(office.store, form="dibao", month=m).items for m in ("2024-07", "2024-08")]
    assert before[0][0].total == 87000
    assert (before[0][0].backpay, before[0][0].deduct) == (0, 0)
    frozen = items(office)
    one = comes_back(office)
    with office.store.reading() as r:
        (waiting,) = bank_returns.waiting_by_batch(r).values()
        (blocked,) = reissues.plan_reissue(r, today=JULY)
    assert (waiting.count, waiting.cents) == (1, 87000)
    assert "还是退回时的账户" in blocked.blocked
    between = [plan_batch(office.store, form="dibao", month=m).items for m in ("2024-07", "2024-08")]
    assert between == before
    mend(office, record, "6217001234567778889")
    made = send(office, tmp_path / "重发.csv")
    assert (made.number, made.count, made.total) == ("500229106-TC-20240718-01", 1, 87000)
    lines = read_csv(tmp_path / "重发.csv")
    assert lines[1][1:3] == ["向世珍", "6217001234567778889"]
    assert lines[1][5] == "870.00"
    assert lines[1][8] == "202406最低生活保障退票重发"
    assert lines[-1][:2] == ["合计", "1笔"]
    assert len(lines) == 3
    line = only(office)
    assert (line.id, line.state, line.reissue, line.new_number) == (
        one, "reissued", made.number, "6217001234567778889",
    )  # fmt: skip
    assert (line.settled_on, line.settled_by) == ("2024-07-18", USER)
    assert items(office) == frozen, "locked batches never change"
    after = [plan_batch(office.store, form="dibao", month=m).items for m in ("2024-07", "2024-08")]
    for was, now in zip(before, after, strict=True):
        cents = [(i.base, i.extra, i.backpay, i.deduct, i.total) for i in was]
        assert [(i.base, i.extra, i.backpay, i.deduct, i.total) for i in now] == cents
    with office.store.reading() as r:
        assert bank_returns.waiting_by_batch(r) == {}


def test_the_file_is_audited_with_its_hash_and_written_again_byte_by_byte(
    paid: tuple[Office, str], tmp_path: Path
) -> None:
    office, record = paid
    comes_back(office)
    mend(office, record, "6217001234567778889")
    made = send(office, tmp_path / "一.xlsx", as_="bank-xlsx")
    digest = hashlib.sha256((tmp_path / "一.xlsx").read_bytes()).hexdigest()
    a, p = schema.audit, schema.prints
    with office.store.reading() as r:
        entry = r.one(sa.select(a).where(a.c.action == "reissue_returns"))
        noted = r.one(sa.select(p).where(p.c.kind == "reissue-bank-xlsx"))
    assert entry is not None
    assert noted is not None
    assert (entry["detail"]["sha256"], entry["detail"]["total"], entry["detail"]["number"]) == (
        digest, 87000, made.number,
    )  # fmt: skip
    assert noted["digest"] == digest == made.digest
    save_again(office.store, tmp_path / "二.xlsx", made.number, as_="bank-xlsx")
    assert (tmp_path / "二.xlsx").read_bytes() == (tmp_path / "一.xlsx").read_bytes()
    sheet_made = save_sheet(office.store, tmp_path / "单.pdf", made.number, printed_at="2024-07-18 10:05")
    text = pdfium_text((tmp_path / "单.pdf").read_bytes())
    assert sheet_made.digest == digest
    assert digest[:4] in text
    assert "与退票登记核对" in text
    assert "人民币捌佰柒拾元整" in text
    sheet = openpyxl.load_workbook(tmp_path / "一.xlsx").active
    assert sheet is not None
    assert [sheet.cell(2, 3).value, sheet.cell(2, 6).value, sheet.cell(3, 6).value] == [
        "6217001234567778889", 870, 870,
    ]  # fmt: skip


def test_returned_twice(paid: tuple[Office, str], tmp_path: Path) -> None:
    """870.00 come back, are sent again, come back from the new account and are sent to a third one: two returns of one
    payment, two files of 870.00, and July still 870.00."""
    office, record = paid
    comes_back(office)
    mend(office, record, "6217001234567778889")
    first = send(office, tmp_path / "一.csv", today=date(2024, 6, 21))
    again = comes_back(office, on="2024-07-02", reason="1")
    with office.store.reading() as r:
        (second,) = list_returns(r, ids=[again])
    assert (second.attempt, second.account_number) == (2, "6217001234567778889")
    mend(office, record, "6217001234560001112", since="2024-07-05")
    made = send(office, tmp_path / "二.csv")
    assert (first.number, made.number) == ("500229106-TC-20240621-01", "500229106-TC-20240718-01")
    assert read_csv(tmp_path / "二.csv")[1][2] == "6217001234560001112"
    with office.store.reading() as r:
        assert [(one.attempt, one.state) for one in list_returns(r)] == [(2, "reissued"), (1, "reissued")]
    (item,) = plan_batch(office.store, form="dibao", month="2024-07").items
    assert (item.total, item.backpay, item.deduct) == (87000, 0, 0)


def test_a_second_return_before_the_first_is_sent_again_is_refused(paid: tuple[Office, str]) -> None:
    office, _ = paid
    comes_back(office)
    with pytest.raises(UserError, match="2024-06-15 已经登记过退票，还没有重发") as refused:
        comes_back(office)
    assert refused.value.code == "returned_already"


@pytest.mark.parametrize(
    ("reason", "name", "why"),
    [("2", "向世真", "只改了户名"), ("3", "向世真", "只改了户名"), ("1", "向世真", ""), ("9", "", "")],
)
def test_what_must_change_depends_on_the_reason(
    paid: tuple[Office, str], reason: str, name: str, why: str
) -> None:
    """An account that does not exist needs another number; a wrong name another name; other reasons nothing."""
    office, record = paid
    comes_back(office, reason=reason)
    (item,) = items(office)
    if name:
        mend(office, record, item["account_number"], name=name)
    with office.store.reading() as r:
        (one,) = reissues.plan_reissue(r, today=JULY)
    assert why in one.blocked
    assert bool(one.blocked) is bool(why)


def test_an_account_changed_by_the_one_who_sends_needs_a_second_person_or_a_reason(
    paid: tuple[Office, str], tmp_path: Path
) -> None:
    office, record = paid
    comes_back(office)
    mend(office, record, "6217001234567778889", state="pending", changed_by=USER)
    with pytest.raises(UserError, match="本人改的。没有重发，请第二人核对") as refused:
        send(office, tmp_path / "一.csv", checked_by=None)
    assert refused.value.code == "own_account_change"
    assert not (tmp_path / "一.csv").exists()
    assert only(office).state == "returned"
    send(office, tmp_path / "一.csv", checked_by=None, reasons={"*": "单人岗，看过新卡原件"})
    assert only(office).more["alone"] == "单人岗，看过新卡原件"
    a = schema.bank_accounts
    with office.store.reading() as r:
        account = r.one(sa.select(a).where(a.c.number == "6217001234567778889"))
    assert account is not None
    assert account["state"] == "active"


def test_left_to_the_treasury_it_is_not_sent_and_not_due_again(
    paid: tuple[Office, str], tmp_path: Path
) -> None:
    office, record = paid
    one = comes_back(office)
    with pytest.raises(UserError, match="没有写不再发放的理由"):
        drop_returns(office.store, [one], reason=" ", on="2024-07-01", today=JULY)
    assert (
        drop_returns(office.store, [one], reason="查无此人，退回财政", on="2024-07-01", today=JULY) == 87000
    )
    mend(office, record, "6217001234567778889")
    with pytest.raises(UserError, match="没有可以重发的退票"):
        send(office, tmp_path / "一.csv")
    with pytest.raises(UserError, match="已经退回财政，不再发放"):
        comes_back(office)
    (item,) = plan_batch(office.store, form="dibao", month="2024-07").items
    assert (item.total, item.backpay) == (87000, 0)


@pytest.mark.parametrize(
    ("on", "words"),
    [("2024-06-09", "比它早"), ("2024-07-19", "还没有到"), ("2024-06", "要写到日")],
)
def test_days_that_cannot_be(paid: tuple[Office, str], on: str, words: str) -> None:
    """Sent on 10 June; today is 18 July."""
    office, _ = paid
    with pytest.raises(UserError, match=words):
        comes_back(office, on=on)


def test_a_dead_receiver_needs_somebody_to_take_the_money(paid: tuple[Office, str]) -> None:
    office, record = paid
    comes_back(office)
    with office.store.reading() as r:
        person = r.get("records", record)["person"]  # type: ignore[index]
    office.change_person(person, death_date="2024-06-12", alive_status="2")
    mend(office, record, "6217001234567778889")
    with office.store.reading() as r:
        (one,) = reissues.plan_reissue(r, today=JULY)
    assert "向世珍已经去世" in one.blocked
    mend(office, record, "6217001234560001112", since="2024-07-01", name="向世强", payee_relation="5")
    with office.store.reading() as r:
        (one,) = reissues.plan_reissue(r, today=JULY)
    assert one.blocked == ""


def test_what_one_bank_line_paid_comes_back_together(office: Office, tmp_path: Path) -> None:
    """Two baths of one provider at 110.00 stand in one bank line of 220.00: one told return, two returned items, one
    payment of 220.00 sent again into the account that the provider's own record names now."""
    provider = office.add_provider("云溪康养中心")
    person = office.add_person("王淑珍")
    office.add_account(person)
    for day in ("2024-06-03", "2024-06-09"):
        office.add_bath(person, day, provider)
    lock(office, "2024-06", form="bath")
    first, _second = items(office)
    found = register_returns(office.store, [Returned(first["id"], "2")], on="2024-06-20", today=JULY)
    assert len(found) == 2
    account = {"number": "50050010987654321", "name": "云溪康养中心", "bank": "农商行"}
    with office.store.writing("mend") as w:
        w.put("records", {"id": provider, "doc": {"name": "云溪康养中心", "account": account}})
    made = send(office, tmp_path / "一.csv", checked_by=None, reasons={"*": "对公账户，已看开户许可"})
    assert (made.count, made.returns, made.total) == (1, 2, 22000)
    assert read_csv(tmp_path / "一.csv")[1][2] == "50050010987654321"


def test_the_county_only_looks_and_a_laptop_without_the_right_to_lock_sends_nothing(
    paid: tuple[Office, str], tmp_path: Path
) -> None:
    office, record = paid
    one = comes_back(office)
    mend(office, record, "6217001234567778889")
    with office.store.writing("site") as w:
        office.store.change_site(w, may_lock=False)
    with pytest.raises(UserError, match="没有锁定权"):
        send(office, tmp_path / "一.csv")
    with office.store.writing("site") as w:
        office.store.change_site(w, role="county")
    with pytest.raises(UserError, match="县端只能查看"):
        bank_returns.withdraw_returns(office.store, [one], reason="登记错了")


def test_registered_in_error_is_taken_back(paid: tuple[Office, str]) -> None:
    office, _ = paid
    one = comes_back(office)
    assert bank_returns.withdraw_returns(office.store, [one], reason="看错了行") == 1
    with office.store.reading() as r:
        assert list_returns(r) == []
    comes_back(office)
    assert only(office).attempt == 1


@pytest.mark.parametrize("drop_first", [True, False])
def test_what_the_treasury_keeps_need_not_be_recovered(office: Office, *, drop_first: bool) -> None:
    """Died on 12 January, paid 600.00 each for February and March: 1,200.00 too much. The bank sent March back, the
    treasury keeps it: 600.00 are left to recover, whichever was registered first."""
    record = office.add_dibao("冉启珍", members=1, income=0, start="2024-01")
    lock(office, "2024-01", "2024-02", "2024-03")
    with office.store.reading() as r:
        person = r.get("records", record)["person"]  # type: ignore[index]
    one = comes_back(office, "2024-03", on="2024-03-20")
    office.change_person(person, death_date="2024-01-12", alive_status="2")

    def keep() -> None:
        drop_returns(office.store, [one], reason="本人已去世，退回财政", on="2024-04-02", today=JULY)

    def open_() -> None:
        found = recovery.find_recoveries(office.store, month="2024-04", today=JULY)
        recovery.open_recoveries(office.store, found, how=recovery.HowBack("cash"))

    for step in (keep, open_) if drop_first else (open_, keep):
        step()
    with office.store.reading() as r:
        (line,) = recovery.list_recoveries(r)
    assert (line.amount, line.repaid, line.left, line.state) == (120000, 60000, 60000, "partial")
