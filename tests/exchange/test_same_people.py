"""The county says that two entries are one person: each township is told whom and what, nobody's row is rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng_desktop.county.people.duplicates import find_duplicates, keep_apart, list_pairs, merge_pairs
from minzheng_desktop.exchange.down.ruled import open_rulings
from minzheng_desktop.exchange.down.same_people import ToldPerson, told_people
from minzheng_desktop.reports.reading import People
from minzheng_desktop.store.store import Store
from tests.exchange.moving import Move, make_move, rows_of
from tests.exchange.offices import BASHAN, XIUQI, person
from tests.exchange.pair import open_pair, read


@pytest.fixture
def move(tmp_path: Path) -> Iterator[Move]:
    made = make_move(tmp_path)
    yield made
    made.close()


def told(store: Store) -> list[ToldPerson]:
    with store.reading() as r:
        return told_people(r)


def test_two_townships_are_told(move: Move) -> None:
    (head,) = rows_of(move.old.store, "people", id=move.people[0])
    with move.new.store.writing("test") as w:
        other = w.put("people", person(BASHAN, head["name"], head["id_number"]))
    for town in (move.old, move.new):
        move.send(town)
    find_duplicates(move.county.store)
    with move.county.store.reading() as r:
        (pair,) = list_pairs(r)
    assert {pair.low, pair.high} == {head["id"], other}
    merge_pairs(move.county.store, [(pair.low, pair.high)], text="公安核实")
    before = {t.stick: rows_of(t.store, "people") for t in (move.old, move.new)}
    for town in (move.old, move.new):
        assert len(move.read(town).rulings.taken) == 1
        assert rows_of(town.store, "people") == before[town.stick]
    (new,) = told(move.new.store)
    assert (new.person, new.other_town, new.benefits) == (other, "修齐镇", ("最低生活保障",))
    assert new.sentence() == (
        "测试001：县局认定与本县修齐镇的测试001是同一人，那边在享：最低生活保障（公安核实）。请核对有没有重复享受。"
    )
    (old,) = told(move.old.store)
    assert (old.person, old.benefits, old.own) == (head["id"], (), False)
    keep_apart(move.county.store, [(pair.low, pair.high)], text="弄错了")
    for town in (move.old, move.new):
        move.read(town)
        assert told(town.store) == [], "taken back"


def test_two_entries_of_one_township_count_once_there_too(move: Move) -> None:
    """The same man with a number of another card: his township's figures count one person from then on."""
    (head,) = rows_of(move.old.store, "people", id=move.people[0])
    passport = {"id_type": "05", "phone": "13800000001"}
    with move.old.store.writing("test") as w:
        w.put("people", {"id": head["id"], "phone": "13800000001"})
        twin = w.put("people", {**person(XIUQI, head["name"], "E12345678"), **passport})
    move.send(move.old)
    find_duplicates(move.county.store)
    with move.county.store.reading() as r:
        (pair,) = list_pairs(r)
    merge_pairs(move.county.store, [(pair.low, pair.high)])
    with move.old.store.reading() as r:
        people = People(r)
        assert people.find(twin).identity != people.find(head["id"]).identity
    move.read(move.old)
    with move.old.store.reading() as r:
        people = People(r)
        assert people.find(twin).identity == people.find(head["id"]).identity
    (one,) = told(move.old.store)
    assert one.own


def test_a_ruling_waits_for_the_entry_that_is_still_with_the_other_laptop(tmp_path: Path) -> None:
    pair = open_pair(tmp_path)
    (head, *_) = rows_of(pair.a.store, "people")
    with pair.b.store.writing("test") as w:
        twin = w.put(
            "people", {**person(XIUQI, head["name"], "E12345678"), "id_type": "05", "phone": "13800000001"}
        )
    with pair.a.store.writing("test") as w:
        w.put("people", {"id": head["id"], "phone": "13800000001"})
    pair.hand_over(pair.a)
    from_b = pair.hand_over(pair.b)
    find_duplicates(pair.county.store)
    with pair.county.store.reading() as r:
        (found,) = [one for one in list_pairs(r) if twin in (one.low, one.high)]
    merge_pairs(pair.county.store, [(found.low, found.high)])
    pair.a.add_people(1)
    pair.hand_over(pair.a)
    with pair.a.store.reading() as r:
        (waits,) = open_rulings(r)
    assert "还没有到本机" in waits.more["waits"]
    read(pair.a, from_b)
    with pair.a.store.reading() as r:
        people = People(r)
        assert people.find(twin).identity == people.find(head["id"]).identity
        assert open_rulings(r) == []
    pair.close()
