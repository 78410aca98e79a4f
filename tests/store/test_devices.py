"""What the operating system says of disks and sticks, from a tree as Linux has it and a kernel32 as Windows has it."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

from minzheng_desktop.store.devices import Device, device_of, linux_devices, windows_device, windows_devices

MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 8:17 / /media/wang/\\346\\260\\221\\346\\224\\277\\040U rw,nosuid - vfat /dev/sdb1 rw,codepage=437
31 22 8:33 / /media/wang/OLD ro,nosuid - vfat /dev/sdc1 ro
40 22 0:51 / /mnt/share rw - cifs //10.0.0.5/民政 rw,vers=3.0
41 22 0:5 / /proc rw - proc proc rw
"""
"""As in proc(5); the mount point is 民政 U in octal escapes."""


def _linux(root: Path) -> None:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text(MOUNTS, "utf-8")
    for kind, name, device in (
        ("label", "民政\\x20U", "sdb1"),
        ("uuid", "1A2B-3C4D", "sdb1"),
        ("uuid", "e5", "sda1"),
    ):
        folder = root / f"dev/disk/by-{kind}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(f"../../{device}")
    (root / "sys/dev/block").mkdir(parents=True)
    for number, disk in (
        ("8:1", "pci0/ata1/sda/sda1"),
        ("8:17", "pci0/ata9/sdb/sdb1"),
        ("8:33", "pci0/usb1/sdc/sdc1"),
    ):
        where = root / "sys/devices" / disk
        where.mkdir(parents=True)
        (where.parent / "removable").write_text("1\n" if "sdb" in disk else "0\n")
        (root / "sys/dev/block" / number).symlink_to(where)


def test_linux_tells_sticks_by_the_kernels_flag_or_the_usb_bus(tmp_path: Path) -> None:
    _linux(tmp_path)
    found = {one.mount: one for one in linux_devices(tmp_path)}
    assert found == {
        "/": Device(mount="/", kind="fixed", serial="e5"),
        "/media/wang/民政 U": Device("/media/wang/民政 U", "removable", "民政 U", "1A2B-3C4D"),
        "/media/wang/OLD": Device("/media/wang/OLD", "removable", read_only=True),
        "/mnt/share": Device("/mnt/share", "network"),
    }
    assert found["/media/wang/民政 U"].words == "U 盘 民政 U（1A2B-3C4D）"
    assert found["/mnt/share"].words == "共享文件夹（/mnt/share）"


def test_a_system_that_tells_nothing_still_gives_an_answer(tmp_path: Path) -> None:
    assert linux_devices(tmp_path) == []
    assert device_of(tmp_path / "还没有" / "的文件夹").words


class _Kernel:
    """kernel32 of a computer with C:, an empty card reader E: and a write-protected stick F:."""

    def SetErrorMode(self, mode: int) -> int:
        assert mode & 1  # no dialog for the empty reader
        return 0

    def GetLogicalDrives(self) -> int:
        return 0b110100

    def GetDriveTypeW(self, root: str) -> int:
        return {"C": 3, "E": 2, "F": 2}[root[0]]

    def GetVolumeInformationW(self, root: str, label: Any, *rest: Any) -> int:
        _, serial, _, flags, _, _ = rest
        if root.startswith("E"):
            return 0
        label.value = "民政" if root.startswith("F") else "系统"
        ctypes.cast(serial, ctypes.POINTER(ctypes.c_uint32))[0] = 0x1A2B3C4D
        ctypes.cast(flags, ctypes.POINTER(ctypes.c_uint32))[0] = 0x00080000 if root.startswith("F") else 0
        return 1


def test_windows_drives() -> None:
    assert windows_devices(_Kernel()) == [
        Device("C:\\", "fixed", "系统", "1A2B-3C4D"),
        Device("E:\\", "removable"),
        Device("F:\\", "removable", "民政", "1A2B-3C4D", read_only=True),
    ]
    assert windows_device(_Kernel(), "F:\\").words == "U 盘 民政（1A2B-3C4D）"
