"""Letters to citizens (告知书) in the letter format (信函格式) of GB/T 9704-2012, with the receipt of delivery.

Type area 156 × 225 mm at 28 from the left: 22 lines of 28 characters of size 3 (15.75 pt). The letter format fits a
notice to one person better than the document head, which leaves half a page.
"""

from __future__ import annotations

import msgspec

from minzheng_desktop.documents.fonts import Face, text_width
from minzheng_desktop.documents.grid import Grid
from minzheng_desktop.documents.pen import A4_PORTRAIT, MM, Page, Printed, PrintJob
from minzheng_desktop.documents.setting import Line, break_paragraph, fit

LEFT, WIDTH = 28.0, 156.0
RIGHT = LEFT + WIDTH
_SIZE, _SPACING = 15.75, 0.04
_LINE = 28.99 / MM
_CHARACTER = _SIZE / MM
_RED = (0.80, 0.07, 0.09)
_RULE_LEFT, _RULE_RIGHT = 20.0, 190.0
_BOTTOM = 266.0


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt of delivery (送达回证) on a page of its own; `way` is one of 直接 留置 邮寄 公告, or open."""

    document: str
    number: str
    receiver: str
    place: str
    way: str = ""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter. `number` such as 云民救停〔2024〕17号, `date` as 2024年10月9日 without zeros, `remark` the 附注."""

    office: str
    number: str
    title: str
    addressee: str
    paragraphs: tuple[str, ...]
    date: str
    signer: str = ""
    remark: str = ""
    delivery: Delivery | None = None
    mark: str = ""


def draw_letter(letter: Letter, *, printed_at: str) -> Printed:
    """The letter, and its receipt of delivery when there is one, as a PDF."""
    job = PrintJob(A4_PORTRAIT, title=letter.title, printed_at=printed_at)
    _Drawing(job, letter).draw()
    if letter.delivery is not None:
        _draw_delivery(job, letter.delivery, letter.mark)
    return job.finish()


class _Drawing:
    def __init__(self, job: PrintJob, letter: Letter) -> None:
        self.job = job
        self.letter = letter
        self.page: Page = job.page()
        self.number = 1
        self.y = 0.0

    def draw(self) -> None:
        letter = self.letter
        self._head()
        self._line(Line(letter.addressee, 0.0, 0.0))
        lines = [line for text in letter.paragraphs for line in _body_lines(text)]
        # The last line of the text goes along with the seal, never the seal alone on a page.
        tail = 4 + (2 if letter.remark else 0)
        for index, line in enumerate(lines):
            needed = tail + 1 if index == len(lines) - 1 else 1
            if self.y + (needed - 1) * _LINE > _BOTTOM:
                self._next_page()
            self._line(line)
        self._sign()
        self._finish()

    def _head(self) -> None:
        page, letter = self.page, self.letter
        if letter.mark:
            page.watermark(letter.mark)
        office = fit(letter.office, Face.TITLE, 40, (WIDTH - 20) * MM)
        spacing = min(6.0, (WIDTH * MM - text_width(letter.office, Face.TITLE, office.size)) / 12)
        page.text(
            105, 30 + 0.86 * office.size / MM, letter.office, Face.TITLE, office.size,
            align="centre", spacing=max(spacing, 0.0), stretch=office.stretch, colour=_RED,
        )  # fmt: skip
        y = 48.3
        page.rule(_RULE_LEFT, y, _RULE_RIGHT, y, weight=2.4, colour=_RED)
        page.rule(_RULE_LEFT, y + 1.2, _RULE_RIGHT, y + 1.2, weight=0.9, colour=_RED)
        page.rule(_RULE_LEFT, 275.8, _RULE_RIGHT, 275.8, weight=0.9, colour=_RED)
        page.rule(_RULE_LEFT, 277.0, _RULE_RIGHT, 277.0, weight=2.4, colour=_RED)
        # The number stands 7/8 of a character under the rule (GB/T 9704-2012, 10.1).
        base = y + 1.2 + _CHARACTER * (0.875 + 0.86)
        page.text(RIGHT, base, letter.number, size=_SIZE, align="right", spacing=_SPACING)
        self.y = base + 3 * _LINE
        for line in _title_lines(letter.title):
            page.text(105, self.y, line, Face.TITLE, 22, align="centre")
            self.y += _LINE * 1.1
        self.y += _LINE * 0.9

    def _line(self, line: Line) -> None:
        self.page.text(
            LEFT + line.indent / MM, self.y, line.text, size=_SIZE, spacing=_SPACING + line.spacing
        )
        self.y += _LINE

    def _sign(self) -> None:
        letter, page = self.letter, self.page
        self.y += 2 * _LINE - _LINE
        signer = letter.signer or letter.office
        date_width = text_width(letter.date, Face.TEXT, _SIZE) / MM
        middle = RIGHT - 4 * _CHARACTER - date_width / 2
        signer_width = text_width(signer, Face.TEXT, _SIZE) / MM
        signer_middle = min(middle, RIGHT - signer_width / 2)
        page.text(signer_middle, self.y, signer, size=_SIZE, align="centre")
        self.y += _LINE
        page.text(middle, self.y, letter.date, size=_SIZE, align="centre")
        if letter.remark:
            self.y += _LINE
            remark = fit(f"（{letter.remark}）", Face.TEXT, _SIZE, (WIDTH - 2 * _CHARACTER) * MM)
            page.text(
                LEFT + 2 * _CHARACTER,
                self.y,
                f"（{letter.remark}）",
                size=remark.size,
                stretch=remark.stretch,
            )

    def _next_page(self) -> None:
        self._finish()
        self.page = self.job.page()
        self.number += 1
        if self.letter.mark:
            self.page.watermark(self.letter.mark)
        self.y = 37.0 + _LINE

    def _finish(self) -> None:
        # The letter format has no page number on its first page (GB/T 9704-2012, 10.1).
        if self.number > 1:
            self.page.text(105, 270, f"— {self.number} —", Face.TEXT, 14, align="centre")
        self.page.close()


