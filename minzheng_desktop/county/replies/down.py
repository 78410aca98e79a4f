"""What the county has to say to a division now: the lines that every receipt and every bulletin to it carries.

All that is open each time, so that a file that was lost takes nothing with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.checks.library import TITLES
from minzheng_desktop.county.keys.enrolments import county_catalog, live_laptops
from minzheng_desktop.county.receiving.senders import seen_by_all, standing_base
from minzheng_desktop.county.replies.transfers import moved_lines, waiting_rulings
from minzheng_desktop.exchange.down.decided import ISSUED
from minzheng_desktop.exchange.down.downward import (
    CatalogLine,
    DecisionLine,
    DownLine,
    LaptopLine,
    change_line,
)
from minzheng_desktop.exchange.down.told import FindingLine
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import Line, chunks
from minzheng_desktop.values.id_number import mask_id_number
from minzheng_desktop.values.names import mask_name

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading


def down_lines(r: Reading, division: str) -> list[DownLine]:
    """Open decisions and rulings, what moves along with them, live laptops, the county's catalogue, open findings of a
    division."""
    changes = open_changes(r, division)
    return [
        *(change_line(change) for change in changes),
        *moved_lines(r, division, changes),
        *(LaptopLine(one) for one in live_laptops(r, division)),
        *(CatalogLine(entry) for entry in county_catalog(r)),
        *_findings(r, division),
    ]


def readable_lines(lines: list[DownLine], number: int) -> list[DownLine]:
    """Those of the lines that the program of a laptop with this schema number can read: the first release (schemas
    before 5) refuses a file with any other.

    What is left out stays open and goes with the first receipt after the upgrade.
    """
    if not is_first(number):
        return lines
    return [
        line
        for line in lines
        if isinstance(line, DecisionLine | LaptopLine | FindingLine)
        or (isinstance(line, CatalogLine) and line.entry.kind not in _NEW_KINDS)
    ]


def schema_of(r: Reading, laptop: str) -> int:
    """The schema number of the program that wrote a laptop's last package that was applied here; 0 where it was not
    noted, before any, and in what a county of the first release applied."""
    p = schema.packages.c
    wanted = sa.select(p.counts).where(p.direction == "in", p.laptop == laptop)
    row = r.one(wanted.order_by(p.at.desc(), p.number.desc()).limit(1))
    return int(row["counts"].get("schema", 0)) if row else 0


def is_first(number: int) -> bool:
    """Whether a program with this schema number is one of the first release."""
    return number < 5


_NEW_KINDS = frozenset({"calendar"})
"""Kinds of the catalogue that came after the first release."""


def open_changes(r: Reading, division: str) -> list[Line]:
    """What the county decided and ruled for this division and does not know to have arrived, as latest versions.

    A decision is open until the township brings it back as a step, a ruling until every live laptop of the division
    has told that it read a file of that standing, and that of a move until it is carried out.
    """
    d, u, v = schema.decisions.c, schema.rulings.c, schema.versions.c
    decisions = r.rows(
        sa.select(d.id).where(d.owner == division, d.state == ISSUED, d.void == 0).order_by(d.at)
    )
    newest = sa.select(sa.func.max(v.audit)).where(v.entity == "rulings", v.id == u.id).scalar_subquery()
    seen = seen_by_all(r, division) - standing_base(r)  # below 0: read before this database was restored
    rulings = r.rows(sa.select(u.id).where(u.owner == division, newest > seen).order_by(u.at, u.id))
    return [
        *_latest(r, "decisions", [row["id"] for row in decisions]),
        *_latest(
            r,
            "rulings",
            list(dict.fromkeys([*(row["id"] for row in rulings), *waiting_rulings(r, division)])),
        ),
    ]


def _latest(r: Reading, table: str, ids: list[str]) -> list[Line]:
    v = schema.versions.c
    latest: dict[str, Line] = {}
    for some in chunks(ids):
        wanted = sa.select(schema.versions).where(v.entity == table, v.id.in_(some)).order_by(v.seq)
        for row in r.rows(wanted):
            latest[row["id"]] = Line(
                row["entity"],
                row["id"],
                row["revision"],
                row["base"],
                row["at"],
                row["by"],
                msgspec.Raw(row["body"].encode()),
            )
    return [latest[one] for one in ids]


def _findings(r: Reading, division: str) -> list[FindingLine]:
    """What stands of the division, and of others that one of its records has part in: open, explained, accepted."""
    f = schema.findings.c
    other = sa.cast(f.facts, sa.Text).contains(f'"{division}"')
    states = ("open", "explained", "accepted")
    query = sa.select(schema.findings).where(f.state.in_(states), sa.or_(f.division == division, other))
    rows = [
        row
        for row in r.rows(query.order_by(f.at, f.id))
        if row["division"] == division or division in row["facts"].get("divisions", ())
    ]
    people = r.get_many("people", {one for row in rows for one in row["facts"].get("persons", ())})
    records = r.get_many("records", {one for row in rows for one in row["facts"].get("records", ())})
    return [_finding(row, division, people, records) for row in rows]


def _finding(
    row: dict[str, Any], division: str, people: dict[str, dict[str, Any]], records: dict[str, dict[str, Any]]
) -> FindingLine:
    facts, accepted = row["facts"], row["state"] == "accepted"
    return FindingLine(
        id=row["id"],
        rule=row["rule"],
        severity=row["severity"],
        message=row["message"],
        at=row["at"],
        title=TITLES.get(row["rule"], row["rule"]),
        month=facts.get("month", ""),
        cents=int(facts.get("cents") or max(facts.get("months", {}).values(), default=0)),
        division=row["division"] or "",
        people=tuple(_masked(people[one]) for one in facts.get("persons", ()) if one in people),
        records=tuple(
            one for one in facts.get("records", ()) if one in records and records[one]["owner"] == division
        ),
        todo=_TODO[row["severity"] == "error"],
        state="accepted" if accepted else "open",
        answer=facts.get("answer", "") if accepted else "",
        answered_by=facts.get("answered_by", "") if accepted else "",
        answered_at=facts.get("answered_at", "") if accepted else "",
    )


_TODO = {
    True: "改正后答复“已改正”，随下一包上报，县局复核后销号；确有依据的写明说明，由县级特批。",
    False: "核对后改正，或写明说明，由县局采信。",
}


def _masked(person: dict[str, Any]) -> str:
    number = person["id_number"]
    return f"{mask_name(person['name'])} {mask_id_number(number)}" if number else mask_name(person["name"])
