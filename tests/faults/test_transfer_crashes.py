"""kill -9 at each step of a household's move: reported, received, confirmed, sent down, taken over, given up.

After each kill a step is done or not begun; the same again goes on. At the end the three offices hold the same rows,
sums and digests, and each month is paid by exactly one. The sums are those of `moving`: 870 yuan a month.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.county.replies.bulletins import write_bulletins
from minzheng_desktop.county.replies.transfers import DONE, list_moves
from minzheng_desktop.store import attachments, audit
from minzheng_desktop.store.store import Store
from tests.exchange.moving import MONTHLY, Move, make_move, pay, rows_of, stranger
from tests.exchange.offices import BASHAN, PASSWORD, TODAY, XIUQI, County, Town
from tests.exchange.sides import side_of, whole_digest
from tests.faults.commandline import KILLED, CommandLine
from tests.faults.crashing import AFTER_COMMIT, AT_COMMIT

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1200
MOVED = (
    "people",
    "households",
    "household_members",
    "records",
    "bank_accounts",
    "terms",
    "steps",
    "attachments",
)
BESIDE = frozenset({"audit", "cache", "copies", "bulletins"})
"""What tells of sign-ins and of files that were written, not of rows: a number that a kill left without its file is
passed over."""


@dataclasses.dataclass
class Disturbed:
    """A move whose steps are killed: about its commit on the database itself, or (`every` n-th moment) on a copy for
    each moment."""

    move: Move
    minzheng: CommandLine
    folder: Path
    every: int = 0
    kills: int = 0

    def take(self, action: str, office: Town | County, subject: object, out: Path | None = None) -> None:
        """One step, killed, and then done; its database is open again afterwards."""
        before = whole_digest(office.store, but=BESIDE)
        office.store.close()
        database = path_of(office.store)
        words = [str(subject), str(out or self.folder / "弃")]
        moments: Sequence[int] = (AT_COMMIT, AFTER_COMMIT)
        if self.every:
            at_rest = self._copy(database)
            total = self._run(action, at_rest, [str(subject), str(at_rest.parent / "出")], 0)
            moments = range(1, total + 1, self.every)
        after: set[str] = set()
        was = before
        for count in moments:
            target = self._copy(database) if self.every else database
            told = [str(subject), str(target.parent / "出")] if self.every else words
            self._run(action, target, told, count)
            was = self._whole(target)
            after |= {was} - {before}
            if self.every:
                self._again(action, target, told, was, done_before=was != before)
                shutil.rmtree(target.parent)
                was, after = before, set()
            assert len(after) <= 1, (action, count, "half of it was there")
        self._again(action, database, words, was, done_before=was != before)
        office.store = Store.open(database, password=PASSWORD)

    def _again(self, action: str, database: Path, words: list[str], was: str, *, done_before: bool) -> None:
        """The same once more goes on to the end and changes nothing that was done; what a person does is refused."""
        done = self._ask(action, database, words, 0)
        if action in REFUSED and done_before:
            assert (done.code, done.err) == (1, REFUSED[action]), done.said
        else:
            assert done.code == 0, (action, done.said)
        now = self._whole(database)
        assert (now == was) is done_before, (action, "half of it was there")

    def _run(self, action: str, database: Path, words: list[str], count: int) -> int:
        """The number of moments that there were; 0 when it was killed or refused."""
        done = self._ask(action, database, words, count)
        self.kills += done.code == KILLED
        if done.code == KILLED:
            return 0
        assert done.code == 0 or done.err == REFUSED.get(action), (action, done.said)
        return int(done.out or b"0")

    def _ask(self, action: str, database: Path, words: list[str], count: int) -> Any:
        return self.minzheng.ask("crashing", [action, str(database), *words, str(count)])

    def _whole(self, database: Path) -> str:
        """The digest of a database, after it was found whole, each attachment with its file."""
        with Store.open(database, password=PASSWORD) as store:
            with store.reading() as r:
                assert audit.verify(r.connection).broken_at == 0
                assert r.connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None
            for row in rows_of(store, "attachments"):
                assert attachments.read(store, row["digest"]) == PNG
            return whole_digest(store, but=BESIDE)

    def _copy(self, database: Path) -> Path:
        self.copies += 1
        folder = self.folder / f"副本-{self.copies}"
        for ending in ("", ".keys"):
            folder.mkdir(exist_ok=True)
            shutil.copy(f"{database}{ending}", folder / f"{database.name}{ending}")
        files = database.with_name(f"{database.name}.files")
        if files.is_dir():
            shutil.copytree(files, folder / files.name)
        return folder / database.name

    copies: int = 0


REFUSED = {"start-transfer": b"cannot_move", "confirm-move": b"already_ruled"}


def path_of(store: Store) -> Path:
    assert store.path is not None
    return store.path


def payers(move: Move, month: str) -> list[str]:
    """The townships that would pay the household a month now."""
    found = []
    for town in (move.old, move.new):
        plan = plan_batch(town.store, form="dibao", month=month, today=TODAY)
        if any(item.record == move.record for item in plan.items):
            found.append(town.store.site.division)
    return found


def packed(town: Town) -> Path:
    file = town.export().file
    assert file is not None
    return file


def receipt_of(folder: Path, package: Path) -> Path:
    (found,) = folder.glob(f"{package.stem}*.mzret")
    return found


def travel(move: Move, take: Callable[..., None], folder: Path, *, every: bool) -> None:
    """The whole move; `take` does the steps that are killed, those that are the same for any rows if `every` is."""
    old, new, county = move.old, move.new, move.county
    for month in ("2026-08", "2026-09"):
        assert pay(old, month) == MONTHLY
    assert payers(move, "2026-10") == [XIUQI]
    take("start-transfer", old, move.household)
    assert payers(move, "2026-10") == []
    if every:
        reported = packed(old)
        take("receive", county, reported, folder / "回执一")
        old.apply(receipt_of(folder / "回执一", reported))
    else:
        move.send(old)
    with county.store.reading() as r:
        (one,) = list_moves(r)
    take("confirm-move", county, one.transfer)
    assert len(rows_of(county.store, "rulings")) == 2
    stranger(new, {"name": "别人", "id_number": None})
    asks = packed(new)
    take("receive", county, asks, folder / "回执二")
    assert payers(move, "2026-10") == []
    take("receipt", new, receipt_of(folder / "回执二", asks))
    assert payers(move, "2026-10") == [BASHAN]
    assert [pay(new, month) for month in ("2026-10", "2026-11")] == [MONTHLY, MONTHLY]
    takes_over = packed(new)
    take("receive", county, takes_over, folder / "回执三")
    new.apply(receipt_of(folder / "回执三", takes_over))
    if every:
        take("write-bulletin", county, XIUQI, folder / "下发")
    else:
        write_bulletins(county.store, [XIUQI], folder / "下发")
    bulletin = max((folder / "下发").glob("*.mzbul"))
    take("bulletin", old, bulletin)
    assert payers(move, "2026-12") == [BASHAN]


def agree(move: Move) -> None:
    """After the last packages: the same rows, sums and digests on all sides, each month paid once."""
    old, new, county = move.old, move.new, move.county
    for town in (old, new):
        stranger(town, {"name": "还有一个", "id_number": None})
        applied = move.send(town)
        assert (applied.rejected.rows, applied.held.rows) == (0, 0)
    with county.store.reading() as r:
        assert [one.state for one in list_moves(r)] == [DONE]
    for town in (old, new):
        division = town.store.site.division
        assert side_of(town.store, division) == side_of(county.store, division)
    paid = sorted(
        (row["month"], row["owner"], row["total"]) for row in rows_of(county.store, "payment_items")
    )
    months = (("2026-08", XIUQI), ("2026-09", XIUQI), ("2026-10", BASHAN), ("2026-11", BASHAN))
    assert paid == [(month, owner, MONTHLY) for month, owner in months]
    for table in MOVED:
        of_county = {row["id"]: row for row in rows_of(county.store, table, owner=BASHAN)}
        there = {row["id"] for row in rows_of(new.store, table, owner=BASHAN)}
        assert there == of_county.keys()
        left = [row for row in rows_of(old.store, table) if row["id"] in of_county]
        assert {row["owner"] for row in left} <= {BASHAN}


@pytest.fixture
def move(tmp_path: Path) -> Iterator[Move]:
    made = make_move(tmp_path / "offices")
    scan = tmp_path / "申请书.png"
    scan.write_bytes(PNG)
    attachments.attach(made.old.store, scan, record=made.record, kind="apply", title="申请书")
    made.send(made.old)
    yield made
    made.close()


def test_each_step_of_a_move_is_killed_and_done_again(
    move: Move, tmp_path: Path, minzheng: CommandLine
) -> None:
    """When all is written and not committed, and right after."""
    disturbed = Disturbed(move, minzheng, tmp_path)
    travel(move, disturbed.take, tmp_path, every=False)
    agree(move)
    assert disturbed.kills >= 8


@pytest.mark.county
def test_each_step_of_a_move_is_killed_at_every_fifth_moment(
    move: Move, tmp_path: Path, minzheng: CommandLine
) -> None:
    disturbed = Disturbed(move, minzheng, tmp_path, every=5)
    travel(move, disturbed.take, tmp_path, every=True)
    agree(move)
    assert disturbed.kills > 100
