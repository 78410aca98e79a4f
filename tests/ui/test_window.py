"""The window bound to real offices: rosters, a month's payment, the hand-over to the county and back."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit

from minzheng_desktop.demo.township import COUNTY_USER, PASSWORD, USER, run_demonstration
from minzheng_desktop.store import records
from minzheng_desktop.store.store import Store
from minzheng_desktop.ui.gateway import saving
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.kit.cells import Mask
from minzheng_desktop.ui.lock import LockAnswers
from minzheng_desktop.ui.records.asks import AskDialog
from minzheng_desktop.ui.window import Window
from tests.ui.moves import open_window, settle

TODAY = date(2026, 6, 18)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A demonstration township and its county, made once; each test that writes takes a copy."""
    return run_demonstration(tmp_path_factory.mktemp("made") / "demo", today=TODAY)


def _copied(path: Path, to: Path) -> Path:
    import shutil

    for file in path.parent.glob(f"{path.name}*"):
        if file.name.endswith(".lock"):
            continue
        (shutil.copytree if file.is_dir() else shutil.copy)(file, to / file.name)
    return to / path.name


@pytest.fixture
def town(made: Any, tmp_path: Path) -> Any:
    with Store.open(_copied(made.town, tmp_path), user=USER, password=PASSWORD) as store:
        yield open_window(Office(store, lambda: TODAY))


@pytest.fixture
def county_window(made: Any, tmp_path: Path) -> Any:
    with Store.open(_copied(made.county, tmp_path), user=COUNTY_USER, password=PASSWORD) as store:
        yield open_window(Office(store, lambda: TODAY))


def _room(window: Window, key: str) -> Any:
    window.shell.show_tab(key)
    settle()
    return window.rooms[key]


def test_every_tab_opens_without_an_error(town: Window) -> None:
    for key in town.order:
        town.shell.show_tab(key)
        settle(2)
        assert "程序出了错" not in town.shell.said, key


def test_every_county_tab_opens_without_an_error(county_window: Window) -> None:
    assert county_window.order[:4] == ("board", "receive", "radar", "approve")
    for key in county_window.order:
        county_window.shell.show_tab(key)
        settle(2)
        assert "程序出了错" not in county_window.shell.said, key


def test_lists_are_masked_filtered_and_sorted(town: Window) -> None:
    page = _room(town, "area:relief").page
    table = page.table
    count = table.rows_model.rowCount()
    assert count > 100
    first = table.rows_model.rows[0]
    assert isinstance(first.number, Mask)
    assert first.number.text[6:14] == "********"
    table.horizontalHeader().sectionClicked.emit(0)
    names = [table.rows_model.rows[at].name for at in range(20)]
    assert names == sorted(names)
    page._search.setText(first.name)
    page._search.returnPressed.emit()
    assert 1 <= table.rows_model.rowCount() < count
    page.clear_filter()
    assert table.rows_model.rowCount() == count


def test_revealing_a_number_is_audited(town: Window) -> None:
    room = _room(town, "area:relief")
    room.page.table.selectRow(0)
    settle()
    number = room.editor._number
    assert "********" in number._number.text()
    number._show()
    assert "*" not in number._number.text()
    with room.desk._office.store.reading() as r:
        from minzheng_desktop.store import overview

        assert overview.audit_tail(r, limit=1)[0]["action"] == "reveal"


def test_a_step_asks_and_is_taken(town: Window) -> None:
    """退回 and the like ask for a reason; the state changes only when it was given."""
    room = _room(town, "area:relief")
    room.page.choose_pill("open")
    room.page.table.selectRow(0)
    settle()
    before = room.opened
    ways = [key for key, _word, role in before.view.ways if role == "danger"]
    room.step(ways[0])
    layer = town.shell.layer
    assert layer is not None
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert town.shell.layer is not None, "an empty reason is not enough"
    QTest.keyClicks(QApplication.focusWidget(), "no paper")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    settle()
    assert town.shell.layer is None
    assert town.shell.said.startswith("已"), town.shell.said
    assert room.opened.state != before.state


