"""Blocks of cells as spreadsheet programs put them on the clipboard: tabs between cells, lines between rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?=\t|\r?\n|\r|\Z)')
_PLAIN = re.compile(r"[^\t\r\n]*")
_END = re.compile(r"\t|\r\n|\n|\r")


def parse_block(text: str) -> list[list[str]]:
    """The rows of a block. A cell in quotes may hold tabs, line breaks and doubled quotes; a quote that nothing
    closes is a sign like any other. The line break that ends a copied block makes no further row."""
    rows: list[list[str]] = [[]]
    at = 0
    while at <= len(text):
        quoted = _QUOTED.match(text, at)
        if quoted is not None:
            cell, at = quoted[1].replace('""', '"'), quoted.end()
        else:
            plain = _PLAIN.match(text, at)
            assert plain is not None
            cell, at = plain[0], plain.end()
        rows[-1].append(cell)
        end = _END.match(text, at)
        if end is None:
            break
        at = end.end()
        if end[0] != "\t":
            if at == len(text):
                break
            rows.append([])
    return rows


def format_block(rows: Sequence[Sequence[str]]) -> str:
    """A block for the clipboard, read back equal by `parse_block` and by spreadsheet programs."""
    return "\n".join("\t".join(_quoted(cell) for cell in row) for row in rows) + "\n"


def _quoted(cell: str) -> str:
    if not any(sign in cell for sign in '\t\r\n"'):
        return cell
    return '"' + cell.replace('"', '""') + '"'
