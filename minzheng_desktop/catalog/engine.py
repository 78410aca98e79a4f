"""Evaluating a document against its form: calculations, relevance, requirements, constraints, rules, money inputs.

An empty value makes what depends on it *unknown*: relevance and requirement then are no, a constraint or
save-time rule is not judged, a calculation stays empty; a guard, a rule at a step and an eligibility are not
met, and the empty fields are named.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from minzheng_desktop.catalog.conditions.functions import functions_for
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.judging import Judge
from minzheng_desktop.catalog.labels import label_of
from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.catalog.plan import Plan
from minzheng_desktop.catalog.run import Desk, Run
from minzheng_desktop.catalog.templates import fill_template
from minzheng_desktop.values.errors import Problem


class Env(msgspec.Struct, frozen=True):
    """What a document is judged in.

    state: the record's present state; step: a step that is about to be taken, judged at the state it leads to.
    person, household, facility: attributes of the subject (closed lists in ``registers``), dates as ISO text.
    lookups: results by key — a mapping or None (one, latest), an int (count, sum), a list of mappings (list);
    a look-up that is absent was not run, and what needs it is unknown. attributes: id to attributes, of what
    person, household, facility and record fields point to. area: division code, for rates.
    historic: entered from a roster of people who already receive: what is missing is warned of, not refused.
    """

    today: date
    state: str
    step: str | None = None
    person: Mapping[str, Any] | None = None
    household: Mapping[str, Any] | None = None
    facility: Mapping[str, Any] | None = None
    lookups: Mapping[str, Any] = {}
    area: str = ""
    attributes: Mapping[str, Mapping[str, Any]] = {}
    historic: bool = False


@dataclass(frozen=True)
class Evaluation:
    """values: the document with calculations, defaults, and without fields that are not relevant — what is
    stored on leaving draft. relevant, required: paths (``field``, ``table``, ``table.0.field``).
    missing: path of a calculation, ``rule.k`` or ``step.k`` to the paths that it lacks. stated: calculated
    fields for which the document's ``stated`` stood in. faults: conditions that could not be run: form bugs.
    """

    values: dict[str, Any]
    relevant: frozenset[str]
    required: frozenset[str]
    problems: tuple[Problem, ...]
    missing: Mapping[str, tuple[str, ...]]
    stated: tuple[str, ...]
    faults: tuple[str, ...]
    run: Run = field(repr=False, compare=False)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "error")

    @property
    def ok(self) -> bool:
        """True when nothing forbids saving, or taking the step."""
        return not any(p.level == "error" for p in self.problems)


class Answer(msgspec.Struct, frozen=True):
    """met: true only when the condition is known to hold; missing: labels of what is empty; message: why not."""

    met: bool
    missing: tuple[str, ...] = ()
    message: str = ""


class UniqueKey(msgspec.Struct, frozen=True):
    """A value that may stand only once; row: key of the table row it comes from, or empty."""

    name: str
    value: str
    message: str
    row: str = ""


class Evaluator:
    """Evaluates documents of one form. Cheap to keep, may be shared by threads; programs compile when first run."""

    def __init__(self, form: Form, catalog: Catalog) -> None:
        self.form = form
        self._catalog = catalog
        self._plan = Plan(form)
        self._judge = Judge(self._plan)
        self._desks = threading.local()
        self._lookup_fields: dict[str, Mapping[str, Field]] = {
            key: catalog.forms[lookup.form].fields if lookup.form in catalog.forms else {}
            for key, lookup in form.lookups.items()
        }
        self._lookup_fields |= {
            path: catalog.forms[f.forms[0]].fields
            for path, f in form.fields.items()
            if f.forms and not f.table and f.forms[0] in catalog.forms
        }

    def evaluate(self, doc: Mapping[str, Any], env: Env) -> Evaluation:
        """Settle and judge a document. Never raises for what stands in the document."""
        run = self._run(doc, env)
        required, problems = self._judge.judge(run)
        return Evaluation(
            run.values,
            self._judge.relevant(run),
            frozenset(required),
            tuple(problems),
            run.missing,
            tuple(run.stated),
            tuple(run.faults),
            run,
        )

    def reread(self, doc: Mapping[str, Any], env: Env) -> Evaluation:
        """A document as it was stored, settled then: nothing is calculated or judged again.

        Enough for ``unique_keys``, ``people``, ``rows_where``, ``inputs`` and ``reminder_dates``, at a tenth of the
        cost of ``evaluate``.
        """
        run = Run(self._plan, doc, env, self._desk(env.area), self._lookup_fields, settled=True)
        none: frozenset[str] = frozenset()
        return Evaluation(run.values, none, none, (), {}, (), (), run)

    def inputs(self, evaluation: Evaluation) -> dict[str, Any]:
        """The money rule's inputs: cents, ISO texts, codes, lists; None where empty."""
        benefit = self.form.benefit
        if benefit is None:
            return {}
        return {name: self._result(evaluation.run, "benefit", f"input:{name}") for name in benefit.inputs}

    def eligible(self, evaluation: Evaluation) -> Answer:
        """Whether every condition of [benefit].eligible holds, and the first that does not; without one: yes."""
        written = self.form.benefit.eligible if self.form.benefit is not None else ()
        for number, one in enumerate(written):
            answer = self._answer(evaluation.run, f"eligible.{number}", "assert")
            if not answer.met:
                message = self.message(evaluation, one.message, {}) if one.message else ""
                return msgspec.structs.replace(answer, message=message)
        return Answer(met=True)

    def sets(self, evaluation: Evaluation, step: str) -> dict[str, Any]:
        """The values that a workflow step writes into the document."""
        keys = self.form.workflow.steps[step].sets
        return {key: self.value_of(f"step.{step}", f"sets:{key}", evaluation) for key in keys}

    def value_of(self, path: str, use: str, evaluation: Evaluation) -> Any:
        """The result of one of the form's conditions (keys of ``Form.conditions``), None when unknown.

        What a step sets comes as it is stored; every other result as conditions see it.
        """
        value = self._result(evaluation.run, path, use)
        target = self.form.fields.get(use.removeprefix("sets:")) if use.startswith("sets:") else None
        return value if value is None or target is None else target.type.stored_value(target, value)

    def holds(self, evaluation: Evaluation, path: str, use: str) -> bool:
        """Whether a condition of the form (``ledger.k`` where, ``section.2`` relevant …) is known to hold."""
        return self._answer(evaluation.run, path, use).met

    def verdict(self, evaluation: Evaluation, path: str) -> bool | None:
        """What a rule (``rule.k``) says: True, False, or None where an empty value leaves it unknown."""
        step = self._plan.step(path, "assert")
        result = None if step is None else evaluation.run.here().judge(step)
        return result if isinstance(result, bool) else None

    def looks_up(self, path: str, use: str) -> bool:
        """Whether a condition reads other records."""
        step = self._plan.step(path, use)
        return step is not None and bool(step.lookups)

    def reads(self, path: str, use: str) -> frozenset[str]:
        """The look-ups that a condition reads."""
        step = self._plan.step(path, use)
        return step.lookups if step is not None else frozenset()

    def rows_where(self, evaluation: Evaluation, path: str, table: str) -> list[dict[str, Any]]:
        """The rows of a table for which the ``where`` of a unique key or ledger holds; all when it has none."""
        run, step = evaluation.run.here(), self._plan.step(path, "where")
        rows: list[dict[str, Any]] = run.values.get(table) or []
        if step is None:
            return rows
        return [row for at, row in enumerate(rows) if run.judge_in_row(step, table, at, row) is True]

    def reminder_dates(self, evaluation: Evaluation, key: str) -> tuple[str, ...]:
        """The dates (or months) of a reminder: one, none, or one per row."""
        value = self._result(evaluation.run, f"reminder.{key}", "date")
        if isinstance(value, list):
            return tuple(item for item in value if item)
        return (value,) if value else ()

    def lookup_holds(self, evaluation: Evaluation, key: str, other: Mapping[str, Any]) -> bool:
        """Whether another record's values satisfy a look-up's ``where``; true when it has none."""
        step = self._plan.step(f"lookup.{key}", "where")
        if step is None:
            return True
        run = evaluation.run.here()
        run.enter_other(step.row, other, self._lookup_fields[key])
        return run.judge(step) is True

    def unique_keys(self, evaluation: Evaluation, *, subject: str, state: str) -> tuple[UniqueKey, ...]:
        """The keys that the record holds in a state. subject: id of its person, household or facility.

        An empty part means no key; parts are joined by U+001F.
        """
        found: list[UniqueKey] = []
        values = evaluation.values
        for name, unique in self.form.uniques.items():
            if state not in unique.states:
                continue
            rows: Iterable[Mapping[str, Any]]
            if unique.table:
                rows = self.rows_where(evaluation, f"unique.{name}", unique.table)
            elif unique.where and not self.holds(evaluation, f"unique.{name}", "where"):
                continue
            else:
                rows = ({},)
            for row in rows:
                parts = [
                    subject
                    if key == self.form.subject
                    else row.get(key.rpartition(".")[2])
                    if "." in key
                    else values.get(key)
                    for key in unique.keys
                ]
                if all(part not in (None, "") for part in parts):
                    text = "\x1f".join(str(part) for part in parts)
                    found.append(
                        UniqueKey(
                            name, text, self.message(evaluation, unique.message, row), str(row.get("key", ""))
                        )
                    )
        return tuple(found)

    def typed_columns(self, evaluation: Evaluation) -> dict[str, Any]:
        """Values of the columns that the form's ``record`` fills (stored values; None where empty)."""
        return {column: evaluation.values.get(key) for column, key in self.form.record.items()}

    def people(self, evaluation: Evaluation, *, subject: str) -> tuple[tuple[str, str], ...]:
        """(person id, role) of everybody in the record: ``subject``; ``covered`` or ``member`` of household
        rows (covered where ``in_covered``, left members excepted); the field's key for every person field.
        """
        found: dict[tuple[str, str], None] = {}
        if self.form.subject == "person" and subject:
            found[subject, "subject"] = None
        for path, f in self.form.fields.items():
            if f.type.name != "person":
                continue
            owners = evaluation.values.get(f.table) or () if f.table else (evaluation.values,)
            found |= {
                (owner[f.key], path): None
                for owner in owners
                if isinstance(owner.get(f.key), str) and owner[f.key]
            }
        for key, table in self.form.tables.items():
            if table.from_household:
                for row in evaluation.values.get(key) or ():
                    covered = row.get("in_covered", "in_covered" not in table.columns) is True
                    role = "covered" if covered and not row.get("leave_date") else "member"
                    found[str(row.get("person") or row.get("key") or ""), role] = None
        return tuple(found)

    def pointed(self, evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
        """(record id, field's path) of every record that this one points to."""
        found: dict[tuple[str, str], None] = {}
        for path, f in self.form.fields.items():
            if f.type.name == "record":
                owners = evaluation.values.get(f.table) or () if f.table else (evaluation.values,)
                found |= {(owner[f.key], path): None for owner in owners if isinstance(owner.get(f.key), str)}
        return tuple(found)

    def message(self, evaluation: Evaluation, text: str, row: Mapping[str, Any] | None = None) -> str:
        """A message of the form with its {names} filled."""
        return fill_template(text, self.form, evaluation.values, evaluation.run.env, row or {})

    def label(self, path: str) -> str:
        """How a path of ``missing`` or of a problem is called on the screen."""
        return label_of(self.form, path)

    def _run(self, doc: Mapping[str, Any], env: Env) -> Run:
        return Run(self._plan, doc, env, self._desk(env.area), self._lookup_fields)

    def _desk(self, area: str) -> Desk:
        """This thread's variables and context for a division."""
        desks: dict[str, Desk] = self._desks.__dict__
        desk = desks.get(area)
        if desk is None:
            desk = desks[area] = Desk(
                self._plan, functions_for(self._catalog.rates, area, self._catalog.calendar)
            )
        return desk

    def _answer(self, run: Run, path: str, use: str) -> Answer:
        step = self._plan.step(path, use)
        if step is None:
            return Answer(True)
        result = run.here().judge(step)
        if result is None:
            return Answer(False, tuple(label_of(self.form, p) for p in run.empties(step)))
        return Answer(result is True)

    def _result(self, run: Run, path: str, use: str) -> Any:
        step = self._plan.step(path, use)
        if step is None:
            return None
        name = step.condition.path
        known = self.form.fields.get(name)
        if known is not None:
            # A bare name is handed over as stored: money in cents, decimals scaled, whatever cel would make of it.
            if not known.table:
                return run.values.get(name)
            return [row.get(known.key) for row in run.values.get(known.table) or ()]
        return run.here().judge(step)
