"""What falls due by itself: a certification for everybody in force, once a period (domain §3.10). Periods by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from minzheng_desktop.benefits.schedules import make_scheduled, period_of, plan_scheduled
from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import ReliefTown
from tests.journeys.test_entitlement_check import elder

FORM = "entitlement_check"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path, today=date(2024, 9, 10))
    yield made
    made.store.close()


@pytest.mark.parametrize(
    ("months", "name", "first", "last"),
    [
        (12, "2024", "2024-01-01", "2024-12-31"),
        (6, "2024H2", "2024-07-01", "2024-12-31"),
        (3, "2024Q3", "2024-07-01", "2024-09-30"),
    ],
)
def test_periods_of_a_year(months: int, name: str, first: str, last: str) -> None:
    found = period_of(date(2024, 9, 10), months)
    assert found is not None
    assert (found.name, found.first, found.last) == (name, first, last)
    assert period_of(date(2024, 9, 10), 5) is None


def test_everybody_in_force_once_and_nobody_else(town: ReliefTown) -> None:
    """Of four elders one died, one was certified in March, one is suspended: one is left."""
    today = town.today
    _, record = elder(town, "吴道芸")
    dead, _ = elder(town, "冉光福", "1932-01-02")
    _, seen = elder(town, "向世珍", "1931-01-02")
    _, held = elder(town, "覃德秀", "1930-01-02")
    with town.store.writing("facts") as w:
        w.put("people", {"id": dead, "death_date": "2024-08-01"})
    town.change(seen, last_check_date="2024-03-05", check_method="2")
    town.step(held, "suspend", reason="账户冻结", month="2024-10")
    made = make_scheduled(town.store, FORM, today=today)
    assert [(one.name, one.period.name, one.period.last, one.awards) for one in made] == [
        ("吴道芸", "2024", "2024-12-31", (record,))
    ]
    with town.store.reading() as r:
        form = town.store.catalog.forms[FORM]
        assert plan_scheduled(r, form, today=today) == ()
    assert make_scheduled(town.store, FORM, today=today) == ()
    # next year: certified last in 2024, so due again; who is still on last year's list is not listed twice
    made = make_scheduled(town.store, FORM, today=date(2025, 2, 3))
    assert [(one.name, one.period.name) for one in made] == [("向世珍", "2025")]


def test_a_form_without_a_schedule_makes_nothing(town: ReliefTown) -> None:
    with pytest.raises(UserError, match="没有定期要列出"):
        make_scheduled(town.store, "vagrant", today=town.today)
