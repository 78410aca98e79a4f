"""一户一档: members, what the household has, what it was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit

from ..kit.basics import ElideLabel, button, column, label, row
from ..kit.cards import Card, link
from ..kit.cells import CellValue
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..kit.table import Column, Table
from ..page import Hint, Page, title_bar
from .person import BenefitLine, PaymentLine


@dataclass(frozen=True)
class MemberLine:
    """One member of a household."""

    name: str
    relation: str
    sex: str
    birth: str
    number: CellValue
    benefits: str
    person: str


@dataclass(frozen=True)
class HouseholdView:
    """一户一档."""

    id: str
    title: str
    line: str
    members: tuple[MemberLine, ...]
    benefits: tuple[BenefitLine, ...]
    payments: tuple[PaymentLine, ...]
    payments_hint: str


class HouseholdPage(Page):
    """一户一档: members, what the household has, what it was paid."""

    manual = "people"

    back_wanted = Signal()
    person_wanted = Signal(str)
    record_wanted = Signal(str, str)
    member_wanted = Signal()
    move_wanted = Signal()

    def __init__(self, *, movable: bool = False) -> None:
        super().__init__()
        self.hints = (Hint("Esc", "返回"), Hint("Enter", "打开成员"), Hint("Ctrl+K", "查找人员"))
        self.keys = {"Esc": self.back_wanted.emit}
        self._title, self._line = label("", "title"), ElideLabel("", "hint")
        self._move = button("迁往别的乡镇", icon="out", on=self.move_wanted.emit)
        if not movable:
            self._move.hide()
        bar = title_bar("返回", self.back_wanted.emit, self._title, self._line, None, self._move)
        members = Card("成员", "", [link("加成员", "plus", self.member_wanted.emit)])
        self._members = Table(
            (
                Column("name", "姓名", 120, bold=True),
                Column("relation", "关系", 90),
                Column("sex", "性别", 46),
                Column("birth", "出生", 96),
                Column("number", "证号", 152),
                Column("benefits", "现在的待遇", 0),
            )
        )
        self._members.set_empty("这一户没有成员。")
        self._members.opened.connect(lambda item: self.person_wanted.emit(item.person))
        members.add(self._members, 1)
        benefits = Card("这一户的待遇")
        self._benefits = Table(
            (
                Column("title", "待遇", 0, bold=True),
                Column("state", "状态", 104),
                Column("amount", "月金额", 96, "right"),
                Column("span", "起止", 132),
            )
        )
        self._benefits.set_empty("没有待遇。")
        self._benefits.opened.connect(lambda item: self.record_wanted.emit(item.form, item.record))
        benefits.add(self._benefits, 1)
        self._payments_card = Card("发放")
        self._payments = Table(
            (
                Column("month", "所属月", 76),
                Column("title", "待遇", 0),
                Column("amount", "金额（元）", 96, "right"),
                Column("account", "账户", 92),
                Column("result", "结果", 112),
            )
        )
        self._payments.set_empty("还没有发放过。")
        self._payments_card.add(self._payments, 1)
        under = row(benefits, self._payments_card, spacing=16)
        whole = column(bar, column(members, under, margins=(16, 12, 16, 12)), spacing=0)
        self.setLayout(whole)

    def show_household(self, data: HouseholdView) -> None:
        """Replace everything on the page."""
        self._title.setText(data.title)
        self._line.setText(data.line)
        self._members.show_rows(data.members)
        self._benefits.show_rows(data.benefits)
        self._payments.show_rows(data.payments)
        self._payments_card.hint.setText(data.payments_hint)


class MoveDialog(ConfirmDialog):
    """Where a household moves, when and why."""

    def __init__(
        self,
        title: str,
        line: str,
        towns: Sequence[tuple[str, str]],
        drawn: Sequence[tuple[str, str, bool]],
        day: str,
    ) -> None:
        super().__init__(
            title=f"{title}迁往别的乡镇？",
            icon="out",
            sentence=f"{line}从现在起这一户在本机只能看，随下一个上报包报县局；县局确认后归迁入乡镇，不同意的可以再改。",
            verb="报迁移",
            quiet="不迁",
            verb_icon="check",
        )
        self._town, self._day, self._reason, self._document = (
            QComboBox(), QLineEdit(day), QLineEdit(), QLineEdit(),
        )  # fmt: skip
        for code, name in towns:
            self._town.addItem(name, code)
        self._reason.setPlaceholderText("搬迁、投靠子女…")
        self._document.setPlaceholderText("户口迁移证、申请书等，可以不写")
        self.body.addWidget(Field("迁入乡镇", self._town, required=True))
        self.body.addWidget(Field("迁移日期", self._day, required=True))
        self.body.addWidget(Field("原因", self._reason, required=True))
        self.body.addWidget(Field("凭据", self._document))
        self._goes_on: dict[str, QCheckBox] = {}
        for record, words, may_end in drawn:
            box = QCheckBox(f"{words}在迁入乡镇接着发")
            box.setChecked(True)
            box.setEnabled(may_end)
            box.setToolTip("" if may_end else "要停发的，先到那一件里办停发")
            self._goes_on[record] = box
            self.body.addWidget(box)
        self.require(
            lambda: "" if self._reason.text().strip() and self._day.text().strip() else "写上迁移日期和原因。"
        )

    @property
    def stops(self) -> tuple[str, ...]:
        """The records that end here."""
        return tuple(record for record, box in self._goes_on.items() if not box.isChecked())

    @property
    def given(self) -> dict[str, str]:
        """What was chosen and typed."""
        return {
            "to": self._town.currentData() or "",
            "moved_on": self._day.text().strip(),
            "reason": self._reason.text().strip(),
            "document_no": self._document.text().strip(),
        }
