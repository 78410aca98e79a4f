"""Prints of a payment batch by one call: the ledger as PDF or workbook, the bank file as workbook or csv.

The window's 打印 and `minzheng batch print` both stand on `make_batch_print`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.locked import find_batch, load_locked
from minzheng_desktop.benefits.months import CYCLE_MONTHS
from minzheng_desktop.benefits.plan import paid_form, plan_in
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
from minzheng_desktop.documents.batch_ledger import BatchFacts, batch_ledgers, batch_mark
from minzheng_desktop.documents.ledger import draw_ledgers
from minzheng_desktop.documents.ledger_model import Ledger
from minzheng_desktop.documents.office import office_of
from minzheng_desktop.documents.pen import MissingCharacter
from minzheng_desktop.documents.workbook import write_ledgers_workbook
from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import format_month_cn
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.benefits.plans import BatchPlan, PlannedItem
    from minzheng_desktop.benefits.settlement import Kind
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

BatchPrint = Literal["pdf", "xlsx", "bank-xlsx", "bank-csv", "bank-sheet"]
BANK_FILES = ("bank-xlsx", "bank-csv")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A finished print. `name` is the proposed file name, `pages` 0 for what has none, `total` in cents.

    `missing` are characters to be written by hand, `unfit` texts that did not fit their cell, `masked` whether
    ids, accounts and phones are shortened, `batch` the id of the locked batch.
    """

    name: str
    data: bytes
    rows: int
    total: int
    pages: int = 0
    batch: str | None = None
    masked: bool = False
    missing: tuple[MissingCharacter, ...] = ()
    unfit: tuple[str, ...] = ()


def load_batch(r: Reading, *, form: str, month: str, kind: Kind = "regular") -> tuple[BatchPlan, BatchFacts]:
    """The batch as a plan (locked where it is) and what stands beside its rows on paper."""
    plan = plan_in(r, form=form, month=month, kind=kind)
    if (
        plan.state == "empty" and kind != "regular"
    ):  # nothing is left to pay: what was locked is what is printed
        found, benefit = paid_form(r.store.catalog, form)
        plan = load_locked(r, found, month=month, length=CYCLE_MONTHS[benefit.cycle], kind=kind) or plan
    store = r.store
    office, place = office_of(store)
    row: dict[str, Any] = (find_batch(r, form=form, month=month, kind=kind) or {}) if plan.batch else {}
    more = row.get("more") or {}
    return plan, BatchFacts(
        office=office,
        place=place,
        clerk=store.user,
        demonstration=store.site.demonstration,
        marks=tuple(more.get("marks") or ()),
        locked_at=row.get("locked_at") or "",
        locked_by=row.get("locked_by") or "",
    )


def make_batch_print(
    store: Store,
    *,
    form: str,
    month: str,
    as_: BatchPrint,
    printed_at: str,
    kind: Kind = "regular",
    masked: bool | None = None,
) -> Made:
    """Make one print of a batch; `printed_at` is 'YYYY-MM-DD HH:MM'.

    A batch that is not locked prints as a check list, marked and masked; a bank file is refused for it. Raises
    UserError unknown_form, not_paid, not_a_period, no_ledger, nothing_to_print, not_locked, bank.refused.
    """
    with store.reading() as r:
        plan, facts = load_batch(r, form=form, month=month, kind=kind)
        name = _file_name(r, plan)
        if as_ == "bank-sheet":
            return _bank_sheet(r, plan, name, printed_at, form=form, month=month, kind=kind)
        if as_ in BANK_FILES:
            written = _bank_file(r, plan, as_, name)
            return Made(
                name=written.file_name,
                data=written.data,
                rows=written.count,
                total=written.total,
                batch=plan.batch,
            )
    hidden = plan.state != "locked" if masked is None else masked
    ledgers = batch_ledgers(plan, catalog=store.catalog, facts=facts, masked=hidden)
    if as_ == "xlsx":
        data = write_ledgers_workbook(
            ledgers, written_at=printed_at, names=_sheet_names(ledgers, plan, store)
        )
        return Made(
            name=f"{name}_花名册.xlsx",
            data=data,
            rows=len(plan.items),
            total=plan.total,
            batch=plan.batch,
            masked=hidden,
        )
    printed = draw_ledgers(ledgers, printed_at=printed_at)
    return Made(
        name=f"{name}_花名册.pdf", data=printed.data, rows=len(plan.items), total=plan.total, pages=printed.pages,
        batch=plan.batch, masked=hidden, missing=printed.missing, unfit=printed.unfit,
    )  # fmt: skip


def _sheet_names(ledgers: tuple[Ledger, ...], plan: BatchPlan, store: Store) -> list[str]:
    spec = next(s for s in store.catalog.forms[plan.form].ledgers.values() if s.source == "batch")
    if not spec.split:
        return ["花名册"]
    return list(dict.fromkeys(str(item.row.get(spec.split) or "花名册") for item in plan.items))


