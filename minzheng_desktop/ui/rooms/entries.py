"""成批录入 of one form: rows judged as they are typed, planned, written; drafts kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from ...values.errors import UserError
from ..entries.page import EntriesPage
from ..entries.sheet import EntrySheet, Line
from ..gateway import entries as gateway
from .room import Room

if TYPE_CHECKING:
    from ..window import Window

AT_ONCE = 40
"""Rows judged in one go: a cell changed meanwhile waits no longer than they take."""
REST = 1500
"""Milliseconds of rest after which what was typed is kept."""


class EntriesRoom(Room):
    """Binds one ``EntriesPage``."""

    def __init__(self, desk: Window, form: str, title: str) -> None:
        super().__init__(desk)
        self.form = form
        self.opened: gateway.OpenGrid | None = None
        self._planned: tuple[gateway.Planned, list[Line]] | None = None
        self._judging = False
        self._dirty = False
        self.page = EntriesPage(title, desk.initials)
        self.page.back_wanted.connect(self.back)
        self.page.changed.connect(self._changed)
        self.page.save_wanted.connect(self.plan)
        self.page.commit_wanted.connect(self.commit)
        self.page.block_wanted.connect(self.put_block)
        self.page.give_up_wanted.connect(self.give_up)
        self.page.hints_changed.connect(desk.shell.refresh_hints)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self.keep)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._judge_waiting)

    def open(self) -> None:
        """Lay the page over the list, with what was left unsaved."""
        self.run(lambda office: gateway.open_grid(office, self.form), self._show)

    def _show(self, opened: gateway.OpenGrid) -> None:
        self.opened = opened
        self.page.cell_judged = opened.judge_cell
        self.page.show_sheet(
            EntrySheet(opened.columns, opened.rows), opened.shown, opened.amount_title, opened.kept
        )
        self.desk.shell.open_page(self.page)
        self._judge_waiting()

    def back(self) -> None:
        """Back to the list; what is not saved is kept."""
        self.page.grid.finish_entry()
        self.keep()
        self._rest.stop()
        self._soon.stop()
        self.opened = None
        self.desk.shell.back()

    # -- judging ------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._dirty = True
        self._planned = None
        self._rest.start()
        self._soon.start()

    def _judge_waiting(self) -> None:
        """Judge rows that nobody has judged as they stand, some at a time, those in sight first."""
        opened, sheet = self.opened, self.page.sheet
        if opened is None or self._judging:
            return
        rows = sheet.waiting()
        if not rows:
            return
        here = self.page.grid.row
        rows = sorted(rows, key=lambda at: abs(at - here))[:AT_ONCE]
        asked = [(sheet.lines[at], sheet.lines[at].version) for at in rows]
        cells = self._texts(rows)
        self._judging = True

        def judged(verdicts: list[Any]) -> None:
            self._judging = False
            if self.opened is not opened:
                return
            for (line, version), verdict in zip(asked, verdicts, strict=True):
                sheet.take_verdict(line, version, verdict)
            known = {id(line) for line, _ in asked}
            self.page.show_verdicts(at for at, line in enumerate(sheet.lines) if id(line) in known)
            self._judge_waiting()

        def failed(error: Exception) -> None:
            self._judging = False
            self.desk.show_error(error)

        self.run(lambda office: gateway.judge(office, opened, cells), judged, failed=failed)

    def _texts(self, rows: Sequence[int]) -> list[gateway.Asked]:
        return [gateway.Asked(at, dict(self.page.sheet.lines[at].cells)) for at in rows]

    # -- blocks ----------------------------------------------------------------------------------

    def put_block(self, block: list[list[str]]) -> None:
        """A pasted block: by its header where it has one, else from the current cell on."""
        opened, page = self.opened, self.page
        if opened is None:
            return
        at = max(page.grid.row, 0)
        placed = opened.place_block(block)
        lost: Sequence[str] = ()
        if placed is not None:
            paths, lost = list(placed.paths), placed.lost
            block = block[placed.header :]
            page.show_column(path for path in paths if path)
        else:
            paths = page.grid.paths_from_here()
            over = max(map(len, block)) - len(paths)
            lost = (f"右边 {over} 列",) if over > 0 else ()
        if any(line.saved for line in page.sheet.lines[at : at + len(block)]):
            page.say("这里有已经保存的行，没有贴。到最后的空行再贴。", "error")
            return
        page.grid.put_block(block, paths, at)
        words = f"贴上了 {len(block):,} 行"
        if lost:
            words += f"；{'、'.join(lost)}没有地方放，没有贴"
        page.note(words, "warn" if lost else "")

    # -- saving --------------------------------------------------------------------------------------

    def plan(self) -> None:
        """What would be written, before it is."""
        opened, sheet = self.opened, self.page.sheet
        rows = sheet.filled()
        if opened is None or not rows:
            return
        lines = [sheet.lines[at] for at in rows]
        versions = [line.version for line in lines]
        cells = self._texts(rows)

        def planned(made: gateway.Planned) -> None:
            if self.opened is not opened or versions != [line.version for line in lines]:
                return
            for line, version, verdict in zip(lines, versions, made.verdicts, strict=True):
                sheet.take_verdict(line, version, verdict)
            self.page.show_verdicts(rows)
            if not made.count:
                self.page.say("没有可以保存的行，先把红的改好。", "error")
                self.page.next_problem()
                return
            self._planned = (made, sheet.lines[:])
            self.page.show_plan(made.words, made.count)

        self.run(lambda office: gateway.plan(office, opened, cells), planned)

    def commit(self) -> None:
        """Write what was shown, in one transaction; rows with errors stay."""
        opened, planned = self.opened, self._planned
        if opened is None or planned is None:
            return
        made, lines = planned
        self._planned, self._dirty = None, False
        shown = self.page.shown

        def done(written: gateway.Written) -> None:
            saved = [lines[at] for at in written.rows]
            for at, problems in written.rows.items():
                line = lines[at]
                if line.verdict is not None:
                    line.verdict = replace(line.verdict, problems=problems)
            self.page.sheet.mark_saved(saved)
            left = len(self.page.sheet.filled())
            words = written.words + (f"，{left:,} 行有错的留在表里" if left else "")
            self.page.note(words, "ok")
            self.page.unplan()
            self.page.show_verdicts(range(len(self.page.sheet.lines)))
            self.desk.saved(words)
            self.page.grid.go_to(self.page.sheet.filled()[0] if left else len(self.page.sheet.lines) - 1, "")
            self._judge_waiting()

        def failed(error: Exception) -> None:
            self._dirty = True
            self.page.unplan()
            if isinstance(error, UserError):
                self.page.say(error.message, "error")
            self.desk.show_error(error)

        self.run(lambda office: gateway.commit(office, opened, made, shown), done, failed=failed)

    # -- drafts ------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Keep what was typed and not saved."""
        opened = self.opened
        if opened is None or not self._dirty:
            return
        self._dirty = False
        rows, shown = self.page.sheet.draft(), self.page.shown
        self.run(lambda office: gateway.keep(office, opened, rows, shown))

    def give_up(self) -> None:
        """Begin with an empty grid; what was left is forgotten."""
        opened = self.opened
        if opened is None:
            return
        self._dirty = False
        self.page.show_sheet(EntrySheet(opened.columns), opened.shown, opened.amount_title)
        self.run(lambda office: gateway.keep(office, opened, [], ()))
