"""The county's catalogue in a township: what came down waits until somebody has seen what it changes.

An entry arrives as `offered`. The preview lays all offered entries over what is in force and tells the differences;
accepting puts them in force together, for they lean on each other. An entry that this program cannot read (a kind or
a field type of a newer one) stays offered, is told, and is taken once the program can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.files.envelope import Whole
from minzheng_desktop.store import schema, shelf
from minzheng_desktop.store.shelf import OFFERED
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.differences import Difference
    from minzheng_desktop.catalog.load import Catalog
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

COUNTY = "county"

_catalog = schema.catalog.c


class CatalogEntry(msgspec.Struct, frozen=True):
    """One entry of the county's catalogue, a row of the table `catalog`."""

    kind: str
    key: str
    version: Whole
    name: str
    body: str
    valid_from: str | None = None


class Aside(msgspec.Struct, frozen=True):
    """An entry that this program cannot take, and why."""

    kind: str
    key: str
    version: int
    name: str
    why: str


class Preview(msgspec.Struct, frozen=True):
    """What accepting would change. `entries` would come into force, `aside` would stay as they are."""

    entries: tuple[CatalogEntry, ...] = ()
    differences: tuple[Difference, ...] = ()
    aside: tuple[Aside, ...] = ()

    @property
    def rates_since(self) -> str:
        """The first day from which a rate changes (ISO), empty when none does."""
        return min((one.since for one in self.differences if one.kind == "rate" and one.since), default="")


def keep_offered(w: Writing, entries: Iterable[CatalogEntry]) -> int:
    """Keep what the county sent, waiting; returns how many were new here. What is in force or waits already, or is
    older than that, changes nothing."""
    here = _newest(w)
    fresh = []
    for entry in sorted(entries, key=lambda one: one.version):
        known = here.get((entry.kind, entry.key))
        if known is not None and (known["version"] > entry.version or known["body"] == entry.body):
            continue
        here[entry.kind, entry.key] = msgspec.to_builtins(entry)
        fresh.append(entry)
    for entry in fresh:
        w.delete(
            "catalog", _catalog.kind == entry.kind, _catalog.key == entry.key, _catalog.origin == OFFERED
        )
        w.insert("catalog", [{**msgspec.to_builtins(entry), "origin": OFFERED}])
    return len({(entry.kind, entry.key) for entry in fresh})


def accept_at_once(w: Writing, entries: Sequence[CatalogEntry]) -> None:
    """Put the entries of an enrolment in force, which somebody asked for; what only a newer program can read waits,
    and what it would have replaced stays."""
    keep_offered(w, entries)
    waiting = _waiting(w)
    good = _load_with(w, waiting)[0] if waiting else []
    for one in good:
        _put_in_force(w, _catalog.kind == one.kind, _catalog.key == one.key, _catalog.version == one.version)
    if good:
        w.on_commit.append(w.store.catalog_changed)


def count_offered(r: Reading) -> int:
    """How many entries wait, those that this program cannot take among them."""
    return int(
        r.scalar(sa.select(sa.func.count()).select_from(schema.catalog).where(_catalog.origin == OFFERED))
        or 0
    )


def preview_offered(r: Reading) -> Preview:
    """What the waiting entries would change in this office; nothing is written."""
    from minzheng_desktop.catalog.differences import compare_catalogs

    waiting = _waiting(r)
    if not waiting:
        return Preview()
    before = r.store.catalog
    good, aside, after = _load_with(r, waiting)
    differences = compare_catalogs(before, after, area=r.store.site.division) if good else ()
    return Preview(tuple(good), differences, tuple(aside))


def accept_offered(store: Store) -> Preview:
    """Put the waiting entries in force that this program can take; returns what that changed.

    UserError when there is nothing to accept.
    """
    with store.writing("accept_catalog") as w:
        preview = preview_offered(w)
        if not preview.entries:
            why = preview.aside[0].why if preview.aside else "没有等着启用的表单、标准"
            raise UserError("nothing_offered", f"{why}。没有改动。")
        for entry in preview.entries:
            mine = (_catalog.kind == entry.kind, _catalog.key == entry.key, _catalog.version == entry.version)
            _put_in_force(w, *mine)
        w.detail |= {"entries": [f"{one.kind}/{one.key}/{one.version}" for one in preview.entries]}
        w.on_commit.append(store.catalog_changed)
    return preview


def _put_in_force(w: Writing, *which: sa.ColumnElement[bool]) -> int:
    for row in w.rows(sa.select(schema.catalog).where(*which, _catalog.origin == OFFERED)):
        w.delete(
            "catalog",
            *(_catalog.kind == row["kind"], _catalog.key == row["key"], _catalog.version == row["version"]),
            _catalog.origin == COUNTY,
        )
    return w.update("catalog", {"origin": COUNTY}, *which, _catalog.origin == OFFERED)


def _waiting(r: Reading) -> list[CatalogEntry]:
    rows = r.rows(
        sa.select(schema.catalog).where(_catalog.origin == OFFERED).order_by(_catalog.kind, _catalog.key)
    )
    return [
        CatalogEntry(row["kind"], row["key"], row["version"], row["name"], row["body"], row["valid_from"])
        for row in rows
    ]


def _newest(r: Reading) -> dict[tuple[str, str], dict[str, Any]]:
    wanted = sa.select(schema.catalog).where(_catalog.origin.in_((COUNTY, OFFERED)))
    return {(row["kind"], row["key"]): row for row in r.rows(wanted.order_by(_catalog.version))}


def _load_with(
    r: Reading, waiting: Sequence[CatalogEntry]
) -> tuple[list[CatalogEntry], list[Aside], Catalog]:
    """The entries that can stand, those that cannot, and the catalogue with the first in force.

    An entry that leans on one that cannot stand cannot stand either, so it is tried again without.
    """
    from minzheng_desktop.benefits.rules import RULE_INPUTS
    from minzheng_desktop.catalog.load import load_catalog
    from minzheng_desktop.catalog.sources import Source

    now = shelf.sources_in_force(r)
    good, aside = list(waiting), list[Aside]()
    known = {problem.sentence() for problem in r.store.catalog.problems}
    while True:
        laid = {(one.kind, one.key): Source(one.kind, one.key, one.name, one.body, COUNTY) for one in good}
        kept = [one for one in now if one.origin != COUNTY or (one.kind, one.key) not in laid]
        catalog = load_catalog([*kept, *laid.values()], rule_inputs=RULE_INPUTS)
        wrong = {
            problem.file: problem.sentence()
            for problem in reversed(catalog.problems)
            if problem.sentence() not in known
        }
        bad = [one for one in good if one.name in wrong] or (good if wrong and good else [])
        if not bad:
            return good, aside, catalog
        first = next(iter(wrong.values()))
        aside += [Aside(one.kind, one.key, one.version, one.name, wrong.get(one.name, first)) for one in bad]
        good = [one for one in good if one not in bad]
