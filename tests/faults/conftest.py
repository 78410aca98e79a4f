"""Offices that things go wrong in: real databases at several stages of the journey, and the real command line."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from minzheng_desktop.benefits.lock import EVERY, lock_batch
from minzheng_desktop.benefits.plan import paid_form, plan_batch
from minzheng_desktop.benefits.rates import view_rates
from minzheng_desktop.commands.frame import today
from minzheng_desktop.county.keys.enrolments import issue_enrolment
from minzheng_desktop.demo.population import generate_households
from minzheng_desktop.demo.rosters import make_dibao_lines, write_dibao_roster
from minzheng_desktop.exchange.first_start import start_office
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.exchange.sending.chain import export
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from tests.exchange.offices import County, Town, join, new_county, new_town
from tests.faults.commandline import PASSWORD, CommandLine
from tests.faults.disks import Disk

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
COUNTY, TOWN = "500229", "500229001"
MONTH = "2026-10"
AS_OF = date(2026, 10, 1)
"""The day by which the invented people have their ages, so that they are the same on every day."""
HOUSEHOLDS = 30


@dataclass(frozen=True)
class Office:
    """A township and its county in one folder."""

    folder: Path

    @property
    def town(self) -> Path:
        return self.folder / "town.db"

    @property
    def county(self) -> Path:
        return self.folder / "county.db"

    @property
    def roster(self) -> Path:
        """30 households for 2026-10; 28 of its 31 rows can enter (see demo.rosters)."""
        return self.folder / "低保花名册.xlsx"

    @property
    def stick(self) -> Path:
        return self.folder / "U盘"

    @property
    def package(self) -> Path:
        (found,) = self.stick.glob("*.mzpkg")
        return found


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    made = new_county(tmp_path / "county")
    yield made
    made.store.close()


@pytest.fixture
def town(tmp_path: Path, county: County) -> Iterator[Town]:
    made = new_town(tmp_path / "town")
    join(made, county)
    yield made
    made.store.close()


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder a stage: `joined` (enrolled), `imported` (a roster), `locked` (October), `packed` (on a stick)."""
    folder = tmp_path_factory.mktemp("stages")
    office = Office(folder / "now")
    office.folder.mkdir()
    _join(office)
    for stage, go_on in STAGES.items():
        with Store.open(office.town, password=PASSWORD) as town:
            go_on(town, office)
        shutil.copytree(office.folder, folder / stage)
    return folder


def _join(office: Office) -> None:
    county, _ = Store.create(
        office.county,
        role="county",
        division=COUNTY,
        user="王主任",
        password=PASSWORD,
        demonstration=True,
        cost=CHEAP,
    )
    with county:
        out = office.folder / "a.mzenrol"
        issued = issue_enrolment(county, division=TOWN, out=out, today=today(), cost=CHEAP)
    town, _ = start_office(
        office.town,
        role="township",
        division=TOWN,
        user="王主任",
        password=PASSWORD,
        today=today(),
        demonstration=True,
        enrolment=issued.file,
        phrase=issued.phrase,
        cost=CHEAP,
    )
    town.close()


def _write_roster(town: Store, office: Office) -> None:
    divisions = town.catalog.divisions
    villages = [village.code for village in divisions.villages(TOWN)]
    households = list(islice(generate_households(villages=villages, seed=11, today=AS_OF), HOUSEHOLDS))
    with town.reading() as r:
        rates = view_rates(r, *paid_form(town.catalog, "dibao"))
    lines = make_dibao_lines(households, rates=rates, month=MONTH, seed=11)
    write_dibao_roster(office.roster, lines, town="葛城街道", month=MONTH, divisions=divisions)


STAGES: dict[str, Callable[[Store, Office], object]] = {
    "joined": _write_roster,
    "imported": lambda town, office: commit_roster(
        town, plan_roster(town, office.roster, form="dibao", today=today())
    ),
    "locked": lambda town, _: lock_batch(
        town, plan_batch(town, form="dibao", month=MONTH), reasons={EVERY: "随花名册导入"}
    ),
    "packed": lambda town, office: export(town, out=office.stick),
}


@pytest.fixture
def at(stages: Path, tmp_path: Path) -> Callable[[str], Office]:
    """at("imported") → a fresh copy of the office at this stage; every call makes one."""
    made: list[Office] = []

    def at(stage: str) -> Office:
        made.append(Office(tmp_path / f"{stage}-{len(made)}"))
        shutil.copytree(stages / stage, made[-1].folder)
        return made[-1]

    return at


@pytest.fixture(scope="session")
def _started(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[CommandLine]:
    if not hasattr(os, "fork"):
        pytest.skip("needs a system that forks processes")
    folder = tmp_path_factory.mktemp("commands")
    env = {"MINZHENG_PASSWORD": PASSWORD, "MINZHENG_DATA": str(folder / "data")}
    line = CommandLine(root, folder, env)
    yield line
    line.end()


@pytest.fixture
def minzheng(_started: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line, its temporary files and its data folder in an empty folder of this test."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    own = {"TMPDIR": str(temporary), "MINZHENG_DATA": str(tmp_path / "data")}
    monkeypatch.setattr(_started, "env", {**_started.env, **own})
    return _started


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "盘")
    if not made.mount(12_288):
        pytest.skip("needs the right to mount a small file system")
    yield made
    made.unmount()
