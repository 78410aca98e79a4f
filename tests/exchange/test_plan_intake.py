"""The intake plan is pure: existing rows and incoming lines in, one outcome per line out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.exchange.files.bodies import Incoming, read_change
from minzheng_desktop.exchange.files.package import Count
from minzheng_desktop.exchange.judging import intake
from minzheng_desktop.exchange.judging.intake import Existing, announced_equals, plan_intake, version_of
from minzheng_desktop.exchange.judging.merging import History, base_of
from minzheng_desktop.exchange.judging.merging_rules import rules_for
from minzheng_desktop.exchange.sending.chain import count_lines
from minzheng_desktop.store.rows import revision_of
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.errors import UserError

XIUQI, BASHAN = "500229106", "500229102"


def line(entity: str, row: str, base: str | None = None, /, **body: Any) -> Line:
    text = msgspec.json.encode({"owner": XIUQI, "void": 0, **body}).decode()
    return Line(
        entity, row, revision_of(base, text.encode()), base, "2026-11-23", "唐敏", msgspec.Raw(text.encode())
    )


def person(row: str, base: str | None = None, /, **body: Any) -> Line:
    return line("people", row, base, **{"name": "罗成贵", "id_type": "01", **body})


def incoming(lines: list[Line]) -> list[Incoming]:
    return [read_change(msgspec.json.encode(one), number=2) for one in lines]


def plan(lines: list[Line], **existing: Any) -> intake.Plan:
    made = plan_intake(Existing(**{"rows": {}, **existing}), incoming(lines), division=XIUQI)
    assert announced_equals(count_lines(lines), made.tallies)
    return made


def batch(row: str, total: int, items: int, **more: Any) -> Line:
    body = {"form": "dibao", "month": "2026-11", "kind": "regular", "number": row, "state": "locked"}
    return line("payment_batches", row, **{**body, "item_count": items, "total": total, **more})


def item(row: str, of: str, total: int, record: str = "r1", **more: Any) -> Line:
    zeros = dict.fromkeys(("months", "base", "extra", "backpay", "deduct"), 0)
    months = {"month": "2026-11", "period_from": "2026-11", "period_to": "2026-11"}
    return line(
        "payment_items", row, **{"batch": of, "record": record, **zeros, **months, "total": total, **more}
    )


RECORD = {("records", "r1"): ("rev", XIUQI)}


def test_new_changed_and_same() -> None:
    first = person("p1")
    second = person("p1", first.revision, phone="13800000000")
    assert plan([first]).outcomes == ["new"]
    held = {("people", "p1"): (first.revision, XIUQI)}
    assert plan([second], rows=held).outcomes == ["changed"]
    assert plan([first], rows=held).outcomes == ["same"]
    # Both versions in one package; and a version that was overtaken long ago.
    assert plan([first, second]).outcomes == ["new", "changed"]
    overtaken = {("people", "p1"): (second.revision, XIUQI)}
    past = frozenset({("people", "p1", first.revision)})
    assert plan([first, second], rows=overtaken, past=past).outcomes == ["same", "same"]


def test_versions_of_one_row_go_in_waves() -> None:
    one = person("p1")
    two = person("p1", one.revision, phone="1")
    other = person("p2")
    waves = plan([one, two, other]).applicable()["people"]
    assert [[arrival.line for arrival in wave] for wave in waves] == [[one, other], [two]]
    assert [[arrival.fresh for arrival in wave] for wave in waves] == [[True, True], [False]]


def test_rows_of_another_division_are_quarantined() -> None:
    foreign = person("p1", owner=BASHAN)
    made = plan([foreign, person("p2")])
    assert made.outcomes == ["rejected", "new"]
    assert "别的乡镇" in made.verdicts[0].why
    # Nor may one take over a row that another township owns, or point to it.
    theirs = {("people", "p1"): ("rev", BASHAN)}
    assert plan([person("p1", "rev")], rows=theirs).outcomes == ["rejected"]
    record = line("records", "r1", form="dibao", form_version=1, person="p1")
    assert plan([record], rows=theirs).outcomes == ["rejected"]


def test_tables_that_a_township_may_not_send_are_quarantined() -> None:
    decision = line(
        "decisions", "d1", record="r1", on_revision="rev", kind="confirm", at="2026", state="issued"
    )
    made = plan([decision, line("users", "u1", name="x")], rows=RECORD)
    assert made.outcomes == ["rejected", "rejected"]
    assert made.applicable() == {}


def known(*lines: Line) -> dict[str, Any]:
    """The row of these versions as the database holds it, the last one in force."""
    key = (lines[0].entity, lines[0].id)
    history = History(rules_for(lines[0].entity), [version_of(one, "A") for one in lines])
    return {"rows": {key: (lines[-1].revision, XIUQI)}, "histories": {key: history}}


def test_two_edits_of_one_field_are_held_as_a_conflict_and_both_stay_in_the_history() -> None:
    base = person("p1")
    mine, theirs = person("p1", base.revision, sex="1"), person("p1", base.revision, sex="2")
    made = plan([theirs], **known(base, mine))
    assert made.outcomes == ["held"]
    assert (made.verdicts[0].code, made.verdicts[0].field) == ("conflict", "sex")
    assert made.applicable() == {}  # the row stays as it is
    assert made.kept_lines() == [theirs]
    # the same package again, and a version that follows the one put aside
    again = plan([theirs], **known(base, theirs, mine))
    assert (again.outcomes, again.kept_lines()) == (["same"], [])
    later = person("p1", theirs.revision, sex="2", name="罗成桂")
    assert plan([later], **known(base, theirs, mine)).outcomes == ["held"]


def test_edits_of_different_fields_merge() -> None:
    base = person("p1")
    mine, theirs = person("p1", base.revision, sex="1"), person("p1", base.revision, ethnicity="15")
    made = plan([theirs], **known(base, mine))
    assert (made.outcomes, made.verdicts) == (["changed"], {})
    (arrival,) = made.applicable()["people"][0]
    assert (arrival.line.base, arrival.version) == (base_of([mine.revision, theirs.revision]), "made")
    assert (arrival.body.sex, arrival.body.ethnicity) == ("1", "15")
    assert [row.outcome for row in made.merges()] == ["merged"]
    # the other laptop merged too and sends what it made: nothing new
    merged = arrival.line
    assert plan([merged], **known(base, mine, theirs, merged)).outcomes == ["same"]


def test_a_whole_history_in_one_package_gives_the_row_that_it_led_to() -> None:
    base = person("p1")
    mine, theirs = person("p1", base.revision, sex="1"), person("p1", base.revision, sex="2")
    answer = person("p1", base_of([mine.revision, theirs.revision]), sex="2")
    empty = {"histories": {("people", "p1"): History(rules_for("people"))}}
    made = plan([base, mine, theirs, answer], **empty)
    assert made.outcomes == ["new", "changed", "changed", "changed"]
    assert [one.line for one in made.applicable()["people"][0]] == [answer]
    assert plan([base, mine, theirs], **empty).outcomes == ["new", "changed", "held"]


def test_an_answer_of_a_person_settles_the_conflict() -> None:
    base = person("p1")
    mine, theirs = person("p1", base.revision, sex="1"), person("p1", base.revision, sex="2")
    answer = person("p1", base_of([mine.revision, theirs.revision]), sex="2")
    made = plan([answer], **known(base, theirs, mine))
    assert made.outcomes == ["changed"]
    assert made.applicable()["people"][0][0].line == answer
    assert made.rewritten["people", "p1"].settled.aside == ()


def test_what_points_to_nothing_is_held_and_named() -> None:
    record = line("records", "r1", form="dibao", form_version=1, person="p1")
    term = line("terms", "t1", record="r1", from_month="2026-11", state="approved")
    made = plan([record, term])
    assert made.outcomes == ["held", "held"]
    assert [made.verdicts[n].waits_for for n in (0, 1)] == ["p1", "r1"]
    assert plan([person("p1"), record, term]).outcomes == ["new"] * 3


def test_a_version_whose_predecessor_is_missing_is_held() -> None:
    made = plan([person("p1", "0123456789abcdef")])
    assert (made.outcomes, made.verdicts[0].code) == (["held"], "predecessor")


def test_a_batch_and_its_items_stand_or_fall_together() -> None:
    lines = [batch("b1", 300, 2), item("i1", "b1", 100), item("i2", "b1", 200, record="r9")]
    made = plan(lines, rows=RECORD)
    assert made.outcomes == ["held"] * 3
    assert made.tallies["held"]["payment_items"] == Count(2, 300)
    assert [made.verdicts[n].code for n in range(3)] == ["batch", "batch", "reference"]
    # Other batches are not touched by it.
    other = [*lines, batch("b2", 50, 1, month="2026-12"), item("i3", "b2", 50)]
    assert plan(other, rows=RECORD).outcomes == ["held"] * 3 + ["new"] * 2


def test_an_item_of_another_division_takes_its_batch_down() -> None:
    made = plan([batch("b1", 100, 1), item("i1", "b1", 100, owner=BASHAN)], rows=RECORD)
    assert made.outcomes == ["held", "rejected"]


def test_a_batch_whose_total_is_not_its_items_sum_is_questioned() -> None:
    made = plan([batch("b1", 999, 2), item("i1", "b1", 100), item("i2", "b1", 200)], rows=RECORD)
    assert made.outcomes == ["new"] * 3
    assert [row.code for row in made.questions] == ["batch_total"]
    assert "9.99 元" in made.questions[0].why
    assert "3.00 元" in made.questions[0].why
    assert plan([batch("b1", 300, 1), item("i1", "b1", 300)], rows=RECORD).questions == ()


def test_the_same_number_in_another_township_is_questioned_not_refused() -> None:
    made = plan([person("p1", id_number="X")], numbers={(BASHAN, "01", "X"): "p9"})
    assert made.outcomes == ["new"]
    assert made.questions[0].field == "id_number"


def test_the_same_number_twice_in_one_township_is_held() -> None:
    made = plan([person("p1", id_number="X"), person("p2", id_number="X")])
    assert made.outcomes == ["new", "held"]
    assert made.verdicts[1].code == "same_person"


def test_a_number_that_changes_hands_inside_a_package_is_no_clash() -> None:
    old = person("p1", id_number="X")
    lines = [person("p1", old.revision, id_number="Y"), person("p2", id_number="X")]
    holders = {(XIUQI, "01", "X"): "p1"}
    assert plan(lines, rows={("people", "p1"): (old.revision, XIUQI)}, numbers=holders).outcomes == [
        "changed",
        "new",
    ]


@pytest.mark.parametrize(
    "body", [{"nick": "x"}, {"name": 5}, {"void": "no"}, {"more": 3}, {"name": None}, {"owner": None}]
)
def test_bodies_of_the_wrong_shape_refuse_the_package(body: dict[str, Any]) -> None:
    with pytest.raises(UserError) as error:
        incoming([person("p1", **body)])
    assert error.value.code == "payload_damaged"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["p1", "p2", "p3", "p4"]),
            st.sampled_from([XIUQI, BASHAN]),
            st.booleans(),
            st.integers(0, 3),
        ),
        max_size=12,
    )
)
def test_every_line_gets_one_outcome_and_nothing_foreign_enters(
    rows: list[tuple[str, str, bool, int]],
) -> None:
    heads: dict[str, str] = {}
    lines = []
    for row, owner, follows, amount in rows:
        base = heads.get(row) if follows else None
        made = line(
            "recoveries", row, base, owner=owner, record="r1", reason="x", amount=amount, state="open"
        )
        heads[row] = made.revision
        lines.append(made)
    made_plan = plan(lines, rows=RECORD)
    assert len(made_plan.outcomes) == len(lines)
    for waves in made_plan.applicable().values():
        for wave in waves:
            assert len({one.line.id for one in wave}) == len(wave)
            assert {one.body.owner for one in wave} <= {XIUQI}


@given(st.data())
def test_planning_again_over_its_own_result_changes_nothing(data: st.DataObject) -> None:
    lines, heads = [], dict[str, str]()
    for number in range(data.draw(st.integers(1, 10))):
        row = data.draw(st.sampled_from(["p1", "p2", "p3"]))
        made = person(row, heads.get(row), phone=str(number))
        heads[row] = made.revision
        lines.append(made)
    applied = plan(lines)
    assert set(applied.outcomes) <= {"new", "changed"}
    rows = {("people", row): (revision, XIUQI) for row, revision in heads.items()}
    past = frozenset(("people", one.id, one.revision) for one in lines)
    assert set(plan(lines, rows=rows, past=past).outcomes) == {"same"}
