"""Workbooks with the same bytes for the same content: openpyxl stamps the time of saving into every file."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from minzheng_desktop.spreadsheets import workbook_data

_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def workbook_bytes(workbook: Any, *, written_at: str) -> bytes:
    """Save an openpyxl workbook; `written_at` ('YYYY-MM-DD HH:MM') is the only time it knows."""
    raw = io.BytesIO(workbook_data(workbook))
    stamp = f"{written_at[:10]}T{written_at[11:16]}:00Z".encode()
    steady = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + stamp + rb"\g<3>", content)
            info = zipfile.ZipInfo(entry.filename, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return steady.getvalue()


def text_cell(cell: Any, text: str) -> None:
    """Put a text into a cell as text: never a number, a date or a formula, whatever it looks like."""
    cell.value = text
    cell.data_type = "s"
    cell.number_format = "@"
    if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
        cell.quotePrefix = True
