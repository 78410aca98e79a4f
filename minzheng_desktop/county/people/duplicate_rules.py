"""Which pairs of entries may be one person: rules as data, read strictly, judged over facts.

A rule joins facts by AND; an OR stands between ways in which they agree. Every way through a rule needs two facts that
agree, so that no rule lists half the county. A file with a mistake is refused whole: a rule that quietly drops a
condition finds too much, one that quietly matches nothing finds too little.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from minzheng_desktop.catalog.sources import decode_text
from minzheng_desktop.paths import resources_dir
from minzheng_desktop.values.errors import UserError

STRICT, LIKELY, POSSIBLE = "strict", "likely", "possible"
CLASSES = {STRICT: "确定性强", LIKELY: "很可能", POSSIBLE: "可能"}
FACTS: dict[str, str] = {
    "id_number": "证号", "id_near": "证号只差一位", "name": "姓名", "name_variant": "姓名（异体字）",
    "name_sound": "姓名读音", "name_former": "曾用名", "birth_date": "出生日期", "sex": "性别", "phone": "电话",
    "account": "账户", "village": "村（社区）", "head": "户主", "members": "同户成员", "alive": "生存状态",
}  # fmt: skip
"""What is compared, with its words; the order in which facts are shown."""
DIFFERS = "differs"

_NAME = frozenset({"name", "name_variant", "name_sound"})
_KEYS: tuple[tuple[frozenset[str], ...], ...] = (
    (frozenset({"id_number"}),),
    (frozenset({"id_near"}), _NAME),
    (frozenset({"birth_date"}), _NAME),
    (frozenset({"phone", "account"}), _NAME | {"birth_date"}),
)
"""What pairs are looked for by (`candidates`): of each group of one of these a fact has to agree."""

Verdicts = Mapping[str, bool]
"""Fact → whether it agrees; a fact that is unknown on one side is missing."""
Test = Callable[[Verdicts], bool]


class _RuleSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    key: str
    title: str
    class_: str = msgspec.field(name="class")
    when: Any


class _Blocks(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    largest: int


class _Variants(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    groups: list[str]


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    rule: list[_RuleSpec]
    weights: dict[str, int]
    against: dict[str, int]
    blocks: _Blocks
    variants: _Variants


class Rule(msgspec.Struct, frozen=True):
    """One rule: holds when `test` says so of a pair's facts."""

    key: str
    title: str
    class_: str
    test: Test


class Rules(msgspec.Struct, frozen=True):
    """The rules in their order, points per fact for the order of the list, and characters that stand for others.

    `largest` is how many entries may share a telephone or account before it says nothing about a person.
    """

    rules: tuple[Rule, ...]
    weights: dict[str, int]
    against: dict[str, int]
    largest: int
    variants: dict[int, str]

    def first(self, verdicts: Verdicts) -> Rule | None:
        """The first rule that holds, or None: no pair."""
        return next((rule for rule in self.rules if rule.test(verdicts)), None)

    def score(self, verdicts: Verdicts) -> int:
        """Points of a pair, for the order of the list alone."""
        return sum(
            self.weights.get(fact, 0) if agrees else -self.against.get(fact, 0)
            for fact, agrees in verdicts.items()
        )

    def title(self, key: str) -> str:
        """What a rule is called; its key where it is no longer in the file."""
        return next((rule.title for rule in self.rules if rule.key == key), key)


@cache
def shipped_rules() -> Rules:
    """The rules of resources/duplicates.toml. Raises UserError `duplicate_rules_wrong`."""
    return read_rules(resources_dir() / "duplicates.toml")


