"""Small catalogues written beside the tests: one form, two workflows, a few codes and rates."""

# ruff: noqa: E501 - form lines stand as their authors would write them: in one line.

from __future__ import annotations

from collections.abc import Callable

from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.catalog.sources import Source

CODES = """
[urban_rural]
title = "城乡"
[urban_rural.items]
1 = "城市"
2 = "农村"
[urban_rural.alias]
1 = ["城镇"]

[kind]
title = "类别"
[kind.items]
A = "甲类"
B = "乙类"
C = "丙类"
[kind.retired]
C = "2024-01-01"

[sex]
[sex.items]
1 = "男"
2 = "女"
[relation]
[relation.items]
02 = "户主"
10 = "配偶"
[account_type]
[account_type.items]
1 = "社保卡"
[facility_kind]
[facility_kind.items]
home = "养老院"
"""

PERSON_CODES = "\n".join(
    f'[{key}]\n[{key}.items]\n1 = "一"\n2 = "二"\n'
    for key in (
        "id_type", "id_missing_reason", "ethnicity", "hukou_type", "alive_status", "death_source", "education",
        "marital_status", "health_status", "disability_type", "disability_level", "labor_ability", "selfcare_level",
        "elder_ability_level", "employment_status",
    )
)  # fmt: skip

RATES = """
area = "500229"
[rate."line"]
unit = "yuan_per_person_month"
values = [ { from = "2023-01-01", value = "600.00", doc = "甲" }, { from = "2024-09-01", value = "635.00", example = true } ]
[rate."max.months"]
unit = "months"
values = [ { from = "2020-01-01", value = "6" } ]
[rate."ratio"]
unit = "ratio"
values = [ { from = "2020-01-01", value = "1.5" } ]
[rate."rule"]
unit = "choice"
values = [ { from = "2020-01-01", value = "next" } ]
"""

FLOW = """
key = "flow"
title = "流程"
start = "draft"
[state]
draft = { title = "草稿", group = "draft", edit = ["town_clerk"] }
submitted = { title = "已提交", group = "open", edit = ["town_clerk", "town_leader"] }
active = { title = "在享", group = "active", edit = ["town_leader"] }
stopped = { title = "停发", group = "closed" }
refused = { title = "不予受理", group = "closed" }
[step]
submit = { title = "提交", from = "draft", to = "submitted", by = ["town_clerk"] }
approve = { title = "批准", from = "submitted", to = "active", by = ["town_leader"] }
stop = { title = "停发", from = "active", to = "stopped", by = ["town_leader"], ask = ["reason"] }
refuse = { title = "不予受理", from = ["draft", "submitted"], to = "refused", by = ["town_leader"] }
"""

HEAD = """
key = "sample"
title = "样例"
version = 1
kind = "case"
subject = "person"
workflow = "flow"
"""

Loader = Callable[..., Catalog]


def form_source(body: str, key: str = "sample", head: str = "", origin: str = "shipped") -> Source:
    """A form file: the usual head (or another) and a body of sections."""
    text = (head or HEAD.replace('"sample"', f'"{key}"')) + body
    return Source("form", key, f"forms/area/{key}.toml", text, origin)


def base_sources(**replaced: str) -> list[Source]:
    """Codes, rates and the workflow; a keyword (codes, rates, flow) gives another text."""
    return [
        Source("codes", "codes", "resources/codes/codes.toml", replaced.get("codes", CODES + PERSON_CODES)),
        Source("rates", "rates", "resources/rates/rates.toml", replaced.get("rates", RATES)),
        Source("workflow", "flow", "resources/workflows/flow.toml", replaced.get("flow", FLOW)),
    ]


def section(*lines: str, head: str = 'title = "一"') -> str:
    """A section with field lines."""
    return "\n".join(["", "[[section]]", head, "[section.field]", *lines, ""])
