"""The township's chain of packages: what was packed, what the county acknowledged, and the copies on sticks.

Sealed bytes are written to the outbox beside the database and flushed, then number, digest and range are
committed in one transaction: the same number is the same bytes for ever (age is not deterministic, a package
built again would look like a fork). The stick gets a verified copy. With nothing new, an export copies again
what the county has not acknowledged and the stick does not have.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop import __version__
from minzheng_desktop.exchange.files.enrolment import (
    Membership,
    live_recipients,
    membership,
    private_keys,
)
from minzheng_desktop.exchange.files.envelope import PACKAGE, VERSION, Envelope, Party, Payload
from minzheng_desktop.exchange.files.keys import PrivateKeys
from minzheng_desktop.exchange.files.package import AuditHead, Count, Head, Sealed, seal_package
from minzheng_desktop.exchange.files.packing import each_file, select_files, sent_files
from minzheng_desktop.exchange.sending import outbox
from minzheng_desktop.exchange.sending.delivery import (
    Delivered,
    deliver,
    refuse_other_bytes,
    try_places,
    usable,
)
from minzheng_desktop.exchange.sending.position import (
    Chain,
    enter_package,
    file_name,
    is_paused,
    keep_chain,
    read_chain,
)
from minzheng_desktop.exchange.sending.settling import settle, told_of
from minzheng_desktop.exchange.sending.trouble import why_paused
from minzheng_desktop.exchange.tables import EXPORTED_TABLES, MONEY
from minzheng_desktop.store import audit, copies, schema
from minzheng_desktop.store.files import CopyStep
from minzheng_desktop.store.shelf import OFFERED
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

__all__ = [
    "Chain",
    "Exported",
    "cents_of",
    "count_lines",
    "export",
    "exporting",
    "file_name",
    "is_paused",
    "keep_chain",
    "read_chain",
    "unpacked_changes",
    "why_paused",
]

_outbox = schema.outbox.c
_versions = schema.versions.c


class Exported(msgspec.Struct, frozen=True):
    """What an export did, and in `said` what it did by itself and why.

    `file` is None when nothing new was packed; `recopied` are packages copied again.

    `attachments` went along; `missing` could not, their files being lost or damaged. `waiting` changes did not
    fit beside their attachments and go with the next export. `places` says what each destination got.
    """

    file: Path | None
    number: int | None
    changes: int
    counts: dict[str, Count]
    recopied: tuple[Path, ...]
    attachments: int = 0
    missing: int = 0
    waiting: int = 0
    places: tuple[Delivered, ...] = ()
    said: tuple[str, ...] = ()


class _Plan(msgspec.Struct, frozen=True):
    member: Membership
    keys: PrivateKeys
    chain: Chain
    lines: list[Line]
    counts: dict[str, Count]
    to_seq: int
    audit: AuditHead
    recipients: list[str]
    catalog: dict[str, str]
    blobs: tuple[str, ...]
    missing: int
    waiting: int
    tells: bool


def export(store: Store, *, out: Path | Sequence[Path], resend: int | None = None) -> Exported:
    """Pack what changed since the last export and copy it to the folder `out`, or to several.

    `resend` copies that number again and packs nothing. Raises UserError when the database is not enrolled,
    the exchange pauses after a restore, the number is unknown, or no destination takes the files; of several, those
    that do not are told in `Exported.places`. Destinations are tried before anything is packed.
    """
    steps = exporting(store, out=out, resend=resend)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: Exported = end.value
            return made


def exporting(
    store: Store, *, out: Path | Sequence[Path], resend: int | None = None
) -> Generator[CopyStep, None, Exported]:
    """`export` step by step; closing it stops the copying, what is packed stays packed."""
    folders = [out] if isinstance(out, Path) else list(out)
    copies.settle(store)
    if resend is not None:
        return (yield from _resend(store, resend, folders))
    said = settle(store, folders)
    plan = _plan(store)
    to = try_places(store, folders, files={}, kept=outbox.KEPT)
    again = outbox.waiting_items(store, plan.chain.epoch)
    if (
        not plan.lines and not plan.tells and (plan.member.registered or plan.chain.last_number)
    ):  # else the county has to meet us, or to hear that its bulletin was read
        done = usable((yield from deliver(store, again, to, kept=outbox.KEPT)))
        recopied = _paths(done, but="")
        told = (*said, *told_of(store, plan.chain, recopied))
        return Exported(None, None, 0, {}, recopied, places=tuple(done), said=told)
    number = plan.chain.last_number + 1
    sealed = _seal(store, plan, number)
    name = file_name(store.site.division, store.site.letter, number, mark=plan.chain.mark)
    sizes = {one.what.name: one.size for one in again} | {name: len(sealed.data)}
    to = try_places(store, folders, files=sizes, kept=outbox.KEPT)
    to = usable([refuse_other_bytes(one, name, sealed.data, kept=outbox.KEPT) for one in to])
    outbox.keep(store, plan.chain.epoch, name, sealed.data)
    row = _commit(store, plan, number, name, sealed)
    kept = f"第 {number:04d} 号包已存在本机，台账没有变化"
    done = usable((yield from deliver(store, [*again, outbox.item(store, row)], to, kept=kept)))
    return Exported(
        *(_first(done, name), number, len(plan.lines), plan.counts, _paths(done, but=name)),
        attachments=len(plan.blobs),
        missing=plan.missing,
        waiting=plan.waiting,
        places=tuple(done),
        said=(*said, *told_of(store, plan.chain, _paths(done, but=name))),
    )


def _first(done: Sequence[Delivered], name: str) -> Path | None:
    return next(
        (path for one in done for path in (*one.written, *one.mended, *one.same) if path.name == name), None
    )


def _paths(done: Sequence[Delivered], *, but: str) -> tuple[Path, ...]:
    return tuple(path for one in done for path in (*one.written, *one.mended) if path.name != but)


def tells_reading(r: Reading) -> bool:
    """Whether a bulletin was read that no package has told of yet: the next one does, even with nothing else in it."""
    b, chain = schema.bulletins.c, read_chain(r)
    newest = r.scalar(sa.select(sa.func.max(b.standing)).where(b.division == r.store.site.division))
    last = r.one(
        sa.select(_outbox.more).where(_outbox.epoch == chain.epoch, _outbox.number == chain.last_number)
    )
    return bool(newest) and (last is None or int(newest) > int(last["more"].get("seen", 0)))


def unpacked_changes(r: Reading) -> int:
    """How many changes the next export would pack."""
    chain = read_chain(r)
    if chain.compared_to > chain.packed_to:
        rows = r.connection.execute(
            sa.select(_versions.seq, _versions.entity, _versions.id).where(*_unpacked(r))
        )
        return sum(not chain.holds_back(*row) for row in rows)
    return int(r.scalar(sa.select(sa.func.count()).select_from(schema.versions).where(*_unpacked(r))) or 0)


def _unpacked(r: Reading) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _versions.seq > read_chain(r).packed_to,
        _versions.origin == r.store.site.laptop,
        _versions.entity.in_(EXPORTED_TABLES),
    )


def _plan(store: Store) -> _Plan:
    with store.reading() as r:
        member, keys = membership(r), private_keys(r)
        if member is None or keys is None:
            raise UserError(
                "not_enrolled", "本台账还没有接入县局，没有写出上报包。请先用县局发的接入文件接入。"
            )
        if is_paused(r):
            raise UserError("exchange_paused", f"没有写出上报包。{why_paused(r)}")
        chain = read_chain(r)
        to_seq = r.change_number()
        packed = select_files(store, _changes(r), sent=sent_files(r, packed_to=chain.packed_to))
        to_seq = to_seq if packed.to_seq is None else packed.to_seq
        lines = packed.lines
        length, head = audit.head_of(r.connection)
        county = member.county
        own = keys.public.age
        return _Plan(
            member=member,
            keys=keys,
            chain=chain,
            lines=lines,
            counts=count_lines(lines),
            to_seq=to_seq,
            audit=AuditHead(length, head),
            recipients=[county.age, county.recovery, own, *live_recipients(r, store.site.division)],
            catalog=_catalog_in_use(r),
            blobs=packed.blobs,
            missing=packed.missing,
            waiting=packed.waiting,
            tells=tells_reading(r),
        )


def _changes(r: Reading) -> list[tuple[int, Line]]:
    """What the next export may pack, with sequence numbers, in the order in which it is packed."""
    chain = read_chain(r)
    place = {name: number for number, name in enumerate(EXPORTED_TABLES)}
    found = r.connection.execute(
        sa.select(
            *(_versions.entity, _versions.id, _versions.revision, _versions.base),
            *(_versions.at, _versions.by, _versions.body, _versions.seq),
        ).where(*_unpacked(r))
    ).all()
    return [
        (
            row.seq,
            Line(
                entity=row.entity,
                id=row.id,
                revision=row.revision,
                base=row.base,
                at=row.at,
                by=row.by,
                body=msgspec.Raw(row.body.encode()),
            ),
        )
        for row in sorted(found, key=lambda row: (place[row.entity], row.seq))
        if not chain.holds_back(row.seq, row.entity, row.id)
    ]


_AMOUNTS = {
    table: msgspec.json.Decoder(msgspec.defstruct(table, [(column, int | None, None)]))
    for table, column in MONEY.items()
}


def cents_of(line: Line) -> int:
    """The cents of a line's money column; 0 for tables without one."""
    decoder = _AMOUNTS.get(line.entity)
    if decoder is None:
        return 0
    amount: int | None = getattr(decoder.decode(line.body), MONEY[line.entity])
    return amount or 0


