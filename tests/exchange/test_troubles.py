"""Every trouble of the chain is noticed on both sides, said in words, and has a way out after which both agree."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.keys import enrolments
from minzheng_desktop.county.replies.receipts import write_resume, write_standing
from minzheng_desktop.exchange.sending import chain, compare, outbox
from minzheng_desktop.exchange.sending.chain_status import stand
from minzheng_desktop.exchange.sending.trouble import county_word, troubles
from minzheng_desktop.store import audit, backup, schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.dates import clock_at, now_text
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import PASSWORD, XIUQI, County, Town, agree, hand_over, package


def codes(town: Town) -> set[str]:
    with town.store.reading() as r:
        return {one.code for one in troubles(r, now=now_text())}


class Copy:
    """The database file as it was, to be copied back later by somebody who knows no better."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        assert town.store.path is not None
        self.path = town.store.path
        self._swap(town, self.path.parent, folder)

    def put_back(self, town: Town) -> None:
        self._swap(town, self.folder, self.path.parent)

    def _swap(self, town: Town, source: Path, target: Path) -> None:
        town.store.close()
        for name in (self.path.name, f"{self.path.name}.keys"):
            shutil.copy(source / name, target / name)
        for ending in ("-wal", "-shm"):
            Path(f"{target / self.path.name}{ending}").unlink(missing_ok=True)
        town.store = Store.open(self.path, password=PASSWORD)


def test_an_old_database_copied_back_is_noticed_on_both_sides_and_loses_nothing(
    town: Town, county: County, tmp_path: Path
) -> None:
    hand_over(town, county)
    copy = Copy(town, tmp_path / "旧")
    (one,) = town.add_people(1)
    hand_over(town, county)
    copy.put_back(town)
    # The numbers of the lost time are used again, on another computer's stick: package 2 is another one now.
    shutil.rmtree(outbox.folder_of(town.store))
    town.stick = tmp_path / "新盘"
    town.add_people(1)
    done = town.export()
    assert done.number == 2
    assert done.file is not None
    fork = county.receive(done.file)[0]
    assert (fork.status, fork.code) == ("refused", "fork")
    with county.store.reading() as r:
        (laptop,) = enrolments.list_laptops(r)
    assert [trouble.code for trouble in laptop.troubles] == ["fork"]
    assert "第 0002 号包" in laptop.troubles[0].said
    assert "续接" in laptop.troubles[0].way
    # The answer tells the township, which stops by itself.
    assert fork.receipt is not None
    with pytest.raises(UserError) as error:
        town.apply(fork.receipt)
    assert error.value.code == "forked"
    assert "第 0002 号" in error.value.message
    assert codes(town) >= {"forked", "refused_fork"}
    with pytest.raises(UserError) as error:
        town.export()
    assert error.value.code == "exchange_paused"
    assert "不是同一份" in error.value.message
    # The county confirms; only what differs travels, and the county keeps what the township lost.
    assert town.apply(write_resume(county.store, town.store.site.laptop, county.folder)).resumed
    again = town.export()
    assert again.file is not None
    assert (again.number, again.changes) == (3, 1)
    result = county.receive(again.file)[0]
    assert (result.status, result.count("new")) == ("applied", 1)
    town.apply(result.receipt)
    assert codes(town) == set()
    with county.store.reading() as r:
        assert r.get("people", one) is not None
        assert enrolments.list_laptops(r)[0].troubles == ()


def test_the_next_receipt_tells_a_database_that_is_too_old(
    town: Town, county: County, tmp_path: Path
) -> None:
    hand_over(town, county)
    copy = Copy(town, tmp_path / "旧")
    receipt = hand_over(town, county)
    copy.put_back(town)
    with pytest.raises(UserError) as error:
        town.apply(receipt)
    assert error.value.code == "rolled_back"
    assert "县局收到过第 0002 号包，本机没有" in error.value.message
    assert "续接回执" in error.value.message
    assert codes(town) >= {"rolled_back"}
    # Said once more, the same; the exchange is not set back further.
    epoch = town.store.site.epoch
    with pytest.raises(UserError) as error:
        town.apply(receipt)
    assert error.value.code == "other_epoch"
    assert town.store.site.epoch == epoch


