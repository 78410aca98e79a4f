"""整户迁移: at the county confirmed or refused, in a township looked at."""

from __future__ import annotations

from ..gateway import moves as gateway
from ..kit.table import Column
from ..listing import Line
from .desks import ListRoom


class MovesRoom(ListRoom):
    """What townships reported, for the county's reviewer."""

    COLUMNS = (
        Column("head", "户主", 96, bold=True), Column("members", "人数", 64, "right"), Column("from", "迁出", 110),
        Column("to", "迁入", 110), Column("on", "迁移日期", 104), Column("reason", "原因", 0),
        Column("at", "报来", 108), Column("by", "经办", 84), Column("state", "状态", 190),
    )  # fmt: skip
    ACTIONS = (("refuse", "不同意…", "return", ""), ("confirm", "确认…", "check", "F8"))
    EMPTY = "没有等确认的迁移。"
    MANUAL = "transfers"
    VIEW = staticmethod(gateway.county_view)

    def confirm(self, lines: list[Line]) -> None:
        """Confirm the move in sight."""
        one = lines[0].target
        if one.problems:
            self.desk.say(f"还不能确认：{'；'.join(one.problems)}。", "warn")
            return
        self.ask(
            f"确认{one.head}一户迁往{one.to_town}？",
            "裁定连同这一户的内容和经历随回执或下发包带给两边；原乡镇从此只能看，以后的月份由迁入乡镇发。",
            "确认迁移", (("number", "文号或依据", one.document_no),),
            lambda a: self.run(
                lambda office: gateway.confirm(office, one.transfer, "", a["number"]),
                self.done(f"已确认{one.head}一户迁往{one.to_town}，随回执或下发包带给两边"),
            ),
        )  # fmt: skip

    def refuse(self, lines: list[Line]) -> None:
        """Refuse the move in sight."""
        one = lines[0].target
        self.ask(
            f"不同意{one.head}一户迁往{one.to_town}？", "原乡镇读到以后可以再改这一户，各月照常由它发。", "不同意",
            (("text", "理由", ""),),
            lambda a: self.run(
                lambda office: gateway.refuse(office, one.transfer, a["text"]),
                self.done("已记为不同意，随回执或下发包带给迁出乡镇"),
            ),
            danger=True,
        )  # fmt: skip


class MovedRoom(ListRoom):
    """What left and what came, and people on file twice, for a township; Enter opens the person."""

    COLUMNS = (
        Column("head", "姓名", 110, bold=True), Column("town", "对方乡镇", 130), Column("on", "日期", 110),
        Column("state", "状态", 190), Column("todo", "要做的", 0),
    )  # fmt: skip
    EMPTY = "没有迁出的户。"
    MANUAL = "transfers"
    VIEW = staticmethod(gateway.town_view)

    def open_line(self, line: Line) -> None:
        person = line.target.person
        if person:
            self.desk.open_person(person)
