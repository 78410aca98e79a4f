"""The shipped forms on hand-made documents: every expected value from domain.md or by hand arithmetic."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from minzheng_desktop.catalog.engine import Env, Evaluation, Evaluator
from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources

AREA = "500229201"
TODAY = date(2024, 9, 20)
BATH: dict[str, Any] = {
    "served_on": "2024-09-10", "provider": "f", "place": "1", "times": 1, "temperature": 365, "systolic": 120,
}  # fmt: skip
TEKUN: dict[str, Any] = {"id": "t", "state": "active", "support_mode": "2", "selfcare_level": "3"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(shipped_sources())


def member(key: str, relation: str, birth: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "person": key, "name": key, "relation": relation, "birth_date": birth, **more}


def income(key: str, who: str, cents: int, **more: Any) -> dict[str, Any]:
    return {"key": key, "member": who, "kind": "2", "source": "种植", "annual_amount": cents, **more}


def dibao_document(evaluator: Evaluator, **more: Any) -> dict[str, Any]:
    """Three people with 9,200.00 a year, as the printed sample of the approval form."""
    return {
        **evaluator.form.new_document(),
        "apply_channel": "1",
        "apply_date": "2024-08-06",
        "accept_date": "2024-08-07",
        "relative_of_staff": False,
        "dibao_type": "2",
        "dibao_class": "B",
        "poverty_cause": "01",
        "democratic_review": "到会11人，同意11人",
        "town_result": "1",
        "town_opinion": "拟同意",
        "members": [
            member("a", "02", "1958-04-13"),
            member("b", "10", "1956-02-11"),
            member("c", "32", "2007-06-24", classified="minor"),
        ],
        "incomes": [income("1", "a", 320000), income("2", "b", 600000)],
        "investigations": [
            {
                "key": "1",
                "date": "2024-08-12",
                "method": "1",
                "investigators": ["甲", "乙"],
                "findings": "属实",
            }
        ],
        "verifications": [
            {"key": "1", "request_date": "2024-08-08", "reply_date": "2024-08-14", "result": "1"}
        ],
        **more,
    }


def judge(
    catalog: Catalog,
    form: str,
    document: dict[str, Any],
    *,
    state: str = "draft",
    step: str | None = None,
    **env: Any,
) -> Evaluation:
    evaluator = Evaluator(catalog.forms[form], catalog)
    subject: dict[str, Any] = {} if form in ("bath", "elder_age", "tekun") else {"household": {"id": "h"}}
    return evaluator.evaluate(
        document, Env(**{"today": TODAY, "state": state, "step": step, "area": AREA, **subject, **env})
    )


def sentences(evaluation: Evaluation, level: str = "error") -> list[str]:
    return [problem.message for problem in evaluation.problems if problem.level == level]


class TestDibao:
    @pytest.fixture
    def evaluator(self, catalog: Catalog) -> Evaluator:
        return Evaluator(catalog.forms["dibao"], catalog)

    def test_income_per_head_is_the_years_total_over_12_and_the_family(
        self, catalog: Catalog, evaluator: Evaluator
    ) -> None:
        found = judge(catalog, "dibao", dibao_document(evaluator))
        assert sentences(found) == []
        # 9,200.00 ÷ 12 ÷ 3 = 255.555…, shown as 255.56
        assert found.values["income_total_year"] == 920000
        assert found.values["income_per_capita"] == 25556
        assert (found.values["household_size"], found.values["covered_size"]) == (3, 3)

    def test_what_the_money_rule_gets(self, catalog: Catalog, evaluator: Evaluator) -> None:
        inputs = evaluator.inputs(judge(catalog, "dibao", dibao_document(evaluator)))
        assert inputs == {
            "area": "2",
            "income_year": 920000,
            "size": 3,
            "covered": 3,
            "mode": "1",
            "grade": None,
            "classified": [None, None, "minor"],
            "grace_from": None,
            "grace_to": None,
            "grace_amount": None,
            "single": None,
        }

    def test_exempt_income_and_deducted_expenses(self, catalog: Catalog, evaluator: Evaluator) -> None:
        document = dibao_document(
            evaluator,
            incomes=[income("1", "a", 320000), income("2", "b", 120000, counted=False, exempt_reason="7")],
            expenses=[
                {
                    "key": "1",
                    "member": "a",
                    "kind": "1",
                    "annual_amount": 20000,
                    "deducted": True,
                    "note": "x",
                },
                {"key": "2", "member": "a", "kind": "3", "annual_amount": 90000, "deducted": False},
            ],
        )
        assert judge(catalog, "dibao", document).values["income_total_year"] == 300000

    def test_deductions_never_make_an_income_negative(self, catalog: Catalog, evaluator: Evaluator) -> None:
        document = dibao_document(
            evaluator,
            expenses=[
                {
                    "key": "1",
                    "member": "a",
                    "kind": "1",
                    "annual_amount": 990000,
                    "deducted": True,
                    "note": "x",
                }
            ],
        )
        assert judge(catalog, "dibao", document).values["income_total_year"] == 0

    @pytest.mark.parametrize(
        ("reason", "size"),
        [("1", 3), ("2", 3), ("6", 3), ("7", 4), ("8", 4)],
    )  # 57号第7条: prisoners and others do not count as family; an orphan or a single-person case still does
    def test_who_does_not_count(self, catalog: Catalog, evaluator: Evaluator, reason: str, size: int) -> None:
        document = dibao_document(evaluator)
        document["members"].append(
            member("d", "20", "1985-01-01", in_covered=False, not_counted_reason=reason)
        )
        document["incomes"].append(income("3", "d", 1000000))
        found = judge(catalog, "dibao", document)
        assert (found.values["household_size"], found.values["covered_size"]) == (size, 3)
        assert found.values["income_total_year"] == (1920000 if size == 4 else 920000)

    def test_a_member_who_left_is_neither_counted_nor_paid_for(
        self, catalog: Catalog, evaluator: Evaluator
    ) -> None:
        document = dibao_document(evaluator)
        document["members"][2] |= {"leave_date": "2024-09-01", "leave_reason": "hukou_out"}
        found = judge(catalog, "dibao", document)
        assert (found.values["household_size"], found.values["covered_size"]) == (2, 2)
        assert evaluator.inputs(found)["classified"] == [None, None, None]

    def test_a_kind_of_add_on_fits_the_age(self, catalog: Catalog, evaluator: Evaluator) -> None:
        document = dibao_document(evaluator)
        document["members"][0]["classified"] = "elderly70"  # 66 on the day of application
        assert sentences(judge(catalog, "dibao", document, state="submitted")) == ["分类施保类别与年龄不符"]

    @pytest.mark.parametrize("relations", [("10", "20", "30"), ("02", "02", "30"), ("01", "02", "30")])
    def test_the_head_stands_once(
        self, catalog: Catalog, evaluator: Evaluator, relations: tuple[str, ...]
    ) -> None:
        document = dibao_document(evaluator)
        document["members"] = [
            member(name, rel, "1980-01-01") for name, rel in zip("abc", relations, strict=True)
        ]
        assert "户主要在成员表里，且只出现一次" in sentences(
            judge(catalog, "dibao", document, state="submitted")
        )

    def test_no_opinion_before_the_check_came_back(self, catalog: Catalog, evaluator: Evaluator) -> None:
        document = dibao_document(evaluator, verifications=[{"key": "1", "request_date": "2024-08-08"}])
        found = judge(catalog, "dibao", document, state="investigating", step="review")
        assert sentences(found) == ["核对报告还没有回复，不能提出审核意见"]

    def test_one_investigator_is_not_enough(self, catalog: Catalog, evaluator: Evaluator) -> None:
        document = dibao_document(evaluator)
        document["investigations"][0]["investigators"] = ["甲"]
        assert len(sentences(judge(catalog, "dibao", document, state="investigating"))) == 1

    @pytest.mark.parametrize(
        ("today", "result", "possible"),
        [
            ("2024-09-16", "1", False),
            ("2024-09-17", "1", True),
            ("2024-09-17", None, False),
            ("2024-09-17", "2", False),
        ],
    )  # posted on 9 September for 7 days: the last day is the 16th
    def test_publicity_runs_its_days(
        self, catalog: Catalog, evaluator: Evaluator, today: str, result: str | None, possible: bool
    ) -> None:
        row = {"key": "1", "stage": "1", "place": "村务公开栏", "start_date": "2024-09-09", "result": result}
        if result == "2":
            row["objections"] = "有人反映"
        document = dibao_document(evaluator, publicity=[row])
        found = judge(
            catalog,
            "dibao",
            document,
            state="publicizing",
            step="end_publicity",
            today=date.fromisoformat(today),
        )
        assert found.values["publicity"][0]["end_date"] == "2024-09-16"
        assert found.ok is possible

    def test_a_second_notice_after_an_objection_lasts_three_days(
        self, catalog: Catalog, evaluator: Evaluator
    ) -> None:
        row = {"key": "2", "stage": "2", "place": "村务公开栏", "start_date": "2024-09-20"}
        found = judge(catalog, "dibao", dibao_document(evaluator, publicity=[row]))
        assert (found.values["publicity"][0]["days"], found.values["publicity"][0]["end_date"]) == (
            3,
            "2024-09-23",
        )

    @pytest.mark.parametrize(
        ("kind", "area", "due"),
        [
            ("A", "2", "2025-03-31"),
            ("B", "2", "2024-09-30"),
            ("C", "1", "2024-04-30"),
            ("C", "2", "2024-06-30"),
        ],
    )  # 重庆条例第26条: a year, half a year, a month in towns, a quarter in the country
    def test_recheck_dates(
        self, catalog: Catalog, evaluator: Evaluator, kind: str, area: str, due: str
    ) -> None:
        document = dibao_document(
            evaluator, dibao_class=kind, dibao_type=area, last_recheck_date="2024-03-31"
        )
        assert judge(catalog, "dibao", document, state="active").values["next_recheck_date"] == due

    def test_grace_lasts_six_months_at_most(self, catalog: Catalog, evaluator: Evaluator) -> None:
        grace = {"grace_from": "2024-10", "grace_amount": 30000}
        fits = dibao_document(evaluator, **grace, grace_to="2025-03")
        longer = dibao_document(evaluator, **grace, grace_to="2025-04")
        assert sentences(judge(catalog, "dibao", fits, state="active")) == []
        assert sentences(judge(catalog, "dibao", longer, state="active")) == [
            "渐退期超过上限，或止月早于起月"
        ]

    def test_a_roster_row_needs_no_invented_dates(self, catalog: Catalog, evaluator: Evaluator) -> None:
        document = {
            **evaluator.form.new_document(),
            "apply_channel": "6",
            "dibao_type": "2",
            "members": [member("a", "02", "1958-04-13")],
            "stated": {
                "household_size": 3,
                "covered_size": 3,
                "income_total_year": 1116000,
                "monthly_total": 97500,
            },
        }
        found = judge(catalog, "dibao", document, state="active")
        assert sentences(found) == []
        assert found.values["income_per_capita"] == 31000  # domain §8 example 4
        inputs = evaluator.inputs(found)
        assert (inputs["income_year"], inputs["size"], inputs["covered"]) == (1116000, 3, 3)

    def test_single_person_cases_cover_one(self, catalog: Catalog, evaluator: Evaluator) -> None:
        document = dibao_document(evaluator, single_by_hardship=True, single_basis="4")
        assert len(sentences(judge(catalog, "dibao", document, state="submitted"))) == 1


class TestTekun:
    @pytest.mark.parametrize(
        ("unable", "level"), [(0, "1"), (1, "2"), (3, "2"), (4, "3"), (6, "3")]
    )  # 43号: all six 具备, one to three missing 部分丧失, four and more 完全丧失
    def test_six_items_give_the_level(self, catalog: Catalog, unable: int, level: str) -> None:
        items = ["eat", "dress", "bed", "toilet", "walk", "bath"]
        answers = {f"selfcare_{item}": at >= unable for at, item in enumerate(items)}
        found = judge(catalog, "tekun", {"support_mode": "2", **answers}, person={"birth_date": "1950-01-01"})
        assert (found.values["unable_count"], found.values["selfcare_level"]) == (unable, level)

    def test_an_open_item_leaves_the_level_open(self, catalog: Catalog) -> None:
        found = judge(catalog, "tekun", {"selfcare_eat": True}, person={"birth_date": "1950-01-01"})
        assert found.values.get("selfcare_level") is None

    @pytest.mark.parametrize(
        ("kind", "birth", "right"),
        [
            ("1", "1964-08-06", True),
            ("1", "1964-08-07", False),
            ("3", "2010-01-01", True),
            ("3", "2006-01-01", False),
        ],
    )
    def test_age_fits_the_kind_of_person(self, catalog: Catalog, kind: str, birth: str, right: bool) -> None:
        document = {"target_kind": kind, "apply_date": "2024-08-06", "apply_channel": "1"}
        found = judge(catalog, "tekun", document, state="submitted", person={"birth_date": birth})
        assert ("老年人须满60周岁；未成年人须不满18周岁" not in sentences(found)) is right

    def test_the_person_in_a_dibao_household_is_warned_of(self, catalog: Catalog) -> None:
        document = {"target_kind": "1", "apply_date": "2024-08-06"}
        person = {"birth_date": "1950-01-01"}
        for dibao, expected in (({"id": "x", "state": "active"}, 1), (None, 0)):
            found = judge(
                catalog,
                "tekun",
                document,
                state="draft",
                step="submit",
                person=person,
                lookups={"dibao": dibao},
            )
            assert len([s for s in sentences(found, "warning") if "低保户" in s]) == expected


class TestElderAge:
    @pytest.mark.parametrize(
        ("birth", "tier"),
        [("1944-09-21", None), ("1944-09-20", "80_89"), ("1934-09-21", "80_89"), ("1934-09-20", "90_99"),
         ("1924-09-20", "100")],
    )  # fmt: skip
    def test_tier_of_today(self, catalog: Catalog, birth: str, tier: str | None) -> None:
        found = judge(catalog, "elder_age", {}, person={"birth_date": birth})
        assert found.values.get("tier_code") == tier

    def test_registered_two_months_ahead_but_not_earlier(self, catalog: Catalog) -> None:
        document = {"apply_channel": "1", "apply_date": "2024-09-20", "relative_of_staff": False}
        for birth, problems in (("1944-11-20", 0), ("1944-11-21", 1)):
            found = judge(catalog, "elder_age", document, state="submitted", person={"birth_date": birth})
            assert len(sentences(found)) == problems, birth

    def test_poor_kind_follows_the_other_records(self, catalog: Catalog) -> None:
        record = {"id": "x", "state": "active"}
        for here, kind in (({}, "0"), ({"dibao": record}, "1"), ({"tekun": record, "dibao": record}, "2")):
            lookups = {"dibao": None, "tekun": None, "dibian": None, **here}
            found = judge(catalog, "elder_age", {}, person={"birth_date": "1940-01-01"}, lookups=lookups)
            assert found.values["poor_kind"] == kind

    def test_the_rule_gets_the_birth_date(self, catalog: Catalog) -> None:
        found = judge(catalog, "elder_age", {}, person={"birth_date": "1934-05-20"})
        assert Evaluator(catalog.forms["elder_age"], catalog).inputs(found) == {"birth_date": "1934-05-20"}


class TestBath:
    def look(self, catalog: Catalog, tekun: dict[str, Any] | None, used: int = 0, **more: Any) -> Evaluation:
        lookups = {"tekun": tekun, "times_this_month": used}
        document = {**BATH, **more}
        return judge(catalog, "bath", document, state="registered", person={"name": "甲"}, lookups=lookups)

    def test_scattered_and_fully_disabled_is_right(self, catalog: Catalog) -> None:
        assert sentences(self.look(catalog, TEKUN)) == []

    @pytest.mark.parametrize(
        "tekun",
        [None, {**TEKUN, "support_mode": "1"}, {**TEKUN, "selfcare_level": "2"}],
    )
    def test_nobody_else_is_paid_for(self, catalog: Catalog, tekun: dict[str, Any] | None) -> None:
        assert sentences(self.look(catalog, tekun)) == ["只补助分散供养、完全丧失自理能力的特困人员"]

    @pytest.mark.parametrize(
        ("more", "sentence"),
        [({"temperature": 373}, "发热不得助浴"), ({"skin_broken": True}, "皮损不得助浴"),
         ({"systolic": 170}, "收缩压不能大于 160")],
    )  # fmt: skip
    def test_no_service_against_health(self, catalog: Catalog, more: dict[str, Any], sentence: str) -> None:
        assert sentences(self.look(catalog, TEKUN, **more)) == [sentence]

    def test_over_the_month_is_a_warning(self, catalog: Catalog) -> None:
        assert sentences(self.look(catalog, TEKUN, used=1), "warning") == []
        assert sentences(self.look(catalog, TEKUN, used=2), "warning") == ["超过本月补助次数上限，多出的不补"]


class TestDibian:
    def test_ceiling_is_one_and_a_half_of_the_standard(self, catalog: Catalog) -> None:
        document = {
            "apply_channel": "1",
            "apply_date": "2024-09-06",
            "dibian_type": "2",
            "members": [member("a", "02", "1970-01-01")],
        }
        found = judge(catalog, "dibian", document)
        assert found.values["income_ceiling"] == 95250  # 635.00 × 1.5

    def test_valid_for_a_year(self, catalog: Catalog) -> None:
        found = judge(catalog, "dibian", {"valid_from": "2024-02-29", "members": []})
        assert found.values["valid_to"] == "2025-02-28"
