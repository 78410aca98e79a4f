"""The township's chain: packed once, kept for ever, copied until the county has it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from minzheng_desktop.exchange.files.enrolment import accept_enrolment, read_enrolment
from minzheng_desktop.exchange.files.envelope import read_envelope
from minzheng_desktop.exchange.files.package import peek
from minzheng_desktop.exchange.sending import outbox
from minzheng_desktop.store import vault
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import BASHAN, TODAY, County, Town, join, new_town


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_township_without_a_county_writes_nothing(tmp_path: Path) -> None:
    town = new_town(tmp_path / "alone")
    town.add_people(1)
    with pytest.raises(UserError) as error:
        town.export()
    assert error.value.code == "not_enrolled"
    assert not town.stick.exists()
    town.store.close()


def test_export_packs_what_changed_since(town: Town) -> None:
    town.add_people(3)
    first = town.export()
    assert (first.number, first.changes, first.recopied) == (1, 3, ())
    assert first.file == town.stick / "500229106A_0001.mzpkg"
    town.add_people(2)
    second = town.export()
    assert (second.number, second.changes) == (2, 2)
    assert second.file is not None
    envelope = peek(second.file.read_bytes())[0]
    assert first.file is not None
    previous = peek(first.file.read_bytes())[1].envelope
    assert envelope.previous == hashlib.sha256(previous).hexdigest()


def test_the_first_package_registers_and_nothing_new_after_it_writes_nothing(town: Town) -> None:
    first = town.export()  # a laptop without a row of its own still has to meet its county
    assert (first.number, first.changes) == (1, 0)
    done = town.export()
    assert (done.file, done.number, done.changes, done.recopied) == (None, None, 0, ())


def test_an_unacknowledged_package_is_copied_again_where_it_is_missing(town: Town, tmp_path: Path) -> None:
    town.add_people(1)
    first = town.export()
    assert first.file is not None
    before = digest(first.file)
    assert town.export().recopied == ()  # it is on this stick
    other = Town(town.store, tmp_path / "another stick")
    again = other.export()
    assert again.file is None
    assert again.recopied == (other.stick / first.file.name,)
    assert digest(again.recopied[0]) == before
    first.file.write_bytes(first.file.read_bytes()[:-10])  # a stick pulled too early
    assert town.export().recopied == (first.file,)
    assert digest(first.file) == before


def test_acknowledged_packages_are_not_copied_again(town: Town, county: County, tmp_path: Path) -> None:
    town.add_people(1)
    exported = town.export()
    assert exported.file is not None
    town.apply(county.receive(exported.file)[0].receipt)
    assert Town(town.store, tmp_path / "another stick").export().recopied == ()


def test_resend_gives_the_same_bytes_for_ever(town: Town, tmp_path: Path) -> None:
    town.add_people(1)
    first = town.export()
    town.add_people(1)
    town.export()
    again = Town(town.store, tmp_path / "another stick").export(resend=1)
    assert first.file is not None
    assert again.file is not None
    assert (again.number, again.changes) == (1, 1)
    assert digest(again.file) == digest(first.file)
    with pytest.raises(UserError) as error:
        town.export(resend=9)
    assert error.value.code == "no_such_package"


def test_registration_travels_until_the_first_receipt(town: Town, county: County) -> None:
    town.add_people(1)
    first = town.export()
    assert first.file is not None
    assert peek(first.file.read_bytes())[0].registration is not None
    town.apply(county.receive(first.file)[0].receipt)
    town.add_people(1)
    second = town.export()
    assert second.file is not None
    assert peek(second.file.read_bytes())[0].registration is None


def test_nothing_but_the_envelope_stands_in_clear(town: Town) -> None:
    ids = town.add_people(2)
    exported = town.export()
    assert exported.file is not None
    kept = [path for path in outbox.folder_of(town.store).iterdir() if path.suffix == ".mzpkg"]
    for path in (exported.file, *kept):
        data = path.read_bytes()
        assert "测试".encode() not in data
        assert not any(one.encode() in data for one in ids)
        parts = peek(data)[1]
        assert read_envelope(parts.envelope, expected="minzheng-package").sender.division == "500229106"


def test_a_stick_that_cannot_be_written_keeps_the_package_for_the_next_time(town: Town) -> None:
    town.add_people(1)
    town.stick.parent.mkdir(exist_ok=True)
    town.stick.write_text("a file where the folder should be")
    with pytest.raises(UserError):
        town.export()
    town.stick.unlink()
    assert town.export().number == 1


def test_a_lost_outbox_copy_is_told_and_nothing_is_rebuilt(town: Town, tmp_path: Path) -> None:
    town.add_people(1)
    town.export()
    for kept in outbox.folder_of(town.store).iterdir():
        kept.unlink()
    with pytest.raises(UserError) as error:
        Town(town.store, tmp_path / "another stick").export()
    assert error.value.code == "outbox_damaged"


def test_only_own_changes_travel(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    exported = town.export()
    assert exported.file is not None
    county.receive(exported.file)
    from minzheng_desktop.county.replies.decisions import decide

    decide(county.store, [record], kind="return", text="缺户口簿复印件", number="")
    town.apply(county.receive(exported.file)[0].receipt)
    second = town.export()
    # The record's county opinion and the step travel; the county's own decision row does not echo.
    assert set(second.counts) <= {"records", "steps", "terms"}
    assert second.counts["steps"].rows == 1


def test_enrolment_takes_the_county_in_and_refuses_what_does_not_fit(tmp_path: Path, county: County) -> None:
    town = new_town(tmp_path / "t")
    data, phrase = county.enrol(BASHAN)
    for_another = read_enrolment(data, phrase, today=TODAY)
    with pytest.raises(UserError) as error:
        accept_enrolment(town.store, for_another)
    assert error.value.code == "other_township"
    with pytest.raises(UserError) as error:
        accept_enrolment(county.store, for_another)
    assert error.value.code == "not_a_township"
    join(town, county)
    assert town.store.site.enrolled
    assert town.store.path is not None
    assert "escrow" in {slot.kind for slot in vault.list_slots(town.store.path)}
    town.store.close()


def test_accepting_the_same_enrolment_twice_changes_nothing(tmp_path: Path, county: County) -> None:
    town = new_town(tmp_path / "t")
    data, phrase = join(town, county)
    epoch = town.store.site.epoch
    accept_enrolment(town.store, read_enrolment(data, phrase, today=TODAY))
    assert town.store.site.epoch == epoch
    town.store.close()


def test_a_restored_township_pauses_until_the_county_confirmed(town: Town, county: County) -> None:
    from minzheng_desktop.county.replies.receipts import write_resume
    from minzheng_desktop.values.ids import new_id

    town.add_people(1)
    first = town.export()
    assert first.file is not None
    town.apply(county.receive(first.file)[0].receipt)
    with town.store.writing("restore") as w:  # what a restore does to the site
        town.store.change_site(w, epoch=new_id())
    town.add_people(1)
    with pytest.raises(UserError) as error:
        town.export()
    assert error.value.code == "exchange_paused"
    # An ordinary receipt does not open it again.
    with pytest.raises(UserError) as error:
        town.apply(county.receive(first.file)[0].receipt)
    assert error.value.code == "other_epoch"
    resumed = town.apply(write_resume(county.store, town.store.site.laptop, county.folder))
    assert resumed.resumed
    second = town.export()
    assert (second.number, second.changes) == (2, 1)
    assert second.file is not None
    assert county.receive(second.file)[0].status == "applied"
