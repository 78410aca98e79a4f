"""Find a sheet's header (one to three rows, merged or not) and say what each column means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from rapidfuzz import fuzz

from minzheng_desktop.exchange.rosters.sheets import Row, Sheet
from minzheng_desktop.exchange.rosters.targets import IGNORED, Target, plain_title, short_title
from minzheng_desktop.values.ids import digest16

SAME, ALIAS, LIKE, REMEMBERED, CHOSEN, NONE = "同名", "别名", "相近", "记住的", "指定的", "不导入"

_DEEPEST = 40  # rows in which a header is looked for
_TALLEST = 3
_LIKENESS = 82.0
_DATA = re.compile(r"[0-9Xx]{15,}")
_OTHER_PEOPLE = re.compile(r"成员|监护|照料|护理人|代领|代办|配偶|父亲|母亲|子女|联系人|经办|赡养|妻子|丈夫")
_SCALE_WORDS = "年月日季户人次前后本上下原现新旧大小男女父母"


class Column(msgspec.Struct, frozen=True):
    """One column: its index from 0, its title as read (parts joined), the path it means ("" for none), and how
    that was known."""

    index: int
    title: str
    path: str = ""
    how: str = NONE


class Header(msgspec.Struct, frozen=True):
    """`first` and `last` are rows as the spreadsheet program numbers them."""

    first: int
    last: int
    columns: tuple[Column, ...]
    fingerprint: str

    def column_of(self, path: str) -> Column | None:
        """The column that means a path."""
        return next((c for c in self.columns if c.path == path), None)


def find_header(
    sheet: Sheet,
    targets: Mapping[str, Target],
    *,
    remembered: Mapping[str, Mapping[str, str]] | None = None,
    chosen: Mapping[str, str] | None = None,
) -> Header | None:
    """The likeliest header of a sheet, or None when no row looks like one.

    `remembered` holds {fingerprint: {title: path}} of earlier imports; `chosen` {title: path} overrides all.
    A header names at least two known columns, one of them a key of people (姓名 or 证号).
    """
    best: tuple[float, int, int, list[Column]] | None = None
    usable = [_is_text_row(row) for row in sheet.rows[:_DEEPEST]]
    for first in range(len(usable)):
        for height in range(1, _TALLEST + 1):
            last = first + height - 1
            if last >= len(usable) or not usable[last] or not usable[first]:
                break
            titles = join_titles(sheet, first + 1, last + 1)
            columns, score = _map_columns(titles, targets)
            score -= 0.3 * (height - 1)
            if best is None or score > best[0]:
                best = (score, first + 1, last + 1, columns)
    if best is None or not _enough(best[3]):
        return None
    _, first, last, columns = best
    first, last = _whole(sheet, first, last)
    return _settled(first, last, columns, targets, remembered or {}, chosen or {})


def _whole(sheet: Sheet, first: int, last: int) -> tuple[int, int]:
    """The header with the rows above and below that merged cells bind to it, three rows at most."""
    last = max(
        [last, *(r2 for r1, _, r2, _ in sheet.layout.merged if first <= r1 <= last < r2 < first + _TALLEST)]
    )
    width = max((len(row) for row in sheet.rows[first - 1 : last]), default=0)
    while first > 1 and last - first + 1 < _TALLEST:
        bound = any(
            r1 == first - 1 and (r2 >= first or c1 < c2 < c1 + width - 1)
            for r1, c1, r2, c2 in sheet.layout.merged
        )
        if not bound:
            break
        first -= 1
    return first, last


def join_titles(sheet: Sheet, first: int, last: int) -> list[tuple[str, ...]]:
    """The title of each column as its parts from top to bottom, merged cells filled, repetitions dropped."""
    width = max((len(sheet.rows[r - 1]) for r in range(first, last + 1)), default=0)
    grid = {(r, c): _cell_text(sheet.rows[r - 1], c) for r in range(first, last + 1) for c in range(width)}
    for r1, c1, r2, c2 in sheet.layout.merged:
        if r1 < first or r1 > last or (c2 - c1 + 1 >= width > 3):  # a line across the sheet is a heading
            continue
        for r in range(r1, min(r2, last) + 1):
            for c in range(c1, min(c2, width - 1) + 1):
                grid[r, c] = grid[r1, c1]
    return [
        tuple(dict.fromkeys(grid[r, c] for r in range(first, last + 1) if grid[r, c])) for c in range(width)
    ]


def _settled(
    first: int,
    last: int,
    columns: Sequence[Column],
    targets: Mapping[str, Target],
    remembered: Mapping[str, Mapping[str, str]],
    chosen: Mapping[str, str],
) -> Header:
    fingerprint = digest16("\n".join(c.title for c in columns).encode())
    settled = list(columns)
    for how, mapping in ((REMEMBERED, remembered.get(fingerprint, {})), (CHOSEN, chosen)):
        for place, column in enumerate(settled):
            path = mapping.get(column.title)
            if path is None or path == column.path or (path and path not in targets):
                continue
            settled = [
                msgspec.structs.replace(c, path="", how=NONE) if path and c.path == path else c
                for c in settled
            ]
            settled[place] = Column(column.index, column.title, path, how if path else NONE)
    return Header(first, last, tuple(settled), fingerprint)


def _enough(columns: Sequence[Column]) -> bool:
    known = [c for c in columns if c.path]
    return len(known) >= 2 and any(
        c.path.endswith((".name", ".id_number")) or c.path == "name" for c in known
    )


def _is_text_row(row: Row) -> bool:
    filled = [cell for cell in row if cell != "" and cell is not None]
    texts = [cell for cell in filled if isinstance(cell, str)]
    if not texts or len(filled) - len(texts) > 1:
        return False
    return not any(_DATA.search(text) for text in texts)


def _cell_text(row: Row, column: int) -> str:
    return plain_part(row[column]) if column < len(row) else ""


def plain_part(cell: Any) -> str:
    """A header cell as one line of text."""
    return "".join(cell.split()) if isinstance(cell, str) else ("" if cell in ("", None) else str(cell))


def _map_columns(
    titles: Sequence[tuple[str, ...]], targets: Mapping[str, Target]
) -> tuple[list[Column], float]:
    index = _index(targets)
    offers: list[tuple[float, int, str, str]] = []
    for place, parts in enumerate(titles):
        offers += [(-score, place, path, how) for score, path, how in _meanings(parts, index, targets)]
    columns = [Column(place, "".join(parts)) for place, parts in enumerate(titles)]
    taken: set[str] = set()
    total = 0.0
    for negative, place, path, how in sorted(offers):
        if columns[place].path or path in taken:
            continue
        taken.add(path)
        total -= negative
        columns[place] = Column(place, columns[place].title, path, how)
    ignored = sum(1 for c in columns if not c.path and short_title(c.title) in IGNORED)
    return columns, total + 0.2 * ignored


def _index(targets: Mapping[str, Target]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for path, target in targets.items():
        for title in target.titles:
            index.setdefault(title, []).append(path)
    return index


def _meanings(
    parts: tuple[str, ...], index: Mapping[str, list[str]], targets: Mapping[str, Target]
) -> list[tuple[float, str, str]]:
    """(score, path, how) of every meaning a title may have; exact on the whole title is best."""
    if not parts:
        return []
    whole, leaf = "".join(parts), parts[-1]
    found: list[tuple[float, str, str]] = []
    for text, worth in ((plain_title(whole), 1.0), (short_title(whole), 0.98)):
        for place, path in enumerate(index.get(text, ())):
            how = SAME if text == plain_title(targets[path].label) else ALIAS
            found.append((worth - 0.01 * place, path, how))
    if found or short_title(whole) in IGNORED:
        return found
    stranger = _OTHER_PEOPLE.search("".join(parts[:-1]))
    if len(parts) > 1 and not stranger:
        for text in (plain_title(leaf), short_title(leaf)):
            found += [(0.9 - 0.01 * n, path, ALIAS) for n, path in enumerate(index.get(text, ()))]
        if found:
            return found
    return _alike(short_title(whole), index)


def _alike(title: str, index: Mapping[str, list[str]]) -> list[tuple[float, str, str]]:
    if len(title) < 3:
        return []
    found = []
    for known, paths in index.items():
        if len(known) < 3:
            continue
        likeness = fuzz.ratio(title, known)
        if likeness >= _LIKENESS and not _differ_in_scale(title, known):
            found.append((likeness / 100 * 0.85, paths[0], LIKE))
        elif _contains(title, known):
            found.append((0.6, paths[0], LIKE))
    return found


def _contains(title: str, known: str) -> bool:
    """A known title with a few signs around it that do not name somebody else."""
    near = len(known) >= 4 and known in title and len(title) - len(known) <= 4
    return near and not _OTHER_PEOPLE.search(title.replace(known, "", 1))


def _differ_in_scale(a: str, b: str) -> bool:
    """年收入 and 月收入 are alike and not the same."""
    difference = set(a) ^ set(b)
    return any(c in _SCALE_WORDS for c in difference)
