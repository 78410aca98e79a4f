"""From drafts to Forms: fields, then the other words, then conditions; a form is healthy or refused whole."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from minzheng_desktop.catalog.assembly import Draft
from minzheng_desktop.catalog.attach import attach_conditions
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.money_words import read_benefit
from minzheng_desktop.catalog.paper_words import read_documents, read_ledgers
from minzheng_desktop.catalog.problems import CatalogProblem, suggest
from minzheng_desktop.catalog.proof import prove_form
from minzheng_desktop.catalog.resolve import Resolved, resolve_fields
from minzheng_desktop.catalog.shelf import Shelf
from minzheng_desktop.catalog.vocabulary import read_words
from minzheng_desktop.catalog.workflow import POINTING, STEPS_ELSEWHERE, Workflow


def build_forms(
    drafts: Mapping[str, Draft], shelf: Shelf, *, prove: bool
) -> tuple[dict[str, Form], list[CatalogProblem]]:
    """Every healthy form, and the problems of the others.

    When a form fails under an overlay, the form without that overlay is tried: a county's mistake does not
    take the shipped form away. A form whose look-ups name a refused form still stands as long as that form's
    fields could be read, for they are all that it leans on.
    """
    problems: list[CatalogProblem] = []
    forms: dict[str, Form] = {}
    resolved = {key: found for key, draft in drafts.items() if (found := _fields(draft, shelf)) is not None}
    for key, draft in drafts.items():
        attempt: Draft | None = draft
        while attempt is not None:
            form, wrong = _build(attempt, shelf, drafts, resolved, prove)
            problems += wrong
            if form is not None:
                forms[key] = form
                break
            attempt = attempt.beneath
    return forms, problems


def _fields(draft: Draft, shelf: Shelf) -> Resolved | None:
    workflow = shelf.workflows.get(draft.spec.workflow)
    return resolve_fields(draft, workflow, shelf) if workflow is not None else None


def _build(
    draft: Draft, shelf: Shelf, drafts: Mapping[str, Draft], resolved: Mapping[str, Resolved], prove: bool
) -> tuple[Form | None, list[CatalogProblem]]:
    spec = draft.spec
    workflow = shelf.workflows.get(spec.workflow)
    if workflow is None:
        return None, [
            shelf.missing(draft.place, "workflow", "流程", spec.workflow, shelf.workflows, "workflow")
        ]
    found = resolved[spec.key] if drafts[spec.key] is draft else resolve_fields(draft, workflow, shelf)
    if found.problems:
        return None, found.problems
    _show_homes(found, drafts)
    named = read_words(draft, found, workflow, shelf, drafts)
    problems = named.problems
    benefit = read_benefit(draft, found, workflow, shelf, drafts, problems)
    ledgers = read_ledgers(draft, found, problems)
    documents = read_documents(draft, found, workflow, problems)
    problems += _effect_mistakes(draft, found, workflow, drafts, shelf)
    for path, field in found.fields.items():
        problems += [
            shelf.missing(found.places[path], "form", "表单", key, drafts, "form")
            for key in field.forms
            if key not in drafts
        ]
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
    form, problems = attach_conditions(form, draft, found, resolved, shelf)
    if not problems and prove:
        problems = [
            draft.place.problem(message, key) for key, message in prove_form(form, shelf.rates, shelf.codes)
        ]
    return (None, problems) if problems else (form, [])


def _effect_mistakes(
    draft: Draft, found: Resolved, workflow: Workflow, drafts: Mapping[str, Draft], shelf: Shelf
) -> list[CatalogProblem]:
    """Effects on other records: the field must point to records, whose workflows must have such a step."""
    problems: list[CatalogProblem] = []
    pointers = [path for path, field in found.fields.items() if field.type.name == "record"]
    for key, step in workflow.steps.items():
        for effect in step.effects:
            word, _, path = effect.partition(":")
            if word not in POINTING:
                continue
            where = f"流程“{workflow.title}”的步骤“{key}”，effects“{effect}”"
            if path not in pointers:
                problems.append(
                    draft.place.problem(
                        f"{where}：没有指向业务件的字段“{path}”{suggest(path, pointers)}", "workflow"
                    )
                )
                continue
            for other in found.fields[path].forms if word in STEPS_ELSEWHERE else ():
                flow = shelf.workflows.get(drafts[other].spec.workflow) if other in drafts else None
                if flow is not None and word not in flow.steps:
                    problems.append(
                        draft.place.problem(f"{where}：表单“{other}”的流程没有步骤“{word}”", "workflow")
                    )
    return problems


def _show_homes(found: Resolved, drafts: Mapping[str, Draft]) -> None:
    """A facility field names the forms whose records it may hold, so that conditions see what they have in common."""
    for path, field in found.fields.items():
        if field.type.name != "facility" or field.table or not field.kinds:
            continue
        homes = tuple(
            key
            for key, draft in drafts.items()
            if draft.spec.kind == "facility" and set(draft.spec.facility_kinds) & set(field.kinds)
        )
        found.fields[path] = msgspec.structs.replace(field, forms=homes)
