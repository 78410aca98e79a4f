"""Labels and values on a form: how many go into a row. A row has four units, each a label and a short value."""

from __future__ import annotations

from minzheng_desktop.documents.fonts import Face, text_width
from minzheng_desktop.documents.form_model import Fact
from minzheng_desktop.documents.grid import TEXT_SIZE, ticks_width
from minzheng_desktop.documents.pen import MM

UNIT, LABEL = 42.5, 20.0


def _units(fact: Fact) -> int:
    """How many quarters of the row a fact takes."""
    if fact.wide:
        return 4
    if fact.ticks:
        return 2 if ticks_width(fact.ticks) <= 2 * UNIT - LABEL - 4 else 4
    if fact.kind == "number":
        return 2
    if fact.kind == "figure" and len(fact.value) <= 12:
        return 1
    width = text_width(fact.value, Face.TEXT, TEXT_SIZE) / MM
    if width <= UNIT - LABEL - 3:
        return 1
    return 2 if width <= 2 * (2 * UNIT - LABEL - 6) else 4


def fact_rows(facts: tuple[Fact, ...]) -> list[list[tuple[Fact, float]]]:
    """Facts with their widths, row by row; the last of a row takes what is left."""
    rows: list[list[tuple[Fact, float]]] = []
    waiting = list(facts)
    while waiting:
        row: list[tuple[Fact, float]] = []
        left = 4
        while left and waiting:
            # The next fact, or one of the three after it that still fits: no hole, and hardly out of order.
            fact = next((f for f in waiting[: 4 if row else 1] if _units(f) <= left), None)
            if fact is None:
                break
            waiting.remove(fact)
            row.append((fact, _units(fact) * UNIT))
            left -= _units(fact)
        if left and len(row) <= 2:
            row = [(fact, 4 * UNIT / len(row)) for fact, _width in row]
        elif left:
            last, width = row[-1]
            row[-1] = (last, width + left * UNIT)
        rows.append(row)
    return rows
