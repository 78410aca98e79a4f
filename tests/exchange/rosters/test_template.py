"""空表: the empty template of every form that takes rosters, written, filled in, and read back by the importer.

What is typed and what must come of it is written here by hand, by type of field (forms/README.md): money in cents,
dates and months as ISO text, yes and no, a choice by its label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.headers import ALIAS, SAME, find_header
from minzheng_desktop.exchange.rosters.plan import NEW, RosterPlan
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.exchange.rosters.sheets import read_workbook
from minzheng_desktop.exchange.rosters.targets import find_targets
from minzheng_desktop.exchange.rosters.template_columns import TemplateColumn, template_columns
from minzheng_desktop.exchange.rosters.template_workbook import (
    save_shipped_template,
    save_template,
    template_data,
)
from minzheng_desktop.store import schema
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.exchange.rosters.conftest import TODAY, TOWN

FIRST = 5
"""The row below title, advice, header and example."""
PATTERNED = {
    "name_std": ("向阳路", "向阳路"),
    "pinyin": ("Xiangyang Lu", "Xiangyang Lu"),
    "gps": ("108.664213,31.947521", "108.664213,31.947521"),
    "start_time": ("14:30", "14:30"),
    "end_time": ("16:00", "16:00"),
    "cycle": ("2024H1", "2024H1"),
    "burial_year": (1998, 1998),
    "enroll_year": (2023, 2023),
    "project_year": (2025, 2025),
    "systolic": (121, 121),
    "diastolic": (80, 80),
}
"""Fields with a pattern or a narrow range: (typed, stored)."""
BY_TYPE: dict[str, tuple[tuple[Any, Any], tuple[Any, Any]]] = {
    "text": (("甲处", "甲处"), ("=1+1", "=1+1")),
    "note": (("看过", "看过"), ("没有意见", "没有意见")),
    "location": (("3组8号", "3组8号"), ("河边巷2号", "河边巷2号")),
    "phone": (("13900000017", "13900000017"), ("023-52220000", "023-52220000")),
    "usci": (("91350100M000100Y43", "91350100M000100Y43"), ("91350100m000100y43", "91350100M000100Y43")),
    "integer": ((1, 1), ("2", 2)),
    "decimal": ((5, 500), ("2.50", 250)),
    "money": ((120.5, 12050), ("88.00", 8800)),
    "date": (("2024-05-09", "2024-05-09"), ("2024年6月3日", "2024-06-03")),
    "month": (("2024-05", "2024-05"), ("2024年6月", "2024-06")),
    "yes_no": (("是", True), ("否", False)),
    "names": (("赵一、钱二", ["赵一", "钱二"]), ("孙三，李四", ["孙三", "李四"])),
    "facility": (("城口敬老院", "城口敬老院"), ("城口敬老院", "城口敬老院")),
}
"""Two values of each type: (typed, stored); a decimal of two digits is stored as hundredths."""

Identity = Callable[[int], str]


@pytest.fixture(scope="module")
def clerk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One office for all forms: planning writes nothing."""
    store, _ = Store.create(
        tmp_path_factory.mktemp("clerk") / "office.mz",
        role="township",
        division=TOWN,
        user="周晓岚",
        password="correct horse",
        cost=Cost(memory_kib=64, passes=1, lanes=1),
    )
    yield store
    store.close()


def _importable(catalog: Catalog) -> list[str]:
    return [key for key, form in catalog.forms.items() if form.import_ is not None]


def _typed(
    column: TemplateColumn, catalog: Catalog, form: str, n: int, identity: Identity, card: Identity
) -> tuple[Any, Any]:
    """(typed, stored) for the nth row, by the field's own definition."""
    spec = catalog.forms[form]
    field = find_targets(spec, catalog)[column.path].field
    name = column.path.rpartition(".")[2]
    if name in PATTERNED and (field.pattern or field.minimum is not None):
        return PATTERNED[name]
    if column.kind == "id_number":
        place = sum(map(ord, column.path)) % 400
        return (identity(place + 400 * n),) * 2
    if column.path == "account.number":
        return (card(n),) * 2
    if name == "name" and "." in column.path:
        return (f"周{'甲乙'[n]}明",) * 2
    if column.path == "name":
        return (f"城口{'甲乙'[n]}协会",) * 2
    if column.kind == "village":
        return [("棉沙村", "500229001204"), ("庙垭村", "500229001205")][n]
    if field.choices is not None:
        code, label = [*field.choices.choices().items()][-n]
        return (label, [code]) if column.kind == "choices" else (label, code)
    if column.kind == "decimal":
        return (3, 3 * 10**field.digits)
    return BY_TYPE[column.kind][n]


def _fill(path: Path, rows: list[dict[str, Any]], columns: tuple[TemplateColumn, ...]) -> None:
    """Type rows below the example, as a clerk would."""
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    for at, row in enumerate(rows):
        page.cell(FIRST + at, 1, at + 1)
        for place, column in enumerate(columns, start=2):
            cell = page.cell(FIRST + at, place)
            cell.value = row[column.path]
            if isinstance(row[column.path], str):
                cell.data_type = "s"
    book.save(path)


