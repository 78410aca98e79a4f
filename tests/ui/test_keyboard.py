"""Real entries with nothing but the keyboard: twenty records, Enter and Tab only."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from minzheng_desktop.store import listing
from minzheng_desktop.ui.window import Window
from minzheng_desktop.values.id_number import make_id_number
from tests.ui.moves import open_window, settle

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"


def _focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def _type(text: str) -> None:
    """Letters and digits as keys, Chinese as an input method commits it."""
    if text.isascii():
        QTest.keyClicks(_focus(), text)
    else:
        committed = QInputMethodEvent()
        committed.setCommitString(text)
        QApplication.sendEvent(_focus(), committed)
    settle(2)


def _press(key: Qt.Key) -> None:
    QTest.keyClick(_focus(), key)
    settle(3)


def _enter_to_the_button() -> int:
    """Press Enter until the button at the end has the focus; returns how many boxes were passed."""
    for passed in range(60):
        if isinstance(_focus(), QPushButton):
            return passed
        _press(Qt.Key.Key_Return)
    raise AssertionError("Enter never reached the button")


def _find(text: str) -> None:
    _type(text)
    QTest.qWait(80)
    settle()


@pytest.fixture
def elderly(window: Window) -> Window:
    window.shell.show_tab("area:elderly")
    settle()
    return window


def test_twenty_records_by_keyboard(elderly: Window) -> None:
    """Each is a person new to the register and a 高龄津贴 application, from the first key to the saved record."""
    room = elderly.rooms["area:elderly"]
    room.choose_form("elder_age")
    numbers = []
    for at, surname in enumerate(SURNAMES):
        number = make_id_number("500229", date(1940, 1, 1 + at), at + 1)
        numbers.append(number)
        elderly.shell.press("F2")
        settle()
        _find(f"{surname}大{'一二三四五六七八九十'[at % 10]}")
        _press(Qt.Key.Key_Return)  # the last line of the list: ＋ 新增
        _type(number)
        _press(Qt.Key.Key_Return)  # → 村
        _press(Qt.Key.Key_Down)  # the first village
        _press(Qt.Key.Key_Return)  # → 电话
        _type("13900000000")
        _press(Qt.Key.Key_Return)  # → 登记此人
        _press(Qt.Key.Key_Return)
        assert room.editor.subject is not None, elderly.shell.said
        assert _enter_to_the_button() >= 3
        _press(Qt.Key.Key_Return)
        assert elderly.shell.said.startswith("已保存"), elderly.shell.said
    with elderly._office.store.reading() as r:
        lines = listing.list_records(r, listing.Filter(form="elder_age"))
        assert len(lines) == 20
        assert sorted(line.id_number or "" for line in lines) == sorted(numbers)
        assert {line.state for line in lines} == {"draft"}


def test_person_is_taken_with_enter(elderly: Window) -> None:
    """Typing initials and Enter takes the person marked; the number stays masked."""
    from minzheng_desktop.ui.gateway import people

    given = {
        "name": "罗成贵",
        "id_number": make_id_number("500229", date(1936, 3, 12), 221),
        "village": elderly.villages[0][0],
    }
    people.add_person(elderly._office, given)
    room = elderly.rooms["area:elderly"]
    room.choose_form("elder_age")
    elderly.shell.press("F2")
    settle()
    _find("lcg")
    _press(Qt.Key.Key_Return)
    assert room.editor.subject is not None
    assert room.editor.subject.name == "罗成贵"
    assert "********" in room.editor.subject.masked_number


def test_a_draft_survives_a_crash(elderly: Window) -> None:
    """What was typed is there after the window was lost without a word."""
    from minzheng_desktop.ui.gateway import people

    number = make_id_number("500229", date(1936, 3, 12), 222)
    brief = people.add_person(
        elderly._office,
        {"name": "袁素华", "id_number": number, "village": elderly.villages[0][0]},
    )
    room = elderly.rooms["area:elderly"]
    room.choose_form("elder_age")
    elderly.shell.press("F2")
    room.begin_about(brief.id)
    settle()
    editor = room.editor
    field = editor._fields["apply_reason"].editor("apply_reason")
    field.edit.setPlainText("独居，走路不便")
    QTest.qWait(1700)  # the draft rests, then it is kept
    settle()

    again = open_window(elderly._office)
    again.shell.show_tab("area:elderly")
    other = again.rooms["area:elderly"]
    other.choose_form("elder_age")
    other.begin_new()
    settle()
    assert other.editor.doc["apply_reason"] == "独居，走路不便"
    assert other.editor.subject is not None
    assert other.editor.subject.name == "袁素华"


def test_escape_closes_the_list_before_the_page(elderly: Window) -> None:
    room = elderly.rooms["area:elderly"]
    room.choose_form("elder_age")
    elderly.shell.press("F2")
    settle()
    _find("nobody")
    finder = room.editor._subject.edit
    assert finder.list.isVisible()
    _press(Qt.Key.Key_Escape)
    assert not finder.list.isVisible()
    assert room.editor.isVisible()
    _press(Qt.Key.Key_Escape)
    assert not room.editor.isVisible()


def test_a_block_from_a_spreadsheet(elderly: Window) -> None:
    """Tabs between columns, lines between members, from the current cell on; what is no number is passed by."""
    from minzheng_desktop.ui.income_grid import IncomeGrid, IncomeRow

    grid = IncomeGrid()
    entered: list[tuple[str, str, object]] = []
    grid.entered.connect(lambda member, kind, cents: entered.append((member, kind, cents)))
    rows = [IncomeRow(key, key, "", {"1": None, "2": None}) for key in ("a", "b")]
    grid.show_incomes((("1", "工资性"), ("2", "经营净收入")), rows)
    grid.setCurrentIndex(grid.model().index(0, 2))
    grid.paste("7,200.00\t0\n—\t3460元\n")
    assert entered == [("a", "1", 720_000), ("a", "2", 0), ("b", "1", None), ("b", "2", 346_000)]
    grid.deleteLater()
