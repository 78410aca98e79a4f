"""Two laptops and a county play at random: whatever was edited where and delivered when, all end with the same rows.

Each play is a fixed seed: edits of people (also the same fields), voided ones, people entered twice, and packages that
reach the county and the other laptop late, early, twice. In the end everything is delivered and what is in conflict is
answered on one laptop; then all three hold the same, and nothing waits.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng_desktop.exchange.judging.conflicts import choose, list_conflicts, resolve
from minzheng_desktop.exchange.judging.held import count_held
from minzheng_desktop.values.ids import new_id
from tests.exchange.offices import XIUQI, County, Town, person
from tests.exchange.pair import Pair, open_pair, read
from tests.exchange.scene import change, void
from tests.exchange.sides import rows_that_differ, side_of
from tests.exchange.test_joins import NUMBER
from tests.exchange.test_peers import first_person, people_of

VALUES = {
    "name": ["罗成贵", "罗成桂", "罗承贵"],
    "phone": ["13800000001", "13800000002", "13800000003"],
    "ethnicity": ["01", "15", "17"],
    "reside_village": ["500229106001", "500229106002"],
    "alive_status": ["1", "2"],
    "death_date": [None, "2026-11-01", "2026-11-02"],
}

SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.county) for seed in range(2, 24))]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = open_pair(tmp_path)
    yield made
    made.close()


class Play:
    """One play; `files` are the packages that every reader has yet to get."""

    def __init__(self, pair: Pair, seed: int) -> None:
        self.record = pair.a.add_reported_elder()
        body = {"owner": XIUQI, "person": first_person(pair.a), "number": "6222", "name": "罗成贵"}
        with pair.a.store.writing("test") as w:
            self.account = w.put("bank_accounts", body)
        read(pair.b, pair.hand_over(pair.a))
        self.pair = pair
        self.dice = random.Random(seed)
        self.files: dict[str, list[Path]] = {"county": [], "a": [], "b": []}
        self.entered = False

    def step(self) -> None:
        town = self.dice.choice([self.pair.a, self.pair.b])
        match self.dice.choice(["edit"] * 6 + ["void", "enter", "pack", "pack", "deliver", "deliver"]):
            case "edit" if self.dice.random() < 0.5:
                self.edit_benefit(town)
            case "edit":
                row = self.dice.choice(sorted(people_of(town)))
                name = self.dice.choice(sorted(VALUES))
                change(town, "people", row, **{name: self.dice.choice(VALUES[name])})
            case "void":
                void(town, "people", self.dice.choice(sorted(people_of(town))))
            case "enter":
                self.enter()
            case "pack":
                self.pack(town)
            case "deliver":
                self.deliver(self.dice.choice(list(self.files)))

    def edit_benefit(self, town: Town) -> None:
        """A record's document, or an account: what pays is never merged by the program."""
        day, number = (
            self.dice.choice(["2026-10-08", "2026-10-09"]),
            self.dice.choice(["6222", "6333", "6444"]),
        )
        if self.dice.random() < 0.5:
            change(
                town, "bank_accounts", self.account, **self.dice.choice([{"number": number}, {"bank": day}])
            )
            return
        with town.store.reading() as r:
            row = r.get("records", self.record)
        assert row is not None
        told = self.dice.choice(
            [{"remark": day}, {"apply_date": day}, {"period_amount": self.dice.choice([5000, 9000])}]
        )
        doc = {**row["doc"], **told}
        change(town, "records", self.record, doc=doc, amount=doc.get("period_amount"))

    def enter(self) -> None:
        """One person entered on both laptops, once in a play."""
        if not self.entered:
            self.entered = True
            for town in (self.pair.a, self.pair.b):
                body = person(XIUQI, "吴道芸", NUMBER, birth_date="1940-01-01")
                with town.store.writing("test") as w:
                    w.put("people", {"id": new_id(), **body})

    def pack(self, town: Town) -> bool:
        done = town.export()
        if done.file is not None:
            other = "b" if town is self.pair.a else "a"
            for reader in ("county", other):
                self.files[reader].append(done.file)
        return done.changes > 0

    def deliver(self, reader: str, *, everything: bool = False) -> None:
        """Some of the waiting files, in any order; one may come again later."""
        waiting = self.files[reader]
        self.dice.shuffle(waiting)
        count = len(waiting) if everything else min(len(waiting), self.dice.randint(1, 3))
        some, self.files[reader] = waiting[:count], waiting[count:]
        if not everything and some and self.dice.random() < 0.3:
            self.files[reader].append(self.dice.choice(some))
        for office, name in ((self.pair.a, "a"), (self.pair.b, "b")):
            if name == reader:
                results = [one.status for one in read(office, *some)]
                assert "refused" not in results
        if reader == "county" and some:
            assert "refused" not in [one.status for one in self.pair.county.receive(*some)]

    def deliver_all(self) -> None:
        """Pack and deliver until nobody has anything to tell; that has to come to an end."""
        for _ in range(12):
            packed = [self.pack(town) for town in (self.pair.a, self.pair.b)]
            for reader in self.files:
                self.deliver(reader, everything=True)
            if not any(packed):
                return
        raise AssertionError("the offices never come to rest")


def heads_of(office: Town | County) -> dict[str, tuple[str, ...]]:
    with office.store.reading() as r:
        return {one.id: one.heads for one in list_conflicts(r)}


@pytest.mark.parametrize("seed", SEEDS)
def test_all_end_alike(pair: Pair, seed: int) -> None:
    play = Play(pair, seed)
    for _ in range(30):
        play.step()
    play.deliver_all()
    offices = (pair.county, pair.a, pair.b)
    conflicts = [heads_of(office) for office in offices]
    assert conflicts[0] == conflicts[1] == conflicts[2]  # the same rows, the same versions
    for office in (pair.a, pair.b):
        assert rows_that_differ(pair.county.store, office.store, XIUQI) <= set(conflicts[0])
    with pair.a.store.reading() as r:
        answers = [choose(one, play.dice.choice(["mine", "other", "newer"])) for one in list_conflicts(r)]
    resolve(pair.a.store, answers)
    play.deliver_all()
    sides = [side_of(office.store, XIUQI) for office in offices]
    assert sides[0] == sides[1] == sides[2]
    for office in offices:
        assert heads_of(office) == {}
        with office.store.reading() as r:
            assert count_held(r) == (0, 0)
