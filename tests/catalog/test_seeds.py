"""The shipped seeds: forms, code lists, rates, workflows, divisions.

Expected codes are written by hand from the standards that domain §2.9 names (GB/T 2261.1/.2/.3, 3304, 4658,
4761), amounts from the table of domain §13, divisions from domain §2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from reportlab.pdfbase.ttfonts import TTFontFile

from minzheng_desktop.benefits.rules import RULE_INPUTS
from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.paths import resources_dir

TOWN = "500229201"
RELIEF_SERVICES = (
    "low_income_pool",
    "online_apply",
    "vagrant",
    "goods_campaign",
    "goods",
    "entitlement_check",
)
ROLES = {"town_clerk", "town_leader", "county_reviewer", "program", "clock"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(shipped_sources())


def test_every_shipped_file_is_healthy(catalog: Catalog) -> None:
    assert [problem.sentence() for problem in catalog.problems] == []


def test_areas_stand_in_the_order_of_the_window_with_their_forms(catalog: Catalog) -> None:
    assert [(area.title, area.forms) for area in catalog.areas] == [
        ("人口与家庭", ()),
        ("社会救助", ("dibao", "dibian", "tekun", "linshi", "gangxing", *RELIEF_SERVICES)),
        ("残疾人与儿童", ("djr_life", "djr_care", "orphan", "defacto", "student")),
        (
            "未成年人保护",
            (
                "leftbehind",
                "migrant_child",
                "dilemma_child",
                "minor_station",
                "casework",
                "fund_project",
                "fund_ledger",
                "class_session",
            ),
        ),
        (
            "养老服务",
            (
                "elder_age",
                "elder_poor",
                "meal_right",
                "meal",
                "meal_count",
                "bath",
                "retrofit",
                "visit_care",
                "talent",
                "training",
                "canteen",
                "institution",
                "bed",
                "resident",
                "safety_check",
            ),
        ),
        (
            "殡葬婚俗",
            (
                "funeral",
                "funeral_place",
                "grave_move",
                "civil_funeral",
                "council",
                "funeral_petition",
                "marriage",
                "group_wedding",
            ),
        ),
        ("社会事务", ("place_name", "social_org", "donation")),
        ("县局登记", ("county_fact",)),
    ]


def test_icons_of_the_areas_are_shipped(catalog: Catalog) -> None:
    icons = resources_dir() / "icons"
    assert [area.key for area in catalog.areas if not (icons / f"{area.icon}.svg").is_file()] == []


@pytest.mark.parametrize(
    ("codes", "code", "label"),
    [
        ("sex", "1", "男"),
        ("sex", "2", "女"),
        ("sex", "9", "未说明"),
        ("marital_status", "10", "未婚"),
        ("marital_status", "23", "复婚"),
        ("marital_status", "30", "丧偶"),
        ("marital_status", "40", "离婚"),
        ("health_status", "10", "健康或良好"),
        ("health_status", "33", "慢性呼吸系统病"),
        ("health_status", "41", "癌症"),
        ("health_status", "66", "精神残疾"),
        ("education", "20", "大学本科教育"),
        ("education", "60", "普通高级中学教育"),
        ("education", "80", "小学教育"),
        ("ethnicity", "01", "汉族"),
        ("ethnicity", "06", "苗族"),
        ("ethnicity", "15", "土家族"),
        ("ethnicity", "29", "柯尔克孜族"),
        ("ethnicity", "43", "乌孜别克族"),
        ("ethnicity", "56", "基诺族"),
        ("ethnicity", "98", "外国血统中国籍人士"),
        ("relation", "02", "户主"),
        ("relation", "12", "妻"),
        ("relation", "27", "养子或继子"),
        ("relation", "38", "儿媳"),
        ("relation", "46", "孙女婿或外孙女婿"),
        ("relation", "55", "岳父"),
        ("relation", "65", "配偶的祖父母或外祖父母"),
        ("relation", "78", "妹夫"),
        ("relation", "96", "外甥女"),
        ("relation", "99", "非亲属"),
        ("disability_type", "7", "多重"),
        ("disability_level", "1", "一级"),
        ("selfcare_level", "3", "完全丧失"),
        ("urban_rural", "1", "城市"),
        ("hukou_type", "1", "农村"),
        ("poverty_cause", "03", "缺劳动力"),
        ("income_kind", "4", "转移净收入"),
        ("account_type", "1", "社保卡（一卡通）"),
        ("apply_channel", "6", "历史导入"),
    ],
)
def test_codes_mean_what_the_standards_say(catalog: Catalog, codes: str, code: str, label: str) -> None:
    assert catalog.codes[codes].items[code] == label


@pytest.mark.parametrize(
    ("codes", "count"),
    [
        ("ethnicity", 58),  # 56 of GB/T 3304, 97 and 98
        ("relation", 2 + 3 + 7 * 10 + 8 + 1),  # 01–02, 10–12, 20–89, 90–97, 99
        ("health_status", 22),
        ("marital_status", 8),
        ("disability_type", 7),
    ],
)
def test_standard_lists_are_complete(catalog: Catalog, codes: str, count: int) -> None:
    assert len(catalog.codes[codes].items) == count


def test_code_98_of_relations_stays_free(catalog: Catalog) -> None:
    # domain §2.9: 98 各来源不一，保留不用
    assert "98" not in catalog.codes["relation"].items


@pytest.mark.parametrize(
    ("codes", "written", "code"),
    [
        ("ethnicity", "汉", "01"),
        ("ethnicity", "汉 族", "01"),
        ("ethnicity", "汉　族", "01"),
        ("ethnicity", "土家", "15"),
        ("ethnicity", "1", "01"),
        ("relation", "户主", "02"),
        ("relation", "户主本人", "02"),
        ("relation", "本人", "01"),
        ("relation", "妻子", "12"),
        ("relation", "配偶", "10"),
        ("relation", "儿子", "20"),
        ("relation", "女儿", "30"),
        ("relation", "孙 子", "41"),
        ("relation", "媳妇", "38"),
        ("sex", "男性", "1"),
        ("health_status", "健康", "10"),
        ("health_status", "重病", "49"),
        ("urban_rural", "城镇", "1"),
        ("urban_rural", "农村低保", "2"),
        ("dibao_class", "A", "A"),
        ("dibao_class", "Ｂ类", "B"),
        ("support_mode", "分散供养", "2"),
        ("selfcare_level", "全护理", "3"),
        ("selfcare_level", "全自理", "1"),
        ("elder_tier", "80-89岁", "80_89"),
        ("stop_reason", "病故", "death"),
        ("poverty_cause", "因病致贫", "01"),
        ("account_type", "一卡通", "1"),
    ],
)
def test_codes_are_found_as_clerks_write_them(catalog: Catalog, codes: str, written: str, code: str) -> None:
    assert catalog.codes[codes].find(written) == code


def test_no_alias_means_two_things(catalog: Catalog) -> None:
    wrong = []
    for codes in catalog.codes.values():
        for alias, code in codes.aliases.items():
            if codes.find(alias) != code:
                wrong.append(f"{codes.key}：{alias} → {code}，却认成 {codes.find(alias)}")
    assert wrong == []


@pytest.mark.parametrize(
    ("code", "month", "cents"),
    [
        ("dibao.urban", "2023-08", 71700),
        ("dibao.urban", "2023-09", 73500),
        ("dibao.urban", "2024-09", 77000),
        ("dibao.rural", "2024-08", 60000),
        ("dibao.rural", "2024-09", 63500),
        ("tekun.basic", "2024-10", 100100),
        ("elder.80_89", "2024-01", 10000),
        ("elder.90_99", "2024-05", 60000),
        ("elder.100", "2024-05", 600000),
        ("bath.per_time", "2024-05", 11000),
        ("djr.care.l1", "2025-12", 10000),
        ("djr.care.l1", "2026-01", 11000),
        ("meal.tier_high", "2024-05", 600),
        ("student.orphan", "2024-09", 1000000),
    ],
)
def test_rates_are_the_examples_of_the_domain_table(
    catalog: Catalog, code: str, month: str, cents: int
) -> None:
    rate = catalog.rates.at(code, month, area=TOWN)
    assert rate is not None
    assert (rate.type, rate.value) == ("money", cents)


@pytest.mark.parametrize(
    ("code", "value"),
    [("recheck.A", 12), ("recheck.B", 6), ("recheck.C_urban", 1), ("recheck.C_rural", 3), ("grace.max_months", 6),
     ("publicity.days", 7), ("bath.month_max", 2), ("limit.dibao.total_days", 30), ("dibian.ratio", 150)],
)  # fmt: skip
def test_counts_and_limits_are_plain_numbers(catalog: Catalog, code: str, value: int) -> None:
    rate = catalog.rates.at(code, "2024-10", area=TOWN)
    assert rate is not None
    assert (rate.type, rate.value) == ("int", value)


def test_money_without_a_document_is_marked_as_an_example(catalog: Catalog) -> None:
    # domain §13: nothing of the table may be taken for a legal standard
    unmarked = [r.code for r in catalog.rates.all() if not r.doc and not r.example]
    assert unmarked == []
    examples = {r.code for r in catalog.rates.all() if r.example}
    assert {
        "dibao.urban",
        "dibao.rural",
        "elder.80_89",
        "elder.90_99",
        "elder.100",
        "bath.per_time",
    } <= examples


def test_only_documented_rates_are_not_examples(catalog: Catalog) -> None:
    assert [r.code for r in catalog.rates.all() if r.example and r.doc] == []


def test_divisions_are_the_25_townships_and_204_villages(catalog: Catalog) -> None:
    towns = catalog.divisions.towns
    assert len(towns) == 25
    assert sum(len(catalog.divisions.villages(town.code)) for town in towns) == 204
    assert catalog.divisions.county is not None
    assert catalog.divisions.county.name == "城口县"
    names = {town.code: town.name for town in towns}
    assert names["500229001"] == "葛城街道"
    assert names["500229106"] == "修齐镇"
    assert names["500229201"] == "龙田乡"
    assert names["500229221"] == "河鱼乡"


def test_division_codes_follow_gb_t_10114(catalog: Catalog) -> None:
    # 001–099 街道, 100–199 镇, 200–399 乡
    wrong = [
        town.code
        for town in catalog.divisions.towns
        if not town.name.endswith({0: "街道", 1: "镇", 2: "乡", 3: "乡"}[int(town.code[6])])
    ]
    assert wrong == []


def test_the_road_of_an_application(catalog: Catalog) -> None:
    """The state machine of domain §2.10, walked once from draft to payment and out again."""
    steps = catalog.workflows["aid"].steps
    state = catalog.workflows["aid"].start
    road = ["submit", "accept", "investigate", "review", "publicize", "end_publicity", "report", "confirm", "activate",
            "propose_change", "confirm_change", "suspend", "resume", "hear", "confirm_stop"]  # fmt: skip
    for key in road:
        assert state in steps[key].from_, key
        state = steps[key].to
    assert catalog.workflows["aid"].states[state].group == "closed"


@pytest.mark.parametrize("key", ["aid", "aid_private", "tekun", "child_aid", "djr", "study_aid", "post_aid"])
def test_a_township_never_confirms_without_the_county(catalog: Catalog, key: str) -> None:
    """Into the active group from outside it lead only county steps and the registered county letter."""
    workflow = catalog.workflows[key]
    for step in workflow.steps.values():
        if workflow.states[step.to].group != "active":
            continue
        outside = [s for s in step.from_ if workflow.states[s].group in ("draft", "open", "closed")]
        if not outside:
            continue
        by_county = set(step.by) <= {"county_reviewer", "program"}
        by_letter = {"document_no", "date", "scan"} <= set(step.ask)
        assert by_county or by_letter, step.key


@pytest.mark.parametrize(
    "key", ["aid_private", "child_aid", "study_aid", "child_roster", "child_help", "casework"]
)
def test_a_private_procedure_has_no_publicity(catalog: Catalog, key: str) -> None:
    assert not {"publicizing", "objected", "publicized"} & set(catalog.workflows[key].states)


def test_roles_of_steps_are_known(catalog: Catalog) -> None:
    wrong = [
        f"{workflow.key}.{step.key}"
        for workflow in catalog.workflows.values()
        for step in workflow.steps.values()
        if not step.by or not set(step.by) <= ROLES
    ]
    assert wrong == []


def test_time_limits_of_the_forms_have_a_rate(catalog: Catalog) -> None:
    missing = []
    for form in catalog.forms.values():
        for limit in form.workflow.limits.values():
            code = limit.rate.replace("{form}", form.key)
            if code not in catalog.rates:
                missing.append(code)
    assert missing == []


def test_dibao_ledger_has_the_columns_of_the_clerks(catalog: Catalog) -> None:
    # domain §9.3, in its order
    assert [c.title for c in catalog.forms["dibao"].ledgers["monthly"].columns] == (
        "序号 村（社区） 户主姓名 身份证号 低保证号 类别 家庭人口 保障人口 人均月收入 保障标准 户月保障金 分类施保金额"
        " 补发 扣减 实发合计 开户行 一卡通账号 账户名 联系电话 备注"
    ).split()


def test_elder_ledger_has_the_columns_of_the_clerks(catalog: Catalog) -> None:
    assert [c.title for c in catalog.forms["elder_age"].ledgers["quarter"].columns] == (
        "序号 村（社区） 姓名 性别 身份证号 年龄 档次 本期月数 本期金额 补发 合计 账号 代领人及关系 认证日期 备注"
    ).split()


def test_bath_ledger_has_the_columns_of_the_clerks(catalog: Catalog) -> None:
    assert [c.title for c in catalog.forms["bath"].ledgers["settlement"].columns] == (
        "序号 姓名 身份证号 服务日期 服务地点 服务商 单价 次数 金额 照料人签字"
    ).split()


def test_meal_ledger_has_the_columns_of_the_clerks(catalog: Catalog) -> None:
    assert [c.title for c in catalog.forms["meal"].ledgers["settlement"].columns] == (
        "序号 食堂 补贴对象姓名 身份证号 类别 本月餐次 补贴标准 补贴金额 签字/打卡编号"
    ).split()


def test_talent_ledger_has_the_columns_of_the_clerks(catalog: Catalog) -> None:
    """Domain §9.3; 补发 beside: a quarter that was decided late is paid with the next."""
    assert [c.title for c in catalog.forms["talent"].ledgers["quarter"].columns if c.title != "补发"] == (
        "序号 机构 姓名 身份证号 岗位 证书等级 在岗月数 标准 金额 账号"
    ).split()


def test_every_form_reads_rosters(catalog: Catalog) -> None:
    # casework's text is sealed and never comes from a workbook
    assert [key for key, form in catalog.forms.items() if form.import_ is None] == ["casework"]


def test_a_header_means_one_column_of_a_form(catalog: Catalog) -> None:
    double = []
    for key, form in catalog.forms.items():
        seen: dict[str, str] = {}
        for path, titles in form.import_.headers.items() if form.import_ else ():
            double += [f"{key} {t}：{seen[t]}、{path}" for t in titles if seen.setdefault(t, path) != path]
    assert double == []


def test_every_label_can_be_printed(catalog: Catalog) -> None:
    """Every word that the catalogue puts on paper is in the text face or the number face."""
    fonts = resources_dir() / "fonts"
    faces = [_characters(fonts / name) for name in ("NotoSerifSC-Regular.ttf", "NotoSansSC-Regular.ttf",
                                                   "NotoSerifSC-Bold.ttf", "NotoSansSC-Bold.ttf")]  # fmt: skip
    everywhere = set.intersection(*faces)
    missing = {
        f"{where}：{character}"
        for where, text in _printed_words(catalog)
        for character in text
        if not character.isspace() and ord(character) not in everywhere
    }
    assert missing == set()


def _characters(path: Path) -> set[int]:
    return set(TTFontFile(str(path)).charToGlyph)


def _printed_words(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for codes in catalog.codes.values():
        for code, label in codes.items.items():
            yield f"{codes.key}.{code}", label
    for town in catalog.divisions.towns:
        for division in (town, *catalog.divisions.villages(town.code)):
            yield division.code, division.name
    for form in catalog.forms.values():
        yield form.key, form.title
        for path, field in form.fields.items():
            yield f"{form.key}.{path}", field.label + field.unit
        for ledger in form.ledgers.values():
            yield f"{form.key}.{ledger.key}", ledger.title + "".join(c.title for c in ledger.columns)
        for document in form.documents.values():
            yield (
                f"{form.key}.{document.key}",
                document.title + "".join(b.title + b.text for b in document.blocks),
            )
    for workflow in catalog.workflows.values():
        for state in workflow.states.values():
            yield f"{workflow.key}.{state.key}", state.title


def test_a_released_field_may_not_change_its_key_or_type(tmp_path: Path) -> None:
    """The shipped promise: `forms release` writes it, the next load holds every form to it."""
    import shutil

    from minzheng_desktop.catalog.checking import check_catalog
    from minzheng_desktop.cli import run
    from minzheng_desktop.paths import forms_dir

    copy = tmp_path / "forms"
    shutil.copytree(forms_dir(), copy)
    (copy / "released.toml").unlink()
    assert run(["forms", "release", str(copy), "--json"]) == 0
    assert (copy / "released.toml").read_text("utf-8") == (forms_dir() / "released.toml").read_text("utf-8")
    file = copy / "elderly" / "bath.toml"
    text = file.read_text("utf-8")
    file.write_text(
        text.replace("signer    = {", "signed_by = {").replace("\nsigner ", "\nsigned_by "), "utf-8"
    )
    problems = [p.sentence() for p in check_catalog(copy, rule_inputs=RULE_INPUTS).problems]
    assert any("signer" in p and "renamed_from" in p for p in problems)
    assert run(["forms", "release", str(copy)]) == 1
