"""The one door to every task, and the files that it reads."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def dev(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", root / "build_scripts" / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_constraints_are_plain_pins(root: Path) -> None:
    for line in (root / "constraints.txt").read_text("utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line), line


def test_every_named_dependency_is_pinned(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pinned = {
        plain(line.partition("==")[0]) for line in (root / "constraints.txt").read_text("utf-8").splitlines()
    }
    for requirement in named:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        assert name is not None
        assert plain(name.group()) in pinned, requirement


def test_continuous_integration_runs_the_one_door(root: Path) -> None:
    lines = (root / ".ci" / "run").read_text("utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[-1] == "python3 build_scripts/dev.py test"


def test_a_dead_shim_is_no_python(dev: ModuleType, tmp_path: Path) -> None:
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    assert dev.version_of(str(shim)) is None
    assert dev.version_of(str(tmp_path / "absent")) is None
    assert dev.version_of(sys.executable) == sys.version_info[:2]


def test_without_root_the_one_command_is_printed(
    dev: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert dev.install_system_packages(["libegl1", "libxkbcommon0"], "窗口所需的系统库缺少") is False
    assert "sudo apt-get install -y --no-install-recommends libegl1 libxkbcommon0" in capsys.readouterr().out


def test_a_changed_constraint_asks_for_a_new_setup(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text("a")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    before = dev.wanted_stamp("dev")
    (tmp_path / "constraints.txt").write_text("b")
    assert dev.wanted_stamp("dev") != before
