"""F1: the manual over the page, opened at what the page is about, with a line to search in it."""

from __future__ import annotations

import re
from functools import cache

from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QTextBrowser, QWidget

from ..paths import resources_dir
from .kit.basics import button, column, label, row
from .kit.dialog import Overlay

CHAPTERS = (
    "start", "desk", "records", "entries", "roster", "economy", "people", "discover", "reviews", "payment",
    "recoveries", "preview", "certificates", "findings", "handover", "second_laptop", "lists", "transfers", "reports",
    "settings", "county", "duplicates", "signin",
)  # fmt: skip
"""The chapters in reading order; each is a file of resources/manual."""
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)


@cache
def chapter(key: str) -> str:
    """A chapter as Markdown."""
    return (resources_dir() / "manual" / f"{key}.md").read_text("utf-8")


def chapter_title(key: str) -> str:
    """What a chapter is called."""
    found = _HEADING.search(chapter(key))
    return found.group(1) if found else key


class HelpPanel(QFrame):
    """Chapters at the left, the text at the right; typing narrows the chapters to those that say it."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.setObjectName("dialog")
        self.keys = {"F1": self.close_layer}
        self._layer: Overlay | None = None
        self._search = QLineEdit()
        self._search.setPlaceholderText("在说明里找，例如：公示、恢复密钥、撤销")
        self._search.setFixedWidth(320)
        self._search.textChanged.connect(self._narrow)
        self._list = QListWidget()
        self._list.setFixedWidth(176)
        self._list.currentRowChanged.connect(self._show)
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.setMinimumHeight(400)
        self._keys: list[str] = []
        head = row(
            label("使用说明", "title"), None, self._search, button("关闭", key="Esc", on=self.close_layer)
        )
        inside = row(self._list, self.text, spacing=12)
        inside.setStretch(1, 1)
        self.setLayout(column(head, inside, spacing=12, margins=(24, 16, 24, 16)))
        self._narrow("")
        self.choose(key)

    def open_over(self, parent: QWidget) -> Overlay:
        """Dim the page and show the text."""
        self._layer = Overlay(parent, self, width=920)
        self.text.setFocus()
        return self._layer

    def close_layer(self) -> None:
        """Back to the page."""
        if self._layer is not None:
            self._layer.close_layer()

    def choose(self, key: str) -> None:
        """Open a chapter."""
        if key in self._keys:
            self._list.setCurrentRow(self._keys.index(key))

    @property
    def chapters(self) -> tuple[str, ...]:
        """The chapters that are listed now."""
        return tuple(self._keys)

    def _narrow(self, words: str) -> None:
        wanted = words.strip().lower()
        self._keys = [key for key in CHAPTERS if wanted in chapter(key).lower()]
        self._list.clear()
        self._list.addItems([chapter_title(key) for key in self._keys])
        if self._keys:
            self._list.setCurrentRow(0)
        else:
            self.text.setPlainText("说明里没有这个词。换一个说法再找。")
        if wanted and self._keys:
            self.text.find(words.strip())

    def _show(self, at: int) -> None:
        if 0 <= at < len(self._keys):
            self.text.setMarkdown(chapter(self._keys[at]))
            self.text.moveCursor(self.text.textCursor().MoveOperation.Start)
