"""Cards, due cards, filter pills, rail entries and the bar at the foot that carries progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .basics import (
    ElideLabel,
    Item,
    WrapLabel,
    button,
    clear,
    column,
    frame,
    icon_label,
    label,
    row,
    set_icon,
    set_tone,
)


class Card(QFrame):
    """White ground, one-pixel line; title with a hint beside it and actions at the right as links."""

    def __init__(
        self,
        title: str = "",
        hint: str = "",
        actions: Sequence[QWidget] = (),
        *,
        pad: int = 16,
        head: int = 44,
    ) -> None:
        super().__init__()
        self.setObjectName("card")
        self.title = label(title, "section")
        self.hint = label(hint, "hint")
        self.inside = QVBoxLayout()
        self.inside.setSpacing(0)
        self.inside.setContentsMargins(0, 0, 0, 1)
        whole = column(spacing=0, margins=(1, 1, 1, 1))
        if title:
            self.head = row(
                self.title, self.hint, None, *actions, margins=(pad, 0, pad - 4 if actions else pad, 0)
            )
            holder = QWidget()
            holder.setLayout(self.head)
            holder.setFixedHeight(head)
            whole.addWidget(holder)
        whole.addLayout(self.inside, 1)
        self.setLayout(whole)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Put a widget under the title, from edge to edge."""
        self.inside.addWidget(widget, stretch)


@dataclass(frozen=True)
class Due:
    """What one due card shows; ``tone`` colours icon and count."""

    key: str
    title: str
    count: int
    line: str
    icon: str
    tone: str = "info"


class DueCard(QPushButton):
    """One button: icon, name, count and one short line. Opens the list that it counts."""

    def __init__(self, due: Due) -> None:
        super().__init__()
        self.setProperty("role", "due")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._icon = icon_label("bell", "info", 18)
        self._title = label("", "strong")
        self._count = label("", "number")
        self._line = ElideLabel("", "hint")
        self._more = icon_label("chevron-right", "ink-2", 16)
        for part in (self._icon, self._title, self._count, self._line, self._more):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._count.setFixedHeight(30)
        top = row(self._icon, self._title, None, self._count, self._more, spacing=8)
        self.setLayout(column(top, self._line, spacing=0, margins=(16, 6, 8, 8)))
        self.show_due(due)

    def spare_arrow(self, spared: bool) -> None:
        """Leave the arrow out where cards are narrow."""
        self._more.setVisible(not spared)

    def show_due(self, due: Due) -> None:
        """Replace what is shown."""
        self.due = due
        tone = due.tone if due.count else "ink-3"
        set_icon(self._icon, due.icon, tone, 18)
        self._title.setText(due.title)
        self._count.setText(str(due.count))
        shade = {"info": "accent", "ink-3": ""}.get(tone, tone)
        set_tone(self._count, shade)
        self._line.setText(due.line)
        self.setAccessibleName(f"{due.title} {due.count}")


class FilterPills(QWidget):
    """Pills under a search field; the first is 全部. Emits the key of the chosen one."""

    chosen = Signal(str)

    def __init__(self, pills: Sequence[tuple[str, str, int | None]] = ()) -> None:
        super().__init__()
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.setContentsMargins(0, 0, 0, 0)
        self.setLayout(self._row)
        self._group = QButtonGroup(self)
        self._pills: dict[str, QPushButton] = {}
        self.key = ""
        self.show_pills(pills)

    def show_pills(self, pills: Sequence[tuple[str, str, int | None]]) -> None:
        """``(key, word, count)`` each; counts of the same keys are replaced in place."""
        if [key for key, _, _ in pills] != list(self._pills):
            self._rebuild([key for key, _, _ in pills])
        for key, word, count in pills:
            self._pills[key].setText(word if count is None else f"{word} {count}")
        if self.key not in self._pills and pills:
            self.key = pills[0][0]
        if self.key in self._pills:
            self._pills[self.key].setChecked(True)

    def _rebuild(self, keys: Sequence[str]) -> None:
        for pill in self._pills.values():
            self._group.removeButton(pill)
        clear(self._row)
        self._pills = {}
        for key in keys:
            pill = button("", "filter")
            pill.setCheckable(True)
            pill.clicked.connect(lambda _on=False, chosen=key: self.choose(chosen))
            self._group.addButton(pill)
            self._row.addWidget(pill)
            self._pills[key] = pill
        self._row.addStretch(1)

    def choose(self, key: str) -> None:
        """Check a pill as if it were clicked."""
        self.key = key
        if key in self._pills:
            self._pills[key].setChecked(True)
        self.chosen.emit(key)


