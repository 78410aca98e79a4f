"""退票重发: the bank file of what is sent again, only those lines, written by one call of window and command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.bank_returns import ReturnLine, list_returns
from minzheng_desktop.benefits.reissues import (
    Again,
    plan_reissue,
    refuse_blocked,
    reissue_number,
    require_sender,
    write_reissue,
)
from minzheng_desktop.documents.bank_file import (
    BankFile,
    BankTemplate,
    Payment,
    WrittenBankFile,
    bank_shares,
    write_bank_csv,
    write_bank_workbook,
)
from minzheng_desktop.documents.bank_sheet import BankShare, BankSheet, draw_bank_sheet
from minzheng_desktop.documents.office import office_of
from minzheng_desktop.documents.print_log import note_print
from minzheng_desktop.store import copies, schema
from minzheng_desktop.store.files import copy_verified
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

ReissueAs = Literal["bank-xlsx", "bank-csv"]
KEPT = "退票没有变化，文件没有写出"


class _Line(msgspec.Struct, frozen=True):
    """One return as the file has it, from the plan or from the frozen row."""

    line: ReturnLine
    number: str
    name: str
    bank: str
    payee: str
    facility: bool


class Reissued(msgspec.Struct, frozen=True):
    """A file that was written: the number under which the returns were sent again, payments, returns, cents, hash."""

    number: str
    file: str
    count: int
    returns: int
    total: int
    digest: str


def save_reissue(
    store: Store, out: Path, ids: Sequence[str] | None, *, as_: ReissueAs, today: date, printed_at: str,
    checked_by: str | None = None, reasons: Mapping[str, str] | None = None,
) -> Reissued:  # fmt: skip
    """Send returns again: write their bank file to `out` and note it, or nothing of both.

    `ids`: None takes every return that can be sent again now. `printed_at` is 'YYYY-MM-DD HH:MM'. The file is written
    aside and read back, then the returns are noted with its SHA-256 in one transaction, then it is put in place.
    Raises UserError as `plan_reissue`, `write_reissue`, the bank file's writers and `copy_verified` do.
    """
    require_sender(store)
    with store.reading() as r:
        planned: tuple[Again, ...] = plan_reissue(r, today=today, ids=ids)
        if ids is None:
            planned = tuple(one for one in planned if not one.blocked)
        refuse_blocked(planned)
        number = reissue_number(r, today=today)
        lines = [
            _Line(
                one.line, one.account.number, one.account.name, one.account.bank or "", one.receiver.payee or "",
                one.receiver.facility,
            )
            for one in planned
        ]  # fmt: skip
        written = _written(r, number, lines, as_=as_, written_at=printed_at)

    def settle() -> None:
        detail = {"file": out.name}
        with store.writing("reissue_returns", detail) as w:
            write_reissue(
                w, planned, number=number, today=today, sent_at=printed_at, digest=written.digest,
                checked_by=checked_by, reasons=reasons,
            )  # fmt: skip
            note_print(w, f"reissue-{as_}", written.data, number=number, more={"file": out.name})

    copies.write_copy(
        store, _outgoing(store, out, number, written), written.data, out.parent, kept=KEPT, settle=settle
    )
    return _told(number, out, written, lines)


def _outgoing(store: Store, out: Path, number: str, written: WrittenBankFile) -> copies.Outgoing:
    more = {"reissue": number}
    return copies.Outgoing("bank_file", out.name, store.site.division, lines=written.count, more=more)


def save_again(store: Store, out: Path, number: str, *, as_: ReissueAs) -> Reissued:
    """Write the file of an earlier number once more, from what was frozen then. Raises UserError no_such_reissue."""
    with store.reading() as r:
        lines = _frozen(r, number)
        written = _written(r, number, lines, as_=as_, written_at=_sent_at(lines))

    def settle() -> None:
        with store.writing("print_reissue", {"file": out.name, "number": number}) as w:
            note_print(w, f"reissue-{as_}", written.data, number=number, more={"file": out.name})

    copies.write_copy(
        store, _outgoing(store, out, number, written), written.data, out.parent, kept=KEPT, settle=settle
    )
    return _told(number, out, written, lines)


def save_sheet(store: Store, out: Path, number: str, *, printed_at: str) -> Reissued:
    """The sheet that goes to the bank with a file sent again: count, sum and hash of the file written last.

    Raises UserError no_such_reissue.
    """
    p = schema.prints.c
    kinds = [f"reissue-{as_}" for as_ in get_args(ReissueAs)]
    with store.reading() as r:
        lines = _frozen(r, number)
        handed = r.scalar(
            sa.select(p.kind).where(p.number == number, p.kind.in_(kinds)).order_by(p.at.desc()).limit(1)
        )
        as_: ReissueAs = "bank-csv" if handed == "reissue-bank-csv" else "bank-xlsx"
        written = _written(r, number, lines, as_=as_, written_at=_sent_at(lines))
        banks = bank_shares(_payments(r, lines))
        own = r.setting("paying_bank") or banks[0][0]
    first = lines[0].line
    sheet = BankSheet(
        title="惠民资金退票重发交接单", office=office_of(store)[0], number=number, service="退票重发",
        batch=f"重发　{_sent_at(lines)}　经办人：{first.settled_by}", paying_bank=own, file_name=written.file_name,
        file_format="CSV，GB18030，首行表头，末行合计；账号、证号为文本" if as_ == "bank-csv"
        else "XLSX 工作簿；账号、证号为文本",
        digest=written.digest, ledger_count=written.count, ledger_amount=sum(one.line.amount for one in lines),
        banks=tuple(
            BankShare(bank=bank or "未填开户行", count=count, amount=amount, other=bank != own)
            for bank, count, amount in banks
        ),
        mark="演示" if store.site.demonstration else "", against="退票登记",
    )  # fmt: skip
    data = draw_bank_sheet(sheet, printed_at=printed_at).data

    def settle() -> None:
        with store.writing("print_reissue", {"file": out.name, "number": number}) as w:
            note_print(w, "reissue-sheet", data, number=number, more={"file": out.name})

    copy_verified(data, out, kept=KEPT, settle=settle)
    return _told(number, out, written, lines)


def _frozen(r: Reading, number: str) -> list[_Line]:
    """What a number sent, as it was frozen then. Raises UserError no_such_reissue."""
    rows = sorted(list_returns(r, reissue=number), key=_order)
    if not rows:
        raise UserError("no_such_reissue", f"没有编号是 {number} 的退票重发。没有写出文件，请核对编号。")
    return [
        _Line(
            one, one.new_number, one.new_name, one.new_bank, str(one.more.get("payee") or ""),
            bool(one.more.get("facility")),
        )
        for one in rows
    ]  # fmt: skip


def _sent_at(lines: Sequence[_Line]) -> str:
    return str(lines[0].line.more.get("sent_at") or "")


def file_name(number: str) -> str:
    """区划码_退票重发_YYYYMMDD_批次号: 500229106-TC-20260620-01 → 500229106_退票重发_20260620_01."""
    division, _, day, count = number.split("-")
    return f"{division}_退票重发_{day}_{count}"


def next_name(store: Store, *, today: date) -> str:
    """The name, without ending, that the next file is to be given."""
    with store.reading() as r:
        return file_name(reissue_number(r, today=today))


def _order(one: ReturnLine) -> tuple[str, str, str]:
    return one.village or "", one.name, one.id


def _written(
    r: Reading, number: str, lines: Iterable[_Line], *, as_: ReissueAs, written_at: str
) -> WrittenBankFile:
    template = msgspec.convert(r.setting("bank_template") or {}, BankTemplate)
    ordered = sorted(lines, key=lambda one: _order(one.line))
    payments = tuple(_payments(r, ordered))
    expected = (len(payments), sum(one.line.amount for one in ordered))
    file = BankFile(name=file_name(number), payments=payments, expected=expected, template=template)
    return write_bank_csv(file) if as_ == "bank-csv" else write_bank_workbook(file, written_at=written_at)


def _payments(r: Reading, lines: Sequence[_Line]) -> list[Payment]:
    """One payment for each return, one for all that a facility gets of one month and form."""
    id_types = r.store.catalog.codes.get("id_type")
    label = id_types.label("01") if id_types else "居民身份证"
    forms = r.store.catalog.forms
    made: dict[tuple[str, ...], Payment] = {}
    for one in lines:
        line = one.line
        title = forms[line.form].title if line.form in forms else line.form
        summary = f"{line.month.replace('-', '')}{title}退票重发"
        key = (one.payee, one.number, one.name, summary) if one.facility else (line.id,)
        known = made.get(key)
        if known is not None:
            made[key] = msgspec.structs.replace(known, amount=known.amount + line.amount)
            continue
        made[key] = Payment(
            account_name=one.name,
            account=one.number,
            amount=line.amount,
            id_type="" if one.facility else label,
            id_number="" if one.facility else line.id_number,
            bank=one.bank,
            summary=summary,
        )
    return list(made.values())


def _told(number: str, out: Path, written: WrittenBankFile, lines: Sequence[_Line]) -> Reissued:
    return Reissued(number, str(out), written.count, len(lines), written.total, written.digest)
