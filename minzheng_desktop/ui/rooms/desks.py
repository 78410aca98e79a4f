"""Rooms over a ``ListPage``: what they share; 县决定与现状不符, 暂存和隔离, 核查."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLineEdit

from ...checks.desk import answer_findings
from ...county.replies.answers import accept_answers
from ...exchange.down import decided
from ...values.date_text import parse_date
from ...values.errors import UserError
from ..gateway import desks as gateway
from ..gateway import down
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..kit.table import Column
from ..listing import Line, Listing, ListPage
from .room import Room

if TYPE_CHECKING:
    from ..gateway.office import Office
    from ..window import Window

Actions = Sequence[tuple[str, str, str, str]]


class ListRoom(Room):
    """Binds a ``ListPage`` to a gateway's listing; subclasses say what their actions do."""

    COLUMNS: Sequence[Column] = ()
    ACTIONS: Actions = ()
    EMPTY = "没有要处理的。"
    MANUAL = "lists"
    """The chapter that F1 opens."""
    MANY = False
    VIEW: Callable[[Office, str], Listing]

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.pill = ""
        self.page = ListPage(self.COLUMNS, actions=self.ACTIONS, empty=self.EMPTY, many=self.MANY)
        self.page.manual = self.MANUAL
        self.page.back_wanted.connect(desk.shell.back)
        self.page.acted.connect(self.act)
        self.page.opened.connect(self.open_line)
        self.page.pill_chosen.connect(self.choose)
        self.page.arrived = self.refresh

    def open(self) -> None:
        """Lay the page over the current one."""
        self.desk.shell.open_page(self.page)

    def choose(self, pill: str) -> None:
        """Other lines."""
        self.pill = pill
        self.refresh()

    def refresh(self) -> None:
        """The lines as they are now."""
        pill, view = self.pill, type(self).VIEW
        self.run_latest("listing", lambda office: view(office, pill), self.page.show_listing)

    def act(self, action: str, lines: list[Line]) -> None:
        """An action on the lines that are chosen."""
        if not lines and action not in self.WITHOUT_LINES:
            self.desk.say("先选一行。", "info")
            return
        getattr(self, action)(lines)

    WITHOUT_LINES: frozenset[str] = frozenset()

    def open_line(self, line: Line) -> None:
        """Enter on a line."""

    def done(self, words: str) -> Callable[[object], None]:
        """What to say and show when a change is written."""

        def after(_result: object) -> None:
            self.desk.saved(words)
            self.refresh()

        return after

    def ask(
        self, title: str, sentence: str, verb: str, fields: Sequence[tuple[str, str, str]],
        then: Callable[[dict[str, str]], object], *, danger: bool = False,
    ) -> None:  # fmt: skip
        """A dialog of required texts: (key, words, what stands there at first)."""
        dialog = ConfirmDialog(
            title=title,
            icon="flag",
            sentence=sentence,
            verb=verb,
            quiet="不了",
            verb_icon="check",
            danger=danger,
        )
        edits: dict[str, QLineEdit] = {}
        for key, words, given in fields:
            edits[key] = QLineEdit(given)
            dialog.body.addWidget(Field(words, edits[key], required=True))

        def missing() -> str:
            empty = next((words for key, words, _ in fields if not edits[key].text().strip()), "")
            return f"填上{empty}。" if empty else ""

        dialog.require(missing)
        dialog.agreed.connect(lambda: then({key: edit.text().strip() for key, edit in edits.items()}))
        dialog.open_over(self.desk.layer_parent())


class WaitingRoom(ListRoom):
    """县决定与现状不符."""

    COLUMNS = (
        Column("name", "姓名", 96, bold=True), Column("form", "业务", 130), Column("kind", "县局决定", 150),
        Column("number", "文号", 160), Column("at", "时间", 110), Column("then", "决定时", 130),
        Column("now", "现在", 130), Column("may", "", 0),
    )  # fmt: skip
    ACTIONS = (("dismiss", "搁置…", "pause", ""), ("take", "照办", "check", "F8"))
    EMPTY = "县局的决定都落到了记录上。"
    VIEW = staticmethod(gateway.waiting)

    def open_line(self, line: Line) -> None:
        form, record = line.target
        self.desk.open_record(record, form)

    def take(self, lines: list[Line]) -> None:
        """Take the decision's step after all."""
        self.run(
            lambda office: decided.take_waiting(office.store, lines[0].id, today=office.today),
            self.done("已按县局决定办理"),
        )

    def dismiss(self, lines: list[Line]) -> None:
        """Set it aside; the county is told."""
        self.ask(
            "搁置这个决定？", "记录不动；理由随下一包告诉县局。", "搁置", (("reason", "理由", ""),),
            lambda a: self.run(
                lambda office: decided.dismiss_waiting(office.store, lines[0].id, reason=a["reason"]),
                self.done("已搁置，随下一包告诉县局"),
            ),
        )  # fmt: skip


