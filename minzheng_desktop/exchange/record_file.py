"""A record as a JSON file: what `record save` reads and `record show` prints.

    {"id": …, "revision": …,                      an existing record (absent: a new one)
     "person": id, id number or {"name": …, "id_number": …, …},
     "household": id or {"village": …, "address": …, "members": [{"name": …, "relation": "02", …}, …]},
     "facility": id,
     "account": {"number": …, "name": …, "bank": …},
     "doc": {field: value, table: [row, …]}}

Persons of a household table may be named by id number. Money and decimals are text in written units ("1234.50"),
dates ISO text; a choice may be its code or its label. A field of files lists paths; they are kept as attachments,
and the record then holds their digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.history import BACK_PAY, OPENS_FROM
from minzheng_desktop.catalog.fields import Reading as FieldReading
from minzheng_desktop.checks.entry import save_checked, take_checked
from minzheng_desktop.store import attachments, households, people, records, schema, steps
from minzheng_desktop.store.files import read_file
from minzheng_desktop.values.accounts import check_account
from minzheng_desktop.values.date_text import parse_date
from minzheng_desktop.values.errors import Problem, UserError
from minzheng_desktop.values.money import format_money

if TYPE_CHECKING:
    from minzheng_desktop.catalog.fields import Field
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.catalog.workflow import Step
    from minzheng_desktop.store.records import Saved
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

MAX_BYTES = 8 * 1_048_576
STATED = "stated"
"""The part of a document that holds what a roster stated for calculated fields."""
_PERSON_COLUMNS = frozenset(
    c for c in schema.body_columns(schema.people) if c not in ("owner", "void", "more", "search_row")
)
_RELATION_WORDS = ("relation", "join_date", "join_reason")
_YES_NO = {
    "是": True,
    "yes": True,
    "true": True,
    "1": True,
    "否": False,
    "no": False,
    "false": False,
    "0": False,
}


class RecordFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it is read; see the module."""

    doc: dict[str, Any]
    id: str | None = None
    revision: str | None = None
    form: str | None = None
    number: str | None = None
    state: str | None = None
    person: str | dict[str, Any] | None = None
    household: str | dict[str, Any] | None = None
    facility: str | None = None
    account: dict[str, Any] | None = None


def read_record_file(path: Path) -> RecordFile:
    """Reads the file. Raises UserError ``not_a_record_file`` with the place that is wrong."""
    data = read_file(path, limit=MAX_BYTES, what="记录文件")
    try:
        return msgspec.json.decode(data, type=RecordFile)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UserError(
            "not_a_record_file", f"{path.name} 不是可用的记录文件（{error}）。没有保存，改好后再试。"
        ) from error


def save_record_file(store: Store, form_key: str, file: RecordFile, *, today: date) -> Saved:
    """Save the record with the person, household and account that the file brings, all in one transaction.

    Raises UserError as `store.records.save_record` and `store.people.save_person` do.
    """
    if file.form is not None and file.form != form_key:
        raise UserError("other_form", f"文件里是“{file.form}”的记录，不是“{form_key}”。没有保存，请核对。")
    with store.writing("save_record", {"form": form_key}) as w:
        form = records.form_of(w, form_key)
        person = _person(w, file.person, today)
        household = _household(w, file.household, today)
        stored = attachments.keep_document(w, form, doc_as_stored(w, form, file.doc, today))
        doc = _with_people(w, form, stored, household)
        payee = person or (w.get("households", household) or {}).get("head") if household else person
        if file.account is not None:
            doc["account"] = _keep_account(w, file.account, payee, today)
        subject = records.Subject(person, household, file.facility)
        return save_checked(
            w,
            form_key,
            doc,
            today=today,
            subject=subject if any(subject.ids().values()) else None,
            record_id=file.id,
            expected=file.revision if file.id else None,
        )


def show_record(store: Store, record_id: str) -> dict[str, Any]:
    """A record as the file holds it, with its steps and terms. Raises UserError ``no_such_record``."""
    with store.reading() as r:
        row = records.load_record(r, record_id)
        form = records.form_of(r, row["form"])
        return {
            **summary_of(row),
            "revision": row["revision"],
            "doc": doc_in_words(form, row["doc"]),
            "steps": [
                {k: s[k] for k in ("step", "from_state", "to_state", "at", "effective_month", "actor", "by")}
                | {"ground": s["ground"]}
                for s in records.steps_of(r, record_id)
            ],
            "terms": [
                {k: t[k] for k in ("from_month", "state", "ground")} for t in records.terms_of(r, record_id)
            ],
        }


def summary_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A record's own columns: what a list shows, its amount as text."""
    plain = (
        "id form number state person household facility village record_date until_date quantity kind "
        "start_month end_month paid_through"
    ).split()
    amount = row["amount"]
    return {k: row[k] for k in plain} | {"amount": None if amount is None else format_money(amount)}


