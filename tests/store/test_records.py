"""A 低保 household from the draft into force, on a real database; expected values by hand from domain.md §3.1."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.store import households, listing, people, records, schema, steps
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import make_id_number

TOWN = "500229106"
VILLAGE = "500229106200"
TODAY = date(2024, 9, 20)


def add_household(store: Store, names: dict[str, tuple[str, date]]) -> tuple[str, dict[str, str]]:
    """A household of people by name: (relation, birth); the first is the head."""
    ids: dict[str, str] = {}
    with store.writing("register") as w:
        for number, (name, (_, birth)) in enumerate(names.items()):
            ids[name] = people.save_person(
                w,
                {
                    "owner": TOWN,
                    "name": name,
                    "id_number": make_id_number("500229", birth, 101 + number * 2 + hash_of(name)),
                    "reside_village": VILLAGE,
                },
                today=TODAY,
            )
        head = next(iter(ids.values()))
        household = households.save_household(
            w,
            {"owner": TOWN, "head": head, "village": VILLAGE},
            [{"person": ids[n], "relation": relation} for n, (relation, _) in names.items()],
        )
    return household, ids


def hash_of(name: str) -> int:
    """A different run of invented sequence numbers for each household."""
    return sum(map(ord, name)) % 300 * 2


FAMILY = {
    "罗成贵": ("02", date(1965, 3, 12)),
    "周德芳": ("10", date(1968, 9, 3)),
    "罗小川": ("20", date(2008, 11, 20)),
}


def application(ids: dict[str, str], **more: Any) -> dict[str, Any]:
    """12,460.00 a year: the household of the picture of the economy page."""
    head, wife, son = ids["罗成贵"], ids["周德芳"], ids["罗小川"]
    return {
        "apply_channel": "1",
        "apply_date": "2024-08-06",
        "relative_of_staff": False,
        "dibao_type": "2",
        "calc_mode": "1",
        "poverty_cause": "02",
        "members": [
            {"key": head, "person": head, "in_covered": True},
            {"key": wife, "person": wife, "in_covered": True},
            {"key": son, "person": son, "in_covered": True, "classified": "minor"},
        ],
        "incomes": [
            {
                "key": "1",
                "member": head,
                "kind": "1",
                "source": "务工",
                "annual_amount": 780000,
                "counted": True,
            },
            {
                "key": "2",
                "member": wife,
                "kind": "2",
                "source": "种植",
                "annual_amount": 466000,
                "counted": True,
            },
        ],
        **more,
    }


def save(store: Store, doc: dict[str, Any], household: str, **more: Any) -> records.Saved:
    with store.writing("save") as w:
        return casework.save_record(
            w, "dibao", doc, today=TODAY, subject=records.Subject(household=household), **more
        )


def step(store: Store, record: str, key: str, *, today: date = TODAY, **asks: Any) -> steps.Taken:
    with store.writing("step") as w:
        return casework.take_step(w, record, key, today=today, asks=asks)


def edit(store: Store, record: str, **values: Any) -> None:
    with store.reading() as r:
        doc = records.load_record(r, record)["doc"]
    with store.writing("save") as w:
        casework.save_record(w, "dibao", {**doc, **values}, today=TODAY, record_id=record)


def bring_into_force(store: Store, record: str) -> steps.Taken:
    """Every step of the workflow, with what each asks for."""
    step(store, record, "submit")
    step(store, record, "accept")
    step(store, record, "investigate")
    edit(
        store,
        record,
        dibao_class="B",
        democratic_review="到会 11 人，同意 11 人",
        town_result="1",
        town_opinion="拟同意",
        investigations=[
            {
                "key": "1",
                "date": "2024-08-12",
                "method": "1",
                "investigators": ["甲", "乙"],
                "findings": "属实",
            }
        ],
        verifications=[{"key": "1", "request_date": "2024-08-08", "reply_date": "2024-08-14", "result": "1"}],
    )
    step(store, record, "review", opinion="拟同意")
    edit(
        store,
        record,
        publicity=[
            {"key": "1", "stage": "1", "place": "村务公开栏", "start_date": "2024-08-20", "result": "1"}
        ],
    )
    step(store, record, "publicize")
    step(store, record, "end_publicity")
    step(store, record, "report")
    return step(
        store, record, "manual_confirm", document_no="城民批〔2024〕9号", date="2024-09-18", scan="a" * 64
    )


@pytest.fixture
def applied(office: Store) -> tuple[Store, str, dict[str, str], str]:
    store = office
    household, ids = add_household(store, FAMILY)
    return store, save(store, application(ids), household).id, ids, household


def test_a_draft_is_numbered_listed_and_reckoned(applied: tuple[Store, str, dict[str, str], str]) -> None:
    store, record, ids, _ = applied
    with store.reading() as r:
        row = records.load_record(r, record)
        (line,) = listing.list_records(r, listing.Filter("dibao"))
        summary = listing.summarise(r, listing.Filter("dibao"))
        file = people.person_file(r, ids["罗小川"])
    assert row["number"] == f"DB-{store.site.division if store.site.role == 'county' else TOWN}-2024-000001"
    assert (line.name, line.village, line.state, line.quantity) == ("罗成贵", VILLAGE, "draft", 3)
    # (635 − 12460 ÷ 12 ÷ 3) × 3 = 866.666… → 866.67, and one minor 50.00 (example rates of 2024-09)
    assert (row["doc"]["monthly_base"], row["doc"]["monthly_classified"]) == (86667, 5000)
    assert (line.amount, summary.amount, summary.states) == (91667, 91667, {"draft": 1})
    assert [(x["form"], x["role"]) for x in file.records] == [("dibao", "covered")]


def test_from_application_into_force(applied: tuple[Store, str, dict[str, str], str]) -> None:
    store, record, _, _ = applied
    taken = bring_into_force(store, record)
    with store.reading() as r:
        row = records.load_record(r, record)
        history = records.steps_of(r, record)
        (term,) = records.terms_of(r, record)
    assert (row["state"], taken.to_state) == ("confirmed", "confirmed")
    assert [s["step"] for s in history][:2] == ["start", "submit"]
    assert history[-1]["ground"]["document_no"] == "城民批〔2024〕9号"
    # Start-month rule of the shipped rates: 当月 (重庆市城乡居民最低生活保障条例), confirmed on 2024-09-18.
    assert (row["start_month"], term["from_month"], term["state"]) == ("2024-09", "2024-09", "approved")
    assert term["inputs"]["income_year"] == 1246000
    assert (term["inputs"]["size"], term["inputs"]["covered"]) == (3, 3)
    assert len(term["snapshot"]["members"]) == 3


def test_a_person_is_in_one_household_in_force_only(applied: tuple[Store, str, dict[str, str], str]) -> None:
    store, record, ids, household = applied
    with pytest.raises(UserError, match="这一户已有在办或在享的低保"):
        save(store, application(ids), household)
    other, more = add_household(store, {"向光菊": ("02", date(1970, 1, 5))})
    doc = application(ids)
    doc["members"] = [
        {"key": more["向光菊"], "person": more["向光菊"], "in_covered": True},
        {"key": ids["罗小川"], "person": ids["罗小川"], "in_covered": True},
    ]
    doc["incomes"] = []
    with pytest.raises(UserError) as refused:
        save(store, doc, other)
    assert refused.value.message.startswith("罗小川已在另一户低保里")
    step(store, record, "submit")
    step(store, record, "withdraw", reason="不再申请")  # closed: the keys are free again
    assert save(store, doc, other).state == "draft"


def test_a_step_says_what_is_missing_and_writes_nothing(
    applied: tuple[Store, str, dict[str, str], str],
) -> None:
    store, record, _, _ = applied
    with store.reading() as r:
        before = r.change_number()
    with pytest.raises(UserError, match="不能“乡镇审核”") as refused:
        step(store, record, "review", opinion="拟同意")
    assert "提交" in refused.value.message
    step(store, record, "submit")
    with pytest.raises(UserError, match="还要填：原因"):
        step(store, record, "withdraw")
    step(store, record, "accept")
    step(store, record, "investigate")
    with pytest.raises(UserError) as refused:
        step(store, record, "review", opinion="拟同意")
    assert refused.value.problems
    with store.reading() as r:
        assert records.load_record(r, record)["state"] == "investigating"
        assert r.change_number() > before


def test_in_force_an_error_is_not_saved(applied: tuple[Store, str, dict[str, str], str]) -> None:
    store, record, _, _ = applied
    bring_into_force(store, record)
    with pytest.raises(UserError) as refused:
        edit(store, record, dibao_type=None)
    assert refused.value.code == "record_wrong"
    assert any(p.path == "dibao_type" for p in refused.value.problems)


def test_suspended_resumed_stopped(applied: tuple[Store, str, dict[str, str], str]) -> None:
    store, record, _, _ = applied
    bring_into_force(store, record)
    step(store, record, "suspend", reason="认证逾期", month="2024-11")
    step(store, record, "resume", reason="已补认证", month="2025-01")
    edit(store, record, stop_reason="voluntary")
    step(store, record, "stop_at_once", reason="自愿退出", month="2025-03")
    with store.reading() as r:
        row = records.load_record(r, record)
        held = r.scalar(
            sa.select(sa.func.count())
            .select_from(schema.record_keys)
            .where(schema.record_keys.c.record == record, schema.record_keys.c.name == "household")
        )
    assert (row["state"], row["start_month"], row["end_month"], held) == ("stopped", "2024-09", "2025-03", 0)


def test_maker_and_checker_differ_unless_the_post_is_single(
    applied: tuple[Store, str, dict[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, record, _, _ = applied
    bring_into_force(store, record)
    with store.reading() as r:
        review = next(s for s in records.steps_of(r, record) if s["step"] == "review")
    assert review["ground"]["single_post"] is True
    household, ids = add_household(store, {"冉启珍": ("02", date(1948, 5, 6))})
    doc = {**application({"罗成贵": ids["冉启珍"], "周德芳": ids["冉启珍"], "罗小川": ids["冉启珍"]})}
    doc["members"], doc["incomes"] = doc["members"][:1], []
    second = save(store, doc, household).id
    step(store, second, "submit")
    step(store, second, "accept")
    step(store, second, "investigate")
    monkeypatch.setitem(store.__dict__, "single_post", False)
    with pytest.raises(UserError, match="要由另一个人来做"):
        step(store, second, "review", opinion="拟同意")
