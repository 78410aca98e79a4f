"""成批录入 in the window: two hundred rows pasted, mended, saved, left and taken up again; with the keyboard alone."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from minzheng_desktop.store import listing, overview, people, records
from minzheng_desktop.ui.entries.sheet import SAVED, WRONG
from minzheng_desktop.ui.gateway import entries as gateway
from minzheng_desktop.ui.kit.cells import Mask
from minzheng_desktop.ui.rooms.entries import EntriesRoom
from minzheng_desktop.ui.window import Opened, Window
from minzheng_desktop.ui.worker import Worker
from minzheng_desktop.values.blocks import format_block
from minzheng_desktop.values.id_number import make_id_number
from tests.ui.conftest import TODAY
from tests.ui.moves import open_window, settle, type_text

ROWS = 200
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
DAY = "2026-06-01"


def number(n: int) -> str:
    """The id number of the nth invented person, 80 to 89 years old on the test's day."""
    return make_id_number("500229", date(1938 + n % 7, 1 + n % 12, 1 + n % 28), 1 + n)


def line(n: int, name: str = "") -> list[str]:
    """One row as it stands in a clerk's sheet: 姓名 证号 村 电话 渠道 申请日期 近亲属."""
    given = name or f"{SURNAMES[n % 20]}{'大小老阿'[n // 20 % 4]}{'一二三四五六七八九十'[n % 10]}"
    return [given, number(n), "东河村", f"139{n:08d}", "窗口", DAY, "否"]


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in text)


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, key, modifier)
    settle(2)


def open_grid(window: Window, form: str = "elder_age") -> EntriesRoom:
    window.shell.show_tab("area:elderly")
    settle()
    window.rooms["area:elderly"].choose_form(form)
    settle()
    window.shell.press("Shift+F2")
    settle()
    room: EntriesRoom = window.findChildren(EntriesRoom)[-1]
    assert window.shell.page is room.page, window.shell.said
    assert room.page.grid.hasFocus()
    return room


