"""Packages that no honest program writes, made with the keys of a real laptop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from minzheng_desktop.exchange.files.enrolment import membership, private_keys
from minzheng_desktop.exchange.files.envelope import PACKAGE, VERSION, Envelope, Party, Payload
from minzheng_desktop.exchange.files.package import AuditHead, Head, seal
from minzheng_desktop.exchange.files.payload import encode_line
from minzheng_desktop.exchange.sending.chain import count_lines, read_chain
from minzheng_desktop.store import schema
from minzheng_desktop.store.rows import revision_of
from minzheng_desktop.store.unit import Line
from tests.exchange.offices import Town, person


def person_line(owner: str, row: str, name: str = "罗成贵", base: str | None = None, **more: Any) -> Line:
    """A change line of an invented person."""
    body = person(owner, name, None, **{"id_missing_reason": "other", "void": 0, **more})
    text = msgspec.json.encode(body).decode()
    return Line(
        "people",
        row,
        revision_of(base, text.encode()),
        base,
        "2026-11-23",
        "唐敏",
        msgspec.Raw(text.encode()),
    )


def forge(
    town: Town,
    lines: Iterable[Line] = (),
    *,
    raw: Iterable[bytes] = (),
    head: dict[str, Any] | None = None,
    envelope: dict[str, Any] | None = None,
    sign_key: str | None = None,
    recipients: list[str] | None = None,
) -> bytes:
    """The next package of a township with these lines, and whatever is to be wrong with it.

    `raw` lines follow the announced ones; `head` and `envelope` replace fields.
    """
    site = town.store.site
    with town.store.reading() as r:
        member, keys, chain = membership(r), private_keys(r), read_chain(r)
    assert member is not None
    assert keys is not None
    told = list(lines)
    sender, to = Party(site.division, site.laptop, site.letter), Party(member.county.division, "")
    place: dict[str, Any] = {
        "sender": sender,
        "to": to,
        "number": chain.last_number + 1,
        "epoch": chain.epoch,
        "previous": chain.last_envelope,
    }
    inner = Head(
        **{
            **place,
            "made_at": "2026-11-23T18:30:00+08:00",
            "program": "0.1.0",
            "schema": schema.SCHEMA_NUMBER,
            "counts": count_lines(told),
            "blobs": 0,
            "audit": AuditHead(10_000 + (head or {}).get("number", 0), "x"),
            "catalog": {},
            **(head or {}),
        }
    )
    registration = None if member.registered else member.registration
    outer: dict[str, Any] = {
        **place,
        "format": PACKAGE,
        "version": VERSION,
        "payload": Payload(0, ""),
        "registration": registration,
        **(envelope or {}),
    }
    written = [encode_line(inner), *(encode_line(line) for line in told), *raw]
    sealed = seal(
        Envelope(**outer),
        written,
        recipients=recipients or [member.county.age],
        sign_key=sign_key or keys.sign,
    )
    return sealed.data
