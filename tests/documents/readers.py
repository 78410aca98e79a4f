"""Two independent readers of PDF files: PDFium (as in browsers) and Poppler's pdftotext."""

from __future__ import annotations

import shutil
import subprocess
from typing import NamedTuple

import pypdfium2
import pytest

MM = 72 / 25.4


class Rect(NamedTuple):
    """A rectangle in millimetres from the top left corner of the page."""

    left: float
    top: float
    right: float
    bottom: float


def pdfium_pages(data: bytes) -> list[str]:
    """The text of each page as PDFium hands it out."""
    document = pypdfium2.PdfDocument(data)
    try:
        return [document[index].get_textpage().get_text_range() for index in range(len(document))]
    finally:
        document.close()


def pdfium_text(data: bytes) -> str:
    return "\n".join(pdfium_pages(data))


def poppler(tool: str, data: bytes, *arguments: str) -> str:
    """What a Poppler tool says about a PDF; the test is skipped where Poppler is not installed."""
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"{tool} is not installed")
    command = [path, *arguments, "-"] if tool == "pdffonts" else [path, *arguments, "-", "-"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()


def poppler_text(data: bytes) -> str:
    return poppler("pdftotext", data, "-layout")


READERS = {"pdfium": pdfium_text, "poppler": poppler_text}


def find(data: bytes, text: str, page: int = 0) -> list[Rect]:
    """Where a text stands on a page, by PDFium's character boxes."""
    document = pypdfium2.PdfDocument(data)
    try:
        sheet = document[page]
        height = sheet.get_height()
        reader = sheet.get_textpage()
        found, search = [], reader.search(text, match_case=True)
        while (hit := search.get_next()) is not None:
            first, count = hit
            boxes = [reader.get_charbox(index) for index in range(first, first + count)]
            found.append(
                Rect(
                    min(box[0] for box in boxes) / MM,
                    (height - max(box[3] for box in boxes)) / MM,
                    max(box[2] for box in boxes) / MM,
                    (height - min(box[1] for box in boxes)) / MM,
                )
            )
        return found
    finally:
        document.close()


def char_boxes(data: bytes, page: int) -> list[Rect]:
    """The box of every printed character of a page."""
    document = pypdfium2.PdfDocument(data)
    try:
        sheet = document[page]
        height = sheet.get_height()
        reader = sheet.get_textpage()
        boxes = [reader.get_charbox(index) for index in range(reader.count_chars())]
        return [
            Rect(box[0] / MM, (height - box[3]) / MM, box[2] / MM, (height - box[1]) / MM)
            for box in boxes
            if box[2] - box[0] > 0.01
        ]
    finally:
        document.close()


def page_size(data: bytes) -> tuple[float, float]:
    """Width and height of the first page in millimetres."""
    document = pypdfium2.PdfDocument(data)
    try:
        width, height = document.get_page_size(0)
        return width / MM, height / MM
    finally:
        document.close()


def metadata(data: bytes) -> dict[str, str]:
    """The document information that is not empty."""
    document = pypdfium2.PdfDocument(data)
    try:
        return {key: value for key, value in document.get_metadata_dict().items() if value}
    finally:
        document.close()
