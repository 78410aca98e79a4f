"""A workbook's rows as stored values by path, with every problem at its column and row.

Pure: it reads no database. What a row changes is decided in `planning`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from minzheng_desktop.catalog.fields import Reading
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.exchange.rosters import lines
from minzheng_desktop.exchange.rosters.cells import Finding, Reader, Readings, is_blank, make_reader
from minzheng_desktop.exchange.rosters.cleaned import (
    Chosen,
    Cleaned,
    CleanRow,
    RowProblem,
    SheetResult,
    Skipped,
)
from minzheng_desktop.exchange.rosters.headers import BY_HAND, Header, find_header
from minzheng_desktop.exchange.rosters.month_days import MonthDays
from minzheng_desktop.exchange.rosters.sheets import Row, Sheet, Workbook
from minzheng_desktop.exchange.rosters.targets import Target, find_targets, subject_root
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import sex_problem, told_by
from minzheng_desktop.values.names import account_name_problem

_HUGE = 1_000_000_00
"""Cents beyond which an amount of one household is doubted."""


def clean_workbook(
    book: Workbook,
    form: Form,
    catalog: Catalog,
    *,
    town: str,
    today: date,
    aliases: Mapping[str, str] | None = None,
    remembered: Mapping[str, Mapping[str, str]] | None = None,
    chosen: Chosen | None = None,
    accepted: frozenset[str] = frozenset(),
) -> Cleaned:
    """Clean every sheet of a workbook for a form.

    `aliases` are the office's further village names (text → code), `accepted` the 15-digit numbers whose 18-digit
    form was confirmed. Raises UserError roster.no_import (the form takes no rosters), roster.no_header,
    roster.no_key_column, and as `headers.find_header` does for `chosen`.
    """
    targets = targets_of(form, catalog)
    divisions = catalog.divisions.with_aliases(aliases) if aliases else catalog.divisions
    readings = Readings(Reading(today, divisions, town, book.epoch1904), accepted)
    keys = key_paths(form, targets)
    results: list[SheetResult] = []
    for sheet in book.sheets:
        choice = (chosen or {}).get(sheet.name)
        header = find_header(sheet, targets, remembered=remembered, chosen=choice, keys=keys)
        if header is None or any(header.column_of(key) is None for key in keys):
            results.append(SheetResult(sheet.name, header))
            continue
        results.append(SheetCleaner(sheet, header, form, targets, readings).clean())
    _refuse_without_rows(results, keys, targets)
    return Cleaned(tuple(results), tuple(_file_problems(book, results, keys, targets)))


def targets_of(form: Form, catalog: Catalog) -> dict[str, Target]:
    """What a column may mean for a form that takes rosters. Raises UserError roster.no_import for another."""
    if form.import_ is None:
        raise UserError("roster.no_import", f"“{form.title}”不从花名册导入。没有导入，请换一项业务。")
    return find_targets(form, catalog)


def key_paths(form: Form, targets: Mapping[str, Target]) -> list[str]:
    """The meanings without which a sheet's rows cannot be told apart."""
    match = form.import_.match if form.import_ else ()
    return [p for p in match if p in targets] or [f"{subject_root(form)}.id_number"]


def _refuse_without_rows(results: list[SheetResult], keys: list[str], targets: Mapping[str, Target]) -> None:
    headers = [r.header for r in results if r.header is not None]
    if not headers:
        raise UserError(
            "roster.no_header",
            "没有找到表头（要有“姓名”“身份证号”这样的列名），没有导入任何一行。"
            "核对是不是选错了文件；没选错就在列对应里指出表头，或在表里加上列名。",
        )
    usable = [h for h in headers if all(h.column_of(key) for key in keys)]
    if not usable:
        missing = next(key for key in keys if headers[0].column_of(key) is None)
        title = targets[missing].titles[0] if targets[missing].titles else targets[missing].label
        raise UserError(
            "roster.no_key_column",
            f"表头在第 {headers[0].first} 行，但没有“{title}”一列，认不出是谁，没有导入任何一行。"
            "补上这一列，或在列对应里指定。",
        )


