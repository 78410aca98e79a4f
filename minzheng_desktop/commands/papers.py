"""`minzheng document`, `minzheng list`, `minzheng notice`, `minzheng certificate …`: papers of records."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    command,
    new_app,
    opened,
    today,
)
from minzheng_desktop.values.dates import stamp_text

if TYPE_CHECKING:
    from minzheng_desktop.documents.batch_prints import Made
    from minzheng_desktop.store.store import Store

certificate_app = new_app("证件内页：登记号段、打印、作废、测试页、打印偏移。")

EXPLAIN = "explain"


class DocumentAs(StrEnum):
    """What a document of a record is written as."""

    PDF = "pdf"
    DOCX = "docx"


class ListAs(StrEnum):
    """What a list is written as."""

    PDF = "pdf"
    XLSX = "xlsx"


AsDocument = Annotated[
    DocumentAs, typer.Option("--as", help="pdf；告知书、决定书也可以写 docx，用 Word 接着改。")
]
Record = Annotated[str, typer.Option("--record", metavar="ID", help="记录的编号。")]
Kind = Annotated[
    str,
    typer.Option(
        "--kind", metavar="K", help="文书，例如 approval；“这笔钱怎么算的”写 explain；不知道就写 ?。"
    ),
]
FormKey = Annotated[str, typer.Option("--form", metavar="KEY", help="业务代码，例如 dibao。")]
DocumentKey = Annotated[str, typer.Option("--document", metavar="K", help="文书，例如 notice、cert_inner。")]
ListKey = Annotated[str, typer.Option("--list", metavar="K", help="名册，例如 recheck、changes。")]
Village = Annotated[str, typer.Option("--village", metavar="CODE", help="只要这个村（社区）的；不写是全部。")]
State = Annotated[str, typer.Option("--status", metavar="S", help="只要这个状态的。")]
Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="哪个月；不写是本月。")]
LetterNumber = Annotated[str, typer.Option("--number", metavar="NO", help="告知书的文号。")]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="写到哪里。")]
Unmasked = Annotated[bool, typer.Option("--full", help="证号、账号、电话写全（记入审计）；不写就打码。")]
AsList = Annotated[ListAs, typer.Option("--as", help="pdf 或 xlsx。")]
Printer = Annotated[str, typer.Option("--printer", metavar="NAME", help="打印机名；按它的偏移排版。")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="重打或作废的原因。")]
CertNumber = Annotated[str, typer.Argument(metavar="NUMBER", help="证号。")]


def _written(store: Store, out: Path, made: Made, kind: str, form: str) -> Answer:
    from minzheng_desktop.documents.saving import save_made
    from minzheng_desktop.values.money import format_money

    file = out.expanduser().absolute()
    save_made(store, file, made, kind=kind, form=form)
    data: dict[str, Any] = {
        "file": str(file), "pages": made.pages, "rows": made.rows, "total": format_money(made.total)
    }  # fmt: skip
    return Answer(data, [f"已写出 {file}，读回核对相同。"])


def document(
    record: Record, kind: Kind, out: Out, as_: AsDocument = DocumentAs.PDF, number: LetterNumber = "",
    month: Month = "", db: Database = None, user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """写出一件的文书：审批表、调查表、告知书、公示件、内页样张，或“这笔钱怎么算的”。"""
    from minzheng_desktop.documents.record_prints import make_explanation_print, make_record_print
    from minzheng_desktop.store.records import load_record

    day = today()
    with opened(db, user) as store:
        with store.reading() as r:
            form = load_record(r, record)["form"]
        if kind == EXPLAIN:
            made = make_explanation_print(
                store, form=form, month=month or day.isoformat()[:7], record=record, printed_at=stamp_text(), today=day
            )  # fmt: skip
        else:
            made = make_record_print(
                store,
                record,
                kind,
                printed_at=stamp_text(),
                today=day,
                number=number,
                preview=True,
                as_=as_.value,
            )
        return _written(store, out, made, "document", form)


def list_print(
    form: FormKey, list_: ListKey, out: Out, as_: AsList = ListAs.PDF,
    village: Village = "", month: Month = "", full: Unmasked = False, db: Database = None, user: UserName = None,
    as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """写出一张不发钱的名册：复核到期名单、变更表、机构名册……"""
    from minzheng_desktop.documents.record_prints import make_list_print

    with opened(db, user) as store:
        made = make_list_print(
            store, form=form, ledger=list_, printed_at=stamp_text(), today=today(), month=month or None,
            masked=not full, records=_records(store, form, village) if village else None, as_=as_.value,
        )  # fmt: skip
        return _written(store, out, made, "list", form)


def notice(
    form: FormKey, document: DocumentKey, out: Out, village: Village = "", status: State = "", full: Annotated[
        bool, typer.Option("--full", help="姓名写全；不写就只留姓和末字。")
    ] = False, db: Database = None, user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """写出公示或公布件：全镇或一个村，处在可以公示状态的都列上；不含证号、账号、电话。"""
    from minzheng_desktop.documents.record_prints import make_notice_print

    with opened(db, user) as store:
        made = make_notice_print(
            store, form, _records(store, form, village, document=document, status=status), document,
            printed_at=stamp_text(), today=today(), masked=not full,
        )  # fmt: skip
        return _written(store, out, made, "notice", form)


def _records(store: Store, form: str, village: str, *, document: str = "", status: str = "") -> list[str]:
    """Ids of a form's records in a village, in the states in which a document may be printed."""
    from minzheng_desktop.store.listing import Filter, list_records
    from minzheng_desktop.store.records import form_of

    with store.reading() as r:
        found = form_of(r, form)
        spec = found.documents.get(document)
        states = (status,) if status else tuple(spec.states) if spec else ()
        chosen = Filter(form=form, states=states, villages=(village,) if village else ())
        return [line.id for line in list_records(r, chosen)]


