"""事实无人抚养儿童 beside 低保, and the overlaps of children's and disabled people's benefits, in a real office.

Standards of domain §13: 1,500.00 for the child, 低保 600.00 and from September 2024 635.00. Domain §8.4: three people
at 310.00 a head get 870.00, then 975.00; a third of it is 290.00, then 325.00.
"""

from __future__ import annotations

import pytest

from minzheng_desktop.benefits.explain import explain
from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from tests.benefits.offices import TOWN, Office
from tests.benefits.samples import DIBAO, RAISE, money

CHILD = {"apply_channel": "1", "guardian_kind": "1", "school_continue": False}
RATES = (
    *DIBAO,
    RAISE,
    money("defacto.std", 1500, "2024-01-01"),
    money("orphan.scattered", 1500, "2024-01-01"),
    money("djr.life", 90, "2021-01-01"),
    money("djr.care.l1", 100, "2021-01-01"),
)
BORN = "2012-05-06"


@pytest.fixture
def office(office: Office) -> Office:
    office.use_rates(RATES)
    return office


def add_child_household(
    office: Office, *, classified: str | None = None, start: str = "2024-01"
) -> tuple[str, str]:
    """A household of three in 低保 whose second member is a child: (the record, the child), with frozen rows."""
    household, people = office.add_household("向世珍")
    child = people[1]
    office.change_person(child, birth_date=BORN)
    office.add_account(child, "6217001234509999999")
    rows = [
        {
            "key": p,
            "person": p,
            "in_covered": True,
            "leave_date": None,
            "classified": classified if p == child else None,
        }
        for p in people
    ]
    inputs = {"area": "2", "income_year": 1116000, "size": 3, "covered": 3, "classified": [classified]}
    doc = {"dibao_type": "2", "members": rows, "covered_size": 3}
    record = office.add_record("dibao", doc, inputs, person=people[0], household=household, start=start)
    freeze(office, record, rows)
    return record, child


def freeze(office: Office, record: str, rows: list[dict[str, object]]) -> None:
    """Put the household's rows into the latest decision, as a step into force does."""
    with office.store.writing("snapshot") as w:
        from minzheng_desktop.store import records

        term = records.terms_of(w, record)[-1]
        w.put("terms", {"id": term["id"], "snapshot": {"members": rows}})


def add_defacto(office: Office, child: str, start: str = "2024-03") -> str:
    return office.add_record("defacto", CHILD, {"rate": "defacto.std"}, person=child, start=start)


def paid(office: Office, month: str) -> list[int]:
    return [i.total for i in plan_batch(office.store, form="defacto", month=month).items]


def lock(office: Office, month: str) -> None:
    lock_batch(office.store, plan_batch(office.store, form="defacto", month=month))


def test_the_childs_part_of_dibao_is_taken_off(office: Office) -> None:
    """1,500.00 − 290.00 = 1,210.00."""
    _, child = add_child_household(office)
    add_defacto(office, child)
    (item,) = plan_batch(office.store, form="defacto", month="2024-03").items
    assert (item.total, item.rate) == (121000, 150000)
    assert item.row["pay.offset"] == 29000
    assert [(s.name, s.result, s.formula) for s in item.steps][1:] == [
        ("已享最低生活保障", "290.00", "户月保障金 870.00 ÷ 3 人"),
        ("应补差", "1,210.00", "1,500.00 − 290.00"),
    ]


def test_the_childs_own_add_on_counts_and_nobody_elses(office: Office) -> None:
    """1,500.00 − (290.00 + 50.00) = 1,160.00."""
    _, child = add_child_household(office, classified="minor")
    add_defacto(office, child)
    assert paid(office, "2024-03") == [116000]


def test_the_raise_of_dibao_lowers_the_top_up_from_the_same_month(office: Office) -> None:
    """September: 1,500.00 − 325.00 = 1,175.00; the reason names what the child has elsewhere."""
    _, child = add_child_household(office)
    add_defacto(office, child)
    for month in ("2024-03", "2024-04", "2024-05", "2024-06", "2024-07", "2024-08"):
        lock(office, month)
    found = plan_batch(office.store, form="defacto", month="2024-09")
    assert [i.total for i in found.items] == [117500]
    assert [c.reason for c in found.changed] == ["已享待遇 290.00 → 325.00"]


def test_a_dibao_decision_made_late_is_made_up_for_as_a_difference(office: Office) -> None:
    """From May the household has no income: (600 − 0) × 3 = 1,800.00, the child's part 600.00. Entered in June.

    May was paid 1,210.00 and is due 1,500.00 − 600.00 = 900.00: 310.00 come off June's 900.00, which leaves 590.00.
    """
    record, child = add_child_household(office)
    add_defacto(office, child, "2024-05")
    lock(office, "2024-05")
    with office.store.reading() as r:
        rows = (r.get("records", record) or {})["doc"]["members"]
    office.approve(record, "2024-05", {"area": "2", "income_year": 0, "size": 3, "covered": 3})
    freeze(office, record, rows)
    (item,) = plan_batch(office.store, form="defacto", month="2024-06").items
    assert (item.base, item.deduct, item.total) == (90000, 31000, 59000)


def test_when_dibao_ends_the_whole_standard_is_due(office: Office) -> None:
    record, child = add_child_household(office)
    add_defacto(office, child, "2024-03")
    office.take(
        record, "stop_at_once", "confirmed", "stopped", at="2024-05-10T09:00:00+08:00", month="2024-06"
    )
    assert paid(office, "2024-05") == [121000 * 3]  # March, April and May: nothing was locked before
    lock(office, "2024-05")
    assert paid(office, "2024-06") == [150000]


