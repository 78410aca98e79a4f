"""Writing bulletins (`.mzbul`) for one, several or all divisions, and who has read what."""

from __future__ import annotations

import functools
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop import __version__
from minzheng_desktop.county.keys.enrolments import county_catalog, county_keys, live_laptops
from minzheng_desktop.county.receiving.senders import REGISTERED, require_county, standing_of
from minzheng_desktop.county.replies.down import down_lines
from minzheng_desktop.exchange.down.bulletin import EPOCH, SUFFIX, BulletinHead, seal_bulletin
from minzheng_desktop.exchange.down.downward import CatalogLine, ChangeLine, DecisionLine, DownLine
from minzheng_desktop.exchange.down.offered import COUNTY
from minzheng_desktop.exchange.down.told import FindingLine
from minzheng_desktop.exchange.files.envelope import Party
from minzheng_desktop.exchange.files.package import Sealed
from minzheng_desktop.exchange.sending.delivery import (
    Delivered,
    Item,
    deliver,
    refuse_other_bytes,
    try_places,
    usable,
)
from minzheng_desktop.store import copies, schema
from minzheng_desktop.store.files import CopyStep
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

WRITTEN = "written"


class Written(msgspec.Struct, frozen=True):
    """One bulletin that was written: what it carries, in lines."""

    division: str
    town: str
    number: int
    file: Path
    decisions: int
    rulings: int
    findings: int
    catalog: int


class Standing(msgspec.Struct, frozen=True):
    """Where a township stands: its last bulletin and receipt-or-bulletin read (`seen`), per laptop letter.

    `read` is True when every live laptop has told that it read the last bulletin or something newer; a township
    tells with its next package.
    """

    division: str
    town: str
    laptops: int
    number: int
    at: str
    by: str
    read: bool
    seen: tuple[tuple[str, int], ...]
    untaken: int = 0
    """How many of the county's forms, rates and other files some laptop had not taken when it packed last."""


class HandedOut(msgspec.Struct, frozen=True):
    """Bulletins that were written, and what each destination got of them."""

    written: list[Written]
    places: list[Delivered]


def write_bulletins(store: Store, divisions: Sequence[str], folder: Path) -> list[Written]:
    """Write a bulletin for each of the divisions (9 digits) into `folder`; all or none are numbered.

    Raises UserError when this is no county, a division has no live laptop, or the folder cannot be written.
    """
    steps = handing_out_bulletins(store, divisions, [folder])
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: HandedOut = end.value
            return made.written


def handing_out_bulletins(
    store: Store, divisions: Sequence[str], folders: Sequence[Path]
) -> Generator[CopyStep, None, HandedOut]:
    """The same to several destinations, step by step. They are tried before anything is numbered; numbers that are
    given stay, so that a bulletin whose stick was pulled out is followed by one with the next number."""
    require_county(store)
    wanted = list(dict.fromkeys(divisions))
    if not wanted:
        raise UserError("no_division", "没有选乡镇，没有写下发包。请选要发给哪些乡镇。")
    done: list[Written] = []
    items: list[Item] = []
    kept = "县库没有变化，下发包没有写成"
    with store.writing("write_bulletins", {"divisions": wanted}) as w:
        for division in wanted:
            number = _next_number(w, division)
            sealed, lines, standing = _seal(w, division, number)
            name = f"{division}_{number:04d}{SUFFIX}"
            one = _written(w, division, number, folders[0] / name, lines)
            _note(w, one, sealed, standing)
            done.append(one)
            what = copies.Outgoing("bulletin", name, division=division, number=number, lines=len(lines))
            items.append(Item(what, len(sealed.data), functools.partial(_bytes, sealed)))
        w.detail["files"] = [one.file.name for one in done]
        to = try_places(store, folders, files={one.what.name: one.size for one in items}, kept=kept)
        for item in items:
            to = [refuse_other_bytes(one, item.what.name, item.data(), kept=kept) for one in to]
        to = usable(to)
    kept = "下发包已编号；没有写成的再写一次，会用下一个号"
    return HandedOut(done, usable((yield from deliver(store, items, to, kept=kept))))


def _bytes(sealed: Sealed) -> bytes:
    return sealed.data


def live_divisions(r: Reading) -> list[str]:
    """The divisions with a laptop that can read bulletins, in code order."""
    c = schema.laptops.c
    rows = r.rows(sa.select(c.division).where(c.state == REGISTERED).distinct().order_by(c.division))
    return [row["division"] for row in rows]


