"""Steps that cross: two laptops took different steps of a record from one state. Shown, not silently ordered.

A record's state follows its latest step, so one of the two would just vanish from sight. The step that does not
begin where the one before it ended is kept in `held` until a person has seen it; nothing else waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.files.bodies import Incoming
from minzheng_desktop.exchange.judging.row_words import RowWords
from minzheng_desktop.store import schema
from minzheng_desktop.store.derived import moves_nothing
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

CROSSED = "steps_cross"

_held, _steps = schema.held.c, schema.steps.c


class Taken(msgspec.Struct, frozen=True):
    """One of two steps: its title, who took it, when (ISO), and on which laptop."""

    title: str
    by: str
    at: str
    letter: str

    def words(self) -> str:
        letter = f"（{self.letter} 机）" if self.letter else ""
        return f"{self.at[:16].replace('T', ' ')} {self.by}{letter}办“{self.title}”"


class Crossing(msgspec.Struct, frozen=True):
    """Two steps from one state of a record; `id` is the step that does not follow the one before it."""

    id: str
    division: str
    town: str
    record: str
    form: str
    whose: str
    first: Taken
    second: Taken
    state: str

    def sentence(self) -> str:
        return (
            f"{self.whose}：两台电脑从同一状态各办了一步：{self.first.words()}；{self.second.words()}。"
            f"现在按“{self.state}”算，请核对。"
        )


def note_crossings(
    w: Writing, entered: Sequence[Incoming], *, package: str, division: str, laptop: str
) -> int:
    """Keep the steps among those that entered which do not begin where the step before them ended; how many."""
    lines = {one.line.id: one for one in entered if one.line.entity == "steps" and not one.body.void}
    if not lines:
        return 0
    records = {one.body.record for one in lines.values()}
    known = {row["id"] for row in w.rows(sa.select(_held.id).where(_held.why == CROSSED))}
    rows = []
    for chain in _chains(w, records).values():
        for before, step in pairwise(chain):
            if step["from_state"] in (None, before["to_state"]):
                continue
            # the one that came now is told, whichever of the two is the later one
            told = next((one for one in (step, before) if one["id"] in lines), None)
            if told is not None and told["id"] not in known:
                rows.append(
                    {
                        "package": package, "division": division, "laptop": laptop, "entity": "steps",
                        "id": step["id"], "why": CROSSED, "waits_for": None,
                        "line": msgspec.json.encode(lines[told["id"]].line).decode(),
                    }
                )  # fmt: skip
    w.insert("held", rows)
    return len(rows)


def list_crossings(r: Reading, *, division: str | None = None) -> list[Crossing]:
    """The crossings that nobody has seen yet."""
    kept = r.rows(sa.select(_held.id, _held.division).where(_held.why == CROSSED).order_by(_held.n))
    steps = r.get_many("steps", {row["id"] for row in kept})
    chains = _chains(r, {step["record"] for step in steps.values()})
    records = r.get_many("records", chains)
    words, c, v = RowWords(r), schema.laptops.c, schema.versions.c
    letters = {row["id"]: row["letter"] for row in r.rows(sa.select(c.id, c.letter))}
    letters[r.store.site.laptop] = r.store.site.letter

    def taken(step: Any) -> Taken:
        form = r.store.catalog.forms.get(records[step["record"]]["form"])
        known = form.workflow.steps.get(step["step"]) if form is not None else None
        origin = r.scalar(sa.select(v.origin).where(v.id == step["id"]).order_by(v.seq).limit(1))
        title = known.title if known is not None else step["step"]
        return Taken(title, step["by"] or "", step["at"], letters.get(origin, ""))

    found = []
    for row in kept:
        step = steps.get(row["id"])
        if step is None or division not in (None, row["division"]):
            continue
        chain = chains[step["record"]]
        place = next((n for n, one in enumerate(chain) if one["id"] == step["id"]), 0)
        record = records[step["record"]]
        form = r.store.catalog.forms.get(record["form"])
        states = form.workflow.states if form is not None else {}
        found.append(
            Crossing(
                id=step["id"],
                division=row["division"],
                town=r.store.catalog.divisions.name(row["division"]),
                record=record["id"],
                form=record["form"],
                whose=words.whose("records", record),
                first=taken(chain[max(0, place - 1)]),
                second=taken(step),
                state=states[record["state"]].title if record["state"] in states else record["state"],
            )
        )
    return found


def see_crossing(store: Store, step: str) -> None:
    """A person has looked at a crossing. UserError when there is none under this step."""
    with store.writing("see_crossing", {"step": step}) as w:
        if not w.delete("held", _held.id == step, _held.why == CROSSED):
            raise UserError("no_such_crossing", "没有这一条（可能已经看过）。没有改动，请刷新后再看。")


def _chains(r: Reading, records: set[str]) -> dict[str, list[dict[str, Any]]]:
    """The steps of each record that move it, in the order in which they count."""
    forms = r.store.catalog.forms
    rows = {row["id"]: row for row in r.get_many("records", records).values()}
    found: dict[str, list[dict[str, Any]]] = {}
    for some in chunks(sorted(records)):
        query = sa.select(schema.steps).where(_steps.record.in_(some), _steps.void == 0)
        for step in r.rows(query.order_by(_steps.at, _steps.id)):
            record = rows.get(step["record"])
            if record is not None and not moves_nothing(forms.get(record["form"]), step):
                found.setdefault(step["record"], []).append(step)
    return found
