"""What a roster's column can mean for a form: a field of the record, an attribute of a person, an account part.

The form's own `[import.headers]` come first, then field labels, then titles that every office uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from minzheng_desktop.catalog.field_types import FIELD_TYPES
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.catalog.registers import ACCOUNT, HOUSEHOLD, MEMBERSHIP, PERSON, Attribute
from minzheng_desktop.exchange.rosters.month_days import MonthDays
from minzheng_desktop.values.text import without_spaces

COMMON: Mapping[str, tuple[str, ...]] = {
    "name": ("姓名", "名字"),
    "id_number": (
        "身份证号",
        "身份证",
        "身份证号码",
        "公民身份号码",
        "公民身份证号码",
        "证件号码",
        "证件号",
        "居民身份证号",
    ),
    "sex": ("性别",),
    "birth_date": ("出生日期", "出生年月", "出生年月日", "生日"),
    "ethnicity": ("民族",),
    "phone": ("联系电话", "电话", "电话号码", "手机", "手机号", "手机号码", "联系方式"),
    "reside_addr": ("家庭住址", "住址", "家庭地址", "现住址", "现居住地址", "居住地址", "详细地址", "地址"),
    "hukou_addr": ("户籍地址", "户籍所在地"),
}
"""Titles of person attributes; rosters of households put 户主 in front of the first two."""

VILLAGE = (
    "村",
    "村社区",
    "村居",
    "所属村",
    "所在村",
    "行政村",
    "村名",
    "村社区名称",
    "村居名称",
    "社区",
    "村别",
)
START_MONTH = (
    "最初享受月份", "享受时间", "享受月份", "开始享受时间", "开始享受月份", "起始月份", "起发月", "起发月份",
    "纳入时间", "首次享受月", "首次享受时间", "享受起始时间", "开始时间", "批准时间", "批准月份",
)  # fmt: skip
ACCOUNT_TITLES: Mapping[str, tuple[str, ...]] = {
    "account.number": (
        "一卡通账号", "银行账号", "账号", "社保卡号", "社保卡账号", "银行卡号", "卡号", "银行帐号", "帐号",
        "一卡通号", "存折账号", "一卡通卡号",
    ),
    "account.name": ("银行账户名称", "账户名", "户名", "账户名称", "开户名", "帐户名", "一卡通户名"),
    "account.bank": ("开户银行", "开户行", "银行", "银行名称", "开户行名称"),
}  # fmt: skip
IGNORED = (
    "序号",
    "编号",
    "备注",
    "签字",
    "签名",
    "领款人签字",
    "本人签字",
    "盖章",
    "签章",
    "页码",
    "行号",
    "年龄",
)

_PICKED = frozenset({"person", "household", "facility", "record", "row", "files", "account"})
"""Field types that no single cell can hold."""
_BRACKETS = re.compile(r"[(\[【〔].*?[)\]】〕]")
_MARKS = re.compile(r"[\s:：*＊、,，。.·\-_/\\“”\"'()\[\]【】〔〕]+")


class Target(msgspec.Struct, frozen=True):
    """One thing a column may mean.

    `path` is the place of its value ("head.phone", "dibao_type", "account.number", "members.name"), `field`
    reads the cell. `compared` values are worked out by the program: they are judged, never written.
    """

    path: str
    label: str
    field: Field
    titles: tuple[str, ...]
    compared: bool = False


def plain_title(text: object) -> str:
    """A column title without spaces, line breaks and punctuation: what two spellings share."""
    return _MARKS.sub("", without_spaces(str(text)))


def short_title(text: object) -> str:
    """`plain_title` without units and remarks in brackets: "月保障金（元）" → "月保障金"."""
    return _MARKS.sub("", _BRACKETS.sub("", without_spaces(str(text))))


def subject_root(form: Form) -> str:
    """Where the subject person's attributes stand in import paths: "head" of a household, else "person"."""
    return "head" if form.subject == "household" else "person"


def find_targets(form: Form, catalog: Catalog) -> dict[str, Target]:
    """Every meaning a column can have for this form, by path, the form's own first."""
    headers = form.import_.headers if form.import_ else {}
    root = subject_root(form)
    fields = _importable_fields(form, catalog, root, headers)
    found: dict[str, Target] = {}
    for path, field in fields.items():
        titles = [*headers.get(path, ()), *_usual_titles(path, root)]
        if path not in headers and not field.calculation:
            titles.append(field.label)
        if titles:
            compared = field.filled_by == "benefit" or (field.live and not path.startswith(root))
            plain = dict.fromkeys(plain_title(t) for t in titles)
            found[path] = Target(path, field.label, field, tuple(plain), compared)
    days = MonthDays(form)
    for path, field in days.fields.items():
        called = dict.fromkeys(plain_title(t) for t in days.titles(path))
        found[path] = Target(path, field.label, field, tuple(called))
    return {path: found[path] for path in (*(p for p in headers if p in found), *found)}


def _importable_fields(
    form: Form, catalog: Catalog, root: str, headers: Mapping[str, Iterable[str]]
) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    if form.subject in ("person", "household"):
        for name, attribute in PERSON.items():
            if name not in ("id", "temp_number", "id_missing_reason"):
                fields[f"{root}.{name}"] = _register_field(f"{root}.{name}", attribute, catalog)
    fields["village"] = Field(key="village", path="village", label="村（社区）", type=FIELD_TYPES["village"])
    fields["start_month"] = Field(
        key="start_month", path="start_month", label="最初享受月份", type=FIELD_TYPES["month"]
    )
    for path, attribute in ACCOUNT.items():
        fields[f"account.{path}"] = _register_field(f"account.{path}", attribute, catalog)
    for path, field in form.top_fields().items():
        if field.type.name not in _PICKED and not field.retired:
            fields.setdefault(path, field)
        elif field.type.name == "facility":
            fields[path] = Field(key=path, path=path, label=field.label, type=FIELD_TYPES["text"])
    for path in headers:
        named = None if path in fields else _header_field(form, path, catalog)
        if named is not None:
            fields[path] = named
    return fields


def _header_field(form: Form, path: str, catalog: Catalog) -> Field | None:
    """The field of a path that only the form's headers name: a table's column, the household, another person."""
    root, _, name = path.partition(".")
    own = form.fields.get(path)
    if own is not None and own.table and not own.copied:
        return own
    table = form.tables.get(root)
    person = form.fields.get(root)
    of_person = person is not None and person.type.name == "person"
    if of_person or (table is not None and table.from_household):
        attribute = PERSON.get(name) or MEMBERSHIP.get(name)
    else:
        attribute = HOUSEHOLD.get(name) if root == "household" else None
    return _register_field(path, attribute, catalog) if attribute is not None else None


def _register_field(path: str, attribute: Attribute, catalog: Catalog) -> Field:
    return Field(
        key=path.rpartition(".")[2],
        path=path,
        label=attribute.label,
        type=FIELD_TYPES[attribute.field_type],
        choices=catalog.codes.get(attribute.choices) if attribute.choices else None,
    )


def _usual_titles(path: str, root: str) -> list[str]:
    if path == "village":
        return list(VILLAGE)
    if path == "start_month":
        return list(START_MONTH)
    if path in ACCOUNT_TITLES:
        return list(ACCOUNT_TITLES[path])
    head, _, name = path.partition(".")
    if head != root or name not in COMMON:
        return []
    titles = list(COMMON[name])
    if root == "head":
        titles += [person + t for person in ("户主", "申请人") for t in COMMON[name][:4]]
        if name == "name":
            titles += ["户主", "申请人"]
    return titles
