"""The page of the form language names everything that the code knows, and nothing beside it is needed."""

from __future__ import annotations

import re

import msgspec
import pytest

from minzheng_desktop.catalog import spec
from minzheng_desktop.catalog.conditions.functions import FUNCTIONS, MACROS
from minzheng_desktop.catalog.field_types import FIELD_TYPES
from minzheng_desktop.catalog.rates import UNITS
from minzheng_desktop.catalog.vocabulary import NUMBER_WORDS, TYPED_COLUMNS
from minzheng_desktop.catalog.workflow import ASKS, EFFECTS
from minzheng_desktop.paths import forms_dir

STRUCTS = (
    spec.FieldSpec, spec.FieldChange, spec.SectionSpec, spec.LookupSpec, spec.UniqueSpec, spec.RuleSpec,
    spec.BenefitSpec, spec.LedgerSpec, spec.DocumentSpec, spec.ReminderSpec, spec.ImportSpec, spec.FormSpec,
    spec.StateSpec, spec.StepSpec, spec.LimitSpec, spec.CodeListSpec, spec.RateSpec, spec.RateValueSpec,
    spec.IndicatorSpec,
)  # fmt: skip


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda s: s.__name__)
def test_every_key_is_on_the_page(struct: type[msgspec.Struct]) -> None:
    words = set(re.findall(r"[a-z_]+", (forms_dir() / "README.md").read_text("utf-8")))
    keys = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert keys - words == set()


def test_every_word_is_on_the_page() -> None:
    words = set(re.findall(r"[a-z_]+", (forms_dir() / "README.md").read_text("utf-8")))
    known = {*FIELD_TYPES, *FUNCTIONS, *MACROS, *ASKS, *EFFECTS, *TYPED_COLUMNS, *NUMBER_WORDS}
    known |= {unit for unit in UNITS if not unit.startswith("yuan_")}
    assert known - words == set()
