"""抽查 before confirming: the share, the draw that anybody can do again, and what is refused without results."""

from __future__ import annotations

import hashlib
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.county.sampling import (
    Recheck,
    draw_sample,
    order_of,
    picked_samples,
    record_recheck,
    samples_of,
    sampling_standing,
    share_of,
    size_of,
)
from minzheng_desktop.store import audit, schema
from minzheng_desktop.store.rate_files import import_rates
from minzheng_desktop.values.errors import UserError
from tests.county.ledgers import BASHAN, XIUQI, Ledgers
from tests.exchange.offices import County, Town

TODAY = date(2026, 6, 18)
HOLDS = Recheck("visit", "2026-06-17", "唐敏", "holds", "独居，灶台有烟火")
DIFFERS = Recheck("phone", "2026-06-17", "唐敏", "differs", "已随女儿迁往外县")
HOW = {"kind": "confirm", "text": "同意", "number": "城民发〔2026〕12号"}


def waiting(county: County, number: int, form: str = "tekun", owner: str = XIUQI) -> list[str]:
    made = Ledgers(county.store, count=1000 * (form == "dibao") + 500 * (owner == BASHAN))
    with county.store.writing("test") as w:
        return [made.case(w, owner, form, made.person(w, owner)) for _ in range(number)]


def refusal(county: County, records: list[str]) -> UserError:
    with pytest.raises(UserError) as error:
        decide(county.store, records, **HOW)
    return error.value


def test_the_share_of_tekun_is_thirty_per_cent_rounded_up(county: County) -> None:
    """民发〔2021〕43号: not less than 30 %. ceil(0.3 × 10) = 3, ceil(0.3 × 11) = 4, ceil(0.3 × 1) = 1."""
    with county.store.reading() as r:
        share = share_of(r, "tekun", today=TODAY)
        assert share_of(r, "dibao", today=TODAY) == 0
    assert share == Fraction(3, 10)
    assert [size_of(share, number) for number in (1, 3, 4, 10, 11, 100)] == [1, 1, 2, 3, 4, 30]


def test_a_draw_can_be_done_again_from_the_audit(county: County) -> None:
    records = waiting(county, 6) + waiting(county, 5, owner=BASHAN)
    with county.store.reading() as r:
        head = audit.head_of(r.connection)[1]
        listed = sorted(f"{i}@{row['revision']}" for i, row in r.get_many("records", records).items())
    made = draw_sample(county.store, "tekun", today=TODAY)
    assert (len(made.records), len(made.picked), made.percent) == (11, 4, "30")
    with county.store.reading() as r:
        (detail,) = (
            row["detail"]
            for row in r.rows(sa.select(schema.audit).where(schema.audit.c.action == "draw_sample"))
        )
        standing = samples_of(r, records)
    seed = hashlib.sha256("\n".join(["tekun", head, *listed]).encode()).hexdigest()[:32]
    assert detail["seed"] == seed == made.seed
    assert detail["picked"] == list(made.picked) == order_of(seed, records)[:4]
    assert sorted(standing) == sorted(records)
    assert {one.rank for one in standing.values() if one.picked} == {1, 2, 3, 4}
    with pytest.raises(UserError) as again:
        draw_sample(county.store, "tekun", today=TODAY)
    assert again.value.code == "nothing_to_draw", "nobody draws until the sample suits him"


def test_nothing_is_confirmed_until_the_picked_ones_have_a_result(county: County) -> None:
    records = waiting(county, 5)
    assert "还没有抽样" in refusal(county, records).message
    made = draw_sample(county.store, "tekun", today=TODAY)
    first, second = made.picked
    others = [one for one in records if one not in made.picked]
    assert "抽中 2 件还没有抽查结果" in refusal(county, records).message
    record_recheck(county.store, first, HOLDS)
    assert "抽中 1 件" in refusal(county, others).message, "nor the ones that were not picked"
    record_recheck(county.store, second, DIFFERS)
    refused = refusal(county, records)
    assert [problem.path for problem in refused.problems] == [second]
    assert "已随女儿迁往外县" in refused.message
    decide(county.store, [one for one in records if one != second], **HOW)
    decide(county.store, [second], kind="deny", text="不符合条件", number="13号")
    d = schema.decisions.c
    with county.store.reading() as r:
        texts = {row["record"]: row["text"] for row in r.rows(sa.select(d.record, d.text))}
        assert picked_samples(r) == []
    assert texts[first] == "同意（入户抽查 2026-06-17 唐敏：属实，独居，灶台有烟火）"
    assert texts[second] == "不符合条件（电话抽查 2026-06-17 唐敏：不属实，已随女儿迁往外县）"
    assert {texts[one] for one in others} == {"同意"}


def test_what_is_returned_unchecked_is_replaced_by_the_next_of_the_draw(county: County) -> None:
    waiting(county, 7)  # ceil(0.3 × 7) = 3 picked; after one is returned ceil(0.3 × 6) = 2 are enough
    made = draw_sample(county.store, "tekun", today=TODAY)
    assert len(made.picked) == 3
    decide(county.store, made.picked[:2], kind="return", text="缺评估表", number="")
    with county.store.reading() as r:
        left = [one.record for one in picked_samples(r)]
    assert left == [made.picked[2], made.records[3]], "ceil(0.3 × 5) = 2 of the five that are left"


