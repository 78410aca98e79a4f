"""Ledgers of a payment batch: from the plan (or the locked batch read back as one) to plain ledger data.

PDF, workbook and bank file come from the same frozen rows, so that they cannot disagree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits.assemble import name_period
from minzheng_desktop.benefits.months import number_of
from minzheng_desktop.documents.ledger_model import (
    Kind,
    Ledger,
    LedgerColumn,
    LedgerGroup,
    Value,
    mask_ledger,
)
from minzheng_desktop.values.dates import format_month_cn
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.benefits.plans import BatchPlan, PlannedItem
    from minzheng_desktop.catalog.fields import Field
    from minzheng_desktop.catalog.form import Column, Form
    from minzheng_desktop.catalog.form import Ledger as LedgerSpec
    from minzheng_desktop.catalog.load import Catalog

_MONEY_PATHS = frozenset(
    f"pay.{part}" for part in ("rate", "offset", "base", "extra", "backpay", "deduct", "total")
)
_OPTIONAL = frozenset({"pay.offset", "pay.extra", "pay.backpay", "pay.deduct"})
_BY_TYPE: Mapping[str, Kind] = {
    "money": "money",
    "integer": "count",
    "decimal": "count",
    "date": "date",
    "month": "date",
    "choice": "code",
    "yes_no": "code",
    "id_number": "id",
    "phone": "phone",
    "village": "village",
    "person": "name",
    "note": "remark",
}
_BY_PATH: Mapping[str, Kind] = {
    "village": "village",
    "account.number": "account",
    "account.name": "name",
    "account.bank": "text",
    "pay.months": "count",
    "pay.units": "count",
    "pay.label": "code",
}
_BY_ATTRIBUTE: Mapping[str, Kind] = {
    "name": "name",
    "id_number": "id",
    "phone": "phone",
    "sex": "code",
    "birth_date": "date",
    "ethnicity": "code",
}
_BY_COLUMN: Mapping[str, Kind] = {"seq": "seq", "blank": "remark", "sign": "sign", "count": "count"}
_LONG_NUMBERS = ("证号", "编号", "号码")
_UNIT_WORDS = {
    "yuan_per_person_month": "元/人·月",
    "yuan_per_household_month": "元/户·月",
    "yuan_per_month": "元/月",
    "yuan_per_year": "元/年",
    "yuan_per_time": "元/次",
    "yuan_per_meal": "元/餐",
}
_COUNTERS = {"household": "户", "person": "人", "record": "人次"}
_CYCLES = {"quarter": "按季发放，本季", "half": "按半年发放，本期", "year": "按年发放，本年"}
_KINDS = {"regular": "正常发放", "backpay": "补发", "adjust": "调标补差"}


class BatchFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a ledger beside its rows: the office, who prints, what kind of database and lock it is."""

    office: str
    place: str
    clerk: str = ""
    demonstration: bool = False
    marks: tuple[str, ...] = ()
    locked_at: str = ""
    locked_by: str = ""


def batch_ledgers(
    plan: BatchPlan, *, catalog: Catalog, facts: BatchFacts, masked: bool, key: str = ""
) -> tuple[Ledger, ...]:
    """The ledgers of a batch: one, or one for each value of the form's `split`.

    `key` chooses one of several batch ledgers of the form (default: the first). A plan that is not locked is
    marked 草稿, one with example rates 示例; so is a locked batch of a demonstration. Raises UserError
    no_ledger when the form has none, nothing_to_print when the batch is empty.
    """
    form = catalog.forms[plan.form]
    spec = _ledger_of(form, key)
    if not plan.items:
        raise UserError(
            "nothing_to_print", f"“{plan.title}”{format_month_cn(plan.month)}没有要发的，没有生成花名册。"
        )
    columns = tuple(ledger_column(form, column, spec) for column in spec.columns)
    parts = _split(plan.items, spec.split)
    ledgers = [
        _one_ledger(plan, form, spec, columns, part, value, facts, catalog) for value, part in parts.items()
    ]
    return tuple(mask_ledger(ledger) if masked else ledger for ledger in ledgers)


def batch_mark(plan: BatchPlan, facts: BatchFacts) -> str:
    """示例, 草稿 or nothing, across every page."""
    if plan.examples or facts.demonstration or "example" in facts.marks:
        return "示例"
    return "" if plan.state == "locked" else "草稿"


def ledger_column(form: Form, column: Column, spec: LedgerSpec) -> LedgerColumn:
    """How a column of a form's ledger is set: by its kind, its path, or the type of its field."""
    kind = column_kind(form, column, spec)
    field = _field(form, column, spec)
    labels = list(field.choices.items.values()) if field is not None and field.choices else []
    main = column.path == "pay.total"
    return LedgerColumn(
        key=f"running:{column.path}" if column.kind == "running" else column.path or column.kind,
        head=column.title,
        kind=kind,
        total=column.path in spec.totals and column.kind != "running",
        required=kind == "money" and column.path not in _OPTIONAL,
        main=main,
        longest=max(labels, key=len, default=""),
    )


