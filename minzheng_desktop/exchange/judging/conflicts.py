"""冲突: rows that two laptops changed differently, field by field, and what a person answers.

In a township an answer is a new version that names both as its base and travels like any other. The county writes no
township's row: its answer is a ruling that travels down with the versions in question, and every laptop of the
township makes the same version of it. Both versions stay in the history either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.ruled import NotYet, Ruling
from minzheng_desktop.exchange.files.bodies import read_change
from minzheng_desktop.exchange.judging.held import put_aside
from minzheng_desktop.exchange.judging.intake import CONFLICT, Key, Rewritten, line_of, version_of
from minzheng_desktop.exchange.judging.merging import History, Settled, Version, base_of
from minzheng_desktop.exchange.judging.merging_paths import ABSENT
from minzheng_desktop.exchange.judging.row_words import RowWords
from minzheng_desktop.exchange.judging.standing import load_histories
from minzheng_desktop.exchange.tables import TABLE_TITLES
from minzheng_desktop.store import rows, schema
from minzheng_desktop.store.arrivals import MADE, STORED, Arrival, write_arrivals, write_history
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

RESOLVE = "resolve"
"""The kind of ruling by which the county answers a conflict."""
MINE, OTHER, NEWER = "mine", "other", "newer"
SIDES = {MINE: "取现在的", OTHER: "取另一份", NEWER: "取较新的"}


class Side(msgspec.Struct, frozen=True):
    """One of the versions: who made it when (ISO), on which laptop, and by which package it came (0: made here)."""

    revision: str
    at: str
    by: str
    letter: str
    package: int


class Asked(msgspec.Struct, frozen=True):
    """One field to decide: its value in the base and on each side, in words, in the order of the sides."""

    path: str
    label: str
    base: str
    values: tuple[str, ...]


class Conflict(msgspec.Struct, frozen=True):
    """One row. The first of `sides` is what the row is now, `heads` the versions that an answer puts an end to."""

    division: str
    town: str
    entity: str
    id: str
    kind: str
    whose: str
    sides: tuple[Side, ...]
    asked: tuple[Asked, ...]
    heads: tuple[str, ...]
    base_at: str
    form: str = ""
    record: str = ""
    ruled: str = ""
    """When the county ruled on these versions, where its ruling is on its way down."""


class Answer(msgspec.Struct, frozen=True):
    """What a person says to one row: for each path in conflict the version whose value counts. `heads` are those
    that were shown."""

    entity: str
    id: str
    heads: tuple[str, ...]
    chosen: Mapping[str, str]


def list_conflicts(r: Reading, *, division: str | None = None) -> list[Conflict]:
    """Every row in conflict, as they came."""
    h, p = schema.held.c, schema.packages.c
    found = r.rows(
        sa.select(h.division, h.laptop, h.entity, h.id, h.line, p.number)
        .outerjoin(schema.packages, p.id == h.package)
        .where(h.why == CONFLICT)
        .order_by(h.n)
    )
    brought: dict[Key, dict[str, Mapping[str, Any]]] = {}
    for row in found:
        if division in (None, row["division"]):
            revision = msgspec.json.decode(row["line"], type=Line).revision
            brought.setdefault((row["entity"], row["id"]), {})[revision] = row
    if not brought:
        return []
    histories = load_histories(r, brought)
    ruled = _ruled(r, {row_id for _, row_id in brought})
    reader = _Reader(r)
    return [reader.describe(key, histories[key], came, ruled) for key, came in brought.items()]


def find_conflict(r: Reading, row_id: str) -> Conflict:
    """One row in conflict by its id. Raises UserError no_such_conflict."""
    for one in list_conflicts(r):
        if one.id == row_id:
            return one
    raise UserError("no_such_conflict", "这一条没有等人决定的冲突（可能已经定过）。没有改动。请刷新后再看。")


def choose(conflict: Conflict, side: str) -> Answer:
    """The whole row from one side: as it is now, the other one (the newest of the others), or the newer of all."""
    mine, *others = conflict.sides
    newest_other = max(others, key=lambda one: (one.at, one.revision))
    newest = max(conflict.sides, key=lambda one: (one.at, one.revision))
    taken = {MINE: mine, OTHER: newest_other, NEWER: newest}[side]
    chosen = {asked.path: taken.revision for asked in conflict.asked}
    return Answer(conflict.entity, conflict.id, conflict.heads, chosen)


def resolve(store: Store, answers: Sequence[Answer]) -> int:
    """Write a township's answers, each as a version of both sides, in one transaction; returns how many.

    Raises UserError when a row moved since it was shown, a path was not answered, or the answer breaks a rule of
    the database (an id number that somebody else has); nothing is written then.
    """
    if store.site.role != "township":
        raise UserError("not_a_township", "县局不改乡镇的内容，要用裁定。没有改动。")
    with store.writing("resolve_conflicts", {"rows": len(answers)}) as w:
        for answer in answers:
            history, settled = settle_now(w, answer)
            body = answer_body(history, settled, answer)
            write_answer(w, (answer.entity, answer.id), history, settled.heads, body, by=w.user)
    return len(answers)


def settle_now(r: Reading, answer: Answer) -> tuple[History, Settled]:
    """The row's history and what it is now. Raises UserError changed_meanwhile when it is not what was shown."""
    key = (answer.entity, answer.id)
    row = r.get(*key)
    history = load_histories(r, [key]).get(key)
    settled = history.settle(row["revision"]) if history is not None and row is not None else None
    if history is None or settled is None or not settled.aside or settled.heads != tuple(answer.heads):
        raise UserError("changed_meanwhile", "这一条刚被别处改过或定过，这次没有写入。请刷新，看过再定。")
    return history, settled


