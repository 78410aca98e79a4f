"""From an accepted password to a usable list of 200,000 people, against the start of an empty PySide6 window; and
what the window's process then holds in memory. The key derivation is left out on both sides (a cheap one is used)."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from tests.benchmarks.township import PASSWORD, PEOPLE, big_township

EMPTY = """
import time
started = time.perf_counter()
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.resize(1366, 768)
window.show()
app.processEvents()
window.grab()
print(time.perf_counter() - started)
"""
ROUNDS = 5
TYPING = 1.5
"""Seconds that somebody types a password, while the sign-in card imports what comes next."""


def run() -> list[dict[str, Any]]:
    path = big_township()
    empty, ours, memory = [], [], []
    _python("-m", "tests.benchmarks.bench_window", str(path))  # compiles the modules, migrates the database
    for _ in range(ROUNDS):
        empty.append(float(_python("-c", EMPTY)))
        seconds, megabytes = json.loads(_python("-m", "tests.benchmarks.bench_window", str(path)))
        ours.append(seconds)
        memory.append(megabytes)
    start, opening = statistics.median(empty), statistics.median(ours)
    return [
        {
            "work": f"accepted password to usable list, {PEOPLE:,} people, against an empty window",
            "measured": opening,
            "reach": 1.5 * start,
            "unit": "s",
            "note": f"{opening / start:.2f} × the empty window's {start:.2f} s",
        },
        {
            "work": f"memory of the window with {PEOPLE:,} people",
            "measured": max(memory),
            "reach": 400,
            "unit": "MB",
        },
    ]


def _python(*arguments: str) -> str:
    """The last line that a fresh process prints; it finds compiled modules as an installed program does."""
    told = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, env=told)
    return done.stdout.splitlines()[-1]


def open_window(path: str) -> tuple[float, float]:
    """(seconds from the accepted password to rows in the list, megabytes held then)."""
    from pathlib import Path

    import psutil
    from PySide6.QtWidgets import QApplication, QTableView

    from minzheng_desktop.ui import theme
    from minzheng_desktop.ui.app import Start
    from minzheng_desktop.ui.worker import Worker

    app = QApplication([])
    theme.apply_theme(app)
    start = Start(Path(path), Worker())
    start.begin()
    settled = time.perf_counter() + TYPING
    while time.perf_counter() < settled:
        app.processEvents()
    started = time.perf_counter()
    start.sign_in(path, "甲", PASSWORD)
    while start.window is None:
        app.processEvents()
    shell = start.window.shell
    shell.show_tab("people")
    while not any(view.model() and view.model().rowCount() for view in shell.findChildren(QTableView)):
        app.processEvents()
        time.sleep(0.001)  # as an event loop at rest leaves the processor to the worker
    shell.grab()
    seconds = time.perf_counter() - started
    return seconds, psutil.Process().memory_info().rss / 1e6


if __name__ == "__main__":
    print(json.dumps(open_window(sys.argv[1])), flush=True)  # noqa: T201 - read by `run`
    os._exit(0)  # the worker's thread still holds the database
