"""成批录入: the grid, what is wrong with the cell one stands on, all that is wrong, and one button that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QMenu

from ...values.money import format_money_grouped
from ..kit.basics import ElideLabel, button, column, frame, icon_label, label, row, set_icon, set_tone
from ..kit.cards import Card, FootProgress
from ..kit.cells import Chip, Mark
from ..kit.chip import ChipLabel
from ..kit.table import Column, Table
from ..page import Hint, Page, title_bar, when
from .grid import EntryGridView
from .sheet import ERROR, WAITING, WRONG, CellProblem, EntrySheet

_TYPING = (
    Hint("Enter", "下一格"),
    Hint("Ctrl+V", "贴 WPS 的表"),
    Hint("Ctrl+D", "往下填"),
    Hint("F7", "下一处问题"),
    Hint("Ctrl+S", "核对保存"),
)
_PLANNED = (Hint("Ctrl+Enter", "写入"), Hint("Esc", "回去改"))


@dataclass(frozen=True)
class ProblemLine:
    """One line of the list under the grid."""

    at: int
    path: str
    row: str
    who: str
    column: str
    problem: Mark


class EntriesPage(Page):
    """Emits what the clerk wants; is told what came of it."""

    manual = "entries"

    back_wanted = Signal()
    save_wanted = Signal()
    commit_wanted = Signal()
    changed = Signal()
    """Rows were changed: judge them, keep them."""
    block_wanted = Signal(object)
    give_up_wanted = Signal()
    hints_changed = Signal()
    cell_judged: Callable[[str, str], CellProblem | None]
    """Judges a text while it is typed; set by the room."""

    def __init__(self, title: str, initials: Callable[[str], str]) -> None:
        super().__init__()
        self.hints = _TYPING
        self.title = title
        self.cell_judged = lambda _path, _text: None
        self.planned = False
        self._amount_title = ""
        self._shown: list[str] = []
        self.grid = EntryGridView(initials)
        self.grid.edited.connect(self._edited)
        self.grid.typing.connect(self._typing)
        self.grid.moved.connect(self._say_cell)
        self.grid.block_wanted.connect(self.block_wanted)
        self._kept = ElideLabel("", "hint")
        self._give_up = button("不要草稿", "link", on=self.give_up_wanted.emit)
        self._state = ChipLabel(Chip("还没有写入台账", "info", "clock"))
        self._choose = button("选列", icon="columns", key="F4", on=self._choose_columns)
        bar = title_bar(
            "返回列表", self.back_wanted.emit, label(f"成批录入 · {title}", "title"), self._kept, self._give_up, None,
            self._choose, self._state,
        )  # fmt: skip
        card = Card()
        card.add(self.grid, 1)
        card.add(self._make_message())
        body = column(card, self._make_problems(), margins=(16, 8, 16, 8))
        body.setStretch(0, 1)
        self.progress = FootProgress()
        whole = column(bar, body, self.progress, self._make_foot(), spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._give_up.hide()
        self.keys = {
            "F2": self.grid.edit_current,
            "F4": self._choose_columns,
            "F7": self.next_problem,
            "Ctrl+S": when(self._save, self._save_pressed),
            "Ctrl+Return": self._enter_pressed,
            "Esc": self._escape,
        }

    def _make_message(self) -> QFrame:
        self._message_icon = icon_label("info", "info", 16)
        self._message = ElideLabel("")
        line = row(self._message_icon, self._message, margins=(12, 0, 12, 0))
        line.setStretch(1, 1)
        made = frame("moneybar", line)
        made.setFixedHeight(36)
        return made

    def _make_problems(self) -> Card:
        self._problems_card = Card("问题", "", head=34)
        self.problems = Table(
            (
                Column("row", "行", 36, "right", tone="ink-2"),
                Column("who", "姓名", 92, bold=True),
                Column("column", "列", 132),
                Column("problem", "问题", 0),
            ),
            pad=8,
            row_height=26,
            head_height=26,
        )
        self.problems.set_empty("没有问题。")
        self.problems.opened.connect(lambda item: self.grid.go_to(item.at, item.path))
        self._problems_card.add(self.problems, 1)
        self._problems_card.setFixedHeight(166)
        return self._problems_card

    def _make_foot(self) -> QFrame:
        self._words = ElideLabel("", "hint")
        self._words_icon = icon_label("info", "info", 16)
        self._clear = button("收起已保存的", on=self._drop_saved)
        self._remove = button("删掉选中的行", key="Ctrl+-", on=self.grid.remove_rows)
        self._back = button("回去改", key="Esc", on=self.unplan)
        self._save = button("保存", "primary", "check", key="Ctrl+S", on=self._save_pressed)
        self._commit = button("写入", "primary", "check", key="Ctrl+Enter", on=self.commit_wanted.emit)
        line = row(
            self._words_icon, self._words, self._clear, self._remove, self._back, self._save, self._commit,
            margins=(16, 0, 16, 0),
        )  # fmt: skip
        line.setStretch(1, 1)
        made = frame("footbar", line)
        made.setFixedHeight(48)
        return made

    # -- what to show ----------------------------------------------------------------------

    @property
    def sheet(self) -> EntrySheet:
        """The rows."""
        return self.grid.sheet

    @property
    def shown(self) -> tuple[str, ...]:
        """The paths of the columns in sight."""
        return tuple(self._shown)

    def show_sheet(self, sheet: EntrySheet, shown: Iterable[str], amount_title: str, kept: str = "") -> None:
        """Replace everything; ``kept`` says that a draft is gone on with."""
        self._amount_title = amount_title
        self._shown = list(shown)
        self.grid.show_sheet(sheet, self._shown, amount_title)
        self._kept.setText(kept)
        self._give_up.setVisible(bool(kept))
        self.unplan()
        self.show_verdicts(())

    def show_verdicts(self, rows: Iterable[int]) -> None:
        """Rows were judged: paint them, count anew."""
        self.grid.refresh(rows)
        self._list_problems()
        self._count()

    def show_column(self, paths: Iterable[str]) -> None:
        """Bring further columns into sight."""
        more = [path for path in paths if path not in self._shown]
        if more:
            self._shown = [c.path for c in self.sheet.columns if c.path in {*self._shown, *more}]
            self.grid.show_columns(self._shown, self._amount_title)

    def show_plan(self, words: str, count: int) -> None:
        """What would be written; nothing is yet."""
        self.planned = True
        self._words.setText(words)
        self._commit.setText(f"写入 {count:,} 行  Ctrl+Enter")
        self._fit_foot()

    def note(self, words: str, tone: str = "") -> None:
        """What just happened to many rows stands beside the title until the next time."""
        self._kept.setText(words)
        set_tone(self._kept, tone)
        self._give_up.hide()

    def unplan(self) -> None:
        """Back to typing."""
        self.planned = False
        self._fit_foot()
        self._count()

    def say(self, sentence: str, tone: str = "") -> None:
        """One sentence in the strip under the grid."""
        icon = {"error": "error", "warn": "warn", "ok": "ok"}.get(tone, "info")
        set_icon(self._message_icon, icon, tone or "info", 16)
        self._message.setText(sentence)
        set_tone(self._message, tone)

    def _fit_foot(self) -> None:
        saved = any(line.saved for line in self.sheet.lines)
        self._clear.setVisible(saved and not self.planned)
        self._remove.setVisible(not self.planned)
        self._back.setVisible(self.planned)
        self._save.setVisible(not self.planned)
        self._commit.setVisible(self.planned)
        self.hints = _PLANNED if self.planned else _TYPING
        self.hints_changed.emit()

    def _count(self) -> None:
        if self.planned:
            return
        filled = self.sheet.filled()
        states = [self.sheet.state(at, self.grid.repeats) for at in filled]
        wrong, waiting = states.count(WRONG), states.count(WAITING)
        good = len(filled) - wrong - waiting
        cents = sum(
            line.verdict.amount or 0
            for at, state in zip(filled, states, strict=True)
            if state not in (WRONG, WAITING) and (line := self.sheet.lines[at]).verdict is not None
        )
        parts = (
            [f"填了 {len(filled):,} 行：{good:,} 行可以保存"]
            if filled
            else ["从第一格打起，或者贴上 WPS 的表。"]
        )
        parts += [f"{wrong:,} 行要改"] if wrong else []
        parts += [f"{waiting:,} 行正在核对"] if waiting else []
        words = "，".join(parts)
        if self._amount_title and cents:
            words += f"。{self._amount_title}合计 {format_money_grouped(cents)} 元"
        self._words.setText(words)
        self._save.setText(f"保存 {good:,} 行  Ctrl+S")
        self._save.setEnabled(good > 0 or waiting > 0)
        saved = sum(1 for line in self.sheet.lines if line.saved)
        self._clear.setVisible(saved > 0)
        if saved and not filled:
            self._state.show_chip(Chip("都写入台账了", "ok", "ok"))
        else:
            self._state.show_chip(Chip("还没有写入台账", "info", "clock"))

    def _list_problems(self) -> None:
        labels = {column.path: column.label for column in self.sheet.columns}
        found: list[ProblemLine] = []
        rows = range(len(self.sheet.lines))
        for at in rows:
            line = self.sheet.lines[at]
            for problem in self.sheet.problems(at, self.grid.repeats):
                tone = "error" if problem.level == ERROR else "warn"
                found.append(
                    ProblemLine(
                        at,
                        self.grid.place_of(problem),
                        str(at + 1),
                        line.verdict.name if line.verdict else "",
                        labels.get(problem.path, "整行"),
                        Mark(problem.message, tone, tone),
                    )
                )
        found.sort(key=lambda one: (one.problem.tone != "error", one.at))
        errors = sum(1 for one in found if one.problem.tone == "error")
        self.problems.show_rows(found)
        self._problems_card.hint.setText(
            f"{errors:,} 处要改，{len(found) - errors:,} 处要看一眼" if found else ""
        )

    # -- the current cell ---------------------------------------------------------------------

    def _say_cell(self) -> None:
        """What is wrong with the cell, else what the row came to, else what belongs here."""
        at, path = self.grid.row, self.grid.path
        if not 0 <= at < len(self.sheet.lines):
            self.say("")
            return
        line = self.sheet.lines[at]
        verdict = line.verdict
        problem = self.grid.problem_at(at, path) if path else None
        name = f"第 {at + 1} 行 {verdict.name if verdict else ''}".rstrip()
        label_of = next((c.label for c in self.sheet.columns if c.path == path), "")
        if line.saved:
            words = "；".join(p.message for p in verdict.problems) if verdict else ""
            self.say(f"{name}已经保存。{words}", "warn" if words else "ok")
        elif problem is not None:
            self.say(f"{name} · {label_of}：{problem.message}", "error" if problem.level == ERROR else "warn")
        elif verdict is not None:
            known = "台账里已有此人" if verdict.known else "保存时登记此人"
            notes = "；".join((known, *verdict.notes))
            self.say(f"{name}：{notes}" if verdict.key else name, "")
        else:
            hint = next((c.hint for c in self.sheet.columns if c.path == path), "")
            self.say(" · ".join(part for part in (name, label_of, hint) if part))

    def _typing(self, path: str, text: str) -> None:
        problem = None if self.grid.offers(path, text) else self.cell_judged(path, text)
        label_of = next((c.label for c in self.sheet.columns if c.path == path), "")
        if problem is None:
            self.say(f"第 {self.grid.row + 1} 行 · {label_of}")
        else:
            self.say(
                f"第 {self.grid.row + 1} 行 · {label_of}：{problem.message}",
                "error" if problem.level == ERROR else "warn",
            )

    # -- what the clerk does --------------------------------------------------------------------

    def _edited(self, _rows: Any) -> None:
        if self.planned:
            self.unplan()
        self._count()
        self._list_problems()
        self.changed.emit()

    def next_problem(self) -> None:
        """F7."""
        self.grid.finish_entry()
        if not self.grid.next_problem():
            self.say("没有问题了。", "ok")

    def _save_pressed(self) -> None:
        self.grid.finish_entry()
        if not self.planned:
            self.save_wanted.emit()

    def _enter_pressed(self) -> None:
        if self.planned:
            self.commit_wanted.emit()
        elif self._save.isEnabled():
            self._save_pressed()

    def _escape(self) -> None:
        if self.planned:
            self.unplan()
            self.grid.setFocus()
        else:
            self.back_wanted.emit()

    def _drop_saved(self) -> None:
        self.sheet.drop_saved()
        self.grid.show_columns(self._shown, self._amount_title)
        self.show_verdicts(())
        self.grid.go_to(max(len(self.sheet.lines) - 1, 0), "")

    def _choose_columns(self) -> None:
        menu = self.column_menu()
        menu.exec(self._choose.mapToGlobal(QPoint(0, self._choose.height())))

    def column_menu(self) -> QMenu:
        """Every column with a tick; what a new record needs is always in sight."""
        menu = QMenu(self._choose)
        for one in self.sheet.columns:
            action = QAction(one.label, menu)
            action.setCheckable(True)
            action.setChecked(one.path in self._shown)
            action.setEnabled(not one.needed)
            action.toggled.connect(lambda on, path=one.path: self._toggle(path, on))
            menu.addAction(action)
        return menu

    def _toggle(self, path: str, on: bool) -> None:
        if on:
            self.show_column([path])
        else:
            self._shown = [one for one in self._shown if one != path]
            self.grid.show_columns(self._shown, self._amount_title)
        self.changed.emit()

    def take_focus(self) -> None:
        self.grid.setFocus()
