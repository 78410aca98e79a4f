"""From a decoded TOML table to a Struct of ``spec``, with every mistake said in Chinese and none hiding another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeVar

import msgspec

from minzheng_desktop.catalog.problems import CatalogProblem, nearest_of, suggest
from minzheng_desktop.catalog.toml_errors import TomlFile

T = TypeVar("T", bound=msgspec.Struct)

_UNKNOWN = re.compile(r"Object contains unknown field `(.+?)`")
_MISSING = re.compile(r"Object missing required field `(.+?)`")
_PATH = re.compile(r" - at `(.+?)`$")
_EXPECTED = re.compile(r"Expected `(.+?)`, got `(.+?)`")
_ENUM = re.compile(r"Invalid enum value '?(.+?)'?$")

_TYPE_WORDS = {
    "str": "文字（要加引号）", "int": "整数", "float": "小数", "bool": "true 或 false", "array": "列表 […]",
    "object": "一组键值 {…}", "null": "空", "date": "日期", "datetime": "日期时间",
}  # fmt: skip


def decode(file: TomlFile, path: str, raw: object, kind: type[T]) -> tuple[T | None, list[CatalogProblem]]:
    """The Struct at ``path``, or None with all its problems.

    msgspec stops at the first mistake; each mistaken key is reported and taken out, then the rest is tried
    again.
    """
    if not isinstance(raw, dict):
        return None, [file.at(path, f"这里应当是一组键值 {{…}}，写成了{_word_of(raw)}")]
    rest = dict(raw)
    problems: list[CatalogProblem] = []
    names, required = _keys_of(kind)
    unknown = [key for key in raw if key not in names]
    # A misspelt key is said once, not a second time as the missing one.
    missing = [
        name for name in names if name in required and name not in raw and not nearest_of(name, unknown)
    ]
    problems += [file.at(path, f"缺少必写的键“{name}”") for name in missing]
    for _ in range(len(raw) + len(names) + 1):
        try:
            value = msgspec.convert(rest, kind, strict=True)
        except msgspec.ValidationError as error:
            key, message, in_top = _explain(str(error), names)
            top = key.partition(".")[0].partition("[")[0]
            if not in_top and not key:
                return None, problems
            problems.append(file.at(_join(path, key), message))
            if not in_top or top not in rest:
                return None, problems
            del rest[top]
            if top in required and not unknown:
                return None, problems
            continue
        return (None if problems else value), problems
    return None, problems


@cache
def _keys_of(kind: type[msgspec.Struct]) -> tuple[tuple[str, ...], frozenset[str]]:
    """(all keys, keys that must be written) of a Struct; msgspec works them out anew at every call."""
    fields = msgspec.structs.fields(kind)
    return tuple(f.encode_name for f in fields), frozenset(f.encode_name for f in fields if f.required)


def decode_table(
    file: TomlFile, path: str, raw: object, kind: type[T]
) -> tuple[dict[str, T], list[CatalogProblem]]:
    """Every ``key = { … }`` of a table, each by itself: one mistaken line does not hide the next."""
    if not isinstance(raw, dict):
        return {}, [file.at(path, f"[{path}] 下面应当是“键 = {{…}}”的行")]
    found: dict[str, T] = {}
    problems: list[CatalogProblem] = []
    for key, item in raw.items():
        value, wrong = decode(file, _join(path, key), item, kind)
        problems += wrong
        if value is not None:
            found[key] = value
    return found, problems


def words(value: str | Iterable[str]) -> tuple[str, ...]:
    """One word or a list of words, as a tuple; the empty text is no word."""
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(value)


def _explain(text: str, names: Sequence[str]) -> tuple[str, str, bool]:
    """(key below the Struct, Chinese sentence, whether taking the key out lets the rest be read)."""
    place = _PATH.search(text)
    key = place.group(1).removeprefix("$").lstrip(".") if place else ""
    core = _PATH.sub("", text)
    if found := _UNKNOWN.search(core):
        word = found.group(1)
        # The words of a nested Struct are not known here, so no suggestion is made for them.
        hint = suggest(word, names) if not key else ""
        return _join(key, word), f"不认识的键“{word}”{hint}", True
    if found := _MISSING.search(core):
        return key, f"缺少必写的键“{found.group(1)}”", bool(key)
    if found := _EXPECTED.search(core):
        wanted = "或".join(_TYPE_WORDS.get(word.strip(), word.strip()) for word in found.group(1).split("|"))
        return key, f"应当是{wanted}，写成了{_TYPE_WORDS.get(found.group(2), found.group(2))}", True
    if found := _ENUM.search(core):
        return key, f"不认识的值“{found.group(1)}”", True
    return key, f"写法不对（{core}）", True


def _join(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def _word_of(raw: object) -> str:
    names = {str: "str", bool: "bool", int: "int", float: "float", list: "array", dict: "object"}
    return _TYPE_WORDS.get(names.get(type(raw), ""), type(raw).__name__)
