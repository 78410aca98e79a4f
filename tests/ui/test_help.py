"""F1: every page has its chapter, every key in it works there, and what one looks for is found."""

# ruff: noqa: SLF001 - looks at what a clerk sees, which pages keep to themselves
from __future__ import annotations

import re
from pathlib import Path

import pytest

from minzheng_desktop.paths import resources_dir
from minzheng_desktop.ui.entries import grid
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.help import CHAPTERS, HelpPanel, chapter
from minzheng_desktop.ui.page import Page
from minzheng_desktop.ui.rooms.desks import FindingsRoom, WaitingRoom
from minzheng_desktop.ui.rooms.discover import DiscoverRoom
from minzheng_desktop.ui.rooms.recoveries import RecoveriesRoom
from minzheng_desktop.ui.rooms.reviews import ReviewsRoom
from minzheng_desktop.ui.shell import F_KEYS
from tests.benefits.offices import Office as MoneyOffice
from tests.ui.moves import open_window, settle

KEY = re.compile(r"\*\*((?:Ctrl\+|Alt\+|F\d|Enter|Tab|Esc|PgUp|PgDn)[^*]*)\*\*")
EVERYWHERE = {
    "Ctrl+K",
    "Tab",
    "Enter",
    "PgUp",
    "PgDn",
    "Ctrl+滚轮",
    "Alt+1",
    "Alt+9",
    "F1",
    "Ctrl+↓",
    "Ctrl+↑",
}


def pages() -> list[type[Page]]:
    import minzheng_desktop.ui.app
    import minzheng_desktop.ui.window  # noqa: F401 - every page is known once the window is

    found: list[type[Page]] = []
    waiting = [Page]
    while waiting:
        known = waiting.pop().__subclasses__()
        found += known
        waiting += known
    return [page for page in found if page.__module__.startswith("minzheng_desktop")]


def test_every_page_has_a_chapter_and_every_chapter_is_shipped() -> None:
    assert {page.manual for page in pages()} <= set(CHAPTERS)
    files = {path.stem for path in (resources_dir() / "manual").glob("*.md")}
    assert files == set(CHAPTERS)
    assert {page.__name__ for page in pages() if page.manual == "start"} == {"FirstStartPage"}


@pytest.mark.parametrize("key", CHAPTERS)
def test_keys_in_a_chapter_exist_and_nothing_leads_to_the_network(key: str) -> None:
    text = chapter(key)
    named = {word for group in KEY.findall(text) for word in group.split("、")}
    known = (
        EVERYWHERE | set(grid.KEYS) | set(F_KEYS) | {k.replace("Ctrl+Return", "Ctrl+Enter") for k in F_KEYS}
    )
    assert named <= known, named - known
    assert "http" not in text
    assert "](" not in text


def test_the_five_keys_of_a_page_are_told_in_its_chapter() -> None:
    told = {"records": ("F2", "Ctrl+S", "F9", "F11"), "payment": ("F6", "F8", "F9"), "handover": ("F5", "F8"),
            "roster": ("F7", "Ctrl+Enter"), "desk": ("F5", "F9"), "people": ("Ctrl+K", "F2")}  # fmt: skip
    for key, keys in told.items():
        assert all(f"**{one}**" in chapter(key) for one in keys), key


def test_f1_opens_at_the_page_finds_a_word_and_closes_with_esc(tmp_path: Path) -> None:
    office = MoneyOffice(tmp_path / "修齐镇.mz")
    window = open_window(Office(office.store))
    window.shell.show_tab("payment")
    settle()
    window.shell.press("F1")
    settle()
    panel = window.shell.findChildren(HelpPanel)[-1]
    assert panel.text.toPlainText().startswith("发放与打印")
    panel._search.setFocus()
    panel._search.setText("恢复密钥")
    settle()
    assert set(panel.chapters) == {key for key in CHAPTERS if "恢复密钥" in chapter(key)}
    panel._search.setText("没有这样的词")
    assert panel.chapters == ()
    assert "换一个说法" in panel.text.toPlainText()
    window.shell.press("Esc")
    settle()
    assert window.shell.layer is None
    office.store.close()


def test_f1_opens_the_chapter_of_each_list(tmp_path: Path) -> None:
    office = MoneyOffice(tmp_path / "修齐镇.mz")
    window = open_window(Office(office.store))
    titles = {
        DiscoverRoom: "主动发现", ReviewsRoom: "死亡与复核", RecoveriesRoom: "追缴", FindingsRoom: "核查",
        WaitingRoom: "县决定、暂存这类名单",
    }  # fmt: skip
    for room, title in titles.items():
        room(window).open()
        settle()
        window.shell.press("F1")
        settle()
        panel = window.shell.findChildren(HelpPanel)[-1]
        assert panel.text.toPlainText().startswith(title)
        window.shell.press("Esc")
        settle()
    office.store.close()


def test_the_actions_of_a_list_are_told_in_its_chapter() -> None:
    for room in (DiscoverRoom, ReviewsRoom, RecoveriesRoom):
        for _key, words, _icon, key in room.ACTIONS:
            assert words.strip("…").partition("，")[0] in chapter(room.MANUAL), words
            assert not key or f"**{key}**" in chapter(room.MANUAL), words
