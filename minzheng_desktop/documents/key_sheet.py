"""The recovery key on paper: what opens the database when every password is lost. Printed once, kept in the safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.documents.batch_prints import Made
from minzheng_desktop.documents.fonts import Face
from minzheng_desktop.documents.grid import Grid, paragraph_lines, set_lines
from minzheng_desktop.documents.office import office_of
from minzheng_desktop.documents.pen import A4_PORTRAIT, MM, Printed, PrintJob
from minzheng_desktop.documents.setting import fit
from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

LEFT, WIDTH = 25.0, 160.0
RIGHT = LEFT + WIDTH


class KeySheet(msgspec.Struct, frozen=True, kw_only=True):
    """`key` as it is shown on the screen; `database` the file's name, `created_at` 'YYYY-MM-DD HH:MM'."""

    office: str
    key: str
    database: str
    created_at: str
    user: str = ""


def make_key_sheet(store: Store, key: str, *, printed_at: str) -> Made:
    """The sheet for the key of an open database; nothing of it is kept by the program."""
    office, _short = office_of(store)
    with store.reading() as r:
        created = r.scalar(sa.select(sa.func.min(schema.audit.c.at)))
        first = r.scalar(sa.select(schema.users.c.name).order_by(schema.users.c.id).limit(1))
    sheet = KeySheet(
        office=office, key=key, database=store.path.name if store.path else "", user=first or "",
        created_at=str(created or "")[:16].replace("T", " "),
    )  # fmt: skip
    printed = draw_recovery_key(sheet, printed_at=printed_at)
    return Made(name="恢复密钥.pdf", data=printed.data, rows=1, total=0, pages=printed.pages)


def draw_recovery_key(sheet: KeySheet, *, printed_at: str) -> Printed:
    """One page with the key in large figures, what it is for, and where to keep it."""
    job = PrintJob(A4_PORTRAIT, title="恢复密钥", printed_at=printed_at)
    page = job.page()
    page.text(LEFT, 20, "机密　由单位负责人保管", Face.HEAD, 10)
    page.text(105, 38, "恢 复 密 钥", Face.TITLE, 26, align="centre")
    grid = Grid(page)
    y = 48.0
    for label, value in (
        ("单　位", sheet.office),
        ("数据库", sheet.database),
        ("建立时间", sheet.created_at),
        ("首个用户", sheet.user),
    ):
        grid.label(LEFT, y, 34, 9.5, label, face=Face.NUMBER, grey=True)
        grid.value(LEFT + 34, y, WIDTH - 34, 9.5, value)
        y += 9.5
    grid.close()
    page.frame(LEFT, 48.0, WIDTH, y - 48.0, weight=1.0)
    lines = _key_lines(sheet.key)
    y += 8
    page.frame(LEFT, y, WIDTH, 12 + 13 * len(lines), weight=1.5)
    for number, line in enumerate(lines):
        fitted = fit(line, Face.NUMBER, 22, (WIDTH - 10) * MM)
        page.text(105, y + 15 + 13 * number, line, Face.NUMBER, fitted.size, align="centre")
    y += 12 + 13 * len(lines) + 12
    for text in (
        "一、忘记所有密码或离岗没有交接时，用它打开数据库，再设新的密码。",
        "二、拿到这张纸的人就能打开全部数据。装进信封，封口盖章，放进保险柜，不拍照、不存进电脑、不和电脑放在一起。",
        "三、用过一次或怀疑别人看过，在“设置”里换新的，重新打印，这张作废。",
    ):
        y = set_lines(page, LEFT, y, paragraph_lines(text, WIDTH, size=12, indent=0), size=12, lead=6.6) + 2
    y += 14
    page.text(LEFT, y, "保管人（签字）：", size=12)
    page.text(RIGHT, y, "年　　月　　日", size=12, align="right")
    page.text(RIGHT, 287, f"打印时间 {printed_at}", size=8, align="right")
    page.close()
    return job.finish()


def _key_lines(key: str) -> list[str]:
    """The key on lines of at most four groups."""
    groups = key.replace(" ", "-").split("-")
    return ["-".join(groups[start : start + 4]) for start in range(0, len(groups), 4)]
