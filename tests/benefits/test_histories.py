"""Whatever happens, in a real office: what was paid is what is due, or is carried; what is locked never changes."""

from __future__ import annotations

from random import Random

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.benefits.recovery import open_recoveries, plan_recoveries
from minzheng_desktop.catalog import seeds
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.store import schema, shelf
from minzheng_desktop.values.dates import month_range
from tests.benefits.offices import Office
from tests.benefits.samples import DIBAO, RAISE

MONTHS = month_range("2024-01", "2024-12")


class Clerk:
    """Does to a few households what happens to households, in a random order."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office = office
        self.random = Random(seed)
        self.records = [office.add_dibao(name, members=n) for name, n in (("甲", 1), ("乙", 2), ("丙", 3))]
        self.state = dict.fromkeys(self.records, "confirmed")
        self.dead: set[str] = set()

    def act(self, month: str) -> None:
        record = self.random.choice(self.records)
        self.random.choice(
            [self.decide, self.suspend, self.resume, self.die, self.come_back, self.raise_rates]
        )(record, month)

    def some_month(self, month: str) -> str:
        """This month or one before it: things are reported late."""
        return self.random.choice(MONTHS[: MONTHS.index(month) + 1])

    def decide(self, record: str, month: str) -> None:
        size = self.random.randint(1, 3)
        income = self.random.randrange(0, 700) * 12 * size * 100
        inputs = {"area": "2", "income_year": income, "size": size, "covered": size}
        self.office.approve(record, self.some_month(month), inputs)

    def suspend(self, record: str, month: str) -> None:
        if self.state[record] != "suspended":
            self.step(record, "suspend", "suspended", month, reason="逾期未认证")

    def resume(self, record: str, month: str) -> None:
        if self.state[record] == "suspended":
            self.step(record, "resume", "active", month, reason="已认证", back_pay=self.random.random() < 0.5)

    def step(self, record: str, name: str, to: str, month: str, **ground: object) -> None:
        at = f"{month}-20T10:00:00+08:00"
        self.office.take(record, name, self.state[record], to, at=at, month=self.some_month(month), **ground)
        self.state[record] = to

    def die(self, record: str, month: str) -> None:
        self.office.change_person(
            self.head(record), death_date=f"{self.some_month(month)}-12", alive_status="2"
        )

    def come_back(self, record: str, month: str) -> None:
        self.office.change_person(self.head(record), death_date=None, alive_status="1")

    def raise_rates(self, record: str, month: str) -> None:
        self.office.use_rates([*DIBAO, RAISE])

    def head(self, record: str) -> str:
        with self.office.store.reading() as r:
            row = r.get("records", record)
        assert row is not None
        return str(row["person"])


def locked_rows(office: Office) -> dict[str, str]:
    with office.store.reading() as r:
        return {row["id"]: row["revision"] for row in r.rows(sa.select(schema.payment_items))}


def paid_in_all(office: Office) -> dict[str, int]:
    i = schema.payment_items.c
    with office.store.reading() as r:
        return dict(r.connection.execute(sa.select(i.record, sa.func.sum(i.total)).group_by(i.record)).all())  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(1, 5))
def test_paid_is_due_or_carried(empty_office: Office, seed: int) -> None:
    """After every lock a second plan of differences is empty but for what is carried or postponed."""
    office = empty_office
    office.use_rates(DIBAO)
    clerk = Clerk(office, seed)
    frozen: dict[str, str] = {}
    for month in MONTHS:
        for _ in range(2):
            clerk.act(month)
        planned = plan_batch(office.store, form="dibao", month=month)
        assert planned.bridge.holds
        for item in planned.items:
            assert min(item.base, item.extra, item.backpay, item.deduct, item.total) >= 0
            assert item.total == item.base + item.extra + item.backpay - item.deduct
            assert item.total == sum(line.cents for line in item.lines)
        for adjust in planned.pending_adjusts:
            lock_batch(
                office.store, plan_batch(office.store, form="dibao", month=adjust.month, kind="adjust")
            )
        planned = plan_batch(office.store, form="dibao", month=month)
        assert planned.pending_adjusts == ()
        if planned.items:
            lock_batch(office.store, planned)
        rest = plan_batch(office.store, form="dibao", month=month, kind="backpay")
        assert rest.items == ()
        assert {c.record: c.cents for c in rest.carried} == {c.record: c.cents for c in planned.carried}
        open_recoveries(office.store, plan_recoveries(office.store, planned))
        now = locked_rows(office)
        assert frozen.items() <= now.items()
        frozen = now
    assert len(frozen) > 8, "hardly anything was paid: the history proves nothing"
    assert all(cents >= 0 for cents in paid_in_all(office).values())


def test_eligibility_fails_closed_and_names_what_is_empty(office: Office) -> None:
    """A form with [benefit].eligible pays who meets it; an empty field counts as not met (form language §4)."""
    text = next(s.text for s in seeds.shipped_sources() if s.kind == "form" and s.key == "elder_age")
    text = text.replace('key      = "elder_age"', 'key      = "elder_checked"').replace(
        'unit    = "person"', 'unit    = "person"\neligible = "last_check_date >= \'2024-01-01\'"'
    )
    with office.store.writing("form") as w:
        w.insert(
            "catalog",
            [shelf.entry(Source("form", "elder_checked", "elderly/elder_checked.toml", text, "local"))],
        )
    office.store.catalog_changed()
    assert office.store.catalog.problems == ()
    people = [office.add_person(name, birth="1940-01-05") for name in ("甲", "乙", "丙")]
    for person in people:
        office.add_account(person)
    checked, old, never = (
        office.add_record("elder_checked", doc, {"birth_date": "1940-01-05"}, person=person)
        for doc, person in zip(
            ({"last_check_date": "2024-02-01"}, {"last_check_date": "2023-02-01"}, {}), people, strict=True
        )
    )
    found = plan_batch(office.store, form="elder_checked", month="2024-03")
    assert [i.record for i in found.items] == [checked]
    assert {b.record: b.reason for b in found.blocked} == {old: "不符合享受条件", never: "缺：认证日期"}
