"""What Word documents share: Chinese fonts, and an archive that is the same whenever it is written."""

from __future__ import annotations

import io
import zipfile
from typing import Any

_EPOCH = (1980, 1, 1, 0, 0, 0)


def add_run(paragraph: Any, text: str, font: str, size: Any, *, bold: bool = False) -> Any:
    """Text in a Chinese font of a size at the end of a paragraph; returns the run."""
    run = paragraph.add_run(text)
    run.bold = bold
    set_font(run, font, size)
    return run


def set_font(holder: Any, name: str, size: Any) -> None:
    """Chinese text takes the East Asian font of a run; python-docx sets the Latin one alone."""
    from docx.oxml.ns import qn

    holder.font.name, holder.font.size = name, size
    holder.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def steady_archive(data: bytes) -> bytes:
    """The same archive without the time of its writing."""
    steady = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, source.read(entry))
    return steady.getvalue()
