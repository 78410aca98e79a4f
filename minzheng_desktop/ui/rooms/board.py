"""汇总看板, a township of it, and the list behind any of its figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from ...county.behind import CONFLICTS, ITEMS, Counted, Question
from ...values.dates import month_of
from ..county.board import BoardPage
from ..gateway import board as gateway
from ..kit.table import Column
from ..listing import Line
from .desks import ListRoom
from .papers import report_source
from .preview import PreviewRoom
from .returns import ReturnsRoom
from .room import Room

if TYPE_CHECKING:
    from ..window import Window

TRAIL = "汇总看板"


class BoardRoom(Room):
    """Binds ``BoardPage``."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.month = month_of(desk.today)
        self.page = BoardPage()
        self.page.arrived = self.refresh
        self.page.month_chosen.connect(self.choose)
        self.page.workbook_wanted.connect(self.ask_workbook)
        self.page.print_wanted.connect(self.print)
        self.page.findings_wanted.connect(lambda: desk.shell.show_tab("radar"))
        self.page.returns_wanted.connect(lambda: ReturnsRoom(desk).open())
        self.page.town_chosen.connect(lambda division: TownRoom(desk, division, self.month).open())
        self.page.figure_wanted.connect(self.look_behind)

    def look_behind(self, figure: str, key: str) -> None:
        """The list that a figure counts."""
        BehindRoom(self.desk, gateway.question(figure, key, self.month), TRAIL).open()

    def print(self) -> None:
        """The monthly statistics in the print preview."""
        PreviewRoom(self.desk, report_source("monthly", self.month)).open()

    def ask_workbook(self) -> None:
        """Ask where, and write the board as a workbook."""
        proposed = str(self.desk.folder / f"汇总看板_{self.month}.xlsx")
        name, _ = QFileDialog.getSaveFileName(self.page, "看板存到哪里", proposed, "Excel 工作簿 (*.xlsx)")
        if name:
            self.write_workbook(Path(name))

    def write_workbook(self, target: Path) -> None:
        """The board as it is shown, one row a township."""
        month = self.month
        self.run(
            lambda office: gateway.save_board(office, target, month),
            lambda count: self.desk.saved(f"已写出 {target.name}：{count} 个乡镇，读回核对相同"),
        )

    def choose(self, month: str) -> None:
        """Another month."""
        self.month = month or self.month
        self.refresh()

    def refresh(self) -> None:
        """Every township now."""
        month = self.month
        self.run(gateway.months, lambda months: self.page.show_months(months, self.month))
        self.run_latest("board", lambda office: gateway.board(office, month), self.page.show_board)


class TownRoom(ListRoom):
    """One township: its figures, each the way into its list."""

    COLUMNS = (
        Column("what", "", 190, bold=True), Column("value", "数", 150, "right"), Column("note", "说明", 0),
        Column("open", "", 70),
    )  # fmt: skip
    MANUAL = "county"

    def __init__(self, desk: Window, division: str, month: str) -> None:
        super().__init__(desk)
        self.division, self.month = division, month

    def refresh(self) -> None:
        """The figures as they are now."""
        division, month = self.division, self.month
        self.run_latest("town", lambda office: gateway.town(office, division, month), self.page.show_listing)

    def open_line(self, line: Line) -> None:
        trail = f"{TRAIL} › {self.desk.town(self.division)}"
        BehindRoom(self.desk, line.target, trail).open()

    def act(self, action: str, lines: list[Line]) -> None:
        """The link of a line."""
        if action == "open":
            self.open_line(lines[0])


class BehindRoom(ListRoom):
    """What a figure counts, line by line, each the way to its record, person, package or batch."""

    COLUMNS = (
        Column("town", "乡镇", 84, bold=True), Column("what", "内容", 170), Column("who", "是谁的", 150),
        Column("at", "时间", 130), Column("note", "说明", 0), Column("cents", "金额（元）", 110, "right"),
        Column("open", "", 56),
    )  # fmt: skip
    MANUAL = "county"

    def __init__(self, desk: Window, asked: Question, trail: str) -> None:
        super().__init__(desk)
        self.asked, self.trail = asked, trail

    def refresh(self) -> None:
        """The list as it is now."""
        asked, trail = self.asked, self.trail
        self.run_latest("behind", lambda office: gateway.behind(office, asked, trail), self.page.show_listing)

    def act(self, action: str, lines: list[Line]) -> None:
        """The link of a line."""
        if action == "open":
            self.open_line(lines[0])

    def open_line(self, line: Line) -> None:
        one: Counted = line.target
        if one.kind == "batch":
            BehindRoom(
                self.desk, Question(ITEMS, one.division, batch=one.id), f"{self.trail} › {one.what}"
            ).open()
        elif one.kind == "package":
            self.desk.open_package(one.id)
        elif one.kind == "town":
            TownRoom(self.desk, one.id, self.asked.month).open()
        elif self.asked.figure == CONFLICTS:
            self.desk.open_conflicts()
        elif one.record:
            self.desk.open_record_from_here(one.record, one.form)
        elif one.person:
            self.desk.open_person(one.person)
        else:
            self.desk.say(one.note or "这一行没有记录可以打开。", "info")
