"""汇总看板: 25 rows in sight, every figure opens a list that equals it, Esc comes all the way back."""

# ruff: noqa: SLF001 - looks at what is painted
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from minzheng_desktop.store.store import Store
from minzheng_desktop.ui.county.charts import Chart
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.cells import follows, text_of
from minzheng_desktop.ui.listing import ListPage
from minzheng_desktop.ui.rooms.preview import PreviewRoom
from minzheng_desktop.ui.window import Window
from tests.county.ledgers import BASHAN, XIUQI, Ledgers
from tests.ui.conftest import CHEAP, PASSWORD
from tests.ui.moves import open_window, settle

JUNE, MAY = "2026-06", "2026-05"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.create(
        tmp_path / "county.db", role="county", division="500229", user="唐敏", password=PASSWORD, cost=CHEAP
    )[0]
    ledgers = Ledgers(made)
    with made.writing("test") as w:
        for owner, paid in ((XIUQI, (63_500, 41_111)), (BASHAN, (50_000, 20_000))):
            people = [ledgers.person(w, owner) for _ in paid]
            low = [ledgers.case(w, owner, "dibao", one, state="active", since="2026-01") for one in people]
            for month in (MAY, JUNE)[: 2 if owner == XIUQI else 1]:
                extra = 0 if month == MAY else 500
                ledgers.batch(
                    w, owner, "dibao", month,
                    [(record, person, cents + extra) for record, person, cents in zip(low, people, paid, strict=True)],
                )  # fmt: skip
            ledgers.case(w, owner, "dibao", ledgers.person(w, owner))
    yield made
    made.close()


@pytest.fixture
def window(store: Store) -> Window:
    return open_window(Office(store, lambda: date(2026, 6, 18)))


def board(window: Window) -> Any:
    return window.rooms["board"].page


def listed(window: Window) -> ListPage:
    page = window.shell.page
    assert isinstance(page, ListPage)
    return page


def row_of(window: Window, town: str) -> int:
    rows = board(window).table.rows_model.rows
    return next(at for at, one in enumerate(rows) if one.town == town)


def test_25_rows_stand_without_scrolling(window: Window) -> None:
    table = board(window).table
    assert table.rows_model.rowCount() == 25
    assert not table.verticalScrollBar().isVisible()
    last = table.visualRect(table.rows_model.index(24, 0))
    assert last.bottom() <= table.viewport().height()


def test_every_figure_opens_a_list_that_equals_it(window: Window) -> None:
    page, opened = board(window), 0
    for at, one in enumerate(page.table.rows_model.rows):
        for column, spec in enumerate(page.table.columns):
            value = getattr(one, spec.key)
            if not follows(value):
                continue
            page.table.setCurrentIndex(page.table.rows_model.index(at, column))
            QTest.keyClick(page.table, Qt.Key.Key_Return)
            settle(2)
            lines = listed(window).table.rows_model.rows
            shown = text_of(value).replace(",", "")
            if spec.key in ("now", "before"):
                assert f"{sum(line.target.cents for line in lines) / 100:.2f}" == shown
            else:
                assert len(lines) == int(shown)
            window.shell.press("Esc")
            settle(2)
            assert window.shell.page is page
            opened += 1
    assert opened == 5, "修齐 1 waiting, both months; 巴山 1 waiting and May"


def test_the_sums_at_the_foot_are_of_the_same_townships(window: Window) -> None:
    page = board(window)
    assert page._foot.text() == "25 个乡镇，1 个已报"
    # June of 修齐: 635.00 + 411.11 + 2 × 5.00; May of it without; 巴山's May is not counted
    assert (page._now.text(), page._before.text()) == ("1,056.11", "1,046.11")
    page._before.click()
    settle(2)
    assert "合计 1,046.11 元" in listed(window)._foot.text()


def test_from_a_figure_to_the_record_and_back(window: Window) -> None:
    page = board(window)
    page.figure_wanted.emit("now", XIUQI)
    settle(2)
    listed(window).table.setCurrentIndex(listed(window).table.rows_model.index(0, 0))
    QTest.keyClick(listed(window).table, Qt.Key.Key_Return)  # the batch
    settle(2)
    items = listed(window)
    assert items._title.text() == "汇总看板 › 最低生活保障 › 发放明细 · 修齐镇"
    assert "2 条，合计 1,056.11 元" in items._foot.text()
    items.table.setCurrentIndex(items.table.rows_model.index(0, 0))
    QTest.keyClick(items.table, Qt.Key.Key_Return)  # the item's record
    settle(2)
    assert window.shell.tab == "area:relief"
    window.shell.press("Esc")
    settle(2)
    assert window.shell.page is items
    window.shell.press("Esc")
    window.shell.press("Esc")
    settle(2)
    assert window.shell.page is page


def test_a_chip_opens_what_it_counts(window: Window) -> None:
    page = board(window)
    chip = page._chips.itemAt(0).widget()
    assert chip.text == "24 个乡镇未报"
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_Return)
    settle(2)
    late = listed(window)
    assert len(late.table.rows_model.rows) == 24
    late.opened.emit(late.table.rows_model.rows[0])
    settle(2)
    assert listed(window)._title.text() == "汇总看板 › 葛城街道"


def test_enter_on_a_township_opens_its_figures(window: Window) -> None:
    page = board(window)
    page.table.setCurrentIndex(page.table.rows_model.index(row_of(window, "修齐镇"), 0))
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    settle(2)
    figures = {
        text_of(line.cells["what"]): text_of(line.cells["value"])
        for line in listed(window).table.rows_model.rows
    }
    assert (figures["本月合计"], figures["上月合计"], figures["等县局决定"]) == ("1,056.11", "1,046.11", "1")
    assert figures["最低生活保障"] == "1,056.11"


def spot(chart: Chart, key: str) -> QPoint:
    chart.grab()  # painted, so that its parts have places
    return next(box.center().toPoint() for box, name, _words in chart._spots if name == key)


def test_a_column_of_the_chart_opens_what_it_sums(window: Window) -> None:
    page = board(window)
    chart = page._month_chart
    place = spot(chart, f"{MAY}/低保")
    assert chart.spot_at(QPointF(place)) == (f"{MAY}/低保", f"{MAY} 低保 1,746.11 元")
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place)
    settle(2)
    # 635.00 + 411.11 in 修齐, 500.00 + 200.00 in 巴山
    assert "合计 1,746.11 元" in listed(window)._foot.text()
    window.shell.press("Esc")
    page.money.toggle()
    settle(2)
    table = page.money.table
    rows = [[text_of(row.get(f"c{at}")) for at in range(6)] for row in table.rows_model.rows]
    assert rows[-1] == ["6 月", "0.11", "—", "—", "—", "0.11"]
    assert rows[-2][:2] == ["5 月", "0.17"]
    table.setCurrentIndex(table.rows_model.index(10, 1))
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle(2)
    assert "合计 1,746.11 元" in listed(window)._foot.text()


def test_at_125_per_cent_the_charts_take_the_place_of_the_table(window: Window) -> None:
    window.shell.resize(1093, 614)
    settle()
    page = board(window)
    assert not page._side.isVisible()
    page._charts.click()
    settle(2)
    assert page._side.isVisible()
    assert not page.table.isVisible()


def test_f9_is_the_months_report(window: Window) -> None:
    window.shell.press("F9")
    settle()
    shown = window.findChild(PreviewRoom)
    assert shown is not None
    assert shown.made is not None
    assert shown.made.name.startswith("民政统计月报")
    window.let_go()
