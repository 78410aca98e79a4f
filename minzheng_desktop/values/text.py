"""Text as people and spreadsheets hand it over: full-width signs, invisible characters, stray spaces."""

from __future__ import annotations

import re

# Full-width ASCII (U+FF01–U+FF5E) to half width; the ideographic space to a space.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)
_SPACES = re.compile(r"\s+")


def drop_invisible(text: str) -> str:
    """Without zero-width, control, direction and variation characters; visible text is unchanged."""
    return _INVISIBLE.sub("", text)


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as ASCII (Ｘ → X, １ → 1, ， → ,); Chinese text is unchanged."""
    return text if text.isascii() else text.translate(_HALF_WIDTH)


def plain(text: str) -> str:
    """Half width, without invisible characters, outer spaces removed, inner runs of spaces as one."""
    if text.isascii() and text.isalnum():
        return text
    return _SPACES.sub(" ", half_width(_INVISIBLE.sub("", text))).strip()


def without_spaces(text: str) -> str:
    """`plain`, with every space removed."""
    return text if text.isascii() and text.isalnum() else plain(text).replace(" ", "")
