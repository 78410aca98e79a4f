"""What a record's document says about others: the people in it, and the keys that must stay unique.

``record_keys`` holds one row for each key of a form's ``[unique]``; its primary key is the constraint, so that no
look-up in Python decides about doubles. Which keys a record claims depends on its state: a stopped household frees
its key for a new application.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Evaluator
    from minzheng_desktop.catalog.form import Form, Unique
    from minzheng_desktop.store.unit import Writing

SUBJECT, HEAD, COVERED, MEMBER, LEFT = "subject", "head", "covered", "member", "left"


class Claim(msgspec.Struct, frozen=True):
    """One key that a record wants for itself."""

    owner: str
    form: str
    name: str
    value: str
    record: str
    path: str
    message: str
    person: str = ""
    """The person whom the message names, where the key is a person's."""

    def row(self) -> tuple[str, ...]:
        return self.owner, self.form, self.name, self.value, self.record


def people_of(form: Form, body: Mapping[str, Any], head: str | None) -> Iterator[tuple[str, str]]:
    """(person id, role) of everyone a record concerns: subject, head, household rows, person-typed fields."""
    if body["person"]:
        yield body["person"], SUBJECT
    if head:
        yield head, HEAD
    doc = body["doc"]
    for path, field in form.fields.items():
        if field.type.name == "person":
            for value in _values(doc, path):
                yield value, path
    for table in form.tables.values():
        if table.from_household:
            for row in doc.get(table.key) or ():
                role = LEFT if row.get("leave_date") else COVERED if row.get("in_covered", True) else MEMBER
                if row.get("person"):
                    yield row["person"], role


def claims_of(form: Form, evaluator: Evaluator, record_id: str, body: Mapping[str, Any]) -> Iterator[Claim]:
    """The keys that a record claims in its present state; an empty value claims nothing."""
    for name, unique in form.uniques.items():
        if body["state"] not in unique.states:
            continue
        for value, path, person in _key_values(evaluator, unique, body):
            yield Claim(body["owner"], form.key, name, value, record_id, path, unique.message, person)


def claim(w: Writing, claims: list[Claim]) -> None:
    """Write claims. A clash raises UserError ``not_unique`` with the form's own sentence; while the county takes
    in packages (``w.lenient``) it is noted in ``w.clashes`` instead: it is what the county must see."""
    if not claims:
        return
    columns = ("owner", "form", "name", "value", "record")
    if not w.lenient:
        try:
            with w.connection.begin_nested():
                w.insert_derived("record_keys", columns, [c.row() for c in claims])
        except sa.exc.IntegrityError as e:
            raise _refusal(w, claims) from e
        return
    free = []
    for one, other in _clashes(w, claims):
        if other is None:
            free.append(one.row())
        else:
            w.clashes.append((one, other))
    w.insert_derived("record_keys", columns, free)


def _clashes(w: Writing, claims: list[Claim]) -> Iterator[tuple[Claim, str | None]]:
    """Each claim with the record that already holds its key (in the database or earlier in the list)."""
    k = schema.record_keys.c
    taken: dict[tuple[str, str, str, str], str] = {}
    values = sorted({c.value for c in claims})
    for i in range(0, len(values), 500):
        for row in w.rows(sa.select(schema.record_keys).where(k.value.in_(values[i : i + 500]))):
            taken[row["owner"], row["form"], row["name"], row["value"]] = row["record"]
    for one in claims:
        key = one.row()[:4]
        holder = taken.setdefault((key[0], key[1], key[2], key[3]), one.record)
        yield one, None if holder == one.record else holder


def _refusal(w: Writing, claims: list[Claim]) -> UserError:
    for one, other in _clashes(w, claims):
        if other is None:
            continue
        name = ""
        if one.person:
            row = w.get("people", one.person)
            name = row["name"] if row else ""
        message = (one.message or "与已有的一条重复").replace("{person.name}", name)
        text = f"{message}。没有保存，请先查看已有的那一条。"
        return UserError("not_unique", text, (Problem(path=one.path, message=message, code=other),))
    return UserError("not_unique", "与已有的一条重复。没有保存，请先查看已有的那一条。")


def _key_values(
    evaluator: Evaluator, unique: Unique, body: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """(key text, path, person) of each key of one uniqueness; several for keys of table rows."""
    doc = body["doc"]
    if not unique.table:
        values = [_scalar(body, key) for key in unique.keys]
        if all(v not in (None, "") for v in values):
            person = body["person"] or "" if "person" in unique.keys else ""
            yield "|".join(map(str, values)), unique.keys[-1], person
        return
    prefix = f"{unique.table}."
    for number, row in enumerate(doc.get(unique.table) or ()):
        if unique.where and not evaluator.row_holds(f"unique.{unique.name}", row, doc=doc):
            continue
        values = [
            row.get(key.removeprefix(prefix)) if key.startswith(prefix) else _scalar(body, key)
            for key in unique.keys
        ]
        if all(v not in (None, "") for v in values):
            yield "|".join(map(str, values)), f"{unique.table}.{number}", row.get("person") or ""


def _scalar(body: Mapping[str, Any], key: str) -> Any:
    if key in ("person", "household", "facility"):
        return body[key]
    return body["doc"].get(key)


def _values(doc: Mapping[str, Any], path: str) -> Iterator[str]:
    table, _, column = path.partition(".")
    found = [row.get(column) for row in doc.get(table) or ()] if column else [doc.get(path)]
    yield from (v for v in found if v)
