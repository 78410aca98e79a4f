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
from minzheng_desktop.exchange.files.package import AuditHead, Count, Sealed
from minzheng_desktop.exchange.judging import held, intake
from minzheng_desktop.exchange.sending.compare import digest_rows
from minzheng_desktop.exchange.sending.delivery import Delivered, Item, deliver, try_places, usable
from minzheng_desktop.exchange.tables import MONEY
from minzheng_desktop.store import copies, schema
from minzheng_desktop.store.unit import Line, Reading, chunks
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.files import CopyStep
    from minzheng_desktop.store.store import Store

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
        tallies, rows = as_now(
            r,
            package,
            msgspec.convert(counts["tallies"], Tallies),
            msgspec.convert(counts["rows"], list[RowLine]),
        )
        sealed = _seal(
            r,
            laptop,
            status=APPLIED,
            package=PackageMark(row["number"], row["epoch"], counts["envelope"]),
            audit_head=msgspec.convert(counts["audit"], AuditHead),
            tallies=tallies,
            rows=rows,
        )
    name = f"{row['division']}{laptop['letter']}_{row['number']:04d}{SUFFIX}"
    lines = sum(count["rows"] for count in counts["announced"].values())
    return _outgoing(name, laptop, row["number"], lines=lines), sealed.data


def as_now(
    r: Reading, package: str, tallies: Tallies, rows: Sequence[RowLine]
) -> tuple[Tallies, list[RowLine]]:
    """What became of a package's lines by now: those that were held when it came and have entered since are told as
    released, and count as new or changed."""
    told = [row for row in rows if row.outcome == intake.HELD]
    if not told:
        return tallies, list(rows)
    h, v = schema.held.c, schema.versions.c
    waiting = {
        (row["entity"], row["id"], msgspec.json.decode(row["line"], type=Line).revision)
        for row in r.rows(sa.select(h.entity, h.id, h.line).where(h.package == package))
    }
    open_ones = {
        (row["entity"], row["id"])
        for row in r.rows(sa.select(h.entity, h.id).where(h.why == intake.CONFLICT))
    }
    gone = {
        key
        for row in told
        if (key := (row.entity, row.id, row.revision)) not in waiting and key[:2] not in open_ones
    }
    entered: dict[tuple[str, str, str], dict[str, Any]] = {}
    for some in chunks(sorted({row_id for _, row_id, _ in gone})):
        query = sa.select(v.entity, v.id, v.revision, v.base, v.body).where(v.id.in_(some))
        for row in r.rows(query):
            entered[row["entity"], row["id"], row["revision"]] = row
    now: list[RowLine] = []
    counts = {outcome: dict(of_table) for outcome, of_table in tallies.items()}
    for line in rows:
        key = (line.entity, line.id, line.revision)
        version = entered.get(key) if line.outcome == intake.HELD and key in gone else None
        if version is None:
            now.append(line)
            continue
        why = "两份不同已有人定了。" if line.code == intake.CONFLICT else "它等的内容到了，已进县库。"
        now.append(RowLine(held.RELEASED, *key, held.RELEASED, why))
        column = MONEY.get(line.entity)
        cents = int(msgspec.json.decode(version["body"]).get(column) or 0) if column else 0
        _count(counts, intake.HELD, line.entity, -1, -cents)
        _count(counts, intake.CHANGED if version["base"] else intake.NEW, line.entity, 1, cents)
    return counts, now


def _count(counts: dict[str, dict[str, Count]], outcome: str, table: str, number: int, cents: int) -> None:
    of_table = counts.setdefault(outcome, {})
    of_table[table] = of_table.get(table, Count()) + Count(number, cents)
    if not of_table[table].rows:
        del of_table[table]


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
