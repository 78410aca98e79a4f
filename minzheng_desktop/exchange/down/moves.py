"""What the county's ruling on a household's move does in the two townships.

The rows of a confirmed move come down as the old township wrote them, with their history, in the same signed file as
the ruling. The new township becomes their owner by writing a version of each of its own; the old one keeps them as
they were, read-only and out of its lists. Both write the same on every laptop, for it follows from the rows and the
ruling alone. Somebody who is already on file in the new township stays the row that he is there: what came of him
points to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.downward import Downward, MovedLine
from minzheng_desktop.exchange.down.ruled import NotYet, Ruling, decode_ruling
from minzheng_desktop.exchange.files.bodies import read_change
from minzheng_desktop.exchange.judging import held
from minzheng_desktop.store import rows, schema, sealed_files
from minzheng_desktop.store.arrivals import Arrival, write_arrivals, write_history
from minzheng_desktop.store.leaving import CONFIRMED, MOVING
from minzheng_desktop.store.transfers import CONFIRM, REFUSED, RULING
from minzheng_desktop.store.unit import Line, chunks
from minzheng_desktop.values.ids import digest16

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

_HIDDEN = frozenset({"people", "households", "records"})
"""What leaves the lists of the old township."""
_JSON = {
    table: tuple(c.name for c in schema.EXPORTED[table].columns if isinstance(c.type, schema.Json))
    for table in MOVING
}
_PERSON = {
    "households": "head",
    "household_members": "person",
    "records": "person",
    "bank_accounts": "person",
}


def bring_moved(w: Writing, down: Downward, *, origin: str) -> None:
    """Keep the rows of households that move here, with their history, still as the old township's.

    Only what a ruling of the county for this division names is kept. A row that is here already stays as it is.
    """
    if not down.moved:
        return
    allowed, beside = _named_rows(w, down)
    by_row: dict[tuple[str, str], list[MovedLine]] = {}
    for line in down.moved:
        key = (line.change.entity, line.change.id)
        if key in (beside if line.beside else allowed):
            by_row.setdefault(key, []).append(line)
    known = _known_revisions(w, {row_id for _, row_id in by_row})
    here = {
        (table, row_id): row
        for table in MOVING
        for row_id, row in w.get_many(table, sorted({i for t, i in by_row if t == table})).items()
    }
    own = w.store.site.division
    history: list[Line] = []
    last: dict[str, list[list[Arrival]]] = {table: [[]] for table in MOVING}
    for (table, row_id), lines in by_row.items():
        present = here.get((table, row_id))
        if present is not None and (present["owner"] == own or lines[0].beside):
            continue
        fresh = [one.change for one in lines if (row_id, one.change.revision) not in known]
        if lines[-1].beside:
            fresh = [_shadow(lines[-1].change)]
        if fresh:
            history += fresh[:-1]
            last[table][0].append(_arrival(fresh[-1], fresh=present is None))
    write_history(w, history, origin=lambda _: origin)
    lenient, w.lenient = w.lenient, True
    write_arrivals(w, {table: waves for table, waves in last.items() if waves[0]}, origin=lambda _: origin)
    w.lenient = lenient
    _keep_files(w, last["attachments"][0], down.blobs)


def _arrival(line: Line, *, fresh: bool) -> Arrival:
    """A version as it is written; its form, names and types are proved like any other's."""
    read = read_change(msgspec.json.encode(line))
    return Arrival(read.line, read.body, read.values, fresh)


def take_move(w: Writing, ruling: Ruling, today: date) -> None:
    """The effect of a ruling of kind `transfer`. Raises NotYet while rows are missing."""
    own, more = w.store.site.division, ruling.more
    w.handing_over = True
    try:
        if own == more["to"] and more["verdict"] == CONFIRM:
            _take_over(w, ruling)
        elif own == more["from"]:
            reported = w.get("transfers", ruling.subject) is not None
            if not reported and _has_peer(w):
                raise NotYet("not_yet", "在等本乡镇另一台电脑的包：迁移是那台电脑报的")
            confirmed = more["verdict"] == CONFIRM
            if confirmed:
                _give_up(w, ruling)
            if reported:  # else this database was restored from before the report
                w.put("transfers", {"id": ruling.subject, "state": CONFIRMED if confirmed else REFUSED})
    finally:
        w.handing_over = False


def _has_peer(r: Reading) -> bool:
    """Whether this township has another live laptop, as far as the county has told."""
    c, site = schema.laptops.c, r.store.site
    return r.one(sa.select(c.id).where(c.division == site.division, c.id != site.laptop).limit(1)) is not None


