"""Prints: made in memory for the preview, noted when they leave the program."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...benefits.settlement import Kind
from ...store import listing, overview
from ...store.files import copy_verified
from ...store.records import load_record
from ...values.dates import add_months, format_month_cn, month_of, stamp_text
from ...values.errors import UserError
from ..kit.cells import Chip, text_of
from ..preview import PrintJob
from ..records.page import Filter
from .lists import list_page, open_list
from .office import Office

if TYPE_CHECKING:
    from ...documents.batch_prints import BatchPrint, Made
    from ...documents.ledger_model import Ledger

EXPLAIN = "explain"
"""The choice 这笔钱怎么算的 beside the documents of a form."""
BANK_SHEET = "bank-sheet"
LIST, NOTICE = "list", "notice"
MONTHS = 3
"""Months offered of a list that is of one month."""
KEPT = "台账没有变化，文件没有写出"


def stamp() -> str:
    """The moment as printed."""
    return stamp_text()


def ledger(
    office: Office, form: str, month: str, choice: str, *, masked: bool | None, kind: Kind = "regular"
) -> tuple[PrintJob, Made]:
    """The ledger of a month as a preview, and for a locked one the sheet that goes to the bank; looking at whole
    numbers is audited."""
    from ...documents.batch_prints import make_batch_print

    sheet = choice == BANK_SHEET
    made = make_batch_print(
        office.store,
        form=form,
        month=month,
        kind=kind,
        as_="bank-sheet" if sheet else "pdf",
        printed_at=stamp(),
        masked=masked,
    )
    if not made.masked and made.batch:
        office.store.note("show_ledger", {"form": form, "month": month, "batch": made.batch})
    times = 0
    if made.batch:
        with office.store.reading() as r:
            times = overview.printed_times(r, batch=made.batch)
    title = office.store.catalog.forms[form].title
    job = PrintJob(
        title=f"{title}{'银行交接单' if sheet else '发放花名册'} · {format_month_cn(month)}",
        chip=Chip("已锁定", "ok", "lock") if made.batch else Chip("核对稿，还没有锁定", "warn", "warn"),
        pdf=made.data,
        masked=made.masked,
        can_unmask=bool(made.batch) and not sheet,
        workbook=not sheet,
        notes=_notes(made),
        printed=f"已打印 {times} 次。打印记入台账。" if made.batch else "核对稿打码，不能代替花名册。",
        choices=(("ledger", "花名册"), (BANK_SHEET, "银行交接单")) if made.batch else (),
        choice=choice or "ledger",
    )
    return job, made


def list_paper(
    office: Office, form_key: str, wanted: Filter, choice: str, *, masked: bool | None
) -> tuple[PrintJob, Made]:
    """The lists and notices of a form over what is filtered: 名册 and, where the form may be shown, 公示 and 公布."""
    from ...documents.record_prints import make_list_print, make_notice_print

    store = office.store
    form = store.catalog.forms[form_key]
    choices = list_choices(office, form_key)
    if not choices:
        raise UserError("no_ledger", f"“{form.title}”没有可打印的名册。可以用“导出工作簿”存下这张表。")
    if choice not in dict(choices):
        return _first_with_lines(office, form_key, wanted, choices, masked=masked)
    chosen = choice
    kind, key, month = (*chosen.split(":"), "")[:3]
    chosen_filter = open_list(office, form_key, wanted).chosen
    states = form.documents[key].states if kind == NOTICE else frozenset()
    with store.reading() as r:
        lines = listing.list_records(r, chosen_filter)
    records = [line.id for line in lines if not states or line.state in states]
    hidden = masked is not False
    if kind == NOTICE:
        if not records:
            titles = "、".join(s.title for k, s in form.workflow.states.items() if k in states)
            raise UserError("nothing_to_print", f"现在的筛选里没有可以公示的（状态：{titles}）。没有打印。")
        made = make_notice_print(
            store, form_key, records, key, printed_at=stamp(), today=office.today, masked=hidden
        )
    else:
        made = make_list_print(
            store, form=form_key, ledger=key, printed_at=stamp(), today=office.today, month=month or None,
            masked=hidden, records=records,
        )  # fmt: skip
    if not hidden:
        store.note("show_list", {"form": form_key, "list": chosen})
    job = PrintJob(
        title=f"{dict(choices)[chosen]} · {len(records):,} 件",
        chip=Chip("演示", "info", "info") if store.site.demonstration else None,
        pdf=made.data, masked=hidden, can_unmask=True, workbook=kind == LIST, notes=_notes(made),
        printed="按列表现在的筛选打印，打印记入台账。", choices=choices, choice=chosen,
    )  # fmt: skip
    return job, made


def _first_with_lines(
    office: Office, form_key: str, wanted: Filter, choices: Sequence[tuple[str, str]], *, masked: bool | None
) -> tuple[PrintJob, Made]:
    """The first list or notice that has anything in it."""
    for at, (choice, _title) in enumerate(choices):
        try:
            return list_paper(office, form_key, wanted, choice, masked=masked)
        except UserError as error:
            if error.code != "nothing_to_print" or at == len(choices) - 1:
                raise
    raise AssertionError("there is at least one choice")


def list_choices(office: Office, form_key: str) -> tuple[tuple[str, str], ...]:
    """(key, title) of what can be printed of a form's list."""
    form = office.store.catalog.forms[form_key]
    choices: list[tuple[str, str]] = []
    for key, one in form.ledgers.items():
        if one.source == "batch":
            continue
        of_month = "{month}" in one.title
        months = [add_months(month_of(office.today), -n) for n in range(MONTHS)] if of_month else [""]
        for month in months:
            words = one.title.replace("{month}", format_month_cn(month) if month else "")
            choices.append((f"{LIST}:{key}:{month}".rstrip(":"), words))
    choices += [(f"{NOTICE}:{k}", d.title) for k, d in form.documents.items() if d.kind == "public_notice"]
    return tuple((key, re.sub(r"\{[^}]*\}", "", words)) for key, words in choices)


