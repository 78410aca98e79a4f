"""One worker thread owns the database; the window hands it jobs and gets plain data back.

A job is a function without arguments. If it returns a generator, each value yielded is a ``Progress`` and
the generator's return value is the result; between two yields it may be stopped. Jobs never touch widgets.
Tests use ``InlineWorker``: the same calls, drained at once on the calling thread.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

log = logging.getLogger(__name__)

Job = Callable[[], Any]


@dataclass(frozen=True)
class Progress:
    """Where a long job is: words such as 校验第 6,210 行，共 9,840 行, units done of units in all."""

    words: str
    done: int = 0
    of: int = 0


@dataclass
class Ticket:
    """A job that was handed in. ``cancel`` stops it at its next yield; its callbacks then stay silent."""

    job: Job
    done: Callable[[Any], object] | None = None
    failed: Callable[[Exception], object] | None = None
    progress: Callable[[Progress], object] | None = None
    stopped: Callable[[], object] | None = None
    _cancel: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Ask the job to stop; what it has not committed is rolled back by its own ``with``."""
        self._cancel.set()

    @property
    def cancelled(self) -> bool:
        """Whether stopping was asked for."""
        return self._cancel.is_set()


class WorkerBase(QObject):
    """What a page may ask of a worker."""

    unhandled = Signal(object)

    def run(
        self,
        job: Job,
        done: Callable[[Any], object] | None = None,
        *,
        failed: Callable[[Exception], object] | None = None,
        progress: Callable[[Progress], object] | None = None,
        stopped: Callable[[], object] | None = None,
    ) -> Ticket:
        """Hand in a job. Callbacks run on the window's thread; errors nobody takes go to ``unhandled``."""
        ticket = Ticket(job, done, failed, progress, stopped)
        self.submit(ticket)
        return ticket

    def submit(self, ticket: Ticket) -> None:
        """Take a ticket in; defined by the kind of worker."""
        raise NotImplementedError

    def stop(self) -> None:
        """Finish what runs and take nothing more."""

    def deliver(self, ticket: Ticket, kind: str, value: Any) -> None:
        """Call the matching callback; the one funnel for errors."""
        if kind == "progress":
            if ticket.progress is not None and not ticket.cancelled:
                ticket.progress(value)
        elif kind == "stopped":
            if ticket.stopped is not None:
                ticket.stopped()
        elif kind == "failed":
            if ticket.failed is not None:
                ticket.failed(value)
            else:
                self.unhandled.emit(value)
        elif ticket.done is not None:
            ticket.done(value)


def drain(ticket: Ticket, tell: Callable[[Ticket, str, Any], object]) -> None:
    """Run one ticket to its end and tell what happened; never raises."""
    if ticket.cancelled:
        tell(ticket, "stopped", None)
        return
    try:
        result: Any = ticket.job()
        if isinstance(result, Generator):
            result = _walk(ticket, result, tell)
            if ticket.cancelled:
                tell(ticket, "stopped", None)
                return
    except Exception as error:  # the one funnel: every error of a job is shown, none is lost
        tell(ticket, "failed", error)
        return
    tell(ticket, "done", result)


def _walk(
    ticket: Ticket, steps: Generator[Progress, None, Any], tell: Callable[[Ticket, str, Any], object]
) -> Any:
    try:
        while True:
            tell(ticket, "progress", next(steps))
            if ticket.cancelled:
                steps.close()
                return None
    except StopIteration as end:
        return end.value


class InlineWorker(WorkerBase):
    """Runs each job at once on the calling thread."""

    def submit(self, ticket: Ticket) -> None:
        drain(ticket, self.deliver)


class Worker(WorkerBase):
    """One thread, one queue: jobs run in the order in which they were handed in."""

    _arrived = Signal(object, str, object)

    def __init__(self) -> None:
        super().__init__()
        self._queue: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._arrived.connect(self.deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name="store", daemon=True)
        self._thread.start()

    def submit(self, ticket: Ticket) -> None:
        self._queue.put(ticket)

    def stop(self) -> None:
        self._queue.put(None)
        self._thread.join(timeout=30)

    def _work(self) -> None:
        while (ticket := self._queue.get()) is not None:
            drain(ticket, self._arrived.emit)
