"""What the editor of a record is made of: title, sub-tabs, form, money strip, step line, workflow bar."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QScrollArea, QStackedWidget, QWidget

from ..kit.basics import ElideLabel, body, button, clear, column, frame, icon_button, row, scroll
from ..kit.chip import ChipLabel
from ..kit.fields import Field
from ..kit.strips import MoneyStrip, StepLine, WorkflowBar
from .body import FieldsBody, SectionBody
from .notices import HeadNotices
from .outline import Doc, FieldLine, Outline, PersonBrief, RecordView, SectionLine, Sources
from .pickers import PersonEditor, SubjectNumber
from .subtable import SubTable

SUBJECT = "subject"
"""The path of the person or household that a record is about."""
_WORDS = {"person": "姓名", "household": "户主"}


class RecordFrame(QFrame):
    """The widgets of an ``Outline``, built once a form; says what was entered, judges nothing."""

    save_wanted = Signal()
    step_wanted = Signal(str)
    close_wanted = Signal()
    expand_wanted = Signal()
    explain_wanted = Signal()
    economy_wanted = Signal()
    subject_changed = Signal(object)
    draft_unwanted = Signal()
    drafted = Signal()
    """The draft has changed and rested for a moment: keep it."""
    picked = Signal()
    """Another person was chosen, or none."""
    changed = Signal(str)
    """An entry is finished; its path."""
    typed = Signal(str)
    """Something is being typed."""
    explained = Signal(str, str)
    """(code, reason) of a warning that is passed."""

    def __init__(self, sources: Sources) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._sources = sources
        self.view: RecordView | None = None
        self.doc: Doc = {}
        self._outline: Outline | None = None
        self._fields: dict[str, FieldsBody] = {}
        self._tables: dict[str, SubTable] = {}
        self._subject: PersonEditor | None = None
        self._tab_of: dict[str, int] = {}
        self._build()

    def _build(self) -> None:
        self._title = ElideLabel("", "title")
        self._chip = ChipLabel()
        self._facts = ElideLabel("", "hint")
        self._expand = icon_button("expand", "整页（F11）", self.expand_wanted.emit)
        self._close = icon_button("close", "关闭（Esc）", self.close_wanted.emit)
        for made in (self._expand, self._close):
            made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        head = row(self._title, self._chip, None, self._expand, self._close, margins=(16, 4, 12, 0))
        self._tabs = row(spacing=0, margins=(6, 0, 8, 0))
        self._tab_group = QButtonGroup(self)
        self._tab_buttons: list[QPushButton] = []
        self._pages = QStackedWidget()
        self.money = MoneyStrip()
        self.money.explain.connect(self.explain_wanted)
        self.steps = StepLine()
        step_holder = frame("moneybar", column(self.steps, spacing=0))
        self.bar = WorkflowBar()
        self.bar.save.connect(self.save_wanted)
        self.bar.step.connect(self.step_wanted)
        self._step_holder = step_holder
        facts = row(self._facts, margins=(16, 0, 16, 0))
        facts.setStretch(0, 1)
        tabs = QWidget()
        tabs.setLayout(self._tabs)
        tabs.setFixedHeight(38)
        self.setLayout(
            column(
                head, facts, tabs, frame("rule"), self._pages, self.money, step_holder, self.bar, spacing=0,
                margins=(1, 0, 0, 0),
            )
        )  # fmt: skip
        self.layout().setStretch(4, 1)  # type: ignore[union-attr]

    def _build_form(self, outline: Outline) -> None:
        while self._pages.count():
            gone = self._pages.widget(0)
            self._pages.removeWidget(gone)
            gone.deleteLater()
        for made in self._tab_buttons:
            self._tab_group.removeButton(made)
        clear(self._tabs)
        self._fields, self._tables, self._tab_buttons, self._tab_of = {}, {}, [], {}
        self._subject = None
        self._notices = HeadNotices()
        self._notices.explained.connect(self.explained)
        self._notices.draft_unwanted.connect(self.draft_unwanted)
        for at, tab in enumerate(outline.tabs):
            made = button(tab.title, "subtab", on=partial(self.choose_tab, at))
            made.setCheckable(True)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._tab_group.addButton(made)
            self._tab_buttons.append(made)
            self._tabs.addWidget(made)
            self._pages.addWidget(self._tab_page(at, tab.sections, outline))
        self._tabs.addStretch(1)
        self.choose_tab(0)

    def _tab_page(self, at: int, sections: tuple[Any, ...], outline: Outline) -> QScrollArea:
        inside = column(spacing=12, margins=(16, 8, 16, 16))
        if at == 0:
            inside.addWidget(self._notices)
        leads: tuple[tuple[QWidget, bool], ...] = ()
        if at == 0 and outline.subject in _WORDS:
            leads = self._subject_leads(_WORDS[outline.subject])
            if not sections or sections[0].table is not None:
                sections = (SectionLine(""), *sections)
        if outline.economy and any(s.table is not None and s.table.key == "incomes" for s in sections):
            whole = button("在整页表格里填收入", "link", "expand", on=self.economy_wanted.emit)
            inside.addLayout(row(whole, None))
        for order, section in enumerate(sections):
            if section.table is not None:
                table = SubTable(section.table, self._sources, self._brief)
                table.name_rows(self._row_name)
                table.changed.connect(self.changed)
                table.typed.connect(self.typed)
                self._tables[section.table.key] = table
                self._tab_of[section.table.key] = at
                inside.addWidget(table)
                continue
            fields = FieldsBody(section.fields, self._sources, self._brief, leads=leads if order == 0 else ())
            fields.explained.connect(self.explained)
            fields.changed.connect(self.changed)
            fields.typed.connect(self.typed)
            for line in section.fields:
                self._fields[line.key] = fields
                self._tab_of[line.key] = at
            titled = len(sections) > 1 and not (at == 0 and order == 0)
            inside.addWidget(SectionBody(section, fields, titled=titled))
        inside.addStretch(1)
        return scroll(body(inside, "sheet"))

    def _subject_leads(self, words: str) -> tuple[tuple[QWidget, bool], ...]:
        """Who the record is about: find-or-add, then the masked number with its eye and the facts."""
        line = FieldLine(SUBJECT, SUBJECT, words, "person")
        self._subject = PersonEditor(line, self._sources, people=self._brief, with_facts=False)
        self._subject.changed.connect(self.picked)
        needed = self.view is None or self.view.outline.subject_required
        self.subject_field = Field(words, self._subject, required=needed)
        self._number = SubjectNumber(self._sources)
        return (self.subject_field, True), (self._subject.panel_slot, True), (self._number, True)

    def _brief(self, person: str) -> PersonBrief | None:
        if self.view is None:
            return None
        if self.view.subject is not None and self.view.subject.id == person:
            return self.view.subject
        return self.view.people.get(person)

    def _row_name(self, table: str, key: str) -> str:
        for item in self.doc.get(table, ()):
            if item.get("key") == key:
                brief = self._brief(str(item.get("person", "")))
                return str(item.get("name") or (brief.name if brief else "") or key[-4:])
        return ""

    def choose_tab(self, at: int) -> None:
        """Show a sub-tab."""
        if 0 <= at < len(self._tab_buttons):
            self._tab_buttons[at].setChecked(True)
            self._pages.setCurrentIndex(at)

    def choose_titled(self, title: str) -> None:
        """Show the sub-tab with this title."""
        if self._outline is not None:
            titles = [tab.title for tab in self._outline.tabs]
            self.choose_tab(titles.index(title) if title in titles else 0)
