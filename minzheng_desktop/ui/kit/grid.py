"""Tables that are typed into: Enter and Tab go on, Esc gives an entry up, a list opens where there is something to
choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QStyleOptionViewItem, QWidget

from .delegate import TableDelegate
from .suggest import Choice, Suggestions, rank_choices
from .table import Column, Table, TableModel

Index = QModelIndex | QPersistentModelIndex

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
ONWARD = (*ENTER, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Up, Qt.Key.Key_Down)
"""Keys that settle an entry and go to another cell."""


class CellLine(QLineEdit):
    """The line in which a cell is typed."""

    def __init__(self, parent: QWidget, *, right: bool = False) -> None:
        super().__init__(parent)
        self.setProperty("role", "cell")
        if right:
            self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def take_key(self, event: QKeyEvent) -> bool:
        """Whether the line wants a key for itself that would else settle the entry."""
        return False

    def settle(self) -> None:
        """The entry is about to be taken."""


class ChoiceLine(CellLine):
    """A line with the list of what may be chosen: letters find by words or pinyin initials, Enter takes the one
    marked. With `free`, words that are in no list stand as typed."""

    def __init__(
        self, parent: QWidget, choices: Sequence[Choice], initials: Callable[[str], str], *, free: bool = True
    ) -> None:
        super().__init__(parent)
        self._choices, self._initials, self._free = tuple(choices), initials, free
        self.list = Suggestions(self)
        self.list.picked.connect(self._take)
        self.textEdited.connect(self.offer)
        self.destroyed.connect(self.list.deleteLater)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        words = [words for words, _ in self._choices]
        self.list.offer(
            self._choices,
            current=words.index(self.text()) if self.text() in words else -1 if self._free else 0,
        )

    def offer(self, text: str = "") -> None:
        """Show what the text may mean."""
        self.list.offer(rank_choices(text, self._choices, self._initials))

    def take_key(self, event: QKeyEvent) -> bool:
        """Arrows walk the list, Esc closes it; Enter settles with the one marked."""
        if event.key() in ENTER:
            return False
        if not self.list.isVisible() and event.key() == Qt.Key.Key_Down:
            self.offer("")
            return True
        return self.list.take_key(event)

    def settle(self) -> None:
        item = self.list.currentItem()
        if self.list.isVisible() and item is not None and (self.text().strip() or not self._free):
            self.setText(item.text())
        self.list.hide()

    def _take(self, value: str) -> None:
        self.setText(next((words for words, known in self._choices if known == value), value))
        QGuiApplication.sendEvent(
            self, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
        )

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.list.hide()


class GridTable(Table):
    """Base: which cells take entries, what stands in their line, and what becomes of it."""

    def __init__(self, columns: Sequence[Column], *, traps_tab: bool = False, **looks: Any) -> None:
        super().__init__(columns, frames_focus=True, marks_selection=False, **looks)
        self._delegate = GridDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.AnyKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self.setTabKeyNavigation(traps_tab)

    def takes(self, index: Index) -> bool:
        """Whether a cell may be typed into."""
        return False

    def make_line(self, index: Index, parent: QWidget) -> CellLine:
        """The line for a cell."""
        return CellLine(parent, right=self.columns[index.column()].align == "right")

    def words_of(self, index: Index) -> str:
        """What stands in the line when it opens."""
        return ""

    def take(self, index: Index, words: str) -> None:
        """The words that were typed into a cell."""

    def paste(self, text: str) -> None:
        """A block from the clipboard, from the current cell on."""

    def place_cursor(self, index: QModelIndex) -> None:
        """Make a cell current and the only one selected, whatever modifier keys are down."""
        flags = QItemSelectionModel.SelectionFlag
        selects = self.selectionMode() is not QAbstractItemView.SelectionMode.NoSelection
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect if selects else flags.NoUpdate)

    def go(self, key: int) -> None:
        """Where the cursor goes once an entry is settled with a key."""
        at = self.currentIndex()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            line = at.row() + (1 if key == Qt.Key.Key_Down else -1)
            if 0 <= line < self.model().rowCount():
                self.place_cursor(self.model().index(line, at.column()))
        elif key == Qt.Key.Key_Backtab:
            self.move_on(-1)
        else:
            self.move_on(1)

    def move_on(self, by: int = 1) -> None:
        """To the next (or the last) cell that takes an entry, over the ends of lines; at the end it stays."""
        model, at = self.model(), self.currentIndex()
        width = model.columnCount()
        place = at.row() * width + at.column() + by
        while 0 <= place < model.rowCount() * width:
            index = model.index(*divmod(place, width))
            if self.takes(index) and not self.isColumnHidden(index.column()):
                self.place_cursor(index)
                return
            place += by

    def edit_current(self) -> None:
        """Open the line of the current cell with what stands in it."""
        index = self.currentIndex()
        if index.isValid() and self.takes(index):
            self.edit(index)

    def finish_entry(self) -> None:
        """Take what is being typed, as leaving the cell would."""
        self._delegate.finish()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Words that an input method commits without having shown them first open the line and must not be lost."""
        opens = not self._delegate.typing and bool(event.commitString()) and not event.preeditString()
        super().inputMethodEvent(event)
        if opens:
            self._delegate.pass_on(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ONWARD and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                QAbstractItemView.keyPressEvent(self, event)
            else:
                self.go(event.key())
            return
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste(QGuiApplication.clipboard().text())
            return
        QAbstractItemView.keyPressEvent(self, event)


class GridModel(TableModel):
    """Rows of which some cells are typed into."""

    def __init__(self, grid: GridTable, columns: Sequence[Column]) -> None:
        super().__init__(columns)
        self._grid = grid

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if self._grid.takes(index) else flags


class GridDelegate(TableDelegate):
    """The table's painter with a line to type in."""

    def __init__(self, view: GridTable) -> None:
        super().__init__(view)
        self._line: CellLine | None = None

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        line = self._view.make_line(index, parent)
        self._line = line
        return line

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, CellLine)
        if not editor.isModified():
            editor.setText(self._view.words_of(index))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: object, index: Index) -> None:
        assert isinstance(editor, CellLine)
        editor.settle()
        self._view.take(index, editor.text())

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        if editor is self._line:
            self._line = None
        super().destroyEditor(editor, index)

    @property
    def typing(self) -> bool:
        """Whether a line is open."""
        return self._line is not None

    def pass_on(self, event: QEvent) -> None:
        """Hand an event to the line that is open."""
        if self._line is not None:
            QGuiApplication.sendEvent(self._line, event)

    def finish(self) -> None:
        """Take what is being typed and close the line."""
        line = self._line
        if line is not None:
            self.commitData.emit(line)
            self.closeEditor.emit(line)

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if not isinstance(editor, CellLine) or not isinstance(event, QKeyEvent):
            return super().eventFilter(editor, event)
        if event.type() is QEvent.Type.ShortcutOverride:
            if event.key() == Qt.Key.Key_Escape:
                event.accept()  # Esc gives up the entry, not the page
                return True
            return False
        if event.type() is not QEvent.Type.KeyPress:
            return super().eventFilter(editor, event)
        if editor.take_key(event):
            return True
        if event.key() in ONWARD:
            self.commitData.emit(editor)
            self.closeEditor.emit(editor)
            self._view.go(event.key())
            return True
        if event.matches(QKeySequence.StandardKey.Paste):
            text = QGuiApplication.clipboard().text()
            if "\t" in text or "\n" in text.rstrip("\r\n"):
                self.closeEditor.emit(editor)
                self._view.paste(text)
                return True
        return super().eventFilter(editor, event)
