"""The bank's result file against what was sent (domain §2.11). Households of three with 310 a head draw
(600 − 310) × 3 = 870.00, of four (600 − 310·3/4) × 4 = 1,470.00: income is 310 × 3 a month for both."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits.bank_returns import list_returns
from minzheng_desktop.benefits.bank_sends import Send, find_send, sent_lines
from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.documents.reissue_file import save_reissue
from minzheng_desktop.exchange.bank_results import (
    Matched,
    fitting_sends,
    match_results,
    read_results,
    register_results,
)
from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import clock_at
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import Office
from tests.benefits.samples import BATH, DIBAO

JULY = date(2024, 7, 18)
HEAD = ("序号", "户名", "账号", "金额（元）", "处理结果", "失败原因")
NAMES = ("向世珍", "罗成贵", "冉启珍")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Three households paid in June 2024: 870.00, 1,470.00, 870.00."""
    made = Office(tmp_path / "修齐镇.mz")
    made.use_rates(DIBAO)
    for name, members in zip(NAMES, (3, 4, 3), strict=True):
        made.add_dibao(name, members=members, start="2024-06")
    lock(made, "2024-06")
    yield made
    made.store.close()


def lock(office: Office, month: str) -> None:
    with clock_at(f"{month}-10T09:00:00+08:00"):
        plan = plan_batch(office.store, form="dibao", month=month)
        lock_batch(office.store, plan, reasons={"*": "已电话核实"})


def june(office: Office) -> Send:
    with office.store.reading() as r:
        return find_send(r, "500229106-DB-202406-01")


def accounts(office: Office) -> dict[str, str]:
    with office.store.reading() as r:
        return {one.who: one.account for one in sent_lines(r, find_send(r, "500229106-DB-202406-01"))}


def book(path: Path, rows: Sequence[Sequence[object]], head: Sequence[str] = HEAD) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["代发结果清单"])
    sheet.append(list(head))
    for row in rows:
        sheet.append(list(row))
    made.save(path)
    return path


def matched(office: Office, path: Path) -> Matched:
    results = read_results(path)
    with office.store.reading() as r:
        return match_results(r, results, june(office))


def test_a_workbook_with_one_return(office: Office, tmp_path: Path) -> None:
    """870.00 arrived, 1,470.00 came back because the account is closed, 870.00 arrived; the sum has no account."""
    a = accounts(office)
    path = book(
        tmp_path / "结果.xlsx",
        [
            (1, "向世珍", a["向世珍"], 870, "成功", ""),
            (2, "罗成贵", a["罗成贵"], "1,470.00", "失败", "账户已销户"),
            (3, "冉启珍", a["冉启珍"], 870.0, "成功", None),
            ("合计", "3笔", "", 3210, "", ""),
        ],
    )
    found = matched(office, path)
    assert (found.paid, found.total, found.unmatched) == (2, 147000, ())
    ids = register_results(office.store, found, on="2024-06-15", today=JULY)
    with office.store.reading() as r:
        (line,) = list_returns(r, ids=ids)
        entry = r.one(sa.select(schema.audit).where(schema.audit.c.action == "bank_return"))
    assert (line.name, line.reason, line.amount, line.said) == ("罗成贵", "3", 147000, "账户已销户")
    assert entry is not None
    assert entry["detail"]["sha256"] == found.results.digest
    again = matched(office, path)
    assert again.returned == ()
    assert "2024-06-15 已经登记过退票，没有再登记" in again.unmatched[0]
    with pytest.raises(UserError, match="没有新的退票"):
        register_results(office.store, again, on="2024-06-15", today=JULY)


@pytest.mark.parametrize(("encoding", "mark"), [("gb18030", ","), ("utf-8-sig", "\t")])
def test_a_text_file_of_failures_only(office: Office, tmp_path: Path, encoding: str, mark: str) -> None:
    """Without a column of results every row with a reason came back; Excel's ="…" around accounts is taken off."""
    a, path = accounts(office), tmp_path / "退票.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=mark)
        writer.writerow(["收款人姓名", "收款账号", "交易金额", "退票原因"])
        writer.writerow(["向世珍", f'="{a["向世珍"]}"', "870.00", "户名不符"])
        writer.writerow(["冉启珍", a["冉启珍"], "870.00", "系统超时"])
    found = matched(office, path)
    assert [(one.sent.who, one.reason) for one in found.returned] == [("向世珍", "1"), ("冉启珍", "9")]
    assert found.total == 174000


