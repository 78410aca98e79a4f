"""Workbooks saved in memory. openpyxl by itself writes each sheet, with everyone in it, into the temporary folder
first, where a killed program would leave it behind.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl import Workbook


def workbook_data(workbook: Workbook) -> bytes:
    """The .xlsx file of an openpyxl workbook, its charts among it; no file is written on the way."""
    from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
    from openpyxl.worksheet._writer import WorksheetWriter
    from openpyxl.writer.excel import ExcelWriter

    made = io.BytesIO()
    archive = zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED)
    whole = ExcelWriter(workbook, archive)

    def write_worksheet(sheet: Any) -> None:
        """As openpyxl's own method, but for where the sheet is written."""
        sheet._drawing = SpreadsheetDrawing()  # noqa: SLF001
        sheet._drawing.charts = sheet._charts  # noqa: SLF001
        data = io.BytesIO()
        writer = WorksheetWriter(sheet, out=data)
        writer.write()
        sheet._rels = writer._rels  # noqa: SLF001
        archive.writestr(sheet.path[1:], data.getvalue())
        whole.manifest.append(sheet)

    whole.write_worksheet = write_worksheet
    whole.save()
    return made.getvalue()
