"""Batches planned and locked in a real office. Amounts: domain §8.4 and §8.5, or hand arithmetic as noted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits.adjusts import adjusts_due
from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.benefits.plans import BatchPlan
from minzheng_desktop.benefits.recovery import open_recoveries, plan_recoveries
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import USER, Office
from tests.benefits.samples import DIBAO, RAISE


def plan(office: Office, month: str, form: str = "dibao", **more: object) -> BatchPlan:
    return plan_batch(office.store, form=form, month=month, **more)  # type: ignore[arg-type]


def lock(office: Office, month: str, form: str = "dibao", **more: object) -> BatchPlan:
    found = plan(office, month, form, **more)
    lock_batch(office.store, found)
    return found


def lock_months(office: Office, first: int, last: int) -> None:
    for month in range(first, last + 1):
        lock(office, f"2024-{month:02d}")


def suspend(office: Office, record: str, **ground: object) -> None:
    """Held from April 2024."""
    at = "2024-03-20T10:00:00+08:00"
    office.take(record, "suspend", "confirmed", "suspended", at=at, month="2024-04", **ground)


def resume(office: Office, record: str, **ground: object) -> None:
    """Paid again from June 2024."""
    at = "2024-06-04T10:00:00+08:00"
    office.take(record, "resume", "suspended", "active", at=at, month="2024-06", **ground)


def change_account(office: Office, person: str, **more: object) -> None:
    """A new account from February 2024, changed by the one who locks, looked at by nobody."""
    number, since = "6217001234500007702", "2024-02-01"
    office.add_account(person, number, state="pending", changed_by=USER, valid_from=since, **more)


def test_first_month_of_a_household(office: Office) -> None:
    """Domain §8.4: (600 − 310) × 3 = 870.00 in January 2024, all of it 新增."""
    office.add_dibao("向世珍", start="2024-01")
    found = plan(office, "2024-01")
    assert (found.state, found.total, len(found.items)) == ("planned", 87000, 1)
    item = found.items[0]
    assert (item.base, item.extra, item.backpay, item.deduct, item.months) == (87000, 0, 0, 0, 1)
    assert item.row["head.name"] == "向世珍"
    assert item.row["pay.rate"] == 60000
    assert item.row["dibao_type"] == "农村"
    assert (found.bridge.new, found.bridge.new_count, found.bridge.before) == (87000, 1, 0)
    assert [c.reason for c in found.new] == ["01-03 县确认"]
    assert [r.code for r in found.rates] == ["dibao.rural"]
    assert found.examples == ()


def test_second_month_is_the_same_and_the_bridge_holds(office: Office) -> None:
    office.add_dibao("向世珍")
    lock(office, "2024-01")
    found = plan(office, "2024-02")
    assert (found.total, found.items[0].change) == (87000, "same")
    assert (found.bridge.before, found.bridge.before_count, found.bridge.new_count) == (87000, 1, 0)
    assert found.bridge.holds


def test_the_raise_of_september_is_a_change_with_its_reason(office: Office) -> None:
    """Domain §8.4: 870.00 → 975.00."""
    office.add_dibao("向世珍")
    lock_months(office, 1, 8)
    found = plan(office, "2024-09")
    assert found.total == 97500
    assert [(c.before, c.now, c.reason) for c in found.changed] == [(87000, 97500, "标准调整：农村低保标准")]
    assert (found.bridge.changed, found.bridge.changed_count) == (10500, 1)


def test_a_raise_entered_late_is_adjusted_month_by_month(empty_office: Office) -> None:
    """Domain §8.4: entered in November, 105.00 for September and 105.00 for October, a batch each."""
    office = empty_office
    office.use_rates(DIBAO)
    office.add_dibao("向世珍")
    lock_months(office, 1, 10)
    office.use_rates([*DIBAO, RAISE])
    november = plan(office, "2024-11")
    assert november.total == 97500
    assert [(p.month, p.items, p.total) for p in november.pending_adjusts] == [
        ("2024-09", 1, 10500), ("2024-10", 1, 10500),
    ]  # fmt: skip
    due = adjusts_due(office.store, today=date(2024, 11, 5))
    assert [(one.form, one.month, one.items, one.total) for one in due] == [
        ("dibao", "2024-09", 1, 10500), ("dibao", "2024-10", 1, 10500),
    ]  # fmt: skip
    for month in ("2024-09", "2024-10"):
        adjust = plan(office, month, kind="adjust")
        assert (adjust.total, adjust.items[0].backpay, adjust.items[0].base) == (10500, 10500, 0)
        assert [s.formula for s in adjust.items[0].steps] == ["应发 975.00 − 已发 870.00", "105.00"]
        lock_batch(office.store, adjust)
        assert plan(office, month, kind="adjust").state == "empty"
    assert plan(office, "2024-11").pending_adjusts == ()
    assert adjusts_due(office.store, today=date(2024, 11, 5)) == ()
    assert lock(office, "2024-11").total == 97500


def test_a_single_person_who_died_in_october_reported_in_december(office: Office) -> None:
    """Domain §8.4, death_rule next: October is paid, November was too much; December stops with the death as reason."""
    record = office.add_dibao("冉启珍", members=1, income=310 * 12 * 100)
    lock_months(office, 1, 11)
    with office.store.reading() as r:
        person = r.get("records", record)["person"]  # type: ignore[index]
    office.change_person(person, death_date="2024-10-12", alive_status="2")
    found = plan(office, "2024-12")
    assert found.items == ()
    assert [(c.before, c.now, c.reason) for c in found.stopped] == [(32500, 0, "2024-10-12 死亡")]
    assert found.bridge.holds
    assert [(c.cents, c.periods, c.continues) for c in found.carried] == [
        (32500, (("2024-11", 32500),), False)
    ]
    (recovery,) = plan_recoveries(office.store, found)
    assert (recovery.amount, recovery.reason, recovery.periods) == (
        32500,
        "2024-10-12 死亡",
        (("2024-11", 32500),),
    )
    open_recoveries(office.store, (recovery,))
    assert plan_recoveries(office.store, found) == ()


def test_a_member_who_died_is_named_until_the_household_is_reckoned_anew(office: Office) -> None:
    """Domain §8.4: three persons until October; from November two, with their own income: (635 − 400) × 2 = 470."""
    record = office.add_dibao("龙成碧")
    lock_months(office, 1, 11)
    with office.store.reading() as r:
        member = r.get("records", record)["doc"]["members"][1]["person"]  # type: ignore[index]
    office.change_person(member, death_date="2024-10-12", alive_status="2")
    noted = plan(office, "2024-12")
    assert [n.message for n in noted.notes] == [
        "龙成碧（男 1970）：户内成员龙成碧家乙 2024-10-12 死亡，11 月起的待遇还没有重新核定"
    ]
    office.approve(record, "2024-11", {"area": "2", "income_year": 960000, "size": 2, "covered": 2})
    found = plan(office, "2024-12")
    assert found.notes == ()
    item = found.items[0]
    assert (item.base, item.deduct, item.total) == (47000, 47000, 0)
    assert [(c.before, c.now) for c in found.changed] == [(97500, 0)]
    assert found.changed[0].reason.startswith("保障人口减 1 人，家庭人口减 1 人，收入下降，扣回11月")
    assert item.steps[-2].formula == "应发 470.00 − 已发 975.00 = -505.00，本次先扣 470.00"
    lock_batch(office.store, found)
    january = lock(office, "2025-01")
    assert (january.items[0].deduct, january.total) == (3500, 43500)
    assert plan(office, "2025-02").items[0].deduct == 0


def test_suspended_and_resumed_with_back_pay(office: Office) -> None:
    """Held from April; resumed in June with back-pay: 870 × 3 in June."""
    record = office.add_dibao("程朝友")
    lock_months(office, 1, 3)
    suspend(office, record, reason="逾期未认证")
    april = plan(office, "2024-04")
    assert [c.reason for c in april.stopped] == ["暂停：逾期未认证"]
    office.add_dibao("向光菊")
    lock(office, "2024-04")
    lock(office, "2024-05")
    resume(office, record, reason="已补认证")
    june = plan(office, "2024-06")
    item = next(i for i in june.items if i.record == record)
    assert (item.base, item.backpay, item.total) == (87000, 174000, 261000)
    assert item.reason == "恢复发放：已补认证，补发4—5月"


def test_resumed_without_back_pay_when_the_step_says_so(office: Office) -> None:
    record = office.add_dibao("程朝友")
    lock_months(office, 1, 3)
    suspend(office, record, reason="外出")
    resume(office, record, reason="回来", back_pay=False)
    assert plan(office, "2024-06").total == 87000


def test_a_stopped_household_says_why(office: Office) -> None:
    record = office.add_dibao("陈兴碧")
    lock(office, "2024-01")
    at = "2024-01-20T10:00:00+08:00"
    office.take(record, "stop_at_once", "confirmed", "stopped", at=at, month="2024-02", reason="迁出到巴山镇")
    found = plan(office, "2024-02")
    assert [(c.name, c.reason) for c in found.stopped] == [("陈兴碧", "停发：迁出到巴山镇")]
    assert (found.state, found.total, found.bridge.holds) == ("empty", 0, True)


def test_late_approval_is_paid_back_with_dated_lines(office: Office) -> None:
    """In force from July, first batch October: 870 + 870 + 975 back, 975 now; the first batch of the office."""
    office.add_dibao("向世珍", start="2024-07")
    item = lock(office, "2024-10").items[0]
    assert (item.base, item.backpay, item.total) == (97500, 271500, 369000)
    assert [(s.name, s.result) for s in item.steps[-4:]] == [
        ("补发2024年7月", "870.00"), ("补发2024年8月", "870.00"), ("补发2024年9月", "975.00"), ("实发", "3,690.00"),
    ]  # fmt: skip


def test_a_roster_s_months_are_settled_outside(office: Office) -> None:
    """In force since 2019, paid outside to August 2024: September is all that is due."""
    office.add_dibao("向世珍", start="2019-03", paid_through="2024-08")
    found = plan(office, "2024-09")
    assert (found.total, found.items[0].backpay) == (97500, 0)
    assert found.new[0].reason == "首次在本程序发放，2024年8月以前已在外结清"
    earlier = plan(office, "2024-08")
    assert (earlier.state, earlier.blocked) == ("empty", ())
    assert [(n.level, n.message) for n in earlier.notes] == [
        ("info", "1 件这一期在导入以前已在外结清，没有列入")
    ]


def test_what_blocks_an_item_is_said(office: Office) -> None:
    without_account = office.add_dibao("张一")
    no_income = office.add_dibao("张二", inputs={"area": "2", "size": 3, "covered": 3})
    rich = office.add_dibao("张三", income=635 * 12 * 3 * 100)
    no_number = office.add_dibao("张四")
    with office.store.writing("test") as w:
        for account in w.rows(sa.select(schema.bank_accounts.c.id, schema.bank_accounts.c.name)):
            if account["name"] == "张一":
                w.void("bank_accounts", account["id"])
        person = w.get("records", no_number)["person"]  # type: ignore[index]
        w.put("people", {"id": person, "id_number": None, "id_missing_reason": "unregistered"})
    found = plan(office, "2024-09")
    assert {b.record: b.reason for b in found.blocked} == {
        without_account: "张一没有发放账户",
        no_income: "缺：家庭年收入",
        rich: "人均月收入不低于保障标准",
        no_number: "没有身份证号",
    }
    assert found.items == ()
    with pytest.raises(UserError, match="没有锁定"):
        lock_batch(office.store, found)


def test_a_missing_rate_blocks_by_name(office: Office) -> None:
    graded = {"area": "2", "income_year": 0, "size": 1, "covered": 1, "mode": "2", "grade": "9"}
    office.add_dibao("向世珍", inputs=graded)
    assert plan(office, "2024-09").blocked[0].reason.startswith("缺：2024-09 有效的标准“dibao.grade.rural.9”")


# locking


def test_a_locked_batch_reads_back_as_it_was(office: Office) -> None:
    office.add_dibao("向世珍")
    office.add_dibao("冉启珍", classified="minor")
    planned = plan(office, "2024-01")
    batch = lock_batch(office.store, planned)
    again = plan(office, "2024-01")
    assert (again.state, again.batch, again.number) == ("locked", batch, "500229106-DB-202401-01")
    assert (again.total, again.bridge, again.new) == (planned.total, planned.bridge, planned.new)
    assert [(i.name, i.total, i.steps, i.lines) for i in again.items] == [
        (i.name, i.total, i.steps, i.lines) for i in planned.items
    ]
    assert again.rates == planned.rates
    with pytest.raises(UserError, match="已经锁定"):
        lock_batch(office.store, again)
    with pytest.raises(UserError, match="已经锁定"):
        lock_batch(office.store, planned)


def test_a_stale_plan_is_planned_again(office: Office) -> None:
    """Equal after all: locked. Different: refused, and nothing is written."""
    office.add_dibao("向世珍")
    planned = plan(office, "2024-01")
    office.add_person("无关的人")
    lock_batch(office.store, planned)
    stale = plan(office, "2024-02")
    office.add_dibao("冉启珍", start="2024-02")
    with pytest.raises(UserError, match="计划以后有人改过记录") as e:
        lock_batch(office.store, stale)
    assert e.value.code == "plan_changed"
    assert plan(office, "2024-02").state == "planned"


def test_example_rates_are_refused(empty_office: Office) -> None:
    """Domain §13: example standards never lock a real batch."""
    empty_office.add_dibao("向世珍")
    planned = plan(empty_office, "2024-01")
    assert [r.code for r in planned.examples] == ["dibao.rural"]
    with pytest.raises(UserError, match="用到的标准是示例") as e:
        lock_batch(empty_office.store, planned)
    assert e.value.code == "example_rates"


def test_example_rates_lock_in_a_demonstration(tmp_path: Path) -> None:
    office = Office(tmp_path / "演示.mz", demonstration=True)
    office.add_dibao("向世珍")
    lock(office, "2024-01")
    with office.store.reading() as r:
        batch = r.one(sa.select(schema.payment_batches))
    assert batch is not None
    assert set(batch["more"]["marks"]) >= {"demonstration", "example"}
    office.store.close()


def test_an_account_changed_by_the_one_who_locks_needs_a_reason(office: Office) -> None:
    record = office.add_dibao("吴道芸")
    lock(office, "2024-01")
    with office.store.reading() as r:
        person = r.get("records", record)["person"]  # type: ignore[index]
    change_account(office, person, reason="换社保卡")
    found = plan(office, "2024-02")
    (change,) = found.accounts_changed
    assert (change.new_tail, change.changed_by, change.checked, change.reason) == (
        "7702",
        USER,
        False,
        "换社保卡",
    )
    assert found.bridge.accounts_count == 1
    with pytest.raises(UserError, match="的账户是周晓岚本人改的") as e:
        lock_batch(office.store, found)
    assert e.value.code == "own_account_change"
    assert e.value.problems[0].path == record
    lock_batch(office.store, found, reasons={record: "已看新卡原件"})
    with office.store.reading() as r:
        item = r.one(sa.select(schema.payment_items).where(schema.payment_items.c.month == "2024-02"))
        account = r.one(
            sa.select(schema.bank_accounts).where(schema.bank_accounts.c.reason == "已看新卡原件")
        )
    assert item is not None
    assert account is not None
    assert item["row"]["_remark"] == "账户变更由一人经办：已看新卡原件"
    assert (account["state"], account["checked_by"]) == ("active", None)
    assert plan(office, "2024-03").accounts_changed == ()


def test_a_second_person_passes_an_account_change(office: Office) -> None:
    record = office.add_dibao("吴道芸")
    lock(office, "2024-01")
    with office.store.reading() as r:
        person = r.get("records", record)["person"]  # type: ignore[index]
    change_account(office, person)
    lock_batch(office.store, plan(office, "2024-02"), checked_by="向敏")
    with office.store.reading() as r:
        batch = r.one(sa.select(schema.payment_batches).where(schema.payment_batches.c.month == "2024-02"))
    assert batch is not None
    assert batch["checked_by"] == "向敏"


def test_nobody_is_paid_twice(office: Office) -> None:
    """Two records of one person: the second is blocked in the plan, and the database refuses it as well."""
    record = office.add_elder("唐和成", "1938-10-18")
    with office.store.reading() as r:
        person = r.get("records", record)["person"]  # type: ignore[index]
    with office.store.writing("test") as w:
        w.delete_derived("record_keys", "record", [record])
    twin = office.add_record("elder_age", {}, {"birth_date": "1938-10-18"}, person=person)
    found = plan(office, "2024-03", "elder_age")
    assert [(b.record, b.reason) for b in found.blocked] == [
        (twin, "同一人（户）已在本批的另一件里列入，不能重复发放")
    ]
    lock_batch(office.store, found)
    with office.store.reading() as r:
        assert len(r.rows(sa.select(schema.payment_keys))) == 1


def test_a_void_record_that_was_paid_is_overpaid(office: Office) -> None:
    record = office.add_dibao("向世珍")
    office.add_dibao("冉启珍")
    lock(office, "2024-01")
    office.void_record(record)
    found = plan(office, "2024-02")
    assert [(c.record, c.reason) for c in found.stopped] == [(record, "记录已作废")]
    assert [(c.record, c.cents) for c in found.carried] == [(record, 87000)]


def test_a_skipped_month_is_warned_of(office: Office) -> None:
    office.add_dibao("向世珍")
    lock(office, "2024-01")
    found = plan(office, "2024-03")
    assert [n.code for n in found.notes] == ["month_skipped"]
    assert found.items[0].backpay == 87000


# elder_age


def test_elder_by_quarter(office: Office) -> None:
    """Domain §8.5: 25.00, 108.33, 150.00, 150.00."""
    office.add_elder("唐和成", "1934-05-20")
    totals = [lock(office, f"2024-{m:02d}", "elder_age").total for m in (3, 6, 9, 12)]
    assert totals == [2500, 10833, 15000, 15000]
    second = plan(office, "2024-06", "elder_age")
    assert second.number == "500229106-GL-2024Q2-01"
    assert (second.items[0].period_from, second.items[0].period_to, second.items[0].months) == (
        "2024-04",
        "2024-06",
        3,
    )
    assert second.changed[0].reason == "换档：80—89周岁 → 90—99周岁"


def test_a_month_inside_a_quarter_is_refused_naming_the_valid_ones(office: Office) -> None:
    with pytest.raises(UserError, match="2024-03、2024-06、2024-09、2024-12") as e:
        plan(office, "2024-05", "elder_age")
    assert e.value.code == "not_a_period"
    for wrong in ("2024-13", "2024", "二月", "2024-1", "2024-01-01"):
        with pytest.raises(UserError, match="不是月份"):
            plan(office, wrong)


def test_an_elder_who_starts_inside_a_quarter_settled_outside_before(office: Office) -> None:
    """Paid outside to April: of the second quarter May and June at 50.00."""
    office.add_elder("唐和成", "1934-05-20", start="2020-01", paid_through="2024-04")
    found = plan(office, "2024-06", "elder_age")
    assert (found.total, found.items[0].months, found.items[0].period_from) == (10000, 2, "2024-05")


def test_unknown_and_unpaid_forms(office: Office) -> None:
    with pytest.raises(UserError, match="没有可用的业务"):
        plan(office, "2024-01", "nothing")
    with pytest.raises(UserError, match="没有发放规则"):
        plan(office, "2024-01", "institution")


# bath


def test_baths_are_paid_to_the_provider_up_to_the_cap(office: Office) -> None:
    """Domain §5.4: 110.00 a time, two a month; the third of the month gets nothing and says why."""
    person = office.add_person("孙和磊", birth="1938-08-13")
    provider = office.add_provider("修齐镇养老服务中心")
    baths = [office.add_bath(person, day, provider) for day in ("2024-06-03", "2024-06-12", "2024-06-25")]
    found = plan(office, "2024-06", "bath")
    assert [(i.record, i.total, i.payee, i.account_number) for i in found.items] == [
        (baths[0], 11000, provider, "50050010123456789"), (baths[1], 11000, provider, "50050010123456789"),
    ]  # fmt: skip
    assert [(b.record, b.reason) for b in found.blocked] == [(baths[2], "超过本月补助次数上限")]
    assert found.items[0].row["provider"] == "修齐镇养老服务中心"
    lock_batch(office.store, found)
    with office.store.reading() as r:
        assert [r.get("records", b)["state"] for b in baths] == ["settled", "settled", "checked"]  # type: ignore[index]
    july = plan(office, "2024-07", "bath")
    assert july.items == ()


def test_a_bath_checked_late_is_paid_in_the_next_batch(office: Office) -> None:
    person = office.add_person("孙和磊", birth="1938-08-13")
    provider = office.add_provider("修齐镇养老服务中心")
    office.add_bath(person, "2024-06-25", provider)
    lock(office, "2024-06", "bath")
    late = office.add_bath(person, "2024-06-03", provider)
    office.add_bath(person, "2024-07-03", provider)
    july = plan(office, "2024-07", "bath")
    assert [(i.base, i.backpay) for i in july.items if i.record == late] == [(0, 11000)]
    assert july.total == 22000
