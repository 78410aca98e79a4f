"""`minzheng county duplicates …`: entries of the register that may be one person, compared, merged or kept apart."""

from __future__ import annotations

from enum import StrEnum
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

if TYPE_CHECKING:
    from minzheng_desktop.county.people.duplicates import Pair
    from minzheng_desktop.county.people.side_by_side import Compared
    from minzheng_desktop.store.unit import Reading

app = new_app("县局：疑似同一人的查重、对照、认定。")


class PairState(StrEnum):
    """Which pairs to list."""

    OPEN = "open"
    MERGED = "merged"
    DISTINCT = "distinct"


One = Annotated[str, typer.Argument(metavar="PERSON", help="一边的人员编号。")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="另一边的人员编号。")]
MaybeOne = Annotated[str, typer.Argument(metavar="PERSON", help="一边的人员编号；用 --strict 时不写。")]
MaybeOther = Annotated[str, typer.Argument(metavar="OTHER", help="另一边的人员编号。")]
States = Annotated[
    PairState, typer.Option("--state", help="列哪一种：open 待核对，merged 是同一人，distinct 不是。")
]
Town = Annotated[str, typer.Option("--division", metavar="CODE", help="只看涉及这个乡镇街道的。")]
AsItIs = Annotated[bool, typer.Option("--as-is", help="不重新查重，只列上次查到的。")]
Strict = Annotated[bool, typer.Option("--strict", help="把“证号、姓名都相同”一类待核对的全部认定。")]
Text = Annotated[str, typer.Option("--text", metavar="T", help="意见，随裁定带给乡镇。")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="为什么不是同一人。")]
Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="发放列到哪个月；不写则到本月。")]


