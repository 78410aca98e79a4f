"""Sticks and folders in the window: where to write, the register of copies, files dropped, the watched folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget

from minzheng_desktop.exchange import folder as folders
from minzheng_desktop.store import copies, destinations
from minzheng_desktop.store.devices import Device
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.rooms.copies import CopiesRoom
from minzheng_desktop.ui.window import Window
from tests.exchange.offices import COUNTY, TODAY, XIUQI, County, Town, join, new_county, new_town
from tests.ui.moves import open_window, settle


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Town, County]]:
    county, town = new_county(tmp_path / "county", COUNTY), new_town(tmp_path / "town", XIUQI)
    join(town, county)
    yield town, county
    town.store.close()
    county.store.close()


def today() -> date:
    return TODAY


@pytest.fixture
def town(pair: tuple[Town, County]) -> Window:
    return open_window(Office(pair[0].store, today))


@pytest.fixture
def county(pair: tuple[Town, County]) -> Window:
    return open_window(Office(pair[1].store, today))


def room(window: Window, tab: str):
    window.shell.show_tab(tab)
    settle(2)
    return window.rooms[tab]


def ticks(window: Window) -> list[QCheckBox]:
    assert window.shell.layer is not None
    return window.shell.layer.findChildren(QCheckBox)


def drop(page: QWidget, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    rest = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(9, 9), *rest)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPointF(9, 9), *rest))
    settle(2)


def test_the_place_used_last_is_offered_and_ticked(
    pair: tuple[Town, County], town: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, share = tmp_path / "U盘", tmp_path / "共享"
    full = Device(str(tmp_path / "满"), "removable", "满的", "AAAA-0001", read_only=True)
    (tmp_path / "满").mkdir()
    monkeypatch.setattr(destinations, "sticks", lambda: [full])
    pair[0].add_people(2)
    handover = room(town, "handover")
    handover.export(share)
    handover.export(stick)
    handover.ask_export()
    settle(2)
    boxes = ticks(town)
    assert [box.isChecked() for box in boxes] == [True, False, False]
    assert not boxes[2].isEnabled()  # the write-protected stick is named and cannot be ticked
    boxes[1].setChecked(True)
    pair[0].add_people(1)
    town.shell.layer.findChild(QWidget, "dialog").agree()  # type: ignore[union-attr]
    settle(2)
    assert {path.name for path in share.iterdir()} == {path.name for path in stick.iterdir()}
    assert "第 0002 号包已写到" in town.shell.said
    assert str(stick) in town.shell.said
    assert str(share) in town.shell.said


def test_a_failing_stick_is_named_in_the_window(
    pair: tuple[Town, County], town: Window, tmp_path: Path
) -> None:
    bad = tmp_path / "坏盘"
    bad.write_bytes(b"")
    pair[0].add_people(1)
    room(town, "handover").export(bad, tmp_path / "好盘")
    settle(2)
    assert "没有写成" in town.shell.said
    assert str(bad) in town.shell.said
    assert list((tmp_path / "好盘").glob("*.mzpkg"))


def test_the_register_shows_copies_and_finds_a_package(
    pair: tuple[Town, County], town: Window, tmp_path: Path
) -> None:
    handover = room(town, "handover")
    for name in ("甲盘", "乙盘"):
        pair[0].add_people(1)
        handover.export(tmp_path / name)
    handover.page.copies_wanted.emit()
    settle(2)
    found = town.findChildren(CopiesRoom)[-1]
    names = [one.cells["place"] for one in found.page.table.rows_model.rows]
    # 甲盘 has package 1, 乙盘 both: package 1 was not acknowledged and went along.
    assert [Path(str(name)).name for name in names] == ["乙盘", "乙盘", "甲盘"]
    found.look_for("2")
    assert [one.cells["number"] for one in found.page.table.rows_model.rows] == ["0002"]
    found.look_for("甲盘")
    assert len(found.page.table.rows_model.rows) == 1
    found.save(tmp_path / "登记.xlsx")
    assert (tmp_path / "登记.xlsx").stat().st_size > 1000
    found.act("print", [])
    settle(2)
    assert "没有" not in town.shell.said


def test_dropped_files_are_received_and_the_rest_is_told(
    pair: tuple[Town, County], county: Window, tmp_path: Path
) -> None:
    pair[0].add_people(3)
    stick = pair[0].export().file
    assert stick is not None
    (stick.parent / "照片.jpg").write_bytes(b"x")
    (stick.parent / "半个.mzpkg").write_bytes(stick.read_bytes()[:600])
    receive = room(county, "receive")
    drop(receive.page, stick.parent)
    assert "已应用 1 个" in county.shell.said
    assert "没有写完的 1 个（半个.mzpkg）" in county.shell.said
    assert "别的文件 1 个（照片.jpg）" in county.shell.said
    drop(receive.page, stick)
    assert "以前收过 1 个" in county.shell.said
    assert "没有读入" in county.shell.said


def test_a_watched_folder_is_taken_by_itself(
    pair: tuple[Town, County], county: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "SETTLE_SECONDS", 0.0)
    inbox, out = tmp_path / "收件", tmp_path / "回执"
    inbox.mkdir()
    receive = room(county, "receive")
    receive.inbox.keep(folders.Intake(str(inbox), watched=True, move=True, receipts=str(out)))
    assert "正看着收件夹" in receive.page._watch.text()  # noqa: SLF001
    pair[0].add_people(1)
    file = pair[0].export().file
    assert file is not None
    (inbox / file.name).write_bytes(file.read_bytes())
    receive.inbox.poll()
    receive.inbox.poll()
    settle(2)
    assert "已应用 1 个" in county.shell.said
    assert "写了 1 份回执" in county.shell.said
    assert (inbox / "已收" / file.name).is_file()
    assert len(list(out.glob("*.mzret"))) == 1
    with pair[1].store.reading() as r:
        assert copies.list_copies(r, kind="receipt")[0].place == str(out)
    # The folder goes away: told once, watched on, and taken up again when it is back.
    (inbox / "已收" / file.name).unlink()
    (inbox / "已收").rmdir()
    inbox.rmdir()
    receive.inbox.poll()
    assert "收件夹打不开" in receive.page._watch.text()  # noqa: SLF001
    inbox.mkdir()
    receive.inbox.poll()
    assert "正看着收件夹" in receive.page._watch.text()  # noqa: SLF001


def test_a_township_takes_a_receipt_that_is_dropped(pair: tuple[Town, County], town: Window) -> None:
    pair[0].add_people(1)
    file = pair[0].export().file
    assert file is not None
    receipt = pair[1].receive(file)[0].receipt
    assert receipt is not None
    handover = room(town, "handover")
    drop(handover.page, receipt)
    assert "第 0001 号包的回执：接收 1" in town.shell.said
    drop(handover.page, receipt)
    assert "以前收过 1 个" in town.shell.said


def test_a_protected_stick_can_be_read(
    pair: tuple[Town, County], county: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair[0].add_people(1)
    stick = pair[0].export().file
    assert stick is not None
    full = Device(str(stick.parent), "removable", "乡镇的盘", "AAAA-0001", read_only=True)
    monkeypatch.setattr(destinations, "sticks", lambda: [full])
    receive = room(county, "receive")
    county.shell.press("F5")
    settle(2)
    (box,) = ticks(county)
    assert (box.isEnabled(), box.isChecked(), box.text()) == (True, True, "U 盘 乡镇的盘（AAAA-0001）")
    county.shell.layer.findChild(QWidget, "dialog").agree()  # type: ignore[union-attr]
    settle(2)
    assert "已应用 1 个" in county.shell.said
    assert receive.page.table.rows_model.rowCount() == 1


def test_the_receipt_goes_to_several_sticks(
    pair: tuple[Town, County], county: Window, tmp_path: Path
) -> None:
    pair[0].add_people(1)
    file = pair[0].export().file
    assert file is not None
    receive = room(county, "receive")
    receive.receive([file])
    settle(2)
    receive.page.table.selectRow(0)
    settle(2)
    key = receive.page._view.key  # noqa: SLF001
    receive.write_receipt(key, tmp_path / "甲", tmp_path / "乙")
    assert "写了 2 份" in county.shell.said
    assert (tmp_path / "甲" / "500229106A_0001.mzret").read_bytes() == (
        tmp_path / "乙" / "500229106A_0001.mzret"
    ).read_bytes()
    receive.write_receipt(key, tmp_path / "甲")  # a newer receipt replaces the older one
    assert "已写回执" in county.shell.said
