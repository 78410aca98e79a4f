"""First start: township or county, which one and which villages, the first user, then the recovery key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QRadioButton,
    QStackedWidget,
    QWidget,
)

from .kit.basics import (
    WrapLabel,
    body,
    button,
    clear,
    column,
    frame,
    icon_button,
    icon_label,
    label,
    row,
    rule,
    scroll,
)
from .kit.cards import notice
from .kit.fields import Field
from .kit.flow import FlowLayout
from .kit.strips import StepLine, StepMark
from .page import Hint, Page
from .paper import Paper, PrintOrder, print_pages

STEPS = ("用在哪里", "乡镇和村", "第一个用户", "恢复密钥")
LEAST_PASSWORD = 8


@dataclass(frozen=True)
class Towns:
    """Divisions to choose from: the county and its towns, each (code, name)."""

    county: tuple[str, str]
    towns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class NewSite:
    """What the clerk answered."""

    role: str
    division: str
    villages: tuple[str, ...]
    user: str
    password: str
    path: str
    demonstration: bool = False


class FirstStartPage(Page):
    """Four steps in one card; nothing is written before the third is confirmed."""

    manual = "start"

    villages_wanted = Signal(str)
    create_wanted = Signal(object)
    finished = Signal()
    back_wanted = Signal()

    def __init__(self, towns: Towns, path: str) -> None:
        super().__init__()
        self.hints = (Hint("Enter", "下一步"), Hint("Esc", "上一步"))
        self.keys = {"Esc": self._back}
        self._towns = towns
        self._steps = StepLine()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._use())
        self._pages.addWidget(self._places())
        self._pages.addWidget(self._person(path))
        self._pages.addWidget(self._key())
        self._problem = WrapLabel("", "hint", "error")
        self._problem.hide()
        self._back_button = button("上一步", on=self._back)
        self._next = button("下一步", "primary", on=self._forward)
        whole = column(
            row(icon_label("brand", "accent", 28), label("新建民政台账", "title"), None, spacing=14),
            self._steps,
            rule(),
            self._pages,
            self._problem,
            row(self._back_button, None, self._next),
            spacing=10,
            margins=(32, 20, 32, 20),
        )
        whole.setStretch(3, 1)
        card = frame("card", whole)
        card.setFixedSize(680, 492)
        self.setLayout(column(None, row(None, card, None), None))
        self._sheet = b""
        self._go(0)

    def _use(self) -> QWidget:
        self._town, self._county = QRadioButton("乡镇（街道）民政办公室"), QRadioButton("县民政局")
        group = QButtonGroup(self)
        group.addButton(self._town)
        group.addButton(self._county)
        self._town.setChecked(True)
        self._demo = QCheckBox("这是练习用的示范台账（可以演示锁定，打印带水印）")
        return body(
            column(
                label("这台电脑用在哪里？", "section"),
                self._town,
                WrapLabel("　　登记各户各人，按月发放，打印花名册，把数据包报县局。", "hint"),
                self._county,
                WrapLabel("　　接收各乡镇的数据包，审批，汇总，写回执。", "hint"),
                8,
                self._demo,
                None,
                spacing=8,
            )
        )

    def _places(self) -> QWidget:
        self._division = QComboBox()
        self._division.activated.connect(lambda _at: self._town_chosen())
        self._all = QCheckBox("全部村（社区）")
        self._all.setChecked(True)
        self._all.toggled.connect(self._tick_all)
        self._village_flow = FlowLayout(spacing=12)
        self._village_boxes: dict[str, QCheckBox] = {}
        holder = body(self._village_flow)
        self._village_part = body(
            column(label("管哪些村（社区）", "label"), self._all, scroll(holder), spacing=6)
        )
        return body(column(Field("单位", self._division), self._village_part, spacing=10))

    def _person(self, path: str) -> QWidget:
        self.user, self.password, self.again = QLineEdit(), QLineEdit(), QLineEdit()
        for edit in (self.password, self.again):
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        self._path = QLineEdit(path)
        place = row(self._path, icon_button("doc", "换一个位置", self._browse))
        place.setStretch(0, 1)
        self._fields = {
            "user": Field("姓名", self.user, required=True),
            "password": Field(
                "密码", self.password, required=True, hint=f"至少 {LEAST_PASSWORD} 位，可以用一句话的拼音"
            ),
            "again": Field("再写一次", self.again, required=True),
        }
        self.user.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self.again.setFocus)
        self.again.returnPressed.connect(self._forward)
        return body(
            column(
                label("第一个用户：以后可以在“设置”里再加", "section"),
                *self._fields.values(),
                Field("台账文件", body(place)),
                notice("info", "台账用密码加密。密码和恢复密钥都丢了，谁也打不开，县局登记过的除外。"),
                None,
                spacing=10,
            )
        )

    def _key(self) -> QWidget:
        self._key_text = QLineEdit()
        self._key_text.setReadOnly(True)
        self._key_text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._kept = QCheckBox("恢复密钥已经打印或抄下，交给分管领导封存")
        self._kept.toggled.connect(lambda on: self._next.setEnabled(on))
        return body(
            column(
                label("恢复密钥", "section"),
                WrapLabel("忘记密码时用它打开台账。它只显示这一次，程序里不留底。"),
                self._key_text,
                row(
                    button("打印恢复密钥", icon="print", on=self._print_key),
                    button("复制", icon="copy", on=self._copy),
                    None,
                ),
                notice("warn", "不要拍照，不要发到微信群。打印后封进信封，写上日期。"),
                self._kept,
                None,
                spacing=12,
            )
        )

    # -- villages ---------------------------------------------------------------------

    def show_villages(self, villages: Sequence[tuple[str, str]]) -> None:
        """The villages of the chosen town, all ticked."""
        clear(self._village_flow)
        self._village_boxes = {}
        for code, name in villages:
            box = QCheckBox(name)
            box.setChecked(True)
            box.setFixedHeight(26)
            self._village_boxes[code] = box
            self._village_flow.addWidget(box)

    def _tick_all(self, on: bool) -> None:
        for box in self._village_boxes.values():
            box.setChecked(on)

    def _town_chosen(self) -> None:
        if self._town.isChecked():
            self.villages_wanted.emit(self._division.currentData())

    # -- steps -------------------------------------------------------------------------

    def _go(self, at: int) -> None:
        self._pages.setCurrentIndex(at)
        self._steps.show_steps(
            [
                StepMark(title, "done" if place < at else "now" if place == at else "later")
                for place, title in enumerate(STEPS)
            ]
        )
        self._problem.hide()
        self._back_button.setVisible(at in (1, 2))
        self._next.setText(("下一步", "下一步", "建立台账", "开始使用")[at])
        self._next.setEnabled(at != 3)
        if at == 1:
            self._fill_divisions()
        if at == 2:
            self.user.setFocus()

    def _fill_divisions(self) -> None:
        town = self._town.isChecked()
        choices = self._towns.towns if town else (self._towns.county,)
        kept = self._division.currentData()
        self._division.clear()
        for code, name in choices:
            self._division.addItem(name, code)
        self._division.setCurrentIndex(max(self._division.findData(kept), 0))
        self._village_part.setVisible(town)
        self._division.setFocus()
        self._town_chosen()

    def _back(self) -> None:
        at = self._pages.currentIndex()
        if at in (1, 2):
            self._go(at - 1)
        elif at == 0:
            self.back_wanted.emit()

    def _forward(self) -> None:
        at = self._pages.currentIndex()
        if at < 2:
            self._go(at + 1)
        elif at == 3:
            self.finished.emit()
        elif self._answered():
            self._next.setEnabled(False)
            self.create_wanted.emit(self.answer())

    def _answered(self) -> bool:
        wrong = {
            "user": "" if self.user.text().strip() else "写上使用人的姓名。",
            "password": ""
            if len(self.password.text()) >= LEAST_PASSWORD
            else f"密码至少 {LEAST_PASSWORD} 位。",
            "again": "" if self.password.text() == self.again.text() else "两次写的密码不一样。",
        }
        for key, sentence in wrong.items():
            self._fields[key].show_problem("error" if sentence else "", sentence)
        first = next((key for key, sentence in wrong.items() if sentence), "")
        if first:
            self._fields[first].editor.setFocus()
        return not first

    def answer(self) -> NewSite:
        """What was answered so far."""
        chosen = tuple(code for code, box in self._village_boxes.items() if box.isChecked())
        town = self._town.isChecked()
        return NewSite(
            role="township" if town else "county",
            division=self._division.currentData() or "",
            villages=() if not town or len(chosen) == len(self._village_boxes) else chosen,
            user=self.user.text().strip(),
            password=self.password.text(),
            path=self._path.text().strip(),
            demonstration=self._demo.isChecked(),
        )

    def refuse(self, sentence: str) -> None:
        """It could not be made: nothing was written, the answers stay."""
        self._problem.setText(sentence)
        self._problem.show()
        self._next.setEnabled(True)

    def show_key(self, key: str, sheet: bytes) -> None:
        """The database stands; show its recovery key once. ``sheet``: the page to print, as a PDF."""
        self._sheet = sheet
        self._key_text.setText(key)
        self._go(3)
        self._kept.setFocus()

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "台账文件放在哪里", self._path.text(), "民政台账 (*.db)")
        if name:
            self._path.setText(name)

    def _copy(self) -> None:
        self._key_text.selectAll()
        self._key_text.copy()

    def _print_key(self) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter()
        if self._sheet and QPrintDialog(printer, self).exec():
            paper = Paper(self._sheet)
            try:
                print_pages(paper, PrintOrder(printer.printerName(), (), 1))
            except OSError:
                self.refuse(f"打印机“{printer.printerName()}”没有接受。检查电源和连线后再打，或抄在纸上。")
            finally:
                paper.close()

    def take_focus(self) -> None:
        self._town.setFocus()
