"""The readers under fire: each takes one made file, as the program takes it from a stick, and what became of it is
checked."""

from __future__ import annotations

import hashlib
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyrage
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from minzheng_desktop.county.keys.enrolments import county_keys
from minzheng_desktop.county.receiving.receive import receive_files
from minzheng_desktop.county.receiving.senders import MOST_AHEAD, standing_base, standing_of
from minzheng_desktop.county.replies.bulletins import write_bulletins
from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.exchange.down.acknowledge import apply_receipt
from minzheng_desktop.exchange.down.bulletin import read_bulletin
from minzheng_desktop.exchange.files import enrolment
from minzheng_desktop.exchange.files.container import read_container
from minzheng_desktop.exchange.files.enrolment import accept_enrolment, private_keys, read_enrolment
from minzheng_desktop.exchange.files.keys import age_identity, sign
from minzheng_desktop.exchange.files.payload import unpack_lines
from minzheng_desktop.exchange.files.phrase import parse_phrase
from minzheng_desktop.exchange.peers.copying import write_copy
from minzheng_desktop.exchange.peers.reading import read_peer_files
from minzheng_desktop.store import attachments, audit, schema
from minzheng_desktop.store.backup import STANDING_SETTING
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import CHEAP, PASSWORD, TODAY, XIUQI, new_store
from tests.exchange.scene import change, lock, open_scene, prepare_pair, void
from tests.exchange.sides import NOTES
from tests.faults.fuzzing.mutations import mutate_bytes, mutate_value
from tests.faults.fuzzing.sealed import LAYERS, SealedFile, announce_counts, announce_lines

NOT_MOVED = frozenset({"audit", "catalog", "cache"})
"""Tables that a refusal may write to, and those too large to look at each time (`Target.check` does)."""
PAUSING = frozenset({"rolled_back", "forked", "other_chain"})
"""Refusals after which the exchange pauses: that is kept, so they count as taken."""
NEVER = ("users", "settings", "catalog", "number_blocks", "identities")
"""Tables that no package of a township may touch, but for COUNTED."""
COUNTED = (STANDING_SETTING,)
"""The settings that a package may move: the county counts on from what a laptop has read of it, when its own database
is older. `Range.take_package` knows to what exactly."""


_ALL_ROWS = tuple(
    f"SELECT * FROM {table.name} ORDER BY 1, 2"
    if table.name != "laptops"
    else "SELECT id, division, letter, state, may_lock, serial, sign_key, age_key, "
    + f"json_remove(more, {', '.join(repr(f'$.{name}') for name in sorted(NOTES))}) FROM laptops ORDER BY 1"
    for table in schema.metadata.sorted_tables
    if table.name not in NOT_MOVED
)


@dataclass
class Target:
    """One reader with its database. `take` gives "" for what was taken, else the code of the refusal."""

    name: str
    layers: tuple[str, ...]
    make: Callable[[str, random.Random], bytes]
    take: Callable[[Store, bytes], str]
    pristine: Path
    database: Path
    keeps: tuple[str, ...] = ()
    store: Store = field(init=False)
    before: str = field(init=False, default="")
    kept: list[Any] = field(init=False)
    _content: bytes = field(init=False)

    def __post_init__(self) -> None:
        folder = self.database.parent
        shutil.copytree(self.pristine, folder)
        self.store = Store.open(self.database, password=PASSWORD)
        assert self.store.catalog.forms
        self.store.engine.dispose()  # what opening wrote is in the file
        self._content = self.database.read_bytes()
        self.before = self.digest()
        self.kept = self._rows_kept()

    def put_back(self) -> None:
        """The database as it was before anything was taken, under the store that stays open."""
        self.store.engine.dispose()
        for beside in ("-wal", "-shm"):
            Path(f"{self.database}{beside}").unlink(missing_ok=True)
        self.database.write_bytes(self._content)
        for name in ("site", "roles", "single_post"):
            self.store.__dict__.pop(name, None)
        assert self.digest() == self.before

    def digest(self) -> str:
        """A digest of every row but those of NOT_MOVED and NOTES."""
        digest = hashlib.sha256()
        with self.store.reading() as r:
            raw = r.connection.connection.dbapi_connection
            assert raw is not None
            for sql in _ALL_ROWS:
                digest.update(repr(raw.execute(sql).fetchall()).encode())
        return digest.hexdigest()

    def fire(self, data: bytes) -> str:
        """Hand the file to the reader and check that it was taken whole or has changed nothing.

        Raises AssertionError when something moved by a refusal, and whatever the reader lets through.
        """
        code = self.take(self.store, data)
        if code:
            assert self.digest() == self.before, f"{code} changed the database"
            return code
        self.check()
        self.put_back()
        return "taken"

    def check(self) -> None:
        """The database is whole after a file was taken, and nothing is touched that this sender may not touch."""
        with self.store.reading() as r:
            assert audit.verify(r.connection).broken_at == 0
            assert r.connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None
        assert self._rows_kept() == self.kept

    def _rows_kept(self) -> list[Any]:
        with self.store.reading() as r:
            return [
                [
                    tuple(row)
                    for row in r.connection.execute(schema.metadata.tables[name].select())
                    if row[0] not in COUNTED
                ]
                for name in self.keeps
            ]


