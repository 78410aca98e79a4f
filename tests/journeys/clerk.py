"""A clerk at the command line: runs `minzheng` in this process and reads what it writes, nothing else."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from minzheng_desktop.cli import run

PASSWORD = "龙田-2024-口令"

# GB 11643 weights and check characters, written out here so that expected numbers do not come from the program.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def id_number(born: str, sequence: int, prefix: str = "500229") -> str:
    """An invented 18-digit number: prefix, birth date YYYYMMDD, three-digit sequence, GB 11643 check digit."""
    first17 = f"{prefix}{born}{sequence:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True))
    return first17 + _CHECKS[total % 11]


def id_ending_x(born: str, start: int = 100) -> str:
    """The first invented number from this sequence on whose check digit is X."""
    return next(n for n in (id_number(born, s) for s in range(start, start + 40)) if n.endswith("X"))


class Ran(NamedTuple):
    """One run: exit code, the JSON object (None without --json), and both streams as text."""

    code: int
    data: Any
    out: str
    err: str


def run_captured(*arguments: str, password: str | None = PASSWORD, phrase: str | None = None) -> Ran:
    """Runs one command line in this process with its own streams and environment."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setattr(sys, "stdin", io.StringIO(""))
        for name, value in (("MINZHENG_PASSWORD", password), ("MINZHENG_PHRASE", phrase)):
            if value is None:
                patch.delenv(name, raising=False)
            else:
                patch.setenv(name, value)
        code = run(arguments)
    texts = [stream.buffer.getvalue().decode("utf-8") for stream in (out, err)]  # type: ignore[attr-defined]
    data = json.loads(texts[0]) if "--json" in arguments else None  # json.loads refuses anything after it
    assert data is None or isinstance(data, dict)
    return Ran(code, data, *texts)


class Clerk:
    """One database and the person who works in it."""

    def __init__(self, db: Path) -> None:
        self.db = db

    def run(self, *arguments: object, **more: Any) -> Ran:
        """Any command, with --db and --json at its end."""
        return run_captured(*map(str, arguments), "--db", str(self.db), "--json", **more)

    def do(self, *arguments: object, **more: Any) -> Any:
        """A command that has to end with 0; its JSON."""
        ran = self.run(*arguments, **more)
        assert ran.code == 0, ran.out + ran.err
        return ran.data

    def refused(self, *arguments: object, **more: Any) -> Ran:
        """A command that has to end with 1, a Chinese sentence on stderr, and the error object on stdout."""
        ran = self.run(*arguments, **more)
        assert ran.code == 1, ran.out + ran.err
        assert set(ran.data) <= {"error", "problems"}
        of_a_file = {"file", "from", "letter", "number", "reason"}
        assert set(ran.data["error"]) in ({"code", "message"}, {"code", "message", *of_a_file})
        assert ran.data["error"]["code"] != "internal", ran.data
        assert ran.data["error"]["message"] in ran.err
        assert any("一" <= character <= "鿿" for character in ran.err)
        return ran

    def roster(self, file: Path, form: str = "dibao", *more: object) -> Any:
        """Imports a roster; checks the sums that the issue promises of every answer."""
        return self.checked(self.do("roster", "import", file, "--form", form, *more))

    def planned(self, file: Path, form: str = "dibao", *more: object) -> Any:
        """Plans a roster without writing."""
        return self.checked(self.do("roster", "plan", file, "--form", form, *more))

    @staticmethod
    def checked(data: Any) -> Any:
        """rows = new + updated + unchanged + rejected; each rejected row has an error; the words are the four."""
        assert data["rows"] == data["new"] + data["updated"] + data["unchanged"] + data["rejected"], data
        wrong = {(p["sheet"], p["row"]) for p in data["problems"] if p["level"] == "error"}
        assert len(wrong) == data["rejected"], data
        for problem in data["problems"]:
            assert set(problem) == {"sheet", "row", "column", "level", "message"}
            assert problem["level"] in ("error", "warning", "info")
        return data

    def records(self, form: str = "dibao", *more: object) -> list[Any]:
        """The records of a form, as stored."""
        listed = self.do("record", "list", "--form", form, *more)["records"]
        return [self.do("record", "show", one["id"]) for one in listed]

    def people(self, text: str) -> list[Any]:
        """Who is found under this text."""
        return list(self.do("people", "find", text)["people"])


def make_site(folder: Path, role: str = "township", division: str = "500229201", *more: str) -> Clerk:
    """A new database of this role; --demonstration is among `more` where a test locks a month."""
    clerk = Clerk(folder / f"{role}-{division}.db")
    clerk.do("init", "--role", role, "--division", division, "--user", "王经办", *more)
    return clerk


def copy_site(made: Clerk, folder: Path) -> Clerk:
    """The same database in another folder: cheaper than making one for each test."""
    for file in made.db.parent.glob(made.db.name + "*"):
        if file.is_file():
            shutil.copy2(file, folder / file.name)
        else:
            shutil.copytree(file, folder / file.name)
    return Clerk(folder / made.db.name)


def problems_of(data: Any, row: int, level: str | None = None, sheet: str | None = None) -> list[str]:
    """What is said of a row, as Excel numbers it."""
    return [
        f"{p['column']}：{p['message']}"
        for p in data["problems"]
        if p["row"] == row and level in (None, p["level"]) and sheet in (None, p["sheet"])
    ]


def write_scan(path: Path) -> Path:
    """A scan as small as one can be: a JPEG's first and last marks with its name between, so that no two are alike."""
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + path.name.encode() + b"\xff\xd9")
    return path