def test_two_computers_with_one_database(town: Town, county: County, tmp_path: Path) -> None:
    hand_over(town, county)
    assert town.store.path is not None
    twin_path = tmp_path / "twin" / "乡镇.mz"
    twin_path.parent.mkdir()
    town.store.close()
    for ending in ("", ".keys"):
        shutil.copy(f"{town.store.path}{ending}", f"{twin_path}{ending}")
    town.store = Store.open(town.store.path, password=PASSWORD)
    twin = Town(Store.open(twin_path, password=PASSWORD), tmp_path / "另一个盘", count=50)
    first = county.receive(package(town))[0]
    town.apply(first.receipt)
    second = county.receive(package(twin))[0]
    assert (first.status, second.status, second.code) == ("applied", "refused", "fork")
    with pytest.raises(UserError) as error:
        twin.apply(second.receipt)
    assert error.value.code == "forked"
    assert "复制件" in error.value.message
    # The first goes on; the county's list keeps the warning.
    assert county.receive(package(town))[0].status == "applied"
    with county.store.reading() as r:
        (laptop,) = enrolments.list_laptops(r)
    assert any("两台电脑" in alarm for alarm in laptop.alarms)
    # The receipt for the second's resumption is no way for the first to lose its place.
    resume = write_resume(county.store, town.store.site.laptop, county.folder)
    assert not town.apply(resume).resumed
    twin.store.close()


def test_a_missing_package_is_told_to_the_township_which_copies_it_again(
    town: Town, county: County, tmp_path: Path
) -> None:
    lost, kept = package(town), package(town)
    lost.unlink()
    (late,) = county.receive(kept)
    assert (late.status, late.receipt) == ("waiting", None)  # not registered yet: no key to seal an answer to
    again = Town(town.store, tmp_path / "新盘").export()
    assert [path.name for path in again.recopied] == [lost.name, kept.name]
    results = county.receive(*again.recopied)
    town.apply(results[-1].receipt)
    lost = package(town)
    gap = county.receive(package(town))[0]
    assert gap.code == "gap"
    town.apply(gap.receipt)
    with town.store.reading() as r:
        (trouble,) = troubles(r, now=now_text())
        word = county_word(r)
    assert (trouble.code, trouble.said) == (
        "missing",
        "县局还没有收到第 0003 号包，后面的第 0004 号在县局存着等。",
    )
    assert word is not None
    assert (word.last.number, word.waiting, word.missing) == (2, (4,), (3,))
    results = county.receive(lost)
    assert [one.number for one in results] == [3, 4]
    for one in results:
        town.apply(one.receipt)
    assert codes(town) == set()
    agree(town, county)


def test_an_old_package_given_again_changes_nothing_on_either_side(town: Town, county: County) -> None:
    first = package(town)
    receipt = county.receive(first)[0].receipt
    town.apply(receipt)
    hand_over(town, county)
    replay = county.receive(first)[0]
    assert replay.status == "already"
    assert town.apply(replay.receipt).acknowledged_number == 2
    assert town.apply(receipt).acknowledged_number == 2
    assert codes(town) == set()


def test_a_clock_set_back_is_told_on_both_sides(town: Town, county: County) -> None:
    hand_over(town, county)
    town.add_people(1)
    with clock_at("2026-01-05T09:00:00+08:00"):
        done = town.export()
        with town.store.reading() as r:
            (trouble,) = troubles(r, now=now_text())
    assert trouble.code == "clock_back"
    assert "时钟" in trouble.said
    assert done.file is not None
    result = county.receive(done.file)[0]
    assert (result.status, [row.code for row in result.rows]) == ("applied", ["clock_back"])
    with county.store.reading() as r:
        (laptop,) = enrolments.list_laptops(r)
    assert [one.code for one in laptop.troubles] == ["clock_back"]
    # The receipt names it too; the next package, written at the right time, ends it.
    assert [row.code for row in town.apply(result.receipt).rows] == ["clock_back"]
    hand_over(town, county)
    with county.store.reading() as r:
        assert enrolments.list_laptops(r)[0].troubles == ()


