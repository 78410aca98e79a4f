"""Receiving a whole folder at the county: what is whole and new is judged, the rest counted and named."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.county.receiving.chains import ALREADY
from minzheng_desktop.county.receiving.receive import REFUSED, Received, receive_files
from minzheng_desktop.county.receiving.senders import require_county
from minzheng_desktop.exchange import folder as folders

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store


class FolderReceived(msgspec.Struct, frozen=True):
    """What came of a folder: the files that were judged, and what was left alone."""

    listed: folders.Listed
    results: tuple[Received, ...] = ()
    moved: int = 0


def receive_listed(
    store: Store,
    listed: folders.Listed,
    *,
    today: date,
    receipts: Path | None = None,
    move_in: Path | None = None,
    also: Sequence[str] = (),
) -> Generator[Received, None, FolderReceived]:
    """Judge the ready files of a folder, one result as each is done; closing it stops after the one in work.

    With `move_in` (the folder) taken files go to its sub-folder 已收 and refused ones to 拒收. Refused files are
    remembered, so that a watched folder brings them once.
    """
    require_county(store)
    results: list[Received] = []
    files = [look.path for look in listed.ready]
    for one in receive_files(store, files, today=today, receipts=receipts, also=also):
        results.append(one)
        yield one
    folders.note_refused(store, [one.file for one in results if _is_refused(one)])
    moved = 0
    if move_in is not None:
        moved = _move(move_in, results, listed.seen_files)
    return FolderReceived(listed, tuple(results), moved)


def _is_refused(one: Received) -> bool:
    return one.status == REFUSED and not one.spooled


def _move(folder: Path, results: Sequence[Received], seen: Sequence[Path]) -> int:
    """Waiting packages go to 已收 too when their bytes are kept here."""
    aside = [(path, folders.TAKEN) for path in seen]
    for one in results:
        if not one.spooled and one.file.is_absolute():
            if _is_refused(one):
                aside.append((one.file, folders.REFUSED))
            elif one.status == ALREADY or one.status == "applied" or one.kept:
                aside.append((one.file, folders.TAKEN))
    return sum(folders.move_aside(folder, path, where=where) is not None for path, where in aside)
