"""一户一档: members, what the household has, what it was paid."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal

from ..kit.basics import ElideLabel, column, label, row
from ..kit.cards import Card, link
from ..kit.cells import CellValue
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

    def __init__(self) -> None:
        super().__init__()
        self.hints = (Hint("Esc", "返回"), Hint("Enter", "打开成员"), Hint("Ctrl+K", "查找人员"))
        self.keys = {"Esc": self.back_wanted.emit}
        self._title, self._line = label("", "title"), ElideLabel("", "hint")
        bar = title_bar("返回", self.back_wanted.emit, self._title, self._line, None)
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