@dataclass(frozen=True)
class Entry:
    """One line of a rail; with ``second`` it has two lines."""

    key: str
    title: str
    value: str = ""
    second: str = ""
    icon: str = ""
    tone: str = "info"


class EntryList(QWidget):
    """The rail at the left: entries of one or two lines, one of them current; ↑↓ move, Enter chooses."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._box = column(spacing=0)
        self.setLayout(self._box)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        self.key = ""

    def show_entries(self, entries: Sequence[Entry], current: str = "") -> None:
        """Replace the entries; keeps the current key where it still exists."""
        clear(self._box)
        self._buttons = {}
        for entry in entries:
            made = self._entry(entry)
            self._buttons[entry.key] = made
            self._group.addButton(made)
            self._box.addWidget(made)
        self._box.addStretch(1)
        wanted = current or self.key
        self.key = wanted if wanted in self._buttons else next(iter(self._buttons), "")
        if self.key:
            self._buttons[self.key].setChecked(True)
            self._mark()

    def _entry(self, entry: Entry) -> QPushButton:
        made = QPushButton()
        made.setProperty("role", "entry")
        made.setCheckable(True)
        made.setAccessibleName(f"{entry.title} {entry.value}")
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        title, value = ElideLabel(entry.title), label(entry.value, "hint" if not entry.second else "")
        made.setProperty("words", title)
        parts: list[QWidget] = [title, value]
        top = row(title, value, spacing=8)
        top.setStretch(0, 1)
        lines: list[Item] = [top]
        if entry.second:
            made.setProperty("lines", "2")
            mark, second = (
                icon_label(entry.icon or "dot", entry.tone or "ink-3", 14),
                label(entry.second, "hint", entry.tone),
            )
            parts += [mark, second]
            lines = [None, top, row(mark, second, None, spacing=5), None]
        for part in parts:
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        made.setLayout(column(*lines, spacing=0, margins=(13, 0, 13, 0)))
        made.clicked.connect(lambda _on=False, key=entry.key: self.choose(key))
        return made

    def mark(self, key: str) -> None:
        """Make an entry current without saying so."""
        self.key = key
        if key in self._buttons:
            self._buttons[key].setChecked(True)
        self._mark()

    def choose(self, key: str) -> None:
        """Make an entry current as if it were clicked."""
        self.key = key
        if key in self._buttons:
            self._buttons[key].setChecked(True)
        self._mark()
        self.chosen.emit(key)

    def _mark(self) -> None:
        for key, made in self._buttons.items():
            words: QLabel = made.property("words")
            set_tone(words, "accent" if key == self.key else "")
            set_tone(words, "strong" if key == self.key else "", "role")


class FootProgress(QFrame):
    """Long work of this page: what and where, time left, 停下, and a thin bar. Never modal."""

    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("footbar")
        self._icon = icon_label("in", "accent", 16)
        self._words = ElideLabel("", "hint")
        self._left = label("", "hint")
        self._stop = button("停下", "link", on=self.stopped.emit)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        line = row(self._icon, self._words, self._left, self._stop)
        line.setStretch(1, 1)
        self.setLayout(column(line, self._bar, spacing=4, margins=(16, 6, 16, 10)))
        self.hide()

    def show_progress(self, words: str, done: int, of: int, left: str = "") -> None:
        """``done`` of ``of`` units; ``of`` 0 means that the total is not known yet."""
        self._words.setText(words)
        self._left.setText(left)
        self._bar.setRange(0, of)
        self._bar.setValue(done)
        self._stop.show()
        self.show()

    def finish(self, words: str = "") -> None:
        """The work is over: hide, or say what was kept."""
        self._stop.hide()
        self._left.setText("")
        self.setVisible(bool(words))
        self._words.setText(words)
        self._bar.setRange(0, 1)
        self._bar.setValue(0)


def notice(tone: str, sentence: str, second: str = "", action: QPushButton | None = None) -> QFrame:
    """A tinted notice directly under what it is about."""
    icon = {"warn": "warn", "error": "error", "info": "info", "ok": "ok"}[tone]
    words = column(WrapLabel(sentence, tone=tone), spacing=2)
    if second:
        words.addWidget(WrapLabel(second, "hint"))
    line = row(spacing=10, margins=(14, 8, 12, 8))
    line.addWidget(icon_label(icon, tone, 16), 0, Qt.AlignmentFlag.AlignTop)
    line.addLayout(words, 1)
    if action is not None:
        line.addWidget(action)
    return frame("notice", line, tone)


def link(words: str, icon: str = "", on: Callable[[], object] | None = None) -> QPushButton:
    """A link of a card head."""
    return button(words, "link", icon, on=on)
