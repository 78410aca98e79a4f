"""A township office that fills in forms, takes their steps and prints what they offer, on a real database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.benefits.plans import BatchPlan
from minzheng_desktop.documents.batch_prints import make_batch_print
from minzheng_desktop.documents.record_prints import list_documents, make_list_print, make_record_print
from minzheng_desktop.store import households, people, records
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number
from tests.documents.readers import pdfium_text

TOWN = "500229106"
VILLAGE = "500229106201"
PRINTED_AT = "2026-11-25 09:30"
SCAN = "a" * 64
INVESTIGATION = {
    "key": "1", "date": "2026-09-08", "method": "1", "investigators": ["周晓岚", "冉启明"],
    "findings": "与申请情况一致",
}  # fmt: skip
VERIFICATION = {"key": "1", "request_date": "2026-09-03", "reply_date": "2026-09-10", "result": "1"}
SHOWN = {"key": "1", "stage": "1", "place": "村务公开栏", "start_date": "2026-09-15", "result": "1"}
ACCOUNT = {"number": "6217001234567890122", "name": "", "bank": "农商行", "type": "1"}


class Township:
    """One office of a demonstration: example rates may be locked. `today` moves when a test says so."""

    def __init__(self, path: Path) -> None:
        self.store = Store.create(
            path, role="township", division=TOWN, user="周晓岚", password="correct horse",
            cost=Cost(memory_kib=1024, passes=1, lanes=1), demonstration=True,
        )[0]  # fmt: skip
        self.today = date(2026, 9, 14)
        self.sequence = 100

    # Registers

    def person(self, name: str, birth: str, **more: Any) -> str:
        """A person of the village with an invented number."""
        self.sequence += 2
        odd = int(more.get("sex", "1")) % 2  # the last digit of the sequence says man or woman
        number = make_id_number("500229", date.fromisoformat(birth), self.sequence + odd)
        given = {"owner": TOWN, "name": name, "id_number": number, "reside_village": VILLAGE, **more}
        with self.store.writing("person") as w:
            return people.save_person(w, given, today=self.today)

    def household(self, *members: tuple[str, str, str]) -> tuple[str, list[str]]:
        """A household of (name, relation, birth); the first is its head."""
        ids = [self.person(name, birth) for name, _, birth in members]
        rows = [{"person": p, "relation": m[1]} for p, m in zip(ids, members, strict=True)]
        with self.store.writing("household") as w:
            made = households.save_household(w, {"owner": TOWN, "head": ids[0], "village": VILLAGE}, rows)
        return made, ids

    # Records

    def save(self, form: str, doc: Mapping[str, Any], **subject: Any) -> str:
        """A new record; what its form says against it stands in `said`."""
        with self.store.writing("save") as w:
            saved = casework.save_record(
                w, form, doc, today=self.today, subject=records.Subject(**subject) if subject else None
            )
        self.said = [p.message for p in saved.problems if p.code != "required"]
        return saved.id

    def edit(self, record: str, **values: Any) -> None:
        row = self.row(record)
        with self.store.writing("save") as w:
            saved = casework.save_record(
                w, row["form"], {**row["doc"], **values}, today=self.today, record_id=record
            )
        self.said = [p.message for p in saved.problems if p.code != "required"]

    def step(self, record: str, key: str, *, actor: str | None = None, **asks: Any) -> None:
        with self.store.writing("step") as w:
            casework.take_step(w, record, key, today=self.today, asks=asks, actor=actor)

    def steps(self, record: str, *keys: str) -> None:
        for key in keys:
            self.step(record, key)

    def row(self, record: str) -> dict[str, Any]:
        with self.store.reading() as r:
            return records.load_record(r, record)

    def doc(self, record: str) -> dict[str, Any]:
        found: dict[str, Any] = self.row(record)["doc"]
        return found

    def state(self, record: str) -> str:
        return str(self.row(record)["state"])

    def later(self, days: int) -> None:
        self.today += timedelta(days=days)

    # Money

    def plan(self, form: str, month: str) -> BatchPlan:
        return plan_batch(self.store, form=form, month=month)

    def lock(self, form: str, month: str) -> BatchPlan:
        plan = self.plan(form, month)
        lock_batch(self.store, plan, reasons={"*": "演示"})
        return plan

    # Paper

    def papers(self, record: str) -> dict[str, str]:
        """The text of every document that the record may print now, by its key."""
        found: dict[str, str] = {}
        for offered in list_documents(self.store, record):
            if offered.ready:
                made = make_record_print(
                    self.store, record, offered.key, printed_at=PRINTED_AT, today=self.today, number="1", masked=False
                )  # fmt: skip
                assert made.data.startswith(b"%PDF"), offered.key
                found[offered.key] = flat(made.data)
        return found

    def ledger(self, form: str, key: str, month: str | None = None) -> str:
        """The text of a list that does not pay."""
        made = make_list_print(
            self.store, form=form, ledger=key, printed_at=PRINTED_AT, today=self.today, month=month
        )
        return flat(made.data)

    def payroll(self, form: str, month: str) -> str:
        """The text of a batch's ledger."""
        made = make_batch_print(
            self.store, form=form, month=month, as_="pdf", printed_at=PRINTED_AT, masked=False
        )
        return flat(made.data)


def flat(data: bytes) -> str:
    """What a PDF says, without the ends of its lines."""
    return pdfium_text(data).replace("\r\n", "")
