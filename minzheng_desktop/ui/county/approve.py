"""审批: what waits for the county's decision, what changed in it, and the sample before confirming."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame

from ..kit.basics import ElideLabel, WrapLabel, button, clear, column, frame, label, row, rule, scroll
from ..kit.basics import body as holder
from ..kit.cards import FilterPills, notice
from ..kit.cells import CellValue, Check, Chip
from ..kit.table import Column, Table
from ..page import NARROW, Hint, Page
from .approve_dialogs import DecisionDialog, RecheckDialog


@dataclass(frozen=True)
class WaitingRow:
    """One record that waits for a decision, or that was decided."""

    id: str
    town: str
    form: str
    business: str
    name: str
    who: str
    number: str
    amount: str
    at: str
    days: int
    wait: CellValue
    sample: CellValue
    state: Chip
    group: str = "waiting"
    """waiting, decided or aside (set aside by the township)"""
    more: str = ""
    """Said below the table when the line is chosen."""
    age: int | None = None
    seen: tuple[str, str] = ("", "")
    picked: bool = False
    unchecked: bool = False


@dataclass(frozen=True)
class SampleState:
    """How far the sample of a form is."""

    form: str
    title: str
    percent: str
    waiting: int
    undrawn: int
    picked: int
    open: int
    short: int = 0


@dataclass(frozen=True)
class Change:
    """A field that is otherwise than the county saw it."""

    label: str
    then: str
    now: str


@dataclass(frozen=True)
class Detail:
    """A record beside what the county knew of it; ``since`` is empty for a first application."""

    record: str
    since: str
    changes: tuple[Change, ...]
    steps: tuple[str, ...]
    check: str = ""


WAITS = (("等了多久", 0), ("满 5 天", 5), ("满 10 天", 10), ("满 15 天", 15), ("满 30 天", 30))
AGES: tuple[tuple[str, int, int], ...] = (
    ("全部年龄", -1, 999), ("未满 18 岁", -1, 17), ("18—59 岁", 18, 59), ("60—79 岁", 60, 79), ("80 岁以上", 80, 999),
)  # fmt: skip
PANEL = 330


class ApprovePage(Page):
    """Choose one or several, then 确认, 退回 or 不予确认, with a number and a text."""

    manual = "county"

    decided = Signal(object, str, str, str)
    record_wanted = Signal(object)
    detail_wanted = Signal(str)
    draw_wanted = Signal(str)
    recheck_wanted = Signal(str, object)
    refresh_wanted = Signal()
    moves_wanted = Signal()

    WORDS = (
        ("confirm", "确认", "", "check"),
        ("return", "退回", "danger", "return"),
        ("deny", "不予确认", "danger", "error"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.hints = (
            Hint("空格", "选中"),
            Hint("F8", "确认"),
            Hint("Enter", "看记录"),
            Hint("F4", "看变化"),
            Hint("F7", "下一件要核"),
        )
        self.keys = {
            "F8": lambda: self._ask("confirm"),
            "F5": self.refresh_wanted.emit,
            "F4": self._toggle_panel,
            "F7": self._next_unchecked,
            "F9": self.moves_wanted.emit,
        }
        self._moves = button("整户迁移", "flat", "out", key="F9", on=self.moves_wanted.emit)
        self._rows: Sequence[WaitingRow] = ()
        self._samples: Sequence[SampleState] = ()
        self._ticked: set[str] = set()
        self._panel_on = True
        self._hint = ElideLabel("", "hint")
        self._pills = FilterPills()
        self._pills.key = "waiting"
        self._pills.chosen.connect(lambda _key: self._filter())
        self._town, self._form = _combo(112), _combo(150)
        self._wait, self._age = _combo(104), _combo(108)
        for words, days in WAITS:
            self._wait.addItem(words, days)
        for words, low, high in AGES:
            self._age.addItem(words, (low, high))
        for combo in (self._town, self._form, self._wait, self._age):
            combo.activated.connect(lambda _at: self._filter())
        head = row(
            label("审批", "title"), self._hint, None, self._town, self._form, self._wait, self._age,
            margins=(16, 8, 16, 0),
        )  # fmt: skip
        self._strips = column(spacing=4, margins=(16, 0, 16, 0))
        self._told = column(spacing=4, margins=(16, 0, 16, 0))
        self.table = Table(
            (
                Column("tick", "", 26),
                Column("town", "乡镇", 76),
                Column("business", "业务", 104),
                Column("name", "姓名", 76, bold=True),
                Column("who", "性别 · 出生年 · 村", 0, least=120),
                Column("amount", "月金额", 80, "right"),
                Column("wait", "等了", 54, "right"),
                Column("sample", "抽查", 112),
                Column("state", "状态", 196),
            )
        )
        self.table.set_empty("没有等县局决定的件。")
        self.table.ticked.connect(lambda item, _key, on: self._tick(item, on))
        self.table.opened.connect(self.record_wanted)
        self.table.chosen.connect(self._chosen)
        self._more = WrapLabel("", "hint")
        self._more.setContentsMargins(16, 4, 16, 4)
        self._more.hide()
        self._panel = DetailPanel(self._ask_recheck)
        self._count = label("", "hint")
        self._all = button("全选", "flat", "box", on=self._tick_all)
        foot = row(self._all, self._count, None, margins=(8, 0, 16, 0))
        self._buttons = []
        for key, words, role, icon in self.WORDS:
            made = button(
                words,
                role or "primary",
                icon,
                key="F8" if key == "confirm" else "",
                on=partial(self._ask, key),
            )
            self._buttons.append(made)
        for made in reversed(self._buttons):
            foot.addWidget(made)
        bar = frame("footbar", foot)
        bar.setFixedHeight(48)
        middle = row(self.table, self._panel, spacing=0)
        middle.setStretch(0, 1)
        whole = column(
            head, row(self._pills, None, self._moves, margins=(16, 0, 16, 0)), self._strips, self._told, middle,
            self._more, bar, spacing=6,
        )  # fmt: skip
        whole.setStretch(4, 1)
        self.setLayout(whole)

    def show_moves(self, waiting: int) -> None:
        """How many moves of households wait for the county."""
        self._moves.setText(f"整户迁移 {waiting}  F9" if waiting else "整户迁移  F9")

    # -- what is shown ---------------------------------------------------------------------------

    def show_waiting(self, rows: Sequence[WaitingRow], samples: Sequence[SampleState] = ()) -> None:
        """Every record that waits or was decided and waits for the township, and how far the samples are."""
        self._rows, self._samples = rows, samples
        self._ticked &= {one.id for one in rows if one.group == "waiting"}
        groups = {key: sum(one.group == key for one in rows) for key in ("waiting", "decided", "aside")}
        self._pills.show_pills(
            (
                ("waiting", "待决定", groups["waiting"]),
                ("sample", "抽中", sum(one.picked for one in rows)),
                ("decided", "已决定·待乡镇回执", groups["decided"]),
                ("aside", "乡镇搁置", groups["aside"]),
                ("", "全部", len(rows)),
            )
        )
        _refill(self._town, "全部乡镇", [one.town for one in rows])
        _refill(self._form, "全部业务", sorted({one.business for one in rows}))
        clear(self._strips)
        for one in samples:
            self._strips.addWidget(self._strip(one))
        self._filter()

    def _strip(self, one: SampleState) -> QFrame:
        if one.undrawn:
            act = button(f"抽样 {one.percent}%", "", "flag", on=partial(self.draw_wanted.emit, one.form))
            words = f"{one.title}等确认 {one.waiting} 件，{one.undrawn} 件还没有抽样。"
            return notice("warn", f"{words}按 {one.percent}% 抽查过才能确认。", action=act)
        if one.short:
            act = button("补抽", "", "flag", on=partial(self.draw_wanted.emit, one.form))
            words = f"{one.title}抽中的有乡镇改过的，还要补抽 {one.short} 件。"
            return notice("warn", f"{words}按 {one.percent}% 抽查过才能确认。", action=act)
        if one.open:
            words = f"{one.title}等确认 {one.waiting} 件，抽中 {one.picked} 件，"
            return notice("warn", f"{words}还有 {one.open} 件没有抽查结果（F7 下一件）。")
        return notice("ok", f"{one.title}等确认 {one.waiting} 件，抽中的 {one.picked} 件都有结果，可以确认。")

    def tell_beaten(self, lines: Sequence[str]) -> None:
        """Row by row what another reviewer had decided meanwhile."""
        clear(self._told)
        for words in lines[:4]:
            self._told.addWidget(notice("info", f"{words}。"))
        if len(lines) > 4:
            self._told.addWidget(
                notice("info", f"另有 {len(lines) - 4} 件也已经决定，在“已决定·待乡镇回执”里看。")
            )

    def show_detail(self, detail: Detail) -> None:
        """What changed in the chosen record."""
        current = self.table.current
        if current is not None and current.id == detail.record:
            self._panel.show_detail(current.line, detail)

    def _filter(self) -> None:
        key, form, town = self._pills.key, self._form.currentData(), self._town.currentData()
        days, (low, high) = self._wait.currentData(), self._age.currentData()
        shown = [
            one
            for one in self._rows
            if (one.picked if key == "sample" else not key or one.group == key)
            and (not form or one.business == form)
            and (not town or one.town == town)
            and one.days >= days
            and (high - low > 900 or (one.age is not None and low <= one.age <= high))
        ]
        current = self.table.current
        kept = current.id if current is not None else ""
        self.table.show_rows(
            [_Line(one, one.id in self._ticked) for one in shown], keep=lambda o: o.id == kept
        )
        if self.table.current is None:
            self._more.hide()
            self._panel.show_nothing()
        self._count.setText(f"{len(shown):,} 件，选中 {len(self._ticked):,} 件")
        self._all.setText("全不选" if self._ticked else "全选")
        for made in self._buttons:
            made.setEnabled(bool(self._ticked))

    def _chosen(self, item: _Line | None) -> None:
        words = item.line.more if item is not None else ""
        self._more.setText(words)
        self._more.setVisible(bool(words))
        if item is not None:
            self.detail_wanted.emit(item.line.id)

    # -- choosing and deciding ---------------------------------------------------------------------

    def _tick(self, item: _Line, on: bool) -> None:
        if item.group != "waiting":
            return
        record = str(item.id)
        if on:
            self._ticked.add(record)
        else:
            self._ticked.discard(record)
        at = self.table.currentIndex()
        self._filter()
        self.table.setCurrentIndex(at)

    def _tick_all(self) -> None:
        """All that are shown and wait, or none."""
        rows = self.table.rows_model.rows
        shown = {rows[at].line.id for at in range(len(rows)) if rows[at].line.group == "waiting"}
        self._ticked = set() if self._ticked else shown
        self._filter()

    def _ask(self, kind: str) -> None:
        if not self._ticked:
            return
        words = {key: title for key, title, _role, _icon in self.WORDS}[kind]
        dialog = DecisionDialog(kind, words, len(self._ticked))
        dialog.agreed.connect(
            lambda: self.decided.emit(sorted(self._ticked), kind, dialog.text, dialog.number)
        )
        dialog.open_over(self.window().centralWidget())  # type: ignore[attr-defined]

    def seen(self, records: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Revision and state in which these records stand on the page."""
        return {one.id: one.seen for one in self._rows if one.id in records and one.seen[0]}

    # -- the sample --------------------------------------------------------------------------------

    def _next_unchecked(self) -> None:
        """The next picked record without a result."""
        rows = self.table.rows_model.rows
        start = self.table.currentIndex().row() + 1
        order = [*range(start, len(rows)), *range(start)]
        at = next((n for n in order if rows[n].unchecked), None)
        if at is not None:
            self.table.selectRow(at)

    def _ask_recheck(self) -> None:
        current = self.table.current
        if current is None or not current.picked:
            return
        record = str(current.id)
        dialog = RecheckDialog(f"{current.name}（{current.who}）")
        dialog.agreed.connect(lambda: self.recheck_wanted.emit(record, dialog.answers))
        dialog.open_over(self.window().centralWidget())  # type: ignore[attr-defined]

    # -- room ----------------------------------------------------------------------------------------

    def _toggle_panel(self) -> None:
        self._panel_on = not self._panel.isVisible()
        self._arrange()

    def _arrange(self) -> None:
        narrow = self.width() < NARROW
        self._panel.setVisible(self._panel_on)
        spare = {"amount", "business"} if narrow and self._panel_on else set()
        self.table.hide_columns(frozenset(spare))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() >= NARROW > self.width() or event.oldSize().width() < 0:
            self._panel_on = self.width() >= NARROW
        self._arrange()


