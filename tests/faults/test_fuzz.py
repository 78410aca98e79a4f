"""The first hundreds of changed files of `dev.py fuzz`, and any text at all given to the innermost readers.

`tests.faults.fuzzing` says what is changed and what must hold.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minzheng_desktop.exchange.files.bodies import read_change
from minzheng_desktop.exchange.files.container import read_container
from minzheng_desktop.exchange.files.envelope import PACKAGE, read_envelope
from minzheng_desktop.exchange.files.payload import read_strictly, unpack_lines
from minzheng_desktop.values.errors import UserError
from tests.faults.fuzzing.__main__ import BOUND_MB, play

FILES = 420


def test_changed_files_are_refused_in_words_or_taken_whole(tmp_path: Path) -> None:
    result = play(tmp_path, "quick", FILES)
    assert not result["failures"], "\n".join(result["failures"][:5])
    assert sum(result["outcomes"].values()) == FILES
    assert not [one for one in result["outcomes"] if one.endswith("unmade")]
    assert result["grown"] < BOUND_MB
    refusals = {one.split()[2] for one in result["outcomes"]}
    assert refusals >= {"taken", "altered", "bad_digest", "bad_signature", "not_for_us", "payload_damaged"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
COLUMNS = st.sampled_from(["entity", "id", "revision", "base", "at", "by", "body", "owner", "void", "name"])
LINES = (
    st.binary(max_size=200)
    | JSON.map(msgspec.json.encode)
    | st.builds(
        lambda entity, more: msgspec.json.encode({"entity": entity, **more}),
        st.sampled_from(["people", "records", "payment_items", "decisions", "users", ""]),
        st.dictionaries(COLUMNS, JSON, max_size=7),
    )
)


@given(LINES)
@settings(max_examples=300, deadline=None)
def test_any_line_is_a_change_or_refused(line: bytes) -> None:
    for read in (read_change, lambda raw: read_strictly(raw, where="")):
        try:
            read(line)
        except UserError as error:
            refusal = error
        else:
            continue
        assert refusal.code == "payload_damaged"


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda data: b"PK\x03\x04" + data))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_no_container_no_envelope_and_no_frame(data: bytes) -> None:
    with pytest.raises(UserError):
        read_container(data)
    with pytest.raises(UserError):
        read_envelope(data, expected=PACKAGE)
    for frame in (data, b"\x28\xb5\x2f\xfd" + data):
        try:
            list(unpack_lines(frame))
        except UserError as error:
            refusal = error
        else:
            continue
        assert refusal.code in ("payload_damaged", "bomb", "line_too_long")
