"""The register's own fields of one person, as the same editor shows and saves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...catalog.registers import PERSON
from ...store import overview, people
from ...values.errors import Problem, UserError
from ..kit.cells import Chip
from ..records.outline import FieldLine, Outline, RecordView, SectionLine, TabLine
from .office import Office, short_time
from .people import ALIVE

_TABS = (
    (
        "基本情况",
        (
            "name", "id_number", "id_missing_reason", "sex", "birth_date", "ethnicity", "phone", "phone_owner",
            "marital_status", "education", "hukou_village", "hukou_type", "hukou_addr", "reside_village", "reside_addr",
        ),
    ),
    (
        "健康与就业",
        (
            "health_status", "disability_cert_no", "disability_type", "disability_level", "disability_cert_expire",
            "labor_ability", "selfcare_level", "elder_ability_level", "employment_status",
        ),
    ),
)  # fmt: skip
ACCOUNT, REASON = "account", "account_reason"


def register_outline(office: Office) -> Outline:
    """The register's fields as an editor draws them, and the account with the reason of its change."""
    tabs = [
        TabLine(title, (SectionLine("", tuple(_line(office, key) for key in keys)),)) for title, keys in _TABS
    ]
    account = (
        FieldLine(ACCOUNT, ACCOUNT, "社保卡账户", "account"),
        FieldLine(REASON, REASON, "换账户原因", "text"),
    )
    tabs.append(TabLine("账户", (SectionLine("", account),)))
    return Outline("person", "登记信息", "none", tuple(tabs))


def _line(office: Office, key: str) -> FieldLine:
    attribute = PERSON[key]
    codes = office.store.catalog.codes.get(attribute.choices)
    kind = "note" if attribute.field_type == "location" else attribute.field_type
    return FieldLine(
        key,
        key,
        attribute.label,
        kind,
        required=key == "name",
        choices=tuple(codes.choices().items()) if codes else (),
    )


def person_record(office: Office, person_id: str) -> RecordView:
    """A person of the register in the editor."""
    with office.store.reading() as r:
        row = r.get("people", person_id)
        assert row is not None
        account = people.active_account(r, person_id, on=office.today.isoformat())
        count, at = overview.changes_of(r, person_id)
    flat = people.attributes(row)
    doc = {key: flat[key] for _title, keys in _TABS for key in keys if flat.get(key) not in (None, "")}
    if account is not None:
        doc[ACCOUNT] = {k: account[k] or "" for k in ("number", "name", "bank", "type")}
    brief = office.brief(row)
    return RecordView(
        outline=register_outline(office),
        id=person_id,
        title=brief.name,
        chip=Chip(*ALIVE.get(row["alive_status"], ("状态不明", "warn", "warn"))),
        facts=f"{brief.line} · 第 {count} 次修改 · {short_time(at)}",
        doc=doc,
    )


def save_register(office: Office, person_id: str, doc: Mapping[str, Any]) -> None:
    """Write the register's fields; another account is a change that a second person checks. Raises UserError."""
    with office.store.writing("save_person", {"person": person_id}) as w:
        row = w.get("people", person_id) or {}
        more = dict(row.get("more") or {})
        body = dict(row)
        for key in (key for _title, keys in _TABS for key in keys):
            if key in people.IN_MORE:
                more[key] = doc.get(key)
            elif key != "sex" or doc.get(key):
                body[key] = doc.get(key)
        body["more"] = {key: value for key, value in more.items() if value not in (None, "")}
        people.save_person(w, body, today=office.today)
        given = doc.get(ACCOUNT) or {}
        known = people.active_account(w, person_id, on=office.today.isoformat())
        if given.get("number") and (known is None or known["number"] != given["number"]):
            reason = str(doc.get(REASON) or "").strip()
            if known is not None and not reason:
                problem = Problem(REASON, "写明为什么换账户，会列进“账户变更”", "error", "required")
                raise UserError("account_reason", "换账户要写明原因。没有保存，写好再存。", (problem,))
            w.put(
                "bank_accounts",
                {
                    "owner": office.store.site.division, "person": person_id, "number": given["number"],
                    "name": given.get("name") or body["name"], "bank": given.get("bank"),
                    "type": given.get("type"), "valid_from": office.today.isoformat(),
                    "state": "pending" if known is not None else "active", "changed_by": office.store.user,
                    "reason": reason or "首次登记",
                },
            )  # fmt: skip
