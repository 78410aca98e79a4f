"""The township of the services with what relief needs beside: households, locked months, what a form says, texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.lock import EVERY, lock_batch
from minzheng_desktop.benefits.plans import BatchPlan
from minzheng_desktop.reports.indicators import figures_of_year
from minzheng_desktop.store import households
from minzheng_desktop.store.records import Subject
from tests.documents.readers import pdfium_text
from tests.journeys.services import TOWN, Township

VILLAGE = "500229106201"
"""茶丰村."""
INVESTIGATION = {
    "key": "1", "date": "2026-09-08", "method": "1", "investigators": ["周晓岚", "冉启明"], "findings": "与申请一致",
}  # fmt: skip
VERIFICATION = {"key": "1", "request_date": "2026-09-03", "reply_date": "2026-09-10", "result": "1"}
SHOWN = {"key": "1", "stage": "1", "place": "村务公开栏", "start_date": "2026-09-15", "result": "1"}


class ReliefTown(Township):
    """`said` is what the form had against the record saved last, but for what is only not filled in yet."""

    def __init__(self, folder: Path, *, today: date = date(2026, 9, 14)) -> None:
        super().__init__(folder, today=today)
        self.said: list[str] = []

    def person(self, name: str, birth: str, *, sex: str = "1", **more: Any) -> str:
        person = super().person(name, birth, sex=sex, **more)
        with self.store.writing("village") as w:
            w.put("people", {"id": person, "reside_village": VILLAGE})
        return person

    def household(self, *members: tuple[str, str, str]) -> tuple[str, list[str]]:
        """A household of (name, relation, birth); the first is its head."""
        ids = [self.person(name, birth) for name, _, birth in members]
        rows = [{"person": p, "relation": m[1]} for p, m in zip(ids, members, strict=True)]
        with self.store.writing("household") as w:
            made = households.save_household(w, {"owner": TOWN, "head": ids[0], "village": VILLAGE}, rows)
        return made, ids

    def save(self, form: str, doc: Mapping[str, Any], **subject: str | None) -> str:
        with self.store.writing("save") as w:
            saved = casework.save_record(w, form, doc, today=self.today, subject=Subject(**subject))
        self.said = [p.message for p in saved.problems if p.code != "required"]
        return saved.id

    def change(self, record: str, **values: Any) -> None:
        row = self.row(record)
        with self.store.writing("change") as w:
            saved = casework.save_record(
                w, row["form"], {**row["doc"], **values}, today=self.today, record_id=record
            )
        self.said = [p.message for p in saved.problems if p.code != "required"]

    def doc(self, record: str) -> dict[str, Any]:
        found: dict[str, Any] = self.row(record)["doc"]
        return found

    def state(self, record: str) -> str:
        return str(self.row(record)["state"])

    def later(self, days: int) -> None:
        self.today += timedelta(days=days)

    def lock(self, form: str, month: str) -> BatchPlan:
        plan = self.plan(form, month)
        lock_batch(self.store, plan, reasons={EVERY: "演示"})
        return plan

    def figure(self, key: str, year: int = 2026) -> Any:
        """One indicator of the annual report over this office, by what stands in it now."""
        with self.store.reading() as r:
            return figures_of_year(r, year, only=[key]).figures[key].value

    def texts(self, record: str) -> dict[str, str]:
        """The text of every document that the record may print now, by its key."""
        return {key: flat(made.data) for key, made in self.papers(record).items()}


def flat(data: bytes) -> str:
    """What a PDF says, without the ends of its lines."""
    return pdfium_text(data).replace("\r\n", "")
