"""Moved households and the other laptops of both townships: by package, by copy, before and after the county's word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng_desktop.exchange.judging.held import held_lines
from minzheng_desktop.exchange.moving_out import list_moved, start_transfer
from minzheng_desktop.exchange.peers.copying import write_copy
from tests.exchange.moving import Move, make_move, make_town, pay, rows_of
from tests.exchange.offices import BASHAN, TODAY, XIUQI, Town, join
from tests.exchange.pair import packed, read
from tests.exchange.test_receipt import again

LINES = ("people", "households", "household_members", "records", "bank_accounts", "terms", "steps")


@pytest.fixture
def move(tmp_path: Path) -> Iterator[Move]:
    made = make_move(tmp_path)
    yield made
    made.close()


def second(move: Move, folder: Path, division: str) -> Town:
    """Another laptop of a township, known to the county and to the first one."""
    first = move.old if division == XIUQI else move.new
    laptop = make_town(folder, division)
    first.add_people(1)
    move.send(first)
    join(laptop, move.county)
    laptop.count = 800
    laptop.add_people(1)
    package = packed(laptop)
    (result,) = move.county.receive(package)
    laptop.apply(result.receipt)
    first.add_people(1)
    move.send(first)
    assert [one.status for one in read(first, package)] == ["applied"]
    return laptop


def start(move: Move) -> None:
    start_transfer(
        move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY
    )
    move.send(move.old)
    move.confirm()


def content(town: Town) -> dict[str, dict[str, tuple[str, str, int]]]:
    return {
        table: {row["id"]: (row["revision"], row["owner"], row["void"]) for row in rows_of(town.store, table)}
        for table in LINES
    }


def held_in(town: Town) -> list[str]:
    with town.store.reading() as r:
        return [row["why"] for row in held_lines(r)]


def test_the_other_laptop_reads_the_package_before_the_countys_word(move: Move, tmp_path: Path) -> None:
    """What the first laptop took over and changed waits on the second, and enters with the county's file."""
    other = second(move, tmp_path / "second", BASHAN)
    assert [one.status for one in read(other, *write_copy(move.new.store, move.new.stick).files)] == [
        "applied"
    ]
    start(move)
    move.read(move.new)
    with move.new.store.writing("test") as w:
        w.put("households", {"id": move.household, "village": f"{BASHAN}201"})
    package = packed(move.new)
    (result,) = move.county.receive(package)
    assert result.count("rejected") == result.count("held") == 0
    assert [one.status for one in read(other, package)] == ["applied"]
    assert rows_of(other.store, "records", id=move.record) == []
    assert set(held_in(other)) <= {"predecessor", "reference"}
    move.read(other)
    assert held_in(other) == []
    (home,) = rows_of(other.store, "households", id=move.household)
    assert (home["owner"], home["village"]) == (BASHAN, f"{BASHAN}201")
    assert content(other) == content(move.new)
    other.store.close()


def test_a_copy_for_a_new_laptop_holds_what_came_and_what_left(move: Move, tmp_path: Path) -> None:
    pay(move.old, "2026-08")
    start(move)
    for town in (move.old, move.new):
        move.read(town)
    move.new.add_people(1)
    move.send(move.new)
    for first, division in ((move.old, XIUQI), (move.new, BASHAN)):
        other = second(move, tmp_path / f"second-{division}", division)
        assert {one.status for one in read(other, *write_copy(first.store, first.stick).files)} == {"applied"}
        assert held_in(other) == []
        assert content(other) == content(first)
        assert rows_of(other.store, "payment_items") == rows_of(first.store, "payment_items")
        with other.store.reading() as r:
            assert [one.state for one in list_moved(r)] == ["confirmed" if first is move.old else "arrived"]
        move.read(other)
        assert content(other) == content(first), "the county's file changes nothing"
        other.store.close()


def test_the_other_laptop_of_the_old_township_learns_of_the_move_by_package(
    move: Move, tmp_path: Path
) -> None:
    other = second(move, tmp_path / "second", XIUQI)
    assert {one.status for one in read(other, *write_copy(move.old.store, move.old.stick).files)} == {
        "applied"
    }
    start_transfer(
        move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY
    )
    package = packed(move.old)
    read(other, package)
    with pytest.raises(Exception, match="等县局确认"), other.store.writing("test") as w:
        w.put("people", {"id": move.people[0], "phone": "13800000001"})
    move.county.receive(package)
    move.confirm()
    for town in (move.old, other):
        town.apply(again(town, move.county))
    assert content(other) == content(move.old)
    other.store.close()


@pytest.mark.parametrize("taken_over", [False, True])
def test_the_laptop_that_locks_had_not_heard_of_the_move(
    move: Move, tmp_path: Path, taken_over: bool
) -> None:
    """The second laptop reports the move, the first locks 2026-08 before it hears of it: the payment is a fact, enters
    with a question, and the whole batch of the month with it."""
    other = second(move, tmp_path / "second", XIUQI)
    assert {one.status for one in read(other, *write_copy(move.old.store, move.old.stick).files)} == {
        "applied"
    }
    start_transfer(other.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY)
    move.send(other)
    move.confirm()
    if taken_over:
        move.read(move.new)
        move.new.add_people(1)
        move.send(move.new)
    pay(move.old, "2026-08")
    (result,) = move.county.receive(packed(move.old))
    assert result.count("held") == result.count("rejected") == 0
    assert [(row.entity, row.code) for row in result.rows if row.outcome == "questioned"] == [
        ("payment_items", "moved_paid")
    ]
    assert [row["total"] for row in rows_of(move.county.store, "payment_items")] == [87_000]
    move.old.apply(result.receipt)
    with move.old.store.reading() as r:
        assert list_moved(r) == [], "the transfer itself comes with the other laptop's package"
    other.store.close()
