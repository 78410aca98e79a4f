"""What a file in a folder is, without reading it whole: an exchange file, a half-written one, or somebody else's.

The container's own last bytes say where its directory begins and the envelope how long the payload is, so that a
file that is still being written, or that a pulled stick cut off, is told from a whole one at once.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from minzheng_desktop.exchange.files.container import ENTRIES, MAX_ENVELOPE, MAX_FILE, tail_size
from minzheng_desktop.exchange.files.envelope import Envelope
from minzheng_desktop.store.files import is_leftover

PACKAGE, RECEIPT, BULLETIN, PEER_COPY = "package", "receipt", "bulletin", "peer_copy"
ENROLMENT, BACKUP = "enrolment", "backup"
KINDS = {
    ".mzpkg": PACKAGE,
    ".mzret": RECEIPT,
    ".mzbul": BULLETIN,
    ".mzcopy": PEER_COPY,
    ".mzenrol": ENROLMENT,
    ".mzbak": BACKUP,
}
CONTAINERS = (PACKAGE, RECEIPT, BULLETIN, PEER_COPY)
_MAGIC = b"PK\x03\x04"
_HEAD = 30 + len(ENTRIES[0])
"""Bytes of the container before the envelope."""
WHOLE, HALF, LEFTOVER, FOREIGN, GONE = "whole", "half", "leftover", "foreign", "gone"


class Look(msgspec.Struct, frozen=True):
    """A file at a glance. `kind` by its ending, "" for other files; `state` whole, half, leftover (a temporary file
    of ours), foreign, or gone; `why` is a Chinese half-sentence for half and leftover ones."""

    path: Path
    kind: str
    state: str
    size: int = 0
    modified: float = 0.0
    why: str = ""


def look(path: Path) -> Look:
    """Look at a file. Never raises: what cannot be read is `gone`."""
    kind = KINDS.get(path.suffix.lower(), "")
    if is_leftover(path.name):
        return Look(path, "", LEFTOVER, why="写到一半的临时文件，写的人再写一次就会清掉")
    try:
        told = path.stat()
        if not path.is_file():
            return Look(path, "", FOREIGN)
        size, modified = told.st_size, told.st_mtime
        if not kind:
            return Look(path, "", FOREIGN, size, modified)
        why = _half(path, size) if kind in CONTAINERS else ("空文件" if not size else "")
    except OSError:
        return Look(path, kind, GONE)
    return Look(path, kind, HALF if why else WHOLE, size, modified, why)


def envelope_of(path: Path) -> Envelope | None:
    """What the envelope of a container claims, unproved; None when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return _envelope(stream.read(_HEAD + MAX_ENVELOPE))
    except OSError:
        return None


def _envelope(start: bytes) -> Envelope | None:
    length = int.from_bytes(start[18:22], "little")
    body = start[_HEAD:][:length]
    try:
        return msgspec.json.decode(body, type=Envelope) if len(body) == length else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _half(path: Path, size: int) -> str:
    """Why a container is not whole, "" when nothing speaks against it; reading it proper judges everything else."""
    if size == 0:
        return "空文件，写到一半盘被拔出，或还没有开始写"
    if size > MAX_FILE:
        return ""
    with path.open("rb") as stream:
        start = stream.read(_HEAD + MAX_ENVELOPE)
        stream.seek(max(0, size - 1024), os.SEEK_SET)
        tail = stream.read(1024)
    if len(start) < len(_MAGIC) and _MAGIC.startswith(start):
        return "只有开头几个字节，没有写完"
    if not start.startswith(_MAGIC):
        return "开头是空白，盘被提前拔出" if start.startswith(bytes(4)) else ""
    wanted = tail_size(tail)
    if wanted is None:
        return _missing(start, size) or "文件尾不完整，没有写完或盘被提前拔出"
    return "" if wanted == size else f"应有 {wanted:,} 字节，只有 {size:,} 字节，没有写完"


def _missing(start: bytes, size: int) -> str:
    """How much is missing, where the envelope came along."""
    envelope = _envelope(start)
    promised = envelope.payload.size if envelope is not None else 0
    if promised <= size:
        return ""
    return f"信封说内容有 {promised:,} 字节，整个文件只有 {size:,} 字节，没有写完或盘被提前拔出"
