"""The bank's result file (代发结果): xlsx, xls or csv with account, name, amount and result, against what was sent.

Read line by line and matched by account, name and amount together; what does not match is told and never guessed.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits.bank_returns import OTHER, REASONS, Returned, register_returns
from minzheng_desktop.benefits.bank_sends import Send, SentLine, sends_with, sent_lines
from minzheng_desktop.exchange.rosters.sheets import read_workbook
from minzheng_desktop.values.accounts import account_tail, check_account
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money_grouped, parse_money
from minzheng_desktop.values.names import name_key
from minzheng_desktop.values.text import without_spaces

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

HEADS: dict[str, frozenset[str]] = {
    key: frozenset(words.split())
    for key, words in {
        "account": "账号 帐号 卡号 银行账号 银行帐号 银行卡号 收款账号 收款人账号 收款方账号 账户 社保卡号",
        "name": "户名 姓名 收款人 收款人户名 收款人姓名 收款人名称 收款户名 账户名 账户名称 账户户名",
        "amount": "金额 交易金额 发放金额 代发金额 实发金额 发生额 入账金额",
        "result": "结果 处理结果 代发结果 交易结果 入账结果 状态 处理状态 交易状态 入账状态 代发状态 成功标志 是否成功",
        "reason": "原因 失败原因 退票原因 退回原因 错误原因 错误信息 失败信息 返回信息 处理信息 不成功原因",
    }.items()
}
"""Heads as banks write them, without spaces, brackets and units."""
FAILED = (
    "失败",
    "不成功",
    "未成功",
    "退票",
    "退回",
    "退汇",
    "未入账",
    "拒绝",
    "异常",
    "不符",
    "错误",
    "销户",
    "不存在",
    "否",
)
PAID = ("成功", "入账", "正常", "完成", "是")
_HEAD_ROWS = 15
_CODE_WORDS = (
    ("1", ("户名", "姓名", "名称不")),
    ("3", ("销户", "注销", "已销")),
    ("2", ("不存在", "无此", "账号错", "账号有误", "账号不", "查无", "卡号错", "卡号不")),
)


class ResultRow(msgspec.Struct, frozen=True):
    """One row of the file: its number there, account, name, cents (None: unreadable) and what the bank says.

    `failed` is None where the words say neither; `wrong` is why an account cannot be the one that was sent.
    """

    at: int
    account: str
    name: str
    cents: int | None
    failed: bool | None
    result: str = ""
    words: str = ""
    wrong: str = ""

    @property
    def who(self) -> str:
        """第 5 行 向世珍（尾号 1234）."""
        tail = f"（尾号 {account_tail(self.account)}）" if self.account else ""
        return f"第 {self.at} 行 {self.name}{tail}".rstrip()


class BankResults(msgspec.Struct, frozen=True):
    """A result file as read; digest is its SHA-256."""

    file: str
    digest: str
    rows: tuple[ResultRow, ...]


class Match(msgspec.Struct, frozen=True):
    """One failed line with what it is of what was sent."""

    row: ResultRow
    sent: SentLine
    reason: str


class Matched(msgspec.Struct, frozen=True):
    """A file against a send: what came back, how many arrived, and sentences about what does not match."""

    send: Send
    results: BankResults
    returned: tuple[Match, ...]
    paid: int
    unmatched: tuple[str, ...]

    @property
    def total(self) -> int:
        """Cents that came back."""
        return sum(one.sent.amount for one in self.returned)


# -- reading ----------------------------------------------------------------------------------------


def read_results(path: Path) -> BankResults:
    """Read a result file. Raises UserError results.columns, results.empty, results.encoding and those of
    `rosters.sheets.read_workbook`; nothing is written."""
    tables = _tables(path)
    for rows in tables:
        head = _find_head(rows)
        if head is not None:
            at, columns = head
            found = tuple(_rows(rows, at, columns))
            if not found:
                raise UserError(
                    "results.empty", f"“{path.name}”只有表头，没有明细。没有登记，请向银行要完整的结果文件。"
                )
            return BankResults(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), found)
    raise UserError(
        "results.columns",
        f"“{path.name}”里没有找到结果文件的表头：要有“账号”“户名”“金额”和“处理结果”（或“失败原因”）这几列。"
        "没有登记，请向银行要带结果的文件，或把表头改成这几个字再读。",
    )  # fmt: skip


def _tables(path: Path) -> list[list[list[Any]]]:
    if path.suffix.lower() not in (".csv", ".txt"):
        return [sheet.rows for sheet in read_workbook(path).sheets if not sheet.hidden]
    try:
        data = path.read_bytes()
    except OSError as e:
        raise UserError(
            "results.no_file", f"“{path.name}”打不开。没有登记，请核对文件名，关闭正在用它的程序再试。"
        ) from e
    if b"\0" in data or data.startswith(b"PK"):
        raise UserError(
            "results.encoding",
            f"“{path.name}”不是文本文件，只是后缀叫 csv。没有登记，用 WPS 打开另存为 .xlsx 再读。",
        )
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        first = text.partition("\n")[0]
        mark = max((",", "\t", "|", ";"), key=first.count)
        return [[list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark)]]
    raise UserError(
        "results.encoding",
        f"“{path.name}”的文字读不出来（不是 UTF-8，也不是 GB18030）。没有登记，用 WPS 打开另存为 .xlsx 再读。",
    )


def _plain(cell: object) -> str:
    text = without_spaces(str(cell or "")).partition("（")[0].partition("(")[0]
    return text.strip("*＊:：")


def _find_head(rows: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int]] | None:
    for at, row in enumerate(rows[:_HEAD_ROWS]):
        columns: dict[str, int] = {}
        for place, cell in enumerate(row):
            key = next((k for k, heads in HEADS.items() if _plain(cell) in heads), None)
            if key is not None:
                columns.setdefault(key, place)
        if {"account", "name", "amount"} <= columns.keys() and columns.keys() & {"result", "reason"}:
            return at, columns
    return None


def _rows(rows: Sequence[Sequence[Any]], head: int, columns: dict[str, int]) -> list[ResultRow]:
    found = []
    for at, row in enumerate(rows[head + 1 :], start=head + 2):
        cells = {key: row[place] if place < len(row) else "" for key, place in columns.items()}
        account = cells["account"]
        if isinstance(account, str):
            account = account.strip().strip("=\"'\t").strip()
        if account in ("", None):
            continue  # the sum of the file, its signature, an empty row
        number, problems = check_account(account)
        wrong = next((p.message for p in problems if p.code == "account.damaged"), "")
        try:
            cents: int | None = parse_money(cells["amount"])
        except UserError:
            cents = None
        result, words = _words(cells.get("result")), _words(cells.get("reason"))
        name = _words(cells["name"])
        found.append(
            ResultRow(at, number, name, cents, _failed(result, words, columns), result, words, wrong)
        )
    return found


def _words(cell: object) -> str:
    return str(cell if cell is not None else "").strip()


def _failed(result: str, words: str, columns: dict[str, int]) -> bool | None:
    """Whether the bank did not pay: by the result's words, and by a reason where there is no result."""
    plain = without_spaces(result)
    if any(word in plain for word in FAILED):
        return True
    if any(word in plain for word in PAID):
        return False
    if not plain and "result" not in columns:
        return bool(words) and not any(word in words for word in PAID)
    return None


