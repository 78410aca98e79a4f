"""Records that the program can list by itself: certifications of a period, people of relief for the pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...benefits import pool, ready_steps, schedules
from .office import Office

if TYPE_CHECKING:
    from ...catalog.form import Form

NAMED = 6
"""So many names stand in the question."""


@dataclass(frozen=True)
class Gathering:
    """What would be listed: a sentence, and how many records it makes or corrects."""

    title: str
    sentence: str
    verb: str
    count: int


def gather_words(form: Form) -> str:
    """What the button of a form's list says; empty where the program lists nothing by itself."""
    if form.key == pool.POOL:
        return "按救助台账补齐"
    return "列出本期待办" if form.schedules else ""


def plan_gathering(office: Office, form_key: str) -> Gathering:
    """What there is to list now. Writes nothing."""
    form = office.store.catalog.forms[form_key]
    with office.store.reading() as r:
        if form_key == pool.POOL:
            return _pool(pool.plan_pool(r, today=office.today), form)
        due = schedules.plan_scheduled(r, form, today=office.today)
    if not due:
        return Gathering("", f"{form.title}：在享的人这个周期都列入了，没有要补的。", "", 0)
    terms = sorted({(one.period.name, one.period.last) for one in due})
    words = "；".join(f"{name} 期限 {last}" for name, last in terms)
    sentence = (
        f"在享的人里有 {len(due)} 人还没有列入{form.title}：{_some([one.name for one in due])}。{words}。"
    )
    return Gathering(f"列出 {len(due)} 件？", sentence, "列出", len(due))


def _pool(plan: pool.PoolPlan, form: Form) -> Gathering:
    labels = form.fields["main_category"].choices
    kinds = Counter(member.category for member in plan.new)
    parts = [f"{labels.label(code) if labels else code} {n} 人" for code, n in sorted(kinds.items())]
    words = []
    if plan.new:
        words.append(
            f"入库 {len(plan.new)} 人（{'，'.join(parts)}）：{_some([one.name for one in plan.new])}"
        )
    if plan.moved:
        words.append(f"更新主类别 {len(plan.moved)} 人：{_some([one.name for one in plan.moved])}")
    if plan.to_look_at:
        names = _some([one.name for one in plan.to_look_at])
        words.append(f"另有 {len(plan.to_look_at)} 人不再享受救助或已死亡，要人来看，不动：{names}")
    count = len(plan.new) + len(plan.moved)
    return Gathering(
        f"补齐 {count} 人？", "。".join(words or ["享受救助的人都在库里，没有要补的"]) + "。", "补齐", count
    )


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:NAMED]) + ("等" if len(names) > NAMED else "")


def gather(office: Office, form_key: str) -> str:
    """List what there is now; the sentence says what was done."""
    if form_key == pool.POOL:
        done = pool.fill_pool(office.store, today=office.today)
        return f"已入库 {len(done.new)} 人，更新 {len(done.moved)} 人"
    made = schedules.make_scheduled(office.store, form_key, today=office.today)
    return f"已列出 {len(made)} 件"


def ready_words(form: Form) -> str:
    """What the button says that takes steps whose condition holds; empty where the workflow has none."""
    return "成批办理" if ready_steps.automatic_steps(form) else ""


def plan_steps(office: Office, form_key: str) -> Gathering:
    """The records that are ready for a step, by step."""
    form = office.store.catalog.forms[form_key]
    with office.store.reading() as r:
        ready = ready_steps.plan_ready(r, form, today=office.today)
    if not ready:
        titles = "、".join(dict.fromkeys(f"“{step.title}”" for step in ready_steps.automatic_steps(form)))
        return Gathering("", f"没有够条件{titles}的。", "", 0)
    by_step: dict[str, list[str]] = {}
    for one in ready:
        by_step.setdefault(one.title, []).append(one.name or one.number)
    parts = [f"“{title}” {len(names)} 件：{_some(names)}" for title, names in by_step.items()]
    return Gathering(
        f"成批办理 {len(ready)} 件？", "；".join(parts) + "。每件按流程办一步。", "办理", len(ready)
    )


def take_steps(office: Office, form_key: str) -> str:
    """Take them; the sentence says how many, and of the first that was refused why."""
    done = ready_steps.take_ready(office.store, form_key, today=office.today)
    refused = [one for one in done if one.message]
    words = f"已办 {len(done) - len(refused)} 件"
    return f"{words}，{len(refused)} 件没有办：{refused[0].name}，{refused[0].message}" if refused else words