def answer_body(history: History, settled: Settled, answer: Answer) -> dict[str, Any]:
    """The body that an answer gives. Raises UserError not_answered for a field in conflict without a choice."""
    missing = [path for path in settled.conflicts if path not in answer.chosen]
    if missing or any(one not in history for one in answer.chosen.values()):
        raise UserError("not_answered", f"还有 {len(missing) or 1} 栏没有定，没有写入。请每一栏都选一份。")
    return history.answer(settled.heads, answer.chosen)


def write_answer(
    w: Writing,
    key: Key,
    history: History,
    heads: Sequence[str],
    body: Mapping[str, Any],
    *,
    by: str | None,
) -> None:
    """Write a version of all heads with this body, and let go of the lines that waited."""
    table, row_id = key
    shape = rows.shape(schema.EXPORTED[table])
    base, encoded = base_of(heads), shape.encode(shape.build(body))
    version = Version(rows.revision_of(base, encoded), base, w.at, by, shape.decode(encoded))
    history.add(version)
    row = w.get(table, row_id)
    assert row is not None, "the history is that of a row"
    now = history.settle(row["revision"])
    write_history(w, [line_of(table, row_id, version)], origin=lambda _: w.origin)
    if now.head.revision != row["revision"]:
        one = read_change(msgspec.json.encode(line_of(table, row_id, now.head)))
        arrival = Arrival(one.line, one.body, one.values, False, MADE if now.made else STORED)
        write_arrivals(w, {table: [[arrival]]}, origin=lambda _: w.origin)
    rewritten = {key: Rewritten(row["revision"], now, (), history)}
    put_aside(w, rewritten, package="", division=row["owner"], laptop=w.origin)


# what the county ruled


def ruling_details(history: History, settled: Settled, answer: Answer) -> dict[str, Any]:
    """What a ruling carries, so that every laptop makes the same of it although it may not have read the other's
    packages: the versions that the sides do not share, and what was chosen."""
    common = history.common(settled.heads)
    known = common.revision if common is not None else None
    lines = [
        {"origin": one.origin, "line": msgspec.json.encode(line_of(answer.entity, answer.id, one)).decode()}
        for one in history.versions()
        if one.revision != known
        and (known is None or not history.is_before(one.revision, known))
        and any(one.revision == head or history.is_before(one.revision, head) for head in settled.heads)
    ]
    return {
        "entity": answer.entity,
        "heads": list(settled.heads),
        "chosen": dict(answer.chosen),
        "versions": lines,
    }


