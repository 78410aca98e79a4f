"""The way that the README describes, from an empty folder to an accepted package."""

from __future__ import annotations

import json
import re
import shlex
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop import cli
from minzheng_desktop.benefits.plan import paid_form
from minzheng_desktop.benefits.rates import view_rates
from minzheng_desktop.demo.population import generate_households
from minzheng_desktop.demo.rosters import make_dibao_lines, write_dibao_roster
from minzheng_desktop.store.store import Store

TOWN = "500229201"
PASSWORD = "龙田乡-2026"


class Office:
    """A folder in which commands are run one after another, as a person would."""

    def __init__(
        self, folder: Path, capture: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.folder = folder
        self._capture = capture
        self._monkeypatch = monkeypatch
        monkeypatch.chdir(folder)
        monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)

    def minzheng(self, line: str, **env: str) -> dict[str, Any]:
        """Runs `minzheng <line> --json` and returns its object."""
        for name, value in env.items():
            self._monkeypatch.setenv(name, value)
        code = cli.run([*shlex.split(line), "--json"])
        out, err = self._capture.readouterr()
        assert code == 0, err.decode()
        body = json.loads(out)
        assert isinstance(body, dict)
        return body


@pytest.fixture
def office(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Office:
    return Office(tmp_path, capfdbinary, monkeypatch)


def write_roster(office: Office) -> None:
    """A clerk's roster of 60 households, two of which cannot be read and one of which stands twice."""
    with Store.open(office.folder / "town.db", password=PASSWORD) as store:
        divisions = store.catalog.divisions
        villages = [village.code for village in divisions.villages(TOWN)]
        found = list(islice(generate_households(villages=villages, seed=5, today=date(2026, 10, 1)), 60))
        with store.reading() as r:
            rates = view_rates(r, *paid_form(store.catalog, "dibao"))
        lines = make_dibao_lines(found, rates=rates, month="2026-10", seed=5)
        out = office.folder / "低保花名册.xlsx"
        write_dibao_roster(out, lines, town="龙田乡", month="2026-10", divisions=divisions)


def test_from_an_empty_folder_to_a_printed_ledger_and_an_accepted_package(office: Office) -> None:
    county_args = "--role county --division 500229 --user 李审核 --db county.db --demonstration"
    assert office.minzheng(f"init {county_args}")["recovery_key"]
    issued = office.minzheng(f"county enrol --division {TOWN} --out longtian.mzenrol --db county.db")
    town_args = f"--role township --division {TOWN} --user 王经办 --enrolment longtian.mzenrol --db town.db"
    office.minzheng(f"init {town_args} --demonstration", MINZHENG_PHRASE=issued["phrase"])

    write_roster(office)
    planned = office.minzheng("roster plan 低保花名册.xlsx --form dibao --errors 错行.xlsx --db town.db")
    assert planned["rejected"] == 3
    assert (office.folder / "错行.xlsx").exists()
    imported = office.minzheng("roster import 低保花名册.xlsx --form dibao --db town.db")
    assert imported["new"] == planned["new"] == planned["rows"] - 3

    month = "--form dibao --month 2026-10"
    assert office.minzheng(f"batch plan {month} --db town.db")["items"] == imported["new"]
    locked = office.minzheng(f"batch lock {month} --db town.db")
    assert locked["state"] == "locked"
    pdf = office.minzheng(f"batch print {month} --as pdf --out 花名册.pdf --db town.db")
    bank = office.minzheng(f"batch print {month} --as bank-xlsx --out 代发.xlsx --db town.db")
    assert pdf["rows"] == bank["rows"] == locked["items"]
    assert pdf["total"] == bank["total"] == locked["total"]
    assert Path(pdf["file"]).read_bytes().startswith(b"%PDF")

    exported = office.minzheng("export --out U盘 --db town.db")
    received = office.minzheng(f"county receive {exported['file']} --receipts U盘 --db county.db")
    package = received["packages"][0]
    assert (package["status"], package["new"]) == ("applied", exported["changes"])
    applied = office.minzheng(f"receipt apply {package['receipt']} --db town.db")
    assert applied["accepted"] == exported["changes"]
    for db in ("town.db", "county.db"):
        assert office.minzheng(f"audit verify --db {db}")["intact"] is True
    assert office.minzheng("export --out U盘 --db town.db")["changes"] == 0


def readme_commands(root: Path) -> list[str]:
    """Every command line of the README's blocks, continued lines joined, comments and environment left out."""
    text = (root / "README.md").read_text("utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line.partition("minzheng ")[2] for line in lines if re.match(r"(\w+=\S+ )?minzheng ", line)]


def test_every_command_of_the_readme_is_one_that_the_program_knows(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINZHENG_PASSWORD", "x")
    monkeypatch.setenv("MINZHENG_PHRASE", "x")
    commands = readme_commands(root)
    assert len(commands) > 10
    for line in commands:
        if line.startswith("gui"):
            continue
        code = cli.run(shlex.split(line))
        assert code in (0, 1), (line, capsys.readouterr().err)
