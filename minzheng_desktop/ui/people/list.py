"""人口与家庭: the register, filtered and paged; Enter opens 一人一档."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit

from .. import theme
from ..kit.basics import button, column, frame, label, row
from ..kit.cells import Chip, Mask
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..kit.table import Column, LazyRows, Table
from ..page import Hint, Page


@dataclass(frozen=True)
class PeopleRow:
    """One person of the register."""

    id: str
    name: str
    sex: str
    birth_year: str
    village: str
    number: Mask
    phone: Mask
    state: Chip


class PeoplePage(Page):
    """Search, village, state; a virtual table of everybody."""

    manual = "people"

    filter_changed = Signal()
    person_wanted = Signal(str)
    new_wanted = Signal()
    moves_wanted = Signal()
    pairs_wanted = Signal()

    def __init__(self, *, county: bool = False) -> None:
        super().__init__()
        self.hints = (
            Hint("F2", "登记新人员"),
            Hint("Enter", "一人一档"),
            Hint("Ctrl+K", "查找人员"),
            Hint("F5", "刷新"),
        )
        self.keys = {"F2": self.new_wanted.emit, "F5": self.filter_changed.emit}
        self._search = QLineEdit()
        self._search.setPlaceholderText("姓名、拼音、证号前后几位、电话")
        self._search.addAction(theme.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._search.setFixedWidth(280)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(60)
        self._pause.timeout.connect(self.filter_changed)
        self._search.textEdited.connect(lambda _text: self._pause.start())
        self._search.returnPressed.connect(self._to_table)
        self._village, self._alive = QComboBox(), QComboBox()
        for key, words in (("", "全部状态"), ("1", "健在"), ("2", "死亡")):
            self._alive.addItem(words, key)
        for box, width in ((self._village, 150), (self._alive, 120)):
            box.setFixedWidth(width)
            box.activated.connect(lambda _at: self.filter_changed.emit())
        more = [button("整户迁移" if county else "迁移与同一人", icon="out", on=self.moves_wanted.emit)]
        if county:
            more.insert(0, button("疑似同一人", icon="people", key="F9", on=self.pairs_wanted.emit))
            self.keys["F9"] = self.pairs_wanted.emit
        bar = row(
            self._search, self._village, self._alive, None, *more,
            button("登记新人员", icon="plus", key="F2", on=self.new_wanted.emit), margins=(16, 8, 16, 8),
        )  # fmt: skip
        self.table = Table(
            (
                Column("name", "姓名", 0, bold=True, sortable=True),
                Column("sex", "性别", 60),
                Column("birth_year", "出生年", 80, sortable=True),
                Column("village", "村", 140, sortable=True),
                Column("number", "证号", 190),
                Column("phone", "电话", 140),
                Column("state", "状态", 120),
            )
        )
        self.table.set_empty("还没有登记人员。按 F2 登记，或到业务页导入花名册。")
        self.table.opened.connect(lambda item: self.person_wanted.emit(item.id))
        self.table.sort_wanted.connect(lambda _key, _down: self.filter_changed.emit())
        self._count = label("", "hint")
        foot = frame("footbar", row(self._count, None, margins=(16, 0, 16, 0)))
        foot.setFixedHeight(36)
        self.setLayout(column(frame("sheet", column(bar, self.table, foot, spacing=0)), spacing=0))

    def show_villages(self, villages: Sequence[tuple[str, str]]) -> None:
        """Villages to choose from."""
        self._village.clear()
        self._village.addItem("全部村", "")
        for code, name in villages:
            self._village.addItem(name, code)

    def show_people(self, rows: LazyRows | Sequence[PeopleRow], count: int, *, filtered: bool) -> None:
        """The rows that match."""
        self.table.show_rows(rows)
        if filtered:
            self.table.set_empty("没有符合条件的人。")
        self._count.setText(f"{count:,} 人")

    @property
    def wanted(self) -> dict[str, object]:
        """What is filtered and sorted now, as keyword arguments."""
        sort = self.table.rows_model.sorted_by or ("", False)
        return {
            "text": self._search.text().strip(),
            "village": self._village.currentData() or "",
            "alive": self._alive.currentData() or "",
            "sort": sort[0],
            "down": sort[1],
        }

    def _to_table(self) -> None:
        self.filter_changed.emit()
        self.table.setFocus()
        self.table.selectRow(0)


class DeathDialog(ConfirmDialog):
    """When somebody died and how it is known."""

    def __init__(self, name: str, line: str) -> None:
        super().__init__(
            title=f"登记 {name} 死亡？",
            icon="dash",
            sentence=f"{name}（{line}）登记为死亡。在享的待遇不会自动停发，请到各业务里办停发，多发的会算出来。",
            verb="登记死亡",
            danger=True,
            verb_icon="check",
        )
        self._day, self._source = QLineEdit(), QComboBox()
        self._day.setPlaceholderText("年-月-日")
        for words in ("死亡证明", "火化证明", "户籍注销", "村（社区）报告", "数据比对"):
            self._source.addItem(words, words)
        self.body.addWidget(Field("死亡日期", self._day, required=True))
        self.body.addWidget(Field("依据", self._source, required=True))
        self.require(lambda: "" if self._day.text().strip() else "写上死亡日期。")

    @property
    def day(self) -> str:
        """As typed."""
        return self._day.text().strip()

    @property
    def source(self) -> str:
        """How it is known."""
        return self._source.currentText()


class NewPersonDialog(ConfirmDialog):
    """Four boxes for a person who is not in the register yet."""

    def __init__(self, villages: Sequence[tuple[str, str]]) -> None:
        super().__init__(
            title="登记新人员？", icon="person", sentence="证号会校验，出生和性别从证号里取。", verb="登记此人",
            quiet="不登记", verb_icon="plus",
        )  # fmt: skip
        self._name, self._number, self._phone, self._village = (
            QLineEdit(),
            QLineEdit(),
            QLineEdit(),
            QComboBox(),
        )
        for code, words in villages:
            self._village.addItem(words, code)
        self.body.addWidget(Field("姓名", self._name, required=True))
        self.body.addWidget(Field("证号", self._number, required=True))
        self.body.addWidget(Field("村", self._village, required=True))
        self.body.addWidget(Field("电话", self._phone))
        self.require(
            lambda: "" if self._name.text().strip() and self._number.text().strip() else "写上姓名和证号。"
        )

    @property
    def given(self) -> dict[str, str]:
        """What was typed."""
        return {
            "name": self._name.text().strip(),
            "id_number": self._number.text().strip(),
            "village": self._village.currentData() or "",
            "phone": self._phone.text().strip(),
        }
