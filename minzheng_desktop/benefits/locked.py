"""A locked batch read back as the plan it was: items, lists and bridge from the frozen rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.amounts import CalculationStep, RateUse
from minzheng_desktop.benefits.months import number_of, text_of
from minzheng_desktop.benefits.plans import (
    COLUMN_OF_PATH,
    AccountChange,
    BatchPlan,
    Blocked,
    Bridge,
    Carried,
    Change,
    ChangeKind,
    PendingAdjust,
    PlannedItem,
)  # fmt: skip
from minzheng_desktop.benefits.settlement import Kind, Line
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import Reading
from minzheng_desktop.values.errors import Problem


class Shown(msgspec.Struct, frozen=True):
    """What a locked batch keeps of its plan beside its items. 新增 and 变动 stand in the items themselves."""

    bridge: Bridge
    stopped: tuple[Change, ...] = ()
    accounts_changed: tuple[AccountChange, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    carried: tuple[Carried, ...] = ()
    pending_adjusts: tuple[PendingAdjust, ...] = ()
    notes: tuple[Problem, ...] = ()


LONGEST_LIST = 1000
"""Lines of one list that a locked batch keeps: its row must fit into one line of a package."""


def shown_of(plan: BatchPlan) -> dict[str, Any]:
    """The lists of a plan as a locked batch keeps them, each cut at LONGEST_LIST lines."""
    found: dict[str, Any] = {"bridge": msgspec.to_builtins(plan.bridge)}
    for name in Shown.__struct_fields__:
        if name != "bridge" and (lines := getattr(plan, name)):
            found[name] = msgspec.to_builtins(lines[:LONGEST_LIST])
    return found


def find_batch(r: Reading, *, form: str, month: str, kind: Kind = "regular") -> dict[str, Any] | None:
    """The row of the locked batch of a form, month and kind (the latest of several), or None."""
    b = schema.payment_batches
    return r.one(
        sa.select(b)
        .where(
            b.c.form == form, b.c.month == month, b.c.kind == kind, b.c.void == 0,
            b.c.owner == r.store.site.division,
        )
        .order_by(b.c.locked_at.desc(), b.c.id.desc())
    )  # fmt: skip


def load_locked(
    r: Reading, form: Form, *, month: str, length: int, kind: Kind = "regular"
) -> BatchPlan | None:
    """The locked batch of a form and month as a plan of state `locked`, or None."""
    batch = find_batch(r, form=form.key, month=month, kind=kind)
    if batch is None:
        return None
    i, p = schema.payment_items, schema.people
    rows = r.rows(
        sa.select(i, p.c.sex, p.c.birth_date)
        .outerjoin(p, p.c.id == i.c.person)
        .where(i.c.batch == batch["id"], i.c.void == 0)
        .order_by(i.c.id)
    )
    shown = msgspec.convert(batch["more"]["shown"], Shown)
    items = tuple(item_of(row) for row in rows)
    return BatchPlan(
        form=form.key,
        title=form.title,
        month=month,
        period_from=text_of(number_of(month) - length + 1),
        period_to=month,
        kind=kind,
        state="locked",
        items=items,
        new=_list_changes(items, "new"),
        changed=_list_changes(items, "changed"),
        total=batch["total"],
        rates=tuple(msgspec.convert(batch["more"].get("used") or (), tuple[RateUse, ...])),
        seen=r.change_number(),
        planned_at=batch["locked_at"] or "",
        batch=batch["id"],
        number=batch["number"],
        **{name: getattr(shown, name) for name in Shown.__struct_fields__},
    )


def _list_changes(items: tuple[PlannedItem, ...], kind: ChangeKind) -> tuple[Change, ...]:
    """The items of one kind of change, one line a record, whatever the number of its payees."""
    found: dict[str, Change] = {}
    for item in items:
        if item.change == kind:
            known = found.get(item.record)
            now = item.total + (known.now if known else 0)
            found[item.record] = Change(
                item.record, item.name, item.sex, item.birth_year, item.village, item.before, now, item.reason
            )
    return tuple(found.values())


def item_of(row: Mapping[str, Any]) -> PlannedItem:
    """A locked item's row as a planned item; name and id number are those of the frozen ledger row."""
    frozen = row["row"]
    ledger = {**frozen, **{path: row[name] for path, name in COLUMN_OF_PATH.items() if row[name] is not None}}
    return PlannedItem(
        **{name: row[name] for name in _COLUMNS},
        row=ledger,
        name=frozen.get("_name") or "",
        sex={"1": "男", "2": "女"}.get(row.get("sex") or "", ""),
        birth_year=(row.get("birth_date") or "")[:4],
        before=frozen.get("_before") or 0,
        rate=frozen.get("_rate") or 0,
        label=frozen.get("_label") or "",
        term=frozen.get("_term") or "",
        lines=tuple(Line(number_of(month), part, cents) for month, part, cents in row["lines"]),
        steps=tuple(CalculationStep(**step) for step in row["steps"]),
        id_number=frozen.get("_id_number"),
    )


_COLUMNS = (
    "record", "person", "household", "village", "month", "period_from", "period_to", "months", "base", "extra",
    "backpay", "deduct", "total", "payee", "account_number", "account_name", "account_bank", "change", "reason",
)  # fmt: skip
