"""拷贝登记 on paper and as a workbook: which file went to which stick, when, by whom, with its digest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from minzheng_desktop.documents.batch_prints import Made
from minzheng_desktop.documents.ledger import draw_ledger
from minzheng_desktop.documents.ledger_model import Ledger, LedgerColumn, LedgerGroup
from minzheng_desktop.documents.office import office_of
from minzheng_desktop.documents.saving import save_made
from minzheng_desktop.documents.workbook import write_ledger_workbook
from minzheng_desktop.store.copies import CopyLine
from minzheng_desktop.store.destinations import size_words
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

TITLE = "拷贝登记"
HEADS = (
    "时间",
    "经手人",
    "种类",
    "文件",
    "编号",
    "单位",
    "盘",
    "文件夹",
    "大小",
    "条数",
    "校验值前 16 位",
    "状态",
)
STATES = {
    "written": "已写好",
    "writing": "写的时候断了，插上这个盘再看",
    "replaced": "后来被新的一份替换",
}


def copy_cells(line: CopyLine, name_of: Callable[[str], str]) -> tuple[str, ...]:
    """One line of the register in words, in the order of `HEADS`."""
    return (
        line.at[:16].replace("T", " "), line.by, line.title, line.name,
        "" if line.number is None else f"{line.number:04d}",
        name_of(line.division) if line.division else "", line.device, line.place, size_words(line.size),
        "" if line.lines is None else f"{line.lines:,}", line.digest[:16], STATES.get(line.state, line.state),
    )  # fmt: skip


def save_copies(store: Store, lines: Sequence[CopyLine], out: Path, *, printed_at: str) -> None:
    """Write the lines as `.xlsx` or `.pdf`, by the ending of `out`.

    Raises UserError `nothing_to_print` and those of the disk.
    """
    if not lines:
        raise UserError("nothing_to_print", "拷贝登记里没有符合的。没有写出文件。")
    full, _ = office_of(store)
    name_of = store.catalog.divisions.name
    columns = (
        LedgerColumn(key="seq", head="序号", kind="seq"),
        *(LedgerColumn(key=f"c{at}", head=head) for at, head in enumerate(HEADS)),
    )
    ledger = Ledger(
        title=TITLE, office=full, columns=columns, bands=False, masked=True, seal=False, clerk=store.user,
        groups=(LedgerGroup(title="", rows=tuple((None, *copy_cells(line, name_of)) for line in lines)),),
        counter="份", signatures=("制表人：",), mark="示例" if store.site.demonstration else "",
    )  # fmt: skip
    if out.suffix.lower() == ".pdf":
        printed = draw_ledger(ledger, printed_at=printed_at)
        data, pages, missing = printed.data, printed.pages, printed.missing
        made = Made(
            name=out.name, data=data, rows=len(lines), total=0, pages=pages, masked=True, missing=missing
        )
    else:
        data = write_ledger_workbook(ledger, written_at=printed_at)
        made = Made(name=out.name, data=data, rows=len(lines), total=0, masked=True)
    save_made(store, out, made, kind="table")
