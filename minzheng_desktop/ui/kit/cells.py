"""What may stand in a table cell: plain frozen values that the delegate knows how to paint.

A plain ``str`` is text; ``Cell`` is text with a tone; the others say their kind by their type.
"""

from __future__ import annotations

from dataclasses import dataclass

DASH = "—"
"""Shown for nothing."""


@dataclass(frozen=True)
class Cell:
    """Text in a tone, bold or not; one that ``follows`` is a figure that opens what it counts, by a click on it."""

    text: str
    tone: str = ""
    bold: bool = False
    follows: bool = False


@dataclass(frozen=True)
class Chip:
    """A state: icon and word on a tint. ``tone`` is ok, warn, error, info or neutral."""

    text: str
    tone: str = "neutral"
    icon: str = "dash"


@dataclass(frozen=True)
class Mark:
    """Icon and words without a tint; the words in the tone. One that ``follows`` opens something, as a ``Cell``."""

    text: str
    tone: str = "ok"
    icon: str = "ok"
    follows: bool = False


@dataclass(frozen=True)
class Link:
    """Words that do something when clicked or opened with Enter."""

    text: str
    icon: str = ""


@dataclass(frozen=True)
class Mask:
    """A number of which only the ends are shown."""

    text: str


@dataclass(frozen=True)
class Bar:
    """A bar around zero: ``share`` of the full width, −1 to 1; amber when ``beyond``."""

    share: float
    beyond: bool = False


@dataclass(frozen=True)
class Dots:
    """Steps done of all steps."""

    done: int
    of: int = 5


@dataclass(frozen=True)
class Check:
    """A tick box."""

    on: bool


@dataclass(frozen=True)
class Typed:
    """A cell that is typed into, or worked out from one: ``state`` error, warn, derived (nobody types it) or ''."""

    text: str
    state: str = ""


CellValue = str | Cell | Chip | Mark | Link | Mask | Bar | Dots | Check | Typed | None


def follows(value: object) -> bool:
    """Whether a click on the cell opens something."""
    return bool(value.text) if isinstance(value, Link) else isinstance(value, Cell | Mark) and value.follows


def text_of(value: CellValue) -> str:
    """The words of a cell, for tooltips, copying and screen readers."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Check):
        return "是" if value.on else "否"
    if isinstance(value, Dots):
        return f"{value.done}/{value.of}"
    if isinstance(value, Bar):
        return f"{value.share:+.0%}"
    return value.text


STATES: dict[str, tuple[str, str]] = {
    "草稿": ("neutral", "doc"),
    "已受理": ("info", "in"),
    "待补正": ("warn", "warn"),
    "调查核对": ("info", "clock"),
    "乡镇审核": ("info", "flag"),
    "公示中": ("info", "bell"),
    "已上报": ("info", "out"),
    "县退回": ("error", "return"),
    "在享": ("ok", "ok"),
    "暂停": ("warn", "pause"),
    "停发": ("neutral", "dash"),
    "健在": ("ok", "ok"),
}
"""Every state word of the program with its tone and its own icon, so that it reads in grey print."""

_GROUPS: dict[str, tuple[str, str]] = {
    "draft": ("neutral", "doc"),
    "open": ("info", "clock"),
    "active": ("ok", "ok"),
    "suspended": ("warn", "pause"),
    "closed": ("neutral", "dash"),
}


def state_chip(title: str, group: str = "open") -> Chip:
    """The chip of a workflow state: by its word, else by the group of the state."""
    tone, icon = STATES.get(title) or _GROUPS.get(group, ("neutral", "dot"))
    return Chip(title, tone, icon)
