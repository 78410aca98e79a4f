"""The catalogue in force: the files of forms/ and resources/ are seeds, what counts stands in the table ``catalog``.

A release renews the entries of origin ``shipped``; entries of origin ``county`` and ``local`` stay as they are and
are merged over them at load.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.values.ids import digest16

if TYPE_CHECKING:
    from minzheng_desktop.catalog.divisions import Divisions
    from minzheng_desktop.catalog.load import Catalog
    from minzheng_desktop.catalog.sources import Source
    from minzheng_desktop.store.unit import Reading, Writing

_VERSION = re.compile(r"^version\s*=\s*(\d+)", re.MULTILINE)


def renew_shipped(w: Writing) -> None:
    """Bring the shipped entries up to this release; does nothing when they are."""
    from minzheng_desktop.catalog import seeds

    sources = seeds.shipped_sources()
    digest = digest16("".join(f"{s.kind}\0{s.key}\0{s.text}\0" for s in sources).encode())
    if w.setting("shipped_catalog") == digest:
        return
    w.delete("catalog", schema.catalog.c.origin == "shipped")
    w.insert("catalog", [entry(s) for s in sources])
    w.set_setting("shipped_catalog", digest)
    w.detail["catalog"] = digest
    w.on_commit.append(w.store.catalog_changed)


def entry(source: Source) -> dict[str, object]:
    """A source as a row of the table ``catalog``."""
    stated = _VERSION.search(source.text)
    return {
        "kind": source.kind,
        "key": source.key,
        "version": int(stated.group(1)) if stated else 1,
        "origin": source.origin,
        "name": source.name,
        "body": source.text,
    }


def load(r: Reading) -> Catalog:
    """Load what is in force: for each kind, key and origin the highest version."""
    from minzheng_desktop.catalog.load import load_catalog
    from minzheng_desktop.catalog.sources import Source

    c = schema.catalog.c
    newest: dict[tuple[str, str, str], Source] = {}
    for row in r.rows(sa.select(schema.catalog).order_by(c.version)):
        newest[row["kind"], row["key"], row["origin"]] = Source(
            kind=row["kind"], key=row["key"], name=row["name"], text=row["body"], origin=row["origin"]
        )
    return load_catalog(list(newest.values()))


@cache
def shipped_divisions() -> Divisions:
    """The divisions that the program ships, for the first start, when no database is open."""
    from minzheng_desktop.catalog import seeds
    from minzheng_desktop.catalog.load import load_catalog

    return load_catalog([s for s in seeds.shipped_sources() if s.kind == "divisions"]).divisions
