"""Which device a folder lies on, and which sticks are plugged in: the only file that asks the operating system.

Linux tells it in /proc, /sys and /dev/disk, Windows in kernel32. Where the system says nothing, a folder is a folder:
every answer has empty texts rather than an error.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

REMOVABLE, FIXED, NETWORK, OTHER = "removable", "fixed", "network", "other"
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.gvfsd-fuse", "davfs")
_NOT_DISKS = ("proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "mqueue", "securityfs", "debugfs")


class Device(msgspec.Struct, frozen=True):
    """A mounted disk, stick or share. `mount` is where it is (`E:\\`, `/media/usb`); label and serial are the
    volume's own, "" where the system does not tell."""

    mount: str
    kind: str = OTHER
    label: str = ""
    serial: str = ""
    read_only: bool = False

    @property
    def words(self) -> str:
        """U 盘 KINGSTON（1A2B-3C4D）, for screens and the register."""
        name = {REMOVABLE: "U 盘", FIXED: "本机磁盘", NETWORK: "共享文件夹"}.get(self.kind, "磁盘")
        parts = " ".join(part for part in (name, self.label) if part)
        return f"{parts}（{self.serial}）" if self.serial else f"{parts}（{self.mount}）"


def device_of(path: Path) -> Device:
    """The device on which `path` lies, or would lie: the nearest folder above it that exists decides."""
    there = _nearest(path)
    if sys.platform == "win32":
        drive = there.drive.upper()
        if not drive.startswith("\\\\"):
            return windows_device(ctypes.WinDLL("kernel32"), f"{drive}\\")
        return Device(mount=drive, kind=NETWORK)
    found = [one for one in linux_devices() if _holds(one.mount, there)]
    return max(found, key=lambda one: len(one.mount), default=Device(mount=str(there)))


def sticks() -> list[Device]:
    """The removable devices that are plugged in and mounted now."""
    if sys.platform == "win32":
        devices = windows_devices(ctypes.WinDLL("kernel32"))
    else:
        devices = linux_devices()
    return [one for one in devices if one.kind == REMOVABLE]


def _nearest(path: Path) -> Path:
    path = Path(os.path.realpath(path))
    for folder in (path, *path.parents):
        if folder.is_dir():
            return folder
    return path


def _holds(mount: str, path: Path) -> bool:
    return PurePosixPath(path).is_relative_to(mount)


# Linux


def linux_devices(root: Path = Path("/")) -> list[Device]:
    """Every mounted file system that holds files, from /proc/self/mountinfo (a later mount hides an earlier one)."""
    labels, serials = (_links(root / "dev/disk" / kind) for kind in ("by-label", "by-uuid"))
    found: dict[str, Device] = {}
    for number, mount, options, kind, source in _mounts(root):
        if kind in _NOT_DISKS:
            continue
        name = source.removeprefix("/dev/")
        found[mount] = Device(
            mount=mount,
            kind=NETWORK if kind in _NETWORK else _kind(root, number, source),
            label=labels.get(name, ""),
            serial=serials.get(name, ""),
            read_only="ro" in options.split(","),
        )
    return list(found.values())


def _mounts(root: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """(major:minor, mount point, options, file system, source) of every mount; see proc(5)."""
    try:
        text = (root / "proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        fields, (kind, source, whole) = left.split(" "), (*right.split(" "), "", "")[:3]
        if len(fields) > 5:
            yield fields[2], _plain(fields[4]), f"{fields[5]},{whole}", kind, _plain(source)


def _plain(text: str) -> str:
    """Undo the octal escapes of /proc (a blank is \\040)."""
    raw = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), os.fsencode(text))
    return os.fsdecode(raw)


def _links(folder: Path) -> dict[str, str]:
    """Device name → label or serial, from the links of /dev/disk (udev writes a blank as \\x20, in UTF-8)."""
    found = {}
    try:
        for link in folder.iterdir():
            raw = re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), os.fsencode(link.name))
            found[Path(os.readlink(link)).name] = raw.decode("utf-8", "replace")
    except OSError:
        pass
    return found


def _kind(root: Path, number: str, source: str) -> str:
    """Removable by the kernel's word for the whole disk, or because it hangs on the USB bus."""
    if not source.startswith("/dev/"):
        return OTHER
    block = root / "sys/dev/block" / number
    where = os.path.realpath(block)
    for flag in (block / "removable", Path(where).parent / "removable"):
        try:
            if flag.read_text().strip() == "1":
                return REMOVABLE
        except OSError:
            continue
    return REMOVABLE if "/usb" in where else FIXED


# Windows

_KINDS = {2: REMOVABLE, 3: FIXED, 4: NETWORK}
_READ_ONLY_VOLUME = 0x00080000
_NO_DIALOGS = 0x0001 | 0x8000
"""An empty card reader must not put up a dialog of the system."""


def windows_devices(kernel32: Any) -> list[Device]:
    """Every drive letter with a readable volume."""
    kernel32.SetErrorMode(_NO_DIALOGS)
    letters = kernel32.GetLogicalDrives()
    roots = [f"{chr(ord('A') + n)}:\\" for n in range(26) if letters >> n & 1]
    return [windows_device(kernel32, root) for root in roots if kernel32.GetDriveTypeW(root) in _KINDS]


def windows_device(kernel32: Any, root: str) -> Device:
    """The volume at a drive's root, such as `E:\\`; its serial as Windows writes it, 1A2B-3C4D."""
    kernel32.SetErrorMode(_NO_DIALOGS)
    kind = _KINDS.get(kernel32.GetDriveTypeW(root), OTHER)
    label, serial, flags = ctypes.create_unicode_buffer(261), ctypes.c_uint32(), ctypes.c_uint32()
    told = kernel32.GetVolumeInformationW(
        root, label, 261, ctypes.byref(serial), None, ctypes.byref(flags), None, 0
    )
    if not told:
        return Device(mount=root, kind=kind)
    number = f"{serial.value >> 16:04X}-{serial.value & 0xFFFF:04X}"
    read_only = bool(flags.value & _READ_ONLY_VOLUME)
    return Device(mount=root, kind=kind, label=label.value, serial=number, read_only=read_only)
