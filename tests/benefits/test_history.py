"""Steps of the shipped workflows read as changes of payment, and the months that follow (domain §2.10, §3.10)."""

from __future__ import annotations

from typing import Any

import pytest

from minzheng_desktop.benefits.entitlement import find_spans, in_force, standing
from minzheng_desktop.benefits.history import Reader, StepRow
from minzheng_desktop.benefits.months import name_months, number_of, text_of
from minzheng_desktop.catalog import seeds
from minzheng_desktop.catalog.load import Catalog, load_catalog
from tests.benefits.samples import change, entitled, household, term


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(seeds.shipped_sources())


@pytest.fixture
def reader(catalog: Catalog) -> Reader:
    form = catalog.forms["dibao"]
    assert form.benefit is not None
    return Reader(form.workflow, states=form.benefit.states)


def step(
    name: str,
    before: str | None,
    after: str,
    month: str | None = None,
    *,
    at: str = "2024-05-20",
    **ground: Any,
) -> StepRow:
    return StepRow(name, before, after, f"{at}T09:00:00+08:00", month, "town", ground)


CONFIRM = step("confirm", "reported", "confirmed", "2024-01")
ACTIVATE = step("activate", "confirmed", "active")


def effects(reader: Reader, *steps: StepRow) -> list[tuple[str, str, bool]]:
    return [(c.effect, text_of(c.month), c.back_pay) for c in reader.read_case(steps)]


def test_confirmation_opens_and_activation_adds_nothing(reader: Reader) -> None:
    assert effects(reader, CONFIRM, ACTIVATE) == [("pay", "2024-01", False)]


def test_steps_before_the_confirmation_open_nothing(reader: Reader) -> None:
    assert (
        effects(reader, step("accept", "submitted", "accepted"), step("report", "publicized", "reported"))
        == []
    )


def test_a_change_under_way_and_a_hearing_keep_paying(reader: Reader) -> None:
    moving = [
        step("propose_change", "active", "change_pending"),
        step("confirm_change", "change_pending", "active", "2024-06"),
        step("hear", "active", "hearing"),
        step("keep", "hearing", "active"),
    ]
    assert effects(reader, CONFIRM, ACTIVATE, *moving) == [("pay", "2024-01", False)]


def test_suspension_and_resumption(reader: Reader) -> None:
    """The workflow's resume pays back unless the step says otherwise (domain §3.10④)."""
    held = [CONFIRM, step("suspend", "confirmed", "suspended", "2024-04", reason="逾期未认证")]
    resumed = step("resume", "suspended", "active", "2024-06")
    silent = step("resume", "suspended", "active", "2024-06", back_pay=False)
    assert effects(reader, *held, resumed)[1:] == [("hold", "2024-04", False), ("pay", "2024-06", True)]
    assert effects(reader, *held, silent)[-1] == ("pay", "2024-06", False)


def test_a_hearing_about_someone_suspended_pays_only_when_kept(reader: Reader) -> None:
    held = [
        CONFIRM,
        step("suspend", "confirmed", "suspended", "2024-04"),
        step("hear", "suspended", "hearing"),
    ]
    assert effects(reader, *held)[-1] == ("hold", "2024-04", False)
    kept = step("keep", "hearing", "active", at="2024-06-10")
    assert effects(reader, *held, kept)[-1] == ("pay", "2024-07", False)


def test_a_stop_without_a_month_counts_from_the_next(reader: Reader, catalog: Catalog) -> None:
    """Domain §8.2: 减发、停发 from the month after the decision, or the same where the county says current."""
    stop = step("confirm_stop", "hearing", "stopped", at="2024-05-20")
    assert effects(reader, CONFIRM, stop)[-1] == ("stop", "2024-06", False)
    form = catalog.forms["dibao"]
    assert form.benefit is not None
    current = Reader(form.workflow, states=form.benefit.states, change_rule="current")
    assert effects(current, CONFIRM, stop)[-1] == ("stop", "2024-05", False)


def test_a_step_that_opens_months_settled_outside(reader: Reader) -> None:
    opened = step("confirm_change", "change_pending", "active", "2024-09", opens_from="2024-07")
    (_, change) = reader.read_case([CONFIRM, opened])
    assert change.opens == number_of("2024-07")


