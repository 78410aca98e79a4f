"""成批录入: rows typed as new records, judged by themselves, written as one import (DESIGN §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from minzheng_desktop.catalog.load import load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.exchange.rosters.commit import commit_roster, list_imports
from minzheng_desktop.exchange.rosters.entries import EntryGrid, EntryLine
from minzheng_desktop.exchange.rosters.undo import plan_undo, undo_import
from minzheng_desktop.store import people, records
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import make_id_number
from tests.exchange.rosters.conftest import TODAY

OLD = date(1940, 5, 1)  # 86 on the test's day: the tier 80–89


def number(n: int, born: date = OLD) -> str:
    return make_id_number("500229", born, n)


def cells(n: int, name: str = "", **more: str) -> dict[str, str]:
    return {
        "person.name": name or f"赵{'甲乙丙丁戊己庚辛'[n % 8]}", "person.id_number": number(n), "village": "棉沙村",
        "apply_channel": "窗口", "apply_date": "2026-11-20", "relative_of_staff": "否",
        **{key.replace("__", "."): text for key, text in more.items()},
    }  # fmt: skip


@pytest.fixture
def grid(office: Store) -> EntryGrid:
    return EntryGrid(office, "elder_age", today=TODAY)


@pytest.fixture
def judge(office: Store, grid: EntryGrid) -> Callable[..., Any]:
    def judged(given: dict[str, str]) -> Any:
        with office.reading() as r:
            return grid.judge(r, [EntryLine(1, given)])[0]

    return judged


def said(line: Any, level: str = "error") -> dict[str, str]:
    return {p.path: p.message for p in line.problems if p.level == level}


def test_the_columns_are_what_a_new_record_needs(grid: EntryGrid, office: Store) -> None:
    """高龄津贴: who, where, how applied for, where the money goes; the rest only when asked for (forms/elderly)."""
    needed = [c.path for c in grid.columns if c.needed]
    assert needed == [
        "person.name", "person.id_number", "village", "person.phone", "apply_channel", "apply_date",
        "relative_of_staff", "account.number",
    ]  # fmt: skip
    others = {c.path for c in grid.columns if not c.needed}
    assert {"last_check_date", "account.bank", "payee.name"} <= others
    assert not {"person.sex", "person.birth_date", "period_amount", "start_month", "town_result"} & others
    by_path = {c.path: c for c in grid.columns}
    assert by_path["apply_date"].start == "2026-11-23"
    assert ("棉沙村", "500229001204") in by_path["village"].choices
    bath = {c.path: c for c in EntryGrid(office, "bath", today=TODAY).columns}
    assert [c for c, column in bath.items() if column.keep] == ["served_on", "provider", "place"]
    assert bath["times"].start == "1"
    assert bath["served_on"].start == ""
    assert {"staff", "signer", "temperature", "systolic"} <= {p for p, c in bath.items() if c.needed}


def test_no_grid_where_none_makes_sense(office: Store) -> None:
    with pytest.raises(UserError, match="不能成批录入"):
        EntryGrid(office, "dibao", today=TODAY)


def test_a_good_row(judge: Callable[..., Any]) -> None:
    line = judge(cells(1, "欧阳　建国", apply_date="2026.11.20", person__phone="139 0000 0001"))
    assert line.good
    assert said(line) == said(line, "warning") == {}
    assert (line.name, line.sex, line.birth_date, line.known) == ("欧阳建国", "1", "1940-05-01", False)
    assert line.shown["apply_date"] == "2026-11-20"
    assert line.shown["person.phone"] == "13900000001"
    assert line.amount is not None
    assert line.key == (number(1),)


@pytest.mark.parametrize(
    ("typed", "path", "words"),
    [
        ({"person.id_number": "5.00229E+17"}, "person.id_number", "证号已损坏，无法恢复"),
        ({"person.id_number": ""}, "person.id_number", "没有身份证号"),
        ({"person.name": ""}, "person.name", "没有姓名"),
        ({"village": "百果村"}, "village", "区划里没有“百果村”"),
        ({"apply_date": "2026-12-24"}, "apply_date", "申请日期不能晚于今天"),
        ({"apply_channel": "托人"}, "apply_channel", "没有"),
        ({"person.id_number": number(3, date(1990, 5, 1))}, "", "离起始年龄还有两个月以上"),
    ],
)
def test_what_keeps_a_row_back(judge, typed, path, words) -> None:
    line = judge({**cells(1), **typed})
    assert not line.good
    assert words in said(line).get(path, ""), line.problems


def test_a_gap_warns_and_does_not_keep_back(judge: Callable[..., Any]) -> None:
    line = judge({**cells(1), "relative_of_staff": "", "village": ""})
    assert line.good
    assert said(line, "warning") == {
        "relative_of_staff": "经办人或村干部近亲属没有填，提交前要补",
        "village": "没有写村",
    }


def test_everything_wrong_is_said_at_once(judge: Callable[..., Any]) -> None:
    line = judge({**cells(1), "person.name": "", "village": "百果村", "apply_date": "2026-12-24"})
    assert set(said(line)) == {"person.name", "village", "apply_date"}


def test_rows_become_records_of_the_first_state(office: Store, grid: EntryGrid) -> None:
    """A full-width x, a rare character, a person on file; two rows with one number: the first alone is written."""
    x = next(number(n) for n in range(1, 60) if number(n).endswith("X"))
    wide = "".join(chr(ord(c) + 0xFEE0) for c in x[:17]) + "ｘ"
    with office.writing("add_person") as w:
        people.save_person(
            w,
            {"owner": office.site.division, "name": "钱桂芳", "id_number": number(60)},
            today=TODAY,
        )
    typed = [
        {**cells(1, "王𪚥"), "person.id_number": wide, "account.number": "6217003760001233391"},
        cells(60, "钱桂芳", person__phone="13900000060"),
        {**cells(1, "王𪚥"), "person.id_number": x},
        cells(2, person__id_number="5.00229E+17"),
    ]
    plan, judged = grid.plan([EntryLine(n, row) for n, row in enumerate(typed, start=1)])
    assert [line.good for line in judged] == [True, True, False, False]
    assert said(judged[2]) == {"person.id_number": "和第 1 行是同一个人，只能存一行，删掉另一行"}
    assert (judged[1].known, judged[1].notes) == (True, ("联系电话：空 → 1390***0060",))
    done = commit_roster(office, plan)
    with office.reading() as r:
        rows = list(records.each_form_record(r, "elder_age"))
        assert [row["state"] for row in rows] == ["draft", "draft"]
        first = rows[0]
        assert (first["doc"]["apply_channel"], first["doc"]["apply_date"]) == ("1", "2026-11-20")
        assert first["number"].startswith("GL-500229001-2026-")
        assert first["amount"] == judged[0].amount
        assert first["paid_through"] is None
        assert records.terms_of(r, first["id"]) == []
        assert [s["step"] for s in records.steps_of(r, first["id"])] == ["start"]
        person = people.by_id_number(r, x)
        assert (person["name"], person["sex"], person["birth_date"]) == (
            "王𪚥",
            "1" if int(x[16]) % 2 else "2",
            "1940-05-01",
        )
        assert len(people.find_people(r, "13900000060")) == 1
        assert list_imports(r, form="elder_age")[0]["file"] == "成批录入"
    undone = undo_import(office, plan_undo(office, done.import_id))
    assert undone.records == 2
    with office.reading() as r:
        assert list(records.each_form_record(r, "elder_age")) == []
        assert people.by_id_number(r, number(60)) is not None


def test_who_has_a_record_already_is_kept_back(office: Store, grid: EntryGrid, judge) -> None:
    plan, _ = grid.plan([EntryLine(1, cells(1))])
    commit_roster(office, plan)
    line = judge(cells(1))
    assert said(line) == {
        "person.id_number": "赵乙已有在办或在享的高龄津贴（草稿）；没有另建，核对后删掉这一行"
    }
    other = judge({**cells(1), "person.name": "钱丙"})
    assert "这个证号在台账里是“赵乙”，这里写“钱丙”" in said(other)["person.id_number"]


def test_a_stale_plan_is_not_written(office: Store, grid: EntryGrid) -> None:
    plan, _ = grid.plan([EntryLine(1, cells(1)), EntryLine(2, cells(2))])
    commit_roster(office, grid.plan([EntryLine(1, cells(2))])[0])
    with pytest.raises(UserError) as caught:
        commit_roster(office, plan)
    assert caught.value.code == "roster.stale"
    with office.reading() as r:
        assert len(list(records.each_form_record(r, "elder_age"))) == 1


def test_services_are_judged_with_what_is_on_file(office: Store) -> None:
    """A bath for somebody who draws no 特困 is kept back by the form's own rule (forms/elderly/bath.toml)."""
    bath = EntryGrid(office, "bath", today=TODAY)
    typed = {
        "person.name": "孙丁", "person.id_number": number(3), "village": "棉沙村", "served_on": "2026-11-20",
        "place": "上门", "times": "1", "temperature": "37.8", "systolic": "120",
    }  # fmt: skip
    with office.reading() as r:
        line = bath.judge(r, [EntryLine(1, typed)])[0]
    wrong = said(line)
    assert wrong["temperature"] == "发热不得助浴"
    assert "只补助分散供养、完全丧失自理能力的特困人员" in wrong.values()
    assert "服务商没有填，登记前要补" in said(line, "warning").values()
    assert line.key == (number(3), "2026-11-20")