def test_clocks_that_do_not_agree(town: Town, county: County) -> None:
    with clock_at("2031-01-05T09:00:00+08:00"):
        file = package(town)
    ahead = county.receive(file)[0]
    assert [row.code for row in ahead.rows] == ["clock_ahead"]
    town.apply(ahead.receipt)
    with clock_at("2036-01-05T09:00:00+08:00"):
        receipt = write_standing(county.store, town.store.site.laptop, county.folder)
    town.apply(receipt)
    assert "from_the_future" in codes(town)
    town.apply(write_standing(county.store, town.store.site.laptop, county.folder))
    assert "from_the_future" not in codes(town)


def test_a_database_restored_from_before_its_first_package(
    town: Town, county: County, tmp_path: Path
) -> None:
    backup.write_backup(town.store, tmp_path / "早.mzbak")
    hand_over(town, county)
    hand_over(town, county)
    town.store.close()
    restored = backup.restore(
        tmp_path / "早.mzbak", tmp_path / "新" / "乡镇.mz", user=None, password=PASSWORD
    )
    fresh = Town(restored, tmp_path / "新盘", count=50)
    # It cannot know that it wrote packages before; the county does.
    result = county.receive(package(fresh))[0]
    assert (result.status, result.code) == ("waiting", "other_epoch")
    with county.store.reading() as r:
        assert [one.code for one in enrolments.list_laptops(r)[0].troubles] == ["other_epoch"]
    with pytest.raises(UserError) as error:
        fresh.apply(result.receipt)
    assert error.value.code == "other_chain"
    assert fresh.apply(write_resume(county.store, restored.site.laptop, county.folder)).resumed
    done = fresh.export()
    assert done.file is not None
    assert county.receive(done.file)[0].status == "applied"
    town.store = fresh.store


def test_what_a_refused_package_was_travels_until_it_was_read(town: Town, county: County) -> None:
    hand_over(town, county)
    file = package(town)
    whole = file.read_bytes()
    cut = county.folder / "坏.mzpkg"
    data = bytearray(whole)
    data[-300] ^= 1
    cut.write_bytes(data)
    refused = county.receive(cut)[0]
    assert refused.status == "refused"
    result = county.receive(file)[0]
    town.apply(result.receipt)
    with town.store.reading() as r:
        word = county_word(r)
    assert word is not None
    marks = [(one.number, one.code, one.file) for one in word.refused]
    assert marks in ([], [(2, refused.code, "坏.mzpkg")])  # a container that does not open names nobody
    town.apply(county.receive(package(town))[0].receipt)
    with town.store.reading() as r:
        word = county_word(r)
    assert word is not None
    assert word.refused == ()


def test_a_comparison_finds_the_range_of_one_row(town: Town, county: County) -> None:
    town.add_people(200)
    done = town.export()
    assert done.file is not None
    county.receive(done.file)
    agree(town, county)
    (one,) = town.add_people(1)
    with town.store.reading() as here, county.store.reading() as there:
        found = compare.differing(compare.digest_rows(here, XIUQI), compare.digest_rows(there, XIUQI))
    assert found == {"people": [compare.range_of(one)]}


