"""疑似同一人 for the window: the list, one pair side by side, and what the reviewer says of it."""

from __future__ import annotations

from collections.abc import Sequence

from ...county.people import duplicates
from ...county.people.duplicate_rules import CLASSES, FACTS, shipped_rules
from ...county.people.side_by_side import AGREES, DIFFERS, Benefit, Compared, compare_pair
from ..county.pairs import Comparison, PairRow, PairsView, SideRow
from ..kit.cells import DASH, Cell, CellValue, Chip
from .office import Office, money

_FIXED = frozenset({"id_number", "name", "birth_date", "sex", "alive"})
_PILLS = (*CLASSES, duplicates.MERGED, duplicates.DISTINCT)


def listing(office: Office, pill: str, *, run: bool = False) -> PairsView:
    """The pairs of a pill ("" all open ones, a class, merged, distinct); `run` compares the register anew."""
    ran = duplicates.find_duplicates(office.store) if run else None
    with office.store.reading() as r:
        every = duplicates.list_pairs(r, states=tuple(duplicates.STATES))
        people = r.get_many("people", {one for pair in every for one in (pair.low, pair.high)})
    open_ones = [one for one in every if one.state == duplicates.OPEN]
    groups = {
        "": open_ones,
        **{key: [one for one in open_ones if one.class_ == key] for key in CLASSES},
        **{
            state: [one for one in every if one.state == state]
            for state in (duplicates.MERGED, duplicates.DISTINCT)
        },
    }
    titles = {"": "待核对", **CLASSES, duplicates.MERGED: "是同一人", duplicates.DISTINCT: "不是同一人"}
    hint = ""
    if ran is not None:
        hint = f"比较了 {ran.compared:,} 对：新查出 {ran.new}，不再吻合而撤下 {ran.gone}"
        hint += f"，情况有变重新核对 {ran.again}" if ran.again else ""
    shown = [one for one in groups[pill] if one.low in people and one.high in people]
    return PairsView(
        rows=tuple(_row(office, one, people) for one in shown),
        pills=tuple((key, titles[key], len(groups[key])) for key in ("", *_PILLS)),
        hint=hint,
        strict=len(groups["strict"]),
    )


def _row(office: Office, pair: duplicates.Pair, people: dict[str, dict[str, object]]) -> PairRow:
    low, high = people[pair.low], people[pair.high]
    divisions = office.store.catalog.divisions
    towns = [divisions.short_name(str(side["owner"])) for side in (low, high)]
    agree = "、".join(FACTS[fact] for fact in pair.agree[:4])
    more = f"{shipped_rules().title(pair.rule)}。"
    if pair.state != duplicates.OPEN:
        more = f"{duplicates.STATES[pair.state]}：{pair.by} {pair.at[:10]}{f'，{pair.text}' if pair.text else ''}。"
    elif pair.again:
        more += f"以前认定过（{pair.again}），后来情况有变。"
    return PairRow(
        low=pair.low, high=pair.high, name=str(low["name"]),
        towns=towns[0] + "（两条）" if towns[0] == towns[1] else "—".join(towns),
        facts=Cell(agree, "ink-2"), state=pair.state, class_=pair.class_, more=more,
    )  # fmt: skip


def comparison(office: Office, low: str, high: str) -> Comparison:
    """One pair side by side, payments of the last two years."""
    with office.store.reading() as r:
        found = compare_pair(r, low, high, month=office.today.isoformat()[:7])
    rows = [
        SideRow("fact", row.label, row.left, row.right, _verdict(row.key, row.verdict)) for row in found.facts
    ]
    rows += _benefits(found)
    if found.months:
        rows.append(SideRow("section", "发放（元）", "", ""))
    for month in found.months:
        both: CellValue = Chip("两边都发", "error", "warn") if month.both else ""
        rows.append(SideRow("month", month.month, _paid(month.left), _paid(month.right), both))
    foot = (
        f"两边同一待遇重复发放合计 {money(found.doubled)} 元" if found.doubled else "没有查到两边同月重复发放"
    )
    return Comparison(
        low=found.pair.low, high=found.pair.high,
        title=f"{found.left.name}　{CLASSES[found.pair.class_]}：{found.rule}",
        left=found.left.town, right=found.right.town, rows=tuple(rows), foot=foot,
    )  # fmt: skip


def _benefits(found: Compared) -> list[SideRow]:
    titles = list(dict.fromkeys(one.title for side in (found.left, found.right) for one in side.benefits))
    rows = [SideRow("section", "待遇和业务", "", "")] if titles else []
    for title in titles:
        left, right = (
            [one for one in side.benefits if one.title == title] for side in (found.left, found.right)
        )
        both = any(one.active for one in left) and any(one.active for one in right)
        chip: CellValue = Chip("两边在享", "error", "warn") if both else ""
        rows.append(SideRow("benefit", title, _words(left), _words(right), chip))
    return rows


def _words(records: Sequence[Benefit]) -> str:
    return (
        "；".join(f"{one.state} {one.start}{f'—{one.end}' if one.end else ''}".strip() for one in records)
        or DASH
    )


def _paid(cents: int) -> str:
    return money(cents) if cents else DASH


def _verdict(fact: str, verdict: str) -> CellValue:
    """Whether both sides say the same; a telephone or a village may well differ, a birthday may not."""
    if verdict == AGREES:
        return Chip("吻合", "ok", "ok")
    if verdict != DIFFERS:
        return ""
    return Chip("矛盾", "error", "error") if fact in _FIXED else Chip("不同", "warn", "warn")


def say_same(office: Office, pairs: Sequence[tuple[str, str]], text: str) -> str:
    """Merge pairs; returns the sentence for the status bar."""
    done = duplicates.merge_pairs(office.store, pairs, text=text)
    return f"已认定 {done} 对是同一人，随回执带给有关乡镇"


def say_different(office: Office, pairs: Sequence[tuple[str, str]], text: str) -> str:
    """Keep pairs apart; returns the sentence for the status bar."""
    duplicates.keep_apart(office.store, pairs, text=text)
    return "已认定不是同一人，情况有变时再列出"
