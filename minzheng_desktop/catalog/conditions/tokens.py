"""The words of a condition, with where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from minzheng_desktop.catalog.toml_errors import FULL_WIDTH


class ConditionError(Exception):
    """A condition that cannot be read or is not well typed. at: index of the character (from 0)."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


@dataclass(frozen=True)
class Token:
    """kind: int, float, text, name, sign or end. text: as written."""

    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<float>\d+\.\d+)
      | (?P<int>\d+)
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()\[\]{}=&|])""",
    re.VERBOSE,
)
_INSTEAD = {
    "=": "比较相等要写两个等号 ==",
    "&": "“并且”写成 &&",
    "|": "“或者”写成 ||",
    "{": "条件里不用花括号",
    "}": "条件里不用花括号",
}
_WORDS_INSTEAD = {"and": "&&", "or": "||", "not": "!", "True": "true", "False": "false", "None": "null"}


def split_tokens(source: str) -> list[Token]:
    """Tokens of a condition, ended by one of kind ``end``. Raises ConditionError."""
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            raise ConditionError(_strange(source[at]), at)
        kind = found.lastgroup or ""
        text = found.group()
        if kind == "sign" and text in _INSTEAD:
            raise ConditionError(_INSTEAD[text], at)
        if kind == "name" and text in _WORDS_INSTEAD:
            raise ConditionError(f"“{text}”要写成 {_WORDS_INSTEAD[text]}", at)
        if kind != "space":
            tokens.append(Token(kind, text, at))
        at = found.end()
    tokens.append(Token("end", "", len(source)))
    return tokens


def _strange(sign: str) -> str:
    if sign in FULL_WIDTH:
        return f"“{sign}”是全角符号，要写半角“{FULL_WIDTH[sign]}”"
    if sign in "'\"":
        return "引号没有成对"
    if "\u4e00" <= sign <= "\u9fff":
        return f"“{sign}”：条件里的名字只能用字段的英文键；文字要加引号"
    return f"条件里不能有“{sign}”"
