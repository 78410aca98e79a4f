"""审批: the county decides, one by one or many at once, after the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..county.approve import ApprovePage
from ..gateway import approve as gateway
from ..gateway import moves
from .room import Room

if TYPE_CHECKING:
    from ..window import Window


class ApproveRoom(Room):
    """Binds ``ApprovePage``."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.page = ApprovePage()
        self.page.arrived = self.refresh
        self.page.refresh_wanted.connect(self.refresh)
        self.page.moves_wanted.connect(desk.open_moves)
        self.page.decided.connect(self.decide)
        self.page.detail_wanted.connect(self.look)
        self.page.draw_wanted.connect(self.draw)
        self.page.recheck_wanted.connect(self.recheck)
        self.page.record_wanted.connect(lambda one: desk.open_record_from_here(one.id, one.form))

    def refresh(self) -> None:
        """What waits now."""
        self.run_latest("waiting", gateway.waiting, lambda found: self.page.show_waiting(*found))
        self.run_latest("moves", moves.count_waiting, self.page.show_moves)

    def look(self, record: str) -> None:
        """What changed in the record that is chosen."""
        self.run_latest("detail", lambda office: gateway.detail(office, record), self.page.show_detail)

    def draw(self, form: str) -> None:
        """Draw the sample of a form."""

        def done(made: tuple[int, int]) -> None:
            self.desk.saved(f"已抽样：{made[1]} 件里抽中 {made[0]} 件，名单和种子记入日志")
            self.refresh()

        self.run(lambda office: gateway.draw(office, form), done)

    def recheck(self, record: str, answers: dict[str, str]) -> None:
        """Keep what a re-check found."""

        def done(_none: object) -> None:
            self.desk.saved("已登记抽查结果")
            self.refresh()

        self.run(
            lambda office: gateway.recheck(
                office, record, way=answers["way"], on=answers["on"], by=answers["by"], result=answers["result"],
                note=answers["note"],
            ),
            done,
        )  # fmt: skip

    def decide(self, records: list[str], kind: str, text: str, number: str) -> None:
        """Write the decisions; what others were quicker with is told row by row."""
        seen = self.page.seen(records)

        def done(made: tuple[str, tuple[str, ...]]) -> None:
            sentence, beaten = made
            self.desk.saved(sentence, "warn" if beaten else "ok")
            self.page.tell_beaten(beaten)
            self.refresh()

        self.run(lambda office: gateway.decide(office, records, kind, text, number, seen), done)