def standings(r: Reading) -> list[Standing]:
    """Every township of the county: what was last sent down to it and whether it has been read."""
    b, c = schema.bulletins, schema.laptops
    last: dict[str, dict[str, Any]] = {}
    for row in r.rows(sa.select(b).order_by(b.c.number)):
        last[row["division"]] = row
    seen: dict[str, list[tuple[str, int]]] = {}
    untaken: dict[str, int] = {}
    offered = {f"{COUNTY}/{one.kind}/{one.key}": one.version for one in county_catalog(r)}
    for row in r.rows(sa.select(c).where(c.c.state == REGISTERED).order_by(c.c.letter)):
        division = row["division"]
        seen.setdefault(division, []).append((row["letter"], int(row["more"].get("seen", 0))))
        taken = _catalog_of(r, row["id"])
        missing = sum(int(taken.get(key, 0)) < version for key, version in offered.items())
        untaken[division] = max(untaken.get(division, 0), missing)
    return [
        _standing(
            town.code,
            town.name,
            last.get(town.code),
            seen.get(town.code, []),
            untaken.get(town.code, 0),
        )
        for town in r.store.catalog.divisions.towns
    ]


def _catalog_of(r: Reading, laptop: str) -> dict[str, str]:
    """What of the county's catalogue a laptop had in force when it packed last."""
    p = schema.packages.c
    wanted = sa.select(p.counts).where(p.direction == "in", p.laptop == laptop)
    row = r.one(wanted.order_by(p.at.desc(), p.number.desc()).limit(1))
    return dict(row["counts"].get("catalog", {})) if row else {}


def _standing(
    division: str, town: str, last: dict[str, Any] | None, seen: list[tuple[str, int]], untaken: int
) -> Standing:
    standing = int(last["standing"]) if last else 0
    return Standing(
        division=division,
        town=town,
        laptops=len(seen),
        number=int(last["number"]) if last else 0,
        at=str(last["at"]) if last else "",
        by=str(last["by"] or "") if last else "",
        read=bool(last and seen) and all(told >= standing for _, told in seen),
        seen=tuple(seen),
        untaken=untaken,
    )


def _next_number(r: Reading, division: str) -> int:
    b = schema.bulletins.c
    return int(r.scalar(sa.select(sa.func.max(b.number)).where(b.division == division)) or 0) + 1


def _seal(w: Writing, division: str, number: int) -> tuple[Sealed, list[DownLine], int]:
    live = live_laptops(w, division)
    if not live:
        name = w.store.catalog.divisions.name(division)
        raise UserError(
            "no_laptop",
            f"{name}（{division}）还没有登记的电脑，读不了下发包，没有写。请先发接入文件，收到它的第一个包以后再发。",
        )
    county, site = county_keys(w), w.store.site
    standing = standing_of(w)
    head = BulletinHead(
        sender=Party(site.division, site.laptop, site.letter),
        to=Party(division, ""),
        number=number,
        epoch=EPOCH,
        previous="",
        made_at=w.at,
        program=__version__,
        standing=standing,
    )
    lines = down_lines(w, division)
    recipients = [one.age for one in live]
    sealed = seal_bulletin(
        head, lines, certificate=county.certificate, keys=county.keys, recipients=recipients
    )
    return sealed, lines, standing


def _written(r: Reading, division: str, number: int, file: Path, lines: Iterable[DownLine]) -> Written:
    kinds = [type(line) for line in lines]
    return Written(
        division=division,
        town=r.store.catalog.divisions.name(division),
        number=number,
        file=file,
        decisions=kinds.count(DecisionLine),
        rulings=kinds.count(ChangeLine),
        findings=kinds.count(FindingLine),
        catalog=kinds.count(CatalogLine),
    )


def _note(w: Writing, one: Written, sealed: Sealed, standing: int) -> None:
    counts = {name: getattr(one, name) for name in ("decisions", "rulings", "findings", "catalog")}
    w.insert(
        "bulletins",
        [
            {
                "number": one.number, "division": one.division, "file": one.file.name, "digest": sealed.digest,
                "standing": standing, "state": WRITTEN, "at": w.at, "by": w.user, "counts": counts,
            }
        ],
    )  # fmt: skip
