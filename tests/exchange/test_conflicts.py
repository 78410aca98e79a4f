"""The conflict desk: what is shown of a row that two laptops changed differently, and what an answer does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.replies.resolutions import rule_conflicts
from minzheng_desktop.exchange.judging.conflicts import (
    Answer,
    Conflict,
    choose,
    find_conflict,
    list_conflicts,
    resolve,
)
from minzheng_desktop.exchange.judging.held import count_held
from minzheng_desktop.exchange.judging.row_history import read_history
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import XIUQI, County, Town
from tests.exchange.pair import Pair, open_pair, packed, read
from tests.exchange.scene import change
from tests.exchange.sides import side_of
from tests.exchange.test_peers import first_person, person_of, require_one_town


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = open_pair(tmp_path)
    yield made
    made.close()


def conflicts(office: Town | County) -> list[Conflict]:
    with office.store.reading() as r:
        return list_conflicts(r)


def diverge(pair: Pair) -> str:
    """A and B change name and birth date of one person otherwise, A its sex and B its village besides."""
    row = first_person(pair.a)
    change(pair.a, "people", row, name="罗成桂", birth_date="1950-02-01", sex="2")
    change(pair.b, "people", row, name="罗承贵", birth_date="1950-03-01", reside_village="500229106001")
    a, b = packed(pair.a), packed(pair.b)
    read(pair.a, b)
    read(pair.b, a)
    pair.county.receive(a, b)
    return row


def test_base_and_both_sides_are_shown_with_who_when_and_by_which_package(pair: Pair) -> None:
    row = diverge(pair)
    (one,) = conflicts(pair.a)
    assert (one.kind, one.entity, one.id, one.division) == ("人员", "people", row, XIUQI)
    assert [asked.path for asked in one.asked] == [
        "birth_date",
        "name",
    ]  # sex and village merge by themselves
    birth, name = one.asked
    assert (birth.label, birth.base, birth.values) == ("出生日期", "1950-01-01", ("1950-02-01", "1950-03-01"))
    assert (name.label, name.values) == ("姓名", ("罗成桂", "罗承贵"))
    assert [(side.letter, side.by, side.package) for side in one.sides] == [
        ("A", "唐敏", 0),
        ("B", "唐敏", 2),
    ]
    (other,) = conflicts(pair.b)
    assert [side.letter for side in other.sides] == ["B", "A"]  # what is mine stands first
    assert other.heads == one.heads
    assert "（" in one.whose
    assert "****" in one.whose or "*" in one.whose  # the number is masked


def test_an_answer_field_by_field_reaches_everybody(pair: Pair) -> None:
    row = diverge(pair)
    (one,) = conflicts(pair.a)
    mine, theirs = one.sides
    chosen = {"birth_date": mine.revision, "name": theirs.revision}
    assert resolve(pair.a.store, [Answer(one.entity, one.id, one.heads, chosen)]) == 1
    assert conflicts(pair.a) == []
    pair.cross(pair.a, pair.b)
    for office in (pair.a, pair.b, pair.county):
        found = person_of(office, row)
        assert (found["birth_date"], found["name"]) == ("1950-02-01", "罗承贵")
        assert (found["sex"], found["reside_village"]) == ("2", "500229106001")
        assert conflicts(office) == []
        with office.store.reading() as r:
            assert count_held(r) == (0, 0)
            v = schema.versions.c
            assert (
                r.scalar(sa.select(sa.func.count()).where(v.id == row)) == 4
            )  # root, both sides, the answer
        with office.store.reading() as r:
            told = read_history(r, row)
        assert [one.kind for one in told.versions] == ["first", "changed", "changed", "answered"]
        assert [one.state for one in told.versions] == ["", "", "", "now"]
        assert {one.letter for one in told.versions} == {"A", "B"}
        answered = {change.label: (change.before, change.after) for change in told.versions[-1].changes}
        assert answered["姓名"] in {("罗成桂／罗承贵", "罗承贵"), ("罗承贵／罗成桂", "罗承贵")}
    require_one_town(pair)


def test_bulk_answers_and_two_people_who_answer_at_once(pair: Pair) -> None:
    row = diverge(pair)
    for town, side in ((pair.a, "mine"), (pair.b, "mine")):  # each keeps his own: that is no answer yet
        (one,) = conflicts(town)
        resolve(town.store, [choose(one, side)])
    a, b = packed(pair.a), packed(pair.b)
    assert [one.conflicts for one in (*read(pair.a, b), *read(pair.b, a))] == [1, 1]
    (again,) = conflicts(pair.a)
    resolve(pair.a.store, [choose(again, "newer")])
    read(pair.b, packed(pair.a))
    assert person_of(pair.a, row)["name"] == person_of(pair.b, row)["name"]
    assert conflicts(pair.b) == []


def test_an_answer_to_what_moved_meanwhile_or_without_a_choice_is_refused(pair: Pair) -> None:
    diverge(pair)
    (one,) = conflicts(pair.a)
    with pytest.raises(UserError, match="还有 1 栏没有定"):
        resolve(pair.a.store, [Answer(one.entity, one.id, one.heads, {"name": one.sides[0].revision})])
    change(pair.b, "people", one.id, name="罗成归")
    read(pair.a, packed(pair.b))
    before = person_of(pair.a, one.id)
    with pytest.raises(UserError, match="刚被别处改过"):
        resolve(pair.a.store, [choose(one, "mine")])
    assert person_of(pair.a, one.id) == before
    with pair.a.store.reading() as r, pytest.raises(UserError, match="没有等人决定的冲突"):
        find_conflict(r, "x")


def test_the_county_rules_and_both_laptops_make_the_same_version(pair: Pair) -> None:
    row = first_person(pair.a)
    change(pair.a, "people", row, name="罗成桂")
    change(pair.b, "people", row, name="罗承贵")
    a, b = packed(pair.a), packed(pair.b)
    pair.county.receive(a, b)  # the laptops have not read each other
    (one,) = conflicts(pair.county)
    assert [side.letter for side in one.sides] == ["A", "B"]
    assert [side.package for side in one.sides] == [0, 2]
    assert rule_conflicts(pair.county.store, [choose(one, "other")], text="以户口簿为准") == 1
    (ruled,) = conflicts(pair.county)
    assert ruled.ruled  # on its way: nothing of the township was written here
    assert person_of(pair.county, row)["name"] == "罗成桂"
    for town in (pair.a, pair.b):
        change(town, "people", first_person(town), phone="13800000009")
        pair.hand_over(town)
        assert person_of(town, row)["name"] == "罗承贵"
        assert conflicts(town) == []
    a, b = (pair.hand_over(town) for town in (pair.a, pair.b))
    read(pair.b, *sorted(pair.a.stick.glob("*.mzpkg")))
    read(pair.a, *sorted(pair.b.stick.glob("*.mzpkg")))
    assert conflicts(pair.county) == []
    for office in (pair.a, pair.b, pair.county):
        assert person_of(office, row)["name"] == "罗承贵"
    assert side_of(pair.a.store, XIUQI)["people"] == side_of(pair.county.store, XIUQI)["people"]


def test_a_ruling_does_not_undo_what_people_answered_meanwhile(pair: Pair) -> None:
    row = diverge(pair)
    (one,) = conflicts(pair.county)
    rule_conflicts(pair.county.store, [choose(one, "other")])
    (here,) = conflicts(pair.a)
    resolve(pair.a.store, [choose(here, "mine")])  # the clerk was quicker
    pair.hand_over(pair.a)  # its receipt brings the ruling
    assert person_of(pair.a, row)["name"] == "罗成桂"
    assert conflicts(pair.a) == []
