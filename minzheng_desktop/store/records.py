"""Records: one typed row and one document each, judged by their form before they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import attachments, households, lookups, people, schema, unknown_fields
from minzheng_desktop.values.errors import Problem, UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Env, Evaluation
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Reading, Writing

START = "start"
"""The step of a record's birth: it brings the record into the workflow's first state."""

_TYPED = {
    "date": "record_date",
    "until": "until_date",
    "amount": "amount",
    "quantity": "quantity",
    "kind": "kind",
    "facility": "facility",
    "village": "village",
}


class Money(Protocol):
    """What ``benefits`` knows and this room below it does not; ``benefits.casework`` hands it in."""

    def fill(self, r: Reading, form: Form, evaluation: Evaluation, month: str) -> Mapping[str, Any]:
        """The fields that the money rule fills, in cents, for a month."""
        ...

    def start_month(self, r: Reading, form: Form, evaluation: Evaluation, *, confirmed_on: str) -> str:
        """The first month due when a record is confirmed on a day."""
        ...


class Subject(msgspec.Struct, frozen=True):
    """Whom a record is about: ids of the registers."""

    person: str | None = None
    household: str | None = None
    facility: str | None = None

    def ids(self) -> dict[str, str | None]:
        return {"person": self.person, "household": self.household, "facility": self.facility}


class Saved(msgspec.Struct, frozen=True):
    """What a save did: problems that remain are warnings, and in a draft errors too."""

    id: str
    revision: str
    number: str
    state: str
    problems: tuple[Problem, ...]


def form_of(r: Reading, key: str) -> Form:
    """The form in force. Raises UserError ``unknown_form``."""
    form = r.store.catalog.forms.get(key)
    if form is None:
        waiting = [p for p in r.store.catalog.problems if f"/{key}." in p.file]
        why = f"它的表单文件有错：{waiting[0].sentence()}" if waiting else "请核对业务代码"
        raise UserError("unknown_form", f"没有可用的业务“{key}”，{why}。其他业务不受影响。")
    return form


def load_record(r: Reading, record_id: str) -> dict[str, Any]:
    """One record. Raises UserError ``no_such_record``."""
    row = r.get("records", record_id)
    if row is None:
        raise UserError("no_such_record", f"没有编号为 {record_id} 的记录。请重新查找。")
    return row


def subject_of(record: Mapping[str, Any]) -> Subject:
    return Subject(record["person"], record["household"], record["facility"])


def environment(
    r: Reading,
    form: Form,
    doc: Mapping[str, Any],
    *,
    subject: Subject,
    state: str,
    today: date,
    record_id: str | None = None,
    step: str | None = None,
    historic: bool = False,
) -> Env:
    """What the form's conditions see beside the document: registers, lookups, today, the state, the step."""
    from minzheng_desktop.catalog.engine import Env

    attributes: dict[str, Mapping[str, Any]] = {}
    for path, field in form.fields.items():
        look_up = _ATTRIBUTES.get(field.type.name)
        if look_up is None:
            continue
        for value in _values(doc, path):
            found = look_up(r, value)
            if found is not None:
                attributes[value] = found
    return Env(
        today=today,
        state=state,
        step=step,
        person=person_attributes(r, subject.person),
        household=household_attributes(r, subject.household),
        facility=facility_attributes(r, subject.facility),
        attributes=attributes,
        historic=historic,
        lookups=lookups.look_up(
            r, form, record_id=record_id, subject=subject.ids(), doc=doc, today=today.isoformat()
        ),
        area=r.store.site.division,
    )


def judge(
    r: Reading,
    form: Form,
    doc: Mapping[str, Any],
    *,
    subject: Subject,
    state: str,
    today: date,
    record_id: str | None = None,
    step: str | None = None,
    historic: bool = False,
) -> Evaluation:
    """The document with its calculations, what is relevant and required in the state, and all problems."""
    env = environment(
        r,
        form,
        doc,
        subject=subject,
        state=state,
        today=today,
        record_id=record_id,
        step=step,
        historic=historic,
    )
    return r.store.evaluator(form.key).evaluate(doc, env)


