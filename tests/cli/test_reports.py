"""`minzheng county report`, `county fact` and `report monthly` on an office of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from minzheng_desktop.cli import run
from tests.reports.offices import PASSWORD, County


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    county = County(tmp_path / "县局.mz")
    county.dibao([county.person("甲一"), county.person("甲二")])
    county.store.close()
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    return tmp_path / "县局.mz"


def test_report_fact_and_monthly(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--db", str(database), "--json"]
    fact = ["--key", "visit_mechanism", "--value", "1", "--note", "城民发〔2024〕9号", "--on", "2024-12-30"]
    assert run(["county", "fact", *fact, *at]) == 0
    capsys.readouterr()
    out = tmp_path / "报告.json"
    assert run(["county", "report", "--year", "2024", "--as", "json", "--out", str(out), *at]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["indicators"]["dibao_persons"]["value"] == 2
    assert said["indicators"]["visit_mechanism"]["value"] == 1
    assert json.loads(out.read_text("utf-8"))["indicators"] == said["indicators"]
    book = tmp_path / "月报.xlsx"
    assert run(["report", "monthly", "--month", "2024-01", "--as", "xlsx", "--out", str(book), *at]) == 0
    line = json.loads(capsys.readouterr().out)["lines"]["dibao_rural"]
    assert line["added"] == line["current"] == {"households": 1, "persons": 2}
    assert book.exists()


def test_wrong_times_and_facts_are_refused(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--db", str(database), "--json"]
    assert run(["report", "monthly", "--month", "2024-13", *at]) == 1
    assert "要写成 2024-06 这样" in capsys.readouterr().err
    assert run(["county", "fact", "--key", "visit_mechanism", "--value", "一", "--note", "无", *at]) == 1
    assert "不是数" in capsys.readouterr().err