def _field(form: Form, column: Column, spec: LedgerSpec) -> Field | None:
    """The field that a column shows; `row.x` is a column of the table that the ledger lists."""
    path = re.split(r"[+|]", column.path)[0]  # a sum and an alternative are set like their first part
    if path.startswith("row.") and spec.table:
        return form.fields.get(f"{spec.table}.{path.removeprefix('row.')}")
    field = form.fields.get(path)
    return None if field is not None and field.table else field


def column_kind(form: Form, column: Column, spec: LedgerSpec) -> Kind:
    """Which kind of cell a column has."""
    if column.kind in _BY_COLUMN:
        return _BY_COLUMN[column.kind]
    path = column.path
    if path in _MONEY_PATHS:
        return "money"
    if path in _BY_PATH:
        return _BY_PATH[path]
    field = _field(form, column, spec)
    if field is None:
        return _BY_ATTRIBUTE.get(path.rpartition(".")[2], "text")
    if path == "payee":
        return "text"
    kind = _BY_TYPE.get(field.type.name, "text")
    if kind == "text" and column.title.endswith(_LONG_NUMBERS):
        return "number"
    return kind


def _ledger_of(form: Form, key: str) -> LedgerSpec:
    candidates = [ledger for ledger in form.ledgers.values() if ledger.source == "batch"]
    chosen = next((ledger for ledger in candidates if key in ("", ledger.key)), None)
    if chosen is None:
        raise UserError(
            "no_ledger", f"“{form.title}”没有发放花名册的格式，没有打印。请核对表单文件的 ledger 部分。"
        )
    return chosen


def _split(items: Iterable[PlannedItem], path: str) -> dict[str, list[PlannedItem]]:
    parts: dict[str, list[PlannedItem]] = {}
    for item in items:
        parts.setdefault(str(item.row.get(path) or "") if path else "", []).append(item)
    return parts


def _one_ledger(
    plan: BatchPlan,
    form: Form,
    spec: LedgerSpec,
    columns: tuple[LedgerColumn, ...],
    items: list[PlannedItem],
    part: str,
    facts: BatchFacts,
    catalog: Catalog,
) -> Ledger:
    unit = form.benefit.unit if form.benefit else "record"
    counter = _COUNTERS.get(unit, "人")
    usual = _usual_remark(items)
    groups = _groups(form, spec, columns, items, plan, counter, usual)
    signatures, seal = ledger_foot(spec)
    first, last = number_of(plan.period_from), number_of(plan.period_to)
    period = name_period(first, last)
    title = _title(spec, form, items[0], part, plan.month, period)
    return Ledger(
        title=title if facts.place in title else f"{facts.place}{title}",
        office=facts.office,
        facts=tuple(
            filter(None, (f"所属期：{period}", f"批次：{_batch_words(plan)}", _standard(items, plan)))
        ),
        columns=columns,
        groups=groups,
        counter=counter if len({item.record for item in items}) == len(items) else "笔",
        batch_number=plan.number,
        clerk=facts.clerk,
        signatures=signatures,
        seal=seal,
        mark=batch_mark(plan, facts),
        notes=(*((f"备注栏空白的：{usual}。",) if usual else ()), *_notes(form, facts)),
        grand_title=_grand_title(spec, groups),
        bands=bool(spec.group_by),
        expected=(len(items), sum(item.total for item in items)),
    )


def _groups(
    form: Form,
    spec: LedgerSpec,
    columns: tuple[LedgerColumn, ...],
    items: list[PlannedItem],
    plan: BatchPlan,
    counter: str,
    usual: str,
) -> tuple[LedgerGroup, ...]:
    by = spec.group_by
    grouped: dict[str, list[PlannedItem]] = {}
    for item in items:
        grouped.setdefault(str(item.row.get(by) or "未填") if by else "", []).append(item)
    field = form.fields.get(by)
    if field is not None and field.choices is not None:
        order = {label: n for n, label in enumerate(field.choices.items.values())}
        grouped = dict(sorted(grouped.items(), key=lambda entry: order.get(entry[0], len(order))))
    groups = []
    for title, members in grouped.items():
        rows = [(item, _row(columns, item, usual)) for item in members]
        if spec.order_by:
            # Villages stay in the order of the plan: that of their codes, which clerks know.
            first_seen = {str(item.row.get("village")): n for n, item in reversed(list(enumerate(items)))}
            for path in reversed(spec.order_by):
                name = path.removeprefix("-")
                rows.sort(key=lambda p, n=name: _sort_key(p[0], n, first_seen), reverse=path != name)  # type: ignore[misc]
        note = "" if by == "village" else _group_note(form, members, plan)
        tally = _tally(columns, rows, counter) if by.rpartition("|")[2] == "village" else ""
        groups.append(
            LedgerGroup(title=title, rows=tuple(row for _item, row in rows), note=note, tally=tally)
        )
    return tuple(groups)


def _sort_key(item: PlannedItem, path: str, villages: Mapping[str, int]) -> tuple[int, str]:
    value = item.row.get(path)
    if path == "village":
        return villages.get(str(value), 0), ""
    return (value, "") if isinstance(value, int) else (0, str(value or ""))


