"""空表: which columns a form's empty template has, what they are called, and how each is filled in.

A column is called by the first of the form's own words that means it alone, so that `headers.find_header` reads the
template without a doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.exchange.rosters.cleaning import key_paths
from minzheng_desktop.exchange.rosters.lines import EXAMPLE_NUMBER
from minzheng_desktop.exchange.rosters.mapping import name_meanings
from minzheng_desktop.exchange.rosters.targets import Target, find_targets, plain_title, subject_root
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import make_id_number

_TOLD = ("sex", "birth_date")
"""What the id number tells of the subject: nobody need type it."""
_NO_EXAMPLE = ("本人", "户主", "夫", "妻")
_NAMES = ("张三", "李四", "王五")
_NUMBERS = (
    EXAMPLE_NUMBER,
    make_id_number("500229", date(1964, 8, 21), 12),
    make_id_number("500229", date(1990, 11, 9), 21),
)
_CARD = "6217000000000123459"
_TYPICAL = {"money": (100_000,), "integer": (3,)}
"""As stored: cents, a count."""
_ADDRESS = "1组12号"
_BANK = "农村商业银行"


class TemplateColumn(msgspec.Struct, frozen=True):
    """One column. `how` says what is typed, `choices` what may be chosen (words), `codes` the same with their codes;
    `example` is what the example row holds, as typed ("" where nothing is safe to show). `several`: more than one
    value stands in a cell, so that a list cannot be picked from."""

    path: str
    title: str
    label: str
    kind: str
    required: bool
    how: str
    choices: tuple[str, ...] = ()
    codes: str = ""
    hint: str = ""
    example: str = ""
    several: bool = False


def template_columns(
    form: Form,
    catalog: Catalog,
    *,
    villages: Iterable[str] = (),
    facilities: Mapping[str, Iterable[str]] | None = None,
) -> tuple[TemplateColumn, ...]:
    """The columns of a form's template: those that its `[import.headers]` name, in their order, then what the county
    added to the form. What the program works out is left out, but for the amount to be paid, against which a row is
    checked.

    `villages` are the names that may be chosen, `facilities` those of each facility field by its path.
    Raises UserError template.no_import for a form that takes no rosters.
    """
    if form.import_ is None:
        raise UserError(
            "template.no_import",
            f"“{form.title}”不从花名册导入，没有空表。没有写文件，请在窗口里一件一件新建。",
        )
    targets = find_targets(form, catalog)
    titles = _find_titles(form, targets)
    keys = {*key_paths(form, targets), f"{subject_root(form)}.name"}
    found = []
    for path in _paths(form, targets, keys):
        target = targets[path]
        own = form.fields.get(path)
        always = own is not None and _always(own)
        column = _Describing(form, target, tuple(villages), tuple((facilities or {}).get(path, ())))
        found.append(column.made(titles[path], required=always or path in keys))
    return tuple(found)


def _paths(form: Form, targets: Mapping[str, Target], keys: Iterable[str]) -> list[str]:
    assert form.import_ is not None
    root = subject_root(form)
    total = form.benefit.fills.get("total", "") if form.benefit else ""
    named = [path for path in form.import_.headers if path in targets]
    own = [path for path, field in form.top_fields().items() if path in targets and _added(field)]
    paths = dict.fromkeys((*(key for key in targets if key in keys and key not in named), *named, *own))

    def typed(path: str) -> bool:
        if path in keys or path == total:
            return True
        head, _, name = path.partition(".")
        field = form.fields.get(path)
        shown = field is None or not (field.hidden or field.retired)
        return shown and not targets[path].compared and not (head == root and name in _TOLD)

    return [path for path in paths if typed(path)]


def _added(field: Field) -> bool:
    """A field of the county's own, to be typed."""
    return field.origin != "shipped" and not field.computed and not field.read_only


def _always(field: Field) -> bool:
    """Whether every record needs it typed, whatever its other values and its state."""
    return field.required and field.default is None and not (field.relevant or field.required_at)


def _find_titles(form: Form, targets: Mapping[str, Target]) -> dict[str, str]:
    """By path the first title that an exact reading gives to this path before any other."""
    first: dict[str, str] = {}
    for path, target in targets.items():
        for title in target.titles:
            first.setdefault(title, path)
    words = form.import_.headers if form.import_ else {}
    labels = {meaning.path: meaning.label for meaning in name_meanings(form, targets)}
    found = {}
    for path, target in targets.items():
        candidates = (*words.get(path, ()), target.label, *target.titles)
        clear = (word for word in candidates if first.get(plain_title(word)) == path)
        found[path] = next(clear, labels[path])
    return found


