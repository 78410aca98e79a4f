"""In whatever order files arrive, both sides end the same: a named matrix of orders, each with its end stated by hand.

A township's work is told once (`work_of`) and packed in five packages; an order says which of them arrive in which
call. The expected counts and sums are added up from that telling, not from what the program did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from minzheng_desktop.county.receiving.receive import Received
from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.exchange.down import decided
from minzheng_desktop.exchange.down.acknowledge import AppliedReceipt
from minzheng_desktop.exchange.judging.held import count_held
from minzheng_desktop.exchange.sending import chain
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import BASHAN, XIUQI, Town
from tests.exchange.scene import OFFICES, Scene, change, lock, open_scene, prepare, void
from tests.exchange.sides import Held, side_of

PACKAGES = 5


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def scene(prepared: Path, tmp_path: Path) -> Iterator[Scene]:
    made = open_scene(prepared, tmp_path / "scene")
    yield made
    made.close()


@dataclass(frozen=True)
class Work:
    """The packages of a township's five weeks, and the record that waits for the county."""

    files: tuple[Path, ...]
    record: str


def work_of(town: Town) -> Work:
    """Week 1: three people. 2: two more and an elder reported. 3: a telephone. 4: a month of 40.00 and 60.00 yuan is
    locked. 5: one person was entered by mistake, and a month of 25.00 yuan is locked."""
    files = []

    def packed() -> None:
        done = town.export()
        assert done.file is not None
        files.append(done.file)

    people = town.add_people(3)
    packed()
    town.add_people(2)
    record = town.add_reported_elder()
    packed()
    change(town, "people", people[0], phone="13800000001")
    packed()
    lock(town, record, 4000, 6000, number="P1")
    packed()
    void(town, "people", people[2])
    lock(town, record, 2500, number="P2", month="2026-12")
    packed()
    assert len(files) == PACKAGES
    return Work(tuple(files), record)


END = {
    "people": (6, 1, 0),  # 3 + 2 and the elder; one was a mistake
    "records": (1, 0, 2500),  # an allowance of 25.00 yuan (80 to 89 years, resources/rates)
    "steps": (2, 0, 0),  # opened, reported
    "payment_batches": (2, 0, 12500),
    "payment_items": (3, 0, 12500),  # 40.00 + 60.00 + 25.00
}
"""Rows, void ones among them, and cents of each table when all five packages are in."""


def told(side: dict[str, Held]) -> dict[str, tuple[int, int, int]]:
    return {table: (held.rows, held.void, held.cents) for table, held in side.items()}


def require_agreement(scene: Scene, *keys: str) -> None:
    """The end as stated by hand, and the same digest of every table on both sides; nothing waits or is quarantined."""
    for key in keys:
        ours = side_of(scene.county.store, OFFICES[key])
        assert told(ours) == END
        assert ours == side_of(scene.towns[key].store, OFFICES[key])
    with scene.county.store.reading() as r:
        assert count_held(r) == (0, 0)


ORDERS = {
    "in order": "x1 | x2 | x3 | x4 | x5",
    "all at once": "x1 x2 x3 x4 x5",
    "all at once, reversed": "x5 x4 x3 x2 x1",
    "reversed, one by one": "x5 | x4 | x3 | x2 | x1",
    "two townships in turn": "x1 | y1 | x2 | y2 | x3 | y3 | x4 | y4 | x5 | y5",
    "two townships mixed on one stick": "y4 x2 y1 x5 x1 y5 x3 y2 x4 y3",
    "two townships, one ahead": "y1 y2 y3 y4 y5 | x1 | y5 x2 | x3 x4 x5",
    "two townships reversed in turn": "y5 | x5 | y4 | x4 | y3 | x3 | y2 | x2 | y1 | x1",
    "each twice": "x1 | x1 | x2 x2 | x3 | x3 | x4 x4 x4 | x5 | x5",
    "each twice, early ones too": "x3 | x3 | x2 x5 | x2 x5 | x1 | x1 x4 | x4",
    "everything again at the end": "x1 x2 x3 | x4 x5 | x1 x2 x3 x4 x5 | x3",
    "a gap, then the late one": "x1 | x3 | x4 | x5 | x2",
    "two gaps, filled backwards": "x1 | x3 | x5 | x4 | x2",
    "two gaps, filled forwards": "x1 | x3 | x5 | x2 | x4",
    "the first one late": "x2 x3 | x4 x5 | x1",
    "an old one after all": "x1 x2 x3 x4 x5 | x2",
}


