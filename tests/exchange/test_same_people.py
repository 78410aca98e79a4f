"""The county says that two entries are one person: each township is told whom and what, nobody's row is rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng_desktop.county.people.duplicates import find_duplicates, keep_apart, list_pairs, merge_pairs
from minzheng_desktop.exchange.down.same_people import ToldPerson, told_people
from minzheng_desktop.reports.reading import People
from minzheng_desktop.store.store import Store
from tests.exchange.moving import Move, make_move, rows_of
from tests.exchange.offices import BASHAN, XIUQI, person


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