def step_record(
    store: Store, record_id: str, step_key: str, settings: Mapping[str, str], *, today: date
) -> steps.Taken:
    """Take a step with the answers that it asks for; other settings are fields of the record, saved first.

    All in one transaction. Raises UserError as `store.steps.take_step` does, and ``unknown_field``.
    """
    with store.writing("step", {"record": record_id, "step": step_key}) as w:
        row = records.load_record(w, record_id)
        form = records.form_of(w, row["form"])
        known = form.workflow.steps.get(step_key)
        asks = _answers(known, settings, today) if known is not None else {}
        fields = {k: v for k, v in settings.items() if k not in asks}
        if fields:
            stored = attachments.keep_document(w, form, doc_as_stored(w, form, fields, today))
            doc = {**row["doc"], **stored}
            casework.save_record(w, form.key, doc, today=today, record_id=record_id)
        asks = attachments.keep_scan(w, asks, record_id)
        return take_checked(w, record_id, step_key, today=today, asks=asks)


def _answers(step: Step, settings: Mapping[str, str], today: date) -> dict[str, Any]:
    """What the step asks for, and what may be said besides: whether held months are paid, which months it opens."""
    answers: dict[str, Any] = {k: v for k, v in settings.items() if k in step.ask}
    for key, precision in (("month", "month"), ("date", "day")):
        if answers.get(key):
            answers[key] = _day_or_month(answers[key], precision, today)
    resumes = BACK_PAY in step.effects or any(effect.startswith("resume:") for effect in step.effects)
    if resumes and BACK_PAY in settings:
        word = settings[BACK_PAY].strip().lower()
        if word not in _YES_NO:
            raise UserError("back_pay_word", f"back_pay 写“是”或“否”，不是“{settings[BACK_PAY]}”。没有改动。")
        answers[BACK_PAY] = _YES_NO[word]
    if OPENS_FROM in settings and {BACK_PAY, "write_change"} & set(step.effects):
        answers[OPENS_FROM] = _day_or_month(settings[OPENS_FROM], "month", today)
    return answers


def _day_or_month(text: str, precision: str, today: date) -> str:
    """A month or day as it is stored, in whatever writing. Raises UserError where it is neither."""
    parsed = parse_date(text, today=today)
    if parsed.precision != precision:
        what, example = ("月份", "2024-09") if precision == "month" else ("日期", "2024-09-05")
        raise UserError("step_date", f"“{text}”不是{what}，写成 {example} 这样。没有改动。")
    return parsed.text


def doc_in_words(form: Form, doc: Mapping[str, Any]) -> dict[str, Any]:
    """A stored document with money and decimals as text in written units."""
    shown: dict[str, Any] = {}
    for key, value in doc.items():
        if key in form.tables:
            shown[key] = [
                {k: _in_words(form.fields.get(f"{key}.{k}"), v) for k, v in row.items()}
                for row in value or ()
            ]
        elif key == STATED:
            shown[key] = {k: _in_words(form.fields.get(k), v) for k, v in value.items()}
        else:
            shown[key] = _in_words(form.fields.get(key), value)
    return shown


def doc_as_stored(r: Reading, form: Form, doc: Mapping[str, Any], today: date) -> dict[str, Any]:
    """What a person wrote as it is stored. Raises UserError ``record_wrong`` naming every field at fault."""
    reading = FieldReading(today=today, divisions=r.store.catalog.divisions, town=r.store.site.division)
    problems: list[Problem] = []
    stored: dict[str, Any] = {}
    for key, value in doc.items():
        if key in form.tables:
            stored[key] = [
                {
                    k: _as_stored(form.fields.get(f"{key}.{k}"), v, f"{key}.{n}.{k}", reading, problems)
                    for k, v in row.items()
                }
                for n, row in enumerate(value or ())
            ]
        elif key == STATED:
            stored[key] = {
                k: _as_stored(form.fields.get(k), v, k, reading, problems) for k, v in value.items()
            }
        elif key in form.fields:
            stored[key] = _as_stored(form.fields[key], value, key, reading, problems)
        else:
            problems.append(Problem(key, f"这项业务没有“{key}”这一项", code="unknown_field"))
    if problems:
        raise UserError("record_wrong", f"{problems[0].message}。没有保存，改好后再存。", tuple(problems))
    return stored


def _in_words(field: Field | None, value: Any) -> Any:
    if field is None or value is None or isinstance(value, bool) or not isinstance(value, int):
        return value
    match field.type.name:
        case "money":
            return format_money(value)
        case "decimal":
            return str(Decimal(value).scaleb(-field.digits))
    return value


