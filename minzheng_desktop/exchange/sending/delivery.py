"""Writing packages to one or several destinations in one go: each is tried before, and one that fails is named.

A file that stands at its place with the same bytes is left alone; one that a pulled stick left half is written
anew; one with other bytes is never overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.store import copies, destinations
from minzheng_desktop.store.devices import device_of
from minzheng_desktop.store.files import CopyStep
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store


class Item(msgspec.Struct, frozen=True):
    """One file that is to go out: what the register says of it, its size, and its bytes when they are needed."""

    what: copies.Outgoing
    size: int
    data: Callable[[], bytes]
    replace: bool = False
    """A newer file of the same name takes the place of an older one: receipts, never packages."""


class Delivered(msgspec.Struct, frozen=True):
    """What one destination got: files written, files that were there already (`same`), half ones written anew.

    `error` says why the rest is not there; `device` in words, as in the register.
    """

    folder: Path
    device: str = ""
    written: tuple[Path, ...] = ()
    same: tuple[Path, ...] = ()
    mended: tuple[Path, ...] = ()
    error: UserError | None = None

    @property
    def sentence(self) -> str:
        """For the clerk: which stick did not get its files, and why; "" when all is well."""
        return f"{self.device or self.folder} 没有写成：{self.error.message}" if self.error else ""


def last_used(store: Store) -> Path:
    """The destination that was used last and can be used now. UserError `no_place` when there is none."""
    with store.reading() as r:
        found = [one for one in destinations.offered(r) if one.remembered]
    for one in found:
        if not one.problem:
            return one.folder
    why = "；".join(f"{one.device}{one.problem}" for one in found)
    raise UserError(
        "no_place",
        f"{why or '还没有写过盘'}，没有写出文件，台账没有变化。插上盘再做一次，或写明写到哪个文件夹。",
    )


def try_places(
    store: Store, folders: Sequence[Path], *, files: Mapping[str, int], kept: str
) -> list[Delivered]:
    """Each destination, tried for room of the files (name and bytes) that are not there yet.

    Raises the first error when none of them can be used.
    """
    tried: list[Delivered] = []
    for folder in folders:
        try:
            with store.reading() as r:
                destinations.require_plugged(r, folder, kept=kept)
            sizes = [size for name, size in files.items() if not _has(folder / name, size)]
            device = destinations.require_place(folder, need=destinations.room_for(sizes), kept=kept)
            tried.append(Delivered(folder, device.words))
        except UserError as error:
            tried.append(Delivered(folder, device_of(folder).words, error=error))
    return usable(tried)


def _has(file: Path, size: int) -> bool:
    try:
        return file.is_file() and file.stat().st_size == size
    except OSError:
        return False


def usable(tried: list[Delivered]) -> list[Delivered]:
    """The same, when at least one destination can be used; raises the first error otherwise."""
    errors = [one.error for one in tried if one.error is not None]
    if tried and len(errors) == len(tried):
        raise errors[0]
    return tried


def refuse_other_bytes(place: Delivered, name: str, data: bytes, *, kept: str) -> Delivered:
    """The destination, refused when another file stands there under the name that is about to be written."""
    try:
        if place.error is None and destinations.target_state(place.folder / name, data) == destinations.OTHER:
            raise _other(place.folder / name, kept)
    except UserError as error:
        return msgspec.structs.replace(place, error=error)
    return place


def deliver(
    store: Store, items: Sequence[Item], to: Sequence[Delivered], *, kept: str
) -> Generator[CopyStep, None, list[Delivered]]:
    """Write the files to every destination that has no error yet, and remember those that took all.

    Yields where it is; closing stops it, and what was written whole stays. Never raises for a destination's trouble.
    """
    done: list[Delivered] = []
    for place in to:
        now = place
        if place.error is None:
            now = yield from _deliver(store, items, place, kept)
            if now.error is None:
                destinations.remember(store, place.folder)
        done.append(now)
    return done


def _deliver(
    store: Store, items: Sequence[Item], place: Delivered, kept: str
) -> Generator[CopyStep, None, Delivered]:
    written: list[Path] = []
    same: list[Path] = []
    mended: list[Path] = []
    error: UserError | None = None
    for item in items:
        target = place.folder / item.what.name
        try:
            data = item.data()
            state = destinations.target_state(target, data)
            if state == destinations.OTHER and not item.replace:
                raise _other(target, kept)
            if state == destinations.SAME:
                same.append(target)
                continue
            yield from copies.writing_copy(store, item.what, data, place.folder, kept=kept)
            (mended if state == destinations.HALF else written).append(target)
        except UserError as caught:
            error = error or caught
            if caught.code not in ("other_file_there", "outbox_damaged"):
                break  # the stick is in trouble; the next file would only wait for it again
    return Delivered(place.folder, place.device, tuple(written), tuple(same), tuple(mended), error)


def _other(target: Path, kept: str) -> UserError:
    return UserError(
        "other_file_there",
        f"{target} 已经有一个同名但内容不同的文件，没有覆盖它。{kept}。把它移开或换一个文件夹后再做一次。",
    )
