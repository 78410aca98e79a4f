"""The editor of one record: what is shown, judged while one types, counted, and gone to."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QScrollArea, QWidget

from .. import theme
from ..kit.basics import set_tone
from .body import FieldsBody, SectionBody
from .focus import EnterMovesOn, next_entry
from .frame import SUBJECT as SUBJECT
from .frame import RecordFrame
from .outline import Doc, FieldProblem, Judgement, PersonBrief, RecordView, Sources

ROOMY = 6
"""Up to so many sub-tabs there is room for an icon on each; beyond it the colour says it."""


class RecordEditor(RecordFrame):
    """Generated from an ``Outline``; judges the document after each entry and never loses a draft."""

    def __init__(self, sources: Sources, judge: Callable[[Doc], Judgement]) -> None:
        super().__init__(sources)
        self._judge = judge
        self.judged = Judgement()
        self.reasons: dict[str, str] = {}
        self.dirty = False
        self.changed.connect(self._changed)
        self.typed.connect(self._typed)
        self.explained.connect(self._explained)
        self.picked.connect(self._subject_picked)
        self.bar.to_error.connect(lambda: self.go_to_next("error"))
        self.bar.to_warning.connect(lambda: self.go_to_next("warning"))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(150)
        self._pause.timeout.connect(self.judge_now)
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(1500)
        self._keep.timeout.connect(self.drafted)
        self._enter = EnterMovesOn(self)

    # -- showing a record -----------------------------------------------------------

    def show_record(self, view: RecordView) -> None:
        """Open a record; the form is built once and kept while records of the same form follow."""
        self.view = view
        self.doc = copy.deepcopy(view.doc)
        self.reasons = dict(view.overrides)
        if self._outline != view.outline:
            self._outline = view.outline
            self._build_form(view.outline)
        self._title.setText(view.title)
        self._chip.show_chip(view.chip)
        self._facts.setText(view.facts)
        self.steps.show_steps(view.steps)
        self._step_holder.setVisible(bool(view.steps))
        self.bar.show_steps(view.ways, view.primary, saveable=view.editable)
        for fields in self._fields.values():
            fields.bind(self.doc)
            fields.set_editable(view.editable)
        for key, table in self._tables.items():
            table.bind(self.doc.setdefault(key, []))
            table.set_editable(view.editable)
        if self._subject is not None:
            self._subject.show_person(view.subject)
            if view.subject is None:
                self._subject.set_value(None)
            self._number.show_person(view.subject)
            unknown = view.subject is None and view.editable and not view.outline.subject_required
            self._subject.set_editable(not view.id or unknown)
        self._notices.show_view(view)
        self.dirty = bool(view.restored)
        self.judge_now()
        if not view.id:
            self.choose_tab(0)

    # -- entries -----------------------------------------------------------------------

    @property
    def subject(self) -> PersonBrief | None:
        """The person (head of the household) that a new record is about."""
        return self._subject.brief if self._subject is not None else None

    def _subject_picked(self) -> None:
        self.dirty = True
        self.subject_field.show_problem()
        self._number.show_person(self.subject)
        self.subject_changed.emit(self.subject)

    def _changed(self, _path: str) -> None:
        self.dirty = True
        self.judge_now()
        self._keep.start()

    def _typed(self, _path: str) -> None:
        self.dirty = True
        self._pause.start()
        self._keep.start()

    def judge_now(self) -> None:
        """Evaluate the document and show what came out."""
        self._pause.stop()
        self.judged = self._with_told(self._judge(self.doc))
        problems: dict[str, FieldProblem] = {}
        for problem in self.judged.problems:
            known = problems.get(problem.path)
            if known is None or (known.level != "error" and problem.level == "error"):
                problems[problem.path] = problem
        for fields in set(self._fields.values()):
            fields.show_warnings(self._field_warnings(fields))
            fields.show_judgement(self.judged, problems)
            holder = fields.parentWidget()
            if isinstance(holder, SectionBody):
                holder.setVisible(not fields.is_empty)
        for key, table in self._tables.items():
            table.show_judgement(self.judged)
            choices = [(item["key"], self._row_name(key, item["key"])) for item in self.doc.get(key, ())]
            for other in self._tables.values():
                other.show_choices_of_rows(key, choices)
        self._show_amount()
        self._show_rule_warnings()
        self._count()

    def _with_told(self, judged: Judgement) -> Judgement:
        """What saving said beside what the form itself says, each once."""
        if self.view is None or not self.view.told:
            return judged
        known = {(p.path, p.message) for p in judged.problems}
        more = tuple(p for p in self.view.told if (p.path, p.message) not in known)
        return replace(judged, problems=(*judged.problems, *more))

    def _field_warnings(self, fields: FieldsBody) -> dict[str, tuple[FieldProblem, str]]:
        keys = {line.key for line in fields.lines}
        found = [p for p in self.judged.problems if p.needs_reason and p.path in keys]
        return {p.path: (p, self.reasons.get(p.code or p.message, "")) for p in found}

    def _show_amount(self) -> None:
        amount = self.judged.amount
        self.money.setVisible(amount is not None)
        if amount is not None:
            self.money.show_amount(*amount)

    def _show_rule_warnings(self) -> None:
        """Problems of the whole record (no field of their own) stand at the head of the first sub-tab."""
        whole = [p for p in self.judged.problems if p.path.split(".")[0] not in self._tab_of]
        self._notices.show_problems(whole, self.reasons)

    def _explained(self, code: str, reason: str) -> None:
        self.reasons[code] = reason
        self._count()
        self._keep.start()

    def _count(self) -> None:
        errors = [p for p in self.judged.problems if p.level == "error"]
        warnings = [
            p
            for p in self.judged.problems
            if p.level == "warning" and (p.code or p.message) not in self.reasons
        ]
        own = sum(1 for f in set(self._fields.values()) for line in f.lines if f.editor(line.key).problem)
        self.bar.show_problems(len(errors) + own, len(warnings))
        assert self._outline is not None
        for at, tab in enumerate(self._outline.tabs):
            wrong = sum(1 for p in errors if self._tab_of.get(p.path.split(".")[0]) == at)
            rows = [len(self.doc.get(s.table.key, ())) for s in tab.sections if s.table is not None]
            count = f" {rows[0]}" if rows and rows[0] and len(tab.sections) == 1 else ""
            made = self._tab_buttons[at]
            made.setText(f"{tab.title}{count}")
            made.setIcon(
                theme.icon("error", "error", 14) if wrong and len(self._tab_buttons) <= ROOMY else QIcon()
            )
            set_tone(made, "error" if wrong else "")

    # -- moving about --------------------------------------------------------------------

    def add_member(self, brief: PersonBrief) -> bool:
        """Put a person into the household's table; False when the form has none."""
        for key, table in self._tables.items():
            if table.table.from_household:
                self.choose_tab(self._tab_of[key])
                table.take_member(brief)
                return True
        return False

    def focus_first(self) -> None:
        """Put the cursor where entry begins."""
        if self._subject is not None and self.view is not None and not self.view.id and self.subject is None:
            self._subject.edit.setFocus()
            return
        fields = (field for part in self._fields.values() for field in part.fields.values())
        first = next((field.editor for field in fields if field.isVisibleTo(self)), None)
        if first is not None:
            first.setFocus()

    def focus_after_subject(self) -> None:
        """Who it is about is known: go on to the first box below."""
        assert self._subject is not None
        following = next_entry(self._subject.edit, self)
        if following is not None:
            following.setFocus(Qt.FocusReason.TabFocusReason)

    def go_to_next(self, level: str = "error") -> bool:
        """Lead to the next place with a problem of this level; False when there is none."""
        for problem in self.judged.problems:
            if problem.level == level and self.go_to(problem.path):
                return True
        for fields in set(self._fields.values()):
            for line in fields.lines:
                if level == "error" and fields.editor(line.key).problem and self.go_to(line.key):
                    return True
        first = self._notices.first_warning if level == "warning" else None
        if first is None:
            return False
        self.choose_tab(0)
        area = self._pages.currentWidget()
        if isinstance(area, QScrollArea):
            area.ensureWidgetVisible(first, 0, 20)
        first.setFocus()
        return True

    def go_to(self, path: str) -> bool:
        """Show the sub-tab of a field and put the cursor into it."""
        head, _, rest = path.partition(".")
        if path == SUBJECT and self._subject is not None:
            self.choose_tab(0)
            self._subject.edit.setFocus()
            return True
        if head not in self._tab_of:
            return False
        self.choose_tab(self._tab_of[head])
        target: QWidget | None = None
        if head in self._tables:
            at, _, key = rest.partition(".")
            target = self._tables[head].go_to(int(at), key) if at.isdigit() else self._tables[head].view
        elif head in self._fields:
            target = self._fields[head].fields[head].editor
        if target is None:
            return False
        area = self._pages.currentWidget()
        if isinstance(area, QScrollArea):
            area.ensureWidgetVisible(target, 0, 60)
        target.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def refuse(self, problems: tuple[FieldProblem, ...]) -> None:
        """Show problems that came back from saving or from a step, and go to the first."""
        self.judged = Judgement(
            values=self.judged.values,
            relevant=self.judged.relevant,
            required=self.judged.required | {p.path for p in problems},
            problems=problems,
            amount=self.judged.amount,
            texts=self.judged.texts,
        )
        by_path = {p.path: p for p in problems}
        for fields in set(self._fields.values()):
            fields.show_judgement(self.judged, by_path)
        for table in self._tables.values():
            table.show_judgement(self.judged)
        if SUBJECT in by_path:
            self.subject_field.show_problem(by_path[SUBJECT].level, by_path[SUBJECT].message)
        self._show_rule_warnings()
        self._count()
        if problems:
            self.go_to(problems[0].path)
