"""Colours as data: the token block at the head of ``resources/style.qss``, read once.

Nothing else in the program may contain a colour. QSS has no variables, so the loader replaces every
``@name`` by its value; delegates and painted widgets ask ``colours()`` for the same names.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .. import paths

TEXTS = ("ink", "ink-2", "ink-3", "accent", "ok", "warn", "error", "info")
"""Every colour that text may have."""

GROUNDS = (
    "ground",
    "surface",
    "sunken",
    "hover",
    "selected",
    "ok-bg",
    "warn-bg",
    "error-bg",
    "info-bg",
    "neutral-bg",
)
"""Every colour that text may stand on."""

_TOKEN = re.compile(r"@([a-z][a-z0-9-]*)\s+(#[0-9A-Fa-f]{6})\b")
_NAME = re.compile(r"@([a-z][a-z0-9]*(?:-[a-z0-9]+)*)")


@dataclass(frozen=True)
class Tokens:
    """Token name to ``#RRGGBB``."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def fill(self, sheet: str) -> str:
        """Replace every ``@name``; whole names only, so that ``@line`` never eats ``@line-soft``."""
        return _NAME.sub(lambda found: self.values[found.group(1)], sheet)


def read_tokens(sheet: str) -> Tokens:
    """The tokens between ``tokens:`` and ``end of tokens``. Raises ValueError when there is no such block."""
    start, end = sheet.find("tokens:"), sheet.find("end of tokens")
    if start < 0 or end < start:
        raise ValueError("style.qss has no token block")
    return Tokens(dict(_TOKEN.findall(sheet[start:end])))


@functools.cache
def sheet_text() -> str:
    """The shipped stylesheet as written, tokens not yet replaced."""
    return (paths.resources_dir() / "style.qss").read_text(encoding="utf-8")


@functools.cache
def colours() -> Tokens:
    """The shipped tokens."""
    return read_tokens(sheet_text())


def style_sheet() -> str:
    """The shipped stylesheet with every token replaced and its comment head cut off."""
    text = sheet_text()
    return colours().fill(text[text.find("*/", text.find("end of tokens")) + 2 :])


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio of two ``#RRGGBB`` colours, 1.0 to 21.0."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
