"""Lists of relief as clerks keep them, brought in (domain §3.3, §3.7–3.10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.exchange.rosters.undo import plan_undo, undo_import
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError

TODAY = date(2026, 11, 23)


def bring_in(office: Store, path: Path, form: str, rows: list[list[Any]]) -> list[dict[str, Any]]:
    """The records of a form after a list was brought in without an error."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(path)
    plan = plan_roster(office, path, form=form, today=TODAY)
    assert [p.message for row in plan.rows for p in row.problems if p.level == "error"] == []
    commit_roster(office, plan)
    r = schema.records
    with office.reading() as reading:
        return reading.rows(sa.select(r).where(r.c.form == form, r.c.void == 0).order_by(r.c.number))


def campaign(office: Store, name: str) -> str:
    doc = {
        "name": name, "facility_kind": "goods_campaign", "campaign_kind": "1", "starts_on": "2026-11-01",
        "ends_on": "2027-02-28", "organizer": "县救助管理站", "keeper": "冉启明",
    }  # fmt: skip
    with office.writing("campaign") as w:
        saved = casework.save_record(w, "goods_campaign", doc, today=TODAY)
        casework.take_step(w, saved.id, "plan", today=TODAY)
    return saved.id


def stock(office: Store, campaign: str, item: str, spec: str, hundredths: int) -> None:
    doc = {
        "campaign": campaign, "campaign_kind": "1", "moved_on": "2026-11-01", "way": "in", "item_name": item,
        "spec": spec, "qty": hundredths, "unit": "件", "price": 5_000, "source": "1", "handlers": ["周晓岚", "冉启明"],
    }  # fmt: skip
    with office.writing("stock") as w:
        saved = casework.save_record(w, "goods", doc, today=TODAY)
        casework.take_step(w, saved.id, "register", today=TODAY)


def test_a_signed_list_of_what_was_given(
    office: Store, tmp_path: Path, identity: Callable[[int], str]
) -> None:
    made = campaign(office, "2026年寒冬送温暖")
    what = ["2026年寒冬送温暖", "送温暖"]
    head = [
        "序号",
        "村",
        "姓名",
        "身份证号",
        "活动名称",
        "活动类型",
        "品名",
        "规格",
        "数量",
        "领取日期",
        "领取人签字",
        "发放人",
    ]
    rows = [
        ["1", "棉沙村", "张甲明", identity(1), *what, "棉被", "200×230cm", "1", "2026-11-10", "", "周晓岚、冉启明"],
        ["2", "棉沙村", "张乙华", identity(2), *what, "大米", "10kg", "2.5", "2026.11.10", "", "周晓岚、冉启明"],
    ]  # fmt: skip
    with pytest.raises(UserError, match=r"“棉被”库存不够.*没有导入任何一行"):
        bring_in(office, tmp_path / "领取册.xlsx", "goods", [head, *rows])
    stock(office, made, "棉被", "200×230cm", 100)
    stock(office, made, "大米", "10kg", 200)
    with pytest.raises(UserError, match="“大米”库存不够"):  # 2.00 came in, 2.50 go out
        bring_in(office, tmp_path / "领取册.xlsx", "goods", [head, *rows])
    stock(office, made, "大米", "10kg", 50)
    found = [
        r for r in bring_in(office, tmp_path / "领取册.xlsx", "goods", [head, *rows]) if r["kind"] == "give"
    ]
    assert [row["facility"] for row in found] == [made, made]
    assert [row["doc"]["qty"] for row in found] == [100, 250]
    # worked out from what came in: 1 × 50.00 and 2.5 × 50.00
    assert [row["amount"] for row in found] == [5_000, 12_500]
    assert [row["doc"]["campaign_kind"] for row in found] == ["1", "1"]
    assert found[0]["doc"]["stock_line"] == "2026年寒冬送温暖　棉被　200×230cm"
    assert [row["doc"]["way"] for row in found] == ["give", "give"]
    assert {row["state"] for row in found} == {"registered"}


