"""Where files go: the dialog of remembered sticks and folders, and files dropped on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from ..store.destinations import Found, size_words
from .kit.basics import ElideLabel, body, button, column, label, row
from .kit.dialog import ConfirmDialog

SHOWN = 6
WIDEST = 370
"""Pixels of the words beside a tick, so that what is free stands beside it."""


class PlacesDialog(ConfirmDialog):
    """Ticks one or several destinations; those that cannot be used now are named with the reason."""

    chosen = Signal(object)
    """The folders, in their order."""

    def __init__(
        self, found: Sequence[Found], *, title: str, sentence: str, verb: str,
        browse: Callable[[], Path | None], several: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(
            title=title, icon="usb", sentence=sentence, verb=verb, quiet="取消", verb_icon="check"
        )
        self._browse, self._several = browse, several
        self._ticks: dict[Path, QCheckBox] = {}
        self._list = column(spacing=8)
        self.body.addLayout(self._list)
        self.body.addLayout(row(button("别的文件夹…", "flat", "plus", on=self.add), None))
        first = True
        for one in found[:SHOWN]:
            usable = not one.problem
            self._add(one, ticked=usable and first and one.remembered)
            first = first and not (usable and one.remembered)
        if first and found:
            usable_ones = [one.folder for one in found[:SHOWN] if not one.problem]
            if usable_ones:
                self._ticks[usable_ones[0]].setChecked(True)
        self.require(lambda: "" if self.folders else "勾上要写到的盘或文件夹。")
        self.agreed.connect(lambda: self.chosen.emit(self.folders))

    @property
    def folders(self) -> list[Path]:
        """What is ticked."""
        return [folder for folder, tick in self._ticks.items() if tick.isChecked()]

    def add(self) -> None:
        """Ask for a folder that is not in the list, and tick it."""
        folder = self._browse()
        if folder is not None:
            self.tick(folder)

    def tick(self, folder: Path) -> None:
        """Tick a destination, adding it where it is not in the list."""
        if folder not in self._ticks:
            self._add(Found(folder, "这次选的文件夹"), ticked=True)
            if self._layer is not None:
                self._layer.fit()
        self._ticks[folder].setChecked(True)

    def _toggled(self, folder: Path, on: bool) -> None:
        """Where one destination is asked for, ticking it takes the tick from the others."""
        if on and not self._several:
            for other, tick in self._ticks.items():
                if other != folder:
                    tick.setChecked(False)

    def _add(self, one: Found, *, ticked: bool) -> None:
        first, second_words = (one.device, str(one.folder)) if one.stick else (str(one.folder), one.device)
        tick = QCheckBox()
        tick.setText(tick.fontMetrics().elidedText(first, Qt.TextElideMode.ElideMiddle, WIDEST))
        tick.setToolTip(first)
        tick.setChecked(ticked)
        tick.setEnabled(not one.problem)
        room = one.problem or (f"剩 {size_words(one.free)}" if one.free else "")
        state = label(room, "hint", "warn" if one.problem else "")
        second = ElideLabel(second_words, "hint")
        under = row(24, second, label(_since(one), "hint"))
        under.setStretch(1, 1)
        if not one.problem:  # two sticks may have had one letter; only the one that is there can be ticked
            tick.toggled.connect(lambda on, folder=one.folder: self._toggled(folder, on))
            self._ticks[one.folder] = tick
        self._list.addWidget(body(column(row(tick, None, state), under, spacing=2)))


def _since(one: Found) -> str:
    if one.used_at:
        return f"上次用 {one.used_at[:10]}"
    return "" if one.remembered else "没用过"


class FileDrop(QObject):
    """Takes files and folders that are dropped on a page."""

    dropped = Signal(object)
    """The paths, as a list."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        page.setAcceptDrops(True)
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent):  # QDragEnterEvent and QDragMoveEvent are drop events too
            paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
            if not paths:
                return False
            event.acceptProposedAction()
            if event.type() is QEvent.Type.Drop and not isinstance(event, QDragEnterEvent):
                self.dropped.emit(paths)
            return True
        return False
