"""Codes, rates, divisions and workflows."""

# ruff: noqa: E501 - form lines stand as their authors would write them: in one line.

from __future__ import annotations

from datetime import date

import pytest

from minzheng_desktop.catalog.codes import read_codes
from minzheng_desktop.catalog.divisions import Divisions, read_divisions
from minzheng_desktop.catalog.load import load_catalog
from minzheng_desktop.catalog.rates import Rate, RateBook, read_rates
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.catalog.toml_errors import TomlFile, parse_toml
from minzheng_desktop.catalog.workflow import read_workflow
from minzheng_desktop.values.errors import UserError

from .texts import CODES, FLOW, RATES


def toml(text: str, kind: str = "codes", origin: str = "shipped") -> TomlFile:
    file = parse_toml(Source(kind, "f", "f.toml", text, origin))
    assert isinstance(file, TomlFile)
    return file


# Codes


def test_a_code_is_found_by_code_label_and_alias() -> None:
    lists, problems = read_codes(toml(CODES))
    assert problems == []
    codes = lists["urban_rural"]
    assert codes.find("农 村") == codes.find("2") == codes.find("２") == "2"
    assert codes.find("城镇") == "1"
    assert codes.find("县城") is None
    assert lists["relation"].find("2") == "02", "Excel drops the zero of 02"
    assert codes.label("2") == "农村"
    assert codes.label("7") == "7", "a newer catalogue's code is shown as it is"


def test_a_retired_code_is_known_but_not_offered() -> None:
    lists, _ = read_codes(toml(CODES))
    assert lists["kind"].choices() == {"A": "甲类", "B": "乙类"}
    assert lists["kind"].label("C") == "丙类"


def test_two_codes_of_one_label_mean_neither() -> None:
    lists, _ = read_codes(toml('[a.items]\n1 = "其他"\n2 = "其他"\n'))
    assert lists["a"].find("其他") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[a.items]\n1 = "x"\n[a.alias]\ny = "2"\n', "别名“y”指向没有的代码“2”"),
        ('[a.items]\n1 = "x"\n[a]\nretired = ["9"]\n', "停用的代码“9”"),
        ('[a.items]\n1 = "x"\n[a.export]\n91 = "90"\n', "代码“91”不在表里"),
        ('[a]\ntitel = "x"\n[a.items]\n1 = "x"\n', "是不是“title”"),
        ("[a.items]\n1 = 2\n", "应当是文字"),
        ('[a]\ntitle = "x"\n', "缺少必写的键“items”"),
    ],
)
def test_mistaken_lists(text: str, said: str) -> None:
    lists, problems = read_codes(toml(text))
    assert any(said in p.message for p in problems)
    assert lists == {}


def test_one_mistaken_list_leaves_the_others() -> None:
    lists, problems = read_codes(toml('[a]\n[b.items]\n1 = "x"\n'))
    assert list(lists) == ["b"]
    assert len(problems) == 1


def test_a_county_adds_codes_but_does_not_change_their_meaning() -> None:
    shipped = Source("codes", "c", "codes/c.toml", '[a.items]\n1 = "甲"\n')
    added = Source("codes", "c", "county.toml", '[a.items]\n2 = "乙"\n[a.alias]\n"子" = "1"\n', "county")
    catalog = load_catalog([added, shipped])
    assert catalog.problems == ()
    assert catalog.codes["a"].items == {"1": "甲", "2": "乙"}
    assert catalog.codes["a"].find("子") == "1"
    changed = Source("codes", "c", "county.toml", '[a.items]\n1 = "丙"\n', "county")
    catalog = load_catalog([changed, shipped])
    assert "已是“甲”，不能改成“丙”" in catalog.problems[0].message
    assert catalog.codes["a"].items == {"1": "甲"}


# Rates


def rate_book() -> RateBook:
    rates, problems = read_rates(toml(RATES, "rates"))
    assert problems == []
    return RateBook(rates)


def test_a_rate_is_taken_by_its_date() -> None:
    book = rate_book()
    assert book.at("line", date(2024, 8, 31), area="500229103").value == 60000  # type: ignore[union-attr]
    assert book.at("line", "2024-09", area="500229103").value == 63500  # type: ignore[union-attr]
    assert book.at("line", "2022-12-31", area="500229103") is None, "before the first version"
    assert book.at("line", "2024-09", area="500230") is None, "another county"
    assert book.at("unknown", "2024-09", area="500229") is None
    newest = book.at("line", "2025-01", area="500229")
    assert newest is not None
    assert (newest.example, newest.text, newest.unit) == (True, "635.00", "yuan_per_person_month")


