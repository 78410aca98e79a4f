"""The rooms of second laptops: 两台电脑改得不同, 重复封账和步骤交叉."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..conflicts import ConflictsPage
from ..gateway import conflicts as gateway
from ..kit.table import Column
from ..listing import Line
from .desks import ListRoom
from .room import Room

if TYPE_CHECKING:
    from ..window import Window


class ConflictsRoom(Room):
    """Binds ``ConflictsPage``."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.kind = ""
        self.page = ConflictsPage()
        self.page.arrived = self.refresh
        self.page.back_wanted.connect(desk.shell.back)
        self.page.kind_chosen.connect(self.choose)
        self.page.record_wanted.connect(self._record)
        self.page.doubts_wanted.connect(lambda: DoubtsRoom(desk).open())
        self.page.answered.connect(self.write)
        self.page.history_wanted.connect(lambda row: HistoryRoom(desk, row).open())

    def open(self) -> None:
        """Lay the page over the current one."""
        self.desk.shell.open_page(self.page)

    def choose(self, kind: str) -> None:
        """Rows of another kind."""
        self.kind = kind
        self.refresh()

    def refresh(self) -> None:
        """What waits now."""
        kind = self.kind
        self.run_latest("conflicts", lambda office: gateway.view(office, kind), self.page.show_desk)

    def write(self, said: dict[str, dict[str, str]]) -> None:
        """Write the rows of which every field was decided."""

        def done(count: int) -> None:
            then = "随下一份回执或下发包下去" if self.desk.is_county else "随下一个包上报"
            self.desk.saved(f"已定下来 {count} 条，{then}")
            self.refresh()

        self.run(lambda office: gateway.write(office, said), done)

    def _record(self, form: str, record: str) -> None:
        self.desk.open_record(record, form)


class HistoryRoom(ListRoom):
    """Every version of one row."""

    COLUMNS = (
        Column("at", "时间", 110), Column("letter", "电脑", 60), Column("by", "谁", 96, bold=True),
        Column("kind", "怎么来的", 104), Column("state", "", 104), Column("changes", "改了什么", 0),
    )  # fmt: skip
    EMPTY = "没有历史。"
    MANUAL = "second_laptop"

    def __init__(self, desk: Window, row: str) -> None:
        self.row = row
        super().__init__(desk)

    def refresh(self) -> None:
        row = self.row
        self.run_latest("history", lambda office: gateway.history(office, row), self.page.show_listing)


class DoubtsRoom(ListRoom):
    """重复封账, 步骤交叉."""

    COLUMNS = (
        Column("what", "什么事", 108), Column("town", "乡镇", 92), Column("whose", "业务和人", 250, bold=True),
        Column("first", "先有的", 0), Column("second", "又来的", 0),
    )  # fmt: skip
    ACTIONS = (("see", "看过了", "check", ""), ("accept", "收下这一批…", "in", "F8"))
    EMPTY = "没有重复封账，也没有交叉的步骤。"
    MANUAL = "second_laptop"
    VIEW = staticmethod(gateway.doubts)

    def open_line(self, line: Line) -> None:
        if line.target:
            form, record = line.target
            self.desk.open_record(record, form)

    def see(self, lines: list[Line]) -> None:
        """Steps that cross were looked at."""
        line = lines[0].id
        if not line.startswith("step:"):
            self.desk.say("重复封账要写明理由收下，或由封账的那台更正。", "info")
            return
        self.run(partial(_see, line=line), self.done("已记下看过"))

    def accept(self, lines: list[Line]) -> None:
        """A batch counts although its month was locked already."""
        line = lines[0].id
        if not line.startswith("batch:"):
            self.desk.say("交叉的步骤看过点“看过了”，没有要收的批次。", "info")
            return
        self.ask(
            "收下这一批？", "两批都算数，这一批的明细一起入库。先与封账的人核对过再收。", "收下这一批",
            (("reason", "为什么", ""),),
            lambda a: self.run(
                lambda office: gateway.accept_batch(office, line, a["reason"]), self.done("已收下这一批")
            ),
        )  # fmt: skip


def _see(office: gateway.Office, *, line: str) -> None:
    gateway.see_crossing(office, line)