def paste(room: EntriesRoom, rows: list[list[str]]) -> None:
    QApplication.clipboard().setText(format_block(rows))
    room.page.grid.setFocus()
    press(Qt.Key.Key_V, CTRL)
    settle(4 + len(rows) // 20)


def states(room: EntriesRoom) -> list[str]:
    sheet = room.page.sheet
    return [sheet.state(at, room.page.grid.repeats) for at in range(len(sheet.lines) - 1)]


def count(window: Window, form: str = "elder_age") -> int:
    with window._office.store.reading() as r:
        return len(listing.list_records(r, listing.Filter(form=form)))


def retype(room: EntriesRoom, row: int, path: str, text: str) -> None:
    room.page.grid.go_to(row, path)
    type_text(text)
    press(Qt.Key.Key_Return)
    settle()


@pytest.fixture
def known(window: Window) -> str:
    """钱二 of row 11 is on file, without a telephone."""
    with window._office.store.writing("add_person") as w:
        return people.save_person(
            w,
            {"owner": window._office.store.site.division, "name": line(11)[0], "id_number": number(11)},
            today=TODAY,
        )


def test_two_hundred_rows(window: Window, known: str) -> None:
    """Pasted at once; five rows are kept back, two of them mended; 197 are written, three wait for another day."""
    x = next(n for n in range(300, 400) if number(n).endswith("X"))
    rows = [line(n) for n in range(ROWS)]
    rows[3][0] = "王𪚥"
    rows[4] = [*line(x)[:1], wide(number(x)[:17]) + "ｘ", *line(x)[2:]]
    rows[20][1] = "5.00229E+17"
    rows[30] = list(rows[29])
    rows[40][2] = "百果村"
    rows[50][5] = "2027-01-01"
    rows[60][0] = ""
    room = open_grid(window)
    paste(room, rows)
    sheet, grid = room.page.sheet, room.page.grid
    assert len(sheet.filled()) == ROWS
    assert [at for at, state in enumerate(states(room)) if state == WRONG] == [20, 30, 40, 50, 60]
    assert room.page._save.text().startswith("保存 195 行")
    assert sheet.lines[4].verdict.shown["person.id_number"] == number(x)
    born = date(1938 + 7 % 7, 1 + 7, 1 + 7)
    assert (
        sheet.lines[7].verdict.person == f"{'女' if int(number(7)[16]) % 2 == 0 else '男'} {born.isoformat()}"
    )
    assert (sheet.lines[11].verdict.known, sheet.lines[12].verdict.known) == (True, False)
    said = {
        item.at: item.problem.text
        for item in room.page.problems.rows_model.rows
        if item.problem.tone == "error"
    }
    assert said[30] == "和第 30 行是同一个人，只能存一行，删掉另一行"
    assert said[40] == "区划里没有“百果村”，是否白果村；改成现在的村名，或在设置里加别名"
    assert "无法恢复" in said[20]

    grid.go_to(0, "person.name")
    window.shell.press("F7")
    assert (grid.row, grid.path) == (20, "person.id_number")
    assert "第 21 行" in room.page._message.text()
    window.shell.press("F7")
    assert (grid.row, grid.path) == (30, "person.id_number")
    retype(room, 40, "village", "白果村")
    retype(room, 50, "apply_date", "2026.6.1")
    assert sheet.lines[50].verdict.shown["apply_date"] == DAY
    window.shell.press("Ctrl+S")
    settle()
    assert count(window) == 0  # shown first, written then
    assert "将写入 197 件高龄津贴（台账里已有 1 人，新登记 196 人）" in room.page._words.text()
    assert "3 行有错的留在表里" in room.page._words.text()
    window.shell.press("Ctrl+Return")
    settle(20)
    assert count(window) == 197
    assert room.page._kept.text() == "已保存 197 件高龄津贴，3 行有错的留在表里"
    kept = [at for at, state in enumerate(states(room)) if state != SAVED]
    assert kept == [20, 30, 60]
    assert {states(room)[at] for at in kept} == {WRONG}
    cell = grid.rows_model.value(0, 2)
    assert isinstance(cell, Mask)
    assert cell.text == f"{number(0)[:6]}********{number(0)[-4:]}"
    assert grid.rows_model.value(0, len(grid.columns) - 1).text == "25.00"
    with window._office.store.reading() as r:
        assert people.by_id_number(r, number(x))["name"] == line(x)[0]
        assert [hit.name for hit in people.find_people(r, "王𪚥")] == ["王𪚥"]
        assert people.by_id_number(r, number(11))["phone"] == "13900000011"
        one = next(row for row in records.each_form_record(r, "elder_age") if row["person"] == known)
        assert (one["state"], one["doc"]["apply_date"]) == ("draft", DAY)
        assert overview.audit_tail(r, limit=1)[0]["action"] == "enter_grid"

    window.shell.press("Esc")
    settle()
    assert window.rooms["area:elderly"].page.table.rows_model.rowCount() == 197
    again = open_grid(window)
    assert "没有保存的 3 行" in again.page._kept.text()
    assert [states(again)[at] for at in range(3)] == [WRONG] * 3
    already = again.page.problems.rows_model.rows
    assert any("已有在办或在享的高龄津贴（草稿）" in item.problem.text for item in already)


def test_one_changed_cell_judges_one_row(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    judge = gateway.judge

    def counted(office: Any, opened: Any, rows: Any) -> Any:
        asked.append(len(rows))
        return judge(office, opened, rows)

    monkeypatch.setattr(gateway, "judge", counted)
    room = open_grid(window)
    paste(room, [line(n) for n in range(ROWS)])
    assert sum(asked) == ROWS
    asked.clear()
    retype(room, 120, "person.phone", "13800000000")
    assert asked == [1]
    room.page.grid.go_to(121, "person.id_number")
    type_text(number(5))
    press(Qt.Key.Key_Return)
    assert asked == [1, 1]
    assert states(room)[121] == WRONG


def test_twenty_entries_by_keyboard(window: Window) -> None:
    """No mouse, no paste: name, number, village by pinyin, telephone; channel and day stand there; 否 by its letter."""
    room = open_grid(window)
    for n in range(20):
        type_text(line(n)[0])
        press(Qt.Key.Key_Return)
        type_text(number(n))
        press(Qt.Key.Key_Tab)
        type_text("dhc")
        press(Qt.Key.Key_Return)
        type_text(f"1390000{n:04d}")
        press(Qt.Key.Key_Return)
        press(Qt.Key.Key_Return)
        press(Qt.Key.Key_Return)
        type_text("f")
        press(Qt.Key.Key_Return)
        press(Qt.Key.Key_Return)  # no account: on to the next row
        assert (room.page.grid.row, room.page.grid.path) == (n + 1, "person.name")
    settle()
    assert room.page._save.text().startswith("保存 20 行"), room.page.problems.rows_model.rows
    assert list(room.page.problems.rows_model.rows) == []
    window.shell.press("Ctrl+S")
    window.shell.press("Ctrl+Return")
    settle(10)
    assert count(window) == 20
    with window._office.store.reading() as r:
        rows = list(records.each_form_record(r, "elder_age"))
        assert {row["doc"]["apply_date"] for row in rows} == {TODAY.isoformat()}
        assert {row["doc"]["relative_of_staff"] for row in rows} == {False}
        village = next(code for code, name in window.villages if name == "东河村")
        assert {row["village"] for row in rows} == {village}


def test_filling_down_and_the_way_back(window: Window) -> None:
    room = open_grid(window)
    paste(room, [[*line(n)[:2], "", "", "", "", ""] for n in range(4)])
    grid, sheet = room.page.grid, room.page.sheet
    retype(room, 0, "village", "dhc")
    column = [spec.key for spec in grid.columns].index("village")
    grid.setCurrentIndex(grid.model().index(0, column))
    grid.selectionModel().select(
        QItemSelection(grid.model().index(0, column), grid.model().index(3, column)),
        QItemSelectionModel.SelectionFlag.ClearAndSelect,
    )
    press(Qt.Key.Key_D, CTRL)
    assert [sheet.text(at, "village") for at in range(4)] == ["东河村"] * 4
    press(Qt.Key.Key_Z, CTRL)
    assert [sheet.text(at, "village") for at in range(4)] == ["东河村", "", "", ""]
    press(Qt.Key.Key_Y, CTRL)
    assert sheet.text(3, "village") == "东河村"
    grid.go_to(1, "person.name")
    press(Qt.Key.Key_Down, SHIFT)
    press(Qt.Key.Key_Minus, CTRL)
    assert [sheet.text(at, "person.name") for at in range(2)] == [line(0)[0], line(3)[0]]
    press(Qt.Key.Key_Z, CTRL)
    assert sheet.text(1, "person.name") == line(1)[0]
    grid.go_to(1, "person.name")
    press(Qt.Key.Key_Delete)
    assert sheet.text(1, "person.name") == ""
    for _ in range(9):
        press(Qt.Key.Key_Z, CTRL)
    assert sheet.filled() == []
    assert grid.model().rowCount() == 1


def test_a_message_stands_while_one_types(window: Window) -> None:
    room = open_grid(window)
    room.page.grid.go_to(0, "person.id_number")
    type_text("500229194001010")
    assert "15位老身份证号" in room.page._message.text() or "应为18位" in room.page._message.text()
    type_text("999")
    assert "校验位不对" in room.page._message.text()
    press(Qt.Key.Key_Escape)
    assert room.page.sheet.filled() == []
    assert window.shell.page is room.page


def test_a_block_with_its_header_opens_its_columns(window: Window) -> None:
    """认证日期 is no column at first; 序号 and 备注 have no place and are named, what the number or the money rule
    tells is passed over in silence; a village stands in two lines."""
    room = open_grid(window)
    head = ["序号", "老人姓名", "性别", "身份证号码", "村", "认证日期", "备注", "金额"]
    rows = ([str(n), line(n)[0], "男", number(n), "东河村\n", "2026-05-01", "好", "25"] for n in range(3))
    paste(room, [head, *rows])
    assert "last_check_date" in room.page.shown
    assert room.page.sheet.text(2, "last_check_date") == "2026-05-01"
    assert room.page.sheet.text(0, "apply_channel") == "窗口"
    assert room.page._kept.text() == "贴上了 3 行；序号、备注没有地方放，没有贴"
    assert WRONG not in states(room)


def test_columns_are_shown_when_asked_for(window: Window) -> None:
    """代领人 and the like stand in the menu; what a new record needs cannot be hidden."""
    room = open_grid(window)
    actions = {action.text(): action for action in room.page.column_menu().actions()}
    assert not actions["姓名"].isEnabled()
    assert not actions["开户行"].isChecked()
    actions["开户行"].trigger()
    assert "account.bank" in [spec.key for spec in room.page.grid.columns]
    retype(room, 0, "account.bank", "农商行")
    retype(room, 0, "person.name", "赵一")
    room.back()
    again = open_grid(window)
    assert "account.bank" in again.page.shown
    assert again.page.sheet.text(0, "account.bank") == "农商行"


def test_what_is_not_saved_survives_a_crash(window: Window) -> None:
    room = open_grid(window)
    paste(room, [line(n) for n in range(5)])
    QTest.qWait(1700)  # it rests, then it is kept
    settle()
    again = open_grid(open_window(window._office))
    assert len(again.page.sheet.filled()) == 5
    assert "没有保存的 5 行" in again.page._kept.text()
    again.page._give_up.click()
    settle()
    assert again.page.sheet.filled() == []
    with window._office.store.reading() as r:
        from minzheng_desktop.store import drafts

        assert drafts.drafts_of(r, form="elder_age") == []


def test_closing_keeps_at_once(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(window._office.store), "close", lambda _self: None)
    room = open_grid(window)
    paste(room, [line(0)])
    window.close()
    assert len(open_grid(open_window(window._office)).page.sheet.filled()) == 1


def test_a_day_is_carried_from_row_to_row(window: Window) -> None:
    """定点助浴: the day of service keeps, the times begin at 1 (forms/elderly/bath.toml)."""
    room = open_grid(window, "bath")
    paths = [spec.key for spec in room.page.grid.columns]
    assert {"served_on", "provider", "place", "staff", "temperature"} <= set(paths)
    for n in range(2):
        retype(room, n, "person.name", line(n)[0])
        retype(room, n, "person.id_number", number(n))
        if n == 0:
            retype(room, n, "served_on", "2026.6.10")
            retype(room, n, "place", "上门")
    sheet = room.page.sheet
    assert [
        (sheet.text(at, "served_on"), sheet.text(at, "place"), sheet.text(at, "times")) for at in range(2)
    ] == [
        ("2026.6.10", "上门", "1"),
        ("2026.6.10", "上门", "1"),
    ]
    assert any("只补助分散供养" in item.problem.text for item in room.page.problems.rows_model.rows)


def test_the_window_does_not_wait(window: Window, qtbot: Any) -> None:
    """With the worker's own thread: a paste comes back at once, verdicts arrive on their own."""
    worker = Worker()
    own = Window(window._office, worker, Opened(window._office))
    own.shell.show()
    own.open_entries("elder_age")
    room = own.findChildren(EntriesRoom)[-1]
    qtbot.waitUntil(lambda: room.opened is not None)
    QApplication.clipboard().setText(format_block([line(n) for n in range(ROWS)]))
    room.page.grid.paste(QApplication.clipboard().text())
    assert len(room.page.sheet.filled()) == ROWS
    qtbot.waitUntil(lambda: room.page.sheet.waiting() == [], timeout=20_000)
    assert room.page._save.text().startswith("保存 200 行")
    worker.stop()
    settle()
