"""Type-setting: one line into a cell, a Chinese paragraph into lines.

Too long for its cell, a text is first set smaller (not under 7.5 pt), then narrower (not under 80 %), then on two
lines; it is never clipped, and what still does not fit is reported. Widths and sizes are in points.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from minzheng_desktop.documents.fonts import Face, text_width
from minzheng_desktop.documents.pen import NARROWEST, SMALLEST

_STEP = 0.25
_TOKENS = re.compile(r"[0-9A-Za-z@#%&+\-*/=_.,:·¥￥$]+|\s|.", re.DOTALL)
_HANGING = "，。、；：！？"
_NO_START = _HANGING + "）》〉」』】〕］｝”’…—·%℃,.!?)]}"
# Words of two or three characters that a broken label keeps whole on its second line.
_TAILS = (
    "月收入", "年收入", "关系", "状况", "能力", "原因", "情况", "金额", "日期", "年月", "月份", "人口", "收入", "标准",
    "电话", "姓名", "类别", "等级", "地址", "方式", "依据", "人员", "次数", "月数", "单价", "签字", "意见", "号码",
)  # fmt: skip
_NO_END = "（《〈「『【〔［｛“‘([{"


class Fitted(NamedTuple):
    """How a text goes into its cell. `fits` is false when even two narrow lines are too wide."""

    lines: tuple[str, ...]
    size: float
    stretch: float
    fits: bool


class Line(NamedTuple):
    """One line of a paragraph: its text, the indent before it and the spacing that brings it to the measure."""

    text: str
    indent: float
    spacing: float


def fit(text: str, face: Face, size: float, width: float, *, lines: int = 1) -> Fitted:
    """Choose size, narrowing and line break for a text in a cell of a width, on at most `lines` lines (1 or 2)."""
    natural = text_width(text, face, 1.0)
    if natural * size <= width:
        return Fitted((text,), size, 1.0, True)
    smallest = min(size, SMALLEST)
    if natural * smallest <= width:
        return Fitted((text,), _step_down(width / natural, smallest), 1.0, True)
    if natural * smallest * NARROWEST <= width:
        return Fitted((text,), smallest, width / (natural * smallest), True)
    if lines == 1:
        return Fitted((text,), smallest, NARROWEST, False)
    halves = break_in_two(text, face)
    widest = max(text_width(half, face, 1.0) for half in halves)
    if widest * size <= width:
        return Fitted(halves, size, 1.0, True)
    if widest * smallest <= width:
        return Fitted(halves, _step_down(width / widest, smallest), 1.0, True)
    stretch = max(NARROWEST, width / (widest * smallest))
    return Fitted(halves, smallest, stretch, widest * smallest * NARROWEST <= width)


def _step_down(size: float, smallest: float) -> float:
    return max(smallest, int(size / _STEP) * _STEP)


def break_in_two(text: str, face: Face) -> tuple[str, ...]:
    """Two halves: after the `·` of an ethnic name that divides it best, before a bracket or a last word, or in the
    middle.
    """
    if len(text) < 2:
        return (text,)
    places = [i + 1 for i, c in enumerate(text[:-1]) if c == "·"]
    places = places or [i for i, c in enumerate(text) if i and c in "（(〔"]
    tail = next((len(t) for t in _TAILS if text.endswith(t) and 2 * len(t) + 3 > len(text) > len(t)), 0)
    places = places or ([len(text) - tail] if tail else [])
    places = places or [
        i for i in range(1, len(text)) if text[i] not in _NO_START and text[i - 1] not in _NO_END
    ]
    if not places:
        places = [len(text) // 2]
    best = min(places, key=lambda i: max(text_width(text[:i], face, 1.0), text_width(text[i:], face, 1.0)))
    return text[:best], text[best:]


def break_paragraph(
    text: str, face: Face, size: float, measure: float, *, indent: float = 2.0
) -> tuple[Line, ...]:
    """Lines of a paragraph, the first indented by so many characters; every line but the last fills the measure.

    Digits and Latin letters stay together; ，。、 hang out by up to half an em rather than begin a line; an opening
    bracket never ends one.
    """
    lines: list[Line] = []
    current: list[str] = []
    room = measure - indent * size
    for token in _split_long(_TOKENS.findall(text), face, size, measure):
        width = text_width("".join(current) + token, face, size)
        if width <= room or not current:
            current.append(token)
            continue
        if token in _HANGING and width - room <= size / 2 + 0.01:
            current.append(token)
            continue
        if token in _NO_START and len(current) == 1:
            current.append(token)  # a long number fills the line alone: drawn together a little
            continue
        carried: list[str] = []
        if token in _NO_START and len(current) > 1:
            carried.insert(0, current.pop())
        while len(current) > 1 and (current[-1] in _NO_END or (carried and carried[0] in _NO_START)):
            carried.insert(0, current.pop())
        if token.isspace() and not carried:
            token = ""
        lines.append(_full_line(current, face, size, room, measure))
        current = [*carried, token] if token else carried
        room = measure
    if current or not lines:
        lines.append(Line("".join(current), measure - room, 0.0))
    return tuple(lines)


def _full_line(tokens: list[str], face: Face, size: float, room: float, measure: float) -> Line:
    text = "".join(tokens).rstrip()
    target = room
    if text and text[-1] in _HANGING:
        target += max(0.0, min(size / 2, text_width(text, face, size) - room))
    gaps = len(text) - 1
    spacing = (target - text_width(text, face, size)) / gaps if gaps > 0 else 0.0
    return Line(text, measure - room, max(-0.06 * size, min(spacing, 0.35 * size)))


def _split_long(tokens: list[str], face: Face, size: float, measure: float) -> list[str]:
    """Tokens, those wider than a whole line cut into characters."""
    result: list[str] = []
    for token in tokens:
        if len(token) > 1 and text_width(token, face, size) > measure:
            result.extend(token)
        else:
            result.append(token)
    return result
