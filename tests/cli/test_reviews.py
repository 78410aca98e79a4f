"""`minzheng review` and `minzheng discover` as a clerk runs them, over a small township."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from minzheng_desktop.commands.frame import today
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.dates import add_months, month_of
from minzheng_desktop.values.id_number import make_id_number
from tests.cli.conftest import PASSWORD, TOWN, Run


def put(town: Path, table: str, **body: Any) -> str:
    with Store.open(town, password=PASSWORD) as store, store.writing("test") as w:
        return w.put(table, body)


def person(town: Path, name: str, born: date, sequence: int, **more: Any) -> str:
    number = make_id_number("500229", born, sequence)
    return put(
        town, "people", owner=TOWN, name=name, sex="1", birth_date=born.isoformat(), id_number=number, **more
    )


def years_ago(years: int, *, days: int = 0) -> date:
    day = today() + timedelta(days=days)
    return day.replace(year=day.year - years, day=min(day.day, 28))


def elder(town: Path, who: str, start: str) -> str:
    """高龄津贴 in force, as a roster brings it."""
    record = put(
        town, "records", owner=TOWN, form="elder_age", form_version=1, person=who, number="GL-1",
        doc={"apply_channel": "6"}, state="active", paid_through=start, import_id="import",
    )  # fmt: skip
    put(
        town, "steps", owner=TOWN, record=record, step="start", to_state="active",
        at=f"{start}-03T09:00:00+08:00", effective_month=start, actor="town", by="王主任",
    )  # fmt: skip
    return record


def test_a_death_is_listed_and_confirmed(run: Run, town: Path) -> None:
    """Died last month: 次月停, so this month is the first without payment (domain §8.2)."""
    last_month = add_months(month_of(today()), -1)
    who = person(town, "吴道芸", date(1940, 2, 3), 2, alive_status="2", death_date=f"{last_month}-15")
    record = elder(town, who, add_months(last_month, -6))
    (found,) = run("review", "list", db=town)["closings"]
    assert (found["kind"], found["record"], found["stop_month"]) == ("stop", record, month_of(today()))
    assert (found["overpaid"], found["months"], found["blocked"]) == ("0.00", [], None)
    (done,) = run("review", "confirm", found["id"], db=town)["confirmed"]
    assert (done["done"], done["state"], done["recovery"]) == (True, "stopped", None)
    assert run("review", "list", db=town)["closings"] == []
    assert run("record", "show", record, db=town)["state"] == "stopped"
    assert run("review", "confirm", found["id"], db=town, code=1)["error"]["code"] == "no_such_proposal"
    assert run("review", "list", "--month", "2026-13", db=town, code=1)["error"]["code"] == "month_form"


def test_a_review_is_listed_by_month_and_noted(run: Run, town: Path) -> None:
    child = person(town, "冉小芳", years_ago(18, days=40), 4)
    due = years_ago(18, days=40).replace(year=today().year).isoformat()
    due = f"{(today() + timedelta(days=40)).year}{due[4:]}"
    put(
        town, "records", owner=TOWN, form="orphan", form_version=1, person=child, number="GE-1",
        doc={"apply_channel": "6", "turns_18": due}, state="active",
    )  # fmt: skip
    (found,) = run("review", "list", db=town)["reviews"]
    assert (found["form"], found["due"], found["late"], found["state"]) == ("orphan", due, False, "open")
    assert run("review", "confirm", found["id"], db=town)["noted"] == 1
    assert [one["state"] for one in run("review", "list", db=town)["reviews"]] == ["taken"]


def test_who_is_missing_out(run: Run, town: Path) -> None:
    for sequence, name in enumerate(("向甲", "向乙", "向丙"), start=6):
        person(town, name, years_ago(80, days=-1), sequence * 2)
    found = {one["name"]: one for one in run("discover", db=town)["suggestions"]}
    assert set(found) == {"向甲", "向乙", "向丙"}
    first = found["向甲"]
    assert {"rule", "person", "form", "reason"} <= first.keys()
    assert (first["rule"], first["form"], first["state"]) == ("elder_80", "elder_age", "open")
    assert "满80周岁" in first["reason"]
    (begun,) = run("discover", "accept", first["id"], db=town)["accepted"]
    assert run("record", "show", begun["record"], db=town)["state"] == "draft"
    until = (today() + timedelta(days=30)).isoformat()
    assert run("discover", "postpone", found["向乙"]["id"], "--until", until, db=town)["postponed"] == 1
    why = "已在邻县享受"
    assert run("discover", "dismiss", found["向丙"]["id"], "--reason", why, db=town)["dismissed"] == 1
    assert run("discover", db=town)["suggestions"] == []
    kept = {one["name"]: one for one in run("discover", "--all", db=town)["suggestions"]}
    assert (kept["向乙"]["state"], kept["向丙"]["state"], kept["向丙"]["answer"]) == (
        "postponed",
        "dismissed",
        why,
    )
    assert run("discover", "--rule", "elder_90", db=town)["suggestions"] == []
    assert run("discover", "--rule", "elder90", db=town, code=1)["error"]["code"] == "unknown_rule"
