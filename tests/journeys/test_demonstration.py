"""`minzheng demo`: the whole job on invented people, without a display and without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NO_SOCKETS = """
import sys

def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise SystemExit(f"opened a socket: {event} {arguments}")

sys.addaudithook(refuse)
from minzheng_desktop.cli import run
sys.exit(run(sys.argv[1:]))
"""


def demo(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "MINZHENG_DATA": str(data), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-c", NO_SOCKETS, "demo", *arguments],
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("demo")
    done = demo("--township", "--out", str(folder / "out"), "--json", data=folder / "data")
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    assert isinstance(body, dict)
    return body


def test_everything_it_names_is_there(made: dict[str, Any]) -> None:
    named = [made[key] for key in ("town", "county", "errors", "package", "receipt")]
    for name in [*named, *made["rosters"], *made["prints"]]:
        assert Path(name).is_absolute()
        assert Path(name).stat().st_size > 500, name


def test_the_figures_agree_with_each_other(made: dict[str, Any]) -> None:
    assert (made["imported"], made["items"]) == (148, 147)  # one household has left by its own wish
    assert made["rejected"] == 3
    assert made["accepted"] == made["changes"]
    assert made["confirmed"] == 1
    assert "." in made["total"]


def test_it_replaces_its_own_folder_and_nobody_elses(made: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "工作文件.txt").write_text("留着")
    refused = demo("--out", str(tmp_path), "--json", data=tmp_path.parent)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["code"] == "folder_not_empty"
    assert [p.name for p in tmp_path.iterdir()] == ["工作文件.txt"]
