"""A list may not take out more than came in, nor be taken back when what it brought has gone out since.

Rows of a roster are planned without the records beside them. Where a rule of the form reads a lowest balance (stock,
fund), it is judged once all rows stand, and one row that breaks it undoes the import, or the taking back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from minzheng_desktop.store import records
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form, Rule
    from minzheng_desktop.exchange.rosters.plan import RosterPlan
    from minzheng_desktop.store.unit import Reading, Writing


def hold_balances(w: Writing, plan: RosterPlan) -> None:
    """Raise UserError roster.balance, which undoes the import, where a new record breaks a balance of its form.

    What is worked out from the records beside (a price, a stock) is filled now that they stand.
    """
    form = records.form_of(w, plan.form)
    settled: list[dict[str, Any]] = []
    said = _broken(w, form, plan.writes.records, today=plan.today, settled=settled)
    w.put_many("records", settled)
    if said:
        raise UserError(
            "roster.balance", f"{said}。没有导入任何一行：先登记入库（收入），或核对数量和日期再导。"
        )


def keep_balances(w: Writing, form_key: str) -> None:
    """Raise UserError roster.balance, which keeps an import, where without it a balance of the form is broken."""
    form = w.store.catalog.forms.get(form_key)
    if form is None or not _rules(w, form):
        return
    said = _broken(w, form, records.each_form_record(w, form_key), today=date.fromisoformat(w.at[:10]))
    if said:
        raise UserError(
            "roster.balance", f"{said}：这次导入的已经用掉了。没有撤销，先作废后面的出库（支出）。"
        )


def _rules(r: Reading, form: Form) -> list[Rule]:
    """The rules of every save that read a lowest balance."""
    lowest = {key for key, lookup in form.lookups.items() if lookup.take == "lowest"}
    if not lowest:
        return []
    evaluator = r.store.evaluator(form.key)
    return [
        rule
        for rule in form.rules.values()
        if not rule.at and rule.severity == "error" and evaluator.reads(f"rule.{rule.key}", "assert") & lowest
    ]


def _broken(
    r: Reading,
    form: Form,
    rows: Iterable[Mapping[str, Any]],
    *,
    today: date,
    settled: list[dict[str, Any]] | None = None,
) -> str:
    """What the first broken balance says; records that are no more than drafts, or void, count for nothing.

    ``settled`` takes the bodies of records whose document says more, or other, once it is judged among the others.
    """
    rules = _rules(r, form)
    if not rules:
        return ""
    evaluator = r.store.evaluator(form.key)
    for row in rows:
        if form.workflow.states[row["state"]].group in ("draft", "closed"):
            continue
        subject = records.subject_of(row)
        evaluation = records.judge(
            r, form, row["doc"], subject=subject, state=row["state"], today=today, record_id=row["id"]
        )
        doc = records.storable(form, evaluation.values)
        if settled is not None and doc != row["doc"]:
            columns = records.typed_columns(form, evaluation.values, subject)
            settled.append({**columns, "id": row["id"], "doc": doc, "village": row["village"]})
        for rule in rules:
            if evaluator.verdict(evaluation, f"rule.{rule.key}") is False:
                return f"{row['number'] or ''}{evaluator.message(evaluation, rule.message)}"
    return ""
