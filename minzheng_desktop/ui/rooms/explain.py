"""这笔钱怎么算的, over the page: every step with its formula and its source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QFrame, QWidget

from ..kit.basics import body, button, column, icon_label, label, row, scroll
from ..kit.cards import notice
from ..kit.dialog import Overlay
from ..kit.money import CalculationLine, CalculationList


class ExplainDialog(QFrame):
    """Only reads; Esc closes."""

    def __init__(self, title: str, steps: Sequence[Any], total: str, *, example: bool) -> None:
        super().__init__()
        self.setObjectName("dialog")
        self._layer: Overlay | None = None
        self._list = CalculationList()
        lines = [CalculationLine(s.name, s.result, s.formula, s.source) for s in steps]
        self._list.show_steps(lines, total if lines else "")
        area = scroll(body(column(self._list, margins=(0, 0, 8, 0))))
        heights = sum(30 + 22 * (bool(s.formula) + bool(s.source)) for s in steps)
        area.setFixedHeight(min(max(heights + 12, 60), 440))
        close = button("关闭", key="Esc", on=self.close_layer)
        whole = column(
            row(
                icon_label("calc", "accent", 20), label("这笔钱怎么算的", "title"), label(title, "hint"), None
            ),
            spacing=12,
            margins=(24, 20, 24, 16),
        )
        if lines:
            whole.addWidget(area)
        else:
            whole.addWidget(notice("warn", f"还算不出来。{total}"))
        if example:
            whole.addWidget(notice("warn", "标准是示例数据〔例〕，不能用于正式封账"))
        whole.addLayout(row(None, close))
        self.setLayout(whole)
        self._close = close

    def open_over(self, parent: QWidget) -> None:
        """Dim the parent and show."""
        self._layer = Overlay(parent, self, width=560)
        self._close.setFocus()

    def close_layer(self) -> None:
        """Give the page back."""
        if self._layer is not None:
            self._layer.close_layer()
