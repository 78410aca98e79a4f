"""A catalogue form turned into the outline that the editor draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records.outline import FieldLine, Outline, SectionLine, TableLine, TabLine

if TYPE_CHECKING:
    from ...catalog.fields import Field
    from ...catalog.form import Form, Section, Table

FIRST = "基本情况"
_BY_BLOCK = {
    "investigation": "调查公示",
    "verification": "调查公示",
    "publicity": "调查公示",
    "changes": "变更",
}
_BY_TABLE = {
    "members": "成员", "supporters": "成员", "obligors": "成员",
    "incomes": "收入财产", "expenses": "收入财产", "assets": "收入财产",
}  # fmt: skip
ORDER = (FIRST, "成员", "收入财产", "支出", "金额", "调查公示", "审核", "在享管理", "变更")
RELATION = "relation"
"""Kept with the household, but typed where a member is added."""
SMALL = 18
"""A form with no more fields than this stands on one sub-tab."""


def outline_of(form: Form, *, state: str, roles: frozenset[str]) -> Outline:
    """The form as its editor shows it in a state to somebody in these roles."""
    plain = [f for f in form.fields.values() if not f.table and not f.hidden and not f.retired]
    small = len(plain) <= SMALL and len(form.tables) <= 1
    tabs: dict[str, list[SectionLine]] = {}
    for section in form.sections:
        line = _section(form, section, state, roles)
        if line is None:
            continue
        title = FIRST if small and section.block != "changes" else _tab(form, section)
        tabs.setdefault(title, []).append(line)
    ordered = sorted(tabs, key=lambda t: ORDER.index(t) if t in ORDER else len(ORDER))
    lines = [TabLine(title, tuple(_account_last(tabs[title]))) for title in ordered]
    lines = _first_first(lines)
    return Outline(
        form=form.key,
        title=form.title,
        subject=form.subject,
        tabs=tuple(lines),
        event=form.kind == "event",
        subject_required=form.subject_required,
        economy=has_economy(form),
    )


def has_economy(form: Form) -> bool:
    """Whether the form has members of the household and their incomes."""
    members, incomes = form.tables.get("members"), form.tables.get("incomes")
    return members is not None and members.from_household and incomes is not None


def _first_first(lines: list[TabLine]) -> list[TabLine]:
    """Without a first sub-tab of its own the form opens at the sub-tab that it begins with."""
    return sorted(lines, key=lambda line: line.title != FIRST)


def _account_last(sections: list[SectionLine]) -> list[SectionLine]:
    return sorted(sections, key=lambda s: any(f.type == "account" for f in s.fields))


def _tab(form: Form, section: Section) -> str:
    if section.block in _BY_BLOCK:
        return _BY_BLOCK[section.block]
    if section.table:
        title = _BY_TABLE.get(section.table, FIRST)
        return "支出" if title == "收入财产" and "incomes" not in form.tables else title
    fields = [form.fields[key] for key in section.fields]
    if (
        fields
        and sum(f.computed for f in fields) * 2 > len(fields)
        and any(f.type.name == "money" for f in fields)
    ):
        return "金额"
    if section.edit_in and form.workflow.start not in section.edit_in:
        return "在享管理"
    if section.block == "case" and "审核" in section.title:
        return "审核"
    return FIRST


def _section(form: Form, section: Section, state: str, roles: frozenset[str]) -> SectionLine | None:
    closed = not _editable(section.edit_by, section.edit_in, state, roles)
    if section.table:
        return SectionLine(
            section.title, table=_table(form, form.tables[section.table], closed, state, roles)
        )
    fields = tuple(
        _field(f, closed or not _editable(f.edit_by, f.edit_in, state, roles))
        for f in (form.fields[key] for key in section.fields)
        if not f.hidden and not f.retired
    )
    return SectionLine(section.title, fields) if fields else None


def _editable(by: tuple[str, ...], within: tuple[str, ...], state: str, roles: frozenset[str]) -> bool:
    return (not by or bool(roles.intersection(by))) and (not within or state in within)


def _table(form: Form, table: Table, closed: bool, state: str, roles: frozenset[str]) -> TableLine:
    shown = [f for f in table.columns.values() if not f.hidden and not f.retired]
    typed = [f for f in shown if not f.copied or f.key == RELATION]
    return TableLine(
        key=table.key,
        title=table.title or table.key,
        columns=tuple(_field(f, closed or not _editable(f.edit_by, f.edit_in, state, roles)) for f in typed),
        from_household=table.from_household,
        copied=tuple(_field(f, True) for f in shown if f.copied and f.key != RELATION),
        least=table.min_rows,
        most=table.max_rows,
    )


def _field(f: Field, closed: bool) -> FieldLine:
    choices = tuple(f.choices.choices().items()) if f.choices is not None else ()
    return FieldLine(
        path=f.path,
        key=f.key,
        label=f.label,
        type=f.type.name,
        hint=f.hint,
        required=f.required,
        choices=choices,
        unit=f.unit,
        digits=f.digits,
        least=f.minimum,
        most=f.maximum,
        read_only=f.read_only or closed,
        computed=bool(f.calculation or f.filled_by),
        kinds=f.kinds,
        forms=f.forms,
        of=f.of,
        default=f.default,
        keep=f.keep,
        sensitive=f.privacy in ("sensitive", "sealed"),
    )
