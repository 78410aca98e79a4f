"""Real offices for the exchange tests: a county and townships in temporary folders, enrolled for real."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.county.keys.enrolments import issue_enrolment
from minzheng_desktop.county.receiving.receive import Received, receive_files
from minzheng_desktop.exchange.down.acknowledge import AppliedReceipt, apply_receipt
from minzheng_desktop.exchange.files.enrolment import accept_enrolment, read_enrolment
from minzheng_desktop.exchange.sending import compare
from minzheng_desktop.exchange.sending.chain import Exported, export
from minzheng_desktop.store import records, schema
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Reading, Writing
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.id_number import make_id_number

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
TODAY = date(2026, 11, 23)
COUNTY, XIUQI, BASHAN = "500229", "500229106", "500229102"
PASSWORD = "青山绿水 7"


@dataclass
class County:
    """A county's database and the folder where its receipts go."""

    store: Store
    folder: Path

    def enrol(self, division: str, name: str = "接入") -> tuple[bytes, str]:
        out = self.folder / f"{name}-{division}.mzenrol"
        issued = issue_enrolment(self.store, division=division, out=out, today=TODAY, cost=CHEAP)
        return out.read_bytes(), issued.phrase

    def receive(self, *files: Path) -> list[Received]:
        return list(receive_files(self.store, files, today=TODAY, receipts=self.folder / "回执"))


@dataclass
class Town:
    """A township's database and the folder that plays its stick."""

    store: Store
    stick: Path
    count: int = field(default=0)

    def export(self, **more: Any) -> Exported:
        return export(self.store, out=self.stick, **more)

    def apply(self, receipt: Path | None) -> AppliedReceipt:
        assert receipt is not None
        return apply_receipt(self.store, receipt.read_bytes(), today=TODAY)

    def add_reported_elder(self) -> str:
        """An elder_age record that waits for the county's decision; returns its id."""
        self.count += 1
        born = date(1940, 1, 1)
        digits = make_id_number("500229", born, self.count)
        body = person(self.store.site.division, f"测试{self.count:03d}", digits, birth_date=born.isoformat())
        with self.store.writing("test") as w:
            someone = w.put("people", body)
            doc = {"apply_channel": "6", "apply_date": "2026-10-08"}
            saved = casework.save_record(w, "elder_age", doc, today=TODAY, subject=records.Subject(someone))
            self.move(w, saved.id, "report", "reported")
        return saved.id

    def move(self, w: Writing, record: str, step: str, state: str) -> None:
        """Write a step as the workflow would."""
        owner = self.store.site.division
        body = {"owner": owner, "record": record, "step": step, "to_state": state, "at": now_text()}
        w.put("steps", {**body, "actor": "town", "by": "唐敏"})

    def state(self, record: str) -> str:
        with self.store.reading() as r:
            row = r.get("records", record)
        assert row is not None
        return str(row["state"])

    def add_people(self, number: int, **more: Any) -> list[str]:
        bodies = []
        for _ in range(number):
            self.count += 1
            digits = make_id_number("500229", date(1950, 1, 1), self.count)
            bodies.append(person(self.store.site.division, f"测试{self.count:03d}", digits, **more))
        with self.store.writing("test") as w:
            return w.put_many("people", bodies)


def person(owner: str, name: str, id_number: str | None, **more: Any) -> dict[str, Any]:
    """The body of an invented person."""
    return {
        "owner": owner,
        "name": name,
        "id_type": "01",
        "id_number": id_number,
        "sex": "1",
        "birth_date": "1950-01-01",
        **more,
    }


def new_store(path: Path, *, role: str, division: str) -> Store:
    return Store.create(path, role=role, division=division, user="唐敏", password=PASSWORD, cost=CHEAP)[0]


def new_county(folder: Path, division: str = COUNTY) -> County:
    folder.mkdir(parents=True, exist_ok=True)
    return County(new_store(folder / "县局.mz", role="county", division=division), folder)


def new_town(folder: Path, division: str = XIUQI) -> Town:
    folder.mkdir(parents=True, exist_ok=True)
    return Town(new_store(folder / "乡镇.mz", role="township", division=division), folder / "U盘")


def join(town: Town, county: County) -> tuple[bytes, str]:
    """Enrol the township's laptop; returns the file and phrase, as a thief would hold them."""
    data, phrase = county.enrol(town.store.site.division)
    accept_enrolment(town.store, read_enrolment(data, phrase, today=TODAY))
    return data, phrase


def attachments_of(r: Reading, record: str) -> list[dict[str, Any]]:
    """A record's attachments as the database keeps them, without those taken back."""
    a = schema.attachments
    return r.rows(sa.select(a).where(a.c.record == record, a.c.void == 0).order_by(a.c.id))


def package(town: Town, people: int = 1) -> Path:
    """A package that brings new people."""
    town.add_people(people)
    done = town.export()
    assert done.file is not None
    return done.file


def hand_over(town: Town, county: County) -> Path:
    """A package there and its receipt back; returns the receipt."""
    receipt = county.receive(package(town))[0].receipt
    assert receipt is not None
    town.apply(receipt)
    return receipt


def agree(town: Town, county: County) -> None:
    """Both sides hold the same rows of the division."""
    with town.store.reading() as here, county.store.reading() as there:
        assert compare.differing(compare.digest_rows(here, XIUQI), compare.digest_rows(there, XIUQI)) == {}