def save_list_print(
    office: Office, target: Path, made: Made, ending: str, form_key: str, wanted: Filter, choice: str
) -> None:
    """Write the list or notice that is shown; as a workbook it is made anew from the same records."""
    from ...documents import saving
    from ...documents.record_prints import make_list_print

    if ending == "xlsx" and choice.startswith(LIST):
        key, month = (*choice.split(":"), "")[1:3]
        with office.store.reading() as r:
            lines = listing.list_records(r, open_list(office, form_key, wanted).chosen)
        made = make_list_print(
            office.store, form=form_key, ledger=key, month=month or None, printed_at=stamp(), today=office.today,
            masked=made.masked, records=[line.id for line in lines], as_="xlsx",
        )  # fmt: skip
    saving.save_made(office.store, target, made, kind="list", form=form_key)


def _notes(made: Made) -> tuple[tuple[str, str, str], ...]:
    notes: list[tuple[str, str, str]] = []
    if made.missing:
        words = "、".join(str(getattr(one, "character", one)) for one in made.missing[:8])
        notes.append(("warn", f"缺字 {len(made.missing)} 个", f"{words}：打出来以后手写。"))
    else:
        notes.append(("info", "缺字 0 个", "生僻字用补充字体打印。"))
    if made.unfit:
        notes.append(("warn", f"{len(made.unfit)} 处放不下", "、".join(made.unfit[:3])))
    return tuple(notes)


def note_printed(office: Office, made: Made, form: str, printer: str) -> None:
    """A print went to the printer."""
    from ...documents.print_log import note_file

    note_file(office.store, "pdf", made.data, file=printer, form=form, batch=made.batch, masked=made.masked)


def save(
    office: Office,
    target: Path,
    form: str,
    month: str,
    as_: BatchPrint,
    *,
    masked: bool | None = None,
    kind: Kind = "regular",
) -> Made:
    """Write a print of a batch to a file, read back and noted with its digest."""
    from ...documents.saving import save_batch_print

    return save_batch_print(
        office.store, target, form=form, month=month, kind=kind, as_=as_, printed_at=stamp(), masked=masked
    )


def save_made(office: Office, target: Path, made: Made, form: str) -> None:
    """Write a print that is shown to a file, read back and noted."""
    from ...documents import saving

    saving.save_made(office.store, target, made, kind="pdf", form=form)


def record_paper(office: Office, record: str, choice: str, *, masked: bool | None) -> tuple[PrintJob, Made]:
    """One of a record's papers as a preview: the documents of its form, and the sheet that explains the amount."""
    from ...documents.record_prints import list_documents

    store = office.store
    with store.reading() as r:
        row = load_record(r, record)
    form = store.catalog.forms[row["form"]]
    offered = [one for one in list_documents(store, record) if one.ready]
    choices = [(one.key, one.title) for one in offered]
    if form.benefit is not None:
        choices.append((EXPLAIN, "这笔钱怎么算的"))
    if not choices:
        raise UserError("no_document", f"“{form.title}”现在没有可打印的文书。")
    chosen = choice if choice in dict(choices) else choices[0][0]
    made = _draw(office, record, form.key, chosen, masked=masked)
    job = PrintJob(
        title=f"{dict(choices)[chosen]} · {row['number'] or form.title}",
        chip=Chip("演示", "info", "info") if store.site.demonstration else None,
        pdf=made.data,
        masked=made.masked,
        can_unmask=False,
        workbook=False,
        notes=_notes(made),
        printed="打印记入台账。",
        choices=tuple(choices),
        choice=chosen,
        issued=any(one.key == chosen and one.kind == "certificate" for one in offered),
    )
    return job, made


def _draw(office: Office, record: str, form: str, chosen: str, *, masked: bool | None) -> Made:

    from ...documents.record_prints import make_explanation_print, make_record_print

    if chosen == EXPLAIN:
        month = month_of(office.today)
        office.store.note("reveal_amount", {"form": form, "month": month, "record": record})
        return make_explanation_print(
            office.store, form=form, month=month, record=record, printed_at=stamp(), today=office.today
        )
    made = make_record_print(
        office.store,
        record,
        chosen,
        printed_at=stamp(),
        today=office.today,
        preview=True,
        masked=masked is not False,
    )
    office.store.note("reveal_record", {"form": form, "record": record, "document": chosen})
    return made


