"""Benefits that exclude each other, from the shipped rules of domain §7, in a real office."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.overlaps import load_clashes
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.store import shelf
from minzheng_desktop.store.records import Subject
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import TOWN, Office
from tests.benefits.samples import DIBAO, ELDER

TEKUN = {"tekun_type": "2", "support_mode": "2", "apply_channel": "1"}


@pytest.fixture
def office(office: Office) -> Office:
    office.use_rates([*DIBAO, *ELDER])
    return office


def member_of(office: Office, record: str) -> str:
    with office.store.reading() as r:
        row = r.get("records", record)
        assert row is not None
        return str(row["doc"]["members"][1]["person"])


def add_tekun(office: Office, person: str, start: str) -> str:
    return office.add_record("tekun", TEKUN, {}, person=person, start=start)


def publish(office: Office, line: str) -> None:
    """A county's own overlap rule, beside the shipped ones."""
    source = Source("overlaps", "county", "county-overlaps.toml", f"[overlap]\n{line}\n", "county")
    with office.store.writing("overlaps") as w:
        w.insert("catalog", [shelf.entry(source)])
    office.store.catalog_changed()


def test_a_member_in_tekun_keeps_the_household_out_until_it_is_reckoned_anew(office: Office) -> None:
    """R01: 特困 is kept, 低保 waits; the sentence names both, the rule, its source and what to do."""
    record = office.add_dibao("向世珍")
    add_tekun(office, member_of(office, record), "2024-03")
    assert plan_batch(office.store, form="dibao", month="2024-01").total == 87000
    found = plan_batch(office.store, form="dibao", month="2024-03")
    assert [i.record for i in found.items] == []
    (blocked,) = found.blocked
    for word in ("向世珍家乙", "最低生活保障", "特困", "R01", "国发〔2016〕14号", "重新核定"):
        assert word in blocked.reason


def test_after_tekun_has_ended_the_household_is_paid_again(office: Office) -> None:
    record = office.add_dibao("向世珍")
    other = add_tekun(office, member_of(office, record), "2024-01")
    office.take(
        other, "stop_at_once", "confirmed", "stopped", at="2024-02-10T09:00:00+08:00", month="2024-03"
    )
    assert plan_batch(office.store, form="dibao", month="2024-02").items == ()
    march = plan_batch(office.store, form="dibao", month="2024-03")
    assert [i.record for i in march.items] == [record]


def test_allowed_pairs_are_silent(office: Office) -> None:
    """R10: 高龄津贴 beside 特困."""
    elder = office.add_elder("吴道芸", "1940-02-03")
    with office.store.reading() as r:
        person = (r.get("records", elder) or {})["person"]
    add_tekun(office, person, "2024-01")
    assert plan_batch(office.store, form="elder_age", month="2024-03").blocked == ()


def test_the_higher_of_two_is_paid(office: Office) -> None:
    """choose_higher: the one whose monthly amount is smaller waits; of equal ones the first named is paid."""
    publish(
        office,
        'T1 = { a = "elder_age", b = "tekun", handling = "choose_higher", basis = "试", message = "择高" }',
    )
    elder = office.add_elder("吴道芸", "1940-02-03")
    with office.store.writing("amounts") as w:
        person = (w.get("records", elder) or {})["person"]
        w.put("records", {"id": elder, "amount": 10000})
    other = add_tekun(office, person, "2024-01")
    forms = office.store.catalog.forms
    for amount, loses in ((9999, False), (10000, False), (10001, True)):
        with office.store.writing("amounts") as w:
            w.put("records", {"id": other, "amount": amount})
        with office.store.reading() as r:
            (clash,) = load_clashes(r, forms["elder_age"], month="2024-03")[elder]
            (back,) = load_clashes(r, forms["tekun"], month="2024-03")[other]
        assert (clash.loses, back.loses) == (loses, not loses)


def test_a_rule_counts_only_in_its_months(office: Office) -> None:
    publish(
        office,
        'T1 = { a = "tekun", b = "elder_age", handling = "block", basis = "试", message = "停一项", '
        'from = "2024-06", until = "2024-07" }',
    )
    elder = office.add_elder("吴道芸", "1940-02-03")
    with office.store.reading() as r:
        person = (r.get("records", elder) or {})["person"]
    add_tekun(office, person, "2024-01")
    form = office.store.catalog.forms["elder_age"]
    with office.store.reading() as r:
        months = [m for m in ("2024-05", "2024-06", "2024-07", "2024-08") if load_clashes(r, form, month=m)]
    assert months == ["2024-06", "2024-07"]


