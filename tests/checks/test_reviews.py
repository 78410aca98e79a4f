"""Reviews proposed from the forms' reminders and from what the registers know. Dates by hand from domain §3–5, §2.4."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.checks.desk import list_findings, run_checks
from minzheng_desktop.checks.reviews import Review, answer_reviews, find_reviews
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import TOWN, Office
from tests.benefits.samples import DIBAO, ELDER

TODAY = date(2024, 7, 5)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path / "修齐镇.mz")
    found.use_rates([*DIBAO, *ELDER])
    yield found
    found.store.close()


def reviews(office: Office, *, today: date = TODAY, month: str = "") -> list[Review]:
    with office.store.reading() as r:
        return find_reviews(r, today=today, month=month)


def add(office: Office, form: str, name: str, birth: str, **doc: Any) -> str:
    person = office.add_person(name, birth=birth)
    return office.add_record(form, {"apply_channel": "6", **doc}, {}, person=person)


def test_a_child_turning_18_is_named_90_days_ahead(office: Office) -> None:
    """Born 2006-10-02: 18 on 2024-10-02; 90 days before is 2024-07-04. Born 2006-10-04: from 2024-07-06 only."""
    add(office, "orphan", "冉小芳", "2006-10-02", turns_18="2024-10-02")
    add(office, "orphan", "冉小兰", "2006-10-04", turns_18="2024-10-04")
    assert [(one.name, one.due, one.late) for one in reviews(office)] == [("冉小芳", "2024-10-02", False)]
    assert [one.name for one in reviews(office, month="2024-07")] == ["冉小芳", "冉小兰"]


def test_a_release_comes_near_and_passes(office: Office) -> None:
    """刑满日前 30 天提醒 (domain §4.3③): 2024-08-04 is 30 days after 2024-07-05."""
    add(
        office, "defacto", "谭小勇", "2015-03-01", father_situation="3", father_until="2024-08-04",
        turns_18="2033-03-01",
    )  # fmt: skip
    add(
        office, "defacto", "谭小强", "2015-03-01", mother_situation="3", mother_until="2024-07-01",
        turns_18="2033-03-01",
    )  # fmt: skip
    found = {one.name: one for one in reviews(office)}
    assert set(found) == {"谭小勇", "谭小强"}
    assert not found["谭小勇"].late
    assert found["谭小强"].late
    assert "已过 4 天" in found["谭小强"].message


def test_a_certificate_that_ends(office: Office) -> None:
    """60 days ahead of the certificate's end."""
    add(office, "djr_care", "石明富", "1960-01-01", cert_expire="2024-09-03")
    add(office, "djr_care", "石明贵", "1960-01-01", cert_expire="2024-09-04")
    assert [one.name for one in reviews(office)] == ["石明富"]


def test_a_birthday_long_past_is_not_a_reminder(office: Office) -> None:
    """Of three old people only the one who turns 90 within 30 days is named."""
    for name, birth in (("向甲", "1930-01-01"), ("向乙", "1934-08-01"), ("向丙", "1934-09-01")):
        record = add(office, "elder_age", name, birth)
        office.take(
            record, "activate", "confirmed", "active", at="2024-02-01T09:00:00+08:00", month="2024-02"
        )
    assert [(one.name, one.due) for one in reviews(office)] == [("向乙", "2024-08-01")]


def test_a_change_of_household_is_named_by_the_register(office: Office) -> None:
    record = office.add_dibao("龙成碧", paid_through="2023-12")
    assert reviews(office) == []
    with office.store.reading() as r:
        row = r.get("records", record)
    assert row is not None
    people = [m["person"] for m in row["doc"]["members"]]
    born = office.add_person("龙小宝", birth="2024-05-20")
    with office.store.writing("household") as w:
        w.put(
            "household_members",
            {"owner": TOWN, "household": row["household"], "person": born, "relation": "40",
             "join_date": "2024-05-20"},
        )  # fmt: skip
        from minzheng_desktop.store import households

        home = households.load_household(w, row["household"])
        gone = next(m for m in home.members if m["person"] == people[1])
        w.put(
            "household_members",
            {"id": gone["member"], "leave_date": "2024-06-01", "leave_reason": "marriage_out"},
        )
    found = reviews(office)
    assert [one.due for one in found] == ["2024-05-20", "2024-06-01"]
    assert "龙小宝" in found[0].message
    assert "已离开这一户" in found[1].message


def test_who_moved_out_of_the_county(office: Office) -> None:
    record = office.add_elder("吴道芸", "1940-02-03")
    with office.store.reading() as r:
        person = (r.get("records", record) or {})["person"]
    office.change_person(person, hukou_village="500101001001")
    assert [one.title for one in reviews(office)] == ["户籍迁出"]


def test_a_guardian_who_died(office: Office) -> None:
    guardian = office.add_person("冉启明")
    add(office, "orphan", "冉小芳", "2015-10-02", turns_18="2033-10-02", guardian=guardian)
    assert reviews(office) == []
    office.change_person(guardian, alive_status="2", death_date="2024-07-01")
    (found,) = reviews(office)
    assert (found.title, found.due) == ("领款人、监护人死亡", "2024-07-01")


def test_an_answer_is_remembered_and_the_checks_leave_it(office: Office) -> None:
    add(office, "orphan", "冉小芳", "2006-10-02", turns_18="2024-10-02")
    add(office, "orphan", "冉小兰", "2006-10-01", turns_18="2024-10-01")
    first, second = reviews(office)
    assert answer_reviews(office.store, [first.id], today=TODAY, text="已告知监护人") == 1
    assert answer_reviews(office.store, [second.id], today=TODAY, until="2024-08-01") == 1
    assert [one.state for one in reviews(office)] == ["taken", "postponed"]
    run_checks(office.store, month="2024-07", today=TODAY)
    assert [one.state for one in reviews(office)] == ["taken", "postponed"]
    with office.store.reading() as r:
        assert [k for k in list_findings(r) if k.finding.rule.startswith("review")] == []
    assert [one.state for one in reviews(office, today=date(2024, 8, 1))] == ["taken", "open"]
    with pytest.raises(UserError, match="已经不在"):
        answer_reviews(office.store, ["nothing"], today=TODAY)


def test_a_marriage_after_the_benefit_began(office: Office) -> None:
    """婚姻登记后比对低保户成员、孤儿 (domain §6.4⑥): a draft is none, one before the benefit neither."""
    record = office.add_dibao("龙成碧", start="2024-01")
    with office.store.reading() as r:
        row = r.get("records", record)
    assert row is not None
    members = [m["person"] for m in row["doc"]["members"]]
    other = office.add_person("向世珍")
    for man, day in ((members[1], "2024-05-20"), (members[2], "2023-12-20")):
        with office.store.writing("marriage") as w:
            flow = w.store.catalog.forms["marriage"].workflow
            w.put(
                "records",
                {
                    "owner": TOWN, "form": "marriage", "form_version": 1, "record_date": day, "kind": "1",
                    "doc": {"kind": "1", "reg_date": day, "man": man, "woman": other},
                    "state": next(k for k, s in flow.states.items() if s.group != "draft"),
                },
            )  # fmt: skip
    (found,) = reviews(office)
    assert (found.title, found.due) == ("婚姻有变化", "2024-05-20")