def reason_of(store: Store, row: ResultRow) -> str:
    """The code of `bank_return_reason` that the bank's words mean; 其他 where they mean none."""
    said = row.words or row.result
    code = store.catalog.codes[REASONS].find(said)
    if code is not None:
        return code
    plain = without_spaces(said)
    return next((code for code, words in _CODE_WORDS if any(word in plain for word in words)), OTHER)


# -- matching ---------------------------------------------------------------------------------------


def match_results(r: Reading, results: BankResults, send: Send) -> Matched:
    """Hold a file against what was sent. Raises UserError results.other_batch when not one row is of it."""
    lines: dict[str, list[SentLine]] = {}
    for one in sent_lines(r, send):
        lines.setdefault(one.account, []).append(one)
    returned: list[Match] = []
    unmatched: list[str] = []
    known = paid = 0
    taken: set[tuple[str, ...]] = set()
    for row in results.rows:
        sent, why = _find(row, lines.get(row.account, []), taken)
        if sent is None:
            unmatched.append(f"{row.who}：{why}")
            continue
        known += 1
        taken.add(sent.items)
        if row.failed is None:
            unmatched.append(f"{row.who}：处理结果“{row.result}”看不出成功还是退票，问清银行后在明细里登记")
        elif not row.failed:
            paid += 1
            if sent.state:
                unmatched.append(f"{row.who}：文件说成功，台账在 {sent.returned_on} 登记过退票，请与银行核对")
        elif sent.state:
            unmatched.append(f"{row.who}：{sent.returned_on} 已经登记过退票，没有再登记")
        else:
            returned.append(Match(row, sent, reason_of(r.store, row)))
    if not known:
        raise UserError(
            "results.other_batch",
            f"“{results.file}”的 {len(results.rows)} 行没有一行与“{send.title}”（{send.number}）对得上，"
            "可能选错了批次。没有登记，请选这份结果所对的批次。",
        )  # fmt: skip
    return Matched(send, results, tuple(returned), paid, tuple(unmatched))


