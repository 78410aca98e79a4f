"""A real township database per test, copied from one made once, and the command line run inside the process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop import cli
from minzheng_desktop.benefits.plan import paid_form
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

PASSWORD = "一个口令-1"
TOWN = "500229001"
COUNTY = "500229"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def made_databases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with town.db and county.db, both demonstrations with one user 王主任 in every role."""
    folder = tmp_path_factory.mktemp("made")
    for name, role, division in (("town", "township", TOWN), ("county", "county", COUNTY)):
        store, _ = Store.create(
            folder / f"{name}.db",
            role=role,
            division=division,
            user="王主任",
            password=PASSWORD,
            demonstration=True,
            cost=CHEAP,
        )
        store.close()
    return folder


def _copy(made: Path, target: Path, name: str) -> Path:
    for file in made.glob(f"{name}.db*"):
        shutil.copy(file, target / file.name)
    return target / f"{name}.db"


@pytest.fixture
def town(made_databases: Path, tmp_path: Path) -> Path:
    """A township's database of its own for one test."""
    return _copy(made_databases, tmp_path, "town")


@pytest.fixture
def county(made_databases: Path, tmp_path: Path) -> Path:
    """A county's database of its own for one test."""
    return _copy(made_databases, tmp_path, "county")


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """run("people", "find", "张三", db=…) → the JSON object; `code` is the exit code that is expected."""
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    monkeypatch.setenv("MINZHENG_DEBUG", "1")

    def run(*arguments: object, db: Path | None = None, code: int = 0) -> dict[str, Any]:
        words = [str(a) for a in arguments] + (["--db", str(db)] if db else []) + ["--json"]
        found = cli.run(words)
        out, err = capfdbinary.readouterr()
        assert found == code, (words, out.decode(), err.decode())
        body = json.loads(out)
        assert isinstance(body, dict)
        if code == 0:
            assert not err, err.decode()
        else:
            assert body["error"]["message"] in err.decode()
        return body

    return run


@pytest.fixture(scope="session")
def dibao_roster(made_databases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clerk's roster of 30 households for 2026-10: the 12th row's id is damaged, the 17th has a wrong digit, the
    last repeats the first (see demo.rosters), so 28 of 31 rows can enter."""
    path = tmp_path_factory.mktemp("rosters") / "龙田乡农村低保.xlsx"
    with Store.open(made_databases / "town.db", password=PASSWORD) as store:
        villages = [village.code for village in store.catalog.divisions.villages(TOWN)]
        households = list(
            islice(generate_households(villages=villages, seed=11, today=date(2026, 10, 1)), 30)
        )
        with store.reading() as r:
            rates = view_rates(r, *paid_form(store.catalog, "dibao"))
        lines = make_dibao_lines(households, rates=rates, month="2026-10", seed=11)
        assert len(lines) == 30
        write_dibao_roster(path, lines, town="葛城街道", month="2026-10", divisions=store.catalog.divisions)
    return path


@pytest.fixture(scope="session")
def handed(made_databases: Path, dibao_roster: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with county.db, town.db enrolled there and a roster imported, and its first package on a stick."""
    folder = tmp_path_factory.mktemp("handed")
    for file in made_databases.glob("county.db*"):
        shutil.copy(file, folder / file.name)
    with Store.open(folder / "county.db", password=PASSWORD) as county:
        issued = issue_enrolment(county, division=TOWN, out=folder / "a.mzenrol", today=today(), cost=CHEAP)
    town, _ = start_office(
        folder / "town.db",
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
    with town:
        commit_roster(town, plan_roster(town, dibao_roster, form="dibao", today=today()))
        export(town, out=folder / "stick")
    return folder
