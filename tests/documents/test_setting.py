"""Lines and cells: nothing lost, nothing clipped, no bracket alone at a line's end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.documents.fonts import Face, text_width
from minzheng_desktop.documents.pen import NARROWEST, SMALLEST
from minzheng_desktop.documents.setting import break_in_two, break_paragraph, fit

SENTENCE = (
    "你户（低保证号509229201120210063）于2021年3月起享受农村最低生活保障，现保障2人，每月保障金570.00元。"
    "依据《审核确认办法》，自2024年11月起停发。"
)
_WORDS = st.lists(
    st.sampled_from([*"户低保证号起享受，。、；：（）《》“”人元", "2024", "1,234.50", "㛃", "𪚥", " "]),
    min_size=1, max_size=80,
).map("".join)  # fmt: skip


@pytest.mark.parametrize("measure", range(60, 480, 7))
def test_no_line_ends_or_begins_wrongly(measure: int) -> None:
    lines = break_paragraph(SENTENCE, Face.TEXT, 10.5, measure)
    assert "".join(line.text for line in lines) == SENTENCE
    for line in lines[:-1]:
        assert line.text[-1] not in "（《“"
    for line in lines[1:]:
        assert line.text[0] not in "，。、；：）》”"


@given(_WORDS, st.integers(40, 400))
def test_every_character_is_kept_in_order(text: str, measure: int) -> None:
    lines = break_paragraph(text, Face.TEXT, 10.5, measure)
    assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("measure", range(150, 480, 11))
def test_lines_fill_the_measure_and_hang_by_half_an_em_at_most(measure: int) -> None:
    lines = break_paragraph(SENTENCE, Face.TEXT, 10.5, measure)
    for line in lines:
        width = line.indent + text_width(line.text, Face.TEXT, 10.5) + line.spacing * (len(line.text) - 1)
        assert width <= measure + 10.5 / 2 + 0.1
    assert lines[0].indent == pytest.approx(21.0)


def test_numbers_stay_whole() -> None:
    for measure in range(140, 300, 5):
        lines = [line.text for line in break_paragraph(SENTENCE, Face.TEXT, 10.5, measure)]
        assert any("509229201120210063" in line for line in lines)
        assert any("570.00" in line for line in lines)


@given(
    st.text(st.sampled_from("张三阿卜杜热依木·吐尔逊江0123456789（"), min_size=1, max_size=30),
    st.floats(15, 120),
)
def test_a_fitted_text_is_whole_and_within_its_cell(text: str, width: float) -> None:
    fitted = fit(text, Face.TEXT, 9.5, width, lines=2)
    assert "".join(fitted.lines) == text
    assert fitted.size >= SMALLEST
    assert fitted.stretch >= NARROWEST - 1e-9
    widest = max(text_width(line, Face.TEXT, fitted.size) for line in fitted.lines) * fitted.stretch
    assert fitted.fits == (widest <= width + 1e-6) or (not fitted.fits and widest > width)


def test_ethnic_names_break_after_the_dot() -> None:
    assert break_in_two("阿卜杜热依木·吐尔逊江", Face.TEXT) == ("阿卜杜热依木·", "吐尔逊江")
    assert break_in_two("分类施保金额", Face.HEAD) == ("分类施保", "金额")
    assert break_in_two("村（社区）", Face.HEAD) == ("村", "（社区）")
