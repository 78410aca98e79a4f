"""Loading: each file stands or falls by itself, and a refusal says file, line, key, what is wrong and what is near.

The fence of the design: closed field types, a typed money rule, every condition run once, nothing switched off
silently.
"""

# ruff: noqa: E501 - form lines stand as their authors would write them: in one line.

from __future__ import annotations

import random
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minzheng_desktop.benefits.rules import RULE_INPUTS
from minzheng_desktop.catalog.engine import Env, Evaluator
from minzheng_desktop.catalog.load import load_catalog
from minzheng_desktop.catalog.problems import CatalogProblem
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.catalog.sources import Source

from .texts import CODES, FLOW, HEAD, Loader, base_sources, form_source, section


def one(*lines: str, more: str = "", head: str = 'title = "一"') -> str:
    return section(*lines, head=head) + more


GOOD = 'good = { label = "好", type = "integer" }'

FIELD_MISTAKES = [
    ('a = { label = "甲", type = "intger" }', "不认识的类型“intger”；是不是“integer”"),
    ('a = { lable = "甲", type = "text" }', "不认识的键“lable”；是不是“label”"),
    ('a = { label = "甲" }', "缺少必写的键“type”"),
    ('a = { label = 5, type = "text" }', "应当是文字（要加引号），写成了整数"),
    ('a = { label = "甲", type = "text", keep = "yes" }', "应当是true 或 false"),
    ('a = { label = "", type = "text" }', "label 不能是空的"),
    ('a = { label = "甲", type = "choice" }', "要写 choices"),
    ('a = { label = "甲", type = "choice", choices = "knid" }', "没有代码表“knid”；是不是“kind”"),
    ('a = { label = "甲", type = "text", min = 1 }', "类型 text 不用 min"),
    ('a = { label = "甲", type = "integer", digits = 2 }', "类型 integer 不用 digits"),
    ('a = { label = "甲", type = "integer", min = 3, max = 2 }', "min 3 大于 max 2"),
    ('a = { label = "甲", type = "integer", min = 1.5 }', "小数位数太多"),
    ('a = { label = "甲", type = "text", pattern = \'[\' }', "不是正确的正则式"),
    ('a = { label = "甲", type = "choice", choices = "kind", default = "Z" }', "default"),
    ('a = { label = "甲", type = "yes_no", default = "true" }', "写 true 或 false，不加引号"),
    ('a = { label = "甲", type = "integer", default = "3" }', "default"),
    ('a = { label = "甲", type = "text", required_at = "activ" }', "没有状态“activ”；是不是“active”"),
    ('a = { label = "甲", type = "text", edit_in = ["nowhere"] }', "没有状态“nowhere”"),
    ('a = { label = "甲", type = "text", edit_by = ["clerk"] }', "没有角色“clerk”"),
    ('a = { label = "甲", type = "text", feeds = "person.selfcare" }', "没有登记项“person.selfcare”；是不是"),
    ('a = { label = "甲", type = "text", feeds = "selfcare" }', "feeds 写成 person.登记项"),
    ('a = { label = "甲", type = "text", feeds = "good.name" }', "或本表单的人员字段.登记项"),
    ('a = { label = "甲", type = "integer", calculation = "1", required = true }', "由程序计算"),
    ('a = { label = "甲", type = "person", calculation = "null" }', "不能用 calculation"),
    ('a = { label = "甲", type = "record", form = "nosuch" }', "没有表单“nosuch”"),
    ('a = { label = "甲", type = "row", of = "nosuch" }', "of 要写本表单的一个表"),
    ('A = { label = "甲", type = "text" }', "只能用英文小写"),
    ('a__b = { label = "甲", type = "text" }', "单个下划线"),
    ('while = { label = "甲", type = "text" }', "保留字"),
    ('today = { label = "甲", type = "text" }', "另有意思"),
    ('a = { label = "甲", type = "text", relevant = "good" }', "结果应当是是否，这里是整数"),
    ('a = { label = "甲", type = "text", relevant = "god > 1" }', "没有“god”；是不是“good”"),
    ('a = { label = "甲", type = "text", required = "good" }', "结果应当是是否"),
    ('a = { label = "甲", type = "text", constraint = "a > 1" }', "文字不能"),
    ('a = { label = "甲", type = "money", calculation = "good" }', "yuan(…)"),
    ('a = { label = "甲", type = "integer", calculation = "a + 1" }', "绕成了圈：a → a"),
    ('a = { label = "甲", type = "text", privacy = "secret" }', "不认识的值“secret”"),
    ("a = 5", "应当是一组键值"),
]


