"""空表: the empty workbook of a form, to be filled in and imported. The importer passes over its example row and its
further sheets by themselves.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.load import load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.exchange.rosters.entry_columns import load_facilities
from minzheng_desktop.exchange.rosters.errors_workbook import write_text
from minzheng_desktop.exchange.rosters.layout import column_letters
from minzheng_desktop.exchange.rosters.lines import EXAMPLE_SIGN, SERIAL
from minzheng_desktop.exchange.rosters.sheets import GUIDE_MARK, LISTS_MARK
from minzheng_desktop.exchange.rosters.template_columns import TemplateColumn, template_columns
from minzheng_desktop.spreadsheets import workbook_data
from minzheng_desktop.store.files import copy_verified
from minzheng_desktop.store.records import form_of
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from minzheng_desktop.store.store import Store

KEPT = "空表没有写出"
GUIDE, LISTS = "说明", "选项"
HEADER_ROW = 3
"""Title, how to fill in, header; the example is below."""
_ROWS = 5000  # down to this row choices drop down
_INLINE = 200  # characters of choices that stand in the rule itself; more stand on the sheet of lists
_FORMATS = {"integer": "0", "money": "0.00", "date": "yyyy-mm-dd", "decimal": "General"}
"""By kind of column; all others are text, so that no long number loses digits and no month becomes a day."""
_REQUIRED, _OPTIONAL, _PALE = "FFFCE4D6", "FFE3E9EF", "FF808080"
_NARROWEST, _WIDEST = 8, 34


class Template(msgspec.Struct, frozen=True):
    """A template as written: the file and its columns in order."""

    path: Path
    columns: tuple[TemplateColumn, ...]


def save_template(store: Store, form: str, out: Path) -> Template:
    """Write the template of a form with this office's forms, villages and institutions, and note it in the audit.

    An earlier file at `out` is replaced. Raises UserError unknown_form, template.no_import, and for every trouble of
    the disk; `out` is then as it was.
    """
    site, divisions = store.site, store.catalog.divisions
    with store.reading() as r:
        spec = form_of(r, form)
        facilities = {path: [name for name, _ in found] for path, found in load_facilities(r, spec).items()}
    villages = [
        divisions.short_name(v.code)
        for v in divisions.villages(site.division)
        if not site.villages or v.code in site.villages
    ]
    columns = template_columns(spec, store.catalog, villages=villages, facilities=facilities)
    data = template_data(spec, columns)

    def note() -> None:
        digest = hashlib.sha256(data).hexdigest()
        store.note("write_template", {"file": out.name, "form": form, "sha256": digest})

    copy_verified(data, out, kept=KEPT, settle=note)
    return Template(out.absolute(), columns)


def save_shipped_template(form: str, out: Path) -> Template:
    """Write the template of a form as the program ships it, without an office: villages and institutions are typed,
    not chosen.

    Raises UserError as `save_template` does.
    """
    catalog = load_catalog(shipped_sources())
    spec = catalog.forms.get(form)
    if spec is None:
        known = "、".join(f"{f.key}（{f.title}）" for f in catalog.forms.values() if f.import_ is not None)
        raise UserError("unknown_form", f"没有业务“{form}”，没有写空表。可以写的有：{known}。")
    columns = template_columns(spec, catalog)
    copy_verified(template_data(spec, columns), out, kept=KEPT)
    return Template(out.absolute(), columns)


def template_data(form: Form, columns: Sequence[TemplateColumn]) -> bytes:
    """The workbook (.xlsx): the table, what its columns mean, and the longer lists of choices on a hidden sheet.
    Nothing in it is a formula."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = ""
    book.properties.title = f"{form.title}空表"
    table = book.create_sheet(_sheet_name(form.title))
    _write_guide(book.create_sheet(GUIDE), form, columns)
    _write_table(table, form, columns)
    _offer_choices(book, table, columns)
    return workbook_data(book)


def _sheet_name(title: str) -> str:
    """A name that spreadsheets accept and that is none of our own."""
    name = "".join("-" if character in "[]:*?/\\'" else character for character in title)[:31]
    return f"{name}表" if name in (GUIDE, LISTS, "") else name


def _write_table(sheet: Worksheet, form: Form, columns: Sequence[TemplateColumn]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    centre = Alignment(horizontal="center", vertical="center", wrap_text=True)
    hair = Side(style="thin", color=_PALE)
    border = Border(left=hair, right=hair, top=hair, bottom=hair)
    width = len(columns) + 1
    one = "一户" if form.subject == "household" else "一人" if form.subject == "person" else "一件"
    advice = (
        f"{one}一行，从“{EXAMPLE_SIGN}”的下一行写起；“{EXAMPLE_SIGN}”这一行不导入。"
        f"带 * 的必填，各列怎么填见“{GUIDE}”。列名不要改，用不着的列可以删。"
    )
    for number, (text, size) in enumerate(((f"{form.title}花名册", 16), (advice, 10)), start=1):
        sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=width)
        cell = sheet.cell(number, 1)
        write_text(cell, text)
        cell.font = Font(name="宋体", size=size, bold=number == 1)
        cell.alignment = Alignment(horizontal="left", vertical="center")
    titles = [(SERIAL, False, "General"), *((c.title, c.required, _format(c)) for c in columns)]
    examples = [EXAMPLE_SIGN, *(c.example for c in columns)]
    for place, ((title, required, number_format), example) in enumerate(
        zip(titles, examples, strict=True), start=1
    ):
        head = sheet.cell(HEADER_ROW, place)
        write_text(head, f"* {title}" if required else title)
        head.font = Font(name="宋体", size=10, bold=True)
        head.fill = PatternFill("solid", fgColor=_REQUIRED if required else _OPTIONAL)
        head.alignment, head.border = centre, border
        shown = sheet.cell(HEADER_ROW + 1, place)
        _write_example(shown, example, number_format)
        shown.font = Font(name="宋体", size=10, italic=True, color=_PALE)
        shown.alignment, shown.border = Alignment(horizontal="left", vertical="center"), border
        dimension = sheet.column_dimensions[column_letters(place - 1)]
        longest = max(_width(title) + (2 if required else 0), _width(example))
        if place > 1:
            longest = max([longest, *map(_width, columns[place - 2].choices)])
        dimension.width = min(max(longest + 3, _NARROWEST), _WIDEST)
        dimension.number_format = number_format
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 28, 18
    sheet.row_dimensions[HEADER_ROW].height = 32
    sheet.freeze_panes = f"C{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    _set_page(sheet)


