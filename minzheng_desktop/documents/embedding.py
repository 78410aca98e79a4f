"""Typefaces inside one PDF: the glyphs that a document uses, as one font with two-byte codes for each face.

ReportLab's own TrueType support cuts a face into fonts of 256 characters. A Chinese name then often changes
font in the middle, and some readers (PDFium among them) hand it out as two lines when it is copied or searched
for; and its ToUnicode map writes 𪚥 as another character. Here a face is one Type0 font (ISO 32000-1, 9.7), and a
glyph borrowed from HanaMin becomes a glyph *of that font*, scaled to its em, so that 张𪚥 stays one piece of text.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.ttfonts import FF_NONSYMBOLIC, FF_SYMBOLIC, TTFontMaker

from minzheng_desktop.documents.fonts import SUBSTITUTE, Face, is_printable, load_type

# Flags of a component in a composite glyph (OpenType specification, table glyf).
_WORDS, _OFFSETS, _SCALE, _MORE, _TWO_SCALES, _TWO_BY_TWO = 0x01, 0x02, 0x08, 0x20, 0x40, 0x80
_THICKEN = 11  # 1/1000 em to each side: what a stroke of 0.03 em does to a thin glyph


class _Codes(dict[int, str]):
    """Code point → two-byte code in hexadecimal, given out in order of first use: feeds `str.translate`."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self.loaded = load_type(face)
        self.order: list[int] = []
        self.lost: dict[int, None] = {}

    def __missing__(self, code: int) -> str:
        if not is_printable(code):
            given = ""
        elif self.loaded.source(code) is None:
            self.lost[code] = None
            given = self[ord(SUBSTITUTE)]
        else:
            self.order.append(code)
            given = f"{len(self.order):04x}"
        self[code] = given
        return given


class EmbeddedFont:
    """One face in one document. `resource` is its name there, such as '/F1'."""

    def __init__(self, face: Face, resource: str) -> None:
        self.face = face
        self.resource = resource
        self.loaded = load_type(face)
        self.codes = _Codes(face)

    def encode(self, text: str) -> str:
        """A text as the hexadecimal string of a Tj operator; what no face has becomes □."""
        return f"<{text.translate(self.codes)}>"

    def add_to(self, document: Any) -> None:
        """Put the font, with the glyphs used so far, into a ReportLab PDFDocument."""
        program = self.loaded.program
        name = f"{_subset_tag(self.resource)}+{self.face.value}"
        used = self.codes.order
        widths = [self.loaded.widths[code] for code in used]
        stream = _stream(_font_program(self.face, used))
        stream.dictionary["Length1"] = len(stream.content)
        descriptor = pdfdoc.PDFDictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": f"/{name}",
                "Flags": (program.flags & ~FF_NONSYMBOLIC) | FF_SYMBOLIC,
                "FontBBox": pdfdoc.PDFArray(program.bbox),
                "ItalicAngle": program.italicAngle,
                "Ascent": program.ascent,
                "Descent": program.descent,
                "CapHeight": program.capHeight,
                "StemV": program.stemV,
                "FontFile2": document.Reference(stream, f"program:{name}"),
            }
        )
        descendant = pdfdoc.PDFDictionary(
            {
                "Type": "/Font",
                "Subtype": "/CIDFontType2",
                "BaseFont": f"/{name}",
                "CIDSystemInfo": "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>",
                "FontDescriptor": document.Reference(descriptor, f"descriptor:{name}"),
                "DW": 1000,
                "W": pdfdoc.PDFArray([1, pdfdoc.PDFArray(widths)]) if widths else pdfdoc.PDFArray([]),
                "CIDToGIDMap": "/Identity",
            }
        )
        font = pdfdoc.PDFDictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": f"/{name}",
                "Encoding": "/Identity-H",
                "DescendantFonts": pdfdoc.PDFArray([document.Reference(descendant, f"descendant:{name}")]),
                "ToUnicode": document.Reference(_stream(to_unicode_map(used).encode()), f"unicode:{name}"),
            }
        )
        document.idToObject["BasicFonts"].dict[self.resource.lstrip("/")] = document.Reference(
            font, f"font:{name}"
        )


