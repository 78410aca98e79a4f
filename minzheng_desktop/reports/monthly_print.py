"""The monthly statistics as data, workbook or PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from minzheng_desktop.documents.batch_prints import Made
from minzheng_desktop.documents.office import office_of
from minzheng_desktop.documents.report_model import MonthlyCell, MonthlyRow, MonthlySheet
from minzheng_desktop.reports.monthly import Count, MonthlyReport, monthly_report
from minzheng_desktop.values.dates import format_month_cn
from minzheng_desktop.values.money import format_money

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

MonthlyPrint = Literal["json", "xlsx", "pdf"]


def monthly_data(report: MonthlyReport) -> dict[str, Any]:
    """What `--json` prints; money as text in yuan, a count that a line does not have as null."""

    def count(one: Count | None) -> dict[str, int | None] | None:
        return None if one is None else {"households": one.households, "persons": one.persons}

    return {
        "month": report.month,
        "lines": {
            line.key: {
                "name": line.title,
                "group": line.group,
                "previous": count(line.previous),
                "added": count(line.added),
                "ended": count(line.ended),
                "current": count(line.current),
                "paid": format_money(line.paid),
                "paid_year": format_money(line.paid_year),
            }
            for line in report.lines
        },
        "paid": format_money(report.paid),
        "paid_year": format_money(report.paid_year),
    }


def make_monthly_print(store: Store, month: str, *, as_: MonthlyPrint, printed_at: str) -> Made:
    """The statistics of a month as a finished file. Raises UserError ``month``."""
    with store.reading() as r:
        report = monthly_report(r, month)
    sheet = _sheet(store, report)
    name = f"{sheet.title}_{month}.{as_}"
    if as_ == "json":
        data = msgspec.json.format(msgspec.json.encode(monthly_data(report)), indent=2) + b"\n"
        return Made(name=name, data=data, rows=len(sheet.rows), total=report.paid)
    if as_ == "xlsx":
        from minzheng_desktop.documents.report_workbook import write_monthly_workbook

        data = write_monthly_workbook(sheet, written_at=printed_at)
        return Made(name=name, data=data, rows=len(sheet.rows), total=report.paid)
    from minzheng_desktop.documents.report_pdf import draw_monthly

    printed = draw_monthly(sheet, printed_at=printed_at)
    return Made(
        name=name, data=printed.data, rows=len(sheet.rows), total=report.paid, pages=printed.pages,
        missing=printed.missing, unfit=printed.unfit,
    )  # fmt: skip


def _sheet(store: Store, report: MonthlyReport) -> MonthlySheet:
    def cell(one: Count | None) -> MonthlyCell:
        return MonthlyCell() if one is None else MonthlyCell(one.households, one.persons)

    return MonthlySheet(
        title="民政统计月报",
        office=office_of(store)[0],
        month=format_month_cn(report.month),
        rows=tuple(
            MonthlyRow(
                group=line.group, title=line.title, previous=cell(line.previous), added=cell(line.added),
                ended=cell(line.ended), current=cell(line.current), paid=line.paid, paid_year=line.paid_year,
            )
            for line in report.lines
        ),
        paid=report.paid,
        paid_year=report.paid_year,
        mark="演示数据" if store.site.demonstration else "",
    )  # fmt: skip
