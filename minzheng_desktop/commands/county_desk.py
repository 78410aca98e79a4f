"""`minzheng county board, radar, sample`: the county's own desk work beside packages and decisions."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import Answer, AsJson, Database, UserName, opened, today, typed_day

if TYPE_CHECKING:
    from minzheng_desktop.county.behind import Behind
    from minzheng_desktop.county.sampling import Sample
    from minzheng_desktop.county.summary import TownSummary


class Way(StrEnum):
    """How a sampled record was checked again."""

    VISIT = "visit"
    PHONE = "phone"


class Result(StrEnum):
    """What was found."""

    HOLDS = "holds"
    DIFFERS = "differs"


Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="哪个月；不写就是本月。")]
BehindFigure = Annotated[
    str,
    typer.Option(
        "--behind", metavar="FIGURE",
        help="列出一个数后面的明细：packages、gaps、conflicts、quarantined、waiting、ledger、items、findings。",
    ),
]  # fmt: skip
OfTown = Annotated[str, typer.Option("--division", metavar="CODE", help="只看这个乡镇。")]
OfRule = Annotated[str, typer.Option("--rule", metavar="C01", help="只看这一条规则。")]
OfBatch = Annotated[str, typer.Option("--batch", metavar="ID", help="哪个批次的明细（items）。")]
OfKind = Annotated[
    str,
    typer.Option("--kind", metavar="KIND", help="只看这一类：twice、excluded、dead、shared、above。"),
]
FormKey = Annotated[str, typer.Option("--form", metavar="FORM", help="给这一种业务抽样，例如 tekun。")]
Checked = Annotated[str, typer.Option("--check", metavar="RECORD", help="登记这一件的抽查结果。")]
ByWay = Annotated[Way, typer.Option("--way", help="入户 visit，电话 phone。")]
OnDay = Annotated[str, typer.Option("--on", metavar="DATE", help="哪一天核的；不写就是今天。")]
ByWhom = Annotated[str, typer.Option("--by", metavar="NAME", help="谁去核的；不写就是登录的人。")]
Found = Annotated[Result, typer.Option("--result", help="属实 holds，不属实 differs。")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="说明；不属实必须写。")]


def board(
    month: Month = "",
    behind: BehindFigure = "",
    division: OfTown = "",
    rule: OfRule = "",
    batch: OfBatch = "",
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """汇总看板：每个乡镇最后一包、缺包、冲突、待决定、本月与上月合计；--behind 列出一个数后面的明细。"""
    from minzheng_desktop.benefits.months import require_month, text_of
    from minzheng_desktop.county.behind import Question, look_behind
    from minzheng_desktop.county.receiving.senders import require_county
    from minzheng_desktop.county.summary import sum_towns, summarise_towns
    from minzheng_desktop.values.money import format_money, format_money_grouped

    wanted = text_of(require_month(month or today().isoformat()[:7]))
    with opened(db, user) as store:
        require_county(store)
        with store.reading() as r:
            if behind:
                asked = Question(
                    behind, division, wanted if behind == "ledger" else "", rule=rule, batch=batch
                )
                return _behind_answer(look_behind(r, asked))
            towns = summarise_towns(r, month=wanted)
    sums = sum_towns(towns)
    data = {
        "month": wanted, "towns": [_town_data(one) for one in towns], "reported": sums.reported,
        "total": format_money(sums.total), "before_same_towns": format_money(sums.before),
    }  # fmt: skip
    lines = [_town_line(one) for one in towns]
    lines.append(
        f"{sums.towns} 个乡镇，{sums.reported} 个已报；本月 {format_money_grouped(sums.total)} 元，"
        f"上月（同 {sums.reported} 个乡镇）{format_money_grouped(sums.before)} 元"
    )
    return Answer(data, lines)


def _town_data(one: TownSummary) -> dict[str, Any]:
    from minzheng_desktop.values.money import format_money

    return {
        "division": one.division, "name": one.name, "last_number": one.last_number, "last_at": one.last_at or None,
        "program": one.program or None, "missing": list(one.missing), "behind": list(one.behind), "held": one.held,
        "conflicts": one.conflicts, "quarantined": one.quarantined, "waiting": one.waiting,
        "undelivered_decisions": one.undelivered_decisions, "findings": one.findings, "reported": one.reported,
        "total": format_money(one.total), "before": format_money(one.before),
    }  # fmt: skip


def _town_line(one: TownSummary) -> str:
    from minzheng_desktop.values.money import format_money_grouped

    parts = [
        one.name,
        f"第 {one.last_number:04d} 号包 {one.last_at[5:10]}" if one.last_number else "没有报过",
    ]
    parts += [gap.words for gap in one.gaps]
    parts.append(f"冲突 {one.conflicts}，待决定 {one.waiting}，核查 {one.findings}")
    parts.append(
        f"本月 {format_money_grouped(one.total)}，上月 {format_money_grouped(one.before)}"
        if one.reported
        else "未报本月"
    )
    return "  ".join((*parts, *one.behind))


def _behind_answer(found: Behind) -> Answer:
    from minzheng_desktop.values.money import format_money, format_money_grouped

    data = {
        "title": found.title, "count": len(found.lines), "total": format_money(found.cents),
        "lines": [
            {
                "kind": one.kind, "id": one.id, "division": one.division, "what": one.what, "who": one.who,
                "note": one.note, "at": one.at, "amount": None if one.cents is None else format_money(one.cents),
                "form": one.form, "record": one.record, "person": one.person,
            }
            for one in found.lines
        ],
    }  # fmt: skip
    lines = [
        "  ".join(
            filter(
                None,
                (
                    one.town, one.what, one.who, one.note,
                    "" if one.cents is None else f"{format_money_grouped(one.cents)} 元", one.id,
                ),
            )
        )
        for one in found.lines
    ]  # fmt: skip
    return Answer(data, [*lines, f"{found.title}：{len(found.lines)} 条"])


def radar(
    month: Month = "",
    division: OfTown = "",
    kind: OfKind = "",
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """重复发放雷达：一人发两次、互斥、死亡仍发、一账号几人、超标准，按乡镇和类别列金额，逐件看办到哪一步。"""
    from minzheng_desktop.benefits.months import require_month, text_of
    from minzheng_desktop.county import radar as rooms
    from minzheng_desktop.values.money import format_money, format_money_grouped

    wanted = text_of(require_month(month or today().isoformat()[:7]))
    with opened(db, user) as store:
        rooms.run_radar(store, month=wanted, today=today())
        with store.reading() as r:
            found = rooms.list_cases(r, month=wanted, division=division, kind=kind)
        name = store.catalog.divisions.name
    sums = rooms.sum_cases(found)
    data = {
        "month": wanted,
        "cases": [
            {
                "finding": one.finding, "rule": one.rule, "kind": one.kind, "division": one.division,
                "severity": one.severity, "amount": format_money(one.cents), "state": one.state,
                "evidence": one.evidence, "message": one.message, "form": one.form, "records": list(one.records),
                "persons": list(one.persons),
            }
            for one in found
        ],
        "sums": [
            {"division": town, "kind": of, "cases": cell.cases, "amount": format_money(cell.cents)}
            for (town, of), cell in sorted(sums.items())
        ],
    }  # fmt: skip
    lines = [
        f"{name(one.division)}  {rooms.KINDS[one.kind]}  {format_money_grouped(one.cents)} 元  "
        f"{rooms.STATES[one.state]}{f'（{one.evidence}）' if one.evidence else ''}  {one.message}"
        for one in found
    ]
    lines += [
        f"{rooms.KINDS[of]}：{cell.cases} 件，{format_money_grouped(cell.cents)} 元"
        for (town, of), cell in sums.items()
        if of and not town
    ]
    return Answer(data, lines or ["没有查到重复或多发的。"])


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
    from minzheng_desktop.county.receiving.senders import require_county

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
