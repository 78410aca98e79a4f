"""Lists and records: opened, judged while one types, saved, moved on, drafts kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from ...catalog.resolve import start_of
from ...store import drafts, households, overview, records, steps
from ...store.unknown_fields import EXPLAINED, unknown_values
from ...values.dates import month_of
from ...values.money import format_money_grouped
from ..kit.cells import state_chip
from ..kit.strips import StepMark
from ..records.outline import Doc, Judgement, PersonBrief, RecordView
from .judging import judge_for, other_benefits
from .office import Office, short_time
from .outlines import RELATION, outline_of
from .titles import titles_of

if TYPE_CHECKING:
    from ...catalog.engine import Env
    from ...catalog.form import Form
    from ...store.unit import Reading

LINE_STEPS = 6
"""So many states stand in the step line."""


# -- one record --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """Whom a record is about, and the document as the choice fills it."""

    ids: records.Subject
    brief: PersonBrief
    doc: Doc
    people: Mapping[str, PersonBrief]


@dataclass(frozen=True)
class OpenRecord:
    """A record in the editor: its view, what judges it, and what saving compares."""

    form: str
    view: RecordView
    judge: Callable[[Doc], Judgement]
    subject: records.Subject
    state: str
    revision: str | None = None
    draft: str = ""


def new_record(office: Office, form_key: str, *, keep: Mapping[str, Any] | None = None) -> OpenRecord:
    """An empty record with its defaults, or the draft that was left; ``keep`` are values that stay."""
    form = office.store.catalog.forms[form_key]
    draft = f"{office.store.user}:{form_key}:new"
    doc: Doc = {
        f.key: start_of(f, office.today)
        for f in form.fields.values()
        if not f.table and f.default is not None and not f.computed
    }
    doc |= keep or {}
    if "apply_date" in form.fields and "apply_date" not in doc and form.kind == "case":
        doc["apply_date"] = office.today.isoformat()
    with office.store.reading() as r:
        left = next((d for d in drafts.drafts_of(r, form=form_key) if d["id"] == draft), None)
    subject, brief, restored = records.Subject(), None, ""
    people: Mapping[str, PersonBrief] = {}
    if left is not None:
        doc = dict(left["doc"])
        person = doc.pop("_person", None)
        restored = f"接着 {short_time(left['at'])} 没有保存的草稿。"
        if person:
            chosen = choose_subject(office, form_key, person, doc)
            subject, brief, people, doc = chosen.ids, chosen.brief, chosen.people, chosen.doc
    return _opened(
        office, form, doc, subject=subject, state=form.workflow.start, brief=brief, people=people,
        title=f"新建{form.title}", facts=form.title, draft=draft, restored=restored,
    )  # fmt: skip


def open_record(office: Office, record_id: str, *, form_key: str = "") -> OpenRecord:
    """One record with its draft, if one was left."""
    with office.store.reading() as r:
        row = records.load_record(r, record_id)
        form = records.form_of(r, row["form"])
        count, at = overview.changes_of(r, record_id)
        taken = [s["to_state"] for s in records.steps_of(r, record_id)]
        draft = f"{office.store.user}:{form.key}:{record_id}"
        left = next((d for d in drafts.drafts_of(r, form=form.key) if d["id"] == draft), None)
        doc = dict(left["doc"]) if left else dict(row["doc"])
        doc.pop("_person", None)
        subject = records.subject_of(row)
        doc = records.refresh_copies(r, form, doc, subject, row["state"])
        people = _people_in(office, r, form, doc, subject)
        person = r.get("people", subject.person) if subject.person else None
        ways = steps.possible_steps(r, row)
        own = titles_of(r, form, [row])[record_id] if person is None else ""
        env = records.environment(
            r, form, doc, subject=subject, state=row["state"], today=office.today, record_id=record_id
        )
    state = form.workflow.states[row["state"]]
    brief = office.brief(person) if person else None
    name = brief.name if brief else own or form.title
    facts = " · ".join(p for p in (form.title, row["number"], f"第 {count} 次修改", short_time(at)) if p)
    restored = f"接着 {short_time(left['at'])} 没有保存的草稿，保存后才进台账。" if left else ""
    opened = _opened(
        office, form, doc, subject=subject, state=row["state"], brief=brief, people=people,
        title=f"{name} 户" if form.subject == "household" else name, facts=facts, draft=draft, restored=restored,
        record_id=record_id,
    )  # fmt: skip
    editable = bool(office.store.roles.intersection(state.edit))
    evaluator = office.store.evaluator(form.key)
    evaluation = evaluator.reread(doc, env)
    met = {
        step.key for step in ways if step.guard and evaluator.holds(evaluation, f"step.{step.key}", "guard")
    }
    forward, primary = _ways(ways, met, open_=state.group in ("draft", "open"))
    view = replace(
        opened.view,
        id=record_id,
        chip=state_chip(state.title, state.group),
        steps=step_marks(form, row["state"], taken),
        ways=forward,
        primary=primary,
        editable=editable,
        why_closed="" if editable else f"现在是“{state.title}”，这里只能看。",
    )
    return replace(opened, view=view, revision=row["revision"])


def _ways(possible: list[Any], met: set[str], *, open_: bool) -> tuple[tuple[tuple[str, str, str], ...], str]:
    """The steps as buttons; the first that goes on without a reason is the primary.

    Where its condition does not hold, one whose condition does goes before it; what is in force and ready for none has
    no primary, while an application keeps its next step, which then says what is missing.
    """
    forward = [s for s in possible if "reason" not in s.ask]
    first = forward[0] if forward else None
    if first is not None and first.guard and first.key not in met:
        first = next((s for s in forward if s.key in met), first if open_ else None)
    primary = first.key if first is not None else ""
    return tuple((s.key, s.title, "danger" if "reason" in s.ask else "") for s in possible), primary


def _opened(
    office: Office, form: Form, doc: Doc, *, subject: records.Subject, state: str, brief: PersonBrief | None,
    people: Mapping[str, PersonBrief], title: str, facts: str, draft: str, restored: str, record_id: str = "",
) -> OpenRecord:  # fmt: skip
    outline = outline_of(form, state=state, roles=office.store.roles)
    view = RecordView(
        outline=outline,
        id=record_id,
        title=title,
        chip=state_chip("草稿", "draft"),
        facts=facts,
        doc=doc,
        subject=brief,
        people=people,
        restored=restored,
        steps=step_marks(form, state, []),
        overrides=doc.get(EXPLAINED) or {},
        unknown=_unknown(form, doc),
    )
    judge = judge_for(office, form, doc, subject=subject, state=state, record_id=record_id or None)
    return OpenRecord(form.key, view, judge, subject, state, draft=draft)


def _unknown(form: Form, doc: Doc) -> str:
    held = unknown_values(form, doc)
    if not held:
        return ""
    words = "，".join(f"{key} = {json_text(value)}" for key, value in list(held.items())[:4])
    more = f" 等 {len(held)} 项" if len(held) > 4 else ""
    return (
        f"这件里有本机还不认识的内容：{words}{more}。保存时照样留着；启用县局下发的表单或升级程序后就能看到。"
    )


def json_text(value: Any) -> str:
    """A stored value as people read it: texts bare, the rest as JSON, cut at forty letters."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 40 else f"{text[:39]}…"


