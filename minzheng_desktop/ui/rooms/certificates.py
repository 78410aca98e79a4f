"""发证登记, and the printing of a certificate page: number, printer's offset, and whether the paper is good."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox

from ...documents import certificates
from ...documents.certificate import Offset
from ..gateway import certificates as gateway
from ..gateway import prints
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..kit.table import Column
from ..listing import Line, ListPage
from ..preview import PrintJob
from .preview import PreviewRoom, Source
from .room import Room

if TYPE_CHECKING:
    from ..gateway.office import Office
    from ..window import Window

FARTHEST = 20.0
"""Millimetres that a print may be moved."""


def printers() -> list[str]:
    """The printers of this computer."""
    from PySide6.QtPrintSupport import QPrinterInfo

    return list(QPrinterInfo.availablePrinterNames())


class CertificatesRoom(Room):
    """Binds a ``ListPage`` to the register of one form's certificate."""

    COLUMNS = (
        Column("number", "证号", 170, bold=True), Column("name", "姓名", 100), Column("copy", "打印", 72),
        Column("state", "状态", 130), Column("at", "时间", 130), Column("by", "谁", 90),
        Column("reason", "原因", 0), Column("void", "", 84),
    )  # fmt: skip

    def __init__(self, desk: Window, form: str) -> None:
        super().__init__(desk)
        self.form = form
        self.page = ListPage(
            self.COLUMNS, back="返回列表", empty="还没有打印过。打开一件，按 F9 选内页打印。",
            actions=(
                ("test", "测试页", "print", ""), ("offset", "打印偏移…", "gear", ""),
                ("block", "登记号段…", "plus", "F2"),
            ),
        )  # fmt: skip
        self.page.manual = "certificates"
        self.page.back_wanted.connect(desk.shell.back)
        self.page.acted.connect(self._act)
        self.page.opened.connect(
            lambda line: desk.open_record(line.target[0], form) if line.target[0] else None
        )
        self.page.arrived = self.refresh

    def open(self) -> None:
        """Lay the register over the page."""
        self.desk.shell.open_page(self.page)

    def refresh(self) -> None:
        """The register as it is now."""
        self.run_latest("register", lambda office: gateway.view(office, self.form), self.page.show_listing)

    def _act(self, action: str, lines: list[Line]) -> None:
        if action == "void":
            self.ask_void(lines[0])
        else:
            {"test": self.show_test, "offset": self.ask_offset, "block": self.ask_block}[action]()

    def _done(self, words: str) -> Callable[[object], None]:
        def done(_result: object) -> None:
            self.desk.saved(words)
            self.refresh()

        return done

    def ask_block(self) -> None:
        """The numbers that the county has given out."""
        dialog = ConfirmDialog(
            title="登记号段？", icon="card", verb="登记", quiet="不登记", verb_icon="check",
            sentence="照县里发的号段填。号码是“前缀”加几位流水；例如 DB2026 加 6 位：DB2026000001。",
        )  # fmt: skip
        prefix, width, first, last = QLineEdit(), QSpinBox(), QSpinBox(), QSpinBox()
        width.setRange(1, 12)
        width.setValue(6)
        for box in (first, last):
            box.setRange(1, 99_999_999)
        for words, edit in (("前缀", prefix), ("流水几位", width), ("起号", first), ("止号", last)):
            dialog.body.addWidget(Field(words, edit))
        dialog.agreed.connect(
            lambda: self.add_block(prefix.text().strip(), width.value(), first.value(), last.value())
        )
        dialog.open_over(self.desk.layer_parent())

    def add_block(self, prefix: str, width: int, first: int, last: int) -> None:
        """Take a block into the book."""

        def job(office: Office) -> None:
            document, _title = gateway.first_certificate(office, self.form)
            certificates.add_block(
                office.store, self.form, document, prefix=prefix, width=width, first=first, last=last
            )

        self.run(job, self._done(f"已登记号段 {prefix}{first:0{width}d}—{last:0{width}d}"))

    def ask_void(self, line: Line) -> None:
        """Why a number is struck."""
        _record, number = line.target
        dialog = ConfirmDialog(
            title=f"作废证号 {number}？", icon="card", danger=True, verb="作废", quiet="不作废", verb_icon="check",
            sentence="这个号以后不再使用，原因留在登记里；记录里的证号会去掉，再打印时取新号。",
        )  # fmt: skip
        reason = QLineEdit()
        dialog.body.addWidget(Field("原因", reason, required=True))
        dialog.require(lambda: "" if reason.text().strip() else "写明原因。")
        dialog.agreed.connect(lambda: self.void(number, reason.text().strip()))
        dialog.open_over(self.desk.layer_parent())

    def void(self, number: str, reason: str) -> None:
        """Strike a number for good."""

        def job(office: Office) -> None:
            document, _title = gateway.first_certificate(office, self.form)
            certificates.void_number(office.store, self.form, document, number, reason=reason)

        self.run(job, self._done(f"证号 {number} 已作废"))

    def ask_offset(self) -> None:
        """What a printer must be moved by, measured on the test sheet."""
        dialog = ConfirmDialog(
            title="打印偏移？", icon="gear", verb="记下", quiet="不改", verb_icon="check",
            sentence="先打一张测试页，量黑十字到纸上角标的距离：偏左、偏上，偏移填正数（毫米）。每台打印机记一份。",
        )  # fmt: skip
        box = QComboBox()
        box.addItems(printers() or ["（没有装打印机）"])
        boxes = []
        for words in ("向右", "向下"):
            spin = QDoubleSpinBox()
            spin.setRange(-FARTHEST, FARTHEST)
            spin.setSingleStep(0.5)
            spin.setDecimals(1)
            spin.setSuffix(" mm")
            boxes.append((words, spin))
        dialog.body.addWidget(Field("打印机", box))
        for words, spin in boxes:
            dialog.body.addWidget(Field(words, spin))

        def show(_at: int = 0) -> None:
            name = box.currentText()
            self.run_latest(
                "offset", lambda office: gateway.offset(office, name),
                lambda now: (boxes[0][1].setValue(now.dx), boxes[1][1].setValue(now.dy)),
            )  # fmt: skip

        box.activated.connect(show)
        show()
        dialog.agreed.connect(
            lambda: self.set_offset(box.currentText(), boxes[0][1].value(), boxes[1][1].value())
        )
        dialog.open_over(self.desk.layer_parent())

    def set_offset(self, printer: str, dx: float, dy: float) -> None:
        """Keep a printer's offset."""
        self.run(
            lambda office: certificates.set_offset(office.store, printer, Offset(dx, dy)),
            self._done(f"{printer}：向右 {dx:g} 毫米，向下 {dy:g} 毫米"),
        )

    def show_test(self) -> None:
        """The test sheet in the preview, with the offset of the first printer."""
        form = self.form
        printer = next(iter(printers()), "")

        def draw(office: Office, _choice: str, _masked: bool | None) -> tuple[PrintJob, Any]:
            made = gateway.test_page(office, form, printer)
            job = PrintJob(
                title="套打测试页", chip=None, pdf=made.data, can_unmask=False, workbook=False,
                printed="打在一张废内页上，量偏差，再填“打印偏移”。",
            )  # fmt: skip
            return job, made

        source = Source(
            draw=draw,
            note=lambda office, made, name: prints.note_printed(office, made, form, name),
            save=lambda office, target, made, _ending: prints.save_made(office, target, made, form),
            back="返回登记",
        )
        PreviewRoom(self.desk, source).open()


