"""拷贝登记: every copy that went to a stick or folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QLineEdit

from ..gateway import copies as gateway
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..kit.table import Column
from ..listing import Line, Listing
from .desks import Actions, ListRoom

if TYPE_CHECKING:
    from ..window import Window


class CopiesRoom(ListRoom):
    """Pills by kind; F6 looks for a package number, a stick, a name."""

    COLUMNS: Sequence[Column] = (
        Column("at", "时间", 142), Column("by", "经手人", 68), Column("kind", "种类", 84),
        Column("name", "文件", 210, bold=True), Column("number", "编号", 52), Column("device", "盘", 190),
        Column("place", "文件夹", 0), Column("size", "大小", 68, "right"), Column("lines", "条数", 60, "right"),
        Column("state", "", 96),
    )  # fmt: skip
    ACTIONS: Actions = (
        ("look", "查找…", "search", "F6"), ("workbook", "存工作簿", "sheet", ""), ("print", "打印", "print", "F9"),
    )  # fmt: skip
    EMPTY = "还没有往盘上抄过文件。"
    MANUAL = "handover"
    WITHOUT_LINES = frozenset({"look"})

    def __init__(self, desk: Window, text: str = "") -> None:
        if desk.is_county:
            at = [one.key for one in self.COLUMNS].index("device")
            self.COLUMNS = (*self.COLUMNS[:at], Column("town", "单位", 84), *self.COLUMNS[at:])
        super().__init__(desk)
        self.text = text
        self._shown: tuple[Line, ...] = ()

    def refresh(self) -> None:
        """The lines as they are now."""
        pill, text = self.pill, self.text

        def show(found: Listing) -> None:
            self._shown = found.lines
            self.page.show_listing(found)

        self.run_latest("listing", lambda office: gateway.view(office, pill, text), show)

    def look(self, _lines: list[Line]) -> None:
        """Ask what to look for."""
        dialog = ConfirmDialog(
            title="在登记里找", icon="search", verb="找", quiet="不找", verb_icon="search",
            sentence="写包号（44）答它在哪些盘上；也可以写盘的名字、文件名、文件夹或经手人。空着列出全部。",
        )  # fmt: skip
        edit = QLineEdit(self.text)
        dialog.body.addWidget(Field("找什么", edit))
        dialog.agreed.connect(lambda: self.look_for(edit.text().strip()))
        dialog.open_over(self.desk.layer_parent())

    def look_for(self, text: str) -> None:
        """Only copies that hold the text, or of the package with this number."""
        self.text, self.pill = text, ""
        self.refresh()

    def workbook(self, _lines: list[Line]) -> None:
        """Ask where, and write what is shown."""
        proposed = str(self.desk.folder / f"拷贝登记-{self.desk.today.isoformat()}.xlsx")
        name, _ = QFileDialog.getSaveFileName(self.page, "登记存到哪里", proposed, "Excel 工作簿 (*.xlsx)")
        if name:
            self.save(Path(name))

    def save(self, target: Path) -> None:
        """What is shown as a workbook."""
        pill, text = self.pill, self.text
        self.run(
            lambda office: gateway.save(office, target, pill, text),
            lambda count: self.desk.saved(f"已写出 {target.name}：{count:,} 份拷贝，读回核对相同"),
        )

    def print(self, _lines: list[Line]) -> None:
        """What is shown on paper."""
        self.desk.print_table(gateway.TITLE, gateway.HEADS, [one.target for one in self._shown])
