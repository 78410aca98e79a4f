"""主动发现 in the window: accepted into a draft, put off, dismissed; the answers are seen again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.rooms.discover import DiscoverRoom
from tests.benefits.offices import Office as MoneyOffice
from tests.ui.moves import open_window, settle
from tests.ui.test_desks import dialog_of, fill

TODAY = date(2024, 7, 5)


@pytest.fixture
def money(tmp_path: Path) -> Iterator[MoneyOffice]:
    office = MoneyOffice(tmp_path / "修齐镇.mz")
    yield office
    office.store.close()


def test_suggestions_are_answered(money: MoneyOffice) -> None:
    for name, birth in (
        ("向甲", "1944-07-20"),
        ("向乙", "1944-08-01"),
        ("向丙", "1944-08-02"),
        ("向丁", "1934-01-01"),
    ):
        money.add_person(name, birth=birth)
    window = open_window(Office(money.store, lambda: TODAY))
    window.open_discover()
    settle()
    room = DiscoverRoom(window)
    room.open()
    settle()
    table = room.page.table

    def shown() -> list[str]:
        return [str(line.get("name")) for line in table.rows_model.rows]

    assert shown() == ["向丙", "向乙", "向甲", "向丁"]
    table.selectRow(0)
    room.page.act("later")
    settle()
    fill(window, "2024-08-01")
    table.selectRow(0)
    room.page.act("dismiss")
    settle()
    fill(window, "户口已迁出，没有更新")
    assert shown() == ["向甲", "向丁"]
    room.page.act("all")
    room.page.act("accept")
    settle()
    dialog_of(window).agree()
    settle()
    assert shown() == []
    with money.store.reading() as r:
        from sqlalchemy import select

        from minzheng_desktop.store import schema

        made = r.rows(select(schema.records))
    assert {(row["form"], row["state"], row["doc"]["apply_channel"]) for row in made} == {
        ("elder_age", "draft", "4")
    }
    for pill, name in (("postponed", "向丙"), ("dismissed", "向乙")):
        room.choose(pill)
        settle()
        assert shown() == [name]
