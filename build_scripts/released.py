"""Make a set of small real files as this version of the program writes them, to be kept and read for ever.

    python build_scripts/released.py make FOLDER        today's program
    PYTHONPATH=OLD_TREE python build_scripts/released.py make FOLDER     the program of another tree

A county and one of its townships, invented people only: enrolled, a roster of ten households brought in, October
locked, package 1 received and answered, package 2 written and not yet handed over. `manifest.json` notes what must be
found when the files are read again. Made when a version is released, the folder goes to tests/data/released/vN/schemaM
(exchange format N, schema number M) and nothing there is ever changed afterwards.

Encrypted pages cannot be compressed, so the databases are kept as their content: decrypted by SQLCipher's own export
and packed together. `unpack` encrypts them again under the keys beside them; the backup stays as it was written.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tarfile
import tempfile
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from minzheng_desktop import __version__
from minzheng_desktop.benefits.lock import EVERY, lock_batch
from minzheng_desktop.benefits.plan import paid_form, plan_batch
from minzheng_desktop.benefits.rates import view_rates
from minzheng_desktop.county.keys.enrolments import issue_enrolment
from minzheng_desktop.county.receiving.receive import receive_files
from minzheng_desktop.demo.population import generate_households
from minzheng_desktop.demo.rosters import make_dibao_lines, write_dibao_roster
from minzheng_desktop.exchange.down.acknowledge import apply_receipt
from minzheng_desktop.exchange.first_start import start_office
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.exchange.sending.chain import export
from minzheng_desktop.store import schema
from minzheng_desktop.store.backup import write_backup
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store

COUNTY, TOWN, MONTH = "500229", "500229001", "2026-10"
TODAY = date(2026, 11, 23)
USER, PASSWORD = "王主任", "青山绿水 7"
HOUSEHOLDS = 10
DATABASES = "databases.tar.xz"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


def make(out: Path) -> None:
    """Write the set into `out`, which must not exist."""
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        facts = _live(work)
        with tarfile.open(out / DATABASES, "w:xz", preset=9) as packed:
            for file in ("town", "county"):
                packed.add(work / f"{file}.plain", f"{file}.plain", filter=_nobody)
                shutil.copy(work / f"{file}.db.keys", out / f"{file}.db.keys")
        outbox = out / "town.db.outbox"
        shutil.copytree(work / "town.db.outbox", outbox)
        for file in work.glob("*.mz*"):
            shutil.copy(file, out / file.name)
    text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)
    (out / "manifest.json").write_text(f"{text}\n", "utf-8")
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{out}: schema {schema.SCHEMA_NUMBER}, {size / 1000:,.0f} kB")


def _live(work: Path) -> dict[str, Any]:
    county, _ = Store.create(
        work / "county.db", role="county", division=COUNTY, user=USER, password=PASSWORD, demonstration=True, cost=CHEAP
    )  # fmt: skip
    issued = issue_enrolment(county, division=TOWN, out=work / "接入.mzenrol", today=TODAY, cost=CHEAP)
    town, _ = start_office(
        work / "town.db", role="township", division=TOWN, user=USER, password=PASSWORD, today=TODAY,
        demonstration=True, enrolment=issued.file, phrase=issued.phrase, cost=CHEAP,
    )  # fmt: skip
    commit_roster(town, plan_roster(town, _roster(town, work), form="dibao", today=TODAY))
    lock_batch(town, plan_batch(town, form="dibao", month=MONTH), reasons={EVERY: "随花名册导入"})
    first = export(town, out=work).file
    (received,) = receive_files(county, [first], today=TODAY, receipts=work)
    apply_receipt(town, received.receipt.read_bytes(), today=TODAY)
    person = {
        "owner": TOWN, "name": "测试甲", "id_type": "01", "id_number": None, "sex": "1", "birth_date": "1950-01-01"
    }  # fmt: skip
    with town.writing("test") as w:
        w.put("people", person)
    export(town, out=work)
    for store in (town, county):
        _forget_cache(store)
    write_backup(town, work / "town.mzbak")
    facts = {
        "program": __version__,
        "schema": schema.SCHEMA_NUMBER,
        "user": USER,
        "password": PASSWORD,
        "phrase": issued.phrase,
        "today": TODAY.isoformat(),
        "town": contents(town),
        "county": contents(county),
    }
    for name, store in (("town", town), ("county", county)):
        _decrypt(store, work / f"{name}.plain")
        store.close()
    facts["files"] = {path.name: _digest(path) for path in sorted(work.glob("*.mz*"))}
    return facts


def contents(store: Store) -> dict[str, Any]:
    """What is counted: rows of the exported tables, cents locked, a digest over every row's revision."""
    with store.reading() as r:
        rows: dict[str, int] = {}
        revisions = []
        for name, table in sorted(schema.EXPORTED.items()):
            found = r.connection.execute(table.select().with_only_columns(table.c.id, table.c.revision)).all()
            if found:
                rows[name] = len(found)
                revisions += sorted(f"{name} {row[0]} {row[1]}" for row in found)
        items = schema.payment_items
        cents = sum(r.connection.execute(items.select().with_only_columns(items.c.total)).scalars())
    digest = hashlib.sha256("\n".join(revisions).encode()).hexdigest()
    return {"rows": rows, "cents": cents, "revisions": digest}