def test_importing_the_same_roster_again_changes_nothing(town: Window, made: Any) -> None:
    room = _room(town, "area:relief")
    town.open_roster(room.form)
    roster = [child for child in town.children() if type(child).__name__ == "RosterRoom"][-1]
    roster.plan(made.rosters[0])
    settle()
    plan = roster.made
    assert plan.count("new") == plan.count("updated") == 0
    assert plan.count("rejected") >= made.rejected
    assert not roster.page._commit.isEnabled()
    roster.page.next_problem()
    assert roster.page.table.current.result in ("rejected", "unchanged")


def test_a_month_is_planned_locked_and_shown_on_paper(town: Window, tmp_path: Path) -> None:
    room = _room(town, "payment")
    room.choose_month("2026-06")
    room.choose_form("dibao")
    settle()
    assert room.planned.plan.state == "planned"
    assert room.planned.month.equal
    assert not room.page._bank.isEnabled()
    room.lock(LockAnswers({"*": "只有一人在岗"}))
    settle()
    assert town.shell.said.startswith("已锁定"), town.shell.said
    assert room.planned.plan.state == "locked"
    room.preview()
    settle()
    page = town.shell.page
    assert len(page.paper) >= 1
    assert page._masking.currentData() is True
    town.shell.press("Esc")
    target = tmp_path / "bank.xlsx"
    room.write(target, "bank-xlsx")
    assert target.stat().st_size > 1000
    assert town.shell.said.startswith("已写出")


def test_explaining_an_amount(town: Window) -> None:
    room = _room(town, "payment")
    room.choose_month("2026-06")
    room.choose_form("dibao")
    record = room.planned.plan.items[0].record
    room.explain(record)
    settle()
    assert town.shell.layer is not None
    town.shell.press("Esc")
    assert town.shell.layer is None


def test_package_decision_and_receipt(town: Window, county_window: Window, tmp_path: Path) -> None:
    """The hand-over in the windows of both sides: package out, received, answered, read."""
    stick = tmp_path / "stick"
    stick.mkdir()
    handover = _room(town, "handover")
    with town._office.store.reading() as r:
        from minzheng_desktop.exchange.sending import chain

        waiting = chain.unpacked_changes(r)
    handover.export(stick)
    settle()
    packages = sorted(stick.glob("*.mzpkg"))
    assert bool(packages) or waiting == 0
    receive = _room(county_window, "receive")
    if packages:
        receive.receive(packages)
        settle()
        assert county_window.shell.said.startswith("读了")
    assert receive.page.table.rows_model.rowCount() >= 1
    receive.page.table.selectRow(0)
    settle()
    view = receive.page._view
    assert view.sums[0].count == view.sums[-1].count, "announced equals what was done with it"
    receive.write_receipt(view.key, stick)
    receipts = sorted(stick.glob("*.mzret"))
    assert receipts
    handover.read_down([receipts[-1]])
    settle()
    assert "回执" in town.shell.said, town.shell.said


def test_the_county_decides(county_window: Window) -> None:
    room = _room(county_window, "approve")
    rows = room.page._rows
    waiting = [row for row in rows if row.group == "waiting"]
    if not waiting:
        pytest.skip("the demonstration has decided everything")
    room.decide([waiting[0].id], "confirm", "同意", "城民发〔2026〕1 号")
    assert county_window.shell.said.startswith("已决定"), county_window.shell.said


