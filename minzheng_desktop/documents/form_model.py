"""What a printed form says (审批表, 入户调查表, 登记表), as plain frozen data: a list of blocks from top to bottom."""

from __future__ import annotations

from typing import Literal

import msgspec

FactKind = Literal["text", "figure", "money", "number"]


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One label with its value. `ticks` (words, ticked) take the place of the value; `wide` fills the whole row."""

    label: str
    value: str = ""
    kind: FactKind = "text"
    ticks: tuple[tuple[str, bool], ...] = ()
    wide: bool = False
    strong: bool = False


class Facts(msgspec.Struct, frozen=True, tag=True):
    """Labels and values, as many to a row as fit."""

    facts: tuple[Fact, ...]


class Figures(msgspec.Struct, frozen=True, tag=True):
    """Numbers under their heads, side by side."""

    figures: tuple[Fact, ...]


class FormColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table on a form."""

    head: str
    kind: FactKind = "text"
    align: Literal["left", "centre", "right"] = "centre"


class Rows(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A table with its title down the side; filled up with empty rows to `at_least` for the pen."""

    title: str
    columns: tuple[FormColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    at_least: int = 0


class Statement(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A free text with those who sign it: 申请理由, 入户调查, 评议, 公示."""

    title: str
    text: str = ""
    ticks: tuple[tuple[str, bool], ...] = ()
    signs: tuple[str, ...] = ()
    dated: bool = False
    least: float = 16.0


class Opinion(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """An authority's box: opinion, what it worked out, signatures, space for the seal (40 × 30 mm).

    `decides`: tick boxes 同意/不同意 stand first (`decision` ticks one); the county's box stays blank until its
    decision has come back.
    """

    title: str
    text: str = ""
    facts: tuple[Fact, ...] = ()
    words: str | None = None
    signs: tuple[str, ...] = ("经办人（签字）：", "负责人（签字）：")
    seal: bool = True
    decides: bool = False
    decision: Literal["", "agree", "refuse"] = ""


class Words(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """An amount in words."""

    label: str
    text: str


class Picture(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A place for a photograph to be glued in."""

    title: str
    height: float = 45.0


Block = Facts | Figures | Rows | Statement | Opinion | Words | Picture


class FormSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A form of one or more A4 pages. `number_line` and `date_line` stand under the title; `subject` (申请人：…)
    and the number come again on the following pages, for pages come apart. `notes` follow the last box.
    """

    title: str
    blocks: tuple[Block, ...]
    number_line: str = ""
    date_line: str = ""
    subject: str = ""
    notes: str = ""
    mark: str = ""