@pytest.mark.parametrize(("line", "said"), FIELD_MISTAKES)
def test_mistaken_fields(load: Loader, line: str, said: str) -> None:
    catalog = load(one(GOOD, line))
    assert catalog.forms == {}
    problem = next((p for p in catalog.problems if said in p.message), None)
    assert problem is not None, catalog.problems
    assert problem.file == "forms/area/sample.toml"
    assert (HEAD + one(GOOD, line)).split("\n")[problem.line - 1] == line
    assert problem.sentence().startswith(f"forms/area/sample.toml 第 {problem.line} 行")


def test_all_mistakes_of_a_file_are_told_at_once(load: Loader) -> None:
    catalog = load(
        one(
            'a = { lable = "甲", typ = "text" }',
            'b = { label = "乙", type = "intger" }',
            'c = { label = "丙", type = "text", relevant = "x > 1 && y" }',
        )
    )
    assert len(catalog.problems) == 2, "a misspelt key is told once, not again as the missing one"
    catalog = load(one("a = { keep = 1, hidden = 2 }"))
    assert len(catalog.problems) == 4, "two missing keys, two wrong values"
    catalog = load(one('b = { label = "乙", type = "intger" }', 'c = { label = "丙", type = "choice" }'))
    assert len(catalog.problems) == 2
    catalog = load(
        one(
            'c = { label = "丙", type = "text", relevant = "x > 1 && y" }',
            'd = { label = "丁", type = "text", required = "z" }',
        )
    )
    assert len(catalog.problems) == 3


