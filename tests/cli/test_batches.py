"""batch plan, lock, explain and print, on a roster whose sums are reckoned beside the program."""

from __future__ import annotations

import csv
import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from minzheng_desktop.store.overview import audit_tail
from minzheng_desktop.store.store import Store
from tests.cli.conftest import PASSWORD, Run

MONTH = ("--form", "dibao", "--month", "2026-10")


@pytest.fixture
def paid(run: Run, town: Path, dibao_roster: Path) -> Path:
    """A township whose October is locked."""
    run("roster", "import", dibao_roster, "--form", "dibao", db=town)
    run("batch", "lock", *MONTH, "--reason", "随花名册导入", db=town)
    return town


def by_hand(dibao_roster: Path) -> Decimal:
    """Σ (635.00 − income ÷ 12 ÷ size) × size, each household rounded once (社会救助暂行办法 第十二条), over the rows
    that can enter: all but the damaged, the wrong and the repeated one."""
    from openpyxl import load_workbook

    total = Decimal(0)
    seen: set[str] = set()
    for row in load_workbook(dibao_roster)["农村低保"].iter_rows(min_row=5, values_only=True):
        if not isinstance(row[0], int) or row[0] in (12, 17) or str(row[6]) in seen:
            continue
        seen.add(str(row[6]))
        income = Decimal(str(row[10]).strip("￥元").replace(",", ""))
        total += (Decimal(635) * row[8] - income / 12).quantize(Decimal("0.01"))
    return total


def test_a_plan_adds_up_to_the_sum_by_hand(run: Run, town: Path, dibao_roster: Path) -> None:
    run("roster", "import", dibao_roster, "--form", "dibao", db=town)
    planned = run("batch", "plan", *MONTH, db=town)
    assert set(planned) == {
        "items",
        "total",
        "new",
        "stopped",
        "changed",
        "accounts_changed",
        "blocked",
        "state",
    }
    assert (planned["items"], planned["new"], planned["stopped"]) == (28, 28, 0)
    assert planned["state"] == "planned"
    assert Decimal(planned["total"]) == by_hand(dibao_roster)


def test_a_month_is_locked_once(run: Run, paid: Path) -> None:
    assert run("batch", "plan", *MONTH, db=paid)["state"] == "locked"
    again = run("batch", "lock", *MONTH, db=paid, code=1)
    assert again["error"]["code"] == "already_locked"
    november = run("batch", "plan", "--form", "dibao", "--month", "2026-11", db=paid)
    assert (november["items"], november["new"], november["changed"]) == (28, 0, 0)


def test_every_amount_explains_itself(run: Run, paid: Path) -> None:
    person = run("record", "list", "--form", "dibao", db=paid)["records"][0]
    with Store.open(paid, password=PASSWORD) as store, store.reading() as r:
        number = r.get("people", person["person"])["id_number"]
    explained = run("batch", "explain", *MONTH, "--person", number, db=paid)
    assert explained["amount"] == person["amount"]
    assert [s["name"] for s in explained["steps"]][:2] == ["人均月收入", "农村低保标准"]
    assert set(explained["steps"][0]) == {"name", "result", "formula", "source"}


def test_prints_agree_in_rows_and_total(run: Run, paid: Path, tmp_path: Path) -> None:
    total = run("batch", "plan", *MONTH, db=paid)["total"]
    for as_ in ("pdf", "xlsx", "bank-xlsx", "bank-csv"):
        out = tmp_path / f"print.{as_.rpartition('-')[2]}"
        made = run("batch", "print", *MONTH, "--as", as_, "--out", out, db=paid)
        assert made == {"file": str(out), "pages": made["pages"], "rows": 28, "total": total}
        assert out.stat().st_size > 500
        assert (made["pages"] > 0) == (as_ == "pdf")
    with Store.open(paid, password=PASSWORD) as store, store.reading() as r:
        noted = {e["detail"].get("sha256") for e in audit_tail(r)}
    assert hashlib.sha256(out.read_bytes()).hexdigest() in noted