def count_lines(lines: Sequence[Line]) -> dict[str, Count]:
    """Lines and cents per table."""
    counts: dict[str, Count] = {}
    for line in lines:
        counts[line.entity] = counts.get(line.entity, Count()).plus(cents_of(line))
    return counts


def _catalog_in_use(r: Reading) -> dict[str, str]:
    c = schema.catalog.c
    return {
        f"{row['origin']}/{row['kind']}/{row['key']}": str(row["version"])
        for row in r.rows(
            sa.select(c.kind, c.key, c.version, c.origin)
            .where(c.origin.not_in(("shipped", OFFERED)))
            .order_by(c.version)
        )
    }


def _seal(store: Store, plan: _Plan, number: int) -> Sealed:
    site, county = store.site, plan.member.county
    sender = Party(site.division, site.laptop, site.letter)
    to = Party(county.division, "")
    head = Head(
        sender=sender,
        to=to,
        number=number,
        epoch=plan.chain.epoch,
        previous=plan.chain.last_envelope,
        made_at=now_text(),
        program=__version__,
        schema=schema.SCHEMA_NUMBER,
        counts=plan.counts,
        blobs=len(plan.blobs),
        audit=plan.audit,
        catalog=plan.catalog,
        seen=plan.member.last_receipt,
    )
    envelope = Envelope(
        format=PACKAGE,
        version=VERSION,
        sender=sender,
        to=to,
        number=number,
        epoch=plan.chain.epoch,
        previous=plan.chain.last_envelope,
        payload=Payload(0, ""),
        registration=None if plan.member.registered else plan.member.registration,
    )
    return seal_package(
        envelope,
        head,
        plan.lines,
        each_file(store, plan.blobs),
        recipients=plan.recipients,
        sign_key=plan.keys.sign,
    )


