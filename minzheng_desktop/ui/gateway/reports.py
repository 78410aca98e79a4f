"""报表: the year's figures and the month's statistics, what stands behind a number, and the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...values.dates import add_months, format_month_cn, month_of
from ...values.errors import UserError
from ...values.money import format_money_grouped
from ..kit.cells import DASH, Cell, CellValue, Chip
from ..preview import PrintJob
from ..reports import ANNUAL, Behind, Part, ReportLine, ReportView
from . import prints
from .office import Office, money

if TYPE_CHECKING:
    from ...documents.batch_prints import Made
    from ...reports.behind import CountedRecord
    from ...reports.indicators import Figure
    from ...reports.monthly import Count, LineFigures

YEARS, MONTHS = 8, 24
"""How far back is offered."""


def periods(office: Office, kind: str) -> tuple[tuple[str, str], ...]:
    """(key, words) of the years or months to choose from, newest first."""
    if kind == ANNUAL:
        return tuple(
            (str(year), f"{year} 年") for year in range(office.today.year, office.today.year - YEARS, -1)
        )
    month = month_of(office.today)
    return tuple((key, format_month_cn(key)) for key in (add_months(month, -back) for back in range(MONTHS)))


def view(office: Office, kind: str, period: str) -> ReportView:
    """The table of a year or of a month."""
    return _annual(office, int(period)) if kind == ANNUAL else _monthly(office, period)


def _annual(office: Office, year: int) -> ReportView:
    from ...reports.annual import annual_figures, change_of

    with office.store.reading() as r:
        annual = annual_figures(r, year)
    lines = tuple(
        ReportLine(
            figure.key,
            {
                "group": figure.group,
                "name": figure.name,
                "unit": figure.unit,
                "value": Cell(figure.shown(), bold=True)
                if figure.value is not None
                else Cell(figure.shown(), "ink-3"),
                "previous": before.shown() if before else DASH,
                "change": change_of(figure, before),
                "mark": "县局登记" if figure.by_hand else "",
            },
        )
        for figure, before in annual.shown()
    )
    counted = sum(figure.value is not None for figure, _ in annual.shown())
    return ReportView(
        title=f"{year} 年民生报告", lines=lines, hint=f"{len(lines)} 项指标，{counted} 项有数",
        titles={"value": f"{year} 年", "previous": f"{year - 1} 年"},
    )  # fmt: skip


def _monthly(office: Office, month: str) -> ReportView:
    from ...reports.monthly import monthly_report

    with office.store.reading() as r:
        report = monthly_report(r, month)
    lines = tuple(
        ReportLine(
            line.key,
            {
                "group": line.group, "name": line.title, "previous": _count(line.previous), "added": _count(line.added),
                "ended": _count(line.ended), "current": _count(line.current), "paid": money(line.paid),
                "paid_year": money(line.paid_year),
            },
        )
        for line in report.lines
    )  # fmt: skip
    return ReportView(
        title=f"{format_month_cn(month)}民政统计月报", lines=lines,
        hint=f"本月支出 {format_money_grouped(report.paid)} 元，累计 {format_money_grouped(report.paid_year)} 元",
    )  # fmt: skip


def _count(one: Count | None) -> str:
    if one is None:
        return DASH
    persons = f"{one.persons:,} 人"
    return persons if one.households is None else f"{one.households:,} 户 {persons}"


def behind(office: Office, kind: str, period: str, key: str) -> Behind:
    """How a number comes about and what it counted."""
    return _behind_figure(office, int(period), key) if kind == ANNUAL else _behind_line(office, period, key)


def _behind_figure(office: Office, year: int, key: str) -> Behind:
    from ...reports.behind import name_records
    from ...reports.indicators import counted_by, figures_of_year

    with office.store.reading() as r:
        figure = figures_of_year(r, year, only=[key]).figures[key]
        units = counted_by(r, key, year)
        total = len({unit.record for unit in units})
        named = name_records(r, ((unit.record, unit.since) for unit in units))
    parts: list[Part] = []
    share, names = _share_of(figure), figure.part_names
    if figure.by_township:
        parts.append(Part("towns", "分乡镇", len(figure.by_township), _towns(office, figure)))
    if figure.parts:
        rows = tuple(
            ReportLine(
                code, {"name": names.get(code, code or "未填"), "value": figure.shown(v), "share": share(v)}
            )
            for code, v in figure.parts.items()
        )
        parts.append(Part("parts", "分项", len(rows), rows))
    if units:
        parts.append(Part("records", "统计的记录", total, _records(office, named), records=True))
    words = [figure.computation]
    if figure.waits:
        words.append(f"要用的表单还没有：{'、'.join(figure.waits)}。")
    if figure.note:
        words.append(figure.note)
    return Behind(
        title=figure.name, value=f"{figure.shown()} {figure.unit}", words="\n".join(words), parts=tuple(parts),
        foot=_cut(total), fact=figure.by_hand,
    )  # fmt: skip


def _share_of(figure: Figure) -> Callable[[float], str]:
    """How much of the whole a part is."""
    whole = figure.value if isinstance(figure.value, int | float) and figure.value else 0
    return lambda value: f"{value / whole:.1%}" if whole else DASH


def _towns(office: Office, figure: Figure) -> tuple[ReportLine, ...]:
    name = office.store.catalog.divisions.name
    share = _share_of(figure)
    ordered = sorted(figure.by_township.items(), key=lambda pair: -pair[1])
    return tuple(
        ReportLine(code, {"name": name(code), "value": figure.shown(value), "share": share(value)})
        for code, value in ordered
    )


def _behind_line(office: Office, month: str, key: str) -> Behind:
    from ...reports.behind import name_records
    from ...reports.monthly import monthly_report

    with office.store.reading() as r:
        line = next(one for one in monthly_report(r, month).lines if one.key == key)
        kinds = (
            ("added", "发放" if line.current is None else "新增", line.added_records),
            ("ended", "退出", line.ended_records),
            ("current", "在册", line.current_records),
        )
        parts = tuple(
            Part(
                part, words, len(set(records)),
                _records(office, name_records(r, ((record, "") for record in records))), records=True,
            )
            for part, words, records in kinds
            if line.current is not None or part == "added"
        )  # fmt: skip
    return Behind(
        title=line.title, value=f"本月支出 {money(line.paid)} 元", words=_balance(line), parts=parts,
        foot=_cut(max((part.count for part in parts), default=0)),
    )  # fmt: skip


def _balance(line: LineFigures) -> str:
    if line.previous is None or line.ended is None or line.current is None:
        return "一次性救助，按本月发放批次里的笔数计，没有在册数。"
    words = [
        f"{line.previous.persons:,} + {line.added.persons:,} − {line.ended.persons:,} = {line.current.persons:,} 人"
    ]
    if line.previous.households is not None:
        numbers = (line.previous, line.added, line.ended, line.current)
        before, added, ended, now = (one.households or 0 for one in numbers)
        words.insert(0, f"{before:,} + {added:,} − {ended:,} = {now:,} 户")
    return (
        "上月＋新增－退出＝本月：" + "；".join(words) + "。在册数看步骤和决定的生效月份，与以后的变化无关。"
    )


def _records(office: Office, found: Sequence[CountedRecord]) -> tuple[ReportLine, ...]:
    divisions = office.store.catalog.divisions
    lines = []
    for one in found:
        place = divisions.name(one.owner) if office.is_county else office.village(one.village)
        cells: dict[str, CellValue] = {
            "name": Cell(one.name or one.number or DASH, bold=True), "place": place, "since": one.since,
            "state": one.state, "form": one.form_title,
        }  # fmt: skip
        lines.append(ReportLine(one.record, cells, target=(one.form, one.record)))
    return tuple(lines)


def _cut(total: int) -> str:
    from ...reports.behind import SHOWN

    return f"只列出前 {SHOWN:,} 件，共 {total:,} 件" if total > SHOWN else ""


def _made(office: Office, kind: str, period: str, as_: Any) -> Made:
    from ...reports.annual import make_annual_print
    from ...reports.monthly_print import make_monthly_print

    if kind == ANNUAL:
        return make_annual_print(office.store, int(period), as_=as_, printed_at=prints.stamp())
    return make_monthly_print(office.store, period, as_=as_, printed_at=prints.stamp())


def save(office: Office, kind: str, period: str, target: Path, as_: str) -> None:
    """Write the report to a file, read it back and note it. Raises UserError of the disk."""
    from ...documents.saving import save_made

    save_made(office.store, target, _made(office, kind, period, as_), kind=f"{kind}_report")


def paper(office: Office, kind: str, period: str) -> tuple[PrintJob, Made]:
    """The report as a preview."""
    made = _made(office, kind, period, "pdf")
    job = PrintJob(
        title=made.name.removesuffix(".pdf"), pdf=made.data, masked=False, can_unmask=False,
        chip=Chip("演示", "info", "info") if office.store.site.demonstration else None,
        printed="打印记入台账。",
    )  # fmt: skip
    return job, made


def facts(office: Office) -> tuple[tuple[str, str], ...]:
    """(key, title) of what the county enters by hand."""
    return tuple((i.key, i.title) for i in office.store.catalog.indicators.values() if i.measure == "fact")


def enter(office: Office, key: str, value: str, on: date, note: str) -> str:
    """Enter a fact. Raises UserError for a value that is no number."""
    try:
        number = Fraction(value.replace(",", "").strip())
    except (ValueError, ZeroDivisionError):
        raise UserError("fact_value", f"数值“{value}”不是数。没有登记。") from None
    from ...reports.facts import enter_fact

    return enter_fact(office.store, key, value=number, on=on, note=note, today=office.today)
