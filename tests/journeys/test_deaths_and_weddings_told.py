"""What funerals and marriages set going elsewhere: stops, checks, reviews (domain §6.1③, §6.4⑥, C02, C04, C17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from minzheng_desktop.benefits.closings import find_closings
from minzheng_desktop.checks.desk import run_checks
from minzheng_desktop.checks.finding import Finding
from minzheng_desktop.checks.reviews import find_reviews
from tests.journeys.relief import ReliefTown
from tests.journeys.test_children_services import covered
from tests.journeys.test_funerals import (
    ACCOUNT,
    INSPECTED,
    MOVED,
    ROAD,
    council,
    funeral,
    grave,
    place,
    report,
)
from tests.journeys.test_social_affairs import wed


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


def found(town: ReliefTown, month: str, rule: str) -> list[Finding]:
    kept = run_checks(town.store, month=month, today=town.today)
    return [k.finding for k in kept if k.finding.rule == rule]


def aged(town: ReliefTown) -> str:
    """Somebody of 96 with 高龄津贴 in force."""
    person = town.person("向大田", "1930-02-01")
    facts = {"apply_channel": "1", "apply_date": "2026-08-03", "relative_of_staff": False, "town_result": "1"}
    doc = {**facts, "town_opinion": "属实", "account": {**ACCOUNT, "name": "向大田"}}
    record = town.save("elder_age", doc, person=person)
    town.walk(record, ["submit", "accept", "investigate", "review", "report", "confirm"])
    return person


def test_a_funeral_ends_what_the_dead_drew_and_not_itself(town: ReliefTown) -> None:
    dead = aged(town)
    home = place(town, "城口县殡仪馆", "funeral_home", "1")
    record = town.save("funeral", funeral(town, home), person=dead)
    town.walk(record, ROAD)
    with town.store.reading() as r:
        closings = find_closings(r, today=town.today)
    assert [(c.form, c.people[0].died) for c in closings] == [("elder_age", "2026-09-08")]
    town.lock("funeral", "2026-10")
    town.today = date(2026, 10, 20)
    assert {f.form for f in found(town, "2026-10", "C02")} == {"elder_age"}


def test_two_graves_of_one_family_are_no_repeated_help(town: ReliefTown) -> None:
    yard = place(town, "东山公墓", "cemetery", "2", capacity=500, approve_doc="城民〔2020〕3号")
    first = grave(town, yard)
    for plot in ("3-12", "3-13"):
        record = town.save("grave_move", {**first, "plot_no": plot, **MOVED, **INSPECTED})
        town.walk(record, ["survey", "consent", "move", "green", "accept"])
    plan = town.lock("grave_move", "2026-09")
    assert [i.total for i in plan.items] == [300_000, 300_000]
    assert found(town, "2026-09", "C04") == []


def test_a_marriage_asks_for_a_new_look_at_dibao_and_a_new_certificate_does_not(town: ReliefTown) -> None:
    man, woman = town.person("冉小军", "1999-01-01"), town.person("向小兰", "2001-02-02", sex="2")
    other, bride = town.person("谭明", "1990-01-01"), town.person("田芳", "1992-01-01", sex="2")
    town.today = date(2026, 10, 20)
    for person in (man, other):
        covered(town, person)  # type: ignore[arg-type]
    town.step(wed(town, man, woman), "register")
    again = wed(town, other, bride, "BJ500229-2026-000003", kind="3", man_before=None, woman_before=None)
    town.step(again, "register")
    with town.store.writing("start") as w:  # both households began before the summer
        w.connection.exec_driver_sql("update records set start_month = '2026-06' where form = 'dibao'")
    with town.store.reading() as r:
        told = [one for one in find_reviews(r, today=town.today) if "婚姻登记" in one.message]
    assert [one.name for one in told] == ["冉小军"]


class TestZeros:
    """C17: a zero has to be said."""

    def test_a_month_that_nobody_reported(self, town: ReliefTown) -> None:
        facts = {"kind": "9", "happened_on": "2026-07-31", "reporter": "周晓岚"}
        assert found(town, "2026-07", "C17") == []  # the register is not kept yet
        town.step(town.save("funeral_petition", facts), "register")
        assert found(town, "2026-07", "C17") == []
        assert found(town, "2026-09", "C17") == []  # not over yet
        (silent,) = found(town, "2026-08", "C17")
        assert "2026年8月没有登记殡葬上访、舆情，也没有零报告" in silent.message
        town.step(town.save("funeral_petition", {**facts, "happened_on": "2026-08-31"}), "register")
        assert found(town, "2026-08", "C17") == []

    def test_deaths_without_a_funeral(self, town: ReliefTown) -> None:
        board = council(town)
        july = {"death_date": "2026-07-02", "reported_on": "2026-07-03", "guided_on": "2026-07-03"}
        record = town.save(
            "civil_funeral", report(town, board, **july), person=town.person("冉大海", "1941-02-01")
        )
        town.step(record, "report")
        assert found(town, "2026-08", "C17") == []  # nobody died
        dead = town.person("向大田", "1941-02-01")
        with town.store.writing("police") as w:
            w.put(
                "people",
                {"id": dead, "alive_status": "2", "death_date": "2026-08-07", "death_source": "police"},
            )
        (silent,) = found(town, "2026-08", "C17")
        assert "登记死亡 1 人，没有一件丧事报备" in silent.message
