"""Members of a household through a roster: known by name only, joining and leaving when a change is agreed.

Issue 2, section E; domain §2.2 (people without a number) and §3.1③ (成员增减).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.store import households, schema
from tests.exchange.rosters.conftest import TODAY
from tests.exchange.rosters.test_import import HEADERS, counts, living, rows_of

MEMBERS = [*HEADERS, "成员姓名", "成员身份证号"]
AGREED = {"opinion": "同意", "document_no": "城民〔2026〕9号", "date": "2026-11-20"}


@pytest.fixture
def bring_in(office):
    from minzheng_desktop.exchange.rosters.commit import commit_roster
    from minzheng_desktop.exchange.rosters.planning import plan_roster

    def run(path: Path, **more: Any):
        return commit_roster(office, plan_roster(office, path, form="dibao", today=TODAY, **more))

    return run


def confirm(office) -> None:
    (record,) = living(office, "records")
    assert record["state"] == "change_pending"
    with office.writing("confirm") as w:
        casework.take_step(
            w, record["id"], "confirm_change", today=TODAY, asks=AGREED, actor="county", by="唐敏"
        )


def test_a_member_without_a_number_is_kept_by_name_and_waits_for_one(
    office, bring_in, write_roster, household_row, identity
):
    row = [*household_row(1), "李四；王五", ""]
    file = write_roster([row], headers=[*HEADERS, "成员姓名", "备注二"])
    done = bring_in(file)
    assert counts(done) == (1, 0, 0, 0)
    assert sum("待补号" in p.message for p in done.plan.problems) == 2
    nameless = rows_of(office, "people", schema.people.c.id_number.is_(None))
    assert sorted((p["name"], p["temp_number"]) for p in nameless) == [
        ("李四", "T500229001-2026-0001"), ("王五", "T500229001-2026-0002"),
    ]  # fmt: skip
    assert {p["id_missing_reason"] for p in nameless} == {"other"}
    assert len(living(office, "household_members")) == 3
    assert counts(bring_in(file)) == (0, 0, 1, 0)
    assert len(living(office, "people")) == 3


def test_a_number_for_somebody_known_by_name_is_no_newcomer(
    office, bring_in, write_roster, household_row, identity
):
    bring_in(write_roster([[*household_row(1), "李四"]], headers=[*HEADERS, "成员姓名"]))
    again = bring_in(write_roster([[*household_row(1), "李四", identity(11)]], headers=MEMBERS))
    assert again.plan.rows[0].changes == ()
    assert living(office, "records")[0]["state"] == "active"


def test_who_joins_and_who_leaves_when_the_change_is_agreed(
    office, bring_in, write_roster, household_row, identity
):
    """李四 and the new 赵六 stay, 王五 leaves; before the agreement nothing moves, after it the registers follow."""
    both = f"{identity(11)}；{identity(12)}"
    bring_in(write_roster([[*household_row(1), "李四；王五", both]], headers=MEMBERS))
    changed = f"{identity(11)}；{identity(13)}"
    bring_in(write_roster([[*household_row(1), "李四；赵六", changed]], headers=MEMBERS))
    assert [m["leave_date"] for m in living(office, "household_members")] == [None] * 3
    confirm(office)
    (record,) = living(office, "records")
    rows = {m["name"]: m for m in record["doc"]["members"]}
    assert rows["王五"]["leave_date"] == TODAY.isoformat()
    assert rows["王五"]["leave_reason"] == "other"
    assert rows["赵六"]["join_date"] == TODAY.isoformat()
    assert not rows["李四"].get("leave_date")
    with office.reading() as r:
        now = households.load_household(r, record["household"])
        names = {m["name"] for m in now.members}
        links = schema.record_people.c
        covered = sa.select(links.person).where(links.record == record["id"], links.role == "covered")
        people = {r.get("people", p)["name"] for p in r.connection.execute(covered).scalars()}
    assert names == {household_row(1)[2], "李四", "赵六"}
    assert "王五" not in people
    again = bring_in(write_roster([[*household_row(1), "李四；赵六", changed]], headers=MEMBERS))
    assert counts(again) == (0, 0, 1, 0)


def test_nobody_without_a_number_is_paid(office, bring_in, write_roster, household_row):
    """domain §2.2: 无号人员不得进入银行代发. The head has a number, so the household is planned in his name only."""
    bring_in(write_roster([[*household_row(1), "李四"]], headers=[*HEADERS, "成员姓名"]))
    plan = plan_batch(office, form="dibao", month="2026-12", today=TODAY)
    assert {item.id_number for item in plan.items} <= {living(office, "people")[0]["id_number"]}


def test_negative_and_absurd_figures(bring_in, write_roster, household_row):
    done = bring_in(write_roster([household_row(1, 家庭年收入=-5), household_row(2, 家庭年收入=90000000)]))
    assert counts(done)[3] >= 1
    wrong = [p for p in done.plan.problems if p.code == "number.negative"]
    assert [(p.row, p.level) for p in wrong] == [(3, "error")]
    assert "负数" in wrong[0].message
    assert [p.row for p in done.plan.problems if p.code == "money.huge"] == [4]
