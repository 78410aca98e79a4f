"""导入花名册: pick a file, look at the plan, write it, take it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from ...values.errors import UserError
from ..gateway import rosters as gateway
from ..kit.cards import notice
from ..kit.dialog import ConfirmDialog
from ..roster import RosterPage, RosterPlan
from ..roster_pick import PickPage
from ..worker import Progress, Ticket
from .room import Room

if TYPE_CHECKING:
    from ..window import Window

KINDS = "花名册 (*.xlsx *.xls *.ods *.xlsm *.et);;全部文件 (*)"


class RosterRoom(Room):
    """Binds ``PickPage`` and ``RosterPage`` for one form."""

    def __init__(self, desk: Window, form: str, title: str) -> None:
        super().__init__(desk)
        self.form, self.title = form, title
        self.work: gateway.Work | None = None
        self.plan_shown: RosterPlan | None = None
        self._ticket: Ticket | None = None
        self.pick = PickPage(title)
        self.pick.back_wanted.connect(desk.shell.back)
        self.pick.file_wanted.connect(self.choose)
        self.pick.dropped.connect(lambda name: self.plan(Path(name)))
        self.pick.undo_wanted.connect(self.ask_undo)
        self.pick.template_wanted.connect(self.ask_template)
        self.pick.arrived = self._list
        self.page: RosterPage | None = None

    def open(self) -> None:
        """Lay the picking page over the list."""
        self.desk.shell.open_page(self.pick)

    def _list(self) -> None:
        self.run(lambda office: gateway.batches(office, self.form), self.pick.show_batches)

    def choose(self) -> None:
        """Ask for the workbook."""
        name, _ = QFileDialog.getOpenFileName(self.pick, "选择花名册", str(self.desk.folder), KINDS)
        if name:
            self.plan(Path(name))

    @property
    def made(self) -> Any:
        """The plan in sight, None while nothing can be read."""
        return self.work.made if self.work is not None else None

    def plan(self, file: Path) -> None:
        """Read and plan a workbook; nothing is written."""
        self._ticket = self.run(
            lambda office: gateway.plan(office, self.form, file),
            self._planned,
            failed=self._failed,
            progress=self._progress,
            stopped=lambda: self.pick.progress.finish("已停下，没有写入任何一行。"),
        )

    def choose_meaning(self, sheet: str, column: str, path: str) -> None:
        """A column means something else: plan again."""
        assert self.work is not None
        self._again(gateway.chosen_with(self.work, sheet, column=column, path=path))

    def choose_header(self, sheet: str, first: int, last: int) -> None:
        """The header stands in these rows: plan again."""
        assert self.work is not None
        self._again(gateway.chosen_with(self.work, sheet, header=(first, last)))

    def _again(self, chosen: dict[str, Any]) -> None:
        work, page = self.work, self.page
        assert work is not None
        assert page is not None

        def planned(found: tuple[gateway.Work, RosterPlan]) -> None:
            page.progress.finish()
            self._planned(found)

        def failed(error: Exception) -> None:
            page.progress.finish()
            if isinstance(error, UserError) and self.plan_shown is not None:
                page.show_plan(self.plan_shown)
                page.mapping.say(error.message, "error")
            else:
                self.desk.show_error(error)

        self._ticket = self.run(
            lambda office: gateway.plan(office, self.form, work.book.path, work, chosen),
            planned,
            failed=failed,
            progress=self._progress,
            stopped=lambda: page.progress.finish("已停下，列对应没有改。"),
        )

    def _progress(self, step: Progress) -> None:
        bar = self.page.progress if self.page is not None else self.pick.progress
        bar.show_progress(step.words, step.done, step.of)

    def _failed(self, error: Exception) -> None:
        bar = self.page.progress if self.page is not None else self.pick.progress
        bar.finish()
        self.desk.show_error(error)

    def _planned(self, found: tuple[gateway.Work, RosterPlan]) -> None:
        self.work, plan = found
        self.plan_shown = plan
        self.pick.progress.finish()
        if self.page is None:
            self.page = RosterPage(self.desk.initials)
            self.page.back_wanted.connect(self._back)
            self.page.commit_wanted.connect(self.commit)
            self.page.undo_wanted.connect(self._undo_last)
            self.page.errors_wanted.connect(self.ask_errors)
            self.page.template_wanted.connect(self.ask_template)
            self.page.mapping.meaning_chosen.connect(self.choose_meaning)
            self.page.mapping.header_chosen.connect(self.choose_header)
            self.page.hints_changed.connect(self.desk.shell.refresh_hints)
            self.page.progress.stopped.connect(self._stop)
            self.desk.shell.open_page(self.page)
        self.page.show_plan(plan)

    def _back(self) -> None:
        self.page = None
        self.desk.shell.back()

    def commit(self) -> None:
        """Write what was shown, in one transaction."""
        work, shown = self.work, self.plan_shown
        assert work is not None
        assert shown is not None
        made = self.made

        def done(found: tuple[Any, RosterPlan]) -> None:
            imported, plan = found
            self.work, self.plan_shown = replace(work, made=imported.plan), plan
            assert self.page is not None
            self.page.progress.finish()
            self.page.show_plan(plan)
            self.desk.saved(plan.done)

        self.run(
            lambda office: gateway.commit(office, made, shown.mapping),
            done,
            failed=self._failed,
            progress=self._progress,
        )

    def ask_errors(self) -> None:
        """Ask where the rejected rows go."""
        if self.made is None:
            return
        proposed = str(self.desk.folder / f"{self.made.path.stem}_问题清单.xlsx")
        name, _ = QFileDialog.getSaveFileName(
            self.page, "问题清单存到哪里", proposed, "Excel 工作簿 (*.xlsx)"
        )
        if name:
            self.write_errors(Path(name))

    def write_errors(self, target: Path) -> None:
        """Rejected rows as a workbook of the same layout, to mend and import again."""
        made = self.made
        self.run(
            lambda office: gateway.write_errors(office, made, target),
            lambda file: self.desk.saved(f"已写出 {file.name}，改好再导这一份就行"),
        )

    def ask_template(self) -> None:
        """Ask where the empty workbook of this form goes."""
        proposed = str(self.desk.folder / f"{self.title}空表.xlsx")
        name, _ = QFileDialog.getSaveFileName(
            self.page or self.pick, "空表存到哪里", proposed, "Excel 工作簿 (*.xlsx)"
        )
        if name:
            self.write_template(Path(name))

    def write_template(self, target: Path) -> None:
        """The empty workbook of this form, to fill in and import."""
        self.run(
            lambda office: gateway.write_template(office, self.form, target),
            lambda file: self.desk.saved(f"空表已存为 {file.name}，填好拿到这里导入"),
        )

    # -- undo ----------------------------------------------------------------------------------

    def _undo_last(self) -> None:
        self.run(lambda office: gateway.last_import(office, self.form), self._ask_undo_last)

    def _ask_undo_last(self, import_id: str) -> None:
        if import_id:
            self.ask_undo(import_id)

    def _stop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    def ask_undo(self, import_id: str) -> None:
        """What would go and what would stay, before it is done."""

        def ask(made: Any) -> None:
            dialog = ConfirmDialog(
                title="撤销这一批？",
                icon="undo",
                sentence=f"{made.file} 写入的 {made.records:,} 条记录作废，改过的值改回原样。以后又有人改过的留着。",
                verb="撤销这一批",
                danger=True,
            )
            if made.kept:
                names = "；".join(f"{one.name}：{one.reason}" for one in made.kept[:5])
                dialog.body.addWidget(notice("warn", f"{len(made.kept)} 条留着不动", names))
            dialog.agreed.connect(lambda: self.undo(made))
            dialog.open_over(self.desk.layer_parent())

        self.run(lambda office: gateway.plan_back(office, import_id), ask)

    def undo(self, made: Any) -> None:
        """Take the import back."""

        def done(undone: Any) -> None:
            self.desk.saved(f"已撤销 {undone.undone:,} 项，留着 {len(undone.kept)} 项")
            if self.page is not None:
                self._back()
            self._list()

        self.run(lambda office: gateway.take_back(office, made), done)
