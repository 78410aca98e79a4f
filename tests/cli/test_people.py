"""people find: by name, initials, digits of the number, phone; only the living rows; audited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number
from tests.cli.conftest import PASSWORD, TOWN, Run

NUMBER = make_id_number("500229", __import__("datetime").date(1942, 3, 5), 802)


@pytest.fixture
def peopled(town: Path) -> Path:
    with Store.open(town, password=PASSWORD) as store, store.writing("fill") as w:
        body = {
            "owner": TOWN,
            "name": "古丽娜尔·艾山",
            "id_number": NUMBER,
            "sex": "2",
            "birth_date": "1942-03-05",
            "phone": "19900001234",
            "reside_village": f"{TOWN}001",
        }
        w.put("people", body)
        w.put("people", {"owner": TOWN, "name": "王国强", "id_missing_reason": "unregistered"})
        gone = w.put("people", {"owner": TOWN, "name": "王国强", "id_missing_reason": "unregistered"})
        w.void("people", gone)
    return town


@pytest.mark.parametrize(
    "text",
    ["古丽娜尔·艾山", "古丽娜尔艾山", "古丽", "glne", NUMBER, NUMBER[:10], NUMBER[-4:], "1234", "1990000"],
)
def test_a_person_is_found_as_a_clerk_types(run: Run, peopled: Path, text: str) -> None:
    found = run("people", "find", text, db=peopled)["people"]
    assert len(found) == 1
    person = found[0]
    assert person.pop("id")
    assert person == {
        "name": "古丽娜尔·艾山",
        "id_number": NUMBER,
        "sex": "2",
        "birth_date": "1942-03-05",
        "village": f"{TOWN}001",
    }


def test_void_rows_are_not_found(run: Run, peopled: Path) -> None:
    assert len(run("people", "find", "王国强", db=peopled)["people"]) == 1
    assert run("people", "find", "没有这个人", db=peopled) == {"people": []}


def test_looking_is_audited(run: Run, peopled: Path) -> None:
    run("people", "find", "王国强", db=peopled)
    with Store.open(peopled, password=PASSWORD) as store, store.reading() as r:
        from minzheng_desktop.store.overview import audit_tail

        actions = [entry["action"] for entry in audit_tail(r)]
    assert "reveal_people" in actions


def test_people_read_lines_not_json(
    peopled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from minzheng_desktop import cli

    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    assert cli.run(["people", "find", "古丽", "--db", str(peopled)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("古丽娜尔·艾山  女  1942-03-05  ")
    with pytest.raises(json.JSONDecodeError):
        json.loads(out)
