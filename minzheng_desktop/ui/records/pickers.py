"""Find-or-add: a person by name, initials or last digits; a record or facility by name; a row of a sub-table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from ...values.id_number import check_id_number
from ..kit.basics import ElideLabel, WrapLabel, body, button, column, frame, icon_button, label, row
from ..kit.fields import LABEL_WIDTH, Field
from ..kit.suggest import Suggestions
from .choice_editors import ComboEditor
from .editors import Editor
from .outline import FieldLine, PersonBrief, Sources


class _Finder(QLineEdit):
    """A line that asks while one types and keeps the list's keys to itself."""

    asked = Signal(str)

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setMinimumWidth(40)
        self.list = Suggestions(self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(60)
        self._pause.timeout.connect(lambda: self.asked.emit(self.text().strip()))
        self.textEdited.connect(lambda _text: self._pause.start())
        self.installEventFilter(self)

    def ask_now(self) -> None:
        """Ask without waiting for the pause."""
        if self._pause.isActive():
            self._pause.stop()
            self.asked.emit(self.text().strip())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape and self.list.isVisible():
                event.accept()  # Esc closes the list here, not the page behind it
            return False
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.ask_now()
            return self.list.take_key(event)
        if event.type() is QEvent.Type.FocusOut:
            QTimer.singleShot(0, self, self._maybe_hide)
        return False

    def _maybe_hide(self) -> None:
        if not self.hasFocus():
            self.list.hide()


class PersonEditor(Editor):
    """A person: type 姓名, 首字母 or 证号 digits, Enter takes the one marked; the last line adds a new person."""

    entered = Signal()

    def __init__(
        self,
        line: FieldLine,
        sources: Sources,
        *,
        people: Callable[[str], PersonBrief | None],
        with_facts: bool = True,
    ) -> None:
        """Without facts, the panel for a new person opens in ``panel_slot``, placed by the owner."""
        self._with_facts = with_facts
        super().__init__(line, sources)
        self._people = people
        self._brief: PersonBrief | None = None
        self._id: str | None = None
        self.edit = _Finder("姓名、拼音首字母、证号后四位")
        self._facts = WrapLabel("", "hint")
        self._facts.hide()
        self._new: NewPersonPanel | None = None
        self._slot = column(spacing=0)
        self.panel_slot = body(self._slot)
        parts = column(self.edit, self._facts, spacing=2)
        if with_facts:
            parts.addWidget(self.panel_slot)
        self.setLayout(parts)
        self.setFocusProxy(self.edit)
        self.edit.asked.connect(self._ask)
        self.edit.list.picked.connect(self._picked)

    def value(self) -> str | None:
        return self._id

    def set_value(self, value: Any) -> None:
        self._id = value or None
        self.show_person(self._people(value) if value else None)

    def show_person(self, brief: PersonBrief | None) -> None:
        """Show a person as chosen."""
        self._brief = brief
        self._id = brief.id if brief else self._id
        self.edit.setText(brief.name if brief else "")
        facts = (
            " · ".join(p for p in ((brief.facts or brief.line), brief.masked_number) if p) if brief else ""
        )
        self._facts.setText(facts)
        self._facts.setVisible(bool(facts) and self._with_facts)

    @property
    def brief(self) -> PersonBrief | None:
        """The person shown."""
        return self._brief

    def bordered(self) -> list[QWidget]:
        return [self.edit]

    def set_editable(self, editable: bool) -> None:
        self.edit.setReadOnly(not editable)

    def _ask(self, text: str) -> None:
        if not text:
            self.edit.list.hide()
            self._id, self._brief = None, None
            self._facts.hide()
            self.changed.emit()
            return
        self.sources.find_people(text, lambda found: self._offer(text, found))

    def _offer(self, text: str, found: Sequence[PersonBrief]) -> None:
        if text != self.edit.text().strip() or not self.edit.hasFocus():
            return
        choices: list[tuple[str, object]] = [
            (f"{one.name}    {one.line}    {one.masked_number}", one) for one in found[:20]
        ]
        if self.sources.add_person is not None:
            choices.append((f"＋ 新增“{text}”…", text))
        self.edit.list.offer(choices)

    def _picked(self, chosen: object) -> None:
        if isinstance(chosen, PersonBrief):
            self._close_panel()
            self.show_person(chosen)
            self.changed.emit()
            self.entered.emit()
        else:
            self._open_panel(str(chosen))

    def _open_panel(self, text: str) -> None:
        self._close_panel()
        self._new = NewPersonPanel(self.sources, text)
        self._new.added.connect(self._picked)
        self._new.given_up.connect(self._give_up)
        self._slot.addWidget(self._new)
        self._new.begin()

    def _give_up(self) -> None:
        self._close_panel()
        self.edit.setFocus()

    def _close_panel(self) -> None:
        if self._new is not None:
            self._new.hide()
            self._new.deleteLater()
            self._new = None


class SubjectNumber(QWidget):
    """The masked number of the person a record is about, its eye, and sex, birth date and age as text."""

    def __init__(self, sources: Sources) -> None:
        super().__init__()
        self._sources = sources
        self._number = QLineEdit()
        self._number.setReadOnly(True)
        self._number.setFixedWidth(156)
        self._number.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._eye = icon_button("eye", "显示全号（会记入审计）", self._show)
        self._eye.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._facts = ElideLabel("", "label")
        name = label("证号", "label")
        name.setFixedWidth(LABEL_WIDTH)
        line = row(name, self._number, self._eye, self._facts)
        line.setStretch(3, 1)
        self.setLayout(line)
        self._brief: PersonBrief | None = None
        self.hide()

    def show_person(self, brief: PersonBrief | None) -> None:
        """Masked again for each person."""
        self._brief = brief
        if brief is not None:
            self._number.setText(brief.masked_number)
            self._facts.setText(brief.facts or brief.line)
        self.setVisible(brief is not None and bool(brief.masked_number))

    def _show(self) -> None:
        if self._brief is not None:
            self._sources.reveal_person(self._brief.id, self._revealed)

    def _revealed(self, number: str) -> None:
        if number:
            self._number.setText(number)


class NewPersonPanel(QWidget):
    """Four boxes for a person who is not in the register yet; Enter walks them and saves at the end."""

    added = Signal(object)
    given_up = Signal()

    def __init__(self, sources: Sources, text: str) -> None:
        super().__init__()
        self._sources = sources
        number = text if any(ch.isdigit() for ch in text) else ""
        self._name, self._number, self._phone = (
            QLineEdit("" if number else text),
            QLineEdit(number),
            QLineEdit(),
        )
        self._village = ComboEditor(FieldLine("village", "village", "村", "village"), sources)
        self._fields = {
            "name": Field("姓名", self._name, required=True),
            "id_number": Field("证号", self._number, required=True),
            "village": Field("村", self._village, required=True),
            "phone": Field("电话", self._phone),
        }
        self._facts = label("", "hint")
        self._number.textEdited.connect(self._check)
        for edit in (self._name, self._number, self._phone):
            edit.setMinimumWidth(40)
        self._save = button("登记此人", icon="plus", on=self.submit)
        self._quit = button("不登记", "flat", on=self.given_up.emit)
        self._quit.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        inside = column(
            label("登记新人员", "strong"),
            *self._fields.values(),
            row(self._facts, None, self._quit, self._save),
            spacing=6,
            margins=(12, 8, 12, 8),
        )
        self.setLayout(column(frame("well", inside), margins=(0, 6, 0, 4)))

    def begin(self) -> None:
        """Focus the first empty box."""
        target = self._number if self._name.text() else self._name
        target.setFocus()
        self._check()

    def _check(self) -> None:
        text = self._number.text().strip()
        if len(text) < 15:
            self._facts.setText("")
            return
        found = check_id_number(text, today=self._sources.today)
        errors = [p for p in found.problems if p.level == "error"]
        self._fields["id_number"].show_problem("error" if errors else "", errors[0].message if errors else "")
        sex = {"1": "男", "2": "女"}.get(found.sex, "")
        born = found.birth_date.isoformat() if found.birth_date else ""
        self._facts.setText(" · ".join(part for part in (sex, born) if part))

    def submit(self) -> None:
        """Save the person; problems appear beside their boxes."""
        if self._sources.add_person is None:
            return
        for field in self._fields.values():
            field.show_problem()
        given = {
            "name": self._name.text().strip(),
            "id_number": self._number.text().strip(),
            "village": self._village.value() or "",
            "phone": self._phone.text().strip(),
        }
        self._sources.add_person(given, self.added.emit, self._refused)

    def _refused(self, path: str, sentence: str) -> None:
        field = self._fields.get(path) or self._fields["name"]
        field.show_problem("error", sentence)
        field.editor.setFocus()


class RecordPicker(Editor):
    """A record of another form or a facility, found by name or number."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self._id: str | None = None
        self.edit = _Finder("名称或编号")
        self.edit.asked.connect(self._ask)
        self.edit.list.picked.connect(self._picked)
        self._hold(self.edit)

    def value(self) -> str | None:
        return self._id

    def set_value(self, value: Any) -> None:
        self._id = value or None
        self.edit.setText(self.sources.name_record(value) if value else "")
        self.edit.setCursorPosition(0)

    def bordered(self) -> list[QWidget]:
        return [self.edit]

    def set_editable(self, editable: bool) -> None:
        self.edit.setReadOnly(not editable)

    def _ask(self, text: str) -> None:
        self._id = None
        self.problem = "从列表里选一个" if text else ""
        self.sources.find_records(self.line.forms, self.line.kinds, text, self.edit.list.offer)
        self.typed.emit()

    def _picked(self, record: object) -> None:
        self._id, self.problem = str(record), ""
        self.edit.setText(self.sources.name_record(self._id))
        self.edit.setCursorPosition(0)
        self.changed.emit()


class RowEditor(ComboEditor):
    """One of the rows of another sub-table, by name."""

    def choices(self) -> Sequence[tuple[str, str]]:
        return ()
