"""Bringing a file of rates into force: the only way in which an amount changes, and it leaves a version behind."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.rates import Rate
    from minzheng_desktop.catalog.sources import Source
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading


class ImportedRates(msgspec.Struct, frozen=True):
    """What an import did. `changed` False: the same file is in force already."""

    key: str
    version: int
    origin: str
    changed: bool
    rates: tuple[Rate, ...]


def import_rates(store: Store, path: Path) -> ImportedRates:
    """Put the rates of a file in force, as the county's in a county, as 本地 in a township without a county.

    A file of the same name replaces the one before it. Raises UserError when the township has a county (rates
    come with its receipts), when the file cannot be read, or when anything in it is wrong; then nothing changes.
    """
    from minzheng_desktop.catalog.sources import Source, decode_text
    from minzheng_desktop.store.files import read_file

    site = store.site
    if site.role == "township" and site.enrolled:
        raise UserError(
            "rates_from_county", "本台账已接入县局，标准由县局随回执下发。没有改动，需要调整请与县局联系。"
        )
    origin = "county" if site.role == "county" else "local"
    data = read_file(path, limit=4 * 1_048_576, what="标准文件")
    try:
        text = decode_text(data)
    except UnicodeDecodeError as error:
        raise UserError(
            "not_text", f"{path.name} 不是文字文件。标准没有变化，请选标准文件（.toml）。"
        ) from error
    source = Source("rates", path.stem, path.name, text, origin)
    before = set(store.catalog.rates.all())
    store.catalog.rates.with_file(text, name=path.name, origin=origin)  # every mistake in the file itself
    with store.writing("import_rates", {"file": path.name, "origin": origin}) as w:
        newest = _newest(w, source)
        if newest is not None and newest["body"] == text:
            return ImportedRates(source.key, newest["version"], origin, False, ())
        version = (newest["version"] if newest else 0) + 1
        w.insert(
            "catalog",
            [
                {
                    "kind": source.kind,
                    "key": source.key,
                    "version": version,
                    "origin": origin,
                    "name": source.name,
                    "body": text,
                }
            ],
        )
        w.on_commit.append(store.catalog_changed)
        after = _loaded(w, source)
    return ImportedRates(source.key, version, origin, True, tuple(r for r in after if r not in before))


def rates_in_force(store: Store, *, on: date) -> list[Rate]:
    """The version of every rate that counts for this office on a day, by code."""
    book, area = store.catalog.rates, store.site.division
    found = (book.at(code, on, area=area) for code in book.codes)
    return [rate for rate in found if rate is not None]


def _newest(r: Reading, source: Source) -> dict[str, Any] | None:
    c = schema.catalog.c
    return r.one(
        sa.select(schema.catalog)
        .where(c.kind == "rates", c.key == source.key, c.origin == source.origin)
        .order_by(c.version.desc())
        .limit(1)
    )


def _loaded(r: Reading, source: Source) -> tuple[Rate, ...]:
    """All rates after the import. Raises UserError when the file does not go with what is in force already."""
    from minzheng_desktop.store import shelf

    catalog = shelf.load(r)
    wrong = (p for p in catalog.problems if p.file == source.name)
    problems = tuple(Problem(p.key, p.sentence(), code="rates") for p in wrong)
    if problems:
        raise UserError("rates.refused", f"标准文件没有采用：{problems[0].message}。标准没有变化。", problems)
    return catalog.rates.all()