@pytest.mark.parametrize("order", ORDERS)
def test_packages_arrive(scene: Scene, order: str) -> None:
    """Every package enters exactly once, whatever the order, and both sides hold the same."""
    told_order = ORDERS[order]
    keys = sorted({word[0] for word in told_order.split() if word != "|"})
    works = {key: work_of(scene.towns[key]) for key in keys}
    applied: list[tuple[str, int | None]] = []
    for call in told_order.split("|"):
        files = [works[word[0]].files[int(word[1]) - 1] for word in call.split()]
        results = scene.county.receive(*files)
        assert not [one for one in results if one.status == "refused"]
        applied += [(one.sender, one.number) for one in results if one.status == "applied"]
    for key in keys:  # each once, and each after the one before
        assert [number for sender, number in applied if sender == OFFICES[key]] == [1, 2, 3, 4, 5]
    require_agreement(scene, *keys)


def handed_over(scene: Scene, town: Town) -> Received:
    done = town.export()
    assert done.file is not None
    (result,) = scene.county.receive(done.file)
    assert result.receipt is not None
    kept = result.receipt.with_name(f"{result.number}-{result.receipt.name}")
    result.receipt.rename(kept)
    return Received(result.file, result.sender, result.letter, result.number, result.status, receipt=kept)


RECEIPTS = {
    "each at once": ((1, 2, 3), [1, 2, 3], 3),
    "all late": ((3, 1, 2), [3, 3, 3], 3),
    "each twice": ((1, 1, 2, 2, 3, 3), [1, 1, 2, 2, 3, 3], 3),
    "reversed": ((3, 2, 1), [3, 3, 3], 3),
    "the first two lost": ((3,), [3], 3),
    "the last one lost": ((1, 2), [1, 2], 2),
    "all lost": ((), [], 0),
}
"""Which receipts are read, in which order; the mark after each; how many packages count as received at the end."""


@pytest.mark.parametrize("order", RECEIPTS)
def test_receipts_arrive(scene: Scene, order: str) -> None:
    """The mark only rises, to the last package that a receipt named; what no receipt told is copied again."""
    read, marks, mark = RECEIPTS[order]
    town = scene.towns["x"]
    receipts = {}
    for number in (1, 2, 3):
        town.add_people(number)
        receipts[number] = handed_over(scene, town).receipt
    assert [town.apply(receipts[number]).acknowledged_number for number in read] == marks
    with town.store.reading() as r:
        assert chain.read_chain(r).acknowledged_to == mark
    again = Town(town.store, scene.folder / "another stick").export()
    assert (again.file, len(again.recopied)) == (
        None,
        3 - mark,
    )  # what counts as sent is what a receipt named
    (side,) = side_of(scene.county.store, XIUQI).values()
    assert (side.rows, side.void) == (6, 0)  # 1 + 2 + 3
    assert side_of(town.store, XIUQI) == {"people": side}


def test_a_receipt_written_before_a_late_package(scene: Scene) -> None:
    """A receipt for package 1 that is read after the one for 3 takes no mark back and no laptop list."""
    town = scene.towns["x"]
    receipts = []
    for _ in range(3):
        town.add_people(1)
        receipts.append(handed_over(scene, town).receipt)
    assert town.apply(receipts[2]).acknowledged_number == 3
    assert town.apply(receipts[0]).acknowledged_number == 3
    town.add_people(1)
    handed_over(scene, town)
    (side,) = side_of(scene.county.store, XIUQI).values()
    assert side.rows == 4


def test_a_receipt_of_the_other_township(scene: Scene) -> None:
    """It is refused with whose it is, and moves no mark."""
    x, y = scene.towns["x"], scene.towns["y"]
    x.add_people(1)
    y.add_people(2)
    receipt = handed_over(scene, x).receipt
    handed_over(scene, y)
    with pytest.raises(UserError) as error:
        y.apply(receipt)
    assert error.value.code == "other_receipt"
    assert XIUQI in error.value.message
    with y.store.reading() as r:
        assert chain.read_chain(r).acknowledged_to == 0
    assert x.apply(receipt).acknowledged_number == 1


# A decision of the county and an edit of the township cross on their way.


