"""One evaluation of one document: variables filled, fields settled, conditions run."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from minzheng_desktop.catalog.conditions.cel_library import cel
from minzheng_desktop.catalog.conditions.condition import Variable
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.plan import Node, Plan, Step
from minzheng_desktop.catalog.resolve import TODAY_DEFAULTS

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Env

_LOG = logging.getLogger(__name__)
_NOTHING: Mapping[str, Any] = {}


class Desk:
    """The variables that conditions read, and cel's context over them.

    Changing a cel.Context between two executions costs 17 µs, so it is never changed: it asks ``flat`` for each
    name, and falls through to null where that has None. One desk serves one document after the other: a run that
    is still held when the next one comes moves on with a copy of its values.
    """

    def __init__(
        self, plan: Plan, functions: Mapping[str, Callable[..., Any]], flat: dict[str, Any] | None = None
    ) -> None:
        self.functions = functions
        self.flat: dict[str, Any] = {} if flat is None else flat
        self._plan = plan
        self._lock = threading.Lock()
        self._occupant: weakref.ref[Run] | None = None
        self.thread = threading.get_ident()

    def seat(self, run: Run) -> None:
        """Clear the desk for a run."""
        with self._lock:
            before = self._occupant() if self._occupant is not None else None
            if before is not None:
                before.move_to(self.copied())
            self._occupant = weakref.ref(run)
            self.flat.clear()

    def leave(self, run: Run) -> None:
        """Give a run a desk of its own, if it still sits here."""
        with self._lock:
            if self._occupant is not None and self._occupant() is run:
                run.move_to(self.copied())
                self._occupant = None

    def copied(self) -> Desk:
        return Desk(self._plan, self.functions, dict(self.flat))

    @cached_property
    def context(self) -> cel.Context:
        used = {name: self.functions[name] for name in self._plan.functions if name in self.functions}
        context = cel.Context(variables=dict.fromkeys(self._plan.names), functions=used)
        context.set_variable_resolver(self.flat.get)
        return context


class Run:
    """values: the document with its calculations and without what is not relevant; rows: the same of tables.

    A result of None is unknown: as types are proven, only an empty value leads there.
    """

    def __init__(
        self,
        plan: Plan,
        document: Mapping[str, Any],
        env: Env,
        desk: Desk,
        lookup_fields: Mapping[str, Mapping[str, Field]],
        *,
        settled: bool = False,
    ) -> None:
        self.plan = plan
        self.form = plan.form
        self.env = env
        self.lookup_fields = lookup_fields
        self.known_lookups = env.lookups.keys()
        self.values: dict[str, Any] = dict(plan.form.modernised(document))
        self.irrelevant: set[str] = set()
        self.stated: list[str] = []
        self.missing: dict[str, tuple[str, ...]] = {}
        self.faults: list[str] = []
        self.judged: dict[str, Any] = {}
        self.malformed: list[str] = []
        self._row: Mapping[str, Any] = _NOTHING
        self._row_at = -1
        for key, value in plan.defaults:
            if key not in self.values:
                self.values[key] = self._default(value)
        for table in plan.tables:
            self.values[table.table.key] = self._rows(table.table.key, table.defaults)
        self._desk = desk
        self.flat = desk.flat
        desk.seat(self)
        self.flat.update({v.name: self._first(v) for v in plan.first})
        self.flat.update(dict.fromkeys(plan.row_names))
        if not settled:
            self._settle()

    def move_to(self, desk: Desk) -> None:
        """Go on with a copy of the variables."""
        self._desk, self.flat = desk, desk.flat

    def here(self) -> Run:
        """This run, safe to question in the present thread."""
        if self._desk.thread != threading.get_ident():
            self._desk.leave(self)
        return self

    def _default(self, value: Any) -> Any:
        if value in TODAY_DEFAULTS.values():
            return self.env.today.isoformat()[: 10 if value == TODAY_DEFAULTS["date"] else 7]
        return list(value) if isinstance(value, list) else value

    def _rows(self, table: str, defaults: tuple[tuple[str, object], ...]) -> list[dict[str, Any]]:
        given = self.values.get(table) or ()
        if not isinstance(given, (list, tuple)) or not all(isinstance(row, Mapping) for row in given):
            self.malformed.append(table)
            return []
        rows = [dict(row) for row in given]
        for row in rows:
            for key, value in defaults:
                if key not in row:
                    row[key] = self._default(value)
        return rows

    # Variables

    def _first(self, v: Variable) -> Any:
        """The value of a variable that belongs to the record as a whole."""
        if v.kind == "value":
            return self._seen(self.form.fields[v.root], self.values.get(v.root))
        if v.kind == "special":
            today = self.env.today.isoformat()
            return {"today": today, "this_month": today[:7], "state": self.env.state}[v.root]
        if v.kind == "lookup":
            found = self.env.lookups.get(v.root)
            return self._of_lookup(v.root, self.form.lookups[v.root].field, found)
        owner = self._owner(v.root)
        if v.kind == "presence":
            return None if owner is None else str(owner.get("id") or owner.get("number") or v.root)
        value = None if owner is None else owner.get(v.attribute)
        if v.root in self.lookup_fields:
            return self._of_lookup(v.root, v.attribute, value)
        return _plain(value, v)

    def _owner(self, root: str) -> Mapping[str, Any] | None:
        """The attributes behind a name: the subject, what a reference field points to, or a look-up."""
        if root in self.form.lookups:
            found = self.env.lookups.get(root)
            return found if isinstance(found, Mapping) else None
        field = self.form.fields.get(root)
        if field is None:
            subject: Mapping[str, Any] | None = getattr(self.env, root)
            return subject
        return self._referred(field, self.values.get(root))

    def _referred(self, field: Field, value: Any) -> Mapping[str, Any] | None:
        if field.is_empty(value) or not isinstance(value, field.type.stored):
            return None
        if isinstance(value, Mapping):
            return value if value.get("number") or value.get("name") else None
        return {"id": value, **self.env.attributes.get(str(value), _NOTHING)}

    def _of_lookup(self, lookup: str, key: str, value: Any) -> Any:
        field = self.lookup_fields[lookup].get(key)
        return _plain(value, None) if field is None or value is None else self._seen(field, value)

    def _seen(self, field: Field, value: Any) -> Any:
        """A stored value as conditions see it; lists are never empty values."""
        if field.is_empty(value):
            return [] if isinstance(field.type.stored, tuple) else None
        if not isinstance(value, field.type.stored):
            # Judging will say so; to conditions it is as good as empty.
            return [] if isinstance(field.type.stored, tuple) else None
        return field.type.condition_value(field, value)

    def _build(self, v: Variable) -> None:
        """A table's rows or column, made when a condition first needs it: by then its columns are settled."""
        fields: Mapping[str, Field] = {}
        if v.root in self.form.lookups:
            source = self.env.lookups.get(v.root) or ()
            fields = self.lookup_fields[v.root]
        else:
            source = self.values.get(v.root) or ()
            fields = self.form.tables[v.root].columns
        if v.kind == "column":
            built: list[Any] = [self._cell(row, v.attribute, fields) for row in source]
        else:
            built = [{column: self._cell(row, column, fields) for column in v.columns} for row in source]
        self.flat[v.name] = built

    def _cell(self, row: Mapping[str, Any], column: str, fields: Mapping[str, Field]) -> Any:
        name, _, attribute = column.partition("__")
        field = fields.get(name)
        value = row.get(name)
        if field is None:
            return _plain(value, None)
        if attribute:
            owner = self._referred(field, value)
            return None if owner is None else _plain(owner.get(attribute), None)
        if field.type.refers_to or field.type.name == "account":
            owner = self._referred(field, value)
            return None if owner is None else str(owner.get("id") or name)
        return self._seen(field, value)

    def enter_row(self, table: str, at: int, row: Mapping[str, Any], variables: tuple[Variable, ...]) -> None:
        """Set the variables of the present row."""
        columns = self.form.tables[table].columns
        self._row, self._row_at = row, at
        for v in variables:
            name = f"{v.root}__{v.attribute}" if v.kind == "row_attribute" else v.root
            value = self._cell(row, name, columns)
            self.flat[v.name] = value

    def enter_other(
        self, variables: tuple[Variable, ...], other: Mapping[str, Any], fields: Mapping[str, Field]
    ) -> None:
        """Set ``row`` to another record, for a look-up's where."""
        self._row_at = 0
        for v in variables:
            field = fields.get(v.root)
            value = _plain(other.get(v.root), None) if field is None else self._seen(field, other.get(v.root))
            self.flat[v.name] = value

    # Conditions

    def judge(self, step: Step) -> Any:
        """The result of a condition, None when it is unknown."""
        if step.lookups and not step.lookups <= self.known_lookups:
            return None
        flat = self.flat
        for name in step.strict:
            if flat[name] is None:
                return None
        for variable in step.late:
            if variable.name not in flat:
                self._build(variable)
        try:
            return step.condition.program.execute(self._desk.context)
        except (TypeError, ArithmeticError):
            return None
        except Exception as error:
            # A bug of the form or the checker, never of the record: said, logged, the record is kept.
            message = f"条件“{step.condition.source}”无法计算（{error}）"
            if message not in self.faults:
                self.faults.append(message)
                _LOG.error("form %s: %s", self.form.key, message)
            return None

    def judge_in_row(self, step: Step, table: str, at: int, row: Mapping[str, Any]) -> Any:
        """The result of a condition about a row."""
        if step.row:
            self.enter_row(table, at, row, step.row)
        return self.judge(step)

    def empties(self, step: Step) -> tuple[str, ...]:
        """Paths of what a condition misses: empty fields, columns with an empty cell, look-ups not run."""
        not_run = step.lookups - self.known_lookups
        found: dict[str, None] = dict.fromkeys(sorted(not_run))
        strict = set(step.strict)
        for v in step.condition.variables:
            if v.root in not_run:
                continue
            value = self.flat.get(v.name)
            if v.kind == "rows":
                for row in value or ():
                    found |= {
                        f"{v.root}.{c.partition('__')[0]}": None for c, cell in row.items() if cell is None
                    }
            elif v.kind == "column":
                found |= {f"{v.root}.{v.attribute}": None} if None in (value or ()) else {}
            elif value is None and (not strict or v.name in strict):
                found[self._path_of(v, step.condition.table)] = None
        return tuple(found)

    def _path_of(self, v: Variable, table: str) -> str:
        if v.kind.startswith("row"):
            return f"{table}.{self._row_at}.{v.root}"
        return f"{v.root}.{v.attribute}" if v.attribute else v.root

    # Settling

    def _settle(self) -> None:
        given = self.values.get("stated")
        stated: Mapping[str, Any] = given if isinstance(given, Mapping) else _NOTHING
        for node in self.plan.nodes:
            if node.table:
                self._settle_column(node)
            elif not all(self.judge(step) is True for step in node.relevance):
                self._drop(node)
            elif node.calculation is not None and node.field is not None:
                if stated.get(node.key) is not None:
                    self.stated.append(node.key)
                    self._set(node.field, stated[node.key])
                else:
                    self._set(node.field, self._calculated(node.calculation, node.field, node.path))

    def _calculated(self, step: Step, field: Field, path: str) -> Any:
        value = self.judge(step)
        if value is None:
            missing = self.empties(step)
            if missing:
                self.missing[path] = missing
            return None
        return field.type.stored_value(field, value)

    def _drop(self, node: Node) -> None:
        """A field or table that is not relevant counts as empty."""
        self.irrelevant.add(node.path)
        if node.field is None:
            self.values[node.path] = []
            return
        self.values.pop(node.key, None)
        self._refresh(node.key)

    def _set(self, field: Field, value: Any) -> None:
        if value is None:
            self.values.pop(field.key, None)
        else:
            self.values[field.key] = value
        self._refresh(field.key)

    def _refresh(self, key: str) -> None:
        for v in self.plan.by_root.get(key, ()):
            value = self._first(v)
            if value != self.flat[v.name]:
                self.flat[v.name] = value

    def _settle_column(self, node: Node) -> None:
        field = node.field
        assert field is not None
        for at, row in enumerate(self.values[node.table]):
            if not all(self.judge_in_row(step, node.table, at, row) is True for step in node.relevance):
                self.irrelevant.add(f"{node.table}.{at}.{node.key}")
                row.pop(node.key, None)
            elif node.calculation is not None:
                if node.calculation.row:
                    self.enter_row(node.table, at, row, node.calculation.row)
                value = self._calculated(node.calculation, field, f"{node.table}.{at}.{node.key}")
                if value is None:
                    row.pop(node.key, None)
                else:
                    row[node.key] = value


def _plain(value: Any, variable: Variable | None) -> Any:
    """An attribute of a register as a condition sees it."""
    if isinstance(value, date):
        return value.isoformat()
    if value is None or value == "":
        is_list = variable is not None and bool(variable.types) and variable.types[0].kind == "list"
        return [] if is_list else None
    return value
