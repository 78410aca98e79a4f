"""Texts that the catalogue is made of: where each came from and how its bytes become text."""

from __future__ import annotations

from pathlib import Path

import msgspec

#: Order in which origins are laid over each other: a later one may add to an earlier one.
ORIGINS = ("shipped", "county", "local")

KINDS = (
    "area",
    "form",
    "shared",
    "codes",
    "rates",
    "workflow",
    "divisions",
    "indicators",
    "overlaps",
    "discover",
    "calendar",
    "released",
)


class Source(msgspec.Struct, frozen=True):
    """One file of the catalogue.

    kind: one of KINDS; key: its name within the kind (``dibao``); name: what messages call the file
    (``forms/assistance/dibao.toml``); text: its decoded text with LF line ends; origin: one of ORIGINS.
    """

    kind: str
    key: str
    name: str
    text: str
    origin: str = "shipped"


def decode_text(data: bytes) -> str:
    """The text of a file as a clerk's editor may have written it.

    UTF-8 with or without BOM, else GB18030 (Notepad and WPS on a Chinese Windows); CRLF becomes LF.
    Raises UnicodeDecodeError when it is neither, as for a picture renamed to .toml.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_source(path: Path, *, kind: str, key: str, name: str, origin: str) -> Source:
    """Read one file; raises OSError and UnicodeDecodeError."""
    return Source(kind, key, name, decode_text(path.read_bytes()), origin)