def _combo(width: int) -> QComboBox:
    made = QComboBox()
    made.setFixedWidth(width)
    return made


def _refill(combo: QComboBox, first: str, words: Sequence[str]) -> None:
    kept = combo.currentData()
    combo.clear()
    combo.addItem(first, "")
    for one in dict.fromkeys(words):
        combo.addItem(one, one)
    combo.setCurrentIndex(max(combo.findData(kept), 0))


class DetailPanel(QFrame):
    """Beside the list: what changed since the county last had the record, what was done, what the re-check found."""

    def __init__(self, on_recheck: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(PANEL)
        self._title, self._who = ElideLabel("", "section"), ElideLabel("", "hint")
        self._lines = column(spacing=4)
        self._recheck = button("登记抽查结果…", "", "flag", on=on_recheck)
        inside = column(self._lines, None, margins=(0, 0, 8, 0))
        self.setLayout(
            column(
                self._title, self._who, rule(), scroll(holder(inside)), self._recheck, spacing=6,
                margins=(16, 8, 8, 8),
            )
        )  # fmt: skip
        self.show_nothing()

    def show_nothing(self) -> None:
        """No record is chosen."""
        self._title.setText("选一件看变化")
        self._who.setText("")
        clear(self._lines)
        self._recheck.hide()

    def show_detail(self, one: WaitingRow, detail: Detail) -> None:
        """One record."""
        self._title.setText(f"{one.name} · {one.business}")
        self._who.setText(f"{one.town} · {one.who} · {one.number}")
        clear(self._lines)
        if one.picked:
            self._add("抽查", detail.check or "抽中，还没有结果。", "ok" if detail.check else "warn")
        if not detail.since:
            self._add("变化", "第一次报到县局，没有可比的以前内容。")
        elif detail.changes:
            self._lines.addWidget(label(f"比{detail.since}改了 {len(detail.changes)} 处", "strong"))
            for change in detail.changes:
                self._add(change.label, f"{change.then} → {change.now}")
        else:
            self._add("变化", f"与{detail.since}相同，没有改。")
        if detail.steps:
            self._lines.addWidget(label("乡镇办过", "strong"))
            for words in detail.steps:
                self._lines.addWidget(WrapLabel(words, "hint"))
        self._recheck.setVisible(one.picked and one.group == "waiting")

    def _add(self, name: str, words: str, tone: str = "") -> None:
        self._lines.addWidget(label(name, "hint"))
        self._lines.addWidget(WrapLabel(words, tone=tone))


class _Line:
    """A row with its tick."""

    def __init__(self, one: WaitingRow, ticked: bool) -> None:
        self.line = one
        self.tick: CellValue = Check(ticked) if one.group == "waiting" else ""

    def __getattr__(self, name: str) -> object:
        return getattr(self.line, name)
