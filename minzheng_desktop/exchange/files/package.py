"""Sealing and opening exchange files, in the one order in which nothing is trusted before it was checked.

size → container rebuilt byte for byte → addressee → registered, unrevoked sender → signature → digest →
decrypt → bounded decompress → inner head equals envelope → every line. Opening changes nothing; what the lines
may do is the county's plan (`exchange.judging.intake`) or the township's (`receipt`).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
import pyrage

from minzheng_desktop.exchange.files import payload
from minzheng_desktop.exchange.files.bodies import Incoming, not_conforming, read_change
from minzheng_desktop.exchange.files.container import Parts, build_container, read_container
from minzheng_desktop.exchange.files.envelope import (
    PACKAGE,
    Envelope,
    Party,
    Payload,
    Whole,
    read_envelope,
    sha256,
)
from minzheng_desktop.exchange.files.keys import age_identity, age_recipient, sign, signature_holds
from minzheng_desktop.store import schema
from minzheng_desktop.store.sealed_files import MAX_SEALED
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.dates import is_moment
from minzheng_desktop.values.errors import UserError

_SIGNED = b"minzheng envelope\n"
_BLOB_PART = 512 * 1024
_MOST_PARTS = -(-MAX_SEALED // _BLOB_PART)
_BLOB_NAME = re.compile(r"[0-9a-f]{64}")


class Count(msgspec.Struct, frozen=True, gc=False):
    """How many lines of a table, and the sum of their money column in cents."""

    rows: int = 0
    cents: int = 0

    def plus(self, cents: int) -> Count:
        return Count(self.rows + 1, self.cents + cents)

    def __add__(self, other: Count) -> Count:
        return Count(self.rows + other.rows, self.cents + other.cents)


class AuditHead(msgspec.Struct, frozen=True):
    """Length and last digest of the sender's audit chain."""

    length: Whole
    head: str


class Place(msgspec.Struct, frozen=True):
    """A place in a laptop's chain: its epoch, the number of the package and the digest of its envelope."""

    epoch: str = ""
    number: Whole = 0
    envelope: str = ""


class Head(msgspec.Struct, frozen=True):
    """The first line of a package's payload: repeats the envelope and announces what follows.

    `seen` is the standing of the newest receipt or bulletin that the laptop has read, 0 for none. A copy for another
    laptop of the division says in how many `parts` it comes, and from which `places` its reader goes on, by laptop.
    """

    sender: Party
    to: Party
    number: int
    epoch: str
    previous: str
    made_at: str
    program: str
    schema: Whole
    counts: dict[str, Count]
    blobs: Whole
    audit: AuditHead
    catalog: dict[str, str]
    seen: Whole = 0
    parts: Whole = 1
    places: dict[str, Place] = {}


class BlobPart(msgspec.Struct, frozen=True):
    """A piece of an attachment's sealed file, named by the digest of the whole."""

    blob: str
    part: int
    of: int
    data: str


class Sealed(msgspec.Struct, frozen=True):
    """A finished file: its bytes, their sha256, and the sha256 of its envelope.json for the next `previous`."""

    data: bytes
    digest: str
    envelope_digest: str


class Opened(msgspec.Struct, frozen=True):
    """An opened package: everything checked that can be checked without looking at the database's rows."""

    envelope: Envelope
    digest: str
    envelope_digest: str
    head: Head
    incoming: list[Incoming]
    blobs: dict[str, bytes]
    size: int


def seal(envelope: Envelope, lines: Iterable[bytes], *, recipients: Sequence[str], sign_key: str) -> Sealed:
    """Compress, encrypt to all `recipients` (age1…), sign and box the lines. `envelope.payload` is filled in."""
    encrypted = pyrage.encrypt(
        payload.pack_lines(lines), [age_recipient(key) for key in dict.fromkeys(recipients)]
    )
    filled = msgspec.structs.replace(envelope, payload=Payload(len(encrypted), sha256(encrypted)))
    written = filled.encode()
    signature = base64.b64decode(sign(sign_key, _SIGNED + written))
    data = build_container(Parts(written, signature, encrypted))
    return Sealed(data, sha256(data), sha256(written))


