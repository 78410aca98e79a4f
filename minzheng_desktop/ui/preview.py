"""打印预览: the PDF drawn in memory, page by page; saved, or sent to a printer, only when asked."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QIntValidator,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QWidget,
)

from . import theme
from .kit.basics import (
    ElideLabel,
    WrapLabel,
    button,
    clear,
    column,
    frame,
    icon_button,
    label,
    row,
    rule,
)
from .kit.cards import notice
from .kit.cells import Chip
from .kit.chip import ChipLabel
from .page import NARROW, Hint, Page, title_bar
from .paper import Paper, PrintOrder

ZOOMS = (("适合页面", 0.0), ("适合宽度", -1.0), ("75%", 0.75), ("100%", 1.0), ("150%", 1.5), ("200%", 2.0))
POINT = 96 / 72
"""Logical pixels of a PDF point at 100 %."""


@dataclass(frozen=True)
class PrintJob:
    """What the preview shows and offers."""

    title: str
    chip: Chip | None
    pdf: bytes
    masked: bool = True
    can_unmask: bool = True
    workbook: bool = True
    notes: tuple[tuple[str, str, str], ...] = ()
    """(tone, sentence, second line)"""
    printed: str = ""
    """已打印 0 次。打印记入台账。"""
    options: tuple[tuple[str, str, bool], ...] = ()
    """(key, words, on)"""
    choices: tuple[tuple[str, str], ...] = ()
    """Papers to choose from, (key, title)."""
    choice: str = ""
    issued: bool = False
    """Printing it takes a number from the book."""


class PreviewPage(Page):
    """Bar (zoom, pages, 存为 PDF, 存为工作簿, 打印) · options 232 · paper on the desk."""

    manual = "preview"

    back_wanted = Signal()
    save_pdf_wanted = Signal()
    save_workbook_wanted = Signal()
    print_wanted = Signal(object)
    masking_changed = Signal(bool)
    option_changed = Signal(str, bool)
    choice_changed = Signal(str)

    def __init__(self, back: str = "返回") -> None:
        super().__init__()
        self.hints = (
            Hint("Esc", "返回"),
            Hint("F9", "打印"),
            Hint("PgUp PgDn", "翻页"),
            Hint("Ctrl+滚轮", "缩放"),
            Hint("Ctrl+E", "存为工作簿"),
        )
        self.keys = {
            "Esc": self.back_wanted.emit,
            "F9": self._print,
            "Ctrl+E": self.save_workbook_wanted.emit,
            "Ctrl+S": self.save_pdf_wanted.emit,
        }
        self._paper: Paper | None = None
        self._page = 0
        self._title, self._chip = ElideLabel("", "title"), ChipLabel()
        self._zoom = QComboBox()
        self._zoom.setFixedWidth(112)
        for words, value in ZOOMS:
            self._zoom.addItem(words, value)
        self._zoom.activated.connect(lambda _at: self._draw())
        self._number = QLineEdit("1")
        self._number.setFixedWidth(44)
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._number.setValidator(QIntValidator(1, 99_999, self))
        self._number.returnPressed.connect(lambda: self.turn_to(int(self._number.text() or 1) - 1))
        self._of = label("", "label")
        self._workbook = button("存为工作簿", icon="sheet", on=self.save_workbook_wanted.emit)
        bar = title_bar(
            back,
            self.back_wanted.emit,
            self._title,
            self._chip,
            None,
            icon_button("zoom-out", "缩小", lambda: self._zoom_by(-1)),
            self._zoom,
            icon_button("zoom-in", "放大", lambda: self._zoom_by(1)),
            rule(upright=True),
            icon_button("chevron-left", "上一页（PgUp）", lambda: self.turn_to(self._page - 1)),
            self._number,
            self._of,
            icon_button("chevron-right", "下一页（PgDn）", lambda: self.turn_to(self._page + 1)),
            rule(upright=True),
            button("存为 PDF", icon="doc", on=self.save_pdf_wanted.emit),
            self._workbook,
            button("打印", "primary", "print", key="F9", on=self._print),
        )
        self._desk = _Desk()
        self._desk.turned.connect(lambda by: self.turn_to(self._page + by))
        self._desk.zoomed.connect(self._zoom_by)
        middle = row(self._make_options(), self._desk, spacing=0)
        middle.setStretch(1, 1)
        whole = column(bar, middle, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def _make_options(self) -> QWidget:
        from PySide6.QtPrintSupport import QPrinterInfo

        self._printer = QComboBox()
        self._printer.setMinimumWidth(60)
        names = QPrinterInfo.availablePrinterNames()
        for name in names:
            self._printer.addItem(name, name)
        if not names:
            self._printer.addItem("没有找到打印机", "")
        self._all, self._this = QRadioButton("全部"), QRadioButton("本页")
        group = QButtonGroup(self)
        group.addButton(self._all)
        group.addButton(self._this)
        self._all.setChecked(True)
        self._copies = QLineEdit("2")
        self._copies.setFixedWidth(64)
        self._copies.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._copies.setValidator(QIntValidator(1, 99, self))
        self._choices = column(spacing=4)
        self._papers = QComboBox()
        self._papers.setMinimumWidth(60)
        self._papers.activated.connect(lambda at: self.choice_changed.emit(self._papers.itemData(at)))
        self._papers_label = label("文书", "label")
        self._masking = QComboBox()
        self._masking.setMinimumWidth(60)
        self._masking.addItem("打码（核对稿）", True)
        self._masking.addItem("全号（记入审计）", False)
        self._masking.activated.connect(lambda _at: self.masking_changed.emit(self._masking.currentData()))
        self._masking_label = label("证号与账号", "label")
        self._notes = column(spacing=8)
        self._printed = WrapLabel("", "hint")
        inside = column(
            label("这次打印", "section"),
            self._papers_label,
            self._papers,
            label("打印机", "label"),
            self._printer,
            label("页码", "label"),
            row(self._all, self._this, None, spacing=16),
            label("份数", "label"),
            row(self._copies, None),
            rule(),
            self._choices,
            self._masking_label,
            self._masking,
            None,
            self._notes,
            self._printed,
            margins=(16, 12, 16, 12),
        )
        made = frame("rail", inside)
        made.setFixedWidth(232)
        self._options = made
        return made

    def show_job(self, job: PrintJob) -> None:
        """Show a document from its first page."""
        if self._paper is not None:
            self._paper.close()
        self._paper = Paper(job.pdf)
        self._title.setText(job.title)
        self._chip.show_chip(job.chip)
        self._of.setText(f"/ {len(self._paper)} 页")
        self._workbook.setVisible(job.workbook)
        self._masking.setCurrentIndex(0 if job.masked else 1)
        self._masking.setVisible(job.can_unmask)
        self._masking_label.setVisible(job.can_unmask)
        self._papers.clear()
        for key, title in job.choices:
            self._papers.addItem(title, key)
        self._papers.setCurrentIndex(max(self._papers.findData(job.choice), 0))
        self._papers.setVisible(bool(job.choices))
        self._papers_label.setVisible(bool(job.choices))
        clear(self._choices)
        if job.options:
            self._choices.addWidget(label("内容", "section"))
        for key, words, on in job.options:
            box = QCheckBox(words)
            box.setChecked(on)
            box.toggled.connect(lambda ticked, of=key: self.option_changed.emit(of, ticked))
            self._choices.addWidget(box)
        clear(self._notes)
        for tone, sentence, second in job.notes:
            self._notes.addWidget(notice(tone, sentence, second))
        self._printed.setText(job.printed)
        self._page = min(self._page, len(self._paper) - 1)
        self._draw()

    def let_go(self) -> None:
        """Close the document."""
        if self._paper is not None:
            self._paper.close()
            self._paper = None

    def turn_to(self, page: int) -> None:
        """Show another page, counted from 0."""
        if self._paper is not None:
            self._page = max(0, min(page, len(self._paper) - 1))
            self._draw()

    def _zoom_by(self, step: int) -> None:
        order = [2, 3, 4, 5]
        at = self._zoom.currentIndex()
        place = order.index(at) if at in order else 0
        self._zoom.setCurrentIndex(order[max(0, min(place + step, 3))])
        self._draw()

    def _draw(self) -> None:
        if self._paper is None:
            return
        self._number.setText(str(self._page + 1))
        width, height = self._paper.size(self._page)
        zoom = float(self._zoom.currentData())
        room = self._desk.viewport().size()
        if zoom == 0:
            zoom = min((room.width() - 32) / (width * POINT), (room.height() - 20) / (height * POINT))
        elif zoom < 0:
            zoom = (room.width() - 44) / (width * POINT)
        zoom = max(zoom, 0.1)
        ratio = self.devicePixelRatioF()
        image = self._paper.draw(self._page, zoom * POINT * ratio)
        image.setDevicePixelRatio(ratio)
        self._desk.show_page(QPixmap.fromImage(image))

    def _print(self) -> None:
        self.print_wanted.emit(
            PrintOrder(
                printer=self._printer.currentData() or "",
                pages=() if self._all.isChecked() else (self._page,),
                copies=int(self._copies.text() or 1),
            )
        )

    @property
    def paper(self) -> Paper | None:
        """The document shown."""
        return self._paper

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._options.setFixedWidth(200 if self.width() < NARROW else 232)
        self._draw()


class _Desk(QScrollArea):
    """The paper on its desk; the wheel turns pages, with Ctrl it zooms."""

    turned = Signal(int)
    zoomed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._sheet = _Sheet()
        self.setWidgetResizable(True)
        self.setWidget(self._sheet)

    def show_page(self, page: QPixmap) -> None:
        self._sheet.show_page(page)

    def wheelEvent(self, event: QWheelEvent) -> None:
        step = 1 if event.angleDelta().y() < 0 else -1
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoomed.emit(-step)
        elif self.verticalScrollBar().maximum() == 0:
            self.turned.emit(step)
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.turned.emit(1 if event.key() == Qt.Key.Key_PageDown else -1)
        else:
            super().keyPressEvent(event)


class _Sheet(QWidget):
    """One page, centred, with a thin border."""

    def __init__(self) -> None:
        super().__init__()
        self._page: QPixmap | None = None

    def show_page(self, page: QPixmap) -> None:
        self._page = page
        size = page.deviceIndependentSize().toSize()
        self.setMinimumSize(QSize(size.width() + 24, size.height() + 18))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("desk"))
        if self._page is None:
            return
        size = self._page.deviceIndependentSize()
        box = QRectF(
            (self.width() - size.width()) // 2,
            (self.height() - size.height()) // 2,
            size.width(),
            size.height(),
        )
        painter.drawPixmap(box.topLeft(), self._page)
        painter.setPen(QPen(theme.colour("ink-3"), 1))
        painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
