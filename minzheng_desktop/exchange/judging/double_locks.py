"""重复封账: batches that wait because their month is paid already, or their laptop may not lock; a person looks.

Both batches are shown with their sums. A batch that is accepted enters with its items, although it is the second one;
one that is not stays aside, and the office that locked it corrects the money by a later batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.files.bodies import read_change
from minzheng_desktop.exchange.judging import held, intake
from minzheng_desktop.exchange.judging.row_words import RowWords
from minzheng_desktop.exchange.judging.standing import load_existing
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

_held = schema.held.c


class Batch(msgspec.Struct, frozen=True):
    """One of the two batches: amounts in cents, `letter` of the laptop that locked it."""

    number: str
    letter: str
    items: int
    total: int
    locked_at: str
    locked_by: str

    def words(self) -> str:
        """500229106-GL-202611-01：2 笔 60.00 元，A 机唐敏 2026-11-20 封账"""
        letter = f"{self.letter} 机" if self.letter else ""
        return (
            f"{self.number}：{self.items} 笔 {format_money_grouped(self.total)} 元，"
            f"{letter}{self.locked_by} {self.locked_at[:10]} 封账"
        )


class DoubleLock(msgspec.Struct, frozen=True):
    """A batch that waits, by its id, and the one that is here (None where only the right to lock is in doubt)."""

    id: str
    division: str
    town: str
    title: str
    month: str
    package: int
    waiting: Batch
    here: Batch | None

    def sentence(self) -> str:
        """Both batches with their sums."""
        if self.here is None:
            return f"{self.title} {self.month}：{self.waiting.words()}，但那台电脑没有锁定权。"
        return f"{self.title} {self.month} 封了两批：已有 {self.here.words()}；又来 {self.waiting.words()}。"


def list_double_locks(r: Reading, *, division: str | None = None) -> list[DoubleLock]:
    """Every batch that waits so, as they came."""
    p, words = schema.packages.c, RowWords(r)
    found = r.rows(
        sa.select(_held.division, _held.laptop, _held.id, _held.waits_for, _held.line, p.number)
        .outerjoin(schema.packages, p.id == _held.package)
        .where(_held.why == intake.DOUBLE_LOCK)
        .order_by(_held.n)
    )
    c = schema.laptops.c
    letters = {row["id"]: row["letter"] for row in r.rows(sa.select(c.id, c.letter))}
    letters[r.store.site.laptop] = r.store.site.letter
    listed = []
    for row in found:
        if division not in (None, row["division"]):
            continue
        body = msgspec.structs.asdict(read_change(row["line"].encode()).body)
        here = r.get("payment_batches", row["waits_for"]) if row["waits_for"] else None
        origin = None
        if here is not None:
            v = schema.versions.c
            origin = r.scalar(sa.select(v.origin).where(v.id == here["id"]).order_by(v.seq).limit(1))
        listed.append(
            DoubleLock(
                id=row["id"],
                division=row["division"],
                town=r.store.catalog.divisions.name(row["division"]),
                title=words.form_title(body["form"]),
                month=body["month"],
                package=row["number"] or 0,
                waiting=_batch(body, letters.get(row["laptop"], "")),
                here=_batch(here, letters.get(origin or "", "")) if here is not None else None,
            )
        )
    return listed


def accept_batch(store: Store, batch: str, *, reason: str) -> int:
    """Let a batch that waits as 重复封账 enter with its items, because a person looked; returns the lines.

    Raises UserError when none waits under this id, the reason is missing, or some of its items still wait.
    """
    if not reason.strip():
        raise UserError("reason_missing", "没有写理由，这一批没有入库。请写明为什么两批都算数。")
    with store.writing("accept_batch", {"batch": batch, "reason": reason.strip()}) as w:
        rows = w.rows(
            sa.select(schema.held)
            .where(
                sa.or_(
                    sa.and_(_held.id == batch, _held.why == intake.DOUBLE_LOCK),
                    sa.and_(_held.waits_for == batch, _held.why.in_(("reference", "batch"))),
                )
            )
            .order_by(_held.n)
        )
        if not any(row["id"] == batch for row in rows):
            raise UserError("no_such_batch", "没有这样一批在等核对（可能已经收下）。没有改动，请刷新后再看。")
        incoming = [read_change(row["line"].encode()) for row in rows]
        division = rows[0]["division"]
        plan = intake.plan_intake(
            load_existing(w, incoming), incoming, division=division, accepted=frozenset({batch})
        )
        waiting = sum(outcome == intake.HELD for outcome in plan.outcomes)
        if waiting:
            raise UserError(
                "batch_incomplete",
                f"这一批里还有 {waiting} 条等着别的内容，不能整批入库。没有改动，缺的到了再收。",
            )
        origins = {row["id"]: row["laptop"] for row in rows}
        intake.write_plan(w, plan, origin=origins.__getitem__)
        for row in rows:
            w.delete("held", _held.n == row["n"])
        held.release(w, plan, division=division)
    return len(rows)


def _batch(row: Mapping[str, Any], letter: str) -> Batch:
    return Batch(
        number=row["number"],
        letter=letter,
        items=row["item_count"],
        total=row["total"],
        locked_at=row["locked_at"] or "",
        locked_by=row["locked_by"] or "",
    )
