"""抽查: of what waits to be confirmed a random share is visited or called again before any of it is confirmed.

The share of each form is a rate (`limit.FORM.sample_percent`, never under `limit.FORM.sample_least`: 特困 30 %,
民发〔2021〕43号). A draw takes every waiting record of a form that stands in no draw yet and ranks them by a digest of
its seed and the record's id; the first of the ranking are picked. The seed covers the records and the head of the
audit before the draw, so that nobody can choose it, and it stands in the audit, so that anybody can draw again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county.receiving.senders import require_county
from minzheng_desktop.exchange.down.decided import ISSUED, decision_step
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

CONFIRM = "confirm"
"""The step and the kind of decision before which a sample is drawn."""
OPEN, CHECKED, DONE = "open", "checked", "done"
"""States of a record in a draw: nothing known yet, re-checked, decided."""
WAYS = {"visit": "入户", "phone": "电话"}
RESULTS = {"holds": "属实", "differs": "不属实"}

_s, _r, _p, _d = schema.samples, schema.records, schema.people, schema.decisions


class Recheck(msgspec.Struct, frozen=True):
    """What a re-check found: how (visit, phone), on which day (ISO), by whom, holds or differs, and in words."""

    way: str
    on: str
    by: str
    result: str
    note: str = ""

    def words(self) -> str:
        """入户抽查 2026-06-17 唐敏：属实，夫妻两人都在家。"""
        note = f"，{self.note}" if self.note else ""
        return f"{WAYS[self.way]}抽查 {self.on} {self.by}：{RESULTS[self.result]}{note}"


class Sample(msgspec.Struct, frozen=True):
    """One record in a draw. ``rank`` counts from 1 in the order of the draw; ``of`` records stood in it.

    ``state`` is open, checked or done (decided); ``check`` what the re-check found, of a picked one.
    """

    draw: str
    record: str
    form: str
    division: str
    revision: str
    rank: int
    picked: bool
    state: str
    at: str
    by: str
    seed: str
    percent: str
    of: int
    check: Recheck | None = None


class Draw(msgspec.Struct, frozen=True):
    """A draw made: its seed, the share in per cent as text, all records in the order of the draw, those picked."""

    id: str
    form: str
    seed: str
    percent: str
    records: tuple[str, ...]
    picked: tuple[str, ...]


def share_of(r: Reading, form: str, *, today: date) -> Fraction:
    """The share of a form's records that is re-checked, 0 to 1; 0 where none is asked for."""
    found = [_rate(r, f"limit.{form}.{name}", today) for name in ("sample_percent", "sample_least")]
    return min(max(found), Fraction(1))


def _rate(r: Reading, code: str, today: date) -> Fraction:
    rate = r.store.catalog.rates.at(code, today, area=r.store.site.division)
    return Fraction(rate.value, 100 * 10**rate.digits) if rate is not None else Fraction(0)


def order_of(seed: str, records: Iterable[str]) -> list[str]:
    """The records in the order of a draw: by the digest of seed and id. Anybody can do it again."""
    return sorted(records, key=lambda record: hashlib.sha256(f"{seed}\0{record}".encode()).digest())


def size_of(share: Fraction, number: int) -> int:
    """How many of so many are picked: rounded up, so that the share is never undercut."""
    return ceil(share * number)


