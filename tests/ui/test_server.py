"""The window on a county's PostgreSQL: the address typed at sign-in, the same tabs, settings and users."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from minzheng_desktop.store.store import Store
from minzheng_desktop.ui.app import Start, remembered_server
from minzheng_desktop.ui.signin import SignInPage
from minzheng_desktop.ui.worker import InlineWorker
from tests.exchange.offices import County, Town, join, new_town
from tests.store.conftest import PASSWORD, server_office
from tests.ui.moves import settle

__all__ = ["server_office"]

TODAY = date(2026, 11, 23)


@pytest.fixture
def filled(server_office: Store, tmp_path: Path) -> Iterator[Town]:
    """A county on the server that received one township's record, which waits for its decision."""
    county = County(server_office, tmp_path / "county")
    county.folder.mkdir()
    town = new_town(tmp_path / "town")
    join(town, county)
    town.add_reported_elder()
    package = town.export().file
    assert package is not None
    assert county.receive(package)[0].status == "applied"
    yield town
    town.store.close()


def test_sign_in_at_a_server_and_every_tab(filled: Town, server: str, tmp_path: Path, qtbot: QtBot) -> None:
    start = Start(tmp_path / "none.db", InlineWorker(), clock=lambda: TODAY)
    start.show_sign_in()
    settle()
    page = start.page
    assert isinstance(page, SignInPage)
    start.use_server(server.replace("postgres:@", "postgres@"), "")
    settle()
    assert "postgresql://" in page.file
    assert remembered_server().startswith("postgresql://postgres@")
    page._users.setEditText("唐敏")
    QTest.keyClicks(page.password, "wrong password")
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    settle()
    assert start.window is None
    assert "口令不对" in page._problem.text()
    page.password.clear()
    QTest.keyClicks(page.password, PASSWORD)
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    settle()
    window = start.window
    assert window is not None
    for key in window.order:
        window.shell.show_tab(key)
        settle(2)
        assert "程序出了错" not in window.shell.said, key
    approve = window.rooms["approve"]
    assert len(approve.page._rows) == 1
    window.shell.close()
