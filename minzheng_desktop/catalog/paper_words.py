"""[ledger] and [document]: columns and blocks with every path checked, and what may be shown in public."""

from __future__ import annotations

import re
from collections.abc import Iterable

from minzheng_desktop.catalog.assembly import Draft, Placed
from minzheng_desktop.catalog.decode import words
from minzheng_desktop.catalog.form import Block, CertificateField, Column, Document, Ledger
from minzheng_desktop.catalog.problems import CatalogProblem, nearest, suggest
from minzheng_desktop.catalog.registers import PERSON
from minzheng_desktop.catalog.resolve import Resolved
from minzheng_desktop.catalog.shelf import Place
from minzheng_desktop.catalog.spec import BlockSpec, DocumentSpec, LedgerSpec
from minzheng_desktop.catalog.vocabulary import path_mistake, state_keys
from minzheng_desktop.catalog.workflow import Workflow

PAY_WORDS = ("rate", "base", "extra", "backpay", "deduct", "total", "months", "offset", "units")
PERIOD_WORDS = ("from", "to", "month", "title")
OFFICE_WORDS = ("name", "phone", "address", "county")
BARE_COLUMNS = ("seq", "blank", "sign", "count")
RUNNING_KINDS = ("sum", "running", "pivot", "share")
#: In titles and texts: what the form is called, which a county may change.
FORM_NAME = "{form}"
#: Beside fields of privacy public, what a public notice may name.
PUBLIC_PATHS = frozenset({"seq", "blank", "count", "village", "head.name", "person.name", "month"})
_TEMPLATE = re.compile(r"\{([^{}]*)\}")


def read_ledgers(draft: Draft, found: Resolved, problems: list[CatalogProblem]) -> dict[str, Ledger]:
    """Every ledger of the form."""
    return {key: _ledger(placed, draft, found, problems) for key, placed in draft.ledgers.items()}


def read_documents(
    draft: Draft, found: Resolved, workflow: Workflow, problems: list[CatalogProblem]
) -> dict[str, Document]:
    """Every printed document of the form."""
    return {
        key: _document(placed, draft, found, workflow, problems) for key, placed in draft.documents.items()
    }


def _ledger(
    placed: Placed[LedgerSpec], draft: Draft, found: Resolved, problems: list[CatalogProblem]
) -> Ledger:
    spec, place = placed.spec, placed.place
    source, _, table = spec.source.partition(":")
    if source not in ("batch", "records", "table") or (table and source != "table"):
        problems.append(
            place.problem(f"source 写 batch、records 或 table:表名，写成了“{spec.source}”", "source")
        )
    elif source == "table" and table not in found.tables:
        problems.append(place.problem(f"source：没有表“{table}”{nearest(table, found.tables)}", "source"))
    names = _Names(draft, found, table)
    columns = tuple(_column(text, names, place, "columns", problems) for text in spec.columns)
    for key, path in [("split", spec.split), ("group_by", spec.group_by)]:
        if path:
            names.check(path, place, key, problems)
    for path in words(spec.order_by):
        names.check(path.removeprefix("-"), place, "order_by", problems)
    shown = {column.path for column in columns}
    for path in spec.totals:
        if path not in shown:
            problems.append(place.problem(f"totals：列里没有“{path}”{suggest(path, shown)}", "totals"))
    if spec.rows not in ("record", "person", "facility", "village") and spec.rows not in found.fields:
        problems.append(
            place.problem(f"rows 写 record、person、facility、village 或字段，写成了“{spec.rows}”", "rows")
        )
    title = spec.title.replace(FORM_NAME, draft.spec.title)
    names.check_template(title, place, "title", problems)
    return Ledger(
        placed.key, title, source, columns, table, spec.where, spec.split, spec.group_by, words(spec.order_by),
        spec.rows, tuple(spec.totals), tuple(spec.foot),
    )  # fmt: skip


