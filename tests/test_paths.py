"""The seeds are found, and the user's folder follows the platform's rules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from minzheng_desktop import paths


def test_seeds_of_a_checkout_stand_at_its_top(root: Path) -> None:
    assert paths.resources_dir() == root / "resources"


def test_seeds_of_a_bundle_stand_beside_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "forms").mkdir()
    (tmp_path / "resources").mkdir()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.forms_dir() == tmp_path / "forms"


def test_seeds_of_a_wheel_stand_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "minzheng_desktop"
    for name in ("forms", "resources"):
        (package / "seeds" / name).mkdir(parents=True)
    monkeypatch.setattr(paths, "PACKAGE", package)
    assert paths.resources_dir() == package / "seeds" / "resources"


def test_an_incomplete_program_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "minzheng_desktop")
    with pytest.raises(FileNotFoundError, match="forms/"):
        paths.forms_dir()


def test_chosen_data_folder_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINZHENG_DATA", str(tmp_path))
    assert paths.user_data_dir() == tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="XDG is the rule of Linux desktops")
def test_linux_follows_xdg_and_ignores_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINZHENG_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert paths.user_data_dir() == tmp_path / "minzheng-desktop"
    monkeypatch.setenv("XDG_DATA_HOME", "share")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.user_data_dir() == tmp_path / ".local" / "share" / "minzheng-desktop"
