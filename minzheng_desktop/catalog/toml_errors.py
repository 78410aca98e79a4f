"""Reading TOML with messages for a clerk: where, what, and which full-width character caused it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from minzheng_desktop.catalog.lines import LineMap
from minzheng_desktop.catalog.problems import CatalogProblem
from minzheng_desktop.catalog.sources import Source

FULL_WIDTH = {
    "，": ",", "“": '"', "”": '"', "‘": "'", "’": "'", "＝": "=", "：": ":", "（": "(", "）": ")",
    "【": "[", "】": "]", "［": "[", "］": "]", "｛": "{", "｝": "}", "＃": "#", "．": ".", "　": " ",
    "＜": "<", "＞": ">", "！": "!", "＆": "&", "｜": "|", "；": ";", "＋": "+", "－": "-", "＊": "*", "／": "/",
}  # fmt: skip

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_MESSAGES = (
    (re.compile(r"^Invalid statement"), "这一行不是“键 = 值”，也不是“[段名]”"),
    (re.compile(r"^Expected '=' after a key"), "键的后面缺少等号 ="),
    (re.compile(r"^Unclosed inline table"), "花括号 {…} 没有写完：查引号是否成对，各项之间是否用半角逗号"),
    (re.compile(r"^Unclosed array"), "方括号 […] 没有写完：查上一行末尾是否缺半角逗号"),
    (re.compile(r"^(Illegal character|Unterminated string)"), "引号没有成对，或引号里换了行"),
    (re.compile(r"^Unescaped '\\\\'|^Unescaped"), "双引号里的反斜杠要写两个，或把引号换成单引号"),
    (re.compile(r"^Cannot overwrite a value"), "同一个键写了两次"),
    (re.compile(r"^Cannot declare .* twice"), "同一个段名写了两次，或前面已用一行 {…} 写过"),
    (re.compile(r"^Cannot mutate immutable namespace|^Cannot redefine|^Cannot declare"),
     "一行写完的 {…} 后面不能再用 […] 补写"),
    (re.compile(r"^Duplicate inline table key"), "花括号里同一个键写了两次"),
    (re.compile(r"^Invalid value"), "等号后面的值写法不对：文字要加引号，真假写 true、false，日期写 2024-09-01"),
    (re.compile(r"^Expected newline or end of document"), "值的后面还有多余的内容"),
    (re.compile(r"^Invalid initial character for a key"), "这里应当是一个键名（英文小写、数字、下划线）"),
    (re.compile(r"^Expected '\]"), "段名的方括号没有写完"),
    (re.compile(r"^Invalid hex|^Invalid date"), "数字或日期的写法不对"),
)  # fmt: skip


class TomlFile:
    """A decoded file with its lines; ``at(path)`` makes a problem at a dotted path."""

    def __init__(self, source: Source, data: dict[str, Any], lines: LineMap) -> None:
        self.source = source
        self.data = data
        self.lines = lines

    def at(self, path: str, message: str, waiting_for: str = "") -> CatalogProblem:
        return CatalogProblem(self.source.name, self.lines.line_of(path), path, message, waiting_for)


def parse_toml(source: Source) -> TomlFile | CatalogProblem:
    """Decode the file, or say where and why it cannot be."""
    try:
        data = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        return _explain(source, str(error))
    except RecursionError:
        return CatalogProblem(source.name, 0, "", "括号嵌套太深")
    return TomlFile(source, data, LineMap(source.text))


def _explain(source: Source, text: str) -> CatalogProblem:
    place = _PLACE.search(text)
    all_lines = source.text.split("\n")
    line, column = (int(place.group(1)), int(place.group(2))) if place else (len(all_lines), 1)
    meaning = next(
        (message for pattern, message in _MESSAGES if pattern.search(text)), f"写法不合 TOML（{text}）"
    )
    found = full_width_in(all_lines, line, column)
    if found:
        line, column, sign = found
        meaning = f"第 {column} 个字“{sign}”是全角符号，要写半角“{FULL_WIDTH[sign]}”"
    elif re.match(r"\s*[\u4e00-\u9fff]+\s*=", all_lines[min(line, len(all_lines)) - 1]):
        meaning = '中文的键要加引号，例如 "城镇" = "1"'
    elif place:
        meaning = f"第 {column} 个字处，{meaning}"
    return CatalogProblem(source.name, line, _key_on(all_lines, line), meaning)


def full_width_in(lines: list[str], line: int, column: int) -> tuple[int, int, str] | None:
    """The full-width sign that caused an error at line and column (both from 1): (line, column, sign).

    The error may be noticed only at the end of the line or on the next one, so the signs outside quotation
    marks on the line, then on the one before, are taken when the exact place shows none.
    """
    if (
        0 < line <= len(lines)
        and 0 < column <= len(lines[line - 1])
        and lines[line - 1][column - 1] in FULL_WIDTH
    ):
        return line, column, lines[line - 1][column - 1]
    for number in (line, line - 1):
        if not 0 < number <= len(lines):
            continue
        text = lines[number - 1]
        bare = re.sub(r'"(?:[^"\\]|\\.)*"|' + r"'[^']*'", lambda found: " " * len(found.group()), text)
        bare = bare.partition("#")[0]
        for at, sign in enumerate(bare, start=1):
            if sign in FULL_WIDTH and sign != "　":
                return number, at, sign
    return None


def _key_on(lines: list[str], line: int) -> str:
    if not 0 < line <= len(lines):
        return ""
    found = re.match(r"\s*([\w.\-\"]+)\s*[=＝]", lines[line - 1])
    return found.group(1) if found else ""