def _file_problems(
    book: Workbook, results: list[SheetResult], keys: list[str], targets: Mapping[str, Target]
) -> list[RowProblem]:
    found: list[RowProblem] = []
    if book.macros:
        found.append(
            RowProblem("", 0, "", "warning", "文件带有宏，没有运行，只读取了单元格的值", "file.macros")
        )
    for sheet, result in zip(book.sheets, results, strict=True):
        name, header = sheet.name, result.header
        if header is None or not all(header.column_of(key) for key in keys):
            if any(any(not is_blank(c) for c in row) for row in sheet.rows):
                reason = "没有找到表头" if header is None else f"没有“{targets[keys[0]].label}”一列"
                found.append(
                    RowProblem(
                        name, 0, "", "warning", f"工作表“{name}”{reason}，整张没有读入", "sheet.skipped"
                    )
                )
            continue
        if sheet.hidden:
            found.append(
                RowProblem(name, 0, "", "warning", f"工作表“{name}”是隐藏的，已照样读入", "sheet.hidden")
            )
        for column in header.columns:
            formulas = sum(1 for r, c in sheet.layout.formulas if c == column.index and r > header.last)
            if formulas and column.path:
                message = f"“{column.title}”列有 {formulas} 个公式，按文件里保存的结果读取"
                found.append(
                    RowProblem(name, 0, column.title, "warning", message, "sheet.formulas", column.index)
                )
            if column.path and column.index in sheet.layout.hidden_columns:
                message = f"“{column.title}”列是隐藏的，已照样读入"
                found.append(
                    RowProblem(name, 0, column.title, "warning", message, "sheet.hidden_column", column.index)
                )
        found += _name_unused(sheet, header)
    return found


def _name_unused(sheet: Sheet, header: Header) -> list[RowProblem]:
    """Every column that is not read, so that none is lost without a word."""
    found: list[RowProblem] = []
    for column, called in zip(header.columns, header.names(), strict=True):
        if column.path or not (column.title or holds_values(sheet, header, column.index)):
            continue
        why = "按指定不导入" if column.how in BY_HAND else "没有对应的项目，没有导入"
        found.append(
            RowProblem(sheet.name, 0, called, "info", f"“{called}”{why}", "column.unused", column.index)
        )
    return found


def holds_values(sheet: Sheet, header: Header, column: int) -> bool:
    """Whether anything stands in a column under its header."""
    return any(column < len(row) and not is_blank(row[column]) for row in sheet.rows[header.last :])


