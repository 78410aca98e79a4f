"""From tokens to a tree, by precedence climbing over the part of CEL that forms may use."""

from __future__ import annotations

from dataclasses import dataclass

from minzheng_desktop.catalog.conditions.tokens import ConditionError, Token, split_tokens


@dataclass(frozen=True)
class Node:
    at: int


@dataclass(frozen=True)
class Literal(Node):
    """kind: int, float, text, bool or null; text as written; value decoded for text."""

    kind: str
    text: str
    value: str = ""


@dataclass(frozen=True)
class Name(Node):
    name: str


@dataclass(frozen=True)
class Member(Node):
    target: Node
    name: str


@dataclass(frozen=True)
class Call(Node):
    """``name(args)``, or ``target.name(args)`` when there is a target."""

    name: str
    args: tuple[Node, ...]
    target: Node | None = None


@dataclass(frozen=True)
class Unary(Node):
    sign: str
    operand: Node


@dataclass(frozen=True)
class Binary(Node):
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Ternary(Node):
    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True)
class ListLiteral(Node):
    items: tuple[Node, ...]


_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"||"}),
    frozenset({"&&"}),
    frozenset({"==", "!=", "<", "<=", ">", ">=", "in"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
_DEEPEST = 40


def parse_condition(source: str) -> Node:
    """The tree of a condition. Raises ConditionError."""
    return _Parser(split_tokens(source)).whole()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._ternary()
        token = self._peek()
        if token.kind != "end":
            raise ConditionError(f"“{token.text}”之前可能缺少运算符或逗号", token.at)
        return node

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _accept(self, text: str) -> Token | None:
        token = self._peek()
        return self._take() if token.kind in ("sign", "name") and token.text == text else None

    def _expect(self, text: str, why: str) -> Token:
        token = self._accept(text)
        if token is None:
            raise ConditionError(why, self._peek().at)
        return token

    def _ternary(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ConditionError("条件套得太深，拆成几个计算字段", self._peek().at)
        node = self._binary(0)
        mark = self._accept("?")
        if mark:
            yes = self._ternary()
            self._expect(":", "“条件 ? 值 : 另一个值”缺少冒号")
            node = Ternary(mark.at, node, yes, self._ternary())
        self._depth -= 1
        return node

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        while self._peek().kind in ("sign", "name") and self._peek().text in _LEVELS[level]:
            sign = self._take()
            node = Binary(sign.at, sign.text, node, self._binary(level + 1))
        return node

    def _unary(self) -> Node:
        token = self._peek()
        if token.kind == "sign" and token.text in ("!", "-"):
            self._take()
            self._depth += 1
            if self._depth > _DEEPEST:
                raise ConditionError("条件套得太深", token.at)
            node = Unary(token.at, token.text, self._unary())
            self._depth -= 1
            return node
        return self._postfix()

    def _postfix(self) -> Node:
        node = self._primary()
        while True:
            if self._accept("."):
                name = self._take()
                if name.kind != "name":
                    raise ConditionError("点的后面应当是一个名字", name.at)
                opened = self._accept("(")
                node = (
                    Call(name.at, name.text, self._arguments(")"), node)
                    if opened
                    else Member(name.at, node, name.text)
                )
            elif self._peek().kind == "sign" and self._peek().text == "[":
                raise ConditionError("条件里不能按序号取值；用 exists、filter 或 all", self._peek().at)
            else:
                return node

    def _primary(self) -> Node:
        token = self._take()
        if token.kind in ("int", "float"):
            return Literal(token.at, token.kind, token.text)
        if token.kind == "text":
            return Literal(token.at, "text", token.text, _decoded(token))
        if token.kind == "name":
            if token.text in ("true", "false"):
                return Literal(token.at, "bool", token.text)
            if token.text == "null":
                return Literal(token.at, "null", token.text)
            if self._accept("("):
                return Call(token.at, token.text, self._arguments(")"))
            return Name(token.at, token.text)
        if token.kind == "sign" and token.text == "(":
            node = self._ternary()
            self._expect(")", "括号没有成对，缺少“)”")
            return node
        if token.kind == "sign" and token.text == "[":
            return ListLiteral(token.at, self._arguments("]"))
        if token.kind == "end":
            raise ConditionError("条件没有写完", token.at)
        raise ConditionError(f"“{token.text}”不该在这里", token.at)

    def _arguments(self, close: str) -> tuple[Node, ...]:
        if self._accept(close):
            return ()
        items = [self._ternary()]
        while self._accept(","):
            items.append(self._ternary())
        self._expect(close, f"缺少“{close}”，或各项之间缺少逗号")
        return tuple(items)


def _decoded(token: Token) -> str:
    inner = token.text[1:-1]
    if "\\" not in inner:
        return inner
    return inner.replace("\\'", "'").replace('\\"', '"').replace("\\\\", "\\")
