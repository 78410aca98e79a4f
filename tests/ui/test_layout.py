"""Every page fits 1366×697 (a maximised window) and 1093×545 (the same at 125 %): nothing is clipped at the right."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QToolButton

from tests.ui.moves import settle
from tests.ui.pictures import PICTURES

SIZES = ((1366, 768), (1366, 697), (1093, 545))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", list(PICTURES))
def test_page_fits(name: str, size: tuple[int, int]) -> None:
    made = PICTURES[name]()
    made.resize(*size)
    made.show()
    settle()
    if (after := getattr(made, "after", None)) is not None:
        after()
        settle()
    assert (made.width(), made.height()) == size, "a page may not widen the window"
    for area in made.findChildren(QScrollArea):
        body = area.widget()
        if body is not None and area.isVisible() and area.widgetResizable():
            assert body.minimumSizeHint().width() <= area.viewport().width() + 1, (
                f"{name}: {body.objectName()} is clipped"
            )


@pytest.mark.parametrize("name", list(PICTURES))
def test_buttons_have_names(name: str) -> None:
    """What has no word has an accessible name."""
    made = PICTURES[name]()
    nameless = [
        b
        for b in made.findChildren(QAbstractButton)
        if b.isVisibleTo(made) and _own(b) and not (b.text() or b.accessibleName())
    ]
    assert not nameless


def _own(button: QAbstractButton) -> bool:
    """Not the corner of a table, nor the clear button inside a line."""
    return type(button) is not QAbstractButton and not isinstance(button, QToolButton)