def _commit(store: Store, plan: _Plan, number: int, name: str, sealed: Sealed) -> dict[str, Any]:
    """Number, digest and range in one transaction; returns the row of the outbox."""
    detail = {"number": number, "file": name, "sha256": sealed.digest, "changes": len(plan.lines)}
    if plan.blobs or plan.missing:
        detail |= {"attachments": len(plan.blobs), "missing_attachments": plan.missing}
    with store.writing("export", detail) as w:
        if read_chain(w) != plan.chain:
            raise UserError("changed_meanwhile", "另一处刚写出过上报包。这次没有写出，请再做一次。")
        seen = plan.member.last_receipt
        return enter_package(
            w, plan.chain, sealed, name=name, to_seq=plan.to_seq, counts=plan.counts, seen=seen
        )


def _resend(store: Store, number: int, folders: Sequence[Path]) -> Generator[CopyStep, None, Exported]:
    with store.reading() as r:
        rows = r.rows(
            sa.select(schema.outbox).where(_outbox.number == number).order_by(_outbox.at.desc()).limit(1)
        )
    if not rows:
        raise UserError("no_such_package", f"没有写过第 {number} 号包，没有重发。请看“上报与下发”里的编号。")
    item = outbox.item(store, rows[0])
    to = try_places(store, folders, files={item.what.name: item.size}, kept=outbox.KEPT)
    done = usable((yield from deliver(store, [item], to, kept=outbox.KEPT)))
    counts = msgspec.convert(rows[0]["counts"], dict[str, Count])
    changes = sum(count.rows for count in counts.values())
    return Exported(_first(done, item.what.name), number, changes, counts, (), places=tuple(done))