def _format(column: TemplateColumn) -> str:
    return "@" if column.several else _FORMATS.get(column.kind, "@")


def _write_example(cell: Any, text: str, number_format: str) -> None:
    """The example as its column's type where it reads as one, else as text."""
    if number_format == "@" or not text:
        write_text(cell, text)
        return
    if number_format == "yyyy-mm-dd":
        cell.value = datetime.date.fromisoformat(text)
    elif text.replace(".", "", 1).isdigit():
        cell.value = float(Decimal(text))
    else:
        write_text(cell, text)
        return
    cell.number_format = number_format


def _offer_choices(book: Workbook, table: Worksheet, columns: Sequence[TemplateColumn]) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    lists: dict[tuple[str, ...], str] = {}
    for place, column in enumerate(columns, start=1):
        if not column.choices or column.several:
            continue
        source = _inline(column.choices)
        if not source:
            source = lists.setdefault(column.choices, _place(len(lists), len(column.choices)))
        rule = DataValidation(type="list", formula1=source, allow_blank=True, errorStyle="warning")
        rule.errorTitle = column.title[:31]
        rule.error = "不在可选的里面。别的叫法程序也可能认得；认不得的，导入时会指出来。"
        rule.showErrorMessage = True
        letters = column_letters(place)
        rule.add(f"{letters}{HEADER_ROW + 1}:{letters}{_ROWS}")
        table.add_data_validation(rule)
    if lists:
        _write_lists(book.create_sheet(LISTS), [*lists])


def _inline(choices: Sequence[str]) -> str:
    """The choices within the rule, "" where they are too many for it or hold its own signs."""
    joined = ",".join(choices)
    clear = not any("," in words or '"' in words for words in choices)
    return f'"{joined}"' if clear and len(joined) <= _INLINE else ""


def _place(column: int, length: int) -> str:
    letters = column_letters(column)
    return f"'{LISTS}'!${letters}$2:${letters}${length + 1}"


def _write_lists(sheet: Worksheet, lists: Sequence[Sequence[str]]) -> None:
    write_text(sheet.cell(1, 1), LISTS_MARK)
    for place, choices in enumerate(lists, start=1):
        for row, words in enumerate(choices, start=2):
            write_text(sheet.cell(row, place), words)
    sheet.sheet_state = "hidden"


_GUIDE_COLUMNS = (("列名", 18), ("必填", 8), ("怎么填", 34), ("可以填的（代码 名称）", 50), ("说明", 40))


def _write_guide(sheet: Worksheet, form: Form, columns: Sequence[TemplateColumn]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    wrapped = Alignment(vertical="top", wrap_text=True)
    facts = (
        GUIDE_MARK,
        f"{form.title}　　依据：{form.basis or '本级规定'}",
        "身份证号、账号、电话、月份的列已经设成文本，请直接写，不要改成数字。从别处粘贴时用“只粘贴文本（数值）”。",
        "程序按列名认列，先后可以换。导入前先看预览，有问题的行会指出在哪一列、怎么改。填好的表有个人信息，请妥善保管。",
    )
    for number, text in enumerate(facts, start=1):
        write_text(sheet.cell(number, 1), text)
        sheet.cell(number, 1).font = Font(name="宋体", size=10, bold=number <= 2)
    top = len(facts) + 1
    lines = [[title for title, _ in _GUIDE_COLUMNS]]
    for column in columns:
        meaning = column.label if column.label != column.title else ""
        remark = "。".join(part.rstrip("。") for part in (meaning, column.hint) if part)
        codes = column.codes or "、".join(column.choices)
        lines.append([column.title, "必填" if column.required else "", column.how, codes, remark])
    for number, line in enumerate(lines, start=top):
        for place, text in enumerate(line, start=1):
            cell = sheet.cell(number, place)
            write_text(cell, text)
            cell.font, cell.alignment = Font(name="宋体", size=10, bold=number == top), wrapped
            if number == top:
                cell.fill = PatternFill("solid", fgColor=_OPTIONAL)
        # No spreadsheet program fits the height of rows that it did not write itself.
        tall = max(
            -(-_width(text) // (width - 2)) for text, (_, width) in zip(line, _GUIDE_COLUMNS, strict=True)
        )
        sheet.row_dimensions[number].height = 15.0 * max(1, min(tall, 27))
    for place, (_, width) in enumerate(_GUIDE_COLUMNS):
        sheet.column_dimensions[column_letters(place)].width = width
    sheet.freeze_panes = f"A{top + 1}"
    _set_page(sheet)


def _set_page(sheet: Worksheet) -> None:
    setup = sheet.page_setup
    setup.orientation, setup.paperSize, setup.fitToWidth, setup.fitToHeight = "landscape", 9, 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _width(text: str) -> int:
    """In half-width characters."""
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)
