"""What waits for the county, and what a township set aside, by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from minzheng_desktop.county.replies.decisions import decide
from tests.cli.conftest import Run
from tests.exchange.offices import PASSWORD, join, new_county, new_town
from tests.exchange.test_receipt import again, hand_over


def test_a_decision_waits_is_set_aside_and_the_reason_is_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    county, town = new_county(tmp_path / "county"), new_town(tmp_path / "town")
    join(town, county)
    record = town.add_reported_elder()
    town.apply(hand_over(town, county))
    county.store.close()
    bureau, office = county.folder / "县局.mz", tmp_path / "town" / "乡镇.mz"
    (waiting,) = run("county", "waiting", db=bureau)["waiting"]
    assert (waiting["record"], waiting["form"], waiting["may"]) == (
        record,
        "elder_age",
        ["confirm", "return", "deny"],
    )
    county.store = type(town.store).open(bureau, password=PASSWORD)
    (decision,) = decide(county.store, [record], kind="return", text="缺户口簿", number="").ids
    with town.store.writing("test") as w:
        town.move(w, record, "withdraw", "withdrawn")
    town.apply(again(town, county))
    town.store.close()
    (told,) = run("decision", "list", db=office)["decisions"]
    assert (told["id"], told["state_then"], told["state_now"], told["changed"]) == (
        decision,
        "已上报",
        "已撤回",
        [],
    )
    assert [step["step"] for step in told["steps_since"]] == ["申请人撤回"]
    run("decision", "dismiss", decision, "--reason", "申请人已撤回", db=office)
    town.store = type(county.store).open(office, password=PASSWORD)
    hand_over(town, county)
    town.store.close()
    county.store.close()
    listed = run("county", "waiting", db=bureau)
    assert listed["waiting"] == []
    assert [(one["decision"], one["reason"], one["by"]) for one in listed["set_aside"]] == [
        (decision, "申请人已撤回", "唐敏")
    ]
