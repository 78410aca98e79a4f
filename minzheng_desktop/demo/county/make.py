"""All townships and the county: each lives through the year, hands over, the county receives and reports."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.demo.county import plants
from minzheng_desktop.demo.county.dials import load_dials
from minzheng_desktop.demo.county.office import LEADER
from minzheng_desktop.demo.county.plans import plans
from minzheng_desktop.demo.county.town import Town
from minzheng_desktop.demo.county.year import live
from minzheng_desktop.demo.population import COUNTY
from minzheng_desktop.demo.township import COUNTY_USER, PASSWORD, USER, prepare_folder
from minzheng_desktop.exchange.first_start import start_office
from minzheng_desktop.store import users
from minzheng_desktop.values.dates import clock_at
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

LEAST_SCALE = 0.01
"""Below it there is not a household for every township."""
SECONDS_A_TOWN, SECONDS_AT_FULL_SCALE = 4, 400
"""Processor seconds that every township takes, and that all take together at scale 1 beside, on a plain laptop."""
_FACTS = {
    "vagrant_no_death_years": (21, "街面巡查和救助管理台账，连续多年没有街头冻饿病死亡"),
    "visit_mechanism": (1, "已建立特殊困难老年人探访关爱机制，附制度文件"),
    "care_center5_operating": (1, "第五老年养护中心投入运营"),
    "care_center6_main_done": (1, "第六养护中心主体工程完工"),
    "yanglao_cloud": (1, "“渝悦·养老”前期工作"),
}
"""What the county enters by hand: value and explanation."""

Say = Callable[[str], None]


class Job(msgspec.Struct, frozen=True):
    """What one process needs to make a township."""

    database: str
    stick: str
    division: str
    enrolment: str
    phrase: str
    part: int
    parts: int
    scale: float
    plan: dict[str, int]
    lists: dict[str, list[int]]


class Fault(msgspec.Struct, frozen=True, order=True):
    """A fault that was put in, or a finding: the check and the township."""

    rule: str
    division: str


class CountyDemonstration(msgspec.Struct, frozen=True):
    """What was made: the county's database, those of the townships in the order of their codes, the report."""

    folder: Path
    county: Path
    towns: tuple[Path, ...]
    report: Path
    figures: dict[str, Any]
    findings: tuple[Fault, ...]
    planted: tuple[Fault, ...]


def make_county(
    folder: Path, *, scale: float, today: date, say: Say, towns: int | None = None
) -> CountyDemonstration:
    """Make the county in `folder`, replacing an earlier demonstration there; `say` is told each step in Chinese.

    `towns` limits it to the first so many townships, among which everything is shared out.

    Raises UserError folder_not_empty, scale_wrong, demonstration_wrong.
    """
    if not LEAST_SCALE <= scale <= 1:
        raise UserError(
            "scale_wrong",
            f"规模写 {LEAST_SCALE} 到 1 之间的数，例如 0.05；1 是整县，太小分不到 25 个乡镇。没有生成。",
        )
    prepare_folder(folder)
    dials = load_dials()
    year_end = date(dials.year, 12, 31)
    county_db, stick = folder / "城口县.db", folder / "U盘"
    stick.mkdir()
    county, _ = start_office(
        county_db, role="county", division=COUNTY, user=COUNTY_USER, password=PASSWORD, today=today,
        demonstration=True,
    )  # fmt: skip
    with county:
        jobs = _jobs(county, folder, stick, scale=scale, today=today, towns=towns)
        workers = _workers(len(jobs))
        seconds = SECONDS_A_TOWN * len(jobs) + SECONDS_AT_FULL_SCALE * scale
        minutes = max(1, round(seconds / workers / 60))
        say(f"{len(jobs)} 个乡镇街道各过一年，{workers} 个同时做，大约要 {minutes} 分钟")
        packages = []
        planted: list[Fault] = []
        for done, (town, (package, faults)) in enumerate(_made(jobs, workers), start=1):
            packages.append(Path(package))
            planted += [Fault(rule, town) for rule in faults]
            say(f"{county.catalog.divisions.name(town)}：{dials.year} 年办完、上报（{done}/{len(jobs)}）")
        with _evening_of(year_end):
            say("县局接收上报包，回执")
            _receive(county, packages, stick, year_end)
            say("登记人工填报的事实，核查，出年度报告")
            figures, findings = _report(county, folder, dials.year, year_end)
    return CountyDemonstration(
        folder, county_db, tuple(Path(job.database) for job in jobs), folder / f"年度民生报告-{dials.year}.pdf",
        figures, findings, tuple(sorted(planted)),
    )  # fmt: skip


