"""The functions of conditions, by hand arithmetic; none of them ever raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.catalog.conditions.functions import FUNCTIONS, functions_for
from minzheng_desktop.catalog.rates import Rate, RateBook

RUN = functions_for(RateBook([Rate("line", "", 60000, "yuan", "2023-09-01")]), "500229")


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("age", ("1934-05-20", "2024-05-19"), 89),
        ("age", ("1934-05-20", "2024-05-20"), 90),
        ("age", ("2004-02-29", "2024-02-28"), 19),
        ("age", ("2004-02-29", "2024-02-29"), 20),
        ("age", ("1934-05", "2024-04-30"), 89),
        ("age", ("1934-05", "2024-05-20"), None),
        ("age", ("1934", "2024-12-31"), 90),
        ("age", ("1934", "2024-06-01"), None),
        ("birthday", ("1944-10-03", 80), "2024-10-03"),
        ("birthday", ("1944-02-29", 81), "2025-02-28"),
        ("add_days", ("2024-02-28", 2), "2024-03-01"),
        ("add_months", ("2024-01-31", 1), "2024-02-29"),
        ("add_months", ("2024-11", 3), "2025-02"),
        ("add_months", ("2024-03-15", -12), "2023-03-15"),
        ("days_between", ("2024-02-28", "2024-03-01"), 2),
        ("work_days", ("2024-09-20", "2024-09-23"), 1),
        ("work_days", ("2024-09-16", "2024-09-30"), 10),
        ("work_days", ("2024-09-23", "2024-09-20"), -1),
        ("ratio", (45000, 60000), 0.75),
        ("ratio", (45000, 0), None),
        ("times", (1050, 2.5), 2625),
        ("times", (333, 1.5), 500),  # 4.995 yuan, half up
        ("times", (100, 1.115), 112),  # 111.5 cents; the binary 1.115 lies below it
        ("add_work_days", ("2024-09-20", 1), "2024-09-23"),  # Friday to Monday
        ("add_work_days", ("2024-09-16", 10), "2024-09-30"),
        ("add_work_days", ("2024-09-23", -1), "2024-09-20"),
        ("add_work_days", ("2024-09-21", 0), "2024-09-21"),
        ("months_between", ("2024-05", "2024-07-31"), 2),
        ("month_of", ("2024-05-09",), "2024-05"),
        ("year_of", ("2024-05",), 2024),
        ("divide", (1116000, 48), 23250),
        ("divide", (100, 3), 33),
        ("divide", (50, 100), 1),
        ("divide", (100, 0), None),
        ("sum", ([100, None, 23],), 123),
        ("sum", ([],), 0),
        ("sum_where", ([2, None, 3, 4], ["a", "a", "b", "a"], "a"), 6),
        ("sum_where", ([2, 3], ["a", "b"], "c"), 0),
        ("sum_where", ([2, 3], ["a"], "a"), None),
        ("max", ([3, 9, 4],), 9),
        ("min", (3, 9), 3),
        ("max", ([],), None),
        ("max", (3, None), None),
        ("distinct", (["a", None, "b", "a"],), ["a", "b"]),
        ("len", ("张三",), 2),
        ("filled", ("",), False),
        ("filled", ([],), False),
        ("filled", (0,), True),
        ("filled", (False,), True),
        ("to_double", (2,), 2.0),
        ("rate", ("line", "2024-05-01"), 60000),
        ("rate", ("line", "2024-05"), 60000),
        ("rate", ("line", "2020-05-01"), None),
        ("rate", ("line", None), None),
    ],
)
def test_results(name: str, args: tuple[object, ...], result: object) -> None:
    assert RUN[name](*args) == result


ANYTHING = st.one_of(
    st.none(), st.text(max_size=10), st.integers(), st.floats(), st.lists(st.integers(), max_size=3)
)


@given(
    st.sampled_from(sorted(n for n, f in FUNCTIONS.items() if f.run and f.empty_on_empty and f.parameters)),
    st.data(),
)
def test_nothing_raises_and_empty_gives_empty(name: str, data: st.DataObject) -> None:
    function = FUNCTIONS[name]
    assert function.run is not None
    args = [data.draw(ANYTHING) for _ in function.parameters]
    if name == "distinct" and not isinstance(args[0], list):
        return
    result = function.run(*args)
    assert result is None or None not in args or name == "distinct"
