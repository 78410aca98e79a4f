"""Notices, explanations, letters and certificate pages of records, as plain data for the drawing rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from minzheng_desktop.benefits.assemble import name_period
from minzheng_desktop.benefits.months import number_of
from minzheng_desktop.documents.certificate import CardField, CardLayout
from minzheng_desktop.documents.explanation import Change, ExplanationSheet, Income, Step
from minzheng_desktop.documents.letter import Delivery, Letter
from minzheng_desktop.documents.notice import ColumnKind, Notice, NoticeColumn
from minzheng_desktop.documents.office import office_words
from minzheng_desktop.documents.record_forms import document_of
from minzheng_desktop.documents.record_reader import RecordReader, date_words
from minzheng_desktop.values.dates import format_date_cn, format_month_cn
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import capital_amount, format_money_grouped
from minzheng_desktop.values.names import mask_name

if TYPE_CHECKING:
    from minzheng_desktop.benefits.explain import Explanation
    from minzheng_desktop.catalog.form import Block, Document, Form
    from minzheng_desktop.store.unit import Reading

_SECRET = frozenset({"sensitive", "sealed"})
_FULL_STOP = "。"


def _form(r: Reading, key: str) -> Form:
    form = r.store.catalog.forms.get(key)
    if form is None:
        raise UserError("unknown_form", f"没有可用的业务“{key}”。请核对业务代码。")
    return form


# Public notice ----------------------------------------------------------------------------------------------


def notice_of(
    r: Reading, form: str, records: Sequence[str], document: str, *, today: date, masked: bool = True
) -> Notice:
    """A public notice of some records of a form; with `masked` names show their first (and last) character only.

    Raises UserError no_notice for children's services and every form whose data are sensitive, no_document,
    nothing_to_print, wrong_state for a record that may not be on a wall (yet).
    """
    found = _form(r, form)
    if found.privacy in _SECRET:
        raise UserError("no_notice", f"“{found.title}”的名单不公示、不公布，没有打印。")
    spec = document_of(found, document, kind="public_notice")
    if not records:
        raise UserError("nothing_to_print", "没有选中要公示的记录，没有打印。先在列表里选好。")
    readers = [RecordReader(r, record, today=today) for record in records]
    wrong = [one.subject_name for one in readers if spec.states and one.record["state"] not in spec.states]
    if wrong:
        names = "、".join(filter(None, wrong[:5])) or "见列表"
        raise UserError(
            "wrong_state", f"有 {len(wrong)} 件的状态不能印在“{spec.title}”上（{names}），没有打印。"
        )
    block = next((block for block in spec.blocks if block.kind == "list"), None)
    shown = [column for column in block.columns if column.path != "seq"] if block else []
    texts = [block.text for block in spec.blocks if block.kind == "text"]
    phone = office_words(r)["phone"]
    intro = [readers[0].fill(text) for text in texts if "{office.phone}" not in text or len(text) > 20]
    return Notice(
        title=next(
            (f"{word[0]}　　{word[1]}" for word in ("公示", "公告") if word in spec.title), "公　　布"
        ),
        text="\n".join(filter(None, intro)),
        columns=tuple(NoticeColumn(column.title, _notice_kind(found, column.path)) for column in shown),
        rows=tuple(
            tuple(_notice_cell(one, column.path, masked=masked) for column in shown) for one in readers
        ),
        office=office_words(r)["name"],
        date=format_date_cn(today),
        phones=(phone,) if phone else (),
        place=office_words(r)["address"],
        mark="示例" if r.store.site.demonstration else "",
    )


_NAMES = frozenset({"person.name", "head.name"})
_NOTICE_KINDS: Mapping[str, ColumnKind] = {
    "integer": "count", "choice": "code", "yes_no": "code", "money": "money", "date": "date", "month": "date",
}  # fmt: skip


def _notice_kind(form: Form, path: str) -> ColumnKind:
    if path == "village":
        return "place"
    field = form.fields.get(path)
    return "name" if path in _NAMES else _NOTICE_KINDS.get(field.type.name if field else "", "text")


def _notice_cell(reader: RecordReader, path: str, *, masked: bool) -> str:
    words = reader.words(path)
    if path == "village":
        return "" if words.isdigit() else words  # a code that the divisions do not know
    if path in _NAMES:
        return mask_name(words) if masked else words
    return words.removesuffix("类") if _notice_kind(reader.form, path) == "code" else words


# 这笔钱怎么算的 ---------------------------------------------------------------------------------------------


def explanation_of(r: Reading, explained: Explanation, *, today: date) -> ExplanationSheet:
    """The sheet for an explanation that `benefits.explain` gave."""
    reader = RecordReader(r, explained.record, today=today)
    form = reader.form
    length = number_of(explained.period_to or explained.month) - number_of(
        explained.period_from or explained.month
    )
    now = name_period(number_of(explained.period_from or explained.month), number_of(explained.month))
    subject = [
        ("户　主" if form.subject == "household" else "姓　名", reader.subject_name),
        ("村（社区）", reader.words("village")),
    ]
    wanted = [
        key for key in form.record.values() if key in form.fields and form.fields[key].choices is not None
    ]
    wanted += [
        k for k, f in form.top_fields().items() if f.type.name == "integer" and f.calculation and not f.hidden
    ]
    wanted += [k for k, f in form.top_fields().items() if f.label.endswith("证号")]
    for key in dict.fromkeys(wanted):
        words = reader.words(key)
        if words and len(subject) < 6:
            unit = " 人" if form.fields[key].label.endswith("人口") else ""
            subject.append((form.fields[key].label, words + unit))
    return ExplanationSheet(
        service=explained.title,
        month=now,
        subject=tuple(subject),
        amount=explained.amount,
        amount_title="本月实发" if not length else "本期实发",
        steps=tuple(
            Step(what=s.name, formula=s.formula, result=s.result, source=s.source)
            for s in explained.steps
            if s.name != "实发" or len(explained.steps) == 1
        ),
        batch_number=explained.batch,
        incomes=_incomes(reader),
        changes=tuple(
            Change(what=c.name, before=c.before, now=c.now, reason=c.reason) for c in explained.compared
        ),
        months=(format_month_cn(explained.before_month) if explained.before_month else "上次", now),
        notes="说明：中间结果只显示四位小数，计算用精确值，最后一步才舍入。家里人口、收入或者账户有变化，请在当月报给村委会。",
        mark="示例" if explained.example or r.store.site.demonstration else "" if explained.batch else "草稿",
    )


def _incomes(reader: RecordReader) -> tuple[Income, ...]:
    """Rows of a table of yearly incomes: the counted money rows that name a member of the household."""
    for key, table in reader.form.tables.items():
        money = [f for f in table.columns.values() if f.type.name == "money"]
        member = [f for f in table.columns.values() if f.type.name == "row"]
        counted = [f for f in table.columns.values() if f.type.name == "yes_no"]
        if len(money) != 1 or not member or not counted:
            continue
        incomes = []
        for row in reader.values.get(key) or []:
            if row.get(counted[0].key) is False or row.get(money[0].key) is None:
                continue
            words = {
                f.key: reader.field_words(f, row[f.key], row)
                for f in table.columns.values()
                if row.get(f.key) is not None and f.type.name in ("choice", "text", "row")
            }
            kind = next((words[f.key] for f in table.columns.values() if f.choices and f.key in words), "")
            source = next(
                (words[f.key] for f in table.columns.values() if f.type.name == "text" and f.key in words), ""
            )
            incomes.append(
                Income(
                    item=kind,
                    member=words.get(member[0].key, ""),
                    formula=source,
                    amount=int(row[money[0].key]),
                )
            )
        return tuple(incomes)
    return ()


# Letters ----------------------------------------------------------------------------------------------------


def letter_of(
    r: Reading, record: str, document: str, *, today: date, number: str = "", delivery: bool = True
) -> Letter:
    """A letter about a record from the text blocks of its form. Raises UserError no_document, wrong_state."""
    reader = RecordReader(r, record, today=today)
    spec = document_of(reader.form, document, kind="letter")
    _refuse_state(reader, spec)
    text = _FULL_STOP.join(filter(None, (_text_of(reader, block) for block in spec.blocks)))
    addressee, colon, rest = text.partition("：")
    if not colon or len(addressee) > 30:
        addressee, rest = reader.subject_name, text
    words = office_words(r)
    contact = f"联系电话：{words['phone']}" if words["phone"] else ""
    receipt = Delivery(
        document=spec.title,
        number=number,
        receiver=reader.subject_name,
        place=" ".join(filter(None, (reader.words("village"), reader.words("household.address")))),
    )
    return Letter(
        office=words["name"],
        number=number,
        title=spec.title,
        addressee=f"{addressee}：",
        paragraphs=tuple(filter(None, rest.split("\n"))),
        date=format_date_cn(today),
        remark=contact,
        delivery=receipt if delivery and "告知" in spec.title else None,
        mark="示例" if r.store.site.demonstration else "",
    )


def _text_of(reader: RecordReader, block: Block) -> str:
    return reader.fill(block.text).rstrip(_FULL_STOP) + _FULL_STOP if block.kind == "text" else ""


def _refuse_state(reader: RecordReader, spec: Document) -> None:
    if spec.states and reader.record["state"] not in spec.states:
        state = reader.form.workflow.states[reader.record["state"]].title
        raise UserError(
            "wrong_state", f"{reader.subject_name}现在是“{state}”，不能打印“{spec.title}”，没有打印。"
        )


# Certificate pages ------------------------------------------------------------------------------------------


def card_layout(form: Form, document: str) -> CardLayout:
    """The pre-printed page of a form's certificate. Raises UserError no_document."""
    spec = document_of(form, document, kind="certificate")
    width, height = spec.page or (128.0, 92.0)
    fields = {}
    for field in spec.fields:
        known = form.fields.get(field.path)
        kind = "text"
        if field.path.endswith("id_number") or (spec.number and field.path == spec.number):
            kind = "number"
        elif known is not None and known.type.name in ("money", "integer", "decimal") and not field.words:
            kind = "figure"
        fields[field.key] = CardField(
            label=field.label, x=field.x, y=field.y, width=field.width, kind=kind,  # type: ignore[arg-type]
        )  # fmt: skip
    # 低保证内页 belongs to the 最低生活保障证: what the printing house puts on top is the service's full name.
    title = f"{form.title}证" if spec.title.endswith("证内页") else spec.title
    return CardLayout(title=title, width=width, height=height, field=fields)


