"""物资 of a campaign: what goes out never exceeds what came in, and everybody signs for it (domain §3.8).

Amounts by hand: 40 quilts at 85.50 come in, 25 go to households.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.checks.desk import run_checks
from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import ReliefTown, flat

HANDS = ["周晓岚", "冉启明"]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path, today=date(2024, 12, 20))
    yield made
    made.store.close()


@pytest.fixture
def campaign(town: ReliefTown) -> str:
    record = plan(town, "2024年寒冬送温暖")
    move(town, record, "in", 40, "2024-12-01", unit="床", price=8_550, source="1")
    town.walk(record, ["stock", "distribute"])
    return record


def plan(town: ReliefTown, name: str) -> str:
    doc = {
        "name": name, "facility_kind": "goods_campaign", "campaign_kind": "1", "starts_on": "2024-12-01",
        "ends_on": "2025-02-28", "organizer": "县救助管理站", "keeper": "冉启明",
    }  # fmt: skip
    record = town.save("goods_campaign", doc)
    town.step(record, "plan")
    return record


def entry(
    town: ReliefTown, campaign: str, way: str, pieces: float, day: str, person: str | None = None, **more: Any
) -> str:
    doc = {
        "campaign": campaign, "moved_on": day, "way": way, "item_name": "棉被",
        "spec": "200×230cm", "qty": round(pieces * 100), "handlers": HANDS, **more,
    }  # fmt: skip
    return town.save("goods", doc, person=person)


def move(town: ReliefTown, *args: Any, **more: Any) -> str:
    record = entry(town, *args, **more)
    town.step(record, "register")
    return record


def test_no_day_of_a_campaign_falls_below_zero(town: ReliefTown, campaign: str) -> None:
    person = town.person("吴道芸", "1950-01-02", sex="2")
    move(town, campaign, "give", 25, "2024-12-10", person)
    too_many = entry(town, campaign, "give", 15.01, "2024-12-11", person)
    with pytest.raises(UserError, match="“棉被”库存不够"):
        town.step(too_many, "register")
    town.change(too_many, qty=1_500)
    town.step(too_many, "register")
    more = move(town, campaign, "in", 10, "2024-12-15", unit="床", price=8_550, source="1")
    # ten have come, but on the 12th there was nothing left: a give of that day is refused
    early = entry(town, campaign, "give", 5, "2024-12-12", person)
    with pytest.raises(UserError, match="库存不够"):
        town.step(early, "register")
    late = move(town, campaign, "loss", 8, "2024-12-16", note="受潮")
    with pytest.raises(UserError, match="先作废后面的出库"):
        town.step(more, "revoke")
    town.step(late, "revoke")
    assert town.step(more, "revoke") == "void"


def test_stock_is_kept_by_campaign_item_and_lot(town: ReliefTown, campaign: str) -> None:
    person = town.person("吴道芸", "1950-01-02", sex="2")
    other = plan(town, "2024年冬春救助")
    rice = entry(town, campaign, "give", 1, "2024-12-10", person, item_name="大米", spec="10kg")
    with pytest.raises(UserError, match="没有入库过“大米”"):
        town.step(rice, "register")
    move(town, other, "in", 5, "2024-12-01", unit="床", price=8_550, source="1")
    town.walk(other, ["stock", "distribute"])
    six = entry(town, other, "give", 6, "2024-12-10", person)
    with pytest.raises(UserError, match="库存不够"):
        town.step(six, "register")
    # another price is another lot, with a stock of its own
    move(
        town,
        campaign,
        "in",
        2,
        "2024-12-02",
        unit="床",
        price=9_900,
        source="2",
        supplier="城口商场",
        lot="二批",
    )
    dear = move(town, campaign, "give", 2, "2024-12-10", person, lot="二批")
    assert town.doc(dear)["value"] == 19_800
    with pytest.raises(UserError, match="库存不够"):
        town.step(entry(town, campaign, "give", 1, "2024-12-11", person, lot="二批"), "register")


def test_who_gets_what_is_signed_for(town: ReliefTown, campaign: str) -> None:
    with pytest.raises(UserError, match="发放要选领取的人"):
        town.step(entry(town, campaign, "give", 1, "2024-12-10"), "register")
    given = []
    for name, pieces in (("吴道芸", 2), ("冉光福", 23)):
        person = town.person(name, "1950-01-02", sex="2")
        given.append(move(town, campaign, "give", pieces, "2024-12-10", person))
    assert {town.doc(record)["campaign_kind"] for record in given} == {
        "1"
    }  # the campaign's own, not typed again
    # 2 × 85.50 and 23 × 85.50
    assert [town.doc(record)["value"] for record in given] == [17_100, 196_650]
    with pytest.raises(UserError, match="领取人签字表"):
        town.step(given[0], "sign")
    town.change(given[0], receiver_sign=["e" * 64])
    assert town.step(given[0], "sign") == "signed"
    sheet = flat(town.list("goods", "signing").data)
    for words in (
        "领取签字表",
        "2024年寒冬送温暖",
        "吴道芸",
        "冉光福",
        "200×230cm",
        "2,137.50",
        "领取人签字",
    ):
        assert words in sheet
    book = flat(town.list("goods", "book").data)
    assert "15.00" in book  # 40 − 2 − 23
    assert "3,420.00" in book  # 40 × 85.50 came in
    stock = flat(town.list("goods", "stock").data)
    for words in ("棉被　200×230cm", "40.00", "25.00", "15.00", "3,420.00", "2,137.50"):
        assert words in stock
    assert set(town.papers(given[1])) == {"bill", "published"}
    assert "壹仟玖佰陆拾陆元伍角" in town.texts(given[1])["bill"]


def test_a_proxy_is_named_and_the_same_thing_twice_is_pointed_out(town: ReliefTown, campaign: str) -> None:
    person = town.person("吴道芸", "1950-01-02", sex="2")
    move(town, campaign, "give", 1, "2024-12-10", person)
    again = entry(town, campaign, "give", 1, "2024-12-11", person, receiver="2")
    assert any("已领过“棉被”" in said for said in town.said)
    with pytest.raises(UserError, match="代领人"):
        town.step(again, "register")
    town.change(again, proxy_name="冉光福", proxy_number="500229195001020017", proxy_relation="10")


def test_the_campaign_has_its_own_road(town: ReliefTown) -> None:
    record = plan(town, "2024年寒冬送温暖")
    with pytest.raises(UserError, match="先登记物资入库"):
        town.step(record, "stock")
    person = town.person("吴道芸", "1950-01-02", sex="2")
    move(town, record, "in", 4, "2024-12-01", unit="床", price=8_550, source="1")
    town.step(record, "stock")
    early = entry(town, record, "give", 1, "2024-12-10", person)
    with pytest.raises(UserError, match="还没有开始发放"):
        town.step(early, "register")
    town.step(record, "distribute")
    town.step(early, "register")
    with pytest.raises(UserError, match="先写发放情况"):
        town.step(record, "close")
    town.change(record, summary="发放 1 户，余 3 床转下年", patrols=6)
    assert town.step(record, "close") == "closed"
    assert "2024年寒冬送温暖" in flat(town.list("goods_campaign", "campaigns").data)
    assert "余 3 床转下年" in town.texts(record)["summary"]


def test_a_list_brought_in_beyond_the_stock_is_found(town: ReliefTown, campaign: str) -> None:
    """Rows of a roster are not held against each other as they come in; the check finds them (C15)."""
    person = town.person("吴道芸", "1950-01-02", sex="2")
    given = move(town, campaign, "give", 40, "2024-12-10", person)
    with town.store.writing("as a roster would") as w:
        row = w.get("records", given)
        assert row is not None
        w.put("records", {"id": given, "doc": {**row["doc"], "qty": 4_100, "signed_qty": -4_100}})
    found = run_checks(town.store, month="2024-12", today=town.today)
    assert {f.finding.rule for f in found if "库存不够" in f.finding.message} == {"C15"}
