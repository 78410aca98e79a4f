"""What several tests of the window do."""

from __future__ import annotations

from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.window import Opened, Window
from minzheng_desktop.ui.worker import InlineWorker


def settle(turns: int = 6) -> None:
    """Let layouts and queued events come to rest."""
    for _ in range(turns):
        QApplication.processEvents()


def open_window(office: Office) -> Window:
    """The window on an office, its jobs drained at once."""
    made = Window(office, InlineWorker(), Opened(office))
    made.shell.resize(1366, 768)
    made.shell.show()
    settle()
    return made


def type_text(text: str) -> None:
    """Letters and digits as keys, Chinese as an input method commits it, into whatever has the focus."""
    for part in text if not text.isascii() else (text,):
        widget = QApplication.focusWidget()
        assert widget is not None
        if part.isascii():
            for key in part:
                focus = QApplication.focusWidget()
                assert focus is not None
                QTest.keyClicks(focus, key)
        else:
            committed = QInputMethodEvent()
            committed.setCommitString(part)
            QApplication.sendEvent(widget, committed)
        settle(1)
    settle(2)
