"""A roster against a real database: planned, committed, imported again, taken back (issue 2, section E)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from minzheng_desktop.exchange.rosters.commit import commit_roster, list_imports
from minzheng_desktop.exchange.rosters.errors_workbook import write_errors_workbook
from minzheng_desktop.exchange.rosters.headers import Choice
from minzheng_desktop.exchange.rosters.plan import plan_data
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.exchange.rosters.undo import plan_undo, undo_data, undo_import
from minzheng_desktop.store import derived, records, schema
from minzheng_desktop.store.people import find_people
from minzheng_desktop.store.unit import Put
from minzheng_desktop.values.errors import UserError

TODAY = date(2026, 11, 23)


@pytest.fixture
def bring_in(office):
    """Plan and commit a roster; returns what was done."""

    def run(path: Path, *, form: str = "dibao", **more):
        return commit_roster(office, plan_roster(office, path, form=form, today=TODAY, **more))

    return run


def rows_of(office, table: str, *where) -> list[dict]:
    t = schema.metadata.tables[table]
    with office.reading() as r:
        return r.rows(sa.select(t).where(*where).order_by(*t.primary_key.columns))


def living(office, table: str) -> list[dict]:
    return rows_of(office, table, schema.metadata.tables[table].c.void == 0)


def counts(done) -> tuple[int, int, int, int]:
    data = plan_data(done.plan)
    assert data["rows"] == data["new"] + data["updated"] + data["unchanged"] + data["rejected"]
    return data["new"], data["updated"], data["unchanged"], data["rejected"]


def test_people_who_already_receive_enter_in_force(
    office, bring_in, write_roster, household_row, identity, card
):
    done = bring_in(write_roster([household_row(1), household_row(2, 家庭人口=4, 保障人口=2)]))
    assert counts(done) == (2, 0, 0, 0)
    record = living(office, "records")[0]
    doc = record["doc"]
    assert record["state"] == "active"
    assert (record["start_month"], doc["start_month"]) == ("2023-05", "2023-05")
    assert doc["apply_channel"] == "6"
    # Nothing is invented (issue 2, section E).
    assert not {"accept_date", "apply_date", "publicity", "town_result"} & {k for k, v in doc.items() if v}
    assert record["record_date"] is None
    assert record["paid_through"] is None
    assert record["number"] == "DB-500229001-2026-000001"
    assert doc["stated"] == {"household_size": 3, "covered_size": 3, "income_total_year": 1116000}
    assert doc["members"][0]["in_covered"] is True
    assert doc["income_per_capita"] == 31000  # 11160.00 ÷ 12 ÷ 3
    term = living(office, "terms")[0]
    assert (term["state"], term["from_month"], term["ground"]) == ("approved", "2023-05", "历史导入")
    assert {k: v for k, v in term["inputs"].items() if k in ("area", "income_year", "size", "covered", "mode")} == {
        "area": "2", "income_year": 1116000, "size": 3, "covered": 3, "mode": "1",
    }  # fmt: skip
    step = living(office, "steps")[0]
    assert (step["to_state"], step["effective_month"], step["ground"]["reason"]) == (
        "active",
        "2023-05",
        "历史导入",
    )
    account = living(office, "bank_accounts")[0]
    assert (account["number"], account["state"], account["valid_from"]) == (card(1), "active", None)
    person = living(office, "people")[0]
    assert (person["id_number"], person["reside_village"]) == (identity(1), "500229001204")
    with office.reading() as r:
        assert [hit.name for hit in find_people(r, person["name"])] == [person["name"]]
        assert records.load_record(r, record["id"])["import_id"] == done.import_id


def test_the_forms_own_conditions_judge_a_row(office, bring_in, write_roster, household_row):
    done = bring_in(write_roster([household_row(1, 家庭人口=2, 保障人口=3), household_row(2)]))
    assert counts(done) == (1, 0, 0, 1)
    wrong = [p for p in done.plan.problems if p.level == "error"]
    assert [(p.row, p.column) for p in wrong] == [(3, "保障人口")]
    again = bring_in(write_roster([household_row(2, 保障人口=9)]))
    assert counts(again) == (0, 0, 0, 1)
    assert [t["state"] for t in living(office, "terms")] == ["approved"]


def test_who_is_covered_stays_open_when_the_roster_does_not_say(
    bring_in, office, write_roster, household_row, identity
):
    headers = [*HEADERS, "成员姓名", "成员身份证号"]
    row = [*household_row(1, 保障人口=1), "李四；王五", f"{identity(11)}；{identity(12)}"]
    bring_in(write_roster([row], headers=headers))
    doc = living(office, "records")[0]["doc"]
    assert [m["in_covered"] for m in doc["members"]] == [None, None, None]
    assert doc["stated"]["covered_size"] == 1


def test_the_same_file_twice_changes_nothing(office, bring_in, ugly_roster):
    first = bring_in(ugly_roster)
    assert counts(first) == (5, 0, 0, 3)
    with office.reading() as r:
        before = r.change_number()
    second = bring_in(ugly_roster)
    assert counts(second) == (0, 0, 5, 3)
    assert second.import_id is None
    with office.reading() as r:
        assert r.change_number() == before


def test_every_rejected_row_has_an_error_and_every_line_is_accounted_for(bring_in, ugly_roster):
    data = plan_data(bring_in(ugly_roster).plan)
    errors = {(p["sheet"], p["row"]) for p in data["problems"] if p["level"] == "error"}
    assert errors == {("棉沙村", 8), ("棉沙村", 9), ("棉沙村", 13)}
    assert data["skipped"] == 6
    assert len([p for p in data["problems"] if p["level"] == "info" and p["row"]]) == 6
    repeated = next(p for p in data["problems"] if p["row"] == 13)
    assert "第 5 行" in repeated["message"]
    hidden = next(p for p in data["problems"] if p["row"] == 11 and p["level"] == "warning")
    assert "隐藏" in hidden["message"]


def test_contact_and_account_are_updated_the_account_to_be_checked(
    office, bring_in, write_roster, household_row, card
):
    bring_in(write_roster([household_row(1)]))
    done = bring_in(
        write_roster([household_row(1, 联系电话="13700000000", 家庭住址="5组", 一卡通账号=card(77))])
    )
    assert counts(done) == (0, 1, 0, 0)
    assert living(office, "people")[0]["phone"] == "13700000000"
    assert living(office, "households")[0]["address"] == "5组"
    accounts = {a["number"]: a["state"] for a in living(office, "bank_accounts")}
    assert accounts == {card(1): "active", card(77): "pending"}
    assert counts(bring_in(write_roster([household_row(1, 一卡通账号=card(77))]))) != (1, 0, 0, 0)
    changes = done.plan.rows[0].changes
    assert any("尾号" in words and "待核对" in words for words in changes)
    assert not any("13700000000" in words for words in changes)


def test_what_was_decided_is_proposed_and_never_overwritten(office, bring_in, write_roster, household_row):
    bring_in(write_roster([household_row(1)]))
    changed = write_roster([household_row(1, 家庭年收入=12000, 保障人口=2)])
    done = bring_in(changed)
    assert counts(done) == (0, 1, 0, 0)
    record = living(office, "records")[0]
    assert record["state"] == "change_pending"
    assert record["doc"]["income_total_year"] == 1116000
    terms = {t["state"]: t for t in living(office, "terms")}
    assert terms["approved"]["inputs"]["income_year"] == 1116000
    assert terms["proposed"]["inputs"]["income_year"] == 1200000
    assert terms["proposed"]["inputs"]["covered"] == 2
    assert terms["proposed"]["snapshot"]["proposed"] == {"income_total_year": 1200000, "covered_size": 2}
    assert counts(bring_in(changed)) == (0, 0, 1, 0)


def test_members_that_differ_are_proposed(office, bring_in, write_roster, household_row, identity):
    headers = [*HEADERS, "成员姓名", "成员身份证号"]
    both = f"{identity(11)}；{identity(12)}"
    first = write_roster([[*household_row(1), "李四；王五", both]], headers=headers)
    assert counts(bring_in(first)) == (1, 0, 0, 0)
    doc = living(office, "records")[0]["doc"]
    assert [m["name"] for m in doc["members"]][1:] == ["李四", "王五"]
    assert all(m["in_covered"] is True for m in doc["members"])
    assert len(living(office, "household_members")) == 3
    again = bring_in(write_roster([[*household_row(1), "李四", identity(11)]], headers=headers))
    assert counts(again) == (0, 1, 0, 0)
    assert any("减少王五" in words for words in again.plan.rows[0].changes)
    assert len(living(office, "household_members")) == 3


def test_a_roster_amount_that_differs_is_a_warning_with_both(bring_in, write_roster, household_row):
    # (600 − 11160/12/3) × 3 = 870 by the example standard of 2024-08 (domain §8 example 4).
    right = bring_in(write_roster([household_row(1)]))
    assert not [p for p in right.plan.problems if p.code == "amount.differs"]
    wrong = bring_in(write_roster([household_row(2, 合计=900)]))
    messages = [p.message for p in wrong.plan.problems if p.code == "amount.differs"]
    assert len(messages) == 1
    assert "900.00" in messages[0]
    assert "870.00" in messages[0]


def test_absent_rows_are_listed_and_left_alone(office, bring_in, write_roster, household_row):
    bring_in(write_roster([household_row(1), household_row(2), household_row(3, 村="庙垭村")]))
    done = bring_in(write_roster([household_row(1)]))
    assert [a.name for a in done.plan.absent] == [household_row(2)[2]]
    assert {r["state"] for r in living(office, "records")} == {"active"}


def test_another_name_a_death_and_an_open_case_are_refused(office, bring_in, write_roster, household_row):
    bring_in(write_roster([household_row(1), household_row(2)]))
    dead = living(office, "people")[1]
    with office.writing("death") as w:
        w.put("people", {"id": dead["id"], "alive_status": "2", "death_date": "2026-10-12"})
    done = bring_in(write_roster([household_row(1, 户主姓名="别人"), household_row(2)]))
    assert counts(done) == (0, 0, 0, 2)
    assert {p.code for p in done.plan.problems if p.level == "error"} == {"person.other_name", "person.dead"}


def test_a_certificate_number_stands_once(bring_in, write_roster, household_row):
    done = bring_in(write_roster([household_row(1), household_row(2, 低保证号="C00001")]))
    assert counts(done) == (1, 0, 0, 1)
    assert [p.column for p in done.plan.problems if p.level == "error"] == ["低保证号"]


def test_a_member_of_one_household_is_not_covered_in_another(bring_in, write_roster, household_row, identity):
    headers = [*HEADERS, "成员姓名", "成员身份证号"]
    rows = [
        [*household_row(1), "李四；王五", f"{identity(11)}；{identity(12)}"],
        [*household_row(11, 户主姓名="李四")],
    ]
    done = bring_in(write_roster(rows, headers=headers))
    assert counts(done) == (1, 0, 0, 1)


def test_a_stale_plan_is_planned_again(office, bring_in, write_roster, household_row):
    path = write_roster([household_row(1)])
    plan = plan_roster(office, path, form="dibao", today=TODAY)
    bring_in(write_roster([household_row(2)], name="b.xlsx"))
    assert counts(commit_roster(office, plan)) == (1, 0, 0, 0)
    late = plan_roster(office, write_roster([household_row(3)], name="c.xlsx"), form="dibao", today=TODAY)
    bring_in(write_roster([household_row(3)], name="c.xlsx"))
    with pytest.raises(UserError) as caught:
        commit_roster(office, late)
    assert caught.value.code == "roster.stale"


def test_the_columns_of_a_layout_are_remembered(office, write_roster, household_row):
    headers = ["卡" if h == "一卡通账号" else h for h in HEADERS]
    path = write_roster([household_row(1)], headers=headers)
    chosen = {"花名册": Choice({"卡": "account.number"})}
    commit_roster(office, plan_roster(office, path, form="dibao", today=TODAY, chosen=chosen))
    plan = plan_roster(office, write_roster([household_row(2)], headers=headers), form="dibao", today=TODAY)
    assert plan.cleaned.rows()[0].values["account.number"]


def test_new_records_are_linked_as_the_engine_links_them(
    office, bring_in, write_roster, household_row, identity
):
    headers = [*HEADERS, "成员姓名", "成员身份证号"]
    bring_in(
        write_roster([[*household_row(1), "李四；王五", f"{identity(11)}；{identity(12)}"]], headers=headers)
    )
    tables = ("record_people", "record_keys")
    ours = {name: sorted(tuple(r.values()) for r in rows_of(office, name)) for name in tables}
    bodies = living(office, "records")
    with office.writing("rebuild") as w:
        derived.link_records(w, [Put(b["id"], b, b) for b in bodies])
    assert ours == {name: sorted(tuple(r.values()) for r in rows_of(office, name)) for name in tables}


def test_undo(office, bring_in, ugly_roster):
    done = bring_in(ugly_roster)
    undone = undo_import(office, plan_undo(office, done.import_id))
    assert undo_data(undone) == {"undone": 5, "kept": []}
    for table in ("people", "households", "household_members", "records", "terms", "steps", "bank_accounts"):
        assert living(office, table) == []
        assert rows_of(office, table)
    assert rows_of(office, "record_keys") == []
    with office.reading() as r:
        assert find_people(r, "张三") == []
        assert [i["state"] for i in list_imports(r)] == ["undone"]
    with pytest.raises(UserError) as caught:
        plan_undo(office, done.import_id)
    assert caught.value.code == "roster.undone_before"
    assert counts(bring_in(ugly_roster)) == (5, 0, 0, 3)


def test_undo_puts_changed_values_back(office, bring_in, write_roster, household_row, card):
    bring_in(write_roster([household_row(1)]))
    before = {t: living(office, t) for t in ("people", "households")}
    second = bring_in(
        write_roster([household_row(1, 联系电话="13700000000", 家庭年收入=12000, 一卡通账号=card(77))])
    )
    undone = undo_import(office, plan_undo(office, second.import_id))
    assert undone.kept == ()
    assert undone.undone >= 1
    for table, rows in before.items():
        now = living(office, table)
        assert [{**r, "revision": ""} for r in now] == [{**r, "revision": ""} for r in rows]
    assert {t["state"] for t in living(office, "terms")} == {"approved"}
    assert living(office, "records")[0]["state"] == "active"
    assert [a["number"] for a in living(office, "bank_accounts")] == [card(1)]


def test_undo_empties_what_was_empty_before(office, bring_in, write_roster, household_row):
    bring_in(write_roster([household_row(1, 联系电话=None)]))
    second = bring_in(write_roster([household_row(1, 联系电话="13700000000")]))
    assert [p["phone"] for p in living(office, "people")] == ["13700000000"]
    undo_import(office, plan_undo(office, second.import_id))
    assert [p["phone"] for p in living(office, "people")] == [None]


def test_undo_keeps_what_was_worked_on(office, bring_in, write_roster, household_row):
    done = bring_in(write_roster([household_row(1), household_row(2)]))
    kept = living(office, "records")[0]
    with office.writing("edit") as w:
        w.put("records", {"id": kept["id"], "doc": {**kept["doc"], "village_opinion": "情况属实"}})
    plan = plan_undo(office, done.import_id)
    assert [k.id for k in plan.kept] == [kept["id"]]
    undo_import(office, plan)
    assert [r["id"] for r in living(office, "records")] == [kept["id"]]
    assert len(living(office, "people")) == 1
    assert len(living(office, "bank_accounts")) == 1


def test_undo_of_what_was_ticked(office, bring_in, write_roster, household_row):
    done = bring_in(write_roster([household_row(1)]))
    kept = living(office, "records")[0]
    with office.writing("edit") as w:
        w.put("records", {"id": kept["id"], "doc": {**kept["doc"], "village_opinion": "情况属实"}})
    undo_import(office, plan_undo(office, done.import_id, also=[kept["id"]]), also=[kept["id"]])
    assert living(office, "records") == []


def test_a_record_in_a_locked_batch_refuses_the_whole_undo(office, bring_in, write_roster, household_row):
    done = bring_in(write_roster([household_row(1), household_row(2)]))
    record = living(office, "records")[0]
    owner = record["owner"]
    with office.writing("lock") as w:
        batch = w.put(
            "payment_batches",
            {
                "owner": owner, "form": "dibao", "month": "2024-08", "kind": "regular", "number": "1",
                "state": "locked", "item_count": 1, "total": 87000, "locked_at": w.at,
            },
        )  # fmt: skip
        w.put(
            "payment_items",
            {
                "owner": owner, "batch": batch, "record": record["id"], "month": "2024-08",
                "period_from": "2024-08", "period_to": "2024-08", "months": 1, "base": 87000, "extra": 0,
                "backpay": 0, "deduct": 0, "total": 87000,
            },
        )  # fmt: skip
    with pytest.raises(UserError) as caught:
        plan_undo(office, done.import_id)
    assert caught.value.code == "roster.undo_locked"
    assert [p.path for p in caught.value.problems] == [record["id"]]
    assert len(living(office, "records")) == 2


def test_later_rosters_are_settled_up_to_the_last_paid_month(office, bring_in, write_roster, household_row):
    with office.writing("lock") as w:
        w.put(
            "payment_batches",
            {
                "owner": office.site.division, "form": "dibao", "month": "2026-10", "kind": "regular",
                "number": "1", "state": "locked", "item_count": 0, "total": 0, "locked_at": w.at,
            },
        )  # fmt: skip
    bring_in(write_roster([household_row(1)]))
    assert living(office, "records")[0]["paid_through"] == "2026-10"


def test_an_import_is_whole_or_not_at_all(office, write_roster, household_row, monkeypatch):
    plan = plan_roster(office, write_roster([household_row(1)]), form="dibao", today=TODAY)
    plan.writes.steps[0]["record"] = "nowhere"  # breaks a foreign key at the very end
    with pytest.raises(sa.exc.IntegrityError):
        commit_roster(office, plan)
    assert living(office, "people") == []
    assert rows_of(office, "imports") == []


def test_people_by_themselves(office, bring_in, tmp_path, identity, card):
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["2024年第三季度高龄津贴发放花名册"])
    page.append(["序号", "村居", "姓名", "身份证号", "电话", "起发月", "金额", "账号"])
    page.append([1, "棉沙村", "张三", _old(1), "", "2020.06", 25, card(1)])
    book.save(tmp_path / "a.xlsx")
    done = bring_in(tmp_path / "a.xlsx", form="elder_age")
    assert counts(done) == (1, 0, 0, 0)
    record = living(office, "records")[0]
    assert record["person"]
    assert record["household"] is None
    assert living(office, "terms")[0]["inputs"] == {"birth_date": "1934-05-20"}


def _old(n: int) -> str:
    from minzheng_desktop.values.id_number import make_id_number

    return make_id_number("500229", date(1934, 5, 20), n)


def test_errors_come_back_in_the_same_layout(office, bring_in, ugly_roster, tmp_path, identity):
    done = bring_in(ugly_roster)
    written = write_errors_workbook(done.plan, tmp_path / "错误.xlsx")
    assert written is not None
    assert written.rows == 3
    book = openpyxl.load_workbook(written.path)
    assert book.sheetnames == ["棉沙村"]
    page = book["棉沙村"]
    assert page["C3"].value == "身份证"
    assert "C3:C4" in {str(r) for r in page.merged_cells.ranges}
    assert page["B5"].value == "李四"
    assert (page["C5"].data_type, page["C5"].number_format) == ("n", "@")  # what is typed over it stays text
    assert page["C5"].comment is not None
    assert "损坏" in page["C5"].comment.text
    assert page["C5"].fill.fgColor.rgb == "FFF4B6B6"
    assert (
        page["J6"].data_type == "n"
    )  # a damaged account stays a number: as text its lost digits would look real
    page["C5"].value = identity(4)
    book.save(written.path)
    again = bring_in(written.path)
    assert counts(again) == (1, 0, 1, 1)


def test_cells_that_would_become_formulas_stay_text(office, tmp_path, write_roster, household_row):
    # A text cell that begins with a sign of a formula: as typed with a leading apostrophe.
    path = write_roster([household_row(1, 村="没有这个村", 家庭住址="x", 户主姓名="y")])
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    for column, text in ((11, "=HYPERLINK(1)"), (3, "@SUM(1)"), (10, "+861390000"), (12, "-1+1")):
        page.cell(3, column).value = text
        page.cell(3, column).data_type = "s"
    book.save(path)
    plan = plan_roster(office, path, form="dibao", today=TODAY)
    written = write_errors_workbook(plan, tmp_path / "e.xlsx")
    assert written is not None
    page = openpyxl.load_workbook(written.path).worksheets[0]
    for column in (11, 3, 10, 12):
        assert page.cell(3, column).data_type == "s"
        assert page.cell(3, column).quotePrefix


def test_nothing_rejected_nothing_written(office, tmp_path, write_roster, household_row):
    plan = plan_roster(office, write_roster([household_row(1)]), form="dibao", today=TODAY)
    assert write_errors_workbook(plan, tmp_path / "e.xlsx") is None
    assert not (tmp_path / "e.xlsx").exists()


def test_an_unwritable_place_is_said(office, bring_in, ugly_roster, tmp_path):
    plan = plan_roster(office, ugly_roster, form="dibao", today=TODAY)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError) as caught:
        write_errors_workbook(plan, tmp_path / "file" / "e.xlsx")
    assert caught.value.code == "roster.out_unwritable"


HEADERS = (
    "序号", "村", "户主姓名", "户主身份证号", "家庭人口", "保障人口", "家庭年收入", "月保障金", "合计", "联系电话",
    "家庭住址", "低保证号", "最初享受月份", "城乡类别", "开户银行", "银行账户名称", "一卡通账号",
)  # fmt: skip


BATH_HEADERS = ("姓名", "身份证号", "服务日期", "服务商", "服务地点", "次数", "体温")


def test_services_are_matched_by_person_and_day(office, bring_in, write_roster, identity):
    with office.writing("facility") as w:
        facility = w.put(
            "records",
            {
                "owner": office.site.division, "form": "institution", "form_version": 1, "state": "active",
                "doc": {"name": "葛城敬老院"},
            },
        )  # fmt: skip
    rows = [
        ["张三", identity(1), "2024.8.5", "葛城敬老院", "上门", 1, 36.5],
        ["张三", identity(1), "2024.8.19", "葛城敬老院", "上门", 2, "36.6"],
        ["张三", identity(1), "2024-08-19", "葛城敬老院", "上门", 1, 36.6],
        ["李四", identity(2), "2024.8.5", "没有这家", "上门", 1, 36.5],
    ]
    path = write_roster(rows, headers=BATH_HEADERS)
    done = bring_in(path, form="bath")
    assert counts(done) == (2, 0, 0, 2)
    found = [r for r in living(office, "records") if r["form"] == "bath"]
    assert sorted((r["record_date"], r["facility"], r["quantity"]) for r in found) == [
        ("2024-08-05", facility, 1),
        ("2024-08-19", facility, 2),
    ]
    start = office.catalog.forms["bath"].workflow.start
    assert {r["state"] for r in found} == {start}
    assert living(office, "terms") == []
    assert counts(bring_in(path, form="bath")) == (0, 0, 2, 2)


def test_the_money_that_follows_is_what_the_roster_said(office, bring_in, write_roster, household_row):
    """From a roster to a month's plan: domain §8 example 4, and nothing before the first month planned here."""
    from minzheng_desktop.benefits.plan import plan_batch

    bring_in(write_roster([household_row(1)]))
    plan = plan_batch(office, form="dibao", month="2024-09")
    # (635 − 310) × 3 from 2024-09; the months since 2023-05 were settled outside.
    assert [(i.total, i.backpay, i.account_number) for i in plan.items] == [
        (97500, 0, living(office, "bank_accounts")[0]["number"])
    ]


@pytest.mark.parametrize("form", ["tekun", "dibian", "elder_age", "dibao", "bath"])
def test_every_form_finds_its_own_titles(office, bring_in, write_roster, identity, form):
    spec = office.catalog.forms[form]
    titles = [names[0] for names in spec.import_.headers.values()]
    root = "head" if spec.subject == "household" else "person"
    values = {
        f"{root}.name": "张三", f"{root}.id_number": identity(1), "village": "棉沙村", "served_on": "2024.8.5",
        "members.name": "李四", "members.id_number": identity(2),
    }  # fmt: skip
    path = write_roster([[values.get(p, "") for p in spec.import_.headers]], headers=titles)
    from minzheng_desktop.exchange.rosters.planning import plan_roster

    plan = plan_roster(office, path, form=form, today=TODAY)
    columns = plan.cleaned.sheets[0].header.columns
    assert [(c.title, c.path) for c in columns] == [
        (title, path) for title, path in zip(titles, spec.import_.headers, strict=True)
    ]
