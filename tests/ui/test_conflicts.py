"""The conflict desk and the second laptop in the window, by keyboard, on real laptops of one township."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit

from minzheng_desktop.exchange.judging.conflicts import list_conflicts
from minzheng_desktop.exchange.judging.crossings import list_crossings
from minzheng_desktop.exchange.judging.double_locks import list_double_locks
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.cells import text_of
from minzheng_desktop.ui.kit.dialog import ConfirmDialog
from minzheng_desktop.ui.rooms.conflicts import ConflictsRoom, DoubtsRoom, HistoryRoom
from minzheng_desktop.ui.window import Window
from tests.exchange.offices import TODAY, County, Town
from tests.exchange.pair import Pair, open_pair, packed, read
from tests.exchange.scene import change, lock
from tests.exchange.test_double_locks import take
from tests.exchange.test_peers import first_person, person_of
from tests.ui.moves import open_window, settle


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = open_pair(tmp_path)
    yield made
    made.close()


def window_of(office: County | Town) -> Window:
    return open_window(Office(office.store, lambda: TODAY))


def room_of(window: Window, kind: type) -> ConflictsRoom:
    found = [room for room in window.findChildren(kind) if room.page.isVisible()]
    return found[-1]


def press(window: Window, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(room_of(window, ConflictsRoom).page.table, key)
        settle(2)


def told_by(window: Window) -> str:
    return " ".join(label.text() for label in window.shell.findChildren(QLabel) if label.isVisible())


def diverge(pair: Pair) -> tuple[str, str]:
    """Two people that both laptops changed otherwise; returns their ids."""
    with pair.a.store.reading() as r:
        from minzheng_desktop.store import schema

        one, other = sorted(row["id"] for row in r.rows(schema.people.select()))[:2]
    change(pair.a, "people", one, name="罗成桂", birth_date="1950-02-01", phone="13800000001")
    change(pair.b, "people", one, name="罗承贵", birth_date="1950-03-01", phone="13900000002")
    change(pair.a, "people", other, name="吴道芸")
    change(pair.b, "people", other, name="吴道云")
    return one, other


def test_a_clerk_reads_the_other_laptop_and_decides_by_keyboard(pair: Pair) -> None:
    one, other = diverge(pair)
    theirs = packed(pair.b)
    window = window_of(pair.a)
    window.shell.show_tab("handover")
    settle()
    handover = window.rooms["handover"]
    handover.read_down([theirs])
    settle()
    assert "B 机第 0002 号已读：新增 0，变化 0，等人决定 2" in told_by(window)
    page = room_of(window, ConflictsRoom).page
    assert page.isVisible()  # what waits for a person is opened at once
    rows = page.table.rows_model.rows
    assert [(row.field, text_of(row.base), text_of(row.mine), text_of(row.other)) for row in rows] == [
        ("出生日期", "1950-01-01", "1950-02-01", "1950-03-01"),
        ("姓名", "测试001", "罗成桂", "罗承贵"),
        ("姓名", "测试002", "吴道芸", "吴道云"),
    ]
    assert "********" in rows[0].whose  # numbers are masked
    assert rows[1].whose == ""  # said once a row
    assert "B 机 唐敏" in page._about.text()
    assert "第 0002 号包带来" in page._about.text()
    assert not page._write.isEnabled()
    page.table.setFocus()
    press(window, Qt.Key.Key_1)
    assert page.table.currentIndex().row() == 1  # on to the next field
    assert not page._write.isEnabled()  # of the first row only one field was decided
    press(window, Qt.Key.Key_2)
    assert "定下来 1 条" in page._write.text()
    press(window, Qt.Key.Key_3, Qt.Key.Key_0)  # chosen, then taken back
    assert [text_of(row.choice) for row in page.table.rows_model.rows] == ["取现在的", "取另一份", "没有定"]
    window.shell.press("F8")
    settle()
    found = person_of(pair.a, one)
    assert (found["birth_date"], found["name"]) == ("1950-02-01", "罗承贵")
    assert found["phone"] in ("13800000001", "13900000002")  # the newer one; both were written in one second
    assert person_of(pair.a, other)["name"] == "吴道芸"
    assert "已定下来 1 条，随下一个包上报" in told_by(window)
    assert len(page.table.rows_model.rows) == 1
    page._bulk[1].click()  # 都取另一份
    window.shell.press("F8")
    settle()
    assert person_of(pair.a, other)["name"] == "吴道云"
    with pair.a.store.reading() as r:
        assert list_conflicts(r) == []
    assert page.table._empty.isVisible()
    window.shell.press("Esc")
    settle()
    assert not page.isVisible()
    window.let_go()


def test_the_history_of_a_row_in_conflict_has_both_versions(pair: Pair) -> None:
    diverge(pair)
    read(pair.a, packed(pair.b))
    window = window_of(pair.a)
    window.open_conflicts()
    settle()
    window.shell.press("F4")
    settle()
    (room,) = [found for found in window.findChildren(HistoryRoom) if found.page.isVisible()]
    rows = room.page.table.rows_model.rows
    assert [text_of(row.get("kind")) for row in rows] == ["修改", "修改", "新建"]
    assert {text_of(row.get("state")) for row in rows} == {"现在的", "等人决定", ""}
    told = " ".join(text_of(row.get("changes")) for row in rows)
    assert "姓名 测试001 → 罗成桂" in told
    assert "姓名 测试001 → 罗承贵" in told
    assert "13800000001" not in told  # telephones are masked
    window.let_go()


def test_the_county_rules_and_sees_that_it_is_on_its_way(pair: Pair) -> None:
    one, _ = diverge(pair)
    pair.county.receive(packed(pair.a), packed(pair.b))
    window = window_of(pair.county)
    window.open_conflicts()
    settle()
    page = room_of(window, ConflictsRoom).page
    assert [row.town for row in page.table.rows_model.rows] == ["修齐镇", "", "修齐镇"]
    page.table.setFocus()
    page.choose_all("newer")
    window.shell.press("F8")
    settle()
    assert "已定下来 2 条，随下一份回执或下发包下去" in told_by(window)
    assert {text_of(row.choice) for row in page.table.rows_model.rows} == {"县局已裁定"}
    assert person_of(pair.county, one)["name"] == "罗成桂"  # the township's row is the township's to write
    press(window, Qt.Key.Key_1)
    assert not page.choices  # ruled is ruled
    window.let_go()


def test_months_locked_twice_and_steps_that_cross_have_a_page(pair: Pair) -> None:
    elder = pair.a.add_reported_elder()
    read(pair.b, pair.hand_over(pair.a))
    lock(pair.a, elder, 4000, 2000, number="500229106-GL-202611-01")
    lock(pair.b, elder, 4500, number="500229106-GL-202611-B01")
    take(pair.a, elder, "withdraw", "withdrawn", "2026-11-24T01:00:00+00:00")
    take(pair.b, elder, "confirm", "confirmed", "2026-11-24T02:00:00+00:00")
    theirs = packed(pair.b)
    read(pair.a, theirs)
    window = window_of(pair.a)
    window.open_conflicts()
    settle()
    page = room_of(window, ConflictsRoom).page
    assert page._doubts.text() == "重复封账、步骤交叉（2）"
    page._doubts.click()
    settle()
    (doubts,) = [room for room in window.findChildren(DoubtsRoom) if room.page.isVisible()]
    rows = doubts.page.table.rows_model.rows
    assert [text_of(row.get("what")) for row in rows] == ["重复封账", "步骤交叉"]
    assert "2 笔 60.00 元" in rows[0].more
    assert "1 笔 45.00 元" in rows[0].more
    window.shell.press("F8")
    settle()
    dialog = window.shell.findChildren(ConfirmDialog)[-1]
    dialog.findChildren(QLineEdit)[0].setText("补发漏掉的一户")
    dialog.agree()
    settle()
    doubts.page.table.selectRow(0)
    doubts.page.act("see")
    settle()
    with pair.a.store.reading() as r:
        assert list_double_locks(r) == []
        assert list_crossings(r) == []
    window.let_go()


def test_the_county_moves_the_right_to_lock(pair: Pair) -> None:
    window = window_of(pair.county)
    window.shell.show_tab("settings")
    settle()
    page = window.rooms["settings"].page
    lines = {row.letter: row for row in page._laptops.rows_model.rows}
    assert [text_of(lines[letter].lock) for letter in ("A 机", "B 机")] == ["可锁定", "给锁定权"]
    page._laptops.link_followed.emit(lines["B 机"], "lock")
    settle()
    dialog = window.shell.findChildren(ConfirmDialog)[-1]
    dialog.findChildren(QLineEdit)[0].setText("A 机送修")
    dialog.agree()
    settle()
    lines = {row.letter: row for row in page._laptops.rows_model.rows}
    assert [text_of(lines[letter].lock) for letter in ("A 机", "B 机")] == ["给锁定权", "可锁定"]
    pair.b.add_people(1)
    pair.hand_over(pair.b)
    assert pair.b.store.site.may_lock
    window.let_go()


def test_a_copy_for_the_other_laptop_is_written_from_the_page(pair: Pair, tmp_path: Path) -> None:
    window = window_of(pair.a)
    window.shell.show_tab("handover")
    settle()
    room = window.rooms["handover"]
    assert room.page._copy.isVisible()
    assert "读到第 0001 号包" in told_by(window)  # B's only package so far
    room.write_copy(tmp_path / "stick")
    settle()
    assert "B 机能读" in told_by(window)
    assert len(list((tmp_path / "stick").glob("*.mzcopy"))) == 1
    assert first_person(pair.a)
    window.let_go()
