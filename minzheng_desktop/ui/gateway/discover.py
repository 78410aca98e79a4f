"""主动发现: suggestions by rule and state, as lines of one page."""

from __future__ import annotations

from collections import Counter
from datetime import date

from ...checks.answers import STATE_TITLES
from ...checks.suggestions import (
    Accepted,
    Proposed,
    accept_suggestions,
    dismiss_suggestions,
    list_suggestions,
    postpone_suggestions,
)
from ..kit.cells import DASH, Chip
from ..listing import Line, Listing
from .office import SEX, Office, short_time, year

LATER, NOT, DONE = "postponed", "dismissed", "taken"
SHOWN = 2000
"""As many lines as the page takes; the foot says how many there are."""
MOST = 3
"""Kinds of suggestions that the foot counts; more would not fit."""
_CHIPS = {
    "open": ("info", "flag"), "taken": ("ok", "check"), "postponed": ("warn", "pause"),
    "dismissed": ("neutral", "dash"),
}  # fmt: skip


def view(office: Office, pill: str) -> Listing:
    """The suggestions of one pill: the open ones (''), postponed, dismissed, accepted."""
    with office.store.reading() as r:
        found = list_suggestions(r, today=office.today)
    by_state = {state: [one for one in found if one.state == state] for state in STATE_TITLES}
    chosen = by_state[pill or "open"]
    titles = {one.suggestion.rule: one.suggestion.title for one in chosen}
    most = Counter(one.suggestion.rule for one in chosen).most_common(MOST)
    counts = [f"{titles[rule]} {count:,}" for rule, count in most]
    if len(titles) > MOST:
        counts.append(f"另有 {len(titles) - MOST} 类")
    more = f"共 {len(chosen):,} 条，先列前 {SHOWN:,} 条。" if len(chosen) > SHOWN else ""
    return Listing(
        title="主动发现", hint="看起来符合条件、还没有享受的人；核实以后采纳，草稿的渠道写主动发现",
        pills=(
            ("", "没有处理", len(by_state["open"])), (LATER, "以后再说", len(by_state[LATER])),
            (NOT, "不办", len(by_state[NOT])), (DONE, "采纳后没办成", len(by_state[DONE])),
        ),
        lines=tuple(_line(office, one) for one in chosen[:SHOWN]), foot=more + "；".join(counts),
        empty="" if not pill else "没有。",
        actions_on={"accept": pill != DONE, "dismiss": pill in ("", LATER), "later": pill in ("", NOT)},
    )  # fmt: skip


def _line(office: Office, one: Proposed) -> Line:
    found, said = one.suggestion, one.said
    form = office.store.catalog.forms[found.form]
    tone, icon = _CHIPS[one.state]
    told = ""
    if said is not None and one.state != "open":
        when = f"，到 {said.until} 再提醒" if said.until else ""
        told = f"{STATE_TITLES[one.state]}{when}：{said.text or '没有写理由'}（{said.by} {short_time(said.at)}）。"
    return Line(
        one.id,
        {
            "name": found.name, "sex": SEX.get(found.sex, ""), "year": year(found.birth_date),
            "village": office.village(found.village), "title": found.title,
            "form": f"变更{form.title}" if found.record else form.title, "since": found.since or DASH,
            "state": Chip(STATE_TITLES[one.state], tone, icon),
        },
        more=f"{found.reason}。依据：{found.basis}。{told}",
        target=one,
    )  # fmt: skip


def accept(office: Office, ids: list[str]) -> tuple[Accepted, ...]:
    """Begin a draft (or a change) for each."""
    return accept_suggestions(office.store, ids, today=office.today)


def postpone(office: Office, ids: list[str], *, until: str) -> int:
    """Say no more of them until a day (ISO)."""
    return postpone_suggestions(office.store, ids, until=date.fromisoformat(until), today=office.today)


def dismiss(office: Office, ids: list[str], *, reason: str) -> int:
    """Say no more of them."""
    return dismiss_suggestions(office.store, ids, reason=reason, today=office.today)
