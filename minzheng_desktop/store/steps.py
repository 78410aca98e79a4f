"""Taking a step of a record's workflow: judged in full, written once, with what follows from it.

A step into force freezes what was decided as a *term*: the inputs of the money rule and a snapshot of the household,
in force from a month. Steps and terms only grow; the record's state is a cache of its steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import attachments, records, schema
from minzheng_desktop.store.agreed_members import plan_members, write_members
from minzheng_desktop.store.change_rows import with_change
from minzheng_desktop.store.feeds import feed_registers
from minzheng_desktop.store.step_answers import checked_answers
from minzheng_desktop.values.dates import add_months, month_of
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Evaluation
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.catalog.workflow import Step
    from minzheng_desktop.store.unit import Reading, Writing

PROGRAM = "program"
DATED = "dated"
"""In the snapshot of a proposed term: its first month follows from a fact and stays when it is agreed."""


class Taken(msgspec.Struct, frozen=True):
    """What a step did."""

    id: str
    record: str
    from_state: str
    to_state: str
    effective_month: str | None
    problems: tuple[Problem, ...] = ()


def possible_steps(r: Reading, record: Mapping[str, Any]) -> list[Step]:
    """The steps that the signed-in person may take from a record's present state."""
    form = records.form_of(r, record["form"])
    return [
        s for s in form.workflow.steps_from(record["state"]) if not s.by or r.store.roles.intersection(s.by)
    ]


def take_step(
    w: Writing,
    record_id: str,
    step_key: str,
    *,
    today: date,
    asks: Mapping[str, Any] | None = None,
    actor: str | None = None,
    by: str | None = None,
    money: records.Money | None,
) -> Taken:
    """Take a step or raise UserError with what stands in its way (nothing is written then).

    ``asks`` holds the answers that the step asks for. ``actor`` ``county`` is a decision that came back;
    ``program`` what a batch or the clock does.
    """
    record = records.load_record(w, record_id)
    form = records.form_of(w, record["form"])
    step = _allowed(w, form, record, step_key, actor)
    ground = checked_answers(step, asks or {}, today)
    _other_person(w, form, record, step, ground)
    proposed = _proposed(w, record, step)
    doc = {**record["doc"], **_agreed(form, record, proposed)}
    members = (
        plan_members(
            w, form, record, proposed["members"], day=_decided_on(ground, today), head=proposed.get("head")
        )
        if proposed.get("members")
        else None
    )
    subject = records.subject_of(record)
    if members is not None:
        doc[members.table] = members.rows
        if members.head:
            subject = msgspec.structs.replace(subject, person=members.head)
    evaluation = _judge(w, form, record, doc, subject, step, today)
    doc |= w.store.evaluator(form.key).sets(evaluation, step.key)
    month = _dated_month(w, record, step) or effective_month(
        w, form, step, record, ground, today, evaluation=evaluation, money=money
    )
    _fill(form, doc, step, record, ground, month)
    evaluation = _judge(w, form, record, doc, subject, step, today)
    _refuse(step, evaluation)
    if members is not None:
        write_members(w, record, members, today=today)
    leaving_draft = form.workflow.states[record["state"]].group == "draft"
    if leaving_draft:
        doc = dict(evaluation.values)
        dated = records.typed_columns(form, doc, subject).get("record_date")
        feed_registers(w, form, {**record, "record_date": dated}, doc)
    if money:
        doc |= money.fill(w, form, evaluation, month or today.isoformat()[:7])
    doc = with_change(
        form, step, before=record["doc"], after=doc, from_state=record["state"], ground=ground, month=month
    )
    if doc != record["doc"]:
        evaluation = _judge(w, form, record, doc, subject, step, today)
        w.put(
            "records",
            {
                **records.typed_columns(form, evaluation.values, subject),
                "id": record_id,
                "doc": records.storable(form, evaluation.values),
                "village": record["village"],
            },
        )
    step_id = w.put(
        "steps",
        {
            "owner": record["owner"],
            "record": record_id,
            "step": step.key,
            "from_state": record["state"],
            "to_state": step.to,
            "at": w.at,
            "effective_month": month,
            "actor": actor or ("town" if w.store.site.role == "township" else "county"),
            "by": by or w.user,
            "ground": ground,
        },
    )
    if ground.get("scan"):
        attachments.link(w, str(ground["scan"]), record_id, kind="decision")
    _settle_terms(w, form, record, step, step_id, month, evaluation)
    return Taken(step_id, record_id, record["state"], step.to, month, evaluation.problems)


