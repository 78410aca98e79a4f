"""The rules of resources/duplicates.toml and what may not stand in such a file; facts compared both ways alike."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minzheng_desktop.county.people.duplicate_rules import FACTS, read_rules, shipped_rules
from minzheng_desktop.county.people.likeness import Entry, compare, near_numbers, number_key, sound_key
from minzheng_desktop.paths import resources_dir
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import check_digit, convert_15, make_id_number

NUMBERS = [make_id_number("500229", date(1962, 3, 4), n) for n in (1, 2, 3)]
TEXTS = st.sampled_from(["", "a", "b"])
ENTRIES = st.builds(
    Entry,
    id=st.just("x"),
    owner=st.sampled_from(["500229106", "500229107"]),
    name=st.sampled_from(["姚世昌", "姚世倡", "吴国峰", "吳國峯", "姚shi昌", "阿依·古丽"]),
    number=st.sampled_from(
        ["", *(f"01:{n}" for n in NUMBERS), "01:" + NUMBERS[0][:13] + "9" + NUMBERS[0][14:], "05:E1"]
    ),
    birth_date=st.sampled_from(["", "1962", "1962-03-04", "1962-04-03"]),
    sex=st.sampled_from(["0", "1", "2"]),
    phone=TEXTS,
    village=TEXTS,
    alive=st.sampled_from(["1", "2"]),
    accounts=st.frozensets(st.sampled_from("ab")),
    former=st.frozensets(st.sampled_from(["姚世昌", "陈玉兰"])),
    head=TEXTS,
    members=st.frozensets(st.sampled_from("abc")),
)


@settings(max_examples=300, deadline=None)
@given(ENTRIES, ENTRIES)
def test_comparing_is_symmetric_and_no_rule_stands_on_one_fact(one: Entry, other: Entry) -> None:
    rules = shipped_rules()
    verdicts = compare(one, other, rules.variants)
    assert verdicts == compare(other, one, rules.variants)
    rule = rules.first(verdicts)
    if rule is not None:
        agreeing = [fact for fact, agrees in verdicts.items() if agrees]
        assert len(agreeing) >= 2, rule.key
        assert set(agreeing) & {"name", "name_variant", "name_sound", "name_former", "id_number"}, rule.key
    nothing = dict.fromkeys(verdicts, False)
    assert rules.first(nothing) is None, "contradictions alone never make a pair"


@settings(max_examples=100, deadline=None)
@given(ENTRIES)
def test_an_entry_agrees_with_itself(one: Entry) -> None:
    verdicts = compare(one, one, shipped_rules().variants)
    assert all(agrees or fact == "account" for fact, agrees in verdicts.items())
    assert verdicts["name"]


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_fifteen_digits_say_the_same_as_eighteen(birth: date, sequence: int) -> None:
    whole = make_id_number("500229", birth, sequence)
    short = whole[:6] + whole[8:17]
    assert number_key("01", short) == number_key("01", whole) == f"01:{convert_15(short)}"
    assert number_key("01", whole.lower()) == number_key(None, whole)
    assert number_key("05", short) != number_key("01", short), "another kind of document is another number"


@settings(max_examples=200, deadline=None)
@given(
    st.dates(date(1930, 1, 1), date(2020, 12, 31)), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9)
)
def test_one_digit_otherwise_is_near_and_two_apart_are_not(
    birth: date, sequence: int, place: int, by: int
) -> None:
    number = make_id_number("500229", birth, sequence)
    digits = list(number[:17])
    digits[place] = str((int(digits[place]) + by) % 10)
    near = "".join(digits)
    assert near_numbers(f"01:{number}", f"01:{near}{check_digit(near)}")
    assert near_numbers(f"01:{near}{number[17]}", f"01:{number}")
    far = (place + 5) % 17
    digits[far] = str((int(digits[far]) + 1) % 10)
    assert not near_numbers(f"01:{number}", f"01:{''.join(digits)}{number[17]}")
    assert not near_numbers(f"01:{number}", f"01:{number}")


def test_readings() -> None:
    assert sound_key("吕·布") == sound_key("吕布") == "lvbu"
    assert sound_key("王琰") == sound_key("王yan") == sound_key("王艳") == "wangyan"


def test_the_shipped_rules() -> None:
    rules = shipped_rules()
    assert [rule.class_ for rule in rules.rules][:1] == ["strict"]
    assert len({rule.key for rule in rules.rules}) == len(rules.rules) == 9
    assert set(rules.weights) | set(rules.against) <= set(FACTS)


WRONG = {
    "one fact": ('when = "id_number"', "只要 1 处吻合"),
    "an or over one fact": ('when = { or = ["phone", { and = ["name", "sex"] }] }', "只要 1 处吻合"),
    "contradictions only": ('when = { and = ["name.differs", "phone.differs", "sex"] }', "只要 1 处吻合"),
    "nothing to look for it by": ('when = { and = ["name", "sex", "head", "members"] }', "全县比不过来"),
    "an unknown fact": ('when = { and = ["name", "mobile"] }', "没有“mobile”"),
    "an unknown word": ('when = { all = ["name", "sex"] }', "只能写事实"),
    "an empty list": ("when = { and = [] }", "只能写事实"),
    "a not over a list": ('when = { and = ["name", "sex", { not = ["phone"] }] }', "not 后面"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_rule_refuses_the_whole_file(case: str, tmp_path: Path) -> None:
    text = (resources_dir() / "duplicates.toml").read_text(encoding="utf-8")
    when, why = WRONG[case]
    file = tmp_path / "duplicates.toml"
    file.write_text(f'[[rule]]\nkey = "r"\ntitle = "t"\nclass = "likely"\n{when}\n{text}', encoding="utf-8")
    with pytest.raises(UserError) as refused:
        read_rules(file)
    assert refused.value.code == "duplicate_rules_wrong"
    assert why in refused.value.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[weights]", "[weight]"),
        ('class = "strict"', 'class = "certain"'),
        ('key   = "same_number"', 'key   = "two_numbers"'),
        ("sex          = 4", 'sex          = "4"'),
        ("phone        = 15", "telephone    = 15"),
        ('"吴吳"', '"吴吳吳"'),
    ],
)
def test_a_misspelt_file_is_refused(old: str, new: str, tmp_path: Path) -> None:
    text = (resources_dir() / "duplicates.toml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "duplicates.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError) as refused:
        read_rules(file)
    assert refused.value.code == "duplicate_rules_wrong"
