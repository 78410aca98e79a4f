"""主动发现: suggestions are accepted (a draft is begun), put off, or dismissed with a reason."""

from __future__ import annotations

from ...checks.suggestions import Accepted
from ..gateway import discover as gateway
from ..kit.dialog import ConfirmDialog
from ..kit.table import Column
from ..listing import Line
from .desks import ListRoom, typed_day


class DiscoverRoom(ListRoom):
    """Four pills: open, postponed, dismissed, accepted."""

    COLUMNS = (
        Column("name", "姓名", 96, bold=True), Column("sex", "性别", 48), Column("year", "出生年", 64),
        Column("village", "村", 84), Column("title", "为什么", 330), Column("form", "可办", 250),
        Column("since", "从哪天起", 96), Column("state", "", 0),
    )  # fmt: skip
    ACTIONS = (
        ("dismiss", "不办…", "dash", "F6"), ("later", "以后再说…", "pause", "F4"), ("all", "全选", "box-on", "F7"),
        ("accept", "采纳，建草稿", "plus", "F8"),
    )  # fmt: skip
    EMPTY = "没有新的建议。"
    MANUAL = "discover"
    MANY = True
    WITHOUT_LINES = frozenset({"all"})
    VIEW = staticmethod(gateway.view)

    def open_line(self, line: Line) -> None:
        """The person; of what was accepted, the record that was begun."""
        one = line.target
        record = one.suggestion.record or (one.said.record if one.said and one.state == "taken" else "")
        if record:
            self.desk.open_record(record, one.suggestion.form)
        else:
            self.desk.open_person(one.suggestion.person)

    def all(self, _lines: list[Line]) -> None:
        """Choose every line."""
        self.page.table.selectAll()

    def accept(self, lines: list[Line]) -> None:
        """One is begun and opened at once; several are asked for first."""
        ids = [line.id for line in lines]
        if len(ids) == 1:
            self.run(lambda office: gateway.accept(office, ids), self._begun)
            return
        forms = sorted({str(line.get("form")) for line in lines})
        dialog = ConfirmDialog(
            title=f"采纳 {len(ids)} 条？", icon="plus", verb="建草稿", quiet="不了", verb_icon="check",
            sentence=f"每人建一份草稿：{'、'.join(forms)}。渠道写主动发现，理由写进申请理由；核实、补齐以后再提交。",
        )  # fmt: skip
        dialog.agreed.connect(lambda: self.run(lambda office: gateway.accept(office, ids), self._begun))
        dialog.open_over(self.desk.layer_parent())

    def _begun(self, done: tuple[Accepted, ...]) -> None:
        good = [one for one in done if one.record]
        for one in done:
            if not one.record:
                self.desk.say(f"{one.proposed.suggestion.name}：{one.message}", "warn")
        if len(done) == 1 and good:
            self.desk.open_record(good[0].record, good[0].proposed.suggestion.form)
        if good:
            self.desk.saved(f"已建 {len(good)} 份草稿")
        self.refresh()

    def later(self, lines: list[Line]) -> None:
        """Put off until a day."""
        ids = [line.id for line in lines]
        self.ask(
            f"{len(ids)} 条以后再说？", "到那天再提醒。", "以后再说", (("until", "到哪天", ""),),
            lambda a: self.run(
                lambda office: gateway.postpone(office, ids, until=typed_day(a["until"], self.desk)),
                self.done(f"{len(ids)} 条到时再提醒"),
            ),
        )  # fmt: skip

    def dismiss(self, lines: list[Line]) -> None:
        """Not to be done, with a reason."""
        ids = [line.id for line in lines]
        self.ask(
            f"{len(ids)} 条不办？", "以后不再提醒；登记的情况变了会重新提出来。", "不办", (("reason", "理由", ""),),
            lambda a: self.run(
                lambda office: gateway.dismiss(office, ids, reason=a["reason"]), self.done(f"{len(ids)} 条记为不办")
            ),
        )  # fmt: skip
