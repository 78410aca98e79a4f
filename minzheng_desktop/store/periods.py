"""Conditions on ISO days and months that an index over the column serves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def begins(column: sa.ColumnElement[Any], period: str) -> sa.ColumnElement[bool]:
    """Whether an ISO date or month lies in a year (2024), month (2024-05) or day; a range, where a function over the
    column would read every row."""
    return sa.and_(column >= period, column < f"{period}~")
