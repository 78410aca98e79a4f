"""A PNG of every page at 1366×768 and at 125 %, for looking at side by side with the target pictures.

    python -m minzheng_desktop.ui.shots --out DIR [--db FILE]

Without ``--db`` a demonstration township and its county are made in a temporary folder, shown, and removed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..store.store import Store
    from .gateway.office import Office
    from .window import Window

SIZE = (1366, 768)
SCALES = (1.0, 1.25)


def take_pictures(db: Path, *, password: str, out: Path, user: str | None = None) -> list[Path]:
    """Open a database and take a picture of every page into ``out``; returns the files in order."""
    from ..store.store import Store

    with Store.open(db, user=user, password=password) as store:
        return take_shots(out, store)


def take_shots(out: Path, store: Store, *, prefix: str = "") -> list[Path]:
    """Pictures of every page of an open database, each at both scales; nothing is written into it but drafts."""
    from .gateway.office import Office

    app = _application()
    out.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    office = Office(store)
    for scale in SCALES:
        window = _open(office)
        window.shell.resize(round(SIZE[0] / scale), round(SIZE[1] / scale))
        ending = "" if scale == 1 else f"@{scale:.0%}".rstrip("%")
        for name in _walk(window):
            app.processEvents()
            target = out / f"{prefix}{name}{ending}.png"
            _picture(window, scale).save(str(target))
            files.append(target)
        window.let_go()
        window.shell.hide()
        window.shell.deleteLater()
    return files


def _application():
    from PySide6.QtWidgets import QApplication

    from . import theme

    if sys.platform != "win32" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["minzheng"])
    if not app.property("themed"):
        theme.apply_theme(app)
        app.setProperty("themed", True)
    return app


def _open(office: Office) -> Window:
    from .window import Opened, Window
    from .worker import InlineWorker

    window = Window(office, InlineWorker(), Opened(office))
    window.shell.resize(*SIZE)
    window.shell.show()
    return window


def _picture(window: Window, scale: float):
    """The window drawn at a device pixel ratio, as a screen at that scaling shows it."""
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QApplication

    for _ in range(4):
        QApplication.processEvents()
    made = QPixmap(*SIZE)
    made.setDevicePixelRatio(scale)
    window.shell.render(made, QPoint(0, 0))
    return made


def _walk(window: Window) -> Iterator[str]:
    """Go through every page; yields the name of each once it stands."""
    shell = window.shell
    for at, key in enumerate(window.order, start=1):
        shell.show_tab(key)
        yield f"{at:02d}-{key.replace(':', '-')}"
        yield from _PAGES.get(key.partition(":")[0], _nothing)(window, f"{at:02d}-{key.replace(':', '-')}")


def _nothing(window: Window, name: str) -> Iterator[str]:
    return iter(())


def _records(window: Window, name: str) -> Iterator[str]:
    room = window.rooms[window.shell.tab]
    if room.page.table.rows_model.rowCount() == 0:
        return
    room.page.table.selectRow(0)
    yield f"{name}-record"
    for at, tab in enumerate(room.opened.view.outline.tabs[1:], start=1):
        room.editor.choose_tab(at)
        yield f"{name}-record-{at}{tab.title}"
    if room.opened.view.outline.economy:
        window.open_economy(room)
        yield f"{name}-economy"
        window.shell.back()
    room.begin_new()
    yield f"{name}-new"
    room.close()
    if not window.is_county:
        window.open_roster(room.form)
        yield f"{name}-roster"
        window.shell.back()
        if room.page.can_enter:
            window.open_entries(room.form)
            yield f"{name}-entries"
            window.shell.back()


def _payment(window: Window, name: str) -> Iterator[str]:
    room = window.rooms["payment"]
    if room.planned is None or room.planned.plan is None:
        return
    room.preview()
    if window.shell.page is not room.page:
        yield f"{name}-preview"
        window.shell.back()
    if room.planned.month.can_lock:
        room.ask_lock()
        yield f"{name}-lock"
        window.shell.press("Esc")


def _people(window: Window, name: str) -> Iterator[str]:
    room = window.rooms["people"]
    if room.page.table.rows_model.rowCount() == 0:
        return
    window.find()
    yield f"{name}-find"
    window.shell.press("Esc")
    window.open_person(room.page.table.rows_model.rows[0].id)
    yield f"{name}-person"
    window.shell.back()


def _desk(window: Window, name: str) -> Iterator[str]:
    for page, show in (
        ("reviews", window.open_reviews), ("discover", window.open_discover), ("findings", window.open_findings),
    ):  # fmt: skip
        show()
        yield f"{name}-{page}"
        window.shell.back()


def _receive(window: Window, name: str) -> Iterator[str]:
    table = window.rooms["receive"].page.table
    if table.rows_model.rowCount():
        table.selectRow(0)
        yield f"{name}-package"


def _settings(window: Window, name: str) -> Iterator[str]:
    page = window.rooms["settings"].page
    for room, _title in page.rooms[1:]:
        page.choose(room)
        yield f"{name}-{room}"


_PAGES: dict[str, Callable[[Window, str], Iterator[str]]] = {
    "area": _records,
    "desk": _desk,
    "payment": _payment,
    "people": _people,
    "receive": _receive,
    "settings": _settings,
}


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="shots", description="存下窗口每一页的图")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--user")
    options = parser.parse_args(arguments)
    if options.db is not None:
        password = os.environ.get("MINZHENG_PASSWORD", "")
        files = take_pictures(options.db, password=password, out=options.out, user=options.user)
    else:
        files = _demonstration(options.out)
    sys.stdout.write("\n".join(str(file) for file in files) + "\n")
    return 0


def _demonstration(out: Path) -> list[Path]:
    from datetime import date

    from ..demo.township import PASSWORD, run_demonstration

    with tempfile.TemporaryDirectory() as folder:
        done = run_demonstration(Path(folder) / "demo", today=date.today())  # noqa: DTZ011 - the clerk's own day
        files = take_pictures(done.town, password=PASSWORD, out=out / "town")
        return files + take_pictures(done.county, password=PASSWORD, out=out / "county")


if __name__ == "__main__":
    raise SystemExit(main())
