"""A household without its dead, proposed in a township, decided at the county, agreed by the receipt."""

from __future__ import annotations

from datetime import date

from minzheng_desktop.benefits.closing_steps import confirm_closings
from minzheng_desktop.benefits.closings import find_closings
from minzheng_desktop.county.replies.decisions import decide, waiting_records
from minzheng_desktop.store import households, records
from minzheng_desktop.values.id_number import make_id_number
from tests.exchange.offices import TODAY, County, Town, person


def household(town: Town) -> tuple[str, list[str]]:
    """A couple and a grandson in 低保 since January, as a roster brings them: the wife earns nothing."""
    owner = town.store.site.division
    born = {"冉光明": date(1950, 5, 1), "何秀英": date(1946, 6, 1), "冉小山": date(2014, 7, 1)}
    with town.store.writing("household") as w:
        ids = [
            w.put("people", person(owner, name, make_id_number("500229", day, 2), birth_date=day.isoformat()))
            for name, day in born.items()
        ]
        relations = ("02", "10", "41")
        home = households.save_household(
            w, {"owner": owner, "head": ids[0]},
            [{"person": p, "relation": relation} for p, relation in zip(ids, relations, strict=True)],
        )  # fmt: skip
        rows = [
            {"key": p, "person": p, "relation": relation, "in_covered": True}
            for p, relation in zip(ids, relations, strict=True)
        ]
        doc = {
            "apply_channel": "6", "dibao_type": "2", "calc_mode": "1", "members": rows,
            "incomes": [
                {"key": "1", "member": ids[0], "kind": "1", "annual_amount": 720_000, "counted": True}
            ],
        }  # fmt: skip
        record = w.put(
            "records",
            {
                "owner": owner, "form": "dibao", "form_version": 1, "person": ids[0], "household": home,
                "number": "DB-1", "doc": doc, "paid_through": "2026-08", "import_id": "import",
            },
        )  # fmt: skip
        w.put(
            "steps",
            {
                "owner": owner, "record": record, "step": "start", "to_state": "active", "actor": "town", "by": "唐敏",
                "at": "2026-09-01T09:00:00+08:00", "effective_month": "2026-01",
            },
        )  # fmt: skip
        inputs = {"area": "2", "income_year": 720_000, "size": 3, "covered": 3, "mode": "1"}
        w.put(
            "terms",
            {
                "owner": owner,
                "record": record,
                "from_month": "2026-01",
                "state": "approved",
                "inputs": inputs,
            },
        )
    return record, ids


def test_the_county_agrees_to_a_household_without_its_dead(town: Town, county: County) -> None:
    """Died on the first of the month before last: the month after it is the first of the new sum, whenever decided."""
    record, people = household(town)
    died = TODAY.replace(year=2026, month=8, day=1)
    with town.store.writing("death") as w:
        w.put("people", {"id": people[0], "death_date": died.isoformat(), "alive_status": "2"})
    with town.store.reading() as r:
        (found,) = find_closings(r, today=TODAY)
    assert (found.kind, found.stop_month, found.heir) == ("members", "2026-09", people[1])
    (done,) = confirm_closings(town.store, [found.id], today=TODAY)
    assert done.done, done.message

    first = town.export()
    assert first.file is not None
    assert county.receive(first.file)[0].status == "applied"
    with county.store.reading() as r:
        (waiting,) = waiting_records(r)
    assert (waiting.record, waiting.kinds) == (record, ("confirm", "deny"))
    decide(county.store, [record], kind="confirm", text="同意", number="城民〔2026〕31号")
    receipt = county.receive(first.file)[0].receipt
    applied = town.apply(receipt)
    assert applied.decisions.taken

    assert town.state(record) == "active"
    with town.store.reading() as r:
        row = records.load_record(r, record)
        terms = [
            (t["from_month"], t["state"], t["inputs"].get("covered")) for t in records.terms_of(r, record)
        ]
        head = (r.get("households", row["household"]) or {})["head"]
        assert find_closings(r, today=TODAY) == []
    assert terms == [("2026-01", "approved", 3), ("2026-09", "approved", 2)]
    assert (row["person"], head) == (people[1], people[1])
    change = row["doc"]["changes"][-1]
    assert (change["ground"], change["effective_month"]) == ("head", "2026-09")
    # what the township now is travels back whole
    second = town.export()
    assert second.file is not None
    assert county.receive(second.file)[0].status == "applied"
    with county.store.reading() as r:
        there = records.load_record(r, record)
    assert (there["person"], there["state"]) == (people[1], "active")
