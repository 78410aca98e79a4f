"""冲突: one line a field — what it was, what it is here, what the other laptop wrote — and which of them counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent

from .kit.basics import WrapLabel, button, clear, column, frame, label, row
from .kit.cards import FilterPills, FootProgress, notice
from .kit.cells import Cell, CellValue, Chip
from .kit.table import Column, Table
from .page import NARROW, Hint, Page, title_bar

MINE, OTHER, NEWER = "mine", "other", "newer"


@dataclass(frozen=True)
class FieldLine:
    """One field of a row in conflict. `newer` is the side that is newer; `about` says who, when, by which package."""

    conflict: str
    path: str
    town: str
    whose: str
    kind: str
    field: str
    base: str
    mine: str
    other: str
    newer: str
    about: str
    ruled: bool = False
    first: bool = True
    target: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class ConflictDesk:
    """Everything on the page. Pills are kinds of rows: (key, words, count)."""

    lines: tuple[FieldLine, ...]
    pills: tuple[tuple[str, str, int | None], ...]
    notices: tuple[tuple[str, str, str], ...] = ()
    doubts: int = 0
    """Months locked twice and steps that cross, which stand on a page of their own."""
    county: bool = False


_SIDES = {
    int(Qt.Key.Key_1): MINE,
    int(Qt.Key.Key_2): OTHER,
    int(Qt.Key.Key_3): NEWER,
    int(Qt.Key.Key_0): "",
}


class ConflictTable(Table):
    """1, 2 and 3 choose a side for the current line and go on to the next one, 0 takes the choice back."""

    said = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        side = _SIDES.get(event.key())
        if side is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        self.said.emit(side)
        event.accept()


class ConflictsPage(Page):
    """The fields to decide, the two sides in words, bulk answers, and F8 to write."""

    manual = "second_laptop"

    back_wanted = Signal()
    kind_chosen = Signal(str)
    record_wanted = Signal(str, str)
    doubts_wanted = Signal()
    history_wanted = Signal(str)
    answered = Signal(object)
    """{conflict: {path: side}} of every row of which each field was decided"""

    BULK = ((MINE, "都取现在的"), (OTHER, "都取另一份"), (NEWER, "都取较新的"))

    def __init__(self) -> None:
        super().__init__()
        self.hints = (
            Hint("1", "取现在的"),
            Hint("2", "取另一份"),
            Hint("3", "取较新的"),
            Hint("F8", "定下来"),
            Hint("F4", "历史"),
            Hint("Enter", "打开"),
        )
        self._lines: Sequence[FieldLine] = ()
        self._choices: dict[tuple[str, str], str] = {}
        self._hint = label("", "hint")
        self._doubts = button("重复封账、步骤交叉", "flat", "warn", on=self.doubts_wanted.emit)
        self._write = button("定下来", "primary", "check", key="F8", on=self.write)
        self.keys = {
            "Esc": self.back_wanted.emit,
            "F8": self.write,
            "F5": lambda: self.arrived(),
            "F4": self._history,
        }
        bar = title_bar(
            *("返回", self.back_wanted.emit, label("两台电脑改得不同", "title"), self._hint, None),
            *(self._doubts, self._write),
        )
        self._pills = FilterPills()
        self._pills.chosen.connect(self.kind_chosen)
        bulk = [
            button(words, "flat", on=lambda _=False, s=side: self.choose_all(s)) for side, words in self.BULK
        ]
        self._bulk = bulk
        self._notices = column(spacing=8)
        self._about = WrapLabel("", "hint")
        self._about.setContentsMargins(16, 6, 16, 6)
        self._county = False
        self.table = ConflictTable(
            (
                Column("town", "乡镇", 76),
                Column("whose", "是谁的", 232, bold=True),
                Column("kind", "内容", 76),
                Column("field", "栏目", 148),
                Column("base", "原来", 150),
                Column("mine", "现在的", 0),
                Column("other", "另一份", 0),
                Column("choice", "取哪份", 104),
            )
        )
        self.table.set_empty("没有等人决定的。两台电脑改的是不同栏目的，已经自动合在一起。")
        self.table.said.connect(self.choose)
        self.table.chosen.connect(lambda line: self._about.setText(line.about))
        self.table.opened.connect(self._open)
        self._count = label("", "hint")
        foot = frame("footbar", row(self._count, None, *bulk, margins=(16, 0, 16, 0)))
        foot.setFixedHeight(48)
        self.progress = FootProgress()
        inner = column(self._notices, self._pills, margins=(16, 8, 16, 4))
        whole = column(bar, inner, self.table, self._about, foot, self.progress, spacing=0)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def show_desk(self, desk: ConflictDesk) -> None:
        """Replace everything; choices that were made and not written stay."""
        self._lines = desk.lines
        here = {(line.conflict, line.path) for line in desk.lines if not line.ruled}
        self._choices = {key: side for key, side in self._choices.items() if key in here}
        self._hint.setText("定了随下一份回执或下发包裁定下去" if desk.county else "定了随下一个包上报")
        self._doubts.setText(f"重复封账、步骤交叉（{desk.doubts}）")
        self._doubts.setVisible(bool(desk.doubts))
        self._pills.setVisible(len(desk.pills) > 2)
        self._pills.show_pills(desk.pills)
        clear(self._notices)
        for tone, sentence, second in desk.notices:
            self._notices.addWidget(notice(tone, sentence, second))
        self._county = desk.county
        self.table.hide_columns(self._hidden(desk.county))
        self._show(0)

    def choose(self, side: str) -> None:
        """Decide the current line and go on."""
        line = self.table.current
        if line is None or line.line.ruled:
            return
        self._set(line.line, side)
        self._show(self.table.currentIndex().row() + (1 if side else 0))

    def choose_all(self, side: str) -> None:
        """The same side for every field that is shown."""
        for line in self._lines:
            if not line.ruled:
                self._set(line, side)
        self._show(self.table.currentIndex().row())

    def write(self) -> None:
        """Hand over every row of which each field was decided."""
        said: dict[str, dict[str, str]] = {}
        for line in self._lines:
            said.setdefault(line.conflict, {})[line.path] = self._choices.get((line.conflict, line.path), "")
        whole = {conflict: sides for conflict, sides in said.items() if all(sides.values())}
        if whole:
            self.answered.emit(whole)

    @property
    def choices(self) -> Mapping[tuple[str, str], str]:
        """What was chosen and not yet written: (row, path) → side."""
        return self._choices

    def _set(self, line: FieldLine, side: str) -> None:
        key = (line.conflict, line.path)
        if side:
            self._choices[key] = side
        else:
            self._choices.pop(key, None)

    def _show(self, at: int) -> None:
        lines = [_Shown(line, self._choices.get((line.conflict, line.path), "")) for line in self._lines]
        self.table.show_rows(lines)
        if lines:
            self.table.selectRow(max(0, min(at, len(lines) - 1)))
        else:
            self._about.setText("")
        rows = {line.conflict for line in self._lines}
        open_rows = {line.conflict for line in self._lines if (line.conflict, line.path) not in self._choices}
        decided = len(rows) - len(open_rows)
        self._count.setText(f"{len(rows)} 条、{len(self._lines)} 栏，已选好 {decided} 条" if rows else "")
        self._write.setText(f"定下来 {decided} 条  F8" if decided else "定下来  F8")
        self._write.setEnabled(bool(decided))
        for made in self._bulk:
            made.setVisible(any(not line.ruled for line in self._lines))

    def _history(self) -> None:
        line = self.table.current
        if line is not None:
            self.history_wanted.emit(line.line.conflict)

    def _open(self, line: _Shown) -> None:
        if line.line.target[1]:
            self.record_wanted.emit(*line.line.target)

    def _hidden(self, county: bool) -> frozenset[str]:
        hidden = set() if county else {"town"}
        if self.width() < NARROW:
            hidden.add("kind")
        return frozenset(hidden)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.table.hide_columns(self._hidden(self._county))


class _Shown:
    """A line with its choice: the side that counts stands out, the other one steps back."""

    def __init__(self, line: FieldLine, side: str) -> None:
        self.line = line
        self.about = line.about
        taken = line.newer if side == NEWER else side
        self.town = line.town if line.first else ""
        self.whose = line.whose if line.first else ""
        self.kind = line.kind if line.first else ""
        self.field = line.field
        self.base: CellValue = Cell(line.base, "ink-3")
        self.mine: CellValue = self._value(line.mine, MINE, taken)
        self.other: CellValue = self._value(line.other, OTHER, taken)
        self.choice: CellValue = (
            Chip("县局已裁定", "info", "flag")
            if line.ruled
            else Chip("取现在的", "ok", "ok")
            if taken == MINE
            else Chip("取另一份", "ok", "in")
            if taken == OTHER
            else Chip("没有定", "warn", "warn")
        )

    @staticmethod
    def _value(text: str, side: str, taken: str) -> CellValue:
        if not taken:
            return Cell(text)
        return Cell(text, "ok", bold=True) if taken == side else Cell(text, "ink-3")
