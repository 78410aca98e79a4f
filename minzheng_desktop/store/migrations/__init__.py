"""One module a schema number: ``m0001_first.py`` builds the first schema, each later one changes the one before it.

A released migration never changes. ``tests/store/test_migrations.py`` holds that the migrations together give
exactly the schema of ``schema.py``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator

from alembic.operations import Operations

Upgrade = Callable[[Operations], None]


def after(found: int, target: int) -> Iterator[tuple[int, Upgrade]]:
    """The migrations with numbers in (found, target], in order, as (number, upgrade function)."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name.startswith("m"))
    for name in names:
        number = int(name[1:5])
        if found < number <= target:
            yield number, importlib.import_module(f"{__name__}.{name}").upgrade