def read_rules(path: Path) -> Rules:
    """The rules of a file. Raises UserError `duplicate_rules_wrong` with what is wrong with it; nothing is skipped."""
    try:
        text = decode_text(path.read_bytes())
        spec = msgspec.convert(tomllib.loads(text), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _wrong(path, f"读不出来（{error}）") from error
    for table in (spec.weights, spec.against):
        for fact in table:
            _known(path, fact)
    if not spec.rule:
        raise _wrong(path, "一条规则也没有")
    seen: set[str] = set()
    for one in spec.rule:
        if one.key in seen:
            raise _wrong(path, f"规则“{one.key}”写了两次")
        seen.add(one.key)
        if one.class_ not in CLASSES:
            raise _wrong(path, f"规则“{one.key}”的 class 要写 {'、'.join(CLASSES)}")
    rules = tuple(Rule(one.key, one.title, one.class_, _rule_test(path, one)) for one in spec.rule)
    variants: dict[int, str] = {}
    for group in spec.variants.groups:
        for c in group:
            if ord(c) in variants or len(group) < 2:
                raise _wrong(path, f"异体字“{group}”里有字写了两次，或只有一个字")
            variants[ord(c)] = group[0]
    return Rules(rules, spec.weights, spec.against, spec.blocks.largest, variants)


def _rule_test(path: Path, spec: _RuleSpec) -> Test:
    for way in _ways(path, spec.when):
        agreeing = {atom for atom, wanted in way if wanted and not atom.endswith(f".{DIFFERS}")}
        if len(agreeing) < 2:
            raise _wrong(path, f"规则“{spec.key}”有一条路只要 {len(agreeing)} 处吻合，至少要两处")
        if not any(all(part & agreeing for part in key) for key in _KEYS):
            facts = "、".join(FACTS[one] for one in FACTS if one in agreeing)
            why = (
                f"规则“{spec.key}”有一条路只凭 {facts}，全县比不过来；要有证号，或姓名加生日、电话、账户之一"
            )
            raise _wrong(path, why)
    return _test(path, spec.when)


def _ways(path: Path, node: Any) -> Iterator[tuple[tuple[str, bool], ...]]:
    """Every way in which an expression holds, as (fact, wanted) conditions joined by AND."""
    operator, inner = _node(path, node)
    if operator == "atom":
        yield ((inner, True),)
    elif operator == "not":
        if not isinstance(inner, str):
            raise _wrong(path, "not 后面只能写一个事实")
        _known(path, inner.removesuffix(f".{DIFFERS}"))
        yield ((inner, False),)
    elif operator == "or":
        for one in inner:
            yield from _ways(path, one)
    else:
        for parts in product(*(list(_ways(path, one)) for one in inner)):
            yield tuple(condition for part in parts for condition in part)


def _test(path: Path, node: Any) -> Test:
    operator, inner = _node(path, node)
    if operator in ("atom", "not"):
        fact, differs = inner.removesuffix(f".{DIFFERS}"), inner.endswith(f".{DIFFERS}")
        wanted = operator == "atom"
        return lambda verdicts: (verdicts.get(fact) is (not differs)) is wanted
    tests = [_test(path, one) for one in inner]
    return (
        (lambda verdicts: any(test(verdicts) for test in tests))
        if operator == "or"
        else (lambda verdicts: all(test(verdicts) for test in tests))
    )


def _node(path: Path, node: Any) -> tuple[str, Any]:
    if isinstance(node, str):
        _known(path, node.removesuffix(f".{DIFFERS}"))
        return "atom", node
    if isinstance(node, dict) and len(node) == 1:
        operator, inner = next(iter(node.items()))
        if operator == "not" or (operator in ("and", "or") and isinstance(inner, list) and inner):
            return operator, inner
    raise _wrong(path, f"条件只能写事实，或 and、or、not 之一，这里写的是 {node!r}")


def _known(path: Path, fact: str) -> None:
    if fact not in FACTS:
        raise _wrong(path, f"没有“{fact}”这种事实，可以用 {'、'.join(FACTS)}")


def _wrong(path: Path, why: str) -> UserError:
    return UserError(
        "duplicate_rules_wrong",
        f"查重规则 {path.name} 有错：{why}。没有查重，原来的名单没有变化。请改好规则再查。",
    )