def _named_rows(w: Writing, down: Downward) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    u = schema.rulings.c
    known = w.rows(sa.select(u.kind, u.owner, u.more).where(u.kind == RULING, u.void == 0))
    told = [decode_ruling(change) for change in down.changes_of("rulings")]
    rulings = [(row["kind"], row["owner"], row["more"]) for row in known]
    rulings += [(one.kind, one.owner, one.more) for one in told]
    own = w.store.site.division
    allowed: set[tuple[str, str]] = set()
    beside: set[tuple[str, str]] = set()
    for kind, owner, more in rulings:
        if (kind, owner, more.get("to"), more.get("verdict")) == (RULING, own, own, CONFIRM):
            allowed |= {
                (table, row[0]) for table, found in more["rows"].items() for row in found if table in MOVING
            }
            beside |= {("people", one) for one in more["outsiders"]}
    return allowed, beside


def _known_revisions(r: Reading, ids: Iterable[str]) -> set[tuple[str, str]]:
    v = schema.versions.c
    found: set[tuple[str, str]] = set()
    for some in chunks(sorted(ids)):
        query = sa.select(v.id, v.revision).where(v.id.in_(some))
        found |= {(row[0], row[1]) for row in r.connection.execute(query)}
    return found


def _shadow(line: Line) -> Line:
    """Somebody whom moved records name, kept here out of every list: he belongs to another township."""
    shape = rows.shape(schema.people)
    body = shape.encode(shape.build({**shape.decode(bytes(line.body)), "void": 1}))
    return msgspec.structs.replace(
        line, base=line.revision, revision=rows.revision_of(line.revision, body), body=msgspec.Raw(body)
    )


def _keep_files(w: Writing, arrived: Sequence[Arrival], blobs: Mapping[str, bytes]) -> None:
    for one in arrived:
        name = sealed_files.sealed_name(one.body.sealed_key)
        if name in blobs:
            sealed_files.keep_sealed(w.store, name, blobs[name])


def _rows_of(w: Writing, ruling: Ruling) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        table: w.get_many(table, [row[0] for row in ruling.more["rows"].get(table, ())]) for table in MOVING
    }


def _take_over(w: Writing, ruling: Ruling) -> None:
    """Become the owner: a version of each row with the new owner, records settled up to the month that the old
    township paid last."""
    found, own = _rows_of(w, ruling), w.store.site.division
    missing = sum(
        1 for table in MOVING for row in ruling.more["rows"].get(table, ()) if row[0] not in found[table]
    )
    if missing:
        raise NotYet("not_yet", f"迁入的这一户还缺 {missing} 行内容，请读入县局新写的回执或下发包")
    same = _already_here(w, found["people"].values())
    paid: dict[str, str] = ruling.more["paid"]
    lenient, w.lenient = w.lenient, True
    for table in MOVING:
        bodies = []
        for row_id, row in found[table].items():
            body = {**_pointing_to(table, row, same), "id": row_id, "owner": own}
            if row_id in same:
                body["void"] = 1
            if table == "records" and row_id in paid:
                body["paid_through"] = paid[row_id]
            bodies.append(body)
        w.put_many(table, bodies)
    held.release_after(w, {row_id for rows in found.values() for row_id in rows}, division=own)
    w.lenient = lenient
    w.delete("aliases", schema.aliases.c.old.in_(list(same)))
    w.insert("aliases", [{"old": old, "new": new} for old, new in same.items()])


def _already_here(w: Writing, people: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Person who moves here → the living row of this township with the same number."""
    p, own = schema.people.c, w.store.site.division
    found: dict[str, str] = {}
    for person in people:
        if not person["id_number"] or person["owner"] == own:
            continue
        holder = w.scalar(
            sa.select(p.id).where(
                p.owner == own,
                p.void == 0,
                p.id_type == person["id_type"],
                p.id_number == person["id_number"],
            )
        )
        if holder is not None:
            found[person["id"]] = str(holder)
    return found


def _pointing_to(table: str, row: Mapping[str, Any], same: Mapping[str, str]) -> dict[str, Any]:
    body = dict(row)
    column = _PERSON.get(table)
    if column is not None and body[column] in same:
        body[column] = same[body[column]]
    for name in _JSON[table]:
        text = msgspec.json.encode(body[name]).decode()
        for old, new in same.items():
            text = text.replace(old, new)
        body[name] = msgspec.json.decode(text)
    return body


def _give_up(w: Writing, ruling: Ruling) -> None:
    """Leave the rows to their new owner: read-only here from now on, and out of the lists."""
    v = schema.versions.c
    county = w.scalar(
        sa.select(v.origin).where(v.entity == "rulings", v.id == ruling.id).order_by(v.seq).limit(1)
    )
    own, w.origin = w.origin, str(county or digest16(ruling.id.encode()))
    try:
        for table, found in _rows_of(w, ruling).items():
            hidden = {"void": 1} if table in _HIDDEN else {}
            bodies = [{"id": row_id, "owner": ruling.more["to"], **hidden} for row_id in found]
            w.put_many(table, bodies)
    finally:
        w.origin = own
