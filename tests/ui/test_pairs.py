"""疑似同一人 and 整户迁移 in the window: by keys alone, on real databases."""

# ruff: noqa: SLF001 - looks at what a reviewer sees, which pages keep to themselves
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from minzheng_desktop.store import schema
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.cells import text_of
from minzheng_desktop.ui.kit.dialog import ConfirmDialog
from minzheng_desktop.ui.people.person import PersonPage
from minzheng_desktop.ui.rooms.moves import MovedRoom, MovesRoom
from minzheng_desktop.ui.rooms.pairs import PairsRoom
from minzheng_desktop.ui.rooms.people import HouseholdRoom
from minzheng_desktop.ui.window import Window
from minzheng_desktop.values.id_number import make_id_number
from tests.county.test_duplicates import account, enter, house, old_form, rulings
from tests.exchange.moving import Move, make_move, rows_of
from tests.exchange.offices import BASHAN
from tests.reports.offices import COUNTY, NORTH, SOUTH, County
from tests.ui.moves import open_window, settle, type_text

TODAY = date(2026, 3, 20)
BORN = date(1962, 3, 4)


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    """Three pairs: one number twice with a benefit on both sides, 15 digits once, and one without a number."""
    made = County(tmp_path / "县局.mz")
    number, second = (make_id_number(COUNTY, BORN, n) for n in (31, 33))
    pair = [enter(made.store, "姚世昌", owner, id_number=number, phone=phone, reside_village=f"{owner}200")
            for owner, phone in ((NORTH, "13800000001"), (SOUTH, "13900000002"))]  # fmt: skip
    records = [
        made.dibao([one], owner, month="2025-06") for one, owner in zip(pair, (NORTH, SOUTH), strict=True)
    ]
    for month in ("2025-12", "2026-01", "2026-02"):
        made.pay("dibao", month, {records[0]: 50_000})
    made.pay("dibao", "2026-02", {records[1]: 42_000}, SOUTH)
    wife = enter(made.store, "向才凤", NORTH, sex="2", birth_date="1965-05-06")
    house(made.store, NORTH, pair[0], wife)
    account(made.store, NORTH, pair[0], "6217001234512345678")
    enter(made.store, "罗应祥", NORTH, id_number=second)
    enter(made.store, "罗应祥", SOUTH, id_number=old_form(second))
    for owner in (NORTH, SOUTH):
        enter(made.store, "陶家碧", owner, sex="2", birth_date="1970-07-08", phone="13700000003")
    yield made
    made.store.close()


@pytest.fixture
def window(county: County) -> Window:
    return open_window(Office(county.store, lambda: TODAY))


def opened(window: Window) -> PairsRoom:
    window.shell.show_tab("radar")
    settle()
    window.shell.press("F9")
    settle()
    return window.findChildren(PairsRoom)[-1]


def key(letter: str) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, letter)
    settle()


def listed(room: PairsRoom) -> list[tuple[str, str]]:
    rows = room.page.table.rows_model.rows
    return [
        (text_of(one.name), one.class_)
        for one in (rows[n] for n in range(room.page.table.rows_model.rowCount()))
    ]


def lines(room: PairsRoom) -> dict[str, tuple[str, str, str]]:
    model = room.page.sides.rows_model
    found = [model.rows[n] for n in range(model.rowCount())]
    return {one.label: (text_of(one.left), text_of(one.right), text_of(one.verdict)) for one in found}


def test_compared_and_decided_by_keys(window: Window, county: County) -> None:
    room = opened(window)
    assert [name for name, _ in listed(room)] == ["姚世昌", "罗应祥", "陶家碧"]
    said = lines(room)
    assert said["证号"][2] == "吻合"
    assert said["电话"] == ("尾号 0001", "尾号 0002", "不同")
    assert said["2026-02"] == ("500.00", "420.00", "两边都发")
    assert said["2026-01"] == ("500.00", "—", "")
    assert [verdict for _, _, verdict in said.values() if verdict == "两边在享"] == ["两边在享"]
    assert "420.00" in room.page._foot.text(), "the smaller of the two, paid twice in one month"
    key("n")
    assert text_of(room.page.table.current.name) == "罗应祥"
    key("n")
    key("n")
    assert text_of(room.page.table.current.name) == "姚世昌"
    key("s")
    type_text("公安核实")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    settle()
    assert [name for name, _ in listed(room)] == ["罗应祥", "陶家碧"]
    assert text_of(room.page.table.current.name) == "罗应祥", "the next pair is in sight"
    assert [row["text"] for row in rulings(county.store)] == ["公安核实"] * 2
    key("n")
    key("d")
    dialog = window.shell.findChildren(ConfirmDialog)[-1]
    dialog.agree()
    assert dialog.isVisible(), "without a reason nothing is kept apart"
    type_text("同名")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    settle()
    assert [name for name, _ in listed(room)] == ["罗应祥"]
    room.choose("merged")
    settle()
    assert room.page._different.text().startswith("撤销认定")
    assert not room.page._same.isEnabled()
    key("d")
    type_text("弄错了")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    settle()
    assert listed(room) == []
    with county.store.reading() as r:
        assert r.rows(sa.select(schema.identities)) == []


