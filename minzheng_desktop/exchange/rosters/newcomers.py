"""The rows to write for somebody who enters the office's books through a roster (历史导入).

Nothing is invented: no acceptance, no publicity, no approval date. What the roster states of a household whose
details are missing stands in the record's document under `stated`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form, Table
from minzheng_desktop.catalog.resolve import TODAY_DEFAULTS
from minzheng_desktop.exchange.rosters.amounts import Reckoner, WholeForm
from minzheng_desktop.exchange.rosters.cleaned import CleanRow
from minzheng_desktop.exchange.rosters.registry import Registry, Row
from minzheng_desktop.exchange.rosters.state import mapped
from minzheng_desktop.exchange.rosters.targets import subject_root
from minzheng_desktop.store.households import HEAD
from minzheng_desktop.store.member_lists import match_members
from minzheng_desktop.store.records import Subject, typed_columns
from minzheng_desktop.values.ids import new_id

STEP = "import"
"""The step of a record's birth from a roster."""
GROUND = "历史导入"


class Added(msgspec.Struct, frozen=True):
    """A new record, and the money rule's inputs with which it entered into force (None: not in force), with the
    amounts (cents by part) that follow, or the labels of what is missing."""

    record: Row
    inputs: dict[str, Any] | None = None
    amounts: dict[str, int] = {}
    missing: tuple[str, ...] = ()


def _defaults(fields: Mapping[str, Field]) -> dict[str, Any]:
    """What new rows start with; the day on which a record is made is filled in by the form's engine."""
    return {
        key: f.default
        for key, f in fields.items()
        if f.default is not None
        and not f.relevant
        and not f.retired
        and f.default != TODAY_DEFAULTS.get(f.type.name)
    }


def _settles(form: Form, reckoner: Reckoner) -> bool:
    """Whether new records are worked out whole: registers and services, whose dates and counts come of their tables and
    look-ups. What a roster states of a household, or of a benefit by its plain inputs, stands without that."""
    if any(t.from_household for t in form.tables.values()):
        return False
    return form.benefit is None or form.kind == "event" or not reckoner.plain


