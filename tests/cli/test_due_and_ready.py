"""record due, record ready: what the program lists by itself and what can be taken together (domain §3.3, §3.10)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from minzheng_desktop.benefits import casework
from minzheng_desktop.commands.frame import today
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number
from tests.cli.conftest import PASSWORD, TOWN, Run

OLD = make_id_number("500229", date(1934, 3, 5), 802)
VILLAGE = f"{TOWN}001"


def elder_in_force(run: Run, town: Path, tmp_path: Path) -> str:
    """Somebody who draws 高龄津贴: applied, reported, confirmed by the county."""
    content = {
        "person": {"name": "李秀英", "id_number": OLD, "phone": "19900000001", "hukou_village": VILLAGE},
        "doc": {"apply_channel": "1", "apply_date": today().isoformat(), "relative_of_staff": False,
                "town_result": "1", "town_opinion": "同意"},
    }  # fmt: skip
    path = tmp_path / "记录.json"
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    record = str(run("record", "save", path, "--form", "elder_age", db=town)["id"])
    with Store.open(town, user="王主任", password=PASSWORD) as store:
        for step in ("submit", "accept", "review", "report", "confirm", "activate"):
            asks = {"opinion": "同意", "document_no": "城民〔2024〕18号", "date": today().isoformat()}
            with store.writing(step) as w:
                casework.take_step(w, record, step, today=today(), asks=asks, actor="county")
    return record


def test_certifications_are_listed_first_and_written_when_asked(run: Run, town: Path, tmp_path: Path) -> None:
    record = elder_in_force(run, town, tmp_path)
    shown = run("record", "due", "--form", "entitlement_check", db=town)
    assert [(row["name"], row["awards"]) for row in shown["new"]] == [("李秀英", [record])]
    assert shown["written"] is False
    assert run("record", "list", "--form", "entitlement_check", db=town)["records"] == []
    run("record", "due", "--form", "entitlement_check", "--write", db=town)
    assert run("record", "due", "--form", "entitlement_check", db=town)["new"] == []
    assert len(run("record", "list", "--form", "entitlement_check", db=town)["records"]) == 1
    assert run("record", "ready", "--form", "entitlement_check", db=town)["records"] == []


def test_the_pool_is_empty_of_who_draws_no_relief(run: Run, town: Path, tmp_path: Path) -> None:
    """高龄津贴 is no relief: nobody is to be entered."""
    elder_in_force(run, town, tmp_path)
    shown = run("record", "due", "--form", "low_income_pool", "--write", db=town)
    assert (shown["new"], shown["moved"], shown["written"]) == ([], [], True)


def test_a_form_that_lists_nothing_by_itself_says_so(run: Run, town: Path) -> None:
    assert run("record", "due", "--form", "vagrant", db=town)["new"] == []
    refused = run("record", "due", "--form", "vagrant", "--write", db=town, code=1)
    assert refused["error"]["code"] == "no_schedule"
