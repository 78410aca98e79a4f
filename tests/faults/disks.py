"""A small disk that can be full, write-protected or pulled out: a real file system, where it may be mounted."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
from pathlib import Path


class Disk:
    """A small file system mounted on a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def mount(self, kibibytes: int) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "none", str(self.folder)]
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            return False

    def remount(self, option: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{option}", str(self.folder)], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=False)

    def fill(self, *, leave: int = 0) -> None:
        """Fill the disk up, all but `leave` bytes."""
        file = self.folder / "占位.bin"
        handle = os.open(file, os.O_WRONLY | os.O_CREAT)
        with contextlib.suppress(OSError):
            while True:
                os.write(handle, bytes(4096))
        os.close(handle)
        if leave:
            os.truncate(file, max(0, file.stat().st_size - leave))

    def free(self) -> None:
        (self.folder / "占位.bin").unlink()

    def suffer(self, trouble: str) -> None:
        """Fill it up, write-protect it, or pull it out (something that is no folder then stands there)."""
        if trouble == "full":
            self.fill()
        elif trouble == "read-only":
            self.remount("ro")
        else:
            self.unmount()
            self.folder.rmdir()
            self.folder.write_bytes(b"")

    def recover(self, trouble: str) -> None:
        if trouble == "full":
            self.free()
        elif trouble == "read-only":
            self.remount("rw")
        else:
            self.folder.unlink()
            self.folder.mkdir()

    def files(self) -> dict[str, str]:
        found = (p for p in self.folder.rglob("*") if p.is_file() and p.name != "占位.bin")
        return {str(p.relative_to(self.folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}
