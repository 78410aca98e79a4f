"""导入预览: what a roster would write, row by row, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from .kit.basics import ElideLabel, button, column, frame, icon_label, label, row
from .kit.cards import Card, FilterPills, FootProgress, link
from .kit.cells import CellValue, Chip, Link, Mark, Mask
from .kit.chip import ChipLabel
from .kit.delegate import RowStyle
from .kit.table import Column, Table
from .mapping import Mapping, MappingView
from .page import NARROW, Hint, Page, title_bar, when

RESULTS = {
    "new": (Chip("新增", "ok", "plus"), "ok-bg"),
    "updated": (Chip("更新", "info", "history"), "info-bg"),
    "unchanged": (Chip("未变", "neutral", "dot"), ""),
    "rejected": (Chip("拒绝", "error", "error"), "error-bg"),
    "warning": (Chip("看一眼", "warn", "warn"), "warn-bg"),
    "skipped": (Chip("跳过", "neutral", "dash"), ""),
}
"""Result of a row: its chip and the ground of the row."""


@dataclass(frozen=True)
class RosterRow:
    """One row of the workbook and what would become of it."""

    row: str
    result: str
    name: str
    sex: str
    birth_year: str
    village: str
    number: Mask
    quantity: str
    amount: CellValue
    note: CellValue
    look: bool = False
    sheet: str = ""

    @property
    def chip(self) -> Chip:
        """The result as a chip."""
        return RESULTS["warning" if self.look and self.result != "rejected" else self.result][0]


@dataclass(frozen=True)
class RosterProblem:
    """One problem and what to do about it."""

    row: str
    column: str
    problem: Mark
    remedy: str
    link: CellValue = ""
    sheet: str = ""


@dataclass(frozen=True)
class RosterPlan:
    """Everything on the page."""

    source: str
    counts: tuple[tuple[str, int], ...]
    """(result, count) for new, updated, unchanged, rejected, skipped."""
    mapping: Mapping
    rows: Sequence[RosterRow]
    problems: tuple[RosterProblem, ...]
    problems_hint: str
    hidden_note: str = ""
    commit_words: str = ""
    commit_count: int = 0
    undo_words: str = ""
    """撤销上一批（06-02，203 行）, '' when there is none."""
    done: str = ""
    """Said in place of the foot once it is written."""
    refused: str = ""
    """Why nothing could be read; the columns are looked at then."""


_CARDS = (
    ("new", "新增", "台账里没有", "plus", "ok"),
    ("updated", "更新", "有字段不同", "history", "info"),
    ("unchanged", "未变", "跟台账一样", "dot", "ink-2"),
    ("rejected", "拒绝", "须改原表重导", "error", "error"),
    ("skipped", "跳过", "合计行、空行", "dash", "ink-2"),
)


_READING = (
    Hint("↑↓", "逐行看"),
    Hint("F4", "列对应"),
    Hint("F7", "下一个问题"),
    Hint("Ctrl+Enter", "提交"),
    Hint("Esc", "取消"),
)
_MAPPING = (
    Hint("Enter", "改这一列"),
    Hint("Delete", "不导入"),
    Hint("Tab", "选表头"),
    Hint("Ctrl+Enter", "提交"),
    Hint("F4", "看完了"),
)


class RosterPage(Page):
    """Five counts, column mapping, tinted rows, problems, and one button that writes."""

    manual = "roster"

    back_wanted = Signal()
    commit_wanted = Signal()
    undo_wanted = Signal()
    errors_wanted = Signal()
    template_wanted = Signal()
    remedy_chosen = Signal(object)
    hints_changed = Signal()

    def __init__(self, initials: Callable[[str], str]) -> None:
        super().__init__()
        self.hints = _READING
        self.keys = {
            "Esc": self._escape,
            "F4": self.toggle_mapping,
            "F7": self.next_problem,
            "Ctrl+E": self.errors_wanted.emit,
            "F6": self.template_wanted.emit,
        }
        self._source = ElideLabel("", "hint")
        self._state = ChipLabel(Chip("还没有写入台账", "info", "clock"))
        self._columns_button = button("列对应", icon="columns", key="F4", on=self.toggle_mapping)
        self._template_button = button("空表…", icon="sheet", on=self.template_wanted.emit)
        self._template_button.setToolTip("存一份空表：列名、下拉和填表说明都在里面，填好再拿来导入")
        bar = title_bar(
            "换一个文件", self.back_wanted.emit, label("导入预览", "title"), self._source, None,
            self._template_button, self._columns_button, self._state,
        )  # fmt: skip
        self._cards: dict[str, _Count] = {}
        cards = row(spacing=8)
        for key, title, line, icon, tone in _CARDS:
            self._cards[key] = _Count(title, line, icon, tone)
            cards.addWidget(self._cards[key], 1)
        self.mapping = MappingView(initials)
        self.mapping.closed.connect(self.toggle_mapping)
        self.mapping.hide()
        self._rows_card = self._make_rows()
        middle = row(self._make_mapping(), self._rows_card, self.mapping, spacing=12)
        middle.setStretch(1, 1)
        middle.setStretch(2, 1)
        problems = self._make_problems()
        self._middle = column(cards, middle, problems, margins=(16, 8, 16, 8))
        self._middle.setStretch(1, 5)
        self._middle.setStretch(2, 3)
        self.progress = FootProgress()
        whole = column(bar, self._middle, self.progress, self._make_foot(), spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._rows: Sequence[RosterRow] = ()
        self.keys["Ctrl+Return"] = when(self._commit, self.commit_wanted.emit)

    def _make_mapping(self) -> QWidget:
        self._mapping_card = Card("列对应", "", [link("改", on=self.toggle_mapping)], head=38)
        self._mapping = Table(
            (
                Column("column", "表里的列", 98),
                Column("arrow", "", 38, tone="ink-2"),
                Column("field", "台账字段", 0),
                Column("how", "怎么认", 58, tone="ink-2"),
            ),
            row_height=28,
            head_height=28,
        )
        self._mapping_card.add(self._mapping, 1)
        self._mapping_card.setFixedWidth(360)
        return self._mapping_card

    def _make_rows(self) -> QWidget:
        card = Card()
        self._pills = FilterPills()
        self._pills.chosen.connect(lambda _key: self._filter())
        self._hidden = label("", "hint", "warn")
        pills = row(self._pills, self._hidden, margins=(12, 8, 12, 6))
        self.table = Table(
            (
                Column("row", "行", 40, "right", tone="ink-2"),
                Column("chip", "结果", 84),
                Column("name", "姓名", 76, bold=True),
                Column("sex", "性别", 46),
                Column("birth_year", "出生年", 56),
                Column("village", "村", 76),
                Column("number", "证号", 146),
                Column("quantity", "人数", 56, "right"),
                Column("amount", "金额", 80, "right"),
                Column("note", "说明", 0),
            ),
            pad=8,
            row_height=28,
            head_height=28,
            frames_focus=True,
            marks_selection=False,
        )
        self.table.rows_model.style_of = _row_style
        self.table.set_empty("没有这样的行。")
        card.inside.addLayout(pills)
        card.add(self.table, 1)
        return card

    def _make_problems(self) -> QWidget:
        self._problems_card = Card(
            "问题", "", [link("导出问题清单（Excel，可改后再导）", "sheet", self.errors_wanted.emit)], head=38
        )
        self._problems = Table(
            (
                Column("row", "行", 36, "right", tone="ink-2"),
                Column("column", "列", 96),
                Column("problem", "问题", 0),
                Column("remedy", "怎么办", 0),
                Column("link", "", 96),
            ),
            pad=8,
            row_height=28,
            head_height=28,
        )
        self._problems.set_empty("没有问题。")
        self._problems.opened.connect(self._locate)
        self._problems.link_followed.connect(lambda item, _key: self._follow(item))
        self._problems_card.add(self._problems, 1)
        self._problems_card.setMinimumHeight(120)
        return self._problems_card

    def _make_foot(self) -> QFrame:
        self._words = ElideLabel("", "hint")
        self._words_icon = icon_label("info", "info", 16)
        self._cancel = button("取消", key="Esc", on=self.back_wanted.emit)
        self._undo = button("撤销上一批", icon="undo", on=self.undo_wanted.emit)
        self._commit = button("提交", "primary", "check", key="Ctrl+Enter", on=self.commit_wanted.emit)
        line = row(
            self._words_icon, self._words, self._cancel, self._undo, self._commit, margins=(16, 0, 16, 0)
        )
        line.setStretch(1, 1)
        made = frame("footbar", line)
        made.setFixedHeight(48)
        return made

    def show_plan(self, plan: RosterPlan) -> None:
        """Replace everything on the page."""
        self._source.setText(plan.source)
        counts = dict(plan.counts)
        for key, card in self._cards.items():
            card.show_count(counts.get(key, 0))
        read = [sheet for sheet in plan.mapping.sheets if not sheet.missing] or plan.mapping.sheets
        self._mapping.show_rows(read[0].columns if read else ())
        self._mapping_card.hint.setText(plan.mapping.hint)
        self.mapping.show_mapping(plan.mapping, plan.refused, tone="error" if plan.refused else "")
        if plan.refused and not self.mapping.isVisible():
            self.toggle_mapping()
        if plan.done and self.mapping.isVisible():
            self.toggle_mapping()
        self._columns_button.setVisible(not plan.done)
        self._rows = plan.rows
        looks = sum(1 for one in plan.rows if one.look)
        self._pills.show_pills(
            (
                ("", "全部", len(plan.rows)),
                ("new", "新增", counts.get("new", 0)),
                ("updated", "更新", counts.get("updated", 0)),
                ("rejected", "拒绝", counts.get("rejected", 0)),
                ("look", "要看一眼", looks),
            )
        )
        self._filter()
        self._hidden.setText(plan.hidden_note)
        self._problems.show_rows(plan.problems)
        self._problems_card.hint.setText(plan.problems_hint)
        self._words.setText(plan.done or plan.commit_words)
        self._undo.setVisible(bool(plan.undo_words))
        self._undo.setText(plan.undo_words)
        self._commit.setText(f"提交 {plan.commit_count:,} 行  Ctrl+Enter")
        self._commit.setEnabled(plan.commit_count > 0 and not plan.done)
        self._commit.setVisible(not plan.done)
        self._cancel.setText("返回  Esc" if plan.done else "取消  Esc")
        chip = Chip("已写入台账", "ok", "ok") if plan.done else Chip("还没有写入台账", "info", "clock")
        self._state.show_chip(chip)

    def toggle_mapping(self) -> None:
        """The columns in place of the rows, and back; counts and problems stay in sight."""
        shown = self.mapping.isHidden() and self._columns_button.isVisibleTo(self)
        self.mapping.setVisible(shown)
        self._rows_card.setVisible(not shown)
        self._fit()
        self.hints = _MAPPING if shown else _READING
        self.hints_changed.emit()
        if shown:
            self.mapping.take_focus()
        else:
            self.table.setFocus()

    def _escape(self) -> None:
        if self.mapping.isVisible():
            self.toggle_mapping()
        else:
            self.back_wanted.emit()

    def _filter(self) -> None:
        key = self._pills.key
        if not key:
            self.table.show_rows(self._rows)
        elif key == "look":
            self.table.show_rows([one for one in self._rows if one.look])
        else:
            self.table.show_rows([one for one in self._rows if one.result == key])

    def next_problem(self) -> None:
        """Go to the next problem and its row."""
        self._problems.step(1)
        if (item := self._problems.current) is not None:
            self._locate(item)

    def _locate(self, item: RosterProblem) -> None:
        if self._pills.key:
            self._pills.choose("")
        for at, one in enumerate(self._rows):
            if one.row == item.row and one.sheet == item.sheet:
                self.table.setCurrentIndex(self.table.model().index(at, 0))
                return

    def _follow(self, item: RosterProblem) -> None:
        if isinstance(item.link, Link) and item.link.text == "定位到行":
            self._locate(item)
        else:
            self.remedy_chosen.emit(item)

    def take_focus(self) -> None:
        if self.mapping.isVisibleTo(self):
            self.mapping.take_focus()
            return
        self.table.setFocus()
        if not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.table.model().index(0, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        narrow = self.width() < NARROW
        self._mapping_card.setVisible(not narrow and self.mapping.isHidden())
        self.table.hide_columns(frozenset({"sex"}) if narrow else frozenset())


def _row_style(one: RosterRow) -> RowStyle:
    if one.look and one.result != "rejected":
        return RowStyle(tint="warn-bg")
    return RowStyle(tint=RESULTS[one.result][1])


class _Count(QFrame):
    """Icon, word, short line and the count at the right."""

    def __init__(self, title: str, line: str, icon: str, tone: str) -> None:
        super().__init__()
        self.setObjectName("card")
        shade = tone if tone in ("ok", "info", "error") else ""
        self._count = label("0", "number", shade)
        words = column(label(title, "strong"), ElideLabel(line, "hint"), spacing=0)
        inside = row(icon_label(icon, tone, 18), words, self._count, spacing=12, margins=(16, 8, 16, 8))
        inside.setStretch(1, 1)
        self.setLayout(inside)
        self.setFixedHeight(64)

    def show_count(self, count: int) -> None:
        self._count.setText(f"{count:,}")
