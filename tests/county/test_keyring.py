"""The county's keys over the years, rehearsed from end to end: changed, lost with the computer, lost with the paper,
and a stolen laptop."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyrage
import pytest
import sqlalchemy as sa

from minzheng_desktop.county.keys import enrolments, keyring
from minzheng_desktop.county.receiving.receive import receive_files
from minzheng_desktop.county.receiving.senders import standing_of
from minzheng_desktop.county.replies.receipts import write_standing
from minzheng_desktop.exchange.files.container import read_container
from minzheng_desktop.exchange.files.enrolment import (
    accept_enrolment,
    membership,
    private_keys,
    read_enrolment,
)
from minzheng_desktop.exchange.files.keys import age_identity, fingerprint
from minzheng_desktop.store import backup, schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.dates import clock_at, now_text
from minzheng_desktop.values.errors import UserError
from tests.exchange.forgery import forge
from tests.exchange.offices import (
    BASHAN,
    CHEAP,
    PASSWORD,
    TODAY,
    XIUQI,
    County,
    Town,
    agree,
    hand_over,
    join,
    new_county,
    new_town,
    package,
)

LATER = "2031-06-01T09:00:00+08:00"


class Office:
    """A county whose root key was kept, with one township enrolled."""

    def __init__(self, folder: Path) -> None:
        self.county = new_county(folder / "county")
        issued = enrolments.issue_enrolment(
            self.county.store, division=XIUQI, out=folder / "a.mzenrol", today=TODAY, cost=CHEAP
        )
        assert issued.root_key is not None
        self.paper = issued.root_key
        self.town = new_town(folder / "town")
        enrolment = read_enrolment((folder / "a.mzenrol").read_bytes(), issued.phrase, today=TODAY)
        accept_enrolment(self.town.store, enrolment)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.town.store.close()
    made.county.store.close()


def certificate_of(town: Town) -> str:
    with town.store.reading() as r:
        member = membership(r)
    assert member is not None
    return fingerprint(member.county.sign)


def test_new_working_keys_are_taken_from_the_next_receipt(office: Office) -> None:
    town, county = office.town, office.county
    old_receipt = hand_over(town, county)
    before = certificate_of(town)
    under_way = package(town)
    with clock_at(LATER):
        state = keyring.rotate_keys(county.store, office.paper)
    assert (state.earlier, state.not_enrolled) == (1, ())
    assert state.working != before
    # What was under way was sealed to the old key and still opens; its receipt brings the new certificate.
    result = county.receive(under_way)[0]
    assert result.status == "applied"
    assert certificate_of(town) == before
    town.apply(result.receipt)
    assert certificate_of(town) == state.working
    # The next package is sealed to the new key: the old one alone does not open it.
    payload = read_container(package(town).read_bytes()).payload
    with county.store.reading() as r:
        (old_key,) = enrolments.earlier_keys(r)
        now = private_keys(r)
    assert now is not None
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(payload, [age_identity(old_key)])
    assert pyrage.decrypt(payload, [age_identity(now.age)])
    # Whoever stole the old key cannot speak for the county any more.
    with pytest.raises(UserError) as error:
        town.apply(old_receipt)
    assert error.value.code == "old_county_key"
    county.receive(*town.stick.glob("*.mzpkg"))
    agree(town, county)


def test_rotation_wants_the_right_paper_and_a_right_clock(office: Office, tmp_path: Path) -> None:
    other = Office(tmp_path / "other")
    for paper, code in ((other.paper, "wrong_root"), ("x", None)):
        with pytest.raises(UserError) as error:
            keyring.rotate_keys(office.county.store, paper)
        assert code is None or error.value.code == code
    with clock_at("2020-01-01T00:00:00+08:00"), pytest.raises(UserError) as error:
        keyring.rotate_keys(office.county.store, office.paper)
    assert error.value.code == "clock_back"
    with clock_at("2020-01-01T00:00:00+08:00"), pytest.raises(UserError) as error:
        keyring.recover_keys(office.county.store, office.paper)
    assert error.value.code == "clock_back", "townships would refuse whatever it signs"
    with pytest.raises(UserError) as error:
        keyring.rotate_keys(office.town.store, office.paper)
    assert error.value.code == "not_a_county"
    other.town.store.close()
    other.county.store.close()


def test_an_enrolment_written_before_the_change_is_good_after_it(office: Office, tmp_path: Path) -> None:
    data, phrase = office.county.enrol(XIUQI, "第二台")
    with clock_at(LATER):
        keyring.rotate_keys(office.county.store, office.paper)
    second = new_town(tmp_path / "second")
    accept_enrolment(second.store, read_enrolment(data, phrase, today=TODAY))
    second.count = 50
    hand_over(second, office.county)
    second.store.close()


def test_a_county_restored_on_another_computer_asks_again_for_what_it_lost(
    office: Office, tmp_path: Path
) -> None:
    town, county = office.town, office.county
    hand_over(town, county)
    backup.write_backup(county.store, tmp_path / "县.mzbak")
    hand_over(town, county)
    hand_over(town, county)
    with clock_at(LATER):
        keyring.rotate_keys(county.store, office.paper)
    hand_over(town, county)
    county.store.close()
    # The computer is lost; the backup knows neither packages 2 to 4 nor the keys that the last were sealed to.
    restored = backup.restore(
        tmp_path / "县.mzbak", tmp_path / "新" / "县局.mz", user=None, password=PASSWORD
    )
    office.county = county = County(restored, tmp_path / "新")
    with clock_at("2031-07-01T09:00:00+08:00"):
        state = keyring.recover_keys(county.store, office.paper)
    five = package(town)
    (unreadable,) = county.receive(five)
    assert (unreadable.status, unreadable.code) == ("refused", "not_for_us")
    (early,) = receive_files(
        county.store, [five], today=TODAY, receipts=county.folder, also=[keyring.paper_key(office.paper)]
    )
    assert (early.status, early.missing) == ("waiting", (2, 3, 4))
    town.apply(early.receipt)
    assert certificate_of(town) == state.working
    # What the county had acknowledged and lost is copied once more, by itself.
    town.stick = tmp_path / "新盘"
    done = town.export()
    assert [path.stem[-4:] for path in done.recopied] == ["0002", "0003", "0004", "0005"]
    assert any("还缺第 0002–0004 号包" in sentence for sentence in done.said)
    results = list(
        receive_files(
            county.store,
            done.recopied,
            today=TODAY,
            receipts=county.folder,
            also=[keyring.paper_key(office.paper)],
        )
    )
    assert [(one.number, one.status) for one in results] == [(n, "applied") for n in (2, 3, 4, 5)]
    for one in results:
        town.apply(one.receipt)
    agree(town, county)
    # And everyday life goes on under the new keys.
    hand_over(town, county)
    agree(town, county)


def test_a_county_with_nothing_but_the_paper_starts_anew_under_the_same_root(
    office: Office, tmp_path: Path
) -> None:
    town = office.town
    hand_over(town, office.county)
    town.add_people(3)
    office.county.store.close()
    office.county = county = new_county(tmp_path / "新县局")
    with clock_at(LATER):
        keyring.recover_keys(county.store, office.paper)
    data, phrase = county.enrol(XIUQI)
    accept_enrolment(town.store, read_enrolment(data, phrase, today=TODAY))  # the same root: no question
    town.stick = tmp_path / "新盘"
    hand_over(town, county)
    agree(town, county)
    with county.store.reading() as r:
        assert r.scalar(sa.select(sa.func.count()).select_from(schema.people)) == 5


def test_a_lost_root_makes_every_township_enrol_again_and_compare_by_phone(
    office: Office, tmp_path: Path
) -> None:
    town, county = office.town, office.county
    hand_over(town, county)
    with clock_at(LATER):
        made = keyring.replace_root(county.store)
    assert made.root_key != office.paper
    assert made.state.not_enrolled == ((XIUQI, "A"),)
    with county.store.reading() as r:
        (laptop,) = enrolments.list_laptops(r)
    assert [one.code for one in laptop.troubles] == ["old_root"]
    # Its packages are still read, but it cannot read what the county answers.
    result = county.receive(package(town))[0]
    assert result.status == "applied"
    with pytest.raises(UserError) as error:
        town.apply(result.receipt)
    assert error.value.code == "not_our_county"
    data, phrase = county.enrol(XIUQI, "新")
    enrolment = read_enrolment(data, phrase, today=TODAY)
    for told in ("", "1234 5678 1234 5678"):
        with pytest.raises(UserError) as error:
            accept_enrolment(town.store, enrolment, new_root=told)
        assert error.value.code == "new_root"
        assert made.state.root in error.value.message
    accept_enrolment(town.store, enrolment, new_root=made.state.root)
    town.stick = tmp_path / "新盘"
    hand_over(town, county)
    agree(town, county)
    with county.store.reading() as r:
        assert keyring.key_state(r).not_enrolled == ()
    # The township's database can be opened with the new paper, not with the old one (escrow).
    path = town.store.path
    assert path is not None
    town.store.close()
    with pytest.raises(UserError):
        Store.open_with_escrow(path, identity=keyring.paper_key(office.paper))
    Store.open_with_escrow(path, identity=keyring.paper_key(made.root_key)).close()
    town.store = Store.open(path, password=PASSWORD)


def test_another_countys_root_is_no_successor(office: Office, tmp_path: Path) -> None:
    rogue = new_county(tmp_path / "rogue")
    rogue.enrol(XIUQI)
    with clock_at(LATER):
        made = keyring.replace_root(rogue.store)
    data, phrase = rogue.enrol(XIUQI, "假")
    with pytest.raises(UserError) as error:
        accept_enrolment(
            office.town.store, read_enrolment(data, phrase, today=TODAY), new_root=made.state.root
        )
    assert error.value.code == "other_county"
    rogue.store.close()


def test_a_county_file_copied_back_is_noticed_by_what_the_townships_have_read(
    office: Office, tmp_path: Path
) -> None:
    town, county = office.town, office.county
    hand_over(town, county)
    path = county.store.path
    assert path is not None
    county.store.close()
    for ending in ("", ".keys"):
        shutil.copy(f"{path}{ending}", f"{tmp_path / 'alt'}{ending}")
    county.store = Store.open(path, password=PASSWORD)
    for _ in range(3):
        hand_over(town, county)
    county.store.close()
    for ending in ("", ".keys"):
        shutil.copy(f"{tmp_path / 'alt'}{ending}", f"{path}{ending}")
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    county.store = Store.open(path, password=PASSWORD)
    five = package(town)
    assert county.receive(five)[0].missing == (2, 3, 4)
    receipt = write_standing(county.store, town.store.site.laptop, county.folder)
    town.apply(receipt)
    results = county.receive(*town.stick.glob("*.mzpkg"))
    assert [one.status for one in results] == ["already", "applied", "applied", "applied", "applied"]
    with county.store.reading() as r:
        (laptop,) = enrolments.list_laptops(r)
    assert "县库被换回过旧的" in laptop.alarms[-1]
    town.apply(results[-1].receipt)
    agree(town, county)
    hand_over(town, county)


def test_what_a_laptop_claims_to_have_read_never_puts_receipts_out_of_reach(
    office: Office, tmp_path: Path
) -> None:
    """The county counts on from what laptops have read of it, and JSON readers agree on numbers up to 2^53: a claim far
    beyond any clock is refused, one that a wrong clock explains is followed, and other townships read on."""
    town, county = office.town, office.county
    other = new_town(tmp_path / "other", BASHAN)
    join(other, county)
    hand_over(town, county)
    hand_over(other, county)
    claims = {2**53 + 1: "payload_damaged", 2**53: "impossible_standing", 10**11: "impossible_standing"}
    for seen, code in claims.items():
        (tmp_path / "claim.mzpkg").write_bytes(forge(town, head={"seen": seen}))
        assert county.receive(tmp_path / "claim.mzpkg")[0].code == code
    hand_over(other, county)
    with county.store.reading() as r:
        assert standing_of(r) < 10**6  # the length of its audit, as before
    nearly = int(datetime.fromisoformat(now_text()).timestamp()) + 9 * 10**8
    (tmp_path / "claim.mzpkg").write_bytes(forge(town, head={"seen": nearly}))
    assert county.receive(tmp_path / "claim.mzpkg")[0].status == "applied"
    for _ in range(2):  # what other laptops then read is ahead of every clock, and still possible
        hand_over(other, county)
        with other.store.reading() as r:
            member = membership(r)
        assert member is not None
        assert member.last_receipt > nearly
    backup.write_backup(county.store, tmp_path / "县.mzbak")
    restored = backup.restore(tmp_path / "县.mzbak", tmp_path / "again.mz", user=None, password=PASSWORD)
    with restored.reading() as r:
        assert standing_of(r) > nearly  # a restore does not fall behind it
    restored.close()
    other.store.close()


def test_a_stolen_laptop_cannot_read_what_is_sealed_after_the_next_receipt(
    office: Office, tmp_path: Path
) -> None:
    town, county = office.town, office.county
    hand_over(town, county)
    second = new_town(tmp_path / "second")
    join(second, county)
    second.count = 50
    hand_over(second, county)
    with second.store.reading() as r:
        stolen = private_keys(r)
    assert stolen is not None
    hand_over(town, county)
    shared = read_container(package(town).read_bytes()).payload
    assert pyrage.decrypt(shared, [age_identity(stolen.age)])  # both are live
    enrolments.revoke_laptop(county.store, second.store.site.laptop, reason="电脑被盗")
    town.apply(write_standing(county.store, town.store.site.laptop, county.folder))
    after = read_container(package(town).read_bytes()).payload
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(after, [age_identity(stolen.age)])
    # Nor can it read the county's next answer, nor send.
    result = county.receive(*town.stick.glob("*.mzpkg"))[-1]
    assert result.receipt is not None
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(read_container(result.receipt.read_bytes()).payload, [age_identity(stolen.age)])
    assert county.receive(package(second))[0].code == "revoked"
    second.store.close()


def test_an_enrolment_signed_with_the_key_before_does_not_bring_it_back(office: Office) -> None:
    """Whoever has the county's old working key can write such a file; a laptop that knows the new key refuses it."""
    data, phrase = office.county.enrol(XIUQI, "旧")
    with clock_at(LATER):
        keyring.rotate_keys(office.county.store, office.paper)
        hand_over(office.town, office.county)
    with office.town.store.reading() as r:
        known, keys = membership(r), private_keys(r)
    with pytest.raises(UserError) as error:
        accept_enrolment(office.town.store, read_enrolment(data, phrase, today=TODAY))
    assert error.value.code == "old_county_key"
    with office.town.store.reading() as r:
        assert (membership(r), private_keys(r)) == (known, keys)
    accept_enrolment(office.town.store, read_enrolment(*office.county.enrol(XIUQI, "新"), today=TODAY))


def test_keys_are_told_older_by_the_moment_and_not_by_the_words(office: Office) -> None:
    """09:30 in Chongqing is 01:30 in Greenwich: a county's computer that was set up anew may stand in another zone."""
    with clock_at(LATER):
        keyring.rotate_keys(office.county.store, office.paper)
        hand_over(office.town, office.county)
    with clock_at("2031-06-01T01:30:00+00:00"):
        keyring.rotate_keys(office.county.store, office.paper)
        hand_over(office.town, office.county)
    with office.town.store.reading() as r:
        member = membership(r)
    assert member is not None
    assert member.county.issued_at == "2031-06-01T01:30:00+00:00"
