"""Errors of ours: written down where a developer can read them, without a word about any person.

An exception's message may quote a row (a database error carries its parameters), so the log keeps only the
kinds of exception and the places they passed.
"""

from __future__ import annotations

import contextlib
import platform
import traceback
from collections.abc import Iterator
from pathlib import Path

from minzheng_desktop import __version__
from minzheng_desktop.paths import user_data_dir
from minzheng_desktop.values.dates import now_text

LARGEST_LOG = 1_000_000
"""Bytes after which the log starts anew, keeping one predecessor."""


def fault_log() -> Path:
    """The file that faults are written to; it need not exist."""
    return user_data_dir() / "log" / "faults.log"


def describe_fault(error: BaseException) -> str:
    """The chain of exceptions as kinds and places, innermost cause first; no messages, no values."""
    return "\n".join(_lines_of(error))


def record_fault(error: BaseException) -> Path | None:
    """Appends the fault to the log and returns the log's path; None where the disk does not let it."""
    log = fault_log()
    head = f"{now_text()} minzheng {__version__} Python {platform.python_version()} {platform.system()}"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".1.log"))
        with log.open("a", encoding="utf-8") as stream:
            stream.write(f"{head}\n{describe_fault(error)}\n\n")
    except OSError:
        return None
    return log


def _lines_of(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _lines_of(cause)
    kind = type(error)
    yield f"{kind.__module__}.{kind.__qualname__}"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {_short(frame.filename)}:{frame.lineno} {frame.name}"


def _short(filename: str) -> str:
    """The place inside our package or a library, without the folders (and the user name) before it."""
    path = Path(filename)
    for anchor in ("minzheng_desktop", "site-packages"):
        with contextlib.suppress(ValueError):
            return str(Path(*path.parts[path.parts.index(anchor) :]))
    return path.name
