"""这笔钱怎么算的: one sheet that explains an amount to the household, each line checkable on a pocket calculator."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from minzheng_desktop.documents.fonts import Face
from minzheng_desktop.documents.grid import Grid, paragraph_lines, set_lines
from minzheng_desktop.documents.pen import A4_PORTRAIT, MM, Page, Printed, PrintJob
from minzheng_desktop.documents.setting import fit
from minzheng_desktop.documents.tables import TableColumn, TableStyle, draw_table
from minzheng_desktop.values.money import capital_amount, format_money_grouped

LEFT, WIDTH = 25.0, 170.0
RIGHT = LEFT + WIDTH
_BOTTOM = 272.0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the calculation: what is done, the formula in figures, its result, the rule it rests on."""

    what: str
    formula: str
    result: str
    source: str = ""


class Income(msgspec.Struct, frozen=True, kw_only=True):
    """One income of the household; `amount` in cents a year."""

    item: str
    member: str
    formula: str
    amount: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One line against the month before, both in cents, with the reason for the change."""

    what: str
    before: int
    now: int
    reason: str = ""


class ExplanationSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The sheet: `subject` are label and value pairs (户主, 村组, 类别 …), `amount` the cents paid.

    `amount_title` is 本月实发 or 本季实发; `months` the two heads of the comparison.
    """

    service: str
    month: str
    subject: tuple[tuple[str, str], ...]
    amount: int
    steps: tuple[Step, ...]
    batch_number: str = ""
    amount_title: str = "本月实发"
    incomes: tuple[Income, ...] = ()
    changes: tuple[Change, ...] = ()
    months: tuple[str, str] = ("上月", "本月")
    notes: str = ""
    snapshot: str = ""
    mark: str = ""


def draw_explanation(sheet: ExplanationSheet, *, printed_at: str) -> Printed:
    """The sheet as a PDF, one page unless the tables are very long."""
    job = PrintJob(A4_PORTRAIT, title="这笔钱怎么算的", printed_at=printed_at)
    drawing = _Drawing(job, sheet, printed_at)
    drawing.draw()
    return job.finish()


