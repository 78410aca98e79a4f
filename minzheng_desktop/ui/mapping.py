"""列对应: what each column of a roster was taken for, corrected by keyboard; the header picked where none was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from .kit.basics import ElideLabel, WrapLabel, button, column, row, set_tone
from .kit.cards import Card, FilterPills
from .kit.cells import Cell, CellValue
from .kit.delegate import PLAIN, RowStyle
from .kit.grid import ENTER, CellLine, ChoiceLine, GridModel, GridTable, Index
from .kit.table import Column, Table

LEFT_OUT = "不导入"
TALLEST = 3
"""A header stands in so many rows at most."""
_SHOWN = 8  # columns of a sheet in the card where its header is picked


@dataclass(frozen=True)
class Mapped:
    """One column of the workbook and the field it means; ``path`` '' for none."""

    column: str
    field: CellValue
    how: str
    arrow: str = "→"
    letters: str = ""
    samples: str = ""
    path: str = ""


@dataclass(frozen=True)
class MappedSheet:
    """One sheet: rows of its header (None when not found), its columns, its first rows as text."""

    name: str
    header: tuple[int, int] | None
    columns: tuple[Mapped, ...]
    top: tuple[tuple[str, ...], ...]
    missing: str = ""


@dataclass(frozen=True)
class Mapping:
    """All sheets, and the (name, path) of what a column may mean."""

    sheets: tuple[MappedSheet, ...] = ()
    meanings: tuple[tuple[str, str], ...] = ()

    @property
    def hint(self) -> str:
        """9 列认出，1 列不导入."""
        columns = [one for sheet in self.sheets for one in sheet.columns]
        known = sum(1 for one in columns if one.path)
        return f"{known} 列认出，{len(columns) - known} 列不导入"


class MappingView(Card):
    """Columns at the left, the top of the sheet at the right."""

    meaning_chosen = Signal(str, str, str)
    """(sheet, column, path), '' for 不导入."""
    header_chosen = Signal(str, int, int)
    closed = Signal()

    def __init__(self, initials: Callable[[str], str]) -> None:
        super().__init__("列对应", head=38)
        self._pills = FilterPills()
        self.head.addWidget(self._pills)
        self.head.addWidget(button("看完了", "link", "check", key="F4", on=self.closed.emit))
        self._mapping = Mapping()
        self._pills.chosen.connect(lambda _key: self._show())
        self.columns = _ColumnTable(initials)
        # Queued: the answer replaces the lines, and the one being typed must be settled before.
        self.columns.meant.connect(self._meant, Qt.ConnectionType.QueuedConnection)
        self.columns.unknown.connect(
            lambda words: self.say(f"没有叫“{words}”的字段，没有改。从列表里选一项。", "error")
        )
        self.top = _TopTable()
        self.top.picked.connect(lambda first, last: self.header_chosen.emit(self.sheet.name, first, last))
        self._said = WrapLabel("", "hint")
        self._said.setContentsMargins(16, 4, 16, 4)
        self._where = ElideLabel("", "hint")
        self._where.setContentsMargins(8, 0, 0, 0)
        right = QWidget()
        right.setLayout(column(self._where, self.top, spacing=4))
        right.setFixedWidth(430)
        both = row(self.columns, right, spacing=8)
        both.setStretch(0, 1)
        self.inside.addWidget(self._said)
        self.inside.addLayout(both, 1)

    def _meant(self, column: str, path: str) -> None:
        self.meaning_chosen.emit(self.sheet.name, column, path)

    @property
    def sheet(self) -> MappedSheet:
        """The sheet in sight."""
        named = [sheet for sheet in self._mapping.sheets if sheet.name == self._pills.key]
        return named[0] if named else self._mapping.sheets[0]

    def show_mapping(self, mapping: Mapping, sentence: str = "", *, tone: str = "") -> None:
        """Replace everything; the sheet and the line in sight stay."""
        self._mapping = mapping
        self.hint.setText(mapping.hint)
        self._pills.setVisible(len(mapping.sheets) > 1)
        self._pills.show_pills([(sheet.name, sheet.name, None) for sheet in mapping.sheets])
        self.say(sentence, tone)
        self._show()

    def say(self, sentence: str, tone: str = "") -> None:
        """One sentence above the columns."""
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))
        set_tone(self._said, tone)

    def _show(self) -> None:
        if not self._mapping.sheets:
            return
        sheet = self.sheet
        self.columns.show_columns(sheet.columns, self._mapping.meanings)
        if sheet.header is None:
            self.columns.set_empty("没有找到表头。在右边选中列名所在的那一行，按 Enter。")
            words = "表头在哪一行：选中按 Enter"
        else:
            first, last = sheet.header
            rows = f"第 {first} 行" if first == last else f"第 {first}–{last} 行"
            words = f"表头：{rows}。Enter 改成选中的行，Shift+Enter 到选中的行为止"
        self._where.setText(words)
        self.top.show_top(sheet)

    def take_focus(self) -> None:
        """The columns where there are any, else the rows among which the header is picked."""
        (self.columns if self.columns.rows_model.rowCount() else self.top).setFocus()


class _ColumnTable(GridTable):
    """One line for each column of the sheet; 台账字段 is typed into."""

    meant = Signal(str, str)
    unknown = Signal(str)

    def __init__(self, initials: Callable[[str], str]) -> None:
        specs = (
            Column("letters", "列", 36, tone="ink-2"),
            Column("column", "表里的列", 168),
            Column("arrow", "", 30, tone="ink-2"),
            Column("field", "台账字段", 160),
            Column("how", "怎么认", 64, tone="ink-2"),
            Column("samples", "头几个值", 0, tone="ink-2"),
        )
        super().__init__(specs, row_height=28, head_height=28)
        self._initials = initials
        self._meanings: tuple[tuple[str, str], ...] = ()
        self._field = [spec.key for spec in specs].index("field")
        self.rows_model = GridModel(self, specs)
        self.setModel(self.rows_model)
        self.rows_model.modelReset.connect(self._show_empty)
        self.fit_columns()

    def show_columns(self, columns: Sequence[Mapped], meanings: tuple[tuple[str, str], ...]) -> None:
        """Replace the lines; the current one stays."""
        at = max(self.currentIndex().row(), 0)
        self._meanings = meanings
        self.show_rows(columns)
        if columns:
            self.setCurrentIndex(self.rows_model.index(min(at, len(columns) - 1), self._field))

    def takes(self, index: Index) -> bool:
        return index.column() == self._field

    def make_line(self, index: Index, parent: QWidget) -> CellLine:
        line = ChoiceLine(parent, [(LEFT_OUT, ""), *self._meanings], self._initials, free=False)
        line.setPlaceholderText("打字或拼音首字母")
        return line

    def take(self, index: Index, words: str) -> None:
        item: Mapped = self.rows_model.rows[index.row()]
        known = {"": "", LEFT_OUT: "", **dict(self._meanings)}
        if words not in known:
            self.unknown.emit(words)
        elif known[words] != item.path or (not item.path and item.how != LEFT_OUT):
            self.meant.emit(item.column, known[words])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.current
        if event.key() in ENTER:
            self.edit_current()
            return
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and item is not None:
            self.meant.emit(item.column, "")
            return
        super().keyPressEvent(event)


class _TopTable(Table):
    """The first rows of a sheet; Enter makes one the header, Shift+Enter its last row."""

    picked = Signal(int, int)

    def __init__(self) -> None:
        columns = (
            Column("0", "行", 36, "right", tone="ink-2"),
            *(Column(str(at), "", 84) for at in range(1, _SHOWN + 1)),
        )
        super().__init__(columns, pad=8, row_height=24, head_height=24)
        self.horizontalHeader().hide()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.rows_model.style_of = lambda item: RowStyle("info-bg", bold=True) if item["head"] else PLAIN
        self.opened.connect(lambda item: self.picked.emit(item["row"], item["row"]))
        self._first = 0

    def show_top(self, sheet: MappedSheet) -> None:
        """The first rows, those of the header marked."""
        first, last = sheet.header or (0, 0)
        self._first = first
        lines = []
        for number, cells in enumerate(sheet.top, start=1):
            line: dict[str, object] = {"row": number, "head": first <= number <= last, "0": str(number)}
            line |= {str(at): Cell(text) for at, text in enumerate(cells[:_SHOWN], start=1)}
            line |= {str(at): "" for at in range(len(cells[:_SHOWN]) + 1, _SHOWN + 1)}
            lines.append(line)
        at = self.currentIndex().row()
        self.show_rows(lines)
        if lines:
            self.setCurrentIndex(self.rows_model.index(at if at >= 0 else max(first - 1, 0), 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.current
        shifted = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in ENTER and shifted and item is not None and self._first:
            first, last = sorted((self._first, item["row"]))
            self.picked.emit(max(first, last - TALLEST + 1), last)
            return
        super().keyPressEvent(event)
