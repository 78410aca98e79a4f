"""The window is tested offscreen on real databases, with the shipped fonts and stylesheet, jobs drained at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.ui import theme
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.window import Window
from tests.ui.moves import open_window

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
TOWN, COUNTY = "500229106", "500229"
PASSWORD = "一个口令-1"
TODAY = date(2026, 6, 18)


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[QApplication]:
    """Every test sees the program as a clerk does, and leaves no widget behind."""
    if not qapp.property("themed"):
        theme.apply_theme(qapp)
        qapp.setProperty("themed", True)
    yield qapp
    for widget in qapp.topLevelWidgets():
        widget.hide()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _office(path: Path, role: str, division: str, **more: object) -> Store:
    return Store.create(
        path, role=role, division=division, user="周晓岚", password=PASSWORD, cost=CHEAP, **more
    )[0]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A demonstration township of its own."""
    store = _office(tmp_path / "town.db", "township", TOWN, demonstration=True)
    yield Office(store, lambda: TODAY)
    store.close()


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Office]:
    """A county of its own."""
    store = _office(tmp_path / "county.db", "county", COUNTY, demonstration=True)
    yield Office(store, lambda: TODAY)
    store.close()


@pytest.fixture
def window(office: Office) -> Window:
    """The township's window at 1366×768."""
    return open_window(office)
