"""Attachments looked at over the page: unsealed in memory, drawn page by page, written nowhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QWidget

from ..kit.basics import button, column, icon_label, label, row, scroll
from ..kit.dialog import Overlay
from ..paper import Paper

WIDTH, HEIGHT = 720, 480


class ScansDialog(QFrame):
    """Shows (title, plain bytes) one page after the other; PageDown and PageUp turn, Esc closes."""

    def __init__(
        self,
        name: str,
        scans: Sequence[tuple[str, bytes]],
        *,
        removed: Callable[[int, str], None] | None = None,
    ) -> None:
        """``removed``: told which of the scans is taken out of its field, and why; None where that may not be done."""
        super().__init__()
        self.setObjectName("dialog")
        self._layer: Overlay | None = None
        self._papers: list[Paper] = []
        self.pages: list[tuple[str, Callable[[], QImage]]] = []
        self._scan_of: list[int] = []
        self._removed = removed
        for number, (title, data) in enumerate(scans):
            self._add(number, title, data)
        self.at = 0
        self._words = label("", "hint")
        self._sheet = QLabel()
        self._sheet.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        area = scroll(self._sheet)
        area.setFixedHeight(HEIGHT)
        self._close = button("关闭", key="Esc", on=self.close_layer)
        back = button("上一页", key="PgUp", on=lambda: self.turn(-1))
        on = button("下一页", key="PgDn", on=lambda: self.turn(1))
        head = row(icon_label("eye", "accent", 20), label(name, "title"), self._words, None)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText("要移除这一份，写明原因")
        take = button("移除这一份", icon="close", on=self.remove)
        if removed is None:
            self.reason.hide()
            take.hide()
        foot = row(back, on, 12, self.reason, take, None, self._close, spacing=8)
        self.setLayout(column(head, area, foot, spacing=12, margins=(24, 20, 24, 16)))
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self.turn(by)

    def turn(self, by: int) -> None:
        """Show the page so many further, if there is one."""
        self.at = min(max(self.at + by, 0), max(len(self.pages) - 1, 0))
        self._show()

    def open_over(self, parent: QWidget) -> None:
        """Dim the parent and show."""
        self._layer = Overlay(parent, self, width=WIDTH + 64)
        self._layer.closed.connect(self._let_go)
        self._close.setFocus()

    def close_layer(self) -> None:
        """Give the page back."""
        if self._layer is not None:
            self._layer.close_layer()

    def remove(self) -> None:
        """Take the file in sight out of its field; without a reason nothing happens."""
        reason = self.reason.text().strip()
        if self._removed is None or not self.pages:
            return
        if not reason:
            self._words.setText("写明为什么移除，再按“移除这一份”。")
            self.reason.setFocus()
            return
        scan = self._scan_of[self.at]
        self.close_layer()
        self._removed(scan, reason)

    def _add(self, number: int, title: str, data: bytes) -> None:
        if data.startswith(b"%PDF-"):
            paper = Paper(data)
            self._papers.append(paper)
            for page in range(len(paper)):
                self._scan_of.append(number)
                scale = WIDTH / paper.size(page)[0]
                self.pages.append(
                    (title, lambda paper=paper, page=page, scale=scale: paper.draw(page, scale))
                )
        else:
            self._scan_of.append(number)
            self.pages.append((title, lambda: _picture(data)))

    def _show(self) -> None:
        if not self.pages:
            self._words.setText("没有可看的页")
            return
        title, draw = self.pages[self.at]
        self._words.setText(f"{title} · 第 {self.at + 1} 页，共 {len(self.pages)} 页")
        image = draw()
        if image.isNull():
            self._sheet.setText("这张图片打不开，文件可能不完整。")
        else:
            self._sheet.setPixmap(QPixmap.fromImage(image))

    def _let_go(self) -> None:
        for paper in self._papers:
            paper.close()
        self._papers, self.pages = [], []


def _picture(data: bytes) -> QImage:
    image = QImage.fromData(data)
    if image.width() <= WIDTH:
        return image
    return image.scaledToWidth(WIDTH, Qt.TransformationMode.SmoothTransformation)
