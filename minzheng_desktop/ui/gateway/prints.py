"""Prints: made in memory for the preview, noted when they leave the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...documents.batch_prints import BatchPrint, Made, make_batch_print
from ...documents.print_log import note_file
from ...documents.saving import save_batch_print
from ...store import overview
from ...values.dates import format_month_cn, now_text
from ..kit.cells import Chip
from ..preview import PrintJob
from .office import Office


def stamp() -> str:
    """The moment as printed."""
    return now_text()[:16].replace("T", " ")


def ledger(office: Office, form: str, month: str, *, masked: bool | None) -> tuple[PrintJob, Made]:
    """The ledger of a month as a preview. ``masked`` None: a plan is masked, a locked batch is whole."""
    made = make_batch_print(
        office.store, form=form, month=month, as_="pdf", printed_at=stamp(), masked=masked
    )
    if not made.masked and made.batch:
        office.store.note("show_ledger", {"form": form, "month": month, "batch": made.batch})
    title = office.store.catalog.forms[form].title
    times = 0
    if made.batch:
        with office.store.reading() as r:
            times = overview.printed_times(r, batch=made.batch)
    job = PrintJob(
        title=f"{title}发放花名册 · {format_month_cn(month)}",
        chip=Chip("已锁定", "ok", "lock") if made.batch else Chip("核对稿，还没有锁定", "warn", "warn"),
        pdf=made.data,
        masked=made.masked,
        can_unmask=bool(made.batch),
        notes=_notes(made),
        printed=f"已打印 {times} 次。打印记入台账。" if made.batch else "核对稿打码，不能代替花名册。",
    )
    return job, made


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
    note_file(office.store, "pdf", made.data, file=printer, form=form, batch=made.batch, masked=made.masked)


def save(
    office: Office, target: Path, form: str, month: str, as_: BatchPrint, *, masked: bool | None = None
) -> Made:
    """Write a print to a file, read back and noted with its digest."""
    return save_batch_print(
        office.store, target, form=form, month=month, as_=as_, printed_at=stamp(), masked=masked
    )


def explanation(office: Office, form: str, month: str, record: str) -> Any:
    """Why a payment is what it is; looking is audited."""
    from ...benefits.explain import explain

    found = explain(office.store, form=form, month=month, record=record)
    office.store.note("reveal_amount", {"form": form, "month": month, "record": record})
    return found
