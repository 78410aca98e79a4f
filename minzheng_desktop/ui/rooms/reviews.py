"""死亡与复核: the proposals are chosen and confirmed with one key; reviews are opened, noted as done, or put off."""

from __future__ import annotations

from ...benefits.closing_steps import Confirmed
from ...benefits.closings import Closing
from ...checks.reviews import Review
from ...values.money import format_money_grouped
from ..gateway import reviews as gateway
from ..kit.dialog import ConfirmDialog
from ..kit.table import Column
from ..listing import Line
from .desks import ListRoom, typed_day


class ReviewsRoom(ListRoom):
    """Four pills: stops and changes to confirm, what the county decides, reviews, and reviews that were answered."""

    COLUMNS = (
        Column("name", "姓名", 96, bold=True), Column("village", "村", 76), Column("day", "日期", 92),
        Column("form", "业务", 174), Column("what", "怎么办", 168), Column("month", "停发月", 76),
        Column("before", "原来", 86, "right"), Column("now", "以后", 86, "right"),
        Column("over", "已多发", 92, "right"), Column("state", "", 0),
    )  # fmt: skip
    ACTIONS = (
        ("later", "以后再说…", "pause", "F4"), ("all", "全选", "box-on", "F7"), ("confirm", "确认办理", "check", "F8"),
    )  # fmt: skip
    EMPTY = "没有死亡后还在享或在办的。"
    MANUAL = "reviews"
    MANY = True
    WITHOUT_LINES = frozenset({"all"})
    VIEW = staticmethod(gateway.view)

    def open_line(self, line: Line) -> None:
        self.desk.open_record(line.target.record, line.target.form)

    def all(self, _lines: list[Line]) -> None:
        """Choose every line."""
        self.page.table.selectAll()

    def confirm(self, lines: list[Line]) -> None:
        """Ask once for everything that is chosen."""
        closings = [line.target for line in lines if isinstance(line.target, Closing)]
        if not closings:
            self._reviewed(lines)
            return
        ready = [one for one in closings if one.ready]
        if not ready:
            self.desk.say(f"{closings[0].blocked}。", "warn")
            return
        stops, changes = (sum(one.kind == kind for one in ready) for kind in ("stop", "members"))
        over = sum(one.overpaid for one in ready)
        words = [f"停发 {stops} 件"] if stops else []
        words += [f"提出变更 {changes} 件，等县级批复"] if changes else []
        words += [f"撤回在办的申请 {len(ready) - stops - changes} 件"] if len(ready) > stops + changes else []
        words += [f"开追缴共 {format_money_grouped(over)} 元"] if over else []
        left = f"另有 {len(closings) - len(ready)} 件要先补齐，不办。" if len(ready) < len(closings) else ""
        dialog = ConfirmDialog(
            title=f"确认办理 {len(ready)} 件？", icon="flag", verb="确认办理", quiet="不了", verb_icon="check",
            sentence=f"{'；'.join(words)}。{left}每件按自己的流程办一步，理由写死亡日期。",
        )  # fmt: skip
        ids = [one.id for one in ready]
        dialog.agreed.connect(lambda: self.run(lambda office: gateway.confirm(office, ids), self._told))
        dialog.open_over(self.desk.layer_parent())

    def _told(self, done: tuple[Confirmed, ...]) -> None:
        opened = sum(one.recovery is not None for one in done)
        good = sum(one.done for one in done)
        if good:
            self.desk.saved(f"已办 {good} 件" + (f"，开了 {opened} 笔追缴" if opened else ""))
        for one in done:
            if not one.done:
                self.desk.say(f"{one.closing.subject_name}“{one.closing.title}”没有办：{one.message}", "warn")
        self.refresh()

    def _reviewed(self, lines: list[Line]) -> None:
        ids = [line.id for line in lines if isinstance(line.target, Review)]
        self.ask(
            f"{len(ids)} 条记为已复核？", "先打开那一件办好；写一句怎么处理的。", "记为已办",
            (("text", "怎么处理的", ""),),
            lambda a: self.run(
                lambda office: gateway.reviewed(office, ids, text=a["text"]), self.done(f"{len(ids)} 条记为已办")
            ),
        )  # fmt: skip

    def later(self, lines: list[Line]) -> None:
        """Put reviews off until a day."""
        ids = [line.id for line in lines if isinstance(line.target, Review)]
        self.ask(
            f"{len(ids)} 条以后再说？", "到那天再提醒。", "以后再说", (("until", "到哪天", ""),),
            lambda a: self.run(
                lambda office: gateway.reviewed(office, ids, until=typed_day(a["until"], self.desk)),
                self.done(f"{len(ids)} 条到时再提醒"),
            ),
        )  # fmt: skip