def test_a_child_who_left_the_household_kept_its_part_in_the_months_before(office: Office) -> None:
    record, child = add_child_household(office)
    add_defacto(office, child, "2024-03")
    lock(office, "2024-03")
    with office.store.reading() as r:
        doc = (r.get("records", record) or {})["doc"]
    rows = [row for row in doc["members"] if row["person"] != child]
    with office.store.writing("leave") as w:
        w.put("records", {"id": record, "doc": {**doc, "members": rows}})
    office.approve(record, "2024-05", {"area": "2", "income_year": 744000, "size": 2, "covered": 2})
    freeze(office, record, rows)
    assert paid(office, "2024-04") == [121000]
    lock(office, "2024-04")
    assert paid(office, "2024-05") == [150000]


def test_a_household_from_a_roster_counts_whom_its_record_names(office: Office) -> None:
    """Without frozen rows: 870.00 ÷ 3 for who is covered by the record; a mere housemate has nothing of it."""
    household, people = office.add_household("冉光明")
    child = people[1]
    office.change_person(child, birth_date=BORN)
    office.add_account(child)
    inputs = {"area": "2", "income_year": 1116000, "size": 3, "covered": 3}
    named = [{"key": people[0], "person": people[0], "in_covered": True}]
    record = office.add_record("dibao", {"members": named}, inputs, person=people[0], household=household)
    add_defacto(office, child, "2024-03")
    assert paid(office, "2024-03") == [150000]
    named.append({"key": child, "person": child, "in_covered": True})
    with office.store.writing("named") as w:
        w.put("records", {"id": record, "doc": {"members": named}})
    assert paid(office, "2024-03") == [121000]


def test_living_subsidy_and_dibao_come_off_together(office: Office) -> None:
    """1,500.00 − 290.00 − 90.00 = 1,120.00; the care subsidy is no part of it (R08)."""
    _, child = add_child_household(office)
    with office.store.writing("cert") as w:
        person = w.get("people", child)
        assert person is not None
        w.put("people", {"id": child, "more": {**person["more"], "disability_level": "1"}})
    office.add_record("djr_life", {}, {"rate": "djr.life"}, person=child)
    office.add_record("djr_care", {"other_care_kind": "0"}, {"rate": "djr.care.l1"}, person=child)
    record = add_defacto(office, child)
    assert paid(office, "2024-03") == [112000]
    assert len(plan_batch(office.store, form="djr_care", month="2024-01").items) == 1
    found = explain(office.store, form="defacto", month="2024-03", record=record)
    assert "已享困难残疾人生活补贴" in [s.name for s in found.steps]


def test_a_child_who_is_eighteen_waits_unless_at_school(office: Office) -> None:
    """Paid through the month of the eighteenth birthday (6 May 2030), then only who is at school."""
    _, child = add_child_household(office, start="2030-01")
    record = add_defacto(office, child, "2030-04")
    for month in ("2030-04", "2030-05"):
        assert paid(office, month), month
        lock(office, month)
    found = plan_batch(office.store, form="defacto", month="2030-06")
    assert [b.reason for b in found.blocked] == ["已满18周岁，没有登记在校就读"]
    with office.store.writing("school") as w:
        w.put("records", {"id": record, "doc": {**CHILD, "school_continue": True}})
    assert len(paid(office, "2030-06")) == 1


@pytest.mark.parametrize(
    ("first", "second", "blocked", "rule"),
    [
        ("orphan", "djr_life", "djr_life", "R06"),
        ("orphan", "djr_care", "", ""),
        ("tekun", "djr_care", "djr_care", "R03"),
        ("djr_life", "djr_care", "", ""),
        ("defacto", "djr_care", "", ""),
    ],
)
def test_who_may_not_have_both(office: Office, first: str, second: str, blocked: str, rule: str) -> None:
    """Domain §7, R03–R08."""
    person = office.add_person("向小川", birth=BORN)
    office.add_account(person)
    with office.store.writing("dibao") as w:  # the living subsidy goes to 低保 members
        household = w.put("households", {"owner": TOWN, "head": person, "village": None})
    rows = [{"key": person, "person": person, "in_covered": True}]
    if "djr_life" in (first, second) and first != "orphan":
        office.add_record("dibao", {"members": rows}, {}, person=person, household=household)
    inputs = {
        "orphan": {"rate": "orphan.scattered"}, "defacto": {"rate": "defacto.std"}, "tekun": {},
        "djr_life": {"rate": "djr.life"}, "djr_care": {"rate": "djr.care.l1"},
    }  # fmt: skip
    docs = {"orphan": {"foster_mode": "1", "child_kind": "1"}, "djr_care": {"other_care_kind": "0"}}
    for form in (first, second):
        office.add_record(form, docs.get(form, {}), inputs[form], person=person)
    found = plan_batch(office.store, form=second, month="2024-03")
    reasons = [b.reason for b in found.blocked]
    if blocked:
        assert found.items == ()
        assert any(rule in reason for reason in reasons)
    else:
        assert [i.person for i in found.items] == [person], reasons


def test_tekun_gives_way_to_the_child_benefit(office: Office) -> None:
    """R02 (43号第九条): 择一; what tekun would be is then not taken off the child's top-up either."""
    _, child = add_child_household(office)
    office.add_record("tekun", {}, {}, person=child)
    add_defacto(office, child)
    assert paid(office, "2024-03") == [121000]
