"""A roster's rows before the form's own conditions, as far as the roster fills the form.

Judging a whole form costs more than reading a row. A roster fills few fields; every condition that reads a field it
does not fill is unknown and decides nothing. So the form is cut down to what the roster can make known, once, and
the engine judges each row by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from minzheng_desktop.catalog.conditions.condition import Condition
from minzheng_desktop.catalog.engine import Env, Evaluator
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.values.errors import Problem

_ALWAYS = frozenset({"person", "household", "facility", "today", "this_month", "state"})
_MEMORY = 50_000  # verdicts that one group of conditions remembers


class RowJudge:
    """Judges documents made from one roster; `filled` are the form's fields that it can fill.

    Conditions that share no calculation are judged apart. Rosters repeat themselves: a group whose values came
    before gives its verdict from memory.
    """

    def __init__(
        self, form: Form, catalog: Catalog, *, filled: Iterable[str], state: str, area: str, today: date
    ) -> None:
        env = Env(today, state, area=area, historic=True)
        small = cut_form(form, frozenset(filled))
        self._groups = [_Group(part, catalog, env) for part in split_form(small)]
        self.reads_person = any(group.attributes for group in self._groups)
        """Whether any condition looks at the subject's attributes; else none need be given."""

    def judge(
        self, doc: Mapping[str, Any], person: Mapping[str, Any]
    ) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        """(calculated values, what is wrong with the document); what is missing is not wrong here."""
        values: dict[str, Any] = {}
        problems: tuple[Problem, ...] = ()
        for group in self._groups:
            found, wrong = group.judge(doc, person)
            values.update(found)
            problems += wrong
        return values, problems


class _Group:
    """Conditions that lean on each other, with the verdicts for values that came before."""

    def __init__(self, form: Form, catalog: Catalog, env: Env) -> None:
        self._evaluator = Evaluator(form, catalog)
        self._env = env
        self._calculated = [
            path
            for path, f in form.fields.items()
            if (path, "calculation") in form.conditions and not f.table
        ]
        self._fields = [p for p, f in form.fields.items() if not f.table and p not in self._calculated]
        self._fields += form.tables
        variables = [v for c in form.conditions.values() for v in c.variables]
        self.attributes = sorted({v.attribute for v in variables if v.root == "person"})
        self._known: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._repeats = not form.tables

    def judge(
        self, doc: Mapping[str, Any], person: Mapping[str, Any]
    ) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        key: tuple[Any, ...] = ()
        if self._repeats:
            key = (*map(doc.get, self._fields), *map(person.get, self.attributes))
            key = tuple(tuple(part) if isinstance(part, list) else part for part in key)
            known = self._known.get(key)
            if known is not None:
                return known, ()
        env = msgspec.structs.replace(self._env, person=person)
        given = {path: doc[path] for path in self._fields if path in doc}
        found = self._evaluator.evaluate(given, env)
        values = {path: found.values[path] for path in self._calculated if found.values.get(path) is not None}
        problems = tuple(p for p in found.problems if p.code != "required")
        if self._repeats and not problems and len(self._known) < _MEMORY:
            self._known[key] = values
        return values, problems


def split_form(form: Form) -> list[Form]:
    """The form in parts, one for each group of conditions that share a calculation."""
    groups: list[tuple[set[str], list[tuple[str, str]]]] = []
    for (path, use), condition in form.conditions.items():
        leans = {path} | {p for p in condition.reads if (p, "calculation") in form.conditions}
        members = [(path, use)]
        apart = []
        for known, others in groups:
            if known & leans:
                leans |= known
                members += others
            else:
                apart.append((known, others))
        groups = [*apart, (leans, members)]
    return [_part(form, members) for _, members in groups]


def _part(form: Form, members: list[tuple[str, str]]) -> Form:
    conditions = {key: form.conditions[key] for key in form.conditions if key in members}
    touched = {path for path, _ in members} | {p for c in conditions.values() for p in c.reads}
    tables = {k: t for k, t in form.tables.items() if any(p == k or p.startswith(f"{k}.") for p in touched)}
    return msgspec.structs.replace(
        form,
        fields={p: f for p, f in form.fields.items() if p in touched or f.table in tables},
        tables=tables,
        rules={key: rule for key, rule in form.rules.items() if f"rule.{key}" in touched},
        conditions=conditions,
        order=tuple(p for p in form.order if p in touched or p.split(".")[0] in tables),
    )


def cut_form(form: Form, filled: frozenset[str]) -> Form:
    """The form with only those fields and conditions that documents with `filled` fields can make known.

    Kept are filled fields, fields with a default, the household's table where the roster lists members (else the
    head alone would pass for the household), and calculations that lean on kept fields alone; a calculation that
    the roster states is not run. Rules stay where they read nothing else.
    """
    tables = {
        key: table
        for key, table in form.tables.items()
        if table.from_household and any(path.startswith(f"{key}.") for path in filled)
    }
    kept = {
        path for path, f in form.fields.items() if not f.table and (path in filled or f.default is not None)
    }
    kept |= tables.keys()
    kept |= {path for path, f in form.fields.items() if f.table in tables and not f.calculation}
    calculations = {
        path: condition
        for (path, use), condition in form.conditions.items()
        if use == "calculation"
        and path not in filled
        and not form.fields[path].live
        and form.fields[path].table in ("", *tables)
    }
    grown = True
    while grown:
        more = {p for p, condition in calculations.items() if p not in kept and _knows(kept, condition)}
        grown = bool(more)
        kept |= more
    rules = {
        key: rule
        for key, rule in form.rules.items()
        if not rule.at and _knows(kept - tables.keys(), form.conditions[f"rule.{key}", "assert"])
    }
    conditions = {
        (path, use): condition
        for (path, use), condition in form.conditions.items()
        if "." not in path.removeprefix("rule.")
        and (
            (use == "calculation" and path in calculations and path in kept)
            or (use == "constraint" and path in kept and _knows(kept, condition))
            or (use == "assert" and path.removeprefix("rule.") in rules)
        )
    }
    # Values by themselves were checked as they were read: only what conditions touch is judged again.
    touched: set[str] = set()
    waiting = {path for path, _ in conditions} | {p for c in conditions.values() for p in c.reads}
    while waiting:
        path = waiting.pop()
        touched.add(path)
        for use in ("calculation", "relevant"):
            behind = form.conditions.get((path, use))
            if behind is not None and path in kept and path not in filled and _knows(kept, behind):
                conditions[path, use] = behind
                waiting |= behind.reads - touched
    tables = {
        key: t for key, t in tables.items() if any(p == key or p.startswith(f"{key}.") for p in touched)
    }
    return msgspec.structs.replace(
        form,
        fields={path: field for path, field in form.fields.items() if path in touched and path in kept},
        tables={
            key: msgspec.structs.replace(
                table, columns={k: f for k, f in table.columns.items() if f"{key}.{k}" in touched}
            )
            for key, table in tables.items()
        },
        rules=rules,
        conditions=conditions,
        order=tuple(path for path in form.order if path in touched and path in kept),
        lookups={},
        uniques={},
        benefit=None,
    )


def _knows(kept: set[str], condition: Condition) -> bool:
    """Whether all that a condition reads is kept, or belongs to the subject or the day; look-ups are not run."""
    if any(variable.kind == "lookup" for variable in condition.variables):
        return False
    return all(path in kept or path in _ALWAYS for path in condition.reads)
