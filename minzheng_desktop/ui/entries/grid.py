"""The view of a grid of new records: typed into, pasted into, filled down, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from ...values.accounts import mask_account
from ...values.blocks import format_block, parse_block
from ...values.id_number import mask_id_number
from ..kit.grid import CellLine, ChoiceLine, GridTable, Index
from ..kit.suggest import rank_choices
from ..kit.table import Column
from .model import AMOUNT, LINE, PERSON, EntryModel
from .sheet import ERROR, CellProblem, EntrySheet, GridColumn

KEYS = ("Ctrl+V", "Ctrl+C", "Ctrl+D", "Ctrl+Z", "Ctrl+Y", "Ctrl+-")
"""Keys that work while the grid has the focus."""
_WIDTHS = {
    "id_number": 168, "village": 92, "phone": 112, "date": 104, "month": 80, "money": 88, "integer": 64, "decimal": 72,
    "yes_no": 72, "facility": 150, "names": 110, "note": 150, "location": 150, "choice": 104,
    "day": 44,
}  # fmt: skip
_ARROWS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
_NO_MODIFIER = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
_NUMBERS = ("money", "integer", "decimal")


class EntryGridView(GridTable):
    """All rows of an ``EntrySheet``; tells what was changed, never judges."""

    edited = Signal(object)
    """The rows that were changed."""
    typing = Signal(str, str)
    """(path, text) while a cell is being typed."""
    block_wanted = Signal(object)
    """The rows of a pasted block."""
    moved = Signal()
    """Another cell is current, or what is wrong with it changed."""

    def __init__(self, initials: Callable[[str], str]) -> None:
        super().__init__((Column(LINE, "行", 56),), traps_tab=True, row_height=32, pad=8)
        self.ruled = True
        self._initials = initials
        self._anchor = (0, 1)
        """Where a selection begins that Shift and the arrows extend."""
        self.sheet = EntrySheet(())
        self._model = EntryModel(self)
        self.rows_model = self._model
        self.setModel(self._model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._paths: dict[str, GridColumn] = {}
        self.repeats: dict[int, int] = {}

    # -- what to show ------------------------------------------------------------------

    def show_sheet(self, sheet: EntrySheet, shown: Iterable[str], amount_title: str) -> None:
        """Replace everything; ``shown`` are the paths of the columns in sight."""
        self.sheet = sheet
        self._paths = {column.path: column for column in sheet.columns}
        self.show_columns(shown, amount_title)
        self.place_cursor(self._model.index(0, 1))

    def show_columns(self, shown: Iterable[str], amount_title: str) -> None:
        """Show these columns; what stands in others stays."""
        at = self.currentIndex()
        wanted = set(shown)
        specs = [Column(LINE, "行", 56)]
        for column in self.sheet.columns:
            if column.path not in wanted:
                continue
            title = column.label + (" *" if column.required else "")
            width = 176 if column.path == "account.number" else _WIDTHS.get(column.kind, 92)
            align = "right" if column.kind in _NUMBERS else "left"
            least = 0 if column.kind == "day" else 24 + 14 * len(title)
            specs.append(Column(column.path, title, max(width, least), align))
            if column.kind == "id_number" and len(specs) <= 3:
                specs.append(Column(PERSON, "性别 出生", 118))
        if amount_title:
            specs.append(Column(AMOUNT, amount_title, 92, "right"))
        self.columns = tuple(specs)
        self._model.columns = self.columns
        self._model.show_all()
        self.fit_columns()
        if at.isValid():
            self.place_cursor(self._model.index(at.row(), min(at.column(), len(specs) - 1)))

    def fit_columns(self) -> None:
        """Every column its own width; what is left stays empty, what is too much scrolls."""
        for at, spec in enumerate(self.columns):
            self.setColumnWidth(at, spec.width)

    def refresh(self, rows: Iterable[int]) -> None:
        """Paint rows again after a verdict or a change; rows may have come or gone."""
        before, self.repeats = self.repeats, self.sheet.repeats()
        touched = {*rows, *(at for at in {*before, *self.repeats} if before.get(at) != self.repeats.get(at))}
        self._model.follow(sorted(touched))
        self.moved.emit()

    # -- the current cell ----------------------------------------------------------------

    @property
    def path(self) -> str:
        """The path of the current cell, '' outside the typed columns."""
        at = self.currentIndex().column()
        key = self.columns[at].key if 0 <= at < len(self.columns) else ""
        return key if key in self._paths else ""

    @property
    def row(self) -> int:
        """The current row, -1 for none."""
        return self.currentIndex().row()

    def problem_at(self, row: int, path: str) -> CellProblem | None:
        """The first thing wrong with a cell; of the whole row where the cell is the name's."""
        for problem in self.sheet.problems(row, self.repeats):
            if self.place_of(problem) == path:
                return problem
        return None

    def place_of(self, problem: CellProblem) -> str:
        """The column in which a problem is shown: its own, or the first where that is not in sight."""
        shown = {spec.key for spec in self.columns}
        return problem.path if problem.path in shown else self.columns[1].key

    def go_to(self, row: int, path: str) -> None:
        """Make a cell current and bring it into sight."""
        keys = [spec.key for spec in self.columns]
        index = self._model.index(row, keys.index(path) if path in keys else 1)
        self.place_cursor(index)
        self.scrollTo(index)
        self.setFocus()

    def next_problem(self) -> bool:
        """Go to the next cell with a problem after the current one, errors before warnings; False for none."""
        here = (self.row, self.currentIndex().column())
        keys = [spec.key for spec in self.columns]
        for error in (True, False):
            places = sorted(
                {
                    (at, keys.index(self.place_of(problem)))
                    for at in self.sheet.filled()
                    for problem in self.sheet.problems(at, self.repeats)
                    if (problem.level == ERROR) is error
                }
            )
            if places:
                row, column = next((place for place in places if place > here), places[0])
                self.go_to(row, keys[column])
                return True
        return False

    # -- typing ---------------------------------------------------------------------------

    def takes(self, index: Index) -> bool:
        inside = 0 <= index.row() < len(self.sheet.lines)
        return (
            inside
            and self.columns[index.column()].key in self._paths
            and not self.sheet.lines[index.row()].saved
        )

    def make_line(self, index: Index, parent: QWidget) -> CellLine:
        column = self._paths[self.columns[index.column()].key]
        line: CellLine
        if column.choices:
            words = tuple((words, words) for words, _code in column.choices)
            line = ChoiceLine(parent, words, self._initials)
        else:
            line = CellLine(parent, right=column.kind in _NUMBERS)
        line.setPlaceholderText(column.hint)
        line.textEdited.connect(lambda text: self.typing.emit(column.path, text))
        return line

    def offers(self, path: str, text: str) -> bool:
        """Whether a list offers something for what is being typed: it is not finished then."""
        choices = tuple((words, words) for words, _code in self._paths[path].choices)
        return bool(rank_choices(text, choices, self._initials))

    def words_of(self, index: Index) -> str:
        return self.sheet.text(index.row(), self.columns[index.column()].key)

    def take(self, index: Index, words: str) -> None:
        path = self.columns[index.column()].key
        if words != self.sheet.text(index.row(), path):
            self.enter([(index.row(), path, words)])
        else:
            self.moved.emit()

    def enter(self, edits: Iterable[tuple[int, str, str]]) -> None:
        """Put texts into cells as one step."""
        self._changed(self.sheet.enter(edits))

    def _changed(self, rows: Sequence[int]) -> None:
        self.refresh(rows)
        if rows:
            self.edited.emit(rows)

    # -- blocks ----------------------------------------------------------------------------

    def _selected(self) -> tuple[int, int, list[str]]:
        """First and last row of the selection, and its paths."""
        indexes = self.selectionModel().selectedIndexes() or [self.currentIndex()]
        rows = [index.row() for index in indexes]
        places = sorted({index.column() for index in indexes})
        paths = [self.columns[at].key for at in places if self.columns[at].key in self._paths]
        return min(rows), max(rows), paths

    def paste(self, text: str) -> None:
        """A block from WPS or Excel; one cell alone goes into every cell that is selected."""
        if not text:
            return
        block = parse_block(text)
        first, last, paths = self._selected()
        if len(block) == len(block[0]) == 1 and (last > first or len(paths) > 1):
            self.enter((at, path, block[0][0]) for at in range(first, last + 1) for path in paths)
        else:
            self.block_wanted.emit(block)

    def put_block(self, block: Sequence[Sequence[str]], paths: Sequence[str], row: int) -> None:
        """The rows of a block from a row on, each cell into its path ('' for nowhere)."""
        self.enter(
            (row + down, path, cell.strip())
            for down, cells in enumerate(block)
            for path, cell in zip(paths, cells, strict=False)
            if path
        )
        self.go_to(row, next((path for path in paths if path), ""))

    def paths_from_here(self) -> list[str]:
        """The typed columns from the current one on."""
        at = max(self.currentIndex().column(), 0)
        return [spec.key for spec in self.columns[at:] if spec.key in self._paths]

    def copy(self) -> None:
        """The selection to the clipboard; of saved rows what is seen."""
        first, last, paths = self._selected()
        if paths:
            cells = [
                [self.shown_text(at, path) for path in paths]
                for at in range(first, min(last + 1, len(self.sheet.lines)))
            ]
            QGuiApplication.clipboard().setText(format_block(cells))

    def clear_cells(self) -> None:
        """Empty the selected cells."""
        first, last, paths = self._selected()
        filled = [at for at in range(first, last + 1) if at < len(self.sheet.lines)]
        self.enter((at, path, "") for at in filled for path in paths if self.sheet.text(at, path))

    def fill_down(self) -> None:
        """The first selected row into those below; of one row, the one above into it."""
        first, last, paths = self._selected()
        self._changed(self.sheet.fill_down(first, last, paths))

    def remove_rows(self) -> None:
        """Take the selected rows out."""
        first, last, _ = self._selected()
        self._changed(self.sheet.remove(range(first, last + 1)))

    def undo(self) -> None:
        """Take the last step back."""
        self._changed(self.sheet.undo())

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._changed(self.sheet.redo())

    def place_cursor(self, index: QModelIndex) -> None:
        self._anchor = (index.row(), index.column())
        super().place_cursor(index)

    def walk(self, down: int, right: int, *, extending: bool = False) -> None:
        """The cursor a cell on; extending, the selection grows from where it began."""
        at, model = self.currentIndex(), self._model
        row = min(max(at.row() + down, 0), model.rowCount() - 1)
        place = min(max(at.column() + right, 0), len(self.columns) - 1)
        index = model.index(row, place)
        if not extending:
            self.place_cursor(index)
            return
        flags = QItemSelectionModel.SelectionFlag
        block = QItemSelection(model.index(*self._anchor), index)
        self.selectionModel().setCurrentIndex(index, flags.NoUpdate)
        self.selectionModel().select(block, flags.ClearAndSelect)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._anchor = (self.currentIndex().row(), self.currentIndex().column())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is not None and (shift or event.modifiers() in _NO_MODIFIER):
            self.walk(*step, extending=shift)
            return
        ctrl = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        act: Callable[[], object] | None = None
        if event.matches(QKeySequence.StandardKey.Copy):
            act = self.copy
        elif event.matches(QKeySequence.StandardKey.Undo):
            act = self.undo
        elif event.matches(QKeySequence.StandardKey.Redo) or (ctrl and event.key() == Qt.Key.Key_Y):
            act = self.redo
        elif ctrl and event.key() == Qt.Key.Key_D:
            act = self.fill_down
        elif ctrl and event.key() == Qt.Key.Key_Minus:
            act = self.remove_rows
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            act = self.clear_cells
        if act is not None:
            act()
            return
        super().keyPressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Another cell."""
        super().currentChanged(current, previous)
        self.moved.emit()

    # -- words -----------------------------------------------------------------------------

    def shown_text(self, row: int, path: str) -> str:
        """A cell as it is read: as understood where it was judged, numbers masked once it is saved."""
        line = self.sheet.lines[row]
        text = self.sheet.text(row, path)
        if line.verdict is not None and self.problem_of(row, path) != ERROR:
            text = line.verdict.shown.get(path, text)
        if not line.saved:
            return text
        kind = self._paths[path].kind
        if kind == "id_number":
            return mask_id_number(text)
        return mask_account(text) if kind == "phone" or path == "account.number" else text

    def problem_of(self, row: int, path: str) -> str:
        """The level of what is wrong with a cell, '' for nothing."""
        problem = self.problem_at(row, path)
        return problem.level if problem is not None else ""