def effective_month(
    r: Reading,
    form: Form,
    step: Step,
    record: Mapping[str, Any],
    ground: Mapping[str, Any],
    today: date,
    *,
    evaluation: Evaluation,
    money: records.Money | None,
) -> str | None:
    """The month from which a step counts: the one asked for, else the start-month or change rule of the rates.

    Source of the rules: 民发〔2021〕57号 (次月) against 重庆市城乡居民最低生活保障条例 (当月): data, not code.
    """
    if ground.get("month"):
        return str(ground["month"])
    if form.kind == "event":
        return str(record["record_date"] or today.isoformat())[:7]
    groups = {k: s.group for k, s in form.workflow.states.items()}
    before, after = groups[record["state"]], groups[step.to]
    decided = str(ground.get("date") or today.isoformat())
    if before in ("draft", "open") and after == "active":
        return money.start_month(r, form, evaluation, confirmed_on=decided) if money else decided[:7]
    if (
        (before, after) == ("active", "active")
        and "write_change" in step.effects
        and step.from_ == ("change_pending",)
    ):
        rule = choice(r, "change_effective_rule", decided)
        return decided[:7] if rule == "current" else add_months(decided[:7], 1)
    if after in ("closed", "suspended") or before == "suspended":
        return add_months(decided[:7], 1)
    return None


def choice(r: Reading, code: str, on: str) -> str | None:
    """A rate whose unit is a choice, on a date; None when there is none."""
    rate = r.store.catalog.rates.at(code, on, area=r.store.site.division)
    return rate.text if rate else None


