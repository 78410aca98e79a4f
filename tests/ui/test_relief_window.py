"""The services of relief in the window: who has no name yet, what the program lists by itself."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.dialog import ConfirmDialog
from minzheng_desktop.ui.window import Window
from tests.journeys.relief import ReliefTown
from tests.journeys.test_entitlement_check import elder
from tests.journeys.test_relief_registers import TestPool as Pool
from tests.ui.moves import open_window, settle

TODAY = date(2026, 9, 14)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path, today=date(2024, 2, 10))
    yield made
    made.store.close()


@pytest.fixture
def window(town: ReliefTown, themed: Any) -> Window:
    return open_window(Office(town.store, lambda: TODAY))


def room_of(window: Window, form: str) -> Any:
    window.shell.show_tab("area:relief")
    settle()
    room = window.rooms["area:relief"]
    room.choose_form(form)
    settle()
    return room


def agree(window: Window) -> str:
    """Press the verb of the dialog that is open; returns its sentence."""
    (dialog,) = [d for d in window.shell.findChildren(ConfirmDialog) if d.isVisible()]
    words = " ".join(label.text() for label in dialog.findChildren(object) if hasattr(label, "text"))
    dialog.agree()
    settle()
    return words


def test_somebody_whose_name_nobody_knows_is_registered_and_named_later(
    town: ReliefTown, window: Window
) -> None:
    room = room_of(window, "vagrant")
    room.begin_new()
    settle()
    room.editor.doc.update(
        found_on="2026-09-02", found_place="葛城街道车站", found_by="4", identity_state="2", temp_name="无名氏",
        temp_sex="1", temp_age=60,
    )  # fmt: skip
    room.save()
    settle()
    rows = room.page.table.rows_model.rows
    assert [rows[at].name for at in range(len(rows))] == ["无名氏"]
    person = town.person("田茂林", "1966-04-05")
    room.open(room.page.table.rows_model.rows[0].id)
    settle()
    room.begin_about(person)
    settle()
    room.save()
    settle()
    with town.store.reading() as r:
        (row,) = _records(r, "vagrant")
    assert (row["person"], row["doc"]["name"]) == (person, "田茂林")


def test_the_list_of_the_period_is_made_with_one_button(town: ReliefTown, window: Window) -> None:
    _, record = elder(town)
    room = room_of(window, "entitlement_check")
    assert room.page._gather.text() == "列出本期待办"
    room.page._gather.click()
    settle()
    assert "吴道芸" in agree(window)
    with town.store.reading() as r:
        (row,) = _records(r, FORM)
    assert (row["state"], row["doc"]["cycle"], row["doc"]["due_date"]) == ("pending", "2026", "2026-12-31")
    room.open(row["id"])
    settle()
    number = town.row(record)["number"]
    table = room.editor._tables["benefits"]
    assert number in table._cells(0, room.editor.doc["benefits"][0])["award"]
    room.page._gather.click()
    settle()
    assert "没有要补的" in window.shell.said


def test_steps_whose_condition_holds_are_taken_together(town: ReliefTown, window: Window) -> None:
    """Of three on the list one is certified, one is past her term, one has time."""
    made = []
    for name, more in (
        ("吴道芸", {"result": "1", "check_date": "2026-09-01", "method": "1"}),
        ("冉光福", {}),
        ("向世珍", {"due_date": "2026-12-31"}),
    ):
        person, award = elder(town, name)
        doc = {
            "cycle": "2026H2",
            "due_date": "2026-09-10",
            "benefits": [{"key": "1", "award": award}],
            **more,
        }
        town.today = TODAY
        record = town.save(FORM, doc, person=person)
        town.step(record, "list")
        town.today = date(2024, 2, 10)
        made.append((record, award))
    room = room_of(window, FORM)
    assert room.page._ready.text() == "成批办理"
    room.page._ready.click()
    settle()
    words = agree(window)
    assert "“认证通过” 1 件：吴道芸" in words
    assert "“逾期未认证，暂停待遇” 1 件：冉光福" in words
    assert [town.state(record) for record, _ in made] == ["passed", "suspended", "pending"]
    assert [town.state(award) for _, award in made] == ["active", "suspended", "active"]
    room.page._ready.click()
    settle()
    assert "没有够条件" in window.shell.said


def test_the_blue_button_is_a_step_that_can_be_taken(town: ReliefTown, window: Window) -> None:
    """In time: 认证通过, which says what is missing; past the term: 暂停待遇; an answered application: 办结."""
    person, award = elder(town)
    town.today = TODAY
    doc = {"cycle": "2026", "due_date": "2026-12-31", "benefits": [{"key": "1", "award": award}]}
    record = town.save(FORM, doc, person=person)
    town.step(record, "list")
    room = room_of(window, FORM)
    room.open(record)
    settle()
    assert room.opened.view.primary == "certify"
    town.change(record, due_date="2026-09-10")
    room.open(record)
    settle()
    assert room.opened.view.primary == "suspend"
    log = {
        "channel": "offline",
        "applied_on": "2026-09-02",
        "benefit": "dibao",
        "result": "2",
        "note": "户籍不在本镇",
    }
    asked = town.save("online_apply", log, person=person)
    town.step(asked, "register")
    room = room_of(window, "online_apply")
    room.open(asked)
    settle()
    assert room.opened.view.primary == "close"


def test_the_pool_is_filled_from_relief_with_one_button(town: ReliefTown, window: Window) -> None:
    Pool().dibian(town, ("白素珍", "02", "1980-03-02"), ("白小雨", "30", "2012-07-01"))
    with town.store.writing("in force") as w:
        for row in _records(w, "dibian"):
            w.set_cache("records", ("start_month",), [("2024-02", row["id"])])
    room = room_of(window, "low_income_pool")
    room.page._gather.click()
    settle()
    assert "低保边缘人口 2 人" in agree(window)
    with town.store.reading() as r:
        assert sorted(row["kind"] for row in _records(r, "low_income_pool")) == ["3", "3"]


FORM = "entitlement_check"


def _records(r: Any, form: str) -> list[dict[str, Any]]:
    from minzheng_desktop.store.records import each_form_record

    return list(each_form_record(r, form))