def test_a_large_table_is_compared_in_finer_ranges(
    town: Town, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "MANY_ROWS", 100)
    town.add_people(200)
    done = town.export()
    assert done.file is not None
    town.apply(county.receive(done.file)[0].receipt)
    town.add_people(1)
    with town.store.writing("restore") as w:
        from minzheng_desktop.values.ids import new_id

        town.store.change_site(w, epoch=new_id())
    resume = write_resume(county.store, town.store.site.laptop, county.folder)
    monkeypatch.setattr(compare, "MANY_ROWS", 10_000)  # the township follows what the county told
    town.apply(resume)
    with town.store.reading() as r:
        now = chain.read_chain(r)
        # One range of 1024 holds the new one and hardly another of the 200.
        assert 1 <= chain.unpacked_changes(r) <= 5
    assert now.ranges["people"] == compare.MANY_RANGES
    done = town.export()
    assert done.file is not None
    county.receive(done.file)
    agree(town, county)


def test_after_a_comparison_only_what_differs_is_packed(town: Town, county: County, tmp_path: Path) -> None:
    town.add_people(300)
    done = town.export()
    assert done.file is not None
    town.apply(county.receive(done.file)[0].receipt)
    town.add_people(2)
    with town.store.writing("restore") as w:
        from minzheng_desktop.values.ids import new_id

        town.store.change_site(w, epoch=new_id())
    town.apply(write_resume(county.store, town.store.site.laptop, county.folder))
    with town.store.reading() as r:
        waiting = chain.unpacked_changes(r)
    # Two ranges of 64 hold about 2 × 302 / 64 ≈ 10 of the 302 rows.
    assert 2 <= waiting <= 40
    done = town.export()
    assert done.changes == waiting
    assert done.file is not None
    result = county.receive(done.file)[0]
    assert (result.count("new"), result.count("same")) == (2, waiting - 2)
    assert done.file.name == f"500229106A续{town.store.site.epoch[-4:]}_0002.mzpkg"
    assert any("比对" in sentence for sentence in done.said)
    agree(town, county)
    with county.store.reading() as r:
        assert r.scalar(sa.select(sa.func.count()).select_from(schema.people)) == 302


def test_an_old_database_reads_back_what_it_lost_from_its_own_packages(
    town: Town, county: County, tmp_path: Path
) -> None:
    hand_over(town, county)
    (known,) = town.add_people(1)
    copy = Copy(town, tmp_path / "旧")
    with town.store.writing("test") as w:
        w.put("people", {"id": known, "phone": "13800000001"})
    hand_over(town, county)
    (lost,) = town.add_people(1)
    unsent = town.export().file  # packed and copied, never given to the county
    copy.put_back(town)
    with town.store.writing("test") as w:
        w.put("people", {"id": known, "ethnicity": "03"})  # another field meanwhile
    town.add_people(1)
    elsewhere = Town(town.store, tmp_path / "空盘")
    done = elsewhere.export()
    assert "已从存底读回第 0002–0003 号包" in done.said[0]
    assert done.number == 4
    with town.store.reading() as r:
        row = r.get("people", known)
        assert r.get("people", lost) is not None
        assert audit.verify(r.connection).broken_at == 0
    assert row is not None
    assert (row["phone"], row["ethnicity"]) == ("13800000001", "03")
    # The county gets the one it missed, and the next: nothing is refused, nothing is missing, nothing is there twice.
    assert unsent is not None
    assert done.file is not None
    results = county.receive(done.file, *done.recopied)
    assert [one.status for one in results] == ["already", "applied", "applied"]
    for one in results:
        town.apply(one.receipt)
    agree(town, county)
    assert codes(town) == set()
    # It is said at the county that the audit of this laptop fell back.
    assert "audit_shorter" in {row.code for one in results for row in one.rows}