def take_resolution(w: Writing, ruling: Ruling, today: date) -> None:
    """What a county's answer does in the township: the version that it means, unless it was answered here before.

    Raises NotYet while the row is not here.
    """
    table, heads = str(ruling.more["entity"]), tuple(map(str, ruling.more["heads"]))
    key = (table, ruling.subject)
    row = w.get(*key)
    if row is None:
        raise NotYet("not_here_yet", "裁定的那一条还没有到本机，读到另一台电脑的包后自动落实。")
    history = load_histories(w, [key])[key]
    unknown = []
    for told in ruling.more["versions"]:
        one = read_change(str(told["line"]).encode())
        if one.line.revision not in history:
            history.add(version_of(one.line, str(told["origin"])))
            unknown.append((one.line, str(told["origin"])))
    if any(one not in history for one in heads):
        raise NotYet("not_here_yet", "裁定的两份里有一份还没有到本机，读到另一台电脑的包后自动落实。")
    for line, origin in unknown:
        write_history(w, [line], origin=lambda _, origin=origin: origin)  # type: ignore[misc]
    if any(all(history.is_before(one, other) for one in heads) for other in history.settle().heads):
        return  # answered here, or gone on from: what people did since stands
    body = history.answer(heads, dict(ruling.more["chosen"]))
    write_answer(w, key, history, heads, body, by=ruling.by)


def _ruled(r: Reading, ids: Iterable[str]) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """The county's answers that are on their way, by row: to which versions, and when."""
    c = schema.rulings.c
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for row in r.rows(
        sa.select(c.subject, c.more, c.at).where(c.kind == RESOLVE, c.void == 0, c.subject.in_(sorted(ids)))
    ):
        found.setdefault(row["subject"], []).append((tuple(row["more"]["heads"]), row["at"]))
    return found


class _Reader:
    def __init__(self, r: Reading) -> None:
        self.r = r
        self.words = RowWords(r)
        c = schema.laptops.c
        self._letters = {row["id"]: row["letter"] for row in r.rows(sa.select(c.id, c.letter))}
        self._letters[r.store.site.laptop] = r.store.site.letter
        self._divisions = r.store.catalog.divisions

    def describe(
        self,
        key: Key,
        history: History,
        came: Mapping[str, Mapping[str, Any]],
        ruled: Mapping[str, list[tuple[tuple[str, ...], str]]],
    ) -> Conflict:
        table, row_id = key
        row = self.r.get(table, row_id)
        assert row is not None, "a conflict stands beside a row"
        settled = history.settle(row["revision"])
        form = self.r.store.catalog.forms.get(row.get("form") or "")
        shown = [settled.head.revision, *settled.aside]
        base = history.common(settled.heads)
        before = history.fields(base.revision) if base is not None else {}
        record = row_id if table == "records" else row.get("record") or ""
        owner = self.r.get("records", record) if record else None
        return Conflict(
            division=row["owner"],
            town=self._divisions.name(row["owner"]),
            entity=table,
            id=row_id,
            kind=TABLE_TITLES.get(table, table),
            whose=self.words.whose(table, row),
            sides=tuple(self._side(history[one], came.get(one)) for one in shown),
            asked=tuple(
                Asked(
                    path=path,
                    label=self.words.label(
                        table,
                        path,
                        form,
                        {**before, **{k: v for n in shown for k, v in history.fields(n).items()}},
                    ),
                    base=self._value(table, path, before, form),
                    values=tuple(self._value(table, path, history.fields(one), form) for one in shown),
                )
                for path in settled.conflicts
            ),
            heads=settled.heads,
            base_at=base.at if base is not None else "",
            form=str(owner["form"]) if owner else "",
            record=record,
            ruled=next((at for heads, at in ruled.get(row_id, ()) if heads == settled.heads), ""),
        )

    def _value(self, table: str, path: str, fields: Mapping[str, Any], form: Any) -> str:
        return self.words.words(table, path, fields.get(path, ABSENT), form)

    def _side(self, version: Version, came: Mapping[str, Any] | None) -> Side:
        origin = version.origin or (came["laptop"] if came else "")
        return Side(
            version.revision,
            version.at,
            version.by or "程序合并",
            self._letters.get(origin, ""),
            int((came or {}).get("number") or 0),
        )
