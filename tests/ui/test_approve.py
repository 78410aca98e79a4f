"""审批: filters, what changed, the sample before confirming, and another reviewer who was quicker."""

# ruff: noqa: SLF001 - looks at what stands on the page
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit

from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.cells import text_of
from minzheng_desktop.ui.kit.dialog import ConfirmDialog
from minzheng_desktop.ui.window import Window
from tests.county.ledgers import BASHAN, XIUQI, Ledgers
from tests.ui.conftest import CHEAP, PASSWORD
from tests.ui.moves import open_window, settle

TODAY = date(2026, 6, 18)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.create(
        tmp_path / "county.db", role="county", division="500229", user="唐敏", password=PASSWORD, cost=CHEAP
    )[0]
    ledgers = Ledgers(made)
    with made.writing("test") as w:
        for owner, born in ((XIUQI, "2012-06-19"), (XIUQI, "1950-01-01"), (BASHAN, "1940-01-01")):
            ledgers.case(w, owner, "tekun", ledgers.person(w, owner, birth_date=born))
        ledgers.case(w, BASHAN, "dibao", ledgers.person(w, BASHAN), doc={"apply_reason": "患病"})
    yield made
    made.close()


@pytest.fixture
def window(store: Store) -> Window:
    window = open_window(Office(store, lambda: TODAY))
    window.shell.show_tab("approve")
    settle()
    return window


def page_of(window: Window) -> Any:
    return window.rooms["approve"].page


def shown(window: Window) -> list[str]:
    return [f"{one.town} {one.business}" for one in page_of(window).table.rows_model.rows]


def told(layout: Any) -> list[str]:
    frames = [layout.itemAt(at).widget() for at in range(layout.count())]
    return [
        label.text()
        for one in frames
        if isinstance(one, QFrame)
        for label in one.findChildren(QLabel)
        if label.text()
    ]


def choose(combo: Any, words: str) -> None:
    combo.setCurrentIndex(combo.findText(words))
    combo.activated.emit(combo.currentIndex())
    settle(2)


def test_filters_by_form_township_and_age(window: Window) -> None:
    page = page_of(window)
    assert len(shown(window)) == 4
    choose(page._town, "修齐镇")
    assert shown(window) == ["修齐镇 特困人员", "修齐镇 特困人员"]
    choose(page._age, "未满 18 岁")
    assert len(shown(window)) == 1, "14 until the nineteenth"
    choose(page._age, "全部年龄")
    choose(page._town, "全部乡镇")
    choose(page._form, "最低生活保障")
    assert shown(window) == ["巴山镇 最低生活保障"]
    choose(page._wait, "满 30 天")
    assert shown(window) == [], "they came today"


def test_confirming_waits_for_the_sample(window: Window, store: Store) -> None:
    page = page_of(window)
    choose(page._form, "特困人员")
    assert told(page._strips) == ["特困人员等确认 3 件，3 件还没有抽样。按 30% 抽查过才能确认。"]
    page._tick_all()
    room = window.rooms["approve"]
    records = sorted(page._ticked)
    room.decide(records, "confirm", "同意", "12号")
    assert "还没有抽样" in window.shell.said
    room.draw("tekun")
    settle()
    assert window.shell.said.startswith("已抽样：3 件里抽中 1 件"), "ceil(0.3 × 3) = 1"
    window.shell.press("F7")
    settle(2)
    assert text_of(page.table.current.sample) == "抽中，要核"
    picked = page.table.current.id
    page._ask_recheck()
    dialog = window.shell.findChildren(ConfirmDialog)[-1]
    note = dialog.findChildren(QLineEdit)[-1]
    dialog._result.setCurrentIndex(1)
    assert dialog._missing() == "写明哪里不符，乡镇会看到。"
    dialog._result.setCurrentIndex(0)
    note.setText("独居，无生活来源")
    dialog.agree()
    settle()
    assert told(page._strips) == ["特困人员等确认 3 件，抽中的 1 件都有结果，可以确认。"]
    room.decide(records, "confirm", "同意", "12号")
    settle()
    assert window.shell.said.startswith("已决定 3 件")
    with store.reading() as r:
        text = r.scalar(sa.select(schema.decisions.c.text).where(schema.decisions.c.record == picked))
    assert text == "同意（入户抽查 2026-06-18 唐敏：属实，独居，无生活来源）"


def test_what_another_decided_is_told_row_by_row(window: Window, store: Store) -> None:
    page = page_of(window)
    page._tick_all()
    records = sorted(page._ticked)
    decide(store, records[:2], kind="return", text="缺材料", number="")  # somebody else, meanwhile
    window.rooms["approve"].decide(records, "return", "缺户口簿", "")
    settle()
    assert window.shell.said.startswith("已决定 2 件")
    lines = told(page._told)
    assert len(lines) == 2
    assert all("唐敏" in line and "已决定“退回”" in line for line in lines)


def test_what_changed_since_the_county_returned_it(window: Window, store: Store) -> None:
    page = page_of(window)
    with store.reading() as r:
        record = r.scalar(sa.select(schema.records.c.id).where(schema.records.c.form == "dibao"))
    at = next(n for n, one in enumerate(page.table.rows_model.rows) if one.id == record)
    page.table.selectRow(at)
    settle(2)
    words = [label.text() for label in page._panel.findChildren(QLabel)]
    assert "第一次报到县局，没有可比的以前内容。" in words
    (decision,) = decide(store, [record], kind="return", text="申请理由写清楚", number="").ids
    with store.writing("the township mends it") as w:
        w.put("decisions", {"id": decision, "state": "taken"})
        w.put("records", {"id": record, "doc": {"apply_reason": "患病，丧失劳动能力"}})
    window.rooms["approve"].refresh()
    settle()
    page.table.selectRow(next(n for n, one in enumerate(page.table.rows_model.rows) if one.id == record) - 1)
    page.table.selectRow(next(n for n, one in enumerate(page.table.rows_model.rows) if one.id == record))
    settle(2)
    words = [label.text() for label in page._panel.findChildren(QLabel)]
    assert "患病 → 患病，丧失劳动能力" in words
    assert any(text.startswith("比唐敏“退回”时的内容") for text in words)
