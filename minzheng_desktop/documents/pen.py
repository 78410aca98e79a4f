"""The pen: puts greys, rules and text on PDF pages, quickly and always with the same bytes.

Callers measure in millimetres from the top left corner; type sizes, line widths and letter spacing are in points.
Operators are written straight into the page; a string that comes again is encoded once per document. Nothing is
shared between documents, so several may be drawn at the same time.
Each page keeps three lists, because greys must lie under rules and rules under text.
"""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import msgspec
from reportlab.pdfbase import pdfdoc

from minzheng_desktop.documents.embedding import EmbeddedFont
from minzheng_desktop.documents.fonts import SUBSTITUTE, Face

MM = 72 / 25.4
A4_PORTRAIT = (210.0, 297.0)
A4_LANDSCAPE = (297.0, 210.0)

SMALLEST = 7.5  # points; nothing is printed smaller
NARROWEST = 0.8  # of the natural width of a glyph
GROUP_GAP = 90  # 1/1000 em between groups of digits; at 100 readers put a space into the copied number
SOLID, INNER = 0.0, 0.55  # grey of main and inner rules
HEAD_GREY, BAND_GREY = 0.93, 0.965

Colour = float | tuple[float, float, float]


class MissingCharacter(msgspec.Struct, frozen=True):
    """A character that no typeface has: printed as □, to be written by hand. `text` is one text holding it."""

    character: str
    text: str
    count: int

    @property
    def code(self) -> str:
        """The code point as 'U+E123'."""
        return f"U+{ord(self.character):04X}"


class Printed(msgspec.Struct, frozen=True):
    """A finished print: the PDF, its pages, and what a person must still see to.

    `missing` are the characters to be written by hand, `unfit` the texts that did not fit their place even
    narrowed and broken into lines (they are printed whole, over the edge of the cell).
    """

    data: bytes
    pages: int
    missing: tuple[MissingCharacter, ...] = ()
    unfit: tuple[str, ...] = ()


class Shown(NamedTuple):
    """Operators that show a text at the current position, and its width in points."""

    operators: str
    width: float


class PrintJob:
    """One PDF being drawn.

    `size` is width and height in millimetres, `printed_at` 'YYYY-MM-DD HH:MM' becomes the document's date;
    `title` is all that its metadata say.
    """

    def __init__(self, size: tuple[float, float], *, title: str, printed_at: str) -> None:
        self.width, self.height = size
        self.printed_at = printed_at
        self.pages = 0
        self.unfit: list[str] = []
        self._fonts: dict[Face, EmbeddedFont] = {}
        self._shown: dict[tuple[str, Face, float], Shown] = {}
        self._lost: dict[str, tuple[str, int]] = {}
        digits = "".join(c for c in printed_at if c.isdigit()).ljust(14, "0")[:14]
        self._document: Any = pdfdoc.PDFDocument(compression=1, invariant=1, pdfVersion=(1, 4))
        self._document.setDateFormatter(lambda *_: f"D:{digits}+08'00'")
        self._document.setTitle(title)
        resources = pdfdoc.PDFResourceDictionary()
        resources.basicFonts()
        self._resources = self._document.Reference(resources, "resources")
        for clear in (self._document.setAuthor, self._document.setSubject, self._document.setCreator):
            clear("")

    def page(self) -> Page:
        """Start a page; `Page.close` finishes it."""
        self.pages += 1
        return Page(self)

    def turn(self, size: tuple[float, float]) -> None:
        """Pages that are started from here on have this size in millimetres."""
        self.width, self.height = size

    def finish(self) -> Printed:
        """Write the fonts and the file."""
        for font in self._fonts.values():
            font.add_to(self._document)
        data: bytes = self._document.GetPDFData(None)
        missing = tuple(MissingCharacter(c, text, count) for c, (text, count) in self._lost.items())
        return Printed(data, self.pages, missing, tuple(dict.fromkeys(self.unfit)))

    def stencil(self) -> Page:
        """A page that is not printed by itself: what it holds is repeated on others."""
        return Page(self)

    def write(self, operators: str) -> None:
        """Put the operators of one whole page into the document."""
        stream = pdfdoc.PDFStream()
        # Packed at once: ten thousand households are 40 MB of operators.
        stream.content = zlib.compress(operators.encode("ascii"), 5)
        stream.dictionary["Filter"] = "/FlateDecode"
        page = pdfdoc.PDFPage()
        page.Override_default_compilation = 1
        page.MediaBox = pdfdoc.PDFArray([0, 0, round(self.width * MM, 3), round(self.height * MM, 3)])
        page.Resources = self._resources
        page.Parent = self._document.Reference(self._document.Pages)
        page.Contents = stream
        self._document.addPage(page)

    def font(self, face: Face) -> EmbeddedFont:
        """A face of this document, taken in when first asked for."""
        font = self._fonts.get(face)
        if font is None:
            font = self._fonts[face] = EmbeddedFont(face, f"/F{len(self._fonts) + 1}")
        return font

    def show(self, text: str, face: Face, size: float) -> Shown:
        """Operators for a text that may come again (names of villages, heads, banks): kept for this document."""
        key = (text, face, size)
        shown = self._shown.get(key)
        if shown is None:
            shown = self._shown[key] = self.show_once(text, face, size)
        return shown

    def show_once(self, text: str, face: Face, size: float) -> Shown:
        """Operators for a text that will hardly come again."""
        font = self.font(face)
        encoded = font.encode(text)
        if font.codes.lost:
            self._note_lost(text, font)
        return Shown(f"{font.resource} {size:g} Tf {encoded}Tj", font.loaded.width(text) * size / 1000)

    def show_number(
        self, number: str, size: float, *, gap: int = GROUP_GAP, face: Face = Face.NUMBER
    ) -> Shown:
        """Operators of a number grouped by kerning of at most 90/1000 em."""
        font = self.font(face)
        groups = digit_groups(number)
        array = f"-{gap}".join([font.encode(group) for group in groups])
        width = font.loaded.width(number) + gap * (len(groups) - 1)
        return Shown(f"{font.resource} {size:g} Tf [{array}]TJ", width * size / 1000)

    def _note_lost(self, text: str, font: EmbeddedFont) -> None:
        for character in dict.fromkeys(text):
            if ord(character) in font.codes.lost:
                first, count = self._lost.get(character, (text, 0))
                self._lost[character] = (first, count + text.count(character))