class CertificatePrint:
    """Printing one record's page from the preview: reprints give a reason, and the paper is asked after."""

    def __init__(self, room: PreviewRoom, record: str, document: str) -> None:
        self.room, self.record, self.document = room, record, document

    def start(self, printer: str, go: Callable[[Any], None]) -> None:
        """Ask for a reason where it is a reprint, take the number, and hand the finished page on."""
        room = self.room

        def asked(times: int) -> None:
            if not times:
                self._issue(printer, "", go)
                return
            dialog = ConfirmDialog(
                title="再打一张？", icon="card", verb="打印", quiet="不打", verb_icon="print",
                sentence=f"这份证已经打过 {times} 张。写明为什么再打，会留在发证登记里。",
            )  # fmt: skip
            reason = QLineEdit()
            dialog.body.addWidget(Field("原因", reason, required=True))
            dialog.require(lambda: "" if reason.text().strip() else "写明原因。")
            dialog.agreed.connect(lambda: self._issue(printer, reason.text().strip(), go))
            dialog.open_over(room.desk.layer_parent())

        room.run(lambda office: gateway.printed_before(office, self.record, self.document), asked)

    def _issue(self, printer: str, reason: str, go: Callable[[Any], None]) -> None:
        room, record, document = self.room, self.record, self.document
        room.run(lambda office: gateway.issue(office, record, document, printer, reason), go)

    def finish(self, issued: certificates.Issued) -> None:
        """Whether the paper is good; a spoilt sheet says why."""
        room = self.room
        dialog = ConfirmDialog(
            title="这张印好了吗？", icon="card", verb="印好了", quiet="这张废了", verb_icon="check",
            sentence=f"证号 {issued.number}。印好了才算发证；废了写原因，同一个号可以再打。",
        )  # fmt: skip
        reason = QLineEdit()
        reason.setPlaceholderText("废了的话写原因：卡纸、印偏……")
        dialog.body.addWidget(Field("废纸原因", reason))
        said: list[bool] = []

        def good() -> None:
            said.append(True)
            room.run(
                lambda office: certificates.confirm_print(office.store, issued.entry),
                lambda _none: room.desk.saved(f"证号 {issued.number} 已印好"),
            )

        def closed() -> None:
            if said:
                return
            words = reason.text().strip() or "打印没有成功"
            room.run(
                lambda office: certificates.spoil_print(office.store, issued.entry, reason=words),
                lambda _none: room.desk.say(f"证号 {issued.number} 这张作废，可以再打。", "warn"),
            )

        dialog.agreed.connect(good)
        dialog.open_over(room.desk.layer_parent()).closed.connect(lambda: room.later(closed))