def snapshot_of(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a term keeps of the document beside the money inputs: household rows, kind and sizes, as decided."""
    tables = {t.key: values.get(t.key) or [] for t in form.tables.values() if t.from_household}
    typed = {word: values.get(path) for word, path in form.record.items()}
    return {**tables, "record": typed}


def _allowed(w: Writing, form: Form, record: Mapping[str, Any], step_key: str, actor: str | None) -> Step:
    step = form.workflow.steps.get(step_key)
    state = form.workflow.states.get(record["state"])
    title = state.title if state else record["state"]
    if step is None or record["state"] not in step.from_:
        possible = "、".join(s.title for s in form.workflow.steps_from(record["state"])) or "没有下一步"
        name = step.title if step else step_key
        raise UserError(
            "step_not_possible", f"这件现在是“{title}”，不能“{name}”。没有改动。现在可以：{possible}。"
        )
    if actor is None and step.by and not w.store.roles.intersection(step.by):
        raise UserError(
            "step_not_allowed",
            f"“{step.title}”要由{_role_titles(step)}来做，现在登录的是{w.user}。没有改动，请换有权限的人。",
        )
    return step


def _other_person(
    w: Writing, form: Form, record: Mapping[str, Any], step: Step, ground: dict[str, Any]
) -> None:
    """Maker and checker differ (民发〔2021〕57号, internal control); a one-person office is marked, not stopped."""
    if not step.other_than:
        return
    s = schema.steps
    makers = set(
        w.connection.execute(
            sa.select(s.c.by).where(s.c.record == record["id"], s.c.step == step.other_than, s.c.void == 0)
        ).scalars()
    )
    if step.other_than == "submit" and record["entered_by"]:
        makers.add(record["entered_by"])
    if w.user not in makers:
        return
    if not w.store.single_post:
        raise UserError(
            "same_person",
            f"这件是{w.user}自己经办的，“{step.title}”要由另一个人来做。没有改动。"
            "只有一个人的办公室，可以在设置里登记单人岗。",
        )
    ground["single_post"] = True


def _judge(
    w: Writing,
    form: Form,
    record: Mapping[str, Any],
    doc: Mapping[str, Any],
    subject: records.Subject,
    step: Step,
    today: date,
) -> Evaluation:
    return records.judge(
        w,
        form,
        doc,
        subject=subject,
        state=record["state"],
        today=today,
        record_id=record["id"],
        step=step.key,
        historic=bool(record["paid_through"]),
    )


def _refuse(step: Step, evaluation: Evaluation) -> None:
    errors = tuple(p for p in evaluation.problems if p.level == "error")
    if errors:
        more = f"（另有 {len(errors) - 1} 处）" if len(errors) > 1 else ""
        raise UserError(
            "step_refused", f"还不能“{step.title}”：{errors[0].message}{more}。没有改动，改好再做。", errors
        )


def _fill(
    form: Form,
    doc: dict[str, Any],
    step: Step,
    record: Mapping[str, Any],
    ground: Mapping[str, Any],
    month: str | None,
) -> None:
    """Fields that the program fills: start and end month, the county's opinion."""
    groups = {k: s.group for k, s in form.workflow.states.items()}
    before, after = groups[record["state"]], groups[step.to]
    filled = {
        "start_month": month if before in ("draft", "open") and after == "active" else None,
        "end_month": month if after == "closed" else None,
        "county_opinion": ground.get("opinion")
        if step.key.startswith(("confirm", "return", "deny"))
        else None,
    }
    for path, value in filled.items():
        if value and path in form.fields and form.fields[path].filled_by == PROGRAM:
            doc[path] = value


def _agreed_terms(r: Reading, record: Mapping[str, Any], step: Step) -> list[dict[str, Any]]:
    """The proposed terms that this step agrees to."""
    if "write_change" not in step.effects or set(step.from_) != {"change_pending"}:
        return []
    return [t for t in records.terms_of(r, record["id"]) if t["state"] == "proposed"]


def _proposed(r: Reading, record: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """What proposed terms say, when this step agrees to them."""
    waiting = _agreed_terms(r, record, step)
    return {k: v for t in waiting for k, v in (t["snapshot"].get("proposed") or {}).items()}


def _dated_month(r: Reading, record: Mapping[str, Any], step: Step) -> str | None:
    """The first month of agreed terms that a dated fact fixed: a death counts from its own month (domain §8.2,
    §8.4), not from that of the decision. None where there is none."""
    months = [t["from_month"] for t in _agreed_terms(r, record, step) if t["snapshot"].get(DATED)]
    return min(months, default=None)


def _decided_on(ground: Mapping[str, Any], today: date) -> date:
    """The day that a decision is dated, where the step asks for it."""
    return date.fromisoformat(ground["date"]) if ground.get("date") else today


def _agreed(form: Form, record: Mapping[str, Any], proposed: Mapping[str, Any]) -> dict[str, Any]:
    """What the record says from now on when a change is agreed that a roster proposed: the proposed values.

    A calculated field whose details nobody entered is stated, as it was when the roster first brought the record.
    """
    values = {k: v for k, v in proposed.items() if k in form.fields and k not in form.tables}
    stated = {k: v for k, v in values.items() if form.fields[k].calculation}
    if stated:
        values["stated"] = {**(record["doc"].get("stated") or {}), **stated}
    return values


def _settle_terms(
    w: Writing,
    form: Form,
    record: Mapping[str, Any],
    step: Step,
    step_id: str,
    month: str | None,
    evaluation: Evaluation,
) -> None:
    """Into force: a term from what was judged. Change agreed: the proposed terms count. Refused: they do not."""
    groups = {k: s.group for k, s in form.workflow.states.items()}
    before, after = groups[record["state"]], groups[step.to]
    waiting = [t for t in records.terms_of(w, record["id"]) if t["state"] == "proposed"]
    agreed = "write_change" in step.effects and after == "active"
    if before == after == "active" and waiting and step.from_ and set(step.from_) == {"change_pending"}:
        w.put_many(
            "terms",
            [
                {
                    "id": t["id"],
                    "state": "approved" if agreed else "rejected",
                    "step": step_id,
                    **({"from_month": month} if agreed and month and not t["snapshot"].get(DATED) else {}),
                }
                for t in waiting
            ],
        )
    elif form.benefit is not None and after == "active" and (before in ("draft", "open") or agreed):
        inputs = w.store.evaluator(form.key).inputs(evaluation)
        if agreed and before == "active" and not _differs(w, record["id"], inputs):
            return
        w.put(
            "terms",
            {
                "owner": record["owner"],
                "record": record["id"],
                "from_month": month or month_of(date.fromisoformat(w.at[:10])),
                "state": "approved",
                "ground": step.key,
                "step": step_id,
                "inputs": inputs,
                "snapshot": snapshot_of(form, evaluation.values),
            },
        )


def _differs(r: Reading, record_id: str, inputs: Mapping[str, Any]) -> bool:
    approved = [t for t in records.terms_of(r, record_id) if t["state"] == "approved"]
    return not approved or approved[-1]["inputs"] != dict(inputs)


def _role_titles(step: Step) -> str:
    from minzheng_desktop.store.store import ROLES

    return "、".join(ROLES[role] for role in step.by if role in ROLES) or "程序"
