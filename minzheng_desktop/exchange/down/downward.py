"""What the county sends down, the same in a receipt and in a bulletin: its lines, and proving who wrote them.

Decisions and rulings as change lines, live laptops, the county's catalogue, findings. A line of a kind that this
program does not know is kept and told, never a reason to refuse the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from minzheng_desktop.exchange.down.offered import CatalogEntry
from minzheng_desktop.exchange.down.told import FindingLine
from minzheng_desktop.exchange.files import payload
from minzheng_desktop.exchange.files.bodies import read_change
from minzheng_desktop.exchange.files.container import Parts
from minzheng_desktop.exchange.files.enrolment import LiveLaptop, membership, private_keys
from minzheng_desktop.exchange.files.envelope import VERSION, Envelope, Party, Payload
from minzheng_desktop.exchange.files.keys import CountyCertificate, certificate_holds, is_older
from minzheng_desktop.exchange.files.package import BlobPart, join_blobs, open_sealed
from minzheng_desktop.exchange.tables import COUNTY_TABLES, TABLE_TITLES
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.dates import is_moment
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store


class FileHead(Protocol):
    """What the first line of every file of the county says."""

    @property
    def sender(self) -> Party: ...
    @property
    def to(self) -> Party: ...
    @property
    def number(self) -> int: ...
    @property
    def epoch(self) -> str: ...
    @property
    def previous(self) -> str: ...
    @property
    def made_at(self) -> str: ...


H = TypeVar("H", bound=FileHead)
R = TypeVar("R", bound=msgspec.Struct)


class DecisionLine(msgspec.Struct, frozen=True, tag_field="t", tag="decision"):
    """A decision of the county, as a version of its row; under this name since the first receipts."""

    change: Line


class ChangeLine(msgspec.Struct, frozen=True, tag_field="t", tag="change"):
    """A version of a row of any of COUNTY_TABLES."""

    change: Line


class LaptopLine(msgspec.Struct, frozen=True, tag_field="t", tag="laptop"):
    """A live laptop of the division."""

    laptop: LiveLaptop


class CatalogLine(msgspec.Struct, frozen=True, tag_field="t", tag="catalog"):
    """An entry of the county's catalogue."""

    entry: CatalogEntry


class MovedLine(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag="moved"):
    """A version of a row of a household that moves here, as its township wrote it; `beside` for somebody whom its
    records name and who does not move."""

    change: Line
    beside: bool = False


class BlobLine(msgspec.Struct, frozen=True, tag_field="t", tag="blob"):
    """A piece of the sealed file of an attachment that moves here."""

    piece: BlobPart


DownLine = DecisionLine | ChangeLine | LaptopLine | CatalogLine | FindingLine | MovedLine | BlobLine


class Downward(msgspec.Struct, frozen=True):
    """What came down. `unknown` are the lines, as they stand in the file, whose kind this program does not know."""

    certificate: CountyCertificate
    changes: list[Line]
    laptops: list[LiveLaptop]
    catalog: list[CatalogEntry]
    findings: list[FindingLine]
    unknown: list[str]
    moved: list[MovedLine] = []
    blobs: dict[str, bytes] = {}

    def changes_of(self, table: str) -> list[Line]:
        """The change lines of one table, in the order of the file."""
        return [change for change in self.changes if change.entity == table]


class _Tag(msgspec.Struct):
    t: str


_tag = msgspec.json.Decoder(_Tag).decode
_read_down = msgspec.json.Decoder(DownLine)
_KINDS = {
    str(kind.__struct_config__.tag): kind
    for kind in (DecisionLine, ChangeLine, LaptopLine, CatalogLine, FindingLine, MovedLine, BlobLine)
}


def change_line(change: Line) -> DownLine:
    """The line in which a row of the county travels."""
    return DecisionLine(change) if change.entity == "decisions" else ChangeLine(change)


def open_from_county(
    store: Store, parts: Parts, envelope: Envelope, *, what: str
) -> tuple[CountyCertificate, Iterator[bytes]]:
    """Prove that our county wrote the file (`what` names it: 回执, 下发包) and yield its lines.

    UserError when this database is not enrolled, the certificate is not of the pinned root, or the file is altered
    or not for us.
    """
    with store.reading() as r:
        member, keys = membership(r), private_keys(r)
    if member is None or keys is None:
        raise UserError("not_enrolled", f"本台账还没有接入县局，读不了{what}，台账没有变化。请先接入。")
    certificate = envelope.certificate
    if (
        certificate is None
        or certificate.division != member.county.division
        or not certificate_holds(certificate, root=member.county.root)
    ):
        raise UserError(
            "not_our_county",
            f"这份{what}不是本台账接入的县局签发的。没有读入，台账没有变化。请查明文件的来路。",
        )
    if is_older(certificate, member.county):
        raise UserError(
            "old_county_key",
            f"这份{what}是用县局换掉了的旧密钥签的。没有读入，台账没有变化。请县局重新写一份。",
        )
    return certificate, open_sealed(parts, envelope, sign_key=certificate.sign, identities=[keys.age])


