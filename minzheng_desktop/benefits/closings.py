"""What a death means for every benefit of a person (一人死亡停发各项待遇): stops, changes of members, money to recover.

Proposals only; ``benefits.closing_steps`` takes the real steps. Source: domain §8.2 (死亡当月照发、次月停, the county's
death_rule), §8.4 (a household is reckoned anew, with its own income), §2.10, §3.1④ (户主死亡不等于整户停).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.deaths import DEAD
from minzheng_desktop.benefits.entitlement import last_month_alive
from minzheng_desktop.benefits.member_death import Reckoning, reckon_without
from minzheng_desktop.benefits.months import CYCLE_MONTHS, number_of, period_end, text_of
from minzheng_desktop.benefits.overlaps import counted_role
from minzheng_desktop.benefits.plan import Supposed, plan_in
from minzheng_desktop.benefits.plans import Carried
from minzheng_desktop.benefits.recovery import left_of
from minzheng_desktop.benefits.rules import RULES
from minzheng_desktop.store import schema, steps
from minzheng_desktop.values.dates import month_of

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.catalog.workflow import Step
    from minzheng_desktop.store.unit import Reading

Kind = Literal["stop", "members", "withdraw"]
_DIED = "死亡"
"""How code lists of reasons call a death."""
TOWN = frozenset({"town_clerk", "town_leader"})
_ANSWERED = frozenset({"reason", "month", "date"})
"""What a step may ask for that a death answers by itself."""


class Dead(msgspec.Struct, frozen=True):
    """Somebody who died: `died` is the date as far as it is known ('' where it is not)."""

    person: str
    name: str
    died: str


class Closing(msgspec.Struct, frozen=True):
    """What is proposed for one record: a stop, a change of members, or to withdraw an application in work.

    `stop_month` is the first month without payment (of the first death, where several died); `before` and `now` are
    cents of one payment period; `overpaid` cents since, by period. `heir` is the next head of a household whose head
    died. `blocked` says what has to be mended first; `waiting` that the change was proposed and the county decides.
    """

    id: str
    kind: Kind
    record: str
    form: str
    title: str
    number: str
    village: str | None
    subject: str | None
    subject_name: str
    people: tuple[Dead, ...]
    stop_month: str = ""
    before: int | None = None
    now: int | None = None
    overpaid: int = 0
    periods: tuple[tuple[str, int], ...] = ()
    step: str = ""
    step_title: str = ""
    by: tuple[str, ...] = ()
    heir: str | None = None
    heir_name: str = ""
    blocked: str = ""
    waiting: bool = False
    notes: tuple[str, ...] = ()
    decisions: tuple[Reckoning, ...] = ()

    @property
    def reason(self) -> str:
        """'冉启珍 2024-10-12 死亡', as the step and the recovery give it."""
        return "、".join(f"{one.name} {one.died} 死亡" for one in self.people)

    @property
    def what(self) -> str:
        """What is to be done, in words."""
        if self.kind == "members":
            return f"户主改为{self.heir_name}，重新核定" if self.heir else "减少成员，重新核定"
        if self.kind == "withdraw":
            return "撤回在办的申请"
        return "停发" if self.now is not None or not self.step else self.step_title

    @property
    def ready(self) -> bool:
        """Whether it can be confirmed."""
        return not self.blocked and not self.waiting


def find_closings(
    r: Reading, *, today: date, month: str = "", records: Sequence[str] | None = None
) -> list[Closing]:
    """A proposal for every record in force in which somebody who counts has died, by person and form.

    `month` ('YYYY-MM', default today's) is the one up to which overpaid money is counted; `records` limits it to some.
    """
    month = month or month_of(today)
    found: list[Closing] = []
    for form_key, rows in _dead_in_force(r, records).items():
        form = r.store.catalog.forms[form_key]
        closings = [_propose(r, form, record, people, today) for record, people in rows]
        found += _with_overpaid(r, form, [c for c in closings if c is not None], month=month, today=today)
    return sorted(found, key=lambda c: (c.people[0].died, c.people[0].name, c.form, c.record))


def overpaid_by(
    r: Reading,
    form: Form,
    records: Sequence[str],
    *,
    month: str,
    today: date,
    supposing: Supposed | None = None,
) -> dict[str, Carried]:
    """What locked batches up to a month paid some records beyond what they are due, deaths counted; net of what
    they lack up to then.

    `supposing`: decisions on them as if they were approved.
    """
    if form.benefit is None or form.benefit.rule not in RULES or not records:
        return {}
    b = schema.payment_batches.c
    latest = r.scalar(
        sa.select(sa.func.max(b.month)).where(
            b.form == form.key, b.owner == r.store.site.division, b.void == 0
        )
    )
    if not latest:
        return {}
    unit = min(period_end(number_of(month), CYCLE_MONTHS[form.benefit.cycle]), number_of(latest))
    plan = plan_in(
        r, form=form.key, month=text_of(unit), kind="backpay", only=list(records), today=today,
        supposing=supposing,
    )  # fmt: skip
    return {one.record: one for one in plan.carried}


def stop_step(form: Form, state: str) -> Step | None:
    """The step by which the town ends a record at once because of a death: it asks for no more than reason, month or
    date, and gives the death as its reason, in words or by a field that its guard reads."""
    states = form.workflow.states
    fit = [
        step
        for step in form.workflow.steps_from(state)
        if states[step.to].group == "closed"
        and TOWN.intersection(step.by)
        and _ANSWERED.issuperset(step.ask)
        and ("reason" in step.ask or any(isinstance(v, str) for v in death_values(form, step, "").values()))
    ]
    return next(iter(sorted(fit, key=lambda step: "month" not in step.ask)), None)


def death_values(form: Form, step: Step, died: str) -> dict[str, str | None]:
    """What the fields that a step's guard reads have to say after a death: of a code list the code called 死亡, of a
    date the day of it (None where `died` is none)."""
    guard = form.conditions.get((f"step.{step.key}", "guard"))
    found: dict[str, str | None] = {}
    for path in sorted(guard.reads if guard is not None else ()):
        field = form.fields.get(path)
        if field is None or field.table or field.filled_by:
            continue
        items = field.choices.items if field.choices else {}
        code = next((key for key, title in items.items() if title == _DIED), None)
        if code is not None:
            found[path] = code
        elif field.type.name == "date":
            found[path] = died or None
    return found


def withdraw_step(form: Form, state: str) -> Step | None:
    """The step by which an application in work is withdrawn."""
    return next(
        (
            s
            for s in form.workflow.steps_from(state)
            if s.to == "withdrawn" and TOWN.intersection(s.by) and _ANSWERED.issuperset(s.ask)
        ),
        None,
    )


def change_step(form: Form, state: str) -> Step | None:
    """The step by which the town proposes a change."""
    return next(
        (s for s in form.workflow.steps_from(state) if s.to == "change_pending" and TOWN.intersection(s.by)),
        None,
    )


def stop_month(r: Reading, form: Form, died: str) -> str:
    """The first month not paid after a death, by the county's death_rule; the date may lack its day."""
    day = date.fromisoformat(died) if len(died) == 10 else date.fromisoformat(f"{died[:7]}-01")
    on = day.isoformat()
    rule = steps.choice(r, f"{form.key}.death_rule", on) or steps.choice(r, "death_rule", on) or "next"
    return text_of(last_month_alive(rule, died_on=day) + 1)


def _dead_in_force(
    r: Reading, only: Sequence[str] | None
) -> dict[str, list[tuple[dict[str, Any], list[Dead]]]]:
    """By form: (record, the dead in it who count), of this office's records in force."""
    c, k, p = schema.records.c, schema.record_people.c, schema.people.c
    fits = [
        sa.and_(
            c.form == form.key,
            c.state.in_(sorted(key for key, s in form.workflow.states.items() if s.group in groups)),
            k.role.in_(("covered", "member") if form.subject == "household" else (counted_role(form),)),
        )
        for form in r.store.catalog.forms.values()
        if (groups := _groups_that_end(form))
    ]
    query = (
        sa.select(k.record, p.id, p.name, p.death_date)
        .select_from(schema.people)
        .join(schema.record_people, k.person == p.id)
        .join(schema.records, c.id == k.record)
        .where(
            sa.or_(p.death_date.is_not(None), p.alive_status.in_(DEAD)), p.void == 0, c.void == 0,
            c.owner == r.store.site.division, sa.or_(sa.false(), *fits),
        )
        .order_by(p.death_date, p.id)
    )  # fmt: skip
    if only is not None:
        query = query.where(c.id.in_(list(only)))
    dead: dict[str, dict[str, Dead]] = defaultdict(dict)
    for record, person, name, died in r.connection.execute(query):
        dead[record][person] = Dead(person, name, died or "")
    found: dict[str, list[tuple[dict[str, Any], list[Dead]]]] = defaultdict(list)
    for row in r.get_many("records", dead).values():
        found[row["form"]].append((row, list(dead[row["id"]].values())))
    return dict(found)


def _groups_that_end(form: Form) -> frozenset[str]:
    """The states of a form's records that a death ends: in force, where somebody stands in them for a time (one-time
    help ends by itself); an application in work, where the person himself applied. Help that follows a death ends
    not; sealed records are for those who keep them.
    """
    if form.kind not in ("case", "register") or form.subject not in ("person", "household"):
        return frozenset()
    if form.privacy == "sealed" or (form.benefit is not None and form.benefit.after_death):
        return frozenset()
    lasting = form.benefit is None or form.benefit.cycle != "once"
    applied = form.kind == "case" and form.subject == "person"
    return frozenset({"active", "suspended"} if lasting else ()) | frozenset({"open"} if applied else ())


def _propose(
    r: Reading, form: Form, record: dict[str, Any], people: list[Dead], today: date
) -> Closing | None:
    rows = _living_rows(form, record)
    in_work = form.workflow.states[record["state"]].group == "open"
    if in_work and withdraw_step(form, record["state"]) is None:
        return None
    if form.subject == "household":
        people = [one for one in people if one.person in rows]
        if not people:
            return None
    subject = r.get("people", record["person"]) if record["person"] else None
    gone = {one.person for one in people}
    ends = form.subject != "household" or not any(
        row.get("in_covered", True) for person, row in rows.items() if person not in gone
    )
    kind: Kind = "withdraw" if in_work else "stop" if ends else "members"
    closing = Closing(
        _id_of(record["id"], people), kind, record["id"], form.key, form.title,
        record["number"] or "", record["village"], record["person"], subject["name"] if subject else "",
        tuple(people), before=record["amount"],
    )  # fmt: skip
    undated = next((one.name for one in people if not one.died), "")
    if undated:
        return _blocked(closing, f"{undated}已标死亡，没有死亡日期。先在人口登记里补上")
    if in_work:
        step = withdraw_step(form, record["state"])
        assert step is not None
        return msgspec.structs.replace(closing, step=step.key, step_title=step.title, by=step.by)
    return _stop(r, form, record, closing) if ends else _members(r, form, record, closing, today)


def _stop(r: Reading, form: Form, record: Mapping[str, Any], closing: Closing) -> Closing | None:
    died = max(one.died for one in closing.people)  # a household ends with the last of those who were covered
    step = stop_step(form, record["state"])
    closing = msgspec.structs.replace(
        closing, stop_month=stop_month(r, form, died), now=0 if form.benefit else None
    )
    if step is None and form.benefit is None:
        return None  # no benefit, and no way out that a death decides by itself
    if step is None:
        title = form.workflow.states[record["state"]].title
        return _blocked(closing, f"现在是“{title}”，流程里没有可以直接停的步骤。打开这一件来办")
    return msgspec.structs.replace(closing, step=step.key, step_title=step.title, by=step.by)


def _members(r: Reading, form: Form, record: dict[str, Any], closing: Closing, today: date) -> Closing:
    found = reckon_without(
        r, form, record, [(one.person, stop_month(r, form, one.died)) for one in closing.people], today=today
    )
    last = found.decisions[-1]
    closing = msgspec.structs.replace(
        closing, stop_month=found.decisions[0].from_month, now=last.amount, heir=found.heir,
        heir_name=found.heir_name, notes=found.notes, decisions=found.decisions,
    )  # fmt: skip
    if _is_proposed(r, record["id"], {one.person for one in closing.people}):
        return msgspec.structs.replace(closing, waiting=True)
    step = change_step(form, record["state"])
    if step is None:
        title = form.workflow.states[record["state"]].title
        return _blocked(closing, f"现在是“{title}”，不能提出变更。那一步办完以后再来")
    return msgspec.structs.replace(closing, step=step.key, step_title=step.title, by=step.by)


def _with_overpaid(
    r: Reading, form: Form, closings: Sequence[Closing], *, month: str, today: date
) -> Iterable[Closing]:
    supposing = {c.record: [(d.from_month, d.inputs) for d in c.decisions] for c in closings if c.decisions}
    found = overpaid_by(r, form, [c.record for c in closings], month=month, today=today, supposing=supposing)
    for closing in closings:
        carried = found.get(closing.record)
        if carried is None or not closing.stop_month:
            yield closing
        else:
            yield msgspec.structs.replace(closing, overpaid=carried.cents, periods=left_of(carried))


def _living_rows(form: Form, record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The household rows of a record by person, those who left excepted."""
    table = next((t for t in form.tables.values() if t.from_household), None)
    rows = record["doc"].get(table.key) or () if table else ()
    return {str(row.get("person") or row.get("key")): row for row in rows if not row.get("leave_date")}


def _is_proposed(r: Reading, record: str, gone: set[str]) -> bool:
    """Whether a change that leaves these people out waits for a decision."""
    t = schema.terms.c
    query = sa.select(t.snapshot).where(t.record == record, t.state == "proposed", t.void == 0)
    told: set[str] = set()
    for snapshot in r.connection.execute(query).scalars():
        told |= set(snapshot.get("died") or ())
    return gone <= told


def _blocked(closing: Closing, why: str) -> Closing:
    return msgspec.structs.replace(closing, blocked=why)


def _id_of(record: str, people: Sequence[Dead]) -> str:
    text = "\0".join(["closing", record, *sorted(f"{one.person} {one.died}" for one in people)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
