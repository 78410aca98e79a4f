"""Files that are either wholly there or not there: written aside, flushed, then renamed.

Every error of the disk (full, read-only, pulled out, held by another program) becomes a UserError with a
Chinese sentence; nothing half-written is left under the final name.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from minzheng_desktop.values.errors import UserError

_NOT_ALLOWED = (
    "no_permission",
    "没有写入权限，或文件正被别的程序占用",
    "关闭占用它的程序或换一个文件夹后再做一次",
)
_BUSY = ("file_held", "文件一直被别的程序占用（可能是杀毒软件在查，或盘太慢）", "等一会儿再做一次")
_NO_FOLDER = ("not_found", "路径中有一段不是文件夹", "检查路径后再做一次")
_CAUSES = {
    errno.ENOSPC: ("disk_full", "磁盘空间不够", "腾出空间后再做一次"),
    errno.EDQUOT: ("disk_full", "磁盘配额已用完", "腾出空间后再做一次"),
    errno.EROFS: ("read_only", "这个盘是只读的", "解除写保护或换一个盘后再做一次"),
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.ENOENT: ("not_found", "找不到文件或文件夹", "检查盘是否插好、路径是否写对后再做一次"),
    errno.ENOTDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
    errno.EISDIR: ("not_a_file", "这是一个文件夹，不是文件", "选择文件后再做一次"),
    errno.EIO: ("disk_error", "磁盘读写出错，盘可能被拔出或已损坏", "重新插好或换一个盘后再做一次"),
    errno.ENODEV: ("disk_error", "盘已被拔出", "重新插好后再做一次"),
    errno.ENXIO: ("disk_error", "盘已被拔出", "重新插好后再做一次"),
    errno.EFBIG: ("disk_full", "文件超出这个盘允许的大小", "换一个盘后再做一次"),
    errno.EBUSY: _BUSY,
    errno.EAGAIN: _BUSY,
    errno.ETXTBSY: _BUSY,
}

WAITS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
"""Seconds between tries at a file that another program holds; 12.75 s in all."""
_HELD = (errno.EBUSY, errno.EAGAIN, errno.ETXTBSY)
_HELD_WINDOWS = (32, 33, 170, 1224)
"""ERROR_SHARING_VIOLATION, _LOCK_VIOLATION, _BUSY, _USER_MAPPED_FILE."""
_ACCESS_DENIED = 5
_PIECE = 1_048_576
_FLUSHED = 8 * _PIECE

Result = TypeVar("Result")


_LEFTOVER = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.(part|tmp)(-journal|-wal|-shm)?")
_STALE_SECONDS = 3600


def aside_of(path: Path, ending: str = "part") -> Path:
    """Where a file is written before it is put at `path`; what a killed program left there is cleared away.

    An earlier attempt at the same file goes at once, one at another file of the folder when it is an hour old.
    """
    with contextlib.suppress(OSError):
        for left in list(path.parent.iterdir()):
            found = _LEFTOVER.fullmatch(left.name)
            if found and (found["name"] == path.name or time.time() - left.stat().st_mtime > _STALE_SECONDS):
                left.unlink()
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.{ending}")


def is_leftover(name: str) -> bool:
    """Whether a file name is one under which this program writes before a file is whole."""
    return _LEFTOVER.fullmatch(name) is not None


def disk_error(error: OSError, path: Path, *, kept: str) -> UserError:
    """The UserError that tells a disk problem: what happened, `kept` (what was kept), what to do."""
    unknown = ("disk_error", f"磁盘读写出错（{error.strerror or error}）", "换一个文件夹或盘后再做一次")
    code, cause, remedy = _CAUSES.get(error.errno or 0, unknown)
    return UserError(code, f"{cause}：{path}。{kept}。{remedy}。")


def read_file(path: Path, *, limit: int, what: str) -> bytes:
    """The whole file, or UserError when it cannot be read or is larger than `limit` bytes."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise disk_error(error, path, kept=f"{what}没有读入，台账没有变化") from error
    if len(data) > limit:
        raise UserError(
            "file_too_large",
            f"{path.name} 超过 {limit // 1_048_576} MB，不是本程序写出的{what}。台账没有变化。请核对文件。",
        )
    return data


