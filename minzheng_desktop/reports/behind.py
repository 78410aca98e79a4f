"""What stands behind a number: the records that it counted, by name, for a second look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

SHOWN = 1000
"""Records that are named; a longer list is cut and says so."""


class CountedRecord(msgspec.Struct, frozen=True):
    """One record that a number counted. since: the month or day from which it counts; village: division code."""

    record: str
    form: str
    form_title: str
    name: str
    number: str
    owner: str
    village: str
    since: str
    state: str


def name_records(
    r: Reading, records: Iterable[tuple[str, str]], *, limit: int = SHOWN
) -> list[CountedRecord]:
    """The first `limit` of records given as (id, since), each once, in their order; void ones are left out."""
    since = dict(list(dict.fromkeys(records))[:limit])
    rows = r.get_many("records", since)
    people = r.get_many("people", {row["person"] for row in rows.values() if row["person"]})
    forms = r.store.catalog.forms
    found = []
    for record, at in since.items():
        row = rows.get(record)
        if row is None or row["void"]:
            continue
        form = forms.get(row["form"])
        person = people.get(row["person"] or "")
        state = form.workflow.states.get(row["state"]) if form else None
        found.append(
            CountedRecord(
                record=record,
                form=row["form"],
                form_title=form.title if form else row["form"],
                name=person["name"] if person else str(row["doc"].get("name") or ""),
                number=row["number"] or "",
                owner=row["owner"],
                village=row["village"] or "",
                since=at or row["start_month"] or "",
                state=state.title if state else row["state"],
            )
        )
    return found
