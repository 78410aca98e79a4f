"""Deciding, the list of what waits for the county, and the summary by township."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.replies.decisions import decide, waiting_records
from minzheng_desktop.county.summary import summarise_towns
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import Reading
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import XIUQI, County, Town


def decisions_of(r: Reading, record: str) -> list[dict[str, Any]]:
    d = schema.decisions
    return r.rows(sa.select(d).where(d.c.record == record).order_by(d.c.at, d.c.id))


def sent(town: Town, county: County) -> Path:
    done = town.export()
    assert done.file is not None
    assert county.receive(done.file)[0].status == "applied"
    return done.file


def refusal(county: County, records: list[str], **how: Any) -> UserError:
    with pytest.raises(UserError) as error:
        decide(county.store, records, **{"kind": "return", "text": "缺材料", "number": "", **how})
    return error.value


def test_waiting_records_show_what_can_be_decided(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    town.add_people(2)
    sent(town, county)
    with county.store.reading() as r:
        waiting = waiting_records(r)
    assert [one.record for one in waiting] == [record]
    one = waiting[0]
    assert (one.form_title, one.town, one.state_title) == ("高龄津贴", "修齐镇", "已上报")
    assert one.kinds == ("confirm", "return", "deny")
    assert (one.name, one.birth_date, one.decided) == ("测试001", "1940-01-01", "")
    decide(county.store, [record], kind="return", text="缺材料", number="")
    with county.store.reading() as r:
        assert waiting_records(r)[0].decided == "return"
        assert waiting_records(r, division="500229102") == []
        assert [row["kind"] for row in decisions_of(r, record)] == ["return"]


def test_a_decision_never_writes_the_townships_record(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    sent(town, county)
    with county.store.reading() as r:
        before = r.get("records", record)
    decide(county.store, [record], kind="confirm", text="", number="31号")
    with county.store.reading() as r:
        assert r.get("records", record) == before


def test_what_cannot_be_decided_is_named_and_nothing_is_written(town: Town, county: County) -> None:
    record, other = town.add_reported_elder(), town.add_reported_elder()
    with town.store.writing("test") as w:
        town.move(w, other, "withdraw", "withdrawn")
    sent(town, county)
    assert refusal(county, []).code == "nothing_to_decide"
    assert refusal(county, [record], kind="approve").code == "unknown_kind"
    assert "没有这条记录" in refusal(county, ["nobody"]).message
    assert "理由" in refusal(county, [record], text=" ").message
    assert "批复文号" in refusal(county, [record], kind="deny").message
    both = refusal(county, [record, other])
    assert [problem.path for problem in both.problems] == [other]
    assert "已撤回" in both.message
    with county.store.reading() as r:
        assert decisions_of(r, record) == []
    decide(county.store, [record, record], kind="return", text="缺材料", number="")
    assert "等乡镇回执" in refusal(county, [record]).message


def test_a_township_cannot_decide(town: Town) -> None:
    with pytest.raises(UserError) as error:
        decide(town.store, ["x"], kind="confirm", text="", number="1")
    assert error.value.code == "not_a_county"


def test_the_summary_has_every_township_once(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    sent(town, county)
    decide(county.store, [record], kind="return", text="缺材料", number="")
    with county.store.reading() as r:
        summary = summarise_towns(r, month="2026-11")
        codes = [one.code for one in r.store.catalog.divisions.towns]
    assert [one.division for one in summary] == codes
    own = next(one for one in summary if one.division == XIUQI)
    assert (own.laptops, own.last_number, own.people, own.undelivered_decisions) == (1, 1, 1, 1)
    assert own.program
    others = [one for one in summary if one.division != XIUQI]
    assert {(one.last_number, one.people, one.total) for one in others} == {(0, 0, 0)}


def test_a_township_cannot_settle_a_decision_on_another_record(town: Town, county: County) -> None:
    record, other = town.add_reported_elder(), town.add_reported_elder()
    sent(town, county)
    (decision,) = decide(county.store, [record], kind="return", text="缺材料", number="").ids
    with town.store.writing("test") as w:
        step = {"owner": XIUQI, "record": other, "step": "return", "to_state": "county_returned"}
        w.put(
            "steps", {**step, "at": w.at, "actor": "county", "by": "唐敏", "ground": {"decision": decision}}
        )
    sent(town, county)
    with county.store.reading() as r:
        assert decisions_of(r, record)[0]["state"] == "issued"


def test_a_step_in_the_countys_name_that_it_did_not_decide_is_asked_about(town: Town, county: County) -> None:
    """It enters (a township's rows are its own), settles no decision, and stands in the receipt as a question."""
    first, second, third = (town.add_reported_elder() for _ in range(3))
    sent(town, county)
    (decision,) = decide(county.store, [first], kind="return", text="缺材料", number="").ids
    (right,) = decide(county.store, [third], kind="return", text="缺材料", number="").ids
    with town.store.writing("test") as w:
        named = {"owner": XIUQI, "at": w.at, "actor": "county", "by": "唐敏"}
        confirm = {**named, "step": "confirm", "to_state": "active"}
        w.put("steps", {**confirm, "record": first, "ground": {"decision": decision}})
        w.put("steps", {**confirm, "record": second, "ground": {}})
        back = {**named, "step": "return", "to_state": "county_returned"}
        w.put("steps", {**back, "record": third, "ground": {"decision": right}})
    done = town.export()
    assert done.file is not None
    (result,) = county.receive(done.file)
    assert (result.status, result.count("new"), result.count("questioned")) == ("applied", 3, 2)
    asked = [row for row in result.rows if row.code == "not_decided"]
    assert sorted(row.why.partition("，")[2].partition("，")[0] for row in asked) == [
        "县局的决定不是这样",
        "县库里没有这个决定",
    ]
    with county.store.reading() as r:
        states = [decisions_of(r, one)[0]["state"] for one in (first, third)]
    assert states == ["issued", "taken"]


def test_a_register_that_comes_whole_with_the_countys_steps_of_earlier_years_is_asked_nothing(
    town: Town, county: County
) -> None:
    record = town.add_reported_elder()
    with town.store.writing("test") as w:
        step = {"owner": XIUQI, "record": record, "step": "confirm", "to_state": "active", "at": w.at}
        w.put("steps", {**step, "actor": "county", "by": "唐敏", "ground": {}})
    done = town.export()
    assert done.file is not None
    assert county.receive(done.file)[0].count("questioned") == 0


@pytest.mark.both
def test_of_two_reviewers_one_wins_and_the_other_is_told_who_and_when(town: Town, county: County) -> None:
    """The rest of the slower one's bulk goes through; a record that moved while he looked is left out too."""
    taken, moved, third = (town.add_reported_elder() for _ in range(3))
    sent(town, county)
    with county.store.reading() as r:
        seen = {one.record: one.seen for one in waiting_records(r)}
    decide(county.store, [taken], kind="return", text="缺材料", number="")
    with town.store.writing("test") as w:
        town.move(w, moved, "withdraw", "withdrawn")
    sent(town, county)
    made = decide(
        county.store, [taken, moved, third], kind="confirm", text="同意", number="民〔2026〕3号", seen=seen
    )
    assert len(made.ids) == 1
    assert [(one.record, one.kind, one.by) for one in made.beaten] == [
        (taken, "return", "唐敏"), (moved, "", "")
    ]  # fmt: skip
    assert "唐敏" in made.beaten[0].why
    assert made.beaten[0].at[:16].replace("T", " ") in made.beaten[0].why
    assert "没有动的等 2 件" in made.sentence()
    with county.store.reading() as r:
        assert [row["kind"] for row in decisions_of(r, third)] == ["confirm"]
        assert decisions_of(r, moved) == []
