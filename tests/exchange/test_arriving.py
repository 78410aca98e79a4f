"""A township's folder holds what the county sent and what its other laptop wrote: each goes its own way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng_desktop.exchange import folder as folders
from minzheng_desktop.exchange.arriving import take_in
from tests.exchange.offices import TODAY
from tests.exchange.pair import Pair, open_pair, packed


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = open_pair(tmp_path)
    yield made
    made.close()


def test_the_other_laptops_package_is_read_and_ones_own_is_left_alone(pair: Pair, tmp_path: Path) -> None:
    pair.b.add_people(2)
    pair.b.export()
    inbox = tmp_path / "收件"
    inbox.mkdir()
    for file in pair.b.stick.glob("*.mzpkg"):
        (inbox / file.name).write_bytes(file.read_bytes())
    listed = folders.list_folder(pair.b.store, inbox)
    assert (listed.ready, len(listed.other)) == ((), len(list(inbox.iterdir())))  # its own

    listed = folders.list_folder(pair.a.store, inbox)
    done = list(take_in(pair.a.store, listed.ready, today=TODAY))
    last = done[-1]
    assert last.peer is not None
    assert (last.error, last.peer.letter, last.peer.count("new")) == (None, "B", 2)
    assert last.sentence.endswith("新增 2，变化 0")
    again = folders.list_folder(pair.a.store, inbox)
    assert (again.ready, again.seen) == ((), len(list(inbox.iterdir())))


def test_what_the_county_sent_to_others_is_left_alone_on_a_stick_that_goes_round(pair: Pair) -> None:
    done = []
    for laptop in (pair.b, pair.a):
        laptop.add_people(1)
        done += pair.county.receive(packed(laptop))
    stick = pair.county.folder / "回执"
    listed = folders.list_folder(pair.a.store, stick)
    own = [one.path.name for one in listed.ready]
    letters = {name: name[9] for name in (one.receipt.name for one in done if one.receipt)}
    assert set(letters.values()) == {"A", "B"}
    assert own == [name for name, letter in letters.items() if letter == "A"]
    assert {path.name for path in listed.elsewhere} >= {n for n, letter in letters.items() if letter == "B"}
    assert "给别的单位或别的电脑的" in listed.words
