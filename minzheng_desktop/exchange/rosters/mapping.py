"""列对应: how each sheet of a roster is read, for a clerk to look at and correct; corrections given in words."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.exchange.rosters.cells import is_blank
from minzheng_desktop.exchange.rosters.cleaned import Chosen
from minzheng_desktop.exchange.rosters.cleaning import holds_values, key_paths, targets_of
from minzheng_desktop.exchange.rosters.headers import BY_HAND, Choice, Header, find_header
from minzheng_desktop.exchange.rosters.layout import column_letters
from minzheng_desktop.exchange.rosters.planning import remembered_columns
from minzheng_desktop.exchange.rosters.sheets import Row, Sheet, Workbook
from minzheng_desktop.exchange.rosters.targets import Target, plain_title, subject_root
from minzheng_desktop.store.records import form_of
from minzheng_desktop.store.unit import Reading
from minzheng_desktop.values.accounts import mask_account
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import mask_id_number

LEFT_OUT = "不导入"
SAMPLES = 3
TOP_ROWS = 40
"""Rows of a sheet among which its header is picked by hand."""
_LOOKED_AT = 200  # rows in which samples are sought
_LONG_NUMBER = re.compile(r"[0-9]{11,}[Xx]?")
_ROOTS = {"members": "成员", "payee": "代领人", "account": "发放账户", "household": "户"}


class Meaning(msgspec.Struct, frozen=True):
    """Something a column may mean: its path, and its name as it stands alone in a list."""

    path: str
    label: str
    compared: bool = False
    """Only held against what the program works out, never written."""
    key: bool = False
    """Without it no row can be told from another."""


class ColumnMapping(msgspec.Struct, frozen=True):
    """One column: its name (unique in the sheet), letters as the spreadsheet program shows them, what it means
    ("" for nothing), how that was known, and the first values under it, long numbers masked."""

    name: str
    letters: str
    path: str
    how: str
    samples: tuple[str, ...]


class SheetMapping(msgspec.Struct, frozen=True):
    """One sheet: rows of its header (None when none was found), its columns that hold anything, its first rows as
    text, and what stands in the way of reading it ("" for nothing)."""

    name: str
    header: tuple[int, int] | None
    columns: tuple[ColumnMapping, ...]
    top: tuple[tuple[str, ...], ...]
    missing: str = ""


class RosterMapping(msgspec.Struct, frozen=True):
    """Every sheet that holds anything, and what columns may mean, the form's own order."""

    sheets: tuple[SheetMapping, ...]
    meanings: tuple[Meaning, ...]

    def label(self, path: str) -> str:
        """What a path is called, 不导入 for none."""
        return next((m.label for m in self.meanings if m.path == path), path) if path else LEFT_OUT


def map_roster(r: Reading, book: Workbook, *, form: str, chosen: Chosen | None = None) -> RosterMapping:
    """How a workbook is read for a form, with what the clerk chose.

    Raises UserError unknown_form, roster.no_import, and as `headers.find_header` does for `chosen`.
    """
    spec = form_of(r, form)
    targets = targets_of(spec, r.store.catalog)
    remembered = remembered_columns(r, form)
    keys = key_paths(spec, targets)
    meanings = name_meanings(spec, targets)
    labels = {m.path: m.label for m in meanings}
    sheets = []
    for sheet in book.sheets:
        if not any(not is_blank(cell) for row in sheet.rows for cell in row):
            continue
        choice = (chosen or {}).get(sheet.name)
        header = find_header(sheet, targets, remembered=remembered, chosen=choice, keys=keys)
        missing = "没有找到表头" if header is None else ""
        if header is not None:
            lacking = [labels[key] for key in keys if header.column_of(key) is None]
            missing = f"没有“{'”“'.join(lacking)}”一列" if lacking else ""
        sheets.append(
            SheetMapping(
                sheet.name,
                (header.first, header.last) if header else None,
                _columns(sheet, header) if header else (),
                tuple(_texts(row) for row in sheet.rows[:TOP_ROWS]),
                missing,
            )
        )
    return RosterMapping(tuple(sheets), meanings)


def name_meanings(form: Form, targets: Mapping[str, Target]) -> tuple[Meaning, ...]:
    """Every meaning with a name of its own: those that share a label say whose they are, or in which section."""
    keys = key_paths(form, targets)
    root = subject_root(form)
    labels = {path: target.label for path, target in targets.items()}
    for tell in (_whose, _section, _path):
        counts = Counter(labels.values())
        labels = {p: tell(form, p, label) if counts[label] > 1 else label for p, label in labels.items()}
    return tuple(
        Meaning(path, labels[path], target.compared, path in keys or path == f"{root}.name")
        for path, target in targets.items()
    )


def _whose(form: Form, path: str, label: str) -> str:
    head, dot, _ = path.partition(".")
    if not dot or head == subject_root(form):
        return label
    own = form.fields.get(head)
    return f"{_ROOTS.get(head) or (own.label if own else head)}{label}"


def _section(form: Form, path: str, label: str) -> str:
    title = form.section_of(path).title if path in form.fields else "人口登记"
    return f"{label}（{title}）"


