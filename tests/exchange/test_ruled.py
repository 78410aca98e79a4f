"""The county's rulings and decisions come down once, whichever file brings them, and alike on two laptops."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.replies.bulletins import write_bulletins
from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.exchange.down.acknowledge import AppliedReceipt, apply_receipt
from minzheng_desktop.exchange.down.bulletin import read_bulletin
from minzheng_desktop.exchange.down.ruled import EFFECTS, NotYet, Ruling, open_rulings
from minzheng_desktop.exchange.down.taking import take_again
from minzheng_desktop.store import schema
from minzheng_desktop.store.backup import STANDING_SETTING
from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Writing
from tests.exchange.offices import PASSWORD, TODAY, XIUQI, County, Town
from tests.exchange.test_receipt import again, hand_over


def rule(county: County, kind: str, subject: str, **more: Any) -> str:
    with county.store.writing("test") as w:
        body = {"owner": XIUQI, "kind": kind, "subject": subject, "at": w.at, "state": "issued", **more}
        return w.put("rulings", body)


def state_of(store: Store, ruling: str) -> str:
    with store.reading() as r:
        row = r.get("rulings", ruling)
    return "" if row is None else str(row["state"])


def brought(applied: AppliedReceipt) -> tuple[int, int, int, int]:
    ruled = applied.rulings
    return len(ruled.taken), len(ruled.waiting), len(ruled.unknown), len(ruled.known)


def test_a_ruling_of_an_unknown_kind_is_kept_shown_and_taken_by_a_newer_program(
    town: Town, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    (someone,) = town.add_people(1)
    hand_over(town, county)
    ruling = rule(county, "of_tomorrow", someone, text="按新办法办")
    assert brought(town.apply(again(town, county))) == (0, 0, 1, 0)
    with town.store.reading() as r:
        (waiting,) = open_rulings(r)
    assert (waiting.kind, waiting.text) == ("of_tomorrow", "按新办法办")
    assert "升级" in waiting.more["waits"]
    told: list[tuple[str, date]] = []

    def effect(w: Writing, ruling: Ruling, today: date) -> None:
        told.append((ruling.subject, today))

    monkeypatch.setitem(EFFECTS, "of_tomorrow", effect)
    assert brought(town.apply(again(town, county))) == (1, 0, 0, 0)
    assert told == [(someone, TODAY)]
    assert brought(town.apply(again(town, county))) == (0, 0, 0, 1)
    assert len(told) == 1
    assert state_of(town.store, ruling) == "taken"


def test_a_ruling_waits_for_a_row_and_is_sent_until_every_laptop_read_it(
    town: Town, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: list[str] = []

    def effect(w: Writing, ruling: Ruling, today: date) -> None:
        if not here:
            raise NotYet("not_yet", "在等另一台电脑的包")
        w.put("people", {"id": ruling.subject, "phone": "13800000000"})

    monkeypatch.setitem(EFFECTS, "waiting", effect)
    (someone,) = town.add_people(1)
    hand_over(town, county)
    rule(county, "waiting", someone)
    assert brought(town.apply(again(town, county))) == (0, 1, 0, 0)
    here.append("row")
    with town.store.writing("test") as w:
        assert len(take_again(w, today=TODAY).rulings.taken) == 1
    receipt = hand_over(town, county)  # this package tells what was read
    assert brought(town.apply(receipt)) == (0, 0, 0, 0)


def test_what_was_ruled_after_the_county_was_restored_is_sent(town: Town, county: County) -> None:
    """A restore lifts the county's standing far above the numbers of its audit."""
    (someone,) = town.add_people(1)
    town.apply(hand_over(town, county))
    with county.store.writing("test") as w:
        w.set_setting(STANDING_SETTING, 1_800_000_000)
    assert brought(town.apply(again(town, county))) == (0, 0, 0, 0)
    town.add_people(1)
    town.apply(hand_over(town, county))  # tells the standing that was read
    rule(county, "of_tomorrow", someone)
    (written,) = write_bulletins(county.store, [XIUQI], county.folder)
    came = read_bulletin(town.store, written.file.read_bytes(), today=TODAY)
    assert (len(came.came.rulings.unknown), came.newest) == (1, True)
    town.add_people(1)
    assert brought(town.apply(hand_over(town, county)))[3] == 0  # every laptop has read it: it goes no more


def test_two_laptops_take_a_decision_as_the_same_rows(town: Town, county: County, tmp_path: Path) -> None:
    record = town.add_reported_elder()
    hand_over(town, county)
    decide(county.store, [record], kind="confirm", text="", number="31号")
    receipt = again(town, county)
    path = town.store.path
    assert path is not None
    town.store.close()
    other = tmp_path / "other.mz"
    for ending in ("", ".keys"):
        shutil.copy(f"{path}{ending}", f"{other}{ending}")
    found = []
    for file in (path, other):
        store = Store.open(file, user="唐敏", password=PASSWORD)
        applied = apply_receipt(store, receipt.read_bytes(), today=TODAY)
        assert len(applied.decisions.taken) == 1
        with store.reading() as r:
            rows = [
                sorted(
                    (row["id"], row["revision"])
                    for row in r.rows(sa.select(table).where(table.c.record == record))
                )
                for table in (schema.steps, schema.terms)
            ]
            found.append((rows, r.get("records", record)))
        store.close()
    town.store = Store.open(path, user="唐敏", password=PASSWORD)
    assert found[0] == found[1]
    assert len(found[0][0][0]) > 1
    assert town.state(record) == "confirmed"


def test_a_decision_waits_for_the_record_that_another_laptop_made(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    hand_over(town, county)
    decide(county.store, [record], kind="return", text="缺材料", number="")
    receipt = again(town, county)
    with town.store.writing("test") as w:  # as on the laptop where the record is not yet
        row = w.get("records", record)
        steps = w.rows(sa.select(schema.steps).where(schema.steps.c.record == record))
        for table in ("steps", "record_people", "record_links", "record_keys"):
            w.connection.execute(
                sa.delete(schema.metadata.tables[table]).where(sa.text("record = :r")), {"r": record}
            )
        w.connection.execute(sa.delete(schema.records).where(schema.records.c.id == record))
    applied = town.apply(receipt)
    assert len(applied.decisions.absent) == 1
    with town.store.writing("test") as w:
        w.connection.execute(sa.insert(schema.records), [row])
        w.connection.execute(sa.insert(schema.steps), steps)
        assert len(take_again(w, today=TODAY).decisions.taken) == 1
    assert town.state(record) == "county_returned"