def test_entering_the_second_benefit_is_warned_and_bringing_it_into_force_is_refused(office: Office) -> None:
    """Entry: a hard hint; the step into force by this office: refused, nothing written."""
    publish(
        office, 'T1 = { a = "tekun", b = "elder_age", handling = "block", basis = "试", message = "停一项" }'
    )
    person = office.add_person("吴道芸", birth="1940-02-03")
    add_tekun(office, person, "2024-01")
    doc = {
        "apply_channel": "1", "apply_date": "2024-03-01", "accept_date": "2024-03-01", "relative_of_staff": False,
        "town_result": "1", "town_opinion": "拟同意",
    }  # fmt: skip
    with office.store.writing("save") as w:
        saved = casework.save_record(
            w, "elder_age", doc, today=date(2024, 3, 1), subject=Subject(person=person)
        )
    said = [p for p in saved.problems if p.code == "overlap"]
    assert [(p.level, "T1" in p.message) for p in said] == [("warning", True)]
    with office.store.writing("reported") as w:
        w.put(
            "steps",
            {"owner": TOWN, "record": saved.id, "step": "report", "from_state": "draft", "to_state": "reported",
             "at": "2024-03-02T09:00:00+08:00", "actor": "town", "by": "周晓岚"},
        )  # fmt: skip
        w.set_cache("records", ("state",), [("reported", saved.id)])
    asks = {"document_no": "城民〔2024〕3号", "date": "2024-03-05", "scan": "none"}
    with pytest.raises(UserError) as refused, office.store.writing("step") as w:
        step = next(
            s.key
            for s in w.store.catalog.forms["elder_age"].workflow.steps.values()
            if s.key.startswith("manual_confirm") and "reported" in s.from_
        )
        casework.take_step(w, saved.id, step, today=date(2024, 3, 5), asks=asks)
    assert refused.value.code == "overlap", refused.value.problems


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('T = { a = "tekon", b = "dibao", handling = "block", basis = "x", message = "y" }', "是不是“tekun”"),
        ('T = { a = "tekun", b = "dibao", handling = "block", basis = "x" }', "message"),
        ('T = { a = "tekun", b = "dibao", handling = "blok", basis = "x", message = "y" }', "不认识的值"),
        ('T = { a = "tekun", b = "dibao", handling = "allow", basis = "x", from = "2024" }', "月份"),
    ],
)
def test_a_mistaken_rule_is_refused_with_its_line(office: Office, line: str, word: str) -> None:
    publish(office, line)
    problems = [p for p in office.store.catalog.problems if p.file == "county-overlaps.toml"]
    assert any(word in p.sentence() for p in problems)
    assert "R01" in office.store.catalog.overlaps


def test_records_of_another_office_count_only_where_asked(office: Office) -> None:
    """The county's question: the same number elsewhere, by id number, not by the person's row."""
    record = office.add_dibao("向世珍")
    with office.store.writing("elsewhere") as w:
        mine = w.get("people", member_of(office, record))
        assert mine is not None
        twin = w.put(
            "people",
            {"owner": "500229201", "name": mine["name"], "sex": mine["sex"], "birth_date": mine["birth_date"],
             "id_number": mine["id_number"]},
        )  # fmt: skip
        theirs = w.put(
            "records",
            {"owner": "500229201", "form": "tekun", "form_version": 1, "person": twin, "number": "TK-1",
             "doc": TEKUN, "state": "reported"},
        )  # fmt: skip
        w.put("steps", {**office.step(theirs, "confirm", "reported", "confirmed", at="2024-01-05T09:00:00+08:00",
                                      month="2024-01"), "owner": "500229201"})  # fmt: skip
    form = office.store.catalog.forms["dibao"]
    with office.store.reading() as r:
        assert load_clashes(r, form, month="2024-03") == {}
        assert [c.other for c in load_clashes(r, form, month="2024-03", anywhere=True)[record]] == [theirs]
