"""What a spreadsheet says beside its values: hidden rows, merged cells, formulas, comments, errors."""

from __future__ import annotations

import msgspec

Cell = tuple[int, int]
"""(row as the spreadsheet program numbers it, column from 0)."""


class SheetLayout(msgspec.Struct):
    """Of one sheet. `merged` holds (first row, first column, last row, last column), rows numbered from 1."""

    hidden_rows: set[int] = msgspec.field(default_factory=set)
    hidden_columns: set[int] = msgspec.field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = msgspec.field(default_factory=list)
    formulas: set[Cell] = msgspec.field(default_factory=set)
    unsolved: set[Cell] = msgspec.field(default_factory=set)
    """Formulas whose result the file does not hold."""
    errors: dict[Cell, str] = msgspec.field(default_factory=dict)
    comments: dict[Cell, str] = msgspec.field(default_factory=dict)


class BookLayout(msgspec.Struct):
    """Of a workbook: sheets by name, the date epoch, and whether it carries macros (never run)."""

    sheets: dict[str, SheetLayout] = msgspec.field(default_factory=dict)
    epoch1904: bool = False
    macros: bool = False


def column_number(letters: str) -> int:
    """'A' → 0, 'AB' → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """0 → 'A', 27 → 'AB'."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
