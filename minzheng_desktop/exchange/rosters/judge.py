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


class RowJudge:
    """Judges documents made from one roster; `filled` are the form's fields that it can fill."""

    def __init__(
        self, form: Form, catalog: Catalog, *, filled: Iterable[str], state: str, area: str, today: date
    ) -> None:
        self._small = cut_form(form, frozenset(filled))
        self._evaluator = Evaluator(self._small, catalog)
        self._state = state
        self._area = area
        self._today = today
        self._calculated = [
            path
            for path, field in self._small.fields.items()
            if (path, "calculation") in self._small.conditions and not field.table and not field.live
        ]
        self._keys = frozenset({*self._small.fields, *self._small.tables})
        self.reads_person = any("person" in c.reads for c in self._small.conditions.values())
        """Whether any condition looks at the subject's attributes; else none need be given."""

    def judge(
        self, doc: Mapping[str, Any], person: Mapping[str, Any]
    ) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        """(calculated values, what is wrong with the document); what is missing is not wrong here."""
        if not self._small.conditions:
            return {}, ()
        env = Env(self._today, self._state, person=person, area=self._area, historic=True)
        known = {key: value for key, value in doc.items() if key in self._keys}
        found = self._evaluator.evaluate(known, env)
        values = {path: found.values[path] for path in self._calculated if found.values.get(path) is not None}
        return values, tuple(p for p in found.problems if p.code != "required")


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
