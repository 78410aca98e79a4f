"""What saving and steps find doubtful is shown: in the line at the foot, at its field or at the head of the record."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.records.asks import AskDialog
from minzheng_desktop.ui.records.outline import FieldProblem
from minzheng_desktop.ui.window import Window
from tests.journeys.relief import ReliefTown
from tests.journeys.test_entitlement_check import elder, quarter
from tests.ui.moves import open_window, settle

TODAY = date(2024, 7, 5)
R03 = "渝民发〔2021〕15号"
"""Domain §7: from the month after somebody enters 特困, the two subsidies of disabled people end."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path, today=date(2024, 2, 10))
    yield made
    made.store.close()


@pytest.fixture
def window(town: ReliefTown, themed: Any) -> Window:
    return open_window(Office(town.store, lambda: TODAY))


def room_of(window: Window, area: str, form: str) -> Any:
    window.shell.show_tab(area)
    settle()
    room = window.rooms[area]
    room.choose_form(form)
    settle()
    return room


def in_tekun(town: ReliefTown, person: str, *, mode: str = "2") -> None:
    """Somebody supported as 特困 since January; mode 1 in an institution."""
    record = town.save(
        "tekun", {"tekun_type": "2", "support_mode": mode, "apply_channel": "1"}, person=person
    )
    with town.store.writing("in force") as w:
        w.put(
            "steps",
            {"owner": w.store.site.division, "record": record, "step": "confirm", "from_state": "reported",
             "to_state": "confirmed", "at": "2024-01-05T09:00:00+08:00", "effective_month": "2024-01",
             "actor": "county", "by": "李审核"},
        )  # fmt: skip
        w.set_cache("records", ("state", "start_month"), [("confirmed", "2024-01", record)])


def heads(room: Any) -> list[str]:
    """The sentences of the notices that stand at the head of the record."""
    return [
        w.text() for w in room.editor._notices.findChildren(QLabel) if w.text() and w.isVisibleTo(room.editor)
    ]


def begin(town: ReliefTown, room: Any, person: str, **values: Any) -> None:
    room.begin_new()
    settle()
    room.begin_about(person)
    settle()
    room.editor.doc.update(values)


def test_another_benefit_is_told_after_saving_and_stands_at_the_record_until_the_next_save(
    town: ReliefTown, window: Window
) -> None:
    person = town.person("吴道芸", "1960-02-03", sex="2")
    in_tekun(town, person)
    room = room_of(window, "area:disabled_children", "djr_care")
    begin(town, room, person)
    room.save()
    settle()
    assert window.shell.said.startswith("已保存，有 1 处提醒：吴道芸同时有"), window.shell.said
    assert R03 in window.shell.said
    (told,) = [words for words in heads(room) if R03 in words]
    assert "特困" in told
    room.editor.judge_now()
    settle()
    assert told in heads(room), "typing does not take it away"
    assert room.editor.go_to_next("warning")
    other = town.person("秦大菊", "1977-01-01", sex="2")
    begin(town, room, other)
    assert told not in heads(room), "it is said of one record"
    with town.store.reading() as r:
        (record,) = [row["id"] for row in r.rows(_records("djr_care")) if row["person"] == person]
        tekun = next(row["id"] for row in r.rows(_records("tekun")))
    room.open(record)
    settle()
    assert told in heads(room)
    with town.store.writing("ended") as w:
        w.set_cache("records", ("state", "end_month"), [("stopped", "2024-02", tekun)])
    room.save()
    settle()
    assert window.shell.said.startswith("已保存 吴道芸 "), window.shell.said
    assert told not in heads(room)


def test_ending_a_benefit_tells_what_was_paid_beyond_the_end(town: ReliefTown, window: Window) -> None:
    """600.00 a year from 90 on: 50.00 a month. Stopped from April when the second quarter is paid: 150.00 too much."""
    town.today = date(2024, 2, 10)
    _, record = elder(town)
    assert quarter(town, "2024-03")
    town.today = date(2024, 6, 10)
    assert quarter(town, "2024-06")[record] == (15_000, 0)
    room = room_of(window, "area:elderly", "elder_age")
    room.open(record)
    settle()
    room.editor.doc["stop_reason"] = "move_out"
    room.save()
    settle()
    room.step("stop_at_once")
    settle()
    (dialog,) = [d for d in window.shell.findChildren(AskDialog) if d.isVisible()]
    dialog._edits["reason"].setText("户籍迁出")
    dialog._edits["month"].setText("2024-04")
    dialog.agree()
    settle()
    # the other one is the made-up account number, whose check digit is wrong
    assert "已停发，有 2 处提醒：从 2024-04 起不再享受，已经多发 150.00 元" in window.shell.said
    assert any("150.00 元" in words for words in heads(room))


def test_a_hint_with_a_field_stands_at_its_field(town: ReliefTown, window: Window) -> None:
    person = town.person("秦大菊", "1977-01-01", sex="2")
    room = room_of(window, "area:disabled_children", "djr_care")
    begin(town, room, person)
    room.save()
    settle()
    record = room.opened.view.id
    room._told[record] = (FieldProblem("cert_no", "warning", "和残联名册不一样。", "和残联名册不一样。"),)
    room.open(record)
    settle()
    field = room.editor._fields["cert_no"].fields["cert_no"]
    assert (field.level, field.message) == ("warning", "和残联名册不一样。")


def test_what_is_said_of_a_service_stands_over_the_next_one(town: ReliefTown, window: Window) -> None:
    """R16_collective: an institution feeds whom it keeps; saving a service begins the next at once."""
    person = town.person("吴道芸", "1940-02-03", sex="2")
    in_tekun(town, person, mode="1")
    room = room_of(window, "area:elderly", "meal")
    begin(town, room, person, month="2024-07")
    room.save()
    settle()
    assert room.opened.view.id == ""
    (told,) = [words for words in heads(room) if "R16_collective" in words]
    assert told.startswith("刚存的 吴道芸 ")
    room.close()
    room.begin_new()
    settle()
    assert told not in heads(room)
    room.close()
    settle()


def _records(form: str) -> Any:
    import sqlalchemy as sa

    from minzheng_desktop.store import schema

    return sa.select(schema.records).where(schema.records.c.form == form)
