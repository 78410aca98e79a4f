"""打印预览: one page for every paper; where the paper comes from is told by its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog

from ...values.errors import UserError
from ..gateway.office import Office
from ..paper import Paper, PrintOrder, print_pages
from ..preview import PreviewPage, PrintJob
from .room import Room

if TYPE_CHECKING:
    from ...documents.batch_prints import Made
    from ..window import Window


@dataclass(frozen=True)
class Source:
    """Where a paper comes from: drawn for a choice of document and masking, noted when it leaves the program."""

    draw: Callable[[Office, str, bool | None], tuple[PrintJob, Made]]
    note: Callable[[Office, Made, str], object]
    """(office, print, printer or file name)"""
    save: Callable[[Office, Path, Made, str], object]
    """(office, file, print shown, ending)"""
    back: str = "返回"
    issue: Callable[[PreviewRoom, str], Issue] | None = None
    """For papers that take a number from the book: what happens before and after the printer."""


class Issue(Protocol):
    """A paper that is issued rather than just printed."""

    def start(self, printer: str, go: Callable[[Any], None]) -> None:
        """Ask what must be asked, draw the final page, and go on with it."""

    def finish(self, issued: Any) -> None:
        """Ask how the paper came out."""


class PreviewRoom(Room):
    """Binds ``PreviewPage`` to a source."""

    def __init__(self, desk: Window, source: Source, *, choice: str = "") -> None:
        super().__init__(desk)
        self.source, self.choice = source, choice
        self.made: Made | None = None
        self.job: PrintJob | None = None
        self.page = PreviewPage(source.back)
        self.page.back_wanted.connect(self._back)
        self.page.masking_changed.connect(lambda masked: self.load(masked))
        self.page.choice_changed.connect(self._choose)
        self.page.save_pdf_wanted.connect(lambda: self.ask_save("pdf"))
        self.page.save_workbook_wanted.connect(lambda: self.ask_save("xlsx"))
        self.page.print_wanted.connect(self.send)

    def open(self) -> None:
        """Lay the preview over the page, masked."""
        self.load(True, first=True)

    def _back(self) -> None:
        self.let_go()
        self.desk.shell.back()

    def let_go(self) -> None:
        """Close the document; the page is not used again."""
        if self.made is not None:
            self.page.let_go()
            self.made = None

    def _choose(self, choice: str) -> None:
        self.choice = choice
        self.load(True)

    def load(self, masked: bool | None, *, first: bool = False) -> None:
        """Draw the paper, masked or whole (audited)."""

        def done(found: tuple[PrintJob, Made]) -> None:
            job, self.made = found
            self.job = job
            if first:
                self.desk.shell.open_page(self.page)
            self.page.show_job(job)

        choice = self.choice
        self.run_latest("paper", lambda office: self.source.draw(office, choice, masked), done)

    def ask_save(self, ending: str) -> None:
        """Ask where, and write the file."""
        if self.made is None:
            return
        proposed = str(self.desk.folder / Path(self.made.name).with_suffix(f".{ending}").name)
        kinds = "PDF (*.pdf)" if ending == "pdf" else "Excel 工作簿 (*.xlsx)"
        name, _ = QFileDialog.getSaveFileName(self.page, "存到哪里", proposed, kinds)
        if name:
            self.save(Path(name), ending)

    def save(self, target: Path, ending: str) -> None:
        """Write the paper to a file that the clerk named, read it back, note it."""
        made = self.made
        if made is None:
            return
        self.run(
            lambda office: self.source.save(office, target, made, ending),
            lambda _none: self.desk.saved(f"已写出 {target.name}，读回核对相同"),
        )

    def send(self, order: PrintOrder) -> None:
        """Send the pages to the printer, then note it."""
        paper, made = self.page.paper, self.made
        if paper is None or made is None:
            return
        if not order.printer:
            sentence = "这台电脑没有装打印机。没有打印，可以先存为 PDF，到别的电脑上打。"
            self.desk.show_error(UserError("no_printer", sentence))
            return
        if self.source.issue is not None and self.job is not None and self.job.issued:
            issue = self.source.issue(self, self.job.choice)
            issue.start(order.printer, lambda issued: self._send_issued(issue, issued, order))
            return
        try:
            sent = print_pages(paper, order)
        except OSError:
            sentence = f"打印机“{order.printer}”没有接受。没有打印，检查电源和连线后再打。"
            self.desk.show_error(UserError("printer", sentence))
            return
        self.run(
            lambda office: self.source.note(office, made, order.printer),
            lambda _none: self.desk.saved(f"已交给打印机 {sent} 页"),
        )

    def _send_issued(self, issue: Issue, issued: Any, order: PrintOrder) -> None:
        """Print the page that was just issued, then ask how it came out."""
        paper = Paper(issued.made.data)
        try:
            print_pages(paper, PrintOrder(order.printer, (), 1))
        except OSError:
            self.desk.say(f"打印机“{order.printer}”没有接受。检查电源和连线。", "error")
        finally:
            paper.close()
        issue.finish(issued)

    def later(self, act: Callable[[], None]) -> None:
        """After what is happening now."""
        QTimer.singleShot(0, self, act)
