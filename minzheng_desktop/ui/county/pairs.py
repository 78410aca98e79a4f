"""疑似同一人: the pairs on the left, one of them side by side on the right; S same, D different, N next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from ..kit.basics import ElideLabel, WrapLabel, button, column, frame, label, row
from ..kit.cards import FilterPills, FootProgress
from ..kit.cells import CellValue
from ..kit.delegate import RowStyle
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..kit.table import Column, Table
from ..page import COVERED, Hint, Page, title_bar

LEFT, RIGHT = "left", "right"
_LIST, _NARROW_LIST = 404, 300


@dataclass(frozen=True)
class PairRow:
    """One pair in the list: the name, both townships, the facts that agree and contradict in few words."""

    low: str
    high: str
    name: CellValue
    towns: str
    facts: CellValue
    state: str
    """open, merged or distinct"""
    class_: str
    more: str = ""


@dataclass(frozen=True)
class SideRow:
    """One line of the comparison: both sides' words and the verdict; `kind` head, fact, section, benefit, month."""

    kind: str
    label: str
    left: CellValue
    right: CellValue
    verdict: CellValue = ""


@dataclass(frozen=True)
class Comparison:
    """A pair side by side: names of the columns, lines, a sentence at the foot."""

    low: str
    high: str
    title: str
    left: str
    right: str
    rows: tuple[SideRow, ...]
    foot: str = ""


@dataclass(frozen=True)
class PairsView:
    """Pairs of one pill, the pills with counts, and how many of the strictest class are open."""

    rows: tuple[PairRow, ...]
    pills: tuple[tuple[str, str, int | None], ...]
    hint: str = ""
    strict: int = 0


class _Keyed(Table):
    """A table whose letters are the page's keys and not a search within it."""

    def __init__(
        self, columns: Sequence[Column], keys: Callable[[str], bool], *, row_height: int = 32
    ) -> None:
        super().__init__(columns, row_height=row_height)
        self._keys = keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if plain and event.text() and self._keys(event.text().upper()):
            return
        super().keyPressEvent(event)


