"""The annual livelihood report of a county: its figures beside last year's, put into the sentences of its chapters."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.catalog.indicators import PLACE, Chapter
from minzheng_desktop.documents.batch_prints import Made
from minzheng_desktop.documents.office import office_of
from minzheng_desktop.documents.report_model import (
    BarChart,
    FigureRow,
    LineChart,
    Report,
    ReportChapter,
    ReportColumn,
    ReportTable,
    Series,
    TownColumn,
)
from minzheng_desktop.reports.indicators import Figure, YearFigures, figures_of_year
from minzheng_desktop.reports.periods import year_period
from minzheng_desktop.reports.reading import People
from minzheng_desktop.reports.returned import money_moved
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

AnnualPrint = Literal["json", "xlsx", "docx", "pdf"]
FUND = "relief_fund_total"
"""The figure whose composition by form goes along with the report (domain §15)."""


IN_TEN_THOUSANDS = 1_000_000
"""Yuan from which the text speaks of 万元."""


class Annual(msgspec.Struct, frozen=True):
    """A year's figures with those of the year before, and what was paid by form and month (cents, 退票冲减后)."""

    this: YearFigures
    before: YearFigures
    paid: dict[str, dict[str, int]]

    @property
    def year(self) -> int:
        """The year reported."""
        return self.this.year

    def shown(self) -> list[tuple[Figure, Figure | None]]:
        """Every figure of the report with that of the year before, without what only serves as a part."""
        return [(f, self.before.figures.get(key)) for key, f in self.this.figures.items() if not f.helper]


def annual_figures(r: Reading, year: int) -> Annual:
    """The figures of a year and the year before. Raises UserError ``year``, ``no_indicators``."""
    if not r.store.catalog.indicators:
        raise UserError(
            "no_indicators", "没有指标可以汇总：指标文件有错或没有装好。请核对 resources/indicators。"
        )
    people = People(r)
    before = figures_of_year(r, year - 1, people=people)
    return Annual(figures_of_year(r, year, people=people), before, _paid(r, year))


def _paid(r: Reading, year: int) -> dict[str, dict[str, int]]:
    b, i = schema.payment_batches.c, schema.payment_items.c
    period = year_period(year)
    query = (
        sa.select(b.form, b.month, sa.func.sum(i.total))
        .join(schema.payment_items, i.batch == b.id)
        .where(b.month >= period.first, b.month <= period.last, b.void == 0, i.void == 0)
        .group_by(b.form, b.month)
    )
    found: dict[str, dict[str, int]] = {}
    for form, month, cents in r.connection.execute(query):
        found.setdefault(form, {})[month] = int(cents)
    for one in money_moved(r, first=period.first, last=period.last):
        of_form = found.setdefault(one.form, {})
        of_form[one.day[:7]] = of_form.get(one.day[:7], 0) + one.cents
    return found


def annual_data(annual: Annual) -> dict[str, Any]:
    """What `--json` prints: ``{"year", "indicators": {key: {"value", "unit", "name", "by_township", …}}}``."""
    return {
        "year": annual.year,
        "indicators": {
            figure.key: {
                "value": figure.value,
                "unit": figure.unit,
                "name": figure.name,
                "by_township": figure.by_township,
                "previous": before.value if before else None,
                "parts": figure.parts,
                "computation": figure.computation,
                "by_hand": figure.by_hand,
                "waiting_for": list(figure.waits),
            }
            for figure, before in annual.shown()
        },
    }


