"""Issuing certificate pages: a number from the book, the printer's offset, and what became of every sheet.

A page is *issued* when it goes to the printer and *printed* when somebody has said that the paper is good. The book is
one for each certificate of a form; its kind is ``dibao.cert_inner``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.benefits import casework
from minzheng_desktop.documents import number_book
from minzheng_desktop.documents.batch_prints import Made
from minzheng_desktop.documents.certificate import Offset, check_offset
from minzheng_desktop.documents.record_forms import document_of
from minzheng_desktop.documents.record_prints import draw_certificate, make_card_test
from minzheng_desktop.store.records import form_of, load_record
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

OFFSETS = "print_offsets"
STATES: dict[str, str] = {"issued": "已送打印，还没有说印好", "printed": "已印好", "void": "作废"}


class Issued(msgspec.Struct, frozen=True):
    """A page on its way to the printer: the print, its line in the book, its number."""

    made: Made
    entry: str
    number: str


class Line(msgspec.Struct, frozen=True):
    """A line of the register with the name that the record is in."""

    entry: number_book.Entry
    name: str


def book_of(form: str, document: str) -> str:
    """The kind under which the book keeps a certificate."""
    return f"{form}.{document}"


def certificates(catalog_forms: Mapping[str, Form]) -> list[tuple[str, str, str]]:
    """(form, document, title) of every certificate that a form offers."""
    return [
        (form.key, key, document.title)
        for form in catalog_forms.values()
        for key, document in form.documents.items()
        if document.kind == "certificate"
    ]


def offset_of(r: Reading, printer: str) -> Offset:
    """What a printer must be moved by; nothing where nobody has measured it."""
    dx, dy = (r.setting(OFFSETS) or {}).get(printer, (0.0, 0.0))
    return Offset(dx, dy)


def set_offset(store: Store, printer: str, offset: Offset) -> None:
    """Keep a printer's offset in millimetres. Raises UserError print.offset for one that leaves the card."""
    check_offset(offset)
    with store.writing("set_print_offset", {"printer": printer, "dx": offset.dx, "dy": offset.dy}) as w:
        w.set_setting(OFFSETS, {**(w.setting(OFFSETS) or {}), printer: [offset.dx, offset.dy]})


def add_block(
    store: Store, form: str, document: str, *, prefix: str, width: int, first: int, last: int
) -> None:
    """Take a block of numbers from the county into the book. Raises UserError block_range, block_overlap."""
    kind = _checked(store, form, document)
    with store.writing(
        "add_number_block", {"kind": kind, "prefix": prefix, "first": first, "last": last}
    ) as w:
        number_book.add_block(w, kind, prefix=prefix, width=width, first=first, last=last)


def issue_certificate(
    store: Store, record: str, document: str, *, today: date, printed_at: str, printer: str = "", reason: str = ""
) -> Issued:  # fmt: skip
    """A page for the printer, with a number: the record's own, else the next of the book, then kept in the record.

    Raises UserError wrong_state, no_numbers, number_taken, number_void, reason_missing (a reprint needs a reason);
    then no number is used up.
    """
    with store.writing("issue_certificate", {"record": record, "document": document}) as w:
        row = load_record(w, record)
        form = form_of(w, row["form"])
        spec = document_of(form, document, kind="certificate")
        kind = book_of(form.key, document)
        number = str(row["doc"].get(spec.number) or "") if spec.number else ""
        if spec.number and not number:
            number = number_book.take_number(w, kind)
            casework.save_record(
                w, form.key, {**row["doc"], spec.number: number}, today=today, record_id=record
            )
        made = draw_certificate(
            w, record, document, today=today, printed_at=printed_at, offset=offset_of(w, printer)
        )
        entry = number_book.issue(
            w, kind, made.data, form=form.key, record=record, number=number, reason=reason.strip() or None
        )
    return Issued(made, entry, number)


def confirm_print(store: Store, entry: str) -> None:
    """The paper is good."""
    with store.writing("certificate_printed", {"print": entry}) as w:
        number_book.confirm(w, entry)


def spoil_print(store: Store, entry: str, *, reason: str) -> None:
    """This sheet is spoilt; its number may be printed again. Raises UserError reason_missing."""
    with store.writing("certificate_spoilt", {"print": entry, "reason": reason.strip()}) as w:
        number_book.spoil(w, entry, reason=reason)


def void_number(store: Store, form: str, document: str, number: str, *, reason: str) -> None:
    """Strike a number for good, and take it out of the record that has it. Raises UserError reason_missing,
    no_such_number."""
    kind = _checked(store, form, document)
    with store.writing("void_number", {"kind": kind, "number": number}) as w:
        known = number_book.entries(w, kind, number=number)
        if not known:
            raise UserError("no_such_number", f"证号 {number} 没有打印过，不用作废。请核对证号。")
        number_book.void_number(w, kind, number, record=known[-1].record, reason=reason)
        spec = document_of(w.store.catalog.forms[form], document, kind="certificate")
        for record in dict.fromkeys(one.record for one in known if one.record):
            row = load_record(w, record)
            if spec.number and row["doc"].get(spec.number) == number:
                doc = {k: v for k, v in row["doc"].items() if k != spec.number}
                w.put("records", {"id": record, "doc": doc})


def list_register(r: Reading, form: str, document: str) -> list[Line]:
    """The register of a certificate, the newest line first."""
    found = number_book.entries(r, book_of(form, document))
    rows = r.get_many("records", {one.record for one in found if one.record})
    people = r.get_many("people", {row["person"] for row in rows.values() if row["person"]})
    names = {key: (people.get(row["person"]) or {}).get("name", "") for key, row in rows.items()}
    return [Line(one, names.get(one.record or "", "")) for one in reversed(found)]


def list_blocks(r: Reading, form: str, document: str) -> list[number_book.Block]:
    """The blocks of numbers of a certificate."""
    return number_book.blocks(r, book_of(form, document))


def make_test_page(store: Store, form: str, document: str, *, printed_at: str, printer: str = "") -> Made:
    """The test sheet, with the offset that this printer has now."""
    _checked(store, form, document)
    with store.reading() as r:
        offset = offset_of(r, printer)
    return make_card_test(store.catalog.forms[form], document, printed_at=printed_at, offset=offset)


def _checked(store: Store, form: str, document: str) -> str:
    with store.reading() as r:
        document_of(form_of(r, form), document, kind="certificate")
    return book_of(form, document)
