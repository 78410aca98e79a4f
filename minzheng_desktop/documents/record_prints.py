"""Prints of one record by one call: whichever document its form offers, and the sheet that explains an amount.

The window's 打印 on a record stands on `list_documents` and `make_record_print`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

import msgspec

from minzheng_desktop.benefits.explain import explain
from minzheng_desktop.documents.batch_prints import Made
from minzheng_desktop.documents.certificate import Offset, draw_card, draw_card_test
from minzheng_desktop.documents.explanation import draw_explanation
from minzheng_desktop.documents.forms import draw_form
from minzheng_desktop.documents.ledger import draw_ledger
from minzheng_desktop.documents.letter import draw_letter
from minzheng_desktop.documents.letter_word import write_letter_docx
from minzheng_desktop.documents.notice import draw_notice
from minzheng_desktop.documents.pen import Printed
from minzheng_desktop.documents.record_forms import form_sheet
from minzheng_desktop.documents.record_ledger import record_ledger
from minzheng_desktop.documents.record_sheets import (
    card_layout,
    card_values,
    explanation_of,
    letter_of,
    notice_of,
)
from minzheng_desktop.documents.workbook import write_ledger_workbook
from minzheng_desktop.store.records import load_record
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minzheng_desktop.benefits.settlement import Kind
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A document that a form offers; `ready` is false in a state in which it may not be printed."""

    key: str
    title: str
    kind: str
    ready: bool = True


def list_documents(store: Store, record: str) -> tuple[Offered, ...]:
    """The documents of a record's form in the order of its file. Raises UserError no_such_record."""
    with store.reading() as r:
        row = load_record(r, record)
        form = r.store.catalog.forms[row["form"]]
    return tuple(
        Offered(key=key, title=d.title, kind=d.kind, ready=not d.states or row["state"] in d.states)
        for key, d in form.documents.items()
    )


def make_record_print(
    store: Store,
    record: str,
    document: str,
    *,
    printed_at: str,
    today: date,
    number: str = "",
    offset: Offset | None = None,
    preview: bool = False,
    masked: bool = True,
    as_: Literal["pdf", "docx"] = "pdf",
) -> Made:
    """Draw one document of one record, of whatever kind; `number` is a letter's, `offset` the printer's. Letters
    alone can be had as Word documents (`as_` docx).

    Raises UserError no_such_record, no_document, wrong_state, no_notice, print.offset, not_in_word.
    """
    with store.reading() as r:
        row = load_record(r, record)
        form = store.catalog.forms[row["form"]]
        spec = form.documents.get(document)
        if spec is None:
            names = "、".join(f"{d.title}（{key}）" for key, d in form.documents.items()) or "没有"
            raise UserError("no_document", f"“{form.title}”没有可打印的“{document}”。这项业务有：{names}。")
        if as_ == "docx" and spec.kind != "letter":
            raise UserError(
                "not_in_word",
                f"“{spec.title}”是固定版式，只写成 PDF。写成 Word 的只有告知书、决定书这些信函。",
            )
        if spec.kind == "form":
            printed = draw_form(form_sheet(r, record, document, today=today), printed_at=printed_at)
        elif spec.kind == "letter":
            letter = letter_of(r, record, document, today=today, number=number)
            if as_ == "docx":
                data = write_letter_docx(letter, written_at=printed_at)
                return Made(
                    name=_file_name(f"{spec.title}_{row.get('number') or record}.docx"),
                    data=data,
                    rows=1,
                    total=0,
                )
            printed = draw_letter(letter, printed_at=printed_at)
        elif spec.kind == "certificate":
            return draw_certificate(
                r, record, document, today=today, printed_at=printed_at, offset=offset, preview=preview
            )
        else:
            notice = notice_of(r, form.key, [record], document, today=today, masked=masked)
            printed = draw_notice(notice, printed_at=printed_at)
    return _made(printed, f"{spec.title}_{row.get('number') or record}.pdf")


def draw_certificate(
    r: Reading, record: str, document: str, *, today: date, printed_at: str, offset: Offset | None = None,
    preview: bool = False,
) -> Made:  # fmt: skip
    """A certificate's page from a record as it is now; with `preview` the pre-printed stock shows in pale blue."""
    row = load_record(r, record)
    form = r.store.catalog.forms[row["form"]]
    printed = draw_card(
        card_layout(form, document), card_values(r, record, document, today=today), printed_at=printed_at,
        offset=offset, preview=preview, mark="示例" if r.store.site.demonstration else "",
    )  # fmt: skip
    return _made(printed, f"{form.documents[document].title}_{row.get('number') or record}.pdf")


def make_notice_print(
    store: Store,
    form: str,
    records: Sequence[str],
    document: str,
    *,
    printed_at: str,
    today: date,
    masked: bool = True,
) -> Made:
    """One public notice of several records. Raises UserError as `record_sheets.notice_of`."""
    with store.reading() as r:
        notice = notice_of(r, form, records, document, today=today, masked=masked)
    title = store.catalog.forms[form].documents[document].title
    return _made(
        draw_notice(notice, printed_at=printed_at), f"{title}_{today.isoformat()}.pdf", rows=len(records)
    )


def make_explanation_print(
    store: Store,
    *,
    form: str,
    month: str,
    printed_at: str,
    today: date,
    record: str | None = None,
    id_number: str | None = None,
    kind: Kind = "regular",
) -> Made:
    """这笔钱怎么算的 for one record or person. Raises UserError as `benefits.explain.explain`."""
    explained = explain(store, form=form, month=month, record=record, id_number=id_number, kind=kind)
    with store.reading() as r:
        sheet = explanation_of(r, explained, today=today)
    printed = draw_explanation(sheet, printed_at=printed_at)
    return _made(printed, f"这笔钱怎么算的_{explained.name}_{month}.pdf", total=explained.amount)


def make_list_print(
    store: Store,
    *,
    form: str,
    ledger: str,
    printed_at: str,
    today: date,
    month: str | None = None,
    masked: bool = False,
    records: Sequence[str] | None = None,
    as_: Literal["pdf", "xlsx"] = "pdf",
) -> Made:
    """A list that does not pay (复核到期名单, 变更表), of all records or of some.

    Raises UserError no_ledger, nothing_to_print.
    """
    with store.reading() as r:
        data = record_ledger(r, form, ledger, today=today, month=month, masked=masked, records=records)
    if as_ == "xlsx":
        return Made(
            name=f"{data.title}.xlsx", data=write_ledger_workbook(data, written_at=printed_at), rows=data.row_count,
            total=0, masked=masked,
        )  # fmt: skip
    printed = draw_ledger(data, printed_at=printed_at)
    return _made(printed, f"{data.title}.pdf", rows=data.row_count, masked=masked)


def make_card_test(form: Form, document: str, *, printed_at: str, offset: Offset | None = None) -> Made:
    """The test sheet of a certificate for one printer."""
    layout = card_layout(form, document)
    return _made(draw_card_test(layout, printed_at=printed_at, offset=offset), f"{layout.title}_套打测试.pdf")


def _made(printed: Printed, name: str, *, rows: int = 1, total: int = 0, masked: bool = False) -> Made:
    return Made(
        name=_file_name(name), data=printed.data, rows=rows, total=total, pages=printed.pages, masked=masked,
        missing=printed.missing, unfit=printed.unfit,
    )  # fmt: skip


def _file_name(name: str) -> str:
    """A name without the signs that file systems refuse."""
    return "".join("_" if character in '\\/:*?"<>|' else character for character in name)
