"""forms check and rates: what the program knows, and what it refuses to learn."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run

RATE = """
area = "500229"
[rate."dibao.rural"]
title = "农村低保标准"
unit = "yuan_per_person_month"
values = [ { from = "2025-09-01", value = "650.00", doc = "城民政发〔2025〕9号" } ]
"""


def rural(rates: list[dict[str, object]]) -> dict[str, object]:
    return next(rate for rate in rates if rate["code"] == "dibao.rural")


def test_the_shipped_forms_are_without_fault(run: Run) -> None:
    checked = run("forms", "check")
    assert checked["problems"] == []
    assert checked["ok"] is True
    assert {"dibao", "elder_age", "bath", "tekun"} <= set(checked["forms"])


def test_a_mistake_is_told_with_file_line_and_nearest_word(run: Run, root: Path, tmp_path: Path) -> None:
    text = (root / "forms" / "elderly" / "bath.toml").read_text("utf-8")
    (tmp_path / "elderly").mkdir()
    broken = text.replace('type = "integer"', 'type = "intger"', 1)
    assert broken != text
    (tmp_path / "elderly" / "bath.toml").write_text(broken, "utf-8")
    checked = run("forms", "check", tmp_path)
    assert checked["ok"] is False
    assert "bath" not in checked["forms"]
    assert "dibao" in checked["forms"]
    problem = checked["problems"][0]
    assert problem["file"].endswith("bath.toml")
    assert problem["line"] > 1
    assert "integer" in problem["message"]


def test_an_empty_folder_is_nothing_to_check(run: Run, tmp_path: Path) -> None:
    assert run("forms", "check", tmp_path, code=1)["error"]["code"] == "folder.empty"
    assert run("forms", "check", tmp_path / "absent", code=1)["error"]["code"] == "folder.missing"


def test_a_county_brings_a_rate_into_force(run: Run, county: Path, tmp_path: Path) -> None:
    file = tmp_path / "2025.toml"
    file.write_text(RATE, "utf-8")
    assert rural(run("rates", "list", db=county)["rates"])["example"] is True
    done = run("rates", "import", file, db=county)
    assert done["changed"] is True
    assert [r["code"] for r in done["imported"]] == ["dibao.rural"]
    assert rural(done["rates"]) == {
        "code": "dibao.rural",
        "title": "农村低保标准",
        "value": "650.00",
        "unit": "yuan_per_person_month",
        "area": "500229",
        "valid_from": "2025-09-01",
        "doc": "城民政发〔2025〕9号",
        "example": False,
        "origin": "county",
    }
    assert rural(run("rates", "list", db=county)["rates"])["value"] == "650.00"
    assert run("rates", "import", file, db=county)["changed"] is False


def test_a_township_without_a_county_imports_its_own(run: Run, town: Path, tmp_path: Path) -> None:
    file = tmp_path / "2025.toml"
    file.write_text(RATE, "gb18030")
    assert rural(run("rates", "import", file, db=town)["rates"])["origin"] == "local"


def test_a_file_with_one_mistake_is_refused_whole(run: Run, county: Path, tmp_path: Path) -> None:
    file = tmp_path / "2025.toml"
    good = '[rate."elder.x"]\ntitle="x"\nunit="yuan"\nvalues=[{from="2025-01-01", value="1.00"}]\n'
    file.write_text(RATE.replace("650.00", "650.001") + good, "utf-8")
    refused = run("rates", "import", file, db=county, code=1)
    assert refused["problems"][0]["path"].startswith("rate.dibao.rural")
    assert rural(run("rates", "list", db=county)["rates"])["value"] != "650.00"


def test_a_rate_that_another_file_states_is_refused(run: Run, county: Path, tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(
            RATE.replace("650.00", "651.00" if name == "b.toml" else "650.00"), "utf-8"
        )
    run("rates", "import", tmp_path / "a.toml", db=county)
    refused = run("rates", "import", tmp_path / "b.toml", db=county, code=1)
    assert "a.toml" in refused["error"]["message"]
    assert rural(run("rates", "list", db=county)["rates"])["value"] == "650.00"
