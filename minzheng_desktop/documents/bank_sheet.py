"""银行代发交接单: what goes to the bank with the payment file, so that count, sum and digest can be checked there."""

from __future__ import annotations

from typing import Literal

import msgspec

from minzheng_desktop.documents.fonts import Face
from minzheng_desktop.documents.grid import Grid
from minzheng_desktop.documents.pen import A4_PORTRAIT, Page, Printed, PrintJob
from minzheng_desktop.documents.tables import TableColumn, draw_table
from minzheng_desktop.values.money import capital_amount, format_money_grouped

LEFT, WIDTH = 25.0, 170.0
RIGHT = LEFT + WIDTH
_LABEL = 34.0


class BankShare(msgspec.Struct, frozen=True, kw_only=True):
    """Payments to one bank: count and cents; `other` when it is not the paying bank itself (跨行)."""

    bank: str
    count: int
    amount: int
    other: bool = False


class BankSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The sheet. `digest` is the SHA-256 of the file in hexadecimal; `ledger_*` are the locked ledger's own
    figures, `withheld_*` what is paid in cash or held back; the difference must be what `banks` add up to. `against`
    is what the file is held against: the ledger, or the returns that it sends again.
    """

    title: str = "惠民资金银行代发交接单"
    office: str
    number: str
    service: str
    batch: str
    paying_bank: str
    file_name: str
    file_format: str
    digest: str
    banks: tuple[BankShare, ...]
    ledger_count: int
    ledger_amount: int
    ledger_pages: int = 0
    withheld_count: int = 0
    withheld_amount: int = 0
    mark: str = ""
    against: Literal["发放花名册", "退票登记"] = "发放花名册"

    @property
    def count(self) -> int:
        """Payments in the file."""
        return sum(share.count for share in self.banks)

    @property
    def amount(self) -> int:
        """Cents in the file."""
        return sum(share.amount for share in self.banks)


def draw_bank_sheet(sheet: BankSheet, *, printed_at: str) -> Printed:
    """The hand-over sheet as a PDF.

    Raises ValueError when ledger, withheld payments and file do not agree: such a file may not be handed over.
    """
    expected = (sheet.ledger_count - sheet.withheld_count, sheet.ledger_amount - sheet.withheld_amount)
    if (sheet.count, sheet.amount) != expected:
        raise ValueError(f"the bank file has {(sheet.count, sheet.amount)}, the ledger {expected}")
    job = PrintJob(A4_PORTRAIT, title=sheet.title, printed_at=printed_at)
    page = job.page()
    if sheet.mark:
        page.watermark(sheet.mark)
    page.text(LEFT, 17, "内部资料　随代发文件交银行", size=9, face=Face.NUMBER)
    page.text(LEFT + WIDTH / 2, 30, sheet.title, Face.TITLE, 20, align="centre")
    page.text(LEFT, 40, f"编制单位：{sheet.office}")
    page.text(RIGHT, 40, f"编号：{sheet.number}", align="right")
    y = _facts(page, sheet, 43.0)
    y = _by_bank(page, sheet, y + 8)
    y = _reconciled(page, sheet, y + 8)
    y = _signatures(page, y + 7)
    page.text(
        LEFT,
        y + 5.5,
        "银行收到文件后先核对笔数、金额和校验值，三项有一项不符即退回，不得入账。退票按原编号返回结果文件。",
        size=9,
    )
    page.text(LEFT, 287, "内部资料", size=8)
    page.text(LEFT + WIDTH / 2, 287, "第 1 页　共 1 页", size=9, align="centre")
    page.text(RIGHT, 287, f"打印时间 {printed_at}", size=8, align="right")
    page.close()
    return job.finish()


def _facts(page: Page, sheet: BankSheet, top: float) -> float:
    grid = Grid(page)
    y = top
    facts = (
        ("业务、所属期", sheet.service),
        ("批　次", sheet.batch),
        ("代发银行", sheet.paying_bank),
        ("文件名", sheet.file_name),
        ("文件格式", sheet.file_format),
    )
    for label, value in facts:
        grid.label(LEFT, y, _LABEL, 8.6, label, face=Face.NUMBER, size=10, grey=True)
        grid.value(LEFT + _LABEL, y, WIDTH - _LABEL, 8.6, value, kind="figure" if value.isascii() else "text")
        y += 8.6
    grid.cell(LEFT, y, 62, 26)
    grid.cell(LEFT + 62, y, WIDTH - 62, 26)
    page.text(LEFT + 4, y + 6.5, "总 笔 数", size=9.5, face=Face.NUMBER)
    page.text(LEFT + 58, y + 18, f"{sheet.count:,} 笔", Face.HEAD, 24, align="right")
    page.text(LEFT + 66, y + 6.5, "总金额（元）", size=9.5, face=Face.NUMBER)
    page.text(RIGHT - 4, y + 16.5, format_money_grouped(sheet.amount), Face.HEAD, 26, align="right")
    page.text(RIGHT - 4, y + 23, f"人民币{capital_amount(sheet.amount)}", Face.TITLE, 11, align="right")
    y += 26
    grid.label(LEFT, y, _LABEL, 14, "文件校验值\nSHA-256", face=Face.NUMBER, size=10, grey=True)
    grid.cell(LEFT + _LABEL, y, WIDTH - _LABEL, 14)
    groups = [sheet.digest[start : start + 4] for start in range(0, len(sheet.digest), 4)]
    for line, start in enumerate(range(0, len(groups), 8)):
        page.text(
            LEFT + _LABEL + 4, y + 5.6 + 5.4 * line, " ".join(groups[start : start + 8]), Face.NUMBER, 11
        )
    y += 14
    grid.close()
    page.frame(LEFT, top, WIDTH, y - top, weight=1.0)
    return y


def _by_bank(page: Page, sheet: BankSheet, y: float) -> float:
    page.text(LEFT, y, "一、按开户行", Face.HEAD, 11)
    columns = (
        TableColumn("开户行", 70.0),
        TableColumn("笔　数", 30.0, "figure", "right"),
        TableColumn("金　额（元）", 40.0, "figure", "right"),
        TableColumn("跨　行", 30.0, "text", "centre"),
    )
    shares = sheet.banks
    if len(shares) > 7:
        rest = shares[6:]
        shares = (
            *shares[:6],
            BankShare(
                bank=f"其他 {len(rest)} 个开户行",
                count=sum(share.count for share in rest),
                amount=sum(share.amount for share in rest),
                other=any(share.other for share in rest),
            ),
        )
    rows = [
        (share.bank, f"{share.count:,}", format_money_grouped(share.amount), "是" if share.other else "否")
        for share in shares
    ]
    rows.append(("合　计", f"{sheet.count:,}", format_money_grouped(sheet.amount), ""))
    return _table(page, y + 3, columns, rows)


def _reconciled(page: Page, sheet: BankSheet, y: float) -> float:
    page.text(LEFT, y, f"二、与{sheet.against}核对", Face.HEAD, 11)
    columns = (
        TableColumn("项　目", 70.0),
        TableColumn("户数、笔数", 30.0, "figure", "right"),
        TableColumn("金　额（元）", 40.0, "figure", "right"),
        TableColumn("说　明", 30.0),
    )
    pages = f"{sheet.ledger_pages} 页" if sheet.ledger_pages else ""
    ledger = sheet.against == "发放花名册"
    rows = [
        (
            "花名册实发合计" if ledger else "退票登记合计",
            f"{sheet.ledger_count:,}", format_money_grouped(sheet.ledger_amount), pages,
        ),
        (
            "减：现金发放、暂缓" if ledger else "减：不再发放、暂缓",
            f"{sheet.withheld_count:,}", format_money_grouped(sheet.withheld_amount), "",
        ),
        ("代发文件合计", f"{sheet.count:,}", format_money_grouped(sheet.amount), "两者一致"),
    ]  # fmt: skip
    return _table(page, y + 3, columns, rows)


def _table(
    page: Page, y: float, columns: tuple[TableColumn, ...], rows: list[tuple[str, str, str, str]]
) -> float:
    grid = Grid(page, weight=0.4)
    bottom = draw_table(grid, LEFT, y, columns, rows, total=True)
    grid.close()
    page.frame(LEFT, y, WIDTH, bottom - y, weight=0.9)
    return bottom


def _signatures(page: Page, y: float) -> float:
    grid = Grid(page)
    width, height = WIDTH / 3, 46.0
    for index, (who, sign) in enumerate(
        (("交付单位", "经办人："), ("乡镇财政", "复核人："), ("代发银行", "接收人："))
    ):
        x = LEFT + index * width
        grid.cell(x, y, width, height)
        page.text(x + 3, y + 6.5, who, Face.HEAD, 10.5)
        page.text(x + 3, y + 16.5, sign)
        if who == "代发银行":
            page.text(x + 3, y + 24.5, "已核校验值")
            grid.ticks(x + 26, y + 19.8, 7.0, (("是", False), ("否", False)))
        page.text(x + width - 8, y + 34.5, "（盖章）", align="right")
        page.text(x + width - 4, y + 41.5, "年　　月　　日", align="right")
    grid.close()
    return y + height
