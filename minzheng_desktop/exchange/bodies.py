"""Change lines with their bodies decoded: typed column by column, refused when a byte is not our writer's.

A body is decoded into a struct of the table's columns, JSON columns left as they are; encoding it again must
give the same bytes, which proves at once that no key stands twice and no value is spelt otherwise.
"""

from __future__ import annotations

from typing import Annotated, Any, get_type_hints

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.payload import read_strictly
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import digest16

_INTEGER = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]  # cents, counts: far inside 64 bits
_EMPTY: dict[Any, Any] = {_INTEGER: 0, str: ""}
_BARE = (b"{}", b"[]")


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A line and its decoded body: a struct of the table's columns, JSON columns as the text that came; None for
    a table that never travels."""

    line: Line
    body: Any


class _Reader:
    """Decodes the change lines of one table."""

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
        options: dict[str, Any] = {"forbid_unknown_fields": True, "kw_only": True, "gc": False}
        body = msgspec.defstruct(f"{table.name}_body", fields, **options)
        line = [(name, body if name == "body" else kind) for name, kind in get_type_hints(Line).items()]
        self._decode = msgspec.json.Decoder(msgspec.defstruct(f"{table.name}_line", line, **options)).decode

    def read(self, raw: bytes) -> Incoming:
        typed: Any = self._decode(raw)
        content = raw[raw.index(_BODY) + len(_BODY) : -1]
        if _encode(typed) != raw:  # fewer columns or another order: an earlier version of the program
            read_strictly(raw, where="")
            read_strictly(content, where="")  # the body does stand last
        line = Line(
            *(typed.entity, typed.id, typed.revision, typed.base, typed.at, typed.by), msgspec.Raw(content)
        )
        body = typed.body
        for name in self.json_columns:
            text = bytes(getattr(body, name))
            if text not in _BARE:
                if text[:1] not in (b"{", b"["):
                    raise msgspec.ValidationError(f"{name} is neither an object nor a list")
                read_strictly(text, where=name)
            setattr(body, name, text.decode())
        if digest16((line.base or "").encode() + content) != line.revision:
            raise not_conforming("版本号与内容不符")
        return Incoming(line, body)


_LISTS = frozenset({"steps", "lines"})
_ENTITY, _BODY = b'{"entity":"', b',"body":'
"""How our writer begins a line and its body; a quote inside a value is escaped, so neither can stand there."""
_READERS = {name.encode(): _Reader(table) for name, table in schema.EXPORTED.items()}
_encode = msgspec.json.encode
_decode_line = msgspec.json.Decoder(Line).decode


def read_change(raw: bytes, *, number: int = 0) -> Incoming:
    """The change on line `number`. UserError `payload_damaged` when its form, names, types or revision do not
    hold."""
    try:
        reader = _READERS.get(raw[len(_ENTITY) : raw.index(b'"', len(_ENTITY))])
        if reader is not None and raw.startswith(_ENTITY):
            return reader.read(raw)
        read_strictly(raw, where="")
        line = _decode_line(raw)
        if line.entity not in schema.metadata.tables:
            raise not_conforming(f"属于不认识的表“{line.entity}”")
        return Incoming(line, None)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise not_conforming(f"第 {number} 行缺内容，或有不认识的栏目、类型不对（{error}）") from error
    except UserError as error:
        raise UserError(
            error.code, error.message.replace("不合规范：", f"不合规范：第 {number} 行")
        ) from error


def not_conforming(detail: str) -> UserError:
    """The refusal of a package whose contents break the rules."""
    return UserError(
        "payload_damaged", f"包的内容不合规范：{detail}。没有读入，台账没有变化。请对方升级程序后重新写一份。"
    )
