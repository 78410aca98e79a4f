"""`minzheng county report`, `minzheng county fact`, `minzheng report monthly`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    command,
    new_app,
    opened,
    today,
)
from minzheng_desktop.values.dates import stamp_text
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.documents.batch_prints import Made
    from minzheng_desktop.reports.monthly import LineFigures
    from minzheng_desktop.store.store import Store

app = new_app("统计报表：民政统计月报。")


class AnnualAs(StrEnum):
    """What the annual report is written as."""

    JSON = "json"
    XLSX = "xlsx"
    DOCX = "docx"
    PDF = "pdf"


class MonthlyAs(StrEnum):
    """What the monthly statistics are written as."""

    JSON = "json"
    XLSX = "xlsx"
    PDF = "pdf"


Year = Annotated[int, typer.Option("--year", metavar="YYYY", help="哪一年。")]
Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="哪个月。")]
AnnualFormat = Annotated[AnnualAs, typer.Option("--as", help="json、xlsx、docx 或 pdf。")]
MonthlyFormat = Annotated[MonthlyAs, typer.Option("--as", help="json、xlsx 或 pdf。")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="写到哪里；不写则只显示，不写文件。")]
FactKey = Annotated[str, typer.Option("--key", metavar="KEY", help="指标，例如 visit_mechanism。")]
FactValue = Annotated[str, typer.Option("--value", metavar="N", help="数值。")]
FactDay = Annotated[str, typer.Option("--on", metavar="YYYY-MM-DD", help="截至哪天；不写是今天。")]
FactNote = Annotated[str, typer.Option("--note", metavar="TEXT", help="说明：依据的文件、经过。")]


def _saved(store: Store, out: Path, made: Made, kind: str) -> str:
    from minzheng_desktop.documents.saving import save_made

    file = out.expanduser().absolute()
    save_made(store, file, made, kind=kind)
    return str(file)


def annual(
    year: Year, as_: AnnualFormat = AnnualAs.JSON, out: Out = None, db: Database = None, user: UserName = None,
    as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """年度民生报告：各项指标和分乡镇数，写成数据、工作簿、Word 或 PDF。"""
    from minzheng_desktop.county.receiving.senders import require_county
    from minzheng_desktop.reports.annual import annual_data, annual_figures, make_annual_print

    with opened(db, user) as store:
        require_county(store)
        with store.reading() as r:
            figures = annual_figures(r, year)
        data: dict[str, Any] = annual_data(figures)
        lines = [f"{one.name}：{one.shown()} {one.unit}" for one, _ in figures.shown()]
        if out is not None:
            made = make_annual_print(store, year, as_=as_.value, printed_at=stamp_text())
            data["file"] = _saved(store, out, made, "annual_report")
            lines = [f"已写出 {data['file']}，读回核对相同。"]
    return Answer(data, lines)


def fact(
    key: FactKey, value: FactValue, note: FactNote, on: FactDay = "", db: Database = None, user: UserName = None,
    as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """登记一项记录里看不出来的事实，报告里注明“县局登记”。"""
    from datetime import date

    from minzheng_desktop.reports.facts import enter_fact

    try:
        number = Fraction(Decimal(value))
    except (InvalidOperation, ValueError, OverflowError):
        raise UserError("fact_value", f"数值“{value}”不是数。没有登记。") from None
    try:
        day = date.fromisoformat(on) if on else today()
    except ValueError:
        raise UserError("date", f"日期“{on}”不对，要写成 2024-12-31 这样。没有登记。") from None
    with opened(db, user) as store:
        record = enter_fact(store, key, value=number, on=day, note=note, today=today())
        title = store.catalog.indicators[key].title
    return Answer(
        {"record": record, "key": key, "on": day.isoformat()}, [f"已登记：{title} {value}，截至 {day}。"]
    )


def _month_line(line: LineFigures) -> str:
    there = "—" if line.current is None else f"{line.current.persons} 人"
    return f"{line.title}：{there}，本月支出 {format_money_grouped(line.paid)} 元"


@command(app, "monthly")
def monthly(
    month: Month, as_: MonthlyFormat = MonthlyAs.JSON, out: Out = None, db: Database = None, user: UserName = None,
    as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """民政统计月报：上月＋新增－退出＝本月，户数、人数、支出。"""
    from minzheng_desktop.reports.monthly import monthly_report
    from minzheng_desktop.reports.monthly_print import make_monthly_print, monthly_data

    with opened(db, user) as store:
        with store.reading() as r:
            report = monthly_report(r, month)
        data: dict[str, Any] = monthly_data(report)
        lines = [_month_line(one) for one in report.lines]
        if out is not None:
            made = make_monthly_print(store, month, as_=as_.value, printed_at=stamp_text())
            data["file"] = _saved(store, out, made, "monthly_report")
            lines = [f"已写出 {data['file']}，读回核对相同。"]
    return Answer(data, lines)
