"""What goes down by command: bulletins, forms with their preview, findings and the answers to them."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import TOWN, Run
from tests.cli.test_handover import receive, sent
from tests.county.test_publishing import CODES, FORM, OVERLAY, write

__all__ = ["sent"]


def test_forms_and_findings_go_down_and_answers_up(
    run: Run, sent: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    town, county, package = sent
    (first,) = receive(run, county, package)
    run("receipt", "apply", first["receipt"], db=town)
    folder = write(tmp_path / "县", 高龄=OVERLAY, 代码=CODES, 电扇=FORM)
    tried = run("forms", "publish", folder, "--dry-run", db=county)
    assert (tried["published"], len(tried["entries"])) == (0, 3)
    assert run("forms", "publish", folder, db=county)["published"] == 3
    again = run("forms", "publish", folder, db=county)
    assert (again["published"], len(again["unchanged"])) == (0, 3)
    wrong = write(tmp_path / "错", 电扇=FORM.replace('"register"', '"registre"'))
    assert "没有下发任何内容" in run("forms", "publish", wrong, db=county, code=1)["error"]["message"]
    assert "县局" in run("forms", "publish", folder, db=town, code=1)["error"]["message"]

    (warning, *_rest) = [
        one for one in run("check", "--month", "2026-10", db=county)["findings"] if one["division"] == TOWN
    ]
    out = tmp_path / "下发"
    written = run("county", "bulletin", "--division", TOWN, "--out", out, db=county)["written"]
    assert [(one["number"], one["catalog"]) for one in written] == [(1, 3)]
    assert written[0]["findings"] >= 1
    (file,) = out.glob("*.mzbul")
    read = run("bulletin", "read", file, db=town)
    assert (read["number"], read["known"], read["findings"]) == (1, False, written[0]["findings"])
    assert run("bulletin", "read", file, db=town)["known"]

    offered = run("forms", "offered", db=town)
    assert len(offered["entries"]) == 3
    assert any(one["subject"] == "送电扇" and one["what"] == "new" for one in offered["differences"])
    assert run("forms", "accept", db=town)["adjusts"] == []
    assert run("forms", "offered", db=town)["entries"] == []
    assert run("forms", "accept", db=town, code=1)["error"]["code"] == "nothing_offered"

    told = {one["id"]: one for one in run("finding", "list", db=town)["findings"]}
    assert told[warning["id"]]["state"] == "told"
    answer = ("finding", "answer", warning["id"], "--as", "explained")
    assert run(*answer, "--text", "已核对", db=town)["answered"] == 1
    run("finding", "answer", "没有", "--as", "mended", "--text", "x", db=town, code=1)
    run("export", "--out", package.parent, db=town)
    receive(run, county, *sorted(package.parent.glob("*.mzpkg")))
    seen = run("county", "bulletin", db=county)["towns"]
    assert [one["read"] for one in seen if one["division"] == TOWN] == [True]
    (back,) = run("county", "answers", db=county)["answers"]
    assert (back["finding"], back["as"], back["text"]) == (warning["id"], "explained", "已核对")
    text = () if warning["severity"] == "warning" else ("--text", "县级特批")
    assert run("county", "answers", "--accept", warning["id"], *text, db=county)["accepted"] == 1
    (_, second) = receive(run, county, *sorted(package.parent.glob("*.mzpkg")))
    run("receipt", "apply", second["receipt"], db=town)
    told = {one["id"]: one for one in run("finding", "list", db=town)["findings"]}
    assert told[warning["id"]]["state"] == "agreed"
