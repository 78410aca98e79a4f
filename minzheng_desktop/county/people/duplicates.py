"""疑似同一人: entries of the register that may be one person, and what the county says of them.

A run compares the whole register anew: pairs that no longer fit any rule leave the list by themselves, and what people
said stays as long as the facts are those that they saw. Saying that two entries are one person writes a ruling for
each township concerned and joins the two at the county (`identities`); no row of a township is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county.people.candidates import candidate_pairs, load_entries
from minzheng_desktop.county.people.duplicate_rules import CLASSES, STRICT, Rules, shipped_rules
from minzheng_desktop.county.people.likeness import Entry, compare
from minzheng_desktop.county.receiving.senders import require_county
from minzheng_desktop.county.replies.decisions import MAY_DECIDE
from minzheng_desktop.exchange.down.same_people import OTHER_PERSON, SAME_PERSON
from minzheng_desktop.store import identities, schema
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import digest16

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

OPEN, MERGED, DISTINCT = "open", "merged", "distinct"
STATES = {OPEN: "待核对", MERGED: "是同一人", DISTINCT: "不是同一人"}
ISSUED = "issued"

_pairs = schema.person_pairs


class Pair(msgspec.Struct, frozen=True):
    """Two entries that may be one person: ids, what rule found them, facts that agree and that contradict, and what
    was said, by whom, when."""

    low: str
    high: str
    state: str
    score: int
    rule: str
    class_: str
    agree: tuple[str, ...]
    differ: tuple[str, ...]
    at: str
    text: str = ""
    by: str = ""
    again: str = ""
    """What was said of the pair before its facts changed."""

    @property
    def strict(self) -> bool:
        return self.class_ == STRICT


class Ran(msgspec.Struct, frozen=True):
    """What a run found: pairs open now, those new, those that left the list, those opened again."""

    open: int
    new: int
    gone: int
    again: int
    compared: int


def find_duplicates(store: Store, *, rules: Rules | None = None) -> Ran:
    """Compare the register anew and bring the list of pairs up to date. Nothing but that list is written."""
    require_county(store)
    rules = rules or shipped_rules()
    with store.reading() as r:
        candidates = candidate_pairs(r, rules)
        entries = load_entries(r, {one for pair in candidates for one in pair})
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for pair in candidates:
        low, high = entries.get(pair[0]), entries.get(pair[1])
        row = _judge(low, high, rules) if low is not None and high is not None else None
        if row is not None:
            found[pair] = row
    with store.writing("find_duplicates", {"compared": len(candidates), "found": len(found)}) as w:
        known = {(row["low"], row["high"]): row for row in w.rows(sa.select(_pairs))}
        new = [pair for pair in found if pair not in known]
        w.insert("person_pairs", [{**found[pair], "state": OPEN, "at": w.at} for pair in new])
        gone = again = 0
        for pair, row in known.items():
            if pair not in found:
                if row["state"] == OPEN:
                    gone += w.delete("person_pairs", *_is(pair))
            elif row["state"] == OPEN:
                if row["facts"] != {**found[pair]["facts"], **_said_before(row)}:
                    facts = {**found[pair]["facts"], **_said_before(row)}
                    w.update("person_pairs", {**found[pair], "facts": facts}, *_is(pair))
            elif row["state"] == DISTINCT and row["facts"]["seen"] != found[pair]["facts"]["seen"]:
                said = f"{row['by']} {row['at'][:10]}：{STATES[DISTINCT]}，{row['text'] or '没有写理由'}"
                facts = {**found[pair]["facts"], "again": said}
                opened = {"state": OPEN, "facts": facts, "score": found[pair]["score"], "at": w.at}
                w.update("person_pairs", {**opened, "text": None, "by": None}, *_is(pair))
                again += 1
        answered = {pair for pair, row in known.items() if row["state"] != OPEN}
        w.detail |= {"new": len(new), "gone": gone, "again": again}
    return Ran(len(found.keys() - answered) + again, len(new), gone, again, len(candidates))


def list_pairs(r: Reading, *, states: Iterable[str] = (OPEN,), division: str = "") -> list[Pair]:
    """The pairs kept in these states, the strictest class and most points first."""
    p = schema.people.c
    query = sa.select(_pairs).where(_pairs.c.state.in_(list(states)))
    if division:
        own = sa.select(p.id).where(p.owner == division)
        query = query.where(sa.or_(_pairs.c.low.in_(own), _pairs.c.high.in_(own)))
    order = list(CLASSES)
    found = [_pair(row) for row in r.rows(query)]
    return sorted(found, key=lambda one: (order.index(one.class_), -one.score, one.low, one.high))


def load_pair(r: Reading, low: str, high: str) -> Pair:
    """One pair by the ids of its entries, in either order. Raises UserError `no_such_pair`."""
    row = r.one(sa.select(_pairs).where(*_is((min(low, high), max(low, high)))))
    if row is None:
        raise UserError("no_such_pair", "名单里没有这一对，没有改动。请重新查重，或刷新后再看。")
    return _pair(row)


def merge_pairs(store: Store, pairs: Sequence[tuple[str, str]], *, text: str = "") -> int:
    """Say of pairs that each is one person: joined at the county, a ruling for each township concerned; returns how
    many were open.

    Several at once only of the strictest class. All or none. Raises UserError not_allowed, no_such_pair, not_open,
    not_strict, contradiction.
    """
    with _deciding(store, "merge_people", pairs) as w:
        found = [_open_pair(w, pair) for pair in dict.fromkeys(pairs)]
        if len(found) > 1 and any(not one.strict for one in found):
            raise UserError(
                "not_strict", "成批认定只用于证号、姓名都相同的。没有认定任何一对，其余的请逐对核对。"
            )
        for one in found:
            w.update("person_pairs", _said(w, MERGED, text), *_is((one.low, one.high)))
        touched = {person for one in found for person in (one.low, one.high)}
        identities.rejoin(w, touched)
        _require_no_contradiction(w, touched)
        _rule(w, found, SAME_PERSON, text)
    return len(found)


def keep_apart(store: Store, pairs: Sequence[tuple[str, str]], *, text: str) -> int:
    """Say of pairs that they are not one person; remembered until their facts change. Of pairs that were merged it
    takes the merging back, with a ruling for each township concerned; returns how many.

    Raises UserError not_allowed, reason_missing, no_such_pair, not_open, contradiction.
    """
    if not text.strip():
        raise UserError("reason_missing", "没有写理由，没有改动。请写明为什么不是同一人，例如“同名堂兄弟”。")
    with _deciding(store, "keep_people_apart", pairs) as w:
        found = [load_pair(w, *pair) for pair in dict.fromkeys(pairs)]
        if any(one.state == DISTINCT for one in found):
            raise UserError("not_open", "有的已经认定过不是同一人，没有改动。请刷新后再看。")
        for one in found:
            w.update("person_pairs", _said(w, DISTINCT, text), *_is((one.low, one.high)))
        joined = [one for one in found if one.state == MERGED]
        identities.rejoin(w, {person for one in joined for person in (one.low, one.high)})
        _require_no_contradiction(w, {person for one in found for person in (one.low, one.high)})
        _rule(w, joined, OTHER_PERSON, text)
    return len(found)


def _require_no_contradiction(w: Writing, people: Iterable[str]) -> None:
    """UserError `contradiction` where two entries that were said to be two people are joined through others."""
    c = schema.identities.c
    group = {
        row[0]: row[1]
        for some in chunks(sorted(people))
        for row in w.connection.execute(sa.select(c.person, c.identity).where(c.person.in_(some)))
    }
    for some in chunks(sorted(set(group.values()))):
        query = sa.select(c.person, c.identity).where(c.identity.in_(some))
        group |= {row[0]: row[1] for row in w.connection.execute(query)}
    for some in chunks(sorted(group)):
        query = sa.select(_pairs.c.low, _pairs.c.high).where(
            _pairs.c.state == DISTINCT, _pairs.c.low.in_(some)
        )
        for low, high in w.connection.execute(query):
            if group[low] == group.get(high):
                names = "、".join(row["name"] for row in w.get_many("people", (low, high)).values())
                raise UserError(
                    "contradiction",
                    f"这样认定互相矛盾：{names}两条认定过不是同一人，却经别的一条连成了同一人。没有改动，"
                    "请先撤销其中一对的认定。",
                )


def _judge(low: Entry, high: Entry, rules: Rules) -> dict[str, Any] | None:
    verdicts = compare(low, high, rules.variants)
    rule = rules.first(verdicts)
    if rule is None:
        return None
    agree = [fact for fact, agrees in verdicts.items() if agrees]
    differ = [fact for fact, agrees in verdicts.items() if not agrees]
    shown = "\n".join(f"{e.name}|{e.number}|{e.birth_date}|{e.sex}" for e in (low, high))
    seen = digest16(f"{rule.key}\n{agree}\n{differ}\n{shown}".encode())
    facts = {"rule": rule.key, "class": rule.class_, "agree": agree, "differ": differ, "seen": seen}
    return {"low": low.id, "high": high.id, "score": rules.score(verdicts), "facts": facts}


def _said_before(row: dict[str, Any]) -> dict[str, str]:
    return {"again": row["facts"]["again"]} if "again" in row["facts"] else {}


def _said(w: Writing, state: str, text: str) -> dict[str, Any]:
    return {"state": state, "text": text.strip() or None, "at": w.at, "by": w.user}


def _pair(row: dict[str, Any]) -> Pair:
    facts = row["facts"]
    return Pair(
        row["low"], row["high"], row["state"], row["score"], facts["rule"], facts["class"], tuple(facts["agree"]),
        tuple(facts["differ"]), row["at"], row["text"] or "", row["by"] or "", facts.get("again", ""),
    )  # fmt: skip


def _open_pair(w: Writing, pair: tuple[str, str]) -> Pair:
    found = load_pair(w, *pair)
    if found.state != OPEN:
        raise UserError(
            "not_open", f"有一对已经认定为“{STATES[found.state]}”，没有改动。请刷新后再看，或先撤销。"
        )
    return found


def _is(pair: tuple[str, str]) -> tuple[sa.ColumnElement[bool], ...]:
    return (_pairs.c.low == pair[0], _pairs.c.high == pair[1])


def _deciding(store: Store, action: str, pairs: Sequence[tuple[str, str]]) -> Any:
    require_county(store)
    if not store.roles & MAY_DECIDE:
        raise UserError("not_allowed", f"{store.user}没有认定的权限，没有写入。请由县局审核员办理。")
    if not pairs:
        raise UserError("nothing_to_decide", "没有选要认定的，没有写入。请先选。")
    return store.writing(action, {"pairs": len(pairs)})


def _rule(w: Writing, pairs: Sequence[Pair], kind: str, text: str) -> None:
    """One ruling for each township concerned: `subject` is its own entry, `other` the other one; `more` says of whom
    and what, for the township has no row of the other."""
    people = w.get_many("people", {person for one in pairs for person in (one.low, one.high)})
    drawn = benefits_in_force(w, people)
    divisions = w.store.catalog.divisions
    bodies = []
    for one in pairs:
        sides = (people[one.low], people[one.high])
        within = sides[0]["owner"] == sides[1]["owner"]
        for own, other in (sides, sides[::-1])[: 1 if within else 2]:
            bodies.append(
                {
                    "owner": own["owner"], "kind": kind, "subject": own["id"], "other": other["id"],
                    "text": text.strip() or None, "by": w.user, "at": w.at, "state": ISSUED,
                    "more": {
                        "name": other["name"], "division": other["owner"], "town": divisions.name(other["owner"]),
                        "birth_date": other["birth_date"] or "",
                        "benefits": [w.store.catalog.forms[form].title for form in drawn.get(other["id"], ())],
                    },
                }
            )  # fmt: skip
    w.put_many("rulings", bodies, fresh=True)


def benefits_in_force(r: Reading, people: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Person → the forms that pay money in whose records in force the person stands, in any role."""
    k, rec = schema.record_people.c, schema.records.c
    forms = r.store.catalog.forms
    active = {
        (form.key, state)
        for form in forms.values()
        if form.benefit is not None
        for state in form.workflow.states_in("active")
    }
    found: dict[str, set[str]] = {}
    for some in chunks(sorted(people)):
        query = (
            sa.select(k.person, rec.form, rec.state)
            .join(schema.records, rec.id == k.record)
            .where(k.person.in_(some), rec.void == 0)
        )
        for person, form, state in r.connection.execute(query):
            if (form, state) in active:
                found.setdefault(person, set()).add(form)
    return {person: tuple(sorted(keys)) for person, keys in found.items()}
