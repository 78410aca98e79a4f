"""Papers from the window: lists and notices of what is filtered, certificate pages with numbers from the book."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PySide6.QtWidgets import QApplication, QLineEdit

from minzheng_desktop.demo.township import PASSWORD, USER, run_demonstration
from minzheng_desktop.documents import certificates
from minzheng_desktop.store.store import Store
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.dialog import ConfirmDialog
from minzheng_desktop.ui.paper import PrintOrder
from minzheng_desktop.ui.rooms import preview as preview_module
from minzheng_desktop.ui.rooms.certificates import CertificatesRoom
from minzheng_desktop.ui.rooms.preview import PreviewRoom
from minzheng_desktop.ui.window import Window
from tests.ui.moves import open_window, settle
from tests.ui.test_window import TODAY, _copied

DOCUMENT = "cert_inner"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return run_demonstration(tmp_path_factory.mktemp("papers") / "demo", today=TODAY)


@pytest.fixture
def town(made: Any, tmp_path: Path) -> Any:
    with Store.open(_copied(made.town, tmp_path), user=USER, password=PASSWORD) as store:
        window = open_window(Office(store, lambda: TODAY))
        window.store = store
        yield window
        window.let_go()


def relief(window: Window) -> Any:
    window.shell.show_tab("area:relief")
    settle()
    room = window.rooms["area:relief"]
    room.choose_form("dibao")
    settle()
    return room


def previews(window: Window) -> PreviewRoom:
    return window.findChildren(PreviewRoom)[-1]


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(document[i].get_textpage().get_text_bounded() for i in range(len(document)))
    document.close()
    return text


def in_force(store: Store) -> tuple[str, str]:
    """Id and name of a dibao record in force that has no certificate number."""
    with store.reading() as r:
        from minzheng_desktop.store.records import each_form_record

        for row in each_form_record(r, "dibao", "confirmed", "active"):
            if not row["doc"].get("cert_no"):
                return row["id"], r.get("people", row["person"])["name"]  # type: ignore[index]
    pytest.fail("the demonstration has no record without a certificate")


def answer(window: Window, verb: str, **fields: str) -> None:
    """Fill the dialog that is open and press its verb."""
    dialog = window.shell.findChildren(ConfirmDialog)[-1]
    edits = dialog.findChildren(QLineEdit)
    for edit, text in zip([e for e in edits if e.isVisibleTo(dialog)], fields.values(), strict=False):
        edit.setText(text)
    assert dialog._go.text().startswith(verb)
    dialog.agree()
    settle()


def test_lists_and_notices_of_what_is_filtered(town: Window, tmp_path: Path) -> None:
    room = relief(town)
    village = room.page._village.itemData(1)
    room.page._village.setCurrentIndex(1)
    room.page._filtered()
    settle()
    count = len(room.page.table.rows_model.rows)
    assert count
    room.print_paper()
    settle(3)
    shown = previews(town)
    assert shown.job is not None
    kinds = {key.partition(":")[0] for key, _ in shown.job.choices}
    assert kinds == {"list", "notice"}
    assert shown.job.title.endswith(f"{count:,} 件")
    name = town.store.catalog.divisions.short_name(village)
    published = next(key for key, title in shown.job.choices if "公布" in title)
    shown._choose(published)
    settle(3)
    text = words_of(shown.made.data)  # type: ignore[union-attr]
    assert name in text.replace("\r\n", "")
    assert "500229" not in text
    shown.save(tmp_path / "公布.pdf", "pdf")
    settle()
    assert (tmp_path / "公布.pdf").read_bytes().startswith(b"%PDF")


def test_a_certificate_takes_a_number_a_reprint_a_reason_and_a_spoilt_sheet_stays_in_the_book(
    town: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, int]] = []

    def fake(paper: Any, order: PrintOrder) -> int:
        sent.append((order.printer, len(paper)))
        return len(paper)

    monkeypatch.setattr(preview_module, "print_pages", fake)
    record, name = in_force(town.store)
    book = CertificatesRoom(town, "dibao")
    book.open()
    settle()
    book.add_block("DB2026", 4, 7, 8)
    settle()
    assert "号段还剩 2 个" in book.page._hint.text()
    town.shell.back()
    room = relief(town)
    room.open(record)
    settle()
    room.print_paper()
    settle(3)
    shown = previews(town)
    shown._choose(DOCUMENT)
    settle(3)
    assert shown.job is not None
    assert shown.job.issued
    shown.send(PrintOrder("HP", (), 1))
    settle(3)
    answer(town, "印好了")
    with town.store.reading() as r:
        (line,) = certificates.list_register(r, "dibao", DOCUMENT)
        assert (line.entry.number, line.entry.state, line.name) == ("DB20260007", "printed", name)
        assert r.get("records", record)["doc"]["cert_no"] == "DB20260007"  # type: ignore[index]
    shown.send(PrintOrder("HP", (), 1))
    settle(3)
    answer(town, "打印", reason="原证破损")
    dialog = town.shell.findChildren(ConfirmDialog)[-1]
    dialog.findChildren(QLineEdit)[0].setText("卡纸")
    dialog.reject()
    settle(3)
    with town.store.reading() as r:
        lines = certificates.list_register(r, "dibao", DOCUMENT)
    assert [(one.entry.copy, one.entry.state, one.entry.reason) for one in lines] == [
        (2, "void", "卡纸"), (1, "printed", None),
    ]  # fmt: skip
    assert sent == [("HP", 1), ("HP", 1)]
    QApplication.processEvents()


def test_an_offset_is_kept_for_each_printer_and_moves_the_print(town: Window) -> None:
    """2 mm to the right is 5.67 points (25.4 mm are 72 points)."""
    book = CertificatesRoom(town, "dibao")
    book.open()
    settle()
    record, name = in_force(town.store)
    book.add_block("N", 3, 1, 9)
    settle()
    office = town._office

    def left(printer: str, reason: str) -> float:
        issued = certificates.issue_certificate(
            office.store,
            record,
            DOCUMENT,
            today=TODAY,
            printed_at="2026-06-18 09:00",
            printer=printer,
            reason=reason,
        )
        document = pypdfium2.PdfDocument(issued.made.data)
        page = document[0].get_textpage()
        at = page.search(name).get_next()
        assert at is not None
        box = page.get_charbox(at[0])
        document.close()
        return float(box[0])

    before = left("HP", "")
    book.set_offset("HP", 2.0, 0.0)
    settle()
    assert left("HP", "对一对") - before == pytest.approx(2.0 / 25.4 * 72, abs=0.05)
    assert left("佳能", "对一对") == pytest.approx(before, abs=0.01)
    book.set_offset("HP", 25.0, 0.0)
    settle()
    assert "超过 20 毫米" in town.shell.said


def test_a_number_struck_is_gone_from_the_record_and_never_comes_back(town: Window) -> None:
    book = CertificatesRoom(town, "dibao")
    book.open()
    book.add_block("N", 3, 1, 9)
    settle()
    record, _name = in_force(town.store)
    store = town.store
    first = certificates.issue_certificate(
        store, record, DOCUMENT, today=TODAY, printed_at="2026-06-18 09:00"
    )
    book.void(first.number, "写错人")
    settle()
    with store.reading() as r:
        assert "cert_no" not in r.get("records", record)["doc"]  # type: ignore[index]
    second = certificates.issue_certificate(
        store, record, DOCUMENT, today=TODAY, printed_at="2026-06-18 09:05"
    )
    assert (first.number, second.number) == ("N001", "N002")
    rows = book.page.table.rows_model.rows
    book.refresh()
    settle()
    rows = book.page.table.rows_model.rows
    assert {row.get("state").text for row in rows} == {"作废", "还没有说印好"}