def _cell(key: str, item: PlannedItem) -> Any:
    """The frozen value of a column, or the sum of the values that it adds up ("sum:a+b")."""
    if "+" not in key:
        return item.row.get(key)
    return sum(value for path in key.split("+") if isinstance(value := item.row.get(path), int))


def _row(columns: tuple[LedgerColumn, ...], item: PlannedItem, usual: str) -> tuple[Value, ...]:
    remark = _remark(item)
    remark = "" if remark == usual else remark
    return tuple(remark if column.kind == "remark" and column.key == "blank" else
                 None if column.kind in ("seq", "sign") else _value(column, _cell(column.key, item))
                 for column in columns)  # fmt: skip


def _value(column: LedgerColumn, value: Any) -> Value:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if column.kind == "code" and len(value) == 2 and value[1:] == "类":
        return str(value[:1])  # the head says 类别
    return str(value)


def _remark(item: PlannedItem) -> str:
    """New, changed, and what the lock wants printed; an unchanged payment needs no remark."""
    parts = [item.reason] if item.change != "same" and item.reason else []
    if printed := item.row.get("_remark"):
        parts.append(str(printed))
    return "；".join(parts)


def _usual_remark(items: list[PlannedItem]) -> str:
    """The remark that most rows of a ledger share, when every row has one: it is said once, under the sum."""
    remarks = Counter(_remark(item) for item in items)
    remark, times = remarks.most_common(1)[0]
    return remark if remark and "" not in remarks and times >= 3 and times * 2 > len(items) else ""


def _tally(
    columns: tuple[LedgerColumn, ...], rows: list[tuple[PlannedItem, tuple[Value, ...]]], counter: str
) -> str:
    """Whoever is paid into two accounts stands on two rows and is counted once."""
    words = f"共 {len({item.record for item, _row in rows})} {counter}"
    covered = next((n for n, column in enumerate(columns) if column.key == "covered_size"), None)
    if covered is None:
        return words
    return f"{words}　保障 {sum(v for _item, row in rows if isinstance(v := row[covered], int))} 人"


def _group_note(form: Form, items: list[PlannedItem], plan: BatchPlan) -> str:
    """年标准 600.00 元　按季发放，本季 150.00 元: where all of a group go by one standard."""
    rates = {item.rate for item in items}
    if len(rates) != 1 or not (rate := rates.pop()):
        return ""
    yearly = any(use.value == rate and use.unit == "yuan_per_year" for use in plan.rates)
    words = f"{'年' if yearly else ''}标准 {format_money_grouped(rate)} 元"
    cycle = _CYCLES.get(form.benefit.cycle if form.benefit else "")
    full = {item.base for item in items if item.months == max(i.months for i in items)}
    if cycle and len(full) == 1:
        words += f"　　{cycle} {format_money_grouped(full.pop())} 元"
    return words


def _standard(items: list[PlannedItem], plan: BatchPlan) -> str:
    """保障标准：635元/人·月, where the whole ledger goes by one."""
    rates = {item.rate for item in items}
    if len(rates) != 1 or not (rate := rates.pop()):
        return ""
    use = next((use for use in plan.rates if use.value == rate), None)
    unit = _UNIT_WORDS.get(use.unit if use else "", "元")
    yuan = format_money_grouped(rate).removesuffix(".00")
    return f"标准：{yuan}{unit}"


def _batch_words(plan: BatchPlan) -> str:
    state = "已封账" if plan.state == "locked" else "未封账，核对用"
    return f"{_KINDS.get(plan.kind, plan.kind)}（{state}）"


def _title(spec: LedgerSpec, form: Form, item: PlannedItem, part: str, month: str, period: str) -> str:
    words: dict[str, str] = {"month": format_month_cn(month), "period": period, spec.split: part}
    title = spec.title
    for name in [piece.split("}")[0] for piece in title.split("{")[1:]]:
        value = words.get(name) or item.row.get(name) or ""
        title = title.replace("{" + name + "}", str(value))
    return title


def ledger_foot(spec: LedgerSpec) -> tuple[tuple[str, ...], bool]:
    """Who signs under a ledger, and whether the office's own seal has its place there."""
    names = [name for name in spec.foot if "日期" not in name] or ["单位负责人", "审核人", "制表人"]
    signatures = tuple(f"{name}：" for name in names)
    return signatures, not any("盖章" in name for name in names)


def _grand_title(spec: LedgerSpec, groups: tuple[LedgerGroup, ...]) -> str:
    if spec.group_by == "village" and len(groups) > 1:
        return f"合　　计（{len(groups)}个村、社区）"
    return "合　　计"


def _notes(form: Form, facts: BatchFacts) -> tuple[str, ...]:
    notes = []
    if "single_post" in facts.marks:
        notes.append("单人岗：本批由一人经办和封账。")
    if form.origin == "local" or any("local" in overlay for overlay in form.overlays):
        notes.append("本地：本业务的表单在本乡镇改过，没有经县里发布。")
    if facts.locked_at:
        notes.append(f"封账：{facts.locked_at[:16].replace('T', ' ')}　封账人：{facts.locked_by}")
    return tuple(notes)
