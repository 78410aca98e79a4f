"""The scrolling form of one sub-tab: sections of fields in columns, sub-tables from edge to edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ..kit.basics import ElideLabel, column, label, row
from ..kit.fields import LABEL_WIDTH, Field, WarningWithReason
from . import choice_editors, editors, pickers, secret_editors
from .editors import Editor
from .outline import Doc, FieldLine, FieldProblem, Judgement, PersonBrief, SectionLine, Sources

_EDITORS: Mapping[str, type[Editor]] = {
    "text": editors.TextEditor,
    "phone": editors.TextEditor,
    "location": editors.TextEditor,
    "note": editors.NoteEditor,
    "integer": editors.IntegerEditor,
    "decimal": editors.DecimalEditor,
    "money": editors.MoneyEditor,
    "date": editors.DateEditor,
    "month": editors.DateEditor,
    "datetime": editors.DateEditor,
    "yes_no": choice_editors.YesNoEditor,
    "choices": choice_editors.ChoicesEditor,
    "village": choice_editors.ComboEditor,
    "id_number": secret_editors.IdNumberEditor,
    "usci": editors.UsciEditor,
    "account": secret_editors.AccountEditor,
    "names": editors.NamesEditor,
    "files": secret_editors.FilesEditor,
    "record": pickers.RecordPicker,
    "facility": pickers.RecordPicker,
    "household": pickers.RecordPicker,
    "row": pickers.RowEditor,
}
SIDE_BY_SIDE = 4
"""Up to so many choices stand side by side, as long as their words are short."""


def make_editor(line: FieldLine, sources: Sources, people: Callable[[str], PersonBrief | None]) -> Editor:
    """The editor of a field's type."""
    if line.type == "person":
        return pickers.PersonEditor(line, sources, people=people)
    if line.type == "yes_no" and line.default is None:
        return choice_editors.YesNoChoice(line, sources)
    if line.type == "choice":
        short = sum(len(words) for _, words in line.choices) <= 5
        side = len(line.choices) <= SIDE_BY_SIDE and short
        return (choice_editors.RadioEditor if side else choice_editors.ComboEditor)(line, sources)
    return _EDITORS[line.type](line, sources)


