"""Where each paper of the preview comes from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...benefits.settlement import Kind
from ..gateway import prints, reports
from ..gateway.office import Office
from ..preview import PrintJob
from ..records.page import Filter
from .certificates import CertificatePrint
from .preview import Source

if TYPE_CHECKING:
    from ...documents.batch_prints import Made


def ledger_source(form: str, month: str, kind: Kind = "regular") -> Source:
    """The ledger of a month, or of its adjust batch."""

    def save(office: Office, target: Path, made: Made, ending: str) -> object:
        if made.name.endswith("交接单.pdf"):
            return prints.save_made(office, target, made, form)
        return prints.save(
            office, target, form, month, "xlsx" if ending == "xlsx" else "pdf", masked=made.masked, kind=kind
        )

    return Source(
        draw=lambda office, choice, masked: prints.ledger(
            office, form, month, choice, masked=masked, kind=kind
        ),
        note=lambda office, made, printer: prints.note_printed(office, made, form, printer),
        save=save,
        back="返回发放",
    )


def record_source(record: str, form: str) -> Source:
    """The papers of one record."""
    return Source(
        draw=lambda office, choice, masked: prints.record_paper(office, record, choice, masked=masked),
        note=lambda office, made, printer: prints.note_printed(office, made, form, printer),
        save=lambda office, target, made, _ending: prints.save_made(office, target, made, form),
        back="返回列表",
        issue=lambda room, choice: CertificatePrint(room, record, choice),
    )


def list_source(form: str, wanted: Filter) -> Source:
    """The lists and notices of what is filtered."""
    shown = [""]

    def draw(office: Office, choice: str, masked: bool | None) -> tuple[PrintJob, Made]:
        job, made = prints.list_paper(office, form, wanted, choice, masked=masked)
        shown[0] = job.choice
        return job, made

    return Source(
        draw=draw,
        note=lambda office, made, printer: prints.note_printed(office, made, form, printer),
        save=lambda office, target, made, ending: prints.save_list_print(
            office, target, made, ending, form, wanted, shown[0]
        ),
        back="返回列表",
    )


def table_source(
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    facts: Sequence[str] = (),
    *,
    form: str = "",
) -> Source:
    """A plain table: what is due, one person's file."""
    return Source(
        draw=lambda office, _choice, _masked: prints.table_paper(office, title, heads, rows, facts),
        note=lambda office, made, printer: prints.note_printed(office, made, form, printer),
        save=lambda office, target, made, _ending: prints.save_made(office, target, made, form),
    )


def report_source(kind: str, period: str) -> Source:
    """The report of a year or a month."""
    return Source(
        draw=lambda office, _choice, _masked: reports.paper(office, kind, period),
        note=lambda office, made, printer: prints.note_printed(office, made, "", printer),
        save=lambda office, target, _made, ending: reports.save(office, kind, period, target, ending),
        back="返回报表",
    )


def key_source(made: Made) -> Source:
    """The recovery key on paper; the program keeps nothing of it."""
    job = PrintJob(
        title="恢复密钥", chip=None, pdf=made.data, can_unmask=False, workbook=False,
        notes=(("warn", "只出现这一次", "打印后签字封存。离开这一页就再也看不到，只能再换新的。"),),
    )  # fmt: skip
    return Source(
        draw=lambda _office, _choice, _masked: (job, made),
        note=lambda office, _made, printer: office.store.note("print_recovery_key", {"printer": printer}),
        save=lambda office, target, made, _ending: prints.save_made(office, target, made, ""),
        back="已封存，返回",
    )