def test_find_person_and_household(town: Window) -> None:
    page = _room(town, "people").page
    person = page.table.rows_model.rows[0]
    town.open_person(person.id)
    settle()
    shown = town.shell.page
    assert type(shown).__name__ == "PersonPage"
    room = [child for child in town.children() if type(child).__name__ == "PersonRoom"][-1]
    targets = [group.target for group in room.shown.groups if group.target]
    assert targets
    room._target(targets[0])
    settle()
    assert type(town.shell.page).__name__ == "HouseholdPage"
    town.shell.press("Esc")
    shown._edit.click()
    settle()
    assert "RegisterRoom" in {type(child).__name__ for child in town.children()}, town.shell.said
    assert town.shell.page is not shown
    town.shell.press("Esc")
    town.shell.press("Esc")
    assert town.shell.page is page


def test_economy_page_writes_into_the_record(town: Window) -> None:
    """A number typed into the grid becomes an income row and moves the amount."""
    room = _room(town, "area:relief")
    room.page.choose_pill("open")
    room.page.table.selectRow(0)
    settle()
    town.open_economy(room)
    settle()
    economy = [child for child in town.children() if type(child).__name__ == "EconomyRoom"][-1]
    before = economy.page.grid._model.incomes[0].total
    member = economy.page.grid._model.incomes[0].member
    economy.enter(member, "2", 346_000)
    settle()
    after = economy.page.grid._model.incomes[0]
    assert after.amounts["2"] == 346_000
    assert after.total == before + 346_000
    assert any(row["annual_amount"] == 346_000 for row in room.editor.doc["incomes"])
    room.save()
    settle()
    with town._office.store.reading() as r:
        saved = records.load_record(r, room.opened.view.id)
    # The amount that the money rule fills is saved with it: 635.00 a head less income, for three covered heads.
    income = before + 346_000
    assert saved["doc"]["income_total_year"] == income
    assert saved["amount"] == round(3 * (63_500 - income / 36))


def test_keys_do_nothing_under_a_dialog(town: Window) -> None:
    _room(town, "people")
    town.find()
    settle()
    assert town.shell.layer is not None
    before = town.shell.tab
    town.shell.press("F2")
    assert town.shell.tab == before
    town.shell.press("Esc")
    assert town.shell.layer is None


def test_backup_says_so_only_when_checked(town: Window, tmp_path: Path) -> None:
    target = tmp_path / "copy.mzbak"
    town.backup(target)
    assert target.is_file()
    assert "打开校验通过" in town.shell.said


def test_errors_of_the_world_are_sentences(town: Window, tmp_path: Path) -> None:
    handover = _room(town, "handover")
    handover.read_down([tmp_path / "nothing.mzret"])
    assert town.shell.said
    assert "程序出了错" not in town.shell.said


def test_changing_an_account_waits_for_a_second_person(town: Window) -> None:
    """Another account needs a reason and is a change to be checked before money goes there."""
    from minzheng_desktop.store import people as store_people
    from minzheng_desktop.ui.rooms.people import RegisterRoom

    page = _room(town, "people").page
    person = next(
        one.id
        for one in (page.table.rows_model.rows[at] for at in range(60))
        if _account(town, one.id) is not None
    )
    saved: list[bool] = []
    room = RegisterRoom(town, person, lambda: saved.append(True))
    room.open()
    settle()
    box = room.editor._fields["account"].editor("account")
    assert "*" in box.number.text()
    box._show()
    box.number.setText("6217001234560007702")
    box.number.editingFinished.emit()
    room.save()
    assert not saved
    assert "原因" in town.shell.said
    reason = room.editor._fields["account_reason"].editor("account_reason")
    QTest.keyClicks(reason.edit, "old card expired")
    reason.edit.editingFinished.emit()
    room.save()
    assert saved == [True]
    with town._office.store.reading() as r:
        accounts = store_people.person_file(r, person).accounts
    assert ("pending", "7702") in [(one["state"], one["number"][-4:]) for one in accounts]


def _account(window: Window, person: str) -> object:
    from minzheng_desktop.store import people as store_people

    with window._office.store.reading() as r:
        return store_people.active_account(r, person, on=TODAY.isoformat())


