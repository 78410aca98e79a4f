"""The ledger as a workbook that opens right in WPS: one row a household, head repeated on print, ids as text.

Nothing in it is a formula: sums are the same integers that the PDF prints, and a name that begins with '=' stays
a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minzheng_desktop.documents.ledger_layout import MAIN, STYLES
from minzheng_desktop.documents.ledger_model import Ledger, Sums, Value, check_sum, sum_rows
from minzheng_desktop.documents.steady import text_cell, workbook_bytes
from minzheng_desktop.values.money import capital_amount, format_money_grouped

_MONEY = "#,##0.00"
_OPTIONAL_MONEY = '#,##0.00;-#,##0.00;"—"'
_HEAD_ROW = 3


def write_ledger_workbook(ledger: Ledger, *, written_at: str) -> bytes:
    """The ledger as xlsx.

    Raises ValueError when the rows do not add up to `ledger.expected`.
    """
    return write_ledgers_workbook((ledger,), written_at=written_at)


def write_ledgers_workbook(
    ledgers: Sequence[Ledger], *, written_at: str, names: Sequence[str] = ("花名册",)
) -> bytes:
    """Several ledgers of one batch as one workbook, a sheet each, called by `names`."""
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.creator = ""
    workbook.properties.title = ledgers[0].title if ledgers else "花名册"
    for number, ledger in enumerate(ledgers):
        check_sum(ledger)
        name = names[number] if number < len(names) else f"花名册{number + 1}"
        _Writing(ledger, written_at, workbook.create_sheet(_sheet_name(name)))
    return workbook_bytes(workbook, written_at=written_at)


def _sheet_name(name: str) -> str:
    """A name that spreadsheets accept: at most 31 characters, none of []:*?/\\."""
    return "".join("-" if character in "[]:*?/\\" else character for character in name)[:31] or "花名册"


class _Writing:
    """One ledger on its way into a sheet."""

    def __init__(self, ledger: Ledger, written_at: str, sheet: Any) -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        self.ledger = ledger
        self.sheet = sheet
        hair = Side(style="thin", color="808080")
        self.border = Border(left=hair, right=hair, top=hair, bottom=hair)
        self.grey = PatternFill("solid", fgColor="EDEDED")
        self.pale = PatternFill("solid", fgColor="F6F6F6")
        self.text_font = Font(name="宋体", size=10)
        self.bold_font = Font(name="宋体", size=10, bold=True)
        self.title_font = Font(name="宋体", size=18, bold=True)
        self.centre = Alignment(horizontal="center", vertical="center", wrap_text=True)
        self.left = Alignment(horizontal="left", vertical="center", wrap_text=True)
        self.right = Alignment(horizontal="right", vertical="center")
        self.row = 0
        self.number = 0
        self.styles: list[Any] = []
        self.written_at = written_at
        self._write()

    def _write(self) -> None:
        ledger = self.ledger
        self._head()
        running = Sums(ledger.columns)
        for group in ledger.groups:
            sums = sum_rows(ledger.columns, group.rows)
            running.add_all(sums)
            if ledger.bands:
                self._band(group.title, "　".join(filter(None, (group.note, group.tally))))
            for row in group.rows:
                self._data(row)
            if ledger.bands:
                self._sums(f"{group.title}小计", sums)
        self._sums(ledger.grand_title, running)
        self._foot()
        self._page_setup()

    def _line(self) -> int:
        self.row += 1
        return self.row

    def _merged(self, text: str, font: Any, alignment: Any, *, height: float) -> None:
        row, width = self._line(), len(self.ledger.columns)
        self.sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
        cell = self.sheet.cell(row=row, column=1)
        text_cell(cell, text)
        cell.font, cell.alignment = font, alignment
        self.sheet.row_dimensions[row].height = height

    def _head(self) -> None:
        ledger = self.ledger
        mark = f"【{ledger.mark}】" if ledger.mark else ""
        self._merged(f"{mark}{ledger.title}", self.title_font, self.centre, height=30)
        facts = "　　".join((f"编制单位：{ledger.office}", *ledger.facts, f"金额单位：{ledger.unit}"))
        self._merged(facts, self.text_font, self.left, height=18)
        row = self._line()
        for position, column in enumerate(ledger.columns, start=1):
            cell = self.sheet.cell(row=row, column=position)
            text_cell(cell, column.head)
            cell.font, cell.alignment, cell.border, cell.fill = (
                self.bold_font, self.centre, self.border, self.grey,
            )  # fmt: skip
        self.sheet.row_dimensions[row].height = 30

    def _band(self, title: str, note: str) -> None:
        self._merged(f"{title}　　{note}" if note else title, self.bold_font, self.left, height=18)
        self.sheet.cell(row=self.row, column=1).fill = self.pale

    def _data(self, row: tuple[Value, ...]) -> None:
        self.number += 1
        line = self._line()
        if not self.styles:
            self.styles = [self._styled_cell(position) for position in range(len(self.ledger.columns))]
        cell = self.sheet.cell
        for position, (column, value) in enumerate(zip(self.ledger.columns, row, strict=True)):
            filled = cell(row=line, column=position + 1)
            # The one quick way to give a cell a ready style; setting its parts is four times as slow.
            filled._style = self.styles[position]._style  # noqa: SLF001
            if column.kind == "seq":
                filled.value = self.number
            elif column.kind == "money" and isinstance(value, int):
                filled.value = value / 100
            elif isinstance(value, int):
                filled.value = value
            elif value:
                filled.value, filled.data_type = value, "s"
                if value[0] in "=+-@":
                    text_cell(filled, value)

    def _styled_cell(self, position: int) -> Any:
        """A cell outside the sheet that has the style of a column's cells."""
        from openpyxl.cell import WriteOnlyCell

        column = self.ledger.columns[position]
        style = MAIN if column.main else STYLES[column.kind]
        cell = WriteOnlyCell(self.sheet)
        cell.font, cell.border = self.bold_font if column.main else self.text_font, self.border
        cell.alignment = {"centre": self.centre, "left": self.left, "right": self.right}[style.align]
        cell.number_format = "@"
        if column.kind == "money":
            cell.number_format = _MONEY if column.required else _OPTIONAL_MONEY
        elif column.kind in ("count", "seq"):
            cell.number_format = "General"
        return cell

    def _sums(self, title: str, sums: Sums) -> None:
        line = self._line()
        for position, column in enumerate(self.ledger.columns):
            cell = self.sheet.cell(row=line, column=position + 1)
            if position in sums.values:
                cell.value, cell.alignment = sums.values[position], self.centre
                if column.kind == "money":
                    cell.value, cell.alignment = sums.values[position] / 100, self.right
                    cell.number_format = _MONEY if column.required else _OPTIONAL_MONEY
            cell.font, cell.border, cell.fill = self.bold_font, self.border, self.grey
        first = min(sums.indexes, default=len(self.ledger.columns))
        cell = self.sheet.cell(row=line, column=1)
        text_cell(cell, f"{title}　{sums.rows} {self.ledger.counter}")
        if first > 1:
            self.sheet.merge_cells(start_row=line, start_column=1, end_row=line, end_column=first)
            cell.alignment = self.left

    def _foot(self) -> None:
        ledger = self.ledger
        if ledger.main_column is not None:
            head = ledger.columns[ledger.main_column].head
            figures = f"小写：¥{format_money_grouped(ledger.total)}"
            words = f"{head}（大写）：人民币{capital_amount(ledger.total)}　　{figures}"
            self._merged(words, self.bold_font, self.left, height=20)
        seal = "　　　　（公章）" if ledger.seal else ""
        signatures = "　　　　　　　　".join((*ledger.signatures, "制表日期：　　年　　月　　日"))
        self._merged(signatures + seal, self.text_font, self.left, height=26)
        for note in ledger.notes:
            self._merged(note, self.text_font, self.left, height=18)

    def _page_setup(self) -> None:
        from openpyxl.utils import get_column_letter

        sheet, ledger = self.sheet, self.ledger
        for position, column in enumerate(ledger.columns, start=1):
            style = MAIN if column.main else STYLES[column.kind]
            widest = max(
                (len(str(row[position - 1] or "")) for group in ledger.groups for row in group.rows),
                default=0,
            )
            chars = {"money": 11.5, "count": 7.0, "seq": 6.0, "remark": max(14.0, min(widest * 1.9, 36.0))}
            width = chars.get(column.kind, max(style.wish / 2.0, widest * (1.15 if style.gap else 1.5)))
            sheet.column_dimensions[get_column_letter(position)].width = min(max(width, 6.0), 40.0)
        sheet.freeze_panes = f"{get_column_letter(min(4, len(ledger.columns)))}{_HEAD_ROW + 1}"
        sheet.print_title_rows = f"1:{_HEAD_ROW}"
        setup = sheet.page_setup
        setup.orientation, setup.paperSize, setup.fitToWidth, setup.fitToHeight = "landscape", 9, 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_margins.left, sheet.page_margins.right = 0.98, 0.4
        sheet.page_margins.top = sheet.page_margins.bottom = 0.5
        sheet.oddFooter.left.text = f"内部资料　批次号 {ledger.batch_number}"
        sheet.oddFooter.center.text = "第 &P 页　共 &N 页"
        sheet.oddFooter.right.text = f"制表 {self.written_at}"