def _document(
    placed: Placed[DocumentSpec],
    draft: Draft,
    found: Resolved,
    workflow: Workflow,
    problems: list[CatalogProblem],
) -> Document:
    spec, place = placed.spec, placed.place
    public = spec.kind == "public_notice"
    if public and draft.spec.privacy in ("sensitive", "sealed"):
        problems.append(place.problem("这个表单的内容不得公开（privacy），不能有 public_notice", "kind"))
    states = state_keys(place, "states", spec.states, workflow, problems) if spec.states else frozenset()
    names = _Names(draft, found, "")
    title = spec.title.replace(FORM_NAME, draft.spec.title)
    names.check_template(title, place, "title", problems)
    blocks = tuple(_block(block, place, at, names, problems) for at, block in enumerate(spec.blocks))
    if public:
        for at, block in enumerate(blocks):
            for path in _shown(block):
                if not _is_public(path, names):
                    problems.append(
                        place.problem(
                            f'公示件不能出现“{path}”：字段要写 privacy = "public"，或换成公示允许的内容',
                            f"blocks.{at}",
                        )
                    )
    fields = tuple(
        CertificateField(key, f.label, f.value, f.x, f.y, f.width, f.words, f.size)
        for key, f in spec.field.items()
    )
    if spec.kind == "certificate":
        problems += _certificate_mistakes(spec, place, names)
    elif not spec.blocks:
        problems.append(place.problem("至少要有一块 blocks", "blocks"))
    elif spec.page or spec.number or spec.field:
        problems.append(place.problem('page、number、field 只用于 kind = "certificate"'))
    page = (float(spec.page[0]), float(spec.page[1])) if len(spec.page) == 2 else None
    return Document(placed.key, title, spec.kind, blocks, states, page, spec.number, fields)


def _certificate_mistakes(spec: DocumentSpec, place: Place, names: _Names) -> list[CatalogProblem]:
    problems: list[CatalogProblem] = []
    if len(spec.page) != 2:
        return [place.problem("证件要写 page = [宽, 高]，毫米", "page")]
    if spec.number:
        names.check(spec.number, place, "number", problems)
    for key, field in spec.field.items():
        names.check(field.value, place, f"field.{key}", problems)
        if not (
            field.x >= 0
            and 0 <= field.y <= spec.page[1]
            and field.width > 0
            and field.x + field.width <= spec.page[0]
        ):
            problems.append(
                place.problem(
                    f"“{field.label}”印在页面（{spec.page[0]}×{spec.page[1]} 毫米）之外", f"field.{key}"
                )
            )
        shown = names.found.fields.get(field.value)
        if field.words and (shown is None or shown.type.name != "money"):
            problems.append(place.problem("words = true 只用于金额", f"field.{key}"))
    return problems


def _block(spec: BlockSpec, place: Place, at: int, names: _Names, problems: list[CatalogProblem]) -> Block:
    path = f"blocks.{at}"
    kind = spec.kind()
    if not kind:
        problems.append(
            place.problem(
                "每一块写且只写 grid、table、text、list、note、words、opinion、photo、ruled 之一", path
            )
        )
        return Block("text")
    paths: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    table = text = ""
    if kind == "grid":
        columns = tuple(_column(item, names, place, path, problems) for item in spec.grid or ())
        paths = tuple(column.path for column in columns)
    elif kind == "list":
        columns = tuple(_column(item, names, place, path, problems) for item in spec.list_ or ())
    elif kind == "table":
        table = spec.table or ""
        if table not in names.found.tables:
            problems.append(place.problem(f"没有表“{table}”{nearest(table, names.found.tables)}", path))
        else:
            inner = _Names(names.draft, names.found, table)
            shown = spec.columns or list(names.found.tables[table].columns)
            columns = tuple(_column(item, inner, place, path, problems) for item in shown)
    elif kind == "text":
        text = (spec.text or "").replace(FORM_NAME, names.draft.spec.title)
        names.check_template(text, place, path, problems)
    elif kind == "ruled":
        columns = tuple(Column("blank", "", title) for title in spec.ruled or ())
    else:
        name = getattr(spec, kind)
        names.check(name, place, path, problems)
        paths = (name,)
    return Block(kind, spec.title, paths, columns, table, text, tuple(spec.sign), spec.seal, spec.rows)


def _column(text: str, names: _Names, place: Place, key: str, problems: list[CatalogProblem]) -> Column:
    """``"path 标题"``, ``"seq 序号"``, ``"running:amount 余额"``, ``"pivot:times:served_on 日"``."""
    path, _, title = text.strip().partition(" ")
    kind, _, rest = path.partition(":")
    if path in BARE_COLUMNS:
        return Column(path, path, title.strip())
    if rest and kind in RUNNING_KINDS:
        first, _, second = rest.partition(":")
        names.check(first, place, key, problems)
        if kind == "pivot" and not second:
            problems.append(place.problem(f"pivot 写成 pivot:按什么:什么值，写成了“{path}”", key))
        if kind == "share":
            codes = names.codes(first)
            if second not in codes and not (names.is_number(first) and names.is_number(second)):
                problems.append(
                    place.problem(
                        "share 写成 share:字段:代码 或 share:分子:分母（两个数字字段），"
                        f"“{first}”没有代码“{second}”{suggest(second, codes)}",
                        key,
                    )
                )
            return Column(kind, first, title.strip(), second)
        if second:
            names.check(second, place, key, problems)
        if kind == "pivot":
            return Column(kind, second, title.strip(), first)
        return Column(kind, first, title.strip())
    if rest:
        problems.append(place.problem(f"列“{path}”的写法不认识{suggest(kind, RUNNING_KINDS)}", key))
    names.check(path, place, key, problems)
    return Column("path", path, title.strip() or names.title(path))


