"""Attaching in the window: the file is sealed beside the database and belongs to the record once it is saved."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from minzheng_desktop.store import attachments, schema
from minzheng_desktop.ui.gateway import people, saving
from minzheng_desktop.ui.records.asks import AskDialog
from minzheng_desktop.ui.records.scans import ScansDialog
from minzheng_desktop.ui.records.secret_editors import FilesEditor
from minzheng_desktop.ui.window import Window
from minzheng_desktop.values.id_number import make_id_number
from tests.exchange.offices import attachments_of
from tests.ui.moves import settle

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "户口本.png"
    path.write_bytes(PNG)
    return path


def begin_about_someone(window: Window) -> object:
    given = {
        "name": "罗成贵",
        "id_number": make_id_number("500229", date(1936, 3, 12), 221),
        "village": window.villages[0][0],
    }
    person = people.add_person(window._office, given).id  # noqa: SLF001
    window.shell.show_tab("area:elderly")
    settle()
    room = window.rooms["area:elderly"]
    room.choose_form("elder_age")
    room.begin_new()
    settle()
    room.begin_about(person)
    settle()
    return room


def test_a_file_added_to_a_field_belongs_to_the_saved_record(window: Window, scan: Path) -> None:
    room = begin_about_someone(window)
    editor = next(e for e in room.editor.findChildren(FilesEditor) if e.line.path == "papers")  # type: ignore[attr-defined]
    editor.add(str(scan))
    settle()
    assert window.shell.said == "已附上“户口本”，共 1 页。"
    (digest,) = editor.value() or ()
    editor.look()
    settle()
    (shown,) = window.shell.findChildren(ScansDialog)
    assert [title for title, _ in shown.pages] == ["户口本"]
    QTest.keyClick(shown, Qt.Key.Key_PageDown)  # there is no second page
    assert shown.at == 0
    shown.close_layer()
    settle()
    room.save()  # type: ignore[attr-defined]
    settle()
    assert window.shell.said.startswith("已保存"), window.shell.said
    store = window._office.store  # noqa: SLF001
    with store.reading() as r:
        (kept,) = attachments_of(r, room.opened.view.id)  # type: ignore[attr-defined]
    assert (kept["digest"], kept["title"], kept["kind"]) == (digest, "户口本", "id_card")
    assert attachments.read(store, digest) == PNG


def test_an_unfit_file_is_told_and_nothing_is_added(window: Window, tmp_path: Path) -> None:
    room = begin_about_someone(window)
    other = tmp_path / "表.xls"
    other.write_bytes(b"\xd0\xcf\x11\xe0")
    editor = room.editor.findChildren(FilesEditor)[0]  # type: ignore[attr-defined]
    editor.add(str(other))
    settle()
    assert editor.value() is None


def test_a_step_asks_for_a_scan_by_path(window: Window, scan: Path) -> None:
    dialog = AskDialog("登记县级批复", "罗成贵", (("scan", "扫描件"),), date(2026, 11, 23))
    (edit,) = dialog.findChildren(QLineEdit)
    edit.setText(str(scan))
    assert dialog._missing() == ""  # noqa: SLF001
    assert dialog.answers == {"scan": str(scan)}
    made = saving.attach(window._office, str(scan), None)  # noqa: SLF001
    assert made.pages == 1


def test_a_file_is_removed_with_a_reason_and_its_row_becomes_void(window: Window, scan: Path) -> None:
    room = begin_about_someone(window)

    def papers() -> FilesEditor:
        return next(e for e in room.editor.findChildren(FilesEditor) if e.line.path == "papers")  # type: ignore[attr-defined]

    papers().add(str(scan))
    settle()
    room.save()  # type: ignore[attr-defined]
    settle()
    record = room.opened.view.id  # type: ignore[attr-defined]
    papers().look()
    settle()
    shown = window.shell.findChildren(ScansDialog)[-1]
    shown.remove()
    assert papers().value() is not None
    shown.reason.setText("放错了人")
    shown.remove()
    settle()
    assert papers().value() is None
    room.save()  # type: ignore[attr-defined]
    settle()
    office = window._office  # noqa: SLF001
    with office.store.reading() as r:
        assert attachments_of(r, record) == []
        doc = r.get("records", record)["doc"]  # type: ignore[index]
        voided = r.rows(sa.select(schema.attachments).where(schema.attachments.c.record == record))
    assert list(doc["explained"].values()) == ["移除附件：放错了人"]
    assert [row["void"] for row in voided] == [1]
