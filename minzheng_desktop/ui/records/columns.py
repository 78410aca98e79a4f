"""Columns of the list of records, and how wide they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

from ..kit.table import Column

if TYPE_CHECKING:
    from .page import ListHead


def list_columns(kind: str, quantity: str, amount: str) -> tuple[Column, ...]:
    """Name to amount, with the heads that a form gives to its kind, quantity and amount."""
    return (
        Column("name", "姓名", 0, bold=True, sortable=True, least=56),
        Column("sex", "性别", 42),
        Column("birth_year", "出生年", 58, sortable=True),
        Column("village", "村", 72, sortable=True),
        Column("number", "证号", 148),
        Column("kind", kind, 48, sortable=True),
        Column("state", "状态", 98, sortable=True),
        Column("quantity", quantity, 72, "right", sortable=True),
        Column("amount", amount, 80, "right", sortable=True),
    )


def kind_width(head: ListHead) -> int:
    """Wide enough for the longest kind, as far as the other columns leave room for a name."""
    if head.subject == "none":
        return 140
    spare = sum(not title for title in (head.quantity_title, head.amount_title))
    return min(max(48, 20 + 14 * head.kind_letters), 48 + 72 * spare)


def fill_box(box: QComboBox, items: Sequence[tuple[str, str]]) -> None:
    """(key, words) as the choices of a box."""
    box.clear()
    for key, words in items:
        box.addItem(words, key)