def test_what_does_not_match_is_told_and_not_registered(office: Office, tmp_path: Path) -> None:
    a = accounts(office)
    path = book(
        tmp_path / "结果.xlsx",
        [
            (1, "向世珍", a["向世珍"], 807, "失败", "账号不存在"),
            (2, "罗成桂", a["罗成贵"], 1470, "失败", "户名不符"),
            (3, "何人", "6217001234500009999", 870, "失败", "账号不存在"),
            (4, "冉启珍", a["冉启珍"], 870, "处理中", ""),
            (5, "冉启珍", a["冉启珍"], 870, "失败", "销户"),
            (6, "向世珍", a["向世珍"], "八百七", "失败", "销户"),
        ],
    )
    found = matched(office, path)
    assert found.returned == ()
    told = "\n".join(found.unmatched)
    assert f"第 3 行 向世珍（尾号 {a['向世珍'][-4:]}）：金额不同：文件 807.00 元，批次 870.00 元" in told
    assert "第 4 行 罗成桂" in told
    assert "户名不同：文件“罗成桂”，批次“罗成贵”" in told
    assert "第 5 行 何人（尾号 9999）：这一批没有发到这个账号的" in told
    assert "处理结果“处理中”看不出成功还是退票" in told
    assert "同一笔在文件里出现了两次" in told
    assert "金额读不出来" in told


def test_a_file_of_another_batch_is_refused(office: Office, tmp_path: Path) -> None:
    path = book(tmp_path / "结果.xlsx", [(1, "何人", "6217001234500009999", 870, "失败", "销户")])
    with pytest.raises(UserError, match=r"没有一行与“最低生活保障 2024年6月”.*可能选错了批次"):
        matched(office, path)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("结果.xlsx", b"%PDF-1.4 ...", "是 PDF，不是表格文件"),
        ("结果.xlsx", b"", "是空文件"),
        ("结果.csv", b"PK\x03\x04", "只是后缀叫 csv"),
        ("结果.csv", b"\xff\xfe\xff\xff\x81", "文字读不出来"),
        ("结果.csv", "户名,账号,金额\n向世珍,6217,870\n".encode(), "没有找到结果文件的表头"),
        ("结果.csv", "户名,账号,金额,结果\n".encode(), "只有表头，没有明细"),
    ],
)
def test_files_that_are_no_results(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UserError, match=words):
        read_results(path)


def test_the_results_of_a_file_sent_again(office: Office, tmp_path: Path) -> None:
    """Sent again into a new account, the money comes back from there: matched against the second file."""
    a = accounts(office)
    first = book(tmp_path / "一.xlsx", [(1, "向世珍", a["向世珍"], 870, "失败", "销户")])
    register_results(office.store, matched(office, first), on="2024-06-15", today=JULY)
    with office.store.reading() as r:
        person = list_returns(r)[0].person
    assert person is not None
    office.add_account(person, "6217001234567778889", valid_from="2024-06-16")
    sent = save_reissue(
        office.store, tmp_path / "重发.csv", None, as_="bank-csv", today=date(2024, 6, 20),
        printed_at="2024-06-20 10:00", checked_by="唐敏",
    )  # fmt: skip
    second = book(tmp_path / "二.xlsx", [(1, "向世珍", "6217001234567778889", 870, "退票", "账户状态异常")])
    results = read_results(second)
    with office.store.reading() as r:
        (best,) = fitting_sends(r, results)
        assert best.number == sent.number
        found = match_results(r, results, best)
    register_results(office.store, found, on="2024-06-22", today=JULY)
    with office.store.reading() as r:
        assert [(one.attempt, one.state, one.reason) for one in list_returns(r)] == [
            (2, "returned", "9"), (1, "reissued", "3"),
        ]  # fmt: skip


def test_a_providers_line_is_found_by_its_sum(office: Office, tmp_path: Path) -> None:
    """Two baths at 110.00 stand in one line of 220.00: the bank's row of 220.00 returns both."""
    office.use_rates([*DIBAO, *BATH])
    provider = office.add_provider("云溪康养中心", "50050010123456789")
    person = office.add_person("王淑珍")
    office.add_account(person)
    for day in ("2024-06-03", "2024-06-09"):
        office.add_bath(person, day, provider)
    with clock_at("2024-06-12T09:00:00+08:00"):
        plan = plan_batch(office.store, form="bath", month="2024-06")
        lock_batch(office.store, plan, reasons={"*": "对公账户"})
    path = book(
        tmp_path / "结果.xlsx", [(1, "云溪康养中心", "50050010123456789", "220.00", "失败", "账号不存在")]
    )
    results = read_results(path)
    with office.store.reading() as r:
        (best,) = fitting_sends(r, results)
        found = match_results(r, results, best)
    assert (found.total, len(found.returned)) == (22000, 1)
    assert len(register_results(office.store, found, on="2024-06-15", today=JULY)) == 2


def test_the_same_money_every_month_fits_several_batches(office: Office, tmp_path: Path) -> None:
    """870.00 into the same account in June and July: a row alone does not say which month came back."""
    lock(office, "2024-07")
    a = accounts(office)
    results = read_results(book(tmp_path / "一.xlsx", [(1, "向世珍", a["向世珍"], 870, "失败", "销户")]))
    with office.store.reading() as r:
        assert [one.number for one in fitting_sends(r, results)] == [
            "500229106-DB-202407-01", "500229106-DB-202406-01",
        ]  # fmt: skip
