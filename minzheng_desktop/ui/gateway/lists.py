"""Lists of records: forms of an area, filters and pills, pages of lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...store import listing
from ...values.money import format_money_grouped
from ..kit.cards import Entry
from ..kit.cells import DASH, Cell, Mask, state_chip
from ..records.page import Filter, ListFoot, ListHead, RecordRow
from .gathering import gather_words, ready_words
from .office import SEX, Office, money, year
from .titles import titles_of

if TYPE_CHECKING:
    from ...catalog.form import Form

_ORDERS = {"name": "name", "birth_year": "birth_date", "village": "village", "kind": "kind", "state": "state",
           "quantity": "quantity", "amount": "amount"}  # fmt: skip


def area_entries(office: Office, area: str) -> tuple[Entry, ...]:
    """The forms of an area with the count of their records."""
    catalog = office.store.catalog
    with office.store.reading() as r:
        counts = listing.count_by_form(r)
    forms = next((a.forms for a in catalog.areas if a.key == area), ())
    return tuple(
        Entry(key, catalog.forms[key].title, str(counts.get(key, 0))) for key in forms if key in catalog.forms
    )


def list_head(office: Office, form_key: str) -> ListHead:
    """Filters, pills and columns of a form's list."""
    form = office.store.catalog.forms[form_key]
    with office.store.reading() as r:
        counts = listing.summarise(r, listing.Filter(form=form_key)).states
    pills: list[tuple[str, str, int | None]] = [("", "全部", sum(counts.values()))]
    for key, words in PILLS if form.benefit is not None else UNPAID_PILLS:
        states = pill_states(form, key)
        if states:
            pills.append((key, words, sum(counts.get(s, 0) for s in states)))
    heads = {name: form.fields[path].label for name, path in form.record.items() if path in form.fields}
    villages = office.villages()
    kinds = form.fields[form.record["kind"]].choices if form.record.get("kind") in form.fields else None
    return ListHead(
        form=form_key,
        title=form.title,
        pills=tuple(pills),
        villages=(("", f"全部村（{len(villages)}）"), *villages),
        states=(("", "状态：全部"), *((k, s.title) for k, s in form.workflow.states.items())),
        kind_title=_short(heads.get("kind", "")),
        kind_letters=max(map(len, kinds.items.values()), default=0) if kinds else 0,
        quantity_title=heads.get("quantity", "")[:4],
        amount_title=heads.get("amount", "")[:5],
        subject=form.subject,
        can_import=form.import_ is not None and not office.is_county,
        can_enter=form.grid_entry and not office.is_county,
        gather="" if office.is_county else gather_words(form),
        ready="" if office.is_county else ready_words(form),
        can_print=any(one.source != "batch" for one in form.ledgers.values())
        or any(one.kind == "public_notice" for one in form.documents.values()),
        certificates=any(one.kind == "certificate" for one in form.documents.values())
        and not office.is_county,
    )


def _short(label: str) -> str:
    """城乡类别 → 城乡, 服务地点 → 地点: a head for a narrow column."""
    for ending in ("类别", "类型", "方式"):
        short = label.removesuffix(ending)
        label = short if len(short) > 1 else label
    return label if len(label) < 3 else label[-2:]


PILLS = (
    ("open", "在办"),
    ("returned", "县退回"),
    ("active", "在享"),
    ("suspended", "暂停"),
    ("closed", "停发"),
)
UNPAID_PILLS = tuple((key, {"active": "有效", "closed": "已结束"}.get(key, words)) for key, words in PILLS)
"""Where nobody draws anything (机构、名册、登记)."""


def pill_states(form: Form, pill: str) -> tuple[str, ...]:
    """The states behind a pill."""
    states = form.workflow.states
    if pill == "returned":
        return tuple(k for k in states if k.endswith("returned"))
    groups = {"open": ("draft", "open")}.get(pill, (pill,))
    return tuple(
        k for k, s in states.items() if s.group in groups and not (pill == "open" and k.endswith("returned"))
    )


@dataclass(frozen=True)
class OpenedList:
    """How long a filtered list is; its pages are fetched as they are seen."""

    chosen: listing.Filter
    count: int
    foot: ListFoot
    order: str
    down: bool
    filtered: bool


def open_list(office: Office, form_key: str, wanted: Filter) -> OpenedList:
    """Count and sum of what the clerk wants to see."""
    form = office.store.catalog.forms[form_key]
    states = (wanted.state,) if wanted.state else (pill_states(form, wanted.pill) if wanted.pill else ())
    chosen = listing.Filter(
        form=form_key,
        states=states,
        villages=(wanted.village,) if wanted.village else (),
        text=wanted.text,
    )
    with office.store.reading() as r:
        total = listing.summarise(r, chosen)
    unit = {"household": "户", "none": "家"}.get(form.subject, "人")
    if form.kind == "event" or (form.subject == "none" and form.kind != "facility"):
        unit = "条"
    count = f"{total.count:,} {unit}"
    counted = form.fields.get(form.record.get("quantity", ""))
    if counted is not None and not counted.digits:
        count += f" · {counted.label} {total.quantity:,}"
    amounts = "amount" in form.record
    return OpenedList(
        chosen,
        total.count,
        ListFoot(
            count,
            "金额合计" if amounts else "",
            f"{format_money_grouped(total.amount)} 元" if amounts else "",
        ),
        _ORDERS.get(wanted.sort, "village"),
        wanted.down,
        bool(wanted.text or wanted.village or wanted.state or wanted.pill),
    )


def list_page(office: Office, opened: OpenedList, start: int, count: int) -> tuple[RecordRow, ...]:
    """One page of the lines."""
    form = office.store.catalog.forms[opened.chosen.form]
    with office.store.reading() as r:
        lines = listing.list_records(
            r, opened.chosen, order=opened.order, descending=opened.down, offset=start, limit=count
        )
        unnamed = [line.id for line in lines if not line.name]
        own = form.subject == "none" or not form.subject_required
        titles = titles_of(r, form, r.get_many("records", unnamed).values()) if own else {}
    counted = form.fields.get(form.record.get("quantity", ""))
    kinds = form.fields[form.record["kind"]].choices if form.record.get("kind") in form.fields else None
    rows = []
    for line in lines:
        state = form.workflow.states.get(line.state)
        name = line.name or titles.get(line.id) or line.number or DASH
        quantity = DASH if line.quantity is None else f"{line.quantity:,}"
        if counted is not None and counted.digits and line.quantity is not None:
            quantity = counted.format(line.quantity)
        closed = state is not None and state.group == "closed"
        rows.append(
            RecordRow(
                id=line.id,
                name=name,
                sex=SEX.get(line.sex or "", ""),
                birth_year=year(line.birth_date) if line.person else "",
                village=office.village(line.village),
                number=Mask(_masked(line.id_number)),
                kind=(kinds.label(line.kind) if kinds else line.kind) if line.kind else "",
                state=state_chip(state.title if state else line.state, state.group if state else "open"),
                quantity=quantity,
                amount=Cell(money(line.amount), "ink-3")
                if closed or line.amount is None
                else money(line.amount),
            )
        )
    return tuple(rows)


def _masked(number: str | None) -> str:
    from ...values.id_number import mask_id_number

    return mask_id_number(number) if number else ""
