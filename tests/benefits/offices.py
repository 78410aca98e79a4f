"""A township office with people, households and records, written through the store's one write path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from minzheng_desktop.catalog.rates import Rate
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.store import schema, shelf
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number
from minzheng_desktop.values.ids import new_id
from tests.benefits.samples import DOC, TOWN

CHEAP = Cost(memory_kib=1024, passes=1, lanes=1)
PASSWORD = "correct horse"
USER = "周晓岚"
VILLAGE = "500229106200"
TITLES = {"dibao.rural": "农村低保标准"}


class Office:
    """A store with short verbs for what the money tests need."""

    def __init__(self, path: Path, *, demonstration: bool = False) -> None:
        self.path = path
        self.store = Store.create(
            path, role="township", division=TOWN, user=USER, password=PASSWORD, cost=CHEAP,
            demonstration=demonstration,
        )[0]  # fmt: skip
        self.sequence = 0
        self.use_rates([])

    def use_rates(self, rates: Iterable[Rate]) -> None:
        """Put rates in force that are no examples, as a county publishes them."""
        lines = [f'area = "{TOWN[:6]}"', "[rate]"]
        by_code: dict[str, list[Rate]] = {}
        for rate in rates:
            by_code.setdefault(rate.code, []).append(rate)
        for code, versions in by_code.items():
            values = ", ".join(
                f'{{ from = "{v.valid_from}", value = "{v.text}", doc = "{DOC}" }}'
                for v in sorted(versions, key=lambda v: v.valid_from)
            )
            title = TITLES.get(code, code)
            unit = versions[0].unit
            lines += [f'[rate."{code}"]', f'title = "{title}"', f'unit = "{unit}"', f"values = [ {values} ]"]
        text = "\n".join(lines)
        with self.store.writing("rates") as w:
            w.delete("catalog", schema.catalog.c.origin == "county")
            w.insert("catalog", [shelf.entry(Source("rates", "county", "county.toml", text, "county"))])
        self.store.catalog_changed()

    def add_person(self, name: str, *, birth: str = "1970-05-06", **more: Any) -> str:
        self.sequence += 1
        born = date.fromisoformat(birth)
        with self.store.writing("person") as w:
            return w.put(
                "people",
                {
                    "owner": TOWN, "name": name, "sex": "1" if self.sequence % 2 else "2", "birth_date": birth,
                    "id_number": make_id_number("500229", born, self.sequence), "reside_village": VILLAGE, **more,
                },
            )  # fmt: skip

    def change_person(self, person: str, **more: Any) -> None:
        with self.store.writing("person") as w:
            w.put("people", {"id": person, **more})

    def add_account(self, person: str, number: str = "6217001234567890123", **more: Any) -> str:
        with self.store.writing("account") as w:
            holder = w.get("people", person)
            assert holder is not None
            return w.put(
                "bank_accounts",
                {
                    "owner": TOWN,
                    "person": person,
                    "number": number,
                    "name": holder["name"],
                    "bank": "农商行",
                    **more,
                },
            )

    def add_household(self, name: str, *, members: int = 3) -> tuple[str, list[str]]:
        people = [self.add_person(name if i == 0 else f"{name}家{'甲乙丙丁戊'[i]}") for i in range(members)]
        with self.store.writing("household") as w:
            household = w.put("households", {"owner": TOWN, "head": people[0], "village": VILLAGE})
            w.put_many(
                "household_members",
                [
                    {"owner": TOWN, "household": household, "person": p, "relation": "02" if i == 0 else "39"}
                    for i, p in enumerate(people)
                ],
            )
        self.add_account(people[0], f"62170012345{self.sequence:08d}")
        return household, people

    def add_dibao(
        self, name: str, *, members: int = 3, income: int = 310 * 12 * 3 * 100, start: str = "2024-01",
        inputs: Mapping[str, Any] | None = None, paid_through: str | None = None, classified: str | None = None,
    ) -> str:  # fmt: skip
        """A household of domain §8.4 in force from a month; income in cents a year."""
        household, people = self.add_household(name, members=members)
        rows = [
            {"key": p, "person": p, "in_covered": True, "relation": "02" if i == 0 else "39", "leave_date": None,
             "classified": classified if i == 0 else None}
            for i, p in enumerate(people)
        ]  # fmt: skip
        doc = {
            "dibao_type": "2", "dibao_class": "B", "calc_mode": "1", "household_size": members,
            "covered_size": members, "income_total_year": income, "cert_no": f"DB{self.sequence:05d}",
            "apply_channel": "6" if paid_through else "1", "members": rows,
        }  # fmt: skip
        given = inputs or {
            "area": "2", "income_year": income, "size": members, "covered": members, "mode": "1", "grade": None,
            "classified": [classified] if classified else [None], "grace_from": None, "grace_to": None,
            "grace_amount": None,
        }  # fmt: skip
        return self.add_record(
            "dibao", doc, given, person=people[0], household=household, start=start, paid_through=paid_through
        )

    def add_elder(
        self, name: str, birth: str, *, start: str = "2024-01", paid_through: str | None = None
    ) -> str:
        person = self.add_person(name, birth=birth)
        self.add_account(person, f"62170012345{self.sequence:08d}")
        doc = {"apply_channel": "6" if paid_through else "1"}
        return self.add_record(
            "elder_age", doc, {"birth_date": birth}, person=person, start=start, paid_through=paid_through
        )

    def add_record(
        self, form: str, doc: Mapping[str, Any], inputs: Mapping[str, Any], *, person: str | None = None,
        household: str | None = None, start: str = "2024-01", paid_through: str | None = None,
    ) -> str:  # fmt: skip
        """A record in force from a month, with its approved term, as a confirmation leaves it."""
        record = new_id()
        with self.store.writing("record") as w:
            w.put(
                "records",
                {
                    "id": record, "owner": TOWN, "form": form, "form_version": 1, "person": person,
                    "household": household, "village": VILLAGE, "number": f"{form}-{self.sequence:06d}",
                    "doc": dict(doc), "state": "reported", "paid_through": paid_through,
                    "import_id": "import" if paid_through else None,
                },
            )  # fmt: skip
            w.put(
                "steps",
                {
                    "owner": TOWN, "record": record, "step": "confirm", "from_state": "reported",
                    "to_state": "confirmed", "at": f"{start}-03T09:00:00+08:00", "effective_month": start,
                    "actor": "county", "by": "唐敏",
                },
            )  # fmt: skip
            w.put("terms", self.term(record, start, inputs, "confirm"))
        return record

    def add_bath(self, person: str, on: str, provider: str, *, times: int = 1) -> str:
        record = new_id()
        with self.store.writing("record") as w:
            w.put(
                "records",
                {
                    "id": record, "owner": TOWN, "form": "bath", "form_version": 1, "person": person,
                    "facility": provider, "village": VILLAGE, "record_date": on, "quantity": times,
                    "doc": {"served_on": on, "times": times, "provider": provider}, "state": "registered",
                },
            )  # fmt: skip
            w.put(
                "steps",
                self.step(record, "check", "registered", "checked", at=f"{on}T10:00:00+08:00", month=on[:7]),
            )
        return record

    def add_provider(self, name: str, number: str = "50050010123456789") -> str:
        record = new_id()
        doc = {"name": name, "account": {"number": number, "name": name, "bank": "农商行"}}
        with self.store.writing("record") as w:
            w.put(
                "records",
                {
                    "id": record,
                    "owner": TOWN,
                    "form": "institution",
                    "form_version": 1,
                    "doc": doc,
                    "state": "active",
                },
            )
        return record

    def approve(self, record: str, from_month: str, inputs: Mapping[str, Any]) -> None:
        """A new decision on the amount."""
        with self.store.writing("term") as w:
            w.put("terms", self.term(record, from_month, inputs, "confirm_change"))

    def take(
        self, record: str, step: str, before: str, after: str, *, at: str, month: str | None, **ground: Any
    ) -> None:  # fmt: skip
        with self.store.writing("step") as w:
            w.put("steps", self.step(record, step, before, after, at=at, month=month, **ground))

    def void_record(self, record: str) -> None:
        with self.store.writing("void") as w:
            w.void("records", record)

    @staticmethod
    def term(record: str, month: str, inputs: Mapping[str, Any], ground: str) -> dict[str, Any]:
        return {
            "owner": TOWN, "record": record, "from_month": month, "state": "approved", "ground": ground,
            "inputs": dict(inputs),
        }  # fmt: skip

    @staticmethod
    def step(
        record: str, step: str, before: str, after: str, *, at: str, month: str | None, **ground: Any
    ) -> dict[str, Any]:
        return {
            "owner": TOWN, "record": record, "step": step, "from_state": before, "to_state": after, "at": at,
            "effective_month": month, "actor": "town", "by": USER, "ground": ground,
        }  # fmt: skip