class PairsPage(Page):
    """List and comparison. Decisions go out as signals, with the words that the reviewer wrote."""

    manual = "duplicates"

    back_wanted = Signal()
    again_wanted = Signal()
    pill_chosen = Signal(str)
    pair_chosen = Signal(object)
    same_said = Signal(object, str)
    """(rows, opinion)"""
    different_said = Signal(object, str)
    person_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.hints = (
            Hint("S", "是同一人"), Hint("D", "不是"), Hint("N", "下一对"), Hint("F8", "成批认定"), Hint("Esc", "返回"),
        )  # fmt: skip
        self._letters = {"S": self.ask_same, "D": self.ask_different, "N": self.next}
        self.keys = {
            "Esc": self.back_wanted.emit, "F6": self.again_wanted.emit, "F8": self.ask_bulk,
            "F2": lambda: self._open_person(LEFT), "F4": lambda: self._open_person(RIGHT),
        }  # fmt: skip
        self._shown: Comparison | None = None
        self._strict: tuple[PairRow, ...] = ()
        self._hint = label("", "hint")
        self._bulk = button("成批认定", "", "check", key="F8", on=self.ask_bulk)
        self._bulk.setToolTip("证号、姓名都相同的全部认定为同一人")
        bar = title_bar(
            "返回", self.back_wanted.emit, label("疑似同一人", "title"), self._hint, None,
            button("重新查重", "", "search", key="F6", on=self.again_wanted.emit), self._bulk,
        )  # fmt: skip
        self.pills = FilterPills()
        self.pills.chosen.connect(self.pill_chosen)
        self.table = _Keyed(
            (
                Column("name", "姓名", 84, bold=True),
                Column("towns", "登记在", 0),
                Column("facts", "相同", 150),
            ),
            self._letter,
        )
        self.table.set_empty("没有疑似同一人的。")
        self.table.chosen.connect(self.pair_chosen)
        self.sides = _Keyed(
            (
                Column("label", "", 132, tone="ink-2"), Column("left", "", 0), Column("right", "", 0),
                Column("verdict", "", 112),
            ),
            self._letter,
            row_height=28,
        )  # fmt: skip
        self.sides.rows_model.style_of = _style
        self._title = ElideLabel("", "section")
        self._more = WrapLabel("", "hint")
        self._more.setContentsMargins(16, 4, 8, 8)
        self._foot = label("", "hint")
        self._left = column(self.table, self._more)
        self._left.setStretch(0, 1)
        self._list = QWidget()
        self._list.setLayout(self._left)
        self._list.setFixedWidth(_LIST)
        self._same = button("是同一人", "primary", "check", key="S", on=self.ask_same)
        self._different = button("不是同一人", "", "close", key="D", on=self.ask_different)
        self._next = button("下一对", "", "chevron-right", key="N", on=self.next)
        foot = frame(
            "footbar", row(self._foot, None, self._next, self._different, self._same, margins=(16, 0, 16, 0))
        )
        foot.setFixedHeight(48)
        right = column(row(self._title, margins=(16, 8, 16, 8)), self.sides, spacing=0)
        right.setStretch(1, 1)
        middle = row(self._list, right, spacing=8)
        middle.setStretch(1, 1)
        self.progress = FootProgress()
        whole = column(
            bar, row(self.pills, None, margins=(16, 8, 16, 8)), middle, self.progress, foot, spacing=0
        )
        whole.setStretch(2, 1)
        self.setLayout(whole)
        self._enable()

    # -- showing ----------------------------------------------------------------------------

    def show_pairs(self, data: PairsView, *, keep: tuple[str, str] | None = None) -> None:
        """Replace the list; the pair `keep` stays chosen where it is still there, else the first is."""
        self._hint.setText(data.hint)
        self.pills.show_pills(data.pills)
        self._strict = tuple(one for one in data.rows if one.class_ == "strict" and one.state == "open")
        self.table.show_rows(data.rows)
        self._more.setText("")
        self._shown = None
        self.sides.show_rows(())
        self._title.setText("")
        self._foot.setText(f"{len(data.rows)} 对")
        if data.rows:
            at = next((n for n, one in enumerate(data.rows) if (one.low, one.high) == keep), 0)
            self.table.selectRow(at)
        self._enable()

    def show_comparison(self, data: Comparison) -> None:
        """One pair side by side."""
        self._shown = data
        self._title.setText(data.title)
        self.sides.rename_columns({"left": data.left, "right": data.right})
        self.sides.show_rows(data.rows)
        chosen = self.table.current
        self._more.setText(chosen.more if chosen is not None else "")
        self._foot.setText(data.foot)
        self._enable()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._list.setFixedWidth(_NARROW_LIST if self.width() < COVERED + 100 else _LIST)
        self.table.hide_columns(frozenset({"facts"}) if self.width() < COVERED + 100 else frozenset())

    def _enable(self) -> None:
        chosen: PairRow | None = self.table.current
        is_open = chosen is not None and chosen.state == "open"
        self._same.setEnabled(is_open)
        self._different.setEnabled(chosen is not None and chosen.state != "distinct")
        words = "撤销认定" if chosen is not None and chosen.state == "merged" else "不是同一人"
        self._different.setText(f"{words}  D")
        self._next.setEnabled(chosen is not None)
        self._bulk.setEnabled(len(self._strict) > 1)

    # -- deciding -------------------------------------------------------------------------------

    def next(self) -> None:
        """The next pair, after the last the first."""
        rows = self.table.rows_model.rowCount()
        if rows:
            self.table.selectRow((self.table.currentIndex().row() + 1) % rows)

    def ask_same(self) -> None:
        """认定 the pair in sight."""
        chosen: PairRow | None = self.table.current
        if chosen is None or not self._same.isEnabled():
            return
        self._ask(
            "认定是同一人？", "县里合并计数，裁定随回执带给有关乡镇；两边的登记都不改写，可以撤销。", "是同一人",
            "意见", "", lambda text: self.same_said.emit([chosen], text), required=False,
        )  # fmt: skip

    def ask_different(self) -> None:
        """Keep the pair apart, or take its merging back."""
        chosen: PairRow | None = self.table.current
        if chosen is None or not self._different.isEnabled():
            return
        undo = chosen.state == "merged"
        self._ask(
            "撤销“是同一人”？" if undo else "认定不是同一人？",
            "撤销随回执带给有关乡镇，县里重新分开计数。" if undo else "记住这一对，姓名、证号、生日等变了才再列出。",
            "撤销认定" if undo else "不是同一人", "理由", "例如：同名堂兄弟",
            lambda text: self.different_said.emit([chosen], text),
        )  # fmt: skip

    def ask_bulk(self) -> None:
        """认定 every open pair of the strictest class at once."""
        if not self._bulk.isEnabled():
            return
        pairs = list(self._strict)
        self._ask(
            f"把 {len(pairs)} 对都认定为同一人？",
            "只有证号、姓名都相同，生日、性别没有矛盾的才在内。裁定随回执带给有关乡镇，可以逐对撤销。",
            f"认定 {len(pairs)} 对", "意见", "", lambda text: self.same_said.emit(pairs, text), required=False,
        )  # fmt: skip

    def _ask(
        self, title: str, sentence: str, verb: str, field: str, sample: str, then: Callable[[str], object], *,
        required: bool = True,
    ) -> None:  # fmt: skip
        dialog = ConfirmDialog(
            title=title, icon="people", sentence=sentence, verb=verb, quiet="再看看", verb_icon="check"
        )
        edit = QLineEdit()
        edit.setPlaceholderText(sample)
        edit.returnPressed.connect(dialog.agree)
        dialog.body.addWidget(Field(field, edit, required=required))
        if required:
            dialog.require(lambda: "" if edit.text().strip() else f"写上{field}。")
        dialog.agreed.connect(lambda: then(edit.text().strip()))
        dialog.open_over(self.window().layer_parent())  # type: ignore[attr-defined]

    def _letter(self, key: str) -> bool:
        act = self._letters.get(key)
        if act is not None:
            act()
        return act is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The letters work wherever the focus is on this page."""
        if not self._letter(event.text().upper()):
            super().keyPressEvent(event)

    def _open_person(self, side: str) -> None:
        if self._shown is not None:
            self.person_wanted.emit(self._shown.low if side == LEFT else self._shown.high)


def _style(item: SideRow) -> RowStyle:
    if item.kind == "section":
        return RowStyle(tint="sunken", bold=True)
    return RowStyle()
