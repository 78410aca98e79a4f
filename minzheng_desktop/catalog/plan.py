"""What an Evaluator works out once for a form: which conditions run when, and which variables each needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from minzheng_desktop.catalog.conditions.condition import Condition, Variable
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form, Table

_CALLED = re.compile(r"\b([a-z_]+)\(")
_LATE = frozenset({"rows", "column"})
_OF_ROW = frozenset({"row", "row_attribute", "row_presence"})


@dataclass(frozen=True, slots=True)
class Step:
    """One condition made ready. late: variables built from tables when first needed; row: those of the row;
    lookups: look-ups without which it cannot be judged.
    """

    condition: Condition
    strict: tuple[str, ...]
    late: tuple[Variable, ...]
    row: tuple[Variable, ...]
    lookups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Node:
    """A field or table to settle. relevance: its section's and its own condition; calculation: its own."""

    path: str
    key: str
    table: str
    field: Field | None
    relevance: tuple[Step, ...]
    calculation: Step | None


@dataclass(frozen=True, slots=True)
class Check:
    """A field's requirement and constraint. optional: nothing is to say while it is empty."""

    field: Field
    required: Step | None
    constraint: Step | None
    optional: bool


@dataclass(frozen=True, slots=True)
class TablePlan:
    table: Table
    checks: tuple[Check, ...]
    defaults: tuple[tuple[str, object], ...]


class Plan:
    """first: variables known before anything settles; by_root: those that change when a field settles."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self._steps: dict[tuple[str, str], Step] = {
            key: _step(condition, form) for key, condition in form.conditions.items()
        }
        variables = {v.name: v for condition in form.conditions.values() for v in condition.variables}
        self.first = tuple(v for v in variables.values() if v.kind not in _LATE | _OF_ROW)
        self.names = tuple(variables)
        self.functions = frozenset(
            name for condition in form.conditions.values() for name in _CALLED.findall(condition.text)
        )
        self.row_names = tuple(v.name for v in variables.values() if v.kind in _OF_ROW)
        self.by_root: dict[str, tuple[Variable, ...]] = {}
        for variable in self.first:
            if variable.root in form.fields:
                self.by_root[variable.root] = (*self.by_root.get(variable.root, ()), variable)
        self.nodes = tuple(self._node(path) for path in form.order)
        self.checks = tuple(self._check(f) for f in form.fields.values() if not f.table and not f.retired)
        self.tables = tuple(self._table(table) for table in form.tables.values())
        self.defaults = tuple(
            (path, f.default) for path, f in form.fields.items() if not f.table and f.default is not None
        )
        self.at_save = tuple(rule for rule in form.rules.values() if not rule.at)
        self.paths = frozenset(path for path, f in form.fields.items() if not f.table) | frozenset(
            form.tables
        )

    def step(self, path: str, use: str) -> Step | None:
        """The condition of a path and use, made ready; None when the form has none."""
        return self._steps.get((path, use))

    def _node(self, path: str) -> Node:
        form = self.form
        field = form.fields.get(path)
        table = field.table if field is not None else ""
        relevance: list[Step | None] = []
        if not table:
            for number, section in enumerate(form.sections):
                if section.table == path or (not section.table and path in section.fields):
                    relevance.append(self.step(f"section.{number}", "relevant"))
        relevance.append(self.step(path, "relevant"))
        key = field.key if field is not None else path
        return Node(path, key, table, field, tuple(filter(None, relevance)), self.step(path, "calculation"))

    def _check(self, field: Field) -> Check:
        required = self.step(field.path, "required")
        optional = required is None and not field.required
        return Check(field, required, self.step(field.path, "constraint"), optional)

    def _table(self, table: Table) -> TablePlan:
        checks = tuple(self._check(f) for f in table.columns.values() if not f.retired)
        return TablePlan(
            table, checks, tuple((k, f.default) for k, f in table.columns.items() if f.default is not None)
        )


def _step(condition: Condition, form: Form) -> Step:
    variables: Iterable[Variable] = condition.variables
    return Step(
        condition,
        tuple(condition.strict),
        tuple(v for v in variables if v.kind in _LATE),
        tuple(v for v in variables if v.kind in _OF_ROW),
        frozenset(v.root for v in variables if v.root in form.lookups),
    )
