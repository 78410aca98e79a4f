"""The county's bulletin (`.mzbul`): what it has to say to a township that sent nothing lately.

The same container, keys and lines as a receipt, sealed to all live laptops of a division and numbered per division.
Each carries all that is open, so a gap is no trouble and the same one twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.downward import (
    DownLine,
    Downward,
    encode_lines,
    envelope_from_county,
    open_from_county,
    read_head,
    read_lines,
    require_same,
)
from minzheng_desktop.exchange.down.taking import CameDown, renew, take_down
from minzheng_desktop.exchange.files.envelope import BULLETIN, Envelope, Party, Whole
from minzheng_desktop.exchange.files.keys import CountyCertificate, PrivateKeys
from minzheng_desktop.exchange.files.package import Sealed, peek, seal
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

SUFFIX = ".mzbul"
WHAT = "下发包"
EPOCH = "bulletins"
READ = "read"


class BulletinHead(msgspec.Struct, frozen=True):
    """The first line. `standing` rises with every change at the county; `lines` follow."""

    sender: Party
    to: Party
    number: int
    epoch: str
    previous: str
    made_at: str
    program: str
    standing: Whole
    lines: int = 0


class OpenedBulletin(msgspec.Struct, frozen=True):
    """A bulletin whose signature, addressee and every line were checked."""

    envelope: Envelope
    digest: str
    head: BulletinHead
    down: Downward


class AppliedBulletin(msgspec.Struct, frozen=True):
    """What a bulletin did. `known`: this very file was read before. `newest` is False when a newer file of the county
    had been read; then only decisions and rulings counted. `unknown` lines were of a kind that a newer program
    writes; they are kept."""

    number: int
    made_at: str
    known: bool
    newest: bool
    came: CameDown
    catalog: int
    findings: int
    unknown: int


def seal_bulletin(
    head: BulletinHead,
    lines: Sequence[DownLine],
    *,
    certificate: CountyCertificate,
    keys: PrivateKeys,
    recipients: Sequence[str],
) -> Sealed:
    """Seal a bulletin to the age keys `recipients`; `head.lines` is set here."""
    counted = msgspec.structs.replace(head, lines=len(lines))
    envelope = envelope_from_county(head, certificate, kind=BULLETIN)
    return seal(envelope, encode_lines(counted, lines), recipients=recipients, sign_key=keys.sign)


def open_bulletin(store: Store, data: bytes) -> OpenedBulletin:
    """Open a bulletin for this division. UserError when it is for another, altered, or not from our county."""
    envelope, parts = peek(data, expected=BULLETIN)
    if envelope.to.division != store.site.division:
        raise UserError(
            "other_bulletin",
            f"这份下发包（第 {envelope.number:04d} 号）是给区划 {envelope.to.division} 的，没有读入，台账没有变化。"
            "请选发给本乡镇的下发包。",
        )
    certificate, lines = open_from_county(store, parts, envelope, what=WHAT)
    head = read_head(next(lines, b""), BulletinHead, what=WHAT)
    require_same(head, envelope, what=WHAT)
    down, _ = read_lines(lines, certificate, announced=head.lines, what=WHAT)
    return OpenedBulletin(envelope, envelope.payload.sha256, head, down)


def read_bulletin(store: Store, data: bytes, *, today: date, file: str = "") -> AppliedBulletin:
    """Open and apply a bulletin in one transaction. UserError, and nothing changes, when it is not for us."""
    bulletin = open_bulletin(store, data)
    head, down = bulletin.head, bulletin.down
    with store.writing("bulletin", {"number": head.number, "sha256": bulletin.digest}) as w:
        known = _read_before(w, bulletin)
        newest = renew(w, down, standing=head.standing)
        came = take_down(w, down, origin=head.sender.laptop, today=today)
        result = AppliedBulletin(
            number=head.number,
            made_at=head.made_at,
            known=known,
            newest=newest,
            came=came,
            catalog=len(down.catalog),
            findings=len(down.findings),
            unknown=len(down.unknown),
        )
        if not known:
            _keep(w, bulletin, result, file)
    return result


def bulletins_read(r: Reading) -> list[dict[str, object]]:
    """The bulletins that were read here, newest first."""
    b = schema.bulletins
    return r.rows(sa.select(b).order_by(b.c.number.desc()))


def _read_before(r: Reading, bulletin: OpenedBulletin) -> bool:
    b = schema.bulletins.c
    row = r.one(sa.select(schema.bulletins).where(b.number == bulletin.head.number))
    return row is not None and row["digest"] == bulletin.digest


def _keep(w: Writing, bulletin: OpenedBulletin, result: AppliedBulletin, file: str) -> None:
    head, b = bulletin.head, schema.bulletins.c
    w.delete("bulletins", b.number == head.number, b.division == head.to.division)
    decisions, rulings = result.came.decisions, result.came.rulings
    w.insert(
        "bulletins",
        [
            {
                "number": head.number,
                "division": head.to.division,
                "file": Path(file).name,
                "digest": bulletin.digest,
                "standing": head.standing,
                "state": READ,
                "at": w.at,
                "by": w.user,
                "counts": {
                    "made_at": head.made_at,
                    "program": head.program,
                    "decisions": len(decisions.taken),
                    "waiting": len(decisions.waiting),
                    "rulings": len(rulings.taken),
                    "catalog": result.catalog,
                    "findings": result.findings,
                    "unknown": bulletin.down.unknown,
                },
            }
        ],
    )