def seal_package(
    envelope: Envelope,
    head: Head,
    changes: Iterable[Line],
    blobs: Iterable[tuple[str, bytes]],
    *,
    recipients: Sequence[str],
    sign_key: str,
) -> Sealed:
    """Seal a township's package: the head, one change a line, then the attachments."""

    def lines() -> Iterator[bytes]:
        yield payload.encode_line(head)
        for change in changes:
            yield payload.encode_line(change)
        for digest, data in blobs:
            yield from (payload.encode_line(part) for part in blob_parts(digest, data))

    return seal(envelope, lines(), recipients=recipients, sign_key=sign_key)


def peek(data: bytes, *, expected: str = PACKAGE) -> tuple[Envelope, Parts]:
    """The envelope as it stands in clear, container rebuilt; nothing in it is proved yet."""
    parts = read_container(data)
    return read_envelope(parts.envelope, expected=expected), parts


def open_sealed(
    parts: Parts, envelope: Envelope, *, sign_key: str, identities: Sequence[str]
) -> Iterator[bytes]:
    """Check signature and digest, decrypt, and yield the payload's lines within bounds."""
    signature = base64.b64encode(parts.signature).decode("ascii")
    if not signature_holds(sign_key, _SIGNED + parts.envelope, signature):
        raise UserError(
            "bad_signature",
            "签名与登记的电脑不符，可能是冒名或被改动过。没有读入，台账没有变化。请查明文件的来路。",
        )
    actual = Payload(len(parts.payload), sha256(parts.payload))
    if actual != envelope.payload:
        raise UserError(
            "bad_digest",
            "内容的大小或摘要与信封不符，文件被改动过。没有读入，台账没有变化。请对方重新写一份。",
        )
    try:
        plain = pyrage.decrypt(parts.payload, [age_identity(secret) for secret in identities])
    except pyrage.DecryptError as error:
        raise UserError(
            "not_for_us",
            "这个文件不是加密给本机的，打不开。没有读入，台账没有变化。请核对收件单位，或请对方重新写一份。",
        ) from error
    return payload.unpack_lines(plain)


def open_package(
    data: bytes,
    *,
    addressee: str,
    expected: str = PACKAGE,
    sender_key: Callable[[Envelope], str],
    identities: Sequence[str],
) -> Opened:
    """Open a package addressed to the county `addressee` (6 digits).

    `sender_key` returns the registered signing key of the envelope's sender, or raises UserError (unregistered,
    revoked, another key under a used serial). Raises UserError for whatever is wrong; nothing is changed.
    """
    envelope, parts = peek(data, expected=expected)
    if envelope.to.division != addressee:
        raise UserError(
            "other_county",
            f"这个包是给区划 {envelope.to.division} 的，不是给本县（{addressee}）的。"
            "没有读入，台账没有变化。请退给送来的乡镇。",
        )
    lines = open_sealed(parts, envelope, sign_key=sender_key(envelope), identities=identities)
    first = next(lines, b"")
    head = _head(first, envelope)
    changes, blobs = _changes(lines, head)
    return Opened(
        envelope=envelope,
        digest=sha256(data),
        envelope_digest=sha256(parts.envelope),
        head=head,
        incoming=changes,
        blobs=blobs,
        size=len(data),
    )


class _Written(msgspec.Struct):
    program: str = ""
    schema: int = 0


def _require_known(line: bytes) -> None:
    """UserError `newer_program` before anything else of the payload is judged: what a later program writes may look
    damaged to this one."""
    try:
        written = msgspec.json.decode(line, type=_Written)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise not_conforming("首行读不出来") from error
    if written.schema > schema.SCHEMA_NUMBER:
        raise UserError(
            "newer_program",
            f"这个包是更新版本的程序（{written.program[:20]}）写的，本机的程序还不认识。没有读入，台账没有变化。"
            "请先升级本机的程序。",
        )