def envelope_from_county(head: FileHead, certificate: CountyCertificate, *, kind: str) -> Envelope:
    """The envelope of a file of the county; its payload is filled in when it is sealed."""
    return Envelope(
        format=kind,
        version=VERSION,
        sender=head.sender,
        to=head.to,
        number=head.number,
        epoch=head.epoch,
        previous=head.previous,
        payload=Payload(0, ""),
        certificate=certificate,
    )


def read_head(first: bytes, kind: type[H], *, what: str) -> H:
    """The first line of the file. UserError `payload_damaged`."""
    payload.read_strictly(first, where="首行")
    try:
        head = msgspec.json.decode(first, type=kind)
    except msgspec.MsgspecError as error:
        raise damaged(what, "首行缺内容") from error
    if not is_moment(head.made_at):
        raise damaged(what, "首行的时间不对")
    return head


def require_same(head: FileHead, envelope: Envelope, *, what: str) -> None:
    """UserError `head_mismatch` unless the head (sender, to, number, epoch, previous) repeats the envelope."""
    inner = (head.sender, head.to, head.number, head.epoch, head.previous)
    if inner != (envelope.sender, envelope.to, envelope.number, envelope.epoch, envelope.previous):
        raise UserError(
            "head_mismatch", f"{what}的信封与里面的内容不是同一份。没有读入，台账没有变化。请县局重新写一份。"
        )


def read_lines(
    lines: Iterable[bytes],
    certificate: CountyCertificate,
    *,
    announced: int,
    what: str,
    also: type[R] | None = None,
) -> tuple[Downward, list[R]]:
    """All lines after the head: what comes down, and the lines of the kind `also`, which only this file has.

    UserError `payload_damaged` when a line of a known kind is not in order or their number is not the announced one.
    """
    own_tag = "" if also is None else str(also.__struct_config__.tag)
    found: list[DownLine] = []
    own: list[R] = []
    unknown: list[str] = []
    number = 1
    for number, raw in enumerate(lines, start=2):
        payload.read_strictly(raw, where=f"第 {number} 行")
        try:
            tag = _tag(raw).t
            if also is not None and tag == own_tag:
                own.append(msgspec.json.decode(raw, type=also))
            elif tag in _KINDS:
                found.append(_read_down.decode(raw))
            else:
                unknown.append(raw.decode())
        except msgspec.MsgspecError as error:
            raise damaged(what, f"第 {number} 行不认识") from error
    if number - 1 != announced:
        raise damaged(what, f"首行说有 {announced} 行，实有 {number - 1} 行")
    changes = [line.change for line in found if isinstance(line, DecisionLine | ChangeLine)]
    kept: list[Line] = []
    for change in changes:
        if _is_known(change):
            kept.append(change)
        else:
            unknown.append(msgspec.json.encode(ChangeLine(change)).decode())
    moved = [line for line in found if isinstance(line, MovedLine)]
    for change in [*kept, *(line.change for line in moved)]:
        try:
            read_change(payload.encode_line(change))
        except UserError as error:
            title = TABLE_TITLES.get(change.entity, change.entity)
            raise damaged(what, f"{title}“{change.id}”的内容或版本号不对") from error
    down = Downward(
        certificate=certificate,
        changes=kept,
        laptops=[line.laptop for line in found if isinstance(line, LaptopLine)],
        catalog=[line.entry for line in found if isinstance(line, CatalogLine)],
        findings=[line for line in found if isinstance(line, FindingLine)],
        unknown=unknown,
        moved=moved,
        blobs=join_blobs([line.piece for line in found if isinstance(line, BlobLine)]),
    )
    return down, own


def _is_known(change: Line) -> bool:
    """True for a row of COUNTY_TABLES all of whose columns this program has."""
    if change.entity not in COUNTY_TABLES:
        return False
    body = msgspec.json.decode(change.body)
    return isinstance(body, dict) and body.keys() <= set(schema.body_columns(schema.EXPORTED[change.entity]))


def damaged(what: str, detail: str) -> UserError:
    """The refusal of a file of the county whose contents break the rules."""
    return UserError(
        "payload_damaged", f"{what}的内容不合规范：{detail}。没有读入，台账没有变化。请县局重新写一份。"
    )


def encode_lines(head: object, lines: Sequence[object]) -> Iterator[bytes]:
    """The lines of the payload, the head first."""
    return (payload.encode_line(line) for line in (head, *lines))
