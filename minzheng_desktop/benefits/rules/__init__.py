"""The money rules by the name that a form's [benefit] gives."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from minzheng_desktop.benefits.rules.base import Due, Rule
from minzheng_desktop.benefits.rules.capped import CappedInputs, CappedRule
from minzheng_desktop.benefits.rules.difference import DifferenceInputs, DifferenceRule
from minzheng_desktop.benefits.rules.grant import GrantInputs, GrantRule
from minzheng_desktop.benefits.rules.itemised import ItemisedInputs, ItemisedRule
from minzheng_desktop.benefits.rules.per_day import PerDayInputs, PerDayRule
from minzheng_desktop.benefits.rules.per_unit import PerUnitInputs, PerUnitRule
from minzheng_desktop.benefits.rules.standard import StandardInputs, StandardRule
from minzheng_desktop.benefits.rules.tiered import TieredInputs, TieredRule
from minzheng_desktop.benefits.rules.top_up import OwnBenefit, TopUpInputs, TopUpRule

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "difference": DifferenceRule(),
        "dibao": DifferenceRule(),
        "tiered": TieredRule(),
        "per_unit": PerUnitRule(),
        "per_day": PerDayRule(),
        "standard": StandardRule(),
        "capped": CappedRule(),
        "top_up": TopUpRule(),
        "grant": GrantRule(),
        "itemised": ItemisedRule(),
    }
)
"""Every rule by name; a new service with a new way of reckoning adds one here. `dibao` is the form files' word
for `difference`."""

RULE_INPUTS: Mapping[str, type[msgspec.Struct]] = MappingProxyType(
    {name: rule.inputs for name, rule in RULES.items()}
)
"""What each rule must be fed: the catalogue refuses a form that does not."""

__all__ = [
    "RULES", "RULE_INPUTS", "CappedInputs", "CappedRule", "DifferenceInputs", "DifferenceRule", "Due", "GrantInputs",
    "GrantRule", "ItemisedInputs", "ItemisedRule", "OwnBenefit",
    "PerDayInputs", "PerDayRule", "PerUnitInputs", "PerUnitRule", "Rule", "StandardInputs", "StandardRule",
    "TieredInputs", "TieredRule", "TopUpInputs", "TopUpRule",
]  # fmt: skip
