"""A folder that other tools fill: which of its files are ours, whole, and not here yet; watched without a rush.

A file is taken when it is whole and has not changed for a while. Files that are here already are counted and left
alone, half-written ones and other people's are named, sub-folders are looked through. Nothing is moved unless the
clerk chose so; then what was taken goes to the sub-folder 已收 and what was refused to 拒收.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.files.container import MAX_FILE
from minzheng_desktop.exchange.looks import (
    BULLETIN,
    CONTAINERS,
    GONE,
    HALF,
    LEFTOVER,
    PACKAGE,
    PEER_COPY,
    RECEIPT,
    WHOLE,
    Look,
    envelope_of,
    look,
)
from minzheng_desktop.store import schema
from minzheng_desktop.store.files import disk_error
from minzheng_desktop.store.unit import chunks

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

TAKEN, REFUSED = "已收", "拒收"
"""Sub-folders of the folder, never looked through."""
SETTLE_SECONDS = 3.0
"""How long a file must not have changed before it is taken."""
SETTING, REFUSED_SETTING = "intake", "intake.refused"
_MOST_REFUSED = 2000
_DEEPEST = 6


class Intake(msgspec.Struct, frozen=True):
    """The setting of this database: the folder that is looked at, whether it is watched, whether files are moved,
    and where the county puts receipts ("" for none)."""

    folder: str = ""
    watched: bool = False
    move: bool = False
    receipts: str = ""


class Listed(msgspec.Struct, frozen=True):
    """The files of a folder. `ready` are whole and not here yet, `seen` how many are here already, `refused` how many
    were refused before and have not changed; `half`, `elsewhere` (what the county sent to others, as on a stick that
    goes round) and `other` are left alone and named."""

    ready: tuple[Look, ...] = ()
    seen: int = 0
    refused: int = 0
    half: tuple[Look, ...] = ()
    elsewhere: tuple[Path, ...] = ()
    other: tuple[Path, ...] = ()
    seen_files: tuple[Path, ...] = ()

    @property
    def words(self) -> str:
        """What was left alone, as one sentence; "" when there was nothing."""
        parts = []
        if self.seen:
            parts.append(f"以前收过 {self.seen:,} 个")
        if self.refused:
            parts.append(f"以前拒收、没有变过的 {self.refused:,} 个")
        if self.half:
            parts.append(f"没有写完的 {len(self.half):,} 个（{_names([one.path for one in self.half])}）")
        if self.elsewhere:
            parts.append(f"给别的单位或别的电脑的 {len(self.elsewhere):,} 个（{_names(self.elsewhere)}）")
        if self.other:
            parts.append(f"别的文件 {len(self.other):,} 个（{_names(self.other)}）")
        return "，".join(parts)


def _names(paths: Sequence[Path]) -> str:
    return "、".join(path.name for path in paths[:3]) + (" 等" if len(paths) > 3 else "")


def wanted(store: Store, one: Look) -> bool:
    """Whether this database takes such a file: packages at the county; in a township what the county sends, and
    packages and copies of the other laptops of its division."""
    if store.site.role == "county":
        return one.kind == PACKAGE
    if one.kind in (RECEIPT, BULLETIN):
        return True
    if one.kind not in (PACKAGE, PEER_COPY):
        return False
    if one.state != WHOLE:
        return one.state == HALF
    envelope, site = envelope_of(one.path), store.site
    if envelope is None or envelope.sender.division != site.division:
        return False
    return envelope.sender.laptop != site.laptop


def is_elsewhere(store: Store, one: Look) -> bool:
    """Whether a receipt or bulletin says on its envelope that it is for another township or another laptop."""
    if store.site.role == "county" or one.kind not in (RECEIPT, BULLETIN) or one.state != WHOLE:
        return False
    envelope, site = envelope_of(one.path), store.site
    if envelope is None:
        return False
    return envelope.to.division != site.division or envelope.to.laptop not in ("", site.laptop)


def read_intake(r: Reading) -> Intake:
    """The folder that this database looks at."""
    return msgspec.convert(r.setting(SETTING, {}), Intake)


def keep_intake(store: Store, intake: Intake) -> None:
    """Keep the choice for the next time."""
    _keep(store, SETTING, msgspec.to_builtins(intake))


def _keep(store: Store, key: str, value: object) -> None:
    with store.quiet_writing() as connection:
        connection.execute(sa.delete(schema.settings).where(schema.settings.c.key == key))
        connection.execute(sa.insert(schema.settings), [{"key": key, "value": value}])


def walk(folder: Path) -> Iterator[Path]:
    """Every file of a folder and its sub-folders, without 已收 and 拒收; links to folders are not followed.

    Raises UserError when the folder itself cannot be read; a sub-folder that cannot is passed over.
    """
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise disk_error(error, folder, kept="没有收文件，台账没有变化") from error
    yield from _walk(folder, 0)


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda one: one.name)
    except OSError:
        return
    for one in found:
        try:
            if not one.is_dir(follow_symlinks=False):
                yield Path(one.path)
            elif depth < _DEEPEST and one.name not in (TAKEN, REFUSED) and not one.name.endswith(".files"):
                yield from _walk(Path(one.path), depth + 1)
        except OSError:
            continue


def list_folder(store: Store, folder: Path) -> Listed:
    """Sort the files of a folder, all of them taken as settled (a clerk asked for it)."""
    return sort_looks(store, [look(path) for path in walk(folder)], again=True)


def list_files(store: Store, files: Sequence[Path]) -> Listed:
    """Sort files and folders that a clerk dropped or chose."""
    paths: dict[Path, None] = {}
    for one in files:
        paths.update(dict.fromkeys(walk(one) if one.is_dir() else [one]))
    return sort_looks(store, [look(path) for path in paths], again=True)


def sort_looks(store: Store, looks: Sequence[Look], *, again: bool) -> Listed:
    """Tell ready files from the rest. With `again` files that were refused before are judged anew."""
    elsewhere = tuple(one.path for one in looks if is_elsewhere(store, one))
    taken = {one.path for one in looks if wanted(store, one)} - set(elsewhere)
    ours = [one for one in looks if one.path in taken and one.state == WHOLE]
    marks = {one.path: marks_of(one) for one in ours}
    named = taken.union(elsewhere)
    with store.reading() as r:
        here = _here(r, [mark for found in marks.values() for mark in found])
        refused = set() if again else set(r.setting(REFUSED_SETTING, []))
    ready, seen_files, before = [], [], 0
    for one in ours:
        if here & set(marks[one.path]):
            seen_files.append(one.path)
        elif refused & set(marks[one.path]):
            before += 1
        else:
            ready.append(one)
    return Listed(
        ready=tuple(ready),
        seen=len(seen_files),
        refused=before,
        half=tuple(
            one for one in looks if one.state == LEFTOVER or (one.path in taken and one.state == HALF)
        ),
        elsewhere=elsewhere,
        other=tuple(one.path for one in looks if one.path not in named and one.state not in (LEFTOVER, GONE)),
        seen_files=tuple(seen_files),
    )


def marks_of(one: Look) -> tuple[str, ...]:
    """By what a file is known in this database: its digest (packages, bulletins) and the one of its payload, as its
    envelope says (receipts). () when it cannot be read or is larger than any file of ours."""
    if one.size > MAX_FILE:
        return ()
    try:
        with one.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ()
    envelope = envelope_of(one.path) if one.kind in CONTAINERS else None
    return (digest,) if envelope is None else (digest, envelope.payload.sha256)


def _here(r: Reading, marks: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for table in (schema.packages, schema.bulletins):
        for some in chunks(list(marks)):
            rows = r.rows(sa.select(table.c.digest).where(table.c.digest.in_(some)))
            found.update(row["digest"] for row in rows)
    return found


def note_refused(store: Store, files: Collection[Path]) -> None:
    """Remember files that were refused, so that a watched folder does not bring them again and again."""
    fresh = [mark for path in files for mark in marks_of(look(path))[:1]]
    if not fresh:
        return
    with store.reading() as r:
        before = [mark for mark in r.setting(REFUSED_SETTING, []) if mark not in fresh]
    _keep(store, REFUSED_SETTING, [*fresh, *before][:_MOST_REFUSED])


def move_aside(folder: Path, file: Path, *, where: str) -> Path | None:
    """Move a file into the sub-folder 已收 or 拒收 of `folder`; None when the disk refuses (it then stays)."""
    target = folder / where / file.name
    try:
        target.parent.mkdir(exist_ok=True)
        number = 1
        while target.exists():
            number += 1
            target = folder / where / f"{file.stem}（{number}）{file.suffix}"
        os.rename(file, target)
    except OSError:
        return None
    return target


class FolderWatch:
    """Looks at a folder again and again and says which files have settled. Keeps no thread and no clock of its own.

    A file is ready once its size and time have been the same for `SETTLE_SECONDS` and its container is whole; it is
    given out once, and again only when it has changed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._first: dict[Path, tuple[int, float, float]] = {}
        self._given: dict[Path, tuple[int, float]] = {}

    def poll(self, store: Store, now: float) -> Listed:
        """One look; `now` are seconds of any steady clock. `seen` and `other` count what is new since the last look.

        Raises UserError when the folder is gone (a stick that was pulled out, a share that is away).
        """
        looks = [look(path) for path in walk(self.folder) if not self._is_given(path)]
        present = {one.path for one in looks}
        self._first = {path: told for path, told in self._first.items() if path in present}
        settled = [one for one in looks if one.state != GONE and self._has_settled(one, now)]
        for one in settled:
            self._given[one.path] = (one.size, one.modified)
            self._first.pop(one.path, None)
        return sort_looks(store, settled, again=False) if settled else Listed()

    def _is_given(self, path: Path) -> bool:
        given = self._given.get(path)
        if given is None:
            return False
        try:
            told = path.stat()
        except OSError:
            self._given.pop(path, None)
            return True
        if (told.st_size, told.st_mtime) == given:
            return True
        self._given.pop(path, None)
        return False

    def _has_settled(self, one: Look, now: float) -> bool:
        size, modified, since = self._first.get(one.path, (-1, 0.0, now))
        if (size, modified) != (one.size, one.modified):
            self._first[one.path] = (one.size, one.modified, now)
            return False
        return now - since >= SETTLE_SECONDS
