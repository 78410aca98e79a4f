"""One row, changed on several laptops: the matrix of what merges and what a person is asked, and that the order in
which versions arrive makes no difference. Expected values follow from the rules in resources/merging.toml."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minzheng_desktop.catalog.load import load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.exchange.judging.merging import History, Settled, Version, base_of
from minzheng_desktop.exchange.judging.merging_paths import build_body, flatten
from minzheng_desktop.exchange.judging.merging_rules import (
    ALONE,
    Rules,
    read_policy,
    rules_for,
    shipped_policy,
)
from minzheng_desktop.paths import resources_dir
from minzheng_desktop.store import rows, schema
from minzheng_desktop.values.errors import UserError

XIUQI = "500229106"
PEOPLE, ACCOUNTS = rules_for("people"), rules_for("bank_accounts")


def version(table: str, base: str | None, at: str, /, by: str | None = "唐敏", **body: Any) -> Version:
    shape = rows.shape(schema.EXPORTED[table])
    encoded = shape.encode(shape.build({"owner": XIUQI, **body}))
    return Version(rows.revision_of(base, encoded), base, at, by, shape.decode(encoded))


def edit(rules: Rules, of: Version, at: str, **changes: Any) -> Version:
    return version(rules.table, of.revision, at, **{**of.body, **changes})


def settle(rules: Rules, *versions: Version, present: Version | None = None) -> Settled:
    return History(rules, versions).settle(present.revision if present else None)


ROOT = version("people", None, "1", name="罗成贵", phone="1", ethnicity="01", more={"remark": "a"})
ACCOUNT = version("bank_accounts", None, "1", number="6222", name="罗成贵", bank="农商行")


def test_different_fields_merge_and_the_body_has_both() -> None:
    one, other = edit(PEOPLE, ROOT, "2", ethnicity="15"), edit(PEOPLE, ROOT, "3", sex="1")
    done = settle(PEOPLE, ROOT, one, other, present=one)
    assert (done.made, done.conflicts, done.told, done.aside) == (True, (), (), ())
    assert done.head.base == base_of([one.revision, other.revision])
    assert done.head.body == {**ROOT.body, "ethnicity": "15", "sex": "1"}
    assert (done.head.at, done.head.by) == ("3", None)


def test_the_same_change_on_both_sides_is_one_version() -> None:
    one, other = edit(PEOPLE, ROOT, "2", sex="1"), edit(PEOPLE, ROOT, "9", sex="1")
    assert one.revision == other.revision
    assert settle(PEOPLE, ROOT, one, other) == Settled(one, False, (one.revision,))


def test_alike_in_one_field_and_apart_in_others() -> None:
    one = edit(PEOPLE, ROOT, "2", sex="1", ethnicity="15")
    other = edit(PEOPLE, ROOT, "3", sex="1", reside_village="x")
    done = settle(PEOPLE, ROOT, one, other)
    assert done.head.body == {**ROOT.body, "sex": "1", "ethnicity": "15", "reside_village": "x"}


def test_a_phone_takes_the_newer_and_says_so() -> None:
    one, other = edit(PEOPLE, ROOT, "5", phone="2"), edit(PEOPLE, ROOT, "3", phone="3")
    done = settle(PEOPLE, ROOT, other, one)
    assert (done.head.body["phone"], done.told, done.conflicts) == ("2", ("phone",), ())


def test_the_same_field_asks_and_keeps_the_present_head() -> None:
    one, other = edit(PEOPLE, ROOT, "2", name="罗成桂"), edit(PEOPLE, ROOT, "3", name="罗承贵")
    history = History(PEOPLE, (ROOT, one, other))
    for here, there in ((one, other), (other, one)):
        done = history.settle(here.revision)
        assert (done.head, done.made, done.conflicts, done.aside) == (
            *(here, False),
            ("name",),
            (there.revision,),
        )
    assert history.common(done.heads) == ROOT


def test_a_change_back_is_a_change() -> None:
    there = edit(PEOPLE, ROOT, "2", name="罗成桂")
    back = edit(PEOPLE, there, "3", name="罗成贵")
    other = edit(PEOPLE, ROOT, "4", name="罗承贵")
    assert settle(PEOPLE, ROOT, there, back, other).conflicts == ("name",)


@pytest.mark.parametrize(
    ("mine", "theirs", "asked"),
    [
        ({"number": "6333"}, {"bank": "邮储"}, ("bank", "number")),  # different strict fields
        ({"number": "6333"}, {"number": "6333", "bank": "邮储"}, ("bank",)),
        ({"number": "6333"}, {"number": "6444"}, ("number",)),
        ({"number": "6333", "at": 1}, {"number": "6333", "at": 2}, None),  # alike: nothing to ask
    ],
)
def test_accounts_never_merge_by_themselves(
    mine: dict[str, Any], theirs: dict[str, Any], asked: tuple[str, ...] | None
) -> None:
    one = edit(ACCOUNTS, ACCOUNT, "2", more={"n": mine.pop("at", 0)} if "at" in mine else {}, **mine)
    other = edit(ACCOUNTS, ACCOUNT, "3", more={"n": theirs.pop("at", 0)} if "at" in theirs else {}, **theirs)
    assert settle(ACCOUNTS, ACCOUNT, one, other).conflicts == (("more.n",) if asked is None else asked)


def test_voiding_against_any_change_asks_but_two_voids_agree() -> None:
    gone, other = edit(PEOPLE, ROOT, "2", void=1), edit(PEOPLE, ROOT, "3", sex="1")
    assert settle(PEOPLE, ROOT, gone, other).conflicts == ("void",)
    assert settle(PEOPLE, ROOT, gone, edit(PEOPLE, ROOT, "4", void=1)).head == gone


def test_death_and_a_new_number_are_asked_together() -> None:
    dead = edit(PEOPLE, ROOT, "2", alive_status="2", death_date="2026-11-01")
    number = edit(PEOPLE, ROOT, "3", id_number="500229195001010017")
    assert settle(PEOPLE, ROOT, dead, number).conflicts == ("alive_status", "death_date", "id_number")


def test_an_answer_with_both_parents_ends_the_conflict_and_loses_nothing_else() -> None:
    one = edit(PEOPLE, ROOT, "2", name="罗成桂", ethnicity="15")
    other = edit(PEOPLE, ROOT, "3", name="罗承贵", sex="1")
    history = History(PEOPLE, (ROOT, one, other))
    heads = history.settle(one.revision).heads
    body = history.answer(heads, {"name": other.revision})
    assert body == {**ROOT.body, "name": "罗承贵", "ethnicity": "15", "sex": "1"}
    answer = version("people", base_of(heads), "5", **body)
    history.add(answer)
    assert history.settle(one.revision) == Settled(answer, False, (answer.revision,))


def test_an_answer_stays_an_answer_although_it_equals_one_side() -> None:
    one, other = edit(PEOPLE, ROOT, "2", name="罗成桂"), edit(PEOPLE, ROOT, "3", name="罗承贵")
    answer = version("people", base_of([one.revision, other.revision]), "5", **one.body)
    later = edit(PEOPLE, other, "6", sex="1")  # the other laptop had not read the answer
    done = settle(PEOPLE, ROOT, one, other, answer, later)
    assert done.head.body == {**ROOT.body, "name": "罗成桂", "sex": "1"}


def test_three_laptops_merge_at_once_and_a_merge_in_between_makes_no_difference() -> None:
    a, b = edit(PEOPLE, ROOT, "2", sex="1"), edit(PEOPLE, ROOT, "3", ethnicity="15")
    c = edit(PEOPLE, ROOT, "4", reside_village="x")
    two = settle(PEOPLE, ROOT, a, b).head
    whole = settle(PEOPLE, ROOT, a, b, c).head
    assert settle(PEOPLE, ROOT, a, b, two, c, present=two).head == whole
    assert whole.base == base_of([a.revision, b.revision, c.revision])
    later = edit(PEOPLE, two, "5", phone="7")  # work went on upon the merge of two
    done = settle(PEOPLE, ROOT, a, b, two, later, c)
    assert set(done.heads) == {later.revision, c.revision}
    assert done.head.body == {**whole.body, "phone": "7"}


def test_in_a_conflict_with_a_third_the_merge_of_two_stays() -> None:
    a, b = edit(PEOPLE, ROOT, "2", sex="1"), edit(PEOPLE, ROOT, "3", ethnicity="15")
    c = edit(PEOPLE, ROOT, "4", sex="2")
    two = settle(PEOPLE, ROOT, a, b).head
    done = settle(PEOPLE, ROOT, a, b, two, c, present=two)
    assert (done.head, done.aside, done.conflicts) == (two, (c.revision,), ("sex",))


# documents of records


def record(at: str, base: str | None = None, /, **doc: Any) -> Version:
    body = {"form": "dibao", "form_version": 1, "amount": doc.get("monthly_total")}
    return version("records", base, at, **body, doc=doc)


@pytest.fixture(scope="module")
def dibao() -> Rules:
    return rules_for("records", load_catalog(shipped_sources(), prove=False).forms["dibao"])


def test_money_and_accounts_of_a_form_are_strict_and_phones_newer(dibao: Rules) -> None:
    assert dibao.of("doc.monthly_total") == "strict"
    assert dibao.of("void") == ALONE
    assert dibao.of("doc.house_area") == "ask"
    assert dibao.group("doc.members[x].income_year") == "doc.members"
    assert dibao.mirrors["amount"] == "monthly_total"


def test_a_document_merges_by_path(dibao: Rules) -> None:
    root = record("1", house_count=1, monthly_total=50_000)
    one = record("2", root.revision, house_count=2, monthly_total=50_000)
    other = record("3", root.revision, house_count=1, monthly_total=60_000, house_structure="砖混")
    done = settle(dibao, root, one, other)
    assert done.head.body["doc"] == {"house_count": 2, "monthly_total": 60_000, "house_structure": "砖混"}
    assert done.head.body["amount"] == 60_000  # the typed column goes with its field
    third = record("4", root.revision, house_count=1, monthly_total=70_000)
    assert settle(dibao, root, other, third).conflicts == ("doc.monthly_total",)


MEMBERS = [{"key": "a", "name": "甲", "relation": "02"}, {"key": "b", "name": "乙"}]


def test_rows_of_one_table_changed_on_both_sides_are_asked(dibao: Rules) -> None:
    root = record("1", members=MEMBERS)
    one = record("2", root.revision, members=[*MEMBERS, {"key": "c", "name": "丙"}])
    other = record("3", root.revision, members=MEMBERS[:1])
    asked = settle(dibao, root, one, other).conflicts
    assert asked == ("doc.members[b]", "doc.members[c]")  # whole rows, not cell by cell
    history = History(dibao, (root, one, other))
    answer = history.answer(
        [one.revision, other.revision],
        {"doc.members[b]": other.revision, "doc.members[c]": one.revision},
    )
    assert answer["doc"]["members"] == [MEMBERS[0], {"key": "c", "name": "丙"}]


def test_rows_changed_on_one_side_only_come_over_in_order(dibao: Rules) -> None:
    root = record("1", members=MEMBERS, house_count=1)
    one = record("2", root.revision, members=[MEMBERS[1], MEMBERS[0], {"key": "c"}], house_count=1)
    other = record("3", root.revision, members=MEMBERS, house_count=3)
    doc = settle(dibao, root, one, other).head.body["doc"]
    assert doc["house_count"] == 3
    assert sorted(row["key"] for row in doc["members"]) == ["a", "b", "c"]


def test_publicity_only_grows_so_both_sides_rows_stay(dibao: Rules) -> None:
    root = record("1", house_count=1)
    one = record("2", root.revision, house_count=1, publicity=[{"key": "x", "from": "2026-11-01"}])
    other = record("3", root.revision, house_count=1, publicity=[{"key": "y", "from": "2026-11-02"}])
    rows_ = settle(dibao, root, one, other).head.body["doc"]["publicity"]
    assert sorted(row["key"] for row in rows_) == ["x", "y"]


# the rules' file


def test_every_column_of_every_table_has_a_rule() -> None:
    for name, table in schema.EXPORTED.items():
        rules = rules_for(name)
        assert {rules.of(column) for column in schema.body_columns(table)} <= {
            *("newer", "ask", "strict", "alone")
        }
        assert rules.of("void") == ALONE
    # what pays is never left to the later laptop
    for table, column in (("records", "amount"), ("bank_accounts", "number"), ("payment_items", "total")):
        assert rules_for(table).of(column) == "strict"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda text: text.replace("[table.terms]\ndefault = \"strict\"\n", ""), "没有写 terms"),
        (lambda text: text.replace('"phone", ', '"telefon", '), "people 没有 telefon"),
        (lambda text: text.replace('money   = "strict"', 'gold = "strict"'), "没有 gold 这种栏目"),
        (lambda text: text.replace('default = "ask"', 'default = "guess"', 1), "guess"),
        (lambda text: text + "\n[table.users]\ndefault = \"ask\"\n", "没有 users 这张表"),
        (lambda text: text.replace('strict  = ["id_type"', 'strict  = ["phone", "id_type"'), "两种合法"),
    ],
)  # fmt: skip
def test_rules_that_do_not_hold_are_refused(wrong: Any, told: str) -> None:
    text = (resources_dir() / "merging.toml").read_text("utf-8")
    assert read_policy(text) == shipped_policy()
    with pytest.raises(UserError, match=told) as refused:
        read_policy(wrong(text))
    assert refused.value.code == "merging_rules"


# order of arrival

_FIELDS = st.sampled_from(
    [("sex", "1"), ("sex", "2"), ("phone", "2"), ("phone", "3"), ("ethnicity", "15"), ("name", "罗成桂"),
     ("void", 1), ("id_number", "5"), ("death_date", "2026-11-01"), ("more", {"remark": "b"}),
     ("more", {"list": [{"key": "a", "n": 1}, {"key": "b"}]}), ("more", {"list": [{"key": "b", "n": 2}]}),
     ("more", {})]
)  # fmt: skip


@st.composite
def _graphs(draw: st.DrawFn) -> tuple[list[Version], random.Random]:
    """What several laptops made of one person: edits of any version, merges, and answers of several heads."""
    versions = [ROOT]
    for at in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(["edit", "edit", "edit", "merge", "answer"]))
        if kind == "edit":
            name, value = draw(_FIELDS)
            versions.append(edit(PEOPLE, draw(st.sampled_from(versions)), str(at), **{name: value}))
            continue
        some = draw(st.sets(st.sampled_from(range(len(versions))), min_size=1))
        known = _closed(versions, {versions[n].revision for n in some})
        history = History(PEOPLE, known)
        done = history.settle()
        if kind == "merge" and not done.conflicts:
            versions.append(done.head)
        elif kind == "answer" and len(done.heads) > 1:
            side = draw(st.sampled_from(done.heads))
            body = history.answer(done.heads, dict.fromkeys(done.conflicts, side))
            versions.append(version("people", base_of(done.heads), str(at), **body))
    return list({one.revision: one for one in versions}.values()), random.Random(draw(st.integers()))


def _closed(versions: list[Version], wanted: set[str]) -> list[Version]:
    by = {one.revision: one for one in versions}
    found: dict[str, Version] = {}
    stack = list(wanted)
    while stack:
        one = by[stack.pop()]
        found[one.revision] = one
        stack += one.parents
    return list(found.values())


@settings(max_examples=300, deadline=None)
@given(_graphs())
def test_any_order_of_the_same_versions_gives_the_same_row(
    drawn: tuple[list[Version], random.Random],
) -> None:
    versions, shuffler = drawn
    ends = []
    for _ in range(3):
        shuffled = list(versions)
        shuffler.shuffle(shuffled)
        history, present = History(PEOPLE), None
        waiting = shuffled
        while waiting:  # a version waits for those that it was made from, as in intake
            ready = [one for one in waiting if history.knows(one.base)]
            waiting = [one for one in waiting if one not in ready]
            for one in ready:
                history.add(one)
                done = history.settle(present)
                if done.made:
                    history.add(done.head)
                present = done.head.revision
        ends.append(done)
    first = ends[0]
    for other in ends[1:]:
        assert (other.heads, other.conflicts, other.told) == (first.heads, first.conflicts, first.told)
        if not first.conflicts:
            assert other.head.revision == first.head.revision
    # merging again what was merged changes nothing
    again = History(PEOPLE, [*versions, first.head]).settle(first.head.revision)
    assert (again.head.revision, again.heads) == (first.head.revision, first.heads)


@given(
    st.dictionaries(
        st.sampled_from("abc"),
        st.none() | st.integers() | st.sampled_from(['', '0absent', 'a[b]']) | st.lists(st.integers(), max_size=2)
        | st.lists(st.fixed_dictionaries({"key": st.sampled_from("xyz]"), "n": st.integers()}), max_size=3),
        max_size=3,
    )
)  # fmt: skip
def test_flattening_loses_nothing(more: dict[str, Any]) -> None:
    body = version("people", None, "1", name="罗成贵", more=more).body
    values = flatten(body, PEOPLE)
    built = build_body(values, [path for path in values if path.endswith("]")], PEOPLE)
    assert {"more": {}, **built} == body


def test_an_amount_that_the_office_stated_instead_of_the_calculated_one_is_an_amount() -> None:
    """One laptop states another amount, the other changes until when it is paid: nothing that pays merges by itself."""
    form = load_catalog(shipped_sources()).forms["elder_age"]
    money = next(
        path for path, field in form.fields.items() if field.type.name == "money" and not field.table
    )
    rules = rules_for("records", form)
    root = version("records", None, "1", form="elder_age", paid_through="2026-10", doc={"apply_channel": "6"})
    stated = edit(rules, root, "2", doc={**root.body["doc"], "stated": {money: 5000}})
    paid = edit(rules, root, "3", paid_through="2026-11")
    assert settle(rules, root, stated, paid, present=stated).conflicts
    phone = edit(rules, root, "3", form_version=2)
    assert not settle(rules, root, stated, phone, present=stated).conflicts
