"""The tabs of the header. Where they do not all fit, the spare ones that stand last are under 更多."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from .basics import button

MORE = "更多 ▾"


class HeaderTabs(QWidget):
    """Tabs in one line, never squeezed. A tab that stands under 更多 shows its name there while it is chosen."""

    chosen = Signal(str)

    def __init__(self, tabs: Sequence[tuple[str, str, bool]]) -> None:
        """``tabs``: (key, title, spare); spare tabs are the first to go under 更多, the last of them first."""
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._titles = {key: title for key, title, _spare in tabs}
        self._spare = [key for key, _title, spare in tabs if spare]
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self._buttons: dict[str, QPushButton] = {}
        self._current = ""
        line = QHBoxLayout()
        line.setSpacing(0)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        for key, title in self._titles.items():
            self._buttons[key] = made = self._button(title)
            made.clicked.connect(partial(self._choose, key))
            line.addWidget(made)
            if self._spare and key == self._spare[-1]:
                line.addWidget(self._more_button())
        line.addStretch(1)
        self.setLayout(line)

    def _button(self, title: str) -> QPushButton:
        made = button(title, "tab")
        made.setCheckable(True)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return made

    def _more_button(self) -> QPushButton:
        self._more = self._button(MORE)
        self._more.setAccessibleName("更多业务")
        self._more.clicked.connect(self._open_menu)
        self._more.hide()
        return self._more

    @property
    def under_more(self) -> tuple[str, ...]:
        """The keys that stand under 更多 now."""
        return tuple(key for key, made in self._buttons.items() if made.isHidden())

    def menu(self) -> QMenu:
        """What 更多 opens."""
        menu = QMenu(self)
        for key in self.under_more:
            menu.addAction(self._titles[key], partial(self._choose, key))
        return menu

    def _open_menu(self) -> None:
        self.check(self._current)
        self.menu().popup(self._more.mapToGlobal(QPoint(0, self._more.height())))

    def _choose(self, key: str, _on: bool = False) -> None:
        self.check(self._current)
        self.chosen.emit(key)

    def check(self, key: str) -> None:
        """Show a tab as the current one."""
        self._current = key
        for other, made in self._buttons.items():
            made.setChecked(other == key)
        self._name_more()

    def _name_more(self) -> None:
        if not self._spare:
            return
        under = self._current in self.under_more
        self._more.setText(f"{self._titles[self._current]} ▾" if under else MORE)
        self._more.setChecked(under)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(sum(made.sizeHint().width() for made in self._buttons.values()), hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Put as many spare tabs under 更多 as the width demands."""
        widths = {key: made.sizeHint().width() for key, made in self._buttons.items()}
        left = self.width() - sum(widths.values())
        hidden: set[str] = set()
        if left < 0 and self._spare:
            left -= self._more.sizeHint().width() + 24
            for key in reversed(self._spare):
                if left >= 0:
                    break
                hidden.add(key)
                left += widths[key]
        for key, made in self._buttons.items():
            made.setVisible(key not in hidden)
        if self._spare:
            self._more.setVisible(bool(hidden))
        self._name_more()
