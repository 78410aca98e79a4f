"""What has to be looked at again: the forms' ``[reminder]`` lines, as of a day. Proposed only; people do it.

A date that nears (a child turning 18, a release, a certificate's end), or a change that the registers know of
(household, residence, marriage, a payee's death). Source: domain §3–5, §6.4⑥ (婚姻登记后比对), §2.4, §4.3③.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.deaths import DEAD
from minzheng_desktop.checks.answers import State, digest, load_answers, remember, require
from minzheng_desktop.checks.finding import Scope, people_columns
from minzheng_desktop.checks.identity import find_moved_away
from minzheng_desktop.store import schema
from minzheng_desktop.store.people import attributes
from minzheng_desktop.values.dates import last_day, month_of

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form, Reminder
    from minzheng_desktop.checks.finding import Finding
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

KIND = "review"
MARRIAGE = "marriage"
"""The form whose records are marriages, where the catalogue has it."""
CHANGES = ("1", "2", "5")
"""marriage_kind: 结婚, 离婚, 撤销无效; a replaced certificate changes nothing."""
_r, _p, _k, _m = schema.records, schema.people, schema.record_people, schema.household_members


class Review(msgspec.Struct, frozen=True):
    """One record to look at again. `due` is the day ('' where a change has no date), `late` that it has passed by
    more days than the form allows; `state` is how it was answered."""

    id: str
    rule: str
    title: str
    form: str
    record: str
    number: str
    person: str | None
    name: str
    village: str | None
    due: str
    message: str
    late: bool = False
    state: State = "open"


def find_reviews(r: Reading, *, today: date, month: str = "") -> list[Review]:
    """Everything due by today, or by the end of a month ('YYYY-MM'); changes without a date first, then by day."""
    upto = max(today, last_day(month)) if month else today
    scope = Scope(r, month=month or month_of(today), today=today)
    moved = list(find_moved_away(scope))
    found: dict[str, Review] = {}
    for form in scope.forms.values():
        dated = [one for one in form.reminders.values() if one.of == "records" and one.states]
        for one in _dated(scope, form, dated, upto) if dated else ():
            found[one.id] = one
        for reminder in form.reminders.values():
            if reminder.of == "changes":
                found |= {one.id: one for one in _changes(scope, form, reminder, moved)}
    answers = load_answers(r, KIND)
    told = [
        msgspec.structs.replace(one, state=answers[one.id].now(today)) if one.id in answers else one
        for one in found.values()
    ]
    return sorted(told, key=lambda one: (one.due, one.form, one.name, one.id))


def answer_reviews(
    store: Store, ids: Iterable[str], *, today: date, month: str = "", text: str = "", until: str = ""
) -> int:
    """Note that reviews were done, or (`until`, an ISO day) that they wait; returns how many.

    Raises UserError no_such_proposal; then nothing was written.
    """
    with store.reading() as r:
        known = {one.id: one for one in find_reviews(r, today=today, month=month)}
    wanted = require(known, ids, "复核提醒")
    with store.writing("answer_reviews", {"count": len(wanted)}) as w:
        for one in (known[key] for key in wanted):
            remember(
                w, KIND, one.id, one.rule, one.message, state="postponed" if until else "taken", text=text,
                until=until, facts={"form": one.form, "records": [one.record], "due": one.due},
            )  # fmt: skip
    return len(wanted)


# dates


def _dated(scope: Scope, form: Form, reminders: Sequence[Reminder], upto: date) -> Iterator[Review]:
    from minzheng_desktop.catalog.engine import Env

    evaluator = scope.r.store.evaluator(form.key)
    states = {state for one in reminders for state in one.states}
    for row, person in _in_states(scope, form, states):
        evaluation = None
        for reminder in reminders:
            if row["state"] not in reminder.states:
                continue
            field = form.fields.get(reminder.date)
            if field is not None and not field.live and not field.table:
                value = row["doc"].get(reminder.date)
                dates: Sequence[str] = (value,) if value else ()
            else:
                if evaluation is None:
                    env = Env(today=scope.today, state=row["state"], person=person, area=row["owner"])
                    evaluation = evaluator.reread(row["doc"], env)
                dates = evaluator.reminder_dates(evaluation, reminder.key)
            for text in dates:
                one = _due(scope, form, reminder, row, person, text, upto)
                if one is not None:
                    yield one


def _due(
    scope: Scope, form: Form, reminder: Reminder, row: Mapping[str, Any], person: Mapping[str, Any] | None,
    text: str, upto: date,
) -> Review | None:  # fmt: skip
    """The reminder of one date: from `before` days ahead of it, and past it only where the form says overdue."""
    day = _last_day_of(text)
    if day is None or day - timedelta(days=reminder.before) > upto:
        return None
    if day < scope.today and not reminder.overdue:
        return None
    late = bool(reminder.overdue) and day + timedelta(days=reminder.overdue) <= scope.today
    when = f"{day.isoformat()}，已过 {(scope.today - day).days} 天" if day < scope.today else day.isoformat()
    return _review(scope, form, reminder.key, reminder.title, row, person, day.isoformat(), when, late=late)


def _last_day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else last_day(text[:7]) if len(text) == 7 else None
    except ValueError:
        return None


def _in_states(
    scope: Scope, form: Form, states: Iterable[str]
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    query = (
        sa.select(_r, *(_p.c[c.name].label(f"p_{c.name}") for c in _p.c))
        .outerjoin(_p, _p.c.id == _r.c.person)
        .where(
            _r.c.form == form.key, _r.c.void == 0, _r.c.state.in_(sorted(states)),
            _r.c.owner == scope.r.store.site.division,
        )
        .order_by(_r.c.id)
    )  # fmt: skip
    for row in scope.r.connection.execute(query).mappings():
        person = attributes({c.name: row[f"p_{c.name}"] for c in _p.c}) if row["p_id"] else None
        yield {c.name: row[c.name] for c in _r.c}, person


# changes


def _changes(scope: Scope, form: Form, reminder: Reminder, moved: Sequence[Finding]) -> Iterator[Review]:
    rows = {row["id"]: (row, person) for row, person in _in_states(scope, form, reminder.states)}
    if not rows:
        return
    ways: dict[str, Callable[[], Iterable[Told]]] = {
        "members": lambda: _members(scope, form, rows),
        "moved": lambda: [(one.records[0], "", one.message) for one in moved if one.records[0] in rows],
        "marriage": lambda: _married(scope, form, rows),
        "payee": lambda: _payees(scope, form, rows),
    }
    for word in reminder.watch:
        for record, due, said in ways[word]():
            row, person = rows[record]
            yield _review(scope, form, f"{reminder.key}.{word}", _WATCHED[word], row, person, due, said)


_WATCHED = {
    "members": "家庭成员有变化",
    "moved": "户籍迁出",
    "marriage": "婚姻有变化",
    "payee": "领款人、监护人死亡",
}
Rows = Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any] | None]]
Told = tuple[str, str, str]
"""Record, day ('' without one), and what is said of it."""


def _members(scope: Scope, form: Form, rows: Rows) -> Iterator[Told]:
    """Households whose register names others than the record: the dead are left to their own proposals."""
    table = next((t for t in form.tables.values() if t.from_household), None)
    if table is None:
        return
    query = (
        sa.select(_m.c.household, _m.c.person, _m.c.join_date, _m.c.leave_date, _p.c.name, _p.c.death_date)
        .join(_p, _p.c.id == _m.c.person)
        .where(
            _m.c.void == 0, _p.c.void == 0, _p.c.alive_status.not_in(DEAD),
            _m.c.household.in_(
                sa.select(_r.c.household).where(
                    _r.c.form == form.key, _r.c.void == 0, _r.c.owner == scope.r.store.site.division
                )
            ),
        )
        .order_by(_m.c.id)
    )  # fmt: skip
    homes: dict[str, list[Any]] = {}
    for one in scope.r.connection.execute(query):
        homes.setdefault(one.household, []).append(one)
    for record, (row, _) in rows.items():
        listed = {
            str(m.get("person") or m.get("key")): m
            for m in row["doc"].get(table.key) or ()
            if not m.get("leave_date")
        }
        lives = {one.person for one in homes.get(row["household"] or "", ()) if not one.leave_date}
        for one in homes.get(row["household"] or "", ()):
            if one.leave_date and one.person in listed and one.person not in lives:
                yield record, one.leave_date, f"{one.name} {one.leave_date} 已离开这一户，待遇里还有"
            elif not one.leave_date and one.person not in listed and one.join_date:
                yield record, one.join_date, f"{one.name} {one.join_date} 进了这一户，待遇里还没有"


def _married(scope: Scope, form: Form, rows: Rows) -> Iterator[Told]:
    """People of a record whose marriage was registered after it began."""
    marriages = scope.forms.get(MARRIAGE)
    if marriages is None:
        return
    counted = sorted(k for k, state in marriages.workflow.states.items() if state.group == "active")
    mine, theirs, wed = _k.alias("mine"), _k.alias("theirs"), _r.alias("wed")
    query = (
        sa.select(mine.c.record, wed.c.record_date, *people_columns(_p.c))
        .select_from(mine)
        .join(theirs, theirs.c.person == mine.c.person)
        .join(wed, wed.c.id == theirs.c.record)
        .join(_r, _r.c.id == mine.c.record)
        .join(_p, _p.c.id == mine.c.person)
        .where(
            _r.c.form == form.key, _r.c.void == 0, mine.c.role.in_(("subject", "covered", "member")),
            wed.c.form == MARRIAGE, wed.c.void == 0, wed.c.state.in_(counted), wed.c.kind.in_(CHANGES),
            wed.c.record_date >= sa.func.coalesce(_r.c.start_month, ""),
        )
        .order_by(wed.c.record_date, mine.c.record)
        .distinct()
    )  # fmt: skip
    for one in scope.r.rows(query):
        if one["record"] in rows:
            yield one["record"], one["record_date"], f"{scope.who(one)} {one['record_date']} 办了婚姻登记"


def _payees(scope: Scope, form: Form, rows: Rows) -> Iterator[Told]:
    """Records whose payee, guardian or carer has died: the money would go to nobody."""
    roles = {"payee", "guardian", "caregiver", *(p.to for p in (form.benefit.payee if form.benefit else ()))}
    roles &= {path for path, field in form.fields.items() if field.type.name == "person"}
    if not roles:
        return
    query = (
        sa.select(_k.c.record, _k.c.role, _p.c.death_date, *people_columns(_p.c))
        .join(_r, _r.c.id == _k.c.record)
        .join(_p, _p.c.id == _k.c.person)
        .where(
            _r.c.form == form.key, _k.c.role.in_(sorted(roles)), _p.c.void == 0,
            sa.or_(_p.c.death_date.is_not(None), _p.c.alive_status.in_(DEAD)),
        )
        .order_by(_k.c.record)
    )  # fmt: skip
    for one in scope.r.rows(query):
        if one["record"] in rows:
            label = form.fields[one["role"]].label
            day = one["death_date"] or ""
            yield one["record"], day, f"{label}{scope.who(one)}{day} 死亡，换领款人和账户"


def _review(
    scope: Scope, form: Form, rule: str, title: str, row: Mapping[str, Any], person: Mapping[str, Any] | None,
    due: str, said: str, *, late: bool = False,
) -> Review:  # fmt: skip
    name = str(person["name"]) if person else str(row["doc"].get("name") or row["number"] or form.title)
    who = scope.who(person) if person else name
    message = said if name in said else f"{who}“{form.title}”：{title}，{said}"
    return Review(
        digest(KIND, form.key, rule, row["id"], due, "" if due else said), f"{form.key}.{rule}", title, form.key,
        row["id"], row["number"] or "", row["person"], name, row["village"], due, message, late,
    )  # fmt: skip
