"""What every page is to the shell: a widget with keys and hints, told when it comes into sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView, QWidget

from .kit.basics import Item, body, button, column, frame, row, rule

NARROW = 1200
"""Below this many logical pixels a page gives up what can be spared."""
COVERED = 1050
"""Below this the editor covers its table."""


@dataclass(frozen=True)
class Hint:
    """A key and its word, shown in the status bar."""

    key: str
    word: str


def when(enabled: QWidget, act: Callable[[], object]) -> Callable[[], None]:
    """An action of a key that is the key of a button: it does nothing while the button is off."""

    def pressed() -> None:
        if enabled.isEnabled():
            act()

    return pressed


class Page(QWidget):
    """A whole page under the header. ``keys`` maps a key sequence to what it does here, ``manual`` names the chapter
    that F1 opens."""

    manual = "start"

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.hints: tuple[Hint, ...] = ()
        self.keys: dict[str, Callable[[], object]] = {}
        self.arrived: Callable[[], object] = lambda: None
        """Set by the room that owns the page."""

    def arrive(self) -> None:
        """The page came into sight: refresh what may be stale."""
        self.arrived()

    def take_focus(self) -> None:
        """Put the cursor where work begins: the first table, else the first thing that takes keys."""
        tables = self.findChildren(QTableView)
        target = next((table for table in tables if table.isVisibleTo(self)), None)
        if target is not None:
            target.setFocus()
        else:
            self.setFocus()

    def leave(self) -> bool:
        """Whether the page may be left now; a page that asks a question answers False and goes on itself."""
        return True


def title_bar(back: str, on_back: Callable[[], object], *items: Item) -> QWidget:
    """The 48-pixel bar of a whole page: way back, separator, then the items."""
    way = button(back, "flat", "chevron-left", on=on_back)
    holder = body(row(way, 8, rule(upright=True), *items, spacing=8, margins=(8, 0, 16, 0)))
    holder.setFixedHeight(47)
    return frame("bar", column(holder, spacing=0))
