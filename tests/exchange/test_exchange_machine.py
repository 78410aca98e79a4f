"""A township with two laptops, another with one, and a county, in every order that a random player finds: files lost,
repeated, reordered, cut and altered, computers restored from old backups, decisions that cross edits, two clerks who
change the same row.

After every step: what the county holds of a township is exactly what the packages that it took brought, once, in rows
and in cents; nothing counts as received that is not there; the same number is the same bytes for ever. At the end all
files are delivered and all conflicts answered until nothing moves: then all hold the same rows, except what a restored
backup forgot.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from minzheng_desktop.county.keys.enrolments import list_laptops
from minzheng_desktop.county.replies.decisions import decide, waiting_records
from minzheng_desktop.county.replies.receipts import write_resume
from minzheng_desktop.exchange.files.container import Parts, build_container, read_container
from minzheng_desktop.exchange.files.enrolment import private_keys
from minzheng_desktop.exchange.files.package import open_sealed, peek
from minzheng_desktop.exchange.judging import conflicts
from minzheng_desktop.exchange.peers.reading import read_peer_files
from minzheng_desktop.exchange.sending import chain
from minzheng_desktop.exchange.sending.trouble import PAUSING
from minzheng_desktop.store import audit, backup, schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import PASSWORD, TODAY, Town
from tests.exchange.scene import LAPTOPS, OFFICES, Scene, change, lock, open_scene, prepare_pair, void
from tests.exchange.sides import rows_that_differ, side_of, whole_digest

Change = tuple[str, str, str]
"""(table, row, revision)"""

KEYS = st.sampled_from(sorted(LAPTOPS))
EDITS = st.sampled_from(["person", "person", "elder", "phone", "void", "pay", "remark", "report"])
DAMAGES = st.sampled_from(["cut", "flip", "tail", "resealed", "empty"])
MUTE = frozenset({"audit"})


@dataclass(frozen=True)
class File:
    """A file on some stick: whose laptop wrote or reads it, and its bytes."""

    key: str
    data: bytes


@dataclass
class Office:
    """What the model knows of one laptop beside its database."""

    files: dict[tuple[str, int], tuple[str, frozenset[Change]]] = field(default_factory=dict)
    """(epoch, number) → sha256 of the package, the changes in it."""
    backups: list[tuple[Path, int]] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    """Rows that a restored backup knows not, or not as they were."""
    restored: int = 0


def in_memory(prefix: str) -> Path:
    """A new folder, in memory where there is such a place: a disk would be flushed some times for every step."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix=prefix, dir=memory if memory.is_dir() else None))


