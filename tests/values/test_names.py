"""Domain §11.3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.values.names import (
    account_name_problem,
    check_name,
    clean_name,
    mask_name,
    name_key,
    pinyin_initials,
)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("张　三", "张三"),
        (" 张 三 丰 ", "张三丰"),
        ("阿布都热依木．吐尔逊", "阿布都热依木·吐尔逊"),
        ("阿布都热依木・吐尔逊", "阿布都热依木·吐尔逊"),
        ("阿布都热依木•吐尔逊", "阿布都热依木·吐尔逊"),
        ("阿布都热依木‧吐尔逊", "阿布都热依木·吐尔逊"),
        ("阿布都热依木.吐尔逊", "阿布都热依木·吐尔逊"),
        ("卓玛\u200b", "卓玛"),
        ("Anna  Maria", "Anna Maria"),
        ("𪚥𡋾䶮㛃㐱𬭊", "𪚥𡋾䶮㛃㐱𬭊"),
        ("张〇", "张〇"),
        ("張三", "張三"),
    ],
)
def test_one_spelling(raw, clean):
    assert clean_name(raw) == clean


def test_compatibility_forms_survive_because_nfkc_is_not_applied():
    assert clean_name("㈱①") == "㈱①"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    once = clean_name(text)
    assert clean_name(once) == once
    check_name(once)


@pytest.mark.parametrize(
    "name", ["张三", "卓玛", "王𪚥", "𡋾䶮", "㛃㐱𬭊", "张〇", "阿依·古丽", "Anna Maria", "欧阳明"]
)
def test_right_names(name):
    assert check_name(name) == ()


@pytest.mark.parametrize(
    ("name", "code", "level"),
    [
        ("", "name.empty", "error"),
        ("张\ue001", "name.private", "error"),
        ("张\U000f0001", "name.private", "error"),
        ("张?", "name.lost", "error"),
        ("张□", "name.lost", "error"),
        ("张三（已死）", "name.sign", "error"),
        ("张3", "name.sign", "error"),
        ("张○", "name.zero", "warning"),
        ("张0明", "name.zero", "warning"),
        ("张yan", "name.mixed", "warning"),
        ("⽼张", "name.radical", "warning"),
        ("张" * 73, "name.long", "warning"),
    ],
)
def test_doubtful_names(name, code, level):
    assert [(p.code, p.level) for p in check_name(name)] == [(code, level)]


def test_the_zero_is_only_suggested():
    assert clean_name("张○") == "张○"
    assert "张〇" in check_name("张○")[0].message


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("张小明", "张*明"), ("阿依·古丽", "阿依·****"), ("欧阳小明", "欧**明"), ("", "")],
)
def test_masking(name, masked):
    assert mask_name(name) == masked


def test_keys_ignore_dots_and_spaces():
    assert name_key("阿依·古丽") == name_key("阿依古丽") == name_key("阿依 • 古丽")


def test_initials():
    assert pinyin_initials("张三丰") == "zsf"
    assert pinyin_initials("单雄信") == "sxx"
    assert pinyin_initials("阿依·古丽") == "aygl"
    assert pinyin_initials("") == ""


def test_account_names():
    assert account_name_problem("阿布都热依木 · 吐尔逊", "阿布都热依木·吐尔逊") is None
    spelt = account_name_problem(
        "阿布都热依木吐尔逊", "阿布都热依木·吐尔逊"
    )  # domain §11.3: 去点后一致是提醒
    assert spelt is not None
    assert (spelt.level, spelt.code) == ("warning", "account.name_spelling")
    cut = account_name_problem("阿布都热依木", "阿布都热依木·吐尔逊")
    assert cut is not None
    assert cut.level == "warning"
    other = account_name_problem("李四", "张三")
    assert other is not None
    assert other.level == "error"
    assert account_name_problem("王", "王小明") is not None
