"""Whatever happens to a file on its way, it enters whole or not at all, and is answered with a sentence."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from minzheng_desktop.county.receiving.receive import receive_files
from minzheng_desktop.county.replies.bulletins import write_bulletins
from minzheng_desktop.exchange.down.acknowledge import apply_receipt
from minzheng_desktop.exchange.down.bulletin import read_bulletin
from minzheng_desktop.store import audit
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import TODAY, XIUQI, County, Town

TRIES = 150


def state_of(county: County) -> tuple[int, int]:
    with county.store.reading() as r:
        return r.change_number(), len(r.rows(_packages()))


def _packages() -> object:
    import sqlalchemy as sa

    from minzheng_desktop.store import schema

    return sa.select(schema.packages)


def mutated(data: bytes, how: random.Random) -> bytes:
    """The data with one thing done to it: bytes changed, cut out, doubled, inserted, or its end lost."""
    place, length = how.randrange(len(data)), how.randint(1, 40)
    kind = how.randrange(5)
    if kind == 0:
        changed = bytearray(data)
        changed[place] ^= how.randint(1, 255)
        return bytes(changed)
    if kind == 1:
        return data[:place] + data[place + length :]
    if kind == 2:
        return data[: place + length] + data[place:]
    if kind == 3:
        return data[:place] + how.randbytes(length) + data[place:]
    return data[:place]


def test_mutated_packages_never_enter(town: Town, county: County, tmp_path: Path) -> None:
    town.add_people(20)
    done = town.export()
    assert done.file is not None
    whole = done.file.read_bytes()
    before = state_of(county)
    how = random.Random(20261123)
    for number in range(TRIES):
        data = mutated(whole, how)
        if data == whole:
            continue
        path = tmp_path / f"{number}.mzpkg"
        path.write_bytes(data)
        result = next(iter(receive_files(county.store, [path], today=TODAY)))
        path.unlink()
        assert result.status == "refused", (number, result)
        assert "没有读入" in result.reason
        assert state_of(county) == before
    assert county.receive(done.file)[0].status == "applied"
    with county.store.reading() as r:
        assert audit.verify(r.connection).broken_at == 0


def test_mutated_receipts_change_nothing(town: Town, county: County) -> None:
    town.add_people(20)
    done = town.export()
    assert done.file is not None
    receipt = county.receive(done.file)[0].receipt
    assert receipt is not None
    whole = receipt.read_bytes()
    how = random.Random(20261124)
    with town.store.reading() as r:
        before = audit.head_of(r.connection)
    for _ in range(TRIES):
        data = mutated(whole, how)
        if data == whole:
            continue
        with pytest.raises(UserError) as error:
            apply_receipt(town.store, data, today=TODAY)
        assert "没有读入" in error.value.message
    with town.store.reading() as r:
        assert audit.head_of(r.connection) == before
    assert town.apply(receipt).acknowledged_number == 1


def test_mutated_bulletins_change_nothing(town: Town, county: County) -> None:
    town.add_people(1)
    done = town.export()
    assert done.file is not None
    town.apply(county.receive(done.file)[0].receipt)
    (written,) = write_bulletins(county.store, [XIUQI], county.folder)
    whole = written.file.read_bytes()
    how = random.Random(20261125)
    with town.store.reading() as r:
        before = audit.head_of(r.connection)
    for _ in range(TRIES):
        data = mutated(whole, how)
        if data == whole:
            continue
        with pytest.raises(UserError) as error:
            read_bulletin(town.store, data, today=TODAY)
        assert "没有读入" in error.value.message
    with town.store.reading() as r:
        assert audit.head_of(r.connection) == before
    assert not read_bulletin(town.store, whole, today=TODAY).known


def test_every_truncation_of_a_small_package(town: Town, county: County, tmp_path: Path) -> None:
    town.add_people(1)
    done = town.export()
    assert done.file is not None
    whole = done.file.read_bytes()
    path = tmp_path / "cut.mzpkg"
    from minzheng_desktop.exchange.files.package import peek

    for length in range(len(whole)):
        with pytest.raises(UserError) as error:
            peek(whole[:length])
        assert error.value.code in {"truncated", "not_a_package"}
    path.write_bytes(whole[: len(whole) // 2])
    assert county.receive(path)[0].status == "refused"