def write_atomically(path: Path, data: bytes, *, kept: str) -> None:
    """Replace `path` by `data`: temporary file in the same folder, flush, fsync, rename, fsync the folder."""
    aside = aside_of(path)
    try:
        try:
            with aside.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            for _ in _patiently(lambda: os.replace(aside, path), path, WAITS, 0, 0, renaming=True):
                pass
        except BaseException:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise
        flush_folder(path.parent)
    except OSError as error:
        raise disk_error(error, path, kept=kept) from error


class CopyStep(msgspec.Struct, frozen=True):
    """Where a copy is: words for the clerk, bytes done of bytes in all."""

    words: str
    done: int
    of: int


def copy_verified(
    data: bytes,
    target: Path,
    *,
    kept: str,
    settle: Callable[[], object] | None = None,
    waits: Sequence[float] = WAITS,
) -> None:
    """Write `data` to a stick: under a temporary name, flushed, read back and compared, only then renamed.

    `settle` is called before the renaming (to note the file in the audit); when it raises, `target` is as it was.
    A file that another program holds (antivirus, a slow stick) is tried again after each of `waits`.
    """
    for _ in copying(data, target, kept=kept, settle=settle, waits=waits):
        pass


def copying(
    data: bytes,
    target: Path,
    *,
    kept: str,
    settle: Callable[[], object] | None = None,
    waits: Sequence[float] = WAITS,
) -> Generator[CopyStep, None, None]:
    """`copy_verified` step by step, so that it shows where it is; closing the generator stops it and clears away."""
    of = len(data)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = aside_of(target)
        try:
            stream = yield from _patiently(lambda: aside.open("xb"), target, waits, 0, of)
            with stream:
                for start in range(0, max(of, 1), _PIECE):
                    stream.write(data[start : start + _PIECE])
                    if (
                        start + _PIECE
                    ) % _FLUSHED == 0:  # a slow stick shows how far it is and can be stopped
                        stream.flush()
                        yield from _patiently(lambda: os.fsync(stream.fileno()), target, waits, start, of)
                    yield CopyStep(f"正在写 {target.name}", min(start + _PIECE, of), of)
                stream.flush()
                yield from _patiently(lambda: os.fsync(stream.fileno()), target, waits, of, of)
                _forget_cached(stream.fileno())
            found = yield from _patiently(aside.read_bytes, target, waits, of, of)
            if hashlib.sha256(found).digest() != hashlib.sha256(data).digest():
                raise UserError(
                    "read_back",
                    f"写到 {target.parent} 后读回的内容不一致，盘可能已损坏。{kept}。换一个盘后再做一次。",
                )
            if settle is not None:
                settle()
            yield from _patiently(lambda: os.replace(aside, target), target, waits, of, of, renaming=True)
        except BaseException:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise
        flush_folder(target.parent)
    except OSError as error:
        raise disk_error(error, target, kept=kept) from error


def _patiently(
    step: Callable[[], Result],
    target: Path,
    waits: Sequence[float],
    done: int,
    of: int,
    *,
    renaming: bool = False,
) -> Generator[CopyStep, None, Result]:
    """Do a step again, after growing waits, while another program holds the file."""
    for wait in waits:
        try:
            return step()
        except OSError as error:
            if not _is_held(error, renaming=renaming):
                raise
        until = time.monotonic() + wait
        while (left := until - time.monotonic()) > 0:
            yield CopyStep(f"{target.name} 被别的程序占用（可能是杀毒软件），等它放开再写", done, of)
            time.sleep(min(left, 0.2))
    return step()


def _is_held(error: OSError, *, renaming: bool) -> bool:
    """Whether it may pass by itself: sharing violations, busy, and on Windows a rename that is denied meanwhile."""
    code = getattr(error, "winerror", None)
    if code is not None:
        return code in _HELD_WINDOWS or (renaming and code == _ACCESS_DENIED)
    return error.errno in _HELD


def _forget_cached(handle: int) -> None:
    """Ask for what was written to be read back from the medium and not from memory, where the system can."""
    if sys.platform != "win32" and hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def flush_folder(folder: Path) -> None:
    """Make a rename in `folder` durable; systems that cannot open folders (Windows) do it by themselves."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system without fsync of folders
            raise
    finally:
        os.close(handle)
