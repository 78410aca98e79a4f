"""`minzheng county sample`: the county's own desk work beside packages and decisions."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import Answer, AsJson, Database, UserName, opened, today, typed_day

if TYPE_CHECKING:
    from minzheng_desktop.county.sampling import Sample


class Way(StrEnum):
    """How a sampled record was checked again."""

    VISIT = "visit"
    PHONE = "phone"


class Result(StrEnum):
    """What was found."""

    HOLDS = "holds"
    DIFFERS = "differs"


FormKey = Annotated[str, typer.Option("--form", metavar="FORM", help="给这一种业务抽样，例如 tekun。")]
Checked = Annotated[str, typer.Option("--check", metavar="RECORD", help="登记这一件的抽查结果。")]
ByWay = Annotated[Way, typer.Option("--way", help="入户 visit，电话 phone。")]
OnDay = Annotated[str, typer.Option("--on", metavar="DATE", help="哪一天核的；不写就是今天。")]
ByWhom = Annotated[str, typer.Option("--by", metavar="NAME", help="谁去核的；不写就是登录的人。")]
Found = Annotated[Result, typer.Option("--result", help="属实 holds，不属实 differs。")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="说明；不属实必须写。")]


def sample(
    form: FormKey = "",
    check: Checked = "",
    way: ByWay = Way.VISIT,
    on: OnDay = "",
    by: ByWhom = "",
    result: Found = Result.HOLDS,
    note: Note = "",
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """抽查：--form 在等确认的件里按比例抽样，--check 登记抽中一件的结果；都不写就列出抽中的。"""
    from minzheng_desktop.county import sampling
    from minzheng_desktop.county.senders import require_county

    with opened(db, user) as store:
        require_county(store)
        data: dict[str, Any] = {}
        lines: list[str] = []
        if form:
            made = sampling.draw_sample(store, form, today=today())
            data = {
                "draw": made.id, "seed": made.seed, "percent": made.percent, "of": len(made.records),
                "picked": list(made.picked),
            }  # fmt: skip
            lines.append(
                f"{len(made.records)} 件里抽中 {len(made.picked)} 件（{made.percent}%），种子 {made.seed}"
            )
        if check:
            found = sampling.Recheck(way.value, typed_day(on), by or store.user, result.value, note)
            sampling.record_recheck(store, check, found)
            lines.append("已登记抽查结果。")
        with store.reading() as r:
            picked = sampling.picked_samples(r)
        names = store.catalog.divisions
        data["samples"] = [_data(one) for one in picked]
        lines += [
            f"{names.name(one.division)}  {store.catalog.forms[one.form].title}  {one.record}  "
            f"{one.check.words() if one.check else '还没有抽查结果'}"
            for one in picked
        ]
    return Answer(data, lines or ["没有抽中要核的件。"])


def _data(one: Sample) -> dict[str, Any]:
    check = one.check
    return {
        "record": one.record, "form": one.form, "division": one.division, "draw": one.draw, "rank": one.rank,
        "of": one.of, "percent": one.percent, "seed": one.seed,
        "check": {"way": check.way, "on": check.on, "by": check.by, "result": check.result, "note": check.note}
        if check else None,
    }  # fmt: skip
