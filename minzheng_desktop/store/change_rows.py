"""变更记录: one row in a record's document for each decision that changes what it receives.

Source: domain §3.1③; the monthly report's 新增, 退出, 增发, 减发 are counted from these rows, not from states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.workflow import Step
from minzheng_desktop.values.ids import derived_id, new_id

TABLE = "changes"
WRITES = "write_change"
HEAD = "02"
"""GB/T 4761: 户主"""


def with_change(
    form: Form,
    step: Step,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    from_state: str,
    ground: Mapping[str, Any],
    month: str | None,
) -> dict[str, Any]:
    """The document `after` the step with the row that tells what it changed against `before`, where it is to tell.

    Amounts are cents, as the record's amount field holds them; a stop brings the amount to nothing.
    """
    if WRITES not in step.effects or TABLE not in form.tables:
        return dict(after)
    amount = form.record.get("amount", "")
    groups = {key: state.group for key, state in form.workflow.states.items()}
    entering = groups.get(from_state) in ("draft", "open")
    ending = groups[step.to] == "closed"
    old = 0 if entering else before.get(amount) or 0
    new = 0 if ending else after.get(amount) or 0
    kind = "new" if entering else "stop" if ending else _direction(old, new)
    row = {
        "key": derived_id(ground["decision"], 0) if ground.get("decision") else new_id(),
        "kind": kind,
        "ground": kind if kind in ("new", "stop") else _ground(form, before, after),
        "reason": str(ground.get("reason") or ground.get("opinion") or step.title),
        "old_amount": old,
        "new_amount": new,
        "effective_month": month,
        "document_no": ground.get("document_no"),
    }
    known = form.tables[TABLE].columns
    told = {k: v for k, v in row.items() if v is not None and (k == "key" or k in known)}
    return {**after, TABLE: [*(before.get(TABLE) or ()), told]}


def _direction(old: int, new: int) -> str:
    return "up" if new > old else "down" if new < old else "same"


def _ground(form: Form, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """户主变更 or 成员增减 where the head, the people or their number changed, else 保障金调整."""
    tables = [table.key for table in form.tables.values() if table.from_household]
    people = [
        {row.get("key") for row in doc.get(key) or () if not row.get("leave_date")}
        for key in tables
        for doc in (before, after)
    ]
    heads = [
        next((row.get("key") for row in doc.get(key) or () if row.get("relation") == HEAD), None)
        for key in tables
        for doc in (before, after)
    ]
    if any(a and b and a != b for a, b in zip(heads[::2], heads[1::2], strict=True)):
        return "head"
    size = form.record.get("quantity", "")
    joined = any(a != b for a, b in zip(people[::2], people[1::2], strict=True))
    return "member" if joined or before.get(size) != after.get(size) else "amount"