class Newcomers:
    """Makes the rows of new records for one form."""

    def __init__(
        self,
        form: Form,
        registry: Registry,
        reckoner: Reckoner,
        *,
        filled: Iterable[str],
        month: str,
        paid_through: str | None,
        ground: str = GROUND,
        whole: WholeForm | None = None,
    ) -> None:
        assert form.import_ is not None
        self._whole = whole if _settles(form, reckoner) else None
        self._ground = ground
        self._form = form
        self._import = form.import_
        self._registry = registry
        self._reckoner = reckoner
        self._month = month
        self._paid_through = paid_through
        self._root = subject_root(form)
        self._state = form.import_.state or form.workflow.start
        in_force = form.workflow.states[self._state].group in ("active", "suspended")
        self._in_force = in_force and form.subject != "none"
        self._fields = form.top_fields()
        self._defaults = _defaults(self._fields)
        self._table_defaults = {
            t.key: _defaults(t.columns) for t in form.tables.values() if not t.from_household
        }
        self._table = next((t for t in form.tables.values() if t.from_household), None)
        columns = self._table.columns if self._table else {}
        self._row_own = {name for name, f in columns.items() if not f.copied}
        self._row_defaults = {
            name: f.default
            for name, f in columns.items()
            if f.default is not None and not f.copied and not f.relevant
        }
        self._kept = {p: self.is_stated(f) for p, f in self._fields.items() if not f.filled_by}
        start = f"{self._root}."
        self._attributes = [(p, p.removeprefix(start)) for p in filled if p.startswith(start)]
        self._others = [
            (path, f"{path}.id_number", f"{path}.name")
            for path, field in self._fields.items()
            if field.type.name == "person"
        ]

    def sketch(self, row: CleanRow) -> dict[str, Any]:
        """The document that a row would make, with members who are not yet in the registers."""
        members: list[Row] = []
        if self._table is not None:
            members = [{"key": "0", "relation": HEAD}]
            members += [{"key": m.get("id_number"), **m} for m in row.tables.get(self._table.key, [])]
        return self._document(row, members)

    def add(self, row: CleanRow, doc: dict[str, Any]) -> Added:
        """Write down everything that one row brings; `doc` is its sketch with the form's calculations."""
        values, registry = row.values, self._registry
        if self._form.subject == "none":
            self._name_others(doc, row)
            return self._add_to_register(doc, values)
        attributes = {name: values[path] for path, name in self._attributes if path in values}
        village = values.get("village")
        person, _ = registry.person(attributes["id_number"], attributes, village)
        household: Row | None = None
        members: list[Row] = []
        if self._form.subject == "household":
            household = registry.household(person, village, values.get("household.address"))
            members = self._members(row, person, household, village)
            if self._table is not None:
                doc[self._table.key] = members
                self._mark_covered(doc, members)
        self._name_others(doc, row)
        if self._whole is not None:
            doc = self._whole.values(doc, person)
        inputs = self._reckoner.inputs(doc, person)
        amounts, missing = self._reckoner.fills(inputs)
        for part, path in (self._form.benefit.fills if self._form.benefit else {}).items():
            if part in amounts:
                doc[path] = amounts[part]
        subject = Subject(person["id"], household["id"] if household else None)
        record = self._record(doc, subject, village)
        self._account(person, values)
        start = values.get("start_month") or self._month
        step = self._step(record, start)
        if self._in_force and self._form.benefit is not None:
            self._registry.writes.terms.append(
                {
                    "id": new_id(),
                    "owner": registry.state.owner,
                    "record": record["id"],
                    "from_month": start,
                    "state": "approved",
                    "ground": self._ground,
                    "step": step["id"],
                    "inputs": inputs,
                    "snapshot": self._snapshot(doc),
                }
            )
            return Added(record, inputs, amounts, missing)
        return Added(record)

    def begin(self, row: CleanRow, doc: dict[str, Any]) -> Row:
        """Write down a record of one person that begins its way through the workflow; `doc` is complete."""
        attributes = {name: row.values[path] for path, name in self._attributes if path in row.values}
        village = row.values.get("village")
        person, _ = self._registry.person(attributes["id_number"], attributes, village)
        self._name_others(doc, row)
        record = self._record(doc, Subject(person["id"]), village)
        self._account(person, row.values)
        self._step(record, self._month)
        return record

    def _add_to_register(self, doc: dict[str, Any], values: Mapping[str, Any]) -> Added:
        """A record of nobody (an institution): it stands by itself and keeps its account in its document."""
        if values.get("account.number"):
            doc["account"] = {
                "number": values["account.number"],
                "name": values.get("account.name") or doc.get("name", ""),
                "bank": values.get("account.bank") or "",
            }
        if self._whole is not None:
            doc = self._whole.values(doc, None)
        record = self._record(doc, Subject(), values.get("village"))
        self._step(record, self._month)
        return Added(record)

    def _document(self, row: CleanRow, members: list[Row]) -> dict[str, Any]:
        """The record's document: defaults, what the form sets for imports, the roster's values, what it states."""
        doc: dict[str, Any] = {**self._defaults, **self._import.set}
        stated: dict[str, Any] = {}
        for path, value in row.values.items():
            states = self._kept.get(path)
            if states is None:
                continue
            doc[path] = value
            if states:
                stated[path] = value
        for table, given in row.tables.items():
            if self._table is None or table != self._table.key:
                start = self._table_defaults.get(table, {})
                doc[table] = [{"key": new_id(), **start, **one} for one in given]
        if self._in_force and "start_month" in self._fields:
            doc["start_month"] = row.values.get("start_month") or self._month
        if self._table is not None and members:
            doc[self._table.key] = members
            self._mark_covered(doc, members)
        if stated:
            doc["stated"] = stated
        return doc

    def _name_others(self, doc: dict[str, Any], row: CleanRow) -> None:
        """Fields that point to another person (代领人): found or made by name and id number."""
        for path, number_path, name_path in self._others:
            number, name = row.values.get(number_path), row.values.get(name_path)
            if number and name:
                village = row.values.get("village")
                person, _ = self._registry.person(number, mapped(row.values, path), village)
                doc[path] = person["id"]

    def is_stated(self, field: Field) -> bool:
        """Whether a calculated value of a roster stands in for its calculation: where money or columns need it."""
        if field.live or not field.calculation:
            return False
        return field.path in self._reckoner.fields or field.path in self._form.record.values()

    def _mark_covered(self, doc: Mapping[str, Any], members: list[Row]) -> None:
        """Who is covered is known when all are, or when only the head is named; else it stays open."""
        assert self._table is not None
        if "in_covered" not in self._table.columns:
            return
        size, covered = doc.get("household_size"), doc.get("covered_size")
        everyone = covered is None or size == covered or len(members) in (1, covered)
        for member in members:
            member["in_covered"] = True if everyone else None

    def _members(self, row: CleanRow, head: Row, household: Row, village: str | None) -> list[Row]:
        if self._table is None:
            return []
        rows = [self._member_row(self._table, head, HEAD, {})]
        listed = row.tables.get(self._table.key, [])
        found = match_members(listed, self._registry.living(household["id"], head), head=head["id_number"])
        known = {id(given): ours for given, ours in found.same}
        new = {id(given) for given in found.new}
        for given in listed:
            if id(given) in known:
                person = self._registry.full(known[id(given)])
                if given.get("id_number") and not person.get("id_number"):
                    self._registry.give_number(person["id"], given["id_number"])
            elif id(given) in new:
                person = self._made(given, village)
            else:
                continue
            if person["id"] == head["id"]:
                continue
            self._registry.join(household["id"], person, given.get("relation"))
            rows.append(self._member_row(self._table, person, given.get("relation"), given))
        return rows

    def _made(self, given: Row, village: str | None) -> Row:
        assert self._table is not None
        attributes = {k: v for k, v in given.items() if k not in self._table.columns or k == "name"}
        if given.get("id_number"):
            return self._registry.person(given["id_number"], attributes, village)[0]
        return self._registry.unnumbered(str(given["name"]), attributes, village)

    def _member_row(self, table: Table, person: Row, relation: str | None, given: Mapping[str, Any]) -> Row:
        more = person.get("more") or {}
        row: Row = {"key": person["id"], "person": person["id"], **self._row_defaults}
        for name in table.copy:
            value = person.get(name) or more.get(name)
            if value is not None:
                row[name] = value
        if relation is not None and "relation" in table.copy:
            row["relation"] = relation
        for name in given.keys() & self._row_own:
            row[name] = given[name]
        return row

    def _record(self, doc: dict[str, Any], subject: Subject, village: str | None) -> Row:
        state = self._registry.state
        columns = typed_columns(self._form, doc, subject)
        record: Row = {
            **columns,
            "id": new_id(),
            "owner": state.owner,
            "form": self._form.key,
            "form_version": self._form.version,
            "village": columns.get("village") or village,
            "paid_through": self._paid_through if self._in_force else None,
            "entered_by": state.user,
            "doc": doc,
            "state": self._state,
        }
        if self._in_force:
            record["start_month"] = doc.get("start_month") or self._month
        self._registry.writes.records.append(record)
        return record

    def _step(self, record: Row, start: str) -> Row:
        step: Row = {
            "id": new_id(),
            "owner": record["owner"],
            "record": record["id"],
            "step": STEP if self._in_force else "start",
            "to_state": self._state,
            "effective_month": start if self._in_force else None,
            "actor": "town",
            "by": record["entered_by"],
            "ground": {"reason": self._ground},
        }
        self._registry.writes.steps.append(step)
        return step

    def _account(self, person: Row, values: Mapping[str, Any]) -> None:
        number = values.get("account.number")
        state = self._registry.state
        known = state.accounts.get(person["id"], [])
        if not number or any(a["number"] == number for a in known):
            return
        account = {
            "id": new_id(),
            "owner": state.owner,
            "person": person["id"],
            "number": number,
            "name": values.get("account.name") or person["name"],
            "bank": values.get("account.bank"),
            "type": values.get("account.type"),
            "state": "pending" if known else "active",
            "changed_by": state.user,
            "reason": self._ground,
        }
        state.accounts.setdefault(person["id"], []).append(account)
        self._registry.writes.bank_accounts.append(account)

    def _snapshot(self, doc: Mapping[str, Any]) -> dict[str, Any]:
        tables = {t.key: doc.get(t.key) or [] for t in self._form.tables.values() if t.from_household}
        return {**tables, "record": {word: doc.get(path) for word, path in self._form.record.items()}}
