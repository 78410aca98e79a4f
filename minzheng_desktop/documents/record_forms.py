"""A record's printed forms (审批表, 入户调查表, 登记表) from the [document] blocks of its form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.documents.form_model import (
    Block,
    Fact,
    Facts,
    Figures,
    FormColumn,
    FormSheet,
    Opinion,
    Picture,
    Rows,
    Statement,
    Words,
)
from minzheng_desktop.documents.record_reader import RecordReader, date_words
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import capital_amount

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Block as BlockSpec
    from minzheng_desktop.catalog.form import Column, Document, Form
    from minzheng_desktop.store.unit import Reading

_FIGURE_TYPES = frozenset({"money", "integer", "decimal"})
_FEW_ROWS = 2
_AUTHORITY = "县"
_NOTES = (
    "填写说明：签字须手写，盖章须清晰，涂改处须盖章。金额由程序按所属月标准计算，手工更改须附县级批准文件。"
)


def document_of(form: Form, key: str, *, kind: str) -> Document:
    """A document of a form by its key. Raises UserError no_document naming those that there are."""
    found = form.documents.get(key)
    if found is None or found.kind != kind:
        names = "、".join(f"{d.title}（{k}）" for k, d in form.documents.items() if d.kind == kind) or "没有"
        raise UserError("no_document", f"“{form.title}”没有可打印的“{key}”。这一类的有：{names}。")
    return found


def form_sheet(r: Reading, record_id: str, document: str, *, today: date) -> FormSheet:
    """The form of a record as plain data.

    What the township worked out stands in its own opinion box as 拟…; the county's box stays blank until the
    county's decision is here. Raises UserError no_such_record, no_document.
    """
    reader = RecordReader(r, record_id, today=today)
    spec = document_of(reader.form, document, kind="form")
    builder = _Builder(r, reader, decided=any(b.kind == "opinion" and b.seal for b in spec.blocks))
    for block in spec.blocks:
        builder.add(block)
    record = reader.record
    mark = "示例" if r.store.site.demonstration else "草稿" if reader.state_group == "draft" else ""
    who = {"household": "户主", "person": "姓名", "facility": "机构"}.get(reader.form.subject, "")
    applied = record.get("record_date") or ""
    return FormSheet(
        title=spec.title,
        blocks=tuple(builder.blocks),
        number_line=f"编号：{record['number']}" if record.get("number") else "",
        date_line=f"{reader.label(reader.form.record.get('date', ''))}：{date_words(applied)}"
        if applied
        else "",
        subject=f"{who}：{reader.subject_name}" if reader.subject_name and who else "",
        notes=_NOTES if any(isinstance(block, Opinion) for block in builder.blocks) else "",
        mark=mark,
    )


class _Builder:
    """Turns the blocks of a document into blocks of a sheet, in order; `decided` when an authority's sealed box
    stands on it, in which what the money rule fills has its place."""

    def __init__(self, r: Reading, reader: RecordReader, *, decided: bool) -> None:
        self._decided = decided
        self.reader = reader
        self.blocks: list[Block] = []
        self._worked_out: list[Fact] = []
        self._amount: str | None = None
        self._decision = _latest_decision(r, reader.record["id"])

    def add(self, block: BlockSpec) -> None:
        """Add one block; what the money rule fills waits for the authority's box that it belongs to."""
        builders = {
            "grid": self._grid,
            "table": self._table,
            "opinion": self._opinion,
            "words": self._words,
            "note": self._note,
            "text": self._text,
            "photo": self._photo,
            "ruled": self._ruled,
            "list": self._text,
        }
        self.blocks.extend(builders[block.kind](block))

    def _grid(self, block: BlockSpec) -> Iterable[Block]:
        reader = self.reader
        facts = [reader.fact(column.path, title=_own_title(column)) for column in block.columns]
        if self._decided and self._fills().intersection(column.path for column in block.columns):
            self._worked_out = [_without_ticks(fact) for fact in facts]
            return ()
        types = {
            f.type.name if (f := reader.form.fields.get(column.path)) is not None else ""
            for column in block.columns
        }
        if types <= _FIGURE_TYPES and len(facts) > 2:
            return (Figures(tuple(facts)),)
        return (Facts(tuple(facts)),)

    def _fills(self) -> set[str]:
        benefit = self.reader.form.benefit
        return set(benefit.fills.values()) if benefit else set()

    def _table(self, block: BlockSpec) -> Iterable[Block]:
        reader, table = self.reader, self.reader.form.tables[block.table]
        rows = reader.values.get(block.table) or []
        title = block.title or table.title
        if any(c.path in table.columns and table.columns[c.path].type.name == "note" for c in block.columns):
            return (_told(reader, block, title, rows),)
        columns = tuple(_column(reader, block.table, column) for column in block.columns)
        cells = tuple(
            tuple(_cell(reader, block.table, column, row) for column in block.columns) for row in rows
        )
        least = 5 if table.from_household else _FEW_ROWS
        return (Rows(title=title, columns=columns, rows=cells, at_least=least),)

    def _opinion(self, block: BlockSpec) -> Iterable[Block]:
        path = block.paths[0]
        text = self.reader.words(path)
        signs = tuple(_signed(name) for name in block.sign)
        if not block.seal:
            return (Statement(title=block.title, text=text, signs=signs, dated=bool(signs), least=24),)
        field = self.reader.form.fields.get(path)
        if field is not None and field.filled_by == "program":
            return (self._county(block, text, signs),)
        facts, words = self._worked_out, self._amount
        if not facts or _AUTHORITY in block.title or "乡" not in block.title:
            return (Opinion(title=block.title, text=text, signs=signs),)
        proposed = tuple(
            msgspec.structs.replace(f, label=_proposed(f.label), strong=f.kind == "money") for f in facts
        )
        return (Opinion(title=block.title, text=text, facts=proposed, words=words, signs=signs),)

    def _county(self, block: BlockSpec, text: str, signs: tuple[str, ...]) -> Opinion:
        """The county's own box: blank lines for the pen until its decision has come back."""
        kind = self._decision.get("kind") if self._decision else ""
        agreed = kind == "confirm"
        facts = tuple(
            msgspec.structs.replace(
                fact, ticks=(), value=fact.value if agreed else "", strong=fact.kind == "money"
            )
            for fact in self._worked_out
        )
        number = self._decision.get("number") if self._decision else ""
        said = (self._decision or {}).get("text") or (text if kind else "")
        if number:
            said = f"{said}（{number}）" if said else str(number)
        blank = "" if self._worked_out else None
        decision = {"confirm": "agree", "deny": "refuse"}.get(str(kind), "")
        return Opinion(
            title=block.title,
            text=said if kind in ("confirm", "deny") else "",
            facts=facts,
            words=(self._amount if agreed else blank) if self._worked_out else None,
            signs=signs,
            decides=True,
            decision=decision,  # type: ignore[arg-type]
        )

    def _words(self, block: BlockSpec) -> Iterable[Block]:
        cents = self.reader.raw(block.paths[0])
        text = f"人民币{capital_amount(cents)}" if isinstance(cents, int) else ""
        if self._worked_out:
            self._amount = text
            return ()
        return (Words(label=block.title or self.reader.label(block.paths[0]), text=text),)

    def _note(self, block: BlockSpec) -> Iterable[Block]:
        path = block.paths[0]
        title = block.title or self.reader.label(path)
        return (Statement(title=title, text=self.reader.words(path), signs=tuple(map(_signed, block.sign))),)

    def _text(self, block: BlockSpec) -> Iterable[Block]:
        signs = tuple(map(_signed, block.sign))
        text = self.reader.fill(block.text)
        return (Statement(title=block.title, text=text, signs=signs, dated=bool(signs), least=12),)

    def _photo(self, block: BlockSpec) -> Iterable[Block]:
        return (Picture(title=block.title or "照片"),)

    def _ruled(self, block: BlockSpec) -> Iterable[Block]:
        columns = tuple(FormColumn(head=column.title, align="left") for column in block.columns)
        return (Rows(title=block.title, columns=columns, rows=(), at_least=max(block.rows, 1)),)