class HeldRoom(ListRoom):
    """暂存和隔离, at the county."""

    COLUMNS = (
        Column("town", "乡镇", 96, bold=True), Column("package", "包号", 60), Column("at", "收到", 110),
        Column("kind", "内容", 84), Column("whose", "是谁的", 330), Column("why", "为什么", 160),
        Column("waits", "等什么", 0),
    )  # fmt: skip
    EMPTY = "没有暂存的，也没有隔离的。"
    VIEW = staticmethod(gateway.held)

    def open_line(self, line: Line) -> None:
        form, record = line.target
        if record:
            self.desk.open_record(record, form)
        else:
            self.desk.say("这一件还没有进县库，打不开。", "info")


class FindingsRoom(ListRoom):
    """核查: findings over this office, or over all townships at the county."""

    COLUMNS = (
        Column("rule", "编号", 56, bold=True), Column("level", "级别", 76), Column("town", "乡镇", 76),
        Column("name", "姓名", 76, bold=True), Column("sex", "性别", 46), Column("year", "出生年", 60),
        Column("form", "业务", 104), Column("words", "查到的", 0), Column("cents", "涉及金额", 84, "right"),
        Column("state", "状态", 92), Column("open", "", 56),
    )  # fmt: skip
    EMPTY = "没有发现问题。按 F6 重新核查。"
    MANUAL = "findings"
    MANY = True
    WITHOUT_LINES = frozenset({"again", "pairs"})
    VIEW = staticmethod(gateway.findings)

    def __init__(self, desk: Window) -> None:
        answer = ("accept", "采信…", "check", "") if desk.is_county else ("explain", "写说明…", "doc", "")
        pairs = (("pairs", "疑似同一人", "people", "F9"),) if desk.is_county else ()
        self.ACTIONS = (*pairs, answer, ("again", "重新核查", "search", "F6"))
        super().__init__(desk)
        self._fresh = False

    def refresh(self) -> None:
        """The findings kept; the first time everything is looked at again."""
        pill, run = self.pill, not self._fresh
        self._fresh = True
        if run:
            self.page.progress.show_progress("正在核查", 0, 0)

        def show(found: Listing) -> None:
            self.page.progress.finish()
            self.page.show_listing(found)

        self.run_latest("listing", lambda office: gateway.findings(office, pill, run=run), show)

    def pairs(self, _lines: list[Line]) -> None:
        """疑似同一人."""
        self.desk.open_pairs()

    def again(self, _lines: list[Line]) -> None:
        """Look at everything again."""
        self._fresh = False
        self.refresh()

    def open_line(self, line: Line) -> None:
        form, record, person = line.target
        if record:
            self.desk.open_record(record, form)
        elif person:
            self.desk.open_person(person)

    def act(self, action: str, lines: list[Line]) -> None:
        """The link of a line goes to its record."""
        if action == "open":
            self.open_line(lines[0])
        else:
            super().act(action, lines)

    def explain(self, lines: list[Line]) -> None:
        """Why a warning is right as it is."""
        self._answer(lines, "explained", "说明", "提醒可以说明；错误要改正，或请县级采信。")

    def accept(self, lines: list[Line]) -> None:
        """The county takes findings as they are; of what townships explained, their words where it has none."""
        if self.pill == down.ANSWERED:
            self._accept_answers(lines)
            return
        self._answer(lines, "accepted", "采信", "采信以后不再提示，内容变了会重新打开。")

    def _accept_answers(self, lines: list[Line]) -> None:
        ids = [line.id for line in lines]
        dialog = ConfirmDialog(
            title=f"采信 {len(ids)} 条乡镇的说明？", icon="check", verb="采信", quiet="不了", verb_icon="check",
            sentence="随下一份回执或下发包告诉乡镇。错误要县级特批，写明依据；提醒可以不写。",
        )  # fmt: skip
        text = QLineEdit()
        dialog.body.addWidget(Field("县局的话", text))
        dialog.agreed.connect(
            lambda: self.run(
                lambda office: accept_answers(office.store, ids, text=text.text()),
                self.done(f"已采信 {len(ids)} 条说明"),
            )
        )
        dialog.open_over(self.desk.layer_parent())

    def _answer(self, lines: list[Line], as_: Any, verb: str, sentence: str) -> None:
        ids = [line.id for line in lines]
        self.ask(
            f"{verb} {len(ids)} 条？", sentence, verb, (("text", "理由", ""),),
            lambda a: self.run(
                lambda office: answer_findings(office.store, ids, as_=as_, text=a["text"]),
                self.done(f"已{verb} {len(ids)} 条"),
            ),
        )  # fmt: skip


def typed_day(text: str, desk: Window) -> str:
    """A typed date as ISO text. Raises UserError for one that is none."""
    found = parse_date(text, today=desk.today).text
    if len(found) != len("2026-01-01"):
        raise UserError("date", f"日期“{text}”要写到日。没有登记。")
    return found
