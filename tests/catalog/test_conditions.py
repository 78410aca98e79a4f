"""The condition checker: what it refuses and in which words, and what cel gets to see."""

from __future__ import annotations

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.conditions import types as t
from minzheng_desktop.catalog.conditions.checker import check_condition
from minzheng_desktop.catalog.conditions.functions import functions_for
from minzheng_desktop.catalog.conditions.scope import Entry, Scope
from minzheng_desktop.catalog.rates import Rate, RateBook
from minzheng_desktop.catalog.registers import object_type

COLUMNS = {
    "key": t.TEXT,
    "covered": t.BOOL,
    "left": t.DATE,
    "income": t.MONEY,
    "carer": object_type("person"),
    "kind": t.code("kind"),
}
NAMES = {
    "n": Entry("value", t.INT),
    "ratio": Entry("value", t.DOUBLE),
    "income": Entry("value", t.MONEY),
    "day": Entry("value", t.DATE),
    "start": Entry("value", t.MONTH),
    "kind": Entry("value", t.code("kind")),
    "other_kind": Entry("value", t.code("other")),
    "causes": Entry("value", t.list_of(t.code("kind"))),
    "name": Entry("value", t.TEXT),
    "yes": Entry("value", t.BOOL),
    "person": Entry("object", object_type("person"), label="人员"),
    "tekun": Entry(
        "object", t.object_of({"id": t.TEXT, "level": t.code("kind")}, "查询"), label="查询“tekun”"
    ),
    "members": Entry("table", t.list_of(t.TEXT), COLUMNS, "成员"),
    "visits": Entry("table", t.list_of(t.TEXT), COLUMNS, "走访", large=True),
    "row": Entry("row", t.TEXT, COLUMNS, "表“成员”"),
    "today": Entry("special", t.DATE, live=True),
}
RATES = RateBook(
    [Rate("line", "", 60000, "yuan", "2020-01-01"), Rate("months", "", 6, "months", "2020-01-01")]
)
SCOPE = Scope(
    NAMES,
    {
        "kind": CodeList("kind", "类别", {"1": "甲", "2": "乙"}),
        "other": CodeList("other", "另表", {"1": "x"}),
    },
    RATES,
    "members",
)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("incom > 0", "没有“incom”；是不是“income”"),
        ("person.birthdate", "人员没有“birthdate”；是不是“birth_date”"),
        ("row.incme", "没有列“incme”；是不是“income”"),
        ("members.incme", "表“成员”没有列“incme”"),
        ("members.exists(m, m.incme > 0)", "没有列“incme”"),
        ("tekun.levl == '1'", "没有“levl”；是不是“level”"),
        ("kind == '3'", "代码“3”不在代码表“类别”里"),
        ("kind == '乙'", "“乙”的代码是 '2'"),
        ("kind in ['1', '3']", "代码“3”"),
        ("'3' in causes", "代码“3”"),
        ("kind == 1", "代码是文字，要加引号"),
        ("kind == other_kind", "不同的代码表"),
        ("kind < '2'", "不能比较大小"),
        ("income > 3000", "写 yuan(3000)"),
        ("income > 2.5", "写 yuan(3000.5)"),
        ("income == '3'", "不能与文字"),
        ("income / 2", "divide(金额, 份数)"),
        ("income * ratio", "金额不能与小数"),
        ("income + 1", "写 yuan(…)"),
        ("n * ratio", "double(…)"),
        ("n * 2.0", "double(…)"),
        ("day + 1", "add_days"),
        ("day < start", "month_of"),
        ("day <= '2024-5-1'", "写成 '2024-05-01'"),
        ("start == '2024-05-01'", "写成 '2024-05'"),
        ("n = 1", "两个等号 =="),
        ("n == 1 and yes", "“and”要写成 &&"),
        ("yes || not yes", "“not”要写成 !"),
        ("yes & yes", "“并且”写成 &&"),
        ("n ＞ 1", "“＞”是全角符号，要写半角“>”"),
        ("kind == ‘1’", "全角符号"),
        ("金额 > 1", "字段的英文键"),
        ("name == 'x", "引号没有成对"),
        ("(n > 1", "缺少“)”"),
        ("n > 1)", "可能缺少运算符"),
        ("n >", "没有写完"),
        ("", "没有写完"),
        ("rate('lin', day)", "没有标准“lin”；是不是“line”"),
        ("rate(name, day)", "rate('标准代码', 日期)"),
        ("rate('line', n)", "要日期或月份"),
        ("rate('line', day) > 600", "写 yuan(3000)"),
        ("agee(day, day)", "没有函数“agee”；是不是“age”"),
        ("age(day)", "要 2 个值"),
        ("age(n, day)", "这里要日期，给的是整数"),
        ("size(name)", "len(…)"),
        ("has(person.name)", "filled"),
        ("sum(members.covered)", "数或金额的列表"),
        ("yuan(n)", "只写一个数"),
        ("yuan(0.555)", "最多到分"),
        ("visits.filter(v, v.covered)", "超过 50"),
        ("members.filter(n, n.covered)", "换一个字母"),
        ("members.filter(m, m.income)", "要是判断"),
        ("members.filter(m)", "写成 .filter(x, 条件)"),
        ("members[0]", "不能按序号取值"),
        ("members.each(m, true)", "没有“.each(…)”"),
        ("name.matches('[')", "正则式不对"),
        ("yes ? 1 : 'x'", "要是同一类"),
        ("n ? 1 : 2", "要是判断"),
        ("!n", "“!”只用于是否"),
        ("yes && n", "都要是判断"),
        ("null > 1", "只能比较 == 或 !="),
        ("{'a': 1}", "不用花括号"),
        ("row == 1", "row.amount"),
        ("max(n, day)", "同一类"),
        ("[1, 'x']", "同一类"),
        ("n ? (" * 60, ""),
    ],
)
def test_refused_with_a_sentence(source: str, said: str) -> None:
    condition, faults = check_condition(source, SCOPE, None)
    assert condition is None
    assert faults
    assert said in faults[0].message, faults