class SheetCleaner:
    """Cleans the rows under one header."""

    def __init__(
        self, sheet: Sheet, header: Header, form: Form, targets: Mapping[str, Target], readings: Readings
    ) -> None:
        assert form.import_ is not None
        self._sheet, self._header, self._form = sheet, header, form
        self._root = subject_root(form)
        self._splits = form.import_.split
        self._keys = form.import_.match
        known = [c for c in header.columns if c.path]
        self._columns: list[tuple[int, str, str, Reader]] = []
        self._parts: list[tuple[int, str, str, str, Reader]] = []
        self._month = MonthDays(form)
        self._days = [(c.index, c.path, c.title) for c in known if self._month.has(c.path)]
        for column in known:
            if self._month.has(column.path):
                continue
            reader = make_reader(column.path, targets[column.path].field, readings)
            table, _, name = column.path.partition(".")
            if table in form.tables:
                self._parts.append((column.index, table, name, column.title, reader))
            else:
                self._columns.append((column.index, column.path, column.title, reader))
        self._titles = {c.index: c.title for c in header.columns}
        keys = [header.column_of(f"{self._root}.{name}") for name in ("id_number", "name")]
        self._lines = lines.RowReader(
            sheet,
            header,
            key_columns=[c.index for c in keys if c] or [c.index for c in known[:1]],
            mapped=[c.index for c in known],
        )
        self._village = _village_of(sheet.name, readings)
        self._readings = readings

    def clean(self) -> SheetResult:
        rows: list[CleanRow] = []
        header, sheet = self._header, self._sheet
        skipped = [
            Skipped(sheet.name, n, lines.TITLE, _summary(row))
            for n, row in enumerate(sheet.rows[: header.first - 1], start=1)
            if any(not is_blank(c) for c in row)
        ]
        village = self._village
        for number in range(header.last + 1, len(sheet.rows) + 1):
            cells = self._lines.cells(number)
            kind = self._lines.kind(cells)
            if kind:
                if kind == lines.HEADING:
                    village = _village_of(_summary(cells), self._readings) or village
                skipped.append(Skipped(sheet.name, number, kind, _summary(cells)))
                continue
            if self._lines.continues(number) is not None and rows and self._join(rows[-1], number, cells):
                skipped.append(Skipped(sheet.name, number, lines.MERGED, f"第 {rows[-1].row} 行"))
                continue
            rows.append(self.clean_row(number, cells, village))
        return SheetResult(sheet.name, header, tuple(rows), tuple(skipped))

    def _join(self, row: CleanRow, number: int, cells: Row) -> bool:
        """Add a further row of the same household (merged key cell) to its first row's tables."""
        if not self._parts:
            return False
        more = CleanRow(row.sheet, number, {}, {}, row.problems)
        self._read_tables(more, cells)
        for table, found in more.tables.items():
            row.tables.setdefault(table, []).extend(found)
        return True

    def clean_row(self, number: int, cells: Row, village: str | None) -> CleanRow:
        """The cells of one row (numbered from 1) by the paths of its columns; `village` where no column says it."""
        problems: list[RowProblem] = []
        values: dict[str, Any] = {}
        row = CleanRow(self._sheet.name, number, values, {}, problems)
        width = len(cells)
        for index, path, title, read in self._columns:
            raw = cells[index] if index < width else ""
            if raw == "" or raw is None or (raw.__class__ is str and is_blank(raw)):
                continue
            value, findings = read(raw)
            if value is not None:
                values[path] = value
            if findings:
                self._note(row, index, title, findings)
        if self._parts:
            self._read_tables(row, cells)
        if self._days:
            self._read_days(row, cells)
        if village and "village" not in values:
            values["village"] = village
        self._look_across(row)
        self._look_beside(row)
        return row

    def _note(self, row: CleanRow, index: int, title: str, findings: tuple[Finding, ...]) -> None:
        for level, message, code in findings:
            row.problems.append(RowProblem(row.sheet, row.row, title, level, message, code, index))

    def _read_tables(self, row: CleanRow, cells: Row) -> None:
        for index, table, name, title, read in self._parts:
            raw = cells[index] if index < len(cells) else ""
            if is_blank(raw):
                continue
            found = row.tables.setdefault(table, [])
            separators = self._splits.get(table, "；;、")
            parts = _split(raw, separators) if isinstance(raw, str) else [raw]
            if found and len(found) != len(parts):
                message = f"“{title}”有 {len(parts)} 项，和前面的列 {len(found)} 项对不上"
                self._note(row, index, title, (("error", message, "split.count"),))
                continue
            for place, part in enumerate(parts):
                value, findings = read(part)
                if len(found) <= place:
                    found.append({})
                found[place][name] = value
                self._note(row, index, title, findings)

    def _read_days(self, row: CleanRow, cells: Row) -> None:
        """The days of a month sheet that are marked, as rows of their table."""
        given = [(i, path, title, cells[i]) for i, path, title in self._days if i < len(cells)]
        found, faults = self._month.rows(row.values.get(self._month.month), given)
        for index, title, message in faults:
            self._note(row, index, title, (("error", message, "day.unread"),))
        if found:
            row.tables.setdefault(self._month.table, []).extend(found)

    def _look_across(self, row: CleanRow) -> None:
        if self._form.subject == "none":
            self._look_for_keys(row)
            return
        values, root = row.values, self._root
        number, name = values.get(f"{root}.id_number"), values.get(f"{root}.name")
        if number is None:
            self._missing(row, f"{root}.id_number", "没有身份证号，认不出是谁", "id.missing")
        if name is None:
            self._missing(row, f"{root}.name", "没有姓名", "name.empty")
        told = told_by(number) if number else {"sex": "", "birth_date": ""}
        wrong = sex_problem(told["sex"], values.get(f"{root}.sex") or "")
        if wrong is not None:
            self._warn(row, f"{root}.sex", f"{wrong.message}，以证号为准", wrong.code)
        born = values.get(f"{root}.birth_date")
        if number and born and not told["birth_date"].startswith(born):
            self._warn(row, f"{root}.birth_date", "出生日期与身份证号不符，以证号为准", "id.birth")
        self._look_at_numbers(row)
        holder = values.get("account.name")
        if holder and name and holder != name:
            problem = account_name_problem(holder, name)
            if problem is not None:
                self._warn(row, "account.name", problem.message, problem.code)

    def _look_at_numbers(self, row: CleanRow) -> None:
        """Amounts and counts below nothing are wrong; an amount beyond a million is perhaps in another unit."""
        for path, value in row.values.items():
            field = self._form.fields.get(path)
            if field is None or not isinstance(value, int) or isinstance(value, bool):
                continue
            if value < 0 and field.type.name in ("money", "integer", "decimal") and field.minimum is None:
                self._missing(
                    row, path, f"{field.label}是负数（{field.format(value)}），核对后改正", "number.negative"
                )
            elif field.type.name == "money" and value > _HUGE:
                self._warn(
                    row, path, f"{field.label} {field.format(value)} 元，超过一百万元，核对单位", "money.huge"
                )

    def _look_for_keys(self, row: CleanRow) -> None:
        """A register that is not of people (institutions) knows its rows by the keys that the form matches by."""
        for path in self._keys:
            if path not in row.values:
                self._missing(row, path, f"没有{self._label(path)}，认不出是哪一个", "key.missing")

    def _label(self, path: str) -> str:
        field = self._form.fields.get(path)
        return field.label if field else path

    def _missing(self, row: CleanRow, path: str, message: str, code: str) -> None:
        """What identifies a row is not there, unless something unreadable is, which was said already."""
        column = self._header.column_of(path)
        title, index = (column.title, column.index) if column else ("", -1)
        if index >= 0 and any(p.index == index and p.level == "error" for p in row.problems):
            return
        row.problems.append(RowProblem(row.sheet, row.row, title, "error", message, code, index))

    def _warn(self, row: CleanRow, path: str, message: str, code: str) -> None:
        column = self._header.column_of(path)
        title, index = (column.title, column.index) if column else ("", -1)
        row.problems.append(RowProblem(row.sheet, row.row, title, "warning", message, code, index))

    def _look_beside(self, row: CleanRow) -> None:
        beside, number = self._sheet.layout, row.row
        if number in beside.hidden_rows:
            row.hidden = True
            message = "这一行在表里是隐藏的，已照样读入；不该有的话撤销后在原表删掉"
            row.problems.append(RowProblem(row.sheet, number, "", "warning", message, "row.hidden"))
        if beside.errors:
            for index, _, title, _ in self._columns:
                if (number, index) in beside.errors:
                    message = "这一格是算不出结果的公式或错误值，改成数值后再导"
                    self._note(row, index, title, (("error", message, "cell.error"),))
        if beside.comments:
            for index, title in self._titles.items():
                comment = beside.comments.get((number, index))
                if comment:
                    self._note(row, index, title, (("warning", f"批注：{comment[:100]}", "cell.comment"),))


def _split(raw: str, separators: str) -> list[str]:
    return [part.strip() for part in re.split(f"[{re.escape(separators)}]", raw) if part.strip()]


def _summary(row: Row) -> str:
    """A row in words: whole numbers as they look in the sheet."""
    cells = (int(c) if isinstance(c, float) and c.is_integer() else c for c in row if not is_blank(c))
    return " ".join(str(c).strip() for c in cells)[:60]


def _village_of(text: str, readings: Readings) -> str | None:
    divisions = readings.context.divisions
    if divisions is None or not text:
        return None
    bare = re.sub(r"[（(].*?[）)]|(第?[0-9０-９]+|[一二三四五六七八九十]+)(组|社)$", "", text.strip())
    cleaned = re.sub(r"[0-9０-９（）()年月日.\-_ 第]+|花名册|名单|发放表|汇总", "", bare)
    return divisions.find_village(cleaned, town=readings.context.town) if cleaned else None
