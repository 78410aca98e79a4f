"""Two laptops of one township: what one wrote reaches the other once, edits merge or wait, nothing is overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.exchange.down.decided import waiting_decisions
from minzheng_desktop.exchange.judging.held import held_lines
from minzheng_desktop.exchange.peers.copying import write_copy
from minzheng_desktop.exchange.peers.places import list_peers
from minzheng_desktop.exchange.sending import chain
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import XIUQI, Town, new_town
from tests.exchange.pair import Pair, open_pair, packed, read
from tests.exchange.scene import change
from tests.exchange.sides import side_of, whole_digest


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = open_pair(tmp_path)
    yield made
    made.close()


def first_person(town: Town) -> str:
    with town.store.reading() as r:
        return str(r.scalar(sa.select(schema.people.c.id).order_by(schema.people.c.id).limit(1)))


def people_of(town: Town) -> list[str]:
    with town.store.reading() as r:
        return [row["id"] for row in r.rows(sa.select(schema.people.c.id))]


def person_of(office: Any, row: str) -> dict[str, Any]:
    with office.store.reading() as r:
        found = r.get("people", row)
    assert found is not None
    return dict(found)


def unpacked(town: Town) -> int:
    with town.store.reading() as r:
        return chain.unpacked_changes(r)


def require_one_town(pair: Pair) -> None:
    """All three hold the same of the township, down to revisions."""
    sides = [side_of(office.store, XIUQI) for office in (pair.county, pair.a, pair.b)]
    assert sides[0] == sides[1] == sides[2]


def test_a_copy_brings_everything_and_nothing_is_exported_twice(pair: Pair) -> None:
    require_one_town(pair)
    assert unpacked(pair.b) == 0  # what A originated is A's to export
    with pair.b.store.reading() as r:
        (peer,) = list_peers(r)
    assert (peer.letter, peer.may_lock, peer.number) == ("A", True, 2)
    assert pair.b.store.site.letter == "B"
    assert not pair.b.store.site.may_lock


def test_packages_of_one_laptop_reach_the_other_in_order_once(pair: Pair) -> None:
    row = first_person(pair.a)
    files = []
    for phone in ("13800000001", "13800000002", "13800000003"):
        change(pair.a, "people", row, phone=phone)
        files.append(packed(pair.a))
    # early ones wait, then everything is read in the order of the chain
    assert [one.status for one in read(pair.b, files[2])] == ["waiting"]
    done = read(pair.b, files[1], files[0])
    assert [(one.number, one.status) for one in done] == [(3, "applied"), (4, "applied"), (5, "applied")]
    assert person_of(pair.b, row)["phone"] == "13800000003"
    assert [one.status for one in read(pair.b, *files)] == ["already"] * 3
    assert unpacked(pair.b) == 0


def test_edits_of_different_fields_merge_alike_on_all_three(pair: Pair) -> None:
    row = first_person(pair.a)
    change(pair.a, "people", row, ethnicity="15")
    change(pair.b, "people", row, reside_village="500229106001")
    a, b = packed(pair.a), packed(pair.b)
    (at_b,), (at_a,) = read(pair.b, a), read(pair.a, b)
    assert (at_a.merged, at_b.merged, at_a.conflicts) == (1, 1, 0)
    pair.county.receive(a, b)
    for office in (pair.county, pair.a, pair.b):
        found = person_of(office, row)
        assert (found["ethnicity"], found["reside_village"]) == ("15", "500229106001")
    require_one_town(pair)
    # the merge travels as a version, and changes nothing any more
    for one, other in ((pair.a, pair.b), (pair.b, pair.a)):
        (came,) = pair.cross(one, other)
        assert (came.count("same"), came.count("changed", "new", "held")) == (1, 0)
    require_one_town(pair)


def test_the_same_field_waits_for_a_person_and_nothing_is_overwritten(pair: Pair) -> None:
    row = first_person(pair.a)
    change(pair.a, "people", row, name="罗成桂")
    change(pair.b, "people", row, name="罗承贵")
    a, b = packed(pair.a), packed(pair.b)
    assert [one.conflicts for one in (*read(pair.b, a), *read(pair.a, b))] == [1, 1]
    assert [one.count("held") for one in pair.county.receive(a, b)] == [0, 1]
    assert [person_of(office, row)["name"] for office in (pair.a, pair.b, pair.county)] == [
        *("罗成桂", "罗承贵", "罗成桂")
    ]
    for office in (pair.a, pair.b, pair.county):
        with office.store.reading() as r:
            assert [(one["why"], one["id"]) for one in held_lines(r)] == [("conflict", row)]
            v = schema.versions.c
            names = {
                one["body"].split('"name":"')[1][:3] for one in r.rows(sa.select(v.body).where(v.id == row))
            }
        assert {"罗成桂", "罗承贵"} <= names  # both stay readable


def test_an_edit_after_the_conflict_goes_on_from_its_own_side(pair: Pair) -> None:
    row = first_person(pair.a)
    change(pair.a, "people", row, name="罗成桂")
    change(pair.b, "people", row, name="罗承贵")
    a, b = packed(pair.a), packed(pair.b)
    read(pair.a, b)
    pair.county.receive(a, b)
    change(pair.b, "people", row, sex="2")
    later = packed(pair.b)
    assert [one.conflicts for one in read(pair.a, later)] == [1]
    pair.county.receive(later)
    for office in (pair.a, pair.county):
        with office.store.reading() as r:
            (kept,) = held_lines(r)  # one line for the row: the newest of that side
        assert '"sex":"2"' in kept["line"]


def test_a_decision_taken_at_one_laptop_reaches_the_other(pair: Pair) -> None:
    record = pair.a.add_reported_elder()
    file = pair.hand_over(pair.a)
    read(pair.b, file)
    decide(pair.county.store, [record], kind="confirm", text="同意", number="丰民批〔2026〕1号")
    change(pair.a, "people", first_person(pair.a), phone="13900000001")
    done = read(pair.b, pair.hand_over(pair.a))  # A read the receipt after this package
    assert pair.a.state(record) != "reported"
    assert done[0].status == "applied"
    (came,) = pair.cross(pair.a, pair.b)  # the step that A took
    assert came.status == "applied"
    assert pair.b.state(record) == pair.a.state(record)
    # B's own receipt brings the same decision: it is known, no second step
    change(pair.b, "people", first_person(pair.b), phone="13900000002")
    pair.cross(pair.b, pair.a)
    require_one_town(pair)
    with pair.b.store.reading() as r:
        s = schema.steps.c
        steps = r.rows(sa.select(s.step).where(s.record == record, s.actor == "county"))
    assert len(steps) == 1


def test_a_decision_on_what_the_other_laptop_wrote_waits_for_its_package(pair: Pair) -> None:
    record = pair.a.add_reported_elder()
    read(pair.b, pair.hand_over(pair.a))
    with pair.b.store.reading() as r:
        row = r.get("records", record)
    assert row is not None
    change(pair.b, "records", record, doc={**row["doc"], "remark": "子女在外"})
    theirs = packed(pair.b)
    pair.county.receive(theirs)
    decide(pair.county.store, [record], kind="confirm", text="同意", number="丰民批〔2026〕1号")
    change(pair.a, "people", first_person(pair.a), phone="13900000001")
    pair.hand_over(pair.a)  # the receipt brings the decision on a record that A has not seen so
    with pair.a.store.reading() as r:
        assert len(waiting_decisions(r)) == 1
    assert pair.a.state(record) == "reported"
    (came,) = read(pair.a, theirs)
    assert came.decisions == 1
    assert pair.a.state(record) != "reported"
    with pair.a.store.reading() as r:
        assert waiting_decisions(r) == []


@pytest.mark.parametrize("harm", ["cut", "flipped", "swapped"])
def test_a_damaged_package_is_refused_and_changes_nothing(pair: Pair, harm: str, tmp_path: Path) -> None:
    file = packed_after_change(pair.a)
    data = file.read_bytes()
    middle = len(data) * 3 // 4
    harmed = {
        "cut": data[:middle],
        "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "swapped": (tmp_path / "b" / "U盘" / "500229106B_0001.mzpkg").read_bytes()[:-40] + data[-40:],
    }[harm]
    broken = tmp_path / file.name
    broken.write_bytes(harmed)
    before = whole_digest(pair.b.store)
    (result,) = read(pair.b, broken)
    assert (result.status, whole_digest(pair.b.store)) == ("refused", before)
    assert "没有读入" in result.reason
    assert [one.status for one in read(pair.b, file)] == ["applied"]  # the whole one is not in its way


def test_strangers_and_own_packages_are_refused(pair: Pair, tmp_path: Path) -> None:
    (early,) = read(pair.b, tmp_path / "a" / "U盘" / "500229106A_0001.mzpkg")
    assert (early.status, early.code) == ("refused", "before_joining")  # it was not sealed to B
    assert "写一份台账副本" in early.reason
    own = packed_after_change(pair.a)
    (mine,) = read(pair.a, own)
    assert (mine.status, mine.code) == ("refused", "own_package")
    other = new_town(tmp_path / "c")
    data, phrase = pair.county.enrol(XIUQI, "三机")
    from minzheng_desktop.exchange.files.enrolment import accept_enrolment, read_enrolment
    from tests.exchange.offices import TODAY

    accept_enrolment(other.store, read_enrolment(data, phrase, today=TODAY))
    (unknown,) = read(pair.b, packed(other))  # the county has not told of it yet
    assert (unknown.status, unknown.code) == ("refused", "unknown_peer")
    assert "请先读县局最近的回执" in unknown.reason
    with pytest.raises(UserError, match="没有登记别的电脑"):
        write_copy(new_enrolled(tmp_path / "d", pair).store, tmp_path)
    other.store.close()


def packed_after_change(town: Town) -> Path:
    change(town, "people", first_person(town), phone="13700000000")
    return packed(town)


def new_enrolled(folder: Path, pair: Pair) -> Town:
    from minzheng_desktop.exchange.files.enrolment import accept_enrolment, read_enrolment
    from tests.exchange.offices import BASHAN, TODAY

    town = new_town(folder, BASHAN)
    data, phrase = pair.county.enrol(BASHAN)
    accept_enrolment(town.store, read_enrolment(data, phrase, today=TODAY))
    return town


def test_a_copy_in_parts_counts_when_all_of_them_are_here(pair: Pair, tmp_path: Path) -> None:
    made = write_copy(pair.a.store, tmp_path / "parts", max_lines=3)
    assert len(made.files) > 1
    done = read(pair.b, *reversed(made.files))
    assert [one.status for one in done] == ["applied"] * len(made.files)
    assert sum(one.count("same") for one in done) == made.changes  # everything was there
    assert [one.status for one in read(pair.b, made.files[0])] == ["already"]