def draw_sample(store: Store, form: str, *, today: date) -> Draw:
    """Draw among all records of a form that wait to be confirmed and stand in no draw.

    Where picked ones of an earlier draw were changed by their townships, the next of that draw take their places; when
    nothing else is to be drawn, that draw is returned. Raises UserError unknown_form, nothing_to_draw, no_sampling
    (the form's share is 0); then nothing was written.
    """
    require_county(store)
    spec = store.catalog.forms.get(form)
    if spec is None:
        raise UserError("unknown_form", f"没有“{form}”这种业务，没有抽样。")
    with store.reading() as r:
        share = share_of(r, form, today=today)
    if not share:
        raise UserError(
            "no_sampling",
            f"“{spec.title}”没有规定抽查比例，不用抽样。要抽的，在标准里写 limit.{form}.sample_percent。",
        )
    with store.writing("draw_sample", {"form": form}) as w:
        mended = [one for one in _open_draws(w, form) if _pick_more(w, one, today)]
        rows = _undrawn(w, spec)
        if mended and not rows:
            return _draw(w, mended[-1])
        if not rows:
            raise UserError("nothing_to_draw", f"“{spec.title}”没有要抽样的件：等确认的都抽过了。没有写入。")
        listed = "\n".join(sorted(f"{row['id']}@{row['revision']}" for row in rows))
        seed = hashlib.sha256(f"{form}\n{w.entry.previous}\n{listed}".encode()).hexdigest()[:32]
        ordered = order_of(seed, (row["id"] for row in rows))
        number, percent, draw = size_of(share, len(ordered)), _percent(share), new_id()
        by_id = {row["id"]: row for row in rows}
        more = {"seed": seed, "percent": percent, "of": len(ordered)}
        w.delete("samples", _s.c.record.in_(ordered), _s.c.state != DONE)
        w.insert(
            "samples",
            [
                {
                    "id": new_id(), "draw": draw, "record": record, "division": by_id[record]["owner"], "form": form,
                    "revision": by_id[record]["revision"], "rank": at, "picked": int(at <= number), "state": OPEN,
                    "at": w.at, "by": w.user, "more": more,
                }
                for at, record in enumerate(ordered, start=1)
            ],
        )  # fmt: skip
        picked = ordered[:number]
        w.detail |= {"draw": draw, "seed": seed, "percent": percent, "of": len(ordered), "picked": picked}
    return Draw(draw, form, seed, percent, tuple(ordered), tuple(picked))


def _open_draws(r: Reading, form: str) -> list[str]:
    """The draws of a form in which anything is undecided, oldest first."""
    query = sa.select(_s.c.draw, sa.func.min(_s.c.at).label("at")).where(
        _s.c.form == form, _s.c.state != DONE
    )
    return [row["draw"] for row in r.rows(query.group_by(_s.c.draw).order_by(sa.text("at"), _s.c.draw))]


def _draw(r: Reading, draw: str) -> Draw:
    rows = picked_samples(r, draw=draw)
    return Draw(
        *(draw, rows[0].form, rows[0].seed, rows[0].percent),
        records=tuple(row.record for row in rows),
        picked=tuple(row.record for row in rows if row.picked),
    )


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):g}"


def _undrawn(r: Reading, form: Form) -> list[dict[str, Any]]:
    """Records that wait to be confirmed, undecided, and were in no draw as they stand now."""
    waiting = _waiting(r, form)
    known = samples_of(r, [row["id"] for row in waiting])
    return [row for row in waiting if row["id"] not in known]


def _waiting(r: Reading, form: Form) -> list[dict[str, Any]]:
    """Records of a form that wait for their first confirmation and are not decided."""
    states = [state for state in form.workflow.states if is_confirmed_from(form, state)]
    return r.rows(
        sa.select(_r.c.id, _r.c.owner, _r.c.revision)
        .where(_r.c.form == form.key, _r.c.state.in_(states), _r.c.void == 0)
        .where(_r.c.id.not_in(sa.select(_d.c.record).where(_d.c.state == ISSUED, _d.c.void == 0)))
        .order_by(_r.c.id)
    )


def is_confirmed_from(form: Form, state: str) -> bool:
    """Whether confirming in this state is the first confirmation, the one that a re-check goes before."""
    step = decision_step(form.workflow, state, CONFIRM)
    return step is not None and step.key == CONFIRM


