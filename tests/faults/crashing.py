"""Run by the crash tests in a process of its own: one action, ended at a counted moment as by kill -9.

The process counts what reaches the disk (flushes, renames, SQL statements) and kills itself at the n-th.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.county.receiving.receive import receive_files
from minzheng_desktop.county.replies.bulletins import write_bulletins
from minzheng_desktop.county.replies.transfers import confirm_move
from minzheng_desktop.exchange.down.acknowledge import apply_receipt
from minzheng_desktop.exchange.down.bulletin import read_bulletin
from minzheng_desktop.exchange.moving_out import start_transfer
from minzheng_desktop.exchange.peers.reading import read_peer_files
from minzheng_desktop.exchange.sending.chain import export
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import BASHAN, PASSWORD, TODAY

AT_COMMIT, AFTER_COMMIT = -1, -2
"""Instead of a count: when all is written and not committed, and at the next moment after that."""


def die_at(count: int) -> list[int]:
    """Kill this process at the n-th moment at which something reaches the disk, never for 0; the one number of the
    list is how many moments have passed."""
    passed, wanted = [0], [count]

    def tick() -> None:
        passed[0] += 1
        if passed[0] == wanted[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def commit() -> None:
        if wanted[0] in (AT_COMMIT, AFTER_COMMIT):
            wanted[0] = passed[0] - wanted[0]  # this moment, or the next
        tick()

    def before(function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            tick()
            done = function(*args, **kwargs)
            tick()
            return done

        return counted

    os.fsync, os.replace = before(os.fsync), before(os.replace)
    sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: tick())
    sa.event.listen(sa.Engine, "commit", lambda *_: commit())
    return passed


def run(arguments: list[str]) -> int:
    """ACTION DATABASE FILE FOLDER COUNT: the action on the database, killed at its COUNT-th moment.

    FILE is a row's id or a division for the actions that read no file. Tells on stdout how many moments there were;
    1 and the code on stderr for a refusal.
    """
    action, database, file, folder, count = arguments
    store = Store.open(Path(database), password=PASSWORD)
    passed = die_at(int(count))
    try:
        ACTIONS[action](store, file, Path(folder))
    except UserError as error:
        sys.stderr.write(error.code)
        return 1
    sys.stdout.write(str(passed[0]))
    return 0


ACTIONS: dict[str, Callable[[Store, str, Path], object]] = {
    "export": lambda store, _, folder: export(store, out=folder),
    "receive": lambda store, file, folder: list(
        receive_files(store, [Path(file)], today=TODAY, receipts=folder)
    ),
    "receipt": lambda store, file, _: apply_receipt(store, Path(file).read_bytes(), today=TODAY),
    "bulletin": lambda store, file, _: read_bulletin(store, Path(file).read_bytes(), today=TODAY),
    "peer": lambda store, file, _: list(read_peer_files(store, [Path(file)], today=TODAY)),
    "write-bulletin": lambda store, division, folder: write_bulletins(store, [division], folder),
    "start-transfer": lambda store, household, _: start_transfer(
        store, household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY
    ),
    "confirm-move": lambda store, transfer, _: confirm_move(store, transfer, number="城民函〔2026〕8号"),
}
