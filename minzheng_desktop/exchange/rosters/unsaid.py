"""What a roster does not say in a column because everybody in the office knows it: 城市 or 农村, 集中 or 分散.

A clerk's roster has no column 城乡类别; its title, sheet or file name says 农村低保. Where even that is silent, the
amount tells (only one standard leads to it), else the kind of village; that last one is a warning on every row. A row
for which nothing tells stays without a value, and the planner says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.exchange.rosters import lines
from minzheng_desktop.exchange.rosters.amounts import Reckoner
from minzheng_desktop.exchange.rosters.cleaned import Cleaned, CleanRow, RowProblem, SheetResult

URBAN_RURAL, URBAN, RURAL = "urban_rural", "1", "2"
"""The code list of 城乡 and its codes."""
SAMPLE = 300
"""Rows that are held against each standard when the month is sought."""
FIRST_VILLAGE_COMMITTEE = 200
"""Village codes (GB/T 10114): 001–199 居民委员会, 200–399 村民委员会."""


def unsaid_fields(form: Form, filled: Iterable[str]) -> tuple[Field, ...]:
    """Choices that a form always requires, that no column of the roster feeds and that have no default."""
    known = {*filled, *(form.import_.set if form.import_ else ())}
    return tuple(
        f
        for path, f in form.top_fields().items()
        if f.required
        and f.choices
        and path not in known
        and f.default is None
        and not (f.computed or f.relevant or f.required_at)
    )


def supply(
    cleaned: Cleaned,
    fields: tuple[Field, ...],
    form: Form,
    catalog: Catalog,
    *,
    path: Path,
    reckoner: Reckoner,
) -> Cleaned:
    """The same rows with the unsaid choices filled in where something tells, and each filling said."""
    if not fields:
        return cleaned
    teller = _Teller(form, catalog, reckoner)
    problems = list(cleaned.problems)
    sheets = []
    for sheet in cleaned.sheets:
        rows = list(sheet.rows)
        for field in fields:
            rows, said = teller.tell(field, sheet, rows, path)
            problems += [p for p in said if p not in problems]
        sheets.append(msgspec.structs.replace(sheet, rows=tuple(rows)))
    return msgspec.structs.replace(cleaned, sheets=tuple(sheets), problems=tuple(problems))


def fitting_month(
    cleaned: Cleaned, form: Form, catalog: Catalog, *, area: str, today: date, fields: tuple[Field, ...]
) -> str | None:
    """The first month of the standards that most of the roster's amounts agree with; None where they do not tell.

    For a roster whose titles name no month: its people receive already, at the latest since those standards.
    """
    if form.benefit is None:
        return None
    book = catalog.rates
    codes = {c for named in form.benefit.rates for c in (book.under(named) or (named,))}
    starts = {
        v.valid_from[:7] for code in codes for v in book.versions(code) if v.valid_from <= today.isoformat()
    }
    sample = [row.values for row in cleaned.rows() if not row.rejected][:SAMPLE]
    best, most = None, 0
    for month in sorted(starts):
        teller = _Teller(form, catalog, Reckoner(form, catalog, area=area, month=month))
        fitting = sum(teller.fits(values, fields) for values in sample)
        if fitting >= max(most, 1):
            best, most = month, fitting
    return best if most * 2 >= len(sample) else None


class _Teller:
    def __init__(self, form: Form, catalog: Catalog, reckoner: Reckoner) -> None:
        self._catalog = catalog
        self._reckoner = reckoner
        self._defaults = {p: f.default for p, f in form.top_fields().items() if f.default is not None}
        fills = form.benefit.fills if form.benefit else {}
        self._amounts = tuple((part, target) for part, target in fills.items() if part in ("total", "base"))

    def tell(
        self, field: Field, sheet: SheetResult, rows: list[CleanRow], path: Path
    ) -> tuple[list[CleanRow], list[RowProblem]]:
        """Rows with the field filled, and what to say of the sheet as a whole."""
        if not rows or all(field.path in row.values for row in rows):
            return rows, []
        title, found = _in_titles(field, sheet, path)
        if found:
            message = f"没有“{field.label}”一列，按{title}取“{_label(field, found)}”"
            said = [RowProblem(sheet.name, 0, "", "info", message, "unsaid.title")]
            return [_with(row, field, found) for row in rows], said
        return [self._tell_row(field, row) for row in rows], []

    def _tell_row(self, field: Field, row: CleanRow) -> CleanRow:
        if field.path in row.values:
            return row
        code = self._by_amount(field, row.values)
        if code:
            return _with(row, field, code, "info", "与花名册金额相符的标准")
        code = self._by_village(field, row.values)
        if code:
            return _with(row, field, code, "warning", "村（社区）的性质")
        return row

    def _by_amount(self, field: Field, values: Mapping[str, Any]) -> str:
        """The only code with which the rule gives the amount that the roster states; else empty."""
        if field.choices is None:
            return ""
        fitting = [
            code for code in field.choices.choices() if self._agrees({**values, field.path: code}, values)
        ]
        return fitting[0] if len(fitting) == 1 else ""

    def fits(self, values: Mapping[str, Any], fields: tuple[Field, ...]) -> bool:
        """Whether the rule gives the amount that a row states, whichever the unsaid choice is."""
        open_fields = [f for f in fields if f.choices and f.path not in values]
        if not open_fields:
            return self._agrees(values, values)
        field = open_fields[0]
        codes = field.choices.choices() if field.choices else {}
        return any(self._agrees({**values, field.path: code}, values) for code in codes)

    def _agrees(self, doc: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
        """Whether the base amount (else the total) of the document is the one that the row states."""
        stated = {part: values[path] for part, path in self._amounts if values.get(path) is not None}
        if not stated:
            return False
        amounts, _ = self._reckoner.fills(self._reckoner.inputs({**self._defaults, **doc}, {}))
        part = "base" if "base" in stated else "total"
        return bool(amounts.get(part) == stated[part])

    def _by_village(self, field: Field, values: Mapping[str, Any]) -> str:
        village = values.get("village")
        if field.choices is None or field.choices.key != URBAN_RURAL or not village:
            return ""
        return RURAL if int(str(village)[-3:]) >= FIRST_VILLAGE_COMMITTEE else URBAN


def _in_titles(field: Field, sheet: SheetResult, path: Path) -> tuple[str, str]:
    """(where it was found, the code) of the only code that the sheet's name, its titles or the file's name say."""
    titles = [s.text for s in sheet.skipped if s.reason == lines.TITLE]
    texts = [("工作表名", sheet.name), *(("表题", text) for text in titles), ("文件名", path.stem)]
    for where, text in texts:
        found = {code for code, words in _words(field).items() if any(word in text for word in words)}
        if len(found) == 1:
            return f"{where}“{text}”", found.pop()
    return "", ""


def _words(field: Field) -> dict[str, list[str]]:
    """Labels and further spellings of at least two characters, by code."""
    assert field.choices is not None
    words = {code: [label] for code, label in field.choices.choices().items() if len(label) > 1}
    for alias, code in field.choices.aliases.items():
        if len(alias) > 1 and code in words:
            words[code].append(alias)
    return words


def _label(field: Field, code: str) -> str:
    return field.choices.label(code) if field.choices else code


def _with(row: CleanRow, field: Field, code: str, level: str = "", why: str = "") -> CleanRow:
    problems = list(row.problems)
    if level:
        ask = "，请核对" if level == "warning" else ""
        message = f"没有写{field.label}，按{why}取“{_label(field, code)}”{ask}"
        problems.append(RowProblem(row.sheet, row.row, "", level, message, "unsaid.row"))
    return msgspec.structs.replace(row, values={**row.values, field.path: code}, problems=problems)