def decided_and(
    scene: Scene, *, edit: str = "", before_receipt: bool = True, kind: str = "return"
) -> tuple[Town, str, AppliedReceipt]:
    """The elder's record is reported, the county decides, the township edits meanwhile, then reads the receipt."""
    town = scene.towns["x"]
    record = town.add_reported_elder()
    done = town.export()
    assert done.file is not None
    scene.county.receive(done.file)
    decide(scene.county.store, [record], kind=kind, text="缺户口簿复印件", number="民政函〔2026〕31号")
    with town.store.reading() as r:
        row = r.get("records", record)
    assert row is not None
    if edit == "record":
        change(town, "records", record, doc={**row["doc"], "remark": "本人来电话"})
    elif edit == "person":
        change(town, "people", row["person"], phone="13800000002")
    elif edit == "void":
        void(town, "records", record)
    if edit and not before_receipt:
        sent = town.export()
        assert sent.file is not None
        scene.county.receive(sent.file)
    receipt = scene.county.receive(done.file)[0].receipt
    return town, record, town.apply(receipt)


CROSSINGS = {
    # what the township did meanwhile: (taken, waiting, state at the end on both sides, steps of the record)
    "nothing": ("", 1, 0, "county_returned", 3),
    "a telephone of the person": ("person", 1, 0, "county_returned", 3),
    "a remark on the record": ("record", 0, 1, "reported", 2),
    "the record was a mistake": ("void", 0, 1, "reported", 2),
}


@pytest.mark.parametrize("packed_before", [False, True])
@pytest.mark.parametrize("crossing", CROSSINGS)
def test_a_county_decision_crosses_an_edit(scene: Scene, crossing: str, packed_before: bool) -> None:
    """An edit of the record itself makes the decision wait for a person; any other lets it through. Both sides agree
    afterwards, on the state as well."""
    edit, taken, waiting, state, steps = CROSSINGS[crossing]
    town, record, applied = decided_and(scene, edit=edit, before_receipt=not packed_before)
    assert (len(applied.decisions.taken), len(applied.decisions.waiting)) == (taken, waiting)
    settle(scene, town)
    assert town.state(record) == state
    ours = side_of(scene.county.store, XIUQI)
    assert ours["steps"].rows == steps
    assert ours == side_of(town.store, XIUQI)


def test_a_decision_that_waited_is_taken_or_set_aside(scene: Scene) -> None:
    """Once a person looked, the record returns at the county in the state that the person gave it."""
    town, record, _ = decided_and(scene, edit="record")
    with town.store.reading() as r:
        (one,) = decided.waiting_decisions(r)
    decided.dismiss_waiting(town.store, one["id"], reason="已当面补正")
    settle(scene, town)
    assert town.state(record) == "reported"
    ours = side_of(scene.county.store, XIUQI)
    assert ours["steps"].rows == 3  # opened, reported, and the answer that moves nothing
    assert ours == side_of(town.store, XIUQI)


def test_the_same_receipt_again_after_the_decision_was_taken(scene: Scene) -> None:
    """A decision that came twice is one step."""
    town, record, first = decided_and(scene)
    assert len(first.decisions.taken) == 1
    settle(scene, town)
    settle(scene, town)
    assert town.state(record) == "county_returned"
    assert side_of(town.store, XIUQI)["steps"].rows == 3


def settle(scene: Scene, town: Town) -> None:
    """Files go back and forth until the township has nothing new to pack."""
    for _ in range(4):
        done = town.export()
        if done.file is None:
            return
        town.apply(scene.county.receive(done.file)[0].receipt)
    raise AssertionError("the exchange never came to rest")


def test_two_townships_with_the_same_person_both_keep_him(scene: Scene) -> None:
    """One id number in two townships is a question for the county, never a refusal, and nobody's row is moved."""
    x, y = scene.towns["x"], scene.towns["y"]
    y.count = x.count
    x.add_people(1)
    y.add_people(1)
    first, second = handed_over(scene, x), handed_over(scene, y)
    assert (first.status, second.status) == ("applied", "applied")
    for key, town in (("x", x), ("y", y)):
        (side,) = side_of(scene.county.store, OFFICES[key]).values()
        assert (side.rows, side.void) == (1, 0)
        assert side_of(town.store, OFFICES[key]) == {"people": side}
    assert BASHAN in OFFICES.values()