class _Names:
    """The paths that a ledger or document may use."""

    def __init__(self, draft: Draft, found: Resolved, table: str) -> None:
        self.draft = draft
        self.found = found
        self.table = table

    def check(self, path: str, place: Place, key: str, problems: list[CatalogProblem]) -> None:
        wrong = self.mistake(path)
        if wrong:
            problems.append(place.problem(wrong, key))

    def mistake(self, path: str) -> str:
        """What is wrong with a path, or with one of several of which the first that is filled counts ("a|b")."""
        return next((wrong for part in path.split("|") if (wrong := self._mistake(part))), "")

    def _mistake(self, path: str) -> str:
        root, _, rest = path.partition(".")
        closed: dict[str, Iterable[str]] = {"pay": PAY_WORDS, "period": PERIOD_WORDS, "office": OFFICE_WORDS}
        if root in closed:
            return "" if not rest or rest in closed[root] else f"没有“{path}”{suggest(rest, closed[root])}"
        if path in ("month", "year", "number", "change", "reason", "state") or path in BARE_COLUMNS:
            return ""
        if self.table:
            columns = self.found.tables[self.table].columns if self.table in self.found.tables else {}
            column = rest if root == "row" else path
            if column in columns or column == "person" or column.partition(".")[0] in columns:
                return ""
            if root == "person" and rest in PERSON:
                return ""
            if root == "row":
                return f"表“{self.table}”没有列“{column}”{nearest(column, columns)}"
        if root == "row":
            return 'row 只在 source = "table:…" 的表里用'
        return path_mistake(path, self.draft, self.found.fields, self.found.tables)

    def check_template(self, text: str, place: Place, key: str, problems: list[CatalogProblem]) -> None:
        for path in _TEMPLATE.findall(text):
            self.check(path, place, key, problems)

    def is_number(self, path: str) -> bool:
        """Whether a path is a field whose values add up."""
        field = self.found.fields.get(path)
        return field is not None and field.type.name in ("integer", "money")

    def codes(self, path: str) -> tuple[str, ...]:
        """The codes that a field may hold; none where it is no choice."""
        field = self.found.fields.get(path)
        return tuple(field.choices.items) if field is not None and field.choices is not None else ()

    def title(self, path: str) -> str:
        field = self.found.fields.get(f"{self.table}.{path}") or self.found.fields.get(path)
        if field is not None:
            return field.label
        root, _, rest = path.partition(".")
        return PERSON[rest].label if root in ("person", "head") and rest in PERSON else path


def message_mistakes(text: str, place: Place, draft: Draft, found: Resolved) -> list[CatalogProblem]:
    """Names in braces of a message that mean nothing; ``{person.name}`` is whoever the row or record is about."""
    problems: list[CatalogProblem] = []
    names = _Names(draft, found, "")
    for path in _TEMPLATE.findall(text):
        root, _, rest = path.partition(".")
        if not (root == "person" and rest in PERSON):
            names.check(path, place, "message", problems)
    return problems


def _shown(block: Block) -> list[str]:
    prefix = f"{block.table}." if block.table else ""
    shown = [*block.paths, *(f"{prefix}{c.path}" for c in block.columns if c.path)]
    return shown + _TEMPLATE.findall(block.text)


def _is_public(path: str, names: _Names) -> bool:
    if path in PUBLIC_PATHS or path.startswith("office."):
        return True
    fields = names.found.fields
    field = fields.get(path)
    if field is None:
        return False
    if field.privacy in ("public", "sensitive", "sealed"):
        return field.privacy == "public"
    # Sizes, kind and amount may be published: the typed columns, and headcounts that the program counts.
    typed = path in names.draft.spec.record.values() and field.type.name in ("integer", "money", "choice")
    return typed or (path.endswith("_size") and bool(field.calculation))
