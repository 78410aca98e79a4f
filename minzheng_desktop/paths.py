"""Where the program finds its seeds, and where it may keep files of its own.

Seeds (`forms/`, `resources/`) stand at the top of a checkout, inside the package in an installed wheel
(`minzheng_desktop/seeds/`, written by build_scripts/wheel_data.py), beside the code in a PyInstaller folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
APPLICATION = "minzheng-desktop"


def _seeds(name: str) -> Path:
    """The folder of this name among the seeds. Raises FileNotFoundError when the program is incomplete."""
    frozen = getattr(sys, "_MEIPASS", None)
    candidates = ([Path(frozen)] if frozen else []) + [PACKAGE.parent, PACKAGE / "seeds"]
    for candidate in candidates:
        if (candidate / name).is_dir():
            return candidate / name
    raise FileNotFoundError(f"no {name}/ in any of {[str(c) for c in candidates]}")


def forms_dir() -> Path:
    """The shipped form files: `<area>/area.toml` and one TOML per record type."""
    return _seeds("forms")


def resources_dir() -> Path:
    """The shipped rates, codes, divisions, workflows, fonts, icons and the style sheet."""
    return _seeds("resources")


def user_data_dir() -> Path:
    """The folder for the program's own files of this user (settings, demonstration township, log).

    `MINZHENG_DATA` wins; otherwise `%APPDATA%` on Windows, `~/Library/Application Support` on macOS, and
    `$XDG_DATA_HOME` or `~/.local/share` elsewhere. The folder is named, not created.
    """
    chosen = os.environ.get("MINZHENG_DATA")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = os.environ.get("APPDATA")
        return (Path(base) if base else Path.home() / "AppData" / "Roaming") / APPLICATION
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / APPLICATION
    base = os.environ.get("XDG_DATA_HOME")
    # The XDG specification tells programs to ignore a relative path here.
    root = Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "share"
    return root / APPLICATION


def default_database() -> Path:
    """The database that the window and the command line open when none is named."""
    return user_data_dir() / "minzheng.db"