class _Drawing:
    def __init__(self, job: PrintJob, sheet: ExplanationSheet, printed_at: str) -> None:
        self.job = job
        self.sheet = sheet
        self.printed_at = printed_at
        self.page: Page = job.page()
        self.sections = 0

    def draw(self) -> None:
        sheet = self.sheet
        self._mark()
        page, middle = self.page, LEFT + WIDTH / 2
        page.text(LEFT, 17, "内部资料　可交本人或家属", size=9, face=Face.NUMBER)
        page.text(middle, 30, "这笔钱怎么算的", Face.TITLE, 20, align="centre")
        line = "　　".join(
            filter(None, (sheet.service, sheet.month, sheet.batch_number and f"批次 {sheet.batch_number}"))
        )
        page.text(middle, 39, line, size=10.5, align="centre")
        y = self._subject(43.0)
        y = self._amount(y + 4.5)
        if sheet.incomes:
            y = self._incomes(y)
        y = self._steps(y)
        if sheet.changes:
            y = self._changes(y)
        self._foot(y)

    def _mark(self) -> None:
        if self.sheet.mark:
            self.page.watermark(self.sheet.mark)

    def _title(self, y: float, words: str, needed: float) -> float:
        """A section title; a section that does not fit begins a new page."""
        if y + needed > _BOTTOM:
            self._next_page()
            y = 16.0
        self.sections += 1
        number = "一二三四"[self.sections - 1]
        self.page.text(LEFT, y + 7.5, f"{number}、{words}", Face.HEAD, 11)
        return y + 10.2

    def _table(
        self, y: float, columns: tuple[TableColumn, ...], rows: Sequence[tuple[str, ...]], *, total: bool
    ) -> float:
        style = TableStyle(row_height=7.0)
        room = max(3, int((_BOTTOM - y - style.head_height) / (style.row_height * 1.1)))
        if len(rows) > room + 1:
            self._ruled(y, columns, rows[:room], style, total=False)
            self._next_page()
            return self._table(16.0, columns, rows[room:], total=total)
        return self._ruled(y, columns, rows, style, total=total)

    def _ruled(
        self,
        y: float,
        columns: tuple[TableColumn, ...],
        rows: Sequence[tuple[str, ...]],
        style: TableStyle,
        *,
        total: bool,
    ) -> float:
        grid = Grid(self.page, weight=0.4)
        bottom = draw_table(grid, LEFT, y, columns, rows, style=style, total=total)
        grid.close()
        self.page.frame(LEFT, y, WIDTH, bottom - y, weight=0.9)
        return bottom

    def _next_page(self) -> None:
        self._close_page()
        self.page = self.job.page()
        self._mark()

    def _subject(self, y: float) -> float:
        pairs = self.sheet.subject
        grid = Grid(self.page, weight=0.4)
        widths = ((19.0, 40.0), (19.0, 33.0), (19.0, 40.0))
        rows = [pairs[start : start + 3] for start in range(0, len(pairs), 3)]
        for row in rows:
            x = LEFT
            for index, (label, value) in enumerate(row):
                label_width, value_width = widths[index]
                if index == len(row) - 1:
                    value_width = RIGHT - x - label_width
                grid.label(x, y, label_width, 7.6, label, size=9.5, grey=True)
                kind = "number" if len(value) >= 15 and value.isascii() else "text"
                grid.value(x + label_width, y, value_width, 7.6, value, kind=kind)
                x += label_width + value_width
            y += 7.6
        grid.close()
        self.page.frame(LEFT, y - 7.6 * len(rows), WIDTH, 7.6 * len(rows), weight=0.9)
        return y

    def _amount(self, y: float) -> float:
        page, sheet = self.page, self.sheet
        page.grey(LEFT, y, WIDTH, 17.0, 0.95)
        base = y + 11.2
        x = LEFT + 4
        x += page.text(x, base - 0.8, sheet.amount_title, Face.HEAD, 12) + 8
        x += page.text(x, base, f"{format_money_grouped(sheet.amount)} 元", Face.HEAD, 22) + 6
        words = f"人民币{capital_amount(sheet.amount)}"
        fitted = fit(words, Face.TITLE, 12, (RIGHT - 4 - x) * MM)
        page.text(
            RIGHT - 4, base - 0.6, words, Face.TITLE, fitted.size, align="right", stretch=fitted.stretch
        )
        return y + 17.0

    def _incomes(self, y: float) -> float:
        sheet = self.sheet
        y = self._title(y, "家里的收入", 30)
        rows = [(i.item, i.member, i.formula, format_money_grouped(i.amount)) for i in sheet.incomes]
        rows.append(("合　计", "", "", format_money_grouped(sum(i.amount for i in sheet.incomes))))
        columns = (
            TableColumn("收入项目", 52.0),
            TableColumn("成　员", 44.0),
            TableColumn("算　法", 42.0, "figure"),
            TableColumn("年收入（元）", 32.0, "figure", "right"),
        )
        return self._table(y, columns, rows, total=True)

    def _steps(self, y: float) -> float:
        sheet = self.sheet
        y = self._title(y, "一步一步算", 50)
        columns = (
            TableColumn("步骤", 11.0, "figure", "centre"),
            TableColumn("做什么", 44.0),
            TableColumn("算　式", 56.0, "figure"),
            TableColumn("结果（元）", 26.0, "figure", "right"),
            TableColumn("依　据", 33.0),
        )
        rows = [(str(n), s.what, s.formula, s.result, s.source) for n, s in enumerate(sheet.steps, start=1)]
        rows.append(("", sheet.amount_title, "", format_money_grouped(sheet.amount), ""))
        return self._table(y, columns, rows, total=True)

    def _changes(self, y: float) -> float:
        sheet = self.sheet
        y = self._title(y, "和上次比", 7 * len(sheet.changes) + 18)
        before, now = sheet.months
        columns = (
            TableColumn("", 40.0),
            TableColumn(before, 34.0, "figure", "right"),
            TableColumn(now, 34.0, "figure", "right"),
            TableColumn("变　化", 28.0, "figure", "right"),
            TableColumn("原　因", 34.0),
        )
        rows = [
            (
                change.what,
                format_money_grouped(change.before),
                format_money_grouped(change.now),
                signed(change.now - change.before),
                change.reason,
            )
            for change in sheet.changes
        ]
        return self._table(y, columns, rows, total=True)

    def _foot(self, y: float) -> None:
        page, sheet = self.page, self.sheet
        if sheet.notes:
            lines = paragraph_lines(sheet.notes, WIDTH, size=9, indent=0)
            y = set_lines(page, LEFT, y + 6.0, lines, size=9, lead=5.0)
        base = max(y + 8, 264.0) if y + 8 < 280 else y + 8
        page.text(LEFT, base, "经办人：")
        page.text(LEFT + 60, base, "户主或本人（签字、手印）：")
        page.text(RIGHT, base, "年　　月　　日", align="right")
        self._close_page()

    def _close_page(self) -> None:
        if self.sheet.snapshot:
            self.page.text(LEFT, 287, self.sheet.snapshot, size=8)
        self.page.text(RIGHT, 287, f"打印时间 {self.printed_at}", size=8, align="right")
        self.page.close()


def signed(cents: int) -> str:
    """A change in cents: '+105.00', '-150.00', '0.00'."""
    return f"+{format_money_grouped(cents)}" if cents > 0 else format_money_grouped(cents)
