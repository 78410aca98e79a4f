"""The rows of an entry sheet as the cells of its view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt

from ...values.money import format_money_grouped
from ..kit.cells import CellValue, Mark, Mask, Typed
from ..kit.delegate import PLAIN, STYLE_ROLE, VALUE_ROLE, RowStyle
from ..kit.grid import GridModel, Index
from .sheet import BLANK, GOOD, SAVED, WAITING, WARNED, WRONG

if TYPE_CHECKING:
    from .grid import EntryGridView

LINE, PERSON, AMOUNT = "line", "person", "amount"
"""Columns that nobody types: number and state of the row, sex and birth date, money."""
_STATES = {
    WAITING: ("ink-2", "clock"),
    GOOD: ("ok", "ok"),
    WARNED: ("warn", "warn"),
    WRONG: ("error", "error"),
    SAVED: ("ok", "lock"),
}


class EntryModel(GridModel):
    """The rows of the sheet as cells; counts of rows follow it."""

    def __init__(self, grid: EntryGridView) -> None:
        super().__init__(grid, grid.columns)
        self._view: EntryGridView = grid
        self._count = 0

    @property
    def lines(self) -> Sequence[Any]:
        """The rows of the sheet."""
        return self._view.sheet.lines

    def show_all(self) -> None:
        """Begin anew."""
        self.beginResetModel()
        self.rows = self.lines
        self._count = len(self.lines)
        self.endResetModel()

    def follow(self, rows: Sequence[int]) -> None:
        """Rows came, went or changed."""
        self.rows = self.lines
        count = len(self.lines)
        if count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count = count
            self.endInsertRows()
        elif count < self._count:
            self.beginRemoveRows(QModelIndex(), count, self._count - 1)
            self._count = count
            self.endRemoveRows()
        inside = [at for at in rows if at < count]
        if inside:
            last = len(self.columns) - 1
            self.dataChanged.emit(self.index(inside[0], 0), self.index(inside[-1], last))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == STYLE_ROLE:
            return RowStyle(tint="ok-bg") if self.lines[index.row()].saved else PLAIN
        if role == VALUE_ROLE:
            return self.value(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            path = self.columns[index.column()].key
            problem = self._view.problem_at(index.row(), path)
            return problem.message if problem is not None else None
        return super().data(index, role)

    def value(self, row: int, col: int) -> CellValue:
        key = self.columns[col].key
        view, line = self._view, self.lines[row]
        if key == LINE:
            state = view.sheet.state(row, view.repeats)
            return str(row + 1) if state == BLANK else Mark(str(row + 1), *_STATES[state])
        if key == PERSON:
            return Typed(line.verdict.person if line.verdict else "", "" if line.saved else "derived")
        if key == AMOUNT:
            cents = line.verdict.amount if line.verdict else None
            return Typed(
                format_money_grouped(cents) if cents is not None else "", "" if line.saved else "derived"
            )
        text = view.shown_text(row, key)
        if line.saved:
            return Mask(text) if text != view.sheet.text(row, key) and "*" in text else text
        level = view.problem_of(row, key)
        return Typed(text, {"error": "error", "warning": "warn"}.get(level, ""))
