"""A township's folder holds what the county sent and what its other laptop wrote: each goes its own way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng_desktop.exchange import folder as folders
from minzheng_desktop.exchange.arriving import take_in
from tests.exchange.offices import TODAY
from tests.exchange.pair import Pair, open_pair


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
