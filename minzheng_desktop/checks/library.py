"""The library of checks (domain §10.2): what each looks for, and when it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from minzheng_desktop.checks import (
    accounts,
    amounts,
    beside,
    deaths,
    detained,
    doubles,
    identity,
    overdue,
    pool,
    zeros,
)
from minzheng_desktop.checks.finding import Check, Finding, Scope
from minzheng_desktop.checks.standing import of_forms

ENTRY, LOCK = "entry", "lock"
_BOTH = frozenset({ENTRY, LOCK})
_ENTRY = frozenset({ENTRY})
_LOCK = frozenset({LOCK})

CHECKS: tuple[Check, ...] = (
    Check("C01", "同一人重复享受", doubles.find_doubles, _BOTH),
    Check("C02", "死亡以后仍在发放", deaths.find_dead, _BOTH),
    Check("C02", "死亡以后仍在发放", of_forms("C02"), _ENTRY),
    Check("C03", "互斥待遇同时享受", beside.find_clashes),
    Check("C03", "互斥待遇同时享受", detained.find_detained, _ENTRY),
    Check("C03", "互斥待遇同时享受", of_forms("C03"), _ENTRY),
    Check("C04", "临时救助重复", doubles.find_repeated_relief, _BOTH),
    Check("C04", "临时救助重复", doubles.find_repeated_goods),
    Check("C04", "临时救助重复", of_forms("C04"), _ENTRY),
    Check("C05", "金额超过标准", amounts.find_wrong_standards),
    Check("C05", "金额超过标准", amounts.find_above_standard),
    Check("C05", "金额超过标准", of_forms("C05"), _BOTH),
    Check("C06", "集中供养与机构名册不符", of_forms("C06"), _ENTRY),
    Check("C07", "残疾证有误或过期", identity.find_wrong_certificates, _BOTH),
    Check("C07", "残疾证有误或过期", of_forms("C07"), _BOTH),
    Check("C08", "认证逾期仍在发放", overdue.find_uncertified, _BOTH),
    Check("C08", "认证逾期仍在发放", of_forms("C08"), _BOTH),
    Check("C09", "复核、公示、调查不合规定", overdue.find_late_rechecks),
    Check("C09", "复核、公示、调查不合规定", overdue.find_flawed_procedures, _ENTRY),
    Check("C09", "复核、公示、调查不合规定", of_forms("C09"), _ENTRY),
    Check("C10", "年龄不符", of_forms("C10"), _BOTH),
    Check("C11", "近亲属未备案，一人录入并审核", overdue.find_unregistered_relatives),
    Check("C11", "近亲属未备案，一人录入并审核", of_forms("C11")),
    Check("C12", "账户多人共用或户名不符", accounts.find_shared_accounts),
    Check("C12", "账户多人共用或户名不符", accounts.find_other_names, _LOCK),
    Check("C13", "人数勾稽", pool.find_missing_in_pool),
    Check("C13", "人数勾稽", pool.find_empty_households, _BOTH),
    Check("C13", "人数勾稽", of_forms("C13")),
    Check("C14", "身份信息矛盾", identity.find_wrong_numbers, _BOTH),
    Check("C14", "身份信息矛盾", identity.find_two_names, _ENTRY),
    Check("C14", "身份信息矛盾", identity.find_two_numbers),
    Check("C15", "批次合计不平", amounts.find_wrong_sums),
    Check("C15", "批次合计不平", of_forms("C15"), _ENTRY),
    Check("C16", "户籍不在本县", identity.find_moved_away, _ENTRY),
    Check("C16", "户籍不在本县", of_forms("C16"), _ENTRY),
    Check("C17", "零值缺少底表", of_forms("C17")),
    Check("C17", "零值缺少底表", zeros.find_unproven_zeros),
)

TITLES: dict[str, str] = {check.key: check.title for check in CHECKS}


def find_all(scope: Scope, checks: Iterable[Check] = CHECKS) -> Iterator[Finding]:
    """Everything that these checks find within a scope."""
    for check in checks:
        yield from check.find(scope)


def asked_at(when: str) -> tuple[Check, ...]:
    """The checks that are asked at ``entry`` or before the ``lock`` of a month."""
    return tuple(check for check in CHECKS if when in check.at)
