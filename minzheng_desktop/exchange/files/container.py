"""The container of every exchange file: a zip of exactly three stored entries in fixed order.

`envelope.json`, `envelope.sig`, `payload.age`. The writer has no freedom (no dates, comments, extra fields or
compression), so the reader takes the three parts out, writes the container again and refuses any byte of
difference: nothing can hide between or behind the entries.
"""

from __future__ import annotations

import struct
import zlib

import msgspec

from minzheng_desktop.values.errors import UserError

ENTRIES = ("envelope.json", "envelope.sig", "payload.age")
MAX_FILE = 256 * 1_048_576
MAX_ENVELOPE = 65_536
SIGNATURE_BYTES = 64

_BEGIN = b"PK\x03\x04"
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION, _DATE = 20, 0x21  # 1980-01-01


class Parts(msgspec.Struct, frozen=True):
    """The three entries of a container."""

    envelope: bytes
    signature: bytes
    payload: bytes


def build_container(parts: Parts) -> bytes:
    """The one and only container of these parts."""
    local, central, offset = [], [], 0
    for name, data in zip(ENTRIES, (parts.envelope, parts.signature, parts.payload), strict=True):
        encoded, checksum = name.encode("ascii"), zlib.crc32(data)
        head = _LOCAL.pack(_BEGIN, _VERSION, 0, 0, 0, _DATE, checksum, len(data), len(data), len(encoded), 0)
        central.append(
            _CENTRAL.pack(
                *(b"PK\x01\x02", _VERSION, _VERSION, 0, 0, 0, _DATE, checksum, len(data), len(data)),
                *(len(encoded), 0, 0, 0, 0, 0, offset),
            )
            + encoded
        )
        local += [head, encoded, data]
        offset += len(head) + len(encoded) + len(data)
    directory = b"".join(central)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(ENTRIES), len(ENTRIES), len(directory), offset, 0)
    return b"".join([*local, directory, end])


def read_container(data: bytes) -> Parts:
    """The parts of a container. UserError `not_a_package`, `truncated`, `altered` or `file_too_large`."""
    if len(data) > MAX_FILE:
        raise UserError("file_too_large", f"文件超过 {MAX_FILE // 1_048_576} MB，没有读入。请核对文件。")
    if _is_unfinished(data):
        raise _truncated()
    if not data.startswith(_BEGIN):
        raise UserError("not_a_package", "这不是本程序写出的交换文件，没有读入。请核对文件。")
    found, offset = [], 0
    for name in ENTRIES:
        part, offset = _entry(data, offset, name.encode("ascii"))
        found.append(part)
    parts = Parts(*found)
    if len(parts.envelope) > MAX_ENVELOPE or len(parts.signature) != SIGNATURE_BYTES:
        raise _altered("信封或签名的大小不对")
    rebuilt = build_container(parts)
    if rebuilt != data:
        if rebuilt.startswith(data):
            raise _truncated()
        raise _altered("逐字节重建后不相同")
    return parts


def tail_size(tail: bytes) -> int | None:
    """The size of the whole container by its last bytes (the directory and its end); None when they are no such end."""
    if len(tail) < _END.size:
        return None
    sign, *_, entries, length, offset, _comment = _END.unpack(tail[-_END.size :])
    return offset + length + _END.size if sign == b"PK\x05\x06" and entries == len(ENTRIES) else None


def _entry(data: bytes, offset: int, name: bytes) -> tuple[bytes, int]:
    if len(data) < offset + _LOCAL.size:
        raise _truncated()
    fields = _LOCAL.unpack_from(data, offset)
    start = offset + _LOCAL.size + len(name)
    if fields[0] != _BEGIN or data[offset + _LOCAL.size : start] != name[: len(data) - offset - _LOCAL.size]:
        raise _altered("内容的顺序或名称不对")
    end = start + int(fields[7])
    if end > len(data):
        raise _truncated()
    return data[start:end], end


def _is_unfinished(data: bytes) -> bool:
    """Whether it is what a stick that was pulled out too early keeps: nothing, the first bytes, or zeros where the
    rest was not written yet."""
    head = data[: len(_BEGIN)]
    if not any(head) or data == _BEGIN[: len(data)]:
        return True
    return head == _BEGIN and not any(data[-_END.size :])


def _truncated() -> UserError:
    return UserError(
        "truncated", "文件不完整，可能没有写完或盘被提前拔出。没有读入，台账没有变化。请对方重新写一份。"
    )


def _altered(detail: str) -> UserError:
    return UserError(
        "altered", f"文件被改动过：{detail}。没有读入，台账没有变化。请对方重新写一份，并查明经过谁手。"
    )
