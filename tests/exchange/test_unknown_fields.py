"""Values of fields that this laptop does not know yet are kept through every save, and shown."""

from __future__ import annotations

from pathlib import Path

from minzheng_desktop.benefits import casework
from minzheng_desktop.county.replies.publishing import plan_publication, publish
from minzheng_desktop.exchange.down.offered import accept_offered
from minzheng_desktop.store import records, schema
from minzheng_desktop.store.unknown_fields import unknown_values
from minzheng_desktop.ui.gateway import records as gateway
from minzheng_desktop.ui.gateway.office import Office
from tests.county.test_publishing import CODES, OVERLAY, ready, send, write
from tests.exchange.offices import TODAY, County, Town


def test_a_value_of_an_unknown_field_outlives_saving(town: Town, county: County, tmp_path: Path) -> None:
    ready(town, county)
    table = '[[section]]\ntable = "x_visits"\ntitle = "走访"\n[section.field]\n'
    table += 'x_day = { label = "日期", type = "date" }\n'
    publish(
        county.store, plan_publication(county.store, write(tmp_path / "县", 高龄=OVERLAY + table, 代码=CODES))
    )
    send(county, town)
    accept_offered(town.store)
    (someone,) = town.add_people(1, birth_date="1940-01-01")
    known = {"apply_channel": "6", "apply_date": "2026-10-08"}
    doc = {**known, "x_pickup": "2", "x_visits": [{"key": "v1", "x_day": "2026-10-09"}]}
    with town.store.writing("test") as w:
        saved = casework.save_record(w, "elder_age", doc, today=TODAY, subject=records.Subject(someone))
    with town.store.writing("test") as w:  # as on a laptop where the county's fields were put off
        w.delete("catalog", schema.catalog.c.origin == "county")
        w.on_commit.append(town.store.catalog_changed)
    assert "x_pickup" not in town.store.catalog.forms["elder_age"].fields
    with town.store.writing("test") as w:
        whole = w.get("records", saved.id)
        assert whole is not None
        changed = {**whole["doc"], "apply_date": "2026-10-10"}
        casework.save_record(w, "elder_age", changed, today=TODAY, record_id=saved.id)
    with town.store.writing("test") as w:  # a window sends only the fields that it shows
        casework.save_record(
            w, "elder_age", {**known, "apply_date": "2026-10-11"}, today=TODAY, record_id=saved.id
        )
        row = w.get("records", saved.id)
    assert row is not None
    assert unknown_values(town.store.catalog.forms["elder_age"], row["doc"]) == {
        "x_pickup": "2", "x_visits": [{"key": "v1", "x_day": "2026-10-09"}],
    }  # fmt: skip
    assert (row["doc"]["apply_date"], row["doc"]["x_pickup"]) == ("2026-10-11", "2")
    assert row["doc"]["x_visits"] == [{"key": "v1", "x_day": "2026-10-09"}]


def test_the_window_shows_what_it_does_not_know(town: Town, tmp_path: Path) -> None:
    (someone,) = town.add_people(1, birth_date="1940-01-01")
    doc = {"apply_channel": "6", "apply_date": "2026-10-08", "x_pickup": "代领"}
    with town.store.writing("test") as w:
        saved = casework.save_record(w, "elder_age", doc, today=TODAY, subject=records.Subject(someone))
    opened = gateway.open_record(Office(town.store, lambda: TODAY), saved.id)
    assert "x_pickup = 代领" in opened.view.unknown
    assert "照样留着" in opened.view.unknown
