"""Which row stands on which page: breaks are planned from fixed heights before anything is drawn.

A band never ends a page, a subtotal never begins one (it takes a row along), and the last page keeps two rows with
the total and the signatures. Heights are millimetres.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from minzheng_desktop.documents.ledger_layout import BOTTOM, TOP, Layout
from minzheng_desktop.documents.ledger_model import Ledger

BAND, SUBTOTAL, PAGE_TOTAL, GRAND, WORDS = 5.0, 5.6, 5.6, 6.2, 6.9
SIGNATURES = 15.0
NOTE_LEAD = 4.6

What = Literal["band", "row", "subtotal", "page", "running", "grand", "words", "signatures"]


class Item(NamedTuple):
    """One thing on a page: rows carry (group, index in group), bands and subtotals their group."""

    what: What
    height: float
    group: int = -1
    row: int = -1
    continued: bool = False


class _Piece(NamedTuple):
    item: Item
    glued: bool  # stays on one page with the next piece


def plan_pages(ledger: Ledger, layout: Layout, *, note_lines: int = 0) -> tuple[tuple[Item, ...], ...]:
    """The items of each page from top to bottom; a ledger without rows has one page with its total."""
    pieces = _pieces(ledger, layout, note_lines)
    room = BOTTOM - TOP - layout.head_height
    foot = 2 * PAGE_TOTAL
    pages: list[list[Item]] = [[]]
    used = 0.0
    for chunk, last in _chunks(pieces):
        height = sum(item.height for item in chunk)
        limit = room if last else room - foot
        continued = _continuation(chunk, ledger) if not pages[-1] else None
        needed = height + (continued.height if continued else 0)
        if pages[-1] and used + needed > limit:
            _close(pages[-1])
            pages.append([])
            used = 0.0
            continued = _continuation(chunk, ledger)
            needed = height + (continued.height if continued else 0)
        if continued:
            pages[-1].append(continued)
        pages[-1].extend(chunk)
        used += needed
    return tuple(tuple(page) for page in pages)


def _close(page: list[Item]) -> None:
    page += [Item("page", PAGE_TOTAL), Item("running", PAGE_TOTAL)]


def _continuation(chunk: list[Item], ledger: Ledger) -> Item | None:
    first = chunk[0]
    if not ledger.bands or first.what != "row" or first.row == 0:
        return None
    return Item("band", BAND, first.group, continued=True)


def _pieces(ledger: Ledger, layout: Layout, note_lines: int) -> list[_Piece]:
    pieces: list[_Piece] = []
    rows_left = ledger.row_count
    for number, group in enumerate(ledger.groups):
        if not group.rows:
            continue
        if ledger.bands:
            pieces.append(_Piece(Item("band", BAND, number), glued=True))
        for row in range(len(group.rows)):
            rows_left -= 1
            last = row == len(group.rows) - 1
            glued = rows_left < 2 or (last and ledger.bands)
            pieces.append(_Piece(Item("row", layout.row_height, number, row), glued))
        if ledger.bands:
            pieces.append(_Piece(Item("subtotal", SUBTOTAL, number), glued=rows_left < 2))
    tail: list[Item] = [Item("page", PAGE_TOTAL)] if pieces else []
    tail.append(Item("grand", GRAND))
    if ledger.main_column is not None:
        tail.append(Item("words", WORDS))
    tail.append(Item("signatures", SIGNATURES + note_lines * NOTE_LEAD))
    pieces += [_Piece(item, glued=True) for item in tail]
    return pieces


def _chunks(pieces: list[_Piece]) -> list[tuple[list[Item], bool]]:
    """Runs of pieces that stay together, each with whether it is the one with the grand total."""
    chunks: list[tuple[list[Item], bool]] = []
    current: list[Item] = []
    for piece in pieces:
        current.append(piece.item)
        if not piece.glued:
            chunks.append((current, False))
            current = []
    chunks.append((current, True))
    return chunks
