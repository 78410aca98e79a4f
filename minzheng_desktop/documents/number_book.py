"""The number book of certificates: blocks of numbers, and for every number what became of it.

A number is taken in one transaction with its print and is never given out twice; a spoilt sheet voids its number or
is printed again under it, and both stay in the log with their reason. Pages are noted as printed only when the
person says that the paper is good: until then the entry is `issued` and can be taken back with a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.documents.print_log import note_print
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

_WIDEST = 18


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the book: a number's print, with `copy` 1 for the first and its state issued, printed or void."""

    id: str
    kind: str
    number: str
    record: str | None
    copy: int
    state: str
    at: str
    by: str | None
    reason: str | None


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A block of numbers: `prefix` and then `width` digits from `first` to `last`; `left` are not given out yet."""

    id: str
    kind: str
    prefix: str
    width: int
    first: int
    last: int
    left: int


def add_block(w: Writing, kind: str, *, prefix: str, width: int, first: int, last: int) -> str:
    """Take a block of numbers into the book; returns its id.

    Raises UserError block_range for an impossible block, block_overlap when numbers of it are in the book already.
    """
    if first < 1 or last < first or not 1 <= width <= _WIDEST or len(str(last)) > width:
        raise UserError(
            "block_range", "号段的起号、止号或位数不对，没有登记。止号不小于起号，位数要写得下止号。"
        )
    b = schema.number_blocks.c
    clash = w.one(
        sa.select(schema.number_blocks).where(
            b.kind == kind, b.prefix == prefix, b.first <= last, b.last >= first, b.state != "void"
        )
    )
    if clash is not None:
        taken = f"{prefix}{clash['first']:0{clash['width']}d}—{clash['last']:0{clash['width']}d}"
        raise UserError("block_overlap", f"号段与已登记的 {taken} 重叠，没有登记。请核对县里发的号段。")
    block = new_id()
    w.insert(
        "number_blocks",
        [{"id": block, "kind": kind, "prefix": prefix, "width": width, "first": first, "last": last,
          "next": first, "state": "open"}],
    )  # fmt: skip
    return block


def blocks(r: Reading, kind: str) -> list[Block]:
    """The blocks of a kind in the order in which they are used up."""
    b = schema.number_blocks
    rows = r.rows(sa.select(b).where(b.c.kind == kind, b.c.state != "void").order_by(b.c.prefix, b.c.first))
    return [
        Block(
            id=row["id"], kind=kind, prefix=row["prefix"], width=row["width"], first=row["first"], last=row["last"],
            left=row["last"] - row["next"] + 1,
        )
        for row in rows
    ]  # fmt: skip


def take_number(w: Writing, kind: str) -> str:
    """The next free number of a kind. Raises UserError no_numbers when every block is used up."""
    for block in blocks(w, kind):
        if block.left < 1:
            continue
        number = block.last - block.left + 1
        state = "used" if block.left == 1 else "open"
        w.update("number_blocks", {"next": number + 1, "state": state}, schema.number_blocks.c.id == block.id)
        return f"{block.prefix}{number:0{block.width}d}"
    raise UserError("no_numbers", "号段已经用完，没有编号。请登记县里新发的号段再打印。")


def entries(r: Reading, kind: str, *, number: str = "", record: str = "") -> list[Entry]:
    """Lines of the book in the order in which they were written, of one number or record where given."""
    p = schema.prints
    query = sa.select(p).where(p.c.kind == kind)
    if number:
        query = query.where(p.c.number == number)
    if record:
        query = query.where(p.c.record == record)
    return [_entry(row) for row in r.rows(query.order_by(p.c.at, p.c.id))]


def issue(
    w: Writing, kind: str, data: bytes, *, form: str, record: str, number: str, reason: str | None = None
) -> str:
    """Note that a certificate page is going to the printer; returns the entry's id.

    The first page of a number needs no reason; every further one is a reprint and needs one. A number that another
    record holds, or that is void, is refused. Raises UserError number_missing, number_taken, number_void,
    reason_missing.
    """
    if not number:
        raise UserError("number_missing", "这份证还没有编号，没有打印。先填县里给的证号。")
    known = entries(w, kind, number=number)
    if any(entry.record != record for entry in known):
        raise UserError("number_taken", f"证号 {number} 已经用在另一份证上，没有打印。请核对证号。")
    if any(entry.state == "void" and entry.copy == 0 for entry in known):
        raise UserError("number_void", f"证号 {number} 已经作废，没有打印。请换新的证号。")
    good = [entry for entry in known if entry.state != "void"]
    if good and not (reason or "").strip():
        raise UserError(
            "reason_missing", f"证号 {number} 已经打印过 {len(good)} 次，重打要写明原因。没有打印。"
        )
    copy = max((entry.copy for entry in known), default=0) + 1
    row = note_print(w, kind, data, form=form, record=record, number=number, copy=copy, reason=reason)
    w.update("prints", {"state": "issued"}, schema.prints.c.id == row)
    return row


def confirm(w: Writing, entry: str) -> None:
    """The paper is good: the entry counts as printed."""
    w.update("prints", {"state": "printed"}, schema.prints.c.id == entry, schema.prints.c.state == "issued")


def spoil(w: Writing, entry: str, *, reason: str) -> None:
    """This sheet is spoilt; its number may be printed again. Raises UserError reason_missing."""
    _need(reason, "作废这张纸")
    w.update("prints", {"state": "void", "reason": reason.strip()}, schema.prints.c.id == entry)


def void_number(w: Writing, kind: str, number: str, *, record: str | None, reason: str) -> str:
    """Strike a number for good: every print of it becomes void and it is never used again."""
    _need(reason, "作废证号")
    w.update("prints", {"state": "void"}, schema.prints.c.kind == kind, schema.prints.c.number == number)
    row_id = new_id()
    w.insert(
        "prints",
        [{"id": row_id, "kind": kind, "form": None, "record": record, "batch": None, "number": number, "copy": 0,
          "state": "void", "at": w.at, "by": w.user, "digest": None, "reason": reason.strip(), "more": {}}],
    )  # fmt: skip
    w.detail |= {"number": number, "reason": reason.strip()}
    return row_id


def _need(reason: str, what: str) -> None:
    if not reason.strip():
        raise UserError("reason_missing", f"{what}要写明原因，没有作废。")


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(**{name: row[name] for name in Entry.__struct_fields__})
