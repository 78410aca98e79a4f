"""Desks of the window that wait for a person: 追缴, 核查, the second person at the lock, keys on paper."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
import sqlalchemy as sa
from PySide6.QtWidgets import QLineEdit, QPushButton

from minzheng_desktop.benefits import recovery
from minzheng_desktop.benefits.lock import EVERY, lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.commands import batches
from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.demo.township import COUNTY_USER, PASSWORD, USER, run_demonstration
from minzheng_desktop.store import schema, users
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.cells import text_of
from minzheng_desktop.ui.kit.dialog import ConfirmDialog
from minzheng_desktop.ui.rooms.desks import FindingsRoom, HeldRoom, WaitingRoom
from minzheng_desktop.ui.rooms.preview import PreviewRoom
from minzheng_desktop.ui.rooms.recoveries import RecoveriesRoom
from minzheng_desktop.ui.window import Window
from tests.benefits.offices import Office as MoneyOffice
from tests.benefits.samples import DIBAO
from tests.county.test_held_words import account
from tests.county.test_receive import taken
from tests.exchange.forgery import forge, person_line
from tests.exchange.offices import BASHAN, County, Town, join, new_county, new_town
from tests.exchange.offices import TODAY as AT_COUNTY
from tests.exchange.test_receipt import again, hand_over
from tests.ui.moves import open_window, settle
from tests.ui.test_window import TODAY, _copied

CHEAP = Cost(memory_kib=1024, passes=1, lanes=1)
AUGUST = date(2024, 8, 5)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return run_demonstration(tmp_path_factory.mktemp("desks") / "demo", today=TODAY)


@pytest.fixture
def town(made: Any, tmp_path: Path) -> Iterator[Window]:
    with Store.open(_copied(made.town, tmp_path), user=USER, password=PASSWORD) as store:
        window = open_window(Office(store, lambda: TODAY))
        yield window
        window.let_go()


@pytest.fixture
def county(made: Any, tmp_path: Path) -> Iterator[Window]:
    with Store.open(_copied(made.county, tmp_path), user=COUNTY_USER, password=PASSWORD) as store:
        yield open_window(Office(store, lambda: TODAY))


@pytest.fixture
def money(tmp_path: Path) -> Iterator[MoneyOffice]:
    office = MoneyOffice(tmp_path / "修齐镇.mz")
    office.use_rates(DIBAO)
    yield office
    office.store.close()


def dialog_of(window: Window) -> ConfirmDialog:
    return window.shell.findChildren(ConfirmDialog)[-1]


def fill(window: Window, *texts: str) -> None:
    dialog = dialog_of(window)
    edits = [e for e in dialog.findChildren(QLineEdit) if e.isVisibleTo(dialog)]
    for edit, text in zip(edits, texts, strict=True):
        edit.setText(text)
    dialog.agree()
    settle()


def test_a_stop_in_the_past_is_found_told_and_repaid(money: MoneyOffice) -> None:
    """Paid January to July, 870.00 each; stopped in August from May on: May, June and July come back, 2,610.00."""
    record = money.add_dibao("向世珍")
    for month in range(1, 8):
        plan = plan_batch(money.store, form="dibao", month=f"2024-{month:02d}")
        lock_batch(money.store, plan, reasons={EVERY: "核对过"})
    money.take(
        record, "stop_at_once", "confirmed", "stopped", at="2024-08-02T09:00:00+08:00", month="2024-05"
    )
    window = open_window(Office(money.store, lambda: AUGUST))
    room = RecoveriesRoom(window)
    room.open()
    settle()
    assert len(room.page.table.rows_model.rows) == 0
    room.page.act("find")
    settle()
    assert len(room.page.table.rows_model.rows) == 1
    room.page.act("start")
    settle()
    dialog_of(window).agree()
    settle()
    (line,) = room.page.table.rows_model.rows
    assert (line.get("name"), line.get("amount"), line.get("left").text) == ("向世珍", "2,610.00", "2,610.00")
    assert line.get("period") == "2024-05 至 2024-07"
    room.page.act("notify")
    settle()
    fill(window, "修民退〔2024〕1号", "2024-08-06")
    room.page.act("repay")
    settle()
    fill(window, "1000", "收据 12", "2024-08-20")
    (line,) = room.page.table.rows_model.rows
    assert (line.get("state").text, line.get("left").text) == ("部分退回", "1,610.00")
    room.page.act("repay")
    settle()
    fill(window, "1610.01", "收据 13", "2024-08-21")
    assert "填多了" in window.shell.said
    room.page.act("repay")
    settle()
    fill(window, "1610", "收据 13", "2024-08-21")
    assert len(room.page.table.rows_model.rows) == 0
    room.choose("all")
    settle()
    (line,) = room.page.table.rows_model.rows
    assert line.get("state").text == "已退清"
    room.page.act("find")
    settle()
    assert len(room.page.table.rows_model.rows) == 0
    assert room.pill == "found"


def test_a_second_person_looks_at_the_accounts_with_his_own_password(money: MoneyOffice) -> None:
    users.add_user(money.store, name="谭主任", password="another horse", roles=("town_leader",), cost=CHEAP)
    record = money.add_dibao("向世珍")
    lock_batch(money.store, plan_batch(money.store, form="dibao", month="2024-01"), reasons={EVERY: "x"})
    with money.store.reading() as r:
        person = (r.get("records", record) or {})["person"]
    money.add_account(
        person, "6217001234500007702", state="pending", changed_by="周晓岚", valid_from="2024-02-01"
    )
    window = open_window(Office(money.store, lambda: date(2024, 2, 20)))
    window.shell.show_tab("payment")
    settle()
    room = window.rooms["payment"]
    room.choose_month("2024-02")
    settle()
    room.ask_lock()
    settle()
    dialog = dialog_of(window)
    dialog._seen.setChecked(True)
    dialog.agree()
    settle()
    assert "第二人核对" in dialog._problem.text()
    dialog._reasons[record].setText("已看新卡")
    dialog._name.setText("谭主任")
    dialog._password.setText("wrong horse")
    dialog.agree()
    settle()
    again = dialog_of(window)
    assert again is not dialog
    assert "谭主任的口令不对" in again._problem.text()
    assert again._problem.isVisible()
    assert (again._name.text(), again._password.text()) == ("谭主任", "")
    assert again._seen.isChecked()
    assert again.answers.reasons == {record: "已看新卡"}
    assert again._password.hasFocus()
    again._name.setText("谭书记")
    again._password.setText("another horse")
    again.agree()
    settle()
    dialog = dialog_of(window)
    assert "没有用户“谭书记”" in dialog._problem.text()
    assert dialog._name.hasFocus()
    dialog._name.setText("谭主任")
    dialog._password.setText("another horse")
    dialog.agree()
    settle()
    assert "已锁定" in window.shell.said
    with money.store.reading() as r:
        from minzheng_desktop.benefits.locked import find_batch

        batch = find_batch(r, form="dibao", month="2024-02")
    assert batch is not None
    assert batch["checked_by"] == "谭主任"


def test_oneself_is_no_second_person(money: MoneyOffice) -> None:
    from minzheng_desktop.values.errors import UserError

    with pytest.raises(UserError, match="另一个人"):
        users.confirm_second(money.store, name="周晓岚", password="correct horse")
    with pytest.raises(UserError, match="没有用户"):
        users.confirm_second(money.store, name="谁", password="x")


def test_findings_are_looked_at_answered_and_followed(town: Window) -> None:
    room = FindingsRoom(town)
    room.open()
    settle()
    office = town._office
    with office.store.reading() as r:
        person = r.one(
            sa.select(schema.people)
            .join(schema.record_people, schema.record_people.c.person == schema.people.c.id)
            .join(schema.records, schema.records.c.id == schema.record_people.c.record)
            .where(schema.records.c.form == "elder_age", schema.records.c.state == "confirmed")
        ) or r.one(
            sa.select(schema.people)
            .join(schema.records, schema.records.c.person == schema.people.c.id)
            .where(schema.records.c.form == "elder_age", schema.records.c.start_month.is_not(None))
        )
    assert person is not None
    with office.store.writing("moved") as w:
        w.put("people", {"id": person["id"], "hukou_village": "500235100200"})
    room.page.act("again")
    settle()
    lines = {line.get("rule"): line for line in room.page.table.rows_model.rows}
    assert "C16" in lines
    room._answer([lines["C16"]], "explained", "说明", "")
    settle()
    fill(town, "户口正在迁回")
    room.choose("explained")
    settle()
    (line,) = [one for one in room.page.table.rows_model.rows if one.get("rule") == "C16"]
    assert "户口正在迁回" in line.more
    room.act("open", [line])
    settle()
    assert town.rooms[town.shell.tab].opened.view.id == line.target[1]


def test_the_pages_of_what_waits_open_empty(town: Window, county: Window) -> None:
    for window, kind in ((town, WaitingRoom), (county, HeldRoom)):
        room = kind(window)
        room.open()
        settle()
        assert room.page.table.rows_model.rowCount() == 0
        assert "程序出了错" not in window.shell.said


def test_a_new_recovery_key_is_shown_once_on_paper_and_the_old_one_is_void(
    money: MoneyOffice, tmp_path: Path
) -> None:
    window = open_window(Office(money.store, lambda: AUGUST))
    window.shell.show_tab("settings")
    settle()
    window.rooms["settings"].new_key()
    settle(3)
    shown = window.findChildren(PreviewRoom)[-1]
    assert shown.made is not None
    document = pypdfium2.PdfDocument(shown.made.data)
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    assert "恢 复 密 钥" in text
    groups = [word for line in text.splitlines() for word in line.split() if word.count("-") == 3]
    key = "-".join(groups)
    window.let_go()
    money.store.close()
    with Store.open_with_recovery(money.path, recovery_key=key) as again:
        assert again.site.division == "500229106"
    money.store = Store.open(money.path, user="周晓岚", password="correct horse")


def test_the_board_is_written_as_a_workbook(county: Window, tmp_path: Path) -> None:
    county.shell.show_tab("board")
    settle()
    target = tmp_path / "看板.xlsx"
    county.rooms["board"].write_workbook(target)
    settle()
    sheet = openpyxl.load_workbook(target).active
    words = {str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert {"龙田乡", "本月合计", "比上月"} <= words


def paid_by_document(money: MoneyOffice, number: str) -> str:
    """A 低保 household whose account stands in the record alone, paid for January 2024."""
    record = money.add_dibao("吴道芸")
    with money.store.writing("no account in the register") as w:
        person = (w.get("records", record) or {})["person"]
        every = w.rows(sa.select(schema.bank_accounts.c.id).where(schema.bank_accounts.c.person == person))
        w.put_many("bank_accounts", [{"id": row["id"], "void": 1} for row in every])
    write_account(money, record, number)
    lock_batch(money.store, plan_batch(money.store, form="dibao", month="2024-01"), reasons={EVERY: "x"})
    return record


def write_account(money: MoneyOffice, record: str, number: str, **more: Any) -> None:
    with money.store.writing("account in the record") as w:
        doc = (w.get("records", record) or {})["doc"]
        account = {"number": number, "name": "吴道芸", "bank": "农商行", "type": "1"}
        w.put("records", {"id": record, "doc": {**doc, "account": account, **more}})


def open_payment(money: MoneyOffice, month: str, today: date) -> tuple[Window, Any]:
    window = open_window(Office(money.store, lambda: today))
    window.shell.show_tab("payment")
    settle()
    room = window.rooms["payment"]
    room.choose_month(month)
    settle()
    return window, room


def test_an_account_in_the_record_alone_asks_for_the_second_person_too(money: MoneyOffice) -> None:
    users.add_user(money.store, name="谭主任", password="another horse", roles=("town_leader",), cost=CHEAP)
    record = paid_by_document(money, "6217001234500001111")
    write_account(money, record, "6217001234500007702")
    money.store.user = "谭主任"
    write_account(money, record, "6217001234500007702", cert_no="DB99999")  # saves something else
    money.store.user = "周晓岚"
    window, room = open_payment(money, "2024-02", date(2024, 2, 20))
    (own,) = room.planned.month.own
    assert "吴道芸" in own.sentence
    (change,) = room.planned.plan.accounts_changed
    assert (change.old_tail, change.new_tail, change.changed_by) == ("1111", "7702", "周晓岚")
    room.ask_lock()
    settle()
    dialog = dialog_of(window)
    dialog._seen.setChecked(True)
    dialog.agree()
    settle()
    assert "第二人核对" in dialog._problem.text()
    dialog._name.setText("谭主任")
    dialog._password.setText("another horse")
    dialog.agree()
    settle()
    assert window.shell.said.startswith("已锁定"), window.shell.said


def test_an_account_that_a_colleague_wrote_into_the_record_asks_nothing(money: MoneyOffice) -> None:
    record = paid_by_document(money, "6217001234500001111")
    money.store.user = "谭主任"
    write_account(money, record, "6217001234500007702")
    money.store.user = "周晓岚"
    write_account(money, record, "6217001234500007702", cert_no="DB99999")  # saves something else
    window, room = open_payment(money, "2024-02", date(2024, 2, 20))
    assert room.planned.month.own == ()
    room.ask_lock()
    settle()
    dialog_of(window)._seen.setChecked(True)
    dialog_of(window).agree()
    settle()
    assert window.shell.said.startswith("已锁定"), window.shell.said


def test_what_a_batch_cannot_take_back_is_said_with_the_way_to_recoveries(money: MoneyOffice) -> None:
    """Paid 870.00 in each of January to July; stopped in August from June on: June and July, 1,740.00, and nothing more
    is paid from which it could be taken."""
    record, _other = money.add_dibao("向世珍"), money.add_dibao("吴道芸")
    for month in range(1, 8):
        plan = plan_batch(money.store, form="dibao", month=f"2024-{month:02d}")
        lock_batch(money.store, plan, reasons={EVERY: "核对过"})
    money.take(
        record, "stop_at_once", "confirmed", "stopped", at="2024-08-02T09:00:00+08:00", month="2024-06"
    )
    window, room = open_payment(money, "2024-08", AUGUST)
    sentence, names = room.planned.month.overpaid
    assert sentence == "多发的钱有 1 件、1,740.00 元这一批扣不回来"
    assert names.startswith("向世珍 1,740.00 元（2024-06 至 2024-07；")
    assert names.endswith("没有开追缴）")
    assert "  多发 向世珍 1740.00 元这一批扣不回来，用 recovery find 开追缴" in batches._plan_lines(
        room.planned.plan
    )
    go = [b for b in room.page.findChildren(QPushButton) if b.text() == "去追缴" and b.isVisible()][-1]
    go.click()
    settle()
    recoveries = window.findChildren(RecoveriesRoom)[-1]
    assert window.shell.page is recoveries.page
    recoveries.page.act("find")
    settle()
    recoveries.page.act("start")
    settle()
    dialog_of(window).agree()
    settle()
    window.shell.press("Esc")
    room.plan()
    settle()
    assert "已开追缴" in room.planned.month.overpaid[1]


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Town, County]]:
    """A county and one enrolled township, with a record reported and received."""
    county, town = new_county(tmp_path / "county"), new_town(tmp_path / "town")
    join(town, county)
    yield town, county
    town.store.close()
    county.store.close()


def decided_too_late(town: Town, county: County) -> str:
    """The county returns what the township has meanwhile corrected and withdrawn; the decision waits there."""
    record = town.add_reported_elder()
    town.apply(hand_over(town, county))
    decide(county.store, [record], kind="return", text="缺户口簿复印件", number="")
    with town.store.writing("test") as w:
        doc = (w.get("records", record) or {})["doc"]
        w.put("records", {"id": record, "doc": {**doc, "apply_date": "2026-10-09"}})
        town.move(w, record, "withdraw", "withdrawn")
    assert town.apply(again(town, county)).decisions.waiting
    return record


def test_a_waiting_decision_shows_what_the_county_saw_and_the_county_reads_why_it_is_set_aside(
    both: tuple[Town, County],
) -> None:
    town, county = both
    record = decided_too_late(town, county)
    window = open_window(Office(town.store, lambda: AT_COUNTY))
    room = WaitingRoom(window)
    room.open()
    settle()
    (line,) = room.page.table.rows_model.rows
    assert [text_of(line.get(key)) for key in ("name", "then", "now", "may")] == [
        *("测试001", "已上报", "已撤回", "现在接不上"),
    ]
    said = room.page._more.text()
    assert "缺户口簿复印件" in said
    assert "申请日期 2026年10月8日 → 2026年10月9日" in said
    assert "申请人撤回（唐敏）" in said
    room.page.act("dismiss")
    settle()
    fill(window, "申请人自己撤回了")
    assert len(room.page.table.rows_model.rows) == 0
    window.let_go()
    hand_over(town, county)
    bureau = open_window(Office(county.store, lambda: AT_COUNTY))
    bureau.shell.show_tab("approve")
    settle()
    page = bureau.rooms["approve"].page
    page._pills.choose("aside")
    settle()
    (row,) = page.table.rows_model.rows
    assert (row.id, row.state.text) == (record, "搁置退回·现已撤回")
    page.table.selectRow(0)
    settle()
    assert "理由：申请人自己撤回了" in page._more.text()
    bureau.let_go()


def card_of(window: Window, key: str) -> Any:
    window.shell.show_tab("desk")
    settle()
    return next((card for card in window.rooms["desk"].page._cards if card.due.key == key), None)


def test_the_workbench_counts_open_recoveries_and_opens_them(money: MoneyOffice) -> None:
    """870.00 a month, stopped in August from May on: 2,610.00 are owed."""
    record = money.add_dibao("向世珍")
    for month in range(1, 8):
        plan = plan_batch(money.store, form="dibao", month=f"2024-{month:02d}")
        lock_batch(money.store, plan, reasons={EVERY: "核对过"})
    money.take(
        record, "stop_at_once", "confirmed", "stopped", at="2024-08-02T09:00:00+08:00", month="2024-05"
    )
    window = open_window(Office(money.store, lambda: AUGUST))
    assert card_of(window, "recoveries") is None
    recovery.open_recoveries(
        money.store, recovery.find_recoveries(money.store, month="2024-08", today=AUGUST)
    )
    window.rooms["desk"].refresh()
    settle()
    card = card_of(window, "recoveries")
    assert (card.due.count, card.due.line) == (1, "还差 2,610.00 元")
    card.click()
    settle()
    assert window.shell.page is window.findChildren(RecoveriesRoom)[-1].page
    window.let_go()


def test_the_workbench_counts_decisions_that_wait(both: tuple[Town, County]) -> None:
    town, county = both
    window = open_window(Office(town.store, lambda: AT_COUNTY))
    assert card_of(window, "decisions") is None
    decided_too_late(town, county)
    window.rooms["desk"].refresh()
    settle()
    card = card_of(window, "decisions")
    assert card.due.count == 1
    card.click()
    settle()
    assert window.shell.page is window.findChildren(WaitingRoom)[-1].page
    window.let_go()


def test_lines_that_wait_and_lines_in_quarantine_are_counted_and_told(both: tuple[Town, County]) -> None:
    town, county = both
    taken(county, forge(town, [person_line(BASHAN, "p2"), account("a1", "p1"), account("a2", "p2")]))
    window = open_window(Office(county.store, lambda: AT_COUNTY))
    window.shell.show_tab("receive")
    settle()
    assert window.rooms["receive"].page._held.text() == "暂存 2 · 隔离 1"
    window.rooms["receive"].page._held.click()
    settle()
    room = window.findChildren(HeldRoom)[-1]
    assert len(room.page.table.rows_model.rows) == 3
    room.choose("out")
    settle()
    (line,) = room.page.table.rows_model.rows
    assert (line.get("town"), line.get("whose"), line.get("why").text) == ("修齐镇", "罗成贵", "越权")
    assert "只有巴山镇能写" in room.page._more.text()
    room.choose("wait")
    settle()
    (line,) = room.page.table.rows_model.rows
    assert (line.get("whose"), line.get("waits")) == ("罗成贵 尾号 7702", "所指的人（人员）还没有到")
    window.let_go()


def test_many_own_changes_are_scrolled_and_the_one_without_a_reason_is_shown(money: MoneyOffice) -> None:
    records = [money.add_dibao(name) for name in ("向甲", "向乙", "向丙", "向丁", "向戊")]
    lock_batch(money.store, plan_batch(money.store, form="dibao", month="2024-01"), reasons={EVERY: "x"})
    for at, record in enumerate(records):
        with money.store.reading() as r:
            person = (r.get("records", record) or {})["person"]
        number = f"621700123450000770{at}"
        money.add_account(person, number, state="pending", changed_by="周晓岚", valid_from="2024-02-01")
    window, room = open_payment(money, "2024-02", date(2024, 2, 20))
    room.ask_lock()
    settle()
    dialog = dialog_of(window)
    assert dialog.height() <= window.shell.height()
    edits = list(dialog._reasons.values())
    for edit in edits[:4]:
        edit.setText("换社保卡，已看新卡")
    dialog._seen.setChecked(True)
    assert edits[4].visibleRegion().isEmpty()
    dialog.agree()
    settle()
    assert edits[4].hasFocus()
    assert not edits[4].visibleRegion().isEmpty()
    edits[4].setText("挂失补卡")
    dialog.agree()
    settle()
    assert window.shell.said.startswith("已锁定"), window.shell.said
    window.let_go()