def to_unicode_map(used: Sequence[int]) -> str:
    """The /ToUnicode stream: code 1, 2, … → character as UTF-16BE, in blocks of at most 100 (Adobe TN 5014)."""
    pairs = [
        f"<{index:04X}> <{chr(code).encode('utf-16-be').hex().upper()}>"
        for index, code in enumerate(used, start=1)
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <FFFF>",
        "endcodespacerange",
    ]
    for start in range(0, len(pairs), 100):
        block = pairs[start : start + 100]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines)


def _stream(content: bytes) -> Any:
    stream = pdfdoc.PDFStream()
    stream.content = content
    stream.filters = [pdfdoc.PDFZCompress]
    return stream


def _subset_tag(resource: str) -> str:
    number = int(resource.lstrip("/F"))
    return "MZ" + "".join(chr(ord("A") + (number // 26**place) % 26) for place in (3, 2, 1, 0))


class _Glyphs:
    """The glyph table of a new font program: first one glyph for each code, then the parts they are made of."""

    def __init__(self, face: Face, count: int) -> None:
        self.base = load_type(face).program
        self.data: list[bytes] = [b""] * (count + 1)
        self.metrics: list[tuple[int, int]] = [(0, 0)] * (count + 1)
        self._parts: dict[tuple[int, int], int] = {}

    def place(self, index: int, program: Any, glyph: int) -> None:
        self.data[index] = self._with_parts(program, _outline(program, glyph))
        self.metrics[index] = _metrics(program, glyph)

    def place_borrowed(self, index: int, program: Any, glyph: int, *, thicken: bool) -> None:
        """Take a glyph of another face: as a composite of its outline, scaled to our em and set on our base line."""
        scale = self.base.unitsPerEm / program.unitsPerEm
        part = self._part(program, glyph)
        outline = self.data[part]
        if not outline:
            self.metrics[index] = (round(program.hmetrics[glyph][0] * scale), 0)
            return
        rise = round((self.base.ascent - program.ascent) * self.base.unitsPerEm / 1000)
        shifts = [(0, rise)]
        if thicken:
            shifts = [
                (dx, rise + dy) for dx in (-_THICKEN, _THICKEN) for dy in (-_THICKEN // 2, _THICKEN // 2)
            ]
        box = [round(value * scale) for value in struct.unpack(">4h", outline[2:10])]
        margin = _THICKEN if thicken else 0
        composite = struct.pack(
            ">5h", -1, box[0] - margin, box[1] + rise - margin, box[2] + margin, box[3] + rise + margin
        )
        for number, (dx, dy) in enumerate(shifts, start=1):
            flags = _WORDS | _OFFSETS | _SCALE | (_MORE if number < len(shifts) else 0)
            composite += struct.pack(">HHhhh", flags, part, dx, dy, round(scale * 16384))
        self.data[index] = composite
        self.metrics[index] = (round(program.hmetrics[glyph][0] * scale), box[0] - margin)

    def _part(self, program: Any, glyph: int) -> int:
        key = (id(program), glyph)
        index = self._parts.get(key)
        if index is None:
            index = self._parts[key] = len(self.data)
            self.data.append(b"")
            self.metrics.append(_metrics(program, glyph))
            outline = _outline(program, glyph)
            if program is not self.base:
                outline = _without_instructions(outline)
            self.data[index] = self._with_parts(program, outline)
        return index

    def _with_parts(self, program: Any, outline: bytes) -> bytes:
        """The outline with the components of a composite renumbered to this font."""
        if len(outline) < 10 or struct.unpack(">h", outline[:2])[0] >= 0:
            return outline
        parts = bytearray(outline)
        place, flags = 10, _MORE
        while flags & _MORE:
            flags, component = struct.unpack(">HH", parts[place : place + 4])
            parts[place + 2 : place + 4] = struct.pack(">H", self._part(program, component))
            place += 8 if flags & _WORDS else 6
            place += 2 if flags & _SCALE else 4 if flags & _TWO_SCALES else 8 if flags & _TWO_BY_TWO else 0
        return bytes(parts)


def _metrics(program: Any, glyph: int) -> tuple[int, int]:
    """Advance width and left side bearing in units of the font; the parser reads the bearing as unsigned."""
    width, bearing = program.hmetrics[glyph]
    return int(width), (int(bearing) + 0x8000) % 0x10000 - 0x8000


def _outline(program: Any, glyph: int) -> bytes:
    start, end = program.glyphPos[glyph], program.glyphPos[glyph + 1]
    table, _length = program.get_table_pos("glyf")
    data: bytes = program._ttf_data[table + start : table + end]  # noqa: SLF001
    return data


def _without_instructions(outline: bytes) -> bytes:
    """A simple glyph without its hinting, which only its own font program understands."""
    if len(outline) < 10:
        return outline
    contours = struct.unpack(">h", outline[:2])[0]
    if contours < 0:
        return outline
    place = 10 + 2 * contours
    length = struct.unpack(">H", outline[place : place + 2])[0]
    return outline[:place] + b"\0\0" + outline[place + 2 + length :]


def _font_program(face: Face, used: Sequence[int]) -> bytes:
    """A TrueType file whose glyph n is the n-th used character; glyph 0 is the empty box of the base face."""
    loaded = load_type(face)
    base = loaded.program
    glyphs = _Glyphs(face, len(used))
    glyphs.place(0, base, 0)
    borrowed = []
    for index, code in enumerate(used, start=1):
        source = loaded.source(code)
        if source is face:
            glyphs.place(index, base, base.charToGlyph[code])
        elif source is not None:
            lender = load_type(source).program
            glyphs.place_borrowed(index, lender, lender.charToGlyph[code], thicken=face.bold)
            borrowed.append(lender)
    maker = TTFontMaker()
    for tag in ("cvt ", "fpgm", "prep"):
        if tag in base.table:
            maker.add(tag, base.get_table(tag))
    count = len(glyphs.data)
    offsets, position = [0], 0
    padded = []
    for outline in glyphs.data:
        outline += b"\0" * (-len(outline) % 4)
        padded.append(outline)
        position += len(outline)
        offsets.append(position)
    maker.add("glyf", b"".join(padded))
    maker.add("loca", struct.pack(f">{len(offsets)}L", *offsets))
    maker.add("head", _patched(base.get_table("head"), {50: 1}))
    maker.add("hhea", _patched(base.get_table("hhea"), {34: count}))
    maker.add("hmtx", b"".join(struct.pack(">Hh", width, bearing) for width, bearing in glyphs.metrics))
    maker.add("maxp", _limits(base, borrowed, count))
    data: bytes = maker.makeStream()
    return data


def _limits(base: Any, borrowed: Sequence[Any], count: int) -> bytes:
    """The maxp table: limits of the base face, raised where borrowed glyphs need it."""
    table = base.get_table("maxp")
    lenders = {id(lender): struct.unpack(">14H", lender.get_table("maxp")[4:32]) for lender in borrowed}
    points = [limits[1] for limits in lenders.values()] or [0]
    contours = [limits[2] for limits in lenders.values()] or [0]
    own = struct.unpack(">14H", table[4:32])
    changes = {4: count}
    if borrowed:
        changes |= {
            6: max(own[1], *points),
            8: max(own[2], *contours),
            10: max(own[3], 4 * max(points)),
            12: max(own[4], 4 * max(contours)),
            28: max(own[12], 4),
            30: max(own[13], 2),
        }
    return _patched(table, changes)


def _patched(table: bytes, changes: dict[int, int]) -> bytes:
    """A copy of a font table with 16-bit numbers replaced at the given offsets."""
    patched = bytearray(table)
    for offset, value in changes.items():
        patched[offset : offset + 2] = struct.pack(">H", value)
    return bytes(patched)
