"""What goes down: 县局下发的变化 and 县局的核查问题 in a township, 下发 and its preview at the county."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from ...exchange.down.told import answer_told
from ...values.dates import format_month_cn
from ..gateway import down as gateway
from ..gateway.office import money
from ..kit.dialog import ConfirmDialog
from ..kit.table import Column
from ..listing import Line, Listing
from ..worker import Progress
from .arrivals import ask_places
from .desks import ListRoom

if TYPE_CHECKING:
    from ...county.replies.bulletins import HandedOut
    from ..window import Window
    from ..worker import Ticket

_CHANGES = (
    Column("what", "变化", 84), Column("kind", "类别", 84), Column("subject", "名称", 0, bold=True),
    Column("before", "原来", 200), Column("after", "以后", 260), Column("since", "从何时起", 100),
)  # fmt: skip


class OfferedRoom(ListRoom):
    """县局下发的变化: looked at, then taken; or put off, which loses nothing."""

    COLUMNS = _CHANGES
    ACTIONS = (("pay", "去补差", "calc", ""), ("accept", "启用", "check", "F8"))
    EMPTY = "没有等着启用的。"
    MANUAL = "handover"
    WITHOUT_LINES = frozenset({"accept"})
    VIEW = staticmethod(gateway.offered)

    def accept(self, _lines: list[Line]) -> None:
        """Put everything in force that this program can take."""
        dialog = ConfirmDialog(
            title="启用县局下发的表单、标准？", icon="flag", verb="启用", quiet="先放着", verb_icon="check",
            sentence="以后登记、计划都照新的办。已经锁定的月份不变；标准晚到的，差额另出补差批次。",
        )  # fmt: skip
        dialog.agreed.connect(lambda: self.run(gateway.accept, self._accepted))
        dialog.open_over(self.desk.layer_parent())

    def _accepted(self, made: tuple[int, int, int]) -> None:
        files, months, cents = made
        words = f"已启用 {files} 个文件"
        if months:
            words += f"；有 {months} 个已锁定的月份要补差，共 {money(cents)} 元"
            self.pill = gateway.DUE
        self.desk.saved(words)
        self.desk.catalog_changed()
        self.refresh()

    def open_line(self, line: Line) -> None:
        if line.target:
            self.pay([line])

    def act(self, action: str, lines: list[Line]) -> None:
        """The link of a line goes to its batch."""
        super().act("pay" if action == "since" else action, lines)

    def pay(self, lines: list[Line]) -> None:
        """To the adjust batch of the month."""
        if lines[0].target:
            form, month = lines[0].target
            self.desk.open_payment(form, month=month, kind="adjust")
            self.desk.say(f"{format_month_cn(month)}的补差批次：核对以后锁定。", "info")


class ToldRoom(ListRoom):
    """县局的核查问题: explained or mended, with evidence."""

    COLUMNS = (
        Column("rule", "编号", 56, bold=True), Column("level", "级别", 76), Column("title", "问题", 0, bold=True),
        Column("people", "人员", 300), Column("month", "月份", 76), Column("cents", "涉及金额", 96, "right"),
        Column("state", "状态", 130), Column("open", "", 56),
    )  # fmt: skip
    ACTIONS = (("explain", "写说明…", "doc", ""), ("mended", "已改正…", "check", "F8"))
    EMPTY = "没有等答复的。"
    MANUAL = "findings"
    MANY = True
    VIEW = staticmethod(gateway.findings_told)

    def open_line(self, line: Line) -> None:
        if line.target:
            self.desk.open_record(line.target)
        else:
            self.desk.say("这条问题没有对应到本乡镇的哪一件。", "info")

    def act(self, action: str, lines: list[Line]) -> None:
        """The link of a line goes to its record."""
        if action == "open":
            self.open_line(lines[0])
        else:
            super().act(action, lines)

    def explain(self, lines: list[Line]) -> None:
        """Why it is right as it is."""
        self._ask(lines, "explained", "说明", "写明依据，由县局采信；错误要改正，或由县级特批。")

    def mended(self, lines: list[Line]) -> None:
        """What was put right."""
        self._ask(lines, "mended", "答复已改正", "写怎么改的。县局复核，找不到了才销号。")

    def _ask(self, lines: list[Line], as_: Any, verb: str, sentence: str) -> None:
        ids = [line.id for line in lines]

        def then(given: dict[str, str]) -> None:
            names, _ = QFileDialog.getOpenFileNames(
                self.page, "佐证材料（没有就取消）", str(self.desk.folder), "材料 (*.pdf *.jpg *.jpeg *.png)"
            )
            self.answer(ids, as_, given["text"], [Path(name) for name in names])

        self.ask(f"{verb} {len(ids)} 条？", sentence, verb, (("text", "写什么", ""),), then)

    def answer(self, ids: list[str], as_: Any, text: str, files: list[Path]) -> None:
        """Write the answer; it goes up with the next package."""
        self.run(
            lambda office: answer_told(office.store, ids, as_=as_, text=text, files=files),
            self.done(f"已答复 {len(ids)} 条，随下一包上报"),
        )


class DownRoom(ListRoom):
    """下发, at the county: bulletins written, and who has read them."""

    COLUMNS = (
        Column("town", "乡镇", 130, bold=True), Column("laptops", "电脑", 60, "right"),
        Column("number", "最近一份", 90), Column("at", "写出", 130), Column("by", "谁写的", 100),
        Column("read", "乡镇读到没有", 180), Column("taken", "表单、标准", 0),
    )  # fmt: skip
    ACTIONS = (
        ("publish", "下发表单、标准…", "out", ""),
        ("chosen", "给选中的写下发包…", "usb", ""),
        ("write", "给全部写下发包…", "usb", "F8"),
    )
    EMPTY = "没有乡镇。"
    MANUAL = "county"
    MANY = True
    WITHOUT_LINES = frozenset({"publish", "write"})
    VIEW = staticmethod(gateway.downs)

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self._ticket: Ticket | None = None
        self.page.progress.stopped.connect(self._stop)

    def _stop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    def publish(self, _lines: list[Line]) -> None:
        """Ask for the folder, check it whole, and show what it changes."""
        name = QFileDialog.getExistingDirectory(self.page, "下发哪个文件夹", str(self.desk.folder))
        if name:
            self.preview(Path(name))

    def preview(self, folder: Path) -> None:
        """What publishing the folder would change."""
        self.run(
            lambda office: gateway.plan_publication(office, folder),
            lambda made: PublishRoom(self.desk, made).open(),
        )

    def chosen(self, lines: list[Line]) -> None:
        """Bulletins for the townships that are chosen."""
        self._folder([line.id for line in lines])

    def write(self, _lines: list[Line]) -> None:
        """Bulletins for every township with a laptop."""
        self._folder([])

    def _folder(self, divisions: list[str]) -> None:
        ask_places(
            self, self.page, title="下发包写到哪里？", verb="写下发包",
            sentence="勾几个就写几份，写完读回核对，每一份都记进拷贝登记。",
            then=lambda folders: self.write_to(divisions, *folders),
        )  # fmt: skip

    def write_to(self, divisions: list[str], *folders: Path) -> None:
        """Write bulletins into folders; no division named means all."""

        def done(made: tuple[HandedOut, int]) -> None:
            self.page.progress.finish()
            out, left = made
            good = "、".join(str(one.folder) for one in out.places if one.error is None)
            more = f"；{left} 个乡镇没有登记的电脑，没有写" if left else ""
            self.desk.saved(f"已写 {len(out.written)} 份下发包到 {good}，读回核对相同{more}")
            for one in out.places:
                if one.error is not None:
                    self.desk.say(one.sentence, "error")
            self.refresh()

        def failed(error: Exception) -> None:
            self.page.progress.finish()
            self.desk.show_error(error)
            self.refresh()

        def progress(step: Progress) -> None:
            self.page.progress.show_progress(step.words, step.done, step.of)

        def stopped() -> None:
            self.page.progress.finish("已停下。写完的都在；没写成的再写一次，会用下一个号。")
            self.refresh()

        self._ticket = self.run(
            lambda office: gateway.write_bulletins(office, divisions, folders),
            done,
            failed=failed,
            progress=progress,
            stopped=stopped,
        )


class PublishRoom(ListRoom):
    """下发前看变化: a folder that was checked whole, before it counts."""

    COLUMNS = _CHANGES
    ACTIONS = (("publish", "启用并下发", "check", "F8"),)
    MANUAL = "county"
    WITHOUT_LINES = frozenset({"publish"})
    VIEW = staticmethod(lambda _office, _pill: Listing("", ()))

    def __init__(self, desk: Window, made: gateway.Publishing) -> None:
        super().__init__(desk)
        self._made = made

    def refresh(self) -> None:
        """What was planned; publishing looks again whether somebody was quicker."""
        self.page.show_listing(self._made.listing)

    def publish(self, _lines: list[Line]) -> None:
        """Put it in force."""

        def done(count: int) -> None:
            self.desk.saved(f"已启用 {count} 个文件，随下一份回执或下发包带给乡镇")
            self.desk.catalog_changed()
            self.desk.shell.back()

        self.run(lambda office: gateway.publish(office, self._made.plan), done)