def _path(form: Form, path: str, label: str) -> str:
    return f"{label}（{path}）"


def _columns(sheet: Sheet, header: Header) -> tuple[ColumnMapping, ...]:
    return tuple(
        ColumnMapping(
            name,
            column_letters(column.index),
            column.path,
            LEFT_OUT if column.how in BY_HAND and not column.path else column.how,
            _samples(sheet, header, column.index),
        )
        for name, column in zip(header.names(), header.columns, strict=True)
        if column.title or holds_values(sheet, header, column.index)
    )


def _samples(sheet: Sheet, header: Header, column: int) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for row in sheet.rows[header.last : header.last + _LOOKED_AT]:
        if column < len(row) and not is_blank(row[column]):
            found[masked_text(row[column])] = None
            if len(found) == SAMPLES:
                break
    return tuple(found)


def _texts(row: Row) -> tuple[str, ...]:
    return tuple("" if is_blank(cell) else masked_text(cell) for cell in row)


def masked_text(cell: Any) -> str:
    """A cell as a line of text, ids, accounts and telephone numbers masked."""
    text = f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)
    return _LONG_NUMBER.sub(lambda found: _mask(found[0]), " ".join(text.split()))


def _mask(number: str) -> str:
    return mask_id_number(number) if len(number) in (15, 18) else mask_account(number)


# -- corrections in words ----------------------------------------------------------------------------------------


def read_choices(
    r: Reading, book: Workbook, *, form: str, columns: Sequence[str] = (), headers: Sequence[str] = ()
) -> dict[str, Choice]:
    """Corrections as a command gives them, by sheet.

    `columns` are "表头=path" (or =the field's name, or =不导入), true for every sheet with such a column; `headers` are
    "3", "3-4" (every sheet) or "工作表=3-4". Raises UserError roster.map (what cannot be read, with the nearest words)
    and roster.doubled.
    """
    rows = _header_rows(book, headers)
    if not columns:
        return {sheet: Choice(header=span) for sheet, span in rows.items()}
    mapped = map_roster(
        r, book, form=form, chosen={sheet: Choice(header=span) for sheet, span in rows.items()}
    )
    wanted: dict[str, str] = {}
    for words in columns:
        title, sign, meaning = words.rpartition("=")
        if not sign or not title.strip():
            raise UserError(
                "roster.map", f"“{words}”不是“表头=字段”的写法，例如 卡号=account.number。没有导入。"
            )
        name = _named(title, (c.name for sheet in mapped.sheets for c in sheet.columns))
        path = _meant(meaning.strip(), mapped.meanings)
        if wanted.setdefault(name, path) != path:
            raise UserError("roster.map", f"“{name}”指定了两次，意思不同。没有导入，留下一个。")
    return {
        sheet.name: Choice(
            {c.name: wanted[c.name] for c in sheet.columns if c.name in wanted}, rows.get(sheet.name)
        )
        for sheet in mapped.sheets
    }


def _header_rows(book: Workbook, headers: Sequence[str]) -> dict[str, tuple[int, int]]:
    names = [sheet.name for sheet in book.sheets]
    found: dict[str, tuple[int, int]] = {}
    for words in headers:
        sheet, _, rows = words.rpartition("=")
        read = re.fullmatch(r"\s*([0-9]+)\s*(?:[-–—~]\s*([0-9]+)\s*)?", rows)
        if read is None:
            raise UserError(
                "roster.map", f"表头的行写成“{words}”认不出，写 3 或 3-4，或 工作表=3-4。没有导入。"
            )
        if sheet and sheet not in names:
            raise UserError(
                "roster.map", f"没有叫“{sheet}”的工作表，这个文件有：{'、'.join(names)}。没有导入。"
            )
        span = int(read[1]), int(read[2] or read[1])
        found.update((name, span) for name in ([sheet] if sheet else names))
    return found


def _named(title: str, names: Iterable[str]) -> str:
    """The column with a title; the lower part of a two-row title is enough where only one column ends so."""
    known = {plain_title(name): name for name in names}
    wanted = plain_title(title)
    ending = [name for plain, name in known.items() if wanted and plain.endswith(wanted)]
    if wanted in known:
        return known[wanted]
    if len(ending) == 1:
        return ending[0]
    called = f"不止一列叫“{title.strip()}”" if ending else f"没有叫“{title.strip()}”的列"
    have = f"这个文件的列有：{'、'.join(ending or known.values())}" if known else "这个文件里没有找到表头"
    raise UserError("roster.map", f"{called}。没有导入；{have}。")


def _meant(words: str, meanings: Sequence[Meaning]) -> str:
    if words in ("", LEFT_OUT):
        return ""
    labels = [m.path for m in meanings if m.label == words]
    if any(m.path == words for m in meanings):
        return words
    if len(labels) == 1:
        return labels[0]
    near = difflib.get_close_matches(
        words, [*(m.path for m in meanings), *(m.label for m in meanings)], 3, 0.4
    )
    hint = f"，最像的有：{'、'.join(near)}" if near else ""
    raise UserError("roster.map", f"没有叫“{words}”的字段{hint}。没有导入，写字段的代码、名称或 {LEFT_OUT}。")