def test_what_changed_since_the_draw_is_drawn_again(county: County) -> None:
    records = waiting(county, 3)
    made = draw_sample(county.store, "tekun", today=TODAY)
    record_recheck(county.store, made.picked[0], HOLDS)
    changed = next(one for one in records if one != made.picked[0])
    with county.store.writing("test") as w:
        w.put("records", {"id": changed, "village": "500229106201"})
    assert [p.path for p in refusal(county, records).problems] == [changed]
    assert draw_sample(county.store, "tekun", today=TODAY).records == (changed,)


def test_forms_without_a_share_need_no_sample(county: County) -> None:
    records = waiting(county, 2, form="dibao")
    with pytest.raises(UserError) as none:
        draw_sample(county.store, "dibao", today=TODAY)
    assert none.value.code == "no_sampling"
    assert len(decide(county.store, records, **HOW).ids) == 2


def test_a_result_says_how_who_when_and_what_differs(county: County) -> None:
    waiting(county, 2)
    made = draw_sample(county.store, "tekun", today=TODAY)
    for wrong in (
        Recheck("mail", "2026-06-17", "唐敏", "holds"),
        Recheck("visit", "", "唐敏", "holds"),
        Recheck("visit", "2026-06-17", " ", "holds"),
        Recheck("visit", "2026-06-17", "唐敏", "differs"),
    ):
        with pytest.raises(UserError) as bad:
            record_recheck(county.store, made.picked[0], wrong)
        assert bad.value.code == "bad_recheck"
    with pytest.raises(UserError) as other:
        record_recheck(county.store, made.records[1], HOLDS)
    assert other.value.code == "not_picked"


def set_shares(county: County, folder: Path, **percent: str) -> None:
    """Publish shares as the county does, in a file of rates."""
    file = folder / "shares.toml"
    rates = [
        f'[rate."limit.{form}.sample_percent"]\ntitle = "抽查"\nunit = "percent"\n'
        f'values = [ {{ from = "2026-01-01", value = "{value}", doc = "城民发〔2026〕1号" }} ]\n'
        for form, value in percent.items()
    ]
    file.write_text("\n".join(['area = "500229"', *rates]), "utf-8")
    import_rates(county.store, file)


def test_the_county_sets_the_share_of_other_forms_but_never_below_the_least(
    county: County, tmp_path: Path
) -> None:
    set_shares(county, tmp_path, dibao="12.5", tekun="10")
    with county.store.reading() as r:
        assert share_of(r, "dibao", today=TODAY) == Fraction(1, 8)
        assert share_of(r, "tekun", today=TODAY) == Fraction(3, 10), "not below what the ministry asks for"
    waiting(county, 9, form="dibao")
    assert len(draw_sample(county.store, "dibao", today=TODAY).picked) == 2  # ceil(9 ÷ 8)


def test_the_result_travels_with_the_decision(town: Town, county: County, tmp_path: Path) -> None:
    set_shares(county, tmp_path, elder_age="20")
    record = town.add_reported_elder()
    first = town.export()
    assert first.file is not None
    county.receive(first.file)
    assert draw_sample(county.store, "elder_age", today=TODAY).picked == (record,)
    record_recheck(county.store, record, HOLDS)
    decide(county.store, [record], kind="return", text="缺户口簿", number="")
    town.apply(county.receive(first.file)[0].receipt)
    assert town.state(record) == "county_returned"
    s = schema.steps
    with town.store.reading() as r:
        step = r.one(sa.select(s).where(s.c.record == record, s.c.step == "return"))
    assert step is not None
    assert step["ground"]["opinion"] == "缺户口簿（入户抽查 2026-06-17 唐敏：属实，独居，灶台有烟火）"


def test_what_is_picked_and_changed_leaves_no_smaller_share(county: County) -> None:
    """ceil(0.3 × 10) = 3 are picked; where the township writes all three anew, ceil(0.3 × 7) = 3 of the others."""
    records = waiting(county, 10)
    made = draw_sample(county.store, "tekun", today=TODAY)
    assert len(made.picked) == 3
    with county.store.writing("test") as w:
        for one in made.picked:
            w.put("records", {"id": one, "village": "500229106201"})
    others = [one for one in records if one not in made.picked]
    assert "请再抽一次样补足" in refusal(county, others).message
    with county.store.reading() as r:
        (standing,) = sampling_standing(r, today=TODAY)
    assert (standing.undrawn, standing.picked, standing.short) == (3, 0, 3)
    draw_sample(county.store, "tekun", today=TODAY)
    with county.store.reading() as r:
        picked = {
            one.record for one in picked_samples(r, draw=made.id) if one.picked and one.record in others
        }
    assert picked == set(made.records[3:6])
    for one in picked:
        record_recheck(county.store, one, HOLDS)
    assert len(decide(county.store, others, **HOW).ids) == 7