def _head(line: bytes, envelope: Envelope) -> Head:
    _require_known(line)
    payload.read_strictly(line, where="首行")
    try:
        head = msgspec.json.decode(line, type=Head)
    except msgspec.MsgspecError as error:
        raise not_conforming("首行缺内容") from error
    if not is_moment(head.made_at):
        raise not_conforming("首行的时间不对")
    inner = (head.sender, head.to, head.number, head.epoch, head.previous)
    outer = (envelope.sender, envelope.to, envelope.number, envelope.epoch, envelope.previous)
    if inner != outer:
        raise UserError(
            "head_mismatch",
            "信封与里面的内容不是同一个包：有人把别处的内容装进了自己的信封。"
            "没有读入，台账没有变化。请查明文件的来路。",
        )
    return head


def _changes(lines: Iterator[bytes], head: Head) -> tuple[list[Incoming], dict[str, bytes]]:
    announced = sum(count.rows for count in head.counts.values())
    changes: list[Incoming] = []
    pieces: dict[str, list[BlobPart]] = {}
    for number, raw in enumerate(lines, start=2):
        if len(changes) < announced:
            changes.append(read_change(raw, number=number))
            continue
        piece = _blob_part(raw, where=f"第 {number} 行")
        parts = pieces.setdefault(piece.blob, [])
        parts.append(piece)
        if len(parts) > _MOST_PARTS or len(pieces) > head.blobs:
            raise not_conforming("附件超过 20 MB，或比首行说的多")
    if len(changes) != announced or len(pieces) != head.blobs:
        raise not_conforming(f"首行说有 {announced} 条、{head.blobs} 个附件，与后面的行数不符")
    return changes, {digest: _joined(digest, parts) for digest, parts in pieces.items()}


def _blob_part(raw: bytes, *, where: str) -> BlobPart:
    try:
        piece = msgspec.json.decode(raw, type=BlobPart)
    except (msgspec.MsgspecError, ValueError) as error:
        raise not_conforming(f"{where}不是附件") from error
    if msgspec.json.encode(piece) != raw or not _BLOB_NAME.fullmatch(piece.blob):
        raise not_conforming(f"{where}的附件写法与本程序不同")
    return piece


def join_blobs(pieces: Iterable[BlobPart]) -> dict[str, bytes]:
    """The sealed files by name. UserError `payload_damaged` when a piece is missing or a file is not its name."""
    of_name: dict[str, list[BlobPart]] = {}
    for piece in pieces:
        if not _BLOB_NAME.fullmatch(piece.blob):
            raise not_conforming("附件的名字写法与本程序不同")
        of_name.setdefault(piece.blob, []).append(piece)
    return {name: _joined(name, parts) for name, parts in of_name.items()}


def blob_parts(digest: str, data: bytes) -> Iterator[BlobPart]:
    """A sealed file in pieces that fit into lines."""
    count = max(1, -(-len(data) // _BLOB_PART))
    for part in range(count):
        piece = data[part * _BLOB_PART : (part + 1) * _BLOB_PART]
        yield BlobPart(digest, part, count, base64.b64encode(piece).decode("ascii"))


def _joined(digest: str, parts: list[BlobPart]) -> bytes:
    if [(part.part, part.of) for part in parts] != [(place, len(parts)) for place in range(len(parts))]:
        raise not_conforming("附件缺一段或顺序不对")
    try:
        data = b"".join(base64.b64decode(part.data, validate=True) for part in parts)
    except ValueError as error:
        raise not_conforming("附件读不出来") from error
    if len(data) > MAX_SEALED or sha256(data) != digest:
        raise not_conforming("附件与它的摘要不符")
    return data
