"""The virtual table fetches only what is seen; keys and clicks say what was meant."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from minzheng_desktop.ui.kit.cells import Check, Link
from minzheng_desktop.ui.kit.table import PAGE, Column, LazyRows, Table
from tests.ui.moves import settle


def test_only_visited_pages_are_fetched(qtbot) -> None:
    asked: list[tuple[int, int]] = []

    def fetch(start: int, count: int) -> None:
        asked.append((start, count))
        rows.fill(start, [{"name": f"第 {start + at} 人"} for at in range(count)])

    rows = LazyRows(200_000, fetch)
    table = Table((Column("name", "姓名"),))
    qtbot.addWidget(table)
    table.resize(400, 600)
    table.show_rows(rows)
    table.show()
    settle()
    assert asked == [(0, PAGE)]
    table.scrollToBottom()
    settle()
    assert asked[-1] == (200_000 - PAGE, PAGE)
    assert len(asked) <= 3
    assert table.rows_model.value(199_999, 0) == "第 199999 人"


def test_rows_that_are_on_their_way_are_empty(qtbot) -> None:
    rows = LazyRows(10, lambda _start, _count: None)
    table = Table((Column("name", "姓名"),))
    qtbot.addWidget(table)
    table.show_rows(rows)
    assert table.rows_model.value(3, 0) is None
    table.selectRow(3)
    assert table.current is None


def test_enter_opens_and_space_follows(qtbot) -> None:
    table = Table((Column("name", "姓名"), Column("link", "", 60), Column("tick", "", 40)))
    qtbot.addWidget(table)
    opened, followed, ticked = [], [], []
    table.opened.connect(opened.append)
    table.link_followed.connect(lambda item, key: followed.append((item["name"], key)))
    table.ticked.connect(lambda item, key, on: ticked.append((item["name"], key, on)))
    table.show_rows([{"name": "罗成贵", "link": Link("打开"), "tick": Check(False)}])
    table.show()
    table.setCurrentIndex(table.model().index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    table.setCurrentIndex(table.model().index(0, 1))
    QTest.keyClick(table, Qt.Key.Key_Space)
    table.setCurrentIndex(table.model().index(0, 2))
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert opened[0]["name"] == "罗成贵"
    assert followed == [("罗成贵", "link")]
    assert ticked == [("罗成贵", "tick", True)]


def test_focus_alone_chooses_nothing(qtbot) -> None:
    table = Table((Column("name", "姓名"),))
    qtbot.addWidget(table)
    chosen = []
    table.chosen.connect(chosen.append)
    table.show_rows([{"name": "罗成贵"}])
    table.show()
    table.setFocus()
    settle()
    assert not chosen
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert [item["name"] for item in chosen] == ["罗成贵"]


def test_sorting_says_key_and_direction(qtbot) -> None:
    table = Table((Column("name", "姓名", sortable=True), Column("sex", "性别", 46)))
    qtbot.addWidget(table)
    wanted = []
    table.sort_wanted.connect(lambda key, down: wanted.append((key, down)))
    head = table.horizontalHeader()
    head.sectionClicked.emit(0)
    head.sectionClicked.emit(0)
    head.sectionClicked.emit(1)
    assert wanted == [("name", False), ("name", True)]