def save_record(
    w: Writing,
    form_key: str,
    doc: Mapping[str, Any],
    *,
    today: date,
    subject: Subject | None = None,
    record_id: str | None = None,
    owner: str | None = None,
    expected: str | None = None,
    money: Money | None,
    **columns: Any,
) -> Saved:
    """Write a record as its form allows and return what was saved.

    A new record enters the workflow's first state. In a draft errors only warn; in any other state an error
    refuses the save (UserError ``record_wrong`` with the fields at fault). ``columns`` sets paid_through and
    import_id. Raises UserError ``not_unique`` where a key of the form is taken.
    """
    form = form_of(w, form_key)
    old = load_record(w, record_id) if record_id else None
    state = old["state"] if old else form.workflow.start
    subject = subject or (subject_of(old) if old else Subject())
    subject = _complete_subject(w, form, subject)
    if old:
        doc = unknown_fields.keep_unknown(form, old["doc"], doc)
    doc = refresh_copies(w, form, doc, subject, state)
    historic = bool(columns.get("paid_through") or (old and old["paid_through"]))
    evaluation = judge(
        w, form, doc, subject=subject, state=state, today=today, record_id=record_id, historic=historic
    )
    errors = tuple(p for p in evaluation.problems if p.level == "error")
    if errors and form.workflow.states[state].group != "draft":
        raise UserError("record_wrong", f"{errors[0].message}。没有保存，改好后再存。", errors)
    values = dict(evaluation.values)
    if money:
        values |= money.fill(w, form, evaluation, today.isoformat()[:7])
    body = typed_columns(form, values, subject)
    body["doc"] = storable(form, values)
    body["village"] = body.get("village") or _village(w, subject)
    body |= columns
    if old is None:
        owner = owner or w.store.site.division
        new = new_id()
        number = next_number(w, form, owner, today)
        body |= {"id": new, "owner": owner, "number": number, "entered_by": w.user, "state": state}
        w.put("records", {**body, "form": form.key, "form_version": form.version})
        w.put(
            "steps",
            {
                "owner": owner,
                "record": new,
                "step": START,
                "to_state": state,
                "at": w.at,
                "actor": "town" if w.store.site.role == "township" else "county",
                "by": w.user,
            },
        )
        record_id = new
    else:
        w.put(
            "records",
            {**body, "id": record_id, "form_version": form.version},
            expected=expected,
        )
    attachments.link_document(w, form, values, str(record_id), before=old["doc"] if old else None)
    saved = load_record(w, str(record_id))
    return Saved(saved["id"], saved["revision"], saved["number"] or "", saved["state"], evaluation.problems)


