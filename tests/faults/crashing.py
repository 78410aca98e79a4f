"""Run by the crash tests in a process of its own: one action, ended at a counted moment as by kill -9.

The process counts what reaches the disk (flushes, renames, SQL statements) and kills itself at the n-th.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.county.receiving.receive import receive_files
from minzheng_desktop.county.replies.bulletins import write_bulletins
from minzheng_desktop.exchange.down.acknowledge import apply_receipt
from minzheng_desktop.exchange.down.bulletin import read_bulletin
from minzheng_desktop.exchange.peers.reading import read_peer_files
from minzheng_desktop.exchange.sending.chain import export
from minzheng_desktop.store.store import Store
from tests.exchange.offices import PASSWORD, TODAY, XIUQI


def die_at(count: int) -> None:
    """Kill this process at the n-th moment at which something reaches the disk."""
    left = [count]

    def tick() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            tick()
            done = function(*args, **kwargs)
            tick()
            return done

        return counted

    os.fsync, os.replace = before(os.fsync), before(os.replace)
    sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: tick())
    sa.event.listen(sa.Engine, "commit", lambda *_: tick())


def run(arguments: list[str]) -> int:
    """ACTION DATABASE FILE FOLDER COUNT: the action on the database, killed at its COUNT-th moment."""
    action, database, file, folder, count = arguments
    store = Store.open(Path(database), password=PASSWORD)
    die_at(int(count))
    if action == "export":
        export(store, out=Path(folder))
    elif action == "receive":
        list(receive_files(store, [Path(file)], today=TODAY, receipts=Path(folder)))
    elif action == "bulletin":
        read_bulletin(store, Path(file).read_bytes(), today=TODAY)
    elif action == "peer":
        list(read_peer_files(store, [Path(file)], today=TODAY))
    elif action == "write-bulletin":
        write_bulletins(store, [XIUQI], Path(folder))
    else:
        apply_receipt(store, Path(file).read_bytes(), today=TODAY)
    return 0
