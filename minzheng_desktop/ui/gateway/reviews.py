"""死亡与复核: what deaths call for, and what has to be looked at again, as lines of one page."""

from __future__ import annotations

from ...benefits.closing_steps import Confirmed, confirm_closings
from ...benefits.closings import Closing, find_closings
from ...checks.answers import STATE_TITLES
from ...checks.reviews import Review, answer_reviews, find_reviews
from ...values.dates import format_month_cn
from ...values.money import format_money_grouped
from ..kit.cells import DASH, Cell, CellValue, Chip
from ..listing import Line, Listing
from .office import Office, money

WAITING, REVIEWS, ANSWERED = "waiting", "reviews", "answered"
_CHIPS = {
    "open": ("warn", "clock"), "taken": ("ok", "check"), "postponed": ("info", "pause"),
    "dismissed": ("neutral", "dash"),
}  # fmt: skip


def view(office: Office, pill: str) -> Listing:
    """The proposals of one pill: to confirm (''), waiting for the county, reviews, and reviews that were answered."""
    with office.store.reading() as r:
        closings = find_closings(r, today=office.today)
        reviews = find_reviews(r, today=office.today)
    ready = [one for one in closings if not one.waiting]
    waiting = [one for one in closings if one.waiting]
    open_ones = [one for one in reviews if one.state == "open"]
    answered = [one for one in reviews if one.state != "open"]
    lines: dict[str, list[Line]] = {
        "": [_closing(office, one) for one in ready],
        WAITING: [_closing(office, one) for one in waiting],
        REVIEWS: [_review(office, one) for one in open_ones],
        ANSWERED: [_review(office, one) for one in answered],
    }
    people = {dead.person for one in ready for dead in one.people}
    over = sum(one.overpaid for one in ready)
    foot = f"{len(people)} 人死亡，涉及 {len(ready)} 件" if ready else ""
    foot += f"，已多发 {format_money_grouped(over)} 元" if over else ""
    return Listing(
        title="死亡与复核", hint="一人死亡，各项待遇一次办停；到期和有变化的提醒复核",
        pills=(
            ("", "死亡停发", len(ready)), (WAITING, "等县级批复", len(waiting)), (REVIEWS, "要复核", len(open_ones)),
            (ANSWERED, "复核已办", len(answered)),
        ),
        lines=tuple(lines[pill]), foot=foot if pill == "" else "",
        empty="没有到期或有变化要复核的。" if pill in (REVIEWS, ANSWERED) else "",
        actions_on={"later": pill == REVIEWS, "confirm": pill in ("", REVIEWS), "all": pill in ("", REVIEWS)},
    )  # fmt: skip


def _closing(office: Office, one: Closing) -> Line:
    whose = "" if one.kind != "members" and len(one.people) == 1 else f"（{one.subject_name}户）"
    names = "、".join(dead.name for dead in one.people)
    state: CellValue = Chip("可以确认", "info", "check")
    if one.blocked:
        state = Chip("先补齐", "error", "error")
    elif one.waiting:
        state = Chip("等县级批复", "warn", "clock")
    over = Cell(money(one.overpaid), "warn", bold=True) if one.overpaid else DASH
    return Line(
        one.id,
        {
            "name": names, "village": office.village(one.village),
            "day": one.people[0].died or Cell("没有日期", "warn"), "form": f"{one.title}{whose}", "what": one.what,
            "month": one.stop_month if one.stop_month and one.now is not None else DASH,
            "before": DASH if one.before is None else money(one.before),
            "now": DASH if one.now is None else money(one.now), "over": over, "state": state,
        },
        more=_closing_words(one),
        target=one,
    )  # fmt: skip


def _closing_words(one: Closing) -> str:
    words = [f"{one.reason}。" if all(dead.died for dead in one.people) else ""]
    if one.blocked:
        return "".join([*words, f"{one.blocked}。"])
    if one.kind == "withdraw":
        return "".join([*words, f"申请还在办，办“{one.step_title}”这一步。"])
    month = format_month_cn(one.stop_month)
    if one.kind == "stop":
        words.append(f"{month + '起停发，' if one.now is not None else ''}办“{one.step_title}”这一步。")
    else:
        words.append(
            f"{month}起按余下的人重新核定，{'已经提出变更' if one.waiting else '提出变更'}，由县级批复。"
        )
    words += [f"{note}。" for note in one.notes]
    if one.periods:
        told = "、".join(f"{m} {format_money_grouped(cents)}" for m, cents in one.periods)
        words.append(f"多发：{told} 元，确认时开追缴。")
    return "".join(words)


def _review(office: Office, one: Review) -> Line:
    tone, icon = _CHIPS[one.state]
    state = Chip(STATE_TITLES[one.state], tone, icon)
    if one.state == "open" and one.late:
        state = Chip("已逾期", "error", "error")
    form = office.store.catalog.forms.get(one.form)
    return Line(
        one.id,
        {
            "name": one.name, "village": office.village(one.village), "day": one.due or DASH,
            "form": form.title if form else one.form, "what": one.title, "month": "", "before": "", "now": "",
            "over": "", "state": state,
        },
        more=f"{one.message}。",
        target=one,
    )  # fmt: skip


def confirm(office: Office, ids: list[str]) -> tuple[Confirmed, ...]:
    """Take the steps of the chosen proposals."""
    return confirm_closings(office.store, ids, today=office.today)


def reviewed(office: Office, ids: list[str], *, text: str = "", until: str = "") -> int:
    """Note that reviews were done, or that they wait until a day."""
    return answer_reviews(office.store, ids, today=office.today, text=text, until=until)
