"""The container: one form only, and any byte of difference is refused."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.exchange.files.container import ENTRIES, Parts, build_container, read_container
from minzheng_desktop.values.errors import UserError

PARTS = Parts(b'{"format":"minzheng-package"}', bytes(range(64)), b"age-encryption.org/v1\n" + b"x" * 200)
WHOLE = build_container(PARTS)


def refusal(data: bytes) -> str:
    with pytest.raises(UserError) as error:
        read_container(data)
    assert "没有读入" in error.value.message
    return error.value.code


@given(envelope=st.binary(max_size=300), payload=st.binary(max_size=3000))
def test_parts_come_back_and_are_written_the_same(envelope: bytes, payload: bytes) -> None:
    parts = Parts(envelope, bytes(64), payload)
    data = build_container(parts)
    assert read_container(data) == parts
    assert build_container(read_container(data)) == data


def test_it_is_a_zip_of_three_stored_entries_in_fixed_order() -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as archive:
        assert archive.testzip() is None
        assert tuple(archive.namelist()) == ENTRIES
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert [archive.read(name) for name in ENTRIES] == [PARTS.envelope, PARTS.signature, PARTS.payload]


def test_every_truncation_is_noticed() -> None:
    codes = {refusal(WHOLE[:length]) for length in range(len(WHOLE))}
    assert codes == {"truncated"}
    assert refusal(WHOLE[:-1]) == "truncated"


def test_every_changed_byte_outside_the_parts_is_refused() -> None:
    # A changed byte inside a part changes its checksum field too, so all of them are noticed here.
    for place in range(len(WHOLE)):
        changed = bytearray(WHOLE)
        changed[place] ^= 0x41
        assert refusal(bytes(changed)) in {"altered", "truncated", "not_a_package"}


@given(place=st.integers(0, len(WHOLE)), inserted=st.binary(min_size=1, max_size=40))
def test_anything_inserted_is_refused(place: int, inserted: bytes) -> None:
    data = WHOLE[:place] + inserted + WHOLE[place:]
    if data != WHOLE:
        refusal(data)


def test_other_zips_are_refused() -> None:
    def made(names: tuple[str, ...], compression: int = zipfile.ZIP_STORED) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", compression) as archive:
            for name in names:
                archive.writestr(name, b"x" * 64)
        return out.getvalue()

    assert refusal(made((*ENTRIES, "more.txt"))) == "altered"
    assert refusal(made(("envelope.sig", "envelope.json", "payload.age"))) == "altered"
    assert refusal(made(ENTRIES, zipfile.ZIP_DEFLATED)) == "altered"
    assert refusal(made(("a",))) in {"altered", "truncated"}
    for left in (b"", b"PK", bytes(len(WHOLE)), WHOLE[:-40] + bytes(40)):
        assert refusal(left) == "truncated", "what a stick keeps that was pulled out too early"
    assert refusal(b"%PDF-1.7") == "not_a_package"


@given(data=st.binary(max_size=400))
def test_noise_never_crashes_the_reader(data: bytes) -> None:
    for prefix in (b"", b"PK\x03\x04"):
        refusal(prefix + data)
