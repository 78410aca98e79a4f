"""Members of a household through a roster: known by name only, joining and leaving when a change is agreed.

Issue 2, section E; domain §2.2 (people without a number) and §3.1③ (成员增减).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.exchange.rosters.undo import plan_undo, undo_import
from minzheng_desktop.store import households, schema
from minzheng_desktop.values.id_number import mask_id_number
from tests.exchange.rosters.conftest import TODAY
from tests.exchange.rosters.test_import import HEADERS, counts, living, rows_of

MEMBERS = [*HEADERS, "成员姓名", "成员身份证号"]
AGREED = {"opinion": "同意", "document_no": "城民〔2026〕9号", "date": "2026-11-20"}


@pytest.fixture
def bring_in(office):
    from minzheng_desktop.exchange.rosters.commit import commit_roster
    from minzheng_desktop.exchange.rosters.planning import plan_roster

    def run(path: Path, **more: Any):
        return commit_roster(office, plan_roster(office, path, **{"form": "dibao", "today": TODAY, **more}))

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
    given = write_roster([[*household_row(1), "李四", identity(11)]], headers=MEMBERS)
    again = bring_in(given)
    assert again.plan.rows[0].changes == (f"成员李四：补上证号 {mask_id_number(identity(11))}",)
    (record,) = living(office, "records")
    assert record["state"] == "active"
    (known,) = rows_of(office, "people", schema.people.c.name == "李四")
    assert known["id_number"] == identity(11)
    assert known["id_missing_reason"] is None
    assert known["birth_date"] == f"{identity(11)[6:10]}-{identity(11)[10:12]}-{identity(11)[12:14]}"
    assert {m["name"]: m.get("id_number") for m in record["doc"]["members"]}["李四"] == identity(11)
    assert counts(bring_in(given)) == (0, 0, 1, 0)
    plan = plan_undo(office, again.import_id)
    undo_import(office, plan)
    (known,) = rows_of(office, "people", schema.people.c.name == "李四")
    assert (known["id_number"], known["id_missing_reason"]) == (None, "other")


def test_nobody_is_doubled_by_his_name(office, bring_in, write_roster, household_row, identity):
    """Listed without numbers, the head and a member with a number are who they are; the same in another form."""
    row = household_row(1)
    bring_in(write_roster([[*row, "李四", identity(11)]], headers=MEMBERS))
    by_name = write_roster([[*row, f"{row[2]}；李 四；王五；王五", ""]], headers=MEMBERS)
    done = bring_in(by_name)
    assert done.plan.rows[0].changes == ("家庭成员：增加王五（变更待批）",)
    assert [p.code for p in done.plan.rows[0].problems] == ["member.no_number", "member.repeated"]
    confirm(office)
    assert sorted(p["name"] for p in living(office, "people")) == sorted([row[2], "李四", "王五"])
    assert len(living(office, "household_members")) == 3
    assert counts(bring_in(by_name)) == (0, 0, 1, 0)
    edge = write_roster(
        [["棉沙村", row[2], row[3], 3, 3, 11160, "李四；王五", "2024-01-05", "农村"]],
        headers=("村", "户主姓名", "户主身份证号", "家庭人口", "低边人数", "年收入", "成员姓名", "认定日期", "城乡"),
        name="低保边缘.xlsx",
    )  # fmt: skip
    other = bring_in(edge, form="dibian")
    assert counts(other) == (1, 0, 0, 0), other.plan.problems
    assert len(living(office, "people")) == 3
    assert len(living(office, "household_members")) == 3
    members = next(r for r in living(office, "records") if r["form"] == "dibian")["doc"]["members"]
    assert {m["name"] for m in members} == {row[2], "李四", "王五"}


def test_a_name_is_found_again_in_the_next_year(office, bring_in, write_roster, household_row):
    """The serials of temporary numbers begin anew each year; the people do not."""
    file = write_roster([[*household_row(1), "李四"]], headers=[*HEADERS, "成员姓名"])
    bring_in(file)
    later = bring_in(file, today=date(2027, 2, 1))
    assert counts(later) == (0, 0, 1, 0)
    assert len(living(office, "people")) == 2


def test_names_that_do_not_tell_who_are_refused(office, bring_in, write_roster, household_row, identity):
    """Two members of one name, and one name with two numbers: the row comes back, nothing is guessed."""
    bring_in(
        write_roster([[*household_row(1), "李四；李四", f"{identity(11)}；{identity(12)}"]], headers=MEMBERS)
    )
    bring_in(write_roster([[*household_row(2), "钱六", identity(13)]], headers=MEMBERS))
    unclear = bring_in(write_roster([[*household_row(1), "李四", ""]], headers=MEMBERS))
    assert [p.code for p in unclear.plan.rows[0].problems] == ["member.unclear"]
    other = bring_in(write_roster([[*household_row(2), "钱六", identity(14)]], headers=MEMBERS))
    assert [(p.code, p.level) for p in other.plan.rows[0].problems] == [("member.other_number", "error")]
    assert identity(13)[6:14] not in other.plan.rows[0].problems[0].message
    assert len(living(office, "people")) == 5


def test_a_son_of_his_fathers_name_is_another_person(office, bring_in, write_roster, household_row, identity):
    """Head and member of one name, each with a number of his own (§11.3: a name alone tells nobody)."""
    row = household_row(1)
    file = write_roster([[*row, row[2], identity(11)]], headers=MEMBERS)
    first = bring_in(file)
    assert counts(first) == (1, 0, 0, 0), first.plan.problems
    assert [p.code for p in first.plan.rows[0].problems if p.level == "warning"] == ["member.namesake"]
    assert counts(bring_in(file)) == (0, 0, 1, 0)
    assert {p["id_number"] for p in living(office, "people")} == {row[3], identity(11)}


def test_a_number_that_belongs_to_somebody_else_is_not_given(
    office, bring_in, write_roster, household_row, identity
):
    bring_in(
        write_roster([[*household_row(1), "李四"], [*household_row(2), ""]], headers=[*HEADERS, "成员姓名"])
    )
    taken = household_row(2)[3]
    again = bring_in(write_roster([[*household_row(1), "李四", taken]], headers=MEMBERS))
    assert [p.code for p in again.plan.rows[0].problems] == ["member.number_kept"]
    assert again.plan.rows[0].changes == ()
    assert len(living(office, "people")) == 3


def test_a_member_who_died_leaves_by_death(office, bring_in, write_roster, household_row, identity):
    """The register knows the day; the roster only that he is gone (domain §2.5 leave_reason)."""
    bring_in(
        write_roster([[*household_row(1), "李四；王五", f"{identity(11)}；{identity(12)}"]], headers=MEMBERS)
    )
    with office.writing("death") as w:
        row = w.one(sa.select(schema.people).where(schema.people.c.id_number == identity(12)))
        w.put("people", {"id": row["id"], "alive_status": "2", "death_date": "2026-10-03"})
    bring_in(write_roster([[*household_row(1), "李四", identity(11)]], headers=MEMBERS))
    confirm(office)
    left = rows_of(office, "household_members", schema.household_members.c.leave_date.is_not(None))
    assert [(m["leave_date"], m["leave_reason"]) for m in left] == [("2026-10-03", "death")]


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
    assert rows["王五"]["leave_date"] == "2026-11-20"  # the day of the decision
    assert rows["王五"]["leave_reason"] == "other"
    assert rows["赵六"]["join_date"] == "2026-11-20"
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
