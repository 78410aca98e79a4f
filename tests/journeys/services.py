"""A township in which a service is walked from its first line to its last paper, through the real doors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.benefits.plans import BatchPlan
from minzheng_desktop.documents.batch_prints import Made, make_batch_print
from minzheng_desktop.documents.record_prints import list_documents, make_list_print, make_record_print
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.records import Subject
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number

TOWN = "500229106"
VILLAGE = "500229106202"
PASSWORD = "correct horse"
PAPER = "a" * 64
"""Stands for the digest of a scan."""
COUNTY = frozenset(
    {"confirm", "return", "deny", "confirm_change", "deny_change", "confirm_stop", "deny_stop", "cancel"}
)
"""Steps that come back from the county."""


class Township:
    """One office with short verbs: people, records, steps, papers."""

    def __init__(self, folder: Path, *, today: date) -> None:
        self.today = today
        self.store = Store.create(
            folder / "修齐镇.mz",
            role="township",
            division=TOWN,
            user="周晓岚",
            password=PASSWORD,
            cost=Cost(memory_kib=1024, passes=1, lanes=1),
            demonstration=True,
        )[0]
        self.sequence = 0

    def person(self, name: str, birth: str, *, sex: str = "1", **more: Any) -> str:
        self.sequence += 1
        order = self.sequence * 2 + (1 if sex == "1" else 0)
        with self.store.writing("person") as w:
            return w.put(
                "people",
                {
                    "owner": TOWN,
                    "name": name,
                    "sex": sex,
                    "birth_date": birth,
                    "ethnicity": "15",
                    "id_number": make_id_number("500229", date.fromisoformat(birth), order),
                    "reside_village": VILLAGE,
                    "phone": f"1389{self.sequence:07d}",
                    "more": more,
                },
            )

    def account(self, person: str, name: str) -> dict[str, str]:
        """An account field's value, and the same in the register."""
        number = f"62170012345{self.sequence:08d}"
        with self.store.writing("account") as w:
            w.put(
                "bank_accounts",
                {"owner": TOWN, "person": person, "number": number, "name": name, "bank": "重庆农村商业银行"},
            )
        return {"number": number, "name": name, "bank": "重庆农村商业银行", "type": "1"}

    def save(self, form: str, doc: Mapping[str, Any], **subject: str | None) -> str:
        with self.store.writing("save") as w:
            return casework.save_record(w, form, doc, today=self.today, subject=Subject(**subject)).id

    def change(self, record: str, **values: Any) -> None:
        with self.store.writing("change") as w:
            row = w.get("records", record)
            assert row is not None
            casework.save_record(w, row["form"], {**row["doc"], **values}, today=self.today, record_id=record)

    def step(self, record: str, key: str, **asks: Any) -> str:
        """Take a step, by the county where it is the county's; returns the state."""
        row = self.row(record)
        step = self.store.catalog.forms[row["form"]].workflow.steps[key]
        usual = {
            "reason": "已核实",
            "opinion": "同意",
            "document_no": "城民〔2024〕18号",
            "date": self.today.isoformat(),
            "month": f"{self.today.isoformat()[:7]}",
            "scan": PAPER,
        }
        answers = {name: asks.get(name, usual[name]) for name in step.ask}
        with self.store.writing(key) as w:
            actor = "county" if key in COUNTY else None
            return casework.take_step(w, record, key, today=self.today, asks=answers, actor=actor).to_state

    def walk(self, record: str, steps: Sequence[str]) -> str:
        for key in steps:
            self.step(record, key)
        return str(self.row(record)["state"])

    def row(self, record: str) -> dict[str, Any]:
        with self.store.reading() as r:
            row = r.get("records", record)
        assert row is not None
        return row

    def plan(self, form: str, month: str) -> BatchPlan:
        return plan_batch(self.store, form=form, month=month, today=self.today)

    # paper

    def papers(self, record: str) -> dict[str, Made]:
        """Every document of a record that may be printed in its state, by key."""
        offered = [d for d in list_documents(self.store, record) if d.ready]
        return {
            d.key: make_record_print(
                self.store, record, d.key, printed_at="2024-10-08 09:00", today=self.today, masked=False
            )
            for d in offered
        }

    def list(self, form: str, ledger: str, **more: Any) -> Made:
        return make_list_print(
            self.store, form=form, ledger=ledger, printed_at="2024-10-08 09:00", today=self.today, **more
        )

    def batch(self, form: str, month: str) -> Made:
        return make_batch_print(
            self.store, form=form, month=month, as_="pdf", printed_at="2024-10-08 09:00", masked=False
        )