def test_what_came_in_by_a_list_is_not_taken_back_once_it_went_out(office: Store, tmp_path: Path) -> None:
    """3,000.00 of gifts by a list, 1,250.50 spent by hand: without the list the money would come from nowhere."""
    doc = {"name": "童心相伴基金", "facility_kind": "fund_project", "opened_on": "2026-01-05"}
    with office.writing("project") as w:
        project = casework.save_record(w, "fund_project", doc, today=TODAY).id
        casework.take_step(w, project, "register", today=TODAY)
    head = ["项目", "日期", "收支", "类别", "金额", "渠道", "摘要", "捐赠人类别", "捐赠人"]
    row = ["童心相伴基金", "2026-05-01", "收入", "捐赠", "3000", "转账", "关爱儿童", "企业", "城口某公司"]
    found = bring_in(office, tmp_path / "流水.xlsx", "fund_ledger", [head, row])
    assert [(r["state"], r["amount"]) for r in found] == [("registered", 300_000)]
    with office.reading() as r:
        (brought,) = r.rows(sa.select(schema.imports).where(schema.imports.c.form == "fund_ledger"))
    spent = {
        "project": project, "booked_on": "2026-06-01", "direction": "out", "kind": "goods", "amount": 125_050,
        "channel": "1", "purpose": "文具", "payee_name": "城口文具店",
    }  # fmt: skip
    with office.writing("out") as w:
        saved = casework.save_record(w, "fund_ledger", spent, today=TODAY)
        casework.take_step(w, saved.id, "register", today=TODAY)
    with pytest.raises(UserError, match="已经用掉了"):
        undo_import(office, plan_undo(office, brought["id"]))
    with office.writing("revoke") as w:
        asks = {"reason": "记错", "date": "2026-11-12"}
        casework.take_step(w, saved.id, "revoke", today=TODAY, asks=asks)
    assert undo_import(office, plan_undo(office, brought["id"])).undone


def test_the_register_of_low_income_people(
    office: Store, tmp_path: Path, identity: Callable[[int], str]
) -> None:
    rows = [
        ["序号", "村（社区）", "姓名", "身份证号", "类别", "入库来源", "入库时间", "联系电话"],
        ["1", "棉沙村", "张甲明", identity(1), "防返贫监测", "走访", "2026-03-01", "13896001234"],
        ["2", "棉沙村", "张乙华", identity(2), "其他", "申报", "2026-03-01", ""],
    ]
    found = bring_in(office, tmp_path / "低收入.xlsx", "low_income_pool", rows)
    assert [(row["doc"]["ground"], row["doc"]["source_way"], row["state"]) for row in found] == [
        ("5", "2", "in_pool"),
        ("9", "1", "in_pool"),
    ]
    assert [row["kind"] for row in found] == ["5", "9"]


def test_applications_of_the_platform(office: Store, tmp_path: Path, identity: Callable[[int], str]) -> None:
    rows = [
        ["工单编号", "申请人", "身份证号", "申请方式", "业务类型", "提交时间", "代办方式"],
        ["CQ20261100001", "张甲明", identity(1), "渝悦·救助通", "低保", "2026-11-02", "本人"],
        ["CQ20261100002", "张乙华", identity(2), "窗口", "临时救助", "2026-11-03", "村代办"],
    ]
    found = bring_in(office, tmp_path / "申请.xlsx", "online_apply", rows)
    assert [(row["kind"], row["doc"]["benefit"], row["doc"]["assisted_by"]) for row in found] == [
        ("online", "dibao", "1"),
        ("offline", "linshi", "2"),
    ]


def test_results_of_certification(office: Store, tmp_path: Path, identity: Callable[[int], str]) -> None:
    rows = [
        ["姓名", "身份证号", "认证周期", "截止日期", "认证时间", "认证方式", "认证结果"],
        ["张甲明", identity(1), "2026H2", "2026-12-31", "2026-11-01", "刷脸", "通过"],
        ["张乙华", identity(2), "2026H2", "2026-12-31", "2026-11-02", "入户", "合格"],
    ]
    found = bring_in(office, tmp_path / "认证.xlsx", "entitlement_check", rows)
    assert [(row["doc"]["method"], row["doc"]["result"], row["state"]) for row in found] == [
        ("1", "1", "passed"),
        ("3", "1", "passed"),
    ]
    assert [row["record_date"] for row in found] == ["2026-11-01", "2026-11-02"]


def test_the_register_of_rescues(office: Store, tmp_path: Path, identity: Callable[[int], str]) -> None:
    rows = [
        ["受助人姓名", "身份证号", "求助日期", "救助地点", "来源", "籍贯", "入站日期", "离站日期", "去向", "安置方式"],
        ["张甲明", identity(1), "2026-05-02", "车站", "公安", "重庆万州", "2026-05-02", "2026-05-06", "护送返乡", ""],
        ["张乙华", identity(2), "2026-06-02", "县医院", "医院", "", "2026-06-02", "2026-06-20", "安置", "敬老院"],
    ]  # fmt: skip
    found = bring_in(office, tmp_path / "救助.xlsx", "vagrant", rows)
    assert [(row["kind"], row["doc"]["leave_kind"], row["quantity"]) for row in found] == [
        ("2", "2", 5),
        ("5", "6", 19),
    ]
    assert found[1]["doc"]["placement"] == "1"