def explanation(office: Office, form: str, month: str, record: str, kind: Kind = "regular") -> Any:
    """Why a payment is what it is; looking is audited."""
    from ...benefits.explain import explain

    found = explain(office.store, form=form, month=month, record=record, kind=kind)
    office.store.note("reveal_amount", {"form": form, "month": month, "record": record})
    return found


def save_list(office: Office, target: Path, form_key: str, wanted: Filter, kind_title: str) -> int:
    """Write a filtered list as a workbook, numbers masked; returns how many lines. Raises UserError of the disk."""
    from ...documents.ledger_model import Ledger, LedgerColumn, LedgerGroup
    from ...documents.office import office_of
    from ...documents.print_log import note_file
    from ...documents.workbook import write_ledger_workbook

    opened = open_list(office, form_key, wanted)
    rows = list_page(office, opened, 0, opened.count)
    form = office.store.catalog.forms[opened.chosen.form]
    columns = (
        LedgerColumn(key="seq", head="序号", kind="seq"),
        LedgerColumn(key="name", head="姓名"),
        LedgerColumn(key="sex", head="性别"),
        LedgerColumn(key="birth", head="出生年"),
        LedgerColumn(key="village", head="村（社区）"),
        LedgerColumn(key="number", head="证号"),
        LedgerColumn(key="kind", head=kind_title or "类别"),
        LedgerColumn(key="state", head="状态"),
        LedgerColumn(key="quantity", head="数量"),
        LedgerColumn(key="amount", head="金额（元）"),
    )
    lines = tuple(
        (
            None, one.name, one.sex, one.birth_year, one.village, one.number.text, one.kind, one.state.text,
            one.quantity, text_of(one.amount),
        )
        for one in rows
    )  # fmt: skip
    full, _short = office_of(office.store)
    ledger = Ledger(
        title=f"{form.title}名单", office=full, columns=columns, groups=(LedgerGroup(title="", rows=lines),),
        bands=False, masked=True, clerk=office.store.user, seal=False,
        mark="示例" if office.store.site.demonstration else "",
    )  # fmt: skip
    data = write_ledger_workbook(ledger, written_at=stamp())
    copy_verified(
        data,
        target,
        kept=KEPT,
        settle=lambda: note_file(office.store, "list", data, file=target.name, form=form.key, masked=True),
    )
    return len(lines)


def table_paper(
    office: Office, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], facts: Sequence[str] = ()
) -> tuple[PrintJob, Made]:
    """A plain table on paper: the list of what is due, one person's file. Numbers are masked already."""
    from ...documents.batch_prints import Made
    from ...documents.ledger import draw_ledger

    ledger = _table(office, title, heads, rows, facts)
    printed = draw_ledger(ledger, printed_at=stamp())
    made = Made(
        name=f"{title}.pdf", data=printed.data, rows=len(rows), total=0, pages=printed.pages, masked=True,
        missing=printed.missing, unfit=printed.unfit,
    )  # fmt: skip
    job = PrintJob(
        title=title, chip=None, pdf=made.data, can_unmask=False, workbook=False, notes=_notes(made),
        printed="打印记入台账。",
    )  # fmt: skip
    return job, made


def save_table(
    office: Office, target: Path, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]],
    facts: Sequence[str] = (),
) -> None:  # fmt: skip
    """Write a plain table as a workbook. Raises UserError of the disk."""
    from ...documents import saving
    from ...documents.batch_prints import Made
    from ...documents.workbook import write_ledger_workbook

    data = write_ledger_workbook(_table(office, title, heads, rows, facts), written_at=stamp())
    made = Made(name=target.name, data=data, rows=len(rows), total=0, masked=True)
    saving.save_made(office.store, target, made, kind="table")


def _table(
    office: Office, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], facts: Sequence[str]
) -> Ledger:
    """A plain table as ledger data. Raises UserError nothing_to_print."""
    from ...documents.ledger_model import Ledger, LedgerColumn, LedgerGroup
    from ...documents.office import office_of

    if not rows:
        raise UserError("nothing_to_print", f"{title}里没有一行。没有打印。")
    full, _short = office_of(office.store)
    columns = (
        LedgerColumn(key="seq", head="序号", kind="seq"),
        *(LedgerColumn(key=f"c{at}", head=head) for at, head in enumerate(heads)),
    )
    return Ledger(
        title=title, office=full, columns=columns, facts=tuple(facts), bands=False, masked=True, seal=False,
        groups=(LedgerGroup(title="", rows=tuple((None, *line) for line in rows)),), clerk=office.store.user,
        counter="件", signatures=("制表人：",), mark="示例" if office.store.site.demonstration else "",
    )  # fmt: skip
