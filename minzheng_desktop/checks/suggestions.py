"""Suggestions of 主动发现 with their answers: accepted (a draft is begun), postponed until a day, or dismissed.

An answer stays with the suggestion, keyed by rule and person; when what it says has changed since, it is open again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.closings import change_step
from minzheng_desktop.benefits.discovery import Suggestion, find_suggestions
from minzheng_desktop.checks.answers import Said, State, digest, load_answers, remember, require
from minzheng_desktop.store import households, records
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

KIND = "discover"
FOUND = "4"
"""apply_channel 主动发现."""
ALONE_OUT = "9"
"""not_counted_reason of the others where only one person of a household counts."""


class Proposed(msgspec.Struct, frozen=True):
    """A suggestion with its id, its state as of today, and what was answered."""

    id: str
    suggestion: Suggestion
    state: State
    said: Said | None = None


class Accepted(msgspec.Struct, frozen=True):
    """The record that a suggestion began (or whose change it began), or why it did not."""

    proposed: Proposed
    record: str
    message: str = ""


def list_suggestions(r: Reading, *, today: date) -> list[Proposed]:
    """Everybody whom the rules find now, with the answers; what was accepted is found no more, as it is in work."""
    answers = load_answers(r, KIND)
    found = []
    for one in find_suggestions(r, today=today):
        key = digest(KIND, one.rule, one.person)
        said = answers.get(key)
        fresh = said is None or said.message != one.reason
        found.append(Proposed(key, one, "open" if said is None or fresh else said.now(today), said))
    return found


def accept_suggestions(store: Store, ids: Iterable[str], *, today: date) -> tuple[Accepted, ...]:
    """Begin a draft of each benefit (or a change of the record in force), one transaction each.

    Raises UserError no_such_proposal before anything is written. What cannot be begun says why in its message.
    """
    done = []
    for one in _chosen(store, ids, today):
        try:
            with store.writing("accept_suggestion", {"rule": one.suggestion.rule}) as w:
                record = _change(w, one, today) if one.suggestion.record else _begin(w, one, today)
                _remember(w, one, "taken", record=record)
        except UserError as error:
            done.append(Accepted(one, "", error.message))
        else:
            done.append(Accepted(one, record))
    return tuple(done)


def postpone_suggestions(
    store: Store, ids: Iterable[str], *, until: date, today: date, reason: str = ""
) -> int:
    """Say no more of suggestions until a day; returns how many. Raises UserError not_later, no_such_proposal."""
    if until <= today:
        raise UserError("not_later", f"{until.isoformat()} 不在今天以后。没有改动，写以后的日子。")
    return _answer(store, ids, "postponed", today=today, text=reason, until=until.isoformat())


def dismiss_suggestions(store: Store, ids: Iterable[str], *, reason: str, today: date) -> int:
    """Say no more of suggestions; returns how many. Raises UserError reason_missing, no_such_proposal."""
    if not reason.strip():
        raise UserError("reason_missing", "没有写不办的理由。没有改动，写明理由再提交。")
    return _answer(store, ids, "dismissed", today=today, text=reason.strip())


def _answer(
    store: Store, ids: Iterable[str], state: State, *, today: date, text: str, until: str = ""
) -> int:
    chosen = _chosen(store, ids, today)
    with store.writing("answer_suggestions", {"as": state, "count": len(chosen)}) as w:
        for one in chosen:
            _remember(w, one, state, text=text, until=until)
    return len(chosen)


def _chosen(store: Store, ids: Iterable[str], today: date) -> list[Proposed]:
    with store.reading() as r:
        known = {one.id: one for one in list_suggestions(r, today=today)}
    return [known[key] for key in require(known, ids, "建议")]


def _remember(
    w: Writing, one: Proposed, state: State, *, text: str = "", until: str = "", record: str = ""
) -> None:
    found = one.suggestion
    facts = {"form": found.form, "persons": [found.person], "since": found.since}
    remember(
        w,
        KIND,
        one.id,
        found.rule,
        found.reason,
        state=state,
        facts=facts,
        text=text,
        until=until,
        record=record,
    )


def _begin(w: Writing, one: Proposed, today: date) -> str:
    """A draft of the form about the person, or about the household in which the person lives."""
    found = one.suggestion
    form = w.store.catalog.forms[found.form]
    home = households.household_of(w, found.person)
    doc: dict[str, Any] = {
        name: value
        for name, value in (
            ("apply_channel", FOUND), ("apply_date", today.isoformat()), ("apply_reason", found.reason),
        )
        if name in form.fields
    }  # fmt: skip
    doc |= found.draft
    subject = records.Subject(person=found.person)
    if form.subject == "household":
        if home is None:
            raise UserError("no_household", f"{found.name}没有登记在哪一户里。没有新建，先登记家庭再来。")
        subject = records.Subject(person=home["head"], household=home["id"])
        doc |= _members(w, form, home["id"], found)
    return casework.save_record(w, found.form, doc, today=today, subject=subject).id


def _members(r: Reading, form: Form, home: str, found: Suggestion) -> dict[str, Any]:
    """The rows of the household; of `alone` rules only the person counts."""
    members = households.load_household(r, home).members
    tables: dict[str, Any] = {}
    for table in (t for t in form.tables.values() if t.from_household):
        rows = [{"key": m["person"], "person": m["person"]} for m in members]
        if found.alone and "in_covered" in table.columns:
            for row in rows:
                if row["person"] != found.person:
                    row |= {"in_covered": False, "not_counted_reason": ALONE_OUT}
        tables[table.key] = rows
    return tables


def _change(w: Writing, one: Proposed, today: date) -> str:
    """Propose a change of the record in force."""
    record = records.load_record(w, one.suggestion.record)
    form = w.store.catalog.forms[record["form"]]
    step = change_step(form, record["state"])
    if step is None:
        title = form.workflow.states[record["state"]].title
        raise UserError("step_not_possible", f"这件现在是“{title}”，不能提出变更。没有改动。")
    asks = {"reason": one.suggestion.reason, "date": today.isoformat()}
    casework.take_step(
        w, record["id"], step.key, today=today, asks={k: asks[k] for k in step.ask if k in asks}
    )
    return str(record["id"])
