"""发证登记: the number book of a form's certificate, and pages issued from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...documents import certificates
from ...documents.certificate import Offset
from ..kit.cells import Chip, Link
from ..listing import Line, Listing
from .office import Office, short_time
from .prints import stamp

if TYPE_CHECKING:
    from ...documents.batch_prints import Made

_CHIPS = {
    "issued": Chip("还没有说印好", "warn", "clock"),
    "printed": Chip("已印好", "ok", "ok"),
    "void": Chip("作废", "neutral", "dash"),
}


def first_certificate(office: Office, form: str) -> tuple[str, str]:
    """(key, title) of the certificate that a form offers."""
    found = office.store.catalog.forms[form]
    return next((k, d.title) for k, d in found.documents.items() if d.kind == "certificate")


def view(office: Office, form: str) -> Listing:
    """The register of a form's certificate, newest first, and what is left of the blocks."""
    document, title = first_certificate(office, form)
    with office.store.reading() as r:
        lines = certificates.list_register(r, form, document)
        blocks = certificates.list_blocks(r, form, document)
    left = sum(block.left for block in blocks)
    notices = [] if blocks else [("info", "还没有登记号段", "把县里发的起号、止号登记进来，打印时自动取号。")]
    if blocks and left < 20:
        notices.append(("warn", f"号段只剩 {left} 个号", "向县里领新号段，登记以后接着用。"))
    return Listing(
        title=f"{title} · 发证登记",
        hint=f"号段还剩 {left} 个" if blocks else "",
        notices=tuple(notices),
        lines=tuple(_line(one) for one in lines),
        foot=f"共 {len(lines)} 条。号不重复、不跳号；废纸和作废的号都留在登记里。",
    )


def _line(one: certificates.Line) -> Line:
    entry = one.entry
    copies = "作废号" if entry.copy == 0 else "首次" if entry.copy == 1 else f"第 {entry.copy} 次"
    return Line(
        entry.id,
        {
            "number": entry.number, "name": one.name, "copy": copies, "state": _CHIPS[entry.state],
            "at": short_time(entry.at), "by": entry.by or "", "reason": entry.reason or "",
            "void": Link("作废此号") if entry.state != "void" else "",
        },
        target=(entry.record, entry.number),
    )  # fmt: skip


def issue(office: Office, record: str, document: str, printer: str, reason: str) -> certificates.Issued:
    """Take a number and draw the page for a printer."""
    return certificates.issue_certificate(
        office.store, record, document, today=office.today, printed_at=stamp(), printer=printer, reason=reason
    )


def printed_before(office: Office, record: str, document: str) -> int:
    """How many good pages of a record's certificate there are."""
    with office.store.reading() as r:
        row = r.get("records", record)
        found = certificates.list_register(r, row["form"], document) if row else []
    return sum(one.entry.record == record and one.entry.state != "void" for one in found)


def test_page(office: Office, form: str, printer: str) -> Made:
    """The test sheet for a printer."""
    document, _title = first_certificate(office, form)
    return certificates.make_test_page(office.store, form, document, printed_at=stamp(), printer=printer)


def offset(office: Office, printer: str) -> Offset:
    """What a printer is moved by."""
    with office.store.reading() as r:
        return certificates.offset_of(r, printer)
