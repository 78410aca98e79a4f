"""A page that is one table with its actions: registers, desks of what waits, findings. What it shows is data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Signal

from .kit.basics import WrapLabel, button, clear, column, label
from .kit.cards import FilterPills, FootProgress, notice
from .kit.cells import CellValue, text_of
from .kit.table import Column, Table
from .page import Hint, Page, title_bar


@dataclass(frozen=True)
class Line:
    """One line: its cells by column, what it stands for, and words for a second look below the table."""

    id: str
    cells: dict[str, CellValue]
    more: str = ""
    target: Any = None

    def get(self, key: str) -> CellValue:
        """The cell of a column, for the table."""
        return self.cells.get(key, "")


@dataclass(frozen=True)
class Listing:
    """Everything on the page. Pills are (key, words, count); notices (tone, sentence, second line)."""

    title: str
    lines: tuple[Line, ...]
    hint: str = ""
    pills: tuple[tuple[str, str, int | None], ...] = ()
    pill: str | None = None
    """The pill that these lines belong to, where it was not the one pressed."""
    notices: tuple[tuple[str, str, str], ...] = ()
    foot: str = ""
    empty: str = ""
    """Said where there are no lines, instead of the page's own words."""
    actions_on: dict[str, bool] = field(default_factory=dict)


class ListPage(Page):
    """Bar with a way back and the actions, pills, the table, and the words of the line that is chosen."""

    manual = "lists"

    back_wanted = Signal()
    acted = Signal(str, object)
    """(action, the lines chosen)"""
    opened = Signal(object)
    pill_chosen = Signal(str)

    def __init__(
        self, columns: Sequence[Column], *, back: str = "返回", actions: Sequence[tuple[str, str, str, str]] = (),
        empty: str = "没有要处理的。", many: bool = False,
    ) -> None:  # fmt: skip
        """``actions``: (key, words, icon, keyboard key or ''); the last one is the primary."""
        super().__init__()
        self._title, self._hint = label("", "title"), label("", "hint")
        self._buttons: dict[str, Any] = {}
        self.hints = (
            Hint("Esc", "返回"),
            Hint("Enter", "打开"),
            *(Hint(key, words) for _name, words, _icon, key in actions if key),
        )
        self.keys = {"Esc": self.back_wanted.emit}
        for name, words, icon, key in actions:
            style = "primary" if name == actions[-1][0] else ""
            made = button(words, style, icon, key=key, on=lambda n=name: self.act(n))
            self._buttons[name] = made
            if key:
                self.keys[key] = lambda n=name: self.act(n)
        self._pills = FilterPills()
        self._pills.chosen.connect(self.pill_chosen)
        self._notices = column(spacing=8)
        self.table = Table(tuple(columns))
        if many:
            self.table.setSelectionMode(self.table.SelectionMode.ExtendedSelection)
        self._empty = empty
        self.table.set_empty(empty)
        self.table.chosen.connect(self._chosen)
        self.table.opened.connect(self.opened)
        self.table.link_followed.connect(lambda item, key: self.acted.emit(key, [item]))
        self._more = WrapLabel("", "hint")
        self._more.setContentsMargins(16, 6, 16, 6)
        self._foot = label("", "hint")
        self._foot.setContentsMargins(16, 0, 16, 6)
        self.progress = FootProgress()
        bar = title_bar(back, self.back_wanted.emit, self._title, self._hint, None, *self._buttons.values())
        inner = column(self._notices, self._pills, margins=(16, 8, 16, 4))
        whole = column(bar, inner, self.table, self._more, self._foot, self.progress, spacing=0)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def show_listing(self, data: Listing) -> None:
        """Replace everything on the page."""
        self._title.setText(data.title)
        self._hint.setText(data.hint)
        self._pills.setVisible(bool(data.pills))
        if data.pills:
            if data.pill is not None:
                self._pills.key = data.pill
            self._pills.show_pills(data.pills)
        clear(self._notices)
        for tone, sentence, second in data.notices:
            self._notices.addWidget(notice(tone, sentence, second))
        self.table.show_rows(data.lines)
        self.table.set_empty(data.empty or self._empty)
        self._foot.setText(data.foot)
        self._more.setText("")
        for name, made in self._buttons.items():
            made.setEnabled(data.actions_on.get(name, True))
        if data.lines:
            self.table.selectRow(0)
            self._chosen(data.lines[0])

    def chosen_lines(self) -> list[Line]:
        """The lines that are selected."""
        model = self.table.rows_model
        rows = sorted({index.row() for index in self.table.selectionModel().selectedIndexes()})
        return [model.rows[at] for at in rows if model.rows[at] is not None]

    def act(self, name: str) -> None:
        """As if an action's button were pressed."""
        if self._buttons[name].isEnabled():
            self.acted.emit(name, self.chosen_lines())

    def _chosen(self, line: Line | None) -> None:
        words = (
            "" if line is None else line.more or "　".join(filter(None, map(text_of, line.cells.values())))
        )
        self._more.setText(words)