def step_marks(form: Form, state: str, taken: list[str]) -> tuple[StepMark, ...]:
    """The main way of a workflow, at most six states of it, with the place where the record stands."""
    workflow = form.workflow
    path, here = [workflow.start], workflow.start
    while workflow.states[here].group in ("draft", "open") and len(path) < 20:
        onward = [s for s in workflow.steps_from(here) if "reason" not in s.ask and s.to not in path]
        if not onward:
            break
        here = onward[0].to
        path.append(here)
    if len(path) < 3 or workflow.states[state].group == "closed":
        return ()
    order = list(workflow.states)
    passed = max((path.index(s) for s in [*taken, state] if s in path), default=0)
    if state not in path and workflow.states[state].group == "open":
        passed = max((at for at, s in enumerate(path) if order.index(s) <= order.index(state)), default=0)
    if workflow.states[state].group in ("active", "suspended"):
        passed = len(path)
    shown = path[1:]
    while len(shown) > LINE_STEPS:
        titles = {key: workflow.states[key].title[:2] for key in shown}
        twin = next((b for a, b in itertools.pairwise(shown) if titles[a] == titles[b]), None)
        shown.remove(twin or (shown[0] if shown[0] != state else shown[-1]))
    marks = []
    for s in shown:
        at = path.index(s)
        place = "done" if at < passed else "now" if at == passed else "later"
        marks.append(StepMark(workflow.states[s].title, place))
    return tuple(marks)


def _people_in(
    office: Office, r: Reading, form: Form, doc: Mapping[str, Any], subject: records.Subject
) -> dict[str, PersonBrief]:
    ids = {doc.get(p) for p, f in form.fields.items() if not f.table and f.type.name == "person"}
    for table in form.tables.values():
        for row in doc.get(table.key) or ():
            ids.add(row.get("person"))
            ids |= {row.get(c.key) for c in table.columns.values() if c.type.name == "person"}
    ids.add(subject.person)
    rows = r.get_many("people", [i for i in ids if isinstance(i, str)])
    return {key: office.brief(row) for key, row in rows.items()}


