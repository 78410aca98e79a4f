"""What changes when one catalogue takes another's place, in a clerk's words: shown before anything comes into force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from minzheng_desktop.catalog.calendar import changed_years
from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.catalog.rates import Rate, RateBook, words_of

NEW, CHANGED, REMOVED = "new", "changed", "removed"
_WORDS = {NEW: "新增", CHANGED: "变更", REMOVED: "停用"}
KINDS = {
    "form": "表单", "field": "字段", "code": "选项", "rate": "标准", "workflow": "流程", "division": "区划",
    "calendar": "工作日历", "other": "其他",
}  # fmt: skip


_TYPES = {
    "text": "文字", "note": "多行文字", "integer": "整数", "decimal": "小数", "money": "金额", "date": "日期",
    "month": "月份", "datetime": "日期时间", "yes_no": "是/否", "choice": "单选", "choices": "多选", "person": "人员",
    "household": "户", "facility": "机构", "record": "记录", "row": "表中一行", "village": "村（社区）",
    "location": "地点", "id_number": "证件号码", "phone": "电话", "usci": "统一社会信用代码", "account": "银行账户",
    "names": "姓名", "files": "附件",
}  # fmt: skip


class Difference(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that changes. `kind` is a key of KINDS, `what` new, changed or removed; `subject` names it, `before`
    and `after` are values as people read them, `since` the ISO date from which it counts (rates)."""

    kind: str
    what: str
    subject: str
    before: str = ""
    after: str = ""
    since: str = ""
    key: str = ""

    def sentence(self) -> str:
        """新增字段“高龄津贴 · 领取方式” / 标准“高龄津贴：80—89周岁”自 2027-01-01 起：100.00 元/年 → 480.00 元/年"""
        head = f"{_WORDS[self.what]}{KINDS[self.kind]}“{self.subject}”"
        since = f"自 {self.since} 起" if self.since else ""
        if self.before and self.after:
            return f"{head}{since}：{self.before} → {self.after}"
        told = self.after or self.before
        return f"{head}{since}{f'：{told}' if told else ''}"


def compare_catalogs(before: Catalog, after: Catalog, *, area: str) -> tuple[Difference, ...]:
    """Every difference that people meet, forms first; `area` is the division whose rates are compared."""
    return (
        *_forms(before.forms, after.forms),
        *_codes(before.codes, after.codes),
        *_rates(before.rates, after.rates, area),
        *_workflows(before, after),
        *_divisions(before, after),
        *_calendar(before, after),
        *_others(before, after),
    )


def _forms(before: Mapping[str, Form], after: Mapping[str, Form]) -> Iterator[Difference]:
    for key, form in after.items():
        known = before.get(key)
        if known is None:
            yield Difference("form", NEW, form.title, after=f"{len(form.fields)} 个字段", key=key)
            continue
        if known.title != form.title:
            yield Difference("form", CHANGED, known.title, known.title, form.title, key=key)
        renamed = {_renamed(field) for field in form.fields.values()}
        for path, field in form.fields.items():
            old = known.fields.get(path)
            name, mark = f"{form.title} · {field.label}", f"{key}.{path}"
            if old is None:
                yield Difference("field", NEW, name, after=_field_words(field), key=mark)
            elif field.retired and not old.retired:
                yield Difference("field", REMOVED, name, key=mark)
            elif (was := _field_words(old)) != (now := _field_words(field)):
                yield Difference("field", CHANGED, f"{form.title} · {old.label}", was, now, key=mark)
        for path, field in known.fields.items():
            if path not in form.fields and path not in renamed:
                yield Difference("field", REMOVED, f"{form.title} · {field.label}", key=f"{key}.{path}")
    for key, form in before.items():
        if key not in after:
            yield Difference("form", REMOVED, form.title, key=key)


def _renamed(field: Field) -> str:
    if not field.renamed_from:
        return ""
    return f"{field.table}.{field.renamed_from}" if field.table else field.renamed_from


def _field_words(field: Field) -> str:
    """What a clerk notices of a field: its label, kind of value, whether it must be filled, its choices' list."""
    parts = [field.label, _TYPES.get(field.type.name, field.type.name)]
    if field.required or field.required_if or field.required_at:
        parts.append("必填")
    if field.choices is not None:
        parts.append(f"选自“{field.choices.title}”")
    if field.unit:
        parts.append(field.unit)
    if field.calculation:
        parts.append("自动计算")
    if field.hint:
        parts.append(field.hint)
    return "，".join(parts)


