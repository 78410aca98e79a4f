"""A stick that is slow, or a file that an antivirus program holds, is waited for; not for ever, and not unseen."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.store import files
from minzheng_desktop.values.errors import UserError

DATA = b"x" * 3_000_000
QUICK = (0.0, 0.01, 0.01)


def _failing(times: int, error: Callable[[], OSError], real: Callable[..., Any]) -> Callable[..., Any]:
    left = [times]

    def call(*args: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise error()
        return real(*args)

    return call


def _windows(code: int) -> OSError:
    error = PermissionError(errno.EACCES, "held")
    error.winerror = code  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize(
    "error",
    [lambda: OSError(errno.EBUSY, "busy"), lambda: _windows(32), lambda: _windows(5)],
    ids=["busy", "sharing violation", "access denied while scanned"],
)
def test_a_held_rename_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Callable[[], OSError]
) -> None:
    monkeypatch.setattr(os, "replace", _failing(2, error, os.replace))
    steps = list(files.copying(DATA, tmp_path / "a.mzpkg", kept="台账没有变化", waits=QUICK))
    assert (tmp_path / "a.mzpkg").read_bytes() == DATA
    assert [one.done for one in steps if "正在写" in one.words] == [1_048_576, 2_097_152, 3_000_000]
    assert any("杀毒" in one.words for one in steps)


def test_a_busy_flush_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _failing(1, lambda: OSError(errno.EAGAIN, "again"), os.fsync))
    files.copy_verified(DATA, tmp_path / "a.mzpkg", kept="台账没有变化", waits=QUICK)
    assert (tmp_path / "a.mzpkg").read_bytes() == DATA


def test_what_stays_held_is_told_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", _failing(99, lambda: OSError(errno.EBUSY, "busy"), os.replace))
    with pytest.raises(UserError, match=r"杀毒软件.*台账没有变化") as told:
        files.copy_verified(DATA, tmp_path / "a.mzpkg", kept="台账没有变化", waits=QUICK)
    assert told.value.code == "file_held"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_the_right_to_write_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def refuse(*_: object) -> None:
        tried.append(1)
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(UserError) as told:
        files.copy_verified(DATA, tmp_path / "a", kept="台账没有变化", waits=QUICK)
    assert (told.value.code, len(tried)) == ("no_permission", 1)


def test_stopping_a_copy_leaves_nothing(tmp_path: Path) -> None:
    steps = files.copying(DATA, tmp_path / "a.mzpkg", kept="台账没有变化")
    next(steps)
    steps.close()
    assert list(tmp_path.iterdir()) == []
