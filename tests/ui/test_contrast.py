"""Every text colour can be read on every ground (WCAG 2: 4.5 : 1), and no colour stands outside the stylesheet."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from minzheng_desktop.ui import tokens

COLOURS = tokens.colours()


@pytest.mark.parametrize(("text", "ground"), list(product(tokens.TEXTS, tokens.GROUNDS)))
def test_text_is_readable(text: str, ground: str) -> None:
    assert tokens.contrast(COLOURS[text], COLOURS[ground]) >= 4.5


@pytest.mark.parametrize(("ground", "least"), [("surface", 3.5), ("ground", 3.2)])
def test_borders_of_fields_are_seen(ground: str, least: float) -> None:
    assert tokens.contrast(COLOURS["field-line"], COLOURS[ground]) >= least


@pytest.mark.parametrize("ground", ["accent", "accent-dark", "ink"])
def test_white_on_dark_is_readable(ground: str) -> None:
    assert tokens.contrast(COLOURS["surface"], COLOURS[ground]) >= 4.5


def test_known_ratios() -> None:
    """WCAG's own extremes: black on white is 21 : 1, a colour on itself 1 : 1."""
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert tokens.contrast("#1B5E9B", "#1B5E9B") == pytest.approx(1)


def test_every_token_used_is_declared() -> None:
    assert "@" not in re.sub(r"/\*.*?\*/", "", tokens.style_sheet(), flags=re.S)


def test_longer_names_are_not_eaten() -> None:
    filled = tokens.Tokens({"line": "#111111", "line-soft": "#222222"}).fill("a: @line; b: @line-soft;")
    assert filled == "a: #111111; b: #222222;"


def test_no_colour_literal_in_the_window(root: Path) -> None:
    literal = re.compile(r"#[0-9A-Fa-f]{6}\b|#[0-9A-Fa-f]{3}\b|\brgba?\(|QColor\(\s*\d")
    offenders = [
        f"{path.name}:{number}"
        for path in (root / "minzheng_desktop" / "ui").rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if literal.search(line) and "``#RRGGBB``" not in line
    ]
    assert not offenders


def test_no_sql_and_no_store_tables_in_the_window(root: Path) -> None:
    """The window talks to the rooms below, never to SQL."""
    offenders = [
        path.name
        for path in (root / "minzheng_desktop" / "ui").rglob("*.py")
        if re.search(
            r"import sqlalchemy|from sqlalchemy|store import schema|store\.schema",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert not offenders
