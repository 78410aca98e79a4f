"""列对应 in the import page, with nothing but the keyboard: seen, corrected, refused, remembered."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from minzheng_desktop.store import people
from minzheng_desktop.ui.rooms.roster import RosterRoom
from minzheng_desktop.ui.window import Window
from minzheng_desktop.values.id_number import make_id_number
from tests.ui.moves import settle, type_text

VILLAGE = "东河村"


def _roster(path: Path, titles: list[str], first: int = 0, *, title: str = "高龄津贴名单") -> Path:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "名单"
    page.append([title])
    page.append(titles)
    for n in range(first, first + 3):
        born = date(1938, 1, 1 + n)
        number = make_id_number("500229", born, 100 + n)
        page.append([f"李{'甲乙丙丁戊己'[n]}", number, VILLAGE, f"1390000000{n}", "寿"])
    book.save(path)
    return path


def _open(window: Window, file: Path) -> Any:
    window.shell.show_tab("area:elderly")
    settle()
    window.open_roster("elder_age")
    room = next(child for child in reversed(window.children()) if isinstance(child, RosterRoom))
    room.plan(file)
    settle()
    return room


def _press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, key, modifier)
    settle(3)


def _line(room: Any, title: str) -> Any:
    table = room.page.mapping.columns
    lines = list(table.rows_model.rows)
    at = next(at for at, line in enumerate(lines) if line.column == title)
    table.setCurrentIndex(table.rows_model.index(at, 3))
    return lines[at]


@pytest.fixture
def titles() -> list[str]:
    return ["姓名", "身份证号", "村", "打哪个", "备注"]


def test_a_column_is_mapped_by_pinyin(window: Window, tmp_path: Path, titles: list[str]) -> None:
    """打哪个 is the telephone: lxdh and Enter; the plan is made anew, committed, and the next file needs no word."""
    room = _open(window, _roster(tmp_path / "甲.xlsx", titles))
    assert not room.page.mapping.isVisible()
    window.shell.press("F4")
    settle()
    assert room.page.mapping.columns.hasFocus()
    assert room.page.mapping.hint.text() == "3 列认出，2 列不导入"
    line = _line(room, "打哪个")
    assert (line.path, line.samples) == ("", "1390***0000　1390***0001　1390***0002")
    before = room.made
    type_text("lxdh")
    _press(Qt.Key.Key_Return)
    line = _line(room, "打哪个")
    assert (line.path, line.how) == ("person.phone", "指定的")
    assert room.made is not before
    assert room.made.cleaned.rows()[0].values["person.phone"] == "13900000000"
    assert room.made.count("new") == 3
    window.shell.press("Esc")
    assert not room.page.mapping.isVisible()
    assert room.page.table.isVisible()
    room.commit()
    settle()
    with window._office.store.reading() as r:  # noqa: SLF001 - what stands in the register
        assert len(people.find_people(r, "13900000001")) == 1
    window.shell.back()
    window.shell.back()
    again = _open(window, _roster(tmp_path / "乙.xlsx", titles, 3))
    window.shell.press("F4")
    assert (_line(again, "打哪个").path, _line(again, "打哪个").how) == ("person.phone", "记住的")


def test_what_is_taken_or_unknown_is_refused(window: Window, tmp_path: Path, titles: list[str]) -> None:
    room = _open(window, _roster(tmp_path / "甲.xlsx", titles))
    window.shell.press("F4")
    _line(room, "备注")
    type_text("xm")
    _press(Qt.Key.Key_Return)
    said = room.page.mapping._said  # noqa: SLF001
    assert "“姓名”和“备注”两列都对应“姓名”，一项只能对应一列" in said.text()
    assert _line(room, "备注").path == ""
    assert room.made.count("new") == 3
    type_text("zzzz")
    _press(Qt.Key.Key_Return)
    assert "没有叫“zzzz”的字段，没有改" in said.text()
    _line(room, "身份证号")
    _press(Qt.Key.Key_Delete)
    assert "没有“身份证号”一列" in said.text()
    assert room.made is None
    assert not room.page._commit.isEnabled()  # noqa: SLF001
    _line(room, "身份证号")
    type_text("sfzh")
    _press(Qt.Key.Key_Return)
    assert room.made.count("new") == 3
    assert not said.isVisible()


def test_a_header_is_picked_where_none_was_found(window: Window, tmp_path: Path) -> None:
    """Columns nobody calls so: the page opens at the rows, Enter on the second makes it the header."""
    titles = ["老人", "号", "哪里", "打哪个", "寿"]
    village = next(one for one in window.villages if one[1] == VILLAGE)
    room = _open(window, _roster(tmp_path / "甲.xlsx", titles, title="二〇二六"))
    page = room.page
    assert page.mapping.isVisible()
    assert "没有找到表头" in page.mapping._said.text()  # noqa: SLF001
    assert page.mapping.top.hasFocus()
    _press(Qt.Key.Key_Down)
    _press(Qt.Key.Key_Return)
    assert [line.column for line in page.mapping.columns.rows_model.rows] == titles
    for title, typed in (("老人", "xm"), ("号", "身份证号"), ("哪里", "村")):
        _line(room, title)
        page.mapping.columns.setFocus()
        type_text(typed)
        _press(Qt.Key.Key_Return)
    assert room.made.count("new") == 3
    assert room.made.cleaned.rows()[0].values["village"] == village[0]


def test_an_empty_template_is_saved_from_the_import_page(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F6 asks where; the file is filled in as it is and read by the same page, every column known by its title."""
    target = tmp_path / "高龄空表.xlsx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.shell.show_tab("area:elderly")
    settle()
    window.open_roster("elder_age")
    window.shell.press("F6")
    settle()
    book = openpyxl.load_workbook(target)
    page = book.worksheets[0]
    places = {str(cell.value).removeprefix("* "): cell.column for cell in page[3]}
    number = make_id_number("500229", date(1938, 1, 1), 100)
    for title, value in {"姓名": "李甲", "身份证号": number, "村": VILLAGE}.items():
        page.cell(5, places[title], value)
    book.save(target)
    room = next(child for child in reversed(window.children()) if isinstance(child, RosterRoom))
    room.plan(target)
    settle()
    assert room.made.count("new") == 1
    assert not room.page.mapping.isVisible()
    hows = {line.how for line in room.plan_shown.mapping.sheets[0].columns if line.column != "序号"}
    assert hows <= {"同名", "别名", "只核对"}
