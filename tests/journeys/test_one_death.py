"""One death, from the funeral's registration to the last cent: every benefit of the person, its household, the money.

Standards are the seeds' examples: 农村低保 635.00 from 2024-09, 高龄 80 周岁 100.00 a year. Sums by hand (domain §8).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from minzheng_desktop.benefits import recovery
from minzheng_desktop.benefits.closing_steps import confirm_closings
from minzheng_desktop.benefits.closings import Closing, find_closings
from tests.journeys.relief import INVESTIGATION, SHOWN, VERIFICATION, ReliefTown

CASE = {
    "apply_channel": "1", "apply_date": "2026-09-02", "relative_of_staff": False, "town_result": "1",
    "town_opinion": "拟同意",
}  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


def closings(town: ReliefTown) -> list[Closing]:
    with town.store.reading() as r:
        return find_closings(r, today=town.today)


def in_dibao(town: ReliefTown, household: str, ids: list[str]) -> str:
    """Three people with 7,200.00 a year: (635 − 200) × 3 = 1,305.00 a month."""
    members = [
        {"key": p, "person": p, "relation": relation, "in_covered": True}
        for p, relation in zip(ids, ("02", "10", "41"), strict=True)
    ]
    doc = {
        **CASE, "dibao_type": "2", "dibao_class": "B", "calc_mode": "1", "poverty_cause": "09",
        "democratic_review": "到会 12 人，同意 12 人", "members": members,
        "incomes": [
            {"key": "1", "member": ids[0], "kind": "1", "source": "务农", "annual_amount": 720_000, "counted": True}
        ],
        "investigations": [INVESTIGATION], "verifications": [VERIFICATION],
    }  # fmt: skip
    record = town.save("dibao", doc, household=household)
    town.walk(record, ["submit", "accept", "investigate", "review"])
    town.change(record, publicity=[SHOWN])
    town.walk(record, ["publicize"])
    town.later(9)
    town.walk(record, ["end_publicity", "report", "confirm", "activate"])
    return record


def old_age(town: ReliefTown, person: str) -> str:
    record = town.save("elder_age", CASE, person=person)
    flow = town.store.catalog.forms["elder_age"].workflow
    road = ["submit", "accept", "investigate", "review", "report", "confirm", "activate"]
    assert town.walk(record, [step for step in road if step in flow.steps]) == "active"
    return record


def test_a_death_told_by_a_funeral_a_month_late(town: ReliefTown) -> None:
    household, ids = town.household(
        ("冉光明", "02", "1950-05-01"), ("何秀英", "10", "1946-06-01"), ("冉小山", "41", "2014-07-01")
    )
    grandmother = ids[1]
    town.account(ids[0], "冉光明")
    town.account(grandmother, "何秀英")
    dibao = in_dibao(town, household, ids)
    elder = old_age(town, grandmother)
    assert town.doc(dibao)["monthly_total"] == 130_500
    for month in ("2026-09", "2026-10", "2026-11"):
        assert town.lock("dibao", month).total == 130_500
    (third_quarter,) = town.lock("elder_age", "2026-09").items  # September alone: 100 ÷ 12
    assert third_quarter.total == 833
    assert closings(town) == []

    # she died on 12 October; the family comes on 3 December
    town.today = date(2026, 12, 3)
    son = town.person("冉启明", "1975-03-03")
    doc = {
        **CASE, "apply_date": "2026-12-03", "applicant": son, "applicant_kin": "20", "death_date": "2026-10-12",
        "death_cert_no": "TS2026-0101", "cremated": False, "burial_kind": "3", "burial_detail": "村公益性墓地",
    }  # fmt: skip
    funeral = town.save("funeral", doc, person=grandmother)
    town.step(funeral, "submit")
    found = {one.form: one for one in closings(town)}
    assert set(found) == {"dibao", "elder_age"}  # the funeral itself is paid because of the death
    household_change, stop = found["dibao"], found["elder_age"]
    # November on: (635 − 7,200 ÷ 12 ÷ 2) × 2 = (635 − 300) × 2 = 670.00; November was paid 1,305.00
    assert (household_change.kind, household_change.stop_month) == ("members", "2026-11")
    assert (household_change.before, household_change.now) == (130_500, 67_000)
    assert household_change.periods == (("2026-11", 63_500),)
    assert (stop.kind, stop.stop_month, stop.overpaid) == ("stop", "2026-11", 0)

    done = confirm_closings(town.store, [one.id for one in found.values()], today=town.today)
    assert [one.done for one in done] == [True, True], [one.message for one in done]
    assert (town.state(dibao), town.state(elder)) == ("change_pending", "stopped")
    assert all(one.waiting for one in closings(town))

    # the county agrees: from November, whenever it decides
    assert town.step(dibao, "confirm_change", document_no="城民〔2026〕31号") == "active"
    change = town.doc(dibao)["changes"][-1]
    assert (change["ground"], change["kind"], change["effective_month"]) == ("member", "down", "2026-11")
    assert (change["old_amount"], change["new_amount"]) == (130_500, 67_000)
    assert closings(town) == []

    # December pays 670.00 less what November had too much: 35.00; the recovery is settled by it
    plan = town.plan("dibao", "2026-12")
    (item,) = plan.items
    assert (item.base, item.deduct, item.total) == (67_000, 63_500, 3_500)
    town.lock("dibao", "2026-12")
    with town.store.reading() as r:
        (settled,) = recovery.list_recoveries(r)
    assert (settled.amount, settled.repaid, settled.state) == (63_500, 63_500, "closed")
    # the fourth quarter of 高龄津贴 is October alone: two months of the year are 16.67, the odd cent goes to the last
    (last,) = town.plan("elder_age", "2026-12").items
    assert last.total == 834
