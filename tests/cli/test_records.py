"""record save, show, list and step: money as text, the registers filled, the workflow kept."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from minzheng_desktop.values.id_number import make_id_number
from tests.cli.conftest import TOWN, Run

VILLAGE = f"{TOWN}001"
OLD = make_id_number("500229", date(1942, 3, 5), 802)
HUSBAND = make_id_number("500229", date(1971, 6, 1), 301)
WIFE = make_id_number("500229", date(1973, 9, 9), 302)

ELDER: dict[str, Any] = {
    "person": {"name": "李秀英", "id_number": OLD, "phone": "19900000001", "hukou_village": VILLAGE},
    "account": {"number": "6299900000000000017", "bank": "重庆农村商业银行"},
    "doc": {
        "apply_channel": "1",
        "apply_date": "2026-10-20",
        "apply_reason": "年满八十",
        "relative_of_staff": "否",
    },
}
FAMILY: dict[str, Any] = {
    "household": {
        "village": VILLAGE,
        "address": "3组21号",
        "members": [
            {"name": "覃国强", "id_number": HUSBAND, "relation": "02", "hukou_village": VILLAGE},
            {"name": "向桂花", "id_number": WIFE, "relation": "10", "hukou_village": VILLAGE},
        ],
    },
    "doc": {
        "apply_channel": "1",
        "apply_date": "2026-10-20",
        "apply_reason": "因病致贫",
        "relative_of_staff": False,
        "dibao_type": "农村",
        "poverty_cause": "因病",
        "incomes": [
            {"member": HUSBAND, "kind": "1", "source": "零工", "annual_amount": "9600.00", "counted": True}
        ],
    },
}


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "记录.json"
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def test_a_record_brings_its_person_and_account(run: Run, town: Path, tmp_path: Path) -> None:
    saved = run("record", "save", written(tmp_path, ELDER), "--form", "elder_age", db=town)
    assert saved["form"] == "elder_age"
    assert saved["state"] == "draft"
    assert saved["doc"]["account"]["number"] == "6299900000000000017"
    assert saved["doc"]["account"]["name"] == "李秀英"
    assert saved["doc"]["relative_of_staff"] is False
    person = run("people", "find", OLD, db=town)["people"][0]
    assert (person["name"], person["birth_date"], person["sex"]) == ("李秀英", "1942-03-05", "2")
    assert saved["person"] == person["id"]


def test_shown_edited_saved_is_a_round_trip(run: Run, town: Path, tmp_path: Path) -> None:
    saved = run("record", "save", written(tmp_path, FAMILY), "--form", "dibao", db=town)
    assert saved["doc"]["incomes"][0]["annual_amount"] == "9600.00"
    assert saved["doc"]["income_total_year"] == "9600.00"
    assert saved["doc"]["dibao_type"] == "2"
    assert len(saved["doc"]["members"]) == 2
    shown = run("record", "show", saved["id"], db=town)
    assert shown["doc"] == saved["doc"]
    edited = {
        "id": shown["id"],
        "revision": shown["revision"],
        "doc": {**shown["doc"], "apply_reason": "因残"},
    }
    again = run("record", "save", written(tmp_path, edited), "--form", "dibao", db=town)
    assert again["id"] == saved["id"]
    assert again["doc"]["apply_reason"] == "因残"
    assert len(run("record", "list", "--form", "dibao", db=town)["records"]) == 1


def test_a_record_changed_meanwhile_is_not_overwritten(run: Run, town: Path, tmp_path: Path) -> None:
    saved = run("record", "save", written(tmp_path, ELDER), "--form", "elder_age", db=town)
    edited = {"id": saved["id"], "revision": saved["revision"], "doc": {**saved["doc"], "apply_reason": "一"}}
    run("record", "save", written(tmp_path, edited), "--form", "elder_age", db=town)
    edited["doc"]["apply_reason"] = "二"
    refused = run("record", "save", written(tmp_path, edited), "--form", "elder_age", db=town, code=1)
    assert refused["error"]["code"] == "changed_meanwhile"


def test_money_as_a_number_is_refused_with_its_place(run: Run, town: Path, tmp_path: Path) -> None:
    wrong = json.loads(json.dumps(FAMILY))
    wrong["doc"]["incomes"][0]["annual_amount"] = 9600
    wrong["doc"]["no_such_field"] = "x"
    refused = run("record", "save", written(tmp_path, wrong), "--form", "dibao", db=town, code=1)
    assert {p["path"] for p in refused["problems"]} == {"incomes.0.annual_amount", "no_such_field"}
    assert run("record", "list", "--form", "dibao", db=town)["records"] == []
    assert run("people", "find", HUSBAND, db=town)["people"] == []


def test_a_file_that_is_no_record_is_refused(run: Run, town: Path, tmp_path: Path) -> None:
    for content in ([1, 2], {"doc": {}, "colour": "red"}, {"doc": []}):
        refused = run("record", "save", written(tmp_path, content), "--form", "dibao", db=town, code=1)
        assert refused["error"]["code"] == "not_a_record_file"
    assert run("record", "save", written(tmp_path, ELDER), "--form", "tea", db=town, code=1)["error"][
        "code"
    ] == ("unknown_form")


def test_steps_move_a_record_and_say_what_is_missing(run: Run, town: Path, tmp_path: Path) -> None:
    saved = run("record", "save", written(tmp_path, FAMILY), "--form", "dibao", db=town)
    submitted = run("record", "step", saved["id"], "submit", db=town)
    assert submitted["state"] == "submitted"
    assert [s["step"] for s in submitted["steps"]] == ["start", "submit"]
    refused = run("record", "step", saved["id"], "report", db=town, code=1)
    assert refused["error"]["code"] == "step_not_possible"
    run("record", "step", saved["id"], "accept", db=town)
    refused = run("record", "step", saved["id"], "correct", db=town, code=1)
    assert [p["path"] for p in refused["problems"]] == ["reason"]
    corrected = run("record", "step", saved["id"], "correct", "--set", "reason=缺诊断证明", db=town)
    assert corrected["steps"][-1]["ground"]["reason"] == "缺诊断证明"
    assert [
        r["id"] for r in run("record", "list", "--form", "dibao", "--status", "待补正", db=town)["records"]
    ]
    assert run("record", "list", "--form", "dibao", "--status", "active", db=town)["records"] == []


def test_an_unknown_status_is_wrong_usage(run: Run, town: Path) -> None:
    assert (
        run("record", "list", "--form", "dibao", "--status", "绿", db=town, code=2)["error"]["code"]
        == "usage"
    )


def test_an_unknown_record_is_told(run: Run, town: Path) -> None:
    assert run("record", "show", "nothing", db=town, code=1)["error"]["code"] == "no_such_record"


def test_files_are_named_by_path_and_kept_sealed(run: Run, town: Path, tmp_path: Path) -> None:
    scan = tmp_path / "户口本.png"
    scan.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    content = {**ELDER, "doc": {**ELDER["doc"], "papers": [str(scan)]}}
    saved = run("record", "save", written(tmp_path, content), "--form", "elder_age", db=town)
    assert saved["doc"]["papers"] == [hashlib.sha256(scan.read_bytes()).hexdigest()]
    (sealed,) = (town.parent / f"{town.name}.files").iterdir()
    assert sealed.name == hashlib.sha256(sealed.read_bytes()).hexdigest()
    backed = run("backup", "--out", tmp_path / "a.mzbak", db=town)
    assert backed["attachments"] == 1
