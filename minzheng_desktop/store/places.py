"""Where a database may stand, and for which division it may be made."""

from __future__ import annotations

from pathlib import Path

from minzheng_desktop.store import keyslots, shelf
from minzheng_desktop.values.errors import UserError


def remove_leftovers(path: Path) -> None:
    """Take away a database that never came to stand, with all that lies beside it."""
    for leftover in (path, Path(f"{path}-wal"), Path(f"{path}-shm"), keyslots.keys_path(path)):
        leftover.unlink(missing_ok=True)


def require_file(path: Path) -> None:
    """Raises UserError ``file_missing`` or ``not_a_database`` (an empty file)."""
    if not path.is_file():
        raise UserError("file_missing", f"找不到台账文件 {path}。检查路径，或先新建一个台账。")
    if path.stat().st_size == 0:
        raise UserError("not_a_database", f"{path.name} 是空文件，不是台账。没有改动它，请选对文件。")


def check_division(role: str, division: str) -> None:
    """Raises UserError ``unknown_division`` unless the shipped divisions know it for this role."""
    divisions = shelf.shipped_divisions()
    county = divisions.county
    known = [town.code for town in divisions.towns] if role == "township" else [county.code] if county else []
    if division not in known:
        wanted = "县级区划代码（6 位）" if role == "county" else "乡镇街道区划代码（9 位）"
        example = f"，例如 {known[0]}" if known else ""
        raise UserError("unknown_division", f"没有区划代码 {division}。请填{wanted}{example}。")
