"""What leaves the program on paper and to the bank, read back (domain §9.1–9.3; the issue's part D)."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest

from tests.journeys.clerk import Clerk, id_number, make_site

# 45 households of one; number n has 10·n yuan a month and gets 635 − 10·n (rural standard of 2024-09, domain §13).
# Numbers 0–29 live in 卫星村: 30 × 635 − 10 × 435 = 14700.00; 30–44 in 长茅村: 15 × 635 − 10 × 555 = 3975.00.
COUNT, FIRST_VILLAGE = 45, 30
TOTAL, SUBTOTALS = "18675.00", ("14,700.00", "3,975.00")
TOTAL_WORDS = "壹万捌仟陆佰柒拾伍元整"
RARE, DOTTED = "𡋾䶮", "阿依古丽·买买提"


def name_of(number: int) -> str:
    special = {0: RARE, 1: DOTTED}
    return special.get(number) or f"{'赵钱孙李周吴郑王冯'[number % 9]}{'一二三四五六七八九十'[number // 9]}"


def account_of(number: int) -> str:
    return f"62170000000{number:05d}"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clerk, Path]:
    """A locked month, and the folder with its four prints and the draft made before."""
    folder = tmp_path_factory.mktemp("prints")
    clerk = make_site(folder, "township", "500229201", "--demonstration")
    book = openpyxl.Workbook()
    book.active.append(["龙田乡2024年9月农村低保发放花名册"])
    header = "村 户主姓名 身份证号 家庭人口 保障人口 家庭年收入 一卡通账号 最初享受月份 联系电话 保障类别"
    book.active.append(header.split())
    for number in range(COUNT):
        village = "卫星村" if number < FIRST_VILLAGE else "长茅村"
        book.active.append(
            [village, name_of(number), id_number("19500101", 11 + number), 1, 1, 120 * number, account_of(number),
             "2024.01", f"139000000{number:02d}", "A"]
        )  # fmt: skip
    book.save(folder / "低保.xlsx")
    assert clerk.roster(folder / "低保.xlsx")["new"] == COUNT
    print_as(clerk, "pdf", folder / "草稿.pdf")
    clerk.do("batch", "lock", "--form", "dibao", "--month", "2024-09")
    return clerk, folder


def print_as(clerk: Clerk, kind: str, out: Path) -> Any:
    data = clerk.do("batch", "print", "--form", "dibao", "--month", "2024-09", "--as", kind, "--out", out)
    assert set(data) == {"file", "pages", "rows", "total"}
    assert data["file"] == str(out.absolute())
    return data


def pages_of(file: Path) -> list[str]:
    document = pypdfium2.PdfDocument(str(file))
    return [page.get_textpage().get_text_bounded() for page in document]


def test_the_ledger_names_every_household_and_sums_in_figures_and_words(locked: tuple[Clerk, Path]) -> None:
    clerk, folder = locked
    data = print_as(clerk, "pdf", folder / "花名册.pdf")
    assert (data["rows"], data["total"]) == (COUNT, TOTAL)
    document = pypdfium2.PdfDocument(str(folder / "花名册.pdf"))
    width, height = document[0].get_size()
    assert (round(width), round(height)) == (842, 595)  # A4 landscape
    pages = pages_of(folder / "花名册.pdf")
    assert len(pages) == data["pages"] > 1
    text = "\n".join(pages).replace("\r", "")
    for number in range(COUNT):
        assert name_of(number) in text, number
        assert id_number("19500101", 11 + number) in text
        assert account_of(number) in text
        assert f"{635 - 10 * number}.00" in text
    assert "农村低保2024年9月发放花名册" in text
    for amount in (*SUBTOTALS, "18,675.00", TOTAL_WORDS):
        assert amount in text
    titles = (
        "序号 户主姓名 身份证号 低保证号 人均 保障标准 分类施保 补发 扣减 实发合计 开户行 一卡通账号 账户名"
    )
    for title in (*titles.split(), "联系电话", "备注"):
        assert all(title in page for page in pages), title  # the header stands on each page
    for number, page in enumerate(pages, 1):
        assert f"第{number}页" in page.replace(" ", "")
        assert f"共{len(pages)}页" in page.replace(" ", "")
    for signature in ("单位负责人", "审核人", "制表人"):
        assert signature in pages[-1]


def test_a_draft_on_example_rates_says_so(locked: tuple[Clerk, Path]) -> None:
    _, folder = locked
    text = "".join(pages_of(folder / "草稿.pdf")).replace("\r", "").replace("\n", "")
    assert "草稿" in text or "核对稿" in text
    assert "示" in text and "例" in text  # noqa: PT018  the letters of the watermark stand apart


def test_the_ledger_as_a_workbook_keeps_numbers_as_text_and_adds_up(locked: tuple[Clerk, Path]) -> None:
    clerk, folder = locked
    data = print_as(clerk, "xlsx", folder / "花名册.xlsx")
    assert (data["rows"], data["total"]) == (COUNT, TOTAL)
    cells = [
        cell for sheet in openpyxl.load_workbook(folder / "花名册.xlsx") for row in sheet for cell in row
    ]
    values = [cell.value for cell in cells]
    for number in range(COUNT):
        assert id_number("19500101", 11 + number) in values
        assert account_of(number) in values
    assert any(TOTAL_WORDS in str(value) for value in values)
    assert 18675 in values or "=" in "".join(str(v)[0] for v in values if v)


def test_the_bank_file_counts_and_sums(locked: tuple[Clerk, Path]) -> None:
    clerk, folder = locked
    data = print_as(clerk, "bank-csv", folder / "代发.csv")
    assert (data["rows"], data["total"]) == (COUNT, TOTAL)
    text = (folder / "代发.csv").read_bytes().decode("gb18030")
    rows = list(csv.reader(io.StringIO(text)))
    paid = [row for row in rows if account_of(7) in "".join(row)]
    assert len(paid) == 1
    assert id_number("19500101", 18) in "".join(paid[0])
    assert "565.00" in paid[0]  # 635 − 70
    assert any(RARE in row for row in rows)  # GB18030 has it; no question mark stands in
    assert "?" not in text
    sums = [row for row in rows if any("合计" in cell for cell in row)]
    assert len(sums) == 1
    assert str(COUNT) in "".join(sums[0])
    assert TOTAL in sums[0]

    print_as(clerk, "bank-xlsx", folder / "代发.xlsx")
    sheet = openpyxl.load_workbook(folder / "代发.xlsx").active
    values = [cell.value for row in sheet for cell in row]
    assert account_of(0) in values
    assert id_number("19500101", 11) in values
    assert any("合计" in str(value) for value in values)


def test_a_print_that_cannot_be_written_leaves_nothing(locked: tuple[Clerk, Path]) -> None:
    clerk, folder = locked
    under_a_file = folder / "草稿.pdf" / "花名册.pdf"
    clerk.refused(
        "batch", "print", "--form", "dibao", "--month", "2024-09", "--as", "pdf", "--out", under_a_file
    )
    assert not list(folder.glob("*.part*"))
