"""`minzheng forms …` and `minzheng rates …`: what the program knows of forms and amounts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    command,
    new_app,
    opened,
    today,
)
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.rates import Rate

forms_app = new_app("表单文件。")
rates_app = new_app("标准（金额、天数、规则）。")

Folder = Annotated[
    Path | None, typer.Argument(metavar="DIR", help="要检查的文件夹；不写则检查程序自带的表单。")
]
RatesFile = Annotated[Path, typer.Argument(metavar="FILE", help="标准文件（.toml）。")]


@command(forms_app, "check")
def check(folder: Folder = None, as_json: AsJson = False) -> Answer:
    """检查表单、代码、标准、流程文件，指出每一处错误在哪个文件第几行。"""
    from minzheng_desktop.benefits.rules import RULE_INPUTS
    from minzheng_desktop.catalog.checking import check_catalog

    catalog = check_catalog(folder.expanduser().absolute() if folder else None, rule_inputs=RULE_INPUTS)
    problems = [
        {
            "file": p.file,
            "line": p.line,
            "key": p.key,
            "message": p.message,
            "waiting_for": p.waiting_for or None,
        }
        for p in catalog.problems
    ]
    waiting = [{"indicator": i.key, "forms": list(i.waits)} for i in catalog.indicators.values() if i.waits]
    data = {"ok": not problems, "forms": sorted(catalog.forms), "problems": problems, "waiting": waiting}
    lines = [p.sentence() for p in catalog.problems]
    lines += [
        f"暂缺：指标“{i.title}”（{i.key}）要用的表单 {'、'.join(i.waits)} 还没有。"
        for i in catalog.indicators.values()
        if i.waits
    ]
    return Answer(data, [*lines, f"{len(catalog.forms)} 个表单可用，{len(problems)} 处错误。"])


@command(forms_app, "release")
def release(folder: Folder = None, as_json: AsJson = False) -> Answer:
    """把现有字段的键和类型写进 released.toml：发布以后不再改变，改名、停用另有写法。"""
    from minzheng_desktop.benefits.rules import RULE_INPUTS
    from minzheng_desktop.catalog.checking import check_catalog
    from minzheng_desktop.catalog.released import released_text
    from minzheng_desktop.paths import forms_dir

    target = (folder.expanduser().absolute() if folder else forms_dir()) / "released.toml"
    catalog = check_catalog(target.parent if folder else None, rule_inputs=RULE_INPUTS)
    if catalog.problems:
        raise UserError(
            "forms_wrong",
            f"表单有 {len(catalog.problems)} 处错误，没有写 released.toml：{catalog.problems[0].sentence()}",
        )
    before = target.read_text("utf-8") if target.exists() else ""
    text = released_text(catalog.forms, before)
    target.write_text(text, "utf-8")
    fields = sum(line.startswith('"') for line in text.splitlines())
    added = fields - sum(line.startswith('"') for line in before.splitlines())
    data = {"file": str(target), "forms": sorted(catalog.forms), "fields": fields, "added": added}
    return Answer(data, [f"已写 {target}：{len(catalog.forms)} 个表单，{fields} 个字段，新增 {added} 个。"])


@command(rates_app, "list")
def list_rates(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出今天执行的标准。"""
    from minzheng_desktop.store.rate_files import rates_in_force

    with opened(db, user) as store:
        rates = rates_in_force(store, on=today())
    return Answer({"rates": [_rate_data(rate) for rate in rates]}, [_rate_line(rate) for rate in rates])


@command(rates_app, "import")
def import_rates(
    file: RatesFile, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """导入标准文件：县局的随回执下发，没有接入县局的乡镇作为本地标准。"""
    from minzheng_desktop.store import rate_files

    with opened(db, user) as store:
        done = rate_files.import_rates(store, file.expanduser().absolute())
        rates = rate_files.rates_in_force(store, on=today())
    data = {
        "key": done.key,
        "version": done.version,
        "changed": done.changed,
        "imported": [_rate_data(rate) for rate in done.rates],
        "rates": [_rate_data(rate) for rate in rates],
    }
    if not done.changed:
        return Answer(data, ["这份标准已经在执行，没有变化。"])
    return Answer(data, [f"已导入 {len(done.rates)} 条标准：", *(_rate_line(rate) for rate in done.rates)])


def _rate_data(rate: Rate) -> dict[str, Any]:
    return {
        "code": rate.code,
        "title": rate.title,
        "value": _written(rate),
        "unit": rate.unit,
        "area": rate.area,
        "valid_from": rate.valid_from,
        "doc": rate.doc,
        "example": rate.example,
        "origin": rate.origin,
    }


def _rate_line(rate: Rate) -> str:
    mark = "〔示例〕" if rate.example else ""
    return f"{rate.code}  {rate.title}  {_written(rate)}  自 {rate.valid_from} 起  {rate.doc}{mark}"


def _written(rate: Rate) -> str:
    """Money always with two decimals; everything else as its file writes it."""
    from minzheng_desktop.values.money import format_money

    return format_money(rate.value) if rate.type == "money" else rate.text