MORE_MISTAKES = [
    ('[unique]\nk = { keys = ["goood"] }', "unique.k", "没有“goood”；是不是“good”"),
    ('[unique]\nk = { keys = ["good"], states = "opened" }', "unique.k", "是不是“open”"),
    ('[unique]\nk = { keys = ["good"], where = "row.x" }', "unique.k", "要有表的列"),
    ('[unique]\nk = { keys = ["good"], message = "{persn.name}" }', "unique.k", "没有“persn.name”"),
    ('[unique]\nk = { keys = ["live"] }', "unique.k", "随今天变化，不能作唯一键"),
    ('[rule]\nr = { assert = "good", message = "x" }', "rule.r", "结果应当是是否"),
    ('[rule]\nr = { assert = "good > 1", message = "x", at = ["aprove"] }', "rule.r", "是不是“approve”"),
    ('[rule]\nr = { assert = "good > 1" }', "rule.r", "缺少必写的键“message”"),
    ('[rule]\nr = { assert = "good > 1", message = "x", severity = "fatal" }', "rule.r", "不认识的值“fatal”"),
    ('[lookup]\nx = { form = "smple", person = "person" }', "lookup.x", "没有表单“smple”；是不是“sample”"),
    ('[lookup]\nx = { form = "sample" }', "lookup.x", "写且只写一个"),
    ('[lookup]\nx = { form = "sample", office = true }', "lookup.x", "要用 same 写明"),
    ('[lookup]\nx = { form = "sample", office = true, person = "person" }', "lookup.x", "写且只写一个"),
    ('[lookup]\nx = { form = "sample", person = "good" }', "lookup.x", "没有person类型的字段“good”"),
    ('[lookup]\nx = { form = "sample", person = "person", take = "sum", field = "live" }', "lookup.x", "数字字段"),
    ('[lookup]\nx = { form = "sample", person = "person", same = ["weekday"] }', "lookup.x", "same：没有“weekday”"),
    ('[lookup]\nx = { form = "sample", person = "person", upto = "good" }', "lookup.x", "没有日期字段“good”"),
    ('[lookup]\nx = { form = "sample", person = "person", where = "row.goood > 1" }', "lookup.x", "是不是“good”"),
    ('[lookup]\ngood = { form = "sample", person = "person" }', "lookup.good", "与一个字段或表同名"),
    ('[reminder]\nr = { title = "x", date = "good" }', "reminder.r", "结果应当是日期"),
    ('[reminder]\nr = { title = "x", date = "live", without = "nosuch" }', "reminder.r", "没有表单“nosuch”"),
    ('[reminder]\nr = { title = "x", date = "live", of = "people" }', "reminder.r", "没有“live”"),
    ('[ledger.m]\ntitle = "x"\ncolumns = ["gd 数"]', "ledger.m", "没有“gd”；是不是“good”"),
    ('[ledger.m]\ntitle = "x"\ncolumns = ["good 数"]\ntotals = ["live"]', "ledger.m", "列里没有“live”"),
    ('[ledger.m]\ntitle = "x"\ncolumns = ["pay.totl 额"]', "ledger.m", "没有“pay.totl”"),
    ('[ledger.m]\ntitle = "x"\nsource = "table:t"\ncolumns = ["seq 号"]', "ledger.m", "没有表“t”"),
    ('[ledger.m]\ntitle = "{gd}表"\ncolumns = ["seq 号"]', "ledger.m", "没有“gd”"),
    ('[ledger.m]\ntitle = "x"\ncolumns = ["pivot:good 数"]', "ledger.m", "pivot:按什么:什么值"),
    ('[ledger.m]\ntitle = "x"\ncolumns = ["seq 号"]\nwhere = "good"', "ledger.m", "结果应当是是否"),
    ('[document.d]\ntitle = "x"\nkind = "form"\nblocks = [ { grid = ["gd"] } ]', "document.d", "没有“gd”"),
    ('[document.d]\ntitle = "x"\nkind = "form"\nblocks = [ { title = "空" } ]', "document.d", "写且只写"),
    ('[document.d]\ntitle = "x"\nkind = "form"', "document.d", "至少要有一块"),
    ('[document.d]\ntitle = "x"\nkind = "leter"\nblocks = []', "document.d", "不认识的值“leter”"),
    ('[document.d]\ntitle = "x"\nkind = "letter"\nblocks = [ { text = "{good}{gd}" } ]', "document.d", "没有“gd”"),
    ('[document.d]\ntitle = "x"\nkind = "certificate"', "document.d", "page = [宽, 高]"),
    (
        '[document.d]\ntitle = "x"\nkind = "certificate"\npage = [100, 80]\n[document.d.field]\n'
        'n = { label = "数", value = "good", x = 90, y = 5, width = 20 }',
        "document.d",
        "之外",
    ),
    ('[document.d]\ntitle = "x"\nkind = "public_notice"\nblocks = [ { list = ["good 数"] } ]', "document.d", "公示件不能出现“good”"),
    ('[import]\nmatch = ["person.idnumber"]', "import", "没有“person.idnumber”；是不是“id_number”"),
    ('[import]\nmatch = ["good"]\n[import.headers]\ngd = ["数"]', "import", "没有“gd”"),
    ('[import]\nmatch = ["good"]\nset = { good = "x" }', "import", "set"),
    ('[import]\nmatch = ["good"]\nstate = "activ"', "import", "是不是“active”"),
    ('[benefit]\nrule = "r"\ncycle = "weekly"\nunit = "person"\nstates = ["active"]', "benefit", "不认识的值“weekly”"),
    ('[benefit]\nrule = "r"\ncycle = "month"\nunit = "person"\nstates = ["active"]\nrates = ["lin"]', "benefit", "是不是“line”"),
    ('[benefit]\nrule = "r"\ncycle = "month"\nunit = "person"\nstates = ["active"]\nfills = { total = "good" }', "benefit", "filled_by"),
    ('[benefit]\nrule = "r"\ncycle = "month"\nunit = "person"\nstates = ["active"]\ninputs = { a = "gd" }', "benefit", "是不是“good”"),
    ('[benefit]\nrule = "r"\ncycle = "month"\nunit = "person"\nstates = ["active"]\npayee = [ { to = "gd" } ]', "benefit", "payee"),
    ('[grid]\nrows = "person"\ncolumns = "day"\ncell = "gd"', "grid", "没有字段“gd”"),
    ('[schedule]\ns = { for = "nosuch", every = "max.months", target = "a", due = "b", cycle = "c" }', "schedule.s", "没有表单“nosuch”"),
    ("[benfit]\nx = 1", "benfit", "是不是“benefit”"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "said"), MORE_MISTAKES)
