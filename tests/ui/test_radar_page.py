"""核查 at the county: the matrix, its cases, and closing them by a reason."""

# ruff: noqa: SLF001 - looks at what stands on the page
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from minzheng_desktop.store.store import Store
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.cells import text_of
from minzheng_desktop.ui.kit.dialog import ConfirmDialog
from minzheng_desktop.ui.window import Window
from tests.county.ledgers import XIUQI, Ledgers
from tests.ui.conftest import CHEAP, PASSWORD
from tests.ui.moves import open_window, settle


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    store = Store.create(
        tmp_path / "county.db", role="county", division="500229", user="唐敏", password=PASSWORD, cost=CHEAP
    )[0]
    made = Ledgers(store)
    with store.writing("test") as w:
        for cents in (11_000, 9_000):  # two strangers and one account: 200.00
            person = made.person(w, XIUQI)
            record = made.case(w, XIUQI, "djr_care", person, state="active", since="2026-01")
            made.batch(
                w, XIUQI, "djr_care", "2026-06", [(record, person, cents)], account_number="6217000000001"
            )
    window = open_window(Office(store, lambda: date(2026, 6, 18)))
    window.shell.show_tab("radar")
    settle()
    yield window
    store.close()


def cells(window: Window, at: int) -> list[str]:
    table = window.rooms["radar"].page.table
    one = table.rows_model.rows[at]
    return [text_of(one.get(spec.key)) for spec in table.columns]


def test_the_matrix_and_its_cases(window: Window, tmp_path: Path) -> None:
    page: Any = window.rooms["radar"].page
    assert page.table.rows_model.rowCount() == 0, "nobody has looked at this month"
    window.shell.press("F6")
    settle()
    assert page.table.rows_model.rowCount() == 26
    assert cells(window, 0) == ["合计", "—", "—", "—", "200.00 · 1", "—", "200.00", "1", "1"]
    town = next(at for at, one in enumerate(page.table.rows_model.rows) if one.key == XIUQI)
    assert cells(window, town)[4] == "200.00 · 1"
    page.table.setCurrentIndex(page.table.rows_model.index(town, 4))
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    settle(2)
    listing: Any = window.shell.page
    assert listing._foot.text() == "1 件，合计 200.00 元"
    (line,) = listing.table.rows_model.rows
    assert text_of(line.cells["state"]) == "没有告诉乡镇"
    listing.opened.emit(line)
    settle(2)
    assert window.shell.tab.startswith("area:")
    window.shell.press("Esc")
    settle(2)
    assert window.shell.page is listing
    window.shell.press("Esc")
    target = tmp_path / "雷达.xlsx"
    window.rooms["radar"].write_workbook(target)
    settle(2)
    sheet = openpyxl.load_workbook(target).active
    words = {str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert {"修齐镇", "200.00 · 1"} <= words


def test_an_accepted_case_is_closed(window: Window) -> None:
    window.shell.press("F6")
    settle()
    page: Any = window.rooms["radar"].page
    page.cases_wanted.emit("", "")
    settle(2)
    listing: Any = window.shell.page
    listing.act("accept")
    dialog = window.shell.findChildren(ConfirmDialog)[-1]
    dialog.findChild(QLineEdit).setText("父女同住，代领协议已补")
    dialog.agree()
    settle()
    (line,) = listing.table.rows_model.rows
    assert text_of(line.cells["state"]) == "已销号"
    assert text_of(line.cells["evidence"]) == "唐敏采信：父女同住，代领协议已补"
