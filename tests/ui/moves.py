"""What several tests of the window do."""

from __future__ import annotations

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
