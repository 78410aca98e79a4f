"""A county's overlays, released keys, indicators, and the check of a folder."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import msgspec
import pytest

from minzheng_desktop.catalog.checking import check_catalog
from minzheng_desktop.catalog.engine import Env, Evaluator
from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.released import released_text
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.values.errors import UserError

from .texts import Loader, base_sources, form_source, section

BASE = section(
    'a = { label = "甲", type = "text", hint = "原来的" }',
    'b = { label = "乙", type = "text" }',
    head='title = "住房与土地"',
) + section('c = { label = "丙", type = "text" }', head='table = "t"\ntitle = "表"')

OVERLAY = """
extends = "sample"
version = 1
[[section]]
title = "本县加的"
after = "住房与土地"
[section.field]
x_toilet = { label = "户厕", type = "yes_no" }
x_kind = { label = "户厕类别", type = "choice", choices = "kind", relevant = "x_toilet", required = true }
[change]
a = { label = "甲项", required = true }
"t.c" = { hint = "本县的提示" }
[rule]
x_rule = { assert = "x_toilet", message = "要有户厕", severity = "warning" }
"""


def county(text: str, key: str = "county") -> Source:
    return Source("form", key, f"county/{key}.toml", text, "county")


def test_an_overlay_adds_and_tightens(load: Loader) -> None:
    catalog = load(BASE, county(OVERLAY))
    assert catalog.problems == ()
    form = catalog.forms["sample"]
    assert [s.title for s in form.sections] == ["住房与土地", "本县加的", "表"]
    assert form.fields["a"].label == "甲项"
    assert form.fields["a"].hint == "原来的"
    assert form.fields["t.c"].hint == "本县的提示"
    assert form.fields["x_toilet"].origin == "county"
    assert form.fields["a"].origin == "shipped"
    assert form.overlays == ("county/county.toml",)
    found = Evaluator(form, catalog).evaluate({"x_toilet": True}, Env(date(2024, 9, 20), "submitted"))
    assert [p.path for p in found.problems] == ["a", "x_kind"]


def test_a_release_renews_the_base_under_an_overlay(load: Loader) -> None:
    newer = BASE.replace("原来的", "新版的") + section(
        'd = { label = "丁", type = "text" }', head='title = "新段"'
    )
    catalog = load(newer, county(OVERLAY))
    assert catalog.problems == ()
    form = catalog.forms["sample"]
    assert (form.fields["a"].label, form.fields["a"].hint) == ("甲项", "新版的")
    assert "d" in form.fields


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("x_toilet = {", "toilet = {", "要以 x_ 开头"),
        ("a = { label", "aa = { label", "没有字段“aa”"),
        ('"甲项"', '"甲项", type = "note"', "不认识的键“type”"),
        ('after = "住房与土地"', 'after = "住房与士地"', "是不是“住房与土地”"),
        ("x_rule =", "rule_x =", "要以 x_ 开头"),
        ('extends = "sample"', 'extends = "sampel"', "没有表单“sampel”；是不是“sample”"),
        ('choices = "kind"', 'choices = "knid"', "没有代码表“knid”"),
        ('assert = "x_toilet"', 'assert = "x_toilte"', "是不是“x_toilet”"),
        ("version = 1", "", "缺少必写的键“version”"),
    ],
)
def test_a_mistaken_overlay_leaves_the_shipped_form_in_force(
    load: Loader, old: str, new: str, said: str
) -> None:
    assert old in OVERLAY
    catalog = load(BASE, county(OVERLAY.replace(old, new)))
    assert any(said in p.message and p.file == "county/county.toml" for p in catalog.problems), (
        catalog.problems
    )
    assert all(p.line for p in catalog.problems if p.key)
    assert "x_toilet" not in catalog.forms["sample"].fields
    assert catalog.forms["sample"].fields["a"].label == "甲"


def test_two_overlays_lie_on_each_other(load: Loader) -> None:
    second = 'extends = "sample"\nversion = 1\n[change]\nx_toilet = { label = "厕所" }\n'
    catalog = load(BASE, county(OVERLAY, "a"), county(second, "b"))
    assert catalog.problems == ()
    assert catalog.forms["sample"].fields["x_toilet"].label == "厕所"


def test_the_second_overlay_may_fail_alone(load: Loader) -> None:
    second = 'extends = "sample"\nversion = 1\n[rule]\nx_r = { assert = "nosuch", message = "x" }\n'
    catalog = load(BASE, county(OVERLAY, "a"), county(second, "b"))
    assert [p.file for p in catalog.problems] == ["county/b.toml"]
    assert "x_toilet" in catalog.forms["sample"].fields
    assert "x_r" not in catalog.forms["sample"].rules


def test_an_overlay_of_a_refused_form_waits(load: Loader) -> None:
    catalog = load(BASE.replace("label", "lable"), county(OVERLAY))
    waiting = [p for p in catalog.problems if p.file == "county/county.toml"]
    assert [p.waiting_for for p in waiting] == ["forms/area/sample.toml"]


# Released keys


def released(catalog: Catalog) -> Source:
    return Source("released", "released", "forms/released.toml", released_text(catalog.forms))


def test_released_keys_and_types_never_change(load: Loader) -> None:
    file = released(load(BASE))
    assert '"t.c" = { type = "text", since = 1 }' in file.text
    assert load(BASE, file).problems == ()
    gone = load(BASE.replace("b = {", "bb = {"), file)
    assert "字段“b”已发布（第 1 版起），不能删掉或改名" in gone.problems[0].message
    assert gone.forms == {}
    other = load(BASE.replace('b = { label = "乙", type = "text"', 'b = { label = "乙", type = "note"'), file)
    assert "不能改成 note" in other.problems[0].message
    assert other.problems[0].line > 0


def test_renaming_and_retiring_keep_the_promise(load: Loader) -> None:
    file = released(load(BASE))
    renamed = BASE.replace(
        'b = { label = "乙", type = "text"', 'bb = { label = "乙", type = "text", renamed_from = "b"'
    )
    assert load(renamed, file).problems == ()
    retired = BASE.replace('b = { label = "乙"', 'b = { label = "乙", retired = true')
    assert load(retired, file).problems == ()


def test_the_list_keeps_since_and_grows(load: Loader) -> None:
    first = load(BASE)
    text = released_text(first.forms)
    more = BASE + section('d = { label = "丁", type = "text" }', head='title = "新段"')
    form = msgspec.structs.replace(load(more).forms["sample"], version=2)
    grown = released_text({"sample": form}, text)
    assert '"a" = { type = "text", since = 1 }' in grown
    assert '"d" = { type = "text", since = 2 }' in grown
    assert released_text({}, grown) == grown, "a form that is refused just now is not forgotten"


# Indicators

INDICATORS = """
[indicator]
people = { title = "人数", unit = "人", measure = "persons", forms = ["sample"], states = "active" }
share = { title = "占比", measure = "ratio", top = "people", bottom = "people", scale = 100 }
"""


def test_indicators_are_cross_checked(load: Loader) -> None:
    def indicators(text: str) -> Catalog:
        return load(BASE, Source("indicators", "i", "i.toml", text))

    assert list(indicators(INDICATORS).indicators) == ["people", "share"]
    for old, new, said in [
        ('"sample"', '"smple"', "没有表单“smple”"),
        ('top = "people"', 'top = "peple"', "没有指标“peple”；是不是“people”"),
        ('states = "active"', 'states = "activ"', "没有状态“activ”"),
        ('measure = "persons"', 'measure = "heads"', "不认识的值“heads”"),
        ('unit = "人"', 'where = { zz = "1" }', "没有字段“zz”"),
    ]:
        catalog = indicators(INDICATORS.replace(old, new, 1))
        assert any(said in p.message for p in catalog.problems), (said, catalog.problems)


# forms check


def test_the_shipped_files_are_checked_by_default() -> None:
    assert check_catalog(None).problems == ()


def test_a_folder_is_checked_as_it_will_be_in_force(tmp_path: Path) -> None:
    (tmp_path / "dibao_county.toml").write_bytes(
        (
            'extends = "dibao"\r\nversion = 1\r\n[[section]]\r\ntitle = "本县"\r\n[section.field]\r\n'
            'x_well = { label = "水井", type = "yes_no" }\r\nx_bad = { label = "错", type = "yesno" }\r\n'
        ).encode("gb18030")
    )
    (tmp_path / "rates.toml").write_text(
        'area = "500229"\n[rate."dibao.rural"]\nunit = "yuan"\nvalues = [ { from = "2025-09-01", value = 660 } ]\n',
        encoding="utf-8-sig",
    )
    catalog = check_catalog(tmp_path)
    assert [(p.file, p.line) for p in catalog.problems] == [("rates.toml", 4), ("dibao_county.toml", 7)]
    assert "dibao" in catalog.forms
    path = tmp_path / "dibao_county.toml"
    path.write_text(path.read_text("gb18030").replace("yesno", "yes_no"), "utf-8")
    (tmp_path / "rates.toml").unlink()
    catalog = check_catalog(tmp_path)
    assert catalog.problems == ()
    assert "x_well" in catalog.forms["dibao"].fields


def test_a_copy_of_a_shipped_form_is_checked_in_its_place(tmp_path: Path) -> None:
    bath = next(s for s in shipped_sources() if s.key == "bath")
    (tmp_path / "bath.toml").write_text(
        bath.text.replace("times + ", "tims + ").replace("+ times", "+ tims"), "utf-8"
    )
    catalog = check_catalog(tmp_path)
    assert catalog.problems
    assert {p.file for p in catalog.problems} == {"bath.toml"}
    assert "是不是“times”" in catalog.problems[0].message


def test_no_folder_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="没有文件夹"):
        check_catalog(tmp_path / "nowhere")
    with pytest.raises(UserError, match="里没有"):
        check_catalog(tmp_path)


# Keeping


def test_a_checked_catalogue_can_be_kept_and_read_again(load: Loader) -> None:
    """The store keeps the checked catalogue beside its texts; compiled programs are made anew."""
    catalog = load_catalog([*base_sources(), form_source(BASE), county(OVERLAY)])
    again: Catalog = pickle.loads(pickle.dumps(catalog))
    form = again.forms["sample"]
    assert form.fields["a"].type is catalog.forms["sample"].fields["a"].type
    found = Evaluator(form, again).evaluate({"x_toilet": True}, Env(date(2024, 9, 20), "submitted"))
    assert [p.path for p in found.problems] == ["a", "x_kind"]
