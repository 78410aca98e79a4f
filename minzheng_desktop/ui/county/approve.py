"""审批: a plain list of what waits for the county's decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit

from ..kit.basics import ElideLabel, WrapLabel, button, column, frame, label, row
from ..kit.cards import FilterPills
from ..kit.cells import CellValue, Check, Chip, Mask
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..kit.table import Column, Table
from ..page import Hint, Page


@dataclass(frozen=True)
class WaitingRow:
    """One record that waits for a decision, or that was decided."""

    id: str
    town: str
    form: str
    business: str
    name: str
    sex: str
    birth_year: str
    village: str
    number: Mask
    amount: str
    at: str
    state: Chip
    group: str = "waiting"
    """waiting, decided or aside (set aside by the township)"""
    more: str = ""
    """Said below the table when the line is chosen."""


class ApprovePage(Page):
    """Choose one or several, then 确认, 退回 or 不予确认, with a number and a text."""

    manual = "county"

    decided = Signal(object, str, str, str)
    record_wanted = Signal(object)
    refresh_wanted = Signal()

    WORDS = (
        ("confirm", "确认", "", "check"),
        ("return", "退回", "danger", "return"),
        ("deny", "不予确认", "danger", "error"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.hints = (
            Hint("空格", "选中"),
            Hint("F8", "确认"),
            Hint("Enter", "看明细"),
            Hint("Ctrl+K", "查找人员"),
        )
        self.keys = {"F8": lambda: self._ask("confirm"), "F5": self.refresh_wanted.emit}
        self._rows: Sequence[WaitingRow] = ()
        self._ticked: set[str] = set()
        self._hint = ElideLabel("", "hint")
        self._pills = FilterPills()
        self._pills.key = "waiting"
        self._pills.chosen.connect(lambda _key: self._filter())
        self._form = QComboBox()
        self._form.setFixedWidth(160)
        self._form.addItem("全部业务", "")
        self._form.activated.connect(lambda _at: self._filter())
        head = row(label("审批", "title"), self._hint, None, self._form, margins=(16, 8, 16, 0))
        self.table = Table(
            (
                Column("tick", "", 30),
                Column("town", "乡镇", 92),
                Column("business", "业务", 108),
                Column("name", "姓名", 0, bold=True),
                Column("sex", "性别", 46),
                Column("birth_year", "出生年", 60),
                Column("village", "村", 84),
                Column("number", "编号", 190),
                Column("amount", "月金额", 88, "right"),
                Column("at", "报来", 108),
                Column("state", "状态", 170),
            )
        )
        self.table.set_empty("没有等县局决定的件。")
        self.table.ticked.connect(lambda item, _key, on: self._tick(item, on))
        self.table.opened.connect(self.record_wanted)
        self._more = WrapLabel("", "hint")
        self._more.setContentsMargins(16, 4, 16, 4)
        self.table.chosen.connect(lambda item: self._more.setText(item.more if item is not None else ""))
        self._count = label("", "hint")
        foot = row(self._count, None, margins=(16, 0, 16, 0))
        self._buttons = []
        for key, words, role, icon in self.WORDS:
            made = button(
                words,
                role or "primary",
                icon,
                key="F8" if key == "confirm" else "",
                on=partial(self._ask, key),
            )
            self._buttons.append(made)
        for made in reversed(self._buttons):
            foot.addWidget(made)
        bar = frame("footbar", foot)
        bar.setFixedHeight(48)
        whole = column(head, row(self._pills, margins=(16, 0, 16, 0)), self.table, self._more, bar)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def show_waiting(self, rows: Sequence[WaitingRow]) -> None:
        """Every record that waits or was decided and waits for the township."""
        self._rows = rows
        self._ticked &= {one.id for one in rows}
        waiting = sum(1 for one in rows if one.group == "waiting")
        self._pills.show_pills(
            (
                ("waiting", "待决定", waiting),
                ("decided", "已决定·待乡镇回执", sum(1 for one in rows if one.group == "decided")),
                ("aside", "乡镇搁置", sum(1 for one in rows if one.group == "aside")),
                ("", "全部", len(rows)),
            )
        )
        kept = self._form.currentData()
        self._form.clear()
        self._form.addItem("全部业务", "")
        for business in sorted({one.business for one in rows}):
            self._form.addItem(business, business)
        self._form.setCurrentIndex(max(self._form.findData(kept), 0))
        self._filter()

    def _filter(self) -> None:
        key, form = self._pills.key, self._form.currentData()
        shown = [
            one for one in self._rows if (not key or one.group == key) and (not form or one.business == form)
        ]
        self.table.show_rows([_Line(one, one.id in self._ticked) for one in shown])
        self._more.setText("")
        self._count.setText(f"{len(shown)} 件，选中 {len(self._ticked)} 件")
        for made in self._buttons:
            made.setEnabled(bool(self._ticked))

    def _tick(self, item: _Line, on: bool) -> None:
        if item.group != "waiting":
            return
        record = str(item.id)
        if on:
            self._ticked.add(record)
        else:
            self._ticked.discard(record)
        at = self.table.currentIndex()
        self._filter()
        self.table.setCurrentIndex(at)

    def _ask(self, kind: str) -> None:
        if not self._ticked:
            return
        words = {key: title for key, title, _role, _icon in self.WORDS}[kind]
        dialog = DecisionDialog(kind, words, len(self._ticked))
        dialog.agreed.connect(
            lambda: self.decided.emit(sorted(self._ticked), kind, dialog.text, dialog.number)
        )
        dialog.open_over(self.window().centralWidget())  # type: ignore[attr-defined]


class _Line:
    """A row with its tick."""

    def __init__(self, one: WaitingRow, ticked: bool) -> None:
        self._one = one
        self.tick: CellValue = Check(ticked) if one.group == "waiting" else ""

    def __getattr__(self, name: str) -> object:
        return getattr(self._one, name)


class DecisionDialog(ConfirmDialog):
    """The number and the text of a decision."""

    def __init__(self, kind: str, words: str, count: int) -> None:
        super().__init__(
            title=f"{words} {count} 件？",
            icon="flag",
            sentence="决定写进县库，随回执带给乡镇。乡镇读了回执，记录的状态才变。",
            verb=words,
            quiet="再看看",
            danger=kind != "confirm",
            verb_icon="check",
        )
        self._kind = kind
        self._number, self._text = QLineEdit(), QLineEdit()
        self._number.setPlaceholderText("如：城民发〔2026〕12 号")
        self.body.addWidget(Field("文号", self._number, required=kind == "confirm"))
        self.body.addWidget(Field("意见", self._text, required=kind != "confirm"))
        self.require(self._missing)

    def _missing(self) -> str:
        if self._kind == "confirm" and not self.number:
            return "写上批准的文号。"
        if self._kind != "confirm" and not self.text:
            return "写明退回或不予确认的理由，乡镇会看到。"
        return ""

    @property
    def number(self) -> str:
        """Document number."""
        return self._number.text().strip()

    @property
    def text(self) -> str:
        """What the township will read."""
        return self._text.text().strip()
