"""打印预览 of a month's ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from ...values.errors import UserError
from ..gateway import prints
from ..preview import PreviewPage, PrintJob, PrintOrder, print_pages
from .room import Room

if TYPE_CHECKING:
    from ..window import Window


class PreviewRoom(Room):
    """Binds ``PreviewPage`` to the ledger of one month."""

    def __init__(self, desk: Window, form: str, month: str) -> None:
        super().__init__(desk)
        self.form, self.month = form, month
        self.made: prints.Made | None = None
        self.page = PreviewPage("返回发放")
        self.page.back_wanted.connect(self._back)
        self.page.masking_changed.connect(self.load)
        self.page.save_pdf_wanted.connect(lambda: self.save("pdf"))
        self.page.save_workbook_wanted.connect(lambda: self.save("xlsx"))
        self.page.print_wanted.connect(self.send)

    def open(self) -> None:
        """Lay the preview over the page."""
        self.load(True, first=True)

    def _back(self) -> None:
        self.let_go()
        self.desk.shell.back()

    def let_go(self) -> None:
        """Close the document; the page is not used again."""
        if self.made is not None:
            self.page.let_go()
            self.made = None

    def load(self, masked: bool, *, first: bool = False) -> None:
        """Draw the ledger, masked or whole (audited)."""

        def done(found: tuple[PrintJob, prints.Made]) -> None:
            job, self.made = found
            if first:
                self.desk.shell.open_page(self.page)
            self.page.show_job(job)

        self.run_latest(
            "ledger", lambda office: prints.ledger(office, self.form, self.month, masked=masked), done
        )

    def save(self, as_: str) -> None:
        """Ask where, and write the file."""
        proposed = str(
            self.desk.folder
            / (self.made.name if self.made and as_ == "pdf" else f"{self.form}_{self.month}.{as_}")
        )
        kinds = "PDF (*.pdf)" if as_ == "pdf" else "Excel 工作簿 (*.xlsx)"
        name, _ = QFileDialog.getSaveFileName(self.page, "存到哪里", proposed, kinds)
        if name:
            self.write(Path(name), as_)

    def write(self, target: Path, as_: str) -> None:
        """Write the ledger to a file that the clerk named."""
        masked = self.made.masked if self.made else None

        def done(made: prints.Made) -> None:
            self.desk.saved(f"已写出 {target.name}：{made.rows:,} 行，读回核对相同")

        self.run(
            lambda office: prints.save(office, target, self.form, self.month, as_, masked=masked),  # type: ignore[arg-type]
            done,
        )

    def send(self, order: PrintOrder) -> None:
        """Send the pages to the printer, then note it."""
        paper, made = self.page.paper, self.made
        if paper is None or made is None:
            return
        if not order.printer:
            self.desk.show_error(
                UserError("no_printer", "这台电脑没有装打印机。没有打印，可以先存为 PDF，到别的电脑上打。")
            )
            return
        try:
            sent = print_pages(paper, order)
        except OSError:
            self.desk.show_error(
                UserError("printer", f"打印机“{order.printer}”没有接受。没有打印，检查电源和连线后再打。")
            )
            return
        form = self.form
        self.run(
            lambda office: prints.note_printed(office, made, form, order.printer),
            lambda _none: self.desk.saved(f"已交给打印机 {sent} 页"),
        )
