"""The demonstration county: the report's figures are those of domain §15, the checks find what was put in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.catalog.load import load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.county.behind import Question, look_behind
from minzheng_desktop.county.radar import TWICE, run_radar, sum_cases
from minzheng_desktop.county.summary import summarise_towns, trend
from minzheng_desktop.demo.county.dials import load_dials, part, spread
from minzheng_desktop.demo.county.make import CountyDemonstration, make_county
from minzheng_desktop.demo.county.plans import plans
from minzheng_desktop.demo.county.plants import TWICE_IN_DIBAO
from minzheng_desktop.demo.township import PASSWORD, USER
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError

TODAY = date(2026, 11, 29)
RULES = [f"C{n:02d}" for n in range(1, 18)]

EQUAL = {
    "dibao_households": 4829, "dibao_persons": 10661, "dibao_avg_size": 2.21, "tekun_persons": 1862,
    "linshi_times": 954, "edge_households": 823, "edge_persons": 2278, "single_household_persons": 384,
    "low_income_pool_persons": 20844, "low_income_pool_other": 6043, "orphan_defacto_children": 122,
    "orphan_defacto_amount": 160.04, "orphan_defacto_avg": 13118.03, "student_orphan_count": 15,
    "student_defacto_count": 14, "student_amount": 23.5745, "leftbehind_children": 1615, "migrant_children": 322,
    "rescue_campaigns": 3, "vagrant_times": 27, "vagrant_placed": 3, "vagrant_no_death_years": 21,
    "online_apply_ratio": 99.3, "elder_age_std_min": 100, "elder_age_std_max": 6000, "meal_std": "5–6",
    "demo_canteen": 1, "bath_std": "110", "talent_std_min": 100, "talent_std_max": 300, "visit_mechanism": 1,
    "care_center5_operating": 1, "care_center6_main_done": 1, "nursing_beds_added": 260, "star3_centers": 1,
    "inst_problems_fixed": 2, "yanglao_cloud": 1, "grave_treat_rate": 100, "civil_funeral_rate": 100,
    "funeral_petition": 0, "funeral_opinion": 0, "marriage_pairs": 1864, "group_wedding": 1,
    "psych_children": 3276, "casework_count": 32,
}  # fmt: skip
"""Domain §15, rows eq, derived, fact and std: the county's 2024 report."""

AT_LEAST = {
    "relief_fund_total": 100_000_000, "relief_goods_value": 2, "online_apply_times": 3465,
    "online_ratio_community": 90, "meal_times": 60_000, "class_sessions": 500, "class_children": 800,
    "upgrade_invest": 150, "retrofit_households": 800, "training_times": 300, "grave_moved": 400,
    "psych_sessions": 50, "minor_service_times": 68, "fund_inflow": 10,
}  # fmt: skip
"""Domain §15, rows ge: "more than" the number."""


def value(figures: Mapping[str, Any], key: str) -> Any:
    found = figures["indicators"][key]["value"]
    return str(found) if key in ("meal_std", "bath_std") else found


def assert_shared_out(figures: Mapping[str, Any]) -> None:
    """by_township sums to the value wherever there is one; derived figures have none."""
    for key, one in figures["indicators"].items():
        if one.get("by_township") and one["value"] is not None:
            shared = sum(v or 0 for v in one["by_township"].values())
            assert shared == pytest.approx(one["value"], abs=0.0001), key


def assert_nothing_else_found(made: CountyDemonstration) -> None:
    assert set(made.findings) == set(made.planted)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> CountyDemonstration:
    """Five townships that share a fiftieth of the county."""
    folder = tmp_path_factory.mktemp("county") / "demo"
    return make_county(folder, scale=0.02, today=TODAY, say=lambda _: None, towns=5)


@pytest.mark.slow
def test_a_small_county_counts_what_it_was_given(few: CountyDemonstration) -> None:
    """A fiftieth of the dials, rounded half up: 4829 × 0.02 = 96.58, 10661 × 0.02 = 213.22, and so on."""
    wanted = {
        "dibao_households": 97, "dibao_persons": 213, "tekun_persons": 37, "linshi_times": 19, "edge_households": 16,
        "edge_persons": 46, "single_household_persons": 8, "leftbehind_children": 32, "migrant_children": 6,
        "marriage_pairs": 37, "psych_children": 66, "low_income_pool_other": 121, "retrofit_households": 16,
        "funeral_petition": 0, "civil_funeral_rate": 100,
    }  # fmt: skip
    assert {key: value(few.figures, key) for key in wanted} == wanted
    assert_shared_out(few.figures)


@pytest.mark.slow
def test_the_checks_find_what_was_put_in_and_nothing_else(few: CountyDemonstration) -> None:
    assert_nothing_else_found(few)
    assert {"C01", "C03", "C04", "C10"} <= {one.rule for one in few.findings}


