"""疑似同一人: pairs compared and decided, one key each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..county.pairs import PairRow, PairsPage, PairsView
from ..gateway import pairs as gateway
from .room import Room

if TYPE_CHECKING:
    from ..window import Window


class PairsRoom(Room):
    """Binds ``PairsPage``. The first time the register is compared anew; a decision goes on to the next pair."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.page = PairsPage()
        self.pill = ""
        self._fresh = False
        self.page.arrived = self.refresh
        self.page.back_wanted.connect(desk.shell.back)
        self.page.again_wanted.connect(self.again)
        self.page.pill_chosen.connect(self.choose)
        self.page.pair_chosen.connect(self.compare)
        self.page.person_wanted.connect(desk.open_person)
        self.page.same_said.connect(self.say_same)
        self.page.different_said.connect(self.say_different)

    def open(self) -> None:
        """Lay the page over the current one."""
        self.desk.shell.open_page(self.page)

    def choose(self, pill: str) -> None:
        """Other pairs."""
        self.pill = pill
        self.refresh()

    def again(self) -> None:
        """Compare the whole register anew."""
        self._fresh = False
        self.refresh()

    def refresh(self, keep: tuple[str, str] | None = None) -> None:
        """The pairs as they are now."""
        run, pill = not self._fresh, self.pill
        self._fresh = True
        if run:
            self.page.progress.show_progress("正在查重", 0, 0)

        def show(found: PairsView) -> None:
            self.page.progress.finish()
            self.page.show_pairs(found, keep=keep)

        self.run_latest("pairs", lambda office: gateway.listing(office, pill, run=run), show)

    def compare(self, pair: PairRow) -> None:
        """One pair side by side."""
        self.run_latest(
            "pair", lambda office: gateway.comparison(office, pair.low, pair.high), self.page.show_comparison
        )

    def say_same(self, pairs: list[PairRow], text: str) -> None:
        """They are one person."""
        wanted = [(one.low, one.high) for one in pairs]
        self.run(lambda office: gateway.say_same(office, wanted, text), self._after(pairs))

    def say_different(self, pairs: list[PairRow], text: str) -> None:
        """They are not."""
        wanted = [(one.low, one.high) for one in pairs]
        self.run(lambda office: gateway.say_different(office, wanted, text), self._after(pairs))

    def _after(self, pairs: list[PairRow]) -> Callable[[str], None]:
        model = self.page.table.rows_model
        rows: list[PairRow] = [model.rows[at] for at in range(model.rowCount())]
        gone = {(one.low, one.high) for one in pairs}
        at = self.page.table.currentIndex().row()
        later = [*rows[at + 1 :], *rows[:at]]
        following = next(((one.low, one.high) for one in later if (one.low, one.high) not in gone), None)

        def done(sentence: str) -> None:
            self.desk.saved(sentence)
            self.refresh(keep=following)

        return done
