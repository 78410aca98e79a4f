"""What a record writes into the register of people: fields with ``feeds`` (form language), when it leaves the draft.

A record that is older than another of its form about the same person writes nothing: the latest one speaks. Of two
dates of death the earlier one stands, with its source (domain §2.3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.store.people import IN_MORE

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Reading, Writing

SUBJECT = "person"
_DEATH = ("death_date", "death_source")


def feed_registers(w: Writing, form: Form, record: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write a record's feeding fields to the people that they are about: its subject, or whom a person field names.

    ``record`` is its row (id, person, record_date), ``values`` its settled document.
    """
    fed: dict[str, dict[str, Any]] = defaultdict(dict)
    for path, field in form.fields.items():
        whose, _, name = field.feeds.partition(".")
        value = values.get(path)
        person = record["person"] if whose == SUBJECT else values.get(whose)
        if name and person and value is not None:
            fed[str(person)][name] = value
    for person_id, found in fed.items():
        person = w.get("people", person_id)
        if person is not None and not _spoken_for(w, form, record, person_id):
            _write(w, person, found)


def feeds_anything(form: Form) -> bool:
    """Whether a form writes to the register at all."""
    return any(field.feeds for field in form.fields.values())


def _write(w: Writing, person: Mapping[str, Any], found: dict[str, Any]) -> None:
    known = person["death_date"]
    if known and known <= str(found.get("death_date") or known):
        for name in _DEATH:
            if person[name]:
                found.pop(name, None)
    more = {**person["more"], **{k: v for k, v in found.items() if k in IN_MORE}}
    changed = {k: v for k, v in found.items() if k not in IN_MORE and person.get(k) != v}
    if more != person["more"]:
        changed["more"] = more
    if changed:
        w.put("people", {"id": person["id"], **changed})


def _spoken_for(r: Reading, form: Form, record: Mapping[str, Any], person: str) -> bool:
    """Whether a later record of the form about this person has left its draft."""
    if not record["record_date"]:
        return False
    c, k = schema.records.c, schema.record_people.c
    drafts = [key for key, state in form.workflow.states.items() if state.group == "draft"]
    query = (
        sa.select(sa.func.count())
        .select_from(schema.records.join(schema.record_people, k.record == c.id))
        .where(
            k.person == person, c.form == form.key, c.void == 0, c.id != record["id"],
            c.record_date > record["record_date"], c.state.not_in(drafts),
        )
    )  # fmt: skip
    return bool(r.scalar(query))