def test_an_old_database_whose_packages_do_not_follow_one_another_waits_for_the_county(
    town: Town, county: County, tmp_path: Path
) -> None:
    hand_over(town, county)
    copy = Copy(town, tmp_path / "旧")
    hand_over(town, county)
    hand_over(town, county)
    copy.put_back(town)
    next(outbox.folder_of(town.store).glob("*_0002.mzpkg")).unlink()
    town.add_people(1)
    elsewhere = Town(town.store, tmp_path / "空盘")
    with pytest.raises(UserError) as error:
        elsewhere.export()
    assert error.value.code == "exchange_paused"
    assert "第 0003 号包" in error.value.message
    assert "旧的台账文件" in error.value.message
    assert not list(elsewhere.stick.glob("*"))
    assert town.apply(write_resume(county.store, town.store.site.laptop, county.folder)).resumed
    done = elsewhere.export()
    assert (done.number, done.changes) == (4, 1)


def test_packages_from_before_a_restore_that_come_after_the_confirmation(
    town: Town, county: County, tmp_path: Path
) -> None:
    """The county confirmed behind package 1 and then took package 2 of the time before, which lay on another stick:
    what was written since follows none any more, until it confirms again, now behind 2."""
    hand_over(town, county)
    late = package(town)
    backup.write_backup(town.store, tmp_path / "夜.mzbak")
    town.store.close()
    restored = backup.restore(
        tmp_path / "夜.mzbak", tmp_path / "新机" / "台账.mz", user=None, password=PASSWORD
    )
    fresh = Town(restored, tmp_path / "新盘")
    fresh.count = 50
    first = write_resume(county.store, restored.site.laptop, tmp_path / "一")
    assert fresh.apply(first).resumed
    lost = package(fresh)
    assert county.receive(late)[0].status == "applied"
    assert county.receive(lost)[0].code == "other_epoch"
    assert not fresh.apply(first).resumed  # the old word changes nothing, however often it is read
    resume = write_resume(county.store, restored.site.laptop, tmp_path / "二")
    assert fresh.apply(resume).resumed
    with restored.reading() as r:
        now = chain.read_chain(r)
        rows = r.rows(sa.select(schema.outbox).order_by(schema.outbox.c.at, schema.outbox.c.number))
    assert (now.last_number, now.acknowledged_to) == (2, 2)
    assert [(row["number"], row["state"]) for row in rows] == [
        (1, "acknowledged"),
        (2, "acknowledged"),
        (2, "waiting"),  # never taken: what it brought is packed again
    ]
    again = fresh.export()
    assert again.file is not None
    with restored.reading() as r:
        ids = sorted(row["id"] for row in r.rows(sa.select(schema.people.c.id)))
    beside = sum(compare.range_of(one) == compare.range_of(ids[-1]) for one in ids)  # a range travels whole
    assert (again.number, again.changes) == (3, beside)
    result = county.receive(again.file)[0]
    assert (result.status, result.count("new")) == ("applied", 1)
    fresh.apply(result.receipt)
    agree(fresh, county)
    restored.close()


def test_after_a_confirmation_the_receipts_of_the_lost_packages_stop_nothing_again(
    town: Town, county: County, tmp_path: Path
) -> None:
    """The confirmation is the first that an old database reads; the receipts of the packages that it lost come after,
    as they were written before and once more as the county would write them now."""
    hand_over(town, county)
    copy = Copy(town, tmp_path / "旧")
    lost = [hand_over(town, county) for _ in range(2)]
    copy.put_back(town)
    assert town.apply(write_resume(county.store, town.store.site.laptop, tmp_path / "续")).resumed
    with town.store.reading() as r:
        assert not chain.is_paused(r)
    with pytest.raises(UserError) as error:  # package 2: neither ours nor the one behind which we go on
        town.apply(lost[0])
    assert error.value.code == "other_epoch"
    for receipt in (lost[1], write_standing(county.store, town.store.site.laptop, county.folder)):
        assert town.apply(receipt).acknowledged_number == 3
    assert codes(town) == set()
    town.count = 50
    result = county.receive(package(town))[-1]
    assert (result.status, result.count("new")) == ("applied", 1)
    assert town.apply(result.receipt).acknowledged_number == 4


