"""Find a sheet's header (one to three rows, merged or not) and say what each column means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from rapidfuzz import fuzz

from minzheng_desktop.exchange.rosters.layout import column_letters
from minzheng_desktop.exchange.rosters.sheets import Row, Sheet
from minzheng_desktop.exchange.rosters.targets import IGNORED, Target, plain_title, short_title
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import digest16

SAME, ALIAS, LIKE, REMEMBERED, CHOSEN, NONE = "同名", "别名", "相近", "记住的", "指定的", "没认出"
BY_HAND = (REMEMBERED, CHOSEN)
ANY_LAYOUT = ""
"""The key of `remembered` under which corrections stand that hold for every layout: {column name: path}."""

_DEEPEST = 40  # rows in which a header is looked for
_TALLEST = 3
_LIKENESS = 82.0
_DAYS, _SHORTEST = frozenset(range(1, 32)), frozenset(range(1, 29))
_DATA = re.compile(r"[0-9Xx]{15,}")
_OTHER_PEOPLE = re.compile(r"成员|监护|照料|护理人|代领|代办|配偶|父亲|母亲|子女|联系人|经办|赡养|妻子|丈夫")
_SCALE_WORDS = "年月日季户人次前后本上下原现新旧大小男女父母"


class Column(msgspec.Struct, frozen=True):
    """One column: its index from 0, its title as read (parts joined), the path it means ("" for none), and how
    that was known. A column that was left out by hand has no path and a `how` of BY_HAND."""

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

    def names(self) -> tuple[str, ...]:
        """What each column is called where it must be told from the others."""
        return name_columns([c.title for c in self.columns])


class Choice(msgspec.Struct, frozen=True):
    """What a clerk decided about one sheet: column name → path ("" for 不导入), and the first and last row of the
    header as the spreadsheet program numbers them (None: as found)."""

    columns: Mapping[str, str] = {}
    header: tuple[int, int] | None = None


def name_columns(titles: Sequence[str]) -> tuple[str, ...]:
    """The title where it stands once; a repeated title with its letters, letters alone where there is no title."""
    return tuple(
        f"{column_letters(at)} 列"
        if not title
        else title
        if titles.count(title) == 1
        else f"{title}（{column_letters(at)} 列）"
        for at, title in enumerate(titles)
    )


def find_header(
    sheet: Sheet,
    targets: Mapping[str, Target],
    *,
    remembered: Mapping[str, Mapping[str, str]] | None = None,
    chosen: Choice | None = None,
    keys: Sequence[str] = (),
) -> Header | None:
    """The header of a sheet: the one chosen, one of an earlier import, else the likeliest; None when no row looks
    like one.

    `remembered` holds {fingerprint: {column name: path}} of earlier imports, and under ANY_LAYOUT what a clerk
    corrected in any of them; `chosen` overrides all. A likely header names at least two known columns, one of them a
    key of people (姓名 or 证号) or, where rows are of nobody, one of the form's `keys`.
    Raises UserError roster.doubled when the choice leaves two columns with one meaning,
    roster.header_row when the chosen rows do not exist.
    """
    known, chosen = remembered or {}, chosen or Choice()
    span = (
        _chosen_rows(sheet, chosen) or _remembered_rows(sheet, known) or _likeliest_rows(sheet, targets, keys)
    )
    if span is None:
        return None
    columns, _ = _map_columns(join_titles(sheet, *span), targets)
    return _settled(*span, columns, targets, known, chosen.columns)


def _chosen_rows(sheet: Sheet, chosen: Choice) -> tuple[int, int] | None:
    if chosen.header is None:
        return None
    first, last = chosen.header
    if not 1 <= first <= last <= len(sheet.rows) or last - first >= _TALLEST:
        raise UserError(
            "roster.header_row",
            f"工作表“{sheet.name}”有 {len(sheet.rows)} 行，表头不能是第 {first}–{last} 行（最多 {_TALLEST} 行高）。"
            "没有导入，换一行。",
        )
    return first, last


def _remembered_rows(sheet: Sheet, remembered: Mapping[str, Mapping[str, str]]) -> tuple[int, int] | None:
    """The rows that an earlier import had as its header, whatever they look like."""
    if not remembered.keys() - {ANY_LAYOUT}:
        return None
    for first in range(1, min(len(sheet.rows), _DEEPEST) + 1):
        for last in range(first, min(first + _TALLEST - 1, len(sheet.rows)) + 1):
            titles = ["".join(parts) for parts in join_titles(sheet, first, last)]
            if any(titles) and any(remembered.get(_fingerprint(titles), {}).values()):
                return first, last
    return None


def _likeliest_rows(
    sheet: Sheet, targets: Mapping[str, Target], keys: Sequence[str]
) -> tuple[int, int] | None:
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
    if best is None or not _enough(best[3], keys):
        return None
    return _whole(sheet, best[1], best[2])


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
    titles = [c.title for c in columns]
    fingerprint = _fingerprint(titles)
    names = name_columns(titles)
    settled = list(columns)
    layout = remembered.get(fingerprint)
    if layout is None:
        _recall(settled, names, targets, remembered.get(ANY_LAYOUT, {}))
    else:
        for place, name in enumerate(names):
            path = layout.get(name)
            if path is not None and path != settled[place].path and (not path or path in targets):
                _release(settled, path)
                settled[place] = Column(place, titles[place], path, REMEMBERED)
    for place, name in enumerate(names):
        if name in chosen and chosen[name] != settled[place].path:
            settled[place] = Column(place, titles[place], chosen[name], CHOSEN)
        elif chosen.get(name) == "" == settled[place].path:
            settled[place] = Column(place, titles[place], "", CHOSEN)
    _refuse_doubled(settled, names, targets)
    return Header(first, last, tuple(settled), fingerprint)


def _recall(
    settled: list[Column], names: Sequence[str], targets: Mapping[str, Target], by_hand: Mapping[str, str]
) -> None:
    """In a layout never seen, a correction holds where its meaning is not plainly another column's."""
    for place, name in enumerate(names):
        path = by_hand.get(name)
        if not path or path not in targets or path == settled[place].path:
            continue
        holder = next((c for c in settled if c.path == path), None)
        if holder is None or holder.how == LIKE:
            _release(settled, path)
            settled[place] = Column(place, settled[place].title, path, REMEMBERED)


