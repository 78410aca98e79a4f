"""Fonts, palette, stylesheet and icons, put on the application once before the first window."""

from __future__ import annotations

import functools

from PySide6.QtCore import QByteArray, QDir, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory

from .. import paths
from .tokens import colours, style_sheet

FAMILIES = ("Noto Sans SC", "HanaMinA", "HanaMinB")
SMALL = 13
"""Pixels of the smallest text on screen (10 pt)."""

_STROKE = "ink-2"
"""The token in which the icon files themselves are drawn."""


def apply_theme(app: QApplication) -> None:
    """Load the shipped fonts, then set style, palette, font and stylesheet. Sizes stay logical pixels."""
    for file in sorted((paths.resources_dir() / "fonts").glob("*.ttf")):
        if file.name.startswith(("NotoSans", "HanaMin")):
            QFontDatabase.addApplicationFont(str(file))
    QDir.setSearchPaths("icons", [str(paths.resources_dir() / "icons")])
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(_palette())
    app.setFont(font())
    app.setStyleSheet(style_sheet())
    app.setWindowIcon(icon("brand", "accent", 32))


def font(size: int = 14, *, bold: bool = False) -> QFont:
    """The program's typeface at a size in logical pixels; hinting off keeps widths equal at 100 and 125 %."""
    made = QFont()
    made.setFamilies(list(FAMILIES))
    made.setPixelSize(size)
    made.setBold(bold)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


@functools.cache
def colour(name: str) -> QColor:
    """A token as QColor."""
    return QColor(colours()[name])


def _palette() -> QPalette:
    palette = QPalette()
    for role, name in (
        (QPalette.ColorRole.Window, "ground"),
        (QPalette.ColorRole.WindowText, "ink"),
        (QPalette.ColorRole.Base, "surface"),
        (QPalette.ColorRole.AlternateBase, "sunken"),
        (QPalette.ColorRole.Text, "ink"),
        (QPalette.ColorRole.Button, "surface"),
        (QPalette.ColorRole.ButtonText, "ink"),
        (QPalette.ColorRole.Highlight, "accent"),
        (QPalette.ColorRole.HighlightedText, "surface"),
        (QPalette.ColorRole.PlaceholderText, "ink-3"),
        (QPalette.ColorRole.Link, "accent"),
        (QPalette.ColorRole.ToolTipBase, "ink"),
        (QPalette.ColorRole.ToolTipText, "surface"),
    ):
        palette.setColor(role, colour(name))
    return palette


@functools.cache
def _drawing(name: str) -> bytes:
    return (paths.resources_dir() / "icons" / f"{name}.svg").read_bytes()


@functools.lru_cache(maxsize=512)
def pixmap(name: str, tone: str = "ink-2", size: int = 16, ratio: float = 1.0) -> QPixmap:
    """An icon of the line set in the colour of a token; ``size`` logical pixels at device pixel ``ratio``."""
    source = _drawing(name).replace(colours()[_STROKE].encode(), colours()[tone].encode())
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(source)).render(painter)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


@functools.lru_cache(maxsize=512)
def icon(name: str, tone: str = "ink-2", size: int = 16) -> QIcon:
    """The same icon for a button, sharp at 100, 125, 150 and 200 %."""
    made = QIcon()
    for ratio in (1.0, 1.25, 1.5, 2.0):
        made.addPixmap(pixmap(name, tone, size, ratio))
        made.addPixmap(pixmap(name, "field-line", size, ratio), QIcon.Mode.Disabled)
    return made
