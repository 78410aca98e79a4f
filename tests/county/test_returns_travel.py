"""Bank returns travel to the county with the payments that they are of, and the county only looks (domain §2.11)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from minzheng_desktop.benefits.bank_returns import Returned, list_returns, register_returns
from minzheng_desktop.documents.reissue_file import save_reissue
from minzheng_desktop.values.dates import clock_at
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import XIUQI, County, Town

NOVEMBER = date(2026, 11, 20)


def pay(town: Town, person: str, cents: int) -> str:
    """A locked batch of one payment of 500.00; returns the payment item."""
    money = {"base": cents, "extra": 0, "backpay": 0, "deduct": 0, "total": cents}
    with town.store.writing("pay") as w:
        record = w.put(
            "records",
            {"owner": XIUQI, "form": "elder_age", "form_version": 1, "person": person, "state": "active"},
        )
        batch = w.put(
            "payment_batches",
            {
                "owner": XIUQI, "form": "elder_age", "month": "2026-10", "kind": "regular", "state": "locked",
                "number": "500229106-GL-202610-01", "item_count": 1, "total": cents,
                "locked_at": "2026-10-10T09:00:00+08:00",
            },
        )  # fmt: skip
        return w.put(
            "payment_items",
            {
                "owner": XIUQI, "batch": batch, "record": record, "person": person, "payee": person,
                "month": "2026-10", "period_from": "2026-10", "period_to": "2026-10", "months": 1, **money,
                "account_number": "6217001234500001111", "account_name": "测试001", "account_bank": "农商行",
            },
        )  # fmt: skip


def at_county(county: County) -> list[tuple[str, int, str]]:
    with county.store.reading() as r:
        return [(one.name, one.amount, one.state) for one in list_returns(r)]


def test_to_the_county_and_back(town: Town, county: County, tmp_path: Path) -> None:
    """500.00 come back, the county sees them waiting; sent again, the county sees where to; each package is right in
    lines and cents, and its receipt is read."""
    (person,) = town.add_people(1)
    item = pay(town, person, 50000)
    (one,) = register_returns(town.store, [Returned(item, "2")], on="2026-10-15", today=NOVEMBER)
    first = town.export()
    assert first.file is not None
    (result,) = county.receive(first.file)
    assert (result.status, result.reason) == ("applied", "")
    assert at_county(county) == [("测试001", 50000, "returned")]
    town.apply(result.receipt)
    with town.store.writing("account") as w:
        w.put(
            "bank_accounts",
            {"owner": XIUQI, "person": person, "number": "6217001234500002222", "name": "测试001"},
        )
    with clock_at("2026-11-20T09:00:00+08:00"):
        made = save_reissue(
            town.store, tmp_path / "重发.csv", [one], as_="bank-csv", today=NOVEMBER,
            printed_at="2026-11-20 09:00", checked_by="周晓岚",
        )  # fmt: skip
    second = town.export()
    assert second.file is not None
    (result,) = county.receive(second.file)
    assert result.status == "applied"
    assert at_county(county) == [("测试001", 50000, "reissued")]
    town.apply(result.receipt)
    with county.store.reading() as r:
        (line,) = list_returns(r)
    assert (line.reissue, line.new_number, line.settled_on) == (
        made.number, "6217001234500002222", "2026-11-20",
    )  # fmt: skip
    with pytest.raises(UserError, match="县端只能查看"):
        register_returns(county.store, [Returned(item, "2")], on="2026-11-20", today=NOVEMBER)


def test_both_in_one_package_and_returned_again(town: Town, county: County, tmp_path: Path) -> None:
    (person,) = town.add_people(1)
    item = pay(town, person, 50000)
    (one,) = register_returns(town.store, [Returned(item, "9")], on="2026-10-15", today=NOVEMBER)
    with town.store.writing("account") as w:
        w.put(
            "bank_accounts",
            {"owner": XIUQI, "person": person, "number": "6217001234500002222", "name": "测试001"},
        )
    save_reissue(
        town.store, tmp_path / "重发.csv", [one], as_="bank-csv", today=NOVEMBER, printed_at="2026-11-20 09:00",
        checked_by="周晓岚",
    )  # fmt: skip
    register_returns(town.store, [Returned(item, "3")], on="2026-11-20", today=NOVEMBER)
    done = town.export()
    assert done.file is not None
    (result,) = county.receive(done.file)
    assert result.status == "applied"
    assert at_county(county) == [("测试001", 50000, "returned"), ("测试001", 50000, "reissued")]
