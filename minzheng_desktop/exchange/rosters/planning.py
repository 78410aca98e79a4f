"""Plan a roster: read, clean, and hold against the office's state. Nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.exchange.rosters.amounts import Reckoner, WholeForm
from minzheng_desktop.exchange.rosters.cleaned import Chosen, Cleaned, CleanRow
from minzheng_desktop.exchange.rosters.cleaning import clean_workbook
from minzheng_desktop.exchange.rosters.collector import collector_held
from minzheng_desktop.exchange.rosters.plan import Absent, RosterPlan
from minzheng_desktop.exchange.rosters.planner import Planner
from minzheng_desktop.exchange.rosters.sheets import Workbook, read_workbook
from minzheng_desktop.exchange.rosters.state import load_state
from minzheng_desktop.exchange.rosters.unsaid import fitting_month, supply, unsaid_fields
from minzheng_desktop.store.records import form_of
from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Reading
from minzheng_desktop.values.dates import month_of
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.names import name_key

_MONTH = re.compile(r"(20[0-9]{2})\s*年\s*(1[0-2]|0?[1-9])\s*月")
COLUMNS_SETTING = "roster.columns"
ALIASES_SETTING = "roster.villages"


def plan_roster(
    store: Store,
    path: Path,
    *,
    form: str,
    today: date,
    month: str | None = None,
    paid_through: str | None = None,
    chosen: Chosen | None = None,
    accepted: frozenset[str] = frozenset(),
) -> RosterPlan:
    """Read a workbook and plan its import; nothing is written.

    As `plan_book`; raises UserError as `sheets.read_workbook` does too.
    """
    return plan_book(
        store,
        read_workbook(path),
        form=form,
        today=today,
        month=month,
        paid_through=paid_through,
        chosen=chosen,
        accepted=accepted,
    )


def plan_book(
    store: Store,
    book: Workbook,
    *,
    form: str,
    today: date,
    month: str | None = None,
    paid_through: str | None = None,
    chosen: Chosen | None = None,
    accepted: frozenset[str] = frozenset(),
) -> RosterPlan:
    """Plan the import of a workbook that was read; nothing is written.

    `month` is the month the roster speaks of (default: found in its titles or name, else the first month of the
    standards that its amounts agree with, else today's); people whose row names no first month are in force
    from it. `paid_through` is the last month settled outside the program (default: the last month that this
    office paid, else the month before the first that it plans). `chosen` is how the clerk reads its columns,
    `accepted` holds 15-digit numbers whose 18-digit form was confirmed.
    Raises UserError as `cleaning.clean_workbook` does, unknown_form, and roster.county in a county's database.
    """
    if store.site.role != "township":
        raise UserError(
            "roster.county",
            "这是县局的台账，花名册在乡镇的台账里导入。没有导入任何一行，请交给乡镇导入后上报。",
        )
    with collector_held(), store.reading() as r:
        cleaned = clean(r, book, form=form, today=today, chosen=chosen, accepted=accepted)
        spoken_of = month or find_month(book) or _month_by_amounts(r, cleaned, form, today) or month_of(today)
        return plan_cleaned(
            r,
            cleaned,
            form=form,
            path=book.path,
            digest=book.digest,
            today=today,
            month=spoken_of,
            paid_through=paid_through,
        )


def clean(
    r: Reading, book: Workbook, *, form: str, today: date, chosen: Chosen | None, accepted: frozenset[str]
) -> Cleaned:
    """Clean a workbook with the office's remembered columns and village names."""
    return clean_workbook(
        book,
        form_of(r, form),
        r.store.catalog,
        town=r.store.site.division,
        today=today,
        aliases=r.setting(ALIASES_SETTING, {}),
        remembered=remembered_columns(r, form),
        chosen=chosen,
        accepted=accepted,
    )


def remembered_columns(r: Reading, form: str) -> dict[str, dict[str, str]]:
    """How earlier imports of a form read their columns, as `headers.find_header` takes it."""
    found: dict[str, dict[str, str]] = r.setting(f"{COLUMNS_SETTING}.{form}", {})
    return found


def plan_cleaned(
    r: Reading,
    cleaned: Cleaned,
    *,
    form: str,
    path: Path,
    digest: str,
    today: date,
    month: str,
    paid_through: str | None = None,
) -> RosterPlan:
    """Plan cleaned rows against the database as it is now. The rows are not changed: they can be planned again."""
    spec = form_of(r, form)
    numbers = {n for row in cleaned.rows() for n in _numbers(row)}
    state = load_state(r, spec, numbers, today=today, nameless=_nameless(cleaned, spec))
    settled = paid_through or state.paid_upto
    area = r.store.site.division
    filled = _filled(cleaned)
    unsaid = unsaid_fields(spec, filled)
    reckoner = Reckoner(spec, r.store.catalog, area=area, month=month)
    cleaned = supply(cleaned, unsaid, spec, r.store.catalog, path=path, reckoner=reckoner)
    planner = Planner(
        spec,
        r.store.catalog,
        state,
        filled=filled | {f.path for f in unsaid},
        area=area,
        month=month,
        today=today,
        paid_through=settled,
        whole=WholeForm(r, spec, today=today),
    )
    rows = planner.plan(cleaned)
    return RosterPlan(
        form=form,
        path=path,
        digest=digest,
        month=month,
        today=today,
        change_number=state.change_number,
        rows=rows,
        cleaned=cleaned,
        writes=planner.writes,
        absent=_name_absent(r, planner.absent(cleaned)),
        notes=[*cleaned.problems, *planner.notes],
        paid_through=settled,
    )


def find_month(book: Workbook) -> str | None:
    """The month a roster speaks of: in its first rows, a sheet's name, or the file's name."""
    texts: list[str] = []
    for sheet in book.sheets:
        texts += [str(cell) for row in sheet.rows[:3] for cell in row if isinstance(cell, str)]
        texts.append(sheet.name)
    for text in (*texts, book.path.stem):
        found = _MONTH.search(text)
        if found:
            return f"{found[1]}-{int(found[2]):02d}"
    return None


def _month_by_amounts(r: Reading, cleaned: Cleaned, form: str, today: date) -> str | None:
    spec = form_of(r, form)
    fields = unsaid_fields(spec, _filled(cleaned))
    area = r.store.site.division
    return fitting_month(cleaned, spec, r.store.catalog, area=area, today=today, fields=fields)


def _filled(cleaned: Cleaned) -> frozenset[str]:
    """Paths of the columns that the roster has."""
    headers = [sheet.header for sheet in cleaned.sheets if sheet.header is not None]
    return frozenset(column.path for header in headers for column in header.columns if column.path)


def _numbers(row: CleanRow) -> Iterable[str]:
    for path, value in row.values.items():
        if path.endswith(".id_number"):
            yield value
    for members in row.tables.values():
        for member in members:
            if member.get("id_number"):
                yield member["id_number"]


def _nameless(cleaned: Cleaned, form: Form) -> frozenset[str] | None:
    """Name keys of the household members listed without a number; None when no members are listed."""
    tables = [t.key for t in form.tables.values() if t.from_household]
    listed = [m for row in cleaned.rows() for table in tables for m in row.tables.get(table, ())]
    if not listed:
        return None
    return frozenset(name_key(str(m.get("name") or "")) for m in listed if not m.get("id_number"))


def _name_absent(r: Reading, records: list[dict[str, Any]]) -> list[Absent]:
    people = r.get_many("people", {str(record["person"]) for record in records if record["person"]})
    found = []
    for record in records:
        person = people.get(record["person"] or "", {})
        found.append(
            Absent(
                record["id"],
                person.get("name") or record["doc"].get("name") or "",
                person.get("id_number") or "",
                record["village"] or "",
                record["state"],
            )
        )
    return found
