"""The table of every list: a virtual model that fetches pages lazily, and a view without grid or zebra."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QHeaderView, QTableView, QWidget

from .basics import button, column, label, row
from .cells import Check, follows, text_of
from .delegate import PLAIN, STYLE_ROLE, VALUE_ROLE, RowStyle, TableDelegate

Index = QModelIndex | QPersistentModelIndex
PAGE = 100
"""Rows fetched at a time by a lazy list."""


@dataclass(frozen=True)
class Column:
    """One column: ``key`` names the attribute (or mapping key) of a row; width 0 takes what is left."""

    key: str
    title: str
    width: int = 0
    align: str = "left"
    bold: bool = False
    tone: str = "ink"
    sortable: bool = False
    least: int = 64


class LazyRows(QObject):
    """A sequence of ``count`` rows of which only visited pages are in memory.

    ``fetch(start, count)`` is asked once per page and answers later through ``fill``.
    """

    arrived = Signal(int, int)

    def __init__(self, count: int, fetch: Callable[[int, int], None]) -> None:
        super().__init__()
        self._count = count
        self._fetch = fetch
        self._pages: dict[int, Sequence[Any]] = {}
        self._asked: set[int] = set()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: int) -> Any:
        """The row, or None while its page is on the way."""
        page, inside = divmod(at, PAGE)
        rows = self._pages.get(page)
        if rows is None:
            if page not in self._asked:
                self._asked.add(page)
                self._fetch(page * PAGE, min(PAGE, self._count - page * PAGE))
                rows = self._pages.get(page)
            if rows is None:
                return None
        return rows[inside] if inside < len(rows) else None

    def fill(self, start: int, rows: Sequence[Any]) -> None:
        """Hand over the page that begins at ``start``."""
        self._pages[start // PAGE] = rows
        self.arrived.emit(start, len(rows))


class TableModel(QAbstractTableModel):
    """Rows as they are (dataclasses or mappings) under columns; no copy is made."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.rows: Sequence[Any] | LazyRows = ()
        self.style_of: Callable[[Any], RowStyle] = lambda _row: PLAIN
        self.sorted_by: tuple[str, bool] | None = None

    def show_rows(self, rows: Sequence[Any] | LazyRows) -> None:
        """Replace every row."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()
        if isinstance(rows, LazyRows):
            rows.arrived.connect(self._arrived)

    def _arrived(self, start: int, count: int) -> None:
        if self.sender() is self.rows and count:
            self.dataChanged.emit(self.index(start, 0), self.index(start + count - 1, len(self.columns) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return len(self.columns)

    def value(self, row: int, col: int) -> Any:
        """The cell value, None while the row is on its way."""
        item = self.rows[row]
        if item is None:
            return None
        key = self.columns[col].key
        return item.get(key) if hasattr(item, "get") else getattr(item, key)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == VALUE_ROLE:
            return self.value(index.row(), index.column())
        if role == STYLE_ROLE:
            item = self.rows[index.row()]
            return PLAIN if item is None else self.style_of(item)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return text_of(self.value(index.row(), index.column())) or None
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        spec = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            arrow = (
                ""
                if not self.sorted_by or self.sorted_by[0] != spec.key
                else (" ↓" if self.sorted_by[1] else " ↑")
            )
            return spec.title + arrow
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if spec.align == "right" else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class Table(QTableView):
    """A table that fills its place: Enter or double click opens a row, a click on a link follows it."""

    opened = Signal(object)
    chosen = Signal(object)
    link_followed = Signal(object, str)
    ticked = Signal(object, str, bool)
    sort_wanted = Signal(str, bool)

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        pad: int = 16,
        row_height: int = 32,
        head_height: int = 32,
        frames_focus: bool = False,
        marks_selection: bool = True,
        boxed: bool = False,
    ) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.pad = pad
        self.frames_focus = frames_focus
        self.marks_selection = marks_selection
        self.ruled = False
        """Whether columns are parted by lines, where cells are typed into."""
        self.hovered_row = -1
        self.rows_model = TableModel(columns)
        self.setProperty("pad", str(pad))
        if boxed:
            self.setProperty("boxed", "true")
        self.setModel(self.rows_model)
        self.setItemDelegate(TableDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        upright = self.verticalHeader()
        upright.hide()
        upright.setMinimumSectionSize(18)
        upright.setDefaultSectionSize(row_height)
        upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setFixedHeight(head_height)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setMinimumSectionSize(24)
        head.setSectionsClickable(True)
        head.sectionClicked.connect(self._head_clicked)
        self._hidden: frozenset[str] = frozenset()
        self._empty = _Empty(self.viewport())
        self.rows_model.modelReset.connect(self._show_empty)
        self.fit_columns()

    # -- columns -----------------------------------------------------------

    @property
    def first_column(self) -> int:
        """The leftmost visible column."""
        return next((at for at, spec in enumerate(self.columns) if spec.key not in self._hidden), 0)

    @property
    def last_column(self) -> int:
        """The rightmost visible column."""
        return next(
            (at for at in reversed(range(len(self.columns))) if self.columns[at].key not in self._hidden), 0
        )

    def hide_columns(self, keys: frozenset[str]) -> None:
        """Leave out columns where the table is narrow."""
        if keys == self._hidden:
            return
        self._hidden = keys
        for at, spec in enumerate(self.columns):
            self.setColumnHidden(at, spec.key in keys)
        self.fit_columns()

    def rename_columns(self, titles: Mapping[str, str]) -> None:
        """Other words at the head of columns."""
        self.columns = tuple(replace(spec, title=titles.get(spec.key, spec.title)) for spec in self.columns)
        self.rows_model.columns = self.columns
        self.rows_model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    def set_widths(self, widths: Mapping[str, int]) -> None:
        """Other widths for some columns, 0 for what is left."""
        self.columns = tuple(replace(spec, width=widths.get(spec.key, spec.width)) for spec in self.columns)
        self.rows_model.columns = self.columns
        self.fit_columns()

    def fit_columns(self) -> None:
        """Give every fixed column its width and share what is left among the others."""
        shown = [(at, spec) for at, spec in enumerate(self.columns) if spec.key not in self._hidden]
        extra = {self.first_column: self.pad - 8, self.last_column: self.pad - 8}
        fixed = sum(spec.width + extra.get(at, 0) for at, spec in shown if spec.width)
        open_ones = [(at, spec) for at, spec in shown if not spec.width]
        left = max(self.viewport().width() - fixed, 0)
        if not open_ones and left:
            extra[self.last_column] = extra.get(self.last_column, 0) + left
        for at, spec in shown:
            width = spec.width + extra.get(at, 0) if spec.width else max(left // len(open_ones), spec.least)
            self.setColumnWidth(at, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()
        self._empty.setGeometry(self.viewport().rect())

    # -- rows ---------------------------------------------------------------

    def show_rows(self, rows: Sequence[Any] | LazyRows, *, keep: Callable[[Any], bool] | None = None) -> None:
        """Replace the rows; ``keep`` finds the row that stays current."""
        self.rows_model.show_rows(rows)
        if keep is not None and not isinstance(rows, LazyRows):
            for at, item in enumerate(rows):
                if keep(item):
                    self.selectRow(at)
                    break

    def set_empty(self, sentence: str, action: str = "", on: Callable[[], object] | None = None) -> None:
        """What stands in the middle when there is no row."""
        self._empty.say(sentence, action, on)
        self._show_empty()

    def _show_empty(self) -> None:
        self._empty.setVisible(self.rows_model.rowCount() == 0 and self._empty.has_words)

    @property
    def current(self) -> Any:
        """The current row, or None."""
        at = self.currentIndex().row()
        return self.rows_model.rows[at] if 0 <= at < self.rows_model.rowCount() else None

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt would make the first row current when the table gets the focus; nobody chose it."""
        QAbstractScrollArea.focusInEvent(self, event)
        self.viewport().update()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if self.frames_focus:
            self.viewport().update()
        if current.isValid() and current.row() != previous.row() and (item := self.current) is not None:
            self.chosen.emit(item)

    def step(self, by: int) -> None:
        """Move the current row up or down and keep it in sight."""
        at = max(0, min(self.rows_model.rowCount() - 1, self.currentIndex().row() + by))
        self.selectRow(at)

    # -- mouse and keys -------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.row() != self.hovered_row:
            self.hovered_row = index.row()
            self.viewport().update()
        value = index.data(VALUE_ROLE) if index.isValid() else None
        hand = isinstance(value, Check) or follows(value)
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered_row = -1
        self.viewport().update()
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() is Qt.MouseButton.LeftButton:
            self._follow(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if self.indexAt(event.position().toPoint()).isValid() and (item := self.current) is not None:
            self.opened.emit(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (item := self.current) is not None:
            self.opened.emit(item)
            event.accept()
            return
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._follow(self.currentIndex())
        super().keyPressEvent(event)

    def _follow(self, index: QModelIndex) -> None:
        value, item = index.data(VALUE_ROLE), self.rows_model.rows[index.row()]
        key = self.columns[index.column()].key
        if item is None:
            return
        if follows(value):
            self.link_followed.emit(item, key)
        elif isinstance(value, Check):
            self.ticked.emit(item, key, not value.on)

    def _head_clicked(self, section: int) -> None:
        spec = self.columns[section]
        if not spec.sortable:
            return
        down = self.rows_model.sorted_by == (spec.key, False)
        self.rows_model.sorted_by = (spec.key, down)
        self.horizontalHeader().viewport().update()
        self.sort_wanted.emit(spec.key, down)


class _Empty(QWidget):
    """One sentence and one action in the middle of an empty table."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sentence = label("", "label")
        self._action = button("", "link")
        self._on: Callable[[], object] | None = None
        self._action.clicked.connect(self._act)
        self.setLayout(column(None, row(None, self._sentence, self._action, None), None))
        self.has_words = False
        self.hide()

    def say(self, sentence: str, action: str, on: Callable[[], object] | None) -> None:
        self.has_words = bool(sentence)
        self._sentence.setText(sentence)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._on = on

    def _act(self) -> None:
        if self._on is not None:
            self._on()