def test_mistaken_words(load: Loader, text: str, key: str, said: str) -> None:
    catalog = load(
        one(GOOD, 'live = { label = "到期", type = "date", calculation = "today" }', more=text + "\n")
    )
    assert catalog.forms == {}
    problem = next((p for p in catalog.problems if said in p.message), None)
    assert problem is not None, catalog.problems
    assert problem.key.startswith(key)
    assert problem.line > 0


HEAD_MISTAKES = [
    ('workflow = "flow"', 'workflow = "flw"', "没有流程“flw”；是不是“flow”"),
    ('kind = "case"', 'kind = "cases"', "不认识的值“cases”"),
    ('subject = "person"', 'subject = "people"', "不认识的值“people”"),
    ("version = 1", 'version = "1"', "应当是整数，写成了文字"),
    ('title = "样例"\n', "", "缺少必写的键“title”"),
    ("version = 1", 'version = 1\nrecord = { date = "god" }', "没有字段“god”；是不是“good”"),
    ("version = 1", 'version = 1\nrecord = { date = "good" }', "要用类型 date 的字段"),
    ("version = 1", 'version = 1\nrecord = { when = "good" }', "record 里没有“when”"),
    ("version = 1", 'version = 1\nrecord = { date = "live" }', "随今天变化，不能存成列"),
    ("version = 1", 'version = 1\nnumber = "A-{town}"', "要有流水号"),
    ("version = 1", 'version = 1\nnumber = "A-{twon}-{serial:6}"', "没有“{twon}”；是不是“town”"),
    ("version = 1", 'version = 1\nnumber = "A-{serial:6"', "number"),
]


@pytest.mark.parametrize(("old", "new", "said"), HEAD_MISTAKES)
def test_mistaken_heads(load: Loader, old: str, new: str, said: str) -> None:
    body = one(GOOD, 'live = { label = "到期", type = "date", calculation = "today" }')
    catalog = load(body, head=HEAD.replace(old, new))
    assert catalog.forms == {}
    assert any(said in p.message for p in catalog.problems), catalog.problems


SECTION_MISTAKES = [
    ('title = "一"\ntable = "good"', "“good”已在"),
    ('table = "t"\ntitle = "表"\nfrom = "houshold"', "from 只能是 household"),
    ('table = "t"\ntitle = "表"\ncopy = ["name"]', "copy 只用于"),
    ('table = "t"\ntitle = "表"\nfrom = "household"\ncopy = ["nam"]', "没有登记项“nam”；是不是“name”"),
    ('table = "t"\ntitle = "表"\nunique = ["zz"]', "unique：没有列“zz”"),
    ('table = "t"\ntitle = "表"\nmin_rows = 9\nmax_rows = 3', "大于 max_rows"),
    ('title = "二"\nmin_rows = 1', "只用于表"),
    ('title = "二"\nshared = ["person.fone"]', "没有登记项“person.fone”；是不是“phone”"),
    ('title = "二"\nedit_in = ["activ"]', "是不是“active”"),
    ('title = "二"\nrelevant = "nosuch"', "没有“nosuch”"),
    ('title = "二"\nblock = ["cas"]', "不能再写字段或表"),
    ('title = "二"\ntabel = "t"', "是不是“table”"),
    ("", "没有 title"),
]


@pytest.mark.parametrize(("head", "said"), SECTION_MISTAKES)
def test_mistaken_sections(load: Loader, head: str, said: str) -> None:
    catalog = load(one(GOOD) + section('x = { label = "甲", type = "text" }', head=head))
    assert catalog.forms == {}
    assert any(said in p.message for p in catalog.problems), catalog.problems