def choose_subject(office: Office, form_key: str, person_id: str, doc: Mapping[str, Any]) -> Subject:
    """A person was chosen: find the household, fill the rows of its members."""
    form = office.store.catalog.forms[form_key]
    with office.store.reading() as r:
        row = r.get("people", person_id)
        assert row is not None
        home = households.household_of(r, person_id)
        ids = records.Subject(person=person_id, household=home["id"] if home else None)
        filled = dict(doc)
        for table in form.tables.values():
            if table.from_household and not filled.get(table.key):
                members = households.load_household(r, home["id"]).members if home else []
                if not members:
                    members = [
                        {
                            **(records.person_attributes(r, person_id) or {}),
                            "person": person_id,
                            RELATION: households.HEAD,
                        }
                    ]
                filled[table.key] = [_member_row(table, m) for m in members]
        people = _people_in(office, r, form, filled, ids)
        if form.subject == "household" and home and home["head"] != person_id:
            head = r.get("people", home["head"]) if home["head"] else None
            if head is not None:
                ids = records.Subject(person=head["id"], household=home["id"])
                row = head
    return Subject(ids, office.brief(row), filled, people)


def _member_row(table: Any, member: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {k: c.default for k, c in table.columns.items() if c.default is not None}
    copied = {k: member.get(k) for k in table.copy if member.get(k) is not None}
    return {"key": member["person"], "person": member["person"], **defaults, **copied}


def with_subject(office: Office, opened: OpenRecord, chosen: Subject) -> OpenRecord:
    """The same new record, now about somebody."""
    form = office.store.catalog.forms[opened.form]
    view = replace(opened.view, subject=chosen.brief, people=chosen.people, doc=chosen.doc)
    judge = judge_for(office, form, chosen.doc, subject=chosen.ids, state=opened.state)
    return replace(opened, view=view, judge=judge, subject=chosen.ids)


def find_records(
    office: Office, forms: Sequence[str], kinds: tuple[str, ...], text: str
) -> tuple[tuple[str, str], ...]:
    """(words, id) of records of some forms, or of facilities of some kinds, by name or number."""
    catalog = office.store.catalog
    forms = forms or [
        f.key for f in catalog.forms.values()
        if f.kind == "facility" and (not kinds or not f.facility_kinds or set(kinds) & set(f.facility_kinds))
    ]  # fmt: skip
    with office.store.reading() as r:
        rows = overview.find_by_name(r, text, forms=forms)
    return tuple((record_words(row), row["id"]) for row in rows)


def record_words(row: Mapping[str, Any]) -> str:
    """What a record is called in a list to pick from."""
    name = row["doc"].get("name") or row.get("person_name") or ""
    return "　".join(str(p) for p in (name, row["number"]) if p) or row["id"][-6:]


def record_names(office: Office, opened: OpenRecord) -> dict[str, str]:
    """Names of the records and facilities that a document and its rows point to."""
    forms = office.store.catalog.forms
    ids = [
        str(value)
        for path, field in forms[opened.form].fields.items()
        if field.type.name in ("record", "facility", "household")
        for value in _pointed(opened.view.doc, path)
    ]
    with office.store.reading() as r:
        rows = r.get_many("records", ids)
    titles = {key: form.title for key, form in forms.items() if form.kind != "facility"}
    return {
        key: record_words({**row, "person_name": titles.get(row["form"], "")}) for key, row in rows.items()
    }


def with_names(office: Office, opened: OpenRecord) -> tuple[OpenRecord, dict[str, str]]:
    """A record with what it points to is called."""
    return opened, record_names(office, opened)


def _pointed(doc: Mapping[str, Any], path: str) -> list[Any]:
    table, _, column = path.rpartition(".")
    found = [row.get(column) for row in doc.get(table) or ()] if table else [doc.get(path)]
    return [value for value in found if value]


def explain(office: Office, opened: OpenRecord, doc: Mapping[str, Any]) -> tuple[tuple[Any, ...], str, bool]:
    """The steps of the amount as it stands in the draft: (steps, total, whether a rate is an example)."""
    from ...benefits.preview import preview_amount

    form = office.store.catalog.forms[opened.form]
    with office.store.reading() as r:
        env: Env = records.environment(
            r, form, doc, subject=opened.subject, state=opened.state, today=office.today,
            record_id=opened.view.id or None,
        )  # fmt: skip
        others = other_benefits(r, form, opened.subject, office.today)
    evaluator = office.store.evaluator(form.key)
    inputs = evaluator.inputs(evaluator.evaluate(doc, env))
    preview = preview_amount(
        office.store.catalog,
        form=form.key,
        inputs=inputs,
        month=month_of(office.today),
        area=office.store.site.division,
        others=others,
    )
    if preview.amount is None:
        return (), "；".join(preview.missing), False
    example = any(step.source and "例" in step.source for step in preview.amount.steps)
    return tuple(preview.amount.steps), format_money_grouped(preview.amount.total), example
