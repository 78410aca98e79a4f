"""业务页: forms rail 152, list, editor 496; a combo for the rail below 1200, the editor alone below 1050."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from .. import theme
from ..kit.basics import body, button, column, frame, label, row, rule, scroll
from ..kit.cards import Entry, EntryList, FilterPills, FootProgress
from ..kit.cells import CellValue, Chip, Mask
from ..kit.delegate import PLAIN, RowStyle
from ..kit.table import LazyRows, Table
from ..page import COVERED, NARROW, Hint, Page
from .columns import fill_box, kind_width, list_columns
from .editor import RecordEditor


@dataclass(frozen=True)
class RecordRow:
    """One line of the list."""

    id: str
    name: str
    sex: str
    birth_year: str
    village: str
    number: Mask
    kind: str
    state: Chip
    quantity: str
    amount: CellValue
    void: bool = False


@dataclass(frozen=True)
class ListHead:
    """What stands above and below the list of one form."""

    form: str
    title: str
    pills: tuple[tuple[str, str, int | None], ...]
    villages: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str], ...]
    kind_title: str = ""
    """'' leaves the column out."""
    kind_letters: int = 0
    """Letters of the longest kind."""
    quantity_title: str = ""
    amount_title: str = ""
    subject: str = "person"
    can_import: bool = True
    can_enter: bool = False
    """Whether many can be typed into a grid."""
    gather: str = ""
    """What the button says that lists records by itself; '' leaves it out."""
    ready: str = ""
    """What the button says that takes the steps whose condition holds."""
    can_print: bool = False
    certificates: bool = False


@dataclass(frozen=True)
class ListFoot:
    """Count and sum of what is filtered."""

    count: str
    sum_title: str = ""
    sum: str = ""


@dataclass(frozen=True)
class Filter:
    """What the clerk wants to see."""

    text: str = ""
    village: str = ""
    state: str = ""
    pill: str = ""
    sort: str = ""
    down: bool = False


class RecordsPage(Page):
    """The list of one form and the editor beside it. Emits what the clerk wants; is told what to show."""

    manual = "records"

    form_chosen = Signal(str)
    filter_changed = Signal(object)
    record_chosen = Signal(object)
    new_wanted = Signal()
    entries_wanted = Signal()
    gather_wanted = Signal()
    ready_wanted = Signal()
    import_wanted = Signal()
    export_wanted = Signal()
    print_wanted = Signal()
    certificates_wanted = Signal()

    def __init__(self, area: str, editor: RecordEditor) -> None:
        super().__init__()
        self.hints = (
            Hint("F2", "新建"),
            Hint("Ctrl+S", "保存"),
            Hint("F9", "打印"),
            Hint("F11", "整页"),
            Hint("Ctrl+↓", "下一户"),
        )
        self.editor = editor
        self._whole = False
        self._head: ListHead | None = None
        self._rail = self._make_rail(area)
        self._list = self._make_list()
        editor.setMinimumWidth(360)
        whole = row(self._rail, self._list, editor, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        editor.hide()
        editor.close_wanted.connect(self.close_editor)
        editor.expand_wanted.connect(self.toggle_whole)
        self.keys = {
            "F2": self.new_wanted.emit,
            "Shift+F2": lambda: self.can_enter and self.entries_wanted.emit(),
            "F5": lambda: self.filter_changed.emit(self.filter),
            "F7": lambda: self.editor.go_to_next("error") or self.editor.go_to_next("warning"),
            "F11": self.toggle_whole,
            "Ctrl+E": self.export_wanted.emit,
            "Ctrl+S": self.editor.save_wanted.emit,
            "Ctrl+Down": lambda: self.table.step(1),
            "Ctrl+Up": lambda: self.table.step(-1),
            "Esc": self._escape,
            "F4": self.editor.explain_wanted.emit,
        }

    # -- parts -------------------------------------------------------------------

    def _make_rail(self, area: str) -> QWidget:
        self.forms = EntryList()
        self.forms.chosen.connect(self.form_chosen)
        self._import = button("导入花名册", "link", "in", on=self.import_wanted.emit)
        self._export = button("导出工作簿", "link", "out", on=self.export_wanted.emit)
        self._print = button("名册和公示", "link", "print", on=self.print_wanted.emit)
        self._certificates = button("发证登记", "link", "card", on=self.certificates_wanted.emit)
        self._gather = button("", "link", "plus", on=self.gather_wanted.emit)
        self._ready = button("", "link", "check", on=self.ready_wanted.emit)
        title = label(area, "label")
        title.setContentsMargins(16, 12, 16, 0)
        title.setFixedHeight(36)
        made = frame(
            "rail",
            column(
                title,
                scroll(body(column(self.forms, spacing=0))),
                rule(),
                column(
                    self._gather,
                    self._ready,
                    self._import,
                    self._export,
                    self._print,
                    self._certificates,
                    spacing=0,
                    margins=(10, 8, 8, 8),
                ),
                spacing=0,
            ),
        )
        made.setFixedWidth(152)
        return made

    def _make_list(self) -> QWidget:
        self._form_box = QComboBox()
        self._form_box.setFixedWidth(156)
        self._form_box.activated.connect(lambda at: self.forms.choose(self._form_box.itemData(at)))
        self._search = QLineEdit()
        self._search.setPlaceholderText("姓名、拼音、证号后四位")
        self._search.addAction(theme.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._search.setMinimumWidth(120)
        self._search.setMaximumWidth(224)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(80)
        self._pause.timeout.connect(self._filtered)
        self._search.textEdited.connect(lambda _text: self._pause.start())
        self._search.returnPressed.connect(self._to_table)
        self._village, self._state = QComboBox(), QComboBox()
        for box, width in ((self._village, 128), (self._state, 120)):
            box.setFixedWidth(width)
            box.activated.connect(lambda _at: self._filtered())
        self._new = button("新建", icon="plus", key="F2", on=self.new_wanted.emit)
        self._many = button(
            "成批录入",
            icon="sheet",
            on=self.entries_wanted.emit,
            tip="一张表录很多件，可以贴 WPS 的表（Shift+F2）",
        )
        self._pills = FilterPills()
        self._pills.chosen.connect(lambda _key: self._filtered())
        bar = row(
            self._form_box,
            self._search,
            self._village,
            self._state,
            None,
            self._many,
            self._new,
            margins=(16, 8, 12, 0),
        )
        bar.setStretch(1, 2)
        pills = row(self._pills, margins=(16, 0, 12, 0))
        self.table = Table(list_columns("类别", "人数", "月金额"))
        self.table.chosen.connect(self.record_chosen)
        self.table.opened.connect(self._opened)
        self.table.sort_wanted.connect(lambda _key, _down: self._filtered())
        self.table.rows_model.style_of = lambda item: RowStyle(faint=True) if item.void else PLAIN
        self._count = label("", "hint")
        self._sum_title, self._sum = label("", "hint"), label("", "strong")
        foot = frame(
            "footbar", row(self._count, None, self._sum_title, self._sum, spacing=8, margins=(16, 0, 16, 0))
        )
        foot.setFixedHeight(36)
        self.progress = FootProgress()
        parts = column(bar, pills, self.table, foot, self.progress)
        return frame("sheet", parts)

    # -- what to show -----------------------------------------------------------------

    def show_forms(self, entries: Sequence[Entry], current: str) -> None:
        """The forms of this area with their counts."""
        self.forms.show_entries(entries, current)
        self._form_box.clear()
        for entry in entries:
            self._form_box.addItem(
                f"{entry.title}（{entry.value}）" if entry.value else entry.title, entry.key
            )
        self._form_box.setCurrentIndex(self._form_box.findData(self.forms.key))

    def show_head(self, head: ListHead) -> None:
        """Filters and columns of a form."""
        fresh = self._head is None or self._head.form != head.form
        self._head = head
        self._pills.show_pills(head.pills)
        if fresh:
            fill_box(self._village, head.villages)
            fill_box(self._state, head.states)
            self._search.clear()
            self.table.rows_model.sorted_by = None
            if self._pills.key != head.pills[0][0]:
                self._pills.key = head.pills[0][0]
                self._pills.show_pills(head.pills)
        titles = {"kind": head.kind_title, "quantity": head.quantity_title, "amount": head.amount_title}
        self.table.rename_columns({key: words for key, words in titles.items() if words})
        self._without = frozenset(key for key, words in titles.items() if not words)
        if head.subject == "none":
            self._without |= {"sex", "birth_year", "number"}
        self.table.set_widths({"kind": kind_width(head)})
        for made, said in ((self._gather, head.gather), (self._ready, head.ready)):
            made.setText(said)
            made.setVisible(bool(said))
        self._import.setVisible(head.can_import)
        self._print.setVisible(head.can_print)
        self._certificates.setVisible(head.certificates)
        self._fit()

    def show_rows(self, rows: LazyRows | Sequence[RecordRow], foot: ListFoot, *, filtered: bool) -> None:
        """The lines that match, and their count and sum."""
        at = self.table.currentIndex().row()
        self.table.blockSignals(True)
        self.table.show_rows(rows)
        if 0 <= at < len(rows):
            self.table.selectRow(at)
        self.table.blockSignals(False)
        title = self._head.title if self._head else ""
        if filtered:
            self.table.set_empty("没有符合条件的户。", "清除筛选", self.clear_filter)
        else:
            self.table.set_empty(f"还没有{title}记录。按 F2 新建，或", "导入花名册", self.import_wanted.emit)
        self._count.setText(foot.count)
        self._sum_title.setText(foot.sum_title)
        self._sum.setText(foot.sum)

    def show_nothing(self, sentence: str) -> None:
        """An area without forms."""
        self.table.show_rows(())
        self.table.set_empty(sentence)
        self._new.setEnabled(False)
        self._import.setVisible(False)

    # -- filter --------------------------------------------------------------------------

    @property
    def can_enter(self) -> bool:
        """Whether many records of the form can be typed into a grid."""
        return self._head is not None and self._head.can_enter

    @property
    def kind_title(self) -> str:
        """The head of the column of kinds, '' when the form has none."""
        return self._head.kind_title if self._head is not None else ""

    @property
    def filter(self) -> Filter:
        """What the clerk wants to see now."""
        sort = self.table.rows_model.sorted_by or ("", False)
        return Filter(
            text=self._search.text().strip(),
            village=self._village.currentData() or "",
            state=self._state.currentData() or "",
            pill=self._pills.key,
            sort=sort[0],
            down=sort[1],
        )

    def clear_filter(self) -> None:
        """Show everything again."""
        self._search.clear()
        self._village.setCurrentIndex(0)
        self._state.setCurrentIndex(0)
        self._pills.choose("")

    def choose_pill(self, key: str) -> None:
        """Filter by a pill from elsewhere, such as a due card."""
        self._pills.choose(key)

    def _filtered(self) -> None:
        self.filter_changed.emit(self.filter)

    def _to_table(self) -> None:
        self._filtered()
        self.table.setFocus()
        if self.table.currentIndex().row() < 0:
            self.table.selectRow(0)

    # -- editor ----------------------------------------------------------------------------

    def _opened(self, item: Any) -> None:
        self.record_chosen.emit(item)
        self.editor.focus_first()

    def open_editor(self) -> None:
        """Show the editor beside the list, or over it where there is no room."""
        self.editor.show()
        self._fit()

    def close_editor(self) -> None:
        """Put the editor away; asks nothing, because the draft is kept."""
        self.editor.hide()
        self._whole = False
        self._fit()
        self.table.setFocus()

    def toggle_whole(self) -> None:
        """The editor over the whole page, and back."""
        self._whole = not self._whole and self.editor.isVisible()
        self._fit()

    def _escape(self) -> None:
        if self._whole:
            self.toggle_whole()
        elif self.editor.isVisible():
            self.editor.close_wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width = self.width()
        editing = self.editor.isVisibleTo(self)
        alone = editing and (self._whole or width < COVERED)
        narrow = width < NARROW
        self._rail.setVisible(not narrow and not alone)
        self._form_box.setVisible(narrow)
        self._list.setVisible(not alone)
        self.editor.setMaximumWidth(16_777_215 if alone else 496)
        self.editor.setMinimumWidth(360 if alone else min(496, width - 560))
        tight = narrow and editing
        self._village.setVisible(not tight)
        self._state.setVisible(not tight)
        self._many.setVisible(self.can_enter and not tight)
        self._new.setText("新建" if narrow else "新建  F2")
        hidden = set(getattr(self, "_without", frozenset()))
        if tight:
            hidden.add("number")
        self.table.hide_columns(frozenset(hidden))