def test_the_same_key_in_two_sections(load: Loader) -> None:
    catalog = load(one(GOOD) + one(GOOD))
    assert "字段“good”已在 forms/area/sample.toml 第" in catalog.problems[0].message


def test_circles_are_named(load: Loader) -> None:
    catalog = load(
        one(
            'a = { label = "甲", type = "integer", calculation = "b" }',
            'b = { label = "乙", type = "integer", calculation = "c" }',
            'c = { label = "丙", type = "integer", relevant = "a > 1" }',
        )
    )
    assert [p.message for p in catalog.problems] == ["计算或显示条件绕成了圈：a → b → c → a"]


def test_a_circle_through_a_table(load: Loader) -> None:
    catalog = load(
        section(
            'x = { label = "甲", type = "integer", calculation = "total" }', head='table = "t"\ntitle = "表"'
        )
        + one('total = { label = "合计", type = "integer", calculation = "sum(t.x)" }')
    )
    assert "绕成了圈" in catalog.problems[0].message


# One file and the others

BLOCK = Source(
    "shared", "case", "forms/shared/case.toml", section('apply = { label = "申请日", type = "date" }')
)


def test_blocks_are_inserted_where_they_are_named(load: Loader) -> None:
    catalog = load('\n[[section]]\nblock = ["case"]\n' + one(GOOD), BLOCK)
    assert catalog.problems == ()
    assert list(catalog.forms["sample"].fields) == ["apply", "good"]
    assert catalog.forms["sample"].fields["apply"].file == "forms/shared/case.toml"


def test_a_block_may_name_states_of_other_forms_workflows(load: Loader) -> None:
    other = Source(
        "workflow", "w2", "w2.toml", FLOW.replace('"flow"', '"w2"').replace("submitted", "assessing")
    )
    block = msgspec.structs.replace(
        BLOCK, text=BLOCK.text.replace('"date" }', '"date", edit_in = ["assessing"] }')
    )
    body = '\n[[section]]\nblock = ["case"]\n'
    assert load(body, block, other).problems == ()
    assert "没有状态“assessing”" in load(body, block).problems[0].message


def test_dependants_say_for_whom_they_wait(load: Loader) -> None:
    bad = msgspec.structs.replace(BLOCK, text=BLOCK.text.replace("label", "lable"))
    catalog = load('\n[[section]]\nblock = ["case"]\n', bad, form_source(one(GOOD), "other"))
    assert list(catalog.forms) == ["other"], "the form that does not need it starts"
    waiting = [p for p in catalog.problems if p.waiting_for]
    assert [(p.file, p.waiting_for) for p in waiting] == [
        ("forms/area/sample.toml", "forms/shared/case.toml")
    ]
    assert "等待 forms/shared/case.toml 改好" in waiting[0].message


@pytest.mark.parametrize(
    ("which", "body"),
    [
        ("codes", 'a = { label = "甲", type = "choice", choices = "kind" }'),
        ("rates", 'a = { label = "甲", type = "money", calculation = "rate(\'line\', today)" }'),
        ("flow", 'a = { label = "甲", type = "text" }'),
    ],
)
def test_a_broken_resource_does_not_hide_what_it_would_have_given(
    load: Loader, which: str, body: str
) -> None:
    texts = {"codes": CODES, "flow": FLOW, "rates": '[rate."line"]\nunit = "yuan"\n'}
    catalog = load(one(body), **{which: texts[which] + "\n这里写错了\n"})
    assert catalog.forms == {}
    own = [p for p in catalog.problems if not p.waiting_for]
    assert len(own) >= 1
    assert "resources/" in own[0].file
    assert any(p.waiting_for.startswith("resources/") for p in catalog.problems), catalog.problems


