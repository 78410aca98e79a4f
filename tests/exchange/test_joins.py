"""The same person entered on both laptops of a township: joined alike everywhere, the lower id stays, references
follow; people who only share a number wait for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.exchange.judging.conflicts import list_conflicts
from minzheng_desktop.exchange.judging.held import count_held
from minzheng_desktop.store import records, schema
from minzheng_desktop.values.id_number import make_id_number
from tests.exchange.offices import TODAY, XIUQI, Town, person
from tests.exchange.pair import Pair, open_pair, packed, read
from tests.exchange.scene import change
from tests.exchange.test_peers import person_of, require_one_town

NUMBER = make_id_number("500229", date(1940, 1, 1), 77)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = open_pair(tmp_path)
    yield made
    made.close()


def enter(town: Town, row: str, name: str = "罗成贵", **more: Any) -> str:
    """One person with an elder's record and a household of his own; returns the record."""
    body = person(XIUQI, name, NUMBER, birth_date="1940-01-01", **more)
    with town.store.writing("test") as w:
        w.put("people", {"id": row, **body})
        household = w.put("households", {"owner": XIUQI, "head": row})
        w.put("household_members", {"owner": XIUQI, "household": household, "person": row, "relation": "02"})
        doc = {"apply_channel": "6", "apply_date": "2026-10-08"}
        saved = casework.save_record(w, "elder_age", doc, today=TODAY, subject=records.Subject(row))
    return saved.id


def records_of(office: Any, row: str) -> set[str]:
    c = schema.records.c
    with office.store.reading() as r:
        return {one["id"] for one in r.rows(sa.select(c.id).where(c.person == row, c.void == 0))}


LOW, HIGH = "00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b"


@pytest.mark.parametrize(("at_a", "at_b"), [(LOW, HIGH), (HIGH, LOW)])
def test_the_lower_id_stays_and_everything_points_to_it(pair: Pair, at_a: str, at_b: str) -> None:
    first, second = enter(pair.a, at_a, phone="13800000001"), enter(pair.b, at_b, ethnicity="15")
    a, b = packed(pair.a), packed(pair.b)
    pair.county.receive(a, b)
    read(pair.b, a)
    read(pair.a, b)
    for office in (pair.county, pair.a, pair.b):
        kept, gone = person_of(office, LOW), person_of(office, HIGH)
        assert (kept["void"], gone["void"], gone["more"]["same_as"]) == (0, 1, LOW)
        assert (kept["phone"], kept["ethnicity"]) == ("13800000001", "15")  # neither entry's facts are lost
        with office.store.reading() as r:
            assert r.rows(sa.select(schema.aliases)) == [{"old": HIGH, "new": LOW}]
            assert list_conflicts(r) == []
            assert count_held(r) == (0, 0)
            k = schema.record_people.c
            assert {row["person"] for row in r.rows(sa.select(k.person))} == {LOW}
        assert records_of(office, LOW) == {first, second}
        assert records_of(office, HIGH) == set()
    require_one_town(pair)
    # what all of them made by themselves travels, and changes nothing
    for one, other in ((pair.a, pair.b), (pair.b, pair.a), (pair.a, pair.b)):
        if one.export().file is not None:
            newest = max(one.stick.glob("*.mzpkg"))
            pair.county.receive(newest)
            read(other, newest)
    require_one_town(pair)


def test_work_that_went_on_upon_the_entry_that_is_gone_follows(pair: Pair) -> None:
    enter(pair.a, LOW)
    record = enter(pair.b, HIGH)
    a, b = packed(pair.a), packed(pair.b)
    pair.county.receive(a, b)
    read(pair.a, b)
    # B has not heard of it and goes on
    change(pair.b, "records", record, amount=5000, doc={"apply_channel": "6", "apply_date": "2026-10-09"})
    change(pair.b, "people", HIGH, phone="13900000002")
    later = packed(pair.b)
    pair.county.receive(later)
    read(pair.a, later)
    read(pair.b, a)
    for office in (pair.county, pair.a, pair.b):
        with office.store.reading() as r:
            row = r.get("records", record)
            assert row is not None
            assert (row["person"], row["amount"]) == (LOW, 5000)
            assert list_conflicts(r) == []
    for one, other in ((pair.a, pair.b), (pair.b, pair.a), (pair.a, pair.b), (pair.b, pair.a)):
        if one.export().file is not None:
            newest = max(one.stick.glob("*.mzpkg"))
            pair.county.receive(newest)
            read(other, newest)
    require_one_town(pair)


def test_a_shared_number_alone_joins_nobody(pair: Pair) -> None:
    enter(pair.a, LOW)
    enter(pair.b, HIGH, name="罗成桂")
    (result,) = read(pair.a, packed(pair.b))
    assert {row.code for row in result.rows} == {"same_person", "reference"}
    with pair.a.store.reading() as r:
        assert r.get("people", HIGH) is None
        assert r.rows(sa.select(schema.aliases)) == []
