"""The envelope of an exchange file: all that stands in clear, and what it promises of the payload."""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec

from minzheng_desktop.exchange.files.keys import CountyCertificate, PublicKeys
from minzheng_desktop.values.errors import UserError

PACKAGE = "minzheng-package"
RECEIPT = "minzheng-receipt"
BULLETIN = "minzheng-bulletin"
COPY = "minzheng-copy"
VERSION = 1
_KINDS = {PACKAGE: "上报包", RECEIPT: "回执", BULLETIN: "下发包", COPY: "台账副本"}

Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A number that a database of either kind can hold and that JSON readers everywhere read alike."""


class Party(msgspec.Struct, frozen=True):
    """One laptop of one division (6 digits county, 9 township)."""

    division: str
    laptop: str
    letter: str = ""


class Payload(msgspec.Struct, frozen=True):
    """Size in bytes and sha256 of `payload.age`."""

    size: int
    sha256: str


class Registration(msgspec.Struct, frozen=True):
    """A laptop's public keys, signed with the one-time key of its enrolment."""

    serial: str
    keys: PublicKeys
    signature: str


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who sends what to whom, and where in the chain it stands.

    `previous` is the sha256 of the envelope.json before it ("" for the first of an epoch); `registration`
    travels until the county's first receipt; `certificate` only in files from the county.
    """

    format: str
    version: int
    sender: Party
    to: Party
    number: int
    epoch: str
    previous: str
    payload: Payload
    registration: Registration | None = None
    certificate: CountyCertificate | None = None

    def encode(self) -> bytes:
        """The bytes of envelope.json; the signature and the next file's `previous` are over these."""
        return msgspec.json.encode(self)


class _Version(msgspec.Struct):
    format: str
    version: int


def read_envelope(data: bytes, *, expected: str) -> Envelope:
    """Decode envelope.json. UserError when it is no `expected` file, of a newer program, or oddly written."""
    what = _KINDS[expected]
    try:
        told = msgspec.json.decode(data, type=_Version)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UserError("not_a_package", f"信封读不出来，这不是{what}。没有读入，请核对文件。") from error
    if told.format != expected:
        actual = _KINDS.get(told.format, "别的文件")
        raise UserError("wrong_kind", f"这是{actual}，不是{what}。没有读入，请选{what}。")
    if told.version > VERSION:
        raise UserError(
            "newer_program",
            f"这个{what}是更新版本的程序写的，本机的程序还不认识。没有读入，请先升级本机的程序。",
        )
    try:
        envelope = msgspec.json.decode(data, type=Envelope)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UserError("not_a_package", f"信封缺内容或内容不对，这不是完整的{what}。没有读入。") from error
    if data != envelope.encode() or b"\\u0000" in data:
        raise UserError("altered", "信封的写法与本程序不同，文件被改动过。没有读入，请对方重新写一份。")
    if not (0 < envelope.number < 10**9 and envelope.payload.size >= 0):
        raise UserError("not_a_package", "信封里的编号不对。没有读入，请对方重新写一份。")
    return envelope


def sha256(data: bytes) -> str:
    """Hex sha256."""
    return hashlib.sha256(data).hexdigest()
