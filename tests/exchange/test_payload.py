"""The payload is read within fixed bounds, and every line is exactly what our writer makes."""

from __future__ import annotations

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.exchange.files.payload import MAX_DEPTH, pack_lines, read_strictly, unpack_lines
from minzheng_desktop.values.errors import UserError

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)  # NUL is refused
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def refusal(data: bytes) -> str:
    with pytest.raises(UserError) as error:
        list(unpack_lines(data))
    return error.value.code


@given(st.lists(JSON, max_size=8))
def test_lines_come_back(values: list[object]) -> None:
    lines = [msgspec.json.encode(value) for value in values]
    assert list(unpack_lines(pack_lines(lines))) == lines
    for line, value in zip(lines, values, strict=True):
        assert read_strictly(line, where="") == value


def test_a_bomb_that_declares_its_size_is_refused() -> None:
    # DESIGN §5: 9.6 kB became 300 MB because max_output_size is ignored when the frame declares its size.
    bomb = zstandard.ZstdCompressor(level=19).compress(b"0" * (300 * 1_048_576))
    assert len(bomb) < 32_000
    assert refusal(bomb) == "line_too_long"
    lines = zstandard.ZstdCompressor(level=19).compress(b"0\n" * (150 * 1_048_576))
    assert len(lines) < 32_000
    assert refusal(lines) == "bomb"


def test_a_bomb_that_hides_its_size_is_refused() -> None:
    compressor = zstandard.ZstdCompressor(level=3).compressobj()
    bomb = b"".join(compressor.compress(b"1\n" * 524_288) for _ in range(100)) + compressor.flush()
    assert refusal(bomb) == "bomb"


def test_an_oversized_window_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=False)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    assert refusal(compressor.compress(b"1\n" * 1000) + compressor.flush()) == "payload_damaged"


def test_a_line_over_a_megabyte_is_neither_written_nor_read() -> None:
    long = b'"' + b"x" * 1_048_576 + b'"'
    with pytest.raises(UserError):
        pack_lines([long])
    assert refusal(zstandard.compress(long + b"\n")) == "line_too_long"


@pytest.mark.parametrize("data", [b"", b"noise", zstandard.compress(b"1\n2"), pack_lines([b"1"]) + b"more"])
def test_damaged_payloads(data: bytes) -> None:
    if data == b"":
        assert list(unpack_lines(data)) == []
    else:
        assert refusal(data) == "payload_damaged"


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a": 1}',
        b'{"a":1} ',
        b'{"a":1.0e1}',
        b'{"a":01}',
        b'"\\u5f20"',
        b'{"a":NaN}',
        b'{"a":',
        b"\xff",
        b"",
        b"[" * 2000 + b"]" * 2000,
    ],
)
def test_other_spellings_of_json_are_refused(line: bytes) -> None:
    with pytest.raises(UserError) as error:
        read_strictly(line, where="第 2 行")
    assert error.value.code == "payload_damaged"
    assert "第 2 行" in error.value.message


def test_deep_nesting_is_refused_and_brackets_in_text_are_not_nesting() -> None:
    deep = b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)
    with pytest.raises(UserError):
        read_strictly(deep, where="")
    assert read_strictly(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, where="")
    text = msgspec.json.encode({"note": "[{" * 500 + '\\"'})
    assert read_strictly(text, where="") == {"note": "[{" * 500 + '\\"'}
    wide = msgspec.json.encode([{"row": [number]} for number in range(200)])
    assert len(read_strictly(wide, where="")) == 200


@pytest.mark.parametrize(
    ("text", "refused"), [("a\0b", True), ("a\\u0000", False), ("\\\0", True), ("\\\\u0000", False)]
)
def test_the_character_that_no_database_keeps_is_refused(text: str, refused: bool) -> None:
    """NUL ends a text in PostgreSQL and in SQLite's own functions; six letters that spell its escape do not."""
    data = pack_lines([msgspec.json.encode({"name": text})])
    if refused:
        assert refusal(data) == "payload_damaged"
    else:
        assert [msgspec.json.decode(line) for line in unpack_lines(data)] == [{"name": text}]
