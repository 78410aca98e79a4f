"""What points to a record: links kept beside the records, and look-ups that follow them; stock counted by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.store import records, schema, shelf
from minzheng_desktop.store.store import Store

TODAY = date(2024, 12, 20)
HEAD = 'key = "{key}"\ntitle = "{key}"\nversion = 1\nkind = "event"\nsubject = "none"\nworkflow = "service"\n'
LOT = """
[lookup]
given = { form = "x_gift", record = "self", states = "active", take = "sum", field = "pieces" }
[[section]]
title = "入库"
[section.field]
name   = { label = "品名", type = "text", required = true }
pieces = { label = "数量", type = "integer", required = true }
weight = { label = "单重", type = "decimal", digits = 1 }
left   = { label = "结余", type = "integer", calculation = "pieces - given" }
"""
GIFT = """
[lookup]
before = { form = "x_gift", record = "lot", states = "active", take = "sum", field = "pieces" }
alike  = { form = "x_gift", record = "lot", same = ["colour"], states = "active", take = "count" }
[[section]]
title = "发放"
[section.field]
lot    = { label = "批次", type = "record", form = "x_lot" }
pieces = { label = "数量", type = "integer", required = true }
colour = { label = "颜色", type = "text" }
name   = { label = "品名", type = "text", calculation = "lot.name" }
heavy  = { label = "超重", type = "yes_no", calculation = "lot.weight > 2.5" }
[rule]
stock = { assert = "before + pieces <= lot.pieces", message = "库存不够" }
"""


@pytest.fixture
def shop(store: Store) -> Store:
    """An office with two small forms: lots and what is given out of them."""
    with store.writing("publish") as w:
        for key, body in (("x_lot", LOT), ("x_gift", GIFT)):
            source = Source("form", key, f"affairs/{key}.toml", HEAD.format(key=key) + body, "local")
            w.insert("catalog", [shelf.entry(source)])
    store.catalog_changed()
    assert [p.sentence() for p in store.catalog.problems] == []
    return store


def save(shop: Store, form: str, **doc: Any) -> records.Saved:
    with shop.writing("save") as w:
        return casework.save_record(w, form, doc, today=TODAY)


def give(shop: Store, lot: str, pieces: int, **doc: Any) -> str:
    """A gift that was registered and checked."""
    gift = save(shop, "x_gift", lot=lot, pieces=pieces, **doc)
    with shop.writing("step") as w:
        casework.take_step(w, gift.id, "register", today=TODAY, actor="program")
        casework.take_step(w, gift.id, "check", today=TODAY, actor="program")
    return gift.id


def read(shop: Store, record: str) -> Mapping[str, Any]:
    with shop.reading() as r:
        found: dict[str, Any] = records.load_record(r, record)["doc"]
        return found


def test_a_field_shows_what_it_points_to(shop: Store) -> None:
    lot = save(shop, "x_lot", name="棉被", pieces=10, weight=26).id
    gift = save(shop, "x_gift", lot=lot, pieces=1)
    assert read(shop, gift.id)["name"] == "棉被"
    assert read(shop, gift.id)["heavy"] is True, "2.6 is above 2.5: a decimal, not its stored digits"


def test_what_was_given_before_counts_against_the_lot(shop: Store) -> None:
    lot, other = (save(shop, "x_lot", name=name, pieces=10).id for name in ("棉被", "大米"))
    give(shop, lot, 6)
    give(shop, other, 9)
    assert "库存不够" not in [p.message for p in save(shop, "x_gift", lot=lot, pieces=4).problems]
    assert "库存不够" in [p.message for p in save(shop, "x_gift", lot=lot, pieces=5).problems]
    with shop.writing("again") as w:
        casework.save_record(w, "x_lot", {"name": "棉被", "pieces": 10}, record_id=lot, today=TODAY)
    assert read(shop, lot)["left"] == 4


def test_same_compares_fields_of_both_documents(shop: Store) -> None:
    lot = save(shop, "x_lot", name="棉被", pieces=10).id
    give(shop, lot, 1, colour="红")
    give(shop, lot, 1, colour="蓝")
    form = shop.catalog.forms["x_gift"]
    with shop.reading() as r:
        env = records.environment(
            r, form, {"lot": lot, "colour": "红"}, subject=records.Subject(), state="draft", today=TODAY
        )
    assert (env.lookups["before"], env.lookups["alike"]) == (2, 1)


def test_links_follow_the_document(shop: Store) -> None:
    lot, other = (save(shop, "x_lot", name=name, pieces=10).id for name in ("棉被", "大米"))
    gift = save(shop, "x_gift", lot=lot, pieces=1).id
    with shop.writing("again") as w:
        casework.save_record(w, "x_gift", {"lot": other, "pieces": 1}, record_id=gift, today=TODAY)
    with shop.reading() as r:
        rows = r.rows(sa.select(schema.record_links))
    assert [(row["record"], row["target"], row["path"]) for row in rows] == [(gift, other, "lot")]
