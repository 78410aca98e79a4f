"""Certificate pages printed onto pre-printed stock (低保证内页): positions in millimetres and one offset per printer.

The stock itself is drawn, in pale blue, only in the preview. The test sheet shows how far a printer is off and
whether it scales the page ("fit to page" is the usual culprit).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from minzheng_desktop.documents.fonts import Face
from minzheng_desktop.documents.pen import MM, Page, Printed, PrintJob
from minzheng_desktop.documents.setting import fit
from minzheng_desktop.values.errors import UserError

_STOCK = (0.62, 0.72, 0.84)
_SIZE = 10.0
_LARGEST_OFFSET = 20.0


class CardField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place on the card: left edge and base line in mm from the top left corner, and how wide it is."""

    label: str
    x: float
    y: float
    width: float
    kind: Literal["text", "figure", "number"] = "text"


class CardLayout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The stock: size in mm and its places by key."""

    title: str
    width: float
    height: float
    field: dict[str, CardField]


class Offset(msgspec.Struct, frozen=True):
    """What a printer must be moved by, in mm: `dx` to the right, `dy` down. Kept per printer in the settings."""

    dx: float = 0.0
    dy: float = 0.0


def check_offset(offset: Offset) -> None:
    """Raise UserError for an offset that would push the print off the card."""
    if abs(offset.dx) > _LARGEST_OFFSET or abs(offset.dy) > _LARGEST_OFFSET:
        raise UserError(
            "print.offset",
            f"偏移量超过 {_LARGEST_OFFSET:g} 毫米，没有打印。先打一张测试页，量出偏差再填。",
        )


def draw_card(
    layout: CardLayout,
    values: Mapping[str, str],
    *,
    printed_at: str,
    offset: Offset | None = None,
    preview: bool = False,
    mark: str = "",
) -> Printed:
    """One card; `values` by the layout's keys. With `preview` the pre-printed stock shows in pale blue.

    Raises UserError when the offset is absurd, ValueError for a key that the layout does not have.
    """
    offset = offset or Offset()
    check_offset(offset)
    unknown = set(values) - set(layout.field)
    if unknown:
        raise ValueError(f"the card has no place for {sorted(unknown)}")
    job = PrintJob((layout.width, layout.height), title=layout.title, printed_at=printed_at)
    page = job.page()
    if preview:
        _stock(page, layout)
    if mark:
        page.text(layout.width / 2, layout.height - 4, mark, Face.HEAD, 9, align="centre")
    for key, field in layout.field.items():
        text = values.get(key, "")
        if text:
            _fill(page, field, text, offset)
    page.close()
    return job.finish()


def _fill(page: Page, field: CardField, text: str, offset: Offset) -> None:
    x, y = field.x + 0.6 + offset.dx, field.y + offset.dy
    if field.kind == "number":
        page.number(x, y, text, 9.5)
        return
    face = Face.NUMBER if field.kind == "figure" else Face.TEXT
    fitted = fit(text, face, _SIZE, (field.width - 1.0) * MM, lines=2)
    if not fitted.fits:
        page.job.unfit.append(text)
    lead = fitted.size * 1.15 / MM
    for number, line in enumerate(fitted.lines):
        line_y = y - lead * (len(fitted.lines) - 1 - number)
        page.text(x, line_y, line, face, fitted.size, stretch=fitted.stretch)


def _stock(page: Page, layout: CardLayout) -> None:
    """What the printing house put on the card: title, labels, lines, corner marks."""
    page.text(layout.width / 2, 14, layout.title, Face.TITLE, 15, align="centre", spacing=4, colour=_STOCK)
    for field in layout.field.values():
        page.text(field.x - 1.2, field.y, field.label, size=9.5, align="right", colour=_STOCK)
        page.rule(field.x, field.y + 1.4, field.x + field.width, field.y + 1.4, weight=0.6, colour=_STOCK)
    for x, y in _corners(layout):
        _cross(page, x, y, 2.4, _STOCK)


def _corners(layout: CardLayout) -> tuple[tuple[float, float], ...]:
    right, bottom = layout.width - 4, layout.height - 4
    return (4.0, 4.0), (right, 4.0), (4.0, bottom), (right, bottom)


def _cross(page: Page, x: float, y: float, arm: float, colour: float | tuple[float, float, float]) -> None:
    page.rule(x - arm, y, x + arm, y, weight=0.5, colour=colour)
    page.rule(x, y - arm, x, y + arm, weight=0.5, colour=colour)


def draw_card_test(
    layout: CardLayout, *, printed_at: str, offset: Offset | None = None, preview: bool = False
) -> Printed:
    """The test sheet for one printer: crosshairs on the corner marks, ±5 mm scales, field boxes, a 50 mm bar."""
    offset = offset or Offset()
    check_offset(offset)
    job = PrintJob((layout.width, layout.height), title=f"{layout.title}套打测试", printed_at=printed_at)
    page = job.page()
    if preview:
        _stock(page, layout)
    dx, dy = offset.dx, offset.dy
    for x, y in _corners(layout):
        _cross(page, x + dx, y + dy, 4.0, 0.0)
    _scales(page, layout, offset)
    for field in layout.field.values():
        page.frame(field.x + dx, field.y - 3.9 + dy, field.width, 5.2, weight=0.5)
        words = f"{field.label} {field.x:g},{field.y:g}"
        fitted = fit(words, Face.NUMBER, 7.5, (field.width - 1.4) * MM)
        page.text(
            field.x + 0.8 + dx, field.y - 0.4 + dy, words, Face.NUMBER, fitted.size, stretch=fitted.stretch
        )
    y = layout.height - 9.6 + dy
    left = 19.0 + dx
    page.rule(left, y, left + 50, y, weight=0.6)
    for x in (left, left + 50):
        page.rule(x, y - 1.3, x, y + 1.3, weight=0.6)
    page.text(left + 52, y + 1.0, "此线应长 50 mm，不符请关掉打印缩放", Face.NUMBER, 7.5)
    middle = layout.width / 2
    words = f"套打测试　当前偏移 水平 {dx:+.1f} mm　垂直 {dy:+.1f} mm"
    page.text(middle, layout.height - 5.2, words, Face.NUMBER, 8.5, align="centre")
    advice = "量黑十字到纸上角标的距离：黑十字偏左、偏上，偏移填正数"
    page.text(middle, layout.height - 1.9, advice, Face.NUMBER, 7.5, align="centre")
    page.close()
    return job.finish()


def _scales(page: Page, layout: CardLayout, offset: Offset) -> None:
    """Millimetre scales of ±5 at the top and the left edge."""
    middle_x, middle_y = layout.width / 2 + offset.dx, layout.height / 2 + offset.dy
    for step in range(-5, 6):
        length = 3.2 if step % 5 == 0 else 1.8
        page.rule(middle_x + step, 2.6, middle_x + step, 2.6 + length, weight=0.4)
        page.rule(2.6, middle_y + step, 2.6 + length, middle_y + step, weight=0.4)
        if step % 5 == 0:
            page.text(middle_x + step, 8.8, f"{step:+d}" if step else "0", Face.NUMBER, 7.5, align="centre")
            page.text(6.6, middle_y + step + 0.9, f"{step:+d}" if step else "0", Face.NUMBER, 7.5)
