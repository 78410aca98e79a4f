"""Loading small catalogues."""

from __future__ import annotations

from typing import Any

import pytest

from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.sources import Source

from .texts import Loader, base_sources, form_source


@pytest.fixture
def load() -> Loader:
    """Load one form body (and more sources) with the small resources."""

    def load_text(body: str, *more: Source, **options: Any) -> Catalog:
        texts = {k: options.pop(k) for k in ("codes", "rates", "flow") if k in options}
        key, head = options.pop("key", "sample"), options.pop("head", "")
        return load_catalog([*base_sources(**texts), form_source(body, key, head), *more], **options)

    return load_text