def test_every_mistake_is_said_once() -> None:
    _, faults = check_condition("incom > 0 && kind == '9' && agee(day)", SCOPE, t.BOOL)
    assert [f.at for f in faults] == [0, 18, 28]


@pytest.mark.parametrize(
    ("source", "text", "strict"),
    [
        ("income > yuan(3000.5)", "income > 300050", {"income"}),
        ("income > 0", "income > 0", {"income"}),
        ("person.birth_date < day", "person__birth_date < day", {"person__birth_date", "day"}),
        ("person != null && person.sex == '1'", None, set()),
        ("row.carer.birth_date < day", "row__carer__birth_date < day", {"row__carer__birth_date", "day"}),
        ("sum(members.income)", "sum(members__income)", set()),
        (
            "size(members.filter(m, m.covered))",
            "size(members__rows__covered.filter(m, m.covered))",
            set(),
        ),
        (
            "members.exists(m, m.carer != null && m.carer.birth_date < day)",
            "members__rows__carer__carer__birth_date.exists(m, (m.carer != null) && (m.carer__birth_date < day))",
            set(),
        ),
        ("visits.size() > 1", "size(visits__rows) > 1", set()),
        ("n == 1 || ratio > 2", "(n == 1) || (ratio > 2)", set()),
        ("n > 1 || n < 0", "(n > 1) || (n < 0)", {"n"}),
        ("kind == '1'", "kind == '1'", set()),
        ("double(n) * ratio", "to_double(n) * ratio", {"n", "ratio"}),
        ("(n + 1) * 2 - -n", "((n + 1) * 2) - (-n)", {"n"}),
        ("yes ? n : n + 1", "(yes ? n : n + 1)", {"yes", "n"}),
        ("divide(income, n) > 0", "divide(income, n) > 0", {"income", "n"}),
        ("filled(n)", "filled(n)", set()),
    ],
)
def test_rewritten_to_flat_variables(source: str, text: str | None, strict: set[str]) -> None:
    condition, faults = check_condition(source.replace("person.sex == '1'", "n > 1"), SCOPE, None)
    assert faults == []
    assert condition is not None
    assert text is None or condition.text == text
    assert condition.strict == strict