def typed_columns(form: Form, values: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    """The columns that lists, sums and lookups use, taken from the document as ``record = {…}`` says."""
    columns: dict[str, Any] = dict(subject.ids())
    for word, path in form.record.items():
        column = _TYPED.get(word, word)
        value = values.get(path)
        columns[column] = value if column in ("amount", "quantity") or value is None else str(value)
    return columns


def storable(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it is kept: without what depends on the day on which it is looked at."""
    return {k: v for k, v in values.items() if k not in form.fields or not form.fields[k].live}


def refresh_copies(
    r: Reading, form: Form, doc: Mapping[str, Any], subject: Subject, state: str
) -> dict[str, Any]:
    """The document with the register attributes of its household rows as they are now.

    From the first active state on they stay as they were decided (form language §3, ``copy``).
    """
    fresh = dict(doc)
    if form.workflow.states[state].group not in ("draft", "open"):
        return fresh
    for table in form.tables.values():
        if not table.from_household or not table.copy:
            continue
        known = {m["person"]: m for m in _members(r, subject.household)}
        rows = []
        for row in fresh.get(table.key) or ():
            person = row.get("person") or row.get("key")
            member = known.get(person) or person_attributes(r, person) or {}
            rows.append({**row, "person": person, **{k: member.get(k) for k in table.copy if k in member}})
        fresh[table.key] = rows
    return fresh


def next_number(w: Writing, form: Form, owner: str, today: date) -> str:
    """The next number of a form's pattern, without gaps; laptops other than A put their letter before it."""
    if not form.number:
        return ""
    letter = "" if w.store.site.letter == "A" else w.store.site.letter
    head, _, rest = form.number.partition("{serial")
    width = int(rest[1:].split("}")[0]) if rest.startswith(":") else 1
    tail = rest.split("}", 1)[1] if rest else ""
    names = {"{town}": owner, "{year}": str(today.year), "{month}": f"{today:%Y%m}"}
    for mark, text in names.items():
        head, tail = head.replace(mark, text), tail.replace(mark, text)
    prefix = head + letter
    c = schema.records.c
    last = w.scalar(
        sa.select(sa.func.max(c.number)).where(
            c.form == form.key, c.owner == owner, c.number.like(prefix + "_" * width + tail)
        )
    )
    count = int(last[len(prefix) : len(prefix) + width]) + 1 if last else 1
    return f"{prefix}{count:0{width}d}{tail}"


def person_attributes(r: Reading, person_id: str | None) -> dict[str, Any] | None:
    row = r.get("people", person_id) if person_id else None
    return people.attributes(row) if row else None


def household_attributes(r: Reading, household_id: str | None) -> dict[str, Any] | None:
    if not household_id:
        return None
    return attributes_of_household(households.load_household(r, household_id))


def attributes_of_household(found: households.Household) -> dict[str, Any]:
    """What conditions see of a household."""
    head = next((m for m in found.members if m["person"] == found.household["head"]), None)
    return {
        **{k: v for k, v in found.household.items() if k != "more"},
        "head_name": head["name"] if head else None,
        "size": len(found.members),
        "members": found.members,
    }


def facility_attributes(r: Reading, facility_id: str | None) -> dict[str, Any] | None:
    """A facility is a record of a form of kind ``facility``; its document holds name, kind and account."""
    return attributes_of_facility(r.get("records", facility_id) if facility_id else None)


def attributes_of_facility(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What conditions see of a facility's record."""
    return {**row["doc"], "id": row["id"], "village": row["village"], "state": row["state"]} if row else None


def record_attributes(r: Reading, record_id: str | None) -> dict[str, Any] | None:
    """What is seen of another record: its document; ``name`` is what paper and lists call it (高龄津贴 GL-…)."""
    row = r.get("records", record_id) if record_id else None
    if row is None:
        return None
    form = r.store.catalog.forms.get(row["form"])
    called = " ".join(filter(None, (form.title if form else row["form"], row["number"])))
    return {"name": called, **row["doc"], "id": row["id"], "state": row["state"]}


_ATTRIBUTES = {
    "person": person_attributes,
    "household": household_attributes,
    "facility": facility_attributes,
    "record": record_attributes,
}
"""What fields that point to something show of it to conditions."""


def _values(doc: Mapping[str, Any], path: str) -> Iterator[str]:
    table, _, column = path.rpartition(".")
    found = [row.get(column) for row in doc.get(table) or ()] if table else [doc.get(path)]
    yield from (v for v in found if v)


def steps_of(r: Reading, record_id: str) -> list[dict[str, Any]]:
    """A record's steps in the order in which they were taken."""
    s = schema.steps
    return r.rows(sa.select(s).where(s.c.record == record_id, s.c.void == 0).order_by(s.c.at, s.c.id))


def terms_of(r: Reading, record_id: str) -> list[dict[str, Any]]:
    """A record's terms by their first month."""
    t = schema.terms
    return r.rows(sa.select(t).where(t.c.record == record_id, t.c.void == 0).order_by(t.c.from_month, t.c.id))


def _members(r: Reading, household_id: str | None) -> list[dict[str, Any]]:
    return households.load_household(r, household_id, also_left=True).members if household_id else []


def _complete_subject(r: Reading, form: Form, subject: Subject) -> Subject:
    """Fill a household form's person (its head) and refuse a record that is about nobody."""
    if form.subject == "household" and subject.household and not subject.person:
        head = (r.get("households", subject.household) or {}).get("head")
        subject = msgspec.structs.replace(subject, person=head)
    wanted = subject.ids().get(form.subject, "")
    if form.subject != "none" and form.subject_required and not wanted and form.kind != "facility":
        what = {"person": "人", "household": "户", "facility": "机构"}[form.subject]
        raise UserError("no_subject", f"没有选{what}。没有保存，先选好{what}再存。")
    return subject


def _village(r: Reading, subject: Subject) -> str | None:
    if subject.household and (row := r.get("households", subject.household)) and row["village"]:
        return str(row["village"])
    if subject.person and (row := r.get("people", subject.person)):
        found: str | None = row["reside_village"] or row["hukou_village"]
        return found
    return None


def each_form_record(r: Reading, form_key: str, *states: str) -> Iterator[dict[str, Any]]:
    """Every living record of a form, optionally only in some states, in one query."""
    c = schema.records.c
    query = sa.select(schema.records).where(c.form == form_key, c.void == 0)
    if states:
        query = query.where(c.state.in_(states))
    for row in r.connection.execute(query.order_by(c.id)).mappings():
        yield dict(row)
