"""`minzheng returns` as a clerk runs it, over a township whose October is locked."""

from __future__ import annotations

import csv
import hashlib
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.commands.frame import today
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from tests.cli.conftest import PASSWORD, TOWN, Run

MONTH = ("--form", "dibao", "--month", "2026-10")


@pytest.fixture
def paid(run: Run, town: Path, dibao_roster: Path) -> Path:
    run("roster", "import", dibao_roster, "--form", "dibao", db=town)
    run("batch", "lock", *MONTH, "--reason", "随花名册导入", db=town)
    return town


def payments(town: Path) -> list[dict[str, Any]]:
    i = schema.payment_items
    with Store.open(town, password=PASSWORD) as store, store.reading() as r:
        return r.rows(sa.select(i).order_by(i.c.id))


def account(town: Path, person: str, number: str, name: str) -> None:
    with Store.open(town, password=PASSWORD) as store, store.writing("account") as w:
        body = {"owner": TOWN, "person": person, "number": number, "name": name, "changed_by": "唐敏"}
        w.put("bank_accounts", {**body, "valid_from": today().isoformat()})


def test_registered_mended_sent_again_and_shown(run: Run, paid: Path, tmp_path: Path) -> None:
    """The money of one payment is waiting, then sent again; November is planned to the same cent before and after."""
    first = payments(paid)[0]
    number, amount = first["row"]["_id_number"], Decimal(first["total"]) / 100
    november = run("batch", "plan", "--form", "dibao", "--month", "2026-11", db=paid)
    (one,) = run(
        "returns", "register", *MONTH, "--person", number, "--reason", "3", "--words", "账户已销户", db=paid
    )["registered"]
    assert (one["state"], Decimal(one["amount"]), one["reason_title"]) == ("returned", amount, "销户")
    listed = run("returns", "list", db=paid)
    assert (listed["waiting"], Decimal(listed["waiting_total"])) == (1, amount)
    assert "改了账户再重发" in listed["returns"][0]["blocked"]
    shown = run("people", "show", number, db=paid)["payments"]
    assert [back["state"] for p in shown for back in p["returns"]] == ["returned"]
    refused = run("returns", "reissue", "--out", tmp_path / "a.csv", db=paid, code=1)
    assert refused["error"]["code"] == "nothing_to_reissue"
    account(paid, first["person"], "6217001234567778889", first["row"]["_name"])
    out = tmp_path / "退票重发.csv"
    made = run("returns", "reissue", "--out", out, "--as", "bank-csv", one["id"], db=paid)
    assert (made["count"], Decimal(made["total"])) == (1, amount)
    assert made["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    rows = list(csv.reader(io.StringIO(out.read_bytes().decode("gb18030"))))
    assert (rows[1][2], Decimal(rows[1][5]), Decimal(rows[2][5])) == ("6217001234567778889", amount, amount)
    later = run("batch", "plan", "--form", "dibao", "--month", "2026-11", db=paid)
    assert later == november | {"accounts_changed": 1}, "the account is another one, the money is the same"
    (now,) = run("returns", "list", "--state", "reissued", db=paid)["returns"]
    assert (now["reissue"], now["new_account"]) == (made["number"], "6217001234567778889")
    run(
        "returns",
        "reissue",
        "--again",
        made["number"],
        "--out",
        tmp_path / "b.csv",
        "--as",
        "bank-csv",
        db=paid,
    )
    assert (tmp_path / "b.csv").read_bytes() == out.read_bytes()
    sheet = ("returns", "reissue", "--as", "bank-sheet", "--out", tmp_path / "c.pdf")
    assert run(*sheet, db=paid, code=1)["error"]["code"] == "sheet_alone"
    assert run(*sheet, "--again", made["number"], db=paid)["sha256"] == made["sha256"]


def test_read_from_the_banks_file_and_dropped(run: Run, paid: Path, tmp_path: Path) -> None:
    """Two of three lines are of the batch: one failed; the third is of nobody."""
    a, b = payments(paid)[:2]
    file = tmp_path / "结果.csv"
    lines = ["户名,账号,金额,处理结果,失败原因"]
    lines += [f"{a['account_name']},{a['account_number']},{a['total'] / 100:.2f},成功,"]
    lines += [f"{b['account_name']},{b['account_number']},{b['total'] / 100:.2f},失败,户名不符"]
    lines += ["何人,6217001234500009999,870.00,失败,账号不存在"]
    file.write_bytes("\r\n".join(lines).encode("gb18030"))
    seen = run("returns", "read", file, db=paid)
    assert (seen["paid"], len(seen["returned"]), len(seen["unmatched"]), seen["registered"]) == (1, 1, 1, [])
    assert "这一批没有发到这个账号的" in seen["unmatched"][0]
    assert run("returns", "list", db=paid)["returns"] == []
    (one,) = run("returns", "read", file, "--batch", seen["batch"], "--register", db=paid)["registered"]
    dropped = run("returns", "drop", one, "--reason", "查无此人", db=paid)
    assert Decimal(dropped["total"]) == Decimal(b["total"]) / 100
    again = run("returns", "withdraw", one, "--reason", "看错", db=paid, code=1)
    assert again["error"]["code"] == "settled_already"


def test_words_of_refusal(run: Run, paid: Path, tmp_path: Path) -> None:
    (tmp_path / "结果.xlsx").write_bytes(b"%PDF-1.7")
    assert "PDF" in run("returns", "read", tmp_path / "结果.xlsx", db=paid, code=1)["error"]["message"]
    wrong = ("returns", "register", *MONTH, "--person", "500229197001010018", "--reason", "3")
    assert run(*wrong, db=paid, code=1)["error"]["code"] == "no_such_item"
    number = payments(paid)[0]["row"]["_id_number"]
    unknown = run("returns", "register", *MONTH, "--person", number, "--reason", "7", db=paid, code=1)
    assert unknown["error"]["message"].endswith("原因写：1 户名不符、2 账号不存在、3 销户、9 其他。")
