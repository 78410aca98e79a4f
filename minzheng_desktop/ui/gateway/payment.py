"""A month's payments: planned, compared, locked, and what the rail and the desk say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from ...benefits.bank_returns import waiting_by_batch
from ...benefits.locked import load_locked
from ...benefits.months import CYCLE_MONTHS
from ...benefits.plan import list_periods, plan_batch
from ...benefits.plans import AccountChange, BatchPlan, Carried, Change
from ...benefits.recovery import left_of, with_open_recovery
from ...benefits.settlement import Kind
from ...checks.locking import lock_checked, look_before_lock
from ...store import overview, users
from ...values.dates import add_months, format_month_cn, month_of, period_of
from ...values.money import capital_amount, format_money_grouped
from ..kit.cards import Entry
from ..kit.cells import Cell, Chip
from ..kit.money import BridgeBox
from ..payment import ChangeLine, Month, OwnChange
from .office import SEX, Office, money, short_time, signed

if TYPE_CHECKING:
    from ...catalog.form import Form

MONTHS_SHOWN = 18
MOST_FINDINGS = 5
MOST_NAMES = 6


def paid_forms(office: Office) -> list[Form]:
    """The forms that pay, in the order of the areas."""
    catalog = office.store.catalog
    keys = [key for area in catalog.areas for key in area.forms]
    return [catalog.forms[k] for k in keys if k in catalog.forms and catalog.forms[k].benefit is not None]


def months(office: Office) -> tuple[tuple[str, str], ...]:
    """Months to choose from, next month first."""
    last = add_months(month_of(office.today), 1)
    return tuple((m, format_month_cn(m)) for m in (add_months(last, -n) for n in range(MONTHS_SHOWN)))


def is_due(form: Form, month: str) -> bool:
    """Whether a form is paid in this month: a period is paid in its last one."""
    assert form.benefit is not None
    length = CYCLE_MONTHS.get(form.benefit.cycle, 1)
    return length == 1 or period_of(month, form.benefit.cycle)[1] == month


@dataclass(frozen=True)
class Rail:
    """The benefits of a month with state and amount."""

    entries: tuple[Entry, ...]
    total: str


def rail(office: Office, month: str, planned: Mapping[str, int] | None = None) -> Rail:
    """Every benefit of the month; ``planned`` are totals (cents) of plans that were just made."""
    with office.store.reading() as r:
        batches = overview.batches_of(r, month=month)
        returned = waiting_by_batch(r)
    locked = {b["form"]: b for b in batches if b["kind"] == "regular"}
    back = Counter[str]()
    for one in batches:
        back[one["form"]] += returned[one["id"]].count if one["id"] in returned else 0
    entries, total = [], 0
    for form in paid_forms(office):
        batch = locked.get(form.key)
        if batch is not None:
            total += batch["total"]
            mark = (
                (f"有 {back[form.key]} 笔退票", "error", "error")
                if back[form.key]
                else ("已锁定", "lock", "ok")
            )
            entries.append(Entry(form.key, form.title, money(batch["total"]), *mark))
        elif not is_due(form, month):
            assert form.benefit is not None
            last = period_of(month, form.benefit.cycle)[1]
            entries.append(Entry(form.key, form.title, "—", f"{int(last[5:])} 月末发", "dot", ""))
        elif planned and form.key in planned:
            total += planned[form.key]
            entries.append(Entry(form.key, form.title, money(planned[form.key]), "待锁定", "warn", "warn"))
        else:
            entries.append(Entry(form.key, form.title, "—", "未计划", "dot", ""))
    return Rail(tuple(entries), format_money_grouped(total))


KIND_WORDS: dict[str, str] = {"regular": "", "backpay": " · 补发", "adjust": " · 调标补差"}


@dataclass(frozen=True)
class Planned:
    """A plan and how it is shown."""

    plan: BatchPlan | None
    month: Month


def plan(office: Office, form_key: str, month: str, kind: Kind = "regular") -> Planned:
    """Plan a month (or read the locked one) and compare it with the last; ``adjust`` is the batch of differences that
    a late standard caused."""
    form = office.store.catalog.forms[form_key]
    title = f"{form.title} · {format_month_cn(month)}{KIND_WORDS[kind]}"
    if not is_due(form, month):
        assert form.benefit is not None
        periods = list_periods(cycle=form.benefit.cycle, upto=_day(add_months(month, 6)), count=3)
        words = "、".join(format_month_cn(p) for p in periods)
        return Planned(None, _empty(form_key, title, f"这项按期发放，只能选一期的最后一个月：{words}。"))
    made = plan_batch(office.store, form=form_key, month=month, kind=kind, today=office.today)
    if made.state == "empty" and kind != "regular":
        with office.store.reading() as r:
            length = CYCLE_MONTHS[form.benefit.cycle] if form.benefit else 1
            made = load_locked(r, form, month=month, length=length, kind=kind) or made
    shown = _month(office, made, title)
    if made.batch:
        with office.store.reading() as r:
            back = waiting_by_batch(r).get(made.batch)
        if back is not None:
            words = f"这一批有 {back.count} 笔退票没有重发，共 {format_money_grouped(back.cents)} 元"
            told = ("error", words, "左下角“退票”：改好账户以后重发，不是补发。")
            shown = replace(shown, notices=(told, *shown.notices))
    return Planned(made, shown)


def _day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _empty(form: str, title: str, sentence: str) -> Month:
    return Month(
        form=form, title=title, chip=Chip("未计划", "neutral", "dot"), hint="", boxes=(), sum_line="", equal=True,
        words="", can_plan=False, can_print=False, empty=sentence,
    )  # fmt: skip


def _month(office: Office, made: BatchPlan, title: str) -> Month:
    bridge, locked = made.bridge, made.state == "locked"
    unit = "户" if office.store.catalog.forms[made.form].subject == "household" else "人"
    if made.state == "empty":
        return _nothing(office, made, title)
    chip, hint = _chip(made)
    ups = [c for c in made.changed if c.now > c.before]
    downs = [c for c in made.changed if c.now < c.before]
    own = tuple(
        OwnChange(a.record, f"{a.name}（{_facts(office, a)}）的账户是你本人{_day_words(a.changed_at)}改的")
        for a in made.accounts_changed
        if not a.checked and not locked and a.changed_by == office.store.user
    )
    blocks = _blocks(office, made, own, locked)
    may = office.store.site.may_lock and office.store.site.role == "township"
    draft = bool(made.examples)
    total_words = format_money_grouped(bridge.total)
    sums = (
        f"{money(bridge.before)} + {money(bridge.new)} − {money(bridge.stopped)} "
        f"{'+' if bridge.changed >= 0 else '−'} {money(abs(bridge.changed))} = {total_words}，"
    )
    sums += f"与 {bridge.count:,} {unit}明细合计相等" if bridge.holds else "与明细合计不相等，请不要锁定"
    return Month(
        form=made.form,
        title=title,
        chip=chip,
        hint=hint,
        boxes=(
            BridgeBox("上期合计", money(bridge.before), f"{bridge.before_count:,} {unit}"),
            BridgeBox("新增", money(bridge.new), f"{bridge.new_count:,} {unit}", "ok", "new"),
            BridgeBox("停发", money(bridge.stopped), f"{bridge.stopped_count:,} {unit}", "error", "stopped"),
            BridgeBox(
                "变动",
                signed(bridge.changed),
                f"{bridge.changed_count} {unit}：{len(ups)} 增 {len(downs)} 减",
                "",
                "changed",
            ),
            BridgeBox("账户变更", "0.00", f"{bridge.accounts_count} {unit}，金额不变", "", "accounts"),
            BridgeBox("本期合计", total_words, f"{bridge.count:,} {unit}"),
        ),
        sum_line=sums,
        equal=bridge.holds,
        words=capital_amount(bridge.total),
        new=tuple(_change(office, c) for c in made.new),
        stopped=tuple(_change(office, c) for c in made.stopped),
        changed=tuple(_change(office, c) for c in made.changed),
        accounts=tuple(_account(office, a) for a in made.accounts_changed),
        hints=(
            f"{len(made.new)} {unit} · {signed(bridge.new)}",
            f"{len(made.stopped)} {unit} · {signed(-bridge.stopped)}",
            f"{len(made.changed)} {unit} · 增 {money(sum(c.now - c.before for c in ups))}，"
            f"减 {money(sum(c.before - c.now for c in downs))}",
            f"{len(made.accounts_changed)} {unit}，账号只显示末四位",
        ),
        own=own,
        notices=blocks,
        overpaid=_overpaid(office, made),
        can_plan=not locked,
        can_lock=not locked and may and bool(made.items) and (not draft or office.store.site.demonstration),
        lock_word="演示锁定" if draft and office.store.site.demonstration else "锁定本月",
        why_no_lock=_why_no_lock(office, made, locked, draft),
        can_print=bool(made.items),
        can_bank=locked,
        figures=(
            ("上期合计", f"{bridge.before_count:,}", money(bridge.before)),
            (
                "新增 − 停发",
                f"+{bridge.new_count} − {bridge.stopped_count}",
                signed(bridge.new - bridge.stopped),
            ),
            ("变动", str(bridge.changed_count), signed(bridge.changed)),
            ("本期合计", f"{bridge.count:,}", total_words),
        ),
    )


def _nothing(office: Office, made: BatchPlan, title: str) -> Month:
    blocked = (
        f"有 {len(made.blocked)} 件被挡住：{made.blocked[0].name}，{made.blocked[0].reason}"
        if made.blocked
        else ""
    )
    return Month(
        form=made.form, title=title, chip=Chip("没有要发的", "neutral", "dot"), hint="", boxes=(), sum_line="",
        equal=True, words="", can_print=False, empty=blocked or "这个月没有应发的记录。登记并批准以后再计划。",
        overpaid=_overpaid(office, made),
    )  # fmt: skip


def _chip(made: BatchPlan) -> tuple[Chip, str]:
    if made.state == "locked":
        return Chip(
            "已锁定", "ok", "lock"
        ), f"批次 {made.number}，锁定于 {short_time(made.planned_at)}".rstrip("，锁定于 ")
    if made.examples:
        return Chip("已计划〔示例标准〕", "warn", "warn"), f"计划于 {short_time(made.planned_at)}"
    return Chip("已计划，待锁定", "warn", "warn"), f"计划于 {short_time(made.planned_at)}"


def _why_no_lock(office: Office, made: BatchPlan, locked: bool, draft: bool) -> str:
    if locked:
        return "已经锁定了"
    if not office.store.site.may_lock:
        return "这台电脑没有锁定权，请在有锁定权的那台上锁定"
    if draft and not office.store.site.demonstration:
        return "标准还是示例〔例〕，读入县里的正式标准以后才能锁定"
    return "" if made.items else "没有要发的"


def _blocks(
    office: Office, made: BatchPlan, own: tuple[OwnChange, ...], locked: bool
) -> tuple[tuple[str, str, str], ...]:
    found: list[tuple[str, str, str]] = []
    if made.examples:
        names = "、".join(dict.fromkeys(rate.title or rate.code for rate in made.examples))
        second = (
            "演示台账可以演示锁定，打印带水印。"
            if office.store.site.demonstration
            else "读入县里的正式标准以后才能锁定。"
        )
        found.append(("warn", f"用到的标准是示例：{names}", second))
    if own:
        found.append(
            (
                "warn",
                f"{len(made.accounts_changed)} 户换了账户，其中 {len(own)} 户由你本人修改",
                "锁定前须由第二人核对，或写明理由并印在花名册上。",
            )
        )
    if made.blocked and not locked:
        names = "；".join(f"{b.name}：{b.reason}" for b in made.blocked[:4])
        found.append(("error", f"{len(made.blocked)} 件没有列入", names))
    if made.pending_adjusts:
        words = "；".join(
            f"{format_month_cn(p.month)} {p.items} 笔 {money(p.total)} 元" for p in made.pending_adjusts
        )
        found.append(("info", "标准有过调整，有月份要补差", words))
    if not locked and made.items:
        found += [
            ("error" if one.severity == "error" else "warn", f"核查 {one.rule}", one.message)
            for one in look_before_lock(office.store, made, today=office.today)[:MOST_FINDINGS]
        ]
    found += [("info", note.message, "") for note in made.notes if note.level != "error"]
    found += [("error", note.message, "") for note in made.notes if note.level == "error"]
    return tuple(found)


def _overpaid(office: Office, made: BatchPlan) -> tuple[str, str]:
    """What this batch cannot take back, and of whom: sentence and names, the greatest sums first."""
    if not made.carried:
        return "", ""
    with office.store.reading() as r:
        opened = with_open_recovery(r, [one.record for one in made.carried])
    rest = sorted(made.carried, key=lambda one: -one.cents)
    names = [
        f"{one.name} {money(one.cents)} 元（{_span(one)}；{_goes_on(one, one.record in opened)}）"
        for one in rest[:MOST_NAMES]
    ]
    if len(rest) > MOST_NAMES:
        names.append(f"还有 {len(rest) - MOST_NAMES} 件")
    total = money(sum(one.cents for one in rest))
    return f"多发的钱有 {len(rest)} 件、{total} 元这一批扣不回来", "；".join(names)


def _span(one: Carried) -> str:
    months = [month for month, _ in left_of(one)]
    return f"{months[0]} 至 {months[-1]}" if len(months) > 1 else "".join(months)


def _goes_on(one: Carried, opened: bool) -> str:
    if opened:
        return "已开追缴"
    return "以后各批接着扣" if one.continues else f"{one.reason or '不再发放'}，没有开追缴"


def _facts(office: Office, one: Change | AccountChange) -> str:
    sex = SEX.get(one.sex, one.sex)
    return " · ".join(p for p in (sex, one.birth_year, office.village(one.village)) if p)


def _change(office: Office, c: Change) -> ChangeLine:
    difference = c.now - c.before
    tone = "ok" if difference > 0 else "error"
    return ChangeLine(
        c.name, _facts(office, c), c.reason, money(c.before), money(c.now),
        Cell(signed(difference), tone if difference else "ink-3"), c.record,
    )  # fmt: skip


def _account(office: Office, a: AccountChange) -> ChangeLine:
    mine = a.changed_by == office.store.user and not a.checked
    words = " · ".join(p for p in (f"{a.changed_by or ''} {_day_words(a.changed_at)}".strip(), a.reason) if p)
    old = f"尾号 {a.old_tail}" if a.old_tail else "—"
    new = f"尾号 {a.new_tail}" if a.new_tail else "—"
    return ChangeLine(
        a.name, _facts(office, a), Cell(words, "warn") if mine else words, old, new, record=a.record
    )


def _day_words(at: str | None) -> str:
    return f" {at[5:10]} " if at and len(at) >= 10 else ""


def lock(
    office: Office, made: BatchPlan, reasons: Mapping[str, str], second: tuple[str, str] = ("", "")
) -> tuple[int, int]:
    """Lock a plan; returns how many payments and cents. ``second``: name and password of somebody who has looked at
    the accounts. Raises UserError when anything stands in the way."""
    name, password = second
    checked_by = users.confirm_second(office.store, name=name, password=password) if name else None
    lock_checked(office.store, made, today=office.today, reasons=dict(reasons), checked_by=checked_by)
    return len(made.items), made.total


def month_lines(office: Office, month: str) -> list[tuple[Form, Mapping[str, Any] | None, bool]]:
    """(form, locked batch or None, whether it is due) for the desk: of the benefits that this office has."""
    with office.store.reading() as r:
        locked = {b["form"]: b for b in overview.batches_of(r, month=month) if b["kind"] == "regular"}
        kept = overview.forms_in_use(r)
    return [
        (form, locked.get(form.key), is_due(form, month)) for form in paid_forms(office) if form.key in kept
    ]