def test_a_receipt_may_change_the_epoch_and_the_lock_right_at_once(town: Town) -> None:
    assert town.store.site.may_lock
    with town.store.writing("test") as w:
        town.store.change_site(w, epoch="another")
        town.store.change_site(w, may_lock=False)
    assert (town.store.site.epoch, town.store.site.may_lock) == ("another", False)


def test_a_package_on_the_stick_tells_it_too(town: Town, county: County, tmp_path: Path) -> None:
    hand_over(town, county)
    copy = Copy(town, tmp_path / "旧")
    package(town)
    copy.put_back(town)
    shutil.rmtree(outbox.folder_of(town.store))
    town.add_people(1)
    with pytest.raises(UserError) as error:
        town.export()
    assert error.value.code == "exchange_paused"
    assert f"{town.stick} 上有本机写的第 0002 号包" in error.value.message


def test_a_killed_export_goes_on_with_the_bytes_that_it_sealed(
    town: Town, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_over(town, county)
    town.add_people(2)
    with monkeypatch.context() as patch:
        patch.setattr(chain, "_commit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            town.export()
    (left,) = outbox.folder_of(town.store).glob("*_0002.mzpkg")
    sealed = left.read_bytes()
    town.add_people(1)
    done = town.export()
    assert done.number == 3
    assert any("第 0002 号包接着用" in sentence for sentence in done.said)
    assert (town.stick / "500229106A_0002.mzpkg").read_bytes() == sealed
    assert [
        one.count("new") for one in county.receive(*done.recopied, town.stick / "500229106A_0003.mzpkg")
    ] == [2, 1]
    agree(town, county)


def test_a_lost_outbox_copy_is_fetched_from_a_stick(town: Town, tmp_path: Path) -> None:
    file = package(town)
    (kept,) = outbox.folder_of(town.store).glob("*.mzpkg")
    kept.unlink()
    done = town.export()
    assert kept.read_bytes() == file.read_bytes()
    assert done.said == ("第 0001 号包的存底坏了或丢了，已从盘上取回。",)
    assert len(Town(town.store, tmp_path / "另一个盘").export().recopied) == 1


def test_a_missing_package_that_is_lost_for_good_goes_by_comparison(
    town: Town, county: County, tmp_path: Path
) -> None:
    hand_over(town, county)
    lost = package(town)
    late = county.receive(package(town))[0]
    lost.unlink()
    next(outbox.folder_of(town.store).glob("*_0002.mzpkg")).unlink()
    town.apply(late.receipt)
    with pytest.raises(UserError) as error:
        town.export()
    assert error.value.code == "exchange_paused"
    assert "第 0002 号包，本机的存底丢了" in error.value.message
    assert town.apply(write_resume(county.store, town.store.site.laptop, county.folder)).resumed
    done = town.export()
    assert done.file is not None
    result = county.receive(done.file)[0]
    assert (result.number, result.count("new")) == (2, 2)
    town.apply(result.receipt)
    agree(town, county)


def test_the_standing_says_how_far_each_package_is_and_what_comes_next(town: Town, county: County) -> None:
    def standing() -> tuple[str, dict[int, str]]:
        with town.store.reading() as r:
            now = stand(r, now=now_text())
        return now.next.code, {one.number: one.stage for one in now.packages}

    assert standing() == ("nothing", {})
    town.add_people(1)
    assert standing() == ("export", {})
    first = town.export().file
    assert first is not None
    assert standing() == ("receipt", {1: "copied"})
    receipt = county.receive(first)[0].receipt
    assert standing() == ("receipt", {1: "copied"})  # nothing counts as sent until a receipt says so
    town.apply(receipt)
    assert standing() == ("nothing", {1: "answered"})
    second, third = package(town), package(town)
    late = county.receive(third)[0]
    town.apply(late.receipt)
    assert standing() == ("copy", {1: "answered", 2: "copied", 3: "received"})
    results = county.receive(second)
    town.apply(results[1].receipt)
    assert standing() == ("nothing", {1: "answered", 2: "applied", 3: "answered"})