def make_annual_print(store: Store, year: int, *, as_: AnnualPrint, printed_at: str) -> Made:
    """The report of a year as a finished file. Raises UserError ``not_allowed_here`` in a township."""
    if store.site.role != "county":
        raise UserError("not_allowed_here", "年度报告由县局汇总各乡镇以后出；乡镇请出月报。没有写出文件。")
    with store.reading() as r:
        annual = annual_figures(r, year)
        report = compose_report(r, annual)
    name = f"{report.title}.{as_}"
    if as_ == "json":
        data = msgspec.json.format(msgspec.json.encode(annual_data(annual)), indent=2) + b"\n"
        return Made(name=name, data=data, rows=len(report.figures), total=0)
    if as_ == "xlsx":
        from minzheng_desktop.documents.report_workbook import write_report_workbook

        data = write_report_workbook(report, written_at=printed_at)
        return Made(name=name, data=data, rows=len(report.figures), total=0)
    if as_ == "docx":
        from minzheng_desktop.documents.report_letter import write_report_docx

        data = write_report_docx(report, written_at=printed_at)
        return Made(name=name, data=data, rows=len(report.figures), total=0)
    from minzheng_desktop.documents.report_pdf import draw_report

    printed = draw_report(report, printed_at=printed_at)
    return Made(
        name=name, data=printed.data, rows=len(report.figures), total=0, pages=printed.pages, missing=printed.missing,
        unfit=printed.unfit,
    )  # fmt: skip


def compose_report(r: Reading, annual: Annual) -> Report:
    """The report to be printed."""
    catalog = r.store.catalog
    office, place = office_of(r.store)
    towns = tuple(TownColumn(t.code, _short(t.name)) for t in catalog.divisions.towns)
    return Report(
        title=f"{place}{annual.year}年度民生报告",
        office=office,
        year=annual.year,
        chapters=tuple(_Composing(r, annual, towns).chapter(one) for one in catalog.chapters),
        figures=tuple(_figure_row(figure, before, towns) for figure, before in annual.shown()),
        towns=towns,
        mark="演示数据" if r.store.site.demonstration else "",
        foot="人数按公民身份号码去重，跨乡镇的计在最早享受的乡镇；资金为发放批次的实发数。“—”是没有可以统计的记录。",
    )


def _figure_row(figure: Figure, before: Figure | None, towns: Iterable[TownColumn]) -> FigureRow:
    computation = figure.computation
    if figure.waits:
        computation += f"（表单 {'、'.join(figure.waits)} 暂缺）"
    return FigureRow(
        group=figure.group, name=figure.name, unit=figure.unit, value=figure.value,
        previous=before.value if before else None,
        towns=tuple(figure.by_township.get(town.code) for town in towns),
        computation=f"{computation}；{figure.note}" if figure.note else computation,
        digits=figure.digits, by_hand=figure.by_hand, lacking=figure.lacking,
    )  # fmt: skip


def compare(figure: Figure, before: Figure | None) -> str:
    """How a figure stands to the year before, in words: '比上年增长4.1%'; empty where it cannot be compared."""
    if before is None or before.exact is None or figure.exact is None or not before.exact:
        return ""
    change = (figure.exact - before.exact) / before.exact * 100
    tenths = (abs(change) * 10 + Fraction(1, 2)) // 1
    if not tenths:
        return "与上年持平"
    return f"比上年{'增长' if change > 0 else '下降'}{tenths / 10:.1f}%"


