"""The ledger of ten thousand households against a raw ReportLab canvas that replays the same cells by drawString.

The canvas side gets everything for nothing: texts, positions and lines are worked out beforehand, it has no layout
and no fall-back. Goal: at most 0.6 of its time (DESIGN §8).
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from minzheng_desktop.documents.ledger import draw_ledger
from minzheng_desktop.documents.ledger_layout import LEFT, PADDING, TOP, WIDTH, Layout, lay_out
from minzheng_desktop.documents.ledger_model import Ledger
from minzheng_desktop.documents.ledger_pages import plan_pages
from minzheng_desktop.documents.pen import MM
from minzheng_desktop.paths import resources_dir
from minzheng_desktop.values.money import format_money_grouped
from tests.documents.samples import PRINTED_AT, dibao_ledger

HOUSEHOLDS = 10_000
HEIGHT = 210 * MM

Text = tuple[str, float, float, str, float]  # words, x, y, font, size; x is the right edge for amounts
Drawn = tuple[list[Text], list[Text], list[tuple[float, float, float, float]]]


def run(households: int = HOUSEHOLDS, pairs: int = 5) -> dict[str, Any]:
    """The median ratio of alternating runs, as a line of the table, with the seconds of both ways beside it."""
    ledger = dibao_ledger(households)
    pages = cells_of(ledger)
    fonts = _register_fonts()
    draw_ledger(dibao_ledger(60), printed_at=PRINTED_AT)
    ours, raw = [], []
    for _ in range(pairs):
        raw.append(_seconds(lambda: _replay(pages, fonts)))
        ours.append(_seconds(lambda: draw_ledger(ledger, printed_at=PRINTED_AT)))
    ratios = [mine / theirs for mine, theirs in zip(ours, raw, strict=True)]
    ledger_seconds, canvas_seconds = statistics.median(ours), statistics.median(raw)
    return {
        "work": f"ledger of {households:,} households as PDF, to a raw canvas replaying its cells",
        "measured": statistics.median(ratios),
        "reach": 0.6,
        "unit": "× canvas",
        "note": f"{ledger_seconds:.2f} s against {canvas_seconds:.2f} s, {len(pages)} pages",
        "ledger_seconds": ledger_seconds,
        "canvas_seconds": canvas_seconds,
        "ratio": statistics.median(ratios),
    }


def cells_of(ledger: Ledger) -> list[Drawn]:
    """Every cell and line of the ledger's rows as the raw canvas draws them, page by page."""
    layout = lay_out(ledger)
    pages = []
    number = 0
    for items in plan_pages(ledger, layout):
        left: list[Text] = []
        right: list[Text] = []
        lines: list[tuple[float, float, float, float]] = []
        y = TOP + layout.head_height
        for item in items:
            if item.what == "row":
                number += 1
                row = ledger.groups[item.group].rows[item.row]
                _row(layout, row, number, y, left, right, lines)
            y += item.height
        pages.append((left, right, lines))
    return pages


def _row(
    layout: Layout, row: Any, number: int, y: float, left: list[Text], right: list[Text], lines: list[Any]
) -> None:
    for place in layout.places:
        value = number if place.column.kind == "seq" else row[place.position]
        base = y + {0: 5.6, 1: 3.4, 2: 7.9}[place.line]
        if place.x > LEFT and place.line != 2:
            end = y + (layout.first_line if place.line == 1 else layout.row_height)
            lines.append((place.x * MM, HEIGHT - y * MM, place.x * MM, HEIGHT - end * MM))
        if value in (None, ""):
            continue
        font, size = place.style.face.value, place.style.size
        if place.column.kind == "money":
            text = format_money_grouped(value) if value else "—"
            right.append((text, (place.right - PADDING) * MM, HEIGHT - base * MM, font, size))
        else:
            left.append((str(value), (place.x + PADDING) * MM, HEIGHT - base * MM, font, size))
    bottom = HEIGHT - (y + layout.row_height) * MM
    lines.append((LEFT * MM, bottom, (LEFT + WIDTH) * MM, bottom))


def _register_fonts() -> list[str]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    names = []
    for path in sorted(Path(resources_dir() / "fonts").glob("Noto*.ttf")):
        pdfmetrics.registerFont(TTFont(path.stem, str(path), shapable=False))
        names.append(path.stem)
    return names


def _replay(pages: list[Drawn], fonts: list[str]) -> int:
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    rl_config.useA85 = 0
    buffer = io.BytesIO()
    canvas = Canvas(
        buffer, pagesize=(297 * MM, HEIGHT), initialFontName=fonts[0], pageCompression=1, invariant=1
    )
    for left, right, lines in pages:
        canvas.setLineWidth(0.4)
        canvas.lines(lines)
        for text, x, y, font, size in left:
            canvas.setFont(font, size)
            canvas.drawString(x, y, text)
        for text, x, y, font, size in right:
            canvas.setFont(font, size)
            canvas.drawRightString(x, y, text)
        canvas.showPage()
    canvas.save()
    return len(buffer.getvalue())


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
