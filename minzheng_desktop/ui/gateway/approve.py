"""审批: what waits for the county, what changed in it, the sample, and deciding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from ...county import changed, sampling
from ...county.replies import decisions
from ...exchange.down.decided import KINDS
from ...values.date_text import parse_date
from ..county.approve import Change, Detail, SampleState, WaitingRow
from ..kit.cells import DASH, Cell, CellValue, Chip
from .office import SEX, Office, money, short_time, year

_DECIDED = {"confirm": "已确认", "return": "已退回", "deny": "不予确认"}


def waiting(office: Office) -> tuple[tuple[WaitingRow, ...], tuple[SampleState, ...]]:
    """What waits for a decision, what was decided and waits for the township, and how far the samples are."""
    with office.store.reading() as r:
        found = decisions.waiting_records(r)
        aside = decisions.set_aside(r)
        drawn = sampling.samples_of(r, [one.record for one in found if not one.decided])
        standing = sampling.sampling_standing(r, today=office.today)
    last = {one.record: one for one in reversed(aside)}
    bound = {one.form for one in standing}
    rows = tuple(
        _row(office, one, drawn.get(one.record), last.get(one.record), sampled=one.form in bound)
        for one in found
    )
    titles = {key: form.title for key, form in office.store.catalog.forms.items()}
    samples = tuple(
        SampleState(
            *(one.form, titles[one.form], one.percent, one.waiting),
            *(one.undrawn, one.picked, one.open, one.short),
        )
        for one in standing
    )
    return (*rows, *(_aside(one) for one in aside)), samples


def _row(
    office: Office, one: decisions.Waiting, sample: sampling.Sample | None, aside: decisions.SetAside | None, *,
    sampled: bool,
) -> WaitingRow:  # fmt: skip
    days = (office.today - date.fromisoformat(one.since[:10])).days if one.since else 0
    if one.decided:
        words = f"{_DECIDED[one.decided]}·{one.decided_by} {short_time(one.decided_at)}"
        state = Chip(words, "info", "out")
    else:
        state = Chip(one.state_title, "warn", "clock")
    return WaitingRow(
        id=one.record, town=one.town, form=one.form, business=one.form_title, name=one.name,
        who=_who(one.sex, one.birth_date, one.village), number=one.number, amount=money(one.amount),
        at=short_time(one.since), days=max(days, 0),
        wait=Cell(f"{max(days, 0)} 天", "warn" if days > LATE and not one.decided else ""),
        sample=_sample(sample, sampled and not one.decided), state=state,
        group="decided" if one.decided else "waiting", more=_aside_words(aside) if aside else "",
        age=_age(office, one.birth_date), seen=one.seen, picked=sample is not None and sample.picked,
        unchecked=sample is not None and sample.picked and sample.check is None,
    )  # fmt: skip


LATE = 15
"""Days of waiting from which it is said in amber."""


def _who(sex: str, born: str, village: str) -> str:
    place = village.removesuffix("村民委员会").removesuffix("居民委员会")
    return " · ".join(part for part in (SEX.get(sex, ""), year(born), place) if part)


def _age(office: Office, born: str) -> int | None:
    if len(born) < 10:
        return None
    day = date.fromisoformat(born)
    return office.today.year - day.year - ((office.today.month, office.today.day) < (day.month, day.day))


def _sample(sample: sampling.Sample | None, bound: bool) -> CellValue:
    if sample is None:
        return Chip("没有抽样", "warn", "warn") if bound else DASH
    if not sample.picked:
        return "没有抽中"
    if sample.check is None:
        return Chip("抽中，要核", "error", "flag")
    return Chip(
        f"{sampling.WAYS[sample.check.way]}{sampling.RESULTS[sample.check.result]}",
        "ok" if sample.check.result == "holds" else "error",
        "ok" if sample.check.result == "holds" else "error",
    )


def _aside(one: decisions.SetAside) -> WaitingRow:
    """A decision that the township set aside, with its reason."""
    return WaitingRow(
        id=one.record, town=one.town, form=one.form, business=one.form_title, name=one.name,
        who=_who("", "", one.village), number=one.number, amount=DASH, at=short_time(one.at), days=0, wait=DASH,
        sample=DASH, state=Chip(f"搁置{KINDS[one.kind]}·现{one.state}", "warn", "pause"), group="aside",
        more=_aside_words(one),
    )  # fmt: skip


def _aside_words(one: decisions.SetAside) -> str:
    return (
        f"{one.town}{one.by} {short_time(one.at)} 搁置了 {short_time(one.decided_at)} 的“{KINDS[one.kind]}”，"
        f"理由：{one.reason}。这件现在是“{one.state}”。"
    )


def detail(office: Office, record: str) -> Detail:
    """What changed in a record since the county last had it, and what its re-check found."""
    with office.store.reading() as r:
        found = changed.compare_with_last(r, record)
        sample = sampling.samples_of(r, [record]).get(record)
    steps = tuple(
        f"{short_time(step.at)} {step.title}"
        f"{f'（{step.by}）' if step.by else ''}{f'：{step.reason}' if step.reason else ''}"
        for step in found.steps
    )
    words = f"{found.since}（{short_time(found.at)}）" if found.since else ""
    check = sample.check.words() if sample is not None and sample.check is not None else ""
    return Detail(
        record, words, tuple(Change(one.label, one.then, one.now) for one in found.differences), steps, check
    )


def draw(office: Office, form: str) -> tuple[int, int]:
    """Draw the sample of a form; returns how many were picked of how many."""
    made = sampling.draw_sample(office.store, form, today=office.today)
    return len(made.picked), len(made.records)


def recheck(office: Office, record: str, *, way: str, on: str, by: str, result: str, note: str) -> None:
    """Keep what a re-check found; without a day it was today. Raises UserError of the date, bad_recheck, not_picked."""
    day = parse_date(on, today=office.today).text if on else office.today.isoformat()
    found = sampling.Recheck(way, day, by or office.store.user, result, note)
    sampling.record_recheck(office.store, record, found)


def decide(
    office: Office, records: Sequence[str], kind: str, text: str, number: str,
    seen: Mapping[str, tuple[str, str]] | None = None,
) -> tuple[str, tuple[str, ...]]:  # fmt: skip
    """Write decisions, which travel with the next receipt; what was done, and row by row what others were quicker
    with."""
    made = decisions.decide(office.store, records, kind=kind, text=text, number=number, seen=seen)
    return made.sentence(), tuple(one.why for one in made.beaten)
