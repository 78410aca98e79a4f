"""Field types: reading what people and rosters write, formatting, checking, what conditions see."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.divisions import Division, Divisions
from minzheng_desktop.catalog.field_types import FIELD_TYPES
from minzheng_desktop.catalog.fields import Field, Reading

READING = Reading(
    date(2024, 9, 20),
    Divisions(
        [
            Division("500229", "城口县", "county", ""),
            Division("500229103", "坪坝镇", "town", "500229"),
            Division("500229103200", "丰田村村民委员会", "village", "500229103"),
        ]
    ),
    "500229103",
)
CODES = CodeList("k", "类别", {"1": "甲", "2": "乙"})


def made(kind: str, **more: Any) -> Field:
    return Field(key="f", path="f", label="某项", type=FIELD_TYPES[kind], choices=CODES, **more)


def test_the_list_of_types_is_closed() -> None:
    assert set(FIELD_TYPES) == {
        "text", "note", "integer", "decimal", "money", "date", "month", "datetime", "yes_no", "choice", "choices",
        "person", "household", "facility", "record", "row", "village", "location", "id_number", "phone", "usci",
        "account", "names", "files",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "raw", "value", "shown"),
    [
        ("text", " 张三 ", "张三", "张三"),
        ("integer", "3", 3, "3"),
        ("integer", "３人", 3, "3"),
        ("integer", 3.0, 3, "3"),
        ("decimal", "36.5", 365, "36.5"),
        ("decimal", "36.5人", 365, "36.5"),
        ("decimal", 36.6, 366, "36.6"),
        ("money", "1,234.5元", 123450, "1234.50"),
        ("money", 600, 60000, "600.00"),
        ("date", "2024.5.9", "2024-05-09", "2024年5月9日"),
        ("date", "20240509", "2024-05-09", "2024年5月9日"),
        ("month", "2024年5月", "2024-05", "2024年5月"),
        ("month", "2024-05-09", "2024-05", "2024年5月"),
        ("yes_no", "是", True, "是"),
        ("yes_no", "√", True, "是"),
        ("yes_no", 0.0, False, "否"),
        ("choice", "乙", "2", "乙"),
        ("choice", 2.0, "2", "乙"),
        ("choices", "甲、乙，甲", ["1", "2"], "甲、乙"),
        ("names", "张三；李四、张三", ["张三", "李四"], "张三、李四"),
        ("village", "丰田村", "500229103200", "500229103200"),
        ("phone", "138 0000 0000", "13800000000", "13800000000"),
        ("phone", 13800000000.0, "13800000000", "13800000000"),
    ],
)
def test_reads_and_shows(kind: str, raw: object, value: object, shown: str) -> None:
    field = made(kind, digits=1 if kind == "decimal" else 0, unit="人")
    parsed = field.parse(raw, READING)
    assert parsed.problems == ()
    assert parsed.value == value
    assert field.format(parsed.value) == shown
    assert field.check(parsed.value) == ()


@pytest.mark.parametrize("kind", sorted(FIELD_TYPES))
def test_blank_is_empty(kind: str) -> None:
    for raw in (None, "", "  "):
        assert made(kind).parse(raw, READING).value is None
    assert made(kind).format(None) == ""


@pytest.mark.parametrize(
    ("kind", "raw", "said"),
    [
        ("integer", "三", "要填整数"),
        ("integer", 2.5, "要填整数"),
        ("integer", True, "要填整数"),
        ("decimal", "1.25", "最多 1 位小数"),
        ("decimal", "高", "要填数字"),
        ("money", "很多", "某项"),
        ("date", "2024年5月", "要写到日"),
        ("date", "昨天", "某项"),
        ("month", "2024", "要写到月"),
        ("yes_no", "也许", "要填是或否"),
        ("choice", "丙", "没有“丙”这一项；可填：甲、乙"),
        ("choices", "甲、丙", "没有“丙”这一项"),
        ("village", "无此村", "不是坪坝镇的村或社区"),
        ("person", "张三", "要从已有的人员里选"),
        ("facility", "敬老院", "要从已有的机构里选"),
        ("files", "a.jpg", "要扫描或拖入文件"),
        ("row", "张三", "从表里的行中选"),
        ("account", 6.217e18, "某项"),
        ("usci", "123", "信用代码"),
    ],
)
def test_refuses_with_a_sentence(kind: str, raw: object, said: str) -> None:
    parsed = made(kind, digits=1 if kind == "decimal" else 0).parse(raw, READING)
    assert not parsed.ok
    message = parsed.problems[0].message
    assert said in message or kind in ("money", "account")
    assert parsed.problems[0].path == "f"


def test_an_id_number_keeps_its_warnings() -> None:
    parsed = made("id_number").parse("500229196503122217 ", READING)
    assert parsed.value == "500229196503122217"
    damaged = made("id_number").parse(5.00229196503122e17, READING)
    assert damaged.value is None
    assert not damaged.ok


def test_an_account_is_four_things() -> None:
    field = made("account")
    assert field.parse("6222 0212 3456 7890 12", READING).value["number"] == "622202123456789012"
    parsed = field.parse({"number": "6222021234567890", "bank": "农商行", "name": "张三"}, READING)
    assert parsed.value == {"number": "6222021234567890", "name": "张三", "bank": "农商行", "type": ""}
    assert field.format(parsed.value) == "农商行 6222021234567890 张三"


@pytest.mark.parametrize(
    ("kind", "bounds", "value", "said"),
    [
        ("integer", (1, 2), 3, "某项不能大于 2"),
        ("integer", (1, 2), 0, "某项不能小于 1"),
        ("money", (0, None), -1, "某项不能小于 0.00"),
        ("decimal", (350, None), 349, "某项不能小于 35.0"),
        ("names", (2, None), ["张三"], "某项至少要 2 人，现有 1"),
        ("files", (2, None), ["a"], "某项至少要 2 个文件，现有 1"),
        ("choices", (None, 1), ["1", "2"], "某项最多 1 项，现有 2"),
    ],
)
def test_bounds(kind: str, bounds: tuple[int | None, int | None], value: Any, said: str) -> None:
    field = made(kind, minimum=bounds[0], maximum=bounds[1], digits=1 if kind == "decimal" else 0)
    assert [p.message for p in field.check(value)] == [said]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 5), ("integer", "5"), ("integer", True), ("money", 5.0), ("yes_no", 1), ("choice", 1),
        ("date", "2024-5-9"), ("month", "2024-13"), ("datetime", "jetzt"), ("choices", "1"), ("names", [1]),
        ("account", "622"), ("person", 5),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_told(kind: str, value: Any) -> None:
    assert [p.code for p in made(kind).check(value)] == ["type"]


def test_unknown_codes_and_patterns_are_told() -> None:
    assert "代码“9”不在代码表“类别”里" in made("choice").check("9")[0].message
    field = made("text", pattern=r"\d{4}", constraint_message="要四位数字")
    assert field.check("12") == (field.problem("要四位数字", "pattern"),)
    assert field.check("1234") == ()


def test_decimals_reach_conditions_as_numbers_and_come_back() -> None:
    field = made("decimal", digits=1)
    assert field.type.condition_value(field, 373) == 37.3
    assert field.type.stored_value(field, 37.35) == 374, "half up"


@given(
    st.sampled_from(sorted(FIELD_TYPES)),
    st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.binary()),
)
def test_reading_never_raises(kind: str, raw: object) -> None:
    """Whatever stands in a roster's cell, there is a value or a sentence."""
    parsed = made(kind).parse(raw, READING)
    assert parsed.value is not None or parsed.problems or not str(raw).strip()
    if parsed.value is not None:
        made(kind).format(parsed.value)


@given(
    st.sampled_from(sorted(FIELD_TYPES)),
    st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.integers())),
)
def test_checking_never_raises(kind: str, value: object) -> None:
    made(kind).check(value)