@command(certificate_app, "block")
def block(
    form: FormKey, document: DocumentKey,
    first: Annotated[int, typer.Option("--first", min=1, help="起号。")],
    last: Annotated[int, typer.Option("--last", min=1, help="止号。")],
    prefix: Annotated[str, typer.Option("--prefix", help="号码前面的字。")] = "",
    width: Annotated[int, typer.Option("--width", min=1, help="流水几位。")] = 6,
    db: Database = None, user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """登记县里发的号段。"""
    from minzheng_desktop.documents import certificates

    with opened(db, user) as store:
        certificates.add_block(store, form, document, prefix=prefix, width=width, first=first, last=last)
        with store.reading() as r:
            data = [
                {"prefix": b.prefix, "first": b.first, "last": b.last, "left": b.left}
                for b in certificates.list_blocks(r, form, document)
            ]
    return Answer(
        {"blocks": data}, [f"{b['prefix']} {b['first']}—{b['last']}，还剩 {b['left']} 个" for b in data]
    )


@command(certificate_app, "issue")
def issue(
    record: Record, document: DocumentKey, out: Out, printer: Printer = "", reason: Reason = "", db: Database = None,
    user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """打印一张内页：取下一个证号（已有的用原号），写成 PDF，记入发证登记。"""
    from minzheng_desktop.documents import certificates
    from minzheng_desktop.store.records import load_record

    with opened(db, user) as store:
        issued = certificates.issue_certificate(
            store, record, document, today=today(), printed_at=stamp_text(), printer=printer, reason=reason
        )
        with store.reading() as r:
            form = load_record(r, record)["form"]
        answer = _written(store, out, issued.made, "certificate", form)
        certificates.confirm_print(store, issued.entry)
    return Answer(
        {**answer.data, "number": issued.number, "print": issued.entry},
        [f"证号 {issued.number}。", *answer.lines],
    )


@command(certificate_app, "register")
def register(
    form: FormKey, document: DocumentKey, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """列出发证登记：每个号打过几次、谁打的、作废的原因。"""
    from minzheng_desktop.documents import certificates

    with opened(db, user) as store, store.reading() as r:
        found = certificates.list_register(r, form, document)
    data = [
        {"number": one.entry.number, "name": one.name, "copy": one.entry.copy, "state": one.entry.state,
         "at": one.entry.at, "by": one.entry.by, "reason": one.entry.reason, "record": one.entry.record}
        for one in found
    ]  # fmt: skip
    lines = [
        f"{d['number']}  {d['name']}  第 {d['copy']} 次  {certificates.STATES[str(d['state'])]}  {d['reason'] or ''}"
        for d in data
    ]
    return Answer({"entries": data}, lines or ["还没有打印过。"])


@command(certificate_app, "void")
def void(
    number: CertNumber, form: FormKey, document: DocumentKey, reason: Reason = "", db: Database = None,
    user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """作废一个证号：以后不再使用，原因留在登记里。"""
    from minzheng_desktop.documents import certificates

    with opened(db, user) as store:
        certificates.void_number(store, form, document, number, reason=reason)
    return Answer({"voided": number}, [f"证号 {number} 已作废。"])


@command(certificate_app, "test")
def sample(
    form: FormKey, document: DocumentKey, out: Out, printer: Printer = "", db: Database = None, user: UserName = None,
    as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """写出套打测试页：量一量偏了多少毫米。"""
    from minzheng_desktop.documents import certificates

    with opened(db, user) as store:
        made = certificates.make_test_page(store, form, document, printed_at=stamp_text(), printer=printer)
        return _written(store, out, made, "test_page", form)


@command(certificate_app, "offset")
def offset(
    printer: Printer, dx: Annotated[float, typer.Option("--dx", help="向右移几毫米。")] = 0.0,
    dy: Annotated[float, typer.Option("--dy", help="向下移几毫米。")] = 0.0, db: Database = None,
    user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """记下一台打印机的偏移，以后套打都按它。"""
    from minzheng_desktop.documents import certificates
    from minzheng_desktop.documents.certificate import Offset

    with opened(db, user) as store:
        certificates.set_offset(store, printer, Offset(dx, dy))
    return Answer(
        {"printer": printer, "dx": dx, "dy": dy}, [f"{printer}：向右 {dx:g} 毫米，向下 {dy:g} 毫米。"]
    )
