"""Packages that come before their turn: kept once verified, applied in order when the gap closes, never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.keys import enrolments
from minzheng_desktop.county.receiving.chains import gaps
from minzheng_desktop.county.receiving.receive import receive_files
from minzheng_desktop.county.summary import summarise_towns
from minzheng_desktop.exchange.files.container import read_container
from minzheng_desktop.exchange.files.envelope import sha256
from minzheng_desktop.exchange.judging import early
from minzheng_desktop.store import schema
from tests.exchange.forgery import forge, person_line
from tests.exchange.offices import TODAY, XIUQI, County, Town


def packages(town: Town, number: int) -> list[Path]:
    files = []
    for _ in range(number):
        town.add_people(1)
        done = town.export()
        assert done.file is not None
        files.append(done.file)
    return files


def people(county: County) -> int:
    with county.store.reading() as r:
        return int(r.scalar(sa.select(sa.func.count()).select_from(schema.people)))


def spooled(county: County) -> list[int]:
    with county.store.reading() as r:
        bodies = r.scalar(sa.select(sa.func.count()).select_from(schema.spool))
        waiting = early.early_packages(r)
    assert bodies == len(waiting)
    return [one.number for one in waiting]


@pytest.mark.both
def test_what_came_early_is_applied_and_answered_when_the_gap_closes(town: Town, county: County) -> None:
    one, two, three, four = packages(town, 4)
    for file, missing in ((four, (1, 2, 3)), (two, (1, 3)), (three, (1,))):
        (result,) = county.receive(file)
        assert (result.status, result.code, result.kept, result.missing) == ("waiting", "gap", True, missing)
    assert people(county) == 0
    with county.store.reading() as r:
        (gap,) = gaps(r)
        (row,) = (one for one in summarise_towns(r, month="2026-11") if one.gaps)
    assert (gap.here, gap.missing) == ((2, 3, 4), (1,))
    assert gap.words == "还缺第 0001 号包，第 0002–0004 号已到，存着等"
    assert (row.division, row.gaps) == (XIUQI, (gap,))
    results = county.receive(one)
    assert [(r.number, r.status, r.spooled) for r in results] == [
        (1, "applied", False),
        *((n, "applied", True) for n in (2, 3, 4)),
    ]
    assert people(county) == 4
    assert spooled(county) == []
    # Each is answered by a receipt of its own.
    assert [town.apply(r.receipt).acknowledged_number for r in results] == [1, 2, 3, 4]
    assert [r.status for r in county.receive(four, two)] == ["already", "already"]


def test_the_missing_file_given_together_with_those_that_wait(town: Town, county: County) -> None:
    one, two, three = packages(town, 3)
    county.receive(two, three)
    assert [(r.number, r.status, r.spooled) for r in county.receive(three, one)] == [
        (1, "applied", False),
        (2, "applied", True),
        (3, "applied", False),
    ]
    assert spooled(county) == []


def test_an_early_package_given_twice_is_kept_once(town: Town, county: County) -> None:
    _, two = packages(town, 2)
    county.receive(two)
    with county.store.reading() as r:
        audit = r.scalar(sa.select(sa.func.max(schema.audit.c.seq)))
    (again,) = county.receive(two)
    assert (again.status, again.kept) == ("waiting", True)
    with county.store.reading() as r:
        assert r.scalar(sa.select(sa.func.max(schema.audit.c.seq))) == audit
    assert spooled(county) == [2]


def test_a_stick_pulled_between(town: Town, county: County) -> None:
    one, two, three = packages(town, 3)
    whole = two.read_bytes()
    two.write_bytes(whole[:-50])
    assert [(r.number, r.status) for r in county.receive(one, two, three)] == [
        (None, "refused"),
        (1, "applied"),
        (3, "waiting"),
    ]
    two.write_bytes(whole)
    assert [(r.number, r.status) for r in county.receive(two)] == [(2, "applied"), (3, "applied")]
    assert people(county) == 3


def test_what_is_not_proved_is_not_kept(town: Town, county: County) -> None:
    _, two = packages(town, 2)
    data = bytearray(two.read_bytes())
    data[-200] ^= 1
    two.write_bytes(data)
    assert county.receive(two)[0].status == "refused"
    assert spooled(county) == []


def test_two_different_packages_under_one_early_number(town: Town, county: County) -> None:
    place = {"number": 3, "previous": "0" * 64}
    for name, status in (("p1", "waiting"), ("p2", "refused")):
        path = county.folder / f"{name}.mzpkg"
        path.write_bytes(forge(town, [person_line(XIUQI, name)], envelope=place, head=place))
        (result,) = county.receive(path)
        assert result.status == status
    assert result.code == "fork"
    assert spooled(county) == [3]


def test_one_that_does_not_fit_when_its_turn_comes_is_dropped_with_words(town: Town, county: County) -> None:
    (one,) = packages(town, 1)
    place = {"number": 2, "previous": "0" * 64}
    path = county.folder / "二.mzpkg"
    path.write_bytes(forge(town, [person_line(XIUQI, "p1")], envelope=place, head=place))
    assert county.receive(path)[0].kept
    first, second = county.receive(one)
    assert (first.status, second.status, second.code, second.spooled) == (
        "applied",
        "refused",
        "broken_chain",
        True,
    )
    assert "没有读入" in second.reason
    assert spooled(county) == []
    # The true second package is still welcome.
    (true,) = packages(town, 1)
    assert county.receive(true)[0].status == "applied"


def test_a_revoked_laptops_early_packages_are_dropped_and_told(town: Town, county: County) -> None:
    one, _, three = packages(town, 3)
    county.receive(one, three)
    info = enrolments.revoke_laptop(county.store, town.store.site.laptop, reason="电脑被盗")
    assert info.dropped == (3,)
    assert "第 0003 号包早到" in info.alarms[-1]
    assert spooled(county) == []
    with county.store.reading() as r:
        assert gaps(r) == []
    assert county.receive(three)[0].code == "revoked"


def test_a_serial_revoked_before_its_first_package_came(town: Town, county: County) -> None:
    _, two = packages(town, 2)
    county.receive(two)
    with county.store.reading() as r:
        (laptop,) = enrolments.list_laptops(r)
    assert enrolments.revoke_laptop(county.store, laptop.serial, reason="发错了").dropped == (2,)
    assert spooled(county) == []


def test_what_one_laptop_may_leave_waiting_is_bounded(
    town: Town, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three, four = packages(town, 4)
    monkeypatch.setattr(early, "MOST_PACKAGES", 2)
    results = county.receive(two, three, four)
    assert [(r.status, r.kept) for r in results] == [("waiting", True), ("waiting", True), ("waiting", False)]
    assert "文件留着" in results[2].reason
    assert spooled(county) == [2, 3]
    monkeypatch.setattr(early, "MOST_BYTES", 10)
    assert [(r.number, r.status) for r in county.receive(one, four)] == [
        (1, "applied"),
        (2, "applied"),
        (3, "applied"),
        (4, "applied"),
    ]


def test_a_number_far_ahead_is_not_kept(town: Town, county: County) -> None:
    place = {"number": early.MOST_AHEAD + 1, "previous": "0" * 64}
    path = county.folder / "远.mzpkg"
    path.write_bytes(forge(town, envelope=place, head=place))
    (result,) = county.receive(path)
    assert (result.status, result.kept, len(result.missing)) == ("waiting", False, early.MOST_AHEAD)
    assert spooled(county) == []


def test_a_run_that_was_stopped_is_taken_up_by_the_next(town: Town, county: County) -> None:
    one, two, three = packages(town, 3)
    county.receive(two, three)
    run = receive_files(county.store, [one], today=TODAY)
    assert next(run).status == "applied"
    run.close()
    assert spooled(county) == [2, 3]
    assert [(r.number, r.status) for r in county.receive()] == [(2, "applied"), (3, "applied")]


def test_a_laptop_enrolled_anew_leaves_nothing_waiting(town: Town, county: County) -> None:
    from tests.exchange.offices import join

    one, _, three = packages(town, 3)
    county.receive(one, three)
    join(town, county)
    (fresh,) = packages(town, 1)
    (result,) = county.receive(fresh)
    # Everything travels again in the new chain, what waited of the old one is in it too.
    assert (result.status, result.count("same"), result.count("new")) == ("applied", 1, 3)
    assert spooled(county) == []


def test_the_envelope_of_a_package_that_waits_is_kept(town: Town, county: County) -> None:
    _, two = packages(town, 2)
    county.receive(two)
    with county.store.reading() as r:
        (waits,) = early.early_packages(r)
        assert early.bytes_of(r, waits) == two.read_bytes()
    assert waits.envelope == sha256(read_container(two.read_bytes()).envelope)
    assert (waits.file, waits.changes) == (two.name, 1)


def test_numbers_in_words() -> None:
    assert early.number_words((2,)) == "第 0002 号"
    assert early.number_words((7, 2, 3, 4)) == "第 0002–0004、0007 号"
    assert early.missing_numbers(1, (3, 6)) == (2, 4, 5)
    assert early.missing_numbers(4, ()) == ()