def test_results_must_fit_their_use() -> None:
    for source, wanted, said in [
        ("n", t.BOOL, "结果应当是是否，这里是整数"),
        ("yes ? '1' : '3'", t.code("kind"), "代码“3”不在"),
        ("yes ? '1' : '2'", t.code("kind"), ""),
        ("n", t.MONEY, "yuan(…)"),
        ("n", t.DOUBLE, "double(…)"),
        ("yes ? day : null", t.DATE, ""),
        ("kind", t.TEXT, ""),
        ("other_kind", t.code("kind"), "代码表"),
        ("members.left", t.list_of(t.DATE), ""),
        ("members.income", t.list_of(t.DATE), "结果应当是日期"),
    ]:
        _, faults = check_condition(source, SCOPE, wanted)
        assert (faults[0].message if faults else "") == "" if not said else said in faults[0].message


def test_what_depends_on_today_is_known() -> None:
    for source, live in [("age(day, today) > 1", True), ("n > 1", False)]:
        condition, _ = check_condition(source, SCOPE, t.BOOL)
        assert condition is not None
        assert condition.live is live


@pytest.mark.parametrize(
    ("source", "values", "result"),
    [
        # An empty value: equality is known, everything else is not; && and || absorb what they can.
        ("kind == '1'", {"kind": None}, False),
        ("kind != '1'", {"kind": None}, True),
        ("n > 1", {"n": None}, TypeError),
        ("!yes", {"yes": None}, TypeError),
        ("false && n > 1", {"n": None}, False),
        ("n > 1 && false", {"n": None}, False),
        ("n > 1 || true", {"n": None}, True),
        ("n > 1 && true", {"n": None}, TypeError),
        ("kind in ['1']", {"kind": None}, False),
        ("yes ? 1 : 2", {"yes": None}, TypeError),
        ("true ? n : 2", {"n": None}, None),
        ("age(day, today)", {"day": None, "today": "2024-05-01"}, None),
        ("filled(day)", {"day": None}, False),
        ("sum(members.income)", {"members__income": [1, None, 2]}, 3),
        ("max(members.income)", {"members__income": [1, None, 2]}, None),
        ("max(members.income)", {"members__income": []}, None),
        ("size(distinct(members.key))", {"members__key": ["a", "b", "a", None]}, 2),
        (
            "members.exists(m, m.income > 0)",
            {"members__rows__income": [{"income": None}, {"income": 5}]},
            TypeError,
        ),
        (
            "members.exists(m, m.income != null && m.income > 0)",
            {"members__rows__income": [{"income": None}, {"income": 5}]},
            True,
        ),
        ("rate('line', day) * n", {"day": "2024-05-01", "n": 2}, 120000),
        (
            "months_between(start, day) < rate('months', today)",
            {"start": "2024-01", "day": "2024-06-30", "today": "2024-07-01"},
            True,
        ),
        ("yes ? n : n * 2", {"yes": False, "n": 4}, 8),
        ("n - 1 - 1", {"n": 4}, 2),
        ("n % 3 == 1 && -n < 0", {"n": 4}, True),
    ],
)
def test_what_cel_makes_of_it(source: str, values: dict[str, object], result: object) -> None:
    """Form language §4 'Empty values' and §8, reproduced with the cel in use."""
    condition, faults = check_condition(source, SCOPE, None)
    assert condition is not None, faults
    context = cel.Context(variables=values, functions=functions_for(RATES, ""))
    if result is TypeError:
        with pytest.raises(TypeError):
            condition.program.execute(context)
        # What is certain to be unknown need not be run at all; the rest is found out by running.
    else:
        assert condition.program.execute(context) == result
        assert not any(values.get(name, 0) is None for name in condition.strict) or result is None


WORDS = st.sampled_from(
    "n ratio income day kind yes members person row today m ( ) [ ] , . ? : ! && || == != < > + - * / % in 1 2.5 '1' "
    "null true filter exists sum size rate( age( yuan( .filter(m, .map(m, = ， “ 且".split()
)


@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_the_checker_never_raises(source: str) -> None:
    """Anything that a person can type is a condition or a sentence."""
    condition, faults = check_condition(source, SCOPE, None)
    assert (condition is None) == bool(faults)
    if condition is not None:
        assert condition.program is not None


@given(st.text(max_size=40))
def test_the_checker_survives_any_text(source: str) -> None:
    condition, faults = check_condition(source, SCOPE, t.BOOL)
    assert (condition is None) == bool(faults)