def _own_title(column: Column) -> str:
    """The title that the document gives a path; a bare path has none of its own."""
    return "" if column.title in (column.path, "姓名") else column.title


def _without_ticks(fact: Fact) -> Fact:
    """A fact for a narrow cell: the ticked word instead of all boxes."""
    if not fact.ticks:
        return fact
    chosen = next((words for words, ticked in fact.ticks if ticked), "")
    return msgspec.structs.replace(fact, ticks=(), value=chosen)


def _column(reader: RecordReader, table: str, column: Column) -> FormColumn:
    field = reader.form.fields.get(f"{table}.{column.path}")
    kind = field.type.name if field is not None else ""
    head = column.title or (field.label if field is not None else reader.label(column.path))
    if kind == "money":
        return FormColumn(head=head if "元" in head else f"{head}（元）", kind="money")
    if kind == "id_number" or column.path.endswith("id_number"):
        return FormColumn(head=head, kind="number")
    if kind in ("integer", "decimal", "date"):
        return FormColumn(head=head, kind="figure")
    long = kind in ("text", "note", "location")
    return FormColumn(head=head, align="left" if long and column.path != "name" else "centre")


def _cell(reader: RecordReader, table: str, column: Column, row: Mapping[str, Any]) -> str:
    field = reader.form.fields.get(f"{table}.{column.path}")
    value = row.get(column.path)
    if field is None:
        root, _, rest = column.path.partition(".")
        about = reader.env.attributes.get(str(row.get("person") or ""), {})
        return str(about.get(rest) or "") if root == "person" else ""
    if value is None:
        return ""
    if field.type.name == "date":
        return str(value)
    return reader.field_words(field, value, row)


