"""The payload: zstd-compressed NDJSON, read within fixed bounds.

Decompression never trusts the size that a frame declares: it runs as a stream with a window limit and a
running total, because 9.6 kB can become 300 MB. Every line is at most 1 MB of JSON in the form our writer gives
it; a duplicate key, other spelling of the same value or deep nesting is refused.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import zstandard

from minzheng_desktop.values.errors import UserError

MAX_LINE = 1_048_576
MAX_TOTAL = 1024 * 1_048_576
MAX_RATIO = 400  # honest packages of near-equal rows stay under 60
MAX_DEPTH = 16
_ALLOWANCE = 4 * 1_048_576
_WINDOW = 1 << 27
_LEVEL = 6
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL in a JSON text, the escape itself not escaped."""
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')

encode_line = msgspec.json.encode


def pack_lines(lines: Iterable[bytes]) -> bytes:
    """One zstd frame of the lines, each ended by a line feed."""
    out = io.BytesIO()
    with zstandard.ZstdCompressor(level=_LEVEL).stream_writer(out, closefd=False) as writer:
        for line in lines:
            if len(line) > MAX_LINE:
                raise UserError(
                    "line_too_long",
                    f"有一条数据 {len(line) // 1024} KB，超过 1 MB，放不进上报包。包没有写出，台账没有变化。"
                    "请缩短那条记录里的文字后再做一次。",
                )
            writer.write(line + b"\n")
    return out.getvalue()


def unpack_lines(data: bytes) -> Iterator[bytes]:
    """The lines of a frame, without line feeds. UserError `bomb`, `line_too_long` or `payload_damaged`."""
    limit = min(MAX_TOTAL, _ALLOWANCE + MAX_RATIO * len(data))
    source = io.BytesIO(data)
    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(source, read_size=65_536)
    total, rest = 0, b""
    try:
        while chunk := reader.read(1 << 18):
            total += len(chunk)
            if total > limit:
                raise UserError(
                    "bomb",
                    f"内容解压后超过 {limit // 1_048_576} MB，不像正常的上报包。没有读入，台账没有变化。"
                    "请查明这个文件的来路。",
                )
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                _require_length(line)
                if has_nul(line):
                    raise _damaged("有一行里有不能存的字符（NUL）")
                yield line
            _require_length(rest)
    except zstandard.ZstdError as error:
        raise _damaged("解压不了") from error
    if rest:
        raise _damaged("最后一行不完整")


def has_nul(text: bytes) -> bool:
    """True when a JSON text holds the character NUL, which no database of ours keeps as it came."""
    return b"\\u0000" in text and _NUL.search(text) is not None


def read_strictly(line: bytes, *, where: str) -> Any:
    """The value of a line or of a part of one, refused unless it is exactly what our writer makes of it."""
    require_shallow(line, where=where)
    try:
        value = msgspec.json.decode(line)
        again = msgspec.json.encode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        raise _damaged(f"{where}不是规范的 JSON") from error
    if again != line:
        raise _damaged(f"{where}有重复的键，或写法与本程序不同")
    return value


def require_shallow(line: bytes, *, where: str = "") -> None:
    """UserError when JSON is nested more than MAX_DEPTH deep; brackets inside text do not count."""
    if line.count(b"[") + line.count(b"{") > MAX_DEPTH and _depth(line) > MAX_DEPTH:
        raise _damaged(f"{where}嵌套超过 {MAX_DEPTH} 层")


def _depth(line: bytes) -> int:
    depth = deepest = 0
    for token in _TOKENS.findall(line):
        if token in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif token in (b"]", b"}"):
            depth -= 1
    return deepest


def _require_length(line: bytes) -> None:
    if len(line) > MAX_LINE:
        raise UserError(
            "line_too_long", "包里有一行超过 1 MB。没有读入，台账没有变化。请对方升级程序后重新写一份。"
        )


def _damaged(detail: str) -> UserError:
    return UserError(
        "payload_damaged", f"包的内容不合规范：{detail}。没有读入，台账没有变化。请对方重新写一份。"
    )