def _column_findings(plan: RosterPlan) -> list[str]:
    return [p.message for p in plan.notes if p.code == "column.unused" and p.column != "序号"]


def test_every_form_is_read_back_from_its_own_template(
    clerk: Store, tmp_path: Path, identity: Identity, card: Identity
) -> None:
    catalog = clerk.catalog
    forms = _importable(catalog)
    assert len(forms) >= 49
    for form in forms:
        path = tmp_path / f"{form}.xlsx"
        columns = save_template(clerk, form, path).columns
        typed = [{c.path: _typed(c, catalog, form, n, identity, card) for c in columns} for n in (0, 1)]
        _fill(path, [{p: given for p, (given, _) in row.items()} for row in typed], columns)
        plan = plan_roster(clerk, path, form=form, today=TODAY)
        (sheet,) = plan.cleaned.sheets
        assert sheet.header is not None, form
        assert (sheet.header.first, sheet.header.last) == (3, 3), form
        read = sheet.header.columns[1:]
        assert [c.path for c in read] == [c.path for c in columns], form
        assert {c.how for c in read} <= {SAME, ALIAS}, form
        assert _column_findings(plan) == [], form
        said = [(s.row, s.reason) for s in plan.skipped]
        assert said == [(1, "标题行"), (2, "标题行"), (4, "示例行")], form
        assert ("info", "示例行") in [(p.level, p.message[:3]) for p in plan.problems if p.row == 4]
        rows = plan.cleaned.rows()
        assert [r.row for r in rows] == [5, 6], form
        for row, expected in zip(rows, typed, strict=True):
            wrong = [f"{p.column}：{p.message}" for p in row.problems if p.level == "error"]
            assert wrong == [], form
            for place, (_, stored) in expected.items():
                table, _, name = place.partition(".")
                if table in catalog.forms[form].tables:
                    assert row.tables[table][0][name] == stored, (form, place)
                elif place != "account.name":
                    assert row.values[place] == stored, (form, place)


def test_the_example_is_well_formed(clerk: Store, tmp_path: Path) -> None:
    """Who numbers the example row as his first, to write over it, is not told that its form is wrong; nothing on any
    sheet is a formula, and no rule of choices is longer than the 255 characters that spreadsheets take."""
    for form in _importable(clerk.catalog):
        path = tmp_path / f"{form}.xlsx"
        save_template(clerk, form, path)
        book = openpyxl.load_workbook(path)
        assert book.worksheets[0]["A4"].value == "例"
        assert "f" not in {cell.data_type for page in book for row in page.iter_rows() for cell in row}, form
        assert all(
            len(rule.formula1) <= 255 for page in book for rule in page.data_validations.dataValidation
        )
        book.worksheets[0]["A4"] = 1
        book.save(path)
        plan = plan_roster(clerk, path, form=form, today=TODAY)
        (row,) = plan.cleaned.rows()
        # Some patterned columns show nothing: a key among them is then missing, which is said.
        wrong = [p.message for p in row.problems if p.level == "error" and p.code != "key.missing"]
        assert wrong == [], form


def test_dibao_is_typed_and_saved(office: Store, tmp_path: Path, identity: Identity, card: Identity) -> None:
    """A household of three, as domain §3.1 has it: head and two members of whom one cell each tells all."""
    path = tmp_path / "低保.xlsx"
    columns = save_template(office, "dibao", path).columns
    by_title = {c.title: c for c in columns}
    assert {"户主姓名", "户主身份证号"} <= {c.title for c in columns if c.required}
    cells = {
        "户主姓名": "张大山", "户主身份证号": identity(1), "民族": "土家族", "联系电话": "13900000001", "村": "棉沙村",
        "家庭住址": "3组", "城乡类别": "农村", "保障类别": "B类", "家庭人口": 3, "保障人口": 3, "家庭年收入": 11160,
        "最初享受月份": "2023-05", "申请日期": "2023-04-02", "单人户": "否", "开户银行": "农商行",
        "银行账户名称": "张大山", "一卡通账号": card(1), "成员姓名": "李小英；张小宝",
        "成员身份证号": f"{identity(2)}；{identity(3)}", "与户主关系": "配偶；子",
    }  # fmt: skip
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    places = {str(cell.value).removeprefix("* "): cell.column for cell in page[3]}
    for title, value in cells.items():
        page.cell(FIRST, places[title], value)
    page.cell(FIRST, 1, 1)
    book.save(path)
    plan = plan_roster(office, path, form="dibao", today=TODAY)
    assert [row.action for row in plan.rows] == [NEW], [p.message for p in plan.problems]
    commit_roster(office, plan)
    with office.reading() as r:
        (record,) = r.rows(sa.select(schema.records))
        people = {p["id"]: p for p in r.rows(sa.select(schema.people))}
    doc = record["doc"]
    assert record["state"] == "active"
    assert record["village"] == "500229001204"
    assert (doc["dibao_type"], doc["dibao_class"]) == ("2", "B")
    assert doc["single_by_hardship"] is False
    assert doc["apply_date"] == "2023-04-02"
    assert doc["stated"]["income_total_year"] == 1_116_000  # 11,160 yuan in cents
    members = {people[m["person"]]["name"]: m for m in doc["members"]}
    assert set(members) == {"张大山", "李小英", "张小宝"}
    assert people[members["李小英"]["person"]]["id_number"] == identity(2)
    assert (members["李小英"]["relation"], members["张小宝"]["relation"]) == ("10", "20")
    assert by_title["一卡通账号"].kind == "text"
    assert page.column_dimensions[page.cell(3, places["一卡通账号"]).column_letter].number_format == "@"


