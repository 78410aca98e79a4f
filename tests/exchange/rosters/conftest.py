"""An office to import into, and rosters as clerks keep them, made from parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment

from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.accounts import passes_luhn
from minzheng_desktop.values.id_number import make_id_number

TOWN = "500229001"  # 葛城街道
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog(shipped_sources())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Store]:
    store, _ = Store.create(
        tmp_path / "office.mz",
        role="township",
        division=TOWN,
        user="周晓岚",
        password="correct horse",
        cost=Cost(memory_kib=64, passes=1, lanes=1),
    )
    yield store
    store.close()


@pytest.fixture(scope="session")
def identity() -> Callable[[int], str]:
    """The id number of the nth invented person: born 1950–1979, prefix 500229."""

    def make(n: int) -> str:
        return make_id_number("500229", date(1950 + n % 30, 1 + n % 12, 1 + n % 28), 100 + n % 800)

    return make


@pytest.fixture(scope="session")
def card() -> Callable[[int], str]:
    """The nth invented card number, 19 digits that pass the Luhn check."""

    def make(n: int) -> str:
        first = f"621700{n:012d}"
        return next(first + d for d in "0123456789" if passes_luhn(first + d))

    return make


HEADERS = (
    "序号", "村", "户主姓名", "户主身份证号", "家庭人口", "保障人口", "家庭年收入", "月保障金", "合计", "联系电话",
    "家庭住址", "低保证号", "最初享受月份", "城乡类别", "开户银行", "银行账户名称", "一卡通账号",
)  # fmt: skip


@pytest.fixture
def household_row(identity: Callable[[int], str], card: Callable[[int], str]) -> Callable[..., list[Any]]:
    """One row under HEADERS; keywords replace cells by title."""

    def make(n: int, **cells: Any) -> list[Any]:
        name = f"张{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{'明华强芳兰'[n // 10 % 5]}"
        row = {
            "序号": n, "村": "棉沙村", "户主姓名": name, "户主身份证号": identity(n), "家庭人口": 3, "保障人口": 3,
            "家庭年收入": 11160, "月保障金": 870, "合计": 870, "联系电话": f"139{n:08d}", "家庭住址": f"{n}组",
            "低保证号": f"C{n:05d}", "最初享受月份": "2023.05", "城乡类别": "农村", "开户银行": "农商行",
            "银行账户名称": name, "一卡通账号": card(n),
        }  # fmt: skip
        return [*{**row, **cells}.values()]

    return make


@pytest.fixture
def write_roster(tmp_path: Path) -> Callable[..., Path]:
    """Write a plain roster: a title row, HEADERS, the rows."""

    def write(
        rows: list[list[Any]], *, name: str = "2024年8月农村低保发放表.xlsx", headers: Any = HEADERS
    ) -> Path:
        book = openpyxl.Workbook()
        page = book.worksheets[0]
        page.title = "花名册"
        page.append(["葛城街道2024年8月农村低保发放花名册"])
        page.append(list(headers))
        for row in rows:
            page.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def ugly_roster(tmp_path: Path, identity: Callable[[int], str], card: Callable[[int], str]) -> Path:
    """A roster as WPS leaves it: a sheet per village, three title rows, headers over two rows with merged cells,
    subtotal, total and signature rows, a hidden row, a comment, full-width digits, lower-case x, damaged numbers."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "棉沙村"
    page["A1"] = "葛城街道2024年8月农村低保发放花名册"
    page.merge_cells("A1:K1")
    page["A2"] = "填报单位（盖章）：葛城街道民政办"
    page.merge_cells("A2:K2")
    top = [
        "序号",
        "户主\n姓名",
        "身份证",
        "家庭情况",
        None,
        None,
        "保障金（元）",
        None,
        "联系电话",
        "一卡通账号",
        "备注",
    ]
    below = [None, None, None, "人口", "保障人数", "家庭年收入", "月保障金", "合计", None, None, None]
    page.append(top)
    page.append(below)
    for area in ("A3:A4", "B3:B4", "C3:C4", "D3:F3", "G3:H3", "I3:I4", "J3:J4", "K3:K4"):
        page.merge_cells(area)
    x_number = make_id_number_with_x()
    page.append([1, "张　三", identity(1), 3, 3, "11,160元", "￥870", 870, "13900000001", card(1), ""])
    page.append(
        [
            2,
            "阿依．古丽",
            "　" + full_width(identity(2)),
            "２",
            2,
            "0",
            1200,
            1200,
            "１３９００００００２２",
            card(2),
            "",
        ]
    )
    page.append([3, "王𪚥", x_number.lower(), 1, 1, 1200, 500, 500, 13900000003, card(3), ""])
    page.append([4, "李四", float(identity(4)[:15] + "000"), 1, 1, 1200, 500, 500, "", card(4), ""])
    page.append([5, "赵五", identity(5), 1, 1, 1200, 500, 500, "", 6.217003760001233e18, ""])
    page.append(["小计", None, None, 8, 8, None, None, None])
    page.append([6, "钱六", identity(6), 1, 1, 1200, 500, 500, "", card(6), ""])
    page.row_dimensions[11].hidden = True
    page["B11"].comment = Comment("已外迁", "周晓岚")
    page.append([])
    page.append([7, "张三", identity(1), 3, 3, 11160, 870, 870, "13900000001", card(1), "重复"])
    page.append(["合计", None, None, 12, 12, None, None, None])
    page.append(["单位负责人：　　审核人：　　制表人：周晓岚　　制表日期：2024年8月5日"])
    other = book.create_sheet("庙垭")
    other.append(["姓名", "证件号码", "保障人口", "联系电话"])
    other.append(["孙七", identity(8), 1, "139 0000 0008"])
    book.create_sheet("说明").append(["请各村按时报送"])
    path = tmp_path / "2024年8月农村低保发放表（终稿）改2.xlsx"
    book.save(path)
    return path


def make_id_number_with_x() -> str:
    """The first invented number whose check character is X."""
    numbers = (make_id_number("500229", date(1960, 1, day), n) for day in range(1, 28) for n in range(1, 30))
    return next(number for number in numbers if number.endswith("X"))


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