def _as_stored(
    field: Field | None, value: Any, path: str, reading: FieldReading, problems: list[Problem]
) -> Any:
    if field is None or value is None or field.type.refers_to or field.type.name in ("row", "files"):
        return value
    written = isinstance(value, str)
    if field.type.name == "money" and not written:
        problems.append(Problem(path, f'{field.label}要写成文字，例如 "1234.50"', code="money_text"))
        return value
    if not written and field.type.name != "decimal":
        return value
    parsed = field.parse(str(value), reading)
    problems += [Problem(path, p.message, p.level, p.code) for p in parsed.problems if p.is_error]
    return parsed.value


def _person(w: Writing, given: str | Mapping[str, Any] | None, today: date) -> str | None:
    if given is None:
        return None
    if isinstance(given, str):
        return _known_person(w, given)
    number = given.get("id_number")
    known = people.by_id_number(w, str(number)) if number else None
    columns = {k: v for k, v in given.items() if k in _PERSON_COLUMNS}
    unknown = sorted(set(given) - _PERSON_COLUMNS - people.IN_MORE - set(_RELATION_WORDS))
    if unknown:
        raise UserError("unknown_field", f"人员没有这些项：{'、'.join(unknown)}。没有保存，请核对写法。")
    more = {k: v for k, v in given.items() if k in people.IN_MORE}
    if known is not None:
        return people.save_person(w, {**known, **columns, "more": {**known["more"], **more}}, today=today)
    return people.save_person(w, {"owner": w.store.site.division, **columns, "more": more}, today=today)


def _known_person(w: Writing, named: str) -> str:
    """The id of a person named by id or id number. Raises UserError ``no_such_person``."""
    found = w.get("people", named) or people.by_id_number(w, named.strip().upper())
    if found is None:
        raise UserError("no_such_person", f"没有找到“{named}”这个人。没有保存，请先登记这个人，或核对证号。")
    return str(found["id"])


def _household(w: Writing, given: str | Mapping[str, Any] | None, today: date) -> str | None:
    if given is None or isinstance(given, str):
        return given
    members = []
    for member in given.get("members") or ():
        person = _person(w, member, today)
        members.append({"person": person, **{k: member[k] for k in _RELATION_WORDS if k in member}})
    head = next((m["person"] for m in members if m.get("relation") == households.HEAD), None)
    if head is None:
        raise UserError("no_head", "这一户没有户主（关系代码 02）。没有保存，请写明谁是户主。")
    known = households.household_of(w, str(head))
    body = {k: given[k] for k in ("village", "address", "number") if k in given}
    identity = {"id": known["id"]} if known else {}
    row = {**identity, "owner": w.store.site.division, "head": head, **body}
    return households.save_household(w, row, members)


def _with_people(w: Writing, form: Form, doc: Mapping[str, Any], household: str | None) -> dict[str, Any]:
    """The document with each household table's rows keyed by person; left out, a table lists all members.

    A column of another table that points to such a row (whose income it is) may name the person by id number.
    """
    full = dict(doc)
    shared = [table for table in form.tables.values() if table.from_household]
    for table in shared:
        if table.key in full:
            rows = []
            for row in full[table.key]:
                named = row.get("person") or row.get("key") or row.get("id_number") or ""
                person = _known_person(w, str(named))
                rows.append({**row, "key": person, "person": person})
            full[table.key] = rows
        elif household:
            members = households.load_household(w, household).members
            full[table.key] = [
                {**form.new_row(table.key, m["person"]), "person": m["person"], "relation": m["relation"]}
                for m in members
            ]
    pointing = [f for f in form.fields.values() if f.table and f.of in {table.key for table in shared}]
    for field in pointing:
        full[field.table] = [
            {**row, field.key: _known_person(w, str(row[field.key]))} if row.get(field.key) else row
            for row in full.get(field.table) or ()
        ]
    for key in form.tables:
        if key in full:
            full[key] = [{**row, "key": str(row.get("key") or n)} for n, row in enumerate(full[key], start=1)]
    return full


def _keep_account(w: Writing, given: Mapping[str, Any], person: str | None, today: date) -> dict[str, str]:
    """The account as a document holds it, entered in the register too; a changed one waits for its check."""
    number, problems = check_account(given.get("number"))
    errors = tuple(p for p in problems if p.is_error)
    if errors:
        raise UserError("account_wrong", f"{errors[0].message}。没有保存。", errors)
    if person is None:
        raise UserError("no_subject", "账户没有写明是谁的。没有保存，请写明人或户。")
    known = people.active_account(w, person, on=today.isoformat())
    holder = w.get("people", person) or {}
    account = {
        "number": number,
        "name": str(given.get("name") or holder.get("name", "")),
        "bank": str(given.get("bank") or ""),
        "type": str(given.get("type") or ""),
    }
    if known is None or known["number"] != number:
        w.put(
            "bank_accounts",
            {
                **{key: value or None for key, value in account.items()},
                "owner": w.store.site.division,
                "person": person,
                "valid_from": today.isoformat(),
                "state": "pending" if known else "active",
                "changed_by": w.user,
            },
        )
    return account
