"""A look at a file tells half-written containers from whole ones, and never fails on what others leave in a folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minzheng_desktop.exchange import folder as folders
from minzheng_desktop.exchange.files.container import (
    ENTRIES,
    SIGNATURE_BYTES,
    Parts,
    build_container,
    read_container,
)
from minzheng_desktop.exchange.files.envelope import PACKAGE, Envelope, Party, Payload, sha256
from minzheng_desktop.exchange.looks import FOREIGN, HALF, WHOLE, look
from minzheng_desktop.values.errors import UserError

PAYLOAD = bytes(range(1, 256)) * 3
ENVELOPE = Envelope(
    format=PACKAGE,
    version=1,
    sender=Party("500229106", "a", "A"),
    to=Party("500229", ""),
    number=44,
    epoch="e",
    previous="",
    payload=Payload(len(PAYLOAD), sha256(PAYLOAD)),
)
CONTAINER = build_container(Parts(ENVELOPE.encode(), b"s" * SIGNATURE_BYTES, PAYLOAD))


def test_every_cut_is_half_and_only_the_whole_is_whole(tmp_path: Path) -> None:
    """As a stick leaves it that was pulled out, at every byte; the reader agrees with the look."""
    file = tmp_path / "a.mzpkg"
    for left in range(len(CONTAINER)):
        file.write_bytes(CONTAINER[:left])
        seen = look(file)
        assert (seen.state, bool(seen.why)) == (HALF, True), left
    file.write_bytes(CONTAINER)
    assert look(file).state == WHOLE
    assert read_container(CONTAINER).payload == PAYLOAD


def test_zeros_at_the_end_are_half_too(tmp_path: Path) -> None:
    """A FAT stick may have the length and not the bytes. The last two bytes of a container are zeros by themselves."""
    file = tmp_path / "a.mzpkg"
    for left in range(0, len(CONTAINER) - 8, 7):
        file.write_bytes(CONTAINER[:left] + bytes(len(CONTAINER) - left))
        assert look(file).state == HALF, left


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=600), st.sampled_from([".mzpkg", ".mzret", ".mzbul", ".mzcopy", ".txt"]), st.booleans()
)
def test_no_bytes_make_a_look_fail(data: bytes, ending: str, begins_like_ours: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / f"a{ending}"
        file.write_bytes((CONTAINER[:30] + ENTRIES[0].encode() if begins_like_ours else b"") + data)
        seen = look(file)
        folders.marks_of(seen)
        if seen.kind and seen.state == HALF:
            with pytest.raises(UserError):
                read_container(file.read_bytes())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system with pipes")
def test_a_pipe_or_a_folder_of_our_name_blocks_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mzpkg")
    (tmp_path / "b.mzpkg").mkdir()
    (tmp_path / "c.mzpkg").symlink_to(tmp_path / "c.mzpkg")
    (tmp_path / "d").symlink_to(tmp_path)
    states = {path.name: look(path).state for path in folders.walk(tmp_path)}
    assert states["a.mzpkg"] == FOREIGN
    assert set(states) == {"a.mzpkg", "c.mzpkg", "d"}  # a link to a folder is not followed
