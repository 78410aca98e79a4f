"""重复发放雷达: the matrix of a month, its cases, and running it."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from ...county import radar
from ...values.dates import add_months, format_month_cn, month_of
from ..county.radar import RadarRow, RadarView
from ..kit.cells import DASH, Cell, CellValue, Chip, Link, text_of
from ..listing import Line, Listing
from ..worker import Progress
from . import prints
from .office import Office, money

_CHIPS = {
    radar.OPEN: ("error", "warn"), radar.TOLD: ("info", "out"), radar.ANSWERED: ("warn", "mail"),
    radar.CLOSED: ("ok", "ok"),
}  # fmt: skip
KINDS = tuple(radar.KINDS.items())


def run(office: Office, month: str) -> Generator[Progress, None, int]:
    """Ask the checks for a month; returns how many cases it has."""
    yield Progress(f"正在核查 {format_month_cn(month)}", 0, 0)
    return len(radar.run_radar(office.store, month=month, today=office.today))


def months(office: Office) -> tuple[tuple[str, str], ...]:
    """The last 18 months, those that were run marked."""
    last = month_of(office.today)
    with office.store.reading() as r:
        known = set(radar.months_run(r))
    shown = (add_months(last, -n) for n in range(18))
    return tuple((m, f"{format_month_cn(m)}{'' if m in known else '（未查）'}") for m in shown)


def matrix(office: Office, month: str, state: str) -> RadarView:
    """Townships by kinds: yuan and cases of one state, or of all."""
    with office.store.reading() as r:
        every = radar.list_cases(r, month=month)
        known = month in radar.months_run(r)
    shown = [case for case in every if state in ("", case.state)]
    sums = radar.sum_cases(shown)
    open_ones = radar.sum_cases(case for case in every if case.state != radar.CLOSED)
    towns = [(town.code, town.name) for town in office.store.catalog.divisions.towns]
    rows = [_row("", "合计", sums, open_ones, total=True)]
    rows += [_row(code, name, sums, open_ones) for code, name in towns]
    counts = {key: sum(case.state == key for case in every) for key in radar.STATES}
    left = open_ones.get(("", ""), radar.Cell())
    return RadarView(
        title=f"重复发放雷达 · {format_month_cn(month)}",
        hint="每格是元 · 件；取自封账明细，按户发的按保障人数分摊到人",
        rows=tuple(rows),
        pills=(
            ("", "全部", len(every)), *((key, words, counts[key]) for key, words in radar.STATES.items()),
        ),
        foot=f"没有销号 {left.cases:,} 件，{money(left.cents)} 元。改正后重新核查、开了追缴或采信了答复才销号。",
        run=known,
    )  # fmt: skip


def _row(
    division: str, name: str, sums: dict[tuple[str, str], radar.Cell],
    left: dict[tuple[str, str], radar.Cell], *, total: bool = False,
) -> RadarRow:  # fmt: skip
    whole = sums.get((division, ""), radar.Cell())
    cells: dict[str, CellValue] = {"town": name}
    for key in radar.KINDS:
        cell = sums.get((division, key), radar.Cell())
        cells[key] = Cell(f"{money(cell.cents)} · {cell.cases}", follows=True) if cell.cases else DASH
    cells["all"] = Cell(money(whole.cents), bold=True, follows=True) if whole.cases else DASH
    cells["cases"] = Cell(f"{whole.cases:,}", follows=bool(whole.cases), tone="" if whole.cases else "ink-3")
    open_cases = left.get((division, ""), radar.Cell()).cases
    cells["left"] = Cell(f"{open_cases:,}", "error" if open_cases else "ink-3")
    return RadarRow(division, cells, total)


def save_matrix(office: Office, target: Path, month: str) -> int:
    """Write the matrix as a workbook; returns how many cases it sums. Raises UserError of the disk."""
    view = matrix(office, month, "")
    names = ("town", *radar.KINDS, "all", "cases", "left")
    heads = (
        "乡镇",
        *(f"{words}（元 · 件）" for words in radar.KINDS.values()),
        "合计（元）",
        "件",
        "没有销号",
    )
    rows = [tuple(text_of(one.get(name)) for name in names) for one in view.rows]
    prints.save_table(office, target, view.title, heads, rows, facts=(view.foot,))
    return int(text_of(view.rows[0].get("cases")).replace(",", ""))


def cases(office: Office, month: str, division: str, kind: str, state: str) -> Listing:
    """The cases behind a figure of the matrix."""
    with office.store.reading() as r:
        every = radar.list_cases(r, month=month, division=division, kind=kind)
        shown = [case for case in every if state in ("", case.state)]
        people = r.get_many("people", {case.persons[0] for case in shown if case.persons})
    names = {person: str(row["name"]) for person, row in people.items()}
    words = [
        office.store.catalog.divisions.name(division) if division else "",
        radar.KINDS.get(kind, ""),
        format_month_cn(month),
    ]
    total = sum(case.cents for case in shown)
    return Listing(
        title=f"雷达 › {' · '.join(word for word in words if word)}",
        pills=(
            ("", "全部", len(every)),
            *((key, said, sum(case.state == key for case in every)) for key, said in radar.STATES.items()),
        ),
        pill=state,
        lines=tuple(_case(office, case, names) for case in shown),
        foot=f"{len(shown):,} 件，合计 {money(total)} 元",
    )  # fmt: skip


def _case(office: Office, case: radar.Case, names: dict[str, str]) -> Line:
    form = office.store.catalog.forms.get(case.form)
    tone, icon = _CHIPS[case.state]
    cells: dict[str, CellValue] = {
        "town": office.store.catalog.divisions.name(case.division) if case.division else "",
        "kind": f"{case.rule} {radar.KINDS[case.kind]}",
        "name": names.get(case.persons[0], "") if case.persons else "",
        "form": form.title if form else "",
        "cents": Cell(money(case.cents), bold=True),
        "state": Chip(radar.STATES[case.state], tone, icon),
        "evidence": case.evidence or DASH,
        "open": Link("去看") if case.records or case.persons else "",
    }
    more = f"{case.message}{f' {case.evidence}。' if case.evidence else ''}"
    return Line(case.finding, cells, more=more, target=case)
