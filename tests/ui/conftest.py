"""The window is tested offscreen, with the shipped fonts and stylesheet."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from minzheng_desktop.ui import theme


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["minzheng"]


@pytest.fixture(autouse=True)
def themed(qapp):
    """Every test sees the program as a clerk does."""
    if not qapp.property("themed"):
        theme.apply_theme(qapp)
        qapp.setProperty("themed", True)
    return qapp