@command(app, "list")
def list_(
    state: States = PairState.OPEN,
    division: Town = "",
    as_is: AsItIs = False,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """重新查重，列出疑似同一人的各对：先确定性强的，再按吻合程度。"""
    from minzheng_desktop.county.people import duplicates
    from minzheng_desktop.county.receiving.senders import require_county

    with opened(db, user) as store:
        require_county(store)
        ran = None if as_is else duplicates.find_duplicates(store)
        with store.reading() as r:
            pairs = duplicates.list_pairs(r, states=(state.value,), division=division)
            data, lines = _listed(r, pairs)
    if ran is not None:
        lines.append(
            f"比较了 {ran.compared:,} 对：新查出 {ran.new}，已不再吻合而撤下 {ran.gone}，情况有变重新核对 {ran.again}。"
        )
    found = (
        None
        if ran is None
        else {"new": ran.new, "gone": ran.gone, "again": ran.again, "compared": ran.compared}
    )
    return Answer({"pairs": data, "run": found}, lines or ["没有。"])


@command(app, "show")
def show(
    person: One, other: Other, month: Month = "", db: Database = None, user: UserName = None,
    as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """把一对并排对照：吻合的、矛盾的、两边的待遇和逐月发放。"""
    from minzheng_desktop.county.people.side_by_side import compare_pair
    from minzheng_desktop.county.receiving.senders import require_county

    with opened(db, user) as store:
        require_county(store)
        with store.reading() as r:
            found = compare_pair(r, person, other, month=month or today().isoformat()[:7])
    return Answer(_compared_data(found), _compared_lines(found))


@command(app, "merge")
def merge(
    person: MaybeOne = "", other: MaybeOther = "", strict: Strict = False, text: Text = "",
    db: Database = None, user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """认定是同一人：县里合并计数，裁定随回执带给有关乡镇；乡镇的登记不改写。"""
    from minzheng_desktop.county.people import duplicates

    if strict == bool(person or other) or bool(person) != bool(other):
        raise typer.BadParameter("写两个人员编号，或只写 --strict")
    with opened(db, user) as store:
        pairs = [(person, other)]
        if strict:
            with store.reading() as r:
                pairs = [(one.low, one.high) for one in duplicates.list_pairs(r) if one.strict]
        done = duplicates.merge_pairs(store, pairs, text=text)
    return Answer({"merged": done}, [f"已认定 {done} 对是同一人，随回执带给有关乡镇。"])


@command(app, "distinct")
def distinct(
    person: One, other: Other, reason: Why, db: Database = None, user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """认定不是同一人，情况不变不再提示；已认定是同一人的，这样撤销。"""
    from minzheng_desktop.county.people import duplicates

    with opened(db, user) as store:
        done = duplicates.keep_apart(store, [(person, other)], text=reason)
    return Answer({"kept_apart": done}, ["已认定不是同一人。情况有变时会重新列出。"])


def _listed(r: Reading, pairs: list[Pair]) -> tuple[list[dict[str, Any]], list[str]]:
    from minzheng_desktop.county.people.duplicate_rules import CLASSES, FACTS, shipped_rules

    rules, divisions = shipped_rules(), r.store.catalog.divisions
    people = r.get_many("people", {one for pair in pairs for one in (pair.low, pair.high)})
    data, lines = [], []
    for pair in pairs:
        sides = [people[pair.low], people[pair.high]]
        data.append(
            {
                "class": pair.class_, "rule": pair.rule, "score": pair.score, "state": pair.state,
                "persons": [
                    {"id": row["id"], "name": row["name"], "division": row["owner"], "birth_date": row["birth_date"]}
                    for row in sides
                ],
                "agree": list(pair.agree), "differ": list(pair.differ), "text": pair.text, "by": pair.by or None,
                "again": pair.again or None,
            }
        )  # fmt: skip
        who = " ｜ ".join(f"{row['name']} {divisions.name(row['owner'])} {row['id']}" for row in sides)
        agree = "、".join(FACTS[fact] for fact in pair.agree)
        differ = "、".join(FACTS[fact] for fact in pair.differ)
        facts = f"同：{agree}；不同：{differ}" if differ else f"同：{agree}"
        before = f"  以前认定过：{pair.again}" if pair.again else ""
        lines.append(f"{CLASSES[pair.class_]}  {who}  {rules.title(pair.rule)}（{facts}）{before}")
    return data, lines


_MARKS = {"agrees": "＝", "differs": "≠", "": "　"}


def _compared_data(found: Compared) -> dict[str, Any]:
    from minzheng_desktop.values.money import format_money

    return {
        "class": found.pair.class_, "rule": found.pair.rule, "state": found.pair.state,
        "facts": [
            {"fact": row.key, "left": row.left, "right": row.right, "verdict": row.verdict or None}
            for row in found.facts
        ],
        "sides": [
            {
                "person": side.person, "division": side.division,
                "benefits": [
                    {"record": one.record, "form": one.form, "number": one.number, "state": one.state,
                     "active": one.active, "start": one.start or None, "end": one.end or None}
                    for one in side.benefits
                ],
            }
            for side in (found.left, found.right)
        ],
        "months": [
            {"month": one.month, "left": format_money(one.left), "right": format_money(one.right),
             "both": list(one.both)}
            for one in found.months
        ],
        "doubled": format_money(found.doubled),
    }  # fmt: skip


def _compared_lines(found: Compared) -> list[str]:
    from minzheng_desktop.values.money import format_money_grouped

    lines = [f"{found.rule}", f"　　{found.left.town} ｜ {found.right.town}"]
    lines += [f"{_MARKS[row.verdict]} {row.label}：{row.left} ｜ {row.right}" for row in found.facts]
    for side in (found.left, found.right):
        words = "；".join(f"{one.title} {one.state} {one.start}" for one in side.benefits) or "没有待遇"
        lines.append(f"{side.town}：{words}")
    for one in found.months:
        both = f"  两边都发：{'、'.join(one.both)}" if one.both else ""
        sums = " ｜ ".join(map(format_money_grouped, (one.left, one.right)))
        lines.append(f"{one.month}  {sums} 元{both}")
    if found.doubled:
        lines.append(f"两边重复发放合计 {format_money_grouped(found.doubled)} 元。")
    return lines