def _file_name(r: Reading, plan: BatchPlan) -> str:
    """区划码_业务_YYYYMM_批次号 (domain §9.3); a plan has no number yet."""
    number = plan.number.rsplit("-", 1)[-1] if plan.number else "核对稿"
    return f"{r.store.site.division}_{plan.form}_{plan.month.replace('-', '')}_{number}"


# The bank file ----------------------------------------------------------------------------------------------


def load_bank_file(r: Reading, plan: BatchPlan, *, name: str) -> BankFile:
    """The payments of a locked batch. Raises UserError not_locked."""
    if plan.state != "locked":
        raise UserError(
            "not_locked",
            f"“{plan.title}”{format_month_cn(plan.month)}还没有锁定，没有生成代发文件。先锁定本月，再出银行文件。",
        )
    form, _benefit = paid_form(r.store.catalog, plan.form)
    facilities = r.get_many("records", {item.payee for item in plan.items if item.payee})
    id_types = r.store.catalog.codes.get("id_type")
    label = id_types.label("01") if id_types else "居民身份证"
    summary = f"{plan.month.replace('-', '')}{form.title}"
    payments: list[Payment] = []
    merged: dict[tuple[str, str], int] = {}
    for item in plan.items:
        if not item.account_number or not item.total:  # handed over in cash, or deducted altogether
            continue
        key = (item.account_number or "", item.account_name or "")
        if item.payee in facilities and key in merged:
            known = payments[merged[key]]
            payments[merged[key]] = msgspec.structs.replace(known, amount=known.amount + item.total)
            continue
        if item.payee in facilities:
            merged[key] = len(payments)
        payments.append(_payment(item, summary, "" if item.payee in facilities else label))
    template = msgspec.convert(r.setting("bank_template") or {}, BankTemplate)
    if not payments:
        raise UserError(
            "nothing_to_print",
            f"“{plan.title}”{format_month_cn(plan.month)}全部发的是现金，没有银行文件要出。",
        )
    expected = (len(payments), plan.total - sum(item.total for item in plan.items if not item.account_number))
    return BankFile(name=name, payments=tuple(payments), expected=expected, template=template)


def _payment(item: PlannedItem, summary: str, id_type: str) -> Payment:
    return Payment(
        account_name=item.account_name or "",
        account=item.account_number or "",
        amount=item.total,
        id_type=id_type,
        id_number=(item.id_number or "") if id_type else "",
        bank=item.account_bank or "",
        summary=summary,
    )


def _bank_file(r: Reading, plan: BatchPlan, as_: str, name: str) -> WrittenBankFile:
    """The file of a locked batch, the same bytes whenever it is written: its only time is that of the lock."""
    file = load_bank_file(r, plan, name=name)
    if as_ == "bank-csv":
        return write_bank_csv(file)
    return write_bank_workbook(file, written_at=plan.planned_at[:16].replace("T", " "))


def _bank_sheet(
    r: Reading, plan: BatchPlan, name: str, printed_at: str, *, form: str, month: str, kind: Kind
) -> Made:
    """The sheet that goes to the bank with the file handed over last (the workbook where none was), with its digest."""
    p = schema.prints.c
    handed = r.scalar(
        sa.select(p.kind).where(p.batch == plan.batch, p.kind.in_(BANK_FILES)).order_by(p.at.desc()).limit(1)
    )
    written = _bank_file(r, plan, handed or "bank-xlsx", name)
    printed = draw_bank_sheet(
        bank_sheet_for(r, written, form=form, month=month, kind=kind), printed_at=printed_at
    )
    return Made(
        name=f"{name}_银行交接单.pdf", data=printed.data, rows=written.count, total=written.total, pages=printed.pages,
        batch=plan.batch, missing=printed.missing, unfit=printed.unfit,
    )  # fmt: skip


def bank_sheet_for(
    r: Reading,
    written: WrittenBankFile,
    *,
    form: str,
    month: str,
    kind: Kind = "regular",
    ledger_pages: int = 0,
) -> BankSheet:
    """The hand-over sheet that goes with a bank file of a locked batch."""
    plan, facts = load_batch(r, form=form, month=month, kind=kind)
    file = load_bank_file(r, plan, name=written.file_name)
    own = r.setting("paying_bank") or (bank_shares(file.payments)[0][0] if file.payments else "")
    locked = f"封账　{facts.locked_at[:16].replace('T', ' ')}　封账人：{facts.locked_by}"
    csv_format = "CSV，GB18030，首行表头，末行合计；账号、证号为文本"
    return BankSheet(
        office=facts.office,
        number=plan.number,
        service=f"{plan.title}　{format_month_cn(month)}",
        batch=locked,
        paying_bank=own,
        file_name=written.file_name,
        file_format=csv_format if written.file_name.endswith(".csv") else "XLSX 工作簿；账号、证号为文本",
        digest=written.digest,
        banks=tuple(
            BankShare(bank=bank or "未填开户行", count=count, amount=amount, other=bank != own)
            for bank, count, amount in bank_shares(file.payments)
        ),
        ledger_count=len(file.payments),
        ledger_amount=file.total,
        ledger_pages=ledger_pages,
        mark=batch_mark(plan, facts),
    )