@cache
def prepared() -> Path:
    folder = in_memory("machine-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return prepare_pair(folder)


class Exchange(RuleBasedStateMachine):
    """The play. Every rule is something that a clerk, a stick or a disk does."""

    packages = Bundle("packages")
    receipts = Bundle("receipts")

    def __init__(self) -> None:
        super().__init__()
        self.folder = in_memory("play-")
        self.scene: Scene = open_scene(prepared(), self.folder / "scene")
        self.offices = {key: Office() for key in LAPTOPS}
        for key, town in self.scene.towns.items():
            for path in town.stick.glob("*.mzpkg"):
                self._know(key, path.read_bytes())
        self.written: list[File] = []
        self.count = 0
        self.troubled: set[str] = set()
        """Laptops of which the county refused something since it last confirmed them."""

    # what clerks do

    @rule(key=KEYS, what=EDITS, which=st.integers(0, 20))
    def work(self, key: str, what: str, which: int) -> None:
        town = self.scene.towns[key]
        if what == "person":
            town.add_people(1 + which % 3)
        elif what in ("elder", "report"):
            town.add_reported_elder()
        elif what == "pay":
            record = self._pick(town, "records", which)
            if record is not None and town.store.site.may_lock:  # each month once, by the one that may
                self.count += 1
                month = f"{2026 + self.count // 12}-{self.count % 12 + 1:02d}"
                lock(town, record, 4000 + which, 100 * which, number=f"P{self.count}", month=month)
        elif what == "remark":
            record = self._pick(town, "records", which)
            if record is not None:
                self.count += 1
                with town.store.reading() as r:
                    doc = (r.get("records", record) or {})["doc"]
                change(town, "records", record, doc={**doc, "remark": f"第 {self.count} 次改"})
        else:
            person = self._pick(town, "people", which)
            if person is not None and what == "phone":
                self.count += 1
                change(town, "people", person, phone=f"138{self.count:08d}")
            elif person is not None:
                void(town, "people", person)

    def _pick(self, town: Town, table: str, which: int) -> str | None:
        t = schema.EXPORTED[table]
        with town.store.reading() as r:
            rows = r.rows(sa.select(t.c.id).where(t.c.void == 0).order_by(t.c.id))
        return rows[which % len(rows)]["id"] if rows else None

    @rule(target=packages, key=KEYS, another=st.booleans())
    def export(self, key: str, another: bool) -> Any:
        """Pack to the usual stick, or to one on which nothing is yet."""
        return multiple(*self._export(key, another=another))

    def _export(self, key: str, *, another: bool = False) -> list[File]:
        town, office = self.scene.towns[key], self.offices[key]
        self.count += 1
        stick = self.folder / f"stick-{self.count}" if another else town.stick
        with town.store.reading() as r:
            before, paused = chain.read_chain(r), chain.is_paused(r)
        if paused:
            with pytest.raises(UserError) as error:
                chain.export(town.store, out=stick)
            assert error.value.code == "exchange_paused"
            return []
        done = chain.export(town.store, out=stick)
        paths = [*done.recopied, *([done.file] if done.file else [])]
        files = [File(key, path.read_bytes()) for path in paths]
        if done.file is not None:
            assert done.number == before.last_number + 1
            self._know(key, files[-1].data)
        known = {digest for digest, _ in office.files.values()}
        for file in files:  # the same number is the same bytes for ever
            assert hashlib.sha256(file.data).hexdigest() in known
        self.written += files
        return files

    def _know(self, key: str, data: bytes) -> None:
        """Remember a package by its place and what it brings, read with the sender's own key."""
        with self.scene.towns[key].store.reading() as r:
            own = private_keys(r)
        assert own is not None
        envelope, parts = peek(data)
        lines = list(open_sealed(parts, envelope, sign_key=own.public.sign, identities=[own.age]))
        changes = [msgspec.json.decode(line) for line in lines[1:]]
        brought = frozenset((one["entity"], one["id"], one["revision"]) for one in changes if "entity" in one)
        place = (envelope.epoch, envelope.number)
        assert place not in self.offices[key].files
        self.offices[key].files[place] = (hashlib.sha256(data).hexdigest(), brought)

    # what sticks do

    @rule(target=receipts, files=st.lists(packages, min_size=1, max_size=4), answered=st.booleans())
    def deliver(self, files: list[File], answered: bool) -> Any:
        """Some files reach the county in one call, in any order, for the first time or again."""
        return multiple(*self._deliver(files, answered=answered))

    def _deliver(self, files: Iterable[File], *, answered: bool = True) -> list[File]:
        self.count += 1
        folder = self.folder / f"call-{self.count}"
        folder.mkdir()
        paths = []
        for number, file in enumerate(files):
            paths.append(folder / f"{number}.mzpkg")
            paths[-1].write_bytes(file.data)
        before = self.scene.county.folder
        self.scene.county.folder = folder
        try:
            results = self.scene.county.receive(*paths)
        finally:
            self.scene.county.folder = before
        assert len(results) >= len(paths)
        laptops = {(LAPTOPS[key], town.store.site.letter): key for key, town in self.scene.towns.items()}
        answers = []
        for one in results:
            assert one.status in ("applied", "already", "waiting", "refused"), one
            key = laptops[one.sender, one.letter]
            if one.status == "refused" or one.code == "other_epoch":
                assert self.offices[key].restored, one
                assert one.code in ("fork", "broken_chain", "other_epoch"), one
                self.troubled.add(key)
            if one.receipt is not None and one.receipt.is_file():
                answers.append(File(key, one.receipt.read_bytes()))
        return answers if answered else []  # the stick with the receipts is lost

    @rule(file=packages, how=DAMAGES, place=st.integers(0, 2**20))
    def deliver_damaged(self, file: File, how: str, place: int) -> None:
        """A damaged package is refused, and nothing at the county has changed."""
        store = self.scene.county.store
        before = whole_digest(store, but=MUTE)
        path = self.folder / "damaged.mzpkg"
        path.write_bytes(damaged(file.data, how, place))
        (result,) = self.scene.county.receive(path)
        assert result.status == "refused", result
        assert whole_digest(store, but=MUTE) == before

    @rule(receipt=receipts, key=KEYS)
    def read_receipt(self, receipt: File, key: str) -> None:
        """A receipt reaches a township, perhaps again, late, or the wrong one."""
        self._read(receipt, key)

    def _read(self, receipt: File, key: str) -> None:
        town = self.scene.towns[key]
        path = self.folder / "receipt.mzret"
        path.write_bytes(receipt.data)
        allowed = {"other_receipt"} if receipt.key != key else {""}
        if self.offices[key].restored:
            allowed |= {"other_epoch", "unknown_record", *PAUSING}
        code = ""
        try:
            town.apply(path)
        except UserError as error:
            code = error.code
        assert code in allowed

    @rule(receipt=receipts, how=DAMAGES, place=st.integers(0, 2**20))
    def read_damaged(self, receipt: File, how: str, place: int) -> None:
        town = self.scene.towns[receipt.key]
        before = whole_digest(town.store, but=MUTE)
        path = self.folder / "receipt.mzret"
        path.write_bytes(damaged(receipt.data, how, place))
        with pytest.raises(UserError):
            town.apply(path)
        assert whole_digest(town.store, but=MUTE) == before

    @rule(files=st.lists(packages, min_size=1, max_size=3), key=KEYS)
    def read_peer(self, files: list[File], key: str) -> None:
        """Packages reach a laptop, of its township or not, its own among them."""
        self._read_peer(files, key)

    def _read_peer(self, files: Iterable[File], key: str) -> None:
        self.count += 1
        folder = self.folder / f"peer-{self.count}"
        folder.mkdir()
        paths = {}
        for number, file in enumerate(files):
            path = folder / f"{number}.mzpkg"
            path.write_bytes(file.data)
            paths[path] = file
        for one in read_peer_files(self.scene.towns[key].store, list(paths), today=TODAY):
            file = paths.get(one.file)
            if one.status != "refused" or file is None:
                continue
            foreign = LAPTOPS[file.key] != LAPTOPS[key]
            allowed = {"other_township"} if foreign else {"own_package"} if file.key == key else {""}
            if self.offices[file.key].restored or self.offices[key].restored:
                allowed |= {"fork", "broken_chain"}
            assert one.code in allowed, one

    @rule(key=st.sampled_from(["x", "w"]))
    def answer(self, key: str) -> None:
        """A clerk answers what two laptops changed differently."""
        self._answer(key)

    # what the county does

    @rule(which=st.integers(0, 20), kind=st.sampled_from(["confirm", "return", "deny"]))
    def decide(self, which: int, kind: str) -> None:
        county = self.scene.county.store
        with county.reading() as r:
            waiting = [one for one in waiting_records(r) if not one.decided]
        if waiting:
            one = waiting[which % len(waiting)]
            decide(county, [one.record], kind=kind, text="缺户口簿复印件", number=f"民政函〔2026〕{which}号")

    @rule(target=receipts, key=KEYS)
    @precondition(lambda self: self.troubled or any(self._paused(key) for key in LAPTOPS))
    def confirm(self, key: str) -> Any:
        """The county confirms on the telephone that a paused computer was restored."""
        return multiple(*self._confirm(key))

    def _confirm(self, key: str) -> list[File]:
        if key not in self.troubled and not self._paused(key):
            return []
        self.troubled.discard(key)
        self.count += 1
        laptop = self.scene.towns[key].store.site.laptop
        county = self.scene.county.store
        with county.reading() as r:
            registered = laptop in {one.id for one in list_laptops(r) if one.state == "registered"}
        if not registered:  # the county knows nothing of it yet: there is nothing to go on from
            with pytest.raises(UserError):
                write_resume(county, laptop, self.folder)
            return []
        path = write_resume(county, laptop, self.folder / f"resume-{self.count}")
        return [File(key, path.read_bytes())]

    def _paused(self, key: str) -> bool:
        with self.scene.towns[key].store.reading() as r:
            return chain.is_paused(r)

    # what disks do

    @rule(key=KEYS)
    def back_up(self, key: str) -> None:
        store, office = self.scene.towns[key].store, self.offices[key]
        self.count += 1
        path = self.folder / f"backup-{self.count}.mzbak"
        office.backups.append((path, backup.write_backup(store, path).change_number))

    @rule(key=KEYS, which=st.integers(0, 5), outbox_lost=st.booleans())
    @precondition(lambda self: any(office.backups for office in self.offices.values()))
    def restore(self, key: str, which: int, outbox_lost: bool) -> None:
        """The computer died; a backup, perhaps an old one, is restored in its place."""
        office, town = self.offices[key], self.scene.towns[key]
        if not office.backups:
            return
        path, seq = office.backups[which % len(office.backups)]
        office.forgotten |= self._after(town.store, seq)
        office.restored += 1
        office.backups = [(one, at) for one, at in office.backups if at <= seq]
        database = town.store.path
        assert database is not None
        town.store.close()
        for leftover in database.parent.glob(f"{database.name}*"):
            if leftover.is_file():
                leftover.unlink()
            elif outbox_lost:
                shutil.rmtree(leftover)
        town.store = backup.restore(path, database, user=None, password=PASSWORD)

    def _after(self, store: Store, seq: int) -> set[str]:
        """Rows of the versions after `seq`, and the records whose steps are among them."""
        v, s = schema.versions.c, schema.steps.c
        with store.reading() as r:
            ids = {row["id"] for row in r.rows(sa.select(v.id).where(v.seq > seq))}
            return ids | {row["record"] for row in r.rows(sa.select(s.record, s.id)) if row["id"] in ids}

    # what must hold

    @invariant()
    def the_county_holds_what_it_took(self) -> None:
        """Every change of an applied package is in the county's history or held, and nothing else is; the cents of
        payment items are those of the items that came."""
        v, h, p, i = schema.versions.c, schema.held.c, schema.packages.c, schema.payment_items.c
        brought_to: dict[str, set[Change]] = {division: set() for division in OFFICES.values()}
        for key, town in self.scene.towns.items():
            laptop = town.store.site.laptop
            with self.scene.county.store.reading() as r:
                here = {
                    (row["entity"], row["id"], row["revision"])
                    for row in r.rows(sa.select(v.entity, v.id, v.revision).where(v.origin == laptop))
                }
                taken = r.rows(sa.select(p.epoch, p.number).where(p.direction == "in", p.laptop == laptop))
            brought = set().union(*(self.offices[key].files[row["epoch"], row["number"]][1] for row in taken))
            assert here <= brought, "from nowhere"
            brought_to[LAPTOPS[key]] |= brought
        for division, brought in brought_to.items():
            with self.scene.county.store.reading() as r:
                rows = r.rows(sa.select(v.entity, v.id, v.revision))
                here = {(row["entity"], row["id"], row["revision"]) for row in rows}
                held = {
                    (row["entity"], row["id"])
                    for row in r.rows(sa.select(h.entity, h.id).where(h.division == division))
                }
                items = r.rows(sa.select(i.id, i.total).where(i.owner == division, i.void == 0))
            missing = {one for one in brought - here if one[:2] not in held}
            assert not missing, "lost on the way"
            ids = {one[1] for one in brought if one[0] == "payment_items"}
            ids -= {row for table, row in held if table == "payment_items"}
            assert {row["id"] for row in items} == ids
            forgotten = self._forgotten(division)
            mine: dict[str, int] = {}
            for key in self._keys(division):
                with self.scene.towns[key].store.reading() as r:
                    mine |= {row["id"]: row["total"] for row in r.rows(sa.select(i.id, i.total))}
            for row in items:
                assert row["id"] in forgotten or mine[row["id"]] == row["total"]

    def _keys(self, division: str) -> list[str]:
        return [key for key, owner in LAPTOPS.items() if owner == division]

    def _forgotten(self, division: str) -> set[str]:
        """Rows of a division that some restored laptop of it forgot."""
        return set().union(*(self.offices[key].forgotten for key in self._keys(division)))

    @invariant()
    def nothing_counts_as_received_that_is_not_there(self) -> None:
        p = schema.packages.c
        for town in self.scene.towns.values():
            with town.store.reading() as r:
                mark = chain.read_chain(r).acknowledged_to
            with self.scene.county.store.reading() as r:
                laptop = town.store.site.laptop
                wanted = sa.select(sa.func.max(p.number)).where(p.direction == "in", p.laptop == laptop)
                assert mark <= int(r.scalar(wanted) or 0)

    def teardown(self) -> None:
        try:
            self._come_to_rest()
            self._agree()
        finally:
            self.scene.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _come_to_rest(self) -> None:
        """Every file that was ever written arrives everywhere, conflicts are answered, and answers go back, until
        nothing is new."""
        self._deliver(self.written[::-1])
        for _ in range(8):
            moved = False
            for key in LAPTOPS:
                for receipt in self._confirm(key):
                    self._read(receipt, key)
                before = len(self.offices[key].files)
                self._export(key)
                moved |= len(self.offices[key].files) > before
            self.troubled.clear()
            for answer in self._deliver(self.written):
                self._read(answer, answer.key)
            self._keep_troubled()
            for key in ("x", "w"):
                self._read_peer(self.written, key)
            moved |= self._answer("x") > 0
            for town in self.scene.towns.values():  # a receipt brought decisions: their steps go up next
                with town.store.reading() as r:
                    moved |= chain.unpacked_changes(r) > 0
            if not moved and not self.troubled and not any(self._paused(key) for key in LAPTOPS):
                return
        raise AssertionError("the exchange never came to rest")

    def _keep_troubled(self) -> None:
        """Old files of a forgotten time are refused for ever; what counts is whether the last one was taken."""
        for key in list(self.troubled):
            with self.scene.towns[key].store.reading() as r:
                now = chain.read_chain(r)
            if now.acknowledged_to == now.last_number:
                self.troubled.discard(key)

    def _answer(self, key: str) -> int:
        """A person answers every conflict at one laptop."""
        store = self.scene.towns[key].store
        with store.reading() as r:
            found = conflicts.list_conflicts(r)
        return conflicts.resolve(store, [conflicts.choose(one, conflicts.NEWER) for one in found])

    def _agree(self) -> None:
        county = self.scene.county.store
        for key, division in LAPTOPS.items():
            town, forgotten = self.scene.towns[key], self._forgotten(division)
            differ = rows_that_differ(county, town.store, division)
            assert differ <= forgotten, (key, differ - forgotten)
            theirs = side_of(town.store, division, without=forgotten)
            assert side_of(county, division, without=forgotten) == theirs
            with town.store.reading() as r:
                now = chain.read_chain(r)
                assert now.acknowledged_to == now.last_number
                assert chain.unpacked_changes(r) == 0
                assert audit.verify(r.connection).broken_at == 0
                waiting = {row["id"] for row in r.rows(sa.select(schema.held.c.id))}
            assert waiting <= forgotten
        with county.reading() as r:
            assert audit.verify(r.connection).broken_at == 0
            assert r.connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None
            waiting = {row["id"] for row in r.rows(sa.select(schema.held.c.id))}
        assert waiting <= set().union(*(self._forgotten(division) for division in OFFICES.values()))


def damaged(data: bytes, how: str, place: int) -> bytes:
    """The file cut short, with a bit turned, something behind it, another payload, or empty."""
    at = place % len(data)
    if how == "cut":
        return data[:at]
    if how == "flip":
        turned = bytearray(data)
        turned[at] ^= 1 << place % 8
        return bytes(turned)
    if how == "tail":
        return data + data[at:]
    if how == "empty":
        return b""
    parts = read_container(data)
    turned = bytearray(parts.payload)
    turned[place % len(turned)] ^= 1 << place % 8
    return build_container(Parts(parts.envelope, parts.signature, bytes(turned)))


COMMON = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    database=None,
)


QUICK = tuple(phase for phase in Phase if phase not in (Phase.shrink, Phase.explain))
"""What the quick run does: a play that fails is told as it was found, sixteen steps at most. To look for a shorter one
takes minutes, which the long play has."""


def test_a_short_play() -> None:
    short = settings(COMMON, max_examples=8, stateful_step_count=16, phases=QUICK)
    run_state_machine_as_test(Exchange, settings=short)


@pytest.mark.county
def test_a_long_play() -> None:
    run_state_machine_as_test(Exchange, settings=settings(COMMON, max_examples=400, stateful_step_count=50))
