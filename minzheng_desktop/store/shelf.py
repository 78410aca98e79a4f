"""The catalogue in force: the files of forms/ and resources/ are seeds, what counts stands in the table ``catalog``.

A release renews the entries of origin ``shipped``; entries of origin ``county`` and ``local`` stay as they are and
are merged over them at load.
"""

from __future__ import annotations

import contextlib
import pickle
import re
import sys
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from minzheng_desktop import __version__
from minzheng_desktop.paths import PACKAGE
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import digest16

if TYPE_CHECKING:
    from minzheng_desktop.catalog.divisions import Divisions
    from minzheng_desktop.catalog.load import Catalog
    from minzheng_desktop.catalog.sources import Source
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

CACHED = "catalog"
OFFERED = "offered"
"""Origin of an entry of the county that is here and waits for somebody to look at what it changes."""
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
    """Load what is in force: for each kind, key and origin the highest version.

    The checked catalogue is kept in the table ``cache``, so that reading and proving all files (0.2 s) happens once
    a release and once a change. It lies in the encrypted database and is trusted as that is; on a server others write
    to that table too, and a pickle of theirs would run here: there the texts are read and proved at every sign-in. A
    catalogue never changes, so databases with the same texts share it.
    """
    sources = sources_in_force(r)
    if r.store.path is None:
        return _proved(tuple(sources))
    digest = _digest(sources)
    row = r.one(sa.select(schema.cache).where(schema.cache.c.key == CACHED))
    if row is not None and row["digest"] == digest:
        return _unpacked(row["body"])
    catalog = _proved(tuple(sources))
    if not r.store.is_writing:  # a second writer would wait for the first, which is this one
        _keep(r.store, digest, pickle.dumps(catalog, pickle.HIGHEST_PROTOCOL))
    return catalog


@lru_cache(maxsize=2)
def _unpacked(body: bytes) -> Catalog:
    kept: Catalog = pickle.loads(body)
    return kept


@lru_cache(maxsize=2)
def _proved(sources: tuple[Source, ...]) -> Catalog:
    from minzheng_desktop.catalog.load import load_catalog

    return load_catalog(sources)


def sources_in_force(r: Reading) -> list[Source]:
    """The texts in force: for each kind, key and origin the highest version."""
    from minzheng_desktop.catalog.sources import Source

    newest: dict[tuple[str, str, str], Source] = {}
    c = schema.catalog.c
    for row in r.rows(sa.select(schema.catalog).where(c.origin != OFFERED).order_by(c.version)):
        newest[row["kind"], row["key"], row["origin"]] = Source(
            kind=row["kind"], key=row["key"], name=row["name"], text=row["body"], origin=row["origin"]
        )
    return list(newest.values())


def _keep(store: Store, digest: str, body: bytes) -> None:
    """Keep it for the next time; a disk without room for it (some 2 MB) costs time and nothing else."""
    with contextlib.suppress(UserError), store.quiet_writing() as connection:
        connection.execute(sa.delete(schema.cache).where(schema.cache.c.key == CACHED))
        connection.execute(sa.insert(schema.cache).values(key=CACHED, digest=digest, body=body))


def _digest(sources: list[Source]) -> str:
    """Changes with the texts, with the program and, in a checkout, with the code that reads them."""
    code = sorted(PACKAGE.joinpath("catalog").rglob("*.py")) + sorted(
        PACKAGE.joinpath("values").rglob("*.py")
    )
    stamps = [f"{p.name} {p.stat().st_mtime_ns} {p.stat().st_size}" for p in code]
    texts = [f"{s.kind}\0{s.key}\0{s.origin}\0{s.text}" for s in sources]
    return digest16("\0".join([__version__, sys.version, *stamps, *texts]).encode())


@cache
def shipped_divisions() -> Divisions:
    """The divisions that the program ships, for the first start, when no database is open."""
    from minzheng_desktop.catalog import seeds
    from minzheng_desktop.catalog.load import load_catalog

    return load_catalog([s for s in seeds.shipped_sources() if s.kind == "divisions"]).divisions
