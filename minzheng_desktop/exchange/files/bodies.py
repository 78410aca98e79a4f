"""Change lines with their bodies decoded: typed column by column, refused when a byte is not our writer's.

A line is decoded into structs of the table's columns; encoding them again must give the same bytes, which proves
at once that no key stands twice, no column is unknown and no value is spelt otherwise.
"""

from __future__ import annotations

from typing import Annotated, Any, get_type_hints

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.files.payload import read_strictly, require_shallow
from minzheng_desktop.store import schema
from minzheng_desktop.store.rows import default_of
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import digest16

MOST_ID = 64
_INTEGER = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]  # cents, counts: far inside 64 bits


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A line, its decoded body and the body as SQL values (JSON columns as text), in the table's order. Both are
    None and empty for a table that never travels."""

    line: Line
    body: Any
    values: list[Any]


class _Reader:
    """Decodes the change lines of one table."""

    def __init__(self, table: sa.Table) -> None:
        fields: list[Any] = []
        self._json: list[int] = []
        for place, name in enumerate(map(str, schema.body_columns(table))):
            column, default = table.c[name], default_of(table.c[name])
            if isinstance(column.type, schema.Json):
                self._json.append(place)
                kept = dict[str, Any] if default is dict else list[Any]
                fields.append((name, kept, msgspec.field(default_factory=default)))
            else:
                kind: Any = _INTEGER if isinstance(column.type, sa.Integer) else str
                if column.nullable:
                    fields.append((name, kind | None, default))
                elif default is None:
                    fields.append((name, kind))  # no honest writer leaves it out
                else:
                    fields.append((name, kind, default))
        options: dict[str, Any] = {"forbid_unknown_fields": True, "kw_only": True, "gc": False}
        body = msgspec.defstruct(f"{table.name}_body", fields, omit_defaults=True, **options)
        line = [(name, body if name == "body" else kind) for name, kind in get_type_hints(Line).items()]
        self._decode = msgspec.json.Decoder(msgspec.defstruct(f"{table.name}_line", line, **options)).decode

    def read(self, raw: bytes) -> Incoming:
        require_shallow(raw)
        typed: Any = self._decode(raw)
        if not 0 < len(typed.id) <= MOST_ID:
            raise not_conforming("编号空着或太长")
        content = raw[raw.index(_BODY) + len(_BODY) : -1]
        if _encode(typed) != raw:  # fewer columns or another order: an earlier version of the program
            read_strictly(raw, where="")
            read_strictly(content, where="")  # the body does stand last
        line = Line(
            *(typed.entity, typed.id, typed.revision, typed.base, typed.at, typed.by), msgspec.Raw(content)
        )
        if digest16((line.base or "").encode() + content) != line.revision:
            raise not_conforming("版本号与内容不符")
        values: list[Any] = list(msgspec.structs.astuple(typed.body))
        for place in self._json:
            values[place] = _encode(values[place]).decode()
        return Incoming(line, typed.body, values)


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
        if line.entity in schema.EXPORTED:
            raise not_conforming("写法与本程序不同")
        if line.entity not in schema.metadata.tables:
            raise not_conforming(f"属于不认识的表“{line.entity}”")
        return Incoming(line, None, [])
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