def test_a_guard_must_suit_every_form_of_its_workflow(load: Loader) -> None:
    flow = FLOW.replace('title = "批准"', 'title = "批准", guard = "good > 1"')
    catalog = load(one(GOOD), form_source(one('a = { label = "甲", type = "text" }'), "other"), flow=flow)
    assert list(catalog.forms) == ["sample"]
    problem = catalog.problems[0]
    assert problem.file == "resources/workflows/flow.toml"
    assert problem.key == "step.approve.guard"
    assert problem.line == FLOW[: FLOW.index("approve =")].count("\n") + 1
    assert "没有“good”" in problem.message
    assert "用在表单“样例”" in problem.message


def test_two_files_of_one_form(load: Loader) -> None:
    twin = Source("form", "twin", "forms/area/twin.toml", HEAD + one(GOOD))
    catalog = load(one(GOOD), twin)
    assert "表单“sample”已写在" in catalog.problems[0].message
    assert list(catalog.forms) == ["sample"]


# The fence


class Inputs(msgspec.Struct, frozen=True):
    area: str
    income: int
    kinds: tuple[str, ...] = ()
    since: str | None = None


BENEFIT = """
[benefit]
rule = "rule"
cycle = "month"
unit = "person"
states = ["active"]
inputs = { area = "kind", income = "income" }
"""
PAID = one(
    'kind = { label = "类", type = "choice", choices = "kind" }',
    'income = { label = "收入", type = "money" }',
    'day = { label = "日", type = "date" }',
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        (', income = "income"', "", "缺少输入“income”"),
        ('income = "income"', 'incme = "income", income = "income"', "没有输入“incme”；是不是“income”"),
        ('income = "income"', 'income = "kind"', "输入“income”要整数或金额，这里是代码"),
        ('area = "kind"', 'area = "income"', "输入“area”要文字、代码或日期，这里是金额"),
        ('income = "income"', 'income = "income", since = "day"', ""),
        ('income = "income"', 'income = "income", kinds = "kind"', "输入“kinds”要列表"),
        ('rule = "rule"', 'rule = "rulle"', "没有计算规则“rulle”；是不是“rule”"),
    ],
)
def test_a_form_must_feed_its_money_rule(load: Loader, old: str, new: str, said: str) -> None:
    text = PAID + (BENEFIT.replace(old, new) if old else BENEFIT)
    catalog = load(text, rule_inputs={"rule": Inputs})
    if said:
        assert catalog.forms == {}
        assert any(said in p.message for p in catalog.problems), catalog.problems
    else:
        assert catalog.problems == ()


def test_children_are_never_published(load: Loader) -> None:
    text = one('a = { label = "甲", type = "text", privacy = "public" }') + (
        '[document.d]\ntitle = "x"\nkind = "public_notice"\nblocks = [ { list = ["a 甲"] } ]\n'
    )
    assert load(text).problems == ()
    assert "不得公开" in load(text, head=HEAD + 'privacy = "sealed"\n').problems[0].message


def test_what_is_sensitive_is_never_published_though_it_is_the_records_kind(load: Loader) -> None:
    """Kind and amount may stand on a notice; a kind that is a diagnosis may not."""
    notice = '[document.d]\ntitle = "x"\nkind = "public_notice"\nblocks = [ { list = ["a 甲"] } ]\n'
    kind = 'a = { label = "甲", type = "choice", choices = "kind"%s }'
    head = HEAD + 'record = { kind = "a" }\n'
    assert load(one(kind % "") + notice, head=head).problems == ()
    secret = load(one(kind % ', privacy = "sensitive"') + notice, head=head)
    assert "公示件不能出现“a”" in secret.problems[0].message


def test_every_condition_is_run_once_at_load(load: Loader) -> None:
    """An unknown name behind a short-circuit, which cel would never meet, is found by the checker; what only
    running finds is found by the proof."""
    assert (
        "没有“nonsense”"
        in load(one('a = { label = "甲", type = "text", relevant = "true || nonsense" }')).problems[0].message
    )
    overflow = one('a = { label = "甲", type = "integer", calculation = "9223372036854775807 + 1" }', GOOD)
    assert load(overflow).problems == (), "arithmetic that cannot be done is empty, not a mistake"
    huge = one('a = { label = "甲", type = "integer", calculation = "99999999999999999999" }')
    assert load(huge).forms == {}