def test_the_strictest_in_bulk(window: Window, county: County) -> None:
    room = opened(window)
    window.shell.press("F8")
    settle()
    dialog = window.shell.findChildren(ConfirmDialog)[-1]
    dialog.agree()
    settle()
    assert [name for name, _ in listed(room)] == ["陶家碧"]
    assert len(rulings(county.store)) == 4
    assert not room.page._bulk.isEnabled()


@pytest.mark.parametrize("size", [(1366, 697), (1093, 545)])
def test_it_fits(window: Window, size: tuple[int, int]) -> None:
    window.shell.resize(*size)
    room = opened(window)
    page: QWidget = room.page
    assert page.width() <= size[0]
    for table in (room.page.table, room.page.sides):
        widths = sum(table.columnWidth(n) for n in range(len(table.columns)) if not table.isColumnHidden(n))
        assert widths <= table.viewport().width() + 1
    assert room.page._same.isVisible()


@pytest.fixture
def move(tmp_path: Path) -> Iterator[Move]:
    made = make_move(tmp_path)
    yield made
    made.close()


def fill(window: Window, **texts: str) -> None:
    """Texts into a dialog's line edits by the start of their placeholder or their order."""
    dialog = window.shell.findChildren(ConfirmDialog)[-1]
    edits = [one for one in dialog.findChildren(QLineEdit) if one.isVisibleTo(dialog)]
    for at, text in texts.items():
        edits[int(at.removeprefix("n"))].setText(text)
    dialog.agree()
    settle()


def test_a_household_is_reported_confirmed_and_seen(move: Move) -> None:
    town = open_window(Office(move.old.store, lambda: date(2026, 11, 23)))
    home = HouseholdRoom(town, move.household)
    home.open()
    settle()
    home.ask_move()
    settle()
    dialog = town.shell.findChildren(ConfirmDialog)[-1]
    dialog._town.setCurrentIndex(dialog._town.findData(BASHAN))
    fill(town, n1="搬迁")
    (row,) = rows_of(move.old.store, "transfers")
    assert (row["to_division"], row["reason"], row["moved_on"]) == (BASHAN, "搬迁", "2026-11-23")
    room = town.findChildren(MovedRoom)[-1]
    assert [text_of(one.get("state")) for one in room.page.table.rows_model.rows] == ["等县局确认"]
    home.ask_move()
    settle()
    assert len(rows_of(move.old.store, "transfers")) == 1
    move.send(move.old)
    bureau = open_window(Office(move.county.store, lambda: date(2026, 11, 24)))
    bureau.shell.show_tab("approve")
    settle()
    assert bureau.rooms["approve"].page._moves.text().startswith("整户迁移 1")
    bureau.shell.press("F9")
    settle()
    desk = bureau.findChildren(MovesRoom)[-1]
    (line,) = desk.page.table.rows_model.rows
    assert text_of(line.get("state")) == "等县局确认"
    assert "没有在发的待遇" in line.more
    bureau.shell.press("F8")
    settle()
    fill(bureau, n0="城民函〔2026〕8号")
    assert [row["kind"] for row in rulings(move.county.store)] == ["transfer"] * 2
    assert len(desk.page.table.rows_model.rows) == 0
    move.read(move.old)
    room.refresh()
    settle()
    assert [text_of(one.get("state")) for one in room.page.table.rows_model.rows] == ["已迁往"]
    room.open_line(room.page.table.rows_model.rows[0])
    settle()
    assert isinstance(town.shell.page, PersonPage), "it can still be looked at"
