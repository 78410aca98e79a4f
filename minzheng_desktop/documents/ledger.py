"""Draws a ledger (花名册): A4 landscape, grouped, with subtotals, page and running totals and the sum in words.

Pages are planned first (`ledger_pages`) and drawn once; the same ledger and print time give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from minzheng_desktop.documents.fonts import Face, missing_characters
from minzheng_desktop.documents.ledger_cells import DASH, RowSetter, baseline
from minzheng_desktop.documents.ledger_layout import (
    BOTTOM,
    HEAD_SIZE,
    LEFT,
    PADDING,
    TOP,
    WIDTH,
    Layout,
    Place,
    head_lines,
    lay_out,
)
from minzheng_desktop.documents.ledger_model import Ledger, Sums, check_sum
from minzheng_desktop.documents.ledger_pages import SIGNATURES, Item, plan_pages
from minzheng_desktop.documents.pen import (
    A4_LANDSCAPE,
    BAND_GREY,
    HEAD_GREY,
    INNER,
    MM,
    Page,
    Printed,
    PrintJob,
)
from minzheng_desktop.documents.setting import break_paragraph, fit
from minzheng_desktop.values.money import capital_amount, format_money_grouped

RIGHT = LEFT + WIDTH
_TITLE_Y, _FACTS_Y, _FOOT_Y = 17.2, 24.2, 201.5
_NOTE_SIZE, _NOTE_LEAD = 8.5, 4.6


def draw_ledger(ledger: Ledger, *, printed_at: str) -> Printed:
    """The ledger as a PDF; `printed_at` is 'YYYY-MM-DD HH:MM'.

    Raises ValueError when the rows do not add up to `ledger.expected`.
    """
    return draw_ledgers((ledger,), printed_at=printed_at)


def draw_ledgers(ledgers: Sequence[Ledger], *, printed_at: str) -> Printed:
    """Several ledgers of one batch (城市 and 农村, one for each provider) in one PDF, each with its own pages.

    Raises ValueError when a ledger's rows do not add up to its `expected`.
    """
    for ledger in ledgers:
        check_sum(ledger)
    job = PrintJob(A4_LANDSCAPE, title=ledgers[0].title if ledgers else "花名册", printed_at=printed_at)
    for ledger in ledgers:
        _Drawing(job, ledger, printed_at).draw()
    return job.finish()


class _Drawing:
    """One ledger on its way to paper."""

    def __init__(self, job: PrintJob, ledger: Ledger, printed_at: str) -> None:
        self.job = job
        self.ledger = ledger
        self.printed_at = printed_at
        self.layout: Layout = lay_out(ledger)
        self.rows = RowSetter(self.job, self.layout)
        notes = (*ledger.notes, *_hand_written(ledger))
        self.notes = [
            line
            for note in notes
            for line in break_paragraph(note, Face.TEXT, _NOTE_SIZE, WIDTH * MM, indent=0)
        ]
        self.totals = tuple(place for place in self.layout.places if place.column.total)
        self.running = Sums(ledger.columns)
        self.on_page = Sums(ledger.columns)
        self.in_group = Sums(ledger.columns)
        self.number = 0
        self.pattern = _row_rules(self.layout)

    def draw(self) -> None:
        """Plan the pages and draw them."""
        plan = plan_pages(self.ledger, self.layout, note_lines=len(self.notes))
        stencil = self.job.stencil()
        self._frame(stencil)
        for number, items in enumerate(plan, start=1):
            page = self.job.page()
            page.repeat(stencil)
            page.text(LEFT + WIDTH / 2, _FOOT_Y, f"第 {number} 页　共 {len(plan)} 页", size=9, align="centre")
            self._body(page, items)
            page.close()
        if self.running.rows != self.ledger.row_count:
            raise ValueError("the page plan lost rows")

    def _frame(self, page: Page) -> None:
        """Title, facts, table head and foot: the same on every page."""
        ledger = self.ledger
        if ledger.mark:
            page.watermark(ledger.mark)
        secret = "核对稿　打码" if ledger.masked else "内部资料　注意保管"
        width = page.text(LEFT, _TITLE_Y - 3.4, secret, Face.HEAD, 9)
        page.frame(LEFT - 1.2, _TITLE_Y - 7.3, width + 2.4, 5.3, weight=0.6)
        middle = LEFT + WIDTH / 2
        title = fit(ledger.title, Face.TITLE, 18, (WIDTH - 2 * (width + 6)) * MM)
        page.text(
            middle, _TITLE_Y, ledger.title, Face.TITLE, title.size, align="centre", stretch=title.stretch
        )
        page.text(LEFT, _FACTS_Y, f"编制单位：{ledger.office}", size=9)
        page.text(middle, _FACTS_Y, "　　".join(ledger.facts), size=9, align="centre")
        page.text(RIGHT, _FACTS_Y, f"金额单位：{ledger.unit}", size=9, align="right")
        self._head(page)
        reference = f"内部资料　批次号 {ledger.batch_number}" if ledger.batch_number else "内部资料"
        clerk = f"　制表 {ledger.clerk}" if ledger.clerk else ""
        page.text(LEFT, _FOOT_Y, reference, size=8)
        page.text(RIGHT, _FOOT_Y, f"打印时间 {self.printed_at}{clerk}", size=8, align="right")

    def _head(self, page: Page) -> None:
        layout = self.layout
        page.grey(LEFT, TOP, WIDTH, layout.head_height, HEAD_GREY)
        for place in layout.places:
            top, height = TOP, layout.head_height
            if place.line == 1:
                height = layout.head_first_line
            elif place.line == 2:
                top, height = TOP + layout.head_first_line, layout.head_height - layout.head_first_line
            lines: tuple[str, ...] = (place.column.head,)
            room = (place.width - 1.0) * MM
            if place.line != 2 and not _one_line(place, room):
                lines = head_lines(place.column.head)
            lead = 3.7
            first = top + height / 2 - lead * (len(lines) - 1) / 2
            for index, line in enumerate(lines):
                fitted = fit(line, Face.HEAD, HEAD_SIZE, room)
                y = baseline(first + index * lead, 0, fitted.size)
                middle = place.x + place.width / 2
                page.text(middle, y, line, Face.HEAD, fitted.size, align="centre", stretch=fitted.stretch)
            if place.x > LEFT:
                weight, colour = (0.25, INNER) if self._inner(place) else (0.4, 0.0)
                page.rule(place.x, top, place.x, top + height, weight=weight, colour=colour)
        if layout.folded:
            upper = [place for place in layout.places if place.line == 1]
            y = TOP + layout.head_first_line
            page.rule(upper[0].x, y, upper[-1].right, y, weight=0.25, colour=INNER)
        page.rule(LEFT, TOP + layout.head_height, RIGHT, TOP + layout.head_height, weight=0.75)

    def _inner(self, place: Place) -> bool:
        return place.line == 1 and not _shared_edge(self.layout, place.x)

    def _body(self, page: Page, items: tuple[Item, ...]) -> None:
        y = TOP + self.layout.head_height
        self.on_page = Sums(self.ledger.columns)
        for item in items:
            if item.what == "signatures":
                self._signatures(page, y)
                continue
            self._item(page, item, y)
            y += item.height
        page.frame(LEFT, TOP, WIDTH, y - TOP, weight=1.0)
        if y > BOTTOM + 0.01:
            raise ValueError("the page plan runs over the page")

    def _item(self, page: Page, item: Item, y: float) -> None:
        if item.what == "row":
            self._row(page, item, y)
        elif item.what == "band":
            self._band(page, item, y)
        elif item.what == "words":
            self._words(page, item, y)
        elif item.what == "subtotal":
            self._sum(
                page, item, y, f"{self.ledger.groups[item.group].title}小计", self.in_group, strong=True
            )
        elif item.what == "page":
            self._sum(page, item, y, "本页小计", self.on_page, strong=False)
        elif item.what == "running":
            self._sum(page, item, y, "累计（转下页）", self.running, strong=False)
        else:
            self._sum(page, item, y, self.ledger.grand_title, self.running, strong=True)

    def _row(self, page: Page, item: Item, y: float) -> None:
        row = self.ledger.groups[item.group].rows[item.row]
        if item.row == 0:
            self.in_group = Sums(self.ledger.columns)
        self.number += 1
        for sums in (self.in_group, self.on_page, self.running):
            sums.add(row)
        cells = self.rows.operators(self.number, row)
        page.rows.append(f"q 1 0 0 1 0 {page.y(y):.2f} cm {self.pattern}\nBT {cells} ET Q")

    def _band(self, page: Page, item: Item, y: float) -> None:
        group = self.ledger.groups[item.group]
        page.grey(LEFT, y, WIDTH, item.height, BAND_GREY)
        title = f"{group.title}（续）" if item.continued else group.title
        line = baseline(y, item.height, 9)
        width = page.text(LEFT + 2, line, title, Face.HEAD, 9)
        if group.note:
            page.text(LEFT + 2 + width + 6, line, group.note, Face.HEAD, 8.5)
        if group.tally and not item.continued:
            page.text(RIGHT - PADDING, line, group.tally, size=8.5, align="right")
        page.rule(LEFT, y + item.height, RIGHT, y + item.height, weight=0.4)

    def _sum(self, page: Page, item: Item, y: float, title: str, sums: Sums, *, strong: bool) -> None:
        """A line of sums: title, number of rows, and the sum of each total column with its own edges."""
        size = 9.0 if item.what == "grand" else 8.5
        if strong:
            page.grey(LEFT, y, WIDTH, item.height, HEAD_GREY)
        if item.what in ("page", "grand"):
            page.rule(LEFT, y, RIGHT, y, weight=0.75)
        face = Face.HEAD if strong else Face.NUMBER
        line = baseline(y, item.height, size)
        page.text(LEFT + 2, line, title, Face.HEAD if strong else Face.TEXT, size)
        first = min((place.x for place in self.totals), default=RIGHT)
        count = f"{sums.rows:,} {self.ledger.counter}"
        page.text(first - 3, line, count, face, size, align="right")
        edges: set[float] = set()
        for place in self.totals:
            self._sum_cell(page, place, y, item.height, sums.values[place.position], strong=strong)
            edges |= {round(place.x, 3), round(place.right, 3)}
        for edge in sorted(edges):
            if LEFT < edge < RIGHT:
                page.rule(edge, y, edge, y + item.height, weight=0.4)
        page.rule(LEFT, y + item.height, RIGHT, y + item.height, weight=0.4)

    def _sum_cell(
        self, page: Page, place: Place, y: float, height: float, value: int, *, strong: bool
    ) -> None:
        column = place.column
        face = Face.HEAD if strong or column.main else Face.NUMBER
        size = 10.0 if column.main else 8.5
        if column.kind == "money":
            text = format_money_grouped(value) if value or column.required else DASH
            room = (place.width - 1.2) * MM
            fitted = fit(text, face, size, room)
            x, align = place.right - PADDING, "right"
        else:
            text = f"{value:,}"
            fitted = fit(text, face, size, (place.width - 0.6) * MM)
            x, align = place.x + place.width / 2, "centre"
        line = baseline(y, height, fitted.size)
        page.text(x, line, text, face, fitted.size, align=align, stretch=fitted.stretch)

    def _words(self, page: Page, item: Item, y: float) -> None:
        total = self.running.values.get(self.ledger.main_column or 0, self.ledger.total)
        line = baseline(y, item.height, 10.5)
        main = next(place.column.head for place in self.layout.places if place.column.main)
        page.text(LEFT + 2, line, f"{main}（大写）", Face.HEAD, 9)
        page.text(LEFT + 50, line, f"人民币{capital_amount(total)}", Face.TITLE, 11)
        page.text(
            RIGHT - PADDING, line, f"小写：¥{format_money_grouped(total)}", Face.HEAD, 10.5, align="right"
        )

    def _signatures(self, page: Page, y: float) -> None:
        line = y + 8.5
        places = [*self.ledger.signatures, "制表日期：　　　年　　月　　日"]
        step = (WIDTH - (18 if self.ledger.seal else 0)) / (len(places) + 0.35)
        for index, text in enumerate(places):
            page.text(LEFT + index * step, line, text, size=10.5)
        if self.ledger.seal:
            page.text(RIGHT, line, "（公章）", size=10.5, align="right")
        for index, note in enumerate(self.notes):
            page.text(
                LEFT + note.indent / MM,
                y + SIGNATURES + index * _NOTE_LEAD,
                note.text,
                size=_NOTE_SIZE,
                spacing=note.spacing,
            )


def _one_line(place: Place, room: float) -> bool:
    fitted = fit(place.column.head, Face.HEAD, HEAD_SIZE, room)
    return fitted.fits and fitted.size == HEAD_SIZE and fitted.stretch == 1.0


def _shared_edge(layout: Layout, x: float) -> bool:
    """Whether an edge of line 1 is an edge of line 2 (or of a column over both lines) as well."""
    return any(
        abs(edge - x) < 0.01 for place in layout.places if place.line != 1 for edge in (place.x, place.right)
    )


def _row_rules(layout: Layout) -> str:
    """The rules of one row, relative to its top: written once, repeated as they stand."""
    height = layout.row_height * MM
    heavy = [f"{LEFT * MM:.2f} {-height:.2f} m {RIGHT * MM:.2f} {-height:.2f} l"]
    light = []
    for place in layout.places:
        if place.x <= LEFT + 0.01 or place.line == 2:
            continue
        x = f"{place.x * MM:.2f}"
        if not layout.folded or _shared_edge(layout, place.x):
            heavy.append(f"{x} 0 m {x} {-height:.2f} l")
        else:
            light.append(f"{x} 0 m {x} {-layout.first_line * MM:.2f} l")
    operators = f"0 G 0.4 w {' '.join(heavy)} S"
    if light:
        operators += f" {INNER:g} G 0.25 w {' '.join(light)} S"
    return operators


def _hand_written(ledger: Ledger) -> tuple[str, ...]:
    """The list of what must be written by hand (待手写清单): texts with characters that no typeface has."""
    entries = []
    number = 0
    characters: set[str] = set()
    for group in ledger.groups:
        for row in group.rows:
            characters.update(*[value for value in row if isinstance(value, str)])
    if not missing_characters("".join(sorted(characters))):
        return ()
    for group in ledger.groups:
        for row in group.rows:
            number += 1
            for value in row:
                lost = missing_characters(value) if isinstance(value, str) else ()
                if lost:
                    codes = "、".join(f"U+{ord(character):04X}" for character in lost)
                    shown = "".join("□" if character in lost else character for character in str(value))
                    entries.append(f"第 {number} 号「{shown}」（{codes}）")
    return (f"待手写清单（字库里没有的字印成□，请用笔补上）：{'；'.join(entries)}。",)