def _jobs(
    county: Store, folder: Path, stick: Path, *, scale: float, today: date, towns: int | None = None
) -> list[Job]:
    from minzheng_desktop.county.keys.enrolments import issue_enrolment

    divisions = county.catalog.divisions
    chosen = divisions.towns[:towns]
    weights = [len(divisions.villages(town.code)) for town in chosen]
    found = []
    for at, (town, (plan, lists)) in enumerate(zip(chosen, plans(load_dials(), weights, scale), strict=True)):
        issued = issue_enrolment(county, division=town.code, out=folder / f"{town.name}.mzenrol", today=today)
        found.append(
            Job(
                str(folder / f"{town.name}.db"), str(stick), town.code, str(issued.file), issued.phrase, at,
                len(weights), scale, plan, lists,
            )
        )  # fmt: skip
    return found


def _made(jobs: list[Job], workers: int) -> Iterator[tuple[str, tuple[str, list[str]]]]:
    """(code, (package, faults)) of each township as it is done."""
    if workers == 1:
        for job in jobs:
            yield job.division, make_town(job)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = {pool.submit(make_town, job): job for job in jobs}
        for future in as_completed(waiting):
            yield waiting[future].division, future.result()


def _workers(jobs: int) -> int:
    """How many townships are made at once: as many as there are processors, one in a bundle, which has no Python to
    start again."""
    if getattr(sys, "frozen", False) or jobs < 8:
        return 1
    return max(1, min(os.cpu_count() or 1, 4))


def make_town(job: Job) -> tuple[str, list[str]]:
    """Make a township's database, live through the year, and write its package.

    Returns the package's path and the checks for which faults were put in.
    """
    from minzheng_desktop.exchange.sending.chain import export

    dials = load_dials()
    store, _ = start_office(
        Path(job.database), role="township", division=job.division, user=USER, password=PASSWORD,
        today=datetime.now().astimezone().date(), demonstration=True, enrolment=Path(job.enrolment),
        phrase=job.phrase,
    )  # fmt: skip
    with store:
        users.add_user(store, name=LEADER, password=PASSWORD, roles=("town_leader",))
        town = Town(store, dials=dials, plan=job.plan, lists=job.lists, part=job.part, parts=job.parts)
        live(town)
        with _evening_of(date(dials.year, 12, 31)):
            done = export(store, out=Path(job.stick))
    assert done.file is not None
    return str(done.file), town.planted


@contextmanager
def _evening_of(day: date) -> Iterator[None]:
    with clock_at(f"{day.isoformat()}T18:00:00+08:00"):
        yield


def _receive(county: Store, packages: list[Path], stick: Path, today: date) -> None:
    from minzheng_desktop.county.receiving.receive import receive_files

    for done in receive_files(county, sorted(packages), today=today, receipts=stick):
        lost = done.count("held") + done.count("rejected")
        if done.status != "applied" or lost:
            raise UserError("demonstration_wrong", f"{done.file.name}：{done.reason or f'{lost} 行没有入库'}")


def _report(county: Store, folder: Path, year: int, today: date) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    from minzheng_desktop.checks.desk import run_checks
    from minzheng_desktop.documents.saving import save_made
    from minzheng_desktop.reports.annual import annual_data, annual_figures, make_annual_print
    from minzheng_desktop.reports.facts import enter_fact

    for key, (value, note) in _FACTS.items():
        enter_fact(county, key, value=Fraction(value), on=today, note=note, today=today)
    plants.at_the_county(county, f"{year}-12")
    morning = date(year + 1, 1, 2)  # a month is checked when it is over
    with clock_at(f"{morning.isoformat()}T09:00:00+08:00"):
        findings = run_checks(county, month=f"{year}-12", today=morning)
    with county.reading() as r:
        figures = annual_data(annual_figures(r, year))
    for as_ in ("pdf", "xlsx", "docx"):
        made = make_annual_print(county, year, as_=as_, printed_at=f"{year + 1}-01-06 09:00")
        save_made(county, folder / f"年度民生报告-{year}.{as_}", made, kind="annual_report")
    (folder / f"年度民生报告-{year}.json").write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    return figures, tuple(sorted(Fault(kept.finding.rule, kept.finding.division) for kept in findings))
