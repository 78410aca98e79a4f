"""What changed in a record since the county last had it in hand: for the reviewer, before he decides again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.decided import KINDS
from minzheng_desktop.exchange.down.decided_on import Difference, TakenSince, differences, taken_since
from minzheng_desktop.store import records, rows, schema

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading


class Changed(msgspec.Struct, frozen=True):
    """A record beside what the county knew of it.

    since: what it is compared with, in words; '' for a first application, of which there is nothing before. at: when
    that was (ISO). differences: the fields that are otherwise now; steps: what the township did since.
    """

    since: str
    at: str
    differences: tuple[Difference, ...]
    steps: tuple[TakenSince, ...]


def compare_with_last(r: Reading, record_id: str) -> Changed:
    """Compare with the version that the county's last decision was about, else with the one last confirmed.

    Raises UserError no_such_record, unknown_form.
    """
    record = records.load_record(r, record_id)
    form = records.form_of(r, record["form"])
    s, v, d = schema.steps, schema.versions, schema.decisions
    taken = r.rows(sa.select(s).where(s.c.record == record_id, s.c.void == 0).order_by(s.c.at, s.c.id))
    decision = r.one(
        sa.select(d)
        .where(d.c.record == record_id, d.c.void == 0)
        .order_by(d.c.at.desc(), d.c.id.desc())
        .limit(1)
    )
    of_record = sa.select(v.c.body, v.c.at).where(v.c.entity == "records", v.c.id == record_id)
    confirmed = [step for step in taken if step["actor"] == "county"]
    seen = None
    if decision is not None:
        since, at = f"{decision['by'] or '县局'}“{KINDS[decision['kind']]}”时的内容", decision["at"]
        seen = r.one(
            of_record.where(v.c.revision == decision["on_revision"]).order_by(v.c.seq.desc()).limit(1)
        )
    elif confirmed:
        since, at = "县局上次决定时的内容", confirmed[-1]["at"]
        seen = r.one(of_record.where(v.c.at <= at).order_by(v.c.seq.desc()).limit(1))
    if seen is None:
        return Changed("", "", (), tuple(taken_since(form.workflow, step) for step in taken))
    then = rows.shape(schema.records).decode(seen["body"])
    later = [step for step in taken if step["at"] > at and step["actor"] != "county"]
    return Changed(
        since, at, tuple(differences(r, form, then, record)),
        tuple(taken_since(form.workflow, step) for step in later),
    )  # fmt: skip
