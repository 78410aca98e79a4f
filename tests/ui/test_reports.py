"""报表 in the window: a township's month, the county's year, what stands behind a number, and the header's tabs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.cells import text_of
from minzheng_desktop.ui.kit.tabs import HeaderTabs
from minzheng_desktop.ui.rooms.reports import ReportsRoom
from minzheng_desktop.ui.window import Window
from tests.reports.offices import NORTH, SOUTH, County
from tests.ui.moves import open_window, settle

TODAY = date(2024, 12, 31)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[County]:
    made = County(tmp_path / "镇.mz", role="township", division=NORTH)
    yield made
    made.store.close()


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[County]:
    made = County(tmp_path / "县局.mz")
    yield made
    made.store.close()


def _room(office: County) -> tuple[Window, ReportsRoom]:
    window = open_window(Office(office.store, lambda: TODAY))
    window.shell.show_tab("reports")
    settle()
    return window, window.rooms["reports"]


def _row(room: ReportsRoom, name: str) -> int:
    rows = room.page.table.rows_model.rows
    return next(at for at, line in enumerate(rows) if text_of(line.get("name")) == name)


def test_a_township_sees_its_month_and_who_joined(town: County, tmp_path: Path) -> None:
    town.dibao([town.person("甲一"), town.person("甲二")], month="2024-03")
    joined = town.dibao([town.person("乙一")], month="2024-12")
    window, room = _room(town)
    page = room.page
    assert not page._kinds.isVisible(), "a township has one report"  # noqa: SLF001
    page.table.selectRow(_row(room, "农村低保"))
    settle()
    line = page.table.current
    assert [text_of(line.get(key)) for key in ("previous", "added", "ended", "current")] == [
        "1 户 2 人", "1 户 1 人", "0 户 0 人", "2 户 3 人",
    ]  # fmt: skip
    assert "1 + 1 − 0 = 2 户；2 + 1 − 0 = 3 人" in page._words.text()  # noqa: SLF001
    records = page._records  # noqa: SLF001
    assert records.isVisible()
    assert text_of(records.rows_model.rows[0].get("name")) == "乙一"
    page.record_opened.emit(records.rows_model.rows[0].target)
    settle()
    assert window.shell.tab == "area:relief"
    assert window.rooms["area:relief"].opened.view.id == joined
    window.shell.show_tab("reports")
    room.save(tmp_path / "月报.xlsx", "xlsx")
    settle()
    assert "读回核对相同" in window.shell.said
    assert openpyxl.load_workbook(tmp_path / "月报.xlsx")["月报"]["A1"].value.endswith("民政统计月报")
    room.choose("2024-02")
    settle()
    assert text_of(page.table.rows_model.rows[_row(room, "农村低保")].get("current")) == "0 户 0 人"
    window.let_go()


def test_the_county_sees_the_year_by_township_and_enters_facts(bureau: County) -> None:
    bureau.dibao([bureau.person("甲一"), bureau.person("甲二")])
    bureau.dibao([bureau.person("乙一", SOUTH)], SOUTH)
    window, room = _room(bureau)
    page = room.page
    page.table.selectRow(_row(room, "纳入低保人数"))
    settle()
    assert text_of(page.table.current.get("value")) == "3"
    assert "按身份证号去重" in page._words.text()  # noqa: SLF001
    sums = page._sums.rows_model.rows  # noqa: SLF001
    assert [(line.key, text_of(line.get("value")), text_of(line.get("share"))) for line in sums] == [
        (NORTH, "2", "66.7%"), (SOUTH, "1", "33.3%"),
    ]  # fmt: skip
    page._pills.choose("records")  # noqa: SLF001
    assert len(page._records.rows_model.rows) == 2, "two households"  # noqa: SLF001
    at = _row(room, "探访关爱服务机制")
    assert text_of(page.table.rows_model.rows[at].get("value")) == "—"
    room.enter_fact("visit_mechanism", "一", "2024-12-30", "制度文件")
    settle()
    assert "不是数" in window.shell.said
    room.enter_fact("visit_mechanism", "1", "2024-12-30", "城民发〔2024〕9号")
    settle()
    line = page.table.rows_model.rows[at]
    assert (text_of(line.get("value")), text_of(line.get("mark"))) == ("1", "县局登记")
    room.choose_kind("monthly")
    settle()
    assert page.table.rows_model.rowCount() == len(bureau.store.catalog.monthly)
    room.print()
    settle()
    assert window.shell.page is not page, "the preview lies over the page"
    window.let_go()


def test_facts_are_a_tab_of_the_county_alone(town: County, bureau: County) -> None:
    window = open_window(Office(town.store, lambda: TODAY))
    assert "area:county" not in window.order
    window.let_go()
    window = open_window(Office(bureau.store, lambda: TODAY))
    assert "area:county" in window.order
    window.let_go()


def test_tabs_that_do_not_fit_stand_under_more(qtbot: QtBot) -> None:
    spare = [(f"b{n}", f"业务第{n}类", True) for n in range(8)]
    tabs = HeaderTabs([("a", "工作台", False), *spare, ("z", "设置", False)])
    holder = QWidget()
    qtbot.addWidget(holder)
    tabs.setParent(holder)
    chosen: list[str] = []
    tabs.chosen.connect(chosen.append)
    holder.show()
    tabs.resize(2000, 47)
    settle()
    assert tabs.under_more == ()
    tabs.resize(600, 47)
    settle()
    under = tabs.under_more
    assert under
    assert under[-1] == "b7", "the last of the spare ones first"
    assert not {"a", "z"} & set(under)
    visible = [made for made in tabs.findChildren(type(tabs._more)) if made.isVisible()]  # noqa: SLF001
    assert all(made.width() >= made.sizeHint().width() for made in visible), "none is squeezed"
    tabs.menu().actions()[-1].trigger()
    assert chosen == ["b7"]
    tabs.check("b7")
    assert tabs._more.text() == "业务第7类 ▾"  # noqa: SLF001
