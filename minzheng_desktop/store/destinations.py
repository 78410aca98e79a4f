"""Where files go: the sticks and shared folders that this database remembers, and what is asked before writing there.

A stick is remembered by the serial of its volume and the folder inside it, so that it is found again under another
drive letter; a shared folder by its path. Last used comes first. Before anything is packed a place is tried: it is
there, it may be written to (a real file is), and it has room.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import files, schema
from minzheng_desktop.store.devices import REMOVABLE, Device, device_of, sticks
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

SETTING = "places"
MOST = 12
"""Places that are remembered; the one that was not used for longest is forgotten."""
_CLUSTER = 32_768
"""A FAT32 stick gives out room in pieces of this size."""
PROTECTED, FULL = "写保护（只读）", "满了"
UNWRITABLE = (PROTECTED, FULL)
"""Problems of a destination that matter to nobody who reads from it."""
ABSENT, SAME, HALF, OTHER = "absent", "same", "half", "other"


class Place(msgspec.Struct, frozen=True):
    """One remembered destination. `path` is where it was last; a stick has a `serial` and the folder `inside` it."""

    path: str
    kind: str = ""
    label: str = ""
    serial: str = ""
    inside: str = ""
    used_at: str = ""


class Found(msgspec.Struct, frozen=True):
    """A destination as it can be offered now: `folder` to write to, the device in words, bytes free.

    `problem` says why it cannot be used now, "" when it can; `remembered` is False for a stick that was never used;
    `stick` tells removable devices from disks and shares.
    """

    folder: Path
    device: str
    free: int = 0
    problem: str = ""
    used_at: str = ""
    remembered: bool = True
    stick: bool = False


def remembered(r: Reading) -> list[Place]:
    """The destinations of this database, last used first."""
    return msgspec.convert(r.setting(SETTING, []), list[Place])


def remember(store: Store, folder: Path) -> None:
    """Put a destination first in the list."""
    folder = folder.absolute()
    device = device_of(folder)
    inside = ""
    if device.serial and device.kind == REMOVABLE:
        with contextlib.suppress(ValueError):
            inside = folder.relative_to(device.mount).as_posix()
    place = Place(
        path=str(folder), kind=device.kind, label=device.label,
        serial=device.serial if device.kind == REMOVABLE else "", inside=inside, used_at=now_text(),
    )  # fmt: skip
    with store.reading() as r:
        others = [one for one in remembered(r) if not _same(one, place)]
    _keep(store, [place, *others][:MOST])


def forget(store: Store, folder: Path) -> bool:
    """Take a destination out of the list; False when it was not there."""
    with store.reading() as r:
        before = remembered(r)
    after = [one for one in before if one.path != str(folder.absolute())]
    if len(after) != len(before):
        _keep(store, after)
    return len(after) != len(before)


def _same(one: Place, other: Place) -> bool:
    if one.serial and other.serial:
        return (one.serial, one.inside) == (other.serial, other.inside)
    return one.path == other.path


def _keep(store: Store, places: Sequence[Place]) -> None:
    with store.quiet_writing() as connection:
        connection.execute(sa.delete(schema.settings).where(schema.settings.c.key == SETTING))
        value = [msgspec.to_builtins(one) for one in places]
        connection.execute(sa.insert(schema.settings), [{"key": SETTING, "value": value}])


def offered(r: Reading, plugged: Sequence[Device] | None = None) -> list[Found]:
    """What to offer a clerk who is about to write: the remembered destinations, then sticks that are plugged in and
    were never used. Nothing is written; free space and write protection are what the system says."""
    plugged = sticks() if plugged is None else plugged
    found = [_found(place, locate(place, plugged)) for place in remembered(r)]
    known = {one.folder for one in found} | {Path(device_of(one.folder).mount) for one in found if one.free}
    fresh = [one for one in plugged if Path(one.mount) not in known]
    return [*found, *(_look(Path(one.mount), one, used_at="", remembered=False) for one in fresh)]


def locate(place: Place, plugged: Sequence[Device] | None = None) -> Path | None:
    """The folder of a remembered place now; None for a stick that is not plugged in."""
    if not place.serial:
        return Path(place.path)
    for one in sticks() if plugged is None else plugged:
        if one.serial == place.serial:
            return Path(one.mount, place.inside)
    return None


def _found(place: Place, folder: Path | None) -> Found:
    if folder is None:
        words = Device(mount=place.path, kind=place.kind, label=place.label, serial=place.serial).words
        return Found(Path(place.path), words, problem="没有插上", used_at=place.used_at, stick=True)
    return _look(folder, device_of(folder), used_at=place.used_at, remembered=True)


def _look(folder: Path, device: Device, *, used_at: str, remembered: bool) -> Found:
    try:
        above = next(one for one in (folder, *folder.parents) if one.is_dir())
        free = shutil.disk_usage(above).free
        problem = PROTECTED if device.read_only else FULL if free < _CLUSTER else ""
        if not folder.is_dir() and folder.parent != above and above != folder:
            problem = problem or "文件夹不在了"
    except (OSError, StopIteration):
        free, problem = 0, "打不开"
    stick = device.kind == REMOVABLE
    return Found(folder, device.words, free, problem, used_at, remembered, stick)


def require_plugged(r: Reading, folder: Path, *, kept: str) -> None:
    """Raises UserError `not_plugged` for a remembered stick that is away while its path lies on the disk below: files
    would go to this computer and not to the stick. Another stick in its place is as good."""
    for place in remembered(r):
        if place.serial and folder.is_relative_to(place.path):
            device = device_of(folder)
            if device.kind == REMOVABLE or device.serial == place.serial:
                return
            words = Device(place.path, place.kind, place.label, place.serial).words
            now = locate(place)
            hint = f"它现在在 {now}，请选那里" if now else "插上它再做一次，或换一个文件夹"
            raise UserError(
                "not_plugged", f"{words}没有插上，{folder} 现在是本机的文件夹，没有写。{kept}。{hint}。"
            )


def require_place(folder: Path, *, need: int, kept: str) -> Device:
    """Try a destination before anything is packed: `need` bytes can be written to `folder`, which is made if needed.

    Raises UserError: not_found or not a folder, read_only, no_permission, disk_full; nothing is left there.
    """
    device = device_of(folder)
    if device.read_only:
        raise UserError(
            "read_only",
            f"{device.words}是只读的，写不进去：{folder}。{kept}。解除写保护（看盘上的小开关）或换一个盘后再做一次。",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = files.aside_of(folder / "试写")
        try:
            with probe.open("xb") as stream:
                stream.write(b"1")
                stream.flush()
                os.fsync(stream.fileno())
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise files.disk_error(error, folder, kept=kept) from error
    if free < need:
        raise UserError(
            "disk_full",
            f"{device.words}只剩 {size_words(free)}，要写 {size_words(need)}：{folder}。{kept}。"
            "腾出空间或换一个盘后再做一次。",
        )
    return device


def room_for(sizes: Sequence[int]) -> int:
    """The bytes that files of these sizes take on a stick, where each begins a piece of its own."""
    return sum((size // _CLUSTER + 1) * _CLUSTER for size in sizes)


def size_words(size: int) -> str:
    """3.4 MB, 12 KB: for sentences."""
    if size < 1_000_000:
        return f"{(size + 999) // 1000} KB"
    return f"{size / 1_000_000:,.1f} MB" if size < 1_000_000_000 else f"{size / 1_000_000_000:,.1f} GB"


def target_state(target: Path, data: bytes) -> str:
    """What stands at `target` against the bytes that are to stand there.

    `absent`; `same`; `half`: the beginning of these bytes, or zeros, as a stick leaves them that was pulled out;
    `other`: something else under this name, never to be overwritten. Raises UserError when it cannot be read.
    """
    try:
        if not target.exists():
            return ABSENT
        if not target.is_file() or target.stat().st_size > len(data):
            return OTHER
        there = target.read_bytes()
    except OSError as error:
        raise files.disk_error(error, target, kept="没有写出文件") from error
    if there == data:
        return SAME
    written = there.rstrip(b"\0")
    return HALF if data.startswith(written) else OTHER
