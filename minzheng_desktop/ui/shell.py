"""The main window: header with tabs, the page in sight, status bar with the keys that work here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QPushButton, QStackedWidget, QWidget

from .kit.basics import ElideLabel, button, clear, column, frame, icon_label, label, row, set_icon, set_tone
from .kit.dialog import Overlay
from .kit.tabs import HeaderTabs
from .page import NARROW, Hint, Page

F_KEYS = (
    "F1", "F2", "Shift+F2", "F4", "F5", "F6", "F7", "F8", "F9", "F11",
    "Ctrl+S", "Ctrl+E", "Ctrl+Return", "Ctrl+Enter", "Ctrl+Up", "Ctrl+Down", "Esc", "Alt+Insert",
)  # fmt: skip
"""Keys that a page may use; the shell hands them on to the page in sight."""


@dataclass(frozen=True)
class Tab:
    """One tab of the header; a spare one goes under 更多 where there is no room."""

    key: str
    title: str
    make: Callable[[], Page]
    spare: bool = False


@dataclass(frozen=True)
class Fact:
    """One line at the right of the status bar."""

    text: str
    icon: str = ""
    tone: str = ""
    spare: bool = False
    """Left out where the window is narrow."""


class Shell(QMainWindow):
    """Header, pages, status bar. A tab makes its page when first opened; pages may lie on one another."""

    find_wanted = Signal()
    user_wanted = Signal()
    help_wanted = Signal()
    closing = Signal()
    left = Signal(str)
    """The key of a tab that was left for another."""

    def __init__(self, tabs: Sequence[Tab], *, user: str, brand: str = "民政台账") -> None:
        super().__init__()
        self.setWindowTitle(brand)
        self.setMinimumSize(1024, 540)
        self._tabs = {tab.key: tab for tab in tabs}
        self._stacks: dict[str, list[Page]] = {}
        self._current = ""
        self._way: tuple[str, str] = ("", "")
        self._pages = QStackedWidget()
        self._saying = QTimer(self)
        self._saying.setSingleShot(True)
        self._saying.timeout.connect(lambda: self._said("", ""))
        self._facts: tuple[Fact, ...] = ()
        whole = QWidget()
        whole.setObjectName("shell")
        whole.setLayout(column(self._header(brand, user), self._pages, self._status(), spacing=0))
        self.setCentralWidget(whole)
        self._shortcuts()

    # -- header ---------------------------------------------------------------

    def _header(self, brand: str, user: str) -> QWidget:
        self._brand = label(brand, "brand")
        self._bar = HeaderTabs([(key, tab.title, tab.spare) for key, tab in self._tabs.items()])
        self._bar.chosen.connect(self.show_tab)
        self._find = QPushButton()
        self._find.setProperty("role", "find")
        self._find.setAccessibleName("查找人员 Ctrl+K")
        self._find.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._find.setCursor(Qt.CursorShape.PointingHandCursor)
        self._find_words = label("查找人员", "hint")
        ctrl_k = label("Ctrl+K", "key")
        glass = icon_label("search", "ink-2", 16)
        for part in (self._find_words, ctrl_k, glass):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._find.setLayout(row(glass, self._find_words, None, ctrl_k, margins=(8, 0, 8, 0)))
        self._find.clicked.connect(self.find_wanted)
        self._user = button(user, "flat", "person", on=self.user_wanted.emit)
        self._user.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        line = row(
            icon_label("brand", "accent", 20), self._brand, 16, self._bar, self._find, 8, self._user,
            margins=(18, 0, 10, 0),
        )  # fmt: skip
        line.setStretch(3, 1)
        holder = QWidget()
        holder.setLayout(line)
        holder.setFixedHeight(47)
        self._header_frame = frame("header", column(holder, spacing=0))
        return self._header_frame

    def hide_header(self) -> None:
        """Before sign-in there are no tabs and nobody to find."""
        self._header_frame.hide()

    # -- status bar -------------------------------------------------------------

    def _status(self) -> QWidget:
        self._hints = row(spacing=6)
        self._fact_row = row(spacing=6)
        self._word_icon = icon_label("ok", "ok", 16)
        self._words = ElideLabel("")
        self._word_icon.hide()
        line = row(self._hints, 16, self._word_icon, self._words, 8, self._fact_row, margins=(16, 0, 24, 0))
        line.setStretch(3, 1)
        holder = QWidget()
        holder.setLayout(line)
        holder.setFixedHeight(31)
        return frame("statusbar", column(holder, spacing=0))

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Office, laptop, backup, what waits to be sent, when last saved."""
        self._facts = tuple(facts)
        self._fill_facts()

    def _fill_facts(self) -> None:
        clear(self._fact_row)
        for fact in self._facts:
            if fact.spare and self.width() < NARROW:
                continue
            if fact.icon:
                self._fact_row.addSpacing(8)
                self._fact_row.addWidget(icon_label(fact.icon, fact.tone or "ink-2", 16))
            self._fact_row.addWidget(label(fact.text, tone=fact.tone if fact.tone == "warn" else ""))

    def _fill_hints(self, hints: Sequence[Hint]) -> None:
        clear(self._hints)
        if self._current and self._current == self._way[1]:
            hints = (Hint("Esc", "回到清单"), *hints)
        for at, hint in enumerate(hints):
            if self.width() < NARROW and at >= 3:
                break
            if at:
                self._hints.addSpacing(8)
            self._hints.addWidget(label(hint.key, "key"))
            self._hints.addWidget(label(hint.word))

    def say(self, sentence: str, tone: str = "ok") -> None:
        """One sentence in the status bar, for twelve seconds; errors stay until the next one."""
        self._said(sentence, tone)
        if tone == "error":
            self._saying.stop()
        else:
            self._saying.start(12_000)

    def _said(self, sentence: str, tone: str) -> None:
        self._words.setText(sentence)
        set_tone(self._words, tone if tone != "info" else "")
        self._word_icon.setVisible(bool(sentence))
        if sentence:
            set_icon(
                self._word_icon,
                {"ok": "ok", "warn": "warn", "error": "error"}.get(tone, "info"),
                tone or "info",
                16,
            )

    @property
    def said(self) -> str:
        """The sentence that stands in the status bar."""
        return self._words.text()

    # -- pages ---------------------------------------------------------------------

    @property
    def tab(self) -> str:
        """The key of the current tab."""
        return self._current

    @property
    def page(self) -> Page | None:
        """The page in sight."""
        stack = self._stacks.get(self._current)
        return stack[-1] if stack else None

    def show_tab(self, key: str) -> None:
        """Open a tab; its page is made the first time."""
        if self.page is not None and key != self._current and not self.page.leave():
            self._bar.check(self._current)
            return
        if self._current and self._current != key:
            self.left.emit(self._current)
            self._way = ("", "")
        self._current = key
        self._bar.check(key)
        if key not in self._stacks:
            made = self._tabs[key].make()
            self._stacks[key] = [made]
            self._pages.addWidget(made)
        self._show_top()

    def remember_way(self, origin: str) -> None:
        """The tab in sight was opened from a list in another: Esc goes back to that list."""
        self._way = (origin, self._current) if origin != self._current else ("", "")
        self.refresh_hints()

    def tab_page(self, key: str) -> Page:
        """The page of a tab, opened if need be."""
        self.show_tab(key)
        while len(self._stacks[key]) > 1:
            self.back()
        return self._stacks[key][0]

    def show_help(self) -> None:
        """F1: the manual at what the page in sight is about."""
        from .help import HelpPanel

        page = self.page
        HelpPanel(page.manual if page is not None else "start").open_over(self.layer_parent())

    def open_page(self, page: Page) -> None:
        """Lay a page over the current one of this tab."""
        self._stacks[self._current].append(page)
        self._pages.addWidget(page)
        self._show_top()

    def back(self) -> None:
        """Take the top page of this tab away."""
        stack = self._stacks[self._current]
        if len(stack) > 1:
            gone = stack.pop()
            self._pages.removeWidget(gone)
            gone.deleteLater()
            self._show_top()

    def _show_top(self) -> None:
        page = self.page
        assert page is not None
        self._pages.setCurrentWidget(page)
        self._fill_hints(page.hints)
        page.arrive()
        page.take_focus()
        self._fill_hints(page.hints)

    def refresh_hints(self) -> None:
        """The page in sight has other keys now."""
        if self.page is not None:
            self._fill_hints(self.page.hints)

    @property
    def layer(self) -> Overlay | None:
        """The topmost dialog, None when the page is free."""
        layers = [one for one in self.centralWidget().findChildren(Overlay) if one.isVisible()]
        return layers[-1] if layers else None

    def layer_parent(self) -> QWidget:
        """Dialogs dim everything above the status bar and the bar itself stays readable."""
        return self.centralWidget()

    # -- keys ------------------------------------------------------------------------

    def _shortcuts(self) -> None:
        for at, key in enumerate(list(self._tabs)[:9], start=1):
            QShortcut(QKeySequence(f"Alt+{at}"), self, lambda chosen=key: self._unless_layer(chosen))
        QShortcut(QKeySequence("Ctrl+K"), self, self._find_unless_layer)
        for key in F_KEYS:
            QShortcut(QKeySequence(key), self, lambda pressed=key: self.press(pressed))

    def _unless_layer(self, tab: str) -> None:
        if self.layer is None:
            self.show_tab(tab)

    def _find_unless_layer(self) -> None:
        if self.layer is None:
            self.find_wanted.emit()

    def press(self, key: str) -> None:
        """Hand a key to the page in sight; F1 is help everywhere, Esc goes back unless the page uses it."""
        layer = self.layer
        if layer is not None:
            layer.press(key)
            return
        page = self.page
        if key == "Esc" and self._current == self._way[1] and len(self._stacks.get(self._current, ())) == 1:
            self.show_tab(self._way[0])
            return
        action = page.keys.get("Ctrl+Return" if key == "Ctrl+Enter" else key) if page is not None else None
        if action is not None:
            action()
        elif key == "F1":
            self.help_wanted.emit()
        elif key == "Esc" and self._current in self._stacks and len(self._stacks[self._current]) > 1:
            self.back()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._brand.setVisible(not narrow)
        self._find_words.setText("查找" if narrow else "查找人员")
        self._find.setFixedWidth(128 if narrow else 176)
        self._fill_facts()
        self.refresh_hints()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.page is not None and not self.page.leave():
            event.ignore()
            return
        self.closing.emit()
        event.accept()
