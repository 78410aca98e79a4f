"""The typefaces of everything printed: by role, loaded when first used, with a fall-back glyph by glyph.

Text stands in Noto Serif SC, heads and totals in Noto Sans SC Bold, every number in Noto Sans SC (the serif
digits are proportional, so decimals would not line up). A character that these lack is looked for in
HanaMinA, then HanaMinB; one that no face has is printed as □ and named for the list of what to write by hand.

Widths are in 1/1000 em throughout. Nothing here changes after loading, so threads may share it.
"""

from __future__ import annotations

import enum
import functools
from typing import Any

from minzheng_desktop.paths import resources_dir

SUBSTITUTE = "□"
_INVISIBLE = (
    range(0x00, 0x20), range(0x7F, 0xA0), range(0xAD, 0xAE), range(0x200B, 0x2010), range(0x202A, 0x202F),
    range(0x2060, 0x2061), range(0xFE00, 0xFE10), range(0xFEFF, 0xFF00), range(0xE0100, 0xE01F0),
)  # fmt: skip
_UNPRINTABLE = frozenset(code for codes in _INVISIBLE for code in codes)
_PRIVATE = (range(0xE000, 0xF900), range(0xF0000, 0x110000))


class Face(enum.Enum):
    """The role of a typeface; the value is its file under resources/fonts."""

    TEXT = "NotoSerifSC-Regular"
    TITLE = "NotoSerifSC-Bold"
    NUMBER = "NotoSansSC-Regular"
    HEAD = "NotoSansSC-Bold"
    RARE_A = "HanaMinA"
    RARE_B = "HanaMinB"

    @property
    def bold(self) -> bool:
        """Whether a glyph borrowed from another face is thickened to match the weight of this one."""
        return self in (Face.TITLE, Face.HEAD)

    @property
    def fallbacks(self) -> tuple[Face, ...]:
        """Where to look for a character that this face lacks, in order."""
        return tuple(face for face in (Face.RARE_A, Face.RARE_B) if face is not self)


class _Widths(dict[int, int]):
    """Code point → width; a character borrowed from another face is looked up once and kept."""

    def __init__(self, loaded: Type, own: dict[int, int]) -> None:
        super().__init__(own)
        self._loaded = loaded

    def __missing__(self, code: int) -> int:
        face = self._loaded.source(code)
        if code in _UNPRINTABLE:
            width = 0
        elif face is None:
            width = self[ord(SUBSTITUTE)]
        else:
            width = load_type(face).widths[code]
        self[code] = width
        return width


class Type:
    """One loaded typeface: `program` its tables, `widths` by code point, fall-backs included."""

    def __init__(self, face: Face) -> None:
        from reportlab.pdfbase.ttfonts import TTFontFace

        self.face = face
        self.program: Any = TTFontFace(str(resources_dir() / "fonts" / f"{face.value}.ttf"))
        glyphs: dict[int, int] = self.program.charToGlyph
        self._own = frozenset(
            code
            for code in glyphs
            if code not in _UNPRINTABLE and not any(code in private for private in _PRIVATE)
        )
        self.characters = frozenset(map(chr, self._own))
        default = self.program.defaultWidth
        own_widths = self.program.charWidths
        self.widths = _Widths(self, {code: round(own_widths.get(code, default)) for code in self._own})

    def source(self, code: int) -> Face | None:
        """The face that has the glyph of a code point: this one, a rare one, or None."""
        if code in self._own:
            return self.face
        for face in self.face.fallbacks:
            if code in load_type(face)._own:  # noqa: SLF001
                return face
        return None

    def width(self, text: str) -> int:
        """The width of a text, in 1/1000 em."""
        widths = self.widths
        return sum([widths[code] for code in map(ord, text)])


@functools.cache
def load_type(face: Face) -> Type:
    """Parse a typeface once a process: 0.1–0.2 s and 24–56 MB each, hence only when it is needed."""
    return Type(face)


def is_printable(code: int) -> bool:
    """False for control, zero-width and direction characters, which print as nothing."""
    return code not in _UNPRINTABLE


def missing_characters(text: str, face: Face = Face.TEXT) -> tuple[str, ...]:
    """The characters of a text that no typeface has (private-use code points among them), each once."""
    loaded = load_type(face)
    if loaded.characters.issuperset(text):
        return ()
    lost = (c for c in text if ord(c) not in _UNPRINTABLE and loaded.source(ord(c)) is None)
    return tuple(dict.fromkeys(lost))


def text_width(text: str, face: Face, size: float) -> float:
    """The width of a text in points at a size in points."""
    return load_type(face).width(text) * size / 1000