def test_who_is_written_over_the_example_is_read(office: Store, tmp_path: Path, identity: Identity) -> None:
    """A clerk who leaves 例 in front of a real person must not lose the row: an id number of its own tells."""
    path = tmp_path / "高龄.xlsx"
    save_template(office, "elder_age", path)
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    places = {str(cell.value).removeprefix("* "): cell.column for cell in page[3]}
    page.cell(4, places["身份证号"], identity(7))
    book.save(path)
    plan = plan_roster(office, path, form="elder_age", today=TODAY)
    assert [(r.row, r.id_number) for r in plan.rows] == [(4, identity(7))]


def test_choices_drop_down(clerk: Store, tmp_path: Path) -> None:
    """Villages of the township and the longer code lists on the hidden sheet, short ones in the rule."""
    path = tmp_path / "低保.xlsx"
    columns = save_template(clerk, "dibao", path).columns
    book = openpyxl.load_workbook(path)
    page, lists = book.worksheets[0], book["选项"]
    assert lists.sheet_state == "hidden"
    rules = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in page.data_validations.dataValidation}
    place = {c.title: f"{page.cell(4, n).coordinate}" for n, c in enumerate(columns, start=2)}
    assert rules[place["城乡类别"]] == '"城市,农村"'
    assert rules[place["单人户"]] == '"是,否"'
    assert rules[place["民族"]].startswith("'选项'!$")
    villages = next(c for c in columns if c.title == "村").choices
    assert "棉沙村" in villages
    assert len(villages) == len(clerk.catalog.divisions.villages(TOWN))
    assert place["与户主关系"] not in rules  # several in one cell


def test_the_template_is_noted(clerk: Store, tmp_path: Path) -> None:
    save_template(clerk, "elder_age", tmp_path / "高龄.xlsx")
    with clerk.reading() as r:
        entries = r.rows(sa.select(schema.audit).where(schema.audit.c.action == "write_template"))
    assert any("高龄.xlsx" in str(dict(entry)) for entry in entries)


def test_the_county_s_own_fields_are_in_it(tmp_path: Path) -> None:
    """An overlay adds a choice whose words begin like formulas, and retitles the form (forms/README.md)."""
    overlay = (
        'extends = "elder_age"\nversion = 1\ntitle = "=高龄补贴"\n[[section]]\ntitle = "本县"\n[section.field]\n'
        'x_card = { label = "=寿星证号", type = "text", hint = "@红本上的号" }\n'
        'x_seen = { label = "上门看过", type = "yes_no" }\n'
    )
    sources = [*shipped_sources(), Source("form", "elder_age", "本县.toml", overlay, "county")]
    catalog = load_catalog(sources)
    assert not catalog.problems, [p.sentence() for p in catalog.problems]
    form = catalog.forms["elder_age"]
    columns = template_columns(form, catalog)
    assert [(c.title, c.choices) for c in columns[-2:]] == [("=寿星证号", ()), ("上门看过", ("是", "否"))]
    (tmp_path / "x.xlsx").write_bytes(template_data(form, columns))
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.worksheets[0]["A1"].value == "=高龄补贴花名册"
    assert "f" not in {cell.data_type for page in book for row in page.iter_rows() for cell in row}
    header = find_header(
        read_workbook(tmp_path / "x.xlsx").sheets[0], find_targets(form, catalog), keys=["person.id_number"]
    )
    assert header is not None
    assert [c.path for c in header.columns[-2:]] == ["x_card", "x_seen"]


def test_without_an_office_the_village_is_typed(tmp_path: Path) -> None:
    columns = save_shipped_template("dibao", tmp_path / "低保.xlsx").columns
    assert next(c for c in columns if c.path == "village").choices == ()


def test_a_form_without_import_has_no_template(clerk: Store, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        save_template(clerk, "casework", tmp_path / "x.xlsx")
    assert refused.value.code == "template.no_import"
    assert "不从花名册导入" in refused.value.message
    with pytest.raises(UserError) as unknown:
        save_shipped_template("nope", tmp_path / "x.xlsx")
    assert unknown.value.code == "unknown_form"
    assert not (tmp_path / "x.xlsx").exists()


def test_a_table_of_people_called_like_our_sheets_is_read(
    office: Store, write_roster: Callable[..., Path], household_row: Callable[..., list[Any]]
) -> None:
    """A clerk's own sheet may be called 说明: only what the program wrote is passed over."""
    path = write_roster([household_row(1)])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].title = "说明"
    book.save(path)
    assert plan_roster(office, path, form="dibao", today=TODAY).count(NEW) == 1
