"""Before the plan of a roster: which file, and what was imported before."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from .kit.basics import button, column, frame, icon_label, label, row
from .kit.cards import Card, FootProgress
from .kit.table import Column, Table
from .page import Hint, Page, title_bar


class PickPage(Page):
    """Before the plan: which form, which file. A file may also be dropped here."""

    manual = "roster"

    back_wanted = Signal()
    file_wanted = Signal()
    dropped = Signal(str)
    undo_wanted = Signal(str)
    template_wanted = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.hints = (Hint("Enter", "选文件"), Hint("F6", "空表"), Hint("Esc", "返回"))
        self.keys = {"Esc": self.back_wanted.emit, "F6": self.template_wanted.emit}
        bar = title_bar("返回列表", self.back_wanted.emit, label(f"导入{title}花名册", "title"), None)
        pick = button("选择花名册文件…", "primary", "in", on=self.file_wanted.emit)
        pick.setAutoDefault(True)
        words = label(
            "可以直接拿 WPS 或 Excel 的表来导（xlsx、xls、ods），表头在第几行、有没有合并格都可以。", "label"
        )
        empty = button("空表…", icon="sheet", key="F6", on=self.template_wanted.emit)
        empty.setToolTip("存一份空表：列名、下拉和填表说明都在里面，填好再拿来导入")
        safe = label("先看预览，提交以前什么都不写。也可以把文件拖到这里。", "hint")
        inside = column(
            row(None, icon_label("sheet", "accent", 32), None), row(None, words, None), row(None, safe, None),
            row(None, pick, empty, None, spacing=12), spacing=12, margins=(32, 32, 32, 32),
        )  # fmt: skip
        card = frame("card", inside)
        self._past = Card("以前导入的", "整批可以撤销，锁定过的月份除外")
        self._batches = Table(
            (
                Column("at", "时间", 132),
                Column("file", "文件", 0),
                Column("rows", "写入行数", 90, "right"),
                Column("state", "状态", 110),
                Column("link", "", 64),
            )
        )
        self._batches.set_empty("还没有导入过花名册。")
        self._batches.link_followed.connect(lambda item, _key: self.undo_wanted.emit(item["id"]))
        self._past.add(self._batches, 1)
        whole = column(bar, column(card, self._past, margins=(16, 16, 16, 16), spacing=16), spacing=0)
        self.setLayout(whole)
        self.progress = FootProgress()
        whole.addWidget(self.progress)
        self._pick = pick

    def take_focus(self) -> None:
        self._pick.setFocus()

    def show_batches(self, batches: Sequence[dict[str, object]]) -> None:
        """Earlier imports of this form, newest first."""
        self._batches.show_rows(batches)

    def dragEnterEvent(self, event) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event) -> None:
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.dropped.emit(url.toLocalFile())
                return
