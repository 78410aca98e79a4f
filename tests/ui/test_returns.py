"""The page 退票 as a clerk uses it. Three households draw (600 − 310) × 3 = 870.00 in June 2024 (domain §8.4)."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit

from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.ui.gateway import returns as gateway
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.dialog import ConfirmDialog
from minzheng_desktop.ui.rooms.returns import ReturnsRoom
from minzheng_desktop.ui.window import Window
from minzheng_desktop.values.dates import clock_at
from tests.benefits.offices import USER
from tests.benefits.offices import Office as MoneyOffice
from tests.benefits.samples import DIBAO
from tests.ui.moves import open_window, settle

JUNE = date(2024, 6, 28)


@pytest.fixture
def money(tmp_path: Path) -> Iterator[MoneyOffice]:
    office = MoneyOffice(tmp_path / "修齐镇.mz")
    office.use_rates(DIBAO)
    for name in ("向世珍", "罗成贵", "冉启珍"):
        office.add_dibao(name, start="2024-06")
    with clock_at("2024-06-10T09:00:00+08:00"):
        lock_batch(
            office.store,
            plan_batch(office.store, form="dibao", month="2024-06"),
            reasons={"*": "已电话核实"},
        )
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


def opened(money: MoneyOffice) -> tuple[Window, ReturnsRoom]:
    """From 发放与打印 of June: the page 退票 with the lines of that batch at hand."""
    window = open_window(Office(money.store, lambda: JUNE))
    window.open_payment("dibao")
    settle()
    room = window.rooms["payment"]
    room.choose_month("2024-06")
    settle()
    room.page.returns_wanted.emit()
    settle()
    page = window.shell.page
    found = next(child for child in window.children() if isinstance(child, ReturnsRoom))
    assert found.page is page
    return window, found


def test_registered_by_hand_mended_and_sent_again(money: MoneyOffice, tmp_path: Path) -> None:
    """One of three payments of 870.00 comes back; everything that shows it says 870.00 until it is sent again."""
    window, room = opened(money)
    assert len(room.page.table.rows_model.rows) == 0
    room.choose(gateway.SENT)
    settle()
    lines = room.page.table.rows_model.rows
    assert [line.get("amount") for line in lines] == ["870.00"] * 3
    room.page.table.selectRow(0)
    who = lines[0].get("name")
    room.page.act("register")
    settle()
    fill(window, "2024-06-15", "账户已销户")
    (line,) = room.page.table.rows_model.rows
    assert (line.get("name"), line.get("state").text, line.get("to").text) == (who, "等改账户", "没有改好")
    assert "退票未重发 1 笔，870.00 元；其中可以重发 0 笔" in room.page._foot.text()
    payment, desk = window.rooms["payment"], window.rooms["desk"]
    payment.plan()
    desk.refresh()
    settle()
    assert payment.planned is not None
    assert "有 1 笔退票没有重发，共 870.00 元" in payment.planned.month.notices[0][1]
    assert desk.page._cards[-1].due.title == "退票未重发"
    assert any(one.todo == "等改账户：2024-06 870.00 元" for one in desk.page.shown)
    one = line.target[0]
    money.add_account(
        one.person, "6217001234567778889", state="pending", changed_by=USER, valid_from="2024-06-20"
    )
    room.refresh()
    settle()
    (line,) = room.page.table.rows_model.rows
    assert line.get("state").text == "可以重发，要第二人核对"
    room.page.act("send")
    settle()
    dialog_of(window).agree()
    settle()
    assert room.page.table.rows_model.rows[0].get("state").text == "可以重发，要第二人核对"
    dialog_of(window).reject()
    room.write(tmp_path / "重发.csv", [one.id], reason="单人岗，已看新卡原件")
    settle()
    assert "已写出 重发.csv：1 笔，870.00 元" in window.shell.said
    assert len(room.page.table.rows_model.rows) == 0
    rows = list(csv.reader(io.StringIO((tmp_path / "重发.csv").read_bytes().decode("gb18030"))))
    assert (rows[1][1], rows[1][2], rows[1][5]) == (who, "6217001234567778889", "870.00")
    room.choose("reissued")
    settle()
    (line,) = room.page.table.rows_model.rows
    assert "已看新卡原件" in line.more
    payment.plan()
    settle()
    assert not any("退票" in notice[1] for notice in payment.planned.month.notices)


def test_read_from_the_banks_file(money: MoneyOffice, tmp_path: Path) -> None:
    """Of three lines one failed, one arrived, one has another amount: one return, one sentence."""
    window, room = opened(money)
    room.choose(gateway.SENT)
    settle()
    sent = [line.target for line in room.page.table.rows_model.rows]
    file = tmp_path / "结果.csv"
    rows = ["户名,账号,金额,处理结果,失败原因"]
    rows += [f"{sent[0].name},{sent[0].account},870.00,失败,户名不符"]
    rows += [f"{sent[1].name},{sent[1].account},870.00,成功,"]
    rows += [f"{sent[2].name},{sent[2].account},807.00,失败,销户"]
    file.write_bytes("\r\n".join(rows).encode("gb18030"))
    room.read_file(file)
    settle()
    fill(window, "2024-06-15")
    dialog = dialog_of(window)
    words = " ".join(child.text() for child in dialog.findChildren(type(room.page._foot)))
    assert "1 笔退票，870.00 元" in words
    assert "金额不同：文件 807.00 元，批次 870.00 元" in words
    dialog.agree()
    settle()
    (line,) = room.page.table.rows_model.rows
    assert (line.get("name"), line.get("reason")) == (sent[0].name, "户名不符")
    room.page.act("drop")
    settle()
    fill(window, "查无此人", "2024-06-20")
    assert len(room.page.table.rows_model.rows) == 0
    room.choose("dropped")
    settle()
    assert "退回财政：查无此人" in room.page.table.rows_model.rows[0].more


def test_the_person_file_tells_the_return(money: MoneyOffice) -> None:
    window, room = opened(money)
    room.choose(gateway.SENT)
    settle()
    room.page.table.selectRow(1)
    room.page.act("register")
    settle()
    fill(window, "2024-06-15", "")
    one = room.page.table.rows_model.rows[0].target[0]
    from minzheng_desktop.ui.gateway.people import person_view

    shown = person_view(Office(money.store, lambda: JUNE), one.person)
    assert shown.payments[0].result.text == "退票未重发"
    assert shown.payments_hint.endswith("退票未重发 870.00 元")
    assert any(event.title == "退票" and event.amount == "870.00" for event in shown.events)


def test_the_county_looks_at_the_townships_returns(money: MoneyOffice) -> None:
    """The same rows at the county: the township's name, 870.00 waiting, and nothing to press."""
    _window, room = opened(money)
    room.choose(gateway.SENT)
    settle()
    room.page.act("register")
    settle()
    fill(_window, "2024-06-15", "")
    _window.let_go()
    with money.store.writing("site") as w:
        money.store.change_site(w, role="county")
    county = open_window(Office(money.store, lambda: JUNE))
    county.rooms["board"].page.returns_wanted.emit()
    settle()
    page = next(child for child in county.children() if isinstance(child, ReturnsRoom)).page
    (line,) = page.table.rows_model.rows
    assert (line.get("village"), line.get("amount").text) == ("修齐镇", "870.00")
    assert page._foot.text() == "退票未重发 1 笔，870.00 元，1 个乡镇"
    assert page._buttons == {}
    county.let_go()
