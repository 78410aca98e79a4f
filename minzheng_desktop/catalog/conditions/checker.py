"""Proving the types of a condition, and rewriting it to flat variables.

cel itself finds an unknown name or a wrong type only when it evaluates, and only if it was not short-circuited;
so everything is proven here first. What is left to run time is emptiness alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from minzheng_desktop.catalog.conditions import calls
from minzheng_desktop.catalog.conditions import parser as tree
from minzheng_desktop.catalog.conditions import types as t
from minzheng_desktop.catalog.conditions.checked import UNTYPED, Checked, Piece, RowsUse, nothing, wrapped
from minzheng_desktop.catalog.conditions.condition import Condition, Variable
from minzheng_desktop.catalog.conditions.rules import Fault, comparable, fits, join_types
from minzheng_desktop.catalog.conditions.scope import Entry, Scope
from minzheng_desktop.catalog.conditions.tokens import ConditionError
from minzheng_desktop.catalog.conditions.types import Type
from minzheng_desktop.catalog.problems import suggest


def check_condition(
    source: str, scope: Scope, expected: Type | Iterable[Type] | None
) -> tuple[Condition | None, list[Fault]]:
    """The condition, or its faults. expected: the type (or types) that its result must fit; None: any."""
    try:
        node = tree.parse_condition(source)
    except ConditionError as error:
        return None, [Fault(error.at, error.message)]
    checker = Checker(scope)
    checked = checker.infer(node)
    if not checker.faults and expected is not None:
        wanted = [expected] if isinstance(expected, Type) else list(expected)
        reasons = [checker.misfit(checked.type, kind) for kind in wanted]
        if wanted and all(reasons):
            checker.faults.append(Fault(0, reasons[0]))
    if checker.faults:
        return None, checker.faults
    variables = dict(checker.variables)
    for use in checker.uses:
        columns = sorted(use.columns)
        types = tuple(use.columns[column] for column in columns)
        variables[use.name] = Variable(use.name, "rows", use.table, columns=tuple(columns), types=types)
    text = "".join(piece if isinstance(piece, str) else piece.name for piece in checked.text)
    return (
        Condition(
            source,
            text,
            checked.type,
            tuple(variables.values()),
            checked.strict,
            checked.path,
            checker.live,
            scope.table,
        ),
        [],
    )


class Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.faults: list[Fault] = []
        self.variables: dict[str, Variable] = {}
        self.uses: list[RowsUse] = []
        self.live = False
        self.macros: dict[str, tuple[Type, RowsUse | None]] = {}

    def fault(self, at: int, message: str) -> Checked:
        self.faults.append(Fault(at, message))
        return nothing()

    def infer(self, node: tree.Node) -> Checked:
        match node:
            case tree.Literal():
                return self._literal(node)
            case tree.Name():
                return self._name(node)
            case tree.Member():
                return self._member(node)
            case tree.Call():
                return calls.infer_call(self, node)
            case tree.Unary():
                return self._unary(node)
            case tree.Binary():
                return self._binary(node)
            case tree.Ternary():
                return self._ternary(node)
            case tree.ListLiteral():
                return self._list(node)
        raise AssertionError(node)

    def misfit(self, found: Type, wanted: Type) -> str:
        """Why a result of one type cannot stand where another is wanted; an empty text when it can."""
        return fits(found, wanted, self.scope.codes)

    def _literal(self, node: tree.Literal) -> Checked:
        kinds = {"int": t.INT, "float": t.DOUBLE, "bool": t.BOOL, "null": t.NULL}
        type_ = t.literal(node.value) if node.kind == "text" else kinds[node.kind]
        if node.kind == "int" and not int(node.text):
            type_ = t.ZERO
        return Checked(type_, [node.text])

    def _name(self, node: tree.Name) -> Checked:
        if node.name in self.macros:
            type_, use = self.macros[node.name]
            return Checked(type_, [node.name], rows=use)
        entry = self.scope.names.get(node.name)
        if entry is None:
            return self.fault(
                node.at, f"没有“{node.name}”{suggest(node.name, [*self.scope.names, *self.macros])}"
            )
        if entry.kind == "table":
            use = RowsUse(node.name)
            self.uses.append(use)
            rows = Type("row", attributes=entry.columns, title=f"“{entry.label}”的行")
            return Checked(t.list_of(rows), [use], rows=use, path=node.name)
        if entry.kind == "row":
            return self.fault(node.at, "row 后面要写列名，例如 row.amount")
        self.live = self.live or entry.live
        kinds = {"value": "value", "special": "special", "lookup": "lookup", "object": "presence"}
        return self._variable(Variable(node.name, kinds[entry.kind], node.name), entry.type, node.name)

    def _variable(self, variable: Variable, type_: Type, path: str) -> Checked:
        self.variables[variable.name] = replace(variable, types=(type_,))
        never_empty = type_.kind == "list" or variable.kind == "special"
        return Checked(
            type_, [variable.name], frozenset() if never_empty else frozenset({variable.name}), path=path
        )

    def _member(self, node: tree.Member) -> Checked:
        if isinstance(node.target, tree.Name) and node.target.name not in self.macros:
            entry = self.scope.names.get(node.target.name)
            if entry is not None and entry.kind == "row":
                return self._row_column(node, entry)
            if entry is not None and entry.kind == "table":
                return self._column(node, node.target.name, entry)
            if entry is not None and entry.kind == "object":
                return self._attribute(node, node.target.name, entry)
        if isinstance(node.target, tree.Member) and isinstance(node.target.target, tree.Name):
            row = self.scope.names.get(node.target.target.name)
            if row is not None and row.kind == "row" and node.target.target.name not in self.macros:
                return self._row_attribute(node, node.target, row)
        target = self.infer(node.target)
        if target.type is UNTYPED:
            return target
        if target.type.kind == "row":
            return self._macro_column(node, target)
        if target.type.kind != "object" or target.type.attributes is None:
            if target.type.kind == "list":
                return self.fault(node.at, f"列表没有“.{node.name}”；逐行的值写 .map(x, x.{node.name})")
            return self.fault(node.at, f"{target.type}没有“.{node.name}”")
        attribute = target.type.attributes.get(node.name)
        if attribute is None:
            return self.fault(
                node.at, f"{target.type}没有“{node.name}”{suggest(node.name, target.type.attributes)}"
            )
        if target.rows is not None:
            # m.payee.birth_date inside a macro: one column of the row, holding the attribute.
            column = str(target.text[-1]).partition(".")[2]
            target.rows.columns[f"{column}__{node.name}"] = attribute
            name = str(target.text[-1]).partition(".")[0]
            return Checked(attribute, [f"{name}.{column}__{node.name}"], rows=target.rows)
        return self.fault(node.at, f"这里不能再取“.{node.name}”")

    def _attribute(self, node: tree.Member, root: str, entry: Entry) -> Checked:
        attributes = entry.type.attributes or {}
        type_ = attributes.get(node.name)
        if type_ is None:
            return self.fault(node.at, f"{entry.label}没有“{node.name}”{suggest(node.name, attributes)}")
        variable = Variable(f"{root}__{node.name}", "attribute", root, node.name)
        return self._variable(variable, type_, f"{root}.{node.name}")

    def _row_column(self, node: tree.Member, entry: Entry) -> Checked:
        type_ = entry.columns.get(node.name)
        if type_ is None:
            return self.fault(node.at, f"{entry.label}没有列“{node.name}”{suggest(node.name, entry.columns)}")
        kind = "row_presence" if type_.kind == "object" else "row"
        return self._variable(Variable(f"row__{node.name}", kind, node.name), type_, f"row.{node.name}")

    def _row_attribute(self, node: tree.Member, inner: tree.Member, entry: Entry) -> Checked:
        type_ = entry.columns.get(inner.name)
        if type_ is None:
            return self._row_column(inner, entry)
        if type_.kind != "object" or type_.attributes is None:
            return self.fault(node.at, f"{type_}没有“.{node.name}”")
        attribute = type_.attributes.get(node.name)
        if attribute is None:
            return self.fault(node.at, f"{type_}没有“{node.name}”{suggest(node.name, type_.attributes)}")
        variable = Variable(f"row__{inner.name}__{node.name}", "row_attribute", inner.name, node.name)
        return self._variable(variable, attribute, f"row.{inner.name}.{node.name}")

    def _column(self, node: tree.Member, table: str, entry: Entry) -> Checked:
        type_ = entry.columns.get(node.name)
        if type_ is None:
            return self.fault(
                node.at, f"表“{entry.label}”没有列“{node.name}”{suggest(node.name, entry.columns)}"
            )
        item = t.TEXT if type_.kind == "object" else type_
        name = f"{table}__{node.name}"
        return self._variable(
            Variable(name, "column", table, node.name), t.list_of(item), f"{table}.{node.name}"
        )

    def _macro_column(self, node: tree.Member, target: Checked) -> Checked:
        columns = target.type.attributes or {}
        type_ = columns.get(node.name)
        if type_ is None:
            return self.fault(node.at, f"{target.type}没有列“{node.name}”{suggest(node.name, columns)}")
        if target.rows is None:
            return self.fault(node.at, "这里不能取列的值")
        target.rows.columns[node.name] = type_
        name = str(target.text[-1])
        return Checked(type_, [f"{name}.{node.name}"], rows=target.rows if type_.kind == "object" else None)

    def _unary(self, node: tree.Unary) -> Checked:
        operand = self.infer(node.operand)
        if operand.type is UNTYPED:
            return operand
        if node.sign == "!" and operand.type.kind != "bool":
            return self.fault(node.at, f"“!”只用于是否，这里是{operand.type}")
        if node.sign == "-" and operand.type.kind not in ("int", "double", "money"):
            return self.fault(node.at, f"“-”只用于数和金额，这里是{operand.type}")
        return Checked(operand.type, [node.sign, *wrapped(operand, node.operand)], faults=operand.strict)

    def _binary(self, node: tree.Binary) -> Checked:
        left, right = self.infer(node.left), self.infer(node.right)
        text = [*wrapped(left, node.left), f" {node.sign} ", *wrapped(right, node.right)]
        if left.type is UNTYPED or right.type is UNTYPED:
            return Checked(UNTYPED if node.sign in "+-*/%" else t.BOOL, text)
        if node.sign in ("&&", "||"):
            for side in (left, right):
                if side.type.kind != "bool":
                    return self.fault(node.at, f"“{node.sign}”两边都要是判断，这里有一边是{side.type}")
            return Checked(t.BOOL, text, faults=left.strict & right.strict)
        if node.sign in ("==", "!="):
            reason = comparable(left.type, right.type, self.scope.codes)
            return (
                self.fault(node.at, reason)
                if reason
                else Checked(t.BOOL, text, faults=left.faults | right.faults)
            )
        if node.sign == "in":
            return self._in(node, left, right, text)
        if node.sign in ("<", "<=", ">", ">="):
            reason = comparable(left.type, right.type, self.scope.codes, ordered=True)
            return (
                self.fault(node.at, reason)
                if reason
                else Checked(t.BOOL, text, faults=left.strict | right.strict)
            )
        return self._arithmetic(node, left, right, text)

    def _in(self, node: tree.Binary, left: Checked, right: Checked, text: list[Piece]) -> Checked:
        if right.type.kind != "list" or right.type.item is None:
            return self.fault(node.at, f"in 的右边要是列表，例如 ['1', '2']，这里是{right.type}")
        reason = comparable(left.type, right.type.item, self.scope.codes)
        if reason:
            return self.fault(node.at, reason)
        return Checked(t.BOOL, text, faults=left.faults | right.faults)

    def _arithmetic(self, node: tree.Binary, left: Checked, right: Checked, text: list[Piece]) -> Checked:
        kinds = (left.type.kind, right.type.kind)
        result: Type | None = None
        if kinds in (("int", "int"), ("double", "double")) and (node.sign != "%" or kinds == ("int", "int")):
            result = t.INT if left.type.kind == "int" else t.DOUBLE
        elif (kinds == ("money", "money") and node.sign in "+-") or (
            node.sign == "*" and kinds in (("money", "int"), ("int", "money"))
        ):
            result = t.MONEY
        elif node.sign == "+" and all(side.type.kind in ("text", "literal") for side in (left, right)):
            result = t.TEXT
        if result is None:
            return self.fault(node.at, self._arithmetic_reason(node.sign, left.type, right.type))
        return Checked(result, text, faults=left.strict | right.strict)

    def _arithmetic_reason(self, sign: str, left: Type, right: Type) -> str:
        kinds = {left.kind, right.kind}
        if "money" in kinds and sign in "/%":
            return "金额不能用“/”（会丢掉分）；写 divide(金额, 份数)"
        if "money" in kinds and "double" in kinds:
            return "金额不能与小数相乘或相加；用标准、整数或 divide"
        if kinds == {"money", "int"}:
            return "金额与整数不能相加减；写 yuan(…)"
        if kinds == {"int", "double"}:
            return "整数与小数不能直接计算；整数写成 double(…)，或写 2.0"
        if kinds & {"date", "month"}:
            return "日期不能直接加减；用 add_days、add_months、days_between"
        return f"{left}与{right}不能用“{sign}”"

    def _ternary(self, node: tree.Ternary) -> Checked:
        condition, yes, no = self.infer(node.condition), self.infer(node.yes), self.infer(node.no)
        if condition.type is not UNTYPED and condition.type.kind != "bool":
            return self.fault(node.at, f"“?”前面要是判断，这里是{condition.type}")
        joined = join_types(yes.type, no.type)
        if UNTYPED in (yes.type, no.type, condition.type):
            joined = UNTYPED
        elif joined is None:
            return self.fault(node.at, f"“?”后面两个值要是同一类，这里是{yes.type}和{no.type}")
        text = ["(", *condition.text, " ? ", *yes.text, " : ", *no.text, ")"]
        either = yes.faults & no.faults
        return Checked(joined or UNTYPED, text, (yes.strict & no.strict) - either, condition.strict | either)

    def _list(self, node: tree.ListLiteral) -> Checked:
        items = [self.infer(item) for item in node.items]
        text: list[Piece] = ["["]
        joined: Type | None = items[0].type if items else t.NULL
        for number, item in enumerate(items):
            text += [", "] if number else []
            text += item.text
            joined = join_types(joined, item.type) if joined is not None else None
        if any(item.type is UNTYPED for item in items):
            return Checked(UNTYPED, text)
        if joined is None:
            return self.fault(node.at, "列表里的值要是同一类")
        return Checked(t.list_of(joined), [*text, "]"], faults=frozenset().union(*(i.faults for i in items)))
