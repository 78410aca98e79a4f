"""Receiving: what is right enters once, what is wrong is refused with a sentence and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import zstandard

from minzheng_desktop.county.keys import enrolments
from minzheng_desktop.county.receiving.package_intake import apply_package, plan_package
from minzheng_desktop.county.receiving.receive import Received, receive_files
from minzheng_desktop.county.replies.receipts import write_receipt
from minzheng_desktop.exchange.down.receipt import open_receipt
from minzheng_desktop.exchange.files.container import Parts, build_container, read_container
from minzheng_desktop.exchange.files.enrolment import accept_enrolment, private_keys, read_enrolment
from minzheng_desktop.exchange.files.envelope import Party, read_envelope
from minzheng_desktop.exchange.files.keys import new_private_keys
from minzheng_desktop.exchange.files.package import Count
from minzheng_desktop.exchange.judging import held
from minzheng_desktop.store import audit, schema
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.errors import UserError
from tests.exchange.forgery import forge, person_line
from tests.exchange.offices import BASHAN, TODAY, XIUQI, County, Town, join, new_county, new_town


def people_of(county: County) -> dict[str, str]:
    with county.store.reading() as r:
        return {row["id"]: row["owner"] for row in r.rows(sa.select(schema.people))}


def change_number(county: County) -> int:
    with county.store.reading() as r:
        return r.change_number()


def exported(town: Town) -> Path:
    done = town.export()
    assert done.file is not None
    return done.file


def taken(county: County, data: bytes, name: str = "x.mzpkg") -> Received:
    path = county.folder / name
    path.write_bytes(data)
    return county.receive(path)[0]


def refused(county: County, data: bytes) -> str:
    """The code of the refusal; nothing may have changed and the sentence has to be whole."""
    before = change_number(county), people_of(county)
    result = taken(county, data)
    assert result.status == "refused"
    assert "没有读入" in result.reason
    assert result.reason.endswith("。")
    assert (change_number(county), people_of(county)) == before
    return result.code


@pytest.mark.both
def test_a_package_enters_once_and_is_answered_twice(town: Town, county: County) -> None:
    ids = town.add_people(5)
    file = exported(town)
    first = county.receive(file)[0]
    assert (first.status, first.count("new"), first.number) == ("applied", 5, 1)
    assert set(people_of(county)) == set(ids)
    with county.store.reading() as r:
        origins = set(r.connection.execute(sa.select(schema.versions.c.origin)).scalars())
    assert origins == {town.store.site.laptop}
    # The second receipt of the same package touches zero rows; it is answered again, and that copy is registered.
    before = change_number(county), audit_length(county)
    assert first.receipt is not None
    first.receipt.unlink()
    again = county.receive(file)[0]
    assert (again.status, again.count("new"), again.count("same")) == ("already", 0, 5)
    assert (change_number(county), audit_length(county) - 1) == before
    with county.store.reading() as r:
        last = sa.select(schema.audit.c.action).order_by(schema.audit.c.seq.desc())
        assert r.scalar(last) == "copy"
    assert again.receipt is not None
    assert town.apply(again.receipt).accepted == Count(5, 0)


def audit_length(county: County) -> int:
    with county.store.reading() as r:
        return audit.head_of(r.connection)[0]


def test_the_county_audit_stays_whole(town: Town, county: County) -> None:
    town.add_people(3)
    county.receive(exported(town))
    with county.store.reading() as r:
        assert audit.verify(r.connection).broken_at == 0


def test_changes_follow_their_base(town: Town, county: County) -> None:
    one = town.add_people(1)[0]
    for phone in ("13800000001", "13800000002"):
        with town.store.writing("test") as w:
            w.put("people", {"id": one, "phone": phone})
    first = county.receive(exported(town))[0]
    assert (first.count("new"), first.count("changed")) == (1, 2)
    with town.store.writing("test") as w:
        w.void("people", one)
    assert county.receive(exported(town))[0].count("changed") == 1
    with county.store.reading() as r:
        row = r.get("people", one)
    assert row is not None
    assert (row["phone"], row["void"]) == ("13800000002", 1)


def test_files_are_judged_in_number_order_whatever_order_they_are_given_in(
    town: Town, county: County
) -> None:
    files = []
    for _ in range(4):
        town.add_people(1)
        files.append(exported(town))
    results = county.receive(files[2], files[0], files[3], files[1])
    assert [(one.number, one.status) for one in results] == [(n, "applied") for n in (1, 2, 3, 4)]


def test_a_gap_waits_and_a_replay_is_already_there(town: Town, county: County) -> None:
    files = []
    for _ in range(3):
        town.add_people(1)
        files.append(exported(town))
    assert county.receive(files[0])[0].status == "applied"
    late = county.receive(files[2])[0]
    assert late.status == "waiting"
    assert "第 0002 号" in late.reason
    assert [one.status for one in county.receive(files[0], files[1], files[2])] == [
        "already",
        "applied",
        "applied",
    ]


def test_one_bad_file_stops_nobody(town: Town, county: County, tmp_path: Path) -> None:
    town.add_people(1)
    good = exported(town)
    noise = tmp_path / "照片.mzpkg"
    noise.write_bytes(b"JFIF")
    results = county.receive(noise, tmp_path / "missing.mzpkg", good)
    assert [one.status for one in results] == ["refused", "refused", "applied"]
    assert [one.code for one in results[:2]] == ["not_a_package", "not_found"]


def test_an_unregistered_laptop(county: County, tmp_path: Path) -> None:
    stranger, elsewhere = new_town(tmp_path / "t", BASHAN), new_county(tmp_path / "other")
    join(stranger, elsewhere)
    stranger.add_people(1)
    # Encrypted to our county, but enrolled elsewhere: its serial is unknown here.
    county.enrol(XIUQI)
    assert refused(county, exported(stranger).read_bytes()) == "unregistered"


def test_a_revoked_laptop(town: Town, county: County) -> None:
    town.add_people(1)
    file = exported(town)
    county.receive(file)
    enrolments.revoke_laptop(county.store, town.store.site.laptop, reason="电脑被盗")
    town.add_people(1)
    result = county.receive(exported(town))[0]
    assert (result.status, result.code) == ("refused", "revoked")
    assert "电脑被盗" in result.reason
    assert county.receive(file)[0].code == "revoked"


def test_another_countys_package(town: Town, county: County) -> None:
    other = Party("500230", "")
    assert refused(county, forge(town, envelope={"to": other}, head={"to": other})) == "other_county"


def test_altered_truncated_and_resigned(town: Town, county: County) -> None:
    data = forge(town, [person_line(XIUQI, "p1")])
    parts = read_container(data)
    for length in (0, 3, 40, len(data) // 2, len(data) - 1):
        assert refused(county, data[:length]) in {"truncated", "not_a_package"}
    flipped = bytearray(parts.payload)
    flipped[-1] ^= 1
    assert (
        refused(county, build_container(Parts(parts.envelope, parts.signature, bytes(flipped))))
        == "bad_digest"
    )
    renumbered = msgspec.structs.replace(
        read_envelope(parts.envelope, expected="minzheng-package"), number=7
    ).encode()
    assert (
        refused(county, build_container(Parts(renumbered, parts.signature, parts.payload))) == "bad_signature"
    )
    assert refused(county, forge(town, sign_key=new_private_keys().sign)) == "bad_signature"
    assert refused(county, data + b"\0") == "altered"


def test_a_package_that_is_not_encrypted_to_us(town: Town, county: County) -> None:
    assert refused(county, forge(town, recipients=[new_private_keys().public.age])) == "not_for_us"


def test_anothers_payload_under_ones_own_envelope(town: Town, county: County, tmp_path: Path) -> None:
    thief = new_town(tmp_path / "thief", BASHAN)
    join(thief, county)
    stolen = read_container(forge(town, [person_line(XIUQI, "p1")]))
    own = read_container(forge(thief))
    envelope = read_envelope(own.envelope, expected="minzheng-package")
    with thief.store.reading() as r:
        keys = private_keys(r)
    assert keys is not None
    told = read_envelope(stolen.envelope, expected="minzheng-package")
    forged = msgspec.structs.replace(envelope, payload=told.payload).encode()
    import base64

    from minzheng_desktop.exchange.files.keys import sign

    signature = base64.b64decode(sign(keys.sign, b"minzheng envelope\n" + forged))
    assert refused(county, build_container(Parts(forged, signature, stolen.payload))) == "head_mismatch"
    thief.store.close()


def test_a_decompression_bomb(town: Town, county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    from minzheng_desktop.exchange.files import payload

    times = 200_000
    flood = (payload.encode_line(person_line(XIUQI, "p1")) + b"\n") * times

    def pack(lines: Iterable[bytes]) -> bytes:  # the attacker's own writer
        return zstandard.ZstdCompressor(level=19).compress(next(iter(lines)) + b"\n" + flood)

    with monkeypatch.context() as patch:
        patch.setattr(payload, "pack_lines", pack)
        data = forge(town, head={"counts": {"people": Count(times, 0)}})
    assert len(data) < 60_000
    assert refused(county, data) == "bomb"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"entity":"people","entity":"users"}',
        b'{"t":' + b"[" * 40 + b"]" * 40 + b"}",
        b'"' + b"x" * 900_000 + b'"',
        b"not json",
    ],
)
def test_lines_that_do_not_conform(town: Town, county: County, raw: bytes) -> None:
    counts = {"people": Count(1, 0)}
    assert refused(county, forge(town, raw=[raw], head={"counts": counts})) == "payload_damaged"


def test_counts_that_do_not_agree(town: Town, county: County) -> None:
    lines = [person_line(XIUQI, "p1")]
    assert refused(county, forge(town, lines, head={"counts": {"people": Count(2, 0)}})) == "payload_damaged"
    assert refused(county, forge(town, lines, head={"counts": {"people": Count(1, 5)}})) == "counts_differ"
    assert refused(county, forge(town, lines, head={"counts": {"records": Count(1, 0)}})) == "counts_differ"


def test_a_revision_that_is_not_its_body(town: Town, county: County) -> None:
    line = msgspec.structs.replace(person_line(XIUQI, "p1"), revision="0" * 16)
    assert refused(county, forge(town, [line])) == "payload_damaged"


def test_a_newer_program_is_asked_to_wait_for_an_upgrade(town: Town, county: County) -> None:
    assert refused(county, forge(town, head={"schema": schema.SCHEMA_NUMBER + 1})) == "newer_program"
    assert refused(county, forge(town, envelope={"version": 99})) == "newer_program"


def test_rows_of_another_division_are_quarantined_and_the_rest_enters(town: Town, county: County) -> None:
    made = forge(town, [person_line(XIUQI, "p1"), person_line(BASHAN, "p2")])
    result = taken(county, made)
    assert (result.status, result.count("new"), result.count("rejected")) == ("applied", 1, 1)
    assert people_of(county) == {"p1": XIUQI}
    assert [(row.outcome, row.id) for row in result.rows] == [("rejected", "p2")]
    with county.store.reading() as r:
        assert [row["why"] for row in held.held_lines(r, division=XIUQI)] == ["other_division"]


def test_a_decision_forged_by_a_township_is_quarantined(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    county.receive(exported(town))
    body = {"owner": XIUQI, "void": 0, "record": record, "on_revision": "x", "kind": "confirm"}
    text = msgspec.json.encode({**body, "at": "2026-11-23", "state": "issued"}).decode()
    from minzheng_desktop.store.rows import revision_of

    line = Line(
        "decisions", "d1", revision_of(None, text.encode()), None, "2026", "x", msgspec.Raw(text.encode())
    )
    result = taken(county, forge(town, [line]))
    assert (result.status, result.count("rejected")) == ("applied", 1)
    with county.store.reading() as r:
        assert r.rows(sa.select(schema.decisions)) == []


def test_a_fork_under_a_number_that_was_received(town: Town, county: County) -> None:
    assert taken(county, forge(town, [person_line(XIUQI, "p1")])).status == "applied"
    assert refused(county, forge(town, [person_line(XIUQI, "p2")])) == "fork"


def test_a_package_that_does_not_follow_the_one_before(town: Town, county: County) -> None:
    assert taken(county, forge(town, [person_line(XIUQI, "p1")])).status == "applied"
    place = {"number": 2, "previous": "0" * 64}
    assert refused(county, forge(town, envelope=place, head=place)) == "broken_chain"


def test_a_laptop_with_a_new_epoch_waits_for_a_person(town: Town, county: County) -> None:
    assert taken(county, forge(town, [person_line(XIUQI, "p1")])).status == "applied"
    place = {"epoch": "another", "number": 1}
    result = taken(county, forge(town, envelope=place, head=place))
    assert (result.status, result.code) == ("waiting", "other_epoch")


def test_a_reused_enrolment_is_refused_and_shown(county: County, tmp_path: Path) -> None:
    first, second = new_town(tmp_path / "first"), new_town(tmp_path / "second")
    data, phrase = join(first, county)
    accept_enrolment(second.store, read_enrolment(data, phrase, today=TODAY))
    first.add_people(1)
    second.add_people(1)
    assert county.receive(exported(first))[0].status == "applied"
    stolen = county.receive(exported(second))[0]
    assert (stolen.status, stolen.code) == ("refused", "enrolment_reused")
    with county.store.reading() as r:
        laptop = enrolments.list_laptops(r)[0]
    assert len(laptop.alarms) == 1
    assert "盗用" in laptop.alarms[0]
    first.store.close()
    second.store.close()


def test_a_second_key_of_the_registered_laptop_is_theft_too(town: Town, county: County) -> None:
    assert taken(county, forge(town, [person_line(XIUQI, "p1")])).status == "applied"
    with town.store.reading() as r:
        from minzheng_desktop.exchange.files.enrolment import membership

        member = membership(r)
    assert member is not None
    other = msgspec.structs.replace(member.registration, keys=new_private_keys().public)
    assert refused(county, forge(town, envelope={"registration": other})) == "enrolment_reused"


def test_a_registration_that_the_enrolment_did_not_sign(town: Town, county: County) -> None:
    with town.store.reading() as r:
        from minzheng_desktop.exchange.files.enrolment import membership

        member = membership(r)
    assert member is not None
    forged = msgspec.structs.replace(member.registration, keys=new_private_keys().public)
    assert refused(county, forge(town, envelope={"registration": forged})) == "bad_registration"
    assert refused(county, forge(town, envelope={"registration": None})) == "unregistered"


def test_an_enrolment_that_expired_before_it_was_used(town: Town, county: County) -> None:
    town.add_people(1)
    file = exported(town)
    late = TODAY + timedelta(days=enrolments.VALID_DAYS + 1)
    result = next(iter(receive_files(county.store, [file], today=late)))
    assert (result.status, result.code) == ("refused", "enrolment_expired")


def test_a_laptop_enrolled_anew_sends_everything_again_as_same(town: Town, county: County) -> None:
    town.add_people(3)
    county.receive(exported(town))
    join(town, county)
    town.add_people(1)
    again = county.receive(exported(town))[0]
    assert (again.status, again.number, again.count("same"), again.count("new")) == ("applied", 1, 3, 1)
    with county.store.reading() as r:
        laptops = {one.letter: (one.state, one.may_lock) for one in enrolments.list_laptops(r)}
    assert laptops == {"A": ("revoked", False), "B": ("registered", True)}, "it keeps its right to lock"
    town.apply(again.receipt)
    assert town.store.site.may_lock


def test_the_second_laptop_may_not_lock_while_the_first_does(town: Town, county: County) -> None:
    town.add_people(1)
    county.receive(exported(town))
    county.enrol(XIUQI, "第二台")
    with county.store.reading() as r:
        assert [(one.letter, one.may_lock) for one in enrolments.list_laptops(r)] == [
            ("A", True),
            ("B", False),
        ]


@pytest.mark.both
def test_a_line_that_waits_enters_when_its_reference_arrives(town: Town, county: County) -> None:
    body: dict[str, Any] = {"owner": XIUQI, "void": 0, "person": "p1", "number": "6217", "name": "罗成贵"}
    text = msgspec.json.encode({**body, "state": "active", "more": {}}).decode()
    from minzheng_desktop.store.rows import revision_of

    account = Line(
        "bank_accounts", "a1", revision_of(None, text.encode()), None, "2026", "x", msgspec.Raw(text.encode())
    )
    first = forge(town, [account])
    result = taken(county, first)
    assert (result.status, result.count("held")) == ("applied", 1)
    assert result.rows[0].waits_for == "p1"
    from minzheng_desktop.exchange.files.envelope import sha256

    place = {"number": 2, "previous": sha256(read_container(first).envelope)}
    second = taken(county, forge(town, [person_line(XIUQI, "p1")], envelope=place, head=place))
    assert (second.status, second.count("new")) == ("applied", 1)
    with county.store.reading() as r:
        assert r.get("bank_accounts", "a1") is not None
        assert held.held_lines(r) == []
        kept = r.rows(sa.select(schema.packages).order_by(schema.packages.c.number))
    assert [row["outcome"] for row in kept[1]["counts"]["rows"]] == ["released"]
    again = open_receipt(town.store, write_receipt(county.store, kept[0]["id"], county.folder).read_bytes())
    assert [(row.outcome, row.id) for row in again.rows] == [("released", "a1")], "the first, written again"
    assert again.head.tallies == {"held": {}, "new": {"bank_accounts": Count(1, 0)}}


@pytest.mark.both
def test_two_numbers_that_change_hands_in_one_package(town: Town, county: County) -> None:
    one, two = town.add_people(2)
    county.receive(exported(town))
    with town.store.reading() as r:
        numbers = {row["id"]: row["id_number"] for row in r.rows(sa.select(schema.people))}
    for step in ({"id": one, "id_number": None}, {"id": two, "id_number": numbers[one]}):
        with town.store.writing("test") as w:
            w.put("people", step)
    with town.store.writing("test") as w:
        w.put("people", {"id": one, "id_number": numbers[two]})
    assert county.receive(exported(town))[0].status == "applied"
    with county.store.reading() as r:
        found = {row["id"]: row["id_number"] for row in r.rows(sa.select(schema.people))}
    assert found == {one: numbers[two], two: numbers[one]}


def test_a_plan_that_went_stale_is_made_again(town: Town, county: County, tmp_path: Path) -> None:
    other = new_town(tmp_path / "other", BASHAN)
    join(other, county)
    town.add_people(2)
    other.add_people(1)
    planned = plan_package(county.store, exported(town).read_bytes(), today=TODAY)
    assert planned.plan.count("new") == 2
    assert people_of(county) == {}
    # The other township has a person with the same invented number: the shown result no longer holds.
    county.receive(exported(other))
    with pytest.raises(UserError) as error:
        apply_package(county.store, planned)
    assert error.value.code == "changed_meanwhile"
    fresh = plan_package(county.store, exported_bytes(town), today=TODAY)
    assert apply_package(county.store, fresh).count("questioned") == 1
    other.store.close()


def exported_bytes(town: Town) -> bytes:
    return (town.stick / "500229106A_0001.mzpkg").read_bytes()


def test_a_township_cannot_receive(town: Town, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        list(receive_files(town.store, [tmp_path / "x"], today=date(2026, 11, 23)))
    assert error.value.code == "not_a_county"


def test_a_receipt_that_cannot_be_written_takes_nothing_back(town: Town, county: County) -> None:
    town.add_people(2)
    file = exported(town)
    blocked = county.folder / "回执"
    blocked.write_text("a file where the folder should be")
    result = county.receive(file)[0]
    assert (result.status, result.count("new"), result.receipt) == ("applied", 2, None)
    assert result.reason.startswith("包已收下，但回执没有写成")
    assert len(people_of(county)) == 2
    blocked.unlink()
    assert county.receive(file)[0].receipt is not None


def test_two_laptops_with_one_number_each_get_their_own_receipt(
    town: Town, county: County, tmp_path: Path
) -> None:
    second = new_town(tmp_path / "second")
    join(second, county)
    second.count = 100
    town.add_people(1)
    second.add_people(2)
    first, other = county.receive(exported(town), exported(second))
    assert {first.letter, other.letter} == {"A", "B"}
    assert first.receipt != other.receipt
    by_letter = {result.letter: result for result in (first, other)}
    for office, people in ((town, 1), (second, 2)):
        applied = office.apply(by_letter[office.store.site.letter].receipt)
        assert (applied.acknowledged_number, applied.accepted.rows) == (1, people)
    second.store.close()


def test_a_package_of_a_newer_program_is_told_so_before_its_lines_are_judged(
    town: Town, county: County
) -> None:
    """Lines that this program cannot read are no damage when a later program wrote them."""
    newer = {"schema": schema.SCHEMA_NUMBER + 1, "program": "9.0.0", "counts": {"people": Count(1, 0)}}
    result = taken(county, forge(town, raw=[b'{"entity":"hovercrafts","x":1}'], head=newer))
    assert (result.status, result.code) == ("refused", "newer_program")
    assert "9.0.0" in result.reason
    assert "升级" in result.way


def test_every_refusal_names_file_sender_number_reason_and_next_step(town: Town, county: County) -> None:
    divisions = county.store.catalog.divisions
    town.add_people(1)
    whole = exported(town).read_bytes()
    bad = [
        taken(county, forge(town, sign_key=new_private_keys().sign), "假.mzpkg"),
        taken(county, whole[:-100], "500229106A_0007.mzpkg"),
        taken(county, b"JFIF", "照片.mzpkg"),
    ]
    words = [one.words(divisions) for one in bad]
    for one, sentence in zip(bad, words, strict=True):
        assert sentence.startswith(one.file.name)
        assert one.reason.split("。")[0] in sentence
        assert "下一步：" in sentence
        assert sentence.endswith("。")
    assert "（修齐镇 A 机第 0002 号包）" in words[0]
    assert "（按文件名是修齐镇 A 机第 0007 号包）" in words[1]
    assert "（来源不明）" in words[2]
    assert taken(county, whole).words(divisions).startswith("x.mzpkg")
