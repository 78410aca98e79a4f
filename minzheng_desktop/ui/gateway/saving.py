"""Records written: saved, moved on, their drafts kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...benefits.history import BACK_PAY
from ...checks.entry import save_checked, take_checked
from ...store import attachments, drafts, households, records, steps
from ...store.step_answers import ASKED
from ...store.unknown_fields import EXPLAINED
from ..records.outline import FieldProblem
from .judging import GAPS
from .office import Office
from .outlines import RELATION
from .records import OpenRecord

if TYPE_CHECKING:
    from ...catalog.form import Form
    from ...store.unit import Writing


def save(
    office: Office, opened: OpenRecord, doc: Mapping[str, Any], reasons: Mapping[str, str]
) -> records.Saved:
    """Write the record (and the members of its household) and forget the draft. Raises UserError with problems."""
    store = office.store
    form = store.catalog.forms[opened.form]
    body = dict(doc)
    if reasons:
        body[EXPLAINED] = dict(reasons)
    with store.writing("save_record", {"form": opened.form, "record": opened.view.id or None}) as w:
        subject = _settle_household(office, w, form, opened.subject, body)
        saved = save_checked(
            w,
            opened.form,
            body,
            today=office.today,
            subject=subject,
            record_id=opened.view.id or None,
            expected=opened.revision,
        )
    drafts.drop_draft(store, opened.draft)
    return saved


def _settle_household(
    office: Office, w: Writing, form: Form, subject: records.Subject, doc: Mapping[str, Any]
) -> records.Subject:
    """A household form needs a household: make it around its head, and let new members join."""
    tables = [t for t in form.tables.values() if t.from_household]
    if form.subject != "household" or not subject.person:
        return subject
    owner = office.store.site.division
    household = subject.household
    if household is None:
        person = w.get("people", subject.person) or {}
        village = person.get("reside_village") or person.get("hukou_village")
        household = households.save_household(
            w,
            {"owner": owner, "head": subject.person, "village": village},
            [{"person": subject.person, "relation": households.HEAD, "join_date": office.today.isoformat()}],
        )
    known = {m["person"]: m for m in households.load_household(w, household).members}
    joining = []
    for row in (row for table in tables for row in doc.get(table.key) or ()):
        person, relation = row.get("person") or row["key"], row.get(RELATION)
        old = known.get(person)
        if old is None:
            joining.append({"person": person, "relation": relation, "join_date": office.today.isoformat()})
        elif relation and old["relation"] != relation and relation != households.HEAD:
            joining.append({"person": person, "relation": relation})
    if joining:
        head = w.get("households", household) or {}
        households.save_household(w, {"id": household, "owner": owner, "head": head.get("head")}, joining)
    return records.Subject(person=subject.person, household=household)


def take_step(office: Office, record_id: str, step: str, asks: Mapping[str, Any]) -> steps.Taken:
    """Take a step of the workflow; a scan named by its path is attached. Raises UserError with what stands in its
    way."""
    with office.store.writing("take_step", {"record": record_id, "step": step}) as w:
        asks = attachments.keep_scan(w, asks, record_id)
        return take_checked(w, record_id, step, today=office.today, asks=asks)


def told_by(
    done: records.Saved | steps.Taken, reasons: Mapping[str, str] | None = None
) -> tuple[FieldProblem, ...]:
    """The warnings of a save or a step as the editor shows them, each once: what the form's own rules do not say while
    one types comes first; what is merely not filled yet, or was explained by a reason, is left out.
    """
    found = {
        p.message: p
        for p in done.problems
        if p.level == "warning" and p.code not in GAPS and p.message not in (reasons or {})
    }
    first = sorted(found.values(), key=lambda p: bool(p.path) or p.code == "rule")
    return tuple(FieldProblem(p.path, p.level, p.message, p.message) for p in first)


def with_hints(done: str, more: str, told: Sequence[FieldProblem]) -> str:
    """What was done, for the line at the foot, which is short: with the first of the warnings, else with more of it."""
    return f"{done}，有 {len(told)} 处提醒：{told[0].message}" if told else f"{done}{more}".strip()


def about_the_last(called: str, told: Sequence[FieldProblem]) -> tuple[FieldProblem, ...]:
    """The same, to stand over the new record that follows the saved one."""
    return tuple(
        FieldProblem("", "warning", f"刚存的 {called.strip()}：{p.message}", p.message) for p in told
    )


def attach(office: Office, file: str, record: str | None) -> attachments.Attached:
    """Seal a chosen file beside the database; saving the record links it. Raises UserError for an unfit file."""
    return attachments.attach(office.store, Path(file), record=record, kind="", title="")


def look(office: Office, digests: tuple[str, ...]) -> list[tuple[str, bytes]]:
    """Title and plain bytes of attachments, noted in the audit. Raises UserError when one is missing or damaged."""
    with office.store.reading() as r:
        titles = attachments.titles(r, digests)
    return [(titles.get(digest, ""), attachments.look(office.store, digest)) for digest in digests]


def step_asks(office: Office, form_key: str, step: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The title of a step and what it asks for, (key, words) each."""
    found = office.store.catalog.forms[form_key].workflow.steps[step]
    asks = [(ask, ASKED[ask]) for ask in found.ask]
    if BACK_PAY in found.effects or any(effect.startswith("resume:") for effect in found.effects):
        asks.append((BACK_PAY, "补发暂停的月份"))
    return found.title, tuple(asks)


def keep_draft(office: Office, opened: OpenRecord, doc: Mapping[str, Any]) -> None:
    """Keep what is being typed; nothing of it enters the register."""
    body = dict(doc)
    if opened.subject.person and not opened.view.id:
        body["_person"] = opened.subject.person
    drafts.keep_draft(office.store, opened.draft, form=opened.form, record=opened.view.id or None, doc=body)


def drop_draft(office: Office, opened: OpenRecord) -> None:
    """Give a draft up."""
    drafts.drop_draft(office.store, opened.draft)
