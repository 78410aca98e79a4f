"""What a database already holds of the rows that a package's lines write or point to: read before the plan is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.exchange.files.bodies import Incoming, read_change
from minzheng_desktop.exchange.judging.intake import CONFLICT, REGULAR, Existing, Key, version_of
from minzheng_desktop.exchange.judging.joins import joined_before
from minzheng_desktop.exchange.judging.merging import History, Version
from minzheng_desktop.exchange.judging.merging_rules import rules_for
from minzheng_desktop.exchange.tables import REFERENCES
from minzheng_desktop.store import schema
from minzheng_desktop.store.rows import shape as shape_of
from minzheng_desktop.store.transfers import handed_rows
from minzheng_desktop.store.unit import chunks

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading


def load_existing(r: Reading, incoming: Sequence[Incoming]) -> Existing:
    """Read what the plan needs: rows written or pointed to, their past revisions, holders of id numbers."""
    wanted: dict[str, set[str]] = {table: set() for table in schema.EXPORTED}
    pointing = {
        table: [(attrgetter(column), wanted[target].add) for column, target in REFERENCES[table]]
        for table in schema.EXPORTED
    }
    numbers: set[str] = set()
    claimed: set[tuple[str, str, str]] = set()
    owners: set[str] = set()
    for one in incoming:
        body = one.body
        if body is None:
            continue
        owners.add(body.owner)
        entity = one.line.entity
        wanted[entity].add(one.line.id)
        for target_of, add in pointing[entity]:
            add(target_of(body))
        if entity == "people":
            numbers.add(body.id_number)
            claimed.add((body.owner, body.id_type, body.id_number))
    holders = _holders(r, numbers)
    rivals = {holder for key, holder in holders.items() if key in claimed}
    wanted["people"] |= rivals
    rows: dict[Key, tuple[str, str]] = {}
    for table, ids in wanted.items():
        sql = f"SELECT id, revision, owner FROM {table} WHERE id IN"
        for row_id, revision, owner in _where_in(r, sql, ids):
            rows[table, row_id] = (revision, owner)
    past = _past(r, incoming, rows)
    aliases = joined_before(r)
    struck = _struck(incoming, holders)
    return Existing(
        rows=rows,
        past=past,
        numbers=holders,
        histories=_histories(r, incoming, rows, past, holders, aliases, struck),
        aliases=aliases,
        struck=struck,
        locked=_locked(r, incoming),
        handed=handed_rows(r, owners),
    )


def _locked(r: Reading, incoming: Iterable[Incoming]) -> dict[tuple[str, str], str]:
    """The batches that pay the months regularly which incoming batches are about, by form and month."""
    batches = [one.body for one in incoming if one.line.entity == "payment_batches" and one.body is not None]
    if not batches:
        return {}
    b = schema.payment_batches.c
    months = sorted({body.month for body in batches})
    found = r.rows(
        sa.select(b.id, b.form, b.month)
        .where(
            b.owner.in_(sorted({body.owner for body in batches})),
            b.month.in_(months), b.kind == REGULAR, b.void == 0,
        )
        .order_by(b.id.desc())
    )  # fmt: skip
    return {(row["form"], row["month"]): row["id"] for row in found}


def _histories(
    r: Reading,
    incoming: Iterable[Incoming],
    rows: Mapping[Key, tuple[str, str]],
    past: frozenset[tuple[str, str, str]],
    holders: Mapping[tuple[str, str, str], str],
    aliases: Mapping[str, str],
    struck: frozenset[str],
) -> dict[Key, History]:
    """The histories of the rows of which a line neither follows the present version nor is known."""
    expected = {key: revision for key, (revision, _) in rows.items()}
    odd: dict[Key, Incoming] = {}
    for one in incoming:
        line = one.line
        key = (line.entity, line.id)
        here = expected.get(key)
        if one.body is None or line.revision == here or (*key, line.revision) in past:
            continue
        if line.base != here:
            odd.setdefault(key, one)
        expected[key] = line.revision
    known = {key for key in odd if key in rows}
    borne = _borne(incoming)
    for one in incoming:  # who holds a number with which somebody else comes
        if one.line.entity == "people" and one.body is not None:
            holder = holders.get((one.body.owner, one.body.id_type, one.body.id_number))
            gives_up = borne.get(holder or "", set()) - {one.body.id_number}
            if holder is not None and holder != one.line.id and not gives_up:
                known |= {key for key in (("people", holder), ("people", one.line.id)) if key in rows}
        if one.line.entity == "people" and one.line.id in struck:  # becomes what it is at last, at once
            odd.setdefault(("people", one.line.id), one)
    forms = r.store.catalog.forms
    new = {
        key: History(rules_for(key[0], forms.get(getattr(one.body, "form", "")), aliases=aliases))
        for key, one in odd.items()
        if key not in known
    }
    return new | load_histories(r, known, aliases=aliases)


def _struck(incoming: Iterable[Incoming], holders: Mapping[tuple[str, str, str], str]) -> frozenset[str]:
    """People who come with a number that somebody else holds, and are struck out by a later line."""
    shared: set[str] = set()
    last: dict[str, Any] = {}
    for one in incoming:
        if one.line.entity == "people" and one.body is not None:
            last[one.line.id] = one.body
            holder = holders.get((one.body.owner, one.body.id_type, one.body.id_number), one.line.id)
            if holder != one.line.id and not one.body.void:
                shared.add(one.line.id)
    return frozenset(one for one in shared if last[one].void)


def _borne(incoming: Iterable[Incoming]) -> dict[str, set[str | None]]:
    """The numbers that people bear within the package, one after the other: some change hands in it."""
    borne: dict[str, set[str | None]] = {}
    for one in incoming:
        if one.line.entity == "people" and one.body is not None:
            borne.setdefault(one.line.id, set()).add(one.body.id_number)
    return borne


def load_histories(
    r: Reading, keys: Iterable[Key], *, aliases: Mapping[str, str] | None = None
) -> dict[Key, History]:
    """Every version that is here of these rows, with the rules of their table and form."""
    wanted = set(keys)
    if aliases is None:
        aliases = joined_before(r)
    v = schema.versions.c
    found: dict[Key, list[Version]] = {}
    for some in chunks(sorted({row_id for _, row_id in wanted})):
        for row in r.rows(sa.select(schema.versions).where(v.id.in_(some)).order_by(v.seq)):
            key = (row["entity"], row["id"])
            if key in wanted:
                shape = shape_of(schema.EXPORTED[row["entity"]])
                at_row = (row["revision"], row["base"], row["at"], row["by"])
                found.setdefault(key, []).append(Version(*at_row, shape.decode(row["body"]), row["origin"]))
        h = schema.held.c
        aside = sa.select(schema.held).where(h.id.in_(some), h.why == CONFLICT).order_by(h.n)
        for row in r.rows(aside):  # put aside by an older program, which kept them out of the history
            line = read_change(row["line"].encode()).line
            found.setdefault((line.entity, line.id), []).append(version_of(line, row["laptop"]))
    forms = r.store.catalog.forms
    return {
        key: History(
            rules_for(key[0], forms.get(versions[-1].body.get("form", "")), aliases=aliases), versions
        )
        for key, versions in found.items()
    }


def _past(
    r: Reading, incoming: Iterable[Incoming], rows: Mapping[Key, tuple[str, str]]
) -> frozenset[tuple[str, str, str]]:
    """The revisions that rows had before, for those rows of which a line does not follow the present one."""
    if not rows:
        return frozenset()
    odd: set[str] = set()
    expected = {key: revision for key, (revision, _) in rows.items()}
    for one in incoming:
        line = one.line
        key = (line.entity, line.id)
        if key in expected:
            if line.base != expected[key]:
                odd.add(line.id)
            expected[key] = line.revision
    sql = "SELECT entity, id, revision FROM versions WHERE id IN"
    return frozenset((entity, row_id, revision) for entity, row_id, revision in _where_in(r, sql, odd))


def _holders(r: Reading, numbers: set[str]) -> dict[tuple[str, str, str], str]:
    sql = "SELECT owner, id_type, id_number, id FROM people WHERE void = 0 AND id_number IN"
    return {(owner, kind, number): row_id for owner, kind, number, row_id in _where_in(r, sql, numbers)}


def _where_in(r: Reading, sql: str, values: Iterable[str | None]) -> Iterator[tuple[Any, ...]]:
    """Rows of a plain query whose last condition is asked for many values, some thousands at a time."""
    wanted = sorted(value for value in values if value)
    if r.connection.dialect.name == "postgresql":
        if wanted:
            yield from map(tuple, r.connection.exec_driver_sql(f"{sql[:-2]} = ANY(%s)", (wanted,)))
        return
    for some in chunks(wanted, 4000):
        marks = ",".join("?" * len(some))
        yield from map(tuple, r.connection.exec_driver_sql(f"{sql} ({marks})", tuple(some)))