class _Composing:
    """Puts the figures into the sentences, tables and charts of a chapter."""

    def __init__(self, r: Reading, annual: Annual, towns: tuple[TownColumn, ...]) -> None:
        self.annual, self.towns = annual, towns
        self.forms = r.store.catalog.forms
        self.funds = r.store.catalog.indicators[FUND].forms if FUND in r.store.catalog.indicators else ()

    def chapter(self, chapter: Chapter) -> ReportChapter:
        text, lost = self._text(chapter.sentences)
        tables = [self._table(chapter)] if chapter.table else []
        if FUND in chapter.table and self.annual.this.figures[FUND].value:
            tables.append(self._composition())
        note = f"没有数据、正文没有写的：{'、'.join(lost)}。" if lost else ""
        return ReportChapter(
            title=chapter.title, paragraphs=(text,) if text else (), tables=tuple(tables), bars=self._bars(chapter),
            lines=self._lines(chapter), note=note, writer=chapter.writer,
        )  # fmt: skip

    def _text(self, sentences: Iterable[str]) -> tuple[str, list[str]]:
        """The sentences whose numbers are all there, and the names of the figures that are not."""
        written, lost = "", []
        for sentence in sentences:
            keys = [key for _mark, key in PLACE.findall(sentence) if key != "year"]
            missing = [
                self.annual.this.figures[key].name
                for key in keys
                if self.annual.this.figures[key].value is None
            ]
            if missing:
                lost += missing
            else:
                written += PLACE.sub(lambda found: self._place(found[1], found[2]), sentence)
        return written, list(dict.fromkeys(lost))

    def _place(self, mark: str, key: str) -> str:
        if key == "year":
            return str(self.annual.year)
        figure = self.annual.this.figures[key]
        if mark:
            words = compare(figure, self.annual.before.figures.get(key))
            return f"（{words}）" if words else ""
        if figure.unit == "元" and isinstance(figure.value, int | float) and figure.value >= IN_TEN_THOUSANDS:
            return f"{figure.value / 10000:,.2f}万元"
        return f"{figure.shown()}{figure.unit.partition('/')[0]}"

    def _table(self, chapter: Chapter) -> ReportTable:
        rows: list[tuple[str, ...]] = []
        for key in chapter.table:
            figure, before = self.annual.this.figures[key], self.annual.before.figures.get(key)
            rows.append(
                (
                    f"{figure.name}※" if figure.by_hand else figure.name, figure.unit, figure.shown(),
                    before.shown() if before else "—", change_of(figure, before),
                )
            )  # fmt: skip
            rows += self._parts(key, figure, before)
        columns = (
            ReportColumn("指　标", 66), ReportColumn("单位", 18, "centre"),
            ReportColumn(f"{self.annual.year}年", 27, "right"),
            ReportColumn(f"{self.annual.year - 1}年", 27, "right"), ReportColumn("增减（%）", 22, "right"),
        )  # fmt: skip
        note = "※ 县局登记的事实" if any(row[0].endswith("※") for row in rows) else ""
        return ReportTable(title=f"{chapter.title}主要指标", columns=columns, rows=tuple(rows), note=note)

    def _parts(self, key: str, figure: Figure, before: Figure | None) -> list[tuple[str, ...]]:
        """The lines of a figure that is also told by the codes of a field."""
        labels = figure.part_names
        return [
            (
                f"　其中：{labels.get(code, code or '未填')}", figure.unit, figure.shown(value),
                before.shown(before.parts.get(code)) if before and code in before.parts else "—", "",
            )
            for code, value in figure.parts.items()
        ]  # fmt: skip

    def _composition(self) -> ReportTable:
        sums = {form: sum(self.annual.paid.get(form, {}).values()) for form in self.funds}
        rows = [(self.forms[form].title, format_money_grouped(cents)) for form, cents in sums.items()]
        rows.append(("合　计", format_money_grouped(sum(sums.values()))))
        columns = (ReportColumn("口　径", 90), ReportColumn("全年实发（元）", 70, "right"))
        return ReportTable(title="全年发放救助资金口径构成", columns=columns, rows=tuple(rows), total=True)

    def _bars(self, chapter: Chapter) -> tuple[BarChart, ...]:
        figure = self.annual.this.figures.get(chapter.towns)
        if figure is None or not figure.by_township:
            return ()
        pairs = [(town.name, float(figure.by_township.get(town.code, 0))) for town in self.towns]
        pairs.sort(key=lambda pair: -pair[1])
        names, values = zip(*pairs, strict=True)
        return (BarChart(f"各乡镇{figure.name}", figure.unit, tuple(names), tuple(values)),)

    def _lines(self, chapter: Chapter) -> tuple[LineChart, ...]:
        months = year_period(self.annual.year).months()
        series = tuple(
            Series(self.forms[form].title, tuple(self.annual.paid[form].get(m, 0) / 1000000 for m in months))
            for form in chapter.months
            if form in self.annual.paid and form in self.forms
        )
        if not series:
            return ()
        labels = tuple(f"{int(month[5:])}月" for month in months)
        return (LineChart(f"{self.annual.year}年各月资金支出", "万元", labels, series),)


def change_of(figure: Figure, before: Figure | None) -> str:
    """How much per cent more than the year before: '+4.1', '—' where it cannot be compared."""
    if before is None or before.exact is None or figure.exact is None or not before.exact:
        return "—"
    change = (figure.exact - before.exact) / before.exact * 100
    text = f"{float(change):+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def _short(name: str) -> str:
    """A township as tables and charts print it: without the word for what it is, where that leaves a name."""
    for ending in ("街道", "镇", "乡"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name
