"""Yes or no, choices from code lists, and lists of names and files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from minzheng_desktop.catalog.conditions import types as t
from minzheng_desktop.catalog.conditions.types import Type
from minzheng_desktop.catalog.field_base import SEPARATORS, FieldType, as_text, shortened
from minzheng_desktop.catalog.fields import Field, Parsed, Reading
from minzheng_desktop.values.errors import Problem


class YesNo(FieldType):
    name = "yes_no"
    stored = bool
    stored_word = "是或否"
    _WORDS: ClassVar[Mapping[str, bool]] = {
        **dict.fromkeys(("是", "有", "对", "√", "✓", "✔", "y", "yes", "true", "1", "享受", "已"), True),
        **dict.fromkeys(
            ("否", "无", "不", "×", "✗", "x", "n", "no", "false", "0", "没有", "不是", "未"), False
        ),
    }

    def condition_type(self, field: Field) -> Type:
        return t.BOOL

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        if isinstance(raw, bool):
            return Parsed(raw)
        number = f"{raw:g}" if isinstance(raw, float) else as_text(raw).lower()
        value = self._WORDS.get(number)
        if value is None:
            return self.fail(field, f"{field.label}要填是或否，这里是“{shortened(raw)}”")
        return Parsed(value)

    def format(self, field: Field, value: Any) -> str:
        return "是" if value else "否"

    def sample(self, field: Field) -> Any:
        return True


class Choice(FieldType):
    name = "choice"
    keys = frozenset({"choices"})
    stored_word = "代码"

    def condition_type(self, field: Field) -> Type:
        return t.code(field.choices.key if field.choices else "")

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        text = f"{raw:g}" if isinstance(raw, float) else as_text(raw)
        code = field.choices.find(text) if field.choices else None
        if code is None:
            return self.fail(field, f"{field.label}没有“{shortened(raw)}”这一项{_options(field)}")
        return Parsed(code, self.check(field, code))

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        yield from _unknown_code(field, value)

    def format(self, field: Field, value: Any) -> str:
        return field.choices.label(value) if field.choices else str(value)

    def sample(self, field: Field) -> Any:
        return next(iter(field.choices.items), "1") if field.choices else "1"


class ListOf(FieldType):
    """Values that are lists of texts; min and max count them."""

    keys = frozenset({"min", "max"})
    stored = (list, tuple)
    stored_word = "列表"
    counted: ClassVar[str] = "项"

    def condition_type(self, field: Field) -> Type:
        return t.list_of(t.TEXT)

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        if not all(isinstance(item, str) for item in value):
            yield field.problem(f"{field.label}应当是{self.stored_word}", "type")
            return
        if field.minimum is not None and len(value) < field.minimum:
            yield field.problem(
                f"{field.label}至少要 {field.minimum} {self.counted}，现有 {len(value)}", "minimum"
            )
        if field.maximum is not None and len(value) > field.maximum:
            yield field.problem(
                f"{field.label}最多 {field.maximum} {self.counted}，现有 {len(value)}", "maximum"
            )

    def format(self, field: Field, value: Any) -> str:
        return "、".join(value)

    def sample(self, field: Field) -> Any:
        return ["样例"] * max(1, field.minimum or 1)


class Choices(ListOf):
    name = "choices"
    keys = ListOf.keys | {"choices"}
    stored_word = "代码列表"

    def condition_type(self, field: Field) -> Type:
        return t.list_of(t.code(field.choices.key if field.choices else ""))

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        parts = [part.strip() for part in SEPARATORS.split(as_text(raw)) if part.strip()]
        codes: list[str] = []
        for part in parts:
            code = field.choices.find(part) if field.choices else None
            if code is None:
                return self.fail(field, f"{field.label}没有“{shortened(part)}”这一项{_options(field)}")
            if code not in codes:
                codes.append(code)
        return Parsed(codes, self.check(field, codes))

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        yield from super().judge(field, value)
        for code in value:
            yield from _unknown_code(field, code)

    def format(self, field: Field, value: Any) -> str:
        return "、".join(field.choices.label(code) if field.choices else code for code in value)

    def sample(self, field: Field) -> Any:
        return list(field.choices.items)[: field.minimum or 1] if field.choices else ["1"]


class Names(ListOf):
    name = "names"
    stored_word = "姓名列表"
    counted = "人"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        names = list(dict.fromkeys(p.strip() for p in SEPARATORS.split(as_text(raw)) if p.strip()))
        return Parsed(names, self.check(field, names))


class Files(ListOf):
    name = "files"
    keys = ListOf.keys | {"kinds"}
    stored_word = "文件列表"
    counted = "个文件"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        return self.fail(field, f"{field.label}要扫描或拖入文件，不能从文字读取")

    def format(self, field: Field, value: Any) -> str:
        return f"{len(value)} 个文件"


def _unknown_code(field: Field, code: str) -> Iterator[Problem]:
    if field.choices is not None and code not in field.choices:
        yield field.problem(
            f"{field.label}的代码“{shortened(code)}”不在代码表“{field.choices.title}”里", "code"
        )


def _options(field: Field) -> str:
    labels = list(field.choices.choices().values()) if field.choices else []
    return f"；可填：{'、'.join(labels)}" if 0 < len(labels) <= 8 else ""
