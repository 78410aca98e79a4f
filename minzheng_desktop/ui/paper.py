"""A PDF in memory, drawn page by page, and sent to a printer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter


class Paper:
    """A PDF in memory. Rendered page by page with pypdfium2; nothing is written to disk."""

    def __init__(self, pdf: bytes) -> None:
        import pypdfium2

        self.bytes = pdf
        self._document = pypdfium2.PdfDocument(pdf)

    def __len__(self) -> int:
        return len(self._document)

    def size(self, page: int) -> tuple[float, float]:
        """Width and height of a page in points."""
        return self._document[page].get_size()

    def draw(self, page: int, scale: float) -> QImage:
        """A page at ``scale`` device pixels per point."""
        bitmap = self._document[page].render(scale=scale, rev_byteorder=True)
        image = QImage(bitmap.buffer, bitmap.width, bitmap.height, bitmap.stride, _format(bitmap.n_channels))
        return image.copy()

    def close(self) -> None:
        """Let the document go."""
        self._document.close()


def _format(channels: int) -> QImage.Format:
    return {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888}.get(
        channels, QImage.Format.Format_RGBX8888
    )


@dataclass(frozen=True)
class PrintOrder:
    """What the clerk asked to print; no pages means all."""

    printer: str
    pages: tuple[int, ...]
    copies: int


def print_pages(paper: Paper, order: PrintOrder) -> int:
    """Send pages to a printer of the system at 300 dpi; returns how many pages. Raises OSError when it refuses."""
    from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

    info = QPrinterInfo.printerInfo(order.printer)
    printer = QPrinter(info, QPrinter.PrinterMode.HighResolution)
    printer.setResolution(300)
    printer.setCopyCount(order.copies)
    pages: Sequence[int] = order.pages or range(len(paper))
    first = paper.size(pages[0])

    portrait = first[0] <= first[1]
    printer.setPageOrientation(
        QPageLayout.Orientation.Portrait if portrait else QPageLayout.Orientation.Landscape
    )
    size = QSizeF(min(first), max(first))
    printer.setPageSize(QPageSize(size, QPageSize.Unit.Point))
    printer.setFullPage(True)
    painter = QPainter()
    if not painter.begin(printer):
        raise OSError(order.printer)
    try:
        for at, page in enumerate(pages):
            if at:
                printer.newPage()
            painter.drawImage(painter.viewport(), paper.draw(page, 300 / 72))
    finally:
        painter.end()
    return len(pages) * order.copies
