"""What a step does to the records that its own record points to: 待遇资格认证 suspends, resumes and hears benefits.

Source: domain §3.10. Who is not certified in time is suspended from the next month; certified later, each benefit is
resumed with the pay of the months held back. A benefit that was suspended for another reason stays suspended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.benefits.history import BACK_PAY
from minzheng_desktop.catalog.workflow import POINTING
from minzheng_desktop.store import records, schema, steps
from minzheng_desktop.values.dates import add_months, month_of
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.catalog.workflow import Step
    from minzheng_desktop.store.unit import Writing

BECAUSE = "because"
"""In the ground of a step taken for another record: that record's id."""
STOP_REASON = "stop_reason"
CERTIFIED: Mapping[str, str] = {"last_check_date": "check_date", "check_method": "method"}
"""Fields of a benefit that ``certify`` fills, and the fields of the certification that it fills them from."""


def follow(
    w: Writing,
    form: Form,
    record_id: str,
    step: Step,
    *,
    asks: Mapping[str, Any],
    today: date,
    money: records.Money,
) -> tuple[Problem, ...]:
    """Do what a step's effects say of other records; what those records warn of is returned.

    ``suspend`` counts from the month asked for, else the next one; ``resume`` from the month asked for, else this one,
    and pays the months held back unless ``back_pay`` was answered with no. Raises UserError where a record belongs to
    somebody else, or stands where it cannot be suspended: nothing is written then.
    """
    paths = {path for other in form.workflow.steps.values() for _, path in _effects(other)}
    if not paths:
        return ()
    record = records.load_record(w, record_id)
    for path in sorted(paths):
        for other in _targets(record, path):
            _own(w, record, records.load_record(w, other))
    told: list[Problem] = []
    for word, path in _effects(step):
        for other in _targets(record, path):
            if word == "certify":
                _certify(w, record, other, today=today)
            else:
                told += _take(w, record, other, word, step, asks=asks, today=today, money=money)
    return tuple(told)


def _effects(step: Step) -> list[tuple[str, str]]:
    """(word, field) of the effects of a step on other records."""
    parts = [effect.partition(":") for effect in step.effects]
    return [(word, path) for word, _, path in parts if word in POINTING]


def _targets(record: Mapping[str, Any], path: str) -> Iterator[str]:
    table, _, column = path.rpartition(".")
    doc = record["doc"]
    found = [row.get(column) for row in doc.get(table) or ()] if table else [doc.get(path)]
    yield from dict.fromkeys(str(value) for value in found if value)


def _own(w: Writing, record: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Refuse to act on a record that does not concern the person of this one."""
    k = schema.record_people.c
    person = record["person"]
    if person is None or w.scalar(sa.select(k.person).where(k.record == other["id"], k.person == person)):
        return
    name = (records.person_attributes(w, person) or {}).get("name") or "这个人"
    raise UserError(
        "not_ones_own", f"{_called(w, other)}不是{name}的待遇。没有改动，请改成{name}自己在享的待遇。"
    )


def _take(
    w: Writing,
    record: Mapping[str, Any],
    other_id: str,
    word: str,
    step: Step,
    *,
    asks: Mapping[str, Any],
    today: date,
    money: records.Money,
) -> tuple[Problem, ...]:
    other = records.load_record(w, other_id)
    flow = records.form_of(w, other["form"]).workflow
    group = flow.states[other["state"]].group
    if word == "suspend" and group != "active":
        return ()  # never began, already held back, or over: nothing is paid
    if word == "resume" and (group != "suspended" or not _held_by(w, other_id, record["id"])):
        return ()
    if word == "hear":
        if group not in ("active", "suspended") or other["state"] == flow.steps[word].to:
            return ()
        _reason_to_stop(w, record, other)
    month = str(asks.get("month") or "")[:7]
    this = month_of(today)
    answers: dict[str, Any] = {
        "reason": str(asks.get("reason") or step.title),
        "date": today.isoformat(),
        "month": month or (add_months(this, 1) if word == "suspend" else this),
        BECAUSE: record["id"],
    }
    if word == "resume" and BACK_PAY in asks:
        answers[BACK_PAY] = asks[BACK_PAY]
    try:
        taken = steps.take_step(w, other_id, word, today=today, asks=answers, actor="program", money=money)
        called = _called(w, other)
        return tuple(Problem("", f"{called}：{p.message}", p.level, p.code) for p in taken.problems)
    except UserError as error:
        raise UserError(error.code, f"{_called(w, other)}：{error.message}", error.problems) from error


def _held_by(w: Writing, other_id: str, record_id: str) -> bool:
    """Whether the record's present suspension came from this one."""
    taken = [s for s in records.steps_of(w, other_id) if s["step"] == "suspend"]
    return bool(taken) and (taken[-1]["ground"] or {}).get(BECAUSE) == record_id


def _reason_to_stop(w: Writing, record: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Write why the benefit is to end, which its hearing asks for, where nothing is written yet."""
    reason = record["doc"].get(STOP_REASON)
    if reason and not other["doc"].get(STOP_REASON):
        w.put("records", {"id": other["id"], "doc": {**other["doc"], STOP_REASON: reason}})


def _certify(w: Writing, record: Mapping[str, Any], other_id: str, *, today: date) -> None:
    other = records.load_record(w, other_id)
    form = records.form_of(w, other["form"])
    doc = dict(other["doc"])
    for target, source in CERTIFIED.items():
        if target in form.fields and record["doc"].get(source):
            doc[target] = record["doc"][source]
    if doc == other["doc"]:
        return
    subject = records.subject_of(other)
    evaluation = records.judge(
        w, form, doc, subject=subject, state=other["state"], today=today, record_id=other_id
    )
    w.put(
        "records",
        {
            **records.typed_columns(form, evaluation.values, subject),
            "id": other_id,
            "doc": records.storable(form, evaluation.values),
            "village": other["village"],
        },
    )


def _called(w: Writing, other: Mapping[str, Any]) -> str:
    return f"“{records.form_of(w, other['form']).title}”{other['number'] or ''}".strip()
