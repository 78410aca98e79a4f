"""Files and databases of every released format are read for ever: each kept set, as its manifest noted it.

The sets under tests/data/released were written by the programs of their time (build_scripts/released.py) and are
never changed. The manifest's counts, cents and digests are what that program counted then.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from build_scripts.released import PASSWORD, TOWN, contents, unpack
from minzheng_desktop.county.receiving.receive import receive_files
from minzheng_desktop.exchange.down.acknowledge import apply_receipt
from minzheng_desktop.exchange.files.enrolment import accept_enrolment, read_enrolment
from minzheng_desktop.exchange.sending.chain import export, read_chain
from minzheng_desktop.store import audit, database, schema
from minzheng_desktop.store.backup import restore
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store

KEPT = Path(__file__).parents[1] / "data" / "released"
SETS = sorted(path.parent for path in KEPT.rglob("manifest.json"))
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


def name_of(kept: Path) -> str:
    return "-".join(kept.relative_to(KEPT).parts)


def manifest_of(kept: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((kept / "manifest.json").read_text("utf-8"))
    return facts


def today_of(facts: dict[str, Any]) -> date:
    return date.fromisoformat(facts["today"])


def test_every_schema_before_this_one_is_kept() -> None:
    kept = {manifest_of(one)["schema"] for one in SETS}
    assert set(range(1, schema.SCHEMA_NUMBER)) <= kept <= set(range(1, schema.SCHEMA_NUMBER + 1))
    assert sum(path.stat().st_size for path in KEPT.rglob("*") if path.is_file()) < 3_000_000


@pytest.mark.parametrize("kept", SETS, ids=name_of)
def test_a_township_of_that_time_hands_over_to_a_county_of_today_and_back(kept: Path, tmp_path: Path) -> None:
    facts = unpack(kept, tmp_path / "then")
    today, folder = today_of(facts), tmp_path / "then"
    for path in folder.rglob("*.mz*"):
        noted = facts["files"].get(path.name.rpartition("-")[2] if path.suffix == ".mzpkg" else path.name)
        assert noted is None or hashlib.sha256(path.read_bytes()).hexdigest() == noted

    with (
        Store.open(folder / "town.db", password=PASSWORD) as town,
        Store.open(folder / "county.db", password=PASSWORD) as county,
    ):
        # Every row, cent and revision is what the program of that time counted.
        assert (contents(town), contents(county)) == (facts["town"], facts["county"])
        with town.reading() as r:
            assert database.schema_number(r.connection) == schema.SCHEMA_NUMBER
            assert audit.verify(r.connection).broken_at == 0
            assert (read_chain(r).last_number, read_chain(r).acknowledged_to) == (2, 1)
        assert list(folder.glob("town.db.*.mzbak"))  # the backup before the migration

        # The receipt of that time says the same again; its package is known and answered.
        receipt = (folder / "500229001A_0001.mzret").read_bytes()
        assert apply_receipt(town, receipt, today=today).acknowledged_number == 1
        first, second = sorted((folder / "town.db.outbox").iterdir())
        (again,) = receive_files(county, [first], today=today)
        assert (again.status, again.count("same")) == ("already", sum(facts["county"]["rows"].values()))

        # Package 2 was written then and is handed over now; package 3 is written by today's program.
        for number, file in ((2, second), (3, None)):
            if file is None:
                with town.writing("test") as w:
                    w.put("people", {"owner": TOWN, "name": "测试乙", "id_type": "01", "id_number": None})
                file = export(town, out=tmp_path / "盘").file
                assert file is not None
            (received,) = receive_files(county, [file], today=today, receipts=tmp_path / "回执")
            assert (received.status, received.number, received.count("new")) == ("applied", number, 1)
            assert received.receipt is not None
            applied = apply_receipt(town, received.receipt.read_bytes(), today=today)
            assert (applied.acknowledged_number, applied.audit_holds) == (number, True)
        assert contents(town) == contents(county)


@pytest.mark.parametrize("kept", SETS, ids=name_of)
def test_an_enrolment_of_that_time_opens_with_its_phrase(kept: Path, tmp_path: Path) -> None:
    facts = manifest_of(kept)
    enrolment = read_enrolment((kept / "接入.mzenrol").read_bytes(), facts["phrase"], today=today_of(facts))
    assert (enrolment.division, enrolment.letter, enrolment.may_lock) == (TOWN, "A", True)
    made, _ = Store.create(
        tmp_path / "t.db", role="township", division=TOWN, user="唐敏", password=PASSWORD, demonstration=True,
        cost=CHEAP,
    )  # fmt: skip
    with made as town:
        accept_enrolment(town, enrolment)
        assert town.site.enrolled


@pytest.mark.parametrize("kept", [kept for kept in SETS if (kept / "town.mzbak").exists()], ids=name_of)
def test_a_backup_of_that_time_is_restored(kept: Path, tmp_path: Path) -> None:
    with restore(kept / "town.mzbak", tmp_path / "town.db", user=None, password=PASSWORD) as town:
        assert contents(town) == manifest_of(kept)["town"]
