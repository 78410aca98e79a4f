"""报表: binds the page of figures to the reports of this office."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit

from ...values.date_text import parse_date
from ...values.dates import month_of
from ...values.errors import UserError
from ..gateway import reports as gateway
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..reports import ANNUAL, MONTHLY, ReportsPage, ReportView
from .papers import report_source
from .preview import PreviewRoom
from .room import Room

if TYPE_CHECKING:
    from ..window import Window

KINDS = {ANNUAL: "年度报告", MONTHLY: "月报"}
_FILES = {"pdf": "PDF (*.pdf)", "xlsx": "Excel 工作簿 (*.xlsx)", "docx": "Word 文档 (*.docx)"}


class ReportsRoom(Room):
    """The county sees the year and the month, a township its month."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        kinds = (ANNUAL, MONTHLY) if desk.is_county else (MONTHLY,)
        self.chosen = {ANNUAL: str(desk.today.year), MONTHLY: month_of(desk.today)}
        self.page = ReportsPage([(kind, KINDS[kind]) for kind in kinds], facts=desk.is_county)
        self.page.arrived = self.refresh
        self.page.kind_chosen.connect(self.choose_kind)
        self.page.period_chosen.connect(self.choose)
        self.page.line_chosen.connect(self.look_behind)
        self.page.record_opened.connect(self._open)
        self.page.save_wanted.connect(self.ask_save)
        self.page.print_wanted.connect(self.print)
        self.page.fact_wanted.connect(self.ask_fact)

    @property
    def period(self) -> str:
        """The year or month that is shown."""
        return self.chosen[self.page.kind]

    def choose_kind(self, kind: str) -> None:
        """The other report."""
        self.page.show_kind(kind)
        self.refresh()

    def choose(self, period: str) -> None:
        """Another year or month."""
        self.chosen[self.page.kind] = period or self.period
        self.refresh()

    def refresh(self) -> None:
        """Count again."""
        kind, period = self.page.kind, self.period
        self.run(
            lambda office: gateway.periods(office, kind), lambda found: self.page.show_periods(found, period)
        )
        self.page.progress.show_progress("正在统计", 0, 0)

        def done(view: ReportView) -> None:
            self.page.progress.finish()
            self.page.show_view(view)

        self.run_latest("view", lambda office: gateway.view(office, kind, period), done)

    def look_behind(self, key: str) -> None:
        """How the chosen number comes about."""
        kind, period = self.page.kind, self.period
        self.run_latest(
            "behind", lambda office: gateway.behind(office, kind, period, key), self.page.show_behind
        )

    def _open(self, target: tuple[str, str] | None) -> None:
        if target:
            self.desk.open_record(target[1], target[0])

    def print(self) -> None:
        """The report in the print preview."""
        kind, period = self.page.kind, self.period
        PreviewRoom(self.desk, report_source(kind, period)).open()

    def ask_save(self, ending: str) -> None:
        """Ask where, and write the report."""
        name = f"{KINDS[self.page.kind]}_{self.period}.{ending}"
        chosen, _ = QFileDialog.getSaveFileName(
            self.page, "存到哪里", str(self.desk.folder / name), _FILES[ending]
        )
        if chosen:
            self.save(Path(chosen), ending)

    def save(self, target: Path, ending: str) -> None:
        """Write the report, read it back."""
        kind, period = self.page.kind, self.period
        self.run(
            lambda office: gateway.save(office, kind, period, target, ending),
            lambda _pages: self.desk.saved(f"已写出 {target.name}，读回核对相同"),
        )

    def ask_fact(self) -> None:
        """A figure that no record can tell."""
        self.run(gateway.facts, self._ask_fact)

    def _ask_fact(self, facts: tuple[tuple[str, str], ...]) -> None:
        dialog = ConfirmDialog(
            title="登记一项数字", icon="flag", verb="登记", quiet="不了", verb_icon="check",
            sentence="只用于记录里看不出来的事实，报告里注明“县局登记”。登记错了，在“县局登记”里注销。",
        )  # fmt: skip
        what = QComboBox()
        for key, title in facts:
            what.addItem(title, key)
        current = self.page.table.current
        if current is not None:
            what.setCurrentIndex(max(what.findData(current.key), 0))
        year = self.chosen[ANNUAL]
        last = f"{year}-12-31"
        value, note = QLineEdit(), QLineEdit()
        note.setPlaceholderText("依据的文件、验收单或经过")
        on = QLineEdit(min(last, self.desk.today.isoformat()))
        for words, edit in (("指标", what), ("数值", value), ("截至日期", on), ("说明", note)):
            dialog.body.addWidget(Field(words, edit, required=True))
        dialog.require(partial(_missing, value, on, note))
        dialog.agreed.connect(
            lambda: self.enter_fact(what.currentData(), value.text(), on.text(), note.text())
        )
        dialog.open_over(self.desk.layer_parent())

    def enter_fact(self, key: str, value: str, on: str, note: str) -> None:
        """Write the fact down and count again."""
        day = parse_date(on, today=self.desk.today).text
        if len(day) != len("2024-12-31"):
            self.desk.show_error(UserError("date", f"日期“{on}”要写到日。没有登记。"))
            return

        def done(_record: Any) -> None:
            self.desk.saved("已登记")
            self.refresh()

        from datetime import date

        self.run(lambda office: gateway.enter(office, key, value, date.fromisoformat(day), note), done)


def _missing(value: QLineEdit, on: QLineEdit, note: QLineEdit) -> str:
    empty = [
        words
        for words, edit in (("数值", value), ("截至日期", on), ("说明", note))
        if not edit.text().strip()
    ]
    return f"填上{empty[0]}。" if empty else ""