class Range:
    """All targets over one small county, made once for a process in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.last = folder / "last.bin"
        """The file that is being read; what killed the process stands there."""
        scene = open_scene(prepare_pair(folder / "prepared"), folder / "scene")
        town, county, second_laptop = scene.towns["x"], scene.county, scene.towns["w"]
        people = town.add_people(3)
        record = town.add_reported_elder()
        first = town.export().file
        assert first is not None
        town.apply(county.receive(first)[0].receipt)
        assert [one.status for one in read_peer_files(second_laptop.store, [first], today=TODAY)] == [
            "applied"
        ]
        change(town, "people", people[0], phone="13800000001", more={"note": "甲"})
        void(town, "people", people[1])
        town.add_people(1)
        other = town.add_reported_elder()
        owner = {"owner": XIUQI}
        with town.store.writing("test") as w:
            home = w.put(
                "households", {**owner, "head": people[0], "village": "500229106001", "number": "H1"}
            )
            w.put("household_members", {**owner, "household": home, "person": people[0], "relation": "02"})
            account = {**owner, "person": people[0], "number": "6217000000000001", "name": "测试001"}
            w.put("bank_accounts", account)
        lock(town, other, 4000, 6000, number="P1")
        scan = folder / "scan.jpg"
        scan.write_bytes(bytes.fromhex("ffd8ffe000104a464946") + b"a" * 3000)
        attachments.attach(town.store, scan, record=record, kind="", title="户口簿")
        second = town.export().file
        assert second is not None
        shutil.copytree(county.folder, folder / "pristine-county")
        shutil.copytree(town.stick.parent, folder / "pristine-town")
        shutil.copytree(second_laptop.stick.parent, folder / "pristine-peer")
        self.peer_file = _database(folder / "pristine-peer")
        copy = write_copy(town.store, folder / "copy").files[0]
        self.county_file = _database(folder / "pristine-county")
        self.town_file = _database(folder / "pristine-town")
        decide(county.store, [record], kind="return", text="缺户口簿复印件", number="")
        receipt = county.receive(second)[0].receipt
        assert receipt is not None
        (bulletin,) = write_bulletins(county.store, [XIUQI], folder / "bulletins")
        with town.store.reading() as r:
            own = private_keys(r)
        with second_laptop.store.reading() as r:
            theirs = private_keys(r)
        with county.store.reading() as r:
            keys = county_keys(r)
        assert own is not None
        assert theirs is not None
        to_town = [own.public.age]
        to_county = [keys.certificate.age, own.public.age, theirs.public.age]
        self.package = SealedFile(second.read_bytes(), own.sign, own.age, to_county, announce_counts)
        self.receipt = SealedFile(receipt.read_bytes(), keys.keys.sign, own.age, to_town, announce_lines)
        self.bulletin = SealedFile(
            bulletin.file.read_bytes(), keys.keys.sign, own.age, to_town, announce_lines
        )
        self.copy = SealedFile(copy.read_bytes(), own.sign, theirs.age, [theirs.public.age], announce_counts)
        self.enrolment, self.phrase = county.enrol(XIUQI, "又一台")
        self.county_sign = keys.keys.sign
        new_store(folder / "pristine-new" / "新机.mz", role="township", division=XIUQI).close()
        scene.close()

    def targets(self) -> list[Target]:
        """The readers of packages, receipts, bulletins, another laptop's packages and copies, and enrolments."""
        new = self.folder / "pristine-new" / "新机.mz"
        return [
            self._target("package", LAYERS, self.package.mutated, self.take_package, self.county_file, NEVER),
            self._target("receipt", LAYERS, self.receipt.mutated, self.take_receipt, self.town_file),
            self._target("bulletin", LAYERS, self.bulletin.mutated, self.take_bulletin, self.town_file),
            self._target("peer", LAYERS, self.package.mutated, self.take_peer, self.peer_file),
            self._target("copy", LAYERS, self.copy.mutated, self.take_peer, self.peer_file),
            self._target(
                "enrolment", ("bytes", "file", "box"), self.other_enrolment, self.take_enrolment, new
            ),
        ]

    def _target(
        self,
        name: str,
        layers: tuple[str, ...],
        make: Callable[[str, random.Random], bytes],
        take: Callable[[Store, bytes], str],
        database: Path,
        keeps: tuple[str, ...] = ("users", "number_blocks", "identities"),
    ) -> Target:
        here = self.folder / f"now-{name}" / database.name
        return Target(name, layers, make, take, database.parent, here, keeps)

    def take_package(self, store: Store, data: bytes) -> str:
        self.last.write_bytes(data)
        with store.reading() as r:
            base, standing = standing_base(r), standing_of(r)
        began = int(time.time())
        (result,) = receive_files(store, [self.last], today=TODAY)
        if result.status == "refused":
            assert result.reason.endswith("。"), result
            return result.code
        if result.status == "applied":
            told = sum(count.rows for count in result.announced.values())
            became = sum(result.count(one) for one in ("new", "changed", "same", "held", "rejected"))
            assert told == became, result
        with store.reading() as r:
            moved = standing_base(r)
        seen = self._told_seen(data) if result.status == "applied" or result.kept else 0
        if seen > standing:  # to what was read or to now, whichever is later, and never out of reach
            assert max(seen, began) <= moved <= max(seen, int(time.time())) <= began + 2 * MOST_AHEAD
        else:
            assert moved == base
        return "" if result.status == "applied" or result.kept else result.code

    def _told_seen(self, data: bytes) -> int:
        """What a package that was taken says to have read of the county."""
        plain = pyrage.decrypt(read_container(data).payload, [age_identity(self.package.identity)])
        return int(msgspec.json.decode(next(iter(unpack_lines(plain)))).get("seen", 0))

    def take_peer(self, store: Store, data: bytes) -> str:
        self.last.write_bytes(data)
        (result,) = read_peer_files(store, [self.last], today=TODAY)
        if result.status == "refused":
            assert result.reason.endswith("。"), result
        return result.code if result.status in ("refused", "already") else ""

    def take_receipt(self, store: Store, data: bytes) -> str:
        return self._take(data, lambda: apply_receipt(store, data, today=TODAY))

    def take_bulletin(self, store: Store, data: bytes) -> str:
        return self._take(data, lambda: read_bulletin(store, data, today=TODAY))

    def take_enrolment(self, store: Store, data: bytes) -> str:
        return self._take(
            data, lambda: accept_enrolment(store, read_enrolment(data, self.phrase, today=TODAY))
        )

    def _take(self, data: bytes, read: Callable[[], object]) -> str:
        self.last.write_bytes(data)
        try:
            read()
        except UserError as error:
            refusal = error
        else:
            return ""
        assert refusal.message.endswith("。"), refusal.message
        return "" if refusal.code in PAUSING else refusal.code

    def other_enrolment(self, layer: str, how: random.Random) -> bytes:
        """The enrolment file changed outside, or inside its box and sealed with the phrase again."""
        if layer == "bytes":
            return mutate_bytes(self.enrolment, how)
        file = msgspec.json.decode(self.enrolment)
        if layer == "file":
            changed = mutate_value(file, how, [XIUQI, "", 1, 64])
            cost = changed.get("cost") if isinstance(changed, dict) else None
            if isinstance(cost, dict) and cost != file["cost"]:
                cost["passes"] = min(cost["passes"], 2) if isinstance(cost.get("passes"), int) else 1
            return msgspec.json.encode(changed)
        words = parse_phrase(self.phrase)
        salt, nonce, box = (enrolment.base64.b64decode(file[name]) for name in ("salt", "nonce", "box"))
        cipher = ChaCha20Poly1305(enrolment._key(words, salt, CHEAP))  # noqa: SLF001
        inner = mutate_value(
            msgspec.json.decode(cipher.decrypt(nonce, box, b"minzheng enrolment\n")), how, [XIUQI, "A", True]
        )
        if isinstance(inner, dict) and how.random() < 0.8:
            unsigned = msgspec.json.encode({**inner, "signature": ""})
            inner["signature"] = sign(self.county_sign, b"minzheng enrolment\n" + unsigned)
        text = msgspec.json.encode(inner)
        if how.random() < 0.2:
            text = mutate_bytes(text, how)
        sealed = enrolment.base64.b64encode(cipher.encrypt(nonce, text, b"minzheng enrolment\n")).decode()
        return msgspec.json.encode({**file, "box": sealed})


def _database(folder: Path) -> Path:
    (found,) = folder.glob("*.mz")
    return found
