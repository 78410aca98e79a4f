"""Rows and their fields in words: whose a row is, what a field is called, its value masked where it is a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from minzheng_desktop.catalog.registers import ACCOUNT, HOUSEHOLD, MEMBERSHIP, PERSON, Attribute
from minzheng_desktop.exchange.down.decided_on import EMPTY, field_words
from minzheng_desktop.exchange.judging.merging_paths import ABSENT
from minzheng_desktop.values.accounts import account_tail, mask_account
from minzheng_desktop.values.id_number import mask_id_number
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Reading

RowOf = Callable[[str, str | None], Mapping[str, Any]]

_REGISTERS: Mapping[str, Mapping[str, Attribute]] = {
    "people": PERSON,
    "households": HOUSEHOLD,
    "household_members": MEMBERSHIP,
    "bank_accounts": ACCOUNT,
}
_COLUMNS = {
    "void": "作废", "owner": "单位", "form": "业务", "form_version": "表单版本", "number": "编号", "person": "对象",
    "household": "户", "facility": "机构", "village": "村（社区）", "record_date": "业务日期", "until_date": "到期日",
    "amount": "金额", "quantity": "数量", "kind": "种类", "paid_through": "已发至", "entered_by": "经办人",
    "state": "状态", "state_at": "办理时间", "month": "月份", "total": "合计", "item_count": "笔数", "reason": "原因",
    "repaid": "已还", "from_month": "起月", "step": "步骤", "to_state": "办到", "at": "时间", "by": "办理人",
    "effective_month": "生效月", "inputs": "核定内容", "snapshot": "家庭情况", "ground": "依据", "valid_from": "启用",
    "valid_to": "停用", "branch": "网点", "payee_relation": "与对象关系", "changed_by": "改账户的人",
    "checked_by": "核对的人", "account_number": "账号", "account_name": "户名", "account_bank": "开户行",
    "head": "户主", "address": "地址", "title": "标题", "relation": "与户主关系", "remark": "备注", "text": "说明",
    "name": "姓名", "bank": "开户行", "type": "类型", "facility_kind": "机构类别", "stated": "单位自填",
    "locked_at": "封账时间", "locked_by": "封账人", "household_members": "成员", "previous": "原户",
}  # fmt: skip
_MONEY = frozenset({"amount", "total", "repaid", "base", "extra", "backpay", "deduct"})
_PEOPLE = frozenset({"person", "head"})


class RowWords:
    """Words for rows of one database; `row_of` finds the row that another points to, {} where there is none."""

    def __init__(self, r: Reading, row_of: RowOf | None = None) -> None:
        self.r = r
        self._row_of = row_of or (lambda table, row_id: (self.r.get(table, row_id) or {}) if row_id else {})

    def whose(self, entity: str, body: Mapping[str, Any]) -> str:
        """Whose a row is: name with masked number, household, record with its form, batch with its number."""
        if not body:
            return "读不出"
        if entity == "people":
            return self._person(body)
        if entity == "households":
            return f"{self._person(self._row_of('people', body['head'])) or '户主不明'}户"
        if entity == "records":
            return self._record(body)
        if entity == "payment_batches":
            return f"{self.form_title(body['form'])} {body['month']} 批次 {body['number']}"
        if entity == "payment_items":
            named = self._person(self._row_of("people", body["person"])) or str(
                (body["row"] or {}).get("_name") or ""
            )
            return f"{named or '姓名不明'} {body['month']} 发放"
        if entity == "bank_accounts":
            holder = self._person(self._row_of("people", body["person"])) or str(body["name"])
            return f"{holder} 尾号 {account_tail(body['number'])}"
        if body.get("record"):
            return self._record(self._row_of("records", body["record"])) or "业务记录没有到"
        if body.get("person"):
            return self._person(self._row_of("people", body["person"])) or "人员没有到"
        return str(body.get("title") or "")

    def form_title(self, form: str) -> str:
        """What a form is called; its key where it is unknown here."""
        known = self.r.store.catalog.forms.get(form)
        return known.title if known is not None else form

    def _person(self, body: Mapping[str, Any]) -> str:
        if not body:
            return ""
        number = body["id_number"]
        return f"{body['name']}（{mask_id_number(number)}）" if number else str(body["name"])

    def _record(self, body: Mapping[str, Any]) -> str:
        if not body:
            return ""
        named = self._person(self._row_of("people", body["person"])) or str(
            (body["doc"] or {}).get("name") or ""
        )
        return " ".join(part for part in (self.form_title(body["form"]), named, body["number"] or "") if part)

    # fields

    def label(self, entity: str, path: str, form: Form | None, values: Mapping[str, Any]) -> str:
        """What a path is called: 联系电话, 保障金额, 家庭成员“张三”的收入. `values` is any version as path → value."""
        plain, row, cell = path.partition("[")
        column, _, key = plain.partition(".")
        if row:
            name, _, inner = cell.partition("]")
            title = form.tables[key].title if form is not None and key in form.tables else key
            if not name:
                return title
            named = self._row_name(f"{plain}[{name}]", name, values)
            known = form.fields.get(f"{key}.{inner[1:]}") if form is not None else None
            inside = known.label if known is not None else _COLUMNS.get(inner[1:], inner[1:])
            return f"{title}“{named}”" + (f"的{inside}" if inner else "")
        key = key.replace("{}", "")
        if column == "doc" and form is not None:
            if key in form.fields:
                return form.fields[key].label
            if key.startswith("stated."):
                stated = form.fields.get(key.partition(".")[2])
                return f"单位自填的{stated.label}" if stated is not None else "单位自填"
        register = _REGISTERS.get(entity, {})
        if (key or column) in register:
            return register[key or column].label
        return _COLUMNS.get(key or column, key or column)

    def words(self, entity: str, path: str, value: Any, form: Form | None) -> str:
        """A value as people read it; numbers of people, cards and telephones masked."""
        if isinstance(value, tuple):
            value = (
                value[0] if value[0] != ABSENT else value[1]
            )  # a field with the typed column that repeats it
        plain, row, cell = path.partition("[")
        column, _, key = plain.partition(".")
        inner = cell.partition("]")[2][1:] if row else ""
        if row and not inner:
            return "没有这一行" if value == ABSENT else "有"
        if value in (ABSENT, None, "", [], {}):
            return EMPTY
        if column == "doc" and form is not None:
            field = form.fields.get(f"{key}.{inner}" if inner else key)
            if field is not None:
                return field_words(self.r, field, value)
        name = inner or key or column
        if name == "void":
            return "作废" if value else "有效"
        if name in _MONEY and isinstance(value, int):
            return f"{format_money_grouped(value)} 元"
        if name in _PEOPLE:
            return str(self._row_of("people", str(value)).get("name") or f"…{str(value)[-6:]}")
        if name == "id_number":
            return mask_id_number(str(value))
        if name == "account_number" or (entity == "bank_accounts" and name == "number"):
            return mask_account(str(value))
        if name in ("phone", "phone_owner_phone"):
            return f"尾号 {str(value)[-4:]}"
        if name == "form":
            return self.form_title(str(value))
        attribute = _REGISTERS.get(entity, {}).get(name)
        if attribute is not None and attribute.choices in self.r.store.catalog.codes:
            return self.r.store.catalog.codes[attribute.choices].label(str(value))
        if name.endswith("village"):
            return self.r.store.catalog.divisions.short_name(str(value))
        if isinstance(value, dict | list):
            return f"{len(value)} 项"
        return str(value)

    def _row_name(self, path: str, key: str, values: Mapping[str, Any]) -> str:
        named = values.get(f"{path}.name") or values.get(f"{path}.title")
        if named:
            return str(named)
        person = self._row_of("people", key)
        return str(person.get("name") or f"…{key[-4:]}")
