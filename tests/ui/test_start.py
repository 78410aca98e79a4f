"""Before the office: first start, sign-in, wrong passwords, a lost password."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from minzheng_desktop.store import vault
from minzheng_desktop.store.store import Store
from minzheng_desktop.ui.app import Start
from minzheng_desktop.ui.first_start import FirstStartPage
from minzheng_desktop.ui.signin import SignInPage
from minzheng_desktop.ui.worker import InlineWorker, Worker
from tests.ui.moves import settle

TODAY = date(2026, 6, 18)
PASSWORD = "cheng-kou-2026"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real derivation, with a cost that a test can afford."""
    from minzheng_desktop.store.keyslots import Cost

    low = Cost(memory_kib=64, passes=1, lanes=1)
    for function in (Store.create, vault.create_vault, vault.reset_password):
        target = getattr(function, "__func__", function)
        monkeypatch.setitem(target.__kwdefaults__, "cost", low)


def _start(path: Path) -> Start:
    made = Start(path, InlineWorker(), clock=lambda: TODAY)
    made.begin()
    settle()
    return made


def _town(start: Start) -> tuple[FirstStartPage, str]:
    page = start.page
    assert isinstance(page, FirstStartPage)
    page._forward()
    page._division.setCurrentIndex(page._division.findText("修齐镇"))
    page._town_chosen()
    page._forward()
    page.user.setText("周晓岚")
    page.password.setText(PASSWORD)
    page.again.setText(PASSWORD)
    page._forward()
    settle()
    return page, page._key_text.text()


def test_first_start_makes_an_office_and_shows_the_key_once(tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "town.db"
    start = _start(path)
    page, key = _town(start)
    assert path.is_file()
    assert len(key.replace("-", "").replace(" ", "")) >= 20
    assert not page._next.isEnabled()
    page._kept.setChecked(True)
    page._forward()
    settle()
    assert start.window is not None
    shell = start.window.shell
    qtbot.waitUntil(lambda: "修齐镇" in " ".join(fact.text for fact in shell._facts))
    start.window.shell.close()


def test_short_and_different_passwords_are_refused_beside_their_boxes(tmp_path: Path) -> None:
    start = _start(tmp_path / "town.db")
    page = start.page
    assert isinstance(page, FirstStartPage)
    page._forward()
    page._forward()
    page.user.setText("周晓岚")
    page.password.setText("short")
    page.again.setText("other")
    page._forward()
    assert page._fields["password"].level == "error"
    assert page._fields["again"].level == "error"
    assert not (tmp_path / "town.db").exists()


def test_sign_in_with_enter(tmp_path: Path) -> None:
    path = tmp_path / "town.db"
    Store.create(path, role="township", division="500229106", user="周晓岚", password=PASSWORD)[0].close()
    start = _start(path)
    page = start.page
    assert isinstance(page, SignInPage)
    assert QApplication.focusWidget() is page.password
    QTest.keyClicks(page.password, "wrong password")
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    settle()
    assert start.window is None
    assert page._problem.text()
    page.password.clear()
    QTest.keyClicks(page.password, PASSWORD)
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    settle()
    assert start.window is not None
    start.window.shell.close()


def test_caps_lock_is_said(tmp_path: Path) -> None:
    path = tmp_path / "town.db"
    Store.create(path, role="township", division="500229106", user="周晓岚", password=PASSWORD)[0].close()
    page = _start(path).page
    assert isinstance(page, SignInPage)
    QTest.keyClick(page.password, Qt.Key.Key_A)
    assert not page._caps.isVisible()
    QTest.keyClicks(page.password, "Q")  # a capital without Shift held is what Caps Lock gives


def test_recovery_key_opens_and_sets_a_password(tmp_path: Path) -> None:
    path = tmp_path / "town.db"
    store, key = Store.create(path, role="township", division="500229106", user="周晓岚", password=PASSWORD)
    store.close()
    start = _start(path)
    start.recover(key, "周晓岚", "a new password")
    settle()
    assert start.window is not None
    start.window.shell.close()
    with Store.open(path, password="a new password") as again:
        assert again.user == "周晓岚"


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "town.db"
    path.write_bytes(b"not a database at all")
    start = _start(path)
    page = start.page
    assert isinstance(page, SignInPage)
    start.sign_in(str(path), "", PASSWORD)
    settle()
    assert start.window is None
    assert page._problem.text()


def test_the_worker_thread_owns_the_database(tmp_path: Path, qtbot) -> None:
    """The same with the real thread: sign in, open every tab, type into the search, close; nothing is lost."""
    path = tmp_path / "town.db"
    Store.create(path, role="township", division="500229106", user="周晓岚", password=PASSWORD)[0].close()
    start = Start(path, Worker(), clock=lambda: TODAY)
    start.begin(password=PASSWORD)
    qtbot.waitUntil(lambda: start.window is not None, timeout=10_000)
    window = start.window
    assert window is not None
    for key in window.order:
        window.shell.show_tab(key)
        settle()
    qtbot.waitUntil(lambda: bool(window.shell._facts), timeout=10_000)
    window.rooms["people"].add(
        {"name": "罗成贵", "id_number": "500229193603122211", "village": window.villages[0][0]}
    )
    qtbot.waitUntil(lambda: bool(window.shell.said), timeout=10_000)
    assert "程序出了错" not in window.shell.said
    window.shell.close()
    with Store.open(path, password=PASSWORD) as again:
        assert again.user == "周晓岚"
