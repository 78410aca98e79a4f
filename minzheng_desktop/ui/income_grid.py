"""Members × income kinds, typed into directly: Enter goes to the next cell, a block is pasted from WPS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView

from ..values.blocks import parse_block
from ..values.errors import UserError
from ..values.money import format_money_grouped, parse_money
from .kit.cells import DASH, Cell
from .kit.delegate import STYLE_ROLE, VALUE_ROLE, RowStyle
from .kit.grid import GridTable, Index
from .kit.table import Column


@dataclass(frozen=True)
class IncomeRow:
    """One member: cents by income kind; None where the member has no entry of that kind."""

    member: str
    name: str
    relation: str
    amounts: dict[str, int | None]
    basis: str = ""

    @property
    def total(self) -> int:
        """Cents of the whole year."""
        return sum(cents or 0 for cents in self.amounts.values())


class IncomeGrid(GridTable):
    """Members × income kinds, typed into directly; ``entered`` carries (member, kind, cents)."""

    entered = Signal(str, str, object)

    def __init__(self) -> None:
        super().__init__((Column("name", "成员"),), row_height=36)
        self._model = _IncomeModel(self)
        self.rows_model = self._model  # type: ignore[assignment]
        self.setModel(self._model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.kinds: tuple[tuple[str, str], ...] = ()
        self.editable = True

    def show_incomes(self, kinds: Sequence[tuple[str, str]], rows: Sequence[IncomeRow]) -> None:
        """Replace the grid; the current cell stays."""
        at = (self.currentIndex().row(), self.currentIndex().column())
        if tuple(kinds) != self.kinds:
            self.kinds = tuple(kinds)
            self.columns = (
                Column("name", "成员", 76, bold=True),
                Column("relation", "关系 · 年龄", 132, tone="ink"),
                *(Column(code, title, 96, "right") for code, title in kinds),
                Column("total", "年收入合计", 104, "right", bold=True),
                Column("basis", "依据", 0, tone="accent"),
            )
            self._model.columns = self.columns
        self._model.show_incomes(rows)
        self.fit_columns()
        self.setFixedHeight(36 * (len(rows) + 1) + 34)
        if at[0] >= 0:
            self.setCurrentIndex(self._model.index(*at))

    def cell(self, index: Index) -> tuple[str, str] | None:
        """(member, kind) of a cell that can be typed into."""
        kind = self.columns[index.column()].key
        if index.row() >= len(self._model.incomes) or kind not in dict(self.kinds):
            return None
        return self._model.incomes[index.row()].member, kind

    def takes(self, index: Index) -> bool:
        return self.editable and self.cell(index) is not None

    def words_of(self, index: Index) -> str:
        cents = self._model.incomes[index.row()].amounts.get(self.columns[index.column()].key)
        return "" if not cents else format_money_grouped(cents).replace(",", "")

    def take(self, index: Index, words: str) -> None:
        """An amount that was typed; what is no amount changes nothing."""
        cell = self.cell(index)
        if cell is None:
            return
        try:
            cents = parse_money(words) if words.strip() not in ("", DASH) else None
        except UserError:
            return
        self.entered.emit(*cell, cents)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and (
            cell := self.cell(self.currentIndex())
        ):
            self.entered.emit(*cell, None)
            return
        super().keyPressEvent(event)

    def move_on(self, by: int = 1) -> None:
        """To the next cell that takes a number, from the last one to the first."""
        before = self.currentIndex()
        super().move_on(by)
        if by > 0 and self.currentIndex() == before:
            self.setCurrentIndex(self._model.index(0, 2))

    def paste(self, text: str) -> None:
        """A block from WPS: tabs between columns, lines between members, from the current cell on."""
        start = self.currentIndex()
        for down, line in enumerate(parse_block(text)):
            for right, words in enumerate(line):
                index = self._model.index(start.row() + down, start.column() + right)
                if index.isValid():
                    self.take(index, words)


class _IncomeModel(QAbstractTableModel):
    """Rows of ``IncomeRow`` and a line of totals."""

    def __init__(self, grid: IncomeGrid) -> None:
        super().__init__(grid)
        self._grid = grid
        self.columns: tuple[Column, ...] = grid.columns
        self.incomes: tuple[IncomeRow, ...] = ()
        self.rows: Sequence[Any] = ()
        self.sorted_by: tuple[str, bool] | None = None
        self.style_of: Callable[[Any], RowStyle] = lambda _row: RowStyle()

    def show_incomes(self, rows: Sequence[IncomeRow]) -> None:
        """Replace every line."""
        self.beginResetModel()
        self.incomes = tuple(rows)
        self.rows = [*rows, None]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.incomes) + bool(self.incomes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if self._grid.takes(index) else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == STYLE_ROLE:
            return RowStyle(tint="sunken", bold=True) if index.row() == len(self.incomes) else RowStyle()
        if role == VALUE_ROLE:
            return self._cell(index.row(), self.columns[index.column()].key)
        return None

    def _cell(self, line: int, key: str) -> Any:
        if line == len(self.incomes):
            if key == "name":
                return "合计"
            if key == "total":
                return format_money_grouped(sum(one.total for one in self.incomes))
            if key in dict(self._grid.kinds):
                return Cell(format_money_grouped(sum(one.amounts.get(key) or 0 for one in self.incomes)))
            return ""
        one = self.incomes[line]
        if key == "total":
            return format_money_grouped(one.total)
        if key in dict(self._grid.kinds):
            cents = one.amounts.get(key)
            return DASH if cents is None else format_money_grouped(cents)
        return getattr(one, key)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        spec = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return spec.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if spec.align == "right" else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None
