"""C03: benefits that exclude each other or are to be looked at, by the overlap rules in force, over all offices."""

from __future__ import annotations

from collections.abc import Iterator

from minzheng_desktop.benefits.overlaps import load_clashes
from minzheng_desktop.checks.finding import Finding, Scope


def find_clashes(scope: Scope) -> Iterator[Finding]:
    """One finding for a person, a rule and a pair of records, said of the record that is not to be paid."""
    seen: set[tuple[str, ...]] = set()
    for form in scope.forms.values():
        found = load_clashes(scope.r, form, month=scope.month, records=scope.records, anywhere=True)
        for clash in (one for clashes in found.values() for one in clashes):
            if clash.handling == "offset" or (clash.handling != "warn" and not clash.loses and scope.whole):
                continue
            pair = (clash.rule, clash.person, *sorted((clash.record, clash.other)))
            if pair in seen:
                continue
            seen.add(pair)
            yield Finding(
                "C03", ":".join(pair), "warning" if clash.handling == "warn" else "error", clash.sentence(), form.key,
                (clash.record, clash.other), (clash.person,), clash.owner, scope.month,
            )  # fmt: skip