def _find(
    row: ResultRow, candidates: Sequence[SentLine], taken: set[tuple[str, ...]]
) -> tuple[SentLine | None, str]:
    if not candidates:
        return None, row.wrong or "这一批没有发到这个账号的"
    if row.cents is None:
        return None, "金额读不出来，请改成数字再读"
    named = [one for one in candidates if name_key(one.name) == name_key(row.name)]
    if not named:
        return None, f"账号对得上，户名不同：文件“{row.name}”，批次“{candidates[0].name}”"
    equal = [one for one in named if one.amount == row.cents and one.items not in taken]
    if equal:
        return next((one for one in equal if not one.state), equal[0]), ""
    if any(one.amount == row.cents for one in named):
        return None, "同一笔在文件里出现了两次"
    amounts = "、".join(format_money_grouped(one.amount) for one in named)
    return None, f"金额不同：文件 {format_money_grouped(row.cents)} 元，批次 {amounts} 元"


def fitting_sends(r: Reading, results: BankResults) -> list[Send]:
    """The sends of which most rows of a file are, the newest first; several where the same people get the same money
    every month, none where no row fits."""
    fits: dict[str, int] = {}
    paid = {(row.account, row.cents) for row in results.rows if row.cents is not None}
    sends = sends_with(r, paid)
    for send in sends:
        lines: dict[str, list[SentLine]] = {}
        for one in sent_lines(r, send):
            lines.setdefault(one.account, []).append(one)
        fits[send.key] = sum(
            _find(row, lines.get(row.account, []), set())[0] is not None for row in results.rows
        )
    most = max(fits.values(), default=0)
    return [send for send in sends if most and fits[send.key] == most]


def register_results(store: Store, matched: Matched, *, on: str, today: date) -> list[str]:
    """Register what a file says came back; the file's name and hash go into the audit. Raises as `register_returns`."""
    if not matched.returned:
        raise UserError("nothing_returned", f"“{matched.results.file}”里没有新的退票。没有登记。")
    told = [
        Returned(item, one.reason, one.row.words or one.row.result)
        for one in matched.returned
        for item in one.sent.items
    ]
    source = {"file": matched.results.file, "sha256": matched.results.digest, "batch": matched.send.number}
    return register_returns(store, told, on=on, today=today, source=source)
