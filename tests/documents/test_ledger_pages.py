"""Page breaks of a ledger: planned before anything is drawn, and never ugly."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.documents.ledger_layout import BOTTOM, TOP, lay_out
from minzheng_desktop.documents.ledger_model import Ledger, LedgerGroup
from minzheng_desktop.documents.ledger_pages import Item, plan_pages
from tests.documents.samples import bath_ledger, dibao_ledger, elder_ledger

_SHAPES = {
    "folded": (dibao_ledger(1), lay_out(dibao_ledger(20))),
    "one line": (elder_ledger((1, 1, 1)), lay_out(elder_ledger())),
    "signed": (bath_ledger(2), lay_out(bath_ledger())),
}


def _plan(shape: str, sizes: list[int], *, bands: bool, notes: int) -> tuple[tuple[Item, ...], ...]:
    sample, layout = _SHAPES[shape]
    row = sample.groups[0].rows[0]
    groups = tuple(LedgerGroup(title=f"第{n}村", rows=(row,) * size) for n, size in enumerate(sizes))
    ledger = msgspec.structs.replace(sample, groups=groups, bands=bands)
    return plan_pages(ledger, layout, note_lines=notes)


@given(
    st.sampled_from(sorted(_SHAPES)),
    st.lists(st.integers(0, 45), min_size=1, max_size=9),
    st.booleans(),
    st.integers(0, 4),
)
def test_every_row_once_and_no_ugly_break(shape: str, sizes: list[int], bands: bool, notes: int) -> None:
    pages = _plan(shape, sizes, bands=bands, notes=notes)
    layout = _SHAPES[shape][1]
    rows = [(item.group, item.row) for page in pages for item in page if item.what == "row"]
    assert rows == [(group, row) for group, size in enumerate(sizes) for row in range(size)]
    for number, page in enumerate(pages):
        height = TOP + layout.head_height + sum(item.height for item in page if item.what != "signatures")
        assert height <= BOTTOM + 0.001
        body = [item.what for item in page]
        last = number == len(pages) - 1
        assert body[-2:] == (body[-2:] if last else ["page", "running"])
        content = [what for what in body if what in ("band", "row", "subtotal")]
        if content:
            assert content[-1] != "band"
            assert content[0] != "subtotal"
            assert not bands or content[0] == "band"
    assert [item.what for item in pages[-1]][-1] == "signatures"
    assert "grand" in [item.what for item in pages[-1]]
    if sum(sizes) >= 2:
        assert sum(item.what == "row" for item in pages[-1]) >= 2


def test_signatures_stay_above_the_foot() -> None:
    sample, layout = _SHAPES["folded"]
    pages = plan_pages(dibao_ledger(66), layout, note_lines=3)
    used = TOP + layout.head_height + sum(item.height for item in pages[-1])
    assert used <= BOTTOM
    assert sample.row_count == 1


def test_a_village_that_runs_over_says_so() -> None:
    pages = _plan("folded", [40], bands=True, notes=0)
    assert [page[0].continued for page in pages] == [False, True, True]


def test_ten_thousand_households_are_planned_in_no_time() -> None:
    pages = _plan("folded", [50] * 200, bands=True, notes=0)
    assert 640 <= len(pages) <= 900


def test_a_ledger_without_rows_has_one_page_with_its_total() -> None:
    ledger: Ledger = msgspec.structs.replace(dibao_ledger(1), groups=())
    pages = plan_pages(ledger, _SHAPES["folded"][1])
    assert [[item.what for item in page] for page in pages] == [["grand", "words", "signatures"]]
