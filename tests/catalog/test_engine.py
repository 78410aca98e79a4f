"""The engine: what each key of the form language means when a document is evaluated (form language §2 to §4)."""

# ruff: noqa: E501 - form lines stand as their authors would write them: in one line.

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import msgspec
import pytest

from minzheng_desktop.catalog.engine import Env, Evaluation, Evaluator
from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.values.errors import Problem

from .texts import FLOW, Loader, form_source, section

TODAY = date(2024, 9, 20)


def evaluator(catalog: Catalog, key: str = "sample") -> Evaluator:
    assert catalog.problems == (), [p.sentence() for p in catalog.problems]
    return Evaluator(catalog.forms[key], catalog)


def judge(catalog: Catalog, doc: dict[str, Any], state: str = "submitted", **env: Any) -> Evaluation:
    return evaluator(catalog).evaluate(doc, Env(TODAY, state, area="500229103", **env))


def said(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    return [(p.path, p.code, p.level) for p in evaluation.problems]


# Requirement, relevance, constraint

REQUIRED = section(
    'always = { label = "必填", type = "text", required = true }',
    'later = { label = "以后", type = "text", required_at = "active" }',
    'switch = { label = "开关", type = "yes_no" }',
    'if_on = { label = "条件必填", type = "text", required = "switch" }',
    'shown = { label = "显示", type = "text", relevant = "switch", required = true }',
)


def test_required_grows_with_the_state(load: Loader) -> None:
    catalog = load(REQUIRED)
    assert said(judge(catalog, {}, "draft")) == [("always", "required", "warning")]
    assert said(judge(catalog, {}, "submitted")) == [("always", "required", "error")]
    assert said(judge(catalog, {}, "active")) == [
        ("always", "required", "error"),
        ("later", "required", "error"),
    ]
    assert said(judge(catalog, {}, "submitted", step="approve"))[1] == ("later", "required", "error")
    assert judge(catalog, {}, "draft").required == {"always"}, "a draft shows what comes next"
    assert judge(catalog, {"always": "x", "later": "y"}, "active").problems == ()


def test_an_incomplete_application_can_be_refused(load: Loader) -> None:
    catalog = load(REQUIRED)
    assert judge(catalog, {}, "draft", step="refuse").ok
    assert said(judge(catalog, {"always": "x"}, "submitted", step="refuse")) == []
    assert said(judge(catalog, {}, "submitted", step="refuse")) == [("always", "required", "error")]


def test_a_roster_may_leave_gaps(load: Loader) -> None:
    found = judge(load(REQUIRED), {}, "active", historic=True)
    assert {p.level for p in found.problems} == {"warning"}


def test_relevance_and_conditional_requirement(load: Loader) -> None:
    catalog = load(REQUIRED)
    on = judge(catalog, {"always": "x", "switch": True})
    assert said(on) == [("if_on", "required", "error"), ("shown", "required", "error")]
    assert "shown" in on.relevant
    assert on.required >= {"if_on", "shown"}
    for value in (False, None):
        off = judge(catalog, {"always": "x", "switch": value, "shown": "kept in the draft"})
        assert off.problems == ()
        assert "shown" not in off.relevant
        assert "shown" not in off.values, "leaving draft clears it"


def test_an_irrelevant_field_counts_as_empty_for_others(load: Loader) -> None:
    catalog = load(
        section(
            'switch = { label = "开关", type = "yes_no" }',
            'inner = { label = "里", type = "integer", relevant = "switch" }',
            'outer = { label = "外", type = "integer", calculation = "inner + 1" }',
        )
    )
    assert judge(catalog, {"switch": True, "inner": 2}).values["outer"] == 3
    off = judge(catalog, {"switch": False, "inner": 2})
    assert "outer" not in off.values
    assert off.missing == {"outer": ("inner",)}


def test_a_whole_section_or_table_may_be_irrelevant(load: Loader) -> None:
    catalog = load(
        section('switch = { label = "开关", type = "yes_no" }')
        + section(
            'a = { label = "甲", type = "text", required = true }', head='title = "二"\nrelevant = "switch"'
        )
        + section(
            'b = { label = "乙", type = "integer", required = true }',
            head='table = "rows"\ntitle = "表"\nmin_rows = 1\nrelevant = "switch"',
        )
        + section('n = { label = "行数", type = "integer", calculation = "size(rows)" }', head='title = "三"')
    )
    off = judge(catalog, {"switch": False, "a": "x", "rows": [{"key": "1", "b": 1}]})
    assert off.problems == ()
    assert (off.values["n"], off.values["rows"]) == (0, [])
    assert off.relevant.isdisjoint({"a", "rows"})
    on = judge(catalog, {"switch": True})
    assert said(on) == [("a", "required", "error"), ("rows", "min_rows", "error")]


def test_a_constraint_is_not_judged_while_its_field_is_empty(load: Loader) -> None:
    catalog = load(
        section(
            'a = { label = "甲", type = "integer", constraint = "a > b", constraint_message = "甲要大于{b}" }',
            'b = { label = "乙", type = "integer" }',
            'ok = { label = "合格", type = "yes_no", constraint = "ok" }',
        )
    )
    assert judge(catalog, {"b": 1}).problems == ()
    assert judge(catalog, {"a": 1}).problems == (), "the other side is empty: unknown"
    assert judge(catalog, {"a": 1, "b": 2}).problems == (Problem("a", "甲要大于2", "error", "constraint"),)
    assert said(judge(catalog, {"ok": False})) == [("ok", "constraint", "error")], "false is not empty"
    assert said(judge(catalog, {"a": 1, "b": 2}, "draft")) == [("a", "constraint", "warning")]


def test_bounds_patterns_and_codes_are_judged_natively(load: Loader) -> None:
    catalog = load(
        section(
            'n = { label = "次数", type = "integer", min = 1, max = 2 }',
            'm = { label = "金额", type = "money", min = 0.5 }',
            'p = { label = "编号", type = "text", pattern = \'\\d+\' }',
            'k = { label = "类别", type = "choice", choices = "kind" }',
        )
    )
    found = judge(catalog, {"n": 3, "m": 49, "p": "x", "k": "Z"})
    assert said(found) == [
        ("n", "maximum", "error"), ("m", "minimum", "error"), ("p", "pattern", "error"), ("k", "code", "error"),
    ]  # fmt: skip
    assert judge(catalog, {"n": 2, "m": 50, "p": "7", "k": "C"}).problems == (), "a retired code stays valid"


# Calculations

CALCULATED = section(
    'price = { label = "单价", type = "money" }',
    'times = { label = "次数", type = "integer", default = 1 }',
    'total = { label = "合计", type = "money", calculation = "price * times" }',
    'double_total = { label = "两倍", type = "money", calculation = "total + total" }',
    'share = { label = "每份", type = "money", calculation = "divide(double_total, 3)" }',
    'kind = { label = "类别", type = "choice", choices = "kind", calculation = "total > yuan(100) ? \'A\' : \'B\'" }',
    'half = { label = "一半", type = "decimal", digits = 1, calculation = "double(times) / 2.0" }',
    'due = { label = "到期", type = "date", calculation = "add_days(today, 7)" }',
)


def test_calculations_in_the_order_of_what_they_read(load: Loader) -> None:
    lines = CALCULATED.strip().split("\n")
    backwards = "\n".join([*lines[:3], *reversed(lines[3:]), ""])
    for text in (CALCULATED, backwards):
        found = judge(load("\n" + text), {"price": 5050, "times": 3})
        assert found.values["total"] == 15150
        assert found.values["double_total"] == 30300
        assert found.values["share"] == 10100
        assert found.values["kind"] == "A"
        assert found.values["half"] == 15, "1.5, scaled by ten"
        assert found.values["due"] == "2024-09-27"


def test_an_unknown_calculation_is_empty_and_says_what_it_lacks(load: Loader) -> None:
    found = judge(load(CALCULATED), {})
    assert found.values["times"] == 1, "a key that is absent has its default"
    assert "total" not in found.values
    assert found.missing["total"] == ("price",)
    emptied = judge(load(CALCULATED), {"price": 100, "times": None})
    assert emptied.missing["total"] == ("times",), "an emptied key stays empty"
    assert emptied.problems == ()


def test_a_stated_value_stands_in_for_missing_details(load: Loader) -> None:
    found = judge(load(CALCULATED), {"stated": {"total": 20000}})
    assert found.values["total"] == 20000
    assert found.values["double_total"] == 40000
    assert found.stated == ("total",)


def test_fields_that_depend_on_today_are_live(load: Loader) -> None:
    catalog = load(
        CALCULATED + section('after = { label = "再后", type = "date", calculation = "add_days(due, 1)" }')
    )
    live = {path for path, f in catalog.forms["sample"].fields.items() if f.live}
    assert live == {"due", "after"}


# Tables

TABLES = section('since = { label = "自", type = "date" }') + section(
    'name = { label = "姓名", type = "text", required = true }',
    'born = { label = "生日", type = "date" }',
    'counts = { label = "计入", type = "yes_no", default = true }',
    'why = { label = "原因", type = "text", relevant = "!row.counts", required = true }',
    'years = { label = "年龄", type = "integer", calculation = "age(row.born, since)" }',
    'income = { label = "收入", type = "money", calculation = "sum(incomes.filter(i, i.who == row.key).map(i, i.amount))" }',
    'adult = { label = "成年", type = "yes_no", constraint = "row.years >= 18", constraint_message = "未满18岁" }',
    head='table = "people"\ntitle = "成员"\nmin_rows = 1\nmax_rows = 3\nunique = ["name"]',
) + section(
    'who = { label = "谁", type = "row", of = "people", required = true }',
    'amount = { label = "金额", type = "money" }',
    head='table = "incomes"\ntitle = "收入"',
) + section(
    'counted = { label = "人数", type = "integer", calculation = "size(people.filter(p, p.counts))" }',
    'all_income = { label = "总收入", type = "money", calculation = "sum(people.income)" }',
    'oldest = { label = "最大", type = "integer", calculation = "max(people.years)" }',
    head='title = "合计"',
)  # fmt: skip


def people(*rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "since": "2024-01-01",
        "people": [{"key": str(n), **row} for n, row in enumerate(rows, 1)],
        "incomes": [{"key": "i", "who": "1", "amount": 500}, {"key": "j", "who": "1", "amount": 70}],
    }


def test_rows_settle_before_what_sums_them(load: Loader) -> None:
    doc = people(
        {"name": "甲", "born": "1980-01-01"},
        {"name": "乙", "born": "2010-06-01", "counts": False, "why": "x"},
    )
    found = judge(load(TABLES), doc)
    assert found.problems == ()
    assert [row["years"] for row in found.values["people"]] == [44, 13]
    assert [row["income"] for row in found.values["people"]] == [570, 0]
    assert (found.values["counted"], found.values["all_income"], found.values["oldest"]) == (1, 570, 44)
    assert "people.1.why" in found.relevant
    assert "people.0.why" not in found.relevant
    assert found.required >= {"people.0.name", "people.1.why"}
    assert doc["people"][0].keys() == {"key", "name", "born"}, "the document given is left alone"


def test_row_problems_name_the_row(load: Loader) -> None:
    doc = people(
        {"name": "甲", "born": "2010-01-01", "adult": True},
        {"born": "1990-01-01", "counts": False},
        {"name": "甲"},
    )
    doc["incomes"].append({"key": "k", "who": "9", "amount": 1})
    assert said(judge(load(TABLES), doc)) == [
        ("people.0.adult", "constraint", "error"),
        ("people.1.name", "required", "error"),
        ("people.1.why", "required", "error"),
        ("people.2.name", "repeated", "error"),
        ("incomes.2.who", "row", "error"),
    ]


def test_rows_are_counted(load: Loader) -> None:
    assert said(judge(load(TABLES), {})) == [("people", "min_rows", "error")]
    many = people(*({"name": str(n)} for n in range(4)))
    assert ("people", "max_rows", "error") in said(judge(load(TABLES), many))


def test_one_empty_row_makes_the_sum_of_a_filter_unknown(load: Loader) -> None:
    found = judge(load(TABLES), people({"name": "甲", "counts": None}))
    assert "counted" not in found.values
    assert found.missing["counted"] == ("people.counts",)


# Rules and steps

RULES = (
    section(
        'a = { label = "甲", type = "integer" }',
        'b = { label = "乙", type = "integer" }',
    )
    + """
[rule]
saved = { assert = "a != 1", message = "甲不能是一" }
soft = { assert = "a < 10", message = "甲偏大", severity = "warning" }
at_step = { assert = "b > 0", message = "乙要大于零", at = ["approve"] }
"""
)


def test_rules_at_save_and_at_steps(load: Loader) -> None:
    catalog = load(RULES)
    assert said(judge(catalog, {"a": 1})) == [("", "rule", "error")]
    assert said(judge(catalog, {"a": 11})) == [("", "rule", "warning")]
    assert judge(catalog, {}).problems == (), "unknown: a rule at save is not judged"
    missing = judge(catalog, {}, step="approve")
    assert [p.message for p in missing.problems] == ["乙要大于零（缺：乙）"], (
        "unknown: a rule at a step is not met"
    )
    assert missing.missing["rule.at_step"] == ("b",)
    assert judge(catalog, {"b": 1}, step="approve").ok


def test_guards_fail_closed(load: Loader) -> None:
    flow = FLOW.replace(
        'approve = { title = "批准"', 'approve = { title = "批准", guard = "a > 1", message = "甲要大于一"'
    )
    catalog = load(RULES, flow=flow)
    assert [p.message for p in judge(catalog, {"b": 1}, step="approve").problems] == ["甲要大于一（缺：甲）"]
    assert [p.message for p in judge(catalog, {"a": 0, "b": 1}, step="approve").problems] == ["甲要大于一"]
    assert judge(catalog, {"a": 2, "b": 1}, step="approve").ok


def test_a_step_that_does_not_start_here(load: Loader) -> None:
    found = judge(load(RULES), {"b": 1}, "draft", step="approve")
    assert [(p.message, p.level) for p in found.problems] == [("草稿的件不能“批准”", "error")]
    assert "没有步骤" in judge(load(RULES), {}, step="aprove").problems[-1].message


def test_a_step_writes_fields(load: Loader) -> None:
    flow = FLOW.replace(
        'title = "提交"', 'title = "提交", sets = { day = "filled(day) ? day : today", part = "2.5" }'
    )
    catalog = load(
        section(
            'day = { label = "日", type = "date" }', 'part = { label = "份", type = "decimal", digits = 1 }'
        ),
        flow=flow,
    )
    form = evaluator(catalog)
    found = form.evaluate({}, Env(TODAY, "draft", "submit"))
    assert form.sets(found, "submit") == {"day": "2024-09-20", "part": 25}
    kept = form.evaluate({"day": "2024-01-01"}, Env(TODAY, "draft", "submit"))
    assert form.value_of("step.submit", "sets:day", kept) == "2024-01-01"


def test_state_is_a_name(load: Loader) -> None:
    body = section('a = { label = "甲", type = "text", relevant = "state == \'active\'" }')
    assert "a" in judge(load(body), {}, "active").relevant
    assert "a" not in judge(load(body), {}, "draft").relevant
    refused = load(body.replace("active", "actve"))
    assert "是不是“active”" in refused.problems[0].message


# Persons, references, look-ups

LOOKUPS = """
[lookup]
other = { form = "other", person = "person", states = "active", take = "one" }
times = { form = "other", person = "person", same = ["month"], take = "sum", field = "part" }
many = { form = "other", person = "person", take = "list", where = "row.level == 'A' && row.part > double(min_part)" }
""" + section(
    'min_part = { label = "起点", type = "integer", default = 0 }',
    'carer = { label = "照料人", type = "person" }',
    'grown = { label = "满60", type = "yes_no", calculation = "age(person.birth_date, today) >= 60" }',
    'carer_ok = { label = "照料人成年", type = "yes_no", calculation = "carer != null && age(carer.birth_date, today) >= 18" }',
    'level = { label = "级别", type = "choice", choices = "kind", calculation = "other != null ? other.level : \'C\'" }',
    'used = { label = "次数", type = "decimal", digits = 1, calculation = "times" }',
    'parts = { label = "合计", type = "decimal", digits = 1, calculation = "sum(many.part)" }',
    'self = { label = "自己照料自己", type = "yes_no", calculation = "carer == person" }',
)
OTHER = section(
    'level = { label = "级", type = "choice", choices = "kind" }',
    'part = { label = "份", type = "decimal", digits = 1 }',
)


def lookup_catalog(load: Loader) -> Catalog:
    return load(LOOKUPS, form_source(OTHER, "other"))


def test_subject_references_and_lookups(load: Loader) -> None:
    catalog = lookup_catalog(load)
    found = judge(
        catalog,
        {"carer": "c"},
        person={"id": "p", "birth_date": date(1960, 1, 1)},
        attributes={"c": {"name": "丙", "birth_date": "2000-01-01"}},
        lookups={
            "other": {"id": "r", "state": "active", "level": "A", "part": 25},
            "times": 15,
            "many": [{"id": "r", "state": "active", "level": "A", "part": 25}, {"id": "q", "part": None}],
        },
    )
    values = found.values
    assert (values["grown"], values["carer_ok"], values["level"], values["self"]) == (True, True, "A", False)
    assert (values["used"], values["parts"]) == (15, 25), "1.5 and 2.5, scaled"


def test_nobody_and_nothing_found(load: Loader) -> None:
    found = judge(
        lookup_catalog(load), {}, person={"id": "p"}, lookups={"other": None, "times": 0, "many": []}
    )
    assert (found.values["carer_ok"], found.values["level"]) == (False, "C")
    assert "grown" not in found.values
    assert found.missing["grown"] == ("person.birth_date",)


def test_a_lookup_that_was_not_run_is_unknown_not_empty(load: Loader) -> None:
    found = judge(lookup_catalog(load), {})
    assert "level" not in found.values
    assert found.missing["level"] == ("other",)
    assert found.faults == ()


def test_a_lookups_where_is_about_the_other_record(load: Loader) -> None:
    form = evaluator(lookup_catalog(load))
    found = form.reread({"min_part": 2}, Env(TODAY, "active"))
    assert form.lookup_holds(found, "many", {"level": "A", "part": 21})
    assert not form.lookup_holds(found, "many", {"level": "A", "part": 20})
    assert not form.lookup_holds(found, "many", {"level": "A"})
    assert form.lookup_holds(found, "other", {}), "without where every record counts"


# Money, keys, people

MONEY = section(
    'area = { label = "城乡", type = "choice", choices = "urban_rural" }',
    'rate_of = { label = "比例", type = "decimal", digits = 1 }',
    'carer = { label = "照料人", type = "person" }',
    'paid = { label = "发放", type = "money", filled_by = "benefit" }',
    'cert = { label = "证号", type = "text" }',
) + section(
    'counts = { label = "计入", type = "yes_no", default = true }',
    'kind = { label = "类", type = "choice", choices = "kind" }',
    head='table = "people"\ntitle = "成员"\nfrom = "household"\ncopy = ["name", "relation"]',
) + """
[unique]
person = { keys = ["person"], states = "open", message = "{person.name}已有一件" }
cert = { keys = ["cert", "area"], message = "证号重复" }
member = { keys = ["people.person"], where = "row.counts", states = ["active"], message = "{person.name}已在别户" }
[benefit]
rule = "r"
cycle = "month"
unit = "person"
states = ["active"]
rates = ["line"]
inputs = { area = "area", ratio = "rate_of", kinds = "people.kind", born = "person.birth_date", n = "size(people.filter(p, p.counts))" }
fills = { total = "paid" }
eligible = "age(person.birth_date, today) >= 60"
payee = [ { when = "carer != null", part = "extra", to = "carer" }, { to = "person" } ]
[reminder]
soon = { title = "满90", date = "birthday(person.birth_date, 90)", before = 30 }
"""  # fmt: skip


def test_inputs_are_handed_over_as_stored(load: Loader) -> None:
    form = evaluator(load(MONEY))
    doc = {"area": "2", "rate_of": 15, "people": [{"key": "a", "kind": "A"}, {"key": "b", "counts": False}]}
    found = form.evaluate(doc, Env(TODAY, "active", person={"id": "p", "birth_date": "1934-05-20"}))
    assert form.inputs(found) == {
        "area": "2",
        "ratio": 15,
        "kinds": ["A", None],
        "born": "1934-05-20",
        "n": 1,
    }
    assert form.eligible(found).met
    assert form.reminder_dates(found, "soon") == ("2024-05-20",)
    carer = form.evaluate({**doc, "carer": "c"}, Env(TODAY, "active"))
    answer = form.eligible(carer)
    assert (answer.met, answer.missing) == (False, ("人员的出生日期",))


def test_the_first_condition_that_fails_says_why(load: Loader) -> None:
    several = """eligible = [
  { assert = "age(person.birth_date, today) >= 60", message = "{person.name}不满60周岁" },
  { assert = "area == '2'", message = "只发给农村" },
]"""
    form = evaluator(load(MONEY.replace('eligible = "age(person.birth_date, today) >= 60"', several)))

    def why(area: str, born: str) -> tuple[bool, str]:
        person = {"id": "p", "name": "甲", "birth_date": born}
        answer = form.eligible(form.evaluate({"area": area}, Env(TODAY, "active", person=person)))
        return answer.met, answer.message

    assert why("2", "1934-05-20") == (True, "")
    assert why("1", "1934-05-20") == (False, "只发给农村")
    assert why("1", "2014-05-20") == (False, "甲不满60周岁")


def test_unique_keys_by_state_and_row(load: Loader) -> None:
    form = evaluator(load(MONEY))
    doc = {
        "cert": "7",
        "area": "2",
        "people": [{"key": "a", "person": "a", "name": "甲"}, {"key": "b", "counts": False}],
    }
    found = form.evaluate(doc, Env(TODAY, "active", person={"name": "张三"}))
    keys = form.unique_keys(found, subject="p", state="active")
    assert [(k.name, k.value, k.message, k.row) for k in keys] == [
        ("person", "p", "张三已有一件", ""),
        ("cert", "7\x1f2", "证号重复", ""),
        ("member", "a", "甲已在别户", "a"),
    ]
    assert [k.name for k in form.unique_keys(found, subject="p", state="stopped")] == ["cert"]
    no_cert = form.evaluate({"area": "2"}, Env(TODAY, "active"))
    assert [k.name for k in form.unique_keys(no_cert, subject="", state="active")] == [], (
        "an empty part: no key"
    )


def test_what_the_register_holds_is_judged_there(load: Loader) -> None:
    """A birth date may be known to the month only; ages that follow from it either way are known (domain §2.3)."""
    head = 'table = "people"\ntitle = "成员"\nfrom = "household"\ncopy = ["birth_date"]'
    catalog = load(
        section('n = { label = "数", type = "text" }')
        + section(
            'old = { label = "满60", type = "yes_no", calculation = "age(row.birth_date, today) >= 60" }',
            head=head,
        )
    )
    doc = {"people": [{"key": "a", "birth_date": "1950-05"}, {"key": "b", "birth_date": "1964-09"}]}
    found = judge(catalog, doc)
    assert found.problems == ()
    assert found.values["people"][0]["old"] is True
    assert "old" not in found.values["people"][1], "59 or 60: nobody knows in this month"


def test_everybody_in_a_record(load: Loader) -> None:
    form = evaluator(load(MONEY))
    doc = {
        "carer": "c",
        "people": [{"key": "a", "person": "a"}, {"key": "b", "person": "b", "in_covered": False}],
    }
    found = form.evaluate(doc, Env(TODAY, "active"))
    assert form.people(found, subject="p") == (
        ("p", "subject"),
        ("c", "carer"),
        ("a", "covered"),
        ("b", "member"),
    )


# The whole


def test_values_of_unknown_fields_are_kept(load: Loader) -> None:
    """Nothing switches off silently: a newer catalogue's field is kept, never dropped."""
    found = judge(load(RULES), {"x_new": "kept", "a": 2})
    assert found.values["x_new"] == "kept"


def test_a_renamed_field_keeps_its_values(load: Loader) -> None:
    catalog = load(
        section('fresh = { label = "新名", type = "text", renamed_from = "stale" }')
        + section(
            'fresh = { label = "新名", type = "text", renamed_from = "stale" }',
            head='table = "t"\ntitle = "表"',
        )
    )
    found = judge(catalog, {"stale": "x", "t": [{"key": "1", "stale": "y"}]})
    assert found.values["fresh"] == "x"
    assert found.values["t"][0]["fresh"] == "y"


def test_a_retired_field_is_neither_asked_for_nor_judged(load: Loader) -> None:
    catalog = load(
        section('a = { label = "甲", type = "integer", required = true, max = 1, retired = true }')
    )
    found = judge(catalog, {"a": 5})
    assert found.problems == ()
    assert found.values["a"] == 5


def test_file_order_is_screen_order(load: Loader) -> None:
    keys = ["zeta", "alpha", "mid", "beta"]
    catalog = load(section(*(f'{k} = {{ label = "{k}", type = "text" }}' for k in keys)))
    assert list(catalog.forms["sample"].fields) == keys


def test_who_may_edit_what_and_when(load: Loader) -> None:
    body = section(
        'a = { label = "甲", type = "text" }',
        'b = { label = "乙", type = "text", edit_by = ["county_reviewer"] }',
        'c = { label = "丙", type = "text", edit_in = ["draft"] }',
        'd = { label = "丁", type = "integer", calculation = "1" }',
    )
    form = load(body).forms["sample"]

    def editable(state: str, role: str) -> str:
        return "".join(p for p in form.fields if form.editable(p, state=state, roles=[role]))

    assert editable("draft", "town_clerk") == "ac"
    assert editable("submitted", "town_leader") == "a"
    assert editable("submitted", "county_reviewer") == "", "the state must allow the role first"


def test_defaults_of_a_new_record(load: Loader) -> None:
    catalog = load(
        section(
            'day = { label = "日", type = "date", default = "today" }',
            'm = { label = "额", type = "money", default = 1.5 }',
        )
        + section('n = { label = "数", type = "integer", default = 2 }', head='table = "t"\ntitle = "表"')
    )
    form = catalog.forms["sample"]
    assert form.new_document() == {"day": "today", "m": 150, "t": []}
    assert form.new_row("t", "k") == {"key": "k", "n": 2}
    assert judge(catalog, {}).values == {"day": "2024-09-20", "m": 150, "t": []}


@pytest.mark.expects_log
def test_a_condition_that_cannot_run_is_a_bug_of_the_form_not_of_the_record(
    load: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = load(CALCULATED)
    form = catalog.forms["sample"]
    broken = msgspec.structs.replace(
        form,
        conditions={
            key: c
            if key != ("total", "calculation")
            else type(c)(c.source, "nosuch(price)", c.type, c.variables)
            for key, c in form.conditions.items()
        },
    )
    with caplog.at_level(logging.ERROR):
        found = Evaluator(broken, catalog).evaluate({"price": 1}, Env(TODAY, "draft"))
    assert found.faults
    assert "price * times" in found.faults[0]
    assert found.values["price"] == 1, "the record is kept"
    assert len(caplog.records) == 1


def test_threads_share_an_evaluator(load: Loader) -> None:
    form = evaluator(load(CALCULATED))

    def total(price: int) -> int:
        for _ in range(20):
            found = form.evaluate({"price": price, "times": 2}, Env(TODAY, "draft"))
        return int(found.values["share"])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(total, range(0, 3000, 300))) == [p * 4 // 3 for p in range(0, 3000, 300)]


def test_an_evaluation_may_be_asked_after_the_next_one(load: Loader) -> None:
    form = evaluator(load(MONEY))
    env = [
        Env(TODAY, "active", person={"id": "p", "birth_date": born}) for born in ("1934-05-20", "1980-01-01")
    ]
    old, young = form.evaluate({"area": "1"}, env[0]), form.evaluate({"area": "2"}, env[1])
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(form.eligible, young).result().met is False
    assert (form.eligible(old).met, form.eligible(young).met) == (True, False)
    assert (form.inputs(old)["born"], form.inputs(young)["area"]) == ("1934-05-20", "2")


def test_evaluating_twice_changes_nothing(load: Loader) -> None:
    form = evaluator(load(TABLES))
    once = form.evaluate(people({"name": "甲", "born": "1980-01-01"}), Env(TODAY, "draft"))
    twice = form.evaluate(once.values, Env(TODAY, "draft"))
    assert twice.values == once.values
    assert form.reread(once.values, Env(TODAY, "draft")).values == once.values


def test_a_field_that_may_point_to_several_forms_shows_what_they_share(load: Loader) -> None:
    one = form_source(
        section('a = { label = "甲", type = "text" }', 'b = { label = "乙", type = "money" }'), "one"
    )
    two = form_source(
        section('a = { label = "甲", type = "text" }', 'b = { label = "乙", type = "date" }'), "two"
    )
    points = 'to = { label = "指向", type = "record", form = ["one", "two"] }'
    shown = section(points, 'x = { label = "看", type = "text", calculation = "to.a" }')
    catalog = load(shown, one, two)
    found = judge(catalog, {"to": "r1"}, attributes={"r1": {"a": "好", "b": 5, "state": "active"}})
    assert found.values["x"] == "好"
    unlike = load(
        section(points, 'y = { label = "看", type = "yes_no", calculation = "to.b != null" }'), one, two
    )
    assert "没有“b”" in unlike.problems[0].message, "money in one and a date in the other is no common field"