def _told(reader: RecordReader, block: BlockSpec, title: str, rows: list[Mapping[str, Any]]) -> Statement:
    """A table with long notes, told in sentences: each row a paragraph, with those who must sign."""
    columns = reader.form.tables[block.table].columns
    paragraphs = []
    for row in rows:
        facts, notes = [], []
        for column in block.columns:
            field = columns[column.path]
            value = row.get(column.path)
            if value is None or value == "" or value == []:
                continue
            words = reader.field_words(field, value, row)
            if field.type.name == "note":
                notes.append(words.rstrip("。"))
            else:
                facts.append(words if field.type.name in ("date", "choice") else f"{field.label}{words}")
        paragraphs.append("，".join(facts) + ("：" if notes and facts else "") + "；".join(notes) + "。")
    several = next((f for f in columns.values() if f.type.name == "names" and (f.minimum or 0) > 1), None)
    signs: tuple[str, ...] = tuple(_signed(name) for name in block.sign)
    if several is not None and not signs:
        signs = (f"{several.label}（{several.minimum}人以上签字）：", "户主或本人（签字、手印）：")
    return Statement(title=title, text="\n".join(paragraphs), signs=signs, dated=bool(signs), least=34)


def _signed(name: str) -> str:
    """'负责人' → '负责人（签字）：'."""
    return f"{name}：" if "（" in name else f"{name}（签字）："


def _proposed(label: str) -> str:
    return label if label.startswith("拟") or len(label) > 5 else f"拟{label}"


def _latest_decision(r: Reading, record_id: str) -> dict[str, Any] | None:
    """The county's last decision on a record, from a receipt or registered by hand; None while there is none."""
    d = schema.decisions
    row = r.one(
        sa.select(d)
        .where(d.c.record == record_id, d.c.void == 0)
        .order_by(d.c.at.desc(), d.c.id.desc())
        .limit(1)
    )
    if row is not None:
        return row
    s = schema.steps
    step = r.one(
        sa.select(s)
        .where(s.c.record == record_id, s.c.void == 0, s.c.actor == "county")
        .order_by(s.c.at.desc(), s.c.id.desc())
        .limit(1)
    )
    if step is None:
        return None
    ground = step["ground"] or {}
    kind = {"confirmed": "confirm", "active": "confirm", "denied": "deny"}.get(step["to_state"], "return")
    return {"kind": kind, "text": ground.get("reason"), "number": ground.get("document_no"), "at": step["at"]}
