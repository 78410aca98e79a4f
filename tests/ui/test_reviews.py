"""死亡与复核: everything of one death chosen and confirmed with one key; reviews answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.benefits.lock import EVERY, lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.rooms.reviews import ReviewsRoom
from minzheng_desktop.ui.window import Window
from tests.benefits.offices import Office as MoneyOffice
from tests.benefits.samples import DIBAO, ELDER
from tests.ui.moves import open_window, settle
from tests.ui.test_desks import dialog_of, fill

TODAY = date(2024, 8, 5)


@pytest.fixture
def money(tmp_path: Path) -> Iterator[MoneyOffice]:
    office = MoneyOffice(tmp_path / "修齐镇.mz")
    office.use_rates([*DIBAO, *ELDER])
    yield office
    office.store.close()


def person_of(office: MoneyOffice, record: str) -> str:
    with office.store.reading() as r:
        row: Any = r.get("records", record)
    return str(row["person"])


def room_of(office: MoneyOffice) -> tuple[Window, ReviewsRoom]:
    window = open_window(Office(office.store, lambda: TODAY))
    window.open_reviews()
    settle()
    room = ReviewsRoom(window)
    room.open()
    settle()
    return window, room


def test_a_death_is_closed_with_one_key(money: MoneyOffice) -> None:
    """Alone in 低保, 600 − 310 = 290.00 a month, dead in May: June and July come back, 580.00. 高龄津贴 of the second
    quarter, 100 ÷ 4 = 25.00, one month of three too many: 8.33."""
    dibao = money.add_dibao("吴道芸", members=1, income=310 * 12 * 100, paid_through="2023-12")
    person = person_of(money, dibao)
    money.change_person(person, birth_date="1940-02-03")
    doc = {"apply_channel": "6"}
    money.add_record("elder_age", doc, {"birth_date": "1940-02-03"}, person=person, paid_through="2023-12")
    for month in range(1, 8):
        plan = plan_batch(money.store, form="dibao", month=f"2024-{month:02d}")
        lock_batch(money.store, plan, reasons={EVERY: "核对过"})
    for month in ("2024-03", "2024-06"):
        lock_batch(
            money.store, plan_batch(money.store, form="elder_age", month=month), reasons={EVERY: "核对过"}
        )
    money.change_person(person, death_date="2024-05-12", alive_status="2")
    window, room = room_of(money)
    rows = room.page.table.rows_model.rows
    assert [(line.get("name"), line.get("month"), line.get("over").text) for line in rows] == [
        ("吴道芸", "2024-06", "580.00"), ("吴道芸", "2024-06", "8.33"),
    ]  # fmt: skip
    room.page.act("all")
    room.page.act("confirm")
    settle()
    dialog_of(window).agree()
    settle()
    assert len(room.page.table.rows_model.rows) == 0
    with money.store.reading() as r:
        assert {row["state"] for row in r.get_many("records", [dibao]).values()} == {"stopped"}


def test_a_review_is_noted_or_put_off(money: MoneyOffice) -> None:
    """Born 2006-10-02 and 2006-10-01: 18 within 90 days of 2024-08-05."""
    for name, birth in (("冉小芳", "2006-10-02"), ("冉小兰", "2006-10-01")):
        person = money.add_person(name, birth=birth)
        money.add_record("orphan", {"apply_channel": "6", "turns_18": f"2024{birth[4:]}"}, {}, person=person)
    window, room = room_of(money)
    room.choose("reviews")
    settle()
    assert [line.get("day") for line in room.page.table.rows_model.rows] == ["2024-10-01", "2024-10-02"]
    room.page.act("confirm")
    settle()
    fill(window, "已告知监护人")
    (line,) = room.page.table.rows_model.rows
    assert line.get("name") == "冉小芳"
    room.page.act("later")
    settle()
    fill(window, "2024-09-01")
    assert len(room.page.table.rows_model.rows) == 0
    room.choose("answered")
    settle()
    assert [line.get("state").text for line in room.page.table.rows_model.rows] == ["已办", "以后再说"]


def test_the_workbench_leads_to_a_death(money: MoneyOffice) -> None:
    elder = money.add_elder("吴道芸", "1940-02-03", paid_through="2023-12")
    money.change_person(person_of(money, elder), death_date="2024-06-12", alive_status="2")
    window = open_window(Office(money.store, lambda: TODAY))
    window.shell.show_tab("desk")
    settle()
    page = window.rooms["desk"].page
    (line,) = page.shown
    assert (line.name, line.due.text, line.todo) == ("吴道芸", "死亡", "2024-07 起停发")
    page.urgent_chosen.emit(line)
    settle()
    assert window.shell.page.__class__.__name__ == "ListPage"
