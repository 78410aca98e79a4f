"""Findings of the county's checks go down, answers go up, and only evidence closes them: both by real files.

C14 (domain §10.2): an id number that says another birth date is an error, one that says another sex a warning. The
invented numbers end in the person's order, so every second one is a woman's.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from minzheng_desktop.checks.desk import run_checks
from minzheng_desktop.county.replies.answers import accept_answers, list_answered
from minzheng_desktop.county.replies.bulletins import write_bulletins
from minzheng_desktop.exchange.down.bulletin import read_bulletin
from minzheng_desktop.exchange.down.told import Told, answer_told, count_told, told_findings
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import make_id_number
from tests.exchange.offices import BASHAN, TODAY, XIUQI, County, Town, join, new_town, person
from tests.exchange.test_receipt import again, hand_over
from tests.store.test_attachments import pdf

ALL = ("told", "answered", "agreed", "closed")


def look(county: County) -> None:
    run_checks(county.store, month="2026-11", today=TODAY)


def send(county: County, town: Town) -> None:
    (written,) = write_bulletins(county.store, [town.store.site.division], county.folder)
    read_bulletin(town.store, written.file.read_bytes(), today=TODAY)


def told(town: Town) -> dict[str, Told]:
    """The findings by person's masked name and number."""
    with town.store.reading() as r:
        return {one.line.severity: one for one in told_findings(r, states=ALL)}


def states(town: Town) -> dict[str, str]:
    return {severity: one.state for severity, one in told(town).items()}


@pytest.fixture
def wrong(town: Town) -> str:
    """A man with a woman's number (warning) and somebody born in another year than the number says (error)."""
    add(town, "周满", 2)
    return add(town, "冯玉兰", 3, birth_date="1951-01-01")


def add(town: Town, name: str, order: int, **more: str) -> str:
    """A man of 1950 with the `order`-th number of his day."""
    number = make_id_number("500229", date(1950, 1, 1), order)
    with town.store.writing("test") as w:
        return w.put("people", person(town.store.site.division, name, number, **more))


def test_a_finding_goes_down_is_answered_and_closes_by_evidence(
    town: Town, county: County, wrong: str, tmp_path: Path
) -> None:
    other = new_town(tmp_path / "other", BASHAN)
    join(other, county)
    add(other, "田宏", 5)
    hand_over(other, county)
    hand_over(town, county)
    look(county)
    send(county, town)
    send(county, other)
    with other.store.reading() as r:
        assert count_told(r) == 0
    assert states(town) == {"error": "told", "warning": "told"}
    error = told(town)["error"].line
    assert (error.rule, error.title != "", "县级特批" in error.todo) == ("C14", True, True)
    assert error.people[0].startswith("冯*兰 5002")
    assert error.people[0].count("*") > 8  # the number is masked too
    warning = told(town)["warning"].line.id
    scan = tmp_path / "户口簿.pdf"
    scan.write_bytes(pdf(1))
    with pytest.raises(UserError):
        answer_told(town.store, [error.id], as_="mended", text=" ")
    assert (
        answer_told(town.store, [warning], as_="explained", text="登记时写错，本人是女性", files=[scan]) == 1
    )
    # Said to be mended, but it is not.
    answer_told(town.store, [error.id], as_="mended", text="已按身份证改")
    assert states(town) == {"error": "answered", "warning": "answered"}
    town.apply(hand_over(town, county))
    assert states(town) == {"error": "answered", "warning": "answered"}
    with county.store.reading() as r:
        answers = {one.severity: one for one in list_answered(r)}
    assert [(one.said_as, one.town, one.still) for one in (answers["error"], answers["warning"])] == [
        ("mended", "修齐镇", False), ("explained", "修齐镇", False),
    ]  # fmt: skip
    assert len(answers["warning"].files) == 1
    look(county)
    with county.store.reading() as r:
        assert [one.still for one in list_answered(r) if one.severity == "error"] == [True]
    # Only explanations can be accepted, and a warning needs no more words.
    with pytest.raises(UserError):
        accept_answers(county.store, [error.id], text="特批")
    assert accept_answers(county.store, [warning]) == 1
    town.apply(again(town, county))
    assert states(town) == {"error": "answered", "warning": "agreed"}
    assert "采信乡镇说明" in told(town)["warning"].line.answer
    # Now it is mended: the county looks again, and it closes by itself.
    with town.store.writing("test") as w:
        w.put("people", {"id": wrong, "birth_date": "1950-01-01"})
    hand_over(town, county)
    look(county)
    send(county, town)
    assert states(town) == {"error": "closed", "warning": "agreed"}
    with county.store.reading() as r:
        assert list_answered(r) == []
    with pytest.raises(UserError):
        answer_told(town.store, [error.id], as_="explained", text="还要说")
    other.store.close()


def test_an_older_file_takes_nothing_back_and_a_changed_finding_asks_again(
    town: Town, county: County, wrong: str
) -> None:
    hand_over(town, county)
    look(county)
    (first,) = write_bulletins(county.store, [XIUQI], county.folder)
    error = next(one for one in _open(county) if one[1] == "error")
    read_bulletin(town.store, first.file.read_bytes(), today=TODAY)
    answer_told(town.store, [error[0]], as_="explained", text="正在核实")
    hand_over(town, county)
    with pytest.raises(UserError) as refused:
        accept_answers(county.store, [error[0]])
    assert refused.value.code == "special_approval"
    assert accept_answers(county.store, [error[0]], text="同意先按身份证办") == 1
    send(county, town)
    assert states(town)["error"] == "agreed"
    read_bulletin(town.store, first.file.read_bytes(), today=TODAY)
    assert states(town)["error"] == "agreed"
    # The same finding says something else now: it is open again on both sides.
    with town.store.writing("test") as w:
        w.put("people", {"id": wrong, "birth_date": "1952-01-01"})
    hand_over(town, county)
    look(county)
    send(county, town)
    assert states(town)["error"] == "told"


def test_a_finding_of_two_townships_is_told_to_both_and_each_answers(
    town: Town, county: County, tmp_path: Path
) -> None:
    """C14: one number under two names."""
    other = new_town(tmp_path / "other", BASHAN)
    join(other, county)
    add(town, "周满", 7)
    add(other, "周勇", 7)
    for office in (town, other):
        office.apply(hand_over(office, county))
    look(county)
    for office, words in ((town, "户口簿上是周满"), (other, "本人已改名")):
        send(county, office)
        with office.store.reading() as r:
            (one,) = told_findings(r)
        assert len(one.line.people) == 2
        answer_told(office.store, [one.line.id], as_="explained", text=words)
        hand_over(office, county)
    with county.store.reading() as r:
        assert [(a.town, a.said) for a in list_answered(r)] == [
            ("修齐镇", "户口簿上是周满"), ("巴山镇", "本人已改名"),
        ]  # fmt: skip
    assert accept_answers(county.store, [one.line.id], text="两人都已核实") == 1
    for office in (town, other):
        send(county, office)
        with office.store.reading() as r:
            assert [one.state for one in told_findings(r)] == ["agreed"]
    other.store.close()


def _open(county: County) -> list[tuple[str, str]]:
    from minzheng_desktop.checks.desk import list_findings

    with county.store.reading() as r:
        return [(one.id, one.finding.severity) for one in list_findings(r)]
