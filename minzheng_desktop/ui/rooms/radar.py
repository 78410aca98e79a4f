"""核查 at the county: the radar of double payments and its cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from ...checks.desk import answer_findings
from ...county.radar import Case
from ...values.dates import format_month_cn, month_of
from ..county.radar import RadarPage, RadarView
from ..gateway import radar as gateway
from ..kit.table import Column
from ..listing import Line
from ..worker import Progress
from .desks import ListRoom
from .room import Room

if TYPE_CHECKING:
    from ..window import Window


class RadarRoom(Room):
    """Binds ``RadarPage``."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.month, self.state = month_of(desk.today), ""
        self.page = RadarPage(gateway.KINDS)
        self.page.arrived = self.refresh
        self.page.month_chosen.connect(self.choose)
        self.page.state_chosen.connect(self.choose_state)
        self.page.run_wanted.connect(self.run_radar)
        self.page.findings_wanted.connect(desk.open_findings)
        self.page.pairs_wanted.connect(desk.open_pairs)
        self.page.workbook_wanted.connect(self.ask_workbook)
        self.page.cases_wanted.connect(
            lambda division, kind: CasesRoom(desk, self.month, division, kind, self.state).open()
        )

    def choose(self, month: str) -> None:
        """Another month."""
        self.month = month or self.month
        self.refresh()

    def choose_state(self, state: str) -> None:
        """Only the cases that are so far."""
        self.state = state
        self.refresh()

    def refresh(self) -> None:
        """The matrix as it was found and as far as it is."""
        month, state = self.month, self.state

        def show(view: RadarView) -> None:
            self.page.show_view(view)

        self.run(gateway.months, lambda months: self.page.show_months(months, self.month))
        self.run_latest("matrix", lambda office: gateway.matrix(office, month, state), show)

    def run_radar(self) -> None:
        """Look at the month again."""
        month = self.month

        def done(count: int) -> None:
            self.page.progress.finish()
            self.desk.saved(f"{format_month_cn(month)}核查完，{count:,} 件")
            self.refresh()

        def progress(step: Progress) -> None:
            self.page.progress.show_progress(step.words, step.done, step.of)

        self.run(lambda office: gateway.run(office, month), done, failed=self._failed, progress=progress)

    def _failed(self, error: Exception) -> None:
        self.page.progress.finish()
        self.desk.show_error(error)

    def ask_workbook(self) -> None:
        """Ask where, and write the matrix as a workbook."""
        proposed = str(self.desk.folder / f"重复发放雷达_{self.month}.xlsx")
        name, _ = QFileDialog.getSaveFileName(self.page, "雷达存到哪里", proposed, "Excel 工作簿 (*.xlsx)")
        if name:
            self.write_workbook(Path(name))

    def write_workbook(self, target: Path) -> None:
        """The matrix of the month, one row a township."""
        month = self.month
        self.run(
            lambda office: gateway.save_matrix(office, target, month),
            lambda count: self.desk.saved(f"已写出 {target.name}：{count} 件，读回核对相同"),
        )


class CasesRoom(ListRoom):
    """The cases behind a figure of the radar."""

    COLUMNS = (
        Column("town", "乡镇", 84, bold=True), Column("kind", "类别", 130), Column("name", "姓名", 84, bold=True),
        Column("form", "业务", 130), Column("cents", "涉及（元）", 100, "right"), Column("state", "办到哪一步", 140),
        Column("evidence", "依据", 0), Column("open", "", 56),
    )  # fmt: skip
    ACTIONS = (("accept", "采信…", "check", ""),)
    EMPTY = "没有这样的件。"
    MANUAL = "county"
    MANY = True

    def __init__(self, desk: Window, month: str, division: str, kind: str, state: str) -> None:
        super().__init__(desk)
        self.month, self.division, self.kind, self.pill = month, division, kind, state

    def refresh(self) -> None:
        """The cases as far as they are now."""
        asked = (self.month, self.division, self.kind, self.pill)
        self.run_latest("cases", lambda office: gateway.cases(office, *asked), self.page.show_listing)

    def open_line(self, line: Line) -> None:
        case: Case = line.target
        if case.records:
            self.desk.open_record_from_here(case.records[0], case.form)
        elif case.persons:
            self.desk.open_person(case.persons[0])

    def act(self, action: str, lines: list[Line]) -> None:
        """The link of a line goes to its record."""
        if action == "open":
            self.open_line(lines[0])
        else:
            super().act(action, lines)

    def accept(self, lines: list[Line]) -> None:
        """Close cases because what the township says is right."""
        ids = [line.id for line in lines]
        self.ask(
            f"采信 {len(ids)} 件？", "写明依据，例如乡镇的答复；内容变了会重新打开。", "采信", (("text", "依据", ""),),
            lambda a: self.run(
                lambda office: answer_findings(office.store, ids, as_="accepted", text=a["text"]),
                self.done(f"已采信 {len(ids)} 件"),
            ),
        )  # fmt: skip
