"""Attachments go with the changes that name them, once, and the county can open them."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import pytest

from minzheng_desktop.county.receiving.package_intake import APPLIED
from minzheng_desktop.exchange.files import packing, payload
from minzheng_desktop.exchange.files.envelope import sha256
from minzheng_desktop.exchange.files.package import BlobPart
from minzheng_desktop.exchange.record_file import step_record
from minzheng_desktop.store import attachments, records, sealed_files
from minzheng_desktop.store.rows import revision_of
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.errors import UserError
from tests.exchange.forgery import forge
from tests.exchange.offices import TODAY, XIUQI, County, Town, attachments_of

HEAD = b"\x89PNG\r\n\x1a\n"
REPLY = {"document_no": "城民批〔2026〕9号", "date": "2026-11-20"}


def scan(folder: Path, fill: bytes = b"a", size: int = 1000) -> Path:
    path = folder / f"批复{fill.decode()}.png"
    path.write_bytes(HEAD + fill * size)
    return path


def confirm(town: Town, record: str, file: str) -> str:
    """Register the county's reply with its scan; returns what the step's ground holds as scan."""
    step_record(town.store, record, "manual_confirm", {**REPLY, "scan": file}, today=TODAY)
    with town.store.reading() as r:
        return str(records.steps_of(r, record)[-1]["ground"]["scan"])


def names(store: object) -> list[str]:
    return sorted(sealed_files.names_there(store))  # type: ignore[arg-type]


def test_the_scan_of_a_reply_arrives_at_the_county(town: Town, county: County, tmp_path: Path) -> None:
    record = town.add_reported_elder()
    digest = confirm(town, record, str(scan(tmp_path)))
    with town.store.reading() as r:
        assert [a["digest"] for a in attachments_of(r, record)] == [digest]
    made = town.export()
    assert (made.attachments, made.missing, made.waiting) == (1, 0, 0)
    assert made.file is not None
    first = county.receive(made.file)[0]
    assert first.status == APPLIED
    assert attachments.read(county.store, digest) == HEAD + b"a" * 1000
    with county.store.reading() as r:
        assert [a["title"] for a in attachments_of(r, record)] == ["批复a"]
    before = names(county.store)
    county.receive(made.file)  # twice is once
    assert names(county.store) == before == names(town.store)


def test_a_sealed_file_goes_along_once(town: Town, county: County, tmp_path: Path) -> None:
    one, two = town.add_reported_elder(), town.add_reported_elder()
    made = attachments.attach(town.store, scan(tmp_path), record=None, kind="", title="")
    assert town.export().attachments == 1
    assert confirm(town, one, str(scan(tmp_path))) == made.digest
    assert confirm(town, two, made.digest) == made.digest
    assert town.export().attachments == 0
    county.receive(*sorted(town.stick.iterdir()))
    with county.store.reading() as r:
        assert [len(attachments_of(r, record)) for record in (one, two)] == [1, 1]


def test_a_lost_file_stops_no_package(town: Town, county: County, tmp_path: Path) -> None:
    record = town.add_reported_elder()
    digest = confirm(town, record, str(scan(tmp_path)))
    for path in sealed_files.sealed_files(sealed_files.files_folder(town.store)):
        path.unlink()
    made = town.export()
    assert (made.attachments, made.missing) == (0, 1)
    assert made.file is not None
    assert county.receive(made.file)[0].status == APPLIED
    with pytest.raises(UserError) as told:
        attachments.read(county.store, digest)
    assert told.value.code == "attachment_missing"
    attachments.attach(town.store, scan(tmp_path), record=record, kind="", title="")
    mended = town.export()
    assert mended.attachments == 1
    assert mended.file is not None
    county.receive(mended.file)
    assert attachments.read(county.store, digest) == HEAD + b"a" * 1000


def test_what_does_not_fit_waits_for_the_next_package(
    town: Town, county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MAX_BLOBS", 2500)  # two of 1,008 and a seal of 28 bytes
    digests = [
        attachments.attach(town.store, scan(tmp_path, fill), record=None, kind="", title="").digest
        for fill in (b"a", b"b", b"c")
    ]
    first = town.export()
    assert (first.attachments, first.waiting) == (2, 1)
    second = town.export()
    assert (second.attachments, second.waiting) == (1, 0)
    results = county.receive(*sorted(town.stick.iterdir()))
    assert [one.status for one in results] == [APPLIED, APPLIED]
    assert [len(attachments.read(county.store, d)) for d in digests] == [1008] * 3


def test_words_that_name_no_file_stay_words_and_a_wrong_path_is_refused(town: Town, tmp_path: Path) -> None:
    record = town.add_reported_elder()
    with pytest.raises(UserError) as refused:
        confirm(town, record, str(tmp_path / "没有.pdf"))
    assert refused.value.code == "not_found"
    assert town.state(record) == "reported"
    assert confirm(town, record, "档案柜三层") == "档案柜三层"


def attachment_line(sealed_key: str) -> Line:
    body = {"owner": XIUQI, "void": 0, "digest": "a" * 64, "size": 1, "sealed_key": sealed_key}
    text = msgspec.json.encode(body).decode()
    revision = revision_of(None, text.encode())
    return Line("attachments", "a1", revision, None, "2026-11-23", "唐敏", msgspec.Raw(text.encode()))


def blob_line(name: str, data: bytes, *, part: int = 0, of: int = 1) -> bytes:
    return payload.encode_line(BlobPart(name, part, of, base64.b64encode(data).decode()))


def test_a_forged_name_writes_nothing_outside_the_folder(town: Town, county: County, tmp_path: Path) -> None:
    name = sha256(b"x")
    for wanted in ("../../" + name, name, ""):
        data = forge(
            town,
            [attachment_line(f"{wanted}.{'A' * 43}=")],
            raw=[blob_line("../" + name, b"x")],
            head={"blobs": 1},
        )
        file = tmp_path / "假.mzpkg"
        file.write_bytes(data)
        assert county.receive(file)[0].code == "payload_damaged"
    assert names(county.store) == []


def test_only_files_that_a_row_names_are_kept(town: Town, county: County, tmp_path: Path) -> None:
    wanted, other = sha256(b"x"), sha256(b"y")
    raw = [blob_line(wanted, b"x"), blob_line(other, b"y")]
    file = tmp_path / "包.mzpkg"
    file.write_bytes(forge(town, [attachment_line(f"{wanted}.{'A' * 43}=")], raw=raw, head={"blobs": 2}))
    assert county.receive(file)[0].status == APPLIED
    assert names(county.store) == [wanted]
    with pytest.raises(UserError) as told:
        attachments.read(county.store, "a" * 64)  # what it holds was sealed by nobody
    assert told.value.code == "attachment_damaged"


def test_an_attachment_over_twenty_megabytes_is_refused(town: Town, county: County, tmp_path: Path) -> None:
    parts = 42  # of 512 kB each: 21 MB
    data = [bytes([n]) * 512 * 1024 for n in range(parts)]
    name = sha256(b"".join(data))
    raw = [blob_line(name, piece, part=n, of=parts) for n, piece in enumerate(data)]
    file = tmp_path / "大.mzpkg"
    file.write_bytes(forge(town, [attachment_line(f"{name}.{'A' * 43}=")], raw=raw, head={"blobs": 1}))
    assert county.receive(file)[0].code in ("payload_damaged", "bomb")
    assert names(county.store) == []