def _body_lines(text: str) -> tuple[Line, ...]:
    """Lines of 28 characters: the letter spacing of the grid is left out of the measure."""
    return break_paragraph(text, Face.TEXT, _SIZE, WIDTH * MM - 27 * _SPACING, indent=2)


def _title_lines(title: str) -> tuple[str, ...]:
    if text_width(title, Face.TITLE, 22) <= WIDTH * MM:
        return (title,)
    half = (len(title) + 1) // 2
    return title[:half], title[half:]


def _draw_delivery(job: PrintJob, delivery: Delivery, mark: str) -> None:
    page = job.page()
    if mark:
        page.watermark(mark)
    page.text(105, 46, "送 达 回 证", Face.TITLE, 22, align="centre")
    grid = Grid(page)
    ways = tuple((way, way == delivery.way) for way in ("直接", "留置", "邮寄", "公告"))
    y, label, date = 54.0, 44.0, "年　　月　　日"
    rows: tuple[tuple[str, tuple[str, ...], float, bool], ...] = (
        ("送达文书名称\n及　文　号", (delivery.document, delivery.number), 17.0, False),
        ("受送达人", (delivery.receiver,), 12.0, False),
        ("送达地点", (delivery.place,), 12.0, False),
        ("送达方式", (), 12.0, False),
        ("收件人\n（签字、手印）", (), 20.0, True),
        ("代收人及与受送\n达人关系", (), 20.0, True),
        ("拒收事由\n见证人（签字）", (), 20.0, False),
        ("送达人\n（2人签字）", (), 20.0, True),
    )
    for title, values, height, dated in rows:
        grid.label(LEFT, y, label, height, title, size=12)
        grid.cell(LEFT + label, y, WIDTH - label, height)
        lead = 6.3
        first = y + height / 2 - lead * (len(values) - 1) / 2 + 0.365 * 12 / MM
        for index, value in enumerate(values):
            fitted = fit(value, Face.TEXT, 12, (WIDTH - label - 6) * MM)
            page.text(LEFT + label + 3, first + index * lead, value, size=fitted.size, stretch=fitted.stretch)
        if title == "送达方式":
            grid.ticks(LEFT + label + 3, y, height, ways)
        if dated:
            page.text(RIGHT - 12, y + height / 2 + 1.5, date, size=12, align="right")
        y += height
    grid.close()
    page.frame(LEFT, 54.0, WIDTH, y - 54.0, weight=1.0)
    page.text(LEFT, y + 7, "此联由受送达人签收后退回存档。", size=12)
    page.close()
