"""One township's office with the verbs of a clerk: rosters, cases and their steps, a month paid. Nothing goes past the
doors that window and command line use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits.casework import save_record, take_step
from minzheng_desktop.benefits.lock import EVERY, lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.headers import Choice
from minzheng_desktop.exchange.rosters.layout import SheetLayout
from minzheng_desktop.exchange.rosters.planning import plan_book
from minzheng_desktop.exchange.rosters.sheets import Sheet, Workbook
from minzheng_desktop.store.people import by_id_number, save_person
from minzheng_desktop.store.records import Subject
from minzheng_desktop.values.dates import clock_at
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import digest16

if TYPE_CHECKING:
    from minzheng_desktop.benefits.plans import BatchPlan
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing

SHEET = "花名册"
LEADER = "冉主任"
"""Who checks what the clerk entered."""
PAPER = "0" * 64
"""Stands for the digest of a scan in invented records."""
COUNTY_STEPS = frozenset({"confirm", "deny", "confirm_change", "confirm_stop", "cancel"})

Row = Mapping[str, Any]


class Office:
    """A township's open database on a day of the year that is lived through."""

    def __init__(self, store: Store, today: date) -> None:
        self.store = store
        self.today = today
        self._people: dict[str, str] = {}

    @contextmanager
    def on(self, day: date) -> Iterator[None]:
        """Everything within happens on this day, at nine in the morning."""
        before, self.today = self.today, day
        with clock_at(f"{day.isoformat()}T09:00:00+08:00"):
            yield
        self.today = before

    # -- people ------------------------------------------------------------------------------

    def register(self, bodies: Iterable[Mapping[str, Any]]) -> list[str]:
        """People who are in no roster; returns their ids."""
        with self.store.writing("save_people") as w:
            return [save_person(w, dict(body), today=self.today) for body in bodies]

    def person(self, id_number: str) -> str:
        """The id of somebody on file. Raises UserError no_such_person."""
        if id_number not in self._people:
            with self.store.reading() as r:
                found = by_id_number(r, id_number)
            if found is None:
                raise UserError("no_such_person", f"演示数据里没有 {id_number}。")
            self._people[id_number] = found["id"]
        return self._people[id_number]

    # -- rosters -----------------------------------------------------------------------------

    def bring(self, form: str, rows: Sequence[Row], *, month: str, paid_through: str | None = None) -> int:
        """Import rows as a roster whose columns are named by paths; returns how many are new.

        Raises UserError demonstration_wrong when a row is refused.
        """
        if not rows:
            return 0
        columns = list(dict.fromkeys(path for row in rows for path in row))
        cells = [[row.get(path, "") for path in columns] for row in rows]
        digest = digest16(msgspec.json.encode((form, month, cells), enc_hook=str))
        sheet = Sheet(SHEET, [columns, *cells], SheetLayout())
        choice = Choice({path: path for path in columns}, (1, 1))
        plan = plan_book(
            self.store, Workbook(Path(f"{form}-{month}.xlsx"), digest, [sheet]), form=form, today=self.today,
            month=month, paid_through=paid_through, chosen={SHEET: choice},
        )  # fmt: skip
        wrong = [p.message for row in plan.rows if row.action == "rejected" for p in row.problems][:3]
        if wrong or plan.count("new") != len(rows):
            raise UserError("demonstration_wrong", f"{form}：{'；'.join(wrong) or '有行不是新的'}")
        commit_roster(self.store, plan)
        return len(rows)

    # -- cases -------------------------------------------------------------------------------

    def save(self, w: Writing, form: str, doc: Mapping[str, Any], **subject: str | None) -> str:
        """A new record as a draft. Raises UserError demonstration_wrong where the form finds an error."""
        saved = save_record(w, form, doc, today=self.today, subject=Subject(**subject))
        errors = [p.message for p in saved.problems if p.level == "error"]
        if errors:
            raise UserError("demonstration_wrong", f"{form}：{'；'.join(errors[:3])}")
        return saved.id

    def change(self, w: Writing, record: str, **values: Any) -> None:
        """Other values in a record's document."""
        row = w.get("records", record)
        assert row is not None
        save_record(w, row["form"], {**row["doc"], **values}, today=self.today, record_id=record)

    def walk(self, w: Writing, record: str, steps: Sequence[str], **asks: Any) -> None:
        """Take steps one after another, answering what they ask; the county's in its name."""
        for key in steps:
            form = self.store.catalog.forms[w.get("records", record)["form"]]  # type: ignore[index]
            usual = {
                "reason": "已核实", "opinion": "情况属实，同意。", "document_no": f"城民〔{self.today.year}〕演示号",
                "date": self.today.isoformat(), "month": self.today.isoformat()[:7], "scan": PAPER, **asks,
            }  # fmt: skip
            asked = {name: usual[name] for name in form.workflow.steps[key].ask}
            actor = "county" if key in COUNTY_STEPS else None
            clerk, w.user = w.user, LEADER if "town_clerk" not in form.workflow.steps[key].by else w.user
            take_step(w, record, key, today=self.today, asks=asked, actor=actor)
            w.user = clerk

    # -- money -------------------------------------------------------------------------------

    def pay(self, form: str, month: str) -> BatchPlan:
        """Plan and lock a form's batch; nothing is locked where nothing is due."""
        plan = plan_batch(self.store, form=form, month=month, today=self.today)
        if plan.items:
            lock_batch(self.store, plan, reasons={EVERY: "演示数据，账户随花名册导入"})
        return plan
