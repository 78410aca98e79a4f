"""Where the columns of a ledger stand: widths from what they hold, one line a row or two.

Up to about fifteen columns fit on one line of A4 landscape. More are folded: what comes after the amount paid goes
on a second line under the inner columns, whose edges it shares; read left to right, line 1 then line 2, the
columns stay in exactly the clerks' order (domain §9.3). All measures here are millimetres.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

from minzheng_desktop.documents.fonts import Face, text_width
from minzheng_desktop.documents.ledger_model import Ledger, LedgerColumn, Value, sum_rows
from minzheng_desktop.documents.pen import GROUP_GAP, MM, SMALLEST, digit_groups
from minzheng_desktop.documents.setting import break_in_two
from minzheng_desktop.values.money import format_money_grouped

LEFT, WIDTH = 25.0, 262.0  # 25 for the binding, 10 at the right
TOP, BOTTOM = 26.5, 193.5
PADDING = 1.0  # from a rule to the text beside it
HEAD_SIZE = 8.5


class Style(NamedTuple):
    """How a kind of column is set: face, size, what is aligned, kerning of digit groups, and its usual width."""

    face: Face
    size: float
    align: str
    wish: float
    stretchy: float = 0.0  # share in what is left of the width
    gap: int = 0


STYLES: dict[str, Style] = {
    "seq": Style(Face.NUMBER, 8.5, "centre", 9.0),
    "village": Style(Face.TEXT, 8.5, "left", 17.0, 0.5),
    "name": Style(Face.TEXT, 9.5, "left", 22.5, 0.8),
    "id": Style(Face.NUMBER, 8.25, "centre", 31.7, 0.3, GROUP_GAP),
    "number": Style(Face.NUMBER, 8.25, "centre", 31.7, 0.3, 60),
    "account": Style(Face.NUMBER, 8.25, "centre", 33.0, 0.3, 60),
    "phone": Style(Face.NUMBER, 8.25, "left", 20.5, 0.2),
    "code": Style(Face.TEXT, 8.5, "centre", 9.0, 0.25),
    "count": Style(Face.NUMBER, 8.5, "centre", 9.0, 0.1),
    "money": Style(Face.NUMBER, 8.5, "right", 15.0, 0.5),
    "date": Style(Face.NUMBER, 8.25, "centre", 17.0, 0.25),
    "text": Style(Face.TEXT, 8.5, "left", 14.0, 1.0),
    "remark": Style(Face.TEXT, 8.0, "left", 12.0, 1.5),
    "sign": Style(Face.TEXT, 8.5, "left", 22.0, 1.5),
}
MAIN = Style(Face.HEAD, 10.0, "right", 19.0, 0.7)
_SPANNING = ("seq", "village", "name")
_REMARK_MAXIMUM = 52.0
_MEASURED = 300


class Place(NamedTuple):
    """One column on the page: `position` in the ledger, `line` 0 for both lines or 1 or 2, `x` its left edge."""

    position: int
    column: LedgerColumn
    style: Style
    x: float
    width: float
    line: int

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width


class Layout(NamedTuple):
    """All columns and the heights that follow. `edges` are the inner edges of line 1 that line 2 does not share."""

    places: tuple[Place, ...]
    folded: bool

    @property
    def row_height(self) -> float:
        """Height of one row."""
        if self.folded:
            return 9.0
        signed = any(place.column.kind == "sign" for place in self.places)
        return 8.4 if signed else 6.9  # a hand needs more room than type

    @property
    def first_line(self) -> float:
        """Height of line 1 of a row."""
        return 4.6 if self.folded else self.row_height

    @property
    def head_height(self) -> float:
        """Height of the table head."""
        return 13.8 if self.folded else 9.2

    @property
    def head_first_line(self) -> float:
        """Height of line 1 of the head."""
        return 8.6 if self.folded else 9.2


class _Need(NamedTuple):
    """Least width (text on two lines where that is allowed) and the width in which it stands well."""

    least: float
    wish: float


def style_of(column: LedgerColumn) -> Style:
    """The setting of a column."""
    return MAIN if column.main else STYLES[column.kind]


def number_width(number: str, style: Style) -> float:
    """Width of a grouped number in millimetres."""
    gaps = style.gap * (len(digit_groups(number)) - 1)
    return (text_width(number, style.face, style.size) + gaps * style.size / 1000) / MM


def lay_out(ledger: Ledger) -> Layout:
    """Choose widths and fold for a ledger; the same ledger always gets the same layout."""
    needs = [_need(ledger, index, column) for index, column in enumerate(ledger.columns)]
    if sum(0.4 * need.least + 0.6 * need.wish for need in needs) <= WIDTH:
        order = range(len(needs))
        widths = _spread([needs[i] for i in order], [style_of(ledger.columns[i]) for i in order], WIDTH)
        return Layout(_row_of_places(ledger.columns, order, widths, LEFT, 0), folded=False)
    return _fold(ledger, needs)


def _need(ledger: Ledger, index: int, column: LedgerColumn) -> _Need:
    style = style_of(column)
    head = max(_width(part, Face.HEAD, HEAD_SIZE) for part in head_lines(column.head)) + 1.2
    values = [row[index] for group in ledger.groups for row in group.rows]
    least, wish = _content(column, style, values)
    if column.kind == "seq":
        least = wish = _width("8" * len(str(max(ledger.row_count, 1))), style.face, style.size)
    if column.total and column.kind == "money":
        total = abs(sum(sum_rows(ledger.columns, g.rows).values[index] for g in ledger.groups))
        size = style.size if column.main else 8.5
        least = wish = max(wish, _width(format_money_grouped(total), Face.HEAD, size))
    least, wish = least + 2 * PADDING, wish + 2 * PADDING
    return _Need(max(least, head), max(wish, head, style.wish))


def _content(column: LedgerColumn, style: Style, values: Sequence[Value]) -> tuple[float, float]:
    if column.kind == "money":
        numbers = [value for value in values if isinstance(value, int)]
        extreme = max(numbers, key=abs, default=0)
        width = _width(format_money_grouped(extreme), style.face, style.size)
        return width, width
    if column.kind == "count":
        widest = max((str(value or "") for value in values), key=len, default="")
        width = _width(widest, style.face, style.size)
        return width, width
    texts = _longest({value for value in values if isinstance(value, str)} | {column.longest})
    if style.gap:
        width = max(number_width(text, style) for text in texts)
        return width, width
    wish = max(_width(text, style.face, style.size) for text in texts)
    if column.kind == "remark":
        least = max(_least_width(text, style) for text in texts) * SMALLEST / style.size
        return min(least, _REMARK_MAXIMUM), min(wish, _REMARK_MAXIMUM)
    if column.kind in ("date", "phone", "code"):
        return (wish * 0.9 if column.kind == "code" else wish), wish
    least = max(_least_width(text, style) for text in texts)
    if column.kind == "name":
        return least, least  # two lines are well for a long name
    return least, wish


def _longest(texts: set[str]) -> list[str]:
    """The texts worth measuring: all of a few, else some of those with the most characters."""
    if len(texts) <= _MEASURED:
        return sorted(texts)
    longest = max(map(len, texts))
    return sorted(text for text in texts if len(text) >= longest - 1)[:_MEASURED]


def _least_width(text: str, style: Style) -> float:
    return max(_width(half, style.face, style.size) for half in break_in_two(text, style.face))


def _width(text: str, face: Face, size: float) -> float:
    return text_width(text, face, size) / MM


def head_lines(head: str) -> tuple[str, ...]:
    """A head on one line or two: a bracket begins a line; from five characters on it is halved."""
    if "（" in head[1:]:
        cut = head.index("（")
        return head[:cut], head[cut:]
    return break_in_two(head, Face.HEAD) if len(head) >= 4 else (head,)


def _spread(needs: Sequence[_Need], styles: Sequence[Style], width: float) -> list[float]:
    """Widths that fill `width`: the least first, then towards the wish, the rest to the stretchy columns."""
    least = sum(need.least for need in needs)
    if least > width:
        return [need.least * width / least for need in needs]
    wished = sum(need.wish for need in needs)
    if wished >= width:
        share = (width - least) / (wished - least)
        return [need.least + (need.wish - need.least) * share for need in needs]
    stretchy = sum(style.stretchy for style in styles) or 1.0
    over = width - wished
    return [need.wish + over * style.stretchy / stretchy for need, style in zip(needs, styles, strict=True)]


def _row_of_places(
    columns: Sequence[LedgerColumn], order: Sequence[int], widths: Sequence[float], x: float, line: int
) -> tuple[Place, ...]:
    places = []
    for index, width in zip(order, widths, strict=True):
        places.append(Place(index, columns[index], style_of(columns[index]), x, width, line))
        x += width
    return tuple(places)


def _fold(ledger: Ledger, needs: Sequence[_Need]) -> Layout:
    columns = ledger.columns
    spanning = 0
    while spanning < len(columns) and columns[spanning].kind in _SPANNING:
        spanning += 1
    main = ledger.main_column
    inner = [i for i in range(spanning, len(columns)) if i != main]
    upper = [i for i in inner if main is not None and i < main] or inner[: (len(inner) + 1) // 2]
    lower = inner[len(upper) :]
    fixed = [*range(spanning), *([main] if main is not None else [])]
    while len(upper) > 1 and sum(needs[i].least for i in (*fixed, *upper)) > WIDTH:
        lower.insert(0, upper.pop())
    order = [*range(spanning), *upper, *([main] if main is not None else [])]
    first = _spread([needs[i] for i in order], [style_of(columns[i]) for i in order], WIDTH)
    width_of = dict(zip(order, first, strict=True))
    cuts = _cut([width_of[i] for i in upper], [needs[i] for i in lower])
    raised = dict(enumerate(needs))
    for index, (start, end) in zip(lower, cuts, strict=True):
        under = upper[start:end]
        # Texts of the second line may be set smaller; numbers may not, so their full width is asked for.
        style = style_of(columns[index])
        wish = needs[index].wish * (1.0 if style.gap or style.align == "right" else SMALLEST / style.size)
        lack = wish - sum(needs[i].least for i in under)
        if lack > 0:
            for i in under:
                grown = raised[i].least + lack / len(under)
                raised[i] = _Need(grown, max(grown, raised[i].wish))
    widths = _spread([raised[i] for i in order], [style_of(columns[i]) for i in order], WIDTH)
    line_of = dict.fromkeys(fixed, 0) | dict.fromkeys(upper, 1)
    places = [
        place._replace(line=line_of[place.position])
        for place in _row_of_places(columns, order, widths, LEFT, 0)
    ]
    above = [place for place in places if place.line == 1]
    for index, (start, end) in zip(lower, cuts, strict=True):
        x, right = above[start].x, above[end - 1].right
        style = style_of(columns[index])
        if columns[index].kind == "name":
            style = style._replace(size=8.5)  # the head of the household is the name to find, not this one
        places.append(Place(index, columns[index], style, x, right - x, 2))
    return Layout(tuple(places), folded=True)


def _cut(widths: Sequence[float], needs: Sequence[_Need]) -> list[tuple[int, int]]:
    """Divide the columns of line 1 into consecutive stretches, one for each column of line 2.

    The least total of (squared) missing width wins; stretches cover all columns.
    """
    sums = [0.0]
    for width in widths:
        sums.append(sums[-1] + width)

    @functools.cache
    def best(start: int, number: int) -> tuple[float, tuple[int, ...]]:
        if number == len(needs):
            return (0.0, ()) if start == len(widths) else (float("inf"), ())
        found: tuple[float, tuple[int, ...]] = (float("inf"), ())
        for end in range(start + 1, len(widths) + 1):
            have = sums[end] - sums[start]
            lack = max(0.0, needs[number].wish - have) ** 2 + 4 * max(0.0, needs[number].least - have) ** 2
            spare = 0.002 * max(0.0, have - needs[number].wish) ** 2
            rest, ends = best(end, number + 1)
            if lack + spare + rest < found[0]:
                found = (lack + spare + rest, (end, *ends))
        return found

    if not needs:
        return []
    _lack, ends = best(0, 0)
    return list(zip((0, *ends[:-1]), ends, strict=True))
