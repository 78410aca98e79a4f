"""Files that come in from folders: listed, judged one by one, and the folder that is watched."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from pathlib import Path

from ...county.receiving.folder_intake import FolderReceived, receive_listed
from ...exchange import arriving
from ...exchange import folder as folders
from ..worker import Progress
from .down import ReadDown, sum_up
from .office import Office


def list_files(office: Office, paths: Sequence[Path]) -> folders.Listed:
    """What dropped or chosen files and folders hold."""
    return folders.list_files(office.store, paths)


def receive(
    office: Office, listed: folders.Listed, receipts: Path | None, move_in: Path | None
) -> Generator[Progress, None, FolderReceived]:
    """The county judges what is ready; stopping keeps what is judged."""
    of = len(listed.ready)
    yield Progress(f"正在读 {listed.ready[0].path.name}" if of else "正在看文件夹", 0, of)
    steps = receive_listed(office.store, listed, today=office.today, receipts=receipts, move_in=move_in)
    done = 0
    while True:
        try:
            one = next(steps)
        except StopIteration as end:
            result: FolderReceived = end.value
            return result
        done += 1
        yield Progress(f"已判定 {one.file.name}", min(done, of), of)


def take_in(
    office: Office, listed: folders.Listed, move_in: Path | None
) -> Generator[Progress, None, ReadDown]:
    """A township reads receipts and bulletins, in their order; a refused one stops no other."""
    done: list[arriving.Arrived] = []
    of = len(listed.ready)
    yield Progress("正在读回执和下发包", 0, of)
    for one in arriving.take_in(office.store, listed.ready, today=office.today):
        done.append(one)
        yield Progress(f"已读 {one.file.name}", len(done), of)
    folders.note_refused(office.store, [one.file for one in done if one.error])
    if move_in is not None:
        arriving.move_taken(move_in, done, listed)
    return sum_up(office, done, listed)


def read_intake(office: Office) -> folders.Intake:
    """The folder that is looked at."""
    with office.store.reading() as r:
        return folders.read_intake(r)


def keep_intake(office: Office, intake: folders.Intake) -> folders.Intake:
    """Keep the choice."""
    folders.keep_intake(office.store, intake)
    return intake


def poll(office: Office, watch: folders.FolderWatch) -> tuple[folders.Listed, float]:
    """One look at the watched folder, and how many seconds it took."""
    began = time.monotonic()
    return watch.poll(office.store, began), time.monotonic() - began
