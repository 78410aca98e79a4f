"""What goes down, in the window: read, looked at, taken, answered; published and written at the county."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit

from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.checks.desk import run_checks
from minzheng_desktop.county.replies.bulletins import write_bulletins
from minzheng_desktop.county.replies.publishing import plan_publication, publish
from minzheng_desktop.exchange.down.told import answer_told, told_findings
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.cells import text_of
from minzheng_desktop.ui.kit.dialog import ConfirmDialog
from minzheng_desktop.ui.rooms.desks import FindingsRoom
from minzheng_desktop.ui.rooms.down import DownRoom, OfferedRoom, PublishRoom, ToldRoom
from minzheng_desktop.ui.window import Window
from tests.benefits.offices import Office as MoneyOffice
from tests.benefits.samples import DIBAO, RAISE
from tests.county.test_findings_answered import add
from tests.county.test_publishing import CALENDAR, CODES, FORM, OVERLAY, write
from tests.exchange.offices import TODAY, XIUQI, County, Town, join, new_county, new_town
from tests.exchange.test_receipt import hand_over
from tests.ui.moves import open_window, settle


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[tuple[County, Town]]:
    county, town = new_county(tmp_path / "county"), new_town(tmp_path / "town")
    join(town, county)
    add(town, "周满", 2)  # a man with a woman's number: one warning for the county to find
    town.apply(hand_over(town, county))
    yield county, town
    for one in (county, town):
        one.store.close()


def window_of(office: County | Town) -> Window:
    return open_window(Office(office.store, lambda: TODAY))


def told_by(window: Window) -> str:
    return " ".join(label.text() for label in window.shell.findChildren(QLabel) if label.isVisible())


def agree(window: Window, *texts: str) -> None:
    dialog = window.shell.findChildren(ConfirmDialog)[-1]
    edits = [e for e in dialog.findChildren(QLineEdit) if e.isVisibleTo(dialog)]
    for edit, text in zip(edits, texts, strict=False):
        edit.setText(text)
    dialog.agree()
    settle()


def cells(room: Any, *keys: str) -> list[tuple[str, ...]]:
    rows = room.page.table.rows_model.rows
    return [tuple(text_of(row.get(key)) for key in keys) for row in rows if row is not None]


def test_what_came_down_is_shown_before_it_counts(offices: tuple[County, Town], tmp_path: Path) -> None:
    county, town = offices
    folder = write(tmp_path / "县", 高龄=OVERLAY, 代码=CODES, 日历=CALENDAR)
    write(folder / "elderly", 电扇=FORM)  # the folder is the area whose tab shows the form
    publish(county.store, plan_publication(county.store, folder))
    (written,) = write_bulletins(county.store, [XIUQI], county.folder)
    window = window_of(town)
    window.shell.show_tab("handover")
    settle()
    handover = window.rooms["handover"]
    handover.page.dropped.emit([str(written.file)])
    settle(2)
    room = next(one for one in window.children() if isinstance(one, OfferedRoom))
    settle()
    shown = cells(room, "what", "kind", "subject", "after")
    assert ("新增", "字段", "高龄津贴 · 领取方式", "领取方式，单选，选自“领取方式”") in shown
    assert ("新增", "表单", "送电扇", "2 个字段") in shown
    assert "x_fan" not in town.store.catalog.forms
    room.accept([])
    agree(window)
    assert "x_fan" in town.store.catalog.forms
    assert "已启用 4 个文件" in told_by(window)
    assert ("x_fan", "送电扇") in window.new_commands
    window.shell.show_tab("area:elderly")
    settle(2)
    window.rooms["area:elderly"].choose_form("x_fan")
    settle(2)
    assert window.rooms["area:elderly"].form == "x_fan"
    window.shell.back()
    handover.read_down([written.file])
    settle(2)
    assert "以前收过 1 个" in told_by(window)


def test_a_finding_is_answered_in_the_township_and_accepted_at_the_county(
    offices: tuple[County, Town],
) -> None:
    county, town = offices
    run_checks(county.store, month="2026-11", today=TODAY)
    (written,) = write_bulletins(county.store, [XIUQI], county.folder)
    window = window_of(town)
    window.shell.show_tab("handover")
    window.rooms["handover"].read_down([written.file])
    settle(2)
    assert "县局有 1 条核查问题等答复" in told_by(window)
    room = ToldRoom(window)
    room.open()
    settle()
    ((rule, people, state),) = cells(room, "rule", "people", "state")
    assert (rule, people[:2], state) == ("C14", "周*", "待答复")
    room.answer([room.page.chosen_lines()[0].id], "explained", "本人是女性，登记时写错", [])
    settle()
    assert cells(room, "rule") == []
    hand_over(town, county)
    desk = window_of(county)
    findings = FindingsRoom(desk)
    findings.choose("answered")
    settle(2)
    assert cells(findings, "rule", "state") == [("C14", "未处理")]
    findings.accept(findings.page.chosen_lines())
    agree(desk)
    assert cells(findings, "rule") == []
    with town.store.reading() as r:
        assert len(told_findings(r)) == 1
    with pytest.raises(Exception, match="没有写答复"):
        answer_told(town.store, ["x"], as_="explained", text="")


def test_the_county_publishes_and_writes_bulletins_in_the_window(
    offices: tuple[County, Town], tmp_path: Path
) -> None:
    county, _town = offices
    window = window_of(county)
    room = DownRoom(window)
    room.open()
    settle()
    assert len(cells(room, "town")) == 25
    assert ("修齐镇", "1", "没有发过") in cells(room, "town", "laptops", "read")
    room.preview(write(tmp_path / "县", 电扇=FORM))
    settle()
    preview = next(one for one in window.children() if isinstance(one, PublishRoom))
    assert cells(preview, "what", "subject") == [("新增", "送电扇")]
    preview.publish([])
    settle()
    assert "x_fan" in county.store.catalog.forms
    room.write_to([], tmp_path / "U盘")
    settle()
    assert [file.name for file in (tmp_path / "U盘").iterdir()] == ["500229106_0001.mzbul"]
    assert ("修齐镇", "0001", "还没有读到") in cells(room, "town", "number", "read")
    room.preview(write(tmp_path / "错", 电扇=FORM.replace('"register"', '"registre"')))
    settle()
    assert "没有下发任何内容" in told_by(window)


def test_a_late_standard_leads_to_the_adjust_batch(tmp_path: Path) -> None:
    """Domain §8.4: 870.00 was paid in September and October, 975.00 was due: 105.00 each."""
    office = MoneyOffice(tmp_path / "修齐镇.mz")
    office.use_rates(DIBAO)
    office.add_dibao("向世珍")
    for month in range(1, 11):
        lock_batch(office.store, plan_batch(office.store, form="dibao", month=f"2024-{month:02}"))
    office.use_rates([*DIBAO, RAISE])
    window = open_window(Office(office.store, lambda: date(2024, 11, 5)))
    room = OfferedRoom(window)
    room.choose("due")
    settle(2)
    assert cells(room, "subject", "before", "after") == [
        ("最低生活保障 2024年9月", "1 笔", "105.00 元"), ("最低生活保障 2024年10月", "1 笔", "105.00 元"),
    ]  # fmt: skip
    room.pay(room.page.chosen_lines()[:1])
    settle(3)
    planned = window.rooms["payment"].planned
    assert (planned.month.title, planned.plan.kind, planned.plan.total) == (
        "最低生活保障 · 2024年9月 · 调标补差", "adjust", 10500,
    )  # fmt: skip
    lock_batch(office.store, planned.plan)
    window.rooms["payment"].plan()
    settle(2)
    assert window.rooms["payment"].planned.plan.state == "locked"
    window.rooms["payment"].write(tmp_path / "补差.xlsx", "xlsx")
    settle(2)
    assert (tmp_path / "补差.xlsx").is_file()
    window.let_go()
    office.store.close()
