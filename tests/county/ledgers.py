"""A county's database filled as its intake would fill it: people, records that wait, batches with frozen items."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Writing
from minzheng_desktop.values.id_number import make_id_number

XIUQI, BASHAN, GECHENG = "500229106", "500229102", "500229001"


@dataclass
class Ledgers:
    """Writes rows of any township straight into the county's database."""

    store: Store
    count: int = field(default=0)

    def person(self, w: Writing, owner: str, name: str = "", **more: Any) -> str:
        """An invented person; ``id_number`` may be given so that two townships know the same one."""
        self.count += 1
        number = more.pop("id_number", None) or make_id_number(
            "500229", date(1950, 1, 1) + timedelta(self.count // 900), self.count % 900 + 1
        )
        body = {"owner": owner, "name": name or f"测试{self.count:03d}", "id_type": "01", "id_number": number}
        return w.put("people", {**body, "sex": "1", "birth_date": "1950-01-01", **more})

    def case(
        self, w: Writing, owner: str, form: str, person: str, *, state: str = "reported", since: str = "", **more: Any
    ) -> str:  # fmt: skip
        """A record in a state; ``since`` is the month from which it is in force."""
        self.count += 1
        body = {
            "owner": owner,
            "form": form,
            "form_version": 1,
            "number": f"T{self.count:04d}",
            "person": person,
        }
        record = w.put("records", {"record_date": "2026-01-05", **body, **more})
        step: dict[str, Any] = {
            "owner": owner,
            "record": record,
            "step": "test",
            "to_state": state,
            "at": w.at,
        }
        if since:
            step["effective_month"] = since
        w.put("steps", {**step, "actor": "town", "by": "周晓岚"})
        if since:
            w.set_cache("records", ("start_month",), [(since, record)])
        return record

    def batch(
        self, w: Writing, owner: str, form: str, month: str, items: list[tuple[str, str, int]], **each: Any
    ) -> str:
        """A locked batch of ``(record, person, cents)``."""
        self.count += 1
        total = sum(cents for _, _, cents in items)
        batch = w.put(
            "payment_batches",
            {
                "owner": owner, "form": form, "month": month, "kind": "regular", "number": f"P{self.count:05d}",
                "state": "locked", "item_count": len(items), "total": total, "locked_at": w.at, "locked_by": "周晓岚",
            },
        )  # fmt: skip
        w.put_many(
            "payment_items",
            [
                {
                    "owner": owner, "batch": batch, "record": record, "person": person, "month": month,
                    "period_from": month, "period_to": month, "months": 1, "base": cents, "extra": 0, "backpay": 0,
                    "deduct": 0, "total": cents, "account_number": f"62{self.count:08d}{at:06d}", **each,
                }
                for at, (record, person, cents) in enumerate(items)
            ],
        )  # fmt: skip
        return batch
