"""A county's database with records of two townships, put there by hand; every number is invented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number
from minzheng_desktop.values.ids import new_id

CHEAP = Cost(memory_kib=1024, passes=1, lanes=1)
PASSWORD = "correct horse"
COUNTY, NORTH, SOUTH = "500229", "500229106", "500229107"
TODAY = date(2026, 3, 1)


class County:
    """Short verbs for what the tests of reports need."""

    def __init__(
        self, path: Path, *, role: str = "county", division: str = COUNTY, store: Store | None = None
    ) -> None:
        self.store = (
            store
            or Store.create(
                path,
                role=role,
                division=division,
                user="唐敏",
                password=PASSWORD,
                cost=CHEAP,
                demonstration=True,
            )[0]
        )
        self.sequence = 0

    def person(self, name: str, owner: str = NORTH, *, birth: str = "1970-05-06", like: str = "") -> str:
        """A person; `like` gives the id number of another person, who is the same human being."""
        self.sequence += 1
        number = make_id_number(COUNTY, date.fromisoformat(birth), self.sequence)
        with self.store.writing("person") as w:
            if like:
                twin = w.get("people", like)
                assert twin is not None
                number = twin["id_number"]
            body = {"owner": owner, "name": name, "sex": "1", "birth_date": birth, "id_number": number}
            return w.put("people", {**body, "reside_village": f"{owner}200"})

    def record(
        self, form: str, doc: Mapping[str, Any], owner: str = NORTH, *, state: str = "active", on: str | None = None,
        **columns: Any,
    ) -> str:  # fmt: skip
        """A record in a state, without steps: what a service or a fact is."""
        record = new_id()
        body = {"id": record, "owner": owner, "form": form, "form_version": 1, "village": f"{owner}200"}
        with self.store.writing("record") as w:
            w.put("records", {**body, "doc": dict(doc), "state": state, "record_date": on, **columns})
        return record

    def write(self, record: str, at: str, doc: Mapping[str, Any], **columns: Any) -> None:
        """Change a record's document on a day ('YYYY-MM-DD')."""
        with self.store.writing("record") as w:
            w.at = f"{at}T10:00:00+08:00"
            w.put("records", {"id": record, "doc": dict(doc), **columns})

    def step(
        self, record: str, to: str, at: str, month: str | None = None, owner: str = NORTH, step: str = ""
    ) -> None:
        """A step taken on a day ('YYYY-MM-DD')."""
        with self.store.writing("step") as w:
            w.put(
                "steps",
                {
                    "owner": owner, "record": record, "step": step or to, "from_state": None, "to_state": to,
                    "at": f"{at}T09:00:00+08:00", "effective_month": month, "actor": "county", "by": "唐敏",
                },
            )  # fmt: skip

    def term(self, record: str, month: str, snapshot: Mapping[str, Any], owner: str = NORTH) -> None:
        """A decision from a month on."""
        body = {
            "owner": owner,
            "record": record,
            "from_month": month,
            "state": "approved",
            "ground": "confirm",
        }
        with self.store.writing("term") as w:
            w.put("terms", {**body, "inputs": {}, "snapshot": dict(snapshot)})

    def dibao(
        self, people: Iterable[str], owner: str = NORTH, *, month: str = "2024-01", at: str = "",
        doc: Mapping[str, Any] | None = None,
    ) -> str:  # fmt: skip
        """A household in force from a month, its members covered."""
        rows = members(people)
        whole = {"dibao_type": "2", "members": rows, "covered_size": len(rows), **(doc or {})}
        head = rows[0]["person"]
        record = self.record("dibao", whole, owner, state="draft", person=head, quantity=len(rows), kind="2")
        self.step(record, "confirmed", at or f"{month}-03", month, owner, step="confirm")
        self.term(record, month, {"members": rows, "record": {"quantity": len(rows)}}, owner)
        return record

    def pay(
        self, form: str, month: str, items: Mapping[str, int], owner: str = NORTH, *, person: str = ""
    ) -> None:
        """A locked batch: record → cents."""
        batch = new_id()
        head = {
            "id": batch,
            "owner": owner,
            "form": form,
            "month": month,
            "kind": "regular",
            "state": "locked",
        }
        with self.store.writing("batch") as w:
            w.put_many(
                "payment_batches",
                [{**head, "number": batch[-8:], "item_count": len(items), "total": sum(items.values())}],
                fresh=True,
            )
            money = {"base": 0, "extra": 0, "backpay": 0, "deduct": 0}
            w.put_many(
                "payment_items",
                [
                    {"owner": owner, "batch": batch, "record": record, "person": person or None, "month": month,
                     "period_from": month, "period_to": month, "months": 1, **money, "total": cents}
                    for record, cents in items.items()
                ],
                fresh=True, derive=False,
            )  # fmt: skip

    def came_back(self, record: str, month: str, on: str, *, again: str = "", owner: str = NORTH) -> None:
        """The bank sent a payment back on a day; `again`: the day on which it was sent again."""
        i = schema.payment_items
        with self.store.writing("return") as w:
            item = w.one(sa.select(i).where(i.c.record == record, i.c.month == month))
            assert item is not None
            w.put(
                "bank_returns",
                {
                    "owner": owner, "item": item["id"], "record": record, "attempt": 1, "reason": "3",
                    "returned_on": on, "amount": item["total"], "state": "reissued" if again else "returned",
                    "settled_on": again or None, "reissue": f"{owner}-TC-01" if again else None,
                },
            )  # fmt: skip


def members(people: Iterable[str], **more: Any) -> list[dict[str, Any]]:
    """Household rows of covered persons, the first the head."""
    return [
        {
            "key": p,
            "person": p,
            "in_covered": True,
            "leave_date": None,
            "relation": "02" if n == 0 else "39",
            **more,
        }
        for n, p in enumerate(people)
    ]
