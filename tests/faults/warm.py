"""A process that has imported the program already and forks one real process for each command asked of it.

Reads requests and writes answers as JSON lines. Each command runs `minzheng_desktop.cli.run` with its own
arguments, environment, output files and limits, as the installed `minzheng` would, without the half second that
importing takes; so a dozen commands can be killed at a dozen moments in the time of one.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import minzheng_desktop
from minzheng_desktop import cli
from tests.faults import crashing

POLL_SECONDS = 0.0005


def import_all() -> None:
    """Import every module below the window, and the libraries that are otherwise imported late."""
    for module in pkgutil.walk_packages(minzheng_desktop.__path__, "minzheng_desktop."):
        if not module.name.startswith(("minzheng_desktop.ui", "minzheng_desktop.__main__")):
            importlib.import_module(module.name)
    for name in ("openpyxl", "openpyxl.comments", "python_calamine", "reportlab.pdfgen.canvas", "pypinyin"):
        importlib.import_module(name)


def warm_up() -> None:
    """Run two commands to nowhere, so that what they import and build late is there before the first fork."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    cli.run(["forms", "check", "--json"])
    cli.run(["record", "list", "--form", "none", "--db", os.devnull, "--json"])
    gc.freeze()


def become(request: dict[str, Any]) -> None:
    """In the child: take on the request's environment and output, run the command, end with its code."""
    os.environ.update(request["env"])
    tempfile.tempdir = None
    for stream, path in ((1, request["out"]), (2, request["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    if request["file_limit"] is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_limit"],) * 2)
    code = RUNS[request["runs"]](request["argv"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


RUNS: dict[str, Callable[[list[str]], int]] = {"minzheng": cli.run, "crashing": crashing.run}
"""What a request may run: the program's commands, or one action that dies at a counted moment."""


def attend(child: int, kill_after: float | None) -> dict[str, Any]:
    """Wait for the child, killing it when its time is up; the code is negative when a signal ended it."""
    began = time.monotonic()
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        passed = time.monotonic() - began
        if ended:
            return {"code": os.waitstatus_to_exitcode(status), "seconds": passed}
        if kill_after is not None and passed >= kill_after:
            os.kill(child, signal.SIGKILL)
            kill_after = None
        time.sleep(POLL_SECONDS)


def main() -> None:
    import_all()
    answers = os.fdopen(os.dup(1), "w")
    warm_up()
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                become(request)
            finally:
                os._exit(70)  # what `cli.run` lets through is ours, and no code of the program
        answers.write(json.dumps(attend(child, request["kill_after"])) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
