"""The command line as a user runs it, each command in a process of its own, and what every refusal has in common."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "一个口令-1"
KILLED = -9


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code, the bytes on both streams, and how long it ran."""

    code: int
    out: bytes
    err: bytes
    seconds: float

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def said(self) -> str:
        return self.err.decode()


class CommandLine:
    """Starts commands; `folder` keeps their output, `env` is laid over the environment of each."""

    def __init__(self, root: Path, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.env = dict(env)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.warm"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def run(
        self,
        *words: object,
        db: Path | None = None,
        env: Mapping[str, str] | None = None,
        kill_after: float | None = None,
        file_limit: int | None = None,
    ) -> Done:
        """Run `minzheng WORDS --db DB --json` to its end; killed after so many seconds, when given."""
        argv = [str(w) for w in words] + (["--db", str(db)] if db else []) + ["--json"]
        return self.ask("minzheng", argv, env=env, kill_after=kill_after, file_limit=file_limit)

    def ask(
        self,
        runs: str,
        argv: list[str],
        *,
        env: Mapping[str, str] | None = None,
        kill_after: float | None = None,
        file_limit: int | None = None,
    ) -> Done:
        """Run one of the things that `warm` knows, with these arguments, in a process of its own."""
        out, err = self.folder / "stdout", self.folder / "stderr"
        request = {
            "runs": runs,
            "argv": argv,
            "env": {**self.env, **(env or {})},
            "out": str(out),
            "err": str(err),
            "kill_after": kill_after,
            "file_limit": file_limit,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        ended = json.loads(self._process.stdout.readline())
        return Done(ended["code"], out.read_bytes(), err.read_bytes(), ended["seconds"])

    def do(self, *words: object, db: Path | None = None, **more: Any) -> dict[str, Any]:
        """Run a command that must succeed and return its object."""
        done = self.run(*words, db=db, **more)
        assert done.code == 0, done.said
        assert not done.err, done.said
        return done.data


def refused(done: Done, code: str) -> str:
    """The sentence of a command that did nothing: exit 1, the same Chinese sentence on stderr and in the JSON,
    saying what happened and what was kept or what to do; returns it."""
    assert done.code == 1, (done.code, done.said)
    error = done.data["error"]
    assert error["code"] == code, error
    assert done.said.startswith(error["message"])
    plain(error["message"])
    return str(error["message"])


def plain(sentence: str) -> None:
    """A sentence for a clerk: Chinese, at least two parts (what happened; what was kept or what to do), nothing of
    the machine room."""
    assert re.search("[\u4e00-\u9fff]{4}", sentence), sentence
    assert sentence.endswith(("。", "？")), sentence
    assert len(re.findall("[。；，]", sentence)) >= 2, sentence
    for never in ("您", "请稍候", "！", "!", "Traceback", "Error", "Errno", "sqlite", "None"):
        assert never not in sentence, sentence