def _codes(before: Mapping[str, CodeList], after: Mapping[str, CodeList]) -> Iterator[Difference]:
    for key, codes in after.items():
        known = before.get(key)
        old = known.items if known is not None else {}
        for code, label in codes.items.items():
            name, mark = f"{codes.title} · {label}", f"{key}.{code}"
            if code not in old:
                yield Difference("code", NEW, name, key=mark)
            elif old[code] != label:
                yield Difference("code", CHANGED, f"{codes.title} · {old[code]}", old[code], label, key=mark)
            elif known is not None and code in codes.retired and code not in known.retired:
                yield Difference("code", REMOVED, name, key=mark)
        for code, label in old.items():
            if code not in codes.items:
                yield Difference("code", REMOVED, f"{codes.title} · {label}", key=f"{key}.{code}")


def _rates(before: RateBook, after: RateBook, area: str) -> Iterator[Difference]:
    was, now = set(before.all()), set(after.all())
    for rate in sorted(now - was, key=lambda one: (one.code, one.valid_from)):
        if not _concerns(rate, area):
            continue
        old = before.at(rate.code, rate.valid_from, area=area)
        if old is not None and (old.value, old.text, old.doc, old.example) == (
            rate.value, rate.text, rate.doc, rate.example,
        ):  # fmt: skip
            continue
        yield Difference(
            "rate", NEW if old is None else CHANGED, rate.title or rate.code, _amount(old) if old else "",
            f"{_amount(rate)}{f'（{rate.doc}）' if rate.doc else ''}", since=rate.valid_from, key=rate.code,
        )  # fmt: skip
    kept = {(rate.code, rate.area, rate.valid_from) for rate in now}
    for rate in sorted(was, key=lambda one: (one.code, one.valid_from)):
        if _concerns(rate, area) and (rate.code, rate.area, rate.valid_from) not in kept:
            yield Difference(
                "rate", REMOVED, rate.title or rate.code, _amount(rate), since=rate.valid_from, key=rate.code
            )


def _amount(rate: Rate) -> str:
    return f"{words_of(rate)}〔例〕" if rate.example else words_of(rate)


def _concerns(rate: Rate, area: str) -> bool:
    return area.startswith(rate.area)


def _workflows(before: Catalog, after: Catalog) -> Iterator[Difference]:
    for key, flow in after.workflows.items():
        known = before.workflows.get(key)
        if known is None:
            yield Difference("workflow", NEW, flow.title, key=key)
            continue
        for step, one in flow.steps.items():
            if step not in known.steps:
                yield Difference("workflow", NEW, f"{flow.title} · {one.title}", key=f"{key}.{step}")
            elif known.steps[step] != one:
                yield Difference(
                    "workflow", CHANGED, f"{flow.title} · {one.title}", after="办理的条件或去向不同",
                    key=f"{key}.{step}",
                )  # fmt: skip
        for step, one in known.steps.items():
            if step not in flow.steps:
                yield Difference("workflow", REMOVED, f"{flow.title} · {one.title}", key=f"{key}.{step}")


def _divisions(before: Catalog, after: Catalog) -> Iterator[Difference]:
    was, now = (
        {one.code: one for town in c.divisions.towns for one in (town, *c.divisions.villages(town.code))}
        for c in (before, after)
    )
    for code, one in now.items():
        if code not in was:
            yield Difference("division", NEW, one.name, after=code, key=code)
        elif was[code].name != one.name:
            yield Difference("division", CHANGED, was[code].name, was[code].name, one.name, key=code)
    for code, one in was.items():
        if code not in now:
            yield Difference("division", REMOVED, one.name, before=code, key=code)


def _calendar(before: Catalog, after: Catalog) -> Iterator[Difference]:
    for year in changed_years(before.calendar.years, after.calendar.years):
        one = after.calendar.years[year]
        example = "〔例〕" if one.example else ""
        yield Difference(
            "calendar", CHANGED if year in before.calendar.years else NEW, f"{year} 年节假日",
            after=f"放假 {len(one.off)} 天，周末上班 {len(one.work)} 天{example}{f'（{one.doc}）' if one.doc else ''}",
            key=year,
        )  # fmt: skip


def _others(before: Catalog, after: Catalog) -> Iterator[Difference]:
    """Overlaps, indicators and who is missing out: that they changed, and which."""
    for title, was, now in (
        ("重复享受规则", before.overlaps, after.overlaps),
        ("统计指标", before.indicators, after.indicators),
        ("应享未享", before.discoveries, after.discoveries),
    ):
        for key, one in now.items():
            name = f"{title} · {getattr(one, 'title', '') or getattr(one, 'basis', '') or key}"
            if key not in was:
                yield Difference("other", NEW, name, key=key)
            elif _told(was[key]) != _told(one):
                yield Difference("other", CHANGED, name, key=key)
        for key in was:
            if key not in now:
                yield Difference("other", REMOVED, f"{title} · {key}", key=key)


def _told(rule: object) -> bytes:
    """A rule as bytes that are equal when it says the same; a condition counts by its text."""
    return msgspec.json.encode(rule, enc_hook=lambda one: str(getattr(one, "source", type(one).__name__)))
