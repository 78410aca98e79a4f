"""Bulletins: for whom, how often, and in whatever order with receipts, the county's word counts once."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from minzheng_desktop.commands.frame import yield_all
from minzheng_desktop.county.keys.enrolments import county_keys, live_laptops
from minzheng_desktop.county.replies.bulletins import handing_out_bulletins, standings, write_bulletins
from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.exchange.down import downward
from minzheng_desktop.exchange.down.bulletin import (
    AppliedBulletin,
    BulletinHead,
    bulletins_read,
    read_bulletin,
    seal_bulletin,
)
from minzheng_desktop.exchange.files.envelope import Party
from minzheng_desktop.store import copies, schema
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import BASHAN, TODAY, XIUQI, County, Town, join, new_county, new_town
from tests.exchange.pair import open_pair
from tests.exchange.pair import read as read_peers
from tests.exchange.test_receipt import again, hand_over


def bulletin(county: County, division: str = XIUQI) -> Path:
    (written,) = write_bulletins(county.store, [division], county.folder / "下发")
    return written.file


def read(town: Town, file: Path) -> AppliedBulletin:
    return read_bulletin(town.store, file.read_bytes(), today=TODAY, file=file.name)


def refusal(town: Town, data: bytes) -> UserError:
    with pytest.raises(UserError) as error:
        read_bulletin(town.store, data, today=TODAY)
    assert "没有读入" in error.value.message
    return error.value


def test_bulletins_are_numbered_by_division_and_read_once(town: Town, county: County, tmp_path: Path) -> None:
    other = new_town(tmp_path / "other", BASHAN)
    join(other, county)
    for office in (town, other):
        office.add_people(1)
        office.apply(hand_over(office, county))
    both = write_bulletins(county.store, [XIUQI, BASHAN], county.folder / "下发")
    assert [one.file.name for one in both] == ["500229106_0001.mzbul", "500229102_0001.mzbul"]
    second = bulletin(county)
    assert second.name == "500229106_0002.mzbul"
    # The second before the first, the first again: nothing is missing, nothing doubled.
    assert [read(town, file).known for file in (second, both[0].file, second, both[0].file)] == [
        *(False, False, True, True)
    ]
    with town.store.reading() as r:
        assert [row["number"] for row in bulletins_read(r)] == [2, 1]
        before = r.change_number()
    read(town, second)
    with town.store.reading() as r:
        assert r.change_number() == before
    wrong = refusal(town, both[1].file.read_bytes())
    assert (wrong.code, "500229102" in wrong.message) == ("other_bulletin", True)
    other.store.close()


def test_the_county_sees_who_has_read_what(town: Town, county: County) -> None:
    town.add_people(1)
    town.apply(hand_over(town, county))
    file = bulletin(county)

    def seen() -> bool:
        with county.store.reading() as r:
            return next(one.read for one in standings(r) if one.division == XIUQI)

    assert not seen()
    read(town, file)
    assert not seen()  # only the next package tells, though it holds nothing else
    done = town.export()
    assert (done.number, done.changes) == (2, 0)
    assert done.file is not None
    town.apply(county.receive(done.file)[0].receipt)
    assert seen()
    assert town.export().number is None  # what a receipt said needs no word back
    bulletin(county)
    assert not seen()


def test_a_township_without_a_laptop_cannot_be_written_to(county: County) -> None:
    with pytest.raises(UserError) as error:
        write_bulletins(county.store, [XIUQI], county.folder)
    assert error.value.code == "no_laptop"
    with pytest.raises(UserError):
        write_bulletins(county.store, [], county.folder)
    assert not list(county.folder.glob("*.mzbul"))


def test_foreign_bulletins_are_refused(town: Town, county: County, tmp_path: Path) -> None:
    elsewhere, stranger = new_county(tmp_path / "elsewhere"), new_town(tmp_path / "stranger")
    join(stranger, elsewhere)
    for office, home in ((town, county), (stranger, elsewhere)):
        office.add_people(1)
        hand_over(office, home)
    assert refusal(town, bulletin(elsewhere).read_bytes()).code == "not_our_county"
    assert refusal(town, again(town, county).read_bytes()).code == "wrong_kind"
    damaged = bytearray(bulletin(county).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    assert refusal(town, bytes(damaged)).code in ("bad_signature", "bad_digest", "not_a_container", "altered")
    stranger.store.close()
    elsewhere.store.close()


@pytest.mark.both
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_decision_is_taken_once_whichever_file_comes_first(
    town: Town, county: County, order: tuple[int, ...]
) -> None:
    """Receipt, bulletin and a later bulletin that carries a second decision, each read twice in every order."""
    records = [town.add_reported_elder(), town.add_reported_elder()]
    hand_over(town, county)
    decide(county.store, records[:1], kind="return", text="缺户口簿", number="")
    files = [again(town, county), bulletin(county)]
    decide(county.store, records[1:], kind="confirm", text="", number="31号")
    files.append(bulletin(county))
    taken = 0
    for which in (*order, *order):
        if files[which].suffix == ".mzret":
            taken += len(town.apply(files[which]).decisions.taken)
        else:
            taken += len(read(town, files[which]).came.decisions.taken)
    assert taken == 2
    assert [town.state(one) for one in records] == ["county_returned", "confirmed"]
    # What came by bulletin goes back up as a step, and the county sends it no more.
    receipt = hand_over(town, county)
    assert town.apply(receipt).decisions.known == ()
    with county.store.reading() as r:
        assert {r.get("records", one)["state"] for one in records} == {"county_returned", "confirmed"}  # type: ignore[index]
        assert [row["state"] for row in r.rows(schema.decisions.select())] == ["taken", "taken"]


class _Tomorrow(msgspec.Struct, frozen=True, tag_field="t", tag="of_tomorrow"):
    what: str


def test_lines_of_a_newer_program_are_kept_and_told(town: Town, county: County) -> None:
    town.add_people(1)
    town.apply(hand_over(town, county))
    with county.store.reading() as r:
        keys, live, site = county_keys(r), live_laptops(r, XIUQI), county.store.site
    head = BulletinHead(
        sender=Party(site.division, site.laptop, site.letter),
        to=Party(XIUQI, ""),
        number=7,
        epoch="bulletins",
        previous="",
        made_at="2026-11-23T10:00:00+08:00",
        program="99.0",
        standing=10**6,
    )
    lines = [*(downward.LaptopLine(one) for one in live), _Tomorrow("还没有的东西")]
    sealed = seal_bulletin(
        head,
        lines,  # type: ignore[arg-type]
        certificate=keys.certificate,
        keys=keys.keys,
        recipients=[one.age for one in live],
    )
    assert read_bulletin(town.store, sealed.data, today=TODAY).unknown == 1
    with town.store.reading() as r:
        (row,) = bulletins_read(r)
    assert "还没有的东西" in row["counts"]["unknown"][0]  # type: ignore[index]


def test_two_laptops_read_one_bulletin_and_stay_one_township(tmp_path: Path) -> None:
    pair = open_pair(tmp_path)
    record = pair.a.add_reported_elder()
    file = pair.hand_over(pair.a)
    pair.b.add_people(1)
    pair.hand_over(pair.b)
    decide(pair.county.store, [record], kind="confirm", text="", number="31号")
    (written,) = write_bulletins(pair.county.store, [XIUQI], pair.county.folder)
    # B reads the bulletin before it has the record: the decision waits for A's package.
    early = read(pair.b, written.file)
    assert (len(early.came.decisions.absent), len(early.came.decisions.taken)) == (1, 0)
    assert len(read(pair.a, written.file).came.decisions.taken) == 1
    assert [one.status for one in read_peers(pair.b, file)] == ["applied"]
    assert pair.b.state(record) == pair.a.state(record) == "confirmed"
    # Both tell what they did; the rows are the same ones, so nobody asks and nothing doubles.
    pair.a.add_people(1)
    assert [one.status for one in pair.cross(pair.a, pair.b)] == ["applied"]
    pair.b.add_people(1)
    pair.cross(pair.b, pair.a)
    s = schema.steps.c
    found = []
    for office in (pair.a, pair.b, pair.county):
        with office.store.reading() as r:
            wanted = r.rows(sa.select(s.id, s.revision).where(s.record == record).order_by(s.id))
            found.append([(row["id"], row["revision"]) for row in wanted])
    assert found[0] == found[1] == found[2]
    pair.close()


def test_bulletins_go_to_several_sticks_and_are_numbered_only_where_one_can_be_written(
    town: Town, county: County, tmp_path: Path
) -> None:
    town.add_people(1)
    town.apply(hand_over(town, county))
    bad, good, other = tmp_path / "坏盘", tmp_path / "好盘", tmp_path / "乙盘"
    bad.write_bytes(b"")
    with pytest.raises(UserError):
        write_bulletins(county.store, [XIUQI], bad)
    made = yield_all(handing_out_bulletins(county.store, [XIUQI], [bad, good, other]))
    assert [one.number for one in made.written] == [1]
    assert [bool(one.error) for one in made.places] == [True, False, False]
    name = f"{XIUQI}_0001.mzbul"
    assert (good / name).read_bytes() == (other / name).read_bytes()
    with county.store.reading() as r:
        lines = copies.list_copies(r, kind="bulletin")
    assert {Path(one.place).name for one in lines} == {"好盘", "乙盘"}
    # A foreign file under the next name is not overwritten, and the number is not used up.
    (good / f"{XIUQI}_0002.mzbul").write_bytes(b"somebody else's")
    with pytest.raises(UserError, match="没有覆盖它"):
        write_bulletins(county.store, [XIUQI], good)
    assert [one.number for one in write_bulletins(county.store, [XIUQI], other)] == [2]
