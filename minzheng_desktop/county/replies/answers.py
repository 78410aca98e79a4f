"""What townships answered to the county's findings, and the county's word on it.

An answer that something was mended is proved by looking again: the check no longer finds it. An explanation counts
when the county accepts it; warnings may be accepted in bulk, an error only with the county's own words (县级特批).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.checks.desk import answer_findings
from minzheng_desktop.checks.library import TITLES
from minzheng_desktop.county.receiving.senders import require_county
from minzheng_desktop.exchange.down.told import EXPLAINED, MENDED
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

_f, _a = schema.findings, schema.finding_answers


class Answered(msgspec.Struct, frozen=True):
    """A finding that stands, with a township's newest answer to it.

    `said_as` is explained or mended, `files` digests of attached evidence. `still` is True when the checks ran after
    the answer came and found it all the same.
    """

    finding: str
    rule: str
    title: str
    severity: str
    message: str
    division: str
    town: str
    state: str
    said: str
    said_as: str
    said_by: str
    said_at: str
    files: tuple[str, ...] = ()
    still: bool = False


def list_answered(r: Reading, *, division: str = "", accepted: bool = False) -> list[Answered]:
    """Findings that stand and were answered since they were found, errors first; with `accepted` those too that the
    county has accepted. A finding that two townships have part in is listed once for each that answered."""
    states = ("open", "explained", *(("accepted",) if accepted else ()))
    rows = {row["id"]: row for row in r.rows(sa.select(_f).where(_f.c.state.in_(states)))}
    names = r.store.catalog.divisions
    found = []
    for (finding, owner), said in answers_by_town(r, rows).items():
        row = rows[finding]
        concerned = {row["division"], *row["facts"].get("divisions", ())}
        if division not in ("", owner) or owner not in concerned or not _since(said, row):
            continue
        found.append(
            Answered(
                finding=finding,
                rule=row["rule"],
                title=TITLES.get(row["rule"], row["rule"]),
                severity=row["severity"],
                message=row["message"],
                division=said["owner"],
                town=names.name(said["owner"]),
                state=row["state"],
                said=said["text"] or "",
                said_as=said["state"],
                said_by=said["by"] or "",
                said_at=said["at"],
                files=tuple(said["more"].get("files", ())),
                still=said["state"] == MENDED and _looked_after(r, said),
            )
        )
    return sorted(found, key=lambda one: (one.severity, one.said_at, one.finding))


def newest_answers(r: Reading, findings: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By finding the newest answer of a township."""
    found: dict[str, dict[str, Any]] = {}
    for (finding, _owner), said in answers_by_town(r, findings).items():
        if finding not in found or said["at"] >= found[finding]["at"]:
            found[finding] = said
    return found


def answers_by_town(r: Reading, findings: Iterable[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """By finding and township its newest answer."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for some in chunks(list(findings)):
        wanted = sa.select(_a).where(_a.c.finding.in_(some), _a.c.void == 0).order_by(_a.c.at, _a.c.id)
        found |= {(row["finding"], row["owner"]): row for row in r.rows(wanted)}
    return found


def accept_answers(store: Store, findings: Sequence[str], *, text: str = "") -> int:
    """Accept what townships explained; returns how many. All or none.

    Without `text` the explanation itself is taken over. Raises UserError when a finding was not explained, or an
    error is to be accepted without the county's own words; then nothing changes.
    """
    require_county(store)
    wanted = list(dict.fromkeys(findings))
    with store.reading() as r:
        answered = {one.finding: one for one in list_answered(r) if one.said_as == EXPLAINED}
    missing = [one for one in wanted if one not in answered]
    if missing or not wanted:
        raise UserError(
            "not_explained",
            "有问题没有乡镇的说明，不能采信。没有改动；答复“已改正”的请重新核查，改好的自动销号。",
        )
    strict = [one for one in wanted if answered[one].severity == "error"]
    if strict and not text.strip():
        raise UserError(
            "special_approval", f"有 {len(strict)} 条是错误，县级特批要写明依据。没有改动，写好再做。"
        )
    by_words: dict[str, list[str]] = {}
    for one in wanted:
        by_words.setdefault(text.strip() or f"采信乡镇说明：{answered[one].said}", []).append(one)
    for words, some in by_words.items():
        answer_findings(store, some, as_="accepted", text=words)
    return len(wanted)


def _since(said: dict[str, Any], row: dict[str, Any]) -> bool:
    return datetime.fromisoformat(said["at"]) >= datetime.fromisoformat(row["at"])


def _looked_after(r: Reading, said: dict[str, Any]) -> bool:
    """Whether the checks ran here after the answer came in."""
    v, a = schema.versions.c, schema.audit.c
    came = r.scalar(sa.select(sa.func.max(v.audit)).where(v.entity == "finding_answers", v.id == said["id"]))
    ran = r.scalar(sa.select(sa.func.max(a.seq)).where(a.action.in_(("run_checks", "radar"))))
    return bool(came and ran and ran > came)
