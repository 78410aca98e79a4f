"""汇总看板: figures of every township in one month, the charts beside, and the lists behind the figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...checks.desk import count_open
from ...county.behind import (
    CONFLICTS,
    FINDINGS,
    GAPS,
    ITEMS,
    LATE,
    LEDGER,
    PACKAGES,
    QUARANTINED,
    WAITING,
    Counted,
    Question,
    look_behind,
)
from ...county.summary import (
    Totals,
    TownSummary,
    Trend,
    paid_by_form,
    sum_towns,
    summarise_towns,
    trend,
)
from ...values.dates import add_months, format_month_cn, month_of
from ..county.board import Board, TownRow
from ..county.charts import WAN, FigureTable, MonthBar, NamedBar
from ..kit.cells import DASH, Bar, Cell, CellValue, Chip, Link, Mark, text_of
from ..listing import Line, Listing
from . import prints
from .office import Office, money, short_time, signed

BEYOND = 0.1
"""A change against the month before beyond which the bar turns amber."""


def board(office: Office, month: str) -> Board:
    """Every township in one month."""
    with office.store.reading() as r:
        towns = summarise_towns(r, month=month)
        shown = trend(r, month=month)
        by_form = {form: cents for (_m, form), cents in paid_by_form(r, first=month, last=month).items()}
        found = count_open(r)
    sums = sum_towns(towns)
    findings = tuple(
        NamedBar(rule, f"{rule} {title}", count, f"{count:,}", tone, tone)
        for rule, title, tone, count in sorted(_by_rule(found), key=lambda one: (-one[3], one[0]))
    )
    titles = {key: form.title for key, form in office.store.catalog.forms.items()}
    forms = tuple(
        NamedBar(form, titles.get(form, form), cents, f"{cents / WAN:,.2f}")
        for form, cents in sorted(by_form.items(), key=lambda pair: -pair[1])
    )
    bars = tuple(
        NamedBar(one.division, one.name, one.total, f"{one.total / WAN:,.2f}")
        for one in sorted(towns, key=lambda one: -one.total)
    )
    errors = sum(count for _r, _t, level, count in found if level == "error")
    every = sum(count for *_, count in found)
    return Board(
        title=f"汇总看板 · {format_month_cn(month)}",
        chips=tuple(_chips(towns, sums)),
        rows=tuple(_town(one) for one in towns),
        foot=f"{sums.towns} 个乡镇，{sums.reported} 个已报",
        now=money(sums.total),
        before=money(sums.before),
        before_title=f"上月（同 {sums.reported} 个乡镇）",
        reported=tuple(one.division for one in towns if one.reported),
        months=_months(shown),
        series=tuple(shown.groups),
        forms=forms,
        towns=bars,
        findings=findings,
        findings_hint=f"{every:,} 条 · 错误 {errors:,}" if every else "",
        tables={
            "months": _month_table(shown),
            "forms": _bar_table("业务", "万元", forms),
            "towns": _bar_table("乡镇", "万元", bars),
            "rules": _bar_table("规则", "条", findings),
        },
    )


def _by_rule(found: list[tuple[str, str, str, int]]) -> list[tuple[str, str, str, int]]:
    """(rule, title, tone, count), a rule once with its graver severity."""
    merged: dict[str, tuple[str, str, str, int]] = {}
    for rule, title, level, count in found:
        known = merged.get(rule)
        tone = "error" if level == "error" or (known is not None and known[2] == "error") else "warn"
        merged[rule] = (rule, title, tone, count + (known[3] if known else 0))
    return list(merged.values())


def _chips(towns: list[TownSummary], sums: Totals) -> list[tuple[str, Chip]]:
    chips = []
    if late := sums.towns - sums.reported:
        chips.append((LATE, Chip(f"{late} 个乡镇未报", "warn", "warn")))
    if missing := sum(len(one.missing) for one in towns):
        chips.append((GAPS, Chip(f"缺 {missing} 包", "error", "error")))
    if bad := sum(one.quarantined for one in towns):
        chips.append((QUARANTINED, Chip(f"隔离 {bad} 条", "error", "quarantine")))
    return chips


def _town(one: TownSummary) -> TownRow:
    share = one.difference / one.before if one.before else 0.0
    beyond = abs(share) > BEYOND
    comparable = one.reported and one.before
    package = f"{one.last_number:04d} · {short_time(one.last_at)[:5]}" if one.last_number else DASH
    return TownRow(
        town=one.name,
        package=Cell(package, follows=bool(one.last_number)),
        state=_state(one),
        conflicts=_count(one.conflicts, "error"),
        waiting=_count(one.waiting),
        findings=_count(one.findings),
        now=Cell(money(one.total), follows=True) if one.reported else DASH,
        before=Cell(money(one.before), follows=True) if one.before else DASH,
        difference=Cell(signed(one.difference), "warn" if beyond else "") if comparable else DASH,
        bar=Bar(share / BEYOND, beyond) if comparable else Bar(0),
        late=not one.reported,
        key=one.division,
    )


def _count(count: int, tone: str = "") -> Cell:
    return Cell(f"{count:,}", tone if count else "ink-3", follows=bool(count))


def _state(one: TownSummary) -> Mark:
    """The gravest thing about its packages first."""
    if one.missing:
        more = f" 等 {len(one.missing)} 包" if len(one.missing) > 1 else " 号"
        return Mark(f"缺第 {one.missing[0]}{more}", "error", "error", follows=True)
    if not one.last_number:
        return Mark("没有报过", "warn", "clock")
    if not one.reported:
        return Mark("未报本月", "warn", "clock")
    if one.quarantined:
        return Mark(f"隔离 {one.quarantined} 条", "error", "quarantine", follows=True)
    if one.behind:
        return Mark("版本落后", "warn", "warn", follows=True)
    return Mark("已齐", "ok", "ok")


def _months(shown: Trend) -> tuple[MonthBar, ...]:
    return tuple(
        MonthBar(str(int(m[5:])), tuple(shown.cents.get((m, part), 0) for part in shown.groups), m)
        for m in shown.months
    )


def _month_table(shown: Trend) -> FigureTable:
    """The chart by month in 万元, the sum at the right."""
    rows = []
    for month in shown.months:
        cents = [shown.cents.get((month, part), 0) for part in shown.groups]
        cells = [(f"{int(month[5:])} 月", "")]
        cells += [
            (f"{value / WAN:,.2f}" if value else DASH, f"{month}/{part}" if value else "")
            for part, value in zip(shown.groups, cents, strict=True)
        ]
        cells.append((f"{sum(cents) / WAN:,.2f}", f"{month}/"))
        rows.append(tuple(cells))
    return FigureTable(("月份", *shown.groups, "合计"), tuple(rows))


def _bar_table(name: str, unit: str, bars: tuple[NamedBar, ...]) -> FigureTable:
    return FigureTable((name, unit), tuple(((bar.name, ""), (bar.words, bar.key)) for bar in bars))


def save_board(office: Office, target: Path, month: str) -> int:
    """Write the board as a workbook; returns how many townships. Raises UserError of the disk."""
    shown = board(office, month)
    heads = ("乡镇", "最后一包", "收包", "冲突", "待决定", "核查", "本月合计", "上月合计", "比上月")
    names = ("town", "package", "state", "conflicts", "waiting", "findings", "now", "before", "difference")
    rows = [tuple(text_of(getattr(one, name)) for name in names) for one in shown.rows]
    facts = (shown.foot, f"本月 {shown.now} 元，{shown.before_title} {shown.before} 元")
    prints.save_table(office, target, shown.title, heads, rows, facts=facts)
    return len(rows)


def months(office: Office) -> tuple[tuple[str, str], ...]:
    """Months to choose from, newest first."""
    last = month_of(office.today)
    return tuple((m, format_month_cn(m)) for m in (add_months(last, -n) for n in range(18)))


_OF_COLUMN = {
    "package": PACKAGES, "state": GAPS, "conflicts": CONFLICTS, "waiting": WAITING, "findings": FINDINGS,
    "now": LEDGER, "before": LEDGER,
}  # fmt: skip


def question(figure: str, key: str, month: str) -> Question:
    """What a figure of the board counts: a column of the table for townships (commas between), or a part of a chart."""
    if figure == "months":
        at, _, part = key.partition("/")
        return Question(LEDGER, month=at, part=part)
    if figure == "forms":
        return Question(LEDGER, month=month, forms=(key,))
    if figure == "towns":
        return Question(LEDGER, key, month)
    if figure == "rules":
        return Question(FINDINGS, rule=key)
    if figure in (LATE, GAPS, QUARANTINED):
        return Question(figure, month=month if figure == LATE else "")
    wanted = _OF_COLUMN[figure]
    if wanted == LEDGER:
        at = month if figure == "now" else add_months(month, -1)
        return (
            Question(LEDGER, month=at, divisions=tuple(key.split(",")))
            if "," in key
            else Question(LEDGER, key, at)
        )
    return Question(wanted, key)


def behind(office: Office, asked: Question, trail: str) -> Listing:
    """The list behind a figure; ``trail`` is the way that led here, in words."""
    with office.store.reading() as r:
        if asked.figure == GAPS and asked.division and not look_behind(r, asked).lines:
            asked = _state_question(r, asked)
        found = look_behind(r, asked)
    amounts = any(one.cents is not None for one in found.lines)
    total = f"，合计 {money(found.cents)} 元" if amounts else ""
    return Listing(
        title=f"{trail} › {found.title}", lines=tuple(_line(one) for one in found.lines),
        foot=f"{len(found.lines):,} 条{total}", empty="这个数后面没有明细。",
    )  # fmt: skip


def _state_question(r: Any, asked: Question) -> Question:
    """The state of a township where nothing is missing: what is in quarantine, else its packages."""
    quarantined = Question(QUARANTINED, asked.division)
    return quarantined if look_behind(r, quarantined).lines else Question(PACKAGES, asked.division)


def _line(one: Counted) -> Line:
    cells: dict[str, CellValue] = {
        "town": one.town, "what": one.what, "who": one.who, "note": one.note,
        "at": one.at if len(one.at) < 16 else short_time(one.at),
        "cents": Cell(money(one.cents), bold=True) if one.cents is not None else DASH,
        "open": Link("打开") if one.kind != "missing" else "",
    }  # fmt: skip
    return Line(f"{one.kind}:{one.id}", cells, more=one.note, target=one)


def town(office: Office, division: str, month: str) -> Listing:
    """One township: every figure of it, each the way into its list."""
    with office.store.reading() as r:
        one = next(row for row in summarise_towns(r, month=month) if row.division == division)
    before = add_months(month, -1)
    lines = [
        _fact("最后一包", f"第 {one.last_number:04d} 号" if one.last_number else "没有报过",
              f"{short_time(one.last_at)}，程序 {one.program or '没有写'}" if one.last_number else "",
              Question(PACKAGES, division)),
        _fact("缺的包", str(len(one.missing)), "；".join(f"{gap.letter} 机{gap.words}" for gap in one.gaps),
              Question(GAPS, division), "error" if one.missing else ""),
        _fact("版本", "落后" if one.behind else "最新", "；".join(one.behind), Question(PACKAGES, division),
              "warn" if one.behind else ""),
        _fact("等人决定的冲突", str(one.conflicts), "", Question(CONFLICTS, division),
              "error" if one.conflicts else ""),
        _fact("隔离的行", str(one.quarantined), "", Question(QUARANTINED, division),
              "error" if one.quarantined else ""),
        _fact("等县局决定", str(one.waiting), f"已决定、待乡镇回执 {one.undelivered_decisions} 件",
              Question(WAITING, division)),
        _fact("没关闭的核查结果", str(one.findings), "", Question(FINDINGS, division)),
        _fact("本月合计", money(one.total) if one.reported else "未报本月", format_month_cn(month),
              Question(LEDGER, division, month), "" if one.reported else "warn"),
        _fact("上月合计", money(one.before), format_month_cn(before), Question(LEDGER, division, before)),
    ]  # fmt: skip
    titles = {key: form.title for key, form in office.store.catalog.forms.items()}
    for form, sums in sorted(one.forms.items(), key=lambda pair: -pair[1].total):
        note = f"在享 {sums.in_force:,} 件，本月 {sums.items:,} 笔"
        lines.append(
            _fact(
                titles.get(form, form),
                money(sums.total or None),
                note,
                Question(LEDGER, division, month, (form,)),
            )
        )
    return Listing(
        title=f"汇总看板 › {one.name}", hint=f"{format_month_cn(month)} · {one.people:,} 人，{one.laptops} 台电脑",
        lines=tuple(lines), foot="Enter 看这个数后面的明细",
    )  # fmt: skip


def _fact(name: str, value: str, note: str, asked: Question, tone: str = "") -> Line:
    cells: Mapping[str, CellValue] = {
        "what": name, "value": Cell(value, tone, bold=True), "note": note, "open": Link("看明细"),
    }  # fmt: skip
    return Line(f"{asked.figure}:{name}", dict(cells), more=note, target=asked)


__all__ = ["ITEMS", "Question", "behind", "board", "months", "question", "save_board", "town"]
