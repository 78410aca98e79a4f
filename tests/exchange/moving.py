"""Two townships and their county, with a household on 低保 in the first: for the tests of moving house.

Every sum is worked out by hand: rural standard 600 yuan a person and month less 310 of income each, three persons
covered, 870 yuan a month (domain §8.4)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.exchange.down.acknowledge import AppliedReceipt
from minzheng_desktop.store import schema, shelf
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.dates import clock_at
from minzheng_desktop.values.ids import new_id
from tests.exchange.offices import (
    BASHAN,
    CHEAP,
    PASSWORD,
    TODAY,
    XIUQI,
    County,
    Town,
    join,
    new_county,
    person,
)
from tests.exchange.test_receipt import again, hand_over

MONTHLY = 87_000
RATES = """area = "500229"
[rate]
[rate."dibao.rural"]
title = "农村低保标准"
unit = "yuan_per_person_month"
values = [ { from = "2023-09-01", value = "600.00", doc = "城民发〔2023〕1号" } ]
[rate."dibao.urban"]
title = "城市低保标准"
unit = "yuan_per_person_month"
values = [ { from = "2023-09-01", value = "735.00", doc = "城民发〔2023〕1号" } ]
"""


@dataclass
class Move:
    """The three offices, and the household of the first: its id, people, record, account."""

    old: Town
    new: Town
    county: County
    household: str = ""
    people: tuple[str, ...] = ()
    record: str = ""
    account: str = ""

    def close(self) -> None:
        for store in (self.old.store, self.new.store, self.county.store):
            store.close()

    def send(self, town: Town) -> AppliedReceipt:
        """Export, receive, and read the receipt."""
        return town.apply(hand_over(town, self.county))

    def read(self, town: Town) -> AppliedReceipt:
        """Read a fresh receipt for the last package."""
        return town.apply(again(town, self.county))

    def confirm(self) -> str:
        from minzheng_desktop.county.replies.transfers import confirm_move, list_moves

        with self.county.store.reading() as r:
            (one,) = list_moves(r, states=("waiting",))
        confirm_move(self.county.store, one.transfer, number="城民函〔2026〕8号")
        return one.transfer


def make_town(folder: Path, division: str) -> Town:
    folder.mkdir(parents=True)
    store = Store.create(
        folder / "乡镇.mz", role="township", division=division, user="唐敏", password=PASSWORD, cost=CHEAP
    )[0]
    with store.writing("rates") as w:
        w.insert("catalog", [shelf.entry(Source("rates", "county", "county.toml", RATES, "county"))])
    store.catalog_changed()
    return Town(store, folder / "U盘")


def make_move(folder: Path) -> Move:
    county = new_county(folder / "county")
    with county.store.writing("rates") as w:
        w.insert("catalog", [shelf.entry(Source("rates", "county", "county.toml", RATES, "county"))])
    county.store.catalog_changed()
    move = Move(make_town(folder / "old", XIUQI), make_town(folder / "new", BASHAN), county)
    for town in (move.old, move.new):
        join(town, county)
    move.new.count = 500  # nobody of the old township
    move.new.add_people(1)
    move.send(move.new)
    add_dibao(move)
    return move


def add_dibao(move: Move) -> None:
    """Three persons on 低保 from 2026-08, confirmed, with an account."""
    town = move.old
    owner, village = town.store.site.division, f"{town.store.site.division}200"
    people = town.add_people(3, reside_village=village)
    record = new_id()
    rows = [
        {"key": p, "person": p, "in_covered": True, "relation": "02" if n == 0 else "39", "leave_date": None}
        for n, p in enumerate(people)
    ]
    income = 310 * 12 * 3 * 100
    doc = {
        "dibao_type": "2", "dibao_class": "B", "calc_mode": "1", "household_size": 3, "covered_size": 3,
        "income_total_year": income, "cert_no": f"DB{town.count:05d}", "apply_channel": "1", "members": rows,
    }  # fmt: skip
    inputs = {
        "area": "2", "income_year": income, "size": 3, "covered": 3, "mode": "1", "grade": None, "classified": [None],
        "grace_from": None, "grace_to": None, "grace_amount": None,
    }  # fmt: skip
    with town.store.writing("test") as w:
        home = w.put("households", {"owner": owner, "head": people[0], "village": village})
        for n, p in enumerate(people):
            relation = "02" if n == 0 else "39"
            w.put("household_members", {"owner": owner, "household": home, "person": p, "relation": relation})
        account = w.put(
            "bank_accounts",
            {
                "owner": owner,
                "person": people[0],
                "number": "6217001234512345678",
                "name": "测试001",
                "bank": "农商行",
            },
        )
        w.put(
            "records",
            {
                "id": record, "owner": owner, "form": "dibao", "form_version": 1, "person": people[0],
                "household": home, "village": village, "number": f"dibao-{town.count:06d}", "doc": doc,
                "state": "reported", "kind": "2", "quantity": 3,
            },
        )  # fmt: skip
        w.put(
            "steps",
            {
                "owner": owner, "record": record, "step": "confirm", "from_state": "reported", "to_state": "confirmed",
                "at": "2026-08-03T09:00:00+08:00", "effective_month": "2026-08", "actor": "county", "by": "唐敏",
            },
        )  # fmt: skip
        w.put(
            "terms",
            {
                "owner": owner, "record": record, "from_month": "2026-08", "state": "approved", "ground": "confirm",
                "inputs": inputs, "snapshot": {"members": rows},
            },
        )  # fmt: skip
    move.household, move.people, move.record, move.account = home, tuple(people), record, account


def pay(town: Town, month: str) -> int:
    """Plan and lock 低保 of a month; returns its total in cents, 0 where there was nothing to pay."""
    plan = plan_batch(town.store, form="dibao", month=month, today=TODAY)
    if not plan.items:
        return 0
    with clock_at(f"{month}-10T09:00:00+08:00"):
        lock_batch(town.store, plan)
    return sum(item.total for item in plan.items)


def rows_of(store: Store, table: str, **where: Any) -> list[dict[str, Any]]:
    t = schema.metadata.tables[table]
    with store.reading() as r:
        return r.rows(sa.select(t).where(*(t.c[key] == value for key, value in where.items())))


def stranger(town: Town, like: dict[str, Any]) -> str:
    """Somebody of this township with the number of another row."""
    with town.store.writing("test") as w:
        return w.put("people", person(town.store.site.division, like["name"], like["id_number"]))