def _roster(town: Store, work: Path) -> Path:
    divisions = town.catalog.divisions
    villages = [village.code for village in divisions.villages(TOWN)]
    households = list(
        islice(generate_households(villages=villages, seed=11, today=date(2026, 10, 1)), HOUSEHOLDS)
    )
    with town.reading() as r:
        rates = view_rates(r, *paid_form(town.catalog, "dibao"))
    lines = make_dibao_lines(households, rates=rates, month=MONTH, seed=11)
    path = work / "花名册.xlsx"
    write_dibao_roster(path, lines, town="葛城街道", month=MONTH, divisions=divisions)
    return path


def _forget_cache(store: Store) -> None:
    """What can be worked out again at any time is not kept."""
    with store.quiet_writing() as connection:
        connection.execute(schema.cache.delete())
    with store.engine.connect() as connection:
        connection.connection.dbapi_connection.execute("VACUUM")


def _decrypt(store: Store, target: Path) -> None:
    with store.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        raw.execute("ATTACH DATABASE ? AS plain KEY ''", (str(target),))
        raw.execute("SELECT sqlcipher_export('plain')").fetchall()
        raw.execute(f"PRAGMA plain.user_version = {schema.SCHEMA_NUMBER}")
        raw.execute("DETACH DATABASE plain")


def unpack(kept: Path, folder: Path) -> dict[str, Any]:
    """Put a kept set into `folder` as the program left it there, its databases encrypted; returns the manifest."""
    import sqlcipher3.dbapi2 as sqlcipher

    from minzheng_desktop.store import vault

    shutil.copytree(kept, folder, dirs_exist_ok=True)
    facts: dict[str, Any] = json.loads((kept / "manifest.json").read_text("utf-8"))
    with tarfile.open(kept / DATABASES) as packed:
        packed.extractall(folder, filter="data")
    for name in ("town", "county"):
        path = folder / f"{name}.db"
        key = vault.open_vault(path, user=None, password=facts["password"]).database_key
        connection = sqlcipher.connect(str(folder / f"{name}.plain"))
        connection.execute(f"ATTACH DATABASE ? AS sealed KEY \"x'{key.hex()}'\"", (str(path),))
        connection.execute("SELECT sqlcipher_export('sealed')").fetchall()
        connection.execute(f"PRAGMA sealed.user_version = {facts['schema']}")
        connection.execute("DETACH DATABASE sealed")
        connection.close()
        (folder / f"{name}.plain").unlink()
    return facts


def _nobody(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    return info


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "make":
        sys.exit(__doc__)
    make(Path(sys.argv[2]))