def test_the_shipped_catalogue_is_sound() -> None:
    catalog = load_catalog(shipped_sources(), rule_inputs=RULE_INPUTS)
    assert [p.sentence() for p in catalog.problems] == []
    assert {"dibao", "elder_age", "bath", "tekun", "institution"} <= catalog.forms.keys()
    assert [a.title for a in catalog.areas][:2] == ["人口与家庭", "社会救助"]


def test_an_empty_record_of_every_shipped_form_can_be_judged() -> None:
    catalog = load_catalog(shipped_sources())
    for form in catalog.forms.values():
        evaluator = Evaluator(form, catalog)
        for state in form.workflow.states:
            for step in (None, *(s.key for s in form.workflow.steps_from(state))):
                found = evaluator.evaluate(
                    form.new_document(), Env(date(2024, 9, 20), state, step, area="500229103")
                )
                assert found.faults == ()
                assert all(p.message for p in found.problems)


SHIPPED = load_catalog(shipped_sources())
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=6),
        st.sampled_from(["1", "2024-05-09"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["key", "person", "number"]), inner, max_size=3)
    ),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SHIPPED.forms)), st.data())
def test_no_document_can_stop_the_engine(key: str, data: st.DataObject) -> None:
    """Documents come from people's JSON, from rosters and from other laptops."""
    form = SHIPPED.forms[key]
    rows = st.lists(
        st.dictionaries(st.sampled_from(["key", "in_covered", "name", "amount", "member"]), JSON, max_size=4),
        max_size=3,
    )
    document = data.draw(
        st.dictionaries(st.sampled_from([*form.fields, *form.tables, "stated", "x_new"]), JSON, max_size=8)
    )
    for table in form.tables:
        if data.draw(st.booleans()):
            document[table] = data.draw(rows)
    state = data.draw(st.sampled_from(list(form.workflow.states)))
    steps = [None, *form.workflow.steps]
    evaluator = Evaluator(form, SHIPPED)
    env = Env(
        date(2024, 9, 20), state, data.draw(st.sampled_from(steps)), area="500229103", person={"id": "p"}
    )
    found = evaluator.evaluate(document, env)
    assert found.faults == ()
    evaluator.inputs(found)
    evaluator.eligible(found)
    evaluator.unique_keys(found, subject="s", state=state)
    evaluator.people(found, subject="s")
    for problem in found.problems:
        evaluator.label(problem.path)


SOME_FORMS = {"dibao", "bath", "institution", "tekun", "dibian", "bed", "resident"}
"""Enough of the catalogue to lean on each other: a load of all of it sixty times says no more."""


@settings(max_examples=60, deadline=None)
@given(
    st.randoms(use_true_random=False), st.sampled_from(["dibao", "bath", "aid", "relief", "case", "common"])
)
def test_a_damaged_file_never_stops_the_others(rnd: random.Random, which: str) -> None:
    """Cut, double or swap a few characters of a shipped file: the load ends with sentences, never with a crash."""
    sources = [s for s in shipped_sources() if s.kind != "form" or s.key in SOME_FORMS]
    at = next(n for n, s in enumerate(sources) if s.key == which)
    text = sources[at].text
    for _ in range(rnd.randint(1, 4)):
        place = rnd.randrange(len(text))
        damage = rnd.choice(["", text[place] * 2, rnd.choice('"{}[]=，“”.,1a\n'), text[place : place + 30]])
        text = text[:place] + damage + text[place + rnd.randint(0, 3) :]
    sources[at] = msgspec.structs.replace(sources[at], text=text)
    catalog = load_catalog(sources, prove=False)
    assert all(isinstance(p, CatalogProblem) and p.message for p in catalog.problems)
    assert "institution" in catalog.forms or which in ("common",)


def test_nothing_at_all() -> None:
    catalog = load_catalog([])
    assert (catalog.forms, catalog.problems, catalog.areas) == ({}, (), ())


def test_base_sources_alone_are_sound() -> None:
    assert load_catalog(base_sources()).problems == ()
