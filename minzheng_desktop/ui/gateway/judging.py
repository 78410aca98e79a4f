"""The judgement of a document while one types: problems, what is shown and needed, the amount, computed words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...catalog.registers import PERSON
from ...store import records
from ...values.dates import month_of
from ...values.errors import Problem
from ...values.money import capital_amount, format_money_grouped
from ..records.outline import Doc, FieldProblem, Judgement
from .office import Office

if TYPE_CHECKING:
    from ...catalog.engine import Evaluation, Evaluator
    from ...catalog.form import Form

GAPS = ("required", "min_rows")
"""What is merely not filled yet: in a record that was never saved the star says it."""


def other_benefits(r: Any, form: Form, subject: records.Subject, today: Any) -> Any:
    """What the person has this month from the benefits that the form's own is reckoned beside."""
    if form.benefit is None or not form.benefit.beside:
        return ()
    from ...benefits.beside import own_benefits

    return own_benefits(r, form, subject.person, month=month_of(today), today=today)


def judge_for(
    office: Office, form: Form, doc: Mapping[str, Any], *, subject: records.Subject, state: str,
    record_id: str | None = None,
) -> Callable[[Doc], Judgement]:  # fmt: skip
    """A function that judges documents without the database: registers and look-ups are read here, once."""
    with office.store.reading() as r:
        env = records.environment(
            r, form, doc, subject=subject, state=state, today=office.today, record_id=record_id
        )
        others = other_benefits(r, form, subject, office.today)
    evaluator = office.store.evaluator(form.key)
    catalog, area = office.store.catalog, office.store.site.division
    month = month_of(office.today)

    fresh = record_id is None

    def judge(now: Doc) -> Judgement:
        evaluation = evaluator.evaluate(now, env)
        return _judgement(catalog, form, evaluator, evaluation, month, area, others, fresh=fresh)

    return judge


def _judgement(
    catalog: Any,
    form: Form,
    evaluator: Evaluator,
    evaluation: Evaluation,
    month: str,
    area: str,
    others: Any,
    *,
    fresh: bool,
) -> Judgement:
    values = dict(evaluation.values)
    amount = None
    if form.benefit is not None and form.benefit.fills:
        from ...benefits.preview import preview_amount

        preview = preview_amount(
            catalog, form=form.key, inputs=evaluator.inputs(evaluation), month=month, area=area, others=others
        )
        values |= preview.fills
        total = form.benefit.fills.get("total", "")
        label = form.fields[total].label if total in form.fields else "金额"
        if preview.amount is not None:
            cents = preview.amount.total
            amount = (label, format_money_grouped(cents), capital_amount(cents))
        else:
            amount = (label, "", _named("；".join(preview.missing))[:60])
    return Judgement(
        values=values,
        relevant=evaluation.relevant,
        required=evaluation.required,
        problems=tuple(_problem(form, p) for p in evaluation.problems if not (fresh and p.code in GAPS)),
        amount=amount,
        texts=_texts(form, values),
    )


def _problem(form: Form, p: Problem) -> FieldProblem:
    """A problem as the editor shows it; a rule of severity warning can be passed with a reason."""
    soft = (
        p.level == "warning"
        and p.code == "rule"
        and any(
            rule.severity == "warning" and p.message.startswith(rule.message.split("{")[0])
            for rule in form.rules.values()
        )
    )
    return FieldProblem(
        p.path, p.level, p.message, p.message if p.code == "rule" else f"{p.path}:{p.code}", soft
    )


def _named(text: str) -> str:
    """Register attributes by their labels: person.birth_date → 出生日期."""
    return re.sub(
        r"person\.(\w+)", lambda m: PERSON[m.group(1)].label if m.group(1) in PERSON else m.group(0), text
    )


def _texts(form: Form, values: Mapping[str, Any]) -> dict[str, str]:
    """Computed values as words."""
    texts: dict[str, str] = {}
    for path, f in form.fields.items():
        if not f.computed:
            continue
        if f.table:
            for at, row in enumerate(values.get(f.table) or ()):
                texts[f"{f.table}.{at}.{f.key}"] = _words(f, row.get(f.key))
        else:
            texts[path] = _words(f, values.get(path))
    return texts


def _words(f: Any, value: Any) -> str:
    if value is None:
        return ""
    if f.type.name == "money":
        return format_money_grouped(value)
    text: str = f.format(value)
    return f"{text} {f.unit}" if f.unit and not text.endswith(f.unit) else text
