"""The right to lock: one laptop, moved by the county; what is locked beside it waits with both sums shown. Steps that
two laptops took from one state are shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.county.keys.enrolments import list_laptops, revoke_laptop
from minzheng_desktop.county.receiving.held_words import describe_held
from minzheng_desktop.county.replies.lock_rights import move_lock_right
from minzheng_desktop.exchange.judging.crossings import list_crossings, see_crossing
from minzheng_desktop.exchange.judging.double_locks import accept_batch, list_double_locks
from minzheng_desktop.exchange.judging.held import count_held
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import XIUQI, Town, join, new_town
from tests.exchange.pair import Pair, open_pair, packed, read
from tests.exchange.scene import change, lock
from tests.exchange.test_peers import first_person, require_one_town


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = open_pair(tmp_path)
    yield made
    made.close()


@pytest.fixture
def elder(pair: Pair) -> str:
    """A record that both laptops have."""
    record = pair.a.add_reported_elder()
    read(pair.b, pair.hand_over(pair.a))
    return record


def items_of(office: Pair | Town, batch: str) -> int:
    i = schema.payment_items.c
    with office.store.reading() as r:  # type: ignore[union-attr]
        return int(r.scalar(sa.select(sa.func.count()).where(i.batch == batch)) or 0)


def test_the_right_moves_by_a_ruling_and_is_one_laptops(pair: Pair) -> None:
    with pytest.raises(UserError, match="没有在用的电脑 Z"):
        move_lock_right(pair.county.store, division=XIUQI, laptop="Z")
    with pytest.raises(UserError, match="本来就有锁定权"):
        move_lock_right(pair.county.store, division=XIUQI, laptop="A")
    assert move_lock_right(pair.county.store, division=XIUQI, laptop="B", text="A 机送修") == "B"
    for number, town in enumerate((pair.a, pair.b)):
        assert town.store.site.may_lock == (number == 0)  # nothing was read yet
        change(town, "people", first_person(town), phone=f"1380000000{number}")
        pair.hand_over(town)
        assert town.store.site.may_lock == (number == 1)
    with pytest.raises(UserError, match="没有锁定权，没有锁定"):
        plan = plan_batch(pair.a.store, form="elder_age", month="2026-09")
        lock_batch(pair.a.store, plan)
    with pair.county.store.reading() as r:
        c = schema.laptops.c
        rows = r.rows(sa.select(c.letter).where(c.division == XIUQI, c.may_lock == 1))
    assert [row["letter"] for row in rows] == ["B"]


def test_a_second_batch_of_a_month_waits_with_both_sums(pair: Pair, elder: str) -> None:
    first = lock(pair.a, elder, 4000, 2000, number="500229106-GL-202611-01")
    second = lock(pair.b, elder, 4500, number="500229106-GL-202611-B01")
    a, b = pair.hand_over(pair.a), packed(pair.b)
    (result,) = pair.county.receive(b)
    assert {(row.entity, row.code) for row in result.rows} == {
        *(("payment_batches", "double_lock"), ("payment_items", "reference")),
    }
    read(pair.a, b)
    for office in (pair.county, pair.a):
        with office.store.reading() as r:
            (told,) = list_double_locks(r)
        assert told.id == second
        assert told.here is not None
        assert (told.here.total, told.here.items, told.here.letter) == (6000, 2, "A")
        assert (told.waiting.total, told.waiting.items, told.waiting.letter) == (4500, 1, "B")
        assert "2 笔 60.00 元" in told.sentence()
        assert "1 笔 45.00 元" in told.sentence()
        assert (items_of(office, first), items_of(office, second)) == (2, 0)
    with pair.county.store.reading() as r:
        words = {one.id: one.reason for one in describe_held(r)}
    assert "45.00 元" in words[second]
    # a person looks: both count
    with pytest.raises(UserError, match="没有写理由"):
        accept_batch(pair.county.store, second, reason=" ")
    assert accept_batch(pair.county.store, second, reason="补发漏掉的一户") == 2
    assert items_of(pair.county, second) == 1
    with pair.county.store.reading() as r:
        assert list_double_locks(r) == []
        assert count_held(r) == (0, 0)
    accept_batch(pair.a.store, second, reason="同上")
    read(pair.b, a)  # at B the first one is the second
    with pair.b.store.reading() as r:
        assert [one.id for one in list_double_locks(r)] == [first]
    accept_batch(pair.b.store, first, reason="同上")
    require_one_town(pair)


def test_a_batch_of_a_laptop_without_the_right_waits_at_the_county(pair: Pair, elder: str) -> None:
    batch = lock(pair.b, elder, 4500, number="500229106-GL-202611-B01")
    (result,) = pair.county.receive(packed(pair.b))
    assert result.count("held") == 2
    with pair.county.store.reading() as r:
        (told,) = list_double_locks(r)
    assert told.here is None
    assert "那台电脑没有锁定权" in told.sentence()
    with pytest.raises(UserError, match="没有这样一批"):
        accept_batch(pair.county.store, "x", reason="试")
    accept_batch(pair.county.store, batch, reason="B 机代 A 机封账，县局同意")
    assert items_of(pair.county, batch) == 1


def test_what_was_locked_before_the_right_moved_still_enters(pair: Pair, elder: str) -> None:
    with pair.a.store.writing("test") as w:
        w.put(
            "payment_batches",
            {
                "owner": XIUQI, "form": "elder_age", "month": "2026-10", "kind": "regular", "number": "P0",
                "state": "locked", "item_count": 0, "total": 0, "locked_at": "2026-11-20T01:00:00+00:00",
                "locked_by": "唐敏",
            },
        )  # fmt: skip
    before = packed(pair.a)
    move_lock_right(pair.county.store, division=XIUQI, laptop="B")
    assert [one.count("held") for one in pair.county.receive(before)] == [0]
    late = lock(pair.a, elder, 4500, number="P1")
    assert [one.count("held") for one in pair.county.receive(packed(pair.a))] == [2]
    with pair.county.store.reading() as r:
        assert [one.id for one in list_double_locks(r)] == [late]


def take(town: Town, record: str, step: str, to: str, at: str) -> None:
    body = {"owner": XIUQI, "record": record, "step": step, "from_state": "reported", "to_state": to}
    with town.store.writing("test") as w:
        w.put("steps", {**body, "at": at, "actor": "town", "by": "唐敏"})


def test_steps_that_cross_are_shown_until_somebody_has_seen_them(pair: Pair, elder: str) -> None:
    take(pair.a, elder, "withdraw", "withdrawn", "2026-11-24T01:00:00+00:00")
    take(pair.b, elder, "confirm", "confirmed", "2026-11-24T02:00:00+00:00")
    a, b = packed(pair.a), packed(pair.b)
    pair.county.receive(a, b)
    read(pair.a, b)
    read(pair.b, a)
    for office in (pair.county, pair.a, pair.b):
        with office.store.reading() as r:
            (one,) = list_crossings(r)
        assert [one.first.letter, one.second.letter] == ["A", "B"]
        assert "两台电脑从同一状态各办了一步" in one.sentence()
        assert one.record == elder
        see_crossing(office.store, one.id)
        with office.store.reading() as r:
            assert list_crossings(r) == []
        with pytest.raises(UserError, match="可能已经看过"):
            see_crossing(office.store, one.id)
    require_one_town(pair)


def test_a_laptop_that_joins_after_the_right_moved_does_not_lose_it_to_the_old_ruling(
    tmp_path: Path, pair: Pair
) -> None:
    """B had the right by a ruling and is taken out of use; the next laptop gets it with its enrolment."""
    move_lock_right(pair.county.store, division=XIUQI, laptop="B", text="A 机送修")
    with pair.county.store.reading() as r:
        b = next(one for one in list_laptops(r) if one.letter == "B")
        a = next(one for one in list_laptops(r) if one.letter == "A")
    revoke_laptop(pair.county.store, b.id, reason="丢失")
    revoke_laptop(pair.county.store, a.id, reason="报废")
    c = new_town(tmp_path / "c")
    join(c, pair.county)
    assert c.store.site.may_lock
    c.add_people(1)
    pair.hand_over(c)
    assert c.store.site.may_lock
    c.store.close()
