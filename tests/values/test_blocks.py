"""Blocks of the clipboard as WPS and Excel write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.values.blocks import format_block, parse_block


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("张三\t500229\r\n李四\t\r\n", [["张三", "500229"], ["李四", ""]]),
        ("张三", [["张三"]]),
        ("\t\t甲\n", [["", "", "甲"]]),
        ('"白果村\n三组"\t1\n', [["白果村\n三组", "1"]]),
        ('"他说""好"""\t2', [['他说"好"', "2"]]),
        ('"张三\t1\n李四\t2', [['"张三', "1"], ["李四", "2"]]),
        ("一\n\n三\n", [["一"], [""], ["三"]]),
        ("王𪚥\t5.00229E+17", [["王𪚥", "5.00229E+17"]]),
        ("", [[""]]),
    ],
)
def test_what_a_spreadsheet_copies(text, rows):
    assert parse_block(text) == rows


@given(
    st.lists(
        st.lists(st.text(st.sampled_from('ab中𪚥"\t\n ')), min_size=2, max_size=3), min_size=1, max_size=4
    )
)
def test_a_block_is_read_back_equal(rows):
    assert parse_block(format_block(rows)) == rows