def test_units_decide_what_a_value_is() -> None:
    book = rate_book()
    ratio, rule = book.at("ratio", "2024-01", area="500229"), book.at("rule", "2024-01", area="500229")
    assert ratio is not None
    assert rule is not None
    assert (ratio.value, ratio.digits, ratio.condition_value()) == (15, 1, 1.5)
    assert (rule.value, rule.text, rule.condition_value()) == (0, "next", "next")
    assert [book.type_of(c) for c in ("line", "max.months", "ratio", "rule", "?")] == [
        "money", "int", "double", "text", "",
    ]  # fmt: skip


def test_the_nearest_area_wins_where_it_has_a_version() -> None:
    def made(area: str, day: str, value: int) -> Rate:
        return Rate("a", area, value, "yuan", day)

    book = RateBook(
        [made("50", "2020-01-01", 1), made("500229", "2024-01-01", 2), made("500229103", "2025-01-01", 3)]
    )
    assert [book.at("a", on, area="500229103").value for on in ("2023-05", "2024-05", "2025-05")] == [1, 2, 3]  # type: ignore[union-attr]
    assert book.at("a", "2025-05", area="500229201").value == 2  # type: ignore[union-attr]


def test_an_end_leaves_nothing_behind_it() -> None:
    text = (
        '[rate."a"]\nunit = "days"\nends = "2024-07-01"\nvalues = [ { from = "2024-01-01", value = "7" } ]\n'
    )
    rates, _ = read_rates(toml(text, "rates"))
    book = RateBook(rates)
    assert book.at("a", "2024-06-30", area="50") is not None
    assert book.at("a", "2024-07-01", area="50") is None


def test_under_finds_a_family_of_rates() -> None:
    book = RateBook([Rate(code, "", 1, "yuan", "2020-01-01") for code in ("a", "a.b", "a.c", "ab")])
    assert book.under("a") == ("a", "a.b", "a.c")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[rate."a"]\nunit = "yuan"\nvalues = [ { from = "2024-01-01", value = 600.5 } ]', "要加引号"),
        (
            '[rate."a"]\nunit = "yuan"\nvalues = [ { from = "2024-01-01", value = "600.555" } ]',
            "不是单位 yuan 能用的值",
        ),
        (
            '[rate."a"]\nunit = "months"\nvalues = [ { from = "2024-01-01", value = "六" } ]',
            "不是单位 months 能用的值",
        ),
        ('[rate."a"]\nunit = "yuann"\nvalues = []', "是不是“yuan”"),
        ('[rate."a"]\nunit = "yuan"\nvalues = []', "至少要有一个"),
        ('[rate."a"]\nunit = "days"\nvalues = [ { from = "2024-1-1", value = "7" } ]', "写成 2024-09-01"),
        (
            '[rate."a"]\nunit = "days"\nvalues = [ { from = "2024-01-01", value = "7" }, { from = "2024-01-01", value = "8" } ]',
            "写了两次",
        ),
        (
            'area = 500229\n[rate."a"]\nunit = "days"\nvalues = [ { from = "2024-01-01", value = "7" } ]',
            "加引号",
        ),
        ("rates = 1", "是不是“rate”"),
    ],
)
def test_mistaken_rates(text: str, said: str) -> None:
    _, problems = read_rates(toml(text, "rates"))
    assert any(said in p.message for p in problems), problems


def test_a_file_replaces_versions_or_changes_nothing() -> None:
    book = rate_book()
    text = (
        'area = "500229"\n[rate."line"]\nunit = "yuan"\nvalues = [ { from = "2025-09-01", value = "660" } ]\n'
    )
    newer = book.with_file(text)
    assert newer.at("line", "2025-09", area="500229").value == 66000  # type: ignore[union-attr]
    assert newer.at("line", "2025-08", area="500229").value == 63500  # type: ignore[union-attr]
    with pytest.raises(UserError) as caught:
        book.with_file(text.replace('"660"', "660.0"))
    assert "整份没有采用" in caught.value.message
    with pytest.raises(UserError, match="不能改成 days"):
        book.with_file(text.replace('"yuan"', '"days"'))


def test_a_mistaken_rates_file_is_refused_whole() -> None:
    bad = RATES.replace('value = "6"', 'value = "六"')
    catalog = load_catalog([Source("rates", "r", "rates/r.toml", bad)])
    assert catalog.rates.codes == ()
    assert [p.file for p in catalog.problems] == ["rates/r.toml"]


# Divisions

CSV = """code,name,level,parent
500229,城口县,county,
500229103,坪坝镇,town,500229
500229104,庙坝镇,town,500229
500229103001,坪坝社区居民委员会,village,500229103
500229103200,丰田村村民委员会,village,500229103
500229103201,议学村村民委员会,village,500229103
500229104200,丰田村村民委员会,village,500229104
"""


