"""What a death calls for, and confirming it, over real batches. Expected: domain §8.2, §8.4, §3.1④; sums by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from minzheng_desktop.benefits import casework, recovery
from minzheng_desktop.benefits.closing_steps import confirm_closings
from minzheng_desktop.benefits.closings import Closing, find_closings
from minzheng_desktop.benefits.lock import EVERY, lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.store import households, records
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import TOWN, Office

TODAY = date(2024, 12, 5)
OUTSIDE = "2023-12"
"""Settled before the program: records as a roster brings them."""


def closings(office: Office, *, today: date = TODAY) -> list[Closing]:
    with office.store.reading() as r:
        return find_closings(r, today=today)


def lock_months(office: Office, first: int, last: int, form: str = "dibao") -> None:
    for month in range(first, last + 1):
        plan = plan_batch(office.store, form=form, month=f"2024-{month:02d}")
        lock_batch(office.store, plan, reasons={EVERY: "核对过"})


def row(office: Office, record: str) -> dict[str, Any]:
    with office.store.reading() as r:
        found = r.get("records", record)
    assert found is not None
    return found


def incomes(office: Office, record: str, *yearly: int) -> None:
    """What each member of a household earns a year, in cents, in the table of the form."""
    doc = row(office, record)["doc"]
    members = [m["person"] for m in doc["members"]]
    table = [
        {"key": str(n), "member": m, "income_type": "1", "annual_amount": cents, "counted": True}
        for n, (m, cents) in enumerate(zip(members, yearly, strict=True))
    ]
    with office.store.writing("incomes") as w:
        w.put("records", {"id": record, "doc": {**doc, "incomes": table}})


def household_of_three(office: Office, name: str = "龙成碧") -> tuple[str, list[str]]:
    """Domain §8.4: 310.00 a head and month. The second member earned 130.00 of the 930.00, the others 400.00 each."""
    record = office.add_dibao(name, paid_through=OUTSIDE)
    incomes(office, record, 480000, 156000, 480000)
    return record, [m["person"] for m in row(office, record)["doc"]["members"]]


def test_a_member_reported_a_month_late(office: Office) -> None:
    """Died 2024-10-12: October is paid, from November (635 − 400) × 2 = 470.00; November paid 975.00: 505.00 over."""
    record, people = household_of_three(office)
    lock_months(office, 1, 11)
    office.change_person(people[1], death_date="2024-10-12", alive_status="2")
    (found,) = closings(office)
    assert (found.kind, found.record, found.stop_month, found.now) == ("members", record, "2024-11", 47000)
    assert (found.overpaid, found.periods, found.ready) == (50500, (("2024-11", 50500),), True)
    (done,) = confirm_closings(office.store, [found.id], today=TODAY)
    assert (done.done, done.state) == (True, "change_pending"), done.message
    (waiting,) = closings(office)
    assert waiting.waiting
    assert row(office, record)["state"] == "change_pending"
    with office.store.reading() as r:
        (opened,) = recovery.list_recoveries(r)
    assert (opened.amount, opened.mode, opened.period_from) == (50500, "offset", "2024-11")

    # the county agrees in December: the decision counts from the month of the death all the same
    with office.store.writing("agree") as w:
        casework.take_step(
            w, record, "confirm_change", today=TODAY, actor="county",
            asks={"opinion": "同意", "document_no": "城民〔2024〕9号", "date": "2024-12-05"},
        )  # fmt: skip
    after = row(office, record)
    assert after["state"] == "active"
    assert after["doc"]["covered_size"] == 2
    change = after["doc"]["changes"][-1]
    assert (change["ground"], change["effective_month"], change["new_amount"]) == ("member", "2024-11", 47000)
    assert closings(office) == []
    plan = plan_batch(office.store, form="dibao", month="2024-12")
    item = plan.items[0]
    assert (item.base, item.deduct, item.total) == (47000, 47000, 0)


def test_the_head_gives_way_to_the_spouse(office: Office) -> None:
    """户主死亡不等于整户停 (domain §3.1④): those who remain go on, under the next head."""
    record, people = household_of_three(office)
    household = row(office, record)["household"]
    with office.store.writing("relation") as w:
        doc = row(office, record)["doc"]
        rows = [
            {**m, "relation": "10" if m["person"] == people[2] else m["relation"]} for m in doc["members"]
        ]
        w.put("records", {"id": record, "doc": {**doc, "members": rows}})
        home = households.load_household(w, household)
        spouse = next(m for m in home.members if m["person"] == people[2])
        w.put("household_members", {"id": spouse["member"], "relation": "10"})
    office.change_person(people[0], death_date="2024-10-12", alive_status="2")
    (found,) = closings(office)
    assert (found.kind, found.heir, found.stop_month) == ("members", people[2], "2024-11")
    # (635 − (1,560 + 4,800) ÷ 12 ÷ 2) × 2 = (635 − 265) × 2
    assert found.now == 74000
    (done,) = confirm_closings(office.store, [found.id], today=TODAY)
    assert done.done, done.message
    with office.store.writing("agree") as w:
        casework.take_step(
            w, record, "confirm_change", today=TODAY, actor="county",
            asks={"opinion": "同意", "document_no": "城民〔2024〕9号", "date": "2024-12-05"},
        )  # fmt: skip
        home = households.load_household(w, household)
    assert home.household["head"] == people[2]
    assert [m["relation"] for m in home.members if m["person"] == people[2]] == ["02"]
    after = row(office, record)
    assert after["person"] == people[2]
    assert after["doc"]["changes"][-1]["ground"] == "head"


def test_the_only_one_covered_ends_the_household(office: Office) -> None:
    """600 − 310 = 290.00 until August, 635 − 310 = 325.00 from September; November came after a death in October."""
    record = office.add_dibao("冉启珍", members=1, income=310 * 12 * 100, paid_through=OUTSIDE)
    lock_months(office, 1, 11)
    office.change_person(row(office, record)["person"], death_date="2024-10-12", alive_status="2")
    (found,) = closings(office)
    assert (found.kind, found.step, found.stop_month) == ("stop", "stop_at_once", "2024-11")
    assert (found.overpaid, found.periods) == (32500, (("2024-11", 32500),))
    (done,) = confirm_closings(office.store, [found.id], today=TODAY)
    assert (done.done, done.state) == (True, "stopped"), done.message
    after = row(office, record)
    assert (after["state"], after["end_month"], after["doc"]["stop_reason"]) == (
        "stopped",
        "2024-11",
        "death",
    )
    with office.store.reading() as r:
        (opened,) = recovery.list_recoveries(r)
    assert (opened.amount, opened.mode, opened.reason) == (32500, "cash", "冉启珍 2024-10-12 死亡")
    assert closings(office) == []
    december = plan_batch(office.store, form="dibao", month="2024-12")
    assert (december.items, december.carried) == ((), ())


def test_every_benefit_of_one_person_at_once(office: Office) -> None:
    """Born 1940-02-03, 100.00 a year by quarter: the fourth quarter 25.00 was paid ahead; died in October, of which
    8.33 stays (100 ÷ 12), so 16.67 comes back (死亡当月照发、次月停)."""
    elder = office.add_elder("吴道芸", "1940-02-03", paid_through=OUTSIDE)
    person = row(office, elder)["person"]
    home, _ = household_of_three(office, "吴家碧")
    doc = row(office, home)["doc"]
    with office.store.writing("join") as w:
        rows = [*doc["members"], {"key": person, "person": person, "in_covered": True, "relation": "52"}]
        w.put("records", {"id": home, "doc": {**doc, "members": rows, "incomes": []}})
        w.put(
            "household_members",
            {"owner": TOWN, "household": row(office, home)["household"], "person": person, "relation": "52"},
        )
    for month in (3, 6, 9, 12):
        plan = plan_batch(office.store, form="elder_age", month=f"2024-{month:02d}")
        lock_batch(office.store, plan, reasons={EVERY: "核对过"})
    office.change_person(person, death_date="2024-10-30", alive_status="2")
    found = closings(office, today=date(2024, 11, 8))
    assert [(c.form, c.kind, c.stop_month) for c in found] == [
        ("dibao", "members", "2024-11"), ("elder_age", "stop", "2024-11"),
    ]  # fmt: skip
    assert found[1].overpaid == 1667
    done = confirm_closings(office.store, [c.id for c in found], today=date(2024, 11, 8))
    assert [(d.done, d.state) for d in done] == [(True, "change_pending"), (True, "stopped")], done
    assert all(c.waiting for c in closings(office, today=date(2024, 11, 8)))


def test_a_death_without_its_day_waits_for_it(office: Office) -> None:
    elder = office.add_elder("吴道芸", "1940-02-03", paid_through=OUTSIDE)
    person = row(office, elder)["person"]
    office.change_person(person, alive_status="2")
    (found,) = closings(office)
    assert "没有死亡日期" in found.blocked
    (refused,) = confirm_closings(office.store, [found.id], today=TODAY)
    assert not refused.done
    assert row(office, elder)["state"] == "confirmed"
    office.change_person(person, death_date="2024-10-30")
    (again,) = closings(office)
    assert again.ready
    with pytest.raises(UserError) as refused_again:
        confirm_closings(office.store, [found.id], today=TODAY)
    assert refused_again.value.code == "no_such_proposal"


def agree(office: Office, record: str, step: str = "confirm_change") -> None:
    with office.store.writing("agree") as w:
        casework.take_step(
            w, record, step, today=TODAY, actor="county",
            asks={"opinion": "同意", "document_no": "城民〔2024〕9号", "date": "2024-12-05"},
        )  # fmt: skip


def test_two_deaths_count_each_from_its_own_month(office: Office) -> None:
    """Dead 10-12 and 11-20: November (635 − 400) × 2 = 470.00, December alone 635 − 400 = 235.00; paid 975.00 twice."""
    record, people = household_of_three(office)
    lock_months(office, 1, 12)
    office.change_person(people[1], death_date="2024-10-12", alive_status="2")
    office.change_person(people[2], death_date="2024-11-20", alive_status="2")
    (found,) = closings(office)
    assert [(d.from_month, d.amount) for d in found.decisions] == [("2024-11", 47000), ("2024-12", 23500)]
    assert found.periods == (("2024-11", 50500), ("2024-12", 74000))
    (done,) = confirm_closings(office.store, [found.id], today=TODAY)
    assert done.done, done.message
    agree(office, record)
    with office.store.reading() as r:
        terms = [(t["from_month"], t["state"]) for t in records.terms_of(r, record)]
    assert terms == [("2024-01", "approved"), ("2024-11", "approved"), ("2024-12", "approved")]
    assert row(office, record)["doc"]["covered_size"] == 1
    january = plan_batch(office.store, form="dibao", month="2025-01").items[0]
    assert (january.base, january.deduct) == (23500, 23500)


def test_totals_that_a_roster_stated_lose_the_head_only(office: Office) -> None:
    """The roster gave 3 people and 11,160.00 a year without details: 11,160 ÷ 12 ÷ 2 = 465.00, (635 − 465) × 2."""
    record = office.add_dibao("龙成碧", paid_through=OUTSIDE)
    doc = row(office, record)["doc"]
    stated = {"household_size": 3, "covered_size": 3, "income_total_year": 1116000}
    with office.store.writing("stated") as w:
        w.put("records", {"id": record, "doc": {**doc, **stated, "stated": stated}})
    member = doc["members"][1]["person"]
    office.change_person(member, death_date="2024-10-12", alive_status="2")
    (found,) = closings(office)
    assert found.now == 34000
    assert "没有分人明细" in found.notes[0]
    confirm_closings(office.store, [found.id], today=TODAY)
    agree(office, record)
    after = row(office, record)["doc"]
    assert (after["household_size"], after["covered_size"], after["income_total_year"]) == (2, 2, 1116000)
    assert after["stated"]["covered_size"] == 2


def test_what_the_county_refuses_takes_its_recovery_back(office: Office) -> None:
    record, people = household_of_three(office)
    lock_months(office, 1, 11)
    office.change_person(people[1], death_date="2024-10-12", alive_status="2")
    (found,) = closings(office)
    confirm_closings(office.store, [found.id], today=TODAY)
    agree(office, record, "deny_change")
    with office.store.reading() as r:
        assert recovery.list_recoveries(r) == []
    (again,) = closings(office)  # the death is as it was, so it is proposed again
    assert again.ready


def test_an_application_in_work_is_withdrawn(office: Office) -> None:
    person = office.add_person("向世珍", birth="1944-01-01")
    with office.store.writing("apply") as w:
        doc = {"apply_channel": "6"}
        today = date(2024, 11, 1)
        record = casework.save_record(
            w, "elder_age", doc, today=today, subject=records.Subject(person=person)
        ).id
        casework.take_step(w, record, "submit", today=today)
    assert closings(office) == []
    office.change_person(person, death_date="2024-11-12", alive_status="2")
    (found,) = closings(office)
    assert (found.kind, found.step, found.overpaid) == ("withdraw", "withdraw", 0)
    (done,) = confirm_closings(office.store, [found.id], today=TODAY)
    assert (done.done, done.state) == (True, "withdrawn"), done.message


def test_whatever_somebody_stands_in_ends_by_its_own_step(office: Office) -> None:
    """Every shipped form in which a person stands for a time, as a roster brings it: the reason is the code 死亡."""
    ended: dict[str, tuple[str, str]] = {}
    for key, form in office.store.catalog.forms.items():
        if form.kind not in ("case", "register") or form.subject != "person":
            continue
        person = office.add_person(f"逝者{key}", birth="2012-01-01")
        state = next(k for k, s in form.workflow.states.items() if s.group == "active")
        with office.store.writing("record") as w:
            body = {"owner": TOWN, "form": key, "form_version": 1, "person": person, "paid_through": OUTSIDE}
            record = w.put("records", {**body, "doc": {}, "import_id": "import"})
            w.put(
                "steps",
                {
                    "owner": TOWN, "record": record, "step": "start", "to_state": state, "actor": "town", "by": "x",
                    "at": "2024-01-03T09:00:00+08:00", "effective_month": "2024-01",
                },
            )  # fmt: skip
        office.change_person(person, death_date="2024-10-12", alive_status="2")
        for closing in [c for c in closings(office) if c.record == record]:
            (done,) = confirm_closings(office.store, [closing.id], today=TODAY)
            assert done.done, (key, done.message)
            reasons = [form.fields[p].choices.items[v] for p, v in row(office, record)["doc"].items()
                       if p in form.fields and form.fields[p].choices and "reason" in p]  # fmt: skip
            ended[key] = (form.workflow.states[done.state].group, "".join(reasons))
    assert {group for group, _ in ended.values()} == {"closed"}
    assert {key for key, (_, reason) in ended.items() if reason == "死亡"} >= {
        "elder_age", "tekun", "djr_care", "djr_life", "orphan", "defacto", "leftbehind", "low_income_pool", "resident",
    }  # fmt: skip
    # one-time help, sealed casework, and what is paid because of the death itself do not end
    assert not {"linshi", "student", "casework", "funeral"} & ended.keys()


def test_the_living_are_left_alone(office: Office) -> None:
    household_of_three(office)
    office.add_elder("吴道芸", "1940-02-03", paid_through=OUTSIDE)
    assert closings(office) == []
