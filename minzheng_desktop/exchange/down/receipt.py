"""The county's receipt (`.mzret`): what became of a package, row by row, and what the county decided meanwhile.

The county seals it to the laptops of the division, signed with its working key under the certificate of its
root. The township opens it, marks what is acknowledged, renews the live laptops and the county's catalogue, and
applies decisions as steps by actor county. A decision whose record moved meanwhile waits for a person
(县决定与现状不符). Applying a receipt twice changes nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from minzheng_desktop.exchange.files.envelope import RECEIPT, Envelope, Party, Whole
from minzheng_desktop.exchange.files.keys import CountyCertificate, PrivateKeys
from minzheng_desktop.exchange.files.package import AuditHead, Count, Sealed, peek, seal
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

SUFFIX = ".mzret"
WHAT = "回执"
APPLIED, RESUME, STANDING = "applied", "resume", "standing"
"""What a receipt is of: an applied package, the confirmation after a restore or trouble, or just how things stand."""

Tallies = dict[str, dict[str, Count]]
"""Per outcome (new, changed, same, held, rejected, questioned) and table: lines and cents."""


class PackageMark(msgspec.Struct, frozen=True):
    """A package by number, epoch and the sha256 of its envelope.json."""

    number: Whole
    epoch: str
    envelope: str


class RefusedPackage(msgspec.Struct, frozen=True):
    """A package that claims to be of this laptop and was not taken: which, by which file, when, why, and what the
    laptop does next (`way`).

    `standing` is the county's when it was noted; a mark is told until the laptop has read a file of that standing.
    """

    number: int
    epoch: str
    digest: str
    code: str
    why: str
    at: str
    file: str
    standing: int
    way: str = ""


class ReceiptHead(msgspec.Struct, frozen=True):
    """The first line: repeats the envelope and says what became of `package`.

    `last` is the last package applied in order, all up to it are acknowledged. `audit` is the sender's audit
    head as the county read it. `standing` rises with every change at the county, so that the laptops and
    catalogue of an older receipt never replace newer ones. `waiting` are packages that came early and wait for the
    `missing` ones; `refused` were not taken; `holds` are digests of all rows of the division (`compare`), told where
    the laptop goes on after a restore or trouble.
    """

    sender: Party
    to: Party
    number: int
    epoch: str
    previous: str
    made_at: str
    program: str
    status: str
    package: PackageMark
    last: PackageMark
    audit: AuditHead
    standing: Whole
    tallies: Tallies
    lines: int
    waiting: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    refused: tuple[RefusedPackage, ...] = ()
    holds: dict[str, list[str]] = {}


class RowLine(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag="row"):
    """One row that did not simply enter. `outcome` held, rejected, questioned or released; `why` is a sentence,
    `field` the field it concerns, `waits_for` the id of the row that is missing."""

    outcome: str
    entity: str
    id: str
    revision: str
    code: str
    why: str
    field: str = ""
    waits_for: str = ""


ReceiptLine = RowLine | DownLine


class OpenedReceipt(msgspec.Struct, frozen=True):
    """A receipt whose signature, addressee and every line were checked."""

    envelope: Envelope
    digest: str
    head: ReceiptHead
    rows: list[RowLine]
    down: Downward


def seal_receipt(
    head: ReceiptHead,
    lines: Sequence[ReceiptLine],
    *,
    certificate: CountyCertificate,
    keys: PrivateKeys,
    recipients: Sequence[str],
) -> Sealed:
    """Seal a receipt to the age keys `recipients`; `head.lines` is set here."""
    counted = msgspec.structs.replace(head, lines=len(lines))
    envelope = envelope_from_county(head, certificate, kind=RECEIPT)
    return seal(envelope, encode_lines(counted, lines), recipients=recipients, sign_key=keys.sign)


def open_receipt(store: Store, data: bytes) -> OpenedReceipt:
    """Open a receipt for this laptop. UserError when it is for another, altered, or not from our county."""
    envelope, parts = peek(data, expected=RECEIPT)
    site = store.site
    if (envelope.to.division, envelope.to.laptop) != (site.division, site.laptop):
        whose = (
            f"是给本乡镇另一台电脑（{envelope.to.letter or '？'} 机）的"
            if envelope.to.division == site.division
            else f"是给区划 {envelope.to.division} 的"
        )
        raise UserError("other_receipt", f"这份回执{whose}，没有读入，台账没有变化。请选发给本机的回执。")
    certificate, lines = open_from_county(store, parts, envelope, what=WHAT)
    head = read_head(next(lines, b""), ReceiptHead, what=WHAT)
    require_same(head, envelope, what=WHAT)
    down, rows = read_lines(lines, certificate, announced=head.lines, what=WHAT, also=RowLine)
    return OpenedReceipt(envelope, envelope.payload.sha256, head, rows, down)


def sum_outcome(tallies: Tallies, *outcomes: str) -> Count:
    """Lines of all tables with one of these outcomes; cents are those of payment items only."""
    total = Count()
    for outcome in outcomes:
        for table, count in tallies.get(outcome, {}).items():
            total += Count(count.rows, count.cents if table == "payment_items" else 0)
    return total


def receipts_read(r: Reading) -> list[dict[str, object]]:
    """The receipts that were applied here, newest first, each with its counts and rows."""
    p = schema.packages
    return r.rows(sa.select(p).where(p.c.direction == "receipt").order_by(p.c.at.desc(), p.c.number.desc()))
