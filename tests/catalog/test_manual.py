"""The page of the form language names everything that the code knows, and nothing beside it is needed."""

from __future__ import annotations

import re
import typing

import msgspec
import pytest

from minzheng_desktop.benefits.months import CYCLE_MONTHS
from minzheng_desktop.benefits.rules import RULES
from minzheng_desktop.catalog import calendar, discover, overlaps, spec
from minzheng_desktop.catalog.conditions.functions import FUNCTIONS, MACROS
from minzheng_desktop.catalog.field_types import FIELD_TYPES
from minzheng_desktop.catalog.rates import UNITS
from minzheng_desktop.catalog.vocabulary import NUMBER_WORDS, TYPED_COLUMNS
from minzheng_desktop.catalog.workflow import ASKS, EFFECTS
from minzheng_desktop.paths import forms_dir

STRUCTS = tuple(
    found
    for module in (spec, discover, overlaps, calendar)
    for name, found in vars(module).items()
    if name.endswith(("Spec", "FieldChange")) and isinstance(found, type)
)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda s: f"{s.__module__.rpartition('.')[2]}.{s.__name__}")
def test_every_key_is_on_the_page(struct: type[msgspec.Struct]) -> None:
    words = set(re.findall(r"[a-z_]+", (forms_dir() / "README.md").read_text("utf-8")))
    keys = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert keys - words == set()


def test_every_word_is_on_the_page() -> None:
    words = set(re.findall(r"[a-z_]+", (forms_dir() / "README.md").read_text("utf-8")))
    known = {*FIELD_TYPES, *FUNCTIONS, *MACROS, *ASKS, *EFFECTS, *TYPED_COLUMNS, *NUMBER_WORDS}
    known |= {*RULES, *CYCLE_MONTHS, *typing.get_args(overlaps.Handling)}
    known |= {unit for unit in UNITS if not unit.startswith("yuan_")}
    assert known - words == set()
