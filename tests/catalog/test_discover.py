"""Rules of 主动发现 are checked like forms: a mistake is said with what is right, and refuses that rule alone."""

from __future__ import annotations

from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.catalog.sources import Source

GOOD = """
[fact]
dibao = { form = "dibao", role = "covered" }

[rule.old]
title  = "满八十"
form   = "elder_age"
among  = { age_from = 80 }
when   = "age(person.birth_date, today) >= 80"
since  = "birthday(person.birth_date, 80)"
reason = "{person.name}{since}满八十，低保 {dibao.number}"
basis  = "县规定"
"""


def loaded(text: str) -> Catalog:
    return load_catalog([*shipped_sources(), Source("discover", "x", "x.toml", text, "county")])


def mistakes(text: str) -> list[str]:
    return [p.message for p in loaded(text).problems if p.file == "x.toml"]


def test_a_county_adds_a_rule_and_replaces_one() -> None:
    assert mistakes(GOOD) == []
    assert loaded(GOOD).discoveries["old"].form == "elder_age"
    replaced = loaded(GOOD.replace("rule.old", "rule.elder_80")).discoveries["elder_80"]
    assert replaced.title == "满八十"
    limited = loaded(GOOD + 'from = "2024-07"\nuntil = "2025-06"\n').discoveries["old"]
    assert [limited.holds_in(month) for month in ("2024-06", "2024-07", "2025-06", "2025-07")] == [
        False, True, True, False,
    ]  # fmt: skip


def test_what_is_wrong_is_said_with_the_nearest_right_word() -> None:
    for right, wrong, better in (
        ("age(person.birth_date, today)", "age(person.birth_day, today)", "birth_date"),
        ("{person.name}", "{person.nam}", "reason：没有“{person.nam}”"),
        ('form   = "elder_age"', 'form   = "elder_ages"', "elder_age"),
        ("{ age_from = 80 }", "{}", "among 至少写一样"),
        ("{dibao.number}", "{dibao.members}", "reason：没有“{dibao.members}”"),
    ):
        text = GOOD.replace(right, wrong)
        said = mistakes(text)
        assert any(better in one for one in said), (wrong, said)
        assert "old" not in loaded(text).discoveries
    assert "elder_80" in loaded(GOOD.replace("birth_date", "birth_day")).discoveries  # the others stand


def test_a_condition_has_to_be_one() -> None:
    (said,) = mistakes(GOOD.replace("age(person.birth_date, today) >= 80", "age(person.birth_date, today)"))
    assert "when" in said