def test_the_county_issues_an_enrolment_file(county_window: Window, tmp_path: Path) -> None:
    room = _room(county_window, "settings")
    room.issue_enrolment("500229106", tmp_path)
    settle()
    assert (tmp_path / "修齐镇.mzenrol").is_file()
    layer = county_window.shell.layer
    assert layer is not None
    from PySide6.QtWidgets import QLineEdit

    phrases = [edit.text() for edit in layer.findChildren(QLineEdit) if edit.isReadOnly()]
    assert len(phrases[0].split()) == 6
    county_window.shell.press("Esc")


def test_a_records_papers(town: Window) -> None:
    """F9 on a record shows its approval form; the sheet that explains the amount is one choice away."""
    room = _room(town, "area:relief")
    room.page.choose_pill("open")
    room.page.table.selectRow(0)
    settle()
    town.print_record(room.opened)
    settle()
    page = town.shell.page
    assert type(page).__name__ == "PreviewPage", town.shell.said
    assert len(page.paper) >= 1
    town.let_go()


def test_a_draft_can_be_given_up(town: Window) -> None:
    room = _room(town, "area:relief")
    room.page.table.selectRow(0)
    settle()
    record = room.opened.view.id
    before = room.opened.view.doc.get("apply_reason")
    room.editor.doc["apply_reason"] = "改了又不要"
    room.editor.dirty = True
    room.keep_draft()
    room.open(record)
    settle()
    assert room.editor.doc["apply_reason"] == "改了又不要"
    room.drop_draft()
    settle()
    assert room.editor.doc.get("apply_reason") == before


def test_a_list_as_a_workbook(town: Window, tmp_path: Path) -> None:
    """What is filtered goes into the workbook, numbers masked."""
    import openpyxl

    room = _room(town, "area:relief")
    target = tmp_path / "list.xlsx"
    town.write_list(target, room.form, room.page.filter)
    assert town.shell.said.startswith("已写出"), town.shell.said
    sheet = openpyxl.load_workbook(target).active
    cells = [str(cell.value) for line in sheet.iter_rows() for cell in line if cell.value is not None]
    count = room.page.table.rows_model.rowCount()
    assert sum("********" in cell for cell in cells) == count


def test_what_is_due_and_a_persons_file_on_paper(town: Window) -> None:
    desk = _room(town, "desk")
    desk.refresh()
    settle()
    if desk.page.shown:
        desk.print_list()
        settle()
        assert type(town.shell.page).__name__ == "PreviewPage", town.shell.said
        town.shell.press("Esc")
    page = _room(town, "people").page
    town.open_person(page.table.rows_model.rows[0].id)
    settle()
    town.shell.press("F9")
    settle()
    assert type(town.shell.page).__name__ == "PreviewPage", town.shell.said
    town.let_go()


def test_each_due_card_shows_what_it_counts(town: Window) -> None:
    page = _room(town, "desk").page
    for card in page._cards:
        if card.due.key in ("unsent", "receipt", "decisions", "recoveries"):
            continue
        page.choose_due(card.due.key)
        assert len(page.shown) == card.due.count, card.due.title


def test_resuming_asks_whether_held_months_are_paid(town: Window) -> None:
    """Ticked unless the clerk takes the tick away; suspended months are paid back by default (domain §3.10④)."""
    title, asks = saving.step_asks(town._office, "dibao", "resume")
    assert [key for key, _ in asks] == ["reason", "month", "back_pay"]
    dialog = AskDialog(title, "某户", asks, date(2026, 11, 23))
    for edit in dialog.findChildren(QLineEdit):
        edit.setText(edit.text() or "已补认证")
    (tick,) = dialog.findChildren(QCheckBox)
    assert dialog._missing() == ""
    assert dialog.answers == {"reason": "已补认证", "month": "2026-11", "back_pay": True}
    tick.setChecked(False)
    assert dialog._missing() == ""
    assert dialog.answers["back_pay"] is False
    dialog.deleteLater()
