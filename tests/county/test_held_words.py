"""Lines that wait and lines in quarantine, told to the county in words (domain §10: a township writes its own rows)."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from minzheng_desktop.county.receiving.held_words import HeldLine, describe_held
from minzheng_desktop.exchange.files.container import read_container
from minzheng_desktop.exchange.files.envelope import sha256
from minzheng_desktop.exchange.judging.held import count_held
from minzheng_desktop.store.rows import revision_of
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.id_number import make_id_number
from tests.county.test_receive import taken
from tests.exchange.forgery import forge, person_line
from tests.exchange.offices import BASHAN, XIUQI, County, Town, person


def line(entity: str, row: str, base: str | None = None, **body: Any) -> Line:
    text = msgspec.json.encode({"owner": XIUQI, "void": 0, **body}).decode()
    return Line(
        entity, row, revision_of(base, text.encode()), base, "2026-11-23", "x", msgspec.Raw(text.encode())
    )


def account(row: str, owner: str, **more: Any) -> Line:
    body = {"person": owner, "number": "6217001234500007702", "name": "罗成贵", "state": "active", "more": {}}
    return line("bank_accounts", row, **{**body, **more})


def told(county: County) -> dict[str, HeldLine]:
    with county.store.reading() as r:
        return {one.id: one for one in describe_held(r)}


def test_an_account_waits_for_its_person_who_has_not_arrived(town: Town, county: County) -> None:
    first = forge(town, [account("a1", "p1")])
    taken(county, first)
    one = told(county)["a1"]
    assert (one.town, one.package, one.kind, one.whose) == ("修齐镇", 1, "账户", "罗成贵 尾号 7702")
    assert one.waits_for == "所指的人（人员）还没有到"
    assert not one.quarantined
    assert "自动入库" in one.reason
    assert len(one.at) >= len("2026-11-23")
    place = {"number": 2, "previous": sha256(read_container(first).envelope)}
    taken(county, forge(town, [person_line(XIUQI, "p1")], envelope=place, head=place))
    assert told(county) == {}


def test_whose_it_is_and_what_it_waits_for_with_masked_numbers(town: Town, county: County) -> None:
    """A second version of a person whose first never came, and his account: the account waits for a line that waits."""
    number = make_id_number("500229", date(1950, 1, 1), 7)
    body = {**person(XIUQI, "罗成贵", number), "phone": "13800000000"}
    taken(county, forge(town, [line("people", "p1", base="0" * 16, **body), account("a1", "p1")]))
    found = told(county)
    assert found["p1"].waits_for == "这一条的前一版还没有到"
    assert found["p1"].whose.startswith("罗成贵（")
    assert number not in str(found)
    assert "13800000000" not in str(found)
    assert found["a1"].waits_for.startswith("所指的人（人员）罗成贵（")
    assert found["a1"].waits_for.endswith("也在暂存")
    with county.store.reading() as r:
        assert count_held(r) == (2, 0)
        assert describe_held(r, division=BASHAN) == []


def test_a_row_that_says_it_belongs_to_another_office(town: Town, county: County) -> None:
    taken(county, forge(town, [person_line(BASHAN, "p2"), account("a1", "p2")]))
    found = told(county)
    assert found["p2"].quarantined
    assert found["p2"].reason.startswith("这一条人员写的单位是巴山镇，却在修齐镇的包里；只有巴山镇能写。")
    assert found["a1"].blocked
    assert found["a1"].waits_for == "所指的人（人员）罗成贵，在隔离里"
    assert "改对以后重新上报" in found["a1"].reason
    with county.store.reading() as r:
        assert count_held(r) == (1, 1)


def test_a_row_of_another_office_changed_or_pointed_to(town: Town, county: County) -> None:
    with county.store.writing("theirs") as w:
        theirs = w.put("people", person(BASHAN, "向世珍", None, id_missing_reason="other"))
    taken(county, forge(town, [person_line(XIUQI, theirs, "改名"), account("a1", theirs)]))
    found = told(county)
    assert found[theirs].reason.startswith("修齐镇要改的是巴山镇的人员“向世珍”；只有巴山镇能改。")
    assert found["a1"].reason.startswith("它所指的人是巴山镇的人员“向世珍”，修齐镇不能指过去。")


def test_what_only_the_county_writes(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    done = town.export()
    assert done.file is not None
    county.receive(done.file)
    body = {"record": record, "on_revision": "x", "kind": "confirm", "at": "2026-11-23", "state": "issued"}
    taken(county, forge(town, [line("decisions", "d1", **body)]))
    one = told(county)["d1"]
    assert (one.kind, one.quarantined) == ("县局决定", True)
    assert one.whose.startswith("高龄津贴 测试001（")
    assert one.reason.startswith("“县局决定”只由县局写，修齐镇的包里不该有。")


def test_one_number_of_two_people(town: Town, county: County) -> None:
    number = make_id_number("500229", date(1950, 1, 1), 8)
    both = [
        line("people", row, **person(XIUQI, name, number))
        for row, name in (("p1", "罗成贵"), ("p2", "罗成桂"))
    ]
    taken(county, forge(town, both))
    one = told(county)["p2"]
    assert one.waits_for.startswith("同一证号已有 罗成贵（")
    assert "留下一个再上报" in one.reason


def test_a_conflict_leads_to_the_record_that_the_county_has(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    done = town.export()
    assert done.file is not None
    county.receive(done.file)
    place = {"number": 2, "previous": sha256(read_container(done.file.read_bytes()).envelope)}
    taken(
        county,
        forge(town, [line("records", record, form="elder_age", form_version=1)], envelope=place, head=place),
    )
    one = told(county)[record]
    assert (one.why, one.form, one.record) == ("conflict", "elder_age", record)
    assert "从同一版改出两种内容" in one.reason
