"""What stands at the head of the first sub-tab: the draft that came back, why it is closed, problems of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from ..kit.basics import button, clear, column
from ..kit.cards import notice
from ..kit.fields import WarningWithReason
from .outline import FieldProblem, RecordView

_TONES: Mapping[str, str] = {"error": "error", "warning": "warn"}


class HeadNotices(QWidget):
    """Notices one under another; takes no room while there are none."""

    explained = Signal(str, str)
    """(code, reason) of a warning that was passed."""
    draft_unwanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._box = column(spacing=6)
        self.setLayout(self._box)
        self._problems: dict[tuple[str, str], QFrame] = {}
        self.hide()

    def show_view(self, view: RecordView) -> None:
        """Begin anew with what is to be said of an opened record."""
        clear(self._box)
        self._problems = {}
        if view.restored:
            give_up = button("不要草稿", "link", on=self.draft_unwanted.emit)
            self._box.addWidget(notice("info", view.restored, action=give_up))
        if view.unknown:
            self._box.addWidget(notice("info", view.unknown))
        if not view.editable and view.why_closed:
            self._box.addWidget(notice("info", view.why_closed))
        self.setVisible(self._box.count() > 0)

    def show_problems(self, problems: Iterable[FieldProblem], reasons: Mapping[str, str]) -> None:
        """Show problems that have no field of their own; ``reasons`` are those already written, by code."""
        wanted = {(p.level, p.code or p.message): p for p in problems}
        if set(wanted) == set(self._problems):
            return
        for old in self._problems.values():
            self._box.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._problems = {}
        for key, problem in wanted.items():
            made = self._notice(key[1], problem, reasons)
            self._problems[key] = made
            self._box.addWidget(made)
        self.setVisible(self._box.count() > 0)

    @property
    def first_warning(self) -> QFrame | None:
        """The first notice of a warning; None when there is none."""
        return next((made for (level, _), made in self._problems.items() if level == "warning"), None)

    def _notice(self, code: str, problem: FieldProblem, reasons: Mapping[str, str]) -> QFrame:
        if not problem.needs_reason:
            return notice(_TONES.get(problem.level, "info"), problem.message)
        made = WarningWithReason(problem.message, reason=reasons.get(code, ""))
        made.explained.connect(partial(self.explained.emit, code))
        return made
