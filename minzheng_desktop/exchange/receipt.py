"""The county's receipt (`.mzret`): what became of a package, row by row, and what the county decided meanwhile.

The county seals it to the laptops of the division, signed with its working key under the certificate of its
root. The township opens it, marks what is acknowledged, renews the live laptops and the county's catalogue, and
applies decisions as steps by actor county. A decision whose record moved meanwhile waits for a person
(县决定与现状不符). Applying a receipt twice changes nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange import payload
from minzheng_desktop.exchange.enrolment import CatalogEntry, LiveLaptop, membership, private_keys
from minzheng_desktop.exchange.envelope import RECEIPT, VERSION, Envelope, Party, Payload
from minzheng_desktop.exchange.keys import CountyCertificate, PrivateKeys, certificate_holds
from minzheng_desktop.exchange.package import AuditHead, Count, Sealed, open_sealed, peek, seal
from minzheng_desktop.store import schema
from minzheng_desktop.store.rows import revision_of
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

SUFFIX = ".mzret"
APPLIED, RESUME = "applied", "resume"

Tallies = dict[str, dict[str, Count]]
"""Per outcome (new, changed, same, held, rejected, questioned) and table: lines and cents."""


class PackageMark(msgspec.Struct, frozen=True):
    """A package by number, epoch and the sha256 of its envelope.json."""

    number: int
    epoch: str
    envelope: str


class ReceiptHead(msgspec.Struct, frozen=True):
    """The first line: repeats the envelope and says what became of `package`.

    `last` is the last package applied in order, all up to it are acknowledged. `audit` is the sender's audit
    head as the county read it. `standing` rises with every change at the county, so that the laptops and
    catalogue of an older receipt never replace newer ones.
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
    standing: int
    tallies: Tallies
    lines: int


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


class DecisionLine(msgspec.Struct, frozen=True, tag_field="t", tag="decision"):
    """A decision of the county, as a version of its row."""

    change: Line


class LaptopLine(msgspec.Struct, frozen=True, tag_field="t", tag="laptop"):
    """A live laptop of the division."""

    laptop: LiveLaptop


class CatalogLine(msgspec.Struct, frozen=True, tag_field="t", tag="catalog"):
    """An entry of the county's catalogue."""

    entry: CatalogEntry


class FindingLine(msgspec.Struct, frozen=True, tag_field="t", tag="finding"):
    """A finding of the county's checks that concerns this division."""

    id: str
    rule: str
    severity: str
    message: str
    at: str


ReceiptLine = RowLine | DecisionLine | LaptopLine | CatalogLine | FindingLine
_READ = msgspec.json.Decoder(ReceiptLine)


class OpenedReceipt(msgspec.Struct, frozen=True):
    """A receipt whose signature, addressee and every line were checked."""

    envelope: Envelope
    digest: str
    head: ReceiptHead
    rows: list[RowLine]
    decisions: list[Line]
    laptops: list[LiveLaptop]
    catalog: list[CatalogEntry]
    findings: list[FindingLine]


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
    envelope = Envelope(
        format=RECEIPT,
        version=VERSION,
        sender=head.sender,
        to=head.to,
        number=head.number,
        epoch=head.epoch,
        previous=head.previous,
        payload=Payload(0, ""),
        certificate=certificate,
    )
    written = (payload.encode_line(line) for line in (counted, *lines))
    return seal(envelope, written, recipients=recipients, sign_key=keys.sign)


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
    with store.reading() as r:
        member, keys = membership(r), private_keys(r)
    if member is None or keys is None:
        raise UserError("not_enrolled", "本台账还没有接入县局，读不了回执，台账没有变化。请先接入。")
    certificate = envelope.certificate
    if (
        certificate is None
        or certificate.division != member.county.division
        or not certificate_holds(certificate, root=member.county.root)
    ):
        raise UserError(
            "not_our_county",
            "这份回执不是本台账接入的县局签发的。没有读入，台账没有变化。请查明文件的来路。",
        )
    lines = open_sealed(parts, envelope, sign_key=certificate.sign, identities=[keys.age])
    return _read(data, envelope, lines)


def _read(data: bytes, envelope: Envelope, lines: Iterator[bytes]) -> OpenedReceipt:
    first = next(lines, b"")
    payload.read_strictly(first, where="首行")
    try:
        head = msgspec.json.decode(first, type=ReceiptHead)
    except msgspec.MsgspecError as error:
        raise _damaged("首行缺内容") from error
    inner = (head.sender, head.to, head.number, head.epoch, head.previous)
    if inner != (envelope.sender, envelope.to, envelope.number, envelope.epoch, envelope.previous):
        raise UserError("head_mismatch", "回执的信封与里面的内容不是同一份。没有读入，台账没有变化。")
    found: list[ReceiptLine] = []
    for number, raw in enumerate(lines, start=2):
        payload.read_strictly(raw, where=f"第 {number} 行")
        try:
            found.append(_READ.decode(raw))
        except msgspec.MsgspecError as error:
            raise _damaged(f"第 {number} 行不认识") from error
    if len(found) != head.lines:
        raise _damaged(f"首行说有 {head.lines} 行，实有 {len(found)} 行")
    decisions = [line.change for line in found if isinstance(line, DecisionLine)]
    for change in decisions:
        body = bytes(change.body)
        if change.entity != "decisions" or revision_of(change.base, body) != change.revision:
            raise _damaged("有一条决定的版本号与内容不符")
    return OpenedReceipt(
        envelope=envelope,
        digest=envelope.payload.sha256,
        head=head,
        rows=[line for line in found if isinstance(line, RowLine)],
        decisions=decisions,
        laptops=[line.laptop for line in found if isinstance(line, LaptopLine)],
        catalog=[line.entry for line in found if isinstance(line, CatalogLine)],
        findings=[line for line in found if isinstance(line, FindingLine)],
    )


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


def _damaged(detail: str) -> UserError:
    return UserError(
        "payload_damaged", f"回执的内容不合规范：{detail}。没有读入，台账没有变化。请县局重新写一份。"
    )