def test_a_block_with_its_header_finds_its_columns(grid: EntryGrid) -> None:
    block = [["序号", "老人姓名", "身份证", "性别", "一卡通账号"], ["1", "张三", number(1), "男", "621700"]]
    placed = grid.place_block(block)
    assert placed.paths == ("", "person.name", "person.id_number", "", "account.number")
    assert (placed.header, placed.lost) == (1, ("序号",))
    assert grid.place_block(block[1:]) is None


SAMPLES = {
    "date": "2026-11-01",
    "month": "2026-11",
    "integer": "1",
    "decimal": "36.5",
    "money": "100",
    "names": "王五、赵六",
}


@pytest.fixture(scope="module")
def one_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An office for all forms: each writes a record of its own."""
    path = tmp_path_factory.mktemp("forms") / "office.mz"
    cost = Cost(memory_kib=64, passes=1, lanes=1)
    store, _ = Store.create(
        path, role="township", division="500229001", user="周晓岚", password="correct horse", cost=cost
    )
    yield store
    store.close()


@pytest.mark.parametrize(
    "form", sorted(k for k, f in load_catalog(shipped_sources()).forms.items() if f.grid_entry)
)
def test_every_form_of_people_has_its_grid(one_office: Store, form: str) -> None:
    """Opened, judged, planned; what is wrong stands at a column of the grid; a row that is good becomes one record."""
    made = EntryGrid(one_office, form, today=TODAY)
    paths = [c.path for c in made.columns]
    assert paths[:3] == ["person.name", "person.id_number", "village"]
    assert len(set(paths)) == len(paths)
    assert len({c.label for c in made.columns}) == len(paths)
    typed = {
        c.path: c.start or (c.choices[0][0] if c.choices else SAMPLES.get(c.kind, "样例"))
        for c in made.columns
        if c.required
    }
    typed |= {"person.name": "王𪚥", "person.id_number": number(5), "village": "棉沙村"}
    plan, judged = made.plan([EntryLine(1, typed)])
    assert {p.path for p in judged[0].problems} <= {*paths, ""}
    commit_roster(one_office, plan)
    with one_office.reading() as r:
        found = list(records.each_form_record(r, form))
    assert len(found) == judged[0].good
    assert all(row["state"] == made.form.workflow.start for row in found)
