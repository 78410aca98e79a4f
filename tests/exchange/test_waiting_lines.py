"""Lines that wait: each is let in by what it needs, in whatever order that comes, and told by what it waits for now."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from minzheng_desktop.exchange.judging.double_locks import list_double_locks
from minzheng_desktop.exchange.judging.early import early_packages
from minzheng_desktop.exchange.judging.held import held_lines
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number
from tests.exchange.moving import rows_of
from tests.exchange.offices import PASSWORD, XIUQI, Town, person
from tests.exchange.pair import Pair, open_pair, packed, read
from tests.exchange.scene import ZEROS, lock, void

MONTH = "2026-11"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = open_pair(tmp_path)
    yield made
    made.close()


def enter(town: Town, name: str, number: str | None) -> str:
    with town.store.writing("test") as w:
        return w.put("people", person(XIUQI, name, number))


def draw(town: Town, someone: str) -> str:
    with town.store.writing("test") as w:
        body = {"owner": XIUQI, "form": "elder_age", "form_version": 1, "person": someone, "state": "active"}
        return w.put("records", body)


def why(store: Store) -> dict[str, tuple[str, str | None]]:
    with store.reading() as r:
        return {row["id"]: (row["why"], row["waits_for"]) for row in held_lines(r)}


def numbers(*births: str) -> list[str]:
    return [make_id_number("500229", date.fromisoformat(one), 77) for one in births]


def test_who_shares_a_number_enters_once_the_other_entry_is_struck_out(pair: Pair) -> None:
    """What the county's desk tells the township to do (留下一个再上报) lets the other one in, with his record."""
    (number,) = numbers("1940-01-01")
    first = enter(pair.a, "罗成贵", number)
    pair.hand_over(pair.a)
    second = enter(pair.b, "冉光秀", number)
    record = draw(pair.b, second)
    pair.hand_over(pair.b)
    assert {key: one for key, (one, _) in why(pair.county.store).items()} == {
        second: "same_person",
        record: "reference",
    }
    void(pair.a, "people", first)
    pair.hand_over(pair.a)
    assert why(pair.county.store) == {}
    assert [row["person"] for row in rows_of(pair.county.store, "records", id=record)] == [second]


def test_who_shares_a_number_and_is_struck_out_himself_waits_no_longer(pair: Pair) -> None:
    (number,) = numbers("1940-01-01")
    enter(pair.a, "罗成贵", number)
    pair.hand_over(pair.a)
    second = enter(pair.b, "冉光秀", number)
    pair.hand_over(pair.b)
    void(pair.b, "people", second)
    pair.hand_over(pair.b)
    assert why(pair.county.store) == {}
    assert [row["void"] for row in rows_of(pair.county.store, "people", id=second)] == [1]


def test_a_line_that_needs_two_enters_with_the_later_one(pair: Pair) -> None:
    """A membership of somebody who waits, in a household whose head waits: one is settled after the other."""
    ones = numbers("1940-01-01", "1941-01-01")
    holders = [enter(pair.a, f"罗成{n}", one) for n, one in enumerate(ones)]
    pair.hand_over(pair.a)
    head, wife = (enter(pair.b, f"冉光{n}", one) for n, one in enumerate(ones))
    with pair.b.store.writing("test") as w:
        home = w.put("households", {"owner": XIUQI, "head": head, "village": f"{XIUQI}200"})
        member = w.put(
            "household_members", {"owner": XIUQI, "household": home, "person": wife, "relation": "10"}
        )
    pair.hand_over(pair.b)
    assert why(pair.county.store)[member] == ("reference", home)
    void(pair.a, "people", holders[0])
    pair.hand_over(pair.a)
    assert why(pair.county.store)[member] == ("reference", wife)
    void(pair.a, "people", holders[1])
    pair.hand_over(pair.a)
    assert why(pair.county.store) == {}
    assert len(rows_of(pair.county.store, "household_members", id=member)) == 1