def _release(settled: list[Column], path: str) -> None:
    for place, column in enumerate(settled):
        if path and column.path == path:
            settled[place] = Column(place, column.title)


def _refuse_doubled(settled: Sequence[Column], names: Sequence[str], targets: Mapping[str, Target]) -> None:
    first: dict[str, int] = {}
    for place, column in enumerate(settled):
        if column.path and first.setdefault(column.path, place) != place:
            both = f"“{names[first[column.path]]}”和“{names[place]}”两列都对应“{targets[column.path].label}”"
            raise UserError(
                "roster.doubled", f"{both}，一项只能对应一列。没有改动，先把其中一列改成不导入，或换一项。"
            )


def _fingerprint(titles: Sequence[str]) -> str:
    return digest16("\n".join(titles).encode())


def _enough(columns: Sequence[Column], keys: Sequence[str]) -> bool:
    known = [c for c in columns if c.path]
    of_nobody = not any(key.endswith(".id_number") for key in keys)
    return len(known) >= 2 and any(
        c.path.endswith((".name", ".id_number")) or c.path == "name" or (of_nobody and c.path in keys)
        for c in known
    )


def _is_text_row(row: Row) -> bool:
    filled = [cell for cell in row if cell != "" and cell is not None]
    days = {cell for cell in filled if not isinstance(cell, str) and cell in _DAYS}
    if days >= _SHORTEST:  # the days over a month sheet are titles
        filled = [cell for cell in filled if isinstance(cell, str) or cell not in _DAYS]
    texts = [cell for cell in filled if isinstance(cell, str)]
    if not texts or len(filled) - len(texts) > 1:
        return False
    return not any(_DATA.search(text) for text in texts)


def _cell_text(row: Row, column: int) -> str:
    return plain_part(row[column]) if column < len(row) else ""


def plain_part(cell: Any) -> str:
    """A header cell as one line of text."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
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
