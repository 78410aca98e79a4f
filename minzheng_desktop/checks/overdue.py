"""C08, C09 and C11: what is past its day while money goes on, and who looked at what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.benefits.overlaps import in_force
from minzheng_desktop.checks.finding import Finding, Scope, people_columns
from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import last_day

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form

_r, _p, _s = schema.records, schema.people, schema.steps
HISTORIC = "6"
"""apply_channel 历史导入: nothing is known of how it was granted."""
INVESTIGATORS = 2
"""民发〔2021〕57号: an investigation is made by two."""
GRACE = "grace.max_months"


def find_late_rechecks(scope: Scope) -> Iterator[Finding]:
    """Cases in force whose due or expiry date (``until_date``) has passed by the end of the month or today."""
    upto = min(last_day(scope.month), scope.today).isoformat()
    for form in scope.paid_forms + [f for f in scope.standing_forms if f.benefit is None]:
        if form.kind != "case" or "until" not in form.record:
            continue
        label = form.fields[form.record["until"]].label
        for row in _rows(scope, form, _r.c.until_date < upto):
            text = (
                f"{scope.who(row)}的“{form.title}”{label}是 {row['until_date']}，已经过期，待遇还在享。"
                "按期复核；复核过的登记日期，不再符合的办停发。"
            )
            yield _of(scope, "C09", "until", "warning", form, row, text)


def find_uncertified(scope: Scope) -> Iterator[Finding]:
    """Benefits that are paid though the certification that is to suspend them has passed its day (C08).

    A form certifies when a step of its workflow suspends the records that a field points to.
    """
    upto = min(last_day(scope.month), scope.today).isoformat()
    paying = {form.key: form for form in scope.paid_forms}
    link, due = schema.record_links, _r.alias("due")
    for certifying in scope.forms.values():
        steps = certifying.workflow.steps.values()
        waiting = {
            s for step in steps if any(e.startswith("suspend:") for e in step.effects) for s in step.from_
        }
        if not waiting:
            continue
        query = (
            sa.select(_r.c.id, _r.c.form, _r.c.owner, _r.c.person, _r.c.number, due.c.until_date, *people_columns(_p.c))
            .join(link, link.c.target == _r.c.id)
            .join(due, due.c.id == link.c.record)
            .outerjoin(_p, _p.c.id == _r.c.person)
            .where(
                due.c.form == certifying.key, due.c.void == 0, due.c.state.in_(sorted(waiting)),
                due.c.until_date < upto, _r.c.void == 0, *scope.touching(_r.c.id),
                sa.or_(sa.false(), *(
                    sa.and_(_r.c.form == key, _r.c.state.in_(sorted(form.benefit.states)))
                    for key, form in paying.items() if form.benefit is not None
                )),
            )
            .distinct()
            .order_by(_r.c.id)
        )  # fmt: skip
        for row in scope.r.connection.execute(query).mappings():
            form = paying[row["form"]]
            who = scope.who({**row, "name": row["name"] or form.title})
            text = (
                f"{who}的“{form.title}”应在 {row['until_date']} 前认证，"
                "没有认证，还在发放。认证过的登记结果，没有认证的办“逾期未认证，暂停待遇”。"
            )
            yield _of(scope, "C08", "uncertified", "error", form, dict(row), text)


def find_flawed_procedures(scope: Scope) -> Iterator[Finding]:
    """Cases in force granted with too short a publicity, by one investigator, or in an overlong grace period."""
    for form in scope.standing_forms:
        publicised = "publicity" in form.tables
        investigated = (
            "investigations" in form.tables and "investigators" in form.tables["investigations"].columns
        )
        grace = "grace_to" in form.fields and "grace_from" in form.fields
        if not (publicised or investigated or grace):
            continue
        for row in _rows(scope, form, sa.true(), also_doc=True):
            doc: dict[str, Any] = row["doc"]
            granted_elsewhere = doc.get("apply_channel") == HISTORIC
            wrong: list[tuple[str, str]] = []
            if not granted_elsewhere:
                wrong += [("error", words) for words in _short_publicity(scope, doc)] if publicised else []
                wrong += [("error", words) for words in _lone_investigators(doc)] if investigated else []
            wrong += [("error", words) for words in _long_grace(scope, doc)] if grace else []
            if wrong:
                text = f"{scope.who(row)}的“{form.title}”：{'；'.join(words for _, words in wrong)}。按规定补做并登记。"
                yield _of(scope, "C09", "procedure", "error", form, row, text)


def _short_publicity(scope: Scope, doc: dict[str, Any]) -> Iterator[str]:
    for shown in doc.get("publicity") or ():
        first, last, days = shown.get("start_date"), shown.get("end_date"), shown.get("days")
        if not first or not last or len(first) != 10 or len(last) != 10:
            continue
        rate = scope.catalog.rates.at("publicity.days", first, area=scope.r.store.site.division)
        needed = rate.value if rate is not None else days
        held = (date.fromisoformat(last) - date.fromisoformat(first) + timedelta(days=1)).days
        if needed and shown.get("stage") != "2" and held < int(needed):
            yield f"公示只有 {held} 天（{first} 至 {last}），应满 {int(needed)} 天"


def _lone_investigators(doc: dict[str, Any]) -> Iterator[str]:
    for visit in doc.get("investigations") or ():
        names = [name for name in visit.get("investigators") or () if name]
        if len(set(names)) < INVESTIGATORS:
            yield f"{visit.get('date') or ''} 的入户调查只有 {len(set(names))} 人，应不少于两人".strip()


def _long_grace(scope: Scope, doc: dict[str, Any]) -> Iterator[str]:
    last = doc.get("grace_to")
    first = doc.get("grace_from")
    if not first or not last:
        return
    months = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:7]) - int(first[5:7]) + 1
    rate = scope.catalog.rates.at(GRACE, first, area=scope.r.store.site.division)
    if rate is not None and months > rate.value:
        yield f"渐退期 {first} 至 {last} 共 {months} 个月，超过 {rate.value} 个月"


def find_unregistered_relatives(scope: Scope) -> Iterator[Finding]:
    """Relatives of staff without their note, and cases that one person entered and reviewed outside a 单人岗."""
    for form in scope.standing_forms:
        if "relative_of_staff" not in form.fields:
            continue
        for row in _rows(scope, form, sa.true(), also_doc=True):
            if row["doc"].get("relative_of_staff") and not row["doc"].get("relative_detail"):
                text = f"{scope.who(row)}是经办人或村干部的近亲属，“{form.title}”没有登记备案说明。补登，县级入户核查。"
                yield _of(scope, "C11", "relative", "warning", form, row, text)
        yield from _own_reviews(scope, form)


def _own_reviews(scope: Scope, form: Form) -> Iterator[Finding]:
    reviews = [key for key, step in form.workflow.steps.items() if step.other_than]
    if not reviews:
        return
    query = (
        sa.select(_r.c.id, _r.c.owner, _r.c.person, _s.c.by, _s.c.ground, *people_columns(_p.c))
        .join(_s, _s.c.record == _r.c.id)
        .outerjoin(_p, _p.c.id == _r.c.person)
        .where(
            _r.c.form == form.key, _r.c.void == 0, _s.c.void == 0, _s.c.step.in_(reviews),
            _s.c.by == _r.c.entered_by, in_force(_r, form, scope.month), *scope.touching(_r.c.id),
        )
        .order_by(_r.c.id)
    )  # fmt: skip
    for row in scope.r.rows(query):
        marked = "（已登记单人岗）" if (row["ground"] or {}).get("single_post") else ""
        text = (
            f"{scope.who(row)}的“{form.title}”由{row['by']}一人录入并审核{marked}。请第二人复看，写明意见。"
        )
        yield _of(scope, "C11", "review", "warning", form, row, text)


def _rows(
    scope: Scope, form: Form, where: sa.ColumnElement[bool], *, also_doc: bool = False
) -> Iterator[dict[str, Any]]:
    """Records of a form in force in the month with their person."""
    columns = [_r.c.id, _r.c.owner, _r.c.person, _r.c.until_date, *people_columns(_p.c)]
    query = (
        sa.select(*columns, *([_r.c.doc] if also_doc else []))
        .outerjoin(_p, _p.c.id == _r.c.person)
        .where(
            _r.c.form == form.key,
            _r.c.void == 0,
            in_force(_r, form, scope.month),
            where,
            *scope.touching(_r.c.id),
        )
        .order_by(_r.c.id)
    )
    for row in scope.r.connection.execute(query).mappings():
        yield {**row, "name": row["name"] or scope.title(form.key)}


def _of(
    scope: Scope, rule: str, what: str, severity: Any, form: Form, row: dict[str, Any], text: str
) -> Finding:
    persons = (row["person"],) if row["person"] else ()
    return Finding(
        rule,
        f"{what}:{row['id']}",
        severity,
        text,
        form.key,
        (row["id"],),
        persons,
        row["owner"],
        scope.month,
    )