def samples_of(r: Reading, records: Iterable[str]) -> dict[str, Sample]:
    """By record its place in the draw that still stands: undecided, and of the present revision."""
    found: dict[str, Sample] = {}
    for some in chunks(list(records)):
        query = (
            sa.select(_s)
            .join(_r, _r.c.id == _s.c.record)
            .where(_s.c.record.in_(some), _s.c.state != DONE, _s.c.revision == _r.c.revision)
        )
        for row in r.rows(query):
            found[row["record"]] = _sample(row)
    return found


class Standing(msgspec.Struct, frozen=True):
    """How far the sampling of a form is: records that wait to be confirmed, those in no draw yet, those picked, and of
    these those without a result; how many are to be picked for those that left a draw."""

    form: str
    percent: str
    waiting: int
    undrawn: int
    picked: int
    open: int
    short: int = 0


def sampling_standing(r: Reading, *, today: date) -> list[Standing]:
    """Every form with a share of which anything waits to be confirmed."""
    found = []
    for key, form in r.store.catalog.forms.items():
        share = share_of(r, key, today=today)
        if not share:
            continue
        waiting = _waiting(r, form)
        if waiting:
            drawn = samples_of(r, [row["id"] for row in waiting])
            picked = [sample for sample in drawn.values() if sample.picked]
            left = sum(sample.check is None for sample in picked)
            short = sum(len(_spare(r, draw, today)) for draw in {one.draw for one in drawn.values()})
            undrawn = len(waiting) - len(drawn)
            found.append(Standing(key, _percent(share), len(waiting), undrawn, len(picked), left, short))
    return found


def picked_samples(r: Reading, *, draw: str = "") -> list[Sample]:
    """Everything that is picked and not decided, or all of one draw; by draw and rank."""
    query = sa.select(_s).order_by(_s.c.at, _s.c.draw, _s.c.rank)
    query = query.where(_s.c.draw == draw) if draw else query.where(_s.c.picked == 1, _s.c.state != DONE)
    return [_sample(row) for row in r.rows(query)]


def _sample(row: Mapping[str, Any]) -> Sample:
    more = row["more"]
    check = more.get("check")
    return Sample(
        row["draw"], row["record"], row["form"], row["division"], row["revision"], row["rank"], bool(row["picked"]),
        row["state"], row["at"], row["by"] or "", more["seed"], more["percent"], more["of"],
        msgspec.convert(check, Recheck) if check else None,
    )  # fmt: skip


def record_recheck(store: Store, record: str, check: Recheck) -> None:
    """Keep what the re-check of a picked record found; a later one replaces it until the record is decided.

    Raises UserError not_picked, bad_recheck; then nothing was written.
    """
    require_county(store)
    if check.way not in WAYS or check.result not in RESULTS:
        raise UserError("bad_recheck", "抽查要写明方式（入户、电话）和结果（属实、不属实）。没有写入。")
    if not check.by.strip() or not check.on.strip():
        raise UserError("bad_recheck", "抽查要写明谁、哪一天去核的。没有写入。")
    if check.result == "differs" and not check.note.strip():
        raise UserError("bad_recheck", "抽查不属实，要写明哪里不符。没有写入。")
    with store.writing("recheck", {"record": record, "result": check.result}) as w:
        sample = samples_of(w, [record]).get(record)
        if sample is None or not sample.picked:
            raise UserError("not_picked", "这一件没有被抽中，或已经决定，或乡镇改过要重抽。没有写入。")
        more = {
            "seed": sample.seed, "percent": sample.percent, "of": sample.of, "check": msgspec.to_builtins(check),
        }  # fmt: skip
        w.update("samples", {"state": CHECKED, "more": more}, _s.c.draw == sample.draw, _s.c.record == record)