def digit_groups(number: str) -> tuple[str, ...]:
    """Groups for reading aloud: 6-8-4 in an 18-character id, fours in an account."""
    if len(number) == 18:
        return number[:6], number[6:14], number[14:]
    return tuple(number[start : start + 4] for start in range(0, len(number), 4))


class Page:
    """One page: collects its greys, rules and texts, and writes them in that order."""

    def __init__(self, job: PrintJob) -> None:
        self.job = job
        self.under: list[str] = []
        self.greys: list[str] = []
        self.rules: list[str] = []
        self.texts: list[str] = []
        self.rows: list[str] = []
        self._top = job.height * MM

    def repeat(self, other: Page) -> None:
        """Draw again what another page of this document has: a table head, a title."""
        self.under += other.under
        self.greys += other.greys
        self.rules += other.rules
        self.texts += other.texts

    def close(self) -> None:
        """Write the page: what lies under everything, greys, rules, texts, and ready-made rows."""
        parts = [*self.under, *self.greys, "0 G", *self.rules, "0 g 0 G", *self.rows, "BT", *self.texts, "ET"]
        self.job.write("\n".join(parts))

    def y(self, millimetres: float) -> float:
        """Points from the bottom for millimetres from the top."""
        return self._top - millimetres * MM

    def grey(self, x: float, y: float, width: float, height: float, shade: float) -> None:
        """Fill a rectangle."""
        self.greys.append(
            f"{shade:g} g {x * MM:.2f} {self.y(y + height):.2f} {width * MM:.2f} {height * MM:.2f} re f"
        )

    def fill(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle with a colour, as bars of charts are."""
        self.greys.append(
            f"{_fill(colour)} {x * MM:.2f} {self.y(y + height):.2f} {width * MM:.2f} {height * MM:.2f} re f"
        )

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, *, weight: float = 0.5, colour: Colour = SOLID
    ) -> None:
        """A straight line."""
        self.rules.append(
            f"{weight:g} w {_stroke(colour)} {x0 * MM:.2f} {self.y(y0):.2f} m {x1 * MM:.2f} {self.y(y1):.2f} l S"
        )

    def frame(
        self, x: float, y: float, width: float, height: float, *, weight: float = 1.0, colour: Colour = SOLID
    ) -> None:
        """The outline of a rectangle, mitred corners."""
        self.rules.append(
            f"{weight:g} w {_stroke(colour)} "
            f"{x * MM:.2f} {self.y(y + height):.2f} {width * MM:.2f} {height * MM:.2f} re S"
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        face: Face = Face.TEXT,
        size: float = 10.5,
        *,
        align: str = "left",
        spacing: float = 0.0,
        stretch: float = 1.0,
        colour: Colour = SOLID,
    ) -> float:
        """Show one line with its baseline at y; returns its width in millimetres.

        `align` says what stands at x: left edge, centre or right edge. `spacing` is added after each character
        (points), `stretch` narrows the glyphs (at least 0.8).
        """
        if not text:
            return 0.0
        operators, width = self.job.show(text, face, size)
        width = (width + spacing * len(text)) * stretch
        visible = width - spacing * stretch
        left = x * MM - {"left": 0.0, "centre": visible / 2, "right": visible}[align]
        state = ""
        reset = ""
        if spacing:
            state, reset = f"{spacing:.3f} Tc ", " 0 Tc"
        if stretch != 1.0:
            state, reset = f"{state}{stretch * 100:.1f} Tz ", f"{reset} 100 Tz"
        if colour != SOLID:
            state, reset = f"{state}{_fill(colour)} {_stroke(colour)} ", f"{reset} 0 g 0 G"
        self.texts.append(f"{state}1 0 0 1 {left:.2f} {self.y(y):.2f} Tm {operators}{reset}")
        return width / MM

    def number(
        self,
        x: float,
        y: float,
        number: str,
        size: float = 8.25,
        *,
        align: str = "left",
        gap: int = GROUP_GAP,
        face: Face = Face.NUMBER,
    ) -> float:
        """Show an id, certificate or account number: one string to whoever copies it, grouped to the eye."""
        operators, width = self.job.show_number(number, size, gap=gap, face=face)
        left = x * MM - {"left": 0.0, "centre": width / 2, "right": width}[align]
        self.texts.append(f"1 0 0 1 {left:.2f} {self.y(y):.2f} Tm {operators}")
        return width / MM

    def watermark(self, text: str) -> None:
        """示例, 草稿 or 未封账 in outlines across the page, under the content: a filled grey would hide digits."""
        size = 110.0 if len(text) <= 3 else 330.0 / len(text)
        operators, width = self.job.show(text, Face.TITLE, size)
        spacing = 14.0
        across, up = 0.8660, 0.5
        half = (width + spacing * (len(text) - 1)) / 2
        centre_x, centre_y = self.job.width * MM / 2, self.job.height * MM / 2
        left = centre_x - half * across + size * 0.35 * up
        bottom = centre_y - half * up - size * 0.35 * across
        self.under.append(
            f"q BT 0.9 w 0.74 G 1 Tr {spacing:g} Tc {across} {up} -{up} {across} {left:.2f} {bottom:.2f} Tm "
            f"{operators} 0 Tr ET Q"
        )

    def tick_box(self, x: float, y: float, *, checked: bool, side: float = 3.1) -> None:
        """A drawn tick box with its foot at y: ☑ and ☐ are in none of the typefaces."""
        self.frame(x, y - side, side, side, weight=0.6)
        if checked:
            self.rule(x + 0.6, y - side * 0.55, x + 1.3, y - 0.65, weight=1.1)
            self.rule(x + 1.3, y - 0.65, x + side - 0.45, y - side + 0.6, weight=1.1)


def _stroke(colour: Colour) -> str:
    if isinstance(colour, tuple):
        return "{:g} {:g} {:g} RG".format(*colour)
    return f"{colour:g} G"


def _fill(colour: Colour) -> str:
    if isinstance(colour, tuple):
        return "{:g} {:g} {:g} rg".format(*colour)
    return f"{colour:g} g"


__all__ = [
    "A4_LANDSCAPE",
    "A4_PORTRAIT",
    "BAND_GREY",
    "GROUP_GAP",
    "HEAD_GREY",
    "INNER",
    "MM",
    "NARROWEST",
    "SMALLEST",
    "SOLID",
    "SUBSTITUTE",
    "Colour",
    "MissingCharacter",
    "Page",
    "PrintJob",
    "Printed",
    "Shown",
    "digit_groups",
]