def test_the_pdf_carries_the_sum_and_its_pages(run: Run, paid: Path, tmp_path: Path) -> None:
    import pypdfium2

    out = tmp_path / "花名册.pdf"
    made = run("batch", "print", *MONTH, "--as", "pdf", "--out", out, db=paid)
    with pypdfium2.PdfDocument(out) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document).replace(" ", "")
        assert len(document) == made["pages"]
    assert f"{Decimal(made['total']):,}" in text
    assert f"共{made['pages']}页" in text


def test_the_bank_file_keeps_accounts_as_text(run: Run, paid: Path, tmp_path: Path) -> None:
    out = tmp_path / "代发.csv"
    made = run("batch", "print", *MONTH, "--as", "bank-csv", "--out", out, db=paid)
    rows = list(csv.reader(out.read_bytes().decode("gb18030").splitlines()))
    text = "\n".join(",".join(row) for row in rows)
    assert made["total"] in text
    assert sum("62999" in cell for row in rows for cell in row) == 28


def test_an_unlocked_month_has_no_bank_file(run: Run, town: Path, dibao_roster: Path, tmp_path: Path) -> None:
    run("roster", "import", dibao_roster, "--form", "dibao", db=town)
    out = tmp_path / "代发.csv"
    refused = run("batch", "print", *MONTH, "--as", "bank-csv", "--out", out, db=town, code=1)
    assert refused["error"]["code"] == "not_locked"
    assert not out.exists()
    assert run("batch", "print", *MONTH, "--as", "pdf", "--out", tmp_path / "核对.pdf", db=town)["rows"] == 28


def test_a_form_paid_by_quarter_names_its_months(run: Run, town: Path) -> None:
    refused = run("batch", "plan", "--form", "elder_age", "--month", "2026-10", db=town, code=1)
    assert refused["error"]["code"] == "not_a_period"
    assert "2026-09" in refused["error"]["message"]
    assert "2026-12" in refused["error"]["message"]
    assert run("batch", "plan", "--form", "elder_age", "--month", "2026-13", db=town, code=1)


def test_example_rates_never_pay_for_real(run: Run, tmp_path: Path, dibao_roster: Path) -> None:
    db = tmp_path / "real.db"
    run("init", "--role", "township", "--division", "500229001", "--user", "王主任", db=db)
    run("roster", "import", dibao_roster, "--form", "dibao", db=db)
    refused = run("batch", "lock", *MONTH, "--reason", "x", db=db, code=1)
    assert refused["error"]["code"] == "example_rates"
    assert run("batch", "plan", *MONTH, db=db)["state"] == "planned"


def test_wrong_month_and_kind_are_told(run: Run, town: Path) -> None:
    assert run("batch", "plan", "--form", "dibao", "--month", "10月", db=town, code=1)["error"]["code"] == (
        "month_form"
    )
    assert run("batch", "plan", *MONTH, "--kind", "extra", db=town, code=2)["error"]["code"] == "usage"


def test_everything_about_one_person(run: Run, paid: Path, dibao_roster: Path) -> None:
    """The head of the first household: one record from the roster, one payment, and the step that brought it in."""
    from openpyxl import load_workbook

    row = next(load_workbook(dibao_roster)["农村低保"].iter_rows(min_row=5, max_row=5, values_only=True))
    number = str(row[6])
    found = run("people", "show", number, db=paid)
    assert (found["person"]["name"], found["person"]["id_number"]) == (row[5], number)
    (record,) = found["records"]
    assert (record["form"], record["role"], record["state"]) == ("dibao", "head", "active")
    assert [step["to"] for step in record["steps"]] == ["active"]
    (payment,) = found["payments"]
    assert (payment["month"], payment["record"]) == ("2026-10", record["id"])
    assert payment["total"] == f"{row[13]:.2f}"
    assert found["accounts"][0]["number"] == str(row[19])
    assert run("people", "show", "500229190001010000", db=paid, code=1)["error"]["code"] == "no_such_person"


def test_a_sheet_of_fixed_layout_is_no_word_document(run: Run, paid: Path, tmp_path: Path) -> None:
    record = run("record", "list", "--form", "dibao", "--limit", "1", db=paid)["records"][0]["id"]
    out = tmp_path / "审批表.docx"
    refused = run(
        "document", "--record", record, "--kind", "approval", "--as", "docx", "--out", out, db=paid, code=1
    )
    assert refused["error"]["code"] == "not_in_word"
    assert not out.exists()