def divisions(text: str = CSV) -> Divisions:
    rows, problems = read_divisions(Source("divisions", "d", "d.csv", text))
    assert problems == []
    return Divisions(rows)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("500229103200", "500229103200"),
        ("丰田村村民委员会", "500229103200"),
        ("丰田村", "500229103200"),
        ("丰田", "500229103200"),
        (" 丰 田 村 委会", "500229103200"),
        ("坪坝镇丰田村", "500229103200"),
        ("城口县坪坝镇丰田村", "500229103200"),
        ("丰田村三组", "500229103200"),
        ("坪坝社区", "500229103001"),
        ("坪坝居委会", "500229103001"),
        ("无此村", None),
        ("", None),
    ],
)
def test_villages_as_clerks_write_them(written: str, code: str | None) -> None:
    assert divisions().find_village(written, town="500229103") == code


def test_a_village_is_sought_in_its_township() -> None:
    assert divisions().find_village("丰田村", town="500229104") == "500229104200"
    assert divisions().find_village("议学村", town="500229104") is None


def test_names_aliases_and_initials() -> None:
    found = divisions()
    assert found.county is not None
    assert found.county.name == "城口县"
    assert [t.name for t in found.towns] == ["坪坝镇", "庙坝镇"]
    assert [v.code for v in found.villages("500229103")] == ["500229103001", "500229103200", "500229103201"]
    assert found.name("999") == "999"
    assert found.short_name("500229103200") == "丰田村"
    assert found.short_name("500229103001") == "坪坝社区"
    assert (
        found.with_aliases({"老丰田": "500229103200"}).find_village("老丰田", town="500229103")
        == "500229103200"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,name\n1,x\n", "缺少列：level、parent"),
        ("code,name,level,parent\n50022911,x,town,500229\n", "应为 9 位数字"),
        ("code,name,level,parent\n500229,x,province,\n", "county、town 或 village"),
        ("code,name,level,parent\n500229103,x,town,500229\n", "上级“500229”不在表里"),
        ("code,name,level,parent\n500229,x,county,\n500229,y,county,\n", "出现两次"),
    ],
)
def test_mistaken_divisions(text: str, said: str) -> None:
    _, problems = read_divisions(Source("divisions", "d", "d.csv", text))
    assert any(said in p.message for p in problems)


# Workflows


def test_a_workflow_knows_its_ways() -> None:
    flow, problems = read_workflow(toml(FLOW, "workflow"))
    assert problems == []
    assert flow is not None
    assert [s.key for s in flow.steps_from("submitted")] == ["approve", "refuse"]
    assert flow.states_in("open") == {"draft", "submitted", "active"}
    assert flow.states_in("not_void") == set(flow.states)
    assert flow.states_in(["stopped", "submitted"]) == {"stopped", "submitted"}


@pytest.mark.parametrize(
    ("state", "first", "coming_from", "demanded"),
    [
        ("draft", "", None, False),
        ("submitted", "", None, True),
        ("submitted", "active", None, False),
        ("active", "submitted", None, True),
        ("active", "active", None, True),
        ("refused", "", "draft", False),
        ("refused", "", "submitted", True),
        ("refused", "active", "submitted", False),
        ("stopped", "active", "active", True),
        ("stopped", "stopped", "active", True),
    ],
)
def test_what_a_state_demands(state: str, first: str, coming_from: str | None, demanded: bool) -> None:
    flow, _ = read_workflow(toml(FLOW, "workflow"))
    assert flow is not None
    assert flow.demands(state, first=first, coming_from=coming_from) is demanded


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('to = "active"', 'to = "activ"', "没有状态“activ”；是不是“active”"),
        ('from = "draft", to', 'from = "drafts", to', "没有状态“drafts”"),
        ('start = "draft"', 'start = "begin"', "没有状态“begin”"),
        ('group = "active"', 'group = "activ"', "不认识的值“activ”"),
        ('ask = ["reason"]', 'ask = ["reasons"]', "是不是“reason”"),
        ('by = ["town_clerk"] }', 'by = ["clerk"] }', "没有角色“clerk”"),
        ('edit = ["town_clerk"]', 'edit = ["town_clark"]', "是不是“town_clerk”"),
        ('from = "active", to = "stopped"', 'from = "active", to = "refused"', "没有任何一步能走到"),
        ('ask = ["reason"]', 'effects = ["pay_back"]', "不认识的 effects"),
        ('ask = ["reason"]', 'other_than = "sumbit"', "是不是“submit”"),
        ('title = "流程"\n', "", "缺少必写的键“title”"),
    ],
)
def test_mistaken_workflows(old: str, new: str, said: str) -> None:
    assert old in FLOW
    _, problems = read_workflow(toml(FLOW.replace(old, new, 1), "workflow"))
    assert any(said in p.message for p in problems), problems
    assert all(p.line for p in problems if p.key)
