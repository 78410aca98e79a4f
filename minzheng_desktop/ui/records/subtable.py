"""A sub-table of a record: its rows as a small table, the current row opened below in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ...values.ids import new_id
from ...values.money import format_money_grouped
from ..kit.basics import button, column, frame, label, row
from ..kit.cells import DASH, Cell, Check, Link
from ..kit.delegate import RowStyle
from ..kit.table import Column, Table
from .body import FieldsBody
from .outline import Doc, FieldLine, Judgement, PersonBrief, Sources, TableLine
from .pickers import PersonEditor

_WIDTHS = {"yes_no": 52, "date": 88, "month": 74, "money": 92, "integer": 60, "decimal": 72, "phone": 104}
_MEMBER = (
    "name",
    "relation",
    "birth",
    "birth_date",
    "health",
    "health_status",
    "labor",
    "labor_ability",
    "in_covered",
)
"""What a row of a member shows, in this order."""
_NARROW = {"relation": 52, "sex": 44}
ROOM = 452
"""Pixels that the columns of a sub-table may take in the narrow editor."""


class SubTable(QWidget):
    """Rows with add, open and take out; Enter at the end of an opened row offers the next one."""

    changed = Signal(str)
    typed = Signal(str)
    grown = Signal()

    def __init__(
        self, table: TableLine, sources: Sources, people: Callable[[str], PersonBrief | None]
    ) -> None:
        super().__init__()
        self.table = table
        self._sources, self._people = sources, people
        self._rows: list[Doc] = []
        self._judged = Judgement()
        self._open = -1
        self._rows_named: Callable[[str, str], str] = lambda _table, key: key
        self._shown = self._columns()
        self._title = label(table.title, "section")
        self._hint = label("", "hint")
        self._add = button(self._word, "link", "plus", on=self.add)
        self.view = Table(self._shown, pad=8, row_height=28, head_height=28, boxed=True)
        self.view.set_empty("还没有" + table.title + "。", self._word, self.add)
        self.view.link_followed.connect(lambda item, _key: self.open_row(item["at"]))
        self.view.opened.connect(lambda item: self.open_row(item["at"]))
        self.view.ticked.connect(self._tick)
        self.view.rows_model.style_of = self._style
        self._finder: PersonEditor | None = None
        self._finder_slot = column(spacing=0)
        self.body = FieldsBody(table.columns, sources, people, prefix=table.key + ".")
        self.body.changed.connect(self._row_changed)
        self.body.typed.connect(self.typed)
        self._row_title = label("", "strong")
        self._next = button("再加一行", icon="plus", on=self.add)
        self._out = button("去掉这一行", "flat", "dash", on=self.take_out)
        self._panel = frame(
            "well",
            column(
                self._row_title,
                self.body,
                row(None, self._out, self._next),
                spacing=6,
                margins=(10, 8, 10, 8),
            ),
        )
        self._panel.hide()
        self.setLayout(
            column(
                row(self._title, self._hint, None, self._add),
                self._finder_slot,
                self.view,
                self._panel,
                spacing=4,
            )
        )
        self._size()

    @property
    def _word(self) -> str:
        return "加成员" if self.table.from_household else "加一行"

    def _columns(self) -> tuple[Column, ...]:
        """As many columns as fit, copied attributes first."""
        shown: list[Column] = []
        room = ROOM - 48
        lines = list(self.table.columns)
        if self.table.from_household:
            every = [*self.table.copied, *self.table.columns]
            lines = [line for key in _MEMBER for line in every if line.key == key]
        for line in lines:
            width = _WIDTHS.get(line.type, _NARROW.get(line.key, 76) if line in self.table.copied else 84)
            if line.key in ("id_number",) or line.type in ("files", "note", "account"):
                continue
            if room < width:
                break
            room -= width
            right = "right" if line.type in ("money", "integer", "decimal") else "left"
            first = not shown
            shown.append(Column(line.key, line.label, 0 if first else width, right, bold=first, least=56))
        return (*shown, Column("open", "", 44))

    # -- binding ------------------------------------------------------------------

    def bind(self, rows: list[Doc]) -> None:
        """Show a list of rows and write entries back into it."""
        self._rows = rows
        self.open_row(-1)
        self._fill()

    def name_rows(self, named: Callable[[str, str], str]) -> None:
        """How a row of another table is called."""
        self._rows_named = named

    def show_choices_of_rows(self, key: str, choices: list[tuple[str, str]]) -> None:
        """Fill the row-typed columns that point to the table ``key``."""
        from .pickers import RowEditor

        for line in self.table.columns:
            if line.type == "row" and line.of == key:
                editor = self.body.editor(line.key)
                if isinstance(editor, RowEditor):
                    editor.show_choices(choices)

    def _fill(self) -> None:
        self.view.show_rows([self._cells(at, item) for at, item in enumerate(self._rows)])
        self._hint.setText(self._count())
        self._size()
        if self._open >= 0:
            self.view.selectRow(self._open)

    def _count(self) -> str:
        unit = "人" if self.table.from_household else "项"
        words = f"{len(self._rows)} {unit}" if self._rows else ""
        covered = [one for one in self._rows if one.get("in_covered")]
        if self._rows and any(line.key == "in_covered" for line in self.table.columns):
            words += f"，保障 {len(covered)} 人"
        return words

    def _size(self) -> None:
        shown = max(1, min(len(self._rows), 8))
        self.view.setFixedHeight(28 + 28 * shown + 4 + (12 if not self._rows else 0))

    def _cells(self, at: int, item: Doc) -> dict[str, Any]:
        cells: dict[str, Any] = {"at": at, "open": Link("打开")}
        for line in (*self.table.copied, *self.table.columns):
            path = f"{self.table.key}.{at}.{line.key}"
            cells[line.key] = self._cell(line, item.get(line.key), self._judged.texts.get(path, ""))
        return cells

    def _cell(self, line: FieldLine, value: Any, computed: str) -> Any:
        if line.computed:
            return computed or DASH
        if line.type == "yes_no":
            return Check(bool(value))
        if value in (None, "", []):
            return Cell(DASH, "ink-3")
        if line.type == "money":
            return format_money_grouped(int(value))
        if line.type == "row":
            return self._rows_named(line.of, str(value))
        if line.type == "person":
            brief = self._people(str(value))
            return brief.name if brief else DASH
        if line.type in ("record", "facility", "household"):
            return self._sources.name_record(str(value)) or DASH
        if line.type in ("choice", "village"):
            pairs = self._sources.villages if line.type == "village" else line.choices
            return dict(pairs).get(str(value), str(value))
        if line.type == "choices":
            return "、".join(dict(line.choices).get(code, code) for code in value)
        if line.type == "names":
            return "、".join(value)
        if line.type == "decimal":
            return f"{int(value) / 10**line.digits:.{line.digits}f}"
        return str(value)

    def _style(self, item: Mapping[str, Any]) -> RowStyle:
        prefix = f"{self.table.key}.{item['at']}."
        wrong = any(p.path.startswith(prefix) and p.level == "error" for p in self._judged.problems)
        return RowStyle(tint="error-bg" if wrong else "")

    # -- rows ------------------------------------------------------------------------

    def add(self) -> None:
        """A new row; a member is found first."""
        if self.table.from_household:
            self._find_member()
            return
        values = {line.key: line.default for line in self.table.columns if line.default is not None}
        self._rows.append({"key": new_id(), **values})
        self._fill()
        self.open_row(len(self._rows) - 1, focus=True)
        self.changed.emit(self.table.key)

    def _find_member(self) -> None:
        if self._finder is None:
            self._finder = PersonEditor(FieldLine("", "", "", "person"), self._sources, people=self._people)
            self._finder.entered.connect(self._member_found)
            self._finder_slot.addWidget(self._finder)
        self._finder.set_value(None)
        self._finder.show()
        self._finder.edit.setFocus()
        self.grown.emit()

    def _member_found(self) -> None:
        assert self._finder is not None
        brief = self._finder.brief
        self._finder.hide()
        if brief is not None:
            self.take_member(brief)

    def take_member(self, brief: PersonBrief) -> None:
        """A row for a person, unless there is one."""
        if any(one["key"] == brief.id for one in self._rows):
            return
        values = {line.key: line.default for line in self.table.columns if line.default is not None}
        row_values = {"name": brief.name, "birth_date": brief.birth_date}
        self._rows.append({"key": brief.id, "person": brief.id, **row_values, **values})
        self._fill()
        self.open_row(len(self._rows) - 1, focus=True)
        self.changed.emit(self.table.key)

    def open_row(self, at: int, *, focus: bool = False) -> None:
        """Open a row below the table; −1 closes."""
        self._open = at if 0 <= at < len(self._rows) else -1
        self._panel.setVisible(self._open >= 0)
        if self._open >= 0:
            item = self._rows[self._open]
            self.body.bind(item)
            name = item.get("name") or f"第 {self._open + 1} 行"
            self._row_title.setText(str(name))
            self._judge_row()
            self.view.selectRow(self._open)
            if focus:
                first = next((f.editor for f in self.body.fields.values() if f.isVisibleTo(self)), None)
                if first is not None:
                    first.setFocus()
        self.grown.emit()

    def take_out(self) -> None:
        """Take the opened row out of the draft; its history stays in the versions."""
        if self._open >= 0:
            del self._rows[self._open]
            self.open_row(-1)
            self._fill()
            self.changed.emit(self.table.key)

    def _tick(self, item: Mapping[str, Any], key: str, on: bool) -> None:
        self._rows[item["at"]][key] = on
        if self._open == item["at"]:
            self.body.refresh(key)
        self._fill()
        self.changed.emit(f"{self.table.key}.{key}")

    def _row_changed(self, path: str) -> None:
        self._fill()
        self.changed.emit(path)

    # -- problems ---------------------------------------------------------------------

    def show_judgement(self, judged: Judgement) -> None:
        """Problems and computed values of every row."""
        self._judged = judged
        self._fill()
        self._judge_row()

    def _judge_row(self) -> None:
        if self._open < 0:
            return
        path = f"{self.table.key}.{self._open}."
        problems = {p.path: p for p in reversed(self._judged.problems) if p.path.startswith(path)}
        self.body.show_judgement(self._judged, problems, row_path=path)

    def set_editable(self, editable: bool) -> None:
        """Whether rows may be changed now."""
        self._add.setVisible(editable)
        self._out.setVisible(editable)
        self._next.setVisible(editable)
        self.body.set_editable(editable)

    def go_to(self, at: int, key: str) -> QWidget | None:
        """Open a row and give the editor of one of its fields."""
        self.open_row(at)
        return self.body.fields[key].editor if key in self.body.fields else None