def test_what_follows_a_batch_that_waits_waits_with_it(pair: Pair) -> None:
    """A return of the bank in the package of a batch of which one line waits: it enters with its batch, not before."""
    (number,) = numbers("1940-01-01")
    other = enter(pair.b, "冉光秀", number)
    pair.hand_over(pair.b)
    good = pair.a.add_reported_elder()
    doubled = draw(pair.a, enter(pair.a, "罗成贵", number))
    with pair.a.store.writing("test") as w:
        batch = w.put(
            "payment_batches",
            {
                "owner": XIUQI, "form": "elder_age", "month": MONTH, "kind": "regular", "state": "locked",
                "number": "500229106-GL-202611-01", "item_count": 2, "total": 8000,
            },
        )  # fmt: skip
        item = {"owner": XIUQI, "batch": batch, "month": MONTH, "period_from": MONTH, "period_to": MONTH}
        paid, _ = (
            w.put("payment_items", {**item, **ZEROS, "record": one, "total": 4000}) for one in (good, doubled)
        )
        back = w.put(
            "bank_returns",
            {
                "owner": XIUQI, "item": paid, "record": good, "amount": 4000, "returned_on": "2026-11-20",
                "reason": "2", "state": "returned", "attempt": 1,
            },
        )  # fmt: skip
    package = packed(pair.a)
    (result,) = pair.county.receive(package)
    assert result.status == "applied", result.reason
    assert why(pair.county.store)[back] == ("reference", paid)
    assert rows_of(pair.county.store, "bank_returns") == rows_of(pair.county.store, "payment_items") == []
    pair.a.apply(result.receipt)
    void(pair.b, "people", other)
    pair.hand_over(pair.b)
    assert why(pair.county.store) == {}
    assert len(rows_of(pair.county.store, "payment_items", batch=batch)) == 2
    assert len(rows_of(pair.county.store, "bank_returns", id=back)) == 1


def test_a_batch_that_waited_while_its_month_was_locked_again_is_shown(pair: Pair) -> None:
    """It waited for a line; what it needed came, and another batch of the month before it: a person is asked."""
    (number,) = numbers("1940-01-01")
    other = enter(pair.b, "冉光秀", number)
    pair.hand_over(pair.b)
    good = pair.a.add_reported_elder()
    doubled = draw(pair.a, enter(pair.a, "罗成贵", number))
    waits = lock(pair.a, doubled, 4000, number="500229106-GL-202611-01")
    pair.hand_over(pair.a)
    here = lock(pair.a, good, 4000, number="500229106-GL-202611-02")
    pair.hand_over(pair.a)
    void(pair.b, "people", other)
    pair.hand_over(pair.b)
    with pair.county.store.reading() as r:
        assert [one.id for one in list_double_locks(r)] == [waits]
    assert [row["id"] for row in rows_of(pair.county.store, "payment_batches")] == [here]


def test_a_package_that_waited_on_a_broken_chain_stops_nobody_elses(pair: Pair, tmp_path: Path) -> None:
    """B's second package waits at A; what comes as its first is of an old copy of B: the one that waits is refused by
    name and leaves, the other is read."""
    path = pair.b.store.path
    assert path is not None
    pair.b.store.close()
    old = tmp_path / "old"
    shutil.copytree(path.parent, old)
    pair.b.store = Store.open(path, password=PASSWORD)
    twin = Town(Store.open(old / path.name, password=PASSWORD), tmp_path / "U盘2", 900)
    pair.b.add_people(1)
    packed(pair.b)
    pair.b.add_people(1)
    second = packed(pair.b)
    assert [one.status for one in read(pair.a, second)] == ["waiting"]
    twin.add_people(1)
    other = packed(twin)
    twin.add_people(1)
    same_place = packed(twin)
    twin.store.close()
    assert [(one.status, one.code) for one in read(pair.a, same_place)] == [("refused", "fork")]
    assert [(one.status, one.code) for one in read(pair.a, other)] == [
        ("applied", ""),
        ("refused", "broken_chain"),
    ]
    with pair.a.store.reading() as r:
        assert early_packages(r) == []
