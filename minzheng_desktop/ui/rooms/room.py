"""What every room shares: running jobs on the worker with the office, and saying what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject

from ..gateway.office import Office
from ..kit.table import LazyRows
from ..worker import Progress, Ticket

if TYPE_CHECKING:
    from ..window import Window

Result = TypeVar("Result")


class Room(QObject):
    """Base of the rooms. ``desk`` is the window around the page."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.desk = desk
        self._turn: dict[str, int] = {}
        self._asked: dict[str, Ticket] = {}

    def run(
        self,
        job: Callable[[Office], Result],
        done: Callable[[Result], object] | None = None,
        *,
        failed: Callable[[Exception], object] | None = None,
        progress: Callable[[Progress], object] | None = None,
        stopped: Callable[[], object] | None = None,
    ) -> Ticket:
        """Run a job with the office on the worker."""
        return self.desk.run(job, done, failed=failed, progress=progress, stopped=stopped)

    def run_latest(
        self, name: str, job: Callable[[Office], Result], done: Callable[[Result], object]
    ) -> None:
        """Run a job of which only the latest answer counts, such as a filter while one types."""
        if name in self._asked:
            self._asked[name].cancel()
        turn = self._turn[name] = self._turn.get(name, 0) + 1

        def take(result: Any) -> None:
            if self._turn[name] == turn:
                done(result)

        self._asked[name] = self.run(job, take)

    def drop_questions(self) -> None:
        """Nobody looks at the answers any more: jobs that have not begun are not begun."""
        for ticket in self._asked.values():
            ticket.cancel()

    def lazy(self, count: int, page: Callable[[Office, int, int], Any]) -> LazyRows:
        """Rows fetched by the page as they are seen."""

        def fetch(start: int, wanted: int) -> None:
            self.run(lambda office: page(office, start, wanted), lambda rows: made.fill(start, rows))

        made = LazyRows(count, fetch)
        return made
