"""From drafts to Forms: fields, then the other words, then conditions; a form is healthy or refused whole."""

from __future__ import annotations

from collections.abc import Mapping

from minzheng_desktop.catalog.assembly import Draft
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.money_words import read_benefit
from minzheng_desktop.catalog.paper_words import read_documents, read_ledgers
from minzheng_desktop.catalog.problems import CatalogProblem
from minzheng_desktop.catalog.resolve import resolve_fields
from minzheng_desktop.catalog.shelf import Shelf
from minzheng_desktop.catalog.vocabulary import read_words


def build_forms(
    drafts: Mapping[str, Draft], shelf: Shelf, *, prove: bool
) -> tuple[dict[str, Form], list[CatalogProblem]]:
    """Every healthy form, and the problems of the others.

    When a form fails under an overlay, the form without that overlay is tried: a county's mistake does not
    take the shipped form away.
    """
    problems: list[CatalogProblem] = []
    forms: dict[str, Form] = {}
    for key, draft in drafts.items():
        form, wrong = _build(draft, shelf, drafts)
        problems += wrong
        if form is not None:
            forms[key] = form
    return forms, problems


def _build(
    draft: Draft, shelf: Shelf, drafts: Mapping[str, Draft]
) -> tuple[Form | None, list[CatalogProblem]]:
    spec = draft.spec
    workflow = shelf.workflows.get(spec.workflow)
    if workflow is None:
        return None, [
            shelf.missing(draft.place, "workflow", "流程", spec.workflow, shelf.workflows, "workflow")
        ]
    found = resolve_fields(draft, workflow, shelf)
    if found.problems:
        return None, found.problems
    named = read_words(draft, found, workflow, shelf, drafts)
    problems = named.problems
    benefit = read_benefit(draft, found, workflow, shelf, problems)
    ledgers = read_ledgers(draft, found, problems)
    documents = read_documents(draft, found, workflow, problems)
    for path, field in found.fields.items():
        if field.form and field.form not in drafts:
            problems.append(shelf.missing(found.places[path], "form", "表单", field.form, drafts, "form"))
    if problems:
        return None, problems
    form = Form(
        key=spec.key, title=spec.title, version=spec.version, kind=spec.kind, subject=spec.subject, workflow=workflow,
        area=draft.area, subject_required=spec.subject_required, facility_kinds=tuple(spec.facility_kinds),
        record=dict(spec.record), number=spec.number, basis=spec.basis, privacy=spec.privacy,
        sections=tuple(found.sections), fields=found.fields, tables=found.tables, lookups=named.lookups,
        uniques=named.uniques, rules=named.rules, benefit=benefit, ledgers=ledgers, documents=documents,
        reminders=named.reminders, import_=named.import_, schedules=named.schedules, grid=named.grid,
        overlays=draft.overlays, origin=draft.place.file.source.origin, file=draft.place.file.source.name,
    )  # fmt: skip
    return form, []
