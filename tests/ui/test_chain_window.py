"""The chain in the window: how far each package is, what is wrong and what to do, and the county's confirmation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from minzheng_desktop.county.keys import keyring
from minzheng_desktop.exchange.sending import outbox
from minzheng_desktop.store.store import Store
from minzheng_desktop.ui.gateway import chain_words, handover, settings
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.window import Window
from minzheng_desktop.values.dates import clock_at
from tests.exchange.offices import COUNTY, PASSWORD, TODAY, XIUQI, County, Town, join, new_county, new_town
from tests.ui.moves import open_window, settle


def today() -> date:
    return TODAY


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Town, County]]:
    county, town = new_county(tmp_path / "county", COUNTY), new_town(tmp_path / "town", XIUQI)
    join(town, county)
    yield town, county
    town.store.close()
    county.store.close()


def package(town: Town) -> Path:
    town.add_people(1)
    done = town.export()
    assert done.file is not None
    return done.file


def shown(window: Window, tab: str):
    window.shell.show_tab(tab)
    settle(2)
    return window.rooms[tab].page


def states(town: Town) -> list[str]:
    return [line.state.text for line in handover.view(Office(town.store, today)).packages]


def test_the_page_says_how_far_each_package_is(pair: tuple[Town, County]) -> None:
    town, county = pair
    first = county.receive(package(town))[0]
    town.apply(first.receipt)
    second, third = package(town), package(town)
    town.apply(county.receive(third)[0].receipt)
    assert states(town) == ["县局收到，等前面的", "已抄到盘，等回执", "已入库，回执已读"]
    view = handover.view(Office(town.store, today))
    assert view.next_step == "下一步：县局还缺第 0002 号包：再上报一次，程序会补抄到 U 盘上。".removeprefix(
        "下一步："
    )
    assert any("县局还没有收到第 0002 号包" in sentence for _, sentence, _ in view.notices)
    assert "抄 1 份" in view.packages[1].receipt
    for one in county.receive(second):
        town.apply(one.receipt)
    assert states(town) == ["已入库，回执已读"] * 3
    page = shown(open_window(Office(town.store, today)), "handover")
    assert page.grab().width() > 0


def test_nothing_is_called_copied_that_reached_no_stick(pair: tuple[Town, County]) -> None:
    town, _county = pair
    town.stick.parent.mkdir(exist_ok=True)
    file = package(town)
    with town.store.reading() as r:
        sent = outbox.sent_packages(r)
    steps = chain_words.traffic(sent)
    assert [step.place for step in steps] == ["done", "done", "later", "now"]
    with town.store.writing("test") as w:
        w.delete("copies")
    file.unlink()
    with town.store.reading() as r:
        sent = outbox.sent_packages(r)
    assert [step.place for step in chain_words.traffic(sent)] == ["done", "now", "later", "later"]
    assert states(town) == ["写好了，没有抄到盘"]


def test_a_pause_is_said_on_the_page_and_in_the_status_bar_and_the_county_confirms(
    pair: tuple[Town, County], tmp_path: Path
) -> None:
    town, county = pair
    path = town.store.path
    assert path is not None
    town.apply(county.receive(package(town))[0].receipt)
    town.store.close()
    for ending in ("", ".keys"):
        shutil.copy(f"{path}{ending}", f"{tmp_path / 'old'}{ending}")
    town.store = Store.open(path, password=PASSWORD)
    town.apply(county.receive(package(town))[0].receipt)
    town.store.close()
    for ending in ("", ".keys"):
        shutil.copy(f"{tmp_path / 'old'}{ending}", f"{path}{ending}")
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    shutil.rmtree(f"{path}.outbox")
    town.store = Store.open(path, password=PASSWORD)
    town.stick = tmp_path / "新盘"
    window = open_window(Office(town.store, today))
    shown(window, "handover")
    room = window.rooms["handover"]
    town.add_people(1)
    room.export(town.stick)
    settle(2)
    file = next(town.stick.glob("*_0002.mzpkg"))
    result = county.receive(file)[0]
    assert result.code == "fork"
    assert result.receipt is not None
    room.read_down([result.receipt])
    settle(2)
    view = handover.view(Office(town.store, today))
    assert not view.can_export
    assert any(tone == "error" and "不是同一份" in sentence for tone, sentence, _ in view.notices)
    window.refresh_facts()
    settle(2)
    # The county sees the trouble at the laptop and confirms.
    desk = open_window(Office(county.store, today))
    page = shown(desk, "settings")
    line = settings.view(Office(county.store, today)).laptops[0]
    assert line.resume
    assert any("第 0002 号包" in words for words in line.troubles)
    page.resume_wanted.emit(line)
    settle(2)
    assert desk.shell.layer is not None
    receipt = settings.resume(Office(county.store, today), line.id, tmp_path / "续接")
    room.read_down([receipt])
    settle(2)
    assert handover.view(Office(town.store, today)).can_export
    room.export(town.stick)
    settle(2)
    assert county.receive(*town.stick.glob("*续*"))[0].status == "applied"


def test_a_refused_file_is_shown_with_its_reason_and_next_step(
    pair: tuple[Town, County], tmp_path: Path
) -> None:
    town, county = pair
    cut = tmp_path / "500229106A_0001.mzpkg"
    cut.write_bytes(package(town).read_bytes()[:-99])
    early = package(town)
    window = open_window(Office(county.store, today))
    shown(window, "receive")
    room = window.rooms["receive"]
    room.receive([cut, early])
    settle(3)
    page = room.page
    rows = list(page.table.rows_model.rows)
    assert {row.group for row in rows} == {"refused", "todo"}
    for row in rows:
        page.package_chosen.emit(row)
        settle(2)
    assert "500229106A_0001.mzpkg" in window.shell.said


def test_a_new_root_is_compared_by_phone_in_the_window(pair: tuple[Town, County], tmp_path: Path) -> None:
    town, county = pair
    with clock_at("2031-06-01T09:00:00+08:00"):
        made = keyring.replace_root(county.store)
    data, phrase = county.enrol(XIUQI, "新")
    file = tmp_path / "新.mzenrol"
    file.write_bytes(data)
    window = open_window(Office(town.store, today))
    shown(window, "handover")
    room = window.rooms["handover"]
    room.enrol(file, phrase)
    settle(2)
    assert window.shell.layer is not None
    dialog = window.shell.layer.findChild(QWidget, "dialog")
    assert any(made.state.root in label.text() for label in dialog.findChildren(QLabel))
    dialog.findChild(QLineEdit).setText(made.state.root)
    dialog.agree()
    settle(2)
    assert "可以向县局上报" in window.shell.said
    assert county.receive(package(town))[0].status == "applied"
