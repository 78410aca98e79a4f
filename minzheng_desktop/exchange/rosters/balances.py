"""A list may not take out more than came in: what was written is held against the running balances of its form.

Rows of a roster are planned without the records beside them. Where a rule of the form reads a lowest balance (stock,
fund), it is judged once all rows stand, and one row that breaks it undoes the import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from minzheng_desktop.store import records
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.exchange.rosters.plan import RosterPlan
    from minzheng_desktop.store.unit import Writing


def hold_balances(w: Writing, plan: RosterPlan) -> None:
    """Raise UserError roster.balance, which undoes the import, where a new record breaks a balance of its form."""
    form = records.form_of(w, plan.form)
    lowest = {key for key, lookup in form.lookups.items() if lookup.take == "lowest"}
    if not lowest:
        return
    evaluator = w.store.evaluator(form.key)
    rules = [
        rule for rule in form.rules.values()
        if not rule.at and rule.severity == "error" and evaluator.reads(f"rule.{rule.key}", "assert") & lowest
    ]  # fmt: skip
    for record in plan.writes.records if rules else ():
        if form.workflow.states[record["state"]].group == "draft":
            continue
        evaluation = records.judge(
            w, form, record["doc"], subject=records.subject_of(record), state=record["state"], today=plan.today,
            record_id=record["id"],
        )  # fmt: skip
        for rule in rules:
            if evaluator.verdict(evaluation, f"rule.{rule.key}") is False:
                said = evaluator.message(evaluation, rule.message)
                raise UserError(
                    "roster.balance",
                    f"{record['number'] or ''}{said}。没有导入任何一行：先登记入库（收入），或核对数量和日期再导。",
                )
