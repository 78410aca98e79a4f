"""Who and what thousands of new records name, in one go: the rows of `record_people`,
`record_links` and `record_keys`.

The same rows as the form's engine gives for one record (a test holds the two together); here a uniqueness's
condition is run once for each kind of row it can tell apart, not once for each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form, Unique
from minzheng_desktop.store.keys import HEAD, Claim

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Evaluator

Row = dict[str, Any]


class Linker:
    """Links the records of one form; `today` only completes the engine's surroundings."""

    def __init__(self, form: Form, evaluator: Evaluator, *, today: date) -> None:
        self._form = form
        self._evaluator = evaluator
        self._today = today
        self._fields = [(p, f) for p, f in form.fields.items() if f.type.name == "person"]
        self._pointers = [(p, f) for p, f in form.fields.items() if f.type.name == "record"]
        self._household = [(key, table) for key, table in form.tables.items() if table.from_household]
        self._holds: dict[tuple[Any, ...], bool] = {}
        self._reads = {
            name: self._columns_read(name, unique) for name, unique in form.uniques.items() if unique.where
        }

    def people(self, record: Row) -> Iterable[tuple[str, str, str]]:
        """(record, person, role) of everybody in a record."""
        doc = record["doc"]
        found: dict[tuple[str, str], None] = {}
        if self._form.subject == "person" and record["person"]:
            found[record["person"], "subject"] = None
        for path, field in self._fields:
            found.update(((value, path), None) for value in _values(doc, path, field))
        for key, table in self._household:
            for row in doc.get(key) or ():
                covered = row.get("in_covered", "in_covered" not in table.columns) is True
                role = "covered" if covered and not row.get("leave_date") else "member"
                found[row.get("person") or row["key"], role] = None
        if self._form.subject == "household" and record["person"]:
            found[record["person"], HEAD] = None
        return [(record["id"], person, role) for person, role in found]

    def pointed(self, record: Row) -> Iterable[tuple[str, str, str]]:
        """(record, target, path) of every record that a record points to."""
        found = {
            (value, path): None
            for path, field in self._pointers
            for value in _values(record["doc"], path, field)
        }
        return [(record["id"], target, path) for target, path in found]

    def claims(self, record: Row) -> Iterator[Claim]:
        """The keys that a record claims in its state."""
        form, doc = self._form, record["doc"]
        subject = record.get(form.subject) if form.subject != "none" else None
        for name, unique in form.uniques.items():
            if record["state"] not in unique.states:
                continue
            rows: Iterable[Row] = (doc.get(unique.table) or ()) if unique.table else ({},)
            for row in rows:
                if unique.where and not self._row_counts(record, unique, row):
                    continue
                parts = [
                    subject
                    if key == form.subject
                    else row.get(key.rpartition(".")[2])
                    if "." in key
                    else doc.get(key)
                    for key in unique.keys
                ]
                if all(part not in (None, "") for part in parts):
                    person = str(row.get("key", "")) or (
                        record["person"] or "" if "person" in unique.keys else ""
                    )
                    yield Claim(
                        record["owner"],
                        form.key,
                        name,
                        "\x1f".join(str(part) for part in parts),
                        record["id"],
                        unique.table or unique.keys[-1],
                        unique.message,
                        person,
                    )

    def _columns_read(self, name: str, unique: Unique) -> tuple[str, ...] | None:
        """The row columns that a uniqueness's condition reads; None when it reads anything else."""
        condition = self._form.conditions.get((f"unique.{name}", "where"))
        if condition is None or not unique.table:
            return None
        start = f"{unique.table}."
        if any(not path.startswith(start) for path in condition.reads) or condition.live:
            return None
        return tuple(sorted(path.removeprefix(start) for path in condition.reads))

    def _row_counts(self, record: Row, unique: Unique, row: Row) -> bool:
        reads = self._reads[unique.name]
        key = (unique.name, *(row.get(column) for column in reads)) if reads is not None else None
        known = self._holds.get(key) if key is not None else None
        if known is None:
            known = self._run(record, unique, row)
            if key is not None:
                self._holds[key] = known
        return known

    def _run(self, record: Row, unique: Unique, row: Row) -> bool:
        from minzheng_desktop.catalog.engine import Env

        env = Env(today=self._today, state=record["state"], area=record["owner"])
        if not unique.table:
            return self._evaluator.holds(
                self._evaluator.reread(record["doc"], env), f"unique.{unique.name}", "where"
            )
        alone = {**record["doc"], unique.table: [row]}
        evaluation = self._evaluator.reread(alone, env)
        return bool(self._evaluator.rows_where(evaluation, f"unique.{unique.name}", unique.table))


def _values(doc: Row, path: str, field: Field) -> list[Any]:
    values = [row.get(field.key) for row in doc.get(field.table) or ()] if field.table else [doc.get(path)]
    return [value for value in values if value]
