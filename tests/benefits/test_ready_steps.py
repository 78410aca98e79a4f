"""Steps whose condition holds are proposed and taken together, each by itself (domain §3.6 到期, §3.9, §3.10)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng_desktop.benefits.ready_steps import automatic_steps, plan_ready, take_ready
from tests.journeys import test_goods as goods
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
    assert [s.key for s in automatic_steps(forms["entitlement_check"])] == ["list", "certify", "suspend"]


def test_rows_of_a_grid_are_registered_together_within_the_stock(town: ReliefTown) -> None:
    """Three quilts came in: of drafts for 2, 2 and 1 the second is refused, and one that lacks a thing is not ready."""
    campaign = goods.plan(town, "2026年夏季送清凉")
    goods.move(town, campaign, "in", 3, "2026-09-01", unit="床", price=8_550, source="1")
    town.walk(campaign, ["stock", "distribute"])
    drafts = [
        goods.entry(town, campaign, "give", pieces, "2026-09-05", town.person(name, "1950-01-02"))
        for name, pieces in (("吴道芸", 2), ("冉光福", 2), ("向世珍", 1))
    ]
    goods.entry(town, campaign, "give", 1, "2026-09-05", town.person("覃德秀", "1950-01-02"), handlers=[])
    done = take_ready(town.store, "goods", today=town.today)
    assert [(one.name, bool(one.message)) for one in done] == [
        ("吴道芸", False),
        ("冉光福", True),
        ("向世珍", False),
    ]
    assert "库存不够" in done[1].message
    assert [town.state(record) for record in drafts] == ["registered", "draft", "registered"]


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
