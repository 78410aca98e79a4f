"""Caps that one person's services share: so many baths a month, so many meals a day (domain §5.3④, §5.4④)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from minzheng_desktop.benefits.facts import Case
from minzheng_desktop.benefits.rules.base import Rule, SharesCap


def share_caps(rule: Rule, cases: Sequence[Case]) -> list[Case]:
    """The cases in their order, each told what services of the same person before it took of the cap: those already
    paid come first, then by day. Cases of rules without a cap come back as they are."""
    if not isinstance(rule, SharesCap):
        return list(cases)
    counted: dict[tuple[str, str], int] = {}
    found: dict[str, Case] = {}
    for case in sorted(cases, key=lambda c: (c.paid == 0, c.record_date or "", c.id)):
        term = case.entitled.terms[0] if case.entitled.terms else None
        if term is None or term.inputs is None or not case.entitled.changes or not case.person:
            found[case.id] = case
            continue
        used: list[int] = []
        for period, units in rule.claims(term.inputs):
            key = (case.person, period)
            used.append(counted.get(key, 0))
            counted[key] = used[-1] + units
        term = msgspec.structs.replace(term, inputs=rule.after(term.inputs, used))
        entitled = msgspec.structs.replace(case.entitled, terms=(term,))
        found[case.id] = msgspec.structs.replace(case, entitled=entitled)
    return [found[case.id] for case in cases]