class _Describing:
    """What is said of one column."""

    def __init__(
        self, form: Form, target: Target, villages: tuple[str, ...], facilities: tuple[str, ...]
    ) -> None:
        self._form, self._target, self._field = form, target, target.field
        own = form.fields.get(target.path)
        self._kind = own.type.name if own is not None else target.field.type.name
        self._own = own or target.field
        self._table = form.tables.get(target.path.partition(".")[0])
        self._villages, self._facilities = villages, facilities
        splits = form.import_.split if form.import_ else {}
        separators = splits.get(self._table.key, "；") if self._table is not None else "；"
        self._part = "；" if "；" in separators else separators[0]

    def made(self, title: str, *, required: bool) -> TemplateColumn:
        choices, codes = self._choices()
        how = self._how()
        if self._table is not None:
            how = f"{how}；有几个就写在同一格里，用“{self._part}”隔开，这几列的个数要一样"
        return TemplateColumn(
            self._target.path,
            title,
            self._own.label,
            self._kind,
            required,
            how,
            choices,
            codes,
            self._own.hint or (self._own.constraint_message if self._own.pattern else ""),
            self._example(choices),
            self._table is not None or self._kind in ("choices", "names"),
        )

    def _choices(self) -> tuple[tuple[str, ...], str]:
        if self._kind == "village":
            return self._villages, ""
        if self._kind == "facility":
            return self._facilities, ""
        if self._kind == "yes_no":
            return ("是", "否"), ""
        if self._field.choices is None:
            return (), ""
        chosen = self._field.choices.choices()
        codes = "、".join(f"{code} {words}" if code != words else words for code, words in chosen.items())
        return tuple(chosen.values()), codes

    def _how(self) -> str:
        if self._target.compared:
            return "元；由程序按标准计算，填了只用来核对，可以不填"
        if self._form.fields.get(self._target.path) is not None and self._field.calculation:
            return f"{self._format()}；不填由程序计算"
        return self._format()

    def _format(self) -> str:
        path, kind, field = self._target.path, self._kind, self._field
        if path == "account.number":
            return "账号或卡号，文本格式，不带空格"
        if kind == "village" and self._villages:
            return "从下拉里选本乡镇（街道）的村、社区"
        if kind == "facility":
            return "机构登记里的名称" + ("，从下拉里选" if self._facilities else "，要先在机构里登记")
        bounds = [
            f"{word} {field.format(bound)}"
            for word, bound in (("最小", field.minimum), ("最大", field.maximum))
            if bound is not None and kind in ("integer", "decimal", "money")
        ]
        unit = f"（{field.unit}）" if field.unit else ""
        words = {
            "text": "文字",
            "note": "文字，可以长一些",
            "location": "地址",
            "village": "村、社区的名称",
            "id_number": "18 位身份证号，文本格式",
            "phone": "手机号或座机号，文本格式",
            "usci": "18 位统一社会信用代码，文本格式",
            "integer": f"整数{unit}",
            "decimal": f"数字{unit}，最多 {field.digits} 位小数",
            "money": "金额，元，最多两位小数",
            "date": "日期，如 2024-05-09",
            "month": "月份，文本格式，如 2024-05",
            "datetime": "日期和时间，如 2024-05-09 08:30",
            "yes_no": "是 或 否",
            "choice": "写名称或代码" if self._table is not None else "从下拉里选一项，写代码也认",
            "choices": "写代码或名称，几项用“、”隔开",
            "names": "姓名，几个人用“、”隔开",
        }
        return "，".join((words.get(kind, "文字"), *bounds))

    def _example(self, choices: tuple[str, ...]) -> str:
        if self._table is not None:
            return self._part.join(self._sample(n, choices) for n in (1, 2))
        is_subject = self._target.path.partition(".")[0] in (subject_root(self._form), "account")
        return self._sample(0 if is_subject else 1, choices)

    def _sample(self, person: int, choices: tuple[str, ...]) -> str:
        """An invented value; of the nth invented person where it is about one."""
        path, kind, field = self._target.path, self._kind, self._field
        name = path.rpartition(".")[2]
        if kind == "id_number":
            return _NUMBERS[person]
        if path == "account.number":
            return _CARD
        if path == "account.bank":
            return _BANK
        if kind == "names":
            return "、".join(_NAMES[: max(1, field.minimum or 1)])
        if name == "name" and "." in path:
            return _NAMES[person]
        if kind == "location" or name.endswith("addr") or name == "address":
            return _ADDRESS
        if kind in ("village", "facility") and not choices:
            return "（名称）"
        if kind == "yes_no":
            return "否"
        if choices:
            others = [words for words in choices if words not in _NO_EXAMPLE] or choices
            return others[min(person - 1, len(others) - 1)] if self._table is not None else choices[0]
        if kind == "date":
            return f"2024-05-{9 + person:02d}"
        for typical in _TYPICAL.get(kind, ()):
            if not field.check(typical):
                return field.format(typical)
        value = field.hint if field.pattern else field.type.sample(field)
        if kind in ("month", "datetime"):
            return str(value)[:16].replace("T", " ")
        return "" if field.check(value) else field.format(value)
