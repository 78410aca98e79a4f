"""What is wrong with the files of a catalogue, and the words to say it with."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec


class CatalogProblem(msgspec.Struct, frozen=True):
    """One mistake in one file.

    key: dotted path of the mistaken key; message: a Chinese sentence with the nearest valid word where there
    is one; waiting_for: name of another refused file when this one is only waiting for it.
    """

    file: str
    line: int
    key: str
    message: str
    waiting_for: str = ""

    def sentence(self) -> str:
        """``forms/a/bath.toml 第 12 行 section.0.field.times：…``"""
        place = f"{self.file} 第 {self.line} 行" if self.line else self.file
        return f"{place} {self.key}：{self.message}" if self.key else f"{place}：{self.message}"


def nearest(word: str, valid: Iterable[str]) -> str:
    """``；是不是“times”`` when something similar exists, else an empty text."""
    close = nearest_of(word, valid)
    return f"；是不是“{close}”" if close else ""


def nearest_of(word: str, valid: Iterable[str], *, likeness: float = 0.6) -> str:
    """The valid word that is most like it (1.0: equal), or an empty text."""
    return next(iter(difflib.get_close_matches(word, list(valid), n=1, cutoff=likeness)), "")


def one_of(valid: Iterable[str], limit: int = 12) -> str:
    """``；可用：a、b、c`` — the list of valid words when it is short enough to read."""
    words = list(valid)
    return f"；可用：{'、'.join(words)}" if 0 < len(words) <= limit else ""


def suggest(word: str, valid: Iterable[str]) -> str:
    """The nearest word, else the whole short list."""
    words = list(valid)
    return nearest(word, words) or one_of(words)