def why_not_confirmed(r: Reading, records: Mapping[str, Mapping[str, Any]], *, today: date) -> dict[str, str]:
    """Why records (rows by id) may not be confirmed yet, in words by id; without those that may.

    Every record of a form with a share has to stand in a draw, and every picked one of that draw has to be re-checked.
    """
    forms = r.store.catalog.forms
    asked: dict[str, Fraction] = {}
    bound: list[str] = []
    for record, row in records.items():
        form = forms.get(row["form"])
        if form is None or not is_confirmed_from(form, row["state"]):
            continue
        if row["form"] not in asked:
            asked[row["form"]] = share_of(r, row["form"], today=today)
        if asked[row["form"]]:
            bound.append(record)
    drawn = samples_of(r, bound)
    draws = {sample.draw for sample in drawn.values()}
    open_ones = _unchecked(r, draws)
    short = {draw for draw in draws if _spare(r, draw, today)}
    found: dict[str, str] = {}
    for record in bound:
        row = records[record]
        name = f"{forms[row['form']].title} {row['number'] or record[:8]}"
        sample = drawn.get(record)
        if sample is None:
            found[record] = f"{name}还没有抽样：先按 {_percent(asked[row['form']])}% 抽查，再同意"
        elif sample.check is not None and sample.check.result == "differs":
            found[record] = f"{name}抽查不属实（{sample.check.note}），不能同意，请退回或不予同意"
        elif waits := open_ones.get(sample.draw):
            found[record] = f"{name}这一批抽中 {len(waits)} 件还没有抽查结果：{'、'.join(waits[:4])}"
        elif sample.draw in short:
            found[record] = f"{name}这一批抽中的有乡镇改过的，抽查数不够了，请再抽一次样补足"
    return found


def _unchecked(r: Reading, draws: Iterable[str]) -> dict[str, list[str]]:
    """By draw the names of those picked that nobody has re-checked, as far as they still stand."""
    found: dict[str, list[str]] = {}
    for some in chunks(sorted(draws)):
        query = (
            sa.select(_s.c.draw, _r.c.number, _r.c.id, _p.c.name)
            .join(_r, _r.c.id == _s.c.record)
            .outerjoin(_p, _p.c.id == _r.c.person)
            .where(_s.c.draw.in_(some), _s.c.picked == 1, _s.c.state == OPEN, _s.c.revision == _r.c.revision)
            .order_by(_s.c.rank)
        )
        for draw, number, record, name in r.connection.execute(query):
            found.setdefault(draw, []).append(name or number or record[:8])
    return found


def settle(w: Writing, records: Sequence[str], *, today: date) -> dict[str, Recheck]:
    """Close the places of records that are decided now and return what their re-checks found.

    Where a picked one goes without a re-check (returned, refused), the next of the draw takes its place, so that the
    share of those who are left is kept.
    """
    drawn = samples_of(w, records)
    for some in chunks(list(drawn)):
        w.update("samples", {"state": DONE}, _s.c.record.in_(some), _s.c.state != DONE)
    for draw in sorted({s.draw for s in drawn.values() if s.picked and s.check is None}):
        _pick_more(w, draw, today)
    return {record: sample.check for record, sample in drawn.items() if sample.check is not None}


def _pick_more(w: Writing, draw: str, today: date) -> bool:
    """Let the next of a draw take the places of picked ones that left it; whether any had to."""
    more = _spare(w, draw, today)
    if more:
        w.update("samples", {"picked": 1}, _s.c.draw == draw, _s.c.record.in_(more))
        w.detail["picked_instead"] = [*w.detail.get("picked_instead", ()), *more]
    return bool(more)


def _spare(r: Reading, draw: str, today: date) -> list[str]:
    """Those of a draw, in its order, that have to be picked too, so that the share of those who are left is kept:
    decided ones and those that their townships changed since have left it, unless they were re-checked and decided."""
    rows = picked_samples(r, draw=draw)
    if not rows:
        return []
    now = r.get_many("records", [row.record for row in rows])
    left = [
        row
        for row in rows
        if (row.check is not None if row.state == DONE else now[row.record]["revision"] == row.revision)
    ]
    wanted = size_of(share_of(r, rows[0].form, today=today), len(left))
    picked = sum(row.picked for row in left)
    spare = [row.record for row in left if not row.picked and row.state == OPEN]
    return spare[: max(wanted - picked, 0)]
