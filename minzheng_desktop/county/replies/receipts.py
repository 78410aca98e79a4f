"""Writing receipts: sealed to the township's laptop, from what the county's database holds of the package now."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop import __version__
from minzheng_desktop.county.keys.enrolments import confirm_restored, county_keys, live_laptops
from minzheng_desktop.county.receiving.chains import gaps
from minzheng_desktop.county.receiving.senders import Position, position_of, refusals_of, standing_of
from minzheng_desktop.county.replies.down import down_lines, readable_lines, schema_of
from minzheng_desktop.exchange.down.receipt import (
    APPLIED,
    RESUME,
    STANDING,
    SUFFIX,
    PackageMark,
    ReceiptHead,
    ReceiptLine,
    RowLine,
    Tallies,
    seal_receipt,
)
from minzheng_desktop.exchange.files.envelope import Party
from minzheng_desktop.exchange.files.package import AuditHead, Sealed
from minzheng_desktop.exchange.sending.compare import digest_rows
from minzheng_desktop.exchange.sending.delivery import Delivered, Item, deliver, try_places, usable
from minzheng_desktop.store import copies, schema
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.files import CopyStep
    from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Reading

_laptops = schema.laptops.c
_KEPT = "县库没有变化，回执没有写成"


def write_receipt(store: Store, package: str, folder: Path) -> Path:
    """Write the receipt of an applied package (its id) into `folder` and return the file.

    Touches no row but the register of copies. UserError when the laptop is revoked or
    the folder cannot be written.
    """
    what, data = _sealed(store, package)
    return copies.write_copy(store, what, data, folder, kept=_KEPT)


def hand_out_receipt(
    store: Store, package: str, folders: Sequence[Path]
) -> Generator[CopyStep, None, list[Delivered]]:
    """The same receipt to several destinations, each tried before; a failing one is told and spoils no other.

    Raises UserError as `write_receipt` does, for the destinations only when none of them took it.
    """
    what, data = _sealed(store, package)
    to = try_places(store, folders, files={what.name: len(data)}, kept=_KEPT)
    item = Item(what, len(data), lambda: data, replace=True)
    return usable((yield from deliver(store, [item], to, kept=_KEPT)))


def _sealed(store: Store, package: str) -> tuple[copies.Outgoing, bytes]:
    with store.reading() as r:
        row = r.one(sa.select(schema.packages).where(schema.packages.c.id == package))
        if row is None:
            raise UserError("no_such_package", "没有收过这个包，没有写回执。请刷新后再看。")
        laptop = _laptop(r, row["laptop"])
        counts = row["counts"]
        sealed = _seal(
            r,
            laptop,
            status=APPLIED,
            package=PackageMark(row["number"], row["epoch"], counts["envelope"]),
            audit_head=msgspec.convert(counts["audit"], AuditHead),
            tallies=msgspec.convert(counts["tallies"], Tallies),
            rows=msgspec.convert(counts["rows"], list[RowLine]),
        )
    name = f"{row['division']}{laptop['letter']}_{row['number']:04d}{SUFFIX}"
    lines = sum(count["rows"] for count in counts["announced"].values())
    return _outgoing(name, laptop, row["number"], lines=lines), sealed.data


def write_resume(store: Store, laptop: str, folder: Path) -> Path:
    """Confirm that a laptop (id or serial) was restored, and write the receipt with which it goes on.

    Its next package has to follow the last one that was applied here, in whatever new epoch.
    """
    sender = confirm_restored(store, laptop)
    position = sender.position
    with store.reading() as r:
        mark = PackageMark(position.number, position.epoch, position.envelope)
        sealed = _seal(
            r, sender.row, status=RESUME, package=mark, audit_head=AuditHead(0, ""), tallies={}, rows=[]
        )
    name = f"{sender.row['division']}{sender.row['letter']}_{position.number:04d}_恢复{SUFFIX}"
    what = _outgoing(name, sender.row, position.number)
    return copies.write_copy(store, what, sealed.data, folder, kept="确认已记下，回执没有写成")


def _outgoing(name: str, laptop: dict[str, Any], number: int, *, lines: int | None = None) -> copies.Outgoing:
    """A receipt as the register of copies has it; `lines` are those of the package that it answers."""
    more = {"letter": laptop["letter"]}
    return copies.Outgoing("receipt", name, laptop["division"], number, lines, more)


def write_standing(store: Store, laptop: str, folder: Path) -> Path:
    """Write how a laptop's chain stands here: the last package applied, those that wait, are missing, were refused.

    It touches no row. UserError when the laptop is not in use or the folder cannot be written.
    """
    with store.reading() as r:
        row = _laptop(r, laptop)
        position = position_of(row)
        mark = PackageMark(position.number, position.epoch, position.envelope)
        sealed = _seal(
            r, row, status=STANDING, package=mark, audit_head=AuditHead(0, ""), tallies={}, rows=[]
        )
    name = f"{row['division']}{row['letter']}_{position.number:04d}_情况{SUFFIX}"
    what = _outgoing(name, row, position.number)
    return copies.write_copy(store, what, sealed.data, folder, kept="县库没有变化，回执没有写成")


def _laptop(r: Reading, laptop: str) -> dict[str, Any]:
    row = r.one(sa.select(schema.laptops).where(_laptops.id == laptop))
    if row is None or row["state"] != "registered":
        raise UserError("revoked", "写这个包的电脑已经停用，没有写回执。需要再用请重新发接入文件。")
    return row


def _seal(
    r: Reading,
    laptop: dict[str, Any],
    *,
    status: str,
    package: PackageMark,
    audit_head: AuditHead,
    tallies: Tallies,
    rows: list[RowLine],
) -> Sealed:
    county = county_keys(r)
    site, division = r.store.site, laptop["division"]
    position: Position = position_of(laptop)
    live = live_laptops(r, division)
    gap = next((one for one in gaps(r) if one.laptop == laptop["id"]), None)
    head = ReceiptHead(
        sender=Party(site.division, site.laptop, site.letter),
        to=Party(division, laptop["id"], laptop["letter"]),
        number=max(1, package.number),
        epoch=package.epoch,
        previous="",
        made_at=now_text(),
        program=__version__,
        status=status,
        package=package,
        last=PackageMark(position.number, position.epoch, position.envelope),
        audit=audit_head,
        standing=standing_of(r),
        tallies=tallies,
        lines=0,
        waiting=gap.here if gap else (),
        missing=gap.missing if gap else (),
        refused=refusals_of(laptop),
        holds=digest_rows(r, division) if status == RESUME else {},
    )
    lines: list[ReceiptLine] = [
        *rows,
        *readable_lines(down_lines(r, division), schema_of(r, laptop["id"])),
    ]
    recipients = [one.age for one in live]
    return seal_receipt(head, lines, certificate=county.certificate, keys=county.keys, recipients=recipients)