def test_a_roster_s_record_is_in_force_from_the_month_named(reader: Reader) -> None:
    assert effects(
        reader, StepRow("import", None, "active", "2024-09-01T08:00:00+08:00", "2019-03", "town", {})
    ) == [("pay", "2019-03", False)]


def test_services(catalog: Catalog) -> None:
    """Checked: due in its month. Sent back: not. Settled by the program: still due, so not paid again."""
    form = catalog.forms["bath"]
    assert form.benefit is not None
    services = Reader(form.workflow, states=form.benefit.states)
    month = number_of("2024-06")
    checked = step("check", "registered", "checked")
    assert [c.effect for c in services.read_event([checked], month=month)] == ["pay"]
    assert services.read_event([checked, step("send_back", "checked", "draft")], month=month) == ()
    assert len(services.read_event([checked, step("settle", "checked", "settled")], month=month)) == 1
    assert services.read_event([step("reject", "registered", "rejected")], month=month) == ()


# spans


def spans(record: Any, upto: str) -> list[tuple[str, str, str]]:
    return [(text_of(s.first), text_of(s.last), s.term.id) for s in find_spans(record, upto=number_of(upto))]


def test_the_latest_decision_governs_from_its_month_on() -> None:
    """Approved in this order: January, September, then June: the last one overrules September too."""
    terms = [
        term(household(), "2024-01", "a"),
        term(household(), "2024-09", "b"),
        term(household(), "2024-06", "c"),
    ]
    record = entitled(terms, [change("pay", "2024-01")])
    assert spans(record, "2024-12") == [("2024-01", "2024-05", "a"), ("2024-06", "2024-12", "c")]
    assert spans(entitled(terms[:2], record.changes), "2024-12") == [
        ("2024-01", "2024-08", "a"), ("2024-09", "2024-12", "b"),
    ]  # fmt: skip
    governing = in_force(record, month=number_of("2024-10"))
    assert governing is not None
    assert governing.id == "c"


def test_holds_and_stops_cut_the_months() -> None:
    record = entitled(
        [term(household(), "2024-01", "a")],
        [
            change("pay", "2024-01"),
            change("hold", "2024-03"),
            change("pay", "2024-05"),
            change("stop", "2024-08"),
        ],
    )
    assert spans(record, "2024-12") == [("2024-01", "2024-02", "a"), ("2024-05", "2024-07", "a")]
    now = standing(record, month=number_of("2024-09"))
    assert now is not None
    assert now.effect == "stop"


def test_death_and_end_limit_the_months() -> None:
    terms = [term(household(), "2024-01", "a")]
    record = entitled(terms, [change("pay", "2024-01")], last_alive="2024-03", end="2024-05")
    assert spans(record, "2024-12") == [("2024-01", "2024-03", "a")]
    assert spans(record, "2024-02") == [("2024-01", "2024-02", "a")]


def test_months_before_the_first_term_are_not_due() -> None:
    record = entitled([term(household(), "2024-04", "a")], [change("pay", "2024-01")])
    assert spans(record, "2024-05") == [("2024-04", "2024-05", "a")]


def test_months_in_words() -> None:
    months = [number_of(m) for m in ("2023-12", "2024-01", "2024-09", "2024-10", "2024-12")]
    assert name_months(months) == "2023年12月、2024年1月、9—10月、12月"
    assert name_months(months[2:], year_of=number_of("2024-12")) == "9—10月、12月"


@pytest.mark.parametrize("state", ["suspended", "stopped"])
def test_a_county_decision_set_aside_moves_no_money(reader: Reader, state: str) -> None:
    """The answer is a step that stays where it is and that no workflow knows."""
    before = (
        CONFIRM,
        ACTIVATE,
        step("suspend" if state == "suspended" else "stop", "active", state, "2024-06"),
    )
    set_aside = step("dismiss_decision", state, state, at="2024-09-03")
    assert effects(reader, *before, set_aside) == effects(reader, *before)
    assert len(effects(reader, *before)) == 2
