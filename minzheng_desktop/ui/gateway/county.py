"""The county: packages received, the list to decide, the sums of all townships."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...county.keys.enrolments import list_laptops
from ...county.receiving.chains import gaps
from ...county.receiving.receive import Received, receive_files
from ...county.replies.receipts import hand_out_receipt
from ...exchange.files.refusals import claimed_by_name, next_step
from ...exchange.judging.early import Early, early_packages, number_words
from ...exchange.judging.held import count_held
from ...exchange.sending.delivery import Delivered
from ...store import overview
from ..county.receive import EQUAL, PackageRow, PackageView, Proof, SumLine
from ..kit.cells import DASH, Chip, Mark
from ..worker import Progress
from .copies import progressing
from .office import Office, money, short_time

OUTCOMES = (
    ("new", "新应用"), ("changed", "更新"), ("same", "与县库相同"), ("held", "暂存：等引用的行"),
    ("questioned", "存疑：已进库，要看"), ("rejected", "隔离（越权）"),
)  # fmt: skip


def packages(office: Office) -> tuple[PackageRow, ...]:
    """Every package that waits for others, then those applied, newest first."""
    with office.store.reading() as r:
        rows = overview.packages_in(r)
        waiting = early_packages(r)
    return (
        *(_early(office, one) for one in waiting),
        *(_package(office, row) for row in rows),
    )


def _early(office: Office, one: Early) -> PackageRow:
    return PackageRow(
        key=one.id,
        town=office.store.catalog.divisions.name(one.division),
        number=f"{one.number:04d}",
        at=short_time(one.at),
        changes=f"{one.changes:,}",
        amount=DASH,
        state=Chip("早到，等前面的包", "warn", "clock"),
        group="todo",
    )


def _early_view(office: Office, key: str) -> PackageView | None:
    """A package that waits: what is missing before it."""
    with office.store.reading() as r:
        one = next((each for each in early_packages(r) if each.id == key), None)
        gap = next((each for each in gaps(r) if one is not None and each.laptop == one.laptop), None)
    if one is None:
        return None
    line = _early(office, one)
    missing = number_words(gap.missing) if gap else ""
    return PackageView(
        key=key, title=f"{line.town} · 第 {line.number} 号包", chip=line.state,
        line=f"{short_time(one.made_at)} 由乡镇写出 · 文件 {one.file}",
        proofs=(
            Proof("签名与摘要", "与信封一致，已存在县库"),
            Proof("在等", f"{missing}包" if missing else "轮到了，下次接收时入库", "warn", "clock"),
            Proof("下一步", next_step("gap"), "info", "info", long=True),
        ),
        sums=(), conflicts=(), conflicts_hint="", foot="前面的包一到，这个包就自动入库、写回执", can_receipt=False,
    )  # fmt: skip


def refused_view(office: Office, one: Received) -> PackageView:
    """A file that was not taken: file, sender, number, reason, next step."""
    names = office.store.catalog.divisions
    waits = one.status == "waiting"
    number = f"第 {one.number:04d} 号包" if one.number is not None else "编号读不出来"
    claimed = claimed_by_name(one.file.name)
    sender = f"{names.name(one.sender)} {one.letter} 机" if one.sender else "来源不明"
    if not one.sender and claimed is not None:
        sender = f"读不出来；按文件名是{names.name(claimed[0])} {claimed[1]} 机第 {claimed[2]:04d} 号包"
    chip = Chip("等前面的包", "warn", "clock") if waits else Chip("拒收", "error", "error")
    return PackageView(
        key=str(one.file), title=f"{one.file.name}", chip=chip, line=str(one.file),
        proofs=(
            Proof("发送方", sender, "info", "info"),
            Proof("包号", number, "info", "info"),
            Proof("原因", one.reason, "warn" if waits else "error", "warn" if waits else "error", long=True),
            Proof("下一步", one.way, "info", "info", long=True),
        ),
        sums=(), conflicts=(), conflicts_hint="",
        foot=f"已写情况回执 {one.receipt.name}" if one.receipt else "县库没有变化", can_receipt=False,
    )  # fmt: skip


def _package(office: Office, row: Mapping[str, Any]) -> PackageRow:
    counts = row["counts"]
    announced = counts.get("announced", {})
    changes = sum(c["rows"] for c in announced.values())
    cents = announced.get("payment_items", {}).get("cents", 0)
    odd = [line for line in counts.get("rows", ()) if line["outcome"] in ("rejected", "questioned", "held")]
    if any(line["outcome"] == "rejected" for line in odd):
        chip, group = Chip("部分隔离", "error", "quarantine"), "todo"
    elif odd:
        chip, group = Chip(f"已应用，{len(odd)} 条要看", "warn", "warn"), "todo"
    else:
        chip, group = Chip("已应用", "ok", "ok"), "done"
    return PackageRow(
        key=row["id"],
        town=office.store.catalog.divisions.name(row["division"]),
        number=f"{row['number']:04d}",
        at=short_time(row["at"]),
        changes=f"{changes:,}",
        amount=money(cents),
        state=chip,
        group=group,
    )


def package_view(office: Office, key: str) -> PackageView | None:
    """One package: how it was verified, the sums, what did not simply enter."""
    with office.store.reading() as r:
        row = next((p for p in overview.packages_in(r) if p["id"] == key), None)
        laptops = {one.id: one for one in list_laptops(r)}
    if row is None:
        return _early_view(office, key)
    counts = row["counts"]
    line = _package(office, row)
    announced = counts.get("announced", {})
    total, cents = (
        sum(c["rows"] for c in announced.values()),
        announced.get("payment_items", {}).get("cents", 0),
    )
    laptop = laptops.get(row["laptop"])
    sender = f"{line.town} {laptop.letter} 机，登记号 {laptop.serial[-6:]}" if laptop else line.town
    tallies = counts.get("tallies", {})
    rejected = sum(c["rows"] for c in tallies.get("rejected", {}).values())
    size = counts.get("size", 0)
    proofs = (
        Proof(
            "大小与容器",
            f"{size / 1_000_000:.1f} MB，逐字节重建相同"
            if size > 99_999
            else f"{size / 1000:.0f} KB，逐字节重建相同",
        ),
        Proof("发送方", sender),
        Proof("签名与摘要", "与信封一致"),
        Proof(
            "前一包", f"第 {row['number'] - 1:04d} 号，已应用，接得上" if row["number"] > 1 else "这是第一包"
        ),
        Proof("解密与行校验", f"{total:,} 行可读，金额与信封合计相等"),
        Proof("权限", f"{rejected} 行不该由这个乡镇发，已隔离", "error", "quarantine")
        if rejected
        else Proof("权限", "都是本乡镇的行"),
    )
    return PackageView(
        key=key,
        title=f"{line.town} · 第 {line.number} 号包",
        chip=line.state,
        line=f"{short_time(counts.get('made_at'))} 由乡镇写出 · 程序 {counts.get('program', '')}",
        proofs=proofs,
        sums=_sums(total, cents, tallies),
        conflicts=(),
        conflicts_hint="",
        foot=_foot(counts.get("rows", ())),
    )


def _sums(total: int, cents: int, tallies: Mapping[str, Any]) -> tuple[SumLine, ...]:
    lines = [SumLine("信封上报的", f"{total:,}", money(cents), strong=True)]
    rows_sum = cents_sum = 0
    for key, words in OUTCOMES:
        found = tallies.get(key, {})
        rows = sum(c["rows"] for c in found.values())
        paid = found.get("payment_items", {}).get("cents", 0)
        rows_sum, cents_sum = rows_sum + rows, cents_sum + paid
        lines.append(SumLine(f"　{words}", f"{rows:,}", money(paid)))
    equal = rows_sum == total and cents_sum == cents
    mark = EQUAL if equal else Mark("不相等", "error", "error")
    return (*lines, SumLine("以上相加", f"{rows_sum:,}", money(cents_sum), mark, total=True))


def _foot(rows: Sequence[Mapping[str, Any]]) -> str:
    odd = [row for row in rows if row["outcome"] != "released"]
    return f"{len(odd)} 行没有直接进库：{odd[0]['why']}" if odd else "全部进库，写了回执乡镇才知道"


def held_counts(office: Office) -> tuple[int, int]:
    """Lines that are kept without having entered: waiting, quarantined."""
    with office.store.reading() as r:
        return count_held(r)


def receive(office: Office, files: Sequence[Path]) -> Generator[Progress, None, list[Received]]:
    """Judge files in number order; receipts are written by a separate word."""
    done: list[Received] = []
    yield Progress(f"正在读 {files[0].name}", 0, len(files))
    for at, one in enumerate(receive_files(office.store, files, today=office.today), start=1):
        done.append(one)
        yield Progress(f"已判定 {one.file.name}", at, len(files))
    return done


def receipt(office: Office, key: str, folders: Sequence[Path]) -> Generator[Progress, None, list[Delivered]]:
    """Write the receipt of a package into folders."""
    return progressing(hand_out_receipt(office.store, key, folders))