class ComputedText(Editor):
    """A derived value: text, not a disabled field."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self._words = ElideLabel("—", "strong")
        self._words.setMinimumHeight(32)
        held = row(self._words)
        held.setStretch(0, 1)
        self.setLayout(held)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def value(self) -> Any:
        return None

    def set_value(self, value: Any) -> None:
        """Computed values come as words through ``say``."""

    def say(self, words: str) -> None:
        """Show the value as words."""
        self._words.setText(words or "—")


class FieldsBody(QWidget):
    """Fields of one section in as many columns as fit; bound to one mapping (the document or one row)."""

    changed = Signal(str)
    typed = Signal(str)
    explained = Signal(str, str)
    COLUMN = 216

    def __init__(
        self,
        lines: tuple[FieldLine, ...],
        sources: Sources,
        people: Callable[[str], PersonBrief | None],
        *,
        prefix: str = "",
        leads: tuple[tuple[QWidget, bool], ...] = (),
    ) -> None:
        """``leads`` are (widget, whole row) placed before the fields."""
        super().__init__()
        self._leads = leads
        self._warnings: dict[str, WarningWithReason] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.setLayout(self._grid)
        self.lines = lines
        self.prefix = prefix
        self.fields: dict[str, Field] = {}
        self._target: Doc = {}
        self._shown: frozenset[str] = frozenset(line.key for line in lines)
        self._columns = 0
        for line in lines:
            editor = ComputedText(line, sources) if line.computed else make_editor(line, sources, people)
            field = Field(line.label, editor, required=line.required, hint=line.hint, label_width=LABEL_WIDTH)
            self.fields[line.key] = field
            editor.changed.connect(lambda key=line.key: self._take(key, finished=True))
            editor.typed.connect(lambda key=line.key: self._take(key, finished=False))
        self._place(2)

    def bind(self, target: Doc) -> None:
        """Show the values of a mapping and write entries back into it."""
        self._target = target
        for line in self.lines:
            editor = self.fields[line.key].editor
            assert isinstance(editor, Editor)
            editor.set_value(target.get(line.key))

    def refresh(self, key: str) -> None:
        """Show one value again, after the program changed it."""
        editor = self.fields[key].editor
        assert isinstance(editor, Editor)
        editor.set_value(self._target.get(key))

    def editor(self, key: str) -> Editor:
        """The editor of a field."""
        found = self.fields[key].editor
        assert isinstance(found, Editor)
        return found

    def _take(self, key: str, *, finished: bool) -> None:
        editor = self.editor(key)
        value = editor.value()
        if value is None:
            self._target.pop(key, None)
        else:
            self._target[key] = value
        if finished or not editor.problem:
            self.fields[key].show_problem("error" if editor.problem else "", editor.problem)
        (self.changed if finished else self.typed).emit(self.prefix + key)

    def show_judgement(
        self, judged: Judgement, problems: Mapping[str, FieldProblem], *, row_path: str = ""
    ) -> None:
        """Relevance, stars, computed words and problems; ``row_path`` is ``table.row.`` inside a sub-table."""
        for line in self.lines:
            field, path = self.fields[line.key], row_path + line.key
            editor = self.editor(line.key)
            field.set_required(path in judged.required)
            if isinstance(editor, ComputedText):
                editor.say(judged.texts.get(path, ""))
            found = problems.get(path)
            if editor.problem:
                field.show_problem("error", editor.problem)
            elif found is not None and line.key not in self._warnings:
                field.show_problem(found.level, found.message)
            else:
                field.show_problem()
        if judged.relevant is not None:
            shown = frozenset(line.key for line in self.lines if row_path + line.key in judged.relevant)
            if shown != self._shown:
                self._shown = shown
                self._place(self._columns)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is relevant here now."""
        return not self._shown and not self._leads

    def set_editable(self, editable: bool) -> None:
        """Whether a clerk may type here now."""
        for line in self.lines:
            self.editor(line.key).set_editable(editable)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        fit = max(1, min(4, (self.width() + 16) // (self.COLUMN + 16)))
        if fit != self._columns:
            self._place(fit)

    def show_warnings(self, warnings: Mapping[str, tuple[FieldProblem, str]]) -> None:
        """Warnings that want a reason, by field key: (problem, reason so far)."""
        if {k: p.message for k, (p, _) in warnings.items()} == {
            k: w.sentence for k, w in self._warnings.items()
        }:
            return
        for made in self._warnings.values():
            made.hide()
            made.deleteLater()
        self._warnings = {}
        for key, (problem, reason) in warnings.items():
            made = WarningWithReason(problem.message, reason=reason)
            code = problem.code or problem.message
            made.explained.connect(lambda words, of=code: self.explained.emit(of, words))
            self._warnings[key] = made
        self._place(self._columns)

    def _place(self, columns: int) -> None:
        while self._grid.takeAt(0) is not None:
            pass
        self._columns = max(columns, 1)
        places = [(widget, whole, "") for widget, whole in self._leads]
        for line in self.lines:
            if line.key in self._shown:
                places.append((self.fields[line.key], line.wide, line.key))
            else:
                self.fields[line.key].hide()
        at_row, at_column = 0, 0
        waiting: list[WarningWithReason] = []
        for widget, whole, key in places:
            if at_column and (whole or at_column >= self._columns):
                at_row, at_column = self._put_warnings(at_row + 1, waiting), 0
            span = self._columns if whole else 1
            self._grid.addWidget(widget, at_row, at_column, 1, span, Qt.AlignmentFlag.AlignTop)
            if key:
                widget.show()
            at_column += span
            if key in self._warnings:
                waiting.append(self._warnings[key])
            if at_column >= self._columns:
                at_row, at_column = self._put_warnings(at_row + 1, waiting), 0
        self._put_warnings(at_row + 1, waiting)
        for at in range(4):
            self._grid.setColumnStretch(at, 1 if at < self._columns else 0)

    def _put_warnings(self, at_row: int, waiting: list[WarningWithReason]) -> int:
        for made in waiting:
            self._grid.addWidget(made, at_row, 0, 1, self._columns)
            made.show()
            at_row += 1
        waiting.clear()
        return at_row

    def minimumSizeHint(self) -> Any:
        hint = super().minimumSizeHint()
        hint.setWidth(min(hint.width(), 200))
        return hint


class SectionBody(QWidget):
    """Title and fields of one section; hidden while nothing in it is relevant."""

    def __init__(self, section: SectionLine, fields: FieldsBody, *, titled: bool) -> None:
        super().__init__()
        self.section, self.fields = section, fields
        inside = column(spacing=6)
        if titled and section.title:
            inside.addWidget(label(section.title, "section"))
        inside.addWidget(fields)
        self.setLayout(inside)