def card_values(r: Reading, record: str, document: str, *, today: date) -> dict[str, str]:
    """What is printed on a record's certificate page, by the layout's keys. Raises UserError wrong_state."""
    reader = RecordReader(r, record, today=today)
    spec = document_of(reader.form, document, kind="certificate")
    _refuse_state(reader, spec)
    values: dict[str, str] = {}
    for field in spec.fields:
        raw: Any = reader.raw(field.path)
        if field.words:
            values[field.key] = capital_amount(raw) if isinstance(raw, int) else ""
        elif isinstance(raw, int) and _is_money(reader.form, field.path):
            values[field.key] = format_money_grouped(raw)
        else:
            words = reader.words(field.path)
            unit = reader.form.fields[field.path].unit if field.path in reader.form.fields else ""
            values[field.key] = f"{date_words(words)} {unit}".strip() if words else ""
    return values


def card_number(r: Reading, record: str, document: str, *, today: date) -> str:
    """The certificate's own number, empty while the county has not given one."""
    reader = RecordReader(r, record, today=today)
    spec = document_of(reader.form, document, kind="certificate")
    return reader.words(spec.number) if spec.number else ""


def _is_money(form: Form, path: str) -> bool:
    field = form.fields.get(path)
    return field is not None and field.type.name == "money"
