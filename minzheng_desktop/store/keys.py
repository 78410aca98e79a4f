"""What a record's document says about others: the people in it, and the keys that must stay unique.

``record_keys`` holds one row for each key of a form's ``[unique]``; its primary key is the constraint, so that no
look-up in Python decides about doubles. Which keys a record claims depends on its state: a stopped household frees
its key for a new application.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Evaluation, Evaluator
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing

HEAD = "head"
"""The role of a household's head in the household's records."""


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


def people_of(
    evaluator: Evaluator, evaluation: Evaluation, body: Mapping[str, Any], head: str | None
) -> list[tuple[str, str]]:
    """(person id, role) of everyone a record concerns: subject, head, household rows, person-typed fields."""
    found = list(evaluator.people(evaluation, subject=body["person"] or ""))
    if evaluator.form.subject == "household" and (head or body["person"]):
        found.append((head or body["person"], HEAD))
    return found


def claims_of(
    evaluator: Evaluator, evaluation: Evaluation, record_id: str, body: Mapping[str, Any]
) -> Iterator[Claim]:
    """The keys that a record claims in its present state; an empty value claims nothing."""
    form = evaluator.form
    subject = body.get(form.subject) or "" if form.subject != "none" else ""
    for key in evaluator.unique_keys(evaluation, subject=subject, state=body["state"]):
        unique = form.uniques[key.name]
        path = unique.table or unique.keys[-1]
        person = key.row or (body["person"] or "" if "person" in unique.keys else "")
        yield Claim(body["owner"], form.key, key.name, key.value, record_id, path, unique.message, person)


def reread(store: Store, body: Mapping[str, Any]) -> tuple[Evaluator, Evaluation]:
    """A stored record before its form's engine, with nothing calculated again."""
    from minzheng_desktop.catalog.engine import Env

    evaluator = store.evaluator(body["form"])
    env = Env(today=date.today(), state=body["state"], area=body["owner"])  # noqa: DTZ011 - of the desk, not of a record
    return evaluator, evaluator.reread(body["doc"], env)


def claim(w: Writing, claims: list[Claim]) -> None:
    """Write claims. A clash raises UserError ``not_unique`` with the form's own sentence; while the county takes
    in packages (``w.lenient``) it is noted in ``w.clashes`` instead: it is what the county must see. A key that two
    rows of one record want is claimed once: what a table may not hold twice, its own ``unique`` says."""
    if not claims:
        return
    claims = list({one.row(): one for one in claims}.values())
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
    wanted: dict[tuple[str, str, str], set[str]] = {}
    for one in claims:
        wanted.setdefault((one.owner, one.form, one.name), set()).add(one.value)
    for (owner, form, name), values in wanted.items():  # by the whole key: the index begins with the owner
        ordered = sorted(values)
        for i in range(0, len(ordered), 500):
            query = sa.select(k.value, k.record).where(
                k.owner == owner, k.form == form, k.name == name, k.value.in_(ordered[i : i + 500])
            )
            for value, record in w.connection.execute(query):
                taken[owner, form, name, value] = record
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
