"""The board, what stands behind its figures, and 抽查 by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.county.ledgers import XIUQI, Ledgers
from tests.exchange.offices import PASSWORD, new_county


def test_the_board_and_a_sample(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    county = new_county(tmp_path / "county")
    made = Ledgers(county.store)
    with county.store.writing("test") as w:
        waiting = [made.case(w, XIUQI, "tekun", made.person(w, XIUQI)) for _ in range(2)]
        paid = made.case(w, XIUQI, "dibao", made.person(w, XIUQI), state="active", since="2026-01")
        batch = made.batch(w, XIUQI, "dibao", "2026-06", [(paid, made.person(w, XIUQI), 63_500)])
    county.store.close()
    bureau = county.folder / "县局.mz"

    told = run("county", "board", "--month", "2026-06", db=bureau)
    assert (told["reported"], told["total"], told["before_same_towns"]) == (1, "635.00", "0.00")
    own = next(one for one in told["towns"] if one["division"] == XIUQI)
    assert (own["total"], own["waiting"], own["missing"], own["reported"]) == ("635.00", 2, [], True)
    behind = run(
        "county", "board", "--month", "2026-06", "--behind", "ledger", "--division", XIUQI, db=bureau
    )
    assert (behind["count"], behind["total"], behind["lines"][0]["id"]) == (1, "635.00", batch)
    items = run("county", "board", "--behind", "items", "--batch", batch, db=bureau)
    assert (items["total"], items["lines"][0]["record"]) == ("635.00", paid)
    assert run("county", "board", "--behind", "money", db=bureau, code=1)["error"]["code"] == "unknown_figure"

    drawn = run("county", "sample", "--form", "tekun", db=bureau)
    assert (drawn["of"], len(drawn["picked"]), drawn["percent"]) == (2, 1, "30")
    (picked,) = drawn["picked"]
    assert [one["check"] for one in drawn["samples"]] == [None]
    how = ("--as", "confirm", "--text", "同意", "--number", "31号")
    assert run("county", "decide", *waiting, *how, db=bureau, code=1)["error"]["code"] == "cannot_decide"
    told = run(
        "county",
        "sample",
        "--check",
        picked,
        "--way",
        "phone",
        "--on",
        "2026-06-17",
        "--by",
        "李红",
        db=bureau,
    )
    assert told["samples"][0]["check"] == {
        "way": "phone", "on": "2026-06-17", "by": "李红", "result": "holds", "note": "",
    }  # fmt: skip
    assert run("county", "decide", *waiting, *how, db=bureau)["decided"] == 2


def test_the_radar_in_yuan(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    county = new_county(tmp_path / "county")
    made = Ledgers(county.store)
    with county.store.writing("test") as w:
        for cents in (11_000, 9_000):
            person = made.person(w, XIUQI)
            record = made.case(w, XIUQI, "djr_care", person, state="active", since="2026-01")
            made.batch(
                w, XIUQI, "djr_care", "2026-06", [(record, person, cents)], account_number="6217000000001"
            )
    county.store.close()
    told = run("county", "radar", "--month", "2026-06", db=county.folder / "县局.mz")
    (case,) = (one for one in told["cases"] if one["kind"] == "shared")
    # 110.00 + 90.00 into one account
    assert (case["amount"], case["state"], case["division"]) == ("200.00", "open", XIUQI)
    assert {"division": XIUQI, "kind": "shared", "cases": 1, "amount": "200.00"} in told["sums"]
    assert run("county", "radar", "--month", "2026-13", db=county.folder / "县局.mz", code=1)
