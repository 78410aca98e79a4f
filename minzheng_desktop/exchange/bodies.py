"""Change lines with their bodies decoded: typed column by column, refused when a byte is not our writer's.

A body is decoded into a struct of the table's columns, JSON columns left as they are; encoding it again must
give the same bytes, which proves at once that no key stands twice and no value is spelt otherwise.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.payload import read_strictly
from minzheng_desktop.store import schema
from minzheng_desktop.store.rows import revision_of
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.errors import UserError

_INTEGER = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]  # cents, counts: far inside 64 bits
_EMPTY: dict[Any, Any] = {_INTEGER: 0, str: ""}
_BARE = (b"{}", b"[]")


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A line and its decoded body: a struct of the table's columns, JSON columns as the text that came; None for
    a table that never travels."""

    line: Line
    body: Any


class _Reader:
    """Decodes the bodies of one table."""

    def __init__(self, table: sa.Table) -> None:
        fields: list[Any] = []
        self.json_columns: list[str] = []
        for name in map(str, schema.body_columns(table)):
            column = table.c[name]
            if isinstance(column.type, schema.Json):
                self.json_columns.append(name)
                fields.append((name, msgspec.Raw, msgspec.Raw(b"[]" if name in _LISTS else b"{}")))
            elif name == "owner":
                fields.append((name, str))
            else:
                kind: Any = _INTEGER if isinstance(column.type, sa.Integer) else str
                fields.append((name, kind | None, None) if column.nullable else (name, kind, _EMPTY[kind]))
        struct = msgspec.defstruct(
            f"{table.name}_body", fields, forbid_unknown_fields=True, kw_only=True, gc=False
        )
        self.decode = msgspec.json.Decoder(struct).decode

    def read(self, raw: bytes, *, where: str) -> Any:
        body = self.decode(raw)
        if msgspec.json.encode(body) != raw:
            read_strictly(
                raw, where=where
            )  # columns in another order or fewer: an earlier version of the program
        for name in self.json_columns:
            text = bytes(getattr(body, name))
            if text not in _BARE:
                if text[:1] not in (b"{", b"["):
                    raise msgspec.ValidationError(f"{name} is neither an object nor a list")
                read_strictly(text, where=where)
            setattr(body, name, text.decode())
        return body


_LISTS = frozenset({"steps", "lines"})
_READERS = {name: _Reader(table) for name, table in schema.EXPORTED.items()}
_decode_line = msgspec.json.Decoder(Line).decode
_encode_line = msgspec.json.encode


def read_change(raw: bytes, *, number: int = 0) -> Incoming:
    """The change on line `number`. UserError `payload_damaged` when its form, names, types or revision do not
    hold."""
    where = f"第 {number} 行" if number else "暂存的一条"
    try:
        line = _decode_line(raw)
        if _encode_line(line) != raw:
            raise not_conforming(f"{where}的写法与本程序不同")
        reader = _READERS.get(line.entity)
        content = bytes(line.body)
        if reader is None:
            read_strictly(content, where=where)
            body = None
        else:
            body = reader.read(content, where=where)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise not_conforming(f"{where}缺内容，或有不认识的栏目、类型不对（{error}）") from error
    if line.entity not in schema.metadata.tables:
        raise not_conforming(f"{where}属于不认识的表“{line.entity}”")
    if revision_of(line.base, content.decode()) != line.revision:
        raise not_conforming(f"{where}的版本号与内容不符")
    return Incoming(line, body)


def not_conforming(detail: str) -> UserError:
    """The refusal of a package whose contents break the rules."""
    return UserError(
        "payload_damaged", f"包的内容不合规范：{detail}。没有读入，台账没有变化。请对方升级程序后重新写一份。"
    )