@pytest.mark.slow
def test_everything_named_is_there(few: CountyDemonstration) -> None:
    for file in (
        few.county,
        *few.towns,
        few.report,
        *(few.report.with_suffix(s) for s in (".xlsx", ".docx", ".json")),
    ):
        assert file.stat().st_size > 5000, file


@pytest.mark.slow
def test_the_board_sums_what_the_townships_locked(few: CountyDemonstration) -> None:
    """The county's figures come by packages; the townships' own databases say what they should be."""
    locked: dict[str, dict[str, int]] = {}
    for file in few.towns:
        with Store.open(file, user=USER, password=PASSWORD) as town, town.reading() as r:
            b = schema.payment_batches.c
            query = sa.select(b.month, sa.func.sum(b.total)).where(b.void == 0).group_by(b.month)
            locked[town.site.division] = {month: int(total) for month, total in r.connection.execute(query)}
    with Store.open(few.county, password=PASSWORD) as county, county.reading() as r:
        towns = {one.division: one for one in summarise_towns(r, month="2024-12")}
        shown = trend(r, month="2024-12")
        for division, of_month in locked.items():
            one = towns[division]
            wrong = {
                fault.division for fault in few.planted if fault.rule == "C15"
            }  # totals that are not the sum
            if division not in wrong:
                assert (one.total, one.before) == (of_month["2024-12"], of_month["2024-11"]), one.name
            for month, cents in (("2024-12", one.total), ("2024-11", one.before)):
                assert look_behind(r, Question("ledger", division, month)).cents == cents
            assert len(look_behind(r, Question("findings", division)).lines) == one.findings
            assert len(look_behind(r, Question("waiting", division)).lines) == one.waiting
        for month in shown.months:
            whole = sum(shown.cents.get((month, part), 0) for part in shown.groups)
            assert look_behind(r, Question("ledger", month=month)).cents == whole


@pytest.mark.slow
def test_the_radar_finds_the_double_payments_that_were_put_in(few: CountyDemonstration) -> None:
    with Store.open(few.county, password=PASSWORD) as county:
        found = run_radar(county, month="2024-12", today=date(2024, 12, 31))
        sums = sum_cases(found)
    planted = {fault.rule for fault in few.planted} & {"C01", "C02", "C03", "C04", "C05"}
    assert planted <= {case.rule for case in found}
    for rule in ("C01", "C04"):
        assert all(case.cents > 0 for case in found if case.rule == rule and case.kind == TWICE)
    assert sums["", ""].cents == sum(case.cents for case in found)


@pytest.mark.county
def test_the_report_of_the_whole_county_is_that_of_2024(tmp_path: Path) -> None:
    made = make_county(tmp_path / "demo", scale=1, today=TODAY, say=lambda _: None)
    assert {key: value(made.figures, key) for key in EQUAL} == EQUAL
    short = {k: value(made.figures, k) for k, least in AT_LEAST.items() if not value(made.figures, k) > least}
    assert not short
    assert abs(value(made.figures, "entitlement_check_times") - 15400) <= 50
    assert_shared_out(made.figures)
    assert_nothing_else_found(made)
    counts = {rule: len({f.division for f in made.planted if f.rule == rule}) for rule in RULES}
    assert all(2 <= count <= 4 for count in counts.values()), counts


def test_shares_sum_to_the_whole() -> None:
    """Largest remainder: 10 over 3 : 3 : 1 is 4.29, 4.29, 1.43 → 4, 4, 2."""
    assert part(10, [3, 3, 1]) == [4, 4, 2]
    assert sum(part(4829, [7, 11, 3])) == 4829


def test_sizes_keep_their_bounds() -> None:
    sizes = spread(23, 10, least=1, most=6, turn=[n / 10 for n in range(10)])
    assert (sum(sizes), min(sizes), max(sizes) <= 6, len(sizes)) == (23, 1, True, 10)


@pytest.mark.parametrize("scale", [0.0, 0.001, 1.5])
def test_a_scale_that_cannot_be_shared_out_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(UserError, match="规模写"):
        make_county(tmp_path / "demo", scale=scale, today=TODAY, say=lambda _: None)
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("scale", [0.01, 0.02, 0.05, 0.1, 0.33, 1])
def test_every_township_can_be_made_from_its_share(scale: float) -> None:
    """Nobody has fewer households than he must name, nor more people than six to a household."""
    catalog = load_catalog(shipped_sources())
    weights = [len(catalog.divisions.villages(town.code)) for town in catalog.divisions.towns]
    for at, (plan, _) in enumerate(plans(load_dials(), weights, scale)):
        twice = sum(at in pair for pair in TWICE_IN_DIBAO)
        families = plan["dibao_households"] - plan["single_persons"] - twice
        people = plan["dibao_persons"] - plan["single_persons"] - twice
        assert families >= 0, (at, plan)
        assert families <= people <= 6 * families, (at, plan)
        assert plan["edge_households"] <= plan["edge_persons"] <= 6 * plan["edge_households"], (at, plan)
