"""Steps whose condition holds are proposed and taken together, each by itself (domain §3.6 到期, §3.9, §3.10)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng_desktop.benefits.ready_steps import automatic_steps, plan_ready, take_ready
from tests.journeys.relief import ReliefTown
from tests.journeys.test_gangxing import family, in_force


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


def test_a_recognition_runs_out_with_its_year(town: ReliefTown) -> None:
    record = family(town)
    in_force(town, record)  # until 22 September 2027
    form = town.store.catalog.forms["gangxing"]
    assert [step.key for step in automatic_steps(form)] == ["expire"]
    town.later(364)
    with town.store.reading() as r:
        assert plan_ready(r, form, today=town.today) == ()
    town.later(1)
    done = take_ready(town.store, "gangxing", today=town.today)
    assert [(one.name, one.step, one.message) for one in done] == [("白素珍", "expire", "")]
    assert town.state(record) == "expired"


def test_steps_that_ask_something_or_have_no_condition_are_left_to_people(town: ReliefTown) -> None:
    forms = town.store.catalog.forms
    assert automatic_steps(forms["dibao"]) == ()
    assert [s.key for s in automatic_steps(forms["entitlement_check"])] == ["certify", "suspend"]


def test_applications_with_a_result_are_closed_together(town: ReliefTown) -> None:
    made = []
    for at in (1, 2):
        person = town.person(f"冉光福{at}", "1966-04-05")
        doc = {
            "channel": "online",
            "ext_no": f"CQ{at}",
            "applied_on": "2026-09-02",
            "benefit": "dibao",
            "result": "1",
        }
        record = town.save("online_apply", doc, person=person)
        town.step(record, "register")
        made.append(record)
    done = take_ready(town.store, "online_apply", today=town.today)
    assert [one.message for one in done] == ["", ""]
    assert [town.state(record) for record in made] == ["closed", "closed"]
